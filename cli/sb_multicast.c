/* IP multicast in OVN's southbound (docs/multicast.md): what is snooped, what
 * was learned, and groups. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "cli/row.h"
#include "cli/sb.h"
#include "openvswitch/shash.h"
#include "store/keys.h"
#include "svec.h"
#include "util.h"

/* ---- Multicast_Group --------------------------------------------------- */

/* Three are not rows in the store: their keys are fixed, and who belongs to
 * them follows from the ports (docs/KEYS.md). */
enum { FLOOD, UNKNOWN, FLOOD_L2, N_GROUPS };
static const struct {
    const char *name;
    int key;
} groups[N_GROUPS] = {
    [FLOOD] = { "_MC_flood", 32768 },
    [UNKNOWN] = { "_MC_unknown", 32769 },
    [FLOOD_L2] = { "_MC_flood_l2", 32772 },
};

/* Two are the same in every datapath, but have rows for members. */
static const struct {
    const char *name;
    int key;
} others[] = { { "_MC_mrouter_flood", 32770 }, { "_MC_static", 32771 } };

static bool
is_member(const struct row *port, int group)
{
    const char *type = row_string(port, "type");

    if (!row_boolean(port, "enabled", true)) {
        return false;
    }
    switch (group) {
    case UNKNOWN:
        return row_has_item(port, "mac", "unknown");
    case FLOOD_L2:
        return strcmp(type, "patch") && strcmp(type, "l3gateway");
    case FLOOD:
    default:
        return true;
    }
}

/* 'ports' are those of the datapath. */
static void
add_group(struct model *model, const char *datapath, int group,
          struct row *const *ports, size_t n_ports)
{
    json_t *members = json_array();

    for (size_t i = 0; i < n_ports; i++) {
        if (is_member(ports[i], group)) {
            json_array_append_new(members, json_string(ports[i]->id));
        }
    }
    if (!json_array_size(members)) {
        json_decref(members);
        return;
    }

    char *id = xasprintf("%s/%s", datapath, groups[group].name);

    model_add(model, &sb_table_multicast_group, id,
              json_pack("{ss ss si so}", "name", groups[group].name,
                        "datapath", datapath, "tunnel_key",
                        groups[group].key, "ports", members));
    free(id);
}

/* Groups whose members are rows; by their ids, "datapath/name". */
struct loading {
    struct model *model;
    struct shash groups;        /* json_t, borrowed once it has a key. */
};

static json_t *
get_group(struct loading *loading, const char *datapath, const char *name)
{
    char *id = xasprintf("%s/%s", datapath, name);
    json_t *row = shash_find_data(&loading->groups, id);

    if (!row) {
        row = json_pack("{ss ss s[]}", "name", name, "datapath", datapath,
                        "ports");
        for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
            if (!strcmp(name, others[i].name)) {
                json_object_set_new(row, "tunnel_key",
                                    json_integer(others[i].key));
            }
        }
        shash_add(&loading->groups, id, row);
    }
    free(id);
    return row;
}

static void
on_group(char *const *path, size_t n, json_t *value, void *loading)
{
    if (n == 5) {
        json_object_set(get_group(loading, path[2], path[4]), "tunnel_key",
                        json_object_get(value, "tunnel_key"));
    }
}

static void
on_port(char *const *path, size_t n, json_t *value OVS_UNUSED,
        void *loading)
{
    if (n == 6) {
        json_array_append_new(
            json_object_get(get_group(loading, path[2], path[4]), "ports"),
            json_string(path[5]));
    }
}

static void
load_rows(struct model *model)
{
    struct loading loading = {
        .model = model, .groups = SHASH_INITIALIZER(&loading.groups),
    };
    struct shash_node *node;

    sb_scan_datapaths(model, "multicast_group", on_group, &loading);
    sb_scan_datapaths(model, "multicast_port", on_port, &loading);
    SHASH_FOR_EACH (node, &loading.groups) {
        json_t *row = node->data;

        if (json_object_get(row, "tunnel_key")) {
            model_add(model, &sb_table_multicast_group, node->name, row);
        } else {
            json_decref(row);   /* The translator is about to give it one. */
        }
    }
    shash_destroy(&loading.groups);
}

static void
load_groups(struct model *model, const struct table *table OVS_UNUSED)
{
    struct row **ports;
    size_t n = model_rows(model, &sb_table_port_binding, &ports);

    sb_sort_by(ports, n, "datapath");
    for (size_t i = 0, end; i < n; i = end) {
        const char *datapath = row_string(ports[i], "datapath");

        end = sb_end_of_same(ports, i, n, "datapath");
        for (int group = 0;
             !strncmp(datapath, "switch:", 7) && group < N_GROUPS; group++) {
            add_group(model, datapath, group, &ports[i], end - i);
        }
    }
    free(ports);
    load_rows(model);
}

/* ---- IP_Multicast, IGMP_Group ------------------------------------------- */

static void
on_settings(char *const *path, size_t n, json_t *value, void *rows)
{
    json_t *row = n == 4 ? shash_find_data(rows, path[2]) : NULL;
    const char *name;
    json_t *column;

    if (row) {
        json_object_set_new(row, "enabled", json_true());
        json_object_set_new(row, "querier", json_false());
        json_object_foreach (value, name, column) {
            json_object_set(row, strcmp(name, "query_max_response")
                                 ? name : "query_max_resp", column);
        }
    }
}

/* One row for each switch, as OVN has it, of those that snoop what the store
 * says. */
static void
load_ip_multicast(struct model *model, const struct table *table)
{
    struct row **datapaths;
    size_t n = model_rows(model, &sb_table_datapath, &datapaths);
    struct shash rows = SHASH_INITIALIZER(&rows);
    struct svec keys = SVEC_EMPTY_INITIALIZER;
    struct shash_node *node;

    for (size_t i = 0; i < n; i++) {
        const char *id = datapaths[i]->id;

        if (!strncmp(id, "switch:", 7)) {
            char *encoded = keys_encode(id);

            shash_add(&rows, id, json_pack(
                "{ss sb ss si ss ss sb si si si si}", "datapath", id,
                "enabled", false, "eth_src", "", "idle_timeout", 300,
                "ip4_src", "", "ip6_src", "", "querier", true,
                "query_interval", 150, "query_max_resp", 1, "seq_no", 0,
                "table_size", 2048));
            svec_add_nocopy(&keys, xasprintf("sb/dp/%s/ip_multicast",
                                             encoded));
            free(encoded);
        }
    }
    model_scan_many(model, &keys, on_settings, &rows);
    SHASH_FOR_EACH (node, &rows) {
        model_add(model, table, node->name, node->data);
    }
    shash_destroy(&rows);
    svec_destroy(&keys);
    free(datapaths);
}

static void
on_learned(char *const *path, size_t n, json_t *value, void *model)
{
    json_t *ports = json_object_get(value, "ports");

    if (n == 5 && model_peek(model, &sb_table_datapath, path[3])) {
        char *id = xasprintf("%s/%s/%s", path[1], path[3], path[4]);

        model_add(model, &sb_table_igmp_group, id,
                  json_pack("{ss ss ss sO?}", "address", path[4], "chassis",
                            path[1], "datapath", path[3], "ports", ports));
        free(id);
    }
}

static void
load_igmp_groups(struct model *model, const struct table *table OVS_UNUSED)
{
    struct row **chassis, **datapaths;
    size_t n = model_rows(model, &sb_table_chassis, &chassis);
    struct svec areas = SVEC_EMPTY_INITIALIZER;

    model_rows(model, &sb_table_datapath, &datapaths);
    for (size_t i = 0; i < n; i++) {
        char *encoded = keys_encode(chassis[i]->id);

        svec_add_nocopy(&areas, xasprintf("chassis/%s/igmp_group/",
                                          encoded));
        free(encoded);
    }
    model_scan_many(model, &areas, on_learned, model);
    svec_destroy(&areas);
    free(datapaths);
    free(chassis);
}

/* ---- Tables ------------------------------------------------------------ */

const struct table sb_table_igmp_group = {
    .area = "view/igmp_group", .name = "igmp_group", .is_fixed = true,
    .db = "sb", .synthesize = load_igmp_groups,
};
const struct table sb_table_ip_multicast = {
    .area = "view/ip_multicast", .name = "ip_multicast", .is_fixed = true,
    .db = "sb", .synthesize = load_ip_multicast,
};
const struct table sb_table_multicast_group = {
    .area = "view/multicast_group", .name = "multicast_group",
    .is_fixed = true, .db = "sb", .synthesize = load_groups,
};
