/* put_dhcpv6_opts and put_nd_ra_opts: turn a DHCPv6 request or a router
 * solicitation into its reply (RFC 8415, 4861).  The userdata has the options
 * (or the whole advertisement); addresses are the logical flows' to change.
 * Checksums are right for the addresses as they are, so that OVS can adjust
 * them. */
#include <config.h>

#include "node-agent/packet_in_private.h"

#include <netinet/icmp6.h>
#include <netinet/ip6.h>

#include "lflow/packet_in.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

/* RFC 8415, 7.3: message types. */
enum {
    SOLICIT = 1, ADVERTISE = 2, REQUEST = 3, CONFIRM = 4, RENEW = 5,
    REBIND = 6, REPLY = 7, RELEASE = 8, DECLINE = 9, INFORMATION_REQUEST = 11,
};

/* RFC 8415, 21: options; those of the userdata have the same codes. */
enum {
    OPT_CLIENT_ID = 1, OPT_SERVER_ID = 2, OPT_IA_NA = 3, OPT_IA_ADDR = 5,
    OPT_DNS = 23, OPT_DOMAIN = 24,
};

enum { DUID_LL = 3, HW_ETHERNET = 1 };

static uint16_t
get_be16(const uint8_t *p)
{
    return ntohs(get_unaligned_be16((const void *) p));
}

static void
put_be16(struct ofpbuf *b, uint16_t value)
{
    ovs_be16 be = htons(value);

    ofpbuf_put(b, &be, sizeof be);
}

static void
put_be32(struct ofpbuf *b, uint32_t value)
{
    ovs_be32 be = htonl(value);

    ofpbuf_put(b, &be, sizeof be);
}

/* The value of option 'code' in the options from 'p' to 'end', its length in
 * '*len', or NULL. */
static const uint8_t *
find_option(uint16_t code, const uint8_t *p, const uint8_t *end,
            uint16_t *len)
{
    while (end - p >= 4 && end - p >= 4 + get_be16(p + 2)) {
        if (get_be16(p) == code) {
            *len = get_be16(p + 2);
            return p + 4;
        }
        p += 4 + get_be16(p + 2);
    }
    return NULL;
}

/* The packet of 'pin' with another payload after its IPv6 header. */
static void *
compose6(const struct pin *pin, uint8_t proto, size_t size,
         struct dp_packet *packet)
{
    const struct ovs_16aligned_ip6_hdr *in = dp_packet_l3(&pin->packet);
    struct ovs_16aligned_ip6_hdr *ip6;
    void *l3;

    pin_compose(pin, ETH_TYPE_IPV6, IPV6_HEADER_LEN + size, packet, &l3);
    ip6 = l3;
    memcpy(ip6, in, IPV6_HEADER_LEN);
    ip6->ip6_plen = htons(size);
    ip6->ip6_nxt = proto;
    return ip6 + 1;
}

/* ---- DHCPv6 ----------------------------------------------------------- */

static uint8_t
reply_type(uint8_t type)
{
    switch (type) {
    case SOLICIT:
        return ADVERTISE;
    case REQUEST:
    case CONFIRM:
    case RENEW:
    case REBIND:
    case RELEASE:
    case DECLINE:
    case INFORMATION_REQUEST:
        return REPLY;
    default:
        return 0;
    }
}

static void
put_server_id(struct ofpbuf *reply, const uint8_t *mac)
{
    put_be16(reply, OPT_SERVER_ID);
    put_be16(reply, 4 + ETH_ADDR_LEN);
    put_be16(reply, DUID_LL);
    put_be16(reply, HW_ETHERNET);
    ofpbuf_put(reply, mac, ETH_ADDR_LEN);
}

/* The address, in the client's identity association, for ever. */
static void
put_address(struct ofpbuf *reply, const uint8_t *iaid, const uint8_t *ip6)
{
    put_be16(reply, OPT_IA_NA);
    put_be16(reply, 12 + 4 + 24);
    ofpbuf_put(reply, iaid, 4);
    put_be32(reply, UINT32_MAX);        /* T1 */
    put_be32(reply, UINT32_MAX);        /* T2 */
    put_be16(reply, OPT_IA_ADDR);
    put_be16(reply, 24);
    ofpbuf_put(reply, ip6, 16);
    put_be32(reply, UINT32_MAX);        /* Preferred lifetime. */
    put_be32(reply, UINT32_MAX);        /* Valid lifetime. */
}

/* The reply to the 'size' bytes at 'request', or false if there is none. */
static bool
compose_dhcpv6(const struct pin *pin, const uint8_t *request, size_t size,
               struct ofpbuf *reply)
{
    const uint8_t *given = pin->data + sizeof(struct packet_in_bit);
    const uint8_t *given_end = pin->data + pin->size;
    const uint8_t *end = request + size;
    uint8_t type = size >= 4 ? reply_type(request[0]) : 0;
    uint16_t id_len = 0, ia_len = 0, len = 0;
    const uint8_t *client_id, *ia, *value;

    client_id = type ? find_option(OPT_CLIENT_ID, request + 4, end, &id_len)
                     : NULL;
    if (!type || (!client_id && request[0] != INFORMATION_REQUEST)) {
        return false;
    }
    ofpbuf_put(reply, request, 4);      /* Type, transaction. */
    ((uint8_t *) reply->data)[0] = type;
    if (client_id) {
        put_be16(reply, OPT_CLIENT_ID);
        put_be16(reply, id_len);
        ofpbuf_put(reply, client_id, id_len);
    }
    value = find_option(OPT_SERVER_ID, given, given_end, &len);
    if (value && len == ETH_ADDR_LEN) {
        put_server_id(reply, value);
    }
    ia = find_option(OPT_IA_NA, request + 4, end, &ia_len);
    value = find_option(OPT_IA_ADDR, given, given_end, &len);
    if (ia && ia_len >= 12 && value && len == 16 && request[0] != RELEASE
        && request[0] != DECLINE && request[0] != INFORMATION_REQUEST) {
        put_address(reply, ia, value);
    }
    for (uint16_t code = OPT_DNS; code <= OPT_DOMAIN; code++) {
        value = find_option(code, given, given_end, &len);
        if (value) {
            put_be16(reply, code);
            put_be16(reply, len);
            ofpbuf_put(reply, value, len);
        }
    }
    return true;
}

void
respond_put_dhcpv6_opts(struct pin *pin)
{
    size_t size;
    const uint8_t *request = pin_udp_payload(pin, &size);
    struct dp_packet packet;
    struct ofpbuf reply;

    ofpbuf_init(&reply, 256);
    if (request && pin->headers.dl_type == htons(ETH_TYPE_IPV6)
        && pin->size >= sizeof(struct packet_in_bit)
        && compose_dhcpv6(pin, request, size, &reply)) {
        pin_replace_udp_payload(pin, &reply, &packet);
        pin_resume(pin, &packet, true);
        dp_packet_uninit(&packet);
    } else {
        pin_resume(pin, NULL, false);
    }
    ofpbuf_uninit(&reply);
}

/* ---- Router advertisements -------------------------------------------- */

void
respond_put_nd_ra_opts(struct pin *pin)
{
    size_t size = pin->size - MIN(pin->size, sizeof(struct packet_in_bit));
    struct icmp6_header *icmp6;
    struct dp_packet packet;

    if (size < sizeof *icmp6 || pin->headers.nw_proto != IPPROTO_ICMPV6
        || pin->headers.tp_src != htons(ND_ROUTER_SOLICIT)) {
        pin_resume(pin, NULL, false);
        return;
    }
    icmp6 = compose6(pin, IPPROTO_ICMPV6, size, &packet);
    memcpy(icmp6, pin->data + sizeof(struct packet_in_bit), size);
    icmp6->icmp6_cksum = 0;
    icmp6->icmp6_cksum = packet_csum_upperlayer6(dp_packet_l3(&packet), icmp6,
                                                 IPPROTO_ICMPV6, size);
    pin_resume(pin, &packet, true);
    dp_packet_uninit(&packet);
}
