/* Load balancers in switches (ovn-northd(8), "Pre-LB" to "Hairpin").
 *
 * Every packet of a switch that has one goes through conntrack.  A new
 * connection to a virtual address is given a backend, by ls_in_lb.  Where a
 * backend is its own client the agents' tables notice, and the packet is
 * turned round as if it came from the virtual address. */
#include <config.h>

#include <string.h>

#include "translator/acls.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/lb.h"
#include "translator/registers.h"
#include "translator/router.h"

/* ---- A switch as a whole ------------------------------------------------ */

static bool
has_lbs(struct generate *g, const char *switch_id)
{
    return generate_has_members(g, RELATION_DATAPATH_LBS,
                                generate_switch_datapath(g, switch_id), "");
}

/* For every switch. */
void
lb_switch(struct generate *g)
{
    static const struct {
        enum flow_class in, out;
        const char *match, *actions;
    } both[] = {
        { FLOW_LS_IN_PRE_LB_SKIP, FLOW_LS_OUT_PRE_LB_SKIP,
          "eth.mcast", "next;" },
        { FLOW_LS_IN_PRE_LB_SKIP, FLOW_LS_OUT_PRE_LB_SKIP,
          "nd || nd_rs || nd_ra || mldv1 || mldv2", "next;" },
        { FLOW_LS_IN_PRE_LB_SKIP, FLOW_LS_OUT_PRE_LB_SKIP,
          REG_ACL_STATELESS " == 1", "next;" },
        { FLOW_LS_IN_PRE_LB_TRACK, FLOW_LS_OUT_PRE_LB_TRACK,
          "ip", REG_CT_LB " = 1; next;" },
    };
    struct flow_bundle *b;

    if (!has_lbs(g, g->row->id)) {
        return;
    }
    b = generate_switch_bundle(g, g->row->id);
    for (size_t i = 0; i < sizeof both / sizeof both[0]; i++) {
        flow_emit(b, both[i].in, "%s" DO "%s", both[i].match,
                  both[i].actions);
        flow_emit(b, both[i].out, "%s" DO "%s", both[i].match,
                  both[i].actions);
    }
    flow_emit(b, FLOW_LS_IN_PRE_HAIRPIN_CHECK, "ip && ct.trk" DO
              REG_HAIRPIN " = chk_lb_hairpin(); "
              REG_HAIRPIN_REPLY " = chk_lb_hairpin_reply(); next;");
    flow_emit(b, FLOW_LS_IN_NAT_HAIRPIN_REQUEST,
              "ip && ct.new && ct.trk && " REG_HAIRPIN " == 1" DO
              "ct_snat_to_vip; next;");
    flow_emit(b, FLOW_LS_IN_NAT_HAIRPIN_REQUEST,
              "ip && ct.est && ct.trk && " REG_HAIRPIN " == 1" DO
              "ct_snat;");
    flow_emit(b, FLOW_LS_IN_NAT_HAIRPIN_REPLY,
              "ip && " REG_HAIRPIN_REPLY " == 1" DO "ct_snat;");
    flow_emit(b, FLOW_LS_IN_HAIRPIN_LOOP,
              "(" REG_HAIRPIN " == 1 || " REG_HAIRPIN_REPLY " == 1)" DO
              "eth.dst <-> eth.src; outport = inport; flags.loopback = 1; "
              "output;");
}

/* For every port that leads to a router: what passes there is tracked in the
 * router. */
void
lb_switch_port(struct generate *g)
{
    const struct nb_logical_switch_port *lsp
        = nb_logical_switch_port_cast(g->row);
    struct flow_bundle *b;
    const char *port;

    if (lsp->type != NB_LOGICAL_SWITCH_PORT_TYPE_ROUTER
        || !switch_port_leads_to_router(g, lsp)
        || !has_lbs(g, lsp->switch_)) {
        return;
    }
    b = generate_switch_bundle(g, lsp->switch_);
    port = lflow_quote(g, g->row->id);
    flow_emit(b, FLOW_LS_IN_PRE_LB_SKIP, "ip && inport == %s" DO "next;",
              port);
    flow_emit(b, FLOW_LS_OUT_PRE_LB_SKIP, "ip && outport == %s" DO "%snext;",
              port, generate_has_members(g, RELATION_SWITCH_STATEFUL_ACLS,
                                         lsp->switch_, "")
                    ? "" : "ct_clear; ");
}

/* ---- A load balancer ---------------------------------------------------- */

/* "reg1 = 10.0.0.100; reg2[0..15] = 80; ". */
static const char *
remember_vip(struct generate *g, const struct lb_vip *vip)
{
    const char *ip = vip->is_v6 ? REG_ORIG_IP6 : REG_ORIG_IP4;

    return vip->port
           ? generate_text(g, "%s = %s; " REG_ORIG_PORT " = %u; ", ip,
                           vip->ip, vip->port)
           : generate_text(g, "%s = %s; ", ip, vip->ip);
}

/* "reg1 == 10.0.0.100 && reg2[0..15] == 80". */
static const char *
was_sent_to(struct generate *g, const struct lb_vip *vip)
{
    const char *ip = vip->is_v6 ? REG_ORIG_IP6 : REG_ORIG_IP4;

    return vip->port
           ? generate_text(g, "%s == %s && " REG_ORIG_PORT " == %u", ip,
                           vip->ip, vip->port)
           : generate_text(g, "%s == %s", ip, vip->ip);
}

static void
emit_affinity(struct generate *g, struct flow_bundle *b, const struct lb *lb,
              const struct lb_vip *vip)
{
    const char *ip = vip->is_v6 ? "ip6" : "ip4";
    const char *sent = was_sent_to(g, vip);

    if (!lb->affinity_timeout) {
        return;
    }
    flow_emit(b, FLOW_LS_IN_LB_AFF_CHECK_VIP, "ct.new && %s && %s" DO
              REG_AFF_KNOWN " = chk_lb_aff(); next;", ip, sent);
    for (size_t i = 0; i < vip->n_backends; i++) {
        const struct lb_backend *backend = &vip->backends[i];

        flow_emit(b, FLOW_LS_IN_LB_AFFINITY,
                  REG_AFF_KNOWN " == 1 && ct.new && %s && %s == %s%s" DO
                  REG_ACL_COMMIT " = 0; %sct_lb_mark(backends=%s);", ip,
                  vip->is_v6 ? REG_AFF_IP6 : REG_AFF_IP4, backend->ip,
                  backend->port
                  ? generate_text(g, " && " REG_AFF_PORT " == %u",
                                  backend->port) : "",
                  remember_vip(g, vip), lb_backend_text(g, vip, backend));
        flow_emit(b, FLOW_LS_IN_LB_AFF_LEARN_BACKEND,
                  REG_AFF_KNOWN " == 0 && ct.new && %s && %s && "
                  "%s.dst == %s%s" DO "%s", ip, sent, ip, backend->ip,
                  lb_backend_port(g, lb, backend),
                  lb_learn(g, lb, vip, backend));
    }
}

/* For each load balancer of each datapath. */
void
lb_switch_flows(struct generate *g)
{
    const char *switch_id;
    const struct lb *lb = lb_on_switch(g, &switch_id);
    struct flow_bundle *b;

    if (!lb) {
        return;
    }
    b = generate_switch_bundle(g, switch_id);
    for (size_t i = 0; i < lb->n_vips; i++) {
        const struct lb_vip *vip = &lb->vips[i];
        const char *ip = vip->is_v6 ? "ip6" : "ip4";
        const char *port = vip->port
            ? generate_text(g, " && %s.dst == %u", lb->protocol, vip->port)
            : "";
        enum lb_outcome outcome;
        const char *actions = lb_actions(g, lb, vip, true, "", &outcome);

        flow_emit(b, FLOW_LS_IN_PRE_STATEFUL_VIP,
                  REG_CT_LB " == 1 && %s.dst == %s%s" DO "%sct_lb_mark;", ip,
                  vip->ip, port, remember_vip(g, vip));
        flow_emit(b, vip->port ? FLOW_LS_IN_LB_VIP_PORT : FLOW_LS_IN_LB_VIP,
                  "ct.new && %s.dst == %s%s" DO "%s%s", ip, vip->ip, port,
                  outcome == LB_BALANCES ? REG_ACL_COMMIT " = 0; " : "",
                  actions);
        emit_affinity(g, b, lb, vip);
    }
}
