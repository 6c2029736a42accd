"""Documents for the comparison of the two readers: made of the protocol's own parts and of what resembles them.

document(rng) gives (status, review) as bytes. The same seed gives the same documents on every machine: only random.Random
is used, and only its methods random() and choice().
"""

CRITERIA = ["D1", "D2", "D3", "D10", "E2E-TESTME"]
NOW = 1779969600  # 2026-05-28T12:00:00Z

PASS_WORDS = ["PASS", "PASS", "PASS", "PASS", "PASSED", "Pass", "pass", "passed", "PASSING", "PASS?", "PASSes", "PAS", "P\u0410SS",
              "PASS\u00a0", "PASS\u200b", "**PASS**", "`PASS`", "_PASS_", "~~PASS~~", "PA**SS**", "NON-PASS", "PASS-ish", "PASS/FAIL",
              "PASS!", "PASS.", "PASS,", "PASS;", "PASS)", "\u2705", "\u2705 PASS", "PASS \u2705", "PASS PASS"]
FAIL_WORDS = ["FAIL", "FAILED", "FAILURE", "REJECT", "REJECTED", "REOPENED", "REVOKED", "WITHDRAWN", "REGRESSED", "BROKEN",
              "BLOCKED", "VETO", "VETOED", "fail", "Failed", "failed", "broken", "regressed", "reopened", "revoked", "rejected",
              "\u274c", "\u2717", "\u2718", "FAILS", "FAILING", "**FAIL**", "~~FAIL~~", "FAIL-over", "FAIL_x", "xFAIL", "FAIL\u00a0",
              "now FAIL", "blocked", "vetoed"]
PENDING_WORDS = ["PENDING", "CLAIMED", "UNVERIFIED", "PARTIAL", "TODO", "TBD", "SKIP", "SKIPPED", "UNTESTED", "STALE", "N/A",
                 "INCONCLUSIVE", "CONDITIONAL", "PROVISIONAL", "UNKNOWN", "WIP", "pending", "todo", "n/a", "re-check PENDING", "wip"]
HEDGES = ["provisional", "provisionally", "partial", "partially", "pending", "conditional", "conditionally", "tentative",
          "tentatively", "except", "unless", "mostly", "interim", "expected", "should", "would", "todo", "tbd", "once", "until", "draft",
          "unverified", "assumed", "presumably", "awaiting", "waived", "not yet", "if", "?", "IF", "Once", "Not Yet", "not  yet",
          "gift", "shoulder", "expect", "what-if", "ifs"]
NEGATIONS = ["not", "no", "never", "without", "cannot", "can't", "isn't", "wasn't", "non", "nor", "neither", "NOT", "No", "isn\u2019t",
             "note", "nothing", "don't"]
TAKEN = ["now failing on a cold clone", "is broken since 5e1", "withdrawn", "retracted", "revoked", "reopened", "regressed on n8n",
         "rejects it", "no longer works", "does not any more", "not anymore", "never worked", "cannot be built", "doesn't start",
         "isn't there", "was not run", "hasn't run", "can't", "can not", "do not use", "invalid", "void", "works", "looks good",
         "withdrew the verdict", "unfailing", "don't", "has  not", "NO LONGER", "no\tlonger"]
SEPS = [": ", ": ", ": ", ":", " \u2014 ", " \u2013 ", " - ", ". ", "; ", " = ", "=", " \u2192 ", " -> ", "->", " | ", " (", " ", "  ", "\t", ", ",
        " ~ ", "\u2014", "-", ".", "/", "\u00a0", "\u200b: ", "\r", " : ", ":: ", "\uff1a", "\f"]
TITLES = ["title", "secrets (no leaks, rotatable)", "docs", "matrix (real e2e)", "not yet", "no", "break-it probe", "provisional",
          "the PASS criteria", "TODO list page", "all", "2026-05-20 build", "if any", "re-run", "[link](http://x/y)", "HTTP2 works",
          "(a)", "ratio 12:30", "foo@bar", "a | b", "a \\| b", "\\|", "*", "v2", "D4", "`code`", "no FAILED test", "expect", "was"]
EVIDENCE = ["", "", "", " \u2014 cold run", " 246 passed, 0 FAILED, retry PENDING cleared", " (provisional)", " (commit c7ae296)", " sha=1a2b3c4",
            " sha=1a2b3c4 \u2014 cold run", " sha=xyz", " sha=1a2b3c4 (if green)", ", re-verified 2026-05-28T11:59:00Z", " (see log) (until fixed)",
            " [tentative]", " \u2014 was failing before abc1234", " no longer", " withdrawn", "?", " ?", " (?)", " {draft}", ".", ")", ")**", "**",
            " FAIL", " VETO", " \u2014 not a PASS", " NOT", "-x", "Z", "1", " UTC", " (mostly", " | more", " (ok)[if]", " unless", "`", ","]
MARKS = ["", "", "", "", "", "", "- ", "* ", "+ ", "1. ", "12) ", "- [x] ", "- [X] ", "- [ ] ", "[x] ", "[ ] ", "## ", "### ", "# ", "- ## ",
         "**", "`", "_", "  ", "   ", "    ", "\t", "  - ", "    - ", "      - ", "> ", "> > ", "- > ", "-", "##", "####### ", "## - ", "- - ",
         "1. - ", "[-] ", "[~] ", "- []", "\u2022 ", "\u00a0", "\\", "-     ", "- [x]", "*[x] ", "\r", "- [ ]", "|", "#. ", "0. ", "1234567890. ",
         "- **", "- [x] **", "## **", "~~", "<b>", "(", "'", "- [\t] ", "- [*] ", "+\t"]
ID_BAD = ["D4", "D11", "D01", "d1", "WD1", "D1.2", "D1-v2", "D1_2", "D3.1", "D10.a", "D1\u2013D10", "D1-D3", "D1, D2", "D1 and D2", "D1/D2", "D1 & D2",
          "D1 - D3", "D1 \u2014 D3", "D1..D3", "D1 to D3", "D3-D1", "D1,D2,D3", "D1, D2 and D3", "D0-D2", "D9\u2013D11", "The D1", "Criterion D1",
          "[D1](#d1)", "[D1]", "[D1][ref]", "(D1)", "\"D1\"", "D1\u00a0", "D1\u0301", "\u0414" "1", "D1'", "D 1", "D1D2", "D1+D2", "D1-10", "E2E",
          "E2E-TESTME-2", "E2E-TESTME.1", "E2E-TESTMEX", "`D1`", "**D1**", "*D1*", "_D1_", "__D1__", "~~D1~~", "D1:", "D1.", "D1)", "D1 D2",
          "D1\u2013", "D1\\", "D1: D2", "[D1](#d1", "[**D1**](#d1)", "D1 or D2", "D1-D2-D3", "D1\u2026D3", "D1 - D99", "D99, D1", "D1, x", "<D1>",
          "D1 and **D2**", "**D1** and **D2**", "**D1**, **D2**", "`D1`/`D2`", "**D1**\u2013**D3**", "D1 to `D3`", "D1 through D3", "D1-D99999999999999999999", "d1-D3", "D1 AND D2", "D1 , D2", "D1; D2", "D1|D2", "D1-3", "D1\u20133"]
TIMES_GOOD = ["2026-05-28T10:00:00Z", "2026-05-28T11:30:00Z", "2026-05-28T08:10:00Z", "2026-05-28T09:00:00Z", "2026-05-28T10:00:00Z",
              "2026-05-27T20:00:00Z", "2026-05-28T12:00:00Z"]
TIMES_ODD = ["2026-05-27T12:00:00Z", "2026-05-27T11:59:59Z", "2026-05-28T12:02:00Z", "2026-05-28T12:02:01Z", "2026-05-26T10:00:00Z",
             "2026-06-01T00:00:00Z", "2026-05-28", "2026-05-27", "2026-05-29", "2026-05-28 10:00Z", "2026-05-28t10:00:00z",
             "2026-05-28 10:00:00 UTC", "2026-05-28 10:00 GMT", "2026-05-28T10:00:00utc", "2026-05-28T10:00:00.123Z", "2026-05-28T10:00:00,5Z",
             "2026-05-28T10:00:60Z", "2026-05-28T10:00:61Z", "2026-05-28T09:00:00+02:00", "2026-05-28T09:00:00+0200", "2026-05-28T09:00:00+02",
             "2026-05-28T09:00:00-14:59", "2026-05-28T09:00:00+15:00", "2026-05-28T09:00:00+02:60", "2026-05-28T09:00:00 +02:00",
             "2026-05-28 10:00", "2026-05-28T10:00:00", "2026-05-28 10:00 BST", "2026-05-28 10:00 CEST", "07:05Z", "10:00", "10:00:00Z",
             "28.05.2026", "28 May 2026", "05/28/2026", "2026/05/28", "20260528T100000Z", "2026-5-28", "2026-02-30T10:00:00Z", "2026-02-29",
             "2024-02-29", "2026-05-28T24:00:00Z", "2026-05-28T10:60:00Z", "2019-12-31T23:59:59Z", "2020-01-01T00:00:00Z", "2100-12-31",
             "2101-01-01", "YYYY-MM-DDTHH:MM:SSZ", "<time>", "2026-05-28T10Z", "2026-05-28T", "2026-05-28T10:00:00ZZ", "2026-05-28T10:00:00Zulu",
             "2026-05-28T10:00:00 Z", "2026-05-28  10:00Z", "2026-05-28_10:00Z", "2026-05-28T1:00Z", "2026-05-28T10:00:00UTC+2",
             "2026-05-28T10:00:00.Z", "2026-05-28-1", "2026-05-28/29", "12026-05-28T10:00:00Z", "x2026-05-28T10:00:00Z", "2026-05-28T10:00:00Z-x",
             "2026-00-10", "2026-13-01", "2026-05-00", "2026-05-32", "2026-05-28T10:00:00\u00a0UTC", "2026-05-28\u00a010:00Z", "yesterday", "now", "",
             "2026-05-28T10:00:00+00:00", "2026-05-28T10:00:00-00:00", "2026-05-28T10:00+2", "2026-05-28T10:00:00+020",
             "2026-05-28, 10:00 BST", "2026-05-28 at 10:00Z", "2026-05-28 10 tests", "2026-05-28+02:00", "2026-05-28Z", "2026-05-28.", "2026-05-28:",
             "`2026-05-28T10:00:00Z`", "**2026-05-28T10:00:00Z**", "_2026-05-28T10:00:00Z_", "(2026-05-28T10:00:00Z)", "[2026-05-28T10:00:00Z]",
             "2026-05-28T10:00:00Z/2026-05-28T11:00:00Z", "2026-05-28T10:00:00.5.5Z", "2026-05-28T10:00:00Z.5", "2026-05-28 10:00:00 ut",
             "2026-05-28T10:00:00\tUTC", "2026-05-28\t10:00Z", "2026-05-28T23:59:59+14:59", "2026-05-28T00:30:00+00:30"]
AGED = ["2026-05-26T10:00:00Z", "2026-05-27T11:59:59Z", "2026-05-28T12:02:01Z", "2026-06-01", "2026-05-27", "2026-05-27T12:00:00Z", "2026-05-28T12:02:00Z"]
BEFORE_TIME = [" @", " @", " @", " @ ", " ", " \u2014 ", " at ", " (6/6) @", " (commit c7ae296) @", " [x] ", "@", " | ", " on ", ", ", " \u2013 ", ": ", " (", ""]
PROSE = ["", "", "", "Evidence:", "ok 1", "Some text about D1: PASS @2026-05-28T10:00:00Z", "The Builder claims D3: PASS @2026-05-28T10:00:00Z",
         "# REVIEW", "# STATUS", "## Phase progress", "- [x] P1", "- item", "  - nested", "1. one", "   text in the item", "    four", "\tTab", "---", "***",
         "===", "text", "no VETO here", "NO VETO", "Nothing.", "a `code` b", "caf\u00e9", "| D | Verdict | Time | Evidence |", "|---|---|---|---|",
         "> quote", ">", "> # quoted heading", "* * *", "- ", "1)", "text  ", "\u200b", "    indented code", "        deep", "\t\ttabs"]
TICKS = ["`", "``", "a `", "a ` b ` c", "`` a ` b", "` a `` b", "a \\` b", "a \\`` b `", "\\\\` b", "<!-- ` --> a", "a <!-- ` -->", "a ` <!-- ` -->", "`a`", "`` ` ``",
         "- `", "a ` <b `", "`~~a`~~ `", "x\n`", "`\nD1: FAIL\n`D2: FAIL`", "a `\n\n`", "a `\n- b", "a `\n> b", "a `\n---", "**`a`**", "<pre>`</pre> a", "a ` <details>", "`" * 63,
         "`" * 64, "a `b <!--\n--> `", "`a` `"]
EXAMPLE_HEADS = ["## Example", "## Examples", "# Template", "## Format", "### Legend", "## Grammar", "## Syntax", "## Line format", "## Verdict format",
                 "## How to read this file", "## example", "## Example:", "## EXAMPLES", "## Example ##", "## **Example**", "##Example", "Example\n-------", "Line\nformat\n---", "## Example\n\na\nb\n---", "# Example\n\na\nb\n===", "## Format\n\na\nb\n---\n\n## x",
                 "## An example", "# Example", "## Formats", "### Format #"]
SECTION_ENDS = ["## Verdicts", "# Verdicts", "### Sub", "## Log", "Verdicts\n--------", "# End", "## "]
FENCES = ["```", "```", "````", "~~~", "~~~~", "```text", "~~~markdown", "``` a`b", "  ```", "   ~~~", "    ```", "- ```", "1. ~~~", "      ```", "> ```",
          "```text x", "`````", "\t```", "- - ```", "``", "~~", "  - ```", "-\t```"]
CLOSERS = ["```", "```", "````", "~~~", "~~~~", "  ```", "   ```", "    ```", "``` ", "``` x", "      ```", "``", "> ```", "- ```", "\t```", "~~~\t", "`````"]
RAW = ["<pre>", "<PRE>", "<script>", "<style>", "<textarea>", "<pre class=x>", "text <pre>", "<prefix>", " <pre>", "    <pre>", "- <pre>", "<pre", "> <pre>",
       "</pre>", "`<pre>`", "<script src=x>", "<pre\t>", "<pre/>", "<p><pre>"]
RAW_ENDS = ["</pre>", "</PRE>", "</script>", "</style>", "</textarea>", "text </pre>", "</pre> text", "</pre >", "</pre", "`</pre>`", "> </pre>",
            "<pre></pre>", "</pre><pre>"]
COMMENTS = ["<!--", "<!-- x", "text <!-- template:", "`<!--`", "<!-->", "<!--->", "\\<!--", "> <!--", "    <!--", "- <!--", "<!---", "``<!--``", "`<!-- ` x",
            "<!-- a --> b <!-- c", "<! --", "<!- -", "~~<!--~~", "`a <!--", "<!-- `", "## <!--", "| <!-- |"]
COMMENT_ENDS = ["-->", "x -->", "--> more", "--->", "-- >", "`-->`", "    -->", "> -->", "--!>", "-->-->", "--> <!--", "--> `", "- -->"]
DETAILS = ["<details>", "<details open>", "<details><summary>old</summary>", "<DETAILS>", "text <details>", "`<details>`", "<detailsx>", "- <details>",
           "> <details>", "    <details>", "<details", "<details/>", "<!-- <details> -->", "\\<details>"]
DETAILS_ENDS = ["</details>", "</DETAILS>", "text </details>", "</details> x", "`</details>`", "> </details>", "</details", "<!-- </details> -->", "</detailsx>",
                "</details >", "    </details>", "- </details>", "\\</details>", "\\\\</details>", "x\\\\\\</details>", "``</details>``"]
VETOES = ["## VETO leak", "## VETO", "VETO: leak", "VETO", "- VETO: leak", "### veto: leak", "## VETO: none", "## VETO \u2014 none", "VETO: none", "VETO none",
          "## VETO: none of them fixed", "## VETO-able items", "## NO VETO", "NO VETO", "VETOED", "## Vetoes", "## Open VETOs", "## Open vetoes", "## Standing VETOES",
          "## Active VETO", "## Current VETOs: leak", "## Open VETOs: none", "## Open VETO(e)s", "## Open VETOs\n\nNone.", "## VETO\n- none", "veto: leak", "Veto: leak", "**VETO**: leak", "- [ ] VETO leak",
          "- [x] VETO leak", "[ ] VETO", "> VETO leak", "~~VETO leak~~", "`VETO leak`", "`VETO` leak", "##VETO leak", "- ## VETO leak", "## **VETO** leak",
          "1. VETO leak", "* **VETO** \u2014 leak", "VETO \u2014", "VETO -", "## VETO -", "VETO: -", "VETO: n/a", "VETO: No.", "VETO: nil", "VETO: nothing", "VETO: empty",
          "VETO: nothing works", "The VETO stands", "VETOs: x", "VETO_x", "VETO!", "## VETO ##", "VETO (none)", "VETO: (none)", "VETO: *none*", "| VETO | leak |",
          "VETO\u00a0leak", "VETO: none yet", "VETO: no", "VETO no leaks", "    VETO leak", "   VETO leak", "Veto\n----", "VETO\n====", "Veto: the leak\nof x\n---", "Veto\nnone\n---", "Open VETOs\nof May\n===", "- ## Veto leak", "Open VETOs\n---\n- x",
          "- Veto\n  leak\n  ---", "Open VETOs\n---\n\na\nb\n---", "## Open VETOs\n- ## leak", "VETO leak\n---", "\u2022 VETO leak",
          "## old VETO", "## Open VETOs \u2014", "# Veto", "###### VETO x", "####### VETO x", "## [x] VETO x", "## - VETO x", "VETO: LEAK", "__VETO__ leak", "_VETO_: leak",
          "- VETO", "VETO:none", "VETO=none", "VETO \u2013 N/A", "## VETO: None.", "## VETO (old)", "VETO: \u2705", "VETO ~~leak~~", "VETO <!-- leak -->"]
VETO_BODIES = ["None.", "none", "- none", "_none_", "-", "\u2014", "No.", "nil", "n/a", "Nothing.", "empty", "(none)", "leak", "- leak", "None yet", "", "none\nleak",
               "None of it", "* none", "---", "> none", "`none`", "NONE", "- [ ] none", "- VETO: leak", "### Sub\nleak", "<!-- none -->",
               "None.\n\n- leak", "none\n1. leak", "None yet.\n- none\n- leak", "- none\n### Sub\n- leak", "none\n## Sub\n- leak", "None.\n- D1: PASS\n- leak",
               "None.\ntext\n* [ ] leak", "none\n- \n- -", "none\n<details>\n- leak\n</details>", "None.\nVETO a\n- b", "none\nD4 fails\n- leak",
               "none\n- D11: PASS\n- b", "none\n- leak <!-- x", "- none <!-- x"]
LIFTS = ["## VETO LIFTED", "## VETO LIFTED @2026-05-28T11:00:00Z \u2014 fixed in abc1234", "VETO LIFTED", "VETO CLEARED", "VETO WITHDRAWN", "VETO RESOLVED",
         "VETO RETRACTED", "- VETO LIFTED", "- [ ] VETO LIFTED", "- [x] VETO LIFTED", "## veto LIFTED", "## VETO lifted", "VETO: LIFTED", "VETO \u2014 LIFTED",
         "VETO - LIFTED", "VETO-LIFTED", "VETO is LIFTED", "VETO NOT LIFTED", "VETO LIFTED?", "VETO LIFTED provisionally", "VETO LIFTED if green",
         "VETO LIFTED \u2014 should hold", "VETO LIFTED @2026-05-28T11:00:00Z \u2014 if green", "**VETO LIFTED**", "**VETO** LIFTED", "VETO **LIFTED**", "> VETO LIFTED",
         "~~VETO LIFTED~~", "`VETO LIFTED`", "`VETO` LIFTED", "##VETO LIFTED", "- ## VETO LIFTED", "VETO (LIFTED)", "VETO LIFTEDX", "VETO LIFTED.", "VETO LIFTED, withdrawn",
         "VETO\u00a0LIFTED", "VETO  LIFTED", "VETO\tLIFTED", "VETO REMOVED", "VETO LIFTED not yet", "VETO LIFTED (unless red)", "VETO LIFTED @2026-05-28T11:00:00Z (if)",
         "VETO LIFTED-ish", "VETO LIFTED/no", "VETO LIFTED.x", "VETO LIFTED+x @2026-05-28T11:00:00Z", "VETO LIFTED\u200b", "VETO LIFTED\u0301", "VETO LIFTED\u2713",
         "VETO LIFTED not", "VETO LIFTED (not) @2026-05-28T11:00:00Z", "VETO LIFTED: no leak", "VETO LIFTED @2026-05-28T11:00:00Z not", "VETO LIFTED _isn't_",
         "VETO LIFTED_2026-05-28T11:00:00Z", "VETO LIFTED-2026-05-28", "VETO -LIFTED", "VETO LIFTED as it is not", "VETO LIFTED no longer", "VETO ~~leak~~ LIFTED", "VETO <!-- x --> LIFTED", "VETO LIFTED <!-- x -->", "    VETO LIFTED", "VETO; LIFTED",
         "VETO. LIFTED", "VETO = LIFTED", "VETO LIFTED: not", "| VETO LIFTED |", "* VETO LIFTED", "1. VETO LIFTED", "### VETO CLEARED ###", "VETO LIFTED FAIL",
         "VETO LIFTED never", "VETO LIFTED/CLEARED", "VETO LIFTED\u2014ok", "VETO LIFTED PENDING", "VETO LIFTED\u00a0", "VETO->LIFTED", "VETO LIFTED_"]
TAILS = ["", "", "", "", ".", "!", " \u2705", " \u2014 2026-05-27", ": 2026-05-27", " @2026-05-28T10:00:00Z", " (2026-05-28)", " - 2026-05-28 10:00 UTC", " #", " ##", "#",
         "  ", "\t", " \U0001f389", "\u2705\U0001f389", " \u2705 \U0001f389", " (pending D7)", " except D8", " criteria", " \u2014 Phase 1c complete", " 2026-02-30",
         " \u2014 2026-05-28 10:00", "?", "..", ".!", " .", " )", " (", " -", " :", "2026-05-28", " 2026-05-28.", " (2026-05-28)!", " (2026-05-28) \u2705", " \u2714", " \u2714\ufe0f",
         " \u2713", " \u2611", "\u00a0", "\r", " <!-- x -->", " ~~x~~", " `x`", " \u2705.", " \u2705 #", "\t#", " # #", " 2026-05-28T10:00:00Z)", ":2026-05-28", " \u2014 2019-01-01",
         " @@", ". .", " \u2014\u2014", " yet", " \u2014 not yet", " NOT", ",", " \u2705x", " \u2014 2026-05-28T10:00:00+02:00", " <", "\x0b", ".:", "!@(", " \U0001f389\U0001f389 ##",
         " \u2705\ufe0f", " \u2022", " \u2014 2030-01-01", " #x", " \\#", "**", "__"]
MARKER_HEADS = ["## DONE", "## DONE", "## DONE", "## DONE", "## DONE", "## **DONE**", "## __DONE__", "##  DONE", "##\tDONE", " ## DONE", "   ## DONE", "    ## DONE", "# DONE",
                "### DONE", "##DONE", "## Done", "## done", "## D\u041eNE", "\\## DONE", "## `DONE`", "> ## DONE", "- ## DONE", "DONE\n----", "| ## DONE", "x ## DONE",
                "## *DONE*", "## _DONE_", "## DONE:", "##\u00a0DONE", "## \u200bDONE", "\r## DONE", "10%\r## DONE", "## **DONE", "## DONE**", "## **DONE__", "\t## DONE",
                "## [DONE]", "## DONE DONE", "## ~~DONE~~", "~~## DONE~~", "##\r DONE", "## \rDONE", "#\u200b# DONE", "** ## DONE**", "1. ## DONE", "##\x0bDONE", "## ***DONE***",
                "## DONE\n## DONE", "<!-- --> ## DONE", "## <!-- x -->DONE"]
MARKER_BODIES = ["", "", "", "", "ok", "All criteria pass.", "not yet", "Notes: fine", "_(none yet \u2014 all must be PASS)_", "<Builder writes this>", "- [ ] pending D7", "- [ ] D7",
                 "- [x] all", "[Builder fills this]", "[link](x)", "...", "\u2026", "TBD", "pending", "to be done", "To  be done", "when all pass", "once", "after", "until", "will",
                 "written only when", "written here only", "only when", "only", "waiting", "awaiting", "blocked", "in progress", "WIP", "placeholder", "reserved",
                 "builder writes", "write", "add", "adding", "n/a", "N/A", "## Next\nnot started", "### Sub\nok", "---\nnot", "> not yet\nok", "`not`", "**not** yet", "nothing",
                 "None.", "[ ] x", "[]", "[x]", "1. none", "* todo", "<b>ok</b>", "< ok", "..", "no-one", "\u00a0not", "(not", "\"not yet\"", "- - not", "~~not~~ ok", "<!-- not --> ok",
                 "<!-- ok -->\nnot", "```\nnot\n```\nok", "    not", "[x] not", "_[fill]_", "[fill].", "- [fill]", "writes", "reserved.", "when", "whenever", "+ pending", "# not",
                 "== not", "| not |", "\u200bnot", "<!-- x\n-->\nTBD", "<details>\nnot\n</details>\nok", "<details>\nok\n</details>\nnot", "not_yet", "todo:", "\tnot", "10) wip",
                 "[ ]", "[] not", "...ok", "not\u00a0yet", "<x", "<1", "<!x", "in  progress", "to-be", "to be", "__none__", "*(tbd)*", "\\[x\\]", "'none'", "<!-- x --> not yet", "<!-- x\ny --> not yet", "Evidence\n===\n\nnot yet", "- \n- not yet", "1.\n2. ok", "**`pending`**",
                 "- `pending`", "`pending\nreview`", "### examples\n\nnot yet", "a\nb\n---\nnot", "===\nnot", "<details>\n<summary>not</summary>\nok\n</details>", "- - \nnot",
                 "- [x]\nnot", "> q\nwip", "<summaryx>\nok", "<!-- x -->\\\nnot", "-\n\n=\nnot", "text <!-- x\nnot"]
CONTRA = ["## NOT DONE", "## NOT YET DONE", "## not done", "## UNDONE", "## Undone", "## REOPENED", "## REOPENED \u2014 D7 regressed", "## RE-OPENED", "## reopened", "## DONE retracted",
          "## DONE \u2014 withdrawn", "## DONE REVOKED", "### NOT DONE", "# REOPENED", "## **NOT** DONE", "## NOTDONE", "## NOT ABANDONED", "## REOPENEDX", "## [REOPENED]",
          "##REOPENED", "- ## REOPENED", "> ## REOPENED", "```\n## REOPENED\n```", "<details>\n## REOPENED\n</details>", "## Nothing DONE", "## UNDONE: x", "## DONE is retracted",
          "## DONE: retracted", "## (REOPENED)", "## NOT", "## Done withdrawn", "   ## REOPENED", "    ## REOPENED", "REOPENED\n-----", "## ~~REOPENED~~", "<!-- ## REOPENED -->",
          "## `REOPENED`", "##\tREOPENED", "## RE OPENED", "## NOT all of it is DONE yet", "## DONE (retracted)", "## UNDONE-ish", "\r## REOPENED", "## _REOPENED_", "NOT yet\nDONE\n---", "NOT DONE since\nof x\n---",
          "DONE\nretracted\n-", "- NOT DONE\n  ---", "NOT DONE\n---", "NOT\nDONE\n===", "- - ## NOT DONE", "x <pre>\nNOT DONE\n---\n</pre>", "`NOT`\nDONE\n---",
          "1. ## UNDONE", "NOT <!-- x -->\nDONE\n---", "- a\nNOT DONE\n---", "- NOT\n  DONE\n  ---"]


SOUP = [PASS_WORDS, FAIL_WORDS, PENDING_WORDS, HEDGES, NEGATIONS, TAKEN, SEPS, TITLES, EVIDENCE, MARKS, CRITERIA, ID_BAD, TIMES_GOOD, TIMES_ODD,
        BEFORE_TIME, RAW, RAW_ENDS, COMMENTS, COMMENT_ENDS, DETAILS, DETAILS_ENDS, ["VETO", "LIFTED", "~~", "`", "**", "_", "```", "[ ]", "none"]]


class Maker:
    def __init__(self, rng):
        self.random = rng.random
        self.choice = rng.choice

    def chance(self, p):
        return self.random() < p

    def mostly(self, good, odd, p):
        return self.choice(good) if self.random() < p else self.choice(odd)

    def time(self, p=0.8):
        return self.mostly(TIMES_GOOD, TIMES_ODD, p)

    def clean(self, c):
        """A plain line that passes."""
        t = self.time(0.985) if self.chance(0.93) else self.choice(AGED)
        form = self.choice(["%s: PASS @%s", "%s: PASS @%s", "%s: PASS @%s sha=1a2b3c4 \u2014 cold run", "## %s \u2014 title: PASS @%s", "- [x] **%s** \u2014 title. PASS @%s",
                            "| %s | PASS | %s | evidence |", "1. %s: PASS @%s", "[%s](#x): PASS @%s", "%s PASS %s", "%s \u2014 PASS \u2014 %s \u2014 cold", "`%s`: **PASS** @ `%s`"])
        return form % (c, t)

    def word(self):
        r = self.random()
        if r < 0.5:
            return self.choice(PASS_WORDS)
        if r < 0.75:
            return self.choice(FAIL_WORDS)
        if r < 0.92:
            return self.choice(PENDING_WORDS)
        return self.choice(TAKEN)

    def ident(self):
        return self.choice(CRITERIA) if self.chance(0.75) else self.choice(ID_BAD)

    def row(self):
        cells = [self.choice(["", "", "", "**", "[x] ", "[ ] ", "`"]) + self.ident() + self.choice(["", "", "", " title", ": PASS", " \u2014 no leaks", "**", "`", ": FAIL"])]
        for _ in range(self.choice([1, 2, 2, 3, 3, 4])):
            r = self.random()
            if r < 0.4:
                cells.append(self.choice(["", "", "", "**", "NOT ", "[ ] ", "all ", "not yet: ", "_"]) + self.word() + self.choice(["", "", "", "**", " (6/6)", "?", " if", " @" + self.time()]))
            elif r < 0.75:
                cells.append(self.choice(["", "", "@", "`"]) + self.time(0.85))
            else:
                cells.append(self.choice(["", "evidence", "builds #84; 0 FAILED", "PENDING cleared", "a PASS", "-", "\\| x", "\u274c", "no longer works", "if", "[ ]",
                                          "re-ran 2026-05-20", "see 2026-05-28T11:00:00Z", "`a|b`", "not", "FAIL on n8n", "D2", "unless x"]))
        return self.choice(["| ", "|", "| ", "  | ", "- | ", ""]) + self.choice([" | ", " | ", "|"]).join(cells) + self.choice([" |", "|", "", " | "])

    def verdict(self):
        r = self.random()
        if r < 0.2:
            return self.clean(self.choice(CRITERIA))
        if r < 0.35:
            return self.row()
        mark = "" if self.chance(0.6) else self.choice(MARKS)
        s = mark + self.ident()
        if "**" in mark and self.chance(0.8):
            s += "**"
        r = self.random()
        s += self.mostly(SEPS[:10], SEPS, 0.7)
        if r < 0.25:
            s += self.choice(TITLES) + self.mostly(SEPS[:10], SEPS, 0.7)
        if self.chance(0.12):
            s += self.choice(NEGATIONS + HEDGES) + self.choice([" ", " ", ": ", ", ", " ("])
        if self.chance(0.08):
            return s + self.choice(TAKEN) + self.choice(["", " ", " @"]) + self.mostly([""], TIMES_GOOD, 0.7)
        s += self.word()
        if self.chance(0.12):
            s += self.choice([" ", " (", " \u2014 ", "? "]) + self.choice(HEDGES + NEGATIONS + TAKEN + FAIL_WORDS + PENDING_WORDS) + self.choice(["", ")"])
        if self.chance(0.9):
            s += self.mostly(BEFORE_TIME[:4], BEFORE_TIME, 0.7) + self.time(0.75)
        return s + self.choice(EVIDENCE)

    def around(self, lines, opener, closer):
        """Put an opener and, as a rule, a closer around some of the lines."""
        if not lines:
            lines = [self.choice(PROSE)]
        a = int(self.random() * (len(lines) + 1))
        b = a + int(self.random() * min(5, len(lines) - a + 1))
        out = lines[:a] + [opener] + lines[a:b]
        if closer is not None:
            out.append(closer)
        return out + lines[b:]

    def enemies(self, lines):
        """Something that makes text dead or dim, or looks as if it did."""
        r = self.random()
        if r < 0.28:
            f = self.choice(FENCES)
            c = f.lstrip("-0123456789. >\t") if self.chance(0.5) else self.choice(CLOSERS)
            return self.around(lines, f, c if self.chance(0.85) else None)
        if r < 0.44:
            return self.around(lines, self.choice(COMMENTS), self.choice(COMMENT_ENDS) if self.chance(0.85) else None)
        if r < 0.54:
            return self.around(lines, self.choice(RAW), self.choice(RAW_ENDS) if self.chance(0.85) else None)
        if r < 0.66:
            return self.around(lines, self.choice(DETAILS), self.choice(DETAILS_ENDS) if self.chance(0.85) else None)
        if r < 0.76:
            return self.around(lines, self.choice(EXAMPLE_HEADS), self.choice(SECTION_ENDS) if self.chance(0.8) else None)
        if r < 0.8:
            return [self.choice(["---", "---", "--- ", "----", " ---"])] + self.around(lines, "key: value", self.choice(["---", "---", "...", "--- ", "----", " ---"]) if self.chance(0.85) else None)
        if r < 0.83:
            return self.around(lines, self.choice(TICKS), self.choice(TICKS))
        if r < 0.87:
            return self.around(lines, self.choice(["~~", "~~a", "a ~~b", "~~ a", "~~~~", "a~~"]), self.choice(["~~", "b~~", "~~ b", "x", ""]))
        if r < 0.93 and lines:
            k = int(self.random() * len(lines))
            mark = self.choice(["> ", ">", "    ", "\t", "- ", "  ", "   ", "      ", "* ", "1. ", "     ", "`", "~~", "<!-- ", "<pre>", "    - ", "\ufeff", "<details>", "</details>"])
            tail = {"`": "`", "~~": "~~", "<!-- ": " -->", "<pre>": "</pre>"}.get(mark, "") if self.chance(0.8) else ""
            return lines[:k] + [mark + lines[k] + tail] + lines[k + 1:]
        return self.around(lines, self.choice(PROSE), self.choice(PROSE))

    def soup(self):
        """A line of parts in no order."""
        parts = [self.ident()] if self.chance(0.7) else []
        for _ in range(self.choice([2, 3, 4, 5, 7])):
            parts.append(self.choice(self.choice(SOUP)))
            parts.append(self.choice([" ", " ", "", ": ", "|", " | "]))
        return self.choice(MARKS) + "".join(parts)

    def cut_in(self, s):
        """A small change somewhere in a line."""
        k = int(self.random() * (len(s) + 1))
        bit = self.choice(["*", "`", "~~", "<!-- x -->", "<!--", "-->", " ", "\r", "\t", "\u00a0", "\u200b", "|", "(", ")", "?", "not ", "FAIL", "\\", "_", "**", "#", ".", ":", "-", "1",
                           "x", "\udcff", "\udcc3", "@", "\f", "[", "]"])
        return s[:k] + bit + s[k:]

    def review(self, passing):
        lines = [self.choice(PROSE)] if self.chance(0.4) else []
        if passing:
            order = list(CRITERIA)
            lines += [self.clean(c) for c in order]
            count = self.choice([0, 0, 0, 1, 1, 2])
        else:
            count = self.choice([1, 2, 3, 4, 5, 6, 8])
        for _ in range(count):
            r = self.random()
            if r < 0.78:
                s = self.verdict()
            elif r < 0.9:
                s = self.choice(PROSE)
            else:
                s = self.veto()
            if self.chance(0.05):
                s = self.soup()
            while self.chance(0.12):
                s = self.cut_in(s)
            if self.chance(0.3):
                lines.append("")
            if passing and self.chance(0.3):
                lines.insert(int(self.random() * (len(lines) + 1)), s)
            else:
                lines.append(s)
        if self.chance(0.1):
            for _ in range(self.choice([1, 1, 2, 3])):
                lines.append(self.veto())
        if self.chance(0.4 if not passing else 0.25):
            lines = self.enemies(lines)
            if self.chance(0.25):
                lines = self.enemies(lines)
        return lines

    def veto(self):
        r = self.random()
        if r < 0.6:
            s = self.choice(VETOES)
            if self.chance(0.4):
                s += self.choice(["\n", "\n\n"]) + self.choice(VETO_BODIES)
            return s
        return self.choice(LIFTS)

    def status(self, good):
        if good:
            lines = ["# STATUS", "", "## DONE" + self.choice(TAILS[:14])] + self.choice([[], [], ["", "ok"]])
        else:
            lines = [self.choice(PROSE) for _ in range(self.choice([0, 1, 1, 2]))]
            if self.chance(0.85):
                s = self.choice(MARKER_HEADS) + self.choice(TAILS)
                lines.append(self.cut_in(s) if self.chance(0.06) else s)
                if self.chance(0.3):
                    lines.append("")
                lines.append(self.choice(MARKER_BODIES))
            if self.chance(0.15):
                lines.insert(int(self.random() * (len(lines) + 1)), self.choice(CONTRA))
            if self.chance(0.2):
                lines += [self.choice(PROSE), self.choice(MARKER_HEADS)]
        if self.chance(0.3 if not good else 0.1):
            lines = self.enemies(lines)
        return lines

    def to_bytes(self, lines):
        data = "\n".join(lines).encode("utf-8", "surrogateescape")
        if self.chance(0.95):
            data += b"\n"
        r = self.random()
        if r < 0.03:
            data = data.replace(b"\n", b"\r\n")
        elif r < 0.04:
            data = b"\xef\xbb\xbf" + data
        elif r < 0.045:
            data = data.replace(b"\n", b"\r")
        elif r < 0.05:
            k = int(self.random() * (len(data) + 1))
            data = data[:k] + self.choice([b"\0", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\x80", b"\xe2\x80"]) + data[k:]
        elif r < 0.053:
            data = self.choice([b"\xff\xfe", b"\xfe\xff"]) + data
        elif r < 0.055:
            data = b"\xef\xbb\xbf\xef\xbb\xbf" + data
        elif r < 0.057:
            rows = data.split(b"\n")
            k = int(self.random() * len(rows))
            pad = b"x" * int(65520 + self.random() * 30)
            rows[k] = rows[k] + b" " + pad if self.chance(0.6) else pad + rows[k]
            data = b"\n".join(rows)
        elif r < 0.06:
            data = data.replace(b"\n", b"\r\r\n")
        return data


def document(rng):
    m = Maker(rng)
    passing = m.chance(0.5)
    status = m.to_bytes(m.status(m.chance(0.6 if passing else 0.2)))
    return status, m.to_bytes(m.review(passing))
