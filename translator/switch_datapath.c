/* The row of each switch among the datapaths, and what becomes of unknown
 * destinations on it. */
#include <config.h>

#include "openvswitch/util.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/tunnel_keys.h"
#include "util.h"
#include "uuid.h"

void
generate_datapath_row(struct generate *g, const char *datapath,
                      enum sb_datapath_type type, const char *name,
                      const struct smap *external_ids, const char *requested,
                      const char *snat_ct_zone)
{
    const struct tunnel_key *key
        = engine_read(g->reader, model_input(MODEL_TUNNEL_KEY), "", datapath);
    struct uuid uuid = schema_row_uuid(g->row);
    unsigned int zone;

    if (!key) {
        return;                 /* A standby waits for the leader's. */
    } else if (!key->key) {
        generate_error(g, requested, "no such tunnel key is free");
        return;
    }
    struct sb_datapath *row = sb_datapath_create(datapath);

    row->tunnel_key = key->key;
    row->type = type;
    schema_string_set(&row->name, name);
    char *text = xasprintf(UUID_FMT, UUID_ARGS(&uuid));

    schema_string_set(&row->uuid, text);
    free(text);
    if (snat_ct_zone && str_to_uint(snat_ct_zone, 10, &zone)
        && zone <= UINT16_MAX) {
        row->snat_ct_zone.is_set = true;
        row->snat_ct_zone.value = zone;
    }
    smap_clone(&row->external_ids, external_ids);
    generate_row(g, generate_key(g, "sb/dp", datapath, NULL), &row->row);
}

void
switch_datapath(struct generate *g)
{
    const struct nb_logical_switch *ls = nb_logical_switch_cast(g->row);

    generate_datapath_row(g, generate_switch_datapath(g, g->row->id),
                          SB_DATAPATH_TYPE_SWITCH, ls->name,
                          &ls->external_ids,
                          "other_config.requested-tnl-key", NULL);
}

void
switch_unknown(struct generate *g)
{
    bool has_unknown = generate_has_members(g, RELATION_SWITCH_UNKNOWN_PORTS,
                                            g->row->id, "");

    flow_emit(generate_switch_bundle(g, g->row->id),
              FLOW_LS_IN_L2_UNKNOWN_NONE,
              "outport == \"none\"" DO "%s",
              has_unknown ? "outport = \"_MC_unknown\"; output;" : "drop;");
}
