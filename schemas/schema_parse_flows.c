/* From JSON to logical flows: rows [stage, priority, match, actions], the
 * texts of which may be phrases. */
#include <config.h>

#include <jansson.h>
#include <stdlib.h>

#include "schemas/phrases.h"
#include "schemas/schema_private.h"
#include "util.h"

enum { FLOW_STAGE, FLOW_PRIORITY, FLOW_MATCH, FLOW_ACTIONS, FLOW_OPTIONS };

static void
parse_flow_options(struct smap *options, const json_t *json,
                   const struct schema_path *up, struct schema_faults *faults)
{
    json_t *object = CONST_CAST(json_t *, json);
    const char *key;
    json_t *value;

    if (!schema_need_type(json_is_object(json), "an object", json, up,
                          faults)) {
        return;
    }
    json_object_foreach (object, key, value) {
        const struct schema_path path = SCHEMA_PATH_NAME(up, key);

        if (schema_need_type(json_is_string(value), "a string", value, &path,
                             faults)) {
            smap_add(options, key, json_string_value(value));
        }
    }
}

static void
parse_flow_string(char **stringp, const json_t *json, bool may_be_empty,
                  const struct schema_path *path,
                  struct schema_faults *faults)
{
    if (schema_need_type(json_is_string(json), "a string", json, path,
                         faults)) {
        schema_string_set(stringp, json_string_value(json));
        if (!(*stringp)[0] && !may_be_empty) {
            schema_fault_at(faults, path, "must not be empty");
        }
    }
}

/* A match or actions. */
static void
parse_flow_text(char **stringp, const json_t *json, bool may_be_empty,
                const struct schema_path *path, struct schema_faults *faults)
{
    struct ds text = DS_EMPTY_INITIALIZER;
    struct err err = ERR_INIT;

    if (!json_is_string(json) || phrase_is_plain(json_string_value(json))) {
        parse_flow_string(stringp, json, may_be_empty, path, faults);
    } else if (phrase_decode(&text, json_string_value(json),
                             json_string_length(json), &err)) {
        schema_fault_at(faults, path, "%s", err.message);
    } else {
        schema_string_set(stringp, ds_cstr(&text));
    }
    ds_destroy(&text);
    err_clear(&err);
}

static void
parse_flow(struct sb_flow *flow, const json_t *json,
           const struct schema_path *up, struct schema_faults *faults)
{
    size_t n = json_array_size(json);
    struct schema_path path;

    if (!json_is_array(json) || n < FLOW_OPTIONS || n > FLOW_OPTIONS + 1) {
        schema_fault_at(faults, up, "must be [stage, priority, match, "
                        "actions] or [stage, priority, match, actions, "
                        "{options}]");
        return;
    }
    path = SCHEMA_PATH_INDEX(up, FLOW_STAGE);
    parse_flow_string(&flow->stage, json_array_get(json, FLOW_STAGE), false,
                      &path, faults);
    path = SCHEMA_PATH_INDEX(up, FLOW_PRIORITY);
    schema_get_integer(json_array_get(json, FLOW_PRIORITY), 0, UINT16_MAX,
                       &path, faults, &flow->priority);
    path = SCHEMA_PATH_INDEX(up, FLOW_MATCH);
    parse_flow_text(&flow->match, json_array_get(json, FLOW_MATCH), false,
                    &path, faults);
    path = SCHEMA_PATH_INDEX(up, FLOW_ACTIONS);
    parse_flow_text(&flow->actions, json_array_get(json, FLOW_ACTIONS), true,
                    &path, faults);
    if (n > FLOW_OPTIONS) {
        path = SCHEMA_PATH_INDEX(up, FLOW_OPTIONS);
        parse_flow_options(&flow->options, json_array_get(json, FLOW_OPTIONS),
                           &path, faults);
    }
}

void
schema_parse_flows(const struct schema_column *column, void *base,
                   const json_t *json, const struct schema_path *up,
                   struct schema_faults *faults)
{
    size_t n = json_array_size(json);
    struct sb_flow *flows;

    if (!schema_need_array(column, json, up, faults) || !n) {
        return;
    }
    flows = xcalloc(n, sizeof *flows);
    for (size_t i = 0; i < n; i++) {
        const struct schema_path path = SCHEMA_PATH_INDEX(up, i);

        flows[i].stage = flows[i].match = flows[i].actions = schema_empty;
        smap_init(&flows[i].options);
        parse_flow(&flows[i], json_array_get(json, i), &path, faults);
    }
    schema_member_set_array(column, base, (struct schema_array) { flows, n });
}

/* Gives element 'i' of a flow, a string, its text in full. */
static void
expand_text(json_t *flow, size_t i)
{
    const json_t *json = json_array_get(flow, i);
    struct ds text = DS_EMPTY_INITIALIZER;

    if (json_is_string(json) && !phrase_is_plain(json_string_value(json))
        && !phrase_decode(&text, json_string_value(json),
                          json_string_length(json), NULL)) {
        json_array_set_new(flow, i, json_string(ds_cstr(&text)));
    }
    ds_destroy(&text);
}

void
schema_flows_expand(json_t *row)
{
    json_t *flow;
    size_t i;

    json_array_foreach (json_object_get(row, "flows"), i, flow) {
        expand_text(flow, FLOW_MATCH);
        expand_text(flow, FLOW_ACTIONS);
    }
}
