/* External ports: hosts on a physical network that one chassis serves (the
 * active one of the port's HA group).  On all others what they want of the
 * switch's routers is dropped where it comes in, by a localnet port
 * (ovn-northd(8), "External ports"). */
#include <config.h>

#include "translator/addresses.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/router.h"

/* What a host that comes in 'from' may want of a router's port, which has
 * the address 'at' in the switch. */
static void
emit_drops(struct flow_bundle *b, const char *from, const char *elsewhere,
           const struct mac_address *at)
{
    for (size_t i = 0; i < at->n_ips; i++) {
        const struct ip_address *ip = &at->ips[i];

        if (ip->is_ip6) {
            char solicited[INET6_ADDRSTRLEN];

            ip6_solicited_node(&ip->addr, solicited);
            flow_emit(b, FLOW_LS_IN_EXTERNAL_PORT_DROP,
                      "%s && %s && nd_ns && ip6.dst == {%s, %s} && "
                      "nd.target == %s" DO "drop;", from, elsewhere,
                      ip->text, solicited, ip->text);
        } else {
            flow_emit(b, FLOW_LS_IN_EXTERNAL_PORT_DROP,
                      "%s && %s && arp.tpa == %s && arp.op == 1" DO "drop;",
                      from, elsewhere, ip->text);
        }
    }
    flow_emit(b, FLOW_LS_IN_EXTERNAL_PORT_DROP,
              "%s && eth.dst == %s && %s" DO "drop;", from, at->text,
              elsewhere);
}

/* The same of all routers of the switch. */
static void
emit_routers(struct generate *g, const struct nb_logical_switch_port *lsp,
             const char *from)
{
    struct engine_members routers = generate_members(
        g, RELATION_SWITCH_ROUTER_PORTS, lsp->switch_, "");
    const char *elsewhere = generate_text(
        g, "!is_chassis_resident(%s)", lflow_quote(g, lsp->row.id));
    const char *router, *peer;

    ENGINE_MEMBERS_FOR_EACH (router, routers) {
        const struct router_port *port = router_port_read(g->reader, router);
        const struct router *owner
            = port ? router_read(g->reader, port->router) : NULL;
        struct engine_members peers = generate_members(
            g, RELATION_ROUTER_PORT_LSPS, router, "");

        if (!owner || !owner->enabled) {
            continue;
        }
        ENGINE_MEMBERS_FOR_EACH (peer, peers) {
            const struct port_addresses *addresses = lsp_addresses(g->reader,
                                                                   peer);

            for (size_t i = 0; i < addresses->n_macs; i++) {
                emit_drops(generate_switch_bundle(g, lsp->switch_), from,
                           elsewhere, &addresses->macs[i]);
            }
        }
    }
}

void
switch_external(struct generate *g)
{
    const struct nb_logical_switch_port *lsp
        = nb_logical_switch_port_cast(g->row);
    const struct port_addresses *addresses;
    struct engine_members localnets;
    const char *localnet;

    if (lsp->type != NB_LOGICAL_SWITCH_PORT_TYPE_EXTERNAL) {
        return;
    }
    addresses = lsp_addresses(g->reader, lsp->row.id);
    localnets = generate_members(g, RELATION_SWITCH_LOCALNETS, lsp->switch_,
                                 "");
    ENGINE_MEMBERS_FOR_EACH (localnet, localnets) {
        for (size_t i = 0; i < addresses->n_macs; i++) {
            emit_routers(g, lsp, generate_text(
                g, "inport == %s && eth.src == %s", lflow_quote(g, localnet),
                addresses->macs[i].text));
        }
    }
}
