#!/bin/bash
# Grace, fence and who may say what on the socket.
set -euo pipefail
. "$CCSUP_SOURCE/tests/agents/keep_lib.sh"

begin polite
ctl lock start connect send=go expect=running "file=$T/pid" mark send=stop next=stopping eof under=5000 ended \
    "dead=$T/pid" -- "$AGENTS/polite.sh" "$T/term" "$T/pid"
says "$T/term" TERM
says "$(it 1)/exit.json" '"end":"exited"' '"code":143' '"asked":"stop"'

begin stubborn
ctl grace=700 lock start connect send=go expect=running "file=$T/pid" mark send=stop next=stopping next=killing eof \
    over=700 under=5000 ended "dead=$T/pid" -- "$AGENTS/termproof.sh" "$T/pid"
says "$(it 1)/exit.json" '"end":"signaled"' '"signal":9' '"asked":"stop"' '"leftovers":[{"pid":' '"name":"sleep"}]'
saysnot "$(it 1)/exit.json" termproof

begin skip
ctl grace=60000 lock start connect send=go expect=running "file=$T/pid" send=stop expect=stopping mark send=stop \
    expect=killing eof under=5000 ended -- "$AGENTS/termproof.sh" "$T/pid"
says "$(it 1)/exit.json" '"signal":9' '"asked":"kill"'
ctl grace=60000 lock start connect send=go expect=running "file=$T/pid" mark send=kill expect=killing eof under=5000 \
    ended -- "$AGENTS/termproof.sh" "$T/pid"
says "$(it 2)/exit.json" '"signal":9' '"asked":"kill"'
rm "$T/pid"
ctl grace=60000 lock start connect send=go expect=running "file=$T/pid" term expect=stopping mark int expect=killing \
    eof under=5000 ended -- "$AGENTS/termproof.sh" "$T/pid"
says "$(it 3)/exit.json" '"signal":9' '"asked":"kill"'
nobody_left

begin nowatchdog
# stop works with no watchdog at all: nobody is connected, nobody holds its lock.
ctl lock start connect send=go expect=running "file=$T/pid" hangup unlock mark term ended under=5000 "dead=$T/pid" -- \
    "$AGENTS/hang.sh" "$T/pid"
says "$(it 1)/exit.json" '"end":"exited"' '"code":143' '"asked":"stop"'

begin stopped
# A stopped process hears TERM too.
ctl grace=60000 lock start connect send=go expect=running "file=$T/pid" mark send=stop eof under=10000 ended -- \
    bash -c "trap 'exit 5' TERM; (sleep 0.2; kill -STOP \$\$; echo \$\$ >'$T/pid') & wait; wait; exec sleep 60"
says "$(it 1)/exit.json" '"end":"exited"' '"code":5'

begin nogo
ctl lock start connect mark eof over=4000 under=9000 ended "nofile=$T/ran" -- touch "$T/ran"
says "$(it 1)/exit.json" '"end":"not_started"' '"reason":"no go came in time"' '"started_at":0'
# Nobody connects and nobody could say go: it comes after a stop, and does not stay.
ctl start mark ended under=2000 "nofile=$T/ran" -- touch "$T/ran"
says "$(it 2)/exit.json" '"end":"not_started"' '"reason":"no watchdog is there"'
ctl lock start connect mark hangup ended under=3000 "nofile=$T/ran" -- touch "$T/ran"
says "$(it 3)/exit.json" '"end":"not_started"' '"reason":"the last connection closed before go"'
ctl lock start connect mark term eof under=3000 ended "nofile=$T/ran" -- touch "$T/ran"
says "$(it 4)/exit.json" '"end":"not_started"' '"asked":"stop"' '"reason":"asked to stop before go"'

begin late
# After stop nobody holds the watchdog's lock: a keeper that comes late can't start.
ctl start connect send=go "next=refused only the holder" hangup ended "nofile=$T/ran" -- touch "$T/ran"
ctl lock start connect unlock send=go "next=refused only the holder" hangup ended "nofile=$T/ran" -- touch "$T/ran"
says "$(it 2)/exit.json" '"end":"not_started"'
# Somebody else holds it. (From inside a PID namespace all outside look the same.)
if [ "${KEEP_FENCE:-}" != pidns ]; then
    ctl lock "say=$T/held" limit=60000 "file=$T/enough" -- true &
    ctl "file=$T/held" -- true
    ctl start connect send=go "next=refused only the holder" hangup ended "nofile=$T/ran" -- touch "$T/ran"
    echo enough >"$T/enough"
    wait
fi
nobody_left

begin talk
long=$(printf 'x%.0s' {1..300})
ctl lock start connect send=go expect=running "file=$T/pid" connect "send=$long" eof connect next=running send= \
    "next=refused the commands are" send=kill expect=killing eof ended -- "$AGENTS/hang.sh" "$T/pid"
rm "$T/pid"
ctl lock start connect send=dance "next=refused the commands are" send=go expect=running send=go \
    "next=refused go was said already" "file=$T/pid" hangup connect next=running send=stop expect=stopping eof ended \
    -- "$AGENTS/hang.sh" "$T/pid"
says "$(it 2)/exit.json" '"asked":"stop"' '"code":143'
