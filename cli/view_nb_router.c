/* What routers are made of, as OVN's tables.
 *
 * Columns and types are those of ovn-nb(5); where a column comes from is
 * Weft's (schemas/nb). */
#include <config.h>

#include "cli/view_nb.h"

#include "util.h"

static const char *const bfd_states[] = {
    "admin_down", "down", "init", "up", NULL,
};
static const char *const nat_types[] = {
    "dnat", "dnat_and_snat", "snat", NULL,
};
static const char *const policy_actions[] = {
    "allow", "drop", "reroute", NULL,
};
static const char *const route_policies[] = { "dst-ip", "src-ip", NULL };

static const struct view_column bfd_columns[] = {
    COLUMN("detect_mult", OPTIONAL_INTEGER(1, INT64_MAX), VIEW_PLAIN),
    COLUMN("dst_ip", STRING, VIEW_PLAIN),
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("logical_port", STRING, VIEW_PLAIN),
    COLUMN("min_rx", OPTIONAL_ANY_INTEGER, VIEW_PLAIN),
    COLUMN("min_tx", OPTIONAL_INTEGER(1, INT64_MAX), VIEW_PLAIN),
    COLUMN("options", STRING_MAP, VIEW_PLAIN),
    COLUMN("status", OPTIONAL_ENUM(bfd_states), VIEW_STATUS),
};
const struct view_table view_bfd = {
    .name = "BFD",
    .table = &table_bfd,
    .columns = bfd_columns,
    .n_columns = ARRAY_SIZE(bfd_columns),
    .is_root = true,
};

static const struct view_column gateway_chassis_columns[] = {
    COLUMN("chassis_name", STRING, VIEW_PLAIN),
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("name", STRING, VIEW_ID),
    COLUMN("options", STRING_MAP, VIEW_PLAIN),
    COLUMN("priority", INTEGER(0, 32767), VIEW_PLAIN),
};
const struct view_table view_gateway_chassis = {
    .name = "Gateway_Chassis",
    .table = &table_gateway_chassis,
    .columns = gateway_chassis_columns,
    .n_columns = ARRAY_SIZE(gateway_chassis_columns),
    .names = { "name" },
};

static const struct view_column ha_chassis_columns[] = {
    COLUMN("chassis_name", STRING, VIEW_PLAIN),
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("priority", INTEGER(0, 32767), VIEW_PLAIN),
};
const struct view_table view_ha_chassis = {
    .name = "HA_Chassis",
    .table = &table_ha_chassis,
    .columns = ha_chassis_columns,
    .n_columns = ARRAY_SIZE(ha_chassis_columns),
    .names = { "chassis_name" },
};

static const struct view_column ha_chassis_group_columns[] = {
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("ha_chassis", ROWS("HA_Chassis", 0),
           VIEW_CHILDREN, .other = &table_ha_chassis),
    COLUMN("name", STRING, VIEW_ID),
};
const struct view_table view_ha_chassis_group = {
    .name = "HA_Chassis_Group",
    .table = &table_ha_chassis_group,
    .columns = ha_chassis_group_columns,
    .n_columns = ARRAY_SIZE(ha_chassis_group_columns),
    .is_root = true,
    .names = { "name" },
};

static const struct view_column logical_router_columns[] = {
    COLUMN("copp", OPTIONAL_ROW("Copp"), VIEW_REF, .other = &table_copp),
    COLUMN("enabled", OPTIONAL_BOOLEAN, VIEW_PLAIN),
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("load_balancer", ROWS("Load_Balancer", 0),
           VIEW_REF, .other = &table_load_balancer),
    COLUMN("load_balancer_group", ROWS("Load_Balancer_Group", 0),
           VIEW_REF, .other = &table_load_balancer_group),
    COLUMN("name", STRING, VIEW_NAME),
    COLUMN("nat", ROWS("NAT", 0), VIEW_CHILDREN, .other = &table_nat),
    COLUMN("options", STRING_MAP, VIEW_PLAIN),
    COLUMN("policies", ROWS("Logical_Router_Policy", 0),
           VIEW_CHILDREN, .other = &table_logical_router_policy),
    COLUMN("ports", ROWS("Logical_Router_Port", 0),
           VIEW_CHILDREN, .other = &table_logical_router_port),
    COLUMN("static_routes", ROWS("Logical_Router_Static_Route", 0),
           VIEW_CHILDREN, .other = &table_logical_router_static_route),
};
const struct view_table view_logical_router = {
    .name = "Logical_Router",
    .table = &table_logical_router,
    .columns = logical_router_columns,
    .n_columns = ARRAY_SIZE(logical_router_columns),
    .is_root = true,
    .names = { "name", "external_ids:neutron:router_name" },
};

static const struct view_column logical_router_policy_columns[] = {
    COLUMN("action", ENUM(policy_actions), VIEW_PLAIN),
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("match", STRING, VIEW_PLAIN),
    COLUMN("nexthop", OPTIONAL_STRING, VIEW_PLAIN),
    COLUMN("nexthops", STRING_SET(0), VIEW_PLAIN),
    COLUMN("options", STRING_MAP, VIEW_PLAIN),
    COLUMN("priority", INTEGER(0, 32767), VIEW_PLAIN),
};
const struct view_table view_logical_router_policy = {
    .name = "Logical_Router_Policy",
    .table = &table_logical_router_policy,
    .columns = logical_router_policy_columns,
    .n_columns = ARRAY_SIZE(logical_router_policy_columns),
};

static const struct view_column logical_router_port_columns[] = {
    COLUMN("enabled", OPTIONAL_BOOLEAN, VIEW_PLAIN),
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("gateway_chassis", ROWS("Gateway_Chassis", 0),
           VIEW_CHILDREN, .other = &table_gateway_chassis),
    COLUMN("ha_chassis_group", OPTIONAL_ROW("HA_Chassis_Group"),
           VIEW_REF, .other = &table_ha_chassis_group),
    COLUMN("ipv6_prefix", STRING_SET(0), VIEW_STATUS),
    COLUMN("ipv6_ra_configs", STRING_MAP, VIEW_PLAIN),
    COLUMN("mac", STRING, VIEW_PLAIN),
    COLUMN("name", STRING, VIEW_ID),
    COLUMN("networks", STRING_SET(1), VIEW_PLAIN),
    COLUMN("options", STRING_MAP, VIEW_PLAIN),
    COLUMN("peer", OPTIONAL_STRING, VIEW_PLAIN),
};
const struct view_table view_logical_router_port = {
    .name = "Logical_Router_Port",
    .table = &table_logical_router_port,
    .columns = logical_router_port_columns,
    .n_columns = ARRAY_SIZE(logical_router_port_columns),
    .names = { "name" },
};

static const struct view_column logical_router_static_route_columns[] = {
    COLUMN("bfd", OPTIONAL_ROW("BFD"), VIEW_REF, .other = &table_bfd),
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("ip_prefix", STRING, VIEW_PLAIN),
    COLUMN("nexthop", STRING, VIEW_PLAIN),
    COLUMN("options", STRING_MAP, VIEW_PLAIN),
    COLUMN("output_port", OPTIONAL_STRING, VIEW_PLAIN),
    COLUMN("policy", OPTIONAL_ENUM(route_policies), VIEW_PLAIN),
    COLUMN("route_table", STRING, VIEW_PLAIN),
};
const struct view_table view_logical_router_static_route = {
    .name = "Logical_Router_Static_Route",
    .table = &table_logical_router_static_route,
    .columns = logical_router_static_route_columns,
    .n_columns = ARRAY_SIZE(logical_router_static_route_columns),
};

static const struct view_column nat_columns[] = {
    COLUMN("allowed_ext_ips", OPTIONAL_ROW("Address_Set"),
           VIEW_REF, .other = &table_address_set),
    COLUMN("exempted_ext_ips", OPTIONAL_ROW("Address_Set"),
           VIEW_REF, .other = &table_address_set),
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("external_ip", STRING, VIEW_PLAIN),
    COLUMN("external_mac", OPTIONAL_STRING, VIEW_PLAIN),
    COLUMN("external_port_range", STRING, VIEW_PLAIN),
    COLUMN("gateway_port", OPTIONAL_ROW("Logical_Router_Port"),
           VIEW_REF, .other = &table_logical_router_port),
    COLUMN("logical_ip", STRING, VIEW_PLAIN),
    COLUMN("logical_port", OPTIONAL_STRING, VIEW_PLAIN),
    COLUMN("options", STRING_MAP, VIEW_PLAIN),
    COLUMN("type", ENUM(nat_types), VIEW_PLAIN),
};
const struct view_table view_nat = {
    .name = "NAT",
    .table = &table_nat,
    .columns = nat_columns,
    .n_columns = ARRAY_SIZE(nat_columns),
    .names = { "external_ip" },
};

static const struct view_column static_mac_binding_columns[] = {
    COLUMN("ip", STRING, VIEW_PLAIN),
    COLUMN("logical_port", STRING, VIEW_PLAIN),
    COLUMN("mac", STRING, VIEW_PLAIN),
    COLUMN("override_dynamic_mac", BOOLEAN, VIEW_PLAIN),
};
const struct view_table view_static_mac_binding = {
    .name = "Static_MAC_Binding",
    .table = &table_static_mac_binding,
    .columns = static_mac_binding_columns,
    .n_columns = ARRAY_SIZE(static_mac_binding_columns),
    .is_root = true,
};
