/* The insides of the in-memory store: its server (memory_server.c), its
 * clients (memory.c), and what tests do to both (memory_faults.c).  Private
 * to store/. */
#ifndef WEFT_STORE_MEMORY_SERVER_H
#define WEFT_STORE_MEMORY_SERVER_H 1

#include "store/alarm.h"
#include "store/memory.h"
#include "store/memory_data.h"

struct memory_server {
    struct data data;
    uint64_t cluster_id;
    uint64_t raft_term;
    int64_t next_lease;
    struct ovs_list leases;         /* memory_lease.node. */
    struct ovs_list clients;        /* memory_store.node. */
};

struct memory_lease {
    struct ovs_list node;
    struct memory_server *server;
    int64_t id;
    unsigned int ttl_s;
    struct alarm *alarm;
};

struct memory_store {
    struct store up;
    struct ovs_list node;           /* In server's 'clients'. */
    struct memory_server *server;
    struct alarm *alarm;            /* The next turn. */
    struct ovs_list requests;       /* memory_request.node. */
    struct ovs_list watches;        /* memory_watch.node. */
    unsigned int turn;
    bool hold, hold_watches;
    unsigned int n_fail, n_lose;
    int fail_error, lose_error;
    bool *destroyed;                /* Told when that happens in a turn. */
};

/* The client that 'store' is. */
struct memory_store *memory_cast(const struct store *store);

/* Makes a client, or all of them, look after requests and watches. */
void memory_wake(struct memory_store *store);
void memory_wake_all(struct memory_server *server);

/* Breaks every watch of the client, as a lost connection does. */
void memory_break_watches(struct memory_store *store);

struct memory_server *memory_server_create(void);
/* Frees 'server' if it has no clients any more. */
void memory_server_release(struct memory_server *server);

/* Each executes one request, as etcd does; 0 or a negative code. */
int memory_execute_lease(struct memory_server *server, uv_loop_t *loop,
                         enum lease_verb verb, int64_t id,
                         unsigned int ttl_s, int64_t *idp, int64_t *ttl_sp);
int memory_execute_txn(struct memory_server *server,
                       const struct store_txn *txn,
                       struct store_txn_result *result, struct err *err);
void memory_free_txn_result(const struct store_txn_result *result);

/* Ends 'lease': its keys go. */
void memory_expire_lease(void *lease);
/* Forgets 'lease', and nothing else. */
void memory_free_lease(struct memory_lease *lease);

#endif
