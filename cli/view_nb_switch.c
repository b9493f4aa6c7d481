/* What switches are made of, as OVN's tables.
 *
 * Columns and types are those of ovn-nb(5); where a column comes from is
 * Weft's (schemas/nb). */
#include <config.h>

#include "cli/view_nb.h"

#include "util.h"

static const char *const acl_actions[] = {
    "allow", "allow-related", "allow-stateless", "drop", "reject", "pass",
    NULL,
};
static const char *const bandwidths[] = { "burst", "rate", NULL };
static const char *const directions[] = { "from-lport", "to-lport", NULL };
static const char *const mirror_types[] = { "erspan", "gre", NULL };
static const char *const qos_actions[] = { "dscp", NULL };
static const char *const severities[] = {
    "alert", "debug", "info", "notice", "warning", NULL,
};

static const struct view_column acl_columns[] = {
    COLUMN("action", ENUM(acl_actions), VIEW_PLAIN),
    COLUMN("direction", ENUM(directions), VIEW_PLAIN),
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("label", INTEGER(0, 4294967295), VIEW_PLAIN),
    COLUMN("log", BOOLEAN, VIEW_PLAIN),
    COLUMN("match", STRING, VIEW_PLAIN),
    COLUMN("meter", OPTIONAL_STRING, VIEW_PLAIN),
    COLUMN("name", OPTIONAL_SHORT_STRING(63), VIEW_PLAIN),
    COLUMN("options", STRING_MAP, VIEW_PLAIN),
    COLUMN("priority", INTEGER(0, 32767), VIEW_PLAIN),
    COLUMN("severity", OPTIONAL_ENUM(severities), VIEW_PLAIN),
};
const struct view_table view_acl = {
    .name = "ACL",
    .table = &table_acl,
    .columns = acl_columns,
    .n_columns = ARRAY_SIZE(acl_columns),
    .names = { "name" },
};

static const struct view_column address_set_columns[] = {
    COLUMN("addresses", STRING_SET(0),
           VIEW_MEMBERS, .other = &table_address_set_address),
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("name", STRING, VIEW_ID),
};
const struct view_table view_address_set = {
    .name = "Address_Set",
    .table = &table_address_set,
    .columns = address_set_columns,
    .n_columns = ARRAY_SIZE(address_set_columns),
    .is_root = true,
    .names = { "name" },
};

static const struct view_column dhcp_options_columns[] = {
    COLUMN("cidr", STRING, VIEW_PLAIN),
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("options", STRING_MAP, VIEW_PLAIN),
};
const struct view_table view_dhcp_options = {
    .name = "DHCP_Options",
    .table = &table_dhcp_options,
    .columns = dhcp_options_columns,
    .n_columns = ARRAY_SIZE(dhcp_options_columns),
    .is_root = true,
};

static const struct view_column dns_columns[] = {
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("records", STRING_MAP, VIEW_PLAIN),
};
const struct view_table view_dns = {
    .name = "DNS",
    .table = &table_dns,
    .columns = dns_columns,
    .n_columns = ARRAY_SIZE(dns_columns),
    .is_root = true,
};

static const struct view_column forwarding_group_columns[] = {
    COLUMN("child_port", STRING_SET(1), VIEW_PLAIN),
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("liveness", BOOLEAN, VIEW_PLAIN),
    COLUMN("name", STRING, VIEW_NAME),
    COLUMN("vip", STRING, VIEW_PLAIN),
    COLUMN("vmac", STRING, VIEW_PLAIN),
};
const struct view_table view_forwarding_group = {
    .name = "Forwarding_Group",
    .table = &table_forwarding_group,
    .columns = forwarding_group_columns,
    .n_columns = ARRAY_SIZE(forwarding_group_columns),
    .names = { "name" },
};

static const struct view_column logical_switch_columns[] = {
    COLUMN("acls", ROWS("ACL", 0), VIEW_CHILDREN, .other = &table_acl),
    COLUMN("copp", OPTIONAL_ROW("Copp"), VIEW_REF, .other = &table_copp),
    COLUMN("dns_records", ROWS("DNS", 0), VIEW_REF, .other = &table_dns),
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("forwarding_groups", ROWS("Forwarding_Group", 0),
           VIEW_CHILDREN, .other = &table_forwarding_group),
    COLUMN("load_balancer", ROWS("Load_Balancer", 0),
           VIEW_REF, .other = &table_load_balancer),
    COLUMN("load_balancer_group", ROWS("Load_Balancer_Group", 0),
           VIEW_REF, .other = &table_load_balancer_group),
    COLUMN("name", STRING, VIEW_NAME),
    COLUMN("other_config", STRING_MAP, VIEW_PLAIN),
    COLUMN("ports", ROWS("Logical_Switch_Port", 0),
           VIEW_CHILDREN, .other = &table_logical_switch_port),
    COLUMN("qos_rules", ROWS("QoS", 0), VIEW_CHILDREN, .other = &table_qos),
};
const struct view_table view_logical_switch = {
    .name = "Logical_Switch",
    .table = &table_logical_switch,
    .columns = logical_switch_columns,
    .n_columns = ARRAY_SIZE(logical_switch_columns),
    .is_root = true,
    .names = { "name", "external_ids:neutron:network_name" },
};

static const struct view_column logical_switch_port_columns[] = {
    COLUMN("addresses", STRING_SET(0), VIEW_PLAIN),
    COLUMN("dhcpv4_options", OPTIONAL_ROW("DHCP_Options"),
           VIEW_REF, .other = &table_dhcp_options),
    COLUMN("dhcpv6_options", OPTIONAL_ROW("DHCP_Options"),
           VIEW_REF, .other = &table_dhcp_options),
    COLUMN("dynamic_addresses", OPTIONAL_STRING, VIEW_STATUS),
    COLUMN("enabled", OPTIONAL_BOOLEAN, VIEW_PLAIN),
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("ha_chassis_group", OPTIONAL_ROW("HA_Chassis_Group"),
           VIEW_REF, .other = &table_ha_chassis_group),
    COLUMN("mirror_rules", ROWS("Mirror", 0),
           VIEW_REF, .other = &table_mirror),
    COLUMN("name", STRING, VIEW_ID),
    COLUMN("options", STRING_MAP, VIEW_PLAIN),
    COLUMN("parent_name", OPTIONAL_STRING, VIEW_PLAIN),
    COLUMN("port_security", STRING_SET(0), VIEW_PLAIN),
    COLUMN("tag", OPTIONAL_INTEGER(1, 4095), VIEW_CHOSEN,
           .request = "tag_request"),
    COLUMN("tag_request", OPTIONAL_INTEGER(0, 4095), VIEW_PLAIN),
    COLUMN("type", STRING, VIEW_PLAIN),
    COLUMN("up", OPTIONAL_BOOLEAN, VIEW_STATUS, .is_settled = true),
};
const struct view_table view_logical_switch_port = {
    .name = "Logical_Switch_Port",
    .table = &table_logical_switch_port,
    .columns = logical_switch_port_columns,
    .n_columns = ARRAY_SIZE(logical_switch_port_columns),
    .names = { "name", "external_ids:neutron:port_name" },
};

static const struct view_column mirror_columns[] = {
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("filter", ENUM(directions), VIEW_PLAIN),
    COLUMN("index", ANY_INTEGER, VIEW_PLAIN),
    COLUMN("name", STRING, VIEW_ID),
    COLUMN("sink", STRING, VIEW_PLAIN),
    COLUMN("type", ENUM(mirror_types), VIEW_PLAIN),
};
const struct view_table view_mirror = {
    .name = "Mirror",
    .table = &table_mirror,
    .columns = mirror_columns,
    .n_columns = ARRAY_SIZE(mirror_columns),
    .is_root = true,
};

static const struct view_column port_group_columns[] = {
    COLUMN("acls", ROWS("ACL", 0),
           VIEW_CHILDREN, .other = &table_acl, .which = 1),
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("name", STRING, VIEW_ID),
    COLUMN("ports", ROWS("Logical_Switch_Port", 0),
           VIEW_MEMBERS, .other = &table_port_group_port,
           .members_of = &table_logical_switch_port),
};
const struct view_table view_port_group = {
    .name = "Port_Group",
    .table = &table_port_group,
    .columns = port_group_columns,
    .n_columns = ARRAY_SIZE(port_group_columns),
    .is_root = true,
    .names = { "name" },
};

static const struct view_column qos_columns[] = {
    COLUMN("action", INTEGER_MAP(qos_actions, 0, 63), VIEW_PLAIN),
    COLUMN("bandwidth", INTEGER_MAP(bandwidths, 1, 4294967295), VIEW_PLAIN),
    COLUMN("direction", ENUM(directions), VIEW_PLAIN),
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("match", STRING, VIEW_PLAIN),
    COLUMN("priority", INTEGER(0, 32767), VIEW_PLAIN),
};
const struct view_table view_qos = {
    .name = "QoS",
    .table = &table_qos,
    .columns = qos_columns,
    .n_columns = ARRAY_SIZE(qos_columns),
};
