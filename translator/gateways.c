/* Candidates of a distributed gateway port, from its gateway_chassis rows or
 * its ha_chassis_group, and which of them hosts it: see gateways.h. */
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

static const char *
choose(struct engine_reader *reader, const struct gateways *gateways)
{
    for (size_t i = 0; i < gateways->n; i++) {
        if (engine_read(reader, model_input(MODEL_ALIVE),
                        gateways->items[i].chassis, "")) {
            return gateways->items[i].chassis;
        }
    }
    return gateways->n ? gateways->items[0].chassis : "";
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
        if (compare(&a->items[i], &b->items[i])) {
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
