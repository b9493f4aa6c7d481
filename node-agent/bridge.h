/* The integration bridge in OVSDB: made if it is missing; ports added and
 * removed. */
#ifndef WEFT_NODE_AGENT_BRIDGE_H
#define WEFT_NODE_AGENT_BRIDGE_H 1

#include "node-agent/ovs_db.h"

struct node_config;
struct smap;

/* The integration bridge, or NULL if it is still to be made. */
const struct ovsrec_bridge *bridge_ensure(struct ovs_db *,
                                          const struct node_config *);

/* Adds a port with one interface of the same name.  'options' and
 * 'external_ids' (of the port) are copied. */
const struct ovsrec_port *bridge_add_port(struct ovsdb_idl_txn *,
                                          const struct ovsrec_bridge *,
                                          const char *name, const char *type,
                                          const struct smap *options,
                                          const struct smap *external_ids);
void bridge_del_port(const struct ovsrec_bridge *, const struct ovsrec_port *);

/* The interface's OpenFlow port number, or 0. */
uint32_t bridge_ofport(const struct ovsrec_interface *);

#endif
