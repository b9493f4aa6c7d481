/* weftctl: one command line for everything.
 *
 * The name that it is invoked by decides what it behaves as: ovn-nbctl and
 * ovn-sbctl are those tools; weftctl is ovn-nbctl with more, and "weftctl sb"
 * is ovn-sbctl (tool.c). */
#include <config.h>

#include <string.h>

#include "cli/tool.h"
#include "openvswitch/vlog.h"
#include "util.h"

int
main(int argc, char *argv[])
{
    const struct subcommand *subcommand;
    const struct tool *tool;

    set_program_name(argv[0]);
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_WARN);
    vlog_set_levels(NULL, VLF_SYSLOG, VLL_OFF);

    tool = tool_by_name(program_name);
    if (tool && tool != tool_by_name("weftctl")) {
        return tool_run(tool, argc, argv);
    }
    /* ovn-trace is "weftctl trace". */
    subcommand = !strncmp(program_name, "ovn-", 4)
                 ? subcommand_by_name(program_name + 4) : NULL;
    if (subcommand) {
        return subcommand->main(argc, argv);
    }
    subcommand = argc > 1 ? subcommand_by_name(argv[1]) : NULL;
    return (subcommand ? subcommand->main(argc - 1, argv + 1)
            : tool_run(tool_by_name("weftctl"), argc, argv));
}
