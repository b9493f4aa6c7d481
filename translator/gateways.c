/* Candidates of a distributed gateway port, from its gateway_chassis rows or
 * its ha_chassis_group, and which of them hosts it: see gateways.h.
 *
 * The candidates decide that for themselves (node-agent/gateway.c), so that
 * it holds while the store is away; from the same facts the same rule says
 * here where the port is, for all who read the southbound. */
#include <config.h>

#include "translator/gateways.h"

#include <stdlib.h>
#include <string.h>

#include "translator/model.h"
#include "util.h"

static void
add(struct gateways *gateways, const char *chassis, int64_t priority)
{
    struct gateway_candidate *c = &gateways->items[gateways->n++];

    c->chassis = xstrdup(chassis);
    c->priority = priority;
}

static int
compare(const void *a_, const void *b_)
{
    const struct gateway_candidate *a = a_, *b = b_;

    if (a->priority != b->priority) {
        return a->priority > b->priority ? -1 : 1;
    }
    return strcmp(a->chassis, b->chassis);
}

static void
collect(struct engine_reader *reader, struct gateways *gateways,
        const char *router_port, const char *group)
{
    bool is_group = group[0] != '\0';
    struct engine_members ids = engine_members(
        reader, model_index(is_group ? MODEL_HA_GROUP_CHASSIS
                                     : MODEL_PORT_GATEWAY_CHASSIS),
        is_group ? group : router_port, "");
    const char *id;

    gateways->items = xcalloc(ids.n + 1, sizeof *gateways->items);
    ENGINE_MEMBERS_FOR_EACH (id, ids) {
        if (is_group) {
            const struct nb_ha_chassis *c = MODEL_ROW(reader, ha_chassis,
                                                      id);

            if (c) {
                add(gateways, c->chassis_name, c->priority);
            }
        } else {
            const struct nb_gateway_chassis *c
                = MODEL_ROW(reader, gateway_chassis, id);

            if (c) {
                add(gateways, c->chassis_name, c->priority);
            }
        }
    }
    qsort(gateways->items, gateways->n, sizeof *gateways->items, compare);
}

/* Says which candidates are dead, if any is not. */
static void
find_dead(struct engine_reader *reader, struct gateways *gateways)
{
    size_t n_dead = 0;

    for (size_t i = 0; i < gateways->n; i++) {
        struct gateway_candidate *c = &gateways->items[i];

        c->dead = !engine_read(reader, model_input(MODEL_ALIVE), c->chassis,
                               "");
        n_dead += c->dead;
    }
    for (size_t i = 0; n_dead == gateways->n && i < gateways->n; i++) {
        gateways->items[i].dead = false;
    }
}

/* Does candidate 'self' serve?  It does if it reaches none of those before
 * it, though it reaches somebody. */
static bool
serves(struct engine_reader *reader, const struct gateways *gateways,
       size_t self)
{
    const struct sb_tunnels *tunnels = engine_read(
        reader, model_input(MODEL_TUNNELS), gateways->items[self].chassis,
        "");

    if (gateways->items[self].dead || (tunnels && tunnels->isolated)) {
        return false;
    }
    for (size_t i = 0; i < self; i++) {
        const struct gateway_candidate *c = &gateways->items[i];

        if (!c->dead && !(tunnels && schema_strings_contains(&tunnels->down,
                                                             c->chassis))) {
            return false;
        }
    }
    return true;
}

static const char *
choose(struct engine_reader *reader, const struct gateways *gateways)
{
    const char *first = NULL;

    for (size_t i = 0; i < gateways->n; i++) {
        if (serves(reader, gateways, i)) {
            return gateways->items[i].chassis;
        }
        if (!first && !gateways->items[i].dead) {
            first = gateways->items[i].chassis;
        }
    }
    return first ? first : "";
}

static void *
gateways_compute(struct engine_reader *reader, const struct engine_key *key)
{
    const struct nb_logical_router_port *lrp
        = key->a[0] ? MODEL_ROW(reader, logical_router_port, key->a) : NULL;
    struct gateways *gateways;

    if (key->a[0] && !lrp) {
        return NULL;
    }
    gateways = xzalloc(sizeof *gateways);
    collect(reader, gateways, key->a, lrp ? lrp->ha_chassis_group : key->b);
    find_dead(reader, gateways);
    gateways->active = xstrdup(choose(reader, gateways));
    return gateways;
}

static bool
gateways_equal(const void *a_, const void *b_)
{
    const struct gateways *a = a_, *b = b_;

    if (a->n != b->n || strcmp(a->active, b->active)) {
        return false;
    }
    for (size_t i = 0; i < a->n; i++) {
        if (compare(&a->items[i], &b->items[i])
            || a->items[i].dead != b->items[i].dead) {
            return false;
        }
    }
    return true;
}

static void
gateways_destroy(void *gateways_)
{
    struct gateways *gateways = gateways_;

    for (size_t i = 0; i < gateways->n; i++) {
        free(gateways->items[i].chassis);
    }
    free(gateways->items);
    free(gateways->active);
    free(gateways);
}

const struct engine_kind gateways_kind = {
    .name = "gateways",
    .role = ENGINE_DERIVED,
    .compute = gateways_compute,
    .equal = gateways_equal,
    .destroy = gateways_destroy,
};

const struct gateways *
gateways_read_group(struct engine_reader *reader, const char *group)
{
    return engine_read(reader, &gateways_kind, "", group);
}

const struct gateways *
gateways_read(struct engine_reader *reader, const char *router_port)
{
    return engine_read(reader, &gateways_kind, router_port, "");
}

void
gateways_fill(const struct gateways *gateways, struct sb_port *row)
{
    row->gateway_chassis = xcalloc(gateways->n + 1,
                                   sizeof *row->gateway_chassis);
    for (size_t i = 0; i < gateways->n; i++) {
        schema_string_set(&row->gateway_chassis[i].chassis,
                          gateways->items[i].chassis);
        row->gateway_chassis[i].priority = gateways->items[i].priority;
        row->gateway_chassis[i].dead = gateways->items[i].dead;
    }
    row->n_gateway_chassis = gateways->n;
}
