/* The life of a member of a row's struct, whatever its type: its default, and
 * its end. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "schemas/schema_private.h"
#include "util.h"

struct schema_array
schema_member_array(const struct schema_column *column, const void *base)
{
    struct schema_array array;

    /* By memcpy() because the struct has another pointer type there. */
    memcpy(&array, schema_member(column, base), sizeof array);
    return array;
}

void
schema_member_set_array(const struct schema_column *column, void *base,
                        struct schema_array array)
{
    memcpy(schema_member(column, base), &array, sizeof array);
}

/* ---- Defaults --------------------------------------------------------- */

void
schema_member_init(const struct schema_column *column, void *base)
{
    void *member = schema_member(column, base);

    if (column->is_id) {
        return;
    }
    switch (column->type) {
    case SCHEMA_STRING:
        *(char **) member = schema_empty;
        schema_string_set(member,
                          column->optional ? NULL : column->default_string);
        break;
    case SCHEMA_INTEGER:
        if (!column->optional) {
            *(int64_t *) member = column->default_integer;
        }
        break;
    case SCHEMA_REAL:
        if (!column->optional) {
            *(double *) member = column->default_real;
        }
        break;
    case SCHEMA_BOOLEAN:
        if (!column->optional) {
            *(bool *) member = column->default_integer;
        }
        break;
    case SCHEMA_ENUM:
        *(unsigned int *) member = column->default_integer;
        break;
    case SCHEMA_MAP:
        smap_init(member);
        break;
    case SCHEMA_RECORD:
        schema_members_init(column->record, member);
        break;
    case SCHEMA_SET:
    case SCHEMA_LIST:
    case SCHEMA_RECORDS:
    case SCHEMA_FLOWS:
        break;
    }
}

void
schema_members_init(const struct schema_record *record, void *base)
{
    SCHEMA_FOR_EACH_COLUMN (column, record) {
        schema_member_init(column, base);
    }
}

bool
schema_optional_is_set(const struct schema_column *column, const void *member)
{
    switch (column->type) {
    case SCHEMA_STRING:
        return *(char *const *) member != NULL;
    case SCHEMA_INTEGER:
        return ((const struct schema_integer *) member)->is_set;
    case SCHEMA_REAL:
        return ((const struct schema_real *) member)->is_set;
    case SCHEMA_BOOLEAN:
        return ((const struct schema_boolean *) member)->is_set;
    case SCHEMA_ENUM:
    case SCHEMA_SET:
    case SCHEMA_LIST:
    case SCHEMA_MAP:
    case SCHEMA_RECORD:
    case SCHEMA_RECORDS:
    case SCHEMA_FLOWS:
        break;
    }
    return true;
}

static bool
members_are_default(const struct schema_record *record, const void *base)
{
    SCHEMA_FOR_EACH_COLUMN (column, record) {
        if (!schema_member_is_default(column, base)) {
            return false;
        }
    }
    return true;
}

/* Whether a container has nothing in it. */
static bool
container_is_empty(const struct schema_column *column, const void *base)
{
    const void *member = schema_member(column, base);

    switch (column->type) {
    case SCHEMA_SET:
    case SCHEMA_LIST:
        return (column->of == SCHEMA_INTEGER
                ? !((const struct schema_integers *) member)->n
                : !((const struct schema_strings *) member)->n);
    case SCHEMA_MAP:
        return smap_is_empty(member);
    case SCHEMA_RECORD:
        return members_are_default(column->record, member);
    case SCHEMA_RECORDS:
    case SCHEMA_FLOWS:
        return !schema_member_array(column, base).n;
    case SCHEMA_STRING:
    case SCHEMA_INTEGER:
    case SCHEMA_REAL:
    case SCHEMA_BOOLEAN:
    case SCHEMA_ENUM:
        break;
    }
    return false;
}

bool
schema_member_is_default(const struct schema_column *column,
                         const void *base)
{
    const void *member = schema_member(column, base);

    if (column->is_id) {
        return true;
    }
    if (column->optional) {
        return !schema_optional_is_set(column, member);
    }
    switch (column->type) {
    case SCHEMA_STRING:
        if (column->default_is_id) {
            const struct schema_row *row = base;

            return !strcmp(*(char *const *) member, row->id);
        }
        return !strcmp(*(char *const *) member, column->default_string);
    case SCHEMA_INTEGER:
        return *(const int64_t *) member == column->default_integer;
    case SCHEMA_REAL:
        return *(const double *) member == column->default_real;
    case SCHEMA_BOOLEAN:
        return *(const bool *) member == column->default_integer;
    case SCHEMA_ENUM:
        return *(const unsigned int *) member == column->default_integer;
    case SCHEMA_SET:
    case SCHEMA_LIST:
    case SCHEMA_MAP:
    case SCHEMA_RECORD:
    case SCHEMA_RECORDS:
    case SCHEMA_FLOWS:
        break;
    }
    return container_is_empty(column, base);
}

bool
schema_member_is_empty(const struct schema_column *column, const void *base)
{
    const void *member = schema_member(column, base);

    if (column->optional && !schema_optional_is_set(column, member)) {
        return true;
    }
    if (column->type == SCHEMA_STRING) {
        return !(*(char *const *) member)[0];
    }
    return container_is_empty(column, base);
}

/* ---- Freeing ---------------------------------------------------------- */

static void
destroy_flows(struct schema_array array)
{
    struct sb_flow *flows = array.items;

    for (size_t i = 0; i < array.n; i++) {
        schema_string_set(&flows[i].stage, NULL);
        schema_string_set(&flows[i].match, NULL);
        schema_string_set(&flows[i].actions, NULL);
        smap_destroy(&flows[i].options);
    }
    free(flows);
}

static void
destroy_records(const struct schema_record *record, struct schema_array array)
{
    for (size_t i = 0; i < array.n; i++) {
        schema_members_destroy(record,
                               (char *) array.items + i * record->size);
    }
    free(array.items);
}

void
schema_member_destroy(const struct schema_column *column, void *base)
{
    void *member = schema_member(column, base);

    if (column->is_id) {
        return;
    }
    switch (column->type) {
    case SCHEMA_STRING:
        schema_string_set(member, NULL);
        break;
    case SCHEMA_SET:
    case SCHEMA_LIST:
        if (column->of == SCHEMA_INTEGER) {
            schema_integers_clear(member);
        } else {
            schema_strings_clear(member);
        }
        break;
    case SCHEMA_MAP:
        smap_destroy(member);
        break;
    case SCHEMA_RECORD:
        schema_members_destroy(column->record, member);
        break;
    case SCHEMA_RECORDS:
        destroy_records(column->record, schema_member_array(column, base));
        break;
    case SCHEMA_FLOWS:
        destroy_flows(schema_member_array(column, base));
        break;
    case SCHEMA_INTEGER:
    case SCHEMA_REAL:
    case SCHEMA_BOOLEAN:
    case SCHEMA_ENUM:
        break;
    }
}

void
schema_members_destroy(const struct schema_record *record, void *base)
{
    SCHEMA_FOR_EACH_COLUMN (column, record) {
        schema_member_destroy(column, base);
    }
}
