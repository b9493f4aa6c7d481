/* Logical routers: lr-add, lr-del, lr-list. */
#include <config.h>

#include <stdlib.h>

#include "cli/nb.h"
#include "util.h"

static void
run_lr_add(struct context *ctx)
{
    const char *name = ctx->argc > 1 ? ctx->argv[1] : NULL;

    if (nb_may_add(ctx, &view_logical_router, name, "router")) {
        nb_create(ctx, &view_logical_router, name);
    }
}

static void
run_lr_del(struct context *ctx)
{
    bool must_exist = !context_has_option(ctx, "--if-exists");
    struct row *row = nb_router(ctx, ctx->argv[1], must_exist);

    if (row) {
        view_delete(ctx->view, row);
    }
}

static void
run_lr_list(struct context *ctx)
{
    struct row **rows;
    size_t n = model_rows(ctx->model, &table_logical_router, &rows);

    nb_print_names(ctx, rows, n);
    free(rows);
}

static const struct command commands[] = {
    { "lr-add", 0, 1, "[ROUTER]", run_lr_add, "--may-exist,--add-duplicate",
      true, "1:logical_router" },
    { "lr-del", 1, 1, "ROUTER", run_lr_del, "--if-exists", true,
      "1:logical_router" },
    { "lr-list", 0, 0, "", run_lr_list, "", false, NULL },
};

const struct command_group nb_router_commands
    = COMMAND_GROUP("Logical router", commands);
