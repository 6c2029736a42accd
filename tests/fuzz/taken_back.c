/* From files that are DONE: whatever is said against a criterion behind them, and whichever verdict is hidden, spoilt
 * or left out, never leaves DONE standing. */
#include "tests/fuzz/fuzz.h"
#include "supervisor/base/timestamp.h"
#include <stdio.h>
#include <string.h>

/* Said behind the rest. D is the id, T a time. */
static const char *const AGAINST[] = {
    "D: FAIL\n",
    "D: FAIL @T sha=1a2b3c4 — reproduced\n",
    "D: failed on a cold clone\n",
    "D: Broken\n",
    "- [ ] **D** — title. FAIL\n",
    "- [x] D: FAIL @T\n",
    "## D — title: REGRESSED\n",
    "| D | FAIL | T | x |\n",
    "| D | PASS | FAIL | T |\n",
    "| D | PASS | T | FAIL |\n",
    "D1–D4: FAIL\n",
    "D1, D2, D3 and D4: FAIL @T\n",
    "D1-D4: VETOED\n",
    "D.1: FAIL\n",
    "D ❌\n",
    "❌ D is back\n",
    "D: ✗ @T\n",
    "D: PASS (provisional) @T\n",
    "D: PASS? @T\n",
    "D: PASS if green @T\n",
    "D: PASS @T (not yet)\n",
    "D: NOT PASS @T\n",
    "D: PASS, was FAIL @T\n",
    "- [ ] D: PASS @T\n",
    "D: re-check PENDING\n",
    "D: N/A @T\n",
    "| D | CLAIMED | PASS | T |\n",
    "D no longer works\n",
    "D is not green\n",
    "D doesn't start\n",
    "D: PASS withdrawn @T\n",
    "D: REVOKED, see below\n",
    "**D: FAIL**\n",
    "[D](#d) FAIL\n",
    "    \n1. D: FAIL\n",
    "`D`: FAIL\n",
    "`D: FAIL` again\n",
    "D: FAIL\n",
    "VETO\n",
    "VETO: leak\n",
    "- VETO leak\n",
    "# veto leak\n",
    "## VETO\n\nleak\n",
    "**VETO** leak\n",
    "## VETO leak\n\n## VETO NOT LIFTED\n",
    "VETO leak\nVETO LIFTED?\n",
    "VETO leak\n- [ ] VETO LIFTED\n",
    "VETO leak\nveto lifted\n",
    "VETO leak\n\n> VETO LIFTED\n",
    "VETO leak\n\n~~~\nVETO LIFTED\n~~~\n",
    "VETO leak\n<details>\nVETO LIFTED\n</details>\n",
    "## Open VETOs\n\n- leak\n",
};

/* Text in front of what is said: dim at the worst, so that it counts all the same. (Nothing that is said closes it.) */
static const char *const BEFORE[] = {
    "",
    "",
    "<details>\n",
    "\n```\n",
    "\n~~~~ x\n",
    "\n<!-- \n",
    "\ntext <!-- x\n",
    "\n<pre>\n",
    "\n<textarea>\n",
    "\n> quoted\n",
    "\n## Example\n\n",
    "\n## Verdict format\n\n",
    "\n<details>\n<details>\n</details>\n",
    "\n- a list\n\n",
    "\n1. a list\n   - deep\n\n",
    "\n<div>\n",
    "\n# D1: PASS\n\n",
};

static void add_line(struct buf *b, struct draw *d, const char *form, int id)
{
    char at[21];
    timestamp_format(NOW - 200000 + draw(d, 400000), at);
    for (const char *s = form; *s; s++) {
        bool word = s > form && s[-1] >= 'A' && s[-1] <= 'Z';
        if (*s == 'D' && !word && !(s[1] >= '0' && s[1] <= '9') && !(s[1] >= 'A' && s[1] <= 'Z'))
            buf_addf(b, "D%d", id);
        else if (*s == 'T' && !word && !(s[1] >= 'A' && s[1] <= 'Z'))
            buf_adds(b, at);
        else
            buf_add(b, s, 1);
    }
}

static void say_against(struct draw *d, const struct buf *good)
{
    struct buf bad = {0};
    buf_add(&bad, good->data, good->len);
    if (draw(d, 2))
        buf_adds(&bad, "\n");
    buf_adds(&bad, DRAW(d, BEFORE));
    add_line(&bad, d, DRAW(d, AGAINST), 1 + draw(d, IDS));
    while (d->at < d->end && draw(d, 2))
        buf_adds(&bad, "\nmore text\n");
    if (is_done(&bad, NOW))
        broken("DONE in spite of what is said behind it", &bad, NULL);
    buf_clear(&bad);
}

/* One verdict and what is put around it. */
static const char *const HIDINGS[][2] = {
    {"\n```\n", "\n```\n"},
    {"\n~~~ text\n", "\n~~~\n"},
    {"\n- list\n\n      ```\n      ", "\n      ```\n"},
    {"\n<!--\n", "\n-->\n"},
    {"\n<!-- ", " -->\n"},
    {"text <!-- ", "\n--> more\n"},
    {"\n<pre>\n", "\n</pre>\n"},
    {"\n<SCRIPT x>\n", "\n</script>\n"},
    {"\n<style>\n", "\n</style>\n"},
    {"\n<textarea>\n", "\n</textarea>\n"},
    {"\n<details>\n", "\n</details>\n"},
    {"\n<details>\n<details>\n</details>\n", "\n</details>\n"},
    {"\n> ", "\n"},
    {"\n> said\n", "\n"},
    {"\n- > ", "\n"},
    {"\n# x\n\n    ", "\n"},
    {"\n# x\n\t", "\n"},
    {"\n~~", "~~\n"},
    {"\n`", "`\n"},
    {"\n- ``", "``\n"},
    {"\nThe Builder says ", "\n"},
    {"\n\\", "\n"},
    {"\n- [ ] ", "\n"},
    {"\n\"", "\"\n"},
    {"\n✅ ", "\n"},
    {"\n(", ")\n"},
    {"\n| x | ", " |\n"},
    {"\nD1, ", "\n"},
    {"\nD1–", "\n"},
    {"\nx", "\n"},
    {"\n\xC2\xA0", "\n"},
    {"\n\xE2\x80\x8B", "\n"},
    {"\nnot ", "\n"},
    {"\n## Format\n\n", "\n\n# More\n"},
    {"", ""}, /* left out */
};

/* A plain verdict about D1 hidden, the others as good has them. */
static void hide_one(struct draw *d, struct draw rest)
{
    struct buf b = {0};
    char at[21], line[80];
    int place = draw(d, IDS), how = draw(d, (int)(sizeof HIDINGS / sizeof *HIDINGS));
    bool left_out = !*HIDINGS[how][0];
    timestamp_format(NOW - draw(d, 80000), at);
    snprintf(line, sizeof line, "D1: PASS @%s", at);
    for (int i = 0; i < IDS; i++) {
        if (i == place && !left_out) {
            buf_adds(&b, HIDINGS[how][0]);
            buf_adds(&b, line);
            buf_adds(&b, HIDINGS[how][1]);
            buf_adds(&b, "\n");
        }
        if (draw(&rest, 2))
            add_noise(&b, &rest);
        if (i)
            add_pass(&b, &rest, i + 1, 60 + draw(&rest, 80000));
    }
    if (is_done(&b, NOW))
        broken("DONE though the verdict about D1 is hidden", &b, NULL);
    buf_clear(&b);
}

/* One of the lines that give a PASS is left out. */
static void drop_line(struct draw *d, const struct buf *good)
{
    int at = draw(d, IDS), seen = 0;
    struct buf bad = {0};
    for (const char *s = good->data, *end = s + good->len, *next; s < end; s = next) {
        const char *stop = memchr(s, '\n', (size_t)(end - s));
        next = stop ? stop + 1 : end;
        bool verdict = memmem(s, (size_t)(next - s), "2026-05-", 8) && memmem(s, (size_t)(next - s), "PASS", 4) &&
                       !memmem(s, (size_t)(next - s), "D9", 2) &&
                       !memmem(s, (size_t)(next - s),
                               "\xE2\x80\x93"
                               "D4",
                               5);
        if (!verdict || seen++ != at)
            buf_add(&bad, s, (size_t)(next - s));
    }
    if (seen == IDS && is_done(&bad, NOW))
        broken("DONE without a verdict", good, &bad);
    buf_clear(&bad);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct draw d = {data, data + size};
    struct buf good = {0};
    int what = draw(&d, 3), first = draw(&d, IDS);
    struct draw rest = d;
    for (int i = 0; i < IDS; i++) {
        for (int n = draw(&d, 3); n > 0; n--)
            add_noise(&good, &d);
        add_pass(&good, &d, (first + i) % IDS + 1, 60 + draw(&d, 80000));
    }
    if (!is_done(&good, NOW))
        broken("not DONE to begin with", &good, NULL);
    if (what == 0)
        say_against(&d, &good);
    else if (what == 1)
        hide_one(&d, rest);
    else
        drop_line(&d, &good);
    buf_clear(&good);
    return 0;
}
