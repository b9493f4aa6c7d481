/* icmp4 { }, icmp6 { }, icmp4_error { }, icmp6_error { }, reject { } and the
 * MTU in them (icmp4.frag_mtu, icmp6.frag_mtu): ICMP errors about the packet
 * at hand, as much of which as may be goes with them (RFC 792, 1122, 1812,
 * 4443; ovn-sb(5)).  Type and code are the nested actions' to change. */
#include <config.h>

#include "node-agent/packet_in_private.h"

#include <netinet/icmp6.h>

#include "packets.h"
#include "util.h"

enum {
    MAX_IP4_ERROR = 576,        /* RFC 1812, 4.3.2.3: of the whole reply. */
    MAX_IP6_ERROR = 1280,       /* RFC 4443, 2.4(c). */
    CODE_HOST_UNREACHABLE = 1,  /* RFC 792. */
    CODE_PORT_UNREACHABLE = 3,
};

/* ---- What must not be answered ---------------------------------------- */

static bool
is_icmp4_error(uint8_t type)
{
    switch (type) {
    case ICMP4_DST_UNREACH:
    case ICMP4_SOURCEQUENCH:
    case ICMP4_REDIRECT:
    case ICMP4_TIME_EXCEEDED:
    case ICMP4_PARAM_PROB:
        return true;
    default:
        return false;
    }
}

/* RFC 1122, 3.2.2; RFC 1812, 4.3.2.7. */
static bool
may_answer_ip4(const struct flow *h)
{
    uint32_t src = ntohl(h->nw_src), dst = ntohl(h->nw_dst);

    if (h->nw_proto == IPPROTO_ICMP && is_icmp4_error(ntohs(h->tp_src))) {
        return false;
    }
    return (!eth_addr_is_multicast(h->dl_dst)
            && !(h->nw_frag & FLOW_NW_FRAG_LATER)
            && src >> 24 && src >> 24 != 127    /* This host; loopback. */
            && src < 0xe0000000                 /* Multicast; class E. */
            && dst < 0xe0000000);
}

/* RFC 4443, 2.4(e); only Packet Too Big may answer multicast. */
static bool
may_answer_ip6(const struct flow *h, bool too_big)
{
    bool is_multicast = (eth_addr_is_multicast(h->dl_dst)
                         || ipv6_addr_is_multicast(&h->ipv6_dst));
    uint16_t type = ntohs(h->tp_src);

    if (h->nw_proto == IPPROTO_ICMPV6 && !(h->nw_frag & FLOW_NW_FRAG_LATER)
        && (type < ICMP6_INFOMSG_MASK || type == ND_REDIRECT)) {
        return false;
    }
    return ((!is_multicast || too_big)
            && !ipv6_is_zero(&h->ipv6_src)
            && !ipv6_addr_is_multicast(&h->ipv6_src));
}

/* ---- Composing -------------------------------------------------------- */

/* Both ICMPs begin alike: type, code, checksum, 4 bytes, the packet. */
static void
send_icmp(struct pin *pin, uint8_t type, uint8_t code, size_t max, bool swap)
{
    uint8_t proto = pin_is_ip4(pin) ? IPPROTO_ICMP : IPPROTO_ICMPV6;
    struct icmp6_data_header *icmp;
    struct dp_packet packet;
    const void *original;
    size_t size;

    original = pin_l3(pin, &size);
    if (!original) {
        pin_drop(pin, PACKET_IN_DROP_MALFORMED);
        return;
    }
    size = MIN(size, max - sizeof *icmp - (pin_is_ip4(pin)
                                           ? IP_HEADER_LEN
                                           : IPV6_HEADER_LEN));
    icmp = pin_build_ip(pin, proto, sizeof *icmp + size, swap, &packet);
    build_whole(&packet, BUILD_TTL);
    icmp->icmp6_base.icmp6_type = type;
    icmp->icmp6_base.icmp6_code = code;
    memcpy(icmp + 1, original, size);
    icmp->icmp6_base.icmp6_cksum = build_checksum(&packet, icmp, proto,
                                                  sizeof *icmp + size);
    pin_inject(pin, &packet);
    dp_packet_uninit(&packet);
}

static void
send_unreachable(struct pin *pin, bool too_big, bool swap)
{
    bool is_udp = pin->headers.nw_proto == IPPROTO_UDP;

    if (pin_is_ip4(pin) && may_answer_ip4(&pin->headers)) {
        send_icmp(pin, ICMP4_DST_UNREACH,
                  swap && is_udp ? CODE_PORT_UNREACHABLE
                                 : CODE_HOST_UNREACHABLE,
                  MAX_IP4_ERROR, swap);
    } else if (pin_is_ip6(pin) && may_answer_ip6(&pin->headers, too_big)) {
        send_icmp(pin, ICMP6_DST_UNREACH,
                  swap && is_udp ? ICMP6_DST_UNREACH_NOPORT
                                 : ICMP6_DST_UNREACH_ADMIN,
                  MAX_IP6_ERROR, swap);
    } else {
        pin_drop(pin, PACKET_IN_DROP_NOT_DUE);
    }
}

void
respond_icmp(struct pin *pin)
{
    send_unreachable(pin, false, false);
}

/* Of a packet that is too large for its way (ovn-northd(8)). */
void
respond_icmp_error(struct pin *pin)
{
    send_unreachable(pin, true, false);
}

/* Addresses are swapped here, not by the nested actions. */
void
respond_reject(struct pin *pin)
{
    if (pin->headers.nw_proto == IPPROTO_TCP) {
        respond_reset(pin, true);
    } else if (pin->headers.nw_proto == IPPROTO_SCTP) {
        respond_abort(pin, true);
    } else {
        send_unreachable(pin, false, true);
    }
}

/* ---- MTU -------------------------------------------------------------- */

/* Lets the packet go on with 'mtu' in its ICMP header, 'size' bytes at
 * 'ofs' of it. */
static void
resume_with_mtu(struct pin *pin, uint8_t proto, size_t ofs, size_t size)
{
    struct dp_packet *packet = dp_packet_clone(&pin->packet);
    struct icmp6_data_header *icmp = dp_packet_l4(packet);
    size_t l4_size = icmp ? dp_packet_l4_size(packet) : 0;

    if (l4_size < sizeof *icmp || pin->headers.nw_proto != proto
        || pin->headers.nw_frag & FLOW_NW_FRAG_ANY || pin->size < size) {
        pin_drop(pin, PACKET_IN_DROP_MALFORMED);
        pin_resume(pin, NULL, false);
    } else {
        memcpy((char *) icmp + ofs, pin->data, size);
        icmp->icmp6_base.icmp6_cksum = 0;
        icmp->icmp6_base.icmp6_cksum = build_checksum(packet, icmp, proto,
                                                      l4_size);
        pin_resume(pin, packet, true);
    }
    dp_packet_delete(packet);
}

/* RFC 1191: the lower half of the word after the checksum. */
void
respond_frag_mtu4(struct pin *pin)
{
    resume_with_mtu(pin, IPPROTO_ICMP, ICMP6_HEADER_LEN + 2, 2);
}

/* RFC 4443, 3.2: the whole word. */
void
respond_frag_mtu6(struct pin *pin)
{
    resume_with_mtu(pin, IPPROTO_ICMPV6, ICMP6_HEADER_LEN, 4);
}
