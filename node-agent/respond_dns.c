/* dns_lookup(): answers DNS queries (RFC 1035) from the records of the
 * packet's datapath: A, AAAA and PTR, and ANY for addresses.  What is not
 * known is left to real servers. */
#include <config.h>

#include "node-agent/packet_in_private.h"

#include <ctype.h>
#include <stdlib.h>

#include "lflow/packet_in.h"
#include "node-agent/model.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

enum {
    HEADER_LEN = 12, MAX_NAME = 255, TTL_S = 3600, CLASS_IN = 1,
    TYPE_A = 1, TYPE_PTR = 12, TYPE_AAAA = 28, TYPE_ANY = 255,
    POINTER_TO_QUESTION = 0xc000 | HEADER_LEN,
    MAX_ANSWERS = 32,
};

struct query {
    const uint8_t *message;
    size_t question_size;       /* Bytes of the question. */
    struct ds name;             /* In lower case, without a final dot. */
    uint16_t type;
};

static uint16_t
get_be16(const uint8_t *p)
{
    return ntohs(get_unaligned_be16((const void *) p));
}

/* Reads the labels from 'p' on; returns what follows them, or NULL. */
static const uint8_t *
parse_name(const uint8_t *p, const uint8_t *end, struct ds *name)
{
    while (p < end && *p) {
        size_t len = *p++;

        if (len > 63 || len > (size_t) (end - p)
            || name->length + len > MAX_NAME) {
            return NULL;
        }
        if (name->length) {
            ds_put_char(name, '.');
        }
        for (size_t i = 0; i < len; i++) {
            if (!p[i]) {
                return NULL;
            }
            ds_put_char(name, tolower(p[i]));
        }
        p += len;
    }
    return p < end ? p + 1 : NULL;
}

/* One standard query with one question? */
static bool
parse_query(const uint8_t *message, size_t size, struct query *query)
{
    const uint8_t *end = message + size, *p;

    if (size < HEADER_LEN || (message[2] & 0xf8) || get_be16(message + 4) != 1
        || get_be16(message + 6)) {
        return false;
    }
    p = parse_name(message + HEADER_LEN, end, &query->name);
    if (!p || end - p < 4 || get_be16(p + 2) != CLASS_IN) {
        return false;
    }
    query->message = message;
    query->type = get_be16(p);
    query->question_size = p + 4 - (message + HEADER_LEN);
    return true;
}

static const char *
find_record(const struct datapath *dp, const char *name)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &dp->dns) {
        const struct sb_dns *dns = sb_dns_cast(node->data);
        const struct smap_node *record;

        SMAP_FOR_EACH (record, &dns->records) {
            if (!strcasecmp(record->key, name)) {
                return record->value;
            }
        }
    }
    return NULL;
}

static void
put_be16(struct ofpbuf *b, uint16_t value)
{
    ovs_be16 be = htons(value);

    ofpbuf_put(b, &be, sizeof be);
}

static void
put_answer(struct ofpbuf *b, uint16_t type, const void *data, size_t size)
{
    ovs_be32 ttl = htonl(TTL_S);

    put_be16(b, POINTER_TO_QUESTION);
    put_be16(b, type);
    put_be16(b, CLASS_IN);
    ofpbuf_put(b, &ttl, sizeof ttl);
    put_be16(b, size);
    ofpbuf_put(b, data, size);
}

/* A host name as labels; false if it is none. */
static bool
put_pointer(struct ofpbuf *b, const char *name)
{
    uint8_t data[MAX_NAME + 1];
    size_t n = 0;

    while (*name) {
        size_t len = strcspn(name, ".");

        if (!len || len > 63 || n + len + 2 > sizeof data) {
            return false;
        }
        data[n++] = len;
        memcpy(data + n, name, len);
        n += len;
        name += len + (name[len] == '.');
    }
    data[n++] = 0;
    put_answer(b, TYPE_PTR, data, n);
    return true;
}

/* Answers from one record; returns how many. */
static uint16_t
put_answers(struct ofpbuf *b, uint16_t type, const char *record)
{
    char *copy = xstrdup(record), *save = NULL;
    uint16_t n = 0;

    for (char *word = strtok_r(copy, " ,", &save); word && n < MAX_ANSWERS;
         word = strtok_r(NULL, " ,", &save)) {
        struct in6_addr ip6;
        ovs_be32 ip4;

        if (type == TYPE_PTR) {
            n += put_pointer(b, word);
        } else if (ip_parse(word, &ip4)) {
            if (type == TYPE_A || type == TYPE_ANY) {
                put_answer(b, TYPE_A, &ip4, sizeof ip4);
                n++;
            }
        } else if (ipv6_parse(word, &ip6)
                   && (type == TYPE_AAAA || type == TYPE_ANY)) {
            put_answer(b, TYPE_AAAA, &ip6, sizeof ip6);
            n++;
        }
    }
    free(copy);
    return n;
}

/* The reply to 'query' from 'record', or false if it has nothing for it. */
static bool
compose_reply(const struct query *query, const char *record,
              struct ofpbuf *reply)
{
    uint8_t *header;
    uint16_t n;

    ofpbuf_put(reply, query->message, HEADER_LEN + query->question_size);
    n = put_answers(reply, query->type, record);
    header = reply->data;
    header[2] = 0x84 | (header[2] & 0x01);      /* QR, AA, RD as asked. */
    header[3] = 0;                              /* No error. */
    header[6] = n >> 8;
    header[7] = n & 0xff;
    memset(header + 8, 0, 4);
    return n > 0;
}

void
respond_dns_lookup(struct pin *pin)
{
    const struct datapath *dp = model_datapath_by_key(
        pin->pi->model, ntohll(pin->md->metadata));
    struct query query = { .name = DS_EMPTY_INITIALIZER };
    const char *record = NULL;
    const uint8_t *message;
    struct ofpbuf reply;
    size_t size;

    ofpbuf_init(&reply, 512);
    message = pin_udp_payload(pin, &size);
    if (dp && message && parse_query(message, size, &query)) {
        record = find_record(dp, ds_cstr(&query.name));
    }
    if (record && compose_reply(&query, record, &reply)) {
        struct dp_packet packet;

        pin_replace_udp_payload(pin, &reply, &packet);
        pin_resume(pin, &packet, true);
        dp_packet_uninit(&packet);
    } else {
        pin_resume(pin, NULL, false);
    }
    ofpbuf_uninit(&reply);
    ds_destroy(&query.name);
}
