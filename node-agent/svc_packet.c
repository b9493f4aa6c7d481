/* Packets of health checks: see svc_packet.h. */
#include <config.h>

#include "node-agent/svc_packet.h"

#include <netinet/icmp6.h>
#include <string.h>

#include "node-agent/packet_in_private.h"
#include "packets.h"
#include "unaligned.h"
#include "util.h"

/* As ovn-controller's. */
enum { PROBE_TTL = 63, PROBE_WINDOW = 65160, PROBE_UDP_PAYLOAD = 8 };

/* ---- Probes ------------------------------------------------------------ */

static void *
compose(const struct svc_probe *probe, uint8_t proto, size_t size,
        struct dp_packet *packet)
{
    void *l4 = build_ip(packet, probe->src_mac, probe->dst_mac,
                        &probe->src_ip, &probe->dst_ip, proto, 0, size);

    build_whole(packet, PROBE_TTL);
    return l4;
}

static void
compose_tcp(const struct svc_probe *probe, uint16_t flags, uint32_t seq,
            uint32_t ack, struct dp_packet *packet)
{
    struct tcp_header *tcp = compose(probe, IPPROTO_TCP, TCP_HEADER_LEN,
                                     packet);

    tcp->tcp_src = htons(probe->src_port);
    tcp->tcp_dst = htons(probe->dst_port);
    put_16aligned_be32(&tcp->tcp_seq, htonl(seq));
    put_16aligned_be32(&tcp->tcp_ack, htonl(ack));
    tcp->tcp_ctl = TCP_CTL(flags, TCP_HEADER_LEN / 4);
    tcp->tcp_winsz = htons(PROBE_WINDOW);
    tcp->tcp_csum = build_checksum(packet, tcp, IPPROTO_TCP, TCP_HEADER_LEN);
}

void
svc_packet_probe(const struct svc_probe *probe, struct dp_packet *packet)
{
    size_t size = UDP_HEADER_LEN + PROBE_UDP_PAYLOAD;
    struct udp_header *udp;

    if (!probe->is_udp) {
        compose_tcp(probe, TCP_SYN, probe->seq, 0, packet);
        return;
    }
    udp = compose(probe, IPPROTO_UDP, size, packet);
    udp->udp_src = htons(probe->src_port);
    udp->udp_dst = htons(probe->dst_port);
    udp->udp_len = htons(size);
    udp->udp_csum = build_checksum(packet, udp, IPPROTO_UDP, size);
    if (!udp->udp_csum) {
        udp->udp_csum = htons(0xffff);
    }
}

void
svc_packet_reset(const struct svc_probe *probe, uint32_t seq, uint32_t ack,
                 struct dp_packet *packet)
{
    compose_tcp(probe, TCP_RST | TCP_ACK, seq, ack, packet);
}

/* ---- Answers ----------------------------------------------------------- */

/* From a service to where the probe came from. */
static bool
parse_tcp(const struct pin *pin, struct svc_answer *answer)
{
    const struct tcp_header *tcp = dp_packet_l4(&pin->packet);
    uint16_t flags;

    if (!tcp || dp_packet_l4_size(&pin->packet) < TCP_HEADER_LEN) {
        return false;
    }
    flags = TCP_FLAGS(tcp->tcp_ctl);
    if (!(flags & TCP_ACK) || !(flags & (TCP_RST | TCP_SYN))) {
        return false;
    }
    answer->said = flags & TCP_RST ? SVC_SAID_REFUSED : SVC_SAID_OPEN;
    answer->is_udp = false;
    answer->src_ip = pin->headers.ipv6_dst;
    answer->dst_ip = pin->headers.ipv6_src;
    if (pin_is_ip4(pin)) {
        in6_addr_set_mapped_ipv4(&answer->src_ip, pin->headers.nw_dst);
        in6_addr_set_mapped_ipv4(&answer->dst_ip, pin->headers.nw_src);
    }
    answer->src_port = ntohs(tcp->tcp_dst);
    answer->dst_port = ntohs(tcp->tcp_src);
    answer->seq = ntohl(get_16aligned_be32(&tcp->tcp_seq));
    answer->ack = ntohl(get_16aligned_be32(&tcp->tcp_ack));
    return true;
}

/* The addresses of an IPv4 or IPv6 header of 'size' bytes at most; returns
 * its length, and its protocol in '*proto', or 0 if it is none. */
static size_t
parse_quoted_ip(const void *l3, size_t size, bool is_ip4,
                struct svc_answer *answer, uint8_t *proto)
{
    const struct ovs_16aligned_ip6_hdr *ip6 = l3;
    const struct ip_header *ip = l3;

    if (!is_ip4) {
        if (size < IPV6_HEADER_LEN || IP_VER(ip->ip_ihl_ver) != 6) {
            return 0;
        }
        memcpy(&answer->src_ip, &ip6->ip6_src, sizeof answer->src_ip);
        memcpy(&answer->dst_ip, &ip6->ip6_dst, sizeof answer->dst_ip);
        *proto = ip6->ip6_nxt;
        return IPV6_HEADER_LEN;
    }
    if (size < IP_HEADER_LEN || IP_VER(ip->ip_ihl_ver) != 4
        || IP_IHL(ip->ip_ihl_ver) * 4 < IP_HEADER_LEN
        || ip->ip_frag_off & htons(IP_FRAG_OFF_MASK)) {
        return 0;
    }
    in6_addr_set_mapped_ipv4(&answer->src_ip,
                             get_16aligned_be32(&ip->ip_src));
    in6_addr_set_mapped_ipv4(&answer->dst_ip,
                             get_16aligned_be32(&ip->ip_dst));
    *proto = ip->ip_proto;
    return IP_IHL(ip->ip_ihl_ver) * 4;
}

/* An ICMP error that quotes the probe, its ports at least. */
static bool
parse_icmp(const struct pin *pin, struct svc_answer *answer)
{
    enum { ICMP_SIZE = 8, PORTS_SIZE = 4 };     /* Alike in both. */
    const uint8_t *l4 = dp_packet_l4(&pin->packet);
    size_t size = l4 ? dp_packet_l4_size(&pin->packet) : 0;
    bool is_ip4 = pin_is_ip4(pin);
    uint8_t proto = 0;
    size_t length;

    if (size < ICMP_SIZE
        || l4[0] != (is_ip4 ? ICMP4_DST_UNREACH : ICMP6_DST_UNREACH)) {
        return false;
    }
    l4 += ICMP_SIZE;
    size -= ICMP_SIZE;
    length = parse_quoted_ip(l4, size, is_ip4, answer, &proto);
    if (!length || size < length + PORTS_SIZE
        || (proto != IPPROTO_UDP && proto != IPPROTO_TCP)) {
        return false;
    }
    l4 += length;
    answer->said = SVC_SAID_UNREACHABLE;
    answer->is_udp = proto == IPPROTO_UDP;
    answer->src_port = ntohs(get_unaligned_be16((const void *) l4));
    answer->dst_port = ntohs(get_unaligned_be16((const void *) (l4 + 2)));
    return true;
}

bool
svc_packet_parse(const struct pin *pin, struct svc_answer *answer)
{
    uint8_t proto = pin->headers.nw_proto;
    struct svc_answer parsed;

    memset(&parsed, 0, sizeof parsed);
    if (!(pin_is_ip4(pin) || pin_is_ip6(pin))
        || pin->headers.nw_frag & FLOW_NW_FRAG_ANY
        || !(proto == IPPROTO_TCP
             ? parse_tcp(pin, &parsed)
             : proto == (pin_is_ip4(pin) ? IPPROTO_ICMP : IPPROTO_ICMPV6)
             && parse_icmp(pin, &parsed))) {
        return false;
    }
    *answer = parsed;
    return true;
}

bool
svc_answer_fits(const struct svc_answer *answer,
                const struct svc_probe *probe)
{
    return (answer->is_udp == probe->is_udp
            && answer->src_port == probe->src_port
            && answer->dst_port == probe->dst_port
            && ipv6_addr_equals(&answer->src_ip, &probe->src_ip)
            && ipv6_addr_equals(&answer->dst_ip, &probe->dst_ip)
            && (answer->said == SVC_SAID_UNREACHABLE
                || answer->ack == probe->seq + 1));
}
