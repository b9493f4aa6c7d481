/* The physical tables of logical ports and tunnels: see physical.h. */
#include <config.h>

#include "node-agent/physical.h"

#include <stdlib.h>

#include "lflow/registers.h"
#include "lflow/tables.h"
#include "node-agent/ct_zones.h"
#include "node-agent/model.h"
#include "node-agent/ofpacts.h"
#include "node-agent/ofports.h"
#include "packets.h"
#include "flow.h"
#include "util.h"

static struct ofpbuf *
restart(struct physical *ph)
{
    ofpbuf_clear(&ph->ofpacts);
    return &ph->ofpacts;
}

static void
add_fixed(struct physical *ph, uint8_t table, uint16_t priority,
          const struct match *match)
{
    flow_owner_add(ph->flows, &ph->fixed, table, priority, 0, match,
                   ph->ofpacts.data, ph->ofpacts.size);
}

/* A flow of 'table' for packets with flag bits 'value' under 'mask' (0: all)
 * that goes on in 'next'. */
static void
add_flags(struct physical *ph, uint8_t table, uint16_t priority,
          uint32_t value, uint32_t mask, uint8_t next)
{
    struct match match;

    match_init_catchall(&match);
    if (mask) {
        match_set_reg_masked(&match, MFF_LOG_FLAGS - MFF_REG0, value, mask);
    }
    put_resubmit(next, restart(ph));
    add_fixed(ph, table, priority, &match);
}

static void
add_drop(struct physical *ph, uint8_t table)
{
    struct match match;

    match_init_catchall(&match);
    restart(ph);
    add_fixed(ph, table, 0, &match);
}

static void
add_fixed_flows(struct physical *ph)
{
    struct match match;

    flow_owner_begin(ph->flows, &ph->fixed);
    add_drop(ph, OFTABLE_PHYS_TO_LOG);
    add_flags(ph, OFTABLE_OUTPUT_LARGE_DETECT, 0, 0, 0,
              OFTABLE_REMOTE_OUTPUT);
    add_flags(ph, OFTABLE_OUTPUT_LARGE_PROCESS, 0, 0, 0,
              OFTABLE_REMOTE_OUTPUT);
    add_flags(ph, OFTABLE_OUTPUT_LARGE_PROCESS, 10, MLF_ALLOW_LOOPBACK,
              MLF_ALLOW_LOOPBACK, OFTABLE_LOCAL_OUTPUT);
    add_flags(ph, OFTABLE_REMOTE_OUTPUT, 0, 0, 0, OFTABLE_LOCAL_OUTPUT);
    add_flags(ph, OFTABLE_REMOTE_OUTPUT, 150, MLF_LOCAL_ONLY, MLF_LOCAL_ONLY,
              OFTABLE_LOCAL_OUTPUT);
    add_flags(ph, OFTABLE_REMOTE_OUTPUT, 150, MLF_RCV_FROM_RAMP,
              MLF_RCV_FROM_RAMP | MLF_ALLOW_LOOPBACK, OFTABLE_LOCAL_OUTPUT);
    add_drop(ph, OFTABLE_LOCAL_OUTPUT);
    restart(ph);
    for (int i = 0; i < 10; i++) {
        put_set(MFF_REG0 + i, 0, &ph->ofpacts);
    }
    put_resubmit(OFTABLE_LOG_EGRESS, &ph->ofpacts);
    match_init_catchall(&match);
    add_fixed(ph, OFTABLE_CHECK_LOOPBACK, 0, &match);
    add_flags(ph, OFTABLE_SAVE_INPORT, 0, 0, 0, OFTABLE_LOG_TO_PHYS);
    add_drop(ph, OFTABLE_LOG_TO_PHYS);
    flow_owner_end(ph->flows, &ph->fixed);
}

void
physical_init(struct physical *ph, struct model *model,
              struct flow_table *flows, const struct ofports *ofports,
              struct ct_zones *zones)
{
    memset(ph, 0, sizeof *ph);
    ph->model = model;
    ph->flows = flows;
    ph->ofports = ofports;
    ph->zones = zones;
    ofpbuf_init(&ph->ofpacts, 512);
    add_fixed_flows(ph);
}

void
physical_destroy(struct physical *ph)
{
    flow_owner_clear(ph->flows, &ph->fixed);
    flow_owner_clear(ph->flows, &ph->tunnels);
    ofpbuf_uninit(&ph->ofpacts);
}

/* ---- Tunnels ---------------------------------------------------------- */

/* VXLAN's 24 bits: datapath in the lower 12, outport in the upper 12, whose
 * highest bit tells multicast groups (docs/agent.md). */
static void
put_encap_vxlan(const struct datapath *dp, uint32_t outport,
                struct ofpbuf *ofpacts)
{
    uint32_t port = outport & ((1 << VXLAN_MULTICAST_BIT) - 1);

    if (outport & (1 << MULTICAST_BIT)) {
        port |= 1 << VXLAN_MULTICAST_BIT;
    }
    put_load(MFF_TUN_ID, 0, 24, (dp->key & 0xfff) | port << 12, ofpacts);
}

void
physical_put_encap_key(const struct tunnel *tunnel,
                       const struct datapath *dp, uint32_t outport,
                       struct ofpbuf *ofpacts)
{
    if (tunnel->type == TUNNEL_VXLAN) {
        put_encap_vxlan(dp, outport, ofpacts);
    } else {
        put_load(MFF_TUN_ID, 0, 24, dp->key, ofpacts);
        put_set(MFF_TUN_METADATA0, outport, ofpacts);
        put_move(MFF_LOG_INPORT, 0, MFF_TUN_METADATA0, 16, 15, ofpacts);
    }
}

void
physical_put_encap(const struct tunnel *tunnel, const struct datapath *dp,
                   uint32_t outport, struct ofpbuf *ofpacts)
{
    physical_put_encap_key(tunnel, dp, outport, ofpacts);
    put_output(u16_to_ofp(tunnel->ofport), ofpacts);
}

static void
add_tunnel_flow(struct physical *ph, const struct match *match,
                uint16_t priority)
{
    put_resubmit(OFTABLE_LOCAL_OUTPUT, &ph->ofpacts);
    flow_owner_add(ph->flows, &ph->tunnels, OFTABLE_PHYS_TO_LOG, priority, 0,
                   match, ph->ofpacts.data, ph->ofpacts.size);
}

static void
add_geneve_ingress(struct physical *ph, const struct tunnel *tunnel)
{
    struct ofpbuf *ofpacts = restart(ph);
    struct match match;

    match_init_catchall(&match);
    match_set_in_port(&match, u16_to_ofp(tunnel->ofport));
    put_move(MFF_TUN_ID, 0, MFF_LOG_DATAPATH, 0, 24, ofpacts);
    put_move(MFF_TUN_METADATA0, 16, MFF_LOG_INPORT, 0, 15, ofpacts);
    put_move(MFF_TUN_METADATA0, 0, MFF_LOG_OUTPORT, 0, 16, ofpacts);
    add_tunnel_flow(ph, &match, 100);
}

static void
add_vxlan_ingress(struct physical *ph, const struct tunnel *tunnel)
{
    const uint64_t multicast = UINT64_C(1) << (12 + VXLAN_MULTICAST_BIT);

    for (int i = 0; i < 2; i++) {
        struct ofpbuf *ofpacts = restart(ph);
        struct match match;

        match_init_catchall(&match);
        match_set_in_port(&match, u16_to_ofp(tunnel->ofport));
        match_set_tun_id_masked(&match, htonll(i ? multicast : 0),
                                htonll(multicast));
        put_move(MFF_TUN_ID, 0, MFF_LOG_DATAPATH, 0, 12, ofpacts);
        put_move(MFF_TUN_ID, 12, MFF_LOG_OUTPORT, 0, VXLAN_MULTICAST_BIT,
                 ofpacts);
        if (i) {
            put_load(MFF_LOG_OUTPORT, MULTICAST_BIT, 1, 1, ofpacts);
        }
        add_tunnel_flow(ph, &match, 100);
    }
}

void
physical_update_tunnels(struct physical *ph)
{
    struct shash_node *node;

    flow_owner_begin(ph->flows, &ph->tunnels);
    SHASH_FOR_EACH (node, &ph->ofports->tunnels) {
        const struct tunnel *tunnel = node->data;

        if (tunnel->type == TUNNEL_VXLAN) {
            add_vxlan_ingress(ph, tunnel);
        } else {
            add_geneve_ingress(ph, tunnel);
        }
    }
    flow_owner_end(ph->flows, &ph->tunnels);
}

/* ---- Zones ------------------------------------------------------------ */

static char *
dp_zone_name(const struct datapath *dp, const char *suffix)
{
    const struct sb_datapath *row = datapath_row(dp);

    /* As OVN names them, where there is a UUID. */
    return xasprintf("%s_%s", row && row->uuid[0] ? row->uuid : dp->name,
                     suffix);
}

struct dp_zones
physical_dp_zones(const struct physical *ph, const struct datapath *dp)
{
    char *dnat = dp_zone_name(dp, "dnat"), *snat = dp_zone_name(dp, "snat");
    struct dp_zones zones = {
        .dnat = ct_zones_get(ph->zones, dnat),
    };
    const struct sb_datapath *row = datapath_row(dp);

    zones.snat = (row && row->snat_ct_zone.is_set ? row->snat_ct_zone.value
                  : ct_zones_get(ph->zones, snat));
    free(dnat);
    free(snat);
    return zones;
}

bool
physical_request_zone(struct physical *ph, const struct datapath *dp)
{
    const struct sb_datapath *row = datapath_row(dp);
    bool changed = false;

    if (row && row->snat_ct_zone.is_set && row->snat_ct_zone.value) {
        char *snat = dp_zone_name(dp, "snat");

        changed = ct_zones_request(ph->zones, snat, row->snat_ct_zone.value);
        free(snat);
    }
    return changed;
}

void
physical_release_zones(struct physical *ph, const struct datapath *dp)
{
    char *dnat = dp_zone_name(dp, "dnat"), *snat = dp_zone_name(dp, "snat");

    ct_zones_release(ph->zones, dnat);
    ct_zones_release(ph->zones, snat);
    free(dnat);
    free(snat);
}

uint16_t
physical_lport_zone(const struct physical *ph, const struct lport *lport)
{
    return ct_zones_get(ph->zones, lport->name);
}

/* ---- Learned addresses ------------------------------------------------ */

void
physical_update_fdb(struct physical *ph, struct datapath *dp,
                    struct learned *fdb)
{
    struct ofpbuf *ofpacts;
    struct eth_addr mac;
    struct match match;

    flow_owner_begin(ph->flows, &fdb->owner);
    if (dp->key && eth_addr_from_string(fdb->mac, &mac)) {
        match_init_catchall(&match);
        match_set_metadata(&match, htonll(dp->key));
        match_set_dl_dst(&match, mac);
        ofpacts = restart(ph);
        put_set(MFF_LOG_OUTPORT, fdb->port_key, ofpacts);
        flow_owner_add(ph->flows, &fdb->owner, OFTABLE_GET_FDB, 100, 0,
                       &match, ofpacts->data, ofpacts->size);

        match_init_catchall(&match);
        match_set_metadata(&match, htonll(dp->key));
        match_set_dl_src(&match, mac);
        match_set_reg(&match, MFF_LOG_INPORT - MFF_REG0, fdb->port_key);
        ofpacts = restart(ph);
        put_load(MFF_LOG_FLAGS, MLF_LOOKUP_FDB_BIT, 1, 1, ofpacts);
        flow_owner_add(ph->flows, &fdb->owner, OFTABLE_LOOKUP_FDB, 100, 0,
                       &match, ofpacts->data, ofpacts->size);
    }
    flow_owner_end(ph->flows, &fdb->owner);
}

/* Puts 'ip' where get_arp() (reg0) or get_nd() (xxreg0) leave it; returns
 * false if it is no address. */
static bool
match_neighbor(const char *ip, struct match *match, bool *is_ip4)
{
    struct in6_addr ip6;
    ovs_be32 ip4;

    *is_ip4 = ip_parse(ip, &ip4);
    if (*is_ip4) {
        match_set_reg(match, 0, ntohl(ip4));
        return true;
    }
    if (ipv6_parse(ip, &ip6)) {
        ovs_be128 be128;
        ovs_u128 value;

        memcpy(&be128, &ip6, sizeof be128);
        value = ntoh128(be128);
        match_set_xxreg(match, 0, value);
        return true;
    }
    return false;
}

static void
add_neighbor(struct physical *ph, const struct datapath *dp, uint32_t key,
             struct learned *nb, const struct eth_addr mac)
{
    struct ofpbuf *ofpacts;
    struct match match;
    bool is_ip4;

    match_init_catchall(&match);
    if (!match_neighbor(nb->ip, &match, &is_ip4)) {
        return;
    }
    match_set_metadata(&match, htonll(dp->key));
    match_set_reg(&match, MFF_LOG_OUTPORT - MFF_REG0, key);
    ofpacts = restart(ph);
    put_set_mac(MFF_ETH_DST, mac, ofpacts);
    put_load(MFF_LOG_FLAGS, MLF_LOOKUP_MAC_BIT, 1, 1, ofpacts);
    flow_owner_add(ph->flows, &nb->owner, OFTABLE_MAC_BINDING, 100, 0,
                   &match, ofpacts->data, ofpacts->size);

    match_init_catchall(&match);
    match_neighbor(nb->ip, &match, &is_ip4);
    match_set_metadata(&match, htonll(dp->key));
    match_set_reg(&match, MFF_LOG_INPORT - MFF_REG0, key);
    match_set_dl_src(&match, mac);
    if (is_ip4) {
        match_set_dl_type(&match, htons(ETH_TYPE_ARP));
    } else {
        match_set_dl_type(&match, htons(ETH_TYPE_IPV6));
        match_set_nw_proto(&match, IPPROTO_ICMPV6);
        match_set_icmp_code(&match, 0);
    }
    ofpacts = restart(ph);
    put_load(MFF_LOG_FLAGS, MLF_LOOKUP_MAC_BIT, 1, 1, ofpacts);
    flow_owner_add(ph->flows, &nb->owner, OFTABLE_MAC_LOOKUP, 100, 0, &match,
                   ofpacts->data, ofpacts->size);
}

void
physical_update_neighbor(struct physical *ph, struct datapath *dp,
                         struct learned *nb)
{
    const struct lport *lport = datapath_lport(dp, nb->lport);
    struct eth_addr mac;

    flow_owner_begin(ph->flows, &nb->owner);
    if (dp->key && lport && lport->key
        && eth_addr_from_string(nb->mac, &mac)) {
        add_neighbor(ph, dp, lport->key, nb, mac);
    }
    flow_owner_end(ph->flows, &nb->owner);
}
