#!/usr/bin/env bash
# The protocol's vectors through the program: each one is `ccsup verify --files` of two files, its JSON and its exit code.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
new_sandbox
cd "$SANDBOX"
vectors=$CCSUP_SOURCE/tests/vectors
for name in more second; do
    cmp "$vectors/$name.jsonl" <("$vectors/$name.py") || fail "$name.jsonl is not what $name.py says: run ./$name.py >$name.jsonl"
done
python3 - "$CCSUP_BUILD/bin/ccsup" "$vectors"/*.jsonl <<'PY'
import base64
import json
import subprocess
import sys

KEYS = ["verdict", "state", "marker", "criteria", "vetoes", "reasons", "warnings"]
EXIT = {"DONE": 0, "NOT_DONE": 1, "UNKNOWN": 3}


def answer(v, facts):
    """What the program says, as the vector's `want` is written."""
    if v["kind"] == "decision":
        return "ACCEPT" if facts["verdict"] == "DONE" else "KEEP-RUNNING"
    if v["kind"] == "status":
        return facts["marker"]["state"].replace("_", "-")
    if v["kind"] == "veto":
        return facts["vetoes"]
    return next(c["state"] for c in facts["criteria"] if c["id"] == v["criterion"])


def complaints(v, facts, code):
    if list(facts) != KEYS:
        yield "its members are %s" % list(facts)
    if code != EXIT[facts["verdict"]]:
        yield "%s, and exit code %d" % (facts["verdict"], code)
    if (facts["verdict"] == "DONE") != (not facts["reasons"]):
        yield "%s with %d reasons" % (facts["verdict"], len(facts["reasons"]))
    refused = facts["marker"]["state"] == "REFUSED" or any(c["state"] == "REFUSED" for c in facts["criteria"])
    if refused != (facts["verdict"] == "UNKNOWN"):
        yield "%s, refused: %s" % (facts["verdict"], refused)
    for c in facts["criteria"]:
        if list(c) != ["id", "state", "line", "time"]:
            yield "a criterion's members are %s" % list(c)
    for r in facts["reasons"]:
        if list(r) != ["code", "text", "file", "line", "fix"]:
            yield "a reason's members are %s" % list(r)
    if answer(v, facts) != v["want"]:
        yield "%s instead of %s: %s" % (answer(v, facts), v["want"], v["why"])


ccsup, wrong, seen = sys.argv[1], 0, 0
for name in sys.argv[2:]:
    lines = open(name, encoding="utf-8").read().splitlines()
    head = json.loads(lines[0])
    for v in map(json.loads, lines[1:]):
        other = {"status": "file_b64"} if v["kind"] == "status" else {"review": "file_b64"}
        fields = {"status": "status_b64", "review": "review_b64"} if v["kind"] == "decision" else other
        for which in ("status", "review"):
            with open(which, "wb") as f:
                f.write(base64.b64decode(v[fields[which]]) if which in fields else b"")
        run = subprocess.run([ccsup, "verify", "--files", "status", "review", "--criteria", " ".join(head["criteria"]),
                              "--now", head["now"], "--window", "%ds" % head["window_s"], "--skew", "%ds" % head["skew_s"],
                              "--json"], capture_output=True, timeout=60)
        seen += 1
        try:
            bad = list(complaints(v, json.loads(run.stdout), run.returncode))
        except (ValueError, KeyError) as e:
            bad = ["exit %d, %r: %r %r" % (run.returncode, e, run.stdout[:200], run.stderr[:200])]
        for what in bad:
            print("%s: %s" % (v["id"], what))
        wrong += bool(bad)
print("%d vectors, %d wrong" % (seen, wrong))
sys.exit(wrong > 0 or seen < 900)
PY
