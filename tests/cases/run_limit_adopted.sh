#!/usr/bin/env bash
# A usage limit is kept by the next watchdog, also beside a loop that it adopts: what that one was answered before is read
# once more, and is no new answer. A new one ends the limit.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
run_sandbox
both_have_work
answer='{"type":"assistant","message":{"content":[{"type":"text","text":"hello"}]}}'
agent adversary <<SH
echo '{"type":"system","subtype":"init","session_id":"s","model":"m"}'
echo '$answer'
for ((i = 0; i < 1200; i++)); do
    [[ ! -e \$SANDBOX/speak ]] || echo '$answer'
    sleep 0.1 # bounded agent
done
SH
agent builder <<'SH'
[[ ! -e $SANDBOX/was ]] || exec "$AGENTS/hang.sh" "$SANDBOX/$ROLE.pid"
for ((i = 0; i < 400; i++)); do
    [[ ! -s $SANDBOX/go ]] || break
    sleep 0.05 # bounded agent
done
touch "$SANDBOX/was"
cat <<JSON
{"type":"system","subtype":"init","session_id":"t","model":"m"}
{"type":"rate_limit_event","rate_limit_info":{"status":"rejected","resetsAt":$(($(date +%s) + 10800)),"rateLimitType":"five_hour"}}
{"type":"result","subtype":"success","is_error":true,"terminal_reason":"api_error","api_error_status":429,"result":"a limit"}
JSON
exit 1
SH
conf
assert_exit 0 ccsup start
# told FILTER: was the core told of progress of the adversary that is so?
told() {
    [[ -n $(jq -c "select(.agent == \"PROGRESS\" and .role == \"adversary\" and $1)" "$STATE/events.jsonl") ]]
}
wait_until 20 "the adversary was answered" told .answered
echo go >"$SANDBOX/go"
wait_until 20 "the limit is known" status_is '.limits | length == 1'
assert_eq "$(agent_field adversary .state)" RUNNING "who runs is not stopped"
pid=$(watchdog_pid)
kill -KILL "$pid"
wait_while 10 "the watchdog's end" alive "$pid"

# The first minute, in which no answer counts, is over.
python3 - "$STATE/journal" <<'PY'
import json, sys, zlib
lines = []
for line in open(sys.argv[1], encoding="utf-8"):
    record = json.loads(line[9:])
    if record["t"] == "limit":
        record["met"] -= 120000
    text = json.dumps(record, separators=(",", ":"))
    lines.append(f"{zlib.crc32(text.encode()):08x} {text}\n")
open(sys.argv[1], "w", encoding="utf-8").writelines(lines)
PY
: >"$STATE/events.jsonl"
size=$(stat -c %s "$(iteration adversary 1 out.log)")
assert_exit 0 ccsup start
assert_logged "adversary: adopted iteration 1"
wait_until 20 "its log is read again" agent_is adversary ".output_bytes == $size and .live == \"WORKS\""
wait_until 20 "that is told" told true
wait_until 20 "the builder is looked at" agent_is builder '.state == "WAITING" and .why == "USAGE_LIMIT"'
status_is '.limits[0].until > .written_at + 10000000' >/dev/null || fail "$(status_field .limits)"
! told .answered || fail "an old answer is told"

touch "$SANDBOX/speak"
wait_until 20 "a new answer ends it" agent_is builder '.state == "RUNNING" and .iteration == 2'
stop_all
