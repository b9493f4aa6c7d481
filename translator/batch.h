/* A batch: changes of the southbound, laid out in transactions so that at
 * every moment what etcd holds can be used.
 *
 * Stages, each begun when all transactions of the one before are committed:
 *
 *     0  puts
 *     1  deletes below a root that do not fit in one transaction with it
 *     2  the other deletes, each root's followed, in the same transaction,
 *        by the root's row with its new version
 *     3  what tells that all is done (sync tokens)
 *
 * A batch that fits in one transaction is one transaction.  Within a stage
 * the order does not matter. */
#ifndef WEFT_TRANSLATOR_BATCH_H
#define WEFT_TRANSLATOR_BATCH_H 1

#include <stdbool.h>
#include <stddef.h>

enum { BATCH_N_STAGES = 4 };

struct batch_op {
    char *key;                  /* Without prefix; owned. */
    char *value;                /* Owned; NULL: a delete. */
    size_t size;
    bool is_last;               /* Stage 3. */
};

/* Ops first...first + n - 1. */
struct batch_txn {
    size_t first, n;
    unsigned int stage;
};

struct batch {
    struct batch_op *ops;
    size_t n_ops, allocated_ops;
    struct batch_txn *txns;     /* Sorted by stage. */
    size_t n_txns, allocated_txns;
    size_t bytes;               /* Of keys and values. */
};

void batch_init(struct batch *);
void batch_destroy(struct batch *);

/* Adds a put or, with 'value' NULL, a delete.  'value' is taken. */
void batch_add(struct batch *, const char *key, char *value, size_t size,
               bool is_last);

/* Lays the ops out: at most 'max_ops' and about 'max_bytes' of request a
 * transaction, keys being 'prefix_size' longer than here. */
void batch_plan(struct batch *, size_t max_ops, size_t max_bytes,
                size_t prefix_size);

#endif
