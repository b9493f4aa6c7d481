/* The data of the in-memory store: keys with their versions, in etcd's
 * semantics, without clients, time or loop.  Private to store/. */
#ifndef WEFT_STORE_MEMORY_DATA_H
#define WEFT_STORE_MEMORY_DATA_H 1

#include "store/backend.h"

struct data_version {
    struct data_key *key;
    struct store_bytes value;
    int64_t create_revision, mod_revision, version, lease;
    bool deleted;
};

struct data_key {
    struct store_bytes key;
    struct data_version **versions;     /* By mod_revision. */
    size_t n_versions, allocated_versions;
};

struct data {
    struct data_key **keys;             /* Sorted. */
    size_t n_keys, allocated_keys;
    struct data_version **log;          /* All versions by mod_revision. */
    size_t n_log, allocated_log;
    int64_t revision;
    int64_t compact_revision;           /* 0: never compacted. */
};

void data_init(struct data *data);
void data_destroy(struct data *data);

/* Writes at 'revision', which is the current one or the next one. */
void data_put(struct data *data, int64_t revision, struct store_bytes key,
              struct store_bytes value, int64_t lease);
/* Returns how many keys were deleted. */
size_t data_delete(struct data *data, int64_t revision,
                   const struct store_range *range);
/* Deletes the keys of 'lease' (0: of all leases) at the next revision. */
void data_delete_lease(struct data *data, int64_t lease);

/* The live version of 'key', or NULL. */
const struct data_version *data_get(const struct data *data,
                                    struct store_bytes key);
/* Reads as etcd does; 'result->kvs' is to be freed, what it points to
 * borrowed.  Returns 0 or -WEFT_E_COMPACTED (also for the future). */
int data_range(const struct data *data, const struct store_range *range,
               const struct store_range_options *options,
               struct store_range_result *result);

/* Forgets what is not needed from 'revision' on. */
void data_compact(struct data *data, int64_t revision);
/* Index in 'log' of the first version of 'revision' or later. */
size_t data_find_log(const struct data *data, int64_t revision);
/* Makes 'copy' (initialized) hold the live versions of 'data'. */
void data_copy(const struct data *data, struct data *copy);

struct store_kv data_version_kv(const struct data_version *version);

#endif
