/* BFD of static routes (ovn-nb(5), BFD): the rows from which the chassis of a
 * router port keeps sessions up, the flows that bring their messages to it,
 * and what became of them. */
#include <config.h>

#include <string.h>

#include "openvswitch/util.h"
#include "translator/gateways.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/router.h"
#include "translator/router_bfd.h"
#include "util.h"

/* The chassis of the port, of which there is one; or "". */
static const char *
port_chassis(struct engine_reader *reader, const struct router_port *port)
{
    const struct router *router = router_read(reader, port->router);
    const struct gateways *gateways;

    if (router && router->chassis[0]) {
        return router->chassis;
    }
    gateways = port->is_gateway ? gateways_read(reader, port->name) : NULL;
    return gateways ? gateways->active : "";
}

/* Key (id of a bfd row): the state, text; NULL if there is no such row. */
static void *
bfd_state_compute(struct engine_reader *reader, const struct engine_key *key)
{
    const struct nb_bfd *bfd = MODEL_ROW(reader, bfd, key->a);
    const struct router_port *port
        = bfd ? router_port_read(reader, bfd->logical_port) : NULL;
    const struct sb_bfd_state *state;

    if (!bfd) {
        return NULL;
    } else if (!engine_has_members(reader, model_index(MODEL_BFD_ROUTES),
                                   key->a, "")) {
        return xstrdup("admin_down");
    }
    state = port ? engine_read(reader, model_input(MODEL_BFD),
                               port_chassis(reader, port), key->a) : NULL;
    return xstrdup(state ? sb_bfd_state_state_names[state->state] : "down");
}

static bool
bfd_state_equal(const void *a, const void *b)
{
    return !strcmp(a, b);
}

const struct engine_kind bfd_state_kind = {
    .name = "bfd_state", .role = ENGINE_DERIVED,
    .compute = bfd_state_compute, .equal = bfd_state_equal,
    .destroy = free,
};

bool
router_bfd_is_down(struct engine_reader *reader, const char *id)
{
    const char *state = id[0] ? engine_read(reader, &bfd_state_kind, id, "")
                              : NULL;

    return state && (!strcmp(state, "down") || !strcmp(state, "admin_down"));
}

bool
router_bfd_is_used(struct engine_reader *reader, const char *router_port)
{
    return engine_has_members(reader, model_index(MODEL_PORT_BFD),
                              router_port, "");
}

static void
emit_flows(struct flow_bundle *b, const struct router_port *port)
{
    for (int v6 = 0; v6 < 2; v6++) {
        struct ds ips = DS_EMPTY_INITIALIZER;
        const char *ip = v6 ? "ip6" : "ip4";
        size_t n = 0;

        for (size_t i = 0; i < port->n_networks; i++) {
            if (port->networks[i].is_v6 == v6) {
                ds_put_format(&ips, "%s%s", n++ ? ", " : "",
                              port->networks[i].ip);
            }
        }
        if (n) {
            const char *open = n > 1 ? "{" : "", *close = n > 1 ? "}" : "";

            flow_emit(b, FLOW_LR_IN_IP_INPUT_BFD,
                      "%s.src == %s%s%s && udp.dst == 3784" DO "next; ", ip,
                      open, ds_cstr(&ips), close);
            flow_emit(b, FLOW_LR_IN_IP_INPUT_BFD,
                      "%s.dst == %s%s%s && udp.dst == 3784" DO
                      "handle_bfd_msg(); ", ip, open, ds_cstr(&ips), close);
        }
        ds_destroy(&ips);
    }
}

static void
write_row(struct generate *g, const struct nb_bfd *bfd,
          const struct router_port *port)
{
    struct sb_bfd_session *row = sb_bfd_session_create(bfd->row.id);

    schema_string_set(&row->logical_port, port->name);
    schema_string_set(&row->dst_ip, bfd->dst_ip);
    row->min_tx = bfd->min_tx.is_set ? bfd->min_tx.value : row->min_tx;
    row->min_rx = bfd->min_rx.is_set ? bfd->min_rx.value : row->min_rx;
    row->detect_mult = bfd->detect_mult.is_set ? bfd->detect_mult.value
                                               : row->detect_mult;
    row->min_tx = MIN(row->min_tx, 4294967);
    row->min_rx = MIN(row->min_rx, 4294967);
    row->detect_mult = MIN(row->detect_mult, 255);
    generate_row(g, generate_key(g, "sb/dp",
                                 generate_router_datapath(g, port->router),
                                 "bfd", bfd->row.id, NULL), &row->row);
}

/* For each row of table bfd. */
void
router_bfd(struct generate *g)
{
    const struct nb_bfd *bfd = nb_bfd_cast(g->row);
    const struct router_port *port = router_port_read(g->reader,
                                                      bfd->logical_port);
    const char *state = engine_read(g->reader, &bfd_state_kind, g->row->id,
                                    "");

    if (!port) {
        generate_waiting_for(g, "logical_router_port", bfd->logical_port);
        return;
    }
    emit_flows(generate_router_bundle(g, port->router), port);
    generate_status(g, "status", generate_text(g, "\"%s\"", state));
    if (strcmp(state, "admin_down")) {
        write_row(g, bfd, port);
    }
}
