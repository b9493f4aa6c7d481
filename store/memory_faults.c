/* What tests do to the in-memory store from outside: see memory.h. */
#include <config.h>

#include "store/memory.h"

#include "openvswitch/dynamic-string.h"
#include "store/memory_server.h"
#include "util.h"

/* ---- Acting from outside ---------------------------------------------- */

int64_t
store_memory_put_now(struct store *store, const char *key, const char *value)
{
    struct memory_server *server = memory_cast(store)->server;

    data_put(&server->data, server->data.revision + 1,
             store_bytes_from_string(key), store_bytes_from_string(value), 0);
    memory_wake_all(server);
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
    memory_wake_all(server);
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
    memory_wake(memory_cast(store));
}

void
store_memory_hold_watches(struct store *store, bool hold)
{
    memory_cast(store)->hold_watches = hold;
    memory_wake(memory_cast(store));
}

void
store_memory_compact(struct store *store, int64_t revision)
{
    struct memory_server *server = memory_cast(store)->server;

    data_compact(&server->data,
                 revision ? MIN(revision, server->data.revision)
                 : server->data.revision);
    memory_wake_all(server);
}

void
store_memory_break_watches(struct store *store)
{
    memory_break_watches(memory_cast(store));
}

void
store_memory_expire_lease(struct store *store, int64_t id)
{
    struct memory_server *server = memory_cast(store)->server;
    struct memory_lease *lease;

    LIST_FOR_EACH_SAFE (lease, node, &server->leases) {
        if (!id || lease->id == id) {
            memory_expire_lease(lease);
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
        memory_free_lease(CONTAINER_OF(ovs_list_front(&server->leases),
                                       struct memory_lease, node));
    }
    LIST_FOR_EACH (client, node, &server->clients) {
        memory_break_watches(client);
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
