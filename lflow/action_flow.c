/* Where a packet goes, and how: output, next, clone, set_queue, set_meter,
 * check_pkt_larger, sample. */
#include <config.h>

#include <string.h>

#include "lflow/action_impl.h"
#include "lflow/registers.h"
#include "openvswitch/ofp-actions.h"
#include "util.h"

void
action_parse_output(struct action_parser *parser OVS_UNUSED,
                    struct lflow_action *action OVS_UNUSED)
{
}

void
action_format_output(const struct lflow_action *action OVS_UNUSED,
                     struct ds *s)
{
    ds_put_cstr(s, "output");
}

void
action_encode_output(const struct lflow_action *action OVS_UNUSED,
                     struct action_encoder *encoder)
{
    action_put_resubmit(encoder, action_output_table(encoder));
}

/* --- next -------------------------------------------------------------- */

/* pipeline=ingress|egress or table=N. */
static bool
parse_next_keyword(struct action_parser *parser, struct lflow_next *next,
                   unsigned int *stage)
{
    struct lexer *lexer = &parser->lexer;
    u128 n;

    if (lexer_match_id(lexer, "pipeline")) {
        if (!lexer_force(lexer, LEX_EQUALS)) {
            return false;
        } else if (lexer_match_id(lexer, "ingress")) {
            next->ingress = true;
        } else if (lexer_match_id(lexer, "egress")) {
            next->ingress = false;
        } else {
            lexer_syntax_error(lexer, "expecting \"ingress\" or \"egress\"");
            return false;
        }
        return true;
    } else if (lexer_match_id(lexer, "table")) {
        if (!lexer_force(lexer, LEX_EQUALS)
            || !lexer_force_int(lexer, INT32_MAX, &n)) {
            return false;
        }
        *stage = n;
        return true;
    }
    lexer_syntax_error(lexer, "expecting \"pipeline\" or \"table\"");
    return false;
}

static bool
parse_next_args(struct action_parser *parser, struct lflow_next *next,
                unsigned int *stage)
{
    struct lexer *lexer = &parser->lexer;
    u128 n;

    if (!lexer_match(lexer, LEX_LPAREN)) {
        return true;
    } else if (lexer_match_int(lexer, INT32_MAX, &n)) {
        *stage = n;
    } else {
        do {
            if (!parse_next_keyword(parser, next, stage)) {
                return false;
            }
        } while (lexer_match(lexer, LEX_COMMA));
    }
    return lexer_force(lexer, LEX_RPAREN);
}

void
action_parse_next(struct action_parser *parser, struct lflow_action *action)
{
    const struct lflow_place *place = parser->place;
    struct lflow_next *next = &action->next;
    unsigned int stage = place->stage + 1, n_stages = place->n_stages;

    next->src_stage = place->stage;
    next->ingress = action->src_ingress;
    if (!parse_next_args(parser, next, &stage)) {
        return;
    }
    if (next->ingress != action->src_ingress && place->n_other_stages) {
        n_stages = place->n_other_stages;
    }
    if (stage >= n_stages) {
        lexer_error(&parser->lexer,
                    "\"next\" action cannot advance beyond table %d.",
                    n_stages - 1);
        return;
    }
    next->stage = stage;
}

void
action_format_next(const struct lflow_action *action, struct ds *s)
{
    const struct lflow_next *next = &action->next;

    ds_put_cstr(s, "next");
    if (next->ingress != action->src_ingress) {
        ds_put_format(s, "(pipeline=%s, table=%d)",
                      next->ingress ? "ingress" : "egress", next->stage);
    } else if (next->stage != next->src_stage + 1) {
        ds_put_format(s, "(%d)", next->stage);
    }
}

void
action_encode_next(const struct lflow_action *action,
                   struct action_encoder *encoder)
{
    const struct lflow_place *place = encoder->place;

    action_put_resubmit(encoder, action->next.stage
                                 + (action->next.ingress
                                    ? place->ingress_table
                                    : place->egress_table));
}

/* --- clone ------------------------------------------------------------- */

void
action_parse_clone(struct action_parser *parser, struct lflow_action *action)
{
    action->nested.actions = action_parse_braces(parser, true);
}

void
action_format_clone(const struct lflow_action *action, struct ds *s)
{
    ds_put_cstr(s, "clone { ");
    lflow_actions_format(action->nested.actions, s);
    ds_put_cstr(s, " }");
}

void
action_encode_clone(const struct lflow_action *action,
                    struct action_encoder *encoder)
{
    struct ofpbuf *ofpacts = encoder->ofpacts;
    struct ofpbuf inner;
    struct ofpact_nest *nest;

    ofpbuf_init(&inner, 128);
    encoder->ofpacts = &inner;
    action_encode_list(action->nested.actions, encoder);
    encoder->ofpacts = ofpacts;

    ofpact_put_CLONE(ofpacts);
    ofpbuf_put(ofpacts, inner.data, inner.size);
    nest = ofpacts->header;
    ofpact_finish_CLONE(ofpacts, &nest);
    ofpbuf_uninit(&inner);
}

/* --- set_queue, set_meter ---------------------------------------------- */

enum { MAX_QUEUE = 61440 };

void
action_parse_set_queue(struct action_parser *parser,
                       struct lflow_action *action)
{
    struct lexer *lexer = &parser->lexer;
    u128 queue;

    if (!lexer_force(lexer, LEX_LPAREN)) {
        return;
    }
    if (lexer->token.type == LEX_INTEGER && lexer->token.value > MAX_QUEUE
        && lexer->token.value <= INT32_MAX) {
        lexer_error(lexer, "Queue ID %d for set_queue is not in valid range "
                    "0 to %d.", (int) lexer->token.value, MAX_QUEUE);
    } else if (lexer_force_int(lexer, MAX_QUEUE, &queue)) {
        action->set_queue.queue = queue;
        lexer_force(lexer, LEX_RPAREN);
    }
}

void
action_format_set_queue(const struct lflow_action *action, struct ds *s)
{
    ds_put_format(s, "set_queue(%d)", action->set_queue.queue);
}

void
action_encode_set_queue(const struct lflow_action *action,
                        struct action_encoder *encoder)
{
    ofpact_put_SET_QUEUE(encoder->ofpacts)->queue_id
        = action->set_queue.queue;
}

/* A meter's rate is a number of 32 bits in OpenFlow. */
void
action_parse_set_meter(struct action_parser *parser,
                       struct lflow_action *action)
{
    struct lexer *lexer = &parser->lexer;
    u128 rate, burst;

    if (!lexer_force(lexer, LEX_LPAREN)) {
        return;
    } else if (lexer->token.type == LEX_INTEGER && !lexer->token.value) {
        lexer_error(lexer, "Rate %d for set_meter is not in valid.", 0);
        return;
    } else if (!lexer_force_int(lexer, UINT32_MAX, &rate)) {
        return;
    }
    action->set_meter.rate_kbps = rate;
    if (lexer_match(lexer, LEX_COMMA)) {
        if (!lexer_force_int(lexer, UINT32_MAX, &burst)) {
            return;
        }
        action->set_meter.burst_kbps = burst;
    }
    lexer_force(lexer, LEX_RPAREN);
}

void
action_format_set_meter(const struct lflow_action *action, struct ds *s)
{
    const struct lflow_set_meter *meter = &action->set_meter;

    ds_put_format(s, "set_meter(%"PRIu64, meter->rate_kbps);
    if (meter->burst_kbps) {
        ds_put_format(s, ", %"PRIu64, meter->burst_kbps);
    }
    ds_put_char(s, ')');
}

void
action_encode_set_meter(const struct lflow_action *action,
                        struct action_encoder *encoder)
{
    const struct lflow_set_meter *meter = &action->set_meter;
    struct ds name = DS_EMPTY_INITIALIZER;
    struct ofpact_meter *ofpact;

    ds_put_format(&name, "__string: kbps %sstats bands=type=drop "
                  "rate=%"PRIu64, meter->burst_kbps ? "burst " : "",
                  meter->rate_kbps);
    if (meter->burst_kbps) {
        ds_put_format(&name, " burst_size=%"PRIu64, meter->burst_kbps);
    }
    ofpact = ofpact_put_METER(encoder->ofpacts);
    ofpact->meter_id = action_meter_id(encoder, ds_cstr(&name));
    ofpact->provider_meter_id = NX_CTLR_NO_METER;
    ds_destroy(&name);
}

/* --- check_pkt_larger -------------------------------------------------- */

void
action_parse_check_pkt_larger(struct action_parser *parser,
                              struct lflow_action *action)
{
    struct lexer *lexer = &parser->lexer;
    u128 length;

    if (action_take_bit(parser, &action->check_pkt_larger.dst)
        && lexer_force(lexer, LEX_LPAREN)
        && lexer_force_int(lexer, UINT16_MAX, &length)
        && lexer_force(lexer, LEX_RPAREN)) {
        action->check_pkt_larger.length_bytes = length;
    }
}

void
action_format_check_pkt_larger(const struct lflow_action *action,
                               struct ds *s)
{
    field_ref_format(&action->check_pkt_larger.dst, s);
    ds_put_format(s, " = check_pkt_larger(%d)",
                  action->check_pkt_larger.length_bytes);
}

void
action_encode_check_pkt_larger(const struct lflow_action *action,
                               struct action_encoder *encoder)
{
    struct ofpact_check_pkt_larger *check
        = ofpact_put_CHECK_PKT_LARGER(encoder->ofpacts);

    check->pkt_len = action->check_pkt_larger.length_bytes;
    check->dst = field_ref_to_subfield(&action->check_pkt_larger.dst);
}

/* --- sample ------------------------------------------------------------ */

static bool
is_cookie(const struct token *token)
{
    return (token->type == LEX_MACRO || token->type == LEX_PORT_GROUP)
           && !strcmp(token->text, "cookie");
}

static void
parse_obs_point(struct action_parser *parser, struct lflow_sample *sample)
{
    struct lexer *lexer = &parser->lexer;
    u128 point;

    if (is_cookie(&lexer->token)) {
        sample->use_cookie = true;
        lexer_get(lexer);
    } else if (lexer_match_int(lexer, UINT32_MAX, &point)) {
        sample->obs_point = point;
    } else {
        lexer_syntax_error(lexer, "malformed sample observation_point_id");
    }
}

static void
parse_sample_arg(struct action_parser *parser, struct lflow_sample *sample)
{
    struct lexer *lexer = &parser->lexer;
    u128 n;

    if (lexer_match_id(lexer, "probability")) {
        if (lexer_force(lexer, LEX_EQUALS)) {
            if (lexer_match_int(lexer, UINT16_MAX, &n)) {
                sample->probability = n;
            } else {
                lexer_syntax_error(lexer, "expecting probability");
            }
        }
    } else if (lexer_match_id(lexer, "obs_point")) {
        if (lexer_force(lexer, LEX_EQUALS)) {
            parse_obs_point(parser, sample);
        }
    } else if (lexer_match_id(lexer, "obs_domain")) {
        if (lexer_force(lexer, LEX_EQUALS)) {
            if (lexer_match_int(lexer, UINT8_MAX, &n)) {
                sample->obs_domain = n;
            } else {
                lexer_syntax_error(lexer, "obs_domain must be 8-bit long");
            }
        }
    } else if (lexer_match_id(lexer, "collector_set")) {
        if (lexer_force(lexer, LEX_EQUALS)
            && lexer_force_int(lexer, UINT32_MAX, &n)) {
            sample->collector_set = n;
        }
    } else {
        lexer_syntax_error(lexer, "unknown argument");
    }
}

void
action_parse_sample(struct action_parser *parser,
                    struct lflow_action *action)
{
    struct lexer *lexer = &parser->lexer;

    if (lexer_match(lexer, LEX_LPAREN)) {
        while (lexer_is_ok(lexer) && !lexer_match(lexer, LEX_RPAREN)) {
            parse_sample_arg(parser, &action->sample);
            lexer_match(lexer, LEX_COMMA);
        }
    }
    if (lexer_is_ok(lexer) && !action->sample.probability) {
        lexer_error(lexer, "probability must be greater than zero");
    }
}

void
action_format_sample(const struct lflow_action *action, struct ds *s)
{
    const struct lflow_sample *sample = &action->sample;

    ds_put_format(s, "sample(probability=%"PRIu16, sample->probability);
    ds_put_format(s, ",collector_set=%"PRIu32, sample->collector_set);
    ds_put_format(s, ",obs_domain=%"PRIu8, sample->obs_domain);
    if (sample->use_cookie) {
        ds_put_cstr(s, ",obs_point=$cookie)");
    } else {
        ds_put_format(s, ",obs_point=%"PRIu32")", sample->obs_point);
    }
}

/* The upper 8 bits of the domain tell the application, the lower 24 the
 * datapath. */
void
action_encode_sample(const struct lflow_action *action,
                     struct action_encoder *encoder)
{
    const struct lflow_sample *sample = &action->sample;
    const struct lflow_place *place = encoder->place;
    struct ofpact_sample *ofpact;

    lflow_refs_add(encoder->refs, LFLOW_REF_DATAPATH, "");
    if (!lflow_scope_collector_set(encoder->scope, encoder->refs,
                                   sample->collector_set)) {
        return;
    }
    ofpact = ofpact_put_SAMPLE(encoder->ofpacts);
    ofpact->probability = sample->probability;
    ofpact->collector_set_id = sample->collector_set;
    ofpact->obs_domain_id = (uint32_t) sample->obs_domain << 24
                            | (place->datapath_key & 0xffffff);
    ofpact->obs_point_id = sample->use_cookie ? place->cookie
                                              : sample->obs_point;
    ofpact->sampling_port = OFPP_NONE;
}
