/* Logical flows: the bundles of a datapath and those that all of its kind
 * have, as rows of Logical_Flow. A row's UUID begins with the flow's OpenFlow
 * cookie, so that "lflow-list 0x..." finds what made a flow of the switch. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "cli/row.h"
#include "cli/sb.h"
#include "lflow/cookie.h"
#include "lflow/stages.h"
#include "schemas/schema.h"
#include "store/keys.h"
#include "util.h"
#include "uuid.h"

struct load {
    struct model *model;
    const struct row *datapath;
    const char *source;         /* Of common flows; NULL: from the path. */
};

const struct stage *
sb_flow_stage(const struct row *flow)
{
    return stage_by_name(row_string(flow, "stage"));
}

static json_t *
flow_row(const struct load *load, const struct stage *stage,
         const json_t *flow, const char *source)
{
    bool ingress = pipeline_is_ingress(stage->pipeline);
    const json_t *options = json_array_get(flow, 4);
    json_t *meter = json_object_get(options, "controller_meter");
    json_t *row = json_object();
    json_t *ids = json_object();

    if (!meter) {
        meter = json_object_get(options, "meter");
    }
    json_object_set_new(row, "stage", json_string(stage->name));
    json_object_set_new(row, "table_id", json_integer(stage->number));
    json_object_set_new(row, "pipeline", json_string(ingress ? "ingress"
                                                     : "egress"));
    json_object_set(row, "priority", json_array_get(flow, 1));
    json_object_set(row, "match", json_array_get(flow, 2));
    json_object_set(row, "actions", json_array_get(flow, 3));
    json_object_set_new(row, "logical_datapath",
                        json_string(load->datapath->id));
    if (json_is_string(meter)) {
        json_object_set(row, "controller_meter", meter);
    }
    json_object_set_new(ids, "stage-name", json_string(stage->name));
    json_object_set_new(ids, "source", json_string(source));
    json_object_set_new(row, "external_ids", ids);
    return row;
}

static void
add_flow(const struct load *load, const json_t *flow, const char *source)
{
    const char *stage_name = json_string_value(json_array_get(flow, 0));
    const char *match = json_string_value(json_array_get(flow, 2));
    const char *actions = json_string_value(json_array_get(flow, 3));
    const json_t *priority = json_array_get(flow, 1);
    const struct stage *stage = (stage_name ? stage_by_name(stage_name)
                                 : NULL);

    if (!stage || !match || !actions || !json_is_integer(priority)) {
        return;
    }

    char *id = xasprintf("%s/%s/%lld/%s/%s", load->datapath->id, stage_name,
                         (long long int) json_integer_value(priority), match,
                         actions);
    struct row *row = model_add(load->model, &sb_table_logical_flow, id,
                                flow_row(load, stage, flow, source));
    if (row) {
        struct uuid uuid = row->uuid;

        uuid.parts[0] = lflow_cookie(stage, match, actions);
        model_set_uuid(row, &uuid);
    }
    free(id);
}

static void
add_bundle(char *const *path, size_t n, json_t *value, void *load_)
{
    const struct load *load = load_;
    const json_t *flows = json_object_get(value, "flows");
    const char *source = load->source ? load->source : n > 4 ? path[4] : "";

    schema_flows_expand(value);
    for (size_t i = 0; i < json_array_size(flows); i++) {
        add_flow(load, json_array_get(flows, i), source);
    }
}

void
sb_load_flows(struct model *model, const struct row *datapath)
{
    bool is_router = !strncmp(datapath->id, "router:", 7);
    struct load own = { model, datapath, NULL };
    struct load common = { model, datapath, "common" };
    char *encoded = keys_encode(datapath->id);
    char *prefix = xasprintf("sb/dp/%s/flow/", encoded);

    model_scan(model, prefix, add_bundle, &own);
    model_scan(model, is_router ? "sb/common/router" : "sb/common/switch",
               add_bundle, &common);
    free(prefix);
    free(encoded);
}

static void
load_all(struct model *model, const struct table *table)
{
    struct row **datapaths;
    size_t n = model_rows(model, &sb_table_datapath, &datapaths);

    for (size_t i = 0; i < n; i++) {
        sb_load_flows(model, datapaths[i]);
    }
    free(datapaths);
}

const struct table sb_table_logical_flow = {
    .area = "view/logical_flow", .name = "logical_flow", .is_fixed = true,
    .db = "sb", .parents = { "logical_datapath" }, .synthesize = load_all,
};
