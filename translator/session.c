/* A session: pairs from three watches go into the translation; what comes
 * out is held against what etcd has, and the difference written. */
#include <config.h>

#include "translator/session.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "openvswitch/util.h"
#include "sset.h"
#include "translator/batch.h"
#include "translator/engine.h"
#include "translator/model.h"
#include "translator/progress.h"
#include "translator/translation.h"
#include "translator/writer.h"
#include "translator/written.h"
#include "util.h"

enum {
    MAX_BATCH_OPS = 32768,      /* What a batch may hold; the rest waits. */
    MAX_BATCH_BYTES = 16 * 1024 * 1024,
    PROGRESS_DELAY_MS = 200,    /* Of news about who is behind. */
};

enum watch_id { WATCH_NB, WATCH_CHASSIS, WATCH_SB, N_WATCHES };

/* What a watch's callbacks get. */
struct watch_aux {
    struct session *session;
    enum watch_id id;
};

enum leading_state {
    NOT_LEADING,
    ASKING,                     /* Reads the leader key's create revision. */
    CATCHING_UP,                /* Until the watch has delivered that. */
    LEADING,
    DEPOSED,
};

struct session {
    struct session_config config;
    size_t prefix_size;         /* With its '/'. */
    struct translation *translation;
    struct written *written;
    struct progress *progress;

    struct store_watch_set *watch_set;
    struct store_watch *watches[N_WATCHES];
    struct watch_aux watch_aux[N_WATCHES];
    bool is_synced[N_WATCHES];
    int64_t nb_revision;        /* Delivered. */
    uint64_t n_events;

    enum leading_state state;
    struct store_election *election;
    struct store_op *ask_op;
    int64_t leader_revision;    /* Create revision of our leader key, */
    int64_t leader_seen;        /* of the one the watch delivered last. */

    struct writer *writer;      /* While LEADING. */
    struct writer_stats past;   /* Of no writer. */
    struct sset todo;           /* Keys that may differ from etcd. */
    struct sset unclosed;       /* Roots to write even if they don't. */
    bool is_dirty;              /* Something came since the last run. */
    int64_t translated_revision;
    double since;               /* When the first of it came. */
    double translated;          /* When that was translated. */
    double batch_since, batch_translated;   /* Of what is being written. */

    uv_timer_t *progress_timer;
    bool progress_waits;        /* For the timer. */
    bool progress_may;          /* It is over. */
};

static double
now_s(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* ---- Watches -------------------------------------------------------------- */

static void
set_dirty(struct session *session)
{
    if (!session->is_dirty) {
        session->is_dirty = true;
        session->since = now_s();
    }
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

    session->n_events += n_events;
    for (size_t i = 0; i < n_events; i++) {
        take_event(session, aux->id, &events[i]);
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

static const struct store_watch_ops watch_ops = {
    .events = events_cb,
    .synced = synced_cb,
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

/* ---- Life ------------------------------------------------------------------- */

static void
progress_timer_cb(uv_timer_t *timer)
{
    struct session *session = timer->data;

    session->progress_waits = false;
    session->progress_may = true;
}

struct session *
session_create(const struct session_config *config)
{
    struct session *session = xzalloc(sizeof *session);

    session->config = *config;
    session->prefix_size = strlen(config->prefix) + 1;
    session->translation = translation_create();
    session->written = written_create();
    session->progress = progress_create();
    sset_init(&session->todo);
    sset_init(&session->unclosed);
    session->progress_timer = xmalloc(sizeof *session->progress_timer);
    uv_timer_init(store_loop(config->store), session->progress_timer);
    session->progress_timer->data = session;
    session->watch_set = store_watch_set_create(config->store, &watch_ops);
    add_watch(session, WATCH_NB, "nb/");
    add_watch(session, WATCH_CHASSIS, "chassis/");
    add_watch(session, WATCH_SB, "s");      /* sb/, status/ */
    return session;
}

static void
free_timer(uv_handle_t *handle)
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
        uv_close((uv_handle_t *) session->progress_timer, free_timer);
        progress_destroy(session->progress);
        written_destroy(session->written);
        translation_destroy(session->translation);
        sset_destroy(&session->todo);
        sset_destroy(&session->unclosed);
        free(session);
    }
}

/* ---- Batches ------------------------------------------------------------------ */

/* Moves what the engine says has changed to 'todo'; a standby forgets it. */
static void
take_changes(struct session *session, bool remember)
{
    struct engine *engine = translation_engine(session->translation);
    struct engine_bytes value;
    const char *key;

    while (engine_next_change(engine, &key, &value)) {
        if (remember) {
            sset_add(&session->todo, key);
        }
    }
}

/* Adds 'key', which is no root, to the batch if etcd has something else.
 * Returns true if it did. */
static bool
add_child(struct session *session, struct batch *batch, const char *key)
{
    struct engine_bytes value = engine_output_get(
        translation_engine(session->translation), key);

    if (value.data) {
        if (written_is(session->written, key, value.data, value.size)) {
            return false;
        }
        batch_add(batch, key, xmemdup0(value.data, value.size), value.size,
                  false);
        return true;
    }
    if (written_has(session->written, key)) {
        batch_add(batch, key, NULL, 0, false);
        return true;
    }
    return false;
}

static void
add_root(struct session *session, struct batch *batch, const char *key)
{
    struct engine_bytes value = engine_output_get(
        translation_engine(session->translation), key);

    if (value.data) {
        int64_t version = written_version(session->written, key) + 1;
        char *text = written_add_version(value.data, value.size, version);

        batch_add(batch, key, text, strlen(text), false);
    } else if (written_has(session->written, key)) {
        batch_add(batch, key, NULL, 0, false);
    }
}

/* Whether the row of a root has to be written for its own sake. */
static bool
root_differs(struct session *session, const char *key)
{
    struct engine_bytes value = engine_output_get(
        translation_engine(session->translation), key);

    return (value.data
            ? !written_is(session->written, key, value.data, value.size)
              || sset_contains(&session->unclosed, key)
            : written_has(session->written, key));
}

/* Fills 'batch' from 'todo'; each root that anything changed below is in
 * it. */
static void
fill_batch(struct session *session, struct batch *batch)
{
    struct sset roots = SSET_INITIALIZER(&roots);
    const char *key, *next;

    SSET_FOR_EACH_SAFE (key, next, &session->todo) {
        if (batch->n_ops >= MAX_BATCH_OPS
            || batch->bytes >= MAX_BATCH_BYTES) {
            break;
        }
        if (written_is_root(key)) {
            if (root_differs(session, key)) {
                sset_add(&roots, key);
            }
            sset_find_and_delete(&session->unclosed, key);
        } else if (add_child(session, batch, key)) {
            size_t size = written_root_size(key);

            if (size) {
                char *root = xmemdup0(key, size);

                sset_add(&roots, root);
                free(root);
            }
        }
        sset_delete(&session->todo, SSET_NODE_FROM_NAME(key));
    }
    SSET_FOR_EACH (key, &roots) {
        add_root(session, batch, key);
    }
    sset_destroy(&roots);
}

static void
add_progress(struct session *session, struct batch *batch)
{
    int64_t revision = session->translated_revision;
    enum progress_due due = progress_due(session->progress, revision);

    if (due == PROGRESS_LATER && !session->progress_may) {
        if (!session->progress_waits) {
            session->progress_waits = true;
            uv_timer_start(session->progress_timer, progress_timer_cb,
                           PROGRESS_DELAY_MS, 0);
        }
    } else if (due != PROGRESS_NOTHING) {
        progress_publish(session->progress, revision, batch);
        session->progress_may = false;
    }
}

/* Writes what there is, if the writer has nothing to do. */
static void
write_batch(struct session *session)
{
    struct batch batch;

    batch_init(&batch);
    take_changes(session, true);
    fill_batch(session, &batch);
    if (sset_is_empty(&session->todo)) {
        add_progress(session, &batch);
    }
    if (!batch.n_ops) {
        batch_destroy(&batch);
        return;
    }
    /* What is published is known from here on, as what is written is once
     * it is committed: a failed batch is sent again until it is. */
    for (size_t i = 0; i < batch.n_ops; i++) {
        if (batch.ops[i].is_last) {
            progress_take(session->progress, batch.ops[i].key,
                          batch.ops[i].value, batch.ops[i].size, 0);
        }
    }
    session->batch_since = session->since;
    session->batch_translated = session->translated;
    writer_write(session->writer, &batch);
}

static void
done_cb(int64_t revision OVS_UNUSED, void *session_)
{
    struct session *session = session_;
    const struct translator_ops *ops = session->config.ops;

    if (ops->written) {
        ops->written(session->batch_translated - session->batch_since,
                     now_s() - session->batch_since, session->config.aux);
    }
}

static void
deposed_cb(void *session_)
{
    struct session *session = session_;

    session->state = DEPOSED;
}

static void
refused_cb(const char *key, const struct err *err, void *session_)
{
    struct session *session = session_;
    char *reason = err_to_string(err);
    char *message = xasprintf("%s cannot be written: %s", key, reason);

    if (session->config.ops->log) {
        session->config.ops->log(message, session->config.aux);
    }
    free(message);
    free(reason);
}

static const struct writer_ops writer_callbacks = {
    .done = done_cb,
    .deposed = deposed_cb,
    .refused = refused_cb,
};

/* ---- Taking over ------------------------------------------------------------ */

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

static void
review_output(const char *key, const struct engine_bytes *value OVS_UNUSED,
              void *session_)
{
    struct session *session = session_;

    sset_add(&session->todo, key);
}

static bool
is_own_key(const char *key)
{
    return (!strcmp(key, "sb/leader") || !strcmp(key, "sb/sync")
            || !strcmp(key, "status/sync"));
}

static void
review_written(const char *key, int64_t mod_revision, void *session_)
{
    struct session *session = session_;
    size_t size = written_root_size(key);

    if (is_own_key(key)) {
        return;
    }
    sset_add(&session->todo, key);
    if (size) {
        char *root = xmemdup0(key, size);

        /* Changed, and the row never followed. */
        if (written_revision(session->written, root) < mod_revision) {
            sset_add(&session->unclosed, root);
        }
        free(root);
    }
}

static void
take_over(struct session *session)
{
    session->state = LEADING;
    store_watch_drop(session->watches[WATCH_SB]);
    session->watches[WATCH_SB] = NULL;
    translation_set_allocating(session->translation, true);
    translation_run(session->translation);
    session->is_dirty = false;
    session->translated_revision = session->nb_revision;
    session->translated = now_s();
    take_changes(session, false);
    engine_for_each_output(translation_engine(session->translation),
                           review_output, session);
    written_for_each(session->written, review_written, session);
    session->writer = writer_create(session->config.store,
                                    session->config.prefix,
                                    session->election, session->written,
                                    &writer_callbacks, session);
    write_batch(session);
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
    return session->state == LEADING || session->state == DEPOSED;
}

bool
session_is_deposed(const struct session *session)
{
    return session->state == DEPOSED;
}

/* ---- Steps -------------------------------------------------------------------- */

static void
translate(struct session *session)
{
    if (session->is_dirty) {
        session->is_dirty = false;
        translation_run(session->translation);
        session->translated_revision = session->nb_revision;
        session->translated = now_s();
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
        if (session->election) {
            ask(session);
        }
        break;
    case CATCHING_UP:
        if (session->leader_seen == session->leader_revision) {
            take_over(session);
        }
        break;
    case LEADING:
        if (writer_is_idle(session->writer)) {
            translate(session);
            write_batch(session);
        }
        return;
    case ASKING:
    case DEPOSED:
        break;
    }
    if (session->state != LEADING) {
        translate(session);
        take_changes(session, false);
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
        .is_leading = session->state == LEADING,
        .is_settled = (session->state == LEADING && !session->is_dirty
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
