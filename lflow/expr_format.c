/* Tree to text that parses to the same tree, or to one that is true for the
 * same packets. */
#include <config.h>

#include "lflow/expr_node.h"

#include "openvswitch/dynamic-string.h"
#include "util.h"

/* If the ones of 'mask' are contiguous, their place and number. */
static bool
contiguous_bits(u128 mask, unsigned int *ofs, unsigned int *n_bits)
{
    *ofs = u128_ctz(mask);
    *n_bits = u128_popcount(mask);
    return mask && mask == u128_ones(*n_bits) << *ofs;
}

static void
format_bits(const struct symbol *symbol, unsigned int ofs,
            unsigned int n_bits, struct ds *s)
{
    struct field_ref ref = { symbol, ofs, n_bits };

    field_ref_format(&ref, s);
}

/* symbol relop constant */
static void
format_integer(const struct symbol *symbol, enum expr_relop relop,
               const struct constant *c, struct ds *s)
{
    u128 mask = c->mask & u128_ones(symbol->n_bits);
    unsigned int ofs, n_bits;

    if (!contiguous_bits(mask, &ofs, &n_bits)) {
        ds_put_format(s, "%s %s ", symbol->name,
                      expr_relop_to_string(relop));
        lex_format_integer(c->value & mask, LEX_F_HEXADECIMAL, s);
        ds_put_char(s, '/');
        lex_format_integer(mask, LEX_F_HEXADECIMAL, s);
    } else if (n_bits == 1 && (relop == EXPR_EQ || relop == EXPR_NE)) {
        if (((c->value >> ofs) & 1) != (relop == EXPR_EQ)) {
            ds_put_char(s, '!');
        }
        format_bits(symbol, ofs, n_bits, s);
    } else {
        format_bits(symbol, ofs, n_bits, s);
        ds_put_format(s, " %s ", expr_relop_to_string(relop));
        u128_format_hex((c->value & mask) >> ofs, s);
    }
}

static void
format_string(const struct expr *expr, unsigned int i, struct ds *s)
{
    const struct expr_string *string = &expr->compare.strings[i];

    ds_put_format(s, "%s %s ", expr->compare.symbol->name,
                  expr_relop_to_string(expr->compare.relop));
    lex_format_string(string->name ? string->name : "", s);
}

/* A comparison with n constants is written as n comparisons. */
static void
format_compare(const struct expr *expr, struct ds *s)
{
    const char *joint = expr->compare.relop == EXPR_NE ? " && " : " || ";

    for (unsigned int i = 0; i < expr->compare.n; i++) {
        if (i) {
            ds_put_cstr(s, joint);
        }
        if (symbol_is_string(expr->compare.symbol)) {
            format_string(expr, i, s);
        } else {
            format_integer(expr->compare.symbol, expr->compare.relop,
                           &expr->compare.constants[i], s);
        }
    }
}

/* The operator that joins the parts of 'expr' as text, or LEX_END. */
static enum lex_type
outer_operator(const struct expr *expr)
{
    switch (expr->type) {
    case EXPR_AND:
        return LEX_AND;
    case EXPR_OR:
        return LEX_OR;
    case EXPR_COMPARE:
        return expr->compare.n < 2 ? LEX_END
               : expr->compare.relop == EXPR_NE ? LEX_AND : LEX_OR;
    case EXPR_BOOLEAN:
    case EXPR_RESIDENT:
    default:
        return LEX_END;
    }
}

static void
format_list(const struct expr *expr, struct ds *s)
{
    enum lex_type operator = outer_operator(expr);

    for (unsigned int i = 0; i < expr->list.n; i++) {
        const struct expr *arg = expr->list.args[i];
        enum lex_type inner = outer_operator(arg);
        bool parentheses = inner != LEX_END && inner != operator;

        if (i) {
            ds_put_cstr(s, operator == LEX_AND ? " && " : " || ");
        }
        if (parentheses) {
            ds_put_char(s, '(');
        }
        expr_format(arg, s);
        if (parentheses) {
            ds_put_char(s, ')');
        }
    }
}

void
expr_format(const struct expr *expr, struct ds *s)
{
    switch (expr->type) {
    case EXPR_BOOLEAN:
        ds_put_char(s, expr->boolean ? '1' : '0');
        break;
    case EXPR_COMPARE:
        format_compare(expr, s);
        break;
    case EXPR_AND:
    case EXPR_OR:
        format_list(expr, s);
        break;
    case EXPR_RESIDENT:
        ds_put_format(s, "%sis_chassis_resident(",
                      expr->resident.negated ? "!" : "");
        lex_format_string(expr->resident.port, s);
        ds_put_char(s, ')');
        break;
    default:
        OVS_NOT_REACHED();
    }
}

char *
expr_to_string(const struct expr *expr)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    expr_format(expr, &s);
    return ds_steal_cstr(&s);
}
