/* The northbound tables, by name. */
#include <config.h>

#include "cli/view_nb.h"

#include "util.h"

const struct table table_acl = {
    .area = "nb/acl", .name = "acl", .parents = { "switch", "port_group" },
};
const struct table table_address_set = {
    .area = "nb/address_set", .name = "address_set",
};
const struct table table_address_set_address = {
    .area = "nb/address_set_address", .name = "address_set_address",
    .composite = true, .parents = { ":id" },
};
const struct table table_bfd = {
    .area = "nb/bfd", .name = "bfd",
};
const struct table table_chassis_template_var = {
    .area = "nb/chassis_template_var", .name = "chassis_template_var",
};
const struct table table_connection = {
    .area = "nb/connection", .name = "connection",
};
const struct table table_copp = {
    .area = "nb/copp", .name = "copp",
};
const struct table table_dhcp_options = {
    .area = "nb/dhcp_options", .name = "dhcp_options",
};
const struct table table_dns = {
    .area = "nb/dns", .name = "dns",
};
const struct table table_forwarding_group = {
    .area = "nb/forwarding_group", .name = "forwarding_group",
    .parents = { "switch" },
};
const struct table table_gateway_chassis = {
    .area = "nb/gateway_chassis", .name = "gateway_chassis",
    .parents = { "router_port" },
};
const struct table table_ha_chassis = {
    .area = "nb/ha_chassis", .name = "ha_chassis",
    .parents = { "ha_chassis_group" },
};
const struct table table_ha_chassis_group = {
    .area = "nb/ha_chassis_group", .name = "ha_chassis_group",
};
const struct table table_load_balancer = {
    .area = "nb/load_balancer", .name = "load_balancer",
};
const struct table table_load_balancer_group = {
    .area = "nb/load_balancer_group", .name = "load_balancer_group",
};
const struct table table_load_balancer_health_check = {
    .area = "nb/load_balancer_health_check",
    .name = "load_balancer_health_check",
    .parents = { "load_balancer" },
};
const struct table table_logical_router = {
    .area = "nb/logical_router", .name = "logical_router",
};
const struct table table_logical_router_policy = {
    .area = "nb/logical_router_policy", .name = "logical_router_policy",
    .parents = { "router" },
};
const struct table table_logical_router_port = {
    .area = "nb/logical_router_port", .name = "logical_router_port",
    .parents = { "router" },
};
const struct table table_logical_router_static_route = {
    .area = "nb/logical_router_static_route",
    .name = "logical_router_static_route",
    .parents = { "router" },
};
const struct table table_logical_switch = {
    .area = "nb/logical_switch", .name = "logical_switch",
};
const struct table table_logical_switch_port = {
    .area = "nb/logical_switch_port", .name = "logical_switch_port",
    .parents = { "switch" },
};
const struct table table_meter = {
    .area = "nb/meter", .name = "meter",
};
const struct table table_meter_band = {
    .area = "nb/meter_band", .name = "meter_band", .parents = { "meter" },
};
const struct table table_mirror = {
    .area = "nb/mirror", .name = "mirror",
};
const struct table table_nat = {
    .area = "nb/nat", .name = "nat", .parents = { "router" },
};
const struct table table_nb_global = {
    .area = "nb/nb_global", .name = "nb_global",
};
const struct table table_port_group = {
    .area = "nb/port_group", .name = "port_group",
};
const struct table table_port_group_port = {
    .area = "nb/port_group_port", .name = "port_group_port",
    .composite = true, .parents = { ":id" },
};
const struct table table_qos = {
    .area = "nb/qos", .name = "qos", .parents = { "switch" },
};
const struct table table_ssl = {
    .area = "nb/ssl", .name = "ssl",
};
const struct table table_static_mac_binding = {
    .area = "nb/static_mac_binding", .name = "static_mac_binding",
};

static const struct view_table *const tables[] = {
    &view_acl,
    &view_address_set,
    &view_bfd,
    &view_chassis_template_var,
    &view_connection,
    &view_copp,
    &view_dhcp_options,
    &view_dns,
    &view_forwarding_group,
    &view_gateway_chassis,
    &view_ha_chassis,
    &view_ha_chassis_group,
    &view_load_balancer,
    &view_load_balancer_group,
    &view_load_balancer_health_check,
    &view_logical_router,
    &view_logical_router_policy,
    &view_logical_router_port,
    &view_logical_router_static_route,
    &view_logical_switch,
    &view_logical_switch_port,
    &view_meter,
    &view_meter_band,
    &view_mirror,
    &view_nat,
    &view_nb_global,
    &view_port_group,
    &view_qos,
    &view_ssl,
    &view_static_mac_binding,
    NULL,
};

const struct view nb_view = { "nb", tables, "7.0.0" };
