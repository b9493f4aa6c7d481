/* Packets that responders make: headers from those of the packet at hand. */
#include <config.h>

#include "node-agent/packet_in_private.h"

#include <netinet/ip.h>

#include "csum.h"
#include "packets.h"
#include "util.h"

void
pin_build_vlans(const struct pin *pin, struct dp_packet *packet)
{
    for (int i = FLOW_MAX_VLAN_HEADERS; i-- > 0; ) {
        const union flow_vlan_hdr *vlan = &pin->headers.vlans[i];

        if (vlan->tci & htons(VLAN_CFI)) {
            eth_push_vlan(packet, vlan->tpid, vlan->tci);
        }
    }
}

void *
pin_build_eth(const struct pin *pin, uint16_t dl_type, size_t size, bool swap,
              struct dp_packet *packet)
{
    const struct flow *h = &pin->headers;
    char *l3;

    dp_packet_init(packet, 0);
    l3 = eth_compose(packet, swap ? h->dl_src : h->dl_dst,
                     swap ? h->dl_dst : h->dl_src, dl_type, size);
    memset(l3, 0, size);
    pin_build_vlans(pin, packet);
    return dp_packet_l3(packet);
}

void *
pin_build_ip4(const struct pin *pin, uint8_t proto, size_t size, bool swap,
              struct dp_packet *packet)
{
    const struct flow *h = &pin->headers;
    struct ip_header *ip = pin_build_eth(pin, ETH_TYPE_IP,
                                         IP_HEADER_LEN + size, swap, packet);

    ip->ip_ihl_ver = IP_IHL_VER(5, 4);
    ip->ip_tot_len = htons(IP_HEADER_LEN + size);
    ip->ip_ttl = BUILD_TTL;
    ip->ip_proto = proto;
    put_16aligned_be32(&ip->ip_src, swap ? h->nw_dst : h->nw_src);
    put_16aligned_be32(&ip->ip_dst, swap ? h->nw_src : h->nw_dst);
    ip->ip_csum = csum(ip, IP_HEADER_LEN);
    dp_packet_set_l4(packet, ip + 1);
    return ip + 1;
}

void *
pin_build_ip6(const struct pin *pin, uint8_t proto, size_t size, bool swap,
              struct dp_packet *packet)
{
    const struct flow *h = &pin->headers;
    struct ovs_16aligned_ip6_hdr *ip6 = pin_build_eth(
        pin, ETH_TYPE_IPV6, IPV6_HEADER_LEN + size, swap, packet);

    put_16aligned_be32(&ip6->ip6_flow, htonl(UINT32_C(6) << 28));
    ip6->ip6_plen = htons(size);
    ip6->ip6_nxt = proto;
    ip6->ip6_hlim = BUILD_TTL;
    memcpy(&ip6->ip6_src, swap ? &h->ipv6_dst : &h->ipv6_src,
           sizeof ip6->ip6_src);
    memcpy(&ip6->ip6_dst, swap ? &h->ipv6_src : &h->ipv6_dst,
           sizeof ip6->ip6_dst);
    dp_packet_set_l4(packet, ip6 + 1);
    return ip6 + 1;
}

void *
pin_build_ip(const struct pin *pin, uint8_t proto, size_t size, bool swap,
             struct dp_packet *packet)
{
    return pin_is_ip4(pin) ? pin_build_ip4(pin, proto, size, swap, packet)
                           : pin_build_ip6(pin, proto, size, swap, packet);
}

void *
build_ip(struct dp_packet *packet, const struct eth_addr src_mac,
         const struct eth_addr dst_mac, const struct in6_addr *src,
         const struct in6_addr *dst, uint8_t proto, uint8_t tos, size_t size)
{
    void *l4;

    dp_packet_init(packet, 0);
    if (IN6_IS_ADDR_V4MAPPED(dst)) {
        struct ip_header *ip = eth_compose(packet, dst_mac, src_mac,
                                           ETH_TYPE_IP,
                                           IP_HEADER_LEN + size);

        memset(ip, 0, IP_HEADER_LEN);
        ip->ip_ihl_ver = IP_IHL_VER(5, 4);
        ip->ip_tos = tos;
        ip->ip_tot_len = htons(IP_HEADER_LEN + size);
        ip->ip_ttl = BUILD_TTL;
        ip->ip_proto = proto;
        put_16aligned_be32(&ip->ip_src, in6_addr_get_mapped_ipv4(src));
        put_16aligned_be32(&ip->ip_dst, in6_addr_get_mapped_ipv4(dst));
        ip->ip_csum = csum(ip, IP_HEADER_LEN);
        l4 = ip + 1;
    } else {
        eth_compose(packet, dst_mac, src_mac, ETH_TYPE_IPV6,
                    IPV6_HEADER_LEN);
        l4 = compose_ipv6(packet, proto, src, dst, tos, 0, BUILD_TTL, size);
    }
    dp_packet_set_l4(packet, l4);
    memset(l4, 0, size);
    return l4;
}

void
build_whole(struct dp_packet *packet, uint8_t ttl)
{
    struct ip_header *ip = dp_packet_l3(packet);
    struct ovs_16aligned_ip6_hdr *ip6 = dp_packet_l3(packet);

    if (IP_VER(ip->ip_ihl_ver) == 6) {
        ip6->ip6_hlim = ttl;
        return;
    }
    ip->ip_ttl = ttl;
    ip->ip_frag_off = htons(IP_DF);
    ip->ip_csum = 0;
    ip->ip_csum = csum(ip, IP_HEADER_LEN);
}

ovs_be16
build_checksum(const struct dp_packet *packet, const void *l4, uint8_t proto,
               size_t size)
{
    const struct ip_header *ip = dp_packet_l3(packet);
    uint32_t sum;

    if (IP_VER(ip->ip_ihl_ver) == 6) {
        return packet_csum_upperlayer6((const void *) ip, l4, proto, size);
    } else if (proto == IPPROTO_ICMP) {
        return csum(l4, size);
    }
    sum = packet_csum_pseudoheader(ip);
    return csum_finish(csum_continue(sum, l4, size));
}

void
pin_build_udp(const struct pin *pin, const void *payload, size_t size,
              ovs_be32 ip4_dst, struct dp_packet *packet)
{
    size_t udp_size = UDP_HEADER_LEN + size;
    struct udp_header *udp = pin_build_ip(pin, IPPROTO_UDP, udp_size, false,
                                          packet);
    struct ip_header *ip = dp_packet_l3(packet);

    if (ip4_dst && pin_is_ip4(pin)) {
        put_16aligned_be32(&ip->ip_dst, ip4_dst);
        ip->ip_csum = 0;
        ip->ip_csum = csum(ip, IP_HEADER_LEN);
    }
    udp->udp_src = pin->headers.tp_src;
    udp->udp_dst = pin->headers.tp_dst;
    udp->udp_len = htons(udp_size);
    memcpy(udp + 1, payload, size);
    udp->udp_csum = build_checksum(packet, udp, IPPROTO_UDP, udp_size);
    if (!udp->udp_csum) {
        udp->udp_csum = htons(0xffff);
    }
}
