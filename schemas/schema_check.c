/* What a value has to fulfil: strings, map entries, columns that are
 * required, rules among columns, ids. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "schemas/schema_private.h"
#include "util.h"

/* Characters of a UTF-8 string. */
static size_t
utf8_length(const char *string)
{
    size_t n = 0;

    for (; *string; string++) {
        n += (*string & 0xc0) != 0x80;
    }
    return n;
}

/* "'a', 'b' or 'c'" */
static char *
list_values(const char *const *values, size_t n)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < n; i++) {
        ds_put_format(&s, "%s'%s'",
                      !i ? "" : i + 1 < n ? ", " : " or ", values[i]);
    }
    return ds_steal_cstr(&s);
}

static bool
is_one_of(const char *string, const char *const *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(string, values[i])) {
            return true;
        }
    }
    return false;
}

/* So much of a wrong string is repeated in a message. */
#define SHOWN "%.60s%s"
#define SHOWN_ARGS(S) (S), strlen(S) > 60 ? "..." : ""

static void
fault_not_one_of(const char *string, const char *const *values, size_t n,
                 const struct schema_path *path, struct schema_faults *faults)
{
    char *list = list_values(values, n);

    schema_fault_at(faults, path, "'"SHOWN"' is not one of %s",
                    SHOWN_ARGS(string), list);
    free(list);
}

static bool
check_format(enum schema_format format, const char *string,
             const struct schema_path *path, struct schema_faults *faults)
{
    if (schema_format_check(format, string)) {
        return true;
    }
    schema_fault_at(faults, path, "'"SHOWN"' is not %s", SHOWN_ARGS(string),
                    schema_format_expected(format));
    return false;
}

bool
schema_check_string(const struct schema_column *column, const char *string,
                    bool element, const struct schema_path *path,
                    struct schema_faults *faults)
{
    if (!string[0] && !element && !column->optional && !column->required) {
        return true;            /* As if it were absent. */
    }
    if (column->n_values
        && !is_one_of(string, column->values, column->n_values)) {
        fault_not_one_of(string, column->values, column->n_values, path,
                         faults);
        return false;
    }
    if (!element && column->required && !string[0]) {
        schema_fault_at(faults, path, "must not be empty");
        return false;
    }
    if (strlen(string) > column->max_length
        && utf8_length(string) > column->max_length) {
        schema_fault_at(faults, path, "longer than %"PRIuSIZE" characters",
                        column->max_length);
        return false;
    }
    return check_format(column->format, string, path, faults);
}

/* ---- Address families ------------------------------------------------- */

/* 4 or 6 as the addresses in 'string' are; 0: none, or a template's variable;
 * -1: of both. */
static int
address_family(const char *string)
{
    int family = 0;

    for (const char *p = string; *p; ) {
        size_t size = strcspn(p, ",");
        const char *first = memchr(p, ':', size);
        int one;

        /* "192.0.2.1:80" has one colon, any IPv6 address two or more. */
        if (first && memchr(first + 1, ':', p + size - first - 1)) {
            one = 6;
        } else {
            one = memchr(p, '.', size) ? 4 : 0;
        }
        if (one && family && one != family) {
            return -1;
        }
        family = one ? one : family;
        p += size + (p[size] == ',');
    }
    return family;
}

/* Nothing is wrong with 0: no address, or one that is not known yet. */
static bool
are_same_family(int a, int b)
{
    return a >= 0 && b >= 0 && (!a || !b || a == b);
}

/* ---- Maps ------------------------------------------------------------- */

static const struct schema_map_key *
find_key(const struct schema_column *column, const char *name)
{
    size_t low = 0;
    size_t high = column->n_keys;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(column->keys[middle].name, name);

        if (!order) {
            return &column->keys[middle];
        } else if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

/* An integer as "-?[0-9]+" within limits. */
static bool
check_integer_text(const struct schema_map_key *key, const char *value,
                   const struct schema_path *path,
                   struct schema_faults *faults)
{
    const char *digits = value + (value[0] == '-');
    long long int number;

    if (!digits[0] || digits[strspn(digits, "0123456789")]
        || !str_to_llong(value, 10, &number)) {
        schema_fault_at(faults, path, "'"SHOWN"' is not an integer",
                        SHOWN_ARGS(value));
        return false;
    }
    if (number < key->min || number > key->max) {
        if (key->max == INT64_MAX) {
            schema_fault_at(faults, path, "%s is less than %"PRId64,
                            value, key->min);
        } else {
            schema_fault_at(faults, path, "%s is not in the range %"PRId64
                            " to %"PRId64, value, key->min, key->max);
        }
        return false;
    }
    return true;
}

static bool
check_map_value(const struct schema_map_key *key, const char *value,
                const struct schema_path *path, struct schema_faults *faults)
{
    static const char *const booleans[] = { "true", "false" };

    switch (key->type) {
    case SCHEMA_INTEGER:
        return check_integer_text(key, value, path, faults);
    case SCHEMA_BOOLEAN:
    case SCHEMA_ENUM: {
        bool is_boolean = key->type == SCHEMA_BOOLEAN;
        const char *const *values = is_boolean ? booleans : key->values;
        size_t n = is_boolean ? ARRAY_SIZE(booleans) : key->n_values;

        if (!is_one_of(value, values, n)) {
            fault_not_one_of(value, values, n, path, faults);
            return false;
        }
        return true;
    }
    case SCHEMA_STRING:
    case SCHEMA_REAL:
    case SCHEMA_SET:
    case SCHEMA_LIST:
    case SCHEMA_MAP:
    case SCHEMA_RECORD:
    case SCHEMA_RECORDS:
    case SCHEMA_FLOWS:
        break;
    }
    return check_format(key->format, value, path, faults);
}

bool
schema_check_map_entry(const struct schema_column *column, const char *key,
                       const char *value, const struct schema_path *up,
                       struct schema_faults *faults)
{
    const struct schema_path path = SCHEMA_PATH_NAME(up, key);
    const struct schema_map_key *known = find_key(column, key);

    if (known) {
        return check_map_value(known, value, &path, faults);
    }
    if (!column->other_keys) {
        schema_fault_at(faults, &path, "no such key");
        return false;
    }
    if (!check_format(column->key_format, key, &path, faults)
        || !check_format(column->format, value, &path, faults)) {
        return false;
    }
    if (column->same_family
        && !are_same_family(address_family(key), address_family(value))) {
        schema_fault_at(faults, &path, "must be addresses of the family of "
                        "%.60s", key);
        return false;
    }
    return true;
}

/* ---- Records and rows ------------------------------------------------- */

static void
check_required(const struct schema_column *column, const void *base,
               const struct schema_path *up, struct schema_faults *faults)
{
    const struct schema_path path = SCHEMA_PATH_NAME(up, column->name);

    if (column->required && schema_member_is_empty(column, base)) {
        schema_fault_at(faults, &path, "is required");
    }
}

void
schema_check_record(const struct schema_record *record, const void *base,
                    const struct schema_path *up,
                    struct schema_faults *faults)
{
    for (size_t i = 0; i < record->n_columns; i++) {
        check_required(&record->columns[i], base, up, faults);
    }
}

static bool
is_given(const struct schema_row *row, const char *name)
{
    return !schema_member_is_empty(schema_column_by_name(row->table, name),
                                   row);
}

static void
check_requires(const struct schema_row *row, const struct schema_rule *rule,
               struct schema_faults *faults)
{
    if (!is_given(row, rule->columns[0])) {
        return;
    }
    for (size_t i = 1; i < rule->n_columns; i++) {
        const struct schema_path path
            = SCHEMA_PATH_NAME(NULL, rule->columns[i]);

        if (!is_given(row, rule->columns[i])) {
            schema_fault_at(faults, &path, "is required with %s",
                            rule->columns[0]);
        }
    }
}

static void
check_same_family(const struct schema_row *row,
                  const struct schema_rule *rule,
                  struct schema_faults *faults)
{
    int family = 0;

    for (size_t i = 0; i < rule->n_columns; i++) {
        const char *name = rule->columns[i];
        const struct schema_path path = SCHEMA_PATH_NAME(NULL, name);
        const char *const *string = schema_member(
            schema_column_by_name(row->table, name), row);
        int one = *string ? address_family(*string) : 0;

        if (!are_same_family(one, family)) {
            schema_fault_at(faults, &path, "must be of the address family of "
                            "%s", rule->columns[0]);
        }
        family = family ? family : one;
    }
}

/* The rules about how many columns are given. */
static void
check_number(const struct schema_row *row, const struct schema_rule *rule,
             struct schema_faults *faults)
{
    size_t n_given = 0;
    char *list;

    for (size_t i = 0; i < rule->n_columns; i++) {
        n_given += is_given(row, rule->columns[i]);
    }
    if ((n_given == 0 && rule->type == SCHEMA_AT_MOST_ONE_OF)
        || (n_given > 1 && rule->type == SCHEMA_AT_LEAST_ONE_OF)
        || n_given == 1) {
        return;
    }
    list = list_values(rule->columns, rule->n_columns);
    schema_fault_at(faults, NULL, "%s one of %s must be given, not %"PRIuSIZE,
                    (rule->type == SCHEMA_EXACTLY_ONE_OF ? "exactly"
                     : rule->type == SCHEMA_AT_MOST_ONE_OF ? "at most"
                     : "at least"), list, n_given);
    free(list);
}

void
schema_check_row(const struct schema_row *row, struct schema_faults *faults)
{
    schema_check_record(&row->table->record, row, NULL, faults);
    for (size_t i = 0; i < row->table->n_rules; i++) {
        const struct schema_rule *rule = &row->table->rules[i];

        if (rule->type == SCHEMA_REQUIRES) {
            check_requires(row, rule, faults);
        } else if (rule->type == SCHEMA_SAME_FAMILY) {
            check_same_family(row, rule, faults);
        } else {
            check_number(row, rule, faults);
        }
    }
}

int
schema_row_check(const struct schema_row *row, struct err *err)
{
    struct schema_faults faults = { .max = 1 };

    schema_check_row(row, &faults);
    return schema_faults_to_err(&faults, err);
}

bool
schema_check_id(const struct schema_table *table, const char *id,
                struct schema_faults *faults)
{
    const struct schema_path path = SCHEMA_PATH_NAME(NULL, "id");
    char *components[SCHEMA_MAX_ID_COLUMNS];
    size_t n = table->n_id_columns;
    bool ok = true;

    if (strlen(id) > SCHEMA_MAX_ID_BYTES) {
        schema_fault_at(faults, &path, "longer than %d bytes",
                        SCHEMA_MAX_ID_BYTES);
        return false;
    }
    if (table->only_id && strcmp(id, table->only_id)) {
        schema_fault_at(faults, &path, "must be '%s'", table->only_id);
        return false;
    }
    if (!n) {
        return check_format(table->id_formats[0], id, &path, faults);
    }
    if (!schema_id_split(id, components, n)) {
        schema_fault_at(faults, &path, "must have %"PRIuSIZE" components",
                        n);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        ok = check_format(table->id_formats[i], components[i], &path, faults)
             && ok;
        free(components[i]);
    }
    return ok;
}
