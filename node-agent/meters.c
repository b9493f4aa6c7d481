/* Meters: see meters.h. */
#include <config.h>

#include "node-agent/meters.h"

#include <inttypes.h>

#include "node-agent/extend_table.h"
#include "node-agent/model.h"
#include "openvswitch/dynamic-string.h"

void
meters_update(const struct model *model, struct extend_table *meters,
              const char *name)
{
    struct extend_entry *entry = extend_table_find(meters, name);
    const struct sb_meter *row
        = sb_meter_cast(shash_find_data(&model->meters, name));
    struct ds spec = DS_EMPTY_INITIALIZER;

    if (!entry || !row) {
        return;
    }
    ds_put_format(&spec, "%s,", row->unit == SB_METER_UNIT_PKTPS ? "pktps"
                                                                  : "kbps");
    for (size_t i = 0; i < row->n_bands; i++) {
        if (row->bands[i].burst_size > 0) {
            ds_put_cstr(&spec, "burst,");
            break;
        }
    }
    ds_put_cstr(&spec, "stats,bands=");
    for (size_t i = 0; i < row->n_bands; i++) {
        ds_put_format(&spec, "%stype=drop rate=%"PRId64" burst_size=%"PRId64,
                      i ? "," : "", row->bands[i].rate,
                      row->bands[i].burst_size);
    }
    extend_entry_set_spec(meters, entry, ds_cstr(&spec));
    ds_destroy(&spec);
}
