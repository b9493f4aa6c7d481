/* OpenFlow actions, kept once for all flows that have the same.
 *
 * Logical flows of many datapaths compile to few distinct lists of actions;
 * a pool holds each list once, counted, so that comparing two is comparing
 * two pointers. */
#ifndef WEFT_NODE_AGENT_FLOW_ACTIONS_H
#define WEFT_NODE_AGENT_FLOW_ACTIONS_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/hmap.h"

struct ofpact;
struct ofpbuf;

/* One list of actions; constant, shared. */
struct flow_actions {
    struct hmap_node node;      /* In the pool, by hash of the bytes. */
    unsigned int n_refs;
    bool is_conjunction;        /* Nothing but conjunction() actions. */
    uint32_t size;              /* Bytes of 'ofpacts'. */
    uint64_t ofpacts[];         /* 'struct ofpact's, aligned for them. */
};

struct flow_actions_pool {
    struct hmap actions;        /* "struct flow_actions"s. */
};

void flow_actions_pool_init(struct flow_actions_pool *);
/* Every reference must have been given back. */
void flow_actions_pool_destroy(struct flow_actions_pool *);

/* The pool's copy of the 'size' bytes of ofpacts, with a reference for the
 * caller.  'size' 0 is the empty list: drop. */
struct flow_actions *flow_actions_intern(struct flow_actions_pool *,
                                         const void *ofpacts, size_t size);
struct flow_actions *flow_actions_ref(struct flow_actions *);
/* Gives a reference back; NULL is ignored. */
void flow_actions_unref(struct flow_actions_pool *, struct flow_actions *);

/* The list for ofputil's encoders. */
const struct ofpact *flow_actions_ofpacts(const struct flow_actions *);

/* True if the switch could not tell them apart: what was read back from a
 * switch may differ in ways that do not reach the wire. */
bool flow_actions_same_on_wire(const struct flow_actions *,
                               const struct flow_actions *);

/* Lists of conjunctions 'a' and 'b' in one: sorted, without doubles.  A new
 * reference. */
struct flow_actions *flow_actions_merge_conjunctions(
    struct flow_actions_pool *, const struct flow_actions *a,
    const struct flow_actions *b);

#endif
