/* Forwarding groups: what is sent to the group's Ethernet address goes to one
 * of its ports (ovn-northd(8), "ARP/ND responder", "Destination Lookup"). */
#include <config.h>

#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/traits.h"

void
switch_forwarding_group(struct generate *g)
{
    const struct nb_forwarding_group *group
        = nb_forwarding_group_cast(g->row);
    struct flow_bundle *b = generate_switch_bundle(g, group->switch_);
    struct ds ports = DS_EMPTY_INITIALIZER;

    if (strchr(group->vip, ':')) {
        generate_error(g, "vip", "only IPv4 addresses are answered for");
        return;
    }
    for (size_t i = 0; i < group->child_port.n; i++) {
        const char *port = group->child_port.items[i];

        if (!MODEL_ROW_EXISTS(g->reader, logical_switch_port, port)) {
            generate_waiting_for(g, "logical_switch_port", port);
        }
        ds_put_format(&ports, "%s%s", i ? "," : "", lflow_quote(g, port));
    }
    flow_emit(b, FLOW_LS_IN_ARP_RSP_FORWARDING,
              "arp.tpa == %s && arp.op == 1" DO ARP_REPLY_FOR("%s", "%s"),
              group->vip, group->vmac, group->vmac, group->vip);
    flow_emit(b, FLOW_LS_IN_L2_LKUP_FORWARDING,
              "eth.dst == %s" DO "fwd_group(%schildports=%s);", group->vmac,
              group->liveness ? "liveness=\"true\"," : "", ds_cstr(&ports));
    ds_destroy(&ports);
}
