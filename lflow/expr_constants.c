/* Constants and sets of them: what stands opposite a field. */
#include <config.h>

#include "lflow/expr.h"

#include <stdlib.h>
#include <string.h>

#include "lflow/limits.h"
#include "util.h"

/* Constants while they are read. */
struct collector {
    struct lexer *lexer;
    const struct symbol *field; /* What stands opposite, or NULL. */
    const struct lflow_scope *scope;
    struct lflow_refs *refs;
    struct lflow_arena *arena;
    struct expr_constants *out;
    struct constant *integers;  /* malloc()ed, as is the next. */
    struct expr_string *strings;
    size_t n, allocated;
    bool any;                   /* Has the type been settled? */
};

/* Settles whether the set holds strings or integers. */
static bool
collector_set_type(struct collector *c, bool is_string)
{
    if (c->any && c->out->is_string != is_string) {
        lexer_syntax_error(c->lexer, "expecting %s",
                           c->out->is_string ? "string" : "integer");
        return false;
    }
    c->any = true;
    c->out->is_string = is_string;
    return true;
}

/* Makes room for 'n' more. */
static bool
collector_reserve(struct collector *c, size_t n)
{
    size_t size = c->out->is_string ? sizeof *c->strings
                                    : sizeof *c->integers;

    if (c->n + n > LFLOW_MAX_CONSTANTS) {
        lexer_error_at(c->lexer, -WEFT_E_TOO_LARGE, c->lexer->token.column,
                       "More than %d constants in a set.",
                       LFLOW_MAX_CONSTANTS);
        return false;
    }
    if (c->n + n > c->allocated) {
        c->allocated = MAX(2 * c->allocated, MAX(c->n + n, 4));
        if (c->out->is_string) {
            c->strings = xrealloc(c->strings, c->allocated * size);
        } else {
            c->integers = xrealloc(c->integers, c->allocated * size);
        }
    }
    return true;
}

static void
collect_integer(struct collector *c)
{
    const struct token *token = &c->lexer->token;
    bool masked = token->type == LEX_MASKED_INTEGER;

    if (!collector_set_type(c, false) || !collector_reserve(c, 1)) {
        return;
    }
    if (!c->n) {
        c->out->format = token->format;
    }
    c->integers[c->n++] = (struct constant) {
        token->value, masked ? token->mask : U128_MAX
    };
    c->out->any_masked |= masked;
    c->out->n_bits = MAX(c->out->n_bits, token_n_bits(token));
    lexer_get(c->lexer);
}

static void
collect_string(struct collector *c)
{
    const struct token *token = &c->lexer->token;

    if (collector_set_type(c, true) && collector_reserve(c, 1)) {
        c->strings[c->n++] = (struct expr_string) {
            lflow_arena_strndup(c->arena, token->text, token->text_length), 0
        };
        lexer_get(c->lexer);
    }
}

static void
collect_address_set(struct collector *c)
{
    const struct constant_set *set;

    set = lflow_scope_address_set(c->scope, c->refs, c->lexer->token.text);
    if (!set) {
        lexer_syntax_error(c->lexer, "expecting address set name");
        return;
    }
    if (!collector_set_type(c, false) || !collector_reserve(c, set->n)) {
        return;
    }
    if (set->n) {
        memcpy(&c->integers[c->n], set->members,
               set->n * sizeof *set->members);
    }
    c->n += set->n;
    c->out->any_masked |= set->any_masked;
    c->out->n_bits = MAX(c->out->n_bits, set->n_bits);
    c->out->in_braces = true;
    lexer_get(c->lexer);
}

static void
collect_port_group(struct collector *c)
{
    const struct port_set *set;

    set = lflow_scope_port_group(
        c->scope, c->refs, c->lexer->token.text,
        c->field && c->field->field ? c->field->field->id : MFF_N_IDS);
    if (!set) {
        lexer_syntax_error(c->lexer, "expecting port group name");
        return;
    }
    if (!collector_set_type(c, true) || !collector_reserve(c, set->n)) {
        return;
    }
    for (size_t i = 0; i < set->n; i++) {
        if (set->members[i].key) {
            c->strings[c->n++] = (struct expr_string) {
                set->members[i].name, set->members[i].key
            };
        }
    }
    c->out->in_braces = true;
    lexer_get(c->lexer);
}

/* Reads one constant, address set or port group. */
static void
collect(struct collector *c)
{
    enum lex_type type = c->lexer->token.type;

    if (type == LEX_INTEGER || type == LEX_MASKED_INTEGER) {
        collect_integer(c);
    } else if (type == LEX_STRING) {
        collect_string(c);
    } else if (type == LEX_MACRO) {
        collect_address_set(c);
    } else if (type == LEX_PORT_GROUP) {
        collect_port_group(c);
    } else {
        lexer_syntax_error(c->lexer, "expecting constant");
    }
}

/* A lone $set: its members are used as they are, however many. */
static bool
share_address_set(struct collector *c)
{
    const struct constant_set *set;

    set = lflow_scope_address_set(c->scope, c->refs, c->lexer->token.text);
    if (!set) {
        lexer_syntax_error(c->lexer, "expecting address set name");
        return false;
    }
    c->out->constants = set->members;
    c->out->n = set->n;
    c->out->n_bits = set->n_bits;
    c->out->any_masked = set->any_masked;
    c->out->in_braces = true;
    return lexer_get(c->lexer) != LEX_ERROR;
}

/* Moves what was collected to the arena. */
static void
collector_finish(struct collector *c)
{
    if (c->n && c->out->is_string) {
        size_t size = c->n * sizeof *c->strings;
        struct expr_string *copy = lflow_arena_alloc(c->arena, size);

        memcpy(copy, c->strings, size);
        c->out->strings = copy;
    } else if (c->n) {
        size_t size = c->n * sizeof *c->integers;
        struct constant *copy = lflow_arena_alloc(c->arena, size);

        memcpy(copy, c->integers, size);
        c->out->constants = copy;
    }
    c->out->n = c->n;
}

bool
expr_parse_constants(struct lexer *lexer, const struct symbol *field,
                     const struct lflow_scope *scope,
                     struct lflow_refs *refs, struct lflow_arena *arena,
                     struct expr_constants *constants)
{
    struct expr_constants out = { .column = lexer->token.column };
    struct collector c = {
        .lexer = lexer, .field = field, .scope = scope, .refs = refs,
        .arena = arena, .out = &out
    };

    if (lexer->token.type == LEX_MACRO) {
        if (!share_address_set(&c)) {
            return false;
        }
    } else {
        if (lexer_match(lexer, LEX_LCURLY)) {
            out.in_braces = true;
            while (lexer_is_ok(lexer) && !lexer_match(lexer, LEX_RCURLY)) {
                collect(&c);
                lexer_match(lexer, LEX_COMMA);
            }
        } else {
            collect(&c);
        }
        collector_finish(&c);
        free(c.integers);
        free(c.strings);
    }
    if (!lexer_is_ok(lexer)) {
        return false;
    }
    *constants = out;
    return true;
}

bool
expr_type_check(struct lexer *lexer, const struct field_ref *ref,
                const struct expr_constants *constants)
{
    const struct symbol *symbol = ref->symbol;
    bool field_is_string = symbol_is_string(symbol);

    if (!constants->n) {
        return true;
    } else if (field_is_string != constants->is_string) {
        lexer_error_at(lexer, -WEFT_E_INVALID, constants->column,
                       "%s field %s is not compatible with %s constant.",
                       field_is_string ? "String" : "Integer", symbol->name,
                       constants->is_string ? "string" : "integer");
        return false;
    } else if (!field_is_string && constants->n_bits > ref->n_bits) {
        lexer_error_at(lexer, -WEFT_E_INVALID, constants->column,
                       "%u-bit constant is not compatible with %u-bit field "
                       "%s.", constants->n_bits, ref->n_bits, symbol->name);
        return false;
    }
    return true;
}
