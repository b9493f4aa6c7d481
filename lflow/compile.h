/* One logical flow to OpenFlow: the call that the agent makes. */
#ifndef WEFT_LFLOW_COMPILE_H
#define WEFT_LFLOW_COMPILE_H 1

#include <stddef.h>

#include "lflow/actions.h"
#include "lflow/expr.h"
#include "lflow/scope.h"
#include "openvswitch/ofpbuf.h"

/* What is compiled; all borrowed. */
struct lflow_source {
    const char *match;          /* Text of the match... */
    const char *actions;        /* ...and of the actions. */
    struct lflow_place place;   /* Pipeline, stage, tables. */
    const struct lflow_scope *scope;    /* What names mean; may be NULL. */
};

/* What came of it; the caller's. */
struct lflow_program {
    struct lflow_matches *matches;  /* NULL after a failure. */
    struct ofpbuf ofpacts;      /* Actions of every match without clauses
                                 * and of the matches on conj_id. */
    uint8_t table;              /* OpenFlow table of the flow. */
    struct lflow_refs refs;     /* What it depends on. */
};

/* Compiles 'source' into '*program', which need not be initialised and is
 * to be freed with lflow_program_destroy() after success AND failure: on
 * failure it holds no flows, but the refs that were looked at until then,
 * since one of them may be what was missing.
 *
 * Returns 0, or what expr_parse_string(), expr_annotate(), expr_simplify(),
 * expr_normalize(), expr_to_matches(), lflow_actions_parse() and
 * lflow_actions_encode() return.
 *
 * A result depends on the datapath only through refs of kind PORT and
 * PORT_GROUP (and GROUP and METER, which are the chassis'): a program
 * without such refs serves every datapath that has the same text.  A match
 * that can't be true (an unknown port, one that no packet can have, a port
 * that isn't resident) is no failure: it gives no matches; its actions are not
 * encoded then. */
int lflow_compile(const struct lflow_source *source,
                  struct lflow_program *program, struct err *err);
void lflow_program_destroy(struct lflow_program *program);

/* Bytes that 'program' holds. */
size_t lflow_program_size(const struct lflow_program *program);

#endif
