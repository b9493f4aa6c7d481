/* Follows the southbound: see sb_cache.h. */
#include <config.h>

#include "node-agent/sb_cache.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "node-agent/model.h"
#include "node-agent/needs.h"
#include "node-agent/sb_apply.h"
#include "node-agent/sb_cache_private.h"
#include "node-agent/sb_tree.h"
#include "node-agent/sets.h"
#include "openvswitch/vlog.h"
#include "store/keys.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(sb_cache);

/* ---- Follows ---------------------------------------------------------- */

static void
on_datapath(struct sb_tree *tree, const char *below, const char *value,
            size_t size, void *follow_)
{
    struct follow *follow = follow_;
    struct model *model = follow->cache->model;

    sb_apply_datapath(model, model_datapath_get(model, tree->name), below,
                      value, size);
}

static void
on_set(struct sb_tree *tree, const char *below, const char *value,
       size_t size, void *follow_)
{
    struct follow *follow = follow_;

    struct model *model = follow->cache->model;

    sb_apply_set(model, sets_get(model, tree->name), below, value, size);
    follow->changed = true;
}

static sb_tree_cb *
tree_cb(const struct follow *follow)
{
    return follow->is_set ? on_set : on_datapath;
}

static void
told(struct follow *follow)
{
    if (follow->changed) {
        follow->changed = false;
        if (needs_is_reach(follow->tree->name)) {
            needs_update(follow->cache);
            return;
        }
        follow->cache->ops->set_changed(follow->tree->name,
                                        follow->cache->aux);
    }
}

static void
follow_events(struct follow *follow, const struct store_event *events,
              size_t n, int64_t revision)
{
    sb_tree_events(follow->tree, events, n, revision, tree_cb(follow),
                   follow);
    if (follow->tree->row_deleted && !follow->gone_since_ms) {
        follow->gone_since_ms = time_msec();
        follow->cache->waiting = true;
    } else if (!follow->tree->row_deleted) {
        follow->gone_since_ms = 0;
    }
    told(follow);
}

static void
follow_synced(struct follow *follow)
{
    ovs_list_remove(&follow->unsynced_node);
    ovs_list_init(&follow->unsynced_node);
    sb_tree_synced(follow->tree, tree_cb(follow), follow);
    told(follow);
}

void
sb_cache_follow(struct sb_cache *cache, const char *name, bool is_set)
{
    struct shash *follows = is_set ? &cache->sets : &cache->datapaths;
    struct follow *follow = shash_find_data(follows, name);
    char *key;

    if (follow) {
        follow->unwanted_since_ms = 0;
        return;
    }
    key = keys_build(cache->prefix, is_set ? "sb/set" : "sb/dp", name, NULL);
    follow = xzalloc(sizeof *follow);
    follow->watched.type = WATCHED_FOLLOW;
    follow->cache = cache;
    follow->is_set = is_set;
    follow->tree = sb_tree_create(name, key);
    ovs_list_push_back(&cache->unsynced, &follow->unsynced_node);
    shash_add(follows, name, follow);
    follow->watch = store_watch_add_tree(
        cache->watches, store_bytes_from_string(key), &follow->watched);
    free(key);
}

void
sb_cache_unfollow(struct sb_cache *cache, struct follow *follow)
{
    const char *name = follow->tree->name;

    store_watch_drop(follow->watch);
    if (follow->is_set) {
        struct named_set *set = sets_find(cache->model, name);

        if (set) {
            sets_remove(cache->model, set);
            cache->ops->set_changed(name, cache->aux);
        }
        shash_find_and_delete(&cache->sets, name);
    } else {
        struct datapath *dp = model_datapath(cache->model, name);

        if (dp) {
            model_datapath_remove(cache->model, dp);
        }
        shash_find_and_delete(&cache->datapaths, name);
    }
    if (needs_is_reach(name)) {
        needs_update(cache);
    }
    ovs_list_remove(&follow->unsynced_node);
    sb_tree_destroy(follow->tree);
    free(follow);
}

/* The row of a followed thing is gone, and that is to be believed. */
void
sb_cache_follow_gone(struct follow *follow)
{
    follow->gone_since_ms = 0;
    sb_tree_give_deleted(follow->tree, tree_cb(follow), follow);
    told(follow);
}

/* ---- Events ----------------------------------------------------------- */

static char *
event_key(const struct store_event *event)
{
    return xmemdup0(event->kv.key.data, event->kv.key.size);
}

/* 'event' NULL: the tunnel to 'chassis' is not to be watched. */
static void
on_bfd_peer(struct sb_cache *cache, const char *chassis,
            const struct store_event *event)
{
    struct shash *peers = &cache->model->bfd_peers;
    struct schema_row *row = NULL;

    if (event) {
        row = sb_parse(&sb_node_bfd_table, chassis, chassis,
                       event->kv.value.data, event->kv.value.size);
    }
    schema_row_destroy(shash_find_and_delete(peers, chassis));
    if (row) {
        shash_add(peers, chassis, row);
    }
    cache->model->chassis_changed = true;
}

/* A key of sb/node/<me>/. */
static void
on_need(struct sb_cache *cache, const struct store_event *event)
{
    char *c[3];
    int n = keys_parse(event->kv.key.data, event->kv.key.size, cache->prefix,
                       "sb/node", c, 3);
    bool put = event->type == STORE_EVENT_PUT;

    if (n == 3 && (!strcmp(c[1], "dp") || !strcmp(c[1], "set"))) {
        if (put) {
            needs_put(cache, c[1], c[2]);
        } else {
            needs_delete(cache, c[1], c[2]);
        }
    } else if (n == 3 && !strcmp(c[1], "port")) {
        schema_row_destroy(shash_find_and_delete(&cache->model->verdicts,
                                                 c[2]));
        if (put) {
            struct schema_row *row = sb_parse(&sb_node_port_table, c[2], c[2],
                                              event->kv.value.data,
                                              event->kv.value.size);

            if (row) {
                shash_add(&cache->model->verdicts, c[2], row);
            }
        }
        cache->model->verdicts_changed = true;
    } else if (n == 3 && !strcmp(c[1], "bfd")) {
        on_bfd_peer(cache, c[2], put ? event : NULL);
    }
    for (int i = 0; i < n; i++) {
        free(c[i]);
    }
}

/* A key of sb/chassis/ or sb/common/: what is put counts at once, what is
 * deleted after a while. */
static void
on_lingering(struct sb_cache *cache, enum watched_type type,
             const struct store_event *event)
{
    char *key = event_key(event);

    if (event->type == STORE_EVENT_PUT) {
        free(shash_find_and_delete(&cache->lingering, key));
        sb_cache_put_shared(cache, type, key, event->kv.value.data,
                            event->kv.value.size);
    } else if (!shash_find(&cache->lingering, key)) {
        struct lingering *lingering = xmalloc(sizeof *lingering);

        lingering->type = type;
        lingering->since_ms = time_msec();
        shash_add(&cache->lingering, key, lingering);
    }
    free(key);
}

static void
on_sync(struct sb_cache *cache, const struct store_event *event)
{
    struct schema_row *row;
    const struct sb_sync *sync;

    if (event->type != STORE_EVENT_PUT) {
        return;
    }
    row = sb_parse(&sb_sync_table, "", "sb/sync", event->kv.value.data,
                   event->kv.value.size);
    sync = sb_sync_cast(row);
    if (sync) {
        cache->ops->sync(sync, cache->aux);
    }
    schema_row_destroy(row);
}

static void
on_events(struct store_watch *watch OVS_UNUSED,
          const struct store_event *events, size_t n, int64_t revision,
          void *watched_)
{
    struct watched *watched = watched_;
    struct watched_prefix *prefix;

    if (watched->type == WATCHED_FOLLOW) {
        follow_events(CONTAINER_OF(watched, struct follow, watched), events,
                      n, revision);
        return;
    }
    prefix = CONTAINER_OF(watched, struct watched_prefix, watched);
    for (size_t i = 0; i < n; i++) {
        if (watched->type == WATCHED_NODE) {
            on_need(prefix->cache, &events[i]);
        } else if (watched->type == WATCHED_SYNC) {
            on_sync(prefix->cache, &events[i]);
        } else {
            on_lingering(prefix->cache, watched->type, &events[i]);
        }
    }
}

static void
on_synced(struct store_watch *watch OVS_UNUSED, int64_t revision OVS_UNUSED,
          void *watched_)
{
    struct watched *watched = watched_;

    if (watched->type == WATCHED_FOLLOW) {
        follow_synced(CONTAINER_OF(watched, struct follow, watched));
    }
}

static void
on_trouble(struct store_watch *watch OVS_UNUSED, int error,
           const struct err *err, void *watched_)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(2, 5);
    struct watched *watched = watched_;
    char *text = err ? err_to_string(err) : xstrdup(err_text(error));

    VLOG_INFO_RL(&rl, "watch of %s: %s",
                 watched->type == WATCHED_FOLLOW
                 ? CONTAINER_OF(watched, struct follow, watched)->tree->name
                 : CONTAINER_OF(watched, struct watched_prefix,
                                watched)->key, text);
    free(text);
}

static const struct store_watch_ops watch_ops = {
    .events = on_events,
    .synced = on_synced,
    .trouble = on_trouble,
};

/* ---- Life and death --------------------------------------------------- */

static void
add_prefix(struct sb_cache *cache, enum watched_type type, char *key)
{
    struct watched_prefix *prefix = &cache->prefixes[type];

    prefix->watched.type = type;
    prefix->cache = cache;
    prefix->key = key;
    prefix->watch = store_watch_add_prefix(
        cache->watches, store_bytes_from_string(key), &prefix->watched);
}

struct sb_cache *
sb_cache_create(struct store *store, const char *prefix, struct model *model,
                const struct sb_cache_ops *ops, void *aux)
{
    struct sb_cache *cache = xzalloc(sizeof *cache);
    char *node;

    cache->store = store;
    cache->prefix = xstrdup(prefix);
    cache->model = model;
    cache->ops = ops;
    cache->aux = aux;
    shash_init(&cache->datapaths);
    shash_init(&cache->sets);
    ovs_list_init(&cache->unsynced);
    shash_init(&cache->lingering);
    sset_init(&cache->direct_needs);
    cache->watches = store_watch_set_create(store, &watch_ops);
    node = keys_build(prefix, "sb/node", model->chassis, NULL);
    add_prefix(cache, WATCHED_CHASSIS, xasprintf("%s/sb/chassis/", prefix));
    add_prefix(cache, WATCHED_COMMON, xasprintf("%s/sb/common/", prefix));
    add_prefix(cache, WATCHED_METER, xasprintf("%s/sb/meter/", prefix));
    add_prefix(cache, WATCHED_MIRROR, xasprintf("%s/sb/mirror/", prefix));
    add_prefix(cache, WATCHED_NODE, xasprintf("%s/", node));
    add_prefix(cache, WATCHED_SYNC, xasprintf("%s/sb/sync", prefix));
    free(node);
    return cache;
}

static void
destroy_follows(struct shash *follows)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, follows) {
        struct follow *follow = node->data;

        sb_tree_destroy(follow->tree);
        free(follow);
    }
    shash_destroy(follows);
}

void
sb_cache_destroy(struct sb_cache *cache)
{
    if (!cache) {
        return;
    }
    store_watch_set_destroy(cache->watches);
    destroy_follows(&cache->datapaths);
    destroy_follows(&cache->sets);
    shash_destroy_free_data(&cache->lingering);
    sset_destroy(&cache->direct_needs);
    for (int i = 0; i < N_WATCHED_PREFIXES; i++) {
        free(cache->prefixes[i].key);
    }
    free(cache->prefix);
    free(cache);
}

/* ---- For the sync token ----------------------------------------------- */

static void
each_row(const struct shash *follows,
         void (*cb)(const char *key, void *aux), void *aux)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, follows) {
        const struct follow *follow = node->data;

        if (!follow->unwanted_since_ms) {
            cb(follow->tree->key, aux);
        }
    }
}

void
sb_cache_each_row(const struct sb_cache *cache,
                  void (*cb)(const char *key, void *aux), void *aux)
{
    each_row(&cache->datapaths, cb, aux);
    each_row(&cache->sets, cb, aux);
}

static const struct follow *
find_row(const struct sb_cache *cache, const char *key)
{
    char *name[1];
    bool is_set = false;
    const struct follow *follow;
    int n = keys_parse(key, strlen(key), cache->prefix, "sb/dp", name, 1);

    if (n != 1) {
        is_set = true;
        n = keys_parse(key, strlen(key), cache->prefix, "sb/set", name, 1);
    }
    if (n != 1) {
        return NULL;
    }
    follow = shash_find_data(is_set ? &cache->sets : &cache->datapaths,
                             name[0]);
    free(name[0]);
    return follow;
}

bool
sb_cache_has(const struct sb_cache *cache, const char *key, int64_t revision)
{
    const struct follow *follow = find_row(cache, key);

    if (!follow || follow->unwanted_since_ms) {
        return true;            /* Not needed any more. */
    }
    if (!follow->tree->synced) {
        return false;
    }
    return !revision || follow->tree->row_revision >= revision;
}

bool
sb_cache_is_synced(const struct sb_cache *cache)
{
    const struct follow *follow;

    LIST_FOR_EACH (follow, unsynced_node, &cache->unsynced) {
        if (!follow->unwanted_since_ms) {
            return false;
        }
    }
    return true;
}

char *
sb_cache_key(const struct sb_cache *cache, const char *below)
{
    return xasprintf("%s/sb/%s", cache->prefix, below);
}

const char *
sb_cache_node_prefix(const struct sb_cache *cache)
{
    return cache->prefixes[WATCHED_NODE].key;
}

size_t
sb_cache_n_chassis(const struct sb_cache *cache)
{
    return shash_count(&cache->model->remote_chassis);
}

int64_t
sb_cache_node_revision(const struct sb_cache *cache)
{
    return store_watch_revision(cache->prefixes[WATCHED_NODE].watch);
}
