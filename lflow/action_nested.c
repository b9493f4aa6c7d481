/* Actions on a packet that the controller makes of the flow's own: arp { },
 * nd_na { }, icmp4 { }, tcp_reset { } and so on; and those that merely send
 * it the packet. */
#include <config.h>

#include "lflow/action_impl.h"
#include "lflow/packet_in.h"
#include "lflow/registers.h"
#include "openvswitch/ofp-actions.h"
#include "util.h"

struct nested_row {
    enum packet_in_opcode opcode;
    const char *prereq;         /* Of the flow, or NULL. */
};

static const struct nested_row *
nested_row(enum lflow_action_type type)
{
    static const struct nested_row rows[N_LFLOW_ACTIONS] = {
        [LFLOW_ACTION_ARP] = { PACKET_IN_ARP, "ip4" },
        [LFLOW_ACTION_ND_NS] = { PACKET_IN_ND_NS, "ip6" },
        [LFLOW_ACTION_ND_NA] = { PACKET_IN_ND_NA, "nd_ns" },
        [LFLOW_ACTION_ND_NA_ROUTER] = { PACKET_IN_ND_NA_ROUTER, "nd_ns" },
        [LFLOW_ACTION_ICMP4] = { PACKET_IN_ICMP, "ip4" },
        [LFLOW_ACTION_ICMP4_ERROR] = { PACKET_IN_ICMP4_ERROR, "ip4" },
        [LFLOW_ACTION_ICMP6] = { PACKET_IN_ICMP, "ip6" },
        [LFLOW_ACTION_ICMP6_ERROR] = { PACKET_IN_ICMP6_ERROR, "ip6" },
        [LFLOW_ACTION_TCP_RESET] = { PACKET_IN_TCP_RESET, "tcp" },
        [LFLOW_ACTION_SCTP_ABORT] = { PACKET_IN_SCTP_ABORT, "sctp" },
        [LFLOW_ACTION_REJECT] = { PACKET_IN_REJECT, NULL },
        [LFLOW_ACTION_IGMP] = { PACKET_IN_IGMP, NULL },
        [LFLOW_ACTION_HANDLE_DHCPV6_REPLY] = { PACKET_IN_DHCP6_SERVER,
                                               NULL },
    };

    return &rows[type];
}

/* What is within sees another packet than the flow: its prerequisites are
 * not the flow's, but for reject, which keeps the protocol. */
void
action_parse_nested(struct action_parser *parser,
                    struct lflow_action *action)
{
    const char *prereq = nested_row(action->type)->prereq;

    if (prereq) {
        action_require(parser, prereq);
    }
    action->nested.actions = action_parse_braces(parser, !prereq);
}

void
action_format_nested(const struct lflow_action *action, struct ds *s)
{
    ds_put_format(s, "%s { ", lflow_action_name(action->type));
    lflow_actions_format(action->nested.actions, s);
    ds_put_cstr(s, " }");
}

void
action_encode_nested(const struct lflow_action *action,
                     struct action_encoder *encoder)
{
    struct ofpbuf *ofpacts = encoder->ofpacts;
    struct ofpbuf inner, userdata;

    ofpbuf_init(&inner, 256);
    encoder->ofpacts = &inner;
    action_encode_list(action->nested.actions, encoder);
    encoder->ofpacts = ofpacts;

    action_start_controller(&userdata, nested_row(action->type)->opcode);
    ofpacts_put_openflow_actions(inner.data, inner.size, &userdata,
                                 OFP15_VERSION);
    action_finish_controller(encoder, &userdata, false, NULL);
    ofpbuf_uninit(&inner);
}

/* --- igmp, handle_dhcpv6_reply ----------------------------------------- */

void
action_parse_pause(struct action_parser *parser OVS_UNUSED,
                   struct lflow_action *action OVS_UNUSED)
{
}

void
action_format_pause(const struct lflow_action *action, struct ds *s)
{
    ds_put_cstr(s, lflow_action_name(action->type));
}

void
action_encode_pause(const struct lflow_action *action,
                    struct action_encoder *encoder)
{
    action_put_controller(encoder, nested_row(action->type)->opcode);
}

/* --- handle_bfd_msg() -------------------------------------------------- */

void
action_parse_bfd_msg(struct action_parser *parser,
                     struct lflow_action *action)
{
    action_parse_no_args(parser, lflow_action_name(action->type));
}

void
action_format_bfd_msg(const struct lflow_action *action OVS_UNUSED,
                      struct ds *s)
{
    ds_put_cstr(s, "handle_bfd_msg()");
}

void
action_encode_bfd_msg(const struct lflow_action *action OVS_UNUSED,
                      struct action_encoder *encoder)
{
    action_put_controller(encoder, PACKET_IN_BFD_MSG);
}

/* --- handle_svc_check, bind_vport -------------------------------------- */

void
action_parse_handle_svc_check(struct action_parser *parser,
                              struct lflow_action *action)
{
    if (lexer_force(&parser->lexer, LEX_LPAREN)
        && action_parse_field_of(parser, 0, &action->stack.field)) {
        lexer_force(&parser->lexer, LEX_RPAREN);
    }
}

void
action_format_handle_svc_check(const struct lflow_action *action,
                               struct ds *s)
{
    ds_put_cstr(s, "handle_svc_check(");
    field_ref_format(&action->stack.field, s);
    ds_put_char(s, ')');
}

void
action_encode_handle_svc_check(const struct lflow_action *action,
                               struct action_encoder *encoder)
{
    const struct action_arg args[] = {
        { field_ref_to_subfield(&action->stack.field), MFF_LOG_INPORT },
    };

    action_put_args(encoder, args, ARRAY_SIZE(args));
    action_put_controller(encoder, PACKET_IN_HANDLE_SVC_CHECK);
    action_put_restore(encoder, args, ARRAY_SIZE(args));
}

void
action_parse_bind_vport(struct action_parser *parser,
                        struct lflow_action *action)
{
    struct lexer *lexer = &parser->lexer;

    if (!lexer_force(lexer, LEX_LPAREN)) {
        return;
    } else if (lexer->token.type != LEX_STRING) {
        lexer_syntax_error(lexer, "expecting port name string");
        return;
    }
    action->bind_vport.vport = action_parse_string(parser);
    if (lexer_force(lexer, LEX_COMMA)
        && action_parse_field_of(parser, 0, &action->bind_vport.parent)) {
        lexer_force(lexer, LEX_RPAREN);
    }
}

void
action_format_bind_vport(const struct lflow_action *action, struct ds *s)
{
    ds_put_cstr(s, "bind_vport(");
    lex_format_string(action->bind_vport.vport, s);
    ds_put_cstr(s, ", ");
    field_ref_format(&action->bind_vport.parent, s);
    ds_put_char(s, ')');
}

/* A port that isn't there can't be bound: then nothing is done. */
void
action_encode_bind_vport(const struct lflow_action *action,
                         struct action_encoder *encoder)
{
    const struct lflow_bind_vport *bind = &action->bind_vport;
    const struct action_arg args[] = {
        { field_ref_to_subfield(&bind->parent), MFF_LOG_INPORT },
    };
    struct ofpbuf userdata;
    uint32_t key;
    ovs_be32 be_key;

    if (!lflow_scope_port_key(encoder->scope, encoder->refs, bind->vport,
                              &key)) {
        return;
    }
    be_key = htonl(key);
    action_put_args(encoder, args, ARRAY_SIZE(args));
    action_start_controller(&userdata, PACKET_IN_BIND_VPORT);
    ofpbuf_put(&userdata, &be_key, sizeof be_key);
    action_finish_controller(encoder, &userdata, false, NULL);
    action_put_restore(encoder, args, ARRAY_SIZE(args));
}
