/* Any bytes as a microflow: no crash, no hang, and where a packet is made the
 * expression is true for it. */
#include <config.h>

#include <stdlib.h>

#include "flow.h"
#include "lflow/expr.h"
#include "lib/err.h"
#include "../unit/lflow_match_support.h"
#include "util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lflow_arena arena = LFLOW_ARENA_INIT;
    char *text = xmemdup0((const char *) data, size);
    struct err err = ERR_INIT;
    const struct expr *expr;
    struct flow flow;

    test_scope_init();
    if (!expr_parse_microflow(text, &test_scope, NULL, &flow, &err)) {
        ovs_assert(!expr_parse_string(text, &test_scope, NULL, &arena, &expr,
                                      NULL));
        ovs_assert(expr_evaluate(expr, &flow, &test_scope));
    } else {
        ovs_assert(err.code && err.message);
    }
    err_clear(&err);
    test_scope_destroy();
    lflow_arena_destroy(&arena);
    free(text);
    return 0;
}
