/* The southbound keys as OVN's tables.
 *
 * Columns are those of ovn-sb(5); where they come from: sb_load.c. */
#include <config.h>

#include "cli/view_sb.h"

#include "util.h"

static const struct view_column address_set_columns[] = {
    COLUMN("addresses", STRING_SET(0), VIEW_PLAIN, .field = "members"),
    COLUMN("name", STRING, VIEW_PLAIN),
};
const struct view_table sb_view_address_set = {
    .name = "Address_Set",
    .table = &sb_table_address_set,
    .columns = address_set_columns,
    .n_columns = ARRAY_SIZE(address_set_columns),
    .is_root = true,
    .names = { "name" },
};

static const struct view_column chassis_columns[] = {
    COLUMN("encaps", ROWS("Encap", 1), VIEW_REF, .other = &sb_table_encap),
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("hostname", STRING, VIEW_PLAIN),
    COLUMN("name", STRING, VIEW_PLAIN),
    COLUMN("nb_cfg", ANY_INTEGER, VIEW_EMPTY),
    COLUMN("other_config", STRING_MAP,
           VIEW_COMPUTED, .compute = sb_get_other_config),
    COLUMN("transport_zones", STRING_SET(0), VIEW_PLAIN),
    COLUMN("vtep_logical_switches", STRING_SET(0), VIEW_PLAIN),
};
const struct view_table sb_view_chassis = {
    .name = "Chassis",
    .table = &sb_table_chassis,
    .columns = chassis_columns,
    .n_columns = ARRAY_SIZE(chassis_columns),
    .is_root = true,
    .names = { "name" },
};

static const struct view_column chassis_private_columns[] = {
    COLUMN("chassis", OPTIONAL_ROW("Chassis"),
           VIEW_REF, .other = &sb_table_chassis),
    COLUMN("external_ids", STRING_MAP, VIEW_EMPTY),
    COLUMN("name", STRING, VIEW_PLAIN),
    COLUMN("nb_cfg", ANY_INTEGER, VIEW_PLAIN),
    COLUMN("nb_cfg_timestamp", ANY_INTEGER, VIEW_EMPTY),
};
const struct view_table sb_view_chassis_private = {
    .name = "Chassis_Private",
    .table = &sb_table_chassis_private,
    .columns = chassis_private_columns,
    .n_columns = ARRAY_SIZE(chassis_private_columns),
    .is_root = true,
    .names = { "name" },
};

static const char *const dhcp_options_types[] = {
    "bool", "domains", "host_id", "ipv4", "static_routes", "str", "uint16",
    "uint32", "uint8", NULL,
};
static const struct view_column dhcp_options_columns[] = {
    COLUMN("code", INTEGER(0, 254), VIEW_PLAIN),
    COLUMN("name", STRING, VIEW_PLAIN),
    COLUMN("type", ENUM(dhcp_options_types), VIEW_PLAIN),
};
const struct view_table sb_view_dhcp_options = {
    .name = "DHCP_Options",
    .table = &sb_table_dhcp_options,
    .columns = dhcp_options_columns,
    .n_columns = ARRAY_SIZE(dhcp_options_columns),
    .is_root = true,
    .names = { "name" },
};

static const char *const dhcpv6_options_types[] = {
    "ipv6", "mac", "str", NULL,
};
static const struct view_column dhcpv6_options_columns[] = {
    COLUMN("code", INTEGER(0, 254), VIEW_PLAIN),
    COLUMN("name", STRING, VIEW_PLAIN),
    COLUMN("type", ENUM(dhcpv6_options_types), VIEW_PLAIN),
};
const struct view_table sb_view_dhcpv6_options = {
    .name = "DHCPv6_Options",
    .table = &sb_table_dhcpv6_options,
    .columns = dhcpv6_options_columns,
    .n_columns = ARRAY_SIZE(dhcpv6_options_columns),
    .is_root = true,
    .names = { "name" },
};

static const struct view_column dns_columns[] = {
    COLUMN("datapaths", ROWS("Datapath_Binding", 1),
           VIEW_REF, .other = &sb_table_datapath),
    COLUMN("external_ids", STRING_MAP, VIEW_EMPTY),
    COLUMN("records", STRING_MAP, VIEW_PLAIN),
};
const struct view_table sb_view_dns = {
    .name = "DNS",
    .table = &sb_table_dns,
    .columns = dns_columns,
    .n_columns = ARRAY_SIZE(dns_columns),
    .is_root = true,
};

static const struct view_column datapath_binding_columns[] = {
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("load_balancers", ROWS("NULL", 0), VIEW_EMPTY),
    COLUMN("tunnel_key", INTEGER(1, 16777215), VIEW_PLAIN),
};
const struct view_table sb_view_datapath_binding = {
    .name = "Datapath_Binding",
    .table = &sb_table_datapath,
    .columns = datapath_binding_columns,
    .n_columns = ARRAY_SIZE(datapath_binding_columns),
    .is_root = true,
    .names = { "external_ids:name", "external_ids:logical-switch" },
};

static const char *const encap_types[] = { "geneve", "stt", "vxlan", NULL };
static const struct view_column encap_columns[] = {
    COLUMN("chassis_name", STRING, VIEW_PLAIN),
    COLUMN("ip", STRING, VIEW_PLAIN),
    COLUMN("options", STRING_MAP, VIEW_PLAIN),
    COLUMN("type", ENUM(encap_types), VIEW_PLAIN),
};
const struct view_table sb_view_encap = {
    .name = "Encap",
    .table = &sb_table_encap,
    .columns = encap_columns,
    .n_columns = ARRAY_SIZE(encap_columns),
    .names = { "type" },
};

static const struct view_column fdb_columns[] = {
    COLUMN("dp_key", INTEGER(1, 16777215), VIEW_PLAIN),
    COLUMN("mac", STRING, VIEW_PLAIN),
    COLUMN("port_key", INTEGER(1, 16777215), VIEW_PLAIN),
};
const struct view_table sb_view_fdb = {
    .name = "FDB",
    .table = &sb_table_fdb,
    .columns = fdb_columns,
    .n_columns = ARRAY_SIZE(fdb_columns),
    .is_root = true,
};

static const struct view_column gateway_chassis_columns[] = {
    COLUMN("chassis", OPTIONAL_ROW("Chassis"),
           VIEW_REF, .other = &sb_table_chassis),
    COLUMN("external_ids", STRING_MAP, VIEW_EMPTY),
    COLUMN("name", STRING, VIEW_PLAIN),
    COLUMN("options", STRING_MAP, VIEW_EMPTY),
    COLUMN("priority", INTEGER(0, 32767), VIEW_PLAIN),
};
const struct view_table sb_view_gateway_chassis = {
    .name = "Gateway_Chassis",
    .table = &sb_table_none,
    .columns = gateway_chassis_columns,
    .n_columns = ARRAY_SIZE(gateway_chassis_columns),
    .names = { "name" },
};

static const struct view_column ha_chassis_columns[] = {
    COLUMN("chassis", OPTIONAL_ROW("Chassis"),
           VIEW_REF, .other = &sb_table_chassis),
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("priority", INTEGER(0, 32767), VIEW_PLAIN),
};
const struct view_table sb_view_ha_chassis = {
    .name = "HA_Chassis",
    .table = &sb_table_ha_chassis,
    .columns = ha_chassis_columns,
    .n_columns = ARRAY_SIZE(ha_chassis_columns),
};

static const struct view_column ha_chassis_group_columns[] = {
    COLUMN("external_ids", STRING_MAP, VIEW_EMPTY),
    COLUMN("ha_chassis", ROWS("HA_Chassis", 0),
           VIEW_REF, .other = &sb_table_ha_chassis),
    COLUMN("name", STRING, VIEW_PLAIN),
    COLUMN("ref_chassis", ROWS("Chassis", 0), VIEW_EMPTY),
};
const struct view_table sb_view_ha_chassis_group = {
    .name = "HA_Chassis_Group",
    .table = &sb_table_ha_chassis_group,
    .columns = ha_chassis_group_columns,
    .n_columns = ARRAY_SIZE(ha_chassis_group_columns),
    .is_root = true,
    .names = { "name" },
};

static const struct view_column igmp_group_columns[] = {
    COLUMN("address", STRING, VIEW_PLAIN),
    COLUMN("chassis", OPTIONAL_ROW("Chassis"),
           VIEW_REF, .other = &sb_table_chassis),
    COLUMN("datapath", OPTIONAL_ROW("Datapath_Binding"),
           VIEW_REF, .other = &sb_table_datapath),
    COLUMN("ports", ROWS("Port_Binding", 0),
           VIEW_REF, .other = &sb_table_port_binding),
};
const struct view_table sb_view_igmp_group = {
    .name = "IGMP_Group",
    .table = &sb_table_igmp_group,
    .columns = igmp_group_columns,
    .n_columns = ARRAY_SIZE(igmp_group_columns),
    .is_root = true,
    .names = { "address" },
};

static const struct view_column ip_multicast_columns[] = {
    COLUMN("datapath", ROW("Datapath_Binding"),
           VIEW_REF, .other = &sb_table_datapath),
    COLUMN("enabled", OPTIONAL_BOOLEAN, VIEW_PLAIN),
    COLUMN("eth_src", STRING, VIEW_PLAIN),
    COLUMN("idle_timeout", OPTIONAL_ANY_INTEGER, VIEW_PLAIN),
    COLUMN("ip4_src", STRING, VIEW_PLAIN),
    COLUMN("ip6_src", STRING, VIEW_PLAIN),
    COLUMN("querier", OPTIONAL_BOOLEAN, VIEW_PLAIN),
    COLUMN("query_interval", OPTIONAL_ANY_INTEGER, VIEW_PLAIN),
    COLUMN("query_max_resp", OPTIONAL_ANY_INTEGER, VIEW_PLAIN),
    COLUMN("seq_no", ANY_INTEGER, VIEW_PLAIN),
    COLUMN("table_size", OPTIONAL_ANY_INTEGER, VIEW_PLAIN),
};
const struct view_table sb_view_ip_multicast = {
    .name = "IP_Multicast",
    .table = &sb_table_ip_multicast,
    .columns = ip_multicast_columns,
    .n_columns = ARRAY_SIZE(ip_multicast_columns),
    .is_root = true,
};

static const char *const logical_flow_pipelines[] = {
    "egress", "ingress", NULL,
};
static const char *const load_balancer_protocols[] = {
    "sctp", "tcp", "udp", NULL,
};
static const struct view_column load_balancer_columns[] = {
    COLUMN("datapath_group", OPTIONAL_ROW("Logical_DP_Group"), VIEW_EMPTY),
    COLUMN("datapaths", ROWS("Datapath_Binding", 0),
           VIEW_REF, .other = &sb_table_datapath),
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("name", STRING, VIEW_PLAIN),
    COLUMN("options", STRING_MAP, VIEW_PLAIN),
    COLUMN("protocol", OPTIONAL_ENUM(load_balancer_protocols), VIEW_PLAIN),
    COLUMN("vips", STRING_MAP, VIEW_PLAIN),
};
const struct view_table sb_view_load_balancer = {
    .name = "Load_Balancer",
    .table = &sb_table_load_balancer,
    .columns = load_balancer_columns,
    .n_columns = ARRAY_SIZE(load_balancer_columns),
    .is_root = true,
    .names = { "name" },
};

static const struct view_column logical_flow_columns[] = {
    COLUMN("actions", STRING, VIEW_PLAIN),
    COLUMN("controller_meter", OPTIONAL_STRING, VIEW_PLAIN),
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("logical_datapath", OPTIONAL_ROW("Datapath_Binding"),
           VIEW_REF, .other = &sb_table_datapath),
    COLUMN("logical_dp_group", OPTIONAL_ROW("Logical_DP_Group"), VIEW_EMPTY),
    COLUMN("match", STRING, VIEW_PLAIN),
    COLUMN("pipeline", ENUM(logical_flow_pipelines), VIEW_PLAIN),
    COLUMN("priority", INTEGER(0, 65535), VIEW_PLAIN),
    COLUMN("table_id", INTEGER(0, 32), VIEW_PLAIN),
    COLUMN("tags", STRING_MAP, VIEW_EMPTY),
};
const struct view_table sb_view_logical_flow = {
    .name = "Logical_Flow",
    .table = &sb_table_logical_flow,
    .columns = logical_flow_columns,
    .n_columns = ARRAY_SIZE(logical_flow_columns),
    .is_root = true,
};

static const struct view_column mac_binding_columns[] = {
    COLUMN("datapath", ROW("Datapath_Binding"),
           VIEW_REF, .other = &sb_table_datapath),
    COLUMN("ip", STRING, VIEW_PLAIN),
    COLUMN("logical_port", STRING, VIEW_PLAIN),
    COLUMN("mac", STRING, VIEW_PLAIN),
    COLUMN("timestamp", ANY_INTEGER, VIEW_PLAIN),
};
const struct view_table sb_view_mac_binding = {
    .name = "MAC_Binding",
    .table = &sb_table_mac_binding,
    .columns = mac_binding_columns,
    .n_columns = ARRAY_SIZE(mac_binding_columns),
    .is_root = true,
    .names = { "logical_port" },
};

static const char *const meter_units[] = { "kbps", "pktps", NULL };
static const struct view_column meter_columns[] = {
    COLUMN("bands", ROWS("Meter_Band", 1),
           VIEW_REF, .other = &sb_table_meter_band),
    COLUMN("name", STRING, VIEW_PLAIN),
    COLUMN("unit", ENUM(meter_units), VIEW_PLAIN),
};
const struct view_table sb_view_meter = {
    .name = "Meter",
    .table = &sb_table_meter,
    .columns = meter_columns,
    .n_columns = ARRAY_SIZE(meter_columns),
    .is_root = true,
    .names = { "name" },
};

static const char *const meter_band_actions[] = { "drop", NULL };
static const struct view_column meter_band_columns[] = {
    COLUMN("action", ENUM(meter_band_actions), VIEW_PLAIN),
    COLUMN("burst_size", INTEGER(0, 4294967295), VIEW_PLAIN),
    COLUMN("rate", INTEGER(1, 4294967295), VIEW_PLAIN),
};
const struct view_table sb_view_meter_band = {
    .name = "Meter_Band",
    .table = &sb_table_meter_band,
    .columns = meter_band_columns,
    .n_columns = ARRAY_SIZE(meter_band_columns),
};

static const char *const mirror_filters[] = { "from-lport", "to-lport", NULL };
static const char *const mirror_types[] = { "erspan", "gre", NULL };
static const struct view_column mirror_columns[] = {
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("filter", ENUM(mirror_filters), VIEW_PLAIN),
    COLUMN("index", ANY_INTEGER, VIEW_PLAIN),
    COLUMN("name", STRING, VIEW_ID),
    COLUMN("sink", STRING, VIEW_PLAIN),
    COLUMN("type", ENUM(mirror_types), VIEW_PLAIN),
};
const struct view_table sb_view_mirror = {
    .name = "Mirror",
    .table = &sb_table_mirror,
    .columns = mirror_columns,
    .n_columns = ARRAY_SIZE(mirror_columns),
    .is_root = true,
    .names = { "name" },
};

static const struct view_column multicast_group_columns[] = {
    COLUMN("datapath", ROW("Datapath_Binding"),
           VIEW_REF, .other = &sb_table_datapath),
    COLUMN("name", STRING, VIEW_PLAIN),
    COLUMN("ports", ROWS("Port_Binding", 0),
           VIEW_REF, .other = &sb_table_port_binding),
    COLUMN("tunnel_key", INTEGER(32768, 65535), VIEW_PLAIN),
};
const struct view_table sb_view_multicast_group = {
    .name = "Multicast_Group",
    .table = &sb_table_multicast_group,
    .columns = multicast_group_columns,
    .n_columns = ARRAY_SIZE(multicast_group_columns),
    .is_root = true,
    .names = { "name" },
};

static const struct view_column port_binding_columns[] = {
    COLUMN("additional_chassis", ROWS("Chassis", 0),
           VIEW_REF, .other = &sb_table_chassis),
    COLUMN("additional_encap", ROWS("Encap", 0), VIEW_EMPTY),
    COLUMN("chassis", OPTIONAL_ROW("Chassis"),
           VIEW_REF, .other = &sb_table_chassis),
    COLUMN("datapath", ROW("Datapath_Binding"),
           VIEW_REF, .other = &sb_table_datapath),
    COLUMN("encap", OPTIONAL_ROW("Encap"), VIEW_EMPTY),
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("gateway_chassis", ROWS("Gateway_Chassis", 0), VIEW_EMPTY),
    COLUMN("ha_chassis_group", OPTIONAL_ROW("HA_Chassis_Group"),
           VIEW_REF, .other = &sb_table_ha_chassis_group),
    COLUMN("logical_port", STRING, VIEW_ID),
    COLUMN("mac", STRING_SET(0), VIEW_PLAIN),
    COLUMN("mirror_rules", ROWS("Mirror", 0),
           VIEW_REF, .field = "mirrors", .other = &sb_table_mirror),
    COLUMN("nat_addresses", STRING_SET(0), VIEW_PLAIN),
    COLUMN("options", STRING_MAP, VIEW_PLAIN),
    COLUMN("parent_port", OPTIONAL_STRING, VIEW_PLAIN),
    COLUMN("port_security", STRING_SET(0), VIEW_PLAIN),
    COLUMN("requested_additional_chassis", ROWS("Chassis", 0),
           VIEW_REF, .other = &sb_table_chassis),
    COLUMN("requested_chassis", OPTIONAL_ROW("Chassis"),
           VIEW_REF, .other = &sb_table_chassis),
    COLUMN("tag", OPTIONAL_INTEGER(1, 4095), VIEW_PLAIN),
    COLUMN("tunnel_key", INTEGER(1, 32767), VIEW_PLAIN),
    COLUMN("type", STRING, VIEW_PLAIN),
    COLUMN("up", OPTIONAL_BOOLEAN, VIEW_PLAIN),
    COLUMN("virtual_parent", OPTIONAL_STRING, VIEW_PLAIN),
};
const struct view_table sb_view_port_binding = {
    .name = "Port_Binding",
    .table = &sb_table_port_binding,
    .columns = port_binding_columns,
    .n_columns = ARRAY_SIZE(port_binding_columns),
    .is_root = true,
    .names = { "logical_port" },
};

static const struct view_column port_group_columns[] = {
    COLUMN("name", STRING, VIEW_PLAIN),
    COLUMN("ports", STRING_SET(0), VIEW_PLAIN, .field = "members"),
};
const struct view_table sb_view_port_group = {
    .name = "Port_Group",
    .table = &sb_table_port_group,
    .columns = port_group_columns,
    .n_columns = ARRAY_SIZE(port_group_columns),
    .is_root = true,
    .names = { "name" },
};

static const struct view_column sb_global_columns[] = {
    COLUMN("connections", ROWS("Connection", 0), VIEW_EMPTY),
    COLUMN("external_ids", STRING_MAP, VIEW_EMPTY),
    COLUMN("ipsec", BOOLEAN, VIEW_EMPTY),
    COLUMN("nb_cfg", ANY_INTEGER, VIEW_PLAIN),
    COLUMN("options", STRING_MAP, VIEW_EMPTY),
    COLUMN("ssl", OPTIONAL_ROW("SSL"), VIEW_EMPTY),
};
const struct view_table sb_view_sb_global = {
    .name = "SB_Global",
    .table = &sb_table_global,
    .columns = sb_global_columns,
    .n_columns = ARRAY_SIZE(sb_global_columns),
    .is_root = true,
    .is_singleton = true,
    .names = { "global" },
};
