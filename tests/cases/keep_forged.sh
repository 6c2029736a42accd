#!/bin/bash
# An agent of our own user writes what it likes into its iteration's folder, and kills its keeper: what it left is ended
# before the next start, and by --sweep, all the same. And a copy of the folder has nothing to do with any of it.
set -euo pipefail
. "$CCSUP_SOURCE/tests/agents/keep_lib.sh"

lied='{"schema":1,"iteration":1,"end":"exited","code":0,"survivors":[],"kept":[]}'
sweep() { # [FOLDER]
    local at=${1:-$T}
    "$KEEP" --sweep --state "$at/state" --role builder --clone "$at/clone" --tmp "$at/tmp" --leftovers kill
}
# leave HOW...: an iteration that leaves daemons (of the marker; without one, in the clone) and whose keeper is killed.
leave() {
    rm -f "$T"/marked "$T"/placed
    ctl "run=11111111111111111111111111111111" lock start connect send=go expect=running "file=$T/marked" "file=$T/placed" \
        killkeeper eof "alive=$T/marked" "alive=$T/placed" -- \
        bash -c "(cd / && '$TOOLS/daemon' '$T/marked'); '$TOOLS/daemon' -e '$T/placed'; exec sleep 60"
}
last() {
    local all=("$T"/state/builder/iterations/*)
    printf '%s' "${all[-1]}"
}
forge() {
    case $1 in
    nothing) ;;
    record) printf '%s\n' "$lied" >"$(last)/exit.json" ;;
    unkept) rm "$(last)/keep.json" ;;
    other_id) sed -i 's/"run_id":"[0-9a-f]*"/"run_id":"00000000000000000000000000000000"/' "$(last)/keep.json" ;;
    other_boot) sed -i 's/"boot_id":"[^"]*"/"boot_id":"x"/' "$(last)/keep.json" ;;
    later) sed -i 's/"starttime":/"starttime":9/' "$(last)/keep.json" ;;
    gone) rm -r "$T/state/builder/iterations" ;;
    esac
}
for how in nothing record unkept other_id other_boot later gone; do
    begin "$how"
    leave
    forge "$how"
    ctl "run=22222222222222222222222222222222" lock start "dead=$T/marked" "dead=$T/placed" connect send=go eof ended -- \
        "$AGENTS/ok.sh"
    leave
    forge "$how"
    said=$(sweep)
    [[ $said == "swept "[2-9] ]] || die "--sweep said: $said" # the agent's first process may be among them
    ctl "dead=$T/marked" "dead=$T/placed" -- true
    nobody_left
done

begin elsewhere
# With a marker that is none, in the clone; with none, out of the clone, but with the log open.
(cd "$T" && mkdir clone tmp)
ctl lock start connect send=go eof ended -- "$AGENTS/ok.sh"
(cd "$T/clone" && CCSUP_RUN_ID=zz exec sleep 100) &
a=$!
(cd / && exec sleep 100 >>"$(it 1)/out.log") &
b=$!
# shellcheck disable=SC2217 # who only reads may
(cd / && exec sleep 100 <"$(it 1)/out.log") &
reader=$!
until [ "$(cat "/proc/$a/comm")" = sleep ] && [ "$(cat "/proc/$b/comm")" = sleep ] && [ "$(cat "/proc/$reader/comm")" = sleep ]; do :; done
said=$(sweep)
[ "$said" = "swept 2" ] || die "--sweep said: $said"
kill "$reader" || die "a reader of the log was swept"
wait || true

begin sibling
# What the other role's agent has to do here is not ours, as long as its keeper lives.
ctl role=adversary lock start connect send=go expect=running "file=$T/sibling" "say=$T/began" "file=$T/over" send=kill eof ended -- \
    bash -c "'$TOOLS/daemon' -e '$T/sibling'; exec sleep 60" &
ctl "file=$T/began" -- true
said=$(sweep)
[ "$said" = "swept 0" ] || die "--sweep said: $said"
ctl "alive=$T/sibling" "say=$T/over" -- true
wait
nobody_left

begin copy
# A copy of the project, made while its agent ran: what it finds recorded is not its own.
ctl lock start connect send=go expect=running "file=$T/pid" "say=$T/began" "file=$T/over" "alive=$T/pid" send=kill eof ended -- \
    "$AGENTS/hang.sh" "$T/pid" &
ctl "file=$T/began" -- true
mkdir "$T/copy"
cp -a "$T/state" "$T/clone" "$T/tmp" "$T/copy/"
said=$(sweep "$T/copy")
[ "$said" = "swept 0 foreign" ] || die "--sweep in the copy said: $said"
says "$T/copy/state/builder/iterations/000001/exit.json" '"end":"lost"' 'is not of this folder' '"leftovers":[]'
said=$(sweep "$T/copy")
[ "$said" = "swept 0" ] || die "--sweep in the copy then said: $said"
ctl "say=$T/over" -- true
wait
says "$(it 1)/exit.json" '"asked":"kill"'
nobody_left

begin moved
# A renamed project is the same: the marker is found, its own processes are ended.
leave
mkdir "$T/new"
mv "$T/state" "$T/clone" "$T/tmp" "$T/new/"
said=$(sweep "$T/new")
[[ $said == "swept "[2-9] ]] || die "--sweep in the new place said: $said"
ctl "dead=$T/marked" "dead=$T/placed" -- true
