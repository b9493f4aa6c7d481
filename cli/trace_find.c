/* Which datapath is meant: by name, by UUID, by port.
 *
 * What the southbound has by datapath the northbound has by port: a port's
 * row names its switch or router.  Names that aren't ids, and UUIDs, are
 * looked for among the rows of switches and routers, which are few. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "cli/fetch.h"
#include "cli/trace_db.h"
#include "uuid.h"
#include "schemas/nb.h"
#include "smap.h"
#include "store/keys.h"
#include "store/store.h"
#include "util.h"

/* ---- By port ---------------------------------------------------------- */

struct owner_search {
    struct trace_db *db;
    const char *name;
    char *id;                   /* Found; owned. */
};

static void
on_port_row(const struct store_kv *kv, void *search_)
{
    struct owner_search *search = search_;
    bool is_router = strstr(kv->key.data, "/nb/logical_router_port/") != NULL;
    struct schema_row *row = trace_db_parse(
        search->db, is_router ? &nb_logical_router_port_table
        : &nb_logical_switch_port_table, search->name, kv);
    const struct nb_logical_router_port *lrp
        = nb_logical_router_port_cast(row);
    const struct nb_logical_switch_port *lsp
        = nb_logical_switch_port_cast(row);

    if (!search->id && lsp) {
        search->id = xasprintf("switch:%s", lsp->switch_);
    } else if (!search->id && lrp) {
        search->id = xasprintf("router:%s", lrp->router);
    }
    schema_row_destroy(row);
}

/* The datapath of 'name', "" if there is no such port. */
static const char *
find_owner(struct trace_db *db, const char *name)
{
    struct owner_search search = { .db = db, .name = name };
    struct shash_node *node = shash_find(&db->owners, name);
    char *keys[2];

    if (node) {
        return node->data;
    }
    keys[0] = keys_build(db->prefix, "nb/logical_switch_port", name, NULL);
    keys[1] = keys_build(db->prefix, "nb/logical_router_port", name, NULL);
    if (!db->error) {
        db->error = fetch_keys(db->store, keys, 2, &db->revision, true,
                               on_port_row, &search, &db->err);
    }
    free(keys[0]);
    free(keys[1]);
    shash_add(&db->owners, name, search.id ? search.id : xstrdup(""));
    return shash_find_data(&db->owners, name);
}

struct trace_dp *
trace_db_dp_of_port(struct trace_db *db, const char *name)
{
    const char *id;
    struct shash_node *node;

    SHASH_FOR_EACH (node, &db->dps) {
        if (node->data && trace_dp_port(node->data, name)) {
            return node->data;
        }
    }
    id = find_owner(db, name);
    if (!*id && !strncmp(name, "cr-", 3)) {
        id = find_owner(db, name + 3);
    }
    return *id ? trace_db_dp(db, id) : NULL;
}

bool
trace_db_has_port(struct trace_db *db, const char *name)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &db->dps) {
        if (node->data && trace_dp_port(node->data, name)) {
            return true;
        }
    }
    return (*find_owner(db, name)
            || (!strncmp(name, "cr-", 3) && *find_owner(db, name + 3)));
}

struct trace_port *
trace_port_peer(const struct trace_port *port)
{
    const char *peer = port->row->peer[0] ? port->row->peer
                       : smap_get(&port->row->options, "peer");
    struct trace_dp *dp = peer ? trace_db_dp_of_port(port->dp->db, peer)
                               : NULL;

    return dp ? trace_dp_port(dp, peer) : NULL;
}

/* ---- By name ---------------------------------------------------------- */

struct dp_search {
    struct trace_db *db;
    const struct schema_table *table;
    const char *name;
    bool by_uuid;
    char *id;                   /* Of the first found; owned. */
    size_t n;
};

static const char *
row_name(const struct schema_row *row)
{
    const struct nb_logical_switch *ls = nb_logical_switch_cast(row);
    const struct nb_logical_router *lr = nb_logical_router_cast(row);

    return ls ? ls->name : lr ? lr->name : "";
}

/* What a cloud's users call the network or router, or NULL. */
static const char *
row_friendly_name(const struct schema_row *row)
{
    const struct nb_logical_switch *ls = nb_logical_switch_cast(row);
    const struct nb_logical_router *lr = nb_logical_router_cast(row);

    return (ls ? smap_get(&ls->external_ids, "neutron:network_name")
            : lr ? smap_get(&lr->external_ids, "neutron:router_name") : NULL);
}

static bool
row_is_meant(const struct dp_search *search, const struct schema_row *row)
{
    struct uuid uuid = schema_row_uuid(row);
    const char *friendly;

    if (search->by_uuid) {
        return uuid_is_partial_match(&uuid, search->name) > 0;
    }
    friendly = row_friendly_name(row);
    return (!strcmp(row_name(row), search->name)
            || (friendly && !strcmp(friendly, search->name)));
}

static void
on_dp_nb_row(const struct store_kv *kv, void *search_)
{
    struct dp_search *search = search_;
    const char *area = (search->table == &nb_logical_switch_table
                        ? "nb/logical_switch" : "nb/logical_router");
    struct schema_row *row;
    char *id;

    if (keys_parse(kv->key.data, kv->key.size, search->db->prefix, area, &id,
                   1) != 1) {
        return;
    }
    row = trace_db_parse(search->db, search->table, id, kv);
    if (row && row_is_meant(search, row)) {
        if (!search->n++) {
            search->id = xasprintf("%s:%s", strchr(area, '_') + 1, id);
        }
    }
    schema_row_destroy(row);
    free(id);
}

static void
search_dps(struct dp_search *search)
{
    static const struct schema_table *const tables[] = {
        &nb_logical_switch_table, &nb_logical_router_table
    };

    for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
        char *key = keys_build(search->db->prefix,
                               i ? "nb/logical_router" : "nb/logical_switch",
                               NULL);
        char *below = xasprintf("%s/", key);

        search->table = tables[i];
        trace_db_read_prefix(search->db, below, on_dp_nb_row, search);
        free(below);
        free(key);
    }
}

struct trace_dp *
trace_db_find_dp(struct trace_db *db, const char *name, size_t *n)
{
    static const char *const kinds[] = { "switch", "router" };
    struct dp_search search = { .db = db, .name = name };
    struct trace_dp *dp = NULL;

    /* Most often the id is the name. */
    for (size_t i = 0; i < ARRAY_SIZE(kinds) && !dp; i++) {
        char *id = xasprintf("%s:%s", kinds[i], name);

        dp = trace_db_dp(db, id);
        free(id);
    }
    *n = dp != NULL;
    if (!dp) {
        search_dps(&search);
        if (!search.n && uuid_is_partial_string(name) >= 4) {
            search.by_uuid = true;
            search_dps(&search);
        }
        *n = search.n;
        dp = search.n == 1 ? trace_db_dp(db, search.id) : NULL;
        free(search.id);
    }
    return dp;
}
