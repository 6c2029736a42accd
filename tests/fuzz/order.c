/* Lines about different criteria, vetoes and lines that say nothing may stand in any order among each other. */
#include "tests/fuzz/fuzz.h"
#include "supervisor/base/timestamp.h"
#include <stdio.h>
#include <string.h>

enum { KINDS = IDS + 1, LINES_MAX = 6 }; /* each criterion's lines, and the vetoes, keep their own order */

struct lines_of {
    char line[LINES_MAX][100];
    int n;
};

static void make_lines(struct lines_of *all, struct draw *d)
{
    static const char *const words[] = {"PASS", "FAIL", "PENDING", "PASS (draft)", "PASSED", "N/A", "PASS?", "failed"};
    static const char *const vetoes[] = {"VETO leak", "VETO LIFTED", "## VETO leak",
                                         "NO VETO",   "VETO lifted", "VETO: none"};
    for (int k = 0; k < KINDS; k++) {
        all[k].n = draw(d, LINES_MAX);
        for (int i = 0; i < all[k].n; i++) {
            char at[21];
            timestamp_format(NOW - 100000 + draw(d, 65536) * 2, at);
            if (k < IDS)
                snprintf(all[k].line[i], sizeof all[k].line[i], "D%d: %s%s%s", k + 1, DRAW(d, words),
                         draw(d, 6) ? " @" : " ", at);
            else
                snprintf(all[k].line[i], sizeof all[k].line[i], "%s", DRAW(d, vetoes));
        }
    }
}

static void mix(const struct lines_of *all, struct draw *d, struct buf *b)
{
    int next[KINDS] = {0}, left = 0;
    for (int k = 0; k < KINDS; k++)
        left += all[k].n;
    while (left > 0) {
        int k = draw(d, KINDS);
        while (next[k] == all[k].n)
            k = (k + 1) % KINDS;
        if (!draw(d, 4))
            add_noise(b, d);
        /* The empty line behind it: what follows a heading VETO without a reason is its body. */
        buf_addf(b, "%s\n\n", all[k].line[next[k]++]);
        left--;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct draw d = {data, data + size};
    struct lines_of all[KINDS];
    struct buf one = {0}, two = {0};
    make_lines(all, &d);
    mix(all, &d, &one);
    mix(all, &d, &two);
    /* The noise says things about VETO, too: it is lifted there, which lifts what stands above. */
    bool lifted = memmem(buf_str(&one), one.len, "mended", 6) || memmem(buf_str(&two), two.len, "mended", 6);
    struct judged a, b;
    judge_texts(&a, "", 0, buf_str(&one), one.len, NOW);
    judge_texts(&b, "", 0, buf_str(&two), two.len, NOW);
    for (size_t i = 0; i < a.v.count; i++)
        if (a.v.criteria[i].state != b.v.criteria[i].state)
            broken(a.v.criteria[i].id, &one, &two);
    if (!lifted && a.v.vetoes != b.v.vetoes)
        broken("vetoes", &one, &two);
    judged_clear(&a);
    judged_clear(&b);
    buf_clear(&one);
    buf_clear(&two);
    return 0;
}
