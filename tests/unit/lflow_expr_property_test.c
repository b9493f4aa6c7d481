/* Properties of match expressions that hold for all of them, tried on random
 * ones and random packets:
 *
 * - format(parse(x)) parses, to something that formats the same;
 * - parsed, annotated, simplified and normalised tree and the OpenFlow
 *   matches accept the same packets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <config.h>

#include <stdlib.h>

#include "flow.h"
#include "lflow_match_support.h"
#include "lib/err.h"
#include "openvswitch/match.h"
#include "random.h"
#include "util.h"

enum { N_EXPRS = 12000, N_FLOWS = 24 };

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

static const struct expr *
parse(const char *text, struct lflow_arena *arena)
{
    struct err err = ERR_INIT;
    const struct expr *expr;

    if (expr_parse_string(text, &test_scope, NULL, arena, &expr, &err)) {
        fail_msg("%s: %s: %s", text, err.field, err.message);
    }
    return expr;
}

static void
format_is_fixed_point(void **state)
{
    (void) state;
    random_set_seed(1);
    for (int i = 0; i < N_EXPRS; i++) {
        struct lflow_arena arena = LFLOW_ARENA_INIT;
        char *text = test_random_expr(1 + i % 8);
        char *once = expr_to_string(parse(text, &arena));
        char *twice = expr_to_string(parse(once, &arena));

        assert_string_equal(once, twice);
        free(text);
        free(once);
        free(twice);
        lflow_arena_destroy(&arena);
    }
}

/* All forms of one expression. */
struct forms {
    const struct expr *parsed, *reparsed, *annotated, *simplified;
    const struct expr *normalized, *renormalized;
    struct lflow_matches *matches;
};

static bool
make_forms(const char *text, struct lflow_arena *arena, struct forms *f)
{
    struct err err = ERR_INIT;
    char *s;

    f->parsed = parse(text, arena);
    s = expr_to_string(f->parsed);
    f->reparsed = parse(s, arena);
    free(s);
    assert_int_equal(expr_annotate(f->parsed, arena, &f->annotated, &err), 0);
    if (expr_simplify(f->annotated, &test_scope, NULL, arena, &f->simplified,
                      &err)
        || expr_normalize(f->simplified, arena, &f->normalized, &err)) {
        assert_int_equal(err.code, -WEFT_E_TOO_LARGE);
        err_clear(&err);
        return false;
    }
    assert_true(expr_is_normalized(f->normalized));
    s = expr_to_string(f->normalized);
    f->renormalized = test_parse(s, arena, &err);
    if (!f->renormalized && err.code == -WEFT_E_TOO_LARGE) {
        f->renormalized = f->normalized;    /* More text than is allowed. */
        err_clear(&err);
    } else if (!f->renormalized) {
        fail_msg("%s: normal form %s: %s: %s", text, s, err.field,
                 err.message);
    }
    free(s);
    assert_int_equal(expr_to_matches(f->normalized, &f->matches, &err), 0);
    return true;
}

/* What we mean is what the switch gets. */
static void
check_openflow(const char *text, const struct lflow_matches *matches)
{
    for (size_t i = 0; i < lflow_matches_count(matches); i++) {
        struct match match;

        lflow_matches_get(matches, i, 1, &match);
        if (!test_match_survives_openflow(&match)) {
            char *s = match_to_string(&match, NULL, 0);
            fail_msg("%s: not OpenFlow: %s", text, s);
        }
    }
}

static void
forms_agree(void **state)
{
    unsigned int n_accepted = 0, n_too_large = 0;

    (void) state;
    random_set_seed(2);
    for (int i = 0; i < N_EXPRS; i++) {
        struct lflow_arena arena = LFLOW_ARENA_INIT;
        char *text = test_random_expr(1 + i % 7);
        struct forms f;

        if (!make_forms(text, &arena, &f)) {
            n_too_large++;
            free(text);
            lflow_arena_destroy(&arena);
            continue;
        }
        if (lflow_matches_n_conjs(f.matches) > 200
            || lflow_matches_count(f.matches) > 5000) {
            n_too_large++;
        } else {
            check_openflow(text, f.matches);
            for (int j = 0; j < N_FLOWS; j++) {
                struct flow flow;
                bool accepts;

                test_random_flow(&flow);
                accepts = expr_evaluate(f.parsed, &flow, &test_scope);
                n_accepted += accepts;
#define AGREE(FORM)                                                     \
                if (expr_evaluate(f.FORM, &flow, &test_scope) != accepts) { \
                    char *s = flow_to_string(&flow, NULL);              \
                    fail_msg(#FORM " of %s differs for %s", text, s);   \
                }
                AGREE(reparsed)
                AGREE(annotated)
                AGREE(simplified)
                AGREE(normalized)
                AGREE(renormalized)
#undef AGREE
                if (test_matches_accept(f.matches, &flow) != accepts) {
                    char *s = flow_to_string(&flow, NULL);
                    fail_msg("matches of %s differ (%d) for %s", text,
                             accepts, s);
                }
            }
        }
        lflow_matches_destroy(f.matches);
        lflow_arena_destroy(&arena);
        free(text);
    }

    /* The packets must be such that expressions are true often enough. */
    assert_true(n_accepted > N_EXPRS * N_FLOWS / 20);
    assert_true(n_too_large < N_EXPRS / 20);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(format_is_fixed_point),
        cmocka_unit_test(forms_agree),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
