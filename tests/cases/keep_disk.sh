#!/bin/bash
# A full disk: the keeper stays until exit.json can be written.
set -euo pipefail
. "$CCSUP_SOURCE/tests/agents/keep_lib.sh"

begin full
if ! mount -t tmpfs -o size=256k keep "$T" 2>/dev/null; then
    echo "SKIPPED: needs a tmpfs of its own (root)" >&2
    exit 77
fi
# shellcheck disable=SC2016
ctl lock start connect send=go expect=running "file=$BOX/pid" "dead=$BOX/pid" mark quiet=0 "nofile=$(it 1)/exit.json" \
    "truncate=$(it 1)/out.log" eof over=500 ended -- \
    bash -c 'yes | head -c 4000000; echo $$ >"$1"; exit 9' bash "$BOX/pid"
cp "$(it 1)/exit.json" "$BOX/exit.json"
umount "$T"
says "$BOX/exit.json" '"end":"exited"' '"code":9'
