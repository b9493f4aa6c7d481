/* weftctl diff R1 [R2]: what changed between two revisions of etcd. */
#ifndef WEFT_CLI_DIFF_COMMAND_H
#define WEFT_CLI_DIFF_COMMAND_H 1

/* Runs it; argv[0] is "diff". Returns the exit status. */
int diff_command_main(int argc, char *argv[]);

#endif
