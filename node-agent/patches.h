/* Patch ports between the integration bridge and the bridges of physical
 * networks, one pair for each localnet port, named as OVN does
 * (patch-br-int-to-LPORT, patch-LPORT-to-br-int; the ports' external_ids
 * ovn-localnet-port and ovn-l2gateway-port say whose). */
#ifndef WEFT_NODE_AGENT_PATCHES_H
#define WEFT_NODE_AGENT_PATCHES_H 1

#include <stdbool.h>

#include "node-agent/ovs_db.h"

struct engine;
struct model;
struct node_config;

/* Adds and (if 'may_remove') removes patch ports. */
void patches_write(struct ovs_db *, const struct ovsrec_bridge *,
                   const struct model *, const struct node_config *,
                   bool may_remove);
/* Removes those of a bridge that is not the integration bridge any more. */
void patches_leave(struct ovs_db *, const char *br_int);
/* Takes their port numbers into the engine's ofports. */
void patches_read(const struct ovsrec_bridge *, struct engine *);

#endif
