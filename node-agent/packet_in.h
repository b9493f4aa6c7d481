/* Packets that the switch hands to the agent (lflow/packet_in.h says which
 * and what they carry): taken apart here, answered by one responder for each
 * kind of action.  Rates, queues and memory are bounded (docs/agent.md);
 * what is over a bound is dropped and counted. */
#ifndef WEFT_NODE_AGENT_PACKET_IN_H
#define WEFT_NODE_AGENT_PACKET_IN_H 1

#include <stdbool.h>
#include <stdint.h>

#include "node-agent/packet_in_limit.h"
#include "openvswitch/ofp-msgs.h"

struct ds;
struct model;
struct ofpbuf;
struct own;
struct packet_in;

/* Learned addresses become rows of 'own'; 'send' takes OpenFlow messages for
 * the switch.  All arguments must outlive it. */
struct packet_in *packet_in_create(struct model *, struct own *,
                                   void (*send)(struct ofpbuf *msg,
                                                void *aux), void *aux);
void packet_in_destroy(struct packet_in *);

/* An OFPTYPE_PACKET_IN message. */
void packet_in_message(struct packet_in *, const struct ofp_header *);

/* Sends the packet that 'microflow' (ovn-trace(8)) describes into the logical
 * pipeline, as if it came in through its inport.  Returns NULL, or a message
 * that the caller frees. */
char *packet_in_inject(struct packet_in *, const char *microflow);

/* The model has changed: ports may have come that are to be announced,
 * neighbours that packets wait for.  'now': looks at it in the next
 * packet_in_run(), not only after a while. */
void packet_in_model_changed(struct packet_in *, bool now);

/* Does the switch have all its flows, so that packets get to their ports?
 * Health checks rest while it does not.  At first it does. */
void packet_in_set_delivers(struct packet_in *, bool delivers);

/* Does what is due: announcements, advertisements, aging. */
void packet_in_run(struct packet_in *);
void packet_in_wait(struct packet_in *);

/* Why a packet came to nothing: symbol, label, what it means. */
#define PACKET_IN_DROPS                                                 \
    PACKET_IN_DROP(SOURCE_RATE, "source_rate",                          \
                   "too many of one kind from one address")             \
    PACKET_IN_DROP(PORT_RATE, "port_rate",                              \
                   "too many of one kind from one logical port")        \
    PACKET_IN_DROP(OPCODE_RATE, "opcode_rate",                          \
                   "too many of one kind")                              \
    PACKET_IN_DROP(MALFORMED, "malformed", "not understood")            \
    PACKET_IN_DROP(NO_RESPONDER, "no_responder",                        \
                   "an action that this agent does not answer")         \
    PACKET_IN_DROP(NOT_DUE, "not_due",                                  \
                   "a packet that must not be answered")                \
    PACKET_IN_DROP(UNKNOWN_PORT, "unknown_port",                        \
                   "of a logical port that is not known here")          \
    PACKET_IN_DROP(TABLE_FULL, "table_full",                            \
                   "too many learned addresses")                        \
    PACKET_IN_DROP(QUEUE_FULL, "queue_full",                            \
                   "too many packets wait for neighbours")              \
    PACKET_IN_DROP(EXPIRED, "expired",                                  \
                   "waited in vain for a neighbour")

enum packet_in_drop {
#define PACKET_IN_DROP(SYMBOL, LABEL, HELP) PACKET_IN_DROP_##SYMBOL,
    PACKET_IN_DROPS
#undef PACKET_IN_DROP
    N_PACKET_IN_DROPS
};

struct packet_in_stats {
    uint64_t n_packets;         /* Handed to a responder. */
    uint64_t n_dropped;         /* Over a rate. */
    uint64_t n_malformed;       /* Not understood, or no responder. */
    uint64_t n_sent;            /* Packets made or let go on. */
    uint64_t by_opcode[PACKET_IN_N_OPCODES];    /* Of 'n_packets'. */
    uint64_t by_drop[N_PACKET_IN_DROPS];
};
const struct packet_in_stats *packet_in_stats(const struct packet_in *);

/* Appends what it did and what it holds, for people. */
void packet_in_format(const struct packet_in *, struct ds *);

/* Appends a line for each health check of this chassis. */
void packet_in_format_checks(const struct packet_in *, struct ds *);

/* Registers the metrics of this process's packet-ins. */
void packet_in_metrics(void);

#endif
