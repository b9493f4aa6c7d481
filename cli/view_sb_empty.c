/* OVN's southbound tables that have no rows here: Weft has no such keys, or
 * the rows are northbound.
 *
 * Columns are those of ovn-sb(5); where they come from: sb_load.c. */
#include <config.h>

#include "cli/view_sb.h"

#include "util.h"

static const char *const bfd_statuses[] = {
    "admin_down", "down", "init", "up", NULL,
};
static const struct view_column bfd_columns[] = {
    COLUMN("detect_mult", ANY_INTEGER, VIEW_EMPTY),
    COLUMN("disc", ANY_INTEGER, VIEW_EMPTY),
    COLUMN("dst_ip", STRING, VIEW_EMPTY),
    COLUMN("external_ids", STRING_MAP, VIEW_EMPTY),
    COLUMN("logical_port", STRING, VIEW_EMPTY),
    COLUMN("min_rx", ANY_INTEGER, VIEW_EMPTY),
    COLUMN("min_tx", ANY_INTEGER, VIEW_EMPTY),
    COLUMN("options", STRING_MAP, VIEW_EMPTY),
    COLUMN("src_port", INTEGER(49152, 65535), VIEW_EMPTY),
    COLUMN("status", ENUM(bfd_statuses), VIEW_EMPTY),
};
const struct view_table sb_view_bfd = {
    .name = "BFD",
    .table = &sb_table_none,
    .columns = bfd_columns,
    .n_columns = ARRAY_SIZE(bfd_columns),
    .is_root = true,
};

static const struct view_column chassis_template_var_columns[] = {
    COLUMN("chassis", STRING, VIEW_EMPTY),
    COLUMN("variables", STRING_MAP, VIEW_EMPTY),
};
const struct view_table sb_view_chassis_template_var = {
    .name = "Chassis_Template_Var",
    .table = &sb_table_none,
    .columns = chassis_template_var_columns,
    .n_columns = ARRAY_SIZE(chassis_template_var_columns),
    .is_root = true,
};

static const struct view_column connection_columns[] = {
    COLUMN("external_ids", STRING_MAP, VIEW_EMPTY),
    COLUMN("inactivity_probe", OPTIONAL_ANY_INTEGER, VIEW_EMPTY),
    COLUMN("is_connected", BOOLEAN, VIEW_EMPTY),
    COLUMN("max_backoff", OPTIONAL_INTEGER(1000, INT64_MAX), VIEW_EMPTY),
    COLUMN("other_config", STRING_MAP, VIEW_EMPTY),
    COLUMN("read_only", BOOLEAN, VIEW_EMPTY),
    COLUMN("role", STRING, VIEW_EMPTY),
    COLUMN("status", STRING_MAP, VIEW_EMPTY),
    COLUMN("target", STRING, VIEW_EMPTY),
};
const struct view_table sb_view_connection = {
    .name = "Connection",
    .table = &sb_table_none,
    .columns = connection_columns,
    .n_columns = ARRAY_SIZE(connection_columns),
    .names = { "target" },
};

static const char *const controller_event_event_types[] = {
    "empty_lb_backends", NULL,
};
static const struct view_column controller_event_columns[] = {
    COLUMN("chassis", OPTIONAL_ROW("Chassis"), VIEW_EMPTY),
    COLUMN("event_info", STRING_MAP, VIEW_EMPTY),
    COLUMN("event_type", ENUM(controller_event_event_types), VIEW_EMPTY),
    COLUMN("seq_num", ANY_INTEGER, VIEW_EMPTY),
};
const struct view_table sb_view_controller_event = {
    .name = "Controller_Event",
    .table = &sb_table_none,
    .columns = controller_event_columns,
    .n_columns = ARRAY_SIZE(controller_event_columns),
    .is_root = true,
};

static const struct view_column logical_dp_group_columns[] = {
    COLUMN("datapaths", ROWS("Datapath_Binding", 0), VIEW_EMPTY),
};
const struct view_table sb_view_logical_dp_group = {
    .name = "Logical_DP_Group",
    .table = &sb_table_none,
    .columns = logical_dp_group_columns,
    .n_columns = ARRAY_SIZE(logical_dp_group_columns),
};

static const struct view_column rbac_permission_columns[] = {
    COLUMN("authorization", STRING_SET(0), VIEW_EMPTY),
    COLUMN("insert_delete", BOOLEAN, VIEW_EMPTY),
    COLUMN("table", STRING, VIEW_EMPTY),
    COLUMN("update", STRING_SET(0), VIEW_EMPTY),
};
const struct view_table sb_view_rbac_permission = {
    .name = "RBAC_Permission",
    .table = &sb_table_none,
    .columns = rbac_permission_columns,
    .n_columns = ARRAY_SIZE(rbac_permission_columns),
    .is_root = true,
};

static const struct view_column rbac_role_columns[] = {
    COLUMN("name", STRING, VIEW_EMPTY),
    COLUMN("permissions", ROW_MAP("RBAC_Permission"), VIEW_EMPTY),
};
const struct view_table sb_view_rbac_role = {
    .name = "RBAC_Role",
    .table = &sb_table_none,
    .columns = rbac_role_columns,
    .n_columns = ARRAY_SIZE(rbac_role_columns),
    .is_root = true,
    .names = { "name" },
};

static const struct view_column ssl_columns[] = {
    COLUMN("bootstrap_ca_cert", BOOLEAN, VIEW_EMPTY),
    COLUMN("ca_cert", STRING, VIEW_EMPTY),
    COLUMN("certificate", STRING, VIEW_EMPTY),
    COLUMN("external_ids", STRING_MAP, VIEW_EMPTY),
    COLUMN("private_key", STRING, VIEW_EMPTY),
    COLUMN("ssl_ciphers", STRING, VIEW_EMPTY),
    COLUMN("ssl_protocols", STRING, VIEW_EMPTY),
};
const struct view_table sb_view_ssl = {
    .name = "SSL",
    .table = &sb_table_none,
    .columns = ssl_columns,
    .n_columns = ARRAY_SIZE(ssl_columns),
    .is_singleton = true,
    .names = { "ssl" },
};

static const char *const service_monitor_protocols[] = { "tcp", "udp", NULL };
static const char *const service_monitor_statuses[] = {
    "error", "offline", "online", NULL,
};
static const struct view_column service_monitor_columns[] = {
    COLUMN("external_ids", STRING_MAP, VIEW_EMPTY),
    COLUMN("ip", STRING, VIEW_EMPTY),
    COLUMN("logical_port", STRING, VIEW_EMPTY),
    COLUMN("options", STRING_MAP, VIEW_EMPTY),
    COLUMN("port", INTEGER(0, 65535), VIEW_EMPTY),
    COLUMN("protocol", OPTIONAL_ENUM(service_monitor_protocols), VIEW_EMPTY),
    COLUMN("src_ip", STRING, VIEW_EMPTY),
    COLUMN("src_mac", STRING, VIEW_EMPTY),
    COLUMN("status", OPTIONAL_ENUM(service_monitor_statuses), VIEW_EMPTY),
};
const struct view_table sb_view_service_monitor = {
    .name = "Service_Monitor",
    .table = &sb_table_none,
    .columns = service_monitor_columns,
    .n_columns = ARRAY_SIZE(service_monitor_columns),
    .is_root = true,
};

static const struct view_column static_mac_binding_columns[] = {
    COLUMN("datapath", ROW("Datapath_Binding"), VIEW_EMPTY),
    COLUMN("ip", STRING, VIEW_EMPTY),
    COLUMN("logical_port", STRING, VIEW_EMPTY),
    COLUMN("mac", STRING, VIEW_EMPTY),
    COLUMN("override_dynamic_mac", BOOLEAN, VIEW_EMPTY),
};
const struct view_table sb_view_static_mac_binding = {
    .name = "Static_MAC_Binding",
    .table = &sb_table_none,
    .columns = static_mac_binding_columns,
    .n_columns = ARRAY_SIZE(static_mac_binding_columns),
    .is_root = true,
};
