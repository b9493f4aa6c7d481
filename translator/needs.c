/* What each chassis needs: the datapaths that its ports reach through patch
 * ports, and the sets that the flows of those name; and the chassis
 * themselves.
 *
 * Datapaths joined by patch ports form a component; what they and their sets
 * are is written once, as a set "reach:<component>", and each chassis with a
 * port on one of them names that set (docs/decisions/0001-reach.md).  A
 * component is called by the smallest name among its datapaths. */
#include <config.h>

#include <string.h>

#include "openvswitch/shash.h"
#include "openvswitch/util.h"
#include "sset.h"
#include "svec.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "util.h"

enum { MEMBERS_A_PART = 256 };  /* On average, at the most. */

/* ---- Components ------------------------------------------------------- */

/* Adds to 'names' all that can be reached from its elements. */
static void
spread(struct engine_reader *reader, struct svec *names, struct sset *seen)
{
    for (size_t i = 0; i < names->n; i++) {
        struct engine_members neighbours = engine_members(
            reader, relation(RELATION_DATAPATH_NEIGHBOURS), names->names[i],
            "");
        const char *name;

        ENGINE_MEMBERS_FOR_EACH (name, neighbours) {
            if (sset_add(seen, name)) {
                svec_add(names, name);
            }
        }
    }
}

/* All components at once: datapath -> its component's name (struct shash).
 * Datapaths without neighbours are left out. */
static void *
components_compute(struct engine_reader *reader,
                   const struct engine_key *key OVS_UNUSED)
{
    struct engine_members all = engine_members(
        reader, relation(RELATION_TUNNEL_KEY_WANTED), "", "");
    struct shash *components = xmalloc(sizeof *components);
    struct sset seen = SSET_INITIALIZER(&seen);
    const char *first;

    shash_init(components);
    /* In order of names: the first of a component gives its name. */
    ENGINE_MEMBERS_FOR_EACH (first, all) {
        struct svec names = SVEC_EMPTY_INITIALIZER;

        if (sset_add(&seen, first)) {
            svec_add(&names, first);
            spread(reader, &names, &seen);
            for (size_t i = 0; names.n > 1 && i < names.n; i++) {
                shash_add(components, names.names[i], xstrdup(first));
            }
        }
        svec_destroy(&names);
    }
    sset_destroy(&seen);
    return components;
}

static bool
components_equal(const void *a_, const void *b_)
{
    const struct shash *a = a_, *b = b_;
    const struct shash_node *node;

    if (shash_count(a) != shash_count(b)) {
        return false;
    }
    SHASH_FOR_EACH (node, a) {
        const char *other = shash_find_data(b, node->name);

        if (!other || strcmp(other, node->data)) {
            return false;
        }
    }
    return true;
}

static void
components_destroy(void *components)
{
    shash_destroy_free_data(components);
    free(components);
}

/* Key "". */
const struct engine_kind components_kind = {
    .name = "components", .role = ENGINE_DERIVED,
    .compute = components_compute, .equal = components_equal,
    .destroy = components_destroy,
};

static void *
component_compute(struct engine_reader *reader, const struct engine_key *key)
{
    const struct shash *all = engine_read(reader, &components_kind, "", "");
    const char *name = all ? shash_find_data(all, key->a) : NULL;

    return nullable_xstrdup(name);
}

static bool
component_equal(const void *a, const void *b)
{
    return !strcmp(a, b);
}

/* Key (datapath): the name of its component, or NULL if it has no
 * neighbours. */
const struct engine_kind component_kind = {
    .name = "component", .role = ENGINE_DERIVED,
    .compute = component_compute, .equal = component_equal,
    .destroy = free,
};

/* For each datapath with neighbours. */
void
binding_component(struct generate *g)
{
    const char *component = engine_read(g->reader, &component_kind, g->key.a,
                                        "");

    if (component) {
        generate_fact(g, RELATION_COMPONENTS, component, "", g->key.a);
    }
}

/* ---- What a component is ---------------------------------------------- */

/* Adds "dp:<name>" for 'datapath' and "set:<kind:name>" for its sets. */
static void
add_contents(struct generate *g, struct sset *contents, const char *datapath)
{
    struct engine_members sets = generate_members(g, RELATION_DATAPATH_SETS,
                                                  datapath, "");
    const char *set;

    sset_add(contents, generate_text(g, "dp:%s", datapath));
    ENGINE_MEMBERS_FOR_EACH (set, sets) {
        sset_add(contents, generate_text(g, "set:%s", set));
    }
}

static void
write_parts(struct generate *g, const char *set, const struct sset *contents)
{
    struct sb_set *row = sb_set_create(set);
    struct sb_set_part **parts;
    const char *member;
    uint32_t n = 1;

    while (sset_count(contents) > n * MEMBERS_A_PART) {
        n *= 2;
    }
    parts = xcalloc(n, sizeof *parts);
    for (uint32_t i = 0; i < n; i++) {
        parts[i] = sb_set_part_create(set);
    }
    SSET_FOR_EACH (member, contents) {
        schema_strings_add(
            &parts[engine_member_hash(member) & (n - 1)]->members, member);
    }
    for (uint32_t i = 0; i < n; i++) {
        schema_strings_sort(&parts[i]->members);
        generate_row(g, generate_key(g, "sb/set", set,
                                     generate_text(g, "%"PRIu32, i), NULL),
                     &parts[i]->row);
    }
    free(parts);
    row->parts = n;
    generate_row(g, generate_key(g, "sb/set", set, NULL), &row->row);
}

/* For each component. */
void
binding_reach(struct generate *g)
{
    struct engine_members datapaths = generate_members(
        g, RELATION_COMPONENTS, g->key.a, "");
    struct sset contents = SSET_INITIALIZER(&contents);
    const char *datapath;

    ENGINE_MEMBERS_FOR_EACH (datapath, datapaths) {
        add_contents(g, &contents, datapath);
    }
    write_parts(g, generate_text(g, "reach:%s", g->key.a), &contents);
    sset_destroy(&contents);
}

/* ---- Needs ------------------------------------------------------------ */

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

/* A datapath that is alone, and its sets. */
static void
need_alone(struct generate *g, const char *datapath)
{
    struct engine_members sets = generate_members(g, RELATION_DATAPATH_SETS,
                                                  datapath, "");
    const char *set;

    need(g, "dp", datapath);
    ENGINE_MEMBERS_FOR_EACH (set, sets) {
        need(g, "set", set);
    }
}

/* For each chassis that has ports.  One that is only named (as a gateway,
 * say) and was never seen has no needs. */
void
binding_needs(struct generate *g)
{
    struct engine_members datapaths = generate_members(
        g, RELATION_CHASSIS_DATAPATHS, g->key.a, "");
    const char *datapath;

    if (!engine_read(g->reader, model_input(MODEL_CHASSIS), g->key.a, "")) {
        return;
    }
    ENGINE_MEMBERS_FOR_EACH (datapath, datapaths) {
        const char *component = engine_read(g->reader, &component_kind,
                                            datapath, "");

        if (component) {
            need(g, "set", generate_text(g, "reach:%s", component));
        } else {
            need_alone(g, datapath);
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
    smap_clear(&row->other_config);
    smap_clear(&row->external_ids);
    generate_row(g, generate_key(g, "sb/chassis", g->key.a, NULL), copy);
}
