/* The row of each switch port: its tunnel key, what is behind it, where it
 * is. */
#include <config.h>

#include <string.h>

#include "openvswitch/util.h"
#include "translator/bindings.h"
#include "translator/gateways.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/nat_addresses.h"
#include "translator/switch_queue.h"
#include "translator/traits.h"
#include "translator/tunnel_keys.h"
#include "util.h"

static enum sb_port_type
port_type(enum nb_logical_switch_port_type type)
{
    static const enum sb_port_type types[] = {
        [NB_LOGICAL_SWITCH_PORT_TYPE_NONE] = SB_PORT_TYPE_NONE,
        [NB_LOGICAL_SWITCH_PORT_TYPE_ROUTER] = SB_PORT_TYPE_PATCH,
        [NB_LOGICAL_SWITCH_PORT_TYPE_LOCALNET] = SB_PORT_TYPE_LOCALNET,
        [NB_LOGICAL_SWITCH_PORT_TYPE_LOCALPORT] = SB_PORT_TYPE_LOCALPORT,
        [NB_LOGICAL_SWITCH_PORT_TYPE_L2GATEWAY] = SB_PORT_TYPE_L2GATEWAY,
        [NB_LOGICAL_SWITCH_PORT_TYPE_VTEP] = SB_PORT_TYPE_VTEP,
        [NB_LOGICAL_SWITCH_PORT_TYPE_EXTERNAL] = SB_PORT_TYPE_EXTERNAL,
        [NB_LOGICAL_SWITCH_PORT_TYPE_VIRTUAL] = SB_PORT_TYPE_VIRTUAL,
        [NB_LOGICAL_SWITCH_PORT_TYPE_REMOTE] = SB_PORT_TYPE_REMOTE,
    };

    return types[type];
}

static void
copy_strings(struct schema_strings *to, const struct schema_strings *from)
{
    for (size_t i = 0; i < from->n; i++) {
        schema_strings_add(to, from->items[i]);
    }
}

/* The addresses, dynamic ones as they were given. */
static void
copy_addresses(struct generate *g, struct sb_port *row,
               const struct nb_logical_switch_port *lsp)
{
    for (size_t i = 0; i < lsp->addresses.n; i++) {
        const char *element = lsp->addresses.items[i];

        if (strstr(element, "dynamic")) {
            element = engine_read(g->reader,
                                  model_input(MODEL_DYNAMIC_ADDRESSES),
                                  lsp->row.id, "");
        }
        if (element) {
            schema_strings_insert(&row->addresses, element);
        }
    }
}

static void
fill_place(struct sb_port *row, const struct lsp_place *place)
{
    schema_string_set(&row->chassis, place->chassis ? place->chassis : "");
    copy_strings(&row->additional_chassis, &place->additional);
    if (place->encap_ip) {
        schema_string_set(&row->encap, place->encap_ip);
    }
    if (place->virtual_parent) {
        schema_string_set(&row->virtual_parent, place->virtual_parent);
    }
    row->up = place->is_installed;
}

/* The options, and out of them what has a column of its own. */
static void
fill_options(struct sb_port *row, const struct nb_logical_switch_port *lsp)
{
    const struct smap_node *node;

    SMAP_FOR_EACH (node, &lsp->options) {
        if (!strcmp(node->key, "router-port")) {
            schema_string_set(&row->peer, node->value);
        } else if (!strcmp(node->key, "requested-chassis")) {
            char *names = xstrdup(node->value), *save = NULL;

            for (char *name = strtok_r(names, ", ", &save); name;
                 name = strtok_r(NULL, ", ", &save)) {
                schema_strings_insert(&row->requested_chassis, name);
            }
            free(names);
        }
        if (strcmp(node->key, "router-port")) {
            smap_add(&row->options, node->key, node->value);
        }
    }
}

/* The VLAN of the port: what it asks for, or if it asks for any (0) the one
 * that it was given. */
static struct schema_integer
port_tag(struct generate *g, const struct nb_logical_switch_port *lsp)
{
    const struct tunnel_key *given;

    if (lsp->tag_request.value > 0) {
        generate_status(g, "tag", generate_text(g, "%"PRId64,
                                                lsp->tag_request.value));
        return lsp->tag_request;
    } else if (!lsp->tag_request.is_set || !lsp->parent_name[0]) {
        return lsp->tag;
    }
    given = engine_read(
        g->reader, model_input(MODEL_TUNNEL_KEY),
        generate_text(g, TUNNEL_KEY_TAGS "%s", lsp->parent_name),
        lsp->row.id);
    if (given && given->key) {
        generate_status(g, "tag", generate_text(g, "%"PRIu32, given->key));
        return (struct schema_integer) { .is_set = true,
                                         .value = given->key };
    } else if (given) {
        generate_error(g, "tag_request", "no tag of port %s is free",
                       lsp->parent_name);
    }
    return (struct schema_integer) { .is_set = false };
}

/* The mirrors of the port, those that there are. */
static void
fill_mirrors(struct generate *g, struct sb_port *row,
             const struct nb_logical_switch_port *lsp)
{
    for (size_t i = 0; i < lsp->mirror_rules.n; i++) {
        const char *name = lsp->mirror_rules.items[i];

        if (MODEL_ROW_EXISTS(g->reader, mirror, name)) {
            schema_strings_insert(&row->mirrors, name);
        } else {
            generate_waiting_for(g, "mirror", name);
        }
    }
}

/* The number of the queue of the port: what its options say of it counts no
 * more. */
static void
fill_queue(struct generate *g, struct sb_port *row,
           const struct nb_logical_switch_port *lsp)
{
    const char *queue = switch_queue(g, lsp);

    smap_remove(&row->options, "qdisc_queue_id");
    if (queue) {
        smap_add(&row->options, "qdisc_queue_id", queue);
    }
}

static struct sb_port *
make_row(struct generate *g, const struct nb_logical_switch_port *lsp,
         uint32_t key)
{
    struct sb_port *row = sb_port_create(lsp->row.id);

    row->tunnel_key = key;
    row->type = port_type(lsp->type);
    row->enabled = lsp->enabled;
    row->tag = port_tag(g, lsp);
    copy_addresses(g, row, lsp);
    copy_strings(&row->port_security, &lsp->port_security);
    schema_string_set(&row->parent_port, lsp->parent_name);
    fill_options(row, lsp);
    fill_queue(g, row, lsp);
    fill_mirrors(g, row, lsp);
    fill_place(row, lsp_place(g->reader, lsp->row.id));
    if (row->type == SB_PORT_TYPE_EXTERNAL && lsp->ha_chassis_group[0]) {
        gateways_fill(gateways_read_group(g->reader, lsp->ha_chassis_group),
                      row);
    }
    if (row->type == SB_PORT_TYPE_PATCH && row->chassis[0]) {
        row->type = SB_PORT_TYPE_L3GATEWAY;     /* Of a gateway router. */
    }
    smap_clone(&row->external_ids, &lsp->external_ids);
    return row;
}

/* A router's side is up when it is there. */
static bool
is_up(struct generate *g, const struct nb_logical_switch_port *lsp,
      const struct sb_port *row)
{
    return (lsp->type == NB_LOGICAL_SWITCH_PORT_TYPE_ROUTER
            ? *row->peer && MODEL_ROW_EXISTS(g->reader, logical_router_port,
                                             row->peer)
            : row->up);
}

void
switch_port_row(struct generate *g)
{
    const struct nb_logical_switch_port *lsp
        = nb_logical_switch_port_cast(g->row);
    const char *datapath = generate_switch_datapath(g, lsp->switch_);
    const struct tunnel_key *key
        = engine_read(g->reader, model_input(MODEL_TUNNEL_KEY), datapath,
                      g->row->id);

    if (!key) {
        return;                 /* A standby waits for the leader's. */
    } else if (!key->key) {
        generate_error(g, "options.requested-tnl-key",
                       "no such tunnel key is free in the switch");
        return;
    }
    struct sb_port *row = make_row(g, lsp, key->key);

    nat_addresses_fill(g, lsp, row);
    if (is_up(g, lsp, row)) {
        generate_status(g, "up", "true");
    }
    generate_row(g, generate_key(g, "sb/dp", datapath, "port", g->row->id,
                                 NULL), &row->row);
}
