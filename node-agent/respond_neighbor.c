/* arp { }, nd_na { }, nd_na_router { }, nd_ns { }: neighbour discovery made
 * from the packet at hand, as ovn-sb(5) says which field is from where. */
#include <config.h>

#include "node-agent/packet_in_private.h"

#include <netinet/icmp6.h>

#include "packets.h"
#include "util.h"

void
respond_arp(struct pin *pin)
{
    struct arp_eth_header *arp;
    struct dp_packet packet;
    void *l3;

    if (pin->headers.dl_type != htons(ETH_TYPE_IP)) {
        return;
    }
    pin_compose(pin, ETH_TYPE_ARP, ARP_ETH_HEADER_LEN, &packet, &l3);
    arp = l3;
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

static void
advertise(struct pin *pin, uint32_t router_flag)
{
    const struct flow *h = &pin->headers;
    struct in6_addr dst = h->ipv6_src;
    struct eth_addr eth_dst = h->dl_src;
    uint32_t flags = router_flag | ND_RSO_OVERRIDE;
    struct dp_packet packet;

    if (!is_nd(h, NULL) || h->tp_src != htons(ND_NEIGHBOR_SOLICIT)) {
        return;
    }
    if (ipv6_addr_equals(&dst, &in6addr_any)) {
        /* Duplicate address detection: tell everybody (RFC 4861, 7.2.4). */
        dst = in6addr_all_hosts;
        ipv6_multicast_to_ethernet(&eth_dst, &dst);
    } else {
        flags |= ND_RSO_SOLICITED;
    }
    dp_packet_init(&packet, 128);
    compose_nd_na(&packet, h->dl_dst, eth_dst, &h->nd_target, &dst,
                  htonl(flags));
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

void
respond_nd_ns(struct pin *pin)
{
    const struct flow *h = &pin->headers;
    struct dp_packet packet;

    if (h->dl_type != htons(ETH_TYPE_IPV6)) {
        return;
    }
    dp_packet_init(&packet, 128);
    compose_nd_ns(&packet, h->dl_src, &h->ipv6_src, &h->ipv6_dst);
    pin_inject(pin, &packet);
    dp_packet_uninit(&packet);
}
