/* icmp4 { }, icmp6 { }, icmp4_error { }, icmp6_error { }, tcp_reset { },
 * reject { }: answers that say no (ovn-sb(5); RFC 792, 4443, 793), and the
 * MTU in them (icmp4.frag_mtu, icmp6.frag_mtu). */
#include <config.h>

#include "node-agent/packet_in_private.h"

#include <netinet/icmp6.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>

#include "csum.h"
#include "packets.h"
#include "util.h"

enum {
    REPLY_TTL = 255,
    MAX_IP4_ERROR = 576,        /* RFC 1812, 4.3.2.3: of the whole reply. */
    MAX_IP6_ERROR = 1280,       /* RFC 4443, 2.4(c). */
};

/* The packet's network header and 'size' bytes from there on. */
static const void *
original(const struct pin *pin, size_t *size)
{
    const char *l3 = dp_packet_l3(&pin->packet);
    size_t all = dp_packet_size(&pin->packet);
    size_t ofs = l3 ? l3 - (const char *) dp_packet_data(&pin->packet) : 0;

    if (!l3 || ofs >= all) {
        return NULL;
    }
    *size = all - ofs - dp_packet_l2_pad_size(&pin->packet);
    return l3;
}

/* ---- Headers ---------------------------------------------------------- */

/* Begins a reply by an IPv4 header for 'payload' bytes, which follow it. */
static void *
begin_ip4(const struct pin *pin, uint8_t proto, size_t payload, bool swap,
          struct dp_packet *packet)
{
    struct ip_header *ip;
    void *l3;

    pin_compose(pin, ETH_TYPE_IP, IP_HEADER_LEN + payload, packet, &l3);
    ip = l3;
    ip->ip_ihl_ver = IP_IHL_VER(5, 4);
    ip->ip_tos = pin->headers.nw_tos;
    ip->ip_tot_len = htons(IP_HEADER_LEN + payload);
    ip->ip_ttl = REPLY_TTL;
    ip->ip_proto = proto;
    put_16aligned_be32(&ip->ip_src, swap ? pin->headers.nw_dst
                                         : pin->headers.nw_src);
    put_16aligned_be32(&ip->ip_dst, swap ? pin->headers.nw_src
                                         : pin->headers.nw_dst);
    ip->ip_csum = csum(ip, IP_HEADER_LEN);
    if (swap) {
        pin_swap_eth(packet);
    }
    return ip + 1;
}

static void *
begin_ip6(const struct pin *pin, uint8_t proto, size_t payload, bool swap,
          struct dp_packet *packet)
{
    const struct in6_addr *src = &pin->headers.ipv6_src;
    const struct in6_addr *dst = &pin->headers.ipv6_dst;
    struct ovs_16aligned_ip6_hdr *ip6;
    void *l3;

    pin_compose(pin, ETH_TYPE_IPV6, IPV6_HEADER_LEN + payload, packet, &l3);
    ip6 = l3;
    put_16aligned_be32(&ip6->ip6_flow, htonl(UINT32_C(6) << 28));
    ip6->ip6_plen = htons(payload);
    ip6->ip6_nxt = proto;
    ip6->ip6_hlim = REPLY_TTL;
    memcpy(&ip6->ip6_src, swap ? dst : src, sizeof ip6->ip6_src);
    memcpy(&ip6->ip6_dst, swap ? src : dst, sizeof ip6->ip6_dst);
    if (swap) {
        pin_swap_eth(packet);
    }
    return ip6 + 1;
}

static ovs_be16
checksum6(const struct dp_packet *packet, const void *l4, uint8_t proto,
          size_t size)
{
    return packet_csum_upperlayer6(dp_packet_l3(packet), l4, proto, size);
}

/* ---- ICMP ------------------------------------------------------------- */

static void
send_icmp4(struct pin *pin, uint8_t code, bool with_original, bool swap)
{
    size_t size = 0, max = MAX_IP4_ERROR - IP_HEADER_LEN - ICMP_HEADER_LEN;
    const void *data = with_original ? original(pin, &size) : NULL;
    struct icmp_header *icmp;
    struct dp_packet packet;

    size = data ? MIN(size, max) : 0;
    icmp = begin_ip4(pin, IPPROTO_ICMP, ICMP_HEADER_LEN + size, swap,
                     &packet);
    icmp->icmp_type = ICMP4_DST_UNREACH;
    icmp->icmp_code = code;
    if (size) {
        memcpy(icmp + 1, data, size);
    }
    icmp->icmp_csum = csum(icmp, ICMP_HEADER_LEN + size);
    pin_inject(pin, &packet);
    dp_packet_uninit(&packet);
}

static void
send_icmp6(struct pin *pin, uint8_t code, bool swap)
{
    size_t size = 0;
    size_t max = MAX_IP6_ERROR - IPV6_HEADER_LEN - ICMP6_DATA_HEADER_LEN;
    const void *data = original(pin, &size);
    struct icmp6_data_header *icmp6;
    struct dp_packet packet;

    size = data ? MIN(size, max) : 0;
    icmp6 = begin_ip6(pin, IPPROTO_ICMPV6, sizeof *icmp6 + size, swap,
                      &packet);
    icmp6->icmp6_base.icmp6_type = ICMP6_DST_UNREACH;
    icmp6->icmp6_base.icmp6_code = code;
    if (size) {
        memcpy(icmp6 + 1, data, size);
    }
    icmp6->icmp6_base.icmp6_cksum = checksum6(&packet, icmp6, IPPROTO_ICMPV6,
                                              sizeof *icmp6 + size);
    pin_inject(pin, &packet);
    dp_packet_uninit(&packet);
}

static bool
is_ip4(const struct pin *pin)
{
    return pin->headers.dl_type == htons(ETH_TYPE_IP);
}

static bool
is_ip6(const struct pin *pin)
{
    return pin->headers.dl_type == htons(ETH_TYPE_IPV6);
}

void
respond_icmp(struct pin *pin)
{
    if (is_ip4(pin)) {
        send_icmp4(pin, ICMP_HOST_UNREACH, false, false);
    } else if (is_ip6(pin)) {
        send_icmp6(pin, ICMP6_DST_UNREACH_ADMIN, false);
    }
}

void
respond_icmp_error(struct pin *pin)
{
    if (is_ip4(pin)) {
        send_icmp4(pin, ICMP_HOST_UNREACH, true, false);
    } else if (is_ip6(pin)) {
        send_icmp6(pin, ICMP6_DST_UNREACH_ADMIN, false);
    }
}

/* ---- TCP -------------------------------------------------------------- */

/* Fills in a reset of the packet's connection. */
static bool
fill_reset(const struct pin *pin, bool swap, struct tcp_header *out)
{
    const struct tcp_header *in = dp_packet_l4(&pin->packet);
    size_t l4_size = dp_packet_l4_size(&pin->packet);
    uint16_t flags;
    uint32_t length;

    if (!in || l4_size < TCP_HEADER_LEN) {
        return false;
    }
    flags = TCP_FLAGS(in->tcp_ctl);
    length = l4_size - MIN(l4_size, TCP_OFFSET(in->tcp_ctl) * 4u);
    out->tcp_src = swap ? in->tcp_dst : in->tcp_src;
    out->tcp_dst = swap ? in->tcp_src : in->tcp_dst;
    if (flags & TCP_ACK) {
        put_16aligned_be32(&out->tcp_seq, get_16aligned_be32(&in->tcp_ack));
        out->tcp_ctl = TCP_CTL(TCP_RST, 5);
    } else {
        uint32_t seq = ntohl(get_16aligned_be32(&in->tcp_seq));

        /* SYN and FIN take a number too (RFC 793, section 3.3). */
        length += !!(flags & TCP_SYN) + !!(flags & TCP_FIN);
        put_16aligned_be32(&out->tcp_ack, htonl(seq + length));
        out->tcp_ctl = TCP_CTL(TCP_RST | TCP_ACK, 5);
    }
    return true;
}

static void
send_reset(struct pin *pin, bool swap)
{
    struct tcp_header reset, *tcp;
    struct dp_packet packet;

    memset(&reset, 0, sizeof reset);
    if (!fill_reset(pin, swap, &reset)) {
        return;
    }
    if (is_ip4(pin)) {
        uint32_t sum;

        tcp = begin_ip4(pin, IPPROTO_TCP, sizeof reset, swap, &packet);
        *tcp = reset;
        sum = packet_csum_pseudoheader(dp_packet_l3(&packet));
        tcp->tcp_csum = csum_finish(csum_continue(sum, tcp, sizeof *tcp));
    } else {
        tcp = begin_ip6(pin, IPPROTO_TCP, sizeof reset, swap, &packet);
        *tcp = reset;
        tcp->tcp_csum = checksum6(&packet, tcp, IPPROTO_TCP, sizeof *tcp);
    }
    pin_inject(pin, &packet);
    dp_packet_uninit(&packet);
}

void
respond_tcp_reset(struct pin *pin)
{
    if ((is_ip4(pin) || is_ip6(pin))
        && pin->headers.nw_proto == IPPROTO_TCP) {
        send_reset(pin, false);
    }
}

void
respond_reject(struct pin *pin)
{
    bool is_udp = pin->headers.nw_proto == IPPROTO_UDP;

    if (!is_ip4(pin) && !is_ip6(pin)) {
        return;
    }
    if (pin->headers.nw_proto == IPPROTO_TCP) {
        send_reset(pin, true);
    } else if (is_ip4(pin)) {
        send_icmp4(pin, is_udp ? ICMP_PORT_UNREACH : ICMP_HOST_UNREACH, true,
                   true);
    } else {
        send_icmp6(pin, is_udp ? ICMP6_DST_UNREACH_NOPORT
                               : ICMP6_DST_UNREACH_ADMIN, true);
    }
}

/* ---- MTU -------------------------------------------------------------- */

/* Lets the packet go on with 'mtu' in its ICMP header, in 'size' bytes at
 * 'ofs' of it. */
static void
resume_with_mtu(struct pin *pin, uint8_t proto, size_t ofs,
                const void *mtu, size_t size)
{
    struct dp_packet *packet = dp_packet_clone(&pin->packet);
    size_t l4_size = dp_packet_l4_size(packet);
    struct icmp_header *icmp = dp_packet_l4(packet);

    if (icmp && l4_size >= ICMP_HEADER_LEN
        && pin->headers.nw_proto == proto) {
        memcpy((char *) icmp + ofs, mtu, size);
        icmp->icmp_csum = 0;
        icmp->icmp_csum = (proto == IPPROTO_ICMP
                           ? csum(icmp, l4_size)
                           : checksum6(packet, icmp, proto, l4_size));
        pin_resume(pin, packet, true);
    } else {
        pin_resume(pin, NULL, true);
    }
    dp_packet_delete(packet);
}

void
respond_frag_mtu4(struct pin *pin)
{
    if (pin->size >= 2) {
        resume_with_mtu(pin, IPPROTO_ICMP,
                        offsetof(struct icmp_header, icmp_fields.frag.mtu),
                        pin->data, 2);
    }
}

void
respond_frag_mtu6(struct pin *pin)
{
    if (pin->size >= 4) {
        resume_with_mtu(pin, IPPROTO_ICMPV6, sizeof(struct icmp6_header),
                        pin->data, 4);
    }
}
