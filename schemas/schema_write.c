/* From rows to JSON: canonical, so that equal rows have equal text. */
#include <config.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/phrases.h"
#include "schemas/schema_private.h"
#include "util.h"

/* Appends what stands for control character, quote or backslash 'c'. */
static void
put_escaped(struct ds *s, unsigned char c)
{
    switch (c) {
    case '"': ds_put_cstr(s, "\\\""); break;
    case '\\': ds_put_cstr(s, "\\\\"); break;
    case '\b': ds_put_cstr(s, "\\b"); break;
    case '\f': ds_put_cstr(s, "\\f"); break;
    case '\n': ds_put_cstr(s, "\\n"); break;
    case '\r': ds_put_cstr(s, "\\r"); break;
    case '\t': ds_put_cstr(s, "\\t"); break;
    default: ds_put_format(s, "\\u%04x", c); break;
    }
}

void
schema_format_json_string(struct ds *s, const char *string)
{
    const char *start = string;
    const char *p;

    ds_put_char(s, '"');
    for (p = string; *p; p++) {
        unsigned char c = *p;

        if (c < ' ' || c == '"' || c == '\\') {
            ds_put_buffer(s, start, p - start);
            put_escaped(s, c);
            start = p + 1;
        }
    }
    ds_put_buffer(s, start, p - start);
    ds_put_char(s, '"');
}

void
schema_format_real(struct ds *s, double value)
{
    char buffer[32];

    if (!isfinite(value)) {
        ds_put_cstr(s, "0.0");      /* JSON has none. */
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(buffer, sizeof buffer, "%.*g", digits, value);
        if (strtod(buffer, NULL) == value) {
            break;
        }
    }
    ds_put_cstr(s, buffer);
    if (!buffer[strcspn(buffer, ".e")]) {
        ds_put_cstr(s, ".0");
    }
}

static void
format_strings(struct ds *s, const struct schema_strings *strings)
{
    ds_put_char(s, '[');
    for (size_t i = 0; i < strings->n; i++) {
        if (i) {
            ds_put_char(s, ',');
        }
        schema_format_json_string(s, strings->items[i]);
    }
    ds_put_char(s, ']');
}

static void
format_integers(struct ds *s, const struct schema_integers *integers)
{
    ds_put_char(s, '[');
    for (size_t i = 0; i < integers->n; i++) {
        ds_put_format(s, "%s%"PRId64, i ? "," : "", integers->items[i]);
    }
    ds_put_char(s, ']');
}

static void
format_map(struct ds *s, const struct smap *map, bool of_integers)
{
    const struct smap_node **nodes = smap_sort(map);
    size_t n = smap_count(map);

    ds_put_char(s, '{');
    for (size_t i = 0; i < n; i++) {
        if (i) {
            ds_put_char(s, ',');
        }
        schema_format_json_string(s, nodes[i]->key);
        ds_put_char(s, ':');
        if (of_integers) {
            ds_put_cstr(s, nodes[i]->value);
        } else {
            schema_format_json_string(s, nodes[i]->value);
        }
    }
    ds_put_char(s, '}');
    free(nodes);
}

static void
format_members(struct ds *s, const struct schema_record *record,
               const void *base)
{
    bool first = true;

    ds_put_char(s, '{');
    for (size_t i = 0; i < record->n_columns; i++) {
        const struct schema_column *column = &record->columns[i];

        /* What is required is never left out, even where it happens to have
         * the value that C starts with. */
        if (!column->is_id
            && (column->required
                || !schema_member_is_default(column, base))) {
            ds_put_format(s, "%s\"%s\":", first ? "" : ",", column->name);
            schema_format_member(column, base, s);
            first = false;
        }
    }
    ds_put_char(s, '}');
}

/* A match or actions: as a phrase if there is one. */
static void
format_flow_text(struct ds *s, const char *text)
{
    struct ds phrase = DS_EMPTY_INITIALIZER;

    phrase_encode(&phrase, text, strlen(text));
    schema_format_json_string(s, ds_cstr(&phrase));
    ds_destroy(&phrase);
}

static void
format_flows(struct ds *s, struct schema_array array)
{
    const struct sb_flow *flows = array.items;

    ds_put_char(s, '[');
    for (size_t i = 0; i < array.n; i++) {
        ds_put_cstr(s, i ? ",[" : "[");
        schema_format_json_string(s, flows[i].stage);
        ds_put_format(s, ",%"PRId64",", flows[i].priority);
        format_flow_text(s, flows[i].match);
        ds_put_char(s, ',');
        format_flow_text(s, flows[i].actions);
        if (!smap_is_empty(&flows[i].options)) {
            ds_put_char(s, ',');
            format_map(s, &flows[i].options, false);
        }
        ds_put_char(s, ']');
    }
    ds_put_char(s, ']');
}

static void
format_records(struct ds *s, const struct schema_record *record,
               struct schema_array array)
{
    ds_put_char(s, '[');
    for (size_t i = 0; i < array.n; i++) {
        if (i) {
            ds_put_char(s, ',');
        }
        format_members(s, record, (char *) array.items + i * record->size);
    }
    ds_put_char(s, ']');
}

/* A scalar that is set. */
static void
format_scalar(const struct schema_column *column, const void *member,
              struct ds *s)
{
    bool optional = column->optional;

    switch (column->type) {
    case SCHEMA_STRING:
        schema_format_json_string(s, *(char *const *) member);
        break;
    case SCHEMA_INTEGER:
        ds_put_format(s, "%"PRId64, optional
                      ? ((const struct schema_integer *) member)->value
                      : *(const int64_t *) member);
        break;
    case SCHEMA_REAL:
        schema_format_real(s, optional
                           ? ((const struct schema_real *) member)->value
                           : *(const double *) member);
        break;
    case SCHEMA_BOOLEAN:
        ds_put_cstr(s, (optional
                        ? ((const struct schema_boolean *) member)->value
                        : *(const bool *) member) ? "true" : "false");
        break;
    case SCHEMA_ENUM: {
        unsigned int i = *(const unsigned int *) member;

        schema_format_json_string(s, column->values[i < column->n_values
                                                    ? i : 0]);
        break;
    }
    case SCHEMA_SET:
    case SCHEMA_LIST:
    case SCHEMA_MAP:
    case SCHEMA_RECORD:
    case SCHEMA_RECORDS:
    case SCHEMA_FLOWS:
        break;
    }
}

void
schema_format_member(const struct schema_column *column, const void *base,
                     struct ds *s)
{
    const void *member = schema_member(column, base);

    switch (column->type) {
    case SCHEMA_STRING:
    case SCHEMA_INTEGER:
    case SCHEMA_REAL:
    case SCHEMA_BOOLEAN:
    case SCHEMA_ENUM:
        if (column->optional && schema_member_is_default(column, base)) {
            ds_put_cstr(s, "null");
        } else {
            format_scalar(column, member, s);
        }
        break;
    case SCHEMA_SET:
    case SCHEMA_LIST:
        if (column->of == SCHEMA_INTEGER) {
            format_integers(s, member);
        } else {
            format_strings(s, member);
        }
        break;
    case SCHEMA_MAP:
        format_map(s, member, column->of == SCHEMA_INTEGER);
        break;
    case SCHEMA_RECORD:
        format_members(s, column->record, member);
        break;
    case SCHEMA_RECORDS:
        format_records(s, column->record, schema_member_array(column, base));
        break;
    case SCHEMA_FLOWS:
        format_flows(s, schema_member_array(column, base));
        break;
    }
}

void
schema_row_format(const struct schema_row *row, struct ds *s)
{
    format_members(s, &row->table->record, row);
}
