/* IGMP and MLD: see respond_igmp.h. */
#include <config.h>

#include "node-agent/respond_igmp.h"

#include <stdlib.h>

#include "csum.h"
#include "hash.h"
#include "lflow/registers.h"
#include "lflow/tables.h"
#include "lib/err.h"
#include "mcast-snooping.h"
#include "node-agent/igmp_query.h"
#include "node-agent/model.h"
#include "node-agent/multicast.h"
#include "node-agent/own.h"
#include "node-agent/packet_in_private.h"
#include "node-agent/rows.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/shash.h"
#include "packets.h"
#include "schemas/sb.h"
#include "sset.h"
#include "store/keys.h"
#include "timeval.h"
#include "util.h"

#define MROUTERS "mrouters"

/* Ports with routers are kept as a group of their own, "::" of another VLAN.
 * (OVS's own list of them would keep these ports out of all groups.) */
enum { NO_VLAN, ROUTERS_VLAN };

/* A switch that snoops.  In 'ms' a port is its tunnel key. */
struct snoop {
    char *datapath;
    char *prefix;               /* Of its rows. */
    struct mcast_snooping *ms;
    struct sset rows;           /* Keys of rows that were written, or taken
                                 * in. */
    bool dirty;                 /* Rows may differ from 'ms'... */
    long long int publish_ms;   /* ...and are looked at from then on. */
    long long int query_ms;     /* When the next queries are due. */
    bool adopted;               /* No rows from before a restart are left. */
    bool seen;                  /* By respond_igmp_update(). */
};

struct respond_igmp {
    struct packet_in *pi;
    struct shash snoops;        /* By datapath. */
    long long int adopt_ms;     /* Until then rows wait for their ports. */
    bool swept;                 /* Rows of others than 'snoops' are gone. */
};

struct respond_igmp *
respond_igmp_create(struct packet_in *pi)
{
    struct respond_igmp *igmp = xzalloc(sizeof *igmp);

    igmp->pi = pi;
    shash_init(&igmp->snoops);
    igmp->adopt_ms = time_msec() + IGMP_ADOPT_MS;
    return igmp;
}

static void
free_snoop(struct respond_igmp *igmp, struct snoop *snoop)
{
    shash_find_and_delete(&igmp->snoops, snoop->datapath);
    mcast_snooping_unref(snoop->ms);
    sset_destroy(&snoop->rows);
    free(snoop->datapath);
    free(snoop->prefix);
    free(snoop);
}

void
respond_igmp_destroy(struct respond_igmp *igmp)
{
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &igmp->snoops) {
        free_snoop(igmp, node->data);
    }
    shash_destroy(&igmp->snoops);
    free(igmp);
}

/* ---- Ports ------------------------------------------------------------ */

static void *
port_of(const struct lport *lport)
{
    return (void *) (uintptr_t) lport->key;
}

static void
add_router(struct snoop *snoop, void *port)
{
    mcast_snooping_add_group(snoop->ms, &in6addr_any, ROUTERS_VLAN, port);
}

/* May a group have it as a port of this chassis? */
static bool
is_here(const struct lport *lport)
{
    const struct sb_port *row = lport ? lport_row(lport) : NULL;

    return row && (row->type != SB_PORT_TYPE_NONE || lport->bound_here);
}

static const struct lport *
find_port(const struct datapath *dp, const void *port)
{
    const struct lport *lport = datapath_lport_by_key(dp, (uintptr_t) port);

    return is_here(lport) ? lport : NULL;
}

/* ---- Rows ------------------------------------------------------------- */

static bool
is_group(const struct in6_addr *address)
{
    return (IN6_IS_ADDR_V4MAPPED(address)
            ? ip_is_multicast(in6_addr_get_mapped_ipv4(address))
            : ipv6_addr_is_multicast(address));
}

/* Writes row 'address' with 'ports', which is freed, and notes it in
 * 'wanted'; none without ports. */
static void
publish_row(struct respond_igmp *igmp, struct snoop *snoop,
            const char *address, struct sb_igmp_group *ports,
            struct sset *wanted)
{
    if (ports->ports.n) {
        char *key = rows_key("igmp_group", snoop->datapath, address, NULL);

        sset_add(wanted, key);
        sset_add(&snoop->rows, key);
        own_set(igmp->pi->own, key, rows_igmp_group(ports));
        free(key);
    } else {
        schema_row_destroy(&ports->row);
    }
}

static void
publish_groups(struct respond_igmp *igmp, struct snoop *snoop,
               const struct datapath *dp, struct sset *wanted)
{
    const struct mcast_group *group;

    LIST_FOR_EACH (group, group_node, &snoop->ms->group_lru) {
        bool is_routers = group->vlan == ROUTERS_VLAN;
        const struct mcast_group_bundle *bundle;
        char address[INET6_ADDRSTRLEN];
        struct sb_igmp_group *row;

        if (!is_routers && !is_group(&group->addr)) {
            continue;
        }
        row = sb_igmp_group_create("");
        LIST_FOR_EACH (bundle, bundle_node, &group->bundle_lru) {
            const struct lport *lport = find_port(dp, bundle->port);

            if (lport) {
                schema_strings_insert(&row->ports, lport->name);
            }
        }
        ipv6_string_mapped(address, &group->addr);
        publish_row(igmp, snoop, is_routers ? MROUTERS : address, row,
                    wanted);
    }
}

/* ---- Rows from before a restart --------------------------------------- */

struct adoption {
    struct respond_igmp *igmp;
    struct snoop *snoop;
    const struct datapath *dp;
    struct sset drop;           /* Rows to be removed. */
    bool waits;                 /* Some wait for their ports. */
};

static bool
parse_address(const char *text, struct in6_addr *address)
{
    ovs_be32 ip4;

    if (ip_parse(text, &ip4)) {
        in6_addr_set_mapped_ipv4(address, ip4);
        return true;
    }
    return ipv6_parse(text, address);
}

/* Takes the ports of a row that are here; false if there is none. */
static bool
adopt(struct adoption *a, const char *address, const char *value)
{
    struct schema_row *row = NULL;
    struct err err = ERR_INIT;
    struct in6_addr group;
    bool any = false;

    if (schema_row_parse(&sb_igmp_group_table, "", value, strlen(value), &row,
                         &err)) {
        err_clear(&err);
        return false;
    }
    for (size_t i = 0; i < sb_igmp_group_cast(row)->ports.n; i++) {
        const struct lport *lport = datapath_lport(
            a->dp, sb_igmp_group_cast(row)->ports.items[i]);

        if (!is_here(lport)) {
            continue;
        }
        any = true;
        if (!strcmp(address, MROUTERS)) {
            add_router(a->snoop, port_of(lport));
        } else if (parse_address(address, &group)) {
            mcast_snooping_add_group(a->snoop->ms, &group, NO_VLAN,
                                     port_of(lport));
        }
    }
    schema_row_destroy(row);
    return any;
}

static void
adopt_row(const char *below, const char *value, void *a_)
{
    struct adoption *a = a_;
    const char *encoded = below + strlen(a->snoop->prefix);
    char *address;

    if (sset_contains(&a->snoop->rows, below)) {
        return;
    }
    address = keys_decode(encoded, strlen(encoded));
    if (address && adopt(a, address, value)) {
        sset_add(&a->snoop->rows, below);
    } else if (time_msec() < a->igmp->adopt_ms) {
        a->waits = true;
    } else {
        sset_add(&a->drop, below);
    }
    free(address);
}

/* Brings the rows to what was learned. */
static void
publish(struct respond_igmp *igmp, struct snoop *snoop)
{
    struct adoption a = {
        .igmp = igmp, .snoop = snoop,
        .dp = model_datapath(igmp->pi->model, snoop->datapath),
        .drop = SSET_INITIALIZER(&a.drop),
    };
    struct sset wanted = SSET_INITIALIZER(&wanted);
    const char *key;

    ovs_rwlock_wrlock(&snoop->ms->rwlock);
    if (!snoop->adopted) {
        own_each(igmp->pi->own, snoop->prefix, adopt_row, &a);
        snoop->adopted = time_msec() >= igmp->adopt_ms;
    }
    if (a.dp) {
        publish_groups(igmp, snoop, a.dp, &wanted);
    }
    ovs_rwlock_unlock(&snoop->ms->rwlock);
    SSET_FOR_EACH (key, &snoop->rows) {
        if (!sset_contains(&wanted, key)) {
            sset_add(&a.drop, key);
        }
    }
    SSET_FOR_EACH (key, &a.drop) {
        own_set(igmp->pi->own, key, NULL);
        sset_find_and_delete(&snoop->rows, key);
    }
    sset_destroy(&a.drop);
    sset_destroy(&wanted);
    snoop->dirty = a.waits;
    snoop->publish_ms = time_msec() + IGMP_PUBLISH_MS;
}

static void
collect_row(const char *below, const char *value OVS_UNUSED, void *keys_)
{
    sset_add(keys_, below);
}

/* Removes the rows that begin with 'prefix', those of 'snoops' apart. */
static void
remove_rows(struct respond_igmp *igmp, const char *prefix)
{
    struct sset keys = SSET_INITIALIZER(&keys);
    const char *key;

    own_each(igmp->pi->own, prefix, collect_row, &keys);
    SSET_FOR_EACH (key, &keys) {
        const char *encoded = key + strlen("igmp_group/");
        char *datapath = keys_decode(encoded, strcspn(encoded, "/"));

        if (!datapath || !shash_find(&igmp->snoops, datapath)) {
            own_set(igmp->pi->own, key, NULL);
        }
        free(datapath);
    }
    sset_destroy(&keys);
}

/* ---- Switches --------------------------------------------------------- */

static struct snoop *
get_snoop(struct respond_igmp *igmp, const struct datapath *dp)
{
    struct snoop *snoop = shash_find_data(&igmp->snoops, dp->name);

    if (!snoop) {
        char *encoded = keys_encode(dp->name);

        snoop = xzalloc(sizeof *snoop);
        snoop->datapath = xstrdup(dp->name);
        snoop->prefix = xasprintf("igmp_group/%s/", encoded);
        snoop->ms = mcast_snooping_create();
        sset_init(&snoop->rows);
        shash_add(&igmp->snoops, dp->name, snoop);
        free(encoded);
    }
    return snoop;
}

/* Forgets the ports that are not here any more. */
static void
forget_ports(struct snoop *snoop, const struct datapath *dp)
{
    const struct mcast_group_bundle *bundle;
    const struct mcast_group *group;
    struct sset gone = SSET_INITIALIZER(&gone);
    const char *text;

    LIST_FOR_EACH (group, group_node, &snoop->ms->group_lru) {
        LIST_FOR_EACH (bundle, bundle_node, &group->bundle_lru) {
            if (!find_port(dp, bundle->port)) {
                sset_add_and_free(&gone, xasprintf(
                    "%"PRIuPTR, (uintptr_t) bundle->port));
            }
        }
    }
    SSET_FOR_EACH (text, &gone) {
        mcast_snooping_flush_bundle(snoop->ms, (void *) (uintptr_t)
                                    strtoul(text, NULL, 10));
    }
    sset_destroy(&gone);
}

static void
update_snoop(struct respond_igmp *igmp, const struct datapath *dp)
{
    const struct sb_ip_multicast *settings
        = sb_ip_multicast_cast(dp->ip_multicast);
    struct snoop *snoop = get_snoop(igmp, dp);

    ovs_rwlock_wrlock(&snoop->ms->rwlock);
    mcast_snooping_set_idle_time(snoop->ms, settings->idle_timeout);
    snoop->ms->max_entries = settings->table_size;
    ovs_rwlock_unlock(&snoop->ms->rwlock);
    if (hmap_count(&snoop->ms->table) > snoop->ms->max_entries) {
        mcast_snooping_mdb_flush(snoop->ms);
    }
    forget_ports(snoop, dp);
    snoop->query_ms = MIN(snoop->query_ms,
                          time_msec() + settings->query_interval * 1000LL);
    snoop->dirty = true;
    snoop->seen = true;
}

void
respond_igmp_update(struct respond_igmp *igmp)
{
    const struct datapath *dp;
    struct shash_node *node;

    HMAP_FOR_EACH (dp, node, &igmp->pi->model->datapaths) {
        if (dp->ip_multicast && dp->key && !dp->removed) {
            update_snoop(igmp, dp);
        }
    }
    SHASH_FOR_EACH_SAFE (node, &igmp->snoops) {
        struct snoop *snoop = node->data;

        if (!snoop->seen) {
            char *prefix = xstrdup(snoop->prefix);

            free_snoop(igmp, snoop);
            remove_rows(igmp, prefix);
            free(prefix);
        } else {
            snoop->seen = false;
        }
    }
}

/* ---- Queries ---------------------------------------------------------- */

static void
send_queries(struct respond_igmp *igmp, struct snoop *snoop)
{
    const struct datapath *dp = model_datapath(igmp->pi->model,
                                               snoop->datapath);
    const struct sb_ip_multicast *settings
        = dp ? sb_ip_multicast_cast(dp->ip_multicast) : NULL;
    struct flow metadata;

    if (!settings || time_msec() < snoop->query_ms) {
        return;
    }
    snoop->query_ms = time_msec() + settings->query_interval * 1000LL;
    memset(&metadata, 0, sizeof metadata);
    metadata.metadata = htonll(dp->key);
    metadata.regs[MFF_LOG_OUTPORT - MFF_REG0] = MC_FLOOD_L2_KEY;
    metadata.regs[MFF_LOG_FLAGS - MFF_REG0] = MLF_LOCAL_ONLY;
    for (int v6 = 0; v6 < 2; v6++) {
        struct dp_packet packet;

        if (settings->querier && igmp_query_build(settings, v6, &packet)) {
            packet_in_send(igmp->pi, dp_packet_data(&packet),
                           dp_packet_size(&packet), &metadata,
                           OFTABLE_LOCAL_OUTPUT);
            dp_packet_uninit(&packet);
        }
    }
}

void
respond_igmp_run(struct respond_igmp *igmp)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &igmp->snoops) {
        struct snoop *snoop = node->data;

        snoop->dirty |= mcast_snooping_run(snoop->ms);
        if (snoop->dirty && time_msec() >= snoop->publish_ms) {
            publish(igmp, snoop);
        }
        send_queries(igmp, snoop);
    }
    if (!igmp->swept && time_msec() >= igmp->adopt_ms) {
        igmp->swept = true;
        remove_rows(igmp, "igmp_group/");
    }
}

void
respond_igmp_wait(struct respond_igmp *igmp)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &igmp->snoops) {
        struct snoop *snoop = node->data;

        mcast_snooping_wait(snoop->ms);
        poll_timer_wait_until(snoop->query_ms);
        if (snoop->dirty) {
            poll_timer_wait_until(snoop->publish_ms);
        }
    }
    if (!igmp->swept) {
        poll_timer_wait_until(igmp->adopt_ms);
    }
}

/* ---- Packets ---------------------------------------------------------- */

/* Lets the packet go on to a group's other members. */
static void
forward(const struct pin *pin, uint32_t group)
{
    struct flow metadata = *pin->md;

    metadata.regs[MFF_LOG_OUTPORT - MFF_REG0] = group;
    packet_in_send(pin->pi, dp_packet_data(&pin->packet),
                   dp_packet_size(&pin->packet), &metadata,
                   OFTABLE_REMOTE_OUTPUT);
}

/* What follows the network header, its checksum verified, '*size' bytes; NULL
 * if it is not right. */
static const void *
check_payload(const struct pin *pin, size_t least)
{
    const void *l4 = dp_packet_l4(&pin->packet);
    size_t size = l4 ? dp_packet_l4_size(&pin->packet) : 0;

    if (pin->headers.nw_frag & FLOW_NW_FRAG_ANY || size < least) {
        return NULL;
    } else if (pin_is_ip4(pin)) {
        return csum(l4, size) ? NULL : l4;
    }
    return packet_csum_upperlayer6(dp_packet_l3(&pin->packet), l4,
                                   IPPROTO_ICMPV6, size) ? NULL : l4;
}

/* Each returns the group that the packet goes on to; 0: it is not
 * understood. */
static uint32_t
learn_igmp(struct snoop *snoop, const struct pin *pin, void *port)
{
    const struct igmp_header *igmp = check_payload(pin, IGMP_HEADER_LEN);
    ovs_be32 group = igmp ? get_16aligned_be32(&igmp->group) : 0;

    switch (igmp && pin->headers.nw_proto == IPPROTO_IGMP ? igmp->igmp_type
                                                          : 0) {
    case IGMP_HOST_MEMBERSHIP_REPORT:
    case IGMPV2_HOST_MEMBERSHIP_REPORT:
        mcast_snooping_add_group4(snoop->ms, group, NO_VLAN, port);
        return MC_MROUTER_FLOOD_KEY;
    case IGMP_HOST_LEAVE_MESSAGE:
        mcast_snooping_leave_group4(snoop->ms, group, NO_VLAN, port);
        return MC_MROUTER_FLOOD_KEY;
    case IGMPV3_HOST_MEMBERSHIP_REPORT:
        mcast_snooping_add_report(snoop->ms, &pin->packet, NO_VLAN, port);
        return MC_MROUTER_FLOOD_KEY;
    case IGMP_HOST_MEMBERSHIP_QUERY:
        add_router(snoop, port);
        return MC_FLOOD_L2_KEY;
    default:
        return 0;
    }
}

static uint32_t
learn_mld(struct snoop *snoop, const struct pin *pin, void *port)
{
    const struct mld_header *mld = check_payload(pin, MLD_HEADER_LEN);

    switch (mld && pin->headers.nw_proto == IPPROTO_ICMPV6 ? mld->type : 0) {
    case MLD_REPORT:
    case MLD_DONE:
    case MLD2_REPORT:
        mcast_snooping_add_mld(snoop->ms, &pin->packet, NO_VLAN, port);
        return MC_MROUTER_FLOOD_KEY;
    case MLD_QUERY:
        add_router(snoop, port);
        return MC_FLOOD_L2_KEY;
    default:
        return 0;
    }
}

void
respond_igmp(struct pin *pin)
{
    const struct lport *lport = pin_inport(pin);
    struct snoop *snoop = lport ? shash_find_data(&pin->pi->igmp->snoops,
                                                  lport->dp->name) : NULL;
    uint32_t group;

    if (!snoop || !is_here(lport)) {
        pin_drop(pin, (lport ? PACKET_IN_DROP_NOT_DUE
                       : PACKET_IN_DROP_UNKNOWN_PORT));
        return;
    }
    ovs_rwlock_wrlock(&snoop->ms->rwlock);
    group = (pin_is_ip4(pin) ? learn_igmp(snoop, pin, port_of(lport))
             : pin_is_ip6(pin) ? learn_mld(snoop, pin, port_of(lport)) : 0);
    ovs_rwlock_unlock(&snoop->ms->rwlock);
    if (!group) {
        pin_drop(pin, PACKET_IN_DROP_MALFORMED);
        return;
    }
    snoop->dirty = true;
    forward(pin, group);
}
