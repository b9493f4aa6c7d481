/* The list of southbound tables. */
#include <config.h>

#include "cli/view_sb.h"

static const struct view_table *const tables[] = {
    &sb_view_address_set,
    &sb_view_bfd,
    &sb_view_chassis,
    &sb_view_chassis_private,
    &sb_view_chassis_template_var,
    &sb_view_connection,
    &sb_view_controller_event,
    &sb_view_dhcp_options,
    &sb_view_dhcpv6_options,
    &sb_view_dns,
    &sb_view_datapath_binding,
    &sb_view_encap,
    &sb_view_fdb,
    &sb_view_gateway_chassis,
    &sb_view_ha_chassis,
    &sb_view_ha_chassis_group,
    &sb_view_igmp_group,
    &sb_view_ip_multicast,
    &sb_view_load_balancer,
    &sb_view_logical_dp_group,
    &sb_view_logical_flow,
    &sb_view_mac_binding,
    &sb_view_meter,
    &sb_view_meter_band,
    &sb_view_mirror,
    &sb_view_multicast_group,
    &sb_view_port_binding,
    &sb_view_port_group,
    &sb_view_rbac_permission,
    &sb_view_rbac_role,
    &sb_view_sb_global,
    &sb_view_ssl,
    &sb_view_service_monitor,
    &sb_view_static_mac_binding,
    NULL,
};

const struct view sb_view = { "sb", tables, "20.27.0" };
