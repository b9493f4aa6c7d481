/* NAT at distributed gateway ports: on the gateway chassis, or, for floating
 * IPs with a MAC of their own, on the chassis of their logical port
 * (ovn-northd(8), the paragraphs "on Distributed Routers"). */
#include <config.h>

#include <string.h>

#include "translator/generate.h"
#include "translator/router.h"
#include "translator/router_nat.h"
#include "translator/router_registers.h"

/* Rules that say where they apply stand above any that do not. */
enum { GATEWAY_PORT_BONUS = 128 };

/* "eth.src = MAC; " for a floating IP with a MAC of its own. */
static const char *
own_mac(struct generate *g, const struct nat_rule *rule)
{
    return rule->is_distributed
           ? generate_text(g, "eth.src = %s; ", rule->row->external_mac)
           : "";
}

static void
emit_unsnat(struct flow_bundle *b, const struct nat_rule *rule)
{
    const char *external = rule->row->external_ip;

    if (rule->is_stateless) {
        flow_emit(b, FLOW_LR_IN_UNSNAT_DISTRIBUTED,
                  "ip && %s.dst == %s && inport == %s && "
                  "flags.loopback == 0%s" DO "next;", rule->ip, external,
                  rule->gateway->quoted, rule->here);
        return;
    }
    flow_emit(b, FLOW_LR_IN_UNSNAT_DISTRIBUTED,
              "ip && %s.dst == %s && inport == %s && flags.loopback == 0%s"
              DO "ct_snat_in_czone;", rule->ip, external,
              rule->gateway->quoted, rule->here);
    flow_emit(b, FLOW_LR_IN_UNSNAT_DISTRIBUTED,
              "ip && %s.dst == %s && inport == %s && flags.loopback == 1 && "
              "flags.use_snat_zone == 1%s" DO "ct_snat;", rule->ip, external,
              rule->gateway->quoted, rule->here);
}

static void
emit_dnat(struct generate *g, struct flow_bundle *b,
          const struct nat_rule *rule)
{
    const struct nb_nat *nat = rule->row;
    const char *exempted = nat_exempted(g, rule, "src");
    const char *match = generate_text(
        g, "ip && %s.dst == %s && inport == %s%s%s", rule->ip,
        nat->external_ip, rule->gateway->quoted, rule->here,
        nat_allowed(g, rule, "src"));

    if (exempted) {
        flow_emit(b, FLOW_LR_IN_DNAT_EXEMPT, "%s%s" DO "next;", match,
                  exempted);
    }
    if (rule->is_stateless) {
        flow_emit(b, FLOW_LR_IN_DNAT_RULE, "%s" DO "%s.dst=%s; next;",
                  match, rule->ip, nat->logical_ip);
    } else {
        flow_emit(b, FLOW_LR_IN_DNAT_RULE, "%s" DO
                  "ct_dnat_in_czone(%s%s);", match, nat->logical_ip,
                  nat_port_range(g, rule));
    }
}

static void
emit_undnat(struct generate *g, struct flow_bundle *b,
            const struct nat_rule *rule)
{
    flow_emit(b, FLOW_LR_OUT_UNDNAT_RULE,
              "ip && %s.src == %s && outport == %s%s" DO "%s%s", rule->ip,
              rule->row->logical_ip, rule->gateway->quoted, rule->here,
              own_mac(g, rule),
              rule->is_stateless ? "next;" : "ct_dnat_in_czone;");
}

static void
emit_snat(struct generate *g, struct flow_bundle *b,
          const struct nat_rule *rule)
{
    const struct nb_nat *nat = rule->row;
    const char *exempted = nat_exempted(g, rule, "dst");
    int64_t priority = rule->logical_plen + 1 + GATEWAY_PORT_BONUS;
    const char *match = generate_text(
        g, "ip && %s.src == %s && outport == %s%s%s", rule->ip,
        nat->logical_ip, rule->gateway->quoted,
        rule->is_distributed ? rule->resident : rule->here,
        nat_allowed(g, rule, "dst"));

    if (exempted) {
        flow_emit_at(b, FLOW_LR_OUT_SNAT_RULE, priority + 2,
                     "%s%s" DO "next;", match, exempted);
    }
    if (rule->is_stateless) {
        flow_emit_at(b, FLOW_LR_OUT_SNAT_RULE, priority, "%s" DO
                     "%s%s.src=%s; next;", match, own_mac(g, rule),
                     rule->ip, nat->external_ip);
        return;
    }
    flow_emit_at(b, FLOW_LR_OUT_SNAT_RULE, priority, "%s" DO
                 "%sct_snat_in_czone(%s%s);", match, own_mac(g, rule),
                 nat->external_ip, nat_port_range(g, rule));
    flow_emit_at(b, FLOW_LR_OUT_SNAT_RULE, priority + 1,
                 "%s && " R_DNAT_LOCAL " == 1" DO
                 "%s" R_DNAT_LOCAL " = 0; ct_snat(%s%s);", match,
                 own_mac(g, rule),
                 nat->external_ip, nat_port_range(g, rule));
}

/* What is for an external address of this very router goes round again. */
static void
emit_loopback(struct flow_bundle *b, const struct nat_rule *rule)
{
    const char *external = rule->row->external_ip;

    flow_emit(b, FLOW_LR_OUT_CHECK_DNAT_LOCAL_NATTED,
              "ip && %s.dst == %s%s" DO R_DNAT_LOCAL " = 1; next;",
              rule->ip, external, rule->resident);
    flow_emit(b, FLOW_LR_OUT_EGR_LOOP_NAT,
              "%s.dst == %s && outport == %s%s" DO
              "clone { ct_clear; inport = outport; outport = \"\"; "
              "eth.dst <-> eth.src; flags = 0; flags.loopback = 1; "
              "flags.use_snat_zone = " R_DNAT_LOCAL "; reg0 = 0; reg1 = 0; "
              "reg2 = 0; reg3 = 0; reg4 = 0; reg5 = 0; reg6 = 0; reg7 = 0; "
              "reg8 = 0; reg9 = 0; " R_LOOPBACK " = 1; "
              "next(pipeline=ingress, table=0); };", rule->ip, external,
              rule->gateway->quoted, rule->resident);
}

/* The external address as a next hop, and what NAT left unchanged. */
static void
emit_resolve(struct flow_bundle *b, const struct nat_rule *rule)
{
    const struct nb_nat *nat = rule->row;
    const struct router_port *gateway = rule->gateway;

    flow_emit(b, FLOW_LR_IN_ARP_RESOLVE_KNOWN,
              "outport == %s && %s == %s" DO "eth.dst = %s; next;",
              gateway->quoted, rule->is_v6 ? R_NEXT_HOP6 : R_NEXT_HOP4,
              nat->external_ip,
              rule->is_distributed ? nat->external_mac : gateway->mac);
    flow_emit(b, FLOW_LR_IN_ARP_RESOLVE_NAT_LOOP,
              "inport == %s && outport == %s && %s.dst == %s" DO "drop;",
              gateway->quoted, gateway->quoted, rule->ip, nat->external_ip);
}

/* What is larger than the gateway port's MTU is refused by the floating IP
 * itself. */
static void
emit_larger(struct flow_bundle *b, const struct nat_rule *rule,
            unsigned int mtu)
{
    const char *ip = rule->ip, *icmp = rule->is_v6 ? "icmp6" : "icmp4";
    const char *external = rule->row->external_ip;

    flow_emit(b, FLOW_LR_IN_IP_INPUT_LARGER_FLOATING,
              "inport == %s && " R_LARGER " && " R_LOOPBACK " == 0 && %s && "
              "%s.dst == %s" DO
              "%s_error { " R_LOOPBACK " = 1; " R_LARGER " = 0; "
              "eth.dst = eth.src; eth.src = %s; %s.dst = %s.src; "
              "%s.src = %s; ip.ttl = 254; %s.type = %d; %s.code = %d; "
              "%s.frag_mtu = %u; outport = %s; flags.loopback = 1; "
              "output; };", rule->gateway->quoted, ip, ip, external, icmp,
              rule->row->external_mac, ip, ip, ip, external, icmp,
              rule->is_v6 ? 2 : 3, icmp, rule->is_v6 ? 0 : 4, icmp, mtu,
              rule->gateway->quoted);
}

/* A floating IP with a MAC of its own: accepted and sent where its port
 * is. */
static void
emit_floating(struct generate *g, struct flow_bundle *b,
              const struct nat_rule *rule)
{
    const struct nb_nat *nat = rule->row;

    unsigned int mtu = rule->gateway->gateway_mtu;

    flow_emit(b, FLOW_LR_IN_ADMISSION_PORT,
              "eth.dst == %s && inport == %s%s" DO "%s" R_PORT_MAC
              " = %s; next;", nat->external_mac, rule->gateway->quoted,
              rule->resident, mtu
              ? generate_text(g, R_LARGER " = check_pkt_larger(%u); ",
                              mtu + 14) : "", rule->gateway->mac);
    if (mtu) {
        emit_larger(b, rule, mtu);
    }
    if (rule->router->is_bridged) {
        flow_emit(b, FLOW_LR_IN_ARP_RESOLVE_BRIDGED_FLOATING,
                  "outport == %s && %s.src == %s%s" DO "%s; next;",
                  rule->gateway->quoted, rule->ip, nat->logical_ip,
                  rule->resident, rule->is_v6
                  ? "get_nd(outport, " R_NEXT_HOP6 ")"
                  : "get_arp(outport, " R_NEXT_HOP4 ")");
    }
    flow_emit(b, FLOW_LR_IN_GW_REDIRECT_FLOATING,
              "%s.src == %s && outport == %s%s" DO
              "eth.src = %s; %s = %s; next;", rule->ip, nat->logical_ip,
              rule->gateway->quoted, rule->resident, nat->external_mac,
              rule->is_v6 ? R_SOURCE6 : R_SOURCE4, nat->external_ip);
}

/* Stateless rules that apply to some peers only must not be answered by
 * those who do not. */
static void
emit_stateless_peers(struct generate *g, struct flow_bundle *b,
                     const struct nat_rule *rule)
{
    const char *exempted = nat_exempted(g, rule, "src");
    const char *gateway = rule->gateway->quoted;

    if (rule->row->allowed_ext_ips[0]) {
        const char *redirect = lflow_quote(
            g, generate_text(g, "cr-%s", rule->gateway->name));

        flow_emit(b, FLOW_LR_IN_GW_REDIRECT_STATELESS,
                  "outport == %s%s" DO "outport = %s; next;", gateway,
                  nat_allowed(g, rule, "src"), redirect);
        flow_emit(b, FLOW_LR_IN_GW_REDIRECT_STATELESS_DROP,
                  "ip && %s.dst == %s" DO "drop;", rule->ip,
                  rule->row->external_ip);
    } else if (exempted) {
        flow_emit(b, FLOW_LR_IN_GW_REDIRECT_STATELESS,
                  "outport == %s%s" DO "drop;", gateway, exempted);
    }
}

void
nat_distributed(struct generate *g, struct flow_bundle *b,
                const struct nat_rule *rule)
{
    if (rule->changes_source) {
        emit_unsnat(b, rule);
        emit_snat(g, b, rule);
    }
    if (rule->changes_destination) {
        emit_dnat(g, b, rule);
        emit_undnat(g, b, rule);
    } else {
        flow_emit(b, FLOW_LR_IN_IP_INPUT_SNAT_SOURCE,
                  "inport == %s && %s.src == %s" DO "next;",
                  rule->gateway->quoted, rule->ip, rule->row->external_ip);
    }
    emit_loopback(b, rule);
    emit_resolve(b, rule);
    if (rule->is_distributed) {
        emit_floating(g, b, rule);
    }
    if (rule->is_stateless) {
        emit_stateless_peers(g, b, rule);
    }
}
