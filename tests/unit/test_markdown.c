/* markdown: the life of each line. One letter a line: L live, d dim, x dead, s in a section of examples, .
 * blank. */
#include "watchdog/markdown.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void lives(const char *file, char *out, size_t size)
{
    struct markdown md;
    struct markdown_line line;
    size_t n = 0;
    markdown_read(&md, file, strlen(file));
    while (markdown_next(&md, &line) && n + 1 < size)
        out[n++] = line.life == MARKDOWN_DEAD  ? 'x'
                   : line.life == MARKDOWN_DIM ? 'd'
                   : !text_trim(line.text).n   ? '.'
                   : line.sample               ? 's'
                                               : 'L';
    out[n] = '\0';
    markdown_clear(&md);
}

static void test_lives(void **unused)
{
    (void)unused;
    static const struct {
        const char *file, *want;
    } rows[] = {
        {"a\n\nb", "L.L"},
        /* fences */
        {"```\na\n```\nb\n", "xxxL"},
        {"   ```\na\n   ```\nb\n", "xxxL"},
        {"    ```\na\n", "xL"},
        {"~~~~\n~~~\na\n~~~~\nb\n", "xxxxL"},
        {"```\n~~~\na\n```\nb\n", "xxxxL"},
        {"```\na\n`````  \nb\n", "xxxL"},
        {"```\na\n``` b\nc\n```\nd\n", "xxxxxL"},
        {"  ```\na\n     ```\nb\n", "xxxL"},          /* 3 more than the opener */
        {"  ```\na\n      ```\n  ```\nb\n", "xxxxL"}, /* 4 more */
        {"``` a`\nb\n", "LL"},
        {"``\na\n``\n", "ddd"}, /* a code span over lines: what is in it is doubtful */
        {"- ```\n  a\n  ```\nb\n", "xxxL"},
        {"- a\n        ```\n  b\n        ```\n", "Lxxx"},
        {"- a\n\n        ```\n        b\n        ```\nc\n", "L.xxxL"},
        {"- ```\n  a\nb\n  ```\nc\n", "xxdxL"},
        {"```\na\n", "xd"},
        {"a\n```\n<!-- b -->\n```\nc\n~~~\nd\n\ne\n", "LxxxLxddd"},
        /* comments */
        {"<!-- a -->\nb\n", ".L"},
        {"<!--\na\n-->\nb\n", ".xxL"},
        {"a <!--\nb\n--> c\nd\n", "LxdL"},
        {"a <!-- b --> c\n", "L"},
        {"<!-- b --> c\n", "d"},
        {"a\n<!--\nb\n", "L.d"},
        {"<!-- a\nb\n--> <!-- c\nd\n-->\ne\n", ".xdxxL"},
        {"> <!--\na\n-->\nb\n", "xddL"},
        {"`<!--` a\nb\n", "LL"},
        {"``a ` <!-- `` b\nc\n", "LL"},
        {"` <!--\nb\n-->\n", "Lxx"},
        /* raw HTML */
        {"<pre>\na\n</pre>\nb\n", "xxxL"},
        {"<pre>a</pre>\nb\n", "xL"},
        {"<Style>\na\n</STYLE>\nb\n", "xxxL"},
        {"<pre>\n</script>\n</pre>\nb\n", "xxdL"},
        {"<pre>\n</pre\n</pre >\nb\n", "xxxL"},
        {"a <pre> <!--\nb\n</pre>\n-->\nc\n", "LxxxL"},
        {"<script src=x>\n", "x"},
        {"a <pre>\nb\n</pre>\nc\n", "LddL"},
        {"a <pre> b </pre>\nc\n", "LL"},
        {"<pres>\na\n", "LL"},
        {"<textarea>\na\n", "xd"},
        /* quotations */
        {"> a\n", "x"},
        {"> a\nb\nc\n\nd\n", "xdd.L"},
        {">\nb\n", "xL"},
        {"> # a\nb\n", "xL"},
        {"> a\n# b\n", "xL"},
        {"> a\n- b\n", "xL"},
        {"   > a\n", "x"},
        {"- > a\n", "x"},
        /* code by indentation */
        {"    a\n", "x"},
        {"\ta\n", "x"},
        {"  \ta\n", "x"},
        {"    <!--\na\n-->\nb\n", "xddL"},
        {"a\n    b\n", "Ld"},
        {"a\n\n    b\n", "L.x"},
        {"# a\n    b\n", "Lx"},
        {"- a\n    b\n", "LL"},
        {"- a\n\n    b\n", "L.L"},
        {"- a\n\n      b\n", "L.x"},
        /* an empty item is over with the empty line */
        {"-\n\n    a\n", "L.x"},
        {"-\n    a\n", "LL"},
        {"- -\n\n    a\n", "L.L"},
        /* a paragraph's next line begins an item only with a bullet or a 1, and with text behind it */
        {"a\n2. ```\n```\nb\n```\n", "LLxxx"},
        {"a\n1. ```\n   ```\nb\n", "LxxL"},
        {"a\n01) ```\n    ```\nb\n", "LxxL"},
        {"a\n10. ```\n```\nb\n```\n", "LLxxx"},
        {"a\n+\n\n    b\n", "LL.x"},
        {"a\n\n2. ```\n   ```\nb\n", "L.xxL"},
        {"1. a\n2. ```\n   ```\nb\n", "LxxL"},
        {"a\nb\n===\n2. ```\n   ```\nc\n", "LLLxxL"},
        {"- a\n===\n  b\n", "LLL"},
        /* too far right to begin anything: a paragraph of the list goes on */
        {"   10. > a\n    - b\nc\n", "xdd"},
        {"   1. a\n    - b\nc\n", "LdL"},
        {"- a\n    - b\n", "LL"},
        /* a tag of raw text inside a line is a doubt, and fences go on meaning fences */
        {"a <pre> b\n```\nc\n```\nd\n</pre>\ne\n", "LdddddL"},
        {"a <pre> b\n```\n</pre>\nc\n```\nd\n", "LddxxL"},
        {"a <pre> b\nc </pre> <pre> d\ne\n</pre>\nf\n", "LdddL"},
        {"10. a\n\n    b\n", "L.L"},
        {"- a\n  - b\n    - c\n      - d\n", "LLLL"},
        {"-     a\n", "x"},
        {"- a\n\nb\n\n    c\n", "L.L.x"},
        /* code spans and struck text */
        {"`a`\n", "x"},
        {"``a ` b``\n", "x"},
        {"- [ ] **`a b`**\n", "d"},
        {"- `a`\n", "d"},
        {"`a` b\n", "L"},
        {"`a` `b`\n", "L"},
        {"~~a~~\n", "."},
        {"~~a\nb~~\nc\n", "ddL"},
        {"~~a\n\nb~~\n", "L.L"},
        /* front matter */
        {"---\na\n---\nb\n", "xxxL"},
        {"---\na\n...\nb\n", "xxxL"},
        {"---\na\n", "xd"},
        {"\n---\na\n", ".LL"},
        {"--- a\nb\n", "LL"},
        /* <details> */
        {"<details>\na\n</details>\nb\n", "dddL"},
        {"<details open>\na\n<details>\n</details>\nb\n</details>\nc\n", "ddddddL"},
        {"<details>a</details>\nb\n", "dL"},
        {"a <details>\nb\n", "Ld"},
        {"`<details>`\na\n", "xL"},
        {"<details>\n```\na\n```\n</details>\nb\n", "dxxxdL"},
        /* sections of examples */
        {"# Format\na\n\n## b\nc\n# d\ne\n", "Ls.ssLL"},
        {"# Format\na\n# Legend\nb\n", "LsLs"},
        {"Format\n===\na\n\nd\n===\ne\n", "LLs.LLL"},
        {"# format\na\n", "Ld"},
        {"# Formats\na\n", "LL"},
        {"- # Format\na\n", "LL"},
    };
    int wrong = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char got[64];
        lives(rows[i].file, got, sizeof got);
        if (strcmp(got, rows[i].want) != 0) {
            print_message("%s, not %s:\n%s\n", got, rows[i].want, rows[i].file);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

/* What is left of a line without comments and struck text. */
static void test_text(void **unused)
{
    (void)unused;
    static const struct {
        const char *file, *want;
    } rows[] = {
        {"a <!-- b --> c\n", "a   c"},
        {"a ~~b~~ c\n", "a   c"},
        {"a ~~b c\n", "a ~~b c"},
        {"a ~~ b ~~ c\n", "a ~~ b ~~ c"},
        {"a ~~~b~~~ c\n", "a ~~~b~~~ c"},
        {"`~~b~~` c\n", "`~~b~~` c"},
        {"a \\~~b~~\n", "a \\~~b~~"},
        {"a <!-- `b --> c` d\n", "a   c` d"},
        {"a\r\r\n", "a\r"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct markdown md;
        struct markdown_line line;
        markdown_read(&md, rows[i].file, strlen(rows[i].file));
        assert_true(markdown_next(&md, &line));
        if (!text_equals(line.text, rows[i].want, false))
            fail_msg("'%.*s', not '%s'", (int)line.text.n, line.text.at, rows[i].want);
        markdown_clear(&md);
    }
}

static void test_headings(void **unused)
{
    (void)unused;
    struct markdown md;
    struct markdown_line line;
    static const int levels[] = {1, 6, 0, 0, 0, 1, 0, 0, 2, 0, 0, 2, 1, 3};
    static const char file[] = "# a\n###### b\n####### c\n#d\n\ne\n==\n\nf\n---\n\n- ## g\n    # h\n   ### i\n";
    markdown_read(&md, file, strlen(file));
    size_t n = 0;
    for (; markdown_next(&md, &line); n++) {
        if (line.heading != levels[n])
            fail_msg("line %d: level %d, not %d", line.number, line.heading, levels[n]);
        assert_true(line.underlined == (line.number == 6 || line.number == 9));
        assert_true(line.nested == (line.number == 12 || line.number == 13 || line.number == 14));
    }
    assert_int_equal(n, sizeof levels / sizeof *levels);
    markdown_clear(&md);
}

/* What is never closed is reported with its line. */
static void test_warnings(void **unused)
{
    (void)unused;
    static const struct {
        const char *file, *line, *word;
    } rows[] = {
        {"a\n```\nb\n", "line 2: ", "fence"},
        {"a\nb <!-- c\n", "line 2: ", "comment"},
        {"a\n<pre>\n", "line 2: ", "HTML"},
        {"---\na\n", "line 1: ", "front matter"},
        {"a\n\n<details>\n", "line 3: ", "<details>"},
        {"a\n\xC0\n", "line 2: ", "UTF-8"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct markdown md;
        markdown_read(&md, rows[i].file, strlen(rows[i].file));
        assert_int_equal(md.warnings.n, 1);
        if (strncmp(md.warnings.at[0], rows[i].line, strlen(rows[i].line)) != 0 ||
            !strstr(md.warnings.at[0], rows[i].word))
            fail_msg("%s", md.warnings.at[0]);
        markdown_clear(&md);
    }
    struct markdown md;
    markdown_read(&md, "```\na\n```\n<!-- b -->\n<details>\n</details>\n", 42);
    assert_int_equal(md.warnings.n, 0);
    markdown_clear(&md);
}

/* 64 KiB of a line are read, live; one byte more makes it dim, and it is cut. */
static void test_long(void **unused)
{
    (void)unused;
    for (size_t n = 65535; n <= 65537; n++) {
        char *file = malloc(n + 3);
        memset(file, 'a', n);
        memcpy(file + n, "\nb", 3);
        struct markdown md;
        struct markdown_line line;
        markdown_read(&md, file, n + 2);
        assert_true(markdown_next(&md, &line));
        assert_int_equal(line.life, n > 65536 ? MARKDOWN_DIM : MARKDOWN_LIVE);
        assert_int_equal(line.text.n, n > 65536 ? 65536 : n);
        assert_int_equal(line.whole.n, n);
        assert_int_equal(md.warnings.n, n > 65536);
        assert_true(markdown_next(&md, &line) && line.life == MARKDOWN_LIVE && line.number == 2);
        assert_false(markdown_next(&md, &line));
        markdown_clear(&md);
        free(file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lives),    cmocka_unit_test(test_text), cmocka_unit_test(test_headings),
        cmocka_unit_test(test_warnings), cmocka_unit_test(test_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
