#!/usr/bin/env python3
"""Vectors of what the comparison with the second reader (tests/second) found: each was read wrongly once.

    second.py > second.jsonl     after a change here; tests/cases/vectors.sh sees that the two agree

The format is protocol.jsonl's; `why` names the rule.
"""
import base64
import json

T = "2026-05-28T10:00:00Z"
IDS = ["D%d" % i for i in range(1, 11)]
vectors = []


def add(kind, text, want, why, **more):
    data = base64.b64encode(text.replace("@T", "@" + T).encode()).decode()
    vectors.append({"id": "SR%03d" % (len(vectors) + 1), "kind": kind, **more, "file_b64": data, "want": want, "why": why})


def review(text, want, why, criterion="D3"):
    add("review", text + "\n", want, why, criterion=criterion)


def status(text, want, why):
    add("status", text + "\n", want, why)


def veto(text, want, why):
    add("veto", text + "\n", want, why)


# ---- which criterion
review("D3 and **D4**: PASS @T", "MISSING", "a list is a list with emphasis around its ids too")
review("D3 or `D4`: PASS @T", "MISSING", "a list is a list with emphasis around its ids too")
review("D3 to **D5**: PASS @T", "MISSING", "and so is a range")
review("D2 and **D3**: FAIL", "FAIL", "whose FAIL hits each")
review("D1-D99999999999999999999: FAIL", "FAIL", "a range may end at any number")
review("D1-4 FAIL", "FAIL", "a range with a number that touches its sign needs no separator after it")
review("D3 - 4 tests FAIL", "FAIL", "a number apart from it is text")
review("D2 - 4 tests FAIL", "MISSING", "a number apart from it is text")
review("D3: PASS @2026-05-28T09:00:00Z\nD3.1: PENDING", "PENDING", "a part that is not verified leaves a doubt about the whole")
review("D3: PASS @2026-05-28T09:00:00Z\nD3.1 no longer works", "PENDING", "a part that is not verified leaves a doubt about the whole")
review("## - D3: PASS @T", "MISSING", "list mark, box, hashes: in this order")
review("- - D3: PASS @T", "MISSING", "one list mark on a line")
review("- [x] ## D3: PASS @T", "PASS", "all three in their order")
review("## - D3: FAIL", "FAIL", "a FAIL may stand behind any marks")

# ---- the word
review("D3: PASS not PASS @T", "PENDING", "the second PASS is negated")
review("D3: _PASS_2026-05-28T10:00:00Z", "MISSING", "the word is PASS_2026")
review("| D3 | PASS/FAIL | 2026-05-28T10:00:00Z |", "FAIL", "PASS and FAIL in the same cell")
review("| D3 | a | _vetoed_ |", "FAIL", "a cell that is one word of failure, with emphasis")
review("D3: PASS @T {draft}", "PENDING", "a hedge in braces right after the time")
review("| D3 | PASS | @ 2026-05-28T10:00:00Z |", "PASS", "a blank after the @ of a cell, as in a line")

# ---- times
for tail in ["-x", "/2026-05-28T11:00:00Z", ".5", ",5", ":30", "_x", "+1"]:
    review("D3: PASS @T" + tail, "UNDATED", "what touches the end of a time makes it another form")
for tail in ["-", "/", ".", ",", "_", " -x", "—x", ")", "**"]:
    review("D3: PASS @T" + tail, "PASS", "nothing touches it")
review("D3: PASS @07:05Z, build of 2026-05-28T09:00:00Z", "UNDATED", "a time without a date; the later one is another's")
review("D3: PASS @yesterday (build of 2026-05-28T09:00:00Z)", "UNDATED", "what the @ names is no time; the later one is another's")
review("D3: PASS 2026-02-30, 2026-05-28T09:00:00Z", "UNDATED", "no such day; the later one is another's")
review("D3: PASS by ann@example.org 2026-05-28T09:00:00Z", "PASS", "the @ of an address names no time")
review("D3: PASS @ (2026-05-28T09:00:00Z)", "PASS", "brackets around the time")

# ---- dead and dim text
review("    <!--\n\nD3: PASS @T", "MISSING", "a comment opens anywhere outside inline code; in indented code that is a doubt, and dim")
review("D3: PASS @T\n\n    <!--\n\nD3: FAIL\n-->", "FAIL", "so it hides no FAIL")
review("> a\n\n    `<!--`\n\nD3: PASS @T", "PASS", "in a code span it opens nothing")
review("<pre>\n</pre\nD3: PASS @T\n</pre>", "MISSING", "a closing tag ends with >")
review("<details>\n</details\nD3: PASS @T\n</details>", "MISSING", "a closing tag ends with >")
review("<pre>\n</pre >\nD3: PASS @T", "PASS", "blanks before it are fine")
review("D3: PASS @T\n<pre>\n</script>\nD3: FAIL\n</pre>", "FAIL", "CommonMark ends the block at any of the tags: a doubt, so dim")
review("text <pre> <!--\nD3: PASS @T\n</pre>\nD3: PASS @T", "MISSING", "a comment opens behind a <pre> within a line too")
review("- `D3: FAIL`", "FAIL", "with a list mark the line is not wholly a code span")
review("- `D3: PASS @T`", "MISSING", "but a PASS in one code span with its id is none")
review("D1: PASS @T\nFormat #\n===\n\nD3: FAIL", "FAIL", "the title has a #: not exactly one of the list")

# ---- the marker
status("## DONE\n\nto  be written", "NOT-DONE", "blanks between the words of a placeholder")
status("## DONE\n\nin\tprogress", "NOT-DONE", "blanks between the words of a placeholder")
status("## DONE\n\n[ ]D7", "NOT-DONE", "an open box, even without a blank after it")
status("## DONE\nnot yet\n---", "NOT-DONE", "a placeholder over a line of dashes")
status("## DONE\nevidence\n---\nnot yet", "NOT-DONE", "a heading by underline is no body")
status("## DONE\nevidence\n---\nall", "DONE", "a heading by underline is no body")
status("## DONE \ufe0f", "NOT-DONE", "a sign that is not seen is no check mark")
status("## DONE \u2714\ufe0f", "DONE", "but may follow one")

# ---- vetoes
veto("VETO leak\n\n## veto LIFTED", 1, "lifting is as strict as a PASS: upper case")
veto("## veto LIFTED", 1, "a lifting that does not count, and nothing above it to lift: a doubt, so it stands for a VETO")
for lift in ["VETO LIFTED?", "VETO LIFTED if green", "- [ ] VETO LIFTED", "VETO LIFTED (provisionally)", "VETO LIFTED {draft}"]:
    veto(lift, 1, "a lifting that does not count, and nothing above it to lift")
    veto("VETO leak\n" + lift, 1, "a lifting that does not count is no second VETO")
    veto("VETO leak\n" + lift + "\nVETO LIFTED", 0, "the one below it counts")
veto("VETO LIFTED\nVETO LIFTED?", 1, "something is left to lift")

print(json.dumps({"now": "2026-05-28T12:00:00Z", "window_s": 86400, "skew_s": 120, "max_bytes": 8388608, "criteria": IDS}))
for v in vectors:
    print(json.dumps(v, ensure_ascii=False))
