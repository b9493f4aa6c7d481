/* put_dhcp_opts: turns a DHCPv4 (or BOOTP) request into its reply (RFC 951,
 * 1542, 2131, 2132, 3396, 3942, 6842).  The userdata has the address to offer
 * and the options as they go into the packet; Ethernet and source addresses
 * and ports are the logical flows' to change, the destination is set here
 * (RFC 2131, 4.1).
 *
 * A request that is not for this server goes on as it is, to others. */
#include <config.h>

#include "node-agent/packet_in_private.h"

#include "dhcp.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "unaligned.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(respond_dhcp4);

enum {
    DHCP_MAGIC = 0x63825363,
    DHCP_FLAG_BROADCAST = 0x8000,
    DHCP_MIN_REPLY = 300,       /* BOOTP's: some refuse less. */
    DHCP_MAX_REPLY = 1472,      /* What fits Ethernet. */
    DHCP_DEFAULT_MAX = 548,     /* RFC 2131, 2: unless the client says more
                                 * (a datagram of 576). */
};

/* Message types (RFC 2132, 9.6). */
enum {
    DISCOVER = 1, OFFER = 2, REQUEST = 3, DECLINE = 4, ACK = 5, NAK = 6,
    RELEASE = 7, INFORM = 8,
    BOOTP = 0,                  /* None: RFC 1534. */
};

/* Options that mean something here; the last two are not DHCP's but
 * parameters of put_dhcp_opts() (lflow/dhcp_options.h). */
enum {
    OPT_PAD = 0, OPT_NETMASK = 1, OPT_REQUESTED_IP = 50, OPT_LEASE_TIME = 51,
    OPT_OVERLOAD = 52, OPT_MESSAGE_TYPE = 53, OPT_SERVER_ID = 54,
    OPT_PARAMETERS = 55, OPT_MAX_SIZE = 57, OPT_T1 = 58, OPT_T2 = 59,
    OPT_CLIENT_ID = 61, OPT_BOOTFILE = 67, OPT_ETHERBOOT = 175,
    OPT_NEXT_SERVER = 253, OPT_BOOTFILE_ALT = 254, OPT_END = 255,
};

/* A value in a packet. */
struct value {
    const uint8_t *data;        /* NULL: not there. */
    uint8_t size;
};

struct request {
    const struct dhcp_header *header;
    uint8_t type;
    ovs_be32 requested_ip, server_id;   /* 0: not there. */
    struct value client_id, parameters;
    uint16_t max_size;
    uint8_t overload;
    bool is_ipxe;
};

/* ---- The request ------------------------------------------------------ */

static ovs_be32
get_be32(const uint8_t *p)
{
    return get_unaligned_be32((const ovs_be32 *) p);
}

/* Takes the option at '*p' off, skipping padding; false at the end. */
static bool
next_option(const uint8_t **p, const uint8_t *end, uint8_t *code,
            struct value *value)
{
    while (*p < end && **p == OPT_PAD) {
        ++*p;
    }
    if (end - *p < 2 || **p == OPT_END || end - *p < 2 + (*p)[1]) {
        return false;
    }
    *code = (*p)[0];
    value->size = (*p)[1];
    value->data = *p + 2;
    *p += 2 + value->size;
    return true;
}

static void
take_option(struct request *request, uint8_t code, struct value value)
{
    if (code == OPT_MESSAGE_TYPE && value.size == 1) {
        request->type = value.data[0];
    } else if (code == OPT_REQUESTED_IP && value.size == 4) {
        request->requested_ip = get_be32(value.data);
    } else if (code == OPT_SERVER_ID && value.size == 4) {
        request->server_id = get_be32(value.data);
    } else if (code == OPT_MAX_SIZE && value.size == 2) {
        request->max_size = value.data[0] << 8 | value.data[1];
    } else if (code == OPT_OVERLOAD && value.size == 1) {
        request->overload = value.data[0];
    } else if (code == OPT_CLIENT_ID) {
        request->client_id = value;
    } else if (code == OPT_PARAMETERS) {
        request->parameters = value;
    } else if (code == OPT_ETHERBOOT) {
        request->is_ipxe = true;
    }
}

static void
take_options(struct request *request, const void *data, size_t size)
{
    const uint8_t *p = data, *end = p + size;
    struct value value;
    uint8_t code;

    while (next_option(&p, end, &code, &value)) {
        take_option(request, code, value);
    }
}

/* Takes the packet apart; false if it is no request. */
static bool
parse_request(const struct pin *pin, struct request *request)
{
    const struct dhcp_header *header;
    const uint8_t *payload;
    size_t size;

    memset(request, 0, sizeof *request);
    payload = pin_udp_payload(pin, &size);
    header = (const void *) payload;
    if (!payload || !pin_is_ip4(pin) || size < sizeof *header
        || header->op != DHCP_OP_REQUEST
        || header->hlen > sizeof header->chaddr) {
        return false;
    }
    request->header = header;
    payload += sizeof *header;
    size -= sizeof *header;
    if (size < 4 || ntohl(get_be32(payload)) != DHCP_MAGIC) {
        return true;            /* BOOTP. */
    }
    take_options(request, payload + 4, size - 4);
    if (request->overload & 1) {        /* RFC 2132, 9.3. */
        take_options(request, header->file, sizeof header->file);
    }
    if (request->overload & 2) {
        take_options(request, header->sname, sizeof header->sname);
    }
    return true;
}

/* ---- What to answer --------------------------------------------------- */

/* The type of the reply; -1: none. */
static int
reply_type(const struct request *request, ovs_be32 offer, ovs_be32 server_id)
{
    ovs_be32 ciaddr = request->header->ciaddr;

    switch (request->type) {
    case BOOTP:
        return BOOTP;
    case DISCOVER:
        return OFFER;
    case INFORM:
        return ACK;
    case REQUEST:
        if (request->server_id && server_id
            && request->server_id != server_id) {
            return -1;          /* Of another server's offer. */
        }
        return (request->requested_ip ? request->requested_ip : ciaddr)
               == offer ? ACK : NAK;
    default:
        return -1;
    }
}

/* What the reply is made of. */
struct reply {
    const struct request *request;
    uint8_t type;
    ovs_be32 offer;
    const uint8_t *options, *options_end;       /* Of the userdata. */
    size_t max_size;
    struct ofpbuf b;
};

/* The last option 'code' of the userdata. */
static struct value
find_option(const uint8_t *p, const uint8_t *end, uint8_t code)
{
    struct value value, found = { NULL, 0 };
    uint8_t c;

    while (next_option(&p, end, &c, &value)) {
        if (c == code) {
            found = value;
        }
    }
    return found;
}

/* Appends an option if there is room for it and the end. */
static void
put_option(struct reply *reply, uint8_t code, const void *data, uint8_t size)
{
    if (reply->b.size + 2 + size + 1 <= reply->max_size) {
        uint8_t header[2] = { code, size };

        ofpbuf_put(&reply->b, header, sizeof header);
        ofpbuf_put(&reply->b, data, size);
    }
}

static bool
is_requested(const struct request *request, uint8_t code)
{
    return request->parameters.data
           && memchr(request->parameters.data, code,
                     request->parameters.size);
}

/* Does the reply have option 'code' of the userdata (RFC 2131, 4.3.1, table
 * 3)? */
static bool
is_due(const struct reply *reply, uint8_t code)
{
    switch (code) {
    case OPT_SERVER_ID:         /* Went before. */
    case OPT_MESSAGE_TYPE:
    case OPT_NEXT_SERVER:
    case OPT_BOOTFILE:          /* Goes apart. */
    case OPT_BOOTFILE_ALT:
        return false;
    case OPT_NETMASK:           /* RFC 2131, 3.4: it has its address. */
    case OPT_LEASE_TIME:
    case OPT_T1:
    case OPT_T2:
        return reply->request->type != INFORM;
    default:
        return true;
    }
}

/* Of two boot files the first is for clients that are iPXE already, the
 * alternative for others (ovn-nb(5), bootfile_name_alt). */
static void
put_bootfile(struct reply *reply)
{
    struct value file = find_option(reply->options, reply->options_end,
                                    OPT_BOOTFILE);
    struct value alt = find_option(reply->options, reply->options_end,
                                   OPT_BOOTFILE_ALT);

    if (alt.data && (!file.data || !reply->request->is_ipxe)) {
        file = alt;
    }
    if (!file.data) {
        return;
    }
    put_option(reply, OPT_BOOTFILE, file.data, file.size);
    if (reply->type == BOOTP
        && file.size < sizeof reply->request->header->file) {
        struct dhcp_header *header = reply->b.data;

        memcpy(header->file, file.data, file.size);
    }
}

/* Options that the client asked for go first, should there not be room for
 * all. */
static void
put_options(struct reply *reply)
{
    for (int requested = 1; requested >= 0; requested--) {
        const uint8_t *p = reply->options;
        struct value value;
        uint8_t code;

        while (next_option(&p, reply->options_end, &code, &value)) {
            if (is_due(reply, code)
                && is_requested(reply->request, code) == requested) {
                put_option(reply, code, value.data, value.size);
            }
        }
        if (requested == 1) {
            put_bootfile(reply);
        }
    }
}

/* ---- The reply -------------------------------------------------------- */

static void
put_header(struct reply *reply)
{
    const struct dhcp_header *in = reply->request->header;
    struct value next_server = find_option(
        reply->options, reply->options_end, OPT_NEXT_SERVER);
    const ovs_be32 magic = htonl(DHCP_MAGIC);
    struct dhcp_header *out = ofpbuf_put_zeros(&reply->b, sizeof *out);

    out->op = DHCP_OP_REPLY;
    out->htype = in->htype;
    out->hlen = in->hlen;
    out->xid = in->xid;
    out->flags = in->flags;
    out->giaddr = in->giaddr;
    memcpy(out->chaddr, in->chaddr, sizeof out->chaddr);
    if (reply->type != NAK) {
        if (reply->type != OFFER) {
            out->ciaddr = in->ciaddr;
        }
        if (reply->request->type != INFORM) {
            out->yiaddr = reply->offer;
        }
        if (next_server.size == 4) {
            out->siaddr = get_be32(next_server.data);
        }
    }
    ofpbuf_put(&reply->b, &magic, sizeof magic);
}

static void
compose(struct reply *reply, ovs_be32 server_id)
{
    const struct request *request = reply->request;
    const uint8_t end = OPT_END;

    put_header(reply);
    if (reply->type != BOOTP) {
        put_option(reply, OPT_MESSAGE_TYPE, &reply->type, 1);
        if (server_id) {
            put_option(reply, OPT_SERVER_ID, &server_id, sizeof server_id);
        }
        if (request->client_id.data) {      /* RFC 6842. */
            put_option(reply, OPT_CLIENT_ID, request->client_id.data,
                       request->client_id.size);
        }
    }
    if (reply->type != NAK) {
        put_options(reply);
    }
    ofpbuf_put(&reply->b, &end, 1);
    if (reply->b.size < DHCP_MIN_REPLY) {
        ofpbuf_put_zeros(&reply->b, DHCP_MIN_REPLY - reply->b.size);
    }
}

/* RFC 2131, 4.1: where it goes. */
static ovs_be32
destination(const struct reply *reply)
{
    const struct dhcp_header *header = reply->request->header;
    ovs_be32 ciaddr = header->ciaddr;
    uint16_t flags = ntohs(header->flags);

    if (reply->type == NAK) {
        return htonl(UINT32_MAX);
    } else if (ciaddr) {
        return ciaddr;
    } else if (flags & DHCP_FLAG_BROADCAST || reply->request->type == INFORM) {
        return htonl(UINT32_MAX);
    }
    return reply->offer;
}

static size_t
max_size(const struct request *request)
{
    size_t size = request->max_size;

    if (size < IP_HEADER_LEN + UDP_HEADER_LEN + DHCP_DEFAULT_MAX) {
        return DHCP_DEFAULT_MAX;
    }
    return MIN(size - IP_HEADER_LEN - UDP_HEADER_LEN, DHCP_MAX_REPLY);
}

static void
send_reply(struct pin *pin, struct reply *reply, ovs_be32 server_id)
{
    struct dp_packet packet;

    reply->max_size = max_size(reply->request);
    ofpbuf_init(&reply->b, DHCP_DEFAULT_MAX);
    compose(reply, server_id);
    pin_build_udp(pin, reply->b.data, reply->b.size, destination(reply),
                  &packet);
    pin_resume(pin, &packet, true);
    dp_packet_uninit(&packet);
    ofpbuf_uninit(&reply->b);
}

/* Somebody else has the address. */
static void
tell_declined(const struct request *request, ovs_be32 offer)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 5);
    struct eth_addr mac;

    memcpy(&mac, request->header->chaddr, sizeof mac);
    VLOG_WARN_RL(&rl, "DHCPDECLINE of "IP_FMT" from "ETH_ADDR_FMT": the "
                 "address is in use", IP_ARGS(offer), ETH_ADDR_ARGS(mac));
}

void
respond_put_dhcp_opts(struct pin *pin)
{
    struct request request;
    struct reply reply = { .request = &request };
    struct value server;
    ovs_be32 server_id;
    int type;

    if (pin->size < sizeof reply.offer || !parse_request(pin, &request)) {
        pin_drop(pin, PACKET_IN_DROP_MALFORMED);
        pin_resume(pin, NULL, false);
        return;
    }
    reply.offer = get_be32(pin->data);
    reply.options = pin->data + sizeof reply.offer;
    reply.options_end = pin->data + pin->size;
    server = find_option(reply.options, reply.options_end, OPT_SERVER_ID);
    server_id = server.size == 4 ? get_be32(server.data) : 0;
    type = reply_type(&request, reply.offer, server_id);
    if (request.type == DECLINE) {
        tell_declined(&request, reply.offer);
    }
    if (type < 0) {
        pin_resume(pin, NULL, false);
    } else {
        reply.type = type;
        send_reply(pin, &reply, server_id);
    }
}
