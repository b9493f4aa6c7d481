/* Watch sets: ranges followed from a snapshot on, whatever happens.
 *
 * A watch lists its range, reports what is there, then follows it on a
 * channel of the implementation (backend.h) from the next revision on.  When
 * the channel breaks, it goes on from the revision after the last one that
 * it reported, without a list; when that is impossible (compacted, another
 * history) it lists again and reports the difference from what it had
 * reported (known.h).
 *
 * Whether going on is sound is checked once for all watches of a set after a
 * break: a store restored from a copy may have the same cluster id, and may
 * have passed the revision that was reported, with other events.  So the
 * newest event reported, the anchor, is read back at its own revision; if it
 * is not there the history is another, and all watches list again. */
#include <config.h>

#include <string.h>

#include "store/alarm.h"
#include "store/backend.h"
#include "store/known.h"
#include "util.h"

enum { RETRY_FIRST_MS = 25, RETRY_MAX_MS = 5000, STABLE_MS = 2000 };

enum watch_state {
    WATCH_WAITING,              /* For 'alarm'. */
    WATCH_VERIFYING,            /* For the set to be verified. */
    WATCH_LISTING,              /* For 'list_op'. */
    WATCH_OPENING,              /* For 'followed' to be created. */
    WATCH_LIVE,
};

struct store_watch {
    struct ovs_list node;       /* In set's 'watches'. */
    struct store_watch_set *set;
    struct store_range range;
    struct store_bytes tree;    /* Its key, and what is below it; or empty:
                                 * all of 'range'. */
    void *aux;

    enum watch_state state;
    struct alarm *alarm;
    struct store_op *list_op;
    struct channel_watch *followed;     /* While opening and live. */
    bool must_list;             /* 'revision' is nothing to go on from. */
    bool synced;
    unsigned int n_histories;   /* The store's when it was listed. */
    unsigned int n_failures;    /* In a row. */
    uint64_t created_ms;        /* When it last became live. */
    int trouble;                /* Last told, until it is live. */

    struct known known;
    int64_t revision;           /* All up to this was reported. */

    bool busy;                  /* In one of its callbacks. */
    bool dropped;               /* In one of its callbacks. */
};

/* The newest event reported. */
struct anchor {
    struct store_bytes key;
    int64_t revision;           /* 0: there is none. */
    bool present;               /* It was a put. */
    uint64_t value_hash;
};

struct store_watch_set {
    struct ovs_list node;       /* In store's 'watch_sets'. */
    struct store *store;
    const struct store_watch_ops *ops;
    struct channel *channel;
    struct ovs_list watches;
    struct anchor anchor;
    int64_t revision;           /* The highest of all watches. */
    uint64_t raft_term;         /* The highest seen in a read. */
    bool verified;              /* Since the last break. */
    unsigned int n_breaks, n_breaks_before_op;
    struct store_op *verify_op;
};

static void start(void *watch_);
static void list(struct store_watch *);
static void follow(struct store_watch *);

static uint64_t
now_ms(void)
{
    return uv_hrtime() / 1000000;
}

/* ---- Callbacks -------------------------------------------------------- */

static void
free_watch(struct store_watch *watch)
{
    known_destroy(&watch->known);
    free(watch);
}

/* To be called after each callback, with 'busy' set before it.  Returns
 * false if the watch is gone, perhaps with its set and store. */
static bool
survives(struct store_watch *watch)
{
    watch->busy = false;
    if (watch->dropped) {
        free_watch(watch);
        return false;
    }
    return true;
}

static bool
report(struct store_watch *watch, const struct store_event *events,
       size_t n_events)
{
    if (n_events) {
        watch->busy = true;
        watch->set->ops->events(watch, events, n_events, watch->revision,
                                watch->aux);
        return survives(watch);
    }
    return true;
}

/* A first failure may pass, unless it is 'certain'. */
static void
report_trouble(struct store_watch *watch, int error, const struct err *err,
               bool certain)
{
    const struct store_watch_ops *ops = watch->set->ops;

    if ((certain || watch->n_failures > 1)
        && watch->trouble != error && ops->trouble) {
        watch->trouble = error;
        watch->busy = true;
        ops->trouble(watch, error, err, watch->aux);
        survives(watch);
    }
}

/* ---- Failures --------------------------------------------------------- */

static void
retry(struct store_watch *watch)
{
    uint64_t delay_ms = 0;

    if (watch->state == WATCH_LIVE
        && now_ms() - watch->created_ms > STABLE_MS) {
        watch->n_failures = 0;
    }
    if (watch->n_failures) {
        delay_ms = alarm_backoff_ms(watch->n_failures, RETRY_FIRST_MS,
                                    RETRY_MAX_MS);
    }
    watch->n_failures++;
    watch->state = WATCH_WAITING;
    alarm_start(watch->alarm, delay_ms);
}

/* Forgets where 'watch' stood: it lists again. */
static void
relist(struct store_watch *watch)
{
    watch->must_list = true;
    if (watch->state == WATCH_OPENING || watch->state == WATCH_LIVE) {
        watch->set->store->class->channel_close(watch->followed);
        watch->followed = NULL;
    }
    if (watch->state != WATCH_LISTING && watch->state != WATCH_WAITING) {
        list(watch);
    }
}

/* ---- Verifying that the history is still the same --------------------- */

static void verify(struct store_watch_set *);

static void
set_anchor(struct store_watch_set *set, const struct store_event *event)
{
    struct anchor *anchor = &set->anchor;

    if (event->kv.mod_revision >= anchor->revision) {
        store_bytes_free(&anchor->key);
        anchor->key = store_bytes_copy(event->kv.key);
        anchor->revision = event->kv.mod_revision;
        anchor->present = event->type == STORE_EVENT_PUT;
        anchor->value_hash = anchor->present ? known_hash(event->kv.value) : 0;
    }
}

static void
on_other_history(struct store_watch_set *set)
{
    struct store_watch *watch;

    set->anchor.revision = 0;
    set->revision = 0;
    set->raft_term = 0;
    set->store->n_histories++;
    LIST_FOR_EACH (watch, node, &set->watches) {
        relist(watch);
    }
}

/* Does the anchor, read back as 'kv' (NULL: absent), lie where it lay? */
static bool
anchor_holds(const struct store_watch_set *set, const struct store_kv *kv)
{
    const struct anchor *anchor = &set->anchor;
    const struct store_header *header = &set->store->header;

    if (header->revision < set->revision
        || header->raft_term < set->raft_term) {
        return false;
    } else if (!anchor->revision) {
        return true;
    } else if (!anchor->present) {
        return !kv;
    } else {
        return kv && kv->mod_revision == anchor->revision
               && known_hash(kv->value) == anchor->value_hash;
    }
}

static void
on_verify_failed(struct store_watch_set *set, int error,
                 const struct err *err)
{
    struct store_watch *waiting = NULL, *watch;

    /* One at a time: a callback may free any of them. */
    LIST_FOR_EACH (watch, node, &set->watches) {
        if (watch->state == WATCH_VERIFYING) {
            retry(watch);
            waiting = waiting ? waiting : watch;
        }
    }
    if (waiting) {
        report_trouble(waiting, error, err, error == -WEFT_E_AUTH);
    }
}

static void
on_verified(int error, const struct err *err,
            const struct store_range_result *result, void *set_)
{
    struct store_watch_set *set = set_;
    struct store_watch *watch;

    set->verify_op = NULL;
    if (error && error != -WEFT_E_COMPACTED && error != -WEFT_E_DENIED) {
        on_verify_failed(set, error, err);
    } else if (error
               || !anchor_holds(set, result->n_kvs ? result->kvs : NULL)) {
        /* Compacted or denied: it cannot be told. */
        set->verified = true;
        on_other_history(set);
    } else if (set->n_breaks != set->n_breaks_before_op) {
        verify(set);
    } else {
        set->verified = true;
        set->raft_term = set->store->header.raft_term;
        LIST_FOR_EACH (watch, node, &set->watches) {
            if (watch->state == WATCH_VERIFYING) {
                follow(watch);
            }
        }
    }
}

static void
verify(struct store_watch_set *set)
{
    struct store_range range = { set->anchor.key, { NULL, 0 } };
    struct store_range_options options = { .revision = set->anchor.revision };

    if (!set->verify_op) {
        if (!set->anchor.revision) {
            /* Any key that may be read, for the answer's header. */
            range.key = CONTAINER_OF(ovs_list_front(&set->watches),
                                     struct store_watch, node)->range.key;
        }
        set->n_breaks_before_op = set->n_breaks;
        set->verify_op = store_get_range(set->store, &range, &options,
                                         on_verified, set);
    }
}

/* ---- Listing ---------------------------------------------------------- */

/* Of a tree: its key and what is below it, not what sorts between. */
static bool
is_wanted(const struct store_watch *watch, struct store_bytes key)
{
    size_t size = watch->tree.size;

    return !size || key.size == size || key.data[size] == '/';
}

/* Drops what lies between the branches of a tree; returns the rest of
 * 'kvs', to be freed. */
static struct store_kv *
wanted_kvs(const struct store_watch *watch, const struct store_kv *kvs,
           size_t *n_kvs)
{
    struct store_kv *wanted = xmalloc((*n_kvs + 1) * sizeof *wanted);
    size_t n = 0;

    for (size_t i = 0; i < *n_kvs; i++) {
        if (is_wanted(watch, kvs[i].key)) {
            wanted[n++] = kvs[i];
        }
    }
    *n_kvs = n;
    return wanted;
}

static void
note_list(struct store_watch_set *set, const struct store_kv *kvs,
          size_t n_kvs, int64_t revision)
{
    const struct store_kv *newest = NULL;

    for (size_t i = 0; i < n_kvs; i++) {
        if (!newest || kvs[i].mod_revision > newest->mod_revision) {
            newest = &kvs[i];
        }
    }
    if (newest) {
        struct store_event event = { STORE_EVENT_PUT, *newest };

        set_anchor(set, &event);
    }
    set->revision = MAX(set->revision, revision);
    set->raft_term = MAX(set->raft_term, set->store->header.raft_term);
}

static void
on_listed(int error, const struct err *err,
          const struct store_range_result *result, void *watch_)
{
    struct store_watch *watch = watch_;
    struct store_event *events;
    struct store_kv *kvs;
    size_t n_kvs, n_events;

    watch->list_op = NULL;
    if (error) {
        retry(watch);
        report_trouble(watch, error, err,
                       error == -WEFT_E_DENIED || error == -WEFT_E_AUTH);
        return;
    }

    n_kvs = result->n_kvs;
    kvs = wanted_kvs(watch, result->kvs, &n_kvs);
    events = known_diff(&watch->known, kvs, n_kvs, result->revision,
                        &n_events);
    note_list(watch->set, kvs, n_kvs, result->revision);
    watch->revision = result->revision;
    watch->must_list = false;
    follow(watch);
    if (report(watch, events, n_events) && !watch->synced) {
        watch->synced = watch->busy = true;
        watch->set->ops->synced(watch, watch->revision, watch->aux);
        survives(watch);
    }
    free(events);
    free(kvs);
}

static void
list(struct store_watch *watch)
{
    struct store *store = watch->set->store;

    if (watch->synced) {
        store->stats.n_resyncs++;
    }
    watch->state = WATCH_LISTING;
    watch->n_histories = store->n_histories;
    watch->list_op = store_get_range(store, &watch->range, NULL, on_listed,
                                     watch);
}

/* ---- Following -------------------------------------------------------- */

static void
on_created(void *watch_)
{
    struct store_watch *watch = watch_;

    if (watch->n_histories != watch->set->store->n_histories) {
        relist(watch);
    } else {
        watch->state = WATCH_LIVE;
        watch->created_ms = now_ms();
        watch->trouble = 0;
    }
}

static void
on_events(const struct store_event *events, size_t n_events, void *watch_)
{
    struct store_watch *watch = watch_;
    struct store_watch_set *set = watch->set;
    struct store_event *wanted;
    size_t n = 0;

    if (!n_events) {
        return;
    }
    set->store->stats.n_events += n_events;
    wanted = xmalloc(n_events * sizeof *wanted);
    for (size_t i = 0; i < n_events; i++) {
        const struct store_event *event = &events[i];

        /* An event that was reported already is not reported again. */
        if (event->kv.mod_revision > watch->revision
            && is_wanted(watch, event->kv.key)
            && known_apply(&watch->known, event)) {
            wanted[n++] = *event;
        }
    }
    set_anchor(set, &events[n_events - 1]);
    watch->revision = MAX(watch->revision,
                          events[n_events - 1].kv.mod_revision);
    set->revision = MAX(set->revision, watch->revision);
    report(watch, wanted, n);
    free(wanted);
}

static void
on_broken(int error, const struct err *err, void *watch_)
{
    struct store_watch *watch = watch_;

    watch->followed = NULL;
    if (error == -WEFT_E_COMPACTED || error == -WEFT_E_TOO_LARGE) {
        watch->must_list = true;
        watch->state = WATCH_WAITING;
        alarm_start(watch->alarm, 0);
        return;
    } else if (error == -WEFT_E_DENIED) {
        /* A read tells whether it is the permission or the token. */
        watch->must_list = true;
    }
    watch->set->verified = false;
    watch->set->n_breaks++;
    retry(watch);
    report_trouble(watch, error, err, false);
}

static const struct channel_watch_ops channel_ops = {
    .created = on_created,
    .events = on_events,
    .broken = on_broken,
};

static void
follow(struct store_watch *watch)
{
    struct store_watch_set *set = watch->set;

    watch->state = WATCH_OPENING;
    watch->followed = set->store->class->channel_open(
        set->channel, &watch->range, watch->revision + 1, &channel_ops,
        watch);
}

/* Does what comes next for a watch that waited. */
static void
start(void *watch_)
{
    struct store_watch *watch = watch_;

    if (watch->must_list) {
        list(watch);
    } else if (!watch->set->verified) {
        watch->state = WATCH_VERIFYING;
        verify(watch->set);
    } else {
        follow(watch);
    }
}

/* ---- The contract ----------------------------------------------------- */

struct store_watch_set *
store_watch_set_create(struct store *store, const struct store_watch_ops *ops)
{
    struct store_watch_set *set = xzalloc(sizeof *set);

    ovs_list_push_back(&store->watch_sets, &set->node);
    set->store = store;
    set->ops = ops;
    set->channel = store->class->channel_create(store);
    ovs_list_init(&set->watches);
    set->verified = true;
    return set;
}

void
store_watch_set_destroy(struct store_watch_set *set)
{
    if (!set) {
        return;
    }
    while (!ovs_list_is_empty(&set->watches)) {
        store_watch_drop(CONTAINER_OF(ovs_list_front(&set->watches),
                                      struct store_watch, node));
    }
    store_op_cancel(set->verify_op);
    set->store->class->channel_destroy(set->channel);
    store_bytes_free(&set->anchor.key);
    ovs_list_remove(&set->node);
    free(set);
}

void
store_watch_sets_destroy(struct store *store)
{
    while (!ovs_list_is_empty(&store->watch_sets)) {
        store_watch_set_destroy(
            CONTAINER_OF(ovs_list_front(&store->watch_sets),
                         struct store_watch_set, node));
    }
}

static struct store_watch *
add(struct store_watch_set *set, const struct store_range *range,
    struct store_bytes tree, void *aux)
{
    struct store_watch *watch = xzalloc(sizeof *watch);

    ovs_list_push_back(&set->watches, &watch->node);
    watch->set = set;
    watch->range = store_range_copy(range);
    watch->tree = store_bytes_copy(tree);
    watch->aux = aux;
    watch->alarm = alarm_create(set->store->loop, start, watch);
    watch->must_list = true;
    known_init(&watch->known);
    list(watch);
    return watch;
}

struct store_watch *
store_watch_add_prefix(struct store_watch_set *set, struct store_bytes prefix,
                       void *aux)
{
    struct store_bytes none = { NULL, 0 };
    struct store_range range;
    struct store_watch *watch;
    char *end;

    range = store_prefix_range(prefix, &end);
    watch = add(set, &range, none, aux);
    free(end);
    return watch;
}

struct store_watch *
store_watch_add_tree(struct store_watch_set *set, struct store_bytes key,
                     void *aux)
{
    char *end = xmalloc(key.size + 1);
    struct store_range range = { key, { end, key.size + 1 } };
    struct store_watch *watch;

    memcpy(end, key.data, key.size);
    end[key.size] = '/' + 1;
    watch = add(set, &range, key, aux);
    free(end);
    return watch;
}

void
store_watch_drop(struct store_watch *watch)
{
    struct store *store = watch->set->store;

    store_op_cancel(watch->list_op);
    if (watch->followed) {
        store->class->channel_close(watch->followed);
    }
    alarm_destroy(watch->alarm);
    store_range_free(&watch->range);
    store_bytes_free(&watch->tree);
    ovs_list_remove(&watch->node);
    if (watch->busy) {
        watch->dropped = true;
    } else {
        free_watch(watch);
    }
}

bool
store_watch_is_synced(const struct store_watch *watch)
{
    return watch->synced;
}

int64_t
store_watch_revision(const struct store_watch *watch)
{
    return watch->revision;
}
