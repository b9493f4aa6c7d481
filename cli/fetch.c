/* The store's asynchronous requests, waited for on its loop. */
#include <config.h>

#include "cli/fetch.h"

#include <stdlib.h>
#include <string.h>

#include "lib/loop.h"
#include "store/store.h"
#include "util.h"

/* Requests of one call, and what becomes of them. */
struct fetch {
    size_t n_pending;
    int error;
    struct err *err;
    int64_t revision;
    int64_t count;
    bool succeeded;
    fetch_cb *cb;
    void *aux;
};

static bool
is_done(void *fetch_)
{
    const struct fetch *fetch = fetch_;

    return !fetch->n_pending;
}

static int
wait_for(struct store *store, struct fetch *fetch)
{
    if (loop_run_until(store_loop(store), is_done, fetch, -1)) {
        return err_put(fetch->err, -WEFT_E_TIMEOUT, NULL,
                       "no answer from the store");
    }
    return fetch->error;
}

static bool
take_error(struct fetch *fetch, int error, const struct err *err)
{
    fetch->n_pending--;
    if (error && !fetch->error) {
        fetch->error = error;
        if (err && err->message) {
            err_put(fetch->err, error, err->field, "%s", err->message);
        } else {
            err_put(fetch->err, error, NULL, "%s", err_text(error));
        }
    }
    return error != 0;
}

static void
count_cb(int error, const struct err *err,
         const struct store_range_result *result, void *fetch_)
{
    struct fetch *fetch = fetch_;

    if (!take_error(fetch, error, err)) {
        fetch->revision = result->revision;
        fetch->count = result->count;
    }
}

static void
give(struct fetch *fetch, const struct store_range_result *result)
{
    fetch->revision = result->revision;
    for (size_t i = 0; i < result->n_kvs; i++) {
        fetch->cb(&result->kvs[i], fetch->aux);
    }
}

static void
range_cb(int error, const struct err *err,
         const struct store_range_result *result, void *fetch_)
{
    struct fetch *fetch = fetch_;

    if (!take_error(fetch, error, err)) {
        give(fetch, result);
    }
}

static void
txn_cb(int error, const struct err *err,
       const struct store_txn_result *result, void *fetch_)
{
    struct fetch *fetch = fetch_;

    if (take_error(fetch, error, err)) {
        return;
    }
    fetch->succeeded = result->succeeded;
    fetch->revision = result->revision;
    for (size_t i = 0; fetch->cb && i < result->n_gets; i++) {
        give(fetch, &result->gets[i]);
    }
    fetch->revision = result->revision;
}

/* Up to max_txn_ops keys in one transaction: a snapshot of now. */
static int
fetch_in_txn(struct store *store, char *const *keys, size_t n,
             struct fetch *fetch)
{
    struct store_txn *txn = store_txn_create();

    for (size_t i = 0; i < n; i++) {
        struct store_range range = { store_bytes_from_string(keys[i]),
                                     { NULL, 0 } };

        store_txn_get(txn, &range);
    }
    fetch->n_pending++;
    store_txn_commit(store, txn, txn_cb, fetch);
    return wait_for(store, fetch);
}

/* Several requests at a time, each at 'revision'. */
static int
fetch_at_revision(struct store *store, char *const *keys, size_t n,
                  int64_t revision, struct fetch *fetch)
{
    struct store_range_options options = { .revision = revision };
    enum { AT_ONCE = 8 };

    for (size_t i = 0; i < n && !fetch->error; ) {
        for (int j = 0; j < AT_ONCE && i < n; i++, j++) {
            struct store_range range = { store_bytes_from_string(keys[i]),
                                         { NULL, 0 } };

            fetch->n_pending++;
            store_get_range(store, &range, &options, range_cb, fetch);
        }
        if (wait_for(store, fetch)) {
            break;
        }
    }
    return fetch->error;
}

int
fetch_keys(struct store *store, char *const *keys, size_t n,
           int64_t *revision, bool exactly, fetch_cb *cb, void *aux,
           struct err *err)
{
    struct fetch fetch = { .err = err, .cb = cb, .aux = aux };
    enum { FEW = 4 };
    int error = 0;

    if (n <= FEW || exactly) {
        error = fetch_at_revision(store, keys, n, *revision, &fetch);
    } else {
        for (size_t i = 0; i < n && !error; ) {
            size_t step = MIN(n - i, store_max_txn_ops(store));

            error = fetch_in_txn(store, keys + i, step, &fetch);
            i += step;
        }
    }
    if (!error && !*revision) {
        *revision = fetch.revision;
    }
    return error;
}

/* Reads the range of 'prefix' as 'options' have it. */
static int
read_prefix(struct store *store, const char *prefix,
            const struct store_range_options *options, store_range_cb *cb,
            struct fetch *fetch)
{
    char *end;
    struct store_range range = store_prefix_range(
        store_bytes_from_string(prefix), &end);

    fetch->n_pending = 1;
    store_get_range(store, &range, options, cb, fetch);
    int error = wait_for(store, fetch);
    free(end);
    return error;
}

int
fetch_prefix(struct store *store, const char *prefix, bool keys_only,
             int64_t *revision, fetch_cb *cb, void *aux, struct err *err)
{
    struct fetch fetch = { .err = err, .cb = cb, .aux = aux };
    struct store_range_options options = {
        .revision = *revision, .keys_only = keys_only,
    };
    int error = read_prefix(store, prefix, &options, range_cb, &fetch);

    if (!error && !*revision) {
        *revision = fetch.revision;
    }
    return error;
}

/* ---- Many ranges ------------------------------------------------------- */

/* The ranges of one transaction. */
struct ranges {
    struct fetch fetch;
    size_t first;               /* The index of its first range. */
    size_t n_bytes;             /* Of keys and values that came. */
    fetch_range_cb *cb;
    void *aux;
};

static void
ranges_cb(int error, const struct err *err,
          const struct store_txn_result *result, void *ranges_)
{
    struct ranges *ranges = ranges_;

    if (take_error(&ranges->fetch, error, err)) {
        return;
    }
    ranges->fetch.revision = result->revision;
    for (size_t i = 0; i < result->n_gets; i++) {
        const struct store_range_result *get = &result->gets[i];

        for (size_t j = 0; j < get->n_kvs; j++) {
            ranges->n_bytes += get->kvs[j].key.size + get->kvs[j].value.size;
        }
        ranges->cb(ranges->first + i, get, ranges->aux);
    }
}

/* How many ranges the next transaction may have, after one of 'n' brought
 * 'n_bytes'. */
static size_t
next_step(size_t n, size_t n_bytes)
{
    enum { TARGET_BYTES = 2 * 1024 * 1024, GROWTH = 8 };

    return MAX(1, MIN(GROWTH * n, TARGET_BYTES / (n_bytes / n + 1)));
}

int
fetch_ranges(struct store *store, const struct store_range *ranges, size_t n,
             int64_t limit, int64_t *revision, fetch_range_cb *cb, void *aux,
             struct err *err)
{
    enum { FIRST_STEP = 16 };
    size_t step = FIRST_STEP;
    int error = 0;

    for (size_t i = 0; i < n && !error; ) {
        struct ranges some = { { .err = err, .n_pending = 1 }, i, 0, cb,
                               aux };
        struct store_range_options options = {
            .revision = *revision, .limit = limit,
        };
        size_t n_some = MIN(n - i, MIN(step, store_max_txn_ops(store)));
        struct store_txn *txn = store_txn_create();

        for (size_t j = 0; j < n_some; j++) {
            store_txn_get_as(txn, &ranges[i + j], &options);
        }
        store_txn_commit(store, txn, ranges_cb, &some);
        error = wait_for(store, &some.fetch);
        if (!error && !*revision) {
            *revision = some.fetch.revision;
        }
        step = next_step(n_some, some.n_bytes);
        i += n_some;
    }
    return error;
}

int
fetch_some_keys(struct store *store, const char *prefix, int64_t limit,
                fetch_cb *cb, void *aux)
{
    struct fetch fetch = { .cb = cb, .aux = aux };
    struct store_range_options options = {
        .limit = limit, .keys_only = true,
    };

    return read_prefix(store, prefix, &options, range_cb, &fetch);
}

int
fetch_count(struct store *store, const char *prefix, int64_t *revision,
            size_t *count, struct err *err)
{
    struct fetch fetch = { .err = err };
    struct store_range_options options = {
        .revision = *revision, .count_only = true,
    };
    int error = read_prefix(store, prefix, &options, count_cb, &fetch);

    if (!error) {
        *revision = *revision ? *revision : fetch.revision;
        *count = fetch.count;
    }
    return error;
}

int
fetch_commit(struct store *store, struct store_txn *txn, int64_t *revision,
             struct err *err)
{
    struct fetch fetch = { .err = err, .n_pending = 1 };

    store_txn_commit(store, txn, txn_cb, &fetch);
    int error = wait_for(store, &fetch);
    if (!error && !fetch.succeeded) {
        return -WEFT_E_CONFLICT;
    }
    if (!error && revision) {
        *revision = fetch.revision;
    }
    return error;
}
