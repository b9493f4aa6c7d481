/* Patch ports: see patches.h. */
#include <config.h>

#include "node-agent/patches.h"

#include <stdlib.h>
#include <string.h>

#include "node-agent/bridge.h"
#include "node-agent/engine.h"
#include "node-agent/node_config.h"
#include "openvswitch/vlog.h"
#include "smap.h"
#include "sset.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(patches);

#define LOCALNET_ID "ovn-localnet-port"

/* Localnet ports are everywhere, l2gateway ports on one chassis. */
static bool
is_to_physical(const struct model *model, const struct sb_port *row)
{
    return row->type == SB_PORT_TYPE_LOCALNET
           || (row->type == SB_PORT_TYPE_L2GATEWAY
               && !strcmp(row->chassis, model->chassis));
}

/* Localnet or l2gateway port -> bridge, for those whose network this node
 * has. */
static void
collect_wanted(const struct model *model, const struct node_config *config,
               struct smap *wanted)
{
    const struct lport *lport;

    smap_init(wanted);
    LIST_FOR_EACH (lport, noted_node, &model->noted) {
        const struct sb_port *row = lport_row(lport);
        const char *network, *bridge;

        if (!row || !is_to_physical(model, row)) {
            continue;
        }
        network = smap_get(&row->options, "network_name");
        bridge = network ? smap_get(&config->mappings, network) : NULL;
        if (bridge) {
            smap_replace(wanted, lport->name, bridge);
        }
    }
}

static bool
has_port(const struct ovsrec_bridge *bridge, const char *name)
{
    for (size_t i = 0; i < bridge->n_ports; i++) {
        if (!strcmp(bridge->ports[i]->name, name)) {
            return true;
        }
    }
    return false;
}

static void
add_patch(struct ovs_db *db, const struct ovsrec_bridge *bridge,
          const char *name, const char *peer, const char *lport)
{
    struct smap options = SMAP_INITIALIZER(&options);
    struct smap ids = SMAP_INITIALIZER(&ids);

    if (has_port(bridge, name) || !ovs_db_txn(db)) {
        return;
    }
    VLOG_INFO("patch port %s on %s", name, bridge->name);
    smap_add(&options, "peer", peer);
    smap_add(&ids, LOCALNET_ID, lport);
    bridge_add_port(ovs_db_txn(db), bridge, name, "patch", &options, &ids);
    smap_destroy(&options);
    smap_destroy(&ids);
}

static void
remove_unwanted(struct ovs_db *db, const struct smap *wanted)
{
    const struct ovsrec_bridge *bridge;

    OVSREC_BRIDGE_FOR_EACH (bridge, ovs_db_idl(db)) {
        for (size_t i = 0; i < bridge->n_ports; i++) {
            const struct ovsrec_port *port = bridge->ports[i];
            const char *id = smap_get(&port->external_ids, LOCALNET_ID);

            if (id && !smap_get(wanted, id) && ovs_db_txn(db)) {
                VLOG_INFO("removing patch port %s", port->name);
                bridge_del_port(bridge, port);
            }
        }
    }
}

void
patches_write(struct ovs_db *db, const struct ovsrec_bridge *br_int,
              const struct model *model, const struct node_config *config,
              bool may_remove)
{
    const struct smap_node *node;
    struct smap wanted;

    collect_wanted(model, config, &wanted);
    SMAP_FOR_EACH (node, &wanted) {
        const struct ovsrec_bridge *bridge = ovs_db_bridge(db, node->value);
        char *here, *there;

        if (!bridge) {
            continue;
        }
        here = xasprintf("patch-%s-to-%s", br_int->name, node->key);
        there = xasprintf("patch-%s-to-%s", node->key, br_int->name);
        add_patch(db, br_int, here, there, node->key);
        add_patch(db, bridge, there, here, node->key);
        free(here);
        free(there);
    }
    if (may_remove) {
        remove_unwanted(db, &wanted);
    }
    smap_destroy(&wanted);
}

void
patches_read(const struct ovsrec_bridge *bridge, struct engine *engine)
{
    struct simap *localnets = &engine->ofports.localnets;
    struct simap found = SIMAP_INITIALIZER(&found);
    struct simap_node *node;

    for (size_t i = 0; i < bridge->n_ports; i++) {
        const struct ovsrec_port *port = bridge->ports[i];
        const char *id = smap_get(&port->external_ids, LOCALNET_ID);

        if (id && port->n_interfaces == 1
            && bridge_ofport(port->interfaces[0])) {
            simap_put(&found, id, bridge_ofport(port->interfaces[0]));
        }
    }
    SIMAP_FOR_EACH_SAFE (node, localnets) {
        if (!simap_contains(&found, node->name)) {
            char *name = xstrdup(node->name);

            simap_delete(localnets, node);
            engine_localnet_changed(engine, name);
            free(name);
        }
    }
    SIMAP_FOR_EACH (node, &found) {
        if (simap_get(localnets, node->name) != node->data) {
            simap_put(localnets, node->name, node->data);
            engine_localnet_changed(engine, node->name);
        }
    }
    simap_destroy(&found);
}
