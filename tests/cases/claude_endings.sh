#!/usr/bin/env bash
# What the server and the network can do to the real Claude, and what ccsup makes of each: the class, what follows, whether
# that is a failure, with which session it goes on, and the sentence that the operator reads. Two agents, so two at once.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
. "$CCSUP_SOURCE/tests/agents/claude_lib.sh"
run_sandbox
claude_world
both_have_work

# answers CODE TYPE MESSAGE [HEADERS]: steps of a server that says so, always.
answers() {
    local none='{}'
    jq -nc --argjson s "$1" --arg t "$2" --arg m "$3" --argjson h "${4:-$none}" '[{status:$s,type:$t,message:$m,headers:$h}]'
}

# shell COMMAND THEN: steps that run it and say that.
shell() {
    jq -nc --arg c "$1" --arg t "$2" '[{tool:"Bash",input:{command:$c,description:"work"},then:$t}]'
}

# row ROLE STEPS HOW CLASS WHY FAILURES SESSION SENTENCE: one iteration. WHY it waits then, failures in a row, the next
# session, a part of what the operator reads. The session is new after two failures that went on with one.
declare -A COUNT=() ROW=()
row() {
    local role=$1
    shift
    COUNT[$role]=$((${COUNT[$role]:-0} + 1))
    ROW[$role.${COUNT[$role]}]=$(printf '%s\x1f' "$@")
}

limit="You've hit your session limit · resets 3pm (UTC)"
cut='"text":"I think about it for a while, and say more.","drop":20'
big=$(jq -nc --arg f "$SANDBOX/big" '[{tool:"Write",input:{file_path:$f,content:"x"},fill:6000000,then:"Written."}]')

row builder "$(answers 500 api_error 'Internal server error')" "" TRANSIENT BACKOFF 1 same "API Error: 500 Internal server error"
row builder "$(answers 529 overloaded_error Overloaded)" "" OVERLOADED BACKOFF 1 same "API Error: 529 Overloaded"
row builder '[{"text":"never said"}]' refused TRANSIENT BACKOFF 1 fresh "Connection refused"
row builder '[{"reset":true}]' "" TRANSIENT BACKOFF 1 same "Connection dropped (ECONNRESET)"
row builder "[{$cut}, {\"text\":\"Said at once.\"}]" "" OK PACE 0 fresh "exit code 0"
row builder "[{$cut,\"reset\":true}, {\"reset\":true}]" "" TRANSIENT BACKOFF 1 same "Connection dropped"
row builder "$(answers 413 request_too_large 'It exceeds the maximum size')" "" PROMPT_TOO_LONG BACKOFF 1 fresh "Request too large"
row builder "$big" "" OK PACE 0 fresh "exit code 0" # lines of 6 MB

row adversary "$(answers 401 authentication_error 'OAuth token has expired')" "" AUTHENTICATION AUTHENTICATION 0 same "API Error: 401 OAuth token has expired"
row adversary "$(answers 403 permission_error 'No access')" "" AUTHENTICATION AUTHENTICATION 0 same "API Error: 403 No access"
row adversary "$(answers 400 invalid_request_error 'messages.0: bad')" "" FAILED BACKOFF 1 same "API Error: 400 messages.0: bad"
row adversary "$(answers 404 not_found_error 'model: none')" "" FAILED BACKOFF 1 fresh "an issue with the selected model"
row adversary "$(answers 429 rate_limit_error "$limit" '{"retry-after":"3600"}')" "" USAGE_LIMIT USAGE_LIMIT 0 same "$limit"
row adversary "$(shell "echo \"$limit\"; exit 1" "The tool said: $limit")" "" OK PACE 0 fresh "exit code 0"
row adversary "$(answers 400 invalid_request_error 'Your credit balance is too low to go on')" "" BILLING BILLING 0 same "Credit balance is too low"
row adversary "$(shell 'yes "a line of a tool" | head -c 20000000' "Read.")" "" OK PACE 0 fresh "exit code 0"
assert_eq "${COUNT[builder]}" "${COUNT[adversary]}" "as many for both"

# prepare ROLE NUMBER: what that iteration will meet.
prepare() {
    local steps how rest
    IFS=$'\x1f' read -r steps how rest <<<"${ROW[$1.$2]}"
    script "$1" "$steps"
    how "$1" "$how"
}

# judge ROLE NUMBER: that iteration has met it, and what follows is as its row says.
judge() {
    local role=$1 n=$2 steps how class why failures session sentence got
    IFS=$'\x1f' read -r steps how class why failures session sentence <<<"${ROW[$role.$n]}"
    wait_until 60 "iteration $n of $role has ended" agent_is "$role" ".iteration == $n and .state == \"WAITING\" and .why != \"OPERATOR\""
    got=$(agent_field "$role" '"\(.last) \(.why) \(.failures) \(if .session == "" then "fresh" else "same" end)"')
    assert_eq "$got" "$class $why $failures $session" "$role meets: $steps $how"
    assert_has "$(agent_field "$role" .last_text)" "$sentence" "the sentence about it"
    agent_is "$role" '.deadline > .since + 59000' >/dev/null || fail "it does not wait: $(agent_field "$role" .)"
}

claude_conf agent.claude="$AGENTS/claude_how.sh" adversary.account=other agent.restart_delay=1h agent.restart_delay_max=1h \
    agent.jitter=0 agent.pace=1h agent.wake_every=1h agent.start_limit_burst=3 agent.start_limit_interval=1h
sed -i 's/^env = .*/& CLAUDE_CODE_MAX_RETRIES=0/' "$PROJECT/launch.conf"
for role in builder adversary; do
    prepare "$role" 1
done
assert_exit 0 ccsup start
for ((n = 1; n <= COUNT[builder]; n++)); do
    for role in builder adversary; do
        judge "$role" "$n"
        ((n < COUNT[builder])) || continue
        prepare "$role" $((n + 1))
        assert_exit 0 ccsup restart "$role"
    done
done

# What was huge is a line in the status, in the log for people, and nothing in the watchdog's memory.
assert_eq "$(stat -c %s "$SANDBOX/big")" 6000001 "the file that was written"
(($(stat -c %s "$(iteration builder "${COUNT[builder]}" out.log)") > 12000000)) || fail "its log is small"
(($(stat -c %s "$STATE/status.json") < 100000)) || fail "a huge status"
(($(ccsup logs builder | wc -c) < 1000000)) || fail "a huge log for people"
kb=$(awk '/^VmRSS/ { print $2 }' "/proc/$(watchdog_pid)/status")
[[ "${CCSUP_SANITIZE:-0}" == 1 ]] || ((kb < 80000)) || fail "the watchdog holds $kb kB"

# Each has a configuration folder of its own.
for role in builder adversary; do
    dirs=("$XDG_STATE_HOME"/ccsup/*/"$role"/claude/.claude.json)
    [[ -f ${dirs[0]} && ${#dirs[@]} == 1 ]] || fail "no configuration of the $role alone: ${dirs[*]}"
done
stop_all
