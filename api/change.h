/* One change of one row: what a PUT, PATCH, DELETE or POST asks for, or one
 * operation of a batch.  Pure: from text to what is to be written. */
#ifndef WEFT_API_CHANGE_H
#define WEFT_API_CHANGE_H 1

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "api/row_name.h"

struct schema_faults;
struct store_txn;

/* What has to hold of the row for the change to be made (RFC 9110, section
 * 13.1). */
struct precondition {
    enum {
        PRECONDITION_NONE,
        PRECONDITION_EXISTS,    /* If-Match: * */
        PRECONDITION_ABSENT,    /* If-None-Match: * */
        PRECONDITION_REVISION,  /* If-Match: "17" */
        PRECONDITION_NEVER,     /* If-Match: what is no tag of ours. */
    } type;
    int64_t revision;
};

/* Makes a precondition of the two headers (each may be NULL).  Returns 0 or
 * -WEFT_E_INVALID with "If-Match" or "If-None-Match" as the field. */
int precondition_parse(const char *if_match, const char *if_none_match,
                       struct precondition *precondition, struct err *err);

enum change_op {
    CHANGE_PUT,
    CHANGE_PATCH,
    CHANGE_DELETE,
    CHANGE_CREATE,              /* A put of a row that must not exist. */
};

struct change {
    enum change_op op;
    struct row_name name;
    struct precondition precondition;
    char *path;                 /* Where it stands in the request: "", "[2]" */
    json_t *body;               /* Row or merge patch; NULL of a delete. */

    char *key;                  /* Set by change_prepare(). */
    char *value;                /* The row as it goes into etcd. */
    int64_t read_revision;      /* Patch: that it was made from. */
};

/* Begins a change of 'name' (taken).  'path' is copied. */
void change_init(struct change *change, enum change_op op,
                 struct row_name *name, const char *path);
void change_destroy(struct change *change);

/* Gives the change its body (taken).  The members "id" (which must be the
 * row's), "_revision" (a precondition, unless there is one) and other members
 * that only we write ("_uuid", "_error", "_status") are taken out.  Returns
 * false with faults if it is no object or those are wrong. */
bool change_set_body(struct change *change, json_t *body,
                     struct schema_faults *faults);

/* Makes key and value.  'current' is the row that a patch is applied to.
 * Returns false with every fault of the row. */
bool change_prepare(struct change *change, const char *prefix,
                    const struct store_kv *current,
                    struct schema_faults *faults);

/* Adds compares and operation to 'txn'. */
void change_add_to_txn(const struct change *change, struct store_txn *txn);

/* Why the compares did not hold, seeing what is there ('current', or NULL). */
enum change_refusal {
    CHANGE_HOLDS,
    CHANGE_MISSING,             /* 404: nothing to patch or delete. */
    CHANGE_EXISTS,              /* 409: a row to be created is there. */
    CHANGE_UNMATCHED,           /* 412: the client's precondition. */
    CHANGE_RACED,               /* Changed since a patch read it. */
};
enum change_refusal change_why_refused(const struct change *change,
                                       const struct store_kv *current);

/* RFC 7396: what 'patch' makes of 'target' (NULL: nothing).  The caller owns
 * the result. */
json_t *change_merge(const json_t *target, const json_t *patch);

#endif
