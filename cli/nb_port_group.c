/* Port groups. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "cli/nb.h"
#include "util.h"

/* The set of the ports named from argv[first] on; false with an error. */
static bool
parse_ports(struct context *ctx, int first, struct datum *ports,
            const struct view_column *column)
{
    for (int i = first; i < ctx->argc; i++) {
        const struct row *port = nb_port(ctx, ctx->argv[i], true);

        if (!port) {
            datum_destroy(ports, &column->type);
            return false;
        }
        datum_add_uuid(ports, &port->uuid);
    }
    datum_sort(ports, &column->type);
    return true;
}

/* The ports from argv[2] on become those of 'group', or of a new group of
 * that name. */
static void
set_ports(struct context *ctx, struct row *group)
{
    const struct view_column *column = view_column(&view_port_group,
                                                   "ports");
    const char *name = ctx->argv[1];
    struct datum ports = DATUM_INIT;

    if (!parse_ports(ctx, 2, &ports, column)) {
        return;
    }
    if (!group && model_get(ctx->model, &table_port_group, name)) {
        context_error(ctx, "transaction error: constraint violation: a port "
                      "group called \"%s\" already exists", name);
    } else {
        group = group ? group : nb_create(ctx, &view_port_group, name);
        context_failed(ctx, view_set(group, column, &ports));
    }
    datum_destroy(&ports, &column->type);
}

static void
run_pg_add(struct context *ctx)
{
    set_ports(ctx, NULL);
}

static struct row *
group_argument(struct context *ctx)
{
    return nb_find(ctx, &view_port_group, ctx->argv[1], true, "port group",
                   "port groups");
}

static void
run_pg_set_ports(struct context *ctx)
{
    struct row *group = group_argument(ctx);

    if (group) {
        set_ports(ctx, group);
    }
}

static void
run_pg_del(struct context *ctx)
{
    struct row *group = group_argument(ctx);

    if (group) {
        view_delete(ctx->view, group);
    }
}

static const struct command commands[] = {
    { "pg-add", 1, INT_MAX, "PG [PORT]...", run_pg_add, "", true,
      "1:port_group 2*:logical_switch_port" },
    { "pg-set-ports", 2, INT_MAX, "PG PORT...", run_pg_set_ports, "", true,
      "1:port_group 2*:logical_switch_port" },
    { "pg-del", 1, 1, "PG", run_pg_del, "", true, "1:port_group" },
};

const struct command_group nb_port_group_commands
    = COMMAND_GROUP("Port group", commands);
