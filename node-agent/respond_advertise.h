/* Router advertisements at intervals (RFC 4861, 6.2), for router ports whose
 * row asks for them ("ipv6_ra_send_periodic" and its companions, which are
 * the northbound ipv6_ra_configs).  Every chassis tells its own interfaces. */
#ifndef WEFT_NODE_AGENT_RESPOND_ADVERTISE_H
#define WEFT_NODE_AGENT_RESPOND_ADVERTISE_H 1

#include <stddef.h>

#include "node-agent/model.h"

struct ofpbuf;
struct packet_in;
struct respond_advertise;

/* RFC 4861, 6.2.1 and 10. */
enum {
    ADVERTISE_MAX_S = 600,      /* MaxRtrAdvInterval, unless the row has it. */
    ADVERTISE_LEAST_MAX_S = 4, ADVERTISE_LEAST_MIN_S = 3,
    ADVERTISE_N_INITIAL = 3, ADVERTISE_INITIAL_S = 16,
};

struct respond_advertise *respond_advertise_create(struct packet_in *);
void respond_advertise_destroy(struct respond_advertise *);

/* When the model has changed: begin, each port, end. */
void respond_advertise_begin(struct respond_advertise *);
void respond_advertise_port(struct respond_advertise *,
                            const struct lport *);
void respond_advertise_end(struct respond_advertise *);

void respond_advertise_run(struct respond_advertise *);
void respond_advertise_wait(struct respond_advertise *);

/* How many ports advertise. */
size_t respond_advertise_count(const struct respond_advertise *);

/* Appends the advertisement (ICMPv6, without checksum) of a router port's
 * row, and stores its MAC; false if the row is not enough for one. */
bool respond_advertise_compose(const struct sb_port *row,
                               struct ofpbuf *message, struct eth_addr *mac);

#endif
