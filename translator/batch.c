/* Lays out a batch: sorts the ops by stage and root, then cuts. */
#include <config.h>

#include "translator/batch.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/util.h"
#include "translator/written.h"
#include "util.h"

void
batch_init(struct batch *batch)
{
    memset(batch, 0, sizeof *batch);
}

void
batch_destroy(struct batch *batch)
{
    for (size_t i = 0; i < batch->n_ops; i++) {
        free(batch->ops[i].key);
        free(batch->ops[i].value);
    }
    free(batch->ops);
    free(batch->txns);
}

void
batch_add(struct batch *batch, const char *key, char *value, size_t size,
          bool is_last)
{
    if (batch->n_ops == batch->allocated_ops) {
        batch->ops = x2nrealloc(batch->ops, &batch->allocated_ops,
                                sizeof *batch->ops);
    }
    batch->ops[batch->n_ops++] = (struct batch_op) {
        .key = xstrdup(key), .value = value, .size = size,
        .is_last = is_last,
    };
    batch->bytes += strlen(key) + size;
}

/* ---- Order ------------------------------------------------------------- */

static unsigned int
op_stage(const struct batch_op *op)
{
    return (op->is_last ? 3
            : !op->value || written_is_root(op->key) ? 2 : 0);
}

/* How much of the key is the root's, whether root or child. */
static size_t
group_size(const struct batch_op *op)
{
    return written_is_root(op->key) ? strlen(op->key)
           : written_root_size(op->key);
}

static bool
same_group(const struct batch_op *a, const struct batch_op *b)
{
    size_t size = group_size(a);

    return size && size == group_size(b) && !memcmp(a->key, b->key, size);
}

/* By stage, then group, a group's root at its end, then key. */
static int
compare_ops(const void *a_, const void *b_)
{
    const struct batch_op *a = a_, *b = b_;
    unsigned int a_stage = op_stage(a), b_stage = op_stage(b);

    if (a_stage != b_stage) {
        return a_stage < b_stage ? -1 : 1;
    }
    size_t a_size = group_size(a), b_size = group_size(b);
    int order = memcmp(a->key, b->key, MIN(a_size, b_size));

    if (!order) {
        order = a_size < b_size ? -1 : a_size > b_size;
    }
    if (!order && a_size) {
        order = written_is_root(a->key) - written_is_root(b->key);
    }
    return order ? order : strcmp(a->key, b->key);
}

/* ---- Cutting ----------------------------------------------------------- */

struct cutter {
    struct batch *batch;
    size_t max_ops, max_bytes, prefix_size;
};

/* What an op adds to a request: base64 of key and value, JSON around. */
static size_t
op_bytes(const struct cutter *cutter, const struct batch_op *op)
{
    return ((cutter->prefix_size + strlen(op->key) + op->size) * 4 / 3 + 80);
}

static size_t
ops_bytes(const struct cutter *cutter, size_t first, size_t n)
{
    size_t bytes = 0;

    for (size_t i = first; i < first + n; i++) {
        bytes += op_bytes(cutter, &cutter->batch->ops[i]);
    }
    return bytes;
}

static bool
fits(const struct cutter *cutter, size_t first, size_t n)
{
    return (n <= cutter->max_ops
            && (n <= 1 || ops_bytes(cutter, first, n) <= cutter->max_bytes));
}

static void
add_txn(struct cutter *cutter, size_t first, size_t n, unsigned int stage)
{
    struct batch *batch = cutter->batch;

    if (batch->n_txns == batch->allocated_txns) {
        batch->txns = x2nrealloc(batch->txns, &batch->allocated_txns,
                                 sizeof *batch->txns);
    }
    batch->txns[batch->n_txns++] = (struct batch_txn) { first, n, stage };
}

/* Cuts ops [first, end) one by one. */
static void
cut_ops(struct cutter *cutter, size_t first, size_t end, unsigned int stage)
{
    size_t bytes = 0, start = first;

    for (size_t i = first; i < end; i++) {
        size_t more = op_bytes(cutter, &cutter->batch->ops[i]);

        if (i > start && (i - start >= cutter->max_ops
                          || bytes + more > cutter->max_bytes)) {
            add_txn(cutter, start, i - start, stage);
            start = i;
            bytes = 0;
        }
        bytes += more;
    }
    if (start < end) {
        add_txn(cutter, start, end - start, stage);
    }
}

/* Cuts ops [first, end) of stage 2 between groups; what of a group does not
 * fit with its root goes ahead, in stage 1. */
static void
cut_groups(struct cutter *cutter, size_t first, size_t end)
{
    const struct batch_op *ops = cutter->batch->ops;
    size_t start = first;

    for (size_t i = first; i < end; ) {
        size_t n = 1;

        while (i + n < end && same_group(&ops[i], &ops[i + n])) {
            n++;
        }
        if (!fits(cutter, start, i + n - start)) {
            if (start < i) {
                add_txn(cutter, start, i - start, 2);
            }
            start = i;
        }
        if (!fits(cutter, i, n)) {
            size_t tail = n;

            while (!fits(cutter, i + n - tail, tail)) {
                tail--;
            }
            cut_ops(cutter, i, i + n - tail, 1);
            start = i + n - tail;
        }
        i += n;
    }
    if (start < end) {
        add_txn(cutter, start, end - start, 2);
    }
}

static int
compare_txns(const void *a_, const void *b_)
{
    const struct batch_txn *a = a_, *b = b_;

    return (a->stage != b->stage ? (a->stage < b->stage ? -1 : 1)
            : a->first < b->first ? -1 : a->first > b->first);
}

static size_t
stage_end(const struct batch *batch, size_t first, unsigned int stage)
{
    while (first < batch->n_ops && op_stage(&batch->ops[first]) <= stage) {
        first++;
    }
    return first;
}

void
batch_plan(struct batch *batch, size_t max_ops, size_t max_bytes,
           size_t prefix_size)
{
    struct cutter cutter = { batch, max_ops, max_bytes, prefix_size };

    batch->n_txns = 0;
    qsort(batch->ops, batch->n_ops, sizeof *batch->ops, compare_ops);
    if (batch->n_ops && fits(&cutter, 0, batch->n_ops)) {
        add_txn(&cutter, 0, batch->n_ops, 3);
        return;
    }
    size_t puts = stage_end(batch, 0, 0);
    size_t groups = stage_end(batch, puts, 2);

    cut_ops(&cutter, 0, puts, 0);
    cut_groups(&cutter, puts, groups);
    cut_ops(&cutter, groups, batch->n_ops, 3);
    qsort(batch->txns, batch->n_txns, sizeof *batch->txns, compare_txns);
}
