/* Values: from text, to text, compared, united. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "cli/datum.h"
#include "util.h"

static const struct datum_type strings = {
    .key = { .type = ATOM_STRING }, .n_max = DATUM_UNLIMITED,
};
static const struct datum_type string = {
    .key = { .type = ATOM_STRING }, .n_min = 1, .n_max = 1,
};
static const struct datum_type map = {
    .key = { .type = ATOM_STRING }, .value = { .type = ATOM_STRING },
    .n_max = DATUM_UNLIMITED,
};
static const struct datum_type integers = {
    .key = { .type = ATOM_INTEGER, .min = 0, .max = 9 }, .n_max = 3,
};

/* 'text' parsed and printed again, or the error in parentheses. */
static void
check(const struct datum_type *type, const char *text, const char *expected)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    struct datum datum;
    char *error = datum_from_text(&datum, type, text, NULL);

    if (error) {
        ds_put_format(&s, "(%s)", error);
    } else {
        datum_to_text(&datum, type, &s);
        datum_destroy(&datum, type);
    }
    assert_string_equal(ds_cstr(&s), expected);
    free(error);
    ds_destroy(&s);
}

static void
test_sets(void **state)
{
    check(&strings, "b,a c", "[a, b, c]");
    check(&strings, "[]", "[]");
    check(&strings, "[ x ]", "[x]");
    check(&strings, "\"a b\",\"\\u0041\"", "[A, \"a b\"]");
    check(&strings, "10.0.0.1", "[\"10.0.0.1\"]");
    check(&strings, "a,a", "(a,a: set contains duplicate value)");
    check(&strings, "[a", "([a: missing \"]\" at end of data)");
    check(&strings, "[a]b", "([a]b: trailing garbage after \"]\")");
    check(&strings, "a,,b", "(a,,b: unexpected \",\" parsing set of strings)");
    check(&strings, "", "(use \"[]\" to specify the empty set)");
    check(&strings, "\"a",
          "(\"a: quoted string extends past end of argument)");
    check(&strings, "a\\", "(a\\: backslash at end of argument)");
    check(&integers, "3,1", "[1, 3]");
    check(&integers, "10", "(constraint violation: 10 is not in the valid "
          "range 0 to 9 (inclusive))");
    check(&integers, "1,2,3,4", "(1,2,3,4: 4 value(s) specified but the "
          "maximum number is 3)");
    check(&integers, "x", "(\"x\" is not a valid integer or range)");
}

static void
test_scalars(void **state)
{
    check(&string, "true", "\"true\"");
    check(&string, "\"\"", "\"\"");
    check(&string, "a-b.c_d", "a-b.c_d");
    check(&string, "[]",
          "([]: 0 value(s) specified but the minimum number is 1)");
    check(&string, "11111111-2222-3333-4444-555555555555",
          "\"11111111-2222-3333-4444-555555555555\"");
}

static void
test_maps(void **state)
{
    check(&map, "{b=1, a=x}", "{a=x, b=\"1\"}");
    check(&map, "a=b c=d", "{a=b, c=d}");
    check(&map, "{}", "{}");
    check(&map, "a=", "(An empty string is not valid as input; use \"\" to "
          "represent the empty string)");
    check(&map, "a=1,a=2", "(a=1,a=2: map contains duplicate key)");
}

static void
test_map_without_value(void **state)
{
    struct datum datum;
    char *error = datum_from_text(&datum, &map, "a b", NULL);

    assert_string_equal(error, "a b: syntax error at \"b\" expecting \"=\"");
    free(error);
}

static struct datum
parse(const struct datum_type *type, const char *text)
{
    struct datum datum;

    assert_null(datum_from_text(&datum, type, text, NULL));
    return datum;
}

static void
test_algebra(void **state)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    struct datum a = parse(&map, "a=1,b=2");
    struct datum b = parse(&map, "b=3,c=4");
    struct datum c = parse(&map, "a=1");

    assert_true(datum_includes_all(&c, &a, &map));
    assert_true(datum_excludes_all(&a, &b, &map));
    assert_int_equal(datum_compare(&c, &a, &map), -1);

    datum_union(&a, &b, &map);
    datum_to_text(&a, &map, &s);
    assert_string_equal(ds_cstr(&s), "{a=\"1\", b=\"2\", c=\"4\"}");

    datum_subtract(&a, &map, &b, &map);
    ds_clear(&s);
    datum_to_bare(&a, &map, &s);
    assert_string_equal(ds_cstr(&s), "a=1 b=2");

    ds_clear(&s);
    datum_to_json(&a, &map, &s);
    assert_string_equal(ds_cstr(&s),
                        "[\"map\",[[\"a\",\"1\"],[\"b\",\"2\"]]]");
    datum_destroy(&a, &map);
    datum_destroy(&b, &map);
    datum_destroy(&c, &map);
    ds_destroy(&s);
}

/* Growing after a sort has dropped elements must not run over. */
static void
test_growth(void **state)
{
    for (int n = 1; n < 40; n++) {
        struct datum datum = DATUM_INIT;

        for (int i = 0; i < n; i++) {
            datum_add_integer(&datum, i / 2);
        }
        assert_int_equal(datum_sort(&datum, &integers), n / 2);
        for (int i = 0; i < 40; i++) {
            datum_add_integer(&datum, 1000 + i);
        }
        assert_int_equal(datum.n, (n + 1) / 2 + 40);
        datum_destroy(&datum, &integers);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sets),
        cmocka_unit_test(test_scalars),
        cmocka_unit_test(test_maps),
        cmocka_unit_test(test_map_without_value),
        cmocka_unit_test(test_algebra),
        cmocka_unit_test(test_growth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
