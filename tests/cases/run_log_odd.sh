#!/usr/bin/env bash
# An agent may make of its log what it likes: 15 TB of nothing, more than anybody would read, something that is no file.
# The watchdog answers all the same, what the agent said last is seen, and the next start takes no longer.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
run_sandbox
both_have_work
init=$(head -n 1 "$CCSUP_SOURCE/tests/vectors/claude/text.jsonl")
usd=$(jq -r 'select(.type == "result") | .total_cost_usd' "$CCSUP_SOURCE/tests/vectors/claude/text.jsonl")
printf '%s\n' "$init" >"$SANDBOX/first"
grep '"type":"result"' "$CCSUP_SOURCE/tests/vectors/claude/text.jsonl" >"$SANDBOX/last"

# Each iteration does one thing to its log.
agent builder <<'SH'
log=$(readlink "/proc/$$/fd/1")
what=$(cat "$SANDBOX/what")
cat "$SANDBOX/first"
case $what in
sparse) truncate -s 15T "$log" ;;
flood) yes "a line of a flood that nobody reads to its end" | head -c 120M && echo ;;
fifo) rm "$log" "${log%/*}/err.log" && mkfifo "$log" "${log%/*}/err.log" ;;
esac
cat "$SANDBOX/last"
touch "$SANDBOX/said.$what"
[[ $what == fifo ]] || read -rt 2 <> <(:) || true # bounded agent: it is looked at while it lives
SH
agent adversary <<<'exec "$AGENTS/hang.sh" "$SANDBOX/$ROLE.pid"'
conf builder.pace=1h builder.wake_every=1h

# quick COMMAND...: it ends with 0, and soon.
quick() {
    local t0
    t0=$(lib_now_ms)
    assert_exit 0 timeout 60 "$@"
    t0=$(($(lib_now_ms) - t0))
    say "$what: $* in $t0 ms"
    ((t0 < 5000)) || fail "$what: '$*' took $t0 ms"
}

ended() {
    jq -es 'map(select(.agent == "EXITED" and .role == "builder")) | length == '"$1" "$STATE/events.jsonl"
}

n=0
for what in sparse flood fifo nothing; do
    n=$((n + 1))
    echo "$what" >"$SANDBOX/what"
    quick ccsup start
    wait_until 40 "$what: it has said all" test -e "$SANDBOX/said.$what"
    quick ccsup pause adversary
    wait_until 40 "$what: its end is seen" ended "$n"
    quick ccsup resume adversary
    quick ccsup stop
done
assert_eq "$(jq -c 'select(.agent == "EXITED" and .role == "builder") | .said.cost' "$STATE/events.jsonl" | uniq -c | xargs)" \
    "4 $(jq -n "$usd * 1000000 | round")" "the cost that each said last"
assert_logged "builder: iteration 2 has printed more than 64 MiB"
assert_logged "it is a special file, not a file" 2
over
