/* Reading keys that are no rows of their own: see "Rows made from other keys"
 * in model.h. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "cli/fetch.h"
#include "cli/model.h"
#include "cli/model_private.h"
#include "store/keys.h"
#include "store/store.h"
#include "svec.h"
#include "util.h"

enum { MAX_COMPONENTS = 8 };

struct scan {
    size_t skip;                /* Bytes of the key before the path. */
    model_scan_cb *cb;
    void *aux;
};

/* Cuts the path at its slashes. Returns the number of components, the
 * caller's to free, or 0 if it is malformed or too deep. */
static size_t
split(const char *path, size_t size, char **components)
{
    const char *end = path + size;
    size_t n = 0;

    while (path <= end && n < MAX_COMPONENTS) {
        const char *slash = memchr(path, '/', end - path);
        const char *stop = slash ? slash : end;

        components[n] = keys_decode(path, stop - path);
        if (!components[n]) {
            break;
        }
        n++;
        if (!slash) {
            return n;
        }
        path = slash + 1;
    }
    while (n) {
        free(components[--n]);
    }
    return 0;
}

static void
scan_cb(const struct store_kv *kv, void *scan_)
{
    const struct scan *scan = scan_;
    char *components[MAX_COMPONENTS];
    size_t n = split(kv->key.data + scan->skip, kv->key.size - scan->skip,
                     components);
    json_t *value = (n ? json_loadb(kv->value.data, kv->value.size, 0, NULL)
                     : NULL);

    if (json_is_object(value)) {
        scan->cb(components, n, value, scan->aux);
    }
    json_decref(value);
    while (n) {
        free(components[--n]);
    }
}

void
model_scan(struct model *model, const char *area, model_scan_cb *cb,
           void *aux)
{
    char *prefix = xasprintf("%s/%s", model->prefix, area);
    struct scan scan = { strlen(model->prefix) + 1, cb, aux };

    if (!model->err.code) {
        fetch_prefix(model->store, prefix, false, &model->revision, scan_cb,
                     &scan, &model->err);
    }
    free(prefix);
}

/* ---- Many stretches of keys -------------------------------------------- */

/* Stretches that are read together, and those that are left for the next
 * time: where one was longer than the limit, or led below another row. */
struct stretches {
    struct svec bounds;         /* Two keys each: the first, and the end. */
    struct svec left;
    struct scan scan;
    size_t rows_after;          /* Bytes of a key before the row's name: what
                                 * is below rows is jumped over. 0: all. */
};

/* Takes both. */
static void
add_stretch(struct svec *bounds, char *from, char *end)
{
    svec_add_nocopy(bounds, from);
    svec_add_nocopy(bounds, end);
}

/* Gives 'kv' to the callback. Returns where to go on instead if it is below a
 * row and not wanted: the caller's. */
static char *
take_key(struct stretches *stretches, const struct store_kv *kv)
{
    size_t skip = stretches->rows_after;
    const char *slash = skip ? memchr(kv->key.data + skip, '/',
                                      kv->key.size - skip) : NULL;

    if (slash) {
        return xasprintf("%.*s0", (int) (slash - kv->key.data),
                         kv->key.data);
    }
    scan_cb(kv, &stretches->scan);
    return NULL;
}

static void
stretch_cb(size_t i, const struct store_range_result *result,
           void *stretches_)
{
    struct stretches *stretches = stretches_;
    char *next = NULL;

    for (size_t j = 0; j < result->n_kvs && !next; j++) {
        next = take_key(stretches, &result->kvs[j]);
    }
    if (!next && result->more) {
        /* No key has a byte below that. */
        next = xasprintf("%s\1", result->kvs[result->n_kvs - 1].key.data);
    }
    if (next) {
        add_stretch(&stretches->left, next,
                    xstrdup(stretches->bounds.names[2 * i + 1]));
    }
}

/* Reads all stretches, 'limit' keys of each at a time. */
static void
read_stretches(struct model *model, struct stretches *stretches,
               int64_t limit)
{
    while (stretches->bounds.n && !model->err.code) {
        size_t n = stretches->bounds.n / 2;
        struct store_range *ranges = xcalloc(n, sizeof *ranges);

        for (size_t i = 0; i < n; i++) {
            ranges[i].key = store_bytes_from_string(
                stretches->bounds.names[2 * i]);
            ranges[i].end = store_bytes_from_string(
                stretches->bounds.names[2 * i + 1]);
        }
        fetch_ranges(model->store, ranges, n, limit, &model->revision,
                     stretch_cb, stretches, &model->err);
        free(ranges);
        svec_swap(&stretches->bounds, &stretches->left);
        svec_clear(&stretches->left);
    }
    svec_destroy(&stretches->bounds);
    svec_destroy(&stretches->left);
}

void
model_scan_many(struct model *model, const struct svec *areas,
                model_scan_cb *cb, void *aux)
{
    enum { LIMIT = 1000 };
    struct stretches stretches = {
        .bounds = SVEC_EMPTY_INITIALIZER, .left = SVEC_EMPTY_INITIALIZER,
        .scan = { strlen(model->prefix) + 1, cb, aux },
    };
    const char *area;
    size_t i;

    SVEC_FOR_EACH (i, area, areas) {
        char *from = xasprintf("%s/%s", model->prefix, area);
        size_t size = strlen(from);

        add_stretch(&stretches.bounds, from,
                    from[size - 1] == '/' ? keys_prefix_end(from, size)
                    : xasprintf("%s\1", from));
    }
    read_stretches(model, &stretches, LIMIT);
}

void
model_scan_rows(struct model *model, const char *area,
                const struct svec *likely, model_scan_cb *cb, void *aux)
{
    /* A row, another whose name only begins so, and one to see. */
    enum { LIMIT = 3 };
    char *from = xasprintf("%s/%s", model->prefix, area);
    struct stretches stretches = {
        .bounds = SVEC_EMPTY_INITIALIZER, .left = SVEC_EMPTY_INITIALIZER,
        .scan = { strlen(model->prefix) + 1, cb, aux },
        .rows_after = strlen(from),
    };
    struct svec below = SVEC_EMPTY_INITIALIZER;
    char *end = keys_prefix_end(from, strlen(from));
    const char *name;
    size_t i;

    SVEC_FOR_EACH (i, name, likely) {
        svec_add_nocopy(&below, xasprintf("%s%s/", from, name));
    }
    svec_sort_unique(&below);
    SVEC_FOR_EACH (i, name, &below) {
        add_stretch(&stretches.bounds, from, xstrdup(name));
        from = keys_prefix_end(name, strlen(name));
    }
    add_stretch(&stretches.bounds, from, end);
    svec_destroy(&below);
    read_stretches(model, &stretches, LIMIT);
}

/* ---- Names -------------------------------------------------------------- */

struct names {
    size_t skip;                /* Bytes of the key before the name. */
    const char *prefix;
    struct svec *names;
};

static void
name_cb(const struct store_kv *kv, void *names_)
{
    const struct names *names = names_;

    svec_add_nocopy(names->names, xasprintf("%s%s", names->prefix,
                                            kv->key.data + names->skip));
}

void
model_key_names(struct model *model, const struct table *table,
                const char *prefix, struct svec *names)
{
    char *area = model_area_prefix(model, table);
    struct names aux = { strlen(area), prefix, names };

    if (!model->err.code) {
        fetch_prefix(model->store, area, true, &model->revision, name_cb,
                     &aux, &model->err);
    }
    free(area);
}
