/* Load balancers in routers (ovn-northd(8), "Defrag" to "Load balancing
 * affinity learn", "UNDNAT").
 *
 * A gateway router, or one without gateway ports, balances wherever it is;
 * with gateway ports the first of them says on which chassis.  Who the
 * backend sees is the client, or the router if it forces source NAT
 * (options:lb_force_snat_ip), which load balancers may skip. */
#include <config.h>

#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/lb.h"
#include "translator/router.h"
#include "translator/router_registers.h"

/* ---- A router as a whole ------------------------------------------------ */

/* For every router: connections that are known. */
void
lb_router(struct generate *g)
{
    static const char *const known[][2] = {
        { "ct.est && !ct.rel && !ct.new && ct_mark.natted", "next;" },
        { "ct.rel && !ct.est && !ct.new", "ct_commit_nat;" },
    };
    const struct router *router = router_read(g->reader, g->key.a);
    struct flow_bundle *b;

    if (!router || !router->enabled
        || !generate_has_members(g, RELATION_DATAPATH_LBS,
                                 generate_router_datapath(g, router->name),
                                 "")) {
        return;
    }
    b = generate_router_bundle(g, router->name);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const char *match = known[i][0], *actions = known[i][1];

        flow_emit(b, FLOW_LR_IN_DNAT_LB_KNOWN, "%s" DO "%s", match, actions);
        flow_emit(b, FLOW_LR_IN_DNAT_LB_KNOWN_SNAT,
                  "%s && ct_mark.skip_snat == 1" DO
                  "flags.skip_snat_for_lb = 1; %s", match, actions);
        flow_emit(b, FLOW_LR_IN_DNAT_LB_KNOWN_SNAT,
                  "%s && ct_mark.force_snat == 1" DO
                  "flags.force_snat_for_lb = 1; %s", match, actions);
    }
}

/* ---- A load balancer ---------------------------------------------------- */

/* A virtual address on a router. */
struct vip_on {
    struct generate *g;
    struct flow_bundle *b;
    const struct router *router;
    const struct router_port *gateway;  /* The first, or NULL. */
    const struct lb *lb;
    const struct lb_vip *vip;
    const char *ip;             /* "ip4" or "ip6". */
    const char *match;          /* New connections to it. */
    const char *mark;           /* "flags.skip_snat_for_lb = 1; " or "". */
    const char *snat;           /* "; skip_snat" or "". */
};

static void
choose_snat(struct vip_on *on)
{
    const struct router *router = on->router;

    on->mark = on->snat = "";
    if (on->lb->skips_snat) {
        on->mark = "flags.skip_snat_for_lb = 1; ";
        on->snat = "; skip_snat";
    } else if (router->lb_force_snat_v4[0] || router->lb_force_snat_v6[0]
               || (router->lb_force_snat_router_ip && router->chassis[0])) {
        on->mark = "flags.force_snat_for_lb = 1; ";
        on->snat = "; force_snat";
    }
}

/* " && tcp && tcp.dst == 80", or "". */
static const char *
match_port(struct generate *g, const struct lb *lb, const struct lb_vip *vip)
{
    return vip->port ? generate_text(g, " && %s && %s.dst == %u",
                                     lb->protocol, lb->protocol, vip->port)
                     : "";
}

static void
emit_choice(const struct vip_on *on)
{
    const struct lb_vip *vip = on->vip;
    enum lb_outcome outcome;
    const char *actions = lb_actions(on->g, on->lb, vip, false, on->snat,
                                     &outcome);
    /* An answer from the router itself may come from any chassis. */
    bool is_here = on->gateway && (vip->n_backends || !on->lb->rejects);

    /* "drop;" stands alone: after another action it is an error. */
    flow_emit(on->b, vip->port ? FLOW_LR_IN_DNAT_LB_VIP_PORT
                               : FLOW_LR_IN_DNAT_LB_VIP,
              "%s%s" DO "%s%s", on->match,
              is_here ? on->gateway->redirect : "", on->mark,
              outcome == LB_DROPS && on->mark[0] ? "" : actions);
}

/* What backends answer leaves through the gateway port. */
static void
emit_undnat(const struct vip_on *on)
{
    const struct lb_vip *vip = on->vip;
    struct ds backends = DS_EMPTY_INITIALIZER;

    if (!on->gateway || !vip->n_backends) {
        return;
    }
    for (size_t i = 0; i < vip->n_backends; i++) {
        const struct lb_backend *backend = &vip->backends[i];

        ds_put_format(&backends, "%s(%s.src == %s", i ? " || " : "", on->ip,
                      backend->ip);
        if (backend->port) {
            ds_put_format(&backends, " && %s.src == %u", on->lb->protocol,
                          backend->port);
        }
        ds_put_char(&backends, ')');
    }
    flow_emit(on->b, FLOW_LR_OUT_UNDNAT_LB,
              "%s && (%s) && outport == %s%s" DO "%s%s", on->ip,
              ds_cstr(&backends), on->gateway->quoted,
              on->gateway->redirect, on->mark,
              on->mark[0] ? "next;" : "ct_dnat_in_czone;");
    ds_destroy(&backends);
}

static void
emit_affinity(const struct vip_on *on)
{
    struct generate *g = on->g;
    const struct lb *lb = on->lb;
    const struct lb_vip *vip = on->vip;
    const char *orig = vip->is_v6 ? R_ORIG_IP6 : R_ORIG_IP4;
    const char *orig_port = vip->port
        ? generate_text(g, " && " R_ORIG_PORT " == %u", vip->port) : "";

    if (!lb->affinity_timeout) {
        return;
    }
    flow_emit(on->b, FLOW_LR_IN_LB_AFF_CHECK_VIP, "%s" DO
              "%s = %s.dst; %s" R_AFF_KNOWN " = chk_lb_aff(); next;",
              on->match, orig, on->ip, vip->port
              ? generate_text(g, R_ORIG_PORT " = %s.dst; ", lb->protocol)
              : "");
    for (size_t i = 0; i < vip->n_backends; i++) {
        const struct lb_backend *backend = &vip->backends[i];

        flow_emit(on->b, FLOW_LR_IN_DNAT_LB_AFFINITY,
                  R_AFF_KNOWN " == 1 && ct.new && %s && %s == %s%s" DO
                  "%s = %s; %sct_lb_mark(backends=%s%s);", on->ip,
                  vip->is_v6 ? R_AFF_IP6 : R_AFF_IP4, backend->ip,
                  backend->port
                  ? generate_text(g, " && " R_AFF_PORT " == %u",
                                  backend->port) : "",
                  orig, vip->ip, on->mark, lb_backend_text(g, vip, backend),
                  on->snat);
        flow_emit(on->b, FLOW_LR_IN_LB_AFF_LEARN_BACKEND,
                  R_AFF_KNOWN " == 0 && ct.new && %s && %s == %s%s && "
                  "%s.dst == %s%s" DO "%s", on->ip, orig, vip->ip, orig_port,
                  on->ip, backend->ip, lb_backend_port(g, lb, backend),
                  lb_learn(g, lb, vip, backend));
    }
}

static void
emit_vip(const struct vip_on *on)
{
    const struct lb_vip *vip = on->vip;

    if (vip->is_first) {
        flow_emit(on->b, FLOW_LR_IN_DEFRAG_VIP, "ip && %s.dst == %s" DO
                  "ct_dnat;", on->ip, vip->ip);
    }
    emit_choice(on);
    emit_undnat(on);
    emit_affinity(on);
    if (generate_has_members(on->g, RELATION_ROUTER_EXTERNAL_IPS,
                             on->router->name, vip->ip)) {
        flow_emit(on->b, FLOW_LR_IN_UNSNAT_VIP, "%s && %s.dst == %s && %s%s"
                  DO "next;", on->ip, on->ip, vip->ip, on->lb->protocol,
                  vip->port
                  ? generate_text(on->g, " && %s.dst == %u",
                                  on->lb->protocol, vip->port) : "");
    }
}

/* For each load balancer of each datapath. */
void
lb_router_flows(struct generate *g)
{
    const char *router_id;
    struct vip_on on = { .g = g, .lb = lb_on_router(g, &router_id) };

    on.router = on.lb ? router_read(g->reader, router_id) : NULL;
    if (!on.router || !on.router->enabled) {
        return;
    }
    on.gateway = on.router->n_gateway_ports
        ? router_port_read(g->reader, on.router->gateway_ports[0]) : NULL;
    on.b = generate_router_bundle(g, router_id);
    choose_snat(&on);
    if (on.lb->skips_snat) {
        flow_emit(on.b, FLOW_LR_OUT_SNAT_LB_SKIP,
                  "flags.skip_snat_for_lb == 1 && ip" DO "next;");
    }
    for (size_t i = 0; i < on.lb->n_vips; i++) {
        on.vip = &on.lb->vips[i];
        on.ip = on.vip->is_v6 ? "ip6" : "ip4";
        on.match = generate_text(
            g, "ct.new && !ct.rel && %s && %s.dst == %s%s", on.ip, on.ip,
            on.vip->ip, match_port(g, on.lb, on.vip));
        emit_vip(&on);
    }
}
