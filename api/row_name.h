/* Which row: a northbound table and an id.
 *
 * An id of one component is that component as it is ("a/b"); an id of several
 * is those, each percent-encoded, joined by '/' ("pg_drop/ap"), as in struct
 * schema_row.  In the path of a URL every component is percent-encoded. */
#ifndef WEFT_API_ROW_NAME_H
#define WEFT_API_ROW_NAME_H 1

#include "lib/err.h"
#include "store/store.h"

struct schema_table;

enum { ROW_NAME_MAX_COMPONENTS = 4 };

/* Start from ROW_NAME_INIT. */
struct row_name {
    const struct schema_table *table;   /* NULL: not set. */
    char *components[ROW_NAME_MAX_COMPONENTS];  /* Decoded; NULL after n. */
    size_t n;
    char *id;
};
#define ROW_NAME_INIT { NULL, { NULL }, 0, NULL }

void row_name_destroy(struct row_name *name);

/* The row of 'table' that 'path' ("pg_drop/ap", percent-encoded) names.
 * Returns 0, or -WEFT_E_INVALID: wrong number of components, empty
 * component, bad escape, not UTF-8. */
int row_name_from_path(const struct schema_table *table, const char *path,
                       struct row_name *name, struct err *err);

/* The same for an id as it stands in a row. */
int row_name_from_id(const struct schema_table *table, const char *id,
                     struct row_name *name, struct err *err);

/* The same for a key below 'prefix'. */
int row_name_from_key(const struct schema_table *table, const char *prefix,
                      struct store_bytes key, struct row_name *name);

/* Number of components of the table's ids. */
size_t row_name_n_components(const struct schema_table *table);

/* The row's key; the caller frees it. */
char *row_name_key(const struct row_name *name, const char *prefix);
/* The key of its status. */
char *row_name_status_key(const struct row_name *name, const char *prefix);
/* Where it is over HTTP: "/v1/port_group_port/pg_drop/ap". */
char *row_name_url(const struct row_name *name);
/* What the keys of all rows of 'table' begin with. */
char *row_name_table_prefix(const struct schema_table *table,
                            const char *prefix);

#endif
