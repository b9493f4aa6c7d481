/* What is wrong with a generic command for its words alone: a table or a
 * column that does not exist. It is told before any command of the run is
 * carried out, as ovn-nbctl does. */
#include <config.h>

#include "cli/db.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util.h"

/* Which arguments of a command begin with a column's name. */
static const struct {
    const char *command;
    int first, last;
} named_columns[] = {
    { "list", INT_MAX, 0 }, { "find", 2, INT_MAX }, { "get", 3, INT_MAX },
    { "set", 3, INT_MAX }, { "add", 3, 3 }, { "remove", 3, 3 },
    { "clear", 3, INT_MAX }, { "create", 2, INT_MAX },
    { "destroy", INT_MAX, 0 }, { "wait-until", 3, INT_MAX },
};

static void
check_column(struct context *ctx, const struct view_table *table,
             const char *arg)
{
    const struct view_column *column;
    const char *p = arg;
    char *name;

    if ((!strcmp(ctx->argv[0], "get")
         && (!strcasecmp(arg, "_uuid") || !strcasecmp(arg, "-uuid")))
        || context_failed(ctx, token_parse(&p, &name))) {
        return;
    }
    if (name[0]) {
        context_failed(ctx, view_find_column(table, name, &column));
    } else {
        context_error(ctx, "%s: missing column name", arg);
    }
    free(name);
}

void
db_check(struct context *ctx)
{
    const struct view_column **columns;
    const struct view_table *table;
    size_t n;

    if (!strcmp(ctx->argv[0], "comment")) {
        return;
    } else if (!strcmp(ctx->argv[0], "get") && context_has_option(ctx, "--id")
               && context_has_option(ctx, "--if-exists")) {
        context_error(ctx, "--if-exists and --id may not be specified "
                      "together");
        return;
    } else if (context_failed(ctx, view_find_table(ctx->view, ctx->argv[1],
                                                   &table))
               || context_failed(ctx, db_parse_columns(
                                     context_option(ctx, "--columns"), table,
                                     &columns, &n))) {
        return;
    }
    free(columns);
    for (size_t i = 0; i < ARRAY_SIZE(named_columns); i++) {
        if (strcmp(named_columns[i].command, ctx->argv[0])) {
            continue;
        }
        for (int j = named_columns[i].first;
             j < ctx->argc && j <= named_columns[i].last && !ctx->error;
             j++) {
            check_column(ctx, table, ctx->argv[j]);
        }
    }
}
