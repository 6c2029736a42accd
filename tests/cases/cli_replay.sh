#!/usr/bin/env bash
# ccsup replay: what its exit code says of a recording, of a part of one, and of what is none.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
new_sandbox
cd "$SANDBOX"
recording=$CCSUP_SOURCE/tests/golden/replay/demo.jsonl
assert_exit 0 ccsup replay "$recording"
assert_has "$OUT" "lines left out: same"
head -c 3000000 /dev/urandom >noise
grep -v '^{"life"' "$recording" >lifeless
: >empty
for none in empty noise lifeless; do
    assert_exit 3 ccsup replay "$none"
    assert_has "$OUT" "nothing that a watchdog recorded is in $none"
    [[ $OUT != *": same"* ]] || fail "$none: nothing is the same as nothing"
done
assert_exit 3 ccsup replay missing
assert_exit 3 ccsup replay .
sed '1s/"config":"[^"]*"/"config":"nonsense"/' "$recording" >broken
assert_exit 1 ccsup replay broken
assert_has "$OUT" "UNREADABLE"
