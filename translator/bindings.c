/* Arbitration: each chassis claims the ports whose interfaces it has; who
 * gets a port is decided here, as a pure function of the claims.
 *
 * If the port asks for chassis (options:requested-chassis) only those may
 * have it, the first named being its place, the others additional ones while
 * a VM migrates.  Otherwise the first claim (by the create revision of its
 * key) stays until it goes; of a virtual port the last one counts, since it
 * is where its address was heard last.  A container is where its parent
 * is. */
#include <config.h>

#include "translator/bindings.h"

#include <string.h>

#include "openvswitch/util.h"
#include "sset.h"
#include "translator/gateways.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/router.h"
#include "translator/traits.h"
#include "util.h"

static const struct model_claim *
read_claim(struct engine_reader *reader, const char *chassis,
           const char *lport)
{
    return engine_read(reader, model_input(MODEL_CLAIM), chassis, lport);
}

/* Chassis go by their names, and by their host names. */
static bool
is_called(struct engine_reader *reader, const char *chassis,
          const char *name)
{
    if (!strcmp(chassis, name)) {
        return true;
    }
    const struct sb_chassis *row = engine_read(
        reader, model_input(MODEL_CHASSIS), chassis, "");

    return row && !strcmp(row->hostname, name);
}

/* Which claims on a port count. */
struct wanted {
    const char *lport;
    const char *version;        /* Those of this iface-id-ver; NULL: any. */
    bool is_virtual;            /* Those that tell a parent, the last first. */
};

/* The claim of 'chassis', or NULL if it has none or one that is not
 * wanted. */
static const struct model_claim *
read_fitting_claim(struct engine_reader *reader, const char *chassis,
                   const struct wanted *wanted)
{
    const struct model_claim *claim = read_claim(reader, chassis,
                                                 wanted->lport);

    return (claim
            && (!wanted->version
                || !strcmp(claim->row->iface_id_ver, wanted->version))
            && (!wanted->is_virtual || *claim->row->virtual_parent)
            ? claim : NULL);
}

/* Whose of 'claims' counts, or NULL. */
static const char *
choose_claim(struct engine_reader *reader, struct engine_members claims,
             const struct wanted *wanted)
{
    const char *chassis, *first = NULL;
    int64_t first_revision = 0;

    ENGINE_MEMBERS_FOR_EACH (chassis, claims) {
        const struct model_claim *claim = read_fitting_claim(
            reader, chassis, wanted);

        if (claim && (!first || (claim->create_revision < first_revision)
                                != wanted->is_virtual)) {
            first = chassis;
            first_revision = claim->create_revision;
        }
    }
    return first;
}

/* Which of 'claims' is that of 'name', or NULL. */
static const char *
claim_of(struct engine_reader *reader, struct engine_members claims,
         const char *name, const struct wanted *wanted)
{
    const char *chassis;

    ENGINE_MEMBERS_FOR_EACH (chassis, claims) {
        if (is_called(reader, chassis, name)
            && read_fitting_claim(reader, chassis, wanted)) {
            return chassis;
        }
    }
    return NULL;
}

/* Places the port on the chassis that it asks for. */
static void
place_requested(struct engine_reader *reader, struct engine_members claims,
                const char *requested, const struct wanted *wanted,
                struct lsp_place *place)
{
    char *names = xstrdup(requested), *save = NULL;
    bool is_first = true;

    for (char *name = strtok_r(names, ", ", &save); name;
         name = strtok_r(NULL, ", ", &save)) {
        const char *chassis = claim_of(reader, claims, name, wanted);

        if (chassis && is_first) {
            place->chassis = xstrdup(chassis);
        } else if (chassis) {
            schema_strings_insert(&place->additional, chassis);
        }
        is_first = false;
    }
    free(names);
    if (!place->chassis && place->additional.n) {
        /* Still on its way to the first. */
        place->chassis = place->additional.items[0];    /* Moved. */
        memmove(place->additional.items, place->additional.items + 1,
                --place->additional.n * sizeof *place->additional.items);
    }
}

/* Which chassis 'lsp' asks for, or NULL. */
static const char *
requested_chassis(const struct nb_logical_switch_port *lsp)
{
    const char *name = smap_get(&lsp->options,
                                lsp->type
                                == NB_LOGICAL_SWITCH_PORT_TYPE_L2GATEWAY
                                ? "l2gateway-chassis" : "requested-chassis");

    return name && *name ? name : NULL;
}

/* Whether chassis claim ports of this type: where an interface is, or the
 * address of a virtual port was heard.  Others are where they are told to be
 * (given_place()), everywhere or nowhere, whatever an interface is called. */
static bool
is_claimed(enum nb_logical_switch_port_type type)
{
    return (type == NB_LOGICAL_SWITCH_PORT_TYPE_NONE
            || type == NB_LOGICAL_SWITCH_PORT_TYPE_VIRTUAL);
}

static void
fill_place(struct engine_reader *reader, struct lsp_place *place,
           const char *lport, const struct nb_logical_switch_port *lsp)
{
    const struct wanted wanted = {
        lport, smap_get(&lsp->options, "iface-id-ver"),
        lsp->type == NB_LOGICAL_SWITCH_PORT_TYPE_VIRTUAL };
    const char *requested = requested_chassis(lsp);
    struct engine_members claims = engine_members(
        reader, model_chassis_index(MODEL_LPORT_CLAIMS), lport, "");

    if (requested) {
        place_requested(reader, claims, requested, &wanted, place);
    } else {
        place->chassis = nullable_xstrdup(
            choose_claim(reader, claims, &wanted));
    }
    const struct model_claim *claim
        = place->chassis ? read_claim(reader, place->chassis, lport) : NULL;

    if (claim) {
        place->is_installed = claim->row->installed;
        if (*claim->row->encap_ip) {
            place->encap_ip = xstrdup(claim->row->encap_ip);
        }
        if (*claim->row->virtual_parent) {
            place->virtual_parent = xstrdup(claim->row->virtual_parent);
        }
    }
}

/* The chassis of a port that no chassis has to claim: the router side of a
 * gateway router; a host that an HA group serves; a port to a physical network
 * on one chassis.  Or NULL. */
static const char *
given_place(struct engine_reader *reader,
            const struct nb_logical_switch_port *lsp)
{
    const char *peer = smap_get(&lsp->options, "router-port");

    if (lsp->type == NB_LOGICAL_SWITCH_PORT_TYPE_ROUTER && peer) {
        const struct router_port *port = router_port_read(reader, peer);
        const struct router *router
            = port ? router_read(reader, port->router) : NULL;

        return router && router->chassis[0] ? router->chassis : NULL;
    } else if (lsp->type == NB_LOGICAL_SWITCH_PORT_TYPE_EXTERNAL
               && lsp->ha_chassis_group[0]) {
        const struct gateways *gateways = gateways_read_group(
            reader, lsp->ha_chassis_group);

        return gateways->active[0] ? gateways->active : NULL;
    } else if (lsp->type == NB_LOGICAL_SWITCH_PORT_TYPE_L2GATEWAY) {
        return requested_chassis(lsp);
    }
    return NULL;
}

static void *
compute(struct engine_reader *reader, const struct engine_key *key)
{
    const struct nb_logical_switch_port *parent, *lsp
        = MODEL_ROW(reader, logical_switch_port, key->a);
    struct lsp_place *place = xzalloc(sizeof *place);
    const char *lport = key->a;

    if (lsp && *lsp->parent_name) {
        parent = MODEL_ROW(reader, logical_switch_port, lsp->parent_name);
        if (!parent || *parent->parent_name
            || parent->type != NB_LOGICAL_SWITCH_PORT_TYPE_NONE) {
            return place;
        }
        lport = lsp->parent_name;
        lsp = parent;
    }
    if (lsp && given_place(reader, lsp)) {
        place->chassis = xstrdup(given_place(reader, lsp));
        place->is_installed = true;
    } else if (lsp && is_claimed(lsp->type)) {
        fill_place(reader, place, lport, lsp);
    }
    return place;
}

static bool
strings_equal(const struct schema_strings *a, const struct schema_strings *b)
{
    if (a->n != b->n) {
        return false;
    }
    for (size_t i = 0; i < a->n; i++) {
        if (strcmp(a->items[i], b->items[i])) {
            return false;
        }
    }
    return true;
}

static bool
equal(const void *a_, const void *b_)
{
    const struct lsp_place *a = a_, *b = b_;

    return (nullable_string_is_equal(a->chassis, b->chassis)
            && strings_equal(&a->additional, &b->additional)
            && a->is_installed == b->is_installed
            && nullable_string_is_equal(a->encap_ip, b->encap_ip)
            && nullable_string_is_equal(a->virtual_parent,
                                        b->virtual_parent));
}

static void
destroy(void *place_)
{
    struct lsp_place *place = place_;

    free(place->chassis);
    schema_strings_clear(&place->additional);
    free(place->encap_ip);
    free(place->virtual_parent);
    free(place);
}

const struct engine_kind lsp_place_kind = {
    .name = "lsp_place", .role = ENGINE_DERIVED,
    .compute = compute, .equal = equal, .destroy = destroy,
};

const struct lsp_place *
lsp_place(struct engine_reader *reader, const char *lsp)
{
    static const struct lsp_place nowhere = { .chassis = NULL };
    const struct lsp_place *place = engine_read(reader, &lsp_place_kind, lsp,
                                                "");

    return place ? place : &nowhere;
}

/* ---- Facts ------------------------------------------------------------- */

/* States which chassis have ports of the switch. */
void
binding_place(struct generate *g)
{
    const struct nb_logical_switch_port *lsp
        = nb_logical_switch_port_cast(g->row);
    const struct lsp_place *place = lsp_place(g->reader, g->row->id);
    const char *datapath = generate_switch_datapath(g, lsp->switch_);

    if (lsp->type == NB_LOGICAL_SWITCH_PORT_TYPE_EXTERNAL
        && lsp->ha_chassis_group[0]) {
        gateway_places(g, gateways_read_group(g->reader,
                                              lsp->ha_chassis_group),
                       datapath, g->row->id);
    } else if (place->chassis) {
        generate_fact(g, RELATION_CHASSIS_DATAPATH_PORTS, place->chassis,
                      datapath, g->row->id);
    }
    for (size_t i = 0; i < place->additional.n; i++) {
        generate_fact(g, RELATION_CHASSIS_DATAPATH_PORTS,
                      place->additional.items[i], datapath, g->row->id);
    }
}

/* ---- Verdicts ---------------------------------------------------------- */

/* Why 'chassis' does not get 'lsp', which is elsewhere; or NULL. */
static const char *
refusal(struct generate *g, const struct nb_logical_switch_port *lsp,
        const char *chassis)
{
    const struct lsp_place *place = lsp_place(g->reader, lsp->row.id);
    const char *requested = requested_chassis(lsp);
    const struct wanted wanted = {
        lsp->row.id, smap_get(&lsp->options, "iface-id-ver"), false };

    if (lsp->type == NB_LOGICAL_SWITCH_PORT_TYPE_LOCALPORT) {
        return NULL;
    } else if (!is_claimed(lsp->type)) {
        return "the port is not of a type that an interface can be";
    } else if (*lsp->parent_name) {
        return generate_text(g, "the port is inside port %s",
                             lsp->parent_name);
    } else if ((place->chassis && !strcmp(place->chassis, chassis))
               || schema_strings_contains(&place->additional, chassis)) {
        return NULL;
    } else if (wanted.version && !read_fitting_claim(g->reader, chassis,
                                                     &wanted)) {
        return generate_text(g, "iface-id-ver is not %s", wanted.version);
    } else if (requested) {
        return generate_text(g, "requested-chassis is %s", requested);
    }
    return generate_text(g, "the port is on %s",
                         place->chassis ? place->chassis : "no chassis");
}

/* Tells a chassis whether it has got a port. */
void
binding_verdict(struct generate *g)
{
    const char *chassis = g->key.a, *lport = g->key.b;
    const struct nb_logical_switch_port *lsp
        = MODEL_ROW(g->reader, logical_switch_port, lport);
    struct sb_node_port *verdict = sb_node_port_create(lport);
    const char *reason = "there is no such logical port";

    if (lsp && !MODEL_ROW_EXISTS(g->reader, logical_switch, lsp->switch_)) {
        reason = "its logical switch does not exist";
    } else if (lsp) {
        reason = refusal(g, lsp, chassis);
        schema_string_set(&verdict->datapath,
                          generate_switch_datapath(g, lsp->switch_));
    }
    verdict->bound = !reason;
    if (reason) {
        schema_string_set(&verdict->reason, reason);
    }
    generate_row(g, generate_key(g, "sb/node", chassis, "port", lport, NULL),
                 &verdict->row);
}
