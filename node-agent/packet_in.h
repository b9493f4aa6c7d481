/* Packets that the switch hands to the agent (lflow/packet_in.h says which
 * and what they carry): taken apart here, answered by one responder for each
 * kind of action. Rates are bounded: over the bound packets are dropped and
 * counted. */
#ifndef WEFT_NODE_AGENT_PACKET_IN_H
#define WEFT_NODE_AGENT_PACKET_IN_H 1

#include <stdint.h>

#include "openvswitch/ofp-msgs.h"

struct model;
struct ofpbuf;
struct own;
struct packet_in;

struct packet_in *packet_in_create(struct model *, struct own *,
                                   void (*send)(struct ofpbuf *msg,
                                                void *aux), void *aux);
void packet_in_destroy(struct packet_in *);

/* An OFPTYPE_PACKET_IN message. */
void packet_in_message(struct packet_in *, const struct ofp_header *);

void packet_in_run(struct packet_in *);
void packet_in_wait(struct packet_in *);

struct packet_in_stats {
    uint64_t n_packets;         /* Handed to a responder. */
    uint64_t n_dropped;         /* Over the rate. */
    uint64_t n_malformed;       /* Not understood, or no responder. */
};
const struct packet_in_stats *packet_in_stats(const struct packet_in *);

#endif
