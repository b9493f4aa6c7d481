/* Reading: lists of a table, page by page; a row; its status. */
#ifndef WEFT_API_READ_H
#define WEFT_API_READ_H 1

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

struct call;

/* GET /v1/<table>: a page, or with "watch=true" a stream of events. */
void read_table(struct call *call);
/* GET /v1/<table>/<id>; with "status=true" the status is in "_status". */
void read_row(struct call *call);
/* GET /v1/status/<table>/<id> */
void read_status(struct call *call);

/* Parses a "continue" token: "REVISION.REST", where REST is what follows the
 * table's prefix in the last key of the page before, and points into 'token'.
 * Returns false if it is none. */
bool read_parse_token(const char *token, int64_t *revision,
                      const char **rest);

#endif
