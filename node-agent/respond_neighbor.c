/* arp { }, nd_ns { }, nd_na { }, nd_na_router { }: neighbour discovery made
 * from the packet at hand, as ovn-sb(5) says which field is from where (RFC
 * 826, 4861).  The packet that caused a question is kept until it is
 * answered. */
#include <config.h>

#include "node-agent/packet_in_private.h"

#include <netinet/icmp6.h>

#include "node-agent/respond_waiting.h"
#include "packets.h"
#include "util.h"

void
respond_arp(struct pin *pin)
{
    ovs_be32 next_hop = htonl(pin->md->regs[0]);
    struct arp_eth_header *arp;
    struct dp_packet packet;
    struct in6_addr ip;

    if (!pin_is_ip4(pin)) {
        pin_drop(pin, PACKET_IN_DROP_NOT_DUE);
        return;
    }
    in6_addr_set_mapped_ipv4(&ip, next_hop ? next_hop : pin->headers.nw_dst);
    if (!respond_waiting_keep(pin, &ip)) {
        return;
    }
    arp = pin_build_eth(pin, ETH_TYPE_ARP, ARP_ETH_HEADER_LEN, false,
                        &packet);
    arp->ar_hrd = htons(ARP_HRD_ETHERNET);
    arp->ar_pro = htons(ARP_PRO_IP);
    arp->ar_hln = sizeof arp->ar_sha;
    arp->ar_pln = sizeof arp->ar_spa;
    arp->ar_op = htons(ARP_OP_REQUEST);
    arp->ar_sha = pin->headers.dl_src;
    put_16aligned_be32(&arp->ar_spa, pin->headers.nw_src);
    put_16aligned_be32(&arp->ar_tpa, pin->headers.nw_dst);
    pin_inject(pin, &packet);
    dp_packet_uninit(&packet);
}

void
respond_nd_ns(struct pin *pin)
{
    ovs_be128 next_hop = hton128(flow_get_xxreg(pin->md, 0));
    const struct flow *h = &pin->headers;
    struct in6_addr ip, source;
    struct dp_packet packet;

    if (!pin_is_ip6(pin)) {
        pin_drop(pin, PACKET_IN_DROP_NOT_DUE);
        return;
    }
    memcpy(&ip, &next_hop, sizeof ip);
    if (ipv6_is_zero(&ip)) {
        ip = h->ipv6_dst;
    }
    if (!respond_waiting_keep(pin, &ip)) {
        return;
    }
    /* Who asks is the router, not who sent the packet (RFC 4861, 7.2.2). */
    in6_generate_lla(h->dl_src, &source);
    dp_packet_init(&packet, 128);
    compose_nd_ns(&packet, h->dl_src, &source, &h->ipv6_dst);
    pin_build_vlans(pin, &packet);
    pin_inject(pin, &packet);
    dp_packet_uninit(&packet);
}

/* Must a solicitation be answered?  RFC 4861, 7.1.1. */
static bool
is_good_solicitation(const struct flow *h)
{
    struct in6_addr group;

    if (!is_nd(h, NULL) || h->tp_src != htons(ND_NEIGHBOR_SOLICIT)
        || h->tp_dst != htons(0) || h->nw_ttl != 255
        || ipv6_addr_is_multicast(&h->nd_target)) {
        return false;
    }
    if (!ipv6_is_zero(&h->ipv6_src)) {
        return true;
    }
    in6_addr_solicited_node(&group, &h->nd_target);
    return (ipv6_addr_equals(&h->ipv6_dst, &group)
            && eth_addr_is_zero(h->arp_sha));
}

static void
advertise(struct pin *pin, uint32_t flags)
{
    const struct flow *h = &pin->headers;
    struct in6_addr dst = h->ipv6_src;
    struct eth_addr eth_dst = h->dl_src;
    struct dp_packet packet;

    if (!is_good_solicitation(h)) {
        pin_drop(pin, PACKET_IN_DROP_NOT_DUE);
        return;
    }
    flags |= ND_RSO_OVERRIDE;
    if (ipv6_is_zero(&dst)) {
        /* Duplicate address detection: tell everybody (RFC 4861, 7.2.4). */
        dst = in6addr_all_hosts;
        ipv6_multicast_to_ethernet(&eth_dst, &dst);
    } else {
        flags |= ND_RSO_SOLICITED;
    }
    dp_packet_init(&packet, 128);
    compose_nd_na(&packet, h->dl_dst, eth_dst, &h->nd_target, &dst,
                  htonl(flags));
    pin_build_vlans(pin, &packet);
    pin_inject(pin, &packet);
    dp_packet_uninit(&packet);
}

void
respond_nd_na(struct pin *pin)
{
    advertise(pin, 0);
}

void
respond_nd_na_router(struct pin *pin)
{
    advertise(pin, ND_RSO_ROUTER);
}
