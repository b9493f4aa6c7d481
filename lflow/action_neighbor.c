/* Neighbours and MAC addresses: get_arp, get_nd, put_arp, put_nd, lookup_*,
 * and the same for the forwarding database (fdb).
 *
 * Lookups are tables (lflow/tables.h) whose flows expect their arguments in
 * fixed fields and answer in eth_dst, outport or a flag. */
#include <config.h>

#include "lflow/action_impl.h"
#include "lflow/packet_in.h"
#include "lflow/registers.h"
#include "lflow/tables.h"
#include "openvswitch/ofp-actions.h"
#include "util.h"

static bool
is_ipv6(enum lflow_action_type type)
{
    return type == LFLOW_ACTION_GET_ND || type == LFLOW_ACTION_PUT_ND
           || type == LFLOW_ACTION_LOOKUP_ND
           || type == LFLOW_ACTION_LOOKUP_ND_IP;
}

/* "(port, ip" */
static bool
parse_port_ip(struct action_parser *parser, enum lflow_action_type type,
              struct lflow_neighbor *neighbor)
{
    return lexer_force(&parser->lexer, LEX_LPAREN)
           && action_parse_field_of(parser, 0, &neighbor->port)
           && lexer_force(&parser->lexer, LEX_COMMA)
           && action_parse_field_of(parser, is_ipv6(type) ? 128 : 32,
                                    &neighbor->ip);
}

/* ", mac" */
static bool
parse_mac(struct action_parser *parser, struct field_ref *mac)
{
    return lexer_force(&parser->lexer, LEX_COMMA)
           && action_parse_field_of(parser, 48, mac);
}

static void
format_neighbor(const struct lflow_action *action, struct ds *s)
{
    const struct lflow_neighbor *neighbor = &action->neighbor;

    if (neighbor->dst.symbol) {
        field_ref_format(&neighbor->dst, s);
        ds_put_cstr(s, " = ");
    }
    ds_put_format(s, "%s(", lflow_action_name(action->type));
    field_ref_format(&neighbor->port, s);
    ds_put_cstr(s, ", ");
    field_ref_format(&neighbor->ip, s);
    if (neighbor->mac.symbol) {
        ds_put_cstr(s, ", ");
        field_ref_format(&neighbor->mac, s);
    }
    ds_put_char(s, ')');
}

/* Arguments: port where 'port' says, IP in reg0 or xxreg0, MAC in eth_src.
 * Returns how many there are. */
static size_t
neighbor_args(const struct lflow_action *action, enum mf_field_id port,
              struct action_arg args[3])
{
    const struct lflow_neighbor *neighbor = &action->neighbor;

    args[0].src = field_ref_to_subfield(&neighbor->port);
    args[0].dst = port;
    args[1].src = field_ref_to_subfield(&neighbor->ip);
    args[1].dst = is_ipv6(action->type) ? MFF_XXREG0 : MFF_REG0;
    if (!neighbor->mac.symbol) {
        return 2;
    }
    args[2].src = field_ref_to_subfield(&neighbor->mac);
    args[2].dst = MFF_ETH_SRC;
    return 3;
}

/* --- get_arp, get_nd --------------------------------------------------- */

void
action_parse_get_neighbor(struct action_parser *parser,
                          struct lflow_action *action)
{
    if (parse_port_ip(parser, action->type, &action->neighbor)) {
        lexer_force(&parser->lexer, LEX_RPAREN);
    }
}

void
action_format_get_neighbor(const struct lflow_action *action, struct ds *s)
{
    format_neighbor(action, s);
}

void
action_encode_get_neighbor(const struct lflow_action *action,
                           struct action_encoder *encoder)
{
    struct action_arg args[3];
    size_t n = neighbor_args(action, MFF_LOG_OUTPORT, args);

    action_put_args(encoder, args, n);
    action_put_load_id(encoder, MFF_ETH_DST, 0, 48, 0);
    action_put_resubmit(encoder, OFTABLE_MAC_BINDING);
    action_put_restore(encoder, args, n);
}

/* --- put_arp, put_nd --------------------------------------------------- */

void
action_parse_put_neighbor(struct action_parser *parser,
                          struct lflow_action *action)
{
    if (parse_port_ip(parser, action->type, &action->neighbor)
        && parse_mac(parser, &action->neighbor.mac)) {
        lexer_force(&parser->lexer, LEX_RPAREN);
    }
}

void
action_format_put_neighbor(const struct lflow_action *action, struct ds *s)
{
    format_neighbor(action, s);
}

void
action_encode_put_neighbor(const struct lflow_action *action,
                           struct action_encoder *encoder)
{
    struct action_arg args[3];
    size_t n = neighbor_args(action, MFF_LOG_INPORT, args);

    action_put_args(encoder, args, n);
    action_put_controller(encoder, is_ipv6(action->type) ? PACKET_IN_PUT_ND
                                                         : PACKET_IN_PUT_ARP);
    action_put_restore(encoder, args, n);
}

/* --- lookup_* ---------------------------------------------------------- */

void
action_parse_lookup_neighbor(struct action_parser *parser,
                             struct lflow_action *action)
{
    if (action_take_bit(parser, &action->neighbor.dst)) {
        action_parse_put_neighbor(parser, action);
    }
}

void
action_format_lookup_neighbor(const struct lflow_action *action,
                              struct ds *s)
{
    format_neighbor(action, s);
}

void
action_parse_lookup_neighbor_ip(struct action_parser *parser,
                                struct lflow_action *action)
{
    if (action_take_bit(parser, &action->neighbor.dst)) {
        action_parse_get_neighbor(parser, action);
    }
}

void
action_format_lookup_neighbor_ip(const struct lflow_action *action,
                                 struct ds *s)
{
    format_neighbor(action, s);
}

/* Do two fields share bits?  (xxreg0 and reg0 to reg3, and so on.) */
static bool
fields_overlap(enum mf_field_id a, enum mf_field_id b)
{
    if (a == b) {
        return true;
    }
    return (a == MFF_XXREG0 && b >= MFF_REG0 && b <= MFF_REG3)
           || (b == MFF_XXREG0 && a >= MFF_REG0 && a <= MFF_REG3);
}

static bool
will_be_restored(const struct mf_subfield *dst,
                 const struct action_arg args[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (fields_overlap(dst->field->id, args[i].dst)) {
            return true;
        }
    }
    return false;
}

/* Asks 'table' and stores its answer, a flag, in 'dst'.  The answer is stored
 * before the fields of 'args' are restored, or after that if it would be
 * overwritten by that. */
static void
put_lookup(struct action_encoder *encoder, const struct action_arg args[],
           size_t n, uint8_t table, unsigned int flag_bit,
           const struct field_ref *dst_ref)
{
    struct mf_subfield flag = action_bits(MFF_LOG_FLAGS, flag_bit, 1);
    struct mf_subfield dst = field_ref_to_subfield(dst_ref);
    bool later = will_be_restored(&dst, args, n);

    action_put_load_id(encoder, MFF_LOG_FLAGS, flag_bit, 1, 0);
    action_put_resubmit(encoder, table);
    if (!later) {
        action_put_move(encoder, &flag, &dst);
    }
    action_put_restore(encoder, args, n);
    if (later) {
        action_put_move(encoder, &flag, &dst);
    }
}

void
action_encode_lookup_neighbor(const struct lflow_action *action,
                              struct action_encoder *encoder)
{
    struct action_arg args[3];
    size_t n = neighbor_args(action, MFF_LOG_INPORT, args);

    action_put_args(encoder, args, n);
    put_lookup(encoder, args, n, OFTABLE_MAC_LOOKUP, MLF_LOOKUP_MAC_BIT,
               &action->neighbor.dst);
}

/* The table of get_arp answers this too; what it does to eth_dst is not
 * wanted. */
void
action_encode_lookup_neighbor_ip(const struct lflow_action *action,
                                 struct action_encoder *encoder)
{
    struct mf_subfield eth_dst = action_whole(MFF_ETH_DST);
    struct mf_subfield flag = action_bits(MFF_LOG_FLAGS, MLF_LOOKUP_MAC_BIT,
                                          1);
    struct mf_subfield dst = field_ref_to_subfield(&action->neighbor.dst);
    struct action_arg args[3];
    size_t n = neighbor_args(action, MFF_LOG_OUTPORT, args);
    bool later = will_be_restored(&dst, args, n)
                 || dst.field->id == MFF_ETH_DST;

    action_put_args(encoder, args, n);
    action_put_push(encoder, &eth_dst);
    action_put_load_id(encoder, MFF_LOG_FLAGS, MLF_LOOKUP_MAC_BIT, 1, 0);
    action_put_resubmit(encoder, OFTABLE_MAC_BINDING);
    if (!later) {
        action_put_move(encoder, &flag, &dst);
    }
    action_put_pop(encoder, &eth_dst);
    action_put_restore(encoder, args, n);
    if (later) {
        action_put_move(encoder, &flag, &dst);
    }
}

/* --- The forwarding database ------------------------------------------- */

static void
format_fdb(const struct lflow_action *action, struct ds *s)
{
    const struct lflow_fdb *fdb = &action->fdb;

    if (fdb->dst.symbol) {
        field_ref_format(&fdb->dst, s);
        ds_put_cstr(s, " = ");
    }
    ds_put_format(s, "%s(", lflow_action_name(action->type));
    if (fdb->port.symbol) {
        field_ref_format(&fdb->port, s);
        ds_put_cstr(s, ", ");
    }
    field_ref_format(&fdb->mac, s);
    ds_put_char(s, ')');
}

static size_t
fdb_args(const struct lflow_fdb *fdb, struct action_arg args[2])
{
    args[0].src = field_ref_to_subfield(&fdb->port);
    args[0].dst = MFF_LOG_INPORT;
    args[1].src = field_ref_to_subfield(&fdb->mac);
    args[1].dst = MFF_ETH_SRC;
    return 2;
}

void
action_parse_put_fdb(struct action_parser *parser,
                     struct lflow_action *action)
{
    if (lexer_force(&parser->lexer, LEX_LPAREN)
        && action_parse_field_of(parser, 0, &action->fdb.port)
        && parse_mac(parser, &action->fdb.mac)) {
        lexer_force(&parser->lexer, LEX_RPAREN);
    }
}

void
action_format_put_fdb(const struct lflow_action *action, struct ds *s)
{
    format_fdb(action, s);
}

void
action_encode_put_fdb(const struct lflow_action *action,
                      struct action_encoder *encoder)
{
    struct action_arg args[2];
    size_t n = fdb_args(&action->fdb, args);

    action_put_args(encoder, args, n);
    action_put_controller(encoder, PACKET_IN_PUT_FDB);
    action_put_restore(encoder, args, n);
}

void
action_parse_get_fdb(struct action_parser *parser,
                     struct lflow_action *action)
{
    struct lexer *lexer = &parser->lexer;

    action->fdb.dst = parser->dst;
    if (action_check_writable(parser, &action->fdb.dst)
        && (symbol_is_string(action->fdb.dst.symbol)
            || action_check_width(parser, &action->fdb.dst, 32))
        && lexer_force(lexer, LEX_LPAREN)
        && action_parse_field_of(parser, 48, &action->fdb.mac)) {
        lexer_force(lexer, LEX_RPAREN);
    }
}

void
action_format_get_fdb(const struct lflow_action *action, struct ds *s)
{
    format_fdb(action, s);
}

void
action_encode_get_fdb(const struct lflow_action *action,
                      struct action_encoder *encoder)
{
    const struct action_arg args[] = {
        { field_ref_to_subfield(&action->fdb.mac), MFF_ETH_DST },
    };
    struct mf_subfield dst = field_ref_to_subfield(&action->fdb.dst);
    struct mf_subfield answer = action_whole(MFF_LOG_OUTPORT);

    action_put_args(encoder, args, ARRAY_SIZE(args));
    action_put_load_id(encoder, MFF_LOG_OUTPORT, 0, 32, 0);
    action_put_resubmit(encoder, OFTABLE_GET_FDB);
    action_put_restore(encoder, args, ARRAY_SIZE(args));
    if (dst.field->id != MFF_LOG_OUTPORT) {
        action_put_move(encoder, &answer, &dst);
    }
}

void
action_parse_lookup_fdb(struct action_parser *parser,
                        struct lflow_action *action)
{
    if (action_take_bit(parser, &action->fdb.dst)) {
        action_parse_put_fdb(parser, action);
    }
}

void
action_format_lookup_fdb(const struct lflow_action *action, struct ds *s)
{
    format_fdb(action, s);
}

void
action_encode_lookup_fdb(const struct lflow_action *action,
                         struct action_encoder *encoder)
{
    struct mf_subfield flag = action_bits(MFF_LOG_FLAGS, MLF_LOOKUP_FDB_BIT,
                                          1);
    struct mf_subfield dst = field_ref_to_subfield(&action->fdb.dst);
    struct action_arg args[2];
    size_t n = fdb_args(&action->fdb, args);

    action_put_args(encoder, args, n);
    action_put_load_id(encoder, MFF_LOG_FLAGS, MLF_LOOKUP_FDB_BIT, 1, 0);
    action_put_resubmit(encoder, OFTABLE_LOOKUP_FDB);
    action_put_restore(encoder, args, n);
    action_put_move(encoder, &flag, &dst);
}
