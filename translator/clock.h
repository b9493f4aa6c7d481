/* Writes what time it is into sb/clock, a while after something changed, so
 * that a time can be turned into a revision later (cli/moment.h): etcd keeps
 * the history of the key, and forgets it with everything else of that age.
 *
 * A network at rest writes nothing; a busy one at most every 10 s. */
#ifndef WEFT_TRANSLATOR_CLOCK_H
#define WEFT_TRANSLATOR_CLOCK_H 1

#include <stdint.h>

#include "store/store.h"

struct clock;

enum {
    CLOCK_AFTER_MS = 1000,      /* A first change until it is written. */
    CLOCK_APART_MS = 10000,     /* Two writes, at least. */
};

/* 'store' must outlive it; 'prefix' is copied. */
struct clock *clock_create(struct store *store, const char *prefix);
void clock_destroy(struct clock *);             /* NULL is ignored. */

/* 'n_events' have been heard of so far.  'election' is the one that is led,
 * which must stay until the next call says otherwise, or NULL: then nothing
 * is written. */
void clock_step(struct clock *, const struct store_election *election,
                uint64_t n_events);

#endif
