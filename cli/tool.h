/* The tools that weftctl is: by the name it is invoked under, or by its first
 * argument. */
#ifndef WEFT_CLI_TOOL_H
#define WEFT_CLI_TOOL_H 1

#include "cli/command.h"
#include "cli/view.h"

/* A set of commands on one view. */
struct tool {
    const char *name;           /* "ovn-nbctl" */
    const char *summary;
    const struct view *view;
    command_groups *groups;
    const char *options_variable;   /* "OVN_NBCTL_OPTIONS" */
    const char *daemon_variable;    /* "OVN_NB_DAEMON" */
};

/* "weftctl NAME ...": a program of its own, or another tool. argv[0] is
 * NAME. */
struct subcommand {
    const char *name;
    const char *help;
    int (*main)(int argc, char *argv[]);
};

/* Runs a command line as 'tool'; argv[0] is ignored. Returns the exit
 * status, or prints what is wrong and ends with 1. */
int tool_run(const struct tool *tool, int argc, char *argv[]);

/* One line for each, for --help. */
void subcommands_print_help(void);

/* NULL if there is none. */
const struct tool *tool_by_name(const char *name);
const struct subcommand *subcommand_by_name(const char *name);
/* All of them, from 0 on; NULL after the last. */
const struct subcommand *subcommand_at(size_t i);

#endif
