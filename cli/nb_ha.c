/* Groups of chassis with priorities, for high availability. */
#include <config.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/nb.h"
#include "util.h"
#include "uuid.h"

static struct row *
group_argument(struct context *ctx)
{
    bool multiple = false;
    struct row *group = view_lookup(ctx->model, &view_ha_chassis_group,
                                    ctx->argv[1], &multiple);
    struct uuid uuid;

    if (!group) {
        context_error(ctx, "%s: ha_chassi_group %s not found", ctx->argv[1],
                      uuid_from_string(&uuid, ctx->argv[1]) ? "UUID"
                      : "name");
    }
    return group;
}

/* The group's entry for a chassis, or NULL. */
static struct row *
find_chassis(struct context *ctx, const struct row *group,
             const char *chassis)
{
    struct row *found = NULL;
    struct row **rows;
    size_t n = model_children(ctx->model, &table_ha_chassis, 0, group,
                              &rows);

    for (size_t i = 0; i < n && !found; i++) {
        if (!strcmp(row_string(rows[i], "chassis_name"), chassis)) {
            found = rows[i];
        }
    }
    free(rows);
    return found;
}

static void
run_add(struct context *ctx)
{
    const char *name = ctx->argv[1];

    if (model_get(ctx->model, &table_ha_chassis_group, name)) {
        context_error(ctx, "transaction error: constraint violation: an HA "
                      "chassis group called \"%s\" already exists", name);
        return;
    }
    nb_create(ctx, &view_ha_chassis_group, name);
}

static void
run_del(struct context *ctx)
{
    struct row *group = group_argument(ctx);

    if (group) {
        view_delete(ctx->view, group);
    }
}

static void
print_chassis(struct context *ctx, const struct row *group)
{
    struct row **rows;
    size_t n = model_children(ctx->model, &table_ha_chassis, 0, group,
                              &rows);

    for (size_t i = 0; i < n; i++) {
        ds_put_format(&ctx->output, "    "UUID_FMT" (%s)\n",
                      UUID_ARGS(&rows[i]->uuid),
                      row_string(rows[i], "chassis_name"));
        ds_put_format(&ctx->output, "    priority %"PRId64"\n\n",
                      row_integer(rows[i], "priority", 0));
    }
    free(rows);
}

static void
run_list(struct context *ctx)
{
    struct row **rows;
    size_t n = model_rows(ctx->model, &table_ha_chassis_group, &rows);

    for (size_t i = 0; i < n; i++) {
        ds_put_format(&ctx->output, UUID_FMT" (%s)\n",
                      UUID_ARGS(&rows[i]->uuid), rows[i]->id);
        print_chassis(ctx, rows[i]);
        ds_put_char(&ctx->output, '\n');
    }
    free(rows);
}

static void
run_add_chassis(struct context *ctx)
{
    struct row *group = group_argument(ctx);
    const char *chassis = ctx->argv[2];
    int64_t priority;

    if (!group || !nb_parse_priority(ctx, ctx->argv[3], &priority)) {
        return;
    }

    struct row *row = find_chassis(ctx, group, chassis);
    if (!row) {
        row = nb_create(ctx, &view_ha_chassis, NULL);
        row_set_string(row, "ha_chassis_group", group->id);
        row_set_string(row, "chassis_name", chassis);
    }
    row_set_integer(row, "priority", priority);
}

/* The entry of argv[2] in the group of argv[1], or NULL with an error. */
static struct row *
chassis_argument(struct context *ctx)
{
    struct row *group = group_argument(ctx);
    struct row *row = NULL;

    if (group) {
        row = find_chassis(ctx, group, ctx->argv[2]);
        if (!row) {
            context_error(ctx, "%s: ha chassis not found in %s ha chassis "
                          "group", ctx->argv[2], ctx->argv[1]);
        }
    }
    return row;
}

static void
run_remove_chassis(struct context *ctx)
{
    struct row *row = chassis_argument(ctx);

    if (row) {
        model_delete(row);
    }
}

static void
run_set_chassis_prio(struct context *ctx)
{
    struct row *row = chassis_argument(ctx);
    int64_t priority;

    if (row && nb_parse_priority(ctx, ctx->argv[3], &priority)) {
        row_set_integer(row, "priority", priority);
    }
}

static const struct command commands[] = {
    { "ha-chassis-group-add", 1, 1, "GROUP", run_add, "", true,
      "1:ha_chassis_group" },
    { "ha-chassis-group-del", 1, 1, "GROUP", run_del, "", true,
      "1:ha_chassis_group" },
    { "ha-chassis-group-list", 0, 0, "", run_list, "", false, NULL },
    { "ha-chassis-group-add-chassis", 3, 3, "GROUP CHASSIS PRIORITY",
      run_add_chassis, "", true, "1:ha_chassis_group" },
    { "ha-chassis-group-set-chassis-prio", 3, 3, "GROUP CHASSIS PRIORITY",
      run_set_chassis_prio, "", true, "1:ha_chassis_group" },
    { "ha-chassis-group-remove-chassis", 2, 2, "GROUP CHASSIS",
      run_remove_chassis, "", true, "1:ha_chassis_group" },
};

const struct command_group nb_ha_commands
    = COMMAND_GROUP("HA chassis group", commands);
