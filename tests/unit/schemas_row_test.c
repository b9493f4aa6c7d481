/* Rows of every type: parsing, canonical text, comparing, copying; columns by
 * name; ids. */
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
#include "uuid.h"

static struct schema_row *
parse(const char *json)
{
    struct schema_row *row = NULL;
    struct err err = ERR_INIT;

    if (schema_row_parse(&test_every_type_table, "r1", json, strlen(json),
                         &row, &err)) {
        fail_msg("%s: %s: %s", json, err.field, err.message);
    }
    return row;
}

static void
assert_text(const struct schema_row *row, const char *expected)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    schema_row_format(row, &s);
    assert_string_equal(ds_cstr(&s), expected);
    ds_destroy(&s);
}

/* 'json' reads as a row whose text is 'expected'; NULL: 'json' itself. */
static void
assert_round_trip(const char *json, const char *expected)
{
    struct schema_row *row = parse(json);
    struct schema_row *copy = schema_row_clone(row);
    struct schema_row *again = parse(expected ? expected : json);

    assert_text(row, expected ? expected : json);
    assert_text(copy, expected ? expected : json);
    assert_true(schema_row_equal(row, again));
    assert_true(schema_row_equal(copy, again));
    schema_row_destroy(row);
    schema_row_destroy(copy);
    schema_row_destroy(again);
}

static void
test_round_trips(void **state)
{
    assert_round_trip("{\"text\":\"x\"}", NULL);
    assert_round_trip(
        "{\"text\":\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u00fc/\"}",
        "{\"text\":\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\xc3\xbc/\"}");
    assert_round_trip("{\"text\":\"x\",\"text_optional\":\"::1\"}", NULL);
    assert_round_trip("{\"text\":\"x\",\"name\":\"r1\"}", "{\"text\":\"x\"}");
    assert_round_trip("{\"integer\":-9223372036854775808,\"text\":\"x\"}",
                      NULL);
    assert_round_trip("{\"integer\":5.0,\"text\":\"x\"}",
                      "{\"integer\":5,\"text\":\"x\"}");
    assert_round_trip("{\"integer_optional\":1,\"text\":\"x\"}", NULL);
    assert_round_trip("{\"real\":0.1,\"real_default\":1,\"text\":\"x\"}",
                      "{\"real\":0.1,\"real_default\":1.0,\"text\":\"x\"}");
    assert_round_trip("{\"real_optional\":0.0,\"text\":\"x\"}", NULL);
    assert_round_trip("{\"boolean\":true,\"boolean_default\":false,"
                      "\"boolean_optional\":false,\"text\":\"x\"}", NULL);
    assert_round_trip("{\"enum\":\"b-c\",\"text\":\"x\"}", NULL);
    assert_round_trip("{\"enum\":\"\",\"text\":\"x\"}", NULL);
    assert_round_trip("{\"tags\":[\"b\",\"a\"]}", "{\"tags\":[\"a\",\"b\"]}");
    assert_round_trip("{\"numbers\":[10,9],\"text\":\"x\"}",
                      "{\"numbers\":[9,10],\"text\":\"x\"}");
    assert_round_trip("{\"counts\":[2,1,2],\"steps\":[\"b\",\"a\",\"b\"],"
                      "\"text\":\"x\"}", NULL);
    assert_round_trip("{\"map\":{\"b\":\"1\",\"a\":\"\"},\"text\":\"x\"}",
                      "{\"map\":{\"a\":\"\",\"b\":\"1\"},\"text\":\"x\"}");
    assert_round_trip("{\"map_integers\":{\"a\":-1,\"low\":9},"
                      "\"text\":\"x\"}", NULL);
    assert_round_trip("{\"switch\":{\"depth\":1,\"label\":\"l\"},"
                      "\"text\":\"x\"}", NULL);
    assert_round_trip("{\"parts\":[{\"ip\":\"::1\",\"mode\":\"one\","
                      "\"options\":{\"a\":\"b\"}},{\"ip\":\"::1\","
                      "\"mode\":\"two\"}],\"text\":\"x\"}", NULL);
    assert_round_trip("{\"flows\":[[\"s\",0,\"1\",\"\"],[\"s\",65535,\"m\","
                      "\"a;\",{\"meter\":\"q\"}]],\"text\":\"x\"}", NULL);
    /* Texts of flows may be phrases. */
    assert_round_trip("{\"flows\":[[\"s\",0,\"%arp_own(10.0.0.1, ap)\","
                      "\"%arp_reply_router()\"],[\"s\",1,\"%%1\",\"%%\"]],"
                      "\"text\":\"x\"}", NULL);
    assert_round_trip(
        "{\"flows\":[[\"s\",0,\"arp.tpa == 10.0.0.1 && arp.op == 1 && "
        "inport == \\\"ap\\\"\",\"a;\"]],\"text\":\"x\"}",
        "{\"flows\":[[\"s\",0,\"%arp_own(10.0.0.1, ap)\",\"a;\"]],"
        "\"text\":\"x\"}");
}

static void
test_defaults_are_left_out(void **state)
{
    assert_round_trip(
        "{\"boolean\":false,\"boolean_default\":true,\"counts\":[],"
        "\"enum\":\"a\",\"flows\":[],\"integer\":0,\"integer_default\":7,"
        "\"map\":{},\"map_integers\":{},\"numbers\":[],\"parts\":[],"
        "\"real\":0,\"real_default\":0.5,\"steps\":[],\"switch\":{},"
        "\"tags\":[],\"text\":\"x\",\"text_default\":\"auto\"}",
        "{\"text\":\"x\"}");
}

static void
test_struct_members(void **state)
{
    struct schema_row *row = parse(
        "{\"text\":\"x\",\"integer_optional\":3,\"tags\":[\"b\",\"a\"],"
        "\"enum\":\"b-c\",\"switch\":{\"depth\":4},\"map\":{\"size\":\"-2\"},"
        "\"parts\":[{\"ip\":\"::1\",\"mode\":\"two\"}],"
        "\"flows\":[[\"s\",7,\"m\",\"a\"],"
        "[\"s\",7,\"%arp_own(::1, p)\",\"%%a\"]]}");
    const struct test_every_type *r = test_every_type_cast(row);

    assert_non_null(r);
    assert_null(test_pair_cast(row));
    assert_null(test_every_type_cast(NULL));
    assert_string_equal(r->text, "x");
    assert_string_equal(r->text_default, "auto");
    assert_null(r->text_optional);
    assert_int_equal(r->integer_default, 7);
    assert_true(r->integer_optional.is_set);
    assert_int_equal(r->integer_optional.value, 3);
    assert_false(r->real_optional.is_set);
    assert_true(r->real_default == 0.5);
    assert_true(r->boolean_default);
    assert_false(r->boolean_optional.is_set);
    assert_int_equal(r->enum_, TEST_EVERY_TYPE_ENUM_B_C);
    assert_string_equal(test_every_type_enum_names[r->enum_], "b-c");
    assert_int_equal(r->tags.n, 2);
    assert_true(schema_strings_contains(&r->tags, "b"));
    assert_false(schema_strings_contains(&r->tags, "c"));
    assert_int_equal(r->switch_.depth, 4);
    assert_int_equal(smap_get_int(&r->map, "size", 0), -2);
    assert_int_equal(r->n_parts, 1);
    assert_int_equal(r->parts[0].mode, TEST_EVERY_TYPE_PARTS_MODE_TWO);
    assert_int_equal(r->n_flows, 2);
    assert_int_equal(r->flows[0].priority, 7);
    assert_string_equal(r->flows[0].actions, "a");
    assert_string_equal(r->flows[1].match, "arp.tpa == ::1 && arp.op == 1 && "
                        "inport == \"p\"");
    assert_string_equal(r->flows[1].actions, "%a");
    schema_row_destroy(row);
}

static void
test_rows_made_in_c(void **state)
{
    struct test_every_type *r = test_every_type_create("r1");
    struct err err = ERR_INIT;

    assert_text(&r->row, "{}");
    assert_int_equal(schema_row_check(&r->row, &err), -WEFT_E_INVALID);
    assert_string_equal(err.message, "at least one of 'text' or 'tags' must "
                        "be given, not 0");
    err_clear(&err);
    schema_string_set(&r->text, "a");
    schema_string_set(&r->text, "");
    schema_string_set(&r->text_optional, "::1");
    schema_string_set(&r->text_optional, NULL);
    schema_strings_add(&r->tags, "z");
    schema_strings_add(&r->tags, "a");
    schema_strings_add(&r->tags, "z");
    schema_strings_sort(&r->tags);
    assert_false(schema_strings_insert(&r->tags, "a"));
    assert_true(schema_strings_insert(&r->tags, "m"));
    r->enum_ = TEST_EVERY_TYPE_ENUM_NONE;
    smap_add(&r->map, "k", "v");
    assert_int_equal(schema_row_check(&r->row, NULL), 0);
    assert_text(&r->row, "{\"enum\":\"\",\"map\":{\"k\":\"v\"},"
                "\"tags\":[\"a\",\"m\",\"z\"]}");
    schema_row_destroy(&r->row);
}

/* Every pair of these differs; each equals itself. */
static void
test_equality(void **state)
{
    static const char *const texts[] = {
        "{\"text\":\"x\"}", "{\"text\":\"y\"}", "{\"tags\":[\"x\"]}",
        "{\"tags\":[\"y\"]}", "{\"tags\":[\"x\",\"y\"]}",
        "{\"text\":\"x\",\"text_optional\":\"::\"}",
        "{\"text\":\"x\",\"text_optional\":\"::1\"}",
        "{\"text\":\"x\",\"integer\":1}",
        "{\"text\":\"x\",\"integer_optional\":1}",
        "{\"text\":\"x\",\"integer_optional\":2}",
        "{\"text\":\"x\",\"real\":1}", "{\"text\":\"x\",\"real_optional\":1}",
        "{\"text\":\"x\",\"real_optional\":2}",
        "{\"text\":\"x\",\"boolean\":true}",
        "{\"text\":\"x\",\"boolean_optional\":true}",
        "{\"text\":\"x\",\"boolean_optional\":false}",
        "{\"text\":\"x\",\"enum\":\"\"}", "{\"text\":\"x\",\"numbers\":[1]}",
        "{\"text\":\"x\",\"numbers\":[2]}", "{\"text\":\"x\",\"counts\":[1]}",
        "{\"text\":\"x\",\"map\":{\"a\":\"1\"}}",
        "{\"text\":\"x\",\"map\":{\"a\":\"2\"}}",
        "{\"text\":\"x\",\"switch\":{\"depth\":1}}",
        "{\"text\":\"x\",\"parts\":[{\"ip\":\"::\",\"mode\":\"one\"}]}",
        "{\"text\":\"x\",\"parts\":[{\"ip\":\"::\",\"mode\":\"two\"}]}",
        "{\"text\":\"x\",\"flows\":[[\"s\",1,\"m\",\"a\"]]}",
        "{\"text\":\"x\",\"flows\":[[\"t\",1,\"m\",\"a\"]]}",
        "{\"text\":\"x\",\"flows\":[[\"s\",2,\"m\",\"a\"]]}",
        "{\"text\":\"x\",\"flows\":[[\"s\",1,\"n\",\"a\"]]}",
        "{\"text\":\"x\",\"flows\":[[\"s\",1,\"m\",\"b\"]]}",
        "{\"text\":\"x\",\"flows\":[[\"s\",1,\"m\",\"a\",{\"o\":\"1\"}]]}",
    };
    struct schema_row *rows[ARRAY_SIZE(texts)];

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        rows[i] = parse(texts[i]);
    }
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(texts); j++) {
            if (schema_row_equal(rows[i], rows[j]) != (i == j)) {
                fail_msg("%s and %s", texts[i], texts[j]);
            }
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        schema_row_destroy(rows[i]);
    }
}

/* ---- Columns by name -------------------------------------------------- */

static void
assert_column(const struct schema_row *row, const char *name,
              const char *json, const char *text)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    assert_int_equal(schema_column_get_json(row, name, &s), 0);
    assert_string_equal(ds_cstr(&s), json);
    ds_clear(&s);
    assert_int_equal(schema_column_get_text(row, name, &s), 0);
    assert_string_equal(ds_cstr(&s), text);
    ds_destroy(&s);
}

static void
set(struct schema_row *row, const char *name, const char *json)
{
    assert_int_equal(schema_column_set_json(row, name, json, strlen(json),
                                            NULL), 0);
}

static void
test_columns(void **state)
{
    struct schema_row *row = parse("{\"text\":\"x\"}");
    struct ds s = DS_EMPTY_INITIALIZER;

    assert_column(row, "name", "\"r1\"", "r1");
    assert_column(row, "integer_optional", "null", "[]");
    set(row, "integer_optional", "5");
    assert_column(row, "integer_optional", "5", "5");
    set(row, "integer_optional", "null");
    assert_column(row, "integer_optional", "null", "[]");
    set(row, "text", "\"a b\"");
    assert_column(row, "text", "\"a b\"", "\"a b\"");
    set(row, "text", "\"true\"");
    assert_column(row, "text", "\"true\"", "\"true\"");
    set(row, "tags", "[\"b\",\"1\"]");
    assert_column(row, "tags", "[\"1\",\"b\"]", "[\"1\", b]");
    set(row, "map", "{\"k\":\"v\",\"a\":\"1\"}");
    assert_column(row, "map", "{\"a\":\"1\",\"k\":\"v\"}",
                  "{a=\"1\", k=v}");
    set(row, "map", "{\"z\":\"1\"}");
    assert_column(row, "map", "{\"z\":\"1\"}", "{z=\"1\"}");
    set(row, "enum", "\"b-c\"");
    assert_column(row, "enum", "\"b-c\"", "b-c");
    set(row, "switch", "{\"depth\":2}");
    set(row, "switch", "{\"label\":\"q\"}");
    assert_column(row, "switch", "{\"label\":\"q\"}", "{\"label\":\"q\"}");
    set(row, "parts", "[{\"ip\":\"::\",\"mode\":\"one\"}]");
    set(row, "flows", "[[\"s\",1,\"m\",\"a\"]]");
    set(row, "flows", "null");
    assert_column(row, "flows", "[]", "[]");
    set(row, "name", "\"r1\"");
    assert_int_equal(schema_column_get_json(row, "nix", &s),
                     -WEFT_E_NOT_FOUND);
    assert_int_equal(schema_column_get_text(row, "nix", &s),
                     -WEFT_E_NOT_FOUND);
    assert_int_equal(s.length, 0);
    schema_row_destroy(row);
}

static void
test_setting_fails(void **state)
{
    struct schema_row *row = parse("{\"text\":\"x\",\"map\":{\"a\":\"b\"}}");
    struct err err = ERR_INIT;

    assert_int_equal(schema_column_set_json(row, "nix", "1", 1, &err),
                     -WEFT_E_NOT_FOUND);
    err_clear(&err);
    assert_int_equal(schema_column_set_json(row, "map", "{\"size\":\"9\"}",
                                            12, &err), -WEFT_E_INVALID);
    assert_string_equal(err.field, "map.size");
    err_clear(&err);
    assert_int_equal(schema_column_set_json(row, "name", "\"r2\"", 4, &err),
                     -WEFT_E_INVALID);
    err_clear(&err);
    assert_int_equal(schema_column_set_json(row, "integer", "1 2", 3, NULL),
                     -WEFT_E_INVALID);
    assert_text(row, "{\"map\":{\"a\":\"b\"},\"text\":\"x\"}");
    schema_row_destroy(row);
}

/* ---- Ids -------------------------------------------------------------- */

static void
test_ids_of_components(void **state)
{
    const char *const components[] = { "web", "a/b%\xc3\xbc" };
    char *id = schema_id_join(components, 2);
    char *split[2];
    struct schema_row *row = NULL;

    assert_string_equal(id, "web/a%2Fb%25%C3%BC");
    assert_true(schema_id_split(id, split, 2));
    assert_string_equal(split[1], components[1]);
    free(split[0]);
    free(split[1]);
    assert_int_equal(schema_row_parse(&test_pair_table, id, "{}", 2, &row,
                                      NULL), 0);
    assert_string_equal(test_pair_cast(row)->left, "web");
    assert_string_equal(test_pair_cast(row)->right, components[1]);

    struct schema_row *copy = schema_row_clone(row);

    assert_true(schema_row_equal(row, copy));
    assert_string_equal(test_pair_cast(copy)->right, components[1]);
    schema_row_destroy(copy);
    schema_row_destroy(row);
    free(id);
}

static void
test_bad_ids(void **state)
{
    static const char *const ids[] = {
        "", "a", "a/b/c", "a/", "/b", "9/b", "a/%2f", "a/%zz", "a/%4", "a/%",
        "a/%41", "a/%00", "a/b c", "a/\xc3\xbc",
    };
    char *split[2];

    for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
        struct schema_faults faults = SCHEMA_FAULTS_INIT;

        assert_int_equal(schema_validate(&test_pair_table, ids[i], "{}", 2,
                                         &faults), -WEFT_E_INVALID);
        assert_string_equal(faults.items[0].path, "id");
        schema_faults_clear(&faults);
    }
    assert_false(schema_id_split("a/%", split, 2));
    assert_false(schema_id_split("a/b", split, 1));
}

/* What Python's uuid.uuid5() says of the same. */
static void
test_uuids(void **state)
{
    struct schema_row *row = parse("{\"text\":\"x\"}");
    struct uuid uuid = schema_row_uuid(row);
    char *s = xasprintf(UUID_FMT, UUID_ARGS(&uuid));

    assert_string_equal(s, "0acaf69d-e7c9-5a71-b1cb-1981122de83c");
    free(s);
    schema_row_destroy(row);

    uuid = schema_uuid(&test_every_type_table,
                       "3FA85F64-5717-4562-b3fc-2c963f66afa6");
    s = xasprintf(UUID_FMT, UUID_ARGS(&uuid));
    assert_string_equal(s, "3fa85f64-5717-4562-b3fc-2c963f66afa6");
    free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_defaults_are_left_out),
        cmocka_unit_test(test_struct_members),
        cmocka_unit_test(test_rows_made_in_c),
        cmocka_unit_test(test_equality),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_setting_fails),
        cmocka_unit_test(test_ids_of_components),
        cmocka_unit_test(test_bad_ids),
        cmocka_unit_test(test_uuids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
