/* Which commands each tool has. */
#include <config.h>

#include "cli/tool.h"

#include <string.h>

#include "cli/db.h"
#include "cli/nb.h"
#include "cli/sb.h"
#include "util.h"

static command_groups nb_groups[] = {
    &nb_general_commands, &nb_switch_commands, &nb_acl_commands,
    &nb_qos_commands, &nb_mirror_commands, &nb_meter_commands,
    &nb_port_commands, &nb_fwd_group_commands, &nb_router_commands,
    &nb_router_port_commands, &nb_route_commands, &nb_policy_commands,
    &nb_nat_commands, &nb_lb_commands, &nb_dhcp_commands,
    &nb_connection_commands, &nb_port_group_commands, &nb_ha_commands,
    &nb_copp_commands, &nb_mac_binding_commands, &db_commands, NULL,
};
static command_groups sb_groups[] = { &db_commands, NULL };

static const struct tool tools[] = {
    { "weftctl", "Weft's command line", &nb_view, nb_groups,
      "OVN_NBCTL_OPTIONS", "OVN_NB_DAEMON" },
    { "ovn-nbctl", "OVN northbound DB management utility", &nb_view,
      nb_groups, "OVN_NBCTL_OPTIONS", "OVN_NB_DAEMON" },
    { "ovn-sbctl", "OVN southbound DB management utility", &sb_view,
      sb_groups, "OVN_SBCTL_OPTIONS", "OVN_SB_DAEMON" },
};

static const struct subcommand subcommands[] = {
    { "nb", "northbound commands, as ovn-nbctl", &tools[1], NULL },
    { "sb", "southbound commands, as ovn-sbctl", &tools[2], NULL },
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
