/* Encoding of logical actions as OpenFlow actions: what the families share.
 *
 * A failure is recorded once; what is put after it doesn't matter, since
 * lflow_actions_encode() takes it back. */
#include <config.h>

#include <string.h>

#include "lflow/action_impl.h"
#include "lflow/limits.h"
#include "lflow/registers.h"
#include "lflow/tables.h"
#include "nx-match.h"
#include "openvswitch/ofp-actions.h"
#include "util.h"

void
action_encode_fail(struct action_encoder *encoder, int code,
                   const char *message)
{
    if (!encoder->error) {
        encoder->error = err_put(encoder->err, code, "actions", "%s",
                                 message);
    }
}

void
action_encode_list(const struct lflow_actions *actions,
                   struct action_encoder *encoder)
{
    LFLOW_ACTION_FOR_EACH (action, actions) {
        action_class(action->type)->encode(action, encoder);
        if (encoder->error) {
            return;
        } else if (encoder->ofpacts->size > LFLOW_MAX_OFPACTS) {
            action_encode_fail(encoder, -WEFT_E_TOO_LARGE,
                               "too many OpenFlow actions");
            return;
        }
    }
}

void
action_put_resubmit(struct action_encoder *encoder, uint8_t table)
{
    struct ofpact_resubmit *resubmit
        = ofpact_put_RESUBMIT(encoder->ofpacts);

    resubmit->in_port = OFPP_IN_PORT;
    resubmit->table_id = table;
}

uint8_t
action_stage_table(const struct action_encoder *encoder, uint8_t stage)
{
    const struct lflow_place *place = encoder->place;

    return stage + (pipeline_is_ingress(place->pipeline)
                    ? place->ingress_table : place->egress_table);
}

uint8_t
action_output_table(const struct action_encoder *encoder)
{
    const struct lflow_place *place = encoder->place;

    return pipeline_is_ingress(place->pipeline) ? place->output_table
                                                : OFTABLE_SAVE_INPORT;
}

/* The value and the mask are filled in here: given them, OVS would leave the
 * padding undefined, and equal actions would differ. */
void
action_put_set(struct ofpbuf *ofpacts, const struct mf_field *field,
               u128 value, u128 mask)
{
    struct ofpact_set_field *set = ofpact_put_set_field(ofpacts, field, NULL,
                                                        NULL);

    u128_to_bytes(value & mask, set->value, field->n_bytes);
    u128_to_bytes(mask, ofpact_set_field_mask(set), field->n_bytes);
}

void
action_put_load(struct ofpbuf *ofpacts, const struct mf_field *field,
                unsigned int ofs, unsigned int n_bits, u128 value)
{
    action_put_set(ofpacts, field, value << ofs, u128_ones(n_bits) << ofs);
}

void
action_put_load_id(struct action_encoder *encoder, enum mf_field_id id,
                   unsigned int ofs, unsigned int n_bits, u128 value)
{
    action_put_load(encoder->ofpacts, mf_from_id(id), ofs, n_bits, value);
}

void
action_put_move(struct action_encoder *encoder,
                const struct mf_subfield *src, const struct mf_subfield *dst)
{
    struct ofpact_reg_move *move = ofpact_put_REG_MOVE(encoder->ofpacts);

    move->src = *src;
    move->dst = *dst;
}

void
action_put_push(struct action_encoder *encoder,
                const struct mf_subfield *subfield)
{
    ofpact_put_STACK_PUSH(encoder->ofpacts)->subfield = *subfield;
}

void
action_put_pop(struct action_encoder *encoder,
               const struct mf_subfield *subfield)
{
    ofpact_put_STACK_POP(encoder->ofpacts)->subfield = *subfield;
}

struct mf_subfield
action_bits(enum mf_field_id id, unsigned int ofs, unsigned int n_bits)
{
    return (struct mf_subfield) {
        .field = mf_from_id(id), .ofs = ofs, .n_bits = n_bits
    };
}

struct mf_subfield
action_whole(enum mf_field_id id)
{
    return action_bits(id, 0, mf_from_id(id)->n_bits);
}

/* --- Arguments --------------------------------------------------------- */

static bool
arg_is_in_place(const struct action_arg *arg)
{
    return arg->src.field->id == arg->dst && !arg->src.ofs
           && arg->src.n_bits == arg->src.field->n_bits;
}

/* Three passes, so that an argument may be another one's destination: save
 * what the destinations hold, push all sources, pop them in place. */
void
action_put_args(struct action_encoder *encoder,
                const struct action_arg args[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!arg_is_in_place(&args[i])) {
            struct mf_subfield dst = action_whole(args[i].dst);

            action_put_push(encoder, &dst);
        }
    }
    for (size_t i = n; i-- > 0; ) {
        if (!arg_is_in_place(&args[i])) {
            action_put_push(encoder, &args[i].src);
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (!arg_is_in_place(&args[i])) {
            struct mf_subfield dst = action_whole(args[i].dst);

            action_put_pop(encoder, &dst);
        }
    }
}

void
action_put_restore(struct action_encoder *encoder,
                   const struct action_arg args[], size_t n)
{
    for (size_t i = n; i-- > 0; ) {
        if (!arg_is_in_place(&args[i])) {
            struct mf_subfield dst = action_whole(args[i].dst);

            action_put_pop(encoder, &dst);
        }
    }
}

/* --- Packets to the controller ----------------------------------------- */

void
action_start_controller(struct ofpbuf *userdata, uint32_t opcode)
{
    ovs_be32 header[2] = { htonl(opcode), 0 };

    ofpbuf_init(userdata, 64);
    ofpbuf_put(userdata, header, sizeof header);
}

void
action_finish_controller(struct action_encoder *encoder,
                         struct ofpbuf *userdata, bool pause,
                         const char *meter)
{
    struct ofpact_controller *controller;

    if (userdata->size > UINT16_MAX / 2) {
        action_encode_fail(encoder, -WEFT_E_TOO_LARGE,
                           "too much data for the controller");
        ofpbuf_uninit(userdata);
        return;
    }
    controller = ofpact_put_CONTROLLER(encoder->ofpacts);
    controller->max_len = UINT16_MAX;
    controller->reason = OFPR_ACTION;
    controller->pause = pause;
    controller->provider_meter_id = NX_CTLR_NO_METER;
    controller->meter_id = meter ? action_meter_id(encoder, meter)
                                 : encoder->controller_meter;
    ofpbuf_put(encoder->ofpacts, userdata->data, userdata->size);
    controller = encoder->ofpacts->header;
    controller->userdata_len = userdata->size;
    ofpact_finish_CONTROLLER(encoder->ofpacts, &controller);
    ofpbuf_uninit(userdata);
}

void
action_put_controller(struct action_encoder *encoder, uint32_t opcode)
{
    struct ofpbuf userdata;

    action_start_controller(&userdata, opcode);
    action_finish_controller(encoder, &userdata, false, NULL);
}

void
action_put_result_field(struct ofpbuf *userdata, const struct field_ref *dst)
{
    struct mf_subfield subfield = field_ref_to_subfield(dst);
    ovs_be32 ofs = htonl(subfield.ofs);

    nx_put_mff_header(userdata, subfield.field, OFP15_VERSION, false);
    ofpbuf_put(userdata, &ofs, sizeof ofs);
}

/* --- Conntrack, groups, meters ----------------------------------------- */

enum mf_field_id
action_ct_zone(const struct action_encoder *encoder)
{
    return pipeline_is_router(encoder->place->pipeline) ? MFF_LOG_DNAT_ZONE
                                                        : MFF_LOG_CT_ZONE;
}

void
action_put_group(struct action_encoder *encoder, const char *text)
{
    uint32_t id = lflow_scope_group_id(encoder->scope, encoder->refs, text);

    if (id) {
        ofpact_put_GROUP(encoder->ofpacts)->group_id = id;
    } else {
        action_encode_fail(encoder, -WEFT_E_NO_SPACE,
                           "no OpenFlow group could be allotted");
    }
}

uint32_t
action_meter_id(struct action_encoder *encoder, const char *name)
{
    uint32_t id = lflow_scope_meter_id(encoder->scope, encoder->refs, name);

    if (!id) {
        action_encode_fail(encoder, -WEFT_E_NO_SPACE,
                           "no OpenFlow meter could be allotted");
    }
    return id;
}
