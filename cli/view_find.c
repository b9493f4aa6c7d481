/* Finding tables, columns and rows by what people type, and the two changes
 * that need to know of more than one row: a new id, and deletion. */
#include <config.h>

#include "cli/view.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/row.h"
#include "openvswitch/shash.h"
#include "schemas/schema.h"
#include "sset.h"
#include "store/keys.h"
#include "util.h"
#include "uuid.h"

/* ---- Abbreviations ----------------------------------------------------- */

static char
fold(char c)
{
    return c == '-' ? '_' : tolower((unsigned char) c);
}

/* How well 'typed' abbreviates 'name': 0 not at all, more is better. */
static unsigned int
score(const char *name, const char *typed)
{
    size_t n = 0;

    if (!strcmp(name, typed)) {
        return UINT_MAX;
    }
    while (typed[n] && fold(name[n]) == fold(typed[n])) {
        n++;
    }
    return typed[n] ? 0 : !name[n] ? UINT_MAX - 1 : n;
}

/* The best of several names so far. */
struct best {
    unsigned int score;
    struct sset names;
    const void *item;
};

static void
consider(struct best *best, const char *typed, const char *name,
         const void *item)
{
    unsigned int s = score(name, typed);

    if (s && s >= best->score) {
        if (s > best->score) {
            sset_clear(&best->names);
        }
        sset_add(&best->names, name);
        best->score = s;
        best->item = item;
    }
}

char *
view_find_table(const struct view *view, const char *name,
                const struct view_table **tablep)
{
    struct best best = { 0, SSET_INITIALIZER(&best.names), NULL };
    char *error = NULL;

    for (const struct view_table *const *t = view->tables; *t; t++) {
        consider(&best, name, (*t)->name, *t);
    }
    *tablep = best.item;
    if (!best.item) {
        error = xasprintf("unknown table \"%s\"", name);
    } else if (sset_count(&best.names) > 1) {
        char *matches = sset_join(&best.names, ", ", "");

        error = xasprintf("\"%s\" matches multiple table names: %s", name,
                          matches);
        free(matches);
    }
    sset_destroy(&best.names);
    return error;
}

char *
view_find_column(const struct view_table *table, const char *name,
                 const struct view_column **columnp)
{
    struct best best = { 0, SSET_INITIALIZER(&best.names), NULL };
    char *error = NULL;

    for (size_t i = 0; i < table->n_columns; i++) {
        consider(&best, name, table->columns[i].name, &table->columns[i]);
    }
    *columnp = best.item;
    if (!best.item) {
        error = xasprintf("%s does not contain a column whose name matches "
                          "\"%s\"", table->name, name);
    } else if (sset_count(&best.names) > 1) {
        char *matches = sset_join(&best.names, ", ", "");

        error = xasprintf("%s contains more than one column whose name "
                          "matches \"%s\": %s", table->name, name, matches);
        free(matches);
    }
    sset_destroy(&best.names);
    return error;
}

const struct view_table *
view_table(const struct view *view, const char *name)
{
    for (const struct view_table *const *t = view->tables; *t; t++) {
        if (!strcmp((*t)->name, name)) {
            return *t;
        }
    }
    return NULL;
}

const struct view_table *
view_table_of(const struct view *view, const struct table *table)
{
    for (const struct view_table *const *t = view->tables; *t; t++) {
        if ((*t)->table == table) {
            return *t;
        }
    }
    return NULL;
}

const struct view_column *
view_column(const struct view_table *table, const char *name)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        if (!strcmp(table->columns[i].name, name)) {
            return &table->columns[i];
        }
    }
    return NULL;
}

/* ---- Rows -------------------------------------------------------------- */

/* What row 'row' is called by 'spec' ("name", "external_ids:k"): the
 * caller's, or NULL. */
static char *
name_by(const struct view_table *table, struct row *row, const char *spec)
{
    const char *colon = strchr(spec, ':');
    char *name = NULL;

    if (colon) {
        char *column = xmemdup0(spec, colon - spec);

        name = nullable_xstrdup(row_map_get(row, column, colon + 1));
        free(column);
        return name;
    }

    const struct view_column *column = view_column(table, spec);
    struct datum datum;
    view_get(row, column, &datum);
    if (datum.n == 1) {
        name = xstrdup(datum.keys[0].string);
    }
    datum_destroy(&datum, &column->type);
    return name;
}

/* All rows are compared: a name need not be unique. */
static struct row *
scan_for_name(struct model *model, const struct view_table *table,
              const char *spec, const char *wanted, bool *multiple)
{
    struct row *found = NULL;
    struct row **rows;
    size_t n = model_rows(model, table->table, &rows);

    for (size_t i = 0; i < n; i++) {
        char *name = name_by(table, rows[i], spec);

        if (name && !strcmp(name, wanted)) {
            *multiple |= found != NULL;
            found = rows[i];
        }
        free(name);
    }
    free(rows);
    return found;
}

/* A row whose id is the name is found with one read; and if no row has a
 * UUID for an id, as those have that were made with a name taken, it is the
 * only one of that name. */
static struct row *
find_named(struct model *model, const struct view_table *table,
           const char *spec, const char *name, bool *multiple)
{
    const struct view_column *column = (strchr(spec, ':') ? NULL
                                        : view_column(table, spec));
    bool is_id = column && column->kind == VIEW_ID;

    if (is_id || (column && column->kind == VIEW_NAME)) {
        struct row *row = model_get(model, table->table, name);

        if (is_id || (row && !strcmp(view_row_name(row), name)
                      && !model_has_uuid_ids(model, table->table))) {
            return row;
        }
    }
    return scan_for_name(model, table, spec, name, multiple);
}

struct row *
view_lookup(struct model *model, const struct view_table *table,
            const char *id, bool *multiple)
{
    struct row *row = NULL;
    struct uuid uuid;

    if (uuid_from_string(&uuid, id)) {
        row = model_get_uuid(model, table->table, &uuid);
        row = row && !row->is_reserved ? row : NULL;
    }
    if (!row && table->names[0]) {
        row = find_named(model, table, table->names[0], id, multiple);
    }
    return row || *multiple ? row : model_get(model, table->table, id);
}

bool
view_has_name(struct model *model, const struct view_table *table,
              const char *name, bool *multiple)
{
    return find_named(model, table, table->names[0], name, multiple);
}

static char *
find_abbreviated(struct model *model, const struct view_table *table,
                 const char *id, struct row **rowp)
{
    struct row **rows;
    size_t n = model_rows_abbreviated(model, table->table, id, &rows);
    char *error = NULL;

    for (size_t i = 0; i < n && !error; i++) {
        if (*rowp) {
            error = xasprintf(
                "%s contains 2 or more rows whose UUIDs begin with %s: at "
                "least "UUID_FMT" and "UUID_FMT, table->name, id,
                UUID_ARGS(&(*rowp)->uuid), UUID_ARGS(&rows[i]->uuid));
        } else {
            *rowp = rows[i];
        }
    }
    free(rows);
    return error;
}

/* The one row of a table that has one: there even if nobody wrote it. */
static struct row *
singleton(struct model *model, const struct view_table *table)
{
    struct row *row = model_get(model, table->table, table->names[0]);

    if (!row && table->is_root) {
        row = model_insert(model, table->table, table->names[0]);
        row->original = json_object();
    }
    return row;
}

size_t
view_rows(struct model *model, const struct view_table *table,
          struct row ***rows)
{
    if (table->is_singleton) {
        singleton(model, table);
    }
    return model_rows(model, table->table, rows);
}

static struct row *
find_by_uuid(struct model *model, const struct view_table *table,
             const struct uuid *uuid)
{
    struct row *row = model_get_uuid(model, table->table, uuid);

    row = row && !row->is_reserved ? row : NULL;
    if (!row && table->is_singleton) {
        row = singleton(model, table);
        row = row && uuid_equals(&row->uuid, uuid) ? row : NULL;
    }
    return row;
}

static struct row *
find_only(struct model *model, const struct view_table *table)
{
    struct row **rows;
    size_t n;

    if (table->is_singleton) {
        return singleton(model, table);
    }
    n = model_rows(model, table->table, &rows);
    struct row *row = n == 1 ? rows[0] : NULL;
    free(rows);
    return row;
}

char *
view_find_row(struct model *model, const struct view *view,
              const struct view_table *table, const char *id,
              bool must_exist, struct row **rowp)
{
    struct row *row = NULL;
    struct uuid uuid;

    *rowp = NULL;
    if (uuid_from_string(&uuid, id)) {
        row = find_by_uuid(model, table, &uuid);
    }
    if (!row && !strcmp(id, ".")) {
        row = find_only(model, table);
    }
    for (int i = 0; !row && !table->is_singleton && i < VIEW_MAX_NAMES; i++) {
        bool multiple = false;

        if (table->names[i]) {
            row = find_named(model, table, table->names[i], id, &multiple);
        }
        if (multiple) {
            return xasprintf("multiple rows in %s match \"%s\"", table->name,
                             id);
        }
    }
    if (!row && !table->table->composite) {
        row = model_get(model, table->table, id);
    }
    if (!row && uuid_is_partial_string(id) >= 4) {
        char *error = find_abbreviated(model, table, id, &row);

        if (error) {
            return error;
        }
    }
    if (!row && must_exist) {
        return xasprintf("no row \"%s\" in table %s", id, table->name);
    }
    *rowp = row;
    return NULL;
}

/* ---- Ids and deletion -------------------------------------------------- */

char *
view_new_id(struct model *model, const struct view_table *table,
            const char *name)
{
    struct uuid uuid;

    if (name && name[0] && !uuid_from_string(&uuid, name)) {
        const struct view_column *column = view_column(table, "name");

        if ((column && column->kind == VIEW_ID)
            || !model_is_taken(model, table->table, name)) {
            return xstrdup(name);
        }
    }
    uuid_generate(&uuid);
    return xasprintf(UUID_FMT, UUID_ARGS(&uuid));
}

static void
delete_children(const struct view *view, struct row *row)
{
    const struct view_table *table = view_table_of(view, row->table);

    for (size_t i = 0; table && i < table->n_columns; i++) {
        const struct view_column *column = &table->columns[i];
        struct row **children;

        if (column->kind != VIEW_CHILDREN && column->kind != VIEW_MEMBERS) {
            continue;
        }

        size_t n = model_children(row->model, column->other, column->which,
                                  row, &children);
        for (size_t j = 0; j < n; j++) {
            view_delete(view, children[j]);
        }
        free(children);
    }
}

/* Takes 'row' out of the groups of which 'column' lists the members. One read
 * for each group; there is no way back from a member to its groups. */
static void
leave_groups(const struct view_column *column,
             const struct view_table *groups, struct row *row)
{
    struct row **rows;
    size_t n = model_rows(row->model, groups->table, &rows);
    char **ids = xcalloc(n, sizeof *ids);

    for (size_t i = 0; i < n; i++) {
        ids[i] = schema_id_join((const char *const[]) { rows[i]->id,
                                                        row->id }, 2);
        model_want(row->model, column->other, ids[i]);
    }
    for (size_t i = 0; i < n; i++) {
        struct row *membership = model_peek(row->model, column->other,
                                            ids[i]);
        if (membership) {
            model_delete(membership);
        }
        free(ids[i]);
    }
    free(ids);
    free(rows);
}

void
view_delete(const struct view *view, struct row *row)
{
    delete_children(view, row);
    for (const struct view_table *const *t = view->tables; *t; t++) {
        for (size_t i = 0; i < (*t)->n_columns; i++) {
            const struct view_column *column = &(*t)->columns[i];

            if (column->kind == VIEW_MEMBERS
                && column->members_of == row->table) {
                leave_groups(column, *t, row);
            }
        }
    }
    model_delete(row);
}
