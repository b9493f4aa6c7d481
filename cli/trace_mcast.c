/* Multicast groups: the keys of some are the same in every datapath, and who
 * belongs to most of these follows from the ports (docs/KEYS.md); of others
 * there are rows. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "cli/trace_db.h"
#include "sset.h"
#include "util.h"

/* OVN's keys: ovn-sb(5), Multicast_Group. */
#define TRACE_MCASTS                            \
    MCAST("_MC_flood", 32768, true)             \
    MCAST("_MC_unknown", 32769, is_unknown)     \
    MCAST("_MC_flood_l2", 32772, !is_router)

static const struct {
    const char *name;
    uint32_t key;
} groups[] = {
#define MCAST(NAME, KEY, CONDITION) { NAME, KEY },
    TRACE_MCASTS
#undef MCAST
};

/* Those of which members are rows. */
static const struct {
    const char *name;
    uint32_t key;
} others[] = {
    { "_MC_mrouter_flood", 32770 }, { "_MC_static", 32771 },
};

/* A group that there are rows of. */
struct trace_mcast {
    uint32_t key;               /* 0: none yet. */
    struct sset ports;
};

static struct trace_mcast *
get_mcast(struct trace_dp *dp, const char *name)
{
    struct trace_mcast *mcast = shash_find_data(&dp->mcasts, name);

    if (!mcast) {
        mcast = xzalloc(sizeof *mcast);
        trace_mcast_key(NULL, name, &mcast->key);
        sset_init(&mcast->ports);
        shash_add(&dp->mcasts, name, mcast);
    }
    return mcast;
}

void
trace_mcast_set_key(struct trace_dp *dp, const char *name, uint32_t key)
{
    get_mcast(dp, name)->key = key;
}

void
trace_mcast_add(struct trace_dp *dp, const char *name, const char *port)
{
    sset_add(&get_mcast(dp, name)->ports, port);
}

void
trace_mcasts_destroy(struct trace_dp *dp)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &dp->mcasts) {
        struct trace_mcast *mcast = node->data;

        sset_destroy(&mcast->ports);
        free(mcast);
    }
    shash_destroy(&dp->mcasts);
}

bool
trace_mcast_key(const struct trace_dp *dp, const char *name, uint32_t *key)
{
    const struct trace_mcast *mcast = dp ? shash_find_data(&dp->mcasts, name)
                                         : NULL;

    if (!strcmp(name, "none")) {
        *key = 0;
        return true;
    } else if (mcast && mcast->key) {
        *key = mcast->key;
        return true;
    }
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        if (!strcmp(others[i].name, name)) {
            *key = others[i].key;
            return true;
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
        if (!strcmp(groups[i].name, name)) {
            *key = groups[i].key;
            return true;
        }
    }
    return false;
}

/* The node of 'dp' whose group has 'key', or NULL. */
static const struct shash_node *
find_mcast(const struct trace_dp *dp, uint32_t key)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &dp->mcasts) {
        if (((const struct trace_mcast *) node->data)->key == key && key) {
            return node;
        }
    }
    return NULL;
}

const char *
trace_mcast_name(const struct trace_dp *dp, uint32_t key)
{
    const struct shash_node *node = find_mcast(dp, key);

    if (node) {
        return node->name;
    }
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        if (others[i].key == key) {
            return others[i].name;
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
        if (groups[i].key == key) {
            return groups[i].name;
        }
    }
    return NULL;
}

static bool
is_member(const struct trace_port *port, uint32_t group)
{
    const struct sb_port *row = port->row;
    bool is_router = (row->type == SB_PORT_TYPE_PATCH
                      || row->type == SB_PORT_TYPE_L3GATEWAY);
    bool is_unknown = schema_strings_contains(&row->addresses, "unknown");

    if (!row->enabled || !port->dp->is_switch) {
        return false;
    }
    switch (group) {
#define MCAST(NAME, KEY, CONDITION) case KEY: return (CONDITION);
    TRACE_MCASTS
#undef MCAST
    default:
        return false;
    }
}

static int
compare_names(const void *a_, const void *b_)
{
    const struct trace_port *a = *(struct trace_port *const *) a_;
    const struct trace_port *b = *(struct trace_port *const *) b_;

    return strcmp(a->name, b->name);
}

struct trace_port **
trace_mcast_members(const struct trace_dp *dp, uint32_t key, size_t *n)
{
    struct trace_port **members = xmalloc((shash_count(&dp->ports) + 1)
                                          * sizeof *members);
    const struct shash_node *group = find_mcast(dp, key);
    const struct trace_mcast *mcast = group ? group->data : NULL;
    struct shash_node *node;

    *n = 0;
    SHASH_FOR_EACH (node, &dp->ports) {
        if (mcast ? sset_contains(&mcast->ports, node->name)
            : is_member(node->data, key)) {
            members[(*n)++] = node->data;
        }
    }
    qsort(members, *n, sizeof *members, compare_names);
    return members;
}
