/* Formats of strings that hold addresses. */
#include <config.h>

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "schemas/schema_private.h"
#include "util.h"

/* Addresses within a longer string: no longer than this is one. */
enum { MAX_TOKEN_BYTES = 64 };

/* Copies the next token of '*sp' and moves '*sp' to the one after it.
 * Returns false at the end, and for a token longer than any address. */
static bool
next_token(const char **sp, char token[MAX_TOKEN_BYTES])
{
    const char *s = *sp + strspn(*sp, " ");
    size_t size = strcspn(s, " ");

    if (!size || size >= MAX_TOKEN_BYTES) {
        return false;
    }
    memcpy(token, s, size);
    token[size] = '\0';
    *sp = s + size + strspn(s + size, " ");
    return true;
}

bool
schema_format_is_mac(const char *string)
{
    for (size_t i = 0; i < 17; i++) {
        if (i % 3 == 2 ? string[i] != ':'
            : !isxdigit((unsigned char) string[i])) {
            return false;       /* The NUL of a shorter string too. */
        }
    }
    return !string[17];
}

bool
schema_format_is_ip4(const char *string)
{
    struct in_addr address;

    return inet_pton(AF_INET, string, &address) == 1;
}

bool
schema_format_is_ip6(const char *string)
{
    struct in6_addr address;

    return inet_pton(AF_INET6, string, &address) == 1;
}

bool
schema_format_is_ip(const char *string)
{
    return schema_format_is_ip4(string) || schema_format_is_ip6(string);
}

bool
schema_format_is_cidr(const char *string)
{
    const char *slash = strchr(string, '/');
    char address[MAX_TOKEN_BYTES];
    int max, length = 0;

    if (!slash || slash - string >= MAX_TOKEN_BYTES) {
        return false;
    }
    memcpy(address, string, slash - string);
    address[slash - string] = '\0';
    max = (schema_format_is_ip4(address) ? 32
           : schema_format_is_ip6(address) ? 128 : -1);

    const char *digits = slash + 1;

    if (!digits[0] || strlen(digits) > 3 || (digits[0] == '0' && digits[1])) {
        return false;
    }
    for (; *digits; digits++) {
        if (!isdigit((unsigned char) *digits)) {
            return false;
        }
        length = length * 10 + (*digits - '0');
    }
    return length <= max;
}

bool
schema_format_is_ip_or_cidr(const char *string)
{
    return schema_format_is_ip(string) || schema_format_is_cidr(string);
}

/* The rest of 's' is tokens of 'format', none, or more. */
static bool
rest_is(const char *s, bool (*format)(const char *))
{
    char token[MAX_TOKEN_BYTES];

    while (*s) {
        if (!next_token(&s, token) || !format(token)) {
            return false;
        }
    }
    return true;
}

bool
schema_format_is_lsp_address(const char *string)
{
    char token[MAX_TOKEN_BYTES];
    const char *s = string;

    if (!next_token(&s, token)) {
        return false;
    }
    if (!strcmp(token, "unknown") || !strcmp(token, "router")) {
        return !*s;
    }
    if (!strcmp(token, "dynamic")) {
        return rest_is(s, schema_format_is_ip);
    }
    return (schema_format_is_mac(token)
            && (!strcmp(s, "dynamic") || rest_is(s, schema_format_is_ip)));
}

bool
schema_format_is_port_security(const char *string)
{
    char token[MAX_TOKEN_BYTES];
    const char *s = string;

    return (next_token(&s, token) && schema_format_is_mac(token)
            && rest_is(s, schema_format_is_ip_or_cidr));
}

bool
schema_format_is_cidr4(const char *string)
{
    return schema_format_is_cidr(string) && !strchr(string, ':');
}

bool
schema_format_is_ip6_prefix(const char *string)
{
    return strchr(string, ':') && schema_format_is_ip_or_cidr(string);
}

bool
schema_format_is_nexthop(const char *string)
{
    return !strcmp(string, "discard") || schema_format_is_ip(string);
}

bool
schema_format_is_ip4_or_mac(const char *string)
{
    return schema_format_is_ip4(string) || schema_format_is_mac(string);
}

bool
schema_format_is_oui(const char *string)
{
    for (size_t i = 0; i < 8; i++) {
        if (i % 3 == 2 ? string[i] != ':'
            : !isxdigit((unsigned char) string[i])) {
            return false;       /* The NUL of a shorter string too. */
        }
    }
    return !string[8];
}
