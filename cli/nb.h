/* What the northbound commands share. */
#ifndef WEFT_CLI_NB_H
#define WEFT_CLI_NB_H 1

#include "cli/command.h"
#include "cli/model.h"
#include "cli/row.h"
#include "cli/view_nb.h"

/* The groups of commands, by subject: one file each. */
extern const struct command_group nb_general_commands;
extern const struct command_group nb_switch_commands;
extern const struct command_group nb_port_commands;
extern const struct command_group nb_acl_commands;
extern const struct command_group nb_qos_commands;
extern const struct command_group nb_meter_commands;
extern const struct command_group nb_mirror_commands;
extern const struct command_group nb_dhcp_commands;
extern const struct command_group nb_fwd_group_commands;
extern const struct command_group nb_router_commands;
extern const struct command_group nb_router_port_commands;
extern const struct command_group nb_route_commands;
extern const struct command_group nb_policy_commands;
extern const struct command_group nb_nat_commands;
extern const struct command_group nb_lb_commands;
extern const struct command_group nb_port_group_commands;
extern const struct command_group nb_ha_commands;
extern const struct command_group nb_copp_commands;
extern const struct command_group nb_mac_binding_commands;
extern const struct command_group nb_connection_commands;

/* lsp-set-addresses (nb_addresses.c). */
void nb_run_lsp_set_addresses(struct context *);

/* The row that a name or UUID names, or NULL; with the error set if there are
 * several, or none and 'must_exist'. */
struct row *nb_switch(struct context *, const char *id, bool must_exist);
struct row *nb_router(struct context *, const char *id, bool must_exist);
struct row *nb_port(struct context *, const char *id, bool must_exist);
struct row *nb_router_port(struct context *, const char *id,
                           bool must_exist);

/* The same for any table: 'what' is what an error calls the row ("switch"),
 * 'plural' what several are called ("logical switches"). */
struct row *nb_find(struct context *, const struct view_table *table,
                    const char *id, bool must_exist, const char *what,
                    const char *plural);

/* Whether ls-add or lr-add is to make a row called 'name' (NULL: unnamed), as
 * its options and the rows there are have it. */
bool nb_may_add(struct context *, const struct view_table *table,
                const char *name, const char *what);

/* A new row of 'table', named 'name' or not (NULL). */
struct row *nb_create(struct context *, const struct view_table *table,
                      const char *name);

/* The row that a column names, or NULL. */
struct row *nb_parent(const struct row *row, const struct table *table,
                      const char *column);

/* Prints "UUID (name)" of every row, by name. */
void nb_print_names(struct context *, struct row **rows, size_t n);

/* "enabled" or "disabled"; else an error that names 'word'. */
bool nb_parse_state(struct context *, const char *word, bool *enabled);

/* Replaces a map by the "key=value" arguments from argv[first] on. */
void nb_set_map(struct context *, struct row *row, const char *column,
                int first);
/* Prints a map, one "key=value" a line, by key. */
void nb_print_map(struct context *, const struct row *row,
                  const char *column);

/* "from-lport" or "to-lport" for a word that begins with 'f' or 't'; else NULL
 * with an error. */
const char *nb_parse_direction(struct context *, const char *word);
/* A priority of an ACL, a rule, a policy; false with an error. */
bool nb_parse_priority(struct context *, const char *word,
                       int64_t *priority);

/* An integer in [min, max]; false otherwise. */
bool nb_parse_integer(const char *text, int64_t min, int64_t max,
                      int64_t *value);

#endif
