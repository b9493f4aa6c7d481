/* Which chassis watch their tunnels to one another by BFD, so that a gateway
 * port fails over without the store: its candidates among themselves, and
 * each of them and every chassis that may send to it (ovn-architecture(7),
 * "High Availability for Distributed Gateways").  Who may send is who has a
 * port of the same component (needs.c).
 *
 * Each chassis is told its peers, "sb/node/<chassis>/bfd/<peer>", and has
 * nothing to work out. */
#include <config.h>

#include <string.h>

#include "openvswitch/util.h"
#include "translator/gateways.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/traits.h"

void
gateway_places(struct generate *g, const struct gateways *gateways,
               const char *datapath, const char *lport)
{
    for (size_t i = 0; i < gateways->n; i++) {
        generate_fact(g, RELATION_CHASSIS_DATAPATH_PORTS,
                      gateways->items[i].chassis, datapath, lport);
        if (gateways->n > 1) {
            generate_fact(g, RELATION_GATEWAY_CANDIDATES, datapath, "",
                          gateways->items[i].chassis);
        }
    }
}

static const char *
component_of(struct generate *g, const char *datapath)
{
    const char *component = engine_read(g->reader, &component_kind, datapath,
                                        "");

    return component ? component : datapath;
}

/* For each datapath that has candidates. */
void
gateway_candidates(struct generate *g)
{
    struct engine_members candidates = generate_members(
        g, RELATION_GATEWAY_CANDIDATES, g->key.a, "");
    const char *component = component_of(g, g->key.a);
    const char *candidate;

    ENGINE_MEMBERS_FOR_EACH (candidate, candidates) {
        generate_fact(g, RELATION_COMPONENT_CANDIDATES, component, "",
                      candidate);
    }
}

/* For each chassis that has ports. */
void
gateway_peers(struct generate *g)
{
    struct engine_members datapaths = generate_members(
        g, RELATION_CHASSIS_DATAPATHS, g->key.a, "");
    const char *datapath, *peer;

    ENGINE_MEMBERS_FOR_EACH (datapath, datapaths) {
        const char *component = component_of(g, datapath);
        struct engine_members candidates = generate_members(
            g, RELATION_COMPONENT_CANDIDATES, component, "");

        ENGINE_MEMBERS_FOR_EACH (peer, candidates) {
            if (strcmp(peer, g->key.a)) {
                generate_fact(g, RELATION_BFD_PEERS, g->key.a, peer,
                              component);
                generate_fact(g, RELATION_BFD_PEERS, peer, g->key.a,
                              component);
            }
        }
    }
}

/* For each chassis and peer of it. */
void
gateway_bfd(struct generate *g)
{
    static const char *const names[][2] = {
        { "bfd-min-rx", "min_rx" },
        { "bfd-decay-min-rx", "decay_min_rx" },
        { "bfd-min-tx", "min_tx" },
        { "bfd-mult", "mult" },
    };
    struct sb_node_bfd *row;

    if (!engine_read(g->reader, model_input(MODEL_CHASSIS), g->key.a, "")
        || !engine_read(g->reader, model_input(MODEL_CHASSIS), g->key.b,
                        "")) {
        return;
    }
    row = sb_node_bfd_create(g->key.b);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        const char *value = MODEL_ROW_OPTION(g->reader, nb_global, "global",
                                             "options", names[i][0]);

        if (value) {
            smap_add(&row->options, names[i][1], value);
        }
    }
    generate_row(g, generate_key(g, "sb/node", g->key.a, "bfd", g->key.b,
                                 NULL), &row->row);
}
