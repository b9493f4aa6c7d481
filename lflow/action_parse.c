/* Parsing of logical actions: statements, and what the families share.
 *
 *     actions:   statement ; ...
 *     statement: FIELD = FIELD | FIELD = CONSTANT | FIELD <-> FIELD
 *              | FIELD-- | FIELD = NAME(...) | NAME | NAME(...) | NAME { } */
#include <config.h>

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lflow/action_impl.h"
#include "lflow/limits.h"
#include "packets.h"
#include "util.h"

/* Names that ovn-sb(5) has and OVN itself doesn't accept, beside those that
 * OVN accepts. */
static const struct {
    const char *alias;
    enum lflow_action_type type;
} aliases[] = {
    { "check_ecmp_nh_mac", LFLOW_ACTION_CHK_ECMP_NH_MAC },
    { "check_ecmp_nh", LFLOW_ACTION_CHK_ECMP_NH },
};

/* The type of the action 'name' with this syntax, or N_LFLOW_ACTIONS. */
static enum lflow_action_type
find_action(const char *name, enum action_syntax syntax)
{
    for (enum lflow_action_type type = 0; type < N_LFLOW_ACTIONS; type++) {
        const struct action_class *class = action_class(type);

        if (class->syntax == syntax && *class->name == *name
            && !strcmp(class->name, name)) {
            return type;
        }
    }
    for (size_t i = 0; syntax == ACTION_RESULT && i < ARRAY_SIZE(aliases);
         i++) {
        if (!strcmp(aliases[i].alias, name)) {
            return aliases[i].type;
        }
    }
    return N_LFLOW_ACTIONS;
}

/* FIELD, then =, <-> or --. */
static void
parse_field_statement(struct action_parser *parser,
                      struct lflow_action *action)
{
    struct lexer *lexer = &parser->lexer;
    enum lflow_action_type type = N_LFLOW_ACTIONS;

    parser->field_column = lexer->token.column;
    if (!field_ref_parse(lexer, &parser->dst)) {
        return;
    }
    if (lexer_match(lexer, LEX_EXCHANGE)) {
        type = LFLOW_ACTION_EXCHANGE;
    } else if (lexer_match(lexer, LEX_EQUALS)) {
        type = LFLOW_ACTION_LOAD;
        if (lexer->token.type == LEX_ID
            && lexer_lookahead(lexer) == LEX_LPAREN) {
            enum lflow_action_type result = find_action(lexer->token.text,
                                                        ACTION_RESULT);

            if (result != N_LFLOW_ACTIONS) {
                lexer_get(lexer);
                type = result;
            }
        }
    } else {
        lexer_syntax_error(lexer, "expecting `=' or `<->'");
        return;
    }
    action->type = type;
    action_class(type)->parse(parser, action);
}

static void
parse_named_statement(struct action_parser *parser,
                      struct lflow_action *action)
{
    struct lexer *lexer = &parser->lexer;
    enum lflow_action_type type = find_action(lexer->token.text,
                                              ACTION_STATEMENT);

    if (type == N_LFLOW_ACTIONS) {
        lexer_syntax_error(lexer, "expecting action");
        return;
    }
    lexer_get(lexer);
    action->type = type;
    action_class(type)->parse(parser, action);
}

static void
parse_statement(struct action_parser *parser, struct lflow_action *action)
{
    struct lexer *lexer = &parser->lexer;
    enum lex_type lookahead;

    if (lexer->token.type != LEX_ID) {
        action_syntax_error(lexer);
        return;
    }
    lookahead = lexer_lookahead(lexer);
    if (lookahead == LEX_EQUALS || lookahead == LEX_EXCHANGE
        || lookahead == LEX_LSQUARE) {
        parse_field_statement(parser, action);
    } else if (lookahead == LEX_ERROR) {
        lexer_get(lexer);
    } else if (lookahead == LEX_DECREMENT) {
        action->type = LFLOW_ACTION_DEC_TTL;
        action_parse_dec_ttl(parser, action);
    } else {
        parse_named_statement(parser, action);
    }
    if (parser->in_ct_commit && action->type != LFLOW_ACTION_LOAD
        && action->type != LFLOW_ACTION_MOVE) {
        lexer_error(lexer, "\"%s\" action not allowed in ct_commit.",
                    lflow_action_name(action->type));
    }
    lexer_force(lexer, LEX_SEMICOLON);
}

const struct lflow_actions *
action_parse_list(struct action_parser *parser)
{
    struct lexer *lexer = &parser->lexer;
    struct lflow_actions *actions
        = lflow_arena_alloc(parser->arena, sizeof *actions);
    const struct lflow_action **tail = &actions->first;

    while (lexer_is_ok(lexer) && lexer->token.type != LEX_END
           && lexer->token.type != LEX_RCURLY) {
        struct lflow_action *action
            = lflow_arena_alloc(parser->arena, sizeof *action);

        action->src_ingress = pipeline_is_ingress(parser->place->pipeline);
        parse_statement(parser, action);
        if (lexer_is_ok(lexer)) {
            *tail = action;
            tail = &action->next_action;
            actions->n++;
        }
    }
    return actions;
}

/* "drop;" within braces is no actions at all. */
static void
skip_drop(struct lexer *lexer)
{
    if (lexer->token.type == LEX_ID && !strcmp(lexer->token.text, "drop")
        && lexer_lookahead(lexer) == LEX_SEMICOLON) {
        lexer_get(lexer);
        lexer_get(lexer);
    }
}

const struct lflow_actions *
action_parse_braces(struct action_parser *parser, bool keep_prereqs)
{
    const struct expr *outer = parser->prereqs;
    const struct lflow_actions *actions;

    if (!lexer_force(&parser->lexer, LEX_LCURLY)) {
        return NULL;
    } else if (parser->lexer.depth >= ACTION_MAX_NESTING) {
        lexer_error(&parser->lexer, "maximum depth of nested actions "
                    "reached");
        return NULL;
    } else if (!lexer_enter(&parser->lexer)) {
        return NULL;
    }
    skip_drop(&parser->lexer);
    actions = action_parse_list(parser);
    lexer_force(&parser->lexer, LEX_RCURLY);
    lexer_leave(&parser->lexer);
    if (!keep_prereqs) {
        parser->prereqs = outer;
    }
    return actions;
}

/* --- What families share ----------------------------------------------- */

void
action_syntax_error(struct lexer *lexer)
{
    if (lexer->token.type == LEX_END) {
        lexer_error(lexer, "Syntax error at end of input.");
    } else {
        const struct token *token = &lexer->token;

        lexer_error(lexer, "Syntax error at `%.*s'.",
                    (int) MIN(token->length, 60),
                    lexer->input + (token->column - 1));
    }
}

void
action_field_error(struct action_parser *parser, const char *format, ...)
{
    va_list args;
    char *message;

    va_start(args, format);
    message = xvasprintf(format, args);
    va_end(args);
    lexer_error_at(&parser->lexer, -WEFT_E_INVALID, parser->field_column,
                   "%s", message);
    free(message);
}

void
action_require(struct action_parser *parser, const char *text)
{
    const struct expr *expr;

    if (!expr_parse_string(text, NULL, NULL, parser->arena, &expr, NULL)) {
        parser->prereqs = expr_and(parser->arena, parser->prereqs, expr);
    }
}

static bool
require_lvalue(struct action_parser *parser, const struct field_ref *ref)
{
    const struct symbol *symbol = ref->symbol;

    if (symbol->kind == SYMBOL_PREDICATE) {
        action_field_error(parser, "Predicate symbol %s used where lvalue "
                           "required.", symbol->name);
        return false;
    }
    if (symbol->prereqs_expr && symbol->kind != SYMBOL_PSEUDO) {
        parser->prereqs = expr_and(parser->arena, parser->prereqs,
                                   symbol->prereqs_expr);
    }
    return true;
}

bool
action_parse_field(struct action_parser *parser, struct field_ref *ref)
{
    parser->field_column = parser->lexer.token.column;
    return field_ref_parse(&parser->lexer, ref)
           && require_lvalue(parser, ref);
}

bool
action_check_width(struct action_parser *parser, const struct field_ref *ref,
                   unsigned int n_bits)
{
    bool is_string = symbol_is_string(ref->symbol);

    if (is_string && !n_bits) {
        return true;
    } else if (is_string || !n_bits) {
        action_field_error(parser, "Cannot use %s field %s where %s field is "
                           "required.", is_string ? "string" : "numeric",
                           ref->symbol->name,
                           is_string ? "numeric" : "string");
        return false;
    } else if (ref->n_bits != n_bits) {
        action_field_error(parser, "Cannot use %u-bit field %s[%d..%d] where "
                           "%u-bit field is required.", ref->n_bits,
                           ref->symbol->name, ref->ofs,
                           ref->ofs + ref->n_bits - 1, n_bits);
        return false;
    }
    return true;
}

bool
action_parse_field_of(struct action_parser *parser, unsigned int n_bits,
                      struct field_ref *ref)
{
    return action_parse_field(parser, ref)
           && action_check_width(parser, ref, n_bits);
}

bool
action_check_writable(struct action_parser *parser,
                      const struct field_ref *ref)
{
    const struct symbol *symbol = ref->symbol;
    enum mf_field_id id = symbol->field ? symbol->field->id : MFF_N_IDS;
    bool is_ct = id == MFF_CT_MARK || id == MFF_CT_LABEL;
    bool ok;

    if (!require_lvalue(parser, ref)) {
        return false;
    }
    ok = parser->in_ct_commit ? is_ct : symbol->writable && !is_ct;
    if (ok && symbol->field && symbol->field->maskable == MFM_NONE
        && ref->n_bits && ref->n_bits != symbol->field->n_bits) {
        ok = false;
    }
    if (!ok) {
        action_field_error(parser, "Field %s is not modifiable.",
                           symbol->name);
    }
    return ok;
}

bool
action_take_bit(struct action_parser *parser, struct field_ref *dst)
{
    *dst = parser->dst;
    return action_check_width(parser, dst, 1)
           && action_check_writable(parser, dst);
}

bool
action_parse_no_args(struct action_parser *parser, const char *name)
{
    if (!lexer_force(&parser->lexer, LEX_LPAREN)) {
        return false;
    } else if (!lexer_match(&parser->lexer, LEX_RPAREN)) {
        lexer_error(&parser->lexer, "%s doesn't take any parameters", name);
        return false;
    }
    return true;
}

bool
action_next_stage(struct action_parser *parser, const char *name,
                  uint8_t *stage)
{
    if (parser->place->stage + 1 >= parser->place->n_stages) {
        lexer_error(&parser->lexer,
                    "\"%s\" action not allowed in last table.", name);
        return false;
    }
    *stage = parser->place->stage + 1;
    return true;
}

char *
action_token_text(struct action_parser *parser)
{
    const struct token *token = &parser->lexer.token;

    return lflow_arena_strndup(parser->arena, token->text,
                               token->text_length);
}

const char *
action_parse_string(struct action_parser *parser)
{
    const char *text;

    if (parser->lexer.token.type != LEX_STRING) {
        lexer_syntax_error(&parser->lexer, "expecting string");
        return NULL;
    }
    text = action_token_text(parser);
    lexer_get(&parser->lexer);
    return text;
}

bool
lflow_endpoint_parse(const char *text, struct lflow_address *address,
                     uint16_t *port)
{
    const char *colon = strrchr(text, ':');
    const char *end = strchr(text, '\0');
    bool bracket = *text == '[';
    bool has_port = bracket ? colon && colon > text && colon[-1] == ']'
                            : colon && strchr(text, ':') == colon;
    char ip[INET6_ADDRSTRLEN];
    struct in6_addr ipv6;
    unsigned int number = 0;
    ovs_be32 ipv4;
    size_t length;

    if (has_port && !str_to_uint(colon + 1, 10, &number)) {
        return false;
    }
    length = (has_port ? colon : end) - text;
    if (bracket) {
        if (length < 2 || text[length - 1] != ']') {
            return false;
        }
        text++;
        length -= 2;
    }
    if (length >= sizeof ip || number > UINT16_MAX) {
        return false;
    }
    ovs_strlcpy(ip, text, length + 1);
    *port = number;
    if (!bracket && ip_parse(ip, &ipv4)) {
        address->family = AF_INET;
        in6_addr_set_mapped_ipv4(&address->ip, ipv4);
        return true;
    } else if (ipv6_parse(ip, &ipv6)) {
        address->family = AF_INET6;
        address->ip = ipv6;
        return true;
    }
    return false;
}

void
action_format_endpoint(const struct lflow_address *address, uint16_t port,
                       bool always_brackets, struct ds *s)
{
    bool brackets = address->family == AF_INET6 && (port || always_brackets);

    ds_put_cstr(s, brackets ? "[" : "");
    action_format_address(address, s);
    ds_put_cstr(s, brackets ? "]" : "");
    if (port) {
        ds_put_format(s, ":%d", port);
    }
}

void
action_format_address(const struct lflow_address *address, struct ds *s)
{
    if (address->family == AF_INET) {
        ds_put_format(s, IP_FMT,
                      IP_ARGS(in6_addr_get_mapped_ipv4(&address->ip)));
    } else {
        ipv6_format_addr(&address->ip, s);
    }
}
