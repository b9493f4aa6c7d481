/* The store: an asynchronous key-value store with etcd's semantics.
 *
 * One contract, two implementations: etcd through its v3 gRPC-gateway
 * (store_etcd_create()) and an in-memory twin for tests
 * (store_memory_create()).  Nothing else in the tree knows HTTP, base64 or
 * etcd's JSON.
 *
 * Everything is asynchronous on one uv loop.  A request returns a
 * 'struct store_op', its callback is called exactly once, from the loop and
 * never from within the call that made the request, unless the request is
 * cancelled first with store_op_cancel(): then never.  Callback arguments are
 * borrowed for the length of the call.
 *
 * Errors given to callbacks (all negative; see lib/err.h):
 *
 *   -WEFT_E_UNAVAILABLE  no endpoint could be reached, or none has a leader,
 *                        until the request's time was over; nothing was done
 *   -WEFT_E_UNKNOWN      a write was sent, and its fate could not be found
 *                        out within the request's time
 *   -WEFT_E_TIMEOUT      as UNAVAILABLE, for reads that were under way
 *   -WEFT_E_DENIED       RBAC refuses it
 *   -WEFT_E_AUTH         user and password are wrong
 *   -WEFT_E_TOO_LARGE    more than a request may hold
 *   -WEFT_E_COMPACTED    the revision asked for is gone
 *   -WEFT_E_NO_SPACE     etcd raised its space alarm
 *   -WEFT_E_INVALID      etcd calls the request malformed
 *   -WEFT_E_PROTOCOL     the answer could not be understood
 *
 * Reads are retried within the request's time over all endpoints; so are
 * writes that compare the modification revision of a key that they write
 * (or that it is absent), because they cannot be done twice: what became of
 * the first is then found out.  Other writes only while it is certain that
 * they had no effect.
 *
 * API: https://etcd.io/docs/v3.5/learning/api/ */
#ifndef WEFT_STORE_STORE_H
#define WEFT_STORE_STORE_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "lib/err.h"

struct store;
struct store_op;

/* Bytes; not necessarily NUL-terminated when they come from a caller, always
 * followed by a NUL (not counted) when they come from the store. */
struct store_bytes {
    const char *data;
    size_t size;
};

/* A key with its value and history, as etcd's mvccpb.KeyValue. */
struct store_kv {
    struct store_bytes key;
    struct store_bytes value;
    int64_t create_revision;    /* Of the put that made it. */
    int64_t mod_revision;       /* Of the last put (or of the delete). */
    int64_t version;            /* Puts since creation; 0: a delete. */
    int64_t lease;              /* 0: none. */
};

/* ---- Configuration ---------------------------------------------------- */

/* How to reach etcd.  All strings are copied. */
struct store_config {
    const char *endpoints;      /* "http://host:2379,https://..." */
    const char *ca_file;        /* PEM; NULL: the system's. */
    const char *cert_file;      /* PEM client certificate, or NULL. */
    const char *key_file;       /* PEM, with cert_file. */
    const char *user;           /* NULL: no authentication. */
    const char *password_file;  /* Read at each authentication, trailing
                                 * newline dropped; or NULL. */
    const char *password;       /* Used when password_file is NULL. */
    int timeout_ms;             /* Of one request, all retries included;
                                 * 0: 5,000. */
    unsigned int max_txn_ops;   /* 0: 128 (etcd's --max-txn-ops). */
    size_t max_request_bytes;   /* 0: 1 MiB. */
    unsigned int page_size;     /* Keys of one page of a range, up to ten
                                 * times as many where they are small;
                                 * 0: 1,000. */
};

/* Opens a store on etcd; connects when first used.  'loop' must outlive it.
 * Returns 0 and stores the store in '*storep', or -WEFT_E_INVALID with the
 * setting at fault named in 'err' ("endpoints[1]", "cert_file", ...). */
int store_etcd_create(const struct store_config *config, uv_loop_t *loop,
                      struct store **storep, struct err *err);

/* A store in memory with the same behaviour: revisions, transactions,
 * leases, watch sets.  Its callbacks come from 'loop' as etcd's do. */
struct store *store_memory_create(uv_loop_t *loop);

/* Closes 'store': cancels every operation, watch set, lease and election on
 * it (their callbacks are not called; handles still held must not be used
 * again).  Handles on the loop close in the background: run the loop until
 * it is empty, or forget it, before the process ends.  NULL is ignored. */
void store_destroy(struct store *store);

uv_loop_t *store_loop(const struct store *store);

/* How many operations a transaction may hold (store_config). */
unsigned int store_max_txn_ops(const struct store *store);
size_t store_max_request_bytes(const struct store *store);

/* Forgets the request: its callback will not be called.  A write may happen
 * all the same.  NULL is ignored.  A request is gone, and must not be
 * cancelled any more, from the moment its callback is called. */
void store_op_cancel(struct store_op *op);

/* True when no operation is under way: for a program that wants its last
 * writes, its resignation say, to be sent before it ends. */
bool store_is_idle(const struct store *store);

/* ---- Reading ---------------------------------------------------------- */

/* Which keys. 'end' empty: the key alone. */
struct store_range {
    struct store_bytes key;
    struct store_bytes end;     /* First key not in the range. */
};

/* How a range is read. */
struct store_range_options {
    int64_t revision;           /* 0: now.  Pages after the first are read at
                                 * the first page's revision in any case. */
    int64_t limit;              /* 0: no limit; otherwise at most so many. */
    bool keys_only;             /* Values come back empty. */
    bool count_only;            /* No keys, only the count. */
};

struct store_range_result {
    const struct store_kv *kvs; /* Sorted by key. */
    size_t n_kvs;
    int64_t count;              /* Keys in the range, limit or not. */
    int64_t revision;           /* The revision that was read. */
    bool more;                  /* The limit cut it. */
};

/* 'result' is NULL when 'error' is not 0.  'err' has the message. */
typedef void store_range_cb(int error, const struct err *err,
                            const struct store_range_result *result,
                            void *aux);

/* Reads 'range' (copied), page by page, consistently at one revision, and
 * calls 'cb' once with all of it.  A value of 'options' NULL means all 0. */
struct store_op *store_get_range(struct store *store,
                                 const struct store_range *range,
                                 const struct store_range_options *options,
                                 store_range_cb *cb, void *aux);

/* ---- Writing ---------------------------------------------------------- */

enum store_compare_target {
    STORE_COMPARE_VERSION,      /* 0: the key is absent. */
    STORE_COMPARE_CREATE,       /* 0: the key is absent. */
    STORE_COMPARE_MOD,          /* 0: the key is absent. */
};
enum store_compare_relation {
    STORE_EQUAL, STORE_GREATER, STORE_LESS, STORE_NOT_EQUAL,
};

/* A transaction under construction: compares, then operations for when all
 * hold, and for when not.  All bytes are copied in. */
struct store_txn;

struct store_txn *store_txn_create(void);
void store_txn_destroy(struct store_txn *txn);      /* NULL is ignored. */
void store_txn_compare(struct store_txn *txn, struct store_bytes key,
                       enum store_compare_target target,
                       enum store_compare_relation relation, int64_t operand);
void store_txn_put(struct store_txn *txn, struct store_bytes key,
                   struct store_bytes value, int64_t lease);
void store_txn_delete(struct store_txn *txn, const struct store_range *range);
void store_txn_get(struct store_txn *txn, const struct store_range *range);
/* The same as 'options' say; without pages, all of it comes at once. */
void store_txn_get_as(struct store_txn *txn, const struct store_range *range,
                      const struct store_range_options *options);
/* Reads 'range' when the compares do not hold. */
void store_txn_else_get(struct store_txn *txn,
                        const struct store_range *range);

/* It does no harm if 'txn' is done twice, with others' writes between. */
void store_txn_set_harmless_twice(struct store_txn *txn);

/* Operations so far (the larger branch), and about how many bytes the
 * request will have. */
unsigned int store_txn_n_ops(const struct store_txn *txn);
size_t store_txn_size(const struct store_txn *txn);

struct store_txn_result {
    bool succeeded;             /* All compares held. */
    int64_t revision;           /* The store's, after the transaction. */
    const struct store_range_result *gets;  /* One for each get of the branch
                                             * that ran, in order; their
                                             * 'revision' is 'revision'. */
    size_t n_gets;
    int64_t n_deleted;          /* Keys deleted, by all deletes. */
};
/* 'result' is NULL when 'error' is not 0.  A transaction whose compares
 * failed is no error: 'succeeded' says so. */
typedef void store_txn_cb(int error, const struct err *err,
                          const struct store_txn_result *result, void *aux);

/* Commits 'txn', which it takes.  More operations or bytes than the store
 * takes in one request: -WEFT_E_TOO_LARGE.  One key written twice:
 * -WEFT_E_INVALID. */
struct store_op *store_txn_commit(struct store *store, struct store_txn *txn,
                                  store_txn_cb *cb, void *aux);

/* One-operation transactions. */
struct store_op *store_put(struct store *store, struct store_bytes key,
                           struct store_bytes value, int64_t lease,
                           store_txn_cb *cb, void *aux);
struct store_op *store_delete(struct store *store,
                              const struct store_range *range,
                              store_txn_cb *cb, void *aux);

/* ---- Leases ----------------------------------------------------------- */

/* A lease that is kept alive until it is destroyed.  If etcd loses it (the
 * process was stopped for longer than the TTL, an old store was restored) a
 * new one is granted, and 'cb' is told the new id: what was put under the
 * old one is gone and is the caller's to put again. */
struct store_lease;

/* 'id' is the lease's id, or 0 when it was lost and there is none yet. */
typedef void store_lease_cb(int64_t id, void *aux);

/* Grants a lease of 'ttl_s' seconds and keeps it alive (every third of it). */
struct store_lease *store_lease_create(struct store *store, unsigned ttl_s,
                                       store_lease_cb *cb, void *aux);
/* The current id or 0. */
int64_t store_lease_id(const struct store_lease *lease);
/* Stops keeping it alive; 'revoke' also ends it at once, best effort. */
void store_lease_destroy(struct store_lease *lease, bool revoke);

/* ---- Election --------------------------------------------------------- */

/* A candidate for one leader key.  The leader holds the key under its lease;
 * store_election_fence() adds the compare with which each of its writes must
 * go, so that a deposed leader cannot write. */
struct store_election;

/* 'leading' changed.  'leader' is the value of the leader key or NULL. */
typedef void store_election_cb(bool leading, const char *leader, void *aux);

/* Campaigns for 'key' with 'value' (both copied) for as long as it exists. */
struct store_election *store_election_create(struct store *store,
                                             struct store_bytes key,
                                             struct store_bytes value,
                                             unsigned ttl_s,
                                             store_election_cb *cb,
                                             void *aux);
bool store_election_is_leader(const struct store_election *election);
/* Adds "the leader key's create revision is mine" to 'txn'.  Call only while
 * leading. */
void store_election_fence(const struct store_election *election,
                          struct store_txn *txn);
/* Tells that a fenced transaction failed: checks who leads now. */
void store_election_recheck(struct store_election *election);
/* Resigns (best effort) and frees. */
void store_election_destroy(struct store_election *election);

/* ---- Watch sets ------------------------------------------------------- */

/* A set of ranges, each followed from a snapshot on, in order, every event
 * exactly once.
 *
 * For each watch: first one or more 'events' calls with puts for all keys
 * that exist, then 'synced', then 'events' as things change.  An 'events'
 * call never ends in the middle of a revision: the changes of one
 * transaction that lie in the range come in one call.  After a compaction,
 * a lost member, a restored older store, the set lists again, and reports
 * only the difference from what it had reported: puts of new or changed keys
 * (mod_revision differs) and deletes of those that are gone.  The caller
 * sees no gap, no doubled event, no flood.
 *
 * There is no order between watches, not even within a transaction.
 *
 * Over HTTPS with HTTP/2 all watches of a set share a stream; over plain
 * HTTP/1.1 each has a connection of its own. */
struct store_watch_set;
struct store_watch;

enum store_event_type { STORE_EVENT_PUT, STORE_EVENT_DELETE };

struct store_event {
    enum store_event_type type;
    struct store_kv kv;         /* Of a delete: key and mod_revision only. */
};

struct store_watch_ops {
    /* Events of 'watch', all of revisions up to 'revision' (whole). */
    void (*events)(struct store_watch *watch, const struct store_event *events,
                   size_t n_events, int64_t revision, void *aux);
    /* The snapshot of 'watch' has been delivered, as of 'revision'.  Called
     * once for each watch. */
    void (*synced)(struct store_watch *watch, int64_t revision, void *aux);
    /* The watch cannot be followed just now ('error', e.g. -WEFT_E_DENIED or
     * -WEFT_E_UNAVAILABLE); it goes on by itself.  May be NULL. */
    void (*trouble)(struct store_watch *watch, int error,
                    const struct err *err, void *aux);
};

/* A set with no watches yet. 'ops' must stay; each call gets the aux that
 * its watch was added with. */
struct store_watch_set *store_watch_set_create(
    struct store *store, const struct store_watch_ops *ops);
/* Drops every watch. */
void store_watch_set_destroy(struct store_watch_set *set);

/* Follows every key that begins with 'prefix' (copied). */
struct store_watch *store_watch_add_prefix(struct store_watch_set *set,
                                           struct store_bytes prefix,
                                           void *aux);
/* Follows 'key' itself and every key below it ("key/..."), in one order:
 * what a datapath and its row need.  Keys such as "key-b" that etcd sorts
 * between are left out. */
struct store_watch *store_watch_add_tree(struct store_watch_set *set,
                                         struct store_bytes key, void *aux);
/* No more calls for 'watch'.  May be called from its own callbacks. */
void store_watch_drop(struct store_watch *watch);

bool store_watch_is_synced(const struct store_watch *watch);
/* The revision up to which events of 'watch' have been delivered. */
int64_t store_watch_revision(const struct store_watch *watch);

/* ---- Numbers ---------------------------------------------------------- */

/* What the store did since it was opened; for /metrics. */
struct store_stats {
    uint64_t n_requests;        /* HTTP requests sent, retries included. */
    uint64_t n_failures;        /* Of those, failed. */
    uint64_t n_events;          /* Watch events received. */
    uint64_t n_resyncs;         /* Watches that had to list again. */
    uint64_t n_failovers;       /* Changes of endpoint. */
    uint64_t bytes_sent;        /* HTTP bodies. */
    uint64_t bytes_received;
};
void store_get_stats(const struct store *store, struct store_stats *stats);

/* True while the last request or watch heard from etcd: for readiness. */
bool store_is_connected(const struct store *store);

/* "text" as bytes, without its NUL. */
struct store_bytes store_bytes_from_string(const char *text);

/* The range of all keys that begin with 'prefix'; '*end' is what the caller
 * frees after use of the range. */
struct store_range store_prefix_range(struct store_bytes prefix, char **end);

#endif
