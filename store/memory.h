/* The store's in-memory twin: what unit tests do with it beyond store.h.
 *
 * A store made by store_memory_create() is a client with a server of its own;
 * store_memory_attach() adds a client to the same server (a standby, another
 * agent).  The server lives as long as its clients.
 *
 * The *_now() functions act on the server at once, as some other client of
 * etcd would; watches hear of it from the loop.  Faults are per client. */
#ifndef WEFT_STORE_MEMORY_H
#define WEFT_STORE_MEMORY_H 1

#include "store/store.h"

/* Another client of the server of 'store'. */
struct store *store_memory_attach(struct store *store);

/* ---- Acting from outside ---------------------------------------------- */

/* Puts 'value' under 'key' (strings).  Returns the new revision. */
int64_t store_memory_put_now(struct store *store, const char *key,
                             const char *value);
/* Deletes 'key'.  Returns the new revision, or 0 if there was none. */
int64_t store_memory_delete_now(struct store *store, const char *key);
/* The value of 'key' or NULL; valid until the server changes. */
const char *store_memory_get_now(const struct store *store, const char *key);
/* All that begins with 'prefix': "key=value\n" lines sorted by key, to be
 * freed by the caller. */
char *store_memory_dump_now(const struct store *store, const char *prefix);
/* How many keys begin with 'prefix'. */
size_t store_memory_count_now(const struct store *store, const char *prefix);
/* The server's revision; 1 at first, as etcd's. */
int64_t store_memory_revision(const struct store *store);

/* ---- Faults ----------------------------------------------------------- */

/* The next 'n' requests of this client are not executed and answered with
 * 'error' (negative, or 0 for none). */
void store_memory_fail(struct store *store, unsigned int n, int error);
/* The next 'n' requests of this client are executed, but their answers are
 * lost and 'error' (-WEFT_E_UNKNOWN) is told instead. */
void store_memory_lose_answers(struct store *store, unsigned int n,
                               int error);
/* While 'hold': no request of this client is executed, nothing is delivered
 * to it. */
void store_memory_hold(struct store *store, bool hold);
/* While 'hold': requests work, but no watch of this client hears anything. */
void store_memory_hold_watches(struct store *store, bool hold);
/* Forgets the history up to 'revision' (0: all of it).  Not to be called from
 * a callback of a store. */
void store_memory_compact(struct store *store, int64_t revision);
/* Breaks every watch of this client, as a lost connection does. */
void store_memory_break_watches(struct store *store);
/* The server forgets the lease; its keys go.  0: all leases. */
void store_memory_expire_lease(struct store *store, int64_t lease);

/* A copy of what the server holds. */
struct store_memory_snapshot;
struct store_memory_snapshot *store_memory_snapshot(
    const struct store *store);
/* Restarts the server with the content and the revision of 'snapshot' (which
 * stays the caller's): every watch of every client breaks.  'other_cluster':
 * its cluster id is a new one.  Not to be called from a callback of a
 * store. */
void store_memory_restore(struct store *store,
                          const struct store_memory_snapshot *snapshot,
                          bool other_cluster);
void store_memory_snapshot_destroy(struct store_memory_snapshot *snapshot);

/* Limits as in store_config; 0 leaves one as it is. */
void store_memory_set_limits(struct store *store, unsigned int max_txn_ops,
                             size_t max_request_bytes,
                             unsigned int page_size);

#endif
