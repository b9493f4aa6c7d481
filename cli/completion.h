/* Completion and manual pages, made from the tables of commands. */
#ifndef WEFT_CLI_COMPLETION_H
#define WEFT_CLI_COMPLETION_H 1

/* weftctl completion bash|zsh: prints what the shell is to evaluate. argv[0]
 * is "completion". Returns the exit status. */
int completion_main(int argc, char *argv[]);

/* weftctl help [--man] [weftctl|ovn-nbctl|ovn-sbctl]: the help of a tool, or
 * its manual page as troff. argv[0] is "help". */
int help_main(int argc, char *argv[]);

#endif
