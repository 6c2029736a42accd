#!/usr/bin/env bash
# Budgets: what iterations cost is added up once, whatever is killed in between; 80 percent is said once, 100 percent holds
# the loops, no word of the operator but a raised limit lets them go on, and nothing but what is left is given to Claude.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
run_sandbox

# A program that speaks as Claude does: its session's cost is cumulative, one turn more each time. Its first iteration goes on
# until it is told, and is killed; a killed one has saved nothing of its cost.
cat >"$SANDBOX/claude" <<'SH'
#!/usr/bin/env bash
cat >/dev/null
args="$*"
session=${args#*--session-id } resumed=no
[[ $args != *--resume\ * ]] || { session=${args#*--resume }; resumed=yes; }
session=${session%% *}
echo "$resumed ${args#*--max-budget-usd }" | cut -d' ' -f1,2 >>"$SANDBOX/$CCSUP_ROLE.args"
sum=$(cat "$SANDBOX/$session.sum" 2>/dev/null || echo 0)
((sum += 10))
echo "{\"type\":\"system\",\"subtype\":\"init\",\"session_id\":\"$session\",\"model\":\"m\"}"
echo '{"type":"assistant","message":{"content":[{"type":"text","text":"hello"}]}}'
if [[ -e $SANDBOX/hang ]]; then
    touch "$SANDBOX/hangs"
    for ((i = 0; i < 600; i++)); do sleep 0.1; done # bounded agent
fi
printf '{"type":"result","subtype":"success","is_error":false,"num_turns":1,"total_cost_usd":%d.%02d}\n' $((sum / 100)) $((sum % 100))
echo "$sum" >"$SANDBOX/$session.sum"
SH
chmod 755 "$SANDBOX/claude"
claude_conf() {
    conf builder.claude="$SANDBOX/claude" builder.command= "builder.env=SANDBOX=$SANDBOX IS_SANDBOX=1" builder.session=resume \
        adversary.pace=1h adversary.wake_every=1h "$@"
}
spent() {
    status_is ".spent.run.cost == $1 and .spent.builder.cost == $1 and .spent.builder.iterations == $2"
}
held() {
    agent_is "$1" '.state == "HELD" and .why == "BUDGET"'
}
both_have_work

# The first one is killed in its turn, as is the watchdog: nobody knows what it cost, and it is counted once.
touch "$SANDBOX/hang"
claude_conf budget.cost=0.5
assert_exit 0 ccsup start
wait_until 20 "the builder's turn goes on" test -e "$SANDBOX/hangs"
pid=$(watchdog_pid)
kill -9 "$pid"
wait_while 10 "the watchdog's end" alive "$pid"
kill -9 "$(agent_field builder .agent_pid)"
rm "$SANDBOX/hang"
wait_until 20 "its record is written" exited builder 1 '.end == "signaled"'
assert_exit 0 ccsup start
wait_until 20 "four more have ended" agent_is builder '.iteration >= 5'
wait_until 20 "it is held" held builder
# 5 turns at 10 cents, after one of which nothing is known.
wait_until 10 "five turns are paid for" spent 500000 6
status_is '.spent.builder.unpriced == 1' >/dev/null || fail "$(status_field .spent)"
assert_exit 6 ccsup status
assert_has "$OUT" "cost of [budget] is used up: \$0.50 of \$0.50 (without " "how much of how much"
assert_has "$OUT" "raised in launch.conf: then \`ccsup stop\` and \`ccsup start\`" "what lets it go on"
assert_logged "budget: cost of [budget]: \$0.40 of \$0.50"
assert_logged "budget: cost of [budget] is used up"
assert_eq "$(grep -c 'budget: cost of' "$STATE/ccsup.log")" 2 "each is said once"
# What was left, each time; the session went on.
assert_eq "$(tail -n 5 "$SANDBOX/builder.args" | paste -sd, -)" \
    "yes 0.500000,yes 0.400000,yes 0.300000,yes 0.200000,yes 0.100000" "what is left is Claude's own limit"

# No word of the operator begins the count anew, nor does another watchdog.
assert_exit 1 ccsup resume builder
assert_has "$OUT" "cost of [budget] is used up" "resume says why not"
assert_exit 1 ccsup restart builder
assert_exit 0 ccsup tell builder "go on"
pid=$(watchdog_pid)
kill -9 "$pid"
wait_while 10 "the watchdog's end" alive "$pid"
assert_exit 6 ccsup start
assert_has "$OUT" "cost of [budget] is used up" "start says it"
assert_exit 0 ccsup stop
assert_exit 6 ccsup start
wait_until 10 "it is held again" held builder
spent 500000 6 >/dev/null || fail "$(status_field .spent)"
assert_eq "$(grep -c 'budget: cost of' "$STATE/ccsup.log")" 2 "each is still said once"

# The sentence is true: raised, stopped and started, it goes on where it was.
claude_conf budget.cost=0.75
assert_exit 0 ccsup stop
assert_exit 0 ccsup start
wait_until 30 "it is held at the next limit" held builder
wait_until 10 "eight turns are paid for" spent 800000 9
assert_exit 0 ccsup replay
assert_exit 0 ccsup stop

# A loop's own budget holds that loop alone, and a time is a limit, too.
claude_conf adversary.budget_iterations=1 budget.run_time=1d
assert_exit 6 ccsup start
wait_until 20 "the adversary is held" held adversary
wait_until 20 "the builder goes on" agent_is builder '.iteration > 12'
assert_has "$(ccsup status || true)" "adversary is held: budget_iterations of [agent adversary] is used up: " "whose"
stop_all
claude_conf budget.run_time=5s
assert_exit 6 ccsup start
wait_until 20 "both are held" status_is '.agents | all(.state == "HELD" and .why == "BUDGET")'
assert_has "$(ccsup status || true)" "run_time of [budget] is used up: " "the time"
stop_all
