/* Following a packet through logical pipelines. */
#ifndef WEFT_CLI_TRACE_RUN_H
#define WEFT_CLI_TRACE_RUN_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/trace_db.h"
#include "cli/trace_node.h"
#include "flow.h"
#include "lflow/actions_evaluate.h"

/* How stateful actions answer: options of ovn-trace(8). */
struct trace_state {
    uint32_t *ct_states;        /* --ct, in order. */
    size_t n_ct_states;
    struct lflow_address lb_dst;    /* --lb-dst; AF_UNSPEC: none. */
    uint16_t lb_dst_port;
    bool has_select_id;         /* --select-id. */
    int select_id;
};

/* OpenFlow flows for a cookie (--ovs): lines, the caller's, or NULL. */
struct trace_ovs;
char *trace_ovs_flows(const struct trace_ovs *, uint32_t cookie);

/* One trace under way. */
struct tracer {
    struct lflow_evaluation evaluation; /* First: what the evaluator has. */
    struct trace_db *db;
    const struct trace_state *state;
    const struct trace_ovs *ovs;        /* Or NULL. */
    size_t next_ct_state;               /* Of state->ct_states. */

    /* Where the packet is. */
    struct trace_dp *dp;
    bool ingress;
    struct trace_node *node;            /* What it does goes below. */

    const char *ct_comment;             /* Of the state just taken. */
    const struct lflow_action *selecting;   /* select that has chosen; next()
                                             * follows. */
    uint16_t selected;                  /* What it chose... */
    bool was_random;                    /* ...by chance. */
    unsigned int n_answers;             /* Errors and resets that it is
                                         * within. */
    size_t n_tables;                    /* So far. */
};

/* Follows 'flow', which came in through its inport, from the first stage of
 * ingress on.  Adds what happens below 'root'. */
void trace_run(struct trace_db *db, const struct trace_state *state,
               const struct trace_ovs *ovs, struct trace_dp *dp,
               const struct flow *flow, struct trace_node *root);

/* --- Between the files ------------------------------------------------- */

enum { TRACE_MAX_TABLES = 100000 };

/* Runs stages of the pipeline from 'number' on. */
void trace_table(struct tracer *, struct trace_dp *, bool ingress,
                 unsigned int number, struct flow *flow,
                 struct trace_node *parent);

/* output, in trace_output.c. */
void trace_output(struct tracer *, struct flow *flow);

/* Puts a pipeline's heading below 'parent'. */
struct trace_node *trace_pipeline_heading(const struct trace_dp *,
                                          bool ingress,
                                          const struct flow *,
                                          struct trace_node *parent);

/* The same for a flow that jumps there by next(pipeline=...). */
struct trace_node *trace_jump_heading(const struct trace_dp *, bool ingress,
                                      const struct flow *,
                                      struct trace_node *parent);

/* What an action does, for the tree: trace_actions.c. */
extern const struct lflow_evaluation_class trace_class;
struct tracer *tracer_cast(struct lflow_evaluation *);

/* Port security: trace_port_security.c.  Does the port's row forbid what
 * comes from it, or goes to it? */
bool trace_forbids_in(const struct trace_port *, const struct flow *);
bool trace_forbids_out(const struct trace_port *, const struct flow *);

/* Conntrack: trace_conntrack.c, of the class. */
void trace_conntrack(struct lflow_evaluation *, const struct lflow_action *,
                     struct flow *);
size_t trace_choose(struct lflow_evaluation *, const struct lflow_action *,
                    const struct flow *, size_t n);
/* What the heading of conntrack's result says; the caller frees it. */
char *trace_conntrack_heading(const struct tracer *,
                              const struct lflow_action *,
                              const struct flow *);

/* The keys of the logical ports. */
uint32_t trace_inport(const struct flow *);
uint32_t trace_outport(const struct flow *);

#endif
