/* put_dhcp_opts: turns a DHCPv4 request into its reply (RFC 2131, 2132).
 * The userdata has the address to offer and the options as they go into the
 * packet; addresses and ports outside the DHCP message are the logical
 * flows' to change. */
#include <config.h>

#include "node-agent/packet_in_private.h"

#include "lflow/packet_in.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

enum {
    DHCP_FIXED = 236,           /* Up to the magic cookie. */
    DHCP_MAGIC = 0x63825363,
    BOOTREQUEST = 1, BOOTREPLY = 2,
    OFS_YIADDR = 16, OFS_SIADDR = 20, OFS_CIADDR = 12,
};

/* Message types. */
enum {
    DISCOVER = 1, OFFER = 2, REQUEST = 3, DECLINE = 4, ACK = 5, NAK = 6,
    RELEASE = 7, INFORM = 8,
};

/* Options that mean something here. */
enum {
    OPT_PAD = 0, OPT_REQUESTED_IP = 50, OPT_MESSAGE_TYPE = 53,
    OPT_SERVER_ID = 54, OPT_BOOTFILE = 67, OPT_ETHERBOOT = 175,
    OPT_NEXT_SERVER = 253, OPT_BOOTFILE_ALT = 254, OPT_END = 255,
};

struct request {
    const uint8_t *dhcp;        /* The message. */
    size_t size;
    uint8_t type;
    ovs_be32 requested_ip;      /* Or ciaddr. */
    bool is_ipxe;
};

static ovs_be32
get_be32(const uint8_t *p)
{
    return get_unaligned_be32((const void *) p);
}

static void
take_option(struct request *request, uint8_t code, const uint8_t *value,
            uint8_t len)
{
    if (code == OPT_MESSAGE_TYPE && len == 1) {
        request->type = value[0];
    } else if (code == OPT_REQUESTED_IP && len == 4) {
        request->requested_ip = get_be32(value);
    } else if (code == OPT_ETHERBOOT) {
        request->is_ipxe = true;
    }
}

/* Takes the packet apart; false if it is no DHCP request. */
static bool
parse_request(const struct pin *pin, struct request *request)
{
    const uint8_t *p, *end;

    memset(request, 0, sizeof *request);
    request->dhcp = pin_udp_payload(pin, &request->size);
    if (!request->dhcp || pin->headers.dl_type != htons(ETH_TYPE_IP)
        || request->size < DHCP_FIXED + 4) {
        return false;
    }
    if (request->dhcp[0] != BOOTREQUEST
        || ntohl(get_be32(request->dhcp + DHCP_FIXED)) != DHCP_MAGIC) {
        return false;
    }
    request->requested_ip = get_be32(request->dhcp + OFS_CIADDR);
    p = request->dhcp + DHCP_FIXED + 4;
    end = request->dhcp + request->size;
    while (p < end && *p != OPT_END) {
        if (*p == OPT_PAD) {
            p++;
            continue;
        }
        if (end - p < 2 || end - p < 2 + p[1]) {
            break;
        }
        take_option(request, p[0], p + 2, p[1]);
        p += 2 + p[1];
    }
    return true;
}

/* The type of the reply, or 0 for none. */
static uint8_t
reply_type(const struct request *request, ovs_be32 offer)
{
    switch (request->type) {
    case DISCOVER:
        return OFFER;
    case REQUEST:
        return request->requested_ip == offer ? ACK : NAK;
    case INFORM:
        return ACK;
    default:
        return 0;
    }
}

static void
put_option(struct ofpbuf *reply, uint8_t code, const uint8_t *value,
           uint8_t len)
{
    ofpbuf_put(reply, &code, 1);
    ofpbuf_put(reply, &len, 1);
    ofpbuf_put(reply, value, len);
}

static bool
has_option(uint8_t code, const uint8_t *p, const uint8_t *end)
{
    while (end - p >= 2 && end - p >= 2 + p[1]) {
        if (p[0] == code) {
            return true;
        }
        p += 2 + p[1];
    }
    return false;
}

/* Appends the options that the flow gave, as far as the reply has them. Where
 * there are two boot files the first is for clients that are iPXE already,
 * the alternative for others (ovn-nb(5), bootfile_name_alt). */
static void
put_options(struct ofpbuf *reply, const struct request *request,
            uint8_t type, const uint8_t *p, const uint8_t *end)
{
    bool has_alt = has_option(OPT_BOOTFILE_ALT, p, end);

    while (end - p >= 2 && end - p >= 2 + p[1]) {
        uint8_t code = p[0], len = p[1];
        const uint8_t *value = p + 2;

        p = value + len;
        if (code == OPT_NEXT_SERVER) {
            if (len == 4) {
                memcpy((uint8_t *) reply->data + OFS_SIADDR, value, 4);
            }
        } else if (type == NAK && code != OPT_SERVER_ID) {
            continue;
        } else if (code == OPT_BOOTFILE_ALT) {
            if (!request->is_ipxe) {
                put_option(reply, OPT_BOOTFILE, value, len);
            }
        } else if (code != OPT_BOOTFILE || request->is_ipxe || !has_alt) {
            put_option(reply, code, value, len);
        }
    }
}

/* The DHCP message of the reply. */
static void
compose_reply(const struct pin *pin, const struct request *request,
              uint8_t type, ovs_be32 offer, struct ofpbuf *reply)
{
    const uint8_t *options = pin->data + sizeof(struct packet_in_bit) + 4;
    const ovs_be32 yiaddr = type == NAK || request->type == INFORM ? 0
                                                                    : offer;
    const uint8_t end = OPT_END;

    ofpbuf_put(reply, request->dhcp, DHCP_FIXED + 4);
    ((uint8_t *) reply->data)[0] = BOOTREPLY;
    memcpy((uint8_t *) reply->data + OFS_YIADDR, &yiaddr, sizeof yiaddr);
    put_option(reply, OPT_MESSAGE_TYPE, &type, 1);
    put_options(reply, request, type, options, pin->data + pin->size);
    ofpbuf_put(reply, &end, 1);
    /* Some clients refuse less than BOOTP's 300 bytes (RFC 1542, 2.1). */
    if (reply->size < 300) {
        ofpbuf_put_zeros(reply, 300 - reply->size);
    }
}

void
respond_put_dhcp_opts(struct pin *pin)
{
    struct request request;
    struct dp_packet packet;
    struct ofpbuf reply;
    ovs_be32 offer;
    uint8_t type;

    if (pin->size < sizeof(struct packet_in_bit) + 4
        || !parse_request(pin, &request)) {
        pin_resume(pin, NULL, false);
        return;
    }
    offer = get_be32(pin->data + sizeof(struct packet_in_bit));
    type = reply_type(&request, offer);
    if (!type) {
        pin_resume(pin, NULL, false);
        return;
    }
    ofpbuf_init(&reply, 512);
    compose_reply(pin, &request, type, offer, &reply);
    pin_replace_udp_payload(pin, &reply, &packet);
    pin_resume(pin, &packet, true);
    dp_packet_uninit(&packet);
    ofpbuf_uninit(&reply);
}
