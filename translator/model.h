/* What the translator knows, as inputs of its engine: northbound rows, what
 * the chassis report, and indexes over both.
 *
 * model_put() and translator_model_delete() take what etcd holds, key by key,
 * in any order.  Valid rows become inputs; of an invalid one its faults do,
 * so that generators never see it.  The facts of every index follow. */
#ifndef WEFT_TRANSLATOR_MODEL_H
#define WEFT_TRANSLATOR_MODEL_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schemas/nb.h"
#include "schemas/sb.h"
#include "translator/engine.h"

/* ---- Reading ----------------------------------------------------------- */

/* Row 'id' of northbound table 'table', or NULL if there is none, or none
 * that is valid.
 *
 *     const struct nb_logical_switch *ls
 *         = MODEL_ROW(g->reader, logical_switch, lsp->switch_); */
const struct schema_row *model_row(struct engine_reader *,
                                   const struct schema_table *table,
                                   const char *id);
#define MODEL_ROW(READER, TABLE, ID) \
    nb_##TABLE##_cast(model_row(READER, &nb_##TABLE##_table, ID))

/* Before what follows the table in a key that names no row, where the id of a
 * row would stand: its status has the key as it is. */
#define MODEL_KEY_AS_IS '\x1e'

/* The faults of an invalid row, or of a key that names none. */
struct model_faults {
    struct schema_fault *items;
    size_t n;
};

/* What a chassis says of an interface.  Input kind MODEL_CLAIM, key
 * (chassis, lport). */
struct model_claim {
    struct sb_claim *row;
    int64_t create_revision;    /* Who came first. */
};

/* What a chassis learned: kinds MODEL_FDB, key (chassis, "datapath/mac"),
 * MODEL_MAC_BINDING, key (chassis, "datapath/lport/ip"), MODEL_IGMP, key
 * (chassis, "datapath/address"), and MODEL_SERVICE, key (chassis, "lport/id"),
 * the components percent-encoded as in etcd's keys (keys_encode()). */
struct model_learned {
    struct schema_row *row;     /* sb_fdb, sb_mac_binding, sb_igmp_group,
                                 * sb_service_state. */
    int64_t mod_revision;       /* Who saw it last. */
};

/* Inputs besides northbound rows.
 *
 *     INPUT(ID, stratum, "keys and values") */
#define MODEL_INPUTS                                                    \
    INPUT(ONCE, 0, "always there, key \"\": what to hang on what "      \
          "depends on no row")                                          \
    INPUT(FAULTS, 0, "(table, id): struct model_faults of a bad row")   \
    INPUT(CREATED, 0, "(table, id): int64_t, the revision of the put "  \
          "that made a logical switch or router port")                  \
    INPUT(CHASSIS, 0, "(chassis): struct sb_chassis")                   \
    INPUT(ALIVE, 0, "(chassis): struct sb_alive")                       \
    INPUT(TUNNELS, 0, "(chassis): struct sb_tunnels")                   \
    INPUT(BFD, 0, "(chassis, id): struct sb_bfd_state")                 \
    INPUT(CLAIM, 0, "(chassis, lport): struct model_claim")             \
    INPUT(FDB, 0, "(chassis, datapath/mac): struct model_learned")      \
    INPUT(MAC_BINDING, 0,                                               \
          "(chassis, datapath/lport/ip): struct model_learned")         \
    INPUT(IGMP, 0, "(chassis, datapath/address): struct model_learned") \
    INPUT(SERVICE, 0, "(chassis, lport/id): struct model_learned")      \
    INPUT(DYNAMIC_ADDRESSES, 1, "(lsp): its dynamic addresses, text; "  \
          "see ipam.h")                                                 \
    INPUT(TUNNEL_KEY, 3, "(space, name): struct tunnel_key; "           \
          "see tunnel_keys.h")

enum model_input_id {
#define INPUT(ID, STRATUM, DOC) MODEL_##ID,
    MODEL_INPUTS
#undef INPUT
    MODEL_N_INPUTS
};
/* For engine_read(). */
const struct engine_kind *model_input(enum model_input_id id);

/* ---- Indexes ----------------------------------------------------------- */

/* A relation of stratum 0 that follows the rows of a table: key -> members.
 *
 *     INDEX(ID, table, key column, member column)
 *
 * The key is the value of a string column; each element of a set or list;
 * the value of "column.key" of a map.  NULL: the key "" for every row.  The
 * member is the row's id, or the value of a string column if one is named.
 * An empty key or member makes no fact.  Adding an index is adding a row.
 *
 *     engine_members(reader, model_index(MODEL_SWITCH_PORTS), "n1", "") */
#define MODEL_INDEXES                                                   \
    INDEX(SWITCH_PORTS, logical_switch_port, "switch", NULL)            \
    INDEX(ROUTER_PORTS, logical_router_port, "router", NULL)            \
    INDEX(PORT_GATEWAY_CHASSIS, gateway_chassis, "router_port", NULL)   \
    INDEX(PORT_BFD, bfd, "logical_port", NULL)                          \
    INDEX(BFD_ROUTES, logical_router_static_route, "bfd", NULL)         \
    INDEX(METER_BANDS, meter_band, "meter", NULL)                       \
    INDEX(HA_GROUP_CHASSIS, ha_chassis, "ha_chassis_group", NULL)       \
    INDEX(LB_CHECKS, load_balancer_health_check, "load_balancer", NULL) \
    INDEX(LB_SWITCHES, logical_switch, "load_balancer", NULL)           \
    INDEX(LB_ROUTERS, logical_router, "load_balancer", NULL)            \
    INDEX(LB_GROUPS, load_balancer_group, "load_balancer", NULL)        \
    INDEX(LB_GROUP_SWITCHES, logical_switch, "load_balancer_group", NULL) \
    INDEX(LB_GROUP_ROUTERS, logical_router, "load_balancer_group", NULL)

enum model_index_id {
#define INDEX(ID, TABLE, KEY, MEMBER) MODEL_##ID,
    MODEL_INDEXES
#undef INDEX
    MODEL_N_INDEXES
};
const struct engine_kind *model_index(enum model_index_id id);

/* Relations of stratum 0 over what the chassis report.
 *
 *     CHASSIS_INDEX(ID, "key -> members") */
#define MODEL_CHASSIS_INDEXES                                           \
    CHASSIS_INDEX(LPORT_CLAIMS, "(lport) -> chassis that claim it")     \
    CHASSIS_INDEX(FDB_CHASSIS,                                          \
                  "(datapath, mac percent-encoded) -> chassis")         \
    CHASSIS_INDEX(SERVICE_CHASSIS,                                      \
                  "(lport, id percent-encoded) -> chassis")             \
    CHASSIS_INDEX(MAC_BINDING_CHASSIS,                                  \
                  "(datapath, lport/ip percent-encoded) -> chassis")

enum model_chassis_index_id {
#define CHASSIS_INDEX(ID, DOC) MODEL_##ID,
    MODEL_CHASSIS_INDEXES
#undef CHASSIS_INDEX
    MODEL_N_CHASSIS_INDEXES
};
const struct engine_kind *model_chassis_index(enum model_chassis_index_id id);

/* ---- Filling ----------------------------------------------------------- */

struct model;

/* The kinds of the model's inputs and relations, for engine_create().
 * Stores the array in '*kindsp' (static) and returns how many. */
size_t model_kinds(const struct engine_kind *const **kindsp);
/* The input kind of rows of a northbound table. */
const struct engine_kind *model_row_kind(const struct schema_table *table);

/* A model that fills 'engine', which must outlive it.  (The longer names are
 * because cli/, which links this, has a model of its own.) */
struct model *translator_model_create(struct engine *);
void translator_model_destroy(struct model *);

/* Takes the value of 'key', which is what follows WEFT_PREFIX and '/':
 * "nb/acl/7", "chassis/hv1/claim/ap".  Rows that are not valid are recorded
 * as such, as are keys that name none (an unknown table, an id that is not
 * encoded).  Returns false for keys that are not the model's (nb/sync/...). */
bool model_put(struct model *, const char *key, const char *value,
               size_t size, int64_t create_revision, int64_t mod_revision);
bool translator_model_delete(struct model *, const char *key);

/* Northbound rows held, valid ones and others. */
size_t model_n_rows(const struct model *);
size_t model_n_bad_rows(const struct model *);

#endif
