/* Blocking reads and writes of the store, for tools that do one thing. */
#ifndef WEFT_CLI_FETCH_H
#define WEFT_CLI_FETCH_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

struct store;
struct store_kv;
struct store_range;
struct store_range_result;
struct store_txn;

/* Called for each key that was read. */
typedef void fetch_cb(const struct store_kv *kv, void *aux);

/* Reads the 'n' keys at 'keys', many with one request.  '*revision' is the
 * revision to read or 0 for now, and becomes what was read; unless 'exactly'
 * is given, many keys are read as they are now all the same. */
int fetch_keys(struct store *store, char *const *keys, size_t n,
               int64_t *revision, bool exactly, fetch_cb *cb, void *aux,
               struct err *err);

/* Reads all keys that begin with 'prefix', or only their names. */
int fetch_prefix(struct store *store, const char *prefix, bool keys_only,
                 int64_t *revision, fetch_cb *cb, void *aux,
                 struct err *err);

/* Called for each range that was read, with its index. */
typedef void fetch_range_cb(size_t i, const struct store_range_result *result,
                            void *aux);

/* Reads up to 'limit' keys of each of 'n' ranges with few requests.
 * '*revision' as above, and exactly that. */
int fetch_ranges(struct store *store, const struct store_range *ranges,
                 size_t n, int64_t limit, int64_t *revision,
                 fetch_range_cb *cb, void *aux, struct err *err);

/* Reads the first 'limit' names of keys that begin with 'prefix'. */
int fetch_some_keys(struct store *store, const char *prefix, int64_t limit,
                    fetch_cb *cb, void *aux);

/* How many keys begin with 'prefix'. */
int fetch_count(struct store *store, const char *prefix, int64_t *revision,
                size_t *count, struct err *err);

/* Commits 'txn', which it takes.  Returns 0 with the revision,
 * -WEFT_E_CONFLICT if a compare did not hold, or the store's error. */
int fetch_commit(struct store *store, struct store_txn *txn,
                 int64_t *revision, struct err *err);

#endif
