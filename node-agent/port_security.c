/* Port security flows: see port_security.h.
 *
 * check_in_port_sec() resubmits to table 73 with the result bit clear; a
 * flow that sets it refuses the packet.  Default: refused; each element of
 * the port's port security adds what it allows.  Table 74 is entered from 73
 * for packets that may be ARP or ND, whose inner addresses count too. */
#include <config.h>

#include "node-agent/port_security.h"

#include <netinet/icmp6.h>
#include <stdlib.h>

#include "lflow/registers.h"
#include "lflow/tables.h"
#include "node-agent/model.h"
#include "node-agent/ofpacts.h"
#include "packets.h"
#include "util.h"

enum { REFUSE = 80, OUT_MAC = 85, ALLOW = 90, ALLOW_FIRST = 95 };

/* One port's flows under construction. */
struct builder {
    struct flow_table *flows;
    struct lport *lport;
    uint32_t cookie;
    struct match match;
    struct ofpbuf ofpacts;
};

/* A match on the port as inport (or outport). */
static struct match *
match_port(struct builder *b, bool in)
{
    enum mf_field_id id = in ? MFF_LOG_INPORT : MFF_LOG_OUTPORT;

    match_init_catchall(&b->match);
    match_set_metadata(&b->match, htonll(b->lport->dp->key));
    match_set_reg(&b->match, id - MFF_REG0, b->lport->key);
    return &b->match;
}

static void
add(struct builder *b, uint8_t table, uint16_t priority)
{
    flow_owner_add(b->flows, &b->lport->security, table, priority, b->cookie,
                   &b->match, b->ofpacts.data, b->ofpacts.size);
}

/* Adds the match with the verdict as actions. */
static void
add_verdict(struct builder *b, uint8_t table, uint16_t priority, bool allow)
{
    ofpbuf_clear(&b->ofpacts);
    put_load(MFF_LOG_FLAGS, MLF_CHECK_PORT_SEC_BIT, 1, !allow, &b->ofpacts);
    add(b, table, priority);
}

/* Adds the match, to be looked at again in table 74. */
static void
add_nd_check(struct builder *b, uint16_t priority)
{
    ofpbuf_clear(&b->ofpacts);
    put_resubmit(OFTABLE_CHK_IN_PORT_SEC_ND, &b->ofpacts);
    add(b, OFTABLE_CHK_IN_PORT_SEC, priority);
}

static void
match_icmp6(struct match *match, uint8_t type)
{
    match_set_dl_type(match, htons(ETH_TYPE_IPV6));
    match_set_nw_proto(match, IPPROTO_ICMPV6);
    match_set_icmp_type(match, type);
}

/* ND with its hop limit: from further away it is not ND (RFC 4861, 7.1). */
static void
match_nd(struct match *match, uint8_t type)
{
    match_icmp6(match, type);
    match_set_nw_ttl(match, 255);
}

/* An address as port security means it: the subnet if its host part is zero,
 * else the host. */
static ovs_be32
effective_mask4(const struct port_security_ip4 *ip)
{
    return ip->addr & ~ip->mask ? OVS_BE32_MAX : ip->mask;
}

static struct in6_addr
effective_mask6(const struct port_security_ip6 *ip)
{
    struct in6_addr masked = ipv6_addr_bitand(&ip->addr, &ip->mask);

    return ipv6_addr_equals(&masked, &ip->addr) ? ip->mask : in6addr_exact;
}

/* ---- Sending ---------------------------------------------------------- */

static void
add_in_defaults(struct builder *b)
{
    match_port(b, true);
    add_verdict(b, OFTABLE_CHK_IN_PORT_SEC, REFUSE, false);

    match_set_dl_type(match_port(b, true), htons(ETH_TYPE_ARP));
    add_nd_check(b, ALLOW_FIRST);

    match_set_dl_type(match_port(b, true), htons(ETH_TYPE_ARP));
    add_verdict(b, OFTABLE_CHK_IN_PORT_SEC_ND, REFUSE, false);
    match_nd(match_port(b, true), ND_NEIGHBOR_SOLICIT);
    add_verdict(b, OFTABLE_CHK_IN_PORT_SEC_ND, REFUSE, false);
    match_nd(match_port(b, true), ND_NEIGHBOR_ADVERT);
    add_verdict(b, OFTABLE_CHK_IN_PORT_SEC_ND, REFUSE, false);
}

static void
add_in_ip4(struct builder *b, const struct port_security *ps)
{
    struct match *match;

    for (size_t i = 0; i < ps->n_ip4; i++) {
        ovs_be32 mask = effective_mask4(&ps->ip4[i]);

        match = match_port(b, true);
        match_set_dl_src(match, ps->mac);
        match_set_dl_type(match, htons(ETH_TYPE_IP));
        match_set_nw_src_masked(match, ps->ip4[i].addr, mask);
        add_verdict(b, OFTABLE_CHK_IN_PORT_SEC, ALLOW, true);
    }
    if (!ps->n_ip4) {
        return;
    }
    /* A DHCP client that has no address yet. */
    match = match_port(b, true);
    match_set_dl_src(match, ps->mac);
    match_set_dl_type(match, htons(ETH_TYPE_IP));
    match_set_nw_proto(match, IPPROTO_UDP);
    match_set_nw_src(match, htonl(0));
    match_set_nw_dst(match, OVS_BE32_MAX);
    match_set_tp_src(match, htons(68));
    match_set_tp_dst(match, htons(67));
    add_verdict(b, OFTABLE_CHK_IN_PORT_SEC, ALLOW, true);
}

static void
add_in_arp(struct builder *b, const struct port_security *ps)
{
    if (ps->n_ip6 && !ps->n_ip4) {
        return;                 /* No IPv4, no ARP. */
    }
    for (size_t i = 0; i < ps->n_ip4 || !i; i++) {
        struct match *match = match_port(b, true);

        match_set_dl_src(match, ps->mac);
        match_set_dl_type(match, htons(ETH_TYPE_ARP));
        match_set_arp_sha(match, ps->mac);
        if (ps->n_ip4) {
            match_set_nw_src_masked(match, ps->ip4[i].addr,
                                    effective_mask4(&ps->ip4[i]));
        }
        add_verdict(b, OFTABLE_CHK_IN_PORT_SEC_ND, ALLOW, true);
    }
}

/* From the unspecified address: MLD reports, and duplicate address
 * detection, which table 74 looks at. */
static void
add_in_unspecified(struct builder *b, const struct port_security *ps)
{
    static const uint8_t types[] = {
        MLD_LISTENER_REPORT, ND_NEIGHBOR_SOLICIT, 143 /* MLDv2 report */,
    };
    struct in6_addr multicast = IN6ADDR_ANY_INIT, mask = IN6ADDR_ANY_INIT;

    multicast.s6_addr[0] = 0xff;
    multicast.s6_addr[1] = 0x02;
    mask.s6_addr[0] = mask.s6_addr[1] = 0xff;
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        struct match *match = match_port(b, true);

        match_set_dl_src(match, ps->mac);
        match_icmp6(match, types[i]);
        match_set_icmp_code(match, 0);
        match_set_ipv6_src(match, &in6addr_any);
        match_set_ipv6_dst_masked(match, &multicast, &mask);
        if (types[i] == ND_NEIGHBOR_SOLICIT) {
            add_nd_check(b, ALLOW);
        } else {
            add_verdict(b, OFTABLE_CHK_IN_PORT_SEC, ALLOW, true);
        }
    }
}

static void
add_in_ip6_source(struct builder *b, const struct port_security *ps,
                  const struct in6_addr *addr, const struct in6_addr *mask)
{
    struct match *match = match_port(b, true);

    match_set_dl_src(match, ps->mac);
    match_set_dl_type(match, htons(ETH_TYPE_IPV6));
    match_set_ipv6_src_masked(match, addr, mask);
    add_nd_check(b, ALLOW);
}

static void
add_in_ip6(struct builder *b, const struct port_security *ps)
{
    struct in6_addr link_local;

    if (!ps->n_ip6) {
        return;
    }
    in6_generate_lla(ps->mac, &link_local);
    add_in_ip6_source(b, ps, &link_local, &in6addr_exact);
    for (size_t i = 0; i < ps->n_ip6; i++) {
        struct in6_addr mask = effective_mask6(&ps->ip6[i]);

        add_in_ip6_source(b, ps, &ps->ip6[i].addr, &mask);
    }
    add_in_unspecified(b, ps);
}

/* A neighbour advertisement for 'target' (NULL: any). */
static void
add_advert(struct builder *b, const struct port_security *ps,
           const struct in6_addr *target, const struct in6_addr *mask)
{
    const struct eth_addr tlls[] = { eth_addr_zero, ps->mac };

    for (size_t i = 0; i < ARRAY_SIZE(tlls); i++) {
        struct match *match = match_port(b, true);

        match_set_dl_src(match, ps->mac);
        match_nd(match, ND_NEIGHBOR_ADVERT);
        match_set_icmp_code(match, 0);
        match_set_arp_tha(match, tlls[i]);
        if (target) {
            match_set_nd_target_masked(match, target, mask);
        }
        add_verdict(b, OFTABLE_CHK_IN_PORT_SEC_ND, ALLOW, true);
    }
}

static void
add_in_nd(struct builder *b, const struct port_security *ps)
{
    const struct eth_addr slls[] = { eth_addr_zero, ps->mac };
    struct in6_addr link_local;

    if (ps->n_ip4 && !ps->n_ip6) {
        return;                 /* No IPv6, no ND. */
    }
    for (size_t i = 0; i < ARRAY_SIZE(slls); i++) {
        struct match *match = match_port(b, true);

        match_set_dl_src(match, ps->mac);
        match_nd(match, ND_NEIGHBOR_SOLICIT);
        match_set_icmp_code(match, 0);
        match_set_arp_sha(match, slls[i]);
        add_verdict(b, OFTABLE_CHK_IN_PORT_SEC_ND, ALLOW, true);
    }
    if (!ps->n_ip6) {
        add_advert(b, ps, NULL, NULL);
        return;
    }
    in6_generate_lla(ps->mac, &link_local);
    add_advert(b, ps, &link_local, &in6addr_exact);
    for (size_t i = 0; i < ps->n_ip6; i++) {
        struct in6_addr mask = effective_mask6(&ps->ip6[i]);

        add_advert(b, ps, &ps->ip6[i].addr, &mask);
    }
}

static void
add_in_mac_only(struct builder *b, const struct port_security *ps)
{
    if (!ps->n_ip4 && !ps->n_ip6) {
        match_set_dl_src(match_port(b, true), ps->mac);
        add_nd_check(b, ALLOW);
    }
}

/* ---- Receiving -------------------------------------------------------- */

static struct match *
match_receiver(struct builder *b, const struct port_security *ps,
               uint16_t dl_type)
{
    struct match *match = match_port(b, false);

    match_set_dl_dst(match, ps->mac);
    if (dl_type) {
        match_set_dl_type(match, htons(dl_type));
    }
    return match;
}

static void
allow_out4(struct builder *b, const struct port_security *ps, ovs_be32 addr,
           ovs_be32 mask)
{
    match_set_nw_dst_masked(match_receiver(b, ps, ETH_TYPE_IP), addr, mask);
    add_verdict(b, OFTABLE_CHK_OUT_PORT_SEC, ALLOW_FIRST, true);
}

static void
allow_out6(struct builder *b, const struct port_security *ps,
           const struct in6_addr *addr, const struct in6_addr *mask)
{
    match_set_ipv6_dst_masked(match_receiver(b, ps, ETH_TYPE_IPV6), addr,
                              mask);
    add_verdict(b, OFTABLE_CHK_OUT_PORT_SEC, ALLOW_FIRST, true);
}

static void
add_out_ip4(struct builder *b, const struct port_security *ps)
{
    for (size_t i = 0; i < ps->n_ip4; i++) {
        const struct port_security_ip4 *ip = &ps->ip4[i];
        ovs_be32 mask = effective_mask4(ip);

        allow_out4(b, ps, ip->addr, mask);
        if (mask == OVS_BE32_MAX && ip->mask != OVS_BE32_MAX) {
            allow_out4(b, ps, ip->addr | ~ip->mask, OVS_BE32_MAX);
        }
    }
    if (ps->n_ip4) {
        allow_out4(b, ps, OVS_BE32_MAX, OVS_BE32_MAX);
        allow_out4(b, ps, htonl(0xe0000000), htonl(0xf0000000));
    }
}

static void
add_out_ip6(struct builder *b, const struct port_security *ps)
{
    struct in6_addr link_local, multicast = IN6ADDR_ANY_INIT;

    if (!ps->n_ip6) {
        return;
    }
    multicast.s6_addr[0] = 0xff;
    in6_generate_lla(ps->mac, &link_local);
    allow_out6(b, ps, &link_local, &in6addr_exact);
    allow_out6(b, ps, &multicast, &multicast);  /* ff00::/8 */
    for (size_t i = 0; i < ps->n_ip6; i++) {
        struct in6_addr mask = effective_mask6(&ps->ip6[i]);

        allow_out6(b, ps, &ps->ip6[i].addr, &mask);
    }
}

static void
add_out(struct builder *b, const struct port_security *ps)
{
    match_receiver(b, ps, 0);
    add_verdict(b, OFTABLE_CHK_OUT_PORT_SEC, OUT_MAC, true);
    if (!ps->n_ip4 && !ps->n_ip6) {
        return;
    }
    match_receiver(b, ps, ETH_TYPE_IP);
    add_verdict(b, OFTABLE_CHK_OUT_PORT_SEC, ALLOW, false);
    match_receiver(b, ps, ETH_TYPE_IPV6);
    add_verdict(b, OFTABLE_CHK_OUT_PORT_SEC, ALLOW, false);
    add_out_ip4(b, ps);
    add_out_ip6(b, ps);
}

/* ---- All -------------------------------------------------------------- */

static void
add_element(struct builder *b, const char *text)
{
    struct port_security ps;

    if (!port_security_parse(text, &ps)) {
        return;
    }
    add_in_mac_only(b, &ps);
    add_in_ip4(b, &ps);
    add_in_arp(b, &ps);
    add_in_ip6(b, &ps);
    add_in_nd(b, &ps);
    add_out(b, &ps);
    port_security_destroy(&ps);
}

static void
add_all(struct builder *b, const struct schema_strings *elements)
{
    add_in_defaults(b);
    match_port(b, false);
    add_verdict(b, OFTABLE_CHK_OUT_PORT_SEC, REFUSE, false);
    for (size_t i = 0; i < elements->n; i++) {
        add_element(b, elements->items[i]);
    }
}

void
port_security_update(struct flow_table *flows, struct lport *lport,
                     bool local)
{
    const struct sb_port *row = lport_row(lport);
    struct builder b = { .flows = flows, .lport = lport };

    flow_owner_begin(flows, &lport->security);
    if (local && row && lport->key && lport->dp->key
        && row->port_security.n) {
        b.cookie = schema_uuid(&sb_port_table, lport->name).parts[0];
        ofpbuf_init(&b.ofpacts, 64);
        add_all(&b, &row->port_security);
        ofpbuf_uninit(&b.ofpacts);
    }
    flow_owner_end(flows, &lport->security);
}
