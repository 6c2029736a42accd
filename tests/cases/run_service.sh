#!/usr/bin/env bash
# What `ccsup run` tells a service manager (sd_notify): that it is up, how it is, that it lives, that it goes down; and that
# no agent can say such a thing in its name.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
command -v python3 >/dev/null || skip "no python3 here: it is the manager"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
run_sandbox
both_have_work
for role in builder adversary; do
    agent "$role" <<'SH'
env -0 >"$SANDBOX/$ROLE.env"
exec "$AGENTS/hang.sh" "$SANDBOX/$ROLE.pid"
SH
done
conf agent.env_pass="NOTIFY_SOCKET WATCHDOG_* ASAN_OPTIONS UBSAN_OPTIONS"

# manager ADDRESS: from here on it listens there; what it hears is in SAID.
manager() {
    SAID=$SANDBOX/said.$((${ROUND:=0} + 1))
    ROUND=$((ROUND + 1))
    background "manager-$ROUND" python3 "$AGENTS/manager.py" "$1" "$SAID"
    wait_until 10 "the manager listens" test -e "$SAID"
}
# run NAME=VALUE...: ccsup run under it; its pid, which WATCHDOG_PID may name, is in RUN.
run() {
    rm -f "$SANDBOX"/*.pid
    # shellcheck disable=SC2016 # the inner shell expands it
    background "run-$ROUND" env "$@" bash -c '[[ ${WATCHDOG_PID:-} != mine ]] || export WATCHDOG_PID=$$; exec ccsup run'
    RUN=$BG_PID
}
# said REGEX [TIMES]: the running watchdog's own process has said such a line at least so often.
said() {
    (($(grep -cE "^[0-9]+ $RUN $1" "$SAID") >= ${2:-1}))
}
both_up() {
    [[ -s $SANDBOX/builder.pid && -s $SANDBOX/adversary.pid ]]
}
ended() {
    local code=0
    wait_while 20 "the watchdog's end" alive "$RUN"
    wait "$RUN" || code=$?
    assert_eq "$code" 0 "exit of ccsup run"
}
nothing_started() {
    ! both_up || fail "agents were started"
    over
}

# ---- up, alive, down ----------------------------------------------------------------------------------------------------
manager "$SANDBOX/notify"
run NOTIFY_SOCKET="$SANDBOX/notify" WATCHDOG_USEC=400000 WATCHDOG_PID=mine
wait_until 20 "it says that it is up" said 'READY=1$'
ask '{"verb":"hello"}'
assert_has "$OUT" '"ok":false' "the control socket of one that is up"
wait_until 20 "both agents run" both_up
wait_until 20 "it says how it is" said 'STATUS=running; phase default: RUNNING, 0 of 1 criteria pass$'
wait_until 20 "it is fed" said 'WATCHDOG=1$' 5
# Its loop does not turn: nothing is heard until it does.
kill -STOP "$RUN"
stopped() {
    [[ $(sed 's/.*) //' "/proc/$RUN/stat") == T* ]]
}
wait_until 5 "it is stopped" stopped
before=$(wc -l <"$SAID")
later() {
    (($(lib_now_ms) > $1))
}
wait_until 5 "a second passes" later "$(($(lib_now_ms) + 1000))"
assert_eq "$(wc -l <"$SAID")" "$before" "lines that a stopped loop has said"
kill -CONT "$RUN"
wait_until 20 "it is fed again" said 'WATCHDOG=1$' "$(($(grep -c 'WATCHDOG=1$' "$SAID") + 2))"
for role in builder adversary; do
    ! grep -zE '^(NOTIFY_SOCKET|WATCHDOG_)' "$SANDBOX/$role.env" || fail "the $role could speak to the manager"
done
kill -TERM "$RUN"
ended
said 'STOPPING=1$' || fail "it did not say that it goes down"
assert_eq "$(grep -c 'STOPPING=1$' "$SAID")" 1 "how often it said so"
# Each status is another one than the one before, and nobody but the watchdog has said a word.
assert_eq "$(grep -o 'STATUS=.*' "$SAID" | uniq -d)" "" "a status that was said again"
assert_eq "$(cut -d' ' -f2 "$SAID" | sort -u)" "$RUN" "who spoke"
over

# ---- an abstract socket, and no feeding that is not asked for --------------------------------------------------------------
manager "@ccsup-case-$$"
run NOTIFY_SOCKET="@ccsup-case-$$" WATCHDOG_USEC=100000 WATCHDOG_PID=1
wait_until 20 "it says that it is up" said 'READY=1$'
wait_until 20 "both agents run" both_up
assert_exit 0 ccsup stop
ended
! said 'WATCHDOG=1' || fail "it feeds the dog of another process"
said 'STOPPING=1$' || fail "it did not say that it goes down"
over

# ---- behind its end: what crashed is gone on with, what was stopped or hung while it was leaves nothing -----------------------
assert_exit 0 ccsup start
wait_until 20 "both agents run" status_is '[.agents[] | select(.state == "RUNNING" and .agent_pid > 0)] | length == 2'
pid=$(watchdog_pid)
assert_exit 0 env SERVICE_RESULT=success ccsup stop --after-service
alive "$pid" || fail "it ended a watchdog that lives"
kill -KILL "$pid"
wait_while 5 "the watchdog's end" alive "$pid"
agents=$(agent_field builder .agent_pid)
for result in signal core-dump watchdog exit-code oom-kill; do
    assert_exit 0 env SERVICE_RESULT=$result ccsup stop --after-service
    alive "$agents" || fail "an agent was ended although the next watchdog is to go on with it ($result)"
done
assert_exit 2 ccsup stop --after-service
assert_has "$OUT" "SERVICE_RESULT"
assert_exit 0 env SERVICE_RESULT=timeout ccsup stop --after-service
assert_has "$OUT" "stopped: builder, adversary; 0 processes left"
over
assert_eq "$(<"$STATE/want")" up "the wish, which the service's end does not change"
assert_exit 0 env SERVICE_RESULT=success ccsup stop --after-service
assert_eq "$OUT" "" "what it says when nothing was left"
assert_exit 0 ccsup stop

# ---- stopped by the operator: a start succeeds and starts nothing -----------------------------------------------------------
manager "$SANDBOX/notify2"
run NOTIFY_SOCKET="$SANDBOX/notify2"
ended
said 'READY=1$' || fail "an end without a start, which a manager would take for a failure"
said 'STATUS=the operator stopped this instance' || fail "it did not say why"
nothing_started
echo up >"$STATE/want"

# ---- a manager that is gone, or none ----------------------------------------------------------------------------------------
for socket in "$SANDBOX/nobody" relative @ "/$(printf 'x%.0s' {1..200})"; do
    run NOTIFY_SOCKET="$socket" WATCHDOG_USEC=100000
    wait_until 20 "both agents run without a manager at $socket" both_up
    kill -TERM "$RUN"
    ended
done
# What `ccsup start` puts into the background is not the service of whoever called it.
manager "$SANDBOX/notify3"
assert_exit 0 env NOTIFY_SOCKET="$SANDBOX/notify3" ccsup start
stop_all
assert_eq "$(<"$SAID")" "" "what was said to another service's manager"

# ---- done: the end is a good one, and so is that of the next start ----------------------------------------------------------
commit_as builder "claim(D1): made" done.txt made STATUS.md $'# Status\n\nD1 claimed\n'
echo up >"$STATE/want"
manager "$SANDBOX/notify4"
run NOTIFY_SOCKET="$SANDBOX/notify4"
wait_until 20 "both agents run" both_up
commit_as adversary "review(D1): PASS" REVIEW.md \
    $'# Review\n\n'"D1: PASS @$(date -u +%Y-%m-%dT%H:%M:%SZ) sha=$(git -C "$REMOTE" rev-parse main) — looked at it"$'\n'
commit_as builder "STATUS: DONE" STATUS.md $'# Status\n\nall of it\n\n## DONE\n'
ended
said 'STOPPING=1$' || fail "it did not say that it goes down"
said 'STATUS=finished; phase default: DONE, 1 of 1 criteria pass$' || fail "it did not say that it is done: $(<"$SAID")"
over
run NOTIFY_SOCKET="$SANDBOX/notify4"
ended
said 'READY=1$' || fail "a start of what is done failed"
nothing_started
