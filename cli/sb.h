/* The southbound: tables made from its keys, and commands on them. */
#ifndef WEFT_CLI_SB_H
#define WEFT_CLI_SB_H 1

#include "cli/command.h"
#include "cli/model.h"
#include "cli/view.h"

struct trace_ovs;

/* ---- Rows (sb_load.c, sb_chassis.c, sb_datapaths.c, sb_dhcp.c,
 * sb_flows.c) ----------------------------------------------------------- */

extern const struct table
    sb_table_address_set,
    sb_table_chassis,
    sb_table_chassis_private,
    sb_table_datapath,
    sb_table_dhcp_options,
    sb_table_dhcpv6_options,
    sb_table_dns,
    sb_table_encap,
    sb_table_fdb,
    sb_table_global,
    sb_table_ha_chassis,
    sb_table_ha_chassis_group,
    sb_table_igmp_group,
    sb_table_ip_multicast,
    sb_table_load_balancer,
    sb_table_logical_flow,
    sb_table_mac_binding,
    sb_table_meter,
    sb_table_meter_band,
    sb_table_mirror,
    sb_table_multicast_group,
    sb_table_none,
    sb_table_port_binding,
    sb_table_port_group;

/* Keys as they are: an agent's own row, its claims, a datapath's row. */
extern const struct table sb_table_own_chassis, sb_table_claim,
    sb_table_datapath_key;

/* The datapath "switch:ID" or "router:ID" that people call 'name': its own
 * name, its id, its UUID. NULL if there is none; an error if there are
 * several. */
struct row *sb_find_datapath(struct context *, const char *name);

/* Calls 'cb' for every key below "sb/dp/DATAPATH/AREA/" of every datapath. */
void sb_scan_datapaths(struct model *model, const char *area,
                       model_scan_cb *cb, void *aux);

/* Sorts rows by a text column, then by id. */
void sb_sort_by(struct row **rows, size_t n, const char *column);
/* After those that, from 'rows[i]' on, have its value in 'column'. */
size_t sb_end_of_same(struct row *const *rows, size_t i, size_t n,
                      const char *column);

/* Of Chassis. */
void sb_get_other_config(struct row *row, struct datum *datum);

/* The HA chassis group of 'lport', whose key has 'value', into its 'row'. */
void sb_put_gateways(struct model *model, json_t *row, const char *lport,
                     const json_t *value);

/* Adds the logical flows of one datapath to the model: its own, and those
 * that all of its kind have. */
void sb_load_flows(struct model *model, const struct row *datapath);

/* Appends the rows that flows come from without a logical flow: of 'datapath',
 * or of all if that is NULL (lflow-list --vflows). 'ovs' as below. */
void sb_print_vflows(struct context *ctx, const struct row *datapath,
                     const struct trace_ovs *ovs);

/* Appends what 'row' became in a switch, in the switch's order; 'ovs' has its
 * flows (cli/trace_ovs.h) and may be NULL. */
void sb_print_openflow(struct context *ctx, const struct trace_ovs *ovs,
                       const struct row *row);

/* The number of a flow's stage within its pipeline. */
struct stage;
const struct stage *sb_flow_stage(const struct row *flow);

/* ---- Commands ---------------------------------------------------------- */

extern const struct command_group sb_general_commands;
extern const struct command_group sb_chassis_commands;
extern const struct command_group sb_flow_commands;

#endif
