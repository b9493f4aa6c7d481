/* Completion and manual pages, made from the tables of commands. */
#ifndef WEFT_CLI_COMPLETION_H
#define WEFT_CLI_COMPLETION_H 1

#include <stdbool.h>

/* weftctl completion bash|zsh: prints what the shell is to evaluate. argv[0]
 * is "completion". Returns the exit status. */
int completion_main(int argc, char *argv[]);

/* weftctl completion --line: prints what can stand in place of the last word
 * of 'line', which may be empty, one a line and quoted for a shell. With
 * 'for_bash' without what is before the last '=' or ':' in that word. */
void completion_print_words(const char *line, bool for_bash);

/* weftctl help [--man] [weftctl|ovn-nbctl|ovn-sbctl]: the help of a tool, or
 * its manual page as troff. argv[0] is "help". */
int help_main(int argc, char *argv[]);

#endif
