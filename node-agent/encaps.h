/* Tunnel ports: one for each other chassis, named and configured as OVN does
 * (ovn-<chassis>-<n>; the port's external_ids:ovn-chassis-id says whose). */
#ifndef WEFT_NODE_AGENT_ENCAPS_H
#define WEFT_NODE_AGENT_ENCAPS_H 1

#include <stdbool.h>

#include "node-agent/ovs_db.h"

struct model;
struct node_config;
struct ofports;

/* Adds, changes and removes tunnel ports of 'bridge' so that they are those
 * of the model's chassis, and their BFD what the model says; removes none
 * and ends no BFD unless 'may_remove'. */
void encaps_write(struct ovs_db *, const struct ovsrec_bridge *,
                  const struct model *, const struct node_config *,
                  bool may_remove);

/* Removes the tunnel ports of a bridge that is not the node's any more, if
 * there is a transaction for it. */
void encaps_leave(struct ovs_db *, const struct ovsrec_bridge *);

/* What changed. */
struct encaps_change {
    bool ports;                 /* Tunnels' port numbers. */
    bool bfd;                   /* What BFD says of them. */
    long long int next_ms;      /* When BFD is to be looked at again;
                                 * LLONG_MAX: when OVSDB changes. */
};

/* Takes the tunnels' port numbers from 'bridge', and what BFD says of them,
 * into 'ofports'. */
struct encaps_change encaps_read(const struct ovsrec_bridge *,
                                 struct ofports *, long long int now_ms);

#endif
