/* One trace from its words to its text. */
#ifndef WEFT_CLI_TRACE_REQUEST_H
#define WEFT_CLI_TRACE_REQUEST_H 1

#include <stdint.h>
#include <uv.h>

#include "cli/trace_options.h"
#include "openvswitch/dynamic-string.h"

struct store;

/* What all traces of a process share; the caller's, all borrowed. */
struct trace_session {
    struct store *store;
    const char *prefix;
    int64_t revision;           /* 0: now. */
    struct trace_ovs *ovs;      /* NULL: no OpenFlow flows. */
    void (*warn)(const char *message);
};

/* A database to trace in, as it is now (or was at the session's revision);
 * the caller ends it with trace_db_destroy(). */
void trace_session_open_db(const struct trace_session *, bool friendly_names,
                           struct trace_db *);

/* Closes the session's store and what it has on 'loop'. */
void trace_session_close(struct trace_session *, uv_loop_t *loop);

/* Runs 'function' with 'aux' on a thread with room for traces that never end
 * by themselves, and waits for it: a table is a subroutine of the one before,
 * and a packet may pass LFLOW_EVALUATE_MAX_DEPTH of them.  Returns NULL, or
 * why it could not: the caller's to free. */
char *trace_on_big_stack(void *(*function)(void *), void *aux);

/* Appends the trace that 'request' asks for to 'output'.  What is wrong with
 * the request is output too, as ovn-trace does.  Returns NULL, or why the
 * store could not be read: the caller's to free. */
char *trace_session_run(const struct trace_session *, struct trace_db *,
                        const struct trace_request *, struct ds *output);

/* The same from words, "trace [OPTIONS] [DATAPATH] MICROFLOW", that go on
 * from 'defaults'. '*misused' (unless NULL) tells whether they were wrong and
 * the output says why. */
char *trace_session_run_words(const struct trace_session *,
                              struct trace_db *,
                              const struct trace_request *defaults,
                              int argc, char *argv[], bool *misused,
                              struct ds *output);

#endif
