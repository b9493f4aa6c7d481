/* What is refused: every fault under its path, malformed JSON, too much. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "schemas/test.h"
#include "util.h"

struct fault_case {
    const char *json;
    const char *faults;         /* "path: message\n..." */
};

static const struct fault_case fault_cases[] = {
    { "[]", ": must be an object, not an array\n" },
    { "{\"text\":\"x\",\"foo\":1}", "foo: no such column\n" },
    { "{\"text\":\"x\",\"observed\":\"1\"}",
      "observed: is not set here: the translator writes it in the row's "
      "status\n" },
    { "{\"text\":\"x\",\"name\":\"r2\"}",
      "name: must be the row's id, 'r1', or absent\n" },
    { "{}", ": at least one of 'text' or 'tags' must be given, not 0\n" },
    { "{\"text\":1}", "text: must be a string, not an integer\n" },
    { "{\"text\":null}", "text: must be a string, not null\n" },
    { "{\"text\":\"x\",\"text_default\":\"123456789\"}",
      "text_default: longer than 8 characters\n" },
    { "{\"text\":\"x\",\"text_optional\":\"\"}",
      "text_optional: '' is not an IPv4 or IPv6 address\n" },
    { "{\"text\":\"x\",\"integer\":1.5}",
      "integer: must be an integer, not a number\n" },
    { "{\"text\":\"x\",\"integer\":\"1\"}",
      "integer: must be an integer, not a string\n" },
    { "{\"text\":\"x\",\"integer\":1e300}",
      "integer: must be an integer, not a number\n" },
    { "{\"text\":\"x\",\"integer_default\":101}",
      "integer_default: 101 is not in the range -5 to 100\n" },
    { "{\"text\":\"x\",\"integer_optional\":0}",
      "integer_optional: 0 is less than 1\n" },
    { "{\"text\":\"x\",\"real_default\":1.25}",
      "real_default: 1.25 is not in the range 0 to 1\n" },
    { "{\"text\":\"x\",\"real\":true}",
      "real: must be a number, not a boolean\n" },
    { "{\"text\":\"x\",\"boolean\":1}",
      "boolean: must be true or false, not an integer\n" },
    { "{\"text\":\"x\",\"enum\":\"c\"}",
      "enum: 'c' is not one of '', 'a' or 'b-c'\n" },
    { "{\"tags\":[\"a\",1,\"a\"]}",
      "tags[1]: must be a string, not an integer\n"
      "tags: holds a string twice\n" },
    { "{\"tags\":[\"1\",\"2\",\"3\",\"4\",\"5\"]}",
      "tags: has 5 elements, not 0 to 4\n" },
    { "{\"tags\":\"a\"}", "tags: must be an array, not a string\n" },
    { "{\"text\":\"x\",\"colors\":[\"red\",\"blue\"]}",
      "colors[1]: 'blue' is not one of 'red' or 'green'\n" },
    { "{\"text\":\"x\",\"numbers\":[1,-1,1]}",
      "numbers[1]: -1 is less than 0\nnumbers: holds a number twice\n" },
    { "{\"text\":\"x\",\"steps\":[\"\"]}",
      "steps[0]: '' is not a name of 1 to 255 characters without control "
      "characters\n" },
    { "{\"text\":\"x\",\"map\":{\"size\":\"4\",\"fast\":\"yes\","
      "\"kind\":\"z\",\"at\":\"1\",\"k\":1}}",
      "map.size: 4 is not in the range -3 to 3\n"
      "map.fast: 'yes' is not one of 'true' or 'false'\n"
      "map.kind: 'z' is not one of 'x' or 'y'\n"
      "map.at: '1' is not an Ethernet address such as 02:00:00:00:00:01\n"
      "map.k: must be a string, not an integer\n" },
    { "{\"text\":\"x\",\"map\":{\"size\":\"1x\"}}",
      "map.size: '1x' is not an integer\n" },
    { "{\"text\":\"x\",\"map_closed\":{\"onyl\":\"1\"}}",
      "map_closed.onyl: no such key\n" },
    { "{\"text\":\"x\",\"map_formats\":{\"9\":\"1.1.1.1\",\"a\":\"::\"}}",
      "map_formats.9: '9' is not a name of letters, digits, '_' and '.' that "
      "does not begin with a digit\n"
      "map_formats.a: '::' is not an IPv4 address such as 192.0.2.1\n" },
    { "{\"text\":\"x\",\"map_integers\":{\"low\":10,\"b\":\"1\"}}",
      "map_integers.low: 10 is not in the range 0 to 9\n"
      "map_integers.b: must be an integer, not a string\n" },
    { "{\"text\":\"x\",\"map\":[]}",
      "map: must be an object, not an array\n" },
    { "{\"text\":\"x\",\"switch\":{\"depth\":10,\"x\":1}}",
      "switch.depth: 10 is not in the range 0 to 9\n"
      "switch.x: no such column\n" },
    { "{\"text\":\"x\",\"parts\":[{\"ip\":\"::\"},1,{\"ip\":\"\","
      "\"mode\":\"one\"}]}",
      "parts[0].mode: is required\n"
      "parts[1]: must be an object, not an integer\n"
      "parts[2].ip: must not be empty\n" },
    { "{\"text\":\"x\",\"peer\":\"::/0\"}",
      "text_optional: is required with peer\n"
      "counts: is required with peer\n" },
    { "{\"text\":\"x\",\"peer\":\"::/0\",\"text_optional\":\"192.0.2.1\","
      "\"counts\":[1]}",
      "peer: must be of the address family of text_optional\n" },
    { "{\"text\":\"x\",\"backends\":{\"192.0.2.1\":\"192.0.2.1:80,::1\","
      "\"::1\":\"192.0.2.1\",\"::2\":\"[::1]:80,::2\",\"::3\":\"^V\"}}",
      "backends.192.0.2.1: must be addresses of the family of 192.0.2.1\n"
      "backends.::1: must be addresses of the family of ::1\n" },
    { "{\"text\":\"x\",\"flows\":[[\"s\",1,\"%no(1)\",\"%arp_own(1)\"]]}",
      "flows[0][2]: no phrase is called \"no\"\n"
      "flows[0][3]: these are no arguments of phrase \"arp_own\"\n" },
    { "{\"text\":\"x\",\"flows\":[[],[\"\",65536,\"\",\"\"],"
      "[\"s\",1,\"m\",1,{\"a\":1}],[\"s\",1,\"m\",\"a\",[]]]}",
      "flows[0]: must be [stage, priority, match, actions] or [stage, "
      "priority, match, actions, {options}]\n"
      "flows[1][0]: must not be empty\n"
      "flows[1][1]: 65536 is not in the range 0 to 65535\n"
      "flows[1][2]: must not be empty\n"
      "flows[2][3]: must be a string, not an integer\n"
      "flows[2][4].a: must be a string, not an integer\n"
      "flows[3][4]: must be an object, not an array\n" },
};

static void
test_faults(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(fault_cases); i++) {
        const struct fault_case *c = &fault_cases[i];
        struct schema_faults faults = SCHEMA_FAULTS_INIT;
        struct ds s = DS_EMPTY_INITIALIZER;
        struct err err = ERR_INIT;
        struct schema_row *row = NULL;

        assert_int_equal(schema_validate(&test_every_type_table, "r1",
                                         c->json, strlen(c->json), &faults),
                         -WEFT_E_INVALID);
        assert_int_equal(faults.code, -WEFT_E_INVALID);
        for (size_t j = 0; j < faults.n; j++) {
            ds_put_format(&s, "%s: %s\n", faults.items[j].path,
                          faults.items[j].message);
        }
        assert_string_equal(ds_cstr(&s), c->faults);

        /* The first of them is what a single error tells. */
        assert_int_equal(schema_row_parse(&test_every_type_table, "r1",
                                          c->json, strlen(c->json), &row,
                                          &err), -WEFT_E_INVALID);
        assert_string_equal(err.field, faults.items[0].path);
        assert_string_equal(err.message, faults.items[0].message);
        assert_null(row);
        err_clear(&err);
        ds_destroy(&s);
        schema_faults_clear(&faults);
    }
}

/* Text that is no JSON, or more of it than is taken. */
static void
assert_refused(const char *json, size_t size, int code, const char *message)
{
    struct err err = ERR_INIT;
    struct schema_row *row = NULL;

    assert_int_equal(schema_row_parse(&test_every_type_table, "r1", json,
                                      size, &row, &err), code);
    if (!strstr(err.message, message)) {
        fail_msg("'%s' is not in '%s'", message, err.message);
    }
    assert_null(row);
    err_clear(&err);
}

#define ASSERT_MALFORMED(JSON) \
    assert_refused(JSON, sizeof JSON - 1, -WEFT_E_INVALID, "malformed JSON")

static void
test_malformed_json(void **state)
{
    ASSERT_MALFORMED("");
    ASSERT_MALFORMED("{");
    ASSERT_MALFORMED("{} x");
    ASSERT_MALFORMED("{\"text\":\"x\",}");
    ASSERT_MALFORMED("{\"text\":\"x\",\"text\":\"x\"}");
    ASSERT_MALFORMED("{\"text\":\"a\\u0000b\"}");
    ASSERT_MALFORMED("{\"text\":\"a\0b\"}");
    ASSERT_MALFORMED("{\"text\":\"\xc3\"}");
    ASSERT_MALFORMED("{\"text\":\"\xed\xa0\x80\"}");
    ASSERT_MALFORMED("{\"text\":\"\\ud800\"}");
    ASSERT_MALFORMED("{\"integer\":9223372036854775808}");
    ASSERT_MALFORMED("{\"real\":1e999}");
    ASSERT_MALFORMED("{\"real\":NaN}");
    ASSERT_MALFORMED("\"text\"");
}

static void
assert_taken(const char *json, size_t size)
{
    struct schema_row *row;

    assert_int_equal(schema_row_parse(&test_every_type_table, "r1", json,
                                      size, &row, NULL), 0);
    schema_row_destroy(row);
}

static void
test_limits(void **state)
{
    size_t size = SCHEMA_MAX_JSON_BYTES;
    char *big = xmalloc(size + 1);
    char deep[200] = "{\"map\":";

    memset(big, ' ', size + 1);
    memcpy(big, "{\"text\":\"x\"}", 12);
    assert_refused(big, size + 1, -WEFT_E_TOO_LARGE, "more than");
    assert_taken(big, size);
    free(big);

    for (int i = 0; i < SCHEMA_MAX_JSON_DEPTH; i++) {
        strcat(deep, "[");
    }
    assert_refused(deep, strlen(deep), -WEFT_E_TOO_LARGE, "deeper");
    /* Brackets within strings do not nest. */
    strcpy(deep, "{\"text\":\"[[[[[[[[[[{{{{{{\\\"[[\"}");
    assert_taken(deep, strlen(deep));
}

static void
test_faults_are_bounded(void **state)
{
    struct schema_faults faults = SCHEMA_FAULTS_INIT;
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&s, "{\"counts\":[");
    for (int i = 0; i < 1000; i++) {
        ds_put_cstr(&s, i ? ",null" : "null");
    }
    ds_put_cstr(&s, "]}");
    assert_int_equal(schema_validate(&test_every_type_table, "r1",
                                     ds_cstr(&s), s.length, &faults),
                     -WEFT_E_INVALID);
    assert_int_equal(faults.n, SCHEMA_MAX_FAULTS);
    schema_faults_clear(&faults);
    ds_destroy(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_malformed_json),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_faults_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
