/* Brings the switch to what the flow table (and the groups and meters) says.
 *
 * On every connection: packet-in format, Geneve option, then the switch's
 * flows, groups and meters are read back.  From then on only differences are
 * sent, each batch as one atomic OpenFlow bundle, one in flight; the answer to
 * its commit says that it is in the switch.  If the switch refuses a flow, the
 * flow is set aside, the switch is read again and the rest goes on.
 *
 * Sees the switch only through 'struct installer_io', so that tests can be
 * the switch. */
#ifndef WEFT_NODE_AGENT_INSTALLER_H
#define WEFT_NODE_AGENT_INSTALLER_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/ofp-msgs.h"

struct extend_table;
struct flow_table;
struct ofpbuf;

struct installer;

struct installer_io {
    /* Sends 'msg', which it takes. */
    void (*send)(struct ofpbuf *msg, void *aux);
    long long int (*now_ms)(void *aux);
};

/* What it did, for metrics. */
struct installer_stats {
    uint64_t n_bundles;
    uint64_t n_flow_mods;
    uint64_t n_refused;         /* Flows that the switch refused. */
    uint64_t n_readbacks;
};

/* All of the arguments must outlive it. */
struct installer *installer_create(struct flow_table *flows,
                                   struct extend_table *groups,
                                   struct extend_table *meters,
                                   const struct installer_io *io, void *aux);
void installer_destroy(struct installer *);

/* The connection's calls. */
void installer_connected(struct installer *);
void installer_disconnected(struct installer *);
/* Returns true if the message was an answer to the installer. */
bool installer_message(struct installer *, const struct ofp_header *,
                       enum ofptype);

/* While held, nothing is changed in the switch: what is wanted is not
 * complete yet.  Starts held. */
void installer_hold(struct installer *, bool hold);
/* Read the switch back and compare everything; what it has refused is tried
 * again. */
void installer_recheck(struct installer *);

/* Sends what there is to send. */
void installer_run(struct installer *);
/* Time in ms at which installer_run() has to be called, or LLONG_MAX. */
long long int installer_deadline(const struct installer *);

/* A mark: everything that the flow table wants now is in the switch once
 * installer_done() is at least that. */
uint64_t installer_mark(struct installer *);
uint64_t installer_done(const struct installer *);

/* Connected, read back, nothing under way? */
bool installer_is_idle(const struct installer *);
/* "read back", "idle"...: for people. */
const char *installer_state(const struct installer *);
const struct installer_stats *installer_stats(const struct installer *);

#endif
