/* Queues: a port with qos_min_rate, qos_max_rate or qos_burst has one of its
 * own where its packets leave the hypervisor.  The number is one that no
 * other port of its chassis has; a localnet port, which is on each chassis,
 * has the same number on all. */
#include <config.h>

#include "translator/switch_queue.h"

#include <inttypes.h>

#include "translator/bindings.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/tunnel_keys.h"

/* Whose numbers are given to 'lsp': those of the chassis that it is on, or
 * of all localnet ports.  NULL if it needs none. */
static const char *
queue_space(struct generate *g, const struct nb_logical_switch_port *lsp)
{
    const struct lsp_place *place;

    if (!smap_get(&lsp->options, "qos_min_rate")
        && !smap_get(&lsp->options, "qos_max_rate")
        && !smap_get(&lsp->options, "qos_burst")) {
        return NULL;
    } else if (lsp->type == NB_LOGICAL_SWITCH_PORT_TYPE_LOCALNET) {
        return TUNNEL_KEY_QUEUES;
    } else if (lsp->type != NB_LOGICAL_SWITCH_PORT_TYPE_NONE
               && lsp->type != NB_LOGICAL_SWITCH_PORT_TYPE_VIRTUAL) {
        return NULL;
    }
    place = lsp_place(g->reader, lsp->row.id);
    return (place->chassis
            ? generate_text(g, TUNNEL_KEY_QUEUES "%s", place->chassis)
            : NULL);
}

/* States that the port needs a queue. */
void
switch_queue_facts(struct generate *g)
{
    const char *space = queue_space(g, nb_logical_switch_port_cast(g->row));

    if (space) {
        generate_fact(g, RELATION_TUNNEL_KEY_WANTED, space, "", g->row->id);
    }
}

const char *
switch_queue(struct generate *g, const struct nb_logical_switch_port *lsp)
{
    const char *space = queue_space(g, lsp);
    const struct tunnel_key *key;

    if (!space) {
        return smap_get(&lsp->options, "qdisc_queue_id");
    }
    key = engine_read(g->reader, model_input(MODEL_TUNNEL_KEY), space,
                      lsp->row.id);
    if (key && !key->key) {
        generate_error(g, "options", "no queue is free for the port");
    }
    return (key && key->key
            ? generate_text(g, "%"PRIu32, tunnel_key_to_queue(space, key->key))
            : NULL);
}
