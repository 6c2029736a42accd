#!/usr/bin/env python3
"""More vectors of the protocol, written from its text, rule by rule, most of them with a near miss beside them.

    more.py > more.jsonl     after a change here; tests/cases/vectors.sh sees that the two agree

The format is protocol.jsonl's. This file is the readable form: each call is one vector, `why` names the rule.
"""
import base64
import json

T = "2026-05-28T10:00:00Z"
IDS = ["D%d" % i for i in range(1, 11)]
vectors = []


def b64(x):
    return base64.b64encode(x if isinstance(x, bytes) else x.encode()).decode()


def add(prefix, **rest):
    number = sum(1 for v in vectors if v["id"].startswith(prefix)) + 1
    vectors.append({"id": "%s%03d" % (prefix, number), **rest})


def review(text, want, why, criterion="D3"):
    add("MR", kind="review", criterion=criterion, file_b64=b64(text), want=want, why=why)


def status(text, want, why):
    add("MS", kind="status", file_b64=b64(text), want=want, why=why)


def veto(text, want, why):
    add("MV", kind="veto", file_b64=b64(text), want=want, why=why)


GOOD = "".join("%s: PASS @2026-05-28T%02d:00:00Z — cold run\n" % (d, i) for i, d in enumerate(IDS, 1))


def decision(want, why, status="## DONE\n", review=GOOD):
    add("MQ", kind="decision", status_b64=b64(status), review_b64=b64(review), want=want, why=why)


def keep(tail, why):
    """A review that is all PASS, and then this."""
    decision("KEEP-RUNNING", why, review=GOOD + tail)


def accept(tail, why):
    decision("ACCEPT", why, review=GOOD + tail)


def P(text):
    return text.replace("@T", "@" + T).replace("|T|", "| %s |" % T)


# ---- reading a file: what is refused, bytes, lines -----------------------------------------------------------------

PASS = "D3: PASS @%s\n" % T
review(b"\xff\xfe" + PASS.encode("utf-16-le"), "REFUSED", "UTF-16, little endian")
review(b"\xfe\xff" + PASS.encode("utf-16-be"), "REFUSED", "UTF-16, big endian")
review(b"\xff\xfe\0\0" + PASS.encode("utf-32-le"), "REFUSED", "UTF-32 begins with the mark of UTF-16")
review(b"\0" + PASS.encode(), "REFUSED", "a NUL byte at the very beginning")
review(PASS.encode() + b"x\0y\n", "REFUSED", "a NUL byte within a line")
review(b"```\n\0\n```\n" + PASS.encode(), "REFUSED", "a NUL byte in dead text")
review(PASS.encode() + b"\\0 \xe2\x90\x80\n", "PASS", "the picture of a NUL is none")
status(b"\xff\xfe#\0#\0", "REFUSED", "UTF-16, little endian")
status(b"## DONE\n\nx\0", "REFUSED", "a NUL byte behind the marker")
review("\ufeff" + PASS, "PASS", "one byte order mark is skipped")
review("\ufeff\ufeff" + PASS, "MISSING", "the second byte order mark stands before the id")
review("# R\n\ufeff" + PASS, "MISSING", "a byte order mark inside the file is a character")
status("\ufeff## DONE\n", "DONE", "one byte order mark is skipped")
status("\ufeff\ufeff## DONE\n", "NOT-DONE", "the second one is not")
status("## DONE\r\n", "DONE", "CR LF")
status("## DONE\r\r\n", "DONE", "one CR is dropped, the other is white space at the end")
status("## DO\rNE\r\n", "NOT-DONE", "a CR inside the word")
review("10%%\rD3: PASS @%s\n" % T, "MISSING", "a lone CR ends no line")
review("D3: PASS @%s\rD3: FAIL\n" % T, "PASS", "so what follows it is evidence")
review(b"D3: PASS @" + T.encode() + b" \xff\xfe caf\xe9\n", "PASS", "bytes that are no UTF-8 in the evidence: a warning")
review(b"\xffD3: PASS @" + T.encode() + b"\n", "MISSING", "a byte before the id")
review("D3: P\u0410SS @%s\n" % T, "MISSING", "a Cyrillic A")
review("\u0414" + "3: PASS @%s\n" % T, "MISSING", "another alphabet's D")
review("D3\u200b: PASS @%s\n" % T, "MISSING", "zero-width space behind the id")
review("\u200bD3: PASS @%s\n" % T, "MISSING", "zero-width space before the id")
review("D3:\u00a0PASS @%s\n" % T, "MISSING", "a no-break space is no blank")
review("D3: PA\u00adSS @%s\n" % T, "MISSING", "soft hyphen")
review("\uff243: PASS @%s\n" % T, "MISSING", "full-width letter")
status("##\u00a0DONE\n", "NOT-DONE", "a no-break space is no blank")
status("## DO\u200bNE\n", "NOT-DONE", "zero-width space")
status("## \uff24\uff2f\uff2e\uff25\n", "NOT-DONE", "full-width letters")
LONG = 65536
review(("D3: PASS @%s " % T).ljust(LONG, "x") + "\n", "PASS", "a line of exactly 64 KiB is read as others are")
review(("D3: PASS @%s " % T).ljust(LONG + 1, "x") + "\n", "MISSING", "one byte longer: dim")
review(PASS + ("D3: FAIL ").ljust(LONG + 1, "x") + "\n", "FAIL", "a FAIL counts in dim text")

# ---- dead text: fences ---------------------------------------------------------------------------------------------

for text, want, why in [
    ("   ```\nD3: PASS @T\n   ```\n", "MISSING", "a fence may be indented by three"),
    ("    ```\nD3: PASS @T\n    ```\n", "PASS", "four is indented code and opens nothing"),
    ("- x\n\n      ```\n      D3: PASS @T\n      ```\n", "MISSING", "in a list a fence may stand anywhere"),
    ("````\n```\nD3: PASS @T\n````\n", "MISSING", "a shorter fence closes nothing"),
    ("```\n~~~\nD3: PASS @T\n```\n", "MISSING", "nor does the other character"),
    ("```\n``` x\nD3: PASS @T\n```\n", "MISSING", "nor one with text behind it"),
    ("```\nx\n`````\nD3: PASS @T\n", "PASS", "a longer fence closes"),
    ("```\nx\n```  \t\nD3: PASS @T\n", "PASS", "blanks behind the closer are nothing"),
    ("```\nx\n   ```\nD3: PASS @T\n", "PASS", "the closer three further right"),
    ("```\nx\n    ```\nD3: PASS @T\n```\n", "MISSING", "four further right is content"),
    ("  ```\nx\n     ```\nD3: PASS @T\n", "PASS", "three more than the opener, wherever that stands"),
    ("   ```\nx\n```\nD3: PASS @T\n", "PASS", "the closer further left"),
    ("~~~ a`b\nD3: PASS @T\n~~~\n", "MISSING", "a tilde fence may have any text behind it"),
    ("``` a`b\n\nD3: PASS @T\n", "PASS", "a line with a third group of backticks is no fence in CommonMark"),
    ("```\nD3: PASS @T\n", "MISSING", "never closed: dim"),
    ("D3: PASS @T\n```\nD3: FAIL\n", "FAIL", "never closed: dim, a FAIL counts"),
    ("D3: PASS @T\n```\nD3: FAIL\n```\n", "PASS", "closed: dead"),
    ("```\nx\n```\nD3: PASS @T\n```\ny\n```\n", "PASS", "between two blocks it is live"),
    ("D3: PASS @T\n````\nD3: FAIL\n```\n", "FAIL", "closed by too short a fence is not closed"),
]:
    review(P(text), want, why)

# ---- dead text: the rest -------------------------------------------------------------------------------------------

for text, want, why in [
    ("text\n\n    D3: PASS @T\n", "MISSING", "indented code"),
    ("text\n\n\tD3: PASS @T\n", "MISSING", "indented by a tab"),
    ("text\n\n  \tD3: PASS @T\n", "MISSING", "two blanks and a tab make four columns"),
    ("   D3: PASS @T\n", "PASS", "three is no code"),
    ("- x\n\n    D3: PASS @T\n", "PASS", "in a list item it is none"),
    ("-\n\n    D3: PASS @T\n", "MISSING", "an item with nothing in it ends with the empty line"),
    ("-\n    D3: PASS @T\n", "PASS", "but not before"),
    ("D3: PASS @T\n\n    D3: FAIL\n", "PASS", "a FAIL in indented code is dead"),
    ("text\n    D3: FAIL\n", "FAIL", "a paragraph goes on: no code"),
    ("- `D3: PASS @T`\n", "MISSING", "a list item that is one code span"),
    ("b`\nD3: PASS @T\nc ` d ` e\n", "MISSING", "the first backtick of the third line closes the one of the first"),
    ("x `` y ` z\nD3: PASS @T\nw ` ``\n", "MISSING", "a run of two is closed by a run of two"),
    ("x ` y `` z\nD3: PASS @T\nw `` k `\n", "MISSING", "a run of one by a run of one"),
    ("x ` y\nD3: PASS @T\nw ``\n", "PASS", "and not by a run of two"),
    ("x ` y\n\nD3: PASS @T\nw `\n", "PASS", "not in another paragraph"),
    ("x \\` y\nD3: PASS @T\nw `\n", "PASS", "an escaped backtick begins none"),
    ("x ` y\nD3: PASS @T\nw \\`\n", "MISSING", "but ends one"),
    ("x \\`` y\nD3: PASS @T\nw `\n", "MISSING", "the rest of its run begins one"),
    ("x <!-- ` -->\nD3: PASS @T\nw `\n", "PASS", "one in a comment begins none"),
    ("x ` y\nD3: PASS @T\nw <!-- ` -->\n", "MISSING", "but ends one"),
    ("D3: PASS @T\nx `\n`D3: FAIL`\ny `\n", "FAIL", "whose backticks the line's are is a doubt"),
    ("a ` b ` c\nD3: PASS @T\nd ` e ` f\n", "PASS", "each is closed on its line"),
    ("``D3: PASS @T``\n", "MISSING", "two backticks"),
    ("D3: PASS @T\n`D3: FAIL`\n", "PASS", "a FAIL in such a line is dead"),
    ("`D3: PASS` @T\n", "MISSING", "no evidence of a whole verdict: the id is inside a span with other text"),
    ("`D3: FAIL` again\n", "FAIL", "but a FAIL is read loosely"),
    ("<!--\nD3: PASS @T\n-->\n", "MISSING", "a comment of several lines"),
    ("D3: PASS @T\n<!--\nD3: FAIL\n-->\n", "PASS", "a FAIL in a comment is dead"),
    ("D3: PASS @T <!-- checked -->\n", "PASS", "a comment behind the verdict"),
    ("D3: PASS @T <!-- \nD3: FAIL\n-->\n", "PASS", "what stands before the opener counts, what is inside does not"),
    ("<!-- a\n-->\n\nD3: FAIL\n", "FAIL", "behind the end of the comment"),
    ("<!-- x --\nD3: PASS @T\n-->\n", "MISSING", "two hyphens alone end nothing"),
    ("text <!-- x\nD3: PASS @T\n--> y\n", "MISSING", "a comment opens inside a paragraph"),
    ("The `<!--` opener.\n\nD3: PASS @T\n", "PASS", "in a code span it opens nothing"),
    ("a <! - - b\n\nD3: PASS @T\n", "PASS", "no opener"),
    ("<!-- x\nD3: PASS @T\n", "MISSING", "never closed: dim"),
    ("<script>\nD3: PASS @T\n</script>\n", "MISSING", "script"),
    ("<style>\nD3: PASS @T\n</style>\n", "MISSING", "style"),
    ("<textarea>\nD3: PASS @T\n</textarea>\n", "MISSING", "textarea"),
    ("<PRE class=x>\nD3: PASS @T\n</Pre>\n", "MISSING", "tags in any case, with attributes"),
    ("<pre>\n\nD3: PASS @T\n\n</pre>\n", "MISSING", "empty lines end no pre"),
    ("D3: PASS @T\n\n<pre>\nD3: FAIL\n</pre>\n", "PASS", "a FAIL in it is dead"),
    ("D3: PASS @T\n\n<pre>\nD3: FAIL\n", "FAIL", "never closed: dim"),
    ("<pre>x</pre>\n\nD3: PASS @T\n", "PASS", "closed on its line"),
    ("<div>\n\nD3: PASS @T\n\n</div>\n", "PASS", "other elements hide nothing"),
    (">D3: PASS @T\n", "MISSING", "a quote without a blank"),
    ("   > D3: PASS @T\n", "MISSING", "a quote indented by three"),
    ("> > D3: PASS @T\n", "MISSING", "a quote in a quote"),
    ("- > D3: PASS @T\n", "MISSING", "a quote in a list"),
    ("D3: PASS @T\n\n> D3: FAIL\n", "PASS", "a quoted FAIL is dead"),
    ("> said\nD3: PASS @T\n", "MISSING", "the quote's paragraph goes on"),
    ("> said\nD3: FAIL\n", "FAIL", "and yet hides no FAIL"),
    ("> said\n\nD3: PASS @T\n", "PASS", "an empty line ends the quote"),
    ("D3: PASS @T\n~~D3: FAIL~~\n", "PASS", "a struck FAIL is dead"),
    ("~~D3: PASS @T~~ D3: FAIL\n", "FAIL", "the rest of the line counts"),
    ("D3: ~~FAIL~~ PASS @T\n", "PASS", "the struck word is dead"),
    ("D3: ~~PASS @T~~\n", "MISSING", "struck behind the id"),
    ("---\nD3: PASS @T\n---\n", "MISSING", "front matter"),
    ("---\nD3: PASS @T\n...\n", "MISSING", "front matter closed by dots"),
    ("---\nx: 1\n---\nD3: PASS @T\n", "PASS", "below it"),
    ("\n---\nD3: FAIL\n---\n", "FAIL", "not in the first line: no front matter"),
    ("---\nD3: FAIL\n", "FAIL", "never closed: dim"),
    ("---\nD3: PASS @T\n", "MISSING", "never closed: dim"),
    ("<details>\nD3: FAIL\n</details>\n", "FAIL", "a folded FAIL counts"),
    ("<details open>\nD3: PASS @T\n</details>\n", "MISSING", "folded, with an attribute"),
    ("<DETAILS>\nD3: PASS @T\n</DETAILS>\n", "MISSING", "in any case"),
    ("<details>\n\n\\</details>\n\nD3: PASS @T\n\n</details>\n", "MISSING", "an escaped tag ends nothing"),
    ("<details>\n\nx `</details>` y\n\nD3: PASS @T\n\n</details>\n", "MISSING", "nor does one in a code span"),
    ("<details>\n\nx\n\\\\</details>\n\nD3: PASS @T\n", "PASS", "an escaped backslash, and a tag"),
    ("<details>\nx\n</details>\n\nD3: PASS @T\n", "PASS", "below it"),
    ("<details>\n<details>\n</details>\n\nD3: PASS @T\n\n</details>\n", "MISSING", "folded twice, unfolded once"),
    ("<details>\n\nD3: PASS @T\n", "MISSING", "never closed: dim"),
    ("D3: PASS @T\n<details>\nD3: PASS (draft) @T\n</details>\n", "PENDING", "a doubt in dim text counts"),
]:
    review(P(text), want, why)

for name in ["Example", "Examples", "Template", "Format", "Legend", "Grammar", "Syntax", "Line format", "Verdict format",
             "How to read this file"]:
    review(P("# R\n\n## %s\n\nD3: PASS @T\n" % name), "MISSING", "a section of examples: " + name)
for text, want, why in [
    ("## Format\n\nD3: PASS @T\n\n## Verdicts\n\nD3: PASS @T\n", "PASS", "the next heading of the level ends it"),
    ("### Format\n\nx\n\n## Verdicts\n\nD3: PASS @T\n", "PASS", "so does one above"),
    ("## Format\n\n### Of a line\n\nD3: PASS @T\n", "MISSING", "one below does not"),
    ("## Format\n\nD3: FAIL @2026-05-28T11:00:00Z\n\n## Verdicts\n\nD3: PASS @T\n", "PASS", "a FAIL in it is dead"),
    ("D1: PASS @T\n\n## Format\n\nD3: PASS @T\n", "MISSING", "below the first live verdict: dim"),
    ("D3: PASS @T\n\n## Format\n\nD3: FAIL\n", "FAIL", "below the first live verdict: dim, a FAIL counts"),
    ("## Format of the log\n\nD3: PASS @T\n", "PASS", "another title"),
    ("## Examples and verdicts\n\nD3: PASS @T\n", "PASS", "another title"),
    ("D1: FAIL\n\n## Verdict format\n\nD3: FAIL\n", "FAIL", "any verdict is a verdict"),
]:
    review(P(text), want, why)

# ---- the marker ----------------------------------------------------------------------------------------------------

for line in ["## DONE — 2026-05-27", "## DONE – 2026-05-27", "## DONE - 2026-05-27T10:00:00Z", "## DONE: 2026-05-27",
             "## DONE @2026-05-27T10:00:00Z", "## DONE @ 2026-05-27", "## DONE (2026-05-27)", "## DONE 2026-05-27",
             "## DONE (2026-05-27 10:00 UTC)", "## DONE (2026-05-27T10:00:00+02:00).", "## DONE!", "## DONE ##", "## DONE #",
             "##  DONE", "##\tDONE", "   ## DONE", "## __DONE__", "## **DONE** — 2026-05-27", "## DONE   ", "## DONE\t",
             "## DONE ✅", "## DONE 🎉", "## DONE — 2026-05-27 ✅🎉", "## DONE ✅✅", "## DONE. 2026-05-27", "## DONE —",
             "## DONE ✅ ##", "## DONE (2026-05-27)!"]:
    status(line + "\n", "DONE", "the marker's grammar")
for line in ["# DONE", "#### DONE", "## DONE#", "## *DONE*", "## _DONE_", "## DONE...", "## DONE?", "## DONE — tomorrow",
             "## DONE — 2026-13-01", "## DONE — 2026-02-30", "## DONE — 27.05.2026", "## DONE — 2026-05-27T10:00:00",
             "## DONE — 2026-05-27 10:00 BST", "## ~~DONE~~", "DONE", "**DONE**", "## DONENESS", "## DONE-ish", "## ALL DONE",
             "## DONE (all)", "## DONE D7", "## DONE, 2026-05-27", "## DONE 2026-05-27 2026-05-28", "## DONE ✅ ok",
             "## DONE so far", "## DONE 90%", "1. ## DONE", "* ## DONE", "| ## DONE |", "## \"DONE\"", "## D O N E",
             "## DONE ❌", "## DONE ✅ 🎉", "text ## DONE", "## ## DONE", "## DONE by noon", "## DONE — 10:00Z", "\t## DONE"]:
    status(line + "\n", "NOT-DONE", "outside of the marker's grammar")
for text, want, why in [
    ("DONE\n====\n", "NOT-DONE", "a heading by underline"),
    ("<details>\n\n## DONE\n\n</details>\n", "NOT-DONE", "folded"),
    ("```\nx\n\n## DONE\n", "NOT-DONE", "below a fence that is never closed"),
    ("<!-- x\n\n## DONE\n", "NOT-DONE", "below a comment that is never closed"),
    ("<pre>\n## DONE\n", "NOT-DONE", "below a pre that is never closed"),
    ("## Template\n\n## DONE\n", "DONE", "the marker's heading ends a section of its level"),
    ("# Template\n\n## DONE\n", "NOT-DONE", "an example"),
    ("> said\n## DONE\n", "DONE", "a heading ends the quote's paragraph"),
    ("text\n## DONE\n", "DONE", "a heading needs no empty line"),
    ("- item\n## DONE\n", "DONE", "a heading ends the list"),
    ("- item\n\n  ## DONE\n", "NOT-DONE", "inside a list item"),
    ("## DONE\n\n## DONE\n", "DONE", "said twice"),
    ("---\na: b\n---\n## DONE\n", "DONE", "below front matter"),
    ("```\nx\n```\n## DONE\n", "DONE", "below a fence that is closed"),
    ("D3: FAIL\n\n## DONE\n", "DONE", "verdicts in STATUS.md are not read"),
]:
    status(text, want, why)

for text, want, why in [
    ("| D3 | PASS |T| a \\| FAIL |\n", "PASS", "an escaped bar separates nothing"),
    ("| D3 | PASS |T| a | FAIL |\n", "FAIL", "a bar does"),
    ("| D3 | x \\| PASS |T|\n", "MISSING", "nor does the PASS behind it begin a cell"),
]:
    review(P(text), want, why)

# ---- the body rule -------------------------------------------------------------------------------------------------

for body in ["not yet", "no", "none so far", "n/a", "pending D7", "tbd", "todo: all", "to be written", "when all pass",
             "once D7 is verified", "after the review", "until then empty", "will be written", "written only at the end",
             "written here only at the end", "only when all pass", "waiting for D7", "awaiting D7", "blocked by D7",
             "in progress", "wip", "placeholder", "reserved", "builder writes this", "write here", "add the date",
             "<builder fills>", "... later", "… later", "[ ] D7", "[to fill]", "- [ ] D7", "Not yet", "TODO", "WIP:",
             "**Pending**", "_None yet_", "- none", "* pending", "1. pending", "(not yet)", "Blocked.", "To be done"]:
    status("## DONE\n\n%s\n" % body, "NOT-DONE", "a body that says it is a template")
for body in ["All criteria pass.", "Verified; not one is missing", "< 5 ms each", "[x] all", "- [x] D7 verified",
             "[REVIEW](REVIEW.md) says so", "Every criterion is verified, none is pending", ".. x", "D1 to D10 pass",
             "<5 ms each", "2026-05-27", "Finished when D7 passed"]:
    status("## DONE\n\n%s\n" % body, "DONE", "a body that says nothing of the kind")
for text, want, why in [
    ("## DONE\n\n### Notes\n\nnot yet\n", "NOT-DONE", "headings are no body"),
    ("## DONE\n\n## Next\n\npending: nothing\n", "NOT-DONE", "wherever the next line stands"),
    ("## DONE\n\n<!-- not yet -->\n\nAll pass.\n", "DONE", "a comment is no live line"),
    ("## DONE\n\n> not yet\n\nAll pass.\n", "DONE", "a quotation is no live line"),
    ("## DONE\n\n```\npending\n```\n\nAll pass.\n", "DONE", "code is no live line"),
    ("## DONE\n\n```\nAll pass\n```\n\npending\n", "NOT-DONE", "the body stands below the code"),
    ("## DONE\n\nAll pass.\n\npending elsewhere\n", "DONE", "only the first line is the body"),
    ("## DONE\n\nnot yet\n\n## DONE\n\nAll pass.\n", "DONE", "the template stayed, and the marker was written"),
    ("## DONE\n\n<!-- All pass -->\n", "DONE", "no body"),
    ("## DONE\n\n\n\n", "DONE", "no body"),
    ("## DONE — 2026-05-27\n\npending\n", "NOT-DONE", "the rule holds with a date, too"),
]:
    status(text, want, why)
for head in ["NOT DONE", "NOT YET DONE", "NOT ALL IS DONE", "UNDONE", "REOPENED", "RE-OPENED", "REOPENED — D7", "DONE retracted",
             "DONE withdrawn", "DONE revoked", "UNDONE since D7", "DONE retracted: D7"]:
    status("## DONE\n\nok\n\n## %s\n" % head, "NOT-DONE", "a contradiction wins")
for text, want, why in [
    ("## NOT DONE\n\nx\n\n## DONE\n\nok\n", "NOT-DONE", "wherever it stands"),
    ("## DONE\n\nok\n\n### NOT DONE\n", "DONE", "of another level"),
    ("## DONE\n\nok\n\nNOT DONE\n", "DONE", "no heading"),
    ("## DONE\n\nok\n\n> ## NOT DONE\n", "DONE", "quoted"),
    ("## DONE\n\nok\n\n```\n## REOPENED\n```\n", "DONE", "code"),
    ("## DONE\n\nok\n\n<!-- ## UNDONE -->\n", "DONE", "comment"),
    ("## DONE\n\nok\n\n## What was REOPENED\n", "DONE", "not at the beginning"),
    ("## DONE\n\nok\n\n## NOT in scope\n", "DONE", "no DONE in it"),
]:
    status(text, want, why)

for body, want, why in [
    ("<!-- Builder: replace this --> not yet", "NOT-DONE", "what the comment leaves of the line is dim, and begins with a placeholder"),
    ("<!-- Builder: replace\nthis --> not yet", "NOT-DONE", "so it is below a comment of several lines"),
    ("- <!-- replace --> not yet", "NOT-DONE", "behind a list mark"),
    ("<!-- replaced --> D7 last", "DONE", "dim, and no placeholder"),
    ("Evidence\n========\n\nnot yet", "NOT-DONE", "the line under a heading's text is no body"),
    ("Evidence\n========\n\nall", "DONE", "the body stands below"),
    ("Evidence of\nthe run\n---\n\nnot yet", "NOT-DONE", "a heading of two lines is no body"),
    ("===\n\nnot yet", "NOT-DONE", "nor is a line of = alone"),
    ("- \n- not yet", "NOT-DONE", "an empty item is no body"),
    ("*\n* not yet", "NOT-DONE", "an empty item is no body"),
    ("1.\n2. not yet", "NOT-DONE", "an empty item is no body"),
    ("-\n\nall", "DONE", "the body stands below"),
    ("**`pending`**", "NOT-DONE", "a placeholder in a code span with emphasis is dim"),
    ("- `pending`", "NOT-DONE", "a placeholder in a code span of an item is dim"),
    ("`pending\nreview`", "NOT-DONE", "a code span over two lines is dim"),
    ("- `make check`\n- all", "DONE", "dim, and no placeholder"),
    ("### examples\n\nnot yet", "NOT-DONE", "a section of examples by another spelling is dim"),
    ("<details>\n<summary>log</summary>\n\nall\n\n</details>", "DONE", "what folds is no placeholder"),
    ("<details>\n\nnot yet\n\n</details>", "NOT-DONE", "a folded placeholder"),
    ("> q\nnot yet", "NOT-DONE", "a placeholder that goes on with a quotation is dim"),
]:
    status("## DONE\n\n%s\n" % body, want, why)
for tail in ["```\nx\n\nNOT DONE\n---", "```\nx\n\n- ## NOT DONE", "<!-- x\n\nNOT DONE\n---", "<pre>\n- ## REOPENED", "<pre>\nUNDONE\n---", "NOT yet\nDONE\n---",
             "NOT DONE because\nof x\n---", "DONE\nretracted\n---", "- NOT DONE\n  ---", "x <pre>\nNOT DONE\n---", "NOT\nall is\nDONE\n-"]:
    status("## DONE\n\nok\n\n%s\n" % tail, "NOT-DONE", "a heading in doubt takes it back")
for tail in ["```\nNOT DONE\n---\n```", "NOT yet\nDONE\n===", "NOT DONE\n\n---", "Much is\nNOT DONE\n---", "```\nx\n\nNOT DONE\n===", "```\nx\n\n- # NOT DONE"]:
    status("## DONE\n\nok\n\n%s\n" % tail, "DONE", "that is no such heading")

# ---- verdicts: the forms -------------------------------------------------------------------------------------------

for text in ["D3: PASS @T sha=1a2b3c4 — cold run", "## D3 — title: PASS @T", "- [x] **D3** — title. PASS @T",
             "| D3 | PASS |T| evidence |", "1. D3: PASS @T", "[D3](#d3): PASS @T", "D3 PASS 2026-05-28T10:00:00Z",
             "* D3: PASS @T", "+ D3: PASS @T", "12) D3: PASS @T", "- [X] D3: PASS @T", "# D3: PASS @T", "###### D3: PASS @T",
             "**D3**: PASS @T", "**D3: PASS @T**", "__D3__: PASS @T", "*D3*: PASS @T", "D3: **PASS** @T", "D3: _PASS_ @T",
             "D3: PASSED @T", "D3:PASS @T", "D3 — title; PASS @T", "D3 = PASS @T", "D3 → PASS @T", "D3 -> PASS @T",
             "D3 (PASS @T)", "D3. PASS @T", "D3 - PASS @T", "D3 | PASS @T", "D3 – PASS @T", "D3: cold run. PASS @T",
             "D3: PASS (6/6) @T", "D3: PASS (6/6) [cold] @T", "D3: PASS 2026-05-28T10:00:00Z",
             "D3:\tPASS\t@T", "- D3: PASS @T", "D3: PASS @ 2026-05-28T10:00:00Z", "| **D3** | **PASS** |T|",
             "| D3 |T| PASS |", "| D3 | evidence | PASS |T|", "| D3 | PASS | PASS |T|", "| D3 | no leaks | PASS |T|",
             "| D3 | PASS | 2026-05-28T10:00:00Z", "| `D3` | PASS |T|", "| [D3](#d3) | PASS |T|", "D3 — no leaks — PASS @T", "D3: not bad: PASS @T",
             "D3 — PASS @T", "D3: PASS @T.", "D3: PASS @T; all good", "D3: PASS @T — FAILED before",
             "D3: PASS @T, was FAIL before", "D3: PASS @T — provisional no more", "D3: PASS @T cold (provisional run)",
             "D3: PASS (specific) @T", "D3: PASS (shoulder) @T", "D3: PASS (avoids swap) @T", "D3: PASS @T (6/6)"]:
    review(P(text) + "\n", "PASS", "a form that is read")
for text, why in [
    ("D03: PASS @T", "leading zero"), ("d3: PASS @T", "case"), ("WD3: PASS @T", "another id"), ("D3.2: PASS @T", "a part"),
    ("D3-v2: PASS @T", "another id"), ("D30: PASS @T", "another id"), ("D 3: PASS @T", "no id"), ("D3a: PASS @T", "another id"),
    ("D3_1: PASS @T", "another id"), ("D3-PASS @T", "a hyphen without blanks is no separator"),
    ("D3.PASS @T", "a full stop without a blank is no separator"), ("D3 title PASS @T", "a word before it, no separator"),
    ("D3: all good PASS @T", "a word before it, no separator"), ("D3, PASS @T", "a comma is no separator"),
    ("D3: pass @T", "case"), ("D3: Passed @T", "case"), ("D3: PASSES @T", "another word"), ("D3: PASS-ish @T", "joined"),
    ("D3: PASSFAIL @T", "another word"), ("D3: OK @T", "another word"), ("D3: ✅ @T", "a tick is nothing"),
    ("D3: ✅ ok @T", "a tick is nothing"), ("PASS: D3 @T", "the id comes first"), ("PASS D3 @T", "the id comes first"),
    ("See D3: PASS @T", "prose"), ("\"D3: PASS @T\"", "a quotation mark is no mark"), ("(D3: PASS @T)", "a bracket is no mark"),
    ("| x | D3 | PASS |T|", "the id is in the first cell"), ("| D3 and more | x |T|", "no word"),
    ("\\D3: PASS @T", "a backslash is no mark"), ("D1–D3: PASS @T", "a range"), ("D3–D5: PASS @T", "a range"),
    ("D3-D5: PASS @T", "a range"), ("D1, D3: PASS @T", "a list"), ("D3, D1: PASS @T", "a list"),
    ("D1 and D3: PASS @T", "a list"), ("D3 and D1: PASS @T", "a list"), ("D3.1: PASS @T", "a part"), ("D3:", "no word"),
    ("D3", "the id alone"), ("D3: verified @T", "no word"), ("@T D3: PASS", "the id comes first"),
    ("D3: by 2026-05-29T00:00:00Z: expect PASS", "a word before it, no separator"),
]:
    review(P(text) + "\n", "MISSING", why)

# ---- verdicts: the words -------------------------------------------------------------------------------------------

for word in ["FAIL", "FAILED", "FAILURE", "REJECT", "REJECTED", "REOPENED", "REVOKED", "WITHDRAWN", "REGRESSED", "BROKEN",
             "BLOCKED", "VETO", "VETOED", "❌", "✗", "✘"]:
    review(P(PASS + "D3: %s @2026-05-28T11:00:00Z\n" % word), "FAIL", "a word of FAIL")
for word in ["PENDING", "CLAIMED", "UNVERIFIED", "PARTIAL", "TODO", "TBD", "SKIP", "SKIPPED", "UNTESTED", "STALE", "N/A",
             "INCONCLUSIVE", "CONDITIONAL", "PROVISIONAL", "UNKNOWN", "WIP"]:
    review(P(PASS + "D3: %s @2026-05-28T11:00:00Z\n" % word), "PENDING", "a word of PENDING")
for text in ["D3: failed on a cold clone", "D3: Broken", "D3 regressed", "D3: reopened by me", "D3: Revoked", "D3: rejected",
             "D3: Fail", "D3: cold run FAIL @T", "D3 — title: FAIL", "- [x] D3: FAIL", "- [ ] D3: FAIL", "## D3 — title: FAIL",
             "| D3 | FAIL |T|", "| D3 |T| FAIL |", "| D3 | PASS | FAIL |T|", "D3: FAIL then PASS @T", "D3: PASS, was FAIL @T",
             "D3: FAIL → PASS @T", "D3 FAIL", "D3 FAIL @T", "D3: FAIL @2026-05-28T25:00:00Z", "D3-D5: FAIL", "D1–D10: FAIL",
             "D1, D3: FAIL", "D3, D9: FAIL @T", "D1 and D3: FAIL", "D3 and D4: FAIL", "D3.1: FAIL", "D3.2: FAILED @T",
             "D3: ❌ PASS @T", "**D3**: FAIL", "[D3](#d3): FAIL", "1. D3: FAIL", "D3: not FAIL @T", "`D3`: FAIL"]:
    review(P(PASS.replace("10:00", "09:00") + text + "\n"), "FAIL", "FAIL is read loosely")
for text, criterion, want, why in [
    ("D3-D5: FAIL\n", "D5", "FAIL", "the end of a range"), ("D3-D5: FAIL\n", "D6", "MISSING", "beyond a range"),
    ("D3-D5: FAIL\n", "D2", "MISSING", "before a range"), ("D1 and D3: FAIL\n", "D1", "FAIL", "the first of a list"),
    ("D1, D3: FAIL\n", "D2", "MISSING", "a list is no range"), ("D1: FAIL\n", "D10", "MISSING", "D1 is not D10"),
    ("D10: FAIL\n", "D1", "MISSING", "D10 is not D1"), ("D11: FAIL\n", "D1", "MISSING", "an unknown id"),
    ("D10: PASS @T\n", "D1", "MISSING", "D10 is not D1"), ("D9–D10: FAIL\n", "D10", "FAIL", "a range up to D10"),
    ("WD3: FAIL\n", "D3", "MISSING", "another id"), ("D3-v2: FAIL\n", "D3", "MISSING", "another id"),
]:
    review(P(text), want, why, criterion)

for hedge in ["provisional", "provisionally", "partial", "partially", "pending", "conditional", "conditionally", "tentative",
              "tentatively", "except n8n", "unless", "mostly", "interim", "expected", "should hold", "would hold", "todo", "tbd",
              "once merged", "until noon", "draft", "unverified", "assumed", "presumably", "awaiting CI", "waived", "not yet",
              "if green", "?", "Provisional", "IF green"]:
    review(P("D3: PASS (%s) @T\n" % hedge), "PENDING", "a hedge in the bracket")
for text in ["D3: PASS provisionally @T", "D3: PASS except n8n @T", "D3: PASS if green @T", "D3: PASS — awaiting CI @T",
             "D3: PASS, mostly, @T", "D3: PASS? @T", "D3: PASS @T (provisional)", "D3: PASS @T (if green)", "D3: PASS @T [draft]",
             "| D3 | PASS (provisional) |T|", "D3: PASS not yet @T",
             "- [ ] D3: PASS @T", "* [ ] D3: PASS @T", "[ ] D3: PASS @T", "1. [ ] D3: PASS @T", "## [ ] D3: PASS @T",
             "D3: not PASS @T", "D3: no PASS @T", "D3: never PASS @T", "D3: without PASS @T", "D3: cannot PASS @T",
             "D3: can't PASS @T", "D3: isn't PASS @T", "D3: wasn't PASS @T", "D3: non PASS @T", "D3: nor PASS @T",
             "D3: neither PASS @T", "D3: Not PASS @T", "D3: this is not a PASS @T", "| D3 | NOT PASS |T|", "D3 NOT PASS @T",
             "D3: PASS PENDING @T", "| D3 | PASS | PENDING |T|", "| D3 | [ ] | PASS |T|", "| D3 | PASS | N/A |T|"]:
    review(P(PASS + text.replace("@T", "@2026-05-28T11:00:00Z") + "\n"), "PENDING", "a PASS that is hedged or negated")

# ---- taken back in words -------------------------------------------------------------------------------------------

for text in ["D3 no longer passes", "D3 broke on arm64", "D3: withdrawing this", "D3 retracted", "D3: I revoke it",
             "D3 reopening", "D3: regression found", "D3: rejects valid input", "D3: this fails on arm64", "D3 works not any more",
             "D3 holds anymore, it seems", "D3 never worked", "D3 cannot be reproduced", "D3 does not start", "D3 doesn't start",
             "D3 is not green", "D3 isn't green", "D3 was not right", "D3 wasn't right", "D3 has not been run", "D3 hasn't been run",
             "D3 can not start", "D3 can't start", "D3: they do not agree", "D3: they don't agree", "D3: No Longer green",
             "D3 NO LONGER green", "- D3 no longer passes", "## D3 no longer passes", "D3 no longer passes @T",
             "D3: PASS withdrawn @T", "D3: PASS retracted @T", "D3: PASS revoked @T", "D3: PASS reopened @T",
             "D3: PASS regressed @T", "D3: PASS invalidated @T", "D3: PASS void @T", "D3: PASS no longer @T", "D3: PASS anymore @T",
             "D3: PASS any more @T", "D3: PASS (no regressions) @T", "| D3 | no longer passes |T|"]:
    review(P(PASS.replace("10:00", "09:00") + text + "\n"), "PENDING", "taken back in words")
for text, why in [
    ("D3: looked again @2026-05-28T11:00:00Z — no longer flaky", "behind the time it is evidence"),
    ("The old D3 no longer applies", "the id comes first"), ("D4 no longer passes", "another id"),
    ("D33 no longer passes", "another id"), ("D3: still green", "nothing is taken back"),
    ("D3: PASS @T — 0 regressions", "behind the time it is evidence"), ("> D3 no longer passes", "quoted"),
    ("D3: notes on the run", "'not' inside a word"), ("~~D3 no longer passes~~", "struck"),
]:
    review(P(PASS.replace("10:00", "09:00") + text + "\n"), "PASS", why)

# ---- supersession --------------------------------------------------------------------------------------------------


def ledger(*facts):
    """("PASS", 9) -> `D3: PASS @2026-05-28T09:00:00Z`; None = undated."""
    return "".join("D3: %s%s\n" % (w, "" if h is None else " @2026-05-28T%02d:00:00Z" % h) for w, h in facts)


for facts, want, why in [
    ([("PASS", 9), ("FAIL", 8)], "FAIL", "later in the file, though earlier by time"),
    ([("PASS", 9), ("FAIL", 10)], "FAIL", "later by both"),
    ([("FAIL", 10), ("PASS", 9)], "FAIL", "later by time, though earlier in the file"),
    ([("FAIL", 9), ("PASS", 9)], "FAIL", "the same time is not earlier"),
    ([("FAIL", 8), ("PASS", 9)], "PASS", "cleared by both"),
    ([("PENDING", 8), ("PASS", 9)], "PASS", "cleared by both"),
    ([("PENDING", 10), ("PASS", 9)], "PENDING", "later by time"),
    ([("PASS", 9), ("PENDING", 8)], "PENDING", "later in the file"),
    ([("PASS", 9), ("PENDING", None)], "PENDING", "undated: by its place"),
    ([("PASS", 9), ("FAIL", None)], "FAIL", "undated: by its place"),
    ([("FAIL", None), ("PASS", 9)], "PASS", "undated: by its place"),
    ([("FAIL", 8), ("PASS", 9), ("FAIL", 7)], "FAIL", "the last one stands"),
    ([("FAIL", 8), ("PASS", 9), ("FAIL", 7), ("PASS", 10)], "PASS", "and is cleared again"),
    ([("FAIL", 11), ("PASS", 9), ("PASS", 10)], "FAIL", "neither clears it"),
    ([("PASS", 11), ("FAIL", 8), ("PASS", 9)], "PASS", "the second clears it"),
    ([("FAIL", 8), ("PASS", None)], "FAIL", "an undated PASS clears nothing"),
    ([("PASS", 9), ("PASS", None)], "PASS", "and voids nothing"),
    ([("PASS", None)], "UNDATED", "an undated PASS alone"),
    ([("PASS", None), ("FAIL", None)], "FAIL", "both undated: FAIL"),
    ([("FAIL", None), ("PASS", None)], "FAIL", "an undated PASS clears nothing"),
    ([("PASS", 9), ("PASS", 10)], "PASS", "two of them"),
    ([("FAIL", 11), ("PASS", 13)], "FUTURE", "it clears, but is dated ahead"),
    ([("FAIL", 13), ("PASS", 10)], "FAIL", "a FAIL ahead of the clock counts from now"),
]:
    review(ledger(*facts), want, why)
for text, want, why in [
    ("D3: FAIL @2030-01-01T00:00:00Z\nD3: PASS @2026-05-28T12:01:00Z\n", "FAIL", "both count from now: not earlier"),
    ("D3: FAIL @2025-01-01T00:00:00Z\nD3: PASS @T\n", "PASS", "an old FAIL is cleared"),
    ("D3: PASS @T\nD3: PASS @2026-05-20T10:00:00Z\n", "PASS", "a stale PASS takes nothing back"),
    ("D3: PASS @2026-05-20T10:00:00Z\nD3: PASS @T\n", "PASS", "renewed"),
    ("D3: FAIL @2026-05-20T11:00:00Z\nD3: PASS @2026-05-20T12:00:00Z\n", "STALE", "cleared, and too old"),
    ("D3: FAIL @2026-05-28T09:00:00Z\nD3: PASS @2026-05-28T10:00:00+02:00\n", "FAIL", "times are compared, not texts"),
    ("D3: FAIL @2026-05-28T10:00:00+02:00\nD3: PASS @2026-05-28T09:00:00Z\n", "PASS", "times are compared, not texts"),
    ("D3: FAIL @2026-05-28\nD3: PASS @2026-05-28T00:00:01Z\n", "PASS", "a date is the first second of its day"),
    ("D3: FAIL @2026-05-28T00:00:00Z\nD3: PASS @2026-05-28\n", "FAIL", "a date is the first second of its day"),
    ("D3: FAIL @2026-05-28T11:00:00\nD3: PASS @T\n", "PASS", "a FAIL without a zone is undated: by its place"),
    ("D3.1: FAIL @2026-05-28T09:00:00Z\nD3: PASS @T\n", "PASS", "the part's FAIL is cleared"),
    ("D3.1: FAIL\nD3.1: PASS @T\n", "FAIL", "the part's PASS clears nothing"),
    ("D1–D10: FAIL @2026-05-28T09:00:00Z\nD3: PASS @T\n", "PASS", "the range's FAIL is cleared"),
    ("D3: FAIL @2026-05-28T09:00:00Z\nD1–D10: PASS @T\n", "FAIL", "the range's PASS clears nothing"),
    ("D3: FAIL\n> D3: PASS @T\n", "FAIL", "a quoted PASS clears nothing"),
    ("D3: FAIL\n<details>\nD3: PASS @T\n</details>\n", "FAIL", "a folded PASS clears nothing"),
]:
    review(P(text), want, why)

# ---- times ---------------------------------------------------------------------------------------------------------

for time, want, why in [
    ("2026-05-28T10:00Z", "PASS", "no seconds"), ("2026-05-28 10:00Z", "PASS", "a blank"), ("2026-05-28t10:00:00z", "PASS", "case"),
    ("2026-05-28 10:00:00 GMT", "PASS", "GMT"), ("2026-05-28T10:00:00UTC", "PASS", "UTC"), ("2026-05-28T10:00 utc", "PASS", "case"),
    ("2026-05-28T10:00:00+0200", "PASS", "an offset without colon"), ("2026-05-28T10:00:00+02", "PASS", "an offset of hours"),
    ("2026-05-28T04:30:00-05:30", "PASS", "west"), ("2026-05-28T10:00:00.5Z", "PASS", "a fraction"),
    ("2026-05-28T10:00:00.123456789Z", "PASS", "a fraction"), ("2026-05-28T10:00:60Z", "PASS", "a leap second"),
    ("2026-05-28T10:00:61Z", "UNDATED", "no such second"), ("2026-05-28T10:60:00Z", "UNDATED", "no such minute"),
    ("2026-05-27T23:59:59Z", "PASS", "hour 23"), ("2026-05-28T10:00:00+14:59", "PASS", "the largest offset"),
    ("2026-05-28T10:00:00+15:00", "UNDATED", "beyond the largest offset"), ("2026-05-28T10:00:00+02:60", "UNDATED", "no minute"),
    ("2019-12-31T23:59:59Z", "UNDATED", "before 2020"), ("2020-01-01T00:00:00Z", "STALE", "2020"),
    ("2100-12-31T00:00:00Z", "FUTURE", "2100"), ("2101-01-01T00:00:00Z", "UNDATED", "after 2100"),
    ("2024-02-29T10:00:00Z", "STALE", "a leap day"), ("2025-02-29T10:00:00Z", "UNDATED", "no leap year"),
    ("2100-02-29T10:00:00Z", "UNDATED", "no leap year"), ("2026-13-01T10:00:00Z", "UNDATED", "month 13"),
    ("2026-00-10T10:00:00Z", "UNDATED", "month 0"), ("2026-05-00T10:00:00Z", "UNDATED", "day 0"),
    ("2026-04-31T10:00:00Z", "UNDATED", "no such day"), ("2026-05-32T10:00:00Z", "UNDATED", "no such day"),
    ("2026-05-28T10:00:00", "UNDATED", "no zone"), ("2026-05-28 10:00", "UNDATED", "no zone"), ("10:00:00Z", "UNDATED", "no date"),
    ("28.05.2026 10:00Z", "UNDATED", "another form"), ("05/28/2026 10:00Z", "UNDATED", "another form"),
    ("28 May 2026 10:00 UTC", "UNDATED", "another form"), ("2026-5-28T10:00:00Z", "UNDATED", "one digit"),
    ("2026/05/28T10:00:00Z", "UNDATED", "another form"), ("20260528T100000Z", "UNDATED", "another form"),
    ("2026-05-28T10:00:00 CET", "UNDATED", "a named zone"), ("2026-05-28T10:00:00 EST", "UNDATED", "a named zone"),
    ("2026-05-28", "PASS", "a date alone, today"), ("2026-05-27", "STALE", "a date alone, yesterday: its first second"),
    ("2026-05-29", "FUTURE", "a date alone, tomorrow"), ("2026-05-28T12:00:00Z", "PASS", "now"),
    ("2026-05-28T12:02:00Z", "PASS", "exactly the skew"), ("2026-05-28T12:02:01Z", "FUTURE", "a second more"),
    ("2026-05-27T14:00:00+02:00", "PASS", "exactly the window, with an offset"),
    ("2026-05-27T13:59:59+02:00", "STALE", "a second older"), ("2026-05-28T14:02:00+02:00", "PASS", "the skew, with an offset"),
    ("2026-05-28T14:02:01+02:00", "FUTURE", "a second more"), ("2026-05-28T10:00:00ZZ", "UNDATED", "no zone of that name"),
    ("yesterday", "UNDATED", "a word"), ("1716890400", "UNDATED", "seconds since 1970"),
    ("2026-05-27T12:00:00-00:00", "PASS", "an offset of nothing"), ("2026-06-01T00:00:00Z", "FUTURE", "days ahead"),
]:
    review("D3: PASS @%s\n" % time, want, why)

# ---- VETO ----------------------------------------------------------------------------------------------------------

for text in ["VETO", "VETO: leak", "VETO leak", "- VETO leak", "* [ ] VETO leak", "- [x] VETO: leak", "**VETO** leak", "**VETO: leak**",
             "1. VETO leak", "# VETO leak", "###### veto leak", "## Veto: leak", "## **VETO** leak", "VETO — leak", "VETO, leak",
             "## VETO @2026-05-28T10:00:00Z leak", "<details>\nVETO leak\n</details>", "```\nVETO leak", "<!-- x\nVETO leak",
             "## VETO\n\n- leak", "## VETO\n\nthe token leaks", "## Open VETOs\n\n- leak", "## Active VETOes\n\nleak",
             "## Standing VETO\n\nleak", "# Current VETOs\n\n1. leak", "   VETO leak", "VETO the leak is not resolved",
             "VETO: not lifted", "## VETO nothing works", "D1: PASS @2026-05-28T10:00:00Z\n\n## Format\n\nVETO leak",
             "> said\nVETO leak", "VETO leak\n\n> VETO LIFTED", "VETO leak\n\n```\nVETO LIFTED\n```", "VETO leak\n\n    VETO LIFTED",
             "VETO leak\n\n<details>\nVETO LIFTED\n</details>", "VETO leak\n\n<!-- VETO LIFTED -->", "VETO leak\n\n~~VETO LIFTED~~",
             "VETO leak\n\n`VETO LIFTED`", "VETO leak\n\nThe VETO LIFTED", "VETO leak\n\nLIFTED", "VETO leak\n\nVETO LIFTED\n\nVETO b",
             "VETO leak\n\n```\nVETO LIFTED", "~~VETO a~~\nVETO b"]:
    veto(text + "\n", 1, "a VETO that stands")
veto("VETO a\nVETO b\n", 2, "each counts")
veto("VETO a\n\n## VETO b\n\n- VETO c\n", 3, "each counts")
veto("VETO LIFTED\nVETO a\nVETO b\n", 2, "a lifting before them lifts nothing")
for text in ["", "Veto: leak", "veto leak", "We lifted the VETO yesterday", "The VETO stands", "NO VETO", "## NO VETO", "## No veto stands",
             "VETOX leak", "> VETO leak", "```\nVETO leak\n```", "    VETO leak", "`VETO leak`", "~~VETO leak~~", "<!-- VETO leak -->",
             "<pre>\nVETO leak\n</pre>", "## Format\n\nVETO leak", "- > VETO leak", "---\nVETO leak\n---",
             "## VETO\n\nnone", "## VETO\n\nno", "## VETO\n\nnil", "## VETO\n\nn/a", "## VETO\n\nNothing.", "## VETO\n\nempty",
             "## VETO\n\n-", "## VETO\n\n—", "## VETO — none", "VETO: nil", "VETO: n/a", "VETO: none.", "VETO — nothing", "VETO —",
             "## Open VETOs\n\nnone", "## Standing VETOs\n\n_None._", "## Open VETOs", "## Open VETOs\n\n## Next\n\ntext",
             "## Current VETO\n\n—", "## Active VETOes: none", "VETO leak\nVETO LIFTED", "VETO leak\nVETO CLEARED", "VETO leak\nVETO WITHDRAWN",
             "VETO leak\nVETO RESOLVED", "VETO leak\nVETO RETRACTED", "VETO a\nVETO b\nVETO LIFTED", "VETO leak\nVETO: LIFTED",
             "VETO leak\n## VETO LIFTED", "## VETO leak\n\n- VETO LIFTED @2026-05-28T11:00:00Z", "VETO leak\n**VETO LIFTED**",
             "VETO leak\nVETO — LIFTED — fixed", "VETO LIFTED", "VETO leak\n- [x] VETO LIFTED"]:
    veto(text + "\n", 0, "no VETO stands")
for text in ["VETO lifted", "VETO Lifted", "VETO NOT LIFTED", "VETO is LIFTED", "VETO LIFTED?", "- [ ] VETO LIFTED", "VETO LIFTEDX",
             "VETO UNRESOLVED", "VETO to be LIFTED", "veto LIFTED", "VETO REMOVED", "VETO leak LIFTED", "VETO FIXED", "VETO LIFT",
             "VETO LIFTED if green", "VETO LIFTED (provisionally)"]:
    keep("VETO leak\n\n%s\n" % text, "lifting is as strict as a PASS")

for text in ["VETO LIFTED-ish @T", "VETO LIFTED-not @T", "VETO LIFTED/no", "VETO LIFTED/RESOLVED", "VETO LIFTED.x", "VETO LIFTED+x", "VETO LIFTED\u200b @T",
             "VETO LIFTED\u00a0@T", "VETO LIFTED\u0301 @T", "VETO LIFTED\u2019 @T", "VETO LIFTED never @T", "VETO LIFTED not", "VETO LIFTED (not) @T",
             "VETO LIFTED: NOT @T", "VETO LIFTED **isn't** @T"]:
    veto(P("VETO leak\n\n%s\n" % text), 1, "joined to something else, or negated: lifts nothing")
for text in ["VETO LIFTED.", "VETO LIFTED, fixed", "VETO LIFTED\u2014fixed", "VETO LIFTED! @T", "VETO LIFTED @T \u2014 not in the log any more", "VETO LIFTED_ @T",
             "VETO LIFTED \u2705 @T", "VETO LIFTED as it is not in the log @T"]:
    veto(P("VETO leak\n\n%s\n" % text), 0, "nothing joined to it, no negation right behind it")

for text in ["## Open VETOs\n\nNone.\n\n- the token leaks", "## Open VETOs\n\nNone yet.\n- leak", "## VETO\n- none\n- leak", "## VETO\n\n- none\n- none\n- leak",
             "## Open VETOs\n\nNone.\n\n### May\n\n- leak", "## Open VETOs\n\nNone.\n\nSee below.\n\n1. leak", "VETO\nnone\n* [ ] leak",
             "## Open VETOs\n\nNone.\n\n<details>\n\n- leak\n</details>"]:
    veto(text + "\n", 1, "an item of a list fills it")
for text in ["Veto: the leak\nof the token\n---", "Veto\nthe leak\n---", "Open VETOs\nof May\n---", "```\nx\n\nVeto: leak\n---", "```\nx\n\n- ## Veto leak", "```\nx\n\nOpen VETOs\n---\n- x",
             "<!-- x\n\nVeto: leak\n===", "```\nx\n\n## Open VETOs\n\n- ## leak", "## Open VETOs\n\n- ## leak", "## Open VETOs\n\nleak one\nleak two\n---"]:
    veto(text + "\n", 1, "a heading in doubt stands, and ends no list")
for text in ["The Veto of\nMay\n---", "```\nVeto: leak\n---\n```", "Veto: leak\nmore\n\n---", "```\nx\n\nVeto: leak\n\n---"]:
    veto(text + "\n", 0, "that is no such heading")
for text, want, why in [
    ("## Format\n\nD3: FAIL\nD3: FAIL\n---\n\nD3: PASS @T\n", "MISSING", "lines above dashes end no section, but leave it in doubt"),
    ("## Format\n\nx\ny\n---\n\nD3: FAIL\n", "FAIL", "in doubt a FAIL counts"),
    ("## Format\n\nx\ny\n---\n\n## Verdicts\n\nD3: PASS @T\n", "PASS", "until the next heading"),
    ("D3: PASS @T\nD2: PASS @T\n---\n", "PASS", "a line above dashes is a line"),
    ("D2: PASS @T\nD3: PASS @T\n---\n", "PASS", "a line above dashes is a line"),
]:
    review(P(text), want, why)
for text in ["## Open VETOs\n\nNone.\n\nThe token leaks no more.", "## Open VETOs\n\nNone.\n\n- none", "## Open VETOs\n\nNone.\n\n- ", "## VETO\n\nnone\n\n## Next\n\n- leak",
             "VETO\nnone\n\n### Next\n\n- leak", "## Open VETOs\n\nNone.\n\n- D1: PASS @2026-05-28T10:00:00Z\n- cold run", "## VETO\n\nnone\n\n> - leak",
             "## Open VETOs\n\nNone.\n\nD1 title PASS\n- cold run", "## Open VETOs\n\nNone.\n\nVETO a\n- b\n\nVETO LIFTED", "## Open VETOs\n\nNone.\n\n- - -", "## Open VETOs\n\n- _None._\n- \u2014"]:
    veto(text + "\n", 0, "no item of its list says anything")

# ---- the decision --------------------------------------------------------------------------------------------------

decision("KEEP-RUNNING", "no marker", status="# STATUS\n")
decision("KEEP-RUNNING", "no file", status="")
decision("KEEP-RUNNING", "a marker in lower case", status="## done\n")
decision("KEEP-RUNNING", "STATUS.md is refused", status=b"## DONE\n\0")
decision("KEEP-RUNNING", "REVIEW.md is refused", review=GOOD.encode() + b"\0")
decision("KEEP-RUNNING", "REVIEW.md is UTF-16", review=GOOD.encode("utf-16"))
decision("KEEP-RUNNING", "both are refused", status=b"\0", review=b"\0")
decision("ACCEPT", "verdicts in STATUS.md are not read", status="## DONE\n\nall\n\nD3: FAIL\n")
decision("KEEP-RUNNING", "nor are its passes", status="## DONE\n\nall\n\nD3: PASS @%s\n" % T,
         review=GOOD.replace("D3: PASS @2026-05-28T03:00:00Z", "x"))
for old, new, why in [
    ("D3: PASS @2026-05-28T03:00:00Z", "x", "one is missing"), ("T03:00:00Z", "T13:00:00Z", "one is ahead"),
    ("@2026-05-28T03:00:00Z", "", "one is undated"), ("@2026-05-28T03", "@2026-05-27T03", "one is stale"),
    ("D3: PASS", "D3: FAIL", "one failed"), ("D3: PASS", "- [ ] D3: PASS", "one has an open box"), ("D3: PASS", "> D3: PASS", "quoted"),
    ("D3: PASS", "D3: pass", "one is in lower case"), ("D3: PASS", "D03: PASS", "one has another id"),
    ("D3: PASS", "D1–D10: PASS", "one is a range"), ("D3: PASS", "D3: PASS (draft)", "one is hedged"),
    ("D3: PASS", "~~D3: PASS~~", "one is struck"), ("D3: PASS", "<!-- D3: PASS", "one is in a comment that never ends"),
]:
    decision("KEEP-RUNNING", why, review=GOOD.replace(old, new, 1))
for tail in ["D3: FAIL\n", "D1–D10: FAIL\n", "D3 no longer passes\n", "D3: failed\n", "D3 ❌\n", "VETO leak\n", "## Veto\n\nleak\n",
             "D3: PASS (if green) @2026-05-28T11:00:00Z\n", "```\nD3: FAIL\n", "<!-- x\nD3: FAIL\n", "<details>\nD3: FAIL\n</details>\n",
             "<pre>\nD3: FAIL\n", "D3: FAIL @2026-05-01T00:00:00Z\n", "D3.1: FAIL\n", "## Example\n\nD3: FAIL\n",
             "D3: WIP\n", "- [ ] D3: PASS @2026-05-28T11:00:00Z\n", "\n> said\nD3: FAIL\n", "| D3 | PASS | FAIL |\n"]:
    keep(tail, "said after all passed")
for tail in ["D11: FAIL\n", "> D3: FAIL\n", "\n    D3: FAIL\n", "~~D3: FAIL~~\n", "<!-- D3: FAIL -->\n", "```\nD3: FAIL\n```\n",
             "D3: PASS\n", "d3: FAIL\n", "The D3: FAIL of last week is gone\n", "NO VETO\n", "## VETO\n\nnone\n", "VETO a\nVETO LIFTED\n",
             "D3: FAIL @2026-05-28T10:30:00Z\nD3: PASS @2026-05-28T11:00:00Z\n", "D3 ✅\n", "D3: PASSING @2026-05-28T11:00:00Z\n",
             "D3: PASS @2026-05-29T00:00:00Z\n", "D3: PASS @2026-05-01T00:00:00Z\n", "<pre>\nD3: FAIL\n</pre>\n", "WD3: FAIL\n",
             "`D3: FAIL`\n", "Open points: none\n", "D1–D10: PASS @2026-05-28T11:00:00Z\n"]:
    accept(tail, "that takes nothing back")

head = {"now": "2026-05-28T12:00:00Z", "window_s": 86400, "skew_s": 120, "max_bytes": 8388608, "criteria": IDS}
print(json.dumps(head))
for v in vectors:
    print(json.dumps(v, ensure_ascii=False))
