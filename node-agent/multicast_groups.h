/* Multicast groups whose members are rows: those learned from IGMP and MLD,
 * "_MC_static" and "_MC_mrouter_flood" (docs/multicast.md).  A member is a
 * row of its own; where it is, its port's row says, and what is elsewhere is
 * counted by chassis.  So a member that comes or goes costs what this
 * chassis's own members and the number of chassis cost. */
#ifndef WEFT_NODE_AGENT_MULTICAST_GROUPS_H
#define WEFT_NODE_AGENT_MULTICAST_GROUPS_H 1

#include <stdbool.h>
#include <stdint.h>

#include "node-agent/model.h"

struct physical;

/* Group 'name' of the datapath has 'row' (taken; struct sb_multicast_group),
 * or (NULL) none any more. */
void multicast_group_set(struct model *, struct datapath *, const char *name,
                         struct schema_row *row);
/* Port 'port' is a member of group 'name', or is no longer. */
void multicast_port_set(struct model *, struct datapath *, const char *name,
                        const char *port, bool member);
void multicast_groups_destroy(struct model *, struct datapath *);

/* Stores in '*key' the tunnel key of group 'name', if it has a row. */
bool multicast_group_key(const struct datapath *, const char *name,
                         uint32_t *key);

/* Has the names whose keys changed since it was last called told to 'cb'. */
void multicast_groups_each_rekeyed(struct datapath *,
                                   void (*cb)(struct datapath *,
                                              const char *name, void *aux),
                                   void *aux);

/* For multicast.c: 'lport' may be elsewhere now, or is about to go; the flows
 * of the groups that changed ('all': of all). */
void multicast_groups_update_lport(struct physical *, const struct lport *);
void multicast_groups_remove_lport(struct physical *, const struct lport *);
void multicast_groups_update(struct physical *, struct datapath *, bool all);

#endif
