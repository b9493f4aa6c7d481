/* Logical flows to OpenFlow.
 *
 * A text (stage, match, actions) is compiled once, as a template, and used by
 * every datapath that has it; only texts that name ports mean something else
 * in each datapath and are compiled for each.  What a bundle's flows refer to
 * is recorded: lflows_changed() makes exactly those bundles dirty that
 * depend on a name. */
#ifndef WEFT_NODE_AGENT_LFLOWS_H
#define WEFT_NODE_AGENT_LFLOWS_H 1

#include <stddef.h>
#include <stdint.h>

#include "lflow/compile.h"
#include "lflow/stages.h"
#include "node-agent/flow_table.h"
#include "node-agent/lflow_refs.h"

struct bundle;
struct ds;
struct extend_entry;
struct extend_table;
struct model;

enum template_state {
    TEMPLATE_NEW,           /* Not compiled, or something it names changed. */
    TEMPLATE_SHARED,        /* 'program' serves every datapath. */
    TEMPLATE_PRIVATE,       /* To be compiled for each datapath. */
    TEMPLATE_BAD,           /* Does not compile. */
};

/* A logical flow's text. */
struct lflow_template {
    struct hmap_node node;          /* In lflows. */
    unsigned int n_refs;            /* Rules that use it. */
    const struct stage *stage;
    const char *match, *actions;    /* Point into 'text'. */
    enum template_state state;
    struct lflow_program program;   /* SHARED. */
    struct flow_actions *ofpacts;   /* SHARED. */
    struct lflow_use *uses;
    struct extend_entry **extends;  /* Groups and meters that it uses. */
    size_t n_extends;
    uint32_t cookie;
    char text[];
};

/* A flow of a bundle. */
struct bundle_rule {
    struct lflow_template *template;
    uint16_t priority;
};

struct lflows {
    struct model *model;
    struct flow_table *flows;
    struct extend_table *groups, *meters;
    struct hmap templates;          /* "struct lflow_template"s, */
    size_t n_templates_max;         /* at most so many so far. */
    struct lflow_index index;
    struct hmap conj_ids;           /* Who has which ids. */
    uint64_t n_compiled;            /* Programs compiled, for metrics. */
    uint64_t n_failed;
};

void lflows_init(struct lflows *, struct model *, struct flow_table *,
                 struct extend_table *groups, struct extend_table *meters);
/* All bundles must have been cleared. */
void lflows_destroy(struct lflows *);

/* Makes the flows of 'bundle', reading its row first if that is new. */
void lflows_update_bundle(struct lflows *, struct bundle *);
/* Takes away all that 'bundle' has. */
void lflows_clear_bundle(struct lflows *, struct bundle *);

/* The conjunction ids of each flow, as debug/dump-lflow-conj-ids of
 * ovn-controller(8) has them. */
void lflows_format_conj_ids(const struct lflows *, struct ds *);

/* What 'kind' and 'name' (a port, a port group: in 'dp') stand for changed:
 * makes the bundles dirty that depend on it. */
void lflows_changed(struct lflows *, enum lflow_ref_kind,
                    const struct datapath *dp, const char *name);

#endif
