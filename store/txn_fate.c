/* What became of a transaction that was sent and not answered.
 *
 * Most transactions compare the modification revision of a key that they
 * write.  Such a one can be sent again: if it was done, the compare does not
 * hold any more, so that it is not done twice; and should the first come late,
 * it finds the second's revision.  When the repetition is refused, the keys
 * themselves tell why, which it reads in its other branch: a key still at the
 * revision that was compared says that nothing was done, and values of ours,
 * put at one revision, with nothing older beside them, that it was.
 *
 * Not told apart: what somebody else put meanwhile, with the very same value
 * and lease, from what we put; and a key that was compared as absent from one
 * that we put and somebody else deleted: it counts as untouched, and if
 * nothing else stands against it the repetition puts it again. */
#include <config.h>

#include <string.h>

#include "store/backend.h"
#include "util.h"

/* The revision at which 'txn' demands 'key' to be, 0 for absent, or -1. */
static int64_t
compared_revision(const struct store_txn *txn, struct store_bytes key)
{
    for (size_t i = 0; i < txn->n_compares; i++) {
        const struct txn_compare *c = &txn->compares[i];

        if (c->relation == STORE_EQUAL && store_bytes_equal(c->key, key)
            && (c->target == STORE_COMPARE_MOD || !c->operand)) {
            return c->operand;
        }
    }
    return -1;
}

/* Does 'op' change one key, which is then not as it was compared? */
static bool
is_change(const struct txn_op *op, int64_t compared)
{
    return (op->type != TXN_GET && !op->range.end.size
            && (op->type == TXN_PUT ? compared >= 0 : compared > 0));
}

static bool
puts_key(const struct store_txn *txn, struct store_bytes key)
{
    for (size_t i = 0; i < txn->n_ops; i++) {
        if (txn->ops[i].type == TXN_PUT
            && store_bytes_equal(txn->ops[i].range.key, key)) {
            return true;
        }
    }
    return false;
}

bool
txn_is_repeatable(const struct store_txn *txn)
{
    bool changes = false;

    for (size_t i = 0; i < txn->n_ops; i++) {
        const struct txn_op *op = &txn->ops[i];

        if (op->type == TXN_GET
            && (op->range.end.size || !puts_key(txn, op->range.key))) {
            return false;
        }
        changes = changes || is_change(op, compared_revision(txn,
                                                             op->range.key));
    }
    return changes || txn->is_harmless_twice;
}

void
txn_ask_fate(struct store_txn *txn, unsigned int max_ops)
{
    if (txn->asks_fate) {
        return;
    }
    txn->asks_fate = true;
    txn->n_own_else_ops = txn->n_else_ops;
    for (size_t i = 0; i < txn->n_ops && txn->n_else_ops < max_ops; i++) {
        const struct txn_op *op = &txn->ops[i];

        if (op->type != TXN_GET && !op->range.end.size) {
            store_txn_else_get(txn, &op->range);
        }
    }
}

/* What the keys tell so far. */
struct evidence {
    bool untouched;             /* One is as it was before. */
    bool is_put, is_deleted;    /* One is there; one is gone. */
    int64_t revision;           /* The lowest of those that are put. */
    bool is_ours;               /* Everything of that revision. */
};

static void
look_at_put(struct evidence *evidence, const struct txn_op *op,
            const struct store_kv *kv)
{
    bool is_ours = (kv->lease == op->lease
                    && store_bytes_equal(kv->value, op->value));

    if (!evidence->is_put || kv->mod_revision < evidence->revision) {
        evidence->revision = kv->mod_revision;
        evidence->is_ours = is_ours;
    } else if (kv->mod_revision == evidence->revision) {
        evidence->is_ours &= is_ours;
    }
    evidence->is_put = true;
}

static void
look_at(struct evidence *evidence, const struct store_txn *txn,
        const struct txn_op *op, const struct store_kv *kv)
{
    int64_t compared = compared_revision(txn, op->range.key);

    if (is_change(op, compared)
        && compared == (kv ? kv->mod_revision : 0)) {
        evidence->untouched = true;
    } else if (op->type == TXN_PUT && kv) {
        look_at_put(evidence, op, kv);
    } else if (op->type == TXN_DELETE && !kv) {
        evidence->is_deleted = true;
    }
}

enum txn_fate
txn_fate(const struct store_txn *txn, const struct store_txn_result *result,
         int64_t *revision)
{
    struct evidence evidence = { .untouched = false };
    size_t at = txn->n_own_else_ops;

    for (size_t i = 0; i < txn->n_ops && at < result->n_gets; i++) {
        const struct txn_op *op = &txn->ops[i];

        if (op->type != TXN_GET && !op->range.end.size) {
            const struct store_range_result *get = &result->gets[at++];

            look_at(&evidence, txn, op, get->n_kvs ? &get->kvs[0] : NULL);
        }
    }
    if (evidence.untouched) {
        return TXN_NOT_DONE;
    } else if (evidence.is_put ? evidence.is_ours : evidence.is_deleted) {
        *revision = evidence.is_put ? evidence.revision : result->revision;
        return TXN_DONE;
    }
    return TXN_UNKNOWN;
}

/* What was read of 'key' in the other branch; NULL if it was not. */
static const struct store_range_result *
asked(const struct store_txn *txn, const struct store_txn_result *result,
      struct store_bytes key)
{
    for (size_t i = txn->n_own_else_ops; i < result->n_gets; i++) {
        if (store_bytes_equal(txn->else_ops[i].range.key, key)) {
            return &result->gets[i];
        }
    }
    return NULL;
}

struct store_range_result *
txn_done_result(const struct store_txn *txn, int64_t revision,
                struct store_txn_result *result)
{
    struct store_range_result *gets = xcalloc(txn->n_ops, sizeof *gets);
    size_t n_gets = 0;

    result->n_deleted = 0;
    for (size_t i = 0; i < txn->n_ops; i++) {
        const struct txn_op *op = &txn->ops[i];

        if (op->type == TXN_GET) {
            const struct store_range_result *get = asked(txn, result,
                                                         op->range.key);

            gets[n_gets++] = get ? *get : (struct store_range_result) {
                .kvs = NULL };
        } else {
            result->n_deleted += op->type == TXN_DELETE;
        }
    }
    result->succeeded = true;
    result->revision = revision;
    result->gets = gets;
    result->n_gets = n_gets;
    return gets;
}
