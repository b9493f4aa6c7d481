/* dns_lookup(): answers DNS queries (RFC 1035, 6891) from the records of the
 * packet's datapath: A, AAAA, PTR and ANY.  What is not known here is left to
 * real servers; of a name that is known, and of every type where the row has
 * option "ovn-owned", "no data" is an answer too. */
#include <config.h>

#include "node-agent/packet_in_private.h"

#include <ctype.h>
#include <stdlib.h>

#include "node-agent/model.h"
#include "node-agent/respond_dns.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "unaligned.h"
#include "util.h"

enum {
    HEADER_SIZE = 12, MAX_LABEL = 63, MAX_NAME = 255, TTL_S = 3600,
    TYPE_A = 1, TYPE_PTR = 12, TYPE_AAAA = 28, TYPE_OPT = 41, TYPE_ANY = 255,
    CLASS_IN = 1, CLASS_ANY = 255,
    FLAG_RESPONSE = 0x80, FLAG_AUTHORITATIVE = 0x04, FLAG_TRUNCATED = 0x02,
    FLAG_RECURSION_DESIRED = 0x01,              /* Of the third byte. */
    FLAG_CHECKING_DISABLED = 0x10,              /* Of the fourth. */
    POINTER_TO_QUESTION = 0xc000 | HEADER_SIZE,
    MAX_UDP = 512, MAX_EDNS_UDP = 1232, OPT_SIZE = 11,
};

struct query {
    const uint8_t *message;
    size_t question_size;       /* Bytes of the question. */
    char name[MAX_NAME + 1];    /* In lower case, without a final dot. */
    uint16_t type;
    uint16_t edns_size;         /* What the client takes; 0: no EDNS. */
};

/* ---- The query -------------------------------------------------------- */

static uint16_t
get_be16(const uint8_t *p)
{
    return ntohs(get_unaligned_be16((const ovs_be16 *) p));
}

/* Reads the labels from 'p' on into 'name'; returns what follows, or NULL.
 * A question has no pointers. */
static const uint8_t *
parse_name(const uint8_t *p, const uint8_t *end, char name[MAX_NAME + 1])
{
    size_t n = 0;

    while (p < end && *p) {
        size_t size = *p++;

        if (size > MAX_LABEL || size > (size_t) (end - p)
            || n + size + 1 > MAX_NAME) {
            return NULL;
        }
        if (n) {
            name[n++] = '.';
        }
        for (size_t i = 0; i < size; i++) {
            if (!p[i] || p[i] == '.') {
                return NULL;
            }
            name[n++] = tolower(p[i]);
        }
        p += size;
    }
    name[n] = '\0';
    return p < end ? p + 1 : NULL;
}

/* The OPT record of EDNS, if that is what follows the question. */
static void
parse_edns(struct query *query, const uint8_t *p, const uint8_t *end)
{
    if (get_be16(query->message + 10) && end - p >= OPT_SIZE && !p[0]
        && get_be16(p + 1) == TYPE_OPT) {
        query->edns_size = MAX(get_be16(p + 3), MAX_UDP);
    }
}

/* One standard query with one question? */
static bool
parse_query(const uint8_t *message, size_t size, struct query *query)
{
    const uint8_t *end = message + size, *p;
    uint16_t class;

    memset(query, 0, sizeof *query);
    if (size < HEADER_SIZE || (message[2] & 0xf8)
        || get_be16(message + 4) != 1 || get_be16(message + 6)) {
        return false;
    }
    p = parse_name(message + HEADER_SIZE, end, query->name);
    if (!p || end - p < 4) {
        return false;
    }
    class = get_be16(p + 2);
    query->message = message;
    query->type = get_be16(p);
    query->question_size = p + 4 - (message + HEADER_SIZE);
    parse_edns(query, p + 4, end);
    return class == CLASS_IN || class == CLASS_ANY;
}

/* ---- Records ---------------------------------------------------------- */

void
respond_dns_normalize(struct sb_dns *dns)
{
    struct smap records = SMAP_INITIALIZER(&records);
    const struct smap_node *node;

    SMAP_FOR_EACH (node, &dns->records) {
        char *name = xstrdup(node->key);
        size_t n = strlen(name);

        for (char *p = name; *p; p++) {
            *p = tolower((unsigned char) *p);
        }
        if (n && name[n - 1] == '.') {
            name[n - 1] = '\0';
        }
        smap_replace(&records, name, node->value);
        free(name);
    }
    smap_destroy(&dns->records);
    smap_clone(&dns->records, &records);
    smap_destroy(&records);
}

static const char *
find_record(const struct datapath *dp, const char *name, bool *is_owned)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &dp->dns) {
        const struct sb_dns *dns = sb_dns_cast(node->data);
        const char *record = smap_get(&dns->records, name);

        if (record) {
            *is_owned = smap_get_bool(&dns->options, "ovn-owned", false);
            return record;
        }
    }
    return NULL;
}

/* ---- The reply -------------------------------------------------------- */

struct reply {
    struct ofpbuf b;
    size_t max_size;
    uint16_t n;                 /* Answers. */
    bool truncated;
};

static void
put_be16(struct ofpbuf *b, uint16_t value)
{
    ovs_be16 be = htons(value);

    ofpbuf_put(b, &be, sizeof be);
}

static void
put_answer(struct reply *reply, uint16_t type, const void *data, size_t size)
{
    ovs_be32 ttl = htonl(TTL_S);

    if (reply->b.size + 12 + size > reply->max_size) {
        reply->truncated = true;
        return;
    }
    put_be16(&reply->b, POINTER_TO_QUESTION);
    put_be16(&reply->b, type);
    put_be16(&reply->b, CLASS_IN);
    ofpbuf_put(&reply->b, &ttl, sizeof ttl);
    put_be16(&reply->b, size);
    ofpbuf_put(&reply->b, data, size);
    reply->n++;
}

/* A host name as labels, unless it is none. */
static void
put_pointer(struct reply *reply, const char *name)
{
    uint8_t data[MAX_NAME + 1];
    size_t n = 0;

    while (*name) {
        size_t size = strcspn(name, ".");

        if (!size || size > MAX_LABEL || n + size + 2 > sizeof data) {
            return;
        }
        data[n++] = size;
        memcpy(data + n, name, size);
        n += size;
        name += size + (name[size] == '.');
    }
    data[n++] = 0;
    put_answer(reply, TYPE_PTR, data, n);
}

static bool
is_reverse(const char *name)
{
    size_t n = strlen(name);

    return (n > 13 && !strcmp(name + n - 13, ".in-addr.arpa"))
           || (n > 9 && !strcmp(name + n - 9, ".ip6.arpa"));
}

static void
put_word(struct reply *reply, const struct query *query, const char *word)
{
    bool any = query->type == TYPE_ANY;
    struct in6_addr ip6;
    ovs_be32 ip4;

    if (is_reverse(query->name)) {
        if (any || query->type == TYPE_PTR) {
            put_pointer(reply, word);
        }
    } else if (ip_parse(word, &ip4)) {
        if (any || query->type == TYPE_A) {
            put_answer(reply, TYPE_A, &ip4, sizeof ip4);
        }
    } else if (ipv6_parse(word, &ip6) && (any || query->type == TYPE_AAAA)) {
        put_answer(reply, TYPE_AAAA, &ip6, sizeof ip6);
    }
}

static void
put_answers(struct reply *reply, const struct query *query,
            const char *record)
{
    char *copy = xstrdup(record), *save = NULL;

    for (char *word = strtok_r(copy, " ,", &save); word;
         word = strtok_r(NULL, " ,", &save)) {
        put_word(reply, query, word);
    }
    free(copy);
}

static void
finish(struct reply *reply, const struct query *query)
{
    uint8_t *header;

    if (query->edns_size) {
        const uint8_t opt[OPT_SIZE] = { 0, 0, TYPE_OPT, MAX_EDNS_UDP >> 8,
                                        MAX_EDNS_UDP & 0xff };

        ofpbuf_put(&reply->b, opt, sizeof opt);
    }
    header = reply->b.data;
    header[2] = FLAG_RESPONSE | FLAG_AUTHORITATIVE
                | (reply->truncated ? FLAG_TRUNCATED : 0)
                | (query->message[2] & FLAG_RECURSION_DESIRED);
    header[3] = query->message[3] & FLAG_CHECKING_DISABLED;
    header[6] = reply->n >> 8;
    header[7] = reply->n & 0xff;
    memset(header + 8, 0, 4);
    header[11] = query->edns_size != 0;
}

/* Composes the reply to 'query' from 'record'; false if others shall try. */
static bool
compose(struct reply *reply, const struct query *query, const char *record,
        bool is_owned)
{
    size_t max = query->edns_size ? MIN(query->edns_size, MAX_EDNS_UDP)
                                  : MAX_UDP;

    reply->max_size = max - (query->edns_size ? OPT_SIZE : 0);
    ofpbuf_put(&reply->b, query->message,
               HEADER_SIZE + query->question_size);
    put_answers(reply, query, record);
    finish(reply, query);
    return (reply->n || reply->truncated || is_owned
            || query->type == TYPE_A || query->type == TYPE_AAAA);
}

void
respond_dns_lookup(struct pin *pin)
{
    const struct datapath *dp = pin_datapath(pin);
    const char *record = NULL;
    struct reply reply = { .n = 0 };
    bool is_owned = false;
    struct query query;
    const uint8_t *message;
    size_t size;

    message = pin_udp_payload(pin, &size);
    if (!message || !parse_query(message, size, &query)) {
        pin_drop(pin, PACKET_IN_DROP_MALFORMED);
        pin_resume(pin, NULL, false);
        return;
    }
    record = dp ? find_record(dp, query.name, &is_owned) : NULL;
    ofpbuf_init(&reply.b, MAX_UDP);
    if (record && compose(&reply, &query, record, is_owned)) {
        struct dp_packet packet;

        pin_build_udp(pin, reply.b.data, reply.b.size, 0, &packet);
        pin_resume(pin, &packet, true);
        dp_packet_uninit(&packet);
    } else {
        pin_resume(pin, NULL, false);
    }
    ofpbuf_uninit(&reply.b);
}
