/* The northbound tables: Weft's rows and OVN's views of them; and short names
 * for the types of columns. */
#ifndef WEFT_CLI_VIEW_NB_H
#define WEFT_CLI_VIEW_NB_H 1

#include <stdint.h>

#include "cli/view.h"

/* ---- Types of columns --------------------------------------------------- */

#define SCALAR(...) { .key = { __VA_ARGS__ }, .n_min = 1, .n_max = 1 }
#define OPTIONAL(...) { .key = { __VA_ARGS__ }, .n_max = 1 }
#define SET(MIN, ...) \
    { .key = { __VA_ARGS__ }, .n_min = MIN, .n_max = DATUM_UNLIMITED }

#define STRING SCALAR(.type = ATOM_STRING)
#define OPTIONAL_STRING OPTIONAL(.type = ATOM_STRING)
#define OPTIONAL_SHORT_STRING(MAX) \
    OPTIONAL(.type = ATOM_STRING, .max_length = MAX)
#define STRING_SET(MIN) SET(MIN, .type = ATOM_STRING)
#define STRING_MAP                                                      \
    { .key = { .type = ATOM_STRING }, .value = { .type = ATOM_STRING }, \
      .n_max = DATUM_UNLIMITED }
#define ENUM(VALUES) SCALAR(.type = ATOM_STRING, .values = VALUES)
#define OPTIONAL_ENUM(VALUES) OPTIONAL(.type = ATOM_STRING, .values = VALUES)
#define ENUM_SET(VALUES) SET(0, .type = ATOM_STRING, .values = VALUES)
#define BOOLEAN SCALAR(.type = ATOM_BOOLEAN)
#define OPTIONAL_BOOLEAN OPTIONAL(.type = ATOM_BOOLEAN)
#define INTEGER(MIN, MAX) SCALAR(.type = ATOM_INTEGER, .min = MIN, .max = MAX)
#define ANY_INTEGER SCALAR(.type = ATOM_INTEGER)
#define OPTIONAL_INTEGER(MIN, MAX) \
    OPTIONAL(.type = ATOM_INTEGER, .min = MIN, .max = MAX)
#define OPTIONAL_ANY_INTEGER OPTIONAL(.type = ATOM_INTEGER)
#define INTEGER_MAP(KEYS, MIN, MAX)                                     \
    { .key = { .type = ATOM_STRING, .values = KEYS },                   \
      .value = { .type = ATOM_INTEGER, .min = MIN, .max = MAX },        \
      .n_max = DATUM_UNLIMITED }
#define ROWS(TABLE, MIN) SET(MIN, .type = ATOM_UUID, .table = TABLE)
#define OPTIONAL_ROW(TABLE) OPTIONAL(.type = ATOM_UUID, .table = TABLE)

/* A row of a view's columns; more members may follow. */
#define COLUMN(NAME, TYPE, KIND, ...) \
    { .name = NAME, .type = TYPE, .kind = KIND, __VA_ARGS__ }

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
