/* put_dhcpv6_opts: turns a DHCPv6 message into its reply (RFC 8415).  The
 * userdata has the options, with the address (if the server is stateful) and
 * the server's MAC, of which its DUID is made; addresses and ports are the
 * logical flows' to change.
 *
 * There is one address for a client, for ever: it is the port's. */
#include <config.h>

#include "node-agent/packet_in_private.h"

#include "lflow/dhcp_options.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "unaligned.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(respond_dhcp6);

/* RFC 8415, 7.3: message types. */
enum {
    SOLICIT = 1, ADVERTISE = 2, REQUEST = 3, CONFIRM = 4, RENEW = 5,
    REBIND = 6, REPLY = 7, RELEASE = 8, DECLINE = 9, INFORMATION_REQUEST = 11,
};

/* RFC 8415, 21: options.  Those of the userdata have the same codes. */
enum {
    OPT_CLIENT_ID = 1, OPT_SERVER_ID = 2, OPT_IA_NA = 3, OPT_IA_TA = 4,
    OPT_IA_ADDR = 5, OPT_STATUS = 13, OPT_RAPID_COMMIT = 14,
    OPT_DOMAIN_LIST = 24, OPT_IA_PD = 25,
};

/* RFC 8415, 21.13: status codes. */
enum {
    STATUS_SUCCESS = 0, STATUS_NO_ADDRS = 2, STATUS_NO_BINDING = 3,
    STATUS_NOT_ON_LINK = 4, STATUS_NO_PREFIX = 6,
};

enum {
    DUID_LL = 3, HW_ETHERNET = 1,
    DUID_SIZE = 4 + ETH_ADDR_LEN,
    MAX_DUID = 130,             /* RFC 8415, 11.1. */
    MAX_REPLY = 1232,           /* IPv6's smallest MTU, without headers. */
    MAX_IAS = 8,                /* Identity associations answered. */
    ON_LINK_BITS = 64,
};

/* An option in a packet or the userdata. */
struct option {
    uint16_t code, size;
    const uint8_t *data;        /* NULL: not there. */
};

struct message {
    uint8_t type;
    const uint8_t *options, *end;
    struct option client_id, server_id;
    bool rapid_commit, has_ia;
};

/* ---- Taking apart ----------------------------------------------------- */

static uint16_t
get_be16(const uint8_t *p)
{
    return ntohs(get_unaligned_be16((const ovs_be16 *) p));
}

static bool
next_option(const uint8_t **p, const uint8_t *end, struct option *option)
{
    if (end - *p < 4 || end - *p < 4 + get_be16(*p + 2)) {
        return false;
    }
    option->code = get_be16(*p);
    option->size = get_be16(*p + 2);
    option->data = *p + 4;
    *p += 4 + option->size;
    return true;
}

static struct option
find_option(const uint8_t *p, const uint8_t *end, uint16_t code)
{
    struct option option;

    while (next_option(&p, end, &option)) {
        if (option.code == code) {
            return option;
        }
    }
    return (struct option) { .data = NULL };
}

static bool
parse_message(const struct pin *pin, struct message *message)
{
    const uint8_t *p;
    size_t size;

    memset(message, 0, sizeof *message);
    p = pin_udp_payload(pin, &size);
    if (!p || !pin_is_ip6(pin) || size < 4) {
        return false;
    }
    message->type = p[0];
    message->options = p + 4;
    message->end = p + size;
    message->client_id = find_option(p + 4, message->end, OPT_CLIENT_ID);
    message->server_id = find_option(p + 4, message->end, OPT_SERVER_ID);
    message->rapid_commit = find_option(p + 4, message->end,
                                        OPT_RAPID_COMMIT).data;
    message->has_ia = (find_option(p + 4, message->end, OPT_IA_NA).data
                       || find_option(p + 4, message->end, OPT_IA_TA).data
                       || find_option(p + 4, message->end, OPT_IA_PD).data);
    return (message->client_id.size <= MAX_DUID
            && message->server_id.size <= MAX_DUID);
}

/* ---- May it be answered? ---------------------------------------------- */

static void
make_duid(const uint8_t mac[ETH_ADDR_LEN], uint8_t duid[DUID_SIZE])
{
    const uint8_t head[] = { 0, DUID_LL, 0, HW_ETHERNET };

    memcpy(duid, head, sizeof head);
    memcpy(duid + sizeof head, mac, ETH_ADDR_LEN);
}

/* RFC 8415, 16: which identifiers each message must and must not have. */
static bool
is_valid(const struct message *message, const uint8_t duid[DUID_SIZE])
{
    bool has_client = message->client_id.data && message->client_id.size;
    bool has_server = message->server_id.data != NULL;
    bool is_mine = (has_server && message->server_id.size == DUID_SIZE
                    && !memcmp(message->server_id.data, duid, DUID_SIZE));

    switch (message->type) {
    case SOLICIT:
    case CONFIRM:
    case REBIND:
        return has_client && !has_server;
    case REQUEST:
    case RENEW:
    case RELEASE:
    case DECLINE:
        return has_client && is_mine;
    case INFORMATION_REQUEST:
        return (!has_server || is_mine) && !message->has_ia;
    default:
        return false;
    }
}

/* ---- The reply -------------------------------------------------------- */

struct reply {
    const struct message *message;
    const uint8_t *given, *given_end;   /* Options of the userdata. */
    const uint8_t *address;             /* 16 bytes; NULL: stateless. */
    struct ofpbuf b;
};

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

static void
put_option(struct ofpbuf *b, uint16_t code, const void *data, size_t size)
{
    if (b->size + 4 + size <= MAX_REPLY) {
        put_be16(b, code);
        put_be16(b, size);
        ofpbuf_put(b, data, size);
    }
}

static void
put_status(struct ofpbuf *b, uint16_t status)
{
    ovs_be16 be = htons(status);

    put_option(b, OPT_STATUS, &be, sizeof be);
}

static void
put_address(struct ofpbuf *b, const uint8_t *address, uint32_t lifetime)
{
    put_be16(b, OPT_IA_ADDR);
    put_be16(b, 16 + 8);
    ofpbuf_put(b, address, 16);
    put_be32(b, lifetime);      /* Preferred. */
    put_be32(b, lifetime);      /* Valid. */
}

/* Addresses that the client believes to have and has not: they end (RFC 8415,
 * 18.3.4). */
static void
put_ended(const struct reply *reply, const struct option *ia,
          struct ofpbuf *inner)
{
    const uint8_t *p = ia->data + 12, *end = ia->data + ia->size;
    struct option option;

    while (next_option(&p, end, &option) && inner->size < MAX_REPLY / 4) {
        if (option.code == OPT_IA_ADDR && option.size >= 24
            && memcmp(option.data, reply->address, 16)) {
            put_address(inner, option.data, 0);
        }
    }
}

/* An identity association for non-temporary addresses: the address. */
static void
put_ia_na(struct reply *reply, const struct option *ia)
{
    uint8_t type = reply->message->type;
    struct ofpbuf inner;

    ofpbuf_init(&inner, 64);
    ofpbuf_put(&inner, ia->data, 4);            /* IAID. */
    if (type == RELEASE || type == DECLINE) {
        put_be32(&inner, 0);
        put_be32(&inner, 0);
    } else {
        put_be32(&inner, UINT32_MAX);           /* T1 */
        put_be32(&inner, UINT32_MAX);           /* T2 */
    }
    if (type == RELEASE || type == DECLINE) {
        put_status(&inner, reply->address ? STATUS_SUCCESS
                                          : STATUS_NO_BINDING);
    } else if (!reply->address) {
        put_status(&inner, type == SOLICIT || type == REQUEST
                           ? STATUS_NO_ADDRS : STATUS_NO_BINDING);
    } else {
        put_address(&inner, reply->address, UINT32_MAX);
        if (type == RENEW || type == REBIND) {
            put_ended(reply, ia, &inner);
        }
    }
    put_option(&reply->b, OPT_IA_NA, inner.data, inner.size);
    ofpbuf_uninit(&inner);
}

/* Temporary addresses and prefixes are not to be had. */
static void
put_ia_none(struct reply *reply, const struct option *ia)
{
    struct ofpbuf inner;

    ofpbuf_init(&inner, 64);
    ofpbuf_put(&inner, ia->data, 4);
    if (ia->code == OPT_IA_PD) {
        put_be32(&inner, 0);
        put_be32(&inner, 0);
    }
    put_status(&inner, ia->code == OPT_IA_PD ? STATUS_NO_PREFIX
                                             : STATUS_NO_ADDRS);
    put_option(&reply->b, ia->code, inner.data, inner.size);
    ofpbuf_uninit(&inner);
}

static void
put_ias(struct reply *reply)
{
    const uint8_t *p = reply->message->options;
    struct option option;
    int n = 0;

    while (next_option(&p, reply->message->end, &option) && n < MAX_IAS) {
        if (option.code == OPT_IA_NA && option.size >= 12) {
            put_ia_na(reply, &option);
            n++;
        } else if ((option.code == OPT_IA_TA && option.size >= 4)
                   || (option.code == OPT_IA_PD && option.size >= 12)) {
            put_ia_none(reply, &option);
            n++;
        }
    }
}

/* The userdata has domain names as text (RFC 3646, 4: labels; RFC 8415, 10:
 * never compressed). */
static void
put_domains(struct reply *reply, const struct option *option)
{
    char *names = xmemdup0((const char *) option->data, option->size);
    struct ofpbuf domains;

    ofpbuf_init(&domains, 64);
    if (dhcp_domains_encode(names, false, &domains)) {
        put_option(&reply->b, OPT_DOMAIN_LIST, domains.data, domains.size);
    }
    ofpbuf_uninit(&domains);
    free(names);
}

/* The options that the flow gave, but for what went before. */
static void
put_given(struct reply *reply)
{
    const uint8_t *p = reply->given;
    struct option option;

    while (next_option(&p, reply->given_end, &option)) {
        if (option.code == OPT_DOMAIN_LIST) {
            put_domains(reply, &option);
        } else if (option.code != OPT_SERVER_ID
                   && option.code != OPT_IA_ADDR) {
            put_option(&reply->b, option.code, option.data, option.size);
        }
    }
}

/* ---- CONFIRM ---------------------------------------------------------- */

/* Are all addresses that the client names in the network of ours?  False in
 * '*any' if it names none: then there is no reply (RFC 8415, 18.3.3). */
static bool
is_on_link(const struct reply *reply, bool *any)
{
    const uint8_t *p = reply->message->options;
    struct option ia, address;
    bool on_link = true;

    *any = false;
    while (next_option(&p, reply->message->end, &ia)) {
        const uint8_t *q = ia.data + 12, *end = ia.data + ia.size;

        if (ia.code != OPT_IA_NA || ia.size < 12) {
            continue;
        }
        while (next_option(&q, end, &address)) {
            if (address.code == OPT_IA_ADDR && address.size >= 24) {
                *any = true;
                on_link &= (reply->address
                            && !memcmp(address.data, reply->address,
                                       ON_LINK_BITS / 8));
            }
        }
    }
    return on_link;
}

/* ---- Composing -------------------------------------------------------- */

static void
tell_declined(const struct pin *pin)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 5);

    VLOG_WARN_RL(&rl, "DHCPv6 Decline from "ETH_ADDR_FMT": the address is "
                 "in use", ETH_ADDR_ARGS(pin->headers.dl_src));
}

static void
put_head(struct reply *reply, const uint8_t duid[DUID_SIZE])
{
    const struct message *message = reply->message;
    bool advertise = message->type == SOLICIT && !message->rapid_commit;

    /* Type and transaction. */
    ofpbuf_put(&reply->b, message->options - 4, 4);
    *(uint8_t *) reply->b.data = advertise ? ADVERTISE : REPLY;
    if (message->client_id.data) {
        put_option(&reply->b, OPT_CLIENT_ID, message->client_id.data,
                   message->client_id.size);
    }
    put_option(&reply->b, OPT_SERVER_ID, duid, DUID_SIZE);
    if (message->type == SOLICIT && message->rapid_commit) {
        put_option(&reply->b, OPT_RAPID_COMMIT, NULL, 0);
    }
}

/* False if there is no reply. */
static bool
compose(struct reply *reply, const uint8_t duid[DUID_SIZE])
{
    uint8_t type = reply->message->type;
    bool any, on_link;

    put_head(reply, duid);
    if (type == CONFIRM) {
        on_link = is_on_link(reply, &any);
        put_status(&reply->b, on_link ? STATUS_SUCCESS : STATUS_NOT_ON_LINK);
        if (!any) {
            return false;
        }
    } else if (type == RELEASE || type == DECLINE) {
        put_status(&reply->b, STATUS_SUCCESS);
        if (!reply->address) {
            put_ias(reply);
        }
    } else {
        put_ias(reply);
    }
    if (type != RELEASE && type != DECLINE) {
        put_given(reply);
    }
    return true;
}

void
respond_put_dhcpv6_opts(struct pin *pin)
{
    const uint8_t *given_end = pin->data + pin->size;
    struct option mac = find_option(pin->data, given_end, OPT_SERVER_ID);
    struct option address = find_option(pin->data, given_end, OPT_IA_ADDR);
    struct message message;
    struct reply reply = {
        .message = &message, .given = pin->data, .given_end = given_end,
        .address = address.size >= 16 ? address.data : NULL,
    };
    uint8_t duid[DUID_SIZE];

    if (mac.size != ETH_ADDR_LEN || !parse_message(pin, &message)) {
        pin_drop(pin, PACKET_IN_DROP_MALFORMED);
        pin_resume(pin, NULL, false);
        return;
    }
    make_duid(mac.data, duid);
    ofpbuf_init(&reply.b, 256);
    if (is_valid(&message, duid) && compose(&reply, duid)) {
        struct dp_packet packet;

        if (message.type == DECLINE) {
            tell_declined(pin);
        }
        pin_build_udp(pin, reply.b.data, reply.b.size, 0, &packet);
        pin_resume(pin, &packet, true);
        dp_packet_uninit(&packet);
    } else {
        pin_drop(pin, PACKET_IN_DROP_NOT_DUE);
        pin_resume(pin, NULL, false);
    }
    ofpbuf_uninit(&reply.b);
}
