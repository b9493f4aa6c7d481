/* What names in logical flows mean on this node: the agent's side of
 * lflow/scope.h. */
#ifndef WEFT_NODE_AGENT_LFLOW_SCOPE_H
#define WEFT_NODE_AGENT_LFLOW_SCOPE_H 1

#include "lflow/scope.h"

struct datapath;
struct extend_entry;
struct extend_table;
struct model;
struct stage;

/* The scope of one compile. */
struct agent_scope {
    struct lflow_scope scope;       /* Must be first. */
    struct model *model;
    const struct datapath *dp;
    enum mf_field_id here;          /* The field whose port is on this
                                     * chassis. */
    struct extend_table *groups, *meters;

    /* What the compile used; the caller's afterwards. */
    struct extend_entry **extends;  /* With a reference each. */
    size_t n_extends;

    /* Made for the compile, freed by agent_scope_destroy(). */
    struct port_set **port_sets;
    size_t n_port_sets;
};

void agent_scope_init(struct agent_scope *, struct model *,
                      const struct datapath *, const struct stage *,
                      struct extend_table *groups,
                      struct extend_table *meters);
/* Frees what was made for the compile, but not 'extends'. */
void agent_scope_destroy(struct agent_scope *);

#endif
