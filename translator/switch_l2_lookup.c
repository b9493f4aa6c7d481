/* Whose an address is, and which port a known Ethernet address is behind. */
#include <config.h>

#include <string.h>

#include "translator/addresses.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/router.h"

bool
switch_port_owns(struct generate *g,
                 const struct nb_logical_switch_port *lsp,
                 const char *address)
{
    struct engine_members ports = generate_members(
        g, RELATION_SWITCH_ADDRESSES, lsp->switch_, address);

    if (!ports.n || !strcmp(ports.items[0], g->row->id)) {
        return true;
    }
    generate_error(g, "addresses", "%s is the address of port %s", address,
                   ports.items[0]);
    return false;
}

/* A distributed gateway port is there only on its gateway chassis; in a
 * switch without a localnet port that need not be said, since the router
 * redirects. */
static const char *
router_side(struct generate *g, const struct nb_logical_switch_port *lsp)
{
    const char *peer = smap_get(&lsp->options, "router-port");
    const struct router_port *router_port
        = lsp->type == NB_LOGICAL_SWITCH_PORT_TYPE_ROUTER && peer
          ? router_port_read(g->reader, peer) : NULL;

    return router_port
           ? router_port_resident_at_localnet(g->reader, router_port,
                                              lsp->switch_) : "";
}

void
switch_l2_lookup(struct generate *g)
{
    const struct nb_logical_switch_port *lsp
        = nb_logical_switch_port_cast(g->row);
    const struct port_addresses *addresses = lsp_addresses(g->reader,
                                                           g->row->id);
    struct flow_bundle *b = generate_switch_bundle(g, lsp->switch_);
    const char *port = lflow_quote(g, g->row->id);
    /* Of "router"; an address that is spelt out is here everywhere. */
    const char *where = addresses->is_router ? router_side(g, lsp) : "";

    /* An external host is found as what is unknown is: out there. */
    for (size_t i = 0; i < addresses->n_macs; i++) {
        for (size_t j = 0; j < addresses->macs[i].n_ips; j++) {
            switch_port_owns(g, lsp, addresses->macs[i].ips[j].text);
        }
    }
    for (size_t i = 0; i < addresses->n_macs
                       && lsp->type != NB_LOGICAL_SWITCH_PORT_TYPE_EXTERNAL;
         i++) {
        const char *mac = addresses->macs[i].text;

        if (!switch_port_owns(g, lsp, mac)) {
            continue;
        } else if (lsp->enabled) {
            flow_emit(b, FLOW_LS_IN_L2_LKUP_UNICAST,
                      "eth.dst == %s%s" DO "outport = %s; output;", mac,
                      where, port);
        } else {
            flow_emit(b, FLOW_LS_IN_L2_LKUP_UNICAST,
                      "eth.dst == %s" DO "drop;", mac);
        }
    }
    if (!lsp->enabled) {
        flow_emit(b, FLOW_LS_IN_L2_UNKNOWN_DISABLED,
                  "outport == %s" DO "drop;", port);
    }
}
