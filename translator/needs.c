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

/* For each chassis and datapath that it has ports of. */
void
binding_datapath(struct generate *g)
{
    generate_fact(g, RELATION_CHASSIS_DATAPATHS, g->key.a, "", g->key.b);
}

static void
need(struct generate *g, const char *what, const char *name)
{
    engine_output(g->reader, generate_key(g, "sb/node", g->key.a, what, name,
                                          NULL), xstrdup("{}"), 2);
}

/* Adds what 'members' has and 'names' has not; 'seen' is the same as a
 * set. */
static void
add_new(struct svec *names, struct sset *seen, struct engine_members members)
{
    const char *name;

    ENGINE_MEMBERS_FOR_EACH (name, members) {
        if (sset_add(seen, name)) {
            svec_add(names, name);
        }
    }
}

/* For each chassis that has ports.  One that is only named (as a gateway,
 * say) and was never seen has no needs. */
void
binding_needs(struct generate *g)
{
    struct sset seen = SSET_INITIALIZER(&seen);
    struct svec datapaths = SVEC_EMPTY_INITIALIZER;
    struct svec sets = SVEC_EMPTY_INITIALIZER;

    if (!engine_read(g->reader, model_input(MODEL_CHASSIS), g->key.a, "")) {
        return;
    }
    add_new(&datapaths, &seen, generate_members(
                g, RELATION_CHASSIS_DATAPATHS, g->key.a, ""));
    for (size_t i = 0; i < datapaths.n; i++) {
        const char *datapath = datapaths.names[i];

        add_new(&datapaths, &seen, generate_members(
                    g, RELATION_DATAPATH_NEIGHBOURS, datapath, ""));
        need(g, "dp", datapath);
    }
    sset_clear(&seen);
    for (size_t i = 0; i < datapaths.n; i++) {
        add_new(&sets, &seen, generate_members(
                    g, RELATION_DATAPATH_SETS, datapaths.names[i], ""));
    }
    for (size_t i = 0; i < sets.n; i++) {
        need(g, "set", sets.names[i]);
    }
    sset_destroy(&seen);
    svec_destroy(&datapaths);
    svec_destroy(&sets);
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
