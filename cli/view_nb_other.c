/* Load balancers, meters and settings as OVN's tables.
 *
 * Columns and types are those of ovn-nb(5); where a column comes from is
 * Weft's (schemas/nb). */
#include <config.h>

#include "cli/view_nb.h"

#include <stdlib.h>

#include "cli/row.h"
#include "util.h"

static const char *const band_actions[] = { "drop", NULL };
static const char *const meter_units[] = { "kbps", "pktps", NULL };
static const char *const protocols[] = { "sctp", "tcp", "udp", NULL };
static const char *const selection_fields[] = {
    "eth_dst", "eth_src", "ip_dst", "ip_src", "tp_dst", "tp_src", NULL,
};

static const struct view_column chassis_template_var_columns[] = {
    COLUMN("chassis", STRING, VIEW_ID),
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("variables", STRING_MAP, VIEW_PLAIN),
};
const struct view_table view_chassis_template_var = {
    .name = "Chassis_Template_Var",
    .table = &table_chassis_template_var,
    .columns = chassis_template_var_columns,
    .n_columns = ARRAY_SIZE(chassis_template_var_columns),
    .is_root = true,
    .names = { "chassis" },
};

static const struct view_column connection_columns[] = {
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("inactivity_probe", OPTIONAL_ANY_INTEGER, VIEW_PLAIN),
    COLUMN("is_connected", BOOLEAN, VIEW_STATUS),
    COLUMN("max_backoff", OPTIONAL_INTEGER(1000, INT64_MAX), VIEW_PLAIN),
    COLUMN("other_config", STRING_MAP, VIEW_PLAIN),
    COLUMN("status", STRING_MAP, VIEW_STATUS),
    COLUMN("target", STRING, VIEW_ID),
};
const struct view_table view_connection = {
    .name = "Connection",
    .table = &table_connection,
    .columns = connection_columns,
    .n_columns = ARRAY_SIZE(connection_columns),
    .names = { "target" },
};

static const struct view_column copp_columns[] = {
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("meters", STRING_MAP, VIEW_PLAIN),
    COLUMN("name", STRING, VIEW_ID),
};
const struct view_table view_copp = {
    .name = "Copp",
    .table = &table_copp,
    .columns = copp_columns,
    .n_columns = ARRAY_SIZE(copp_columns),
    .is_root = true,
};

static const struct view_column load_balancer_columns[] = {
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("health_check", ROWS("Load_Balancer_Health_Check", 0),
           VIEW_CHILDREN, .other = &table_load_balancer_health_check),
    COLUMN("ip_port_mappings", STRING_MAP, VIEW_PLAIN),
    COLUMN("name", STRING, VIEW_NAME),
    COLUMN("options", STRING_MAP, VIEW_PLAIN),
    COLUMN("protocol", OPTIONAL_ENUM(protocols), VIEW_PLAIN),
    COLUMN("selection_fields", ENUM_SET(selection_fields), VIEW_PLAIN),
    COLUMN("vips", STRING_MAP, VIEW_PLAIN),
};
const struct view_table view_load_balancer = {
    .name = "Load_Balancer",
    .table = &table_load_balancer,
    .columns = load_balancer_columns,
    .n_columns = ARRAY_SIZE(load_balancer_columns),
    .is_root = true,
    .names = { "name" },
};

static const struct view_column load_balancer_group_columns[] = {
    COLUMN("load_balancer", ROWS("Load_Balancer", 0),
           VIEW_REF, .other = &table_load_balancer),
    COLUMN("name", STRING, VIEW_ID),
};
const struct view_table view_load_balancer_group = {
    .name = "Load_Balancer_Group",
    .table = &table_load_balancer_group,
    .columns = load_balancer_group_columns,
    .n_columns = ARRAY_SIZE(load_balancer_group_columns),
    .is_root = true,
    .names = { "name" },
};

static const struct view_column load_balancer_health_check_columns[] = {
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("options", STRING_MAP, VIEW_PLAIN),
    COLUMN("vip", STRING, VIEW_PLAIN),
};
const struct view_table view_load_balancer_health_check = {
    .name = "Load_Balancer_Health_Check",
    .table = &table_load_balancer_health_check,
    .columns = load_balancer_health_check_columns,
    .n_columns = ARRAY_SIZE(load_balancer_health_check_columns),
    .names = { "vip" },
};

static const struct view_column meter_columns[] = {
    COLUMN("bands", ROWS("Meter_Band", 1),
           VIEW_CHILDREN, .other = &table_meter_band),
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("fair", OPTIONAL_BOOLEAN, VIEW_PLAIN),
    COLUMN("name", STRING, VIEW_ID),
    COLUMN("unit", ENUM(meter_units), VIEW_PLAIN),
};
const struct view_table view_meter = {
    .name = "Meter",
    .table = &table_meter,
    .columns = meter_columns,
    .n_columns = ARRAY_SIZE(meter_columns),
    .is_root = true,
    .names = { "name" },
};

static const struct view_column meter_band_columns[] = {
    COLUMN("action", ENUM(band_actions), VIEW_PLAIN),
    COLUMN("burst_size", INTEGER(0, 4294967295), VIEW_PLAIN),
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("rate", INTEGER(1, 4294967295), VIEW_PLAIN),
};
const struct view_table view_meter_band = {
    .name = "Meter_Band",
    .table = &table_meter_band,
    .columns = meter_band_columns,
    .n_columns = ARRAY_SIZE(meter_band_columns),
};

/* ---- How far everything has come: revisions, where OVN counts ----------- */

static const struct table sync_tokens = {
    .area = "nb/sync", .name = "sync", .is_fixed = true,
};
static const struct table status_area = {
    .area = "status", .name = "status", .is_fixed = true,
};

/* The revision of the last sync token. */
static int64_t
asked_for(struct model *model)
{
    struct row **tokens;
    size_t n = model_rows(model, &sync_tokens, &tokens);
    int64_t last = 0;

    for (size_t i = 0; i < n; i++) {
        last = MAX(last, tokens[i]->mod_revision);
    }
    free(tokens);
    return last;
}

static void
get_nb_cfg(struct row *row, struct datum *datum)
{
    datum_add_integer(datum, asked_for(row->model));
}

/* What status/sync says in 'field', no more than was asked for. */
static void
get_reached(struct row *row, const char *field, struct datum *datum)
{
    const struct row *status = model_peek(row->model, &status_area, "sync");
    int64_t reached = status ? row_integer(status, field, 0) : 0;

    datum_add_integer(datum, MIN(reached, asked_for(row->model)));
}

static void
get_sb_cfg(struct row *row, struct datum *datum)
{
    get_reached(row, "sb_revision", datum);
}

static void
get_hv_cfg(struct row *row, struct datum *datum)
{
    get_reached(row, "hv_revision", datum);
}

static const struct view_column nb_global_columns[] = {
    COLUMN("connections", ROWS("Connection", 0),
           VIEW_REF, .other = &table_connection),
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("hv_cfg", ANY_INTEGER, VIEW_COMPUTED, .compute = get_hv_cfg),
    COLUMN("hv_cfg_timestamp", ANY_INTEGER, VIEW_STATUS),
    COLUMN("ipsec", BOOLEAN, VIEW_PLAIN),
    COLUMN("name", STRING, VIEW_PLAIN),
    COLUMN("nb_cfg", ANY_INTEGER, VIEW_COMPUTED, .compute = get_nb_cfg),
    COLUMN("nb_cfg_timestamp", ANY_INTEGER, VIEW_STATUS),
    COLUMN("options", STRING_MAP, VIEW_PLAIN),
    COLUMN("sb_cfg", ANY_INTEGER, VIEW_COMPUTED, .compute = get_sb_cfg),
    COLUMN("sb_cfg_timestamp", ANY_INTEGER, VIEW_STATUS),
    COLUMN("ssl", OPTIONAL_ROW("SSL"), VIEW_REF, .other = &table_ssl),
};
const struct view_table view_nb_global = {
    .name = "NB_Global",
    .table = &table_nb_global,
    .columns = nb_global_columns,
    .n_columns = ARRAY_SIZE(nb_global_columns),
    .is_root = true,
    .is_singleton = true,
    .names = { "global" },
};

static const struct view_column ssl_columns[] = {
    COLUMN("bootstrap_ca_cert", BOOLEAN, VIEW_PLAIN),
    COLUMN("ca_cert", STRING, VIEW_PLAIN),
    COLUMN("certificate", STRING, VIEW_PLAIN),
    COLUMN("external_ids", STRING_MAP, VIEW_PLAIN),
    COLUMN("private_key", STRING, VIEW_PLAIN),
    COLUMN("ssl_ciphers", STRING, VIEW_PLAIN),
    COLUMN("ssl_protocols", STRING, VIEW_PLAIN),
};
const struct view_table view_ssl = {
    .name = "SSL",
    .table = &table_ssl,
    .columns = ssl_columns,
    .n_columns = ARRAY_SIZE(ssl_columns),
    .is_singleton = true,
    .names = { "ssl" },
};
