/* Inequalities to sets, conditions and names to constants.
 *
 * After this every comparison is "field == set". */
#include <config.h>

#include "lflow/expr_node.h"

#include "lflow/cset.h"
#include "lib/err.h"
#include "util.h"

/* What simplify functions need. */
struct simplifier {
    const struct lflow_scope *scope;
    struct lflow_refs *refs;
    struct lflow_arena *arena;
    struct err *err;
};

static int
too_large(struct simplifier *s, const struct symbol *symbol)
{
    return err_put(s->err, -WEFT_E_TOO_LARGE, "match",
                   "the comparisons with %s become too large",
                   symbol->name);
}

static const struct expr *
from_cset(struct simplifier *s, const struct symbol *symbol,
          const struct cset *set)
{
    return !set->n ? expr_boolean(false)
           : cset_is_full(set) ? expr_boolean(true)
           : expr_compare_integers(s->arena, symbol, EXPR_EQ, set->c,
                                   set->n);
}

/* <, <=, > or >= one constant, in the contiguous bits of its mask. */
static struct cset
order_to_cset(struct simplifier *s, enum expr_relop relop,
              const struct constant *c, u128 width_mask)
{
    u128 mask = c->mask & width_mask;
    unsigned int ofs = u128_ctz(mask), n_bits = u128_popcount(mask);
    u128 value = (c->value & mask) >> ofs, ones = u128_ones(n_bits);
    u128 low = 0, high = ones;

    if ((relop == EXPR_LT && !value) || (relop == EXPR_GT && value == ones)) {
        return (struct cset) { .c = NULL, .n = 0 };
    }
    if (relop == EXPR_LT || relop == EXPR_LE) {
        high = value - (relop == EXPR_LT);
    } else {
        low = value + (relop == EXPR_GT);
    }
    return cset_range(s->arena, low, high, ofs, n_bits);
}

static int
simplify_integers(struct simplifier *s, const struct expr *expr,
                  const struct expr **simplified)
{
    const struct symbol *symbol = expr->compare.symbol;
    u128 width_mask = u128_ones(symbol->n_bits);
    enum expr_relop relop = expr->compare.relop;
    struct cset set;

    if (relop == EXPR_EQ || relop == EXPR_NE) {
        set = cset_create(s->arena, expr->compare.constants, expr->compare.n,
                          width_mask);
        if (relop == EXPR_NE
            && !cset_complement(s->arena, &set, width_mask, &set)) {
            return too_large(s, symbol);
        }
    } else {
        set = order_to_cset(s, relop, &expr->compare.constants[0],
                            width_mask);
    }
    *simplified = from_cset(s, symbol, &set);
    return 0;
}

/* Ports: those without a key, or that no packet can have, can't match. */
static const struct expr *
simplify_strings(struct simplifier *s, const struct expr *expr)
{
    struct expr_string *resolved;
    unsigned int n = 0;

    resolved = lflow_arena_alloc(s->arena,
                                 expr->compare.n * sizeof *resolved);
    for (unsigned int i = 0; i < expr->compare.n; i++) {
        struct expr_string string = expr->compare.strings[i];

        if ((string.key
             || lflow_scope_port_key(s->scope, s->refs, string.name,
                                     &string.key))
            && lflow_scope_port_is_possible(
                s->scope, expr->compare.symbol->field->id, string.key)) {
            resolved[n++] = string;
        }
    }
    return n ? expr_compare_strings(s->arena, expr->compare.symbol, EXPR_EQ,
                                    resolved, n)
             : expr_boolean(false);
}

static int simplify(struct simplifier *, const struct expr *,
                    const struct expr **);

static int
simplify_list(struct simplifier *s, const struct expr *expr,
              const struct expr **simplified)
{
    struct expr_list list = { NULL, 0, 0 };
    const struct expr *result;
    int error = 0;

    for (unsigned int i = 0; i < expr->list.n && !error; i++) {
        const struct expr *arg;

        error = simplify(s, expr->list.args[i], &arg);
        if (!error) {
            expr_list_add(&list, arg);
        }
    }
    result = expr_list_take(&list, expr->type, s->arena);
    if (!error) {
        *simplified = result;
    }
    return error;
}

static int
simplify(struct simplifier *s, const struct expr *expr,
         const struct expr **simplified)
{
    switch (expr->type) {
    case EXPR_COMPARE:
        if (!symbol_is_string(expr->compare.symbol)) {
            return simplify_integers(s, expr, simplified);
        }
        *simplified = simplify_strings(s, expr);
        return 0;
    case EXPR_AND:
    case EXPR_OR:
        return simplify_list(s, expr, simplified);
    case EXPR_RESIDENT:
        *simplified = expr_boolean(
            lflow_scope_is_chassis_resident(s->scope, s->refs,
                                            expr->resident.port)
            != expr->resident.negated);
        return 0;
    case EXPR_BOOLEAN:
        *simplified = expr;
        return 0;
    default:
        OVS_NOT_REACHED();
    }
}

int
expr_simplify(const struct expr *expr, const struct lflow_scope *scope,
              struct lflow_refs *refs, struct lflow_arena *arena,
              const struct expr **simplified, struct err *err)
{
    struct simplifier s = {
        .scope = scope, .refs = refs, .arena = arena, .err = err
    };

    return simplify(&s, expr, simplified);
}
