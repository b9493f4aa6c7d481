/* Meters, each with one band when made here. */
#include <config.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/nb.h"
#include "util.h"

/* What is wrong with the arguments of meter-add, or NULL. */
static const char *
check_meter(struct context *ctx, int64_t *rate, int64_t *burst)
{
    *burst = 0;
    if (!strncmp(ctx->argv[1], "__", 2)) {
        return "meter names that begin with \"__\" are reserved";
    } else if (strcmp(ctx->argv[2], "drop")) {
        return "action must be \"drop\"";
    } else if (!nb_parse_integer(ctx->argv[3], 1, UINT32_MAX, rate)) {
        return "rate must be in the range 1...4294967295";
    } else if (strcmp(ctx->argv[4], "kbps") && strcmp(ctx->argv[4],
                                                      "pktps")) {
        return "unit must be \"kbps\" or \"pktps\"";
    } else if (ctx->argc > 5
               && !nb_parse_integer(ctx->argv[5], 0, UINT32_MAX, burst)) {
        return "burst must be in the range 0...4294967295";
    }
    return NULL;
}

static void
delete_bands(struct context *ctx, const struct row *meter)
{
    struct row **bands;
    size_t n = model_children(ctx->model, &table_meter_band, 0, meter,
                              &bands);

    for (size_t i = 0; i < n; i++) {
        model_delete(bands[i]);
    }
    free(bands);
}

static void
run_meter_add(struct context *ctx)
{
    const char *name = ctx->argv[1];
    bool may_exist = context_has_option(ctx, "--may-exist");
    struct row *meter = model_get(ctx->model, &table_meter, name);
    int64_t rate, burst;

    if (meter && !may_exist) {
        context_error(ctx, "meter with name \"%s\" already exists", name);
        return;
    }

    const char *why = check_meter(ctx, &rate, &burst);
    if (why) {
        context_error(ctx, "%s", why);
        return;
    }

    if (meter) {
        delete_bands(ctx, meter);
    } else {
        meter = nb_create(ctx, &view_meter, name);
    }
    row_set_string(meter, "unit", ctx->argv[4]);
    if (context_has_option(ctx, "--fair")) {
        row_set_boolean(meter, "fair", true);
    }

    struct row *band = nb_create(ctx, &view_meter_band, NULL);
    row_set_string(band, "meter", name);
    row_set_string(band, "action", ctx->argv[2]);
    row_set_integer(band, "rate", rate);
    if (burst) {
        row_set_integer(band, "burst_size", burst);
    }
}

static void
run_meter_del(struct context *ctx)
{
    struct row **rows;
    size_t n = model_rows(ctx->model, &table_meter, &rows);

    for (size_t i = 0; i < n; i++) {
        if (ctx->argc == 1 || !strcmp(rows[i]->id, ctx->argv[1])) {
            view_delete(ctx->view, rows[i]);
        }
    }
    free(rows);
}

static void
print_bands(struct context *ctx, const struct row *meter)
{
    const char *unit = row_string(meter, "unit");
    struct row **bands;
    size_t n = model_children(ctx->model, &table_meter_band, 0, meter,
                              &bands);

    for (size_t i = 0; i < n; i++) {
        int64_t burst = row_integer(bands[i], "burst_size", 0);
        const char *action = row_string(bands[i], "action");

        ds_put_format(&ctx->output, "  %s: %"PRId64" %s",
                      action[0] ? action : "drop",
                      row_integer(bands[i], "rate", 0), unit);
        if (burst) {
            ds_put_format(&ctx->output, ", %"PRId64" %s burst", burst,
                          strcmp(unit, "kbps") ? "packet" : "kb");
        }
        ds_put_char(&ctx->output, '\n');
    }
    free(bands);
}

static void
run_meter_list(struct context *ctx)
{
    struct row **rows;
    size_t n = model_rows(ctx->model, &table_meter, &rows);

    for (size_t i = 0; i < n; i++) {
        ds_put_format(&ctx->output, "%s:%s bands:\n", rows[i]->id,
                      !row_has(rows[i], "fair") ? ""
                      : row_boolean(rows[i], "fair", false) ? " (fair)"
                      : " (shared)");
        print_bands(ctx, rows[i]);
    }
    free(rows);
}

static const struct command commands[] = {
    { "meter-add", 4, 5, "NAME ACTION RATE UNIT [BURST]", run_meter_add,
      "--fair,--may-exist", true, "1:meter" },
    { "meter-del", 0, 1, "[NAME]", run_meter_del, "", true, NULL },
    { "meter-list", 0, 0, "", run_meter_list, "", false, NULL },
};

const struct command_group nb_meter_commands
    = COMMAND_GROUP("Meter", commands);
