/* BFD of static routes (RFC 5880, 5881): a session for each row
 * sb/dp/<router>/bfd/<id> whose router port is on this chassis.  Its state
 * goes to chassis/<me>/bfd/<id>. */
#ifndef WEFT_NODE_AGENT_RESPOND_BFD_H
#define WEFT_NODE_AGENT_RESPOND_BFD_H 1

#include <stddef.h>

struct packet_in;
struct respond_bfd;

enum {
    BFD_MAX_SESSIONS = 1024,    /* On one chassis. */
    BFD_LEAST_INTERVAL_MS = 50, /* Rows that ask for less get this. */
};

struct respond_bfd *respond_bfd_create(struct packet_in *);
void respond_bfd_destroy(struct respond_bfd *);

/* The model has changed. */
void respond_bfd_update(struct respond_bfd *);
void respond_bfd_run(struct respond_bfd *);
void respond_bfd_wait(struct respond_bfd *);
size_t respond_bfd_count(const struct respond_bfd *);

#endif
