/* put_arp, put_nd, put_fdb: neighbours of router ports, and MACs behind
 * switch ports with unknown addresses, learned from packets.  Each becomes a
 * row below this chassis; the translator publishes it to all
 * (docs/KEYS.md).  Bounded by port and in all, limited in rate, aged. */
#ifndef WEFT_NODE_AGENT_RESPOND_LEARN_H
#define WEFT_NODE_AGENT_RESPOND_LEARN_H 1

#include <stddef.h>

struct packet_in;
struct respond_learn;

enum {
    LEARN_MAX_ROWS = 16384,     /* Of one kind, of a chassis. */
    LEARN_MAX_PORT_ROWS = 2048, /* Of one port; the oldest gives way. */
    LEARN_ROWS_PER_S = 200, LEARN_BURST = 2000,     /* Written. */
    LEARN_SWEEP_MS = 5000,      /* How often rows are aged. */
    LEARN_UNKNOWN_AGE_S = 3600, /* Where the datapath is not known here. */
};

struct respond_learn *respond_learn_create(struct packet_in *);
void respond_learn_destroy(struct respond_learn *);

/* Ages what is there: rows of a router older than its
 * mac_binding_age_threshold (of a switch: fdb_age_threshold), rows of ports
 * that are gone.  Rows from before a restart are taken in. */
void respond_learn_run(struct respond_learn *);
void respond_learn_wait(struct respond_learn *);

/* Rows that it has. */
size_t respond_learn_count(const struct respond_learn *);

#endif
