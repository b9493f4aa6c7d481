/* What OVN's southbound says of chassis beyond their rows: their settings, and
 * who may serve a gateway port or an external port.  That is in Weft a list in
 * the port's row, in OVN an HA_Chassis_Group of HA_Chassis, be it named in the
 * northbound or made for the gateway chassis of one router port. */
#include <config.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/row.h"
#include "cli/sb.h"
#include "cli/view_nb.h"
#include "store/keys.h"
#include "util.h"

/* What only the chassis's own row has; the rest is the same everywhere. */
void
sb_get_other_config(struct row *row, struct datum *datum)
{
    static const struct datum_type type = STRING_MAP;
    static const char *const same[][2] = {
        { "ct-no-masked-label", "true" }, { "is-interconn", "false" },
        { "mac-binding-timestamp", "true" }, { "ovn-bridge-mappings", "" },
        { "ovn-chassis-mac-mappings", "" }, { "ovn-cms-options", "" },
        { "ovn-ct-lb-related", "true" }, { "ovn-monitor-all", "false" },
        { "port-up-notif", "true" },
    };
    char *encoded = keys_encode(row->id);
    char *id = xasprintf("%s/chassis", encoded);
    const struct row *own = model_peek(row->model, &sb_table_own_chassis, id);
    const json_t *config = own ? row_json(own, "other_config") : NULL;
    const char *key;
    json_t *value;

    json_object_foreach (CONST_CAST(json_t *, config), key, value) {
        datum_add_pair(datum, key, json_string_value(value));
    }
    /* One made by hand (chassis-add) has none of it. */
    for (size_t i = 0; json_object_get(config, "iface-types")
                       && i < ARRAY_SIZE(same); i++) {
        if (!json_object_get(config, same[i][0])) {
            datum_add_pair(datum, same[i][0], same[i][1]);
        }
    }
    datum_sort(datum, &type);
    free(id);
    free(encoded);
}

/* ---- Gateways ---------------------------------------------------------- */

#define LIST "gateways"         /* The column that keeps the port's list. */

/* The name of the group of 'lport' in OVN. */
static const char *
group_of(struct model *model, const char *lport)
{
    bool is_router_port = !strncmp(lport, "cr-", 3);
    const char *name = is_router_port ? lport + 3 : lport;
    const struct row *row = model_peek(
        model, is_router_port ? &table_logical_router_port
                              : &table_logical_switch_port, name);

    return (row && row_has(row, "ha_chassis_group")
            ? row_string(row, "ha_chassis_group") : name);
}

void
sb_put_gateways(struct model *model, json_t *row, const char *lport,
                const json_t *value)
{
    json_t *list = json_object_get(value, "gateway_chassis");

    if (json_array_size(list)) {
        json_object_set(row, LIST, list);
        json_object_set_new(row, "ha_chassis_group",
                            json_string(group_of(model, lport)));
    }
}

static void
add_ha_chassis(struct model *model, const char *id, const json_t *item)
{
    const char *chassis = json_string_value(json_object_get(item, "chassis"));
    json_t *priority = json_object_get(item, "priority");
    json_t *row = json_pack("{ss s{ss}}", "chassis", chassis ? chassis : "",
                            "external_ids", "chassis-name",
                            chassis ? chassis : "");

    if (json_is_integer(priority)) {
        json_object_set(row, "priority", priority);
    }
    model_add(model, &sb_table_ha_chassis, id, row);
}

/* Both tables' rows: what one needs is all there for the other. */
static void
load_groups(struct model *model, const struct table *table)
{
    struct row **ports;
    size_t n = model_rows(model, &sb_table_port_binding, &ports);

    for (size_t i = 0; i < n; i++) {
        const json_t *list = row_json(ports[i], LIST);
        const char *group = row_string(ports[i], "ha_chassis_group");
        json_t *members = json_array();

        for (size_t j = 0; j < json_array_size(list); j++) {
            char *id = xasprintf("%s/%"PRIuSIZE, group, j);

            json_array_append_new(members, json_string(id));
            if (table == &sb_table_ha_chassis) {
                add_ha_chassis(model, id, json_array_get(list, j));
            }
            free(id);
        }
        if (json_array_size(list) && table == &sb_table_ha_chassis_group) {
            model_add(model, table, group,
                      json_pack("{ss sO}", "name", group, "ha_chassis",
                                members));
        }
        json_decref(members);
    }
    free(ports);
}

const struct table sb_table_ha_chassis = {
    .area = "view/ha_chassis", .name = "ha_chassis", .is_fixed = true,
    .db = "sb", .synthesize = load_groups,
};
const struct table sb_table_ha_chassis_group = {
    .area = "view/ha_chassis_group", .name = "ha_chassis_group",
    .is_fixed = true, .db = "sb", .synthesize = load_groups,
};
