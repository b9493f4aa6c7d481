/* Addresses learned from packets: see respond_learn.h.
 *
 * The rows themselves are in 'own'; here is an index of them by key and, for
 * each port, by age. */
#include <config.h>

#include "node-agent/respond_learn.h"

#include <stdlib.h>

#include "lib/err.h"
#include "node-agent/model.h"
#include "node-agent/own.h"
#include "node-agent/packet_in_private.h"
#include "node-agent/respond_waiting.h"
#include "node-agent/rows.h"
#include "openvswitch/list.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/shash.h"
#include "openvswitch/token-bucket.h"
#include "packets.h"
#include "store/keys.h"
#include "timeval.h"
#include "util.h"

enum learn_kind { LEARN_MAC_BINDING, LEARN_FDB, N_LEARN_KINDS };

static const struct {
    const char *prefix;         /* Of its rows' keys. */
    const char *age_option;     /* Of the datapath, in seconds. */
} kinds[N_LEARN_KINDS] = {
    [LEARN_MAC_BINDING] = { "mac_binding/", "mac_binding_age_threshold" },
    [LEARN_FDB] = { "fdb/", "fdb_age_threshold" },
};

/* The rows of one port. */
struct learn_port {
    struct ovs_list rows;       /* "struct learn_row"s, the oldest first. */
    size_t n;
    char *datapath, *lport;
};

struct learn_row {
    struct ovs_list node;       /* In learn_port's 'rows'. */
    struct learn_port *port;
    char *below;                /* Its key. */
    enum learn_kind kind;
    long long int seen_ms;      /* Wall clock. */
};

struct respond_learn {
    struct packet_in *pi;
    struct shash rows;          /* Key -> learn_row. */
    struct shash ports;         /* "kind datapath lport" -> learn_port. */
    size_t n[N_LEARN_KINDS];
    struct token_bucket bucket; /* A row is 1000 tokens. */
    long long int sweep_ms;
};

struct respond_learn *
respond_learn_create(struct packet_in *pi)
{
    struct respond_learn *learn = xzalloc(sizeof *learn);

    learn->pi = pi;
    shash_init(&learn->rows);
    shash_init(&learn->ports);
    token_bucket_init(&learn->bucket, LEARN_ROWS_PER_S, LEARN_BURST * 1000);
    learn->sweep_ms = time_msec();
    return learn;
}

/* ---- The index -------------------------------------------------------- */

static struct learn_port *
get_port(struct respond_learn *learn, enum learn_kind kind,
         const char *datapath, const char *lport)
{
    char *name = xasprintf("%d %"PRIuSIZE" %s %s", kind, strlen(datapath),
                           datapath, lport);
    struct learn_port *port = shash_find_data(&learn->ports, name);

    if (!port) {
        port = xzalloc(sizeof *port);
        ovs_list_init(&port->rows);
        port->datapath = xstrdup(datapath);
        port->lport = xstrdup(lport);
        shash_add(&learn->ports, name, port);
    }
    free(name);
    return port;
}

static void
put_in_port(struct learn_row *row, struct learn_port *port)
{
    if (row->port) {
        ovs_list_remove(&row->node);
        row->port->n--;
    }
    row->port = port;
    port->n++;
    ovs_list_push_back(&port->rows, &row->node);
}

static void
free_row(struct respond_learn *learn, struct learn_row *row)
{
    ovs_list_remove(&row->node);
    row->port->n--;
    learn->n[row->kind]--;
    shash_find_and_delete(&learn->rows, row->below);
    free(row->below);
    free(row);
}

static void
forget(struct respond_learn *learn, struct learn_row *row)
{
    own_set(learn->pi->own, row->below, NULL);
    free_row(learn, row);
}

static void
note(struct respond_learn *learn, const char *below, enum learn_kind kind,
     struct learn_port *port, long long int seen_ms)
{
    struct learn_row *row = shash_find_data(&learn->rows, below);

    if (!row) {
        row = xzalloc(sizeof *row);
        row->below = xstrdup(below);
        row->kind = kind;
        shash_add(&learn->rows, below, row);
        learn->n[kind]++;
    }
    row->seen_ms = seen_ms;
    put_in_port(row, port);
}

static void
free_ports(struct respond_learn *learn, bool all)
{
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &learn->ports) {
        struct learn_port *port = node->data;

        if (all || !port->n) {
            free(port->datapath);
            free(port->lport);
            free(port);
            shash_delete(&learn->ports, node);
        }
    }
}

void
respond_learn_destroy(struct respond_learn *learn)
{
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &learn->rows) {
        free_row(learn, node->data);
    }
    free_ports(learn, true);
    shash_destroy(&learn->rows);
    shash_destroy(&learn->ports);
    free(learn);
}

size_t
respond_learn_count(const struct respond_learn *learn)
{
    return shash_count(&learn->rows);
}

/* ---- Learning --------------------------------------------------------- */

/* Makes room for one more row of 'port'; false if there is none. */
static bool
make_room(struct respond_learn *learn, enum learn_kind kind,
          const struct learn_port *port)
{
    if (port->n >= LEARN_MAX_PORT_ROWS) {
        forget(learn, CONTAINER_OF(ovs_list_front(&port->rows),
                                   struct learn_row, node));
    } else if (learn->n[kind] >= LEARN_MAX_ROWS) {
        packet_in_drop(learn->pi, PACKET_IN_DROP_TABLE_FULL);
        return false;
    }
    return true;
}

/* Writes 'value' (taken) under 'below' (taken). */
static void
learn_row(struct respond_learn *learn, enum learn_kind kind,
          const struct lport *lport, char *below, char *value)
{
    struct learn_port *port = get_port(learn, kind, lport->dp->name,
                                       lport->name);

    if (!token_bucket_withdraw(&learn->bucket, 1000)) {
        packet_in_drop(learn->pi, PACKET_IN_DROP_OPCODE_RATE);
        free(value);
    } else if (!shash_find(&learn->rows, below)
               && !make_room(learn, kind, port)) {
        free(value);
    } else {
        note(learn, below, kind, port, time_wall_msec());
        own_set(learn->pi->own, below, value);
    }
    free(below);
}

/* The port behind which 'mac' is, or NULL if there is nothing to learn. */
static const struct lport *
check(const struct pin *pin, const struct eth_addr mac)
{
    const struct lport *lport = pin_inport(pin);

    if (!lport) {
        pin_drop(pin, PACKET_IN_DROP_UNKNOWN_PORT);
    } else if (eth_addr_is_multicast(mac) || eth_addr_is_zero(mac)) {
        pin_drop(pin, PACKET_IN_DROP_NOT_DUE);
        return NULL;
    }
    return lport;
}

void
respond_put_fdb(struct pin *pin)
{
    const struct eth_addr mac = pin->headers.dl_src;
    const struct lport *lport = check(pin, mac);

    if (lport) {
        char text[ETH_ADDR_STRLEN + 1];

        snprintf(text, sizeof text, ETH_ADDR_FMT, ETH_ADDR_ARGS(mac));
        learn_row(pin->pi->learn, LEARN_FDB, lport,
                  rows_key("fdb", lport->dp->name, text, NULL),
                  rows_fdb(lport->name, time_wall_msec()));
    }
}

static void
learn_neighbor(struct pin *pin, const struct in6_addr *ip)
{
    const struct eth_addr mac = pin->headers.dl_src;
    const struct lport *lport = check(pin, mac);
    char mac_text[ETH_ADDR_STRLEN + 1];
    char ip_text[INET6_ADDRSTRLEN];

    if (!lport) {
        return;
    }
    if (ipv6_is_zero(ip) || ipv6_addr_is_multicast(ip)
        || (IN6_IS_ADDR_V4MAPPED(ip)
            && (!in6_addr_get_mapped_ipv4(ip)
                || ip_is_multicast(in6_addr_get_mapped_ipv4(ip))))) {
        pin_drop(pin, PACKET_IN_DROP_NOT_DUE);
        return;
    }
    ipv6_string_mapped(ip_text, ip);
    snprintf(mac_text, sizeof mac_text, ETH_ADDR_FMT, ETH_ADDR_ARGS(mac));
    learn_row(pin->pi->learn, LEARN_MAC_BINDING, lport,
              rows_key("mac_binding", lport->dp->name, lport->name, ip_text,
                       NULL),
              rows_mac_binding(mac_text, time_wall_msec()));
    respond_waiting_learned(pin->pi->waiting, lport, ip, mac);
}

void
respond_put_arp(struct pin *pin)
{
    struct in6_addr ip;

    in6_addr_set_mapped_ipv4(&ip, htonl(pin->md->regs[0]));
    learn_neighbor(pin, &ip);
}

void
respond_put_nd(struct pin *pin)
{
    ovs_be128 value = hton128(flow_get_xxreg(pin->md, 0));
    struct in6_addr ip;

    memcpy(&ip, &value, sizeof ip);
    learn_neighbor(pin, &ip);
}

/* ---- Aging ------------------------------------------------------------ */

/* Component 'i' of "kind/c1/c2...", decoded; NULL if there is none. */
static char *
component(const char *below, int i)
{
    while (i-- > 0 && below) {
        below = strchr(below, '/');
        below += below != NULL;
    }
    return below ? keys_decode(below, strcspn(below, "/")) : NULL;
}

/* The port and the time in a row of 'own'; false if it is not one of ours. */
static bool
parse_row(const char *below, enum learn_kind kind, const char *value,
          char **lport, long long int *seen_ms)
{
    const struct schema_table *table = kind == LEARN_FDB
                                       ? &sb_fdb_table
                                       : &sb_mac_binding_table;
    struct schema_row *row = NULL;
    struct err err = ERR_INIT;

    *lport = NULL;
    if (schema_row_parse(table, "", value, strlen(value), &row, &err)) {
        err_clear(&err);
        return false;
    }
    if (kind == LEARN_FDB) {
        *lport = xstrdup(sb_fdb_cast(row)->port);
        *seen_ms = sb_fdb_cast(row)->timestamp_ms;
    } else {
        *lport = component(below, 2);
        *seen_ms = sb_mac_binding_cast(row)->timestamp_ms;
    }
    schema_row_destroy(row);
    return *lport != NULL;
}

struct take_in {
    struct respond_learn *learn;
    enum learn_kind kind;
};

/* Notes a row that was there before this agent. */
static void
take_in(const char *below, const char *value, void *take_)
{
    const struct take_in *take = take_;
    struct respond_learn *learn = take->learn;
    char *datapath, *lport;
    long long int seen_ms;

    if (shash_find(&learn->rows, below)) {
        return;
    }
    datapath = component(below, 1);
    if (parse_row(below, take->kind, value, &lport, &seen_ms) && datapath) {
        note(learn, below, take->kind,
             get_port(learn, take->kind, datapath, lport), seen_ms);
    }
    free(datapath);
    free(lport);
}

/* How old a row may get, in seconds; 0: as old as it likes. */
static unsigned int
max_age(const struct respond_learn *learn, const struct learn_row *row,
        bool *gone)
{
    const struct datapath *dp = model_datapath(learn->pi->model,
                                               row->port->datapath);

    *gone = false;
    if (!dp || !dp->row) {
        return LEARN_UNKNOWN_AGE_S;
    }
    *gone = !datapath_lport(dp, row->port->lport);
    return smap_get_uint(&datapath_row(dp)->external_ids,
                         kinds[row->kind].age_option, 0);
}

static void
sweep(struct respond_learn *learn)
{
    long long int now_ms = time_wall_msec();
    struct shash_node *node;

    for (enum learn_kind kind = 0; kind < N_LEARN_KINDS; kind++) {
        struct take_in take = { learn, kind };

        own_each(learn->pi->own, kinds[kind].prefix, take_in, &take);
    }
    SHASH_FOR_EACH_SAFE (node, &learn->rows) {
        struct learn_row *row = node->data;
        bool gone;
        unsigned int age_s = max_age(learn, row, &gone);

        if (gone || (age_s && now_ms - row->seen_ms > age_s * 1000LL)) {
            forget(learn, row);
        }
    }
    free_ports(learn, false);
}

void
respond_learn_run(struct respond_learn *learn)
{
    if (time_msec() >= learn->sweep_ms) {
        sweep(learn);
        learn->sweep_ms = time_msec() + LEARN_SWEEP_MS;
    }
}

void
respond_learn_wait(struct respond_learn *learn)
{
    poll_timer_wait_until(learn->sweep_ms);
}
