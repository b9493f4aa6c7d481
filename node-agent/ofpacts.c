/* Short names for OpenFlow actions: see ofpacts.h. */
#include <config.h>

#include "node-agent/ofpacts.h"

#include "lflow/packet_in.h"
#include "packets.h"
#include "util.h"

/* 'mask' NULL: all bits.  Given values, ofpact_put_set_field() would leave its
 * padding as it finds it, and flow_actions.h compares bytes. */
static void
put_field(const struct mf_field *field, const union mf_value *value,
          const union mf_value *mask, struct ofpbuf *ofpacts)
{
    struct ofpact_set_field *set
        = ofpact_put_set_field(ofpacts, field, NULL, NULL);

    memcpy(set->value, value, field->n_bytes);
    if (mask) {
        memcpy(ofpact_set_field_mask(set), mask, field->n_bytes);
    } else {
        memset(ofpact_set_field_mask(set), 0xff, field->n_bytes);
    }
}

void
put_load(enum mf_field_id id, unsigned int ofs, unsigned int n_bits,
         uint64_t value, struct ofpbuf *ofpacts)
{
    const struct mf_field *field = mf_from_id(id);
    union mf_value v, mask;

    memset(&v, 0, sizeof v);
    memset(&mask, 0, sizeof mask);
    bitwise_put(value, &v, field->n_bytes, ofs, n_bits);
    bitwise_one(&mask, field->n_bytes, ofs, n_bits);
    put_field(field, &v, n_bits == field->n_bits ? NULL : &mask, ofpacts);
}

void
put_set(enum mf_field_id id, uint64_t value, struct ofpbuf *ofpacts)
{
    const struct mf_field *field = mf_from_id(id);
    union mf_value v;

    memset(&v, 0, sizeof v);
    bitwise_put(value, &v, field->n_bytes, 0, MIN(field->n_bits, 64));
    put_field(field, &v, NULL, ofpacts);
}

void
put_set_mac(enum mf_field_id id, const struct eth_addr mac,
            struct ofpbuf *ofpacts)
{
    union mf_value v;

    memset(&v, 0, sizeof v);
    v.mac = mac;
    put_field(mf_from_id(id), &v, NULL, ofpacts);
}

void
put_move(enum mf_field_id src, unsigned int src_ofs, enum mf_field_id dst,
         unsigned int dst_ofs, unsigned int n_bits, struct ofpbuf *ofpacts)
{
    struct ofpact_reg_move *move = ofpact_put_REG_MOVE(ofpacts);

    move->src.field = mf_from_id(src);
    move->src.ofs = src_ofs;
    move->src.n_bits = n_bits;
    move->dst.field = mf_from_id(dst);
    move->dst.ofs = dst_ofs;
    move->dst.n_bits = n_bits;
}

void
put_resubmit(uint8_t table, struct ofpbuf *ofpacts)
{
    struct ofpact_resubmit *resubmit = ofpact_put_RESUBMIT(ofpacts);

    resubmit->in_port = OFPP_IN_PORT;
    resubmit->table_id = table;
}

void
put_output(ofp_port_t port, struct ofpbuf *ofpacts)
{
    struct ofpact_output *output = ofpact_put_OUTPUT(ofpacts);

    output->port = port;
    output->max_len = UINT16_MAX;
}

void
put_stack(enum ofpact_type type, enum mf_field_id id, struct ofpbuf *ofpacts)
{
    struct ofpact_stack *stack = (type == OFPACT_STACK_PUSH
                                  ? ofpact_put_STACK_PUSH(ofpacts)
                                  : ofpact_put_STACK_POP(ofpacts));

    stack->subfield.field = mf_from_id(id);
    stack->subfield.ofs = 0;
    stack->subfield.n_bits = stack->subfield.field->n_bits;
}

void
put_active_backup(const ofp_port_t *ports, size_t n, struct ofpbuf *ofpacts)
{
    struct ofpact_bundle *bundle = ofpact_put_BUNDLE(ofpacts);

    bundle->algorithm = NX_BD_ALG_ACTIVE_BACKUP;
    bundle->fields = NX_HASH_FIELDS_ETH_SRC;
    ofpbuf_put(ofpacts, ports, n * sizeof *ports);
    bundle = ofpacts->header;
    bundle->n_members = n;
    ofpact_finish_BUNDLE(ofpacts, &bundle);
}

void
put_controller(uint32_t opcode, struct ofpbuf *ofpacts)
{
    const struct packet_in_header header = { .opcode = htonl(opcode) };
    struct ofpact_controller *controller = ofpact_put_CONTROLLER(ofpacts);

    controller->max_len = UINT16_MAX;
    controller->reason = OFPR_ACTION;
    controller->provider_meter_id = NX_CTLR_NO_METER;
    controller->meter_id = NX_CTLR_NO_METER;
    ofpbuf_put(ofpacts, &header, sizeof header);
    controller = ofpacts->header;
    controller->userdata_len = sizeof header;
    ofpact_finish_CONTROLLER(ofpacts, &controller);
}
