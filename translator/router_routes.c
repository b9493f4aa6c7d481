/* Static routes: single ones and ECMP groups (ovn-northd(8), "IP Routing").
 *
 * Routes of one router that have the same table, policy and prefix form a
 * group.  A group of one is a plain route; a group of more is numbered within
 * its router, and a second stage finds the chosen member's next hop. */
#include <config.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/router.h"
#include "translator/router_bfd.h"
#include "translator/router_registers.h"
#include "translator/tunnel_keys.h"
#include "packets.h"
#include "sset.h"
#include "util.h"

/* A static route that can be used. */
struct route {
    const struct nb_logical_router_static_route *row;
    bool is_v6;                 /* Of the prefix. */
    unsigned int plen;
    char prefix[INET6_ADDRSTRLEN];      /* Host bits zero. */
    bool discards;              /* nexthop "discard". */
    bool nexthop_is_v6;
    const struct router_port *port;     /* Where it leaves; not if it
                                         * discards. */
    const char *source;         /* The port's address that asks for the next
                                 * hop. */
};

int64_t
router_route_priority(unsigned int plen, enum route_origin origin)
{
    return plen * 3 + origin;
}

uint32_t
router_table_id(struct engine_reader *reader, const char *router,
                const char *table)
{
    struct engine_members tables;
    uint32_t id = 0;
    const char *name;

    if (!table[0]) {
        return 0;
    }
    tables = engine_members(reader, relation(RELATION_ROUTER_TABLES), router,
                            "");
    ENGINE_MEMBERS_FOR_EACH (name, tables) {
        id++;
        if (!strcmp(name, table)) {
            return id;
        }
    }
    return 0;
}

/* "table policy prefix/plen": what routes of one group share. */
static char *
group_name(const struct nb_logical_router_static_route *row,
           const char *prefix, unsigned int plen)
{
    bool by_source
        = row->policy == NB_LOGICAL_ROUTER_STATIC_ROUTE_POLICY_SRC_IP;

    return xasprintf("%s %s %s/%u", by_source ? "src" : "dst",
                     row->route_table, prefix, plen);
}

static bool
parse_prefix(const struct nb_logical_router_static_route *row,
             struct route *route)
{
    struct in6_addr addr, mask;
    ovs_be32 ip4;

    if (!router_parse_ip(row->ip_prefix, &addr, &route->is_v6,
                         &route->plen)) {
        return false;
    }
    if (route->is_v6) {
        mask = ipv6_create_mask(route->plen);
        addr = ipv6_addr_bitand(&addr, &mask);
        inet_ntop(AF_INET6, &addr, route->prefix, sizeof route->prefix);
    } else {
        ip4 = in6_addr_get_mapped_ipv4(&addr) & be32_prefix_mask(route->plen);
        inet_ntop(AF_INET, &ip4, route->prefix, sizeof route->prefix);
    }
    return true;
}

/* Facts: which group and table a route is of. */
void
router_route_facts(struct generate *g)
{
    const struct nb_logical_router_static_route *row
        = nb_logical_router_static_route_cast(g->row);
    struct route route;
    char *group;

    if (!parse_prefix(row, &route)) {
        generate_error(g, "ip_prefix", "\"%s\" is no network",
                       row->ip_prefix);
        return;
    }
    group = group_name(row, route.prefix, route.plen);
    generate_fact(g, RELATION_ROUTE_GROUPS, row->router, group, row->row.id);
    if (row->route_table[0]) {
        generate_fact(g, RELATION_ROUTER_TABLES, row->router, "",
                      row->route_table);
    }
    free(group);
}

/* Facts: which groups have several routes. */
void
router_route_group_facts(struct generate *g)
{
    if (generate_members(g, RELATION_ROUTE_GROUPS, g->key.a, g->key.b).n
        > 1) {
        generate_fact(g, RELATION_ROUTER_ECMP_GROUPS, g->key.a, "",
                      g->key.b);
    }
}

/* ---- Where a route leaves ---------------------------------------------- */

static bool
is_usable(const struct router_port *port, const struct route *route)
{
    return port && !strcmp(port->router, route->row->router);
}

/* The source address for asking: of the network that the next hop is in, or
 * else the port's first of the family. */
static const char *
find_source(const struct router_port *port, const struct in6_addr *nexthop,
            bool is_v6, bool must_contain)
{
    const struct router_network *n
        = router_port_network(port, nexthop, is_v6, true);

    if (n) {
        return n->ip;
    }
    for (size_t i = 0; !must_contain && i < port->n_networks; i++) {
        if (port->networks[i].is_v6 == is_v6) {
            return port->networks[i].ip;
        }
    }
    return NULL;
}

/* Finds the port of 'route': the one it names, or the one whose network the
 * next hop is in. */
static bool
find_port(struct generate *g, struct route *route)
{
    const struct nb_logical_router_static_route *row = route->row;
    struct engine_members ports;
    struct in6_addr nexthop;
    unsigned int plen;
    const char *name;

    if (!strcmp(row->nexthop, "discard")) {
        route->discards = true;
        return true;
    }
    if (!router_parse_ip(row->nexthop, &nexthop, &route->nexthop_is_v6,
                         &plen)) {
        return false;
    }
    if (row->output_port[0]) {
        route->port = router_port_read(g->reader, row->output_port);
        if (!is_usable(route->port, route)) {
            return false;
        }
        route->source = find_source(route->port, &nexthop,
                                    route->nexthop_is_v6, false);
        return route->source != NULL;
    }
    ports = engine_members(g->reader, model_index(MODEL_ROUTER_PORTS),
                           row->router, "");
    ENGINE_MEMBERS_FOR_EACH (name, ports) {
        route->port = router_port_read(g->reader, name);
        if (is_usable(route->port, route)
            && router_port_network(route->port, &nexthop,
                                   route->nexthop_is_v6, false)) {
            route->source = find_source(route->port, &nexthop,
                                        route->nexthop_is_v6, true);
            return route->source != NULL;
        }
    }
    return false;
}

static bool
read_route(struct generate *g, const char *id, struct route *route)
{
    memset(route, 0, sizeof *route);
    route->row = MODEL_ROW(g->reader, logical_router_static_route, id);
    return route->row && parse_prefix(route->row, route)
           && find_port(g, route);
}

/* ---- Flows ------------------------------------------------------------- */

/* "reg7 == 0 && ip4.dst == 10.0.0.0/8". */
static const char *
route_match(struct generate *g, const struct route *route)
{
    bool by_source = (route->row->policy
                      == NB_LOGICAL_ROUTER_STATIC_ROUTE_POLICY_SRC_IP);

    uint32_t table = router_table_id(g->reader, route->row->router,
                                     route->row->route_table);

    /* A route by source of the main table serves all tables. */
    return generate_text(
        g, "%s%s.%s == %s/%u",
        by_source && !table
        ? "" : generate_text(g, R_ROUTE_TABLE " == %"PRIu32" && ", table),
        route->is_v6 ? "ip6" : "ip4", by_source ? "src" : "dst",
        route->prefix, route->plen);
}

static int64_t
route_priority(const struct route *route)
{
    return router_route_priority(
        route->plen,
        route->row->policy == NB_LOGICAL_ROUTER_STATIC_ROUTE_POLICY_SRC_IP
        ? ROUTE_SOURCE : ROUTE_STATIC);
}

/* "reg0 = 10.0.0.1; reg1 = ...; eth.src = ...; outport = ...": where to. */
static const char *
next_hop_actions(struct generate *g, const struct route *route)
{
    return generate_text(
        g, "%s = %s; %s = %s; eth.src = %s; outport = %s; ",
        route->nexthop_is_v6 ? R_NEXT_HOP6 : R_NEXT_HOP4,
        route->row->nexthop,
        route->nexthop_is_v6 ? R_SOURCE6 : R_SOURCE4, route->source,
        route->port->mac, route->port->quoted);
}

/* An unknown IPv6 next hop is asked for at its solicited-node address. */
static void
emit_solicitation(struct flow_bundle *b, const char *next_hop)
{
    struct in6_addr nexthop, solicited;
    char text[INET6_ADDRSTRLEN];
    struct eth_addr mac;

    if (inet_pton(AF_INET6, next_hop, &nexthop) != 1) {
        return;
    }
    in6_addr_solicited_node(&solicited, &nexthop);
    ipv6_multicast_to_ethernet(&mac, &solicited);
    inet_ntop(AF_INET6, &solicited, text, sizeof text);
    flow_emit(b, FLOW_LR_IN_ARP_REQUEST_ND_ROUTE,
              "eth.dst == 00:00:00:00:00:00 && ip6 && "
              R_NEXT_HOP6 " == %s" DO
              "nd_ns { eth.dst = " ETH_ADDR_FMT "; ip6.dst = %s; "
              "nd.target = %s; output; };", next_hop, ETH_ADDR_ARGS(mac),
              text, next_hop);
}

static void
emit_single(struct generate *g, struct flow_bundle *b,
            const struct route *route)
{
    if (route->discards) {
        flow_emit_at(b, FLOW_LR_IN_IP_ROUTING_ROUTE, route_priority(route),
                     "%s" DO "drop;", route_match(g, route));
        return;
    }
    flow_emit_at(b, FLOW_LR_IN_IP_ROUTING_ROUTE, route_priority(route),
                 "%s" DO "ip.ttl--; " R_ECMP_GROUP " = 0; %s"
                 "flags.loopback = 1; next;", route_match(g, route),
                 next_hop_actions(g, route));
    if (router_bfd_is_used(g->reader, route->port->name)) {
        flow_emit_at(b, FLOW_LR_IN_IP_ROUTING_ROUTE,
                     route_priority(route) + 1,
                     "%s" R_IS_BFD DO R_ECMP_GROUP " = 0; %s"
                     "flags.loopback = 1; next;", route_match(g, route),
                     next_hop_actions(g, route));
    }
}

/* The number of an ECMP group within its router, 1 and up. */
static unsigned int
ecmp_group_id(struct generate *g, const char *router, const char *group)
{
    struct engine_members groups = generate_members(
        g, RELATION_ROUTER_ECMP_GROUPS, router, "");
    unsigned int id = 0;
    const char *name;

    ENGINE_MEMBERS_FOR_EACH (name, groups) {
        id++;
        if (!strcmp(name, group)) {
            break;
        }
    }
    return id;
}

/* ---- Symmetric replies -------------------------------------------------- */

/* What came in at the route's port from where it leads. */
static const char *
reverse_match(struct generate *g, const struct route *route)
{
    bool by_source = (route->row->policy
                      == NB_LOGICAL_ROUTER_STATIC_ROUTE_POLICY_SRC_IP);

    return generate_text(g, "inport == %s && %s.%s == %s/%u",
                         route->port->quoted, route->is_v6 ? "ip6" : "ip4",
                         by_source ? "dst" : "src", route->prefix,
                         route->plen);
}

/* Connections that come in: who sent them, and where, is committed. */
static void
emit_commits(struct generate *g, struct flow_bundle *b,
             const struct route *route, uint32_t key)
{
    static const char *const states[] = {
        "ct.new && !ct.est", "!ct.rpl && ct.est",
    };
    static const char *const protocols[] = { "tcp", "udp", "sctp" };

    for (size_t s = 0; s < ARRAY_SIZE(states); s++) {
        for (size_t p = 0; p < ARRAY_SIZE(protocols); p++) {
            flow_emit(b, FLOW_LR_IN_ECMP_STATEFUL_COMMIT,
                      "%s && (%s) && %s%s" DO
                      "ct_commit { ct_label.ecmp_reply_eth = eth.src; "
                      "ct_mark.ecmp_reply_port = %"PRIu32"; }; "
                      "commit_ecmp_nh(ipv6 = %s, proto = %s); next;",
                      reverse_match(g, route), states[s], protocols[p],
                      s ? " && " R_KNOWN_ECMP_REPLY " == 0" : "", key,
                      route->is_v6 ? "true" : "false", protocols[p]);
        }
    }
}

/* Answers go back to who sent the connection, past routes and policies. */
static void
emit_replies(struct generate *g, struct flow_bundle *b,
             const struct route *route, uint32_t key)
{
    const char *reply = generate_text(
        g, "ct.rpl && " R_KNOWN_ECMP_REPLY " == 1 && "
        "ct_mark.ecmp_reply_port == %"PRIu32, key);

    flow_emit(b, FLOW_LR_IN_IP_ROUTING_REPLY,
              "%s && %s" DO "ip.ttl--; flags.loopback = 1; eth.src = %s; "
              "%s = %s; outport = %s; next;", reply, route_match(g, route),
              route->port->mac,
              route->nexthop_is_v6 ? R_SOURCE6 : R_SOURCE4, route->source,
              route->port->quoted);
    flow_emit(b, FLOW_LR_IN_POLICY_REPLY, "%s" DO "next;", reply);
    flow_emit(b, FLOW_LR_IN_ARP_RESOLVE_REPLY,
              "%s" DO "push(xxreg1); xxreg1 = ct_label; "
              "eth.dst = xxreg1[32..79]; pop(xxreg1); next;", reply);
}

static bool
is_symmetric(const struct route *route)
{
    return smap_get_bool(&route->row->options, "ecmp_symmetric_reply",
                         false);
}

/* Once for each port by which routes of a group leave: replies to what came
 * in there go back to the neighbour that it came from. */
static void
emit_symmetric(struct generate *g, struct flow_bundle *b,
               const struct route *routes, size_t n)
{
    struct sset ports = SSET_INITIALIZER(&ports);

    for (size_t i = 0; i < n; i++) {
        const struct route *route = &routes[i];
        const struct tunnel_key *key;

        if (!is_symmetric(route) || !sset_add(&ports, route->port->name)) {
            continue;
        }
        key = engine_read(g->reader, model_input(MODEL_TUNNEL_KEY),
                          generate_router_datapath(g, route->row->router),
                          route->port->name);
        if (key && key->key) {
            flow_emit(b, FLOW_LR_IN_DEFRAG_ECMP,
                      "%s" DO R_KNOWN_ECMP_REPLY
                      " = chk_ecmp_nh_mac(); ct_next;",
                      reverse_match(g, route));
            flow_emit(b, FLOW_LR_IN_DEFRAG_ECMP,
                      "%s" DO R_KNOWN_ECMP_REPLY " = chk_ecmp_nh(); ct_next;",
                      route_match(g, route));
            emit_commits(g, b, route, key->key);
            emit_replies(g, b, route, key->key);
        }
    }
    sset_destroy(&ports);
}

static void
emit_ecmp(struct generate *g, struct flow_bundle *b,
          const struct route *routes, size_t n)
{
    unsigned int id = ecmp_group_id(g, g->key.a, g->key.b);
    struct ds members = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < n; i++) {
        ds_put_format(&members, "%s%"PRIuSIZE, i ? ", " : "", i + 1);
        if (!routes[i].discards) {      /* Its share is dropped. */
            flow_emit(b, FLOW_LR_IN_IP_ROUTING_ECMP_MEMBER,
                      R_ECMP_GROUP " == %u && " R_ECMP_MEMBER
                      " == %"PRIuSIZE DO "%snext;", id, i + 1,
                      next_hop_actions(g, &routes[i]));
        }
    }
    flow_emit_at(b, FLOW_LR_IN_IP_ROUTING_ROUTE, route_priority(&routes[0]),
                 "%s" DO "ip.ttl--; flags.loopback = 1; " R_ECMP_GROUP
                 " = %u; " R_ECMP_MEMBER " = select(%s);",
                 route_match(g, &routes[0]), id, ds_cstr(&members));
    ds_destroy(&members);
}

/* Whether BFD says that the next hop is gone.  A session to another host than
 * that doesn't count. */
static bool
is_down(struct generate *g, const struct nb_logical_router_static_route *row)
{
    const struct nb_bfd *bfd = row->bfd[0]
                               ? MODEL_ROW(g->reader, bfd, row->bfd) : NULL;

    return (bfd && !strcmp(bfd->dst_ip, row->nexthop)
            && router_bfd_is_down(g->reader, row->bfd));
}

/* One group of routes: key (router, group). */
void
router_route_group(struct generate *g)
{
    struct engine_members ids = generate_members(g, RELATION_ROUTE_GROUPS,
                                                 g->key.a, g->key.b);
    const struct router *router = router_read(g->reader, g->key.a);
    struct flow_bundle *b;
    struct route *routes;
    const char *id;
    size_t n = 0;

    if (!router || !router->enabled) {
        return;
    }
    b = generate_router_bundle(g, router->name);
    routes = engine_keep(g->reader, xcalloc(ids.n + 1, sizeof *routes));
    ENGINE_MEMBERS_FOR_EACH (id, ids) {
        bool usable = read_route(g, id, &routes[n]);

        if (routes[n].row) {
            emit_solicitation(b, routes[n].row->nexthop);
        }
        if (usable) {
            n += !is_down(g, routes[n].row);
        } else {
            generate_status_of(g, "logical_router_static_route", id,
                               "waiting_for", "[\"a port for its next hop\"]");
        }
    }
    if (n == 1) {
        emit_single(g, b, &routes[0]);
    } else if (n > 1) {
        emit_ecmp(g, b, routes, n);
        if (router->chassis[0]) {
            /* Only where all that a router does is on one chassis. */
            emit_symmetric(g, b, routes, n);
        }
    }
}
