/* The scanner: white space, comments, identifiers and punctuation. */
#include <config.h>

#include "lflow/lex_scan.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lflow/limits.h"
#include "util.h"

void
lex_set_error(struct token *token, struct lflow_arena *texts,
              const char *format, ...)
{
    va_list args;
    char *message;

    va_start(args, format);
    message = xvasprintf(format, args);
    va_end(args);
    token->type = LEX_ERROR;
    token->text_length = strlen(message);
    token->text = lflow_arena_strndup(texts, message, token->text_length);
    free(message);
}

static bool
is_id_start(unsigned char c)
{
    return isalpha(c) || c == '_';
}

static bool
is_id_rest(unsigned char c)
{
    return isalnum(c) || c == '_' || c == '.';
}

bool
lex_is_id(const char *name)
{
    if (!is_id_start(*name) || strlen(name) > LFLOW_MAX_TOKEN) {
        return false;
    }
    while (is_id_rest(*name)) {
        name++;
    }
    return !*name;
}

/* Scans an identifier at 'p', whose first byte was checked. */
static const char *
scan_id(const char *p, const char *end, enum lex_type type,
        struct lflow_arena *texts, struct token *token)
{
    const char *start = p;

    while (p < end && is_id_rest(*p)) {
        p++;
    }
    if (p - start > LFLOW_MAX_TOKEN) {
        lex_set_error(token, texts, "Identifier longer than %d bytes.",
                      LFLOW_MAX_TOKEN);
        return p;
    }
    token->type = type;
    token->text_length = p - start;
    token->text = lflow_arena_strndup(texts, start, p - start);
    return p;
}

/* Scans '$', '@' or '^' at 'p' and the identifier that must follow. */
static const char *
scan_sigil(const char *p, const char *end, struct lflow_arena *texts,
           struct token *token)
{
    char sigil = *p++;

    if (p >= end || !is_id_start(*p)) {
        lex_set_error(token, texts,
                      "`%c' must be followed by a valid identifier.", sigil);
        return p;
    }
    return scan_id(p, end,
                   (sigil == '$' ? LEX_MACRO
                    : sigil == '@' ? LEX_PORT_GROUP : LEX_TEMPLATE),
                   texts, token);
}

/* Skips a comment that starts at 'p' ("/"), or makes 'token' an error.
 * Returns where to go on. */
static const char *
skip_comment(const char *p, const char *end, struct lflow_arena *texts,
             struct token *token)
{
    if (end - p >= 2 && p[1] == '/') {
        const char *newline = memchr(p, '\n', end - p);

        return newline ? newline : end;
    } else if (end - p >= 2 && p[1] == '*') {
        const char *close = memmem(p + 2, end - p - 2, "*/", 2);

        if (close) {
            return close + 2;
        }
        lex_set_error(token, texts, "`/*' without matching `*/'.");
        return end;
    }
    lex_set_error(token, texts,
                  "`/' is only valid as part of `//' or `/*'.");
    return p + 1;
}

/* Scans punctuation, the longest that fits. */
static const char *
scan_punctuation(const char *p, const char *end, struct lflow_arena *texts,
                 struct token *token)
{
    static const struct {
        enum lex_type type;
        const char *text;
    } all[] = {
#define LEX(NAME, TEXT) { LEX_##NAME, TEXT },
        LEX_PUNCTUATION
#undef LEX
    };
    size_t best = 0;

    for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
        size_t length = strlen(all[i].text);

        if (length > best && length <= (size_t) (end - p)
            && !memcmp(p, all[i].text, length)) {
            best = length;
            token->type = all[i].type;
        }
    }
    if (best) {
        return p + best;
    } else if (*p == '&' || *p == '|') {
        lex_set_error(token, texts,
                      "`%c' is only valid as part of `%c%c'.", *p, *p, *p);
    } else if (*p == '.') {
        lex_set_error(token, texts, "`.' is only valid as part of `..' or a "
                      "number.");
    } else if (isprint((unsigned char) *p)) {
        lex_set_error(token, texts, "Invalid character `%c' in input.", *p);
    } else {
        lex_set_error(token, texts, "Invalid byte 0x%x in input.",
                      (unsigned char) *p);
    }
    return p + 1;
}

const char *
lex_scan(const char *p, const char *end, struct lflow_arena *texts,
         struct token *token, const char **start)
{
    memset(token, 0, sizeof *token);
    token->type = LEX_END;
    for (;;) {
        while (p < end && (*p == ' ' || (*p >= '\t' && *p <= '\r'))) {
            p++;
        }
        *start = p;
        if (p >= end || *p != '/') {
            break;
        }
        p = skip_comment(p, end, texts, token);
        if (token->type == LEX_ERROR) {
            return p;
        }
    }
    if (p >= end) {
        return p;
    } else if (lex_is_number(p, end)) {
        return lex_scan_number(p, end, texts, token);
    } else if (is_id_start(*p)) {
        return scan_id(p, end, LEX_ID, texts, token);
    } else if (*p == '"') {
        return lex_scan_string(p, end, texts, token);
    } else if (*p == '$' || *p == '@' || *p == '^') {
        return scan_sigil(p, end, texts, token);
    }
    return scan_punctuation(p, end, texts, token);
}
