/* Packets that wait for a neighbour: see respond_waiting.h. */
#include <config.h>

#include "node-agent/respond_waiting.h"

#include <stdlib.h>

#include "hash.h"
#include "lflow/registers.h"
#include "lflow/tables.h"
#include "node-agent/model.h"
#include "node-agent/packet_in_private.h"
#include "node-agent/rows.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/poll-loop.h"
#include "packets.h"
#include "timeval.h"
#include "util.h"

struct waiting_packet {
    void *data;
    size_t size;
    struct flow metadata;
};

/* What is waited for: neighbour 'ip' behind a port. */
struct waiting_key {
    struct in6_addr ip;
    uint32_t datapath, port;    /* Tunnel keys. */
};

struct waiting {
    struct hmap_node node;      /* In respond_waiting's 'map'. */
    struct ovs_list age_node;   /* In its 'by_age'. */
    struct waiting_key key;
    long long int until_ms;
    struct waiting_packet packets[WAITING_MAX_PACKETS];
    size_t first, n;            /* A ring. */
};

struct respond_waiting {
    struct packet_in *pi;
    struct hmap map;            /* "struct waiting"s by key. */
    struct ovs_list by_age;     /* The same, the oldest first. */
    size_t n_bytes;
    bool model_changed;
};

struct respond_waiting *
respond_waiting_create(struct packet_in *pi)
{
    struct respond_waiting *all = xzalloc(sizeof *all);

    all->pi = pi;
    hmap_init(&all->map);
    ovs_list_init(&all->by_age);
    return all;
}

size_t
respond_waiting_count(const struct respond_waiting *all)
{
    return hmap_count(&all->map);
}

/* ---- Keeping ---------------------------------------------------------- */

static void
free_first(struct respond_waiting *all, struct waiting *waiting)
{
    struct waiting_packet *packet = &waiting->packets[waiting->first];

    all->n_bytes -= packet->size;
    free(packet->data);
    waiting->first = (waiting->first + 1) % WAITING_MAX_PACKETS;
    waiting->n--;
}

static void
free_waiting(struct respond_waiting *all, struct waiting *waiting)
{
    while (waiting->n) {
        free_first(all, waiting);
    }
    hmap_remove(&all->map, &waiting->node);
    ovs_list_remove(&waiting->age_node);
    free(waiting);
}

void
respond_waiting_destroy(struct respond_waiting *all)
{
    struct waiting *waiting;

    HMAP_FOR_EACH_SAFE (waiting, node, &all->map) {
        free_waiting(all, waiting);
    }
    hmap_destroy(&all->map);
    free(all);
}

static struct waiting *
find(const struct respond_waiting *all, const struct waiting_key *key)
{
    struct waiting *waiting;

    HMAP_FOR_EACH_WITH_HASH (waiting, node, hash_bytes(key, sizeof *key, 0),
                             &all->map) {
        if (!memcmp(&waiting->key, key, sizeof *key)) {
            return waiting;
        }
    }
    return NULL;
}

static struct waiting *
get(struct respond_waiting *all, const struct waiting_key *key)
{
    struct waiting *waiting = find(all, key);

    if (!waiting && hmap_count(&all->map) < WAITING_MAX_NEIGHBORS) {
        waiting = xzalloc(sizeof *waiting);
        waiting->key = *key;
        waiting->until_ms = time_msec() + WAITING_MAX_MS;
        hmap_insert(&all->map, &waiting->node,
                    hash_bytes(key, sizeof *key, 0));
        ovs_list_push_back(&all->by_age, &waiting->age_node);
    }
    return waiting;
}

static void
keep(struct respond_waiting *all, struct waiting *waiting,
     const struct pin *pin)
{
    struct waiting_packet *packet;

    if (waiting->n == WAITING_MAX_PACKETS) {
        free_first(all, waiting);
        packet_in_drop(all->pi, PACKET_IN_DROP_QUEUE_FULL);
    }
    packet = &waiting->packets[(waiting->first + waiting->n)
                               % WAITING_MAX_PACKETS];
    packet->data = xmemdup(pin->in->packet, pin->in->packet_len);
    packet->size = pin->in->packet_len;
    packet->metadata = *pin->md;
    waiting->n++;
    all->n_bytes += packet->size;
}

/* ---- Sending ---------------------------------------------------------- */

static void
send_to(struct respond_waiting *all, void *data, size_t size,
        const struct flow *metadata, const struct eth_addr mac)
{
    struct eth_header *eth = data;

    if (size >= sizeof *eth) {
        eth->eth_dst = mac;
        packet_in_send(all->pi, data, size, metadata,
                       OFTABLE_OUTPUT_LARGE_DETECT);
    }
}

static void
release(struct respond_waiting *all, struct waiting *waiting,
        const struct eth_addr mac)
{
    while (waiting->n) {
        struct waiting_packet *packet = &waiting->packets[waiting->first];

        send_to(all, packet->data, packet->size, &packet->metadata, mac);
        free_first(all, waiting);
    }
    free_waiting(all, waiting);
}

/* ---- Neighbours ------------------------------------------------------- */

/* The port that learns for 'lport': a redirect port's neighbours are those of
 * its distributed port. */
static const struct lport *
learning_port(const struct lport *lport)
{
    const struct sb_port *row = lport ? lport_row(lport) : NULL;
    const char *name = row && row->type == SB_PORT_TYPE_CHASSISREDIRECT
                       ? smap_get(&row->options, "distributed-port") : NULL;

    return name ? datapath_lport(lport->dp, name) : lport;
}

/* Does the model know 'ip' behind 'lport'? */
static bool
is_known(const struct lport *lport, const struct in6_addr *ip,
         struct eth_addr *mac)
{
    char text[INET6_ADDRSTRLEN];
    const struct learned *learned;
    bool known = false;
    char *key;

    ipv6_string_mapped(text, ip);
    key = rows_key("mac_binding", lport->name, text, NULL);
    HMAP_FOR_EACH_WITH_HASH (learned, node, hash_string(key, 0),
                             &lport->dp->mac_bindings) {
        if (!strcmp(learned->key, key)) {
            known = learned->mac && eth_addr_from_string(learned->mac, mac);
            break;
        }
    }
    free(key);
    return known;
}

static struct waiting_key
make_key(const struct lport *lport, const struct in6_addr *ip)
{
    struct waiting_key key;

    memset(&key, 0, sizeof key);
    key.ip = *ip;
    key.datapath = lport->dp->key;
    key.port = lport->key;
    return key;
}

bool
respond_waiting_keep(struct pin *pin, const struct in6_addr *ip)
{
    struct respond_waiting *all = pin->pi->waiting;
    struct datapath *dp = pin_datapath(pin);
    const struct lport *lport = dp ? learning_port(datapath_lport_by_key(
        dp, pin->md->regs[MFF_LOG_OUTPORT - MFF_REG0])) : NULL;
    struct waiting_key key;
    struct waiting *waiting;
    struct eth_addr mac;

    if (!lport) {
        return true;            /* Nothing can be learned there. */
    }
    if (is_known(lport, ip, &mac)) {
        void *copy = xmemdup(pin->in->packet, pin->in->packet_len);

        send_to(all, copy, pin->in->packet_len, pin->md, mac);
        free(copy);
        return false;
    }
    key = make_key(lport, ip);
    waiting = (all->n_bytes + pin->in->packet_len <= WAITING_MAX_BYTES
               ? get(all, &key) : NULL);
    if (waiting) {
        keep(all, waiting, pin);
    } else {
        pin_drop(pin, PACKET_IN_DROP_QUEUE_FULL);
    }
    return true;
}

void
respond_waiting_learned(struct respond_waiting *all,
                        const struct lport *lport, const struct in6_addr *ip,
                        const struct eth_addr mac)
{
    struct waiting_key key = make_key(lport, ip);
    struct waiting *waiting = find(all, &key);

    if (waiting) {
        release(all, waiting, mac);
    }
}

void
respond_waiting_model_changed(struct respond_waiting *all)
{
    all->model_changed = true;
}

/* Looks every neighbour up in the model. */
static void
look_up(struct respond_waiting *all)
{
    struct waiting *waiting;

    HMAP_FOR_EACH_SAFE (waiting, node, &all->map) {
        const struct datapath *dp = model_datapath_by_key(
            all->pi->model, waiting->key.datapath);
        const struct lport *lport
            = dp ? datapath_lport_by_key(dp, waiting->key.port) : NULL;
        struct eth_addr mac;

        if (lport && is_known(lport, &waiting->key.ip, &mac)) {
            release(all, waiting, mac);
        }
    }
}

void
respond_waiting_run(struct respond_waiting *all)
{
    long long int now_ms = time_msec();

    if (all->model_changed) {
        all->model_changed = false;
        look_up(all);
    }
    while (!ovs_list_is_empty(&all->by_age)) {
        struct waiting *waiting = CONTAINER_OF(
            ovs_list_front(&all->by_age), struct waiting, age_node);

        if (now_ms < waiting->until_ms) {
            break;
        }
        packet_in_drop(all->pi, PACKET_IN_DROP_EXPIRED);
        free_waiting(all, waiting);
    }
}

void
respond_waiting_wait(struct respond_waiting *all)
{
    if (!ovs_list_is_empty(&all->by_age)) {
        poll_timer_wait_until(
            CONTAINER_OF(ovs_list_front(&all->by_age), struct waiting,
                         age_node)->until_ms);
    }
}
