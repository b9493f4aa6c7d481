/* The phrases (phrases.h): name, text.  Names stay, and so does what they
 * say: etcd holds them.  A text that has to change gets a new phrase, and the
 * old one is kept for as long as a store may hold it.
 *
 * Of several that say the same text the first is written. */
#ifndef WEFT_SCHEMAS_PHRASE_TABLE_H
#define WEFT_SCHEMAS_PHRASE_TABLE_H 1

#define PHRASES                                                           \
    /* ARP: actions, and the match of a port that asks for its own. */    \
    PHRASE("arp_reply",                                                   \
           "eth.dst = eth.src; eth.src = %M; arp.op = 2; "                \
           "/* ARP reply */ arp.tha = arp.sha; arp.sha = %M; "            \
           "arp.tpa = arp.spa; arp.spa = %A; outport = inport; "          \
           "flags.loopback = 1; output;")                                 \
    PHRASE("arp_reply_router",                                            \
           "eth.dst = eth.src; eth.src = xreg0[0..47]; arp.op = 2; "      \
           "/* ARP reply */ arp.tha = arp.sha; arp.sha = xreg0[0..47]; "  \
           "arp.tpa <-> arp.spa; outport = inport; "                      \
           "flags.loopback = 1; output;")                                 \
    PHRASE("arp_own",                                                     \
           "arp.tpa == %A && arp.op == 1 && inport == \"%P\"")            \
    /* ND: actions, matches. */                                           \
    PHRASE("nd_reply",                                                    \
           "nd_na { eth.src = %M; ip6.src = %A; nd.target = %A; "         \
           "nd.tll = %M; outport = inport; flags.loopback = 1; "          \
           "output; };")                                                  \
    PHRASE("nd_reply_router",                                             \
           "nd_na_router { eth.src = %M; ip6.src = %A; "                  \
           "nd.target = %A; nd.tll = %M; outport = inport; "              \
           "flags.loopback = 1; output; };")                              \
    PHRASE("nd_request",                                                  \
           "nd_ns && ip6.dst == {%A, %B} && nd.target == %A")             \
    PHRASE("nd_own",                                                      \
           "nd_ns && ip6.dst == {%A, %B} && nd.target == %A "             \
           "&& inport == \"%P\"")                                         \
    /* DHCP: matches of a request, of one that has its options, and of */ \
    /* the server's answer; actions that send it. */                      \
    PHRASE("dhcp_request",                                                \
           "inport == \"%P\" && eth.src == %M && "                        \
           "ip4.src == {%A, 0.0.0.0} && "                                 \
           "ip4.dst == {%B, 255.255.255.255} && "                         \
           "udp.src == 68 && udp.dst == 67")                              \
    PHRASE("dhcp_accepted",                                               \
           "inport == \"%P\" && eth.src == %M && ip4 && "                 \
           "udp.src == 68 && udp.dst == 67 && reg0[3]")                   \
    PHRASE("dhcp_reply",                                                  \
           "eth.dst = eth.src; eth.src = %M; ip4.src = %A; "              \
           "udp.src = 67; udp.dst = 68; outport = inport; "               \
           "flags.loopback = 1; output;")                                 \
    PHRASE("dhcp_from",                                                   \
           "outport == \"%P\" && eth.src == %M && ip4.src == %A && "      \
           "udp && udp.src == 67 && udp.dst == 68")                       \
    PHRASE("dhcpv6_request",                                              \
           "inport == \"%P\" && eth.src == %M && "                        \
           "ip6.dst == ff02::1:2 && udp.src == 546 && udp.dst == 547")    \
    PHRASE("dhcpv6_accepted",                                             \
           "inport == \"%P\" && eth.src == %M && "                        \
           "ip6.dst == ff02::1:2 && udp.src == 546 && "                   \
           "udp.dst == 547 && reg0[3]")                                   \
    PHRASE("dhcpv6_reply",                                                \
           "eth.dst = eth.src; eth.src = %M; ip6.dst = ip6.src; "         \
           "ip6.src = %A; udp.src = 547; udp.dst = 546; "                 \
           "outport = inport; flags.loopback = 1; output;")               \
    PHRASE("dhcpv6_from",                                                 \
           "outport == \"%P\" && eth.src == %M && ip6.src == %A && "      \
           "udp && udp.src == 547 && udp.dst == 546")                     \
    /* Routes: actions; next hop, source, its Ethernet address, port. */  \
    PHRASE("route",                                                       \
           "ip.ttl--; reg8[0..15] = 0; reg0 = %A; reg1 = %B; "            \
           "eth.src = %M; outport = \"%P\"; flags.loopback = 1; next;")   \
    PHRASE("route_connected",                                             \
           "ip.ttl--; reg8[0..15] = 0; reg0 = ip4.dst; reg1 = %A; "       \
           "eth.src = %M; outport = \"%P\"; flags.loopback = 1; next;")   \
    PHRASE("route6",                                                      \
           "ip.ttl--; reg8[0..15] = 0; xxreg0 = %A; xxreg1 = %B; "        \
           "eth.src = %M; outport = \"%P\"; flags.loopback = 1; next;")   \
    PHRASE("route6_connected",                                            \
           "ip.ttl--; reg8[0..15] = 0; xxreg0 = ip6.dst; xxreg1 = %A; "   \
           "eth.src = %M; outport = \"%P\"; flags.loopback = 1; next;")

#endif
