/* What etcd holds under sb/ and status/, as far as is known: learned from a
 * watch by a standby, from its own transactions by a leader.  Values are
 * remembered by their hashes.
 *
 * Keys are what follows the prefix and '/'.  A root is the row of a datapath
 * or set, which is written last and counts versions; its children are the
 * keys below it. */
#ifndef WEFT_TRANSLATOR_WRITTEN_H
#define WEFT_TRANSLATOR_WRITTEN_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct written;

struct written *written_create(void);
void written_destroy(struct written *);     /* NULL is ignored. */

/* 'key' has this value, as of 'mod_revision'; or is gone. */
void written_put(struct written *, const char *key, const char *value,
                 size_t size, int64_t mod_revision);
void written_delete(struct written *, const char *key);

bool written_has(const struct written *, const char *key);
/* Whether 'key' has that value, a root's version aside. */
bool written_is(const struct written *, const char *key, const char *value,
                size_t size);
/* The version of a root, 0 if there is none. */
int64_t written_version(const struct written *, const char *root);
/* When 'key' was written last; 0 if there is none. */
int64_t written_revision(const struct written *, const char *key);
size_t written_count(const struct written *);

/* Calls 'cb' for every key, in no order.  It must not change the set. */
void written_for_each(const struct written *,
                      void (*cb)(const char *key, int64_t mod_revision,
                                 void *aux), void *aux);

/* Whether 'key' is a root: "sb/dp/<datapath>" or "sb/set/<set>". */
bool written_is_root(const char *key);
/* How much of 'key', a child's, is its root's; 0 if it has none. */
size_t written_root_size(const char *key);

/* A root's value with its version: the caller frees it. */
char *written_add_version(const char *value, size_t size, int64_t version);

#endif
