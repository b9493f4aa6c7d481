/* tcp_reset { }, sctp_abort { }, and reject { } of TCP and SCTP: a reset of
 * the connection that the packet at hand belongs to (RFC 9293, 3.10.7.1; RFC
 * 9260, 8.4).  Ports change places; addresses too, if the nested actions
 * don't do that. */
#include <config.h>

#include "node-agent/packet_in_private.h"

#include "crc32c.h"
#include "packets.h"
#include "unaligned.h"
#include "util.h"

enum { RESET_TTL = 63 };        /* As OVN's. */

/* Is it the beginning of a segment of 'proto' from one host to another? */
static bool
may_answer(const struct pin *pin, uint8_t proto, size_t header_size)
{
    const struct flow *h = &pin->headers;

    if ((!pin_is_ip4(pin) && !pin_is_ip6(pin)) || h->nw_proto != proto
        || h->nw_frag & FLOW_NW_FRAG_LATER || !dp_packet_l4(&pin->packet)
        || dp_packet_l4_size(&pin->packet) < header_size
        || eth_addr_is_multicast(h->dl_dst)) {
        return false;
    }
    if (pin_is_ip4(pin)) {
        return (h->nw_src && !ip_is_multicast(h->nw_src)
                && !ip_is_multicast(h->nw_dst)
                && h->nw_dst != htonl(UINT32_MAX));
    }
    return (!ipv6_is_zero(&h->ipv6_src)
            && !ipv6_addr_is_multicast(&h->ipv6_src)
            && !ipv6_addr_is_multicast(&h->ipv6_dst));
}

/* ---- TCP -------------------------------------------------------------- */

static void
fill_reset(const struct tcp_header *in, size_t size, struct tcp_header *out)
{
    uint16_t flags = TCP_FLAGS(in->tcp_ctl);
    uint32_t length = size - MIN(size, TCP_OFFSET(in->tcp_ctl) * 4u);

    out->tcp_src = in->tcp_dst;
    out->tcp_dst = in->tcp_src;
    if (flags & TCP_ACK) {
        out->tcp_seq = in->tcp_ack;
        out->tcp_ctl = TCP_CTL(TCP_RST, 5);
    } else {
        uint32_t seq = ntohl(get_16aligned_be32(&in->tcp_seq));

        /* SYN and FIN take a number too (RFC 9293, 3.4). */
        length += !!(flags & TCP_SYN) + !!(flags & TCP_FIN);
        put_16aligned_be32(&out->tcp_ack, htonl(seq + length));
        out->tcp_ctl = TCP_CTL(TCP_RST | TCP_ACK, 5);
    }
}

void
respond_reset(struct pin *pin, bool swap)
{
    const struct tcp_header *in = dp_packet_l4(&pin->packet);
    struct tcp_header *out;
    struct dp_packet packet;

    if (!may_answer(pin, IPPROTO_TCP, TCP_HEADER_LEN)
        || TCP_FLAGS(in->tcp_ctl) & TCP_RST) {
        pin_drop(pin, PACKET_IN_DROP_NOT_DUE);
        return;
    }
    out = pin_build_ip(pin, IPPROTO_TCP, sizeof *out, swap, &packet);
    build_whole(&packet, RESET_TTL);
    fill_reset(in, dp_packet_l4_size(&pin->packet), out);
    out->tcp_csum = build_checksum(&packet, out, IPPROTO_TCP, sizeof *out);
    pin_inject(pin, &packet);
    dp_packet_uninit(&packet);
}

void
respond_tcp_reset(struct pin *pin)
{
    respond_reset(pin, false);
}

/* ---- SCTP ------------------------------------------------------------- */

/* RFC 9260, 3.2. */
enum {
    SCTP_INIT = 1, SCTP_ABORT = 6, SCTP_ERROR = 9, SCTP_SHUTDOWN_COMPLETE = 14
};
enum { SCTP_T_BIT = 1 };

struct sctp_chunk {
    uint8_t type;
    uint8_t flags;
    ovs_be16 length;
};

struct sctp_abort {
    struct sctp_header header;
    struct sctp_chunk chunk;
};

/* The tag that an ABORT is to carry: of an INIT that which it offers, else
 * the packet's own with the T bit.  False if there is to be none. */
static bool
choose_tag(const struct pin *pin, struct sctp_abort *out)
{
    const struct sctp_header *in = dp_packet_l4(&pin->packet);
    const struct sctp_chunk *chunk = (const void *) (in + 1);
    size_t size = dp_packet_l4_size(&pin->packet);

    switch (chunk->type) {
    case SCTP_ABORT:
    case SCTP_ERROR:
    case SCTP_SHUTDOWN_COMPLETE:
        return false;
    case SCTP_INIT:
        if (size < sizeof *out + sizeof(ovs_be32)) {
            return false;
        }
        memcpy(&out->header.sctp_vtag, chunk + 1, sizeof(ovs_be32));
        return true;
    default:
        out->header.sctp_vtag = in->sctp_vtag;
        out->chunk.flags = SCTP_T_BIT;
        return true;
    }
}

void
respond_abort(struct pin *pin, bool swap)
{
    struct sctp_abort abort, *out;
    struct dp_packet packet;

    memset(&abort, 0, sizeof abort);
    if (!may_answer(pin, IPPROTO_SCTP, sizeof abort)
        || !choose_tag(pin, &abort)) {
        pin_drop(pin, PACKET_IN_DROP_NOT_DUE);
        return;
    }
    abort.header.sctp_src = pin->headers.tp_dst;
    abort.header.sctp_dst = pin->headers.tp_src;
    abort.chunk.type = SCTP_ABORT;
    abort.chunk.length = htons(sizeof abort.chunk);
    put_16aligned_be32(&abort.header.sctp_csum,
                       crc32c((const void *) &abort, sizeof abort));
    out = pin_build_ip(pin, IPPROTO_SCTP, sizeof *out, swap, &packet);
    build_whole(&packet, RESET_TTL);
    *out = abort;
    pin_inject(pin, &packet);
    dp_packet_uninit(&packet);
}

void
respond_sctp_abort(struct pin *pin)
{
    respond_abort(pin, false);
}
