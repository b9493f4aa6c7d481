/* Load balancers' hairpins: each form of a row as flows of tables 68 to 70,
 * as stock ovn-controller 23.03 has them (tests/oracle/lb_hairpins.py), and
 * what a change costs. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "agent_support.h"
#include "node-agent/load_balancers.h"

static int
set_up(void **state)
{
    struct engine *e = xmalloc(sizeof *e);

    engine_init(e, "hv1");
    put_row(e, "switch:n1", "",
            "{\"tunnel_key\":1,\"type\":\"switch\",\"version\":1}");
    put_row(e, "switch:n2", "",
            "{\"tunnel_key\":2,\"type\":\"switch\",\"version\":1}");
    engine_run(e);
    *state = e;
    return 0;
}

static int
tear_down(void **state)
{
    struct engine *e = *state;

    engine_destroy(e);
    free(e);
    return 0;
}

/* The load balancer "web" of a switch; 'vips' NULL: gone. */
static void
put_lb(struct engine *e, const char *dp, const char *protocol,
       const char *vips, const char *options)
{
    char *json = vips ? xasprintf("{\"protocol\":\"%s\",\"vips\":{%s},"
                                  "\"options\":{%s}}",
                                  protocol, vips, options)
                      : NULL;

    put_row(e, dp, "load_balancer/web", json);
    engine_run(e);
    free(json);
}

static char *
learned(const char *rest)
{
    return xasprintf(" actions=set_field:0x80/0x80->reg10,learn(table=69,"
                     "delete_learned,cookie=0x%" PRIx32
                     ",OXM_OF_METADATA[],%s,load:0x1->NXM_NX_REG10[7])",
                     schema_uuid(&sb_load_balancer_table, "web").parts[0],
                     rest);
}

static bool
has_hairpin(struct engine *e, const char *match, const char *learns)
{
    char *actions = learned(learns);
    char *text = xasprintf("table=68,%s%s", match, actions);
    bool has = has_flow(e, text);

    free(text);
    free(actions);
    return has;
}

static void
test_ip4_with_port(void **state)
{
    struct engine *e = *state;

    put_lb(e, "switch:n1", "tcp",
           "\"10.9.0.1:80\":\"10.0.0.1:8080,10.0.0.2:8080\"", "");
    assert_int_equal(count_flows(e, "table=68,"), 2);
    assert_true(has_hairpin(
        e,
        "priority=100,ct_mark=0x2/0x2,tcp,reg1=0xa090001,reg2=0x50/0xffff,"
        "nw_src=10.0.0.2,nw_dst=10.0.0.2,tp_dst=8080",
        "eth_type=0x800,NXM_OF_IP_SRC[],ip_dst=10.9.0.1,nw_proto=6,"
        "NXM_OF_TCP_SRC[]=NXM_OF_TCP_DST[]"));
    assert_true(has_flow(
        e, "table=70,priority=100,tcp,reg1=0xa090001,reg2=0x50/0xffff "
           "actions=ct(commit,zone=NXM_NX_REG12[0..15],nat(src=10.9.0.1))"));
    put_lb(e, "switch:n1", "", NULL, "");
    assert_int_equal(count_flows(e, "table=68,"), 0);
    assert_int_equal(count_flows(e, "table=70,"), 0);
}

static void
test_ip6(void **state)
{
    struct engine *e = *state;

    put_lb(e, "switch:n1", "udp", "\"[fd09::1]:53\":\"[fd00::1]:5353\"", "");
    assert_true(has_hairpin(
        e,
        "priority=100,ct_mark=0x2/0x2,udp6,reg2=0x35/0xffff,"
        "reg4=0xfd090000,reg5=0,reg6=0,reg7=0x1,ipv6_src=fd00::1,"
        "ipv6_dst=fd00::1,tp_dst=5353",
        "eth_type=0x86dd,NXM_NX_IPV6_SRC[],ipv6_dst=fd09::1,nw_proto=17,"
        "NXM_OF_UDP_SRC[]=NXM_OF_UDP_DST[]"));
    put_lb(e, "switch:n1", "sctp", "\"[fd09::1]:53\":\"[fd00::1]:5353\"", "");
    assert_int_equal(count_flows(e, "udp6"), 0);
    assert_int_equal(count_flows(e, "OXM_OF_SCTP_SRC[]=OXM_OF_SCTP_DST[]"), 1);
    assert_true(has_flow(
        e, "table=70,priority=100,sctp6,reg2=0x35/0xffff,reg4=0xfd090000,"
           "reg5=0,reg6=0,reg7=0x1 actions=ct(commit,zone=NXM_NX_REG12[0..15],"
           "nat(src=fd09::1))"));
}

static void
test_without_port(void **state)
{
    struct engine *e = *state;

    put_lb(e, "switch:n1", "", "\"10.9.0.9\":\"10.0.0.1\"", "");
    assert_true(has_hairpin(
        e,
        "priority=90,ct_mark=0x2/0x2,ip,reg1=0xa090009,nw_src=10.0.0.1,"
        "nw_dst=10.0.0.1",
        "eth_type=0x800,NXM_OF_IP_SRC[],ip_dst=10.9.0.9,NXM_OF_IP_PROTO[]"));
    assert_true(has_flow(
        e, "table=70,priority=90,ip,reg1=0xa090009 "
           "actions=ct(commit,zone=NXM_NX_REG12[0..15],nat(src=10.9.0.9))"));
    put_lb(e, "switch:n1", "", "\"fd09::9\":\"fd00::1\"", "");
    assert_int_equal(count_flows(e, "table=70,priority=90,ipv6,"), 1);
}

/* The source is that of its family; where there is none, the virtual
 * address. */
static void
test_hairpin_snat_ip(void **state)
{
    struct engine *e = *state;

    put_lb(e, "switch:n1", "tcp",
           "\"10.9.0.2:80\":\"10.0.0.1:8080\",\"10.9.0.3\":\"10.0.0.1\","
           "\"[fd09::2]:80\":\"[fd00::1]:80\"",
           "\"hairpin_snat_ip\":\"10.8.8.8\"");
    assert_true(has_hairpin(
        e,
        "priority=100,ct_mark=0x2/0x2,tcp,reg1=0xa090002,reg2=0x50/0xffff,"
        "nw_src=10.0.0.1,nw_dst=10.0.0.1,tp_dst=8080",
        "eth_type=0x800,NXM_OF_IP_SRC[],ip_dst=10.8.8.8,nw_proto=6,"
        "NXM_OF_TCP_SRC[]=NXM_OF_TCP_DST[]"));
    assert_true(has_flow(
        e, "table=70,priority=200,tcp,reg1=0xa090002,reg2=0x50/0xffff,"
           "metadata=0x1 actions=ct(commit,zone=NXM_NX_REG12[0..15],"
           "nat(src=10.8.8.8))"));
    assert_true(has_flow(
        e, "table=70,priority=190,ip,reg1=0xa090003,metadata=0x1 "
           "actions=ct(commit,zone=NXM_NX_REG12[0..15],nat(src=10.8.8.8))"));
    assert_int_equal(count_flows(e, "table=70,priority=100,tcp6,"), 1);
    put_lb(e, "switch:n1", "tcp", "\"[fd09::2]:80\":\"[fd00::1]:80\"",
           "\"hairpin_snat_ip\":\"10.8.8.8 fd08::8\"");
    assert_true(has_flow(
        e, "table=70,priority=200,tcp6,reg2=0x50/0xffff,reg4=0xfd090000,"
           "reg5=0,reg6=0,reg7=0x2,metadata=0x1 "
           "actions=ct(commit,zone=NXM_NX_REG12[0..15],nat(src=fd08::8))"));
    assert_int_equal(count_flows(e, "table=70,"), 1);
}

/* Flows are there once, for as long as some switch has the row. */
static void
test_many_switches(void **state)
{
    struct engine *e = *state;
    const char *vips = "\"10.9.0.1:80\":\"10.0.0.1:8080\"";
    const struct load_balancer *a, *b;

    put_lb(e, "switch:n1", "tcp", vips, "");
    put_lb(e, "switch:n2", "tcp", vips, "");
    a = shash_find_data(
        &model_datapath(&e->model, "switch:n1")->load_balancers, "web");
    b = shash_find_data(
        &model_datapath(&e->model, "switch:n2")->load_balancers, "web");
    assert_ptr_equal(a->content, b->content);
    assert_int_equal(count_flows(e, "table=68,"), 1);
    put_lb(e, "switch:n1", "", NULL, "");
    assert_int_equal(count_flows(e, "table=68,"), 1);
    put_row(e, "switch:n2", "", NULL);
    model_datapath_remove(&e->model, model_datapath(&e->model, "switch:n2"));
    engine_run(e);
    assert_int_equal(count_flows(e, "table=68,"), 0);
    assert_int_equal(hmap_count(&e->model.lb_contents), 0);
}

/* hairpin_snat_ip is each switch's own, under the key that it has. */
static void
test_switches_differ(void **state)
{
    struct engine *e = *state;
    const char *vips = "\"10.9.0.1:80\":\"10.0.0.1:8080\"";

    put_lb(e, "switch:n1", "tcp", vips, "\"hairpin_snat_ip\":\"10.8.0.1\"");
    put_lb(e, "switch:n2", "tcp", vips, "\"hairpin_snat_ip\":\"10.8.0.2\"");
    assert_int_equal(count_flows(e, "metadata=0x1 actions=ct(commit,"
                                    "zone=NXM_NX_REG12[0..15],"
                                    "nat(src=10.8.0.1))"),
                     1);
    assert_int_equal(count_flows(e, "metadata=0x2 actions=ct(commit,"
                                    "zone=NXM_NX_REG12[0..15],"
                                    "nat(src=10.8.0.2))"),
                     1);
    put_row(e, "switch:n2", "",
            "{\"tunnel_key\":7,\"type\":\"switch\",\"version\":2}");
    engine_run(e);
    assert_int_equal(count_flows(e, "metadata=0x2 actions=ct(commit"), 0);
    assert_int_equal(count_flows(e, "metadata=0x7 actions=ct(commit"), 1);
}

/* A flow of the installer's to do, and no other. */
static void
test_change_costs_what_it_touches(void **state)
{
    struct engine *e = *state;
    enum flow_change change;
    struct flow_actions *actions;
    struct flow_entry *flow;
    uint32_t cookie;
    int n_adds = 0, n_deletes = 0;

    put_lb(e, "switch:n1", "tcp",
           "\"10.9.0.1:80\":\"10.0.0.1:80,10.0.0.2:80,10.0.0.3:80\","
           "\"10.9.0.2:80\":\"10.0.0.1:80,10.0.0.2:80\"",
           "");
    while (
        (flow = flow_table_next_change(&e->flows, &change, &actions, &cookie))
        != NULL) {
        flow_entry_settle(&e->flows, flow);
    }
    put_lb(e, "switch:n1", "tcp",
           "\"10.9.0.1:80\":\"10.0.0.1:80,10.0.0.2:80,10.0.0.4:80\","
           "\"10.9.0.2:80\":\"10.0.0.1:80,10.0.0.2:80\"",
           "");
    while (
        (flow = flow_table_next_change(&e->flows, &change, &actions, &cookie))
        != NULL) {
        n_adds += change == FLOW_ADD || change == FLOW_MODIFY;
        n_deletes += change == FLOW_DELETE;
        flow_entry_settle(&e->flows, flow);
    }
    assert_int_equal(n_adds, 1);
    assert_int_equal(n_deletes, 1);
}

/* What does not parse is passed over, the rest is there. */
static void
test_malformed(void **state)
{
    struct engine *e = *state;

    put_lb(e, "switch:n1", "tcp",
           "\"^vip:80\":\"10.0.0.1:80\",\"10.9.0.1:80\":"
           "\"x,10.0.0.1:99999,fd00::1,10.0.0.2:80,\",\"\":\"\"",
           "\"hairpin_snat_ip\":\"a b 10.0.0.1:8\"");
    assert_int_equal(count_flows(e, "table=68,"), 1);
    assert_int_equal(count_flows(e, "nw_src=10.0.0.2"), 1);
    assert_int_equal(count_flows(e, "table=70,"), 1);
    put_row(e, "switch:n1", "load_balancer/web", "{\"vips\":[]}");
    engine_run(e);
    assert_int_equal(count_flows(e, "table=68,"), 0);
}

static void
test_recompute(void **state)
{
    struct engine *e = *state;

    put_lb(e, "switch:n1", "tcp", "\"10.9.0.1:80\":\"10.0.0.1:80\"", "");
    engine_recompute(e);
    engine_run(e);
    assert_int_equal(count_flows(e, "table=68,"), 1);
    assert_int_equal(count_flows(e, "table=70,"), 1);
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_ip4_with_port),
        TEST(test_ip6),
        TEST(test_without_port),
        TEST(test_hairpin_snat_ip),
        TEST(test_many_switches),
        TEST(test_switches_differ),
        TEST(test_change_costs_what_it_touches),
        TEST(test_malformed),
        TEST(test_recompute),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
