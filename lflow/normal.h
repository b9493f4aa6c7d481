/* The normal form of expressions: an OR of terms, each an AND of sets, each
 * over one physical field.  For lflow/ only.
 *
 * No terms: false.  A term without dimensions: true. */
#ifndef WEFT_LFLOW_NORMAL_H
#define WEFT_LFLOW_NORMAL_H 1

#include "lflow/cset.h"
#include "lflow/expr.h"

/* "The field of 'symbol' has a value in 'set'."  The set is neither empty
 * nor full. */
struct dim {
    const struct symbol *symbol;    /* A root. */
    struct cset set;
};

/* AND of dimensions, in order of their fields' numbers, each field once. */
struct term {
    struct dim *dims;
    unsigned int n;
};

/* OR of terms. */
struct normal {
    struct term *terms;
    unsigned int n;
};

/* Order of dimensions. */
static inline int
dim_id(const struct dim *dim)
{
    return dim->symbol->field->id;
}

/* Brings 'expr', simplified, to normal form in 'arena'.  Returns 0 or
 * -WEFT_E_TOO_LARGE. */
int normal_from_expr(const struct expr *expr, struct lflow_arena *arena,
                     struct normal *normal, struct err *err);

/* The tree of a normal form.  'names' is a tree where the names of its port
 * keys are found. */
const struct expr *normal_to_expr(const struct normal *normal,
                                  const struct expr *names,
                                  struct lflow_arena *arena);

/* Joins terms that differ in one dimension only, drops those contained in
 * another, in place.  False when it becomes too large. */
bool normal_merge(struct normal *normal, struct lflow_arena *arena);

/* What expr_to_matches() does, for a normal form. */
int normal_to_matches(const struct normal *normal,
                      struct lflow_matches **matches, struct err *err);

#endif
