#!/usr/bin/env bash
# Records demo.jsonl and claude_pair.jsonl and their .txt anew, from one run of the demo and one of the case claude_pair
# (CCSUP_BUILD names the build).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d /tmp/ccsup-record-XXXXXX)
trap 'rm -rf "$scratch"' EXIT
[[ ${1:-demo} != demo ]] || {
    unshare --pid --fork --kill-child --mount-proc tini -s -- \
        env HOME="$scratch" "${CCSUP_BUILD:?}/bin/ccsup" demo --keep --dir "$scratch/demo"
    cp --no-preserve=mode "$scratch/demo/.ccsup/events.jsonl" "$here/demo.jsonl"
}
[[ ${1:-claude_pair} != claude_pair ]] || CCSUP_RECORD=$here/claude_pair.jsonl bash "$here/../../cases/claude_pair.sh"
for name in ${1:-demo claude_pair}; do
    "${CCSUP_BUILD:?}/bin/ccsup" replay "$here/$name.jsonl" | sed '$d' >"$here/$name.txt"
done
