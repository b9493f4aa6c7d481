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

/* "weftctl NAME ...": another tool, or a program of its own. */
struct subcommand {
    const char *name;
    const char *help;
    const struct tool *tool;    /* Or NULL, and then */
    int (*main)(int argc, char *argv[]);    /* argv[0] is the name. */
};

/* NULL if there is none. */
const struct tool *tool_by_name(const char *name);
const struct subcommand *subcommand_by_name(const char *name);

#endif
