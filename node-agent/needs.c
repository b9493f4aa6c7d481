/* What this node needs, of what it is told: the keys sb/node/<me>/dp/... and
 * set/..., and the members of each set "reach:..." that it follows
 * ("dp:<name>", "set:<kind:name>"), which stand for a whole connected network
 * at once (docs/KEYS.md).  Both kinds may name the same thing. */
#include <config.h>

#include "node-agent/needs.h"

#include <string.h>

#include "node-agent/model.h"
#include "node-agent/sb_cache_private.h"
#include "node-agent/sb_tree.h"
#include "node-agent/sets.h"
#include "timeval.h"
#include "util.h"

#define REACH "reach:"

bool
needs_is_reach(const char *set)
{
    return !strncmp(set, REACH, strlen(REACH));
}

/* Follows "dp:<name>" or "set:<name>"; others are from a later version. */
static void
follow(struct sb_cache *cache, const char *need)
{
    if (!strncmp(need, "dp:", 3)) {
        sb_cache_follow(cache, need + 3, false);
    } else if (!strncmp(need, "set:", 4)) {
        sb_cache_follow(cache, need + 4, true);
    }
}

/* Everything needed, in 'needs'. */
static void
gather(struct sb_cache *cache, struct sset *needs)
{
    const struct shash_node *node;
    const char *need;

    SSET_FOR_EACH (need, &cache->direct_needs) {
        sset_add(needs, need);
    }
    SHASH_FOR_EACH (node, &cache->sets) {
        const struct follow *f = node->data;

        if (needs_is_reach(node->name) && !f->unwanted_since_ms) {
            sets_each_member(cache->model, node->name, needs);
        }
    }
}

static void
mark_unwanted(struct sb_cache *cache, struct shash *follows,
              const char *kind, const struct sset *needs)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, follows) {
        struct follow *f = node->data;
        char *need = xasprintf("%s:%s", kind, node->name);

        if (!sset_contains(needs, need) && !f->unwanted_since_ms) {
            f->unwanted_since_ms = time_msec();
            cache->waiting = true;
        }
        free(need);
    }
}

void
needs_update(struct sb_cache *cache)
{
    struct sset needs = SSET_INITIALIZER(&needs);
    const char *need;

    gather(cache, &needs);
    SSET_FOR_EACH (need, &needs) {
        follow(cache, need);
    }
    mark_unwanted(cache, &cache->datapaths, "dp", &needs);
    mark_unwanted(cache, &cache->sets, "set", &needs);
    sset_destroy(&needs);
}

void
needs_put(struct sb_cache *cache, const char *kind, const char *name)
{
    char *need = xasprintf("%s:%s", kind, name);

    sset_add(&cache->direct_needs, need);
    follow(cache, need);
    free(need);
}

void
needs_delete(struct sb_cache *cache, const char *kind, const char *name)
{
    char *need = xasprintf("%s:%s", kind, name);

    sset_find_and_delete(&cache->direct_needs, need);
    free(need);
    needs_update(cache);
}
