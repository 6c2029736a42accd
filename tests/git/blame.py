#!/usr/bin/env python3
"""Compares an answer's provenance with `git blame`, line by line.

    blame.py REPOSITORY START < ANSWER     prints the number of entries compared

Also checks after_start, by and sha_known of each entry against what git itself says.
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


def main():
    snapshot = json.load(sys.stdin)["snapshot"]
    lines, headers = blamed()
    after = set(git("rev-list", "--ancestry-path", START + "..main").split()) if START else None
    for entry in snapshot["review"]["entries"]:
        commit = lines[entry["line"]]
        head = headers[commit]
        email = head["author-mail"].strip("<>")
        wanted = {"commit": commit, "committed": int(head["committer-time"]), "author": email,
                  "by": BY.get(email, "other"), "after_start": after is None or commit in after}
        for key, value in wanted.items():
            if entry[key] != value:
                sys.exit("line %d: %s is %r, git says %r" % (entry["line"], key, entry[key], value))
    print(len(snapshot["review"]["entries"]))


main()
