/* Connection tracking: ct_next, ct_commit, ct_dnat, ct_snat and their common
 * zone variants, ct_commit_nat, ct_clear. */
#include <config.h>

#include <netinet/in.h>
#include <string.h>

#include "lflow/action_impl.h"
#include "lflow/registers.h"
#include "openvswitch/ofp-actions.h"
#include "packets.h"
#include "util.h"

/* ct(...) around the ofpacts at 'inner' (may be NULL), without a next table
 * where 'table' is NX_CT_RECIRC_NONE. */
static void
put_ct(struct action_encoder *encoder, uint16_t flags, enum mf_field_id zone,
       uint8_t table, const struct ofpbuf *inner)
{
    struct ofpact_conntrack *ct = ofpact_put_CT(encoder->ofpacts);

    ct->flags = flags;
    ct->recirc_table = table;
    ct->zone_src = action_bits(zone, 0, 16);
    if (inner) {
        ofpbuf_put(encoder->ofpacts, inner->data, inner->size);
    }
    ct = encoder->ofpacts->header;
    ofpact_finish_CT(encoder->ofpacts, &ct);
}

static void
put_nat(struct ofpbuf *ofpacts, uint16_t flags)
{
    ofpact_put_NAT(ofpacts)->flags = flags;
}

/* --- ct_next, ct_commit_nat, ct_clear ---------------------------------- */

void
action_parse_ct_next(struct action_parser *parser,
                     struct lflow_action *action)
{
    action_require(parser, "ip");
    action_next_stage(parser, "ct_next", &action->ct_table.stage);
}

void
action_format_ct_next(const struct lflow_action *action OVS_UNUSED,
                      struct ds *s)
{
    ds_put_cstr(s, "ct_next");
}

void
action_encode_ct_next(const struct lflow_action *action,
                      struct action_encoder *encoder)
{
    put_ct(encoder, 0, action_ct_zone(encoder),
           action_stage_table(encoder, action->ct_table.stage), NULL);
}

void
action_parse_ct_commit_nat(struct action_parser *parser,
                           struct lflow_action *action)
{
    action_require(parser, "ip");
    action_next_stage(parser, "ct_commit_nat", &action->ct_table.stage);
}

void
action_format_ct_commit_nat(const struct lflow_action *action OVS_UNUSED,
                            struct ds *s)
{
    ds_put_cstr(s, "ct_commit_nat");
}

void
action_encode_ct_commit_nat(const struct lflow_action *action,
                            struct action_encoder *encoder)
{
    struct ofpbuf inner;

    ofpbuf_init(&inner, 64);
    put_nat(&inner, 0);
    put_ct(encoder, NX_CT_F_COMMIT, action_ct_zone(encoder),
           action_stage_table(encoder, action->ct_table.stage), &inner);
    ofpbuf_uninit(&inner);
}

void
action_parse_ct_clear(struct action_parser *parser OVS_UNUSED,
                      struct lflow_action *action OVS_UNUSED)
{
}

void
action_format_ct_clear(const struct lflow_action *action OVS_UNUSED,
                       struct ds *s)
{
    ds_put_cstr(s, "ct_clear");
}

void
action_encode_ct_clear(const struct lflow_action *action OVS_UNUSED,
                       struct action_encoder *encoder)
{
    ofpact_put_CT_CLEAR(encoder->ofpacts);
}

/* --- ct_commit --------------------------------------------------------- */

/* "=value[/mask]" for a field of 'n_bits'. */
static bool
parse_value_mask(struct lexer *lexer, unsigned int n_bits, u128 *value,
                 u128 *mask)
{
    const struct token *token = &lexer->token;

    if (!lexer_force(lexer, LEX_EQUALS)) {
        return false;
    } else if (token->type != LEX_INTEGER
               && token->type != LEX_MASKED_INTEGER) {
        lexer_syntax_error(lexer, "expecting integer");
        return false;
    }
    *value = token->value;
    *mask = token->type == LEX_INTEGER ? u128_ones(n_bits) : token->mask;
    if ((*value | *mask) & ~u128_ones(n_bits)) {
        lexer_syntax_error(lexer, "expecting %u-bit integer", n_bits);
        return false;
    }
    lexer_get(lexer);
    return true;
}

/* The old syntax: ct_commit(ct_mark=1/1, ct_label=2).  OVN commits it to the
 * port's zone in routers too. */
void
action_parse_ct_commit_v1(struct action_parser *parser,
                          struct lflow_action *action)
{
    struct lexer *lexer = &parser->lexer;
    struct lflow_ct_commit *commit = &action->ct_commit;

    action->type = LFLOW_ACTION_CT_COMMIT_V1;
    while (lexer_is_ok(lexer) && !lexer_match(lexer, LEX_RPAREN)) {
        if (lexer_match_id(lexer, "ct_mark")) {
            parse_value_mask(lexer, 32, &commit->mark, &commit->mark_mask);
        } else if (lexer_match_id(lexer, "ct_label")) {
            parse_value_mask(lexer, 128, &commit->label,
                             &commit->label_mask);
        } else {
            action_syntax_error(lexer);
        }
        lexer_match(lexer, LEX_COMMA);
    }
}

void
action_parse_ct_commit(struct action_parser *parser,
                       struct lflow_action *action)
{
    struct lexer *lexer = &parser->lexer;

    action_require(parser, "ip");
    if (lexer_match(lexer, LEX_LPAREN)) {
        action_parse_ct_commit_v1(parser, action);
    } else if (lexer->token.type == LEX_LCURLY) {
        bool outer = parser->in_ct_commit;

        parser->in_ct_commit = true;
        action->nested.actions = action_parse_braces(parser, true);
        parser->in_ct_commit = outer;
    } else {
        action->nested.actions
            = lflow_arena_alloc(parser->arena, sizeof(struct lflow_actions));
    }
}

static void
format_value_mask(const char *name, u128 value, u128 mask,
                  unsigned int n_bits, struct ds *s)
{
    if (mask) {
        ds_put_format(s, "%s%s=", *ds_cstr(s) && s->string[s->length - 1]
                      == '(' ? "" : ", ", name);
        lex_format_integer(value, LEX_F_HEXADECIMAL, s);
        if (mask != u128_ones(n_bits)) {
            ds_put_char(s, '/');
            lex_format_integer(mask, LEX_F_HEXADECIMAL, s);
        }
    }
}

void
action_format_ct_commit_v1(const struct lflow_action *action, struct ds *s)
{
    const struct lflow_ct_commit *commit = &action->ct_commit;

    ds_put_cstr(s, "ct_commit(");
    format_value_mask("ct_mark", commit->mark, commit->mark_mask, 32, s);
    format_value_mask("ct_label", commit->label, commit->label_mask, 128, s);
    ds_put_char(s, ')');
}

void
action_format_ct_commit(const struct lflow_action *action, struct ds *s)
{
    ds_put_cstr(s, "ct_commit");
    if (action->nested.actions->n) {
        ds_put_cstr(s, " { ");
        lflow_actions_format(action->nested.actions, s);
        ds_put_cstr(s, " }");
    }
}

/* Committing also applies source NAT (without an address: none of ours), so
 * that a connection whose tuple is taken gets another port. */
static void
put_commit(struct action_encoder *encoder, enum mf_field_id zone,
           const struct ofpbuf *inner)
{
    struct ofpbuf all;

    ofpbuf_init(&all, 128);
    put_nat(&all, NX_NAT_F_SRC);
    ofpbuf_put(&all, inner->data, inner->size);
    put_ct(encoder, NX_CT_F_COMMIT, zone, NX_CT_RECIRC_NONE, &all);
    ofpbuf_uninit(&all);
}

void
action_encode_ct_commit_v1(const struct lflow_action *action,
                           struct action_encoder *encoder)
{
    const struct lflow_ct_commit *commit = &action->ct_commit;
    struct ofpbuf inner;

    ofpbuf_init(&inner, 128);
    if (commit->mark_mask) {
        action_put_set(&inner, mf_from_id(MFF_CT_MARK), commit->mark,
                       commit->mark_mask);
    }
    if (commit->label_mask) {
        action_put_set(&inner, mf_from_id(MFF_CT_LABEL), commit->label,
                       commit->label_mask);
    }
    put_commit(encoder, MFF_LOG_CT_ZONE, &inner);
    ofpbuf_uninit(&inner);
}

void
action_encode_ct_commit(const struct lflow_action *action,
                        struct action_encoder *encoder)
{
    struct ofpbuf *ofpacts = encoder->ofpacts;
    struct ofpbuf inner;

    ofpbuf_init(&inner, 128);
    encoder->ofpacts = &inner;
    action_encode_list(action->nested.actions, encoder);
    encoder->ofpacts = ofpacts;
    put_commit(encoder, action_ct_zone(encoder), &inner);
    ofpbuf_uninit(&inner);
}

/* --- ct_dnat, ct_snat -------------------------------------------------- */

static bool
parse_port_range(struct lexer *lexer, struct lflow_ct_nat *nat)
{
    u128 port;

    if (lexer->token.type == LEX_INTEGER && !lexer->token.value) {
        lexer_syntax_error(lexer, "range can't be 0");
        return false;
    } else if (!lexer_match_int(lexer, UINT16_MAX, &port)) {
        lexer_syntax_error(lexer, "expecting Integer for port range");
        return false;
    }
    nat->port_lo = port;
    if (!lexer_match(lexer, LEX_HYPHEN)) {
        return true;
    } else if (lexer->token.type == LEX_INTEGER
               && lexer->token.value <= nat->port_lo) {
        lexer_syntax_error(lexer,
                           "range high should be greater than range low");
        return false;
    } else if (!lexer_match_int(lexer, UINT16_MAX, &port)) {
        lexer_syntax_error(lexer, "expecting Integer for port range");
        return false;
    }
    nat->port_hi = port;
    return true;
}

static bool
parse_nat_address(struct lexer *lexer, struct lflow_address *address)
{
    const struct token *token = &lexer->token;

    if (token->type == LEX_INTEGER && token->format == LEX_F_IPV4) {
        address->family = AF_INET;
        in6_addr_set_mapped_ipv4(&address->ip, htonl(token->value));
    } else if (token->type == LEX_INTEGER && token->format == LEX_F_IPV6) {
        address->family = AF_INET6;
        u128_to_bytes(token->value, &address->ip, 16);
    } else {
        lexer_syntax_error(lexer, "expecting IPv4 or IPv6 address");
        return false;
    }
    lexer_get(lexer);
    return true;
}

void
action_parse_ct_nat(struct action_parser *parser,
                    struct lflow_action *action)
{
    struct lexer *lexer = &parser->lexer;
    struct lflow_ct_nat *nat = &action->ct_nat;

    action_require(parser, "ip");
    if (!action_next_stage(parser, lflow_action_name(action->type),
                           &nat->stage)
        || !lexer_match(lexer, LEX_LPAREN)
        || !parse_nat_address(lexer, &nat->ip)
        || (lexer_match(lexer, LEX_COMMA)
            && !parse_port_range(lexer, nat))) {
        return;
    }
    lexer_force(lexer, LEX_RPAREN);
}

void
action_format_ct_nat(const struct lflow_action *action, struct ds *s)
{
    const struct lflow_ct_nat *nat = &action->ct_nat;

    ds_put_cstr(s, lflow_action_name(action->type));
    if (nat->ip.family != AF_UNSPEC) {
        ds_put_char(s, '(');
        action_format_address(&nat->ip, s);
        if (nat->port_lo) {
            ds_put_format(s, ",%d", nat->port_lo);
            if (nat->port_hi) {
                ds_put_format(s, "-%d", nat->port_hi);
            }
        }
        ds_put_char(s, ')');
    }
}

static enum mf_field_id
nat_zone(enum lflow_action_type type)
{
    return type == LFLOW_ACTION_CT_SNAT ? MFF_LOG_SNAT_ZONE
                                        : MFF_LOG_DNAT_ZONE;
}

static void
put_nat_range(struct ofpbuf *ofpacts, uint16_t flags,
              const struct lflow_ct_nat *config)
{
    struct ofpact_nat *nat = ofpact_put_NAT(ofpacts);

    if (config->ip.family == AF_UNSPEC) {
        return;
    }
    nat->flags = flags;
    nat->range_af = config->ip.family;
    if (config->ip.family == AF_INET) {
        nat->range.addr.ipv4.min = in6_addr_get_mapped_ipv4(&config->ip.ip);
    } else {
        nat->range.addr.ipv6.min = config->ip.ip;
    }
    nat->range.proto.min = config->port_lo;
    nat->range.proto.max = config->port_hi;
}

void
action_encode_ct_nat(const struct lflow_action *action,
                     struct action_encoder *encoder)
{
    const struct lflow_ct_nat *nat = &action->ct_nat;
    bool is_snat = action->type == LFLOW_ACTION_CT_SNAT
                   || action->type == LFLOW_ACTION_CT_SNAT_IN_CZONE;
    struct ofpbuf inner;

    ofpbuf_init(&inner, 64);
    put_nat_range(&inner, is_snat ? NX_NAT_F_SRC : NX_NAT_F_DST, nat);
    put_ct(encoder, nat->ip.family != AF_UNSPEC ? NX_CT_F_COMMIT : 0,
           nat_zone(action->type), action_stage_table(encoder, nat->stage),
           &inner);
    ofpbuf_uninit(&inner);
}
