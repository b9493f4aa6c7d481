/* Tables kept in memory: what lies under a prefix (or tree) of the store,
 * with the changes since somebody last looked.
 *
 *     struct mirror_set *set = mirror_set_create(store, on_change, aux);
 *     struct mirror *acls = mirror_add_prefix(set, "/weft/v1/nb/acl/");
 *     ...
 *     on_change: if (mirror_set_is_synced(set)) {
 *         MIRROR_FOR_EACH_CHANGE (row, acls) {
 *             ...row->value, or row->deleted...
 *         }
 *         mirror_clear_changes(acls);
 *     } */
#ifndef WEFT_STORE_MIRROR_H
#define WEFT_STORE_MIRROR_H 1

#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "store/store.h"

/* A row.  Its address stays the same until it was deleted and the change
 * cleared. */
struct mirror_row {
    struct hmap_node node;          /* In mirror's 'rows'. */
    struct ovs_list change_node;    /* In mirror's 'changes', or in none. */
    struct store_bytes key;
    struct store_bytes value;       /* Of a deleted row: its last one. */
    int64_t create_revision;
    int64_t mod_revision;
    bool is_new;                    /* Not there when changes were last
                                     * cleared. */
    bool deleted;                   /* To go when changes are cleared. */
    void *aux;                      /* The owner's, NULL at first. */
};

/* One table. */
struct mirror {
    struct ovs_list node;           /* In its set. */
    struct mirror_set *set;
    struct store_watch *watch;
    struct hmap rows;               /* mirror_row.node; deleted ones too,
                                     * until the changes are cleared. */
    struct ovs_list changes;        /* mirror_row.change_node. */
    size_t n_rows;                  /* Those that are there. */
};
struct mirror_set;

/* Something changed in 'mirror' (perhaps much), or it has become synced. */
typedef void mirror_cb(struct mirror *mirror, void *aux);

/* A set of tables on one watch set.  'cb' may be NULL. */
struct mirror_set *mirror_set_create(struct store *store, mirror_cb *cb,
                                     void *aux);
/* Frees the set and its tables. */
void mirror_set_destroy(struct mirror_set *set);
/* True if every table of the set has been read from the store once. */
bool mirror_set_is_synced(const struct mirror_set *set);

/* Follows 'prefix', or 'key' and what is below it (store_watch_add_tree()).
 * Both are copied. */
struct mirror *mirror_add_prefix(struct mirror_set *set, const char *prefix);
struct mirror *mirror_add_tree(struct mirror_set *set, const char *key);
void mirror_drop(struct mirror *mirror);

/* The row of 'key', or NULL if there is none (any more). */
struct mirror_row *mirror_get(const struct mirror *mirror,
                              struct store_bytes key);

/* The rows that are there, sorted by key, '*n_rows' of them, to be freed by
 * the caller. */
struct mirror_row **mirror_sorted(const struct mirror *mirror,
                                  size_t *n_rows);

bool mirror_has_changes(const struct mirror *mirror);
/* Rows that were put or deleted since mirror_clear_changes(), each once,
 * those that changed first first.  A row that came and went is not among
 * them. */
#define MIRROR_FOR_EACH_CHANGE(ROW, MIRROR) \
    LIST_FOR_EACH (ROW, change_node, &(MIRROR)->changes)
/* Forgets the changes, and frees the rows that were deleted. */
void mirror_clear_changes(struct mirror *mirror);

#endif
