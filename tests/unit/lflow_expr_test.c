/* Each step of an expression's way to OpenFlow, and errors: as data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "flow.h"
#include "lflow/limits.h"
#include "lflow_match_support.h"
#include "lib/err.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-flow.h"
#include "util.h"

enum step { PARSE, ANNOTATE, SIMPLIFY, NORMALIZE };

/* 'text' taken to 'step', or "error FIELD: MESSAGE". */
static char *
take(const char *text, enum step step)
{
    struct lflow_arena arena = LFLOW_ARENA_INIT;
    struct err err = ERR_INIT;
    const struct expr *e;
    char *result, *s;

    if (expr_parse_string(text, &test_scope, NULL, &arena, &e, &err)
        || (step >= ANNOTATE && expr_annotate(e, &arena, &e, &err))
        || (step >= SIMPLIFY
            && expr_simplify(e, &test_scope, NULL, &arena, &e, &err))
        || (step >= NORMALIZE && expr_normalize(e, &arena, &e, &err))) {
        s = err_to_string(&err);
        result = xasprintf("error %s", s);
        free(s);
        err_clear(&err);
    } else {
        result = expr_to_string(e);
    }
    lflow_arena_destroy(&arena);
    return result;
}

struct row {
    const char *input, *expected;
};

static void
check_rows(const struct row rows[], size_t n, enum step step)
{
    for (size_t i = 0; i < n; i++) {
        char *s = take(rows[i].input, step);

        assert_string_equal(s, rows[i].expected);
        free(s);
    }
}

static void
parsing(void **state)
{
    static const struct row rows[] = {
        { "1", "1" },
        { "0 || ip4", "ip4" },
        { "ip4 && 0", "0" },
        { "(((ip4)))", "ip4" },
        { "ip4 && (ip6 && tcp)", "ip4 && ip6 && tcp" },
        { "ip4 && (ip6 || tcp)", "ip4 && (ip6 || tcp)" },
        { "!(eth.mcast && tcp.src[0])", "!eth.mcast || !tcp.src[0]" },
        { "!(eth.mcast || !(tcp.src < 5))",
          "!eth.mcast && tcp.src < 0x5" },
        { "tcp.src == 80", "tcp.src == 0x50" },
        { "80 == tcp.src", "tcp.src == 0x50" },
        { "80 < tcp.src", "tcp.src > 0x50" },
        { "80 <= tcp.src < 90", "tcp.src >= 0x50 && tcp.src < 0x5a" },
        { "!(90 > tcp.src > 80)", "tcp.src >= 0x5a || tcp.src <= 0x50" },
        { "ip4.src == {1.2.3.4, 10.0.0.0/8,}",
          "ip4.src == 0x1020304 || ip4.src[24..31] == 0xa" },
        { "ip4.src != {1.2.3.4 5.6.7.8}",
          "ip4.src != 0x1020304 && ip4.src != 0x5060708" },
        { "ip4.src == 10.0.0.1/255.0.0.255",
          "ip4.src == 0xa000001/0xff0000ff" },
        { "vlan.tci[12]", "vlan.tci[12]" },
        { "vlan.tci[12] == 0", "!vlan.tci[12]" },
        { "reg0[3..7] != 5", "reg0[3..7] != 0x5" },
        { "inport == \"a\"", "inport == \"a\"" },
        { "inport == @pg", "inport == \"a\" || inport == \"b\"" },
        { "inport == @pg0", "0" },
        { "ip4.src == $empty", "0" },
        { "ip4.src != $empty", "1" },
        { "eth.src == $mac", "eth.src == 0x1 || eth.src == 0x2" },
        { "ip4.src == ^vip && ^m", "ip4.src == 0xa000001 && ip4" },
        { "!is_chassis_resident(\"x\")", "!is_chassis_resident(\"x\")" },
        { "ip4 && ip6 // and so on", "ip4 && ip6" },
        { "ct_label == 0x1/0x3", "ct_label[0..1] == 0x1" },
    };

    (void) state;
    check_rows(rows, ARRAY_SIZE(rows), PARSE);
}

static void
annotation(void **state)
{
    static const struct row rows[] = {
        { "ip4", "eth.type == 0x800" },
        { "arp.op == 1", "arp.op == 0x1 && eth.type == 0x806" },
        { "reg1 == 5", "xxreg0[64..95] == 0x5" },
        { "reg9[0]", "xreg4[0]" },
        { "vlan.vid == 3", "vlan.tci[0..11] == 0x3 && vlan.tci[12]" },
        { "vlan.vid != 3", "vlan.tci[0..11] != 0x3 && vlan.tci[12]" },
        { "!ct.new", "!ct_state[0] && ct_state[5]" },
        { "!ip.is_frag",
          "!ip.frag[0] && (eth.type == 0x800 || eth.type == 0x86dd)" },
        { "eth.mcast > 0", "eth.dst[40]" },
        { "eth.mcast >= 0", "1" },
        { "eth.mcast == {0, 1}", "1" },
        { "eth.mcast <= 0", "!eth.dst[40]" },
        { "tcp.src == {1, 2}",
          "(tcp.src == 0x1 || tcp.src == 0x2) && ip.proto == 0x6 && "
          "(eth.type == 0x800 || eth.type == 0x86dd)" },
    };

    (void) state;
    check_rows(rows, ARRAY_SIZE(rows), ANNOTATE);
}

static void
simplification(void **state)
{
    static const struct row rows[] = {
        { "is_chassis_resident(\"a\") && eth.mcast", "eth.dst[40]" },
        { "!is_chassis_resident(\"a\") && eth.mcast", "0" },
        { "!is_chassis_resident(\"b\") || eth.mcast", "1" },
        { "inport == \"nowhere\" || eth.mcast", "eth.dst[40]" },
        { "inport == {\"a\", \"nowhere\"}", "inport == \"a\"" },
        { "reg8[0..3] < 0", "0" },
        { "reg8[0..3] >= 0", "1" },
        { "reg8[0..3] > 15", "0" },
        { "reg8[0..3] <= 15", "1" },
        { "reg8[0..3] < 3", "xreg4[32..35] == 0x2 || xreg4[33..35] == 0" },
        { "pkt.mark == 0.0.0.0/0", "1" },
        { "pkt.mark != 0.0.0.0/0", "0" },
        { "reg9[0..1] != 2", "xreg4[0..1] == 0x3 || !xreg4[1]" },
        { "eth.src == {00:00:00:00:00:01, 00:00:00:00:00:01}",
          "eth.src == 0x1" },
        { "eth.src == {00:00:00:00:00:01/00:00:00:00:00:01, "
          "00:00:00:00:00:03}", "eth.src[0]" },
    };

    (void) state;
    check_rows(rows, ARRAY_SIZE(rows), SIMPLIFY);
}

static void
normalization(void **state)
{
    static const struct row rows[] = {
        { "ip4 && ip6", "0" },
        { "eth.mcast || !eth.mcast", "!eth.dst[40] || eth.dst[40]" },
        { "eth.mcast || reg0 == 1 || 1", "1" },
        { "reg0 == 1 || reg0 == 2",
          "xxreg0[96..127] == 0x1 || xxreg0[96..127] == 0x2" },
        { "reg0 == {1, 2} && reg0 == {2, 3}", "xxreg0[96..127] == 0x2" },
        { "reg0 == 1 && reg1 == 2", "xxreg0[64..127] == 0x100000002" },
        { "(reg0 == 1 && reg4 == 2) || (reg0 == 1 && reg4 == 3)",
          "xxreg0[96..127] == 0x1 && "
          "(xxreg1[96..127] == 0x2 || xxreg1[96..127] == 0x3)" },
        { "(reg0 == 1 && reg4 == 2) || reg0 == 1",
          "xxreg0[96..127] == 0x1" },
        { "pkt.mark == 1 && (ct_mark == 2 || flags == 3)",
          "(pkt.mark == 0x1 && ct_mark == 0x2) || "
          "(pkt.mark == 0x1 && flags == 0x3)" },
        { "ip.proto == 6 && (ip4 || ip6)",
          "(eth.type == 0x800 || eth.type == 0x86dd) && ip.proto == 0x6" },
        { "vlan.pcp == 3 && vlan.vid == 4",
          "vlan.tci == 0x7004" },
        { "!vlan.present", "!vlan.tci[12]" },
        { "arp.op == 0x101", "0" },
        { "ct_state[20]", "0" },
        { "inport == {\"c\", \"a\"} && inport == {\"b\", \"c\"}",
          "inport == \"c\"" },
    };

    (void) state;
    check_rows(rows, ARRAY_SIZE(rows), NORMALIZE);
}

/* The flows of 'text' in one line, separated by "; ". */
static char *
flows_of(const char *text)
{
    struct lflow_arena arena = LFLOW_ARENA_INIT;
    struct ds s = DS_EMPTY_INITIALIZER;
    struct lflow_matches *m;
    const struct expr *e = test_parse(text, &arena, NULL);

    assert_non_null(e);
    assert_int_equal(expr_to_matches(e, &m, NULL), 0);
    for (size_t i = 0; i < lflow_matches_count(m); i++) {
        const struct lflow_clause *c;
        struct match match;
        size_t n;

        ds_put_cstr(&s, i ? "; " : "");
        lflow_matches_get(m, i, 7, &match);
        match_format(&match, NULL, &s, OFP_DEFAULT_PRIORITY);
        c = lflow_matches_clauses(m, i, &n);
        for (size_t j = 0; j < n; j++) {
            ds_put_format(&s, " %u:%d/%d", c[j].conj, c[j].clause + 1,
                          c[j].n_clauses);
        }
    }
    lflow_matches_destroy(m);
    lflow_arena_destroy(&arena);
    return ds_steal_cstr(&s);
}

static void
openflow(void **state)
{
    static const struct row rows[] = {
        { "1", "" },
        { "0", "" },
        { "inport == \"p1\" && ip4", "ip,reg14=0x11" },
        { "tcp", "tcp; tcp6" },
        { "tcp.dst == {80, 443}",
          "tcp,tp_dst=80; tcp,tp_dst=443; tcp6,tp_dst=80; "
          "tcp6,tp_dst=443" },
        { "ip.dscp == 46 && ip4", "ip,nw_tos=184" },
        { "ip.ecn == 2 && ip6", "ipv6,nw_ecn=2" },
        { "vlan.pcp[0] && vlan.pcp[2]", "dl_vlan_pcp=5; dl_vlan_pcp=7" },
        { "vlan.tci[13..15] == 0", "dl_vlan_pcp=0; "
          "vlan_tci=0x0000/0x1000" },
        { "ip4 && ip.later_frag && tcp.src == 5", "" },
        { "ip4 && ip.is_frag && tcp.src == 5",
          "tcp,nw_frag=first,tp_src=5" },
        { "nd_ns && nd.target == fe80::1",
          "icmp6,nw_ttl=255,icmp_type=135,icmp_code=0,nd_target=fe80::1" },
        { "pkt.mark == {1, 2} && ct_mark == {3, 4}",
          "pkt_mark=0x1,ct_mark=0x3; pkt_mark=0x1,ct_mark=0x4; "
          "pkt_mark=0x2,ct_mark=0x3; pkt_mark=0x2,ct_mark=0x4" },
        { "pkt.mark == {1, 2, 3} && ct_mark == {4, 5, 6}",
          "pkt_mark=0x1 1:1/2; pkt_mark=0x2 1:1/2; pkt_mark=0x3 1:1/2; "
          "ct_mark=0x4 1:2/2; ct_mark=0x5 1:2/2; ct_mark=0x6 1:2/2; "
          "conj_id=7" },
        { "pkt.mark == 1 || (pkt.mark == {1, 2} && ct_mark == {4, 5, 6})",
          "pkt_mark=0x1; pkt_mark=0x2,ct_mark=0x4; pkt_mark=0x2,ct_mark=0x5; "
          "pkt_mark=0x2,ct_mark=0x6" },
        { "pkt.mark == 1 "
          "|| (pkt.mark == {1, 2, 3, 4} && ct_mark == {4, 5, 6})",
          "pkt_mark=0x1; pkt_mark=0x2 1:1/2; pkt_mark=0x3 1:1/2; "
          "pkt_mark=0x4 1:1/2; ct_mark=0x4 1:2/2; ct_mark=0x5 1:2/2; "
          "ct_mark=0x6 1:2/2; conj_id=7" },
        { "(pkt.mark == {1, 2, 3} && ct_mark == {4, 5, 6}) || "
          "(pkt.mark == {1, 2, 3} && flags == {7, 8, 9})",
          "pkt_mark=0x1 1:1/2 2:1/2; pkt_mark=0x2 1:1/2 2:1/2; "
          "pkt_mark=0x3 1:1/2 2:1/2; ct_mark=0x4 1:2/2; ct_mark=0x5 1:2/2; "
          "ct_mark=0x6 1:2/2; reg10=0x7 2:2/2; reg10=0x8 2:2/2; "
          "reg10=0x9 2:2/2; conj_id=7; conj_id=8" },
    };

    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char *s = flows_of(rows[i].input);

        assert_string_equal(s, rows[i].expected);
        free(s);
    }
}

/* Wording is compared with stock OVN's in tests/oracle/lflow_expr.py; here:
 * the place, and what is ours. */
static void
errors(void **state)
{
    static const struct row rows[] = {
        { "ip4 &&", "error match:7: Syntax error at end of input expecting "
                    "constant." },
        { "ip4 && !ip6", "error match:9: Nominal predicate ip6 may only be "
          "tested positively, e.g. `ip6' or `ip6 == 1' but not `!ip6' or "
          "`ip6 == 0'." },
        { "ip4 && ip.proto != 3", "error match:8: Nominal field ip.proto "
          "may only be tested for equality (taking enclosing `!' operators "
          "into account). (at `ip.proto')" },
        { "ip4 || ip6 && tcp", "error match:12: && and || must be "
          "parenthesized when used together. (at `&&')" },
        { "ip4 && tcp.src", "error match:8: Explicit `!= 0' is required for "
          "inequality test of multibit field against 0. (at `tcp.src')" },
        { "tcp.src == {1, 65536}", "error match:12: 17-bit constant is not "
          "compatible with 16-bit field tcp.src. (at `{')" },
        { "ip4.src == ::1", "error match:12: 128-bit constant is not "
          "compatible with 32-bit field ip4.src. (at `::1')" },
        { "tcp.src == 0.0.0.1", "error match:12: 32-bit constant is not "
          "compatible with 16-bit field tcp.src. (at `0.0.0.1')" },
        { "tcp.src[0..3] == 16", "error match:18: 5-bit constant is not "
          "compatible with 4-bit field tcp.src. (at `16')" },
        { "icmp4.frag_mtu == 3", "error match:1: Field icmp4.frag_mtu may "
          "be used only in actions. (at `icmp4.frag_mtu')" },
        { "ip4.src == ^nothing", "error match:12: Syntax error at "
          "`^nothing' expecting constant." },
        { "ip4.src == $nothing", "error match:12: Syntax error at "
          "`$nothing' expecting address set name." },
        { "inport == @nothing", "error match:11: Syntax error at "
          "`@nothing' expecting port group name." },
        { "", "error match:1: Syntax error at end of input expecting "
              "constant." },
    };

    (void) state;
    check_rows(rows, ARRAY_SIZE(rows), PARSE);
}

static void
nesting_is_bounded(void **state)
{
    char text[2 * LFLOW_MAX_DEPTH + 16];
    char *s;

    (void) state;
    for (int n = LFLOW_MAX_DEPTH; n <= LFLOW_MAX_DEPTH + 1; n++) {
        memset(text, '(', n);
        text[n] = '1';
        memset(text + n + 1, ')', n);
        text[2 * n + 1] = '\0';
        s = take(text, PARSE);
        assert_string_equal(s, n == LFLOW_MAX_DEPTH ? "1"
                            : "error match:101: Parentheses nested too "
                              "deeply. (at `(')");
        free(s);
    }
}

static void
terms_are_bounded(void **state)
{
    static const char *const fields[] = {
        "reg0", "reg4", "reg8", "ct_mark", "ct_label", "pkt.mark", "flags",
        "eth.src", "eth.dst", "vlan.tci", "ip4.src", "ip4.dst", "tcp.src",
        "tcp.dst", "tcp.flags", "ct_state"
    };
    struct ds s = DS_EMPTY_INITIALIZER;
    char *result;

    /* Sixteen sums of two different fields: 2**16 terms, none of which can
     * be joined with another. */
    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        ds_put_format(&s, "%s(%s[0] || %s[1..2] == 1)", i ? " && " : "",
                      fields[i], fields[(i + 1) % ARRAY_SIZE(fields)]);
    }
    result = take(ds_cstr(&s), NORMALIZE);
    assert_string_equal(result, "error match: the expression becomes too "
                        "large (more than 16384 terms or too much work)");
    free(result);
    ds_destroy(&s);
}

static void
microflows(void **state)
{
    static const struct {
        const char *text;
        const char *error;      /* Part of the message, or NULL. */
        const char *field;      /* Of which an expression is true. */
    } rows[] = {
        { "inport == \"a\" && eth.src == 00:00:00:00:00:01 && ip4 "
          "&& ip4.src == 10.0.0.1 && ip.ttl == 64 && tcp.dst == 80", NULL,
          "inport == \"a\" && tcp && ip4.src == 10.0.0.1 && ip.ttl == 64 "
          "&& tcp.dst == 80 && tcp.src == 0 && eth.dst[0..47] == 0" },
        { "arp.op == 1 && arp.tpa == 1.2.3.4", NULL, "arp && arp.op == 1" },
        { "ip6 && nd.target == fe80::1 && nd_ns", NULL, "nd_ns" },
        { "ip4.src == 10.0.0.0/8 && ip4", NULL, "ip4.src == 10.0.0.0" },
        { "ip4 && ip.frag == 1", NULL, "ip.first_frag" },
        { "ct.est", NULL, "ct.est && ct.trk && !ct.new" },
        { "vlan.vid == 5", NULL, "vlan.present && vlan.vid == 5" },
        { "(ip4 || ip6) && ip4 && udp", NULL, "udp" },
        { "tcp.src == 80", "ambiguous: tcp.src", NULL },
        { "ip4 && tcp.src > 1024", "ambiguous: eth.type", NULL },
        { "reg0 == 1 || reg4 == 2", "ambiguous: xxreg0[96..127] == 0x1 || ",
          NULL },
        { "ip4 && ip6", "contradictory", NULL },
        { "inport == \"nowhere\"", "contradictory", NULL },
        { "nd.target == fe80::1", "ambiguous: nd.target", NULL },
        { "ip4 &&", "expecting constant", NULL },
    };

    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct lflow_arena arena = LFLOW_ARENA_INIT;
        struct err err = ERR_INIT;
        const struct expr *e;
        struct flow flow;
        int error = expr_parse_microflow(rows[i].text, &test_scope, NULL,
                                         &flow, &err);

        assert_int_equal(error, rows[i].error ? -WEFT_E_INVALID : 0);
        if (rows[i].error) {
            assert_non_null(strstr(err.message, rows[i].error));
        } else {
            e = test_parse(rows[i].field, &arena, NULL);
            assert_non_null(e);
            if (!expr_evaluate(e, &flow, &test_scope)) {
                fail_msg("%s: not %s", rows[i].text, rows[i].field);
            }
        }
        err_clear(&err);
        lflow_arena_destroy(&arena);
    }
}

static void
references(void **state)
{
    struct lflow_arena arena = LFLOW_ARENA_INIT;
    struct lflow_refs refs, moved;
    const struct expr *e;

    (void) state;
    lflow_refs_init(&refs);
    assert_int_equal(
        expr_parse_string("inport == {\"a\", \"new\", @pg} && ip4.src == "
                          "{$v4, $v4} && is_chassis_resident(\"x\") && ^m",
                          &test_scope, &refs, &arena, &e, NULL), 0);
    assert_int_equal(expr_annotate(e, &arena, &e, NULL), 0);
    assert_int_equal(expr_simplify(e, &test_scope, &refs, &arena, &e, NULL),
                     0);
    assert_int_equal(
        expr_parse_string("ip4.src == $gone", &test_scope, &refs, &arena, &e,
                          NULL), -WEFT_E_INVALID);
    assert_int_equal(hmap_count(&refs.map), 7);
    lflow_refs_move(&moved, &refs);
    assert_int_equal(hmap_count(&refs.map), 0);
    assert_true(lflow_refs_contains(&moved, LFLOW_REF_PORT, "a"));
    assert_true(lflow_refs_contains(&moved, LFLOW_REF_PORT, "new"));
    assert_true(lflow_refs_contains(&moved, LFLOW_REF_PORT_GROUP, "pg"));
    assert_true(lflow_refs_contains(&moved, LFLOW_REF_ADDRESS_SET, "v4"));
    assert_true(lflow_refs_contains(&moved, LFLOW_REF_ADDRESS_SET, "gone"));
    assert_true(lflow_refs_contains(&moved, LFLOW_REF_RESIDENT, "x"));
    assert_true(lflow_refs_contains(&moved, LFLOW_REF_TEMPLATE, "m"));
    assert_false(lflow_refs_contains(&moved, LFLOW_REF_PORT, "b"));
    assert_string_equal(lflow_ref_kind_to_string(LFLOW_REF_PORT_GROUP),
                        "port group");
    lflow_refs_destroy(&moved);
    lflow_refs_destroy(&refs);
    lflow_arena_destroy(&arena);
}

static void
address_sets(void **state)
{
    static const char *const members[] = {
        "10.0.0.2", "10.0.0.1", "nonsense", "10.0.0.2", "10.0.0.0/24",
        "fe80::1"
    };
    struct err err = ERR_INIT;
    struct constant_set *set;

    (void) state;
    set = constant_set_create(members, ARRAY_SIZE(members), &err);
    assert_int_equal(set->n, 4);
    assert_int_equal(set->n_bits, 128);
    assert_true(set->any_masked);
    assert_int_equal(err.code, -WEFT_E_INVALID);
    err_clear(&err);
    constant_set_destroy(set);
    set = constant_set_create(NULL, 0, NULL);
    assert_int_equal(set->n, 0);
    constant_set_destroy(set);
}

static void
templates(void **state)
{
    static const struct row rows[] = {
        { "", "" }, { "a", "a" }, { "^", "^" }, { "^ ^1", "^ ^1" },
        { "^vip", "10.0.0.1" }, { "x^vip;^m", "x10.0.0.1;ip4" },
        { "^nothing", "^nothing" }, { "\"^m\"", "\"ip4\"" },
        { "^^m", "^ip4" },
    };
    char *s;

    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        assert_int_equal(
            lflow_template_expand(rows[i].input, strlen(rows[i].input),
                                  &test_scope, NULL, &s, NULL), 0);
        assert_string_equal(s, rows[i].expected);
        free(s);
    }
}

static void
symbols(void **state)
{
    size_t n;
    const struct symbol *const *all = symbol_table(&n);

    (void) state;
    assert_true(n > 100);
    for (size_t i = 0; i < n; i++) {
        char *s = symbol_to_string(all[i]);

        assert_ptr_equal(symbol_by_name(all[i]->name), all[i]);
        assert_true(!i || strcmp(all[i - 1]->name, all[i]->name) < 0);
        assert_true(s[0]);
        free(s);
        if (all[i]->field) {
            assert_true(all[i]->ofs + all[i]->n_bits
                        <= all[i]->field->n_bits);
        }
    }
    assert_null(symbol_by_name("nothing"));
    assert_null(symbol_find("ip4.srcx", 6));
    assert_non_null(symbol_find("ip4.srcx", 7));
    assert_int_equal(symbol_by_name("ip4")->level, LEVEL_NOMINAL);
    assert_int_equal(symbol_by_name("eth.mcast")->level, LEVEL_BOOLEAN);
    assert_int_equal(symbol_by_name("ip.first_frag")->level, LEVEL_BOOLEAN);
    assert_int_equal(symbol_by_name("tcp.src")->level, LEVEL_ORDINAL);
    assert_int_equal(symbol_by_name("ip.ttl")->level, LEVEL_NOMINAL);
    assert_false(symbol_by_name("ct_state")->writable);
    assert_true(symbol_by_name("reg0")->writable);
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
        cmocka_unit_test(parsing),
        cmocka_unit_test(annotation),
        cmocka_unit_test(simplification),
        cmocka_unit_test(normalization),
        cmocka_unit_test(openflow),
        cmocka_unit_test(errors),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(terms_are_bounded),
        cmocka_unit_test(microflows),
        cmocka_unit_test(references),
        cmocka_unit_test(address_sets),
        cmocka_unit_test(templates),
        cmocka_unit_test(symbols),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
