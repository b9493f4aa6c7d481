/* Text to tree.  The grammar (ovn-sb(5)):
 *
 *     list:    factor { "&&" factor } | factor { "||" factor }
 *     factor:  primary | "!" primary
 *     primary: "(" list ")" | "0" | "1" | field
 *            | "is_chassis_resident" "(" string ")"
 *            | field relop constants | constant relop field [relop constant]
 *
 * Negation is pushed down while parsing, by De Morgan's laws: no node of a
 * tree negates another. */
#include <config.h>

#include "lflow/expr_node.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

struct parser {
    struct lexer *lexer;
    const struct lflow_scope *scope;
    struct lflow_refs *refs;
    struct lflow_arena *arena;
    bool negate;                /* Inside an odd number of "!"? */
    unsigned int field_column;  /* Of the field read last, for errors. */
};

static const struct expr *parse_list(struct parser *);

static bool
relop_from_token(enum lex_type type, enum expr_relop *relop)
{
    static const struct {
        enum lex_type type;
        enum expr_relop relop;
    } all[] = {
        { LEX_EQ, EXPR_EQ }, { LEX_NE, EXPR_NE }, { LEX_LT, EXPR_LT },
        { LEX_LE, EXPR_LE }, { LEX_GT, EXPR_GT }, { LEX_GE, EXPR_GE },
    };

    for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
        if (all[i].type == type) {
            *relop = all[i].relop;
            return true;
        }
    }
    return false;
}

static bool
parse_relop(struct parser *p, enum expr_relop *relop)
{
    if (!relop_from_token(p->lexer->token.type, relop)) {
        lexer_syntax_error(p->lexer, "expecting relational operator");
        return false;
    }
    lexer_get(p->lexer);
    return true;
}

/* Reads a field that may stand in a match. */
static bool
parse_field(struct parser *p, struct field_ref *ref)
{
    p->field_column = p->lexer->token.column;
    if (p->lexer->token.type == LEX_ID) {
        const struct symbol *symbol
            = symbol_find(p->lexer->token.text, p->lexer->token.text_length);

        if (symbol && symbol->kind == SYMBOL_PSEUDO) {
            lexer_error(p->lexer, "Field %s may be used only in actions.",
                        symbol->name);
            return false;
        }
    }
    return field_ref_parse(p->lexer, ref);
}

/* Is 'field relop constants' something the language allows? */
static bool
check_relop(struct parser *p, const struct symbol *symbol,
            enum expr_relop relop, const struct expr_constants *c)
{
    struct lexer *lexer = p->lexer;

    if (relop != EXPR_EQ && relop != EXPR_NE) {
        const char *problem = NULL;

        if (symbol->level == LEVEL_NOMINAL) {
            lexer_error_at(lexer, -WEFT_E_INVALID, p->field_column,
                           "Only == and != operators may be used with "
                           "nominal field %s.", symbol->name);
            return false;
        } else if (!c->n) {
            problem = "Only == and != operators may be used to compare a "
                      "field against an empty value set.";
        } else if (c->in_braces) {
            problem = "Only == and != operators may be used with value "
                      "sets.";
        } else if (c->any_masked) {
            problem = "Only == and != operators may be used with masked "
                      "constants.  Consider using subfields instead (e.g. "
                      "eth.src[0..15] > 0x1111 in place of eth.src > "
                      "00:00:00:00:11:11/00:00:00:00:ff:ff).";
        }
        if (problem) {
            lexer_error_at(lexer, -WEFT_E_INVALID, c->column, "%s", problem);
            return false;
        }
    } else if (symbol->level == LEVEL_NOMINAL
               && symbol->kind != SYMBOL_PREDICATE
               && (relop == EXPR_NE) != p->negate) {
        lexer_error_at(lexer, -WEFT_E_INVALID, p->field_column,
                       "Nominal field %s may only be tested for equality "
                       "(taking enclosing `!' operators into account).",
                       symbol->name);
        return false;
    }
    return true;
}

/* A nominal predicate has an expansion but no negation. */
static bool
check_predicate(struct parser *p, const struct symbol *symbol,
                enum expr_relop relop, const struct expr_constants *c)
{
    const char *name = symbol->name;

    if (symbol->kind != SYMBOL_PREDICATE || symbol->level != LEVEL_NOMINAL) {
        return true;
    }
    for (unsigned int i = 0; i < c->n; i++) {
        bool positive = (c->constants[i].value & 1) == (relop == EXPR_EQ);

        if (positive == p->negate) {
            lexer_error_at(p->lexer, -WEFT_E_INVALID, p->field_column,
                           "Nominal predicate %s may only be tested "
                           "positively, e.g. `%s' or `%s == 1' but not `!%s' "
                           "or `%s == 0'.", name, name, name, name, name);
            return false;
        }
    }
    return true;
}

/* The constants in the bits of the symbol rather than of 'ref'. */
static const struct constant *
align_constants(struct parser *p, const struct field_ref *ref,
                const struct expr_constants *c)
{
    u128 ones = u128_ones(ref->n_bits);
    struct constant *aligned;

    if (ref->n_bits == ref->symbol->n_bits || !c->n) {
        return c->constants;
    }
    aligned = lflow_arena_alloc(p->arena, c->n * sizeof *aligned);
    for (unsigned int i = 0; i < c->n; i++) {
        aligned[i].value = c->constants[i].value << ref->ofs;
        aligned[i].mask = (c->constants[i].mask & ones) << ref->ofs;
    }
    return aligned;
}

/* The comparison 'ref' 'relop' 'c', or its negation, once it is checked. */
static const struct expr *
make_compare(struct parser *p, const struct field_ref *ref,
             enum expr_relop relop, const struct expr_constants *c)
{
    const struct symbol *symbol = ref->symbol;

    if (!check_relop(p, symbol, relop, c)
        || !expr_type_check(p->lexer, ref, c)
        || !check_predicate(p, symbol, relop, c)) {
        return NULL;
    }
    if (p->negate) {
        relop = expr_relop_negate(relop);
    }
    if (!c->n) {
        return expr_boolean(relop == EXPR_NE);
    }
    return symbol_is_string(symbol)
           ? expr_compare_strings(p->arena, symbol, relop, c->strings, c->n)
           : expr_compare_integers(p->arena, symbol, relop,
                                   align_constants(p, ref, c), c->n);
}

/* A field alone: field == 1. */
static const struct expr *
make_mention(struct parser *p, const struct field_ref *ref)
{
    struct constant *one;
    struct expr_constants c;

    if (!ref->n_bits || p->lexer->token.type == LEX_EQUALS) {
        lexer_syntax_error(p->lexer, "expecting relational operator");
        return NULL;
    } else if (ref->n_bits > 1) {
        lexer_error_at(p->lexer, -WEFT_E_INVALID, p->field_column,
                       "Explicit `!= 0' is required for inequality test of "
                       "multibit field against 0.");
        return NULL;
    }
    one = lflow_arena_alloc(p->arena, sizeof *one);
    *one = (struct constant) { 1, U128_MAX };
    c = (struct expr_constants) {
        .column = p->field_column, .n = 1, .n_bits = 1, .constants = one
    };
    return make_compare(p, ref, EXPR_EQ, &c);
}

static const struct expr *
parse_field_first(struct parser *p, bool *atomic)
{
    struct expr_constants c;
    struct field_ref ref;
    enum expr_relop relop;

    if (!parse_field(p, &ref)) {
        return NULL;
    } else if (!relop_from_token(p->lexer->token.type, &relop)) {
        *atomic = true;
        return make_mention(p, &ref);
    }
    lexer_get(p->lexer);
    return expr_parse_constants(p->lexer, ref.symbol, p->scope, p->refs,
                                p->arena, &c)
           ? make_compare(p, &ref, relop, &c) : NULL;
}

static bool
is_less(enum expr_relop relop)
{
    return relop == EXPR_LT || relop == EXPR_LE;
}

static bool
is_greater(enum expr_relop relop)
{
    return relop == EXPR_GT || relop == EXPR_GE;
}

/* Reads what follows "constant relop field" and makes the range. */
static const struct expr *
parse_range(struct parser *p, const struct expr_constants *c1,
            enum expr_relop relop1, const struct field_ref *ref)
{
    unsigned int column = p->lexer->token.column;
    const struct expr *e1, *e2;
    struct expr_constants c2;
    enum expr_relop relop2;

    if (!parse_relop(p, &relop2)
        || !expr_parse_constants(p->lexer, ref->symbol, p->scope, p->refs,
                                 p->arena, &c2)) {
        return NULL;
    } else if (!(is_less(relop1) && is_less(relop2))
               && !(is_greater(relop1) && is_greater(relop2))) {
        lexer_error_at(p->lexer, -WEFT_E_INVALID, column,
                       "Range expressions must have the form `x < field < "
                       "y' or `x > field > y', with each `<' optionally "
                       "replaced by `<=' or `>' by `>=').");
        return NULL;
    }
    e1 = make_compare(p, ref, expr_relop_turn(relop1), c1);
    e2 = e1 ? make_compare(p, ref, relop2, &c2) : NULL;
    return !e2 ? NULL : p->negate ? expr_or(p->arena, e1, e2)
                                  : expr_and(p->arena, e1, e2);
}

static const struct expr *
parse_constant_first(struct parser *p, bool *atomic)
{
    struct expr_constants c;
    struct field_ref ref;
    enum expr_relop relop;

    if (!expr_parse_constants(p->lexer, NULL, p->scope, p->refs, p->arena,
                              &c)) {
        return NULL;
    }
    if (!relop_from_token(p->lexer->token.type, &relop)
        && c.n == 1 && !c.is_string && !c.in_braces && !c.any_masked
        && c.format == LEX_F_DECIMAL && c.constants[0].value <= 1) {
        *atomic = true;
        return expr_boolean((c.constants[0].value == 1) != p->negate);
    }
    if (!parse_relop(p, &relop) || !parse_field(p, &ref)) {
        return NULL;
    }
    if (relop_from_token(p->lexer->token.type, &(enum expr_relop) { 0 })) {
        return parse_range(p, &c, relop, &ref);
    }
    return make_compare(p, &ref, expr_relop_turn(relop), &c);
}

/* After "is_chassis_resident". */
static const struct expr *
parse_resident(struct parser *p)
{
    struct expr *expr = lflow_arena_alloc(p->arena, sizeof *expr);

    if (!lexer_force(p->lexer, LEX_LPAREN)) {
        return NULL;
    } else if (p->lexer->token.type != LEX_STRING) {
        lexer_syntax_error(p->lexer, "expecting string");
        return NULL;
    }
    expr->type = EXPR_RESIDENT;
    expr->resident.port = lflow_arena_strndup(p->arena, p->lexer->token.text,
                                              p->lexer->token.text_length);
    expr->resident.negated = p->negate;
    lexer_get(p->lexer);
    return lexer_force(p->lexer, LEX_RPAREN) ? expr : NULL;
}

static const struct expr *
parse_primary(struct parser *p, bool *atomic)
{
    const struct expr *expr;

    *atomic = false;
    if (p->lexer->token.type == LEX_LPAREN) {
        if (!lexer_enter(p->lexer)) {
            return NULL;
        }
        lexer_get(p->lexer);
        expr = parse_list(p);
        lexer_leave(p->lexer);
        *atomic = true;
        return expr && lexer_force(p->lexer, LEX_RPAREN) ? expr : NULL;
    } else if (lexer_lookahead(p->lexer) == LEX_LPAREN
               && lexer_match_id(p->lexer, "is_chassis_resident")) {
        *atomic = true;
        return parse_resident(p);
    } else if (p->lexer->token.type == LEX_ID) {
        return parse_field_first(p, atomic);
    }
    return parse_constant_first(p, atomic);
}

static const struct expr *
parse_factor(struct parser *p)
{
    unsigned int column = p->lexer->token.column;
    const struct expr *expr;
    bool atomic;

    if (!lexer_match(p->lexer, LEX_NOT)) {
        return parse_primary(p, &atomic);
    }
    p->negate = !p->negate;
    expr = parse_primary(p, &atomic);
    p->negate = !p->negate;
    if (expr && !atomic) {
        lexer_error_at(p->lexer, -WEFT_E_INVALID, column,
                       "Missing parentheses around operand of !.");
        return NULL;
    }
    return expr;
}

static const struct expr *
parse_list(struct parser *p)
{
    const struct expr *expr = parse_factor(p);
    enum lex_type operator = p->lexer->token.type;
    struct expr_list list = { NULL, 0, 0 };
    enum expr_type type;

    if (!expr || (operator != LEX_AND && operator != LEX_OR)) {
        return expr;
    }
    type = (operator == LEX_AND) != p->negate ? EXPR_AND : EXPR_OR;
    expr_list_add(&list, expr);
    while (lexer_match(p->lexer, operator)) {
        expr = parse_factor(p);
        if (!expr) {
            free(list.args);
            return NULL;
        }
        expr_list_add(&list, expr);
    }
    if (p->lexer->token.type == LEX_AND || p->lexer->token.type == LEX_OR) {
        lexer_error(p->lexer,
                    "&& and || must be parenthesized when used together.");
        free(list.args);
        return NULL;
    }
    return expr_list_take(&list, type, p->arena);
}

const struct expr *
expr_parse(struct lexer *lexer, const struct lflow_scope *scope,
           struct lflow_refs *refs, struct lflow_arena *arena)
{
    struct parser p = {
        .lexer = lexer, .scope = scope, .refs = refs, .arena = arena
    };
    const struct expr *expr = parse_list(&p);

    return lexer_is_ok(lexer) ? expr : NULL;
}

int
expr_parse_string(const char *text, const struct lflow_scope *scope,
                  struct lflow_refs *refs, struct lflow_arena *arena,
                  const struct expr **exprp, struct err *err)
{
    size_t length = strlen(text);
    char *expanded = NULL;
    const struct expr *expr;
    struct lexer lexer;
    int error;

    if (memchr(text, '^', length)) {
        error = lflow_template_expand(text, length, scope, refs, &expanded,
                                      err);
        if (error) {
            return error;
        }
        text = expanded;
        length = strlen(text);
    }
    lexer_init(&lexer, "match", text, length);
    lexer_get(&lexer);
    expr = expr_parse(&lexer, scope, refs, arena);
    lexer_force_end(&lexer);
    error = lexer_take_error(&lexer, err);
    lexer_destroy(&lexer);
    free(expanded);
    if (!error) {
        *exprp = expr;
    }
    return error;
}
