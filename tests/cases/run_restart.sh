#!/usr/bin/env bash
# How an agent ends, in words, and when it starts again: crash, code, no program; backoff, start limit, hold; and what an
# operator can do about it.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
run_sandbox
both_have_work
two_hanging

# next_pid ROLE OLD: another process of the role has said its pid.
next_pid() {
    [[ -s $SANDBOX/$1.pid && $(<"$SANDBOX/$1.pid") != "$2" ]]
}

# Killed from outside: words, a backoff, a new iteration; the other role is not touched.
conf
assert_exit 0 ccsup start
wait_until 10 "both have said their pid" test -s "$SANDBOX/builder.pid" -a -s "$SANDBOX/adversary.pid"
other=$(<"$SANDBOX/adversary.pid")
# The trial of the fence is left out once an agent has run in it.
tried() {
    tr '\0' ' ' <"/proc/$(keeper_pid builder)/cmdline" | grep -o -e '--tried [a-z]*'
}
wait_until 10 "the status shows it" agent_is builder '.state == "RUNNING" and .pid > 0'
! tried || fail "the first keeper was told of a trial"
# While an agent runs the next keeper is loaded, which waits and holds nothing.
waiting() {
    pgrep -P "$(watchdog_pid)" -f -- '--wait .*--role builder'
}
run_id() {
    tr '\0' '\n' <"/proc/$1/cmdline" | sed -n '/^--run-id$/{n;p}'
}
for round in 1 2 3; do
    wait_until 10 "the next keeper is loaded" waiting
    next=$(waiting)
    id=$(run_id "$next")
    if [[ $round == 2 ]]; then
        kill -KILL "$next"
        wait_until 10 "the loaded keeper is gone" test ! -e "/proc/$next"
    fi
    pid=$(<"$SANDBOX/builder.pid")
    kill -KILL "$pid"
    wait_until 10 "the builder runs again" next_pid builder "$pid"
    wait_until 10 "and the status says so" agent_is builder ".state == \"RUNNING\" and .iteration == $((round + 1))"
    exited builder "$round" '.end == "signaled" and .signal == 9 and .asked == "none"' >/dev/null ||
        fail "$(<"$(iteration builder "$round" exit.json)")"
    began=$(jq -r .run_id "$(iteration builder $((round + 1)) keep.json)")
    if [[ $round == 2 ]]; then
        [[ $began != "$id" ]] || fail "a killed keeper began"
    else
        assert_eq "$began" "$id" "the keeper that was loaded begins"
    fi
done
assert_eq "$(tried)" "--tried $(agent_field builder .fence)" "what the later keepers are told"
assert_logged "builder: RUNNING -> WAITING, iteration 1: killed by signal 9 (restart after a failure)"
assert_eq "$(agent_field builder '"\(.restarts) \(.failures) \(.last) \(.last_text)"')" \
    "3 3 CRASHED killed by signal 9" "what the status says of three crashes"
assert_eq "$(<"$SANDBOX/adversary.pid")" "$other" "the adversary was started again"
assert_has "$(<"$(iteration builder 2 prompt.md)")" "INTERRUPTED: the last iteration ended by itself (CRASHED)"
assert_exit 0 ccsup status
assert_has "$OUT" "3 restarts"

# restart: a fresh iteration, no failure counted. Its failures are forgiven.
pid=$(<"$SANDBOX/builder.pid")
assert_exit 0 ccsup restart builder
assert_has "$OUT" "builder: stopping its iteration, then starting the next"
wait_until 10 "the builder runs again" next_pid builder "$pid"
wait_until 10 "and the status says so" agent_is builder '.state == "RUNNING" and .iteration == 5'
assert_eq "$(agent_field builder '"\(.restarts) \(.failures) \(.last)"')" "3 0 STOPPED" "after a restart by the operator"

# pause: the iteration may finish, no further one starts, also under the next watchdog; resume.
assert_exit 0 ccsup pause builder
assert_has "$OUT" "builder: paused after this iteration"
wait_until 5 "the status says so" agent_is builder '.want == "paused" and .state == "RUNNING"'
kill -TERM "$(<"$SANDBOX/builder.pid")"
wait_until 10 "it ends and rests" agent_is builder '.state == "DOWN" and .paused'
assert_exit 0 ccsup stop
assert_exit 0 ccsup start
agent_is builder '.state == "DOWN" and .paused and .iteration == 5' >/dev/null || fail "the pause is forgotten"
assert_exit 0 ccsup tell builder "mind the gap: ünïcode" and '{{now}}' '$HOME' # the first word that is no option
assert_exit 0 ccsup resume builder
wait_until 10 "the builder runs again" agent_is builder '.state == "RUNNING" and .iteration == 6 and (.paused | not)'
assert_has "$(<"$(iteration builder 6 prompt.md)")" "mind the gap: ünïcode and {{now}} \$HOME" "what was told, untouched"

# Told while it runs: in the next one, once, and not lost by an iteration that fails.
assert_exit 0 ccsup tell builder second word
pid=$(<"$SANDBOX/builder.pid")
kill -KILL "$pid"
wait_until 10 "iteration 7" agent_is builder '.state == "RUNNING" and .iteration == 7'
assert_has "$(<"$(iteration builder 7 prompt.md)")" "second word"
assert_has "$(<"$(iteration builder 7 prompt.md)")" "mind the gap" "told again: the iteration that was told crashed"
stop_all

# Every way to end has its words; the backoff grows to its maximum; the start limit holds; resume lifts it.
ends() {
    local what=$1 record=$2 words=$3 i
    shift 3
    rm -rf "$STATE"
    conf builder.start_limit_burst=5 builder.start_limit_interval=1h builder.restart_delay=200ms \
        builder.restart_delay_max=500ms builder.jitter=0 "$@"
    ccsup start --no-check >/dev/null 2>&1 || true # 1 or 6, by how far the failures have come
    wait_until 20 "$what: held" agent_is builder '.state == "HELD"'
    agent_is builder '.why == "START_LIMIT" and .restarts == 4 and .failures == 5' >/dev/null ||
        fail "$what: $(status_field '.agents[0]')"
    assert_has "$(agent_field builder .last_text)" "$words" "$what: the status's words"
    assert_exit 6 ccsup status
    assert_has "$OUT" "builder is held: too many starts"
    assert_has "$OUT" "ccsup resume builder"
    logged "(restart after a failure)" || fail "$what: no backoff in the log"
    for i in 1 2 3 4 5; do
        exited builder "$i" "$record" >/dev/null ||
            fail "$what: $(cat "$(iteration builder "$i" exit.json)")"
    done
    # 200, 400, 500, 500 ms: between the end of one and the beginning of the next.
    local want=(200 400 500 500) end begin
    for i in 1 2 3 4; do
        end=$(jq .ended_at "$(iteration builder "$i" exit.json)")
        begin=$(jq .created_at "$(iteration builder $((i + 1)) keep.json)")
        ((begin - end >= want[i - 1])) || fail "$what: only $((begin - end)) ms after failure $i"
    done
    wait_until 10 "$what: the adversary is not touched" agent_is adversary '.state == "RUNNING" and .restarts == 0'
    assert_exit 0 ccsup resume builder
    wait_until 20 "held again after five more" agent_is builder ".state == \"HELD\" and .iteration == 10"
    stop_all
}
agent builder <<<'exec "$AGENTS/fail.sh" 1'
ends "a code" '.end == "exited" and .code == 1' "exit code 1"
agent builder <<<'exec "$AGENTS/crash.sh"'
ends "a crash" '.end == "signaled" and .signal == 11' "killed by signal 11"
# The file is there and may be executed, its interpreter is not there.
printf '#!/nowhere/interpreter\n' >"$SANDBOX/agents/orphan"
chmod 755 "$SANDBOX/agents/orphan"
ends "no program" '.end == "exec_failed"' "cannot run $SANDBOX/agents/orphan: its first line asks for /nowhere/interpreter" \
    builder.command="$SANDBOX/agents/orphan"

ends "missing" '.end == "exec_failed"' "cannot run $SANDBOX/agents/missing: no such file" \
    builder.command="$SANDBOX/agents/missing"
ends "not executable" '.end == "exec_failed"' "notexec.txt is not executable; chmod +x it" \
    builder.command="$AGENTS/notexec.txt"

# It vanishes while the watchdog runs.
two_hanging
rm -f "$SANDBOX"/*.pid
conf builder.start_limit_burst=3
assert_exit 0 ccsup start
wait_until 10 "the builder has said its pid" test -s "$SANDBOX/builder.pid"
mv "$SANDBOX/agents/builder" "$SANDBOX/agents/away"
kill -KILL "$(<"$SANDBOX/builder.pid")"
wait_until 20 "held" agent_is builder '.state == "HELD"'
assert_has "$(agent_field builder .last_text)" "cannot run $SANDBOX/agents/builder: no such file"
mv "$SANDBOX/agents/away" "$SANDBOX/agents/builder"
assert_exit 0 ccsup restart builder
wait_until 20 "it runs again" agent_is builder '.state == "RUNNING"'
assert_exit 0 ccsup status
stop_all
