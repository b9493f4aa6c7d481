/* The server of the in-memory store: data, leases, transactions.  See
 * memory_server.h. */
#include <config.h>

#include "store/memory_server.h"

#include "util.h"

struct memory_store *
memory_cast(const struct store *store)
{
    return CONTAINER_OF(store, struct memory_store, up);
}

void
memory_wake(struct memory_store *store)
{
    alarm_start(store->alarm, 0);
}

void
memory_wake_all(struct memory_server *server)
{
    struct memory_store *store;

    LIST_FOR_EACH (store, node, &server->clients) {
        memory_wake(store);
    }
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

void
memory_free_lease(struct memory_lease *lease)
{
    alarm_destroy(lease->alarm);
    ovs_list_remove(&lease->node);
    free(lease);
}

void
memory_expire_lease(void *lease_)
{
    struct memory_lease *lease = lease_;
    struct memory_server *server = lease->server;

    data_delete_lease(&server->data, lease->id);
    memory_free_lease(lease);
    memory_wake_all(server);
}

static struct memory_lease *
grant_lease(struct memory_server *server, uv_loop_t *loop, unsigned int ttl_s)
{
    struct memory_lease *lease = xmalloc(sizeof *lease);

    *lease = (struct memory_lease) {
        .server = server, .id = server->next_lease++, .ttl_s = ttl_s,
    };
    lease->alarm = alarm_create(loop, memory_expire_lease, lease);
    alarm_start(lease->alarm, ttl_s * 1000ULL);
    ovs_list_push_back(&server->leases, &lease->node);
    return lease;
}

int
memory_execute_lease(struct memory_server *server, uv_loop_t *loop,
                     enum lease_verb verb, int64_t id, unsigned int ttl_s,
                     int64_t *idp, int64_t *ttl_sp)
{
    struct memory_lease *lease = find_lease(server, id);

    *idp = id;
    *ttl_sp = 0;
    switch (verb) {
    case LEASE_GRANT:
        lease = grant_lease(server, loop, ttl_s);
        *idp = lease->id;
        *ttl_sp = lease->ttl_s;
        return 0;
    case LEASE_KEEP_ALIVE:
        if (lease) {
            alarm_start(lease->alarm, lease->ttl_s * 1000ULL);
            *ttl_sp = lease->ttl_s;
        }
        return 0;
    case LEASE_REVOKE:
        if (!lease) {
            return -WEFT_E_NOT_FOUND;
        }
        memory_expire_lease(lease);
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

/* Whether what the gets among 'ops' ask for is there. */
static int
check_revisions(const struct data *data, const struct txn_op *ops,
                size_t n_ops, struct err *err)
{
    for (size_t i = 0; i < n_ops; i++) {
        int64_t revision = ops[i].options.revision;

        if (revision && (revision < data->compact_revision
                         || revision > data->revision)) {
            return err_put(err, -WEFT_E_COMPACTED, NULL, "mvcc: required "
                           "revision has been compacted");
        }
    }
    return 0;
}

int
memory_execute_txn(struct memory_server *server, const struct store_txn *txn,
                   struct store_txn_result *result, struct err *err)
{
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
    error = error ? error : check_revisions(data, ops, n_ops, err);
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
            data_range(data, &op->range, &op->options,
                       &gets[result->n_gets++]);
        }
    }
    result->revision = data->revision;
    for (size_t i = 0; i < result->n_gets; i++) {
        gets[i].revision = data->revision;
    }
    if (data->revision == revision) {
        memory_wake_all(server);
    }
    return 0;
}

void
memory_free_txn_result(const struct store_txn_result *result)
{
    for (size_t i = 0; i < result->n_gets; i++) {
        free(CONST_CAST(struct store_kv *, result->gets[i].kvs));
    }
    free(CONST_CAST(struct store_range_result *, result->gets));
}

/* ---- Life and death --------------------------------------------------- */

struct memory_server *
memory_server_create(void)
{
    struct memory_server *server = xzalloc(sizeof *server);

    data_init(&server->data);
    server->cluster_id = 1;
    server->raft_term = 2;
    server->next_lease = 1000;
    ovs_list_init(&server->leases);
    ovs_list_init(&server->clients);
    return server;
}

void
memory_server_release(struct memory_server *server)
{
    if (ovs_list_is_empty(&server->clients)) {
        while (!ovs_list_is_empty(&server->leases)) {
            memory_free_lease(CONTAINER_OF(ovs_list_front(&server->leases),
                                           struct memory_lease, node));
        }
        data_destroy(&server->data);
        free(server);
    }
}
