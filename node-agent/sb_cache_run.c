/* The southbound and time: what is deleted counts after a while, and not at
 * all while the store looks as if it had lost everything (sb_cache.h). */
#include <config.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "node-agent/model.h"
#include "node-agent/sb_apply.h"
#include "node-agent/sb_cache_private.h"
#include "node-agent/sb_tree.h"
#include "openvswitch/vlog.h"
#include "store/keys.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(sb_cache_run);

enum {
    LINGER_MS = 1000,           /* Deletes count after this... */
    SETTLE_MS = 30000,          /* ...or this after the store was empty. */
    COMPLETE_MS = 10000,        /* Needed datapaths may be missing, when all
                                 * has been listed for so long. */
};

void
sb_cache_put_shared(struct sb_cache *cache, enum watched_type type,
                    const char *key, const char *value, size_t size)
{
    static const struct schema_table *const tables[] = {
        [WATCHED_CHASSIS] = &sb_chassis_table,
        [WATCHED_METER] = &sb_meter_table,
        [WATCHED_MIRROR] = &sb_mirror_table,
    };
    const struct watched_prefix *prefix = &cache->prefixes[type];
    const char *below = key + strlen(prefix->key);
    struct model *model = cache->model;
    struct schema_row *row = NULL;
    char *name;

    if (type == WATCHED_COMMON) {
        if (value) {
            row = sb_parse(&sb_flow_bundle_table, below, key, value, size);
        }
        if (row || !value) {
            model_common_set(model, below, row);
        }
        return;
    }
    name = keys_decode(below, strlen(below));
    if (!name) {
        return;
    }
    if (value) {
        row = sb_parse(tables[type], name, key, value, size);
    }
    if (row || !value) {
        struct shash *rows = (type == WATCHED_METER ? &model->meters
                              : type == WATCHED_MIRROR ? &model->mirrors
                              : &model->remote_chassis);

        schema_row_destroy(shash_find_and_delete(rows, name));
        if (row) {
            shash_add(rows, name, row);
        }
        if (type == WATCHED_METER) {
            cache->ops->meter_changed(name, cache->aux);
        } else if (type == WATCHED_MIRROR) {
            model->ports_changed = true;
        } else {
            model->chassis_changed = true;
        }
    }
    free(name);
}

/* ---- Freezing --------------------------------------------------------- */

static bool
has_common(const struct sb_cache *cache)
{
    size_t n = shash_count(&cache->model->common);
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &cache->lingering) {
        const struct lingering *lingering = node->data;

        n -= lingering->type == WATCHED_COMMON;
    }
    return n > 0;
}

/* Is all that this node had confirmed again? */
static bool
is_confirmed(const struct shash *follows)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, follows) {
        const struct follow *follow = node->data;

        if (follow->unwanted_since_ms || follow->gone_since_ms) {
            return false;
        }
    }
    return true;
}

static void
check_frozen(struct sb_cache *cache, long long int now_ms)
{
    if (!cache->complete) {
        return;
    }
    if (!has_common(cache)) {
        if (!cache->frozen) {
            VLOG_WARN("the southbound is empty: keeping what is installed");
        }
        cache->frozen = true;
        cache->common_since_ms = 0;
    } else if (cache->frozen) {
        if (!cache->common_since_ms) {
            cache->common_since_ms = now_ms;
        }
        if ((is_confirmed(&cache->datapaths) && is_confirmed(&cache->sets))
            || now_ms - cache->common_since_ms >= SETTLE_MS) {
            VLOG_INFO("the southbound is back");
            cache->frozen = false;
        }
    }
}

/* ---- Deletes ---------------------------------------------------------- */

static bool
is_due(long long int since_ms, long long int now_ms, bool at_once)
{
    return since_ms && (at_once || now_ms - since_ms >= LINGER_MS);
}

static void
drop_follows(struct sb_cache *cache, struct shash *follows,
             long long int now_ms, bool at_once)
{
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, follows) {
        struct follow *follow = node->data;

        if (is_due(follow->unwanted_since_ms, now_ms, at_once)) {
            sb_cache_unfollow(cache, follow);
        } else if (is_due(follow->gone_since_ms, now_ms, at_once)) {
            sb_cache_follow_gone(follow);
        }
    }
}

static bool
follows_are_waiting(const struct shash *follows)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, follows) {
        const struct follow *follow = node->data;

        if (follow->unwanted_since_ms || follow->gone_since_ms) {
            return true;
        }
    }
    return false;
}

static void
drop_due(struct sb_cache *cache, long long int now_ms, bool at_once)
{
    struct shash_node *node;

    if (cache->waiting) {
        drop_follows(cache, &cache->datapaths, now_ms, at_once);
        drop_follows(cache, &cache->sets, now_ms, at_once);
        cache->waiting = (follows_are_waiting(&cache->datapaths)
                          || follows_are_waiting(&cache->sets));
    }
    SHASH_FOR_EACH_SAFE (node, &cache->lingering) {
        struct lingering *lingering = node->data;

        if (is_due(lingering->since_ms, now_ms, at_once)) {
            sb_cache_put_shared(cache, lingering->type, node->name, NULL, 0);
            shash_delete(&cache->lingering, node);
            free(lingering);
        }
    }
}

/* ---- Completeness ----------------------------------------------------- */

static bool
follows_are_complete(const struct shash *follows)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, follows) {
        const struct follow *follow = node->data;

        if (!follow->tree->complete) {
            return false;
        }
    }
    return true;
}

static bool
prefixes_are_synced(const struct sb_cache *cache)
{
    for (int i = 0; i < N_WATCHED_PREFIXES; i++) {
        if (!store_watch_is_synced(cache->prefixes[i].watch)) {
            return false;
        }
    }
    return true;
}

static void
check_complete(struct sb_cache *cache, long long int now_ms)
{
    if (cache->complete) {
        return;
    }
    if (!prefixes_are_synced(cache) || !sb_cache_is_synced(cache)
        || shash_is_empty(&cache->model->common)) {
        cache->listed_ms = 0;
        return;
    }
    if (!cache->listed_ms) {
        cache->listed_ms = now_ms;
    }
    if ((follows_are_complete(&cache->datapaths)
         && follows_are_complete(&cache->sets))
        || now_ms - cache->listed_ms >= COMPLETE_MS) {
        cache->complete = true;
    }
}

void
sb_cache_run(struct sb_cache *cache, long long int now_ms)
{
    check_complete(cache, now_ms);
    check_frozen(cache, now_ms);
    if (!cache->frozen) {
        drop_due(cache, now_ms, false);
    }
}

void
sb_cache_flush(struct sb_cache *cache)
{
    if (!cache->frozen) {
        drop_due(cache, 0, true);
    }
}

long long int
sb_cache_deadline(const struct sb_cache *cache)
{
    /* Rare and harmless: a look every now and then while anything waits. */
    if (!cache->complete || cache->frozen
        || !shash_is_empty(&cache->lingering) || cache->waiting) {
        return LINGER_MS / 4;
    }
    return LLONG_MAX;
}

bool
sb_cache_is_complete(const struct sb_cache *cache)
{
    return cache->complete;
}

bool
sb_cache_is_frozen(const struct sb_cache *cache)
{
    return cache->frozen;
}
