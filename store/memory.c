/* The in-memory twin of the etcd client: see memory.h.
 *
 * A server (data, leases) with clients.  A client's requests wait in a queue
 * until the loop turns: then they are executed in order and answered at
 * once.  Its watches each remember up to which revision they have heard, and
 * hear the rest in the same turn.  So what an answer says was already done
 * when a watch tells of it, or the other way round, as with etcd. */
#include <config.h>

#include "store/memory.h"

#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "store/alarm.h"
#include "store/memory_data.h"
#include "util.h"

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

enum request_type { REQUEST_RANGE, REQUEST_TXN, REQUEST_LEASE };

struct memory_request {
    struct store_op up;
    struct ovs_list node;
    enum request_type type;
    void *aux;
    union {
        struct {
            struct store_range range;
            struct store_range_options options;
            store_range_cb *cb;
        } range;
        struct {
            struct store_txn *txn;
            store_txn_cb *cb;
        } txn;
        struct {
            enum lease_verb verb;
            int64_t id;
            unsigned int ttl_s;
            lease_reply_cb *cb;
        } lease;
    };
};

struct channel_watch {
    struct ovs_list node;           /* In memory_store's 'watches'. */
    struct memory_store *store;
    struct store_range range;
    int64_t next_revision;
    const struct channel_watch_ops *ops;
    void *aux;
    bool created, broken;
    unsigned int turn;              /* Served in this turn. */
};

static struct memory_store *
memory_cast(const struct store *store)
{
    return CONTAINER_OF(store, struct memory_store, up);
}

static void
wake(struct memory_store *store)
{
    alarm_start(store->alarm, 0);
}

static void
wake_all(struct memory_server *server)
{
    struct memory_store *store;

    LIST_FOR_EACH (store, node, &server->clients) {
        wake(store);
    }
}

static void
note_answer(struct memory_store *store)
{
    struct store_header header = {
        .cluster_id = store->server->cluster_id,
        .raft_term = store->server->raft_term,
        .revision = store->server->data.revision,
    };

    store_note_header(&store->up, &header);
    store->up.connected = true;
}

/* ---- Leases ----------------------------------------------------------- */

static struct memory_lease *
find_lease(struct memory_server *server, int64_t id)
{
    struct memory_lease *lease;

    LIST_FOR_EACH (lease, node, &server->leases) {
        if (lease->id == id) {
            return lease;
        }
    }
    return NULL;
}

static void
free_lease(struct memory_lease *lease)
{
    alarm_destroy(lease->alarm);
    ovs_list_remove(&lease->node);
    free(lease);
}

static void
expire_lease(void *lease_)
{
    struct memory_lease *lease = lease_;
    struct memory_server *server = lease->server;

    data_delete_lease(&server->data, lease->id);
    free_lease(lease);
    wake_all(server);
}

static struct memory_lease *
grant_lease(struct memory_server *server, uv_loop_t *loop, unsigned int ttl_s)
{
    struct memory_lease *lease = xmalloc(sizeof *lease);

    *lease = (struct memory_lease) {
        .server = server, .id = server->next_lease++, .ttl_s = ttl_s,
    };
    lease->alarm = alarm_create(loop, expire_lease, lease);
    alarm_start(lease->alarm, ttl_s * 1000ULL);
    ovs_list_push_back(&server->leases, &lease->node);
    return lease;
}

static int
execute_lease(struct memory_store *store, struct memory_request *request,
              int64_t *id, int64_t *ttl_s)
{
    struct memory_server *server = store->server;
    struct memory_lease *lease = find_lease(server, request->lease.id);

    *id = request->lease.id;
    *ttl_s = 0;
    switch (request->lease.verb) {
    case LEASE_GRANT:
        lease = grant_lease(server, store->up.loop, request->lease.ttl_s);
        *id = lease->id;
        *ttl_s = lease->ttl_s;
        return 0;
    case LEASE_KEEP_ALIVE:
        if (lease) {
            alarm_start(lease->alarm, lease->ttl_s * 1000ULL);
            *ttl_s = lease->ttl_s;
        }
        return 0;
    case LEASE_REVOKE:
        if (!lease) {
            return -WEFT_E_NOT_FOUND;
        }
        expire_lease(lease);
        return 0;
    default:
        OVS_NOT_REACHED();
    }
}

/* ---- Transactions ----------------------------------------------------- */

static bool
compare_holds(const struct data *data, const struct txn_compare *compare)
{
    const struct data_version *version = data_get(data, compare->key);
    int64_t value = 0;

    if (version) {
        value = compare->target == STORE_COMPARE_VERSION ? version->version
                : compare->target == STORE_COMPARE_CREATE
                ? version->create_revision : version->mod_revision;
    }
    switch (compare->relation) {
    case STORE_EQUAL: return value == compare->operand;
    case STORE_GREATER: return value > compare->operand;
    case STORE_LESS: return value < compare->operand;
    case STORE_NOT_EQUAL: return value != compare->operand;
    default: OVS_NOT_REACHED();
    }
}

/* As etcd's checkTxnRequest(): what would make 'ops' ambiguous. */
static int
check_ops(struct memory_server *server, const struct txn_op *ops, size_t n_ops,
          struct err *err)
{
    for (size_t i = 0; i < n_ops; i++) {
        if (ops[i].type != TXN_PUT) {
            continue;
        }
        if (!ops[i].range.key.size) {
            return err_put(err, -WEFT_E_INVALID, NULL, "key is not provided");
        }
        if (ops[i].lease && !find_lease(server, ops[i].lease)) {
            return err_put(err, -WEFT_E_NOT_FOUND, NULL,
                           "requested lease not found");
        }
        for (size_t j = 0; j < n_ops; j++) {
            if ((ops[j].type == TXN_PUT && j < i
                 && store_bytes_equal(ops[i].range.key, ops[j].range.key))
                || (ops[j].type == TXN_DELETE
                    && store_range_contains(&ops[j].range,
                                            ops[i].range.key))) {
                return err_put(err, -WEFT_E_INVALID, NULL,
                               "duplicate key given in txn request");
            }
        }
    }
    return 0;
}

static int
execute_txn(struct memory_server *server, const struct store_txn *txn,
            struct store_txn_result *result, struct err *err)
{
    static const struct store_range_options now;
    struct data *data = &server->data;
    int64_t revision = data->revision + 1;
    struct store_range_result *gets;
    const struct txn_op *ops;
    size_t n_ops;
    int error;

    result->succeeded = true;
    for (size_t i = 0; i < txn->n_compares; i++) {
        result->succeeded &= compare_holds(data, &txn->compares[i]);
    }
    ops = result->succeeded ? txn->ops : txn->else_ops;
    n_ops = result->succeeded ? txn->n_ops : txn->n_else_ops;
    error = check_ops(server, txn->ops, txn->n_ops, err);
    if (error) {
        return error;
    }

    result->gets = gets = xcalloc(MAX(1, n_ops), sizeof *gets);
    for (size_t i = 0; i < n_ops; i++) {
        const struct txn_op *op = &ops[i];

        if (op->type == TXN_PUT) {
            data_put(data, revision, op->range.key, op->value, op->lease);
        } else if (op->type == TXN_DELETE) {
            result->n_deleted += data_delete(data, revision, &op->range);
        } else {
            data_range(data, &op->range, &now, &gets[result->n_gets++]);
        }
    }
    result->revision = data->revision;
    for (size_t i = 0; i < result->n_gets; i++) {
        gets[i].revision = data->revision;
    }
    if (data->revision == revision) {
        wake_all(server);
    }
    return 0;
}

static void
free_txn_result(const struct store_txn_result *result)
{
    for (size_t i = 0; i < result->n_gets; i++) {
        free(CONST_CAST(struct store_kv *, result->gets[i].kvs));
    }
    free(CONST_CAST(struct store_range_result *, result->gets));
}

/* ---- Requests --------------------------------------------------------- */

static void
free_request(struct memory_request *request)
{
    switch (request->type) {
    case REQUEST_RANGE:
        store_range_free(&request->range.range);
        break;
    case REQUEST_TXN:
        store_txn_destroy(request->txn.txn);
        break;
    case REQUEST_LEASE:
        break;
    default:
        OVS_NOT_REACHED();
    }
    free(request);
}

static void
cancel_request(struct store_op *op)
{
    struct memory_request *request = CONTAINER_OF(op, struct memory_request,
                                                  up);

    ovs_list_remove(&request->node);
    free_request(request);
}

static struct memory_request *
add_request(struct store *store_, enum request_type type, void *aux)
{
    struct memory_store *store = memory_cast(store_);
    struct memory_request *request = xzalloc(sizeof *request);

    store_op_init(&request->up, store_, cancel_request);
    ovs_list_push_back(&store->requests, &request->node);
    request->type = type;
    request->aux = aux;
    store_->stats.n_requests++;
    wake(store);
    return request;
}

static struct store_op *
memory_range(struct store *store, const struct store_range *range,
             const struct store_range_options *options, store_range_cb *cb,
             void *aux)
{
    struct memory_request *request = add_request(store, REQUEST_RANGE, aux);

    request->range.range = store_range_copy(range);
    request->range.options = *options;
    request->range.cb = cb;
    return &request->up;
}

static struct store_op *
memory_txn(struct store *store, struct store_txn *txn, store_txn_cb *cb,
           void *aux)
{
    struct memory_request *request = add_request(store, REQUEST_TXN, aux);

    request->txn.txn = txn;
    request->txn.cb = cb;
    return &request->up;
}

static struct store_op *
memory_lease(struct store *store, enum lease_verb verb, int64_t id,
             unsigned int ttl_s, lease_reply_cb *cb, void *aux)
{
    struct memory_request *request = add_request(store, REQUEST_LEASE, aux);

    request->lease.verb = verb;
    request->lease.id = id;
    request->lease.ttl_s = ttl_s;
    request->lease.cb = cb;
    return &request->up;
}

/* What a fault makes of the next request: 0, or the error to tell; '*execute'
 * says whether it is executed all the same. */
static int
next_fault(struct memory_store *store, bool *execute)
{
    *execute = true;
    if (store->n_fail) {
        store->n_fail--;
        *execute = false;
        return store->fail_error;
    } else if (store->n_lose) {
        store->n_lose--;
        return store->lose_error;
    }
    return 0;
}

static void
answer_range(struct memory_store *store, struct memory_request *request,
             int fault)
{
    struct store_range_result result = { .kvs = NULL };
    struct err err = ERR_INIT;
    int error = fault ? fault
                : data_range(&store->server->data, &request->range.range,
                             &request->range.options, &result);

    if (error) {
        err_put(&err, error, NULL, "%s", err_text(error));
    }
    request->range.cb(error, &err, error ? NULL : &result, request->aux);
    free(CONST_CAST(struct store_kv *, result.kvs));
    err_clear(&err);
}

static void
answer_txn(struct memory_store *store, struct memory_request *request,
           bool execute, int fault)
{
    struct store_txn_result result = { .gets = NULL };
    struct err err = ERR_INIT;
    int error = 0;

    if (execute) {
        error = execute_txn(store->server, request->txn.txn, &result, &err);
    }
    if (fault) {
        err_clear(&err);
        error = err_put(&err, fault, NULL, "%s", err_text(fault));
    }
    request->txn.cb(error, &err, error ? NULL : &result, request->aux);
    free_txn_result(&result);
    err_clear(&err);
}

/* Executes 'request' and answers it.  The store may be gone afterwards. */
static void
execute_request(struct memory_store *store, struct memory_request *request)
{
    int64_t id = 0, ttl_s = 0;
    bool execute;
    int error, fault = next_fault(store, &execute);

    ovs_list_remove(&request->node);
    ovs_list_remove(&request->up.node);
    if (fault) {
        store->up.stats.n_failures++;
    } else {
        note_answer(store);
    }
    switch (request->type) {
    case REQUEST_RANGE:
        answer_range(store, request, fault);
        break;
    case REQUEST_TXN:
        answer_txn(store, request, execute, fault);
        break;
    case REQUEST_LEASE:
        error = execute ? execute_lease(store, request, &id, &ttl_s) : 0;
        error = fault ? fault : error;
        request->lease.cb(error, id, ttl_s, request->aux);
        break;
    default:
        OVS_NOT_REACHED();
    }
    free_request(request);
}

/* ---- Watches ---------------------------------------------------------- */

static struct channel *
memory_channel_create(struct store *store)
{
    struct channel *channel = xmalloc(sizeof *channel);

    channel->store = store;
    return channel;
}

static void
memory_channel_destroy(struct channel *channel)
{
    free(channel);
}

static struct channel_watch *
memory_channel_open(struct channel *channel, const struct store_range *range,
                    int64_t start_revision,
                    const struct channel_watch_ops *ops, void *aux)
{
    struct memory_store *store = memory_cast(channel->store);
    struct channel_watch *watch = xzalloc(sizeof *watch);

    ovs_list_push_back(&store->watches, &watch->node);
    watch->store = store;
    watch->range = store_range_copy(range);
    watch->next_revision = start_revision;
    watch->ops = ops;
    watch->aux = aux;
    wake(store);
    return watch;
}

static void
memory_channel_close(struct channel_watch *watch)
{
    ovs_list_remove(&watch->node);
    store_range_free(&watch->range);
    free(watch);
}

static void
break_watch(struct channel_watch *watch, int error)
{
    const struct channel_watch_ops *ops = watch->ops;
    void *aux = watch->aux;
    struct err err = ERR_INIT;

    memory_channel_close(watch);
    err_put(&err, error, NULL, "%s", err_text(error));
    ops->broken(error, &err, aux);
    err_clear(&err);
}

/* Tells 'watch' what it has not heard yet, in one call. */
static void
tell_events(struct channel_watch *watch, const struct data *data)
{
    size_t first = data_find_log(data, watch->next_revision), n = 0;
    struct store_event *events;

    if (first == data->n_log) {
        return;
    }
    events = xmalloc((data->n_log - first) * sizeof *events);
    for (size_t i = first; i < data->n_log; i++) {
        const struct data_version *version = data->log[i];

        if (store_range_contains(&watch->range, version->key->key)) {
            events[n++] = (struct store_event) {
                version->deleted ? STORE_EVENT_DELETE : STORE_EVENT_PUT,
                data_version_kv(version),
            };
        }
    }
    watch->next_revision = data->revision + 1;
    if (n) {
        watch->ops->events(events, n, watch->aux);
    }
    free(events);
}

/* Does one step for 'watch'.  It, or the store, may be gone afterwards. */
static void
serve_watch(struct channel_watch *watch)
{
    struct memory_store *store = watch->store;
    const struct data *data = &store->server->data;

    if (watch->broken) {
        break_watch(watch, -WEFT_E_UNAVAILABLE);
    } else if (watch->next_revision <= data->compact_revision) {
        break_watch(watch, -WEFT_E_COMPACTED);
    } else if (!watch->created) {
        watch->created = true;
        wake(store);
        note_answer(store);
        watch->ops->created(watch->aux);
    } else {
        tell_events(watch, data);
    }
}

/* ---- The turn of a client --------------------------------------------- */

/* Frees 'server' if it has no clients any more. */
static void
release_server(struct memory_server *server)
{
    if (ovs_list_is_empty(&server->clients)) {
        while (!ovs_list_is_empty(&server->leases)) {
            free_lease(CONTAINER_OF(ovs_list_front(&server->leases),
                                    struct memory_lease, node));
        }
        data_destroy(&server->data);
        free(server);
    }
}

static void
take_turn(void *store_)
{
    struct memory_store *store = store_;
    struct memory_server *server = store->server;
    bool destroyed = false;

    if (store->hold) {
        return;
    }
    store->destroyed = &destroyed;
    store->turn++;
    while (!destroyed && !store->hold
           && !ovs_list_is_empty(&store->requests)) {
        execute_request(store, CONTAINER_OF(ovs_list_front(&store->requests),
                                            struct memory_request, node));
    }
    while (!destroyed && !store->hold && !store->hold_watches
           && !ovs_list_is_empty(&store->watches)) {
        struct channel_watch *watch;

        watch = CONTAINER_OF(ovs_list_front(&store->watches),
                             struct channel_watch, node);
        if (watch->turn == store->turn) {
            break;
        }
        watch->turn = store->turn;
        ovs_list_remove(&watch->node);
        ovs_list_push_back(&store->watches, &watch->node);
        serve_watch(watch);
    }
    if (!destroyed) {
        store->destroyed = NULL;
    } else {
        /* What a callback was lent lies in the server. */
        release_server(server);
    }
}

/* ---- Life and death --------------------------------------------------- */

static void
memory_destroy(struct store *store_)
{
    struct memory_store *store = memory_cast(store_);

    alarm_destroy(store->alarm);
    ovs_list_remove(&store->node);
    if (store->destroyed) {
        *store->destroyed = true;
    } else {
        release_server(store->server);
    }
    free(store);
}

static const struct store_class memory_class = {
    .destroy = memory_destroy,
    .range = memory_range,
    .txn = memory_txn,
    .lease = memory_lease,
    .channel_create = memory_channel_create,
    .channel_destroy = memory_channel_destroy,
    .channel_open = memory_channel_open,
    .channel_close = memory_channel_close,
};

static struct store *
create_client(struct memory_server *server, uv_loop_t *loop)
{
    struct memory_store *store = xzalloc(sizeof *store);

    store_init(&store->up, &memory_class, loop);
    store->server = server;
    store->alarm = alarm_create(loop, take_turn, store);
    ovs_list_init(&store->requests);
    ovs_list_init(&store->watches);
    ovs_list_push_back(&server->clients, &store->node);
    return &store->up;
}

struct store *
store_memory_create(uv_loop_t *loop)
{
    struct memory_server *server = xzalloc(sizeof *server);

    data_init(&server->data);
    server->cluster_id = 1;
    server->raft_term = 2;
    server->next_lease = 1000;
    ovs_list_init(&server->leases);
    ovs_list_init(&server->clients);
    return create_client(server, loop);
}

struct store *
store_memory_attach(struct store *store)
{
    return create_client(memory_cast(store)->server, store->loop);
}

/* ---- Acting from outside ---------------------------------------------- */

int64_t
store_memory_put_now(struct store *store, const char *key, const char *value)
{
    struct memory_server *server = memory_cast(store)->server;

    data_put(&server->data, server->data.revision + 1,
             store_bytes_from_string(key), store_bytes_from_string(value), 0);
    wake_all(server);
    return server->data.revision;
}

int64_t
store_memory_delete_now(struct store *store, const char *key)
{
    struct memory_server *server = memory_cast(store)->server;
    struct store_range range = { store_bytes_from_string(key), { NULL, 0 } };

    if (!data_delete(&server->data, server->data.revision + 1, &range)) {
        return 0;
    }
    wake_all(server);
    return server->data.revision;
}

const char *
store_memory_get_now(const struct store *store, const char *key)
{
    const struct data_version *version;

    version = data_get(&memory_cast(store)->server->data,
                       store_bytes_from_string(key));
    return version ? version->value.data : NULL;
}

static void
range_now(const struct store *store, const char *prefix,
          struct store_range_result *result)
{
    static const struct store_range_options options;
    struct store_range range;
    char *end;

    range = store_prefix_range(store_bytes_from_string(prefix), &end);
    data_range(&memory_cast(store)->server->data, &range, &options, result);
    free(end);
}

char *
store_memory_dump_now(const struct store *store, const char *prefix)
{
    struct ds dump = DS_EMPTY_INITIALIZER;
    struct store_range_result result;

    range_now(store, prefix, &result);
    for (size_t i = 0; i < result.n_kvs; i++) {
        ds_put_format(&dump, "%s=%s\n", result.kvs[i].key.data,
                      result.kvs[i].value.data);
    }
    free(CONST_CAST(struct store_kv *, result.kvs));
    return ds_steal_cstr(&dump);
}

size_t
store_memory_count_now(const struct store *store, const char *prefix)
{
    struct store_range_result result;

    range_now(store, prefix, &result);
    free(CONST_CAST(struct store_kv *, result.kvs));
    return result.count;
}

int64_t
store_memory_revision(const struct store *store)
{
    return memory_cast(store)->server->data.revision;
}

/* ---- Faults ----------------------------------------------------------- */

void
store_memory_fail(struct store *store, unsigned int n, int error)
{
    memory_cast(store)->n_fail = error ? n : 0;
    memory_cast(store)->fail_error = error;
}

void
store_memory_lose_answers(struct store *store, unsigned int n, int error)
{
    memory_cast(store)->n_lose = error ? n : 0;
    memory_cast(store)->lose_error = error;
}

void
store_memory_hold(struct store *store, bool hold)
{
    memory_cast(store)->hold = hold;
    wake(memory_cast(store));
}

void
store_memory_hold_watches(struct store *store, bool hold)
{
    memory_cast(store)->hold_watches = hold;
    wake(memory_cast(store));
}

void
store_memory_compact(struct store *store, int64_t revision)
{
    struct memory_server *server = memory_cast(store)->server;

    data_compact(&server->data,
                 revision ? MIN(revision, server->data.revision)
                 : server->data.revision);
    wake_all(server);
}

static void
break_watches(struct memory_store *store)
{
    struct channel_watch *watch;

    LIST_FOR_EACH (watch, node, &store->watches) {
        watch->broken = true;
    }
    wake(store);
}

void
store_memory_break_watches(struct store *store)
{
    break_watches(memory_cast(store));
}

void
store_memory_expire_lease(struct store *store, int64_t id)
{
    struct memory_server *server = memory_cast(store)->server;
    struct memory_lease *lease;

    LIST_FOR_EACH_SAFE (lease, node, &server->leases) {
        if (!id || lease->id == id) {
            expire_lease(lease);
        }
    }
}

struct store_memory_snapshot {
    struct data data;
};

struct store_memory_snapshot *
store_memory_snapshot(const struct store *store)
{
    struct store_memory_snapshot *snapshot = xmalloc(sizeof *snapshot);

    data_init(&snapshot->data);
    data_copy(&memory_cast(store)->server->data, &snapshot->data);
    return snapshot;
}

void
store_memory_snapshot_destroy(struct store_memory_snapshot *snapshot)
{
    if (snapshot) {
        data_destroy(&snapshot->data);
        free(snapshot);
    }
}

void
store_memory_restore(struct store *store,
                     const struct store_memory_snapshot *snapshot,
                     bool other_cluster)
{
    struct memory_server *server = memory_cast(store)->server;
    struct memory_store *client;

    data_destroy(&server->data);
    data_init(&server->data);
    data_copy(&snapshot->data, &server->data);
    server->cluster_id += other_cluster;
    while (!ovs_list_is_empty(&server->leases)) {
        free_lease(CONTAINER_OF(ovs_list_front(&server->leases),
                                struct memory_lease, node));
    }
    LIST_FOR_EACH (client, node, &server->clients) {
        break_watches(client);
    }
}

void
store_memory_set_limits(struct store *store, unsigned int max_txn_ops,
                        size_t max_request_bytes, unsigned int page_size)
{
    store->max_txn_ops = max_txn_ops ? max_txn_ops : store->max_txn_ops;
    store->max_request_bytes = max_request_bytes ? max_request_bytes
                               : store->max_request_bytes;
    store->page_size = page_size ? page_size : store->page_size;
}
