/* weftctl watch: changes of the network as they come. */
#ifndef WEFT_CLI_WATCH_COMMAND_H
#define WEFT_CLI_WATCH_COMMAND_H 1

/* Runs it; argv[0] is "watch". Returns the exit status. */
int watch_command_main(int argc, char *argv[]);

#endif
