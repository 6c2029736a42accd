/* Which addresses are this machine's. */
#include "cm.h"
#include "supervisor/base/web.h"

static void test_here(void **state)
{
    (void)state;
    static const char *const here[] = {"http://127.0.0.1",         "http://127.0.0.1:80/x", "https://localhost/",
                                       "http://localhost:8080?q",  "http://[::1]/",         "http://[::1]:80",
                                       "http://a:b@127.0.0.1:80/", "http://127.9.8.7#x"};
    static const char *const away[] = {"http://host/",
                                       "http://127.0.0.1.example.org/",
                                       "http://127.0.0.1:80@host/",
                                       "http://localhost@host",
                                       "http://localhost.host/",
                                       "http://[::10]/",
                                       "http://[::1]x/",
                                       "http://host/http://127.0.0.1/",
                                       "http://host/?@127.0.0.1",
                                       "http://host\\@127.0.0.1",
                                       "127.0.0.1",
                                       "http://127./",
                                       ""};
    for (size_t i = 0; i < sizeof here / sizeof *here; i++)
        if (!web_here(here[i]))
            fail_msg("%s is here", here[i]);
    for (size_t i = 0; i < sizeof away / sizeof *away; i++)
        if (web_here(away[i]))
            fail_msg("%s is not here", away[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_here)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
