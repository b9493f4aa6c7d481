/* The sync token (docs/KEYS.md): when sb/sync says that the southbound is
 * complete up to a revision, finds out what this node has to have heard,
 * waits for that and for the switch, and reports it.
 *
 *     seen -> waiting -> reading -> hearing -> installing -> holding back
 *     -> reported
 *
 * A token that says what was written since the one that was seen before it
 * is not read for: 'waiting' (for a moment of this agent's own, since all
 * agents would read at once) and 'reading' are left out.
 *
 * One token is under way at a time; of those that come meanwhile only the
 * last counts, since it covers the others. */
#ifndef WEFT_NODE_AGENT_SYNC_H
#define WEFT_NODE_AGENT_SYNC_H 1

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

struct installer;
struct own;
struct sb_cache;
struct sb_sync;

struct sync;

/* 'apply' brings what was heard into the flow table. */
struct sync *sync_create(struct store *, struct sb_cache *,
                         struct installer *, struct own *,
                         void (*apply)(void *aux), void *aux);
void sync_destroy(struct sync *);

/* sb/sync says this. */
void sync_token(struct sync *, const struct sb_sync *);

/* From now on a token is reported so many seconds after it is in the switch
 * (debug/delay-nb-cfg-report of ovn-controller(8)). */
void sync_set_delay(struct sync *, unsigned int seconds);

/* Takes the next step if it is time.  Returns true if a token was reported
 * to 'own'. */
bool sync_run(struct sync *);
void sync_wait(struct sync *);

/* The last token reported, and the one under way (0: none). */
int64_t sync_reported(const struct sync *);
int64_t sync_pending(const struct sync *);
const char *sync_state(const struct sync *);

#endif
