/* What the path of a URL names.  Generic: the tables are those of schemas/. */
#ifndef WEFT_API_ROUTES_H
#define WEFT_API_ROUTES_H 1

#include "api/row_name.h"
#include "lib/err.h"

struct call;

enum route_type {
    ROUTE_INDEX,                /* /v1 */
    ROUTE_OPENAPI,              /* /openapi.json */
    ROUTE_BATCH,                /* /v1/batch */
    ROUTE_TABLE,                /* /v1/<table> */
    ROUTE_ROW,                  /* /v1/<table>/<id> */
    ROUTE_STATUS,               /* /v1/status/<table>/<id> */
    ROUTE_OTHER,                /* Not below /v1. */
};

struct route {
    enum route_type type;
    const struct schema_table *table;   /* Of TABLE, ROW, STATUS. */
    struct row_name name;       /* Of ROW, STATUS. */
};

/* Parses 'path' (percent-encoded, no query).  Returns 0; -WEFT_E_NOT_FOUND if
 * it names nothing below /v1; -WEFT_E_INVALID for a malformed id. */
int route_parse(const char *path, struct route *route, struct err *err);
void route_destroy(struct route *route);

/* Hands 'call' to who answers it, or refuses it. */
void route_call(struct call *call);

#endif
