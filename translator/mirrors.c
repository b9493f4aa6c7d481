/* Mirrors: where the packets of ports are copied to. */
#include <config.h>

#include "translator/generate.h"
#include "translator/generators.h"

void
mirror_row(struct generate *g)
{
    const struct nb_mirror *mirror = nb_mirror_cast(g->row);
    struct sb_mirror *row = sb_mirror_create(g->row->id);

    row->filter = (mirror->filter == NB_MIRROR_FILTER_FROM_LPORT
                   ? SB_MIRROR_FILTER_FROM_LPORT
                   : SB_MIRROR_FILTER_TO_LPORT);
    row->type = (mirror->type == NB_MIRROR_TYPE_GRE ? SB_MIRROR_TYPE_GRE
                 : SB_MIRROR_TYPE_ERSPAN);
    schema_string_set(&row->sink, mirror->sink);
    row->index = mirror->index;
    smap_clone(&row->external_ids, &mirror->external_ids);
    generate_row(g, generate_key(g, "sb/mirror", g->row->id, NULL),
                 &row->row);
}
