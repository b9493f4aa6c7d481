/* Multicast groups: their keys are the same in every datapath, who belongs to
 * them follows from the ports (docs/KEYS.md). */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "cli/trace_db.h"
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

bool
trace_mcast_key(const char *name, uint32_t *key)
{
    if (!strcmp(name, "none")) {
        *key = 0;
        return true;
    }
    for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
        if (!strcmp(groups[i].name, name)) {
            *key = groups[i].key;
            return true;
        }
    }
    return false;
}

const char *
trace_mcast_name(uint32_t key)
{
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
    struct shash_node *node;

    *n = 0;
    SHASH_FOR_EACH (node, &dp->ports) {
        if (is_member(node->data, key)) {
            members[(*n)++] = node->data;
        }
    }
    qsort(members, *n, sizeof *members, compare_names);
    return members;
}
