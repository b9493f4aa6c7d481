/* The sync token (docs/KEYS.md): how a writer learns that its change is in
 * the southbound, or in every hypervisor's switch.
 *
 * The writer puts P/nb/sync/<client> in the transaction of its change and
 * keeps that transaction's revision.  The translator answers in
 * P/status/sync.  A waiter watches that key and, while few are behind, their
 * own P/chassis/<c>/sync; it serves any number of waits.
 *
 *     struct sync_waiter *waiter = sync_waiter_create(store, prefix);
 *     ...
 *     sync_token_put(txn, prefix, "me", SYNC_HV);
 *     ...commit; in its callback:
 *     sync_wait_start(waiter, SYNC_HV, result->revision, 30000, cb, aux); */
#ifndef WEFT_STORE_SYNC_TOKEN_H
#define WEFT_STORE_SYNC_TOKEN_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

/* How far a change has to have come. */
enum sync_level {
    SYNC_SB,                    /* Its logical flows are in the southbound. */
    SYNC_HV,                    /* Its flows are in every live switch. */
};

/* "sb" or "hv" as a level.  Returns false for anything else. */
bool sync_level_from_string(const char *text, enum sync_level *level);
const char *sync_level_to_string(enum sync_level level);

/* Adds the put of the token of 'client' (a stable name: one key each) to
 * 'txn': one operation. */
void sync_token_put(struct store_txn *txn, const char *prefix,
                    const char *client, enum sync_level level);

/* What P/status/sync said last. */
struct sync_status {
    bool is_known;              /* The key is there and was understood. */
    int64_t sb_revision;        /* Changes up to it are in the southbound, */
    int64_t hv_revision;        /* and in every switch. */
    char **behind;              /* Chassis not yet there. */
    size_t n_behind;            /* At most SYNC_MAX_BEHIND. */
};
enum { SYNC_MAX_BEHIND = 1000 };

/* Watches the key from now on; 'store' must outlive it. */
struct sync_waiter;
struct sync_waiter *sync_waiter_create(struct store *store,
                                       const char *prefix);
/* Ends every wait without a call.  NULL is ignored.  Handles on the loop
 * close in the background. */
void sync_waiter_destroy(struct sync_waiter *waiter);
const struct sync_status *sync_waiter_status(const struct sync_waiter *);

/* Called once, from the loop, never from within sync_wait_start(), with 0;
 * or -WEFT_E_TIMEOUT when the time was over ('status', borrowed, names those
 * behind), and then 'err' says why if the key could not be followed. */
typedef void sync_wait_cb(int error, const struct err *err,
                          const struct sync_status *status, void *aux);

/* Waits until 'level' has come to 'revision', or 'timeout_ms' have gone by. */
struct sync_wait;
struct sync_wait *sync_wait_start(struct sync_waiter *waiter,
                                  enum sync_level level, int64_t revision,
                                  int timeout_ms, sync_wait_cb *cb,
                                  void *aux);
/* Ends it without a call.  Not after its callback.  NULL is ignored. */
void sync_wait_cancel(struct sync_wait *wait);

#endif
