/* Filters of lists: see filter.h. */
#include <config.h>

#include "api/filter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/httpd_uri.h"
#include "schemas/schema.h"
#include "util.h"

/* Parses a decimal integer, whole. */
static bool
parse_integer(const char *text, int64_t *value)
{
    char *end;

    errno = 0;
    *value = strtoll(text, &end, 10);
    return end != text && !*end && !errno;
}

static bool
parse_real(const char *text, double *value)
{
    char *end;

    *value = strtod(text, &end);
    return end != text && !*end;
}

/* Adds a fault unless a column of this type can have 'value'. */
static bool
check_value(const struct schema_column *column, const char *name,
            const char *value, struct schema_faults *faults)
{
    enum schema_type type = column->type;
    int64_t integer;
    double real;

    if (type == SCHEMA_SET || type == SCHEMA_LIST) {
        type = column->of;
    }
    switch (type) {
    case SCHEMA_STRING:
    case SCHEMA_ENUM:
    case SCHEMA_MAP:
        return true;

    case SCHEMA_INTEGER:
        if (parse_integer(value, &integer) || (column->optional && !*value)) {
            return true;
        }
        schema_faults_add(faults, -WEFT_E_INVALID, name,
                          "\"%s\" is not an integer", value);
        return false;

    case SCHEMA_BOOLEAN:
        if (!strcmp(value, "true") || !strcmp(value, "false")
            || (column->optional && !*value)) {
            return true;
        }
        schema_faults_add(faults, -WEFT_E_INVALID, name,
                          "\"%s\" is not true or false", value);
        return false;

    case SCHEMA_REAL:
        if (parse_real(value, &real) || (column->optional && !*value)) {
            return true;
        }
        schema_faults_add(faults, -WEFT_E_INVALID, name,
                          "\"%s\" is not a number", value);
        return false;

    case SCHEMA_SET:
    case SCHEMA_LIST:
    case SCHEMA_RECORD:
    case SCHEMA_RECORDS:
    case SCHEMA_FLOWS:
    default:
        schema_faults_add(faults, -WEFT_E_INVALID, name,
                          "this column cannot be filtered by");
        return false;
    }
}

/* Makes a filter of "name=value".  Returns false with a fault if it is
 * none. */
static bool
parse_filter(const struct schema_table *table, const char *name,
             const char *value, struct filter *filter,
             struct schema_faults *faults)
{
    size_t size = strcspn(name, ".");
    char *column_name = xmemdup0(name, size);
    const struct schema_column *column
        = schema_column_by_name(table, column_name);
    bool wants_key = name[size] == '.';
    bool is_id = !column && !strcmp(name, "id");

    free(column_name);
    if (!column && !is_id) {
        schema_faults_add(faults, -WEFT_E_INVALID, name,
                          "%s has no such column, and there is no such "
                          "parameter", table->name);
        return false;
    } else if (column && wants_key != (column->type == SCHEMA_MAP)) {
        schema_faults_add(faults, -WEFT_E_INVALID, name,
                          wants_key ? "is not a map"
                          : "is a map: name one of its keys (%s.KEY=VALUE)",
                          name);
        return false;
    } else if (column && !column->is_id
               && !check_value(column, name, value, faults)) {
        return false;
    }
    filter->column = is_id || column->is_id ? NULL : column;
    filter->key = wants_key ? xstrdup(name + size + 1) : NULL;
    filter->value = xstrdup(value);
    return true;
}

static bool
is_reserved(const char *name, const char *const *reserved)
{
    for (; *reserved; reserved++) {
        if (!strcmp(*reserved, name)) {
            return true;
        }
    }
    return false;
}

bool
filters_parse(const struct schema_table *table, const struct httpd_uri *uri,
              const char *const *reserved, struct filters *filters,
              struct schema_faults *faults)
{
    struct filters new = FILTERS_INIT;
    bool ok = true;

    new.items = xcalloc(uri->n_parameters + 1, sizeof *new.items);
    for (size_t i = 0; i < uri->n_parameters; i++) {
        const struct httpd_parameter *p = &uri->parameters[i];

        if (is_reserved(p->name, reserved)) {
            continue;
        }
        if (parse_filter(table, p->name, p->value, &new.items[new.n],
                         faults)) {
            new.n++;
        } else {
            ok = false;
        }
    }
    if (!ok) {
        filters_destroy(&new);
        return false;
    }
    *filters = new;
    return true;
}

void
filters_destroy(struct filters *filters)
{
    for (size_t i = 0; i < filters->n; i++) {
        free(filters->items[i].key);
        free(filters->items[i].value);
    }
    free(filters->items);
    *filters = (struct filters) FILTERS_INIT;
}

/* ---- Matching --------------------------------------------------------- */

static bool
match_integer(bool is_set, int64_t value, const char *wanted)
{
    int64_t integer;

    return *wanted ? is_set && parse_integer(wanted, &integer)
                     && integer == value
                   : !is_set;
}

static bool
match_real(bool is_set, double value, const char *wanted)
{
    double real;

    return *wanted ? is_set && parse_real(wanted, &real)
                     && !(real < value) && !(real > value)
                   : !is_set;
}

static bool
match_boolean(bool is_set, bool value, const char *wanted)
{
    return *wanted ? is_set && value == !strcmp(wanted, "true") : !is_set;
}

static bool
match_elements(const struct schema_column *column, const void *member,
               const char *wanted)
{
    if (column->of == SCHEMA_INTEGER) {
        const struct schema_integers *integers = member;

        for (size_t i = 0; i < integers->n; i++) {
            if (match_integer(true, integers->items[i], wanted)) {
                return true;
            }
        }
    } else {
        const struct schema_strings *strings = member;

        for (size_t i = 0; i < strings->n; i++) {
            if (!strcmp(strings->items[i], wanted)) {
                return true;
            }
        }
    }
    return false;
}

static bool
match_scalar(const struct schema_column *column, const void *member,
             const char *wanted)
{
    const struct schema_integer *integer = member;
    const struct schema_boolean *boolean = member;
    const struct schema_real *real = member;
    const char *string;

    switch (column->type) {
    case SCHEMA_STRING:
        string = *(char *const *) member;
        return !strcmp(string ? string : "", wanted);

    case SCHEMA_ENUM:
        return !strcmp(column->values[*(const unsigned int *) member],
                       wanted);

    case SCHEMA_INTEGER:
        return column->optional
            ? match_integer(integer->is_set, integer->value, wanted)
            : match_integer(true, *(const int64_t *) member, wanted);

    case SCHEMA_BOOLEAN:
        return column->optional
            ? match_boolean(boolean->is_set, boolean->value, wanted)
            : match_boolean(true, *(const bool *) member, wanted);

    case SCHEMA_REAL:
        return column->optional
            ? match_real(real->is_set, real->value, wanted)
            : match_real(true, *(const double *) member, wanted);

    case SCHEMA_SET:
    case SCHEMA_LIST:
    case SCHEMA_MAP:
    case SCHEMA_RECORD:
    case SCHEMA_RECORDS:
    case SCHEMA_FLOWS:
    default:
        return false;
    }
}

static bool
match(const struct filter *filter, const struct schema_row *row)
{
    const struct schema_column *column = filter->column;
    const void *member;

    if (!column) {
        return !strcmp(row->id, filter->value);
    }
    member = (const char *) row + column->offset;
    if (column->type == SCHEMA_MAP) {
        const char *value = smap_get(member, filter->key);

        return value && !strcmp(value, filter->value);
    } else if (column->type == SCHEMA_SET || column->type == SCHEMA_LIST) {
        return match_elements(column, member, filter->value);
    }
    return match_scalar(column, member, filter->value);
}

bool
filters_match(const struct filters *filters, const struct schema_row *row)
{
    for (size_t i = 0; i < filters->n; i++) {
        if (!match(&filters->items[i], row)) {
            return false;
        }
    }
    return true;
}
