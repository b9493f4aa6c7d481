/* The lexer as parsers use it: the current token, what is expected of it, and
 * the first error.  Scanning is in lex_scan.c, lex_number.c, lex_string.c. */
#include <config.h>

#include "lflow/lexer.h"

#include <stdlib.h>
#include <string.h>

#include "lflow/lex_scan.h"
#include "lflow/limits.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

static const char *const punctuation[N_LEX_TYPES] = {
#define LEX(NAME, TEXT) [LEX_##NAME] = TEXT,
    LEX_PUNCTUATION
#undef LEX
};

void
lexer_init(struct lexer *lexer, const char *subject, const char *text,
           size_t length)
{
    memset(lexer, 0, sizeof *lexer);
    lexer->subject = subject;
    lexer->input = lexer->next = text;
    lexer->end = text + length;
    lexer->token.column = 1;
    if (length > LFLOW_MAX_TEXT) {
        lexer_error_at(lexer, -WEFT_E_TOO_LARGE, 1,
                       "Text longer than %d bytes.", LFLOW_MAX_TEXT);
    }
}

void
lexer_destroy(struct lexer *lexer)
{
    lflow_arena_destroy(&lexer->texts);
    free(lexer->error);
    lexer->error = NULL;
}

enum lex_type
lexer_get(struct lexer *lexer)
{
    struct token *token = &lexer->token;
    const char *start;

    if (lexer->error) {
        token->type = LEX_END;
        return LEX_END;
    }
    lexer->next = lex_scan(lexer->next, lexer->end, &lexer->texts, token,
                           &start);
    token->column = start - lexer->input + 1;
    token->length = lexer->next - start;
    if (token->type == LEX_ERROR) {
        lexer_error(lexer, "%s", token->text);
    }
    return token->type;
}

enum lex_type
lexer_lookahead(const struct lexer *lexer)
{
    struct lflow_arena texts = LFLOW_ARENA_INIT;
    struct token token;
    const char *start;

    if (lexer->error) {
        return LEX_END;
    }
    lex_scan(lexer->next, lexer->end, &texts, &token, &start);
    lflow_arena_destroy(&texts);
    return token.type;
}

bool
lexer_match(struct lexer *lexer, enum lex_type type)
{
    if (lexer->token.type != type || lexer->error) {
        return false;
    }
    lexer_get(lexer);
    return true;
}

bool
lexer_match_id(struct lexer *lexer, const char *id)
{
    return lexer->token.type == LEX_ID && !strcmp(lexer->token.text, id)
           && lexer_match(lexer, LEX_ID);
}

bool
lexer_match_int(struct lexer *lexer, u128 max, u128 *value)
{
    u128 v = lexer->token.value;

    if (lexer->token.type == LEX_INTEGER && v <= max
        && lexer_match(lexer, LEX_INTEGER)) {
        *value = v;
        return true;
    }
    return false;
}

bool
lexer_force(struct lexer *lexer, enum lex_type type)
{
    if (lexer_match(lexer, type)) {
        return true;
    } else if (punctuation[type]) {
        lexer_syntax_error(lexer, "expecting `%s'", punctuation[type]);
    } else {
        lexer_syntax_error(lexer, "expecting %s",
                           type == LEX_STRING ? "string"
                           : type == LEX_INTEGER ? "integer"
                           : type == LEX_END ? "end of input" : "name");
    }
    return false;
}

bool
lexer_force_id(struct lexer *lexer, const char *id)
{
    if (!lexer_match_id(lexer, id)) {
        lexer_syntax_error(lexer, "expecting `%s'", id);
        return false;
    }
    return true;
}

bool
lexer_force_int(struct lexer *lexer, u128 max, u128 *value)
{
    if (!lexer_match_int(lexer, max, value)) {
        lexer_syntax_error(lexer, max >> 31 ? "expecting integer"
                                            : "expecting small integer");
        return false;
    }
    return true;
}

bool
lexer_force_end(struct lexer *lexer)
{
    if (lexer->error) {
        return false;
    } else if (lexer->token.type != LEX_END) {
        lexer_syntax_error(lexer, "expecting end of input");
        return false;
    }
    return true;
}

bool
lexer_force_string(struct lexer *lexer, char **text)
{
    const char *s = lexer->token.text;

    if (lexer_force(lexer, LEX_STRING)) {
        *text = xstrdup(s);
        return true;
    }
    return false;
}

/* Records the first error; takes 'message'. */
static void
lexer_set_error(struct lexer *lexer, int code, unsigned int column,
                char *message)
{
    if (lexer->error) {
        free(message);
        return;
    }
    lexer->error = message;
    lexer->error_code = code;
    lexer->error_column = column;
    lexer->token.type = LEX_ERROR;
    lexer->next = lexer->end;
}

/* At most this much of a token is shown in an error. */
enum { MAX_SHOWN = 60 };

/* The token at 'column' as it stands in the input; "" at its end. */
static char *
lexer_shown_token(const struct lexer *lexer, unsigned int column)
{
    struct lflow_arena texts = LFLOW_ARENA_INIT;
    const char *start, *end;
    struct token token;

    end = lex_scan(lexer->input + (column - 1), lexer->end, &texts, &token,
                   &start);
    lflow_arena_destroy(&texts);
    return xmemdup0(start, MIN(end - start, MAX_SHOWN));
}

void
lexer_syntax_error(struct lexer *lexer, const char *format, ...)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    va_list args;

    if (lexer->error) {
        return;
    }
    if (lexer->token.type == LEX_END) {
        ds_put_cstr(&s, "Syntax error at end of input ");
    } else {
        char *shown = lexer_shown_token(lexer, lexer->token.column);

        ds_put_format(&s, "Syntax error at `%s' ", shown);
        free(shown);
    }
    va_start(args, format);
    ds_put_format_valist(&s, format, args);
    va_end(args);
    ds_put_char(&s, '.');
    lexer_set_error(lexer, -WEFT_E_INVALID, lexer->token.column,
                    ds_steal_cstr(&s));
}

static void
lexer_error_valist(struct lexer *lexer, int code, unsigned int column,
                   const char *format, va_list args)
    __attribute__((format(printf, 4, 0)));

static void
lexer_error_valist(struct lexer *lexer, int code, unsigned int column,
                   const char *format, va_list args)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    char *shown, *quoted;

    if (lexer->error) {
        return;
    }
    ds_put_format_valist(&s, format, args);
    shown = lexer_shown_token(lexer, column);
    quoted = xasprintf("`%s'", shown);
    if (*shown && !strstr(ds_cstr(&s), quoted)) {
        ds_put_format(&s, " (at %s)", quoted);
    }
    free(quoted);
    free(shown);
    lexer_set_error(lexer, code, column, ds_steal_cstr(&s));
}

void
lexer_error(struct lexer *lexer, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    lexer_error_valist(lexer, -WEFT_E_INVALID, lexer->token.column, format,
                       args);
    va_end(args);
}

void
lexer_error_at(struct lexer *lexer, int code, unsigned int column,
               const char *format, ...)
{
    va_list args;

    va_start(args, format);
    lexer_error_valist(lexer, code, column, format, args);
    va_end(args);
}

bool
lexer_enter(struct lexer *lexer)
{
    if (lexer->depth >= LFLOW_MAX_DEPTH) {
        lexer_error(lexer, "Parentheses nested too deeply.");
        return false;
    }
    lexer->depth++;
    return true;
}

void
lexer_leave(struct lexer *lexer)
{
    lexer->depth--;
}

int
lexer_take_error(const struct lexer *lexer, struct err *err)
{
    char *field;
    int code;

    if (!lexer->error) {
        return 0;
    }
    field = xasprintf("%s:%u", lexer->subject, lexer->error_column);
    code = err_put(err, lexer->error_code, field, "%s", lexer->error);
    free(field);
    return code;
}

int
lex_parse_integer(const char *text, struct token *token, struct err *err)
{
    struct lexer lexer;
    int error;

    lexer_init(&lexer, "constant", text, strlen(text));
    lexer_get(&lexer);
    *token = lexer.token;
    token->text = NULL;
    if (!lexer_match(&lexer, LEX_INTEGER)
        && !lexer_match(&lexer, LEX_MASKED_INTEGER)) {
        lexer_syntax_error(&lexer, "expecting constant");
    }
    lexer_force_end(&lexer);
    error = lexer_take_error(&lexer, err);
    lexer_destroy(&lexer);
    return error;
}
