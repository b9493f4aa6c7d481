/* The registers of the router pipelines, as text for flows: one row for each
 * use (ovn-northd(8)).  They live from where they are set to the end of the
 * pipeline, in which each has one meaning. */
#ifndef WEFT_TRANSLATOR_ROUTER_REGISTERS_H
#define WEFT_TRANSLATOR_ROUTER_REGISTERS_H 1

/* MAC of the port where the packet came in: lr_in_admission on.  It shares
 * reg0 and reg1 with the next hop, which is set later. */
#define R_PORT_MAC "xreg0[0..47]"
/* Next hop and the address to ask for its MAC from: lr_in_ip_routing on. */
#define R_NEXT_HOP4 "reg0"
#define R_NEXT_HOP6 "xxreg0"
#define R_SOURCE4 "reg1"
#define R_SOURCE6 "xxreg1"
/* put_nd_ra_opts() has made an advertisement. */
#define R_ND_RA "reg0[5]"
/* Route table of the port where the packet came in. */
#define R_ROUTE_TABLE "reg7"
/* Group and member of an ECMP route or policy; group 0: none. */
#define R_ECMP_GROUP "reg8[0..15]"
#define R_ECMP_MEMBER "reg8[16..31]"
/* The packet went through egress loopback. */
#define R_LOOPBACK "reg9[0]"
/* The packet is larger than the gateway MTU. */
#define R_LARGER "reg9[1]"
/* The sender's binding is known as it is (or need not be). */
#define R_NEIGHBOUR_KNOWN "reg9[2]"
/* The sender's address is known, or may be learned. */
#define R_NEIGHBOUR_MAY_LEARN "reg9[3]"
/* DNAT has happened or will happen on this router. */
#define R_DNAT_LOCAL "reg9[4]"
/* A symmetric reply: the way back is in conntrack. */
#define R_KNOWN_ECMP_REPLY "reg9[5]"
/* Load balancing with affinity: the client has a backend; its address and
 * port; and where the packet was sent, which destination NAT changes. */
#define R_AFF_KNOWN "reg9[6]"
#define R_AFF_IP4 "reg4"
#define R_AFF_IP6 "xxreg1"
#define R_AFF_PORT "reg8[0..15]"
#define R_ORIG_IP4 "reg0"
#define R_ORIG_IP6 "xxreg0"
#define R_ORIG_PORT "reg9[16..31]"

/* More of a match: packets of BFD. */
#define R_IS_BFD " && udp.dst == 3784"

#endif
