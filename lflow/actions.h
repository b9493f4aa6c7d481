/* Logical actions (ovn-sb(5), Logical_Flow "actions"): what compile.c needs
 * of them.  The rest of their contract is the actions' own. */
#ifndef WEFT_LFLOW_ACTIONS_H
#define WEFT_LFLOW_ACTIONS_H 1

#include <stdbool.h>
#include <stdint.h>

#include "lflow/arena.h"
#include "lflow/scope.h"
#include "lflow/stages.h"

struct err;
struct expr;
struct ofpbuf;

/* Where a flow stands.  Filled in by the caller of a compile. */
struct lflow_place {
    enum pipeline pipeline;
    uint8_t stage;              /* Number within the pipeline. */
    uint8_t n_stages;           /* next(table=N) must be less. */
    uint8_t ingress_table;      /* First OpenFlow table of ingress... */
    uint8_t egress_table;       /* ...and egress pipelines. */
    uint8_t output_table;       /* Where output resubmits in ingress; in
                                 * egress it is OFTABLE_SAVE_INPORT. */
};

/* A flow's place in Weft's tables: pipeline and stage from 'stage', the
 * rest from lflow/tables.h. */
struct lflow_place lflow_place_of_stage(const struct stage *stage);

/* Parsed actions; they live in the arena that they were parsed into. */
struct lflow_actions;

/* Parses the whole of 'text' (templates already expanded; 'length' bytes).
 * Stores the actions in '*actions' and in '*prereqs' the expression (parsed,
 * not annotated; NULL for none) that the flow's match must be ANDed with.
 * Returns 0, or -WEFT_E_INVALID or -WEFT_E_TOO_LARGE with 'err' set (field
 * "actions:COLUMN"). */
int lflow_actions_parse(const char *text, size_t length,
                        const struct lflow_place *place,
                        const struct lflow_scope *scope,
                        struct lflow_refs *refs, struct lflow_arena *arena,
                        struct lflow_actions **actions,
                        const struct expr **prereqs, struct err *err);

/* Appends the OpenFlow actions to 'ofpacts' (as struct ofpacts, not as they
 * are on the wire).  Returns 0, -WEFT_E_TOO_LARGE past LFLOW_MAX_OFPACTS, or
 * -WEFT_E_NO_SPACE where no group or meter could be allotted. */
int lflow_actions_encode(const struct lflow_actions *actions,
                         const struct lflow_place *place,
                         const struct lflow_scope *scope,
                         struct lflow_refs *refs, struct ofpbuf *ofpacts,
                         struct err *err);

#endif
