/* The text of a port security element: see port_security.h.  Addresses may
 * be separated by blanks or commas. */
#include <config.h>

#include "node-agent/port_security.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "packets.h"
#include "util.h"

/* OVS's parsers let "10.0.0.300" pass. */
static bool
is_address(const char *token)
{
    char *address = xmemdup0(token, strcspn(token, "/"));
    struct in6_addr ip6;
    struct in_addr ip4;
    bool ok = (inet_pton(AF_INET, address, &ip4) == 1
               || inet_pton(AF_INET6, address, &ip6) == 1);

    free(address);
    return ok;
}

static bool
parse_ip(const char *token, struct port_security *ps)
{
    struct port_security_ip4 ip4;
    struct port_security_ip6 ip6;
    char *error;

    if (!is_address(token)) {
        return false;
    }
    error = ip_parse_masked(token, &ip4.addr, &ip4.mask);
    if (!error) {
        if (!ip_is_cidr(ip4.mask)) {
            return false;
        }
        ps->ip4 = xrealloc(ps->ip4, (ps->n_ip4 + 1) * sizeof *ps->ip4);
        ps->ip4[ps->n_ip4++] = ip4;
        return true;
    }
    free(error);
    error = ipv6_parse_masked(token, &ip6.addr, &ip6.mask);
    if (!error) {
        if (!ipv6_is_cidr(&ip6.mask)) {
            return false;
        }
        ps->ip6 = xrealloc(ps->ip6, (ps->n_ip6 + 1) * sizeof *ps->ip6);
        ps->ip6[ps->n_ip6++] = ip6;
        return true;
    }
    free(error);
    return false;
}

bool
port_security_parse(const char *text, struct port_security *ps)
{
    char *copy = xstrdup(text), *save = NULL;
    char *token = strtok_r(copy, " ,", &save);
    bool ok;

    memset(ps, 0, sizeof *ps);
    ok = token && eth_addr_from_string(token, &ps->mac);
    while (ok && (token = strtok_r(NULL, " ,", &save)) != NULL) {
        ok = parse_ip(token, ps);
    }
    free(copy);
    if (!ok) {
        port_security_destroy(ps);
    }
    return ok;
}

void
port_security_destroy(struct port_security *ps)
{
    free(ps->ip4);
    free(ps->ip6);
    memset(ps, 0, sizeof *ps);
}
