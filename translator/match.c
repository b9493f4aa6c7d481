/* Matches that people write: what cannot be understood is told in the row's
 * status and makes no flow.  Whether the sets and ports that a match names
 * are there is not asked: agents compile it again when they come. */
#include <config.h>

#include <string.h>

#include "lflow/expr.h"
#include "lib/err.h"
#include "translator/generate.h"

static const struct constant_set *
any_address_set(const struct lflow_scope *scope OVS_UNUSED,
                const char *name OVS_UNUSED)
{
    static const struct constant_set none;

    return &none;
}

static const struct port_set *
any_port_group(const struct lflow_scope *scope OVS_UNUSED,
               const char *name OVS_UNUSED)
{
    static const struct port_set none;

    return &none;
}

static const struct lflow_scope_class any_class = {
    .address_set = any_address_set,
    .port_group = any_port_group,
};

bool
match_is_good(struct generate *g, const char *match)
{
    const struct lflow_scope scope = { &any_class };
    struct lflow_arena arena = LFLOW_ARENA_INIT;
    const struct expr *expr;
    struct err err = ERR_INIT;
    int error = 0;

    /* What a template variable stands for only chassis know. */
    if (!strchr(match, '^')) {
        error = expr_parse_string(match, &scope, NULL, &arena, &expr, &err);
        if (!error) {
            error = expr_annotate(expr, &arena, &expr, &err);
        }
    }
    lflow_arena_destroy(&arena);
    if (error) {
        generate_error(g, "match", "%s", err.message);
    }
    err_clear(&err);
    return !error;
}
