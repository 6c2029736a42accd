#!/usr/bin/env python3
"""Compares an answer's provenance with `git blame`, line by line.

    blame.py REPOSITORY START < ANSWER     prints the number of entries compared

Also checks after_start, by and sha_known of each entry against what git itself says. A PASS that a merge brought back,
where one of its parents had had the line and had it no more, is that merge's, if somebody else made it than who verifies.
"""
import json
import subprocess
import sys

REPO, START = sys.argv[1], sys.argv[2]
BY = {"builder@test": "builder", "adversary@test": "adversary", "boss@test": "operator"}


def git(*args):
    return subprocess.run(["git", "-C", REPO, *args], stdout=subprocess.PIPE, check=True).stdout.decode()


def blamed():
    """line number -> commit; commit -> its headers."""
    lines, headers, commit = {}, {}, ""
    for text in git("blame", "--porcelain", "main", "--", "REVIEW.md").split("\n"):
        words = text.split(" ")
        if len(words[0]) == 40 and len(words) >= 3:
            commit = words[0]
            lines[int(words[2])] = commit
            headers.setdefault(commit, {})
        elif commit and not text.startswith("\t"):
            headers[commit][words[0]] = " ".join(words[1:])
    return lines, headers


def history():
    """commit -> its parents, its lines of REVIEW.md, its ancestors with itself, its author's address."""
    parents, lines, before, who = {}, {}, {}, {}
    for text in git("log", "--topo-order", "--reverse", "--format=%H %ae %P", "main").splitlines():
        commit, who[commit], *parents[commit] = text.split(" ")
        parents[commit] = [p for p in parents[commit] if p]
        before[commit] = {commit}.union(*(before[p] for p in parents[commit]))
    asked = "".join(commit + ":REVIEW.md\n" for commit in parents)
    blobs = subprocess.run(["git", "-C", REPO, "cat-file", "--batch"], input=asked.encode(), stdout=subprocess.PIPE,
                           check=True).stdout
    at = 0
    for commit in parents:
        end = blobs.index(b"\n", at)
        size = int(blobs[at:end].split()[2])
        lines[commit] = set(blobs[end + 1:end + 1 + size].decode().split("\n"))
        at = end + size + 2
    return parents, lines, before, who


def brought(entry, origin, tip, parents, lines, before, who):
    """The merges that may be said to have brought the entry back."""
    seen, todo, found = set(), [tip], set()
    while todo:
        commit = todo.pop()
        if commit in seen or entry["text"] not in lines[commit]:
            continue
        seen.add(commit)
        todo += parents[commit]
        if len(parents[commit]) > 1 and BY.get(who[commit]) not in ("adversary", "operator"):
            found |= {commit for p in parents[commit] if entry["text"] not in lines[p] and origin in before[p]}
    return found


def main():
    known, tip = history(), git("rev-parse", "main").strip()
    snapshot = json.load(sys.stdin)["snapshot"]
    lines, headers = blamed()
    after = set(git("rev-list", "--ancestry-path", START + "..main").split()) if START else None
    for entry in snapshot["review"]["entries"]:
        commit = lines[entry["line"]]
        merges = brought(entry, commit, tip, *known) if entry["kind"] == "PASS" else set()
        if merges and entry["commit"] not in merges:
            sys.exit("line %d: commit is %r, and %r brought it back" % (entry["line"], entry["commit"], merges))
        if merges:
            continue
        head = headers[commit]
        email = head["author-mail"].strip("<>")
        wanted = {"commit": commit, "committed": int(head["committer-time"]), "author": email,
                  "by": BY.get(email, "other"), "after_start": after is None or commit in after}
        for key, value in wanted.items():
            if entry[key] != value:
                sys.exit("line %d: %s is %r, git says %r" % (entry["line"], key, entry[key], value))
    print(len(snapshot["review"]["entries"]))


main()
