/* Nodes of expression trees: see expr_node.h. */
#include <config.h>

#include "lflow/expr_node.h"

#include <stdlib.h>

#include "util.h"

const struct expr *
expr_boolean(bool value)
{
    static const struct expr constants[2] = {
        { .type = EXPR_BOOLEAN, .boolean = false },
        { .type = EXPR_BOOLEAN, .boolean = true },
    };

    return &constants[value];
}

void
expr_list_add(struct expr_list *list, const struct expr *expr)
{
    if (list->n >= list->allocated) {
        list->args = x2nrealloc(list->args, &list->allocated,
                                sizeof *list->args);
    }
    list->args[list->n++] = expr;
}

/* How many operands 'args' are when those of lists of 'type' are counted
 * one by one and neutral constants not at all; -1 when a constant decides
 * the whole. */
static int
count_flat(const struct expr *const args[], unsigned int n,
           enum expr_type type)
{
    int count = 0;

    for (unsigned int i = 0; i < n; i++) {
        if (args[i]->type == type) {
            count += args[i]->list.n;
        } else if (args[i]->type != EXPR_BOOLEAN) {
            count++;
        } else if (args[i]->boolean == (type == EXPR_OR)) {
            return -1;
        }
    }
    return count;
}

static const struct expr *
make_list(struct lflow_arena *arena, enum expr_type type,
          const struct expr *const args[], unsigned int n)
{
    int n_flat = count_flat(args, n, type);
    const struct expr **flat;
    struct expr *expr;
    unsigned int j = 0;

    if (n_flat <= 0) {
        return expr_boolean((n_flat < 0) == (type == EXPR_OR));
    }
    flat = lflow_arena_alloc(arena, n_flat * sizeof *flat);
    for (unsigned int i = 0; i < n; i++) {
        if (args[i]->type == type) {
            for (unsigned int k = 0; k < args[i]->list.n; k++) {
                flat[j++] = args[i]->list.args[k];
            }
        } else if (args[i]->type != EXPR_BOOLEAN) {
            flat[j++] = args[i];
        }
    }
    if (j == 1) {
        return flat[0];
    }
    expr = lflow_arena_alloc(arena, sizeof *expr);
    expr->type = type;
    expr->list.n = j;
    expr->list.args = flat;
    return expr;
}

const struct expr *
expr_list_take(struct expr_list *list, enum expr_type type,
               struct lflow_arena *arena)
{
    const struct expr *expr = make_list(arena, type, list->args, list->n);

    free(list->args);
    *list = (struct expr_list) { NULL, 0, 0 };
    return expr;
}

static const struct expr *
combine(struct lflow_arena *arena, enum expr_type type,
        const struct expr *a, const struct expr *b)
{
    const struct expr *args[2] = { a, b };

    return !a ? b : !b || a == b ? a : make_list(arena, type, args, 2);
}

const struct expr *
expr_and(struct lflow_arena *arena, const struct expr *a,
         const struct expr *b)
{
    return combine(arena, EXPR_AND, a, b);
}

const struct expr *
expr_or(struct lflow_arena *arena, const struct expr *a,
        const struct expr *b)
{
    return combine(arena, EXPR_OR, a, b);
}

const struct expr *
expr_compare_integers(struct lflow_arena *arena, const struct symbol *symbol,
                      enum expr_relop relop,
                      const struct constant *constants, unsigned int n)
{
    struct expr *expr = lflow_arena_alloc(arena, sizeof *expr);

    expr->type = EXPR_COMPARE;
    expr->compare.symbol = symbol;
    expr->compare.relop = relop;
    expr->compare.n = n;
    expr->compare.constants = constants;
    return expr;
}

const struct expr *
expr_compare_strings(struct lflow_arena *arena, const struct symbol *symbol,
                     enum expr_relop relop,
                     const struct expr_string *strings, unsigned int n)
{
    struct expr *expr = lflow_arena_alloc(arena, sizeof *expr);

    expr->type = EXPR_COMPARE;
    expr->compare.symbol = symbol;
    expr->compare.relop = relop;
    expr->compare.n = n;
    expr->compare.strings = strings;
    return expr;
}

enum expr_relop
expr_relop_negate(enum expr_relop relop)
{
    static const enum expr_relop negated[] = {
        [EXPR_EQ] = EXPR_NE, [EXPR_NE] = EXPR_EQ,
        [EXPR_LT] = EXPR_GE, [EXPR_GE] = EXPR_LT,
        [EXPR_GT] = EXPR_LE, [EXPR_LE] = EXPR_GT,
    };

    return negated[relop];
}

enum expr_relop
expr_relop_turn(enum expr_relop relop)
{
    static const enum expr_relop turned[] = {
        [EXPR_EQ] = EXPR_EQ, [EXPR_NE] = EXPR_NE,
        [EXPR_LT] = EXPR_GT, [EXPR_GT] = EXPR_LT,
        [EXPR_LE] = EXPR_GE, [EXPR_GE] = EXPR_LE,
    };

    return turned[relop];
}

const char *
expr_relop_to_string(enum expr_relop relop)
{
    static const char *const names[] = {
        [EXPR_EQ] = "==", [EXPR_NE] = "!=", [EXPR_LT] = "<",
        [EXPR_LE] = "<=", [EXPR_GT] = ">", [EXPR_GE] = ">=",
    };

    return names[relop];
}
