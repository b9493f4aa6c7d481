/* put_nd_ra_opts: turns a router solicitation into the advertisement that
 * the userdata holds (RFC 4861, 6.2.6).  Addresses are the logical flows' to
 * change; the checksum is right for them as they are, so that OVS adjusts
 * it. */
#include <config.h>

#include "node-agent/packet_in_private.h"

#include <netinet/icmp6.h>

#include "packets.h"
#include "util.h"

/* RFC 4861, 6.1.1. */
static bool
is_good_solicitation(const struct pin *pin)
{
    const struct flow *h = &pin->headers;
    const uint8_t *p = dp_packet_l4(&pin->packet);
    size_t size = p ? dp_packet_l4_size(&pin->packet) : 0;

    if (!pin_is_ip6(pin) || h->nw_proto != IPPROTO_ICMPV6
        || h->nw_frag & FLOW_NW_FRAG_ANY || h->nw_ttl != 255
        || h->tp_src != htons(ND_ROUTER_SOLICIT) || h->tp_dst != htons(0)
        || size < 8) {
        return false;
    }
    for (p += 8, size -= 8; size; ) {
        size_t option_size = size >= 2 ? p[1] * 8u : 0;

        if (!option_size || option_size > size
            || (p[0] == ND_OPT_SOURCE_LINKADDR
                && ipv6_is_zero(&h->ipv6_src))) {
            return false;
        }
        p += option_size;
        size -= option_size;
    }
    return true;
}

void
respond_put_nd_ra_opts(struct pin *pin)
{
    const struct in6_addr *all_nodes = &in6addr_all_hosts;
    struct ovs_16aligned_ip6_hdr *ip6;
    struct icmp6_header *ra;
    struct dp_packet packet;

    if (pin->size < RA_MSG_LEN || pin->size > 1232
        || !is_good_solicitation(pin)) {
        pin_drop(pin, PACKET_IN_DROP_NOT_DUE);
        pin_resume(pin, NULL, false);
        return;
    }
    ra = pin_build_ip6(pin, IPPROTO_ICMPV6, pin->size, false, &packet);
    ip6 = dp_packet_l3(&packet);
    if (ipv6_is_zero(&pin->headers.ipv6_src)) {
        /* The flows answer the source; who has none gets it as all do. */
        memcpy(&ip6->ip6_src, all_nodes, sizeof ip6->ip6_src);
    }
    memcpy(ra, pin->data, pin->size);
    ra->icmp6_cksum = 0;
    ra->icmp6_cksum = build_checksum(&packet, ra, IPPROTO_ICMPV6, pin->size);
    pin_resume(pin, &packet, true);
    dp_packet_uninit(&packet);
}
