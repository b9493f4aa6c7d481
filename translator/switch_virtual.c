/* Virtual ports: an address that moves among ports; who announces it by ARP
 * or ND has it (ovn-northd(8), "ARP/ND responder"). */
#include <config.h>

#include <string.h>

#include "openvswitch/util.h"
#include "translator/addresses.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "util.h"

/* 'parent' (quoted) announces 'ip', the address of 'port' (quoted). */
static void
bind_flow(struct flow_bundle *b, const char *port, const char *parent,
          const struct ip_address *ip)
{
    if (ip->is_ip6) {
        char multicast[INET6_ADDRSTRLEN];

        ip6_solicited_node(&ip->addr, multicast);
        flow_emit(b, FLOW_LS_IN_ARP_RSP_VIRTUAL,
                  "inport == %s && ((nd_ns && ip6.dst == {%s, %s} "
                  "&& nd.target == %s) || (nd_na && nd.target == %s))" DO
                  "bind_vport(%s, inport); next;",
                  parent, ip->text, multicast, ip->text, ip->text, port);
    } else {
        flow_emit(b, FLOW_LS_IN_ARP_RSP_VIRTUAL,
                  "inport == %s && ((arp.op == 1 && arp.spa == %s "
                  "&& arp.tpa == %s) || (arp.op == 2 && arp.spa == %s))" DO
                  "bind_vport(%s, inport); next;",
                  parent, ip->text, ip->text, ip->text, port);
    }
}

void
switch_virtual(struct generate *g)
{
    const struct nb_logical_switch_port *lsp
        = nb_logical_switch_port_cast(g->row);
    const char *virtual_ip = smap_get(&lsp->options, "virtual-ip");
    const char *parents = smap_get(&lsp->options, "virtual-parents");
    struct ip_address ip;

    if (lsp->type != NB_LOGICAL_SWITCH_PORT_TYPE_VIRTUAL || !parents
        || !virtual_ip || !ip_address_parse(&ip, virtual_ip)) {
        return;
    }
    struct flow_bundle *b = generate_switch_bundle(g, lsp->switch_);
    const char *port = lflow_quote(g, g->row->id);
    char *names = engine_keep(g->reader, xstrdup(parents)), *save = NULL;

    for (char *name = strtok_r(names, ",", &save); name;
         name = strtok_r(NULL, ",", &save)) {
        const struct nb_logical_switch_port *parent
            = MODEL_ROW(g->reader, logical_switch_port, name);

        if (!parent) {
            generate_waiting_for(g, "logical_switch_port", name);
        } else if (!strcmp(parent->switch_, lsp->switch_)) {
            bind_flow(b, port, lflow_quote(g, name), &ip);
        }
    }
}
