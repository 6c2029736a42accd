#!/usr/bin/env python3
"""One request to ccsup-git, for tests.

    ask.py poll|clone [KEY=VALUE | KEY:=JSON]...    runs it as the leader of its own process group, as the watchdog does
    ask.py --member poll ...                        ... as a plain member of ours
    ask.py --print poll ...                         only prints the request
    ask.py --raw TEXT                               sends TEXT
    ask.py --file PATH                              sends a file
    ask.py --get EXPRESSION                         reads an answer on stdin and prints a Python expression of `a` (the
                                                    answer) and `s` (its snapshot)

Defaults come from the environment: URL, WORK (a folder for mirror, lock, clone). Prints the answer; fails when ccsup-git
did not end well or its answer is not one line of JSON.
"""
import json
import os
import subprocess
import sys


def request(op, words):
    work = os.environ["WORK"]
    asked = {"op": op, "url": os.environ.get("URL", ""), "branch": "main", "timeout_ms": 20000}
    if op == "poll":
        asked.update(mirror=work + "/repo.git", lock=work + "/lock", state_path="", status="STATUS.md", review="REVIEW.md",
                     findings="FINDINGS.md", max_bytes=8388608, criteria=["D1", "D2", "D3"], builder="builder@test",
                     adversary="adversary@test", operators=["boss@test"], start="", last="", at="")
    else:
        asked.update(dir=work + "/role/clone", gitconfig=work + "/role/gitconfig", name="ccsup builder",
                     email="builder@test", role="builder", state_path="")
    for word in words:
        if ":=" in word:
            key, value = word.split(":=", 1)
            asked[key] = json.loads(value)
        else:
            key, value = word.split("=", 1)
            asked[key] = value
        if value == "DROP":
            del asked[key]
    return json.dumps(asked)


def ask(text, leader):
    done = subprocess.run([os.environ["CCSUP_BUILD"] + "/bin/ccsup-git"], input=text.encode(), stdout=subprocess.PIPE,
                          start_new_session=leader, timeout=120, check=False)
    if done.returncode != 0 or done.stdout.count(b"\n") != 1 or not done.stdout.endswith(b"\n"):
        sys.exit("ccsup-git: exit %d, said %r" % (done.returncode, done.stdout))
    json.loads(done.stdout)
    sys.stdout.write(done.stdout.decode())


def main(words):
    if words[0] == "--get":
        answer = json.load(sys.stdin)
        value = eval(words[1], {}, {"a": answer, "s": answer.get("snapshot")})  # the test's own expression
        print(value)
    elif words[0] == "--print":
        print(request(words[1], words[2:]))
    elif words[0] == "--raw":
        ask(words[1], True)
    elif words[0] == "--file":
        with open(words[1], encoding="utf-8") as source:
            ask(source.read(), True)
    elif words[0] == "--member":
        ask(request(words[1], words[2:]), False)
    else:
        ask(request(words[0], words[1:]), True)


main(sys.argv[1:])
