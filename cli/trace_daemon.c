/* Traces on request: see trace_daemon.h. */
#include <config.h>

#include "cli/trace_daemon.h"

#include <stdlib.h>

#include "daemon.h"
#include "fatal-signal.h"
#include "openvswitch/poll-loop.h"
#include "unixctl.h"
#include "util.h"

struct trace_daemon {
    const struct trace_session *session;
    const struct trace_request *defaults;
    bool exiting;
};

static void
on_trace(struct unixctl_conn *conn, int argc, const char *argv[],
         void *daemon_)
{
    struct trace_daemon *daemon = daemon_;
    struct ds output = DS_EMPTY_INITIALIZER;
    char **words = xcalloc(argc + 1, sizeof *words);
    struct trace_db db;
    bool misused;
    char *failure;

    for (int i = 0; i < argc; i++) {
        words[i] = xstrdup(argv[i]);
    }
    trace_session_open_db(daemon->session, daemon->defaults->friendly_names,
                          &db);
    failure = trace_session_run_words(daemon->session, &db, daemon->defaults,
                                      argc, words, &misused, &output);
    if (failure) {
        unixctl_command_reply_error(conn, failure);
    } else if (misused) {
        unixctl_command_reply_error(conn, ds_cstr(&output));
    } else {
        unixctl_command_reply(conn, ds_cstr(&output));
    }
    free(failure);
    trace_db_destroy(&db);
    for (int i = 0; i < argc; i++) {
        free(words[i]);
    }
    free(words);
    ds_destroy(&output);
}

static void
on_exit_command(struct unixctl_conn *conn, int argc OVS_UNUSED,
                const char *argv[] OVS_UNUSED, void *daemon_)
{
    struct trace_daemon *daemon = daemon_;

    daemon->exiting = true;
    unixctl_command_reply(conn, NULL);
}

char *
trace_daemon_run(const struct trace_session *session,
                 const struct trace_options *options)
{
    struct trace_daemon daemon = {
        .session = session, .defaults = &options->request,
    };
    struct unixctl_server *server;
    int error = unixctl_server_create(options->unixctl, &server);

    if (error) {
        return xasprintf("failed to create unixctl server: %s",
                         ovs_strerror(error));
    }
    unixctl_command_register("trace", "[OPTIONS] [DATAPATH] MICROFLOW", 1,
                             INT_MAX, on_trace, &daemon);
    /* A client may be gone before its answer is there. */
    fatal_ignore_sigpipe();
    unixctl_command_register("exit", "", 0, 0, on_exit_command, &daemon);
    daemonize_complete();
    while (!daemon.exiting) {
        unixctl_server_run(server);
        if (daemon.exiting) {
            break;
        }
        unixctl_server_wait(server);
        poll_block();
    }
    unixctl_server_destroy(server);
    return NULL;
}
