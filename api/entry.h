/* Rows as the REST interface shows them: the JSON that lies in etcd with
 *
 *     "id"         the row's id
 *     "_uuid"      its UUID (docs/KEYS.md)
 *     "_revision"  the etcd revision of its last change: its entity tag
 *     "_error"     only if what lies in etcd is no valid row: why */
#ifndef WEFT_API_ENTRY_H
#define WEFT_API_ENTRY_H 1

#include <jansson.h>
#include <stdint.h>

#include "api/row_name.h"

struct filters;

/* Parses rows of etcd for lists and streams. */
struct entry {
    struct row_name name;
    json_t *json;               /* As above. */
};
#define ENTRY_INIT { ROW_NAME_INIT, NULL }

/* Makes 'entry' of 'kv'.  Returns false if its key is no row's, or 'filters'
 * (may be NULL) do not hold; a row that is not valid matches only NULL and
 * empty filters. */
bool entry_from_kv(const struct schema_table *table, const char *prefix,
                   const struct store_kv *kv, const struct filters *filters,
                   struct entry *entry);
void entry_destroy(struct entry *entry);

/* The row 'name' with the bytes 'value' in etcd.  The caller owns it. */
json_t *entry_json(const struct row_name *name, struct store_bytes value,
                   int64_t revision);

/* "\"17\"": the entity tag of a revision.  The caller frees it. */
char *entry_etag(int64_t revision);

/* 'json' as one line; the caller frees it. */
char *entry_dump(const json_t *json);

#endif
