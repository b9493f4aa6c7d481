/* What a watch has reported so far: for each key the revision and a hash of
 * the value, so that after a gap only the difference is reported.  The hash
 * is for a store restored from a copy, in which another value may have the
 * same revision.  Private to store/. */
#ifndef WEFT_STORE_KNOWN_H
#define WEFT_STORE_KNOWN_H 1

#include "openvswitch/hmap.h"
#include "store/store.h"

struct known {
    struct hmap rows;
    struct known_row *gone;     /* Deleted by the last known_diff(). */
};

void known_init(struct known *known);
void known_destroy(struct known *known);

/* Makes 'known' what the list 'kvs' says it is now and returns the events
 * that lead there (deletes carry 'revision'), to be freed by the caller.
 * Their keys are valid until the next call on 'known'. */
struct store_event *known_diff(struct known *known, const struct store_kv *kvs,
                               size_t n_kvs, int64_t revision,
                               size_t *n_eventsp);

/* Follows 'event'.  Returns false if it changes nothing: the delete of a key
 * that is not known. */
bool known_apply(struct known *known, const struct store_event *event);

/* A hash of 'bytes' with 64 bits. */
uint64_t known_hash(struct store_bytes bytes);

#endif
