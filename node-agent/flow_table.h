/* The flows that the switch should have against those that it has.
 *
 * A 'struct flow' is one OpenFlow flow, identified by table, priority and
 * match.  Owners (a logical port, a bundle of logical flows in a datapath,
 * ...) say what they want of it; what is wanted is compared with what is
 * installed, and only flows that an owner touched since the last look are
 * compared at all.
 *
 * Several owners may want the same flow.  Where their actions differ:
 * conjunctions are merged; a flow with real actions wins over conjunctions
 * (it matches without them); otherwise the smaller actions win, so that the
 * outcome does not depend on the order of events. */
#ifndef WEFT_NODE_AGENT_FLOW_TABLE_H
#define WEFT_NODE_AGENT_FLOW_TABLE_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node-agent/flow_actions.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/match.h"

struct flow_ref;

/* One flow, wanted or installed or both. */
struct flow_entry {
    struct hmap_node node;          /* In flow_table's 'flows'. */
    struct ovs_list changed_node;   /* In flow_table's 'changed', or empty. */
    struct minimatch match;
    struct flow_ref *refs;          /* Who wants it. */
    struct flow_actions *installed; /* What the switch has, or NULL. */
    struct flow_actions *refused;   /* What the switch refused, or NULL. */
    uint32_t installed_cookie;
    uint16_t priority;
    uint8_t table;
    bool in_flight;                 /* Being installed: not to be freed. */
};

/* What one owner wants of one flow. */
struct flow_ref {
    struct flow_entry *flow;
    struct flow_actions *actions;
    struct flow_ref *next_of_flow;
    struct flow_ref *next_of_owner;
    uint32_t cookie;
};

/* An owner of flows; embed it.  { NULL } is an owner of none. */
struct flow_owner {
    struct flow_ref *refs;
};

struct flow_table {
    struct flow_actions_pool pool;
    struct hmap flows;              /* "struct flow_entry"s. */
    struct ovs_list changed;        /* Those to compare. */
    size_t n_changed;
    size_t n_wanted;                /* Flows with at least one ref. */
    struct flow_ref *updating;      /* The previous refs of the owner between
                                     * flow_owner_begin() and _end(). */
};

void flow_table_init(struct flow_table *);
/* Owners of flows in it must not be used afterwards. */
void flow_table_destroy(struct flow_table *);

/* Replaces what 'owner' wants by what flow_owner_add() says until
 * flow_owner_end().  One owner at a time. */
void flow_owner_begin(struct flow_table *, struct flow_owner *);
/* Wants a flow; 'match' and 'ofpacts' ('size' bytes) are copied. */
void flow_owner_add(struct flow_table *, struct flow_owner *, uint8_t table,
                    uint16_t priority, uint32_t cookie,
                    const struct match *match, const void *ofpacts,
                    size_t size);
/* The same with actions that are in the pool already. */
void flow_owner_add_actions(struct flow_table *, struct flow_owner *,
                            uint8_t table, uint16_t priority, uint32_t cookie,
                            const struct match *match,
                            struct flow_actions *actions);
void flow_owner_end(struct flow_table *, struct flow_owner *);

/* Wants nothing any more. */
void flow_owner_clear(struct flow_table *, struct flow_owner *);

/* Whether the switch refuses one of the flows that 'owner' wants. */
bool flow_owner_is_refused(const struct flow_owner *owner);

/* ---- For the installer ------------------------------------------------ */

/* What is to be done with a flow. */
enum flow_change {
    FLOW_SAME,          /* Nothing. */
    FLOW_ADD,           /* Add, or replace actions and cookie. */
    FLOW_MODIFY,        /* Replace the actions, keep cookie and counters. */
    FLOW_DELETE,
};

/* Takes the next flow to compare, or returns NULL.  Stores what to do in
 * '*change'; unless that is FLOW_SAME or FLOW_DELETE, the actions (borrowed)
 * and the cookie.  The flow counts as installed so from now on; what it was
 * is the caller's to know if the switch says no: flow_table_forget().  The
 * entry stays valid until flow_entry_settle(). */
struct flow_entry *flow_table_next_change(struct flow_table *,
                                          enum flow_change *change,
                                          struct flow_actions **actions,
                                          uint32_t *cookie);
/* The change of 'flow' has reached the switch (or never will). */
void flow_entry_settle(struct flow_table *, struct flow_entry *flow);
/* The switch refused what was wanted of 'flow': not to be tried again until
 * something else is wanted. */
void flow_entry_refuse(struct flow_table *, struct flow_entry *flow);
/* What the switch has refused may be tried again. */
void flow_table_forgive(struct flow_table *);

/* What the switch has is not known any more: begins a new account of it,
 * which flow_table_found() fills, and of which everything has to be
 * compared. */
void flow_table_forget(struct flow_table *);
/* The switch has this flow. */
void flow_table_found(struct flow_table *, uint8_t table, uint16_t priority,
                      uint64_t cookie, const struct match *match,
                      const void *ofpacts, size_t size);

#endif
