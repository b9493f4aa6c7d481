/* The logical pipelines: one row for every stage, in the order in which a
 * packet meets them.  The names, and so the numbers, are those of OVN 23.03
 * (ovn-northd(8), "Logical Flow Table Structure").
 *
 * A stage's number is its place in its list.  Its OpenFlow table is the
 * pipeline's first table (lflow/tables.h) plus its number.
 *
 *     STAGE(ID, "name", "what it is for")
 *
 * Adding a stage is adding a row; nothing else holds a stage number. */
#ifndef WEFT_LFLOW_STAGES_H
#define WEFT_LFLOW_STAGES_H 1

#include <stdbool.h>
#include <stdint.h>

/* Logical switch, ingress. */
#define LS_IN_STAGES                                                    \
    STAGE(LS_IN_CHECK_PORT_SEC, "ls_in_check_port_sec",                 \
          "drop what no port may send; ask the port security of inport") \
    STAGE(LS_IN_APPLY_PORT_SEC, "ls_in_apply_port_sec",                 \
          "drop what port security refused")                            \
    STAGE(LS_IN_LOOKUP_FDB, "ls_in_lookup_fdb",                         \
          "is the source MAC known on this port?")                      \
    STAGE(LS_IN_PUT_FDB, "ls_in_put_fdb",                               \
          "learn source MACs of ports with unknown addresses")          \
    STAGE(LS_IN_PRE_ACL, "ls_in_pre_acl",                               \
          "mark for conntrack what stateful ACLs need")                 \
    STAGE(LS_IN_PRE_LB, "ls_in_pre_lb",                                 \
          "mark for conntrack what load balancers need")                \
    STAGE(LS_IN_PRE_STATEFUL, "ls_in_pre_stateful",                     \
          "send what was marked through conntrack")                     \
    STAGE(LS_IN_ACL_HINT, "ls_in_acl_hint",                             \
          "boil the connection state down to hint bits")                \
    STAGE(LS_IN_ACL, "ls_in_acl", "from-lport ACLs")                    \
    STAGE(LS_IN_QOS_MARK, "ls_in_qos_mark", "set the DSCP")             \
    STAGE(LS_IN_QOS_METER, "ls_in_qos_meter", "limit bandwidth")        \
    STAGE(LS_IN_LB_AFF_CHECK, "ls_in_lb_aff_check",                     \
          "does a client already have a backend?")                      \
    STAGE(LS_IN_LB, "ls_in_lb", "load balancing")                       \
    STAGE(LS_IN_LB_AFF_LEARN, "ls_in_lb_aff_learn",                     \
          "remember a client's backend")                                \
    STAGE(LS_IN_PRE_HAIRPIN, "ls_in_pre_hairpin",                       \
          "is a backend talking to itself through its VIP?")            \
    STAGE(LS_IN_NAT_HAIRPIN, "ls_in_nat_hairpin",                       \
          "source NAT of hairpinned packets")                           \
    STAGE(LS_IN_HAIRPIN, "ls_in_hairpin",                               \
          "send hairpinned packets back where they came from")          \
    STAGE(LS_IN_ACL_AFTER_LB, "ls_in_acl_after_lb",                     \
          "from-lport ACLs that apply after load balancing")            \
    STAGE(LS_IN_STATEFUL, "ls_in_stateful", "commit connections")       \
    STAGE(LS_IN_ARP_RSP, "ls_in_arp_rsp", "answer ARP and ND requests") \
    STAGE(LS_IN_DHCP_OPTIONS, "ls_in_dhcp_options",                     \
          "put DHCP options into requests")                             \
    STAGE(LS_IN_DHCP_RESPONSE, "ls_in_dhcp_response",                   \
          "turn DHCP requests with options into replies")               \
    STAGE(LS_IN_DNS_LOOKUP, "ls_in_dns_lookup", "look DNS names up")    \
    STAGE(LS_IN_DNS_RESPONSE, "ls_in_dns_response",                     \
          "turn resolved DNS queries into replies")                     \
    STAGE(LS_IN_EXTERNAL_PORT, "ls_in_external_port",                   \
          "keep external ports to the chassis that serves them")        \
    STAGE(LS_IN_L2_LKUP, "ls_in_l2_lkup",                               \
          "choose outport by destination MAC")                          \
    STAGE(LS_IN_L2_UNKNOWN, "ls_in_l2_unknown",                         \
          "what becomes of unknown destinations")

/* Logical switch, egress. */
#define LS_OUT_STAGES                                                   \
    STAGE(LS_OUT_PRE_ACL, "ls_out_pre_acl",                             \
          "mark for conntrack what stateful ACLs need")                 \
    STAGE(LS_OUT_PRE_LB, "ls_out_pre_lb",                               \
          "mark for conntrack what load balancers need")                \
    STAGE(LS_OUT_PRE_STATEFUL, "ls_out_pre_stateful",                   \
          "send what was marked through conntrack")                     \
    STAGE(LS_OUT_ACL_HINT, "ls_out_acl_hint",                           \
          "boil the connection state down to hint bits")                \
    STAGE(LS_OUT_ACL, "ls_out_acl", "to-lport ACLs")                    \
    STAGE(LS_OUT_QOS_MARK, "ls_out_qos_mark", "set the DSCP")           \
    STAGE(LS_OUT_QOS_METER, "ls_out_qos_meter", "limit bandwidth")      \
    STAGE(LS_OUT_STATEFUL, "ls_out_stateful", "commit connections")     \
    STAGE(LS_OUT_CHECK_PORT_SEC, "ls_out_check_port_sec",               \
          "ask the port security of outport")                           \
    STAGE(LS_OUT_APPLY_PORT_SEC, "ls_out_apply_port_sec",               \
          "drop what port security refused, output the rest")

/* Logical router, ingress. */
#define LR_IN_STAGES                                                    \
    STAGE(LR_IN_ADMISSION, "lr_in_admission",                           \
          "accept what is addressed to the router's MACs")              \
    STAGE(LR_IN_LOOKUP_NEIGHBOR, "lr_in_lookup_neighbor",               \
          "is the sender of this ARP or ND packet known?")              \
    STAGE(LR_IN_LEARN_NEIGHBOR, "lr_in_learn_neighbor",                 \
          "learn neighbours from ARP and ND")                           \
    STAGE(LR_IN_IP_INPUT, "lr_in_ip_input",                             \
          "what is for the router itself: ARP, ND, ICMP; bad packets")  \
    STAGE(LR_IN_UNSNAT, "lr_in_unsnat",                                 \
          "undo source NAT of replies from outside")                    \
    STAGE(LR_IN_DEFRAG, "lr_in_defrag",                                 \
          "send to conntrack, to defragment, what load balancers need") \
    STAGE(LR_IN_LB_AFF_CHECK, "lr_in_lb_aff_check",                     \
          "does a client already have a backend?")                      \
    STAGE(LR_IN_DNAT, "lr_in_dnat",                                     \
          "destination NAT and load balancing")                         \
    STAGE(LR_IN_LB_AFF_LEARN, "lr_in_lb_aff_learn",                     \
          "remember a client's backend")                                \
    STAGE(LR_IN_ECMP_STATEFUL, "lr_in_ecmp_stateful",                   \
          "remember the next hop of symmetric ECMP replies")            \
    STAGE(LR_IN_ND_RA_OPTIONS, "lr_in_nd_ra_options",                   \
          "put options into IPv6 router solicitations")                 \
    STAGE(LR_IN_ND_RA_RESPONSE, "lr_in_nd_ra_response",                 \
          "turn router solicitations into advertisements")              \
    STAGE(LR_IN_IP_ROUTING_PRE, "lr_in_ip_routing_pre",                 \
          "choose the route table")                                     \
    STAGE(LR_IN_IP_ROUTING, "lr_in_ip_routing",                         \
          "longest-prefix match: next hop and outport")                 \
    STAGE(LR_IN_IP_ROUTING_ECMP, "lr_in_ip_routing_ecmp",               \
          "next hop of the chosen member of an ECMP route")             \
    STAGE(LR_IN_POLICY, "lr_in_policy", "routing policies")             \
    STAGE(LR_IN_POLICY_ECMP, "lr_in_policy_ecmp",                       \
          "next hop of the chosen member of an ECMP policy")            \
    STAGE(LR_IN_ARP_RESOLVE, "lr_in_arp_resolve",                       \
          "destination MAC of the next hop")                            \
    STAGE(LR_IN_CHK_PKT_LEN, "lr_in_chk_pkt_len",                       \
          "is the packet larger than the gateway MTU?")                 \
    STAGE(LR_IN_LARGER_PKTS, "lr_in_larger_pkts",                       \
          "answer too large packets with ICMP")                         \
    STAGE(LR_IN_GW_REDIRECT, "lr_in_gw_redirect",                       \
          "redirect to the gateway chassis")                            \
    STAGE(LR_IN_ARP_REQUEST, "lr_in_arp_request",                       \
          "ask for unknown MACs, output the rest")

/* Logical router, egress. */
#define LR_OUT_STAGES                                                   \
    STAGE(LR_OUT_CHECK_DNAT_LOCAL, "lr_out_chk_dnat_local",             \
          "was the packet DNATed on this router?")                      \
    STAGE(LR_OUT_UNDNAT, "lr_out_undnat",                               \
          "undo destination NAT of replies")                            \
    STAGE(LR_OUT_POST_UNDNAT, "lr_out_post_undnat",                     \
          "commit what was un-DNATed")                                  \
    STAGE(LR_OUT_SNAT, "lr_out_snat", "source NAT")                     \
    STAGE(LR_OUT_POST_SNAT, "lr_out_post_snat",                         \
          "what follows source NAT")                                    \
    STAGE(LR_OUT_EGR_LOOP, "lr_out_egr_loop",                           \
          "loop back what is for this router's own NAT addresses")      \
    STAGE(LR_OUT_DELIVERY, "lr_out_delivery", "output")

/* The four pipelines. */
enum pipeline {
    PIPELINE_LS_IN,
    PIPELINE_LS_OUT,
    PIPELINE_LR_IN,
    PIPELINE_LR_OUT,
    N_PIPELINES
};

/* STAGE_LS_IN_CHECK_PORT_SEC and so on: every stage of every pipeline. */
enum stage_id {
#define STAGE(ID, NAME, PURPOSE) STAGE_##ID,
    LS_IN_STAGES
    LS_OUT_STAGES
    LR_IN_STAGES
    LR_OUT_STAGES
#undef STAGE
    N_STAGES
};

/* A stage; all of it constant. */
struct stage {
    enum stage_id id;           /* Its own index in stages[]. */
    enum pipeline pipeline;     /* Whose stage it is. */
    uint8_t number;             /* 0 and up within the pipeline: OVN's
                                 * "table=N" of ovn-sbctl lflow-list. */
    const char *name;           /* "ls_in_acl". */
    const char *purpose;        /* One line for people. */
};

extern const struct stage stages[N_STAGES];

/* The stage of that name, or NULL. */
const struct stage *stage_by_name(const char *name);

/* Stage 'number' of 'pipeline', or NULL when it has not so many. */
const struct stage *stage_by_number(enum pipeline pipeline,
                                    unsigned int number);

/* How many stages 'pipeline' has. */
unsigned int pipeline_n_stages(enum pipeline pipeline);

/* True for the two ingress (router) pipelines. */
bool pipeline_is_ingress(enum pipeline pipeline);
bool pipeline_is_router(enum pipeline pipeline);

/* "switch ingress" and so on; a static string. */
const char *pipeline_name(enum pipeline pipeline);

/* The OpenFlow table where the flows of 'stage' lie: 8 and up for ingress,
 * 42 and up for egress (lflow/tables.h). */
uint8_t stage_to_table(const struct stage *stage);

#endif
