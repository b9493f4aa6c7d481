/* The model: rows, faults, indexes and claims follow what is put and
 * deleted. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "openvswitch/util.h"
#include "translator/engine.h"
#include "translator/model.h"
#include "util.h"

struct fixture {
    struct engine *engine;
    struct model *model;
};

/* Shows an index: output "ports/<switch>" is its ports. */
static void
run_show(struct engine_reader *reader, const struct engine_key *key)
{
    const struct engine_kind *index = engine_reader_kind(reader)->each;
    struct engine_members members = engine_members(reader, index, key->a,
                                                   key->b);
    struct ds text = DS_EMPTY_INITIALIZER;
    char *name = xasprintf("%s/%s", index->name, key->a);
    const char *member;

    ENGINE_MEMBERS_FOR_EACH (member, members) {
        ds_put_format(&text, "%s ", member);
    }
    size_t size = text.length;

    engine_output(reader, name, ds_steal_cstr(&text), size);
    free(name);
}

static int
set_up(void **state)
{
    static struct engine_kind ports, claims;
    static const struct engine_kind *all[256];
    const struct engine_kind *const *kinds;
    struct fixture *f = xmalloc(sizeof *f);
    size_t n = model_kinds(&kinds);

    ports = (struct engine_kind) {
        .name = "show ports", .role = ENGINE_ROOT, .stratum = 1,
        .run = run_show, .each = model_index(MODEL_SWITCH_PORTS),
    };
    claims = ports;
    claims.each = model_chassis_index(MODEL_LPORT_CLAIMS);
    memcpy(all, kinds, n * sizeof *all);
    all[n++] = &ports;
    all[n++] = &claims;
    f->engine = engine_create(all, n, NULL, NULL);
    f->model = translator_model_create(f->engine);
    *state = f;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    translator_model_destroy(f->model);
    engine_destroy(f->engine);
    free(f);
    return 0;
}

static bool
put(struct fixture *f, const char *key, const char *value)
{
    return model_put(f->model, key, value, strlen(value), 1, 1);
}

static void
check_index(struct fixture *f, const char *key, const char *members)
{
    engine_run(f->engine);
    const char *there = engine_output_get(f->engine, key).data;

    if (members) {
        assert_non_null(there);
        assert_string_equal(there, members);
    } else {
        assert_null(there);
    }
}

static const struct schema_row *
row(struct fixture *f, const struct schema_table *table, const char *id)
{
    return engine_input_get(f->engine, model_row_kind(table), id, "");
}

static void
test_rows_and_faults(void **state)
{
    struct fixture *f = *state;
    const struct engine_kind *faults = model_input(MODEL_FAULTS);

    assert_true(put(f, "nb/logical_switch/n1", "{}"));
    assert_non_null(row(f, &nb_logical_switch_table, "n1"));
    assert_int_equal(model_n_rows(f->model), 1);
    assert_true(put(f, "nb/logical_switch/n1", "{\"name\":7}"));
    assert_null(row(f, &nb_logical_switch_table, "n1"));
    assert_int_equal(model_n_rows(f->model), 0);
    assert_int_equal(model_n_bad_rows(f->model), 1);
    const struct model_faults *found
        = engine_input_get(f->engine, faults, "logical_switch", "n1");

    assert_int_equal(found->n, 1);
    assert_string_equal(found->items[0].path, "name");
    assert_true(put(f, "nb/logical_switch/n1", ""));
    assert_int_equal(model_n_bad_rows(f->model), 1);
    assert_true(translator_model_delete(f->model, "nb/logical_switch/n1"));
    assert_null(engine_input_get(f->engine, faults, "logical_switch", "n1"));
    assert_int_equal(model_n_bad_rows(f->model), 0);
    assert_true(translator_model_delete(f->model, "nb/logical_switch/n1"));
    assert_int_equal(model_n_rows(f->model), 0);
}

static void
test_indexes_follow(void **state)
{
    struct fixture *f = *state;

    put(f, "nb/logical_switch_port/b", "{\"switch\":\"n1\"}");
    put(f, "nb/logical_switch_port/a", "{\"switch\":\"n1\"}");
    check_index(f, "SWITCH_PORTS/n1", "a b ");
    put(f, "nb/logical_switch_port/a", "{\"switch\":\"n2\"}");
    check_index(f, "SWITCH_PORTS/n1", "b ");
    check_index(f, "SWITCH_PORTS/n2", "a ");
    put(f, "nb/logical_switch_port/a", "{\"switch\":\"n2\",\"tag\":0}");
    check_index(f, "SWITCH_PORTS/n2", NULL);    /* Not valid. */
    translator_model_delete(f->model, "nb/logical_switch_port/b");
    check_index(f, "SWITCH_PORTS/n1", NULL);
}

static void
test_claims(void **state)
{
    struct fixture *f = *state;

    assert_true(put(f, "chassis/hv2/claim/a%2Fb", "{}"));
    assert_true(put(f, "chassis/hv1/claim/a%2Fb", "{\"installed\":true}"));
    check_index(f, "LPORT_CLAIMS/a/b", "hv1 hv2 ");
    const struct model_claim *claim = engine_input_get(
        f->engine, model_input(MODEL_CLAIM), "hv1", "a/b");

    assert_true(claim->row->installed);
    assert_int_equal(claim->create_revision, 1);
    put(f, "chassis/hv1/claim/a%2Fb", "{\"installed\":1}");
    check_index(f, "LPORT_CLAIMS/a/b", "hv2 ");
    translator_model_delete(f->model, "chassis/hv2/claim/a%2Fb");
    check_index(f, "LPORT_CLAIMS/a/b", NULL);
}

/* What is not the model's, or is malformed, is no crash. */
static void
test_odd_keys(void **state)
{
    static const char *const keys[] = {
        "", "nb", "nb/", "nb/logical_switch", "nb/sync/me", "chassis",
        "chassis/", "chassis/hv1", "chassis/hv1/", "chassis/hv1/unknown",
        "chassis/%2/claim/a", "sb/dp/switch:n1", "status/x/y",
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        assert_false(put(f, keys[i], "{}"));
        assert_false(translator_model_delete(f->model, keys[i]));
    }
    /* These are told in a status: they are faults of rows. */
    assert_true(put(f, "nb/no_such_table/x", "{}"));
    assert_true(put(f, "nb/logical_switch/%", "{}"));
    assert_true(put(f, "nb/logical_switch/%zz", "{}"));
    assert_int_equal(model_n_bad_rows(f->model), 3);
    assert_true(translator_model_delete(f->model, "nb/no_such_table/x"));
    assert_int_equal(model_n_bad_rows(f->model), 2);
    put(f, "chassis/hv1/claim/%zz", "{}");
    put(f, "chassis/hv1/fdb/x", "{}");
    put(f, "chassis/hv1/fdb/%zz/0a:00:00:00:00:01", "{}");
    put(f, "nb/port_group_port/only-one", "{}");
    put(f, "nb/port_group_port/a/b/c", "{}");
    engine_run(f->engine);
    assert_int_equal(model_n_rows(f->model), 0);
    assert_int_equal(engine_n_outputs(f->engine), 0);
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_rows_and_faults), TEST(test_indexes_follow),
        TEST(test_claims), TEST(test_odd_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
