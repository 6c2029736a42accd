#!/usr/bin/env bash
# What a poll costs: wall time, processor time and peak memory, over a path and over HTTP. Not a test; prints a table.
#     CCSUP_BUILD=build CCSUP_SOURCE=. tests/git/measure.sh
set -euo pipefail
# shellcheck source=/dev/null
. "${CCSUP_SOURCE:?}/tests/git/lib.sh"
cd "$WORK"

# NAME COUNT REQUEST-FIELD...: medians over COUNT polls.
measure() {
    local name=$1 count=$2
    shift 2
    "$PYTHON" "$CCSUP_SOURCE/tests/git/ask.py" --print poll "$@" >request
    "$PYTHON" - "$name" "$count" <<'END'
import os, resource, statistics, subprocess, sys, time
text = open("request", "rb").read()
wall, cpu, rss = [], [], 0
for _ in range(int(sys.argv[2])):
    start = time.monotonic()
    child = subprocess.Popen([os.environ["CCSUP_BUILD"] + "/bin/ccsup-git"], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, start_new_session=True)
    child.stdin.write(text)
    child.stdin.close()
    out = child.stdout.read()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = status
    wall.append((time.monotonic() - start) * 1000)
    cpu.append((used.ru_utime + used.ru_stime) * 1000)
    rss = max(rss, used.ru_maxrss)
    assert status == 0 and b'"ok":true' in out, out[:300]
print("%-46s wall %7.1f ms  cpu %7.1f ms (git included)  peak %6.1f MB  answer %d bytes"
      % (sys.argv[1], statistics.median(wall), statistics.median(cpu), rss / 1024, len(out)))
END
}

git init -q w
(cd w && echo 'D1: PASS @2026-05-28T08:10:00Z — x' >REVIEW.md && as adversary first)
measure "small, path, nothing new" 20 "url=$WORK/w"
serve ok
measure "small, http, nothing new" 10 "url=http://127.0.0.1:$PORT/w/.git"
for kind in linear merges; do
    rm -rf repo.git
    git init -q --bare "$kind.git"
    "$PYTHON" "$CCSUP_SOURCE/tests/git/history.py" 1 2000 $kind 1000 | git -C $kind.git fast-import --quiet
    git -C $kind.git repack -adq
    lines=$(git -C $kind.git show main:REVIEW.md | wc -l)
    changes=$(git -C $kind.git rev-list --full-history main -- REVIEW.md | wc -l)
    measure "2000 commits $kind ($lines lines, $changes changes), first" 1 "url=$WORK/$kind.git"
    measure "2000 commits $kind, path, nothing new" 10 "url=$WORK/$kind.git"
    measure "2000 commits $kind, http, nothing new" 5 "url=http://127.0.0.1:$PORT/$kind.git"
    start=$(date +%s%N)
    git -C $kind.git blame --porcelain main -- REVIEW.md >/dev/null
    echo "    git blame alone: $((($(date +%s%N) - start) / 1000000)) ms"
done
unserve
