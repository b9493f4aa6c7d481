/* The virtual addresses of routers as addresses: who answers ARP and ND for
 * them, where switches send requests, who has routes to them (ovn-nb(5),
 * Load_Balancer, "neighbor_responder", "add_route").
 *
 * Those that a router answers for are an address set of its own, so that the
 * flows of its ports do not change with each of them. */
#include <config.h>

#include <string.h>

#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/lb.h"
#include "translator/router.h"
#include "translator/router_registers.h"
#include "translator/traits.h"
#include "uuid.h"

/* The name of the set, in flows after a "$"; NULL without a router. */
static const char *
set_name(struct generate *g, const char *router_id, bool is_v6)
{
    const struct nb_logical_router *lr = MODEL_ROW(g->reader, logical_router,
                                                   router_id);
    struct uuid uuid;

    if (!lr) {
        return NULL;
    }
    uuid = schema_row_uuid(&lr->row);
    return generate_text(g, "_rtr_lb_%08x%08x%08x%08x_ip%d", uuid.parts[0],
                         uuid.parts[1], uuid.parts[2], uuid.parts[3],
                         is_v6 ? 6 : 4);
}

static bool
port_reaches(const struct router_port *port, const struct lb_vip *vip)
{
    return port && router_port_network(port, &vip->addr, vip->is_v6, true);
}

/* Whether the router answers for 'vip': for all, for none, or for those in a
 * network of its own. */
static bool
is_answered(struct generate *g, const char *router_id, const struct lb *lb,
            const struct lb_vip *vip)
{
    struct engine_members ports;
    const char *name;

    if (lb->answers != LB_ANSWERS_REACHABLE) {
        return lb->answers == LB_ANSWERS_ALL;
    }
    ports = engine_members(g->reader, model_index(MODEL_ROUTER_PORTS),
                           router_id, "");
    ENGINE_MEMBERS_FOR_EACH (name, ports) {
        if (port_reaches(router_port_read(g->reader, name), vip)) {
            return true;
        }
    }
    return false;
}

/* For each load balancer of each datapath: facts about its addresses. */
void
lb_router_facts(struct generate *g)
{
    const char *router_id;
    const struct lb *lb = lb_on_router(g, &router_id);

    for (size_t i = 0; lb && i < lb->n_vips; i++) {
        const struct lb_vip *vip = &lb->vips[i];
        const char *name = set_name(g, router_id, vip->is_v6);

        generate_fact(g, RELATION_ROUTER_LB_IPS, router_id, vip->ip,
                      g->key.a);
        generate_fact(g, RELATION_ROUTER_VIPS, router_id, "", vip->ip);
        if (name && is_answered(g, router_id, lb, vip)) {
            const char *set = generate_text(g, "address_set:%s", name);

            generate_fact(g, RELATION_SET_NAMES, set, "", "set");
            generate_fact(g, RELATION_SET_MEMBERS, set, "", vip->ip);
        }
    }
}

/* For every router port: it answers for the set. */
void
lb_router_port(struct generate *g)
{
    const struct router_port *port = router_port_read(g->reader, g->key.a);
    const struct router *router
        = port ? router_read(g->reader, port->router) : NULL;

    if (!router || !router->enabled) {
        return;
    }
    for (int v6 = 0; v6 < 2; v6++) {
        const char *set = set_name(g, router->name, v6);
        struct flow_bundle *b;

        if (!generate_has_members(g, RELATION_SET_NAMES,
                                  generate_text(g, "address_set:%s", set),
                                  "")) {
            continue;
        }
        b = generate_router_bundle(g, router->name);
        if (v6) {
            flow_emit(b, FLOW_LR_IN_IP_INPUT_ARP,
                      "inport == %s && nd_ns && nd.target == $%s%s" DO
                      "nd_na { eth.src = " R_PORT_MAC "; "
                      "ip6.src = nd.target; nd.tll = " R_PORT_MAC "; "
                      "outport = inport; flags.loopback = 1; output; };",
                      port->quoted, set, router_port_resident(port));
        } else {
            flow_emit(b, FLOW_LR_IN_IP_INPUT_ARP,
                      "inport == %s && arp.op == 1 && arp.tpa == $%s%s" DO
                      ARP_REPLY(R_PORT_MAC), port->quoted, set,
                      router_port_resident(port));
        }
    }
}

static void
emit_forwards(struct generate *g, const char *router_id, const struct lb *lb)
{
    struct engine_members ports = engine_members(
        g->reader, model_index(MODEL_ROUTER_PORTS), router_id, "");
    const char *name;

    ENGINE_MEMBERS_FOR_EACH (name, ports) {
        for (size_t i = 0; i < lb->n_vips; i++) {
            const struct lb_vip *vip = &lb->vips[i];

            if (vip->is_first
                && port_reaches(router_port_read(g->reader, name), vip)) {
                switch_forward_to_router(g, name, vip->ip, vip->is_v6);
            }
        }
    }
}

/* options:add_route; IPv4 only, as in OVN. */
static void
emit_routes(struct generate *g, const struct router *router,
            const struct lb *lb)
{
    for (size_t i = 0; i < router->n_gateway_ports; i++) {
        const struct router_port *gateway = router_port_read(
            g->reader, router->gateway_ports[i]);

        for (size_t j = 0; gateway && j < lb->n_vips; j++) {
            if (!lb->vips[j].is_v6 && lb->vips[j].is_first) {
                router_routes_by_gateway(g, gateway, lb->vips[j].ip,
                                         gateway->mac);
            }
        }
    }
}

/* For each load balancer of each datapath: switches send requests for its
 * addresses to the router ports that reach them, other routers know the way
 * to them. */
void
lb_router_neighbours(struct generate *g)
{
    const char *router_id = g->key.b + strlen("router:");
    const struct router *router;
    const struct lb *lb;

    if (strncmp(g->key.b, "router:", strlen("router:"))) {
        return;
    }
    router = router_read(g->reader, router_id);
    lb = lb_read(g->reader, g->key.a);
    if (router && router->enabled && lb) {
        emit_forwards(g, router_id, lb);
        if (lb->adds_route) {
            emit_routes(g, router, lb);
        }
    }
}
