/* What chassis learned, for all: Ethernet addresses behind the ports of
 * switches, neighbours of router ports.  If several saw the same address the
 * last one counts.  What was learned of a switch or a router port that was
 * deleted says nothing of another one by that name. */
#include <config.h>

#include <string.h>

#include "openvswitch/util.h"
#include "store/keys.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/tunnel_keys.h"
#include "util.h"

/* What was learned last of (datapath, rest), or NULL. */
static const struct model_learned *
last_learned(struct generate *g, enum model_input_id input,
             enum model_chassis_index_id index)
{
    struct engine_members chassis = engine_members(
        g->reader, model_chassis_index(index), g->key.a, g->key.b);
    const struct model_learned *last = NULL;
    char *encoded = keys_encode(g->key.a);
    const char *path = generate_text(g, "%s/%s", encoded, g->key.b);
    const char *name;

    free(encoded);
    ENGINE_MEMBERS_FOR_EACH (name, chassis) {
        const struct model_learned *learned
            = engine_read(g->reader, model_input(input), name, path);

        if (learned && (!last || learned->mod_revision
                                 > last->mod_revision)) {
            last = learned;
        }
    }
    return last;
}

/* Only of datapaths that exist. */
static bool
datapath_exists(struct generate *g)
{
    const struct tunnel_key *key = engine_read(
        g->reader, model_input(MODEL_TUNNEL_KEY), "", g->key.a);

    return key && key->key;
}

/* Was it learned before what 'table' and 'id' name was made? */
static bool
is_of_another(struct generate *g, const struct model_learned *learned,
              const struct schema_table *table, const char *id)
{
    const int64_t *created = engine_read(
        g->reader, model_input(MODEL_CREATED), table->name, id);

    return !created || learned->mod_revision < *created;
}

void
learned_fdb(struct generate *g)
{
    const struct model_learned *learned = last_learned(g, MODEL_FDB,
                                                       MODEL_FDB_CHASSIS);
    const struct sb_fdb *fdb = learned ? sb_fdb_cast(learned->row) : NULL;
    const char *colon = strchr(g->key.a, ':');

    if (!fdb || !datapath_exists(g)
        || is_of_another(g, learned, &nb_logical_switch_table,
                         colon ? colon + 1 : g->key.a)) {
        return;
    }
    const struct tunnel_key *key = engine_read(
        g->reader, model_input(MODEL_TUNNEL_KEY), g->key.a, fdb->port);

    if (key && key->key) {
        struct sb_fdb *row = sb_fdb_create(g->key.b);

        row->port_key = key->key;
        generate_row(g, generate_text(g, "%s/%s",
                                      generate_key(g, "sb/dp", g->key.a,
                                                   "fdb", NULL), g->key.b),
                     &row->row);
    }
}

void
learned_mac_binding(struct generate *g)
{
    const struct model_learned *learned
        = last_learned(g, MODEL_MAC_BINDING, MODEL_MAC_BINDING_CHASSIS);
    const struct sb_mac_binding *binding
        = learned ? sb_mac_binding_cast(learned->row) : NULL;

    char *lport = keys_decode(g->key.b, strcspn(g->key.b, "/"));
    bool is_old = !lport || (binding && is_of_another(
        g, learned, &nb_logical_router_port_table, lport));

    free(lport);
    if (binding && !is_old && datapath_exists(g)) {
        struct sb_mac_binding *row = sb_mac_binding_create(g->key.b);

        schema_string_set(&row->mac, binding->mac);
        generate_row(g, generate_text(g, "%s/%s",
                                      generate_key(g, "sb/dp", g->key.a,
                                                   "mac_binding", NULL),
                                      g->key.b),
                     &row->row);
    }
}
