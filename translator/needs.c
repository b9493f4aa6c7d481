/* What each chassis needs: the datapaths that its ports reach through patch
 * ports, and the sets that the flows of those name; and the chassis
 * themselves. */
#include <config.h>

#include <string.h>

#include "openvswitch/util.h"
#include "sset.h"
#include "svec.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "util.h"

/* ---- Reach ------------------------------------------------------------- */

/* Key: (datapath).  Value: struct svec, all that can be reached from it,
 * itself too, sorted. */
static void *
compute_reach(struct engine_reader *reader, const struct engine_key *key)
{
    struct svec *reach = xmalloc(sizeof *reach);
    struct sset seen = SSET_INITIALIZER(&seen);

    svec_init(reach);
    svec_add(reach, key->a);
    sset_add(&seen, key->a);
    for (size_t i = 0; i < reach->n; i++) {
        struct engine_members neighbours = engine_members(
            reader, relation(RELATION_DATAPATH_NEIGHBOURS), reach->names[i],
            "");
        const char *datapath;

        ENGINE_MEMBERS_FOR_EACH (datapath, neighbours) {
            if (sset_add(&seen, datapath)) {
                svec_add(reach, datapath);
            }
        }
    }
    sset_destroy(&seen);
    svec_sort(reach);
    return reach;
}

static bool
reach_equal(const void *a, const void *b)
{
    return svec_equal(a, b);
}

static void
reach_destroy(void *reach_)
{
    struct svec *reach = reach_;

    svec_destroy(reach);
    free(reach);
}

const struct engine_kind datapath_reach_kind = {
    .name = "datapath_reach", .role = ENGINE_DERIVED,
    .compute = compute_reach, .equal = reach_equal,
    .destroy = reach_destroy,
};

/* ---- Needs ------------------------------------------------------------- */

static void
need(struct generate *g, const char *what, const char *name)
{
    engine_output(g->reader, generate_key(g, "sb/node", g->key.a, what, name,
                                          NULL), xstrdup("{}"), 2);
}

/* For each chassis and datapath that it has ports of.  Chassis that are only
 * named (as a gateway, say) and were never seen have no needs. */
void
binding_needs(struct generate *g)
{
    const struct svec *reach = engine_read(g->reader, &datapath_reach_kind,
                                           g->key.b, "");

    if (!engine_read(g->reader, model_input(MODEL_CHASSIS), g->key.a, "")) {
        return;
    }
    for (size_t i = 0; reach && i < reach->n; i++) {
        struct engine_members sets = generate_members(
            g, RELATION_DATAPATH_SETS, reach->names[i], "");
        const char *set;

        need(g, "dp", reach->names[i]);
        ENGINE_MEMBERS_FOR_EACH (set, sets) {
            need(g, "set", set);
        }
    }
}

/* ---- Chassis ----------------------------------------------------------- */

/* What every agent has to know of a chassis. */
void
binding_chassis(struct generate *g)
{
    const struct sb_chassis *chassis = engine_read(
        g->reader, model_input(MODEL_CHASSIS), g->key.a, "");

    if (!chassis) {
        return;
    }
    struct schema_row *copy = schema_row_clone(&chassis->row);
    struct sb_chassis *row = (struct sb_chassis *) copy;

    smap_clear(&row->bridge_mappings);
    smap_clear(&row->external_ids);
    generate_row(g, generate_key(g, "sb/chassis", g->key.a, NULL), copy);
}
