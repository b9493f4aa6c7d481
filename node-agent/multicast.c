/* Multicast groups: see multicast.h. */
#include <config.h>

#include "node-agent/multicast.h"

#include <stdlib.h>

#include "hmapx.h"
#include "lflow/registers.h"
#include "lflow/tables.h"
#include "node-agent/multicast_groups.h"
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

/* Those whose members are rows (multicast_groups.h); 0: none. */
static const struct {
    const char *name;
    uint32_t key;
} others[] = {
    { "none", 0 },
    { "_MC_mrouter_flood", MC_MROUTER_FLOOD_KEY },
    { "_MC_static", 32771 },
};

bool
multicast_fixed_key(const char *name, uint32_t *key)
{
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        if (!strcmp(others[i].name, name)) {
            *key = others[i].key;
            return true;
        }
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

struct mc_place
multicast_place(const struct physical *ph, const struct lport *lport)
{
    const struct sb_port *row = lport_row(lport);
    struct mc_place place = { .chassis = NULL };

    if (!row || !row->enabled || !lport->key) {
        return place;
    }
    bool is_ours = !strcmp(row->chassis, ph->model->chassis);
    bool is_redirect = row->type == SB_PORT_TYPE_CHASSISREDIRECT;

    place.patch = (row->type == SB_PORT_TYPE_PATCH
                   || (row->type == SB_PORT_TYPE_LOCALPORT
                       && lport->bound_here));
    place.local = (!place.patch
                   && (lport->bound_here
                       || (row->type == SB_PORT_TYPE_L3GATEWAY && is_ours)
                       || (is_redirect && physical_is_resident(ph, lport))));
    if (!place.patch && !place.local && row->chassis[0] && !is_ours) {
        place.chassis = row->chassis;
    }
    return place;
}

static struct membership
membership_of(const struct physical *ph, const struct lport *lport)
{
    const struct sb_port *row = lport_row(lport);
    struct mc_place place = multicast_place(ph, lport);
    struct membership m = { .chassis = NULL };

    if (!lport->dp->is_switch
        || (!place.patch && !place.local && !place.chassis)) {
        return m;
    }
    m.patch = place.patch;
    m.local = place.local;
    m.chassis = place.chassis;
    m.member[MC_FLOOD] = true;
    m.member[MC_FLOOD_L2] = !is_router_side(row);
    m.member[MC_UNKNOWN] = schema_strings_contains(&row->addresses,
                                                   "unknown");
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
    multicast_groups_update_lport(ph, lport);
}

void
multicast_remove_lport(struct physical *ph, struct lport *lport)
{
    struct membership none = { .chassis = NULL };

    set_membership(ph, lport, &none);
    multicast_groups_remove_lport(ph, lport);
}

/* ---- Flows ------------------------------------------------------------ */

static int
compare_keys(const void *a_, const void *b_)
{
    const struct lport *a = *(struct lport *const *) a_;
    const struct lport *b = *(struct lport *const *) b_;

    return a->key < b->key ? -1 : a->key > b->key;
}

static int
compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static void
add_group(struct physical *ph, struct datapath *dp,
          const struct mc_flows *flows, uint8_t table)
{
    struct match match;

    match_init_catchall(&match);
    match_set_metadata(&match, htonll(dp->key));
    match_set_reg(&match, MFF_LOG_OUTPORT - MFF_REG0, flows->key);
    flow_owner_add(ph->flows, flows->owner, table, 100, 0, &match,
                   ph->ofpacts.data, ph->ofpacts.size);
}

/* A gateway's redirect port stands for the router port itself. */
static uint32_t
output_key(const struct lport *lport)
{
    const struct sb_port *row = lport_row(lport);
    const char *name = (row->type == SB_PORT_TYPE_CHASSISREDIRECT
                        ? smap_get(&row->options, "distributed-port") : NULL);
    const struct lport *port = name ? datapath_lport(lport->dp, name) : lport;

    return port ? port->key : 0;
}

static void
put_member(struct physical *ph, const struct lport *lport)
{
    if (lport->dp->is_switch && !is_router_side(lport_row(lport))) {
        put_set(MFF_LOG_CT_ZONE, physical_lport_zone(ph, lport),
                &ph->ofpacts);
    }
    put_set(MFF_LOG_OUTPORT, output_key(lport), &ph->ofpacts);
    put_resubmit(OFTABLE_CHECK_LOOPBACK, &ph->ofpacts);
}

/* To each member here, or to each that is on every chassis; then the outport
 * is the group's again.  Returns false if there is none. */
static bool
put_members(struct physical *ph, const struct mc_flows *flows, bool patch)
{
    bool any = false;

    for (size_t i = 0; i < flows->n; i++) {
        struct mc_place place = multicast_place(ph, flows->members[i]);

        if (patch ? place.patch : place.local) {
            put_member(ph, flows->members[i]);
            any = true;
        }
    }
    if (any) {
        put_set(MFF_LOG_OUTPORT, flows->key, &ph->ofpacts);
    }
    return any;
}

/* Outputs to the tunnels of 'type'. */
static bool
put_tunnels(struct physical *ph, struct datapath *dp,
            const struct mc_flows *flows, enum tunnel_type type)
{
    bool any = false;

    for (size_t i = 0; i < flows->n_chassis; i++) {
        const struct tunnel *tunnel = ofports_tunnel(ph->ofports,
                                                     flows->chassis[i]);

        if (!tunnel || tunnel->type != type) {
            continue;
        }
        if (!any) {
            physical_put_encap(tunnel, dp, flows->key, &ph->ofpacts);
        } else {
            put_output(u16_to_ofp(tunnel->ofport), &ph->ofpacts);
        }
        any = true;
    }
    return any;
}

void
multicast_emit(struct physical *ph, struct datapath *dp,
               struct mc_flows *flows)
{
    bool any_local, any_other;

    qsort(flows->members, flows->n, sizeof *flows->members, compare_keys);
    qsort(flows->chassis, flows->n_chassis, sizeof *flows->chassis,
          compare_texts);
    /* Table 40: to each member here. */
    ofpbuf_clear(&ph->ofpacts);
    any_local = put_members(ph, flows, false);
    if (any_local) {
        add_group(ph, dp, flows, OFTABLE_LOCAL_OUTPUT);
    }
    /* Table 39: to what is on every chassis, and through tunnels. */
    ofpbuf_clear(&ph->ofpacts);
    any_other = put_members(ph, flows, true);
    any_other |= put_tunnels(ph, dp, flows, TUNNEL_GENEVE);
    any_other |= put_tunnels(ph, dp, flows, TUNNEL_VXLAN);
    if (any_other) {
        if (any_local) {
            put_resubmit(OFTABLE_LOCAL_OUTPUT, &ph->ofpacts);
        }
        add_group(ph, dp, flows, OFTABLE_REMOTE_OUTPUT);
    }
}

static void
update_fixed(struct physical *ph, struct datapath *dp)
{
    const struct lport **members = xmalloc((hmapx_count(dp->mc_local) + 1)
                                           * sizeof *members);
    const char **chassis = xmalloc((shash_count(&dp->mc_remote) + 1)
                                   * sizeof *chassis);

    flow_owner_begin(ph->flows, &dp->multicast);
    for (int g = 0; dp->key && g < N_MC_GROUPS; g++) {
        struct mc_flows flows = {
            .key = groups[g].key, .owner = &dp->multicast,
            .members = members, .chassis = chassis,
        };
        struct hmapx_node *local;
        struct shash_node *node;

        HMAPX_FOR_EACH (local, dp->mc_local) {
            const struct lport *lport = local->data;

            if (lport->mc_member[g]) {
                members[flows.n++] = lport;
            }
        }
        /* With a localnet port the physical network carries floods. */
        SHASH_FOR_EACH (node, &dp->mc_remote) {
            const struct mc_remote *remote = node->data;

            if (remote->n[g] && !dp->n_localnet) {
                chassis[flows.n_chassis++] = node->name;
            }
        }
        multicast_emit(ph, dp, &flows);
    }
    flow_owner_end(ph->flows, &dp->multicast);
    free(members);
    free(chassis);
}

void
multicast_update(struct physical *ph, struct datapath *dp)
{
    bool all = dp->mc_dirty;

    dp->mc_dirty = false;
    if (all) {
        update_fixed(ph, dp);
    }
    multicast_groups_update(ph, dp, all);
}
