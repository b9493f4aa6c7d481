/* Next hops whose MAC is known from the model: ports of the switches that a
 * router is on, other routers on those switches, peers, static bindings
 * (ovn-northd(8), "ARP/ND Resolution"). */
#include <config.h>

#include <string.h>

#include "translator/addresses.h"
#include "translator/bindings.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/router.h"
#include "translator/router_registers.h"

static void
emit_known(struct flow_bundle *b, const struct router_port *port,
           const char *ip, bool is_v6, const char *mac)
{
    flow_emit(b, FLOW_LR_IN_ARP_RESOLVE_KNOWN,
              "outport == %s && %s == %s" DO "eth.dst = %s; next;",
              port->quoted, is_v6 ? R_NEXT_HOP6 : R_NEXT_HOP4, ip, mac);
}

/* ---- Switch ports ------------------------------------------------------ */

/* Addresses of one switch port that lie in a network of 'port', link-local
 * ones too. */
static void
emit_addresses(struct generate *g, const struct router_port *port,
               const struct port_addresses *addresses)
{
    struct flow_bundle *b = generate_router_bundle(g, port->router);

    for (size_t i = 0; i < addresses->n_macs; i++) {
        const struct mac_address *mac = &addresses->macs[i];

        for (size_t j = 0; j < mac->n_ips; j++) {
            const struct ip_address *ip = &mac->ips[j];

            if (router_port_network(port, &ip->addr, ip->is_ip6, true)) {
                emit_known(b, port, ip->text, ip->is_ip6, mac->text);
            }
        }
    }
}

/* A virtual port's address is at its parent of the moment.  Without one it is
 * asked for again: what was learned of it may be wrong. */
static void
emit_virtual(struct generate *g, const struct nb_logical_switch_port *lsp,
             const struct router_port *port)
{
    struct flow_bundle *b = generate_router_bundle(g, port->router);
    const struct lsp_place *place = lsp_place(g->reader, lsp->row.id);
    const char *vip = smap_get(&lsp->options, "virtual-ip");
    const struct port_addresses *parent = NULL;
    struct ip_address ip;

    if (!vip || !smap_get(&lsp->options, "virtual-parents")
        || !ip_address_parse(&ip, vip)
        || !router_port_network(port, &ip.addr, ip.is_ip6, false)) {
        return;
    }
    if (place->chassis && place->virtual_parent) {
        parent = lsp_addresses(g->reader, place->virtual_parent);
    }
    emit_known(b, port, ip.text, ip.is_ip6,
               parent && parent->n_macs ? parent->macs[0].text
                                        : "00:00:00:00:00:00");
}

/* For each switch port: a flow in every router on its switch. */
void
router_known_hosts(struct generate *g)
{
    const struct nb_logical_switch_port *lsp
        = nb_logical_switch_port_cast(g->row);
    const struct port_addresses *addresses;
    bool is_virtual = lsp->type == NB_LOGICAL_SWITCH_PORT_TYPE_VIRTUAL;
    struct engine_members ports;
    const char *name;

    if (lsp->type == NB_LOGICAL_SWITCH_PORT_TYPE_ROUTER || !lsp->enabled) {
        return;
    }
    addresses = lsp_addresses(g->reader, lsp->row.id);
    if (!addresses->n_macs && !is_virtual) {
        return;
    }
    ports = generate_members(g, RELATION_SWITCH_ROUTER_PORTS, lsp->switch_,
                             "");
    ENGINE_MEMBERS_FOR_EACH (name, ports) {
        const struct router_port *port = router_port_read(g->reader, name);

        if (port && is_virtual) {
            emit_virtual(g, lsp, port);
        } else if (port) {
            emit_addresses(g, port, addresses);
        }
    }
}

/* ---- Router ports ------------------------------------------------------ */

/* 'other' reaches 'port' over a switch or, 'directly', as its peer. */
static void
emit_neighbour(struct generate *g, const struct router_port *other,
               const struct router_port *port, bool directly)
{
    const struct router *router = router_read(g->reader, other->router);
    struct flow_bundle *b;

    if (!router || !router->enabled
        || (router->dynamic_neighbours && !directly
            && strcmp(other->router, port->router))) {
        return;
    }
    b = generate_router_bundle(g, other->router);
    for (size_t i = 0; i < port->n_networks; i++) {
        const struct router_network *n = &port->networks[i];

        emit_known(b, other, n->ip, n->is_v6, port->mac);
    }
}

/* For each router port: flows in the routers around it. */
void
router_known_routers(struct generate *g)
{
    const struct router_port *port = router_port_read(g->reader, g->key.a);
    struct engine_members switches;
    const char *name;

    const struct router *router
        = port ? router_read(g->reader, port->router) : NULL;

    if (!router || !router->enabled) {
        return;
    }
    if (port->peer_port[0]) {
        const struct router_port *peer = router_port_read(g->reader,
                                                          port->peer_port);

        if (peer) {
            emit_neighbour(g, peer, port, true);
        }
    }
    switches = generate_members(g, RELATION_ROUTER_PORT_SWITCHES, port->name,
                                "");
    ENGINE_MEMBERS_FOR_EACH (name, switches) {
        struct engine_members others = generate_members(
            g, RELATION_SWITCH_ROUTER_PORTS, name, "");
        const char *other_name;

        ENGINE_MEMBERS_FOR_EACH (other_name, others) {
            const struct router_port *other
                = strcmp(other_name, port->name)
                  ? router_port_read(g->reader, other_name) : NULL;

            if (other) {
                emit_neighbour(g, other, port, false);
            }
        }
    }
}

/* ---- Static bindings --------------------------------------------------- */

void
router_static_binding(struct generate *g)
{
    const struct nb_static_mac_binding *binding
        = nb_static_mac_binding_cast(g->row);
    const struct router_port *port = router_port_read(
        g->reader, binding->logical_port);

    if (!port) {
        generate_waiting_for(g, "logical_router_port",
                             binding->logical_port);
        return;
    }
    flow_emit(generate_router_bundle(g, port->router),
              binding->override_dynamic_mac ? FLOW_LR_IN_ARP_RESOLVE_KNOWN
                                            : FLOW_LR_IN_ARP_RESOLVE_STATIC,
              "outport == %s && %s == %s" DO "eth.dst = %s; next;",
              port->quoted,
              strchr(binding->ip, ':') ? R_NEXT_HOP6 : R_NEXT_HOP4,
              binding->ip, binding->mac);
}
