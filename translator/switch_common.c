/* The flows that every switch has: what each stage does with packets that
 * nothing else concerns. */
#include <config.h>

#include "lflow/stages.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/registers.h"

/* Stages that just pass on. */
static const enum flow_class passing[] = {
    FLOW_LS_IN_LOOKUP_FDB_DEFAULT, FLOW_LS_IN_PUT_FDB_DEFAULT,
    FLOW_LS_IN_PRE_ACL_DEFAULT, FLOW_LS_IN_PRE_LB_DEFAULT,
    FLOW_LS_IN_PRE_STATEFUL_DEFAULT, FLOW_LS_IN_ACL_HINT_DEFAULT,
    FLOW_LS_IN_QOS_MARK_DEFAULT,
    FLOW_LS_IN_QOS_METER_DEFAULT, FLOW_LS_IN_LB_AFF_CHECK_DEFAULT,
    FLOW_LS_IN_LB_DEFAULT, FLOW_LS_IN_LB_AFF_LEARN_DEFAULT,
    FLOW_LS_IN_PRE_HAIRPIN_DEFAULT, FLOW_LS_IN_NAT_HAIRPIN_DEFAULT,
    FLOW_LS_IN_HAIRPIN_DEFAULT, FLOW_LS_IN_ACL_AFTER_LB_DEFAULT,
    FLOW_LS_IN_STATEFUL_DEFAULT, FLOW_LS_IN_ARP_RSP_DEFAULT,
    FLOW_LS_IN_DHCP_OPTIONS_DEFAULT, FLOW_LS_IN_DHCP_RESPONSE_DEFAULT,
    FLOW_LS_IN_DNS_LOOKUP_DEFAULT, FLOW_LS_IN_DNS_RESPONSE_DEFAULT,
    FLOW_LS_IN_EXTERNAL_PORT_DEFAULT,
    FLOW_LS_OUT_PRE_ACL_DEFAULT, FLOW_LS_OUT_PRE_LB_DEFAULT,
    FLOW_LS_OUT_PRE_STATEFUL_DEFAULT, FLOW_LS_OUT_ACL_HINT_DEFAULT,
    FLOW_LS_OUT_QOS_MARK_DEFAULT,
    FLOW_LS_OUT_QOS_METER_DEFAULT, FLOW_LS_OUT_STATEFUL_DEFAULT,
};

static void
port_security(struct flow_bundle *b)
{
    flow_emit(b, FLOW_LS_IN_CHECK_PORT_SEC_INVALID,
              "eth.src[40]" DO "drop;");
    flow_emit(b, FLOW_LS_IN_CHECK_PORT_SEC_DEFAULT,
              "1" DO REG_PORT_SEC_DROP " = check_in_port_sec(); next;");
    flow_emit(b, FLOW_LS_IN_APPLY_PORT_SEC_DROP,
              REG_PORT_SEC_DROP " == 1" DO "drop;");
    flow_emit(b, FLOW_LS_IN_APPLY_PORT_SEC_DEFAULT, "1" DO "next;");
    flow_emit(b, FLOW_LS_OUT_CHECK_PORT_SEC_MULTICAST,
              "eth.mcast" DO REG_PORT_SEC_DROP " = 0; next;");
    flow_emit(b, FLOW_LS_OUT_CHECK_PORT_SEC_DEFAULT,
              "1" DO REG_PORT_SEC_DROP " = check_out_port_sec(); next;");
    flow_emit(b, FLOW_LS_OUT_APPLY_PORT_SEC_DROP,
              REG_PORT_SEC_DROP " == 1" DO "drop;");
    flow_emit(b, FLOW_LS_OUT_APPLY_PORT_SEC_DEFAULT, "1" DO "output;");
}

void
switch_common(struct generate *g)
{
    struct flow_bundle *b = generate_common_bundle(g, "switch");

    port_security(b);
    for (size_t i = 0; i < sizeof passing / sizeof *passing; i++) {
        flow_emit(b, passing[i], "1" DO "next;");
    }
    flow_emit(b, FLOW_LS_IN_L2_LKUP_MULTICAST,
              "eth.mcast" DO "outport = \"_MC_flood\"; output;");
    flow_emit(b, FLOW_LS_IN_L2_LKUP_DEFAULT,
              "1" DO "outport = get_fdb(eth.dst); next;");
    flow_emit(b, FLOW_LS_IN_L2_UNKNOWN_DEFAULT, "1" DO "output;");
}
