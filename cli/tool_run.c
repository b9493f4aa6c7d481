/* A tool's command line from argv to exit status: options, commands, the
 * store, output, waiting. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/options.h"
#include "cli/tool.h"
#include "cli/tool_daemon.h"
#include "cli/tool_session.h"
#include "daemon.h"
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
        printf("%s (Weft) %s\nOpen vSwitch Library %s\nDB Schema %s\n",
               program_name, WEFT_VERSION, VERSION,
               tool->view->schema_version);
    } else if (options->lists_commands) {
        print_commands(tool);
    } else if (options->lists_options) {
        options_print_names();
    } else {
        return false;
    }
    return true;
}

/* Runs the commands, prints, waits; returns a message, or NULL. */
static char *
run(const struct options *options, const struct tool *tool,
    const struct invocation *invocations, size_t n)
{
    struct ds output = DS_EMPTY_INITIALIZER;
    struct tool_session session;
    int64_t revision;
    char *message = tool_session_open(&session, tool, options);

    if (message) {
        return message;
    }
    message = tool_session_run(&session, options, invocations, n, &output,
                               &revision);
    fputs(ds_cstr(&output), stdout);
    fflush(stdout);
    ds_clear(&output);
    if (!message && revision) {
        message = tool_session_wait(&session, options, revision, &output);
        fputs(ds_cstr(&output), stdout);
    }
    ds_destroy(&output);
    tool_session_close(&session);
    return message;
}

/* Is the daemon, or its client, if that is what is wanted: true with the exit
 * status. */
static bool
run_with_daemon(struct options *options, const struct tool *tool, int argc,
                char *argv[], int *status)
{
    const char *socket = tool_daemon_socket(tool, options);

    if (get_detach()) {
        if (argc) {
            options->error = xstrdup("non-option arguments not supported "
                                     "with --detach (use --help for help)");
            return false;
        }
        options->error = tool_daemon_run(tool, options);
        *status = EXIT_SUCCESS;
        return !options->error;
    } else if (socket) {
        *status = tool_daemon_ask(socket, tool, options, argc, argv);
        return true;
    }
    return false;
}

int
tool_run(const struct tool *tool, int argc, char *argv[])
{
    struct invocation *invocations;
    struct options options;
    int first, status;
    size_t n;

    options_parse(&options, argc, argv, getenv(tool->options_variable),
                  tool->groups, &first);
    if (!options.error && answer_at_once(&options, tool)) {
        options_destroy(&options);
        return 0;
    }
    if (!options.error && options.timeout_s) {
        alarm(options.timeout_s);
    }
    if (!options.error
        && run_with_daemon(&options, tool, argc - first, argv + first,
                           &status)) {
        options_destroy(&options);
        return status;
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
