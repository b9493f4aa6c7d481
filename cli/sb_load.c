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
#include "schemas/nb.h"
#include "schemas/sb.h"
#include "store/keys.h"
#include "util.h"
#include "uuid.h"

/* What is being made. */
struct load {
    struct model *model;
    const struct table *table;
};

/* Calls 'cb' for every key below "sb/dp/DATAPATH/AREA/" of every datapath. */
static void
scan_datapaths(struct model *model, const struct table *table,
               const char *area, model_scan_cb *cb)
{
    struct load load = { model, table };

    sb_scan_datapaths(model, area, cb, &load);
}

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

static const char *
string_of(const json_t *row, const char *name)
{
    const char *text = json_string_value(json_object_get(row, name));

    return text ? text : "";
}

/* A column that the store leaves out at its default. */
static void
put_default(json_t *row, const char *name, const char *text)
{
    if (!json_object_get(row, name)) {
        put(row, name, text);
    }
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
    struct load load = { model, table };

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

/* ---- Ports ------------------------------------------------------------- */

/* The one that the option names first, and the others. */
static void
copy_requested(json_t *row, const json_t *value)
{
    const json_t *requested = json_object_get(value, "requested_chassis");
    const char *names = json_string_value(json_object_get(
        json_object_get(value, "options"), "requested-chassis"));
    size_t size = names ? strcspn(names, ", ") : 0;
    json_t *others = json_array();
    size_t main = 0;

    for (size_t i = 0; i < json_array_size(requested); i++) {
        const char *name = json_string_value(json_array_get(requested, i));

        if (name && strlen(name) == size && !strncmp(names, name, size)) {
            main = i;
        }
    }
    for (size_t i = 0; i < json_array_size(requested); i++) {
        json_t *name = json_array_get(requested, i);

        if (i == main) {
            json_object_set(row, "requested_chassis", name);
        } else {
            json_array_append(others, name);
        }
    }
    json_object_set_new(row, "requested_additional_chassis", others);
}

/* OVN has the peer of a patch port among its options, and where a gateway
 * router is. */
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
    json_object_del(options, "nat-addresses");
    put(options, "peer", json_string_value(peer));
    if (!strcmp(string_of(row, "type"), "l3gateway")) {
        copy(options, "l3gateway-chassis", value, "chassis");
    }
    json_object_set_new(row, "options", options);
}

/* Neutron's name of the port is a plain name there. */
static void
copy_name(json_t *row)
{
    json_t *ids = json_object_get(row, "external_ids");
    json_t *name = json_object_get(ids, "neutron:port_name");

    if (name) {
        ids = json_copy(ids);
        json_object_set(ids, "name", name);
        json_object_set_new(row, "external_ids", ids);
    }
}

static void
add_port(char *const *path, size_t n, json_t *value, void *load_)
{
    static const char *const columns[] = {
        "type", "tunnel_key", "port_security", "chassis", "up", "options",
        "external_ids", "nat_addresses", "parent_port", "virtual_parent",
        "tag", "additional_chassis", "enabled", "mirrors", NULL,
    };
    const struct load *load = load_;

    if (n == 5) {
        json_t *row = json_object();

        put(row, "logical_port", path[4]);
        put(row, "datapath", path[2]);
        copy_all(row, value, columns);
        copy(row, "mac", value, "addresses");
        if (!json_object_get(row, "mac")) {
            copy(row, "mac", value, "mac");
        }
        copy_requested(row, value);
        copy_peer(row, value);
        copy_name(row);
        sb_put_gateways(load->model, row, path[4], value);
        if (!json_object_get(row, "up")) {
            json_object_set_new(row, "up", json_false());
        }

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

/* Where the northbound has a port of that name, or, for "cr-NAME", one whose
 * gateway it stands for. */
static void
locate_port(struct model *model, const struct table *table, const char *id)
{
    const struct {
        const struct table *table;
        const char *id, *parent, *kind;
    } places[] = {
        { &table_logical_switch_port, id, "switch", "switch" },
        { &table_logical_router_port, id, "router", "router" },
        { &table_logical_router_port, strncmp(id, "cr-", 3) ? id : id + 3,
          "router", "router" },
    };
    struct load load = { model, table };
    struct svec keys = SVEC_EMPTY_INITIALIZER;

    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        model_want(model, places[i].table, places[i].id);
    }
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        const struct row *row = model_peek(model, places[i].table,
                                           places[i].id);

        if (row && row_has(row, places[i].parent)) {
            char *datapath = xasprintf("%s:%s", places[i].kind,
                                       row_string(row, places[i].parent));

            svec_add_nocopy(&keys, keys_build("sb", "dp", datapath, "port", id,
                                              NULL));
            free(datapath);
        }
    }
    svec_sort_unique(&keys);
    model_scan_many(model, &keys, add_port, &load);
    svec_destroy(&keys);
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
        put(row, "datapath", path[2]);
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
        copy(row, "dp_key",
             model_peek(load->model, &sb_table_datapath, path[2])->value,
             "tunnel_key");
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

/* Adds 'row', which every datapath that has it has below its own key: OVN has
 * one row for all of them. */
static struct row *
add_of_datapaths(const struct load *load, char *const *path, json_t *row)
{
    struct row *added;

    json_object_set_new(row, "datapaths", json_pack("[s]", path[2]));
    added = model_add(load->model, load->table, path[4], row);
    if (!added) {
        added = model_peek(load->model, load->table, path[4]);
        json_array_append_new(json_object_get(added->value, "datapaths"),
                              json_string(path[2]));
    }
    return added;
}

static void
add_dns(char *const *path, size_t n, json_t *value, void *load)
{
    if (n == 5) {
        json_t *row = json_object();

        copy(row, "records", value, "records");
        add_of_datapaths(load, path, row);
    }
}

static void
load_dns(struct model *model, const struct table *table)
{
    scan_datapaths(model, table, "dns", add_dns);
}

/* OVN names the northbound row among the external_ids. */
static void
add_load_balancer(char *const *path, size_t n, json_t *value, void *load)
{
    static const char *const columns[] = {
        "name", "options", "protocol", "vips", NULL,
    };
    struct uuid uuid;
    json_t *row;

    if (n != 5) {
        return;
    }
    row = json_object();
    copy_all(row, value, columns);
    put_default(row, "protocol", "tcp");
    uuid = schema_uuid(&nb_load_balancer_table, path[4]);
    json_object_set_new(row, "external_ids",
                        json_pack("{s:o}", "lb_id",
                                  json_sprintf(UUID_FMT, UUID_ARGS(&uuid))));
    /* As in the cookies of what agents make of it. */
    uuid = schema_uuid(&sb_load_balancer_table, path[4]);
    model_set_uuid(add_of_datapaths(load, path, row), &uuid);
}

static void
load_load_balancers(struct model *model, const struct table *table)
{
    scan_datapaths(model, table, "load_balancer", add_load_balancer);
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
    struct load load = { model, table };
    char *prefix = xasprintf("sb/set/%s:",
                             strrchr(table->area, '/') + 1);

    model_scan(model, prefix, add_set, &load);
    free(prefix);
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
    struct load load = { model, table };

    model_scan(model, "sb/meter/", add_meter, &load);
}

static void
add_mirror(char *const *path, size_t n, json_t *value, void *load_)
{
    const struct load *load = load_;

    if (n == 3) {
        model_add(load->model, load->table, path[2], json_incref(value));
    }
}

static void
load_mirrors(struct model *model, const struct table *table)
{
    struct load load = { model, table };

    model_scan(model, "sb/mirror/", add_mirror, &load);
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
const struct table sb_table_dns = SYNTHESIZED("dns", load_dns);
const struct table sb_table_encap = SYNTHESIZED("encap", load_chassis);
const struct table sb_table_fdb = SYNTHESIZED("fdb", load_fdb);
const struct table sb_table_global = SYNTHESIZED("sb_global", load_global);
const struct table sb_table_load_balancer
    = SYNTHESIZED("load_balancer", load_load_balancers);
const struct table sb_table_mac_binding
    = SYNTHESIZED("mac_binding", load_mac_bindings);
const struct table sb_table_mirror = SYNTHESIZED("mirror", load_mirrors);
const struct table sb_table_meter = SYNTHESIZED("meter", load_meters);
const struct table sb_table_meter_band
    = SYNTHESIZED("meter_band", load_meters);
const struct table sb_table_none = SYNTHESIZED("none", load_nothing);
const struct table sb_table_port_binding = {
    .area = "view/port_binding", .name = "port_binding", .is_fixed = true,
    .db = "sb", .synthesize = load_ports, .locate = locate_port,
};
const struct table sb_table_port_group = SYNTHESIZED("port_group", load_sets);

const struct table sb_table_own_chassis = {
    .area = "chassis", .name = "chassis", .composite = true, .db = "sb",
};
const struct table sb_table_claim = {
    .area = "chassis", .name = "claim", .composite = true, .db = "sb",
};
