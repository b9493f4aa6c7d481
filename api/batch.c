/* Parsing of batches: see batch.h. */
#include <config.h>

#include "api/batch.h"

#include <stdlib.h>
#include <string.h>

#include "api/change.h"
#include "api/problem.h"
#include "schemas/schema.h"
#include "util.h"

/* Adds a fault of member 'member' of operation 'path'. */
static void
fault(struct schema_faults *faults, const char *path, const char *member,
      const char *message)
{
    char *full = problem_path(path, member);

    schema_faults_add(faults, -WEFT_E_INVALID, full, "%s", message);
    free(full);
}

/* Adds 'more', found at 'path', to 'faults'. */
static void
add_faults(struct schema_faults *faults, const char *path,
           const struct schema_faults *more)
{
    for (size_t i = 0; i < more->n; i++) {
        char *full = problem_path(path, more->items[i].path);

        schema_faults_add(faults, more->code, full, "%s",
                          more->items[i].message);
        free(full);
    }
}

/* A member that must be a string; NULL with a fault if it is none. */
static const char *
get_string(const json_t *operation, const char *member, const char *path,
           struct schema_faults *faults)
{
    const char *text = json_string_value(json_object_get(operation, member));

    if (!text) {
        fault(faults, path, member, "must be given, and a string");
    }
    return text;
}

static bool
parse_op(const char *text, enum change_op *op)
{
    if (!strcmp(text, "put")) {
        *op = CHANGE_PUT;
    } else if (!strcmp(text, "patch")) {
        *op = CHANGE_PATCH;
    } else if (!strcmp(text, "delete")) {
        *op = CHANGE_DELETE;
    } else {
        return false;
    }
    return true;
}

static bool
check_members(const json_t *operation, const char *path,
              struct schema_faults *faults)
{
    static const char *const known[] = {
        "op", "table", "id", "row", "if_match", "if_none_match",
    };
    json_t *object = CONST_CAST(json_t *, operation);
    bool ok = true;

    for (void *iter = json_object_iter(object); iter;
         iter = json_object_iter_next(object, iter)) {
        const char *name = json_object_iter_key(iter);
        bool is_known = false;

        for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
            is_known |= !strcmp(known[i], name);
        }
        if (!is_known) {
            fault(faults, path, name, "is not a member of an operation");
            ok = false;
        }
    }
    return ok;
}

/* "if_match" may be a revision, too. */
static bool
parse_precondition(const json_t *operation, const char *path,
                   struct precondition *precondition,
                   struct schema_faults *faults)
{
    const json_t *match = json_object_get(operation, "if_match");
    const json_t *none = json_object_get(operation, "if_none_match");
    struct err err = ERR_INIT;
    int error;

    if (json_is_integer(match)) {
        int64_t revision = json_integer_value(match);

        *precondition = (struct precondition) {
            revision > 0 ? PRECONDITION_REVISION : PRECONDITION_NEVER,
            revision };
        if (!none) {
            return true;
        }
    }
    if ((match && !json_is_string(match)) || (none && !json_is_string(none))) {
        fault(faults, path, none && !json_is_string(none) ? "if_none_match"
              : "if_match", "must be a string");
        return false;
    }
    error = precondition_parse(json_string_value(match),
                               json_string_value(none), precondition, &err);
    if (error) {
        fault(faults, path,
              !strcmp(err.field, "If-Match") ? "if_match" : "if_none_match",
              err.message);
        err_clear(&err);
    }
    return !error;
}

static bool
parse_name(const char *table_name, const char *id, const char *path,
           struct row_name *name, struct schema_faults *faults)
{
    const struct schema_table *table = schema_table_by_name("nb", table_name);
    struct err err = ERR_INIT;

    if (!table) {
        fault(faults, path, "table", "there is no such table");
        return false;
    }
    if (row_name_from_id(table, id, name, &err)) {
        fault(faults, path, "id", err.message);
        err_clear(&err);
        return false;
    }
    return true;
}

static bool
parse_row(struct change *change, const json_t *operation,
          struct schema_faults *faults)
{
    json_t *row = json_object_get(operation, "row");
    struct schema_faults mine = SCHEMA_FAULTS_INIT;
    char *path;

    if (change->op == CHANGE_DELETE) {
        if (row) {
            fault(faults, change->path, "row", "a delete has none");
        }
        return !row;
    } else if (!row) {
        fault(faults, change->path, "row", "must be given");
        return false;
    }
    change_set_body(change, json_copy(row), &mine);
    path = problem_path(change->path, "row");
    add_faults(faults, path, &mine);
    schema_faults_clear(&mine);
    free(path);
    return !faults->n;
}

/* Makes 'change' of operation 'path'.  Returns false if it is none, with
 * nothing to destroy. */
static bool
parse_operation(const json_t *operation, const char *path,
                struct change *change, struct schema_faults *faults)
{
    struct row_name name = ROW_NAME_INIT;
    struct precondition precondition;
    const char *op_text, *table, *id;
    enum change_op op = CHANGE_PUT;

    if (!json_is_object(operation)) {
        fault(faults, path, "", "must be an object");
        return false;
    }
    op_text = get_string(operation, "op", path, faults);
    table = get_string(operation, "table", path, faults);
    id = get_string(operation, "id", path, faults);
    if (op_text && !parse_op(op_text, &op)) {
        fault(faults, path, "op", "must be put, patch or delete");
        op_text = NULL;
    }
    if (!check_members(operation, path, faults)
        || !parse_precondition(operation, path, &precondition, faults)
        || !op_text || !table || !id
        || !parse_name(table, id, path, &name, faults)) {
        return false;
    }
    change_init(change, op, &name, path);
    change->precondition = precondition;
    if (!parse_row(change, operation, faults)) {
        change_destroy(change);
        return false;
    }
    return true;
}

/* A row may be changed once: etcd refuses a key that is written twice. */
static void
check_unique(const struct change *changes, size_t n,
             struct schema_faults *faults)
{
    for (size_t i = 1; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            if (changes[i].name.table == changes[j].name.table
                && !strcmp(changes[i].name.id, changes[j].name.id)) {
                fault(faults, changes[i].path, "id",
                      "this row is changed by an earlier operation");
                break;
            }
        }
    }
}

bool
batch_parse(const json_t *body, size_t max, struct change **changesp,
            size_t *np, struct schema_faults *faults)
{
    size_t n_operations = json_array_size(body), n = 0;
    struct change *changes;

    if (!n_operations) {
        schema_faults_add(faults, -WEFT_E_INVALID, "",
                          "must be an array of operations");
        return false;
    } else if (n_operations > max) {
        schema_faults_add(faults, -WEFT_E_TOO_LARGE, "",
                          "%"PRIuSIZE" operations: at most %"PRIuSIZE" go in "
                          "one transaction", n_operations, max);
        return false;
    }
    changes = xcalloc(n_operations, sizeof *changes);
    for (size_t i = 0; i < n_operations; i++) {
        char *path = xasprintf("[%"PRIuSIZE"]", i);

        n += parse_operation(json_array_get(body, i), path, &changes[n],
                             faults);
        free(path);
    }
    check_unique(changes, n, faults);
    if (faults->n) {
        while (n > 0) {
            change_destroy(&changes[--n]);
        }
        free(changes);
        return false;
    }
    *changesp = changes;
    *np = n;
    return true;
}
