/* Which commands each tool has. */
#include <config.h>

#include "cli/tool.h"

#include <stdio.h>
#include <string.h>

#include "cli/completion.h"
#include "cli/db.h"
#include "cli/debug_command.h"
#include "cli/diff_command.h"
#include "cli/explain_command.h"
#include "cli/lflow_command.h"
#include "cli/detrace.h"
#include "cli/nb.h"
#include "cli/sb.h"
#include "cli/trace.h"
#include "cli/watch_command.h"
#include "cli/whatif_command.h"
#include "util.h"

#define NORTHBOUND_GROUPS                                               \
    &nb_general_commands, &nb_switch_commands, &nb_acl_commands,        \
    &nb_qos_commands, &nb_mirror_commands, &nb_meter_commands,          \
    &nb_port_commands, &nb_fwd_group_commands, &nb_router_commands,     \
    &nb_router_port_commands, &nb_route_commands, &nb_policy_commands,  \
    &nb_nat_commands, &nb_lb_commands, &nb_dhcp_commands,               \
    &nb_connection_commands, &nb_port_group_commands, &nb_ha_commands,  \
    &nb_copp_commands, &nb_mac_binding_commands

static command_groups nb_groups[] = {
    NORTHBOUND_GROUPS, &db_commands, NULL,
};
static command_groups sb_groups[] = {
    &sb_general_commands, &sb_chassis_commands, &sb_flow_commands,
    &db_commands, NULL,
};
/* Northbound commands, and of the southbound what has a name of its own. */
static command_groups weft_groups[] = {
    NORTHBOUND_GROUPS, &db_commands, &sb_chassis_commands, &sb_flow_commands,
    NULL,
};

static const struct tool tools[] = {
    { "weftctl", "Weft's command line", &nb_view, weft_groups,
      "OVN_NBCTL_OPTIONS", "OVN_NB_DAEMON" },
    { "ovn-nbctl", "OVN northbound DB management utility", &nb_view,
      nb_groups, "OVN_NBCTL_OPTIONS", "OVN_NB_DAEMON" },
    { "ovn-sbctl", "OVN southbound DB management utility", &sb_view,
      sb_groups, "OVN_SBCTL_OPTIONS", "OVN_SB_DAEMON" },
};

/* "weftctl chassis list": the tools' own way of saying it is one word. */
static int
run_chassis(int argc, char *argv[])
{
    if (argc > 1 && !strcmp(argv[1], "list")) {
        argv[1] = CONST_CAST(char *, "chassis-list");
    }
    return tool_run(&tools[0], argc, argv);
}

static int
run_nb(int argc, char *argv[])
{
    return tool_run(&tools[1], argc, argv);
}

static int
run_sb(int argc, char *argv[])
{
    return tool_run(&tools[2], argc, argv);
}

static const struct subcommand subcommands[] = {
    { "nb", "northbound commands, as ovn-nbctl", run_nb },
    { "sb", "southbound commands, as ovn-sbctl", run_sb },
    { "chassis", "list: the hypervisors and their tunnel end points",
      run_chassis },
    { "lflow", "parse and compile logical flows",
      lflow_command_main },
    { "trace", "what would become of a packet, as ovn-trace", trace_main },
    { "detrace", "explain ofproto/trace, as ovn-detrace", detrace_main },
    { "diff", "what changed between two revisions", diff_command_main },
    { "watch", "changes as they come", watch_command_main },
    { "whatif", "what commands would change, and a trace through it",
      whatif_command_main },
    { "explain", "lsp NAME: why a port is or is not up",
      explain_command_main },
    { "debug", "ask a daemon through its control socket",
      debug_command_main },
    { "appctl", "the same, as ovn-appctl", appctl_main },
    { "completion", "bash|zsh: a script that completes command lines",
      completion_main },
    { "help", "[--man] [TOOL]: help, or a manual page", help_main },
};

const struct tool *
tool_by_name(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(tools); i++) {
        if (!strcmp(tools[i].name, name)) {
            return &tools[i];
        }
    }
    return NULL;
}

void
subcommands_print_help(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(subcommands); i++) {
        printf("  %-10s %s\n", subcommands[i].name, subcommands[i].help);
    }
}

const struct subcommand *
subcommand_at(size_t i)
{
    return i < ARRAY_SIZE(subcommands) ? &subcommands[i] : NULL;
}

const struct subcommand *
subcommand_by_name(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(subcommands); i++) {
        if (!strcmp(subcommands[i].name, name)) {
            return &subcommands[i];
        }
    }
    return NULL;
}
