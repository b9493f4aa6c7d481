/* Finding tables and columns; the life of a row. */
#include <config.h>

#include "schemas/schema.h"

#include <stdlib.h>
#include <string.h>

#include "schemas/schema_private.h"
#include "util.h"

const struct schema_table *const *
schema_tables(void)
{
    return schema_all_tables;
}

const struct schema_table *
schema_table_by_name(const char *db, const char *name)
{
    size_t low = 0;
    size_t high = schema_n_tables;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct schema_table *table = schema_all_tables[middle];
        int order = strcmp(table->db, db);

        if (!order) {
            order = strcmp(table->name, name);
        }
        if (!order) {
            return table;
        } else if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

const struct schema_column *
schema_record_column(const struct schema_record *record, const char *name)
{
    size_t low = 0;
    size_t high = record->n_columns;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(record->columns[middle].name, name);

        if (!order) {
            return &record->columns[middle];
        } else if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

const struct schema_column *
schema_column_by_name(const struct schema_table *table, const char *name)
{
    return schema_record_column(&table->record, name);
}

/* ---- Rows ------------------------------------------------------------- */

/* The members that hold the components of the id. */
static void
fill_id_members(struct schema_row *row)
{
    const struct schema_table *table = row->table;
    char *components[SCHEMA_MAX_ID_COLUMNS];

    bool split;

    if (!table->n_id_columns) {
        return;
    }
    split = schema_id_split(row->id, components, table->n_id_columns);

    for (size_t i = 0; i < table->n_id_columns; i++) {
        char **member = (char **) ((char *) row + table->id_offsets[i]);

        *member = split ? components[i] : schema_empty;
    }
}

/* A row without columns. */
static struct schema_row *
row_allocate(const struct schema_table *table, const char *id)
{
    struct schema_row *row = xzalloc(table->record.size);

    row->table = table;
    row->id = xstrdup(id);
    fill_id_members(row);
    return row;
}

struct schema_row *
schema_row_create(const struct schema_table *table, const char *id)
{
    struct schema_row *row = row_allocate(table, id);

    schema_members_init(&table->record, row);
    for (size_t i = 0; i < table->record.n_columns; i++) {
        const struct schema_column *column = &table->record.columns[i];

        if (column->default_is_id) {
            schema_string_set(schema_member(column, row), id);
        }
    }
    return row;
}

struct schema_row *
schema_row_clone(const struct schema_row *row)
{
    struct schema_row *copy = row_allocate(row->table, row->id);

    schema_members_clone(&row->table->record, copy, row);
    return copy;
}

void
schema_row_destroy(struct schema_row *row)
{
    if (!row) {
        return;
    }
    schema_members_destroy(&row->table->record, row);
    for (size_t i = 0; i < row->table->n_id_columns; i++) {
        schema_string_set(
            (char **) ((char *) row + row->table->id_offsets[i]), NULL);
    }
    free(row->id);
    free(row);
}

bool
schema_row_equal_columns(const struct schema_row *a,
                         const struct schema_row *b)
{
    return (a->table == b->table
            && schema_members_equal(&a->table->record, a, b));
}

bool
schema_row_equal(const struct schema_row *a, const struct schema_row *b)
{
    return !strcmp(a->id, b->id) && schema_row_equal_columns(a, b);
}
