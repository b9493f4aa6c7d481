/* Periodic router advertisements: see respond_advertise.h. */
#include <config.h>

#include "node-agent/respond_advertise.h"

#include <stdlib.h>
#include <string.h>

#include "lflow/action_types.h"
#include "lflow/dhcp_options.h"
#include "lflow/registers.h"
#include "node-agent/packet_in_private.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/shash.h"
#include "packets.h"
#include "random.h"
#include "timeval.h"
#include "util.h"

/* A router port that advertises. */
struct advertiser {
    long long int next_ms;
    unsigned int n_sent;
    bool is_seen;               /* In this look at the model. */
};

struct respond_advertise {
    struct packet_in *pi;
    struct shash all;           /* Port -> struct advertiser. */
};

struct respond_advertise *
respond_advertise_create(struct packet_in *pi)
{
    struct respond_advertise *advertise = xzalloc(sizeof *advertise);

    advertise->pi = pi;
    shash_init(&advertise->all);
    return advertise;
}

void
respond_advertise_destroy(struct respond_advertise *advertise)
{
    shash_destroy_free_data(&advertise->all);
    free(advertise);
}

size_t
respond_advertise_count(const struct respond_advertise *advertise)
{
    return shash_count(&advertise->all);
}

/* ---- Who advertises --------------------------------------------------- */

void
respond_advertise_begin(struct respond_advertise *advertise)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &advertise->all) {
        struct advertiser *a = node->data;

        a->is_seen = false;
    }
}

/* Is the router's side here?  Of a gateway only its own chassis is. */
static bool
is_here(const struct model *model, const struct lport *lport)
{
    const struct sb_port *row = lport_row(lport);
    const char *redirect = smap_get(&row->options, "chassis-redirect-port");

    if (row->type == SB_PORT_TYPE_L3GATEWAY) {
        return !strcmp(row->chassis, model->chassis);
    } else if (redirect) {
        const struct lport *cr = datapath_lport(lport->dp, redirect);

        return cr && cr->row && cr->resident;
    }
    return row->type == SB_PORT_TYPE_PATCH;
}

/* The switch's side of router port 'name', or NULL. */
static const struct lport *
switch_port(const struct model *model, const char *name)
{
    const struct lport *lport = model_lport(model, name);
    const struct lport *peer = lport && lport->row && lport->dp->key
                               ? model_lport(model, lport_row(lport)->peer)
                               : NULL;

    return (peer && peer->row && peer->key && peer->dp->key
            && peer->dp->is_switch ? peer : NULL);
}

void
respond_advertise_port(struct respond_advertise *advertise,
                       const struct lport *lport)
{
    const struct sb_port *row = lport_row(lport);
    struct advertiser *a;

    if (!row || lport->dp->is_switch || !row->enabled
        || !smap_get_bool(&row->options, "ipv6_ra_send_periodic", false)
        || !is_here(advertise->pi->model, lport)
        || !switch_port(advertise->pi->model, lport->name)) {
        return;
    }
    a = shash_find_data(&advertise->all, lport->name);
    if (!a) {
        a = xzalloc(sizeof *a);
        a->next_ms = time_msec();
        shash_add(&advertise->all, lport->name, a);
    }
    a->is_seen = true;
}

void
respond_advertise_end(struct respond_advertise *advertise)
{
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &advertise->all) {
        struct advertiser *a = node->data;

        if (!a->is_seen) {
            shash_delete(&advertise->all, node);
            free(a);
        }
    }
}

/* ---- The message ------------------------------------------------------ */

enum { MAX_PARAMETERS = 40 };

/* Parameters as put_nd_ra_opts() would have them. */
struct parameters {
    struct lflow_option options[MAX_PARAMETERS];
    struct lflow_option_value values[MAX_PARAMETERS];
    size_t n;
};

static struct lflow_option_value *
add(struct parameters *p, const char *name)
{
    struct lflow_option_value *value;

    if (p->n >= MAX_PARAMETERS) {
        return NULL;
    }
    value = &p->values[p->n];
    memset(value, 0, sizeof *value);
    p->options[p->n] = (struct lflow_option) {
        .option = nd_ra_option_by_name(name), .values = value, .n_values = 1,
    };
    p->n++;
    return value;
}

static void
add_integer(struct parameters *p, const char *name, const void *bytes,
            size_t size, enum lex_format format)
{
    struct lflow_option_value *value = add(p, name);

    if (value) {
        value->value = u128_from_bytes(bytes, size);
        value->mask = U128_MAX;
        value->format = format;
    }
}

static void
add_string(struct parameters *p, const char *name, const char *string)
{
    struct lflow_option_value *value = string && string[0] ? add(p, name)
                                                           : NULL;

    if (value) {
        value->string = string;
    }
}

/* "MAC network...": the MAC and the prefixes of IPv6 networks. */
static bool
add_networks(struct parameters *p, const char *text, struct eth_addr *mac)
{
    char *copy = xstrdup(text), *save = NULL;
    char *word = strtok_r(copy, " ", &save);
    bool ok = word && eth_addr_from_string(word, mac);

    if (ok) {
        add_integer(p, "slla", mac, sizeof *mac, LEX_F_ETHERNET);
    }
    while (ok && (word = strtok_r(NULL, " ", &save)) != NULL) {
        size_t n = p->n;
        struct in6_addr ip;
        unsigned int plen;
        char *error = ipv6_parse_cidr(word, &ip, &plen);

        if (!error && !in6_is_lla(&ip)) {
            add_integer(p, "prefix", &ip, sizeof ip, LEX_F_IPV6);
            if (p->n > n) {
                p->values[n].masked = true;
                p->values[n].mask = plen ? U128_MAX << (128 - plen) : 0;
            }
        }
        free(error);
    }
    free(copy);
    return ok;
}

static void
add_servers(struct parameters *p, const char *list)
{
    char *copy = xstrdup(list ? list : ""), *save = NULL;

    for (char *word = strtok_r(copy, ", ", &save); word;
         word = strtok_r(NULL, ", ", &save)) {
        struct in6_addr ip;

        if (ipv6_parse(word, &ip)) {
            add_integer(p, "rdnss", &ip, sizeof ip, LEX_F_IPV6);
        }
    }
    free(copy);
}

bool
respond_advertise_compose(const struct sb_port *row, struct ofpbuf *message,
                          struct eth_addr *mac)
{
    const struct smap *options = &row->options;
    uint32_t mtu = smap_get_uint(options, "ipv6_ra_mtu", 0);
    ovs_be32 be_mtu = htonl(mtu);
    struct parameters p = { .n = 0 };
    char *error;

    add_string(&p, "addr_mode", smap_get(options, "ipv6_ra_address_mode"));
    if (!row->mac.n || !add_networks(&p, row->mac.items[0], mac)) {
        return false;
    }
    if (mtu >= 1280) {
        add_integer(&p, "mtu", &be_mtu, sizeof be_mtu, LEX_F_DECIMAL);
    }
    add_string(&p, "router_preference",
               smap_get(options, "ipv6_ra_router_preference"));
    add_servers(&p, smap_get(options, "ipv6_ra_rdnss"));
    add_string(&p, "dnssl", smap_get(options, "ipv6_ra_dnssl"));
    add_string(&p, "route_info", smap_get(options, "ipv6_ra_route_info"));
    error = nd_ra_options_encode(p.options, p.n, message);
    free(error);
    return !error;
}

/* ---- In time ---------------------------------------------------------- */

/* 'message' as a packet from the router's link-local address to all. */
static void
send_message(struct respond_advertise *advertise, const struct eth_addr mac,
             const struct ofpbuf *message, const struct lport *out)
{
    struct icmp6_header *ra;
    struct dp_packet packet;
    struct in6_addr src;
    struct eth_addr dst;

    in6_generate_lla(mac, &src);
    ipv6_multicast_to_ethernet(&dst, &in6addr_all_hosts);
    dp_packet_init(&packet, 256);
    eth_compose(&packet, dst, mac, ETH_TYPE_IPV6, IPV6_HEADER_LEN);
    ra = compose_ipv6(&packet, IPPROTO_ICMPV6, &src, &in6addr_all_hosts,
                      0, 0, 255, message->size);
    memcpy(ra, message->data, message->size);
    ra->icmp6_cksum = 0;
    ra->icmp6_cksum = build_checksum(&packet, ra, IPPROTO_ICMPV6,
                                     message->size);
    packet_in_send_from(advertise->pi, &packet, out, MLF_LOCAL_ONLY);
    dp_packet_uninit(&packet);
}

static void
advertise_port(struct respond_advertise *advertise,
               const struct sb_port *row, const struct lport *out)
{
    struct ofpbuf message;
    struct eth_addr mac;

    ofpbuf_init(&message, 128);
    if (respond_advertise_compose(row, &message, &mac)) {
        send_message(advertise, mac, &message, out);
    }
    ofpbuf_uninit(&message);
}

/* RFC 4861, 6.2.4: at random between the bounds, sooner at first. */
static long long int
interval_ms(const struct sb_port *row, unsigned int n_sent)
{
    unsigned int max_s = smap_get_uint(&row->options, "ipv6_ra_max_interval",
                                       ADVERTISE_MAX_S);
    unsigned int min_s, ms;

    max_s = MAX(max_s, ADVERTISE_LEAST_MAX_S);
    max_s = MIN(max_s, 1800);
    min_s = smap_get_uint(&row->options, "ipv6_ra_min_interval",
                          nd_ra_min_interval_default(max_s));
    min_s = MIN(MAX(min_s, ADVERTISE_LEAST_MIN_S), max_s);
    ms = min_s * 1000 + random_range((max_s - min_s) * 1000 + 1);
    return n_sent < ADVERTISE_N_INITIAL ? MIN(ms, ADVERTISE_INITIAL_S * 1000)
                                        : ms;
}

void
respond_advertise_run(struct respond_advertise *advertise)
{
    struct model *model = advertise->pi->model;
    long long int now_ms = time_msec();
    struct shash_node *node;

    SHASH_FOR_EACH (node, &advertise->all) {
        const struct lport *lport = model_lport(model, node->name);
        const struct lport *out = switch_port(model, node->name);
        struct advertiser *a = node->data;

        if (a->next_ms > now_ms) {
            continue;
        } else if (!lport || !lport->row || !out) {
            a->next_ms = LLONG_MAX;     /* It is about to be forgotten. */
            continue;
        }
        advertise_port(advertise, lport_row(lport), out);
        a->next_ms = now_ms + interval_ms(lport_row(lport), ++a->n_sent);
    }
}

void
respond_advertise_wait(struct respond_advertise *advertise)
{
    long long int next_ms = LLONG_MAX;
    struct shash_node *node;

    SHASH_FOR_EACH (node, &advertise->all) {
        const struct advertiser *a = node->data;

        next_ms = MIN(next_ms, a->next_ms);
    }
    if (next_ms != LLONG_MAX) {
        poll_timer_wait_until(next_ms);
    }
}
