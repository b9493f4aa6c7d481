/* The clients of the in-memory store: see memory.h.
 *
 * A client's requests wait in a queue until the loop turns: then they are
 * executed in order and answered at once.  Its watches each remember up to
 * which revision they have heard, and hear the rest in the same turn.  What
 * one request's answer says may thus be told by a watch later, or earlier if
 * somebody else did it, as with etcd. */
#include <config.h>

#include "store/memory.h"

#include <string.h>

#include "store/memory_server.h"
#include "util.h"

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
    memory_wake(store);
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
        error = memory_execute_txn(store->server, request->txn.txn, &result,
                                   &err);
    }
    if (fault) {
        err_clear(&err);
        error = err_put(&err, fault, NULL, "%s", err_text(fault));
    }
    request->txn.cb(error, &err, error ? NULL : &result, request->aux);
    memory_free_txn_result(&result);
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
        error = execute ? memory_execute_lease(store->server, store->up.loop,
                                               request->lease.verb,
                                               request->lease.id,
                                               request->lease.ttl_s, &id,
                                               &ttl_s) : 0;
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
    memory_wake(store);
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
        memory_wake(store);
        note_answer(store);
        watch->ops->created(watch->aux);
    } else {
        tell_events(watch, data);
    }
}

void
memory_break_watches(struct memory_store *store)
{
    struct channel_watch *watch;

    LIST_FOR_EACH (watch, node, &store->watches) {
        watch->broken = true;
    }
    memory_wake(store);
}

/* ---- The turn of a client --------------------------------------------- */

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
        memory_server_release(server);
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
        memory_server_release(store->server);
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
    return create_client(memory_server_create(), loop);
}

struct store *
store_memory_attach(struct store *store)
{
    return create_client(memory_cast(store)->server, store->loop);
}
