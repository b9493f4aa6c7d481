/* Many rows of the model at a time: all of a table, those of a parent, those
 * that changed. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "cli/fetch.h"
#include "cli/model.h"
#include "cli/model_private.h"
#include "hash.h"
#include "store/keys.h"
#include "util.h"
#include "uuid.h"

static int
compare_rows(const void *a_, const void *b_)
{
    const struct row *const *a = a_;
    const struct row *const *b = b_;
    int cmp = strcmp((*a)->table->area, (*b)->table->area);

    return cmp ? cmp : strcmp((*a)->id, (*b)->id);
}

/* Rows under collection. */
struct row_list {
    struct row **rows;
    size_t n, allocated;
};

static void
list_add(struct row_list *list, struct row *row)
{
    if (list->n >= list->allocated) {
        list->rows = x2nrealloc(list->rows, &list->allocated,
                                sizeof *list->rows);
    }
    list->rows[list->n++] = row;
}

static size_t
list_finish(struct row_list *list, struct row ***rowsp)
{
    if (list->n) {
        qsort(list->rows, list->n, sizeof *list->rows, compare_rows);
    }
    *rowsp = list->rows;
    return list->n;
}

size_t
model_rows_abbreviated(struct model *model, const struct table *table,
                       const char *digits, struct row ***rowsp)
{
    struct rows *rows = model_rows_of(model, table);
    struct row_list list = { NULL, 0, 0 };
    struct row *row;

    if (model->n_wants) {
        model_fetch_wants(model);
    }
    model_load_table(model, rows);
    HMAP_FOR_EACH (row, id_node, &rows->by_id) {
        if ((!digits[0] || uuid_is_partial_match(&row->uuid, digits))
            && model_row_parse(row) && !row->is_reserved) {
            list_add(&list, row);
        }
    }
    return list_finish(&list, rowsp);
}

size_t
model_rows(struct model *model, const struct table *table,
           struct row ***rowsp)
{
    return model_rows_abbreviated(model, table, "", rowsp);
}

static void
uuid_ids_cb(const struct store_kv *kv, void *loading_)
{
    struct loading *loading = loading_;
    char *id = model_id_from_key(loading, kv);
    struct uuid uuid;

    if (id && uuid_from_string(&uuid, id)) {
        loading->rows->has_uuid_ids = true;
    }
    free(id);
}

bool
model_has_uuid_ids(struct model *model, const struct table *table)
{
    struct rows *rows = model_rows_of(model, table);
    struct uuid uuid;
    struct row *row;

    if (!rows->knows_uuid_ids && !rows->is_loaded && !model->err.code) {
        char *prefix = model_area_prefix(model, table);
        struct loading loading = { model, rows, strlen(prefix), false };

        rows->knows_uuid_ids = true;
        fetch_prefix(model->store, prefix, true, &model->revision,
                     uuid_ids_cb, &loading, &model->err);
        free(prefix);
    }
    HMAP_FOR_EACH (row, id_node, &rows->by_id) {
        if (uuid_from_string(&uuid, row->id) && model_row_parse(row)) {
            return true;
        }
    }
    return !rows->is_loaded && rows->has_uuid_ids;
}

size_t
model_count(struct model *model, const struct table *table)
{
    struct rows *rows = model_rows_of(model, table);

    if (!rows->count_known && !model->err.code) {
        char *prefix = model_area_prefix(model, table);

        rows->count_known = true;
        fetch_count(model->store, prefix, &model->revision, &rows->count,
                    &model->err);
        free(prefix);
    }
    return rows->count;
}

/* Makes sure that the children of 'parent' are known. A parent that is not
 * in the store yet has none there. */
static void
load_children(struct model *model, struct rows *rows, int which,
              const struct row *parent)
{
    if (rows->is_loaded || !parent->mod_revision) {
        return;
    } else if (strcmp(rows->table->parents[which], ":id")) {
        model_load_table(model, rows);
        return;
    }

    char *id = keys_encode(parent->id);
    if (sset_add(&rows->loaded_parents, id)) {
        char *below = xasprintf("%s/", id);

        model_load_prefix(model, rows, below);
        free(below);
    }
    free(id);
}

/* Parses the rows that may name 'name' as parent 'which'.  A text without a
 * backslash has a string in one way only. */
static void
parse_children(struct rows *rows, int which, const char *name)
{
    enum { MAX_SEARCHES = 16 };
    bool all = (rows->n_searches++ >= MAX_SEARCHES
                || !strcmp(rows->table->parents[which], ":id"));
    char *quoted = xasprintf("\"%s\"", name);
    size_t size = strlen(quoted);
    struct row *row;

    HMAP_FOR_EACH (row, id_node, &rows->by_id) {
        if (row->text.size
            && (all || memmem(row->text.data, row->text.size, quoted, size)
                || memchr(row->text.data, '\\', row->text.size))) {
            model_row_parse(row);
        }
    }
    free(quoted);
}

size_t
model_children(struct model *model, const struct table *table, int which,
               const struct row *parent, struct row ***rowsp)
{
    struct rows *rows = model_rows_of(model, table);
    struct row_list list = { NULL, 0, 0 };
    struct row *row;

    if (model->n_wants) {
        model_fetch_wants(model);
    }
    load_children(model, rows, which, parent);
    if (rows->n_unparsed) {
        parse_children(rows, which, parent->id);
    }
    for (struct hmap_node *node = hmap_first_with_hash(
             &rows->by_parent[which], hash_string(parent->id, 0));
         node; node = hmap_next_with_hash(node)) {
        row = OBJECT_CONTAINING(node, row, parent_nodes[which]);

        char *id = model_parent_of(row, which);
        if (id && !strcmp(id, parent->id) && !row->is_reserved) {
            list_add(&list, row);
        }
        free(id);
    }
    return list_finish(&list, rowsp);
}

static bool
is_changed(const struct row *row)
{
    return (row->is_touched && !row->is_reserved
            && (row->value || row->mod_revision)
            && !(row->value && row->original
                 && json_equal(row->value, row->original)));
}

static size_t
collect(struct model *model, bool changed, struct row ***rowsp)
{
    struct row_list list = { NULL, 0, 0 };
    struct shash_node *node;
    struct row *row;

    SHASH_FOR_EACH (node, &model->tables) {
        const struct rows *rows = node->data;

        HMAP_FOR_EACH (row, id_node, &rows->by_id) {
            if (is_changed(row) ? changed : !changed && row->is_looked_at) {
                list_add(&list, row);
            }
        }
    }
    return list_finish(&list, rowsp);
}

size_t
model_changes(struct model *model, struct row ***rowsp)
{
    return collect(model, true, rowsp);
}

size_t
model_looked_at(struct model *model, struct row ***rowsp)
{
    return collect(model, false, rowsp);
}
