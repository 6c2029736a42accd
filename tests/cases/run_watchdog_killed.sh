#!/usr/bin/env bash
# The watchdog, the keepers or both are killed, at any moment: the loops go on, are adopted, or are swept; never two trees
# of one agent, and nothing is left in the end.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
run_sandbox
both_have_work
# An agent with a helper of its own, so that a tree is more than one process; it says a line ten times a second.
for role in builder adversary; do
    agent "$role" <<'SH'
echo "$$" >"$SANDBOX/$ROLE.pid"
(for ((i = 0; i < 1200; i++)); do sleep 0.1; done) &
for ((i = 0; i < 1200; i++)); do
    echo "turn $i of $$"
    sleep 0.1 # bounded agent
    [[ ! -e $SANDBOX/$ROLE.end ]] || { rm -f "$SANDBOX/$ROLE.end"; kill $!; exit 0; }
done
SH
done
conf repo.poll=5s agent.start_limit_interval=1s # many more starts than an agent would be allowed

both_run() {
    agent_is builder '.state == "RUNNING" and .agent_pid > 0' && agent_is adversary '.state == "RUNNING" and .agent_pid > 0'
}
pid_of() {
    agent_field "$1" .agent_pid
}
grows() { # FILE SIZE
    (($(stat -c %s "$1") > $2))
}
kill_watchdog() {
    local pid
    pid=$(watchdog_pid)
    kill -KILL "$pid"
    wait_while 5 "the watchdog's end" alive "$pid"
}
# restarted ROLE OLDPID: it runs again, as another process.
restarted() {
    agent_is "$1" ".state == \"RUNNING\" and .agent_pid > 0 and .agent_pid != $2"
}

assert_exit 0 ccsup start
wait_until 10 "both run" both_run
builder=$(pid_of builder) adversary=$(pid_of adversary)

# The loops go on without it, and the next one takes them over as they are.
kill_watchdog
out=$(iteration builder 1 out.log)
wait_until 5 "the builder goes on" grows "$out" "$(stat -c %s "$out")"
assert_exit 0 ccsup start
assert_has "$OUT" "builder: RUNNING, iteration 1"
assert_has "$OUT" "adversary: RUNNING, iteration 1"
assert_logged "builder: adopted iteration 1"
wait_until 10 "the new watchdog knows both" both_run
assert_eq "$(pid_of builder) $(pid_of adversary)" "$builder $adversary" "the adopted agents"
# Its log is read from its beginning: the status counts all bytes, not only those since the adoption.
wait_until 10 "the status knows its output" agent_is builder ".output_bytes >= $(stat -c %s "$out") and (.activity | startswith(\"turn \"))"

# The end of an adopted iteration is an end like any other.
touch "$SANDBOX/builder.end"
wait_until 10 "iteration 2" agent_is builder '.iteration == 2 and .state == "RUNNING"'
assert_logged "builder: RUNNING -> WAITING, iteration 1: exit code 0 (next iteration)"

# An iteration that ends while nobody watches is known to the next watchdog too.
wait_until 10 "both run" both_run
kill_watchdog
kill -KILL "$(<"$SANDBOX/builder.pid")"
wait_until 10 "its record" exited builder 2 '.signal == 9'
assert_exit 0 ccsup start
wait_until 10 "iteration 3" agent_is builder '.iteration == 3 and .state == "RUNNING"'
agent_is builder '.last == "CRASHED" and .last_text == "killed by signal 9"' >/dev/null || fail "the crash is forgotten"
assert_has "$(<"$(iteration builder 3 prompt.md)")" "INTERRUPTED"

# A keeper is killed: its agent goes with it or is swept, then a new one starts.
wait_until 10 "both run" both_run
adversary=$(pid_of adversary)
for round in 1 2; do
    wait_until 10 "the builder runs" agent_is builder '.state == "RUNNING" and .agent_pid > 0'
    builder=$(pid_of builder)
    kill -KILL "$(keeper_pid builder)"
    wait_until 20 "the builder runs again" restarted builder "$builder"
    alive "$builder" && fail "round $round: the old builder lives"
done
assert_logged "its keeper is gone without a record" 2
assert_eq "$(pid_of adversary)" "$adversary" "the adversary was touched"

# Everything at once.
wait_until 10 "both run" both_run
builder=$(pid_of builder)
kill -KILL "$(watchdog_pid)" "$(keeper_pid builder)" "$(keeper_pid adversary)"
assert_exit 0 ccsup start
wait_until 20 "both run again" both_run
[[ $(pid_of builder) != "$builder" && $(pid_of adversary) != "$adversary" ]] || fail "the pids are those of dead keepers"
for pid in "$builder" "$adversary"; do
    ! alive "$pid" || fail "$pid outlived its keeper and its watchdog"
done
stop_all

# A keeper that does not answer, and whose watchdog is dead.
assert_exit 0 ccsup start
wait_until 10 "both run" both_run
builder=$(pid_of builder)
kill -STOP "$(keeper_pid builder)"
kill_watchdog
assert_exit 0 ccsup start
wait_until 20 "the builder runs again" restarted builder "$builder"
! alive "$builder" || fail "the old builder lives"
stop_all

# At random moments of the life: while starting, running, stopping. RANDOM is seeded, and said.
seed=${CCSUP_CASE_SEED:-$(od -An -N2 -tu2 /dev/urandom | tr -d " ")}
RANDOM=$seed
say "seed $seed"
# Until so many ms have passed; the moment is what is tested.
moment() {
    local end
    end=$(($(lib_now_ms) + $1))
    wait_until 5 "the moment has come" bash -c '(( ${EPOCHREALTIME/[.,]/} / 1000 >= '"$end"' ))'
}
holder() {
    # The pid of the watchdog's lock, from its own log: it may not have written a status yet.
    sed -n 's/.*ccsup [0-9.]*, pid \([0-9]*\), .*/\1/p' "$STATE/ccsup.log" | tail -n 1
}
for ((round = 0; round < 15; round++)); do
    background "start-$round" ccsup start
    starting=$BG_PID
    case $((round % 3)) in
    0) moment $((RANDOM % 150)) ;;
    1) moment $((RANDOM % 700)) ;;
    2)
        wait "$starting" || true
        background "stop-$round" timeout 60 ccsup stop
        starting=$BG_PID
        moment $((RANDOM % 300))
        ;;
    esac
    pid=$(holder)
    kill -KILL "$pid" 2>/dev/null || true
    wait_while 5 "round $round: the watchdog's end" alive "$pid"
    wait "$starting" || true
    # Whatever was left behind: a start brings one of each, and they are alive.
    code=0
    OUT=$(ccsup start 2>&1) || code=$?
    [[ $code == 0 || $code == 5 ]] || fail "round $round: start ended with $code: $OUT"
    wait_until 20 "round $round: both run" both_run
    for role in builder adversary; do
        alive "$(pid_of "$role")" || fail "round $round: the $role is not alive"
    done
    if ((round % 4 == 3)); then
        stop_all
    fi
done
stop_all
