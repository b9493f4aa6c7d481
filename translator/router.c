/* Router ports and routers, parsed: see router.h. */
#include <config.h>

#include "translator/router.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "packets.h"
#include "translator/generate.h"
#include "translator/model.h"
#include "util.h"

/* ---- Addresses --------------------------------------------------------- */

bool
router_parse_ip(const char *text, struct in6_addr *addr, bool *is_v6,
                unsigned int *plen)
{
    ovs_be32 ip4;
    char *error = ip_parse_cidr(text, &ip4, plen);

    if (!error) {
        in6_addr_set_mapped_ipv4(addr, ip4);
        *is_v6 = false;
        return true;
    }
    free(error);

    error = ipv6_parse_cidr(text, addr, plen);
    if (!error) {
        *is_v6 = true;
        return true;
    }
    free(error);
    return false;
}

static void
format_v4(struct router_network *network, ovs_be32 ip)
{
    ovs_be32 mask = be32_prefix_mask(network->plen);
    ovs_be32 net = ip & mask, broadcast = ip | ~mask;

    inet_ntop(AF_INET, &ip, network->ip, sizeof network->ip);
    inet_ntop(AF_INET, &net, network->network, sizeof network->network);
    inet_ntop(AF_INET, &broadcast, network->broadcast,
              sizeof network->broadcast);
}

static void
format_v6(struct router_network *network)
{
    struct in6_addr mask = ipv6_create_mask(network->plen);
    struct in6_addr net = ipv6_addr_bitand(&network->addr, &mask);
    struct in6_addr solicited;

    in6_addr_solicited_node(&solicited, &network->addr);
    inet_ntop(AF_INET6, &network->addr, network->ip, sizeof network->ip);
    inet_ntop(AF_INET6, &net, network->network, sizeof network->network);
    inet_ntop(AF_INET6, &solicited, network->solicited,
              sizeof network->solicited);
}

static void
add_network(struct router_port *port, const char *text)
{
    struct router_network *network = &port->networks[port->n_networks];

    memset(network, 0, sizeof *network);
    if (!router_parse_ip(text, &network->addr, &network->is_v6,
                         &network->plen)) {
        return;                 /* The schema lets none such pass. */
    }
    if (network->is_v6) {
        network->is_link_local = in6_is_lla(&network->addr);
        format_v6(network);
    } else {
        format_v4(network, in6_addr_get_mapped_ipv4(&network->addr));
    }
    port->n_networks++;
}

static void
add_link_local(struct router_port *port, struct eth_addr mac)
{
    struct router_network *network = &port->networks[port->n_networks++];

    memset(network, 0, sizeof *network);
    network->is_v6 = network->is_link_local = true;
    network->plen = 64;
    in6_generate_lla(mac, &network->addr);
    format_v6(network);
}

static void
parse_networks(struct router_port *port,
               const struct schema_strings *networks, struct eth_addr mac)
{
    port->networks = xcalloc(networks->n + 1, sizeof *port->networks);
    for (int v6 = 0; v6 < 2; v6++) {
        for (size_t i = 0; i < networks->n; i++) {
            if ((strchr(networks->items[i], ':') != NULL) == v6) {
                add_network(port, networks->items[i]);
            }
        }
    }
    add_link_local(port, mac);
}

const struct router_network *
router_port_network(const struct router_port *port,
                    const struct in6_addr *addr, bool is_v6, bool link_local)
{
    const struct router_network *best = NULL;

    for (size_t i = 0; i < port->n_networks; i++) {
        const struct router_network *n = &port->networks[i];
        unsigned int plen = n->is_v6 ? n->plen : n->plen + 96;
        struct in6_addr mask = ipv6_create_mask(plen);
        struct in6_addr a = ipv6_addr_bitand(&n->addr, &mask);
        struct in6_addr b = ipv6_addr_bitand(addr, &mask);

        if (n->is_v6 == is_v6 && (link_local || !n->is_link_local)
            && ipv6_addr_equals(&a, &b) && (!best || n->plen > best->plen)) {
            best = n;
        }
    }
    return best;
}

/* ---- Router ports ------------------------------------------------------ */

char *
router_redirect_name(const char *port)
{
    return xasprintf("cr-%s", port);
}

const char *
router_port_resident(const struct router_port *port)
{
    return port->is_gateway ? port->redirect : "";
}

/* 'text' between quotes, as the flow language writes strings (JSON's). */
static char *
quote(const char *text)
{
    struct ds out = DS_EMPTY_INITIALIZER;

    ds_put_char(&out, '"');
    for (const char *p = text; *p; p++) {
        if (*p == '"' || *p == '\\') {
            ds_put_char(&out, '\\');
        }
        if ((unsigned char) *p < 0x20) {
            ds_put_format(&out, "\\u%04x", (unsigned char) *p);
        } else {
            ds_put_char(&out, *p);
        }
    }
    ds_put_char(&out, '"');
    return ds_steal_cstr(&out);
}

static char *
resident_text(const char *port)
{
    char *redirect = router_redirect_name(port);
    char *quoted = quote(redirect);
    char *text = xasprintf(" && is_chassis_resident(%s)", quoted);

    free(redirect);
    free(quoted);
    return text;
}

/* A port that names gateway chassis is a distributed gateway port, unless its
 * whole router lives on one chassis. */
static bool
is_gateway_port(struct engine_reader *reader,
                const struct nb_logical_router_port *lrp)
{
    const struct nb_logical_router *lr
        = MODEL_ROW(reader, logical_router, lrp->router);

    if (lr && smap_get_def(&lr->options, "chassis", "")[0]) {
        return false;
    }
    return lrp->ha_chassis_group[0]
           || engine_has_members(reader,
                                 model_index(MODEL_PORT_GATEWAY_CHASSIS),
                                 lrp->row.id, "");
}

static void *
router_port_compute(struct engine_reader *reader,
                    const struct engine_key *key)
{
    const struct nb_logical_router_port *lrp
        = MODEL_ROW(reader, logical_router_port, key->a);
    struct router_port *port;
    struct eth_addr mac;

    if (!lrp || !eth_addr_from_string(lrp->mac, &mac)) {
        return NULL;
    }
    port = xzalloc(sizeof *port);
    port->name = xstrdup(lrp->row.id);
    port->quoted = quote(lrp->row.id);
    port->router = xstrdup(lrp->router);
    snprintf(port->mac, sizeof port->mac, ETH_ADDR_FMT, ETH_ADDR_ARGS(mac));
    port->enabled = lrp->enabled;
    parse_networks(port, &lrp->networks, mac);
    port->peer_port = xstrdup(strcmp(lrp->peer, key->a) ? lrp->peer : "");
    port->is_gateway = is_gateway_port(reader, lrp);
    port->redirect = port->is_gateway ? resident_text(lrp->row.id)
                                      : xstrdup("");
    port->is_bridged = !strcmp(smap_get_def(&lrp->options, "redirect-type",
                                            ""), "bridged");
    port->resides_on_redirect = smap_get_bool(
        &lrp->options, "reside-on-redirect-chassis", false);
    port->route_table = xstrdup(smap_get_def(&lrp->options, "route_table",
                                             ""));
    port->gateway_mtu = smap_get_uint(&lrp->options, "gateway_mtu", 0);
    port->gateway_mtu_bypass = xstrdup(
        smap_get_def(&lrp->options, "gateway_mtu_bypass", ""));
    return port;
}

static void
router_port_destroy(void *port_)
{
    struct router_port *port = port_;

    free(port->name);
    free(port->quoted);
    free(port->router);
    free(port->networks);
    free(port->peer_port);
    free(port->redirect);
    free(port->route_table);
    free(port->gateway_mtu_bypass);
    free(port);
}

static bool
networks_equal(const struct router_port *a, const struct router_port *b)
{
    if (a->n_networks != b->n_networks) {
        return false;
    }
    for (size_t i = 0; i < a->n_networks; i++) {
        if (a->networks[i].plen != b->networks[i].plen
            || strcmp(a->networks[i].ip, b->networks[i].ip)) {
            return false;
        }
    }
    return true;
}

static bool
router_port_equal(const void *a_, const void *b_)
{
    const struct router_port *a = a_, *b = b_;

    return !strcmp(a->router, b->router) && !strcmp(a->mac, b->mac)
           && a->enabled == b->enabled && networks_equal(a, b)
           && !strcmp(a->peer_port, b->peer_port)
           && a->is_gateway == b->is_gateway
           && a->is_bridged == b->is_bridged
           && a->resides_on_redirect == b->resides_on_redirect
           && !strcmp(a->route_table, b->route_table)
           && a->gateway_mtu == b->gateway_mtu
           && !strcmp(a->gateway_mtu_bypass, b->gateway_mtu_bypass);
}

const struct engine_kind router_port_kind = {
    .name = "router port",
    .role = ENGINE_DERIVED,
    .compute = router_port_compute,
    .equal = router_port_equal,
    .destroy = router_port_destroy,
};

const struct router_port *
router_port_read(struct engine_reader *reader, const char *name)
{
    return engine_read(reader, &router_port_kind, name, "");
}

/* ---- Routers ----------------------------------------------------------- */

/* Splits "10.0.0.1 fc00::1" by family. */
static void
parse_force_snat(const char *text, char **v4, char **v6)
{
    char *copy = xstrdup(text), *save = NULL;

    *v4 = xstrdup("");
    *v6 = xstrdup("");
    for (char *ip = strtok_r(copy, " ", &save); ip;
         ip = strtok_r(NULL, " ", &save)) {
        struct in6_addr addr;
        unsigned int plen;
        bool is_v6;

        if (router_parse_ip(ip, &addr, &is_v6, &plen)) {
            char **p = is_v6 ? v6 : v4;

            free(*p);
            *p = xstrdup(ip);
        }
    }
    free(copy);
}

static void
find_gateway_ports(struct router *router, struct engine_reader *reader)
{
    struct engine_members ports = engine_members(
        reader, model_index(MODEL_ROUTER_PORTS), router->name, "");
    const char *name;

    router->gateway_ports = xcalloc(ports.n + 1, sizeof(char *));
    ENGINE_MEMBERS_FOR_EACH (name, ports) {
        const struct router_port *port = router_port_read(reader, name);

        if (port && port->is_gateway) {
            router->gateway_ports[router->n_gateway_ports++] = xstrdup(name);
            router->is_bridged |= port->is_bridged;
        }
    }
}

static void *
router_compute(struct engine_reader *reader, const struct engine_key *key)
{
    const struct nb_logical_router *lr
        = MODEL_ROW(reader, logical_router, key->a);
    struct router *router;

    if (!lr) {
        return NULL;
    }
    router = xzalloc(sizeof *router);
    router->name = xstrdup(lr->row.id);
    router->enabled = lr->enabled;
    router->chassis = xstrdup(smap_get_def(&lr->options, "chassis", ""));
    router->learns_from_requests = smap_get_bool(
        &lr->options, "always_learn_from_arp_request", true);
    router->dynamic_neighbours = smap_get_bool(
        &lr->options, "dynamic_neigh_routers", false);
    parse_force_snat(smap_get_def(&lr->options, "dnat_force_snat_ip", ""),
                     &router->force_snat_v4, &router->force_snat_v6);
    parse_force_snat(smap_get_def(&lr->options, "lb_force_snat_ip", ""),
                     &router->lb_force_snat_v4, &router->lb_force_snat_v6);
    router->lb_force_snat_router_ip = !strcmp(
        smap_get_def(&lr->options, "lb_force_snat_ip", ""), "router_ip");
    find_gateway_ports(router, reader);
    return router;
}

static void
router_destroy(void *router_)
{
    struct router *router = router_;

    for (size_t i = 0; i < router->n_gateway_ports; i++) {
        free(router->gateway_ports[i]);
    }
    free(router->gateway_ports);
    free(router->force_snat_v4);
    free(router->force_snat_v6);
    free(router->lb_force_snat_v4);
    free(router->lb_force_snat_v6);
    free(router->chassis);
    free(router->name);
    free(router);
}

static bool
router_equal(const void *a_, const void *b_)
{
    const struct router *a = a_, *b = b_;

    if (a->enabled != b->enabled || strcmp(a->chassis, b->chassis)
        || a->learns_from_requests != b->learns_from_requests
        || a->dynamic_neighbours != b->dynamic_neighbours
        || strcmp(a->force_snat_v4, b->force_snat_v4)
        || strcmp(a->force_snat_v6, b->force_snat_v6)
        || strcmp(a->lb_force_snat_v4, b->lb_force_snat_v4)
        || strcmp(a->lb_force_snat_v6, b->lb_force_snat_v6)
        || a->lb_force_snat_router_ip != b->lb_force_snat_router_ip
        || a->is_bridged != b->is_bridged
        || a->n_gateway_ports != b->n_gateway_ports) {
        return false;
    }
    for (size_t i = 0; i < a->n_gateway_ports; i++) {
        if (strcmp(a->gateway_ports[i], b->gateway_ports[i])) {
            return false;
        }
    }
    return true;
}

const struct engine_kind router_kind = {
    .name = "router",
    .role = ENGINE_DERIVED,
    .compute = router_compute,
    .equal = router_equal,
    .destroy = router_destroy,
};

const char *
router_port_resident_at_localnet(struct engine_reader *reader,
                                 const struct router_port *port,
                                 const char *switch_id)
{
    const struct router_port *gateway = NULL;

    if (!engine_has_members(reader, relation(RELATION_SWITCH_LOCALNETS),
                            switch_id, "")) {
        return "";
    } else if (port->is_gateway) {
        gateway = port;
    } else if (port->resides_on_redirect) {
        const struct router *router = router_read(reader, port->router);

        if (router && router->n_gateway_ports) {
            gateway = router_port_read(reader, router->gateway_ports[0]);
        }
    }
    return gateway ? gateway->redirect : "";
}

const struct router *
router_read(struct engine_reader *reader, const char *id)
{
    return engine_read(reader, &router_kind, id, "");
}
