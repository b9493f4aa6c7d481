/* Ports that one of several chassis serves (distributed gateway ports,
 * external ports of an HA group): who serves one, and how others send there
 * (docs/routers.md, "Who hosts a gateway port"). */
#ifndef WEFT_NODE_AGENT_GATEWAY_H
#define WEFT_NODE_AGENT_GATEWAY_H 1

#include <stdbool.h>
#include <stddef.h>

#include "node-agent/ofports.h"
#include "schemas/sb.h"

/* What a chassis knows besides the row when it decides. */
struct gateway_view {
    const char *chassis;        /* Its own name. */
    const struct ofports *ofports;
    bool store_lost;            /* What the rows say may be old. */
};

/* Has the port several candidates? */
static inline bool
gateway_is_shared(const struct sb_port *row)
{
    return row->n_gateway_chassis > 1;
}

/* Does this chassis serve the port, which is shared?  It does if it is the
 * first of the living candidates that it can't say to be down, and is not
 * alone with the view that all are. */
bool gateway_is_here(const struct gateway_view *, const struct sb_port *row);

/* Calls 'cb' for each candidate of the port that 'self', which serves it,
 * replaces though its switch may go on: its agent gave no sign of life.  If
 * that agent is only cut off from the store, the tunnel has to tell it
 * (tunnel_bfd.h). */
void gateway_each_replaced(const struct sb_port *row, const char *self,
                           void (*cb)(const char *chassis, void *aux),
                           void *aux);

/* The tunnels to send to the port through, preferred first, into 'tunnels',
 * which has room for all candidates; returns their number.  Of several the
 * switch takes the first that works.  All are of one type. */
size_t gateway_tunnels(const struct gateway_view *, const struct sb_port *row,
                       const struct tunnel **tunnels);

#endif
