#!/usr/bin/env python3
"""A random history for `git fast-import`, on stdout.

    history.py SEED COMMITS merges|linear LINES

REVIEW.md holds verdict lines (each one unique) and prose; commits add lines anywhere, take some out, bring some back;
merges take both sides, drop a line, add one of their own. Committer dates go back and forth, as those of machines with
bad clocks do. Lines keep their order, so that `git blame` and a reader of sets must agree on every line.
"""
import random
import sys

SEED, COMMITS, KIND, LINES = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
RNG = random.Random(SEED)
WHO = ["builder", "adversary", "boss", "stranger"]


def new_line(number):
    at = "@2026-05-%02dT%02d:00:00Z" % (RNG.randint(1, 28), RNG.randint(0, 23))
    if RNG.random() < 0.2:
        return "Some prose about line %d, of no weight." % number
    return "D%d: %s %s — run %d" % (RNG.randint(1, 3), RNG.choice(["PASS", "FAIL"]), at, number)


def emit(text):
    sys.stdout.buffer.write(text.encode())


def commit(mark, parents, lines, blobs):
    body = "# Review\n\n" + "".join(text + "\n" for _, text in sorted(lines))
    who = RNG.choice(WHO)
    when = 1770000000 + mark * 600 + RNG.choice([0, 0, 0, -90000, 90000])
    message = RNG.choice(["work", "claim(D1): x", "review(D1): y"])
    emit("commit refs/heads/main\nmark :%d\n" % mark)
    emit("author %s <%s@test> %d +0000\ncommitter %s <%s@test> %d +0000\n" % (who, who, when, who, who, when))
    emit("data %d\n%s\n" % (len(message), message))
    if parents:
        emit("from :%d\n" % parents[0])
        for parent in parents[1:]:
            emit("merge :%d\n" % parent)
    if body != blobs.get(parents[0] if parents else 0):
        emit("M 100644 inline REVIEW.md\ndata %d\n" % len(body.encode()))
        emit(body + "\n")
    emit("M 100644 inline code\ndata %d\n%d\n" % (len(str(mark)), mark))
    blobs[mark] = body


def main():
    states, blobs, gone, heads = {}, {}, [], []
    number = 0
    for mark in range(1, COMMITS + 1):
        if not heads:
            parents, lines = [], set()
        elif KIND == "merges" and len(heads) > 1 and (RNG.random() < 0.3 or mark > COMMITS - 4):
            parents = RNG.sample(heads, 2 if len(heads) < 3 or RNG.random() < 0.8 else 3)
            lines = set().union(*(states[p] for p in parents))
            if lines and RNG.random() < 0.3:
                lines.discard(RNG.choice(sorted(lines)))
        else:
            parents = [RNG.choice(heads)]
            lines = set(states[parents[0]])
        if mark == 1 or RNG.random() < LINES / COMMITS / 2:
            for _ in range(1 + int(RNG.random() * 3)):
                number += 1
                lines.add((RNG.random() if RNG.random() < 0.5 else 1 + number, new_line(number)))
        if len(lines) > 3 and RNG.random() < 0.1:
            line = RNG.choice(sorted(lines))
            lines.discard(line)
            gone.append(line)
        if gone and RNG.random() < 0.1:
            lines.add(gone.pop(RNG.randrange(len(gone))))
        commit(mark, parents, lines, blobs)
        states[mark] = lines
        fork = KIND == "merges" and parents and RNG.random() < 0.25 and len(heads) < 5
        heads = [h for h in heads if h not in parents or (fork and h == parents[0])] + [mark]
    if len(heads) > 1:
        parents = sorted(heads, reverse=True)
        commit(COMMITS + 1, parents, set().union(*(states[p] for p in parents)), blobs)


main()
