/* The key sb/clock: see clock.h.  A write that fails is not repeated: the
 * next change brings another. */
#include <config.h>

#include "translator/clock.h"

#include <inttypes.h>
#include <stdio.h>

#include "openvswitch/util.h"
#include "store/alarm.h"
#include "timeval.h"
#include "util.h"

struct clock {
    struct store *store;
    char *key;
    struct alarm *alarm;        /* Set: something is to be written then. */
    struct store_op *op;        /* Under way. */
    const struct store_election *election;  /* Led, or NULL. */
    uint64_t n_events;          /* Heard of, */
    uint64_t n_written;         /* at the last write. */
    long long int may_ms;       /* Monotonic: not written before. */
};

static void
written_cb(int error OVS_UNUSED, const struct err *err OVS_UNUSED,
           const struct store_txn_result *result OVS_UNUSED, void *clock_)
{
    struct clock *clock = clock_;

    clock->op = NULL;
}

static void
alarm_write(void *clock_)
{
    struct clock *clock = clock_;
    char value[64];

    if (!clock->election || !store_election_is_leader(clock->election)
        || clock->op) {
        return;
    }
    snprintf(value, sizeof value, "{\"time_ms\":%lld}", time_wall_msec());

    struct store_txn *txn = store_txn_create();

    store_election_fence(clock->election, txn);
    store_txn_put(txn, store_bytes_from_string(clock->key),
                  store_bytes_from_string(value), 0);
    clock->n_written = clock->n_events;
    clock->may_ms = time_msec() + CLOCK_APART_MS;
    clock->op = store_txn_commit(clock->store, txn, written_cb, clock);
}

struct clock *
clock_create(struct store *store, const char *prefix)
{
    struct clock *clock = xzalloc(sizeof *clock);

    clock->store = store;
    clock->key = xasprintf("%s/sb/clock", prefix);
    clock->alarm = alarm_create(store_loop(store), alarm_write, clock);
    return clock;
}

void
clock_destroy(struct clock *clock)
{
    if (clock) {
        store_op_cancel(clock->op);
        alarm_destroy(clock->alarm);
        free(clock->key);
        free(clock);
    }
}

void
clock_step(struct clock *clock, const struct store_election *election,
           uint64_t n_events)
{
    clock->election = election;
    clock->n_events = n_events;
    if (!election) {
        clock->n_written = 0;
        alarm_stop(clock->alarm);
    } else if (n_events != clock->n_written
               && !alarm_is_set(clock->alarm)) {
        alarm_start(clock->alarm,
                    MAX(clock->may_ms - time_msec(), CLOCK_AFTER_MS));
    }
}
