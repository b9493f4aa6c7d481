/* Mirrors in OVSDB: what the ports of this node send or receive is copied
 * into a GRE or ERSPAN tunnel. */
#ifndef WEFT_NODE_AGENT_MIRRORS_H
#define WEFT_NODE_AGENT_MIRRORS_H 1

#include <stdbool.h>

#include "node-agent/ovs_db.h"

struct model;

/* Makes the Mirror rows of 'bridge', the integration bridge, and their tunnel
 * ports ("ovn-" and the mirror's name) what they should be: one for each
 * mirror that a port here has.  Those of others are left alone; ours have
 * external_ids:ovn-owned=true.  None is removed unless 'may_remove'. */
void mirrors_write(struct ovs_db *, const struct ovsrec_bridge *bridge,
                   const struct model *, bool may_remove);
/* Removes all of ours from 'bridge'. */
void mirrors_leave(struct ovs_db *, const struct ovsrec_bridge *bridge);

#endif
