#!/usr/bin/env bash
# Two real Claude programs against a scripted Messages API: they commit and push with their Bash tool, write claims,
# verdicts and the marker with ccsup's commands, and go through an overload, a SIGKILL in the middle of a tool call, a usage
# limit, a wake-up that one of them asked for, and a daemon that a tool left behind, to DONE and no process. A program that
# believes only /proc and git watches it from outside. With CCSUP_RECORD=FILE its events are kept there.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
. "$CCSUP_SOURCE/tests/agents/claude_lib.sh"
run_sandbox
claude_world

tool hang <<'SH'
touch "$TOOLS/hanging"
for ((i = 0; i < 1200; i++)); do sleep 0.5; done # bounded agent
SH
tool build <<'SH'
set -e
git fetch -q origin
git rev-parse -q --verify origin/main >/dev/null && git reset -q --hard origin/main
[[ -e $TOOLS/daemon ]] || { setsid nohup sleep 604 >/dev/null 2>&1 & echo $! >"$TOOLS/daemon"; } # bounded agent
if [[ ! -e hello.sh ]]; then
    echo 'echo hello' >hello.sh
    git add hello.sh
    git commit -qm "hello"
    git push -q origin HEAD:main
    ccsup claim D1 -m "bash hello.sh prints hello"
    ccsup claim D2 -m "hello.sh is there"
else
    ccsup mark-done
fi
SH
tool review <<'SH'
set -e
echo "$CCSUP_RUN_ID" >>"$TOOLS/reviewed"
git fetch -q origin
git reset -q --hard origin/main
for id in D1 D2; do
    grep -q "^$id: CLAIMED" STATUS.md || continue
    ! grep -qs "^$id: PASS" REVIEW.md || continue
    [[ $(bash hello.sh) == hello ]] && ccsup review "$id" pass -m "ran it" || ccsup review "$id" fail -m "it does not"
done
SH
limit="You've hit your session limit · resets $(date -u -d '+1 minute' +%-I:%M%P) (UTC)"
script builder "$(jq -nc --argjson hang "$(use hang)" --argjson build "$(use build)" --arg limit "$limit" '[
    {status:529, type:"overloaded_error", message:"Overloaded", times:1}, $hang,
    {status:429, type:"rate_limit_error", message:$limit, headers:{"retry-after":"3600"}, times:1}, $build]')"
script adversary "[{\"tool\":\"ScheduleWakeup\",\"input\":{\"delaySeconds\":60,\"reason\":\"to look again\",\"prompt\":\"Look again.\"},
    \"then\":\"I asked to be woken.\"}, $(use review "I looked.")]"
# An account of its own: a good answer to the other one would end the limit.
claude_conf done.criteria=D1-D2 adversary.wake_every=2s adversary.account=other

background observer "$CCSUP_SOURCE/tests/observe" --pair "$REMOTE" D1,D2 "$PROJECT"
observer=$BG_PID

# An overload that its own retry gets over, then a tool runs.
assert_exit 0 ccsup start
wait_until 60 "the builder's tool runs" test -e "$SANDBOX/tools/hanging"
wait_until 10 "the status names the tool" agent_is builder '.live == "TOOL" and (.activity | startswith("Bash: bash"))'
grep -q '"api_retry"' "$(iteration builder 1 out.log)" || fail "no retry was seen"
session=$(jq -r 'select(.subtype == "init") | .session_id' "$(iteration builder 1 out.log)" | head -n 1)

# SIGKILL in the middle of a tool call: the same session goes on, with a prompt that says what happened.
kill -KILL "$(agent_field builder .agent_pid)"
wait_until 60 "the second iteration ends at a limit" agent_is builder '.last == "USAGE_LIMIT"'
grep -q "^You were interrupted. This is iteration 2" "$(iteration builder 2 prompt.md)" || fail "the prompt does not say that it was interrupted"
assert_eq "$(jq -r 'select(.subtype == "init") | .session_id' "$(iteration builder 2 out.log)" | head -n 1)" "$session" "the session goes on"
assert_has "$(<"$(iteration builder 1 exit.json)")" '"signal":9' "the record of the killed one"

# Its turn is over, and it waits to be woken: whoever watches over it.
wait_until 60 "the adversary waits to be woken" agent_is adversary '.live == "WAITS" and .activity == "waits to be woken"'
waiting=$(agent_field adversary .agent_pid)
# What would be lost when the process ends is not on offer.
grep -m 1 '"subtype":"init"' "$(iteration adversary 1 out.log)" |
    jq -e '.tools | index("ScheduleWakeup") and (index("CronCreate") | not)' >/dev/null || fail "which tools it has"

# A usage limit: no failure, waits for the reset, also across watchdogs.
agent_is builder '.state == "WAITING" and .why == "USAGE_LIMIT" and .deadline > .since + 30000' >/dev/null ||
    fail "$(agent_field builder .)"
assert_has "$(ccsup status)" "five_hour" "the status names the window"
watchdog=$(status_field .pid)
kill -KILL "$watchdog"
wait_while 10 "the watchdog is dead" alive "$watchdog"
assert_exit 0 ccsup start
wait_until 20 "the new watchdog waits for the same limit" agent_is builder '.state == "WAITING" and .why == "USAGE_LIMIT"'
assert_eq "$(agent_field builder .iteration)" 2 "nothing was started meanwhile"
wait_until 20 "the new watchdog knows what it waits for" agent_is adversary '.iteration == 1 and .live == "WAITS" and .activity == "waits to be woken"'
assert_eq "$(agent_field adversary .agent_pid)" "$waiting" "the one that waits"

# It is woken, in that very process, and does what it was woken for.
wait_until 150 "it has been woken, and ends by itself" agent_is adversary '.iteration >= 1 and .last == "OK"'
exited adversary 1 '.asked == "none" and .code == 0' >/dev/null || fail "$(<"$(iteration adversary 1 exit.json)")"
assert_eq "$(jq -c 'select(.type == "result") | .result' "$(iteration adversary 1 out.log)" | paste -sd " ")" \
    '"I asked to be woken." "I looked."' "its two turns"
assert_eq "$(head -n 1 "$SANDBOX/tools/reviewed")" "$(jq -r .run_id "$(iteration adversary 1 keep.json)")" "who looked"

# To the end.
wait_until 240 "done" status_is '.finished'
wait_while 30 "the watchdog has ended" alive "$(status_field .pid)"
assert_eq "$(jq -s '[.[] | select(.leftovers_count >= 1)] | length >= 1' "$STATE"/builder/iterations/*/exit.json)" true "the daemon was killed"
! alive "$(<"$SANDBOX/tools/daemon")" || fail "the daemon lives"
assert_eq "$(git -C "$REMOTE" log --format=%ae main -- REVIEW.md | sort -u)" adversary@ccsup.invalid "who wrote the verdicts"
assert_eq "$(git -C "$REMOTE" show main:hello.sh | bash)" hello "what they have built"
# What was spent is what Claude says of each session, counted once over both watchdogs; of what was killed nothing is known.
for role in builder adversary; do
    said=$(cat "$STATE/$role/iterations"/*/out.log | grep '"type":"result"' |
        jq -s '[group_by(.session_id)[] | map(.total_cost_usd) | max] | add * 1000000 | round')
    ((said > 0)) || fail "the $role's sessions cost nothing"
    assert_eq "$(status_field ".spent.$role.cost")" "$said" "what the $role has cost"
done
status_is '.spent.builder.unpriced >= 1' >/dev/null || fail "$(status_field .spent)"
code=0
wait "$observer" || code=$?
cat "$SANDBOX/observer.log"
assert_eq "$code" 0 "the observer agrees"
assert_exit 0 ccsup replay
assert_exit 0 ccsup verify
over
[[ -z ${CCSUP_RECORD:-} ]] || cp --no-preserve=mode "$STATE/events.jsonl" "$CCSUP_RECORD"
