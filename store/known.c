/* What a watch has reported so far: see known.h. */
#include <config.h>

#include "store/known.h"

#include <string.h>

#include "hash.h"
#include "util.h"

struct known_row {
    struct hmap_node node;
    struct known_row *next_gone;
    int64_t mod_revision;
    uint64_t value_hash;
    bool seen;                  /* By the known_diff() under way. */
    size_t key_size;
    char key[];
};

uint64_t
known_hash(struct store_bytes bytes)
{
    return (uint64_t) hash_bytes(bytes.data, bytes.size, 1) << 32
           | hash_bytes(bytes.data, bytes.size, 2);
}

void
known_init(struct known *known)
{
    hmap_init(&known->rows);
    known->gone = NULL;
}

static void
free_gone(struct known *known)
{
    while (known->gone) {
        struct known_row *row = known->gone;

        known->gone = row->next_gone;
        free(row);
    }
}

void
known_destroy(struct known *known)
{
    struct known_row *row;

    free_gone(known);
    HMAP_FOR_EACH_POP (row, node, &known->rows) {
        free(row);
    }
    hmap_destroy(&known->rows);
}

static struct known_row *
find(const struct known *known, struct store_bytes key, uint32_t hash)
{
    struct known_row *row;

    HMAP_FOR_EACH_WITH_HASH (row, node, hash, &known->rows) {
        if (row->key_size == key.size
            && !memcmp(row->key, key.data, key.size)) {
            return row;
        }
    }
    return NULL;
}

/* Sets the row of 'kv'.  Returns whether that is a change. */
static bool
put(struct known *known, const struct store_kv *kv)
{
    uint32_t hash = hash_bytes(kv->key.data, kv->key.size, 0);
    uint64_t value_hash = known_hash(kv->value);
    struct known_row *row = find(known, kv->key, hash);
    bool changed;

    if (!row) {
        row = xzalloc(sizeof *row + kv->key.size + 1);
        row->key_size = kv->key.size;
        memcpy(row->key, kv->key.data, kv->key.size);
        hmap_insert(&known->rows, &row->node, hash);
    }
    changed = row->mod_revision != kv->mod_revision
              || row->value_hash != value_hash;
    row->mod_revision = kv->mod_revision;
    row->value_hash = value_hash;
    row->seen = true;
    return changed;
}

struct store_event *
known_diff(struct known *known, const struct store_kv *kvs, size_t n_kvs,
           int64_t revision, size_t *n_eventsp)
{
    struct store_event *events;
    struct known_row *row;
    size_t n = 0;

    free_gone(known);
    HMAP_FOR_EACH (row, node, &known->rows) {
        row->seen = false;
    }
    events = xmalloc((n_kvs + hmap_count(&known->rows) + 1) * sizeof *events);
    for (size_t i = 0; i < n_kvs; i++) {
        if (put(known, &kvs[i])) {
            events[n++] = (struct store_event) { STORE_EVENT_PUT, kvs[i] };
        }
    }
    HMAP_FOR_EACH_SAFE (row, node, &known->rows) {
        if (!row->seen) {
            hmap_remove(&known->rows, &row->node);
            row->next_gone = known->gone;
            known->gone = row;
            events[n++] = (struct store_event) {
                STORE_EVENT_DELETE,
                { .key = { row->key, row->key_size },
                  .value = { "", 0 }, .mod_revision = revision },
            };
        }
    }
    *n_eventsp = n;
    return events;
}

bool
known_apply(struct known *known, const struct store_event *event)
{
    if (event->type == STORE_EVENT_PUT) {
        put(known, &event->kv);
        return true;
    } else {
        struct store_bytes key = event->kv.key;
        struct known_row *row = find(known, key,
                                     hash_bytes(key.data, key.size, 0));

        if (row) {
            hmap_remove(&known->rows, &row->node);
            free(row);
        }
        return row != NULL;
    }
}
