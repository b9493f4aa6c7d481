/* Making nodes of expression trees: for lflow/expr*.c only. */
#ifndef WEFT_LFLOW_EXPR_NODE_H
#define WEFT_LFLOW_EXPR_NODE_H 1

#include "lflow/expr.h"

/* A growing list of operands; zero-initialise, end with expr_list_take(). */
struct expr_list {
    const struct expr **args;   /* malloc()ed. */
    size_t n, allocated;
};
void expr_list_add(struct expr_list *list, const struct expr *expr);

/* The AND or OR ('type') of the operands, folded and flattened; frees what
 * 'list' holds. */
const struct expr *expr_list_take(struct expr_list *list,
                                  enum expr_type type,
                                  struct lflow_arena *arena);

/* 'symbol' 'relop' the 'n' constants (borrowed, in the symbol's bits). */
const struct expr *expr_compare_integers(struct lflow_arena *arena,
                                         const struct symbol *symbol,
                                         enum expr_relop relop,
                                         const struct constant *constants,
                                         unsigned int n);
const struct expr *expr_compare_strings(struct lflow_arena *arena,
                                        const struct symbol *symbol,
                                        enum expr_relop relop,
                                        const struct expr_string *strings,
                                        unsigned int n);

/* Is 'expr', a comparison of integers, true for a symbol with 'value'? */
bool expr_compare_holds(const struct expr *expr, u128 value);

/* !(a relop b), and b relop a, as a relational operator. */
enum expr_relop expr_relop_negate(enum expr_relop relop);
enum expr_relop expr_relop_turn(enum expr_relop relop);
const char *expr_relop_to_string(enum expr_relop relop);

#endif
