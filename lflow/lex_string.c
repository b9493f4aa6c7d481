/* Quoted strings, escaped as in JSON (RFC 8259, section 7), both ways. */
#include <config.h>

#include "lflow/lex_scan.h"

#include <string.h>

#include "lflow/limits.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

/* Appends code point 'c' to 's' in UTF-8. */
static void
put_utf8(uint32_t c, struct ds *s)
{
    if (c < 0x80) {
        ds_put_char(s, c);
    } else if (c < 0x800) {
        ds_put_char(s, 0xc0 | c >> 6);
        ds_put_char(s, 0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        ds_put_char(s, 0xe0 | c >> 12);
        ds_put_char(s, 0x80 | (c >> 6 & 0x3f));
        ds_put_char(s, 0x80 | (c & 0x3f));
    } else {
        ds_put_char(s, 0xf0 | c >> 18);
        ds_put_char(s, 0x80 | (c >> 12 & 0x3f));
        ds_put_char(s, 0x80 | (c >> 6 & 0x3f));
        ds_put_char(s, 0x80 | (c & 0x3f));
    }
}

/* Four hexadecimal digits at 'p'; -1 where they are not. */
static int
hex4(const char *p, const char *end)
{
    int value = 0;

    for (int i = 0; i < 4; i++, p++) {
        int digit = p < end ? hexit_value(*p) : -1;

        if (digit < 0) {
            return -1;
        }
        value = value << 4 | digit;
    }
    return value;
}

/* Reads the digits of \uXXXX at 'p', with the second half of a surrogate
 * pair.  Returns where it ends, or NULL. */
static const char *
scan_unicode(const char *p, const char *end, struct ds *s)
{
    int c = hex4(p, end);

    if (c <= 0 || (c >= 0xdc00 && c <= 0xdfff)) {
        return NULL;
    }
    p += 4;
    if (c >= 0xd800) {
        if (c <= 0xdbff) {
            int low = end - p >= 6 && p[0] == '\\' && p[1] == 'u'
                      ? hex4(p + 2, end) : -1;

            if (low < 0xdc00 || low > 0xdfff) {
                return NULL;
            }
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
            p += 6;
        }
    }
    put_utf8(c, s);
    return p;
}

/* Reads an escape at 'p', after the backslash.  Returns where it ends, or
 * NULL where there is none. */
static const char *
scan_escape(const char *p, const char *end, struct ds *s)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *found;

    if (p >= end || !*p) {
        return NULL;
    } else if (*p == 'u') {
        return scan_unicode(p + 1, end, s);
    }
    found = strchr(from, *p);
    if (!found) {
        return NULL;
    }
    ds_put_char(s, to[found - from]);
    return p + 1;
}

const char *
lex_scan_string(const char *p, const char *end, struct lflow_arena *texts,
                struct token *token)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    token->type = LEX_STRING;
    for (p++; token->type == LEX_STRING; ) {
        unsigned char c = p < end ? *p : 0;

        if (p >= end) {
            lex_set_error(token, texts, "Input ends inside quoted string.");
        } else if (c == '"') {
            p++;
            break;
        } else if (c < 0x20) {
            lex_set_error(token, texts,
                          "U+%04X must be escaped in quoted string", c);
        } else if (s.length >= LFLOW_MAX_TOKEN) {
            lex_set_error(token, texts,
                          "Quoted string longer than %d bytes.",
                          LFLOW_MAX_TOKEN);
        } else if (c != '\\') {
            ds_put_char(&s, c);
            p++;
        } else {
            const char *next = scan_escape(p + 1, end, &s);

            if (next) {
                p = next;
            } else {
                lex_set_error(token, texts,
                              "Invalid escape in quoted string.");
            }
        }
    }
    if (token->type == LEX_STRING) {
        token->text_length = s.length;
        token->text = lflow_arena_strndup(texts, ds_cstr(&s), s.length);
    }
    ds_destroy(&s);
    return p;
}

void
lex_format_string(const char *text, struct ds *s)
{
    ds_put_char(s, '"');
    for (const char *p = text; *p; p++) {
        switch (*p) {
        case '"':
        case '\\':
            ds_put_char(s, '\\');
            ds_put_char(s, *p);
            break;
        case '\b':
            ds_put_cstr(s, "\\b");
            break;
        case '\f':
            ds_put_cstr(s, "\\f");
            break;
        case '\n':
            ds_put_cstr(s, "\\n");
            break;
        case '\r':
            ds_put_cstr(s, "\\r");
            break;
        case '\t':
            ds_put_cstr(s, "\\t");
            break;
        default:
            if ((unsigned char) *p < 0x20) {
                ds_put_format(s, "\\u%04x", *p);
            } else {
                ds_put_char(s, *p);
            }
            break;
        }
    }
    ds_put_char(s, '"');
}
