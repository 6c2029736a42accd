#!/usr/bin/env bash
# launch.conf(5) lists exactly the keys that the program knows, with the same ranges and defaults, and is well-formed;
# the shipped launch.conf and the examples in the page are accepted.
set -euo pipefail
page=$CCSUP_SOURCE/docs/man/launch.conf.5
program=$CCSUP_BUILD/tests/test_config

[[ -x $program ]] || { echo "$program is not built"; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$program" mdoc >"$work/keys"
[[ $(wc -l <"$work/keys") -gt 50 ]] || { echo "the key list is suspiciously short"; exit 1; }
for mark in begin end; do
    [[ $(grep -c "^\.\\\\\" keys: $mark" "$page") == 1 ]] || { echo "$page: one line '.\\\" keys: $mark' is needed"; exit 1; }
done
sed -n '/^\.\\" keys: begin/,/^\.\\" keys: end/{/^\.\\" keys:/!p}' "$page" >"$work/page"
if ! diff -u "$work/page" "$work/keys"; then
    echo "$page: the list between 'keys: begin' and 'keys: end' is old; put there what '$program mdoc' prints"
    exit 1
fi

# The examples are configurations: each literal block that names sections, the second joined to the first.
awk '/^\.Sh /{on = $2 == "EXAMPLES"; next} on && /^\.Ed/{copy = 0} on && copy{print} on && /^\.Bd/{copy = 1; print ""}' \
    "$page" | awk '/^\[done\]/ && seen++ {exit} {print}' >"$work/examples.conf"
CC_CI_REPO=/srv/work.git "$program" check "$work/examples.conf"
CC_CI_REPO=/srv/work.git "$program" check "$CCSUP_SOURCE/launch.conf"

if ! command -v mandoc >/dev/null; then
    echo "mandoc is missing: the page's form is not checked"
    exit 77
fi
mandoc -Tlint -Wwarning "$page"
