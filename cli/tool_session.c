/* A tool's connection to the store: see tool_session.h. */
#include <config.h>

#include "cli/tool_session.h"

#include "cli/moment.h"
#include "cli/place.h"
#include "cli/run.h"
#include "lib/err.h"
#include "store/config.h"
#include "store/store.h"
#include "timeval.h"

char *
tool_session_open(struct tool_session *session, const struct tool *tool,
                  const struct options *options)
{
    struct store_config config;
    struct err err = ERR_INIT;

    *session = (struct tool_session) {
        .tool = tool,
        .prefix = store_prefix_from_settings(options->settings),
    };
    uv_loop_init(&session->loop);
    place_from_environment(options->settings,
                           tool->view == &sb_view ? "OVN_SB_DB"
                           : "OVN_NB_DB");
    store_config_from_settings(options->settings, &config);
    if (store_etcd_create(&config, &session->loop, &session->store, &err)) {
        char *message = err_to_string(&err);

        err_clear(&err);
        uv_loop_close(&session->loop);
        return message;
    }
    return NULL;
}

/* Lets what the store has on the loop end: a few rounds. */
void
tool_session_close(struct tool_session *session)
{
    enum { MAX_ROUNDS = 100 };

    store_destroy(session->store);
    for (int i = 0;
         i < MAX_ROUNDS && uv_run(&session->loop, UV_RUN_NOWAIT); i++) {
        continue;
    }
    uv_loop_close(&session->loop);
}

static void
fill_run_options(struct run_options *run, const struct tool_session *session,
                 const struct options *options)
{
    *run = (struct run_options) {
        .store = session->store,
        .prefix = session->prefix,
        .view = session->tool->view,
        .revision = options->revision,
        .dry_run = options->dry_run,
        .oneline = options->oneline,
        .waits = options->waits,
        .prints_wait_time = options->prints_wait_time,
        .level = options->level,
        .style = options->style,
        .in_daemon = session->in_daemon,
    };
    if (session->in_daemon && options->timeout_s) {
        run->deadline_ms = time_msec() + options->timeout_s * 1000LL;
    }
}

char *
tool_session_run(struct tool_session *session, const struct options *options,
                 const struct invocation *invocations, size_t n,
                 struct ds *output, int64_t *revision)
{
    struct run_options run_options;
    struct err err = ERR_INIT;

    fill_run_options(&run_options, session, options);
    if (moment_resolve(session->store, session->prefix,
                       &run_options.revision, &err)) {
        char *message = err_to_string(&err);

        err_clear(&err);
        return message;
    }
    return run_invocations(invocations, n, &run_options, output, revision);
}

char *
tool_session_wait(struct tool_session *session, const struct options *options,
                  int64_t revision, struct ds *output)
{
    struct run_options run_options;

    fill_run_options(&run_options, session, options);
    return run_wait(&run_options, revision, output);
}
