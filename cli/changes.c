/* Two states of the network compared, key by key. */
#include <config.h>

#include "cli/changes.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lflow/stages.h"
#include "schemas/schema.h"
#include "util.h"

void
changes_init(struct changes *changes)
{
    memset(changes, 0, sizeof *changes);
}

static void
flow_change_clear(struct flow_change *change)
{
    free(change->datapath);
    free(change->source);
    free(change->text);
    json_decref(change->flow);
}

void
changes_destroy(struct changes *changes)
{
    for (size_t i = 0; i < changes->n_rows; i++) {
        free(changes->rows[i].name);
        json_decref(changes->rows[i].before);
        json_decref(changes->rows[i].after);
    }
    free(changes->rows);
    for (size_t i = 0; i < changes->n_flows; i++) {
        flow_change_clear(&changes->flows[i]);
    }
    free(changes->flows);
}

/* ---- Collecting -------------------------------------------------------- */

json_t *
changes_parse(const char *key, const char *value, size_t size)
{
    json_t *json = json_loadb(value, size, JSON_DECODE_ANY, NULL);

    if (!strncmp(key, "sb/", 3)) {
        schema_flows_expand(json);
    }
    return json;
}

static void
add_flow(struct changes *changes, const char *datapath, const char *source,
         json_t *flow, bool is_added)
{
    const char *name = json_string_value(json_array_get(flow, 0));
    const struct stage *stage = name ? stage_by_name(name) : NULL;
    struct flow_change *change;

    if (changes->n_flows >= changes->allocated_flows) {
        changes->flows = x2nrealloc(changes->flows, &changes->allocated_flows,
                                    sizeof *changes->flows);
    }
    change = &changes->flows[changes->n_flows++];
    *change = (struct flow_change) {
        .datapath = xstrdup(datapath),
        .source = xstrdup(source),
        .flow = json_incref(flow),
        .text = json_dumps(flow, JSON_COMPACT | JSON_SORT_KEYS),
        .stage = stage ? stage->id : UINT_MAX,
        .is_added = is_added,
    };
}

static void
add_bundle(struct changes *changes, const char *datapath, const char *source,
           json_t *bundle, bool is_added)
{
    json_t *flow;
    size_t i;

    json_array_foreach (json_object_get(bundle, "flows"), i, flow) {
        add_flow(changes, datapath, source, flow, is_added);
    }
}

static void
add_row(struct changes *changes, const char *name, json_t *before,
        json_t *after)
{
    struct row_change *change;

    if (before && after && json_equal(before, after)) {
        return;
    }
    if (changes->n_rows >= changes->allocated_rows) {
        changes->rows = x2nrealloc(changes->rows, &changes->allocated_rows,
                                   sizeof *changes->rows);
    }
    change = &changes->rows[changes->n_rows++];
    change->name = xstrdup(name);
    change->before = json_incref(before);
    change->after = json_incref(after);
}

/* The datapath and the source of a bundle's key; false for other keys. Both
 * are the caller's. */
static bool
parse_bundle_key(const char *key, char **datapath, char **source)
{
    const char *rest, *slash;

    if (!strncmp(key, "sb/common/", 10)) {
        rest = key + 10;
        *datapath = xmemdup0(rest, strcspn(rest, "/"));
        *source = xstrdup("common");
        return true;
    } else if (strncmp(key, "sb/dp/", 6)) {
        return false;
    }
    rest = key + 6;
    slash = strchr(rest, '/');
    if (!slash || strncmp(slash, "/flow/", 6)) {
        return false;
    }
    *datapath = xmemdup0(rest, slash - rest);
    *source = xmemdup0(slash + 6, strcspn(slash + 6, "/"));
    return true;
}

void
changes_add(struct changes *changes, const char *key, json_t *before,
            json_t *after)
{
    char *datapath, *source;

    if (!strncmp(key, "nb/", 3)) {
        if (strncmp(key, "nb/sync/", 8)) {
            add_row(changes, key + 3, before, after);
        }
    } else if (parse_bundle_key(key, &datapath, &source)) {
        add_bundle(changes, datapath, source, before, false);
        add_bundle(changes, datapath, source, after, true);
        free(datapath);
        free(source);
    }
}

bool
changes_is_of_concern(const char *key)
{
    char *datapath, *source;

    if (!strncmp(key, "nb/", 3)) {
        return strncmp(key, "nb/sync/", 8) != 0;
    } else if (parse_bundle_key(key, &datapath, &source)) {
        free(datapath);
        free(source);
        return true;
    }
    return false;
}

/* ---- In order ---------------------------------------------------------- */

static int
compare_rows(const void *a_, const void *b_)
{
    const struct row_change *a = a_, *b = b_;

    return strcmp(a->name, b->name);
}

static int64_t
priority_of(const struct flow_change *change)
{
    return json_integer_value(json_array_get(change->flow, 1));
}

/* By datapath, stage, falling priority, text. */
static int
compare_places(const struct flow_change *a, const struct flow_change *b)
{
    int cmp = strcmp(a->datapath, b->datapath);

    if (cmp) {
        return cmp;
    } else if (a->stage != b->stage) {
        return a->stage < b->stage ? -1 : 1;
    } else if (priority_of(a) != priority_of(b)) {
        return priority_of(a) > priority_of(b) ? -1 : 1;
    }
    return strcmp(a->text, b->text);
}

static int
compare_flows(const void *a_, const void *b_)
{
    const struct flow_change *a = a_, *b = b_;
    int cmp = compare_places(a, b);

    return cmp ? cmp : a->is_added - b->is_added;
}

/* Of flows[0...n), all of one place, the removed first: forgets as many of
 * one kind as of the other. Moves the rest to 'out' and returns how many. */
static size_t
cancel_equal(struct flow_change *flows, size_t n, struct flow_change *out)
{
    size_t n_removed = 0, n_kept = 0;

    while (n_removed < n && !flows[n_removed].is_added) {
        n_removed++;
    }

    size_t n_equal = MIN(n_removed, n - n_removed);
    for (size_t i = 0; i < n; i++) {
        if (i < n_equal || (i >= n_removed && i < n_removed + n_equal)) {
            flow_change_clear(&flows[i]);
        } else {
            out[n_kept++] = flows[i];
        }
    }
    return n_kept;
}

void
changes_finish(struct changes *changes)
{
    size_t n = 0;

    if (changes->n_rows) {
        qsort(changes->rows, changes->n_rows, sizeof *changes->rows,
              compare_rows);
    }
    if (changes->n_flows) {
        qsort(changes->flows, changes->n_flows, sizeof *changes->flows,
              compare_flows);
    }
    for (size_t i = 0; i < changes->n_flows; ) {
        size_t end = i + 1;

        while (end < changes->n_flows
               && !compare_places(&changes->flows[i], &changes->flows[end])) {
            end++;
        }
        n += cancel_equal(&changes->flows[i], end - i, &changes->flows[n]);
        i = end;
    }
    changes->n_flows = n;
}

/* ---- As text ----------------------------------------------------------- */

/* "removed", "added", and plain. */
static const char *
colour(bool colours, char sign)
{
    return (!colours ? "" : sign == '+' ? "\033[32m" : sign == '-'
            ? "\033[31m" : sign == '~' ? "\033[33m" : "\033[0m");
}

static void
put_value(char sign, const char *column, const json_t *value,
          const char *separator, bool *is_first, struct ds *output)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS
                            | JSON_ENCODE_ANY);

    ds_put_format(output, "%s%c %s = %s", *is_first ? "" : separator, sign,
                  column, text);
    *is_first = false;
    free(text);
}

void
changes_put_columns(const json_t *before, const json_t *after,
                    const char *separator, struct ds *output)
{
    bool is_first = true;
    const char *column;
    json_t *value;

    json_object_foreach (CONST_CAST(json_t *, before), column, value) {
        const json_t *now = json_object_get(after, column);

        if (!now || !json_equal(value, now)) {
            put_value('-', column, value, separator, &is_first, output);
        }
        if (now && !json_equal(value, now)) {
            put_value('+', column, now, separator, &is_first, output);
        }
    }
    json_object_foreach (CONST_CAST(json_t *, after), column, value) {
        if (!json_object_get(before, column)) {
            put_value('+', column, value, separator, &is_first, output);
        }
    }
}

static void
print_row(const struct row_change *change, bool colours, struct ds *output)
{
    char sign = change->before ? change->after ? '~' : '-' : '+';
    struct ds columns = DS_EMPTY_INITIALIZER;

    ds_put_format(output, "%s%c %s%s\n", colour(colours, sign), sign,
                  change->name, colour(colours, 0));
    changes_put_columns(change->before, change->after, "\n    ", &columns);
    if (columns.length) {
        ds_put_format(output, "    %s\n", ds_cstr(&columns));
    }
    ds_destroy(&columns);
}

static const char *
flow_string(const struct flow_change *change, size_t i)
{
    const char *s = json_string_value(json_array_get(change->flow, i));

    return s ? s : "";
}

static void
print_flow(const struct flow_change *change, bool colours, struct ds *output)
{
    char sign = change->is_added ? '+' : '-';
    json_t *options = json_array_get(change->flow, 4);

    ds_put_format(output, "%s%c   %-21s priority=%-5"PRId64
                  ", match=(%s), action=(%s)", colour(colours, sign), sign,
                  flow_string(change, 0), priority_of(change),
                  flow_string(change, 2), flow_string(change, 3));
    if (options) {
        char *text = json_dumps(options, JSON_COMPACT | JSON_SORT_KEYS);

        ds_put_format(output, ", %s", text);
        free(text);
    }
    ds_put_format(output, ", source=(%s)%s\n", change->source,
                  colour(colours, 0));
}

void
changes_print(const struct changes *changes, bool colours, struct ds *output)
{
    const char *datapath = "";
    size_t n_added = 0;

    ds_put_format(output, "Northbound: %"PRIuSIZE" rows differ\n",
                  changes->n_rows);
    for (size_t i = 0; i < changes->n_rows; i++) {
        print_row(&changes->rows[i], colours, output);
    }
    for (size_t i = 0; i < changes->n_flows; i++) {
        n_added += changes->flows[i].is_added;
    }
    ds_put_format(output, "Logical flows: %"PRIuSIZE" added, %"PRIuSIZE
                  " removed\n", n_added, changes->n_flows - n_added);
    for (size_t i = 0; i < changes->n_flows; i++) {
        const struct flow_change *change = &changes->flows[i];

        if (strcmp(datapath, change->datapath)) {
            datapath = change->datapath;
            ds_put_format(output, "Datapath: %s%s\n",
                          strchr(datapath, ':') ? "" : "every ", datapath);
        }
        print_flow(change, colours, output);
    }
}

/* ---- As JSON ----------------------------------------------------------- */

json_t *
changes_to_json(const struct changes *changes)
{
    json_t *rows = json_array(), *flows = json_array();

    for (size_t i = 0; i < changes->n_rows; i++) {
        const struct row_change *change = &changes->rows[i];

        json_array_append_new(rows, json_pack(
            "{s:s, s:O*, s:O*}", "row", change->name, "before",
            change->before, "after", change->after));
    }
    for (size_t i = 0; i < changes->n_flows; i++) {
        const struct flow_change *change = &changes->flows[i];

        json_array_append_new(flows, json_pack(
            "{s:s, s:s, s:s, s:O}", "change",
            change->is_added ? "added" : "removed", "datapath",
            change->datapath, "source", change->source, "flow",
            change->flow));
    }
    return json_pack("{s:o, s:o}", "rows", rows, "flows", flows);
}
