/* Rows fetched on demand and kept by table: by id, by UUID, by parent. What
 * is not there is remembered too, as a row without a value, so that nothing
 * is asked twice and the absence can be compared at commit.
 *
 * Of a table that is read as a whole most rows are never looked at: each
 * keeps its text, and is parsed when it is given out or before it is searched
 * for what the text may contain.  A row that left the model is parsed. */
#include <config.h>

#include "cli/model.h"

#include <stdlib.h>
#include <string.h>

#include "cli/fetch.h"
#include "cli/model_private.h"
#include "cli/row.h"
#include "hash.h"
#include "openvswitch/shash.h"
#include "schemas/schema.h"
#include "store/keys.h"
#include "store/store.h"
#include "util.h"
#include "uuid.h"

struct model *
model_create(struct store *store, const char *prefix, int64_t revision)
{
    struct model *model = xzalloc(sizeof *model);

    model->store = store;
    model->prefix = xstrdup(prefix);
    model->revision = revision;
    model->is_historic = revision != 0;
    shash_init(&model->tables);
    return model;
}

static void
row_destroy(struct row *row)
{
    free(row->id);
    json_decref(row->value);
    json_decref(row->original);
    free(row);
}

static void
rows_destroy(struct rows *rows)
{
    struct row *row;

    HMAP_FOR_EACH_POP (row, id_node, &rows->by_id) {
        row_destroy(row);
    }
    hmap_destroy(&rows->by_id);
    hmap_destroy(&rows->by_uuid);
    for (int i = 0; i < TABLE_MAX_PARENTS; i++) {
        hmap_destroy(&rows->by_parent[i]);
    }
    sset_destroy(&rows->loaded_parents);
    arena_clear(&rows->texts);
    free(rows);
}

void
model_destroy(struct model *model)
{
    struct shash_node *node;

    if (!model) {
        return;
    }
    SHASH_FOR_EACH (node, &model->tables) {
        rows_destroy(node->data);
    }
    shash_destroy(&model->tables);
    for (size_t i = 0; i < model->n_wants; i++) {
        free(model->wants[i].id);
    }
    free(model->wants);
    free(model->prefix);
    err_clear(&model->err);
    free(model);
}

int
model_error(const struct model *model, char **messagep)
{
    if (model->err.code && messagep) {
        *messagep = err_to_string(&model->err);
    }
    return model->err.code;
}

int64_t
model_revision(const struct model *model)
{
    return model->revision;
}

struct store *
model_store(const struct model *model)
{
    return model->store;
}

const char *
model_prefix(const struct model *model)
{
    return model->prefix;
}

struct rows *
model_rows_of(struct model *model, const struct table *table)
{
    struct rows *rows = shash_find_data(&model->tables, table->area);

    if (!rows) {
        rows = xzalloc(sizeof *rows);
        rows->table = table;
        hmap_init(&rows->by_id);
        hmap_init(&rows->by_uuid);
        for (int i = 0; i < TABLE_MAX_PARENTS; i++) {
            hmap_init(&rows->by_parent[i]);
        }
        sset_init(&rows->loaded_parents);
        shash_add(&model->tables, table->area, rows);
    }
    return rows;
}

/* ---- Index ------------------------------------------------------------- */

char *
model_parent_of(const struct row *row, int which)
{
    const char *column = row->table->parents[which];

    if (!column || !row->value) {
        return NULL;
    } else if (!strcmp(column, ":id")) {
        return keys_decode(row->id, strcspn(row->id, "/"));
    }

    const char *parent = row_string(row, column);
    return parent[0] ? xstrdup(parent) : NULL;
}

static void
unindex(struct row *row)
{
    struct rows *rows = model_rows_of(row->model, row->table);

    for (int i = 0; i < TABLE_MAX_PARENTS; i++) {
        if (row->has_parent[i]) {
            hmap_remove(&rows->by_parent[i], &row->parent_nodes[i]);
            row->has_parent[i] = false;
        }
    }
}

static void
reindex(struct row *row)
{
    struct rows *rows = model_rows_of(row->model, row->table);

    unindex(row);
    for (int i = 0; i < TABLE_MAX_PARENTS; i++) {
        char *parent = model_parent_of(row, i);

        if (parent) {
            hmap_insert(&rows->by_parent[i], &row->parent_nodes[i],
                        hash_string(parent, 0));
            row->has_parent[i] = true;
            free(parent);
        }
    }
}

void
model_row_touch(struct row *row)
{
    if (!row->is_touched) {
        row->is_touched = true;
        row->original = json_deep_copy(row->value);
    }
}

void
model_row_changed(struct row *row)
{
    reindex(row);
}

/* ---- Fetching ---------------------------------------------------------- */

static struct row *
find_cached(const struct rows *rows, const char *id)
{
    struct row *row;

    HMAP_FOR_EACH_WITH_HASH (row, id_node, hash_string(id, 0), &rows->by_id) {
        if (!strcmp(row->id, id)) {
            return row;
        }
    }
    return NULL;
}

/* Version 5 of "<table>/<id>" unless the id is a UUID (docs/KEYS.md). */
static struct uuid
uuid_of(const struct table *table, const char *id)
{
    const struct schema_table fake = { .name = table->name };

    return schema_uuid(&fake, id);
}

/* Adds a row without a value. */
static struct row *
add_row(struct model *model, struct rows *rows, const char *id)
{
    struct row *row = xzalloc(sizeof *row);

    row->model = model;
    row->table = rows->table;
    row->id = xstrdup(id);
    row->uuid = uuid_of(rows->table, id);
    hmap_insert(&rows->by_id, &row->id_node, hash_string(id, 0));
    hmap_insert(&rows->by_uuid, &row->uuid_node, uuid_hash(&row->uuid));
    return row;
}

char *
model_area_prefix(const struct model *model, const struct table *table)
{
    return xasprintf("%s/%s/", model->prefix, table->area);
}

static char *
key_of(const struct model *model, const struct table *table, const char *id)
{
    if (table->composite) {
        return xasprintf("%s/%s/%s", model->prefix, table->area, id);
    }
    return keys_build(model->prefix, table->area, id, NULL);
}

char *
model_row_key(const struct row *row)
{
    return key_of(row->model, row->table, row->id);
}

static void
parse_value(struct row *row, struct store_bytes text)
{
    json_t *value = json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES,
                               NULL);

    /* Garbage is no row; what is written over it compares its revision. */
    if (json_is_object(value)) {
        row->value = json_incref(value);
        reindex(row);
    }
    json_decref(value);
}

bool
model_row_parse(struct row *row)
{
    struct store_bytes text = row->text;

    if (text.size) {
        row->text.size = 0;
        model_rows_of(row->model, row->table)->n_unparsed--;
        parse_value(row, text);
    }
    return row->value != NULL;
}

char *
model_id_from_key(const struct loading *loading, const struct store_kv *kv)
{
    const char *s = kv->key.data + loading->skip;
    size_t size = kv->key.size - loading->skip;

    if (loading->rows->table->composite) {
        return xmemdup0(s, size);
    }
    return memchr(s, '/', size) ? NULL : keys_decode(s, size);
}

static void
loaded_cb(const struct store_kv *kv, void *loading_)
{
    struct loading *loading = loading_;
    char *id = model_id_from_key(loading, kv);

    if (id && (loading->was_empty || !find_cached(loading->rows, id))) {
        struct row *row = add_row(loading->model, loading->rows, id);
        char *text = arena_alloc(&loading->rows->texts, kv->value.size + 1);

        memcpy(text, kv->value.data, kv->value.size);
        row->mod_revision = kv->mod_revision;
        row->text = (struct store_bytes) { text, kv->value.size };
        loading->rows->n_unparsed += kv->value.size != 0;
    }
    free(id);
}

void
model_load_prefix(struct model *model, struct rows *rows, const char *below)
{
    char *prefix = model_area_prefix(model, rows->table);
    struct loading loading = { model, rows, strlen(prefix),
                               hmap_is_empty(&rows->by_id) };
    char *range = xasprintf("%s%s", prefix, below);

    if (!model->err.code) {
        fetch_prefix(model->store, range, false, &model->revision, loaded_cb,
                     &loading, &model->err);
    }
    free(range);
    free(prefix);
}

void
model_load_table(struct model *model, struct rows *rows)
{
    if (!rows->is_loaded) {
        rows->is_loaded = true;
        if (rows->table->synthesize) {
            rows->table->synthesize(model, rows->table);
        } else {
            model_load_prefix(model, rows, "");
        }
    }
}

/* Whether all of the table that 'id' is part of has been read. */
static bool
is_covered(const struct rows *rows, const char *id)
{
    if (rows->is_loaded) {
        return true;
    } else if (sset_is_empty(&rows->loaded_parents)) {
        return false;
    }

    char *parent = xmemdup0(id, strcspn(id, "/"));
    bool covered = sset_contains(&rows->loaded_parents, parent);
    free(parent);
    return covered;
}

void
model_want(struct model *model, const struct table *table, const char *id)
{
    struct rows *rows = model_rows_of(model, table);

    if (!id[0] || table->synthesize || is_covered(rows, id)
        || find_cached(rows, id)) {
        return;
    }
    if (model->n_wants >= model->allocated_wants) {
        model->wants = x2nrealloc(model->wants, &model->allocated_wants,
                                  sizeof *model->wants);
    }
    model->wants[model->n_wants].table = table;
    model->wants[model->n_wants++].id = xstrdup(id);
}

struct wanted {
    struct shash rows;          /* "struct row"s by key. */
};

static void
wanted_cb(const struct store_kv *kv, void *wanted_)
{
    struct wanted *wanted = wanted_;
    struct shash_node *node = shash_find_len(&wanted->rows, kv->key.data,
                                             kv->key.size);

    if (node) {
        struct row *row = node->data;

        row->mod_revision = kv->mod_revision;
        parse_value(row, kv->value);
    }
}

/* Reads as a whole the tables of which so many rows are wanted that this is
 * less than to ask for each. */
static void
load_much_wanted(struct model *model)
{
    enum { MANY = 1000, MANY_AT_A_REVISION = 250 };
    size_t many = model->is_historic ? MANY_AT_A_REVISION : MANY;
    struct shash_node *node;

    if (model->n_wants < many) {
        return;
    }
    for (size_t i = 0; i < model->n_wants; i++) {
        model_rows_of(model, model->wants[i].table)->n_wanted++;
    }
    SHASH_FOR_EACH (node, &model->tables) {
        struct rows *rows = node->data;

        if (rows->n_wanted >= many) {
            model_load_table(model, rows);
        }
        rows->n_wanted = 0;
    }
}

void
model_fetch_wants(struct model *model)
{
    load_much_wanted(model);

    struct wanted wanted = { SHASH_INITIALIZER(&wanted.rows) };
    char **keys = xmalloc(model->n_wants * sizeof *keys);
    size_t n = 0;

    for (size_t i = 0; i < model->n_wants; i++) {
        struct want *want = &model->wants[i];
        struct rows *rows = model_rows_of(model, want->table);

        if (!is_covered(rows, want->id) && !find_cached(rows, want->id)) {
            struct row *row = add_row(model, rows, want->id);

            keys[n] = model_row_key(row);
            shash_add(&wanted.rows, keys[n++], row);
        }
        free(want->id);
    }
    model->n_wants = 0;
    if (n && !model->err.code) {
        fetch_keys(model->store, keys, n, &model->revision,
                   model->is_historic, wanted_cb, &wanted, &model->err);
    }
    while (n) {
        free(keys[--n]);
    }
    free(keys);
    shash_destroy(&wanted.rows);
}

/* The row as it is known after fetching it if need be, or NULL. */
static struct row *
find(struct model *model, const struct table *table, const char *id)
{
    struct rows *rows = model_rows_of(model, table);
    struct row *row;

    if (model->n_wants) {
        model_fetch_wants(model);
    }
    if (table->locate && !rows->is_loaded && !find_cached(rows, id)) {
        table->locate(model, table, id);
    }
    if (table->synthesize && !find_cached(rows, id)) {
        model_load_table(model, rows);
    }
    row = find_cached(rows, id);
    if (!row && !is_covered(rows, id)) {
        model_want(model, table, id);
        if (model->n_wants) {
            model_fetch_wants(model);
        }
        row = find_cached(rows, id);
    }
    if (row) {
        model_row_parse(row);
    }
    return row;
}

struct row *
model_get(struct model *model, const struct table *table, const char *id)
{
    struct row *row = find(model, table, id);

    if (row) {
        row->is_looked_at = true;
    }
    return row && row->value && !row->is_reserved ? row : NULL;
}

struct row *
model_peek(struct model *model, const struct table *table, const char *id)
{
    struct row *row = find(model, table, id);

    return row && row->value && !row->is_reserved ? row : NULL;
}

static struct row *
find_uuid(const struct rows *rows, const struct uuid *uuid)
{
    struct row *row;

    HMAP_FOR_EACH_WITH_HASH (row, uuid_node, uuid_hash(uuid),
                             &rows->by_uuid) {
        if (uuid_equals(&row->uuid, uuid) && model_row_parse(row)) {
            return row;
        }
    }
    return NULL;
}

struct row *
model_get_uuid(struct model *model, const struct table *table,
               const struct uuid *uuid)
{
    struct rows *rows = model_rows_of(model, table);
    struct row *row = find_uuid(rows, uuid);

    if (!row && !table->composite && !rows->is_loaded) {
        char id[UUID_LEN + 1];

        snprintf(id, sizeof id, UUID_FMT, UUID_ARGS(uuid));
        row = model_get(model, table, id);
    }
    if (!row && !rows->is_loaded) {
        model_load_table(model, rows);
        row = find_uuid(rows, uuid);
    }
    return row;
}

bool
model_is_taken(struct model *model, const struct table *table,
               const char *id)
{
    struct row *row = find(model, table, id);

    if (row) {
        row->is_looked_at = true;
    }
    return row && row->value;
}

/* ---- Changing ---------------------------------------------------------- */

struct row *
model_reserve(struct model *model, const struct table *table, const char *id)
{
    struct rows *rows = model_rows_of(model, table);
    struct row *row = find(model, table, id);

    if (!row) {
        row = add_row(model, rows, id);
        row->is_looked_at = true;
    }
    model_row_touch(row);
    row->value = json_object();
    row->is_reserved = true;
    model_row_changed(row);
    return row;
}

struct row *
model_insert(struct model *model, const struct table *table, const char *id)
{
    struct row *row = find(model, table, id);

    if (!row || !row->is_reserved) {
        row = model_reserve(model, table, id);
    }
    row->is_reserved = false;
    return row;
}

void
model_delete(struct row *row)
{
    if (row->value) {
        model_row_touch(row);
        json_decref(row->value);
        row->value = NULL;
        model_row_changed(row);
    }
}

struct row *
model_add(struct model *model, const struct table *table, const char *id,
          json_t *value)
{
    struct rows *rows = model_rows_of(model, table);
    struct row *row;

    if (find_cached(rows, id)) {
        json_decref(value);
        return NULL;
    }
    row = add_row(model, rows, id);
    row->value = value;
    reindex(row);
    return row;
}

void
model_set_uuid(struct row *row, const struct uuid *uuid)
{
    struct rows *rows = model_rows_of(row->model, row->table);

    hmap_remove(&rows->by_uuid, &row->uuid_node);
    row->uuid = *uuid;
    hmap_insert(&rows->by_uuid, &row->uuid_node, uuid_hash(uuid));
}
