/* The command line of weftctl trace, and of each trace that its daemon or a
 * file asks for. */
#ifndef WEFT_CLI_TRACE_OPTIONS_H
#define WEFT_CLI_TRACE_OPTIONS_H 1

#include <stdbool.h>
#include <stdint.h>

#include "cli/trace_run.h"

struct settings;

/* What one trace is to show, of which packet. */
struct trace_request {
    bool detailed, summary, minimal;    /* None: detailed. */
    bool friendly_names;
    struct trace_state state;
    const char *dp;             /* Borrowed from argv; NULL: by inport. */
    const char *microflow;
};

struct trace_options {
    struct settings *settings;  /* --etcd and so on. */
    struct trace_request request;
    int64_t revision;           /* --revision; 0: now. */
    char *file;                 /* --file, or NULL. */
    char *ovs;                  /* --ovs: the switch's address, or NULL. */
    char *unixctl;              /* --unixctl, or NULL. */
    bool detach;
    bool help, version;
};

/* Parses argv[1...].  Returns NULL, or a message that the caller frees. */
char *trace_options_parse(struct trace_options *, int argc, char *argv[]);
void trace_options_destroy(struct trace_options *);
void trace_options_print_help(void);

/* One request's own words; starts from 'defaults'.  The same results. */
char *trace_request_parse(struct trace_request *,
                          const struct trace_request *defaults, int argc,
                          char *argv[]);
void trace_request_destroy(struct trace_request *);

#endif
