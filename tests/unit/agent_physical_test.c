/* The physical tables, from rows and port numbers to flows: what each kind
 * of port in each place gets, and that a change touches what it should. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "agent_support.h"
#include "node-agent/sets.h"

static int
set_up(void **state)
{
    struct engine *e = xmalloc(sizeof *e);

    engine_init(e, "hv1");
    put_row(e, "switch:n1", "",
            "{\"tunnel_key\":1,\"type\":\"switch\",\"version\":1}");
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

/* The number of flows that the switch would have to be told about. */
static int
n_changes(struct engine *e)
{
    struct flow_actions *actions;
    enum flow_change change;
    struct flow_entry *flow;
    uint32_t cookie;
    int n = 0;

    while ((flow = flow_table_next_change(&e->flows, &change, &actions,
                                          &cookie)) != NULL) {
        n += change != FLOW_SAME;
        flow_entry_settle(&e->flows, flow);
    }
    return n;
}

static void
add_tunnel(struct engine *e, const char *chassis, uint32_t ofport,
           enum tunnel_type type)
{
    ofports_set_tunnel(&e->ofports, chassis, ofport, type);
    engine_tunnels_changed(e);
}

static void
test_fixed_flows(void **state)
{
    struct engine *e = *state;

    engine_run(e);
    assert_true(has_flow(e, "table=0,priority=0 actions=drop"));
    assert_true(has_flow(e, "table=37,priority=0 actions=resubmit(,39)"));
    assert_true(has_flow(e, "table=39,priority=150,reg10=0x2/0x3"
                            " actions=resubmit(,40)"));
    assert_true(has_flow(e, "table=64,priority=0 actions=resubmit(,65)"));
}

static void
test_local_vif(void **state)
{
    struct engine *e = *state;

    put_row(e, "switch:n1", "port/ap",
            "{\"tunnel_key\":3,\"chassis\":\"hv1\"}");
    simap_put(&e->ofports.vifs, "ap", 5);
    engine_run(e);
    assert_true(has_flow(e, "table=0,priority=100,in_port=5 actions="
                            "set_field:0x1->reg13,set_field:0x2->reg11,"
                            "set_field:0x3->reg12,set_field:0x1->metadata,"
                            "set_field:0x3->reg14,resubmit(,8)"));
    assert_true(has_flow(e, "table=40,priority=100,reg15=0x3,metadata=0x1"
                            " actions=set_field:0x1->reg13,"
                            "set_field:0x2->reg11,set_field:0x3->reg12,"
                            "resubmit(,41)"));
    assert_true(has_flow(e, "table=41,priority=100,reg10=0/0x1,reg14=0x3,"
                            "reg15=0x3,metadata=0x1 actions=drop"));
    assert_true(has_flow(e, "table=65,priority=100,reg15=0x3,metadata=0x1"
                            " actions=output:5"));
    assert_true(model_lport(&e->model, "ap")->resident);
}

/* Bound here but not plugged in, or plugged in but bound elsewhere: nothing
 * comes in. */
static void
test_needs_binding_and_interface(void **state)
{
    struct engine *e = *state;

    put_row(e, "switch:n1", "port/ap",
            "{\"tunnel_key\":3,\"chassis\":\"hv1\"}");
    engine_run(e);
    assert_int_equal(count_flows(e, "set_field:0x3->reg14"), 0);
    simap_put(&e->ofports.vifs, "ap", 5);
    engine_iface_changed(e, "ap");
    engine_run(e);
    assert_int_equal(count_flows(e, "set_field:0x3->reg14"), 1);
    put_row(e, "switch:n1", "port/ap",
            "{\"tunnel_key\":3,\"chassis\":\"hv2\"}");
    engine_run(e);
    assert_int_equal(count_flows(e, "set_field:0x3->reg14"), 0);
    assert_int_equal(ct_zones_find(&e->zones, "ap"), 0);
}

/* On its way here: what it sends and gets is dropped until its RARP, and
 * others' packets go to where it still is as well. */
static void
test_migration(void **state)
{
    struct engine *e = *state;

    add_tunnel(e, "hv2", 9, TUNNEL_GENEVE);
    put_row(e, "switch:n1", "port/ap",
            "{\"tunnel_key\":3,\"chassis\":\"hv2\","
            "\"additional_chassis\":[\"hv1\"],"
            "\"options\":{\"activation-strategy\":\"rarp\"}}");
    simap_put(&e->ofports.vifs, "ap", 5);
    engine_run(e);
    assert_true(has_flow(e, "table=0,priority=1000,in_port=5 actions=drop"));
    assert_true(has_flow(e, "table=65,priority=1000,reg15=0x3,metadata=0x1"
                            " actions=drop"));
    assert_int_equal(count_flows(e, "priority=1010,rarp,in_port=5"), 1);
    assert_int_equal(count_flows(e, "table=39,priority=100,reg15=0x3"), 1);
    assert_int_equal(count_flows(e, "output:9"), 1);

    sset_add(&e->model.activated, "ap");
    engine_iface_changed(e, "ap");
    engine_run(e);
    assert_int_equal(count_flows(e, "priority=1000"), 0);
    assert_int_equal(count_flows(e, "priority=1010"), 0);
    assert_int_equal(count_flows(e, "output:9"), 1);
}

static void
test_remote_vif(void **state)
{
    struct engine *e = *state;

    put_row(e, "switch:n1", "port/bp",
            "{\"tunnel_key\":2,\"chassis\":\"hv2\"}");
    engine_run(e);
    assert_int_equal(count_flows(e, "table=39,priority=100,reg15=0x2"), 0);
    add_tunnel(e, "hv2", 7, TUNNEL_GENEVE);
    engine_run(e);
    assert_true(has_flow(e, "table=39,priority=100,reg15=0x2,metadata=0x1"
                            " actions=set_field:0x1/0xffffff->tun_id,"
                            "set_field:0x2->tun_metadata0,"
                            "move:NXM_NX_REG14[0..14]->"
                            "NXM_NX_TUN_METADATA0[16..30],output:7,"
                            "resubmit(,40)"));
    assert_true(has_flow(e, "table=0,priority=100,in_port=7 actions="
                            "move:NXM_NX_TUN_ID[0..23]->"
                            "OXM_OF_METADATA[0..23],"
                            "move:NXM_NX_TUN_METADATA0[16..30]->"
                            "NXM_NX_REG14[0..14],"
                            "move:NXM_NX_TUN_METADATA0[0..15]->"
                            "NXM_NX_REG15[0..15],resubmit(,40)"));
}

static void
test_vxlan(void **state)
{
    struct engine *e = *state;

    put_row(e, "switch:n1", "port/bp",
            "{\"tunnel_key\":2,\"chassis\":\"hv2\"}");
    add_tunnel(e, "hv2", 7, TUNNEL_VXLAN);
    engine_run(e);
    assert_true(has_flow(e, "table=39,priority=100,reg15=0x2,metadata=0x1"
                            " actions=set_field:0x2001/0xffffff->tun_id,"
                            "output:7,resubmit(,40)"));
    /* _MC_flood, 0x8000: bit 11 of the port's 12 bits. */
    assert_int_equal(count_flows(e, "set_field:0x800001/0xffffff->tun_id"),
                     1);
    assert_int_equal(count_flows(e, "tun_id=0x800000/0x800000,in_port=7"),
                     1);
    assert_int_equal(count_flows(e, "tun_id=0/0x800000,in_port=7"), 1);
}

static void
test_flood(void **state)
{
    struct engine *e = *state;

    simap_put(&e->ofports.vifs, "ap", 5);
    simap_put(&e->ofports.vifs, "cp", 6);
    add_tunnel(e, "hv2", 7, TUNNEL_GENEVE);
    put_row(e, "switch:n1", "port/ap",
            "{\"tunnel_key\":1,\"chassis\":\"hv1\"}");
    put_row(e, "switch:n1", "port/bp",
            "{\"tunnel_key\":2,\"chassis\":\"hv2\"}");
    put_row(e, "switch:n1", "port/cp",
            "{\"tunnel_key\":3,\"chassis\":\"hv1\","
            "\"addresses\":[\"unknown\"]}");
    put_row(e, "switch:n1", "port/off",
            "{\"tunnel_key\":4,\"chassis\":\"hv2\",\"enabled\":false}");
    engine_run(e);
    assert_int_equal(count_flows(e, "table=40,priority=100,reg15=0x8000"), 1);
    assert_int_equal(count_flows(e, "set_field:0x1->reg15,resubmit(,41)"), 2);
    assert_int_equal(count_flows(e, "table=40,priority=100,reg15=0x8001"), 1);
    assert_int_equal(count_flows(e, "table=39,priority=100,reg15=0x8000"), 1);
    assert_int_equal(count_flows(e, "table=39,priority=100,reg15=0x8001"), 0);

    /* The last port there goes: no more copies to hv2. */
    put_row(e, "switch:n1", "port/bp", NULL);
    engine_run(e);
    assert_int_equal(count_flows(e, "table=39,priority=100,reg15=0x8000"), 0);
}

/* A gateway router's port is on one chassis: floods go there.  What is on
 * every chassis, a localport, hears of what comes from its own. */
static void
test_flood_by_type(void **state)
{
    struct engine *e = *state;

    simap_put(&e->ofports.vifs, "lp", 5);
    add_tunnel(e, "hv2", 7, TUNNEL_GENEVE);
    put_row(e, "switch:n1", "port/lp",
            "{\"tunnel_key\":1,\"type\":\"localport\"}");
    put_row(e, "switch:n1", "port/n1-gw",
            "{\"tunnel_key\":2,\"type\":\"l3gateway\",\"chassis\":\"hv2\","
            "\"peer\":\"gw-n1\"}");
    engine_run(e);
    assert_int_equal(count_flows(e, "table=40,priority=100,reg15=0x8000"), 0);
    assert_int_equal(count_flows(e, "table=39,priority=100,reg15=0x8000,"
                                    "metadata=0x1 actions="
                                    "set_field:0x1->reg13,"
                                    "set_field:0x1->reg15,resubmit(,41)"), 1);
    assert_int_equal(count_flows(e, "resubmit(,41),set_field:0x8000->reg15,"
                                    "set_field:0x1/0xffffff->tun_id,"
                                    "set_field:0x8000->tun_metadata0"), 1);

    put_row(e, "switch:n1", "port/n1-gw",
            "{\"tunnel_key\":2,\"type\":\"l3gateway\",\"chassis\":\"hv1\","
            "\"peer\":\"gw-n1\"}");
    engine_run(e);
    assert_int_equal(count_flows(e, "table=40,priority=100,reg15=0x8000,"
                                    "metadata=0x1 actions="
                                    "set_field:0x2->reg15,resubmit(,41)"), 1);
}

static void
put_router(struct engine *e)
{
    put_row(e, "router:r", "",
            "{\"tunnel_key\":2,\"type\":\"router\",\"version\":1}");
    put_row(e, "router:r", "port/lrp",
            "{\"tunnel_key\":9,\"type\":\"patch\",\"peer\":\"n1-r\"}");
}

/* Whichever side comes first. */
static void
test_patch_ports(void **state)
{
    struct engine *e = *state;

    put_row(e, "switch:n1", "port/n1-r",
            "{\"tunnel_key\":9,\"type\":\"patch\",\"peer\":\"lrp\"}");
    engine_run(e);
    assert_int_equal(count_flows(e, "table=65,priority=100"), 0);
    put_router(e);
    engine_run(e);
    assert_int_equal(count_flows(e, "table=65,priority=100"), 2);
    assert_int_equal(count_flows(e, "set_field:0x2->metadata,"
                                    "set_field:0x9->reg14"), 1);
    model_datapath_remove(&e->model, model_datapath(&e->model, "router:r"));
    engine_run(e);
    assert_int_equal(count_flows(e, "table=65,priority=100"), 0);
}

static void
test_localnet(void **state)
{
    struct engine *e = *state;

    put_row(e, "switch:n1", "port/bp",
            "{\"tunnel_key\":2,\"chassis\":\"hv2\"}");
    put_row(e, "switch:n1", "port/n1-gw",
            "{\"tunnel_key\":3,\"type\":\"l3gateway\",\"chassis\":\"hv2\"}");
    add_tunnel(e, "hv2", 7, TUNNEL_GENEVE);
    put_row(e, "switch:n1", "port/ln",
            "{\"tunnel_key\":4,\"type\":\"localnet\",\"tag\":20,"
            "\"options\":{\"network_name\":\"public\"}}");
    simap_put(&e->ofports.localnets, "ln", 8);
    engine_run(e);
    assert_int_equal(count_flows(e, "in_port=8,dl_vlan=20"),
                     1);
    /* Ports elsewhere are reached through it, not through tunnels. */
    assert_int_equal(count_flows(e, "table=39,priority=100"), 0);
    assert_true(has_flow(e, "table=40,priority=100,reg15=0x2,metadata=0x1"
                            " actions=set_field:0x4->reg15,resubmit(,40)"));
    assert_true(has_flow(e, "table=40,priority=100,reg15=0x3,metadata=0x1"
                            " actions=set_field:0x4->reg15,resubmit(,40)"));
}

static void
test_chassisredirect(void **state)
{
    struct engine *e = *state;

    put_row(e, "router:r", "",
            "{\"tunnel_key\":2,\"type\":\"router\",\"version\":1}");
    put_row(e, "router:r", "port/lrp",
            "{\"tunnel_key\":3,\"type\":\"patch\"}");
    put_row(e, "router:r", "port/cr-lrp",
            "{\"tunnel_key\":4,\"type\":\"chassisredirect\","
            "\"chassis\":\"hv1\","
            "\"options\":{\"distributed-port\":\"lrp\"}}");
    engine_run(e);
    assert_int_equal(count_flows(e, "table=40,priority=100,reg15=0x4,"
                                    "metadata=0x2 actions="
                                    "set_field:0x3->reg15"), 1);
    assert_true(model_lport(&e->model, "cr-lrp")->resident);
}

static void
test_learned(void **state)
{
    struct engine *e = *state;

    put_row(e, "switch:n1", "fdb/00:00:00:00:00:05", "{\"port_key\":3}");
    engine_run(e);
    assert_true(has_flow(e, "table=71,priority=100,metadata=0x1,"
                            "dl_dst=00:00:00:00:00:05"
                            " actions=set_field:0x3->reg15"));
    assert_true(has_flow(e, "table=72,priority=100,reg14=0x3,metadata=0x1,"
                            "dl_src=00:00:00:00:00:05"
                            " actions=set_field:0x100/0x100->reg10"));
    put_row(e, "switch:n1", "fdb/00:00:00:00:00:05", NULL);
    engine_run(e);
    assert_int_equal(count_flows(e, "table=71,"), 0);
}

/* One port more among many: only its own flows, and the groups'. */
static void
test_change_is_local(void **state)
{
    struct engine *e = *state;
    char key[32], json[64];

    add_tunnel(e, "hv2", 7, TUNNEL_GENEVE);
    for (int i = 1; i <= 200; i++) {
        snprintf(key, sizeof key, "port/p%d", i);
        snprintf(json, sizeof json, "{\"tunnel_key\":%d,\"chassis\":\"hv2\"}",
                 i);
        put_row(e, "switch:n1", key, json);
    }
    engine_run(e);
    n_changes(e);
    put_row(e, "switch:n1", "port/p201",
            "{\"tunnel_key\":201,\"chassis\":\"hv2\"}");
    engine_run(e);
    assert_int_equal(n_changes(e), 1);
    engine_run(e);
    assert_int_equal(n_changes(e), 0);
}

static void
plug(struct engine *e, const char *iface_id, uint32_t ofport)
{
    simap_put(&e->ofports.vifs, iface_id, ofport);
    engine_iface_changed(e, iface_id);
    engine_run(e);
}

/* Of many ports those are noted that a node has more to do with. */
static void
test_noted(void **state)
{
    struct engine *e = *state;
    struct ovs_list *noted = &e->model.noted;

    put_row(e, "switch:n1", "port/far",
            "{\"tunnel_key\":1,\"chassis\":\"hv2\"}");
    put_row(e, "switch:n1", "port/here",
            "{\"tunnel_key\":2,\"chassis\":\"hv1\"}");
    put_row(e, "switch:n1", "port/net",
            "{\"tunnel_key\":3,\"type\":\"localnet\"}");
    engine_run(e);
    assert_int_equal(ovs_list_size(noted), 1);
    plug(e, "here", 5);
    assert_int_equal(ovs_list_size(noted), 2);
    plug(e, "here", 0);
    assert_int_equal(ovs_list_size(noted), 1);
    put_row(e, "switch:n1", "port/far",
            "{\"tunnel_key\":1,\"type\":\"virtual\"}");
    put_row(e, "switch:n1", "port/net", NULL);
    engine_run(e);
    assert_int_equal(ovs_list_size(noted), 1);
}

/* An interface touches its port, and the ports inside it. */
static void
test_nested(void **state)
{
    struct engine *e = *state;

    put_row(e, "switch:n1", "port/vm",
            "{\"tunnel_key\":1,\"chassis\":\"hv1\"}");
    put_row(e, "switch:n1", "port/in",
            "{\"tunnel_key\":2,\"chassis\":\"hv1\","
            "\"parent_port\":\"other\",\"tag\":7}");
    plug(e, "vm", 5);
    assert_int_equal(count_flows(e, "dl_vlan=7"), 0);
    put_row(e, "switch:n1", "port/in",
            "{\"tunnel_key\":2,\"chassis\":\"hv1\","
            "\"parent_port\":\"vm\",\"tag\":7}");
    plug(e, "vm", 6);
    assert_true(count_flows(e, "in_port=6,dl_vlan=7") > 0);
    put_row(e, "switch:n1", "port/in", NULL);
    plug(e, "vm", 5);
}

static void
count_group(const char *group OVS_UNUSED, void *n_)
{
    int *n = n_;

    ++*n;
}

static int
n_groups(struct engine *e, const char *lport)
{
    int n = 0;

    sets_groups_of(&e->model, lport, count_group, &n);
    return n;
}

static void
put_part(struct model *model, struct named_set *set, const char *json)
{
    sb_apply_set(model, set, "0", json, json ? strlen(json) : 0);
}

/* The groups of a port, whatever parts they have. */
static void
test_groups(void **state)
{
    struct engine *e = *state;
    struct model *m = &e->model;
    struct named_set *a = sets_get(m, "port_group:a");
    struct named_set *b = sets_get(m, "port_group:b");

    put_part(m, a, "{\"members\":[\"p\",\"q\"]}");
    put_part(m, b, "{\"members\":[\"p\"]}");
    put_part(m, sets_get(m, "address_set:a"), "{\"members\":[\"p\"]}");
    assert_int_equal(n_groups(e, "p"), 2);
    assert_int_equal(n_groups(e, "q"), 1);
    put_part(m, a, "{\"members\":[\"q\"]}");
    assert_int_equal(n_groups(e, "p"), 1);
    sets_remove(m, b);
    assert_int_equal(n_groups(e, "p"), 0);
    put_part(m, a, NULL);
    assert_int_equal(n_groups(e, "q"), 0);
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_fixed_flows),
        TEST(test_local_vif),
        TEST(test_needs_binding_and_interface),
        TEST(test_migration),
        TEST(test_remote_vif),
        TEST(test_vxlan),
        TEST(test_flood),
        TEST(test_flood_by_type),
        TEST(test_patch_ports),
        TEST(test_localnet),
        TEST(test_chassisredirect),
        TEST(test_learned),
        TEST(test_change_is_local),
        TEST(test_noted),
        TEST(test_nested),
        TEST(test_groups),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
