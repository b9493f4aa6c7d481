/* What each router port contributes: admission, learning, the router as an
 * IP host (ARP, ND, ICMP), connected routes, delivery.  See ovn-northd(8),
 * "Logical Router Datapaths". */
#include <config.h>

#include <string.h>

#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/router.h"
#include "translator/router_bfd.h"
#include "translator/router_registers.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

/* ---- Admission --------------------------------------------------------- */

/* Actions that remember the port's MAC, and at a gateway port with an MTU
 * whether the packet exceeds it. */
static const char *
admit(struct generate *g, const struct router_port *port)
{
    return generate_text(g, R_PORT_MAC " = %s; next;", port->mac);
}

static const char *
admit_and_check(struct generate *g, const struct router_port *port)
{
    if (!port->gateway_mtu) {
        return admit(g, port);
    }
    return generate_text(g, R_LARGER " = check_pkt_larger(%u); "
                         R_PORT_MAC " = %s; next;",
                         port->gateway_mtu + 14, port->mac);
}

static void
emit_admission(struct generate *g, struct flow_bundle *b,
               const struct router_port *port)
{
    const char *multicast = generate_text(g, "eth.mcast && inport == %s",
                                          port->quoted);
    const char *unicast = generate_text(
        g, "eth.dst == %s && inport == %s%s", port->mac, port->quoted,
        router_port_takes_from_vteps(g, port) ? ""
                                              : router_port_resident(port));

    flow_emit(b, FLOW_LR_IN_ADMISSION_PORT, "%s" DO "%s", multicast,
              admit_and_check(g, port));
    flow_emit(b, FLOW_LR_IN_ADMISSION_PORT, "%s" DO "%s", unicast,
              admit_and_check(g, port));
    if (port->gateway_mtu && port->gateway_mtu_bypass[0]) {
        flow_emit(b, FLOW_LR_IN_ADMISSION_MTU_BYPASS, "%s && (%s)" DO "%s",
                  multicast, port->gateway_mtu_bypass, admit(g, port));
        flow_emit(b, FLOW_LR_IN_ADMISSION_MTU_BYPASS, "%s && (%s)" DO "%s",
                  unicast, port->gateway_mtu_bypass, admit(g, port));
    }
}

/* ---- Neighbours -------------------------------------------------------- */

#define LOOKUP_ARP R_NEIGHBOUR_KNOWN " = lookup_arp(inport, arp.spa, arp.sha)"

/* ARP requests teach their sender; from the port's own network only. */
static void
emit_learning_from_requests(struct flow_bundle *b,
                            const struct router *router,
                            const struct router_port *port,
                            const struct router_network *n)
{
    if (router->learns_from_requests) {
        flow_emit(b, FLOW_LR_IN_LOOKUP_NEIGHBOR_LOOKUP,
                  "inport == %s && arp.spa == %s/%u && arp.op == 1%s" DO
                  LOOKUP_ARP "; next;",
                  port->quoted, n->network, n->plen,
                  router_port_resident(port));
        return;
    }
    flow_emit(b, FLOW_LR_IN_LOOKUP_NEIGHBOR_OWN,
              "inport == %s && arp.spa == %s/%u && arp.tpa == %s && "
              "arp.op == 1%s" DO LOOKUP_ARP "; "
              R_NEIGHBOUR_MAY_LEARN " = 1; next;",
              port->quoted, n->network, n->plen, n->ip,
              router_port_resident(port));
    flow_emit(b, FLOW_LR_IN_LOOKUP_NEIGHBOR_LOOKUP,
              "inport == %s && arp.spa == %s/%u && arp.op == 1%s" DO
              LOOKUP_ARP "; " R_NEIGHBOUR_MAY_LEARN
              " = lookup_arp_ip(inport, arp.spa); next;",
              port->quoted, n->network, n->plen, router_port_resident(port));
}

/* Replies and ND, the same for all ports: by the router's options. */
void
router_learning(struct generate *g)
{
    const struct router *router = router_read(g->reader, g->key.a);
    struct flow_bundle *b;
    bool always;

    if (!router || !router->enabled) {
        return;
    }
    b = generate_router_bundle(g, router->name);
    always = router->learns_from_requests;
    flow_emit(b, FLOW_LR_IN_LOOKUP_NEIGHBOR_LOOKUP, "arp.op == 2" DO
              LOOKUP_ARP "; %snext;",
              always ? "" : R_NEIGHBOUR_MAY_LEARN " = 1; ");
    flow_emit(b, FLOW_LR_IN_LOOKUP_NEIGHBOR_LOOKUP, "nd_na" DO
              R_NEIGHBOUR_KNOWN " = lookup_nd(inport, nd.target, nd.tll); "
              "%snext;", always ? "" : R_NEIGHBOUR_MAY_LEARN " = 1; ");
    flow_emit(b, FLOW_LR_IN_LOOKUP_NEIGHBOR_LOOKUP, "nd_ns" DO
              R_NEIGHBOUR_KNOWN " = lookup_nd(inport, ip6.src, nd.sll); "
              "%snext;", always ? "" : R_NEIGHBOUR_MAY_LEARN
              " = lookup_nd_ip(inport, ip6.src); ");
    if (!always) {
        flow_emit(b, FLOW_LR_IN_LOOKUP_NEIGHBOR_OWN,
                  "nd_na && ip6.src == fe80::/10 && ip6.dst == ff00::/8" DO
                  R_NEIGHBOUR_KNOWN
                  " = lookup_nd(inport, ip6.src, nd.tll); "
                  R_NEIGHBOUR_MAY_LEARN
                  " = lookup_nd_ip(inport, ip6.src); next;");
    }
    flow_emit(b, FLOW_LR_IN_LEARN_NEIGHBOR_KNOWN, "%s" DO "next;",
              always ? R_NEIGHBOUR_KNOWN " == 1"
                     : R_NEIGHBOUR_KNOWN " == 1 || "
                       R_NEIGHBOUR_MAY_LEARN " == 0");
}

/* ---- The router as a host ---------------------------------------------- */

/* Where ARP for the port's own addresses is answered. */
static const char *
answering_place(struct generate *g, const struct router_port *port)
{
    struct engine_members switches = generate_members(
        g, RELATION_ROUTER_PORT_SWITCHES, port->name, "");

    return switches.n ? router_port_resident_at_localnet(
        g->reader, port, switches.items[0]) : "";
}

static void
emit_host_v4(struct flow_bundle *b, const struct router_port *port,
             const struct router_network *n, const char *where)
{
    flow_emit(b, FLOW_LR_IN_IP_INPUT_ARP,
              "inport == %s && arp.op == 1 && arp.tpa == %s && "
              "arp.spa == %s/%u%s" DO ARP_REPLY(R_PORT_MAC),
              port->quoted, n->ip, n->network, n->plen, where);
    flow_emit(b, FLOW_LR_IN_IP_INPUT_BAD,
              "ip4.src == {%s, %s} && " R_LOOPBACK " == 0" DO "drop;",
              n->ip, n->broadcast);
    flow_emit(b, FLOW_LR_IN_IP_INPUT_ECHO,
              "ip4.dst == %s && icmp4.type == 8 && icmp4.code == 0" DO
              "ip4.dst <-> ip4.src; ip.ttl = 255; icmp4.type = 0; "
              "flags.loopback = 1; next;", n->ip);
}

static void
emit_host_v6(struct flow_bundle *b, const struct router_port *port,
             const struct router_network *n)
{
    flow_emit(b, FLOW_LR_IN_IP_INPUT_ARP,
              "inport == %s && ip6.dst == {%s, %s} && nd_ns && "
              "nd.target == %s%s" DO
              "nd_na_router { eth.src = " R_PORT_MAC "; ip6.src = nd.target; "
              "nd.tll = " R_PORT_MAC "; outport = inport; "
              "flags.loopback = 1; output; };",
              port->quoted, n->ip, n->solicited, n->ip,
              router_port_resident(port));
    flow_emit(b, FLOW_LR_IN_IP_INPUT_ECHO,
              "ip6.dst == %s && icmp6.type == 128 && icmp6.code == 0" DO
              "ip6.dst <-> ip6.src; ip.ttl = 255; icmp6.type = 129; "
              "flags.loopback = 1; next;", n->ip);
    flow_emit(b, FLOW_LR_IN_IP_INPUT_DHCPV6_REPLY,
              "ip6.dst == %s && udp.src == 547 && udp.dst == 546" DO
              "reg0 = 0; handle_dhcpv6_reply;", n->ip);
}

/* TTL exceeded: from the port's first address of the family; at a gateway
 * port from the address that the packet was sent to, so that NAT undoes
 * it. */
static void
emit_ttl_v4(struct flow_bundle *b, const struct router_port *port,
            const struct router_network *n)
{
    flow_emit(b, FLOW_LR_IN_IP_INPUT_TTL,
              "inport == %s && ip4 && ip.ttl == {0, 1} && !ip.later_frag" DO
              "icmp4 { eth.dst <-> eth.src; icmp4.type = 11; "
              "/* Time exceeded */ icmp4.code = 0; "
              "/* TTL exceeded in transit */ %s%s; ip.ttl = 254; "
              "outport = %s; flags.loopback = 1; output; };",
              port->quoted,
              port->is_gateway ? "ip4.dst <-> ip4.src"
                               : "ip4.dst = ip4.src; ip4.src = ",
              port->is_gateway ? "" : n->ip, port->quoted);
}

static void
emit_ttl_v6(struct flow_bundle *b, const struct router_port *port,
            const struct router_network *n)
{
    if (n->is_link_local) {
        return;
    }
    flow_emit(b, FLOW_LR_IN_IP_INPUT_TTL,
              "inport == %s && ip6 && ip6.src == %s/%u && "
              "ip.ttl == {0, 1} && !ip.later_frag" DO
              "icmp6 { eth.dst <-> eth.src; %s%s; ip.ttl = 254; "
              "icmp6.type = 3; /* Time exceeded */ icmp6.code = 0; "
              "/* TTL exceeded in transit */ outport = %s; "
              "flags.loopback = 1; output; };",
              port->quoted, n->network, n->plen,
              port->is_gateway ? "ip6.dst <-> ip6.src"
                               : "ip6.dst = ip6.src; ip6.src = ",
              port->is_gateway ? "" : n->ip, port->quoted);
}

/* What else is for the router itself is refused; a gateway router, or one
 * with a gateway port, only drops it, since NAT may want it. */
static void
emit_refusals(struct flow_bundle *b, const struct router_network *n)
{
    const char *ip = n->is_v6 ? "ip6" : "ip4";
    const char *icmp = n->is_v6 ? "icmp6" : "icmp4";

    flow_emit(b, FLOW_LR_IN_IP_INPUT_UNREACHABLE_PORT,
              "%s && %s.dst == %s && !ip.later_frag && udp" DO
              "%s {eth.dst <-> eth.src; %s.dst <-> %s.src; ip.ttl = 255; "
              "%s.type = %d; %s.code = %d; next; };", ip, ip, n->ip, icmp,
              ip, ip, icmp, n->is_v6 ? 1 : 3, icmp, n->is_v6 ? 4 : 3);
    flow_emit(b, FLOW_LR_IN_IP_INPUT_UNREACHABLE_PORT,
              "%s && %s.dst == %s && !ip.later_frag && tcp" DO
              "tcp_reset {eth.dst <-> eth.src; %s.dst <-> %s.src; next; };",
              ip, ip, n->ip, ip, ip);
    flow_emit(b, FLOW_LR_IN_IP_INPUT_UNREACHABLE_PORT,
              "%s && %s.dst == %s && !ip.later_frag && sctp" DO
              "sctp_abort {eth.dst <-> eth.src; %s.dst <-> %s.src; next; };",
              ip, ip, n->ip, ip, ip);
    flow_emit(b, FLOW_LR_IN_IP_INPUT_UNREACHABLE_PROTO,
              "%s && %s.dst == %s && !ip.later_frag" DO
              "%s {eth.dst <-> eth.src; %s.dst <-> %s.src; ip.ttl = 255; "
              "%s.type = %d; %s.code = %d; next; };", ip, ip, n->ip, icmp,
              ip, ip, icmp, n->is_v6 ? 1 : 3, icmp, n->is_v6 ? 3 : 2);
}

static bool
is_forced_source(const struct router *router, const char *ip)
{
    return router->chassis[0]
           && (!strcmp(ip, router->force_snat_v4)
               || !strcmp(ip, router->force_snat_v6)
               || !strcmp(ip, router->lb_force_snat_v4)
               || !strcmp(ip, router->lb_force_snat_v6));
}

/* An address that is also a source of NAT must be let through to be undone;
 * whatever NAT does not take is dropped when it would be resolved. */
static void
emit_own(struct generate *g, struct flow_bundle *b,
         const struct router *router, const struct router_port *port,
         const struct router_network *n)
{
    const char *ip = n->is_v6 ? "ip6" : "ip4";
    bool is_snat = generate_has_members(g, RELATION_ROUTER_SNAT_IPS,
                                        router->name, n->ip)
                   || generate_has_members(g, RELATION_ROUTER_LB_IPS,
                                           router->name, n->ip)
                   || is_forced_source(router, n->ip);

    if (router->chassis[0] && router->lb_force_snat_router_ip && !is_snat) {
        return;                 /* All of them are sources. */
    }
    flow_emit(b, is_snat ? FLOW_LR_IN_ARP_RESOLVE_OWN
                         : FLOW_LR_IN_IP_INPUT_OWN_DROP,
              "%s.dst == {%s}" DO "drop;", ip, n->ip);
    if (!router->chassis[0] && !router->n_gateway_ports) {
        emit_refusals(b, n);
    }
}

/* ---- Routes and delivery ----------------------------------------------- */

/* 'is_bfd': for BFD alone, whose TTL has to arrive as it is (RFC 5881). */
static void
emit_connected_route(struct flow_bundle *b, const struct router_port *port,
                     const struct router_network *n, bool is_bfd)
{
    const char *ip = n->is_v6 ? "ip6" : "ip4";

    flow_emit_at(b, FLOW_LR_IN_IP_ROUTING_ROUTE,
                 router_route_priority(n->plen, ROUTE_CONNECTED) + is_bfd,
                 "%s%s%s%s.dst == %s/%u%s" DO
                 "%s" R_ECMP_GROUP " = 0; %s = %s.dst; %s = %s; "
                 "eth.src = %s; outport = %s; flags.loopback = 1; next;",
                 n->is_link_local ? "inport == " : "",
                 n->is_link_local ? port->quoted : "",
                 n->is_link_local ? " && " : "",
                 ip, n->network, n->plen, is_bfd ? R_IS_BFD : "",
                 is_bfd ? "" : "ip.ttl--; ",
                 n->is_v6 ? R_NEXT_HOP6 : R_NEXT_HOP4, ip,
                 n->is_v6 ? R_SOURCE6 : R_SOURCE4, n->ip, port->mac,
                 port->quoted);
}

void
router_route_to_neighbour(struct generate *g, const struct router_port *port,
                          const char *ip, const char *mac)
{
    const struct router *router = router_read(g->reader, port->router);
    struct in6_addr addr;
    unsigned int plen;
    bool is_v6;

    if (!router || !router->enabled
        || !router_parse_ip(ip, &addr, &is_v6, &plen)) {
        return;
    }
    if (port->enabled && !router->dynamic_neighbours
        && (port->is_gateway || router->chassis[0])) {
        flow_emit(generate_router_bundle(g, router->name),
                  FLOW_LR_IN_ARP_RESOLVE_KNOWN,
                  "outport == %s && %s == %s" DO "eth.dst = %s; next;",
                  port->quoted, is_v6 ? R_NEXT_HOP6 : R_NEXT_HOP4, ip, mac);
    }
    for (size_t i = 0; i < port->n_networks; i++) {
        struct router_network n = port->networks[i];

        if (n.is_v6 == is_v6 && !n.is_link_local) {
            ovs_strlcpy(n.network, ip, sizeof n.network);
            n.plen = plen;
            emit_connected_route(generate_router_bundle(g, router->name),
                                 port, &n, false);
            return;
        }
    }
}

static void
emit_delivery(struct flow_bundle *b, const struct router_port *port)
{
    flow_emit(b, FLOW_LR_OUT_DELIVERY_PORT, "outport == %s" DO "output;",
              port->quoted);
}

static void
emit_route_table(struct generate *g, struct flow_bundle *b,
                 const struct router_port *port)
{
    uint32_t id = router_table_id(g->reader, port->router,
                                  port->route_table);

    if (id) {
        flow_emit(b, FLOW_LR_IN_IP_ROUTING_PRE_TABLE,
                  "inport == %s" DO R_ROUTE_TABLE " = %u; next;",
                  port->quoted, id);
    }
}

void
router_port_flows(struct generate *g)
{
    const struct router_port *port = router_port_read(g->reader, g->key.a);
    const struct router *router
        = port ? router_read(g->reader, port->router) : NULL;
    const char *where = port ? answering_place(g, port) : "";
    bool has_v4 = false;
    struct flow_bundle *b;

    if (!router || !router->enabled) {
        return;
    }
    /* Nothing goes in or out by a disabled port, but the router has its
     * addresses and knows what is behind it. */
    b = generate_router_bundle(g, router->name);
    if (port->enabled) {
        emit_admission(g, b, port);
        emit_delivery(b, port);
    }
    for (size_t i = 0; i < port->n_networks; i++) {
        const struct router_network *n = &port->networks[i];

        if (n->is_v6) {
            emit_host_v6(b, port, n);
            emit_ttl_v6(b, port, n);
        } else {
            emit_learning_from_requests(b, router, port, n);
            emit_host_v4(b, port, n, where);
            if (!has_v4) {
                emit_ttl_v4(b, port, n);
            }
            has_v4 = true;
        }
        emit_own(g, b, router, port, n);
        emit_connected_route(b, port, n, false);
        if (router_bfd_is_used(g->reader, port->name)) {
            emit_connected_route(b, port, n, true);
        }
    }
    emit_route_table(g, b, port);
}
