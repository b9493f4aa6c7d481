/* Reading the southbound for a trace: see trace_db.h. */
#include <config.h>

#include "cli/trace_db.h"

#include <stdlib.h>
#include <string.h>

#include "cli/fetch.h"
#include "store/keys.h"
#include "store/store.h"
#include "util.h"

void
trace_db_init(struct trace_db *db, struct store *store, const char *prefix,
              int64_t revision, bool friendly_names)
{
    memset(db, 0, sizeof *db);
    db->store = store;
    db->prefix = prefix;
    db->revision = revision;
    db->friendly_names = friendly_names;
    shash_init(&db->dps);
    shash_init(&db->owners);
    shash_init(&db->address_sets);
    shash_init(&db->port_groups);
}

static void
destroy_port(struct trace_port *port)
{
    free(port->friendly);
    free(port);
}

static void
destroy_dp(struct trace_dp *dp)
{
    struct shash_node *node;

    if (!dp) {
        return;
    }
    SHASH_FOR_EACH (node, &dp->ports) {
        destroy_port(node->data);
    }
    shash_destroy(&dp->ports);
    shash_destroy(&dp->fdb);
    shash_destroy_free_data(&dp->mac_bindings);
    trace_mcasts_destroy(dp);
    for (size_t i = 0; i < N_STAGES; i++) {
        for (size_t j = 0; j < dp->stages[i].n; j++) {
            free(dp->stages[i].flows[j]);
        }
        free(dp->stages[i].flows);
    }
    for (size_t i = 0; i < dp->n_rows; i++) {
        schema_row_destroy(dp->rows[i]);
    }
    free(dp->rows);
    if (dp->row) {
        schema_row_destroy(&dp->row->row);
    }
    free(dp->friendly);
    free(dp->id);
    free(dp);
}

void
trace_db_destroy(struct trace_db *db)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &db->dps) {
        destroy_dp(node->data);
    }
    shash_destroy(&db->dps);
    shash_destroy_free_data(&db->owners);
    SHASH_FOR_EACH (node, &db->address_sets) {
        constant_set_destroy(node->data);
    }
    shash_destroy(&db->address_sets);
    SHASH_FOR_EACH (node, &db->port_groups) {
        if (node->data) {
            schema_strings_clear(node->data);
            free(node->data);
        }
    }
    shash_destroy(&db->port_groups);
    for (int i = 0; i < 2; i++) {
        for (size_t j = 0; j < db->n_common[i]; j++) {
            schema_row_destroy(db->common[i][j]);
        }
        free(db->common[i]);
    }
    lflow_arena_destroy(&db->arena);
    err_clear(&db->err);
}

int
trace_db_error(const struct trace_db *db)
{
    return db->error;
}

int
trace_db_read_prefix(struct trace_db *db, const char *prefix,
                     trace_read_cb *cb, void *aux)
{
    int error;

    if (db->error) {
        return db->error;
    }
    error = fetch_prefix(db->store, prefix, false, &db->revision, cb, aux,
                         &db->err);
    if (error) {
        db->error = error;
    }
    return error;
}

struct schema_row *
trace_db_parse(struct trace_db *db, const struct schema_table *table,
               const char *id, const struct store_kv *kv)
{
    struct schema_row *row = NULL;
    struct err err = ERR_INIT;

    if (schema_row_parse(table, id, kv->value.data, kv->value.size, &row,
                         &err)) {
        char *text = err_to_string(&err);
        char *message = xasprintf("%s: %s", kv->key.data, text);

        if (db->warn) {
            db->warn(message);
        }
        free(message);
        free(text);
        err_clear(&err);
        return NULL;
    }
    return row;
}

/* ---- A datapath ------------------------------------------------------- */

static void
keep_row(struct trace_dp *dp, struct schema_row *row)
{
    if (dp->n_rows >= dp->allocated_rows) {
        dp->rows = x2nrealloc(dp->rows, &dp->allocated_rows,
                              sizeof *dp->rows);
    }
    dp->rows[dp->n_rows++] = row;
}

static const char *
dp_display_id(const struct trace_dp *dp)
{
    return strchr(dp->id, ':') + 1;
}

static void
add_flow(struct trace_dp *dp, const struct sb_flow *row, const char *source)
{
    const struct stage *stage = stage_by_name(row->stage);
    struct trace_stage *list;
    struct trace_flow *flow;

    if (!stage || pipeline_is_router(stage->pipeline) == dp->is_switch) {
        return;
    }
    list = &dp->stages[stage->id];
    if (list->n >= list->allocated) {
        list->flows = x2nrealloc(list->flows, &list->allocated,
                                 sizeof *list->flows);
    }
    flow = xzalloc(sizeof *flow);
    flow->stage = stage;
    flow->priority = row->priority;
    flow->match = row->match;
    flow->actions = row->actions;
    flow->source = source;
    flow->order = list->n;
    list->flows[list->n++] = flow;
    list->is_sorted = false;
}

static void
add_bundle(struct trace_dp *dp, const struct schema_row *row_)
{
    const struct sb_flow_bundle *row = sb_flow_bundle_cast(row_);

    for (size_t i = 0; row && i < row->n_flows; i++) {
        add_flow(dp, &row->flows[i], row_->id);
    }
}

static void
add_port(struct trace_dp *dp, const struct sb_port *row)
{
    struct trace_port *port = xzalloc(sizeof *port);

    port->name = row->row.id;
    port->key = row->tunnel_key;
    port->type = sb_port_type_names[row->type];
    port->row = row;
    port->dp = dp;
    port->friendly = trace_friendly_port(row);
    if (!shash_add_once(&dp->ports, port->name, port)) {
        destroy_port(port);
    }
}

/* A key below the datapath, in its components. */
static void
take_below(struct trace_dp *dp, char **c, int n, const struct store_kv *kv)
{
    struct trace_db *db = dp->db;
    struct schema_row *row = NULL;

    if (!strcmp(c[0], "port") && n == 2) {
        row = trace_db_parse(db, &sb_port_table, c[1], kv);
        if (row) {
            add_port(dp, sb_port_cast(row));
        }
    } else if (!strcmp(c[0], "flow") && n >= 2) {
        row = trace_db_parse(db, &sb_flow_bundle_table, c[1], kv);
        if (row) {
            add_bundle(dp, row);
        }
    } else if (!strcmp(c[0], "fdb") && n == 2) {
        row = trace_db_parse(db, &sb_fdb_table, c[1], kv);
        if (row) {
            shash_add_once(&dp->fdb, c[1],
                           (void *) (uintptr_t) sb_fdb_cast(row)->port_key);
        }
    } else if (!strcmp(c[0], "multicast_group") && n == 2) {
        row = trace_db_parse(db, &sb_multicast_group_table, c[1], kv);
        if (row) {
            trace_mcast_set_key(dp, c[1],
                                sb_multicast_group_cast(row)->tunnel_key);
        }
    } else if (!strcmp(c[0], "multicast_port") && n == 3) {
        trace_mcast_add(dp, c[1], c[2]);
    } else if (!strcmp(c[0], "mac_binding") && n == 3) {
        row = trace_db_parse(db, &sb_mac_binding_table, c[2], kv);
        if (row) {
            char *name = xasprintf("%s %s", c[1], c[2]);

            shash_add_nocopy(&dp->mac_bindings, name,
                             xstrdup(sb_mac_binding_cast(row)->mac));
        }
    }
    if (row) {
        keep_row(dp, row);
    }
}

static void
on_dp_key(const struct store_kv *kv, void *dp_)
{
    struct trace_dp *dp = dp_;
    char *c[6];
    int n = keys_parse(kv->key.data, kv->key.size, dp->db->prefix, "sb/dp",
                       c, ARRAY_SIZE(c));

    if (n == 1) {
        struct schema_row *row = trace_db_parse(dp->db, &sb_datapath_table,
                                                c[0], kv);

        if (row && !dp->row) {
            dp->row = (struct sb_datapath *) row;
        } else {
            schema_row_destroy(row);
        }
    } else if (n > 2) {
        take_below(dp, c + 1, n - 1, kv);
    }
    while (n > 0) {
        free(c[--n]);
    }
}

static void
on_common_key(const struct store_kv *kv, void *dp_)
{
    struct trace_dp *dp = dp_;
    struct trace_db *db = dp->db;
    struct schema_row *row = trace_db_parse(db, &sb_flow_bundle_table,
                                            "common", kv);
    int i = dp->is_switch;

    if (row) {
        db->common[i] = xrealloc(db->common[i], (db->n_common[i] + 1)
                                 * sizeof *db->common[i]);
        db->common[i][db->n_common[i]++] = row;
    }
}

static void
add_common(struct trace_dp *dp)
{
    struct trace_db *db = dp->db;
    int i = dp->is_switch;

    if (!db->has_common[i]) {
        char *key = keys_build(db->prefix, "sb/common",
                               i ? "switch" : "router", NULL);

        db->has_common[i] = true;
        trace_db_read_prefix(db, key, on_common_key, dp);
        free(key);
    }
    for (size_t j = 0; j < db->n_common[i]; j++) {
        add_bundle(dp, db->common[i][j]);
    }
}

/* The row by itself first: "sb/dp/switch:n1" is a prefix of more than what
 * lies below it. */
static void
read_dp(struct trace_dp *dp)
{
    struct trace_db *db = dp->db;
    char *key = keys_build(db->prefix, "sb/dp", dp->id, NULL);
    char *below = xasprintf("%s/", key);

    if (!db->error) {
        db->error = fetch_keys(db->store, &key, 1, &db->revision, true,
                               on_dp_key, dp, &db->err);
    }
    if (dp->row) {
        trace_db_read_prefix(db, below, on_dp_key, dp);
        add_common(dp);
        dp->friendly = trace_friendly_dp(dp->row);
    }
    free(below);
    free(key);
}

struct trace_dp *
trace_db_dp(struct trace_db *db, const char *id)
{
    struct shash_node *node = shash_find(&db->dps, id);
    struct trace_dp *dp;

    if (node) {
        return node->data;
    }
    dp = xzalloc(sizeof *dp);
    dp->db = db;
    dp->id = xstrdup(id);
    dp->is_switch = !strncmp(id, "switch:", strlen("switch:"));
    shash_init(&dp->ports);
    shash_init(&dp->fdb);
    shash_init(&dp->mac_bindings);
    shash_init(&dp->mcasts);
    trace_scope_init(dp);
    read_dp(dp);
    if (!dp->row) {
        destroy_dp(dp);
        dp = NULL;
    }
    shash_add(&db->dps, id, dp);
    return dp;
}

static int
compare_flows(const void *a_, const void *b_)
{
    const struct trace_flow *a = *(struct trace_flow *const *) a_;
    const struct trace_flow *b = *(struct trace_flow *const *) b_;

    return (a->priority != b->priority ? (a->priority < b->priority ? 1 : -1)
            : a->order < b->order ? -1 : a->order > b->order);
}

const struct trace_stage *
trace_dp_stage(struct trace_dp *dp, const struct stage *stage)
{
    struct trace_stage *list = &dp->stages[stage->id];

    if (!list->is_sorted && list->n) {
        qsort(list->flows, list->n, sizeof *list->flows, compare_flows);
    }
    list->is_sorted = true;
    return list;
}

const char *
trace_dp_mac_binding(const struct trace_dp *dp, const char *lport,
                     const char *ip)
{
    char *name = xasprintf("%s %s", lport, ip);
    const char *mac = shash_find_data(&dp->mac_bindings, name);

    free(name);
    return mac;
}

uint32_t
trace_dp_fdb(const struct trace_dp *dp, const char *mac)
{
    return (uintptr_t) shash_find_data(&dp->fdb, mac);
}

/* ---- Names ------------------------------------------------------------ */

struct trace_port *
trace_dp_port(const struct trace_dp *dp, const char *name)
{
    return shash_find_data(&dp->ports, name);
}

struct trace_port *
trace_dp_port_by_key(const struct trace_dp *dp, uint32_t key)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &dp->ports) {
        struct trace_port *port = node->data;

        if (port->key == key) {
            return port;
        }
    }
    return NULL;
}

struct trace_port *
trace_dp_friendly_port(const struct trace_dp *dp, const char *name)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &dp->ports) {
        struct trace_port *port = node->data;

        if (port->friendly && !strcmp(port->friendly, name)) {
            return port;
        }
    }
    return NULL;
}

const char *
trace_dp_name(const struct trace_dp *dp)
{
    if (!dp->db->friendly_names && dp->row->uuid[0]) {
        return dp->row->uuid;
    }
    return (dp->friendly && dp->db->friendly_names ? dp->friendly
            : dp->row->name[0] ? dp->row->name : dp_display_id(dp));
}

const char *
trace_port_name(const struct trace_port *port)
{
    return (port->friendly && port->dp->db->friendly_names
            ? port->friendly : port->name);
}
