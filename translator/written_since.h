/* What was written since the last sb/sync: the rows of datapaths and sets,
 * and the chassis whose needs or verdicts changed.  sb/sync lists it, so that
 * an agent that heard the one before knows what to wait for without asking
 * (docs/KEYS.md, "The sync token"; docs/decisions/0002-sync-rows.md).
 *
 * A row is listed with a revision that its last write has at least, and its
 * write before that has not: of an earlier batch the exact one, of the batch
 * that sb/sync is in the first one after all earlier batches. */
#ifndef WEFT_TRANSLATOR_WRITTEN_SINCE_H
#define WEFT_TRANSLATOR_WRITTEN_SINCE_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct batch;
struct ds;
struct written;
struct written_since;

/* More rows and nodes than this are not listed. */
enum { WRITTEN_SINCE_MAX = 64 };

struct written_since *written_since_create(void);
void written_since_destroy(struct written_since *);     /* NULL is ignored. */

/* 'batch' is to be written; 'max_ops' a transaction holds. */
void written_since_batch(struct written_since *, const struct batch *batch,
                         size_t max_ops);
/* It is, at 'revision' at the latest; 'written' knows. */
void written_since_done(struct written_since *, const struct written *,
                        int64_t revision);

/* Appends the members "previous", "rows" and "nodes" of a sb/sync that is
 * part of the batch, each with a comma ahead; nothing if it is not known or
 * too much.  Begins anew: that sync says 'revision'. */
void written_since_publish(struct written_since *, int64_t revision,
                           struct ds *);

#endif
