/* FIELD = name() with a table that answers in a flag: chk_lb_hairpin,
 * check_in_port_sec and so on; ct_snat_to_vip, which asks a table too; and
 * dns_lookup(), which asks the controller. */
#include <config.h>

#include "lflow/action_impl.h"
#include "lflow/packet_in.h"
#include "lflow/registers.h"
#include "lflow/tables.h"
#include "openvswitch/ofp-actions.h"
#include "util.h"

struct check_row {
    uint8_t table;              /* That is asked... */
    uint8_t flag_bit;           /* ...and answers here. */
};

static const struct check_row *
check_row(enum lflow_action_type type)
{
    static const struct check_row rows[N_LFLOW_ACTIONS] = {
        [LFLOW_ACTION_CHK_LB_HAIRPIN] =
            { OFTABLE_CHK_LB_HAIRPIN, MLF_LOOKUP_LB_HAIRPIN_BIT },
        [LFLOW_ACTION_CHK_LB_HAIRPIN_REPLY] =
            { OFTABLE_CHK_LB_HAIRPIN_REPLY, MLF_LOOKUP_LB_HAIRPIN_BIT },
        [LFLOW_ACTION_CHECK_IN_PORT_SEC] =
            { OFTABLE_CHK_IN_PORT_SEC, MLF_CHECK_PORT_SEC_BIT },
        [LFLOW_ACTION_CHECK_OUT_PORT_SEC] =
            { OFTABLE_CHK_OUT_PORT_SEC, MLF_CHECK_PORT_SEC_BIT },
        [LFLOW_ACTION_CHK_ECMP_NH_MAC] =
            { OFTABLE_ECMP_NH_MAC, MLF_LOOKUP_COMMIT_ECMP_NH_BIT },
        [LFLOW_ACTION_CHK_ECMP_NH] =
            { OFTABLE_ECMP_NH, MLF_LOOKUP_COMMIT_ECMP_NH_BIT },
        [LFLOW_ACTION_CHK_LB_AFF] =
            { OFTABLE_CHK_LB_AFFINITY, MLF_USE_LB_AFF_SESSION_BIT },
    };

    return &rows[type];
}

void
action_parse_check(struct action_parser *parser, struct lflow_action *action)
{
    if (action_parse_no_args(parser, lflow_action_name(action->type))) {
        action_take_bit(parser, &action->result.dst);
    }
}

void
action_format_check(const struct lflow_action *action, struct ds *s)
{
    field_ref_format(&action->result.dst, s);
    ds_put_format(s, " = %s()", lflow_action_name(action->type));
}

void
action_encode_check(const struct lflow_action *action,
                    struct action_encoder *encoder)
{
    const struct check_row *row = check_row(action->type);
    struct mf_subfield flag = action_bits(MFF_LOG_FLAGS, row->flag_bit, 1);
    struct mf_subfield dst = field_ref_to_subfield(&action->result.dst);

    action_put_load_id(encoder, MFF_LOG_FLAGS, row->flag_bit, 1, 0);
    action_put_resubmit(encoder, row->table);
    action_put_move(encoder, &flag, &dst);
}

void
action_parse_ct_snat_to_vip(struct action_parser *parser OVS_UNUSED,
                            struct lflow_action *action OVS_UNUSED)
{
}

void
action_format_ct_snat_to_vip(const struct lflow_action *action OVS_UNUSED,
                             struct ds *s)
{
    ds_put_cstr(s, "ct_snat_to_vip");
}

void
action_encode_ct_snat_to_vip(const struct lflow_action *action OVS_UNUSED,
                             struct action_encoder *encoder)
{
    action_put_resubmit(encoder, OFTABLE_CT_SNAT_HAIRPIN);
}

void
action_parse_dns_lookup(struct action_parser *parser,
                        struct lflow_action *action)
{
    if (action_parse_no_args(parser, lflow_action_name(action->type))
        && action_take_bit(parser, &action->result.dst)) {
        action_require(parser, "udp");
    }
}

void
action_format_dns_lookup(const struct lflow_action *action, struct ds *s)
{
    action_format_check(action, s);
}

void
action_encode_dns_lookup(const struct lflow_action *action,
                         struct action_encoder *encoder)
{
    struct ofpbuf userdata;

    action_start_controller(&userdata, PACKET_IN_DNS_LOOKUP);
    action_put_result_field(&userdata, &action->result.dst);
    action_finish_controller(encoder, &userdata, true, NULL);
}
