/* Datapaths, and what lies below them in the store.
 *
 * "sb/dp/ID" is a datapath's row; between those rows are the flows, which are
 * most of the southbound, so that they cannot be read like other rows.  The
 * northbound tells what datapaths there are, and what lies below those is
 * jumped over; one that the translator has not yet made or taken away is found
 * all the same (model_scan_rows()). */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "cli/row.h"
#include "cli/sb.h"
#include "cli/view_nb.h"
#include "store/keys.h"
#include "util.h"
#include "uuid.h"

/* The row "sb/dp/ID" as one of Datapath_Binding, with the UUID of the
 * northbound row; NULL if it is there already. */
static struct row *
add_datapath(struct model *model, const char *id, const json_t *value)
{
    const char *type = json_string_value(json_object_get(value, "type"));
    const char *name = json_string_value(json_object_get(value, "name"));
    const char *text = json_string_value(json_object_get(value, "uuid"));
    json_t *tunnel_key = json_object_get(value, "tunnel_key");
    bool is_router = type && !strcmp(type, "router");
    json_t *row = json_object();
    json_t *ids = json_object();
    struct uuid uuid;

    json_object_set_new(ids, "name", json_string(name ? name : ""));
    json_object_set_new(ids, is_router ? "logical-router" : "logical-switch",
                        json_string(text ? text : ""));
    json_object_set_new(row, "external_ids", ids);
    if (json_is_integer(tunnel_key)) {
        json_object_set(row, "tunnel_key", tunnel_key);
    }

    struct row *added = model_add(model, &sb_table_datapath, id, row);
    if (added && text && uuid_from_string(&uuid, text)) {
        model_set_uuid(added, &uuid);
    }
    return added;
}

static void
add_datapath_cb(char *const *path, size_t n, json_t *value, void *model)
{
    if (n == 3) {
        add_datapath(model, path[2], value);
    }
}

static void
load_datapaths(struct model *model, const struct table *table OVS_UNUSED)
{
    struct svec names = SVEC_EMPTY_INITIALIZER;

    model_key_names(model, &table_logical_switch, "switch:", &names);
    model_key_names(model, &table_logical_router, "router:", &names);
    model_scan_rows(model, "sb/dp/", &names, add_datapath_cb, model);
    svec_destroy(&names);
}

static void
locate_datapath(struct model *model, const struct table *table OVS_UNUSED,
                const char *id)
{
    const struct row *key = model_peek(model, &sb_table_datapath_key, id);

    if (key) {
        add_datapath(model, id, key->value);
    }
}

/* The datapath whose id is its name, where no other can have that name; else
 * NULL.  Saves a read for each datapath that there is. */
static struct row *
find_by_id(struct model *model, const char *name)
{
    static const char *const kinds[] = { "switch", "router" };
    const struct row *found = NULL;
    size_t n = 0;

    if (model_has_uuid_ids(model, &table_logical_switch)
        || model_has_uuid_ids(model, &table_logical_router)) {
        return NULL;
    }
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        char *id = xasprintf("%s:%s", kinds[i], name);
        const struct row *key = model_peek(model, &sb_table_datapath_key, id);

        if (key && !strcmp(row_string(key, "name"), name)) {
            found = key;
            n++;
        }
        free(id);
    }
    return n == 1 ? model_peek(model, &sb_table_datapath, found->id) : NULL;
}

struct row *
sb_find_datapath(struct context *ctx, const char *name)
{
    const struct view_table *table = view_table(ctx->view, "Datapath_Binding");
    struct row *row = find_by_id(ctx->model, name);

    if (!row) {
        context_failed(ctx, view_find_row(ctx->model, ctx->view, table, name,
                                          false, &row));
    }
    return row;
}

void
sb_scan_datapaths(struct model *model, const char *area, model_scan_cb *cb,
                  void *aux)
{
    struct row **datapaths;
    size_t n = model_rows(model, &sb_table_datapath, &datapaths);
    struct svec areas = SVEC_EMPTY_INITIALIZER;

    for (size_t i = 0; i < n; i++) {
        char *encoded = keys_encode(datapaths[i]->id);

        svec_add_nocopy(&areas, xasprintf("sb/dp/%s/%s/", encoded, area));
        free(encoded);
    }
    model_scan_many(model, &areas, cb, aux);
    svec_destroy(&areas);
    free(datapaths);
}

/* ---- Groups of rows ---------------------------------------------------- */

struct order {
    const char *value;
    struct row *row;
};

static int
compare_order(const void *a_, const void *b_)
{
    const struct order *a = a_, *b = b_;
    int order = strcmp(a->value, b->value);

    return order ? order : strcmp(a->row->id, b->row->id);
}

void
sb_sort_by(struct row **rows, size_t n, const char *column)
{
    struct order *order = xcalloc(n, sizeof *order);

    for (size_t i = 0; i < n; i++) {
        order[i] = (struct order){ row_string(rows[i], column), rows[i] };
    }
    qsort(order, n, sizeof *order, compare_order);
    for (size_t i = 0; i < n; i++) {
        rows[i] = order[i].row;
    }
    free(order);
}

size_t
sb_end_of_same(struct row *const *rows, size_t i, size_t n, const char *column)
{
    const char *value = row_string(rows[i], column);

    while (i < n && !strcmp(row_string(rows[i], column), value)) {
        i++;
    }
    return i;
}

const struct table sb_table_datapath = {
    .area = "view/datapath_binding",
    .name = "datapath_binding",
    .is_fixed = true,
    .db = "sb",
    .synthesize = load_datapaths,
    .locate = locate_datapath,
};
const struct table sb_table_datapath_key = {
    .area = "sb/dp",
    .name = "datapath",
    .is_fixed = true,
    .db = "sb",
};
