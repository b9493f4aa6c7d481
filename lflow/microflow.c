/* Microflows: an expression that says which one packet is meant
 * (ovn-trace(8)).
 *
 * The expression goes the way of any match to normal form; a microflow is
 * what has one term, each set with one member.  Prerequisites came with the
 * annotation. */
#include <config.h>

#include "lflow/expr.h"

#include <string.h>

#include "flow.h"
#include "lflow/normal.h"
#include "lib/err.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

static int
ambiguous(const char *field, struct err *err)
{
    return err_put(err, -WEFT_E_INVALID, "microflow",
                   "ambiguous: it does not say which value %s has", field);
}

/* The field of whose values there is a choice between 'a' and 'b'. */
static const char *
differing_field(const struct term *a, const struct term *b)
{
    unsigned int i = 0;

    while (i < a->n && i < b->n && dim_id(&a->dims[i]) == dim_id(&b->dims[i])
           && cset_equal(&a->dims[i].set, &b->dims[i].set)) {
        i++;
    }
    return i < a->n ? a->dims[i].symbol->name
           : i < b->n ? b->dims[i].symbol->name : "some field";
}

static int
normal_to_flow(const struct normal *normal, struct flow *flow,
               struct err *err)
{
    const struct term *term = normal->terms;
    struct flow result;

    if (!normal->n) {
        return err_put(err, -WEFT_E_INVALID, "microflow",
                       "contradictory: no packet is like that");
    } else if (normal->n > 1) {
        return ambiguous(differing_field(term, &normal->terms[1]), err);
    }
    memset(&result, 0, sizeof result);
    for (unsigned int i = 0; i < term->n; i++) {
        const struct dim *dim = &term->dims[i];
        const struct mf_field *mf = dim->symbol->field;
        union mf_value value, mask;

        if (dim->set.n > 1) {
            return ambiguous(dim->symbol->name, err);
        }
        u128_to_bytes(dim->set.c[0].value, &value, mf->n_bytes);
        u128_to_bytes(dim->set.c[0].mask, &mask, mf->n_bytes);
        mf_set_flow_value_masked(mf, &value, &mask, &result);
    }
    *flow = result;
    return 0;
}

int
expr_parse_microflow(const char *text, const struct lflow_scope *scope,
                     struct lflow_refs *refs, struct flow *flow,
                     struct err *err)
{
    struct lflow_arena arena = LFLOW_ARENA_INIT;
    const struct expr *expr;
    struct normal normal;
    int error;

    error = expr_parse_string(text, scope, refs, &arena, &expr, err);
    if (!error) {
        error = expr_annotate(expr, &arena, &expr, err);
    }
    if (!error) {
        error = expr_simplify(expr, scope, refs, &arena, &expr, err);
    }
    if (!error) {
        error = normal_from_expr(expr, &arena, &normal, err);
    }
    if (!error) {
        error = normal_to_flow(&normal, flow, err);
    }
    lflow_arena_destroy(&arena);
    return error;
}
