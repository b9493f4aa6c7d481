/* The physical flows of one logical port (physical.h): where it comes in
 * (table 0), where it goes out locally (40, 41, 64, 65) or through a tunnel
 * (39), by its type and its place. */
#include <config.h>

#include "node-agent/physical.h"

#include <stdlib.h>

#include "lflow/packet_in.h"
#include "lflow/registers.h"
#include "lflow/tables.h"
#include "node-agent/gateway.h"
#include "node-agent/model.h"
#include "node-agent/ofpacts.h"
#include "node-agent/ofports.h"
#include "packets.h"
#include "flow.h"
#include "util.h"

enum {
    PRIORITY_PORT = 100,
    PRIORITY_NESTED = 150,      /* A VLAN inside a parent's traffic. */
    PRIORITY_LOCALNET_DROP = 160,
    PRIORITY_BLOCKED = 1000,    /* A VM that has yet to arrive... */
    PRIORITY_ARRIVAL = 1010,    /* ...and what says that it has. */
};

static struct gateway_view
view_of(const struct physical *ph)
{
    return (struct gateway_view) {
        .chassis = ph->model->chassis, .ofports = ph->ofports,
        .store_lost = ph->store_lost,
    };
}

static bool
is_here(const struct physical *ph, const struct sb_port *row)
{
    if (gateway_is_shared(row)) {
        struct gateway_view view = view_of(ph);

        return gateway_is_here(&view, row);
    }
    return (!strcmp(row->chassis, ph->model->chassis)
            || schema_strings_contains(&row->additional_chassis,
                                       ph->model->chassis));
}

bool
physical_is_resident(const struct physical *ph, const struct lport *lport)
{
    const struct sb_port *row = lport_row(lport);

    return row && is_here(ph, row);
}

bool
physical_is_local_vif(const struct physical *ph, const struct lport *lport,
                      uint32_t *ofport)
{
    const struct sb_port *row = lport_row(lport);
    const char *iface;

    if (!row || (row->type != SB_PORT_TYPE_NONE
                 && row->type != SB_PORT_TYPE_LOCALPORT)) {
        return false;
    }
    if (row->type == SB_PORT_TYPE_NONE && !is_here(ph, row)) {
        return false;
    }
    iface = row->parent_port[0] ? row->parent_port : lport->name;
    *ofport = simap_get(&ph->ofports->vifs, iface);
    return *ofport != 0;
}

/* ---- Pieces ----------------------------------------------------------- */

static struct ofpbuf *
restart(struct physical *ph)
{
    ofpbuf_clear(&ph->ofpacts);
    return &ph->ofpacts;
}

static uint32_t
lport_cookie(const struct lport *lport)
{
    struct uuid uuid = schema_uuid(&sb_port_table, lport->name);

    return uuid.parts[0];
}

static void
add(struct physical *ph, struct lport *lport, uint8_t table,
    uint16_t priority, const struct match *match)
{
    flow_owner_add(ph->flows, &lport->physical, table, priority,
                   lport_cookie(lport), match, ph->ofpacts.data,
                   ph->ofpacts.size);
}

static void
match_outport(struct match *match, const struct datapath *dp, uint32_t key)
{
    match_init_catchall(match);
    match_set_metadata(match, htonll(dp->key));
    match_set_reg(match, MFF_LOG_OUTPORT - MFF_REG0, key);
}

/* reg13 (unless 'zone' is 0), reg11, reg12. */
static void
put_zones(const struct physical *ph, const struct datapath *dp,
          uint16_t zone, struct ofpbuf *ofpacts)
{
    struct dp_zones zones = physical_dp_zones(ph, dp);

    if (zone) {
        put_set(MFF_LOG_CT_ZONE, zone, ofpacts);
    }
    put_set(MFF_LOG_DNAT_ZONE, zones.dnat, ofpacts);
    put_set(MFF_LOG_SNAT_ZONE, zones.snat, ofpacts);
}

/* Table 0's end: datapath, inport, on to the ingress pipeline. */
static void
put_enter(const struct datapath *dp, uint32_t key, struct ofpbuf *ofpacts)
{
    put_set(MFF_LOG_DATAPATH, dp->key, ofpacts);
    put_set(MFF_LOG_INPORT, key, ofpacts);
}

/* ---- Tables 40, 41, 64: any port that is on this chassis -------------- */

static void
add_local_output(struct physical *ph, struct lport *lport, uint16_t zone)
{
    const struct datapath *dp = lport->dp;
    struct ofpbuf *ofpacts = restart(ph);
    struct match match;

    match_outport(&match, dp, lport->key);
    put_zones(ph, dp, zone, ofpacts);
    put_resubmit(OFTABLE_CHECK_LOOPBACK, ofpacts);
    add(ph, lport, OFTABLE_LOCAL_OUTPUT, PRIORITY_PORT, &match);

    match_set_reg_masked(&match, MFF_LOG_FLAGS - MFF_REG0, 0,
                         MLF_ALLOW_LOOPBACK);
    match_set_reg(&match, MFF_LOG_INPORT - MFF_REG0, lport->key);
    restart(ph);
    add(ph, lport, OFTABLE_CHECK_LOOPBACK, PRIORITY_PORT, &match);

    match_outport(&match, dp, lport->key);
    match_set_reg_masked(&match, MFF_LOG_FLAGS - MFF_REG0,
                         MLF_ALLOW_LOOPBACK, MLF_ALLOW_LOOPBACK);
    ofpacts = restart(ph);
    put_stack(OFPACT_STACK_PUSH, MFF_IN_PORT, ofpacts);
    put_set(MFF_IN_PORT, ofp_to_u16(OFPP_NONE), ofpacts);
    put_resubmit(OFTABLE_LOG_TO_PHYS, ofpacts);
    put_stack(OFPACT_STACK_POP, MFF_IN_PORT, ofpacts);
    add(ph, lport, OFTABLE_SAVE_INPORT, PRIORITY_PORT, &match);
}

/* ---- Interfaces ------------------------------------------------------- */

static void
add_vif_input(struct physical *ph, struct lport *lport, uint32_t ofport,
              uint16_t zone)
{
    const struct sb_port *row = lport_row(lport);
    struct ofpbuf *ofpacts = restart(ph);
    bool nested = row->parent_port[0] && row->tag.is_set;
    struct match match;

    match_init_catchall(&match);
    match_set_in_port(&match, u16_to_ofp(ofport));
    if (nested) {
        match_set_dl_vlan(&match, htons(row->tag.value), 0);
        ofpact_put_STRIP_VLAN(ofpacts);
        put_load(MFF_LOG_FLAGS, MLF_NESTED_CONTAINER_BIT, 1, 1, ofpacts);
    }
    if (row->type == SB_PORT_TYPE_LOCALPORT) {
        put_load(MFF_LOG_FLAGS, MLF_LOCALPORT_BIT, 1, 1, ofpacts);
    }
    put_zones(ph, lport->dp, zone, ofpacts);
    put_enter(lport->dp, lport->key, ofpacts);
    put_resubmit(OFTABLE_LOG_INGRESS, ofpacts);
    add(ph, lport, OFTABLE_PHYS_TO_LOG,
        nested ? PRIORITY_NESTED : PRIORITY_PORT, &match);
}

static void
add_vif_output(struct physical *ph, struct lport *lport, uint32_t ofport)
{
    const struct sb_port *row = lport_row(lport);
    struct ofpbuf *ofpacts = restart(ph);
    struct match match;

    match_outport(&match, lport->dp, lport->key);
    if (row->tag.is_set && row->parent_port[0]) {
        struct ofpact_vlan_vid *vid;

        ofpact_put_PUSH_VLAN(ofpacts)->ethertype = htons(ETH_TYPE_VLAN);
        vid = ofpact_put_SET_VLAN_VID(ofpacts);
        vid->vlan_vid = row->tag.value;
        vid->push_vlan_if_needed = true;
    }
    put_output(u16_to_ofp(ofport), ofpacts);
    if (row->tag.is_set && row->parent_port[0]) {
        ofpact_put_STRIP_VLAN(ofpacts);
    }
    add(ph, lport, OFTABLE_LOG_TO_PHYS, PRIORITY_PORT, &match);
}

/* What a localport sends never leaves the chassis. */
static void
add_localport(struct physical *ph, struct lport *lport)
{
    struct match match;

    match_init_catchall(&match);
    match_set_metadata(&match, htonll(lport->dp->key));
    match_set_reg(&match, MFF_LOG_INPORT - MFF_REG0, lport->key);
    put_resubmit(OFTABLE_LOCAL_OUTPUT, restart(ph));
    add(ph, lport, OFTABLE_REMOTE_OUTPUT, 150, &match);
}

/* Through tunnels to each chassis that has the port, but this one, and to what
 * is here. */
static void
add_remote_tunnels(struct physical *ph, struct lport *lport)
{
    const struct sb_port *row = lport_row(lport);
    struct ofpbuf *ofpacts = restart(ph);
    const struct tunnel *tunnel;
    struct match match;

    match_outport(&match, lport->dp, lport->key);
    tunnel = ofports_tunnel(ph->ofports, row->chassis);
    if (tunnel) {
        physical_put_encap(tunnel, lport->dp, lport->key, ofpacts);
    }
    for (size_t i = 0; i < row->additional_chassis.n; i++) {
        tunnel = ofports_tunnel(ph->ofports,
                                row->additional_chassis.items[i]);
        if (tunnel) {
            physical_put_encap(tunnel, lport->dp, lport->key, ofpacts);
        }
    }
    if (ofpacts->size) {
        put_resubmit(OFTABLE_LOCAL_OUTPUT, ofpacts);
        add(ph, lport, OFTABLE_REMOTE_OUTPUT, PRIORITY_PORT, &match);
    }
}

/* Is this chassis one that the port is on its way to, which waits for its
 * RARP (ovn-nb(5), activation-strategy)? */
static bool
is_blocked(const struct physical *ph, const struct lport *lport)
{
    const struct sb_port *row = lport_row(lport);

    return (strcmp(row->chassis, ph->model->chassis)
            && schema_strings_contains(&row->additional_chassis,
                                       ph->model->chassis)
            && !strcmp(smap_get_def(&row->options, "activation-strategy",
                                    ""), "rarp")
            && !sset_contains(&ph->model->activated, lport->name));
}

/* Nothing goes in or out, but for a RARP, of which the agent hears. */
static void
add_block(struct physical *ph, struct lport *lport, uint32_t ofport,
          uint16_t zone)
{
    struct ofpbuf *ofpacts = restart(ph);
    struct match match;

    match_init_catchall(&match);
    match_set_in_port(&match, u16_to_ofp(ofport));
    add(ph, lport, OFTABLE_PHYS_TO_LOG, PRIORITY_BLOCKED, &match);

    match_set_dl_type(&match, htons(ETH_TYPE_RARP));
    put_zones(ph, lport->dp, zone, ofpacts);
    put_enter(lport->dp, lport->key, ofpacts);
    put_controller(PACKET_IN_ACTIVATE, ofpacts);
    put_resubmit(OFTABLE_LOG_INGRESS, ofpacts);
    add(ph, lport, OFTABLE_PHYS_TO_LOG, PRIORITY_ARRIVAL, &match);

    match_outport(&match, lport->dp, lport->key);
    restart(ph);
    add(ph, lport, OFTABLE_LOG_TO_PHYS, PRIORITY_BLOCKED, &match);
}

static void
add_local_vif(struct physical *ph, struct lport *lport, uint32_t ofport)
{
    uint16_t zone = physical_lport_zone(ph, lport);

    add_vif_input(ph, lport, ofport, zone);
    add_local_output(ph, lport, zone);
    add_vif_output(ph, lport, ofport);
    if (lport_row(lport)->type == SB_PORT_TYPE_LOCALPORT) {
        add_localport(ph, lport);
    }
    if (lport_row(lport)->additional_chassis.n) {
        add_remote_tunnels(ph, lport);
    }
    if (is_blocked(ph, lport)) {
        add_block(ph, lport, ofport, zone);
    }
    lport->bound_here = true;
}

/* ---- Ports elsewhere -------------------------------------------------- */

static struct lport *
find_localnet(const struct datapath *dp)
{
    struct lport *lport;

    if (!dp->n_localnet) {
        return NULL;
    }
    HMAP_FOR_EACH (lport, node, &dp->ports) {
        const struct sb_port *row = lport_row(lport);

        if (row && row->type == SB_PORT_TYPE_LOCALNET) {
            return lport;
        }
    }
    return NULL;
}

static void
put_tunnels(const struct tunnel **tunnels, size_t n, struct ofpbuf *ofpacts)
{
    ofp_port_t *ports;

    if (n == 1) {
        put_output(u16_to_ofp(tunnels[0]->ofport), ofpacts);
        return;
    }
    ports = xmalloc(n * sizeof *ports);
    for (size_t i = 0; i < n; i++) {
        ports[i] = u16_to_ofp(tunnels[i]->ofport);
    }
    put_active_backup(ports, n, ofpacts);
    free(ports);
}

/* Through the physical network instead of a tunnel. */
static void
add_remote_localnet(struct physical *ph, struct lport *lport,
                    const struct lport *localnet)
{
    struct ofpbuf *ofpacts = restart(ph);
    struct match match;

    match_outport(&match, lport->dp, lport->key);
    put_set(MFF_LOG_OUTPORT, localnet->key, ofpacts);
    put_resubmit(OFTABLE_LOCAL_OUTPUT, ofpacts);
    add(ph, lport, OFTABLE_LOCAL_OUTPUT, PRIORITY_PORT, &match);
}

/* To whoever of several chassis serves the port: of those the switch takes
 * the first whose tunnel works. */
static void
add_remote_shared(struct physical *ph, struct lport *lport)
{
    const struct sb_port *row = lport_row(lport);
    const struct gateway_view view = view_of(ph);
    const struct tunnel **tunnels = xcalloc(row->n_gateway_chassis,
                                            sizeof *tunnels);
    size_t n = gateway_tunnels(&view, row, tunnels);
    struct ofpbuf *ofpacts = restart(ph);
    struct match match;

    if (n) {
        match_outport(&match, lport->dp, lport->key);
        physical_put_encap_key(tunnels[0], lport->dp, lport->key, ofpacts);
        put_tunnels(tunnels, n, ofpacts);
        add(ph, lport, OFTABLE_REMOTE_OUTPUT, PRIORITY_PORT, &match);
    }
    free(tunnels);
}

static void
add_remote(struct physical *ph, struct lport *lport)
{
    const struct sb_port *row = lport_row(lport);
    const struct lport *localnet = find_localnet(lport->dp);

    if (localnet) {
        add_remote_localnet(ph, lport, localnet);
        return;
    }
    if (gateway_is_shared(row)) {
        add_remote_shared(ph, lport);
        return;
    }
    add_remote_tunnels(ph, lport);
}

/* ---- Patch ports ------------------------------------------------------ */

static void
put_clear_registers(struct ofpbuf *ofpacts)
{
    put_set(MFF_LOG_FLAGS, 0, ofpacts);
    put_set(MFF_LOG_OUTPORT, 0, ofpacts);
    for (int i = 0; i < 10; i++) {
        put_set(MFF_REG0 + i, 0, ofpacts);
    }
}

/* Into the ingress pipeline of the peer's datapath. */
static void
add_patch_output(struct physical *ph, struct lport *lport,
                 const struct lport *peer)
{
    struct ofpbuf *ofpacts = restart(ph);
    struct match match;
    size_t clone_ofs;

    clone_ofs = ofpacts->size;
    ofpact_put_CLONE(ofpacts);
    ofpact_put_CT_CLEAR(ofpacts);
    put_set(MFF_LOG_DNAT_ZONE, 0, ofpacts);
    put_set(MFF_LOG_SNAT_ZONE, 0, ofpacts);
    put_set(MFF_LOG_CT_ZONE, 0, ofpacts);
    put_zones(ph, peer->dp, 0, ofpacts);
    put_enter(peer->dp, peer->key, ofpacts);
    put_clear_registers(ofpacts);
    put_resubmit(OFTABLE_LOG_INGRESS, ofpacts);
    {
        struct ofpact_nest *nest = ofpbuf_at_assert(ofpacts, clone_ofs,
                                                    sizeof *nest);

        ofpacts->header = nest;
        ofpact_finish_CLONE(ofpacts, &nest);
    }
    match_outport(&match, lport->dp, lport->key);
    add(ph, lport, OFTABLE_LOG_TO_PHYS, PRIORITY_PORT, &match);
}

static void
add_patch(struct physical *ph, struct lport *lport)
{
    const struct sb_port *row = lport_row(lport);
    const char *name = row->peer[0] ? row->peer
                                    : smap_get_def(&row->options, "peer", "");
    const struct lport *peer = model_lport(ph->model, name);

    add_local_output(ph, lport, 0);
    if (peer && peer->key && peer->dp->key) {
        add_patch_output(ph, lport, peer);
    }
}

/* The chassis of a distributed gateway port: its outport becomes the router
 * port itself. */
static void
add_chassisredirect(struct physical *ph, struct lport *lport)
{
    const struct sb_port *row = lport_row(lport);
    const char *name = smap_get_def(&row->options, "distributed-port", "");
    const struct lport *port = datapath_lport(lport->dp, name);
    struct ofpbuf *ofpacts;
    struct match match;

    if (!is_here(ph, row)) {
        add_remote(ph, lport);
        return;
    }
    if (!port || !port->key) {
        return;
    }
    match_outport(&match, lport->dp, lport->key);
    ofpacts = restart(ph);
    put_set(MFF_LOG_OUTPORT, port->key, ofpacts);
    put_zones(ph, lport->dp, 0, ofpacts);
    put_resubmit(OFTABLE_CHECK_LOOPBACK, ofpacts);
    add(ph, lport, OFTABLE_LOCAL_OUTPUT, PRIORITY_PORT, &match);
}

/* ---- Localnet --------------------------------------------------------- */

static void
add_localnet_input(struct physical *ph, struct lport *lport, uint32_t ofport,
                   uint16_t zone)
{
    const struct sb_port *row = lport_row(lport);
    bool tagged = row->tag.is_set && row->tag.value;

    /* Untagged, and (as OVN has it) tagged with VLAN 0, unless it has one. */
    for (int i = 0; i < (tagged ? 1 : 2); i++) {
        struct ofpbuf *ofpacts = restart(ph);
        struct match match;

        match_init_catchall(&match);
        match_set_in_port(&match, u16_to_ofp(ofport));
        if (tagged || i) {
            match_set_dl_vlan(&match, htons(tagged ? row->tag.value : 0), 0);
            ofpact_put_STRIP_VLAN(ofpacts);
        } else {
            match_set_dl_tci_masked(&match, 0, htons(VLAN_CFI));
        }
        put_zones(ph, lport->dp, zone, ofpacts);
        put_enter(lport->dp, lport->key, ofpacts);
        put_resubmit(OFTABLE_LOG_INGRESS, ofpacts);
        add(ph, lport, OFTABLE_PHYS_TO_LOG, PRIORITY_PORT, &match);
    }
}

static void
add_localnet_output(struct physical *ph, struct lport *lport,
                    uint32_t ofport)
{
    const struct sb_port *row = lport_row(lport);
    bool tagged = row->tag.is_set && row->tag.value;
    struct ofpbuf *ofpacts = restart(ph);
    struct match match;

    match_outport(&match, lport->dp, lport->key);
    if (tagged) {
        struct ofpact_vlan_vid *vid;

        ofpact_put_PUSH_VLAN(ofpacts)->ethertype = htons(ETH_TYPE_VLAN);
        vid = ofpact_put_SET_VLAN_VID(ofpacts);
        vid->vlan_vid = row->tag.value;
        vid->push_vlan_if_needed = true;
    }
    put_output(u16_to_ofp(ofport), ofpacts);
    if (tagged) {
        ofpact_put_STRIP_VLAN(ofpacts);
    }
    add(ph, lport, OFTABLE_LOG_TO_PHYS, PRIORITY_PORT, &match);
}

static void
add_localnet_drop(struct physical *ph, struct lport *lport, uint32_t flag)
{
    struct match match;

    match_outport(&match, lport->dp, lport->key);
    match_set_reg_masked(&match, MFF_LOG_FLAGS - MFF_REG0, flag, flag);
    restart(ph);
    add(ph, lport, OFTABLE_CHECK_LOOPBACK, PRIORITY_LOCALNET_DROP, &match);
}

static void
add_localnet(struct physical *ph, struct lport *lport)
{
    uint32_t ofport = simap_get(&ph->ofports->localnets, lport->name);
    uint16_t zone;

    if (!ofport) {
        return;
    }
    zone = physical_lport_zone(ph, lport);
    add_localnet_input(ph, lport, ofport, zone);
    add_local_output(ph, lport, zone);
    add_localnet_output(ph, lport, ofport);
    if (lport_row(lport)->type == SB_PORT_TYPE_LOCALNET) {
        add_localnet_drop(ph, lport, MLF_LOCAL_ONLY);
        add_localnet_drop(ph, lport, MLF_LOCALPORT);
    }
    lport->bound_here = true;
}

/* ---- All -------------------------------------------------------------- */

static void
add_by_type(struct physical *ph, struct lport *lport,
            const struct sb_port *row)
{
    uint32_t ofport;

    switch (row->type) {
    case SB_PORT_TYPE_NONE:
    case SB_PORT_TYPE_LOCALPORT:
        if (physical_is_local_vif(ph, lport, &ofport)) {
            add_local_vif(ph, lport, ofport);
        } else if (row->type == SB_PORT_TYPE_NONE && !is_here(ph, row)) {
            add_remote(ph, lport);
        }
        break;

    case SB_PORT_TYPE_PATCH:
        add_patch(ph, lport);
        break;

    case SB_PORT_TYPE_L3GATEWAY:
        if (is_here(ph, row)) {
            add_patch(ph, lport);
        } else {
            add_remote(ph, lport);
        }
        break;

    case SB_PORT_TYPE_CHASSISREDIRECT:
        add_chassisredirect(ph, lport);
        break;

    case SB_PORT_TYPE_LOCALNET:
        add_localnet(ph, lport);
        break;

    case SB_PORT_TYPE_L2GATEWAY:
        if (is_here(ph, row)) {
            add_localnet(ph, lport);
        } else {
            add_remote(ph, lport);
        }
        break;

    case SB_PORT_TYPE_VTEP:
    case SB_PORT_TYPE_REMOTE:
    case SB_PORT_TYPE_EXTERNAL:
    case SB_PORT_TYPE_VIRTUAL:
    default:
        if (!is_here(ph, row)) {
            add_remote(ph, lport);
        }
        break;
    }
}

void
physical_update_lport(struct physical *ph, struct lport *lport)
{
    const struct sb_port *row = lport_row(lport);

    lport->bound_here = false;
    flow_owner_begin(ph->flows, &lport->physical);
    if (row && lport->key && lport->dp->key) {
        add_by_type(ph, lport, row);
    }
    flow_owner_end(ph->flows, &lport->physical);
}
