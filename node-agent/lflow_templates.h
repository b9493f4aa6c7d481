/* Texts of logical flows, each compiled once: what lflows.c uses of
 * lflow_templates.c. */
#ifndef WEFT_NODE_AGENT_LFLOW_TEMPLATES_H
#define WEFT_NODE_AGENT_LFLOW_TEMPLATES_H 1

#include <stdbool.h>

#include "node-agent/lflows.h"

struct agent_scope;
struct ds;

/* The template of a text, with a reference for the caller. */
struct lflow_template *lflow_template_get(struct lflows *,
                                          const struct stage *,
                                          const char *match,
                                          const char *actions);
void lflow_template_unref(struct lflows *, struct lflow_template *);

/* A NEW template has become 'program' in 'scope', or has not ('ok').  If that
 * is the same for all datapaths, keeps it ('program' and what the scope used
 * are its own then) and returns true.  Otherwise it becomes PRIVATE. */
bool lflow_template_share(struct lflows *, struct lflow_template *,
                          struct agent_scope *scope,
                          struct lflow_program *program, bool ok);
/* All become NEW. */
void lflow_templates_flush(struct lflows *);
/* How many there are, as lflow-cache/show-stats of ovn-controller(8) has it:
 * "cache-matches" serve every datapath, "cache-expr" are compiled for
 * each. */
void lflow_templates_format(const struct lflows *, struct ds *);
/* Something it names changed: it becomes NEW. */
void lflow_template_invalidate(struct lflows *, struct lflow_template *);

/* Compiles the text in 'scope'.  Returns true if it compiles; 'program' is
 * to be destroyed in any case. */
bool lflow_template_compile(struct lflows *, const struct lflow_template *,
                            const struct agent_scope *scope,
                            struct lflow_program *program);

/* Gives back a reference to a group or meter. */
void lflow_template_unref_extend(struct lflows *, struct extend_entry *);

#endif
