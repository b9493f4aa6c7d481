/* Router advertisements of put_nd_ra_opts: RFC 4861, with route information
 * (RFC 4191) and DNS options (RFC 8106). */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "lflow/action_types.h"
#include "lflow/dhcp_options.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

/* Options of Neighbor Discovery (RFC 4861, 4191, 8106). */
enum {
    OPT_SLLA = 1, OPT_PREFIX = 3, OPT_MTU = 5, OPT_ROUTE = 24,
    OPT_RDNSS = 25, OPT_DNSSL = 31
};

/* Its ICMPv6 type, and the hop limit it tells hosts to use. */
enum { RA_TYPE = 134, RA_HOP_LIMIT = 255 };

/* Flags of an advertisement: managed, other, and the preference. */
enum {
    RA_MANAGED = 0x80, RA_OTHER = 0x40,
    PREFERENCE_HIGH = 0x08, PREFERENCE_MEDIUM = 0, PREFERENCE_LOW = 0x18
};

/* Flags of a prefix: on link, and autonomous configuration. */
enum { PREFIX_ON_LINK = 0x80, PREFIX_AUTONOMOUS = 0x40 };

/* What the parameters said so far. */
struct ra {
    uint8_t flags;
    bool has_slla;
    bool has_prefix;
};

/* Address modes: name, flags of the advertisement. */
static const struct { const char *name; uint8_t flags; } modes[] = {
    { "slaac", 0 },
    { "dhcpv6_stateful", RA_MANAGED },
    { "dhcpv6_stateless", RA_OTHER },
};

static const struct { const char *name; uint8_t flags; } preferences[] = {
    { "HIGH", PREFERENCE_HIGH },
    { "MEDIUM", PREFERENCE_MEDIUM },
    { "LOW", PREFERENCE_LOW },
};

static void
put_bytes(struct ofpbuf *packet, u128 value, size_t n_bytes)
{
    u128_to_bytes(value, ofpbuf_put_uninit(packet, n_bytes), n_bytes);
}

/* Type, length in units of 8 bytes, and what the next 2 bytes hold. */
static void
put_option_header(struct ofpbuf *packet, uint8_t type, size_t n_bytes,
                  uint16_t value)
{
    put_bytes(packet, type, 1);
    put_bytes(packet, DIV_ROUND_UP(n_bytes, 8), 1);
    put_bytes(packet, value, 2);
}

static bool
set_mode(const char *name, struct ra *ra)
{
    for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
        if (!strcmp(modes[i].name, name)) {
            ra->flags = (ra->flags & ~(RA_MANAGED | RA_OTHER))
                        | modes[i].flags;
            return true;
        }
    }
    return false;
}

/* The preference named by the 'length' bytes at 'name'. */
static bool
find_preference(const char *name, size_t length, uint8_t *flags)
{
    for (size_t i = 0; i < ARRAY_SIZE(preferences); i++) {
        if (strlen(preferences[i].name) == length
            && !strncmp(preferences[i].name, name, length)) {
            *flags = preferences[i].flags;
            return true;
        }
    }
    return false;
}

static bool
set_preference(const char *name, struct ra *ra)
{
    uint8_t flags;

    if (!find_preference(name, strlen(name), &flags)) {
        return false;
    }
    ra->flags = (ra->flags & ~PREFERENCE_LOW) | flags;
    return true;
}

static bool
put_prefix(const struct lflow_option_value *value, const struct ra *ra,
           struct ofpbuf *packet)
{
    uint8_t plen;
    uint8_t flags = PREFIX_ON_LINK | (ra->flags & RA_MANAGED
                                      ? 0 : PREFIX_AUTONOMOUS);

    if (value->format != LEX_F_IPV6 || !value->masked) {
        return false;
    }
    plen = 128 - u128_ctz(value->mask);
    put_option_header(packet, OPT_PREFIX, 32, plen << 8 | flags);
    put_bytes(packet, UINT32_MAX, 4);   /* Valid, and... */
    put_bytes(packet, UINT32_MAX, 4);   /* ...preferred, for ever. */
    put_bytes(packet, 0, 4);
    put_bytes(packet, value->value & value->mask, 16);
    return true;
}

static bool
put_slla(const struct lflow_option_value *value, struct ofpbuf *packet)
{
    if (value->format != LEX_F_ETHERNET || value->masked) {
        return false;
    }
    put_bytes(packet, OPT_SLLA, 1);
    put_bytes(packet, 1, 1);
    put_bytes(packet, value->value, 6);
    return true;
}

static bool
put_mtu(const struct lflow_option_value *value, struct ofpbuf *packet)
{
    if (value->format != LEX_F_DECIMAL || value->masked
        || value->value > UINT32_MAX) {
        return false;
    }
    put_option_header(packet, OPT_MTU, 8, 0);
    put_bytes(packet, value->value, 4);
    return true;
}

static bool
put_rdnss(const struct lflow_option_value *value, struct ofpbuf *packet)
{
    if (value->format != LEX_F_IPV6) {
        return false;
    }
    put_option_header(packet, OPT_RDNSS, 24, 0);
    put_bytes(packet, UINT32_MAX, 4);
    put_bytes(packet, value->value, 16);
    return true;
}

static bool
put_dnssl(const char *list, struct ofpbuf *packet)
{
    struct ofpbuf names;
    bool ok;

    ofpbuf_init(&names, 64);
    ok = dhcp_domains_encode(list, false, &names)
         && names.size + 8 <= 8 * UINT8_MAX;
    if (ok) {
        put_option_header(packet, OPT_DNSSL, 8 + names.size, 0);
        put_bytes(packet, UINT32_MAX, 4);
        ofpbuf_put(packet, names.data, names.size);
        ofpbuf_put_zeros(packet, ROUND_UP(names.size, 8) - names.size);
    }
    ofpbuf_uninit(&names);
    return ok;
}

/* PREFERENCE-PREFIX[/LENGTH] */
static bool
put_route(const char *route, struct ofpbuf *packet)
{
    const char *hyphen = strchr(route, '-');
    struct in6_addr prefix, mask;
    unsigned int plen;
    uint8_t flags;
    size_t n_bytes;
    char *error;

    if (!hyphen || !find_preference(route, hyphen - route, &flags)) {
        return false;
    }
    error = ipv6_parse_cidr(hyphen + 1, &prefix, &plen);
    if (error) {
        free(error);
        return false;
    }
    mask = ipv6_create_mask(plen);
    prefix = ipv6_addr_bitand(&prefix, &mask);
    n_bytes = plen > 64 ? 16 : plen ? 8 : 0;
    put_option_header(packet, OPT_ROUTE, 8 + n_bytes, plen << 8 | flags);
    put_bytes(packet, UINT32_MAX, 4);
    ofpbuf_put(packet, &prefix, n_bytes);
    return true;
}

static bool
put_routes(const char *list, struct ofpbuf *packet)
{
    char *copy = xstrdup(list), *save = NULL;
    bool ok = true;

    for (char *route = strtok_r(copy, ", ", &save); route && ok;
         route = strtok_r(NULL, ", ", &save)) {
        ok = put_route(route, packet);
    }
    free(copy);
    return ok;
}

/* Adds one parameter to 'ra' and 'packet'. */
static bool
put_parameter(const struct lflow_option *option, struct ra *ra,
              struct ofpbuf *packet)
{
    const struct lflow_option_value *value = option->values;

    if (option->n_values != 1) {
        return false;
    }
    switch ((enum nd_ra_option) option->option->code) {
    case ND_RA_ADDR_MODE:
        return set_mode(value->string, ra);
    case ND_RA_PREFERENCE:
        return set_preference(value->string, ra);
    case ND_RA_SLLA:
        ra->has_slla = true;
        return put_slla(value, packet);
    case ND_RA_MTU:
        return put_mtu(value, packet);
    case ND_RA_PREFIX:
        ra->has_prefix = true;
        return put_prefix(value, ra, packet);
    case ND_RA_RDNSS:
        return put_rdnss(value, packet);
    case ND_RA_DNSSL:
        return put_dnssl(value->string, packet);
    case ND_RA_ROUTE_INFO:
        return put_routes(value->string, packet);
    default:
        OVS_NOT_REACHED();
    }
}

char *
nd_ra_option_check(const struct lflow_option *option)
{
    struct ra ra = { .flags = 0 };
    struct ofpbuf scratch;
    bool ok;

    ofpbuf_init(&scratch, 64);
    ok = put_parameter(option, &ra, &scratch);
    ofpbuf_uninit(&scratch);
    return ok ? NULL : xasprintf("Invalid value for \"%s\" option",
                                 option->option->name);
}

char *
nd_ra_options_encode(const struct lflow_option *options, size_t n,
                     struct ofpbuf *packet)
{
    struct ra ra = { .flags = 0 };
    size_t start = packet->size;
    char *error = NULL;

    put_bytes(packet, RA_TYPE, 1);
    put_bytes(packet, 0, 3);                    /* Code, checksum. */
    put_bytes(packet, RA_HOP_LIMIT, 1);
    put_bytes(packet, 0, 1);                    /* Flags: below. */
    put_bytes(packet, UINT16_MAX, 2);           /* Lifetime of the router. */
    put_bytes(packet, 0, 8);                    /* Timers: unspecified. */
    for (size_t i = 0; i < n && !error; i++) {
        if (!put_parameter(&options[i], &ra, packet)) {
            error = xasprintf("Invalid value for \"%s\" option",
                              options[i].option->name);
        }
    }
    if (!error && !ra.has_slla) {
        error = xstrdup("slla option not present");
    } else if (!error && !(ra.flags & RA_MANAGED) && !ra.has_prefix) {
        error = xstrdup("prefix option needs to be set when address mode is "
                        "slaac/dhcpv6_stateless.");
    }
    if (error) {
        packet->size = start;
        return error;
    }
    ((uint8_t *) packet->data)[start + 5] = ra.flags;
    return NULL;
}
