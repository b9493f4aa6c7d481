/* Daemon mode: see tool_daemon.h.
 *
 * The protocol is OVS's unixctl, the method "run" with the words of a command
 * line as parameters, so that ovs-appctl and OVN's own ovn-nbctl are clients
 * too. Commands run one after the other, as in OVN's daemon. */
#include <config.h>

#include "cli/tool_daemon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/tool_session.h"
#include "daemon.h"
#include "fatal-signal.h"
#include "jsonrpc.h"
#include "lib/loop.h"
#include "openvswitch/poll-loop.h"
#include "svec.h"
#include "unixctl.h"
#include "util.h"

/* ---- The daemon -------------------------------------------------------- */

struct tool_daemon {
    struct tool_session session;
    bool exiting;
};

/* Returns NULL, or a message that the caller frees. */
static char *
run_words(struct tool_daemon *daemon, int argc, char *argv[],
          struct ds *output)
{
    const struct tool *tool = daemon->session.tool;
    struct invocation *invocations;
    struct options options;
    int64_t revision;
    char *message;
    size_t n;
    int first;

    options_parse_words(&options, argc, argv, tool->groups, &first);
    message = nullable_xstrdup(options.error);
    if (!message) {
        message = commands_parse(argc - first, argv + first, &options.local,
                                 tool->groups, &invocations, &n);
    }
    if (!message) {
        message = tool_session_run(&daemon->session, &options, invocations,
                                   n, output, &revision);
        if (!message && revision) {
            message = tool_session_wait(&daemon->session, &options, revision,
                                        output);
        }
        invocations_destroy(invocations, n);
    }
    options_destroy(&options);
    return message;
}

static void
on_run(struct unixctl_conn *conn, int argc, const char *argv[], void *daemon_)
{
    struct ds output = DS_EMPTY_INITIALIZER;
    struct tool_daemon *daemon = daemon_;
    struct svec words = SVEC_EMPTY_INITIALIZER;
    char *message;

    /* argv[0] is "run", as good as a program's name. Getopt sorts the words,
     * and commands write in them: they are copied. */
    for (int i = 0; i < argc; i++) {
        svec_add(&words, argv[i]);
    }
    svec_terminate(&words);
    char **sorted = xmemdup(words.names, (words.n + 1) * sizeof *sorted);
    message = run_words(daemon, argc, sorted, &output);
    if (message) {
        unixctl_command_reply_error(conn, message);
    } else {
        unixctl_command_reply(conn, ds_cstr(&output));
    }
    free(message);
    free(sorted);
    svec_destroy(&words);
    ds_destroy(&output);
}

static void
on_exit_command(struct unixctl_conn *conn, int argc OVS_UNUSED,
                const char *argv[] OVS_UNUSED, void *daemon_)
{
    struct tool_daemon *daemon = daemon_;

    daemon->exiting = true;
    unixctl_command_reply(conn, NULL);
}

/* Where OVN's tools have their sockets, if that is known; NULL: OVS's. The
 * caller frees it. */
static char *
default_socket(const struct options *options)
{
    const char *directory = getenv("OVN_RUNDIR");

    if (options->unixctl) {
        return xstrdup(options->unixctl);
    }
    return (directory && directory[0]
            ? xasprintf("%s/%s.%ld.ctl", directory, program_name,
                        (long int) getpid())
            : NULL);
}

static void
serve(struct tool_daemon *daemon, struct unixctl_server *server)
{
    while (!daemon->exiting) {
        unixctl_server_run(server);
        loop_run(&daemon->session.loop);
        if (daemon->exiting) {
            break;
        }
        unixctl_server_wait(server);
        loop_wait(&daemon->session.loop);
        poll_block();
    }
}

char *
tool_daemon_run(const struct tool *tool, const struct options *options)
{
    struct unixctl_server *server;
    struct tool_daemon daemon;
    char *path, *message;
    int error;

    /* A client may be gone before its answer is there. */
    fatal_ignore_sigpipe();
    daemonize_start(false);
    message = tool_session_open(&daemon.session, tool, options);
    if (message) {
        return message;
    }
    daemon.exiting = false;
    daemon.session.in_daemon = true;
    path = default_socket(options);
    error = unixctl_server_create(path, &server);
    free(path);
    if (error) {
        tool_session_close(&daemon.session);
        return xasprintf("failed to create unixctl server (%s)",
                         ovs_retval_to_string(error));
    }
    unixctl_command_register("exit", "", 0, 0, on_exit_command, &daemon);
    unixctl_command_register("run", "[options] command [arg...]", 0, INT_MAX,
                             on_run, &daemon);
    puts(unixctl_server_get_path(server));
    fflush(stdout);
    daemonize_complete();
    serve(&daemon, server);
    unixctl_server_destroy(server);
    tool_session_close(&daemon.session);
    return NULL;
}

/* ---- Its client -------------------------------------------------------- */

const char *
tool_daemon_socket(const struct tool *tool, const struct options *options)
{
    const char *variable = options->names_store
                           ? NULL : getenv(tool->daemon_variable);

    return (options->unixctl ? options->unixctl
            : variable && variable[0] ? variable : NULL);
}

int
tool_daemon_ask(const char *socket, const struct tool *tool,
                const struct options *options, int argc, char *argv[])
{
    char *result = NULL, *failure = NULL;
    struct svec words = SVEC_EMPTY_INITIALIZER;
    struct jsonrpc *client;
    int error = unixctl_client_create(socket, &client);

    if (error) {
        fprintf(stderr, "%s: %s: could not connect to %s daemon (%s); unset "
                "%s to avoid using daemon\n", program_name, socket,
                program_name, ovs_strerror(error), tool->daemon_variable);
        return EXIT_FAILURE;
    }
    svec_append(&words, &options->forwarded);
    for (int i = 0; i < argc; i++) {
        svec_add(&words, argv[i]);
    }
    error = unixctl_client_transact(client, "run", words.n, words.names,
                                    &result, &failure);
    if (error) {
        fprintf(stderr, "%s: %s: transaction error (%s)\n", program_name,
                socket, ovs_retval_to_string(error));
    } else if (failure) {
        fprintf(stderr, "%s: %s", program_name, failure);
    } else {
        fputs(result, stdout);
    }
    error = error || failure ? EXIT_FAILURE : EXIT_SUCCESS;
    svec_destroy(&words);
    jsonrpc_close(client);
    free(result);
    free(failure);
    return error;
}
