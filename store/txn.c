/* Transactions under construction, and the way of one into the store. */
#include <config.h>

#include <string.h>

#include "store/alarm.h"
#include "store/backend.h"
#include "util.h"

/* JSON around one operation or compare, with its range. */
enum { OP_OVERHEAD_BYTES = 96 };

struct store_txn *
store_txn_create(void)
{
    return xzalloc(sizeof(struct store_txn));
}

static void
free_ops(struct txn_op *ops, size_t n_ops)
{
    for (size_t i = 0; i < n_ops; i++) {
        store_range_free(&ops[i].range);
        store_bytes_free(&ops[i].value);
    }
    free(ops);
}

void
store_txn_destroy(struct store_txn *txn)
{
    if (txn) {
        for (size_t i = 0; i < txn->n_compares; i++) {
            store_bytes_free(&txn->compares[i].key);
        }
        free(txn->compares);
        free_ops(txn->ops, txn->n_ops);
        free_ops(txn->else_ops, txn->n_else_ops);
        free(txn);
    }
}

static size_t
base64_size(size_t size)
{
    return (size + 2) / 3 * 4;
}

void
store_txn_compare(struct store_txn *txn, struct store_bytes key,
                  enum store_compare_target target,
                  enum store_compare_relation relation, int64_t operand)
{
    if (txn->n_compares == txn->allocated_compares) {
        txn->compares = x2nrealloc(txn->compares, &txn->allocated_compares,
                                   sizeof *txn->compares);
    }
    txn->compares[txn->n_compares++] = (struct txn_compare) {
        store_bytes_copy(key), target, relation, operand
    };
    txn->size += OP_OVERHEAD_BYTES + base64_size(key.size);
}

static void
add_op(struct store_txn *txn, bool otherwise, struct txn_op op)
{
    if (otherwise) {
        if (txn->n_else_ops == txn->allocated_else_ops) {
            txn->else_ops = x2nrealloc(txn->else_ops,
                                       &txn->allocated_else_ops,
                                       sizeof *txn->else_ops);
        }
        txn->else_ops[txn->n_else_ops++] = op;
    } else {
        if (txn->n_ops == txn->allocated_ops) {
            txn->ops = x2nrealloc(txn->ops, &txn->allocated_ops,
                                  sizeof *txn->ops);
        }
        txn->ops[txn->n_ops++] = op;
    }
    txn->size += OP_OVERHEAD_BYTES + base64_size(op.range.key.size)
                 + base64_size(op.range.end.size) + base64_size(op.value.size);
}

void
store_txn_put(struct store_txn *txn, struct store_bytes key,
              struct store_bytes value, int64_t lease)
{
    add_op(txn, false, (struct txn_op) {
        .type = TXN_PUT,
        .range = { store_bytes_copy(key), { NULL, 0 } },
        .value = store_bytes_copy(value),
        .lease = lease,
    });
}

void
store_txn_delete(struct store_txn *txn, const struct store_range *range)
{
    add_op(txn, false, (struct txn_op) {
        .type = TXN_DELETE, .range = store_range_copy(range),
    });
}

void
store_txn_get_as(struct store_txn *txn, const struct store_range *range,
                 const struct store_range_options *options)
{
    add_op(txn, false, (struct txn_op) {
        .type = TXN_GET, .range = store_range_copy(range),
        .options = *options,
    });
}

void
store_txn_get(struct store_txn *txn, const struct store_range *range)
{
    static const struct store_range_options now = { .revision = 0 };

    store_txn_get_as(txn, range, &now);
}

void
store_txn_else_get(struct store_txn *txn, const struct store_range *range)
{
    add_op(txn, true, (struct txn_op) {
        .type = TXN_GET, .range = store_range_copy(range),
    });
}

void
store_txn_set_harmless_twice(struct store_txn *txn)
{
    txn->is_harmless_twice = true;
}

unsigned int
store_txn_n_ops(const struct store_txn *txn)
{
    return MAX(txn->n_ops, txn->n_else_ops);
}

size_t
store_txn_size(const struct store_txn *txn)
{
    return txn->size;
}

/* ---- Committing ------------------------------------------------------- */

/* A transaction that is refused before it is sent: the callback comes from
 * the loop all the same. */
struct refusal {
    struct store_op up;
    struct alarm *alarm;
    struct err err;
    store_txn_cb *cb;
    void *aux;
};

static void
cancel_refusal(struct store_op *op)
{
    struct refusal *refusal = CONTAINER_OF(op, struct refusal, up);

    alarm_destroy(refusal->alarm);
    err_clear(&refusal->err);
    free(refusal);
}

static void
on_refusal(void *refusal_)
{
    struct refusal *refusal = refusal_;
    struct err err = refusal->err;
    store_txn_cb *cb = refusal->cb;
    void *aux = refusal->aux;

    refusal->err = (struct err) ERR_INIT;
    store_op_cancel(&refusal->up);
    cb(err.code, &err, NULL, aux);
    err_clear(&err);
}

/* Takes 'err'. */
static struct store_op *
refuse(struct store *store, struct err err, store_txn_cb *cb, void *aux)
{
    struct refusal *refusal = xmalloc(sizeof *refusal);

    store_op_init(&refusal->up, store, cancel_refusal);
    refusal->alarm = alarm_create(store->loop, on_refusal, refusal);
    refusal->err = err;
    refusal->cb = cb;
    refusal->aux = aux;
    alarm_start(refusal->alarm, 0);
    return &refusal->up;
}

static void
check(const struct store *store, const struct store_txn *txn, struct err *err)
{
    size_t n_ops = MAX(store_txn_n_ops(txn), txn->n_compares);

    if (n_ops > store->max_txn_ops) {
        err_put(err, -WEFT_E_TOO_LARGE, NULL,
                "%"PRIuSIZE" operations in one transaction, %u are allowed",
                n_ops, store->max_txn_ops);
    } else if (txn->size > base64_size(store->max_request_bytes)
                           + OP_OVERHEAD_BYTES * (n_ops + 1)) {
        err_put(err, -WEFT_E_TOO_LARGE, NULL,
                "a transaction of %"PRIuSIZE" bytes, %"PRIuSIZE
                " are allowed", txn->size, store->max_request_bytes);
    }
}

struct store_op *
store_txn_commit(struct store *store, struct store_txn *txn,
                 store_txn_cb *cb, void *aux)
{
    struct err err = ERR_INIT;
    struct store_op *op;

    check(store, txn, &err);
    if (err.code) {
        store_txn_destroy(txn);
        op = refuse(store, err, cb, aux);
    } else {
        op = store->class->txn(store, txn, cb, aux);
    }
    return store_op_publish(op);
}

struct store_op *
store_put(struct store *store, struct store_bytes key,
          struct store_bytes value, int64_t lease,
          store_txn_cb *cb, void *aux)
{
    struct store_txn *txn = store_txn_create();

    store_txn_put(txn, key, value, lease);
    return store_txn_commit(store, txn, cb, aux);
}

struct store_op *
store_delete(struct store *store, const struct store_range *range,
             store_txn_cb *cb, void *aux)
{
    struct store_txn *txn = store_txn_create();

    store_txn_delete(txn, range);
    return store_txn_commit(store, txn, cb, aux);
}
