/* Multicast groups whose members are rows: see multicast_groups.h. */
#include <config.h>

#include "node-agent/multicast_groups.h"

#include <stdlib.h>

#include "hash.h"
#include "hmapx.h"
#include "node-agent/multicast.h"
#include "node-agent/physical.h"
#include "util.h"

struct mc_rows_group {
    char *name;
    uint32_t key;               /* 0: not known. */
    uint32_t told_key;          /* In compiled flows. */
    bool dirty;                 /* Its flows are to be made. */
    struct shash ports;         /* Port's name -> struct mc_port. */
    struct hmapx local;         /* "struct mc_port"s here or on every
                                 * chassis. */
    struct shash remote;        /* Chassis -> number of members there. */
    struct flow_owner owner;
};

/* A member. */
struct mc_port {
    struct hmap_node node;      /* In datapath's 'mc_ports', by 'name'. */
    struct mc_rows_group *group;
    char *name;
    char *chassis;              /* Counted in 'remote', or NULL. */
    uint32_t key;               /* Of the port in the flows made last. */
    bool local, patch;          /* In 'local'. */
};

/* ---- Rows ------------------------------------------------------------- */

static void
set_dirty(struct model *model, struct datapath *dp,
          struct mc_rows_group *group)
{
    group->dirty = true;
    model_multicast_group_dirty(model, dp);
}

static struct mc_rows_group *
get_group(struct datapath *dp, const char *name)
{
    struct mc_rows_group *group = shash_find_data(&dp->mc_groups, name);

    if (!group) {
        group = xzalloc(sizeof *group);
        group->name = xstrdup(name);
        multicast_fixed_key(name, &group->key);
        shash_init(&group->ports);
        hmapx_init(&group->local);
        shash_init(&group->remote);
        shash_add(&dp->mc_groups, name, group);
    }
    return group;
}

void
multicast_group_set(struct model *model, struct datapath *dp,
                    const char *name, struct schema_row *row)
{
    struct mc_rows_group *group = get_group(dp, name);

    group->key = row ? sb_multicast_group_cast(row)->tunnel_key : 0;
    schema_row_destroy(row);
    set_dirty(model, dp, group);
}

/* The member's place is not what it was: 'place'; NULL: it is nowhere. */
static void
set_place(struct mc_port *port, const struct mc_place *place)
{
    struct mc_rows_group *group = port->group;

    if (port->chassis) {
        struct shash_node *node = shash_find(&group->remote, port->chassis);
        uintptr_t n = (uintptr_t) node->data - 1;

        node->data = (void *) n;
        if (!n) {
            shash_delete(&group->remote, node);
        }
    }
    hmapx_find_and_delete(&group->local, port);
    free(port->chassis);
    port->chassis = place ? nullable_xstrdup(place->chassis) : NULL;
    port->local = place && place->local;
    port->patch = place && place->patch;
    if (port->chassis) {
        struct shash_node *node = shash_find(&group->remote, port->chassis);

        if (!node) {
            node = shash_add(&group->remote, port->chassis, NULL);
        }
        node->data = (void *) ((uintptr_t) node->data + 1);
    }
    if (port->local || port->patch) {
        hmapx_add(&group->local, port);
    }
}

static void
free_port(struct datapath *dp, struct mc_port *port)
{
    set_place(port, NULL);
    shash_find_and_delete(&port->group->ports, port->name);
    hmap_remove(&dp->mc_ports, &port->node);
    free(port->name);
    free(port);
}

void
multicast_port_set(struct model *model, struct datapath *dp,
                   const char *name, const char *port_name, bool member)
{
    struct mc_rows_group *group = get_group(dp, name);
    struct mc_port *port = shash_find_data(&group->ports, port_name);
    struct lport *lport = datapath_lport(dp, port_name);

    if (port && !member) {
        free_port(dp, port);
    } else if (!port && member) {
        port = xzalloc(sizeof *port);
        port->group = group;
        port->name = xstrdup(port_name);
        shash_add(&group->ports, port_name, port);
        hmap_insert(&dp->mc_ports, &port->node, hash_string(port_name, 0));
        if (lport) {
            model_lport_dirty(model, lport);    /* Tells where it is. */
        }
    }
    set_dirty(model, dp, group);
}

static void
free_group(struct model *model, struct datapath *dp,
           struct mc_rows_group *group)
{
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &group->ports) {
        free_port(dp, node->data);
    }
    flow_owner_clear(model->flows, &group->owner);
    shash_find_and_delete(&dp->mc_groups, group->name);
    shash_destroy(&group->ports);
    shash_destroy(&group->remote);
    hmapx_destroy(&group->local);
    free(group->name);
    free(group);
}

void
multicast_groups_destroy(struct model *model, struct datapath *dp)
{
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &dp->mc_groups) {
        free_group(model, dp, node->data);
    }
    shash_destroy(&dp->mc_groups);
    hmap_destroy(&dp->mc_ports);
}

bool
multicast_group_key(const struct datapath *dp, const char *name,
                    uint32_t *key)
{
    const struct mc_rows_group *group = shash_find_data(&dp->mc_groups, name);

    if (!group || !group->key) {
        return false;
    }
    *key = group->key;
    return true;
}

void
multicast_groups_each_rekeyed(struct datapath *dp,
                              void (*cb)(struct datapath *, const char *name,
                                         void *aux), void *aux)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &dp->mc_groups) {
        struct mc_rows_group *group = node->data;

        if (group->dirty && group->told_key != group->key) {
            group->told_key = group->key;
            cb(dp, group->name, aux);
        }
    }
}

/* ---- Places ----------------------------------------------------------- */

static void
place_lport(struct physical *ph, const struct lport *lport, bool gone)
{
    struct mc_place place = { .chassis = NULL };
    struct mc_port *port;

    if (hmap_is_empty(&lport->dp->mc_ports)) {
        return;
    }
    if (!gone) {
        place = multicast_place(ph, lport);
    }
    HMAP_FOR_EACH_WITH_HASH (port, node, hash_string(lport->name, 0),
                             &lport->dp->mc_ports) {
        if (!strcmp(port->name, lport->name)
            && (port->local != place.local || port->patch != place.patch
                || port->key != lport->key
                || !nullable_string_is_equal(port->chassis,
                                             place.chassis))) {
            set_place(port, &place);
            port->key = lport->key;
            set_dirty(ph->model, lport->dp, port->group);
        }
    }
}

void
multicast_groups_update_lport(struct physical *ph, const struct lport *lport)
{
    place_lport(ph, lport, false);
}

void
multicast_groups_remove_lport(struct physical *ph, const struct lport *lport)
{
    place_lport(ph, lport, true);
}

/* ---- Flows ------------------------------------------------------------ */

static void
update_group(struct physical *ph, struct datapath *dp,
             struct mc_rows_group *group)
{
    struct mc_flows flows = {
        .key = group->key, .owner = &group->owner,
        .members = xmalloc((hmapx_count(&group->local) + 1)
                           * sizeof *flows.members),
        .chassis = xmalloc((shash_count(&group->remote) + 1)
                           * sizeof *flows.chassis),
    };
    struct hmapx_node *local;
    struct shash_node *node;

    HMAPX_FOR_EACH (local, &group->local) {
        const struct mc_port *port = local->data;

        flows.members[flows.n++] = datapath_lport(dp, port->name);
    }
    SHASH_FOR_EACH (node, &group->remote) {
        if (!dp->n_localnet) {
            flows.chassis[flows.n_chassis++] = node->name;
        }
    }
    flow_owner_begin(ph->flows, &group->owner);
    if (dp->key && group->key) {
        multicast_emit(ph, dp, &flows);
    }
    flow_owner_end(ph->flows, &group->owner);
    free(flows.members);
    free(flows.chassis);
}

void
multicast_groups_update(struct physical *ph, struct datapath *dp, bool all)
{
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &dp->mc_groups) {
        struct mc_rows_group *group = node->data;
        uint32_t fixed;

        if (!group->dirty && !all) {
            continue;
        }
        group->dirty = false;
        if (shash_is_empty(&group->ports)
            && (!group->key || multicast_fixed_key(group->name, &fixed))) {
            free_group(ph->model, dp, group);
        } else {
            update_group(ph, dp, group);
        }
    }
}
