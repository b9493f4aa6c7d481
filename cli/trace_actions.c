/* What actions do, as nodes of the tree: the evaluator (lflow/
 * actions_evaluate.h) runs them, this tells. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "cli/trace_run.h"
#include "lflow/packet_in.h"
#include "lflow/registers.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "util.h"

struct tracer *
tracer_cast(struct lflow_evaluation *e)
{
    return CONTAINER_OF(e, struct tracer, evaluation);
}

/* ---- Changes of the packet -------------------------------------------- */

/* Registers and metadata are nobody's business outside. */
static bool
is_of_packet(const struct field_ref *ref)
{
    const struct mf_field *field = ref->symbol->field;

    return field && !mf_is_register(field->id) && ref->symbol->n_bits;
}

static void
put_value(const struct field_ref *ref, const struct flow *flow, struct ds *s)
{
    struct mf_subfield sf = field_ref_to_subfield(ref);
    union mf_subvalue subvalue;
    union mf_value value;

    if (mf_is_register(sf.field->id) || sf.ofs
        || sf.n_bits != sf.field->n_bits) {
        mf_read_subfield(&sf, flow, &subvalue);
        mf_subvalue_format(&subvalue, s);
    } else {
        mf_get_value(sf.field, flow, &value);
        mf_format(sf.field, &value, NULL, NULL, s);
    }
}

static void
add_change(struct tracer *tracer, const struct field_ref *dst,
           const struct field_ref *src, const struct flow *flow)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    if (is_of_packet(dst)) {
        field_ref_format(dst, &s);
        ds_put_cstr(&s, " = ");
        put_value(src, flow, &s);
        trace_node_add(tracer->node, TRACE_MODIFY, "%s", ds_cstr(&s));
    }
    ds_destroy(&s);
}

static void
add_stack_change(struct tracer *tracer, const struct lflow_action *action,
                 const struct flow *flow)
{
    bool is_push = action->type == LFLOW_ACTION_PUSH;
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&s, is_push ? "push(" : "pop(");
    field_ref_format(&action->stack.field, &s);
    if (is_push) {
        struct mf_subfield sf = field_ref_to_subfield(&action->stack.field);
        union mf_subvalue value;

        mf_read_subfield(&sf, flow, &value);
        ds_put_cstr(&s, ") -> ");
        mf_subvalue_format(&value, &s);
    } else if (tracer->evaluation.n_stack) {
        ds_put_cstr(&s, ") <- ");
        mf_subvalue_format(
            &tracer->evaluation.stack[tracer->evaluation.n_stack - 1], &s);
    } else {
        ds_put_cstr(&s, ") <- /* empty stack */");
    }
    trace_node_add(tracer->node, TRACE_MODIFY, "%s", ds_cstr(&s));
    ds_destroy(&s);
}

/* The changes that 'action' is about to make. */
static void
add_changes(struct tracer *tracer, const struct lflow_action *action,
            const char *text, const struct flow *flow)
{
    switch ((int) action->type) {
    case LFLOW_ACTION_LOAD:
        if (is_of_packet(&action->load.dst)) {
            trace_node_add(tracer->node, TRACE_MODIFY, "%s", text);
        }
        break;
    case LFLOW_ACTION_OVN_FIELD:
        trace_node_add(tracer->node, TRACE_MODIFY, "%s", text);
        break;
    case LFLOW_ACTION_MOVE:
        add_change(tracer, &action->move.dst, &action->move.src, flow);
        break;
    case LFLOW_ACTION_EXCHANGE:
        add_change(tracer, &action->move.dst, &action->move.src, flow);
        add_change(tracer, &action->move.src, &action->move.dst, flow);
        break;
    case LFLOW_ACTION_DEC_TTL:
        if (flow->nw_ttl > 1) {
            trace_node_add(tracer->node, TRACE_MODIFY, "%s", text);
        }
        break;
    case LFLOW_ACTION_PUSH:
    case LFLOW_ACTION_POP:
        add_stack_change(tracer, action, flow);
        break;
    default:
        break;
    }
}

/* ---- Neighbours and learned addresses --------------------------------- */

static u128
read_ref(const struct field_ref *ref, const struct flow *flow)
{
    struct mf_subfield sf = field_ref_to_subfield(ref);
    union mf_subvalue value;

    mf_read_subfield(&sf, flow, &value);
    return u128_from_subvalue(&value);
}

static const char *
binding_of(struct tracer *tracer, uint32_t key, const struct in6_addr *ip)
{
    const struct trace_port *port = trace_dp_port_by_key(tracer->dp, key);
    char text[INET6_ADDRSTRLEN];

    if (!port) {
        return NULL;
    }
    if (IN6_IS_ADDR_V4MAPPED(ip)) {
        ovs_be32 ip4 = in6_addr_get_mapped_ipv4(ip);

        inet_ntop(AF_INET, &ip4, text, sizeof text);
    } else {
        inet_ntop(AF_INET6, ip, text, sizeof text);
    }
    return trace_dp_mac_binding(tracer->dp, port->name, text);
}

static bool
on_neighbor(struct lflow_evaluation *e, uint32_t port,
            const struct in6_addr *ip, struct eth_addr *mac)
{
    const char *text = binding_of(tracer_cast(e), port, ip);

    return text && eth_addr_from_string(text, mac);
}

static void
add_neighbor_note(struct tracer *tracer, const struct lflow_action *action,
                  const struct flow *flow)
{
    const struct lflow_neighbor *neighbor = &action->neighbor;
    bool is_get = (action->type == LFLOW_ACTION_GET_ARP
                   || action->type == LFLOW_ACTION_GET_ND);
    u128 value = read_ref(&neighbor->ip, flow);
    struct in6_addr ip;
    struct eth_addr mac = eth_addr_zero;
    bool found;

    if (neighbor->ip.n_bits == 32) {
        in6_addr_set_mapped_ipv4(&ip, htonl(value));
    } else {
        u128_to_bytes(value, &ip, sizeof ip);
    }
    found = on_neighbor(&tracer->evaluation,
                        read_ref(&neighbor->port, flow), &ip, &mac);
    if (found && neighbor->mac.symbol) {
        found = eth_addr_to_uint64(mac)
                == (uint64_t) read_ref(&neighbor->mac, flow);
    }
    if (!is_get) {
        trace_node_add(tracer->node, TRACE_REMARK, "%s",
                       found ? "/* MAC binding found. */"
                       : "/* lookup failed - No MAC binding. */");
        return;
    }
    if (found) {
        trace_node_add(tracer->node, TRACE_REMARK, "/* MAC binding to "
                       ETH_ADDR_FMT". */", ETH_ADDR_ARGS(mac));
    } else {
        trace_node_add(tracer->node, TRACE_REMARK, "/* No MAC binding. */");
    }
    trace_node_add(tracer->node, TRACE_MODIFY, "eth.dst = "ETH_ADDR_FMT,
                   ETH_ADDR_ARGS(mac));
}

static uint32_t
on_fdb(struct lflow_evaluation *e, const struct eth_addr *mac)
{
    char text[ETH_ADDR_STRLEN + 1];

    snprintf(text, sizeof text, ETH_ADDR_FMT, ETH_ADDR_ARGS(*mac));
    return trace_dp_fdb(tracer_cast(e)->dp, text);
}

static void
add_fdb_note(struct tracer *tracer, const struct lflow_action *action,
             const struct flow *flow)
{
    struct eth_addr mac;
    uint32_t key;

    eth_addr_from_uint64(read_ref(&action->fdb.mac, flow), &mac);
    key = on_fdb(&tracer->evaluation, &mac);
    if (key && key == read_ref(&action->fdb.port, flow)) {
        trace_node_add(tracer->node, TRACE_REMARK, "/* MAC lookup for "
                       ETH_ADDR_FMT" found in FDB. */", ETH_ADDR_ARGS(mac));
    } else {
        trace_node_add(tracer->node, TRACE_REMARK,
                       "/* lookup mac failed in mac learning table. */");
    }
}

/* ---- Every action ----------------------------------------------------- */

static void
on_action(struct lflow_evaluation *e, const struct lflow_action *action,
          const struct flow *flow)
{
    struct tracer *tracer = tracer_cast(e);
    struct ds s = DS_EMPTY_INITIALIZER;
    bool is_jump;
    char *text;

    lflow_action_format(action, &s);
    ds_chomp(&s, ';');
    text = trace_friendly_text(tracer->dp, ds_cstr(&s));
    ds_destroy(&s);
    is_jump = action->type == LFLOW_ACTION_NEXT && strcmp(text, "next");
    trace_node_add(tracer->node, is_jump ? TRACE_JUMP : TRACE_ACTION, "%s",
                   text);
    add_changes(tracer, action, text, flow);
    free(text);

    switch ((int) action->type) {
    case LFLOW_ACTION_GET_ARP:
    case LFLOW_ACTION_GET_ND:
    case LFLOW_ACTION_LOOKUP_ARP:
    case LFLOW_ACTION_LOOKUP_ARP_IP:
    case LFLOW_ACTION_LOOKUP_ND:
    case LFLOW_ACTION_LOOKUP_ND_IP:
        add_neighbor_note(tracer, action, flow);
        break;
    case LFLOW_ACTION_LOOKUP_FDB:
        add_fdb_note(tracer, action, flow);
        break;
    default:
        break;
    }
}

static struct trace_node *
add_select(struct tracer *tracer)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    struct trace_node *node;

    field_ref_format(&tracer->selecting->select.dst, &s);
    node = trace_node_add(tracer->node, TRACE_TRANSFORMATION,
                          "select: %s = %u%s", ds_cstr(&s), tracer->selected,
                          tracer->was_random ? " /* Randomly selected. Use "
                          "--select-id to specify. */" : "");
    ds_destroy(&s);
    tracer->selecting = NULL;
    return node;
}

static void
on_next(struct lflow_evaluation *e, bool ingress, uint8_t stage,
        struct flow *flow)
{
    struct tracer *tracer = tracer_cast(e);
    struct trace_node *node = tracer->node;

    if (tracer->selecting) {
        node = add_select(tracer);
    }
    if (ingress != tracer->ingress) {
        node = trace_jump_heading(tracer->dp, ingress, flow, node);
    }
    trace_table(tracer, tracer->dp, ingress, stage, flow, node);
}

static void
on_output(struct lflow_evaluation *e, struct flow *flow)
{
    trace_output(tracer_cast(e), flow);
}

/* ---- Packets made of packets ------------------------------------------ */

/* What reject { } answers 'made' with is seen from that. */
static const char *
packet_name(enum lflow_action_type type, const struct flow *made)
{
    switch ((int) type) {
    case LFLOW_ACTION_ICMP4_ERROR:
        return "icmp4";
    case LFLOW_ACTION_ICMP6_ERROR:
        return "icmp6";
    case LFLOW_ACTION_REJECT:
        return (made->nw_proto == IPPROTO_TCP ? "tcp_reset"
                : made->nw_proto == IPPROTO_SCTP ? "sctp_abort"
                : made->nw_proto == IPPROTO_ICMPV6 ? "icmp6" : "icmp4");
    default:
        return lflow_action_name(type);
    }
}

static bool
is_answer(enum lflow_action_type type)
{
    switch ((int) type) {
    case LFLOW_ACTION_ICMP4:
    case LFLOW_ACTION_ICMP4_ERROR:
    case LFLOW_ACTION_ICMP6:
    case LFLOW_ACTION_ICMP6_ERROR:
    case LFLOW_ACTION_TCP_RESET:
    case LFLOW_ACTION_SCTP_ABORT:
    case LFLOW_ACTION_REJECT:
        return true;
    default:
        return false;
    }
}

/* What answers a packet isn't itself rejected with an answer: that would
 * never end (RFC 1122, section 3.2.2).  What isn't IP has none. */
static bool
on_refuses(struct lflow_evaluation *e, const struct lflow_action *action,
           const struct flow *flow)
{
    return (action->type == LFLOW_ACTION_REJECT
            && (tracer_cast(e)->n_answers || !is_ip_any(flow)));
}

static void
on_enter(struct lflow_evaluation *e, const struct lflow_action *action,
         enum lflow_copy copy, const struct flow *flow)
{
    struct tracer *tracer = tracer_cast(e);
    char *heading;

    tracer->n_answers += (copy == LFLOW_COPY_PACKET
                          && is_answer(action->type));
    if (copy == LFLOW_COPY_RECIRCULATED) {
        heading = trace_conntrack_heading(tracer, action, flow);
    } else {
        heading = xstrdup(packet_name(action->type, flow));
    }
    tracer->node = trace_node_add(tracer->node, TRACE_TRANSFORMATION, "%s",
                                  heading);
    free(heading);
}

static void
on_leave(struct lflow_evaluation *e, const struct lflow_action *action,
         enum lflow_copy copy)
{
    struct tracer *tracer = tracer_cast(e);

    tracer->n_answers -= (copy == LFLOW_COPY_PACKET
                          && is_answer(action->type));
    tracer->node = tracer->node->parent;
}

/* ---- Answers ---------------------------------------------------------- */

static bool
check_port_security(struct tracer *tracer, const struct lflow_action *action,
                    const struct flow *flow)
{
    bool in = action->type == LFLOW_ACTION_CHECK_IN_PORT_SEC;
    const struct trace_port *port = trace_dp_port_by_key(
        tracer->dp, in ? trace_inport(flow) : trace_outport(flow));

    return port && (in ? trace_forbids_in(port, flow)
                    : trace_forbids_out(port, flow));
}

/* A message turned into its answer: put_dhcp_opts and the like. */
static void
add_options(struct tracer *tracer, const struct lflow_action *action,
            const char *message)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    const char *text;

    trace_node_add(tracer->node, TRACE_ERROR,
                   "/* We assume that this packet is %s. */", message);
    lflow_action_format(action, &s);
    ds_chomp(&s, ';');
    text = strstr(ds_cstr(&s), " = ");
    trace_node_add(tracer->node, TRACE_MODIFY, "%s",
                   text ? text + strlen(" = ") : ds_cstr(&s));
    ds_destroy(&s);
}

/* Did a load balancer choose where this packet goes?  Flows keep its virtual
 * address in reg1 or xxreg1, its port in reg2 (translator/registers.h). */
static bool
has_vip(const struct flow *flow)
{
    return (flow->dl_type == htons(ETH_TYPE_IP)
            ? flow->regs[1] != 0
            : flow->dl_type == htons(ETH_TYPE_IPV6)
              && !is_all_zeros(&flow->regs[4], 4 * sizeof flow->regs[4]));
}

/* Was the sender chosen as the backend of what it sent to? */
static bool
is_hairpin(const struct flow *flow)
{
    return (flow->ct_state & CS_DST_NAT
            && has_vip(flow)
            && (flow->dl_type == htons(ETH_TYPE_IP)
                ? flow->nw_src == flow->nw_dst
                : ipv6_addr_equals(&flow->ipv6_src, &flow->ipv6_dst)));
}

/* ovn-trace takes what was sent to all ports of an address for the answer,
 * too. */
static bool
check_hairpin(struct tracer *tracer, const struct lflow_action *action,
              const struct flow *flow)
{
    bool yes = (is_hairpin(flow)
                && (action->type == LFLOW_ACTION_CHK_LB_HAIRPIN
                    || !(flow->regs[2] & UINT16_MAX)));
    struct ds s = DS_EMPTY_INITIALIZER;

    field_ref_format(&action->result.dst, &s);
    trace_node_add(tracer->node, TRACE_MODIFY, "%s = %d", ds_cstr(&s), yes);
    ds_destroy(&s);
    return yes;
}

static bool
on_check(struct lflow_evaluation *e, const struct lflow_action *action,
         const struct flow *flow)
{
    struct tracer *tracer = tracer_cast(e);

    switch ((int) action->type) {
    case LFLOW_ACTION_CHECK_IN_PORT_SEC:
    case LFLOW_ACTION_CHECK_OUT_PORT_SEC:
        return check_port_security(tracer, action, flow);
    case LFLOW_ACTION_CHK_LB_HAIRPIN:
    case LFLOW_ACTION_CHK_LB_HAIRPIN_REPLY:
        return check_hairpin(tracer, action, flow);
    case LFLOW_ACTION_PUT_DHCP_OPTS:
    case LFLOW_ACTION_PUT_DHCPV6_OPTS:
        add_options(tracer, action, "DHCPDISCOVER or DHCPREQUEST");
        return true;
    case LFLOW_ACTION_PUT_ND_RA_OPTS:
        add_options(tracer, action, "a router solicitation");
        return true;
    case LFLOW_ACTION_DNS_LOOKUP:
        trace_node_add(tracer->node, TRACE_ERROR, "*** dns_lookup action "
                       "not implemented");
        return false;
    default:
        return false;
    }
}

/* ct_snat_to_vip: only told, as by ovn-trace. */
static void
note_vip(struct tracer *tracer, const struct flow *flow)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    if (!has_vip(flow)) {
        return;
    }
    ds_put_cstr(&s, "/* nat(src=");
    if (flow->dl_type == htons(ETH_TYPE_IP)) {
        ds_put_format(&s, IP_FMT, IP_ARGS(htonl(flow->regs[1])));
    } else {
        ovs_be128 ip = hton128(flow_get_xxreg(flow, 1));

        ipv6_format_addr((const struct in6_addr *) &ip, &s);
    }
    ds_put_cstr(&s, ") */");
    trace_node_add(tracer->node, TRACE_REMARK, "%s", ds_cstr(&s));
    ds_destroy(&s);
}

static void
on_effect(struct lflow_evaluation *e, const struct lflow_action *action,
          struct flow *flow)
{
    struct tracer *tracer = tracer_cast(e);

    if (action->type == LFLOW_ACTION_CT_SNAT_TO_VIP) {
        note_vip(tracer, flow);
    } else if (action->type == LFLOW_ACTION_LOG) {
        const struct lflow_log *log = &action->log;
        char *packet = flow_to_string(flow, NULL);

        trace_node_add(tracer->node, TRACE_TRANSFORMATION,
                       "LOG: ACL name=%s, direction=%s, verdict=%s, "
                       "severity=%s, packet=\"%s\"",
                       log->name ? log->name : "<unnamed>",
                       tracer->ingress ? "IN" : "OUT",
                       lflow_log_verdict_name(log->verdict),
                       lflow_log_severity_name(log->severity), packet);
        free(packet);
    }
}

const struct lflow_evaluation_class trace_class = {
    .action = on_action,
    .next = on_next,
    .output = on_output,
    .refuses = on_refuses,
    .enter = on_enter,
    .leave = on_leave,
    .conntrack = trace_conntrack,
    .choose = trace_choose,
    .neighbor = on_neighbor,
    .fdb = on_fdb,
    .check = on_check,
    .effect = on_effect,
};
