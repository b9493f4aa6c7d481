/* Keys with their versions: see memory_data.h.
 *
 * A sorted array of keys, each with its versions, and one log of all versions
 * in the order in which they came about: ranges read the first, watches the
 * second. */
#include <config.h>

#include "store/memory_data.h"

#include <string.h>

#include "util.h"

void
data_init(struct data *data)
{
    *data = (struct data) { .revision = 1 };
}

static void
free_version(struct data_version *version)
{
    store_bytes_free(&version->value);
    free(version);
}

static void
free_key(struct data_key *key)
{
    for (size_t i = 0; i < key->n_versions; i++) {
        free_version(key->versions[i]);
    }
    free(key->versions);
    store_bytes_free(&key->key);
    free(key);
}

void
data_destroy(struct data *data)
{
    for (size_t i = 0; i < data->n_keys; i++) {
        free_key(data->keys[i]);
    }
    free(data->keys);
    free(data->log);
}

/* Index of the first key that is not less than 'key'. */
static size_t
find(const struct data *data, struct store_bytes key)
{
    size_t low = 0, high = data->n_keys;

    /* Keys often come in order. */
    if (high && store_bytes_compare(data->keys[high - 1]->key, key) < 0) {
        return high;
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (store_bytes_compare(data->keys[middle]->key, key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static const struct data_version *
newest(const struct data_key *key)
{
    return key->n_versions ? key->versions[key->n_versions - 1] : NULL;
}

/* What 'key' was at 'revision', or NULL if it did not exist. */
static const struct data_version *
version_at(const struct data_key *key, int64_t revision)
{
    for (size_t i = key->n_versions; i > 0; i--) {
        const struct data_version *version = key->versions[i - 1];

        if (version->mod_revision <= revision) {
            return version->deleted ? NULL : version;
        }
    }
    return NULL;
}

static void
add_version(struct data *data, struct data_key *key,
            struct data_version version_)
{
    struct data_version *version = xmemdup(&version_, sizeof version_);

    version->key = key;
    if (key->n_versions == key->allocated_versions) {
        key->versions = x2nrealloc(key->versions, &key->allocated_versions,
                                   sizeof *key->versions);
    }
    key->versions[key->n_versions++] = version;
    if (data->n_log == data->allocated_log) {
        data->log = x2nrealloc(data->log, &data->allocated_log,
                               sizeof *data->log);
    }
    data->log[data->n_log++] = version;
    data->revision = version->mod_revision;
}

static struct data_key *
find_or_add_key(struct data *data, struct store_bytes bytes)
{
    size_t i = find(data, bytes);
    struct data_key *key;

    if (i < data->n_keys && store_bytes_equal(data->keys[i]->key, bytes)) {
        return data->keys[i];
    }
    key = xzalloc(sizeof *key);
    key->key = store_bytes_copy(bytes);
    if (data->n_keys == data->allocated_keys) {
        data->keys = x2nrealloc(data->keys, &data->allocated_keys,
                                sizeof *data->keys);
    }
    memmove(&data->keys[i + 1], &data->keys[i],
            (data->n_keys - i) * sizeof *data->keys);
    data->keys[i] = key;
    data->n_keys++;
    return key;
}

void
data_put(struct data *data, int64_t revision, struct store_bytes bytes,
         struct store_bytes value, int64_t lease)
{
    struct data_key *key = find_or_add_key(data, bytes);
    const struct data_version *old = newest(key);
    bool is_new = !old || old->deleted;

    add_version(data, key, (struct data_version) {
        .value = store_bytes_copy(value),
        .create_revision = is_new ? revision : old->create_revision,
        .mod_revision = revision,
        .version = is_new ? 1 : old->version + 1,
        .lease = lease,
    });
}

static void
delete_key(struct data *data, int64_t revision, struct data_key *key)
{
    add_version(data, key, (struct data_version) {
        .value = store_bytes_copy((struct store_bytes) { NULL, 0 }),
        .mod_revision = revision,
        .deleted = true,
    });
}

size_t
data_delete(struct data *data, int64_t revision,
            const struct store_range *range)
{
    size_t n = 0;

    for (size_t i = find(data, range->key);
         i < data->n_keys && store_range_contains(range, data->keys[i]->key);
         i++) {
        const struct data_version *version = newest(data->keys[i]);

        if (version && !version->deleted) {
            delete_key(data, revision, data->keys[i]);
            n++;
        }
    }
    return n;
}

void
data_delete_lease(struct data *data, int64_t lease)
{
    int64_t revision = data->revision + 1;

    for (size_t i = 0; i < data->n_keys; i++) {
        const struct data_version *version = newest(data->keys[i]);

        if (version && !version->deleted && version->lease
            && (!lease || version->lease == lease)) {
            delete_key(data, revision, data->keys[i]);
        }
    }
}

const struct data_version *
data_get(const struct data *data, struct store_bytes key)
{
    size_t i = find(data, key);

    return i < data->n_keys && store_bytes_equal(data->keys[i]->key, key)
           ? version_at(data->keys[i], data->revision) : NULL;
}

struct store_kv
data_version_kv(const struct data_version *version)
{
    return (struct store_kv) {
        .key = version->key->key,
        .value = version->value,
        .create_revision = version->create_revision,
        .mod_revision = version->mod_revision,
        .version = version->version,
        .lease = version->lease,
    };
}

int
data_range(const struct data *data, const struct store_range *range,
           const struct store_range_options *options,
           struct store_range_result *result)
{
    int64_t revision = options->revision ? options->revision : data->revision;
    size_t n = 0, allocated = 0;
    struct store_kv *kvs = NULL;
    int64_t count = 0;

    if (revision < data->compact_revision || revision > data->revision) {
        return -WEFT_E_COMPACTED;
    }
    for (size_t i = find(data, range->key);
         i < data->n_keys && store_range_contains(range, data->keys[i]->key);
         i++) {
        const struct data_version *version = version_at(data->keys[i],
                                                        revision);

        if (!version) {
            continue;
        }
        count++;
        if (options->count_only
            || (options->limit && (int64_t) n >= options->limit)) {
            continue;
        }
        if (n == allocated) {
            kvs = x2nrealloc(kvs, &allocated, sizeof *kvs);
        }
        kvs[n] = data_version_kv(version);
        if (options->keys_only) {
            kvs[n].value = (struct store_bytes) { "", 0 };
        }
        n++;
    }
    *result = (struct store_range_result) {
        .kvs = kvs, .n_kvs = n, .count = count, .revision = revision,
        .more = !options->count_only && (int64_t) n < count,
    };
    return 0;
}

/* Drops versions that nobody can read from 'revision' on.  Returns whether
 * any are left. */
static bool
compact_key(struct data_key *key, int64_t revision)
{
    size_t keep = 0;

    /* The last one up to 'revision' is what 'revision' reads. */
    while (keep + 1 < key->n_versions
           && key->versions[keep + 1]->mod_revision <= revision) {
        keep++;
    }
    if (key->versions[keep]->deleted
        && key->versions[keep]->mod_revision <= revision) {
        keep++;
    }
    for (size_t i = 0; i < keep; i++) {
        free_version(key->versions[i]);
    }
    key->n_versions -= keep;
    memmove(key->versions, &key->versions[keep],
            key->n_versions * sizeof *key->versions);
    return key->n_versions > 0;
}

void
data_compact(struct data *data, int64_t revision)
{
    size_t n_old = data_find_log(data, revision + 1), n_keys = 0;

    data->n_log -= n_old;
    memmove(data->log, &data->log[n_old], data->n_log * sizeof *data->log);
    for (size_t i = 0; i < data->n_keys; i++) {
        if (compact_key(data->keys[i], revision)) {
            data->keys[n_keys++] = data->keys[i];
        } else {
            free_key(data->keys[i]);
        }
    }
    data->n_keys = n_keys;
    data->compact_revision = revision;
}

size_t
data_find_log(const struct data *data, int64_t revision)
{
    size_t low = 0, high = data->n_log;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (data->log[middle]->mod_revision < revision) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void
data_copy(const struct data *data, struct data *copy)
{
    for (size_t i = 0; i < data->n_keys; i++) {
        const struct data_version *old = newest(data->keys[i]);

        if (old && !old->deleted) {
            struct data_key *key = find_or_add_key(copy, data->keys[i]->key);
            struct data_version version = *old;

            version.value = store_bytes_copy(old->value);
            add_version(copy, key, version);
        }
    }
    copy->n_log = 0;
    copy->revision = copy->compact_revision = data->revision;
}
