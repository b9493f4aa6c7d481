/* Actions on a packet description, for traces (weftctl trace, ovn-trace(8)).
 *
 * The evaluator walks typed actions on a 'struct flow' as ovn-sb(5) tells
 * what they do: assignments, exchanges, TTL, the packets that arp { } and its
 * like make, copies and who sees them.  All that needs the outside - tables,
 * connection tracking, neighbours, answers - it asks of its caller.
 *
 * A tracer embeds 'struct lflow_evaluation', implements the class, and calls
 * lflow_actions_evaluate() with the actions of the flow that matched; next()
 * finds the flow that matches in the next table and calls it again.
 *
 *     struct tracer { struct lflow_evaluation evaluation; ... };
 *
 *     static void
 *     tracer_next(struct lflow_evaluation *e, bool ingress, uint8_t stage,
 *                 struct flow *flow)
 *     {
 *         struct tracer *tracer = CONTAINER_OF(e, struct tracer, evaluation);
 *         const struct lflow_actions *actions = ...match 'flow' in 'stage'...;
 *
 *         lflow_actions_evaluate(actions, e, flow);
 *     }                                                                  */
#ifndef WEFT_LFLOW_ACTIONS_EVALUATE_H
#define WEFT_LFLOW_ACTIONS_EVALUATE_H 1

#include <stdbool.h>
#include <stdint.h>

#include "lflow/actions.h"
#include "openvswitch/meta-flow.h"

struct eth_addr;
struct flow;
struct lflow_evaluation;

/* Why an action is run on another flow than its list's. */
enum lflow_copy {
    LFLOW_COPY_CLONE,           /* clone { }: a copy of the packet. */
    LFLOW_COPY_PACKET,          /* arp { } and so on: a packet made of it. */
    LFLOW_COPY_RECIRCULATED     /* What conntrack hands to the next table;
                                 * the list goes on with the original. */
};

/* What a tracer provides.  Any function may be NULL: then nothing happens, or
 * the answer is 'no'.  'flow' is the packet as it is just then. */
struct lflow_evaluation_class {
    /* Before each action is run: where a tracer prints it. */
    void (*action)(struct lflow_evaluation *, const struct lflow_action *,
                   const struct flow *flow);

    /* next, and what goes on by itself (ct_next...): runs table 'stage' as a
     * subroutine on 'flow'; what it changes there stays changed. */
    void (*next)(struct lflow_evaluation *, bool ingress, uint8_t stage,
                 struct flow *flow);

    /* output: in ingress the egress pipeline for outport, else the port. */
    void (*output)(struct lflow_evaluation *, struct flow *flow);

    /* Is no packet to be made by arp { } or its like (an error in answer to
     * an error)?  Then the action does nothing. */
    bool (*refuses)(struct lflow_evaluation *, const struct lflow_action *,
                    const struct flow *flow);

    /* Around what runs on another flow, which is 'flow': indentation. */
    void (*enter)(struct lflow_evaluation *, const struct lflow_action *,
                  enum lflow_copy, const struct flow *flow);
    void (*leave)(struct lflow_evaluation *, const struct lflow_action *,
                  enum lflow_copy);

    /* ct_next, ct_dnat, ct_snat, ct_lb...: sends 'flow' through conntrack.
     * It is a copy already, with the NAT of the action's own address done;
     * sets ct_state (without CS_TRACKED, which is set afterwards), ct_mark,
     * ct_label, and what an earlier NAT of the connection changes. */
    void (*conntrack)(struct lflow_evaluation *, const struct lflow_action *,
                      struct flow *flow);

    /* ct_commit: 'committed' has the ct_mark and ct_label that are set. */
    void (*commit)(struct lflow_evaluation *, const struct lflow_action *,
                   const struct flow *committed);

    /* ct_lb*, select, fwd_group: which of the 'n' ends? (Less than n.) */
    size_t (*choose)(struct lflow_evaluation *, const struct lflow_action *,
                     const struct flow *flow, size_t n);

    /* The MAC of 'ip' (IPv4 as ::ffff:a.b.c.d) on the port with key
     * 'port'; false where it isn't known. */
    bool (*neighbor)(struct lflow_evaluation *, uint32_t port,
                     const struct in6_addr *ip, struct eth_addr *mac);

    /* The key of the port that learned 'mac', or 0. */
    uint32_t (*fdb)(struct lflow_evaluation *, const struct eth_addr *mac);

    /* The bit of every other FIELD = name(...): put_dhcp_opts, dns_lookup,
     * chk_lb_hairpin, check_in_port_sec, check_pkt_larger... */
    bool (*check)(struct lflow_evaluation *, const struct lflow_action *,
                  const struct flow *flow);

    /* What changes the world and not the packet: put_arp, put_nd, put_fdb,
     * log, trigger_event, igmp, bind_vport, handle_*, set_queue, set_meter,
     * commit_*, sample, ct_snat_to_vip, icmp4.frag_mtu. */
    void (*effect)(struct lflow_evaluation *, const struct lflow_action *,
                   struct flow *flow);
};

enum { LFLOW_EVALUATE_MAX_STACK = 64, LFLOW_EVALUATE_MAX_DEPTH = 4096 };

/* One trace.  The caller fills in the first part; the rest starts zeroed. */
struct lflow_evaluation {
    const struct lflow_evaluation_class *class;
    const struct lflow_scope *scope;    /* Names of ports; may be NULL. */

    /* The evaluator's own. */
    union mf_subvalue stack[LFLOW_EVALUATE_MAX_STACK];  /* push, pop. */
    unsigned int n_stack;
    unsigned int depth;         /* Lists within lists and tables. */
};

/* What became of a list. */
enum lflow_verdict {
    LFLOW_VERDICT_DONE,         /* All of it was run. */
    LFLOW_VERDICT_TTL,          /* Stopped: the TTL ran out. */
    LFLOW_VERDICT_TOO_DEEP      /* Stopped: LFLOW_EVALUATE_MAX_DEPTH lists
                                 * within one another, a loop most likely. */
};

/* Runs 'actions' on '*flow', which they change. */
enum lflow_verdict lflow_actions_evaluate(const struct lflow_actions *actions,
                                          struct lflow_evaluation *evaluation,
                                          struct flow *flow);

/* The packet that arp { } and its like (any type with the member 'nested'
 * but clone and ct_commit) work on, made of '*flow' as ovn-sb(5) tells. */
void lflow_action_make_packet(enum lflow_action_type type,
                              const struct flow *flow, struct flow *packet);

#endif
