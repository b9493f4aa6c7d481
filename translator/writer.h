/* Writes batches to the store: fenced by the leader key, several
 * transactions in flight where their order allows, again after failures
 * until it succeeds or somebody else leads.
 *
 * One batch at a time: what changes meanwhile gathers for the next. */
#ifndef WEFT_TRANSLATOR_WRITER_H
#define WEFT_TRANSLATOR_WRITER_H 1

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"
#include "translator/batch.h"

struct written;
struct writer;

enum { WRITER_MAX_IN_FLIGHT = 4 };

struct writer_ops {
    /* The batch is committed, at 'revision' at the latest. */
    void (*done)(int64_t revision, void *aux);
    /* The fence did not hold: somebody else leads.  Nothing more will be
     * written; the writer may be destroyed from here. */
    void (*deposed)(void *aux);
    /* 'key' can't be written: etcd refuses it for good.  It was skipped. */
    void (*refused)(const char *key, const struct err *err, void *aux);
};

struct writer_stats {
    uint64_t n_batches;
    uint64_t n_txns;            /* Sent, again ones too. */
    uint64_t n_failures;        /* Of those. */
    uint64_t n_puts, n_deletes; /* Committed. */
    uint64_t bytes;             /* Of keys and values put. */
};

/* A writer for the leader that 'election' made.  'written' is kept as the
 * store is; all must outlive it. */
struct writer *writer_create(struct store *store, const char *prefix,
                             struct store_election *election,
                             struct written *written,
                             const struct writer_ops *ops, void *aux);
/* Cancels what is under way; its fate is then not known. */
void writer_destroy(struct writer *);       /* NULL is ignored. */

bool writer_is_idle(const struct writer *);
/* Begins to write 'batch', whose content it takes; only while idle. */
void writer_write(struct writer *, struct batch *batch);
struct writer_stats writer_stats(const struct writer *);

#endif
