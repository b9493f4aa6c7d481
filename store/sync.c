/* The store for programs that wait: see sync.h. */
#include <config.h>

#include "store/sync.h"

#include <string.h>

#include "lib/loop.h"
#include "util.h"

/* One call under way. */
struct call {
    bool done;
    int error;
    struct err *err;
    struct store_sync_range *range;     /* Where the result goes, or NULL. */
    struct store_sync_txn *txn;
    int64_t *revision, *n_deleted;
};

static bool
is_done(void *call_)
{
    struct call *call = call_;

    return call->done;
}

/* Runs the loop until 'op' has called back. */
static int
wait(struct store *store, struct store_op *op, struct call *call)
{
    if (loop_run_until(store_loop(store), is_done, call, -1)) {
        store_op_cancel(op);
        return err_put(call->err, -WEFT_E_TIMEOUT, NULL, "no answer");
    }
    return call->error;
}

static void
note_error(struct call *call, int error, const struct err *err)
{
    call->done = true;
    call->error = error;
    if (error) {
        err_put(call->err, error, NULL, "%s",
                err && err->message ? err->message : err_text(error));
    }
}

static void
copy_range(const struct store_range_result *from, struct store_sync_range *to)
{
    size_t size = 0;
    char *p;

    for (size_t i = 0; i < from->n_kvs; i++) {
        size += from->kvs[i].key.size + from->kvs[i].value.size + 2;
    }
    *to = (struct store_sync_range) {
        .kvs = from->n_kvs ? xmemdup(from->kvs, from->n_kvs * sizeof *to->kvs)
                           : NULL,
        .n_kvs = from->n_kvs,
        .count = from->count,
        .revision = from->revision,
        .more = from->more,
        .bytes = xmalloc(MAX(1, size)),
    };
    p = to->bytes;
    for (size_t i = 0; i < to->n_kvs; i++) {
        struct store_bytes *parts[] = { &to->kvs[i].key, &to->kvs[i].value };

        for (size_t j = 0; j < ARRAY_SIZE(parts); j++) {
            memcpy(p, parts[j]->data, parts[j]->size);
            p[parts[j]->size] = '\0';
            parts[j]->data = p;
            p += parts[j]->size + 1;
        }
    }
}

void
store_sync_range_destroy(struct store_sync_range *range)
{
    free(range->kvs);
    free(range->bytes);
    memset(range, 0, sizeof *range);
}

void
store_sync_txn_destroy(struct store_sync_txn *txn)
{
    for (size_t i = 0; i < txn->n_gets; i++) {
        store_sync_range_destroy(&txn->gets[i]);
    }
    free(txn->gets);
    memset(txn, 0, sizeof *txn);
}

/* ---- Reading ---------------------------------------------------------- */

static void
on_range(int error, const struct err *err,
         const struct store_range_result *result, void *call_)
{
    struct call *call = call_;

    note_error(call, error, err);
    if (!error) {
        copy_range(result, call->range);
    }
}

int
store_sync_get_range(struct store *store, const struct store_range *range,
                     const struct store_range_options *options,
                     struct store_sync_range *result, struct err *err)
{
    struct call call = { .err = err, .range = result };

    return wait(store, store_get_range(store, range, options, on_range,
                                       &call), &call);
}

int
store_sync_get_prefix(struct store *store, const char *prefix,
                      struct store_sync_range *result, struct err *err)
{
    struct store_range range;
    char *end;
    int error;

    range = store_prefix_range(store_bytes_from_string(prefix), &end);
    error = store_sync_get_range(store, &range, NULL, result, err);
    free(end);
    return error;
}

int
store_sync_get(struct store *store, const char *key,
               struct store_sync_range *result, struct err *err)
{
    struct store_range range = { store_bytes_from_string(key), { NULL, 0 } };
    struct store_sync_range found;
    int error = store_sync_get_range(store, &range, NULL, &found, err);

    if (error) {
        return error;
    } else if (!found.n_kvs) {
        store_sync_range_destroy(&found);
        return err_put(err, -WEFT_E_NOT_FOUND, NULL, "%s: not found", key);
    }
    *result = found;
    return 0;
}

/* ---- Writing ---------------------------------------------------------- */

static void
on_txn(int error, const struct err *err,
       const struct store_txn_result *result, void *call_)
{
    struct call *call = call_;

    note_error(call, error, err);
    if (error) {
        return;
    }
    if (call->revision) {
        *call->revision = result->revision;
    }
    if (call->n_deleted) {
        *call->n_deleted = result->n_deleted;
    }
    if (call->txn) {
        *call->txn = (struct store_sync_txn) {
            .succeeded = result->succeeded,
            .revision = result->revision,
            .n_deleted = result->n_deleted,
            .gets = xcalloc(MAX(1, result->n_gets), sizeof *call->txn->gets),
            .n_gets = result->n_gets,
        };
        for (size_t i = 0; i < result->n_gets; i++) {
            copy_range(&result->gets[i], &call->txn->gets[i]);
        }
    }
}

int
store_sync_txn(struct store *store, struct store_txn *txn,
               struct store_sync_txn *result, struct err *err)
{
    struct call call = { .err = err, .txn = result };

    return wait(store, store_txn_commit(store, txn, on_txn, &call), &call);
}

int
store_sync_put(struct store *store, const char *key, const char *value,
               int64_t *revision, struct err *err)
{
    struct call call = { .err = err, .revision = revision };

    return wait(store, store_put(store, store_bytes_from_string(key),
                                 store_bytes_from_string(value), 0, on_txn,
                                 &call), &call);
}

int
store_sync_delete(struct store *store, const struct store_range *range,
                  int64_t *n_deleted, struct err *err)
{
    struct call call = { .err = err, .n_deleted = n_deleted };

    return wait(store, store_delete(store, range, on_txn, &call), &call);
}

static bool
is_idle(void *store)
{
    return store_is_idle(store);
}

int
store_sync_drain(struct store *store, int timeout_ms)
{
    return loop_run_until(store_loop(store), is_idle, store, timeout_ms);
}
