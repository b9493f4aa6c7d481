/* What of actions the examples (lflow_actions_doc_test.c) can't show: refs,
 * limits, failures of the scope, the userdata's numbers, DHCP options. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lflow/compile.h"
#include "lflow/dhcp_options.h"
#include "lflow/limits.h"
#include "lflow/packet_in.h"
#include "lib/err.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/ofp-actions.h"
#include "util.h"

static struct lflow_place
switch_place(void)
{
    return lflow_place_of_stage(stage_by_number(PIPELINE_LS_IN, 10));
}

/* Parses and encodes; 0 or the first error. */
static int
try(const char *text, const struct lflow_place *place,
    const struct lflow_scope *scope, struct lflow_refs *refs,
    struct ofpbuf *ofpacts, struct err *err)
{
    struct lflow_arena arena = LFLOW_ARENA_INIT;
    struct lflow_actions *actions;
    const struct expr *prereqs;
    int error;

    error = lflow_actions_parse(text, strlen(text), place, scope, refs,
                                &arena, &actions, &prereqs, err);
    if (!error) {
        error = lflow_actions_encode(actions, place, scope, refs, ofpacts,
                                     err);
    }
    lflow_arena_destroy(&arena);
    return error;
}

static void
test_refs(void **state OVS_UNUSED)
{
    struct lflow_place place = switch_place();
    struct lflow_refs refs;
    struct ofpbuf ofpacts;

    lflow_refs_init(&refs);
    ofpbuf_init(&ofpacts, 0);
    assert_int_equal(try("outport = \"a\"; bind_vport(\"b\", inport); "
                         "sample(probability=1,collector_set=9);", &place,
                         NULL, &refs, &ofpacts, NULL), 0);
    assert_true(lflow_refs_contains(&refs, LFLOW_REF_PORT, "a"));
    assert_true(lflow_refs_contains(&refs, LFLOW_REF_PORT, "b"));
    assert_true(lflow_refs_contains(&refs, LFLOW_REF_COLLECTOR_SET, "9"));
    assert_true(lflow_refs_contains(&refs, LFLOW_REF_DATAPATH, ""));
    assert_false(lflow_refs_contains(&refs, LFLOW_REF_PORT, "c"));
    ofpbuf_uninit(&ofpacts);
    lflow_refs_destroy(&refs);
}

/* Without a scope no group can be had; what was there stays. */
static void
test_no_group(void **state OVS_UNUSED)
{
    struct lflow_place place = switch_place();
    struct err err = ERR_INIT;
    struct ofpbuf ofpacts;

    ofpbuf_init(&ofpacts, 0);
    ofpbuf_put_zeros(&ofpacts, 8);
    assert_int_equal(try("next; reg0 = select(1, 2);", &place, NULL, NULL,
                         &ofpacts, &err), -WEFT_E_NO_SPACE);
    assert_int_equal(ofpacts.size, 8);
    err_clear(&err);
    assert_int_equal(try("next; set_meter(5);", &place, NULL, NULL, &ofpacts,
                         &err), -WEFT_E_NO_SPACE);
    assert_int_equal(ofpacts.size, 8);
    err_clear(&err);
    ofpbuf_uninit(&ofpacts);
}

static char *
repeat(const char *text, size_t n, const char *end, const char *end_each)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < n; i++) {
        ds_put_cstr(&s, text);
    }
    ds_put_cstr(&s, end);
    for (size_t i = 0; *end_each && i < n; i++) {
        ds_put_cstr(&s, end_each);
    }
    return ds_steal_cstr(&s);
}

static void
test_limits(void **state OVS_UNUSED)
{
    static const struct {
        const char *text, *end, *end_each;
        size_t n;
        int error;
    } cases[] = {
        { "clone { ", "next; ", "}; ", 31, 0 },
        { "clone { ", "next; ", "}; ", 32, -WEFT_E_INVALID },
        { "clone { ", "", "", 100000, -WEFT_E_INVALID },
        { "reg0 = 1; ", "", "", 500, 0 },
        { "reg0 = 1; ", "", "", 5000, -WEFT_E_TOO_LARGE },
        { "reg0 = 1; ", "", "", 200000, -WEFT_E_TOO_LARGE },
    };
    struct lflow_place place = switch_place();

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *text = repeat(cases[i].text, cases[i].n, cases[i].end,
                            cases[i].end_each);
        struct err err = ERR_INIT;
        struct ofpbuf ofpacts;

        ofpbuf_init(&ofpacts, 0);
        assert_int_equal(try(text, &place, NULL, NULL, &ofpacts, &err),
                         cases[i].error);
        err_clear(&err);
        ofpbuf_uninit(&ofpacts);
        free(text);
    }
}

/* A controller action's meter: the flow's own, but a log's where it has
 * one. */
static uint32_t
meter_id(const struct lflow_scope *scope OVS_UNUSED, const char *name)
{
    return name[0];
}

static void
test_controller_meter(void **state OVS_UNUSED)
{
    static const struct lflow_scope_class class = { .meter_id = meter_id };
    const struct lflow_scope scope = { &class };
    struct lflow_place place = switch_place();
    const struct ofpact_controller *controller;
    struct ofpbuf ofpacts;

    place.controller_meter = "a";
    ofpbuf_init(&ofpacts, 0);
    assert_int_equal(try("log(verdict=allow, meter=\"b\");", &place, &scope,
                         NULL, &ofpacts, NULL), 0);
    controller = ofpact_get_CONTROLLER(ofpacts.data);
    assert_int_equal(controller->meter_id, 'b');
    ofpbuf_clear(&ofpacts);
    assert_int_equal(try("igmp;", &place, &scope, NULL, &ofpacts, NULL), 0);
    controller = ofpact_get_CONTROLLER(ofpacts.data);
    assert_int_equal(controller->meter_id, 'a');
    assert_int_equal(controller->userdata_len,
                     sizeof(struct packet_in_header));
    ofpbuf_uninit(&ofpacts);
}

static void
test_names(void **state OVS_UNUSED)
{
    assert_string_equal(packet_in_opcode_name(PACKET_IN_PUT_ARP), "put_arp");
    assert_null(packet_in_opcode_name(12345));
    assert_string_equal(lflow_log_verdict_name(2), "reject");
    assert_null(lflow_log_verdict_name(3));
    assert_string_equal(lflow_log_severity_name(4), "warning");
    assert_null(lflow_log_severity_name(0));
}

/* RFC 1035 labels, with pointers to suffixes (RFC 3397). */
static void
test_domains(void **state OVS_UNUSED)
{
    static const struct {
        const char *list, *bytes;
        size_t n;
    } cases[] = {
        { "ovn.org", "\3ovn\3org", 9 },
        { "ovn.org,abc.ovn.org", "\3ovn\3org\0\3abc\xc0\0", 15 },
        { "a..b,", "\1a\1b", 5 },
        { "", "", 0 },
        { "b.c,c", "\1b\1c\0\xc0\2", 7 },
    };
    char label[65];
    struct ofpbuf packet;

    ofpbuf_init(&packet, 64);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        ofpbuf_clear(&packet);
        assert_true(dhcp_domains_encode(cases[i].list, true, &packet));
        assert_int_equal(packet.size, cases[i].n);
        assert_memory_equal(packet.data, cases[i].bytes, cases[i].n);
    }
    ofpbuf_clear(&packet);
    memset(label, 'x', 64);
    label[64] = '\0';
    assert_false(dhcp_domains_encode(label, true, &packet));
    assert_int_equal(packet.size, 0);
    label[63] = '\0';
    assert_true(dhcp_domains_encode(label, true, &packet));
    ofpbuf_uninit(&packet);
}

/* A value longer than its option's length can tell is refused. */
static void
test_long_option(void **state OVS_UNUSED)
{
    struct lflow_place place = switch_place();
    char *head = xstrdup("reg0[0] = put_dhcp_opts(offerip = 1.2.3.4, "
                         "hostname = \"");

    for (size_t n = 255; n <= 256; n++) {
        char *host = xmalloc(n + 1);
        struct err err = ERR_INIT;
        struct ofpbuf ofpacts;
        char *text;

        memset(host, 'h', n);
        host[n] = '\0';
        text = xasprintf("%s%s\");", head, host);
        ofpbuf_init(&ofpacts, 0);
        assert_int_equal(try(text, &place, NULL, NULL, &ofpacts, &err),
                         n == 255 ? 0 : -WEFT_E_INVALID);
        err_clear(&err);
        ofpbuf_uninit(&ofpacts);
        free(text);
        free(host);
    }
    free(head);
}

/* In the last stage there is none to go on with. */
static void
test_last_stage(void **state OVS_UNUSED)
{
    static const char *const texts[] = {
        "next;", "ct_next;", "ct_dnat;", "ct_lb_mark;", "ct_commit_nat;",
        "reg0 = select(1, 2);"
    };
    struct lflow_place place = switch_place();

    place.stage = place.n_stages - 1;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct err err = ERR_INIT;
        struct ofpbuf ofpacts;

        ofpbuf_init(&ofpacts, 0);
        assert_int_equal(try(texts[i], &place, NULL, NULL, &ofpacts, &err),
                         -WEFT_E_INVALID);
        assert_non_null(strstr(err.message, "action "));
        err_clear(&err);
        ofpbuf_uninit(&ofpacts);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refs),
        cmocka_unit_test(test_no_group),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_controller_meter),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_domains),
        cmocka_unit_test(test_long_option),
        cmocka_unit_test(test_last_stage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
