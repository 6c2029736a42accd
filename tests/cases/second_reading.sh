#!/usr/bin/env bash
# Two readings of the protocol, ours and one that was written from the specification alone, agree on 20000 generated
# documents (docs/testing.md says how to compare a million). And the comparison finds a rule that one of them reads otherwise.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
new_sandbox
second=$CCSUP_SOURCE/tests/second

python3 "$second/compare.py" --count 20000 --seed 1 || fail "the readings differ; the seed is above"

cp "$second"/*.py "$SANDBOX"
for change in 's/^PASS_WORDS = .*/PASS_WORDS = {"PASS"}/' 's/now - e > window/now - e >= window/' 's/low in HEDGES or/False or/'; do
    sed "$change" "$second/reader.py" >"$SANDBOX/reader.py"
    ! cmp -s "$second/reader.py" "$SANDBOX/reader.py" || fail "no line fits $change"
    code=0
    python3 "$SANDBOX/compare.py" --count 2000 --seed 1 --show 1 >"$SANDBOX/out" || code=$?
    [ "$code" = 1 ] || fail "exit $code for a reader that was changed: $change"
    grep -q "^--- document" "$SANDBOX/out" || fail "no document shown"
done
CCSUP_BUILD=$SANDBOX/nothing python3 "$second/compare.py" --count 1 && fail "no program, and no complaint"
echo ok
