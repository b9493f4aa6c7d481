/* Answers ARP and ND requests for addresses that are known, so that they
 * need not be flooded. */
#include <config.h>

#include "translator/addresses.h"
#include "translator/bindings.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/traits.h"

static void
respond_arp(struct flow_bundle *b, const char *port, const char *mac,
            const char *ip)
{
    flow_emit(b, FLOW_LS_IN_ARP_RSP_REPLY,
              "arp.tpa == %s && arp.op == 1" DO ARP_REPLY_FOR("%s", "%s"),
              ip, mac, mac, ip);
    /* A port that asks for its own address looks for duplicates. */
    flow_emit(b, FLOW_LS_IN_ARP_RSP_SKIP,
              "arp.tpa == %s && arp.op == 1 && inport == %s" DO "next;",
              ip, port);
}

static void
respond_nd(struct flow_bundle *b, const char *port, const char *mac,
           const struct ip_address *ip, bool is_router)
{
    char multicast[INET6_ADDRSTRLEN];

    ip6_solicited_node(&ip->addr, multicast);
    flow_emit(b, FLOW_LS_IN_ARP_RSP_REPLY,
              "nd_ns && ip6.dst == {%s, %s} && nd.target == %s" DO
              "%s { eth.src = %s; ip6.src = %s; nd.target = %s; "
              "nd.tll = %s; outport = inport; flags.loopback = 1; "
              "output; };",
              ip->text, multicast, ip->text, is_router ? "nd_na_router"
              : "nd_na", mac, ip->text, ip->text, mac);
    flow_emit(b, FLOW_LS_IN_ARP_RSP_SKIP,
              "nd_ns && ip6.dst == {%s, %s} && nd.target == %s "
              "&& inport == %s" DO "next;",
              ip->text, multicast, ip->text, port);
}

/* Whether anybody but the port itself may answer for it. */
static bool
is_answered_for(struct generate *g,
                const struct nb_logical_switch_port *lsp,
                const struct port_addresses *addresses)
{
    if (lsp->type == NB_LOGICAL_SWITCH_PORT_TYPE_VIRTUAL
        || lsp->type == NB_LOGICAL_SWITCH_PORT_TYPE_EXTERNAL
        || addresses->has_unknown) {
        return false;
    }
    if (!MODEL_ROW_OPTION_BOOL(g->reader, nb_global, "global", "options",
                               "ignore_lsp_down", true)
        && lsp->type != NB_LOGICAL_SWITCH_PORT_TYPE_ROUTER
        && lsp->type != NB_LOGICAL_SWITCH_PORT_TYPE_LOCALPORT
        && !lsp_place(g->reader, lsp->row.id)->is_installed) {
        return false;
    }
    return !MODEL_ROW_OPTION_BOOL(g->reader, logical_switch, lsp->switch_,
                                  "other_config", "vlan-passthru", false);
}

void
switch_arp_responder(struct generate *g)
{
    const struct nb_logical_switch_port *lsp
        = nb_logical_switch_port_cast(g->row);
    const struct port_addresses *addresses = lsp_addresses(g->reader,
                                                           g->row->id);
    struct flow_bundle *b = generate_switch_bundle(g, lsp->switch_);
    const char *port = lflow_quote(g, g->row->id);
    bool is_router = lsp->type == NB_LOGICAL_SWITCH_PORT_TYPE_ROUTER;

    if (lsp->type == NB_LOGICAL_SWITCH_PORT_TYPE_LOCALNET) {
        /* Every hypervisor would answer. */
        flow_emit(b, FLOW_LS_IN_ARP_RSP_SKIP, "inport == %s" DO "next;",
                  port);
    }
    if (!is_answered_for(g, lsp, addresses)) {
        return;
    }
    for (size_t i = 0; i < addresses->n_macs; i++) {
        const struct mac_address *mac = &addresses->macs[i];

        for (size_t j = 0; j < mac->n_ips; j++) {
            if (!switch_port_owns(g, lsp, mac->ips[j].text)) {
                continue;
            } else if (mac->ips[j].is_ip6) {
                respond_nd(b, port, mac->text, &mac->ips[j], is_router);
            } else {
                respond_arp(b, port, mac->text, mac->ips[j].text);
            }
        }
    }
}
