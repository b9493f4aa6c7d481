/* Keys: encoding, splitting, ends of prefixes. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "store/keys.h"
#include "util.h"

/* plain name, what it is written as */
static const char *const NAMES[][2] = {
    { "switch:n1", "switch:n1" },
    { "", "." },
    { ".", "%2E" },
    { "..", ".." },
    { "a/b", "a%2Fb" },
    { "100%", "100%25" },
    { "%2F", "%252F" },
    { "b\303\274ro", "b%C3%BCro" },
    { "a b", "a%20b" },
    { "Az09-._~:@$", "Az09-._~:@$" },
    { "\001\377", "%01%FF" },
};

static void
test_encode_and_decode(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(NAMES); i++) {
        char *encoded = keys_encode(NAMES[i][0]);
        char *decoded = keys_decode(NAMES[i][1], strlen(NAMES[i][1]));

        assert_string_equal(encoded, NAMES[i][1]);
        assert_non_null(decoded);
        assert_string_equal(decoded, NAMES[i][0]);
        free(encoded);
        free(decoded);
    }
}

static void
test_decode_refuses(void **state OVS_UNUSED)
{
    static const char *const bad[] = {
        "", "a b", "a/b", "%", "%2", "a%2", "%zz", "%2f", "%00", "%41", "%7E",
        "a%2E", "%2Ea", "b\303\274ro", "%%",
    };

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        assert_null(keys_decode(bad[i], strlen(bad[i])));
    }
    /* Nothing behind the size is looked at. */
    assert_null(keys_decode("%2Fx", 2));
    assert_null(keys_decode("a%2Fx", 3));
}

static void
test_every_byte(void **state OVS_UNUSED)
{
    for (int c = 1; c < 256; c++) {
        char name[] = { 'x', c, '\0' };
        char *encoded = keys_encode(name);
        char *decoded = keys_decode(encoded, strlen(encoded));

        assert_non_null(decoded);
        assert_string_equal(decoded, name);
        free(encoded);
        free(decoded);
    }
}

static void
test_build(void **state OVS_UNUSED)
{
    char *key = keys_build("/weft/v1", "sb/dp", "switch:n1", "port", "a/p",
                           NULL);

    assert_string_equal(key, "/weft/v1/sb/dp/switch:n1/port/a%2Fp");
    free(key);
    key = keys_build("/p", "sb/sync", NULL);
    assert_string_equal(key, "/p/sb/sync");
    free(key);
}

static int
parse(const char *key, char **parts, int max)
{
    return keys_parse(key, strlen(key), "/weft/v1", "sb/dp", parts, max);
}

static void
test_parse(void **state OVS_UNUSED)
{
    char *parts[3] = { NULL, NULL, NULL };

    assert_int_equal(parse("/weft/v1/sb/dp/switch:n1/port/a%2Fp", parts, 3),
                     3);
    assert_string_equal(parts[0], "switch:n1");
    assert_string_equal(parts[1], "port");
    assert_string_equal(parts[2], "a/p");
    for (int i = 0; i < 3; i++) {
        free(parts[i]);
        parts[i] = NULL;
    }

    assert_int_equal(parse("/weft/v1/sb/dp", parts, 3), -1);
    assert_int_equal(parse("/weft/v1/sb/dp/", parts, 3), -1);
    assert_int_equal(parse("/weft/v1/sb/dpx/a", parts, 3), -1);
    assert_int_equal(parse("/weft/v2/sb/dp/a", parts, 3), -1);
    assert_int_equal(parse("/weft/v1/sb/dp/a/b/c/d", parts, 3), -1);
    assert_int_equal(parse("/weft/v1/sb/dp/a//c", parts, 3), -1);
    assert_int_equal(parse("/weft/v1/sb/dp/a/", parts, 3), -1);
    assert_int_equal(parse("/weft/v1/sb/dp/a/%4", parts, 3), -1);
    for (int i = 0; i < 3; i++) {
        assert_null(parts[i]);
    }
}

static void
check_end(const char *prefix, const char *expected)
{
    char *end = keys_prefix_end(prefix, strlen(prefix));

    assert_string_equal(end, expected);
    free(end);
}

static void
test_prefix_end(void **state OVS_UNUSED)
{
    check_end("/a/", "/a0");
    check_end("a\377", "b");
    check_end("a\377\377", "b");
    check_end("\377\377", "");
    check_end("", "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encode_and_decode),
        cmocka_unit_test(test_decode_refuses),
        cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_build),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_prefix_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
