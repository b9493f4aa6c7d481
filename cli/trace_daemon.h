/* weftctl trace --detach: traces on request, over OVS's control socket. */
#ifndef WEFT_CLI_TRACE_DAEMON_H
#define WEFT_CLI_TRACE_DAEMON_H 1

#include "cli/trace_request.h"

/* Detaches and serves "trace [OPTIONS] [DATAPATH] MICROFLOW" and "exit" until
 * told to exit.  Each trace sees the network as it is then.  Returns NULL, or
 * why it could not: the caller's to free. */
char *trace_daemon_run(const struct trace_session *,
                       const struct trace_options *);

#endif
