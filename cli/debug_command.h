/* weftctl debug DAEMON [COMMAND [ARG...]]: a daemon's control socket. */
#ifndef WEFT_CLI_DEBUG_COMMAND_H
#define WEFT_CLI_DEBUG_COMMAND_H 1

/* Runs it; argv[0] is "debug". Returns the exit status. */
int debug_command_main(int argc, char *argv[]);
/* As ovn-appctl: [-t TARGET] [-T SECS] COMMAND [ARG...]. */
int appctl_main(int argc, char *argv[]);

#endif
