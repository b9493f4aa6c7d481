/* From the text of JSON to rows: limits, jansson, then all columns and the
 * rules among them. */
#include <config.h>

#include <jansson.h>

#include "schemas/schema_private.h"
#include "util.h"

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
    if (!schema_need_type(json_is_object(json), "an object", json, NULL,
                          faults)) {
        return faults->code;
    }
    row = schema_row_create(table, id);
    schema_parse_members(&table->record, table, row, json, NULL, &mine);
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
