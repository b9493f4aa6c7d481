/* OVSDB into the agent (settings, interfaces, tunnels' ports, zones) and the
 * agent's wishes into OVSDB (bridge, tunnels, patch ports, zones,
 * ovn-installed). */
#include <config.h>

#include "node-agent/agent.h"

#include <stdlib.h>

#include "dirs.h"
#include "hash.h"
#include "lib/service.h"
#include "node-agent/bridge.h"
#include "node-agent/egress_queues.h"
#include "node-agent/encaps.h"
#include "node-agent/installer.h"
#include "node-agent/interfaces.h"
#include "node-agent/mirrors.h"
#include "node-agent/ofconn.h"
#include "node-agent/ovs_db.h"
#include "node-agent/own.h"
#include "node-agent/patches.h"
#include "node-agent/rows.h"
#include "node-agent/sb_cache.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/vlog.h"
#include "smap.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(agent_ovs);

enum { ZONES_WAIT_MS = 200 };

/* An interface that is claimed. */
struct claim {
    char *iface;
    char *version;              /* iface-id-ver, "": none. */
    uint32_t ofport;
    bool installed;
};

static void
free_claim(struct claim *claim)
{
    free(claim->iface);
    free(claim->version);
    free(claim);
}

void
agent_forget_interfaces(struct agent *agent)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &agent->interfaces) {
        free_claim(node->data);
    }
    shash_clear(&agent->interfaces);
}

static char *
below_claim(const char *lport)
{
    return rows_key("claim", lport, NULL);
}

/* Writes the claim of 'lport', or takes it back. */
static void
write_claim(struct agent *agent, const char *lport, const struct claim *claim)
{
    char *below = below_claim(lport);

    own_set(agent->own, below,
            claim ? rows_claim(claim->iface, claim->ofport, claim->installed,
                               claim->version) : NULL);
    free(below);
}

static void
on_interface(const char *iface_id, const struct ovsrec_interface *iface,
             void *agent_)
{
    struct agent *agent = agent_;
    struct claim *claim = shash_find_data(&agent->interfaces, iface_id);
    struct sset *activated = &agent->engine->model.activated;

    if (!iface) {
        sset_find_and_delete(activated, iface_id);
        if (claim) {
            shash_find_and_delete(&agent->interfaces, iface_id);
            free_claim(claim);
        }
        write_claim(agent, iface_id, NULL);
    } else {
        if (!claim) {
            /* Flows of a previous life are in the switch still. */
            claim = xzalloc(sizeof *claim);
            claim->installed = smap_get_bool(&iface->external_ids,
                                             "ovn-installed", false);
            shash_add(&agent->interfaces, iface_id, claim);
        }
        if (claim->installed && claim->iface
            && strcmp(claim->iface, iface->name)) {
            agent_on_bound(iface_id, true, agent);
        }
        free(claim->iface);
        claim->iface = xstrdup(iface->name);
        free(claim->version);
        claim->version = xstrdup(smap_get_def(&iface->external_ids,
                                              "iface-id-ver", ""));
        claim->ofport = bridge_ofport(iface);
        if (smap_get_bool(&iface->external_ids, "weft-activated", false)) {
            sset_add(activated, iface_id);
        }
        write_claim(agent, iface_id, claim);
    }
    engine_iface_changed(agent->engine, iface_id);
}

/* The logical ports of one interface: its own, then those inside it. */
static void
format_binding(const struct model *model, const char *iface_id,
               const struct claim *claim, struct ds *out)
{
    struct ds children = DS_EMPTY_INITIALIZER;
    const struct lport *primary = model_lport(model, iface_id);
    const struct lport *child;
    size_t n = 0;

    HMAP_FOR_EACH_WITH_HASH (child, parent_node, hash_string(iface_id, 0),
                             &model->by_parent) {
        if (!strcmp(child->parent, iface_id)) {
            ds_put_format(&children, "child lport[%"PRIuSIZE"] : [%s], "
                          "type : [%s]\n", ++n, child->name,
                          lport_row(child)->type == SB_PORT_TYPE_VIRTUAL
                          ? "VIRTUAL" : "CONTAINER");
        }
    }
    ds_put_format(out, "name: [%s], OVS interface name : [%s], num binding "
                  "lports : [%"PRIuSIZE"]\n", iface_id, claim->iface,
                  n + (primary != NULL));
    if (primary) {
        ds_put_format(out, "primary lport : [%s]\n", primary->name);
    } else if (n) {
        ds_put_cstr(out, "no primary lport\n");
    }
    ds_put_cstr(out, ds_cstr(&children));
    ds_put_cstr(out, "----------------------------------------\n");
    ds_destroy(&children);
}

void
agent_format_bindings(const struct agent *agent, struct ds *out)
{
    const struct shash_node **nodes = shash_sort(&agent->interfaces);

    ds_put_cstr(out, "Local bindings:\n");
    for (size_t i = 0; i < shash_count(&agent->interfaces); i++) {
        format_binding(&agent->engine->model, nodes[i]->name, nodes[i]->data,
                       out);
    }
    free(nodes);
}

/* ---- Ports whose flows are in the switch ------------------------------ */

void
agent_on_bound(const char *lport, bool bound, void *agent_)
{
    struct agent *agent = agent_;
    struct pending_install *pending = shash_find_data(&agent->installing,
                                                      lport);

    if (!pending) {
        pending = xzalloc(sizeof *pending);
        shash_add(&agent->installing, lport, pending);
    }
    pending->bound = bound;
    pending->mark = installer_mark(agent->installer);
}

/* ---- Settings --------------------------------------------------------- */

/* What can't change under a running engine. */
static bool
needs_restart(const struct node_config *a, const struct node_config *b)
{
    return (!nullable_string_is_equal(a->system_id, b->system_id)
            || !nullable_string_is_equal(a->remote, b->remote)
            || strcmp(a->bridge, b->bridge));
}

static void
read_config(struct agent *agent, const struct ovsrec_open_vswitch *ovs)
{
    struct node_config config;

    node_config_read(&config, service_settings(agent->service),
                     &ovs->external_ids);
    if (agent->have_config && node_config_equal(&config, &agent->config)) {
        node_config_destroy(&config);
        return;
    }
    if (agent->have_config) {
        if (strcmp(config.bridge, agent->config.bridge)) {
            free(agent->left_bridge);
            agent->left_bridge = xstrdup(agent->config.bridge);
        }
        if (needs_restart(&config, &agent->config)) {
            VLOG_INFO("settings changed: starting again");
            agent_stop(agent);
        } else if (agent->engine) {
            agent->engine->model.chassis_changed = true;
        }
        node_config_destroy(&agent->config);
    }
    node_config_move(&agent->config, &config);
    agent->have_config = true;
    if (!agent->config.system_id) {
        service_set_ready(agent->service, false,
                          "external_ids:system-id is not set");
    }
}

static void
set_target(struct agent *agent)
{
    const char *remote = settings_string(service_settings(agent->service),
                                         "ovs-db");
    char *rundir = remote && !strncmp(remote, "unix:", 5)
                   ? dir_name(remote + 5) : xstrdup(ovs_rundir());
    char *target = xasprintf("unix:%s/%s.mgmt", rundir,
                             agent->config.bridge);

    ofconn_set_target(agent->ofconn, target);
    free(target);
    free(rundir);
}

/* ---- Zones ------------------------------------------------------------ */

/* What conntrack still knows of a zone that has a new owner goes. */
static void
flush_zones(struct agent *agent)
{
    struct simap *zones = &agent->engine->zones.to_flush;
    struct simap_node *node;

    if (simap_is_empty(zones) || !ofconn_is_connected(agent->ofconn)) {
        return;
    }
    SIMAP_FOR_EACH (node, zones) {
        struct ofpbuf *msg = ofpraw_alloc(OFPRAW_NXT_CT_FLUSH_ZONE,
                                          OFP15_VERSION, 0);
        struct nx_zone_id *zone = ofpbuf_put_zeros(msg, sizeof *zone);

        zone->zone_id = htons(node->data);
        ofpmsg_update_length(msg);
        ofconn_send(agent->ofconn, msg);
    }
    simap_clear(zones);
}

/* One key at a time: a node has zones by the thousand. */
static void
write_zone(const char *key, const char *value, void *bridge)
{
    if (value) {
        ovsrec_bridge_update_external_ids_setkey(bridge, key, value);
    } else {
        ovsrec_bridge_update_external_ids_delkey(bridge, key);
    }
}

/* Not between a port's flows and its ovn-installed, which would have to wait
 * for the answer: they go together. */
static void
write_zones(struct agent *agent, const struct ovsrec_bridge *bridge)
{
    struct ct_zones *zones = &agent->engine->zones;
    long long int now_ms = time_msec();

    if (!ct_zones_is_dirty(zones)) {
        agent->zones_since_ms = 0;
        return;
    }
    if (!agent->zones_since_ms) {
        agent->zones_since_ms = now_ms;
    }
    if ((shash_is_empty(&agent->installing)
         || now_ms - agent->zones_since_ms >= ZONES_WAIT_MS)
        && ovs_db_txn(agent->db)) {
        ct_zones_store(zones, &bridge->external_ids, write_zone,
                       CONST_CAST(struct ovsrec_bridge *, bridge));
    }
}

static void
write_activated(struct agent *agent, const struct ovsrec_bridge *bridge)
{
    struct sset *names = &agent->engine->model.to_activate;
    const char *name;

    SSET_FOR_EACH_SAFE (name, names) {
        if (interfaces_set_activated(agent->db, bridge, name)) {
            sset_find_and_delete(names, name);
        }
    }
}

static bool
is_refused(const struct agent *agent, const char *name)
{
    const struct lport *lport = model_lport(&agent->engine->model, name);

    return lport && (flow_owner_is_refused(&lport->physical)
                     || flow_owner_is_refused(&lport->security));
}

void
agent_run_installing(struct agent *agent)
{
    const struct ovsrec_bridge *bridge;
    struct shash_node *node;

    if (shash_is_empty(&agent->installing)
        && sset_is_empty(&agent->engine->model.to_activate)
        && !ct_zones_is_dirty(&agent->engine->zones)) {
        return;
    }
    bridge = ovs_db_bridge(agent->db, agent->config.bridge);
    if (bridge) {
        write_activated(agent, bridge);
    }
    SHASH_FOR_EACH_SAFE (node, &agent->installing) {
        struct pending_install *pending = node->data;
        struct claim *claim;

        if (installer_done(agent->installer) < pending->mark
            || (pending->bound && is_refused(agent, node->name))
            || (bridge && !interfaces_set_installed(
                    agent->db, bridge, node->name, pending->bound))) {
            continue;
        }
        claim = shash_find_data(&agent->interfaces, node->name);
        if (claim) {
            claim->installed = pending->bound;
            write_claim(agent, node->name, claim);
        }
        free(pending);
        shash_delete(&agent->installing, node);
    }
    if (bridge) {
        write_zones(agent, bridge);
    }
}

/* ---- All -------------------------------------------------------------- */

static void
write_chassis(struct agent *agent, const struct ovsrec_open_vswitch *ovs)
{
    const struct ovsrec_bridge *bridge = ovs_db_bridge(agent->db,
                                                       agent->config.bridge);
    const char *type = bridge ? bridge->datapath_type : "";
    struct ds iface_types = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < ovs->n_iface_types; i++) {
        ds_put_format(&iface_types, "%s%s", i ? "," : "",
                      ovs->iface_types[i]);
    }
    own_set(agent->own, "chassis",
            rows_chassis(&agent->config, *type ? type : "system",
                         ds_cstr(&iface_types)));
    ds_destroy(&iface_types);
}

/* Takes our ports from what was the integration bridge. */
static void
leave_bridge(struct agent *agent)
{
    const struct ovsrec_bridge *bridge = ovs_db_bridge(agent->db,
                                                       agent->left_bridge);

    if (bridge && !ovs_db_txn(agent->db)) {
        return;
    }
    if (bridge) {
        encaps_leave(agent->db, bridge);
        mirrors_leave(agent->db, bridge);
        patches_leave(agent->db, agent->left_bridge);
    }
    free(agent->left_bridge);
    agent->left_bridge = NULL;
}

static void
read_tunnels(struct agent *agent, const struct ovsrec_bridge *bridge)
{
    struct engine *engine = agent->engine;
    struct encaps_change change = encaps_read(bridge, &engine->ofports,
                                              time_msec());

    if (change.ports) {
        engine_tunnels_changed(engine);
    }
    if (change.ports || change.bfd) {
        engine_gateways_changed(engine);
    }
    agent->bfd_ms = change.next_ms;
    own_set(agent->own, "tunnels", rows_tunnels(&engine->ofports,
                                                agent->switch_lost));
}

static void
read_bridge(struct agent *agent, const struct ovsrec_bridge *bridge)
{
    struct engine *engine = agent->engine;

    ct_zones_load(&engine->zones, &bridge->external_ids);
    interfaces_read(bridge, &engine->ofports, on_interface, agent);
    read_tunnels(agent, bridge);
    patches_read(bridge, engine);
}

static void
write_bridge(struct agent *agent, const struct ovsrec_bridge *bridge)
{
    struct engine *engine = agent->engine;
    bool may_remove = (agent->store_seen
                       && !sb_cache_is_frozen(agent->cache));

    encaps_write(agent->db, bridge, &engine->model, &agent->config,
                 may_remove);
    patches_write(agent->db, bridge, &engine->model, &agent->config,
                  may_remove);
    engine->model.chassis_changed = false;
    mirrors_write(agent->db, bridge, &engine->model, may_remove);
    egress_queues_run(agent->egress_queues, agent->db, bridge,
                      &engine->model, &agent->config, may_remove);
    engine->model.ports_changed = false;
}

static void
run_bridge(struct agent *agent, bool changed)
{
    const struct ovsrec_bridge *bridge = bridge_ensure(agent->db,
                                                       &agent->config);

    if (!bridge || !agent->engine) {
        return;
    }
    if (changed) {
        read_bridge(agent, bridge);
    }
    if (changed || agent->engine->model.chassis_changed
        || agent->engine->model.ports_changed) {
        write_bridge(agent, bridge);
    }
    flush_zones(agent);
}

void
agent_run_ovs(struct agent *agent, bool changed)
{
    const struct ovsrec_open_vswitch *ovs = ovs_db_switch(agent->db);

    if (!ovs) {
        return;
    }
    agent->reconsider = false;
    if (changed) {
        read_config(agent, ovs);
        set_target(agent);
        agent_start(agent);
        if (agent->engine) {
            write_chassis(agent, ovs);
        }
        if (agent->left_bridge) {
            leave_bridge(agent);
        }
    }
    run_bridge(agent, changed);
}
