#!/usr/bin/env bash
# Records demo.jsonl and demo.txt anew, from one run of the demo (CCSUP_BUILD names the build).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d /tmp/ccsup-record-XXXXXX)
unshare --pid --fork --kill-child --mount-proc tini -s -- \
    env HOME="$scratch" "${CCSUP_BUILD:?}/bin/ccsup" demo --keep --dir "$scratch/demo"
cp "$scratch/demo/.ccsup/events.jsonl" "$here/demo.jsonl"
"$CCSUP_BUILD/bin/ccsup" replay "$here/demo.jsonl" | sed '$d' >"$here/demo.txt"
rm -rf "$scratch"
