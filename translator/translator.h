/* The translator at work: follows the northbound and what the chassis
 * report, translates, and, while it leads, writes the southbound.
 *
 * All do the same work; one leads.  A standby follows the southbound too, so
 * that when it leads it knows what etcd holds and which tunnel keys are
 * given, and writes only the difference. */
#ifndef WEFT_TRANSLATOR_TRANSLATOR_H
#define WEFT_TRANSLATOR_TRANSLATOR_H 1

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

struct ds;
struct translator;

struct translator_config {
    const char *prefix;         /* WEFT_PREFIX. */
    const char *name;           /* This process among the candidates; has to
                                 * be unique. */
    unsigned int lease_ttl_s;   /* Of the leader key; 0: 10. */
};

struct translator_ops {
    /* Something an operator should read in the log. */
    void (*log)(const char *message, void *aux);
    /* All that had come is translated; may be NULL.  'anew': for the first
     * time since the start, a recompute or a lost election. */
    void (*translated)(bool anew, void *aux);
    /* A batch went through: seconds from the first event in it until it was
     * translated, and until it was committed. */
    void (*written)(double translate_s, double total_s, void *aux);
};

struct translator_stats {
    bool is_synced;             /* Knows all there is. */
    bool is_leading;            /* ...and writes. */
    bool is_settled;            /* All that is known is written. */
    uint64_t n_events;          /* Of the watches. */
    uint64_t n_generated;       /* Runs of generators and derived values. */
    uint64_t n_rows, n_bad_rows;    /* Northbound. */
    uint64_t n_outputs, n_nodes, n_edges, output_bytes;
    uint64_t n_batches, n_txns, n_txn_failures;
    uint64_t n_puts, n_deletes, bytes_written;
    uint64_t n_takeovers;
    uint64_t bytes_sent, bytes_received;    /* To and from etcd. */
    unsigned int n_faults;      /* Broken rules of the engine: bugs. */
};

/* Starts at once.  'ops' and 'store' must outlive it; 'config' is copied. */
struct translator *translator_create(struct store *store,
                                     const struct translator_config *config,
                                     const struct translator_ops *ops,
                                     void *aux);
/* Resigns.  Handles on the loop close in the background. */
void translator_destroy(struct translator *);

struct translator_stats translator_stats(const struct translator *);

/* Why it is not ready to do its work, or NULL if it is. */
const char *translator_not_ready(const struct translator *);

/* Whether etcd is reached. */
bool translator_is_connected(const struct translator *);

/* Throws away what is known and computed and begins anew. */
void translator_recompute(struct translator *);

/* While paused it follows etcd and translates, but does not stand for
 * election and writes nothing: another may lead. */
void translator_set_paused(struct translator *, bool paused);
bool translator_is_paused(const struct translator *);

#endif
