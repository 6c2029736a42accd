#!/usr/bin/env python3
"""A long history for `git fast-import`, on stdout: the same bytes each time for the same arguments.

    long.py COMMITS FOREIGN

A line of commits by the Builder with a verdict of the Adversary now and then; the commit number FOREIGN (0: none)
is the Builder's and takes a FAIL of D1 out of REVIEW.md; later verdicts are about D2.
"""
import sys

COMMITS, FOREIGN = int(sys.argv[1]), int(sys.argv[2])
AT = 1780000000  # the last commit's time


def emit(text):
    sys.stdout.buffer.write(text.encode())


def main():
    lines = ["# Review"]
    for number in range(1, COMMITS + 1):
        verdict = number % 50 == 0 or number == FOREIGN
        who = "adversary" if verdict and number != FOREIGN else "builder"
        if number == FOREIGN:
            lines = [line for line in lines if not line.startswith("D1: FAIL")]
        elif verdict:
            word = "FAIL" if number == FOREIGN - 50 else "PASS"
            lines.append("D%d: %s @2026-01-01T00:00:00Z — number %d" % (1 if number <= FOREIGN else 2, word, number))
        message = "foreign" if number == FOREIGN else "work"
        when = AT - (COMMITS - number)
        emit("commit refs/heads/main\nmark :%d\n" % number)
        for role in ("author", "committer"):
            emit("%s %s <%s@ccsup.invalid> %d +0000\n" % (role, who, who, when))
        emit("data %d\n%s\n" % (len(message), message))
        if number > 1:
            emit("from :%d\n" % (number - 1))
        if verdict or number == 1:
            body = "\n".join(lines) + "\n"
            emit("M 100644 inline REVIEW.md\ndata %d\n%s\n" % (len(body.encode()), body))
        if not verdict:
            emit("M 100644 inline code.c\ndata %d\n%d\n\n" % (len(str(number)) + 1, number))


main()
