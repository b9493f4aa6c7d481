/* The northbound tables: Weft's rows and OVN's views of them. */
#ifndef WEFT_CLI_VIEW_NB_H
#define WEFT_CLI_VIEW_NB_H 1

#include "cli/view_types.h"

/* ---- Rows --------------------------------------------------------------- */

extern const struct table
    table_acl,
    table_address_set,
    table_address_set_address,
    table_bfd,
    table_chassis_template_var,
    table_connection,
    table_copp,
    table_dhcp_options,
    table_dns,
    table_forwarding_group,
    table_gateway_chassis,
    table_ha_chassis,
    table_ha_chassis_group,
    table_load_balancer,
    table_load_balancer_group,
    table_load_balancer_health_check,
    table_logical_router,
    table_logical_router_policy,
    table_logical_router_port,
    table_logical_router_static_route,
    table_logical_switch,
    table_logical_switch_port,
    table_meter,
    table_meter_band,
    table_mirror,
    table_nat,
    table_nb_global,
    table_port_group,
    table_port_group_port,
    table_qos,
    table_ssl,
    table_static_mac_binding;

/* ---- Views ------------------------------------------------------------- */

extern const struct view_table
    view_acl,
    view_address_set,
    view_bfd,
    view_chassis_template_var,
    view_connection,
    view_copp,
    view_dhcp_options,
    view_dns,
    view_forwarding_group,
    view_gateway_chassis,
    view_ha_chassis,
    view_ha_chassis_group,
    view_load_balancer,
    view_load_balancer_group,
    view_load_balancer_health_check,
    view_logical_router,
    view_logical_router_policy,
    view_logical_router_port,
    view_logical_router_static_route,
    view_logical_switch,
    view_logical_switch_port,
    view_meter,
    view_meter_band,
    view_mirror,
    view_nat,
    view_nb_global,
    view_port_group,
    view_qos,
    view_ssl,
    view_static_mac_binding;

#endif
