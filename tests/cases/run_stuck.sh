#!/usr/bin/env bash
# A pair that goes nowhere: said once, held over the death of the watchdog, and let go on by an operator's word.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"

stuck() {
    status_is '.verdict.state == "STUCK" and (.agents | all(.state == "HELD" and .why == "STUCK"))'
}
run_sandbox
conf done.stuck_rounds=3
both_have_work
ccsup start >"$SANDBOX/start.log" 2>&1 || true # it may be stuck before it is up
wait_until 60 "it is stuck, and both are held" stuck
assert_exit 6 ccsup status
assert_has "$OUT" "STUCK"
assert_has "$OUT" "the pair is stuck: 3 rounds without a newly verified criterion"
assert_logged "stuck: 3 rounds without a newly verified criterion; nothing is started until"
ended=$(status_field '[.agents[].iteration] | add')

pid=$(watchdog_pid)
kill -9 "$pid"
wait_while 10 "the watchdog's end" alive "$pid"
assert_exit 6 ccsup start
assert_has "$OUT" "the pair is stuck"
wait_until 20 "it still is" stuck
assert_eq "$(status_field '[.agents[].iteration] | add')" "$ended" "iterations while it is stuck"

assert_exit 0 ccsup tell adversary "look at it together"
wait_until 20 "they go on" status_is "([.agents[].iteration] | add) > $ended"
wait_until 60 "and nowhere again" stuck
ended=$(status_field '[.agents[].iteration] | add')
assert_exit 0 ccsup resume builder
wait_until 20 "they go on again" status_is "([.agents[].iteration] | add) > $ended"
assert_exit 0 ccsup stop
over
