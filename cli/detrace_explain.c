/* What a cookie stands for: a logical flow (lflow/cookie.h) or a port. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "cli/detrace.h"
#include "cli/fetch.h"
#include "lflow/cookie.h"
#include "schemas/nb.h"
#include "store/keys.h"
#include "store/store.h"
#include "util.h"

/* ---- Datapaths by tunnel key ------------------------------------------ */

/* Ids of all switches and routers, from their northbound keys. */
struct id_list {
    struct trace_db *db;
    const char *area;           /* "nb/logical_switch" */
    const char *kind;           /* "switch" */
    char **keys;                /* Of southbound datapath rows. */
    size_t n, allocated;
};

static void
on_nb_key(const struct store_kv *kv, void *list_)
{
    struct id_list *list = list_;
    char *component, *id;

    if (keys_parse(kv->key.data, kv->key.size, list->db->prefix, list->area,
                   &component, 1) != 1) {
        return;
    }
    if (list->n >= list->allocated) {
        list->keys = x2nrealloc(list->keys, &list->allocated,
                                sizeof *list->keys);
    }
    id = xasprintf("%s:%s", list->kind, component);
    list->keys[list->n++] = keys_build(list->db->prefix, "sb/dp", id, NULL);
    free(id);
    free(component);
}

struct key_search {
    struct trace_db *db;
    uint64_t tunnel_key;
    char *id;                   /* Found; owned. */
};

static void
on_dp_row(const struct store_kv *kv, void *search_)
{
    struct key_search *search = search_;
    struct schema_row *row;
    char *id;

    if (search->id
        || keys_parse(kv->key.data, kv->key.size, search->db->prefix,
                      "sb/dp", &id, 1) != 1) {
        return;
    }
    row = trace_db_parse(search->db, &sb_datapath_table, id, kv);
    if (row && sb_datapath_cast(row)->tunnel_key
               == (int64_t) search->tunnel_key) {
        search->id = xstrdup(id);
    }
    schema_row_destroy(row);
    free(id);
}

static void
search_store(struct key_search *search)
{
    static const char *const kinds[] = { "switch", "router" };
    struct trace_db *db = search->db;
    struct id_list list = { .db = db };

    for (size_t i = 0; i < ARRAY_SIZE(kinds) && !db->error; i++) {
        char *area = xasprintf("nb/logical_%s", kinds[i]);
        char *key = keys_build(db->prefix, area, NULL);
        char *below = xasprintf("%s/", key);

        list.area = area;
        list.kind = kinds[i];
        db->error = fetch_prefix(db->store, below, true, &db->revision,
                                 on_nb_key, &list, &db->err);
        free(below);
        free(key);
        free(area);
    }
    if (!db->error && list.n) {
        db->error = fetch_keys(db->store, list.keys, list.n, &db->revision,
                               true, on_dp_row, search, &db->err);
    }
    for (size_t i = 0; i < list.n; i++) {
        free(list.keys[i]);
    }
    free(list.keys);
}

static struct trace_dp *
dp_by_tunnel_key(struct trace_db *db, uint64_t tunnel_key)
{
    struct key_search search = { .db = db, .tunnel_key = tunnel_key };
    struct shash_node *node;
    struct trace_dp *dp = NULL;

    SHASH_FOR_EACH (node, &db->dps) {
        dp = node->data;
        if (dp && dp->row->tunnel_key == (int64_t) tunnel_key) {
            return dp;
        }
    }
    search_store(&search);
    dp = search.id ? trace_db_dp(db, search.id) : NULL;
    free(search.id);
    return dp;
}

/* ---- What a cookie stands for ----------------------------------------- */

static void
put_datapath(const struct trace_dp *dp, struct ds *s)
{
    ds_put_format(s, "\"%s\" (%s)", trace_dp_name(dp), dp->row->uuid);
}

struct hostname_read {
    struct trace_db *db;
    char *hostname;
};

static void
on_chassis(const struct store_kv *kv, void *read_)
{
    struct hostname_read *read = read_;
    struct schema_row *row = trace_db_parse(read->db, &sb_chassis_table,
                                            "chassis", kv);

    if (row) {
        read->hostname = xstrdup(sb_chassis_cast(row)->hostname);
    }
    schema_row_destroy(row);
}

static void
put_chassis(struct trace_db *db, const char *chassis, struct ds *s)
{
    struct hostname_read read = { .db = db };
    char *key = keys_build(db->prefix, "sb/chassis", chassis, NULL);

    if (!db->error) {
        db->error = fetch_keys(db->store, &key, 1, &db->revision, true,
                               on_chassis, &read, &db->err);
    }
    ds_put_format(s, "chassis-name \"%s\", chassis-str \"%s\"", chassis,
                  read.hostname ? read.hostname : "");
    free(read.hostname);
    free(key);
}

static bool
explain_port(struct trace_dp *dp, uint32_t cookie, struct ds *s)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &dp->ports) {
        const struct trace_port *port = node->data;

        if (schema_uuid(&sb_port_table, port->name).parts[0] != cookie) {
            continue;
        }
        ds_put_cstr(s, "  * Logical datapath: ");
        put_datapath(dp, s);
        ds_put_format(s, "\n  * Port Binding: logical_port \"%s\", "
                      "tunnel_key %u, ", port->name, port->key);
        if (port->row->chassis[0]) {
            put_chassis(dp->db, port->row->chassis, s);
        }
        ds_put_char(s, '\n');
        return true;
    }
    return false;
}

static void
put_flow(struct trace_dp *dp, const struct trace_flow *flow, struct ds *s)
{
    ds_put_cstr(s, "  * Logical datapaths:\n  *     ");
    put_datapath(dp, s);
    ds_put_format(s, " [%s]\n", pipeline_is_ingress(flow->stage->pipeline)
                  ? "ingress" : "egress");
    ds_put_format(s, "  * Logical flow: table=%d (%s), priority=%d, "
                  "match=(%s), actions=(%s)\n", flow->stage->number,
                  flow->stage->name, flow->priority, flow->match,
                  flow->actions);
    detrace_put_source(dp, flow, s);
}

static bool
explain_flow(struct trace_dp *dp, uint32_t cookie, struct ds *s)
{
    bool any = false;

    for (size_t i = 0; i < N_STAGES; i++) {
        const struct trace_stage *list = trace_dp_stage(dp, &stages[i]);

        for (size_t j = 0; j < list->n; j++) {
            const struct trace_flow *flow = list->flows[j];

            if (lflow_cookie(flow->stage, flow->match, flow->actions)
                == cookie) {
                put_flow(dp, flow, s);
                any = true;
            }
        }
    }
    return any;
}

static bool
explain_in(struct trace_dp *dp, uint32_t cookie, struct ds *s)
{
    return explain_flow(dp, cookie, s) || explain_port(dp, cookie, s);
}

void
detrace_explain(struct trace_db *db, uint64_t metadata, uint32_t cookie,
                struct ds *s)
{
    struct trace_dp *dp = metadata ? dp_by_tunnel_key(db, metadata) : NULL;
    struct shash_node *node;

    if (dp) {
        if (explain_in(dp, cookie, s)) {
            return;
        }
    }
    SHASH_FOR_EACH (node, &db->dps) {
        if (node->data && node->data != dp
            && explain_in(node->data, cookie, s)) {
            return;
        }
    }
}
