/* Meters, which flows name. */
#include <config.h>

#include "openvswitch/util.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "util.h"

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

void
meter_row(struct generate *g)
{
    const struct nb_meter *meter = nb_meter_cast(g->row);
    struct sb_meter *row = sb_meter_create(g->row->id);
    struct engine_members bands = engine_members(
        g->reader, model_index(MODEL_METER_BANDS), g->row->id, "");
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
    if (!row->n_bands) {
        generate_error(g, "", "the meter has no band");
    }
    generate_row(g, generate_key(g, "sb/meter", g->row->id, NULL),
                 &row->row);
}
