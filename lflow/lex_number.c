/* Numbers: decimal, hexadecimal, IPv4, IPv6 and Ethernet addresses, each
 * with an optional mask.
 *
 * A number is the longest run of letters, digits, colons and single dots, but
 * a colon after a dotted quad ends it: 10.0.0.1:80 is an address, a colon and
 * a number. */
#include <config.h>

#include "lflow/lex_scan.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "packets.h"
#include "util.h"

bool
lex_is_number(const char *p, const char *end)
{
    const char *q = p;

    if (isdigit((unsigned char) *p)) {
        return true;
    } else if (*p == ':') {
        return end - p >= 2 && p[1] == ':';
    }
    while (q < end && isxdigit((unsigned char) *q)) {
        q++;
    }
    return q > p && q < end && *q == ':';
}

static bool
is_decimal(const char *p, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!isdigit((unsigned char) p[i])) {
            return false;
        }
    }
    return true;
}

static const char *
number_end(const char *p, const char *end)
{
    bool dots = false, colons = false;

    for (; p < end; p++) {
        if (*p == '.') {
            if (p + 1 < end && p[1] == '.') {
                break;
            }
            dots = true;
        } else if (*p == ':') {
            if (dots && !colons) {
                break;
            }
            colons = true;
        } else if (!isalnum((unsigned char) *p)) {
            break;
        }
    }
    return p;
}

static void
parse_decimal(const char *p, size_t length, struct lflow_arena *texts,
              struct token *token)
{
    uint64_t value = 0;

    token->format = LEX_F_DECIMAL;
    if (length > 1 && *p == '0') {
        lex_set_error(token, texts,
                      "Decimal constants must not have leading zeros.");
        return;
    }
    for (size_t i = 0; i < length; i++) {
        if (__builtin_mul_overflow(value, 10, &value)
            || __builtin_add_overflow(value, p[i] - '0', &value)) {
            lex_set_error(token, texts,
                          "Decimal constants must be less than 2**64.");
            return;
        }
    }
    token->value = value;
}

/* 'p' begins with 0x, 'length' includes that. */
static void
parse_hexadecimal(const char *p, size_t length, struct lflow_arena *texts,
                  struct token *token)
{
    u128 value = 0;

    token->format = LEX_F_HEXADECIMAL;
    if (length <= 2) {
        lex_set_error(token, texts, "Hex digits expected following 0%c.",
                      p[1]);
        return;
    }
    for (size_t i = 2; i < length; i++) {
        int digit = hexit_value(p[i]);

        if (digit < 0) {
            lex_set_error(token, texts,
                          "Invalid syntax in hexadecimal constant.");
            return;
        } else if (value >> 124) {
            lex_set_error(token, texts, "Hexadecimal constant requires more "
                          "than %d bits.", 128);
            return;
        }
        value = value << 4 | digit;
    }
    token->value = value;
}

static bool
parse_ethernet(const char *p, size_t length, struct token *token)
{
    u128 value = 0;

    if (length != 17) {
        return false;
    }
    for (size_t i = 0; i < 17; i++) {
        if (i % 3 == 2) {
            if (p[i] != ':') {
                return false;
            }
        } else if (hexit_value(p[i]) < 0) {
            return false;
        } else {
            value = value << 4 | hexit_value(p[i]);
        }
    }
    token->format = LEX_F_ETHERNET;
    token->value = value;
    return true;
}

static void
parse_ip(const char *p, size_t length, struct lflow_arena *texts,
         struct token *token)
{
    char copy[INET6_ADDRSTRLEN];
    uint8_t bytes[16];

    if (length < sizeof copy) {
        memcpy(copy, p, length);
        copy[length] = '\0';
        if (inet_pton(AF_INET, copy, bytes) == 1) {
            token->format = LEX_F_IPV4;
            token->value = u128_from_bytes(bytes, 4);
            return;
        } else if (inet_pton(AF_INET6, copy, bytes) == 1) {
            token->format = LEX_F_IPV6;
            token->value = u128_from_bytes(bytes, 16);
            return;
        }
    }
    lex_set_error(token, texts, "Invalid numeric constant.");
}

/* Scans what must be a number into type, format and value of 'token'. */
static const char *
scan_integer(const char *p, const char *end, struct lflow_arena *texts,
             struct token *token)
{
    const char *stop = number_end(p, end);
    size_t length = stop - p;

    token->type = LEX_INTEGER;
    if (!length) {
        lex_set_error(token, texts, "Integer constant expected.");
    } else if (parse_ethernet(p, length, token)) {
        /* Done. */
    } else if (length >= 2 && *p == '0' && (p[1] == 'x' || p[1] == 'X')) {
        parse_hexadecimal(p, length, texts, token);
    } else if (is_decimal(p, length)) {
        parse_decimal(p, length, texts, token);
    } else {
        parse_ip(p, length, texts, token);
    }
    return stop;
}

/* Gives 'token' the mask 'mask' (a token of its own). */
static void
apply_mask(struct token *token, const struct token *mask,
           struct lflow_arena *texts)
{
    unsigned int width = token->format == LEX_F_IPV4 ? 32
                         : token->format == LEX_F_IPV6 ? 128 : 0;

    token->type = LEX_MASKED_INTEGER;
    if (mask->type == LEX_ERROR) {
        *token = *mask;
        return;
    } else if (mask->format == token->format) {
        token->mask = mask->value;
    } else if (mask->format == LEX_F_DECIMAL && mask->value <= width
               && width) {
        token->mask = u128_ones(width) & ~u128_ones(width - mask->value);
    } else {
        lex_set_error(token, texts,
                      "Value and mask have incompatible formats.");
        return;
    }
    token->value &= token->mask;
}

const char *
lex_scan_number(const char *p, const char *end, struct lflow_arena *texts,
                struct token *token)
{
    p = scan_integer(p, end, texts, token);
    if (token->type == LEX_INTEGER && p < end && *p == '/'
        && !(p + 1 < end && (p[1] == '/' || p[1] == '*'))) {
        struct token mask = { .type = LEX_END };

        p = scan_integer(p + 1, end, texts, &mask);
        apply_mask(token, &mask, texts);
    }
    return p;
}
