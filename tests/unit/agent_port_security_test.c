/* Port security: every form of ovn-nb(5)'s port_security, as flows. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "agent_support.h"
#include "node-agent/port_security.h"

#define MAC "fa:16:3e:00:00:01"
#define IN "reg14=0x1,metadata=0x1,dl_src=" MAC
#define OUT "reg15=0x1,metadata=0x1,dl_dst=" MAC
#define ALLOW " actions=set_field:0/0x1000->reg10"
#define REFUSE " actions=set_field:0x1000/0x1000->reg10"

static int
set_up(void **state)
{
    struct engine *e = xmalloc(sizeof *e);

    engine_init(e, "hv1");
    put_row(e, "switch:n1", "",
            "{\"tunnel_key\":1,\"type\":\"switch\",\"version\":1}");
    simap_put(&e->ofports.vifs, "ap", 5);
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
put_security(struct engine *e, const char *element)
{
    char *json = xasprintf("{\"tunnel_key\":1,\"chassis\":\"hv1\","
                           "\"port_security\":[\"%s\"]}", element);

    put_row(e, "switch:n1", "port/ap", json);
    engine_run(e);
    free(json);
}

static void
test_mac_only(void **state)
{
    struct engine *e = *state;

    put_security(e, MAC);
    assert_true(has_flow(e, "table=73,priority=80,reg14=0x1,metadata=0x1"
                            REFUSE));
    assert_true(has_flow(e, "table=73,priority=90," IN
                            " actions=resubmit(,74)"));
    assert_true(has_flow(e, "table=74,priority=90,arp," IN ",arp_sha=" MAC
                            ALLOW));
    assert_true(has_flow(e, "table=75,priority=85," OUT ALLOW));
    assert_int_equal(count_flows(e, "table=75,priority=90"), 0);
}

static void
test_ip4(void **state)
{
    struct engine *e = *state;

    put_security(e, MAC " 10.1.1.5");
    assert_true(has_flow(e, "table=73,priority=90,ip," IN ",nw_src=10.1.1.5"
                            ALLOW));
    assert_true(has_flow(e, "table=73,priority=90,udp," IN
                            ",nw_src=0.0.0.0,nw_dst=255.255.255.255,"
                            "tp_src=68,tp_dst=67" ALLOW));
    assert_true(has_flow(e, "table=74,priority=90,arp," IN
                            ",arp_spa=10.1.1.5,arp_sha=" MAC ALLOW));
    assert_true(has_flow(e, "table=75,priority=95,ip," OUT
                            ",nw_dst=224.0.0.0/4" ALLOW));
    assert_true(has_flow(e, "table=75,priority=90,ipv6," OUT REFUSE));
    assert_int_equal(count_flows(e, "table=73,priority=90,ipv6"), 0);
}

/* A nonzero host part is one host whose subnet's broadcast it hears; a zero
 * host part is the whole subnet. */
static void
test_prefixes(void **state)
{
    struct engine *e = *state;

    put_security(e, MAC " 192.168.1.10/24");
    assert_true(has_flow(e, "table=73,priority=90,ip," IN
                            ",nw_src=192.168.1.10" ALLOW));
    assert_true(has_flow(e, "table=75,priority=95,ip," OUT
                            ",nw_dst=192.168.1.255" ALLOW));
    put_security(e, MAC " 192.168.1.0/24");
    assert_true(has_flow(e, "table=73,priority=90,ip," IN
                            ",nw_src=192.168.1.0/24" ALLOW));
    assert_int_equal(count_flows(e, "192.168.1.10"), 0);
    put_security(e, MAC " fd00::/64");
    assert_true(has_flow(e, "table=73,priority=90,ipv6," IN
                            ",ipv6_src=fd00::/64 actions=resubmit(,74)"));
}

static void
test_ip6(void **state)
{
    struct engine *e = *state;

    put_security(e, MAC " fc11::5");
    assert_true(has_flow(e, "table=73,priority=90,ipv6," IN
                            ",ipv6_src=fc11::5 actions=resubmit(,74)"));
    assert_true(has_flow(e, "table=73,priority=90,ipv6," IN
                            ",ipv6_src=fe80::f816:3eff:fe00:1"
                            " actions=resubmit(,74)"));
    assert_true(has_flow(e, "table=75,priority=95,ipv6," OUT
                            ",ipv6_dst=ff00::/8" ALLOW));
    /* No IPv4: no ARP either. */
    assert_int_equal(count_flows(e, "table=74,priority=90,arp"), 0);
    assert_int_equal(count_flows(e, "table=73,priority=90,ip,"), 0);
    assert_int_equal(count_flows(e, "nd_target=fc11::5"), 2);
}

static void
test_only_here(void **state)
{
    struct engine *e = *state;

    put_row(e, "switch:n1", "port/ap",
            "{\"tunnel_key\":1,\"chassis\":\"hv2\","
            "\"port_security\":[\"" MAC "\"]}");
    engine_run(e);
    assert_int_equal(count_flows(e, "table=73,"), 0);
    put_row(e, "switch:n1", "port/ap",
            "{\"tunnel_key\":1,\"chassis\":\"hv1\"}");
    engine_run(e);
    assert_int_equal(count_flows(e, "table=73,"), 0);
}

static void
test_parse(void **state)
{
    struct port_security ps;

    (void) state;
    assert_true(port_security_parse(MAC ",10.0.0.1 fd00::1/64", &ps));
    assert_int_equal(ps.n_ip4, 1);
    assert_int_equal(ps.n_ip6, 1);
    port_security_destroy(&ps);
    assert_false(port_security_parse("", &ps));
    assert_false(port_security_parse("10.0.0.1", &ps));
    assert_false(port_security_parse(MAC " 10.0.0.300", &ps));
    assert_false(port_security_parse(MAC " 10.0.0.1/255.0.255.0", &ps));
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_mac_only), TEST(test_ip4), TEST(test_prefixes),
        TEST(test_ip6), TEST(test_only_here),
        cmocka_unit_test(test_parse),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
