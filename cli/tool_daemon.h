/* Daemon mode, as ovn-nbctl(8) has it: a process that keeps the store open
 * and runs command lines that come over its control socket. */
#ifndef WEFT_CLI_TOOL_DAEMON_H
#define WEFT_CLI_TOOL_DAEMON_H 1

#include "cli/options.h"
#include "cli/tool.h"

/* Detaches as OVS's daemon options say, prints the control socket's path and
 * serves "run [OPTIONS] COMMAND ..." and "exit" until told to exit. 'options'
 * must not go away meanwhile. Returns NULL, or why it could not start: the
 * caller's to free. */
char *tool_daemon_run(const struct tool *tool, const struct options *options);

/* The socket of the daemon that is to run this command line: -u, or the
 * tool's environment variable unless options name a store of their own.
 * NULL: none. Borrowed. */
const char *tool_daemon_socket(const struct tool *tool,
                               const struct options *options);

/* Has the daemon at 'socket' run the command line: the forwarded options and
 * then argv[0...argc - 1]. Prints what it answers. Returns the exit status. */
int tool_daemon_ask(const char *socket, const struct tool *tool,
                    const struct options *options, int argc, char *argv[]);

#endif
