/* Gratuitous ARP (RFC 5227), unsolicited neighbour advertisements (RFC 4861,
 * 7.2.6) and RARP: addresses that are here now, told to the physical network
 * behind localnet ports, so that its switches and hosts look for them here.
 *
 * Announced are interfaces on switches with a localnet port, and the
 * nat_addresses of router ports on such switches whose gateway is here.
 * Each is repeated after 1, 2, 4, 8 and 16 s. */
#ifndef WEFT_NODE_AGENT_RESPOND_ANNOUNCE_H
#define WEFT_NODE_AGENT_RESPOND_ANNOUNCE_H 1

#include <stddef.h>

struct lport;
struct packet_in;
struct respond_announce;

enum {
    ANNOUNCE_MAX = 8192,        /* Addresses. */
    ANNOUNCE_PER_RUN = 128,     /* Packets at once. */
    ANNOUNCE_FIRST_MS = 1000,   /* Then twice as long each time, until */
    ANNOUNCE_LAST_MS = 16000,
};

struct respond_announce *respond_announce_create(struct packet_in *);
void respond_announce_destroy(struct respond_announce *);

/* When the model has changed: begin, each port, end.  What is new is
 * announced, what is not there any more is forgotten. */
void respond_announce_begin(struct respond_announce *);
void respond_announce_port(struct respond_announce *, const struct lport *);
void respond_announce_end(struct respond_announce *);

void respond_announce_run(struct respond_announce *);
void respond_announce_wait(struct respond_announce *);

/* How many addresses there are. */
size_t respond_announce_count(const struct respond_announce *);

#endif
