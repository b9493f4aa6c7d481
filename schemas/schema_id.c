/* Ids of rows: their UUIDs, and ids of several components. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "schemas/schema_private.h"
#include "sha1.h"
#include "util.h"
#include "uuid.h"

/* Weft's namespace, 57656674-0000-4000-8000-000000000000. */
static const uint8_t uuid_namespace[16] = {
    0x57, 0x65, 0x66, 0x74, 0x00, 0x00, 0x40, 0x00,
    0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

struct uuid
schema_uuid(const struct schema_table *table, const char *id)
{
    uint8_t digest[SHA1_DIGEST_SIZE];
    struct ds s = DS_EMPTY_INITIALIZER;
    struct uuid uuid;

    if (schema_format_is_uuid(id) && uuid_from_string(&uuid, id)) {
        return uuid;
    }
    ds_put_buffer(&s, (const char *) uuid_namespace, sizeof uuid_namespace);
    ds_put_format(&s, "%s/%s", table->name, id);
    sha1_bytes(ds_cstr(&s), s.length, digest);
    ds_destroy(&s);

    digest[6] = (digest[6] & 0x0f) | 0x50;
    digest[8] = (digest[8] & 0x3f) | 0x80;
    for (size_t i = 0; i < 4; i++) {
        const uint8_t *p = &digest[i * 4];

        uuid.parts[i] = ((uint32_t) p[0] << 24 | (uint32_t) p[1] << 16
                         | (uint32_t) p[2] << 8 | p[3]);
    }
    return uuid;
}

struct uuid
schema_row_uuid(const struct schema_row *row)
{
    return schema_uuid(row->table, row->id);
}

/* ---- Components -------------------------------------------------------- */

/* Bytes that stand for themselves in a component (docs/KEYS.md). */
static bool
is_plain(unsigned char c)
{
    return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
            || (c >= '0' && c <= '9') || (c && strchr("-._~:@$", c)));
}

char *
schema_id_join(const char *const *components, size_t n)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < n; i++) {
        if (i) {
            ds_put_char(&s, '/');
        }
        for (const char *p = components[i]; *p; p++) {
            if (is_plain(*p)) {
                ds_put_char(&s, *p);
            } else {
                ds_put_format(&s, "%%%02X", (unsigned char) *p);
            }
        }
    }
    return ds_steal_cstr(&s);
}

/* Value of a hexadecimal digit as they are written here, or -1. */
static int
hex_digit(char c)
{
    return (c >= '0' && c <= '9' ? c - '0'
            : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1);
}

/* Decodes 'size' bytes; NULL unless they are what join would write. */
static char *
decode(const char *s, size_t size)
{
    char *out = xmalloc(size + 1);
    size_t n = 0;

    for (size_t i = 0; i < size; i++) {
        unsigned char c = s[i];

        if (c == '%') {
            int high = size - i > 2 ? hex_digit(s[i + 1]) : -1;
            int low = size - i > 2 ? hex_digit(s[i + 2]) : -1;

            c = high >= 0 && low >= 0 ? high << 4 | low : 0;
            if (!c || is_plain(c)) {
                free(out);
                return NULL;
            }
            i += 2;
        } else if (!is_plain(c)) {
            free(out);
            return NULL;
        }
        out[n++] = c;
    }
    out[n] = '\0';
    return out;
}

bool
schema_id_split(const char *id, char **components, size_t n)
{
    size_t i = 0;

    for (const char *p = id; i < n; i++) {
        size_t size = strcspn(p, "/");

        components[i] = decode(p, size);
        if (!components[i] || (p[size] == '/') != (i + 1 < n)) {
            free(components[i]);
            break;
        }
        p += size + 1;
    }
    if (i < n) {
        while (i > 0) {
            free(components[--i]);
        }
        return false;
    }
    return true;
}
