/* Flows that every router has, whatever its ports. */
#include <config.h>

#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/router_registers.h"

/* Stages in which a router does nothing unless somebody says otherwise. */
static const enum flow_class pass_on[] = {
    FLOW_LR_IN_IP_INPUT_DEFAULT,
    FLOW_LR_IN_UNSNAT_DEFAULT,
    FLOW_LR_IN_DEFRAG_DEFAULT,
    FLOW_LR_IN_LB_AFF_CHECK_DEFAULT,
    FLOW_LR_IN_DNAT_DEFAULT,
    FLOW_LR_IN_LB_AFF_LEARN_DEFAULT,
    FLOW_LR_IN_ECMP_STATEFUL_DEFAULT,
    FLOW_LR_IN_ND_RA_OPTIONS_DEFAULT,
    FLOW_LR_IN_ND_RA_RESPONSE_DEFAULT,
    FLOW_LR_IN_CHK_PKT_LEN_DEFAULT,
    FLOW_LR_IN_LARGER_PKTS_DEFAULT,
    FLOW_LR_IN_GW_REDIRECT_DEFAULT,
    FLOW_LR_OUT_UNDNAT_DEFAULT,
    FLOW_LR_OUT_POST_UNDNAT_DEFAULT,
    FLOW_LR_OUT_SNAT_DEFAULT,
    FLOW_LR_OUT_POST_SNAT_DEFAULT,
    FLOW_LR_OUT_EGR_LOOP_DEFAULT,
};

/* Stages in which what nobody wants is dropped. */
static const enum flow_class drop[] = {
    FLOW_LR_IN_ADMISSION_DROP,
    FLOW_LR_IN_LEARN_NEIGHBOR_DROP,
    FLOW_LR_IN_IP_ROUTING_DROP,
    FLOW_LR_IN_IP_ROUTING_ECMP_DROP,
    FLOW_LR_IN_POLICY_ECMP_DROP,
    FLOW_LR_IN_ARP_RESOLVE_DROP,
    FLOW_LR_OUT_DELIVERY_DROP,
};

static void
emit_learning(struct flow_bundle *b)
{
    flow_emit(b, FLOW_LR_IN_LOOKUP_NEIGHBOR_SKIP,
              "1" DO R_NEIGHBOUR_KNOWN " = 1; next;");
    flow_emit(b, FLOW_LR_IN_LEARN_NEIGHBOR_ODD,
              "nd_ns && (ip6.src == 0 || nd.sll == 0)" DO "next;");
    flow_emit(b, FLOW_LR_IN_LEARN_NEIGHBOR_ODD,
              "nd_na && nd.tll == 0" DO
              "put_nd(inport, nd.target, eth.src); next;");
    flow_emit(b, FLOW_LR_IN_LEARN_NEIGHBOR_PUT,
              "arp" DO "put_arp(inport, arp.spa, arp.sha); next;");
    flow_emit(b, FLOW_LR_IN_LEARN_NEIGHBOR_PUT,
              "nd_na" DO "put_nd(inport, nd.target, nd.tll); next;");
    flow_emit(b, FLOW_LR_IN_LEARN_NEIGHBOR_PUT,
              "nd_ns" DO "put_nd(inport, ip6.src, nd.sll); next;");
}

static void
emit_ip_input(struct flow_bundle *b)
{
    flow_emit(b, FLOW_LR_IN_IP_INPUT_BAD,
              "ip4.src_mcast || ip4.src == 255.255.255.255 || "
              "ip4.src == 127.0.0.0/8 || ip4.dst == 127.0.0.0/8 || "
              "ip4.src == 0.0.0.0/8 || ip4.dst == 0.0.0.0/8" DO "drop;");
    flow_emit(b, FLOW_LR_IN_IP_INPUT_ARP_DROP, "arp || nd" DO "drop;");
    flow_emit(b, FLOW_LR_IN_IP_INPUT_ROUTER_DISCOVERY,
              "nd_rs || nd_ra" DO "next;");
    flow_emit(b, FLOW_LR_IN_IP_INPUT_RESERVED,
              "ip6.mcast_rsvd" DO "drop;");
    flow_emit(b, FLOW_LR_IN_IP_INPUT_BROADCAST, "eth.bcast" DO "drop;");
    flow_emit(b, FLOW_LR_IN_IP_INPUT_TTL_MULTICAST,
              "ip.ttl == {0, 1} && !ip.later_frag && "
              "(ip4.mcast || ip6.mcast)" DO "drop;");
    flow_emit(b, FLOW_LR_IN_IP_INPUT_TTL_DROP,
              "ip.ttl == {0, 1}" DO "drop;");
}

static void
emit_routing(struct flow_bundle *b)
{
    flow_emit(b, FLOW_LR_IN_IP_ROUTING_PRE_MAIN,
              "1" DO R_ROUTE_TABLE " = 0; next;");
    flow_emit(b, FLOW_LR_IN_IP_ROUTING_DISCOVERY,
              "nd_rs || nd_ra" DO "drop;");
    flow_emit(b, FLOW_LR_IN_IP_ROUTING_ECMP_NONE,
              R_ECMP_GROUP " == 0" DO "next;");
    flow_emit(b, FLOW_LR_IN_POLICY_DEFAULT,
              "1" DO R_ECMP_GROUP " = 0; next;");
    flow_emit(b, FLOW_LR_IN_POLICY_ECMP_NONE,
              R_ECMP_GROUP " == 0" DO "next;");
}

static void
emit_resolving(struct flow_bundle *b)
{
    flow_emit(b, FLOW_LR_IN_ARP_RESOLVE_MULTICAST,
              "ip4.mcast || ip6.mcast" DO "next;");
    flow_emit(b, FLOW_LR_IN_ARP_RESOLVE_LEARNED,
              "ip4" DO "get_arp(outport, " R_NEXT_HOP4 "); next;");
    flow_emit(b, FLOW_LR_IN_ARP_RESOLVE_LEARNED,
              "ip6" DO "get_nd(outport, " R_NEXT_HOP6 "); next;");
    flow_emit(b, FLOW_LR_IN_ARP_REQUEST_ASK,
              "eth.dst == 00:00:00:00:00:00 && ip4" DO
              "arp { eth.dst = ff:ff:ff:ff:ff:ff; arp.spa = " R_SOURCE4 "; "
              "arp.tpa = " R_NEXT_HOP4 "; arp.op = 1; output; };");
    flow_emit(b, FLOW_LR_IN_ARP_REQUEST_ASK,
              "eth.dst == 00:00:00:00:00:00 && ip6" DO
              "nd_ns { nd.target = " R_NEXT_HOP6 "; output; };");
    flow_emit(b, FLOW_LR_IN_ARP_REQUEST_OUTPUT, "1" DO "output;");
}

void
router_common(struct generate *g)
{
    struct flow_bundle *b = generate_common_bundle(g, "router");

    for (size_t i = 0; i < sizeof pass_on / sizeof pass_on[0]; i++) {
        flow_emit(b, pass_on[i], "1" DO "next;");
    }
    for (size_t i = 0; i < sizeof drop / sizeof drop[0]; i++) {
        flow_emit(b, drop[i], "1" DO "drop;");
    }
    flow_emit(b, FLOW_LR_IN_ADMISSION_BAD,
              "vlan.present || eth.src[40]" DO "drop;");
    emit_learning(b);
    emit_ip_input(b);
    emit_routing(b);
    emit_resolving(b);
    flow_emit(b, FLOW_LR_OUT_CHECK_DNAT_LOCAL_DEFAULT,
              "1" DO R_DNAT_LOCAL " = 0; next;");
    flow_emit(b, FLOW_LR_OUT_SNAT_ND, "nd_ns" DO "next;");
}
