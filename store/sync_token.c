/* Sync tokens: see sync_token.h.
 *
 * One watch of P/status/sync; every event is held against the list of waits.
 * When that says that a change is in the southbound and which chassis are
 * still behind, and these are few, their own answers, P/chassis/<c>/sync, are
 * followed too: the translator would have to read them before it could write
 * that nobody is behind, and that is one more round through etcd.
 * A wait whose level has been reached has its timer set to fire at once, so
 * that callbacks come from one place, on_timer(), and never from within a
 * call. */
#include <config.h>

#include "store/sync_token.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/list.h"
#include "store/keys.h"
#include "util.h"

enum { MAX_LAGGARDS = 8 };

/* What a watch's aux points to. */
struct followed {
    struct sync_waiter *waiter;
    char *key;
    struct store_watch *watch;
    char *chassis;              /* NULL: P/status/sync. */
    int64_t revision;           /* A chassis has applied this sb/sync. */
};

struct sync_waiter {
    uv_loop_t *loop;
    char *prefix;
    struct followed main;       /* P/status/sync. */
    struct followed *laggards[MAX_LAGGARDS];
    size_t n_laggards;
    struct store_watch_set *set;
    struct sync_status status;
    struct err trouble;         /* Why the key cannot be followed. */
    struct ovs_list waits;      /* struct sync_wait. */
};

struct sync_wait {
    struct ovs_list node;       /* In waiter->waits. */
    struct sync_waiter *waiter;
    enum sync_level level;
    int64_t revision;
    bool reached;
    uv_timer_t timer;
    sync_wait_cb *cb;
    void *aux;
};

bool
sync_level_from_string(const char *text, enum sync_level *level)
{
    if (!strcmp(text, "sb")) {
        *level = SYNC_SB;
    } else if (!strcmp(text, "hv")) {
        *level = SYNC_HV;
    } else {
        return false;
    }
    return true;
}

const char *
sync_level_to_string(enum sync_level level)
{
    return level == SYNC_SB ? "sb" : "hv";
}

void
sync_token_put(struct store_txn *txn, const char *prefix, const char *client,
               enum sync_level level)
{
    char *key = keys_build(prefix, "nb/sync", client, NULL);
    char *value = xasprintf("{\"wait\":\"%s\"}", sync_level_to_string(level));

    store_txn_put(txn, store_bytes_from_string(key),
                  store_bytes_from_string(value), 0);
    free(value);
    free(key);
}

/* ---- The key ---------------------------------------------------------- */

static void
status_clear(struct sync_status *status)
{
    for (size_t i = 0; i < status->n_behind; i++) {
        free(status->behind[i]);
    }
    free(status->behind);
    memset(status, 0, sizeof *status);
}

/* Reads a value of P/status/sync; what is malformed leaves it unknown. */
static void
status_parse(struct sync_status *status, struct store_bytes value)
{
    json_t *root = json_loadb(value.data, value.size, 0, NULL);
    json_t *behind = json_object_get(root, "behind");
    size_t n = MIN(json_array_size(behind), SYNC_MAX_BEHIND);

    status_clear(status);
    if (json_is_object(root)) {
        status->is_known = true;
        status->sb_revision
            = json_integer_value(json_object_get(root, "sb_revision"));
        status->hv_revision
            = json_integer_value(json_object_get(root, "hv_revision"));
        status->behind = xcalloc(n ? n : 1, sizeof *status->behind);
        for (size_t i = 0; i < n; i++) {
            json_t *name = json_array_get(behind, i);

            if (json_is_string(name)) {
                status->behind[status->n_behind++]
                    = xstrdup(json_string_value(name));
            }
        }
    }
    json_decref(root);
}

/* ---- Those behind ----------------------------------------------------- */

static void
follow(struct followed *followed, struct sync_waiter *waiter, char *key)
{
    followed->waiter = waiter;
    followed->key = key;
    followed->watch = store_watch_add_prefix(
        waiter->set, store_bytes_from_string(key), followed);
}

static void
free_laggard(struct followed *laggard)
{
    store_watch_drop(laggard->watch);
    free(laggard->key);
    free(laggard->chassis);
    free(laggard);
}

static struct followed *
find_laggard(const struct sync_waiter *waiter, const char *chassis)
{
    for (size_t i = 0; i < waiter->n_laggards; i++) {
        if (!strcmp(waiter->laggards[i]->chassis, chassis)) {
            return waiter->laggards[i];
        }
    }
    return NULL;
}

static bool
is_behind(const struct sync_status *status, const char *chassis)
{
    for (size_t i = 0; i < status->n_behind; i++) {
        if (!strcmp(status->behind[i], chassis)) {
            return true;
        }
    }
    return false;
}

/* Follows those behind.  Who was behind once is followed on, for he will be
 * again, as long as there is room. */
static void
follow_laggards(struct sync_waiter *waiter)
{
    const struct sync_status *status = &waiter->status;
    size_t i = 0;

    for (size_t j = 0; j < status->n_behind; j++) {
        const char *chassis = status->behind[j];
        struct followed *laggard;

        if (find_laggard(waiter, chassis)) {
            continue;
        }
        while (waiter->n_laggards == MAX_LAGGARDS) {
            if (is_behind(status, waiter->laggards[i]->chassis)) {
                i++;
            } else {
                free_laggard(waiter->laggards[i]);
                waiter->laggards[i]
                    = waiter->laggards[--waiter->n_laggards];
            }
        }
        laggard = xzalloc(sizeof *laggard);
        laggard->chassis = xstrdup(chassis);
        waiter->laggards[waiter->n_laggards++] = laggard;
        follow(laggard, waiter, keys_build(waiter->prefix, "chassis",
                                           chassis, "sync", NULL));
    }
}

/* Have all that 'status' calls behind said themselves that they have come to
 * 'revision'?  It must be in the southbound by 'status'. */
static bool
have_caught_up(const struct sync_waiter *waiter, int64_t revision)
{
    const struct sync_status *status = &waiter->status;

    for (size_t i = 0; i < status->n_behind; i++) {
        const struct followed *laggard = find_laggard(waiter,
                                                      status->behind[i]);

        if (!laggard || laggard->revision < revision) {
            return false;
        }
    }
    return status->n_behind > 0;
}

/* ---- Events ----------------------------------------------------------- */

static void on_timer(uv_timer_t *timer);

static bool
is_reached(const struct sync_wait *wait)
{
    const struct sync_status *status = &wait->waiter->status;

    if (!status->is_known || status->sb_revision < wait->revision) {
        return false;
    }
    return (wait->level == SYNC_SB || status->hv_revision >= wait->revision
            || have_caught_up(wait->waiter, wait->revision));
}

static void
check_wait(struct sync_wait *wait)
{
    struct sync_waiter *waiter = wait->waiter;
    const struct sync_status *status = &waiter->status;

    if (wait->reached) {
        return;
    }
    if (is_reached(wait)) {
        wait->reached = true;
        uv_timer_start(&wait->timer, on_timer, 0, 0);
    } else if (wait->level == SYNC_HV && status->is_known
               && status->sb_revision >= wait->revision
               && status->n_behind <= MAX_LAGGARDS) {
        follow_laggards(waiter);
    }
}

/* The value of P/chassis/<c>/sync: {"revision":1234}. */
static int64_t
parse_revision(struct store_bytes value)
{
    json_t *root = json_loadb(value.data, value.size, 0, NULL);
    int64_t revision = json_integer_value(json_object_get(root, "revision"));

    json_decref(root);
    return revision;
}

static void
take_event(struct followed *followed, const struct store_event *event)
{
    struct sync_waiter *waiter = followed->waiter;
    bool is_put = event->type == STORE_EVENT_PUT;

    if (followed->chassis) {
        followed->revision = is_put ? parse_revision(event->kv.value) : 0;
        return;
    }
    err_clear(&waiter->trouble);
    if (is_put) {
        status_parse(&waiter->status, event->kv.value);
    } else {
        status_clear(&waiter->status);
    }
}

static void
on_events(struct store_watch *watch OVS_UNUSED,
          const struct store_event *events, size_t n_events,
          int64_t revision OVS_UNUSED, void *followed_)
{
    struct followed *followed = followed_;
    struct sync_waiter *waiter = followed->waiter;
    struct sync_wait *wait;

    for (size_t i = 0; i < n_events; i++) {
        const struct store_kv *kv = &events[i].kv;

        /* The watch is of a prefix. */
        if (kv->key.size == strlen(followed->key)
            && !memcmp(kv->key.data, followed->key, kv->key.size)) {
            take_event(followed, &events[i]);
        }
    }
    LIST_FOR_EACH (wait, node, &waiter->waits) {
        check_wait(wait);
    }
}

static void
on_synced(struct store_watch *watch OVS_UNUSED, int64_t revision OVS_UNUSED,
          void *followed_)
{
    struct followed *followed = followed_;

    if (!followed->chassis) {
        err_clear(&followed->waiter->trouble);
    }
}

/* Who may not read a chassis's answer waits for P/status/sync. */
static void
on_trouble(struct store_watch *watch OVS_UNUSED, int error,
           const struct err *err, void *followed_)
{
    struct followed *followed = followed_;
    struct sync_waiter *waiter = followed->waiter;

    if (!followed->chassis) {
        err_clear(&waiter->trouble);
        err_put(&waiter->trouble, error, NULL, "%s",
                err && err->message ? err->message : err_text(error));
    }
}

static const struct store_watch_ops watch_ops = {
    .events = on_events,
    .synced = on_synced,
    .trouble = on_trouble,
};

struct sync_waiter *
sync_waiter_create(struct store *store, const char *prefix)
{
    struct sync_waiter *waiter = xzalloc(sizeof *waiter);

    waiter->loop = store_loop(store);
    waiter->prefix = xstrdup(prefix);
    ovs_list_init(&waiter->waits);
    waiter->set = store_watch_set_create(store, &watch_ops);
    follow(&waiter->main, waiter, keys_build(prefix, "status", "sync", NULL));
    return waiter;
}

void
sync_waiter_destroy(struct sync_waiter *waiter)
{
    struct sync_wait *wait;

    if (!waiter) {
        return;
    }
    LIST_FOR_EACH_SAFE (wait, node, &waiter->waits) {
        sync_wait_cancel(wait);
    }
    while (waiter->n_laggards) {
        free_laggard(waiter->laggards[--waiter->n_laggards]);
    }
    store_watch_set_destroy(waiter->set);
    status_clear(&waiter->status);
    err_clear(&waiter->trouble);
    free(waiter->main.key);
    free(waiter->prefix);
    free(waiter);
}

const struct sync_status *
sync_waiter_status(const struct sync_waiter *waiter)
{
    return &waiter->status;
}

/* ---- Waits ------------------------------------------------------------ */

static void
on_timer_closed(uv_handle_t *handle)
{
    free(CONTAINER_OF((uv_timer_t *) handle, struct sync_wait, timer));
}

static void
on_timer(uv_timer_t *timer)
{
    struct sync_wait *wait = CONTAINER_OF(timer, struct sync_wait, timer);
    struct sync_waiter *waiter = wait->waiter;
    sync_wait_cb *cb = wait->cb;
    void *aux = wait->aux;
    bool reached = wait->reached;
    struct err trouble = ERR_INIT;

    sync_wait_cancel(wait);
    if (reached) {
        cb(0, NULL, &waiter->status, aux);
        return;
    }
    if (waiter->trouble.code) {
        err_put(&trouble, -WEFT_E_TIMEOUT, NULL, "%s cannot be followed: %s",
                waiter->main.key,
                waiter->trouble.message);
    }
    cb(-WEFT_E_TIMEOUT, &trouble, &waiter->status, aux);
    err_clear(&trouble);
}

struct sync_wait *
sync_wait_start(struct sync_waiter *waiter, enum sync_level level,
                int64_t revision, int timeout_ms, sync_wait_cb *cb, void *aux)
{
    struct sync_wait *wait = xzalloc(sizeof *wait);

    wait->waiter = waiter;
    wait->level = level;
    wait->revision = revision;
    wait->cb = cb;
    wait->aux = aux;
    ovs_list_push_back(&waiter->waits, &wait->node);
    uv_timer_init(waiter->loop, &wait->timer);
    uv_timer_start(&wait->timer, on_timer, MAX(timeout_ms, 0), 0);
    check_wait(wait);
    return wait;
}

void
sync_wait_cancel(struct sync_wait *wait)
{
    if (wait) {
        ovs_list_remove(&wait->node);
        uv_close((uv_handle_t *) &wait->timer, on_timer_closed);
    }
}
