/* Reads documents from standard input and prints what our readers say about each, for the comparison with the second
 * reader (tests/second/compare.py).
 *
 *     reading NOW WINDOW SKEW CRITERION...
 *
 * A document is two lengths of 4 bytes each, the lowest first, then STATUS.md and REVIEW.md of these lengths. For each
 * one line: verdict, state, marker (STANDS, NO or REFUSED), the marker's line when it stands, standing vetoes, and each
 * criterion's state. */
#include "watchdog/verdict.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LENGTH_MAX = 16 << 20, REFUSED_OVER = 8 << 20 };

static void die(const char *what)
{
    fprintf(stderr, "reading: %s\n", what);
    exit(2);
}

/* The next length; false at the end of the input. */
static bool read_length(size_t *n)
{
    unsigned char b[4];
    size_t got = fread(b, 1, sizeof b, stdin);
    if (!got)
        return false;
    *n = (size_t)b[0] | (size_t)b[1] << 8 | (size_t)b[2] << 16 | (size_t)b[3] << 24;
    if (got != sizeof b || *n > LENGTH_MAX)
        die("no length");
    return true;
}

/* Exactly n bytes, in memory of exactly that size so that a sanitizer sees who reads behind them. */
static char *read_bytes(size_t n)
{
    char *text = malloc(n ? n : 1);
    if (!text || fread(text, 1, n, stdin) != n)
        die("the document is cut off");
    return text;
}

static void answer(const struct verdict_rules *rules, int64_t now, const char *status, size_t status_n,
                   const char *review, size_t review_n)
{
    struct snapshot s;
    struct verdict v;
    memset(&s, 0, sizeof s);
    s.has_status = s.has_review = true;
    marker_read(&s.marker, status, status_n, REFUSED_OVER);
    review_read(&s.review, review, review_n, rules->criteria, REFUSED_OVER);
    verdict_judge(&v, &s, rules, "STATUS.md", "REVIEW.md", now);
    printf("%s %s %s %d %d", verdict_value_name(v.value), verdict_state_name(v.state),
           s.marker.refused ? "REFUSED"
           : s.marker.done  ? "STANDS"
                            : "NO",
           s.marker.done ? s.marker.line : 0, v.vetoes);
    for (size_t i = 0; i < v.count; i++)
        printf(" %s", criterion_state_name(v.criteria[i].state));
    putchar('\n');
    verdict_clear(&v);
    snapshot_clear(&s);
}

int main(int argc, char **argv)
{
    if (argc < 5)
        die("usage: reading NOW WINDOW SKEW CRITERION...");
    struct words criteria = {0};
    for (int i = 4; i < argc; i++)
        words_add(&criteria, argv[i]);
    struct verdict_rules rules = {
        .criteria = &criteria, .window = strtoll(argv[2], NULL, 10), .skew = strtoll(argv[3], NULL, 10)};
    int64_t now = strtoll(argv[1], NULL, 10);
    size_t status_n, review_n;
    while (read_length(&status_n)) {
        if (!read_length(&review_n))
            die("the document is cut off");
        char *status = read_bytes(status_n), *review = read_bytes(review_n);
        answer(&rules, now, status, status_n, review, review_n);
        if (fflush(stdout))
            die("nobody listens");
        free(status);
        free(review);
    }
    words_clear(&criteria);
    return 0;
}
