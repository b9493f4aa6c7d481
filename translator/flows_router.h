/* Classes of logical flows of routers: see flows.h.  Stages and priorities
 * are those of ovn-northd(8). */
#ifndef WEFT_TRANSLATOR_FLOWS_ROUTER_H
#define WEFT_TRANSLATOR_FLOWS_ROUTER_H 1

#define ROUTER_FLOWS                                                    \
    FLOW(LR_IN_ADMISSION_BAD, LR_IN_ADMISSION, 100,                     \
         "drop VLAN tags and multicast sources")                        \
    FLOW(LR_IN_ADMISSION_MTU_BYPASS, LR_IN_ADMISSION, 55,               \
         "accept at a gateway port what may exceed its MTU")            \
    FLOW(LR_IN_ADMISSION_PORT, LR_IN_ADMISSION, 50,                     \
         "accept what is addressed to a port, remember its MAC")        \
    FLOW(LR_IN_ADMISSION_DROP, LR_IN_ADMISSION, 0,                      \
         "drop everything else")                                        \
    FLOW(LR_IN_LOOKUP_NEIGHBOR_OWN, LR_IN_LOOKUP_NEIGHBOR, 110,         \
         "look up who asks for a port's own address")                   \
    FLOW(LR_IN_LOOKUP_NEIGHBOR_LOOKUP, LR_IN_LOOKUP_NEIGHBOR, 100,      \
         "look up the sender of ARP and ND")                            \
    FLOW(LR_IN_LOOKUP_NEIGHBOR_SKIP, LR_IN_LOOKUP_NEIGHBOR, 0,          \
         "nothing to learn")                                            \
    FLOW(LR_IN_LEARN_NEIGHBOR_KNOWN, LR_IN_LEARN_NEIGHBOR, 100,         \
         "the sender is known")                                         \
    FLOW(LR_IN_LEARN_NEIGHBOR_ODD, LR_IN_LEARN_NEIGHBOR, 95,            \
         "ND without a link-layer address")                             \
    FLOW(LR_IN_LEARN_NEIGHBOR_PUT, LR_IN_LEARN_NEIGHBOR, 90,            \
         "learn the sender")                                            \
    FLOW(LR_IN_LEARN_NEIGHBOR_DROP, LR_IN_LEARN_NEIGHBOR, 0,            \
         "drop everything else")                                        \
    FLOW(LR_IN_IP_INPUT_LARGER_FLOATING, LR_IN_IP_INPUT, 160,           \
         "ICMP error for too large packets to a floating IP")           \
    FLOW(LR_IN_IP_INPUT_LARGER, LR_IN_IP_INPUT, 150,                    \
         "ICMP error for too large packets from outside")               \
    FLOW(LR_IN_IP_INPUT_SNAT_SOURCE, LR_IN_IP_INPUT, 120,               \
         "let own source-NATed packets come back")                      \
    FLOW(LR_IN_IP_INPUT_REPORTS, LR_IN_IP_INPUT, 120,                   \
         "IGMP and MLD go on where everything is flooded")              \
    FLOW(LR_IN_IP_INPUT_BFD, LR_IN_IP_INPUT, 110,                       \
         "BFD from and to a port that watches a next hop")              \
    FLOW(LR_IN_IP_INPUT_BAD, LR_IN_IP_INPUT, 100,                       \
         "drop impossible source and destination addresses")            \
    FLOW(LR_IN_IP_INPUT_DHCPV6_REPLY, LR_IN_IP_INPUT, 100,              \
         "replies to the router's own DHCPv6 requests")                 \
    FLOW(LR_IN_IP_INPUT_NAT_ARP_HERE, LR_IN_IP_INPUT, 92,               \
         "answer ARP and ND for a NAT address at its gateway port")     \
    FLOW(LR_IN_IP_INPUT_NAT_ARP_ELSEWHERE, LR_IN_IP_INPUT, 91,          \
         "somebody else's gateway port answers that")                   \
    FLOW(LR_IN_IP_INPUT_ARP, LR_IN_IP_INPUT, 90,                        \
         "answer ARP and ND for a port's addresses")                    \
    FLOW(LR_IN_IP_INPUT_ECHO, LR_IN_IP_INPUT, 90,                       \
         "answer ICMP echo requests")                                   \
    FLOW(LR_IN_IP_INPUT_ARP_DROP, LR_IN_IP_INPUT, 85,                   \
         "drop other ARP and ND")                                       \
    FLOW(LR_IN_IP_INPUT_ROUTER_DISCOVERY, LR_IN_IP_INPUT, 84,           \
         "router solicitations and advertisements go on")               \
    FLOW(LR_IN_IP_INPUT_RESERVED, LR_IN_IP_INPUT, 83,                   \
         "drop reserved IPv6 multicast")                                \
    FLOW(LR_IN_IP_INPUT_MULTICAST, LR_IN_IP_INPUT, 82,                  \
         "multicast goes on only where it is relayed")                  \
    FLOW(LR_IN_IP_INPUT_UNREACHABLE_PORT, LR_IN_IP_INPUT, 80,           \
         "refuse TCP, UDP and SCTP to the router itself")               \
    FLOW(LR_IN_IP_INPUT_UNREACHABLE_PROTO, LR_IN_IP_INPUT, 70,          \
         "refuse other protocols to the router itself")                 \
    FLOW(LR_IN_IP_INPUT_OWN_DROP, LR_IN_IP_INPUT, 60,                   \
         "drop everything else that is for the router itself")          \
    FLOW(LR_IN_IP_INPUT_BROADCAST, LR_IN_IP_INPUT, 50,                  \
         "drop Ethernet broadcasts")                                    \
    FLOW(LR_IN_IP_INPUT_TTL_MULTICAST, LR_IN_IP_INPUT, 32,              \
         "no ICMP error for expired multicast")                         \
    FLOW(LR_IN_IP_INPUT_TTL, LR_IN_IP_INPUT, 31,                        \
         "ICMP time exceeded")                                          \
    FLOW(LR_IN_IP_INPUT_TTL_DROP, LR_IN_IP_INPUT, 30,                   \
         "drop other expired packets")                                  \
    FLOW(LR_IN_IP_INPUT_DEFAULT, LR_IN_IP_INPUT, 0,                     \
         "go on")                                                       \
    FLOW(LR_IN_UNSNAT_VIP, LR_IN_UNSNAT, 120,                           \
         "a virtual address that is also NAT's is not undone")          \
    FLOW(LR_IN_UNSNAT_FORCE, LR_IN_UNSNAT, 110,                         \
         "undo forced source NAT")                                      \
    FLOW(LR_IN_UNSNAT_DISTRIBUTED, LR_IN_UNSNAT, 100,                   \
         "undo source NAT at a gateway port")                           \
    FLOW(LR_IN_UNSNAT_GATEWAY, LR_IN_UNSNAT, 90,                        \
         "undo source NAT on a gateway router")                         \
    FLOW(LR_IN_UNSNAT_DEFAULT, LR_IN_UNSNAT, 0,                         \
         "go on")                                                       \
    FLOW(LR_IN_DEFRAG_ECMP, LR_IN_DEFRAG, 100,                          \
         "track what routes with symmetric replies carry")              \
    FLOW(LR_IN_DEFRAG_VIP, LR_IN_DEFRAG, 100,                           \
         "track what is sent to a virtual address")                     \
    FLOW(LR_IN_DEFRAG_DEFAULT, LR_IN_DEFRAG, 0,                         \
         "go on")                                                       \
    FLOW(LR_IN_LB_AFF_CHECK_VIP, LR_IN_LB_AFF_CHECK, 100,               \
         "ask for the client's backend")                                \
    FLOW(LR_IN_LB_AFF_CHECK_DEFAULT, LR_IN_LB_AFF_CHECK, 0,             \
         "go on")                                                       \
    FLOW(LR_IN_DNAT_LB_AFFINITY, LR_IN_DNAT, 150,                       \
         "a client that has a backend stays with it")                   \
    FLOW(LR_IN_DNAT_LB_VIP_PORT, LR_IN_DNAT, 120,                       \
         "choose a backend of a virtual address and port")              \
    FLOW(LR_IN_DNAT_LB_VIP, LR_IN_DNAT, 110,                            \
         "choose a backend of a virtual address")                       \
    FLOW(LR_IN_DNAT_EXEMPT, LR_IN_DNAT, 102,                            \
         "sources that destination NAT does not apply to")              \
    FLOW(LR_IN_DNAT_RULE, LR_IN_DNAT, 100,                              \
         "destination NAT")                                             \
    FLOW(LR_IN_DNAT_LB_KNOWN_SNAT, LR_IN_DNAT, 70,                      \
         "source NAT of a known connection as when it was new")         \
    FLOW(LR_IN_DNAT_LB_KNOWN, LR_IN_DNAT, 50,                           \
         "known connections of load balancers")                         \
    FLOW(LR_IN_DNAT_DEFAULT, LR_IN_DNAT, 0,                             \
         "go on")                                                       \
    FLOW(LR_IN_LB_AFF_LEARN_BACKEND, LR_IN_LB_AFF_LEARN, 100,           \
         "remember the client's backend")                               \
    FLOW(LR_IN_LB_AFF_LEARN_DEFAULT, LR_IN_LB_AFF_LEARN, 0,             \
         "go on")                                                       \
    FLOW(LR_IN_ECMP_STATEFUL_COMMIT, LR_IN_ECMP_STATEFUL, 100,          \
         "remember the next hop that a connection came from")           \
    FLOW(LR_IN_ECMP_STATEFUL_DEFAULT, LR_IN_ECMP_STATEFUL, 0,           \
         "go on")                                                       \
    FLOW(LR_IN_ND_RA_OPTIONS_PUT, LR_IN_ND_RA_OPTIONS, 50,              \
         "make an advertisement of a solicitation")                     \
    FLOW(LR_IN_ND_RA_OPTIONS_DEFAULT, LR_IN_ND_RA_OPTIONS, 0,           \
         "go on")                                                       \
    FLOW(LR_IN_ND_RA_RESPONSE_SEND, LR_IN_ND_RA_RESPONSE, 50,           \
         "send the advertisement")                                      \
    FLOW(LR_IN_ND_RA_RESPONSE_DEFAULT, LR_IN_ND_RA_RESPONSE, 0,         \
         "go on")                                                       \
    FLOW(LR_IN_IP_ROUTING_PRE_TABLE, LR_IN_IP_ROUTING_PRE, 100,         \
         "choose the route table of a port")                            \
    FLOW(LR_IN_IP_ROUTING_PRE_MAIN, LR_IN_IP_ROUTING_PRE, 0,            \
         "the main route table")                                        \
    FLOW(LR_IN_IP_ROUTING_DISCOVERY, LR_IN_IP_ROUTING, 10550,           \
         "do not route router discovery")                               \
    FLOW(LR_IN_IP_ROUTING_LOOP, LR_IN_IP_ROUTING, 10550,                \
         "IGMP and MLD that this router has flooded already")           \
    FLOW(LR_IN_IP_ROUTING_GROUP, LR_IN_IP_ROUTING, 10500,               \
         "relays to the switches where a group was asked for")          \
    FLOW(LR_IN_IP_ROUTING_REPORTS, LR_IN_IP_ROUTING, 10460,             \
         "floods IGMP and MLD where everything is flooded")             \
    FLOW(LR_IN_IP_ROUTING_UNREGISTERED, LR_IN_IP_ROUTING, 10450,        \
         "multicast that nobody asked for")                             \
    FLOW(LR_IN_IP_ROUTING_REPLY, LR_IN_IP_ROUTING, 10300,               \
         "replies leave by the port that the connection came from")     \
    FLOW(LR_IN_IP_ROUTING_ROUTE, LR_IN_IP_ROUTING, 0,                   \
         "a route (priority by prefix length and origin)")              \
    FLOW(LR_IN_IP_ROUTING_DROP, LR_IN_IP_ROUTING, 0,                    \
         "no route: drop")                                              \
    FLOW(LR_IN_IP_ROUTING_ECMP_NONE, LR_IN_IP_ROUTING_ECMP, 150,        \
         "not an ECMP route")                                           \
    FLOW(LR_IN_IP_ROUTING_ECMP_MEMBER, LR_IN_IP_ROUTING_ECMP, 100,      \
         "the chosen member of an ECMP route")                          \
    FLOW(LR_IN_IP_ROUTING_ECMP_DROP, LR_IN_IP_ROUTING_ECMP, 0,          \
         "drop everything else")                                        \
    FLOW(LR_IN_POLICY_REPLY, LR_IN_POLICY, 65535,                       \
         "replies whose way back is known")                             \
    FLOW(LR_IN_POLICY_RULE, LR_IN_POLICY, 0,                            \
         "a routing policy (its own priority)")                         \
    FLOW(LR_IN_POLICY_DEFAULT, LR_IN_POLICY, 0,                         \
         "no policy applies")                                           \
    FLOW(LR_IN_POLICY_ECMP_NONE, LR_IN_POLICY_ECMP, 150,                \
         "not an ECMP policy")                                          \
    FLOW(LR_IN_POLICY_ECMP_MEMBER, LR_IN_POLICY_ECMP, 100,              \
         "the chosen next hop of a policy")                             \
    FLOW(LR_IN_POLICY_ECMP_DROP, LR_IN_POLICY_ECMP, 0,                  \
         "drop everything else")                                        \
    FLOW(LR_IN_ARP_RESOLVE_MULTICAST, LR_IN_ARP_RESOLVE, 500,           \
         "multicast needs no next hop's MAC")                           \
    FLOW(LR_IN_ARP_RESOLVE_REPLY, LR_IN_ARP_RESOLVE, 200,               \
         "replies go to the next hop that the connection came from")    \
    FLOW(LR_IN_ARP_RESOLVE_NAT_LOOP, LR_IN_ARP_RESOLVE, 150,            \
         "drop what NAT should have changed and did not")               \
    FLOW(LR_IN_ARP_RESOLVE_KNOWN, LR_IN_ARP_RESOLVE, 100,               \
         "a next hop whose MAC is known from the model")                \
    FLOW(LR_IN_ARP_RESOLVE_BRIDGED_FLOATING, LR_IN_ARP_RESOLVE, 90,     \
         "bridged redirection: floating IPs ask where their port is")   \
    FLOW(LR_IN_ARP_RESOLVE_STATIC, LR_IN_ARP_RESOLVE, 50,               \
         "static MAC bindings that learned ones may override")          \
    FLOW(LR_IN_ARP_RESOLVE_BRIDGED, LR_IN_ARP_RESOLVE, 50,              \
         "bridged redirection: the gateway port's own MAC")             \
    FLOW(LR_IN_ARP_RESOLVE_OWN, LR_IN_ARP_RESOLVE, 2,                   \
         "drop what is still for the router itself")                    \
    FLOW(LR_IN_ARP_RESOLVE_LEARNED, LR_IN_ARP_RESOLVE, 1,               \
         "a next hop whose MAC was learned")                            \
    FLOW(LR_IN_ARP_RESOLVE_DROP, LR_IN_ARP_RESOLVE, 0,                  \
         "drop everything else")                                        \
    FLOW(LR_IN_CHK_PKT_LEN_BYPASS, LR_IN_CHK_PKT_LEN, 55,               \
         "packets that may exceed the gateway MTU")                     \
    FLOW(LR_IN_CHK_PKT_LEN_CHECK, LR_IN_CHK_PKT_LEN, 50,                \
         "compare with the gateway MTU")                                \
    FLOW(LR_IN_CHK_PKT_LEN_DEFAULT, LR_IN_CHK_PKT_LEN, 0,               \
         "go on")                                                       \
    FLOW(LR_IN_LARGER_PKTS_ERROR, LR_IN_LARGER_PKTS, 150,               \
         "ICMP error for too large packets")                            \
    FLOW(LR_IN_LARGER_PKTS_DEFAULT, LR_IN_LARGER_PKTS, 0,               \
         "go on")                                                       \
    FLOW(LR_IN_GW_REDIRECT_FLOATING, LR_IN_GW_REDIRECT, 100,            \
         "distributed floating IPs leave from here")                    \
    FLOW(LR_IN_GW_REDIRECT_STATELESS, LR_IN_GW_REDIRECT, 75,            \
         "stateless NAT with allowed or exempted addresses")            \
    FLOW(LR_IN_GW_REDIRECT_STATELESS_DROP, LR_IN_GW_REDIRECT, 70,       \
         "nobody else may use it")                                      \
    FLOW(LR_IN_GW_REDIRECT_PORT, LR_IN_GW_REDIRECT, 50,                 \
         "to the gateway chassis")                                      \
    FLOW(LR_IN_GW_REDIRECT_DEFAULT, LR_IN_GW_REDIRECT, 0,               \
         "go on")                                                       \
    FLOW(LR_IN_ARP_REQUEST_ND_ROUTE, LR_IN_ARP_REQUEST, 200,            \
         "ask for an IPv6 next hop of a static route")                  \
    FLOW(LR_IN_ARP_REQUEST_ASK, LR_IN_ARP_REQUEST, 100,                 \
         "ask for an unknown MAC")                                      \
    FLOW(LR_IN_ARP_REQUEST_OUTPUT, LR_IN_ARP_REQUEST, 0,                \
         "output")                                                      \
    FLOW(LR_OUT_CHECK_DNAT_LOCAL_NATTED, LR_OUT_CHECK_DNAT_LOCAL, 50,   \
         "was DNATed here, or will be")                                 \
    FLOW(LR_OUT_CHECK_DNAT_LOCAL_DEFAULT, LR_OUT_CHECK_DNAT_LOCAL, 0,   \
         "was not")                                                     \
    FLOW(LR_OUT_UNDNAT_LB, LR_OUT_UNDNAT, 120,                          \
         "undo load balancing at a gateway port")                       \
    FLOW(LR_OUT_UNDNAT_RULE, LR_OUT_UNDNAT, 100,                        \
         "undo destination NAT at a gateway port; let ND pass")         \
    FLOW(LR_OUT_UNDNAT_GATEWAY, LR_OUT_UNDNAT, 50,                      \
         "undo destination NAT on a gateway router")                    \
    FLOW(LR_OUT_UNDNAT_DEFAULT, LR_OUT_UNDNAT, 0,                       \
         "go on")                                                       \
    FLOW(LR_OUT_POST_UNDNAT_COMMIT, LR_OUT_POST_UNDNAT, 50,             \
         "commit new connections of gateway routers")                   \
    FLOW(LR_OUT_POST_UNDNAT_DEFAULT, LR_OUT_POST_UNDNAT, 0,             \
         "go on")                                                       \
    FLOW(LR_OUT_SNAT_ND, LR_OUT_SNAT, 120,                              \
         "ND is never translated")                                      \
    FLOW(LR_OUT_SNAT_LB_SKIP, LR_OUT_SNAT, 120,                         \
         "load balancers without source NAT")                           \
    FLOW(LR_OUT_SNAT_FORCE_PORT, LR_OUT_SNAT, 110,                      \
         "forced source NAT to the address of the port")                \
    FLOW(LR_OUT_SNAT_FORCE, LR_OUT_SNAT, 100,                           \
         "forced source NAT")                                           \
    FLOW(LR_OUT_SNAT_RULE, LR_OUT_SNAT, 0,                              \
         "source NAT (priority by prefix length)")                      \
    FLOW(LR_OUT_SNAT_DEFAULT, LR_OUT_SNAT, 0,                           \
         "go on")                                                       \
    FLOW(LR_OUT_POST_SNAT_DEFAULT, LR_OUT_POST_SNAT, 0,                 \
         "go on")                                                       \
    FLOW(LR_OUT_EGR_LOOP_NAT, LR_OUT_EGR_LOOP, 100,                     \
         "loop back what is for a NAT address of this router")          \
    FLOW(LR_OUT_EGR_LOOP_DEFAULT, LR_OUT_EGR_LOOP, 0,                   \
         "go on")                                                       \
    FLOW(LR_OUT_DELIVERY_MULTICAST, LR_OUT_DELIVERY, 110,               \
         "relayed multicast comes from the port's MAC")                 \
    FLOW(LR_OUT_DELIVERY_PORT, LR_OUT_DELIVERY, 100,                    \
         "output to an enabled port")                                   \
    FLOW(LR_OUT_DELIVERY_DROP, LR_OUT_DELIVERY, 0,                      \
         "drop everything else")

#endif
