/* Any bytes as a row of any table: the first byte chooses the table.  What
 * parses has to have a canonical text that reads back as the same row. */
#include <config.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/schema.h"
#include "util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As assert(), in every build. */
static void
require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static const char *
id_for(const struct schema_table *table)
{
    return (table->only_id ? table->only_id
            : table->n_id_columns ? "a/10.0.0.1" : "row_1");
}

static const struct schema_table *
choose_table(unsigned int choice)
{
    const struct schema_table *const *tables = schema_tables();
    size_t n = 0;

    while (tables[n]) {
        n++;
    }
    return tables[choice % n];
}

static void
check_round_trip(const struct schema_row *row)
{
    struct ds first = DS_EMPTY_INITIALIZER;
    struct ds second = DS_EMPTY_INITIALIZER;
    struct schema_row *copy = schema_row_clone(row);
    struct schema_row *again;

    schema_row_format(row, &first);
    require(!schema_row_parse(row->table, row->id, ds_cstr(&first),
                                 first.length, &again, NULL));
    schema_row_format(again, &second);
    require(!strcmp(ds_cstr(&first), ds_cstr(&second)));
    require(schema_row_equal(row, again));
    require(schema_row_equal(copy, again));
    require(!schema_row_check(row, NULL));
    schema_row_destroy(copy);
    schema_row_destroy(again);
    ds_destroy(&first);
    ds_destroy(&second);
}

/* Every column as text, and set from its own JSON. */
static void
check_columns(struct schema_row *row)
{
    const struct schema_record *record = &row->table->record;
    struct schema_row *copy = schema_row_clone(row);

    for (size_t i = 0; i < record->n_columns; i++) {
        const char *name = record->columns[i].name;
        struct ds s = DS_EMPTY_INITIALIZER;

        require(!schema_column_get_json(row, name, &s));
        require(!schema_column_set_json(copy, name, ds_cstr(&s), s.length,
                                           NULL));
        require(!schema_column_get_text(row, name, &s));
        ds_destroy(&s);
    }
    require(schema_row_equal(row, copy));
    schema_row_destroy(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct schema_faults faults = SCHEMA_FAULTS_INIT;
    const struct schema_table *table;
    struct schema_row *row = NULL;

    if (!size) {
        return 0;
    }
    table = choose_table(data[0]);
    if (!schema_row_parse_all(table, id_for(table), (const char *) data + 1,
                              size - 1, &row, &faults)) {
        check_round_trip(row);
        check_columns(row);
    } else {
        require(faults.code < 0 && faults.n > 0 && !row);
    }
    schema_row_destroy(row);
    schema_faults_clear(&faults);
    return 0;
}
