/* A subtree of the southbound that is seen as a whole: a row (a datapath, a
 * set) and what lies below it.  Whoever writes it writes the row last
 * (docs/KEYS.md), so what is heard is held back until the row that closes it
 * arrives, and then given out together. */
#ifndef WEFT_NODE_AGENT_SB_TREE_H
#define WEFT_NODE_AGENT_SB_TREE_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/shash.h"
#include "store/store.h"

struct sb_tree {
    char *name;                 /* "switch:n1": whose it is. */
    char *key;                  /* Key of the row. */
    size_t key_size;
    struct store_watch *watch;
    struct shash held;          /* Key below ("port/ap"; "" is the row) ->
                                 * struct sb_tree_item. */
    int64_t row_revision;       /* Of the row that was last given out. */
    bool synced;
    bool complete;              /* All up to some row was given out. */
    bool row_deleted;           /* The row is gone; the rest is held back
                                 * until sb_tree_give_deleted(). */
};

/* One thing that was held back. */
struct sb_tree_item {
    char *value;                /* NULL: deleted. */
    size_t size;
    int64_t revision;
};

/* Given 'below' ("" for the row) and its value (NULL: deleted). */
typedef void sb_tree_cb(struct sb_tree *, const char *below,
                        const char *value, size_t size, void *aux);

struct sb_tree *sb_tree_create(const char *name, const char *key);
/* Does not drop the watch. */
void sb_tree_destroy(struct sb_tree *);

/* Takes events of the watch; calls 'cb' for what may be seen now, the row
 * first.  Returns true if it did. A deleted row gives out nothing but sets
 * 'row_deleted'. */
bool sb_tree_events(struct sb_tree *, const struct store_event *, size_t n,
                    int64_t revision, sb_tree_cb *, void *aux);
/* The snapshot is complete. */
bool sb_tree_synced(struct sb_tree *, sb_tree_cb *, void *aux);
/* Gives out that the row is gone, and all that is held. */
void sb_tree_give_deleted(struct sb_tree *, sb_tree_cb *, void *aux);

#endif
