#!/usr/bin/env bash
# ccsup wait --park: an agent ends its turn, and is started again the moment that what it waits for has come, has failed or is
# late: once, with the line of it in its prompt, whatever is killed meanwhile. An operator who restarts it ends the wait.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
run_sandbox
two_hanging
# Once told to, it parks; whatever it is started with is kept.
agent adversary <<'SH'
n=$(ls "$SANDBOX"/woken.* 2>/dev/null | wc -l)
cat >"$SANDBOX/woken.tmp"
mv "$SANDBOX/woken.tmp" "$SANDBOX/woken.$((n + 1))"
if [[ -e $SANDBOX/park ]]; then
    cd "$SANDBOX"
    xargs -a park ccsup wait --every 100ms --park >parked
    rm park
elif [[ -e $SANDBOX/broken ]]; then
    mv "$SANDBOX/broken" "$CCSUP_PARK/wait.json"
fi
SH
# Its loop has no work of its own: what starts it is the operator, and what it parked.
conf adversary.wake_every=1h adversary.grace=1s

started() { [[ -e $SANDBOX/woken.$1 ]]; }
nothing_more() { lib_not started $(($1 + 1)); }
# parked N: after its N-th start it waits.
parked() {
    wait_until 20 "it waits" agent_is adversary '.state == "RUNNING" and .live == "WAITS"'
    started "$1" || fail "start $1 did not happen"
    nothing_more "$1" || fail "it was started anew before its wait is over"
}
# parks N WORDS: its N-th start parks that.
parks() {
    echo "${*:2}" >"$SANDBOX/park"
    ccsup restart adversary >/dev/null
    parked "$1"
}

# Nobody else is started again.
code=0
ccsup wait --park file met 2>"$SANDBOX/said" || code=$?
assert_eq "$code" 2 "by hand"
assert_has "$(<"$SANDBOX/said")" "is for an agent that ccsup runs" "by hand"

# Through the death of the watchdog, of the keeper, and a stop, to its end.
echo "--timeout 10m file met" >"$SANDBOX/park"
assert_exit 0 ccsup start
assert_exit 0 ccsup tell adversary "look"
parked 1
assert_has "$(<"$SANDBOX/parked")" 'CCSUP-WAIT parked until=' "what the agent reads"
assert_has "$(agent_field adversary .activity)" "parked until" "the status"
assert_has "$(agent_field adversary .activity)" "file met" "the status"
watchdog=$(watchdog_pid)
kill -KILL "$watchdog"
wait_while 5 "the watchdog's end" alive "$watchdog"
assert_exit 0 ccsup start
wait_until 10 "it waits on" agent_is adversary '.state == "RUNNING" and .live == "WAITS" and .iteration == 2'
kill -KILL "$(agent_field adversary .pid)"
wait_until 20 "it waits again" agent_is adversary '.state == "RUNNING" and .live == "WAITS" and .iteration == 3'
assert_exit 0 ccsup stop
assert_exit 0 ccsup start
wait_until 20 "it waits after a stop" agent_is adversary '.state == "RUNNING" and .live == "WAITS" and .iteration >= 4'
nothing_more 1 || fail "it was started before its wait is over"
: >"$SANDBOX/met"
wait_until 5 "it is woken" started 2
assert_has "$(tail -n 1 "$SANDBOX/woken.2")" "CCSUP-WAIT met" "the end of its prompt"
wait_until 10 "it has ended well" agent_is adversary '.state == "WAITING" and .last == "OK"'
nothing_more 2 || fail "it was woken twice"
assert_eq "$(agent_field adversary .failures)" 0 "a wait is no failure"

# What it was told in words is no secret that the status, the log and the iterations show.
parks 3 "http http://127.0.0.1:1/ --header 'Authorization: Bearer s3cretwordofours'"
assert_has "$(agent_field adversary .activity)" "Authorization: Bearer ***" "the status"
! grep -rq s3cretwordofours "$STATE" || fail "a secret: $(grep -rl s3cretwordofours "$STATE")"
assert_exit 0 ccsup restart adversary
wait_until 10 "it is started afresh" started 4

# Failed, and late: the next prompt says so.
parks 5 "--fail-stable 1 cmd --fail-exit 3 -- sh -c '[ ! -e bad ] || exit 3; exit 1'"
: >"$SANDBOX/bad"
wait_until 5 "it is woken" started 6
assert_has "$(tail -n 1 "$SANDBOX/woken.6")" "CCSUP-WAIT failed" "the end of its prompt"
parks 7 "--timeout 3s file none"
wait_until 20 "it is woken" started 8
assert_has "$(tail -n 1 "$SANDBOX/woken.8")" "CCSUP-WAIT timeout" "the end of its prompt"

# What the operator restarts waits for nothing.
parks 9 "file none"
assert_exit 0 ccsup restart adversary
wait_until 10 "it is started afresh" started 10
grep -q CCSUP-WAIT "$SANDBOX/woken.10" && fail "it was told of a wait"
wait_until 10 "it rests" agent_is adversary '.state == "WAITING" and .live != "WAITS"'

# What is no wait holds up nobody.
echo '{' >"$SANDBOX/broken"
assert_exit 0 ccsup restart adversary
wait_until 20 "it is started all the same" started 12
assert_has "$(cat "$STATE"/adversary/iterations/*/err.log)" "what was parked: " "it is said"
grep -q CCSUP-WAIT "$SANDBOX/woken.12" && fail "it was told of a wait"
assert_exit 0 ccsup stop
over
