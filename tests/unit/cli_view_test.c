/* OVN's tables against Weft's schema: every column comes from one that is
 * there, and every column of the schema shows. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cli/view_nb.h"
#include "cli/view_sb.h"
#include "schemas/schema.h"
#include "util.h"

static const char *
field_of(const struct view_column *column)
{
    return column->field ? column->field : column->name;
}

static bool
reads_a_column(const struct view_column *column)
{
    return (column->kind == VIEW_PLAIN || column->kind == VIEW_NAME
            || column->kind == VIEW_REF);
}

static void
check_table(const struct view_table *table)
{
    const struct schema_table *schema = schema_table_by_name(
        "nb", table->table->name);

    assert_non_null(schema);
    for (size_t i = 0; i < table->n_columns; i++) {
        const struct view_column *column = &table->columns[i];

        if (i) {
            assert_true(strcmp(table->columns[i - 1].name, column->name)
                        < 0);
        }
        if (reads_a_column(column)
            && !schema_column_by_name(schema, field_of(column))) {
            fail_msg("%s.%s: no column %s in the schema", table->name,
                     column->name, field_of(column));
        }
        if (column->kind == VIEW_CHILDREN) {
            const char *parent = column->other->parents[column->which];
            const struct schema_table *child = schema_table_by_name(
                "nb", column->other->name);

            assert_non_null(parent);
            assert_non_null(schema_column_by_name(child, parent));
        }
    }
}

static void
test_northbound(void **state)
{
    for (const struct view_table *const *t = nb_view.tables; *t; t++) {
        check_table(*t);
        if (t[1]) {
            assert_true(strcasecmp((*t)->name, t[1]->name) < 0);
        }
    }
}

/* A parent column is shown by the parent; anything else must show here. */
static bool
is_parent_column(const struct table *table, const char *name)
{
    for (int i = 0; i < TABLE_MAX_PARENTS; i++) {
        if (table->parents[i] && !strcmp(table->parents[i], name)) {
            return true;
        }
    }
    return false;
}

static void
test_nothing_is_hidden(void **state)
{
    for (const struct view_table *const *t = nb_view.tables; *t; t++) {
        const struct schema_table *schema = schema_table_by_name(
            "nb", (*t)->table->name);

        for (size_t i = 0; i < schema->record.n_columns; i++) {
            const char *name = schema->record.columns[i].name;

            /* Of 23.09, where OVN 23.03 has none. */
            if (!strcmp((*t)->name, "DNS") && !strcmp(name, "options")) {
                continue;
            }
            if (!is_parent_column((*t)->table, name)
                && !view_column(*t, name)) {
                fail_msg("%s does not show column %s", (*t)->name, name);
            }
        }
    }
}

static void
test_abbreviations(void **state)
{
    const struct view_table *table;
    const struct view_column *column;
    char *error;

    assert_null(view_find_table(&nb_view, "dhcp", &table));
    assert_string_equal(table->name, "DHCP_Options");
    assert_null(view_find_table(&nb_view, "logical-switch", &table));
    assert_string_equal(table->name, "Logical_Switch");
    assert_null(view_find_column(table, "OTHER-C", &column));
    assert_string_equal(column->name, "other_config");

    error = view_find_table(&nb_view, "logical_r", &table);
    assert_string_equal(error, "\"logical_r\" matches multiple table names: "
                        "Logical_Router, Logical_Router_Policy, "
                        "Logical_Router_Port, "
                        "Logical_Router_Static_Route");
    free(error);
    error = view_find_table(&nb_view, "nosuch", &table);
    assert_string_equal(error, "unknown table \"nosuch\"");
    free(error);
}

static void
test_southbound(void **state)
{
    for (const struct view_table *const *t = sb_view.tables; *t; t++) {
        assert_non_null((*t)->table->synthesize);
        for (size_t i = 1; i < (*t)->n_columns; i++) {
            assert_true(strcmp((*t)->columns[i - 1].name,
                               (*t)->columns[i].name) < 0);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_northbound),
        cmocka_unit_test(test_nothing_is_hidden),
        cmocka_unit_test(test_abbreviations),
        cmocka_unit_test(test_southbound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
