/* The sync token: see sync.h. */
#include <config.h>

#include "node-agent/sync.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "node-agent/installer.h"
#include "node-agent/own.h"
#include "node-agent/phases.h"
#include "node-agent/sb_cache.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/shash.h"
#include "random.h"
#include "schemas/sb.h"
#include "smap.h"
#include "store/alarm.h"
#include "timeval.h"
#include "util.h"

/* All agents read for the same token (etcd spends about a millisecond on
 * each): apart from each other by so much for each of them, and more when
 * etcd does not keep up. */
enum { SPREAD_MS = 2, SPREAD_MAX_MS = 30000,
       RETRY_FIRST_MS = 500, RETRY_MAX_MS = 10000 };

enum sync_phase { SYNC_IDLE, SYNC_WAITING, SYNC_READING, SYNC_HEARING,
                  SYNC_INSTALLING, SYNC_HOLDING };

/* What has to be heard for a token. */
struct want {
    int64_t revision;           /* The token. */
    bool all;                   /* Of all rows, by reading them; else of */
    struct shash rows;          /* these: key -> revision as int64_t *. */
    int64_t node_revision;      /* The needs have to be known up to this. */
};

struct sync {
    struct store *store;
    struct sb_cache *cache;
    struct installer *installer;
    struct own *own;
    void (*apply)(void *aux);
    void *aux;

    enum sync_phase phase;
    double since;               /* When the phase began. */
    struct want want;           /* Under way, */
    struct want next;           /* came meanwhile; 'revision' 0: none. */
    int64_t seen;               /* The last that came. */
    int64_t reported;

    /* WAITING: when to read; HOLDING: when to report. */
    long long int next_ms;
    unsigned int delay_s;       /* HOLDING takes so long. */

    /* READING. */
    struct read **reads;        /* Transactions of gets under way. */
    size_t n_reads, n_waiting;
    bool failed;                /* One failed: all begin again. */
    unsigned int n_failures;    /* In a row. */

    /* INSTALLING. */
    uint64_t mark;
};

struct sync *
sync_create(struct store *store, struct sb_cache *cache,
            struct installer *installer, struct own *own,
            void (*apply)(void *aux), void *aux)
{
    struct sync *sync = xzalloc(sizeof *sync);

    sync->store = store;
    sync->cache = cache;
    sync->installer = installer;
    sync->own = own;
    sync->apply = apply;
    sync->aux = aux;
    shash_init(&sync->want.rows);
    shash_init(&sync->next.rows);
    return sync;
}

/* A transaction of gets. */
struct read {
    struct sync *sync;
    struct store_op *op;        /* NULL once answered. */
};

static void
cancel_reads(struct sync *sync)
{
    for (size_t i = 0; i < sync->n_reads; i++) {
        store_op_cancel(sync->reads[i]->op);
        free(sync->reads[i]);
    }
    free(sync->reads);
    sync->reads = NULL;
    sync->n_reads = sync->n_waiting = 0;
}

void
sync_destroy(struct sync *sync)
{
    if (sync) {
        cancel_reads(sync);
        shash_destroy_free_data(&sync->want.rows);
        shash_destroy_free_data(&sync->next.rows);
        free(sync);
    }
}

/* ---- Reading ---------------------------------------------------------- */

/* Transactions of at most so many gets, while they are gathered. */
struct gather {
    struct sync *sync;
    struct store_txn *txn;
};

static void
want_row(struct want *want, const char *key, int64_t revision)
{
    free(shash_replace(&want->rows, key,
                       xmemdup(&revision, sizeof revision)));
}

static void
want_kv(struct want *want, const struct store_kv *kv)
{
    char *key = xmemdup0(kv->key.data, kv->key.size);

    want_row(want, key, kv->mod_revision);
    free(key);
}

static void
on_read(int error, const struct err *err OVS_UNUSED,
        const struct store_txn_result *result, void *read_)
{
    struct read *read = read_;
    struct sync *sync = read->sync;
    const char *node = sb_cache_node_prefix(sync->cache);
    size_t node_size = strlen(node);

    read->op = NULL;
    sync->n_waiting--;
    sync->failed |= error != 0;
    for (size_t i = 0; !error && i < result->n_gets; i++) {
        for (size_t j = 0; j < result->gets[i].n_kvs; j++) {
            const struct store_kv *kv = &result->gets[i].kvs[j];

            if (kv->key.size >= node_size
                && !memcmp(kv->key.data, node, node_size)) {
                sync->want.node_revision = MAX(sync->want.node_revision,
                                               kv->mod_revision);
            } else {
                want_kv(&sync->want, kv);
            }
        }
    }
}

static void
flush(struct gather *gather)
{
    struct sync *sync = gather->sync;
    struct read *read;

    if (!store_txn_n_ops(gather->txn)) {
        store_txn_destroy(gather->txn);
        return;
    }
    read = xzalloc(sizeof *read);
    read->sync = sync;
    sync->n_waiting++;
    sync->reads = xrealloc(sync->reads,
                           (sync->n_reads + 1) * sizeof *sync->reads);
    sync->reads[sync->n_reads++] = read;
    read->op = store_txn_commit(sync->store, gather->txn, on_read, read);
}

static void
gather_key(const char *key, void *gather_)
{
    struct gather *gather = gather_;
    struct store_range range = { .key = store_bytes_from_string(key) };

    store_txn_get(gather->txn, &range);
    if (store_txn_n_ops(gather->txn)
        >= store_max_txn_ops(gather->sync->store)) {
        flush(gather);
        gather->txn = store_txn_create();
    }
}

static void
start_reading(struct sync *sync)
{
    struct gather gather = { sync, store_txn_create() };
    struct store_range range;
    char *end;

    sync->phase = SYNC_READING;
    sync->want.all = true;
    shash_clear_free_data(&sync->want.rows);
    sync->failed = false;
    range = store_prefix_range(
        store_bytes_from_string(sb_cache_node_prefix(sync->cache)), &end);
    store_txn_get(gather.txn, &range);
    free(end);
    sb_cache_each_row(sync->cache, gather_key, &gather);
    flush(&gather);
}

/* ---- Tokens ----------------------------------------------------------- */

static int64_t
to_revision(const char *number)
{
    return strtoll(number, NULL, 10);       /* The schema says integer. */
}

/* Adds what 'token' says was written, which this node may follow or not. */
static void
want_listed(struct sync *sync, struct want *want,
            const struct sb_sync *token)
{
    const struct smap_node *node;

    SMAP_FOR_EACH (node, &token->rows) {
        char *key = sb_cache_key(sync->cache, node->key);

        want_row(want, key, to_revision(node->value));
        free(key);
    }
    SMAP_FOR_EACH (node, &token->nodes) {
        char *below = xasprintf("node/%s/", node->key);
        char *key = sb_cache_key(sync->cache, below);

        if (!strcmp(key, sb_cache_node_prefix(sync->cache))) {
            want->node_revision = MAX(want->node_revision,
                                      to_revision(node->value));
        }
        free(key);
        free(below);
    }
}

/* Reads, but not before 'delay_ms' are over. */
static void
wait_to_read(struct sync *sync, uint64_t delay_ms)
{
    sync->phase = SYNC_WAITING;
    sync->next_ms = time_msec() + delay_ms;
}

/* How long this agent keeps out of the way of the others that read. */
static uint64_t
spread_ms(const struct sync *sync)
{
    size_t others = sb_cache_n_chassis(sync->cache);

    others -= others > 0;
    return random_range(MIN(others * SPREAD_MS, SPREAD_MAX_MS) + 1);
}

static void
take_next(struct sync *sync)
{
    shash_clear_free_data(&sync->want.rows);
    shash_swap(&sync->want.rows, &sync->next.rows);
    sync->want.revision = sync->next.revision;
    sync->want.node_revision = sync->next.node_revision;
    sync->want.all = sync->next.all;
    sync->next.revision = sync->next.node_revision = 0;
    sync->next.all = false;
}

/* Goes on with what waits in 'next'. */
static void
start_next(struct sync *sync)
{
    take_next(sync);
    sync->since = phases_now();
    if (sync->want.all) {
        wait_to_read(sync, spread_ms(sync));
    } else {
        sync->phase = SYNC_HEARING;
    }
}

void
sync_token(struct sync *sync, const struct sb_sync *token)
{
    if (!token->previous || token->previous != sync->seen) {
        sync->next.all = true;
    } else if (!sync->next.all) {
        want_listed(sync, &sync->next, token);
    }
    sync->next.revision = sync->seen = token->revision;
    if (sync->phase == SYNC_IDLE) {
        start_next(sync);
    }
}

/* ---- Hearing, installing ---------------------------------------------- */

struct check {
    struct sync *sync;
    bool missing;
};

static void
check_row(const char *key, void *check_)
{
    struct check *check = check_;
    const int64_t *revision = shash_find_data(&check->sync->want.rows, key);

    /* A row that was not followed yet when the token was read has been
     * listed since: any state of it is new enough. */
    if (!sb_cache_has(check->sync->cache, key, revision ? *revision : 0)) {
        check->missing = true;
    }
}

static bool
has_heard(struct sync *sync)
{
    struct check check = { sync, false };
    const struct shash_node *node;

    if (sb_cache_node_revision(sync->cache) < sync->want.node_revision) {
        return false;
    }
    if (sync->want.all) {
        sb_cache_each_row(sync->cache, check_row, &check);
        return !check.missing;
    }
    SHASH_FOR_EACH (node, &sync->want.rows) {
        if (!sb_cache_has(sync->cache, node->name,
                          *(const int64_t *) node->data)) {
            return false;
        }
    }
    /* What these rows made it follow. */
    return sb_cache_is_synced(sync->cache);
}

static void
report(struct sync *sync)
{
    own_set(sync->own, "sync", xasprintf("{\"revision\":%"PRId64"}",
                                         sync->want.revision));
    sync->reported = sync->want.revision;
    sync->phase = SYNC_IDLE;
    if (sync->next.revision) {
        start_next(sync);
    }
}

void
sync_set_delay(struct sync *sync, unsigned int seconds)
{
    sync->delay_s = seconds;
}

void
sync_wait(struct sync *sync)
{
    if (sync->phase == SYNC_WAITING || sync->phase == SYNC_HOLDING) {
        poll_timer_wait_until(sync->next_ms);
    }
}

/* All answers are there. */
static void
end_reading(struct sync *sync)
{
    cancel_reads(sync);
    if (sync->failed) {
        sync->n_failures++;
        wait_to_read(sync, alarm_backoff_ms(sync->n_failures, RETRY_FIRST_MS,
                                            RETRY_MAX_MS));
    } else {
        sync->n_failures = 0;
        sync->phase = SYNC_HEARING;
    }
}

bool
sync_run(struct sync *sync)
{
    if (sync->phase == SYNC_WAITING && time_msec() >= sync->next_ms) {
        if (sync->next.revision) {
            take_next(sync);        /* What came meanwhile is read along. */
        }
        start_reading(sync);
    }
    if (sync->phase == SYNC_READING && !sync->n_waiting) {
        end_reading(sync);
    }
    if (sync->phase == SYNC_HEARING && has_heard(sync)) {
        phases_observe(PHASE_HEAR, sync->since);
        /* The store is whole: what is to go can go now. */
        sb_cache_flush(sync->cache);
        sync->apply(sync->aux);
        sync->phase = SYNC_INSTALLING;
        sync->since = phases_now();
        sync->mark = installer_mark(sync->installer);
        installer_run(sync->installer);
    }
    if (sync->phase == SYNC_INSTALLING
        && installer_done(sync->installer) >= sync->mark) {
        phases_observe(PHASE_INSTALL, sync->since);
        sync->phase = SYNC_HOLDING;
        sync->next_ms = time_msec() + sync->delay_s * 1000LL;
    }
    if (sync->phase == SYNC_HOLDING && time_msec() >= sync->next_ms) {
        report(sync);
        return true;
    }
    return false;
}

int64_t
sync_reported(const struct sync *sync)
{
    return sync->reported;
}

int64_t
sync_pending(const struct sync *sync)
{
    return sync->phase == SYNC_IDLE ? 0 : sync->want.revision;
}

const char *
sync_state(const struct sync *sync)
{
    static const char *const names[] = {
        [SYNC_IDLE] = "idle", [SYNC_WAITING] = "waiting to read",
        [SYNC_READING] = "reading", [SYNC_HEARING] = "hearing",
        [SYNC_INSTALLING] = "installing", [SYNC_HOLDING] = "holding back",
    };

    return names[sync->phase];
}
