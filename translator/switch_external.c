/* External ports: hosts on a physical network that one chassis serves (the
 * active one of the port's HA group).  On all others what they want of the
 * switch's routers is dropped where it comes in, by a localnet port
 * (ovn-northd(8), "External ports"). */
#include <config.h>

#include "translator/addresses.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/router.h"

/* What a host at 'mac', served where 'place' says, may want of 'port'. */
static void
emit_drops(struct generate *g, struct flow_bundle *b, const char *localnet,
           const char *mac, const char *elsewhere,
           const struct router_port *port)
{
    const char *from = generate_text(
        g, "inport == %s && eth.src == %s && %s", lflow_quote(g, localnet),
        mac, elsewhere);

    for (size_t i = 0; i < port->n_networks; i++) {
        const struct router_network *n = &port->networks[i];

        if (n->is_v6) {
            flow_emit(b, FLOW_LS_IN_EXTERNAL_PORT_DROP,
                      "%s && nd_ns && ip6.dst == {%s, %s} && "
                      "nd.target == %s" DO "drop;", from, n->ip,
                      n->solicited, n->ip);
        } else {
            flow_emit(b, FLOW_LS_IN_EXTERNAL_PORT_DROP,
                      "%s && arp.tpa == %s && arp.op == 1" DO "drop;", from,
                      n->ip);
        }
    }
    flow_emit(b, FLOW_LS_IN_EXTERNAL_PORT_DROP,
              "inport == %s && eth.src == %s && eth.dst == %s && %s" DO
              "drop;", lflow_quote(g, localnet), mac, port->mac, elsewhere);
}

void
switch_external(struct generate *g)
{
    const struct nb_logical_switch_port *lsp
        = nb_logical_switch_port_cast(g->row);
    const struct port_addresses *addresses;
    struct engine_members localnets, routers;
    const char *localnet, *router, *elsewhere;

    if (lsp->type != NB_LOGICAL_SWITCH_PORT_TYPE_EXTERNAL) {
        return;
    }
    addresses = lsp_addresses(g->reader, lsp->row.id);
    localnets = generate_members(g, RELATION_SWITCH_LOCALNETS, lsp->switch_,
                                 "");
    routers = generate_members(g, RELATION_SWITCH_ROUTER_PORTS, lsp->switch_,
                               "");
    elsewhere = generate_text(g, "!is_chassis_resident(%s)",
                              lflow_quote(g, lsp->row.id));
    ENGINE_MEMBERS_FOR_EACH (localnet, localnets) {
        ENGINE_MEMBERS_FOR_EACH (router, routers) {
            const struct router_port *port = router_port_read(g->reader,
                                                              router);
            const struct router *owner
                = port ? router_read(g->reader, port->router) : NULL;

            for (size_t i = 0; owner && owner->enabled
                               && i < addresses->n_macs; i++) {
                emit_drops(g, generate_switch_bundle(g, lsp->switch_),
                           localnet, addresses->macs[i].text, elsewhere,
                           port);
            }
        }
    }
}
