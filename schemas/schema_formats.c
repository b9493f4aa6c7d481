/* What strings have to look like: one function for each row of formats.json,
 * and the table of them that is generated from it. */
#include <config.h>

#include <ctype.h>
#include <string.h>

#include "schemas/schema_private.h"
#include "util.h"

bool
schema_format_check(enum schema_format format, const char *string)
{
    const struct schema_format_info *info = &schema_formats[format];

    return !info->check || info->check(string);
}

const char *
schema_format_name(enum schema_format format)
{
    return schema_formats[format].name;
}

const char *
schema_format_expected(enum schema_format format)
{
    return schema_formats[format].expected;
}

enum schema_format
schema_format_by_name(const char *name)
{
    for (size_t i = 0; i < schema_n_formats; i++) {
        if (!strcmp(name, schema_formats[i].name)) {
            return i;
        }
    }
    return SCHEMA_FORMAT_STRING;
}

/* 1 to 255 characters of UTF-8, no control characters. */
bool
schema_format_is_name(const char *string)
{
    size_t n = 0;

    for (const char *p = string; *p; p++) {
        unsigned char c = *p;

        if (c < ' ' || c == 0x7f) {
            return false;
        }
        n += (c & 0xc0) != 0x80;
    }
    return n >= 1 && n <= 255;
}

bool
schema_format_is_id(const char *string)
{
    return schema_format_is_name(string);
}

bool
schema_format_is_uuid(const char *string)
{
    for (size_t i = 0; i < 36; i++) {
        bool is_hyphen = i == 8 || i == 13 || i == 18 || i == 23;

        if (is_hyphen ? string[i] != '-'
            : !isxdigit((unsigned char) string[i])) {
            return false;       /* The NUL of a shorter string too. */
        }
    }
    return !string[36];
}

bool
schema_format_is_match(const char *string)
{
    for (const char *p = string; *p; p++) {
        unsigned char c = *p;

        if ((c < ' ' && !strchr("\n\r\t", c)) || c == 0x7f) {
            return false;
        }
    }
    return string[strspn(string, " \n\r\t")] != '\0';
}

bool
schema_format_is_identifier(const char *string)
{
    const char *p = string;

    if (!isalpha((unsigned char) *p) && *p != '_' && *p != '.') {
        return false;
    }
    while (isalnum((unsigned char) *p) || *p == '_' || *p == '.') {
        p++;
    }
    return !*p && p - string <= 255;
}
