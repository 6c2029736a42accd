#!/usr/bin/env bash
# What a user meets first: claude as root without a word of a sandbox, a program that is not there, a login that is
# refused, a wrong flag, a program that never says a word, a server that never answers. Each with its sentence, and nothing
# spins.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
. "$CCSUP_SOURCE/tests/agents/claude_lib.sh"
run_sandbox
claude_world
both_have_work

# No such program: said, and tried again with backoff.
claude_conf builder.claude=no-such-claude adversary.claude=no-such-claude builder.restart_delay=1s
code=0
ccsup start >"$SANDBOX/out" 2>&1 || code=$?
assert_eq "$code" 1 "it does not come up: $(<"$SANDBOX/out")"
assert_has "$(<"$SANDBOX/out")" "no-such-claude" "which program"
stop_all

# As root, without IS_SANDBOX: said before anything starts; claude's own sentence is in the status.
script builder '[{"text":"ok"}]'
script adversary '[{"text":"ok"}]'
base="ANTHROPIC_BASE_URL=http://127.0.0.1:$(<"$STUB/port") ANTHROPIC_API_KEY=builderkey DISABLE_TELEMETRY=1"
claude_conf "agent.env=$base CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1" agent.start_limit_burst=3
code=0
ccsup start >"$SANDBOX/out" 2>&1 || code=$?
assert_has "$(<"$SANDBOX/out")" "write env = IS_SANDBOX=1 if this machine is a sandbox" "root"
wait_until 60 "held at the start limit" agent_is builder '.state == "HELD"'
assert_has "$(agent_field builder .last_text)" "cannot be used with root/sudo privileges" "claude's own words"
assert_eq "$(agent_field builder .last)" BAD_FLAG "the class"
assert_exit 6 ccsup status
stop_all

# A key that is refused: the status says what to mend, it is tried again in half an hour, and no start is counted.
script builder '[{"status":403,"type":"permission_error","message":"no access"}]'
claude_conf
code=0
ccsup start >"$SANDBOX/out" 2>&1 || code=$?
wait_until 60 "authentication" agent_is builder '.state == "WAITING" and .why == "AUTHENTICATION"'
agent_is builder '.deadline - .since > 1700000 and .failures == 0' >/dev/null || fail "$(agent_field builder .)"
assert_has "$(ccsup status || true)" "builder can't log in (Failed to authenticate" "what to mend"
assert_exit 6 ccsup status
# Mended: tried at once.
script builder '[{"text":"ok"}]'
assert_exit 0 ccsup restart builder
wait_until 60 "it works" agent_is builder '.last == "OK"'
stop_all
# No output at all is a start that failed, and soon; a server that takes the request and says nothing is no progress.
first=$(($(agent_field builder .iteration) + 1)) other=$(($(agent_field adversary .iteration) + 1))
how builder silent
script adversary '[{"hang":true}]'
claude_conf builder.claude="$AGENTS/claude_how.sh" builder.start_timeout=2s adversary.idle_timeout=5s agent.restart_delay=1h agent.restart_delay_max=1h
code=0
ccsup start >"$SANDBOX/out" 2>&1 || code=$?
for role in builder adversary; do
    wait_until 60 "$role is stalled" agent_is "$role" '.last == "STALLED" and .why == "BACKOFF" and .failures == 1'
done
assert_logged "builder: RUNNING -> STOPPING, iteration $first (no output at all)"
assert_logged "adversary: RUNNING -> STOPPING, iteration $other (no progress for too long)"
assert_has "$(ccsup status || true)" "no output at all: killed by signal 15" "the status says why"
assert_has "$(ccsup status || true)" "no progress for too long: exit code 143" "the status says why"
ms=$(lasted builder "$first")
((ms >= 2000)) || fail "silent for $ms ms"
stop_all
