/* A session: pairs from three watches go into the translation; whose turn
 * it is to lead. */
#include <config.h>

#include "translator/session.h"

#include <string.h>
#include <time.h>

#include "openvswitch/util.h"
#include "translator/engine.h"
#include "translator/model.h"
#include "translator/progress.h"
#include "translator/session_private.h"
#include "translator/translation.h"
#include "translator/written.h"
#include "translator/written_since.h"
#include "util.h"

double
session_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec + ts.tv_nsec / 1e9;
}

enum { RUNS_PER_STEP = 2000 };  /* Functions: some 20 ms. */

/* ---- Watches ----------------------------------------------------------- */

static void
set_dirty(struct session *session)
{
    if (!session->is_dirty && !session->is_translating) {
        session->since = session_now();
    }
    session->is_dirty = true;
}

/* What came of sb/ and status/: another leader's work. */
static void
take_southbound(struct session *session, const char *key,
                const struct store_event *event)
{
    const struct store_bytes *value = &event->kv.value;

    if (!strcmp(key, "sb/leader")) {
        session->leader_seen = (event->type == STORE_EVENT_PUT
                                ? event->kv.create_revision : 0);
        return;
    }
    if (event->type == STORE_EVENT_PUT) {
        written_put(session->written, key, value->data, value->size,
                    event->kv.mod_revision);
        translation_learn(session->translation, key, value->data,
                          value->size);
    } else {
        written_delete(session->written, key);
        translation_unlearn(session->translation, key);
    }
}

static void
take_event(struct session *session, enum watch_id id,
           const struct store_event *event)
{
    /* The store's keys are NUL-terminated. */
    const char *key = event->kv.key.data + session->prefix_size;
    bool is_put = event->type == STORE_EVENT_PUT;
    const char *value = is_put ? event->kv.value.data : NULL;

    progress_take(session->progress, key, value, event->kv.value.size,
                  event->kv.mod_revision);
    if (id == WATCH_SB) {
        take_southbound(session, key, event);
    } else if (is_put) {
        translation_put(session->translation, key, value,
                        event->kv.value.size, event->kv.create_revision,
                        event->kv.mod_revision);
    } else {
        translation_delete(session->translation, key);
    }
}

static void
events_cb(struct store_watch *watch OVS_UNUSED,
          const struct store_event *events, size_t n_events,
          int64_t revision, void *aux_)
{
    struct watch_aux *aux = aux_;
    struct session *session = aux->session;

    session->trouble = 0;
    session->n_events += n_events;
    for (size_t i = 0; i < n_events; i++) {
        const struct store_bytes *key = &events[i].kv.key;

        /* No key of ours has a NUL: up to there it may be another's. */
        if (!memchr(key->data, '\0', key->size)) {
            take_event(session, aux->id, &events[i]);
        }
    }
    if (aux->id == WATCH_NB) {
        session->nb_revision = revision;
    }
    set_dirty(session);
}

static void
synced_cb(struct store_watch *watch OVS_UNUSED, int64_t revision, void *aux_)
{
    struct watch_aux *aux = aux_;

    aux->session->is_synced[aux->id] = true;
    if (aux->id == WATCH_NB) {
        aux->session->nb_revision = revision;
    }
    set_dirty(aux->session);
}

/* Logged once until events come again: the watch tries for ever. */
static void
trouble_cb(struct store_watch *watch OVS_UNUSED, int error,
           const struct err *err, void *aux_)
{
    struct watch_aux *aux = aux_;
    struct session *session = aux->session;
    char *text, *message;

    if (error == session->trouble) {
        return;
    }
    session->trouble = error;
    text = err ? err_to_string(err) : xstrdup(err_text(error));
    message = xasprintf("reading from etcd: %s", text);
    session->config.ops->log(message, session->config.aux);
    free(message);
    free(text);
}

static const struct store_watch_ops watch_ops = {
    .events = events_cb,
    .synced = synced_cb,
    .trouble = trouble_cb,
};

static void
add_watch(struct session *session, enum watch_id id, const char *area)
{
    char *prefix = xasprintf("%s/%s", session->config.prefix, area);

    session->watch_aux[id] = (struct watch_aux) { session, id };
    session->watches[id] = store_watch_add_prefix(
        session->watch_set, store_bytes_from_string(prefix),
        &session->watch_aux[id]);
    free(prefix);
}

static bool
is_synced(const struct session *session)
{
    return (session->is_synced[WATCH_NB] && session->is_synced[WATCH_CHASSIS]
            && session->is_synced[WATCH_SB]);
}

/* ---- Life -------------------------------------------------------------- */

struct session *
session_create(const struct session_config *config)
{
    struct session *session = xzalloc(sizeof *session);

    session->config = *config;
    session->prefix_size = strlen(config->prefix) + 1;
    session->translation = translation_create();
    session->written = written_create();
    session->progress = progress_create();
    session->since_sync = written_since_create();
    sset_init(&session->todo);
    sset_init(&session->unclosed);
    session->progress_timer = xmalloc(sizeof *session->progress_timer);
    uv_timer_init(store_loop(config->store), session->progress_timer);
    session->progress_timer->data = session;
    session->again = xmalloc(sizeof *session->again);
    uv_idle_init(store_loop(config->store), session->again);
    session->watch_set = store_watch_set_create(config->store, &watch_ops);
    add_watch(session, WATCH_NB, "nb/");
    add_watch(session, WATCH_CHASSIS, "chassis/");
    add_watch(session, WATCH_SB, "s");      /* sb/, status/ */
    return session;
}

static void
free_handle(uv_handle_t *handle)
{
    free(handle);
}

void
session_destroy(struct session *session)
{
    if (session) {
        store_op_cancel(session->ask_op);
        writer_destroy(session->writer);
        store_watch_set_destroy(session->watch_set);
        uv_close((uv_handle_t *) session->progress_timer, free_handle);
        uv_close((uv_handle_t *) session->again, free_handle);
        progress_destroy(session->progress);
        written_since_destroy(session->since_sync);
        written_destroy(session->written);
        translation_destroy(session->translation);
        sset_destroy(&session->todo);
        sset_destroy(&session->unclosed);
        free(session);
    }
}

/* ---- Taking over ------------------------------------------------------- */

static void
ask_cb(int error, const struct err *err OVS_UNUSED,
       const struct store_range_result *result, void *session_)
{
    struct session *session = session_;

    session->ask_op = NULL;
    if (error || !result->n_kvs) {
        session->state = NOT_LEADING;   /* Asks again at the next step. */
    } else {
        session->leader_revision = result->kvs[0].create_revision;
        session->state = CATCHING_UP;
    }
}

static void
ask(struct session *session)
{
    struct store_range range = {
        .key = store_bytes_from_string(session->config.leader_key),
    };

    session->state = ASKING;
    session->ask_op = store_get_range(session->config.store, &range, NULL,
                                      ask_cb, session);
}

void
session_lead(struct session *session, struct store_election *election)
{
    session->election = election;
    if (!election && (session->state == ASKING
                      || session->state == CATCHING_UP)) {
        store_op_cancel(session->ask_op);
        session->ask_op = NULL;
        session->state = NOT_LEADING;
    }
}

void
session_stop(struct session *session)
{
    session->state = DEPOSED;
    session->election = NULL;
    writer_destroy(session->writer);
    session->writer = NULL;
}

bool
session_has_led(const struct session *session)
{
    return session->state >= TAKING_OVER;
}

bool
session_is_leading(const struct session *session)
{
    return session->state == LEADING;
}

uint64_t
session_n_events(const struct session *session)
{
    return session->n_events;
}

bool
session_is_deposed(const struct session *session)
{
    return session->state == DEPOSED;
}

/* ---- Steps ------------------------------------------------------------- */

static void
tell_translated(struct session *session)
{
    const struct translator_ops *ops = session->config.ops;

    if (ops->translated) {
        ops->translated(!session->has_translated, session->config.aux);
    }
    session->has_translated = true;
}

static void
again_cb(uv_idle_t *again OVS_UNUSED)
{
}

/* Translates for a while.  Returns true if all that came is translated; else
 * the loop comes back soon: it has leases to keep alive. */
static bool
translate(struct session *session)
{
    if (!session->is_dirty && !session->is_translating) {
        return true;
    }
    session->is_dirty = false;
    session->is_translating = !translation_step(session->translation,
                                                RUNS_PER_STEP);
    if (session->is_translating) {
        uv_idle_start(session->again, again_cb);
        return false;
    }
    uv_idle_stop(session->again);
    session->translated_revision = session->nb_revision;
    session->translated = session_now();
    tell_translated(session);
    return true;
}

/* From here on nobody else writes: what is known is all there is. */
static void
begin_to_lead(struct session *session)
{
    session->state = TAKING_OVER;
    store_watch_drop(session->watches[WATCH_SB]);
    session->watches[WATCH_SB] = NULL;
    translation_set_allocating(session->translation, true);
    session->is_dirty = true;
}

/* All is known and translated: fit to lead at once. */
bool
session_is_warm(const struct session *session)
{
    return (is_synced(session) && !session->is_dirty
            && !session->is_translating);
}

static void
step_standby(struct session *session)
{
    if (session->state == CATCHING_UP
        && session->leader_seen == session->leader_revision) {
        begin_to_lead(session);
        return;
    }
    if (translate(session)) {
        session_take_changes(session, false);
        if (session->state == NOT_LEADING && session->election) {
            ask(session);
        }
    }
}

void
session_step(struct session *session)
{
    if (session->state == DEPOSED || !is_synced(session)) {
        return;
    }
    switch (session->state) {
    case NOT_LEADING:
    case ASKING:
    case CATCHING_UP:
        step_standby(session);
        break;
    case TAKING_OVER:
        if (translate(session)) {
            session_take_over(session);
        }
        break;
    case LEADING:
        if (writer_is_idle(session->writer) && translate(session)) {
            session_write(session);
        }
        break;
    case DEPOSED:
        break;
    }
}

struct translator_stats
session_stats(const struct session *session)
{
    struct engine_stats engine = engine_stats(
        translation_engine(session->translation));
    struct writer_stats writer = (session->writer
                                  ? writer_stats(session->writer)
                                  : session->past);
    const struct model *model = translation_model(session->translation);

    return (struct translator_stats) {
        .is_synced = is_synced(session),
        .is_leading = session_is_leading(session),
        .is_settled = (session->state == LEADING && session_is_warm(session)
                       && sset_is_empty(&session->todo)
                       && writer_is_idle(session->writer)),
        .n_events = session->n_events,
        .n_generated = engine.n_runs,
        .n_rows = model_n_rows(model),
        .n_bad_rows = model_n_bad_rows(model),
        .n_outputs = engine.n_outputs,
        .n_nodes = engine.n_nodes,
        .n_edges = engine.n_edges,
        .output_bytes = engine.output_bytes,
        .n_batches = writer.n_batches,
        .n_txns = writer.n_txns,
        .n_txn_failures = writer.n_failures,
        .n_puts = writer.n_puts,
        .n_deletes = writer.n_deletes,
        .bytes_written = writer.bytes,
        .n_faults = engine_n_faults(
            translation_engine(session->translation)),
    };
}
