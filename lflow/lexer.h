/* The tokens of matches and actions, which share one lexical syntax
 * (ovn-sb(5), "Constants" and "Miscellaneous").
 *
 * A lexer holds the current token, 'token'; lexer_get() moves on.  Its text
 * is borrowed.  The first error sticks: the current token becomes
 * LEX_ERROR or LEX_END, every later call fails, so a parser may check once,
 * at its end.  Input of any bytes is safe.
 *
 *     struct lexer lexer;
 *
 *     lexer_init(&lexer, "match", text, strlen(text));
 *     lexer_get(&lexer);                       // the first token
 *     if (lexer_match(&lexer, LEX_LPAREN)) { ... }
 *     lexer_force_end(&lexer);
 *     int error = lexer_take_error(&lexer, err);
 *     lexer_destroy(&lexer);                   */
#ifndef WEFT_LFLOW_LEXER_H
#define WEFT_LFLOW_LEXER_H 1

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"
#include "lflow/arena.h"
#include "lflow/u128.h"

/* Punctuation: name, text. */
#define LEX_PUNCTUATION                                                 \
    LEX(LPAREN, "(") LEX(RPAREN, ")")                                   \
    LEX(LSQUARE, "[") LEX(RSQUARE, "]")                                 \
    LEX(LCURLY, "{") LEX(RCURLY, "}")                                   \
    LEX(EQ, "==") LEX(NE, "!=") LEX(LT, "<") LEX(LE, "<=")              \
    LEX(GT, ">") LEX(GE, ">=")                                          \
    LEX(NOT, "!") LEX(AND, "&&") LEX(OR, "||")                          \
    LEX(ELLIPSIS, "..") LEX(COMMA, ",") LEX(SEMICOLON, ";")             \
    LEX(EQUALS, "=") LEX(EXCHANGE, "<->") LEX(DECREMENT, "--")          \
    LEX(COLON, ":") LEX(HYPHEN, "-")

enum lex_type {
    LEX_END,            /* Of the input; also after an error. */
    LEX_ID,             /* ip4.src, next: text. */
    LEX_STRING,         /* "...": text, unescaped UTF-8. */
    LEX_INTEGER,        /* value. */
    LEX_MASKED_INTEGER, /* value/mask. */
    LEX_MACRO,          /* $address_set: text without the "$". */
    LEX_PORT_GROUP,     /* @port_group: text without the "@". */
    LEX_TEMPLATE,       /* ^variable: text without the "^". */
    LEX_ERROR,          /* text says what is wrong. */
#define LEX(NAME, TEXT) LEX_##NAME,
    LEX_PUNCTUATION
#undef LEX
    N_LEX_TYPES
};

/* How an integer was written, and is to be written again. */
enum lex_format {
    LEX_F_DECIMAL,
    LEX_F_HEXADECIMAL,
    LEX_F_IPV4,
    LEX_F_IPV6,
    LEX_F_ETHERNET
};

/* One token. */
struct token {
    enum lex_type type;
    enum lex_format format;     /* LEX_INTEGER and LEX_MASKED_INTEGER. */
    unsigned int column;        /* Of its first byte, from 1. */
    unsigned int length;        /* Bytes of input. */
    const char *text;           /* As above; NUL-terminated, valid until
                                 * lexer_destroy(); otherwise NULL. */
    size_t text_length;
    u128 value;
    u128 mask;                  /* LEX_MASKED_INTEGER. */
};

/* Start with lexer_init(), end with lexer_destroy(). */
struct lexer {
    const char *subject;        /* "match" or "actions", for errors. */
    const char *input;          /* Borrowed text... */
    const char *end;            /* ...its end... */
    const char *next;           /* ...and what follows the current token. */
    struct token token;         /* Current token; read-only for users. */
    unsigned int depth;         /* For parsers that recurse: see
                                 * lexer_enter(). */
    char *error;                /* First error's message, or NULL. */
    int error_code;             /* Its code. */
    unsigned int error_column;  /* Where it is. */
    struct lflow_arena texts;   /* Text of tokens; the lexer's own. */
};

/* Starts on 'length' bytes of 'text', which must stay until
 * lexer_destroy().  'subject' (borrowed, "match" or "actions") is named in
 * errors.  There is no current token until lexer_get(). */
void lexer_init(struct lexer *lexer, const char *subject, const char *text,
                size_t length);
void lexer_destroy(struct lexer *lexer);

/* Moves to the next token and returns its type.  A token that is not well
 * formed sets the error and is LEX_ERROR; after that always LEX_END. */
enum lex_type lexer_get(struct lexer *lexer);

/* The next token's type without moving there.  Never sets the error. */
enum lex_type lexer_lookahead(const struct lexer *lexer);

/* If the current token is of 'type', moves on and returns true. */
bool lexer_match(struct lexer *lexer, enum lex_type type);

/* The same, for the identifier 'id'. */
bool lexer_match_id(struct lexer *lexer, const char *id);

/* The same for a LEX_INTEGER of at most 'max', stored in '*value'. */
bool lexer_match_int(struct lexer *lexer, u128 max, u128 *value);

/* Like lexer_match*(), but anything else is a syntax error ("expecting
 * `('.", "expecting end of input."). */
bool lexer_force(struct lexer *lexer, enum lex_type type);
bool lexer_force_id(struct lexer *lexer, const char *id);
bool lexer_force_int(struct lexer *lexer, u128 max, u128 *value);
bool lexer_force_end(struct lexer *lexer);

/* If the current token is a string, stores a copy (the caller's) of its text
 * in '*text' and moves on; otherwise an error: "expecting string". */
bool lexer_force_string(struct lexer *lexer, char **text);

/* Records an error at the current token, unless one is there already:
 * "Syntax error at `TOKEN' MESSAGE." or "Syntax error at end of input
 * MESSAGE.", MESSAGE being like "expecting constant". */
void lexer_syntax_error(struct lexer *lexer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Records an error at the current token, in the words of 'format' (a whole
 * sentence with its full stop).  " (at `TOKEN')" is added where the message
 * doesn't name the token. */
void lexer_error(struct lexer *lexer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Records an error at 'column' (as of a token read earlier) with a code of
 * its own, such as -WEFT_E_TOO_LARGE. */
void lexer_error_at(struct lexer *lexer, int code, unsigned int column,
                    const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Is there no error so far? */
static inline bool
lexer_is_ok(const struct lexer *lexer)
{
    return !lexer->error;
}

/* Counts one level of nesting; past LFLOW_MAX_DEPTH it sets the error
 * "Parentheses nested too deeply." and returns false.  Every successful
 * lexer_enter() is followed by a lexer_leave(). */
bool lexer_enter(struct lexer *lexer);
void lexer_leave(struct lexer *lexer);

/* 0, or the code of the error after putting it in 'err': field
 * "match:COLUMN" (or "actions:..."), message as above. */
int lexer_take_error(const struct lexer *lexer, struct err *err);

/* Appends the token as it could have been written. */
struct ds;
void token_format(const struct token *token, struct ds *s);

/* How wide an integer is: an address as its kind is, a number or a mask as
 * its value. */
unsigned int token_n_bits(const struct token *token);

/* Appends 'value' (and "/mask" unless 'mask' is all ones) in 'format'. */
void lex_format_integer(u128 value, enum lex_format format, struct ds *s);
void lex_format_masked(u128 value, u128 mask, enum lex_format format,
                       struct ds *s);

/* Appends "text" quoted and escaped as JSON. */
void lex_format_string(const char *text, struct ds *s);

/* Is 'name' (whole) an identifier, as symbols and address sets have? */
bool lex_is_id(const char *name);

/* Parses the whole of 'text' as one integer or masked integer (an address
 * set's member, a fixture's constant).  Returns 0 or -WEFT_E_INVALID. */
int lex_parse_integer(const char *text, struct token *token,
                      struct err *err);

#endif
