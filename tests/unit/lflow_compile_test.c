/* A logical flow to OpenFlow, both halves together: what the agent calls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "lflow/compile.h"
#include "lflow/registers.h"
#include "lflow/tables.h"
#include "lflow_match_support.h"
#include "lib/err.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-flow.h"
#include "util.h"

static const struct lflow_scope *scope = &test_scope;

static struct lflow_source
source(enum stage_id stage, const char *match, const char *actions)
{
    return (struct lflow_source) {
        .match = match, .actions = actions,
        .place = lflow_place_of_stage(&stages[stage]),
        .scope = scope
    };
}

static char *
program_to_string(const struct lflow_program *program)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    struct ofpact_format_params params = { .s = &s };

    ds_put_format(&s, "table=%u:", program->table);
    for (size_t i = 0; i < lflow_matches_count(program->matches); i++) {
        struct match match;

        lflow_matches_get(program->matches, i, 1, &match);
        ds_put_char(&s, ' ');
        match_format(&match, NULL, &s, OFP_DEFAULT_PRIORITY);
    }
    ds_put_cstr(&s, " actions=");
    ofpacts_format(program->ofpacts.data, program->ofpacts.size, &params);
    return ds_steal_cstr(&s);
}

static void
check(enum stage_id stage, const char *match, const char *actions,
      const char *expected)
{
    struct lflow_source src = source(stage, match, actions);
    struct lflow_program program;
    struct err err = ERR_INIT;
    char *s;

    if (lflow_compile(&src, &program, &err)) {
        fail_msg("%s: %s: %s", match, err.field, err.message);
    }
    s = program_to_string(&program);
    assert_string_equal(s, expected);
    assert_true(lflow_program_size(&program) > sizeof program);
    free(s);
    lflow_program_destroy(&program);
}

static void
flows(void **state)
{
    (void) state;
    check(STAGE_LS_IN_PRE_ACL, "ip", "reg0[0] = 1; next;",
          "table=12: ip ipv6 actions=set_field:0x1000000000000000000000000/"
          "0x1000000000000000000000000->xxreg0,resubmit(,13)");
    check(STAGE_LS_OUT_ACL, "outport == \"a\" && tcp.dst == 80 && ip4",
          "drop;", "table=46: tcp,reg15=0x1,tp_dst=80 actions=drop");
    check(STAGE_LR_IN_IP_INPUT, "inport == \"nowhere\"", "next;",
          "table=11: actions=drop");
}

/* What actions need of the packet is asked of the match. */
static void
prerequisites_of_actions(void **state)
{
    (void) state;
    check(STAGE_LR_IN_IP_ROUTING, "inport == \"a\"", "ip.ttl--; next;",
          "table=21: ip,reg14=0x1 ipv6,reg14=0x1 "
          "actions=dec_ttl,resubmit(,22)");
    check(STAGE_LR_IN_IP_ROUTING, "ip6", "ip4.src = 10.0.0.1; next;",
          "table=21: actions=drop");
}

static void
failures_keep_references(void **state)
{
    static const struct {
        const char *match, *actions, *field;
        enum lflow_ref_kind kind;
        const char *name;
    } rows[] = {
        { "ip4.src == $gone", "next;", "match:12", LFLOW_REF_ADDRESS_SET,
          "gone" },
        { "inport == @gone", "next;", "match:11", LFLOW_REF_PORT_GROUP,
          "gone" },
        { "ip4.src == ^gone", "next;", "match:12", LFLOW_REF_TEMPLATE,
          "gone" },
        { "ip4.src == $v4", "nonsense;", "actions:1", LFLOW_REF_ADDRESS_SET,
          "v4" },
    };

    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct lflow_source src = source(STAGE_LS_IN_ACL, rows[i].match,
                                         rows[i].actions);
        struct lflow_program program;
        struct err err = ERR_INIT;

        assert_int_equal(lflow_compile(&src, &program, &err),
                         -WEFT_E_INVALID);
        assert_string_equal(err.field, rows[i].field);
        assert_null(program.matches);
        assert_true(lflow_refs_contains(&program.refs, rows[i].kind,
                                        rows[i].name));
        err_clear(&err);
        lflow_program_destroy(&program);
    }
}

static void
references(void **state)
{
    struct lflow_source src = source(STAGE_LS_IN_L2_LKUP,
                                     "ip4 && eth.dst == 00:00:00:00:00:01",
                                     "outport = \"b\"; output;");
    struct lflow_program program;

    (void) state;
    assert_int_equal(lflow_compile(&src, &program, NULL), 0);
    assert_true(lflow_refs_contains(&program.refs, LFLOW_REF_PORT, "b"));
    lflow_program_destroy(&program);
    src.actions = "next;";
    assert_int_equal(lflow_compile(&src, &program, NULL), 0);
    assert_int_equal(hmap_count(&program.refs.map), 0);
    lflow_program_destroy(&program);
}

/* No packet that gets here has port b (key 2) as its outport. */
static bool
not_out_of_b(const struct lflow_scope *s OVS_UNUSED,
             enum mf_field_id field, uint32_t key)
{
    return field != MFF_LOG_OUTPORT || key != 2;
}

static void
impossible_ports(void **state)
{
    struct lflow_scope_class class = *test_scope.class;
    struct lflow_scope narrow = { &class };

    (void) state;
    class.port_is_possible = not_out_of_b;
    scope = &narrow;
    check(STAGE_LS_IN_ACL, "inport == {\"a\", \"b\"}", "drop;",
          "table=16: reg14=0x1 reg14=0x2 actions=drop");
    check(STAGE_LS_OUT_ACL, "outport == {\"a\", \"b\"}", "drop;",
          "table=46: reg15=0x1 actions=drop");
    check(STAGE_LS_OUT_ACL, "outport == @pg && ip4", "drop;",
          "table=46: ip,reg15=0x1 actions=drop");
    check(STAGE_LS_OUT_ACL, "outport == \"b\" && ip4.src == {1.1.1.1, 1.2.2.2}"
          " && ip4.dst == {1.1.1.1, 1.2.2.2}", "drop;",
          "table=46: actions=drop");
    check(STAGE_LS_OUT_ACL, "outport == \"b\" || ip4", "drop;",
          "table=46: ip actions=drop");
    scope = &test_scope;
}

static int
setup(void **state)
{
    (void) state;
    test_scope_init();
    return 0;
}

static int
teardown(void **state)
{
    (void) state;
    test_scope_destroy();
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flows),
        cmocka_unit_test(prerequisites_of_actions),
        cmocka_unit_test(failures_keep_references),
        cmocka_unit_test(references),
        cmocka_unit_test(impossible_ports),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
