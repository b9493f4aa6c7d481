/* Multicast groups: see multicast.h. */
#include <config.h>

#include "node-agent/multicast.h"

#include <stdlib.h>

#include "hmapx.h"
#include "lflow/registers.h"
#include "lflow/tables.h"
#include "node-agent/ofpacts.h"
#include "node-agent/ofports.h"
#include "node-agent/physical.h"
#include "byte-order.h"
#include "flow.h"
#include "util.h"

/* As OVN has them: ovn-sb(5), Multicast_Group. */
static const struct {
    const char *name;
    uint32_t key;
} groups[N_MC_GROUPS] = {
    [MC_FLOOD] = { "_MC_flood", 32768 },
    [MC_UNKNOWN] = { "_MC_unknown", 32769 },
    [MC_FLOOD_L2] = { "_MC_flood_l2", 32772 },
};

bool
multicast_fixed_key(const char *name, uint32_t *key)
{
    if (!strcmp(name, "none")) {
        *key = 0;
        return true;
    }
    for (int i = 0; i < N_MC_GROUPS; i++) {
        if (!strcmp(groups[i].name, name)) {
            *key = groups[i].key;
            return true;
        }
    }
    return false;
}

/* ---- Membership ------------------------------------------------------- */

struct membership {
    bool member[N_MC_GROUPS];
    bool local;                 /* On this chassis. */
    bool patch;                 /* On every chassis, for packets from here. */
    const char *chassis;        /* Of a port elsewhere, or NULL. */
};

static bool
is_router_side(const struct sb_port *row)
{
    return (row->type == SB_PORT_TYPE_PATCH
            || row->type == SB_PORT_TYPE_L3GATEWAY);
}

static struct membership
membership_of(const struct physical *ph, const struct lport *lport)
{
    const struct sb_port *row = lport_row(lport);
    struct membership m = { .chassis = NULL };

    if (!row || !row->enabled || !lport->key || !lport->dp->is_switch) {
        return m;
    }
    bool is_ours = !strcmp(row->chassis, ph->model->chassis);

    m.patch = (row->type == SB_PORT_TYPE_PATCH
               || (row->type == SB_PORT_TYPE_LOCALPORT
                   && lport->bound_here));
    m.local = (!m.patch && (lport->bound_here
                            || (row->type == SB_PORT_TYPE_L3GATEWAY
                                && is_ours)));
    m.member[MC_FLOOD] = true;
    m.member[MC_FLOOD_L2] = !is_router_side(row);
    m.member[MC_UNKNOWN] = schema_strings_contains(&row->addresses,
                                                   "unknown");
    if (!m.patch && !m.local && row->chassis[0] && !is_ours) {
        m.chassis = row->chassis;
    }
    if (!m.patch && !m.local && !m.chassis) {
        memset(m.member, 0, sizeof m.member);
    }
    return m;
}

static void
count_remote(struct datapath *dp, const char *chassis,
             const bool member[N_MC_GROUPS], int amount)
{
    struct mc_remote *remote = shash_find_data(&dp->mc_remote, chassis);
    unsigned int total = 0;

    if (!remote) {
        remote = xzalloc(sizeof *remote);
        shash_add(&dp->mc_remote, chassis, remote);
    }
    for (int i = 0; i < N_MC_GROUPS; i++) {
        remote->n[i] += member[i] ? amount : 0;
        total += remote->n[i];
    }
    if (!total) {
        free(shash_find_and_delete(&dp->mc_remote, chassis));
    }
}

static void
set_membership(struct physical *ph, struct lport *lport,
               const struct membership *m)
{
    struct datapath *dp = lport->dp;

    if (lport->mc_chassis) {
        count_remote(dp, lport->mc_chassis, lport->mc_member, -1);
    }
    hmapx_find_and_delete(dp->mc_local, lport);
    free(lport->mc_chassis);
    lport->mc_chassis = nullable_xstrdup(m->chassis);
    memcpy(lport->mc_member, m->member, sizeof m->member);
    lport->mc_local = m->local;
    lport->mc_key = lport->key;
    lport->mc_patch = m->patch;
    if (m->chassis) {
        count_remote(dp, m->chassis, m->member, 1);
    }
    if (m->local || m->patch) {
        hmapx_add(dp->mc_local, lport);
    }
    model_multicast_dirty(ph->model, dp);
}

void
multicast_update_lport(struct physical *ph, struct lport *lport)
{
    struct membership m = membership_of(ph, lport);

    if (memcmp(m.member, lport->mc_member, sizeof m.member)
        || m.local != lport->mc_local || m.patch != lport->mc_patch
        || lport->key != lport->mc_key
        || !nullable_string_is_equal(m.chassis, lport->mc_chassis)) {
        set_membership(ph, lport, &m);
    }
}

void
multicast_remove_lport(struct physical *ph, struct lport *lport)
{
    struct membership none = { .chassis = NULL };

    set_membership(ph, lport, &none);
}

/* ---- Flows ------------------------------------------------------------ */

static int
compare_keys(const void *a_, const void *b_)
{
    const struct lport *a = *(struct lport *const *) a_;
    const struct lport *b = *(struct lport *const *) b_;

    return a->key < b->key ? -1 : a->key > b->key;
}

/* The members of 'dp' here, sorted by key; the caller frees the array. */
static const struct lport **
sorted_local(const struct datapath *dp, size_t *n)
{
    const struct lport **list = xmalloc((hmapx_count(dp->mc_local) + 1)
                                        * sizeof *list);
    struct hmapx_node *node;

    *n = 0;
    HMAPX_FOR_EACH (node, dp->mc_local) {
        list[(*n)++] = node->data;
    }
    qsort(list, *n, sizeof *list, compare_keys);
    return list;
}

static void
add_group(struct physical *ph, struct datapath *dp, uint8_t table,
          uint32_t key)
{
    struct match match;

    match_init_catchall(&match);
    match_set_metadata(&match, htonll(dp->key));
    match_set_reg(&match, MFF_LOG_OUTPORT - MFF_REG0, key);
    flow_owner_add(ph->flows, &dp->multicast, table, 100, 0, &match,
                   ph->ofpacts.data, ph->ofpacts.size);
}

static void
put_member(struct physical *ph, const struct lport *lport)
{
    if (!is_router_side(lport_row(lport))) {
        put_set(MFF_LOG_CT_ZONE, physical_lport_zone(ph, lport),
                &ph->ofpacts);
    }
    put_set(MFF_LOG_OUTPORT, lport->key, &ph->ofpacts);
    put_resubmit(OFTABLE_CHECK_LOOPBACK, &ph->ofpacts);
}

/* Table 40: to each member here.  Returns false if there is none. */
static bool
add_local_group(struct physical *ph, struct datapath *dp, enum mc_group g,
                const struct lport **local, size_t n)
{
    bool any = false;

    ofpbuf_clear(&ph->ofpacts);
    for (size_t i = 0; i < n; i++) {
        if (local[i]->mc_member[g] && local[i]->mc_local) {
            put_member(ph, local[i]);
            any = true;
        }
    }
    if (any) {
        put_set(MFF_LOG_OUTPORT, groups[g].key, &ph->ofpacts);
        add_group(ph, dp, OFTABLE_LOCAL_OUTPUT, groups[g].key);
    }
    return any;
}

/* Outputs to the tunnels of 'type' whose chassis have members of 'g'. */
static bool
put_tunnels(struct physical *ph, struct datapath *dp, enum mc_group g,
            enum tunnel_type type, const struct shash_node **remotes,
            size_t n)
{
    bool any = false;

    for (size_t i = 0; i < n; i++) {
        const struct mc_remote *remote = remotes[i]->data;
        const struct tunnel *tunnel = ofports_tunnel(ph->ofports,
                                                     remotes[i]->name);

        if (!remote->n[g] || !tunnel || tunnel->type != type) {
            continue;
        }
        if (!any) {
            physical_put_encap(tunnel, dp, groups[g].key, &ph->ofpacts);
        } else {
            put_output(u16_to_ofp(tunnel->ofport), &ph->ofpacts);
        }
        any = true;
    }
    return any;
}

/* Table 39: to what is on every chassis, and through tunnels. */
static void
add_remote_group(struct physical *ph, struct datapath *dp, enum mc_group g,
                 const struct lport **local, size_t n_local,
                 const struct shash_node **remotes, size_t n_remotes,
                 bool any_local)
{
    bool any_patch = false, any_remote;

    ofpbuf_clear(&ph->ofpacts);
    for (size_t i = 0; i < n_local; i++) {
        if (local[i]->mc_member[g] && local[i]->mc_patch) {
            put_member(ph, local[i]);
            any_patch = true;
        }
    }
    if (any_patch) {
        put_set(MFF_LOG_OUTPORT, groups[g].key, &ph->ofpacts);
    }
    any_remote = put_tunnels(ph, dp, g, TUNNEL_GENEVE, remotes, n_remotes);
    any_remote |= put_tunnels(ph, dp, g, TUNNEL_VXLAN, remotes, n_remotes);
    if (any_patch || any_remote) {
        if (any_local) {
            put_resubmit(OFTABLE_LOCAL_OUTPUT, &ph->ofpacts);
        }
        add_group(ph, dp, OFTABLE_REMOTE_OUTPUT, groups[g].key);
    }
}

void
multicast_update(struct physical *ph, struct datapath *dp)
{
    const struct shash_node **remotes = shash_sort(&dp->mc_remote);
    /* With a localnet port the physical network carries floods. */
    size_t n_remotes = dp->n_localnet ? 0 : shash_count(&dp->mc_remote);
    const struct lport **local;
    size_t n_local;

    local = sorted_local(dp, &n_local);
    flow_owner_begin(ph->flows, &dp->multicast);
    for (int g = 0; dp->key && g < N_MC_GROUPS; g++) {
        bool any_local = add_local_group(ph, dp, g, local, n_local);

        add_remote_group(ph, dp, g, local, n_local, remotes, n_remotes,
                         any_local);
    }
    flow_owner_end(ph->flows, &dp->multicast);
    free(local);
    free(remotes);
}
