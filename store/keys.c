/* Keys: building, splitting and the percent-encoding of their components.
 * See keys.h. */
#include <config.h>

#include "store/keys.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

/* What an empty component is written as. */
#define EMPTY "."

static bool
is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || (c && strchr("-._~:@$", c));
}

static void
put_encoded(struct ds *out, const char *component)
{
    if (!component[0]) {
        ds_put_cstr(out, EMPTY);
    } else if (!strcmp(component, EMPTY)) {
        ds_put_cstr(out, "%2E");
    } else {
        for (const char *p = component; *p; p++) {
            if (is_plain(*p)) {
                ds_put_char(out, *p);
            } else {
                ds_put_format(out, "%%%02X", (unsigned char) *p);
            }
        }
    }
}

char *
keys_build(const char *prefix, const char *area, ...)
{
    struct ds key = DS_EMPTY_INITIALIZER;
    const char *component;
    va_list args;

    ds_put_format(&key, "%s/%s", prefix, area);
    va_start(args, area);
    while ((component = va_arg(args, const char *))) {
        ds_put_char(&key, '/');
        put_encoded(&key, component);
    }
    va_end(args);
    return ds_steal_cstr(&key);
}

char *
keys_encode(const char *component)
{
    struct ds encoded = DS_EMPTY_INITIALIZER;

    put_encoded(&encoded, component);
    return ds_steal_cstr(&encoded);
}

/* Value of the upper-case hexadecimal digit 'c', or -1. */
static int
hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : -1;
}

char *
keys_decode(const char *encoded, size_t size)
{
    char *decoded, *p;

    if (size == strlen(EMPTY) && !memcmp(encoded, EMPTY, size)) {
        return xstrdup("");
    }
    if (!size) {
        return NULL;
    }
    p = decoded = xmalloc(size + 1);
    for (size_t i = 0; i < size; i++) {
        char c = encoded[i];

        if (c == '%') {
            bool whole = size - i > 2;
            int high = whole ? hex_digit(encoded[i + 1]) : -1;
            int low = whole ? hex_digit(encoded[i + 2]) : -1;

            if (high < 0 || low < 0) {
                goto bad;
            }
            c = high << 4 | low;
            i += 2;
            /* One key for one name: only what must be escaped is. */
            if (is_plain(c) && !(c == '.' && size == 3)) {
                goto bad;
            }
        } else if (!is_plain(c)) {
            goto bad;
        }
        if (!c) {
            goto bad;
        }
        *p++ = c;
    }
    *p = '\0';
    return decoded;

bad:
    free(decoded);
    return NULL;
}

/* If the 'size' bytes at '*key' begin with 'start' and '/', skips those. */
static bool
skip_path(const char **key, size_t *size, const char *start)
{
    size_t n = strlen(start);

    if (*size <= n || memcmp(*key, start, n) || (*key)[n] != '/') {
        return false;
    }
    *key += n + 1;
    *size -= n + 1;
    return true;
}

int
keys_parse(const char *key, size_t key_size, const char *prefix,
           const char *area, char **components, int max)
{
    int n = 0;

    if (!skip_path(&key, &key_size, prefix)
        || !skip_path(&key, &key_size, area)) {
        return -1;
    }
    for (;;) {
        const char *slash = memchr(key, '/', key_size);
        size_t size = slash ? (size_t) (slash - key) : key_size;
        char *component = n < max ? keys_decode(key, size) : NULL;

        if (!component) {
            while (n > 0) {
                free(components[--n]);
                components[n] = NULL;
            }
            return -1;
        }
        components[n++] = component;
        if (!slash) {
            return n;
        }
        key += size + 1;
        key_size -= size + 1;
    }
}

char *
keys_prefix_end(const char *key, size_t size)
{
    char *end = xmemdup0(key, size);

    /* The last byte that can grow does, what follows it goes.  Nothing
     * sorts behind a key of only 0xff bytes: its end comes out empty. */
    while (size > 0) {
        unsigned char last = end[size - 1];

        if (last != 0xff) {
            end[size - 1] = last + 1;
            break;
        }
        end[--size] = '\0';
    }
    return end;
}
