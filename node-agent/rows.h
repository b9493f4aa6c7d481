/* JSON of the rows that the agent writes (schemas/sb: chassis, claim, ...),
 * and their keys below P/chassis/<me>/. */
#ifndef WEFT_NODE_AGENT_ROWS_H
#define WEFT_NODE_AGENT_ROWS_H 1

#include <stdbool.h>
#include <stdint.h>

struct node_config;
struct ofports;

/* "area/c1/c2/...", each ci encoded; the list ends with NULL. The caller
 * frees it, as it does the values below. */
char *rows_key(const char *area, ...) __attribute__((sentinel));

/* 'datapath_type' of the bridge; 'iface_types' that the switch has, separated
 * by commas. */
char *rows_chassis(const struct node_config *, const char *datapath_type,
                   const char *iface_types);
/* What BFD says of the tunnels; NULL: all is well.  'switch_lost': nothing
 * is known of them. */
char *rows_tunnels(const struct ofports *, bool switch_lost);
char *rows_claim(const char *iface, uint32_t ofport, bool installed,
                 const char *version);
/* The state of a BFD session, by name. */
char *rows_bfd_state(const char *state);
/* What the checks of a service found: "online", "offline". */
char *rows_service_state(const char *status);
/* "{"port":"ap"}": a learned MAC. */
char *rows_fdb(const char *lport, long long int timestamp_ms);
char *rows_mac_binding(const char *mac, long long int timestamp_ms);
struct sb_igmp_group;
char *rows_igmp_group(struct sb_igmp_group *);      /* Takes it. */

#endif
