/* Which load balancers apply to which switches and routers, directly or by a
 * group, and their rows for the agents.
 *
 * A load balancer asks the indexes who names it, so that adding one, to a
 * group of any size, runs once; everything else about it is made once for
 * each datapath: a datapath that comes or goes costs what is made for it. */
#include <config.h>

#include <string.h>

#include "translator/generate.h"
#include "translator/generators.h"

/* ---- Places ------------------------------------------------------------ */

static void
state_places(struct generate *g, enum model_index_id switches,
             enum model_index_id routers, const char *key)
{
    const struct nb_load_balancer *lb = nb_load_balancer_cast(g->row);

    for (int is_router = 0; is_router < 2; is_router++) {
        struct engine_members members = engine_members(
            g->reader, model_index(is_router ? routers : switches), key, "");
        const char *id;

        ENGINE_MEMBERS_FOR_EACH (id, members) {
            const char *datapath = (is_router
                                    ? generate_router_datapath(g, id)
                                    : generate_switch_datapath(g, id));

            generate_fact(g, RELATION_LB_AT, g->row->id, datapath,
                          "applies");
            if (!smap_is_empty(&lb->vips)) {
                generate_fact(g, RELATION_DATAPATH_LBS, datapath, "",
                              g->row->id);
            }
        }
    }
}

/* What is stored and not translated. */
static void
report_templates(struct generate *g)
{
    const struct nb_load_balancer *lb = nb_load_balancer_cast(g->row);
    const struct smap_node *node;

    if (smap_get_bool(&lb->options, "template", false)) {
        generate_error(g, "options.template", "load balancers of templates "
                       "are not translated");
        return;
    }
    SMAP_FOR_EACH (node, &lb->vips) {
        if (strchr(node->key, '^') || strchr(node->value, '^')) {
            generate_error(g, generate_text(g, "vips.%s", node->key),
                           "templates are not translated");
        }
    }
}

void
lb_places(struct generate *g)
{
    struct engine_members groups = engine_members(
        g->reader, model_index(MODEL_LB_GROUPS), g->row->id, "");
    const char *group;

    report_templates(g);
    state_places(g, MODEL_LB_SWITCHES, MODEL_LB_ROUTERS, g->row->id);
    ENGINE_MEMBERS_FOR_EACH (group, groups) {
        state_places(g, MODEL_LB_GROUP_SWITCHES, MODEL_LB_GROUP_ROUTERS,
                     group);
    }
}

/* ---- References -------------------------------------------------------- */

static void
wait_for(struct generate *g, const struct schema_table *table,
         const struct schema_strings *ids)
{
    for (size_t i = 0; i < ids->n; i++) {
        generate_row_exists(g, table, ids->items[i]);
    }
}

void
lb_switch_references(struct generate *g)
{
    const struct nb_logical_switch *ls = nb_logical_switch_cast(g->row);

    wait_for(g, &nb_load_balancer_table, &ls->load_balancer);
    wait_for(g, &nb_load_balancer_group_table, &ls->load_balancer_group);
}

void
lb_router_references(struct generate *g)
{
    const struct nb_logical_router *lr = nb_logical_router_cast(g->row);

    wait_for(g, &nb_load_balancer_table, &lr->load_balancer);
    wait_for(g, &nb_load_balancer_group_table, &lr->load_balancer_group);
}

void
lb_group_references(struct generate *g)
{
    wait_for(g, &nb_load_balancer_table,
             &nb_load_balancer_group_cast(g->row)->load_balancer);
}

/* ---- Rows -------------------------------------------------------------- */

/* For each load balancer of each datapath: agents know of those of
 * switches, where a backend may reach itself. */
void
lb_row(struct generate *g)
{
    const struct nb_load_balancer *lb = MODEL_ROW(g->reader, load_balancer,
                                                  g->key.a);
    struct sb_load_balancer *row;

    if (!lb || strncmp(g->key.b, "switch:", strlen("switch:"))) {
        return;
    }
    row = sb_load_balancer_create(lb->row.id);
    schema_string_set(&row->name, lb->name);
    row->protocol = (enum sb_load_balancer_protocol) lb->protocol;
    smap_clone(&row->vips, &lb->vips);
    smap_clone(&row->options, &lb->options);
    smap_replace(&row->options, "hairpin_orig_tuple", "true");
    generate_row(g, generate_key(g, "sb/dp", g->key.b, "load_balancer",
                                 lb->row.id, NULL), &row->row);
}
