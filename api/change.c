/* Changes of rows: see change.h. */
#include <config.h>

#include "api/change.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/problem.h"
#include "schemas/schema.h"
#include "util.h"

/* ---- Preconditions ---------------------------------------------------- */

/* Parses "\"17\"" or "17".  Returns false if it is no tag of ours. */
static bool
parse_tag(const char *text, int64_t *revision)
{
    bool quoted = *text == '"';
    const char *digits = text + quoted;
    size_t n = strspn(digits, "0123456789");

    if (!n || n > 18 || strcmp(digits + n, quoted ? "\"" : "")) {
        return false;
    }
    *revision = strtoll(digits, NULL, 10);
    return *revision > 0;
}

int
precondition_parse(const char *if_match, const char *if_none_match,
                   struct precondition *precondition, struct err *err)
{
    struct precondition new = { PRECONDITION_NONE, 0 };

    if (if_match && if_none_match) {
        return err_put(err, -WEFT_E_INVALID, "If-None-Match",
                       "cannot be together with If-Match");
    } else if (if_match && !strcmp(if_match, "*")) {
        new.type = PRECONDITION_EXISTS;
    } else if (if_match && strchr(if_match, ',')) {
        return err_put(err, -WEFT_E_INVALID, "If-Match",
                       "must be \"*\" or one entity tag");
    } else if (if_match) {
        new.type = parse_tag(if_match, &new.revision)
                   ? PRECONDITION_REVISION : PRECONDITION_NEVER;
    } else if (if_none_match && !strcmp(if_none_match, "*")) {
        new.type = PRECONDITION_ABSENT;
    } else if (if_none_match) {
        return err_put(err, -WEFT_E_INVALID, "If-None-Match",
                       "must be \"*\" in a write");
    }
    *precondition = new;
    return 0;
}

/* ---- Life and death --------------------------------------------------- */

void
change_init(struct change *change, enum change_op op, struct row_name *name,
            const char *path)
{
    *change = (struct change) {
        .op = op,
        .name = *name,
        .path = xstrdup(path),
    };
    if (op == CHANGE_CREATE) {
        change->precondition.type = PRECONDITION_ABSENT;
    }
    *name = (struct row_name) ROW_NAME_INIT;
}

void
change_destroy(struct change *change)
{
    row_name_destroy(&change->name);
    free(change->path);
    json_decref(change->body);
    free(change->key);
    free(change->value);
}

/* ---- Bodies ----------------------------------------------------------- */

static bool
take_id(struct change *change, json_t *body, struct schema_faults *faults)
{
    const json_t *id = json_object_get(body, "id");
    const char *text = json_string_value(id);

    if (id && (!text || strcmp(text, change->name.id))) {
        schema_faults_add(faults, -WEFT_E_INVALID, "id",
                          "must be \"%s\", as in the request",
                          change->name.id);
        return false;
    }
    json_object_del(body, "id");
    return true;
}

static bool
take_revision(struct change *change, json_t *body,
              struct schema_faults *faults)
{
    const json_t *revision = json_object_get(body, "_revision");

    if (revision && (!json_is_integer(revision)
                     || json_integer_value(revision) <= 0)) {
        schema_faults_add(faults, -WEFT_E_INVALID, "_revision",
                          "must be a revision as read");
        return false;
    }
    if (revision && change->precondition.type == PRECONDITION_NONE) {
        change->precondition.type = PRECONDITION_REVISION;
        change->precondition.revision = json_integer_value(revision);
    }
    json_object_del(body, "_revision");
    return true;
}

bool
change_set_body(struct change *change, json_t *body,
                struct schema_faults *faults)
{
    bool ok;

    change->body = body;
    if (!json_is_object(body)) {
        schema_faults_add(faults, -WEFT_E_INVALID, "", "must be an object");
        return false;
    }
    ok = take_id(change, body, faults);
    ok = take_revision(change, body, faults) && ok;
    json_object_del(body, "_uuid");
    json_object_del(body, "_error");
    json_object_del(body, "_status");
    return ok;
}

json_t *
change_merge(const json_t *target, const json_t *patch)
{
    json_t *result, *value;
    const char *name;
    void *iter;

    if (!json_is_object(patch)) {
        return json_deep_copy(patch);
    }
    result = json_is_object(target) ? json_copy(CONST_CAST(json_t *, target))
                                    : json_object();
    for (iter = json_object_iter(CONST_CAST(json_t *, patch)); iter;
         iter = json_object_iter_next(CONST_CAST(json_t *, patch), iter)) {
        name = json_object_iter_key(iter);
        value = json_object_iter_value(iter);
        if (json_is_null(value)) {
            json_object_del(result, name);
        } else {
            json_object_set_new(result, name,
                                change_merge(json_object_get(result, name),
                                             value));
        }
    }
    return result;
}

/* ---- Values ----------------------------------------------------------- */

/* The text of 'json', which is row 'name', in etcd; NULL with faults if it is
 * not valid. */
static char *
make_value(const struct row_name *name, const json_t *json,
           struct schema_faults *faults)
{
    struct schema_row *row = NULL;
    struct ds text = DS_EMPTY_INITIALIZER;

    if (schema_row_from_json(name->table, name->id, json, &row, faults)) {
        return NULL;
    }
    if (name->table->open) {
        /* Columns that the schema does not name are kept as they are. */
        schema_row_destroy(row);
        return json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
    }
    schema_row_format(row, &text);
    schema_row_destroy(row);
    return ds_steal_cstr(&text);
}

static char *
make_patched_value(struct change *change, const struct store_kv *current,
                   struct schema_faults *faults)
{
    json_t *target = json_loadb(current->value.data, current->value.size, 0,
                                NULL);
    json_t *merged;
    char *value;

    if (!json_is_object(target)) {
        schema_faults_add(faults, -WEFT_E_INVALID, "",
                          "what lies in etcd is not a JSON object and cannot "
                          "be patched: replace it");
        json_decref(target);
        return NULL;
    }
    merged = change_merge(target, change->body);
    value = make_value(&change->name, merged, faults);
    json_decref(merged);
    json_decref(target);
    return value;
}

bool
change_prepare(struct change *change, const char *prefix,
               const struct store_kv *current, struct schema_faults *faults)
{
    if (!change->key) {
        change->key = row_name_key(&change->name, prefix);
    }
    free(change->value);
    change->value = NULL;
    if (change->op == CHANGE_DELETE) {
        return true;
    } else if (change->op == CHANGE_PATCH) {
        change->read_revision = current->mod_revision;
        change->value = make_patched_value(change, current, faults);
    } else {
        change->value = make_value(&change->name, change->body, faults);
    }
    return change->value != NULL;
}

/* ---- Transactions ----------------------------------------------------- */

void
change_add_to_txn(const struct change *change, struct store_txn *txn)
{
    struct store_bytes key = store_bytes_from_string(change->key);
    struct store_range range = { key, { NULL, 0 } };

    /* One compare each: etcd bounds their number as it does operations. */
    if (change->op == CHANGE_PATCH) {
        store_txn_compare(txn, key, STORE_COMPARE_MOD, STORE_EQUAL,
                          change->read_revision);
    } else if (change->precondition.type == PRECONDITION_REVISION) {
        store_txn_compare(txn, key, STORE_COMPARE_MOD, STORE_EQUAL,
                          change->precondition.revision);
    } else if (change->precondition.type == PRECONDITION_ABSENT) {
        store_txn_compare(txn, key, STORE_COMPARE_VERSION, STORE_EQUAL, 0);
    } else if (change->op == CHANGE_DELETE
               || change->precondition.type == PRECONDITION_EXISTS) {
        store_txn_compare(txn, key, STORE_COMPARE_VERSION, STORE_GREATER, 0);
    }

    if (change->op == CHANGE_DELETE) {
        store_txn_delete(txn, &range);
    } else {
        store_txn_put(txn, key, store_bytes_from_string(change->value), 0);
    }
    store_txn_else_get(txn, &range);
}

enum change_refusal
change_why_refused(const struct change *change,
                   const struct store_kv *current)
{
    const struct precondition *precondition = &change->precondition;
    bool is_edit = change->op == CHANGE_PATCH || change->op == CHANGE_DELETE;

    switch (precondition->type) {
    case PRECONDITION_NONE:
        break;
    case PRECONDITION_EXISTS:
        if (!current) {
            return CHANGE_UNMATCHED;
        }
        break;
    case PRECONDITION_ABSENT:
        if (current) {
            return change->op == CHANGE_CREATE ? CHANGE_EXISTS
                                               : CHANGE_UNMATCHED;
        }
        break;
    case PRECONDITION_REVISION:
        if (!current || current->mod_revision != precondition->revision) {
            return CHANGE_UNMATCHED;
        }
        break;
    case PRECONDITION_NEVER:
        return CHANGE_UNMATCHED;
    }
    if (is_edit && !current) {
        return CHANGE_MISSING;
    } else if (change->op == CHANGE_PATCH && change->read_revision
               && current->mod_revision != change->read_revision) {
        return CHANGE_RACED;
    }
    return CHANGE_HOLDS;
}
