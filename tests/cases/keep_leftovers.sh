#!/bin/bash
# leftovers = keep: what a clean end leaves behind lives on; any other end kills it.
set -euo pipefail
. "$CCSUP_SOURCE/tests/agents/keep_lib.sh"

for fence in subreaper auto; do
    begin "$fence"
    ctl "fence=$fence" leftovers=keep lock start connect send=go eof ended "alive=$T/pid" -- "$TOOLS/daemon" "$T/pid"
    kept=$(cat "$T/pid")
    says "$(it 1)/exit.json" '"end":"exited"' '"code":0' '"leftovers":[]' '"survivors":[]' \
        "\"kept\":[{\"pid\":$kept,\"name\":\"daemon\"}]"
    saysnot "$(it 1)/keep.json" '"fence":"pidns"'
    [ "$fence" = subreaper ] || says "$(it 1)/keep.json" 'no pidns: '
    # The next iteration's ends, even a keeper's death, do not reach it.
    for n in 2 3; do
        rm -f "$T/other"
        ctl "fence=$fence" leftovers=keep "run=$(printf '%032x' "$n")" lock start connect send=go eof ended \
            "dead=$T/other" "alive=$T/pid" -- bash -c "'$TOOLS/daemon' '$T/other'; exit $n"
        says "$(it "$n")/exit.json" "\"code\":$n" "\"pid\":$(cat "$T/other"),\"name\":\"daemon\"" '"kept":[]'
    done
    rm "$T/other"
    ctl "fence=$fence" leftovers=keep run=44444444444444444444444444444444 lock start connect send=go expect=running \
        "file=$T/other" killkeeper eof -- bash -c "'$TOOLS/daemon' '$T/other'; exec sleep 60"
    ctl "fence=$fence" leftovers=keep run=55555555555555555555555555555555 lock start connect send=go eof ended \
        "dead=$T/other" "alive=$T/pid" -- true
    rm "$T/other"
    ctl "fence=$fence" leftovers=keep run=66666666666666666666666666666666 grace=5000 lock start connect send=go \
        expect=running "file=$T/other" send=stop eof ended "dead=$T/other" "alive=$T/pid" -- \
        bash -c "trap 'exit 0' TERM; '$TOOLS/daemon' '$T/other'; (exec sleep 60) & wait"
    says "$(it 6)/exit.json" '"code":0' '"asked":"stop"' '"kept":[]'
    kill -KILL "$kept"
    ctl "dead=$T/pid" -- true
    nobody_left
done
