/* Logical actions (ovn-sb(5), Logical_Flow "actions"): text to typed actions,
 * typed actions to text and to OpenFlow.
 *
 *     text -- parse --> list of struct lflow_action -- encode --> ofpacts
 *                           |                 `------ format --> text
 *                           `-- lflow/actions_evaluate.h: traces
 *
 * Every action is a row of LFLOW_ACTIONS (lflow/action_types.h), with its
 * members; what an action does with them is in lflow/action_FAMILY.c.
 *
 * Actions are immutable and live in the arena that they were parsed into, as
 * does all that they point to: there is nothing to free one by one. */
#ifndef WEFT_LFLOW_ACTIONS_H
#define WEFT_LFLOW_ACTIONS_H 1

#include <stdbool.h>
#include <stdint.h>

#include "lflow/action_types.h"
#include "lflow/arena.h"
#include "lflow/scope.h"
#include "lflow/stages.h"

struct ds;
struct err;
struct expr;
struct ofpbuf;

/* Where a flow stands.  Filled in by the caller of a compile. */
struct lflow_place {
    enum pipeline pipeline;
    uint8_t stage;              /* Number within the pipeline. */
    uint8_t n_stages;           /* next(table=N) must be less. */
    uint8_t n_other_stages;     /* The same for next(pipeline=P,table=N) with
                                 * the other pipeline of the datapath; 0: it
                                 * has as many. */
    uint8_t ingress_table;      /* First OpenFlow table of ingress... */
    uint8_t egress_table;       /* ...and egress pipelines. */
    uint8_t output_table;       /* Where output resubmits in ingress; in
                                 * egress it is OFTABLE_SAVE_INPORT. */
    const char *controller_meter;   /* Meter (by name) of packets that go to
                                     * the controller; NULL for none. */
    uint32_t datapath_key;      /* Tunnel key of the datapath, and...*/
    uint32_t cookie;            /* ...first 32 bits of the flow's UUID: both
                                 * only for sample(); flows that use them
                                 * have a ref of kind LFLOW_REF_DATAPATH. */
};

/* A flow's place in Weft's tables: pipeline and stage from 'stage', the
 * rest from lflow/tables.h, no meter, key and cookie 0. */
struct lflow_place lflow_place_of_stage(const struct stage *stage);

/* Parsed actions: a list, empty for "drop;". */
struct lflow_actions {
    const struct lflow_action *first;   /* Linked by 'next_action'. */
    size_t n;
};

/* Visits each action of a list (struct lflow_actions *), in order. */
#define LFLOW_ACTION_FOR_EACH(ACTION, ACTIONS)                          \
    for (const struct lflow_action *ACTION = (ACTIONS)->first; ACTION;  \
         ACTION = ACTION->next_action)

/* Parses the whole of 'text' (templates already expanded; 'length' bytes).
 * Stores the actions in '*actions' and in '*prereqs' the expression (to be
 * annotated; NULL for none) that the flow's match must be ANDed with.
 * 'scope' and 'refs' may be NULL: then no name is known, nothing recorded.
 * Returns 0, or -WEFT_E_INVALID or -WEFT_E_TOO_LARGE with 'err' set (field
 * "actions:COLUMN"). */
int lflow_actions_parse(const char *text, size_t length,
                        const struct lflow_place *place,
                        const struct lflow_scope *scope,
                        struct lflow_refs *refs, struct lflow_arena *arena,
                        struct lflow_actions **actions,
                        const struct expr **prereqs, struct err *err);

/* Appends 'actions' as text that parses to the same, as OVN writes them:
 * separated by blanks, "drop;" for none. */
void lflow_actions_format(const struct lflow_actions *actions, struct ds *s);

/* Appends one action, with its semicolon. */
void lflow_action_format(const struct lflow_action *action, struct ds *s);

/* The same as a new string, the caller's. */
char *lflow_actions_to_string(const struct lflow_actions *actions);

/* Appends the OpenFlow actions to 'ofpacts' (as struct ofpacts, not as they
 * are on the wire).  Groups and meters are asked of 'scope' and recorded in
 * 'refs': a ref of kind LFLOW_REF_GROUP is the group's text as ovs-ofctl
 * takes it, without group_id.  Returns 0, -WEFT_E_TOO_LARGE past
 * LFLOW_MAX_OFPACTS, or -WEFT_E_NO_SPACE where no group or meter could be
 * allotted; then what was appended is taken back. */
int lflow_actions_encode(const struct lflow_actions *actions,
                         const struct lflow_place *place,
                         const struct lflow_scope *scope,
                         struct lflow_refs *refs, struct ofpbuf *ofpacts,
                         struct err *err);

/* "ct_lb_mark": the action's name; for assignments "=", "<->" and "--". */
const char *lflow_action_name(enum lflow_action_type type);

/* Takes the whole of 'text' as "1.2.3.4", "1.2.3.4:80", "fe80::1" or
 * "[fe80::1]:80"; port 0 where there is none.  False if it is none of them;
 * then nothing of use is stored. */
bool lflow_endpoint_parse(const char *text, struct lflow_address *,
                          uint16_t *port);

#endif
