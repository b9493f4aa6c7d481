/* Logical flows to OpenFlow: texts compiled once, exactly what depends on a
 * change compiled again, ids that are the same after a restart. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "agent_support.h"
#include "byte-order.h"
#include "node-agent/sets.h"
#include "openvswitch/ofp-group.h"
#include "openvswitch/ofp-protocol.h"

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

static void
put_bundle(struct engine *e, const char *dp, const char *source,
           const char *flows)
{
    char *below = xasprintf("flow/%s", source);
    char *json = xasprintf("{\"flows\":[%s]}", flows);

    put_row(e, dp, below, json);
    free(json);
    free(below);
}

static void
test_text_is_compiled_once(void **state)
{
    struct engine *e = *state;
    uint64_t n;

    put_common(e, "switch", "{\"flows\":[[\"ls_in_l2_lkup\",70,"
                            "\"eth.mcast\","
                            "\"outport = \\\"_MC_flood\\\"; output;\"]]}");
    engine_run(e);
    n = e->lflows.n_compiled;
    assert_int_equal(n, 1);
    assert_int_equal(count_flows(e, "table=33,priority=70,metadata=0x1"), 1);
    assert_int_equal(count_flows(e, "table=33,priority=70,metadata=0x2"), 1);
    put_row(e, "switch:n3", "",
            "{\"tunnel_key\":3,\"type\":\"switch\",\"version\":1}");
    engine_run(e);
    assert_int_equal(e->lflows.n_compiled, n);
    assert_int_equal(count_flows(e, "table=33,priority=70,metadata=0x3"), 1);
}

static void
test_port_comes_later(void **state)
{
    struct engine *e = *state;

    put_bundle(e, "switch:n1", "lsp:bp",
               "[\"ls_in_l2_lkup\",50,\"eth.dst == 00:00:00:00:00:02\","
               "\"outport = \\\"bp\\\"; output;\"],"
               "[\"ls_out_acl\",9,\"outport == \\\"bp\\\"\",\"next;\"]");
    engine_run(e);
    assert_int_equal(count_flows(e, "table=46,"), 0);
    put_row(e, "switch:n1", "port/bp",
            "{\"tunnel_key\":6,\"chassis\":\"hv1\"}");
    simap_put(&e->ofports.vifs, "bp", 3);
    engine_run(e);
    assert_true(has_flow(e, "table=33,priority=50,metadata=0x1,"
                            "dl_dst=00:00:00:00:00:02"
                            " actions=set_field:0x6->reg15,resubmit(,37)"));
    assert_int_equal(count_flows(e, "table=46,priority=9,reg15=0x6"), 1);

    /* Another key. */
    put_row(e, "switch:n1", "port/bp",
            "{\"tunnel_key\":7,\"chassis\":\"hv1\"}");
    engine_run(e);
    assert_int_equal(count_flows(e, "set_field:0x6->reg15"), 0);
    assert_int_equal(count_flows(e, "table=46,priority=9,reg15=0x7"), 1);
}

/* What only packets to or from a port elsewhere could match is left out. */
static void
test_flows_of_ports_elsewhere(void **state)
{
    struct engine *e = *state;

    put_row(e, "switch:n1", "port/bp",
            "{\"tunnel_key\":6,\"chassis\":\"hv2\"}");
    put_bundle(e, "switch:n1", "lsp:bp",
               "[\"ls_in_acl\",9,\"inport == \\\"bp\\\"\",\"next;\"],"
               "[\"ls_out_acl\",9,\"inport == \\\"bp\\\"\",\"next;\"],"
               "[\"ls_out_acl\",9,\"outport == \\\"bp\\\"\",\"next;\"]");
    engine_run(e);
    assert_int_equal(count_flows(e, "table=16,"), 0);
    assert_int_equal(count_flows(e, "table=46,priority=9,reg14=0x6"), 1);
    assert_int_equal(count_flows(e, "table=46,priority=9,reg15=0x6"), 0);
    put_row(e, "switch:n1", "port/bp",
            "{\"tunnel_key\":6,\"chassis\":\"hv1\"}");
    simap_put(&e->ofports.vifs, "bp", 3);
    engine_run(e);
    assert_int_equal(count_flows(e, "table=16,"), 1);
    assert_int_equal(count_flows(e, "table=46,priority=9,reg15=0x6"), 1);
}

/* The set 'name', "port_group:g", is what 'members' says. */
static void
put_set(struct engine *e, const char *name, const char *members)
{
    struct named_set *set = sets_get(&e->model, name);

    sets_set_part(&e->model, set, "0",
                  sb_parse(&sb_set_part_table, name, name, members,
                           strlen(members)));
    sets_set_present(set, true);
    engine_set_changed(e, name);
}

/* So is a conjunction of which only the ports' clause can't be met, and what
 * is left of it with one port is not more than that port's flows. */
static void
test_group_elsewhere(void **state)
{
    struct engine *e = *state;

    put_set(e, "port_group:g", "{\"members\":[\"ap\",\"bp\",\"cp\"]}");
    put_set(e, "address_set:s",
            "{\"members\":[\"10.0.0.1\",\"10.0.0.3\",\"10.0.0.6\"]}");
    put_row(e, "switch:n1", "port/ap",
            "{\"tunnel_key\":5,\"chassis\":\"hv2\"}");
    put_row(e, "switch:n1", "port/bp",
            "{\"tunnel_key\":6,\"chassis\":\"hv2\"}");
    put_row(e, "switch:n1", "port/cp",
            "{\"tunnel_key\":7,\"chassis\":\"hv2\"}");
    put_bundle(e, "switch:n1", "acl",
               "[\"ls_out_acl\",9,\"outport == @g && ip4.src == $s\","
               "\"drop;\"],"
               "[\"ls_in_acl\",9,\"outport == @g && ip4.src == $s\","
               "\"drop;\"]");
    engine_run(e);
    assert_int_equal(count_flows(e, "table=46,priority=9"), 0);
    assert_int_equal(count_flows(e, "table=16,priority=9"), 7);
    assert_int_equal(count_flows(e, "conjunction("), 6);

    simap_put(&e->ofports.vifs, "bp", 3);
    put_row(e, "switch:n1", "port/bp",
            "{\"tunnel_key\":6,\"chassis\":\"hv1\"}");
    engine_run(e);
    assert_int_equal(count_flows(e, "table=46,priority=9"), 3);
    assert_true(has_flow(e, "table=46,priority=9,ip,reg15=0x6,metadata=0x1,"
                            "nw_src=10.0.0.3 actions=drop"));

    /* A port of another type can be an end of a path here. */
    put_row(e, "switch:n1", "port/ap",
            "{\"tunnel_key\":5,\"type\":\"patch\"}");
    engine_run(e);
    assert_int_equal(count_flows(e, "table=46,priority=9"), 6);
    assert_int_equal(count_flows(e, "table=46,priority=9,ip,reg15=0x5"), 3);

    put_row(e, "switch:n1", "port/ap",
            "{\"tunnel_key\":5,\"chassis\":\"hv2\"}");
    put_row(e, "switch:n1", "port/bp",
            "{\"tunnel_key\":6,\"chassis\":\"hv2\"}");
    engine_run(e);
    assert_int_equal(count_flows(e, "table=46,priority=9"), 0);
}

/* 'n' ports on each of two switches, of which one in ten is here, all of them
 * in the port group "g" but the last two of the first switch: p0 and q0 are
 * here, p1 and q1 are not. */
static void
put_ports(struct engine *e, int n, bool with_p0, bool with_p1)
{
    struct ds members = DS_EMPTY_INITIALIZER;

    for (int i = 0; i < n; i++) {
        for (int j = 1; j <= 2; j++) {
            char *port = xasprintf("%c%d", "pq"[j - 1], i);
            char *below = xasprintf("port/%s", port);
            char *dp = xasprintf("switch:n%d", j);
            char *json = xasprintf("{\"tunnel_key\":%d,\"chassis\":"
                                   "\"hv%d\"}", i + 1, i % 10 ? 2 : 1);

            if (i % 10 == 0) {
                simap_put(&e->ofports.vifs, port, 10 + j + 2 * i);
            }
            if (j == 2 || i > 1 || (i ? with_p1 : with_p0)) {
                ds_put_format(&members, "%s\"%s\"", members.length ? ","
                              : "{\"members\":[", port);
            }
            if (!model_lport(&e->model, port)) {
                put_row(e, dp, below, json);
            }
            free(port);
            free(below);
            free(dp);
            free(json);
        }
    }
    ds_put_cstr(&members, "]}");
    put_set(e, "port_group:g", ds_cstr(&members));
    ds_destroy(&members);
}

/* How many texts are compiled until 'e' is up to date. */
static uint64_t
compile(struct engine *e)
{
    uint64_t before = e->lflows.n_compiled;

    engine_run(e);
    return e->lflows.n_compiled - before;
}

/* A port that comes into a group compiles the group's rules on its switch, if
 * it is here; those of other switches, and a port elsewhere, nothing.  However
 * many ports there are. */
static void
test_group_grows(void **state)
{
    struct engine *e = *state;

    for (int n = 20; n <= 2000; n *= 10) {
        for (int i = 0; i < 3; i++) {
            char *name = xasprintf("acl:%d", i);
            char *flow = xasprintf("[\"ls_out_acl\",%d,\"outport == @g "
                                   "&& ip4 && tcp.dst == %d\",\"next;\"]", i,
                                   i);

            put_bundle(e, "switch:n1", name, flow);
            put_bundle(e, "switch:n2", name, flow);
            free(name);
            free(flow);
        }
        put_ports(e, n, false, false);
        engine_run(e);
        assert_int_equal(count_flows(e, "table=46,priority=2,tcp"),
                         2 * n / 10 - 1);
        put_ports(e, n, false, true);
        assert_int_equal(compile(e), 0);
        put_ports(e, n, true, true);
        assert_int_equal(compile(e), 3);
        assert_int_equal(count_flows(e, "table=46,priority=2,tcp"),
                         2 * n / 10);
        assert_int_equal(count_flows(e, "table=46,priority=2,tcp,reg15=0x1,"
                                        "metadata=0x1,tp_dst=2 "), 1);
        put_ports(e, n, false, true);
        assert_int_equal(compile(e), 3);
        assert_int_equal(count_flows(e, "table=46,priority=2,tcp,reg15=0x1,"
                                        "metadata=0x1,"), 0);
        put_ports(e, n, false, false);
        assert_int_equal(compile(e), 0);
    }
}

/* A member that is elsewhere counts where it may be the other end, and where
 * it is not yet known what the group is compared with. */
static void
test_group_of_others(void **state)
{
    struct engine *e = *state;

    put_bundle(e, "switch:n1", "acl",
               "[\"ls_out_acl\",1,\"inport == @g && ip4\",\"next;\"],"
               "[\"ls_out_acl\",2,\"@g == inport && ip4\",\"next;\"],"
               "[\"ls_out_acl\",3,\"@g == outport && ip4\",\"next;\"]");
    put_ports(e, 20, false, false);
    engine_run(e);
    assert_int_equal(count_flows(e, "table=46,priority=1,"), 18);
    assert_int_equal(count_flows(e, "table=46,priority=3,"), 1);
    put_ports(e, 20, true, true);
    engine_run(e);
    assert_int_equal(count_flows(e, "table=46,priority=1,"), 20);
    assert_int_equal(count_flows(e, "table=46,priority=2,"), 20);
    assert_int_equal(count_flows(e, "table=46,priority=3,"), 2);

    /* The group goes and comes again. */
    sets_remove(&e->model, sets_find(&e->model, "port_group:g"));
    engine_set_changed(e, "port_group:g");
    engine_run(e);
    assert_int_equal(count_flows(e, "table=46,"), 0);
    put_ports(e, 20, true, true);
    engine_run(e);
    assert_int_equal(count_flows(e, "table=46,priority=1,"), 20);
}

static void
test_only_dependents_are_compiled(void **state)
{
    struct engine *e = *state;
    uint64_t n;

    put_row(e, "switch:n1", "port/ap",
            "{\"tunnel_key\":1,\"chassis\":\"hv1\"}");
    for (int i = 0; i < 50; i++) {
        char *source = xasprintf("x%d", i);
        char *flow = xasprintf("[\"ls_in_acl\",%d,\"%s\",\"drop;\"]", i,
                               i ? "inport == \\\"other\\\" && ip4"
                                 : "inport == \\\"ap\\\" && ip4");

        put_bundle(e, "switch:n1", source, flow);
        free(source);
        free(flow);
    }
    engine_run(e);
    n = e->lflows.n_compiled;
    put_row(e, "switch:n1", "port/ap",
            "{\"tunnel_key\":2,\"chassis\":\"hv1\"}");
    engine_run(e);
    assert_int_equal(e->lflows.n_compiled, n + 1);
}

static void
test_residence(void **state)
{
    struct engine *e = *state;

    put_bundle(e, "switch:n1", "nat",
               "[\"ls_in_arp_rsp\",9,"
               "\"ip4 && is_chassis_resident(\\\"cr\\\")\",\"next;\"]");
    engine_run(e);
    assert_int_equal(count_flows(e, "table=27,priority=9"), 0);
    put_row(e, "switch:n2", "port/cr",
            "{\"tunnel_key\":1,\"type\":\"chassisredirect\","
            "\"chassis\":\"hv1\"}");
    engine_run(e);
    assert_int_equal(count_flows(e, "table=27,priority=9"), 1);
    put_row(e, "switch:n2", "port/cr",
            "{\"tunnel_key\":1,\"type\":\"chassisredirect\","
            "\"chassis\":\"hv2\"}");
    engine_run(e);
    assert_int_equal(count_flows(e, "table=27,priority=9"), 0);
}

/* "none" is a port: the one of key 0. */
static void
test_none(void **state)
{
    struct engine *e = *state;

    put_bundle(e, "switch:n1", "unknown",
               "[\"ls_in_l2_unknown\",50,\"outport == \\\"none\\\"\","
               "\"outport = \\\"_MC_unknown\\\"; output;\"]");
    engine_run(e);
    assert_int_equal(count_flows(e, "table=34,priority=50,reg15=0,"
                                    "metadata=0x1"), 1);
}

static void
test_group(void **state)
{
    struct engine *e = *state;
    const struct extend_entry *group;
    enum ofputil_protocol protocols;
    struct ofputil_group_mod gm;
    char *text, *error;
    uint32_t id;

    for (int i = 0; i < 2; i++) {
        put_bundle(e, "switch:n1", "lb",
                   "[\"ls_in_lb\",120,\"ct.new && ip4 && tcp\","
                   "\"ct_lb_mark(backends=10.0.0.2:80,10.0.0.3:80);\"]");
        engine_run(e);
        assert_int_equal(hmap_count(&e->groups.by_id), 1);
        group = CONTAINER_OF(hmap_first(&e->groups.by_id),
                             struct extend_entry, id_node);
        if (i) {
            assert_int_equal(group->id, id);
        }
        id = group->id;
        text = xasprintf("group_id=%u,%s", group->id, group->spec);
        error = parse_ofp_group_mod_str(&gm, OFPGC11_ADD, text, NULL, NULL,
                                        &protocols);
        assert_null(error);
        assert_int_equal(ovs_list_size(&gm.buckets), 2);
        ofputil_uninit_group_mod(&gm);
        free(text);
        text = xasprintf("group:%u", id);
        assert_int_equal(count_flows(e, text), 1);
        free(text);

        put_row(e, "switch:n1", "flow/lb", NULL);
        engine_run(e);
        assert_int_equal(group->n_refs, 0);
        extend_table_forget(&e->groups);
        assert_int_equal(hmap_count(&e->groups.by_id), 0);
    }
}

/* Conjunction ids are the same in another life. */
static void
test_conjunction_ids(void **state)
{
    static const char flow[] =
        "[\"ls_in_acl\",9,\"ip4.src == {10.0.0.1, 10.0.0.2, 10.0.0.3} && "
        "ip4.dst == {10.0.1.1, 10.0.1.2, 10.0.1.3}\",\"drop;\"]";
    struct engine *e = *state;
    const struct flow_entry *entry;
    uint32_t ids[2] = { 0, 1 };

    for (int i = 0; i < 2; i++) {
        put_bundle(e, "switch:n1", "acl", flow);
        put_bundle(e, "switch:n2", "acl", flow);
        engine_run(e);
        assert_int_equal(count_flows(e, "conj_id="), 2);
        assert_int_equal(count_flows(e, "conjunction("), 12);
        HMAP_FOR_EACH (entry, node, &e->flows.flows) {
            struct match match;

            minimatch_expand(&entry->match, &match);
            if (match.wc.masks.conj_id
                && ntohll(match.flow.metadata) == 1) {
                ids[i] = match.flow.conj_id;
            }
        }
        put_row(e, "switch:n1", "flow/acl", NULL);
        put_row(e, "switch:n2", "flow/acl", NULL);
        engine_run(e);
    }
    assert_int_equal(ids[0], ids[1]);
    assert_int_equal(hmap_count(&e->lflows.conj_ids), 0);
}

/* What does not compile is left out, and everything else goes on. */
static void
test_bad_flows(void **state)
{
    struct engine *e = *state;

    put_bundle(e, "switch:n1", "bad",
               "[\"ls_in_acl\",1,\"ip4 &&\",\"drop;\"],"
               "[\"ls_in_acl\",2,\"ip4\",\"no_such_action;\"],"
               "[\"lr_in_ip_routing\",3,\"ip4\",\"drop;\"],"
               "[\"ls_no_stage\",4,\"ip4\",\"drop;\"],"
               "[\"ls_in_acl\",5,\"ip4\",\"drop;\"]");
    engine_run(e);
    assert_int_equal(count_flows(e, "metadata=0x1 actions=drop"), 1);
    assert_int_equal(e->lflows.n_failed, 2);
}

static void
test_nothing_is_left(void **state)
{
    struct engine *e = *state;

    put_bundle(e, "switch:n1", "a",
               "[\"ls_in_acl\",1,\"ip4 && inport == \\\"x\\\"\",\"drop;\"]");
    engine_run(e);
    model_datapath_remove(&e->model, model_datapath(&e->model, "switch:n1"));
    engine_run(e);
    assert_int_equal(hmap_count(&e->lflows.templates), 0);
    assert_int_equal(hmap_count(&e->lflows.index.names), 0);
    assert_int_equal(count_flows(e, "metadata=0x1"), 0);
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_text_is_compiled_once),
        TEST(test_port_comes_later),
        TEST(test_flows_of_ports_elsewhere),
        TEST(test_group_elsewhere),
        TEST(test_group_grows),
        TEST(test_group_of_others),
        TEST(test_only_dependents_are_compiled),
        TEST(test_residence),
        TEST(test_none),
        TEST(test_group),
        TEST(test_conjunction_ids),
        TEST(test_bad_flows),
        TEST(test_nothing_is_left),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
