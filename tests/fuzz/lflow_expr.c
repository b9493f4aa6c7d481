/* Any bytes as a match expression: no crash, no hang, and what is accepted
 * formats to what is accepted again and evaluates the same. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "flow.h"
#include "lflow/expr.h"
#include "lflow/lexer.h"
#include "lib/err.h"
#include "openvswitch/match.h"
#include "../unit/lflow_match_support.h"
#include "util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The tokens of 'text', which need not end with a NUL. */
static void
lex_all(const char *text, size_t size)
{
    struct lexer lexer;

    lexer_init(&lexer, "match", text, size);
    while (lexer_get(&lexer) != LEX_END) {
        lexer_lookahead(&lexer);
    }
    lexer_destroy(&lexer);
}

static void
check(const struct expr *parsed, struct lflow_arena *arena)
{
    struct lflow_matches *matches;
    const struct expr *again, *e;
    struct flow flow;
    char *s = expr_to_string(parsed);
    bool reparsed = !expr_parse_string(s, &test_scope, NULL, arena, &again,
                                       NULL);

    test_random_flow(&flow);
    /* Only length can keep what was written from being read. */
    ovs_assert(reparsed || strlen(s) > 4096);
    if (reparsed) {
        ovs_assert(expr_evaluate(parsed, &flow, &test_scope)
                   == expr_evaluate(again, &flow, &test_scope));
    }
    free(s);
    ovs_assert(!expr_annotate(parsed, arena, &e, NULL));
    ovs_assert(expr_evaluate(parsed, &flow, &test_scope)
               == expr_evaluate(e, &flow, &test_scope));
    if (!expr_simplify(e, &test_scope, NULL, arena, &e, NULL)
        && !expr_to_matches(e, &matches, NULL)) {
        size_t n = lflow_matches_count(matches);
        struct match match;

        for (size_t i = 0; i < MIN(n, 100); i++) {
            lflow_matches_get(matches, i, 1, &match);
        }
        lflow_matches_destroy(matches);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lflow_arena arena = LFLOW_ARENA_INIT;
    struct err err = ERR_INIT;
    const struct expr *expr;
    char *text;

    test_scope_init();
    text = xmemdup(data, MAX(size, 1));
    lex_all(text, size);
    free(text);
    text = xmemdup0((const char *) data, size);
    if (!expr_parse_string(text, &test_scope, NULL, &arena, &expr, &err)) {
        check(expr, &arena);
    } else {
        ovs_assert(err.code && err.message);
    }
    err_clear(&err);
    free(text);
    lflow_arena_destroy(&arena);
    test_scope_destroy();
    return 0;
}
