/* Secrets in what others say. */
#include "cm.h"
#include "supervisor/base/mask.h"
#include <stdlib.h>
#include <string.h>

static void test_masked(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"", ""},
        {"5/5 replicas", "5/5 replicas"},
        {"https://user:pa55@host/x", "https://***@host/x"},
        {"https://ghtoken@host:8443/x?y=a@b", "https://***@host:8443/x?y=a@b"},
        {"https://host/a@b", "https://host/a@b"},
        {"ssh://git@host", "ssh://***@host"},
        {"Authorization: Bearer abc.def-123", "Authorization: Bearer ***"},
        {"authorization=Basic dXNlcjpw", "authorization=Basic ***"},
        {"\"token\": \"s3cret\", \"n\": 5", "\"token\": \"***\", \"n\": 5"},
        {"GITEA_TOKEN=abc next", "GITEA_TOKEN=*** next"},
        {"X-Auth-Token: abc", "X-Auth-Token: ***"},
        {"db_password = 'hunter2'", "db_password = '***'"},
        {"?api_key=abc&x=1", "?api_key=***&x=1"},
        {"the token is wrong", "the token is wrong"},
        {"password:", "password:"},
        {"tokens: 51", "tokens: 51"},
        {"Bearer eyJhbGciOi.x.y", "Bearer ***"},
        {"basic setup", "basic setup"},
        {"pushed with ghp_0123456789abcdef.", "pushed with ***."},
        {"sk-ant-api03-AbCdEfGh", "***"},
        {"AKIA", "AKIA"},
        {"secret=", "secret="},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *got = mask_dup(rows[i][0], strlen(rows[i][0]));
        assert_string_equal(got, rows[i][1]);
        free(got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_masked)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
