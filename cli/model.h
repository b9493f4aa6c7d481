/* What one run of the commands sees and changes: rows, fetched when first
 * asked for, at one revision of the store, and written back in one
 * transaction that compares the revisions of what was looked at.
 *
 * A failure to read is sticky: lookups then say "no such row", and
 * model_error() says why. */
#ifndef WEFT_CLI_MODEL_H
#define WEFT_CLI_MODEL_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

#include "lib/err.h"
#include "openvswitch/hmap.h"
#include "openvswitch/uuid.h"
#include "store/store.h"
#include "svec.h"

struct model;

enum { TABLE_MAX_PARENTS = 2 };

/* A kind of rows: a constant. */
struct table {
    const char *area;           /* "nb/acl": keys are P/area/id. */
    const char *name;           /* "acl": of the schema, and for UUIDs. */
    bool composite;             /* The id is several encoded components. */
    /* Columns that name a parent; ":id" is the first component of the id. */
    const char *parents[TABLE_MAX_PARENTS];
    bool is_fixed;              /* Others write it: never changed here. */
    const char *db;             /* Of its schema; NULL: "nb". */
    /* Makes all rows, with model_add(), from keys of another shape; NULL: one
     * key is one row. */
    void (*synthesize)(struct model *model, const struct table *table);
    /* Makes the row 'id' alone, if that can be had for few reads; or NULL. */
    void (*locate)(struct model *model, const struct table *table,
                   const char *id);
};

struct row {
    struct hmap_node id_node;           /* In its table's, by id. */
    struct hmap_node uuid_node;         /* In its table's, by UUID. */
    struct hmap_node parent_nodes[TABLE_MAX_PARENTS];
    bool has_parent[TABLE_MAX_PARENTS]; /* Whether those are linked. */
    struct model *model;
    const struct table *table;
    char *id;                   /* Decoded, unless composite. */
    struct uuid uuid;
    struct store_bytes text;    /* The model's own: of what 'value' is still
                                 * to be made, if not empty. */
    json_t *value;              /* An object; NULL: there is no such row. */
    json_t *original;           /* As it was, once it has been touched. */
    int64_t mod_revision;       /* 0: not in the store. */
    bool is_touched;            /* May differ from the store. */
    bool is_looked_at;          /* Its revision is compared at commit. */
    bool is_reserved;           /* Promised by --id=@x, not yet created. */
};

/* A view of 'store' under 'prefix'; at 'revision', or now if that is 0. */
struct model *model_create(struct store *store, const char *prefix,
                           int64_t revision);
void model_destroy(struct model *model);

/* 0, or the code of the first failure to read, with its message. */
int model_error(const struct model *model, char **messagep);

/* The revision that is read; 0 before the first read. */
int64_t model_revision(const struct model *model);
struct store *model_store(const struct model *model);
const char *model_prefix(const struct model *model);

/* Announces that row 'id' will be asked for: all that were announced are
 * fetched together when the first is needed. */
void model_want(struct model *model, const struct table *table,
                const char *id);

/* The row, or NULL if there is none. */
struct row *model_get(struct model *model, const struct table *table,
                      const char *id);

/* The same, for what decides nothing: it may change until the commit. */
struct row *model_peek(struct model *model, const struct table *table,
                       const char *id);

/* The row with 'uuid', or NULL.  A UUID that is an id costs one read, any
 * other may cost the whole table. */
struct row *model_get_uuid(struct model *model, const struct table *table,
                           const struct uuid *uuid);

/* True if 'id' is taken in the store, by a new row, or by a promise. */
bool model_is_taken(struct model *model, const struct table *table,
                    const char *id);

/* A new, empty row; there must be none. A row promised with
 * model_reserve() is the one. */
struct row *model_insert(struct model *model, const struct table *table,
                         const char *id);
/* A row that a later command will create: exists for references only. */
struct row *model_reserve(struct model *model, const struct table *table,
                          const char *id);
void model_delete(struct row *row);

/* All rows of a table, by id; '*rowsp' is the caller's. */
size_t model_rows(struct model *model, const struct table *table,
                  struct row ***rowsp);
/* Those of them whose UUID begins with 'digits'. */
size_t model_rows_abbreviated(struct model *model, const struct table *table,
                              const char *digits, struct row ***rowsp);
/* True if there is a row whose id is a UUID: only names of keys are read. */
bool model_has_uuid_ids(struct model *model, const struct table *table);
/* How many rows the store has; only that is asked for. */
size_t model_count(struct model *model, const struct table *table);
/* The rows whose parent column 'which' is 'parent', by id. */
size_t model_children(struct model *model, const struct table *table,
                      int which, const struct row *parent,
                      struct row ***rowsp);

/* Around every change of a row's value (the setters of row.h do it): before,
 * to remember what the store holds; after, to index it anew. */
void model_row_touch(struct row *row);
void model_row_changed(struct row *row);

/* Rows to be written, in order of their keys; '*rowsp' is the caller's. */
size_t model_changes(struct model *model, struct row ***rowsp);

/* ---- Rows made from other keys ----------------------------------------- */

/* Adds a row of a synthesized table; 'value' is taken. NULL if there is one
 * with that id. The UUID is that of the id; the caller may change it with
 * model_set_uuid(). */
struct row *model_add(struct model *model, const struct table *table,
                      const char *id, json_t *value);
void model_set_uuid(struct row *row, const struct uuid *uuid);

/* Calls 'cb' with the path below the model's prefix, cut at its slashes and
 * decoded, and the value of each key that begins with 'area' ("sb/chassis/").
 * Values that are no objects are left out. */
typedef void model_scan_cb(char *const *path, size_t n, json_t *value,
                           void *aux);
void model_scan(struct model *model, const char *area, model_scan_cb *cb,
                void *aux);

/* The same for several areas, with few requests. One that does not end in a
 * slash is a key. */
void model_scan_many(struct model *model, const struct svec *areas,
                     model_scan_cb *cb, void *aux);

/* The same for the keys "AREA/NAME" alone, where much may lie below each
 * ("AREA/NAME/..."). 'likely' has names, encoded as in keys, that are likely
 * to be there: every other one costs a request of its own. */
void model_scan_rows(struct model *model, const char *area,
                     const struct svec *likely, model_scan_cb *cb,
                     void *aux);

/* Adds the ids of the rows of 'table', encoded as in keys, to 'names', each
 * with 'prefix' before it. Nothing but the keys is read. */
void model_key_names(struct model *model, const struct table *table,
                     const char *prefix, struct svec *names);

/* The key of a row; the caller frees it. */
char *model_row_key(const struct row *row);

/* Rows whose revision counts for the decisions of this run but which are not
 * written themselves. */
size_t model_looked_at(struct model *model, struct row ***rowsp);

#endif
