/* How far changes have come: the sync tokens that writers leave
 * (nb/sync/...), what each chassis says it has applied, and what is published
 * of both (sb/sync, status/sync).  See docs/KEYS.md, "The sync token".
 *
 * A token that waits for the southbound only ({"wait":"sb"}) does not make
 * the agents report: sb/sync stays as it is. */
#ifndef WEFT_TRANSLATOR_PROGRESS_H
#define WEFT_TRANSLATOR_PROGRESS_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct batch;
struct progress;
struct written_since;

struct progress *progress_create(void);
void progress_destroy(struct progress *);       /* NULL is ignored. */

/* Takes what may concern it of all pairs under the prefix: nb/sync/...,
 * chassis/.../sync, chassis/.../alive, sb/sync, status/sync.  'value' is NULL
 * when the key is gone. */
void progress_take(struct progress *, const char *key, const char *value,
                   size_t size, int64_t mod_revision);

enum progress_due {
    PROGRESS_NOTHING,           /* What is published is right. */
    PROGRESS_LATER,             /* Just who is behind has changed: not worth
                                 * a write each time. */
    PROGRESS_NOW,
};
/* What is to be published, 'revision' being that of the northbound that the
 * southbound holds once all is written. */
enum progress_due progress_due(struct progress *, int64_t revision);

/* Adds the rows that publish it to 'batch'; progress_take() is to be told
 * of them when they are committed.  'since' knows the rest of the batch. */
void progress_publish(struct progress *, int64_t revision,
                      struct written_since *since, struct batch *);

#endif
