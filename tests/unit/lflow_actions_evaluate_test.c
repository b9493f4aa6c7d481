/* Evaluation of actions on a packet description, with a world of our own. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow.h"
#include "lflow/actions_evaluate.h"
#include "lflow/compile.h"
#include "lflow/registers.h"
#include "lib/err.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "util.h"

#define OUTPORT(FLOW) ((FLOW)->regs[MFF_LOG_OUTPORT - MFF_REG0])

/* What happened, as text, and what the packet was at the last of it. */
struct world {
    struct lflow_evaluation evaluation;
    struct ds log;
    struct flow last;           /* What next, output or effect saw last. */
};

static struct world *
world_of(struct lflow_evaluation *e)
{
    return CONTAINER_OF(e, struct world, evaluation);
}

static void
on_next(struct lflow_evaluation *e, bool ingress, uint8_t stage,
        struct flow *flow)
{
    ds_put_format(&world_of(e)->log, "next(%s %d) ",
                  ingress ? "ingress" : "egress", stage);
    world_of(e)->last = *flow;
}

static void
on_output(struct lflow_evaluation *e, struct flow *flow)
{
    ds_put_format(&world_of(e)->log, "output(%u) ", OUTPORT(flow));
    world_of(e)->last = *flow;
}

static void
on_enter(struct lflow_evaluation *e,
         const struct lflow_action *action OVS_UNUSED, enum lflow_copy kind,
         const struct flow *flow OVS_UNUSED)
{
    ds_put_format(&world_of(e)->log, "{%d ", kind);
}

static void
on_leave(struct lflow_evaluation *e,
         const struct lflow_action *action OVS_UNUSED,
         enum lflow_copy kind OVS_UNUSED)
{
    ds_put_cstr(&world_of(e)->log, "} ");
}

static void
on_conntrack(struct lflow_evaluation *e,
             const struct lflow_action *action OVS_UNUSED, struct flow *flow)
{
    ds_put_cstr(&world_of(e)->log, "ct ");
    flow->ct_state |= CS_ESTABLISHED;
}

static void
on_commit(struct lflow_evaluation *e,
          const struct lflow_action *action OVS_UNUSED,
          const struct flow *committed)
{
    ds_put_format(&world_of(e)->log, "commit(%#x %#"PRIx64") ",
                  committed->ct_mark, committed->ct_label.u64.lo);
}

static size_t
on_choose(struct lflow_evaluation *e OVS_UNUSED,
          const struct lflow_action *action OVS_UNUSED,
          const struct flow *flow OVS_UNUSED, size_t n)
{
    return n - 1;
}

static bool
on_neighbor(struct lflow_evaluation *e OVS_UNUSED, uint32_t port,
            const struct in6_addr *ip, struct eth_addr *mac)
{
    eth_addr_from_uint64(0x020000000009, mac);
    return port == 2
           && in6_addr_get_mapped_ipv4(ip) == htonl(0x0a000009);
}

static uint32_t
on_fdb(struct lflow_evaluation *e OVS_UNUSED, const struct eth_addr *mac)
{
    return eth_addr_to_uint64(*mac) == 0x020000000009 ? 3 : 0;
}

static bool
on_check(struct lflow_evaluation *e OVS_UNUSED,
         const struct lflow_action *action,
         const struct flow *flow OVS_UNUSED)
{
    return action->type == LFLOW_ACTION_CHECK_IN_PORT_SEC;
}

static void
on_effect(struct lflow_evaluation *e, const struct lflow_action *action,
          struct flow *flow)
{
    ds_put_format(&world_of(e)->log, "%s ", lflow_action_name(action->type));
    world_of(e)->last = *flow;
}

static const struct lflow_evaluation_class world_class = {
    .next = on_next, .output = on_output, .enter = on_enter,
    .leave = on_leave, .conntrack = on_conntrack, .commit = on_commit,
    .choose = on_choose, .neighbor = on_neighbor, .fdb = on_fdb,
    .check = on_check, .effect = on_effect
};

static bool
port_key(const struct lflow_scope *scope OVS_UNUSED, const char *name,
         uint32_t *key)
{
    *key = name[1] - '0';
    return *name == 'p';
}

static const struct lflow_scope_class scope_class = { .port_key = port_key };
static const struct lflow_scope scope = { &scope_class };

/* Runs 'text' on '*flow'; the log is the caller's to free. */
static char *
run(const char *text, struct flow *flow, struct flow *last,
    enum lflow_verdict *verdict)
{
    struct lflow_place place
        = lflow_place_of_stage(stage_by_number(PIPELINE_LS_IN, 10));
    struct lflow_arena arena = LFLOW_ARENA_INIT;
    struct world *world = xzalloc(sizeof *world);
    struct lflow_actions *actions;
    const struct expr *prereqs;
    char *log;

    assert_int_equal(lflow_actions_parse(text, strlen(text), &place, &scope,
                                         NULL, &arena, &actions, &prereqs,
                                         NULL), 0);
    world->evaluation.class = &world_class;
    world->evaluation.scope = &scope;
    ds_init(&world->log);
    *verdict = lflow_actions_evaluate(actions, &world->evaluation, flow);
    assert_int_equal(world->evaluation.depth, 0);
    *last = world->last;
    log = ds_steal_cstr(&world->log);
    free(world);
    lflow_arena_destroy(&arena);
    return log;
}

/* An IPv4 TCP packet. */
static struct flow
tcp_packet(void)
{
    struct flow flow;

    memset(&flow, 0, sizeof flow);
    eth_addr_from_uint64(0x020000000001, &flow.dl_src);
    eth_addr_from_uint64(0x020000000002, &flow.dl_dst);
    flow.dl_type = htons(ETH_TYPE_IP);
    flow.nw_src = htonl(0x0a000001);
    flow.nw_dst = htonl(0x0a000009);
    flow.nw_proto = IPPROTO_TCP;
    flow.nw_ttl = 64;
    flow.tp_src = htons(1000);
    flow.tp_dst = htons(80);
    return flow;
}

/* Runs 'text' on such a packet and compares the log. */
static struct flow
expect(const char *text, const char *expected, struct flow *last)
{
    struct flow flow = tcp_packet();
    enum lflow_verdict verdict;
    char *log = run(text, &flow, last, &verdict);

    assert_string_equal(log, expected);
    assert_int_equal(verdict, LFLOW_VERDICT_DONE);
    free(log);
    return flow;
}

static void
test_fields(void **state OVS_UNUSED)
{
    struct flow flow, last;

    flow = expect("reg0 = 0x12345678; reg0[0..7] = 0xff; reg1 = reg0; "
                  "ip4.src <-> ip4.dst; outport = \"p3\"; ip.ttl--; "
                  "push(reg1); pop(reg2); reg3 = 0xf0/0xf0; next;",
                  "next(ingress 11) ", &last);
    assert_int_equal(flow.regs[0], 0x123456ff);
    assert_int_equal(flow.regs[1], 0x123456ff);
    assert_int_equal(flow.regs[2], 0x123456ff);
    assert_int_equal(flow.regs[3], 0xf0);
    assert_int_equal(ntohl(flow.nw_src), 0x0a000009);
    assert_int_equal(OUTPORT(&flow), 3);
    assert_int_equal(flow.nw_ttl, 63);
}

static void
test_ttl_stops(void **state OVS_UNUSED)
{
    struct flow flow = tcp_packet(), last;
    enum lflow_verdict verdict;
    char *log;

    flow.nw_ttl = 1;
    log = run("ip.ttl--; next;", &flow, &last, &verdict);
    assert_int_equal(verdict, LFLOW_VERDICT_TTL);
    assert_string_equal(log, "");
    free(log);
}

static void
test_copies(void **state OVS_UNUSED)
{
    struct flow flow, last;

    flow = expect("clone { reg0 = 1; outport = \"p2\"; output; }; next;",
                  "{0 output(2) } next(ingress 11) ", &last);
    assert_int_equal(flow.regs[0], 0);
    assert_int_equal(OUTPORT(&last), 0);
}

static void
test_packets(void **state OVS_UNUSED)
{
    struct flow last;

    expect("arp { eth.dst = ff:ff:ff:ff:ff:ff; output; };",
           "{1 output(0) } ", &last);
    assert_int_equal(ntohs(last.dl_type), ETH_TYPE_ARP);
    assert_int_equal(last.nw_proto, ARP_OP_REQUEST);
    assert_int_equal(ntohl(last.nw_src), 0x0a000001);
    assert_int_equal(eth_addr_to_uint64(last.arp_sha), 0x020000000001);
    assert_true(eth_addr_is_broadcast(last.dl_dst));

    expect("icmp4 { next; };", "{1 next(ingress 11) } ", &last);
    assert_int_equal(last.nw_proto, IPPROTO_ICMP);
    assert_int_equal(ntohs(last.tp_src), 3);
    assert_int_equal(ntohs(last.tp_dst), 1);
    assert_int_equal(last.nw_ttl, 255);

    expect("reject { output; };", "{1 output(0) } ", &last);
    assert_int_equal(last.nw_proto, IPPROTO_TCP);
    assert_int_equal(ntohs(last.tcp_flags), 4);
    assert_int_equal(ntohs(last.tp_src), 80);
    assert_int_equal(ntohl(last.nw_dst), 0x0a000001);
    assert_int_equal(eth_addr_to_uint64(last.dl_dst), 0x020000000001);
}

static void
test_neighbor_solicitation(void **state OVS_UNUSED)
{
    struct flow flow, packet;

    memset(&flow, 0, sizeof flow);
    flow.dl_type = htons(ETH_TYPE_IPV6);
    assert_true(ipv6_parse("fd00::1234:5678", &flow.ipv6_dst));
    lflow_action_make_packet(LFLOW_ACTION_ND_NS, &flow, &packet);
    assert_int_equal(eth_addr_to_uint64(packet.dl_dst), 0x3333ff345678);
    assert_memory_equal(&packet.nd_target, &flow.ipv6_dst, 16);
    assert_int_equal(ntohs(packet.tp_src), 135);
    assert_int_equal(packet.nw_ttl, 255);
}

static void
test_conntrack(void **state OVS_UNUSED)
{
    struct flow flow, last;

    flow = expect("ct_next; reg0 = 7;", "ct {2 next(ingress 11) } ", &last);
    assert_int_equal(flow.ct_state, 0);
    assert_int_equal(last.ct_state, CS_TRACKED | CS_ESTABLISHED);
    assert_int_equal(last.regs[0], 0);

    expect("ct_dnat(10.0.0.77);", "ct {2 next(ingress 11) } ", &last);
    assert_int_equal(ntohl(last.nw_dst), 0x0a00004d);
    assert_true(last.ct_state & CS_DST_NAT);

    expect("ct_lb_mark(backends=1.1.1.1:1,10.0.0.5:8080);",
           "ct {2 next(ingress 11) } ", &last);
    assert_int_equal(ntohl(last.nw_dst), 0x0a000005);
    assert_int_equal(ntohs(last.tp_dst), 8080);

    expect("reg3 = 5; ct_commit { ct_mark = 3; ct_label[0..31] = reg3; };",
           "commit(0x3 0x5) ", &last);
    expect("ct_commit(ct_mark=0x10/0x30);", "commit(0x10 0) ", &last);
}

static void
test_lookups(void **state OVS_UNUSED)
{
    struct flow flow, last;

    flow = expect("outport = \"p2\"; get_arp(outport, ip4.dst);", "", &last);
    assert_int_equal(eth_addr_to_uint64(flow.dl_dst), 0x020000000009);
    flow = expect("outport = \"p1\"; get_arp(outport, ip4.dst);", "", &last);
    assert_true(eth_addr_is_zero(flow.dl_dst));
    flow = expect("inport = \"p2\"; "
                  "reg0[0] = lookup_arp(inport, ip4.dst, eth.src); "
                  "reg0[1] = lookup_arp_ip(inport, ip4.dst);", "", &last);
    assert_int_equal(flow.regs[0], 2);
    flow = expect("eth.dst = 02:00:00:00:00:09; outport = get_fdb(eth.dst); "
                  "reg0[3] = lookup_fdb(outport, eth.dst); "
                  "reg0[4] = lookup_fdb(inport, eth.dst);", "", &last);
    assert_int_equal(OUTPORT(&flow), 3);
    assert_int_equal(flow.regs[0], 8);
    flow = expect("reg0[0] = check_in_port_sec(); "
                  "reg0[1] = 1; reg0[1] = chk_lb_aff();", "", &last);
    assert_int_equal(flow.regs[0], 1);
}

static void
test_choices_and_effects(void **state OVS_UNUSED)
{
    struct flow last;

    expect("reg0 = select(1, 2, 9);", "next(ingress 11) ", &last);
    assert_int_equal(last.regs[0], 9);
    expect("fwd_group(childports=\"p1\", \"p2\");", "output(2) ", &last);
    expect("put_arp(inport, reg0, eth.src); log(verdict=allow); igmp;",
           "put_arp log igmp ", &last);
}

/* A table whose only flow is next(table=0): found by its depth. */
static void
loop_next(struct lflow_evaluation *e, bool ingress OVS_UNUSED,
          uint8_t stage OVS_UNUSED, struct flow *flow)
{
    struct lflow_action next = { .type = LFLOW_ACTION_NEXT };
    struct lflow_actions actions = { &next, 1 };

    lflow_actions_evaluate(&actions, e, flow);
}

static void
test_loop_ends(void **state OVS_UNUSED)
{
    static const struct lflow_evaluation_class class = { .next = loop_next };
    struct lflow_evaluation *e = xzalloc(sizeof *e);
    struct flow flow = tcp_packet();

    e->class = &class;
    loop_next(e, true, 0, &flow);
    assert_int_equal(e->depth, 0);
    free(e);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_ttl_stops),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_packets),
        cmocka_unit_test(test_neighbor_solicitation),
        cmocka_unit_test(test_conntrack),
        cmocka_unit_test(test_lookups),
        cmocka_unit_test(test_choices_and_effects),
        cmocka_unit_test(test_loop_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
