/* What installer.c and installer_read.c share. */
#ifndef WEFT_NODE_AGENT_INSTALLER_PRIVATE_H
#define WEFT_NODE_AGENT_INSTALLER_PRIVATE_H 1

#include "node-agent/installer.h"

enum installer_phase {
    PHASE_OFFLINE,              /* No connection. */
    PHASE_TLV_READ,             /* Asked for the Geneve options. */
    PHASE_TLV_WRITE,            /* Adding ours. */
    PHASE_READ,                 /* Reading flows, groups, meters back. */
    PHASE_IDLE,                 /* All known; nothing under way. */
    PHASE_BUNDLE,               /* A bundle is under way. */
};

/* A flow of the bundle under way. */
struct in_flight {
    struct flow_entry *flow;
    uint32_t xid;               /* Host byte order. */
};

struct installer {
    struct flow_table *flows;
    struct extend_table *groups, *meters;
    const struct installer_io *io;
    void *aux;

    enum installer_phase phase;
    bool hold;                  /* installer_hold(). */
    bool recheck;               /* Read back as soon as idle. */
    uint32_t next_xid;
    uint32_t bundle_id;

    /* Phases TLV and READ. */
    uint32_t read_xid;          /* Of the request that is awaited. */
    unsigned int n_reads;       /* Answers that are still to come. */

    /* Phase BUNDLE. */
    struct in_flight *in_flight;
    size_t n_in_flight, allocated_in_flight;
    uint32_t end_xid;           /* Its answer, also an error, is the end. */
    bool failed;                /* An error came. */
    bool drained;               /* It held all there was to send. */

    long long int retry_at_ms;  /* After a failure; 0: now. */
    unsigned int n_failures;    /* In a row. */

    /* Marks. */
    uint64_t last_mark;         /* The last given out. */
    uint64_t sent_mark;         /* Covered by the bundle under way. */
    uint64_t done_mark;

    struct installer_stats stats;
};

/* Begins the handshake and read-back of a new connection. */
void installer_read_start(struct installer *);
/* Reads flows, groups and meters back. */
void installer_read_flows(struct installer *);
/* An answer in the phases before PHASE_IDLE.  True if it was one. */
bool installer_read_message(struct installer *, const struct ofp_header *,
                            enum ofptype);
/* Sends 'msg' under the next xid, which is returned (host byte order). */
uint32_t installer_send(struct installer *, struct ofpbuf *msg);

#endif
