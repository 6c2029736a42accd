#!/usr/bin/env python3
"""Two readings of the protocol side by side: ours (the program `reading`) and the second one (reader.py), on generated
documents. Prints how often each state came up, and each disagreement cut down to the lines that it needs.

    compare.py --count 1000000 --seed 1 [--jobs 2] [--show 40]

Exit 0: no disagreement; 1: some; 2: the comparison itself is broken."""

import argparse
import collections
import multiprocessing
import os
import random
import struct
import subprocess
import sys
import time

import generate
import reader

WINDOW, SKEW, BATCH, KEPT = 86400, 120, 2000, 4
FIELDS = ["verdict", "state", "marker", "marker line", "vetoes"] + generate.CRITERIA
PROGRAM = os.path.join(os.environ.get("CCSUP_BUILD", "build-dev"), "tests", "reading")


def start():
    argv = [PROGRAM, str(generate.NOW), str(WINDOW), str(SKEW)] + generate.CRITERIA
    return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def pack(doc):
    return struct.pack("<II", len(doc[0]), len(doc[1])) + doc[0] + doc[1]


def ours(docs):
    out, _ = (p := start()).communicate(b"".join(map(pack, docs)))
    rows = [line.split() for line in out.decode().splitlines()]
    if p.returncode or len(rows) != len(docs) or any(len(r) != len(FIELDS) for r in rows):
        raise RuntimeError(f"{PROGRAM} ended with {p.returncode} after {len(rows)} of {len(docs)} documents")
    return rows


def theirs(doc, who):
    j = reader.judge(doc[0], doc[1], generate.CRITERIA, generate.NOW, WINDOW, SKEW, who)
    marker = j["marker"] if j["marker"] in ("STANDS", "REFUSED") else "NO"
    line = j["marker_line"] if marker == "STANDS" else 0
    return [j["verdict"], j["state"], marker, str(line), str(j["vetoes"])] + [j["criteria"][c] for c in generate.CRITERIA]


def differing(a, b):
    """The fields that differ; the verdict and the state follow from the others and are named when they stand alone."""
    found = [(FIELDS[k], a[k], b[k]) for k in range(2, len(FIELDS)) if a[k] != b[k] and (k != 3 or a[2] == b[2])]
    return found or [(FIELDS[k], a[k], b[k]) for k in range(2) if a[k] != b[k]]


def kind(difference):
    field, a, b = difference
    if field == "marker line":
        return (field, "one", "another")
    return ("criterion" if field in generate.CRITERIA else field, a, b)


class Pipe:
    """One running program, for one document after the other."""

    def __init__(self):
        self.p = start()

    def ask(self, doc):
        self.p.stdin.write(pack(doc))
        self.p.stdin.flush()
        return self.p.stdout.readline().decode().split()


def minimised(doc, want, pipe, who):
    """The document with every line, and then every word, taken out that the difference does not need."""

    def still(d):
        a, b = pipe.ask(d), theirs(d, who)
        return any(kind(x) == want for x in differing(a, b))

    parts = list(doc)
    for side in (0, 1):
        empty = [b"", parts[1]] if side == 0 else [parts[0], b""]
        if still(empty):
            parts = empty
    for sep in (b"\n", b" "):
        for side in (0, 1):
            rows = parts[side].split(sep)
            k = 0
            while k < len(rows) and len(rows) < 400:
                trial = list(parts)
                trial[side] = sep.join(rows[:k] + rows[k + 1:])
                if still(trial):
                    del rows[k]
                    parts = trial
                else:
                    k += 1
    return tuple(parts)


def work(job):
    seed, first, count = job
    docs = [generate.document(random.Random(f"{seed}/{i}")) for i in range(first, first + count)]
    who = reader.Reader(generate.CRITERIA)
    tally, found = collections.Counter(), []
    for i, (doc, a) in enumerate(zip(docs, ours(docs))):
        b = theirs(doc, who)
        for k, f in enumerate(FIELDS):
            if f != "marker line":
                tally["criterion" if k > 4 else f, a[k]] += 1
        if a != b:
            found.append((first + i, [kind(x) for x in differing(a, b)]))
    return tally, found


def show(number, doc, a, b):
    print(f"\n--- document {number}: {', '.join(f'{f}: ours {x}, second {y}' for f, x, y in differing(a, b))}")
    for name, text in zip(("STATUS", "REVIEW"), doc):
        for line in text.split(b"\n")[:30]:
            print(f"    {name} {line[:300]!r}{' ...' if len(line) > 300 else ''}")


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--count", type=int, default=4000)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--first", type=int, default=0, help="number of the first document")
    ap.add_argument("--jobs", type=int, default=2)
    ap.add_argument("--show", type=int, default=40, help="disagreements to show, at most %d of a kind" % KEPT)
    args = ap.parse_args()
    jobs = [(args.seed, k, min(BATCH, args.first + args.count - k)) for k in range(args.first, args.first + args.count, BATCH)]
    began, tally, kinds, wrong = time.monotonic(), collections.Counter(), collections.defaultdict(list), 0
    with multiprocessing.Pool(args.jobs) as pool:
        for counts, found in pool.imap(work, jobs):
            tally += counts
            wrong += len(found)
            for number, differences in found:
                for d in differences:
                    kinds[d].append(number)
    for (field, value), n in sorted(tally.items()):
        print(f"{field:10} {value:17} {n}")
    print(f"seed {args.seed}: {args.count} documents, {wrong} disagreements, {time.monotonic() - began:.0f} s")
    pipe, who = Pipe(), reader.Reader(generate.CRITERIA)
    left = args.show
    for want, numbers in sorted(kinds.items(), key=lambda x: -len(x[1])):
        print(f"\n=== {want[0]}: ours {want[1]}, second {want[2]}: {len(numbers)} times")
        for number in numbers[:KEPT]:
            if left <= 0:
                break
            left -= 1
            doc = minimised(generate.document(random.Random(f"{args.seed}/{number}")), want, pipe, who)
            show(number, doc, pipe.ask(doc), theirs(doc, who))
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (OSError, RuntimeError) as e:
        print(f"compare.py: {e}", file=sys.stderr)
        sys.exit(2)
