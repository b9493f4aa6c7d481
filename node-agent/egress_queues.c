/* Queues where packets leave: see egress_queues.h. */
#include <config.h>

#include "node-agent/egress_queues.h"

#include <stdlib.h>
#include <string.h>

#include "netdev.h"
#include "node-agent/model.h"
#include "node-agent/node_config.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "smap.h"
#include "sset.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(egress_queues);

#define MADE_BY_US "weft-egress-queues"
#define HTB "linux-htb"
#define NOOP "linux-noop"
/* bit/s: as much as there may be in all.  Otherwise it would be the speed of
 * the link, of which many devices tell nothing or something wrong. */
#define NO_LIMIT "34359738360"

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 5);

struct egress_queues {
    char *done;                 /* What was made, as text. */
};

struct egress_queues *
egress_queues_create(void)
{
    return xzalloc(sizeof(struct egress_queues));
}

void
egress_queues_destroy(struct egress_queues *queues)
{
    if (queues) {
        free(queues->done);
        free(queues);
    }
}

/* ---- What should be ---------------------------------------------------- */

/* Options of ports, and what OVS calls them. */
static const struct {
    const char *option, *detail;
} details[] = {
    { "qos_min_rate", "min-rate" },
    { "qos_max_rate", "max-rate" },
    { "qos_burst", "burst" },
};

/* Number -> "struct smap" with the details of a queue, for the ports that are
 * here. */
static void
collect_queues(const struct model *model, struct shash *queues)
{
    const struct lport *lport;

    shash_init(queues);
    LIST_FOR_EACH (lport, noted_node, &model->noted) {
        const struct sb_port *row = lport_row(lport);
        const char *id = row ? smap_get(&row->options, "qdisc_queue_id")
                             : NULL;
        unsigned int number;

        if (!id || !str_to_uint(id, 10, &number) || !number
            || (!lport->bound_here && row->type != SB_PORT_TYPE_LOCALNET)) {
            continue;
        }
        struct smap *queue = xmalloc(sizeof *queue);

        smap_init(queue);
        for (size_t i = 0; i < ARRAY_SIZE(details); i++) {
            unsigned long long rate = smap_get_ullong(
                &row->options, details[i].option, 0);

            if (rate) {
                smap_add_format(queue, details[i].detail, "%llu", rate);
            }
        }
        if (smap_is_empty(queue) || !shash_add_once(queues, id, queue)) {
            smap_destroy(queue);
            free(queue);
        }
    }
}

static void
free_queues(struct shash *queues)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, queues) {
        smap_destroy(node->data);
    }
    shash_destroy_free_data(queues);
}

/* The interfaces of 'bridge' whose packets leave by the network. */
static void
collect_marked(const struct ovsrec_bridge *bridge, struct sset *ifaces)
{
    for (size_t i = 0; i < bridge->n_ports; i++) {
        const struct ovsrec_port *port = bridge->ports[i];

        for (size_t j = 0; j < port->n_interfaces; j++) {
            if (smap_get_bool(&port->interfaces[j]->external_ids,
                              "ovn-egress-iface", false)) {
                sset_add(ifaces, port->interfaces[j]->name);
            }
        }
    }
}

static void
collect_ifaces(struct ovs_db *db, const struct ovsrec_bridge *br_int,
               const struct model *model, const struct node_config *config,
               struct sset *ifaces)
{
    const struct lport *lport;

    for (size_t i = 0; i < br_int->n_ports; i++) {
        const struct ovsrec_port *port = br_int->ports[i];

        for (size_t j = 0; j < port->n_interfaces; j++) {
            const char *under = smap_get(&port->interfaces[j]->status,
                                         "tunnel_egress_iface");

            if (under) {
                sset_add(ifaces, under);
            }
        }
    }
    LIST_FOR_EACH (lport, noted_node, &model->noted) {
        const struct sb_port *row = lport_row(lport);
        const char *network = (row && row->type == SB_PORT_TYPE_LOCALNET
                               ? smap_get(&row->options, "network_name")
                               : NULL);
        const char *name = network ? smap_get(&config->mappings, network)
                                   : NULL;
        const struct ovsrec_bridge *bridge
            = name ? ovs_db_bridge(db, name) : NULL;

        if (bridge) {
            collect_marked(bridge, ifaces);
        }
    }
}

/* ---- One interface ------------------------------------------------------ */

static void
complain(const struct netdev *dev, const char *what, int error)
{
    if (error) {
        VLOG_WARN_RL(&rl, "%s: %s: %s", netdev_get_name(dev), what,
                     ovs_strerror(error));
    }
}

static void
remove_others(struct netdev *dev, const struct shash *queues)
{
    struct netdev_queue_dump dump;
    struct smap found = SMAP_INITIALIZER(&found);
    unsigned int id;

    NETDEV_QUEUE_FOR_EACH (&id, &found, &dump, dev) {
        char *text = xasprintf("%u", id);

        if (!shash_find(queues, text)) {
            complain(dev, "removing a queue", netdev_delete_queue(dev, id));
        }
        free(text);
    }
    smap_destroy(&found);
}

static void
set_queues(struct netdev *dev, const struct shash *queues)
{
    const struct smap whole = SMAP_CONST1(&whole, "max-rate", NO_LIMIT);
    struct smap found = SMAP_INITIALIZER(&found);
    const struct shash_node *node;
    const char *type;
    int error = netdev_get_qos(dev, &type, &found);

    smap_destroy(&found);
    if (!error && shash_is_empty(queues)) {
        error = strcmp(type, HTB) ? 0 : netdev_set_qos(dev, "", NULL);
    } else if (!error && strcmp(type, HTB)) {
        error = netdev_set_qos(dev, HTB, &whole);
    }
    complain(dev, "queueing discipline", error);
    if (error || shash_is_empty(queues)) {
        return;
    }
    remove_others(dev, queues);
    SHASH_FOR_EACH (node, queues) {
        complain(dev, "setting a queue",
                 netdev_set_queue(dev, strtoul(node->name, NULL, 10),
                                  node->data));
    }
}

static void
set_iface(const char *name, const struct shash *queues)
{
    struct netdev *dev;
    int error = netdev_open(name, NULL, &dev);

    if (error) {
        VLOG_WARN_RL(&rl, "%s: cannot be opened: %s", name,
                     ovs_strerror(error));
        return;
    }
    set_queues(dev, queues);
    netdev_close(dev);
}

/* ---- Rows of Open vSwitch ----------------------------------------------- */

static const struct ovsrec_qos *
noop_row(struct ovs_db *db, struct ovsdb_idl_txn *txn)
{
    const struct ovsrec_qos *qos;

    OVSREC_QOS_FOR_EACH (qos, ovs_db_idl(db)) {
        if (!strcmp(qos->type, NOOP)) {
            return qos;
        }
    }
    struct ovsrec_qos *row = ovsrec_qos_insert(txn);

    ovsrec_qos_set_type(row, NOOP);
    return row;
}

/* Lets Open vSwitch keep its hands off 'wanted', and off no other of
 * 'before'. */
static void
write_ports(struct ovs_db *db, struct ovsdb_idl_txn *txn,
            const struct sset *before, const struct sset *wanted)
{
    const struct ovsrec_qos *noop = NULL;
    const struct ovsrec_port *port;

    OVSREC_PORT_FOR_EACH (port, ovs_db_idl(db)) {
        bool is_noop = port->qos && !strcmp(port->qos->type, NOOP);

        if (sset_contains(wanted, port->name) && !is_noop) {
            noop = noop ? noop : noop_row(db, txn);
            ovsrec_port_set_qos(port, noop);
        } else if (is_noop && sset_contains(before, port->name)
                   && !sset_contains(wanted, port->name)) {
            ovsrec_port_set_qos(port, NULL);
        }
    }
}

static void
write_made(const struct ovsrec_bridge *bridge, const struct sset *wanted)
{
    const char **names = sset_sort(wanted);
    struct ds list = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < sset_count(wanted); i++) {
        ds_put_format(&list, "%s%s", i ? "," : "", names[i]);
    }
    if (list.length) {
        ovsrec_bridge_update_external_ids_setkey(bridge, MADE_BY_US,
                                                 ds_cstr(&list));
    } else {
        ovsrec_bridge_update_external_ids_delkey(bridge, MADE_BY_US);
    }
    ds_destroy(&list);
    free(names);
}

/* Whether each port of 'wanted' has its QoS row. */
static bool
is_written(struct ovs_db *db, const struct sset *before,
           const struct sset *wanted)
{
    const struct ovsrec_port *port;

    OVSREC_PORT_FOR_EACH (port, ovs_db_idl(db)) {
        if (sset_contains(wanted, port->name)
            && (!port->qos || strcmp(port->qos->type, NOOP))) {
            return false;
        }
    }
    return sset_equals(before, wanted);
}

/* ---- All ---------------------------------------------------------------- */

static char *
describe(const struct sset *ifaces, const struct shash *queues)
{
    const char **names = sset_sort(ifaces);
    const struct shash_node **nodes = shash_sort(queues);
    struct ds text = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < sset_count(ifaces); i++) {
        ds_put_format(&text, "%s ", names[i]);
    }
    for (size_t i = 0; i < shash_count(queues); i++) {
        const struct smap *queue = nodes[i]->data;

        ds_put_format(&text, "%s:", nodes[i]->name);
        for (size_t j = 0; j < ARRAY_SIZE(details); j++) {
            ds_put_format(&text, "%s,",
                          smap_get_def(queue, details[j].detail, ""));
        }
    }
    free(names);
    free(nodes);
    return ds_steal_cstr(&text);
}

/* Makes the queues of 'wanted', and takes them from what else is in
 * 'before'. */
static void
apply(struct egress_queues *state, const struct sset *before,
      const struct sset *wanted, const struct shash *queues)
{
    struct shash none = SHASH_INITIALIZER(&none);
    char *text = describe(wanted, queues);
    const char *name;

    SSET_FOR_EACH (name, before) {
        if (!sset_contains(wanted, name)) {
            set_iface(name, &none);
        }
    }
    if (!nullable_string_is_equal(state->done, text)) {
        SSET_FOR_EACH (name, wanted) {
            set_iface(name, queues);
        }
    }
    shash_destroy(&none);
    free(state->done);
    state->done = text;
}

void
egress_queues_run(struct egress_queues *state, struct ovs_db *db,
                  const struct ovsrec_bridge *bridge,
                  const struct model *model,
                  const struct node_config *config, bool may_remove)
{
    struct sset before, wanted = SSET_INITIALIZER(&wanted);
    struct shash queues;
    bool is_done = true;

    sset_from_delimited_string(&before, smap_get_def(
        &bridge->external_ids, MADE_BY_US, ""), ",");
    collect_queues(model, &queues);
    if (!shash_is_empty(&queues)) {
        collect_ifaces(db, bridge, model, config, &wanted);
    }
    if (!may_remove) {
        is_done = false;        /* Until the southbound is known. */
    } else if (!is_written(db, &before, &wanted)) {
        struct ovsdb_idl_txn *txn = ovs_db_txn(db);

        if (txn) {
            write_ports(db, txn, &before, &wanted);
            write_made(bridge, &wanted);
        }
        is_done = txn != NULL;
    }
    if (is_done) {
        apply(state, &before, &wanted, &queues);
    }
    free_queues(&queues);
    sset_destroy(&before);
    sset_destroy(&wanted);
}
