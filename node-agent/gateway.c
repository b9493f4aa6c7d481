/* Who serves a gateway port: see gateway.h.
 *
 * Each candidate decides by itself: from the row (the candidates by priority,
 * which of them gave no sign of life), and from what BFD says of its tunnels.
 * So a failure of a node or of its links needs nobody else to be noticed.
 * The translator works out the same from what the candidates report
 * (translator/gateways.c), and says in the row who it is; a candidate goes by
 * that as long as BFD has nothing to say. */
#include <config.h>

#include "node-agent/gateway.h"

#include <string.h>

#include "util.h"

static const struct tunnel *
tunnel_to(const struct gateway_view *view, const char *chassis)
{
    return ofports_tunnel(view->ofports, chassis);
}

/* May 'chassis', preferred to this one, be serving the port? */
static bool
may_serve(const struct gateway_view *view, const struct sb_port *row,
          const char *chassis)
{
    const struct tunnel *tunnel = tunnel_to(view, chassis);

    switch (tunnel ? tunnel->bfd : TUNNEL_BFD_NONE) {
    case TUNNEL_BFD_UP:
        return true;
    case TUNNEL_BFD_DOWN:
        return false;
    case TUNNEL_BFD_NONE:
    case TUNNEL_BFD_WAITING:
    default:
        return !strcmp(row->chassis, chassis);
    }
}

/* The candidate that took over from this chassis, which does not hear from
 * the store that it is thought dead; or NULL. */
static const char *
successor(const struct gateway_view *view, const struct sb_port *row)
{
    for (size_t i = 0; view->store_lost && i < row->n_gateway_chassis; i++) {
        const struct tunnel *tunnel
            = tunnel_to(view, row->gateway_chassis[i].chassis);

        if (tunnel && tunnel->took_over) {
            return row->gateway_chassis[i].chassis;
        }
    }
    return NULL;
}

static size_t
n_living(const struct sb_port *row)
{
    size_t n = 0;

    for (size_t i = 0; i < row->n_gateway_chassis; i++) {
        n += !row->gateway_chassis[i].dead;
    }
    return n;
}

bool
gateway_is_here(const struct gateway_view *view, const struct sb_port *row)
{
    bool is_only = n_living(row) == 1;

    for (size_t i = 0; i < row->n_gateway_chassis; i++) {
        const char *chassis = row->gateway_chassis[i].chassis;
        bool is_self = !strcmp(chassis, view->chassis);

        if (row->gateway_chassis[i].dead) {
            continue;
        } else if (!is_self) {
            if (is_only || may_serve(view, row, chassis)) {
                return false;
            }
        } else if (is_only) {
            return true;
        } else if (view->ofports->isolated) {
            /* Either this node is cut off, or all others are. */
            return (!view->store_lost
                    && !strcmp(row->chassis, view->chassis));
        } else {
            return !successor(view, row);
        }
    }
    return false;
}

void
gateway_each_replaced(const struct sb_port *row, const char *self,
                      void (*cb)(const char *chassis, void *aux), void *aux)
{
    for (size_t i = 0; i < row->n_gateway_chassis; i++) {
        const char *chassis = row->gateway_chassis[i].chassis;

        if (row->gateway_chassis[i].dead && strcmp(chassis, self)) {
            cb(chassis, aux);
        }
    }
}

/* ---- Sending ---------------------------------------------------------- */

/* All tunnels to living candidates, of the first one's type; '*any_up' if
 * BFD says that one works. */
static size_t
collect(const struct gateway_view *view, const struct sb_port *row,
        const struct tunnel **tunnels, bool *any_up)
{
    size_t n = 0;

    *any_up = false;
    for (size_t i = 0; i < row->n_gateway_chassis; i++) {
        const char *chassis = row->gateway_chassis[i].chassis;
        const struct tunnel *tunnel = tunnel_to(view, chassis);

        if (tunnel && !row->gateway_chassis[i].dead
            && strcmp(chassis, view->chassis)
            && (!n || tunnel->type == tunnels[0]->type)) {
            tunnels[n++] = tunnel;
            *any_up |= tunnel->bfd == TUNNEL_BFD_UP;
        }
    }
    return n;
}

static bool
is_any_unknown(const struct tunnel **tunnels, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (tunnels[i]->bfd == TUNNEL_BFD_NONE
            || tunnels[i]->bfd == TUNNEL_BFD_WAITING) {
            return true;
        }
    }
    return false;
}

size_t
gateway_tunnels(const struct gateway_view *view, const struct sb_port *row,
                const struct tunnel **tunnels)
{
    const char *to = successor(view, row);
    bool any_up;
    size_t n = collect(view, row, tunnels, &any_up);

    if (to || !any_up || is_any_unknown(tunnels, n)) {
        /* The switch can't choose. */
        tunnels[0] = tunnel_to(view, to ? to : row->chassis);
        return tunnels[0] ? 1 : 0;
    }
    return n;
}
