/* A tool's connection to the store: for one run, or for all the runs of a
 * daemon. */
#ifndef WEFT_CLI_TOOL_SESSION_H
#define WEFT_CLI_TOOL_SESSION_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/tool.h"
#include "openvswitch/dynamic-string.h"

struct store;

struct tool_session {
    const struct tool *tool;
    struct store *store;        /* Owned. */
    uv_loop_t loop;
    const char *prefix;         /* Borrowed from the options' settings. */
    bool in_daemon;             /* Signals end a wait, time-outs are errors. */
};

/* Opens the store that options->settings name; they outlive the session.
 * Returns NULL, or a message that the caller frees: then there is nothing to
 * close. */
char *tool_session_open(struct tool_session *session,
                        const struct tool *tool,
                        const struct options *options);
void tool_session_close(struct tool_session *session);

/* Runs 'n' invocations as one transaction; appends what they print to
 * 'output'. '*revision' is that of the change, 0 if there is none to wait
 * for. Returns NULL, or a message that the caller frees: then nothing was
 * written. */
char *tool_session_run(struct tool_session *session,
                       const struct options *options,
                       const struct invocation *invocations, size_t n,
                       struct ds *output, int64_t *revision);

/* Waits for 'revision' as 'options' say. Returns NULL, or a message that the
 * caller frees. */
char *tool_session_wait(struct tool_session *session,
                        const struct options *options, int64_t revision,
                        struct ds *output);

#endif
