#!/bin/bash
# Nobody supervises, nobody spends: an agent without a watchdog is stopped; a watchdog that connects again puts that off.
set -euo pipefail
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

begin watched
# Who is connected and holds no lock is no watchdog: that it listens puts nothing off.
ctl "file=$T/1" connect "say=$T/2" limit=20000 "file=$T/3" -- true &
ctl orphan=800 lock start connect send=go expect=running "file=$T/pid" "say=$T/1" "file=$T/2" mark unlock hangup ended \
    over=800 under=6000 "dead=$T/pid" "say=$T/3" -- "$AGENTS/hang.sh" "$T/pid"
wait
says "$(it 1)/exit.json" '"end":"unsupervised"' '"asked":"orphan"'

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

# From inside a PID namespace all outside look the same (and nobody inside is let in: keep_pidns).
[ "${KEEP_FENCE:-}" != pidns ] || exit 0
begin stranger
# Others of our user who take all places do not keep the watchdog out: a new one gets the place of the most silent of them.
ctl "file=$T/1" connect connect connect connect connect connect connect "say=$T/2" "file=$T/3" connect \
    "connect=refused too many connections" "say=$T/4" limit=60000 "file=$T/5" -- true &
ctl lock start connect send=go expect=running "file=$T/pid" "say=$T/1" "file=$T/2" hangup "say=$T/3" "file=$T/4" connect \
    next=running send=stop expect=stopping eof ended "say=$T/5" -- "$AGENTS/hang.sh" "$T/pid"
wait
says "$(it 1)/exit.json" '"asked":"stop"' '"code":143'
nobody_left
