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
#define L2GATEWAY_ID "ovn-l2gateway-port"

/* The logical port that a patch port is for, or NULL. */
static const char *
lport_of(const struct ovsrec_port *port)
{
    const char *id = smap_get(&port->external_ids, LOCALNET_ID);

    return id ? id : smap_get(&port->external_ids, L2GATEWAY_ID);
}

/* The names of the two ends. */
static char *
name_here(const char *br_int, const char *lport)
{
    return xasprintf("patch-%s-to-%s", br_int, lport);
}

static char *
name_there(const char *br_int, const char *lport)
{
    return xasprintf("patch-%s-to-%s", lport, br_int);
}

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
          const char *name, const char *peer, const struct lport *lport)
{
    bool is_l2gateway = lport_row(lport)->type == SB_PORT_TYPE_L2GATEWAY;
    struct smap options = SMAP_INITIALIZER(&options);
    struct smap ids = SMAP_INITIALIZER(&ids);

    if (has_port(bridge, name) || !ovs_db_txn(db)) {
        return;
    }
    VLOG_INFO("patch port %s on %s", name, bridge->name);
    smap_add(&options, "peer", peer);
    smap_add(&ids, is_l2gateway ? L2GATEWAY_ID : LOCALNET_ID, lport->name);
    bridge_add_port(ovs_db_txn(db), bridge, name, "patch", &options, &ids);
    smap_destroy(&options);
    smap_destroy(&ids);
}

/* Whether 'port' of 'bridge' is an end of a pair with 'br_int' that should not
 * be there: the logical port is not wanted, or on another bridge.  'wanted'
 * NULL: none is. */
static bool
is_unwanted(const struct ovsrec_bridge *bridge,
            const struct ovsrec_port *port, const char *br_int,
            const struct smap *wanted)
{
    const char *id = lport_of(port);

    if (!id) {
        return false;
    }
    const char *mapped = wanted ? smap_get(wanted, id) : NULL;
    char *here = name_here(br_int, id), *there = name_there(br_int, id);
    bool unwanted = ((!strcmp(port->name, here) && !mapped)
                     || (!strcmp(port->name, there)
                         && (!mapped || strcmp(mapped, bridge->name))));

    free(here);
    free(there);
    return unwanted;
}

static void
remove_unwanted(struct ovs_db *db, const char *br_int,
                const struct smap *wanted)
{
    const struct ovsrec_bridge *bridge;

    OVSREC_BRIDGE_FOR_EACH (bridge, ovs_db_idl(db)) {
        for (size_t i = 0; i < bridge->n_ports; i++) {
            const struct ovsrec_port *port = bridge->ports[i];

            if (is_unwanted(bridge, port, br_int, wanted)
                && ovs_db_txn(db)) {
                VLOG_INFO("removing patch port %s", port->name);
                bridge_del_port(bridge, port);
            }
        }
    }
}

void
patches_leave(struct ovs_db *db, const char *br_int)
{
    remove_unwanted(db, br_int, NULL);
}

void
patches_write(struct ovs_db *db, const struct ovsrec_bridge *br_int,
              const struct model *model, const struct node_config *config,
              bool may_remove)
{
    const struct smap_node *node;
    struct smap wanted;

    collect_wanted(model, config, &wanted);
    if (may_remove) {
        remove_unwanted(db, br_int->name, &wanted);
    }
    SMAP_FOR_EACH (node, &wanted) {
        const struct ovsrec_bridge *bridge = ovs_db_bridge(db, node->value);
        const struct lport *lport = model_lport(model, node->key);
        char *here, *there;

        if (!bridge || !lport) {
            continue;
        }
        here = name_here(br_int->name, node->key);
        there = name_there(br_int->name, node->key);
        add_patch(db, br_int, here, there, lport);
        add_patch(db, bridge, there, here, lport);
        free(here);
        free(there);
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
        const char *id = lport_of(port);

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
