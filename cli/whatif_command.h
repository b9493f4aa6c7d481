/* weftctl whatif: commands applied to a copy of the network in memory. */
#ifndef WEFT_CLI_WHATIF_COMMAND_H
#define WEFT_CLI_WHATIF_COMMAND_H 1

/* Runs it; argv[0] is "whatif". Returns the exit status. */
int whatif_command_main(int argc, char *argv[]);

#endif
