/* Is an expression true for a packet? */
#include <config.h>

#include "lflow/expr_node.h"

#include "flow.h"
#include "util.h"

static u128
get_field(const struct symbol *symbol, const struct flow *flow)
{
    union mf_value value;

    mf_get_value(symbol->field, flow, &value);
    return u128_from_bytes(&value, symbol->field->n_bytes) >> symbol->ofs;
}

static bool
compare_one(u128 value, enum expr_relop relop, const struct constant *c,
            u128 width_mask)
{
    u128 mask = c->mask & width_mask, constant = c->value & mask;

    value &= mask;
    switch (relop) {
    case EXPR_EQ:
        return value == constant;
    case EXPR_NE:
        return value != constant;
    case EXPR_LT:
        return value < constant;
    case EXPR_LE:
        return value <= constant;
    case EXPR_GT:
        return value > constant;
    case EXPR_GE:
        return value >= constant;
    default:
        OVS_NOT_REACHED();
    }
}

bool
expr_compare_holds(const struct expr *expr, u128 value)
{
    bool any = expr->compare.relop != EXPR_NE;

    for (unsigned int i = 0; i < expr->compare.n; i++) {
        if (compare_one(value, expr->compare.relop,
                        &expr->compare.constants[i],
                        u128_ones(expr->compare.symbol->n_bits)) == any) {
            return any;
        }
    }
    return !any;
}

static bool
evaluate_strings(const struct expr *expr, const struct flow *flow,
                 const struct lflow_scope *scope)
{
    uint32_t value = get_field(expr->compare.symbol, flow);

    for (unsigned int i = 0; i < expr->compare.n; i++) {
        const struct expr_string *string = &expr->compare.strings[i];
        uint32_t key = string->key;

        if ((key || lflow_scope_port_key(scope, NULL, string->name, &key))
            && key == value) {
            return true;
        }
    }
    return false;
}

/* The negation of a predicate needs the prerequisites of what it expands to,
 * just as the predicate does: so it isn't simply the opposite. */
static bool
evaluate_predicate(const struct expr *expr, const struct flow *flow,
                   const struct lflow_scope *scope)
{
    const struct symbol *symbol = expr->compare.symbol;
    bool if_true = expr_compare_holds(expr, 1);
    bool if_false = expr_compare_holds(expr, 0);

    return if_true == if_false ? if_true
           : if_true ? expr_evaluate(symbol->expansion_expr, flow, scope)
           : symbol->negation_expr
           ? expr_evaluate(symbol->negation_expr, flow, scope)
           : !expr_evaluate(symbol->expansion_expr, flow, scope);
}

static bool
evaluate_compare(const struct expr *expr, const struct flow *flow,
                 const struct lflow_scope *scope)
{
    const struct symbol *symbol = expr->compare.symbol;

    if (symbol->kind == SYMBOL_PREDICATE) {
        return evaluate_predicate(expr, flow, scope);
    }
    for (const struct symbol *s = symbol; s; s = s->parent) {
        if (s->prereqs_expr && !expr_evaluate(s->prereqs_expr, flow, scope)) {
            return false;
        }
    }
    return symbol_is_string(symbol)
           ? evaluate_strings(expr, flow, scope)
           : expr_compare_holds(expr, get_field(symbol, flow));
}

bool
expr_evaluate(const struct expr *expr, const struct flow *flow,
              const struct lflow_scope *scope)
{
    switch (expr->type) {
    case EXPR_BOOLEAN:
        return expr->boolean;
    case EXPR_COMPARE:
        return evaluate_compare(expr, flow, scope);
    case EXPR_AND:
    case EXPR_OR:
        for (unsigned int i = 0; i < expr->list.n; i++) {
            if (expr_evaluate(expr->list.args[i], flow, scope)
                == (expr->type == EXPR_OR)) {
                return expr->type == EXPR_OR;
            }
        }
        return expr->type == EXPR_AND;
    case EXPR_RESIDENT:
        return lflow_scope_is_chassis_resident(scope, NULL,
                                               expr->resident.port)
               != expr->resident.negated;
    default:
        OVS_NOT_REACHED();
    }
}
