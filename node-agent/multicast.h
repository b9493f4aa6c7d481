/* Multicast groups of logical switches: who belongs to them follows from the
 * ports; one flow sends to the members on other chassis and through patch
 * ports (table 39), one to the members here (table 40).
 *
 * Membership is counted per chassis as ports change, so that a change of one
 * port of ten thousand costs what this chassis's own ports and the number of
 * chassis cost, not what all ports do. */
#ifndef WEFT_NODE_AGENT_MULTICAST_H
#define WEFT_NODE_AGENT_MULTICAST_H 1

#include <stdbool.h>
#include <stdint.h>

#include "node-agent/model.h"

struct physical;

/* Ports of one other chassis in a datapath's groups. */
struct mc_remote {
    unsigned int n[N_MC_GROUPS];
};

/* "_MC_mrouter_flood": whom reports go to. */
enum { MC_MROUTER_FLOOD_KEY = 32770, MC_FLOOD_L2_KEY = 32772 };

/* Where a member of a group is: on this chassis, on every one (only packets
 * from here are for it), on another one (whose name it is, the row's), or
 * nowhere. */
struct mc_place {
    bool local, patch;
    const char *chassis;
};
struct mc_place multicast_place(const struct physical *,
                                const struct lport *);

/* The flows of a group: its members that are local or patch, and the chassis
 * of the others; both are sorted here. */
struct mc_flows {
    uint32_t key;
    struct flow_owner *owner;
    const struct lport **members;
    size_t n;
    const char **chassis;
    size_t n_chassis;
};
void multicast_emit(struct physical *, struct datapath *, struct mc_flows *);

/* Tunnel key of what logical flows name like a port and is the same in every
 * datapath: a group ("_MC_flood"), or "none", which is key 0.  False for any
 * other name. */
bool multicast_fixed_key(const char *name, uint32_t *key);

/* Brings the membership of 'lport' up to date; physical_update_lport() comes
 * first.  Makes the datapath's groups dirty if that changes them. */
void multicast_update_lport(struct physical *, struct lport *);
/* Takes 'lport', which is about to be freed, out of all groups. */
void multicast_remove_lport(struct physical *, struct lport *);
/* The flows of the groups of 'dp'. */
void multicast_update(struct physical *, struct datapath *);

#endif
