#!/usr/bin/env bash
# A criterion that the operator waives: until its time it needs no PASS; every status, `ccsup verify` and the DONE record name
# it; one that appears in launch.conf while it runs counts only from the next start on, and then it is said.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"

stamp() { # [AHEAD]
    date -u -d "${1:-now}" +%Y-%m-%dT%H:%M:%SZ
}
waive() { # VALUE: one more line of [done]
    sed -i "/^\[done\]/a waive = $1" "$PROJECT/launch.conf"
}
up() {
    assert_exit 0 ccsup start
    wait_until 10 "the watchdog judges" status_is '.verdict.since > 0'
}
run_sandbox
two_hanging
conf done.criteria="D1 D2"

# ---- what is wrong in it is said, and nothing starts; one that is over is said, and it starts ------------------------------
waive "D9 | no such thing | 2099-01-01"
assert_exit 4 ccsup start
assert_has "$OUT" "waive: 'D9' is no criterion"
conf done.criteria="D1 D2"
waive "D2 | | 2099-01-01"
assert_exit 4 ccsup config
assert_has "$OUT" "waive: 'D2' is waived without a reason"
conf done.criteria="D1 D2"
waive "D2 | it was late | 2025-01-01"
assert_exit 0 ccsup config
assert_has "$OUT" "waive: D2 was waived until 2025-01-01T00:00:00Z, which is over"
conf done.criteria="D1 D2"
up
wait_until 20 "the phase's inputs are known" grep -q '"t":"inputs"' "$STATE/journal"

# ---- slipped in, read by a start, and taken out again: the status knows what is in force ----------------------------------
cp "$PROJECT/launch.conf" "$SANDBOX/launch.conf"
pid=$(watchdog_pid)
kill -KILL "$pid"
wait_while 5 "the watchdog's end" alive "$pid"
sed -i 's/^poll = .*/&\noperators = friend@example.org/' "$PROJECT/launch.conf"
up
cp "$SANDBOX/launch.conf" "$PROJECT/launch.conf"
wait_until 20 "it is told" status_is '.warnings | any(startswith("changed since the phase began: in-force;"))'
assert_eq "$(grep -c friend@ "$STATE/in-force.conf")" 1 "what is in force"
pid=$(watchdog_pid)
kill -KILL "$pid"
wait_while 5 "the watchdog's end" alive "$pid"
up
wait_until 20 "and when it is over" status_is '.warnings == []'

# ---- added by somebody while it runs: it counts for nothing, and the status names the file ------------------------------
now=$(stamp)
commit_as builder "claim(D1): made" done.txt 1
commit_as adversary "review" REVIEW.md "D1: PASS @$now — seen"$'\n'"D2: FAIL @$now — no hardware"$'\n'"D2: WAIVED @$now"$'\n'
commit_as builder "the marker" STATUS.md $'# Status\n\n## DONE\n'
wait_until 20 "D1 passes, and it is marked" status_is '.verdict.passing == 1 and any(.reasons[]; .code == "EARLY_MARKER")'
waive "D2 | the hardware is missing | $(stamp "1 hour")"
wait_until 20 "it is seen" status_is '.warnings | any(startswith("changed since the phase began: launch.conf;"))'
status_is '.verdict.value == "NOT_DONE" and .waivers == []' >/dev/null || fail "it counts: $(status_field .verdict)"

# The watchdog is killed, and started again: it counts, and the status says that it was not there before.
pid=$(watchdog_pid)
kill -KILL "$pid"
wait_while 5 "the watchdog's end" alive "$pid"
sed -i 's/^confirm = .*/confirm = 5s/' "$PROJECT/launch.conf"
up
wait_until 20 "it counts" status_is '.verdict.waived == 1 and .verdict.state == "CONFIRMING"'
assert_exit 0 ccsup status
assert_has "$OUT" "the waiver of D2 was not in launch.conf when the phase began"
assert_has "$OUT" "D2 waived by the operator until "
assert_has "$OUT" "1 of 2 criteria pass, 1 waived"
assert_has "$OUT" "REVIEW.md: line 2: D2 is FAIL, and waived until "
assert_exit 0 ccsup verify
assert_has "$OUT" "(waived by the operator until "
wait_until 30 "done" status_is '.finished'
wait_while 20 "the watchdog's end" alive "$(watchdog_pid)"
over
assert_exit 0 ccsup status
assert_has "$OUT" "D2 waived by the operator until "
record=$(jq -c '.done[0] | [(.criteria | map([.id, .state, .waived])), (.waivers | map([.id, .reason, .holds, .added]))]' "$STATE/status.json")
assert_eq "$record" '[[["D1","PASS",null],["D2","FAIL",true]],[["D2","the hardware is missing",true,true]]]' "the DONE record"
# shellcheck disable=SC2046 # its words
assert_exit 0 $(jq -r '.done[0].verify' "$STATE/status.json")
assert_exit 1 ccsup verify --now "$(stamp "2 hours")"
assert_has "$OUT" "launch.conf: the waiver of D2 ended at "
assert_exit 0 ccsup verify --json
assert_eq "$(jq -c '.waivers | map([.id, .reason])' <<<"$OUT")" '[["D2","the hardware is missing"]]' "verify --json"
