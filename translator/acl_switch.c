/* What stateful ACLs need of a switch as a whole, and load balancers in the
 * same stages: packets through conntrack, hints about their connections,
 * established ones let through, new ones committed (ovn-northd(8), "Pre-ACLs"
 * to "Stateful"). */
#include <config.h>

#include "translator/acls.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/registers.h"
#include "translator/router.h"
#include "translator/traits.h"

#define ND "nd || nd_ra || nd_rs || mldv1 || mldv2"
#define ND_BEFORE "nd || nd_rs || nd_ra || mldv1 || mldv2"

/* One of a pair of flows: the same in both directions. */
static void
emit_both(struct flow_bundle *b, enum flow_class in, enum flow_class out,
          const char *match, const char *actions)
{
    flow_emit(b, in, "%s" DO "%s", match, actions);
    flow_emit(b, out, "%s" DO "%s", match, actions);
}

/* Hints: what later stages ask of a connection, each a bit. */
static void
emit_hints(struct flow_bundle *b)
{
    static const struct {
        enum flow_class in, out;
        const char *match, *actions;
    } rows[] = {
        { FLOW_LS_IN_ACL_HINT_NEW, FLOW_LS_OUT_ACL_HINT_NEW,
          "ct.new && !ct.est",
          REG_ACL_MAY_COMMIT " = 1; " REG_ACL_MAY_DROP " = 1; next;" },
        { FLOW_LS_IN_ACL_HINT_REVIVE, FLOW_LS_OUT_ACL_HINT_REVIVE,
          "!ct.new && ct.est && !ct.rpl && ct_mark.blocked == 1",
          REG_ACL_MAY_COMMIT " = 1; " REG_ACL_MAY_DROP " = 1; next;" },
        { FLOW_LS_IN_ACL_HINT_UNTRACKED, FLOW_LS_OUT_ACL_HINT_UNTRACKED,
          "!ct.trk",
          REG_ACL_MAY_ALLOW " = 1; " REG_ACL_MAY_DROP " = 1; next;" },
        { FLOW_LS_IN_ACL_HINT_ESTABLISHED, FLOW_LS_OUT_ACL_HINT_ESTABLISHED,
          "!ct.new && ct.est && !ct.rpl && ct_mark.blocked == 0",
          REG_ACL_MAY_ALLOW " = 1; " REG_ACL_MAY_BLOCK " = 1; next;" },
        { FLOW_LS_IN_ACL_HINT_NOT_ESTABLISHED,
          FLOW_LS_OUT_ACL_HINT_NOT_ESTABLISHED,
          "!ct.est", REG_ACL_MAY_DROP " = 1; next;" },
        { FLOW_LS_IN_ACL_HINT_BLOCKED, FLOW_LS_OUT_ACL_HINT_BLOCKED,
          "ct.est && ct_mark.blocked == 1",
          REG_ACL_MAY_DROP " = 1; next;" },
        { FLOW_LS_IN_ACL_HINT_ALLOWED, FLOW_LS_OUT_ACL_HINT_ALLOWED,
          "ct.est && ct_mark.blocked == 0",
          REG_ACL_MAY_BLOCK " = 1; next;" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        emit_both(b, rows[i].in, rows[i].out, rows[i].match,
                  rows[i].actions);
    }
}

/* Packets of invalid connections are dropped, unless nb_global's
 * options:use_ct_inv_match says that hardware knows no ct.inv. */
static void
emit_established(struct generate *g, struct flow_bundle *b)
{
    bool uses_inv = model_global_bool(g->reader, "use_ct_inv_match", true);
    const char *valid = uses_inv ? " && !ct.inv" : "";

    emit_both(b, FLOW_LS_IN_ACL_ESTABLISHED, FLOW_LS_OUT_ACL_ESTABLISHED,
              uses_inv ? "ct.inv || (ct.est && ct.rpl && ct_mark.blocked == 1)"
              : "(ct.est && ct.rpl && ct_mark.blocked == 1)", "drop;");
    flow_emit(b, FLOW_LS_IN_ACL_ESTABLISHED,
              "ct.est && !ct.rel && !ct.new%s && ct.rpl && "
              "ct_mark.blocked == 0" DO
              REG_ACL_MAY_DROP " = 0; " REG_ACL_MAY_BLOCK " = 0; "
              REG_ACL_ESTABLISHED " = 1; next;", valid);
    flow_emit(b, FLOW_LS_OUT_ACL_ESTABLISHED,
              "ct.est && !ct.rel && !ct.new%s && ct.rpl && "
              "ct_mark.blocked == 0" DO "next;", valid);
    flow_emit(b, FLOW_LS_IN_ACL_ESTABLISHED,
              "!ct.est && ct.rel && !ct.new%s && ct_mark.blocked == 0" DO
              REG_ACL_ESTABLISHED " = 1; ct_commit_nat;", valid);
    flow_emit(b, FLOW_LS_OUT_ACL_ESTABLISHED,
              "!ct.est && ct.rel && !ct.new%s && ct_mark.blocked == 0" DO
              "ct_commit_nat;", valid);
    flow_emit(b, FLOW_LS_IN_ACL_AFTER_LB_ESTABLISHED,
              REG_ACL_ESTABLISHED " == 1" DO "next;");
}

/* For the sake of stateful ACLs. */
static void
emit_tracking(struct flow_bundle *b)
{
    emit_both(b, FLOW_LS_IN_PRE_ACL_SKIP, FLOW_LS_OUT_PRE_ACL_SKIP,
              ND_BEFORE " || (udp && udp.src == 546 && udp.dst == 547)",
              "next;");
    emit_both(b, FLOW_LS_IN_PRE_ACL_SKIP, FLOW_LS_OUT_PRE_ACL_SKIP,
              "eth.mcast", "next;");
    emit_both(b, FLOW_LS_IN_PRE_ACL_TRACK, FLOW_LS_OUT_PRE_ACL_TRACK,
              "ip", REG_CT_TRACK " = 1; next;");
}

static void
emit_commit(struct flow_bundle *b, bool drops_by_default)
{
    const char *commit = drops_by_default ? "drop;"
                         : REG_ACL_COMMIT " = 1; next;";

    emit_both(b, FLOW_LS_IN_ACL_COMMIT, FLOW_LS_OUT_ACL_COMMIT,
              "ip && !ct.est", commit);
    emit_both(b, FLOW_LS_IN_ACL_COMMIT, FLOW_LS_OUT_ACL_COMMIT,
              "ip && ct.est && ct_mark.blocked == 1",
              REG_ACL_COMMIT " = 1; next;");
}

/* nb_global's options:default_acl_drop. */
static bool
drops_by_default(struct generate *g)
{
    return model_global_bool(g->reader, "default_acl_drop", false);
}

/* For every switch. */
void
acl_switch(struct generate *g)
{
    bool has_acls = generate_has_members(g, RELATION_SWITCH_ACLS,
                                         g->row->id, "");
    bool has_lbs = generate_has_members(
        g, RELATION_DATAPATH_LBS, generate_switch_datapath(g, g->row->id),
        "");
    bool drops = drops_by_default(g);
    struct flow_bundle *b = generate_switch_bundle(g, g->row->id);

    if (!has_acls && !has_lbs) {
        if (drops) {
            emit_both(b, FLOW_LS_IN_ACL_NONE, FLOW_LS_OUT_ACL_NONE, "1",
                      "next;");
        }
        return;
    }
    emit_both(b, FLOW_LS_IN_ACL_ESTABLISHED, FLOW_LS_OUT_ACL_ESTABLISHED,
              ND, "next;");
    flow_emit(b, FLOW_LS_IN_ACL_AFTER_LB_ESTABLISHED, ND DO "next;");
    if (generate_has_members(g, RELATION_SWITCH_STATEFUL_ACLS, g->row->id,
                             "")) {
        emit_tracking(b);
    }
    if (acl_tracks(g, g->row->id)) {
        emit_commit(b, drops);
        emit_hints(b);
        emit_established(g, b);
    }
    if (!has_acls && drops) {
        /* New connections are dropped all the same: so does OVN. */
        emit_both(b, FLOW_LS_IN_ACL_COMMIT, FLOW_LS_OUT_ACL_COMMIT,
                  "!ip || (ct.est && ct_mark.blocked == 0)", "next;");
    }
}

/* For every port that leads to a router or a physical network: what passes
 * there is tracked at the other end. */
void
acl_port(struct generate *g)
{
    const struct nb_logical_switch_port *lsp
        = nb_logical_switch_port_cast(g->row);
    struct flow_bundle *b;
    const char *port;

    if (!(lsp->type == NB_LOGICAL_SWITCH_PORT_TYPE_ROUTER
          ? switch_port_leads_to_router(g, lsp)
          : lsp->type == NB_LOGICAL_SWITCH_PORT_TYPE_LOCALNET)
        || !generate_has_members(g, RELATION_SWITCH_STATEFUL_ACLS,
                                 lsp->switch_, "")) {
        return;
    }
    b = generate_switch_bundle(g, lsp->switch_);
    port = lflow_quote(g, g->row->id);
    flow_emit(b, FLOW_LS_IN_PRE_ACL_SKIP, "ip && inport == %s" DO "next;",
              port);
    flow_emit(b, FLOW_LS_OUT_PRE_ACL_SKIP, "ip && outport == %s" DO "next;",
              port);
}

/* In every switch, whether it has ACLs or not: what the marks mean. */
void
acl_common(struct generate *g)
{
    struct flow_bundle *b = generate_common_bundle(g, "switch");

    emit_both(b, FLOW_LS_IN_ACL_DEFAULT, FLOW_LS_OUT_ACL_DEFAULT, "1",
              drops_by_default(g) ? "drop;" : "next;");
    emit_both(b, FLOW_LS_IN_PRE_STATEFUL_LB, FLOW_LS_OUT_PRE_STATEFUL_LB,
              REG_CT_LB " == 1", "ct_lb_mark;");
    emit_both(b, FLOW_LS_IN_PRE_STATEFUL_ACL, FLOW_LS_OUT_PRE_STATEFUL_ACL,
              REG_CT_TRACK " == 1", "ct_next;");
    emit_both(b, FLOW_LS_IN_STATEFUL_COMMIT, FLOW_LS_OUT_STATEFUL_COMMIT,
              REG_ACL_COMMIT " == 1 && " REG_ACL_LABEL " == 0",
              "ct_commit { ct_mark.blocked = 0; }; next;");
    emit_both(b, FLOW_LS_IN_STATEFUL_COMMIT, FLOW_LS_OUT_STATEFUL_COMMIT,
              REG_ACL_COMMIT " == 1 && " REG_ACL_LABEL " == 1",
              "ct_commit { ct_mark.blocked = 0; "
              "ct_label.label = " REG_LABEL "; }; next;");
}
