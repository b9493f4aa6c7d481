/* A subtree that is seen as a whole: see sb_tree.h. */
#include <config.h>

#include "node-agent/sb_tree.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

struct sb_tree *
sb_tree_create(const char *name, const char *key)
{
    struct sb_tree *tree = xzalloc(sizeof *tree);

    tree->name = xstrdup(name);
    tree->key = xstrdup(key);
    tree->key_size = strlen(key);
    shash_init(&tree->held);
    return tree;
}

static void
free_item(struct sb_tree_item *item)
{
    free(item->value);
    free(item);
}

void
sb_tree_destroy(struct sb_tree *tree)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &tree->held) {
        free_item(node->data);
    }
    shash_destroy(&tree->held);
    free(tree->name);
    free(tree->key);
    free(tree);
}

/* What 'key' is below the row's key, or NULL if it is not of the tree. */
static char *
key_below(const struct sb_tree *tree, struct store_bytes key)
{
    if (key.size < tree->key_size
        || memcmp(key.data, tree->key, tree->key_size)) {
        return NULL;
    }
    if (key.size == tree->key_size) {
        return xstrdup("");
    }
    if (key.data[tree->key_size] != '/') {
        return NULL;
    }
    return xmemdup0(key.data + tree->key_size + 1,
                    key.size - tree->key_size - 1);
}

static void
hold(struct sb_tree *tree, const struct store_event *event)
{
    char *below = key_below(tree, event->kv.key);
    struct sb_tree_item *item;

    if (!below) {
        return;
    }
    item = shash_find_data(&tree->held, below);
    if (!item) {
        item = xzalloc(sizeof *item);
        shash_add_nocopy(&tree->held, below, item);
    } else {
        free(below);
        free(item->value);
        item->value = NULL;
    }
    item->revision = event->kv.mod_revision;
    item->size = event->kv.value.size;
    if (event->type == STORE_EVENT_PUT) {
        item->value = xmemdup0(event->kv.value.data, event->kv.value.size);
    }
}

static void
give_node(struct sb_tree *tree, struct shash_node *node, sb_tree_cb *cb,
          void *aux)
{
    struct sb_tree_item *item = node->data;

    cb(tree, node->name, item->value, item->size, aux);
    shash_delete(&tree->held, node);
    free_item(item);
}

/* Gives out all that belongs to the row: it and what is not newer, and
 * deletes up to 'deletes_until', whose revision may be that of a list. */
static void
give(struct sb_tree *tree, int64_t deletes_until, sb_tree_cb *cb, void *aux)
{
    struct shash_node *row = shash_find(&tree->held, "");
    struct shash_node *node;

    if (row) {
        give_node(tree, row, cb, aux);
    }
    SHASH_FOR_EACH_SAFE (node, &tree->held) {
        const struct sb_tree_item *item = node->data;

        if (item->revision <= tree->row_revision
            || (!item->value && item->revision <= deletes_until)) {
            give_node(tree, node, cb, aux);
        }
    }
    tree->complete = true;
}

bool
sb_tree_events(struct sb_tree *tree, const struct store_event *events,
               size_t n, int64_t revision, sb_tree_cb *cb, void *aux)
{
    const struct sb_tree_item *row;
    bool closed = false;

    for (size_t i = 0; i < n; i++) {
        hold(tree, &events[i]);
    }
    row = shash_find_data(&tree->held, "");
    if (row) {
        tree->row_revision = row->revision;
        tree->row_deleted = !row->value;
        closed = row->value != NULL;
    } else if (tree->complete) {
        /* Late parts of what the last row closed: a list comes by key. */
        for (size_t i = 0; i < n && !closed; i++) {
            closed = events[i].kv.mod_revision <= tree->row_revision;
        }
    }
    if (!tree->synced || !closed) {
        return false;
    }
    give(tree, row ? revision : 0, cb, aux);
    return true;
}

bool
sb_tree_synced(struct sb_tree *tree, sb_tree_cb *cb, void *aux)
{
    tree->synced = true;
    if (!shash_find(&tree->held, "") || tree->row_deleted) {
        return false;           /* Its row is still to be written. */
    }
    give(tree, 0, cb, aux);
    return true;
}

void
sb_tree_give_deleted(struct sb_tree *tree, sb_tree_cb *cb, void *aux)
{
    tree->row_deleted = false;
    give(tree, INT64_MAX, cb, aux);
    tree->complete = false;
}
