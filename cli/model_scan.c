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

size_t
model_list(struct model *model, const char *area, char ***names)
{
    char *prefix = xasprintf("%s/%s", model->prefix, area);
    char *from = xstrdup(prefix);
    struct sset seen = SSET_INITIALIZER(&seen);
    size_t n = 0, allocated = 0;
    char *found;

    *names = NULL;
    while (!model->err.code
           && !fetch_next(model->store, from, prefix, &model->revision,
                          &found, &model->err)
           && found) {
        size_t skip = strlen(prefix);
        char *name = xmemdup0(found + skip, strcspn(found + skip, "/"));
        bool is_leaf = !found[skip + strlen(name)];

        /* "NAME" comes before "NAME-b", and that before "NAME/...". */
        free(from);
        from = xasprintf("%s%s%s", prefix, name, is_leaf ? "\1" : "0");
        free(found);
        if (!sset_add(&seen, name)) {
            free(name);
            continue;
        }
        if (n >= allocated) {
            *names = x2nrealloc(*names, &allocated, sizeof **names);
        }
        (*names)[n++] = name;
    }
    sset_destroy(&seen);
    free(from);
    free(prefix);
    return n;
}
