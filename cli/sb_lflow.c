/* lflow-list, dump-flows, count-flows: logical flows as ovn-sbctl prints
 * them. */
#include <config.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/row.h"
#include "cli/sb.h"
#include "cli/trace_ovs.h"
#include "dirs.h"
#include "lflow/stages.h"
#include "openvswitch/vlog.h"
#include "util.h"
#include "uuid.h"

VLOG_DEFINE_THIS_MODULE(sbctl);

static const char *
datapath_name(const struct row *datapath)
{
    const char *name = row_map_get(datapath, "external_ids", "name");

    return name ? name : "";
}

static int
compare_datapaths(const void *a_, const void *b_)
{
    const struct row *const *a = a_;
    const struct row *const *b = b_;
    int cmp = strcmp(datapath_name(*a), datapath_name(*b));

    return cmp ? cmp : strcmp((*a)->id, (*b)->id);
}

/* By pipeline, table, the highest priority first, match, actions. */
static int
compare_flows(const void *a_, const void *b_)
{
    const struct row *const *a = a_;
    const struct row *const *b = b_;
    const struct stage *sa = sb_flow_stage(*a), *sb = sb_flow_stage(*b);
    int64_t pa = row_integer(*a, "priority", 0);
    int64_t pb = row_integer(*b, "priority", 0);

    if (sa->pipeline != sb->pipeline) {
        return sa->pipeline < sb->pipeline ? -1 : 1;
    } else if (sa->number != sb->number) {
        return sa->number < sb->number ? -1 : 1;
    } else if (pa != pb) {
        return pa > pb ? -1 : 1;
    }

    int cmp = strcmp(row_string(*a, "match"), row_string(*b, "match"));
    return cmp ? cmp : strcmp(row_string(*a, "actions"),
                              row_string(*b, "actions"));
}

/* The flows of one datapath, sorted; '*flowsp' is the caller's. */
static size_t
flows_of(struct context *ctx, const struct row *datapath,
         struct row ***flowsp)
{
    sb_load_flows(ctx->model, datapath);

    size_t n = model_children(ctx->model, &sb_table_logical_flow, 0,
                              datapath, flowsp);
    if (n) {
        qsort(*flowsp, n, sizeof **flowsp, compare_flows);
    }
    return n;
}

/* Flow UUIDs, or their beginnings, with or without "0x": argv[first] and
 * on. */
static bool
is_wanted(struct context *ctx, const struct row *flow, int first)
{
    for (int i = first; i < ctx->argc; i++) {
        const char *id = ctx->argv[i];

        if (!strncmp(id, "0x", 2)) {
            id += 2;
        }
        if (uuid_is_partial_match(&flow->uuid, id)) {
            return true;
        }
    }
    return first >= ctx->argc;
}

static void
print_flow(struct context *ctx, const struct row *flow)
{
    const struct stage *stage = sb_flow_stage(flow);
    struct ds *out = &ctx->output;

    ds_put_cstr(out, "  ");
    if (context_has_option(ctx, "--uuid")) {
        ds_put_format(out, "uuid=0x%08x, ", flow->uuid.parts[0]);
    }
    ds_put_format(out, "table=%-2u(%-19s), priority=%-5"PRId64
                  ", match=(%s), action=(%s)", stage->number, stage->name,
                  row_integer(flow, "priority", 0),
                  row_string(flow, "match"), row_string(flow, "actions"));
    if (context_has_option(ctx, "--source")) {
        ds_put_format(out, ", source=(%s)",
                      row_map_get(flow, "external_ids", "source"));
    }
    ds_put_char(out, '\n');
}

void
sb_print_openflow(struct context *ctx, const struct trace_ovs *ovs,
                  const struct row *row)
{
    char *text = ovs ? trace_ovs_flows(ovs, row->uuid.parts[0]) : NULL;
    char *save = NULL;

    for (char *line = text ? strtok_r(text, "\n", &save) : NULL; line;
         line = strtok_r(NULL, "\n", &save)) {
        ds_put_format(&ctx->output, "    %s\n", line);
    }
    free(text);
}

/* What is listed of each datapath. */
struct listing {
    int first;                  /* Of the arguments that name flows. */
    const struct trace_ovs *ovs;    /* The switch's flows, or NULL. */
};

static void
print_datapath(struct context *ctx, const struct row *datapath,
               const struct listing *listing)
{
    int pipeline = -1;
    struct row **flows;
    size_t n = flows_of(ctx, datapath, &flows);

    for (size_t i = 0; i < n; i++) {
        const struct stage *stage = sb_flow_stage(flows[i]);

        if (!is_wanted(ctx, flows[i], listing->first)) {
            continue;
        }
        if ((int) stage->pipeline != pipeline) {
            pipeline = stage->pipeline;
            ds_put_format(&ctx->output, "Datapath: \"%s\" ("UUID_FMT")  "
                          "Pipeline: %s\n", datapath_name(datapath),
                          UUID_ARGS(&datapath->uuid),
                          pipeline_is_ingress(stage->pipeline) ? "ingress"
                          : "egress");
        }
        print_flow(ctx, flows[i]);
        sb_print_openflow(ctx, listing->ovs, flows[i]);
    }
    free(flows);
}

/* The words from argv[first] on are UUIDs or their beginnings. */
static bool
check_flow_ids(struct context *ctx, int first)
{
    for (int i = first; i < ctx->argc; i++) {
        const char *id = ctx->argv[i];

        id += !strncmp(id, "0x", 2) ? 2 : 0;
        if (!uuid_is_partial_string(id)) {
            context_error(ctx, "%s is not a UUID or the beginning of a UUID",
                          ctx->argv[i]);
            return false;
        }
    }
    return true;
}

/* Calls 'print' with 'listing' for 'only', or for all datapaths if that is
 * NULL. */
static void
for_datapaths(struct context *ctx, const struct row *only,
              void (*print)(struct context *, const struct row *,
                            const struct listing *),
              const struct listing *listing)
{
    struct row **datapaths;

    if (only) {
        print(ctx, only, listing);
        return;
    }

    size_t n = model_rows(ctx->model, &sb_table_datapath, &datapaths);
    if (n) {
        qsort(datapaths, n, sizeof *datapaths, compare_datapaths);
    }
    for (size_t i = 0; i < n; i++) {
        print(ctx, datapaths[i], listing);
    }
    free(datapaths);
}

/* The flows of the switch that --ovs names, or NULL; one that cannot be asked
 * is no error. */
static struct trace_ovs *
open_switch(const struct context *ctx)
{
    const char *remote = context_option(ctx, "--ovs");
    char *bridge = xasprintf("unix:%s/br-int.mgmt", ovs_rundir());
    struct trace_ovs *ovs = NULL;

    if (context_has_option(ctx, "--ovs")) {
        char *failure = trace_ovs_open(remote ? remote : bridge,
                                       context_has_option(ctx, "--stats"),
                                       &ovs);

        if (failure) {
            VLOG_WARN("%s", failure);
            free(failure);
        }
    }
    free(bridge);
    return ovs;
}

static void
run_lflow_list(struct context *ctx)
{
    struct row *only = (ctx->argc > 1 ? sb_find_datapath(ctx, ctx->argv[1])
                        : NULL);
    struct listing listing = { .first = only ? 2 : 1 };

    if (!ctx->error && check_flow_ids(ctx, listing.first)) {
        struct trace_ovs *ovs = open_switch(ctx);

        listing.ovs = ovs;
        for_datapaths(ctx, only, print_datapath, &listing);
        if (context_has_option(ctx, "--vflows")) {
            sb_print_vflows(ctx, only, ovs);
        }
        trace_ovs_close(ovs);
    }
}

/* ---- count-flows ------------------------------------------------------- */

static void
count_datapath(struct context *ctx, const struct row *datapath,
               const struct listing *listing OVS_UNUSED)
{
    struct row **flows;
    size_t n = flows_of(ctx, datapath, &flows);
    int pipeline = -1;

    for (size_t i = 0; i < n; ) {
        const struct stage *stage = sb_flow_stage(flows[i]);
        size_t start = i;

        while (i < n && sb_flow_stage(flows[i]) == stage) {
            i++;
        }
        if ((int) stage->pipeline != pipeline) {
            pipeline = stage->pipeline;
            ds_put_format(&ctx->output, "Datapath: \"%s\" ("UUID_FMT")  "
                          "Pipeline: %s\n", datapath_name(datapath),
                          UUID_ARGS(&datapath->uuid),
                          pipeline_is_ingress(stage->pipeline) ? "ingress"
                          : "egress");
        }
        ds_put_format(&ctx->output, "  table=%-2u(%-19s) lflows=%"PRIuSIZE
                      "\n", stage->number, stage->name, i - start);
    }
    ds_put_format(&ctx->output, "Total number of logical flows in the "
                  "datapath \"%s\" ("UUID_FMT") = %"PRIuSIZE"\n\n",
                  datapath_name(datapath), UUID_ARGS(&datapath->uuid), n);
    free(flows);
}

/* A name that no datapath has is an empty count, as in OVN's tool. */
static void
run_count_flows(struct context *ctx)
{
    struct row *only = (ctx->argc > 1 ? sb_find_datapath(ctx, ctx->argv[1])
                        : NULL);
    struct row **flows;
    size_t n = 0;

    if (ctx->error) {
        return;
    } else if (only || ctx->argc == 1) {
        for_datapaths(ctx, only, count_datapath, NULL);
    }
    if (!only) {
        if (ctx->argc == 1) {
            n = model_rows(ctx->model, &sb_table_logical_flow, &flows);
            free(flows);
        }
        ds_put_format(&ctx->output, "Total number of logical flows = "
                      "%"PRIuSIZE"\n", n);
    }
}

static const struct command commands[] = {
    { "lflow-list", 0, INT_MAX, "[DATAPATH] [LFLOW]...", run_lflow_list,
      "--uuid,--ovs?,--stats,--vflows?,--source", false, NULL },
    { "dump-flows", 0, INT_MAX, "[DATAPATH] [LFLOW]...", run_lflow_list,
      "--uuid,--ovs?,--stats,--vflows?,--source", false, NULL },
    { "count-flows", 0, 1, "[DATAPATH]", run_count_flows, "", false, NULL },
};

const struct command_group sb_flow_commands
    = COMMAND_GROUP_ON(&sb_view, "Logical flow", commands);
