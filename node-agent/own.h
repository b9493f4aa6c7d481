/* What this agent writes: the rows below P/chassis/<me>/.
 *
 * Callers say what should be there; own_run() brings the store to it in few
 * transactions, and goes on trying while the store is away.  What is there is
 * followed by a watch, so that after a loss of the store, or a restart of the
 * agent, only what differs is written. */
#ifndef WEFT_NODE_AGENT_OWN_H
#define WEFT_NODE_AGENT_OWN_H 1

#include <stdbool.h>

#include "store/store.h"

struct own;

/* 'prefix' is P, 'chassis' this node's name; its sign of life goes
 * 'alive_ttl_s' seconds after this process was last heard of. */
struct own *own_create(struct store *, const char *prefix,
                       const char *chassis, int alive_ttl_s);
void own_destroy(struct own *);
/* When it is destroyed its sign of life stays until it runs out, instead of
 * going at once: a restart is nobody's business. */
void own_linger(struct own *);

/* Row 'below' ("claim/ap") should be 'value' (taken); NULL: not be there. */
void own_set(struct own *, const char *below, char *value);
/* What row 'below' should be, or NULL. */
const char *own_get(const struct own *, const char *below);
/* Calls 'cb' for each row that should be there and begins with 'prefix'. */
void own_each(const struct own *, const char *prefix,
              void (*cb)(const char *below, const char *value, void *aux),
              void *aux);

/* Rows in the store that nobody wants are removed from now on, but for those
 * that begin with one of the NULL-terminated 'kept' prefixes: those are
 * adopted. */
void own_adopt(struct own *, const char *const *kept);
bool own_has_adopted(const struct own *);

/* Writes what differs. */
void own_run(struct own *);
void own_wait(struct own *);
/* True when the store has everything as it should be. */
bool own_is_settled(const struct own *);
/* Has row 'below' been stored as it should be? */
bool own_is_stored(const struct own *, const char *below);

#endif
