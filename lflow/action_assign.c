/* Assignment and its kin: FIELD = constant, FIELD = FIELD, FIELD <-> FIELD,
 * FIELD--, push, pop, and OVN's own fields (icmp4.frag_mtu). */
#include <config.h>

#include <string.h>

#include "lflow/action_impl.h"
#include "lflow/packet_in.h"
#include "openvswitch/ofp-actions.h"
#include "util.h"

/* The current token as a constant for 'load', with its type checked. */
static void
parse_constant(struct action_parser *parser, struct lflow_load *load)
{
    struct lexer *lexer = &parser->lexer;
    const struct token *token = &lexer->token;
    struct constant constant = { token->value, U128_MAX };
    struct expr_string string = { NULL, 0 };
    struct expr_constants constants = {
        .column = token->column, .n = 1, .constants = &constant
    };

    if (token->type == LEX_STRING) {
        constants.is_string = true;
        string.name = load->string = action_token_text(parser);
        constants.strings = &string;
        constants.constants = NULL;
    } else if (token->type == LEX_INTEGER
               || token->type == LEX_MASKED_INTEGER) {
        load->masked = token->type == LEX_MASKED_INTEGER;
        load->value = token->value;
        load->format = constants.format = token->format;
        load->mask = load->masked ? token->mask
                                  : u128_ones(load->dst.n_bits);
        constants.any_masked = load->masked;
        constants.n_bits = u128_n_bits(load->masked
                                       ? token->mask | token->value
                                       : token->value);
        constant.mask = load->mask;
    } else if (token->type == LEX_MACRO) {
        lexer_syntax_error(lexer, "expecting address set name");
        return;
    } else if (token->type == LEX_PORT_GROUP) {
        lexer_syntax_error(lexer, "expecting port group name");
        return;
    } else {
        lexer_syntax_error(lexer, "expecting constant");
        return;
    }
    if (expr_type_check(lexer, &load->dst, &constants)) {
        lexer_get(lexer);
    }
}

static void
parse_field_to_field(struct action_parser *parser, bool exchange,
                     struct lflow_move *move)
{
    const struct symbol *a = move->dst.symbol, *b;

    if (!action_parse_field(parser, &move->src)) {
        return;
    }
    b = move->src.symbol;
    if (symbol_is_string(a) != symbol_is_string(b)) {
        const struct symbol *first = exchange ? a : b;
        const struct symbol *second = exchange ? b : a;

        action_field_error(parser, exchange
                           ? "Can't exchange %s field (%s) with %s field (%s)."
                           : "Can't assign %s field (%s) to %s field (%s).",
                           symbol_is_string(first) ? "string" : "integer",
                           first->name,
                           symbol_is_string(second) ? "string" : "integer",
                           second->name);
    } else if (move->dst.n_bits != move->src.n_bits) {
        if (exchange) {
            action_field_error(parser, "Can't exchange %d-bit field with "
                               "%d-bit field.", move->dst.n_bits,
                               move->src.n_bits);
        } else {
            action_field_error(parser, "Can't assign %d-bit value to %d-bit "
                               "destination.", move->src.n_bits,
                               move->dst.n_bits);
        }
    } else if (exchange) {
        action_check_writable(parser, &move->src);
    }
}

void
action_parse_load(struct action_parser *parser, struct lflow_action *action)
{
    struct field_ref dst = parser->dst;

    if (!action_check_writable(parser, &dst)) {
        return;
    }
    if (parser->lexer.token.type == LEX_ID) {
        action->type = LFLOW_ACTION_MOVE;
        action->move.dst = dst;
        if (dst.symbol->kind == SYMBOL_PSEUDO) {
            lexer_syntax_error(&parser->lexer, "expecting constant");
            return;
        }
        parse_field_to_field(parser, false, &action->move);
        return;
    }
    if (dst.symbol->kind == SYMBOL_PSEUDO) {
        action->type = LFLOW_ACTION_OVN_FIELD;
    }
    action->load.dst = dst;
    parse_constant(parser, &action->load);
}

/* LOAD is what the statement parser starts with; these two are what it
 * turns into. */
void
action_parse_move(struct action_parser *parser, struct lflow_action *action)
{
    action_parse_load(parser, action);
}

void
action_parse_ovn_field(struct action_parser *parser,
                       struct lflow_action *action)
{
    action_parse_load(parser, action);
}

void
action_format_load(const struct lflow_action *action, struct ds *s)
{
    const struct lflow_load *load = &action->load;

    field_ref_format(&load->dst, s);
    ds_put_cstr(s, " = ");
    if (load->string) {
        lex_format_string(load->string, s);
    } else {
        lex_format_masked(load->value, load->masked ? load->mask : U128_MAX,
                          load->format, s);
    }
}

void
action_encode_load(const struct lflow_action *action,
                   struct action_encoder *encoder)
{
    const struct lflow_load *load = &action->load;
    struct mf_subfield dst = field_ref_to_subfield(&load->dst);
    u128 bits = load->value;
    u128 ones = load->mask;

    if (load->string) {
        uint32_t key = 0;

        if (!*load->string
            || !lflow_scope_port_key(encoder->scope, encoder->refs,
                                     load->string, &key)) {
            key = 0;
        }
        bits = key;
        ones = u128_ones(dst.field->n_bits);
    }
    action_put_set(encoder->ofpacts, dst.field, bits << dst.ofs,
                   ones << dst.ofs);
}

void
action_format_move(const struct lflow_action *action, struct ds *s)
{
    field_ref_format(&action->move.dst, s);
    ds_put_cstr(s, " = ");
    field_ref_format(&action->move.src, s);
}

void
action_encode_move(const struct lflow_action *action,
                   struct action_encoder *encoder)
{
    struct mf_subfield src = field_ref_to_subfield(&action->move.src);
    struct mf_subfield dst = field_ref_to_subfield(&action->move.dst);

    action_put_move(encoder, &src, &dst);
}

void
action_parse_exchange(struct action_parser *parser,
                      struct lflow_action *action)
{
    action->move.dst = parser->dst;
    if (action_check_writable(parser, &action->move.dst)) {
        parse_field_to_field(parser, true, &action->move);
    }
}

void
action_format_exchange(const struct lflow_action *action, struct ds *s)
{
    field_ref_format(&action->move.dst, s);
    ds_put_cstr(s, " <-> ");
    field_ref_format(&action->move.src, s);
}

void
action_encode_exchange(const struct lflow_action *action,
                       struct action_encoder *encoder)
{
    struct mf_subfield left = field_ref_to_subfield(&action->move.dst);
    struct mf_subfield right = field_ref_to_subfield(&action->move.src);

    action_put_push(encoder, &right);
    action_put_push(encoder, &left);
    action_put_pop(encoder, &right);
    action_put_pop(encoder, &left);
}

void
action_parse_dec_ttl(struct action_parser *parser,
                     struct lflow_action *action OVS_UNUSED)
{
    struct field_ref ref;

    if (!action_parse_field(parser, &ref)) {
        return;
    }
    if (strcmp(ref.symbol->name, "ip.ttl")) {
        lexer_error(&parser->lexer,
                    "decrement operation is not supported on %s.",
                    ref.symbol->name);
        return;
    }
    lexer_force(&parser->lexer, LEX_DECREMENT);
}

void
action_format_dec_ttl(const struct lflow_action *action OVS_UNUSED,
                      struct ds *s)
{
    ds_put_cstr(s, "ip.ttl--");
}

/* Without controllers: a packet whose TTL runs out is dropped. */
void
action_encode_dec_ttl(const struct lflow_action *action OVS_UNUSED,
                      struct action_encoder *encoder)
{
    ofpact_put_DEC_TTL(encoder->ofpacts);
}

/* icmp4.frag_mtu and icmp6.frag_mtu: OpenFlow can't write them, so the
 * controller does. */
void
action_format_ovn_field(const struct lflow_action *action, struct ds *s)
{
    action_format_load(action, s);
}

void
action_encode_ovn_field(const struct lflow_action *action,
                        struct action_encoder *encoder)
{
    const struct lflow_load *load = &action->load;
    struct ofpbuf userdata;

    if (load->dst.symbol->n_bits == 16) {
        ovs_be16 mtu = htons(load->value);

        action_start_controller(&userdata, PACKET_IN_PUT_ICMP4_FRAG_MTU);
        ofpbuf_put(&userdata, &mtu, sizeof mtu);
    } else {
        ovs_be32 mtu = htonl(load->value);

        action_start_controller(&userdata, PACKET_IN_PUT_ICMP6_FRAG_MTU);
        ofpbuf_put(&userdata, &mtu, sizeof mtu);
    }
    action_finish_controller(encoder, &userdata, true, NULL);
}

/* --- push and pop ------------------------------------------------------ */

static void
parse_stack(struct action_parser *parser, struct lflow_action *action)
{
    if (lexer_force(&parser->lexer, LEX_LPAREN)
        && action_parse_field(parser, &action->stack.field)) {
        lexer_force(&parser->lexer, LEX_RPAREN);
    }
}

static void
format_stack(const struct lflow_action *action, const char *name,
             struct ds *s)
{
    ds_put_format(s, "%s(", name);
    field_ref_format(&action->stack.field, s);
    ds_put_char(s, ')');
}

void
action_parse_push(struct action_parser *parser, struct lflow_action *action)
{
    parse_stack(parser, action);
}

void
action_parse_pop(struct action_parser *parser, struct lflow_action *action)
{
    parse_stack(parser, action);
    if (lexer_is_ok(&parser->lexer)) {
        action_check_writable(parser, &action->stack.field);
    }
}

void
action_format_push(const struct lflow_action *action, struct ds *s)
{
    format_stack(action, "push", s);
}

void
action_format_pop(const struct lflow_action *action, struct ds *s)
{
    format_stack(action, "pop", s);
}

void
action_encode_push(const struct lflow_action *action,
                   struct action_encoder *encoder)
{
    struct mf_subfield src = field_ref_to_subfield(&action->stack.field);

    action_put_push(encoder, &src);
}

void
action_encode_pop(const struct lflow_action *action,
                  struct action_encoder *encoder)
{
    struct mf_subfield dst = field_ref_to_subfield(&action->stack.field);

    action_put_pop(encoder, &dst);
}
