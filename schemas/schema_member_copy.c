/* Copying and comparing members of a row's struct, whatever their type. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "schemas/schema_private.h"
#include "util.h"

/* ---- Copying ---------------------------------------------------------- */

static void
clone_strings(struct schema_strings *dst, const struct schema_strings *src)
{
    for (size_t i = 0; i < src->n; i++) {
        schema_strings_add(dst, src->items[i]);
    }
}

static void
clone_integers(struct schema_integers *dst, const struct schema_integers *src)
{
    for (size_t i = 0; i < src->n; i++) {
        schema_integers_add(dst, src->items[i]);
    }
}

static struct schema_array
clone_flows(struct schema_array src)
{
    const struct sb_flow *flows = src.items;
    struct sb_flow *copy = xcalloc(src.n ? src.n : 1, sizeof *copy);

    for (size_t i = 0; i < src.n; i++) {
        schema_string_set(&copy[i].stage, flows[i].stage);
        copy[i].priority = flows[i].priority;
        schema_string_set(&copy[i].match, flows[i].match);
        schema_string_set(&copy[i].actions, flows[i].actions);
        smap_clone(&copy[i].options, &flows[i].options);
    }
    return (struct schema_array) { copy, src.n };
}

static struct schema_array
clone_records(const struct schema_record *record, struct schema_array src)
{
    char *copy = xcalloc(src.n ? src.n : 1, record->size);

    for (size_t i = 0; i < src.n; i++) {
        schema_members_clone(record, copy + i * record->size,
                             (char *) src.items + i * record->size);
    }
    return (struct schema_array) { copy, src.n };
}

static void
clone_scalar(const struct schema_column *column, void *dst, const void *src)
{
    size_t size = sizeof(unsigned int);

    if (column->type == SCHEMA_INTEGER) {
        size = (column->optional ? sizeof(struct schema_integer)
                : sizeof(int64_t));
    } else if (column->type == SCHEMA_REAL) {
        size = column->optional ? sizeof(struct schema_real) : sizeof(double);
    } else if (column->type == SCHEMA_BOOLEAN) {
        size = (column->optional ? sizeof(struct schema_boolean)
                : sizeof(bool));
    }
    memcpy(dst, src, size);
}

static void
clone_member(const struct schema_column *column, void *dst_base,
             const void *src_base)
{
    void *dst = schema_member(column, dst_base);
    const void *src = schema_member(column, src_base);

    switch (column->type) {
    case SCHEMA_STRING:
        *(char **) dst = NULL;
        schema_string_set(dst, *(char *const *) src);
        break;
    case SCHEMA_SET:
    case SCHEMA_LIST:
        if (column->of == SCHEMA_INTEGER) {
            clone_integers(dst, src);
        } else {
            clone_strings(dst, src);
        }
        break;
    case SCHEMA_MAP:
        smap_clone(dst, src);
        break;
    case SCHEMA_RECORD:
        schema_members_clone(column->record, dst, src);
        break;
    case SCHEMA_RECORDS:
        schema_member_set_array(
            column, dst_base,
            clone_records(column->record,
                          schema_member_array(column, src_base)));
        break;
    case SCHEMA_FLOWS:
        schema_member_set_array(
            column, dst_base,
            clone_flows(schema_member_array(column, src_base)));
        break;
    case SCHEMA_INTEGER:
    case SCHEMA_REAL:
    case SCHEMA_BOOLEAN:
    case SCHEMA_ENUM:
        clone_scalar(column, dst, src);
        break;
    }
}

void
schema_member_copy(const struct schema_column *column, void *dst,
                   const void *src)
{
    schema_member_destroy(column, dst);
    clone_member(column, dst, src);
}

void
schema_members_clone(const struct schema_record *record, void *dst,
                     const void *src)
{
    SCHEMA_FOR_EACH_COLUMN (column, record) {
        if (!column->is_id) {
            clone_member(column, dst, src);
        }
    }
}

/* ---- Comparing -------------------------------------------------------- */

static bool
strings_equal(const struct schema_strings *a, const struct schema_strings *b)
{
    if (a->n != b->n) {
        return false;
    }
    for (size_t i = 0; i < a->n; i++) {
        if (strcmp(a->items[i], b->items[i])) {
            return false;
        }
    }
    return true;
}

static bool
integers_equal(const struct schema_integers *a,
               const struct schema_integers *b)
{
    return (a->n == b->n
            && (!a->n || !memcmp(a->items, b->items,
                                 a->n * sizeof *a->items)));
}

static bool
flows_equal(struct schema_array a_, struct schema_array b_)
{
    const struct sb_flow *a = a_.items;
    const struct sb_flow *b = b_.items;

    if (a_.n != b_.n) {
        return false;
    }
    for (size_t i = 0; i < a_.n; i++) {
        if (a[i].priority != b[i].priority
            || strcmp(a[i].match, b[i].match)
            || strcmp(a[i].actions, b[i].actions)
            || strcmp(a[i].stage, b[i].stage)
            || !smap_equal(&a[i].options, &b[i].options)) {
            return false;
        }
    }
    return true;
}

static bool
records_equal(const struct schema_record *record, struct schema_array a,
              struct schema_array b)
{
    if (a.n != b.n) {
        return false;
    }
    for (size_t i = 0; i < a.n; i++) {
        if (!schema_members_equal(record,
                                  (char *) a.items + i * record->size,
                                  (char *) b.items + i * record->size)) {
            return false;
        }
    }
    return true;
}

static bool
scalars_equal(const struct schema_column *column, const void *a,
              const void *b)
{
    if (column->optional) {
        bool is_set = schema_optional_is_set(column, a);

        if (is_set != schema_optional_is_set(column, b)) {
            return false;
        } else if (!is_set) {
            return true;
        }
    }
    switch (column->type) {
    case SCHEMA_STRING:
        return !strcmp(*(char *const *) a, *(char *const *) b);
    case SCHEMA_INTEGER:
        if (column->optional) {
            return (((const struct schema_integer *) a)->value
                    == ((const struct schema_integer *) b)->value);
        }
        return *(const int64_t *) a == *(const int64_t *) b;
    case SCHEMA_REAL:
        if (column->optional) {
            return (((const struct schema_real *) a)->value
                    == ((const struct schema_real *) b)->value);
        }
        return *(const double *) a == *(const double *) b;
    case SCHEMA_BOOLEAN:
        if (column->optional) {
            return (((const struct schema_boolean *) a)->value
                    == ((const struct schema_boolean *) b)->value);
        }
        return *(const bool *) a == *(const bool *) b;
    case SCHEMA_ENUM:
    case SCHEMA_SET:
    case SCHEMA_LIST:
    case SCHEMA_MAP:
    case SCHEMA_RECORD:
    case SCHEMA_RECORDS:
    case SCHEMA_FLOWS:
        break;
    }
    return *(const unsigned int *) a == *(const unsigned int *) b;
}

static bool
member_equal(const struct schema_column *column, const void *a_base,
             const void *b_base)
{
    const void *a = schema_member(column, a_base);
    const void *b = schema_member(column, b_base);

    switch (column->type) {
    case SCHEMA_SET:
    case SCHEMA_LIST:
        return (column->of == SCHEMA_INTEGER
                ? integers_equal(a, b) : strings_equal(a, b));
    case SCHEMA_MAP:
        return smap_equal(a, b);
    case SCHEMA_RECORD:
        return schema_members_equal(column->record, a, b);
    case SCHEMA_RECORDS:
        return records_equal(column->record,
                             schema_member_array(column, a_base),
                             schema_member_array(column, b_base));
    case SCHEMA_FLOWS:
        return flows_equal(schema_member_array(column, a_base),
                           schema_member_array(column, b_base));
    case SCHEMA_STRING:
    case SCHEMA_INTEGER:
    case SCHEMA_REAL:
    case SCHEMA_BOOLEAN:
    case SCHEMA_ENUM:
        break;
    }
    return scalars_equal(column, a, b);
}

bool
schema_members_equal(const struct schema_record *record, const void *a,
                     const void *b)
{
    SCHEMA_FOR_EACH_COLUMN (column, record) {
        if (!column->is_id && !member_equal(column, a, b)) {
            return false;
        }
    }
    return true;
}
