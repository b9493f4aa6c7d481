/* Between the store's common part (store.c, range.c, lease.c, election.c,
 * watch.c) and its implementations (etcd.c, memory.c): what an implementation
 * must offer.  Private to store/. */
#ifndef WEFT_STORE_BACKEND_H
#define WEFT_STORE_BACKEND_H 1

#include "openvswitch/list.h"
#include "store/store.h"

/* ---- Operations ------------------------------------------------------- */

/* Every operation begins with this. */
struct store_op {
    struct ovs_list node;       /* In store's 'ops' if a caller may hold it,
                                 * else in no list. */
    struct store *store;
    void (*cancel)(struct store_op *op);    /* Frees it, no callback. */
};

/* Begins an operation that no caller holds yet. */
void store_op_init(struct store_op *op, struct store *store,
                   void (*cancel)(struct store_op *op));
/* Makes 'op' (returned) one that store_destroy() cancels. */
struct store_op *store_op_publish(struct store_op *op);

/* ---- Transactions ----------------------------------------------------- */

enum txn_op_type { TXN_PUT, TXN_DELETE, TXN_GET };

struct txn_compare {
    struct store_bytes key;
    enum store_compare_target target;
    enum store_compare_relation relation;
    int64_t operand;
};

struct txn_op {
    enum txn_op_type type;
    struct store_range range;   /* 'key' alone for a put. */
    struct store_range_options options;     /* TXN_GET. */
    struct store_bytes value;   /* TXN_PUT. */
    int64_t lease;              /* TXN_PUT. */
};

/* All bytes are its own. */
struct store_txn {
    struct txn_compare *compares;
    size_t n_compares, allocated_compares;
    struct txn_op *ops;         /* When all compares hold. */
    size_t n_ops, allocated_ops;
    struct txn_op *else_ops;    /* When one does not. */
    size_t n_else_ops, allocated_else_ops;
    size_t size;                /* About how many bytes as a request. */
    bool is_harmless_twice;     /* store_txn_set_harmless_twice(). */
    bool asks_fate;             /* txn_ask_fate() was here; before that it */
    size_t n_own_else_ops;      /* had so many. */
};

/* May 'txn' be sent again when nobody knows what became of it?  If it changes
 * a key whose revision it compares, or is declared to be harmless; and if
 * all that it reads is what it puts. */
bool txn_is_repeatable(const struct store_txn *txn);
/* Lets 'txn' read, when its compares do not hold, the keys that it writes, as
 * far as 'max_ops' operations allow.  Does nothing the second time. */
void txn_ask_fate(struct store_txn *txn, unsigned int max_ops);

enum txn_fate { TXN_DONE, TXN_NOT_DONE, TXN_UNKNOWN };

/* What became of the earlier ones of 'txn' when a repetition, which asked,
 * was refused with 'result'.  TXN_DONE stores the revision at which. */
enum txn_fate txn_fate(const struct store_txn *txn,
                       const struct store_txn_result *result,
                       int64_t *revision);
/* Makes of that 'result' the one that an earlier one had at 'revision'.
 * Returns its 'gets', which are the caller's and refer to those before. */
struct store_range_result *txn_done_result(const struct store_txn *txn,
                                           int64_t revision,
                                           struct store_txn_result *result);

/* ---- Leases ----------------------------------------------------------- */

enum lease_verb { LEASE_GRANT, LEASE_KEEP_ALIVE, LEASE_REVOKE };

/* 'ttl_s' 0 after LEASE_KEEP_ALIVE: etcd does not know the lease. */
typedef void lease_reply_cb(int error, int64_t id, int64_t ttl_s, void *aux);

/* ---- Watches ---------------------------------------------------------- */

/* Where watches of one watch set run; they may share a connection. */
struct channel {
    struct store *store;
};

/* One range followed from one revision on until it breaks.  After a call to
 * 'broken' or channel_close() it is gone.  Calls come from the loop only. */
struct channel_watch_ops {
    /* It runs.  store->header is the answer's. */
    void (*created)(void *aux);
    /* Whole revisions, in order, as etcd sent them. */
    void (*events)(const struct store_event *events, size_t n_events,
                   void *aux);
    /* -WEFT_E_COMPACTED: its start revision is gone.  -WEFT_E_DENIED.
     * -WEFT_E_TOO_LARGE: so much happened that it cannot be received.
     * Otherwise: the connection was lost or could not be made. */
    void (*broken)(int error, const struct err *err, void *aux);
};
struct channel_watch;

/* ---- The implementation ----------------------------------------------- */

struct store_class {
    /* Frees all, 'store' too (in the background, where the loop needs it).
     * All operations and channels are gone by then. */
    void (*destroy)(struct store *store);
    /* One page: as store_get_range(), but nothing is cut into pages. */
    struct store_op *(*range)(struct store *store,
                              const struct store_range *range,
                              const struct store_range_options *options,
                              store_range_cb *cb, void *aux);
    /* Takes 'txn'. */
    struct store_op *(*txn)(struct store *store, struct store_txn *txn,
                            store_txn_cb *cb, void *aux);
    /* 'id' unless granting, 'ttl_s' when granting. */
    struct store_op *(*lease)(struct store *store, enum lease_verb verb,
                              int64_t id, unsigned int ttl_s,
                              lease_reply_cb *cb, void *aux);
    struct channel *(*channel_create)(struct store *store);
    void (*channel_destroy)(struct channel *channel);
    /* 'range' is borrowed for the call, 'ops' must stay. */
    struct channel_watch *(*channel_open)(struct channel *channel,
                                          const struct store_range *range,
                                          int64_t start_revision,
                                          const struct channel_watch_ops *ops,
                                          void *aux);
    void (*channel_close)(struct channel_watch *watch);
    /* For store_stats; or NULL. */
    void (*count_bytes)(const struct store *store, uint64_t *sent,
                        uint64_t *received);
};

/* What every answer of etcd tells. */
struct store_header {
    uint64_t cluster_id;
    uint64_t raft_term;
    int64_t revision;
};

struct store {
    const struct store_class *class;
    uv_loop_t *loop;
    struct ovs_list ops;            /* store_op.node. */
    struct ovs_list leases;         /* store_lease.node. */
    struct ovs_list elections;      /* store_election.node. */
    struct ovs_list watch_sets;     /* store_watch_set.node. */
    struct store_stats stats;
    unsigned int max_txn_ops;
    size_t max_request_bytes;
    unsigned int page_size;         /* Keys in a page (range.c). */
    unsigned int first_page_size;   /* In the first one of a range. */
    struct store_header header;     /* Of the last answer. */
    unsigned int n_histories;       /* Grows when the store turns out to be
                                     * another than the one known so far. */
    bool connected;
};

/* Fills in the common part. */
void store_init(struct store *store, const struct store_class *class,
                uv_loop_t *loop);
/* To be called with the header of each answer. */
void store_note_header(struct store *store,
                       const struct store_header *header);

/* For store_destroy(): frees those that are left. */
void store_elections_destroy(struct store *store);
void store_leases_destroy(struct store *store);
void store_watch_sets_destroy(struct store *store);

/* Copies, with a NUL behind; an empty one is never NULL. */
struct store_bytes store_bytes_copy(struct store_bytes bytes);
/* Frees what store_bytes_copy() made. */
void store_bytes_free(struct store_bytes *bytes);
/* As memcmp(), the shorter first when one begins with the other. */
int store_bytes_compare(struct store_bytes a, struct store_bytes b);
bool store_bytes_equal(struct store_bytes a, struct store_bytes b);
struct store_range store_range_copy(const struct store_range *range);
void store_range_free(struct store_range *range);
/* Is 'key' in 'range'?  An end of "\0" means that there is none. */
bool store_range_contains(const struct store_range *range,
                          struct store_bytes key);

#endif
