/* NAT rules: which router and gateway port each belongs to, and the flows that
 * do not depend on where it is applied: ARP and ND for external addresses,
 * and those of gateway routers.  Rules on distributed gateway ports are in
 * router_nat_distributed.c. */
#include <config.h>

#include <string.h>

#include "translator/addresses.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/router.h"
#include "translator/router_nat.h"
#include "translator/router_registers.h"

/* ---- Reading a rule ---------------------------------------------------- */

/* The gateway port of a rule: the one it names, the only one, or the one
 * whose network the external address is in. */
static const struct router_port *
find_gateway(struct generate *g, const struct nb_nat *nat,
             const struct router *router, const struct in6_addr *external,
             bool is_v6)
{
    for (size_t i = 0; i < router->n_gateway_ports; i++) {
        const struct router_port *port = router_port_read(
            g->reader, router->gateway_ports[i]);

        if (!port) {
            continue;
        }
        if (nat->gateway_port[0] ? !strcmp(port->name, nat->gateway_port)
            : router->n_gateway_ports == 1
              || router_port_network(port, external, is_v6, false)) {
            return port;
        }
    }
    return NULL;
}

static const char *
resident(struct generate *g, const char *port)
{
    return generate_text(g, " && is_chassis_resident(%s)",
                         lflow_quote(g, port));
}

/* A floating IP that is answered for where its port is, with a MAC of its
 * own. */
static bool
has_own_mac(const struct nb_nat *nat)
{
    return nat->type == NB_NAT_TYPE_DNAT_AND_SNAT && nat->external_mac[0]
           && nat->logical_port[0];
}

/* Fills what depends on the gateway port; without one the row's status says
 * so. */
static void
read_gateway(struct generate *g, struct nat_rule *rule,
             const struct in6_addr *external)
{
    const struct nb_nat *nat = rule->row;

    rule->resident = rule->here = "";
    if (rule->router->chassis[0]) {
        rule->applies = true;
        return;
    }
    rule->gateway = find_gateway(g, nat, rule->router, external,
                                 rule->is_v6);
    if (!rule->gateway) {
        if (nat->gateway_port[0]) {
            generate_waiting_for(g, "logical_router_port",
                                 nat->gateway_port);
        } else {
            generate_error(g, "gateway_port", "router \"%s\" has no gateway "
                           "port for \"%s\"", rule->router->name,
                           nat->external_ip);
        }
        return;
    }
    rule->applies = true;
    rule->is_distributed = has_own_mac(nat);
    rule->here = rule->is_distributed ? ""
                 : router_port_resident(rule->gateway);
    rule->resident = rule->is_distributed ? resident(g, nat->logical_port)
                     : rule->here;
}

static bool
read_rule(struct generate *g, struct nat_rule *rule)
{
    const struct nb_nat *nat = nb_nat_cast(g->row);
    struct in6_addr external, logical;
    unsigned int plen;
    bool logical_v6;

    memset(rule, 0, sizeof *rule);
    rule->row = nat;
    if (!router_parse_ip(nat->external_ip, &external, &rule->is_v6, &plen)
        || !router_parse_ip(nat->logical_ip, &logical, &logical_v6,
                            &rule->logical_plen)) {
        return false;           /* The schema lets none such pass. */
    }
    if (logical_v6 != rule->is_v6) {
        generate_error(g, "logical_ip", "\"%s\" and external_ip are of "
                       "different families", nat->logical_ip);
        return false;
    }
    rule->router = router_read(g->reader, nat->router);
    if (!rule->router) {
        generate_waiting_for(g, "logical_router", nat->router);
        return false;
    }
    rule->ip = rule->is_v6 ? "ip6" : "ip4";
    rule->changes_source = nat->type != NB_NAT_TYPE_DNAT;
    rule->changes_destination = nat->type != NB_NAT_TYPE_SNAT;
    rule->is_stateless = (nat->type == NB_NAT_TYPE_DNAT_AND_SNAT
                          && smap_get_bool(&nat->options, "stateless",
                                           false));
    read_gateway(g, rule, &external);
    return rule->router->enabled;
}

/* Facts: external addresses that are sources.  Router ports with such an
 * address of their own leave it to NAT. */
void
router_nat_facts(struct generate *g)
{
    const struct nb_nat *nat = nb_nat_cast(g->row);

    if (nat->type == NB_NAT_TYPE_SNAT) {
        generate_fact(g, RELATION_ROUTER_SNAT_IPS, nat->router,
                      nat->external_ip, nat->row.id);
    }
    generate_fact(g, RELATION_ROUTER_EXTERNAL_IPS, nat->router,
                  nat->external_ip, nat->row.id);
    generate_fact(g, RELATION_ROUTER_NATS, nat->router, "", nat->row.id);
    if (nat->allowed_ext_ips[0] || nat->exempted_ext_ips[0]) {
        const char *set = nat->allowed_ext_ips[0] ? nat->allowed_ext_ips
                                                  : nat->exempted_ext_ips;

        generate_fact(g, RELATION_DATAPATH_SETS,
                      generate_router_datapath(g, nat->router), "",
                      generate_text(g, "address_set:%s", set));
    }
}

/* ---- Conditions that rules share --------------------------------------- */

const char *
nat_allowed(struct generate *g, const struct nat_rule *rule,
            const char *field)
{
    return rule->row->allowed_ext_ips[0]
           ? generate_text(g, " && %s.%s == $%s", rule->ip, field,
                           rule->row->allowed_ext_ips)
           : "";
}

const char *
nat_exempted(struct generate *g, const struct nat_rule *rule,
             const char *field)
{
    return rule->row->exempted_ext_ips[0]
           ? generate_text(g, " && %s.%s == $%s", rule->ip, field,
                           rule->row->exempted_ext_ips)
           : NULL;
}

const char *
nat_port_range(struct generate *g, const struct nat_rule *rule)
{
    return rule->row->external_port_range[0]
           ? generate_text(g, ",%s", rule->row->external_port_range) : "";
}

/* ---- ARP and ND -------------------------------------------------------- */

/* Matches neighbour solicitations for the external address. */
static const char *
solicits(struct generate *g, const struct nat_rule *rule)
{
    const char *ip = rule->row->external_ip;
    char multicast[INET6_ADDRSTRLEN];
    struct in6_addr addr;

    inet_pton(AF_INET6, ip, &addr);     /* The schema has checked it. */
    ip6_solicited_node(&addr, multicast);
    return generate_text(g, "ip6.dst == {%s, %s} && nd_ns && nd.target == %s",
                         ip, multicast, ip);
}

/* Answers for the external address under 'mac' (an address or a field). */
static void
emit_reply(struct generate *g, struct flow_bundle *b, enum flow_class flow,
           const struct nat_rule *rule, const char *where, const char *mac)
{
    const char *ip = rule->row->external_ip;

    if (!rule->is_v6) {
        flow_emit(b, flow, "%sarp.op == 1 && arp.tpa == %s%s" DO
                  ARP_REPLY("%s"), where, ip,
                  *where ? rule->resident : "", mac, mac);
        return;
    }
    flow_emit(b, flow, "%s%s%s" DO
              "nd_na { eth.src = %s; ip6.src = nd.target; nd.tll = %s; "
              "outport = inport; flags.loopback = 1; output; };", where,
              solicits(g, rule), *where ? rule->resident : "", mac, mac);
}

static void
emit_arp(struct generate *g, struct flow_bundle *b,
         const struct nat_rule *rule)
{
    const char *where;

    emit_reply(g, b, FLOW_LR_IN_IP_INPUT_ARP, rule, "", R_PORT_MAC);
    if (!rule->gateway) {
        return;
    }
    /* At the gateway port only the chassis that translates answers. */
    where = generate_text(g, "inport == %s && ", rule->gateway->quoted);
    emit_reply(g, b, FLOW_LR_IN_IP_INPUT_NAT_ARP_HERE, rule, where,
               rule->is_distributed ? rule->row->external_mac : R_PORT_MAC);
    flow_emit(b, FLOW_LR_IN_IP_INPUT_NAT_ARP_ELSEWHERE,
              "%s%s" DO "drop;", where,
              rule->is_v6 ? solicits(g, rule)
              : generate_text(g, "arp.op == 1 && arp.tpa == %s",
                              rule->row->external_ip));
}

/* ---- Gateway routers --------------------------------------------------- */

static void
gateway_router_dnat(struct generate *g, struct flow_bundle *b,
                    const struct nat_rule *rule)
{
    const struct nb_nat *nat = rule->row;
    bool is_forced = rule->router->force_snat_v4[0]
                     || rule->router->force_snat_v6[0];
    const char *forced = is_forced ? "flags.force_snat_for_dnat = 1; " : "";
    const char *exempted = nat_exempted(g, rule, "src");

    if (exempted) {
        flow_emit(b, FLOW_LR_IN_DNAT_EXEMPT, "ip && %s.dst == %s%s" DO
                  "next;", rule->ip, nat->external_ip, exempted);
    }
    if (rule->is_stateless) {
        flow_emit(b, FLOW_LR_IN_DNAT_RULE, "ip && %s.dst == %s%s" DO
                  "%sflags.loopback = 1; %s.dst=%s; next;", rule->ip,
                  nat->external_ip, nat_allowed(g, rule, "src"), forced,
                  rule->ip, nat->logical_ip);
        return;
    }
    flow_emit(b, FLOW_LR_IN_DNAT_RULE, "ip && %s.dst == %s%s" DO
              "%sflags.loopback = 1; ct_dnat(%s%s);", rule->ip,
              nat->external_ip, nat_allowed(g, rule, "src"), forced,
              nat->logical_ip, nat_port_range(g, rule));
}

static void
gateway_router_snat(struct generate *g, struct flow_bundle *b,
                    const struct nat_rule *rule)
{
    const struct nb_nat *nat = rule->row;
    const char *exempted = nat_exempted(g, rule, "dst");
    int64_t priority = rule->logical_plen + 1;

    flow_emit(b, FLOW_LR_IN_UNSNAT_GATEWAY, "ip && %s.dst == %s" DO "%s",
              rule->ip, nat->external_ip,
              rule->is_stateless ? "next;" : "ct_snat;");
    if (exempted) {
        flow_emit_at(b, FLOW_LR_OUT_SNAT_RULE, priority + 2,
                     "ip && %s.src == %s%s" DO "next;", rule->ip,
                     nat->logical_ip, exempted);
    }
    if (rule->is_stateless) {
        flow_emit_at(b, FLOW_LR_OUT_SNAT_RULE, priority,
                     "ip && %s.src == %s%s" DO "%s.src=%s; next;", rule->ip,
                     nat->logical_ip, nat_allowed(g, rule, "dst"), rule->ip,
                     nat->external_ip);
        return;
    }
    flow_emit_at(b, FLOW_LR_OUT_SNAT_RULE, priority,
                 "ip && %s.src == %s%s && (!ct.trk || !ct.rpl)" DO
                 "ct_snat(%s%s);", rule->ip, nat->logical_ip,
                 nat_allowed(g, rule, "dst"), nat->external_ip,
                 nat_port_range(g, rule));
}

void
nat_gateway_router(struct generate *g, struct flow_bundle *b,
                   const struct nat_rule *rule)
{
    if (rule->changes_destination) {
        gateway_router_dnat(g, b, rule);
    }
    if (rule->changes_source) {
        gateway_router_snat(g, b, rule);
    }
}

/* What leaves a gateway router having been forwarded by destination NAT or
 * a load balancer takes a source of its choice, if it has one. */
static void
emit_forced_snat(struct flow_bundle *b, const char *what,
                 const char *v4, const char *v6)
{
    for (int version = 4; version <= 6; version += 2) {
        const char *ip = version == 6 ? v6 : v4;

        if (ip[0]) {
            flow_emit(b, FLOW_LR_IN_UNSNAT_FORCE,
                      "ip%d && ip%d.dst == %s" DO "ct_snat;", version,
                      version, ip);
            flow_emit(b, FLOW_LR_OUT_SNAT_FORCE,
                      "flags.force_snat_for_%s == 1 && ip%d" DO
                      "ct_snat(%s);", what, version, ip);
        }
    }
}

/* lb_force_snat_ip=router_ip: the source is the own address, the first of the
 * family, of each port that leads somewhere. */
void
router_nat_port(struct generate *g)
{
    const struct router_port *port = router_port_read(g->reader, g->key.a);
    const struct router *router
        = port ? router_read(g->reader, port->router) : NULL;
    bool has_family[2] = { false, false };
    struct flow_bundle *b;

    if (!router || !router->enabled || !router->chassis[0]
        || !router->lb_force_snat_router_ip
        || !(port->peer_port[0]
             ? router_port_read(g->reader, port->peer_port) != NULL
             : generate_has_members(g, RELATION_ROUTER_PORT_LSPS,
                                    port->name, ""))) {
        return;
    }
    b = generate_router_bundle(g, router->name);
    for (size_t i = 0; i < port->n_networks; i++) {
        const struct router_network *n = &port->networks[i];
        int version = n->is_v6 ? 6 : 4;

        if (i == port->n_networks - 1 || has_family[n->is_v6]) {
            continue;   /* The first network of each family that is given. */
        }
        flow_emit(b, FLOW_LR_IN_UNSNAT_FORCE,
                  "inport == %s && ip%d.dst == %s" DO "ct_snat;",
                  port->quoted, version, n->ip);
        flow_emit(b, FLOW_LR_OUT_SNAT_FORCE_PORT,
                  "flags.force_snat_for_lb == 1 && ip%d && "
                  "outport == %s" DO "ct_snat(%s);", version,
                  port->quoted, n->ip);
        has_family[n->is_v6] = true;
    }
}

/* What a router does once for all its rules. */
void
router_nat_router(struct generate *g)
{
    const struct router *router = router_read(g->reader, g->key.a);
    struct flow_bundle *b;
    bool has_rules;

    if (!router || !router->enabled) {
        return;
    }
    b = generate_router_bundle(g, router->name);
    has_rules = generate_has_members(g, RELATION_ROUTER_NATS, router->name,
                                     "");
    if (has_rules && (router->n_gateway_ports || router->chassis[0])) {
        flow_emit(b, FLOW_LR_OUT_CHECK_DNAT_LOCAL_NATTED,
                  "ip && ct_mark.natted == 1" DO R_DNAT_LOCAL
                  " = 1; next;");
    }
    if (!router->chassis[0]) {
        return;
    }
    emit_forced_snat(b, "dnat",
                     router->force_snat_v4, router->force_snat_v6);
    emit_forced_snat(b, "lb",
                     router->lb_force_snat_v4, router->lb_force_snat_v6);
    if (has_rules
        || generate_has_members(g, RELATION_DATAPATH_LBS,
                                generate_router_datapath(g, router->name),
                                "")) {
        flow_emit(b, FLOW_LR_OUT_UNDNAT_RULE,
                  "nd || nd_rs || nd_ra" DO "next;");
        flow_emit(b, FLOW_LR_OUT_UNDNAT_GATEWAY, "ip" DO
                  "flags.loopback = 1; ct_dnat;");
        flow_emit(b, FLOW_LR_OUT_POST_UNDNAT_COMMIT, "ip && ct.new" DO
                  "ct_commit { } ; next; ");
    }
}

/* ---- Rules ------------------------------------------------------------- */

/* ARP requests and solicitations for the address go to the router, from
 * every switch that the router is on. */
static void
emit_in_switches(struct generate *g, const struct nat_rule *rule)
{
    struct engine_members ports = engine_members(
        g->reader, model_index(MODEL_ROUTER_PORTS), rule->router->name, "");
    const char *port;

    if (!rule->changes_destination) {
        return;
    }
    /* A load balancer's addresses go where they are reachable. */
    bool is_vip = generate_has_members(g, RELATION_ROUTER_LB_IPS,
                                       rule->router->name,
                                       rule->row->external_ip);

    ENGINE_MEMBERS_FOR_EACH (port, ports) {
        if (!is_vip) {
            switch_forward_to_router(g, port, rule->row->external_ip,
                                     rule->is_v6);
        }
        if (has_own_mac(rule->row)) {
            switch_floating_mac(g, port, rule->row->external_mac,
                                rule->row->logical_port);
        }
    }
}

void
router_routes_by_gateway(struct generate *g,
                         const struct router_port *gateway, const char *ip,
                         const char *mac)
{
    struct engine_members switches = generate_members(
        g, RELATION_ROUTER_PORT_SWITCHES, gateway->name, "");
    const char *switch_id, *name;

    ENGINE_MEMBERS_FOR_EACH (switch_id, switches) {
        struct engine_members ports = generate_members(
            g, RELATION_SWITCH_ROUTER_PORTS, switch_id, "");

        ENGINE_MEMBERS_FOR_EACH (name, ports) {
            const struct router_port *port = router_port_read(g->reader,
                                                              name);

            if (port && strcmp(port->router, gateway->router)) {
                router_route_to_neighbour(g, port, ip, mac);
            }
        }
    }
}

/* The rule's address by gateway port 'gateway', unless it is the port's own,
 * which neighbours know. */
static void
emit_neighbour_routes_by(struct generate *g, const struct nat_rule *rule,
                         const struct router_port *gateway)
{
    bool floats = has_own_mac(rule->row);

    for (size_t i = 0; i < gateway->n_networks && !floats; i++) {
        if (!strcmp(gateway->networks[i].ip, rule->row->external_ip)) {
            return;
        }
    }
    router_routes_by_gateway(g, gateway, rule->row->external_ip,
                             floats ? rule->row->external_mac : gateway->mac);
}

/* As in OVN IPv4 only, and by every gateway port unless the rule names
 * one; a floating IP with a MAC of its own only if one of them is the
 * rule's. */
static void
emit_neighbour_routes(struct generate *g, const struct nat_rule *rule)
{
    const struct router *router = rule->router;
    const char *wanted = rule->row->gateway_port;

    if (router->chassis[0] || rule->row->type == NB_NAT_TYPE_SNAT
        || rule->is_v6 || (has_own_mac(rule->row) && !rule->gateway)
        || !smap_get_bool(&rule->row->options, "add_route", false)) {
        return;
    }
    for (size_t i = 0; i < router->n_gateway_ports; i++) {
        const char *name = router->gateway_ports[i];
        const struct router_port *port = router_port_read(g->reader, name);

        if (port && (!wanted[0] || !strcmp(wanted, name))) {
            emit_neighbour_routes_by(g, rule, port);
        }
    }
}

void
router_nat_flows(struct generate *g)
{
    struct nat_rule rule;
    struct flow_bundle *b;

    if (!read_rule(g, &rule)) {
        return;
    }
    b = generate_router_bundle(g, rule.router->name);
    emit_arp(g, b, &rule);
    if (rule.changes_destination
        && rule.logical_plen != (rule.is_v6 ? 128 : 32)) {
        generate_error(g, "logical_ip", "\"%s\" is not one address",
                       rule.row->logical_ip);
    } else if (rule.gateway) {
        nat_distributed(g, b, &rule);
    } else if (rule.applies) {
        nat_gateway_router(g, b, &rule);
    }
    emit_in_switches(g, &rule);
    emit_neighbour_routes(g, &rule);
}
