/* Southbound rows of routers: the datapath, a port for each router port, and
 * for each distributed gateway port a chassisredirect port, which is where
 * the gateway chassis is. */
#include <config.h>

#include <string.h>

#include "openvswitch/util.h"
#include "translator/gateways.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/router.h"
#include "translator/tunnel_keys.h"
#include "util.h"

/* ---- Facts ------------------------------------------------------------- */

static void
want_key(struct generate *g, const char *space, const char *name,
         const char *requested)
{
    generate_fact(g, RELATION_TUNNEL_KEY_WANTED, space, "", name);
    if (requested) {
        generate_fact(g, RELATION_TUNNEL_KEY_REQUESTED, space, name,
                      requested);
    }
}

void
router_facts(struct generate *g)
{
    const struct nb_logical_router *lr = nb_logical_router_cast(g->row);

    want_key(g, "", generate_router_datapath(g, g->row->id),
             smap_get(&lr->options, "requested-tnl-key"));
}

void
router_port_facts(struct generate *g)
{
    const struct nb_logical_router_port *lrp
        = nb_logical_router_port_cast(g->row);
    const char *datapath = generate_router_datapath(g, lrp->router);
    const struct router_port *port = router_port_read(g->reader,
                                                      g->row->id);

    want_key(g, datapath, g->row->id,
             smap_get(&lrp->options, "requested-tnl-key"));
    if (port && port->is_gateway) {
        want_key(g, datapath, generate_text(g, "cr-%s", g->row->id), NULL);
    }
    if (port && port->route_table[0]) {
        generate_fact(g, RELATION_ROUTER_TABLES, lrp->router, "",
                      port->route_table);
    }
    if (lrp->peer[0] && !strcmp(lrp->peer, g->row->id)) {
        generate_error(g, "peer", "is the port itself");
    } else if (lrp->peer[0]) {
        const struct router_port *peer = router_port_read(g->reader,
                                                          lrp->peer);

        if (!peer) {
            generate_waiting_for(g, "logical_router_port", lrp->peer);
            return;
        }
        generate_fact(g, RELATION_DATAPATH_NEIGHBOURS, datapath, "",
                      generate_router_datapath(g, peer->router));
    }
}

/* A switch port that joins its switch and a router. */
void
switch_router_port_facts(struct generate *g)
{
    const struct nb_logical_switch_port *lsp
        = nb_logical_switch_port_cast(g->row);
    const char *peer = smap_get(&lsp->options, "router-port");

    if (lsp->type != NB_LOGICAL_SWITCH_PORT_TYPE_ROUTER || !peer) {
        return;
    }
    generate_fact(g, RELATION_ROUTER_PORT_LSPS, peer, "", g->row->id);
    if (lsp->enabled) {
        generate_fact(g, RELATION_SWITCH_ROUTER_PORTS, lsp->switch_, "",
                      peer);
        generate_fact(g, RELATION_ROUTER_PORT_SWITCHES, peer, "",
                      lsp->switch_);
    }
}

/* ---- Places ------------------------------------------------------------ */

/* A gateway router is where its option says; a gateway port's router is
 * needed on every chassis that may come to host it. */
void
router_port_place(struct generate *g)
{
    const struct router_port *port = router_port_read(g->reader, g->key.a);
    const struct router *router
        = port ? router_read(g->reader, port->router) : NULL;
    const char *datapath;

    if (!router) {
        return;
    }
    datapath = generate_router_datapath(g, router->name);
    if (router->chassis[0]) {
        generate_fact(g, RELATION_CHASSIS_DATAPATH_PORTS, router->chassis,
                      datapath, port->name);
    } else if (port->is_gateway) {
        const struct gateways *gateways = gateways_read(g->reader,
                                                        port->name);

        if (gateways) {
            gateway_places(g, gateways, datapath, port->name);
        }
    }
}

/* ---- Rows -------------------------------------------------------------- */

void
router_datapath(struct generate *g)
{
    const struct nb_logical_router *lr = nb_logical_router_cast(g->row);
    const char *age = smap_get(&lr->options, "mac_binding_age_threshold");
    struct smap external_ids;

    smap_clone(&external_ids, &lr->external_ids);
    if (age) {
        /* For the agents, which age what they learned. */
        smap_replace(&external_ids, "mac_binding_age_threshold", age);
    }
    generate_datapath_row(g, generate_router_datapath(g, g->row->id),
                          SB_DATAPATH_TYPE_ROUTER, lr->name,
                          &external_ids, "options.requested-tnl-key",
                          smap_get(&lr->options, "snat-ct-zone"));
    smap_destroy(&external_ids);
}

/* The tunnel key of 'name' in the router, or 0 while there is none. */
static uint32_t
port_key(struct generate *g, const char *datapath, const char *name)
{
    const struct tunnel_key *key
        = engine_read(g->reader, model_input(MODEL_TUNNEL_KEY), datapath,
                      name);

    if (key && !key->key) {
        generate_error(g, "options.requested-tnl-key",
                       "no such tunnel key is free in the router");
    }
    return key ? key->key : 0;
}

/* "MAC network network ...", what agents announce and advertise. */
static void
add_mac(struct sb_port *row, const struct nb_logical_router_port *lrp)
{
    struct ds text = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&text, lrp->mac);
    for (size_t i = 0; i < lrp->networks.n; i++) {
        ds_put_format(&text, " %s", lrp->networks.items[i]);
    }
    schema_strings_insert(&row->mac, ds_cstr(&text));
    ds_destroy(&text);
}

/* The bounds of RFC 4861, section 6.2.1, in seconds. */
static void
add_ra_intervals(struct sb_port *row, const struct smap *configs)
{
    unsigned int max_s = smap_get_uint(configs, "max_interval", 600);
    unsigned int min_s;

    max_s = MIN(MAX(max_s, 4), 1800);
    min_s = smap_get_uint(configs, "min_interval",
                          max_s >= 9 ? max_s / 3 : max_s * 3 / 4);
    min_s = MAX(MIN(min_s, max_s * 3 / 4), 3);
    smap_remove(&row->options, "ipv6_ra_max_interval");
    smap_remove(&row->options, "ipv6_ra_min_interval");
    smap_add_format(&row->options, "ipv6_ra_max_interval", "%u", max_s);
    smap_add_format(&row->options, "ipv6_ra_min_interval", "%u", min_s);
}

/* Periodic advertisements are the agents' to send: they need the
 * configuration. */
static void
add_ra_options(struct sb_port *row, const struct nb_logical_router_port *lrp)
{
    const struct smap_node *node;

    if (!smap_get_bool(&lrp->ipv6_ra_configs, "send_periodic", false)
        || !smap_get(&lrp->ipv6_ra_configs, "address_mode")) {
        return;
    }
    SMAP_FOR_EACH (node, &lrp->ipv6_ra_configs) {
        char *key = xasprintf("ipv6_ra_%s", node->key);

        smap_replace(&row->options, key, node->value);
        free(key);
    }
    add_ra_intervals(row, &lrp->ipv6_ra_configs);
}

static const char *
first_member(struct generate *g, enum relation_id relation_id,
             const char *key)
{
    struct engine_members members = generate_members(g, relation_id, key,
                                                     "");

    return members.n ? members.items[0] : "";
}

static void
write_port(struct generate *g, const struct nb_logical_router_port *lrp,
           const struct router *router, const struct router_port *port,
           const char *datapath)
{
    uint32_t key = port_key(g, datapath, lrp->row.id);
    struct sb_port *row;

    if (!key) {
        return;
    }
    row = sb_port_create(lrp->row.id);
    row->tunnel_key = key;
    row->enabled = lrp->enabled;
    row->type = router->chassis[0] ? SB_PORT_TYPE_L3GATEWAY
                                   : SB_PORT_TYPE_PATCH;
    schema_string_set(&row->chassis, router->chassis);
    schema_string_set(&row->peer, port->peer_port[0] ? port->peer_port
                      : first_member(g, RELATION_ROUTER_PORT_LSPS,
                                     lrp->row.id));
    add_mac(row, lrp);
    add_ra_options(row, lrp);
    if (port->is_gateway) {
        smap_add_format(&row->options, "chassis-redirect-port", "cr-%s",
                        lrp->row.id);
    }
    smap_clone(&row->external_ids, &lrp->external_ids);
    generate_row(g, generate_key(g, "sb/dp", datapath, "port", lrp->row.id,
                                 NULL), &row->row);
}

static void
write_redirect(struct generate *g, const struct nb_logical_router_port *lrp,
               const char *datapath)
{
    const char *name = generate_text(g, "cr-%s", lrp->row.id);
    const struct gateways *gateways = gateways_read(g->reader, lrp->row.id);
    uint32_t key = port_key(g, datapath, name);
    struct sb_port *row;

    if (!key || !gateways) {
        return;
    }
    row = sb_port_create(name);
    row->tunnel_key = key;
    row->type = SB_PORT_TYPE_CHASSISREDIRECT;
    row->enabled = lrp->enabled;
    schema_string_set(&row->chassis, gateways->active);
    row->up = gateways->active[0] != '\0';
    add_mac(row, lrp);
    smap_add(&row->options, "distributed-port", lrp->row.id);
    gateways_fill(gateways, row);
    generate_row(g, generate_key(g, "sb/dp", datapath, "port", name, NULL),
                 &row->row);
}

void
router_port_row(struct generate *g)
{
    const struct nb_logical_router_port *lrp
        = nb_logical_router_port_cast(g->row);
    const char *datapath = generate_router_datapath(g, lrp->router);
    const struct router_port *port = router_port_read(g->reader,
                                                      g->row->id);
    const struct router *router = router_read(g->reader, lrp->router);

    if (!router) {
        generate_waiting_for(g, "logical_router", lrp->router);
        return;
    }
    if (port) {
        write_port(g, lrp, router, port, datapath);
        if (port->is_gateway) {
            write_redirect(g, lrp, datapath);
        }
    }
}
