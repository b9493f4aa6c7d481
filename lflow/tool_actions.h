/* parse-actions: the part of weftctl lflow that shows actions. */
#ifndef WEFT_LFLOW_TOOL_ACTIONS_H
#define WEFT_LFLOW_TOOL_ACTIONS_H 1

#include "lflow/actions.h"

struct ds;

/* Parses the actions in 'line' and appends what they are to 's':
 *
 *     formats as TEXT           where that isn't the line itself
 *     encodes as OPENFLOW
 *     uses group: id(N), name(BUCKETS)
 *     uses meter: id(N), name(...)
 *     has prereqs EXPRESSION
 *
 * Returns what lflow_actions_parse() and lflow_actions_encode() do. */
int lflow_tool_parse_actions(const char *line,
                             const struct lflow_place *place,
                             const struct lflow_scope *scope,
                             struct lflow_arena *arena, struct ds *s,
                             struct err *err);

#endif
