/* Distributed gateway ports: redirection to the chassis that hosts one, and
 * packets larger than its MTU (ovn-northd(8), "Gateway Redirect", "Check
 * packet length", "Handle larger packets"). */
#include <config.h>

#include <string.h>

#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/router.h"
#include "translator/router_registers.h"

enum { ETHERNET_HEADER = 14 };

/* ---- Packets larger than the MTU --------------------------------------- */

static const struct router_network *
first_network(const struct router_port *port, bool is_v6)
{
    for (size_t i = 0; i < port->n_networks; i++) {
        if (port->networks[i].is_v6 == is_v6) {
            return &port->networks[i];
        }
    }
    return NULL;
}

/* The error as such: from 'n' of 'port', back through the pipeline. */
static const char *
error_actions(struct generate *g, const struct router_port *port,
              const struct router_network *n, unsigned int mtu)
{
    const char *ip = n->is_v6 ? "ip6" : "ip4";
    const char *icmp = n->is_v6 ? "icmp6" : "icmp4";

    return generate_text(
        g, "%s_error { " R_LOOPBACK " = 1; " R_LARGER " = 0; eth.dst = %s; "
        "%s.dst = %s.src; %s.src = %s; ip.ttl = 255; %s.type = %d; "
        "%s.code = %d; %s.frag_mtu = %u; "
        "next(pipeline=ingress, table=0); };",
        icmp, port->mac, ip, ip, ip, n->ip, icmp,
        n->is_v6 ? 2 : 3, icmp, n->is_v6 ? 0 : 4, icmp, mtu);
}

/* Packets that leave through 'gateway', having come in at 'port'. */
static void
emit_larger(struct generate *g, struct flow_bundle *b,
            const struct router_port *gateway,
            const struct router_port *port)
{
    for (int v6 = 0; v6 < 2; v6++) {
        const struct router_network *n = first_network(port, v6);

        if (n && strcmp(port->name, gateway->name)) {
            flow_emit(b, FLOW_LR_IN_LARGER_PKTS_ERROR,
                      "inport == %s && outport == %s && %s && " R_LARGER
                      " && " R_LOOPBACK " == 0" DO "%s", port->quoted,
                      gateway->quoted, v6 ? "ip6" : "ip4",
                      error_actions(g, port, n, gateway->gateway_mtu));
        }
    }
}

static void
emit_mtu(struct generate *g, struct flow_bundle *b,
         const struct router_port *gateway)
{
    struct engine_members ports = engine_members(
        g->reader, model_index(MODEL_ROUTER_PORTS), gateway->router, "");
    const char *name;

    flow_emit(b, FLOW_LR_IN_CHK_PKT_LEN_CHECK,
              "outport == %s" DO R_LARGER " = check_pkt_larger(%u); next;",
              gateway->quoted, gateway->gateway_mtu + ETHERNET_HEADER);
    if (gateway->gateway_mtu_bypass[0]) {
        flow_emit(b, FLOW_LR_IN_CHK_PKT_LEN_BYPASS,
                  "outport == %s && (%s)" DO "next;", gateway->quoted,
                  gateway->gateway_mtu_bypass);
    }
    ENGINE_MEMBERS_FOR_EACH (name, ports) {
        const struct router_port *port = router_port_read(g->reader, name);

        if (port) {
            emit_larger(g, b, gateway, port);
        }
    }
    for (int v6 = 0; v6 < 2; v6++) {
        const struct router_network *n = first_network(gateway, v6);

        if (n) {
            flow_emit(b, FLOW_LR_IN_IP_INPUT_LARGER,
                      "inport == %s && %s && " R_LARGER " && " R_LOOPBACK
                      " == 0" DO "%s", gateway->quoted, v6 ? "ip6" : "ip4",
                      error_actions(g, gateway, n, gateway->gateway_mtu));
        }
    }
}

/* ---- Redirection ------------------------------------------------------- */

bool
router_port_takes_from_vteps(struct generate *g,
                             const struct router_port *port)
{
    struct engine_members switches = generate_members(
        g, RELATION_ROUTER_PORT_SWITCHES, port->name, "");
    const char *switch_id;

    if (port->is_gateway) {
        ENGINE_MEMBERS_FOR_EACH (switch_id, switches) {
            if (generate_has_members(g, RELATION_SWITCH_VTEPS, switch_id,
                                     "")) {
                return true;
            }
        }
    }
    return false;
}

void
router_gateway_flows(struct generate *g)
{
    const struct router_port *port = router_port_read(g->reader, g->key.a);
    const struct router *router
        = port ? router_read(g->reader, port->router) : NULL;
    struct flow_bundle *b;

    if (!router || !router->enabled) {
        return;
    }
    b = generate_router_bundle(g, router->name);
    if (port->gateway_mtu) {
        emit_mtu(g, b, port);
    }
    if (!port->is_gateway) {
        return;
    }
    if (port->is_bridged) {
        char *redirect = router_redirect_name(port->name);

        flow_emit(b, FLOW_LR_IN_ARP_RESOLVE_BRIDGED,
                  "outport == %s && !is_chassis_resident(%s)" DO
                  "eth.dst = %s; next;", port->quoted,
                  lflow_quote(g, redirect), port->mac);
        free(redirect);
    }
    if (!router_port_takes_from_vteps(g, port)) {
        flow_emit(b, FLOW_LR_IN_GW_REDIRECT_PORT,
                  "outport == %s" DO "outport = %s; next;", port->quoted,
                  lflow_quote(g, generate_text(g, "cr-%s", port->name)));
    }
}
