/* The store for programs that wait: each call runs the store's loop, and
 * nothing else, until it is answered.  For command-line tools and tests; a
 * daemon uses store.h.
 *
 * All return 0 or one of the errors of store.h, with a message in 'err' (may
 * be NULL); results are untouched on failure. */
#ifndef WEFT_STORE_SYNC_H
#define WEFT_STORE_SYNC_H 1

#include "store/store.h"

/* The result of a range, owned by the caller. */
struct store_sync_range {
    struct store_kv *kvs;       /* Sorted by key. */
    size_t n_kvs;
    int64_t count;              /* As in store_range_result. */
    int64_t revision;
    bool more;
    char *bytes;                /* What 'kvs' point into. */
};
void store_sync_range_destroy(struct store_sync_range *range);

/* The result of a transaction, owned by the caller. */
struct store_sync_txn {
    bool succeeded;             /* As in store_txn_result. */
    int64_t revision;
    int64_t n_deleted;
    struct store_sync_range *gets;
    size_t n_gets;
};
void store_sync_txn_destroy(struct store_sync_txn *txn);

/* Reads 'range'; 'options' may be NULL. */
int store_sync_get_range(struct store *store, const struct store_range *range,
                         const struct store_range_options *options,
                         struct store_sync_range *result, struct err *err);
/* Reads all keys that begin with 'prefix'. */
int store_sync_get_prefix(struct store *store, const char *prefix,
                          struct store_sync_range *result, struct err *err);
/* Reads 'key'.  Returns -WEFT_E_NOT_FOUND if there is none. */
int store_sync_get(struct store *store, const char *key,
                   struct store_sync_range *result, struct err *err);

/* Commits 'txn', which it takes.  'result' may be NULL. */
int store_sync_txn(struct store *store, struct store_txn *txn,
                   struct store_sync_txn *result, struct err *err);
/* '*revision' (may be NULL) is the store's after it. */
int store_sync_put(struct store *store, const char *key, const char *value,
                   int64_t *revision, struct err *err);
int store_sync_delete(struct store *store, const struct store_range *range,
                      int64_t *n_deleted, struct err *err);

/* Runs the loop until nothing is under way, for 'timeout_ms' at most: what a
 * program does before it ends, so that leases are revoked.  Returns 0 or
 * -WEFT_E_TIMEOUT. */
int store_sync_drain(struct store *store, int timeout_ms);

#endif
