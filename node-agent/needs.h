/* Which datapaths and sets this node follows. */
#ifndef WEFT_NODE_AGENT_NEEDS_H
#define WEFT_NODE_AGENT_NEEDS_H 1

#include <stdbool.h>

struct sb_cache;

/* sb/node/<me>/<kind>/<name> is there, or is gone; 'kind' is "dp" or
 * "set". */
void needs_put(struct sb_cache *, const char *kind, const char *name);
void needs_delete(struct sb_cache *, const char *kind, const char *name);

/* Is this a set whose members are needs themselves? */
bool needs_is_reach(const char *set);

/* Such a set changed, or is followed no more: follows what is new, marks as
 * unwanted what is needed no more. */
void needs_update(struct sb_cache *);

#endif
