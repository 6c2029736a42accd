/* Any bytes as STATUS.md and REVIEW.md: no crash, no leak, nothing undefined; what is said of them is one line each;
 * the facts survive the way through JSON; and a document that is repeated to 256 KiB is still read in one go (the
 * fuzzer's time limit). */
#include "supervisor/base/json.h"
#include "tests/fuzz/fuzz.h"
#include "supervisor/base/timestamp.h"
#include <stdlib.h>
#include <string.h>

enum { BIG = 1 << 18 };

static void check_sentences(const struct judged *j, const struct buf *text)
{
    for (size_t i = 0; i < j->v.reason_count; i++) {
        const struct verdict_reason *r = &j->v.reasons[i];
        if (!r->text || strpbrk(r->text, "\n\x1b\r\t") || (r->fix && strpbrk(r->fix, "\n\x1b\r\t")))
            broken("a reason is no line", text, NULL);
    }
    if ((j->v.value == VERDICT_DONE) != (j->v.reason_count == 0))
        broken("DONE with reasons, or not DONE without", text, NULL);
    for (size_t i = 1; i < j->s.review.count; i++)
        if (j->s.review.entries[i].line < j->s.review.entries[i - 1].line)
            broken("the entries are not in the file's order", text, NULL);
}

static void check_json(struct judged *j, const struct buf *text)
{
    struct snapshot back;
    struct err e = {""};
    j->s.empty = true; /* there is no tip */
    cJSON *json = snapshot_render(&j->s);
    char *line = json_print(json);
    cJSON *again = json_parse(line, strlen(line));
    if (!again || !snapshot_parse(&back, again, &e))
        broken(e.text, text, NULL);
    cJSON *twice = snapshot_render(&back);
    char *second = json_print(twice);
    if (strcmp(line, second) != 0)
        broken("the facts change on their way through JSON", text, NULL);
    snapshot_clear(&back);
    cJSON_Delete(json);
    cJSON_Delete(again);
    cJSON_Delete(twice);
    free(line);
    free(second);
}

static void check_times(const uint8_t *data, size_t size)
{
    int64_t at, again;
    for (size_t i = 0; i < size && i < 256; i++) {
        size_t n = timestamp_parse((const char *)data + i, size - i, &at);
        if (!n)
            continue;
        char text[21];
        timestamp_format(at, text);
        if (n > size - i || timestamp_parse(text, 20, &again) != 20 || again != at)
            broken("a time that was read is not written as it was", NULL, NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct judged j;
    struct buf text = {0};
    buf_add(&text, size > 1 ? (const char *)data + 1 : "", size > 1 ? size - 1 : 0);
    if (size > 8 && data[0] % 64 == 0)
        while (text.len < BIG)
            buf_add(&text, (const char *)data + 1, size - 1);
    judge_texts(&j, text.data, text.len, text.data, text.len, NOW);
    check_sentences(&j, &text);
    if (text.len < BIG)
        check_json(&j, &text);
    judged_clear(&j);
    check_times(data, size);
    buf_clear(&text);
    return 0;
}
