/* Following a table: GET /v1/<table>?watch=true, server-sent events
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html).
 *
 *     event: put          a row as a list shows it: one there was, or a change
 *     event: delete       {"id":…}: it is gone, or the filters do not hold now
 *     event: synced       {"revision":…}: the rows that there were are through
 *     event: reset        forget what you know: the rows follow from scratch
 *
 * An event has an "id:", a revision, only where a client that has heard it
 * has heard everything up to that revision; a reader that comes back with it
 * as Last-Event-ID is told the difference, or "reset" if etcd does not know
 * that revision any more. */
#ifndef WEFT_API_EVENT_STREAM_H
#define WEFT_API_EVENT_STREAM_H 1

#include "api/filter.h"

struct api;
struct call;
struct event_streams;

struct event_streams *event_streams_create(struct api *api);
/* Ends every stream. */
void event_streams_destroy(struct event_streams *streams);
/* Ends every stream; the readers will come back elsewhere. */
void event_streams_end(struct event_streams *streams);

/* Answers 'call' with a stream of the rows of its table that 'filters' (which
 * it takes) let through. */
void event_stream_start(struct call *call, struct filters *filters);

#endif
