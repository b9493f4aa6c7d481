/* Dirty objects into flows: see engine.h. */
#include <config.h>

#include "node-agent/engine.h"

#include <stdlib.h>

#include "node-agent/gateway.h"
#include "hash.h"
#include "lib/inc_engine.h"
#include "node-agent/load_balancers.h"
#include "node-agent/lflow_templates.h"
#include "node-agent/meters.h"
#include "node-agent/multicast.h"
#include "node-agent/multicast_groups.h"
#include "node-agent/port_security.h"
#include "node-agent/sets.h"
#include "util.h"

enum {
    MAX_GROUP_ID = INT32_MAX,
    MAX_METER_ID = 65535,       /* dpif-netdev has so many. */
};

void
engine_init(struct engine *engine, const char *chassis)
{
    memset(engine, 0, sizeof *engine);
    flow_table_init(&engine->flows);
    extend_table_init(&engine->groups, MAX_GROUP_ID);
    extend_table_init(&engine->meters, MAX_METER_ID);
    model_init(&engine->model, chassis, &engine->flows);
    ofports_init(&engine->ofports);
    engine->model.ofports = &engine->ofports;
    ct_zones_init(&engine->zones);
    physical_init(&engine->physical, &engine->model, &engine->flows,
                  &engine->ofports, &engine->zones);
    lflows_init(&engine->lflows, &engine->model, &engine->flows,
                &engine->groups, &engine->meters);
}

static void
clear_bundles(struct engine *engine, struct datapath *dp)
{
    struct bundle *bundle;

    HMAP_FOR_EACH (bundle, node, &dp->bundles) {
        lflows_clear_bundle(&engine->lflows, bundle);
    }
}

void
engine_destroy(struct engine *engine)
{
    struct datapath *dp;

    HMAP_FOR_EACH (dp, node, &engine->model.datapaths) {
        clear_bundles(engine, dp);
    }
    lflows_destroy(&engine->lflows);
    sets_destroy(&engine->model);
    model_destroy(&engine->model);
    physical_destroy(&engine->physical);
    ofports_destroy(&engine->ofports);
    ct_zones_destroy(&engine->zones);
    flow_table_destroy(&engine->flows);
    extend_table_destroy(&engine->groups);
    extend_table_destroy(&engine->meters);
}

/* ---- Ports ------------------------------------------------------------ */

/* A port of a group is another than before. */
struct group_change {
    struct engine *engine;
    const struct datapath *dp;
    bool here;                  /* Also for flows that ask for those here. */
};

static void
tell_group(struct engine *engine, const struct datapath *dp,
           const char *group, bool here)
{
    lflows_changed(&engine->lflows, LFLOW_REF_PORT_GROUP, dp, group);
    if (here) {
        lflows_changed(&engine->lflows, LFLOW_REF_PORT_GROUP_HERE, dp, group);
    }
}

static void
on_group(const char *group, void *change_)
{
    const struct group_change *change = change_;

    tell_group(change->engine, change->dp, group, change->here);
}

/* Port group 'name' has got, or lost, 'lport' (if that is about to come here
 * it tells so itself), or is another altogether. */
static void
on_member(struct datapath *dp, const struct lport *lport, const char *name,
          void *engine)
{
    tell_group(engine, dp, name,
               !lport || !ovs_list_is_empty(&lport->here_node));
}

/* Is it a port that packets neither enter nor leave at here? */
static bool
is_elsewhere(const struct lport *lport)
{
    const struct sb_port *row = lport_row(lport);

    return row && row->type == SB_PORT_TYPE_NONE && !lport->bound_here;
}

/* Keeps the list of ports that are here.  Was it one, or is it now? */
static bool
list_here(struct lport *lport)
{
    bool was_here = !ovs_list_is_empty(&lport->here_node);
    bool is_here = lport->key && !lport->elsewhere;

    ovs_list_remove(&lport->here_node);
    ovs_list_init(&lport->here_node);
    if (is_here) {
        ovs_list_push_back(&lport->dp->here, &lport->here_node);
    }
    return was_here || is_here;
}

/* The port's key, as compiled flows have it, or its place changed. */
static void
tell_lflows(struct engine *engine, struct lport *lport)
{
    bool resident = physical_is_resident(&engine->physical, lport);
    bool elsewhere = is_elsewhere(lport);
    uint32_t tunnel = model_tunnel_ofport(&engine->model, lport);

    if (lport->tunnel_ofport != tunnel) {
        lport->tunnel_ofport = tunnel;
        lflows_changed(&engine->lflows, LFLOW_REF_TUNNEL, NULL, lport->name);
    }
    if (lport->emitted_key != lport->key || lport->elsewhere != elsewhere) {
        struct group_change change = { .engine = engine, .dp = lport->dp };

        lport->elsewhere = elsewhere;
        change.here = list_here(lport);
        lflows_changed(&engine->lflows, LFLOW_REF_PORT, lport->dp,
                       lport->name);
        sets_groups_of(&engine->model, lport->name, on_group, &change);
        lport->emitted_key = lport->key;
    }
    if (resident != lport->resident) {
        const struct sb_port *row = lport_row(lport);

        if (!row || row->type == SB_PORT_TYPE_L2GATEWAY) {
            engine->model.chassis_changed = true;   /* Patch ports. */
        }
        lport->resident = resident;
        lflows_changed(&engine->lflows, LFLOW_REF_RESIDENT, NULL,
                       lport->name);
    }
}

/* What its peer's flows say of a port. */
static uint64_t
touch_key(const struct lport *lport)
{
    return (uint64_t) lport->dp->key << 32 | lport->key;
}

static void
tell_bound(struct engine *engine, const struct lport *lport, bool was_bound)
{
    if (was_bound != lport->bound_here && engine->on_bound) {
        engine->on_bound(lport->name, lport->bound_here, engine->aux);
    }
}

static void
count_localnet(struct engine *engine, struct lport *lport)
{
    const struct sb_port *row = lport_row(lport);
    bool is_localnet = row && row->type == SB_PORT_TYPE_LOCALNET;
    struct datapath *dp = lport->dp;
    struct lport *other;

    if (is_localnet == lport->is_localnet) {
        return;
    }
    lport->is_localnet = is_localnet;
    dp->n_localnet += is_localnet ? 1 : -1;
    engine->model.chassis_changed = true;   /* Patch ports. */
    if (dp->n_localnet == (is_localnet ? 1 : 0)) {
        /* Ports elsewhere are reached another way now. */
        HMAP_FOR_EACH (other, node, &dp->ports) {
            model_lport_dirty(&engine->model, other);
        }
        model_multicast_dirty(&engine->model, dp);
    }
}

/* Keeps the list of those that several chassis may serve. */
static void
list_gateway(struct engine *engine, struct lport *lport)
{
    const struct sb_port *row = lport_row(lport);
    bool is_gateway = row && gateway_is_shared(row);

    if (is_gateway || !ovs_list_is_empty(&lport->gateway_node)) {
        ovs_list_remove(&lport->gateway_node);
        ovs_list_init(&lport->gateway_node);
        engine->model.chassis_changed = true;   /* Tunnels' BFD. */
    }
    if (is_gateway) {
        ovs_list_push_back(&engine->model.gateways, &lport->gateway_node);
    }
}

static void
update_lport(struct engine *engine, struct lport *lport)
{
    bool was_bound = lport->bound_here;

    count_localnet(engine, lport);
    list_gateway(engine, lport);
    physical_update_lport(&engine->physical, lport);
    model_lport_note(&engine->model, lport);
    port_security_update(&engine->flows, lport, lport->bound_here);
    multicast_update_lport(&engine->physical, lport);
    tell_lflows(engine, lport);
    tell_bound(engine, lport, was_bound);
    if (lport->touched_key != touch_key(lport)) {
        lport->touched_key = touch_key(lport);
        model_lport_related_dirty(&engine->model, lport);
    }
    if (was_bound && !lport->bound_here) {
        ct_zones_release(&engine->zones, lport->name);
    }
    if (!lport->row) {
        multicast_remove_lport(&engine->physical, lport);
        model_lport_free(&engine->model, lport);
    }
}

/* ---- Datapaths -------------------------------------------------------- */

static void
free_learned(struct hmap *map, struct learned *learned)
{
    hmap_remove(map, &learned->node);
    free(learned->key);
    free(learned->ip);
    free(learned->lport);
    free(learned);
}

static void
update_learned(struct engine *engine, struct datapath *dp, struct hmap *map,
               bool all)
{
    struct learned *learned;

    HMAP_FOR_EACH_SAFE (learned, node, map) {
        if (!learned->mac) {
            flow_owner_clear(&engine->flows, &learned->owner);
            free_learned(map, learned);
        } else if (learned->dirty || all) {
            learned->dirty = false;
            if (map == &dp->fdb) {
                physical_update_fdb(&engine->physical, dp, learned);
            } else {
                physical_update_neighbor(&engine->physical, dp, learned);
            }
        }
    }
}

/* Takes a datapath that is not needed any more down. */
static void
remove_datapath(struct engine *engine, struct datapath *dp)
{
    struct lport *lport;

    clear_bundles(engine, dp);
    HMAP_FOR_EACH_SAFE (lport, node, &dp->ports) {
        bool was_bound = lport->bound_here;

        model_lport_related_dirty(&engine->model, lport);
        model_lport_unset(lport);
        lport->bound_here = false;
        tell_lflows(engine, lport);
        tell_bound(engine, lport, was_bound);
        ct_zones_release(&engine->zones, lport->name);
    }
    physical_release_zones(&engine->physical, dp);
    model_datapath_free(&engine->model, dp);
}

static void
update_datapath(struct engine *engine, struct datapath *dp)
{
    bool all = dp->learned_key != dp->key;

    if (dp->removed) {
        remove_datapath(engine, dp);
        return;
    }
    if (!dp->key) {
        physical_release_zones(&engine->physical, dp);
    } else if (physical_request_zone(&engine->physical, dp)) {
        model_all_dirty(&engine->model);        /* All say their zones. */
    }
    dp->learned_key = dp->key;
    update_learned(engine, dp, &dp->fdb, all);
    update_learned(engine, dp, &dp->mac_bindings, all);
}

/* ---- Multicast groups -------------------------------------------------- */

static void
on_rekeyed(struct datapath *dp, const char *name, void *engine_)
{
    struct engine *engine = engine_;

    lflows_changed(&engine->lflows, LFLOW_REF_PORT, dp, name);
}

static void
update_multicast(struct engine *engine, struct datapath *dp)
{
    multicast_groups_each_rekeyed(dp, on_rekeyed, engine);
    multicast_update(&engine->physical, dp);
}

/* ---- Bundles ---------------------------------------------------------- */

static void
update_bundle(struct engine *engine, struct bundle *bundle)
{
    if (bundle->gone) {
        lflows_clear_bundle(&engine->lflows, bundle);
        model_bundle_free(&engine->model, bundle);
    } else {
        lflows_update_bundle(&engine->lflows, bundle);
    }
}

/* ---- All -------------------------------------------------------------- */

/* Takes the first node off a dirty list, or returns NULL. */
static struct ovs_list *
pop(struct ovs_list *list)
{
    struct ovs_list *node;

    if (ovs_list_is_empty(list)) {
        return NULL;
    }
    node = ovs_list_pop_front(list);
    ovs_list_init(node);
    return node;
}

bool
engine_is_dirty(const struct engine *engine)
{
    const struct model *m = &engine->model;

    return (!ovs_list_is_empty(&m->dirty_datapaths)
            || !ovs_list_is_empty(&m->dirty_ports)
            || !ovs_list_is_empty(&m->dirty_mcs)
            || !ovs_list_is_empty(&m->dirty_bundles)
            || !ovs_list_is_empty(&m->dirty_lbs));
}

void
engine_recompute(struct engine *engine)
{
    model_all_dirty(&engine->model);
    engine->recomputing = true;
}

void
engine_flush(struct engine *engine)
{
    lflow_templates_flush(&engine->lflows);
    engine_recompute(engine);
}

/* Counts that objects of 'part' are about to be brought up to date. */
static void
count(struct engine *engine, enum engine_part part,
      const struct ovs_list *dirty)
{
    if (engine->counters && !ovs_list_is_empty(dirty)) {
        inc_engine_count(&engine->counters[part], engine->recomputing);
    }
}

bool
engine_run(struct engine *engine)
{
    struct model *m = &engine->model;
    struct ovs_list *node;
    bool any = engine_is_dirty(engine);

    count(engine, ENGINE_DATAPATHS, &m->dirty_datapaths);
    while ((node = pop(&m->dirty_datapaths)) != NULL) {
        update_datapath(engine, CONTAINER_OF(node, struct datapath,
                                             dirty_node));
    }
    count(engine, ENGINE_PORTS, &m->dirty_ports);
    while ((node = pop(&m->dirty_ports)) != NULL) {
        update_lport(engine, CONTAINER_OF(node, struct lport, dirty_node));
    }
    count(engine, ENGINE_MULTICASTS, &m->dirty_mcs);
    while ((node = pop(&m->dirty_mcs)) != NULL) {
        update_multicast(engine, CONTAINER_OF(node, struct datapath,
                                              dirty_mc_node));
    }
    count(engine, ENGINE_LFLOWS, &m->dirty_bundles);
    while ((node = pop(&m->dirty_bundles)) != NULL) {
        update_bundle(engine, CONTAINER_OF(node, struct bundle, dirty_node));
    }
    count(engine, ENGINE_LOAD_BALANCERS, &m->dirty_lbs);
    while ((node = pop(&m->dirty_lbs)) != NULL) {
        load_balancer_update(&engine->flows,
                             CONTAINER_OF(node, struct load_balancer,
                                          dirty_node));
    }
    engine->recomputing = false;
    return any;
}

/* ---- What happens outside the model ----------------------------------- */

void
engine_iface_changed(struct engine *engine, const char *iface_id)
{
    struct lport *lport = model_lport(&engine->model, iface_id);

    if (lport) {
        model_lport_dirty(&engine->model, lport);
    }
    /* VLANs inside it. */
    HMAP_FOR_EACH_WITH_HASH (lport, parent_node, hash_string(iface_id, 0),
                             &engine->model.by_parent) {
        if (!strcmp(lport->parent, iface_id)) {
            model_lport_dirty(&engine->model, lport);
        }
    }
}

void
engine_tunnels_changed(struct engine *engine)
{
    struct datapath *dp;
    struct lport *lport;

    physical_update_tunnels(&engine->physical);
    HMAP_FOR_EACH (lport, name_node, &engine->model.lports) {
        const struct sb_port *row = lport_row(lport);

        if (row && row->chassis[0] && !lport->bound_here) {
            model_lport_dirty(&engine->model, lport);
        }
    }
    HMAP_FOR_EACH (dp, node, &engine->model.datapaths) {
        model_multicast_dirty(&engine->model, dp);
    }
}

void
engine_gateways_changed(struct engine *engine)
{
    struct lport *lport;

    LIST_FOR_EACH (lport, gateway_node, &engine->model.gateways) {
        model_lport_dirty(&engine->model, lport);
    }
}

void
engine_localnet_changed(struct engine *engine, const char *name)
{
    struct lport *lport = model_lport(&engine->model, name);

    if (lport) {
        model_lport_dirty(&engine->model, lport);
    }
}

void
engine_set_changed(struct engine *engine, const char *name)
{
    const char *colon = strchr(name, ':');

    if (!colon) {
        return;
    }
    if (!strncmp(name, "port_group", colon - name)) {
        sets_each_changed(&engine->model, colon + 1, on_member, engine);
    } else {
        lflows_changed(&engine->lflows, LFLOW_REF_ADDRESS_SET, NULL,
                       colon + 1);
    }
}

void
engine_meter_changed(struct engine *engine, const char *name)
{
    meters_update(&engine->model, &engine->meters, name);
}
