/* The southbound as this node knows it: see model.h. */
#include <config.h>

#include "node-agent/model.h"

#include <stdlib.h>

#include "hash.h"
#include "hmapx.h"
#include "node-agent/load_balancers.h"
#include "node-agent/multicast_groups.h"
#include "node-agent/ofports.h"
#include "util.h"

void
model_init(struct model *model, const char *chassis, struct flow_table *flows)
{
    memset(model, 0, sizeof *model);
    model->chassis = xstrdup(chassis);
    model->flows = flows;
    hmap_init(&model->datapaths);
    hmap_init(&model->by_key);
    hmap_init(&model->lports);
    hmap_init(&model->by_parent);
    ovs_list_init(&model->noted);
    hmap_init(&model->sets);
    hmap_init(&model->group_ports);
    hmap_init(&model->lb_contents);
    shash_init(&model->remote_chassis);
    shash_init(&model->common);
    shash_init(&model->verdicts);
    sset_init(&model->activated);
    sset_init(&model->to_activate);
    shash_init(&model->meters);
    shash_init(&model->mirrors);
    shash_init(&model->bfd_peers);
    ovs_list_init(&model->gateways);
    ovs_list_init(&model->dirty_ports);
    ovs_list_init(&model->dirty_datapaths);
    ovs_list_init(&model->dirty_bundles);
    ovs_list_init(&model->dirty_mcs);
    ovs_list_init(&model->dirty_lbs);
}

static void
destroy_rows(struct shash *rows)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, rows) {
        schema_row_destroy(node->data);
    }
    shash_destroy(rows);
}

void
model_destroy(struct model *model)
{
    struct datapath *dp;

    HMAP_FOR_EACH_SAFE (dp, node, &model->datapaths) {
        model_datapath_free(model, dp);
    }
    hmap_destroy(&model->datapaths);
    hmap_destroy(&model->by_key);
    hmap_destroy(&model->lports);
    hmap_destroy(&model->by_parent);
    hmap_destroy(&model->sets);
    hmap_destroy(&model->group_ports);
    hmap_destroy(&model->lb_contents);
    destroy_rows(&model->remote_chassis);
    destroy_rows(&model->common);
    destroy_rows(&model->verdicts);
    sset_destroy(&model->activated);
    sset_destroy(&model->to_activate);
    destroy_rows(&model->meters);
    destroy_rows(&model->mirrors);
    destroy_rows(&model->bfd_peers);
    free(model->chassis);
}

static void
list_once(struct ovs_list *list, struct ovs_list *node)
{
    if (ovs_list_is_empty(node)) {
        ovs_list_push_back(list, node);
    }
}

static void
unlist(struct ovs_list *node)
{
    ovs_list_remove(node);
    ovs_list_init(node);
}

void
model_lport_dirty(struct model *model, struct lport *lport)
{
    list_once(&model->dirty_ports, &lport->dirty_node);
}

void
model_bundle_dirty(struct model *model, struct bundle *bundle)
{
    list_once(&model->dirty_bundles, &bundle->dirty_node);
}

void
model_datapath_dirty(struct model *model, struct datapath *dp)
{
    list_once(&model->dirty_datapaths, &dp->dirty_node);
}

void
model_multicast_dirty(struct model *model, struct datapath *dp)
{
    dp->mc_dirty = true;
    list_once(&model->dirty_mcs, &dp->dirty_mc_node);
}

void
model_multicast_group_dirty(struct model *model, struct datapath *dp)
{
    list_once(&model->dirty_mcs, &dp->dirty_mc_node);
}

void
model_all_dirty(struct model *model)
{
    struct datapath *dp;

    HMAP_FOR_EACH (dp, node, &model->datapaths) {
        struct bundle *bundle;
        struct lport *lport;

        model_datapath_dirty(model, dp);
        model_multicast_dirty(model, dp);
        HMAP_FOR_EACH (lport, node, &dp->ports) {
            model_lport_dirty(model, lport);
        }
        HMAP_FOR_EACH (bundle, node, &dp->bundles) {
            model_bundle_dirty(model, bundle);
        }
        load_balancers_dirty(model, dp);
    }
    load_balancers_forget(model);
}

/* ---- Datapaths -------------------------------------------------------- */

struct datapath *
model_datapath(const struct model *model, const char *name)
{
    struct datapath *dp;

    HMAP_FOR_EACH_WITH_HASH (dp, node, hash_string(name, 0),
                             &model->datapaths) {
        if (!strcmp(dp->name, name)) {
            return dp;
        }
    }
    return NULL;
}

struct datapath *
model_datapath_by_key(const struct model *model, uint32_t key)
{
    struct datapath *dp;

    HMAP_FOR_EACH_WITH_HASH (dp, key_node, hash_int(key, 0),
                             &model->by_key) {
        if (dp->key == key) {
            return dp;
        }
    }
    return NULL;
}

struct datapath *
model_datapath_get(struct model *model, const char *name)
{
    struct datapath *dp = model_datapath(model, name);

    if (dp) {
        return dp;
    }
    dp = xzalloc(sizeof *dp);
    dp->name = xstrdup(name);
    hmap_init(&dp->ports);
    hmap_init(&dp->ports_by_key);
    hmap_init(&dp->bundles);
    hmap_init(&dp->fdb);
    hmap_init(&dp->mac_bindings);
    shash_init(&dp->dns);
    shash_init(&dp->bfd);
    shash_init(&dp->load_balancers);
    shash_init(&dp->monitors);
    shash_init(&dp->mc_remote);
    shash_init(&dp->mc_groups);
    hmap_init(&dp->mc_ports);
    dp->mc_local = xmalloc(sizeof *dp->mc_local);
    hmapx_init(dp->mc_local);
    ovs_list_init(&dp->dirty_node);
    ovs_list_init(&dp->dirty_mc_node);
    ovs_list_init(&dp->here);
    hmap_insert(&model->datapaths, &dp->node, hash_string(name, 0));
    return dp;
}

/* A common bundle of 'dp', for the row 'name' ("switch", "switch/1"). */
static void
add_common(struct model *model, struct datapath *dp, const char *name,
           struct schema_row *row)
{
    const char *type = dp->is_switch ? "switch" : "router";
    size_t len = strlen(type);
    char *bundle_name;

    if (strncmp(name, type, len) || (name[len] && name[len] != '/')) {
        return;
    }
    bundle_name = xasprintf("common:%s", name);
    model_bundle_set(model, dp, bundle_name, row);
    free(bundle_name);
}

static void
add_commons(struct model *model, struct datapath *dp)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &model->common) {
        add_common(model, dp, node->name, node->data);
    }
}

/* The key changed: every flow of the datapath is another. */
static void
rekey(struct model *model, struct datapath *dp, uint32_t key)
{
    struct bundle *bundle;
    struct lport *lport;

    if (dp->key) {
        hmap_remove(&model->by_key, &dp->key_node);
    }
    dp->key = key;
    if (key) {
        hmap_insert(&model->by_key, &dp->key_node, hash_int(key, 0));
    }
    HMAP_FOR_EACH (lport, node, &dp->ports) {
        model_lport_dirty(model, lport);
    }
    HMAP_FOR_EACH (bundle, node, &dp->bundles) {
        model_bundle_dirty(model, bundle);
    }
    load_balancers_dirty(model, dp);
    model_multicast_dirty(model, dp);
}

void
model_datapath_set(struct model *model, struct datapath *dp,
                   struct schema_row *row)
{
    const struct sb_datapath *new = sb_datapath_cast(row);

    schema_row_destroy(dp->row);
    dp->row = row;
    if (!new) {
        rekey(model, dp, 0);
        model_datapath_dirty(model, dp);
        return;
    }
    if (dp->key != new->tunnel_key) {
        dp->is_switch = new->type == SB_DATAPATH_TYPE_SWITCH;
        rekey(model, dp, new->tunnel_key);
        add_commons(model, dp);
    }
    model_datapath_dirty(model, dp);
}

void
model_datapath_remove(struct model *model, struct datapath *dp)
{
    dp->removed = true;
    model_datapath_dirty(model, dp);
}

static void
free_learned(struct model *model, struct hmap *map)
{
    struct learned *learned;

    HMAP_FOR_EACH_SAFE (learned, node, map) {
        hmap_remove(map, &learned->node);
        flow_owner_clear(model->flows, &learned->owner);
        free(learned->key);
        free(learned->mac);
        free(learned->ip);
        free(learned->lport);
        free(learned);
    }
    hmap_destroy(map);
}

static void
destroy_monitors(struct datapath *dp)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &dp->monitors) {
        destroy_rows(node->data);
        free(node->data);
    }
    shash_destroy(&dp->monitors);
}

void
model_datapath_free(struct model *model, struct datapath *dp)
{
    struct bundle *bundle;
    struct lport *lport;

    HMAP_FOR_EACH_SAFE (lport, node, &dp->ports) {
        model_lport_free(model, lport);
    }
    HMAP_FOR_EACH_SAFE (bundle, node, &dp->bundles) {
        model_bundle_free(model, bundle);
    }
    multicast_groups_destroy(model, dp);
    schema_row_destroy(dp->ip_multicast);
    destroy_rows(&dp->dns);
    destroy_rows(&dp->bfd);
    load_balancers_destroy(model, dp);
    destroy_monitors(dp);
    free_learned(model, &dp->fdb);
    free_learned(model, &dp->mac_bindings);
    flow_owner_clear(model->flows, &dp->multicast);
    flow_owner_clear(model->flows, &dp->base);
    shash_destroy_free_data(&dp->mc_remote);
    hmapx_destroy(dp->mc_local);
    free(dp->mc_local);
    hmap_destroy(&dp->ports);
    hmap_destroy(&dp->ports_by_key);
    hmap_destroy(&dp->bundles);
    unlist(&dp->dirty_node);
    unlist(&dp->dirty_mc_node);
    if (dp->key) {
        hmap_remove(&model->by_key, &dp->key_node);
    }
    hmap_remove(&model->datapaths, &dp->node);
    schema_row_destroy(dp->row);
    free(dp->name);
    free(dp);
}

/* ---- Ports ------------------------------------------------------------ */

struct lport *
model_lport(const struct model *model, const char *name)
{
    struct lport *lport;

    HMAP_FOR_EACH_WITH_HASH (lport, name_node, hash_string(name, 0),
                             &model->lports) {
        if (!strcmp(lport->name, name)) {
            return lport;
        }
    }
    return NULL;
}

struct lport *
datapath_lport(const struct datapath *dp, const char *name)
{
    struct lport *lport;

    HMAP_FOR_EACH_WITH_HASH (lport, node, hash_string(name, 0), &dp->ports) {
        if (!strcmp(lport->name, name)) {
            return lport;
        }
    }
    return NULL;
}

struct lport *
datapath_lport_by_key(const struct datapath *dp, uint32_t key)
{
    struct lport *lport;

    HMAP_FOR_EACH_WITH_HASH (lport, key_node, hash_int(key, 0),
                             &dp->ports_by_key) {
        if (lport->key == key) {
            return lport;
        }
    }
    return NULL;
}

static void
set_key(struct lport *lport, uint32_t key)
{
    if (lport->key == key) {
        return;
    }
    if (lport->key) {
        hmap_remove(&lport->dp->ports_by_key, &lport->key_node);
    }
    lport->key = key;
    if (key) {
        hmap_insert(&lport->dp->ports_by_key, &lport->key_node,
                    hash_int(key, 0));
    }
}

static void
set_parent(struct model *model, struct lport *lport, const char *parent)
{
    if (nullable_string_is_equal(lport->parent, parent)) {
        return;
    }
    if (lport->parent) {
        hmap_remove(&model->by_parent, &lport->parent_node);
        free(lport->parent);
    }
    lport->parent = nullable_xstrdup(parent);
    if (parent) {
        hmap_insert(&model->by_parent, &lport->parent_node,
                    hash_string(parent, 0));
    }
}

static bool
is_noteworthy(const struct lport *lport)
{
    const struct sb_port *row = lport_row(lport);

    return row && (lport->bound_here
                   || row->type == SB_PORT_TYPE_LOCALNET
                   || row->type == SB_PORT_TYPE_L2GATEWAY
                   || row->type == SB_PORT_TYPE_VIRTUAL
                   || row->nat_addresses.n
                   || smap_get_bool(&row->options, "ipv6_ra_send_periodic",
                                    false));
}

/* That a queue or mirrors of the port may be to be looked at. */
static void
note_change(struct model *model, const struct lport *lport)
{
    const struct sb_port *row = lport_row(lport);

    model->ports_changed |= row && (smap_get(&row->options, "qdisc_queue_id")
                                    || row->mirrors.n);
}

void
model_lport_note(struct model *model, struct lport *lport)
{
    note_change(model, lport);
    if (is_noteworthy(lport)) {
        list_once(&model->noted, &lport->noted_node);
    } else {
        unlist(&lport->noted_node);
    }
}

uint32_t
model_tunnel_ofport(const struct model *model, const struct lport *lport)
{
    const struct sb_port *row = lport_row(lport);
    const struct tunnel *tunnel
        = (row && model->ofports && !lport->bound_here
           ? ofports_tunnel(model->ofports, row->chassis) : NULL);

    return tunnel ? tunnel->ofport : 0;
}

void
model_lport_related_dirty(struct model *model, const struct lport *lport)
{
    static const char *const options[] = {
        "peer", "chassis-redirect-port", "distributed-port",
    };
    const struct sb_port *row = lport_row(lport);
    struct lport *other;

    if (!row) {
        return;
    }
    other = row->peer[0] ? model_lport(model, row->peer) : NULL;
    if (other) {
        model_lport_dirty(model, other);
    }
    for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
        const char *name = smap_get(&row->options, options[i]);

        other = name ? model_lport(model, name) : NULL;
        if (other) {
            model_lport_dirty(model, other);
        }
    }
}

void
model_lport_set(struct model *model, struct datapath *dp, const char *name,
                struct schema_row *row)
{
    struct lport *lport = datapath_lport(dp, name);
    const struct sb_port *new = sb_port_cast(row);

    if (!lport) {
        if (!new) {
            return;
        }
        lport = xzalloc(sizeof *lport);
        lport->dp = dp;
        lport->name = xstrdup(name);
        ovs_list_init(&lport->dirty_node);
        ovs_list_init(&lport->gateway_node);
        ovs_list_init(&lport->noted_node);
        ovs_list_init(&lport->here_node);
        hmap_insert(&dp->ports, &lport->node, hash_string(name, 0));
        hmap_insert(&model->lports, &lport->name_node, hash_string(name, 0));
    }
    if (!row) {
        model_lport_related_dirty(model, lport);
    }
    note_change(model, lport);           /* It may be the last we hear. */
    schema_row_destroy(lport->row);
    lport->row = row;
    set_key(lport, new ? new->tunnel_key : 0);
    set_parent(model, lport,
               new && new->parent_port[0] ? new->parent_port : NULL);
    model_lport_note(model, lport);
    model_lport_dirty(model, lport);
}

void
model_lport_unset(struct lport *lport)
{
    schema_row_destroy(lport->row);
    lport->row = NULL;
    set_key(lport, 0);
}

void
model_lport_free(struct model *model, struct lport *lport)
{
    note_change(model, lport);
    set_key(lport, 0);
    set_parent(model, lport, NULL);
    unlist(&lport->dirty_node);
    unlist(&lport->noted_node);
    unlist(&lport->gateway_node);
    unlist(&lport->here_node);
    hmap_remove(&lport->dp->ports, &lport->node);
    hmap_remove(&model->lports, &lport->name_node);
    flow_owner_clear(model->flows, &lport->physical);
    flow_owner_clear(model->flows, &lport->security);
    schema_row_destroy(lport->row);
    free(lport->mc_chassis);
    free(lport->name);
    free(lport);
}

/* ---- Bundles ---------------------------------------------------------- */

static struct bundle *
find_bundle(const struct datapath *dp, const char *name)
{
    struct bundle *bundle;

    HMAP_FOR_EACH_WITH_HASH (bundle, node, hash_string(name, 0),
                             &dp->bundles) {
        if (!strcmp(bundle->name, name)) {
            return bundle;
        }
    }
    return NULL;
}

void
model_bundle_set(struct model *model, struct datapath *dp, const char *name,
                 struct schema_row *row)
{
    struct bundle *bundle = find_bundle(dp, name);

    if (!bundle) {
        if (!row) {
            return;
        }
        bundle = xzalloc(sizeof *bundle);
        bundle->dp = dp;
        bundle->name = xstrdup(name);
        bundle->common = !strncmp(name, "common:", 7);
        ovs_list_init(&bundle->dirty_node);
        hmap_insert(&dp->bundles, &bundle->node, hash_string(name, 0));
    }
    if (!bundle->common) {
        schema_row_destroy(bundle->row);
    }
    bundle->row = row;
    bundle->gone = !row;
    model_bundle_dirty(model, bundle);
}

void
model_bundle_free(struct model *model, struct bundle *bundle)
{
    unlist(&bundle->dirty_node);
    hmap_remove(&bundle->dp->bundles, &bundle->node);
    flow_owner_clear(model->flows, &bundle->owner);
    if (!bundle->common) {
        schema_row_destroy(bundle->row);
    }
    free(bundle->extends);
    free(bundle->rules);
    free(bundle->name);
    free(bundle);
}

void
model_common_set(struct model *model, const char *name,
                 struct schema_row *row)
{
    struct schema_row *old = shash_find_data(&model->common, name);
    struct datapath *dp;

    HMAP_FOR_EACH (dp, node, &model->datapaths) {
        if (dp->key) {
            add_common(model, dp, name, row);
        }
    }
    if (row) {
        shash_replace(&model->common, name, row);
    } else {
        shash_find_and_delete(&model->common, name);
    }
    schema_row_destroy(old);
}
