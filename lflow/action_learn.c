/* Actions that make flows out of packets, by OpenFlow's learn:
 * commit_ecmp_nh remembers a connection's next hop, commit_lb_aff a client's
 * backend.  Who asks them is in action_check.c. */
#include <config.h>

#include <netinet/in.h>
#include <string.h>

#include "lflow/action_impl.h"
#include "lflow/learn.h"
#include "lflow/registers.h"
#include "lflow/tables.h"
#include "openvswitch/ofp-actions.h"
#include "packets.h"
#include "util.h"

/* What is learned of an ECMP next hop lives as long as a connection that is
 * about to be committed. */
enum { ECMP_IDLE_TIMEOUT_S = 20, ECMP_HARD_TIMEOUT_S = 30 };

static const struct protocol_row {
    const char *name;
    uint8_t protocol;
    enum mf_field_id src, dst;
} protocols[] = {
    { "tcp", IPPROTO_TCP, MFF_TCP_SRC, MFF_TCP_DST },
    { "udp", IPPROTO_UDP, MFF_UDP_SRC, MFF_UDP_DST },
    { "sctp", IPPROTO_SCTP, MFF_SCTP_SRC, MFF_SCTP_DST },
};

static const struct protocol_row *
protocol_row(uint8_t protocol)
{
    for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
        if (protocols[i].protocol == protocol) {
            return &protocols[i];
        }
    }
    return NULL;
}

/* NAME "=" */
static bool
parse_parameter(struct lexer *lexer, const char *name)
{
    if (!lexer_match_id(lexer, name)) {
        lexer_syntax_error(lexer, "invalid parameter");
        return false;
    }
    return lexer_force(lexer, LEX_EQUALS);
}

/* proto = tcp|udp|sctp */
static bool
parse_protocol(struct lexer *lexer, uint8_t *protocol)
{
    if (!parse_parameter(lexer, "proto")) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
        if (lexer_match_id(lexer, protocols[i].name)) {
            *protocol = protocols[i].protocol;
            return true;
        }
    }
    lexer_syntax_error(lexer, "invalid protocol");
    return false;
}

/* The answer's flag (lflow/registers.h). */
static void
learn_flag(struct action_encoder *encoder, unsigned int flag_bit)
{
    learn_load(encoder->ofpacts, MFF_LOG_FLAGS, flag_bit, 1, 1);
}

/* --- commit_ecmp_nh ---------------------------------------------------- */

void
action_parse_commit_ecmp_nh(struct action_parser *parser,
                            struct lflow_action *action)
{
    struct lexer *lexer = &parser->lexer;
    struct lflow_ecmp_nh *nh = &action->ecmp_nh;

    if (!lexer_force(lexer, LEX_LPAREN) || !parse_parameter(lexer, "ipv6")) {
        return;
    }
    if (lexer_match_id(lexer, "true")) {
        nh->ipv6 = true;
    } else if (!lexer_match_id(lexer, "false")) {
        lexer_syntax_error(lexer, "expecting true or false");
        return;
    }
    if (lexer_force(lexer, LEX_COMMA)
        && parse_protocol(lexer, &nh->protocol)) {
        lexer_force(lexer, LEX_RPAREN);
    }
}

void
action_format_commit_ecmp_nh(const struct lflow_action *action, struct ds *s)
{
    ds_put_format(s, "commit_ecmp_nh(ipv6 = %s, proto = %s)",
                  action->ecmp_nh.ipv6 ? "true" : "false",
                  protocol_row(action->ecmp_nh.protocol)->name);
}

/* The packet's addresses and ports, of the reverse direction if 'reverse'. */
static void
learn_connection(struct action_encoder *encoder,
                 const struct lflow_ecmp_nh *nh, bool reverse)
{
    const struct protocol_row *row = protocol_row(nh->protocol);
    enum mf_field_id src = nh->ipv6 ? MFF_IPV6_SRC : MFF_IPV4_SRC;
    enum mf_field_id dst = nh->ipv6 ? MFF_IPV6_DST : MFF_IPV4_DST;

    learn_match(encoder->ofpacts, MFF_ETH_TYPE,
                nh->ipv6 ? ETH_TYPE_IPV6 : ETH_TYPE_IP);
    learn_field(encoder->ofpacts, src, reverse ? dst : src);
    learn_field(encoder->ofpacts, dst, reverse ? src : dst);
    learn_match(encoder->ofpacts, MFF_IP_PROTO, nh->protocol);
    learn_field(encoder->ofpacts, row->src, reverse ? row->dst : row->src);
    learn_field(encoder->ofpacts, row->dst, reverse ? row->src : row->dst);
    learn_flag(encoder, MLF_LOOKUP_COMMIT_ECMP_NH_BIT);
}

void
action_encode_commit_ecmp_nh(const struct lflow_action *action,
                             struct action_encoder *encoder)
{
    const struct lflow_ecmp_nh *nh = &action->ecmp_nh;

    learn_start(encoder->ofpacts, OFTABLE_ECMP_NH_MAC, 0, ECMP_IDLE_TIMEOUT_S,
                ECMP_HARD_TIMEOUT_S);
    learn_field(encoder->ofpacts, MFF_LOG_DATAPATH, MFF_LOG_DATAPATH);
    learn_field(encoder->ofpacts, MFF_ETH_SRC, MFF_ETH_SRC);
    learn_connection(encoder, nh, false);
    learn_finish(encoder->ofpacts);

    learn_start(encoder->ofpacts, OFTABLE_ECMP_NH, 0, ECMP_IDLE_TIMEOUT_S,
                ECMP_HARD_TIMEOUT_S);
    learn_field(encoder->ofpacts, MFF_LOG_DATAPATH, MFF_LOG_DATAPATH);
    learn_connection(encoder, nh, true);
    learn_finish(encoder->ofpacts);
}

/* --- commit_lb_aff ----------------------------------------------------- */

/* NAME = "address[:port]" "," */
static bool
parse_endpoint(struct action_parser *parser, const char *name,
               struct lflow_address *address, uint16_t *port)
{
    struct lexer *lexer = &parser->lexer;

    if (!parse_parameter(lexer, name)) {
        return false;
    } else if (lexer->token.type != LEX_STRING
               || !lflow_endpoint_parse(lexer->token.text, address, port)) {
        lexer_syntax_error(lexer, "invalid parameter");
        return false;
    }
    return true;
}

void
action_parse_commit_lb_aff(struct action_parser *parser,
                           struct lflow_action *action)
{
    struct lexer *lexer = &parser->lexer;
    struct lflow_lb_aff *aff = &action->lb_aff;
    u128 timeout_s;

    if (!lexer_force(lexer, LEX_LPAREN)
        || !parse_endpoint(parser, "vip", &aff->vip, &aff->vip_port)) {
        return;
    }
    lexer_get(lexer);
    if (!lexer_force(lexer, LEX_COMMA)
        || !parse_endpoint(parser, "backend", &aff->backend,
                           &aff->backend_port)) {
        return;
    } else if (aff->backend.family != aff->vip.family) {
        lexer_syntax_error(lexer, "invalid protocol family");
        return;
    }
    lexer_get(lexer);
    if (!lexer_force(lexer, LEX_COMMA)
        || (aff->vip_port
            && (!parse_protocol(lexer, &aff->protocol)
                || !lexer_force(lexer, LEX_COMMA)))
        || !parse_parameter(lexer, "timeout")) {
        return;
    }
    if (!lexer_match_int(lexer, UINT16_MAX, &timeout_s)) {
        lexer_syntax_error(lexer, "expecting affinity timeout");
        return;
    }
    aff->timeout_s = timeout_s;
    lexer_force(lexer, LEX_RPAREN);
}

void
action_format_commit_lb_aff(const struct lflow_action *action, struct ds *s)
{
    const struct lflow_lb_aff *aff = &action->lb_aff;

    ds_put_cstr(s, "commit_lb_aff(vip = \"");
    action_format_endpoint(&aff->vip, aff->vip_port, true, s);
    ds_put_cstr(s, "\", backend = \"");
    action_format_endpoint(&aff->backend, aff->backend_port, true, s);
    ds_put_char(s, '"');
    if (aff->protocol) {
        ds_put_format(s, ", proto = %s", protocol_row(aff->protocol)->name);
    }
    ds_put_format(s, ", timeout = %d)", aff->timeout_s);
}

static u128
address_to_u128(const struct lflow_address *address)
{
    return address->family == AF_INET
               ? ntohl(in6_addr_get_mapped_ipv4(&address->ip))
               : u128_from_bytes(&address->ip, 16);
}

/* Where the backend is stored: its IP in reg4 or, IPv6, xxreg0 in switches
 * and xxreg1 in routers; its port in the lower half of reg8. */
static void
learn_backend(struct action_encoder *encoder, const struct lflow_lb_aff *aff)
{
    bool router = pipeline_is_router(encoder->place->pipeline);
    enum mf_field_id ip = aff->backend.family == AF_INET ? MFF_REG4
                          : router                       ? MFF_XXREG1
                                                         : MFF_XXREG0;

    learn_load(encoder->ofpacts, ip, 0, 0, address_to_u128(&aff->backend));
    if (aff->backend_port) {
        learn_load(encoder->ofpacts, MFF_REG8, 0, 16, aff->backend_port);
    }
}

void
action_encode_commit_lb_aff(const struct lflow_action *action,
                            struct action_encoder *encoder)
{
    const struct lflow_lb_aff *aff = &action->lb_aff;
    bool ipv4 = aff->vip.family == AF_INET;

    learn_start(encoder->ofpacts, OFTABLE_CHK_LB_AFFINITY, 0, aff->timeout_s,
                0);
    learn_field(encoder->ofpacts, MFF_LOG_DATAPATH, MFF_LOG_DATAPATH);
    learn_match(encoder->ofpacts, MFF_ETH_TYPE,
                ipv4 ? ETH_TYPE_IP : ETH_TYPE_IPV6);
    learn_field(encoder->ofpacts, ipv4 ? MFF_IPV4_SRC : MFF_IPV6_SRC,
                ipv4 ? MFF_IPV4_SRC : MFF_IPV6_SRC);
    learn_match(encoder->ofpacts, ipv4 ? MFF_IPV4_DST : MFF_IPV6_DST,
                address_to_u128(&aff->vip));
    if (aff->protocol) {
        learn_match(encoder->ofpacts, MFF_IP_PROTO, aff->protocol);
        learn_match(encoder->ofpacts, protocol_row(aff->protocol)->dst,
                    aff->vip_port);
    }
    learn_flag(encoder, MLF_USE_LB_AFF_SESSION_BIT);
    learn_backend(encoder, aff);
    learn_finish(encoder->ofpacts);
}
