/* Texts of logical flows, each compiled once: see lflow_templates.h. */
#include <config.h>

#include "node-agent/lflow_templates.h"

#include <stdlib.h>

#include "lflow/cookie.h"
#include "lib/err.h"
#include "node-agent/extend_table.h"
#include "node-agent/lflow_scope.h"
#include "node-agent/model.h"
#include "node-agent/multicast.h"
#include "node-agent/sets.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(lflow_templates);

struct lflow_template *
lflow_template_get(struct lflows *lflows, const struct stage *stage,
                   const char *match, const char *actions)
{
    uint32_t hash = lflow_cookie(stage, match, actions);
    size_t match_size = strlen(match) + 1, actions_size = strlen(actions) + 1;
    struct lflow_template *template;

    HMAP_FOR_EACH_WITH_HASH (template, node, hash, &lflows->templates) {
        if (template->stage == stage && !strcmp(template->match, match)
            && !strcmp(template->actions, actions)) {
            template->n_refs++;
            return template;
        }
    }
    template = xzalloc(sizeof *template + match_size + actions_size);
    template->n_refs = 1;
    template->stage = stage;
    memcpy(template->text, match, match_size);
    memcpy(template->text + match_size, actions, actions_size);
    template->match = template->text;
    template->actions = template->text + match_size;
    template->cookie = hash;
    hmap_insert(&lflows->templates, &template->node, hash);
    lflows->n_templates_max = MAX(lflows->n_templates_max,
                                  hmap_count(&lflows->templates));
    return template;
}

void
lflow_template_unref_extend(struct lflows *lflows, struct extend_entry *entry)
{
    struct extend_table *table
        = extend_table_find(lflows->groups, entry->text) == entry
          ? lflows->groups : lflows->meters;

    extend_entry_unref(table, entry);
}

void
lflow_template_invalidate(struct lflows *lflows,
                          struct lflow_template *template)
{
    if (template->state == TEMPLATE_SHARED) {
        lflow_program_destroy(&template->program);
        flow_actions_unref(&lflows->flows->pool, template->ofpacts);
        template->ofpacts = NULL;
    }
    for (size_t i = 0; i < template->n_extends; i++) {
        lflow_template_unref_extend(lflows, template->extends[i]);
    }
    free(template->extends);
    template->extends = NULL;
    template->n_extends = 0;
    lflow_index_clear(&lflows->index, &template->uses);
    template->state = TEMPLATE_NEW;
}

void
lflow_template_unref(struct lflows *lflows, struct lflow_template *template)
{
    if (!--template->n_refs) {
        lflow_template_invalidate(lflows, template);
        hmap_remove(&lflows->templates, &template->node);
        free(template);
    }
}

void
lflow_templates_flush(struct lflows *lflows)
{
    struct lflow_template *template;

    HMAP_FOR_EACH (template, node, &lflows->templates) {
        lflow_template_invalidate(lflows, template);
    }
}

void
lflow_templates_format(const struct lflows *lflows, struct ds *out)
{
    const struct lflow_template *template;
    size_t n_shared = 0, n_private = 0;

    HMAP_FOR_EACH (template, node, &lflows->templates) {
        n_shared += template->state == TEMPLATE_SHARED;
        n_private += template->state == TEMPLATE_PRIVATE;
    }

    const struct {
        const char *name;
        size_t value;
    } counts[] = {
        { "high-watermark", lflows->n_templates_max },
        { "total", hmap_count(&lflows->templates) },
        { "cache-expr", n_private },
        { "cache-matches", n_shared },
    };

    ds_put_cstr(out, "Enabled: true\n");
    for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
        ds_put_format(out, "%-16s: %"PRIuSIZE"\n", counts[i].name,
                      counts[i].value);
    }
}

/* Does the program name a set that has not been heard of yet?  It will be
 * compiled again once it has. */
static bool
misses_set(const struct agent_scope *scope, const struct lflow_refs *refs)
{
    const struct lflow_ref *ref;

    HMAP_FOR_EACH (ref, node, &refs->map) {
        if ((ref->kind == LFLOW_REF_ADDRESS_SET
             && !sets_addresses(scope->model, ref->name))
            || ((ref->kind == LFLOW_REF_PORT_GROUP
                 || ref->kind == LFLOW_REF_PORT_GROUP_HERE)
                && !sets_has_ports(scope->model, ref->name))) {
            return true;
        }
    }
    return false;
}

static void
log_failure(const struct lflow_template *template, const struct err *err,
            bool expected)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 20);
    char *text = err_to_string(err);

    VLOG_RL(&rl, expected ? VLL_DBG : VLL_WARN, "%s: \"%s\" \"%s\": %s",
            template->stage->name, template->match, template->actions, text);
    free(text);
}

bool
lflow_template_compile(struct lflows *lflows,
                       const struct lflow_template *template,
                       const struct agent_scope *scope,
                       struct lflow_program *program)
{
    struct lflow_source source = {
        .match = template->match,
        .actions = template->actions,
        .place = lflow_place_of_stage(template->stage),
        .scope = &scope->scope,
    };
    struct err err = ERR_INIT;
    int error = lflow_compile(&source, program, &err);

    lflows->n_compiled++;
    if (error) {
        lflows->n_failed++;
        log_failure(template, &err, misses_set(scope, &program->refs));
    }
    err_clear(&err);
    return !error;
}

/* Do the refs make the program another one in each datapath? */
static bool
depends_on_datapath(const struct lflow_refs *refs)
{
    const struct lflow_ref *ref;
    uint32_t key;

    HMAP_FOR_EACH (ref, node, &refs->map) {
        if (ref->kind == LFLOW_REF_PORT_GROUP
            || ref->kind == LFLOW_REF_PORT_GROUP_HERE
            || (ref->kind == LFLOW_REF_PORT
                && !multicast_fixed_key(ref->name, &key))) {
            return true;
        }
    }
    return false;
}

bool
lflow_template_share(struct lflows *lflows, struct lflow_template *template,
                     struct agent_scope *scope,
                     struct lflow_program *program, bool ok)
{
    if (depends_on_datapath(&program->refs)) {
        template->state = TEMPLATE_PRIVATE;
        return false;
    }
    lflow_index_add(&lflows->index, &program->refs, NULL, NULL, template,
                    &template->uses);
    template->extends = scope->extends;
    template->n_extends = scope->n_extends;
    if (!ok) {
        template->state = TEMPLATE_BAD;
        lflow_program_destroy(program);
        return true;
    }
    template->state = TEMPLATE_SHARED;
    template->ofpacts = flow_actions_intern(&lflows->flows->pool,
                                            program->ofpacts.data,
                                            program->ofpacts.size);
    ofpbuf_uninit(&program->ofpacts);
    ofpbuf_init(&program->ofpacts, 0);
    template->program = *program;
    lflow_refs_init(&template->program.refs);
    lflow_refs_destroy(&program->refs);
    return true;
}
