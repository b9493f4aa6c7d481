/* What sb_cache.c (events) and sb_cache_run.c (time) share. */
#ifndef WEFT_NODE_AGENT_SB_CACHE_PRIVATE_H
#define WEFT_NODE_AGENT_SB_CACHE_PRIVATE_H 1

#include "node-agent/sb_cache.h"
#include "openvswitch/list.h"
#include "openvswitch/shash.h"
#include "sset.h"

enum watched_type {
    WATCHED_CHASSIS,
    WATCHED_COMMON,
    WATCHED_METER,
    WATCHED_MIRROR,
    WATCHED_NODE,
    WATCHED_SYNC,
    N_WATCHED_PREFIXES,
    WATCHED_FOLLOW = N_WATCHED_PREFIXES,
};

/* What a watch's aux points to. */
struct watched {
    enum watched_type type;
};

/* A prefix that every agent follows. */
struct watched_prefix {
    struct watched watched;
    struct sb_cache *cache;
    struct store_watch *watch;
    char *key;
};

/* A datapath or set that this node needs. */
struct follow {
    struct watched watched;
    struct sb_cache *cache;
    struct store_watch *watch;
    struct ovs_list unsynced_node;  /* In cache's 'unsynced', or empty. */
    struct sb_tree *tree;
    bool is_set;
    bool changed;                   /* A set: something was given out. */
    long long int unwanted_since_ms;    /* 0: wanted. */
    long long int gone_since_ms;    /* Its row is deleted; 0: it is there. */
};

/* A key of a shared prefix that was deleted. */
struct lingering {
    enum watched_type type;
    long long int since_ms;
};

struct sb_cache {
    struct store *store;
    struct store_watch_set *watches;
    char *prefix;
    struct model *model;
    const struct sb_cache_ops *ops;
    void *aux;
    struct watched_prefix prefixes[N_WATCHED_PREFIXES];
    struct shash datapaths, sets;   /* Name -> struct follow. */
    struct ovs_list unsynced;       /* Those not listed yet. */
    bool waiting;                   /* A follow may be unwanted or gone. */
    struct sset direct_needs;       /* "dp:<name>", "set:<name>" of
                                     * sb/node/<me>/; see needs.c. */
    struct shash lingering;         /* Key -> struct lingering. */
    long long int listed_ms;        /* All is listed since then; or 0. */
    long long int common_since_ms;  /* Common flows are back since then. */
    bool complete;                  /* Was so once. */
    bool frozen;
};

void sb_cache_follow(struct sb_cache *, const char *name, bool is_set);
void sb_cache_unfollow(struct sb_cache *, struct follow *);
void sb_cache_follow_gone(struct follow *);

/* A row of a shared prefix; 'value' NULL: it is gone. */
void sb_cache_put_shared(struct sb_cache *, enum watched_type,
                         const char *key, const char *value, size_t size);

#endif
