/* Tokens and constants back to text. */
#include <config.h>

#include "lflow/lexer.h"

#include <arpa/inet.h>
#include <inttypes.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

static void
format_address(int family, u128 value, struct ds *s)
{
    char text[INET6_ADDRSTRLEN];
    uint8_t bytes[16];

    u128_to_bytes(value, bytes, family == AF_INET ? 4 : 16);
    inet_ntop(family, bytes, text, sizeof text);
    ds_put_cstr(s, text);
}

void
lex_format_integer(u128 value, enum lex_format format, struct ds *s)
{
    switch (format) {
    case LEX_F_DECIMAL:
        if (!(value >> 64)) {
            ds_put_format(s, "%"PRIu64, (uint64_t) value);
            return;
        }
        break;
    case LEX_F_HEXADECIMAL:
        break;
    case LEX_F_IPV4:
        if (!(value >> 32)) {
            format_address(AF_INET, value, s);
            return;
        }
        break;
    case LEX_F_IPV6:
        format_address(AF_INET6, value, s);
        return;
    case LEX_F_ETHERNET:
        if (!(value >> 48)) {
            for (int i = 40; i >= 0; i -= 8) {
                ds_put_format(s, "%02x%s", (uint8_t) (value >> i),
                              i ? ":" : "");
            }
            return;
        }
        break;
    default:
        OVS_NOT_REACHED();
    }
    if (!value) {
        ds_put_cstr(s, "0x0");
    } else {
        u128_format_hex(value, s);
    }
}

void
lex_format_masked(u128 value, u128 mask, enum lex_format format,
                  struct ds *s)
{
    unsigned int width = format == LEX_F_IPV4 ? 32
                         : format == LEX_F_IPV6 ? 128 : 0;
    unsigned int zeros = u128_ctz(mask);

    lex_format_integer(value, format, s);
    if (mask == U128_MAX) {
        return;
    }
    ds_put_char(s, '/');
    if (width && zeros <= width
        && mask == (u128_ones(width) & ~u128_ones(zeros))) {
        ds_put_format(s, "%u", width - zeros);
    } else if (width && !mask) {
        ds_put_char(s, '0');
    } else {
        lex_format_integer(mask, format, s);
    }
}

unsigned int
token_n_bits(const struct token *token)
{
    if (token->type == LEX_MASKED_INTEGER) {
        return u128_n_bits(token->mask);
    }
    switch (token->format) {
    case LEX_F_IPV4:
        return 32;
    case LEX_F_IPV6:
        return 128;
    case LEX_F_ETHERNET:
        return 48;
    case LEX_F_DECIMAL:
    case LEX_F_HEXADECIMAL:
    default:
        return u128_n_bits(token->value);
    }
}

void
token_format(const struct token *token, struct ds *s)
{
    switch (token->type) {
    case LEX_END:
        break;
    case LEX_ID:
        ds_put_cstr(s, token->text);
        break;
    case LEX_STRING:
        lex_format_string(token->text, s);
        break;
    case LEX_INTEGER:
        lex_format_integer(token->value, token->format, s);
        break;
    case LEX_MASKED_INTEGER:
        /* A mask of 128 ones is no mask to lex_format_masked(). */
        lex_format_masked(token->value, token->mask, token->format, s);
        if (token->mask == U128_MAX) {
            ds_put_char(s, '/');
            if (token->format == LEX_F_IPV6) {
                ds_put_cstr(s, "128");
            } else {
                lex_format_integer(token->mask, token->format, s);
            }
        }
        break;
    case LEX_MACRO:
        ds_put_format(s, "$%s", token->text);
        break;
    case LEX_PORT_GROUP:
        ds_put_format(s, "@%s", token->text);
        break;
    case LEX_TEMPLATE:
        ds_put_format(s, "^%s", token->text);
        break;
    case LEX_ERROR:
        ds_put_cstr(s, "error(");
        lex_format_string(token->text ? token->text : "", s);
        ds_put_char(s, ')');
        break;
#define LEX(NAME, TEXT) case LEX_##NAME: ds_put_cstr(s, TEXT); break;
    LEX_PUNCTUATION
#undef LEX
    case N_LEX_TYPES:
    default:
        OVS_NOT_REACHED();
    }
}
