#!/usr/bin/env bash
# Branch coverage of watchdog/ by the unit tests (the vectors are among them), the fuzz targets' corpora and the documents
# on which two readings of the protocol are compared, as gcov counts it: per file and in total. Fails under 95 %.
#
#     tests/coverage.sh [ROOM]              another room: agents, supervisor/base, supervisor/config
#     MISSED=1 tests/coverage.sh [ROOM]     also each line with a branch that is not taken
#
# It builds into build-cov/ beside the other builds. Branches of assert() do not count: a test cannot take them.
set -euo pipefail
cd "$(dirname "$0")/.."
room=${1:-watchdog}
cmake --preset dev -B build-cov -DCMAKE_C_FLAGS="--coverage -O0 -DNDEBUG -Wno-unused" >/dev/null
cmake --build build-cov >/dev/null
find build-cov -name '*.gcda' -delete
ctest --test-dir build-cov -j2 -L 'unit|fuzz' >/dev/null || { echo "the unit tests fail" && exit 1; }
CCSUP_BUILD=$PWD/build-cov python3 tests/second/compare.py --count 20000 --seed 1 >/dev/null ||
    { echo "the readings differ" && exit 1; }
objects=build-cov/CMakeFiles/ccsup_core.dir/$room
gcov --branch-probabilities --branch-counts --json-format --stdout "$objects"/*.gcno 2>/dev/null |
    python3 -c '
import json, os, sys
room, total, taken, missed = sys.argv[1], 0, 0, []
for text in sys.stdin:
    for f in json.loads(text)["files"]:
        name = os.path.relpath(f["file"])
        if os.path.dirname(name) != room or not name.endswith(".c"):
            continue
        branches = [(l["line_number"], b["count"]) for l in f["lines"] for b in l["branches"] if not b["throw"]]
        hit = sum(1 for _, n in branches if n)
        total, taken = total + len(branches), taken + hit
        if branches:
            print("%6.1f %%  %4d of %4d  %s" % (100 * hit / len(branches), hit, len(branches), name))
        missed += ["%s:%d" % (name, line) for line, n in branches if not n]
if os.environ.get("MISSED"):
    print("\n".join(missed))
share = 100 * taken / total if total else 0
print("%6.1f %%  %4d of %4d  %s" % (share, taken, total, room))
sys.exit(share < 95)
' "$room"
