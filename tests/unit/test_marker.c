/* marker: which heading is DONE, what voids it, and what is reported instead. */
#include "supervisor/base/hash.h"
#include "watchdog/marker.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void read(struct marker *m, const char *file)
{
    marker_read(m, file, strlen(file), 8 << 20);
}

static void test_stands(void **unused)
{
    (void)unused;
    static const char *const rows[] = {
        "## DONE\n",
        "## DONE",
        "   ## DONE\n",
        "##\tDONE\n",
        "##   DONE  \t\n",
        "## DONE\r\n",
        "\xEF\xBB\xBF## DONE\n",
        "## **DONE**\n",
        "## __DONE__\n",
        "## DONE ##\n",
        "## DONE — 2026-05-27 ##\n",
        "## DONE.\n",
        "## DONE!\n",
        "## DONE:\n",
        "## DONE — 2026-05-27\n",
        "## DONE – 2026-05-27T10:00:00Z\n",
        "## DONE - 2026-05-27 10:00 UTC\n",
        "## DONE @2026-05-27T10:00:00Z\n",
        "## DONE @ 2026-05-27T10:00:00+02:00\n",
        "## DONE (2026-05-27)\n",
        "## DONE: 2026-05-27.\n",
        "## DONE 2026-05-27\n",
        "## DONE ✅\n",
        "## **DONE** ✅🎉\n",
        "## DONE ✔️\n",
        "## DONE (2026-05-27)! 🎉\n",
        "# STATUS\n\ntext\n## DONE\n\nAll criteria hold.\n",
        "## DONE\n\n- [x] everything\n",
        "## DONE\n\nNothing is open; nodes are up.\n", /* begins with none of the words, only with letters of
                                                          them */
        "## DONE\n\n```\nnot yet\n```\n",
        "## DONE\n\n<!-- not yet -->\n",
        "## DONE\n\n> not yet\n",
        "## DONE\n\n[report](report.md)\n",
        "## DONE\n\n[x] all\n",
        "- item\n## DONE\n",
        "text\n## DONE\n",
        "<!-- ## NOT DONE -->\n## DONE\n",
        "### NOT DONE\n## DONE\n",
        "## DONE\n\n_(none yet)_\n\n## DONE — 2026-05-27\n\nAll hold.\n",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct marker m;
        read(&m, rows[i]);
        if (!m.done || m.refused || m.line < 1)
            fail_msg("no marker: %s", rows[i]);
        assert_int_equal(m.near.n, 0);
        marker_clear(&m);
    }
}

/* Each word that a body must not begin with, in any case, as a word of its own. */
static void test_placeholders(void **unused)
{
    (void)unused;
    static const char *const words[] = {"not",
                                        "no",
                                        "none",
                                        "n/a",
                                        "pending",
                                        "tbd",
                                        "todo",
                                        "to be",
                                        "when",
                                        "once",
                                        "after",
                                        "until",
                                        "will",
                                        "written only",
                                        "only when",
                                        "waiting",
                                        "awaiting",
                                        "blocked",
                                        "in progress",
                                        "wip",
                                        "placeholder",
                                        "reserved",
                                        "builder writes",
                                        "write",
                                        "add",
                                        "written here only"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char file[80];
        struct marker m;
        snprintf(file, sizeof file, "## DONE\n\n- _%s_ x\n", words[i]);
        for (int upper = 0; upper < 2; upper++) {
            read(&m, file);
            if (m.done)
                fail_msg("%s", file);
            marker_clear(&m);
            if (file[12] >= 'a')
                file[12] = (char)(file[12] - 32);
        }
        snprintf(file, sizeof file, "## DONE\n\n%sish x\n", words[i]);
        read(&m, file);
        /* "noneish" is another word; "writeish" begins with no word of the list either. */
        if (!m.done)
            fail_msg("%s", file);
        marker_clear(&m);
    }
}

static void test_does_not_stand(void **unused)
{
    (void)unused;
    static const char *const rows[] = {
        "",
        "\n",
        "DONE\n",
        "# DONE\n",
        "### DONE\n",
        "##DONE\n",
        "    ## DONE\n",
        "\t## DONE\n",
        "## Done\n",
        "## done\n",
        "## DONE?\n",
        "## DONE DONE\n",
        "## DONE, really\n",
        "## DONE — Phase 1c complete\n",
        "## DONE 2026-02-30\n",
        "## DONE 2026-05-27 10:00\n",
        "## DONE 2026-05-27 10:00 BST\n",
        "## DONE 27.05.2026\n",
        "## DONE#\n",
        "## DONE <!-- x -->\n",
        "## **DONE — 2026-05-27**\n",
        "## ~~DONE~~\n",
        "~~## DONE~~\n",
        "##\xC2\xA0"
        "DONE\n",
        "## DONE\xE2\x80\x8B\n",
        "## DONE 🚀\n",
        "## `DONE`\n",
        "`## DONE`\n",
        "> ## DONE\n",
        "- ## DONE\n",
        "- a\n\n  ## DONE\n",
        "1. a\n\n   ## DONE\n",
        "<details>\n## DONE\n</details>\n",
        "```\n## DONE\n",
        "<!--\n## DONE\n",
        "<textarea>\n## DONE\n</textarea>\n",
        "# Template\n\n## DONE\n",
        "---\n## DONE\n",
        "## DONE\n\nNot yet.\n",
        "## DONE\n\n**pending** D7\n",
        "## DONE\n\n1. none\n",
        "## DONE\n\n- [ ] x\n",
        "## DONE\n\n[ ] x\n",
        "## DONE\n\n...\n",
        "## DONE\n\n…\n",
        "## DONE\n\n<when all pass>\n",
        "## DONE\n\n[Builder fills this]\n",
        "## DONE\n\n_[fill in]._\n",
        "## DONE\n\nto be written\n",
        "## DONE\n\nn/a\n",
        "## DONE\n\nBuilder writes this\n",
        "## DONE\n\nWritten only when all is PASS\n",
        "## DONE\n\nadd the evidence here\n",
        "## DONE\n\n---\n\nnot yet\n",
        "## DONE\n\n### Evidence\n\nwaiting\n",
        "## DONE\n## DONE\n\ntodo\n",
        "## DONE\n\n```\nx\n```\n\n> q\n\ntbd\n",
        "## DONE\n\n## NOT YET DONE\n",
        "## NOT DONE\n\n## DONE\n",
        "## **UNDONE**\n## DONE\n",
        "## RE-OPENED\n## DONE\n",
        "## DONE retracted\n## DONE\n",
        "## DONE — withdrawn\n\n## DONE\n",
        "<details>\n## REOPENED\n</details>\n\n## DONE\n",
        "NOT DONE\n--------\n\n## DONE\n",
        "## DONE\n\n```\n## REOPENED\n",
        "x\r## DONE\n",
        "\r## DONE\n",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct marker m;
        read(&m, rows[i]);
        if (m.done || m.refused)
            fail_msg("a marker: %s", rows[i]);
        marker_clear(&m);
    }
}

/* Each near miss names its line, the rule, and what to write. */
static void test_near(void **unused)
{
    (void)unused;
    static const struct {
        const char *file;
        int line;
        const char *rule;
    } rows[] = {
        {"x\n## Done\n", 2, "not in upper case"},
        {"### DONE\n", 1, "no heading of level 2"},
        {"##DONE\n", 1, "no space after ##"},
        {"## DONE — Phase 1c complete\n", 1, "more after DONE than a date"},
        {"## DONE (pending D7)\n", 1, "more after DONE than a date"},
        {"## `DONE`\n", 1, "not written as the marker is"},
        {"DONE\n----\n", 1, "the line under it"},
        {"**DONE**\n", 1, "no heading"},
        {"- ## DONE\n", 1, "inside a list"},
        {"## DONE\n\nnot yet\n", 1, "placeholder"},
        {"## DONE\n\n- [ ] x\n", 1, "an open box"},
        {"<details>\n## DONE\n</details>\n", 2, "<details>"},
        {"```\n## DONE\n", 2, "never closed"},
        {"## Done\n## DONE\n## REOPENED — D7\n", 3, "takes DONE back"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct marker m;
        char place[24];
        read(&m, rows[i].file);
        snprintf(place, sizeof place, "line %d: ", rows[i].line);
        if (m.done || m.line != rows[i].line || !m.near.n || strncmp(m.near.at[0], place, strlen(place)) != 0 ||
            !strstr(m.near.at[0], rows[i].rule))
            fail_msg("%sline %d: %s", rows[i].file, m.line, m.near.n ? m.near.at[0] : "no near miss");
        marker_clear(&m);
    }
    /* What only mentions it, and templates in dead text, are none: they would wake the Builder for nothing.
     */
    static const char *const quiet[] = {"We are DONE\n", "```\n## DONE\n```\n", "<!-- ## DONE -->\n",
                                        "- DONE\n",      "| DONE |\n",          "## Definition of DONE\n"};
    for (size_t i = 0; i < sizeof quiet / sizeof *quiet; i++) {
        struct marker m;
        read(&m, quiet[i]);
        if (m.near.n)
            fail_msg("%s", m.near.at[0]);
        marker_clear(&m);
    }
}

static void test_place(void **unused)
{
    (void)unused;
    struct marker m;
    read(&m, "a\n\n## DONE — 2026-05-27\r\nok\n");
    assert_true(m.done);
    assert_int_equal(m.line, 3);
    assert_true(m.hash == hash_fnv("## DONE — 2026-05-27", strlen("## DONE — 2026-05-27")));
    marker_clear(&m);
    /* What is shown is escaped. */
    read(&m, "## DONE \x1b[2J\n");
    assert_true(m.near.n == 1 && strstr(m.near.at[0], "\\x1B") && !strchr(m.near.at[0], '\x1b'));
    marker_clear(&m);
}

static void test_refused(void **unused)
{
    (void)unused;
    struct marker m;
    marker_read(&m, "## DONE\n", 8, 7);
    assert_true(m.refused && !m.done && strstr(m.why, "8 bytes"));
    marker_clear(&m);
    marker_read(&m, "## DONE\n", 8, 8);
    assert_true(m.done);
    marker_clear(&m);
    marker_read(&m, "## DONE\n\0", 9, 100);
    assert_true(m.refused && strstr(m.why, "NUL"));
    marker_clear(&m);
    marker_read(&m, "\xFE\xFF", 2, 100);
    assert_true(m.refused && strstr(m.why, "UTF-16"));
    marker_clear(&m);
    marker_read(&m, "\xFF\xFE", 2, 100);
    assert_true(m.refused && strstr(m.why, "UTF-16"));
    marker_clear(&m);
    marker_read(&m, NULL, 0, 100);
    assert_true(!m.refused && !m.done);
    marker_clear(&m);
    read(&m, "# caf\xE9\n## DONE\n");
    assert_true(m.done && m.warnings.n == 1 && strstr(m.warnings.at[0], "line 1: ") &&
                strstr(m.warnings.at[0], "UTF-8"));
    marker_clear(&m);
}

/* However many near misses there are, the first are told; and what takes DONE back stands before them. */
static void test_many(void **unused)
{
    (void)unused;
    char file[4000] = "";
    for (int i = 0; i < 60; i++)
        strcat(file, "## Done\n");
    struct marker m;
    read(&m, file);
    size_t n = m.near.n;
    assert_in_range(n, 5, 50);
    assert_int_equal(m.line, 1);
    marker_clear(&m);
    strcat(file, "## DONE\n\nok\n\n## NOT DONE\n");
    read(&m, file);
    assert_false(m.done);
    assert_int_equal(m.near.n, n);
    assert_int_equal(m.line, 65);
    assert_non_null(strstr(m.near.at[0], "takes DONE back"));
    marker_clear(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stands),       cmocka_unit_test(test_does_not_stand), cmocka_unit_test(test_near),
        cmocka_unit_test(test_placeholders), cmocka_unit_test(test_place),          cmocka_unit_test(test_refused),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
