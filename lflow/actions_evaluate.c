/* Evaluation of actions on a packet description: see actions_evaluate.h.
 * The packets that nested actions make are in action_packet.c. */
#include <config.h>

#include "lflow/actions_evaluate.h"

#include <string.h>

#include "flow.h"
#include "lflow/registers.h"
#include "packets.h"
#include "util.h"

/* Calls 'FUNCTION' of the class if there is one. */
#define CALL(E, FUNCTION, ...)                                  \
    ((E)->class->FUNCTION                                       \
     ? (void) (E)->class->FUNCTION((E), ##__VA_ARGS__) : (void) 0)

/* What a list runs on. */
struct run {
    struct lflow_evaluation *e;
    struct flow *flow;
    enum lflow_verdict verdict;
};

static void
write_field(struct flow *flow, const struct field_ref *ref, u128 value)
{
    struct mf_subfield dst = field_ref_to_subfield(ref);
    union mf_subvalue subvalue;

    u128_to_subvalue(value & u128_ones(dst.n_bits), &subvalue);
    mf_write_subfield_flow(&dst, &subvalue, flow);
}

static void
read_field(const struct flow *flow, const struct field_ref *ref,
           union mf_subvalue *value)
{
    struct mf_subfield src = field_ref_to_subfield(ref);

    mf_read_subfield(&src, flow, value);
}

static u128
read_u128(const struct flow *flow, const struct field_ref *ref)
{
    union mf_subvalue value;

    read_field(flow, ref, &value);
    return u128_from_subvalue(&value);
}

/* --- Assignment -------------------------------------------------------- */

static void
run_load(struct run *run, const struct lflow_load *load)
{
    u128 old = 0;
    uint32_t key = 0;

    if (load->string) {
        if (!*load->string
            || !lflow_scope_port_key(run->e->scope, NULL, load->string,
                                     &key)) {
            key = 0;
        }
        write_field(run->flow, &load->dst, key);
        return;
    }
    if (load->masked) {
        old = read_u128(run->flow, &load->dst) & ~load->mask;
    }
    write_field(run->flow, &load->dst, old | (load->value & load->mask));
}

static void
run_move(struct run *run, const struct lflow_move *move, bool exchange)
{
    struct mf_subfield dst = field_ref_to_subfield(&move->dst);
    struct mf_subfield src = field_ref_to_subfield(&move->src);
    union mf_subvalue a, b;

    mf_read_subfield(&src, run->flow, &a);
    mf_read_subfield(&dst, run->flow, &b);
    mf_write_subfield_flow(&dst, &a, run->flow);
    if (exchange) {
        mf_write_subfield_flow(&src, &b, run->flow);
    }
}

static void
run_push(struct run *run, const struct field_ref *field)
{
    if (run->e->n_stack < LFLOW_EVALUATE_MAX_STACK) {
        read_field(run->flow, field, &run->e->stack[run->e->n_stack++]);
    }
}

/* An empty stack pops nothing, as in Open vSwitch. */
static void
run_pop(struct run *run, const struct field_ref *field)
{
    if (run->e->n_stack) {
        struct mf_subfield dst = field_ref_to_subfield(field);

        mf_write_subfield_flow(&dst, &run->e->stack[--run->e->n_stack],
                               run->flow);
    }
}

static void
run_dec_ttl(struct run *run)
{
    if (run->flow->nw_ttl > 1) {
        run->flow->nw_ttl--;
    } else {
        run->verdict = LFLOW_VERDICT_TTL;
    }
}

/* --- Elsewhere --------------------------------------------------------- */

/* Runs 'actions' on 'copy' between enter() and leave(). */
static void
run_on_copy(struct run *run, const struct lflow_action *action,
            enum lflow_copy kind, const struct lflow_actions *actions,
            struct flow *copy)
{
    unsigned int n_stack = run->e->n_stack;

    CALL(run->e, enter, action, kind, copy);
    if (lflow_actions_evaluate(actions, run->e, copy)
        == LFLOW_VERDICT_TOO_DEEP) {
        run->verdict = LFLOW_VERDICT_TOO_DEEP;
    }
    CALL(run->e, leave, action, kind);
    run->e->n_stack = n_stack;
}

static void
run_nested(struct run *run, const struct lflow_action *action)
{
    struct flow packet;

    if (run->e->class->refuses
        && run->e->class->refuses(run->e, action, run->flow)) {
        return;
    }
    lflow_action_make_packet(action->type, run->flow, &packet);
    run_on_copy(run, action, LFLOW_COPY_PACKET, action->nested.actions,
                &packet);
}

static void
run_clone(struct run *run, const struct lflow_action *action)
{
    struct flow copy = *run->flow;

    run_on_copy(run, action, LFLOW_COPY_CLONE, action->nested.actions,
                &copy);
}

/* The stage that follows, in the action's own pipeline. */
static void
run_next_stage(struct run *run, const struct lflow_action *action,
               uint8_t stage, struct flow *flow)
{
    CALL(run->e, next, action->src_ingress, stage, flow);
}

/* Conntrack, and the next table with what it returns. */
static void
run_conntrack(struct run *run, const struct lflow_action *action,
              uint8_t stage, struct flow *copy)
{
    CALL(run->e, conntrack, action, copy);
    copy->ct_state |= CS_TRACKED;
    CALL(run->e, enter, action, LFLOW_COPY_RECIRCULATED, copy);
    run_next_stage(run, action, stage, copy);
    CALL(run->e, leave, action, LFLOW_COPY_RECIRCULATED);
}

static void
set_address(struct flow *flow, bool is_source,
            const struct lflow_address *address)
{
    if (address->family == AF_INET) {
        *(is_source ? &flow->nw_src : &flow->nw_dst)
            = in6_addr_get_mapped_ipv4(&address->ip);
    } else if (address->family == AF_INET6) {
        *(is_source ? &flow->ipv6_src : &flow->ipv6_dst) = address->ip;
    }
}

static void
run_ct_nat(struct run *run, const struct lflow_action *action)
{
    const struct lflow_ct_nat *nat = &action->ct_nat;
    bool snat = action->type == LFLOW_ACTION_CT_SNAT
                || action->type == LFLOW_ACTION_CT_SNAT_IN_CZONE;
    struct flow copy = *run->flow;

    if (nat->ip.family != AF_UNSPEC) {
        set_address(&copy, snat, &nat->ip);
        copy.ct_state |= snat ? CS_SRC_NAT : CS_DST_NAT;
    }
    run_conntrack(run, action, nat->stage, &copy);
}

static size_t
choose(struct run *run, const struct lflow_action *action, size_t n)
{
    size_t i = run->e->class->choose
               ? run->e->class->choose(run->e, action, run->flow, n) : 0;

    return i < n ? i : 0;
}

static void
run_ct_lb(struct run *run, const struct lflow_action *action)
{
    const struct lflow_ct_lb *lb = &action->ct_lb;
    struct flow copy = *run->flow;

    if (lb->n_backends) {
        const struct lflow_backend *backend
            = &lb->backends[choose(run, action, lb->n_backends)];

        set_address(&copy, false, &backend->ip);
        if (backend->port) {
            copy.tp_dst = htons(backend->port);
        }
        copy.ct_state |= CS_DST_NAT;
    }
    run_conntrack(run, action, lb->stage, &copy);
}

static void
run_ct_commit(struct run *run, const struct lflow_action *action)
{
    struct flow committed = *run->flow;

    if (action->type == LFLOW_ACTION_CT_COMMIT_V2) {
        struct run inner = { run->e, &committed, LFLOW_VERDICT_DONE };

        LFLOW_ACTION_FOR_EACH (set, action->nested.actions) {
            if (set->type == LFLOW_ACTION_LOAD) {
                run_load(&inner, &set->load);
            } else {
                run_move(&inner, &set->move, false);
            }
        }
    } else {
        const struct lflow_ct_commit *commit = &action->ct_commit;
        u128 label = u128_from_u64(committed.ct_label.u64.hi,
                                   committed.ct_label.u64.lo);

        committed.ct_mark = (committed.ct_mark & ~commit->mark_mask)
                            | (commit->mark & commit->mark_mask);
        label = (label & ~commit->label_mask)
                | (commit->label & commit->label_mask);
        committed.ct_label.u64.hi = label >> 64;
        committed.ct_label.u64.lo = label;
    }
    CALL(run->e, commit, action, &committed);
}

static void
run_select(struct run *run, const struct lflow_action *action)
{
    const struct lflow_select *select = &action->select;
    struct flow copy = *run->flow;
    size_t i = choose(run, action, select->n_members);

    write_field(&copy, &select->dst, select->members[i].id);
    run_next_stage(run, action, select->stage, &copy);
}

static void
run_fwd_group(struct run *run, const struct lflow_action *action)
{
    const struct lflow_fwd_group *group = &action->fwd_group;
    size_t i = choose(run, action, group->n_ports);
    struct flow copy = *run->flow;
    uint32_t key;

    if (lflow_scope_port_key(run->e->scope, NULL, group->ports[i], &key)) {
        copy.regs[MFF_LOG_OUTPORT - MFF_REG0] = key;
        CALL(run->e, output, &copy);
    }
}

/* --- Lookups ----------------------------------------------------------- */

/* The MAC of an action's neighbour. */
static bool
find_neighbor(struct run *run, const struct lflow_neighbor *neighbor,
              struct eth_addr *mac)
{
    uint32_t port = read_u128(run->flow, &neighbor->port);
    u128 value = read_u128(run->flow, &neighbor->ip);
    struct in6_addr ip;

    if (neighbor->ip.n_bits == 32) {
        in6_addr_set_mapped_ipv4(&ip, htonl(value));
    } else {
        u128_to_bytes(value, &ip, 16);
    }
    return run->e->class->neighbor
           && run->e->class->neighbor(run->e, port, &ip, mac);
}

static void
run_get_neighbor(struct run *run, const struct lflow_action *action)
{
    struct eth_addr mac = eth_addr_zero;

    if (!find_neighbor(run, &action->neighbor, &mac)) {
        mac = eth_addr_zero;
    }
    run->flow->dl_dst = mac;
}

static void
run_lookup_neighbor(struct run *run, const struct lflow_action *action)
{
    const struct lflow_neighbor *neighbor = &action->neighbor;
    struct eth_addr mac;
    bool found = find_neighbor(run, neighbor, &mac);

    if (found && neighbor->mac.symbol) {
        found = eth_addr_to_uint64(mac) == (uint64_t)
                read_u128(run->flow, &neighbor->mac);
    }
    write_field(run->flow, &neighbor->dst, found);
}

static uint32_t
find_fdb(struct run *run, const struct lflow_fdb *fdb)
{
    struct eth_addr mac;

    eth_addr_from_uint64(read_u128(run->flow, &fdb->mac), &mac);
    return run->e->class->fdb ? run->e->class->fdb(run->e, &mac) : 0;
}

static void
run_fdb(struct run *run, const struct lflow_action *action)
{
    const struct lflow_fdb *fdb = &action->fdb;
    uint32_t port = find_fdb(run, fdb);

    if (action->type == LFLOW_ACTION_GET_FDB) {
        write_field(run->flow, &fdb->dst, port);
    } else {
        write_field(run->flow, &fdb->dst,
                    port && port == read_u128(run->flow, &fdb->port));
    }
}

static void
run_check(struct run *run, const struct lflow_action *action,
          const struct field_ref *dst)
{
    bool yes = run->e->class->check
               && run->e->class->check(run->e, action, run->flow);

    write_field(run->flow, dst, yes);
}

/* --- The list ---------------------------------------------------------- */

/* Actions that change the flow, or look something up for it.  False for
 * another action. */
static bool
run_on_fields(struct run *run, const struct lflow_action *action)
{
    switch ((int) action->type) {
    case LFLOW_ACTION_LOAD:
        run_load(run, &action->load);
        return true;
    case LFLOW_ACTION_MOVE:
        run_move(run, &action->move, false);
        return true;
    case LFLOW_ACTION_EXCHANGE:
        run_move(run, &action->move, true);
        return true;
    case LFLOW_ACTION_PUSH:
        run_push(run, &action->stack.field);
        return true;
    case LFLOW_ACTION_POP:
        run_pop(run, &action->stack.field);
        return true;
    case LFLOW_ACTION_DEC_TTL:
        run_dec_ttl(run);
        return true;
    case LFLOW_ACTION_GET_ARP:
    case LFLOW_ACTION_GET_ND:
        run_get_neighbor(run, action);
        return true;
    case LFLOW_ACTION_LOOKUP_ARP:
    case LFLOW_ACTION_LOOKUP_ARP_IP:
    case LFLOW_ACTION_LOOKUP_ND:
    case LFLOW_ACTION_LOOKUP_ND_IP:
        run_lookup_neighbor(run, action);
        return true;
    case LFLOW_ACTION_GET_FDB:
    case LFLOW_ACTION_LOOKUP_FDB:
        run_fdb(run, action);
        return true;
    default:
        return false;
    }
}

/* Actions that answer with a bit which only the caller knows. */
static bool
run_on_result(struct run *run, const struct lflow_action *action)
{
    switch ((int) action->type) {
    case LFLOW_ACTION_PUT_DHCP_OPTS:
    case LFLOW_ACTION_PUT_DHCPV6_OPTS:
    case LFLOW_ACTION_PUT_ND_RA_OPTS:
        run_check(run, action, &action->options.dst);
        return true;
    case LFLOW_ACTION_CHECK_PKT_LARGER:
        run_check(run, action, &action->check_pkt_larger.dst);
        return true;
    case LFLOW_ACTION_DNS_LOOKUP:
    case LFLOW_ACTION_CHK_LB_HAIRPIN:
    case LFLOW_ACTION_CHK_LB_HAIRPIN_REPLY:
    case LFLOW_ACTION_CHECK_IN_PORT_SEC:
    case LFLOW_ACTION_CHECK_OUT_PORT_SEC:
    case LFLOW_ACTION_CHK_ECMP_NH_MAC:
    case LFLOW_ACTION_CHK_ECMP_NH:
    case LFLOW_ACTION_CHK_LB_AFF:
        run_check(run, action, &action->result.dst);
        return true;
    default:
        return false;
    }
}

/* Conntrack.  False for another action. */
static bool
run_on_conntrack(struct run *run, const struct lflow_action *action)
{
    struct flow copy;

    switch ((int) action->type) {
    case LFLOW_ACTION_CT_NEXT:
    case LFLOW_ACTION_CT_COMMIT_NAT:
        copy = *run->flow;
        run_conntrack(run, action, action->ct_table.stage, &copy);
        return true;
    case LFLOW_ACTION_CT_COMMIT_V1:
    case LFLOW_ACTION_CT_COMMIT_V2:
        run_ct_commit(run, action);
        return true;
    case LFLOW_ACTION_CT_DNAT:
    case LFLOW_ACTION_CT_SNAT:
    case LFLOW_ACTION_CT_DNAT_IN_CZONE:
    case LFLOW_ACTION_CT_SNAT_IN_CZONE:
        run_ct_nat(run, action);
        return true;
    case LFLOW_ACTION_CT_LB:
    case LFLOW_ACTION_CT_LB_MARK:
        run_ct_lb(run, action);
        return true;
    case LFLOW_ACTION_CT_CLEAR:
        run->flow->ct_state = 0;
        run->flow->ct_mark = 0;
        memset(&run->flow->ct_label, 0, sizeof run->flow->ct_label);
        return true;
    default:
        return false;
    }
}

/* Actions that send the packet, or one made of it, somewhere. */
static bool
run_on_packet(struct run *run, const struct lflow_action *action)
{
    switch ((int) action->type) {
    case LFLOW_ACTION_NEXT:
        CALL(run->e, next, action->next.ingress, action->next.stage,
             run->flow);
        return true;
    case LFLOW_ACTION_OUTPUT:
        CALL(run->e, output, run->flow);
        return true;
    case LFLOW_ACTION_CLONE:
        run_clone(run, action);
        return true;
    case LFLOW_ACTION_ARP:
    case LFLOW_ACTION_ND_NS:
    case LFLOW_ACTION_ND_NA:
    case LFLOW_ACTION_ND_NA_ROUTER:
    case LFLOW_ACTION_ICMP4:
    case LFLOW_ACTION_ICMP4_ERROR:
    case LFLOW_ACTION_ICMP6:
    case LFLOW_ACTION_ICMP6_ERROR:
    case LFLOW_ACTION_TCP_RESET:
    case LFLOW_ACTION_SCTP_ABORT:
    case LFLOW_ACTION_REJECT:
        run_nested(run, action);
        return true;
    case LFLOW_ACTION_SELECT:
        run_select(run, action);
        return true;
    case LFLOW_ACTION_FWD_GROUP:
        run_fwd_group(run, action);
        return true;
    default:
        return false;
    }
}

enum lflow_verdict
lflow_actions_evaluate(const struct lflow_actions *actions,
                       struct lflow_evaluation *e, struct flow *flow)
{
    struct run run = { e, flow, LFLOW_VERDICT_DONE };

    if (e->depth >= LFLOW_EVALUATE_MAX_DEPTH) {
        return LFLOW_VERDICT_TOO_DEEP;
    }
    e->depth++;
    LFLOW_ACTION_FOR_EACH (action, actions) {
        CALL(e, action, action, flow);
        if (!run_on_fields(&run, action) && !run_on_result(&run, action)
            && !run_on_conntrack(&run, action)
            && !run_on_packet(&run, action)) {
            CALL(e, effect, action, flow);
        }
        if (run.verdict != LFLOW_VERDICT_DONE) {
            break;
        }
    }
    e->depth--;
    return run.verdict;
}
