#include "tests/fuzz/fuzz.h"
#include "supervisor/base/timestamp.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int draw(struct draw *d, int n)
{
    unsigned value = 0;
    for (int room = 1; room < n && d->at < d->end; room *= 256)
        value = value << 8 | *d->at++;
    return (int)(value % (unsigned)n);
}

void judge_texts(struct judged *j, const char *status, size_t status_n, const char *review, size_t review_n,
                 int64_t now)
{
    memset(j, 0, sizeof *j);
    for (int i = 1; i <= IDS; i++) {
        char id[8];
        snprintf(id, sizeof id, "D%d", i);
        words_add(&j->criteria, id);
    }
    j->rules = (struct verdict_rules){.criteria = &j->criteria, .window = WINDOW, .skew = SKEW};
    j->s.has_status = j->s.has_review = true;
    marker_read(&j->s.marker, status, status_n, MAX_BYTES);
    review_read(&j->s.review, review, review_n, &j->criteria, MAX_BYTES);
    verdict_judge(&j->v, &j->s, &j->rules, "STATUS.md", "REVIEW.md", now);
}

void judged_clear(struct judged *j)
{
    verdict_clear(&j->v);
    snapshot_clear(&j->s);
    words_clear(&j->criteria);
}

bool is_done(const struct buf *review, int64_t now)
{
    static const char status[] = "# STATUS\n\n## DONE\n";
    struct judged j;
    judge_texts(&j, status, sizeof status - 1, buf_str(review), review->len, now);
    bool done = j.v.value == VERDICT_DONE;
    judged_clear(&j);
    return done;
}

void add_pass(struct buf *b, struct draw *d, int id, int age)
{
    /* D is the id, T the time. */
    static const char *const forms[] = {
        "D: PASS @T\n",
        "D: PASS @T sha=1a2b3c4 — cold run\n",
        "## D — title: PASS @T\n",
        "- [x] **D** — all of it. PASS @T\n",
        "| D | PASS | T | 0 failures |\n",
        "| D | T | PASS |\n",
        "1. D: PASS (3/3) @T\n",
        "[D](#d): PASS @T\n",
        "D PASS T\n",
        "`D`: **PASS** @ `T`\n",
        "D — PASS — T — 0 FAILED\n",
        "  D: PASS @T\n",
        "* D: PASSED @T, it was broken\n",
        "+ D: PASS @T <!-- checked -->\n",
    };
    char at[21];
    timestamp_format(NOW - age, at);
    const char *form = DRAW(d, forms);
    for (const char *s = form; *s; s++) {
        bool time = *s == 'T' && s[1] != 'I', name = *s == 'D' && (s == form || s[-1] != 'E');
        if (time)
            buf_adds(b, at);
        else if (name)
            buf_addf(b, "D%d", id);
        else
            buf_add(b, s, 1);
    }
}

void add_noise(struct buf *b, struct draw *d)
{
    static const char *const noise[] = {
        "\n",
        "# Review\n\n",
        "\nSome prose about D1 and what PASS means.\n\n",
        "\n```\nD2: FAIL in a log\n```\n\n",
        "\n~~~~ text\nD2: FAIL\n```\n~~~~\n\n",
        "\n<!-- D3: FAIL once -->\n\n",
        "\n<!--\nVETO\n-->\n\n",
        "\n<pre>\nD3: FAIL\n\n</pre>\n\n",
        "\n> D1: FAIL was said\n\n",
        "\n~~D2: FAIL~~\n\n",
        "\n`D2: FAIL`\n\n",
        "\n# Log\n\n    D4: FAIL in code\n\n",
        "\n| id | verdict |\n|---|---|\n",
        "- a list\n  - that is nested\n\n",
        "\n<details>\n<summary>log</summary>\nall good\n</details>\n\n",
        "\n---\n\n",
        "\nA title\n=======\n\n",
        "D9: PASS @2026-05-28T10:00:00Z\n",
        "D1–D4: PASS @2026-05-28T10:00:00Z\n",
        "## VETO: none\n\n",
        "VETO a leak\nVETO LIFTED, it is mended\n",
        "\n\xFF\xFE\xC3 caf\xE9 \xF0\x9F\x8E\x89 \r x\n\n",
        "\nThe `<!--` opens nothing, nor does \\``` or ~~ alone.\n\n",
    };
    buf_adds(b, DRAW(d, noise));
}

static void show(const char *name, const struct buf *b)
{
    if (b)
        fprintf(stderr, "---- %s (%zu bytes)\n%.*s\n----\n", name, b->len, (int)b->len, b->len ? b->data : "");
}

_Noreturn void broken(const char *what, const struct buf *one, const struct buf *two)
{
    fprintf(stderr, "BROKEN: %s\n", what);
    show("one", one);
    show("two", two);
    abort();
}
