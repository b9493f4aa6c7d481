/* Rows as the REST interface shows them: see entry.h. */
#include <config.h>

#include "api/entry.h"

#include <stdlib.h>
#include <string.h>

#include "api/filter.h"
#include "api/problem.h"
#include "schemas/schema.h"
#include "util.h"
#include "uuid.h"

/* A row's members when its value is not even an object. */
static json_t *
parse_object(struct store_bytes value)
{
    json_t *json = json_loadb(value.data, value.size, 0, NULL);

    if (!json_is_object(json)) {
        json_decref(json);
        return NULL;
    }
    return json;
}

/* Completes 'row' (which it takes; NULL: unreadable). */
static json_t *
complete(const struct row_name *name, json_t *row, const char *fault,
         int64_t revision)
{
    json_t *entry = json_object();
    struct uuid uuid = schema_uuid(name->table, name->id);
    char *uuid_text = xasprintf(UUID_FMT, UUID_ARGS(&uuid));

    json_object_set_new(entry, "id", problem_text(name->id));
    json_object_set_new(entry, "_uuid", json_string(uuid_text));
    json_object_set_new(entry, "_revision", json_integer(revision));
    if (fault) {
        json_object_set_new(entry, "_error", problem_text(fault));
    }
    if (row) {
        json_object_update_missing(entry, row);
    }
    json_decref(row);
    free(uuid_text);
    return entry;
}

/* "path: message" of the first fault.  The caller frees it. */
static char *
first_fault(const struct schema_faults *faults)
{
    const struct schema_fault *fault = &faults->items[0];

    return xasprintf("%s%s%s", fault->path, fault->path[0] ? ": " : "",
                     fault->message);
}

/* Makes the entry of a row.  Returns NULL if 'filters' do not hold. */
static json_t *
make(const struct row_name *name, struct store_bytes value, int64_t revision,
     const struct filters *filters)
{
    struct schema_faults faults = SCHEMA_FAULTS_INIT;
    json_t *json = parse_object(value), *entry = NULL;
    struct schema_row *row = NULL;
    char *fault = NULL;
    bool match = true;

    faults.max = 1;
    if (!json) {
        fault = xstrdup("is not a JSON object");
    } else if (schema_row_from_json(name->table, name->id, json, &row,
                                    &faults)) {
        fault = first_fault(&faults);
    }
    if (filters && filters->n) {
        match = row && filters_match(filters, row);
    }
    if (match) {
        entry = complete(name, json, fault, revision);
    } else {
        json_decref(json);
    }
    schema_row_destroy(row);
    schema_faults_clear(&faults);
    free(fault);
    return entry;
}

json_t *
entry_json(const struct row_name *name, struct store_bytes value,
           int64_t revision)
{
    return make(name, value, revision, NULL);
}

bool
entry_from_kv(const struct schema_table *table, const char *prefix,
              const struct store_kv *kv, const struct filters *filters,
              struct entry *entry)
{
    struct row_name name = ROW_NAME_INIT;
    json_t *json;

    if (row_name_from_key(table, prefix, kv->key, &name)) {
        return false;
    }
    json = make(&name, kv->value, kv->mod_revision, filters);
    if (!json) {
        row_name_destroy(&name);
        return false;
    }
    entry->name = name;
    entry->json = json;
    return true;
}

void
entry_destroy(struct entry *entry)
{
    row_name_destroy(&entry->name);
    json_decref(entry->json);
    entry->json = NULL;
}

char *
entry_etag(int64_t revision)
{
    return xasprintf("\"%"PRId64"\"", revision);
}

char *
entry_dump(const json_t *json)
{
    return json_dumps(json, JSON_COMPACT);
}
