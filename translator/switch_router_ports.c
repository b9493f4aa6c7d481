/* A switch's side of router ports: ARP and ND for the router's addresses go
 * to the router and need not be flooded to everybody else's; what a router
 * asks is not asked of routers again (ovn-northd(8), "Destination Lookup"). */
#include <config.h>

#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "translator/addresses.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/registers.h"
#include "translator/router.h"
#include "translator/traits.h"
#include "util.h"

/* Key: (switch).  Value: "" if a port of it leads to no router, or NULL: of a
 * large switch all that matters here. */
static void *
compute_has_hosts(struct engine_reader *reader, const struct engine_key *key)
{
    size_t n = engine_members_count(reader, model_index(MODEL_SWITCH_PORTS),
                                    key->a, "");
    size_t n_routers = engine_members_count(
        reader, relation(RELATION_SWITCH_ROUTER_SIDES), key->a, "");

    return n != n_routers ? xstrdup("") : NULL;
}

static bool
has_hosts_equal(const void *a OVS_UNUSED, const void *b OVS_UNUSED)
{
    return true;
}

const struct engine_kind switch_has_hosts_kind = {
    .name = "switch_has_hosts", .role = ENGINE_DERIVED,
    .compute = compute_has_hosts, .equal = has_hosts_equal, .destroy = free,
};

static bool
has_hosts(struct generate *g, const char *switch_id)
{
    return engine_read(g->reader, &switch_has_hosts_kind, switch_id, "")
           != NULL;
}

/* Requests for 'ip' go to switch port 'lsp', and to the ports of the switch
 * that are not routers, for who wants to learn. */
static void
emit_forward(struct generate *g, const char *switch_id, const char *lsp,
             const char *ip, bool is_v6)
{
    const char *output = generate_text(g, "outport = %s; output;",
                                       lflow_quote(g, lsp));

    if (has_hosts(g, switch_id)) {
        output = generate_text(g, "clone {%s }; "
                               "outport = \"_MC_flood_l2\"; output;",
                               output);
    }
    flow_emit(generate_switch_bundle(g, switch_id),
              FLOW_LS_IN_L2_LKUP_ROUTER_ARP,
              "flags[1] == 0 && %s == %s" DO "%s",
              is_v6 ? "nd_ns && nd.target" : "arp.op == 1 && arp.tpa", ip,
              output);
}

/* The switch ports that lead to a router port, if that is not disabled. */
static struct engine_members
lsps_of(struct generate *g, const char *router_port, bool also_if_disabled)
{
    const struct router_port *port = router_port_read(g->reader,
                                                      router_port);

    if (!port || (!port->enabled && !also_if_disabled)) {
        return (struct engine_members) { .n = 0 };
    }
    return generate_members(g, RELATION_ROUTER_PORT_LSPS, router_port, "");
}

void
switch_forward_to_router(struct generate *g, const char *router_port,
                         const char *ip, bool is_v6)
{
    struct engine_members lsps = lsps_of(g, router_port, false);
    const char *id;

    ENGINE_MEMBERS_FOR_EACH (id, lsps) {
        const struct nb_logical_switch_port *lsp
            = MODEL_ROW(g->reader, logical_switch_port, id);

        if (lsp && lsp->enabled) {
            emit_forward(g, lsp->switch_, id, ip, is_v6);
        }
    }
}

void
switch_floating_mac(struct generate *g, const char *router_port,
                    const char *mac, const char *logical_port)
{
    struct engine_members lsps = lsps_of(g, router_port, true);
    const struct router_port *port = router_port_read(g->reader,
                                                      router_port);
    const char *id;

    ENGINE_MEMBERS_FOR_EACH (id, lsps) {
        const struct nb_logical_switch_port *lsp
            = MODEL_ROW(g->reader, logical_switch_port, id);
        struct flow_bundle *b;

        if (!lsp || !lsp->enabled) {
            continue;
        }
        b = generate_switch_bundle(g, lsp->switch_);
        if (port->is_gateway && lsp_addresses(g->reader, id)->is_router) {
            flow_emit(b, FLOW_LS_IN_L2_LKUP_UNICAST,
                      "eth.dst == %s && is_chassis_resident(%s)" DO
                      "outport = %s; output;", mac,
                      lflow_quote(g, logical_port), lflow_quote(g, id));
        }
        if (port->enabled && has_hosts(g, lsp->switch_)) {
            flow_emit(b, FLOW_LS_IN_L2_LKUP_ROUTER_ASKS,
                      "eth.src == %s && "
                      "(arp.op == 1 || rarp.op == 3 || nd_ns)" DO
                      "outport = \"_MC_flood_l2\"; output;", mac);
        }
    }
}

bool
switch_port_leads_to_router(struct generate *g,
                            const struct nb_logical_switch_port *lsp)
{
    const char *peer = smap_get(&lsp->options, "router-port");
    const struct router_port *port
        = peer ? router_port_read(g->reader, peer) : NULL;
    const struct router *router
        = port ? router_read(g->reader, port->router) : NULL;

    return router && router->enabled;
}

static bool
is_enabled(struct generate *g, const char *router_id)
{
    const struct router *router = router_read(g->reader, router_id);

    return router && router->enabled;
}

/* options:arp_proxy: addresses that the router port answers for. */
void
switch_arp_proxy(struct generate *g)
{
    const struct nb_logical_switch_port *lsp
        = nb_logical_switch_port_cast(g->row);
    const char *proxied = smap_get(&lsp->options, "arp_proxy");
    const char *peer = smap_get(&lsp->options, "router-port");
    const struct router_port *port;
    struct ds ips = DS_EMPTY_INITIALIZER;

    if (lsp->type != NB_LOGICAL_SWITCH_PORT_TYPE_ROUTER || !proxied
        || !peer) {
        return;
    }
    port = router_port_read(g->reader, peer);
    if (port && is_enabled(g, port->router)
        && !MODEL_ROW_OPTION_BOOL(g->reader, logical_switch, lsp->switch_,
                                  "other_config", "vlan-passthru", false)) {
        char *copy = xstrdup(proxied), *save = NULL;

        for (char *ip = strtok_r(copy, " ", &save); ip;
             ip = strtok_r(NULL, " ", &save)) {
            if (!strchr(ip, ':')) {
                ds_put_format(&ips, "%s%s", ips.length ? "," : "", ip);
            }
        }
        free(copy);
    }
    if (ips.length) {
        flow_emit(generate_switch_bundle(g, lsp->switch_),
                  FLOW_LS_IN_ARP_RSP_PROXY,
                  "arp.op == 1 && arp.tpa == {%s}" DO
                  ARP_REPLY("%s"), ds_cstr(&ips), port->mac, port->mac);
    }
    ds_destroy(&ips);
}

/* For each switch port of type "router". */
void
switch_router_port(struct generate *g)
{
    const struct nb_logical_switch_port *lsp
        = nb_logical_switch_port_cast(g->row);
    const char *peer = smap_get(&lsp->options, "router-port");
    const struct router_port *port;

    if (lsp->type != NB_LOGICAL_SWITCH_PORT_TYPE_ROUTER || !lsp->enabled
        || !peer) {
        return;
    }
    port = router_port_read(g->reader, peer);
    if (!port || !port->enabled || !is_enabled(g, port->router)) {
        return;
    }
    if (router_port_takes_from_vteps(g, port)) {
        flow_emit(generate_switch_bundle(g, lsp->switch_),
                  FLOW_LS_IN_HAIRPIN_VTEP_GATEWAY, REG_FROM_VTEP " == 1%s"
                  DO "next;", router_port_resident(port));
    }
    for (size_t i = 0; i < port->n_networks; i++) {
        const struct router_network *n = &port->networks[i];

        emit_forward(g, lsp->switch_, g->row->id, n->ip, n->is_v6);
    }
    if (has_hosts(g, lsp->switch_)) {
        flow_emit(generate_switch_bundle(g, lsp->switch_),
                  FLOW_LS_IN_L2_LKUP_ROUTER_ASKS,
                  "eth.src == {%s} && "
                  "(arp.op == 1 || rarp.op == 3 || nd_ns)" DO
                  "outport = \"_MC_flood_l2\"; output;", port->mac);
    }
}
