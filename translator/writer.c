/* The writer: a batch's transactions stage by stage. */
#include <config.h>

#include "translator/writer.h"

#include <errno.h>
#include <string.h>

#include "openvswitch/util.h"
#include "random.h"
#include "translator/written.h"
#include "util.h"

enum { MIN_BACKOFF_MS = 20, MAX_BACKOFF_MS = 2000 };

/* A transaction of the batch. */
enum txn_state { TXN_WAITING, TXN_SENT, TXN_DONE };

struct flight {
    struct writer *writer;
    struct batch_txn txn;
    enum txn_state state;
    struct store_op *op;        /* While TXN_SENT. */
};

struct writer {
    struct store *store;
    char *prefix;
    struct store_election *election;
    struct written *written;
    const struct writer_ops *ops;
    void *aux;

    struct batch batch;
    struct flight **flights;    /* Of the batch, by stage. */
    size_t n_flights, allocated_flights;
    unsigned int n_sent;
    bool is_writing;
    int64_t revision;           /* Highest of the batch's commits. */

    uv_timer_t *retry;
    bool is_backing_off;
    int backoff_ms;
    struct writer_stats stats;
};

static void send_more(struct writer *);

struct writer *
writer_create(struct store *store, const char *prefix,
              struct store_election *election, struct written *written,
              const struct writer_ops *ops, void *aux)
{
    struct writer *writer = xzalloc(sizeof *writer);

    writer->store = store;
    writer->prefix = xstrdup(prefix);
    writer->election = election;
    writer->written = written;
    writer->ops = ops;
    writer->aux = aux;
    writer->backoff_ms = MIN_BACKOFF_MS;
    writer->retry = xmalloc(sizeof *writer->retry);
    uv_timer_init(store_loop(store), writer->retry);
    writer->retry->data = writer;
    return writer;
}

static void
clear_batch(struct writer *writer)
{
    for (size_t i = 0; i < writer->n_flights; i++) {
        store_op_cancel(writer->flights[i]->op);
        free(writer->flights[i]);
    }
    free(writer->flights);
    writer->flights = NULL;
    writer->n_flights = writer->allocated_flights = 0;
    writer->n_sent = 0;
    batch_destroy(&writer->batch);
    batch_init(&writer->batch);
    writer->is_writing = false;
}

static void
free_timer(uv_handle_t *handle)
{
    free(handle);
}

void
writer_destroy(struct writer *writer)
{
    if (writer) {
        clear_batch(writer);
        uv_close((uv_handle_t *) writer->retry, free_timer);
        free(writer->prefix);
        free(writer);
    }
}

bool
writer_is_idle(const struct writer *writer)
{
    return !writer->is_writing;
}

struct writer_stats
writer_stats(const struct writer *writer)
{
    return writer->stats;
}

/* ---- One transaction --------------------------------------------------- */

static struct flight *
add_flight(struct writer *writer, const struct batch_txn *txn)
{
    struct flight *flight = xzalloc(sizeof *flight);

    flight->writer = writer;
    flight->txn = *txn;
    if (writer->n_flights == writer->allocated_flights) {
        writer->flights = x2nrealloc(writer->flights,
                                     &writer->allocated_flights,
                                     sizeof *writer->flights);
    }
    writer->flights[writer->n_flights++] = flight;
    return flight;
}

static struct store_txn *
make_txn(const struct writer *writer, const struct batch_txn *plan)
{
    struct store_txn *txn = store_txn_create();

    store_election_fence(writer->election, txn);
    for (size_t i = plan->first; i < plan->first + plan->n; i++) {
        const struct batch_op *op = &writer->batch.ops[i];
        char *key = xasprintf("%s/%s", writer->prefix, op->key);
        struct store_bytes bytes = { key, strlen(key) };

        if (op->value) {
            store_txn_put(txn, bytes,
                          (struct store_bytes) { op->value, op->size }, 0);
        } else {
            struct store_range range = { .key = bytes };

            store_txn_delete(txn, &range);
        }
        free(key);
    }
    return txn;
}

/* Notes that the transaction is in the store. */
static void
committed(struct writer *writer, const struct batch_txn *txn,
          int64_t revision)
{
    for (size_t i = txn->first; i < txn->first + txn->n; i++) {
        const struct batch_op *op = &writer->batch.ops[i];

        if (op->value) {
            written_put(writer->written, op->key, op->value, op->size,
                        revision);
            writer->stats.n_puts++;
            writer->stats.bytes += strlen(op->key) + op->size;
        } else {
            written_delete(writer->written, op->key);
            writer->stats.n_deletes++;
        }
    }
    writer->revision = MAX(writer->revision, revision);
    writer->backoff_ms = MIN_BACKOFF_MS;
}

/* etcd does not take the transaction as it is: one op at a time then, and
 * what still is not taken not at all. */
static void
refused(struct writer *writer, struct flight *flight, const struct err *err)
{
    size_t first = flight->txn.first, n = flight->txn.n;
    unsigned int stage = flight->txn.stage;

    flight->state = TXN_DONE;
    if (n == 1) {
        writer->ops->refused(writer->batch.ops[first].key, err, writer->aux);
        return;
    }
    for (size_t i = first; i < first + n; i++) {
        add_flight(writer, &(struct batch_txn) { i, 1, stage });
    }
}

static void
retry_cb(uv_timer_t *timer)
{
    struct writer *writer = timer->data;

    writer->is_backing_off = false;
    send_more(writer);
}

static void
back_off(struct writer *writer)
{
    if (!writer->is_backing_off) {
        int delay = writer->backoff_ms / 2
                    + random_range(writer->backoff_ms / 2 + 1);

        writer->is_backing_off = true;
        uv_timer_start(writer->retry, retry_cb, delay, 0);
        writer->backoff_ms = MIN(writer->backoff_ms * 2, MAX_BACKOFF_MS);
    }
}

static void
txn_cb(int error, const struct err *err,
       const struct store_txn_result *result, void *flight_)
{
    struct flight *flight = flight_;
    struct writer *writer = flight->writer;

    flight->op = NULL;
    writer->n_sent--;
    if (!error && !result->succeeded) {
        store_election_recheck(writer->election);
        clear_batch(writer);
        writer->ops->deposed(writer->aux);
        return;
    }
    if (!error) {
        flight->state = TXN_DONE;
        committed(writer, &flight->txn, result->revision);
    } else {
        writer->stats.n_failures++;
        flight->state = TXN_WAITING;
        if (error == -WEFT_E_TOO_LARGE || error == -WEFT_E_INVALID) {
            refused(writer, flight, err);
        } else {
            back_off(writer);
        }
    }
    send_more(writer);
}

static void
send_txn(struct writer *writer, struct flight *flight)
{
    flight->state = TXN_SENT;
    writer->n_sent++;
    writer->stats.n_txns++;
    flight->op = store_txn_commit(writer->store,
                                  make_txn(writer, &flight->txn), txn_cb,
                                  flight);
}

/* ---- The batch --------------------------------------------------------- */

/* The lowest stage that is not done; BATCH_N_STAGES if all are. */
static unsigned int
current_stage(const struct writer *writer)
{
    unsigned int stage = BATCH_N_STAGES;

    for (size_t i = 0; i < writer->n_flights; i++) {
        if (writer->flights[i]->state != TXN_DONE) {
            stage = MIN(stage, writer->flights[i]->txn.stage);
        }
    }
    return stage;
}

static void
send_more(struct writer *writer)
{
    unsigned int stage = current_stage(writer);

    if (stage == BATCH_N_STAGES) {
        if (writer->is_writing) {
            clear_batch(writer);
            writer->ops->done(writer->revision, writer->aux);
        }
        return;
    }
    if (writer->is_backing_off || !store_election_is_leader(
            writer->election)) {
        return;
    }
    for (size_t i = 0; i < writer->n_flights
                       && writer->n_sent < WRITER_MAX_IN_FLIGHT; i++) {
        struct flight *flight = writer->flights[i];

        if (flight->state == TXN_WAITING && flight->txn.stage == stage) {
            send_txn(writer, flight);
        }
    }
}

void
writer_write(struct writer *writer, struct batch *batch)
{
    writer->batch = *batch;
    batch_init(batch);
    batch_plan(&writer->batch, store_max_txn_ops(writer->store),
               store_max_request_bytes(writer->store),
               strlen(writer->prefix) + 1);
    for (size_t i = 0; i < writer->batch.n_txns; i++) {
        add_flight(writer, &writer->batch.txns[i]);
    }
    writer->is_writing = true;
    writer->revision = 0;
    writer->stats.n_batches++;
    send_more(writer);
}
