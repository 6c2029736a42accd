/* What a command appends to any file is read back as it is meant, and nothing else is read in another way; or the
 * command says why not. */
#include "tests/fuzz/fuzz.h"
#include "watchdog/writing.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const PIECES[] = {
    "D1: PASS @2026-05-28T10:00:00Z\n",
    "D2: FAIL @2026-05-28T12:00:00Z\n",
    "VETO x\n",
    "## VETO\n",
    "## DONE\n",
    "## NOT DONE\n",
    "not yet\n",
    "text\n",
    "\n",
    "```\n",
    "~~~\n",
    "<!--",
    "-->\n",
    "<pre>\n",
    "</pre>\n",
    "<details>\n",
    "</details>\n",
    "> ",
    "- ",
    "    ",
    "# Format\n",
    "## Example\n",
    "## Log\n",
    "---\n",
    "`",
    "~~",
    "text <pre>\n",
    "\r\n",
    "\t",
    "## Open VETOs\n",
    "D1: PASS @2026-05-28T12:00:00Z\n",
    "\xFF\xFE",
    "x",
    "===\n",
    "1. ",
    "D9: FAIL\n",
    "D3: PENDING @2026-05-28T12:00:00Z\n",
};
static const char *const TEXTS[] = {
    "cold run",
    "",
    "`code` <!-- x --> ~~y~~",
    "two\nlines",
    "provisional?",
    "PASS FAIL VETO",
    "```\nx",
    "\x1b[2J\xFF",
    "<pre>",
    "é — ✅",
};

static int passes(const struct review *r, enum review_kind kind)
{
    int n = 0;
    for (size_t i = 0; i < r->count; i++)
        n += r->entries[i].kind == kind;
    return n;
}

static void check_review(const struct buf *old, const struct buf *out, const struct writing *w, const struct words *ids,
                         int line)
{
    static const enum review_kind kinds[] = {[WRITING_CLAIM] = REVIEW_NEAR,
                                             [WRITING_PASS] = REVIEW_PASS,
                                             [WRITING_FAIL] = REVIEW_FAIL,
                                             [WRITING_VETO] = REVIEW_VETO,
                                             [WRITING_LIFT] = REVIEW_LIFT};
    struct review a, b;
    review_read(&a, buf_str(old), old->len, ids, MAX_BYTES);
    review_read(&b, buf_str(out), out->len, ids, MAX_BYTES);
    enum review_kind kind = kinds[w->kind];
    if (b.count != a.count + 1 || b.entries[a.count].line != line || b.entries[a.count].kind != kind ||
        passes(&b, kind) != passes(&a, kind) + 1)
        broken("an entry is not read back as it was meant", old, out);
    review_clear(&a);
    review_clear(&b);
}

static void check_marker(const struct buf *old, const struct buf *out, const struct writing *w)
{
    struct marker a, b;
    marker_read(&a, buf_str(old), old->len, MAX_BYTES);
    marker_read(&b, buf_str(out), out->len, MAX_BYTES);
    if (w->kind == WRITING_DONE ? !b.done : a.done != b.done)
        broken("the marker is not read back as it was meant", old, out);
    marker_clear(&a);
    marker_clear(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum writing_kind kinds[] = {WRITING_PASS, WRITING_FAIL,  WRITING_VETO,
                                              WRITING_LIFT, WRITING_CLAIM, WRITING_DONE};
    struct draw d = {data, data + size};
    struct buf old = {0}, out = {0}, rest = {0};
    struct words ids = {0};
    struct err e = {""};
    int line = 0;
    for (int i = 1; i <= IDS; i++)
        words_add(&ids, (const char *const[]){"D1", "D2", "D3", "D4"}[i - 1]);
    struct writing w = {.kind = DRAW(&d, kinds), .id = "", .now = NOW, .sha = "", .text = DRAW(&d, TEXTS)};
    if (writing_has_sha(w.kind)) {
        w.id = ids.at[draw(&d, IDS)];
        w.sha = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d";
    }
    bool missing = draw(&d, 30) == 1;
    while (!missing && d.at < d.end)
        buf_adds(&old, DRAW(&d, PIECES));
    bool status = w.kind == WRITING_CLAIM || w.kind == WRITING_DONE;
    if (!writing_append(&out, status ? "STATUS.md" : "REVIEW.md", missing ? NULL : buf_str(&old), old.len, &w, &ids,
                        MAX_BYTES, &line, &e)) {
        if (!e.text[0])
            broken("refused without a word", &old, NULL);
    } else if (status) {
        check_marker(&old, &out, &w);
    } else {
        check_review(&old, &out, &w, &ids, line);
    }
    writing_too_soon(missing ? NULL : buf_str(&old), old.len, &w, &ids, MAX_BYTES);
    writing_subject(&rest, &w, "builder", "note.md");
    writing_note(&rest, w.text);
    writing_note_name(&rest, &w, 1 + draw(&d, 3));
    buf_clear(&rest);
    buf_clear(&out);
    buf_clear(&old);
    words_clear(&ids);
    return 0;
}
