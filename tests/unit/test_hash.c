/* supervisor/base/hash against published values. */
#include "cm.h"
#include "supervisor/base/hash.h"
#include <string.h>

static void test_fnv_known_values(void **state)
{
    (void)state;
    assert_true(hash_fnv("", 0) == 0xcbf29ce484222325u);
    assert_true(hash_fnv("a", 1) == 0xaf63dc4c8601ec8cu);
    assert_true(hash_fnv("foobar", 6) == 0x85944171f73967e8u);
    assert_true(hash_fnv("\xff", 1) != hash_fnv("\x7f", 1));
}

static void test_crc32_known_values(void **state)
{
    (void)state;
    assert_int_equal(hash_crc32("", 0), 0);
    assert_int_equal(hash_crc32("123456789", 9), 0xCBF43926u);
    assert_int_equal(hash_crc32("The quick brown fox jumps over the lazy dog", 43), 0x414FA339u);
    assert_int_equal(hash_crc32("\0\0\0\0", 4), 0x2144DF1Cu);
}

/* What it is for: each single flipped bit and each cut of a record is seen. */
static void test_crc32_sees_damage(void **state)
{
    (void)state;
    char record[] = "{\"t\":1795012345678,\"kind\":\"phase\",\"id\":\"default\"}";
    size_t n = strlen(record);
    uint32_t good = hash_crc32(record, n);
    for (size_t bit = 0; bit < 8 * n; bit++) {
        record[bit / 8] = (char)(record[bit / 8] ^ 1 << bit % 8);
        assert_true(hash_crc32(record, n) != good);
        record[bit / 8] = (char)(record[bit / 8] ^ 1 << bit % 8);
    }
    for (size_t cut = 0; cut < n; cut++)
        assert_true(hash_crc32(record, cut) != good);
    assert_int_equal(hash_crc32(record, n), good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fnv_known_values),
        cmocka_unit_test(test_crc32_known_values),
        cmocka_unit_test(test_crc32_sees_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
