/* Taking a command line apart: which commands, which options, how many
 * arguments. The messages are ovn-nbctl's. */
#include <config.h>

#include "cli/command.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/model.h"
#include "cli/view.h"
#include "util.h"

const struct command *
command_find(command_groups *groups, const char *name,
             const struct command_group **groupp)
{
    for (; *groups; groups++) {
        for (size_t i = 0; i < (*groups)->n_commands; i++) {
            if (!strcmp((*groups)->commands[i].name, name)) {
                *groupp = *groups;
                return &(*groups)->commands[i];
            }
        }
    }
    return NULL;
}

/* What follows 'option' in a command's list: ',' or the end, '=' or '?'; EOF
 * if it is not there. */
static int
option_kind(const struct command *command, const char *option)
{
    size_t size = strlen(option);
    const char *p = command->options ? command->options : "";

    while (*p) {
        size_t n = strcspn(p, ",=?");

        if (n == size && !strncmp(p, option, n)) {
            return p[n] == '=' || p[n] == '?' ? p[n] : ',';
        }
        p += strcspn(p, ",");
        p += *p == ',';
    }
    return EOF;
}

static char *
check_options(const struct command *command, const struct shash *options)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, options) {
        int kind = option_kind(command, node->name);

        if (kind == EOF) {
            return xasprintf("'%s' command has no '%s' option",
                             command->name, node->name);
        } else if (kind == '=' && !node->data) {
            return xasprintf("missing argument to '%s' option on '%s' "
                             "command", node->name, command->name);
        } else if (kind == ',' && node->data) {
            return xasprintf("'%s' option on '%s' does not accept an "
                             "argument", node->name, command->name);
        }
    }
    return NULL;
}

static char *
check_arguments(const struct command *command, int argc, char *argv[])
{
    if (argc < command->min_args) {
        return xasprintf("'%s' command requires at least %d arguments",
                         command->name, command->min_args);
    } else if (argc <= command->max_args) {
        return NULL;
    }
    for (int i = 0; i < argc; i++) {
        if (argv[i][0] == '-') {
            return xasprintf("'%s' command takes at most %d arguments "
                             "(note that options must precede command "
                             "names and follow a \"--\" argument)",
                             command->name, command->max_args);
        }
    }
    return xasprintf("'%s' command takes at most %d arguments",
                     command->name, command->max_args);
}

/* Takes the options before the command's name; '*ip' becomes its place. */
static char *
parse_options(int argc, char *argv[], struct shash *options, int *ip)
{
    int i;

    for (i = 0; i < argc && argv[i][0] == '-'; i++) {
        const char *equals = strchr(argv[i], '=');
        char *name = (equals ? xmemdup0(argv[i], equals - argv[i])
                      : xstrdup(argv[i]));

        if (shash_find(options, name)) {
            free(name);
            return xasprintf("'%s' option specified multiple times",
                             argv[i]);
        }
        shash_add_nocopy(options, name,
                         equals ? xstrdup(equals + 1) : NULL);
    }
    *ip = i;
    return NULL;
}

static char *
parse_one(int argc, char *argv[], command_groups *groups,
          struct invocation *invocation)
{
    int i = 0;
    char *error = parse_options(argc, argv, &invocation->options, &i);

    if (error) {
        return error;
    } else if (i == argc) {
        return xstrdup("missing command name (use --help for help)");
    }

    const struct command_group *group;
    const struct command *command = command_find(groups, argv[i], &group);
    if (!command) {
        return xasprintf("unknown command '%s'; use --help for help",
                         argv[i]);
    }
    error = check_options(command, &invocation->options);
    if (!error) {
        error = check_arguments(command, argc - i - 1, argv + i + 1);
    }
    invocation->command = command;
    invocation->group = group;
    invocation->argc = argc - i;
    invocation->argv = argv + i;
    return error;
}

char *
commands_parse(int argc, char *argv[], struct shash *local_options,
               command_groups *groups, struct invocation **invocationsp,
               size_t *np)
{
    /* Never moved: a "struct shash" must stay where it is. */
    struct invocation *invocations = xcalloc(argc + 1, sizeof *invocations);
    size_t n = 0;
    char *error = NULL;

    for (int start = 0, i = 0; i <= argc && !error; i++) {
        if (i < argc && strcmp(argv[i], "--")) {
            continue;
        }
        /* "-- --" and a "--" at the very start are nothing. */
        if (i > start) {
            struct invocation *new = &invocations[n++];

            shash_init(&new->options);
            shash_swap(&new->options, local_options);
            error = parse_one(i - start, argv + start, groups, new);
        }
        start = i + 1;
    }
    if (!n && !error) {
        error = xstrdup("missing command name (use --help for help)");
    }
    if (error) {
        invocations_destroy(invocations, n);
        return error;
    }
    *invocationsp = invocations;
    *np = n;
    return NULL;
}

void
invocations_destroy(struct invocation *invocations, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        shash_destroy_free_data(&invocations[i].options);
    }
    free(invocations);
}

/* ---- Within a command -------------------------------------------------- */

bool
context_failed(struct context *ctx, char *message)
{
    if (!message) {
        return false;
    } else if (ctx->error) {
        free(message);
    } else {
        ctx->error = message;
    }
    return true;
}

void
context_error(struct context *ctx, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    context_failed(ctx, xvasprintf(format, args));
    va_end(args);
}

bool
context_has_option(const struct context *ctx, const char *name)
{
    return shash_find(ctx->options, name) != NULL;
}

const char *
context_option(const struct context *ctx, const char *name)
{
    return shash_find_data(ctx->options, name);
}

struct row *
context_row(struct context *ctx, const char *table, const char *id)
{
    struct row *row;

    context_failed(ctx, view_find_row(ctx->model, ctx->view,
                                      view_table(ctx->view, table), id, true,
                                      &row));
    return row;
}
