/* OVN's southbound tables made from Weft's southbound keys. Each function
 * below reads what one table needs, and no more: the flows, which are most of
 * the southbound, only where flows are asked for. */
#include <config.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/row.h"
#include "cli/sb.h"
#include "cli/view_nb.h"
#include "schemas/sb.h"
#include "store/keys.h"
#include "util.h"
#include "uuid.h"

/* What is being made. */
struct load {
    struct model *model;
    const struct table *table;
    const struct row *datapath; /* Of the keys being read, or NULL. */
};

/* A copy of 'value' without nulls; for columns that may be absent. */
static void
copy(json_t *to, const char *to_name, const json_t *from,
     const char *from_name)
{
    json_t *value = json_object_get(from, from_name);

    if (value && !json_is_null(value)) {
        json_object_set(to, to_name, value);
    }
}

static void
copy_all(json_t *to, const json_t *from, const char *const *names)
{
    for (; *names; names++) {
        copy(to, *names, from, *names);
    }
}

static void
put(json_t *to, const char *name, const char *text)
{
    json_object_set_new(to, name, json_string(text));
}

/* ---- Chassis ----------------------------------------------------------- */

static void
add_chassis(char *const *path, size_t n, json_t *value, void *load_)
{
    static const char *const columns[] = {
        "hostname", "other_config", "external_ids", "transport_zones",
        "vtep_logical_switches", NULL,
    };
    const struct load *load = load_;

    if (n == 3) {
        json_t *row = json_object();
        json_t *encaps = json_array();

        put(row, "name", path[2]);
        copy_all(row, value, columns);
        for (size_t i = 0;
             i < json_array_size(json_object_get(value, "encaps")); i++) {
            json_array_append_new(encaps, json_sprintf("%s/%d", path[2],
                                                       (int) i));
        }
        json_object_set_new(row, "encaps", encaps);
        model_add(load->model, load->table, path[2], row);
    }
}

static void
add_encaps(char *const *path, size_t n, json_t *value, void *load_)
{
    static const char *const columns[] = { "type", "ip", "options", NULL };
    const struct load *load = load_;
    const json_t *encaps = json_object_get(value, "encaps");

    for (size_t i = 0; n == 3 && i < json_array_size(encaps); i++) {
        json_t *row = json_object();
        char *id = xasprintf("%s/%"PRIuSIZE, path[2], i);

        put(row, "chassis_name", path[2]);
        copy_all(row, json_array_get(encaps, i), columns);
        model_add(load->model, load->table, id, row);
        free(id);
    }
}

static void
load_chassis(struct model *model, const struct table *table)
{
    struct load load = { model, table, NULL };

    model_scan(model, "sb/chassis/",
               table == &sb_table_encap ? add_encaps : add_chassis, &load);
}

static const struct table chassis_sync = {
    .area = "chassis", .name = "sync", .composite = true, .is_fixed = true,
};

/* One for each chassis; nb_cfg is the revision that it has installed. */
static void
load_chassis_private(struct model *model, const struct table *table)
{
    struct row **chassis;
    size_t n = model_rows(model, &sb_table_chassis, &chassis);

    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < n; i++) {
            char *encoded = keys_encode(chassis[i]->id);
            char *id = xasprintf("%s/sync", encoded);

            if (!pass) {
                model_want(model, &chassis_sync, id);
            } else {
                const struct row *sync = model_peek(model, &chassis_sync, id);
                json_t *row = json_object();

                put(row, "name", chassis[i]->id);
                put(row, "chassis", chassis[i]->id);
                if (sync) {
                    copy(row, "nb_cfg", sync->value, "revision");
                }
                model_add(model, table, chassis[i]->id, row);
            }
            free(id);
            free(encoded);
        }
    }
    free(chassis);
}

/* ---- Datapaths --------------------------------------------------------- */

/* The row "sb/dp/ID" as one of Datapath_Binding, with the UUID of the
 * northbound row; NULL if it is there already. */
static struct row *
add_datapath(struct model *model, const struct row *key)
{
    const char *uuid_text = row_string(key, "uuid");
    bool is_router = !strcmp(row_string(key, "type"), "router");
    json_t *row = json_object();
    json_t *ids = json_object();
    struct uuid uuid;

    put(ids, "name", row_string(key, "name"));
    put(ids, is_router ? "logical-router" : "logical-switch", uuid_text);
    json_object_set_new(row, "external_ids", ids);
    copy(row, "tunnel_key", key->value, "tunnel_key");

    struct row *added = model_add(model, &sb_table_datapath, key->id, row);
    if (added && uuid_from_string(&uuid, uuid_text)) {
        model_set_uuid(added, &uuid);
    }
    return added;
}

static void
load_datapaths(struct model *model, const struct table *table)
{
    char **names;
    size_t n = model_list(model, "sb/dp/", &names);

    for (size_t i = 0; i < n; i++) {
        char *id = keys_decode(names[i], strlen(names[i]));

        free(names[i]);
        names[i] = id;
        model_want(model, &sb_table_datapath_key, id ? id : "");
    }
    for (size_t i = 0; i < n; i++) {
        const struct row *key = (names[i]
                                 ? model_peek(model, &sb_table_datapath_key,
                                              names[i]) : NULL);

        if (key) {
            add_datapath(model, key);
        }
        free(names[i]);
    }
    free(names);
}

/* The datapath whose id is its name, where no other can have that name; else
 * NULL.  Saves a read for each datapath that there is. */
static struct row *
find_by_id(struct model *model, const char *name)
{
    static const char *const kinds[] = { "switch", "router" };
    const struct row *found = NULL;
    size_t n = 0;

    if (model_has_uuid_ids(model, &table_logical_switch)
        || model_has_uuid_ids(model, &table_logical_router)) {
        return NULL;
    }
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        char *id = xasprintf("%s:%s", kinds[i], name);
        const struct row *key = model_peek(model, &sb_table_datapath_key, id);

        if (key && !strcmp(row_string(key, "name"), name)) {
            found = key;
            n++;
        }
        free(id);
    }
    return n == 1 ? add_datapath(model, found) : NULL;
}

struct row *
sb_find_datapath(struct context *ctx, const char *name)
{
    const struct view_table *table = view_table(ctx->view,
                                                "Datapath_Binding");
    struct row *row = find_by_id(ctx->model, name);

    if (!row) {
        context_failed(ctx, view_find_row(ctx->model, ctx->view, table, name,
                                          false, &row));
    }
    return row;
}

/* Calls 'cb' for every key below "sb/dp/DATAPATH/AREA/" of every datapath. */
static void
scan_datapaths(struct model *model, const struct table *table,
               const char *area, model_scan_cb *cb)
{
    struct row **datapaths;
    size_t n = model_rows(model, &sb_table_datapath, &datapaths);

    for (size_t i = 0; i < n; i++) {
        struct load load = { model, table, datapaths[i] };
        char *encoded = keys_encode(datapaths[i]->id);
        char *prefix = xasprintf("sb/dp/%s/%s/", encoded, area);

        model_scan(model, prefix, cb, &load);
        free(prefix);
        free(encoded);
    }
    free(datapaths);
}

/* ---- Ports ------------------------------------------------------------- */

/* The first chassis that is asked for, and the others. */
static void
copy_requested(json_t *row, const json_t *value)
{
    const json_t *requested = json_object_get(value, "requested_chassis");
    json_t *others = json_array();

    for (size_t i = 0; i < json_array_size(requested); i++) {
        json_t *name = json_array_get(requested, i);

        if (!i) {
            json_object_set(row, "requested_chassis", name);
        } else {
            json_array_append(others, name);
        }
    }
    json_object_set_new(row, "requested_additional_chassis", others);
}

/* OVN has the peer of a patch port among its options. */
static void
copy_peer(json_t *row, const json_t *value)
{
    const json_t *peer = json_object_get(value, "peer");
    json_t *options = json_object_get(row, "options");

    if (!json_is_string(peer) || !json_string_value(peer)[0]) {
        return;
    }
    options = json_is_object(options) ? json_copy(options) : json_object();
    json_object_del(options, "requested-tnl-key");
    put(options, "peer", json_string_value(peer));
    json_object_set_new(row, "options", options);
}

static void
add_port(char *const *path, size_t n, json_t *value, void *load_)
{
    static const char *const columns[] = {
        "type", "tunnel_key", "port_security", "chassis", "up", "options",
        "external_ids", "nat_addresses", "parent_port", "virtual_parent",
        "tag", "additional_chassis", NULL,
    };
    const struct load *load = load_;

    if (n == 5) {
        json_t *row = json_object();
        json_t *gateways = json_array();
        const json_t *list = json_object_get(value, "gateway_chassis");

        put(row, "logical_port", path[4]);
        put(row, "datapath", load->datapath->id);
        copy_all(row, value, columns);
        copy(row, "mac", value, "addresses");
        if (!json_object_get(row, "mac")) {
            copy(row, "mac", value, "mac");
        }
        copy_requested(row, value);
        copy_peer(row, value);
        for (size_t i = 0; i < json_array_size(list); i++) {
            json_array_append_new(gateways, json_sprintf("%s/%d", path[4],
                                                         (int) i));
        }
        json_object_set_new(row, "gateway_chassis", gateways);

        struct row *added = model_add(load->model, load->table, path[4], row);
        if (added) {
            /* As in the cookies of what agents make of it. */
            struct uuid uuid = schema_uuid(&sb_port_table, path[4]);

            model_set_uuid(added, &uuid);
        }
    }
}

static void
load_ports(struct model *model, const struct table *table)
{
    scan_datapaths(model, table, "port", add_port);
}

static void
add_gateways(char *const *path, size_t n, json_t *value, void *load_)
{
    const struct load *load = load_;
    const json_t *list = json_object_get(value, "gateway_chassis");

    for (size_t i = 0; n == 5 && i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const char *chassis = json_string_value(json_object_get(item,
                                                                "chassis"));
        json_t *row = json_object();
        char *id = xasprintf("%s/%"PRIuSIZE, path[4], i);

        json_object_set_new(row, "name",
                            json_sprintf("%s_%s", path[4],
                                         chassis ? chassis : ""));
        copy(row, "chassis", item, "chassis");
        copy(row, "priority", item, "priority");
        model_add(load->model, load->table, id, row);
        free(id);
    }
}

static void
load_gateways(struct model *model, const struct table *table)
{
    scan_datapaths(model, table, "port", add_gateways);
}

/* ---- Multicast groups -------------------------------------------------- */

/* Not rows in the store: their keys are fixed, and who belongs to them
 * follows from the ports (docs/KEYS.md). */
enum { FLOOD, UNKNOWN, FLOOD_L2, N_GROUPS };
static const struct {
    const char *name;
    int key;
} groups[N_GROUPS] = {
    [FLOOD] = { "_MC_flood", 32768 },
    [UNKNOWN] = { "_MC_unknown", 32769 },
    [FLOOD_L2] = { "_MC_flood_l2", 32772 },
};

static bool
is_member(const struct row *port, int group)
{
    switch (group) {
    case UNKNOWN:
        return row_has_item(port, "mac", "unknown");
    case FLOOD_L2:
        return strcmp(row_string(port, "type"), "patch") != 0;
    case FLOOD:
    default:
        return true;
    }
}

static void
add_group(struct model *model, const struct row *datapath, int group,
          struct row *const *ports, size_t n_ports)
{
    json_t *members = json_array();

    for (size_t i = 0; i < n_ports; i++) {
        if (!strcmp(row_string(ports[i], "datapath"), datapath->id)
            && is_member(ports[i], group)) {
            json_array_append_new(members, json_string(ports[i]->id));
        }
    }
    if (!json_array_size(members)) {
        json_decref(members);
        return;
    }

    json_t *row = json_object();
    char *id = xasprintf("%s/%s", datapath->id, groups[group].name);
    put(row, "name", groups[group].name);
    put(row, "datapath", datapath->id);
    json_object_set_new(row, "tunnel_key", json_integer(groups[group].key));
    json_object_set_new(row, "ports", members);
    model_add(model, &sb_table_multicast_group, id, row);
    free(id);
}

static void
load_groups(struct model *model, const struct table *table)
{
    struct row **datapaths, **ports;
    size_t n_ports = model_rows(model, &sb_table_port_binding, &ports);
    size_t n = model_rows(model, &sb_table_datapath, &datapaths);

    for (size_t i = 0; i < n; i++) {
        if (strncmp(datapaths[i]->id, "switch:", 7)) {
            continue;
        }
        for (int group = 0; group < N_GROUPS; group++) {
            add_group(model, datapaths[i], group, ports, n_ports);
        }
    }
    free(ports);
    free(datapaths);
}

/* ---- What was learned -------------------------------------------------- */

static void
add_mac_binding(char *const *path, size_t n, json_t *value, void *load_)
{
    const struct load *load = load_;

    if (n == 6) {
        json_t *row = json_object();
        char *id = xasprintf("%s/%s/%s", path[2], path[4], path[5]);

        put(row, "logical_port", path[4]);
        put(row, "ip", path[5]);
        put(row, "datapath", load->datapath->id);
        copy(row, "mac", value, "mac");
        copy(row, "timestamp", value, "timestamp_ms");
        model_add(load->model, load->table, id, row);
        free(id);
    }
}

static void
load_mac_bindings(struct model *model, const struct table *table)
{
    scan_datapaths(model, table, "mac_binding", add_mac_binding);
}

static void
add_fdb(char *const *path, size_t n, json_t *value, void *load_)
{
    const struct load *load = load_;

    if (n == 5) {
        json_t *row = json_object();
        char *id = xasprintf("%s/%s", path[2], path[4]);

        put(row, "mac", path[4]);
        copy(row, "dp_key", load->datapath->value, "tunnel_key");
        copy(row, "port_key", value, "port_key");
        model_add(load->model, load->table, id, row);
        free(id);
    }
}

static void
load_fdb(struct model *model, const struct table *table)
{
    scan_datapaths(model, table, "fdb", add_fdb);
}

static void
add_dns(char *const *path, size_t n, json_t *value, void *load_)
{
    const struct load *load = load_;

    if (n == 5) {
        json_t *row = json_object();

        put(row, "datapaths", load->datapath->id);
        copy(row, "records", value, "records");
        model_add(load->model, load->table, path[4], row);
    }
}

static void
load_dns(struct model *model, const struct table *table)
{
    scan_datapaths(model, table, "dns", add_dns);
}

/* ---- Sets, meters, global ---------------------------------------------- */

/* "sb/set/KIND:NAME" and "sb/set/KIND:NAME/N": the parts' members belong to
 * one row. */
static void
add_set(char *const *path, size_t n, json_t *value, void *load_)
{
    const struct load *load = load_;
    const char *colon = strchr(path[2], ':');
    const char *kind = strrchr(load->table->area, '/') + 1;
    size_t size = strlen(kind);

    if (n < 3 || !colon || (size_t) (colon - path[2]) != size
        || strncmp(path[2], kind, size)) {
        return;
    }

    json_t *row = json_object();
    put(row, "name", colon + 1);
    model_add(load->model, load->table, colon + 1, row);

    struct row *set = model_peek(load->model, load->table, colon + 1);
    const json_t *members = json_object_get(value, "members");
    json_t *all = json_object_get(set->value, "members");
    if (!all) {
        all = json_array();
        json_object_set_new(set->value, "members", all);
    }
    for (size_t i = 0; i < json_array_size(members); i++) {
        json_array_append(all, json_array_get(members, i));
    }
}

static void
load_sets(struct model *model, const struct table *table)
{
    struct load load = { model, table, NULL };
    char *prefix = xasprintf("sb/set/%s:",
                             strrchr(table->area, '/') + 1);

    model_scan(model, prefix, add_set, &load);
    free(prefix);
}

/* A column that the store leaves out at its default. */
static void
put_default(json_t *row, const char *name, const char *text)
{
    if (!json_object_get(row, name)) {
        put(row, name, text);
    }
}

static void
add_meter(char *const *path, size_t n, json_t *value, void *load_)
{
    const struct load *load = load_;
    const json_t *list = json_object_get(value, "bands");
    bool bands = load->table == &sb_table_meter_band;
    json_t *row = json_object();
    json_t *ids = json_array();

    for (size_t i = 0; n == 3 && i < json_array_size(list); i++) {
        char *id = xasprintf("%s/%"PRIuSIZE, path[2], i);

        if (bands) {
            json_t *band = json_deep_copy(json_array_get(list, i));

            put_default(band, "action", "drop");
            model_add(load->model, load->table, id, band);
        }
        json_array_append_new(ids, json_string(id));
        free(id);
    }
    if (n == 3 && !bands) {
        put(row, "name", path[2]);
        copy(row, "unit", value, "unit");
        put_default(row, "unit", "kbps");
        json_object_set(row, "bands", ids);
        model_add(load->model, load->table, path[2], json_incref(row));
    }
    json_decref(ids);
    json_decref(row);
}

static void
load_meters(struct model *model, const struct table *table)
{
    struct load load = { model, table, NULL };

    model_scan(model, "sb/meter/", add_meter, &load);
}

static const struct table sb_area = {
    .area = "sb", .name = "sb", .is_fixed = true,
};

/* The one row: nb_cfg is the northbound revision that is translated. */
static void
load_global(struct model *model, const struct table *table)
{
    const struct row *sync = model_peek(model, &sb_area, "sync");
    json_t *row = json_object();

    if (sync) {
        copy(row, "nb_cfg", sync->value, "revision");
    }
    model_add(model, table, "global", row);
}

static void
load_nothing(struct model *model, const struct table *table)
{
}

/* ---- Tables ------------------------------------------------------------ */

#define SYNTHESIZED(NAME, FUNCTION)                                     \
    { .area = "view/"NAME, .name = NAME, .is_fixed = true, .db = "sb",  \
      .synthesize = FUNCTION }

const struct table sb_table_address_set
    = SYNTHESIZED("address_set", load_sets);
const struct table sb_table_chassis = SYNTHESIZED("chassis", load_chassis);
const struct table sb_table_chassis_private
    = SYNTHESIZED("chassis_private", load_chassis_private);
const struct table sb_table_datapath
    = SYNTHESIZED("datapath_binding", load_datapaths);
const struct table sb_table_dns = SYNTHESIZED("dns", load_dns);
const struct table sb_table_encap = SYNTHESIZED("encap", load_chassis);
const struct table sb_table_fdb = SYNTHESIZED("fdb", load_fdb);
const struct table sb_table_gateway_chassis
    = SYNTHESIZED("gateway_chassis", load_gateways);
const struct table sb_table_global = SYNTHESIZED("sb_global", load_global);
const struct table sb_table_mac_binding
    = SYNTHESIZED("mac_binding", load_mac_bindings);
const struct table sb_table_meter = SYNTHESIZED("meter", load_meters);
const struct table sb_table_meter_band
    = SYNTHESIZED("meter_band", load_meters);
const struct table sb_table_multicast_group
    = SYNTHESIZED("multicast_group", load_groups);
const struct table sb_table_none = SYNTHESIZED("none", load_nothing);
const struct table sb_table_port_binding
    = SYNTHESIZED("port_binding", load_ports);
const struct table sb_table_port_group = SYNTHESIZED("port_group", load_sets);

const struct table sb_table_datapath_key = {
    .area = "sb/dp", .name = "datapath", .is_fixed = true, .db = "sb",
};
const struct table sb_table_own_chassis = {
    .area = "chassis", .name = "chassis", .composite = true, .db = "sb",
};
const struct table sb_table_claim = {
    .area = "chassis", .name = "claim", .composite = true, .db = "sb",
};
