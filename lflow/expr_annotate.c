/* Prerequisites, predicates and subfields spelled out.
 *
 * A comparison becomes the same on its physical field's symbol, ANDed with
 * the prerequisites of the symbol and of those it is a part of; whether the
 * comparison is positive or negative makes no difference to that.  A
 * predicate becomes its expansion.  Both were parsed and annotated once, when
 * the symbol table was built, and are shared. */
#include <config.h>

#include "lflow/expr_node.h"

#include "lib/err.h"
#include "util.h"

/* 'expr', a comparison of integers, in the bits of its field's symbol. */
static const struct expr *
lower_compare(const struct expr *expr, struct lflow_arena *arena)
{
    const struct symbol *symbol = expr->compare.symbol;
    u128 ones = u128_ones(symbol->n_bits);
    struct constant *shifted;

    if (symbol == symbol->root) {
        return expr;
    }
    shifted = lflow_arena_alloc(arena, expr->compare.n * sizeof *shifted);
    for (unsigned int i = 0; i < expr->compare.n; i++) {
        const struct constant *c = &expr->compare.constants[i];

        shifted[i].value = c->value << symbol->ofs;
        shifted[i].mask = (c->mask & ones) << symbol->ofs;
    }
    return expr_compare_integers(arena, symbol->root, expr->compare.relop,
                                 shifted, expr->compare.n);
}

static int
annotate_predicate(const struct expr *expr, const struct expr **annotated,
                   struct err *err)
{
    const struct symbol *symbol = expr->compare.symbol;
    bool if_true = expr_compare_holds(expr, 1);
    bool if_false = expr_compare_holds(expr, 0);

    if (if_true == if_false) {
        *annotated = expr_boolean(if_true);
    } else if (if_true) {
        *annotated = symbol->expansion_expr;
    } else if (symbol->negation_expr) {
        *annotated = symbol->negation_expr;
    } else {
        return err_put(err, -WEFT_E_INVALID, "match",
                       "nominal predicate %s may only be tested positively",
                       symbol->name);
    }
    return 0;
}

static int
annotate_compare(const struct expr *expr, struct lflow_arena *arena,
                 const struct expr **annotated, struct err *err)
{
    const struct symbol *symbol = expr->compare.symbol;
    const struct expr *result;

    if (symbol->kind == SYMBOL_PREDICATE) {
        return annotate_predicate(expr, annotated, err);
    }
    result = symbol_is_string(symbol) ? expr : lower_compare(expr, arena);
    for (; symbol; symbol = symbol->parent) {
        result = expr_and(arena, result, symbol->prereqs_expr);
    }
    *annotated = result;
    return 0;
}

static int
annotate_list(const struct expr *expr, struct lflow_arena *arena,
              const struct expr **annotated, struct err *err)
{
    struct expr_list list = { NULL, 0, 0 };
    int error = 0;

    for (unsigned int i = 0; i < expr->list.n && !error; i++) {
        const struct expr *arg;

        error = expr_annotate(expr->list.args[i], arena, &arg, err);
        if (!error) {
            expr_list_add(&list, arg);
        }
    }
    const struct expr *result = expr_list_take(&list, expr->type, arena);
    if (!error) {
        *annotated = result;
    }
    return error;
}

int
expr_annotate(const struct expr *expr, struct lflow_arena *arena,
              const struct expr **annotated, struct err *err)
{
    switch (expr->type) {
    case EXPR_COMPARE:
        return annotate_compare(expr, arena, annotated, err);
    case EXPR_AND:
    case EXPR_OR:
        return annotate_list(expr, arena, annotated, err);
    case EXPR_BOOLEAN:
    case EXPR_RESIDENT:
        *annotated = expr;
        return 0;
    default:
        OVS_NOT_REACHED();
    }
}
