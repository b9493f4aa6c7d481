/* Logical switches: ls-add, ls-del, ls-list. */
#include <config.h>

#include <stdlib.h>

#include "cli/nb.h"
#include "util.h"

/* The checks that ls-add and lr-add share. Returns true if a row is to be
 * made. */
bool
nb_may_add(struct context *ctx, const struct view_table *table,
           const char *name, const char *what)
{
    bool may_exist = context_has_option(ctx, "--may-exist");
    bool add_duplicate = context_has_option(ctx, "--add-duplicate");
    bool multiple = false;

    if (may_exist && add_duplicate) {
        context_error(ctx, "--may-exist and --add-duplicate may not be used "
                      "together");
        return false;
    } else if (!name) {
        if (may_exist || add_duplicate) {
            context_error(ctx, "%s requires specifying a name",
                          may_exist ? "--may-exist" : "--add-duplicate");
        }
        return !ctx->error;
    } else if (add_duplicate) {
        return true;
    }

    bool exists = view_has_name(ctx->model, table, name, &multiple);
    if (exists && !may_exist) {
        context_error(ctx, "%s: a %s with this name already exists", name,
                      what);
    }
    return !exists;
}

static void
run_ls_add(struct context *ctx)
{
    const char *name = ctx->argc > 1 ? ctx->argv[1] : NULL;

    if (nb_may_add(ctx, &view_logical_switch, name, "switch")) {
        nb_create(ctx, &view_logical_switch, name);
    }
}

static void
run_ls_del(struct context *ctx)
{
    bool must_exist = !context_has_option(ctx, "--if-exists");
    struct row *row = nb_switch(ctx, ctx->argv[1], must_exist);

    if (row) {
        view_delete(ctx->view, row);
    }
}

static void
run_ls_list(struct context *ctx)
{
    struct row **rows;
    size_t n = model_rows(ctx->model, &table_logical_switch, &rows);

    nb_print_names(ctx, rows, n);
    free(rows);
}

static const struct command commands[] = {
    { "ls-add", 0, 1, "[SWITCH]", run_ls_add, "--may-exist,--add-duplicate",
      true, "1:logical_switch" },
    { "ls-del", 1, 1, "SWITCH", run_ls_del, "--if-exists", true,
      "1:logical_switch" },
    { "ls-list", 0, 0, "", run_ls_list, "", false, NULL },
};

const struct command_group nb_switch_commands
    = COMMAND_GROUP("Logical switch", commands);
