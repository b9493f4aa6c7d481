/* Options of DHCPv4 and DHCPv6: tables and encoders.  Router advertisements
 * are in dhcp_options_ra.c. */
#include <config.h>

#include "lflow/dhcp_options.h"

#include <stdlib.h>
#include <string.h>

#include "lflow/action_types.h"
#include "openvswitch/ofpbuf.h"
#include "util.h"

#define DHCP_OPTION(NAME, CODE, TYPE) { NAME, CODE, DHCP_##TYPE },
static const struct dhcp_option dhcpv4_options[] = { DHCPV4_OPTIONS };
static const struct dhcp_option dhcpv6_options[] = { DHCPV6_OPTIONS };
#undef DHCP_OPTION

#define ND_RA_OPTION(NAME, ID, TYPE) { NAME, ND_RA_##ID, DHCP_##TYPE },
static const struct dhcp_option nd_ra_options[] = { ND_RA_OPTIONS };
#undef ND_RA_OPTION

static const struct dhcp_option *
find(const struct dhcp_option options[], size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(options[i].name, name)) {
            return &options[i];
        }
    }
    return NULL;
}

const struct dhcp_option *
dhcpv4_option_by_name(const char *name)
{
    return find(dhcpv4_options, ARRAY_SIZE(dhcpv4_options), name);
}

const struct dhcp_option *
dhcpv6_option_by_name(const char *name)
{
    return find(dhcpv6_options, ARRAY_SIZE(dhcpv6_options), name);
}

const struct dhcp_option *
nd_ra_option_by_name(const char *name)
{
    return find(nd_ra_options, ARRAY_SIZE(nd_ra_options), name);
}

static const struct {
    const char *name;
    bool string, integer;
} takes[N_DHCP_OPTION_TYPES] = {
#define DHCP_OPTION_TYPE(TYPE, NAME, STRING, INTEGER) \
    [DHCP_##TYPE] = { NAME, STRING, INTEGER },
    DHCP_OPTION_TYPES
#undef DHCP_OPTION_TYPE
};

bool
dhcp_option_type_from_string(const char *name, enum dhcp_option_type *type)
{
    for (int i = 0; i < N_DHCP_OPTION_TYPES; i++) {
        if (!strcmp(takes[i].name, name)) {
            *type = i;
            return true;
        }
    }
    return false;
}

bool
dhcp_option_takes_strings(enum dhcp_option_type type)
{
    return takes[type].string;
}

bool
dhcp_option_takes_integers(enum dhcp_option_type type)
{
    return takes[type].integer;
}

/* --- Values ------------------------------------------------------------ */

static void
put_integer(struct ofpbuf *packet, u128 value, size_t n_bytes)
{
    u128_to_bytes(value & u128_ones(n_bytes * 8),
                  ofpbuf_put_uninit(packet, n_bytes), n_bytes);
}

/* All values, each of 'n_bytes'. */
static void
put_integers(struct ofpbuf *packet, const struct lflow_option *option,
             size_t n_bytes)
{
    for (size_t i = 0; i < option->n_values; i++) {
        put_integer(packet, option->values[i].value, n_bytes);
    }
}

static void
put_string(struct ofpbuf *packet, const char *string)
{
    ofpbuf_put(packet, string, strlen(string));
}

/* RFC 3442: pairs of a destination, shortened to its prefix, and a router.
 * A destination without a router is left out. */
static void
put_static_routes(struct ofpbuf *packet, const struct lflow_option *option)
{
    for (size_t i = 0; i + 1 < option->n_values; i += 2) {
        const struct lflow_option_value *dst = &option->values[i];
        uint32_t mask = dst->masked ? dst->mask : UINT32_MAX;
        uint8_t plen = mask ? 32 - __builtin_ctz(mask) : 0;
        uint8_t bytes[4];

        u128_to_bytes(dst->value & UINT32_MAX, bytes, 4);
        ofpbuf_put(packet, &plen, 1);
        ofpbuf_put(packet, bytes, DIV_ROUND_UP(plen, 8));
        put_integer(packet, option->values[i + 1].value, 4);
    }
}

static bool
put_value(const struct lflow_option *option, struct ofpbuf *packet)
{
    const struct lflow_option_value *first = option->values;

    switch (option->option->type) {
    case DHCP_IPV4:
        put_integers(packet, option, 4);
        return true;
    case DHCP_IPV6:
        put_integers(packet, option, 16);
        return true;
    case DHCP_STATIC_ROUTES:
        put_static_routes(packet, option);
        return true;
    case DHCP_STR:
        put_string(packet, first->string);
        return true;
    case DHCP_HOST_ID:
        if (first->string) {
            put_string(packet, first->string);
        } else {
            put_integer(packet, first->value, 4);
        }
        return true;
    case DHCP_DOMAINS:
        return dhcp_domains_encode(first->string, true, packet);
    case DHCP_BOOL:
    case DHCP_UINT8:
        put_integer(packet, first->value, 1);
        return true;
    case DHCP_UINT16:
        put_integer(packet, first->value, 2);
        return true;
    case DHCP_UINT32:
        put_integer(packet, first->value, 4);
        return true;
    case DHCP_MAC:
        put_integer(packet, first->value, 6);
        return true;
    case N_DHCP_OPTION_TYPES:
    default:
        OVS_NOT_REACHED();
    }
}

/* Code and length are 'n_bytes' each. */
static bool
put_option(const struct lflow_option *option, size_t n_bytes,
           struct ofpbuf *packet)
{
    struct ofpbuf value;
    bool ok;

    ofpbuf_init(&value, 64);
    ok = put_value(option, &value) && value.size < (size_t) 1 << n_bytes * 8;
    if (ok) {
        put_integer(packet, option->option->code, n_bytes);
        put_integer(packet, value.size, n_bytes);
        ofpbuf_put(packet, value.data, value.size);
    }
    ofpbuf_uninit(&value);
    return ok;
}

bool
dhcpv4_option_encode(const struct lflow_option *option,
                     struct ofpbuf *packet)
{
    return put_option(option, 1, packet);
}

bool
dhcpv6_option_encode(const struct lflow_option *option,
                     struct ofpbuf *packet)
{
    return put_option(option, 2, packet);
}

/* --- Domain names ------------------------------------------------------ */

enum { MAX_LABEL = 63, MAX_DOMAIN = 255, MAX_POINTER = 0x3fff };

/* A suffix that was written: its text, without leading dots, and where. */
struct suffix {
    const char *text;
    uint16_t ofs;
};

/* The suffixes of one list: they are no more than its bytes. */
struct suffixes {
    struct suffix *list;
    size_t n;
};

static const struct suffix *
find_suffix(const struct suffixes *suffixes, const char *text)
{
    for (size_t i = 0; i < suffixes->n; i++) {
        if (!strcmp(suffixes->list[i].text, text)) {
            return &suffixes->list[i];
        }
    }
    return NULL;
}

/* Puts one domain ('text' loses its empty labels on the way). */
static bool
put_domain(char *text, size_t base, bool compress, struct suffixes *suffixes,
           struct ofpbuf *packet)
{
    const uint8_t end = 0;

    for (;;) {
        const struct suffix *known;
        size_t length;
        uint8_t n;

        text += strspn(text, ".");
        if (!*text) {
            ofpbuf_put(packet, &end, 1);
            return true;
        }
        known = compress ? find_suffix(suffixes, text) : NULL;
        if (known) {
            put_integer(packet, 0xc000 | known->ofs, 2);
            return true;
        }
        length = strcspn(text, ".");
        if (length > MAX_LABEL) {
            return false;
        }
        if (packet->size - base <= MAX_POINTER) {
            suffixes->list[suffixes->n].text = text;
            suffixes->list[suffixes->n++].ofs = packet->size - base;
        }
        n = length;
        ofpbuf_put(packet, &n, 1);
        ofpbuf_put(packet, text, length);
        text += length;
    }
}

bool
dhcp_domains_encode(const char *list, bool compress, struct ofpbuf *packet)
{
    char *copy = xstrdup(list), *save = NULL;
    struct suffixes suffixes = {
        .list = xcalloc(strlen(list) + 1, sizeof *suffixes.list)
    };
    size_t base = packet->size;
    bool ok = strlen(list) <= UINT16_MAX;

    for (char *name = strtok_r(copy, ", ", &save); name && ok;
         name = strtok_r(NULL, ", ", &save)) {
        ok = strlen(name) < MAX_DOMAIN
             && put_domain(name, base, compress, &suffixes, packet);
    }
    if (!ok) {
        packet->size = base;
    }
    free(suffixes.list);
    free(copy);
    return ok;
}
