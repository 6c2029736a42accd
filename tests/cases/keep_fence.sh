#!/bin/bash
# Whatever the agent started is dead when its keeper ends, and named.
set -euo pipefail
. "$CCSUP_SOURCE/tests/agents/keep_lib.sh"

begin daemon
ctl lock start connect send=go eof ended "dead=$T/pid" -- "$TOOLS/daemon" "$T/pid"
says "$(it 1)/exit.json" '"end":"exited"' '"code":0' "\"leftovers\":[{$(pid_json "$T/pid")" '"name":"daemon"}]' \
    '"leftovers_count":1' '"survivors":[]'
nobody_left

begin hidden
# An empty environment hides nothing from a descent; nor does a first thread that ended (it looks like a zombie).
ctl lock start connect send=go eof ended "dead=$T/pid" -- "$TOOLS/daemon" -e "$T/pid"
says "$(it 1)/exit.json" "\"leftovers\":[{$(pid_json "$T/pid")"
rm "$T/pid"
ctl lock start connect send=go eof ended "dead=$T/pid" -- "$TOOLS/daemon" -t "$T/pid"
says "$(it 2)/exit.json" "\"leftovers\":[{$(pid_json "$T/pid")" '"name":"daemon"}]'
nobody_left

begin name
# A process chooses its name: no control byte of it reaches the record.
cp "$TOOLS/daemon" "$T/$(printf 'a\033[31m\nb')"
ctl lock start connect send=go eof ended "dead=$T/pid" -- "$T/$(printf 'a\033[31m\nb')" "$T/pid"
says "$(it 1)/exit.json" '"name":"a\\x1B[31m\\nb"'

begin tree
# A hundred, with sessions of their own, double forks, TERM-proof ones, empty environments: the agent ends, none lives.
ctl lock start connect send=go eof ended -- "$TOOLS/tree" 100
nobody_left
says "$(it 1)/out.log" "all 100 live"
says "$(it 1)/exit.json" '"end":"exited"' '"leftovers_count":100' '"survivors":[]'
# The same while the agent lives and is to be killed.
ctl lock start connect send=go "file=$(it 2)/out.log" mark send=kill eof under=9000 ended -- "$TOOLS/tree" -w 100
nobody_left
says "$(it 2)/exit.json" '"end":"signaled"' '"signal":9' '"leftovers_count":100' '"survivors":[]'

begin hoppers
# Processes that fork, die and go on in a child every millisecond.
ctl lock start connect send=go expect=running "file=$T/up0" "file=$T/up1" "file=$T/up2" mark send=kill eof under=9500 \
    ended -- bash -c "for ms in 0 1 2; do '$TOOLS/hopper' \$ms '$T/up'\$ms; done; exec sleep 60"
nobody_left
says "$(it 1)/exit.json" '"survivors":[]'
count=$(grep -o '"leftovers_count":[0-9]*' "$(it 1)/exit.json" | cut -d: -f2)
[ "$count" -ge 60 ] || die "only $count hoppers and sleepers were there to kill"

begin spared
# The fence is the keeper's own tree: a stranger beside it lives.
sleep 100 &
stranger=$!
ctl lock start connect send=go eof ended -- "$TOOLS/daemon" "$T/pid"
kill -0 "$stranger" || die "a process that is not the agent's was killed"
kill "$stranger"
wait "$stranger" || true
