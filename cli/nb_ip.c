/* IP addresses and prefixes: one spelling for each. */
#include <config.h>

#include "cli/nb_ip.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "util.h"

char *
ip4_normalize_address(const char *text)
{
    ovs_be32 ip;

    return (ip_parse(text, &ip) ? xasprintf(IP_FMT, IP_ARGS(ip)) : NULL);
}

char *
ip6_normalize_address(const char *text)
{
    struct in6_addr ip;
    struct ds s = DS_EMPTY_INITIALIZER;

    if (!ipv6_parse(text, &ip)) {
        return NULL;
    }
    ipv6_format_addr(&ip, &s);
    return ds_steal_cstr(&s);
}

char *
ip_normalize_address(const char *text)
{
    char *normalized = ip4_normalize_address(text);

    return normalized ? normalized : ip6_normalize_address(text);
}

char *
ip4_normalize_prefix(const char *text)
{
    unsigned int length;
    ovs_be32 ip;
    char *error = ip_parse_cidr(text, &ip, &length);

    if (error) {
        free(error);
        return NULL;
    }
    ip &= be32_prefix_mask(length);
    return (length == 32 ? xasprintf(IP_FMT, IP_ARGS(ip))
            : xasprintf(IP_FMT"/%u", IP_ARGS(ip), length));
}

char *
ip6_normalize_prefix(const char *text)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    unsigned int length;
    struct in6_addr ip;
    char *error = ipv6_parse_cidr(text, &ip, &length);

    if (error) {
        free(error);
        return NULL;
    }

    struct in6_addr mask = ipv6_create_mask(length);
    ip = ipv6_addr_bitand(&ip, &mask);
    ipv6_format_addr(&ip, &s);
    if (length < 128) {
        ds_put_format(&s, "/%u", length);
    }
    return ds_steal_cstr(&s);
}

char *
ip_normalize_prefix(const char *text)
{
    char *normalized = ip4_normalize_prefix(text);

    return normalized ? normalized : ip6_normalize_prefix(text);
}

bool
ip_is_ip6(const char *normalized)
{
    return strchr(normalized, ':') != NULL;
}

unsigned int
ip_prefix_length(const char *normalized)
{
    const char *slash = strchr(normalized, '/');

    return slash ? atoi(slash + 1) : ip_is_ip6(normalized) ? 128 : 32;
}
