#!/bin/bash
# A keeper that dies without a record: what the next one does about it; and that there are never two.
set -euo pipefail
. "$CCSUP_SOURCE/tests/agents/keep_lib.sh"
one=11111111111111111111111111111111
two=22222222222222222222222222222222

begin busy
ctl lock start connect send=go expect=running "file=$T/pid" start=busy send=stop eof ended -- "$AGENTS/hang.sh" "$T/pid"
[ ! -e "$(it 2)" ] || die "the second keeper made an iteration"
says "$(it 1)/exit.json" '"asked":"stop"'

begin killed
# The agent's first process hears TERM when its keeper is killed; its daemon is found by the marker.
ctl "run=$one" lock start connect send=go expect=running "file=$T/daemon" "file=$T/pid" killkeeper eof "file=$T/term" \
    "dead=$T/pid" "alive=$T/daemon" "nofile=$(it 1)/exit.json" -- \
    "$TOOLS/agent_lock" "$T/role" bash -c "'$TOOLS/daemon' '$T/daemon'; exec '$AGENTS/polite.sh' '$T/term' '$T/pid'"
ctl "run=$two" lock start "dead=$T/daemon" connect send=go eof ended -- "$TOOLS/agent_lock" "$T/role" "$AGENTS/ok.sh"
[ ! -e "$T/role.overlap" ] || die "two agents of one role at once: $(cat "$T/role.overlap")"
flock "$T/role.lock" "$TOOLS/agent_lock" "$T/role" true
says "$T/role.overlap" OVERLAP # the tool itself does see an overlap
says "$(it 1)/exit.json" '"end":"lost"' "{\"pid\":$(cat "$T/daemon"),\"name\":\"daemon\"}" '"survivors":[]'
says "$(it 2)/exit.json" '"end":"exited"' '"leftovers":[]'
says "$(it 2)/out.log" "run=$(marker "$two")"
nobody_left

begin scrubbed
# A daemon that emptied its environment is known by where it works; a person's shell there (it has a terminal) is spared.
# Where things that are left behind may live on, so are another iteration's process, and what was there before.
mkdir -p "$T/clone" "$T/tmp"
(cd "$T/clone" && exec sleep 100) &
older=$!
start_of() {
    cut -d' ' -f22 "/proc/$1/stat"
}
until [ "$(start_of self)" -gt "$(start_of "$older")" ]; do :; done # another tick of the kernel's clock
ctl leftovers=keep "run=$one" lock start connect send=go expect=running "file=$T/daemon" "file=$T/pid" killkeeper \
    "file=$T/term" -- bash -c "'$TOOLS/daemon' -e '$T/daemon'; exec '$AGENTS/polite.sh' '$T/term' '$T/pid'"
(cd "$T/clone" && CCSUP_RUN_ID=33333333333333333333333333333333 exec sleep 100) &
other=$!
(cd "$T" && exec sleep 100) &
outside=$!
(cd / && exec sleep 100 3>"$T/tmp/held") &
holder=$!
start_of() {
    cut -d' ' -f22 "/proc/$1/stat"
}
until [ "$(start_of self)" -gt "$(start_of "$older")" ]; do :; done # another tick of the kernel's clock
script -qfc "cd '$T/clone' && echo \$\$ >'$T/shell' && exec sleep 100" /dev/null >/dev/null &
ctl "file=$T/shell" "file=$T/daemon" -- true
until [ "$(cat "/proc/$holder/comm")" = sleep ] && [ "$(cat "/proc/$other/comm")" = sleep ]; do :; done
ctl leftovers=keep "run=$two" lock start "dead=$T/daemon" "alive=$T/shell" connect send=go eof ended -- "$AGENTS/ok.sh"
says "$(it 1)/exit.json" '"end":"lost"' "{\"pid\":$(cat "$T/daemon"),\"name\":" "{\"pid\":$holder,\"name\":\"sleep\"}" \
    '"leftovers_count":2'
# Else nothing is to live there, and whoever still does is ended though all is recorded well.
for pid in "$older" "$other" "$outside"; do
    echo "$pid" >"$T/$pid"
done
ctl lock start "dead=$T/$older" "dead=$T/$other" "alive=$T/$outside" "alive=$T/shell" connect send=go eof ended -- "$AGENTS/ok.sh"
kill "$outside" "$(cat "$T/shell")"
wait || true

begin headless
# A first thread that ended alone hides environment and folders; the threads that go on show them: the marker, the place.
ctl "run=$one" lock start connect send=go expect=running "file=$T/marked" "file=$T/placed" "file=$T/pid" killkeeper eof \
    "dead=$T/pid" "alive=$T/marked" "alive=$T/placed" -- "$TOOLS/agent_lock" "$T/role" bash -c \
    "'$TOOLS/daemon' -t '$T/marked'; '$TOOLS/daemon' -et '$T/placed'; exec '$AGENTS/polite.sh' '$T/term' '$T/pid'"
ctl "run=$two" lock start "dead=$T/marked" "dead=$T/placed" connect send=go eof ended -- \
    "$TOOLS/agent_lock" "$T/role" "$AGENTS/ok.sh"
[ ! -e "$T/role.overlap" ] || die "two agents of one role at once: $(cat "$T/role.overlap")"
says "$(it 1)/exit.json" "{\"pid\":$(cat "$T/marked"),\"name\":\"daemon\"}" "{\"pid\":$(cat "$T/placed"),\"name\":" \
    '"survivors":[]'
nobody_left

begin exact
# Not the marker's prefix, not the marker inside another word, not in the arguments.
one=$(marker "$one")
CCSUP_RUN_ID=${one}0 sleep 100 &
a=$!
XCCSUP_RUN_ID=$one sleep 100 &
b=$!
(exec -a "CCSUP_RUN_ID=$one" sleep 100) &
c=$!
CCSUP_RUN_ID=$one sleep 100 &
marked=$!
echo "$marked" >"$T/marked"
until [ "$(cat "/proc/$marked/comm")" = sleep ] && [ "$(cat "/proc/$a/comm")" = sleep ] &&
    [ "$(cat "/proc/$b/comm")" = sleep ] && [ "$(cat "/proc/$c/comm")" = sleep ]; do :; done
mkdir -p "$(it 7)"
printf '{"schema":1,"iteration":7,"run_id":"%s","pid":1,"starttime":1,"boot_id":"x","created_at":5}\n' "$one" \
    >"$(it 7)/keep.json"
ctl "run=$two" lock start connect send=go eof ended "dead=$T/marked" -- "$AGENTS/ok.sh"
says "$(it 7)/exit.json" '"end":"lost"' '"started_at":5' "\"leftovers\":[{\"pid\":$marked,\"name\":\"sleep\"}]"
for spared in "$a" "$b" "$c"; do
    kill "$spared" || die "process $spared was swept"
done
wait "$a" "$b" "$c" "$marked" || true

begin nothing
# No keep.json: that keeper died before it could start anything. An exit.json cut short is none.
mkdir -p "$(it 3)"
ctl lock start connect send=go eof ended -- "$AGENTS/ok.sh"
says "$(it 3)/exit.json" '"end":"lost"' '"leftovers":[]' '"started_at":0'
printf '{"schema":1,"iter' >"$(it 4)/exit.json"
ctl lock start connect send=go eof ended -- "$AGENTS/ok.sh"
says "$(it 4)/exit.json" '"end":"lost"'
says "$(it 5)/exit.json" '"end":"exited"'

begin many
# A hundred orphans of a killed keeper; those without an environment are known by their working directory.
ctl "run=$one" lock start connect send=go "file=$(it 1)/out.log" killkeeper eof -- bash -c \
    "trap '' TERM; '$TOOLS/tree' -w 100; exec sleep 60"
ctl "run=$two" lock mark start under=9000 connect send=go eof ended -- "$AGENTS/ok.sh"
says "$(it 1)/exit.json" '"end":"lost"' '"survivors":[]'
nobody_left
