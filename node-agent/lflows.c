/* Logical flows to OpenFlow: see lflows.h.  Templates (the texts) are in
 * lflow_templates.c; here they meet datapaths and become flows. */
#include <config.h>

#include "node-agent/lflows.h"

#include <inttypes.h>
#include <stdlib.h>

#include "hash.h"
#include "node-agent/extend_table.h"
#include "node-agent/lflow_scope.h"
#include "node-agent/lflow_templates.h"
#include "node-agent/model.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/vlog.h"
#include "byte-order.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(lflows);

void
lflows_init(struct lflows *lflows, struct model *model,
            struct flow_table *flows, struct extend_table *groups,
            struct extend_table *meters)
{
    memset(lflows, 0, sizeof *lflows);
    lflows->model = model;
    lflows->flows = flows;
    lflows->groups = groups;
    lflows->meters = meters;
    hmap_init(&lflows->templates);
    hmap_init(&lflows->conj_ids);
    lflow_index_init(&lflows->index);
}

void
lflows_destroy(struct lflows *lflows)
{
    ovs_assert(hmap_is_empty(&lflows->templates));
    hmap_destroy(&lflows->templates);
    hmap_destroy(&lflows->conj_ids);
    lflow_index_destroy(&lflows->index);
}

/* ---- Conjunction ids -------------------------------------------------- */

/* An id that a bundle has.  Ids are hashes of what they are for, so that
 * they are the same after a restart. */
struct conj_id {
    struct hmap_node node;      /* In lflows. */
    uint32_t id;
    uint32_t cookie;            /* Of the flow that it is for. */
    uint32_t n;                 /* The first of so many; 0: another. */
    struct conj_id *next;       /* Of the bundle. */
};

static bool
conj_id_is_taken(const struct lflows *lflows, uint32_t id)
{
    const struct conj_id *conj;

    HMAP_FOR_EACH_WITH_HASH (conj, node, hash_int(id, 0),
                             &lflows->conj_ids) {
        if (conj->id == id) {
            return true;
        }
    }
    return false;
}

static bool
conj_ids_are_free(const struct lflows *lflows, uint32_t first, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (conj_id_is_taken(lflows, first + i)) {
            return false;
        }
    }
    return true;
}

/* 'n' ids in a row for a rule of 'bundle'; returns the first. */
static uint32_t
take_conj_ids(struct lflows *lflows, struct bundle *bundle,
              const struct bundle_rule *rule, uint32_t n)
{
    uint32_t first = hash_3words(rule->template->cookie, bundle->dp->key,
                                 rule->priority);

    /* 0 is what packets have without a conjunction. */
    while (!first || first > UINT32_MAX - n
           || !conj_ids_are_free(lflows, first, n)) {
        first = hash_int(first, 1);
    }
    for (uint32_t i = 0; i < n; i++) {
        struct conj_id *conj = xmalloc(sizeof *conj);

        conj->id = first + i;
        conj->cookie = rule->template->cookie;
        conj->n = i ? 0 : n;
        conj->next = bundle->conj_ids;
        bundle->conj_ids = conj;
        hmap_insert(&lflows->conj_ids, &conj->node, hash_int(conj->id, 0));
    }
    return first;
}

static void
free_conj_ids(struct lflows *lflows, struct bundle *bundle)
{
    while (bundle->conj_ids) {
        struct conj_id *conj = bundle->conj_ids;

        bundle->conj_ids = conj->next;
        hmap_remove(&lflows->conj_ids, &conj->node);
        free(conj);
    }
}

/* Those of a bundle. */
static void
format_conj_ids(const struct bundle *bundle, struct ds *out)
{
    const struct sb_datapath *row = datapath_row(bundle->dp);
    const struct conj_id *conj;

    for (conj = bundle->conj_ids; conj; conj = conj->next) {
        if (conj->n) {
            ds_put_format(out, "lflow: %08"PRIx32", dp: %s, "
                          "start: %"PRIu32", n: %"PRIu32"\n", conj->cookie,
                          row ? row->uuid : "", conj->id, conj->n);
        }
    }
}

void
lflows_format_conj_ids(const struct lflows *lflows, struct ds *out)
{
    const struct datapath *dp;
    const struct bundle *bundle;

    ds_put_cstr(out, "Conjunction IDs allocations:\n");
    HMAP_FOR_EACH (dp, node, &lflows->model->datapaths) {
        HMAP_FOR_EACH (bundle, node, &dp->bundles) {
            format_conj_ids(bundle, out);
        }
    }
    ds_put_format(out, "---\nTotal %"PRIuSIZE" IDs used.\n",
                  hmap_count(&lflows->conj_ids));
}

/* ---- Flows ------------------------------------------------------------ */

static void
add_clauses(struct lflows *lflows, struct bundle *bundle, uint8_t table,
            uint16_t priority, const struct match *match, uint32_t conj_base,
            const struct lflow_clause *clauses, size_t n)
{
    uint64_t stub[64];
    struct ofpbuf ofpacts = OFPBUF_STUB_INITIALIZER(stub);

    for (size_t i = 0; i < n; i++) {
        struct ofpact_conjunction *c = ofpact_put_CONJUNCTION(&ofpacts);

        c->id = conj_base + clauses[i].conj - 1;
        c->clause = clauses[i].clause;
        c->n_clauses = clauses[i].n_clauses;
    }
    flow_owner_add(lflows->flows, &bundle->owner, table, priority, 0, match,
                   ofpacts.data, ofpacts.size);
    ofpbuf_uninit(&ofpacts);
}

/* The flows of one rule, compiled as 'program' with 'actions'. */
static void
add_program(struct lflows *lflows, struct bundle *bundle,
            const struct bundle_rule *rule,
            const struct lflow_program *program, struct flow_actions *actions)
{
    const struct lflow_matches *matches = program->matches;
    uint32_t n_conjs = lflow_matches_n_conjs(matches);
    size_t n_matches = lflow_matches_count(matches);
    uint32_t conj_base = 0;

    if (n_conjs) {
        conj_base = take_conj_ids(lflows, bundle, rule, n_conjs);
    }
    for (size_t i = 0; i < n_matches; i++) {
        const struct lflow_clause *clauses;
        struct match match;
        size_t n_clauses;

        lflow_matches_get(matches, i, conj_base, &match);
        match_set_metadata(&match, htonll(bundle->dp->key));
        clauses = lflow_matches_clauses(matches, i, &n_clauses);
        if (n_clauses) {
            add_clauses(lflows, bundle, program->table, rule->priority,
                        &match, conj_base, clauses, n_clauses);
            continue;
        }
        flow_owner_add_actions(lflows->flows, &bundle->owner, program->table,
                               rule->priority, rule->template->cookie, &match,
                               actions);
    }
}

/* ---- Bundles ---------------------------------------------------------- */

/* What a bundle gathers while its flows are made. */
struct gather {
    struct lflow_use *uses;
    struct extend_entry **extends;
    size_t n_extends;
};

static void
gather_extends(struct gather *gather, struct extend_entry **extends, size_t n)
{
    if (n) {
        gather->extends = xrealloc(gather->extends, (gather->n_extends + n)
                                   * sizeof *gather->extends);
        memcpy(gather->extends + gather->n_extends, extends,
               n * sizeof *extends);
        gather->n_extends += n;
    }
}

/* What all datapaths have of a text. */
static void
add_shared(struct lflows *lflows, struct bundle *bundle,
           const struct bundle_rule *rule, struct gather *gather)
{
    struct lflow_template *template = rule->template;

    lflow_index_add_uses(&lflows->index, template->uses, bundle,
                         &gather->uses);
    if (template->state == TEMPLATE_SHARED) {
        add_program(lflows, bundle, rule, &template->program,
                    template->ofpacts);
    }
}

/* Compiles a text: if it turns out so, for the datapath of 'bundle' alone. */
static void
add_compiled(struct lflows *lflows, struct bundle *bundle,
             const struct bundle_rule *rule, struct gather *gather)
{
    struct lflow_template *template = rule->template;
    struct lflow_program program;
    struct agent_scope scope;
    bool ok;

    agent_scope_init(&scope, lflows->model, bundle->dp, template->stage,
                     lflows->groups, lflows->meters);
    ok = lflow_template_compile(lflows, template, &scope, &program);
    if (template->state == TEMPLATE_NEW
        && lflow_template_share(lflows, template, &scope, &program, ok)) {
        agent_scope_destroy(&scope);
        add_shared(lflows, bundle, rule, gather);
        return;
    }
    if (ok) {
        struct flow_actions *actions
            = flow_actions_intern(&lflows->flows->pool, program.ofpacts.data,
                                  program.ofpacts.size);

        add_program(lflows, bundle, rule, &program, actions);
        flow_actions_unref(&lflows->flows->pool, actions);
    }
    lflow_index_add(&lflows->index, &program.refs, bundle->dp, bundle, NULL,
                    &gather->uses);
    gather_extends(gather, scope.extends, scope.n_extends);
    free(scope.extends);
    lflow_program_destroy(&program);
    agent_scope_destroy(&scope);
}

static void
add_rule(struct lflows *lflows, struct bundle *bundle,
         const struct bundle_rule *rule, struct gather *gather)
{
    enum template_state state = rule->template->state;

    if (state == TEMPLATE_NEW || state == TEMPLATE_PRIVATE) {
        add_compiled(lflows, bundle, rule, gather);
    } else {
        add_shared(lflows, bundle, rule, gather);
    }
}

static void
unref_rules(struct lflows *lflows, struct bundle_rule *rules, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        lflow_template_unref(lflows, rules[i].template);
    }
    free(rules);
}

/* Turns the row of 'bundle' into rules. */
static void
load_rules(struct lflows *lflows, struct bundle *bundle)
{
    const struct sb_flow_bundle *row = sb_flow_bundle_cast(bundle->row);
    struct bundle_rule *rules;
    size_t n = 0;

    rules = xmalloc((row->n_flows + 1) * sizeof *rules);
    for (size_t i = 0; i < row->n_flows; i++) {
        const struct sb_flow *flow = &row->flows[i];
        const struct stage *stage = stage_by_name(flow->stage);

        if (!stage
            || pipeline_is_router(stage->pipeline) == bundle->dp->is_switch) {
            static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

            VLOG_WARN_RL(&rl, "%s, %s: no stage \"%s\"", bundle->dp->name,
                         bundle->name, flow->stage);
            continue;
        }
        rules[n].template = lflow_template_get(lflows, stage, flow->match,
                                               flow->actions);
        rules[n++].priority = flow->priority;
    }
    unref_rules(lflows, bundle->rules, bundle->n_rules);
    bundle->rules = rules;
    bundle->n_rules = n;
    if (!bundle->common) {
        schema_row_destroy(bundle->row);
    }
    bundle->row = NULL;
}

static void
unref_extends(struct lflows *lflows, struct extend_entry **extends, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        lflow_template_unref_extend(lflows, extends[i]);
    }
    free(extends);
}

/* Replaces what 'bundle' refers to by what was gathered. */
static void
take_gather(struct lflows *lflows, struct bundle *bundle,
            struct gather *gather)
{
    lflow_index_clear(&lflows->index, &bundle->uses);
    unref_extends(lflows, bundle->extends, bundle->n_extends);
    bundle->uses = gather->uses;
    bundle->extends = gather->extends;
    bundle->n_extends = gather->n_extends;
}

void
lflows_update_bundle(struct lflows *lflows, struct bundle *bundle)
{
    struct gather gather = { .uses = NULL };

    if (bundle->row) {
        load_rules(lflows, bundle);
    }
    free_conj_ids(lflows, bundle);
    flow_owner_begin(lflows->flows, &bundle->owner);
    for (size_t i = 0; bundle->dp->key && i < bundle->n_rules; i++) {
        add_rule(lflows, bundle, &bundle->rules[i], &gather);
    }
    flow_owner_end(lflows->flows, &bundle->owner);
    take_gather(lflows, bundle, &gather);
}

void
lflows_clear_bundle(struct lflows *lflows, struct bundle *bundle)
{
    struct gather nothing = { .uses = NULL };

    flow_owner_clear(lflows->flows, &bundle->owner);
    free_conj_ids(lflows, bundle);
    take_gather(lflows, bundle, &nothing);
    unref_rules(lflows, bundle->rules, bundle->n_rules);
    bundle->rules = NULL;
    bundle->n_rules = 0;
}

static void
on_changed(struct bundle *bundle, struct lflow_template *template,
           void *lflows_)
{
    struct lflows *lflows = lflows_;

    if (template) {
        lflow_template_invalidate(lflows, template);
    } else {
        model_bundle_dirty(lflows->model, bundle);
    }
}

void
lflows_changed(struct lflows *lflows, enum lflow_ref_kind kind,
               const struct datapath *dp, const char *name)
{
    lflow_index_each(&lflows->index, kind, dp, name, on_changed, lflows);
}
