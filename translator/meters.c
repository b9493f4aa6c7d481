/* Meters, which flows name. */
#include <config.h>

#include "openvswitch/util.h"
#include "translator/acls.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "util.h"
#include "uuid.h"

static void
add_band(struct sb_meter *row, const struct nb_meter_band *band)
{
    struct sb_meter_bands *bands
        = xrealloc(row->bands, (row->n_bands + 1) * sizeof *bands);

    bands[row->n_bands] = (struct sb_meter_bands) {
        .action = SB_METER_BANDS_ACTION_DROP,
        .rate = band->rate,
        .burst_size = band->burst_size,
    };
    row->bands = bands;
    row->n_bands++;
}

/* Writes meter 'meter' under 'name'. */
static void
write_meter(struct generate *g, const struct nb_meter *meter,
            const char *name)
{
    struct sb_meter *row = sb_meter_create(name);
    struct engine_members bands = engine_members(
        g->reader, model_index(MODEL_METER_BANDS), meter->row.id, "");
    const char *id;

    row->unit = (meter->unit == NB_METER_UNIT_PKTPS ? SB_METER_UNIT_PKTPS
                 : SB_METER_UNIT_KBPS);
    ENGINE_MEMBERS_FOR_EACH (id, bands) {
        const struct nb_meter_band *band = MODEL_ROW(g->reader, meter_band,
                                                     id);

        if (band) {
            add_band(row, band);
        }
    }
    generate_row(g, generate_key(g, "sb/meter", name, NULL), &row->row);
}

void
meter_row(struct generate *g)
{
    const struct nb_meter *meter = nb_meter_cast(g->row);

    if (!engine_has_members(g->reader, model_index(MODEL_METER_BANDS),
                            g->row->id, "")) {
        generate_error(g, "", "the meter has no band");
    }
    write_meter(g, meter, g->row->id);
}

const char *
meter_of_acl(struct generate *g, const struct nb_acl *acl)
{
    const struct nb_meter *meter
        = acl->meter[0] ? MODEL_ROW(g->reader, meter, acl->meter) : NULL;
    struct uuid uuid = schema_row_uuid(&acl->row);
    const char *name;

    if (!meter || !meter->fair) {
        return acl->meter;
    }
    name = generate_text(g, "%s__"UUID_FMT, acl->meter, UUID_ARGS(&uuid));
    write_meter(g, meter, name);
    return name;
}
