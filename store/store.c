/* The part of a store that its implementations share: life and death,
 * operations, byte strings.  Paging is in range.c, transactions in txn.c,
 * and leases, elections and watch sets are built once, over the primitives of
 * backend.h, in lease.c, election.c and watch.c. */
#include <config.h>

#include "store/store.h"

#include <string.h>

#include "store/backend.h"
#include "store/keys.h"
#include "util.h"

enum { DEFAULT_MAX_TXN_OPS = 128, DEFAULT_PAGE_SIZE = 1000 };
#define DEFAULT_MAX_REQUEST_BYTES (1024 * 1024)

void
store_init(struct store *store, const struct store_class *class,
           uv_loop_t *loop)
{
    memset(store, 0, sizeof *store);
    store->class = class;
    store->loop = loop;
    ovs_list_init(&store->ops);
    ovs_list_init(&store->leases);
    ovs_list_init(&store->elections);
    ovs_list_init(&store->watch_sets);
    store->max_txn_ops = DEFAULT_MAX_TXN_OPS;
    store->max_request_bytes = DEFAULT_MAX_REQUEST_BYTES;
    store->page_size = DEFAULT_PAGE_SIZE;
    store->first_page_size = DEFAULT_PAGE_SIZE / 4;
}

uv_loop_t *
store_loop(const struct store *store)
{
    return store->loop;
}

unsigned int
store_max_txn_ops(const struct store *store)
{
    return store->max_txn_ops;
}

size_t
store_max_request_bytes(const struct store *store)
{
    return store->max_request_bytes;
}

void
store_get_stats(const struct store *store, struct store_stats *stats)
{
    *stats = store->stats;
    if (store->class->count_bytes) {
        store->class->count_bytes(store, &stats->bytes_sent,
                                  &stats->bytes_received);
    }
}

bool
store_is_connected(const struct store *store)
{
    return store->connected;
}

bool
store_is_idle(const struct store *store)
{
    return ovs_list_is_empty(&store->ops);
}

void
store_note_header(struct store *store, const struct store_header *header)
{
    if (store->header.cluster_id && header->cluster_id
        && store->header.cluster_id != header->cluster_id) {
        store->n_histories++;
    }
    if (header->cluster_id) {
        store->header = *header;
    }
}

/* ---- Operations ------------------------------------------------------- */

void
store_op_init(struct store_op *op, struct store *store,
              void (*cancel)(struct store_op *op))
{
    ovs_list_init(&op->node);
    op->store = store;
    op->cancel = cancel;
}

struct store_op *
store_op_publish(struct store_op *op)
{
    ovs_list_push_back(&op->store->ops, &op->node);
    return op;
}

void
store_op_cancel(struct store_op *op)
{
    if (op) {
        ovs_list_remove(&op->node);
        op->cancel(op);
    }
}

void
store_destroy(struct store *store)
{
    if (!store) {
        return;
    }
    /* From the top down: elections own leases and watch sets, and all own
     * operations. */
    store_elections_destroy(store);
    store_leases_destroy(store);
    store_watch_sets_destroy(store);
    while (!ovs_list_is_empty(&store->ops)) {
        struct store_op *op;

        op = CONTAINER_OF(ovs_list_front(&store->ops), struct store_op, node);
        store_op_cancel(op);
    }
    store->class->destroy(store);
}

/* ---- Byte strings ----------------------------------------------------- */

struct store_bytes
store_bytes_from_string(const char *text)
{
    return (struct store_bytes) { text, strlen(text) };
}

struct store_bytes
store_bytes_copy(struct store_bytes bytes)
{
    return (struct store_bytes) {
        xmemdup0(bytes.data ? bytes.data : "", bytes.size), bytes.size
    };
}

void
store_bytes_free(struct store_bytes *bytes)
{
    free(CONST_CAST(char *, bytes->data));
    *bytes = (struct store_bytes) { NULL, 0 };
}

int
store_bytes_compare(struct store_bytes a, struct store_bytes b)
{
    size_t common = MIN(a.size, b.size);
    int order = common ? memcmp(a.data, b.data, common) : 0;

    return order ? order : (a.size > b.size) - (a.size < b.size);
}

bool
store_bytes_equal(struct store_bytes a, struct store_bytes b)
{
    return a.size == b.size && (!a.size || !memcmp(a.data, b.data, a.size));
}

struct store_range
store_range_copy(const struct store_range *range)
{
    return (struct store_range) {
        store_bytes_copy(range->key), store_bytes_copy(range->end)
    };
}

void
store_range_free(struct store_range *range)
{
    store_bytes_free(&range->key);
    store_bytes_free(&range->end);
}

bool
store_range_contains(const struct store_range *range, struct store_bytes key)
{
    if (!range->end.size) {
        return store_bytes_equal(key, range->key);
    }
    return store_bytes_compare(key, range->key) >= 0
           && ((range->end.size == 1 && !range->end.data[0])
               || store_bytes_compare(key, range->end) < 0);
}

struct store_range
store_prefix_range(struct store_bytes prefix, char **endp)
{
    char *end = keys_prefix_end(prefix.data, prefix.size);
    size_t size = strlen(end);

    *endp = end;
    /* No end (an empty prefix, or only 0xff bytes): etcd's "\0". */
    return (struct store_range) { prefix, { end, size ? size : 1 } };
}
