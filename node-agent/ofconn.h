/* The OpenFlow connection to the integration bridge: connects and connects
 * again, answers echo requests, hands everything else to its owner. */
#ifndef WEFT_NODE_AGENT_OFCONN_H
#define WEFT_NODE_AGENT_OFCONN_H 1

#include <stdbool.h>

#include "openvswitch/ofp-msgs.h"

struct ofconn;
struct ofpbuf;

struct ofconn_ops {
    /* A new connection, OpenFlow 1.5, nothing said yet. */
    void (*connected)(void *aux);
    /* It is gone, and with it the answers that were awaited. */
    void (*disconnected)(void *aux);
    /* A message arrived; borrowed for the length of the call. */
    void (*message)(const struct ofp_header *oh, enum ofptype type,
                    void *aux);
};

struct ofconn *ofconn_create(const struct ofconn_ops *ops, void *aux);
void ofconn_destroy(struct ofconn *);

/* Connects to 'target' ("unix:/run/openvswitch/br-int.mgmt"); NULL: to
 * nothing.  Does nothing if that is the target already. */
void ofconn_set_target(struct ofconn *, const char *target);

void ofconn_run(struct ofconn *);
void ofconn_wait(struct ofconn *);

bool ofconn_is_connected(const struct ofconn *);
/* Queues 'msg', which it takes; dropped when there is no connection. */
void ofconn_send(struct ofconn *, struct ofpbuf *msg);
/* Messages queued and not yet taken by the switch. */
unsigned int ofconn_n_queued(const struct ofconn *);

#endif
