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
ambiguous(const struct expr *expr, struct err *err)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    expr_format(expr, &s);
    err_put(err, -WEFT_E_INVALID, "microflow",
            "Constraints are ambiguous: %s.", ds_cstr(&s));
    ds_destroy(&s);
    return -WEFT_E_INVALID;
}

static int
normal_to_flow(const struct normal *normal, const struct expr *annotated,
               struct flow *flow, struct err *err)
{
    const struct term *term = normal->terms;
    struct flow result;

    if (!normal->n) {
        return err_put(err, -WEFT_E_INVALID, "microflow",
                       "Constraints are contradictory.");
    } else if (normal->n > 1) {
        return ambiguous(annotated, err);
    }
    memset(&result, 0, sizeof result);
    for (unsigned int i = 0; i < term->n; i++) {
        const struct dim *dim = &term->dims[i];
        const struct mf_field *mf = dim->symbol->field;
        union mf_value value, mask;

        if (dim->set.n > 1) {
            return ambiguous(annotated, err);
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
    const struct expr *expr, *annotated = NULL;
    struct normal normal;
    int error;

    error = expr_parse_string(text, scope, refs, &arena, &expr, err);
    if (!error) {
        error = expr_annotate(expr, &arena, &annotated, err);
    }
    if (!error) {
        error = expr_simplify(annotated, scope, refs, &arena, &expr, err);
    }
    if (!error) {
        error = normal_from_expr(expr, &arena, &normal, err);
    }
    if (!error) {
        error = normal_to_flow(&normal, annotated, flow, err);
    }
    lflow_arena_destroy(&arena);
    return error;
}
