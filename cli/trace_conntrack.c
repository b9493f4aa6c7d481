/* Connection tracking in a trace: nothing is known of connections, so --ct
 * tells what state they are in, --lb-dst and --select-id which way to go. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "cli/trace_run.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "random.h"
#include "util.h"

static uint32_t
take_state(struct tracer *tracer)
{
    if (tracer->next_ct_state < tracer->state->n_ct_states) {
        tracer->ct_comment = "";
        return tracer->state->ct_states[tracer->next_ct_state++];
    }
    tracer->ct_comment = " /* default (use --ct to customize) */";
    return CS_TRACKED | CS_ESTABLISHED;
}

/* ct_lb without backends: where --lb-dst says. */
static void
apply_lb_dst(struct tracer *tracer, const struct lflow_action *action,
             struct flow *flow)
{
    const struct lflow_address *dst = &tracer->state->lb_dst;

    if (action->ct_lb.n_backends) {
        return;
    }
    if (dst->family == AF_INET && flow->dl_type == htons(ETH_TYPE_IP)) {
        flow->nw_dst = in6_addr_get_mapped_ipv4(&dst->ip);
    } else if (dst->family == AF_INET6
               && flow->dl_type == htons(ETH_TYPE_IPV6)) {
        flow->ipv6_dst = dst->ip;
    } else {
        return;
    }
    if (tracer->state->lb_dst_port) {
        flow->tp_dst = htons(tracer->state->lb_dst_port);
    }
    flow->ct_state |= CS_DST_NAT;
}

static bool
is_ct_lb(const struct lflow_action *action)
{
    return (action->type == LFLOW_ACTION_CT_LB
            || action->type == LFLOW_ACTION_CT_LB_MARK);
}

/* What was tracked already stays as it is through NAT; ct_next asks anew, and
 * load balancing adds what it finds, as in ovn-trace. */
void
trace_conntrack(struct lflow_evaluation *e, const struct lflow_action *action,
                struct flow *flow)
{
    struct tracer *tracer = tracer_cast(e);

    tracer->ct_comment = "";
    if (action->type == LFLOW_ACTION_CT_NEXT) {
        flow->ct_state = take_state(tracer);
        return;
    }
    if (is_ct_lb(action) || !(flow->ct_state & CS_TRACKED)) {
        flow->ct_state |= take_state(tracer);
    }
    if (is_ct_lb(action)) {
        apply_lb_dst(tracer, action, flow);
    }
}

static void
put_nat(const struct lflow_action *action, struct ds *s)
{
    const struct lflow_address *ip = &action->ct_nat.ip;
    bool is_snat = (action->type == LFLOW_ACTION_CT_SNAT
                    || action->type == LFLOW_ACTION_CT_SNAT_IN_CZONE);

    if (ip->family == AF_UNSPEC) {
        ds_put_format(s, " /* assuming no un-%s entry, so no change */",
                      is_snat ? "snat" : "dnat");
        return;
    }
    ds_put_format(s, "(%s.%s=", ip->family == AF_INET ? "ip4" : "ip6",
                  is_snat ? "src" : "dst");
    if (ip->family == AF_INET) {
        ds_put_format(s, IP_FMT, IP_ARGS(in6_addr_get_mapped_ipv4(&ip->ip)));
    } else {
        ipv6_format_addr(&ip->ip, s);
    }
    ds_put_char(s, ')');
}

char *
trace_conntrack_heading(const struct tracer *tracer,
                        const struct lflow_action *action,
                        const struct flow *flow)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&s, lflow_action_name(action->type));
    if (action->type == LFLOW_ACTION_CT_NEXT) {
        ds_put_cstr(&s, "(ct_state=");
        format_flags(&s, ct_state_to_string, flow->ct_state, '|');
        ds_put_format(&s, "%s)", tracer->ct_comment);
        return ds_steal_cstr(&s);
    }
    if (action->type == LFLOW_ACTION_CT_COMMIT_NAT) {
        ds_put_cstr(&s, " /* assuming no un-nat entry, so no change */");
    } else if (!is_ct_lb(action)) {
        put_nat(action, &s);
    }
    ds_put_cstr(&s, tracer->ct_comment);
    return ds_steal_cstr(&s);
}

/* ---- Choices ---------------------------------------------------------- */

static bool
backend_is(const struct lflow_backend *backend, const struct trace_state *s)
{
    return (backend->ip.family == s->lb_dst.family
            && ipv6_addr_equals(&backend->ip.ip, &s->lb_dst.ip)
            && (!s->lb_dst_port || backend->port == s->lb_dst_port));
}

static size_t
choose_backend(struct tracer *tracer, const struct lflow_ct_lb *lb)
{
    for (size_t i = 0; i < lb->n_backends; i++) {
        if (backend_is(&lb->backends[i], tracer->state)) {
            return i;
        }
    }
    return 0;
}

static size_t
choose_member(struct tracer *tracer, const struct lflow_action *action)
{
    const struct lflow_select *select = &action->select;
    size_t chosen = random_range(select->n_members);

    tracer->was_random = true;
    for (size_t i = 0; i < select->n_members; i++) {
        if (tracer->state->has_select_id
            && select->members[i].id == tracer->state->select_id) {
            tracer->was_random = false;
            chosen = i;
        }
    }
    tracer->selecting = action;
    tracer->selected = select->members[chosen].id;
    return chosen;
}

size_t
trace_choose(struct lflow_evaluation *e, const struct lflow_action *action,
             const struct flow *flow OVS_UNUSED, size_t n OVS_UNUSED)
{
    struct tracer *tracer = tracer_cast(e);

    switch ((int) action->type) {
    case LFLOW_ACTION_SELECT:
        return choose_member(tracer, action);
    case LFLOW_ACTION_CT_LB:
    case LFLOW_ACTION_CT_LB_MARK:
        return choose_backend(tracer, &action->ct_lb);
    default:
        return 0;
    }
}
