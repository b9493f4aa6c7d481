/* The rows that the agent writes: see rows.h. */
#include <config.h>

#include "node-agent/rows.h"

#include <stdarg.h>
#include <stdlib.h>

#include "node-agent/node_config.h"
#include "node-agent/ofports.h"
#include "openvswitch/dynamic-string.h"
#include "schemas/sb.h"
#include "store/keys.h"

char *
rows_key(const char *area, ...)
{
    struct ds key = DS_EMPTY_INITIALIZER;
    const char *component;
    va_list args;

    ds_put_cstr(&key, area);
    va_start(args, area);
    while ((component = va_arg(args, const char *)) != NULL) {
        char *encoded = keys_encode(component);

        ds_put_format(&key, "/%s", encoded);
        free(encoded);
    }
    va_end(args);
    return ds_steal_cstr(&key);
}

/* The canonical text of 'row', which is freed. */
static char *
to_text(struct schema_row *row)
{
    struct ds text = DS_EMPTY_INITIALIZER;

    schema_row_format(row, &text);
    schema_row_destroy(row);
    return ds_steal_cstr(&text);
}

char *
rows_chassis(const struct node_config *config, const char *datapath_type,
             const char *iface_types)
{
    struct sb_chassis *chassis = sb_chassis_create(config->system_id);
    const char *zone;

    schema_string_set(&chassis->hostname, config->hostname);
    smap_destroy(&chassis->bridge_mappings);
    smap_clone(&chassis->bridge_mappings, &config->mappings);
    smap_destroy(&chassis->other_config);
    smap_clone(&chassis->other_config, &config->other_config);
    smap_add(&chassis->other_config, "datapath-type", datapath_type);
    smap_add(&chassis->other_config, "iface-types", iface_types);
    SSET_FOR_EACH (zone, &config->transport_zones) {
        schema_strings_insert(&chassis->transport_zones, zone);
    }
    chassis->n_encaps = config->n_encaps;
    if (config->n_encaps) {
        chassis->encaps = xcalloc(config->n_encaps,
                                  sizeof *chassis->encaps);
    }
    for (size_t i = 0; i < config->n_encaps; i++) {
        struct sb_chassis_encaps *encap = &chassis->encaps[i];

        encap->type = (config->encaps[i].type == TUNNEL_GENEVE
                       ? SB_CHASSIS_ENCAPS_TYPE_GENEVE
                       : SB_CHASSIS_ENCAPS_TYPE_VXLAN);
        encap->ip = schema_empty;
        schema_string_set(&encap->ip, config->encaps[i].ip);
        smap_init(&encap->options);
        smap_add(&encap->options, "csum", config->csum ? "true" : "false");
    }
    return to_text(&chassis->row);
}

char *
rows_tunnels(const struct ofports *ofports, bool switch_lost)
{
    struct sb_tunnels *row = sb_tunnels_create("");
    const struct shash_node *node;

    row->isolated = ofports->isolated || switch_lost;
    SHASH_FOR_EACH (node, &ofports->tunnels) {
        const struct tunnel *tunnel = node->data;

        if (tunnel->bfd == TUNNEL_BFD_DOWN) {
            schema_strings_insert(&row->down, node->name);
        }
    }
    if (!row->isolated && !row->down.n) {
        schema_row_destroy(&row->row);
        return NULL;
    }
    return to_text(&row->row);
}

char *
rows_claim(const char *iface, uint32_t ofport, bool installed,
           const char *version)
{
    struct sb_claim *claim = sb_claim_create("");

    schema_string_set(&claim->iface, iface);
    claim->ofport = ofport;
    claim->installed = installed;
    schema_string_set(&claim->iface_id_ver, version);
    return to_text(&claim->row);
}

char *
rows_fdb(const char *lport, long long int timestamp_ms)
{
    struct sb_fdb *fdb = sb_fdb_create("");

    schema_string_set(&fdb->port, lport);
    fdb->timestamp_ms = timestamp_ms;
    return to_text(&fdb->row);
}

char *
rows_mac_binding(const char *mac, long long int timestamp_ms)
{
    struct sb_mac_binding *binding = sb_mac_binding_create("");

    schema_string_set(&binding->mac, mac);
    binding->timestamp_ms = timestamp_ms;
    return to_text(&binding->row);
}

char *
rows_bfd_state(const char *state)
{
    return xasprintf("{\"state\":\"%s\"}", state);
}

char *
rows_service_state(const char *status)
{
    return xasprintf("{\"status\":\"%s\"}", status);
}

char *
rows_igmp_group(struct sb_igmp_group *group)
{
    return to_text(&group->row);
}
