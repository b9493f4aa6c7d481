/* Follows the southbound in the store: what every agent follows (chassis,
 * common flows, sync), what is this node's (needs, verdicts), and, for each
 * need, that datapath or set.  Fills in the model.
 *
 * A store that is suddenly empty must not take the data plane with it: while
 * the common flows, which are always there, are missing, or until what this
 * node had is confirmed again, nothing is removed (docs/agent.md). */
#ifndef WEFT_NODE_AGENT_SB_CACHE_H
#define WEFT_NODE_AGENT_SB_CACHE_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/shash.h"
#include "store/store.h"

struct model;
struct sb_cache;
struct sb_sync;

struct sb_cache_ops {
    /* sb/sync says this now. */
    void (*sync)(const struct sb_sync *, void *aux);
    /* A name of logical flows means something else (set, meter). */
    void (*set_changed)(const char *name, void *aux);
    void (*meter_changed)(const char *name, void *aux);
};

/* 'prefix' is P of docs/KEYS.md. All arguments must outlive it. */
struct sb_cache *sb_cache_create(struct store *, const char *prefix,
                                 struct model *, const struct sb_cache_ops *,
                                 void *aux);
void sb_cache_destroy(struct sb_cache *);

/* Acts on needs that came and went, and on datapaths that are gone for long
 * enough. */
void sb_cache_run(struct sb_cache *, long long int now_ms);
/* In how many ms to call it again at the latest, or LLONG_MAX. */
long long int sb_cache_deadline(const struct sb_cache *);

/* Everything that was there when the node came up has been seen; flows may
 * be installed. */
bool sb_cache_is_complete(const struct sb_cache *);
/* The store lost what this node had; nothing is removed. */
bool sb_cache_is_frozen(const struct sb_cache *);
/* Needs that are not wanted any more are dropped at once: the store has been
 * seen to be whole (a sync token). */
void sb_cache_flush(struct sb_cache *);

/* ---- For the sync token ----------------------------------------------- */

/* Calls 'cb' with the key of each row (datapath, set) that is followed. */
void sb_cache_each_row(const struct sb_cache *,
                       void (*cb)(const char *key, void *aux), void *aux);
/* Has the row 'key' been applied as of 'revision' (0: it does not exist)? */
bool sb_cache_has(const struct sb_cache *, const char *key, int64_t revision);
/* Whether all that is followed has been listed. */
bool sb_cache_is_synced(const struct sb_cache *);
/* The key of 'below' below P/sb/; the caller frees it. */
char *sb_cache_key(const struct sb_cache *, const char *below);
/* How many chassis there are, this one included, as far as is known. */
size_t sb_cache_n_chassis(const struct sb_cache *);
/* The prefix of this node's needs, and up to where they are known. */
const char *sb_cache_node_prefix(const struct sb_cache *);
int64_t sb_cache_node_revision(const struct sb_cache *);

#endif
