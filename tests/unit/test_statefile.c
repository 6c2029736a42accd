/* Whose is a file of the repository. */
#include "cm.h"
#include "watchdog/statefile.h"

static void test_owners(void **unused)
{
    (void)unused;
    static const struct {
        const char *path, *state_path;
        enum statefile whose;
    } rows[] = {
        {"STATUS.md", "", STATEFILE_BUILDER},
        {"JOURNAL.md", "", STATEFILE_BUILDER},
        {"BACKLOG-1c.md", "", STATEFILE_BUILDER},
        {"REVIEW.md", "", STATEFILE_ADVERSARY},
        {"REVIEW-1c.md", "", STATEFILE_ADVERSARY},
        {"FINDINGS-a.b.md", "", STATEFILE_ADVERSARY},
        {"STATUS-.md", "", STATEFILE_NONE},
        {"STATUS.txt", "", STATEFILE_NONE},
        {"STATUS", "", STATEFILE_NONE},
        {"STATUSES.md", "", STATEFILE_NONE},
        {"status.md", "", STATEFILE_NONE},
        {"docs/STATUS.md", "", STATEFILE_NONE},
        {"STATUS-a/b.md", "", STATEFILE_NONE},
        {"inbox/builder/x", "", STATEFILE_INBOX},
        {"inbox/adversary/x", "", STATEFILE_INBOX},
        {"inbox/other/x", "", STATEFILE_NONE},
        {"inbox", "", STATEFILE_NONE},
        {"docs/state/STATUS.md", "docs/state", STATEFILE_BUILDER},
        {"docs/state/inbox/builder/x", "docs/state", STATEFILE_INBOX},
        {"docs/stateSTATUS.md", "docs/state", STATEFILE_NONE},
        {"STATUS.md", "docs/state", STATEFILE_NONE},
        {"docs/state/deeper/STATUS.md", "docs/state", STATEFILE_NONE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (statefile_of(rows[i].path, rows[i].state_path) != rows[i].whose)
            fail_msg("%s below '%s'", rows[i].path, rows[i].state_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_owners)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
