/* Columns by name, for tools that know no table. */
#include <config.h>

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/schema_private.h"
#include "util.h"

int
schema_column_get_json(const struct schema_row *row, const char *name,
                       struct ds *s)
{
    const struct schema_column *column
        = schema_column_by_name(row->table, name);

    if (!column) {
        return -WEFT_E_NOT_FOUND;
    }
    schema_format_member(column, row, s);
    return 0;
}

int
schema_column_set_json(struct schema_row *row, const char *name,
                       const char *text, size_t size, struct err *err)
{
    const struct schema_column *column
        = schema_column_by_name(row->table, name);
    const struct schema_path path = SCHEMA_PATH_NAME(NULL, name);
    struct schema_faults faults = { .max = 1 };
    struct schema_row *copy;
    json_t *json;

    if (!column) {
        return err_put(err, -WEFT_E_NOT_FOUND, name, "no such column in %s",
                       row->table->name);
    }
    json = schema_json_load(text, size, true, &faults);
    if (json) {
        /* Into a fresh row, so that ours stays as it is on failure. */
        copy = schema_row_create(row->table, row->id);
        if (!json_is_null(json)) {
            schema_parse_member(column, copy, json, &path, &faults);
        }
        if (!faults.code && !column->is_id) {
            schema_member_copy(column, row, copy);
        }
        schema_row_destroy(copy);
        json_decref(json);
    }
    return schema_faults_to_err(&faults, err);
}

/* ---- As OVN's tools print --------------------------------------------- */

/* Whether 'string' reads back as itself without quotes: a word, and not one
 * that means something else. */
static bool
is_bare(const char *string)
{
    const char *p = string;

    if (!isalpha((unsigned char) *p) && *p != '_') {
        return false;
    }
    while (isalnum((unsigned char) *p) || *p == '_' || *p == '-'
           || *p == '.') {
        p++;
    }
    return (!*p && strcmp(string, "true") && strcmp(string, "false"));
}

static void
put_text(struct ds *s, const char *string)
{
    if (is_bare(string)) {
        ds_put_cstr(s, string);
    } else {
        schema_format_json_string(s, string);
    }
}

static void
put_strings_text(struct ds *s, const struct schema_strings *strings)
{
    ds_put_char(s, '[');
    for (size_t i = 0; i < strings->n; i++) {
        ds_put_cstr(s, i ? ", " : "");
        put_text(s, strings->items[i]);
    }
    ds_put_char(s, ']');
}

static void
put_map_text(struct ds *s, const struct smap *map)
{
    const struct smap_node **nodes = smap_sort(map);
    size_t n = smap_count(map);

    ds_put_char(s, '{');
    for (size_t i = 0; i < n; i++) {
        ds_put_cstr(s, i ? ", " : "");
        put_text(s, nodes[i]->key);
        ds_put_char(s, '=');
        put_text(s, nodes[i]->value);
    }
    ds_put_char(s, '}');
    free(nodes);
}

int
schema_column_get_text(const struct schema_row *row, const char *name,
                       struct ds *s)
{
    const struct schema_column *column
        = schema_column_by_name(row->table, name);
    const void *member;

    if (!column) {
        return -WEFT_E_NOT_FOUND;
    }
    member = schema_member(column, row);
    if (column->optional && schema_member_is_default(column, row)) {
        ds_put_cstr(s, "[]");
    } else if (column->type == SCHEMA_STRING) {
        put_text(s, *(char *const *) member);
    } else if (column->type == SCHEMA_ENUM) {
        put_text(s, column->values[*(const unsigned int *) member]);
    } else if (column->type == SCHEMA_MAP) {
        put_map_text(s, member);
    } else if ((column->type == SCHEMA_SET || column->type == SCHEMA_LIST)
               && column->of == SCHEMA_STRING) {
        put_strings_text(s, member);
    } else {
        schema_format_member(column, row, s);
    }
    return 0;
}
