/* What the northbound commands share: finding rows as ovn-nbctl does, with
 * its messages. */
#include <config.h>

#include "cli/nb.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util.h"
#include "uuid.h"

struct row *
nb_find(struct context *ctx, const struct view_table *table, const char *id,
        bool must_exist, const char *what, const char *plural)
{
    bool multiple = false;
    struct row *row = view_lookup(ctx->model, table, id, &multiple);
    struct uuid uuid;

    if (multiple) {
        context_error(ctx, "Multiple %s named '%s'.  Use a UUID.", plural,
                      id);
        return NULL;
    }
    if (!row && must_exist) {
        context_error(ctx, "%s: %s %s not found", id, what,
                      uuid_from_string(&uuid, id) ? "UUID" : "name");
    }
    return row;
}

struct row *
nb_switch(struct context *ctx, const char *id, bool must_exist)
{
    return nb_find(ctx, &view_logical_switch, id, must_exist, "switch",
                   "logical switches");
}

struct row *
nb_router(struct context *ctx, const char *id, bool must_exist)
{
    return nb_find(ctx, &view_logical_router, id, must_exist, "router",
                   "logical routers");
}

struct row *
nb_port(struct context *ctx, const char *id, bool must_exist)
{
    return nb_find(ctx, &view_logical_switch_port, id, must_exist, "port",
                   "ports");
}

struct row *
nb_router_port(struct context *ctx, const char *id, bool must_exist)
{
    return nb_find(ctx, &view_logical_router_port, id, must_exist, "port",
                   "ports");
}

struct row *
nb_create(struct context *ctx, const struct view_table *table,
          const char *name)
{
    char *id = view_new_id(ctx->model, table, name);
    struct row *row = model_insert(ctx->model, table->table, id);

    if (name && name[0] && strcmp(id, name)) {
        row_set_string(row, "name", name);
    }
    free(id);
    return row;
}

struct row *
nb_parent(const struct row *row, const struct table *table,
          const char *column)
{
    const char *id = row_string(row, column);

    return id[0] ? model_get(row->model, table, id) : NULL;
}

static int
compare_names(const void *a_, const void *b_)
{
    const struct row *const *a = a_;
    const struct row *const *b = b_;
    int cmp = strcmp(view_row_name(*a), view_row_name(*b));

    return cmp ? cmp : uuid_compare_3way(&(*a)->uuid, &(*b)->uuid);
}

void
nb_print_names(struct context *ctx, struct row **rows, size_t n)
{
    if (n) {
        qsort(rows, n, sizeof *rows, compare_names);
    }
    for (size_t i = 0; i < n; i++) {
        ds_put_format(&ctx->output, UUID_FMT" (%s)\n",
                      UUID_ARGS(&rows[i]->uuid), view_row_name(rows[i]));
    }
}

bool
nb_parse_state(struct context *ctx, const char *word, bool *enabled)
{
    *enabled = !strcasecmp(word, "enabled");
    if (!*enabled && strcasecmp(word, "disabled")) {
        context_error(ctx, "%s: state must be \"enabled\" or \"disabled\"",
                      word);
        return false;
    }
    return true;
}

void
nb_set_map(struct context *ctx, struct row *row, const char *column,
           int first)
{
    row_unset(row, column);
    for (int i = first; i < ctx->argc; i++) {
        char *key = xstrdup(ctx->argv[i]);
        char *value = strchr(key, '=');

        if (value) {
            *value++ = '\0';
            /* The first of several of a name counts. */
            if (!row_map_get(row, column, key)) {
                row_map_set(row, column, key, value);
            }
        }
        free(key);
    }
}

static int
compare_strings(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

void
nb_print_map(struct context *ctx, const struct row *row, const char *column)
{
    const json_t *map = row_json(row, column);
    size_t n = 0;
    const char **keys = xcalloc(json_object_size(map), sizeof *keys);
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *) map, key, value) {
        keys[n++] = key;
    }
    if (n) {
        qsort(keys, n, sizeof *keys, compare_strings);
    }
    for (size_t i = 0; i < n; i++) {
        ds_put_format(&ctx->output, "%s=%s\n", keys[i],
                      row_map_get(row, column, keys[i]));
    }
    free(keys);
}

const char *
nb_parse_direction(struct context *ctx, const char *word)
{
    if (word[0] == 't') {
        return "to-lport";
    } else if (word[0] == 'f') {
        return "from-lport";
    }
    context_error(ctx, "%s: direction must be \"to-lport\" or "
                  "\"from-lport\"", word);
    return NULL;
}

bool
nb_parse_priority(struct context *ctx, const char *word, int64_t *priority)
{
    int64_t number;

    /* What follows the number is not looked at, as with OVN. */
    if (!ovs_scan(word, "%"SCNd64, &number) || number < 0
        || number > 32767) {
        context_error(ctx, "%s: priority must in range 0...32767", word);
        return false;
    }
    *priority = number;
    return true;
}

bool
nb_parse_integer(const char *text, int64_t min, int64_t max, int64_t *value)
{
    long long int n;

    if (!str_to_llong(text, 10, &n) || n < min || n > max) {
        return false;
    }
    *value = n;
    return true;
}
