/* The physical tables: from OpenFlow ports and tunnels to logical ports and
 * back, as ovn-architecture(7) of 23.03 has them (tables 0, 37 to 41, 64, 65,
 * and the learned tables 66, 67, 71, 72). */
#ifndef WEFT_NODE_AGENT_PHYSICAL_H
#define WEFT_NODE_AGENT_PHYSICAL_H 1

#include <stdbool.h>
#include <stdint.h>

#include "node-agent/flow_table.h"
#include "openvswitch/ofpbuf.h"

struct ct_zones;
struct datapath;
struct learned;
struct lport;
struct model;
struct ofports;
struct tunnel;

/* What the physical tables are made from. */
struct physical {
    struct model *model;
    struct flow_table *flows;
    const struct ofports *ofports;
    struct ct_zones *zones;
    bool store_lost;                /* What rows say may be old. */
    struct flow_owner fixed;        /* Flows that are always there. */
    struct flow_owner tunnels;      /* Table 0's flows of tunnel ports. */
    struct ofpbuf ofpacts;          /* Scratch. */
};

void physical_init(struct physical *, struct model *, struct flow_table *,
                   const struct ofports *, struct ct_zones *);
void physical_destroy(struct physical *);

/* Flows of the tunnels as 'ofports' has them. */
void physical_update_tunnels(struct physical *);

/* The port's flows, by where it is now.  Sets lport->bound_here. */
void physical_update_lport(struct physical *, struct lport *);

/* Does the port reside here, for is_chassis_resident()? */
bool physical_is_resident(const struct physical *, const struct lport *);
/* Is it an interface that is plugged here and bound here?  Stores its port
 * number in '*ofport'. */
bool physical_is_local_vif(const struct physical *, const struct lport *,
                           uint32_t *ofport);

/* A learned MAC (tables 71, 72) or neighbour (66, 67). */
void physical_update_fdb(struct physical *, struct datapath *,
                         struct learned *);
void physical_update_neighbor(struct physical *, struct datapath *,
                              struct learned *);

/* ---- Shared with multicast.c ------------------------------------------ */

/* Conntrack zones of a datapath. */
struct dp_zones { uint16_t dnat, snat; };
struct dp_zones physical_dp_zones(const struct physical *,
                                  const struct datapath *);
/* Keeps the zone that the operator chose for the router's SNAT from others.
 * True if that changes a zone of anybody's, whose flows have it. */
bool physical_request_zone(struct physical *, const struct datapath *);
/* Frees the zones of a datapath that goes. */
void physical_release_zones(struct physical *, const struct datapath *);
/* The zone of a local port. */
uint16_t physical_lport_zone(const struct physical *, const struct lport *);
/* Puts datapath, outport and inport in the tunnel's key. */
void physical_put_encap_key(const struct tunnel *, const struct datapath *,
                            uint32_t outport, struct ofpbuf *ofpacts);
/* The same and outputs. */
void physical_put_encap(const struct tunnel *, const struct datapath *,
                        uint32_t outport, struct ofpbuf *ofpacts);
/* What multicast keys (32768 and up) begin with in VXLAN's 12 bits. */
enum { VXLAN_MULTICAST_BIT = 11, MULTICAST_BIT = 15 };

#endif
