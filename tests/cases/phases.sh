#!/usr/bin/env bash
# The phases by real programs: the list, back and forth, what is asked first, a launch.conf that lacks the active one.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"

stamp() {
    date -u +%Y-%m-%dT%H:%M:%SZ
}
# pass PHASE ID: claimed, passed and marked.
pass() {
    commit_as builder "claim($2): made" "$2.txt" made
    commit_as adversary "review($2): PASS" "REVIEW-$1.md" "# Review"$'\n\n'"$2: PASS @$(stamp) sha=$(git -C "$REMOTE" rev-parse main) — tried"$'\n'
    commit_as builder "STATUS: DONE" "STATUS-$1.md" $'# Status\n\n## DONE\n'
}
phases() {
    ccsup phases --json | jq -r '[.phases[] | .name + ":" + .state] | join(" ")'
}
active() {
    status_is ".phase.id == \"$1\" and .phase.started"
}

run_sandbox
make_remote
two_hanging
conf done.criteria=D1
for id in x y z; do
    printf 'The plan of %s.\n' "$id" >"$PROJECT/plan-$id.md"
done
printf '[phase x]\nplan = plan-x.md\ncriteria = A1\n[phase y]\nplan = plan-y.md\ncriteria = B1\n[phase z]\nplan = plan-z.md\ncriteria = E1\n' \
    >>"$PROJECT/launch.conf"
cp "$PROJECT/launch.conf" "$SANDBOX/all.conf"

# ---- before anything ----------------------------------------------------------------------------------------------------
assert_eq "$(phases)" "x:waiting y:waiting z:waiting" "before the start"
assert_exit 2 ccsup start --phase y
assert_has "$OUT" "write --phase y --reset"
assert_exit 2 ccsup start --reset
assert_exit 2 ccsup start --phase nowhere --reset
assert_has "$OUT" "it has x y z"

# ---- one is done, and the next one's PASS was planted before it began ------------------------------------------------------
commit_as adversary "review(B1): PASS" "REVIEW-y.md" "# Review"$'\n\n'"B1: PASS @$(stamp) — planted"$'\n'
assert_exit 0 ccsup start
wait_until 10 "x is active" active x
commit_as builder "planted: DONE" STATUS-y.md $'# Status\n\n## DONE\n'
pass x A1
wait_until 30 "y is active" active y
wait_until 20 "y is judged" status_is '.verdict.since > 0 and (.reasons | any(.code == "BEFORE_START" and .id == "B1" and .file == "REVIEW-y.md"))'
assert_eq "$(phases)" "x:done y:active z:waiting" "after x"
[[ $(status_field '.verdict.passing') == 0 ]] || fail "a planted PASS counts: $(status_field .verdict)"
assert_exit 5 ccsup start --phase x --reset --yes
# Sessions are fresh: what runs now was told of y.
wait_until 20 "the builder runs anew" agent_is builder '.state == "RUNNING" and .iteration >= 2'
newest=$(find "$STATE/builder/iterations" -name prompt.md | sort | tail -n 1)
assert_has "$(cat "$newest")" "The plan of y."
# The keeper that was loaded in x must not begin in y.
wait_until 10 "the builder's environment says so" grep -qzx CCSUP_PHASE=y "/proc/$(keeper_pid builder)/environ"

# ---- the active one is taken out of launch.conf ----------------------------------------------------------------------------
assert_exit 0 ccsup stop
sed '/^\[phase y\]/,/^\[phase z\]/{/^\[phase z\]/!d}' "$SANDBOX/all.conf" >"$PROJECT/launch.conf"
assert_exit 4 ccsup start
assert_has "$OUT" "the active phase 'y' is not in launch.conf any more; put [phase y] back"
assert_exit 4 ccsup phases
echo up >"$STATE/want"
assert_exit 4 ccsup run
cp "$SANDBOX/all.conf" "$PROJECT/launch.conf"

# ---- a finished one may go ---------------------------------------------------------------------------------------------------
sed '/^\[phase x\]/,/^\[phase y\]/{/^\[phase y\]/!d}' "$SANDBOX/all.conf" >"$PROJECT/launch.conf"
assert_exit 0 ccsup start
assert_eq "$(phases)" "y:active z:waiting" "without x"
assert_exit 0 ccsup stop
cp "$SANDBOX/all.conf" "$PROJECT/launch.conf"

# ---- back ----------------------------------------------------------------------------------------------------------------------
assert_exit 2 ccsup start --phase x --reset </dev/null
assert_has "$OUT" "DONE records: x; add --yes if that is meant"
assert_eq "$(phases)" "x:done y:active z:waiting" "nobody said yes"
assert_exit 0 ccsup start --phase x --reset --yes
wait_until 10 "x is active again" active x
assert_eq "$(phases)" "x:active y:waiting z:waiting" "back"
wait_until 10 "its old PASS counts for nothing" status_is '.verdict.passing == 0 and (.reasons | any(.code == "BEFORE_START"))'
pid=$(watchdog_pid)
kill -9 "$pid"
wait_while 10 "the watchdog's end" alive "$pid"
assert_exit 0 ccsup start
wait_until 10 "x is still active" active x
assert_eq "$(phases)" "x:active y:waiting z:waiting" "back, after a kill"

# ---- forth, to the end ------------------------------------------------------------------------------------------------------------
assert_exit 0 ccsup stop
assert_exit 0 ccsup start --phase z --reset --yes
wait_until 10 "z is active" active z
assert_eq "$(phases)" "x:skipped y:skipped z:active" "forth"
commit_as adversary "review: both" REVIEW-z.md "# Review"$'\n\n'"E1: PASS @$(stamp) — tried"$'\n'"D1: PASS @$(stamp) — tried"$'\n'
commit_as builder "STATUS: DONE" STATUS-z.md $'# Status\n\n## DONE\n'
wait_until 30 "finished" status_is '.finished'
wait_while 20 "the watchdog's end" alive "$(watchdog_pid)"
over
assert_eq "$(phases)" "x:skipped y:skipped z:done" "the end"
ccsup phases --json | jq -e '.finished and (.phases[2] | .ended > .began and (.iterations.builder >= 0) and (.verify | startswith("ccsup verify --at")))' >/dev/null ||
    fail "the list: $(ccsup phases --json)"
assert_exit 0 ccsup phases
assert_has "$OUT" "--phase z"
bash -c "$(ccsup phases --json | jq -r '.phases[2].verify')" >"$SANDBOX/verify.log" || fail "the record's command does not say DONE"

# ---- one more phase after the end ------------------------------------------------------------------------------------------------------
printf 'The plan of w.\n' >"$PROJECT/plan-w.md"
printf '[phase w]\nplan = plan-w.md\ncriteria = W1\n' >>"$PROJECT/launch.conf"
assert_exit 0 ccsup start
wait_until 10 "w is active" active w
assert_exit 0 ccsup stop
