/* Leases that are kept alive, over the three primitives of backend.h.
 *
 * One operation or one alarm is under way at any time: granting, or, while
 * there is a lease, keeping it alive every third of its time.  Only etcd's
 * word ends a lease: while etcd is away the id stays, because it may well
 * still be there afterwards (a new etcd leader extends all leases). */
#include <config.h>

#include "store/alarm.h"
#include "store/backend.h"
#include "util.h"

enum { RETRY_MIN_MS = 100, RETRY_MAX_MS = 5000 };

struct store_lease {
    struct ovs_list node;       /* In store's 'leases'. */
    struct store *store;
    unsigned int ttl_s;
    store_lease_cb *cb;
    void *aux;
    int64_t id;                 /* 0: none. */
    struct store_op *op;        /* Granting or keeping alive. */
    struct alarm *alarm;        /* When to do so next. */
    unsigned int n_failures;    /* In a row. */
};

static void
schedule(struct store_lease *lease, bool failed)
{
    uint64_t third_ms = lease->ttl_s * 1000ULL / 3;

    lease->n_failures = failed ? lease->n_failures + 1 : 0;
    alarm_start(lease->alarm,
                failed ? alarm_backoff_ms(lease->n_failures,
                                          MAX(third_ms / 10, RETRY_MIN_MS),
                                          MIN(third_ms, RETRY_MAX_MS))
                : third_ms);
}

static void
on_granted(int error, int64_t id, int64_t ttl_s OVS_UNUSED, void *lease_)
{
    struct store_lease *lease = lease_;

    lease->op = NULL;
    schedule(lease, error != 0);
    if (!error) {
        lease->id = id;
        lease->cb(id, lease->aux);
    }
}

static void on_kept_alive(int error, int64_t id, int64_t ttl_s, void *lease_);

static void
act(void *lease_)
{
    struct store_lease *lease = lease_;

    lease->op = store_op_publish(lease->store->class->lease(
        lease->store, lease->id ? LEASE_KEEP_ALIVE : LEASE_GRANT, lease->id,
        lease->ttl_s, lease->id ? on_kept_alive : on_granted, lease));
}

static void
on_kept_alive(int error, int64_t id OVS_UNUSED, int64_t ttl_s, void *lease_)
{
    struct store_lease *lease = lease_;

    lease->op = NULL;
    if (error || ttl_s > 0) {
        schedule(lease, error != 0);
    } else {
        lease->id = 0;
        act(lease);
        lease->cb(0, lease->aux);
    }
}

struct store_lease *
store_lease_create(struct store *store, unsigned int ttl_s,
                   store_lease_cb *cb, void *aux)
{
    struct store_lease *lease = xzalloc(sizeof *lease);

    ovs_list_push_back(&store->leases, &lease->node);
    lease->store = store;
    lease->ttl_s = ttl_s;
    lease->cb = cb;
    lease->aux = aux;
    lease->alarm = alarm_create(store->loop, act, lease);
    act(lease);
    return lease;
}

int64_t
store_lease_id(const struct store_lease *lease)
{
    return lease->id;
}

static void
on_revoked(int error OVS_UNUSED, int64_t id OVS_UNUSED,
           int64_t ttl_s OVS_UNUSED, void *aux OVS_UNUSED)
{
    /* Best effort: it runs out by itself. */
}

void
store_lease_destroy(struct store_lease *lease, bool revoke)
{
    if (!lease) {
        return;
    }
    store_op_cancel(lease->op);
    if (revoke && lease->id) {
        store_op_publish(lease->store->class->lease(
            lease->store, LEASE_REVOKE, lease->id, lease->ttl_s, on_revoked,
            NULL));
    }
    alarm_destroy(lease->alarm);
    ovs_list_remove(&lease->node);
    free(lease);
}

void
store_leases_destroy(struct store *store)
{
    while (!ovs_list_is_empty(&store->leases)) {
        store_lease_destroy(CONTAINER_OF(ovs_list_front(&store->leases),
                                         struct store_lease, node), false);
    }
}
