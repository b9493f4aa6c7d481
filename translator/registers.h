/* Bits of the logical registers that the pipelines' stages tell each other
 * things with: one row for each, with where it lives and dies.  A test
 * refuses overlaps within a pipeline.
 *
 *     BIT(ID, "symbol", register, first bit, bits, pipelines, "from", "to",
 *         "purpose")
 *
 * 'pipelines' is "switch" or "router".  Generators write REG_<ID>, which is
 * the symbol as a string literal. */
#ifndef WEFT_TRANSLATOR_REGISTERS_H
#define WEFT_TRANSLATOR_REGISTERS_H 1

#define REG_CT_TRACK "reg0[0]"
#define REG_ACL_COMMIT "reg0[1]"
#define REG_CT_LB "reg0[2]"
#define REG_DHCP "reg0[3]"
#define REG_DNS "reg0[4]"
#define REG_ACL_MAY_COMMIT "reg0[7]"
#define REG_ACL_MAY_ALLOW "reg0[8]"
#define REG_ACL_MAY_DROP "reg0[9]"
#define REG_ACL_MAY_BLOCK "reg0[10]"
#define REG_ACL_LABEL "reg0[13]"
#define REG_ACL_ESTABLISHED "reg0[17]"
#define REG_ACL_STATELESS "reg0[16]"
#define REG_LABEL "reg3"
#define REG_FROM_VTEP "reg0[14]"
#define REG_PORT_SEC_DROP "reg0[15]"
#define REG_FDB_KNOWN "reg0[11]"
#define REG_HAIRPIN "reg0[6]"
#define REG_HAIRPIN_REPLY "reg0[12]"
#define REG_ORIG_IP4 "reg1"
#define REG_ORIG_PORT "reg2[0..15]"
#define REG_AFF_KNOWN "reg9[6]"
#define REG_AFF_PORT "reg8[0..15]"
#define REG_AFF_IP4 "reg4"

/* Those of IPv6 packets lie across others, as in OVN: where the packet was
 * sent, from ls_in_pre_stateful to ls_in_lb_aff_learn and the agents' hairpin
 * tables; and the backend of its session, from ls_in_lb_aff_check to
 * ls_in_lb. */
#define REG_ORIG_IP6 "xxreg1"
#define REG_AFF_IP6 "xxreg0"

#define PIPELINE_REGISTERS                                              \
    BIT(CT_TRACK, REG_CT_TRACK, 0, 0, 1, "switch",                      \
        "ls_in_pre_acl, ls_out_pre_acl",                                \
        "ls_in_pre_stateful, ls_out_pre_stateful",                      \
        "the packet goes through conntrack")                            \
    BIT(ACL_COMMIT, REG_ACL_COMMIT, 0, 1, 1, "switch",                  \
        "ls_in_acl, ls_out_acl",                                        \
        "ls_in_stateful, ls_out_stateful",                              \
        "the connection is committed")                                  \
    BIT(CT_LB, REG_CT_LB, 0, 2, 1, "switch",                            \
        "ls_in_pre_lb, ls_out_pre_lb",                                  \
        "ls_in_pre_stateful, ls_out_pre_stateful",                      \
        "conntrack with load balancing")                                \
    BIT(DHCP, REG_DHCP, 0, 3, 1, "switch",                              \
        "ls_in_dhcp_options",                                           \
        "ls_in_dhcp_response",                                          \
        "DHCP options were put")                                        \
    BIT(DNS, REG_DNS, 0, 4, 1, "switch",                                \
        "ls_in_dns_lookup",                                             \
        "ls_in_dns_response",                                           \
        "a DNS answer was put")                                         \
    BIT(ACL_MAY_COMMIT, REG_ACL_MAY_COMMIT, 0, 7, 1, "switch",          \
        "ls_in_acl_hint, ls_out_acl_hint",                              \
        "ls_in_acl, ls_out_acl",                                        \
        "an allowing ACL commits")                                      \
    BIT(ACL_MAY_ALLOW, REG_ACL_MAY_ALLOW, 0, 8, 1, "switch",            \
        "ls_in_acl_hint, ls_out_acl_hint",                              \
        "ls_in_acl, ls_out_acl",                                        \
        "an allowing ACL just passes")                                  \
    BIT(ACL_MAY_DROP, REG_ACL_MAY_DROP, 0, 9, 1, "switch",              \
        "ls_in_acl_hint, ls_out_acl_hint",                              \
        "ls_in_acl, ls_out_acl",                                        \
        "a dropping ACL just drops")                                    \
    BIT(ACL_MAY_BLOCK, REG_ACL_MAY_BLOCK, 0, 10, 1, "switch",           \
        "ls_in_acl_hint, ls_out_acl_hint",                              \
        "ls_in_acl, ls_out_acl",                                        \
        "a dropping ACL blocks the connection")                         \
    BIT(ACL_LABEL, REG_ACL_LABEL, 0, 13, 1, "switch",                   \
        "ls_in_acl, ls_out_acl",                                        \
        "ls_in_stateful, ls_out_stateful",                              \
        "the connection gets a label")                                  \
    BIT(ACL_STATELESS, REG_ACL_STATELESS, 0, 16, 1, "switch",            \
        "ls_in_pre_acl, ls_out_pre_acl",                                \
        "ls_in_pre_lb, ls_out_pre_lb",                                  \
        "a stateless ACL keeps the packet out of conntrack")            \
    BIT(ACL_ESTABLISHED, REG_ACL_ESTABLISHED, 0, 17, 1, "switch",       \
        "ls_in_acl",                                                    \
        "ls_in_acl_after_lb",                                           \
        "allowed as established")                                       \
    BIT(LABEL, REG_LABEL, 3, 0, 32, "switch",                           \
        "ls_in_acl, ls_out_acl",                                        \
        "ls_in_stateful, ls_out_stateful",                              \
        "the label of an ACL")                                          \
    BIT(FDB_KNOWN, REG_FDB_KNOWN, 0, 11, 1, "switch",                   \
        "ls_in_lookup_fdb", "ls_in_put_fdb",                            \
        "the source MAC is known on this port")                         \
    BIT(HAIRPIN, REG_HAIRPIN, 0, 6, 1, "switch",                        \
        "ls_in_pre_hairpin", "ls_in_nat_hairpin, ls_in_hairpin",        \
        "a backend reaches itself")                                     \
    BIT(HAIRPIN_REPLY, REG_HAIRPIN_REPLY, 0, 12, 1, "switch",           \
        "ls_in_pre_hairpin", "ls_in_nat_hairpin, ls_in_hairpin",        \
        "its answer to itself")                                         \
    BIT(ORIG_IP4, REG_ORIG_IP4, 1, 0, 32, "switch",                     \
        "ls_in_pre_stateful", "ls_in_lb_aff_learn",                     \
        "the virtual address that the packet was sent to")              \
    BIT(ORIG_PORT, REG_ORIG_PORT, 2, 0, 16, "switch",                   \
        "ls_in_pre_stateful", "ls_in_lb_aff_learn",                     \
        "the port that the packet was sent to")                         \
    BIT(AFF_KNOWN, REG_AFF_KNOWN, 9, 6, 1, "switch",                    \
        "ls_in_lb_aff_check", "ls_in_lb, ls_in_lb_aff_learn",           \
        "the client has a backend by affinity")                         \
    BIT(AFF_IP4, REG_AFF_IP4, 4, 0, 32, "switch",                       \
        "ls_in_lb_aff_check", "ls_in_lb",                               \
        "the address of that backend")                                  \
    BIT(AFF_PORT, REG_AFF_PORT, 8, 0, 16, "switch",                     \
        "ls_in_lb_aff_check", "ls_in_lb",                               \
        "the port of that backend")                                     \
    BIT(FROM_VTEP, REG_FROM_VTEP, 0, 14, 1, "switch",                   \
        "ls_in_check_port_sec", "ls_in_hairpin",                        \
        "the packet came from a VTEP gateway")                          \
    BIT(PORT_SEC_DROP, REG_PORT_SEC_DROP, 0, 15, 1, "switch",           \
        "ls_in_check_port_sec, ls_out_check_port_sec",                  \
        "ls_in_apply_port_sec, ls_out_apply_port_sec",                  \
        "port security refused the packet")

#endif
