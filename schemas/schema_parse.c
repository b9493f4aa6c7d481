/* From JSON to members of structs.
 *
 * jansson has parsed (schema_json.c); what is here walks its values along the
 * column descriptors.  A fault never ends the walk, so that all are found;
 * the row is then dropped. */
#include <config.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/schema_private.h"
#include "util.h"

static const char *
type_name(const json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT: return "an object";
    case JSON_ARRAY: return "an array";
    case JSON_STRING: return "a string";
    case JSON_INTEGER: return "an integer";
    case JSON_REAL: return "a number";
    case JSON_TRUE:
    case JSON_FALSE: return "a boolean";
    case JSON_NULL: return "null";
    }
    return "something else";
}

bool
schema_need_type(bool is_right, const char *expected, const json_t *json,
                 const struct schema_path *path,
                 struct schema_faults *faults)
{
    if (!is_right) {
        schema_fault_at(faults, path, "must be %s, not %s", expected,
                        type_name(json));
    }
    return is_right;
}

/* ---- Scalars ---------------------------------------------------------- */

/* An integer, or a number without a fraction (JSON knows no difference). */
bool
schema_get_integer(const json_t *json, int64_t min, int64_t max,
                   const struct schema_path *path,
                   struct schema_faults *faults, int64_t *valuep)
{
    int64_t value;

    if (json_is_real(json) && json_real_value(json) >= -9007199254740992.0
        && json_real_value(json) <= 9007199254740992.0
        && (double) (int64_t) json_real_value(json) == json_real_value(json)) {
        value = json_real_value(json);
    } else if (schema_need_type(json_is_integer(json), "an integer", json,
                                path, faults)) {
        value = json_integer_value(json);
    } else {
        return false;
    }
    if (value < min || value > max) {
        if (max == INT64_MAX) {
            schema_fault_at(faults, path, "%"PRId64" is less than %"PRId64,
                            value, min);
        } else {
            schema_fault_at(faults, path, "%"PRId64" is not in the range "
                            "%"PRId64" to %"PRId64, value, min, max);
        }
        return false;
    }
    *valuep = value;
    return true;
}

static void
parse_integer(const struct schema_column *column, void *member,
              const json_t *json, const struct schema_path *path,
              struct schema_faults *faults)
{
    int64_t value;

    if (!schema_get_integer(json, column->min, column->max, path, faults,
                            &value)) {
        return;
    }
    if (column->optional) {
        *(struct schema_integer *) member
            = (struct schema_integer) { true, value };
    } else {
        *(int64_t *) member = value;
    }
}

static void
parse_real(const struct schema_column *column, void *member,
           const json_t *json, const struct schema_path *path,
           struct schema_faults *faults)
{
    double value;

    if (!schema_need_type(json_is_number(json), "a number", json, path,
                          faults)) {
        return;
    }
    value = json_number_value(json);
    if (value < column->real_min || value > column->real_max) {
        schema_fault_at(faults, path, "%g is not in the range %g to %g",
                        value, column->real_min, column->real_max);
    } else if (column->optional) {
        *(struct schema_real *) member = (struct schema_real) { true, value };
    } else {
        *(double *) member = value;
    }
}

static void
parse_boolean(const struct schema_column *column, void *member,
              const json_t *json, const struct schema_path *path,
              struct schema_faults *faults)
{
    bool value = json_is_true(json);

    if (!schema_need_type(json_is_boolean(json), "true or false", json, path,
                          faults)) {
        return;
    }
    if (column->optional) {
        *(struct schema_boolean *) member
            = (struct schema_boolean) { true, value };
    } else {
        *(bool *) member = value;
    }
}

static void
parse_enum(const struct schema_column *column, void *member,
           const json_t *json, const struct schema_path *path,
           struct schema_faults *faults)
{
    if (!schema_need_type(json_is_string(json), "a string", json, path,
                          faults)) {
        return;
    }
    for (size_t i = 0; i < column->n_values; i++) {
        if (!strcmp(json_string_value(json), column->values[i])) {
            *(unsigned int *) member = i;
            return;
        }
    }
    /* As an element, so that "" is no exception: it is not among them. */
    schema_check_string(column, json_string_value(json), true, path, faults);
}

static void
parse_string(const struct schema_column *column, void *base,
             const json_t *json, const struct schema_path *path,
             struct schema_faults *faults)
{
    const char *value = json_string_value(json);

    if (!schema_need_type(json_is_string(json), "a string", json, path,
                          faults)) {
        return;
    }
    if (column->is_id) {
        const struct schema_row *row = base;

        if (strcmp(value, row->id)) {
            schema_fault_at(faults, path, "must be the row's id, '%.60s', "
                            "or absent", row->id);
        }
    } else if (schema_check_string(column, value, false, path, faults)
               && (!column->default_is_id || value[0])) {
        schema_string_set(schema_member(column, base), value);
    }
}

/* ---- Containers ------------------------------------------------------- */

bool
schema_need_array(const struct schema_column *column, const json_t *json,
                  const struct schema_path *path,
                  struct schema_faults *faults)
{
    size_t n = json_array_size(json);

    if (!schema_need_type(json_is_array(json), "an array", json, path,
                          faults)) {
        return false;
    }
    if (n < column->min_items || n > column->max_items) {
        schema_fault_at(faults, path, "has %"PRIuSIZE" elements, not "
                        "%"PRIuSIZE" to %"PRIuSIZE, n, column->min_items,
                        column->max_items);
        return false;
    }
    return true;
}

static void
parse_integers(const struct schema_column *column,
               struct schema_integers *integers, const json_t *json,
               const struct schema_path *up, struct schema_faults *faults)
{
    size_t n = json_array_size(json);

    for (size_t i = 0; i < n; i++) {
        const struct schema_path path = SCHEMA_PATH_INDEX(up, i);
        int64_t value;

        if (schema_get_integer(json_array_get(json, i), column->min,
                               column->max, &path, faults, &value)) {
            schema_integers_add(integers, value);
        }
    }
    if (column->type == SCHEMA_SET) {
        n = integers->n;
        schema_integers_sort(integers);
        if (integers->n != n) {
            schema_fault_at(faults, up, "holds a number twice");
        }
    }
}

static void
parse_strings(const struct schema_column *column,
              struct schema_strings *strings, const json_t *json,
              const struct schema_path *up, struct schema_faults *faults)
{
    size_t n = json_array_size(json);

    for (size_t i = 0; i < n; i++) {
        const struct schema_path path = SCHEMA_PATH_INDEX(up, i);
        const json_t *element = json_array_get(json, i);

        if (schema_need_type(json_is_string(element), "a string", element,
                             &path, faults)
            && schema_check_string(column, json_string_value(element), true,
                                   &path, faults)) {
            schema_strings_add(strings, json_string_value(element));
        }
    }
    if (column->type == SCHEMA_SET) {
        n = strings->n;
        schema_strings_sort(strings);
        if (strings->n != n) {
            schema_fault_at(faults, up, "holds a string twice");
        }
    }
}

static void
parse_array(const struct schema_column *column, void *member,
            const json_t *json, const struct schema_path *path,
            struct schema_faults *faults)
{
    if (!schema_need_array(column, json, path, faults)) {
        return;
    }
    if (column->of == SCHEMA_INTEGER) {
        parse_integers(column, member, json, path, faults);
    } else {
        parse_strings(column, member, json, path, faults);
    }
}

/* The value of a map as the string that struct smap holds, the caller's to
 * free; NULL when it is of the wrong type. */
static char *
get_map_value(const struct schema_column *column, const json_t *json,
              const struct schema_path *path, struct schema_faults *faults)
{
    int64_t integer;

    if (column->of == SCHEMA_INTEGER) {
        return (schema_get_integer(json, INT64_MIN, INT64_MAX, path, faults,
                                   &integer)
                ? xasprintf("%"PRId64, integer) : NULL);
    }
    return (schema_need_type(json_is_string(json), "a string", json, path,
                             faults)
            ? xstrdup(json_string_value(json)) : NULL);
}

static void
parse_map(const struct schema_column *column, struct smap *map,
          const json_t *json, const struct schema_path *path,
          struct schema_faults *faults)
{
    json_t *object = CONST_CAST(json_t *, json);
    const char *key;
    json_t *value;

    if (!schema_need_type(json_is_object(json), "an object", json, path,
                          faults)) {
        return;
    }
    if (json_object_size(json) > column->max_items
        || json_object_size(json) < column->min_items) {
        schema_fault_at(faults, path, "has %"PRIuSIZE" members, not "
                        "%"PRIuSIZE" to %"PRIuSIZE, json_object_size(json),
                        column->min_items, column->max_items);
        return;
    }
    json_object_foreach (object, key, value) {
        const struct schema_path entry = SCHEMA_PATH_NAME(path, key);

        char *string = get_map_value(column, value, &entry, faults);

        if (string && schema_check_map_entry(column, key, string, path,
                                             faults)) {
            smap_add_nocopy(map, xstrdup(key), string);
        } else {
            free(string);
        }
    }
}

/* A column that the record does not have.  'table' is NULL for records
 * within rows. */
static void
fault_unknown(const struct schema_table *table,
              const struct schema_path *path, struct schema_faults *faults)
{
    if (table && table->open) {
        return;
    }
    for (size_t i = 0; table && i < table->n_status_columns; i++) {
        if (!strcmp(table->status_columns[i], path->name)) {
            schema_fault_at(faults, path, "is not set here: the translator "
                            "writes it in the row's status");
            return;
        }
    }
    schema_fault_at(faults, path, "no such column");
}

void
schema_parse_members(const struct schema_record *record,
                     const struct schema_table *table, void *base,
                     const json_t *json, const struct schema_path *up,
                     struct schema_faults *faults)
{
    json_t *object = CONST_CAST(json_t *, json);
    size_t n_faults = faults->n;
    const char *key;
    json_t *value;

    json_object_foreach (object, key, value) {
        const struct schema_path path = SCHEMA_PATH_NAME(up, key);
        const struct schema_column *column;

        column = schema_record_column(record, key);
        if (column) {
            schema_parse_member(column, base, value, &path, faults);
        } else {
            fault_unknown(table, &path, faults);
        }
    }
    /* A required enum cannot be seen to be absent in the struct. */
    for (size_t i = 0; i < record->n_columns; i++) {
        const struct schema_column *column = &record->columns[i];
        const struct schema_path path = SCHEMA_PATH_NAME(up, column->name);

        if (column->required && !json_object_get(json, column->name)) {
            schema_fault_at(faults, &path, "is required");
        }
    }
    if (up && faults->n == n_faults) {
        schema_check_record(record, base, up, faults);
    }
}

static void
parse_records(const struct schema_column *column, void *base,
              const json_t *json, const struct schema_path *up,
              struct schema_faults *faults)
{
    const struct schema_record *record = column->record;
    size_t n = json_array_size(json);
    char *items;

    if (!schema_need_array(column, json, up, faults) || !n) {
        return;
    }
    items = xcalloc(n, record->size);
    for (size_t i = 0; i < n; i++) {
        const struct schema_path path = SCHEMA_PATH_INDEX(up, i);
        const json_t *element = json_array_get(json, i);

        schema_members_init(record, items + i * record->size);
        if (schema_need_type(json_is_object(element), "an object", element,
                             &path, faults)) {
            schema_parse_members(record, NULL, items + i * record->size,
                                 element, &path, faults);
        }
    }
    schema_member_set_array(column, base, (struct schema_array) { items, n });
}

static void
parse_record(const struct schema_column *column, void *member,
             const json_t *json, const struct schema_path *path,
             struct schema_faults *faults)
{
    if (schema_need_type(json_is_object(json), "an object", json, path,
                         faults)) {
        schema_parse_members(column->record, NULL, member, json, path, faults);
    }
}

/* ---- Any member ------------------------------------------------------- */

void
schema_parse_member(const struct schema_column *column, void *base,
                    const json_t *json, const struct schema_path *path,
                    struct schema_faults *faults)
{
    void *member = schema_member(column, base);

    switch (column->type) {
    case SCHEMA_STRING:
        parse_string(column, base, json, path, faults);
        break;
    case SCHEMA_INTEGER:
        parse_integer(column, member, json, path, faults);
        break;
    case SCHEMA_REAL:
        parse_real(column, member, json, path, faults);
        break;
    case SCHEMA_BOOLEAN:
        parse_boolean(column, member, json, path, faults);
        break;
    case SCHEMA_ENUM:
        parse_enum(column, member, json, path, faults);
        break;
    case SCHEMA_SET:
    case SCHEMA_LIST:
        parse_array(column, member, json, path, faults);
        break;
    case SCHEMA_MAP:
        parse_map(column, member, json, path, faults);
        break;
    case SCHEMA_RECORD:
        parse_record(column, member, json, path, faults);
        break;
    case SCHEMA_RECORDS:
        parse_records(column, base, json, path, faults);
        break;
    case SCHEMA_FLOWS:
        schema_parse_flows(column, base, json, path, faults);
        break;
    }
}
