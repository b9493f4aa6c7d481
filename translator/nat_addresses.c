/* Addresses to announce: see nat_addresses.h. */
#include <config.h>

#include "translator/nat_addresses.h"

#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "schemas/nb.h"
#include "schemas/sb.h"
#include "translator/generate.h"
#include "translator/router.h"

/* " is_chassis_resident("cr-x")" of the gateway port that announces for
 * 'port': itself, or the first one of its router; "" on a gateway router. */
static const char *
place_of(struct generate *g, const struct router *router,
         const struct router_port *port)
{
    const char *gateway = port->is_gateway          ? port->name
                          : router->n_gateway_ports ? router->gateway_ports[0]
                                                    : NULL;

    return gateway ? generate_text(
               g, " is_chassis_resident(%s)",
               lflow_quote(g, generate_text(g, "cr-%s", gateway)))
                   : "";
}

static void
add_own(struct generate *g, const struct router *router,
        const struct router_port *port, struct sb_port *row)
{
    struct ds text = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&text, port->mac);
    for (size_t i = 0; i < port->n_networks; i++) {
        if (!port->networks[i].is_link_local) {
            ds_put_format(&text, " %s", port->networks[i].ip);
        }
    }
    ds_put_cstr(&text, place_of(g, router, port));
    schema_strings_insert(&row->nat_addresses, ds_cstr(&text));
    ds_destroy(&text);
}

/* Whether the port's own addresses are announced: those of a gateway port, of
 * a port that does as if it were one, and of a gateway router's port to a
 * physical network. */
static bool
announces_own(struct generate *g, const struct nb_logical_switch_port *lsp,
              const struct router *router, const struct router_port *port)
{
    if (router->n_gateway_ports) {
        return (
            port->is_gateway
            || (port->resides_on_redirect && router->n_gateway_ports == 1));
    }
    return generate_has_members(g, RELATION_SWITCH_LOCALNETS, lsp->switch_,
                                "");
}

static bool
is_own(const struct router_port *port, const char *ip)
{
    for (size_t i = 0; i < port->n_networks; i++) {
        if (!strcmp(port->networks[i].ip, ip)) {
            return true;
        }
    }
    return false;
}

/* Whether gateway port 'port' is another's than the rule's: the one that it
 * names, or one that has its address in a network if there are several. */
static bool
is_of_another(const struct router *router, const struct router_port *port,
              const struct nb_nat *nat)
{
    struct in6_addr ip;
    unsigned int plen;
    bool is_v6;

    if (nat->gateway_port[0]) {
        return strcmp(nat->gateway_port, port->name) != 0;
    }
    return (port->is_gateway && router->n_gateway_ports > 1
            && router_parse_ip(nat->external_ip, &ip, &is_v6, &plen)
            && !router_port_network(port, &ip, is_v6, false));
}

/* One rule of the router: announced with its own MAC where its VM is, or
 * else with the router port's where that one's gateway is. */
static void
add_rule(struct generate *g, const struct router *router,
         const struct router_port *port, const struct nb_nat *nat,
         struct sb_port *row)
{
    if (is_of_another(router, port, nat)) {
        return;
    } else if (router->n_gateway_ports
               && nat->type == NB_NAT_TYPE_DNAT_AND_SNAT
               && nat->external_mac[0] && nat->logical_port[0]) {
        schema_strings_insert(
            &row->nat_addresses,
            generate_text(g, "%s %s is_chassis_resident(%s)",
                          nat->external_mac, nat->external_ip,
                          lflow_quote(g, nat->logical_port)));
    } else if (!is_own(port, nat->external_ip)) {
        schema_strings_insert(
            &row->nat_addresses,
            generate_text(g, "%s %s%s", port->mac, nat->external_ip,
                          port->is_gateway ? place_of(g, router, port) : ""));
    }
}

static void
add_rules(struct generate *g, const struct router *router,
          const struct router_port *port, struct sb_port *row)
{
    struct engine_members nats
        = generate_members(g, RELATION_ROUTER_NATS, port->router, "");
    const char *id;

    ENGINE_MEMBERS_FOR_EACH(id, nats)
    {
        const struct nb_nat *nat = MODEL_ROW(g->reader, nat, id);

        if (nat) {
            add_rule(g, router, port, nat, row);
        }
    }
}

/* The virtual addresses of the router's load balancers, all in one. */
static void
add_vips(struct generate *g, const struct router *router,
         const struct router_port *port, struct sb_port *row)
{
    struct engine_members ips
        = generate_members(g, RELATION_ROUTER_VIPS, port->router, "");
    struct ds text = DS_EMPTY_INITIALIZER;
    const char *ip;

    ds_put_cstr(&text, port->mac);
    ENGINE_MEMBERS_FOR_EACH(ip, ips)
    {
        ds_put_format(&text, " %s", ip);
    }
    ds_put_cstr(&text, port->is_gateway ? place_of(g, router, port) : "");
    if (ips.n) {
        schema_strings_insert(&row->nat_addresses, ds_cstr(&text));
    }
    ds_destroy(&text);
}

void
nat_addresses_fill(struct generate *g,
                   const struct nb_logical_switch_port *lsp,
                   struct sb_port *row)
{
    const char *peer = smap_get(&lsp->options, "router-port");
    const char *option = smap_get_def(&lsp->options, "nat-addresses", "");
    const struct router_port *port;
    const struct router *router;

    if (lsp->type != NB_LOGICAL_SWITCH_PORT_TYPE_ROUTER || !peer) {
        return;
    }
    port = router_port_read(g->reader, peer);
    router = port ? router_read(g->reader, port->router) : NULL;
    if (!router || !router->enabled
        || (!router->chassis[0] && !router->n_gateway_ports)) {
        return;
    }
    if (announces_own(g, lsp, router, port)) {
        add_own(g, router, port, row);
    }
    if (!strcmp(option, "router")) {
        add_rules(g, router, port, row);
        if (!smap_get_bool(&lsp->options, "exclude-lb-vips-from-garp",
                           false)) {
            add_vips(g, router, port, row);
        }
    } else if (option[0]) {
        schema_strings_insert(
            &row->nat_addresses,
            generate_text(g, "%s%s", option, place_of(g, router, port)));
    }
}
