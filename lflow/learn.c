/* The learn action, put together: see learn.h. */
#include <config.h>

#include "lflow/learn.h"

#include "lflow/tables.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofpbuf.h"
#include "byte-order.h"
#include "util.h"

void
learn_start(struct ofpbuf *ofpacts, uint8_t table, uint32_t cookie,
            uint16_t idle_timeout_s, uint16_t hard_timeout_s)
{
    struct ofpact_learn *learn = ofpact_put_LEARN(ofpacts);

    learn->flags = NX_LEARN_F_DELETE_LEARNED;
    learn->priority = OFP_DEFAULT_PRIORITY;
    learn->table_id = table;
    learn->cookie = htonll(cookie);
    learn->idle_timeout = idle_timeout_s;
    learn->hard_timeout = hard_timeout_s;
}

void
learn_finish(struct ofpbuf *ofpacts)
{
    struct ofpact_learn *learn = ofpacts->header;

    ofpact_finish_LEARN(ofpacts, &learn);
}

static struct mf_subfield
bits_of(enum mf_field_id id, unsigned int ofs, unsigned int n_bits)
{
    const struct mf_field *field = mf_from_id(id);
    struct mf_subfield sf = {
        .field = field,
        .ofs = ofs,
        .n_bits = n_bits ? n_bits : field->n_bits,
    };

    return sf;
}

void
learn_field(struct ofpbuf *ofpacts, enum mf_field_id dst, enum mf_field_id src)
{
    struct ofpact_learn_spec *spec = ofpbuf_put_zeros(ofpacts, sizeof *spec);

    spec->src = bits_of(src, 0, 0);
    spec->dst = bits_of(dst, 0, 0);
    spec->src_type = NX_LEARN_SRC_FIELD;
    spec->dst_type = NX_LEARN_DST_MATCH;
    spec->n_bits = spec->dst.n_bits;
}

static void
put_value(struct ofpbuf *ofpacts, uint16_t dst_type, struct mf_subfield dst,
          u128 value)
{
    struct ofpact_learn_spec *spec = ofpbuf_put_zeros(ofpacts, sizeof *spec);
    size_t n_bytes = DIV_ROUND_UP(dst.n_bits, 8);
    void *bytes;

    spec->dst = dst;
    spec->src_type = NX_LEARN_SRC_IMMEDIATE;
    spec->dst_type = dst_type;
    spec->n_bits = dst.n_bits;
    bytes = ofpbuf_put_zeros(ofpacts, OFPACT_ALIGN(n_bytes));
    u128_to_bytes(value, bytes, n_bytes);
}

void
learn_match(struct ofpbuf *ofpacts, enum mf_field_id dst, u128 value)
{
    put_value(ofpacts, NX_LEARN_DST_MATCH, bits_of(dst, 0, 0), value);
}

void
learn_load(struct ofpbuf *ofpacts, enum mf_field_id dst, unsigned int ofs,
           unsigned int n_bits, u128 value)
{
    put_value(ofpacts, NX_LEARN_DST_LOAD, bits_of(dst, ofs, n_bits), value);
}

bool
learn_is_table(uint8_t table)
{
    return (table == OFTABLE_CHK_LB_HAIRPIN_REPLY
            || table == OFTABLE_ECMP_NH_MAC || table == OFTABLE_ECMP_NH
            || table == OFTABLE_CHK_LB_AFFINITY);
}
