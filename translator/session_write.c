/* What a leading session writes: the difference between what is translated
 * and what etcd holds, as batches. */
#include <config.h>

#include "translator/session.h"

#include <string.h>

#include "openvswitch/util.h"
#include "sset.h"
#include "translator/batch.h"
#include "translator/engine.h"
#include "translator/progress.h"
#include "translator/session_private.h"
#include "translator/translation.h"
#include "translator/written.h"
#include "translator/written_since.h"
#include "util.h"

enum {
    MAX_BATCH_OPS = 32768,      /* What a batch may hold; the rest waits. */
    MAX_BATCH_BYTES = 16 * 1024 * 1024,
    PROGRESS_DELAY_MS = 200,    /* Of news about who is behind. */
};

/* ---- Batches ----------------------------------------------------------- */

void
session_take_changes(struct session *session, bool remember)
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
progress_timer_cb(uv_timer_t *timer)
{
    struct session *session = timer->data;

    session->progress_waits = false;
    session->progress_may = true;
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
        progress_publish(session->progress, revision, session->since_sync,
                         batch);
        session->progress_may = false;
    }
}

void
session_write(struct session *session)
{
    struct batch batch;

    batch_init(&batch);
    session_take_changes(session, true);
    fill_batch(session, &batch);
    written_since_batch(session->since_sync, &batch,
                        store_max_txn_ops(session->config.store));
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
done_cb(int64_t revision, void *session_)
{
    struct session *session = session_;
    const struct translator_ops *ops = session->config.ops;

    written_since_done(session->since_sync, session->written, revision);
    if (ops->written) {
        ops->written(session->batch_translated - session->batch_since,
                     session_now() - session->batch_since,
                     session->config.aux);
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

/* ---- Taking over -------------------------------------------------------- */

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
            || !strcmp(key, "sb/clock")
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

void
session_take_over(struct session *session)
{
    session->state = LEADING;
    session_take_changes(session, false);
    engine_for_each_output(translation_engine(session->translation),
                           review_output, session);
    written_for_each(session->written, review_written, session);
    session->writer = writer_create(session->config.store,
                                    session->config.prefix,
                                    session->election, session->written,
                                    &writer_callbacks, session);
    session_write(session);
}
