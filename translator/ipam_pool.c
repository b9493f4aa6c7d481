/* Free addresses: see ipam_pool.h. */
#include <config.h>

#include "translator/ipam_pool.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "sset.h"
#include "translator/ipam.h"
#include "util.h"

enum { MAC_SUFFIX_MAX = 0xffffff };

struct range {
    uint32_t first, last;
};

/* A switch's networks. */
struct pool {
    bool has_v4, has_v6;
    uint32_t first, last;       /* IPv4 addresses that may be given, host
                                 * order. */
    struct range *excluded;
    size_t n_excluded;
    struct in6_addr prefix;     /* 64 bits. */
    struct eth_addr mac_prefix;
    const struct sset *used;
    struct sset taken;          /* Given by this pool, now. */
    uint32_t next;              /* Below it nothing is free. */
};

/* ---- Texts ------------------------------------------------------------- */

static void
format_v4(uint32_t ip, char text[INET_ADDRSTRLEN])
{
    ovs_be32 be = htonl(ip);

    inet_ntop(AF_INET, &be, text, INET_ADDRSTRLEN);
}

static bool
parse_v4(const char *text, uint32_t *ip)
{
    struct in_addr addr;

    if (inet_pton(AF_INET, text, &addr) != 1) {
        return false;
    }
    *ip = ntohl(addr.s_addr);
    return true;
}

/* What a client asks for, or has. */
struct request {
    bool has_mac, has_v4, has_v6;
    struct eth_addr mac;
    uint32_t v4;
    struct in6_addr v6;
};

static struct request
parse_request(const char *text)
{
    char *copy = xstrdup(text ? text : ""), *save = NULL;
    struct request request = { .has_mac = false };

    for (char *word = strtok_r(copy, " ", &save); word;
         word = strtok_r(NULL, " ", &save)) {
        struct eth_addr mac;

        if (eth_addr_from_string(word, &mac)) {
            request.mac = mac;
            request.has_mac = true;
        } else if (parse_v4(word, &request.v4)) {
            request.has_v4 = true;
        } else if (inet_pton(AF_INET6, word, &request.v6) == 1) {
            request.has_v6 = true;
        }
    }
    free(copy);
    return request;
}

/* ---- Networks ---------------------------------------------------------- */

static void
parse_subnet(struct pool *pool, const char *subnet)
{
    ovs_be32 ip;
    unsigned int plen;
    char *error = ip_parse_cidr(subnet, &ip, &plen);
    uint32_t mask = ntohl(be32_prefix_mask(error ? 0 : plen));

    if (error || plen > 30) {
        free(error);
        return;
    }
    pool->has_v4 = true;
    /* The network, its first address, the broadcast address. */
    pool->first = (ntohl(ip) & mask) + 2;
    pool->last = (ntohl(ip) | ~mask) - 1;
    pool->next = pool->first;
}

/* "10.0.0.4 10.0.0.30..10.0.0.40" */
static void
parse_excluded(struct pool *pool, char *text)
{
    char *save = NULL;

    for (char *word = strtok_r(text, " ", &save); word;
         word = strtok_r(NULL, " ", &save)) {
        char *dots = strstr(word, "..");
        struct range range;

        if (dots) {
            *dots = '\0';
        }
        if (parse_v4(word, &range.first)
            && parse_v4(dots ? dots + 2 : word, &range.last)) {
            pool->excluded = xrealloc(pool->excluded,
                                      (pool->n_excluded + 1)
                                      * sizeof *pool->excluded);
            pool->excluded[pool->n_excluded++] = range;
        }
    }
}

static void
parse_networks(struct pool *pool, const char *networks)
{
    char *copy = xstrdup(networks), *rest = copy;
    const char separator[] = { IPAM_SEPARATOR, '\0' };
    char *subnet = strsep(&rest, separator);
    char *excluded = rest ? strsep(&rest, separator) : NULL;
    char *prefix = rest ? strsep(&rest, separator) : NULL;
    char *mac = NULL;

    parse_subnet(pool, subnet);
    if (excluded) {
        parse_excluded(pool, excluded);
    }
    if (prefix && *prefix) {
        prefix[strcspn(prefix, "/")] = '\0';
        pool->has_v6 = inet_pton(AF_INET6, prefix, &pool->prefix) == 1;
    }
    mac = xasprintf("%s:00:00:00", rest ? rest : IPAM_DEFAULT_MAC_PREFIX);
    if (!eth_addr_from_string(mac, &pool->mac_prefix)) {
        pool->mac_prefix = eth_addr_zero;
    }
    free(mac);
    free(copy);
}

/* ---- What is free ------------------------------------------------------ */

static bool
is_taken(const struct pool *pool, const char *text)
{
    return sset_contains(pool->used, text)
           || sset_contains(&pool->taken, text);
}

static const struct range *
excluding(const struct pool *pool, uint32_t ip)
{
    for (size_t i = 0; i < pool->n_excluded; i++) {
        if (ip >= pool->excluded[i].first && ip <= pool->excluded[i].last) {
            return &pool->excluded[i];
        }
    }
    return NULL;
}

static bool
is_free(const struct pool *pool, uint32_t ip)
{
    char text[INET_ADDRSTRLEN];

    format_v4(ip, text);
    return ip >= pool->first && ip <= pool->last && !excluding(pool, ip)
           && !is_taken(pool, text);
}

static void
take_v4(struct pool *pool, uint32_t ip)
{
    char text[INET_ADDRSTRLEN];

    format_v4(ip, text);
    sset_add(&pool->taken, text);
}

/* The lowest free address.  What was passed over stays taken. */
static bool
find_v4(struct pool *pool, uint32_t *ip)
{
    while (pool->next <= pool->last) {
        const struct range *range = excluding(pool, pool->next);

        if (range) {
            if (range->last >= pool->last) {
                pool->next = pool->last + 1;
            } else {
                pool->next = range->last + 1;
            }
        } else if (is_free(pool, pool->next)) {
            *ip = pool->next++;
            return true;
        } else {
            pool->next++;
        }
    }
    return false;
}

/* ---- Serving ----------------------------------------------------------- */

/* One client on its way. */
struct serving {
    struct request asked, had;
    struct request given;
};

/* First those that say what they want, then those that have it already, then
 * the rest. */
static void
serve_v4(struct pool *pool, struct serving *servings, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct serving *s = &servings[i];

        if (s->asked.has_v4 && is_free(pool, s->asked.v4)) {
            s->given.has_v4 = true;
            s->given.v4 = s->asked.v4;
            take_v4(pool, s->given.v4);
        }
    }
    for (size_t i = 0; i < n; i++) {
        struct serving *s = &servings[i];

        if (!s->given.has_v4 && s->had.has_v4 && is_free(pool, s->had.v4)) {
            s->given.has_v4 = true;
            s->given.v4 = s->had.v4;
            take_v4(pool, s->given.v4);
        }
    }
    for (size_t i = 0; i < n; i++) {
        struct serving *s = &servings[i];

        if (!s->given.has_v4 && find_v4(pool, &s->given.v4)) {
            s->given.has_v4 = true;
            take_v4(pool, s->given.v4);
        }
    }
}

static bool
take_mac(struct pool *pool, struct serving *s, struct eth_addr mac)
{
    char *text = xasprintf(ETH_ADDR_FMT, ETH_ADDR_ARGS(mac));
    bool ok = !is_taken(pool, text);

    if (ok) {
        s->given.mac = mac;
        s->given.has_mac = true;
        sset_add(&pool->taken, text);
    }
    free(text);
    return ok;
}

static void
make_mac(struct pool *pool, struct serving *s,
         bool (*is_mac_given)(const void *aux, const char *mac),
         const void *aux)
{
    uint32_t base = s->given.has_v4 ? s->given.v4 & MAC_SUFFIX_MAX : 0;

    for (uint32_t i = 0; i < MAC_SUFFIX_MAX; i++) {
        uint32_t suffix = (base + i) % (MAC_SUFFIX_MAX - 1) + 1;
        struct eth_addr mac = pool->mac_prefix;
        char *text;
        bool given;

        mac.ea[3] = suffix >> 16;
        mac.ea[4] = suffix >> 8;
        mac.ea[5] = suffix;
        text = xasprintf(ETH_ADDR_FMT, ETH_ADDR_ARGS(mac));
        given = is_mac_given(aux, text);
        free(text);
        if (!given && take_mac(pool, s, mac)) {
            return;
        }
    }
}

static void
serve_mac(struct pool *pool, struct serving *servings, size_t n,
          bool (*is_mac_given)(const void *aux, const char *mac),
          const void *aux)
{
    for (size_t i = 0; i < n; i++) {
        struct serving *s = &servings[i];

        /* Two that insist on one MAC have it: their mistake. */
        if (s->asked.has_mac && !take_mac(pool, s, s->asked.mac)) {
            s->given.mac = s->asked.mac;
            s->given.has_mac = true;
        }
    }
    for (size_t i = 0; i < n; i++) {
        struct serving *s = &servings[i];

        if (!s->given.has_mac && s->had.has_mac) {
            take_mac(pool, s, s->had.mac);
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (!servings[i].given.has_mac) {
            make_mac(pool, &servings[i], is_mac_given, aux);
        }
    }
}

static char *
format_given(const struct pool *pool, const struct serving *s)
{
    struct ds out = DS_EMPTY_INITIALIZER;
    char text[INET6_ADDRSTRLEN];

    if (!s->given.has_mac
        || (pool->has_v4 && !s->given.has_v4 && !pool->has_v6)) {
        return NULL;
    }
    ds_put_format(&out, ETH_ADDR_FMT, ETH_ADDR_ARGS(s->given.mac));
    if (s->given.has_v4) {
        format_v4(s->given.v4, text);
        ds_put_format(&out, " %s", text);
    }
    if (pool->has_v6) {
        struct in6_addr v6;

        in6_generate_eui64(s->given.mac, &pool->prefix, &v6);
        inet_ntop(AF_INET6, s->asked.has_v6 ? &s->asked.v6 : &v6, text,
                  sizeof text);
        ds_put_format(&out, " %s", text);
    }
    return ds_steal_cstr(&out);
}

void
ipam_pool_serve(const char *networks, const struct sset *used,
                bool (*is_mac_given)(const void *aux, const char *mac),
                const void *aux, struct ipam_client clients[], size_t n)
{
    struct pool pool = {
        .used = used, .taken = SSET_INITIALIZER(&pool.taken),
    };
    struct serving *servings;

    if (!networks) {
        return;
    }
    parse_networks(&pool, networks);
    servings = xcalloc(n + 1, sizeof *servings);
    for (size_t i = 0; i < n; i++) {
        servings[i].asked = parse_request(clients[i].request);
        servings[i].had = parse_request(clients[i].addresses);
    }
    if (pool.has_v4) {
        serve_v4(&pool, servings, n);
    }
    serve_mac(&pool, servings, n, is_mac_given, aux);
    for (size_t i = 0; i < n; i++) {
        free(clients[i].addresses);
        clients[i].addresses = format_given(&pool, &servings[i]);
    }
    free(servings);
    free(pool.excluded);
    sset_destroy(&pool.taken);
}
