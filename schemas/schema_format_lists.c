/* Formats of strings that hold several things: load balancers' addresses,
 * ranges, lists. */
#include <config.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/schema_private.h"
#include "util.h"

/* Longer parts have no format. */
enum { MAX_PART_BYTES = 512 };

static bool
part_is(const char *s, size_t size, bool (*format)(const char *))
{
    char part[MAX_PART_BYTES];

    if (size >= sizeof part) {
        return false;
    }
    memcpy(part, s, size);
    part[size] = '\0';
    return format(part);
}

/* The parts of 's' between 'delimiter's, blanks around them dropped,
 * are one or more, and all have 'format'. */
static bool
parts_are(const char *s, char delimiter, bool (*format)(const char *))
{
    const char delimiters[] = { delimiter, '\0' };

    for (;;) {
        size_t size;

        s += strspn(s, " ");
        size = strcspn(s, delimiters);

        size_t trimmed = size;

        while (trimmed && s[trimmed - 1] == ' ') {
            trimmed--;
        }
        if (!part_is(s, trimmed, format)) {
            return false;
        }
        if (!s[size]) {
            return true;
        }
        s += size + 1;
    }
}

/* One or more words of 'format' between blanks. */
static bool
words_are(const char *s, bool (*format)(const char *))
{
    size_t n = 0;

    for (s += strspn(s, " "); *s; s += strspn(s, " ")) {
        size_t size = strcspn(s, " ");

        if (!part_is(s, size, format)) {
            return false;
        }
        s += size;
        n++;
    }
    return n > 0;
}

/* A decimal number from 'min' to 'max' without sign or leading zeros. */
static bool
is_number(const char *s, int min, int max)
{
    int value = 0;

    if (!s[0] || strlen(s) > 5 || s[strspn(s, "0123456789")]
        || (s[0] == '0' && s[1])) {
        return false;
    }
    value = atoi(s);
    return value >= min && value <= max;
}

static bool
is_port(const char *s)
{
    return is_number(s, 1, 65535);
}

bool
schema_format_is_port_range(const char *string)
{
    const char *hyphen = strchr(string, '-');

    if (!hyphen) {
        return is_port(string);
    }
    return (part_is(string, hyphen - string, is_port) && is_port(hyphen + 1)
            && atoi(string) <= atoi(hyphen + 1));
}

/* ---- Load balancers ---------------------------------------------------- */

/* A letter or '_', then letters, digits, '_'. */
static bool
is_variable(const char *s)
{
    if (!isalpha((unsigned char) *s) && *s != '_') {
        return false;
    }
    while (isalnum((unsigned char) *s) || *s == '_') {
        s++;
    }
    return !*s;
}

/* "^VARIABLE" */
static bool
is_template(const char *s)
{
    return s[0] == '^' && is_variable(s + 1);
}

static bool
is_port_or_template(const char *s)
{
    return is_port(s) || is_template(s);
}

bool
schema_format_is_lb_vip(const char *string)
{
    const char *colon = strrchr(string, ':');
    size_t size = colon ? colon - string : 0;

    if (schema_format_is_ip(string) || is_template(string)) {
        return true;
    }
    if (!colon) {
        return false;
    }
    if (string[0] == '[') {
        return (size > 2 && string[size - 1] == ']'
                && part_is(string + 1, size - 2, schema_format_is_ip6)
                && is_port(colon + 1));
    }
    if (string[0] == '^') {
        return (part_is(string, size, is_template)
                && is_port_or_template(colon + 1));
    }
    return (part_is(string, size, schema_format_is_ip4)
            && is_port(colon + 1));
}

bool
schema_format_is_lb_backends(const char *string)
{
    return (!string[0]
            || parts_are(string, ',', schema_format_is_lb_vip));
}

/* An IPv6 address in brackets. */
static bool
is_bracketed(const char *s)
{
    size_t size = strlen(s);

    return (size > 2 && s[0] == '[' && s[size - 1] == ']'
            && part_is(s + 1, size - 2, schema_format_is_ip6));
}

bool
schema_format_is_lb_backend_ip(const char *string)
{
    return schema_format_is_ip(string) || is_bracketed(string);
}

bool
schema_format_is_lb_mapping(const char *string)
{
    const char *bracket = strstr(string, ":[");
    const char *colon = bracket ? bracket : strrchr(string, ':');

    return (colon && part_is(string, colon - string, schema_format_is_name)
            && (bracket ? is_bracketed(colon + 1)
                : schema_format_is_ip4(colon + 1)));
}

/* ---- Addresses ---------------------------------------------------------- */

bool
schema_format_is_snat_ips(const char *string)
{
    const char *space = strchr(string, ' ');
    size_t size = space ? space - string : 0;

    if (!space) {
        return schema_format_is_ip(string);
    }
    return ((part_is(string, size, schema_format_is_ip4)
             && schema_format_is_ip6(space + 1))
            || (part_is(string, size, schema_format_is_ip6)
                && schema_format_is_ip4(space + 1)));
}

bool
schema_format_is_force_snat_ips(const char *string)
{
    return (!strcmp(string, "router_ip")
            || schema_format_is_snat_ips(string));
}

bool
schema_format_is_ip_words(const char *string)
{
    return words_are(string, schema_format_is_ip_or_cidr);
}

bool
schema_format_is_ip_list(const char *string)
{
    size_t size = strlen(string);
    char *inner;
    bool is_right;

    if (string[0] != '{') {
        return schema_format_is_ip(string);
    }
    if (size < 3 || string[size - 1] != '}') {
        return false;
    }
    inner = xmemdup0(string + 1, size - 2);
    is_right = parts_are(inner, ',', schema_format_is_ip);
    free(inner);
    return is_right;
}

/* "address" or "first..last" */
static bool
is_ip4_range(const char *s)
{
    const char *dots = strstr(s, "..");

    return (dots
            ? part_is(s, dots - s, schema_format_is_ip4)
              && schema_format_is_ip4(dots + 2)
            : schema_format_is_ip4(s));
}

bool
schema_format_is_ip4_ranges(const char *string)
{
    return words_are(string, is_ip4_range);
}

bool
schema_format_is_set_address(const char *string)
{
    const char *slash = strchr(string, '/');
    size_t size = slash ? slash - string : 0;

    if (schema_format_is_ip_or_cidr(string) || schema_format_is_mac(string)) {
        return true;
    }
    return (slash
            && ((part_is(string, size, schema_format_is_ip4)
                 && schema_format_is_ip4(slash + 1))
                || (part_is(string, size, schema_format_is_ip6)
                    && schema_format_is_ip6(slash + 1))));
}
