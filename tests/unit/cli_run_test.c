/* Whole command lines on the store in memory: what they print, what they
 * write, and that they write all or nothing. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include <cmocka.h>

#include "cli/command.h"
#include "cli/run.h"
#include "cli/tool.h"
#include "store/memory.h"
#include "store/store.h"
#include "store/sync.h"
#include "svec.h"
#include "util.h"
#include "uuid.h"

static uv_loop_t loop;
static struct store *store;

static int
setup(void **state)
{
    uv_loop_init(&loop);
    store = store_memory_create(&loop);
    return 0;
}

static int
teardown(void **state)
{
    store_destroy(store);
    while (uv_run(&loop, UV_RUN_NOWAIT)) {
        continue;
    }
    return uv_loop_close(&loop);
}

/* Runs words (blanks between them, none within), as the tool 'name'; returns
 * output or, after "error: ", the message: the caller's. */
static char *
run_as(const char *name, const char *line)
{
    const struct tool *tool = tool_by_name(name);
    struct run_options options = { .store = store, .prefix = "/weft/v1",
                                   .view = tool->view };
    struct shash local = SHASH_INITIALIZER(&local);
    struct ds output = DS_EMPTY_INITIALIZER;
    struct svec words = SVEC_EMPTY_INITIALIZER;
    struct invocation *invocations;
    int64_t revision;
    size_t n;

    svec_parse_words(&words, line);
    svec_terminate(&words);
    char *error = commands_parse(words.n, words.names, &local, tool->groups,
                                 &invocations, &n);
    if (!error) {
        error = run_invocations(invocations, n, &options, &output,
                                &revision);
        invocations_destroy(invocations, n);
    }
    if (error) {
        ds_clear(&output);
        ds_put_format(&output, "error: %s", error);
        free(error);
    }
    svec_destroy(&words);
    shash_destroy_free_data(&local);
    return ds_steal_cstr(&output);
}

static void
check(const char *line, const char *expected)
{
    char *output = run_as("ovn-nbctl", line);

    assert_string_equal(output, expected);
    free(output);
}

/* All keys with their values, "KEY=VALUE\n" each: the caller's. */
static void
check_store(const char *prefix, const char *expected)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    struct store_sync_range range;

    assert_int_equal(store_sync_get_prefix(store, prefix, &range, NULL), 0);
    for (size_t i = 0; i < range.n_kvs; i++) {
        ds_put_format(&s, "%s=%s\n", range.kvs[i].key.data + 9,
                      range.kvs[i].value.data);
    }
    store_sync_range_destroy(&range);
    assert_string_equal(ds_cstr(&s), expected);
    ds_destroy(&s);
}

static void
test_names_are_keys(void **state)
{
    check("ls-add n1 -- lsp-add n1 ap", "");
    check_store("/weft/v1/nb/", "nb/logical_switch/n1={}\n"
                "nb/logical_switch_port/ap={\"switch\":\"n1\"}\n");
    check("lsp-set-addresses ap unknown", "");
    check_store("/weft/v1/nb/logical_switch_port/",
                "nb/logical_switch_port/ap="
                "{\"addresses\":[\"unknown\"],\"switch\":\"n1\"}\n");
    check("get logical_switch n1 name", "n1\n");
    check("ls-add a/b", "");
    check_store("/weft/v1/nb/logical_switch/a",
                "nb/logical_switch/a%2Fb={}\n");
}

static void
test_all_or_nothing(void **state)
{
    check("ls-add n1 -- ls-add n2 -- lsp-add n3 x",
          "error: n3: switch name not found");
    check_store("/weft/v1/", "");
    check("ls-add n1 -- lsp-add n1 x -- lsp-set-addresses x unknown -- "
          "set logical_switch_port x addresses=nonsense",
          "error: transaction error: constraint violation: "
          "logical_switch_port/x: addresses[0]: 'nonsense' is not "
          "\"unknown\", \"dynamic\", \"router\", or an Ethernet address "
          "(or \"dynamic\") and then IP addresses");
    check_store("/weft/v1/", "");
}

static void
test_references(void **state)
{
    check("ls-add n1 -- lsp-add n1 a -- lsp-add n1 b -- pg-add pg a b", "");
    check_store("/weft/v1/nb/port_group",
                "nb/port_group/pg={}\n"
                "nb/port_group_port/pg/a={}\n"
                "nb/port_group_port/pg/b={}\n");
    check("--id=@p get logical_switch_port a -- "
          "remove port_group pg ports @p", "");
    check_store("/weft/v1/nb/port_group_port", "nb/port_group_port/pg/b={}\n");
    check("lsp-del b", "");
    check_store("/weft/v1/nb/port_group_port", "");

    /* A name may be used before the command that makes its row. */
    char *output = run_as("ovn-nbctl", "set logical_switch n1 acls=@x -- "
                          "--id=@x create acl priority=1 "
                          "direction=to-lport match=ip action=drop");
    assert_int_equal(strlen(output), UUID_LEN + 1);
    free(output);
    check("acl-list n1", "  to-lport     1 (ip) drop\n");
    check("add logical_switch n1 acls @y",
          "error: row id \"@y\" is referenced but never created (e.g. with "
          "\"-- --id=@y create ...\")");
}

static void
test_deleting_a_switch(void **state)
{
    check("ls-add n1 -- lsp-add n1 a -- acl-add n1 to 1 ip drop -- "
          "qos-add n1 to 1 ip dscp=1 -- pg-add pg a", "");
    check("ls-del n1", "");
    check_store("/weft/v1/nb/", "nb/port_group/pg={}\n");
}

static void
test_duplicates_get_uuids(void **state)
{
    check("ls-add n1", "");
    check("--add-duplicate ls-add n1", "");
    check("ls-del n1",
          "error: Multiple logical switches named 'n1'.  Use a UUID.");
    check("--columns=name list logical_switch",
          "name                : n1\n\nname                : n1\n");
}

static void
test_no_change_is_no_write(void **state)
{
    struct store_sync_range before, after;

    check("ls-add n1 -- set logical_switch n1 other_config:a=b", "");
    store_sync_get_prefix(store, "/weft/v1/", &before, NULL);
    check("set logical_switch n1 other_config:a=b", "");
    check("set logical_switch n1 name=n1", "");
    store_sync_get_prefix(store, "/weft/v1/", &after, NULL);
    assert_int_equal(before.revision, after.revision);
    store_sync_range_destroy(&before);
    store_sync_range_destroy(&after);
}

/* More than one transaction holds: cut, and all of it arrives. */
static void
test_large_loads(void **state)
{
    struct ds line = DS_EMPTY_INITIALIZER;
    struct store_sync_range range;

    ds_put_cstr(&line, "ls-add n1");
    for (int i = 0; i < 400; i++) {
        ds_put_format(&line, " -- lsp-add n1 p%d", i);
    }
    check(ds_cstr(&line), "");
    store_sync_get_prefix(store, "/weft/v1/nb/", &range, NULL);
    assert_int_equal(range.n_kvs, 401);
    store_sync_range_destroy(&range);
    ds_destroy(&line);
}

static void
test_garbage_is_no_row(void **state)
{
    store_sync_put(store, "/weft/v1/nb/logical_switch/n1", "nonsense", NULL,
                   NULL);
    store_sync_put(store, "/weft/v1/nb/logical_switch/n2", "[]", NULL, NULL);
    check("ls-list", "");
    check("lsp-add n1 a", "error: n1: switch name not found");
    check("ls-add n1", "");
    check_store("/weft/v1/nb/logical_switch/n1", "nb/logical_switch/n1={}\n");
}

/* A table of which most rows are not looked at: texts are searched for the
 * parent, and a status is read for all rows together. */
static void
test_many_rows(void **state)
{
    enum { N_SWITCHES = 20, N_PORTS = 60 };
    struct ds lists = DS_EMPTY_INITIALIZER, all = DS_EMPTY_INITIALIZER;

    for (int i = 0; i < N_SWITCHES; i++) {
        struct ds line = DS_EMPTY_INITIALIZER;

        ds_put_format(&line, "ls-add s%02d", i);
        for (int j = 0; j < N_PORTS; j++) {
            ds_put_format(&line, " -- lsp-add s%02d s%02dp%02d", i, i, j);
        }
        check(ds_cstr(&line), "");
        ds_destroy(&line);
        ds_put_format(&lists, "%slsp-list s%02d", i ? " -- " : "", i);
    }

    char *together = run_as("ovn-nbctl", ds_cstr(&lists));
    for (int i = 0; i < N_SWITCHES; i++) {
        char *line = xasprintf("lsp-list s%02d", i);
        char *alone = run_as("ovn-nbctl", line);

        assert_int_equal(strlen(alone), N_PORTS * strlen(
            "00000000-0000-0000-0000-000000000000 (s00p00)\n"));
        ds_put_cstr(&all, alone);
        free(alone);
        free(line);
    }
    assert_string_equal(together, ds_cstr(&all));
    free(together);

    /* The same string may be written in more ways than one. */
    store_sync_put(store, "/weft/v1/nb/logical_switch_port/odd",
                   "{\"switch\":\"s0\\u0033\"}", NULL, NULL);
    store_sync_put(store, "/weft/v1/status/logical_switch_port/s03p07",
                   "{\"up\":true}", NULL, NULL);
    char *list = run_as("ovn-nbctl", "lsp-list s03");
    assert_non_null(strstr(list, " (odd)\n"));
    free(list);
    check("--columns=name find logical_switch_port up=true",
          "name                : s03p07\n");
    char *table = run_as("ovn-nbctl", "--columns=name,up list "
                         "logical_switch_port");
    assert_non_null(strstr(table, "name                : s03p07\n"
                           "up                  : true\n\n"));
    assert_non_null(strstr(table, "name                : s19p59\n"
                           "up                  : []\n"));
    free(table);
    ds_destroy(&all);
    ds_destroy(&lists);
}

static void
test_southbound_views(void **state)
{
    static const char *const rows[][2] = {
        { "sb/dp/switch:n1", "{\"name\":\"n1\",\"tunnel_key\":5,\"type\":"
          "\"switch\",\"uuid\":\"11111111-2222-3333-4444-555555555555\"}" },
        { "sb/dp/switch:n1-b", "{\"name\":\"n1-b\",\"tunnel_key\":6,"
          "\"type\":\"switch\",\"uuid\":"
          "\"11111111-2222-3333-4444-555555555556\"}" },
        { "sb/dp/switch:n1/port/ap", "{\"tunnel_key\":3,\"chassis\":\"hv1\","
          "\"addresses\":[\"unknown\"]}" },
        { "sb/dp/switch:n1/flow/lsp:ap", "{\"flows\":[[\"ls_in_l2_lkup\",50,"
          "\"eth.dst == 0a:00:00:00:00:01\",\"output;\"],"
          "[\"ls_in_arp_rsp\",100,\"%arp_own(10.0.0.1, ap)\",\"next;\"],"
          "[\"ls_out_acl\",5,\"ip\",\"next;\"]]}" },
        { "sb/common/switch", "{\"flows\":[[\"ls_in_check_port_sec\",100,"
          "\"vlan.present\",\"drop;\"]]}" },
        { "sb/chassis/hv1", "{\"hostname\":\"h\",\"encaps\":[{\"type\":"
          "\"geneve\",\"ip\":\"192.168.0.1\"}]}" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char *key = xasprintf("/weft/v1/%s", rows[i][0]);

        store_sync_put(store, key, rows[i][1], NULL, NULL);
        free(key);
    }

    char *output = run_as("ovn-sbctl", "lflow-list n1");
    assert_string_equal(output,
        "Datapath: \"n1\" (11111111-2222-3333-4444-555555555555)  "
        "Pipeline: ingress\n"
        "  table=0 (ls_in_check_port_sec), priority=100  , "
        "match=(vlan.present), action=(drop;)\n"
        "  table=19(ls_in_arp_rsp      ), priority=100  , "
        "match=(arp.tpa == 10.0.0.1 && arp.op == 1 && inport == \"ap\"), "
        "action=(next;)\n"
        "  table=25(ls_in_l2_lkup      ), priority=50   , "
        "match=(eth.dst == 0a:00:00:00:00:01), action=(output;)\n"
        "Datapath: \"n1\" (11111111-2222-3333-4444-555555555555)  "
        "Pipeline: egress\n"
        "  table=4 (ls_out_acl         ), priority=5    , match=(ip), "
        "action=(next;)\n");
    free(output);
    output = run_as("ovn-sbctl", "show");
    assert_string_equal(output, "Chassis hv1\n    hostname: h\n"
                        "    Encap geneve\n        ip: \"192.168.0.1\"\n"
                        "    Port_Binding ap\n");
    free(output);
    output = run_as("ovn-sbctl", "--columns=tunnel_key list datapath");
    assert_string_equal(output, "tunnel_key          : 5\n\n"
                        "tunnel_key          : 6\n");
    free(output);
    output = run_as("ovn-sbctl", "set port_binding ap tunnel_key=4");
    assert_string_equal(output, "error: cannot modify read-only column "
                        "tunnel_key in table Port_Binding");
    free(output);
}

/* Datapaths are listed whether the northbound has them or not, and whatever
 * stands between their keys. */
static void
test_datapaths_are_found(void **state)
{
    static const char *const names[] = {
        "a", "n1", "n1-b", "n1-b-c", "n1.x", "n10", "n2", "z", "z-1",
    };
    static const char *const known[] = { "n1", "n1-b", "n2", "n3" };

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        char *key = xasprintf("/weft/v1/sb/dp/switch:%s", names[i]);
        char *port = xasprintf("%s/port/p%"PRIuSIZE, key, i);
        char *flows = xasprintf("%s/flows/common", key);
        char *row = xasprintf("{\"name\":\"%s\",\"type\":\"switch\","
                              "\"tunnel_key\":%"PRIuSIZE"}", names[i], i + 1);

        store_memory_put_now(store, key, row);
        store_memory_put_now(store, port, "{\"tunnel_key\":1}");
        store_memory_put_now(store, flows, "{}");
        free(row);
        free(flows);
        free(port);
        free(key);
    }
    for (int n = 0; n <= 4; n += 2) {
        char *output;

        for (int i = 0; i < n; i++) {
            char *key = xasprintf("/weft/v1/nb/logical_switch/%s", known[i]);

            store_memory_put_now(store, key, "{}");
            free(key);
        }
        output = run_as("ovn-sbctl", "--columns=external_ids,tunnel_key list "
                        "datapath_binding");
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
            char *line = xasprintf("name=%s}\ntunnel_key          : %"
                                   PRIuSIZE"\n", names[i], i + 1);

            if (!strstr(output, line)) {
                fail_msg("%s is not in %s", line, output);
            }
            free(line);
        }
        free(output);
        output = run_as("ovn-sbctl", "--columns=logical_port list "
                        "port_binding");
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
            char *line = xasprintf("logical_port        : p%"PRIuSIZE"\n",
                                   i);

            assert_non_null(strstr(output, line));
            free(line);
        }
        free(output);
    }
}

/* Puts rows, each a key below the prefix and its value. */
static void
put_rows(const char *const rows[][2], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char *key = xasprintf("/weft/v1/%s", rows[i][0]);

        store_memory_put_now(store, key, rows[i][1]);
        free(key);
    }
}

static void
check_sb(const char *line, const char *expected)
{
    char *output = run_as("ovn-sbctl", line);

    assert_string_equal(output, expected);
    free(output);
}

/* What programs that come from OVN look for in the southbound. */
static void
test_southbound_columns(void **state)
{
    static const char *const rows[][2] = {
        { "nb/logical_router/r", "{}" },
        { "nb/logical_router_port/out", "{\"router\":\"r\","
          "\"mac\":\"0a:00:00:00:00:01\",\"networks\":[\"10.0.0.1/24\"]}" },
        { "sb/dp/router:r", "{\"name\":\"r\",\"tunnel_key\":5,\"type\":"
          "\"router\",\"uuid\":\"11111111-2222-3333-4444-555555555555\"}" },
        { "sb/dp/router:r/port/cr-out", "{\"tunnel_key\":3,\"type\":"
          "\"chassisredirect\",\"chassis\":\"hv1\",\"gateway_chassis\":"
          "[{\"chassis\":\"hv1\",\"priority\":20},"
          "{\"chassis\":\"hv2\",\"priority\":10}]}" },
        { "sb/dp/router:r/port/in", "{\"tunnel_key\":4,\"type\":"
          "\"l3gateway\",\"chassis\":\"hv1\",\"peer\":\"p\","
          "\"external_ids\":{\"neutron:port_name\":\"web\"},"
          "\"requested_chassis\":[\"hv1\",\"hv2\"],"
          "\"options\":{\"requested-chassis\":\"hv2,hv1\"}}" },
        { "sb/chassis/hv1", "{\"hostname\":\"h\"}" },
        { "sb/chassis/hv2", "{\"hostname\":\"i\"}" },
        { "chassis/hv1/chassis", "{\"other_config\":{\"iface-types\":"
          "\"geneve\",\"ovn-cms-options\":\"gw\"}}" },
    };
    put_rows(rows, ARRAY_SIZE(rows));
    check_sb("--columns=name find ha_chassis_group name=out",
             "name                : out\n");
    check_sb("--columns=priority find ha_chassis "
             "external_ids:chassis-name=hv2",
             "priority            : 10\n");
    check_sb("list gateway_chassis", "");
    check_sb("--columns=logical_port find port_binding "
             "ha_chassis_group!=[]", "logical_port        : cr-out\n");
    check_sb("get port_binding in up options:l3gateway-chassis "
             "external_ids:name", "false\nhv1\nweb\n");
    char *one = run_as("ovn-sbctl", "get chassis hv2 _uuid");
    check_sb("get port_binding in requested_chassis", one);
    free(one);
    check_sb("get chassis hv1 other_config:ovn-cms-options "
             "other_config:ovn-bridge-mappings other_config:port-up-notif",
             "gw\n\"\"\n\"true\"\n");
    check_sb("get chassis hv2 other_config", "{}\n");
}

/* What the translator says nothing of is settled once there is one. */
static void
test_settled(void **state)
{
    static const char *const ports[][2] = {
        { "nb/logical_switch/s", "{}" },
        { "nb/logical_switch_port/p",
          "{\"switch\":\"s\",\"parent_name\":\"q\",\"tag_request\":7}" },
    };
    static const char *const translated[][2] = {
        { "sb/clock", "{\"time_ms\":1}" },
        { "status/logical_switch_port/p", "{\"tag\":7}" },
        { "nb/sync/me", "{}" },
        { "status/sync", "{\"sb_revision\":99,\"hv_revision\":1}" },
    };
    put_rows(ports, ARRAY_SIZE(ports));
    check("get logical_switch_port p up tag", "[]\n[]\n");
    check("get nb_global . nb_cfg sb_cfg hv_cfg", "0\n0\n0\n");
    put_rows(translated, ARRAY_SIZE(translated));
    check("get logical_switch_port p up tag", "false\n7\n");
    char *show = run_as("ovn-nbctl", "show");
    assert_non_null(strstr(show, "        tag: 7\n"));
    free(show);
    char *asked = run_as("ovn-nbctl", "get nb_global . nb_cfg");
    check("get nb_global . sb_cfg", asked);
    check("get nb_global . hv_cfg", "1\n");
    assert_int_not_equal(atoi(asked), 0);
    free(asked);
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_names_are_keys),
        TEST(test_all_or_nothing),
        TEST(test_references),
        TEST(test_deleting_a_switch),
        TEST(test_duplicates_get_uuids),
        TEST(test_no_change_is_no_write),
        TEST(test_large_loads),
        TEST(test_garbage_is_no_row),
        TEST(test_many_rows),
        TEST(test_southbound_views),
        TEST(test_datapaths_are_found),
        TEST(test_southbound_columns),
        TEST(test_settled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
