/* Packets whose neighbour is not known yet: kept while arp { } or nd_ns { }
 * asks for it, sent when it is learned, here or on another chassis (RFC
 * 1122, 2.3.2.2; RFC 4861, 7.2.2).  Bounded in number, bytes and time. */
#ifndef WEFT_NODE_AGENT_RESPOND_WAITING_H
#define WEFT_NODE_AGENT_RESPOND_WAITING_H 1

#include <stdbool.h>
#include <stddef.h>

#include <netinet/in.h>

#include "openvswitch/types.h"

struct lport;
struct packet_in;
struct pin;
struct respond_waiting;

enum {
    WAITING_MAX_NEIGHBORS = 1024,
    WAITING_MAX_PACKETS = 8,    /* For one neighbour; the oldest goes. */
    WAITING_MAX_BYTES = 4 * 1024 * 1024,
    WAITING_MAX_MS = 5000,
};

struct respond_waiting *respond_waiting_create(struct packet_in *);
void respond_waiting_destroy(struct respond_waiting *);

/* Keeps the packet of 'pin', which waits for 'ip' (IPv4-mapped or IPv6)
 * behind its outport.  Returns false, having sent the packet, if the
 * neighbour is known after all: then nobody needs to be asked. */
bool respond_waiting_keep(struct pin *, const struct in6_addr *ip);

/* 'ip' behind 'lport' is 'mac'. */
void respond_waiting_learned(struct respond_waiting *,
                             const struct lport *lport,
                             const struct in6_addr *ip,
                             const struct eth_addr mac);

/* Neighbours may have become known in the model. */
void respond_waiting_model_changed(struct respond_waiting *);

void respond_waiting_run(struct respond_waiting *);
void respond_waiting_wait(struct respond_waiting *);

/* How many neighbours are waited for. */
size_t respond_waiting_count(const struct respond_waiting *);

#endif
