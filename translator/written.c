/* What etcd holds, by hashes. */
#include <config.h>

#include "translator/written.h"

#include <inttypes.h>
#include <string.h>

#include "hash.h"
#include "openvswitch/hmap.h"
#include "openvswitch/types.h"
#include "openvswitch/util.h"
#include "util.h"

struct written_row {
    struct hmap_node node;      /* By hash of key. */
    ovs_u128 value;             /* Hash of the value without a version. */
    int64_t mod_revision;
    int64_t version;            /* Of a root. */
    char key[];
};

struct written {
    struct hmap rows;
};

struct written *
written_create(void)
{
    struct written *written = xmalloc(sizeof *written);

    hmap_init(&written->rows);
    return written;
}

void
written_destroy(struct written *written)
{
    struct written_row *row;

    if (written) {
        HMAP_FOR_EACH_POP (row, node, &written->rows) {
            free(row);
        }
        hmap_destroy(&written->rows);
        free(written);
    }
}

/* ---- Roots and versions ------------------------------------------------ */

size_t
written_root_size(const char *key)
{
    size_t area = (!strncmp(key, "sb/dp/", 6) ? 6
                   : !strncmp(key, "sb/set/", 7) ? 7 : 0);
    const char *slash = area ? strchr(key + area, '/') : NULL;

    return slash ? slash - key : 0;
}

bool
written_is_root(const char *key)
{
    size_t area = (!strncmp(key, "sb/dp/", 6) ? 6
                   : !strncmp(key, "sb/set/", 7) ? 7 : 0);

    return area && !strchr(key + area, '/');
}

char *
written_add_version(const char *value, size_t size, int64_t version)
{
    return xasprintf("%.*s%s\"version\":%"PRId64"}", (int) size - 1, value,
                     size > 2 ? "," : "", version);
}

/* Splits the version, which is last in canonical JSON, off '*valuep'; the
 * caller frees the copy. */
static char *
strip_version(const char *value, size_t *sizep, int64_t *versionp)
{
    static const char name[] = "\"version\":";
    char *copy = xmemdup0(value, *sizep);
    char *found = NULL;

    for (char *p = copy; (p = strstr(p, name)); p++) {
        found = p;
    }
    if (found && strspn(found + strlen(name), "0123456789}")
                 == strlen(found + strlen(name))) {
        *versionp = strtoll(found + strlen(name), NULL, 10);
        if (found > copy + 1) {
            found--;            /* The comma. */
        }
        strcpy(found, "}");
        *sizep = strlen(copy);
    }
    return copy;
}

/* ---- Rows -------------------------------------------------------------- */

static struct written_row *
find(const struct written *written, const char *key)
{
    struct written_row *row;

    HMAP_FOR_EACH_WITH_HASH (row, node, hash_string(key, 0),
                             &written->rows) {
        if (!strcmp(row->key, key)) {
            return row;
        }
    }
    return NULL;
}

void
written_put(struct written *written, const char *key, const char *value,
            size_t size, int64_t mod_revision)
{
    struct written_row *row = find(written, key);

    if (!row) {
        size_t key_size = strlen(key) + 1;

        row = xzalloc(sizeof *row + key_size);
        memcpy(row->key, key, key_size);
        hmap_insert(&written->rows, &row->node, hash_string(key, 0));
    }
    row->mod_revision = mod_revision;
    if (written_is_root(key)) {
        char *stripped;

        row->version = 0;
        stripped = strip_version(value, &size, &row->version);
        hash_bytes128(stripped, size, 0, &row->value);
        free(stripped);
    } else {
        hash_bytes128(value, size, 0, &row->value);
    }
}

void
written_delete(struct written *written, const char *key)
{
    struct written_row *row = find(written, key);

    if (row) {
        hmap_remove(&written->rows, &row->node);
        free(row);
    }
}

bool
written_has(const struct written *written, const char *key)
{
    return find(written, key) != NULL;
}

bool
written_is(const struct written *written, const char *key, const char *value,
           size_t size)
{
    const struct written_row *row = find(written, key);
    ovs_u128 hash;

    if (!row) {
        return false;
    }
    hash_bytes128(value, size, 0, &hash);
    return ovs_u128_equals(hash, row->value);
}

int64_t
written_version(const struct written *written, const char *root)
{
    const struct written_row *row = find(written, root);

    return row ? row->version : 0;
}

int64_t
written_revision(const struct written *written, const char *key)
{
    const struct written_row *row = find(written, key);

    return row ? row->mod_revision : 0;
}

size_t
written_count(const struct written *written)
{
    return hmap_count(&written->rows);
}

void
written_for_each(const struct written *written,
                 void (*cb)(const char *, int64_t, void *), void *aux)
{
    const struct written_row *row;

    HMAP_FOR_EACH (row, node, &written->rows) {
        cb(row->key, row->mod_revision, aux);
    }
}
