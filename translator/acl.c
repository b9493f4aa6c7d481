/* ACLs as flows (ovn-northd(8), "from-lport ACLs"; ovn-nb(5), ACL).
 *
 * In a switch with stateful ACLs a rule asks the hints: one flow for new
 * connections, which it commits, and one for those that are known. */
#include <config.h>

#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "translator/acls.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/registers.h"
#include "translator/traits.h"

/* ACLs stand above what switches do by themselves. */
enum { ACL_PRIORITY_OFFSET = 1000 };

/* One ACL on one switch. */
struct rule {
    struct generate *g;
    struct flow_bundle *b;
    const struct nb_acl *acl;
    enum flow_class flow;       /* Its stage. */
    bool is_ingress;
    bool is_stateful;           /* The switch tracks connections. */
    bool passes_by_default;     /* What no ACL matches goes on. */
    const char *meter;          /* Of its log messages, or "". */
};

static void
emit(const struct rule *rule, const char *hint, const char *actions)
{
    const struct nb_acl *acl = rule->acl;

    flow_emit_at(rule->b, rule->flow, acl->priority + ACL_PRIORITY_OFFSET,
                 hint ? "%s == 1 && (%s)" DO "%s" : "%s%s" DO "%s",
                 hint ? hint : "", acl->match, actions);
    if (acl->log && rule->meter[0]) {
        flow_option(rule->b, "controller_meter", rule->meter);
    }
}

/* ---- Logging ----------------------------------------------------------- */

static const char *
severity_name(enum nb_acl_severity severity)
{
    static const char *const names[] = {
        [NB_ACL_SEVERITY_NONE] = "info",
        [NB_ACL_SEVERITY_ALERT] = "alert",
        [NB_ACL_SEVERITY_WARNING] = "warning",
        [NB_ACL_SEVERITY_NOTICE] = "notice",
        [NB_ACL_SEVERITY_INFO] = "info",
        [NB_ACL_SEVERITY_DEBUG] = "debug",
    };

    return names[severity];
}

/* "log(name="...", severity=..., verdict=..., meter="..."); " or "". */
static const char *
log_action(const struct rule *rule)
{
    const struct nb_acl *acl = rule->acl;
    struct ds out = DS_EMPTY_INITIALIZER;
    const char *verdict = "allow", *text;

    if (!acl->log) {
        return "";
    }
    if (acl->action == NB_ACL_ACTION_DROP) {
        verdict = "drop";
    } else if (acl->action == NB_ACL_ACTION_REJECT) {
        verdict = "reject";
    }
    ds_put_cstr(&out, "log(");
    if (acl->name[0]) {
        ds_put_format(&out, "name=%s, ", lflow_quote(rule->g, acl->name));
    }
    ds_put_format(&out, "severity=%s, verdict=%s",
                  severity_name(acl->severity), verdict);
    if (rule->meter[0]) {
        ds_put_format(&out, ", meter=%s", lflow_quote(rule->g, rule->meter));
    }
    ds_put_cstr(&out, "); ");
    text = generate_text(rule->g, "%s", ds_cstr(&out));
    ds_destroy(&out);
    return text;
}

/* ---- Verdicts ---------------------------------------------------------- */

static void
emit_allow(const struct rule *rule)
{
    const struct nb_acl *acl = rule->acl;
    const char *log = log_action(rule);
    const char *label = acl->label
        ? generate_text(rule->g, REG_ACL_LABEL " = 1; " REG_LABEL
                        " = %lld; ", (long long int) acl->label) : "";

    if (!rule->is_stateful
        || acl->action == NB_ACL_ACTION_ALLOW_STATELESS) {
        emit(rule, NULL, generate_text(rule->g, "%snext;", log));
        return;
    }
    emit(rule, REG_ACL_MAY_COMMIT,
         generate_text(rule->g, REG_ACL_COMMIT " = 1; %s%snext;", label,
                       log));
    /* A known connection whose label has changed is committed again. */
    emit(rule, REG_ACL_MAY_ALLOW,
         generate_text(rule->g, "%s%s%snext;",
                       acl->label ? REG_ACL_COMMIT " = 1; " : "", label,
                       log));
}

/* A rule that passes decides nothing: the default does. */
static void
emit_pass(const struct rule *rule)
{
    const char *log = log_action(rule);

    if (!rule->passes_by_default) {
        emit(rule, NULL, log[0] ? log : "drop;");
    } else if (!rule->is_stateful) {
        emit(rule, NULL, generate_text(rule->g, "%snext;", log));
    } else {
        emit(rule, REG_ACL_MAY_COMMIT,
             generate_text(rule->g, REG_ACL_COMMIT " = 1; %snext;", log));
        emit(rule, REG_ACL_MAY_ALLOW,
             generate_text(rule->g, "%snext;", log));
    }
}

/* options:log-related: the answers to connections that this rule labelled are
 * logged too, on their way back. */
static void
emit_log_related(const struct rule *rule)
{
    static const char *const answers[][2] = {
        { "ct.est && !ct.rel && !ct.new", " && ct.rpl" },
        { "!ct.est && ct.rel && !ct.new", "" },
    };
    const struct nb_acl *acl = rule->acl;

    if (!acl->log || !acl->label || !rule->is_stateful
        || acl->action == NB_ACL_ACTION_ALLOW_STATELESS
        || !smap_get_bool(&acl->options, "log-related", false)) {
        return;
    }
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        flow_emit(rule->b, rule->is_ingress ? FLOW_LS_OUT_ACL_LOG_RELATED
                                            : FLOW_LS_IN_ACL_LOG_RELATED,
                  "%s%s%s && ct_mark.blocked == 0 && "
                  "ct_label.label == %lld" DO "%snext;", answers[i][0],
                  model_global_bool(rule->g->reader, "use_ct_inv_match",
                                    true) ? " && !ct.inv" : "",
                  answers[i][1], (long long int) acl->label,
                  log_action(rule));
        if (rule->meter[0]) {
            flow_option(rule->b, "controller_meter", rule->meter);
        }
    }
}

/* An answer goes out of the port that the packet came in by, past the
 * ACLs. */
static const char *
reject_action(const struct rule *rule)
{
    return generate_text(
        rule->g, "reg0 = 0; reject { "
        "/* eth.dst <-> eth.src; ip.dst <-> ip.src; is implicit. */ "
        "outport <-> inport; next(pipeline=%s,table=%d); };",
        rule->is_ingress ? "egress" : "ingress",
        stages[rule->is_ingress ? STAGE_LS_OUT_QOS_MARK
                                : STAGE_LS_IN_L2_LKUP].number);
}

static void
emit_drop(const struct rule *rule)
{
    const char *log = log_action(rule);
    /* "drop;" stands alone: after another action it is an error. */
    const char *end = rule->acl->action == NB_ACL_ACTION_REJECT
                      ? reject_action(rule) : log[0] ? "" : "drop;";

    if (!rule->is_stateful) {
        emit(rule, NULL, generate_text(rule->g, "%s%s", log, end));
        return;
    }
    emit(rule, REG_ACL_MAY_DROP, generate_text(rule->g, "%s%s", log, end));
    /* A connection that was allowed is blocked, whoever sends next. */
    emit(rule, REG_ACL_MAY_BLOCK,
         rule->acl->action == NB_ACL_ACTION_REJECT
         ? generate_text(rule->g, "%sct_commit { ct_mark.blocked = 1; }; %s",
                         log, end)
         : generate_text(rule->g, "ct_commit { ct_mark.blocked = 1; }; %s",
                         log));
}

/* ---- Rules ------------------------------------------------------------- */

static enum flow_class
choose_flow(const struct nb_acl *acl, bool is_ingress)
{
    if (!is_ingress) {
        return FLOW_LS_OUT_ACL_RULE;
    }
    return smap_get_bool(&acl->options, "apply-after-lb", false)
           ? FLOW_LS_IN_ACL_AFTER_LB_RULE : FLOW_LS_IN_ACL_RULE;
}

/* Packets of stateless rules must not be tracked for the sake of others. */
static void
emit_stateless(const struct rule *rule)
{
    flow_emit_at(rule->b, rule->is_ingress ? FLOW_LS_IN_PRE_ACL_STATELESS
                                           : FLOW_LS_OUT_PRE_ACL_STATELESS,
                 rule->acl->priority + ACL_PRIORITY_OFFSET,
                 "%s" DO REG_ACL_STATELESS " = 1; next;", rule->acl->match);
}

static void
emit_on_switch(struct generate *g, const struct nb_acl *acl,
               const char *switch_id, const char *meter)
{
    struct rule rule = {
        .g = g,
        .b = generate_switch_bundle(g, switch_id),
        .acl = acl,
        .is_ingress = acl->direction == NB_ACL_DIRECTION_FROM_LPORT,
        .is_stateful = acl_tracks(g, switch_id),
        .passes_by_default = !model_global_bool(g->reader,
                                                "default_acl_drop", false),
        .meter = meter,
    };

    rule.flow = choose_flow(acl, rule.is_ingress);
    switch (acl->action) {
    case NB_ACL_ACTION_ALLOW_STATELESS:
        if (rule.is_stateful) {
            emit_stateless(&rule);
        }
        emit_allow(&rule);
        break;
    case NB_ACL_ACTION_ALLOW:
    case NB_ACL_ACTION_ALLOW_RELATED:
        emit_allow(&rule);
        emit_log_related(&rule);
        break;
    case NB_ACL_ACTION_PASS:
        emit_pass(&rule);
        break;
    case NB_ACL_ACTION_DROP:
    case NB_ACL_ACTION_REJECT:
    default:
        emit_drop(&rule);
        break;
    }
}

void
acl_flows(struct generate *g)
{
    const struct nb_acl *acl = nb_acl_cast(g->row);
    struct engine_members switches = acl_switches(g, acl);
    const char *meter = acl->log ? meter_of_acl(g, acl) : "";
    const char *name;

    if (!match_is_good(g, acl->match)) {
        return;
    }
    ENGINE_MEMBERS_FOR_EACH (name, switches) {
        emit_on_switch(g, acl, name, meter);
    }
}
