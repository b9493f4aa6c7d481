/* igmp: IGMP and MLD of switches that snoop (docs/multicast.md).  What VMs ask
 * for becomes a row chassis/<me>/igmp_group/<datapath>/<address>, ports behind
 * which a query was heard one with the address "mrouters"; the translator
 * makes flows of them.  Reports go on to "_MC_mrouter_flood", queries to
 * "_MC_flood_l2".  Where the switch has a querier, queries are sent to this
 * chassis's own ports (RFC 3376, 3810, 4541).
 *
 * Groups are kept by OVS's own snooping table, bounded by the switch's
 * table_size and aged by its idle_timeout. */
#ifndef WEFT_NODE_AGENT_RESPOND_IGMP_H
#define WEFT_NODE_AGENT_RESPOND_IGMP_H 1

#include <stddef.h>

struct packet_in;
struct respond_igmp;

enum {
    IGMP_PUBLISH_MS = 100,      /* Rows of a switch are written this often
                                 * at most. */
    IGMP_ADOPT_MS = 30000,      /* How long rows from before a restart wait
                                 * for their ports. */
};

struct respond_igmp *respond_igmp_create(struct packet_in *);
void respond_igmp_destroy(struct respond_igmp *);

/* The model has changed: switches may snoop or no longer, ports be gone. */
void respond_igmp_update(struct respond_igmp *);
void respond_igmp_run(struct respond_igmp *);
void respond_igmp_wait(struct respond_igmp *);

#endif
