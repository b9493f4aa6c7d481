/* What this agent writes: see own.h. */
#include <config.h>

#include "node-agent/own.h"

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/loop.h"
#include "openvswitch/list.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "store/alarm.h"
#include "store/keys.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(own);

enum { RETRY_FIRST_MS = 500, RETRY_MAX_MS = 10000, FAREWELL_MS = 500 };

/* A row. */
struct own_row {
    char *below;                /* Key below the prefix. */
    char *wanted;               /* NULL: should not be there. */
    char *stored;               /* NULL: is not there, as far as known. */
    int64_t revision;           /* Of 'stored'. */
    struct ovs_list node;       /* In own's 'changed', or empty. */
    bool in_flight;
};

/* One transaction under way. */
struct own_batch {
    struct ovs_list node;       /* In own's 'batches'. */
    struct own *own;
    struct store_op *op;
    struct shash sent;          /* below -> value, or NULL. */
};

struct own {
    struct store *store;
    char *prefix;               /* "/weft/v1/chassis/hv1/". */
    struct shash rows;          /* below -> struct own_row. */
    struct ovs_list changed;
    struct ovs_list batches;
    struct store_watch_set *watches;
    struct store_watch *watch;
    struct store_lease *lease;
    bool lingers;               /* own_linger(). */
    struct store_op *alive_op;
    char *alive;                /* Value of the row "alive". */
    const char *const *kept;    /* Not NULL once strangers are removed. */
    long long int retry_at_ms;
    unsigned int n_failures;    /* In a row. */
};

static void
look_at(struct own *own, struct own_row *row)
{
    if (ovs_list_is_empty(&row->node)) {
        ovs_list_push_back(&own->changed, &row->node);
    }
}

static struct own_row *
get_row(struct own *own, const char *below)
{
    struct own_row *row = shash_find_data(&own->rows, below);

    if (!row) {
        row = xzalloc(sizeof *row);
        row->below = xstrdup(below);
        ovs_list_init(&row->node);
        shash_add(&own->rows, below, row);
    }
    return row;
}

static bool
is_kept(const struct own *own, const char *below)
{
    for (size_t i = 0; own->kept && own->kept[i]; i++) {
        if (!strncmp(below, own->kept[i], strlen(own->kept[i]))) {
            return true;
        }
    }
    return false;
}

/* ---- What is there ---------------------------------------------------- */

static void
on_event(struct own *own, const struct store_event *event)
{
    size_t skip = strlen(own->prefix);
    char *below = xmemdup0(event->kv.key.data + skip,
                           event->kv.key.size - skip);
    struct own_row *row = get_row(own, below);

    if (strcmp(below, "alive") && event->kv.mod_revision >= row->revision) {
        free(row->stored);
        row->stored = NULL;
        row->revision = event->kv.mod_revision;
        if (event->type == STORE_EVENT_PUT) {
            row->stored = xmemdup0(event->kv.value.data,
                                   event->kv.value.size);
        }
        look_at(own, row);
    }
    free(below);
}

static void
on_events(struct store_watch *watch OVS_UNUSED,
          const struct store_event *events, size_t n,
          int64_t revision OVS_UNUSED, void *own_)
{
    struct own *own = own_;

    for (size_t i = 0; i < n; i++) {
        on_event(own, &events[i]);
    }
}

static void
on_synced(struct store_watch *watch OVS_UNUSED, int64_t revision OVS_UNUSED,
          void *own OVS_UNUSED)
{
}

static void
on_trouble(struct store_watch *watch OVS_UNUSED, int error,
           const struct err *err, void *own_)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(2, 5);
    struct own *own = own_;
    char *text = err ? err_to_string(err) : xstrdup(err_text(error));

    VLOG_WARN_RL(&rl, "watch of %s: %s", own->prefix, text);
    free(text);
}

static const struct store_watch_ops watch_ops = {
    .events = on_events,
    .synced = on_synced,
    .trouble = on_trouble,
};

/* ---- Liveness --------------------------------------------------------- */

static void
on_alive(int error, const struct err *err OVS_UNUSED,
         const struct store_txn_result *result OVS_UNUSED, void *own_)
{
    struct own *own = own_;

    own->alive_op = NULL;
    if (error) {
        VLOG_INFO("alive: %s", err_text(error));
    }
}

static void
on_lease(int64_t id, void *own_)
{
    struct own *own = own_;
    char *key;

    if (!id) {
        return;
    }
    key = xasprintf("%salive", own->prefix);
    store_op_cancel(own->alive_op);
    own->alive_op = store_put(own->store, store_bytes_from_string(key),
                              store_bytes_from_string(own->alive), id,
                              on_alive, own);
    free(key);
}

/* ---- Life ------------------------------------------------------------- */

struct own *
own_create(struct store *store, const char *prefix, const char *chassis,
           int alive_ttl_s)
{
    struct own *own = xzalloc(sizeof *own);
    char *key = keys_build(prefix, "chassis", chassis, NULL);

    own->store = store;
    own->prefix = xasprintf("%s/", key);
    free(key);
    shash_init(&own->rows);
    ovs_list_init(&own->changed);
    ovs_list_init(&own->batches);
    own->alive = xasprintf("{\"started_ms\":%lld,\"version\":\"%s\"}",
                           time_wall_msec(), WEFT_VERSION);
    own->watches = store_watch_set_create(store, &watch_ops);
    own->watch = store_watch_add_prefix(
        own->watches, store_bytes_from_string(own->prefix), own);
    own->lease = store_lease_create(store, alive_ttl_s, on_lease, own);
    return own;
}

static void
on_farewell(int error OVS_UNUSED, const struct err *err OVS_UNUSED,
            const struct store_txn_result *result OVS_UNUSED, void *done_)
{
    bool *done = done_;

    *done = true;
}

static bool
is_true(void *done_)
{
    const bool *done = done_;

    return *done;
}

/* Takes the sign of life away at once: an agent that was stopped need not be
 * waited for until its lease runs out. */
static void
say_farewell(struct own *own)
{
    char *key = xasprintf("%salive", own->prefix);
    struct store_range range = { .key = store_bytes_from_string(key) };
    bool done = false;
    struct store_op *op = store_delete(own->store, &range, on_farewell,
                                       &done);

    if (loop_run_until(store_loop(own->store), is_true, &done,
                       FAREWELL_MS)) {
        store_op_cancel(op);
    }
    free(key);
}

void
own_linger(struct own *own)
{
    own->lingers = true;
}

static void
free_batch(struct own_batch *batch)
{
    ovs_list_remove(&batch->node);
    shash_destroy_free_data(&batch->sent);
    free(batch);
}

void
own_destroy(struct own *own)
{
    struct own_batch *batch;
    struct shash_node *node;

    if (!own) {
        return;
    }
    LIST_FOR_EACH_SAFE (batch, node, &own->batches) {
        store_op_cancel(batch->op);
        free_batch(batch);
    }
    store_op_cancel(own->alive_op);
    store_lease_destroy(own->lease, false);
    store_watch_set_destroy(own->watches);
    if (!own->lingers) {
        say_farewell(own);
    }
    SHASH_FOR_EACH (node, &own->rows) {
        struct own_row *row = node->data;

        free(row->below);
        free(row->wanted);
        free(row->stored);
        free(row);
    }
    shash_destroy(&own->rows);
    free(own->prefix);
    free(own->alive);
    free(own);
}

/* ---- What should be there --------------------------------------------- */

void
own_set(struct own *own, const char *below, char *value)
{
    struct own_row *row = get_row(own, below);

    if (nullable_string_is_equal(row->wanted, value)) {
        free(value);
        return;
    }
    free(row->wanted);
    row->wanted = value;
    look_at(own, row);
}

const char *
own_get(const struct own *own, const char *below)
{
    const struct own_row *row = shash_find_data(&own->rows, below);

    return row ? row->wanted : NULL;
}

void
own_each(const struct own *own, const char *prefix,
         void (*cb)(const char *below, const char *value, void *aux),
         void *aux)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &own->rows) {
        const struct own_row *row = node->data;

        if (row->wanted && !strncmp(node->name, prefix, strlen(prefix))) {
            cb(node->name, row->wanted, aux);
        }
    }
}

void
own_adopt(struct own *own, const char *const *kept)
{
    struct shash_node *node;

    if (own->kept || !store_watch_is_synced(own->watch)) {
        return;
    }
    own->kept = kept;
    SHASH_FOR_EACH (node, &own->rows) {
        struct own_row *row = node->data;

        if (!row->wanted && row->stored && is_kept(own, node->name)) {
            row->wanted = xstrdup(row->stored);
        }
        look_at(own, row);
    }
}

bool
own_has_adopted(const struct own *own)
{
    return own->kept != NULL;
}

/* ---- Writing ---------------------------------------------------------- */

static bool
differs(const struct own *own, const struct own_row *row)
{
    if (!row->wanted && !own->kept) {
        return false;           /* Not to be removed yet. */
    }
    return !nullable_string_is_equal(row->wanted, row->stored);
}

static void
on_stored(int error, const struct err *err,
          const struct store_txn_result *result, void *batch_)
{
    struct own_batch *batch = batch_;
    struct own *own = batch->own;
    struct shash_node *node;

    SHASH_FOR_EACH (node, &batch->sent) {
        struct own_row *row = shash_find_data(&own->rows, node->name);

        row->in_flight = false;
        if (!error && result->revision > row->revision) {
            free(row->stored);
            row->stored = nullable_xstrdup(node->data);
            row->revision = result->revision;
        }
        look_at(own, row);
    }
    if (error) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);
        char *text = err_to_string(err);

        VLOG_WARN_RL(&rl, "writing below %s: %s", own->prefix, text);
        free(text);
        own->n_failures++;
        own->retry_at_ms = time_msec() + alarm_backoff_ms(
            own->n_failures, RETRY_FIRST_MS, RETRY_MAX_MS);
    } else {
        own->n_failures = 0;
    }
    free_batch(batch);
}

/* A row that is neither wanted nor there is forgotten: learned addresses come
 * and go without end. */
static void
forget_row(struct own *own, struct own_row *row)
{
    if (!row->wanted && !row->stored && !row->in_flight) {
        shash_find_and_delete(&own->rows, row->below);
        free(row->below);
        free(row);
    }
}

/* The next row to write, taken off the list; NULL when there is none. */
static struct own_row *
next_row(struct own *own)
{
    while (!ovs_list_is_empty(&own->changed)) {
        struct own_row *row = CONTAINER_OF(ovs_list_pop_front(&own->changed),
                                           struct own_row, node);

        ovs_list_init(&row->node);
        if (!row->in_flight && differs(own, row)) {
            return row;
        }
        forget_row(own, row);
    }
    return NULL;
}

static void
add_to_batch(struct own_batch *batch, struct store_txn *txn,
             struct own_row *row)
{
    char *key = xasprintf("%s%s", batch->own->prefix, row->below);

    if (row->wanted) {
        store_txn_put(txn, store_bytes_from_string(key),
                      store_bytes_from_string(row->wanted), 0);
    } else {
        struct store_range range = { .key = store_bytes_from_string(key) };

        store_txn_delete(txn, &range);
    }
    shash_add(&batch->sent, row->below, nullable_xstrdup(row->wanted));
    row->in_flight = true;
    free(key);
}

void
own_run(struct own *own)
{
    unsigned int max_ops = store_max_txn_ops(own->store);
    struct own_row *row;

    if (time_msec() < own->retry_at_ms) {
        return;
    }
    while ((row = next_row(own)) != NULL) {
        struct own_batch *batch = xzalloc(sizeof *batch);
        struct store_txn *txn = store_txn_create();

        batch->own = own;
        shash_init(&batch->sent);
        ovs_list_push_back(&own->batches, &batch->node);
        do {
            add_to_batch(batch, txn, row);
        } while (store_txn_n_ops(txn) < max_ops
                 && store_txn_size(txn)
                    < store_max_request_bytes(own->store) / 2
                 && (row = next_row(own)) != NULL);
        batch->op = store_txn_commit(own->store, txn, on_stored, batch);
    }
}

void
own_wait(struct own *own)
{
    if (!ovs_list_is_empty(&own->changed)) {
        poll_timer_wait_until(own->retry_at_ms);
    }
}

bool
own_is_settled(const struct own *own)
{
    return (ovs_list_is_empty(&own->changed)
            && ovs_list_is_empty(&own->batches));
}

bool
own_is_stored(const struct own *own, const char *below)
{
    const struct own_row *row = shash_find_data(&own->rows, below);

    return row && nullable_string_is_equal(row->wanted, row->stored);
}
