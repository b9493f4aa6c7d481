/* The tables themselves: found by name, well-formed descriptors, rows at
 * their defaults, the rows that docs/KEYS.md shows. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "schemas/nb.h"
#include "schemas/sb.h"
#include "util.h"

static void
check_columns(const char *where, const struct schema_record *record)
{
    for (size_t i = 0; i < record->n_columns; i++) {
        const struct schema_column *c = &record->columns[i];

        if (i && strcmp(c[-1].name, c->name) >= 0) {
            fail_msg("%s: %s and %s", where, c[-1].name, c->name);
        }
        assert_ptr_equal(schema_record_column(record, c->name), c);
        assert_true(c->offset < record->size);
        assert_true(c->doc[0]);
        for (size_t j = 1; j < c->n_keys; j++) {
            assert_true(strcmp(c->keys[j - 1].name, c->keys[j].name) < 0);
        }
        if (c->ref) {
            assert_non_null(schema_table_by_name("nb", c->ref));
        }
        if (c->record) {
            check_columns(c->name, c->record);
        }
    }
    assert_null(schema_record_column(record, "no_such_column"));
}

static void
test_descriptors(void **state)
{
    size_t n = 0;

    for (const struct schema_table *const *t = schema_tables(); *t; t++) {
        assert_ptr_equal(schema_table_by_name((*t)->db, (*t)->name), *t);
        assert_non_null((*t)->keys[0]);
        check_columns((*t)->name, &(*t)->record);
        n++;
    }
    assert_true(n > 50);
    assert_null(schema_table_by_name("nb", "nix"));
    assert_null(schema_table_by_name("nix", "acl"));
    assert_ptr_equal(schema_table_by_name("nb", "acl"), &nb_acl_table);
    assert_ptr_equal(schema_table_by_name("sb", "dns"), &sb_dns_table);
}

/* A row at its defaults copies, compares, and has the text of what is
 * required only. */
static void
test_default_rows(void **state)
{
    for (const struct schema_table *const *t = schema_tables(); *t; t++) {
        struct schema_row *row = schema_row_create(*t, "a/b");
        struct schema_row *copy = schema_row_clone(row);
        struct ds s = DS_EMPTY_INITIALIZER;
        bool has_required = false;

        for (size_t i = 0; i < (*t)->record.n_columns; i++) {
            has_required |= (*t)->record.columns[i].required;
        }
        schema_row_format(row, &s);
        assert_int_equal(strcmp(ds_cstr(&s), "{}") != 0, has_required);
        assert_true(schema_row_equal(row, copy));
        ds_destroy(&s);
        schema_row_destroy(row);
        schema_row_destroy(copy);
    }
}

struct example {
    const struct schema_table *table;
    const char *id;
    const char *json;           /* Canonical. */
};

static const struct example examples[] = {
    { &nb_nb_global_table, "global", "{}" },
    { &nb_logical_switch_table, "n1", "{}" },
    { &nb_logical_switch_table, "n1", "{\"name\":\"N 1\"}" },
    { &nb_logical_switch_port_table, "ap",
      "{\"addresses\":[\"fa:16:3e:a9:4c:c7 10.1.1.5\"],\"switch\":\"n1\"}" },
    { &nb_port_group_port_table, "pg_drop/ap", "{}" },
    { &nb_address_set_address_table, "web/10.0.0.0%2F8", "{}" },
    { &nb_acl_table, "7",
      "{\"action\":\"drop\",\"direction\":\"to-lport\",\"match\":\"1\","
      "\"switch\":\"n1\"}" },
    { &nb_qos_table, "q", "{\"action\":{\"dscp\":46},\"bandwidth\":"
      "{\"burst\":1,\"rate\":2},\"direction\":\"to-lport\",\"match\":\"1\","
      "\"switch\":\"n1\"}" },
    { &sb_datapath_table, "switch:n1",
      "{\"name\":\"n1\",\"tunnel_key\":1,\"type\":\"switch\","
      "\"uuid\":\"3fa85f64-5717-4562-b3fc-2c963f66afa6\",\"version\":17}" },
    { &sb_port_table, "ap", "{\"chassis\":\"hv1\",\"tunnel_key\":3}" },
    { &sb_flow_bundle_table, "lsp:ap",
      "{\"flows\":[[\"ls_in_l2_lkup\",50,\"eth.dst == 1\",\"output;\"],"
      "[\"ls_in_l2_lkup\",0,\"1\",\"next;\",{\"meter\":\"m1\"}]]}" },
    { &sb_load_balancer_table, "web",
      "{\"name\":\"web\",\"options\":{\"hairpin_orig_tuple\":\"true\"},"
      "\"protocol\":\"tcp\",\"vips\":{\"10.0.0.100:80\":"
      "\"10.0.0.1:8080\"}}" },
    { &sb_service_monitor_table, "tcp:8080:10.0.0.1",
      "{\"ip\":\"10.0.0.1\",\"port\":8080,\"protocol\":\"tcp\","
      "\"src_ip\":\"10.0.0.9\",\"src_mac\":\"0e:57:65:66:74:01\"}" },
    { &sb_service_state_table, "tcp:8080:10.0.0.1",
      "{\"status\":\"offline\"}" },
    { &sb_fdb_table, "02:00:00:00:00:01", "{\"port_key\":3}" },
    { &sb_set_table, "address_set:web", "{\"parts\":2,\"version\":4}" },
    { &sb_set_part_table, "0", "{\"members\":[\"10.0.0.1\"]}" },
    { &sb_node_dp_table, "switch:n1", "{}" },
    { &sb_node_port_table, "ap", "{\"reason\":\"requested-chassis is hv2\"}" },
    { &sb_chassis_table, "hv1",
      "{\"encaps\":[{\"ip\":\"192.168.0.1\",\"options\":{\"csum\":\"true\"},"
      "\"type\":\"geneve\"}],\"hostname\":\"h\"}" },
    { &sb_claim_table, "ap", "{\"iface\":\"tap0\",\"installed\":true,"
      "\"ofport\":5}" },
    { &sb_status_table, "ap", "{\"up\":true}" },
    { &sb_status_table, "ap", "{\"errors\":[{\"field\":\"addresses[0]\","
      "\"message\":\"no\"}],\"waiting_for\":[\"logical_switch/n9\"]}" },
    { &sb_status_sync_table, "sync",
      "{\"behind\":[\"hv2\"],\"hv_revision\":1229,\"sb_revision\":1234}" },
};

static void
test_examples(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(examples); i++) {
        const struct example *e = &examples[i];
        struct ds s = DS_EMPTY_INITIALIZER;
        struct err err = ERR_INIT;
        struct schema_row *row;

        if (schema_row_parse(e->table, e->id, e->json, strlen(e->json), &row,
                             &err)) {
            fail_msg("%s: %s: %s", e->json, err.field, err.message);
        }
        schema_row_format(row, &s);
        assert_string_equal(ds_cstr(&s), e->json);
        ds_destroy(&s);
        schema_row_destroy(row);
    }
}

/* The id stands for the name unless a name is given. */
static void
test_names(void **state)
{
    struct nb_logical_switch *n = nb_logical_switch_create("n1");

    assert_string_equal(n->name, "n1");
    schema_string_set(&n->name, "other");
    assert_string_equal(n->row.id, "n1");
    schema_row_destroy(&n->row);
}

static void
assert_fault(const struct schema_table *table, const char *id,
             const char *json, const char *path)
{
    struct schema_faults faults = SCHEMA_FAULTS_INIT;

    assert_int_equal(schema_validate(table, id, json, strlen(json), &faults),
                     -WEFT_E_INVALID);
    assert_string_equal(faults.items[0].path, path);
    schema_faults_clear(&faults);
}

static void
test_rules_of_tables(void **state)
{
    assert_fault(&nb_acl_table, "7", "{\"action\":\"drop\",\"direction\":"
                 "\"to-lport\",\"match\":\"1\"}", "");
    assert_fault(&nb_acl_table, "7", "{\"action\":\"drop\",\"direction\":"
                 "\"to-lport\",\"match\":\"1\",\"switch\":\"n1\","
                 "\"port_group\":\"g\"}", "");
    assert_fault(&nb_nb_global_table, ".", "{}", "id");
    assert_fault(&nb_address_set_table, "a-b", "{}", "id");
    assert_fault(&nb_logical_switch_port_table, "ap",
                 "{\"switch\":\"n1\",\"up\":true}", "up");
    assert_fault(&nb_address_set_address_table, "web/host", "{}", "id");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_descriptors),
        cmocka_unit_test(test_default_rows),
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_rules_of_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
