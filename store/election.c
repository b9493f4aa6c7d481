/* Leader election: whoever holds the leader key under its own lease leads.
 *
 * What is known of the key comes from three sides: a watch, the answers to
 * our own transactions, and plain reads.  Each tells the state of the key as
 * of a revision, and know() is the only place that draws conclusions: it
 * leads if the key carries our lease, and campaigns if there is no key.  What
 * an answer brought may be newer than what the watch says next, so word from
 * the past only makes it read the key. */
#include <config.h>

#include <string.h>

#include "store/alarm.h"
#include "store/backend.h"
#include "util.h"

enum { RETRY_FIRST_MS = 50, RETRY_MAX_MS = 2000 };

struct store_election {
    struct ovs_list node;       /* In store's 'elections'. */
    struct store *store;
    struct store_bytes key;
    struct store_bytes value;   /* Ours. */
    store_election_cb *cb;
    void *aux;
    struct store_lease *lease;
    struct store_watch_set *watch_set;
    struct store_op *op;        /* Campaigning or reading the key. */
    struct alarm *alarm;        /* Then the key is read again. */
    unsigned int n_failures;    /* In a row. */
    unsigned int n_heard;       /* Times that the watch told something, */
    unsigned int n_heard_before_op; /* until 'op' was sent. */

    int64_t revision;           /* As of which the rest is known. */
    bool leading;
    int64_t create_revision;    /* Of the key, while leading. */
    char *leader;               /* Value of the key, NULL if there is none. */
    bool told;                  /* The callback was ever called. */
};

static void campaign(struct store_election *);

static struct store_range
key_range(const struct store_election *election)
{
    return (struct store_range) { election->key, { NULL, 0 } };
}

/* Takes 'leader'.  Calls back, if that is news; the last thing to do. */
static void
set_leader(struct store_election *election, bool leading, char *leader)
{
    bool same = election->told && leading == election->leading
                && nullable_string_is_equal(leader, election->leader);

    free(election->leader);
    election->leader = leader;
    election->leading = leading;
    if (!same) {
        election->told = true;
        election->cb(leading, leader, election->aux);
    }
}

static void read_key(void *election_);

/* The key is as 'kv' has it (NULL: absent) at 'revision'. */
static void
know(struct store_election *election, const struct store_kv *kv,
     int64_t revision)
{
    int64_t lease = store_lease_id(election->lease);
    bool leading = kv && lease && kv->lease == lease;

    election->revision = revision;
    election->create_revision = leading ? kv->create_revision : 0;
    if (!kv && lease) {
        campaign(election);
    }
    set_leader(election, leading,
               kv ? xmemdup0(kv->value.data, kv->value.size) : NULL);
}

/* Draws conclusions from the answer to 'op'. */
static void
on_answer(struct store_election *election, const struct store_kv *kv,
          int64_t revision)
{
    election->n_failures = 0;
    if (election->n_heard != election->n_heard_before_op) {
        /* The watch spoke meanwhile: which of both is newer? */
        read_key(election);
    } else {
        know(election, kv, revision);
    }
}

static void
on_failure(struct store_election *election)
{
    election->n_failures++;
    alarm_start(election->alarm,
                alarm_backoff_ms(election->n_failures, RETRY_FIRST_MS,
                                 RETRY_MAX_MS));
}

static void
on_campaigned(int error, const struct err *err OVS_UNUSED,
              const struct store_txn_result *result, void *election_)
{
    struct store_election *election = election_;

    election->op = NULL;
    if (error) {
        /* Perhaps it was done: read before the next attempt. */
        on_failure(election);
    } else if (result->succeeded) {
        struct store_kv kv = {
            .value = election->value,
            .create_revision = result->revision,
            .lease = store_lease_id(election->lease),
        };

        on_answer(election, &kv, result->revision);
    } else {
        on_answer(election, result->n_gets && result->gets[0].n_kvs
                            ? &result->gets[0].kvs[0] : NULL,
                  result->revision);
    }
}

static void
campaign(struct store_election *election)
{
    int64_t lease = store_lease_id(election->lease);
    struct store_range range = key_range(election);
    struct store_txn *txn;

    if (election->op || !lease) {
        return;
    }
    txn = store_txn_create();
    store_txn_compare(txn, election->key, STORE_COMPARE_CREATE, STORE_EQUAL,
                      0);
    store_txn_put(txn, election->key, election->value, lease);
    store_txn_else_get(txn, &range);
    election->n_heard_before_op = election->n_heard;
    election->op = store_txn_commit(election->store, txn, on_campaigned,
                                    election);
}

static void
on_read(int error, const struct err *err OVS_UNUSED,
        const struct store_range_result *result, void *election_)
{
    struct store_election *election = election_;

    election->op = NULL;
    if (error) {
        on_failure(election);
    } else {
        on_answer(election, result->n_kvs ? &result->kvs[0] : NULL,
                  result->revision);
    }
}

static void
read_key(void *election_)
{
    struct store_election *election = election_;
    struct store_range range = key_range(election);

    if (!election->op) {
        election->n_heard_before_op = election->n_heard;
        election->op = store_get_range(election->store, &range, NULL, on_read,
                                       election);
    }
}

static void
on_lease(int64_t id, void *election_)
{
    struct store_election *election = election_;

    if (id) {
        campaign(election);
    } else {
        /* A transaction under way would put under the lost lease. */
        store_op_cancel(election->op);
        election->op = NULL;
        set_leader(election, false, nullable_xstrdup(election->leader));
    }
}

static void
on_events(struct store_watch *watch OVS_UNUSED,
          const struct store_event *events, size_t n_events, int64_t revision,
          void *election_)
{
    struct store_election *election = election_;
    const struct store_event *last = NULL;

    for (size_t i = 0; i < n_events; i++) {
        if (store_bytes_equal(events[i].kv.key, election->key)) {
            last = &events[i];
        }
    }
    if (!last) {
        return;
    }
    election->n_heard++;
    if (revision < election->revision) {
        read_key(election);
    } else {
        know(election, last->type == STORE_EVENT_PUT ? &last->kv : NULL,
             revision);
    }
}

static void
on_synced(struct store_watch *watch OVS_UNUSED, int64_t revision OVS_UNUSED,
          void *election_)
{
    campaign(election_);
}

static const struct store_watch_ops watch_ops = {
    .events = on_events,
    .synced = on_synced,
};

struct store_election *
store_election_create(struct store *store, struct store_bytes key,
                      struct store_bytes value, unsigned int ttl_s,
                      store_election_cb *cb, void *aux)
{
    struct store_election *election = xzalloc(sizeof *election);

    ovs_list_push_back(&store->elections, &election->node);
    election->store = store;
    election->key = store_bytes_copy(key);
    election->value = store_bytes_copy(value);
    election->cb = cb;
    election->aux = aux;
    election->alarm = alarm_create(store->loop, read_key, election);
    election->lease = store_lease_create(store, ttl_s, on_lease, election);
    election->watch_set = store_watch_set_create(store, &watch_ops);
    store_watch_add_tree(election->watch_set, election->key, election);
    return election;
}

bool
store_election_is_leader(const struct store_election *election)
{
    return election->leading;
}

void
store_election_fence(const struct store_election *election,
                     struct store_txn *txn)
{
    store_txn_compare(txn, election->key, STORE_COMPARE_CREATE, STORE_EQUAL,
                      election->create_revision);
}

void
store_election_recheck(struct store_election *election)
{
    read_key(election);
}

static void
free_election(struct store_election *election, bool resign)
{
    store_op_cancel(election->op);
    store_watch_set_destroy(election->watch_set);
    /* The key goes with its lease. */
    store_lease_destroy(election->lease, resign);
    alarm_destroy(election->alarm);
    ovs_list_remove(&election->node);
    store_bytes_free(&election->key);
    store_bytes_free(&election->value);
    free(election->leader);
    free(election);
}

void
store_election_destroy(struct store_election *election)
{
    if (election) {
        free_election(election, true);
    }
}

void
store_elections_destroy(struct store *store)
{
    while (!ovs_list_is_empty(&store->elections)) {
        free_election(CONTAINER_OF(ovs_list_front(&store->elections),
                                   struct store_election, node), false);
    }
}
