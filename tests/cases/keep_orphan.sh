#!/bin/bash
# Nobody supervises, nobody spends: an agent without a watchdog is stopped; any connection puts that off.
. "$CCSUP_SOURCE/tests/agents/keep_lib.sh"

begin orphan
ctl orphan=800 lock start connect send=go expect=running "file=$T/pid" mark hangup ended over=800 under=6000 \
    "dead=$T/pid" -- "$AGENTS/hang.sh" "$T/pid"
says "$(it 1)/exit.json" '"end":"unsupervised"' '"code":143' '"asked":"orphan"' \
    '"reason":"no watchdog was connected for 800 ms"'

begin stubborn
ctl orphan=300 grace=400 lock start connect send=go expect=running "file=$T/pid" mark hangup ended over=700 under=6000 \
    "dead=$T/pid" -- "$AGENTS/termproof.sh" "$T/pid"
says "$(it 1)/exit.json" '"end":"unsupervised"' '"signal":9' '"asked":"orphan"'

begin adopted
# Connected again in time: the count begins anew. Connected: no wakeup at all, however short the timeout.
ctl orphan=1500 lock start connect send=go expect=running "file=$T/pid" hangup quiet=0 connect next=running quiet=2500 \
    "alive=$T/pid" mark hangup ended over=1500 under=7000 -- "$AGENTS/hang.sh" "$T/pid"
says "$(it 1)/exit.json" '"end":"unsupervised"'

begin never
# 0 = never; and alone it sleeps too.
ctl orphan=0 lock start connect send=go expect=running "file=$T/pid" hangup quiet=1500 "alive=$T/pid" term ended -- \
    "$AGENTS/hang.sh" "$T/pid"
says "$(it 1)/exit.json" '"end":"exited"' '"asked":"stop"'

begin crowd
# Eight may listen and all hear; the ninth is refused, and room is made when one leaves.
ctl lock start connect send=go expect=running "file=$T/pid" connect connect connect connect connect connect connect \
    "connect=refused too many connections" hangup connect send=stop expect=stopping eof ended -- \
    "$AGENTS/hang.sh" "$T/pid"
nobody_left
