#!/usr/bin/env bash
# What docs/examples holds is right as it stands: the configurations pass, and list what they promise.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
new_sandbox

cp -r "$CCSUP_SOURCE/docs/examples/cc-ci" "$SANDBOX/cc-ci"
export CC_CI_REPO=/srv/work.git
assert_exit 0 ccsup -C "$SANDBOX/cc-ci" config --check
assert_has "$OUT" "7 phases"
assert_exit 0 ccsup -C "$SANDBOX/cc-ci" phases
list=$(ccsup -C "$SANDBOX/cc-ci" phases --json)
assert_eq "$(jq -r '[.phases[].id] | join(" ")' <<<"$list")" "1c 1b 1d 1e 2 2b 3" "the order"
assert_eq "$(jq -r '.phases[0].criteria | join(" ")' <<<"$list")" "C1 C2 C3 C4 C5 C6 C7 E2E-TESTME" "the criteria of 1c"
assert_eq "$(jq -r '.phases[6].criteria | join(" ")' <<<"$list")" "H1 H2 H3 D1 D2 D3 D4 D5 D6 D7 D8 D9 D10" "the criteria of 3"
# Each plan is needed.
for plan in "$SANDBOX"/cc-ci/plan-*.md; do
    mv "$plan" "$plan.away"
    assert_exit 4 ccsup -C "$SANDBOX/cc-ci" config --check
    assert_has "$OUT" "$(basename "$plan")"
    mv "$plan.away" "$plan"
done
# And each is its own, by whatever name.
sed -i 's/plan-phase2b-speed.md/.\/plan-phase2-recipes.md/' "$SANDBOX/cc-ci/launch.conf"
assert_exit 4 ccsup -C "$SANDBOX/cc-ci" config --check
assert_has "$OUT" "'./plan-phase2-recipes.md' is the same file as 'plan-phase2-recipes.md' of phase 2"
