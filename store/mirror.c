/* Tables kept in memory: see mirror.h. */
#include <config.h>

#include "store/mirror.h"

#include <stdlib.h>

#include "hash.h"
#include "store/backend.h"
#include "util.h"

struct mirror_set {
    struct store_watch_set *watch_set;
    struct ovs_list mirrors;        /* mirror.node. */
    mirror_cb *cb;
    void *aux;
};

static uint32_t
hash_key(struct store_bytes key)
{
    return hash_bytes(key.data, key.size, 0);
}

/* The row of 'key', deleted or not. */
static struct mirror_row *
find(const struct mirror *mirror, struct store_bytes key)
{
    struct mirror_row *row;

    HMAP_FOR_EACH_WITH_HASH (row, node, hash_key(key), &mirror->rows) {
        if (store_bytes_equal(row->key, key)) {
            return row;
        }
    }
    return NULL;
}

static void
free_row(struct mirror *mirror, struct mirror_row *row)
{
    hmap_remove(&mirror->rows, &row->node);
    ovs_list_remove(&row->change_node);
    store_bytes_free(&row->key);
    store_bytes_free(&row->value);
    free(row);
}

static void
note_change(struct mirror *mirror, struct mirror_row *row)
{
    if (ovs_list_is_empty(&row->change_node)) {
        ovs_list_push_back(&mirror->changes, &row->change_node);
    }
}

static void
put(struct mirror *mirror, const struct store_kv *kv)
{
    struct mirror_row *row = find(mirror, kv->key);

    if (!row) {
        row = xzalloc(sizeof *row);
        row->key = store_bytes_copy(kv->key);
        row->is_new = true;
        ovs_list_init(&row->change_node);
        hmap_insert(&mirror->rows, &row->node, hash_key(kv->key));
        mirror->n_rows++;
    } else if (row->deleted) {
        row->deleted = false;
        mirror->n_rows++;
    }
    store_bytes_free(&row->value);
    row->value = store_bytes_copy(kv->value);
    row->create_revision = kv->create_revision;
    row->mod_revision = kv->mod_revision;
    note_change(mirror, row);
}

static void
delete(struct mirror *mirror, const struct store_kv *kv)
{
    struct mirror_row *row = find(mirror, kv->key);

    if (row && !row->deleted) {
        mirror->n_rows--;
        if (row->is_new) {
            free_row(mirror, row);
        } else {
            row->deleted = true;
            row->mod_revision = kv->mod_revision;
            note_change(mirror, row);
        }
    }
}

static void
on_events(struct store_watch *watch OVS_UNUSED,
          const struct store_event *events, size_t n_events,
          int64_t revision OVS_UNUSED, void *mirror_)
{
    struct mirror *mirror = mirror_;

    for (size_t i = 0; i < n_events; i++) {
        if (events[i].type == STORE_EVENT_PUT) {
            put(mirror, &events[i].kv);
        } else {
            delete(mirror, &events[i].kv);
        }
    }
    /* What comes before all is there is told with on_synced(). */
    if (mirror->set->cb && store_watch_is_synced(mirror->watch)) {
        mirror->set->cb(mirror, mirror->set->aux);
    }
}

static void
on_synced(struct store_watch *watch OVS_UNUSED, int64_t revision OVS_UNUSED,
          void *mirror_)
{
    struct mirror *mirror = mirror_;

    if (mirror->set->cb) {
        mirror->set->cb(mirror, mirror->set->aux);
    }
}

static const struct store_watch_ops watch_ops = {
    .events = on_events,
    .synced = on_synced,
};

struct mirror_set *
mirror_set_create(struct store *store, mirror_cb *cb, void *aux)
{
    struct mirror_set *set = xzalloc(sizeof *set);

    set->watch_set = store_watch_set_create(store, &watch_ops);
    ovs_list_init(&set->mirrors);
    set->cb = cb;
    set->aux = aux;
    return set;
}

void
mirror_set_destroy(struct mirror_set *set)
{
    if (set) {
        while (!ovs_list_is_empty(&set->mirrors)) {
            mirror_drop(CONTAINER_OF(ovs_list_front(&set->mirrors),
                                     struct mirror, node));
        }
        store_watch_set_destroy(set->watch_set);
        free(set);
    }
}

bool
mirror_set_is_synced(const struct mirror_set *set)
{
    const struct mirror *mirror;

    LIST_FOR_EACH (mirror, node, &set->mirrors) {
        if (!store_watch_is_synced(mirror->watch)) {
            return false;
        }
    }
    return true;
}

static struct mirror *
add(struct mirror_set *set)
{
    struct mirror *mirror = xzalloc(sizeof *mirror);

    mirror->set = set;
    hmap_init(&mirror->rows);
    ovs_list_init(&mirror->changes);
    ovs_list_push_back(&set->mirrors, &mirror->node);
    return mirror;
}

struct mirror *
mirror_add_prefix(struct mirror_set *set, const char *prefix)
{
    struct mirror *mirror = add(set);

    mirror->watch = store_watch_add_prefix(set->watch_set,
                                           store_bytes_from_string(prefix),
                                           mirror);
    return mirror;
}

struct mirror *
mirror_add_tree(struct mirror_set *set, const char *key)
{
    struct mirror *mirror = add(set);

    mirror->watch = store_watch_add_tree(set->watch_set,
                                         store_bytes_from_string(key),
                                         mirror);
    return mirror;
}

void
mirror_drop(struct mirror *mirror)
{
    struct mirror_row *row;

    store_watch_drop(mirror->watch);
    HMAP_FOR_EACH_SAFE (row, node, &mirror->rows) {
        free_row(mirror, row);
    }
    hmap_destroy(&mirror->rows);
    ovs_list_remove(&mirror->node);
    free(mirror);
}

struct mirror_row *
mirror_get(const struct mirror *mirror, struct store_bytes key)
{
    struct mirror_row *row = find(mirror, key);

    return row && !row->deleted ? row : NULL;
}

static int
compare_rows(const void *a_, const void *b_)
{
    const struct mirror_row *const *a = a_, *const *b = b_;

    return store_bytes_compare((*a)->key, (*b)->key);
}

struct mirror_row **
mirror_sorted(const struct mirror *mirror, size_t *n_rows)
{
    struct mirror_row **rows = xmalloc((mirror->n_rows + 1) * sizeof *rows);
    struct mirror_row *row;
    size_t n = 0;

    HMAP_FOR_EACH (row, node, &mirror->rows) {
        if (!row->deleted) {
            rows[n++] = row;
        }
    }
    qsort(rows, n, sizeof *rows, compare_rows);
    *n_rows = n;
    return rows;
}

bool
mirror_has_changes(const struct mirror *mirror)
{
    return !ovs_list_is_empty(&mirror->changes);
}

void
mirror_clear_changes(struct mirror *mirror)
{
    struct mirror_row *row;

    LIST_FOR_EACH_SAFE (row, change_node, &mirror->changes) {
        ovs_list_remove(&row->change_node);
        ovs_list_init(&row->change_node);
        row->is_new = false;
        if (row->deleted) {
            free_row(mirror, row);
        }
    }
}
