/* Tables: which flow a packet matches, and going on from it.
 *
 * Flows are parsed when a packet first comes by.  A flow whose match or
 * actions don't parse is told of, once, and left out, as the agents do. */
#include <config.h>

#include "cli/trace_run.h"

#include <stdlib.h>
#include <string.h>

#include "lflow/cookie.h"
#include "lflow/registers.h"
#include "util.h"

uint32_t
trace_inport(const struct flow *flow)
{
    return flow->regs[MFF_LOG_INPORT - MFF_REG0];
}

uint32_t
trace_outport(const struct flow *flow)
{
    return flow->regs[MFF_LOG_OUTPORT - MFF_REG0];
}

/* ---- Parsing ---------------------------------------------------------- */

static void
flow_is_bad(struct trace_dp *dp, struct trace_flow *flow, const char *text,
            struct err *err)
{
    flow->state = TRACE_FLOW_BAD;
    if (dp->db->warn) {
        char *what = err_to_string(err);
        char *message = xasprintf("%s, %s, %s: %s: %s", dp->id, flow->source,
                                  flow->stage->name, text, what);

        dp->db->warn(message);
        free(message);
        free(what);
    }
    err_clear(err);
}

static bool
parse_match(struct trace_dp *dp, struct trace_flow *flow)
{
    struct err err = ERR_INIT;

    if (flow->state != TRACE_FLOW_NEW) {
        return flow->state != TRACE_FLOW_BAD;
    }
    if (expr_parse_string(flow->match, &dp->scope, NULL, &dp->db->arena,
                          &flow->expr, &err)) {
        flow_is_bad(dp, flow, flow->match, &err);
        return false;
    }
    flow->state = TRACE_FLOW_MATCH;
    return true;
}

static bool
expr_is_true(struct trace_dp *dp, const struct expr *expr)
{
    const struct expr *simple;

    if (expr->type == EXPR_COMPARE) {
        return false;
    }
    return (!expr_annotate(expr, &dp->db->arena, &simple, NULL)
            && !expr_simplify(simple, &dp->scope, NULL, &dp->db->arena,
                              &simple, NULL)
            && simple->type == EXPR_BOOLEAN && simple->boolean);
}

/* Is it a flow that only goes on to the next stage, whatever the packet? */
static bool
flow_is_trivial(struct trace_dp *dp, const struct trace_flow *flow)
{
    const struct lflow_action *action = flow->parsed->first;

    return (flow->parsed->n == 1 && action->type == LFLOW_ACTION_NEXT
            && action->next.stage == flow->stage->number + 1
            && action->next.ingress
               == pipeline_is_ingress(flow->stage->pipeline)
            && !flow->prereqs && expr_is_true(dp, flow->expr));
}

static bool
parse_actions(struct trace_dp *dp, struct trace_flow *flow)
{
    struct lflow_place place = lflow_place_of_stage(flow->stage);
    struct lflow_actions *actions;
    struct err err = ERR_INIT;

    if (flow->state == TRACE_FLOW_READY) {
        return true;
    }
    if (lflow_actions_parse(flow->actions, strlen(flow->actions), &place,
                            &dp->scope, NULL, &dp->db->arena, &actions,
                            &flow->prereqs, &err)) {
        flow_is_bad(dp, flow, flow->actions, &err);
        return false;
    }
    flow->parsed = actions;
    flow->cookie = lflow_cookie(flow->stage, flow->match, flow->actions);
    flow->state = TRACE_FLOW_READY;
    flow->is_trivial = flow_is_trivial(dp, flow);
    return true;
}

/* ---- Tables ----------------------------------------------------------- */

static const struct trace_flow *
find_flow(struct trace_dp *dp, const struct stage *stage,
          const struct flow *packet)
{
    const struct trace_stage *list = trace_dp_stage(dp, stage);

    for (size_t i = 0; i < list->n; i++) {
        struct trace_flow *flow = list->flows[i];

        if (parse_match(dp, flow)
            && expr_evaluate(flow->expr, packet, &dp->scope)
            && parse_actions(dp, flow)
            && (!flow->prereqs
                || expr_evaluate(flow->prereqs, packet, &dp->scope))) {
            return flow;
        }
    }
    return NULL;
}

static struct trace_node *
add_table(struct tracer *tracer, const struct trace_flow *flow,
          struct trace_node *parent)
{
    char *match = trace_friendly_text(tracer->dp, flow->match);
    struct trace_node *node = trace_node_add(
        parent, TRACE_TABLE, "%2d. %s (%s): %s, priority %d, uuid %08x",
        flow->stage->number, flow->stage->name, flow->source, match,
        flow->priority, flow->cookie);

    if (tracer->ovs) {
        node->below = trace_ovs_flows(tracer->ovs, flow->cookie);
    }
    free(match);
    return node;
}

/* Runs the actions of 'flow', which go below 'node'. */
static void
run_flow(struct tracer *tracer, const struct trace_flow *flow,
         struct flow *packet, struct trace_node *node)
{
    struct trace_node *outer = tracer->node;

    tracer->node = node;
    if (!flow->parsed->n) {
        trace_node_add(node, TRACE_ACTION, "drop");
    }
    switch (lflow_actions_evaluate(flow->parsed, &tracer->evaluation,
                                   packet)) {
    case LFLOW_VERDICT_DONE:
        break;
    case LFLOW_VERDICT_TTL:
        trace_node_add(tracer->node, TRACE_ERROR, "*** TTL underflow");
        break;
    case LFLOW_VERDICT_TOO_DEEP:
        trace_node_add(tracer->node, TRACE_ERROR,
                       "*** too many tables within one another");
        break;
    default:
        OVS_NOT_REACHED();
    }
    tracer->node = outer;
}

/* Stages that only go on are passed over without a word. */
static const struct trace_flow *
skip_trivial(struct tracer *tracer, enum pipeline pipeline,
             const struct stage **stage, const struct flow *packet)
{
    const struct trace_flow *flow = find_flow(tracer->dp, *stage, packet);

    while (flow && flow->is_trivial) {
        const struct stage *next = stage_by_number(pipeline,
                                                   (*stage)->number + 1);

        if (!next) {
            break;
        }
        *stage = next;
        flow = find_flow(tracer->dp, *stage, packet);
    }
    return flow;
}

static enum pipeline
pipeline_of(const struct trace_dp *dp, bool ingress)
{
    return (dp->is_switch ? (ingress ? PIPELINE_LS_IN : PIPELINE_LS_OUT)
            : ingress ? PIPELINE_LR_IN : PIPELINE_LR_OUT);
}

static void
run_table(struct tracer *tracer, const struct stage *stage,
          struct flow *packet, struct trace_node *parent)
{
    const struct trace_flow *flow = skip_trivial(tracer, stage->pipeline,
                                                 &stage, packet);
    const struct lflow_scope *outer = tracer->evaluation.scope;

    if (!flow) {
        trace_node_add(parent, TRACE_TABLE,
                       "%2d. %s: no match (implicit drop)", stage->number,
                       stage->name);
        return;
    }
    tracer->evaluation.scope = &tracer->dp->scope;
    run_flow(tracer, flow, packet, add_table(tracer, flow, parent));
    tracer->evaluation.scope = outer;
}

void
trace_table(struct tracer *tracer, struct trace_dp *dp, bool ingress,
            unsigned int number, struct flow *packet,
            struct trace_node *parent)
{
    const struct stage *stage = stage_by_number(pipeline_of(dp, ingress),
                                                number);
    struct trace_dp *outer_dp = tracer->dp;
    bool outer_ingress = tracer->ingress;

    if (!stage) {
        trace_node_add(parent, TRACE_ERROR, "*** no stage %u in this "
                       "pipeline", number);
        return;
    }
    if (++tracer->n_tables > TRACE_MAX_TABLES) {
        trace_node_add(parent, TRACE_ERROR, "*** stopped after %d tables",
                       TRACE_MAX_TABLES);
        return;
    }
    tracer->dp = dp;
    tracer->ingress = ingress;
    run_table(tracer, stage, packet, parent);
    tracer->dp = outer_dp;
    tracer->ingress = outer_ingress;
}

void
trace_run(struct trace_db *db, const struct trace_state *state,
          const struct trace_ovs *ovs, struct trace_dp *dp,
          const struct flow *flow, struct trace_node *root)
{
    struct tracer *tracer = xzalloc(sizeof *tracer);
    struct flow packet = *flow;

    tracer->evaluation.class = &trace_class;
    tracer->db = db;
    tracer->state = state;
    tracer->ovs = ovs;
    trace_table(tracer, dp, true, 0, &packet,
                trace_pipeline_heading(dp, true, &packet, root));
    free(tracer);
}
