/* weftctl explain lsp NAME: why a port is, or is not, up. */
#ifndef WEFT_CLI_EXPLAIN_COMMAND_H
#define WEFT_CLI_EXPLAIN_COMMAND_H 1

/* Runs it; argv[0] is "explain". Returns the exit status: 0 if it is up. */
int explain_command_main(int argc, char *argv[]);

#endif
