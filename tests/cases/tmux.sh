#!/usr/bin/env bash
# Views in tmux: they show the status and both logs, and nothing that happens to them happens to the run; when it is over they
# close by themselves.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
run_sandbox
both_have_work
agent builder <<<'echo the builder works; exec "$AGENTS/hang.sh" "$SANDBOX/$ROLE.pid"'
agent adversary <<<'echo the adversary works; exec "$AGENTS/hang.sh" "$SANDBOX/$ROLE.pid"'
conf
mkdir "$SANDBOX/tmux"
export TMUX_TMPDIR=$SANDBOX/tmux TERM=xterm
unset TMUX

assert_exit 3 ccsup attach
assert_has "$OUT" "not running; start it with 'ccsup start'" "attach to nothing"
mkdir "$SANDBOX/none"
assert_exit 1 env PATH="$CCSUP_BUILD/bin:$SANDBOX/none" "$CCSUP_BUILD/bin/ccsup" start --tmux
assert_has "$OUT" "tmux can't be run" "no tmux"
assert_exit 3 ccsup status

assert_exit 0 ccsup start --tmux
session=$(sed -n 's/^tmux: session \(ccsup-[0-9a-f]*\), .*/\1/p' <<<"$OUT")
[[ -n $session ]] || fail "no session: $OUT"
assert_eq "$(tmux list-windows -t "=$session" -F '#{window_name}' | paste -sd ' ')" "status builder adversary" "its windows"
shows() { tmux capture-pane -p -t "=$session:$1" | grep -q "$2"; }
wait_until 10 "the status is shown" shows status RUNNING
wait_until 10 "the builder's log" shows builder "the builder works"
wait_until 10 "the adversary's log" shows adversary "the adversary works"

# Attached, from a terminal; one whose name only begins so is another one's.
tmux new-session -d -s "${session}x" "sleep 600"
background attached script -qec "ccsup attach" /dev/null
wait_until 10 "it is attached" eval '[[ $(tmux list-clients -F "#{session_name}") == "$session" ]]'
assert_exit 1 ccsup attach </dev/null
assert_has "$OUT" "needs a terminal" "without a terminal"

# The views are killed: the run goes on, and can be looked at again.
before=$(agent_field builder .agent_pid)
tmux kill-server || true
wait_while 10 "the views end" eval 'pgrep -f "ccsup (status --watch|logs -f)" >/dev/null'
agent_is builder ".state == \"RUNNING\" and .agent_pid == $before" >/dev/null || fail "the builder was touched"
alive "$(watchdog_pid)" || fail "the watchdog was touched"
tmux new-session -d -s "${session}x" "sleep 600"
background again script -qec "ccsup attach" /dev/null
wait_until 10 "it is attached again" eval '[[ $(tmux list-clients -F "#{session_name}") == "$session" ]]'

# It is over: so are they.
assert_exit 0 ccsup stop
assert_has "$OUT" "0 processes left" "the stop"
wait_while 20 "the session is there" tmux has-session -t "=$session"
server=$(tmux display-message -p '#{pid}')
tmux kill-server || true
wait_while 10 "tmux ends" alive "$server"
stop_background "$BG_PID"
over
