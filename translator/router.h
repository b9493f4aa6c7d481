/* What the router generators share: parsed router ports, and what a router
 * is as a whole.  Both are derived values of the engine: who reads one runs
 * again only when it is another one. */
#ifndef WEFT_TRANSLATOR_ROUTER_H
#define WEFT_TRANSLATOR_ROUTER_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "translator/engine.h"

/* One address of a router port, with the texts that flows are made of. */
struct router_network {
    bool is_v6;
    bool is_link_local;         /* In fe80::/64: every port has one. */
    struct in6_addr addr;       /* IPv4 as ::ffff:a.b.c.d. */
    unsigned int plen;          /* 0...32 or 0...128. */
    char ip[INET6_ADDRSTRLEN];
    char network[INET6_ADDRSTRLEN];     /* Host bits zero, no "/plen". */
    char broadcast[INET_ADDRSTRLEN];    /* IPv4 only. */
    char solicited[INET6_ADDRSTRLEN];   /* IPv6: solicited-node address. */
};

/* A router port; enabled or not. */
struct router_port {
    char *name;
    char *quoted;               /* As a string of the flow language. */
    char *router;
    char mac[18];               /* Lower case. */
    bool enabled;
    struct router_network *networks;    /* IPv4 first; then IPv6, the link
                                         * local address last. */
    size_t n_networks;
    char *peer_port;            /* Another router's port, or "". */
    bool is_gateway;            /* A distributed gateway port: it names
                                 * gateway chassis, its router none. */
    char *redirect;             /* Of such a port: what
                                 * router_port_resident() gives. */
    bool is_bridged;            /* options:redirect-type=bridged. */
    bool resides_on_redirect;   /* options:reside-on-redirect-chassis. */
    char *route_table;          /* "": the main one. */
    unsigned int gateway_mtu;   /* 0: none. */
    char *gateway_mtu_bypass;   /* A match or "". */
};

/* Key (router port); a struct router_port, NULL if there is no valid row. */
extern const struct engine_kind router_port_kind;
const struct router_port *router_port_read(struct engine_reader *,
                                           const char *name);

/* A router as a whole. */
struct router {
    char *name;
    bool enabled;
    char *chassis;              /* options:chassis; "": distributed. */
    bool learns_from_requests;  /* options:always_learn_from_arp_request. */
    bool dynamic_neighbours;    /* options:dynamic_neigh_routers. */
    char *force_snat_v4;        /* options:dnat_force_snat_ip, by family; */
    char *force_snat_v6;        /* "": none. */
    char *lb_force_snat_v4;     /* options:lb_force_snat_ip, likewise, */
    char *lb_force_snat_v6;     /* without "router_ip", which is */
    bool lb_force_snat_router_ip;
    bool is_bridged;            /* A gateway port redirects by bridging. */
    char **gateway_ports;       /* Its distributed gateway ports, sorted. */
    size_t n_gateway_ports;
};

/* Key (router); a struct router, NULL if there is no valid row. */
extern const struct engine_kind router_kind;
const struct router *router_read(struct engine_reader *, const char *id);

/* "cr-" and the port's name: its chassisredirect port.  The caller frees
 * it. */
char *router_redirect_name(const char *port);

/* 'network' of 'port' that 'addr' lies in, the longest, or NULL.  Link-local
 * networks count only if 'link_local'. */
const struct router_network *router_port_network(const struct router_port *,
                                                 const struct in6_addr *addr,
                                                 bool is_v6,
                                                 bool link_local);

/* Parses "10.0.0.1", "10.0.0.0/24", "fc00::/64".  Stores the address, its
 * family and prefix length.  Returns false if it is neither. */
bool router_parse_ip(const char *text, struct in6_addr *addr, bool *is_v6,
                     unsigned int *plen);

/* What a route comes from: among routes of one prefix length the later wins
 * (ovn-northd(8), "IP Routing"). */
enum route_origin { ROUTE_SOURCE, ROUTE_STATIC, ROUTE_CONNECTED };

/* The priority of a route in lr_in_ip_routing. */
int64_t router_route_priority(unsigned int plen, enum route_origin origin);

/* The number of route table 'table' of 'router': 0 for the main one (""),
 * 1 and up for the others that its routes name; 0 too for a table without
 * routes. */
uint32_t router_table_id(struct engine_reader *, const char *router,
                         const char *table);

/* A route to 'ip', whose Ethernet address is 'mac', directly behind 'port'
 * although it may be in none of its networks.  Nothing if the port's router
 * is disabled. */
struct generate;
void router_route_to_neighbour(struct generate *, const struct router_port *,
                               const char *ip, const char *mac);

/* The same by gateway port 'gateway' for all other routers on its switches:
 * they reach 'ip', which may be in no network of theirs, through it
 * (options:add_route). */
void router_routes_by_gateway(struct generate *,
                              const struct router_port *gateway,
                              const char *ip, const char *mac);

/* In every switch that router port 'router_port' is on: requests for address
 * 'ip' of the router go to it. */
void switch_forward_to_router(struct generate *, const char *router_port,
                              const char *ip, bool is_v6);
/* There too: what is sent from the MAC of a floating IP is the router's, and
 * by a gateway port the MAC is behind the router, on the chassis of
 * 'logical_port'. */
void switch_floating_mac(struct generate *, const char *router_port,
                         const char *mac, const char *logical_port);

/* Whether there is a router at the other end of a port of type "router". */
struct nb_logical_switch_port;
bool switch_port_leads_to_router(struct generate *,
                                 const struct nb_logical_switch_port *);

/* " && is_chassis_resident(\"cr-NAME\")" for a distributed gateway port,
 * else "": what keeps a flow to the gateway chassis.  A static buffer's
 * life: that of 'port'. */
const char *router_port_resident(const struct router_port *port);

/* Whether 'port' is a gateway port on a switch with ports of VTEP gateways:
 * what those hand over may come to any chassis, and is routed there. */
struct generate;
bool router_port_takes_from_vteps(struct generate *,
                                  const struct router_port *port);
/* The same as text, for a port on a switch with a localnet port: there its
 * MAC must be in one place.  Besides gateway ports this concerns those that
 * reside on the chassis of their router's gateway port
 * (options:reside-on-redirect-chassis). */
const char *router_port_resident_at_localnet(struct engine_reader *,
                                             const struct router_port *,
                                             const char *switch_id);

#endif
