/* Announcements: see respond_announce.h. */
#include <config.h>

#include "node-agent/respond_announce.h"

#include <stdlib.h>
#include <string.h>

#include "node-agent/model.h"
#include "node-agent/packet_in_private.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/shash.h"
#include "packets.h"
#include "smap.h"
#include "timeval.h"
#include "util.h"

/* An address that is announced. */
struct announcement {
    char *lport;                /* Through this port. */
    struct eth_addr mac;
    struct in6_addr ip;         /* IPv4-mapped or IPv6; zeros: RARP. */
    long long int next_ms;      /* LLONG_MAX: it has been said. */
    int interval_ms;
    bool is_seen;               /* In this look at the model. */
};

struct respond_announce {
    struct packet_in *pi;
    struct shash all;           /* "lport mac ip" -> struct announcement. */
};

struct respond_announce *
respond_announce_create(struct packet_in *pi)
{
    struct respond_announce *announce = xzalloc(sizeof *announce);

    announce->pi = pi;
    shash_init(&announce->all);
    return announce;
}

static void
forget(struct respond_announce *announce, struct shash_node *node)
{
    struct announcement *a = node->data;

    shash_delete(&announce->all, node);
    free(a->lport);
    free(a);
}

void
respond_announce_destroy(struct respond_announce *announce)
{
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &announce->all) {
        forget(announce, node);
    }
    shash_destroy(&announce->all);
    free(announce);
}

size_t
respond_announce_count(const struct respond_announce *announce)
{
    return shash_count(&announce->all);
}

/* ---- What is to be announced ------------------------------------------ */

static void
add(struct respond_announce *announce, const struct lport *lport,
    const struct eth_addr mac, const struct in6_addr *ip)
{
    char text[INET6_ADDRSTRLEN];
    struct announcement *a;
    char *key;

    ipv6_string_mapped(text, ip);
    key = xasprintf("%s "ETH_ADDR_FMT" %s", lport->name, ETH_ADDR_ARGS(mac),
                    text);
    a = shash_find_data(&announce->all, key);
    if (!a && shash_count(&announce->all) < ANNOUNCE_MAX) {
        a = xzalloc(sizeof *a);
        a->lport = xstrdup(lport->name);
        a->mac = mac;
        a->ip = *ip;
        a->next_ms = time_msec();
        a->interval_ms = ANNOUNCE_FIRST_MS;
        shash_add(&announce->all, key, a);
    }
    if (a) {
        a->is_seen = true;
    }
    free(key);
}

/* Is the port that 'word' ("is_chassis_resident("cr-x")") names here? */
static bool
is_resident(const struct respond_announce *announce, const char *word)
{
    const char *begin = strchr(word, '"');
    const char *end = begin ? strchr(begin + 1, '"') : NULL;
    const struct lport *lport = NULL;

    if (end) {
        char *name = xmemdup0(begin + 1, end - begin - 1);

        lport = model_lport(announce->pi->model, name);
        free(name);
    }
    return lport && lport->row && lport->resident;
}

/* "MAC IP...", each IP perhaps with a prefix length.  With 'rarp' a MAC
 * without addresses is announced too. */
static void
add_addresses(struct respond_announce *announce, const struct lport *lport,
              const char *text, bool rarp)
{
    char *copy = xstrdup(text), *save = NULL;
    char *word = strtok_r(copy, " ", &save);
    struct in6_addr ip = in6addr_any;
    struct eth_addr mac;
    bool any = false;

    if (word && eth_addr_from_string(word, &mac)) {
        while ((word = strtok_r(NULL, " ", &save)) != NULL) {
            ovs_be32 ip4;

            word[strcspn(word, "/")] = '\0';
            if (ip_parse(word, &ip4)) {
                in6_addr_set_mapped_ipv4(&ip, ip4);
            } else if (!ipv6_parse(word, &ip)) {
                continue;
            }
            add(announce, lport, mac, &ip);
            any = true;
        }
        if (!any && rarp) {
            add(announce, lport, mac, &in6addr_any);
        }
    }
    free(copy);
}

/* "MAC IP... is_chassis_resident("cr-x")", or, without that, of a gateway
 * router that is here. */
static void
add_nat_addresses(struct respond_announce *announce,
                  const struct lport *lport, const char *text)
{
    const char *resident = strstr(text, "is_chassis_resident(");
    const struct lport *peer
        = model_lport(announce->pi->model, lport_row(lport)->peer);
    char *addresses;

    if (resident ? !is_resident(announce, resident)
        : !peer || !peer->row
          || lport_row(peer)->type != SB_PORT_TYPE_L3GATEWAY
          || strcmp(lport_row(peer)->chassis,
                    announce->pi->model->chassis)) {
        return;
    }
    addresses = resident ? xmemdup0(text, resident - text) : xstrdup(text);
    add_addresses(announce, lport, addresses, false);
    free(addresses);
}

void
respond_announce_begin(struct respond_announce *announce)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &announce->all) {
        struct announcement *a = node->data;

        a->is_seen = false;
    }
}

void
respond_announce_port(struct respond_announce *announce,
                      const struct lport *lport)
{
    const struct sb_port *row = lport_row(lport);

    if (!row || !lport->key || !lport->dp->key || !lport->dp->n_localnet
        || smap_get_bool(&row->options, "disable_garp_rarp", false)) {
        return;
    }
    if (row->type == SB_PORT_TYPE_NONE && lport->bound_here) {
        for (size_t i = 0; i < row->addresses.n; i++) {
            add_addresses(announce, lport, row->addresses.items[i], true);
        }
    }
    for (size_t i = 0; i < row->nat_addresses.n; i++) {
        add_nat_addresses(announce, lport, row->nat_addresses.items[i]);
    }
}

void
respond_announce_end(struct respond_announce *announce)
{
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &announce->all) {
        struct announcement *a = node->data;

        if (!a->is_seen) {
            forget(announce, node);
        }
    }
}

/* ---- Announcing ------------------------------------------------------- */

static void
compose_arp_announcement(const struct announcement *a,
                         struct dp_packet *packet)
{
    ovs_be32 ip = in6_addr_get_mapped_ipv4(&a->ip);

    compose_arp(packet, ARP_OP_REQUEST, a->mac, eth_addr_zero, true, ip, ip);
}

static void
compose_na_announcement(const struct announcement *a,
                        struct dp_packet *packet)
{
    struct eth_addr dst;

    ipv6_multicast_to_ethernet(&dst, &in6addr_all_hosts);
    compose_nd_na(packet, a->mac, dst, &a->ip, &in6addr_all_hosts,
                  htonl(ND_RSO_OVERRIDE));
}

static void
say(struct respond_announce *announce, struct announcement *a,
    long long int now_ms)
{
    const struct lport *lport = model_lport(announce->pi->model, a->lport);
    struct dp_packet packet;

    if (lport && lport->key && lport->dp->key) {
        dp_packet_init(&packet, 128);
        if (ipv6_is_zero(&a->ip)) {
            compose_rarp(&packet, a->mac);
        } else if (IN6_IS_ADDR_V4MAPPED(&a->ip)) {
            compose_arp_announcement(a, &packet);
        } else {
            compose_na_announcement(a, &packet);
        }
        packet_in_send_from(announce->pi, &packet, lport, 0);
        dp_packet_uninit(&packet);
    }
    if (a->interval_ms > ANNOUNCE_LAST_MS) {
        a->next_ms = LLONG_MAX;
    } else {
        a->next_ms = now_ms + a->interval_ms;
        a->interval_ms *= 2;
    }
}

void
respond_announce_run(struct respond_announce *announce)
{
    long long int now_ms = time_msec();
    struct shash_node *node;
    int n = 0;

    SHASH_FOR_EACH (node, &announce->all) {
        struct announcement *a = node->data;

        if (a->next_ms <= now_ms) {
            say(announce, a, now_ms);
            if (++n >= ANNOUNCE_PER_RUN) {
                break;          /* The rest has its turn next time. */
            }
        }
    }
}

void
respond_announce_wait(struct respond_announce *announce)
{
    long long int next_ms = LLONG_MAX;
    struct shash_node *node;

    SHASH_FOR_EACH (node, &announce->all) {
        const struct announcement *a = node->data;

        next_ms = MIN(next_ms, a->next_ms);
    }
    if (next_ms != LLONG_MAX) {
        poll_timer_wait_until(next_ms);
    }
}
