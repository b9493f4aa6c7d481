/* From JSON to rows.
 *
 * jansson parses; what is here walks its values along the column
 * descriptors.  A fault never ends the walk, so that all are found; the row
 * is then dropped. */
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

static bool
need_type(bool is_right, const char *expected, const json_t *json,
          const struct schema_path *path, struct schema_faults *faults)
{
    if (!is_right) {
        schema_fault_at(faults, path, "must be %s, not %s", expected,
                        type_name(json));
    }
    return is_right;
}

/* ---- Scalars ---------------------------------------------------------- */

/* An integer, or a number without a fraction (JSON knows no difference). */
static bool
get_integer(const json_t *json, int64_t min, int64_t max,
            const struct schema_path *path, struct schema_faults *faults,
            int64_t *valuep)
{
    int64_t value;

    if (json_is_real(json) && json_real_value(json) >= -9007199254740992.0
        && json_real_value(json) <= 9007199254740992.0
        && (double) (int64_t) json_real_value(json) == json_real_value(json)) {
        value = json_real_value(json);
    } else if (need_type(json_is_integer(json), "an integer", json, path,
                         faults)) {
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

    if (!get_integer(json, column->min, column->max, path, faults, &value)) {
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

    if (!need_type(json_is_number(json), "a number", json, path, faults)) {
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

    if (!need_type(json_is_boolean(json), "true or false", json, path,
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
    if (!need_type(json_is_string(json), "a string", json, path, faults)) {
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

    if (!need_type(json_is_string(json), "a string", json, path, faults)) {
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

static bool
need_array(const struct schema_column *column, const json_t *json,
           const struct schema_path *path, struct schema_faults *faults)
{
    size_t n = json_array_size(json);

    if (!need_type(json_is_array(json), "an array", json, path, faults)) {
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

        if (get_integer(json_array_get(json, i), column->min, column->max,
                        &path, faults, &value)) {
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

        if (need_type(json_is_string(element), "a string", element, &path,
                      faults)
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
    if (!need_array(column, json, path, faults)) {
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
        return (get_integer(json, INT64_MIN, INT64_MAX, path, faults,
                            &integer)
                ? xasprintf("%"PRId64, integer) : NULL);
    }
    return (need_type(json_is_string(json), "a string", json, path, faults)
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

    if (!need_type(json_is_object(json), "an object", json, path, faults)) {
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

/* Members of the object 'json' into the struct at 'base'. */
static void
parse_members(const struct schema_record *record,
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

    if (!need_array(column, json, up, faults) || !n) {
        return;
    }
    items = xcalloc(n, record->size);
    for (size_t i = 0; i < n; i++) {
        const struct schema_path path = SCHEMA_PATH_INDEX(up, i);
        const json_t *element = json_array_get(json, i);

        schema_members_init(record, items + i * record->size);
        if (need_type(json_is_object(element), "an object", element, &path,
                      faults)) {
            parse_members(record, NULL, items + i * record->size, element,
                          &path, faults);
        }
    }
    schema_member_set_array(column, base, (struct schema_array) { items, n });
}

static void
parse_record(const struct schema_column *column, void *member,
             const json_t *json, const struct schema_path *path,
             struct schema_faults *faults)
{
    if (need_type(json_is_object(json), "an object", json, path, faults)) {
        parse_members(column->record, NULL, member, json, path, faults);
    }
}

/* ---- Flows ------------------------------------------------------------ */

enum { FLOW_STAGE, FLOW_PRIORITY, FLOW_MATCH, FLOW_ACTIONS, FLOW_OPTIONS };

static void
parse_flow_options(struct smap *options, const json_t *json,
                   const struct schema_path *up, struct schema_faults *faults)
{
    json_t *object = CONST_CAST(json_t *, json);
    const char *key;
    json_t *value;

    if (!need_type(json_is_object(json), "an object", json, up, faults)) {
        return;
    }
    json_object_foreach (object, key, value) {
        const struct schema_path path = SCHEMA_PATH_NAME(up, key);

        if (need_type(json_is_string(value), "a string", value, &path,
                      faults)) {
            smap_add(options, key, json_string_value(value));
        }
    }
}

static void
parse_flow_string(char **stringp, const json_t *json, bool may_be_empty,
                  const struct schema_path *path,
                  struct schema_faults *faults)
{
    if (need_type(json_is_string(json), "a string", json, path, faults)) {
        schema_string_set(stringp, json_string_value(json));
        if (!(*stringp)[0] && !may_be_empty) {
            schema_fault_at(faults, path, "must not be empty");
        }
    }
}

static void
parse_flow(struct sb_flow *flow, const json_t *json,
           const struct schema_path *up, struct schema_faults *faults)
{
    size_t n = json_array_size(json);
    struct schema_path path;

    if (!json_is_array(json) || n < FLOW_OPTIONS || n > FLOW_OPTIONS + 1) {
        schema_fault_at(faults, up, "must be [stage, priority, match, "
                        "actions] or [stage, priority, match, actions, "
                        "{options}]");
        return;
    }
    path = SCHEMA_PATH_INDEX(up, FLOW_STAGE);
    parse_flow_string(&flow->stage, json_array_get(json, FLOW_STAGE), false,
                      &path, faults);
    path = SCHEMA_PATH_INDEX(up, FLOW_PRIORITY);
    get_integer(json_array_get(json, FLOW_PRIORITY), 0, UINT16_MAX, &path,
                faults, &flow->priority);
    path = SCHEMA_PATH_INDEX(up, FLOW_MATCH);
    parse_flow_string(&flow->match, json_array_get(json, FLOW_MATCH), false,
                      &path, faults);
    path = SCHEMA_PATH_INDEX(up, FLOW_ACTIONS);
    parse_flow_string(&flow->actions, json_array_get(json, FLOW_ACTIONS),
                      true, &path, faults);
    if (n > FLOW_OPTIONS) {
        path = SCHEMA_PATH_INDEX(up, FLOW_OPTIONS);
        parse_flow_options(&flow->options, json_array_get(json, FLOW_OPTIONS),
                           &path, faults);
    }
}

static void
parse_flows(const struct schema_column *column, void *base,
            const json_t *json, const struct schema_path *up,
            struct schema_faults *faults)
{
    size_t n = json_array_size(json);
    struct sb_flow *flows;

    if (!need_array(column, json, up, faults) || !n) {
        return;
    }
    flows = xcalloc(n, sizeof *flows);
    for (size_t i = 0; i < n; i++) {
        const struct schema_path path = SCHEMA_PATH_INDEX(up, i);

        flows[i].stage = flows[i].match = flows[i].actions = schema_empty;
        smap_init(&flows[i].options);
        parse_flow(&flows[i], json_array_get(json, i), &path, faults);
    }
    schema_member_set_array(column, base, (struct schema_array) { flows, n });
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
        parse_flows(column, base, json, path, faults);
        break;
    }
}

/* ---- Rows ------------------------------------------------------------- */

int
schema_row_from_json(const struct schema_table *table, const char *id,
                     const json_t *json, struct schema_row **rowp,
                     struct schema_faults *faults)
{
    struct schema_faults mine = { .max = faults->max };
    struct schema_row *row;

    if (!schema_check_id(table, id, faults)) {
        return faults->code;
    }
    if (!need_type(json_is_object(json), "an object", json, NULL, faults)) {
        return faults->code;
    }
    row = schema_row_create(table, id);
    parse_members(&table->record, table, row, json, NULL, &mine);
    if (!mine.n) {
        schema_check_row(row, &mine);
    }
    if (!mine.code && rowp) {
        *rowp = row;
        return 0;
    }
    schema_row_destroy(row);
    for (size_t i = 0; i < mine.n; i++) {
        schema_faults_add(faults, mine.code, mine.items[i].path, "%s",
                          mine.items[i].message);
    }
    int code = mine.code;
    schema_faults_clear(&mine);
    return code;
}

/* Whether brackets outside of strings nest deeper than they may.  jansson
 * would recurse, and knows only a limit of its own. */
static bool
is_too_deep(const char *json, size_t size)
{
    bool in_string = false;
    int depth = 0;

    for (const char *p = json; p < json + size; p++) {
        if (in_string) {
            if (*p == '\\') {
                p++;
            } else if (*p == '"') {
                in_string = false;
            }
        } else if (*p == '"') {
            in_string = true;
        } else if (*p == '{' || *p == '[') {
            if (++depth > SCHEMA_MAX_JSON_DEPTH) {
                return true;
            }
        } else if (*p == '}' || *p == ']') {
            depth--;
        }
    }
    return false;
}

json_t *
schema_json_load(const char *json, size_t size, bool any,
                 struct schema_faults *faults)
{
    json_error_t error;
    json_t *value;

    if (size > SCHEMA_MAX_JSON_BYTES) {
        schema_faults_add(faults, -WEFT_E_TOO_LARGE, "",
                          "more than %d bytes", SCHEMA_MAX_JSON_BYTES);
        return NULL;
    }
    if (is_too_deep(json, size)) {
        schema_faults_add(faults, -WEFT_E_TOO_LARGE, "",
                          "nested deeper than %d", SCHEMA_MAX_JSON_DEPTH);
        return NULL;
    }
    value = json_loadb(json, size, JSON_REJECT_DUPLICATES
                       | (any ? JSON_DECODE_ANY : 0), &error);
    if (!value) {
        schema_faults_add(faults, -WEFT_E_INVALID, "",
                          "malformed JSON at byte %d: %s", error.position,
                          error.text);
    }
    return value;
}

int
schema_row_parse_all(const struct schema_table *table, const char *id,
                     const char *text, size_t size, struct schema_row **rowp,
                     struct schema_faults *faults)
{
    json_t *json = schema_json_load(text, size, false, faults);
    int error;

    if (!json) {
        return faults->code;
    }
    error = schema_row_from_json(table, id, json, rowp, faults);
    json_decref(json);
    return error;
}

int
schema_row_parse(const struct schema_table *table, const char *id,
                 const char *json, size_t size, struct schema_row **rowp,
                 struct err *err)
{
    struct schema_faults faults = { .max = 1 };
    int error = schema_row_parse_all(table, id, json, size, rowp, &faults);

    schema_faults_to_err(&faults, err);
    return error;
}

int
schema_validate(const struct schema_table *table, const char *id,
                const char *json, size_t size, struct schema_faults *faults)
{
    return schema_row_parse_all(table, id, json, size, NULL, faults);
}
