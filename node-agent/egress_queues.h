/* Queues where packets leave this hypervisor: what qos_min_rate, qos_max_rate
 * and qos_burst of logical ports ask for.
 *
 * The logical flows put a port's packets into the queue of its number
 * (set_queue()); here each interface by which packets leave, those under
 * tunnels and those marked by external_ids:ovn-egress-iface on bridges of
 * physical networks, gets a Linux HTB queueing discipline that has these
 * queues. */
#ifndef WEFT_NODE_AGENT_EGRESS_QUEUES_H
#define WEFT_NODE_AGENT_EGRESS_QUEUES_H 1

#include "node-agent/ovs_db.h"

struct egress_queues;
struct model;
struct node_config;

struct egress_queues *egress_queues_create(void);
/* The queues stay. */
void egress_queues_destroy(struct egress_queues *);

/* Makes the queues what they should be, if that has changed.  The ports among
 * the interfaces get a QoS row of type "linux-noop", so that Open vSwitch
 * leaves them alone; which interfaces these are stands in
 * external_ids:weft-egress-queues of 'bridge', the integration bridge.
 * Nothing is taken away unless 'may_remove'. */
void egress_queues_run(struct egress_queues *, struct ovs_db *,
                       const struct ovsrec_bridge *bridge,
                       const struct model *, const struct node_config *,
                       bool may_remove);

#endif
