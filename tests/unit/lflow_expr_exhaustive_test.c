/* Every expression of up to three comparisons over two ordinal variables of
 * two bits and a string, in every combination of && and ||, with and without
 * an outer negation, on every packet: evaluated directly and through its
 * OpenFlow matches, it must be the same.
 *
 * The variables are reg0[0..1], reg4[0..1] (of other physical fields, so
 * that conjunctions arise) and inport.  A packet is one of 4 * 4 * 3 values:
 * what an expression or a match accepts is a 64-bit mask over packets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "flow.h"
#include "lflow/registers.h"
#include "lflow_match_support.h"
#include "lib/err.h"
#include "openvswitch/match.h"
#include "util.h"

enum { N_PACKETS = 4 * 4 * 3, MAX_ATOMS = 128, INPORT = 14 };

static struct flow packets[N_PACKETS];

/* A comparison, as text and as what it accepts. */
struct atom {
    char *text;
    uint64_t truth;
    bool has_negation;          /* May stand inside "!"? */
};
static struct atom atoms[MAX_ATOMS];
static size_t n_atoms;
static uint64_t n_cases, n_exprs, n_with_conjunctions;

static void
make_packets(void)
{
    for (int i = 0; i < N_PACKETS; i++) {
        packets[i].regs[0] = i & 3;
        packets[i].regs[4] = i >> 2 & 3;
        packets[i].regs[INPORT] = 1 + (i >> 4);
    }
}

static uint64_t
evaluate(const struct expr *expr)
{
    uint64_t truth = 0;

    for (int i = 0; i < N_PACKETS; i++) {
        if (expr_evaluate(expr, &packets[i], &test_scope)) {
            truth |= UINT64_C(1) << i;
        }
    }
    return truth;
}

static uint64_t
match_truth(const struct match *match)
{
    uint64_t truth = 0;

    for (int i = 0; i < N_PACKETS; i++) {
        uint32_t differ = 0;

        for (int j = 0; j < FLOW_N_REGS; j++) {
            differ |= (packets[i].regs[j] ^ match->flow.regs[j])
                      & match->wc.masks.regs[j];
        }
        truth |= (uint64_t) !differ << i;
    }
    return truth;
}

/* What a switch with 'm' accepts. */
static uint64_t
matches_truth(const struct lflow_matches *m)
{
    enum { MAX_CONJS = 16, MAX_CLAUSES = 4 };
    uint64_t clause_truth[MAX_CONJS][MAX_CLAUSES] = { { 0 } };
    size_t n_conjs = lflow_matches_n_conjs(m);
    size_t n_plain = lflow_matches_count(m) - n_conjs;
    uint64_t truth = 0;
    struct match match;

    assert_true(n_conjs <= MAX_CONJS);
    for (size_t i = 0; i < n_plain; i++) {
        const struct lflow_clause *c;
        uint64_t t;
        size_t n;

        lflow_matches_get(m, i, 1, &match);
        t = match_truth(&match);
        c = lflow_matches_clauses(m, i, &n);
        truth |= n ? 0 : t;
        for (size_t j = 0; j < n; j++) {
            assert_true(c[j].n_clauses <= MAX_CLAUSES);
            clause_truth[c[j].conj - 1][c[j].clause] |= t;
            for (int k = c[j].n_clauses; k < MAX_CLAUSES; k++) {
                clause_truth[c[j].conj - 1][k] = UINT64_MAX;
            }
        }
    }
    for (size_t i = 0; i < n_conjs; i++) {
        uint64_t t;

        lflow_matches_get(m, n_plain + i, 1, &match);
        assert_int_equal(match.flow.conj_id, 1 + i);
        t = match_truth(&match);
        for (int k = 0; k < MAX_CLAUSES; k++) {
            t &= clause_truth[i][k];
        }
        truth |= t;
    }
    n_with_conjunctions += n_conjs > 0;
    return truth;
}

/* Checks the expression 'text', which accepts 'truth'. */
static void
check(const char *text, uint64_t truth)
{
    static struct lflow_arena arena;
    struct lflow_matches *matches;
    struct err err = ERR_INIT;
    const struct expr *expr;
    uint64_t result;

    if (expr_parse_string(text, &test_scope, NULL, &arena, &expr, &err)
        || expr_annotate(expr, &arena, &expr, &err)
        || expr_simplify(expr, &test_scope, NULL, &arena, &expr, &err)
        || expr_to_matches(expr, &matches, &err)) {
        fail_msg("%s: %s", text, err.message);
    }
    result = matches_truth(matches);
    if (result != truth) {
        fail_msg("%s: should accept %#"PRIx64", matches accept %#"PRIx64,
                 text, truth, result);
    }
    /* Directly: for one in eight, which is what time allows. */
    if (!(n_exprs & 7) && evaluate(expr) != truth) {
        fail_msg("%s: evaluates wrongly", text);
    }
    lflow_matches_destroy(matches);
    lflow_arena_reset(&arena);
    n_exprs++;
    n_cases += N_PACKETS;
}

static void
add_atom(bool has_negation, char *text)
{
    struct lflow_arena arena = LFLOW_ARENA_INIT;
    const struct expr *expr;
    struct err err = ERR_INIT;

    assert_true(n_atoms < MAX_ATOMS);
    if (expr_parse_string(text, &test_scope, NULL, &arena, &expr, &err)) {
        fail_msg("%s: %s", text, err.message);
    }
    atoms[n_atoms++] = (struct atom) { text, evaluate(expr), has_negation };
    lflow_arena_destroy(&arena);
}

/* Comparisons, whose truth on every packet is checked against C's. */
static void
make_atoms(void)
{
    static const char *const relops[] = { "==", "!=", "<", "<=", ">", ">=" };

    for (int v = 0; v < 2; v++) {
        for (int r = 0; r < 6; r++) {
            for (unsigned int c = 0; c < 4; c++) {
                uint64_t expected = 0;

                add_atom(true, xasprintf("reg%d[0..1] %s %u", 4 * v,
                                         relops[r], c));
                for (int i = 0; i < N_PACKETS; i++) {
                    uint32_t x = packets[i].regs[4 * v];
                    bool t = r == 0 ? x == c : r == 1 ? x != c : r == 2
                             ? x < c : r == 3 ? x <= c : r == 4 ? x > c
                             : x >= c;

                    expected |= (uint64_t) t << i;
                }
                assert_int_equal(atoms[n_atoms - 1].truth, expected);
            }
        }
    }
    add_atom(false, xstrdup("inport == \"a\""));
    assert_int_equal(atoms[n_atoms - 1].truth, 0xffff);
    add_atom(false, xstrdup("inport == {\"b\", \"c\"}"));
    assert_int_equal(atoms[n_atoms - 1].truth, UINT64_C(0xffffffff) << 16);
    add_atom(false, xstrdup("inport == \"nowhere\""));
    assert_int_equal(atoms[n_atoms - 1].truth, 0);
}

static const char *const joints[] = { "&&", "||" };
static const uint64_t all = (UINT64_C(1) << N_PACKETS) - 1;

static uint64_t
combine(int joint, uint64_t a, uint64_t b)
{
    return joint ? a | b : a & b;
}

static void
check_pairs(void **state)
{
    char text[256];

    (void) state;
    for (size_t i = 0; i < n_atoms; i++) {
        check(atoms[i].text, atoms[i].truth);
        for (size_t j = 0; j < n_atoms; j++) {
            for (int k = 0; k < 2; k++) {
                uint64_t truth = combine(k, atoms[i].truth, atoms[j].truth);

                snprintf(text, sizeof text, "%s %s %s", atoms[i].text,
                         joints[k], atoms[j].text);
                check(text, truth);
                if (atoms[i].has_negation && atoms[j].has_negation) {
                    snprintf(text, sizeof text, "!(%s %s %s)", atoms[i].text,
                             joints[k], atoms[j].text);
                    check(text, truth ^ all);
                }
            }
        }
    }
}

/* (a op b) op2 c, all operators. */
static void
check_triple(size_t i, size_t j, size_t k)
{
    char text[256];

    for (int ops = 0; ops < 4; ops++) {
        int inner = ops & 1, outer = ops >> 1;
        uint64_t truth = combine(outer, combine(inner, atoms[i].truth,
                                                atoms[j].truth),
                                 atoms[k].truth);

        snprintf(text, sizeof text, "(%s %s %s) %s %s", atoms[i].text,
                 joints[inner], atoms[j].text, joints[outer], atoms[k].text);
        check(text, truth);
    }
}

static void
check_triples(void **state)
{
    (void) state;
    for (size_t i = 0; i < n_atoms; i++) {
        for (size_t j = i; j < n_atoms; j++) {
            for (size_t k = 0; k < n_atoms; k++) {
                check_triple(i, j, k);
            }
        }
    }
}

/* Sums of sets on both sides: conjunctions. */
static void
check_conjunctions(void **state)
{
    char text[512];

    (void) state;
    for (size_t i = 0; i < n_atoms; i++) {
        for (size_t j = 0; j < n_atoms; j++) {
            uint64_t truth = combine(1, atoms[i].truth, atoms[j].truth);

            /* The low bits of both registers are free but for one value:
             * three members each, with inport a third set. */
            snprintf(text, sizeof text,
                     "(reg0[0..1] != 0 && reg4[0..1] != 3"
                     " && inport == {\"a\", \"c\"}) && (%s || %s)",
                     atoms[i].text, atoms[j].text);
            for (int p = 0; p < N_PACKETS; p++) {
                if (packets[p].regs[0] == 0 || packets[p].regs[4] == 3
                    || packets[p].regs[INPORT] == 2) {
                    truth &= ~(UINT64_C(1) << p);
                }
            }
            check(text, truth);
        }
    }
    assert_true(n_with_conjunctions > 100);
}

static int
setup(void **state)
{
    (void) state;
    test_scope_init();
    make_packets();
    make_atoms();
    return 0;
}

static int
teardown(void **state)
{
    (void) state;
    for (size_t i = 0; i < n_atoms; i++) {
        free(atoms[i].text);
    }
    print_message("%"PRIu64" expressions, %"PRIu64" cases, %"PRIu64
                  " with conjunctions\n", n_exprs, n_cases,
                  n_with_conjunctions);
    assert_true(n_cases > 10000000);
    test_scope_destroy();
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_pairs),
        cmocka_unit_test(check_triples),
        cmocka_unit_test(check_conjunctions),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
