/* From changed rows to transactions. */
#include <config.h>

#include "cli/commit.h"

#include <stdlib.h>
#include <string.h>

#include "cli/fetch.h"
#include "cli/row.h"
#include "openvswitch/dynamic-string.h"
#include "schemas/schema.h"
#include "store/store.h"
#include "util.h"

/* One write. */
struct write {
    struct row *row;
    char *key;
    char *value;                /* NULL: delete. */
};

struct writes {
    struct write *items;
    size_t n;
};

static void
writes_destroy(struct writes *writes)
{
    for (size_t i = 0; i < writes->n; i++) {
        free(writes->items[i].key);
        free(writes->items[i].value);
    }
    free(writes->items);
}

/* A row that cannot live alone and that nothing holds: OVN drops it. */
static bool
is_orphan(const struct view *view, const struct row *row)
{
    const struct view_table *table = view_table_of(view, row->table);

    if (!table || table->is_root || !row->value || row->mod_revision) {
        return false;
    }
    for (int i = 0; i < TABLE_MAX_PARENTS; i++) {
        if (row->has_parent[i]) {
            return false;
        }
    }
    return row->table->parents[0] != NULL;
}

/* Whether a column must be given: what OVN has for it by itself, "" or 0, is
 * not among what is allowed. */
static bool
is_required(const struct view_column *column)
{
    const struct datum_type *type = &column->type;

    return (column->kind == VIEW_PLAIN && type->n_min == 1
            && type->n_max == 1
            && (type->key.type == ATOM_INTEGER ? type->key.min > 0
                : type->key.values && strcmp(type->key.values[0], "")));
}

/* What OVN has to say against a row before it drops it. */
static char *
orphan_fault(const struct view *view, const struct row *row)
{
    const struct view_table *table = view_table_of(view, row->table);

    for (size_t i = 0; i < table->n_columns; i++) {
        const struct view_column *column = &table->columns[i];

        if (is_required(column)
            && !row_has(row, column->field ? column->field : column->name)) {
            return xasprintf("transaction error: constraint violation: "
                             "%s/%s: %s: not given", row->table->name,
                             row->id, column->name);
        }
    }
    return NULL;
}

/* The row as the store is to hold it, the caller's; NULL with a message if
 * the schema refuses it. */
static char *
row_text(const struct row *row, const json_t *value, char **messagep)
{
    const struct schema_table *schema = schema_table_by_name(
        row->table->db ? row->table->db : "nb", row->table->name);
    struct schema_faults faults = SCHEMA_FAULTS_INIT;
    struct schema_row *parsed = NULL;
    struct ds s = DS_EMPTY_INITIALIZER;

    if (!schema) {
        *messagep = xasprintf("%s: no such table", row->table->name);
        return NULL;
    }
    if (schema_row_from_json(schema, row->id, (const struct json_t *) value,
                             &parsed, &faults)) {
        ds_put_format(&s, "transaction error: constraint violation: %s/%s",
                      row->table->name, row->id);
        for (size_t i = 0; i < faults.n; i++) {
            ds_put_format(&s, "%s %s%s%s", i ? ";" : ":",
                          faults.items[i].path,
                          faults.items[i].path[0] ? ": " : "",
                          faults.items[i].message);
        }
        *messagep = ds_steal_cstr(&s);
        schema_faults_clear(&faults);
        return NULL;
    }
    schema_row_format(parsed, &s);
    schema_row_destroy(parsed);
    return ds_steal_cstr(&s);
}

/* True if the row reads as before, in another spelling. */
static bool
is_same(const struct row *row, const char *text)
{
    char *message = NULL;

    if (!row->original || !row->mod_revision) {
        return false;
    }
    char *before = row_text(row, row->original, &message);
    bool same = before && !strcmp(before, text);
    free(before);
    free(message);
    return same;
}

static int
collect_writes(struct model *model, const struct view *view,
               struct writes *writes, char **messagep)
{
    struct row **rows;
    size_t n = model_changes(model, &rows);

    writes->items = xcalloc(n, sizeof *writes->items);
    for (size_t i = 0; i < n; i++) {
        struct row *row = rows[i];
        char *text = NULL;

        if (is_orphan(view, row)) {
            *messagep = orphan_fault(view, row);
            if (*messagep) {
                free(rows);
                return -WEFT_E_INVALID;
            }
            continue;
        }
        if (row->value) {
            text = row_text(row, row->value, messagep);
            if (!text) {
                free(rows);
                return -WEFT_E_INVALID;
            } else if (is_same(row, text)) {
                free(text);
                continue;
            }
        }
        writes->items[writes->n++]
            = (struct write) { row, model_row_key(row), text };
    }
    free(rows);
    return 0;
}

static void
compare_row(struct store_txn *txn, const struct row *row, const char *key)
{
    store_txn_compare(txn, store_bytes_from_string(key), STORE_COMPARE_MOD,
                      STORE_EQUAL, row->mod_revision);
}

/* Adds writes from '*i' on, as many as fit, to a new transaction. */
static struct store_txn *
next_txn(struct store *store, const struct writes *writes, size_t *i,
         size_t *n_compares)
{
    struct store_txn *txn = store_txn_create();
    /* One operation and some bytes are left for the token. */
    unsigned int max_ops = store_max_txn_ops(store) - 1;
    size_t max_bytes = store_max_request_bytes(store) - 2048;

    *n_compares = 0;
    while (*i < writes->n && store_txn_n_ops(txn) < max_ops) {
        const struct write *write = &writes->items[*i];
        size_t bytes = 4 * strlen(write->key) + 400
                       + (write->value ? 2 * strlen(write->value) : 0);

        if (store_txn_n_ops(txn) && store_txn_size(txn) + bytes > max_bytes) {
            break;
        }
        compare_row(txn, write->row, write->key);
        ++*n_compares;
        if (write->value) {
            store_txn_put(txn, store_bytes_from_string(write->key),
                          store_bytes_from_string(write->value), 0);
        } else {
            struct store_range range = {
                store_bytes_from_string(write->key), { NULL, 0 },
            };

            store_txn_delete(txn, &range);
        }
        ++*i;
    }
    return txn;
}

/* What was read but is not written must not have changed either; as far as a
 * transaction has room for compares. */
static void
compare_looked_at(struct model *model, struct store_txn *txn,
                  size_t n_compares)
{
    struct row **rows;
    size_t n = model_looked_at(model, &rows);
    size_t room = store_max_txn_ops(model_store(model)) - n_compares;

    for (size_t i = 0; i < n && i < room; i++) {
        char *key = model_row_key(rows[i]);

        compare_row(txn, rows[i], key);
        free(key);
    }
    free(rows);
}

static int
write_all(struct model *model, const struct writes *writes,
          const struct commit_options *options, bool with_token,
          struct commit_result *result, char **messagep)
{
    struct store *store = model_store(model);
    size_t i = 0;
    int error = 0;

    do {
        size_t first = i, n_compares;
        struct store_txn *txn = next_txn(store, writes, &i, &n_compares);
        struct err err = ERR_INIT;

        if (!first && writes->n) {
            compare_looked_at(model, txn, n_compares);
        }
        if (with_token && i == writes->n) {
            sync_token_put(txn, model_prefix(model), options->client,
                           options->level);
            if (!writes->n) {
                store_txn_set_harmless_twice(txn);
            }
        }
        error = fetch_commit(store, txn, &result->revision, &err);
        if (error == -WEFT_E_CONFLICT && first) {
            *messagep = xasprintf("somebody else changed %s meanwhile, after "
                                  "%"PRIuSIZE" of %"PRIuSIZE" keys had been "
                                  "written", writes->items[first].key, first,
                                  writes->n);
            error = -WEFT_E_UNKNOWN;
        } else if (error && error != -WEFT_E_CONFLICT) {
            *messagep = err_to_string(&err);
        }
        err_clear(&err);
    } while (!error && i < writes->n);
    return error;
}

int
commit(struct model *model, const struct view *view,
       const struct commit_options *options, struct commit_result *result,
       char **messagep)
{
    struct writes writes = { NULL, 0 };
    int error = collect_writes(model, view, &writes, messagep);

    memset(result, 0, sizeof *result);
    if (!error && !options->dry_run) {
        bool with_token = (options->wants_token
                           && (writes.n || options->forces_token));

        if (writes.n || with_token) {
            error = write_all(model, &writes, options, with_token, result,
                              messagep);
            result->changed = !error;
        }
    }
    writes_destroy(&writes);
    return error;
}
