/* QoS rules of switches: what is marked, what is limited (ovn-northd(8), "QoS
 * Marking", "QoS Meter"). */
#include <config.h>

#include "translator/generate.h"
#include "translator/generators.h"

void
switch_qos(struct generate *g)
{
    const struct nb_qos *qos = nb_qos_cast(g->row);
    bool is_ingress = qos->direction == NB_QOS_DIRECTION_FROM_LPORT;
    struct flow_bundle *b = generate_switch_bundle(g, qos->switch_);
    const char *dscp = smap_get(&qos->action, "dscp");
    const char *rate = smap_get(&qos->bandwidth, "rate");
    const char *burst = smap_get(&qos->bandwidth, "burst");

    if (!match_is_good(g, qos->match)) {
        return;
    }
    if (dscp) {
        flow_emit_at(b, is_ingress ? FLOW_LS_IN_QOS_MARK_RULE
                     : FLOW_LS_OUT_QOS_MARK_RULE, qos->priority,
                     "%s" DO "ip.dscp = %s; next;", qos->match, dscp);
    }
    if (rate) {
        flow_emit_at(b, is_ingress ? FLOW_LS_IN_QOS_METER_RULE
                     : FLOW_LS_OUT_QOS_METER_RULE, qos->priority,
                     "%s" DO "set_meter(%s%s%s); next;", qos->match,
                     rate, burst ? ", " : "", burst ? burst : "");
    }
}
