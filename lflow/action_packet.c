/* The packets that arp { }, nd_na { }, icmp4 { } and so on make of the one
 * that is being processed, as ovn-sb(5) tells for each. */
#include <config.h>

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <string.h>

#include "flow.h"
#include "lflow/actions_evaluate.h"
#include "packets.h"
#include "util.h"

enum { TTL = 255, RST = 0x004 };

static void
swap_ethernet(struct flow *packet)
{
    struct eth_addr src = packet->dl_src;

    packet->dl_src = packet->dl_dst;
    packet->dl_dst = src;
}

static void
swap_ip(struct flow *packet)
{
    ovs_be32 ip4 = packet->nw_src;
    struct in6_addr ip6 = packet->ipv6_src;

    packet->nw_src = packet->nw_dst;
    packet->nw_dst = ip4;
    packet->ipv6_src = packet->ipv6_dst;
    packet->ipv6_dst = ip6;
}

/* Drops what belongs to the old packet's layers 3 and 4. */
static void
clear_l3(struct flow *packet)
{
    packet->nw_src = packet->nw_dst = 0;
    memset(&packet->ipv6_src, 0, sizeof packet->ipv6_src);
    memset(&packet->ipv6_dst, 0, sizeof packet->ipv6_dst);
    packet->ipv6_label = 0;
    packet->nw_frag = packet->nw_tos = packet->nw_ttl = packet->nw_proto = 0;
    memset(&packet->nd_target, 0, sizeof packet->nd_target);
    packet->arp_sha = packet->arp_tha = eth_addr_zero;
    packet->tcp_flags = packet->tp_src = packet->tp_dst = 0;
    packet->igmp_group_ip4 = 0;
}

static void
make_arp(const struct flow *flow, struct flow *packet)
{
    clear_l3(packet);
    packet->dl_type = htons(ETH_TYPE_ARP);
    packet->nw_proto = ARP_OP_REQUEST;
    packet->arp_sha = flow->dl_src;
    packet->nw_src = flow->nw_src;
    packet->nw_dst = flow->nw_dst;
}

static void
make_icmp6(struct flow *packet, uint8_t type, uint8_t code)
{
    packet->dl_type = htons(ETH_TYPE_IPV6);
    packet->nw_proto = IPPROTO_ICMPV6;
    packet->nw_ttl = TTL;
    packet->tp_src = htons(type);
    packet->tp_dst = htons(code);
}

static void
make_nd_ns(const struct flow *flow, struct flow *packet)
{
    clear_l3(packet);
    make_icmp6(packet, ND_NEIGHBOR_SOLICIT, 0);
    packet->ipv6_src = flow->ipv6_src;
    in6_addr_solicited_node(&packet->ipv6_dst, &flow->ipv6_dst);
    ipv6_multicast_to_ethernet(&packet->dl_dst, &packet->ipv6_dst);
    packet->nd_target = flow->ipv6_dst;
    packet->arp_sha = flow->dl_src;
}

static void
make_nd_na(const struct flow *flow, struct flow *packet)
{
    clear_l3(packet);
    swap_ethernet(packet);
    make_icmp6(packet, ND_NEIGHBOR_ADVERT, 0);
    packet->ipv6_dst = flow->ipv6_src;
    packet->ipv6_src = flow->nd_target;
    packet->nd_target = flow->nd_target;
    packet->arp_tha = flow->dl_dst;
}

static void
make_icmp4(struct flow *packet)
{
    packet->nw_proto = IPPROTO_ICMP;
    packet->nw_frag = 0;
    packet->nw_ttl = TTL;
    packet->tp_src = htons(ICMP_DEST_UNREACH);
    packet->tp_dst = htons(ICMP_HOST_UNREACH);
    packet->tcp_flags = 0;
}

static void
make_icmp6_unreachable(struct flow *packet)
{
    make_icmp6(packet, ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_ADMIN);
    packet->tcp_flags = 0;
}

static void
make_tcp_reset(struct flow *packet)
{
    ovs_be16 src = packet->tp_src;

    packet->tp_src = packet->tp_dst;
    packet->tp_dst = src;
    packet->tcp_flags = htons(RST);
    packet->nw_ttl = TTL;
}

/* An abort goes back to the port where the packet came from. */
static void
make_sctp_abort(struct flow *packet)
{
    ovs_be16 src = packet->tp_src;

    packet->tp_src = packet->tp_dst;
    packet->tp_dst = src;
    packet->nw_ttl = TTL;
}

static void
make_reject(struct flow *packet)
{
    uint8_t protocol = packet->nw_proto;

    swap_ethernet(packet);
    swap_ip(packet);
    if (protocol == IPPROTO_TCP) {
        make_tcp_reset(packet);
    } else if (protocol == IPPROTO_SCTP) {
        make_sctp_abort(packet);
    } else if (packet->dl_type == htons(ETH_TYPE_IPV6)) {
        make_icmp6_unreachable(packet);
    } else {
        make_icmp4(packet);
    }
}

void
lflow_action_make_packet(enum lflow_action_type type,
                         const struct flow *flow, struct flow *packet)
{
    *packet = *flow;
    switch ((int) type) {
    case LFLOW_ACTION_ARP:
        make_arp(flow, packet);
        break;
    case LFLOW_ACTION_ND_NS:
        make_nd_ns(flow, packet);
        break;
    case LFLOW_ACTION_ND_NA:
    case LFLOW_ACTION_ND_NA_ROUTER:
        make_nd_na(flow, packet);
        break;
    case LFLOW_ACTION_ICMP4:
    case LFLOW_ACTION_ICMP4_ERROR:
        make_icmp4(packet);
        break;
    case LFLOW_ACTION_ICMP6:
    case LFLOW_ACTION_ICMP6_ERROR:
        make_icmp6_unreachable(packet);
        break;
    case LFLOW_ACTION_TCP_RESET:
        make_tcp_reset(packet);
        break;
    case LFLOW_ACTION_SCTP_ABORT:
        make_sctp_abort(packet);
        break;
    case LFLOW_ACTION_REJECT:
        make_reject(packet);
        break;
    default:
        break;
    }
}
