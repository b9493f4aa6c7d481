/* Classes of the flows of logical switches (flows.h). */
#ifndef WEFT_TRANSLATOR_FLOWS_SWITCH_H
#define WEFT_TRANSLATOR_FLOWS_SWITCH_H 1

#define SWITCH_FLOWS                                                    \
    FLOW(LS_IN_CHECK_PORT_SEC_DISABLED, LS_IN_CHECK_PORT_SEC, 100,      \
         "drops what a disabled port sends")                            \
    FLOW(LS_IN_CHECK_PORT_SEC_INVALID, LS_IN_CHECK_PORT_SEC, 100,       \
         "drops multicast source addresses and VLAN tags")              \
    FLOW(LS_IN_CHECK_PORT_SEC_QUEUE, LS_IN_CHECK_PORT_SEC, 70,          \
         "puts what a port sends in its queue")                         \
    FLOW(LS_IN_CHECK_PORT_SEC_VTEP, LS_IN_CHECK_PORT_SEC, 70,           \
         "takes packets of a VTEP gateway past most stages")            \
    FLOW(LS_IN_CHECK_PORT_SEC_DEFAULT, LS_IN_CHECK_PORT_SEC, 50,        \
         "asks the port security of inport")                            \
    FLOW(LS_IN_APPLY_PORT_SEC_DROP, LS_IN_APPLY_PORT_SEC, 50,           \
         "drops what port security refused")                            \
    FLOW(LS_IN_APPLY_PORT_SEC_DEFAULT, LS_IN_APPLY_PORT_SEC, 0,         \
         "lets the rest go on")                                         \
    FLOW(LS_IN_LOOKUP_FDB_PORT, LS_IN_LOOKUP_FDB, 100,                  \
         "looks up whether a learning port's MAC is known")             \
    FLOW(LS_IN_LOOKUP_FDB_DEFAULT, LS_IN_LOOKUP_FDB, 0,                 \
         "other ports do not learn")                                    \
    FLOW(LS_IN_PUT_FDB_PORT, LS_IN_PUT_FDB, 100,                        \
         "learns a MAC that is not known")                              \
    FLOW(LS_IN_PUT_FDB_DEFAULT, LS_IN_PUT_FDB, 0, "nothing to learn")   \
    FLOW(LS_IN_PRE_ACL_STATELESS, LS_IN_PRE_ACL, 1000,                  \
         "stateless ACLs keep packets out of conntrack (their "         \
         "priority)")                                                   \
    FLOW(LS_IN_PRE_ACL_SKIP, LS_IN_PRE_ACL, 110,                        \
         "what stateful ACLs never track: multicast, ND, routers, "     \
         "localnet")                                                    \
    FLOW(LS_IN_PRE_ACL_TRACK, LS_IN_PRE_ACL, 100,                       \
         "IP goes through conntrack for stateful ACLs")                 \
    FLOW(LS_IN_PRE_ACL_DEFAULT, LS_IN_PRE_ACL, 0, "no stateful ACL")    \
    FLOW(LS_IN_PRE_LB_SKIP, LS_IN_PRE_LB, 110,                          \
         "what load balancers never track")                             \
    FLOW(LS_IN_PRE_LB_TRACK, LS_IN_PRE_LB, 100,                         \
         "IP goes through conntrack for load balancers")                \
    FLOW(LS_IN_PRE_LB_DEFAULT, LS_IN_PRE_LB, 0, "no load balancer")     \
    FLOW(LS_IN_PRE_STATEFUL_VIP, LS_IN_PRE_STATEFUL, 120,               \
         "remembers the virtual address, before conntrack changes it")  \
    FLOW(LS_IN_PRE_STATEFUL_LB, LS_IN_PRE_STATEFUL, 110,                \
         "through conntrack and load balancing")                        \
    FLOW(LS_IN_PRE_STATEFUL_ACL, LS_IN_PRE_STATEFUL, 100,               \
         "through conntrack")                                           \
    FLOW(LS_IN_PRE_STATEFUL_DEFAULT, LS_IN_PRE_STATEFUL, 0,             \
         "not marked for conntrack")                                    \
    FLOW(LS_IN_ACL_HINT_NEW, LS_IN_ACL_HINT, 7, "a new connection")     \
    FLOW(LS_IN_ACL_HINT_REVIVE, LS_IN_ACL_HINT, 6,                      \
         "an established connection that was blocked")                  \
    FLOW(LS_IN_ACL_HINT_UNTRACKED, LS_IN_ACL_HINT, 5, "not tracked")    \
    FLOW(LS_IN_ACL_HINT_ESTABLISHED, LS_IN_ACL_HINT, 4,                 \
         "an established connection, request direction")                \
    FLOW(LS_IN_ACL_HINT_NOT_ESTABLISHED, LS_IN_ACL_HINT, 3,             \
         "anything not established")                                    \
    FLOW(LS_IN_ACL_HINT_BLOCKED, LS_IN_ACL_HINT, 2,                     \
         "established and blocked")                                     \
    FLOW(LS_IN_ACL_HINT_ALLOWED, LS_IN_ACL_HINT, 1,                     \
         "established and allowed")                                     \
    FLOW(LS_IN_ACL_HINT_DEFAULT, LS_IN_ACL_HINT, 0, "no stateful ACL")  \
    FLOW(LS_IN_ACL_NONE, LS_IN_ACL, 65535,                              \
         "a switch without ACLs lets pass what others drop by default")  \
    FLOW(LS_IN_ACL_LOG_RELATED, LS_IN_ACL, 65533,                       \
         "log the answers to connections of an ACL")                    \
    FLOW(LS_IN_ACL_ESTABLISHED, LS_IN_ACL, 65532,                       \
         "replies and related packets of allowed connections, ND; "     \
         "invalid ones are dropped")                                    \
    FLOW(LS_IN_ACL_SERVICE, LS_IN_ACL, 34000,                           \
         "answers of the network itself")                               \
    FLOW(LS_IN_ACL_RULE, LS_IN_ACL, 1000,                               \
         "an ACL (its priority and 1000)")                              \
    FLOW(LS_IN_ACL_COMMIT, LS_IN_ACL, 1,                                \
         "commit what no ACL has matched")                              \
    FLOW(LS_IN_ACL_DEFAULT, LS_IN_ACL, 0, "no ACL matched")             \
    FLOW(LS_IN_QOS_MARK_RULE, LS_IN_QOS_MARK, 1,                        \
         "sets the DSCP; the priority is the rule's")                   \
    FLOW(LS_IN_QOS_MARK_DEFAULT, LS_IN_QOS_MARK, 0, "no mark")          \
    FLOW(LS_IN_QOS_METER_RULE, LS_IN_QOS_METER, 1,                      \
         "limits bandwidth; the priority is the rule's")                \
    FLOW(LS_IN_QOS_METER_DEFAULT, LS_IN_QOS_METER, 0, "no limit")       \
    FLOW(LS_IN_LB_AFF_CHECK_VIP, LS_IN_LB_AFF_CHECK, 100,               \
         "asks for the client's backend")                               \
    FLOW(LS_IN_LB_AFF_CHECK_DEFAULT, LS_IN_LB_AFF_CHECK, 0,             \
         "no affinity")                                                 \
    FLOW(LS_IN_LB_AFFINITY, LS_IN_LB, 150,                              \
         "a client that has a backend stays with it")                   \
    FLOW(LS_IN_LB_VIP_PORT, LS_IN_LB, 120,                              \
         "chooses a backend of a virtual address and port")             \
    FLOW(LS_IN_LB_VIP, LS_IN_LB, 110,                                   \
         "chooses a backend of a virtual address")                      \
    FLOW(LS_IN_LB_DEFAULT, LS_IN_LB, 0, "no load balancer")             \
    FLOW(LS_IN_LB_AFF_LEARN_BACKEND, LS_IN_LB_AFF_LEARN, 100,           \
         "remembers the client's backend")                              \
    FLOW(LS_IN_LB_AFF_LEARN_DEFAULT, LS_IN_LB_AFF_LEARN, 0,             \
         "no affinity")                                                 \
    FLOW(LS_IN_PRE_HAIRPIN_CHECK, LS_IN_PRE_HAIRPIN, 100,               \
         "asks whether a backend reaches itself")                       \
    FLOW(LS_IN_PRE_HAIRPIN_DEFAULT, LS_IN_PRE_HAIRPIN, 0,               \
         "no load balancer")                                            \
    FLOW(LS_IN_NAT_HAIRPIN_REQUEST, LS_IN_NAT_HAIRPIN, 100,             \
         "a backend that reaches itself does so from the virtual "      \
         "address")                                                     \
    FLOW(LS_IN_NAT_HAIRPIN_REPLY, LS_IN_NAT_HAIRPIN, 90,                \
         "and undoes it in the answer")                                 \
    FLOW(LS_IN_NAT_HAIRPIN_DEFAULT, LS_IN_NAT_HAIRPIN, 0,               \
         "not hairpinned")                                              \
    FLOW(LS_IN_HAIRPIN_VTEP_GATEWAY, LS_IN_HAIRPIN, 2000,               \
         "takes packets of a VTEP gateway through the other stages "    \
         "where a gateway port is")                                     \
    FLOW(LS_IN_HAIRPIN_VTEP, LS_IN_HAIRPIN, 1000,                       \
         "takes packets of a VTEP gateway to the lookup")               \
    FLOW(LS_IN_HAIRPIN_LOOP, LS_IN_HAIRPIN, 1,                          \
         "sends back what a backend sends to itself")                   \
    FLOW(LS_IN_HAIRPIN_DEFAULT, LS_IN_HAIRPIN, 0, "not hairpinned")     \
    FLOW(LS_IN_ACL_AFTER_LB_ESTABLISHED, LS_IN_ACL_AFTER_LB, 65532,     \
         "what the first ACL stage has let pass as established")        \
    FLOW(LS_IN_ACL_AFTER_LB_RULE, LS_IN_ACL_AFTER_LB, 1000,             \
         "an ACL with apply-after-lb (its priority and 1000)")          \
    FLOW(LS_IN_ACL_AFTER_LB_DEFAULT, LS_IN_ACL_AFTER_LB, 0,             \
         "no ACL matched")                                              \
    FLOW(LS_IN_STATEFUL_COMMIT, LS_IN_STATEFUL, 100,                    \
         "commit the connection")                                       \
    FLOW(LS_IN_STATEFUL_DEFAULT, LS_IN_STATEFUL, 0,                     \
         "nothing to commit")                                           \
    FLOW(LS_IN_ARP_RSP_SERVICE, LS_IN_ARP_RSP, 110,                     \
         "answers for the address that checks of services come from")   \
    FLOW(LS_IN_ARP_RSP_SKIP, LS_IN_ARP_RSP, 100,                        \
         "lets requests pass that must not be answered here")           \
    FLOW(LS_IN_ARP_RSP_VIRTUAL, LS_IN_ARP_RSP, 100,                     \
         "notices which port has the address of a virtual port")        \
    FLOW(LS_IN_ARP_RSP_PROXY, LS_IN_ARP_RSP, 50,                        \
         "answers ARP for what a router port is a proxy of")            \
    FLOW(LS_IN_ARP_RSP_REPLY, LS_IN_ARP_RSP, 50,                        \
         "answers ARP and ND requests for known addresses")             \
    FLOW(LS_IN_ARP_RSP_FORWARDING, LS_IN_ARP_RSP, 50,                   \
         "answers ARP for the address of a forwarding group")           \
    FLOW(LS_IN_ARP_RSP_DEFAULT, LS_IN_ARP_RSP, 0, "nothing to answer")  \
    FLOW(LS_IN_DHCP_OPTIONS_PUT, LS_IN_DHCP_OPTIONS, 100,               \
         "put DHCP options into a port's requests")                     \
    FLOW(LS_IN_DHCP_OPTIONS_DEFAULT, LS_IN_DHCP_OPTIONS, 0,             \
         "no DHCP request")                                             \
    FLOW(LS_IN_DHCP_RESPONSE_SEND, LS_IN_DHCP_RESPONSE, 100,            \
         "send the reply that the options made")                        \
    FLOW(LS_IN_DHCP_RESPONSE_DEFAULT, LS_IN_DHCP_RESPONSE, 0,           \
         "no DHCP options were put")                                    \
    FLOW(LS_IN_DNS_LOOKUP_QUERY, LS_IN_DNS_LOOKUP, 100,                 \
         "look names up")                                               \
    FLOW(LS_IN_DNS_LOOKUP_DEFAULT, LS_IN_DNS_LOOKUP, 0, "no DNS query") \
    FLOW(LS_IN_DNS_RESPONSE_SEND, LS_IN_DNS_RESPONSE, 100,              \
         "send the answer")                                             \
    FLOW(LS_IN_DNS_RESPONSE_DEFAULT, LS_IN_DNS_RESPONSE, 0,             \
         "no DNS answer")                                               \
    FLOW(LS_IN_EXTERNAL_PORT_DROP, LS_IN_EXTERNAL_PORT, 100,            \
         "another chassis serves this external port")                   \
    FLOW(LS_IN_EXTERNAL_PORT_DEFAULT, LS_IN_EXTERNAL_PORT, 0,           \
         "no external port")                                            \
    FLOW(LS_IN_L2_LKUP_SERVICE, LS_IN_L2_LKUP, 110,                     \
         "answers to checks of services go to the agent")               \
    FLOW(LS_IN_L2_LKUP_SNOOP, LS_IN_L2_LKUP, 100,                       \
         "IGMP and MLD go to the agent, which learns from them")        \
    FLOW(LS_IN_L2_LKUP_GROUP, LS_IN_L2_LKUP, 90,                        \
         "sends to the ports that asked for the group")                 \
    FLOW(LS_IN_L2_LKUP_RESERVED, LS_IN_L2_LKUP, 85,                     \
         "floods multicast that is never asked for")                    \
    FLOW(LS_IN_L2_LKUP_UNREGISTERED, LS_IN_L2_LKUP, 80,                 \
         "multicast that nobody asked for")                             \
    FLOW(LS_IN_L2_LKUP_ROUTER_ARP, LS_IN_L2_LKUP, 80,                   \
         "sends requests for a router's address to the router")         \
    FLOW(LS_IN_L2_LKUP_ROUTER_ASKS, LS_IN_L2_LKUP, 75,                  \
         "floods what a router asks, but not to routers")               \
    FLOW(LS_IN_L2_LKUP_MULTICAST, LS_IN_L2_LKUP, 70,                    \
         "floods broadcast and multicast")                              \
    FLOW(LS_IN_L2_LKUP_UNICAST, LS_IN_L2_LKUP, 50,                      \
         "sends to the port of a known MAC")                            \
    FLOW(LS_IN_L2_LKUP_FORWARDING, LS_IN_L2_LKUP, 50,                   \
         "sends to one of the ports of a forwarding group")             \
    FLOW(LS_IN_L2_LKUP_DEFAULT, LS_IN_L2_LKUP, 0,                       \
         "looks among the learned MACs")                                \
    FLOW(LS_IN_L2_UNKNOWN_DISABLED, LS_IN_L2_UNKNOWN, 50,               \
         "drops what a disabled port would get")                        \
    FLOW(LS_IN_L2_UNKNOWN_NONE, LS_IN_L2_UNKNOWN, 50,                   \
         "drops unknown destinations, or floods ports that take them")  \
    FLOW(LS_IN_L2_UNKNOWN_DEFAULT, LS_IN_L2_UNKNOWN, 0,                 \
         "outputs to a learned port")                                   \
    FLOW(LS_OUT_PRE_ACL_STATELESS, LS_OUT_PRE_ACL, 1000,                \
         "stateless ACLs keep packets out of conntrack (their "         \
         "priority)")                                                   \
    FLOW(LS_OUT_PRE_ACL_SKIP, LS_OUT_PRE_ACL, 110,                      \
         "what stateful ACLs never track: multicast, ND, routers, "     \
         "localnet")                                                    \
    FLOW(LS_OUT_PRE_ACL_TRACK, LS_OUT_PRE_ACL, 100,                     \
         "IP goes through conntrack for stateful ACLs")                 \
    FLOW(LS_OUT_PRE_ACL_DEFAULT, LS_OUT_PRE_ACL, 0, "no stateful ACL")  \
    FLOW(LS_OUT_PRE_LB_SKIP, LS_OUT_PRE_LB, 110,                        \
         "what load balancers never track")                             \
    FLOW(LS_OUT_PRE_LB_TRACK, LS_OUT_PRE_LB, 100,                       \
         "IP goes through conntrack for load balancers")                \
    FLOW(LS_OUT_PRE_LB_DEFAULT, LS_OUT_PRE_LB, 0, "no load balancer")   \
    FLOW(LS_OUT_PRE_STATEFUL_LB, LS_OUT_PRE_STATEFUL, 110,              \
         "through conntrack and load balancing")                        \
    FLOW(LS_OUT_PRE_STATEFUL_ACL, LS_OUT_PRE_STATEFUL, 100,             \
         "through conntrack")                                           \
    FLOW(LS_OUT_PRE_STATEFUL_DEFAULT, LS_OUT_PRE_STATEFUL, 0,           \
         "not marked for conntrack")                                    \
    FLOW(LS_OUT_ACL_HINT_NEW, LS_OUT_ACL_HINT, 7, "a new connection")   \
    FLOW(LS_OUT_ACL_HINT_REVIVE, LS_OUT_ACL_HINT, 6,                    \
         "an established connection that was blocked")                  \
    FLOW(LS_OUT_ACL_HINT_UNTRACKED, LS_OUT_ACL_HINT, 5, "not tracked")  \
    FLOW(LS_OUT_ACL_HINT_ESTABLISHED, LS_OUT_ACL_HINT, 4,               \
         "an established connection, request direction")                \
    FLOW(LS_OUT_ACL_HINT_NOT_ESTABLISHED, LS_OUT_ACL_HINT, 3,           \
         "anything not established")                                    \
    FLOW(LS_OUT_ACL_HINT_BLOCKED, LS_OUT_ACL_HINT, 2,                   \
         "established and blocked")                                     \
    FLOW(LS_OUT_ACL_HINT_ALLOWED, LS_OUT_ACL_HINT, 1,                   \
         "established and allowed")                                     \
    FLOW(LS_OUT_ACL_HINT_DEFAULT, LS_OUT_ACL_HINT, 0,                   \
         "no stateful ACL")                                             \
    FLOW(LS_OUT_ACL_NONE, LS_OUT_ACL, 65535,                            \
         "a switch without ACLs lets pass what others drop by default")  \
    FLOW(LS_OUT_ACL_LOG_RELATED, LS_OUT_ACL, 65533,                     \
         "log the answers to connections of an ACL")                    \
    FLOW(LS_OUT_ACL_ESTABLISHED, LS_OUT_ACL, 65532,                     \
         "replies and related packets of allowed connections, ND; "     \
         "invalid ones are dropped")                                    \
    FLOW(LS_OUT_ACL_SERVICE, LS_OUT_ACL, 34000,                         \
         "answers of the network itself: DHCP")                         \
    FLOW(LS_OUT_ACL_RULE, LS_OUT_ACL, 1000,                             \
         "an ACL (its priority and 1000)")                              \
    FLOW(LS_OUT_ACL_COMMIT, LS_OUT_ACL, 1,                              \
         "commit what no ACL has matched")                              \
    FLOW(LS_OUT_ACL_DEFAULT, LS_OUT_ACL, 0, "no ACL matched")           \
    FLOW(LS_OUT_QOS_MARK_RULE, LS_OUT_QOS_MARK, 1,                      \
         "sets the DSCP; the priority is the rule's")                   \
    FLOW(LS_OUT_QOS_MARK_DEFAULT, LS_OUT_QOS_MARK, 0, "no mark")        \
    FLOW(LS_OUT_QOS_METER_RULE, LS_OUT_QOS_METER, 1,                    \
         "limits bandwidth; the priority is the rule's")                \
    FLOW(LS_OUT_QOS_METER_DEFAULT, LS_OUT_QOS_METER, 0, "no limit")     \
    FLOW(LS_OUT_STATEFUL_COMMIT, LS_OUT_STATEFUL, 100,                  \
         "commit the connection")                                       \
    FLOW(LS_OUT_STATEFUL_DEFAULT, LS_OUT_STATEFUL, 0,                   \
         "nothing to commit")                                           \
    FLOW(LS_OUT_CHECK_PORT_SEC_MULTICAST, LS_OUT_CHECK_PORT_SEC, 100,   \
         "multicast is not checked")                                    \
    FLOW(LS_OUT_CHECK_PORT_SEC_DEFAULT, LS_OUT_CHECK_PORT_SEC, 0,       \
         "asks the port security of outport")                           \
    FLOW(LS_OUT_APPLY_PORT_SEC_QUEUE, LS_OUT_APPLY_PORT_SEC, 100,       \
         "puts what leaves through a localnet port in its queue")       \
    FLOW(LS_OUT_APPLY_PORT_SEC_DROP, LS_OUT_APPLY_PORT_SEC, 50,         \
         "drops what port security refused")                            \
    FLOW(LS_OUT_APPLY_PORT_SEC_DEFAULT, LS_OUT_APPLY_PORT_SEC, 0,       \
         "delivers the rest")

#endif
