/* Another payload for the UDP packet at hand: what DHCP and DNS replies
 * have in common (packet_in_private.h). */
#include <config.h>

#include "node-agent/packet_in_private.h"

#include <netinet/ip6.h>

#include "csum.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

const uint8_t *
pin_udp_payload(const struct pin *pin, size_t *size)
{
    const struct udp_header *udp = dp_packet_l4(&pin->packet);
    size_t l4_size = dp_packet_l4_size(&pin->packet);
    uint16_t dl_type = ntohs(pin->headers.dl_type);

    if (!udp || pin->headers.nw_proto != IPPROTO_UDP
        || (dl_type != ETH_TYPE_IP && dl_type != ETH_TYPE_IPV6)
        || l4_size < UDP_HEADER_LEN) {
        return NULL;
    }
    *size = MIN(l4_size, ntohs(udp->udp_len));
    *size -= MIN(*size, UDP_HEADER_LEN);
    return (const uint8_t *) (udp + 1);
}

static struct udp_header *
begin_ip4(const struct pin *pin, size_t udp_len, struct dp_packet *packet)
{
    struct ip_header *ip;
    void *l3;

    pin_compose(pin, ETH_TYPE_IP, IP_HEADER_LEN + udp_len, packet, &l3);
    ip = l3;
    memcpy(ip, dp_packet_l3(&pin->packet), IP_HEADER_LEN);
    ip->ip_ihl_ver = IP_IHL_VER(5, 4);
    ip->ip_tot_len = htons(IP_HEADER_LEN + udp_len);
    ip->ip_frag_off = 0;
    ip->ip_csum = 0;
    ip->ip_csum = csum(ip, IP_HEADER_LEN);
    return (struct udp_header *) (ip + 1);
}

static struct udp_header *
begin_ip6(const struct pin *pin, size_t udp_len, struct dp_packet *packet)
{
    struct ovs_16aligned_ip6_hdr *ip6;
    void *l3;

    pin_compose(pin, ETH_TYPE_IPV6, IPV6_HEADER_LEN + udp_len, packet, &l3);
    ip6 = l3;
    memcpy(ip6, dp_packet_l3(&pin->packet), IPV6_HEADER_LEN);
    ip6->ip6_plen = htons(udp_len);
    ip6->ip6_nxt = IPPROTO_UDP;
    return (struct udp_header *) (ip6 + 1);
}

void
pin_replace_udp_payload(const struct pin *pin, const struct ofpbuf *payload,
                        struct dp_packet *packet)
{
    const struct udp_header *in = dp_packet_l4(&pin->packet);
    size_t udp_len = UDP_HEADER_LEN + payload->size;
    bool ip4 = pin->headers.dl_type == htons(ETH_TYPE_IP);
    struct udp_header *udp = (ip4 ? begin_ip4 : begin_ip6)(pin, udp_len,
                                                           packet);

    udp->udp_src = in->udp_src;
    udp->udp_dst = in->udp_dst;
    udp->udp_len = htons(udp_len);
    memcpy(udp + 1, payload->data, payload->size);
    if (!ip4) {
        /* IPv4 does without (RFC 768); IPv6 does not. */
        udp->udp_csum = packet_csum_upperlayer6(dp_packet_l3(packet), udp,
                                                IPPROTO_UDP, udp_len);
        if (!udp->udp_csum) {
            udp->udp_csum = htons(0xffff);
        }
    }
}
