/* A tool's command line from argv to exit status: options, commands, the
 * store, output, waiting. */
#include <config.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "cli/db.h"
#include "cli/options.h"
#include "cli/run.h"
#include "cli/tool.h"
#include "lib/err.h"
#include "openvswitch/vlog.h"
#include "store/config.h"
#include "store/store.h"
#include "util.h"

/* Prints "PROGRAM: message" and ends with 1. */
static void
die(char *message)
{
    fprintf(stderr, "%s: %s\n", program_name, message);
    free(message);
    exit(EXIT_FAILURE);
}

static void
print_help(const struct tool *tool)
{
    printf("%s: %s\nusage: %s [OPTIONS] COMMAND [ARG...]\n", program_name,
           tool->summary, program_name);
    for (command_groups *group = tool->groups; *group; group++) {
        printf("\n%s commands:\n", (*group)->title);
        for (size_t i = 0; i < (*group)->n_commands; i++) {
            const struct command *command = &(*group)->commands[i];

            printf("  %s %s\n", command->name, command->arguments);
        }
    }
    if (!strcmp(tool->name, "weftctl")) {
        printf("\nOther tools:\n");
        subcommands_print_help();
    }
    options_print_help();
}

/* One command a line, for completion. */
static void
print_commands(const struct tool *tool)
{
    for (command_groups *group = tool->groups; *group; group++) {
        for (size_t i = 0; i < (*group)->n_commands; i++) {
            const struct command *command = &(*group)->commands[i];

            printf("%s %s\n", command->name, command->arguments);
        }
    }
}

/* What needs no store. Returns true if it was that. */
static bool
answer_at_once(const struct options *options, const struct tool *tool)
{
    if (options->help) {
        print_help(tool);
    } else if (options->version) {
        printf("%s (Weft) %s\nDB Schema: Weft v1\n", program_name,
               WEFT_VERSION);
    } else if (options->lists_commands) {
        print_commands(tool);
    } else if (options->lists_options) {
        options_print_names();
    } else {
        return false;
    }
    return true;
}

static void
fill_run_options(struct run_options *run, const struct options *options,
                 const struct tool *tool, struct store *store,
                 const char *prefix)
{
    *run = (struct run_options) {
        .store = store,
        .prefix = prefix,
        .view = tool->view,
        .revision = options->revision,
        .dry_run = options->dry_run,
        .oneline = options->oneline,
        .waits = options->waits,
        .prints_wait_time = options->prints_wait_time,
        .level = options->level,
        .style = options->style,
    };
}

/* Closes the store and lets what it has on the loop end: a few rounds. */
static void
close_store(struct store *store, uv_loop_t *loop)
{
    enum { MAX_ROUNDS = 100 };

    store_destroy(store);
    for (int i = 0; i < MAX_ROUNDS && uv_run(loop, UV_RUN_NOWAIT); i++) {
        continue;
    }
    uv_loop_close(loop);
}

/* Runs the commands, prints, waits; returns a message, or NULL. */
static char *
run_on_store(const struct invocation *invocations, size_t n,
             struct run_options *options)
{
    struct ds output = DS_EMPTY_INITIALIZER;
    int64_t revision;
    char *message = run_invocations(invocations, n, options, &output,
                                    &revision);

    fputs(ds_cstr(&output), stdout);
    fflush(stdout);
    ds_clear(&output);
    if (!message && revision) {
        message = run_wait(options, revision, &output);
        fputs(ds_cstr(&output), stdout);
    }
    ds_destroy(&output);
    return message;
}

static char *
run(const struct options *options, const struct tool *tool,
    const struct invocation *invocations, size_t n)
{
    struct run_options run_options;
    struct store_config config;
    struct err err = ERR_INIT;
    struct store *store;
    uv_loop_t loop;
    char *message;

    uv_loop_init(&loop);
    store_config_from_settings(options->settings, &config);
    if (store_etcd_create(&config, &loop, &store, &err)) {
        message = err_to_string(&err);
        err_clear(&err);
        return message;
    }
    fill_run_options(&run_options, options, tool, store,
                     store_prefix_from_settings(options->settings));
    message = run_on_store(invocations, n, &run_options);
    close_store(store, &loop);
    return message;
}

int
tool_run(const struct tool *tool, int argc, char *argv[])
{
    struct invocation *invocations;
    struct options options;
    size_t n;
    int first;

    options_parse(&options, argc, argv, getenv(tool->options_variable),
                  tool->groups, &first);
    if (!options.error && answer_at_once(&options, tool)) {
        options_destroy(&options);
        return 0;
    }
    if (!options.error && options.timeout_s) {
        alarm(options.timeout_s);
    }
    if (!options.error) {
        options.error = commands_parse(argc - first, argv + first,
                                       &options.local, tool->groups,
                                       &invocations, &n);
    }
    if (options.error) {
        die(xstrdup(options.error));
    }

    char *message = run(&options, tool, invocations, n);
    invocations_destroy(invocations, n);
    options_destroy(&options);
    if (message) {
        die(message);
    }
    return 0;
}
