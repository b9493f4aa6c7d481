/* Who serves a gateway port, decided by each candidate from its own view, and
 * what the switch is told: bundles, and the report to the translator. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <limits.h>

#include "agent_support.h"
#include "node-agent/gateway.h"
#include "node-agent/rows.h"
#include "node-agent/tunnel_bfd.h"

#define UP TUNNEL_BFD_UP
#define DOWN TUNNEL_BFD_DOWN
#define WAITING TUNNEL_BFD_WAITING
#define NONE TUNNEL_BFD_NONE

/* One view: tunnels to hv1...hv4 (the own one is not there), what the row
 * says, and what is to come of it. */
struct view {
    const char *name;
    const char *self;
    enum tunnel_bfd bfd[4];
    const char *published;
    const char *dead;           /* Of the candidates hv1, hv2, hv3. */
    bool store_lost;
    const char *took_over;
    bool serves;
    const char *ports;          /* 11...14 are the tunnels to hv1...hv4. */
};

static const struct view views[] = {
    { "the preferred one", "hv1", { NONE, UP, UP, UP },
      "hv1", "", false, "", true, "" },
    { "the next one", "hv2", { UP, NONE, UP, UP },
      "hv1", "", false, "", false, "11 13" },
    { "it does not reach the preferred one", "hv2",
      { DOWN, NONE, UP, UP }, "hv1", "", false, "", true, "" },
    { "the last one reaches the next one", "hv3",
      { DOWN, UP, NONE, UP }, "hv2", "", false, "", false, "11 12" },
    { "the last one reaches only others", "hv3",
      { DOWN, DOWN, NONE, UP }, "hv1", "", false, "", true, "" },
    { "who sends", "hv4", { UP, UP, UP, NONE },
      "hv1", "", false, "", false, "11 12 13" },
    { "who sends, one down", "hv4", { DOWN, UP, UP, NONE },
      "hv1", "", false, "", false, "11 12 13" },
    /* A sign of life that is missing. */
    { "the preferred one is dead", "hv2", { UP, NONE, UP, UP },
      "hv2", "hv1", false, "", true, "" },
    { "who sends to the living", "hv4", { UP, UP, UP, NONE },
      "hv2", "hv1", false, "", false, "12 13" },
    { "one is left", "hv3", { UP, UP, NONE, UP },
      "hv3", "hv1 hv2", false, "", true, "" },
    { "one is left, and reaches nobody", "hv3",
      { DOWN, DOWN, NONE, DOWN }, "hv3", "hv1 hv2", false, "", true, "" },
    { "I was dead a moment ago", "hv1", { NONE, UP, UP, UP },
      "hv2", "hv1", false, "", false, "12 13" },
    /* Alone. */
    { "cut off, and named", "hv1", { NONE, DOWN, DOWN, DOWN },
      "hv1", "", false, "", true, "" },
    { "cut off, another one is named", "hv1", { NONE, DOWN, DOWN, DOWN },
      "hv2", "", false, "", false, "12" },
    { "cut off from all, the store too", "hv1", { NONE, DOWN, DOWN, DOWN },
      "hv1", "", true, "", false, "" },
    /* The store away. */
    { "the store is away", "hv1", { NONE, UP, UP, UP },
      "hv1", "", true, "", true, "" },
    { "the store is away, hv1 fails", "hv2", { DOWN, NONE, UP, UP },
      "hv1", "", true, "", true, "" },
    { "hv2 took over", "hv1", { NONE, UP, UP, UP },
      "hv1", "", true, "hv2", false, "12" },
    { "hv2 says so, but the store knows better", "hv1",
      { NONE, UP, UP, UP }, "hv1", "", false, "hv2", true, "" },
    /* Nothing known yet: as published. */
    { "no BFD", "hv2", { NONE, NONE, NONE, NONE },
      "hv1", "", false, "", false, "11" },
    { "no BFD, published", "hv2", { NONE, NONE, NONE, NONE },
      "hv2", "", false, "", true, "" },
    { "BFD begins", "hv2", { WAITING, NONE, UP, UP },
      "hv1", "", false, "", false, "11" },
    { "BFD begins where hv1 was away", "hv2", { WAITING, NONE, UP, UP },
      "hv2", "", false, "", true, "" },
    { "who sends, BFD begins", "hv4", { WAITING, UP, UP, NONE },
      "hv1", "", false, "", false, "11" },
    { "who sends, all down", "hv4", { DOWN, DOWN, DOWN, NONE },
      "hv2", "", false, "", false, "12" },
};

static char *
chassis_name(int i)
{
    return xasprintf("hv%d", i + 1);
}

static void
fill_ofports(struct ofports *ofports, const struct view *view)
{
    ofports_init(ofports);
    for (int i = 0; i < 4; i++) {
        char *name = chassis_name(i);

        if (strcmp(name, view->self)) {
            struct tunnel *tunnel;

            ofports_set_tunnel(ofports, name, 11 + i, TUNNEL_GENEVE);
            tunnel = shash_find_data(&ofports->tunnels, name);
            tunnel->bfd = view->bfd[i];
            tunnel->bfd_since_ms = 1;
            tunnel->took_over = !strcmp(view->took_over, name);
        }
        free(name);
    }
    tunnel_bfd_sum_up(ofports, 1);
}

static struct schema_row *
make_row(const struct view *view)
{
    struct ds json = DS_EMPTY_INITIALIZER;
    struct schema_row *row;

    ds_put_format(&json, "{\"tunnel_key\":4,\"type\":\"chassisredirect\","
                  "\"chassis\":\"%s\",\"gateway_chassis\":[",
                  view->published);
    for (int i = 0; i < 3; i++) {
        char *name = chassis_name(i);

        ds_put_format(&json, "%s{\"chassis\":\"%s\",\"priority\":%d%s}",
                      i ? "," : "", name, 30 - i,
                      strstr(view->dead, name) ? ",\"dead\":true" : "");
        free(name);
    }
    ds_put_cstr(&json, "],\"options\":{\"distributed-port\":\"lrp\"}}");
    row = sb_parse(&sb_port_table, "cr-lrp", "cr-lrp", ds_cstr(&json),
                   json.length);
    ds_destroy(&json);
    assert_non_null(row);
    return row;
}

static void
check_view(const struct view *view)
{
    const struct tunnel *tunnels[3];
    struct schema_row *row = make_row(view);
    struct ds ports = DS_EMPTY_INITIALIZER;
    struct ofports ofports;

    fill_ofports(&ofports, view);
    struct gateway_view gateway = {
        .chassis = view->self, .ofports = &ofports,
        .store_lost = view->store_lost,
    };

    print_message("%s\n", view->name);
    assert_int_equal(gateway_is_here(&gateway, sb_port_cast(row)),
                     view->serves);
    if (!view->serves) {
        size_t n = gateway_tunnels(&gateway, sb_port_cast(row), tunnels);

        for (size_t i = 0; i < n; i++) {
            ds_put_format(&ports, "%s%"PRIu32, i ? " " : "",
                          tunnels[i]->ofport);
        }
        assert_string_equal(ds_cstr(&ports), view->ports);
    }
    ds_destroy(&ports);
    ofports_destroy(&ofports);
    schema_row_destroy(row);
}

static void
test_views(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(views); i++) {
        check_view(&views[i]);
    }
}

/* Whatever is up and down between two candidates and one sender, at most one
 * of the candidates serves as long as they see each other alike, and one does
 * if either of them reaches anybody. */
static void
test_exactly_one(void **state OVS_UNUSED)
{
    static const enum tunnel_bfd states[] = { UP, DOWN };

    for (int i = 0; i < 8; i++) {
        enum tunnel_bfd between = states[i & 1];
        enum tunnel_bfd first = states[i >> 1 & 1];
        enum tunnel_bfd second = states[i >> 2 & 1];
        const struct view sides[] = {
            { .self = "hv1", .bfd = { NONE, between, DOWN, first } },
            { .self = "hv2", .bfd = { between, NONE, DOWN, second } },
        };
        int n = 0;

        for (int j = 0; j < 2; j++) {
            struct view view = sides[j];
            struct schema_row *row;
            struct ofports ofports;

            view.dead = "hv3";
            view.took_over = "";
            /* What the translator says of it. */
            view.published = (between == DOWN && first == DOWN
                              && second == UP ? "hv2" : "hv1");
            row = make_row(&view);
            fill_ofports(&ofports, &view);
            struct gateway_view gateway = {
                .chassis = view.self, .ofports = &ofports,
            };

            n += gateway_is_here(&gateway, sb_port_cast(row));
            ofports_destroy(&ofports);
            schema_row_destroy(row);
        }
        /* A tunnel between the two alone that fails: both, as in OVN. */
        assert_int_equal(n, between == DOWN && first == UP && second == UP
                            ? 2 : 1);
    }
}

/* ---- In the engine ---------------------------------------------------- */

static void
put_gateway(struct engine *e, const char *chassis, const char *dead)
{
    char *json = xasprintf(
        "{\"tunnel_key\":4,\"type\":\"chassisredirect\",\"chassis\":\"%s\","
        "\"gateway_chassis\":[{\"chassis\":\"hv1\",\"priority\":20%s},"
        "{\"chassis\":\"hv2\",\"priority\":10}],"
        "\"options\":{\"distributed-port\":\"lrp\"}}", chassis, dead);

    put_row(e, "router:r", "", "{\"tunnel_key\":2,\"type\":\"router\","
                               "\"version\":1}");
    put_row(e, "router:r", "port/lrp", "{\"tunnel_key\":3,"
                                       "\"type\":\"patch\"}");
    put_row(e, "router:r", "port/cr-lrp", json);
    free(json);
}

static void
set_bfd(struct engine *e, const char *chassis, enum tunnel_bfd bfd)
{
    struct tunnel *tunnel = shash_find_data(&e->ofports.tunnels, chassis);

    tunnel->bfd = bfd;
    tunnel_bfd_sum_up(&e->ofports, 0);
    engine_gateways_changed(e);
    engine_run(e);
}

static void
add_tunnels(struct engine *e, const char *a, const char *b)
{
    ofports_set_tunnel(&e->ofports, a, 7, TUNNEL_GENEVE);
    ofports_set_tunnel(&e->ofports, b, 8, TUNNEL_GENEVE);
    engine_tunnels_changed(e);
}

/* Who sends has one flow that does not change when a candidate fails. */
static void
test_sender(void **state OVS_UNUSED)
{
    const char *both = "table=39,priority=100,reg15=0x4,metadata=0x2 actions="
                       "set_field:0x2/0xffffff->tun_id,"
                       "set_field:0x4->tun_metadata0,"
                       "move:NXM_NX_REG14[0..14]->"
                       "NXM_NX_TUN_METADATA0[16..30],"
                       "bundle(eth_src,0,active_backup,ofport,members:7,8)";
    struct engine e;

    engine_init(&e, "hv3");
    add_tunnels(&e, "hv1", "hv2");
    put_gateway(&e, "hv1", "");
    engine_run(&e);
    assert_int_equal(count_flows(&e, "output:7"), 1);
    assert_int_equal(count_flows(&e, "bundle("), 0);
    set_bfd(&e, "hv1", UP);
    assert_int_equal(count_flows(&e, "bundle("), 0);
    set_bfd(&e, "hv2", UP);
    assert_true(has_flow(&e, both));
    set_bfd(&e, "hv1", DOWN);
    assert_true(has_flow(&e, both));
    put_gateway(&e, "hv2", ",\"dead\":true");
    engine_run(&e);
    assert_int_equal(count_flows(&e, "output:8"), 1);
    assert_int_equal(count_flows(&e, "bundle("), 0);
    assert_false(model_lport(&e.model, "cr-lrp")->resident);
    engine_destroy(&e);
}

/* A candidate takes the port over, and gives it back. */
static void
test_candidate(void **state OVS_UNUSED)
{
    struct sset replaced = SSET_INITIALIZER(&replaced);
    struct lport *cr;
    struct engine e;

    engine_init(&e, "hv2");
    add_tunnels(&e, "hv1", "hv3");
    put_gateway(&e, "hv1", "");
    engine_run(&e);
    cr = model_lport(&e.model, "cr-lrp");
    set_bfd(&e, "hv1", UP);
    set_bfd(&e, "hv3", UP);
    assert_false(cr->resident);
    assert_int_equal(count_flows(&e, "output:7"), 1);
    set_bfd(&e, "hv1", DOWN);
    assert_true(cr->resident);
    assert_int_equal(count_flows(&e, "output:7"), 0);
    assert_int_equal(count_flows(&e, "table=40,priority=100,reg15=0x4,"
                                     "metadata=0x2 actions="
                                     "set_field:0x3->reg15"), 1);
    set_bfd(&e, "hv1", UP);
    assert_false(cr->resident);

    /* Its agent is gone, its switch is not: it has to be told. */
    tunnel_bfd_replaced(&e.model, &replaced);
    assert_true(sset_is_empty(&replaced));
    put_gateway(&e, "hv2", ",\"dead\":true");
    engine_run(&e);
    assert_true(cr->resident);
    tunnel_bfd_replaced(&e.model, &replaced);
    assert_true(sset_contains(&replaced, "hv1"));
    sset_destroy(&replaced);
    put_row(&e, "router:r", "port/cr-lrp", NULL);
    engine_run(&e);
    assert_true(ovs_list_is_empty(&e.model.gateways));
    engine_destroy(&e);
}

/* ---- What BFD says ---------------------------------------------------- */

static bool
read_bfd(struct tunnel *tunnel, const char *enable, const char *state,
         const char *remote, long long int now_ms)
{
    struct ovsrec_interface iface = { .name = (char *) "ovn-hv1-0" };
    bool changed;

    smap_init(&iface.bfd);
    smap_init(&iface.bfd_status);
    smap_add(&iface.bfd, "enable", enable);
    smap_add(&iface.bfd_status, "state", state);
    smap_add(&iface.bfd_status, "remote_diagnostic", remote);
    changed = tunnel_bfd_read(&iface, tunnel, now_ms);
    smap_destroy(&iface.bfd);
    smap_destroy(&iface.bfd_status);
    return changed;
}

static void
test_status(void **state OVS_UNUSED)
{
    const char *path_down = "Concatenated Path Down";
    struct ofports ofports;
    struct tunnel *t;
    char *row;

    ofports_init(&ofports);
    ofports_set_tunnel(&ofports, "hv1", 7, TUNNEL_GENEVE);
    t = shash_find_data(&ofports.tunnels, "hv1");
    assert_false(read_bfd(t, "false", "", "", 1000));
    assert_true(read_bfd(t, "true", "down", "", 2000));
    assert_int_equal(t->bfd, WAITING);
    assert_int_equal(tunnel_bfd_sum_up(&ofports, 2000),
                     2000 + TUNNEL_BFD_GRACE_MS);
    assert_false(ofports.isolated);
    assert_null(rows_tunnels(&ofports, false));
    assert_true(read_bfd(t, "true", "up", "No Diagnostic", 3000));
    assert_int_equal(t->bfd, UP);
    assert_int_equal(tunnel_bfd_sum_up(&ofports, 3000), LLONG_MAX);
    assert_true(read_bfd(t, "true", "up", path_down, 3000));
    assert_true(t->took_over);
    assert_true(read_bfd(t, "true", "down", path_down, 10000));
    assert_false(t->took_over);
    assert_int_equal(t->bfd, DOWN);
    tunnel_bfd_sum_up(&ofports, 10000);
    assert_true(ofports.isolated);
    row = rows_tunnels(&ofports, false);
    assert_string_equal(row, "{\"down\":[\"hv1\"],\"isolated\":true}");
    free(row);

    /* The switch is restarted: what it says at first does not count. */
    tunnel_bfd_restarted(&ofports, 20000);
    assert_true(read_bfd(t, "true", "down", "", 20000));
    assert_int_equal(t->bfd, WAITING);
    assert_true(read_bfd(t, "true", "down", "",
                         20000 + TUNNEL_BFD_GRACE_MS));
    assert_int_equal(t->bfd, DOWN);
    assert_true(read_bfd(t, "false", "", "", 40000));
    tunnel_bfd_sum_up(&ofports, 40000);
    assert_false(ofports.isolated);
    row = rows_tunnels(&ofports, true);
    assert_string_equal(row, "{\"isolated\":true}");
    free(row);
    ofports_destroy(&ofports);
}

/* An agent that starts finds a session that is down: that counts. */
static void
test_status_at_start(void **state OVS_UNUSED)
{
    struct tunnel tunnel = { .ofport = 7 };

    assert_true(read_bfd(&tunnel, "true", "down", "", 1000));
    assert_int_equal(tunnel.bfd, DOWN);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_views),
        cmocka_unit_test(test_exactly_one),
        cmocka_unit_test(test_sender),
        cmocka_unit_test(test_candidate),
        cmocka_unit_test(test_status),
        cmocka_unit_test(test_status_at_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
