/* log(...) and trigger_event(...): what the controller writes down. */
#include <config.h>

#include <string.h>

#include "lflow/action_impl.h"
#include "lflow/packet_in.h"
#include "openvswitch/ofp-actions.h"
#include "util.h"
#include "uuid.h"

enum { MAX_LOG_NAME = 64 };

const char *
packet_in_opcode_name(uint32_t opcode)
{
    switch ((enum packet_in_opcode) opcode) {
#define PACKET_IN(OPCODE, NUMBER, PAUSE, ACTIONS, LAYOUT) \
    case PACKET_IN_##OPCODE: return ACTIONS;
    PACKET_INS
#undef PACKET_IN
    default: return NULL;
    }
}

const char *
lflow_log_verdict_name(uint8_t verdict)
{
    switch ((enum lflow_log_verdict) verdict) {
#define LOG_VERDICT(VERDICT, NUMBER, NAME) \
    case LFLOW_LOG_##VERDICT: return NAME;
    LFLOW_LOG_VERDICTS
#undef LOG_VERDICT
    case LFLOW_LOG_NO_VERDICT:
    default: return NULL;
    }
}

const char *
lflow_log_severity_name(uint8_t severity)
{
    switch ((enum lflow_log_severity) severity) {
#define LOG_SEVERITY(SEVERITY, NUMBER, NAME) \
    case LFLOW_LOG_##SEVERITY: return NAME;
    LFLOW_LOG_SEVERITIES
#undef LOG_SEVERITY
    default: return NULL;
    }
}

/* The number of 'name' as 'to_name' has it, or -1. */
static int
find_name(const char *(*to_name)(uint8_t), const char *name)
{
    for (int i = 0; i < UINT8_MAX; i++) {
        const char *s = to_name(i);

        if (s && !strcmp(s, name)) {
            return i;
        }
    }
    return -1;
}

/* "=" and one of the names of 'to_name', called 'what'. */
static void
parse_log_name(struct lexer *lexer, const char *what,
               const char *(*to_name)(uint8_t), uint8_t *value)
{
    int number;

    if (!lexer_force(lexer, LEX_EQUALS)) {
        return;
    } else if (lexer->token.type != LEX_ID) {
        lexer_syntax_error(lexer, "expecting %s", what);
        return;
    }
    number = find_name(to_name, lexer->token.text);
    if (number < 0) {
        lexer_syntax_error(lexer, "unknown %s", what);
        return;
    }
    *value = number;
    lexer_get(lexer);
}

static void
parse_log_arg(struct action_parser *parser, struct lflow_log *log)
{
    struct lexer *lexer = &parser->lexer;

    if (lexer_match_id(lexer, "verdict")) {
        parse_log_name(lexer, "verdict", lflow_log_verdict_name,
                       &log->verdict);
    } else if (lexer_match_id(lexer, "severity")) {
        parse_log_name(lexer, "severity", lflow_log_severity_name,
                       &log->severity);
    } else if (lexer_match_id(lexer, "name")) {
        if (!lexer_force(lexer, LEX_EQUALS)) {
            return;
        } else if (lexer->token.type == LEX_STRING
                   && lexer->token.text_length >= MAX_LOG_NAME) {
            lexer_syntax_error(lexer, "name must be shorter than %d "
                               "characters", MAX_LOG_NAME);
            return;
        }
        log->name = action_parse_string(parser);
    } else if (lexer_match_id(lexer, "meter")) {
        if (lexer_force(lexer, LEX_EQUALS)) {
            log->meter = action_parse_string(parser);
        }
    } else {
        action_syntax_error(lexer);
    }
}

void
action_parse_log(struct action_parser *parser, struct lflow_action *action)
{
    struct lexer *lexer = &parser->lexer;
    struct lflow_log *log = &action->log;

    log->verdict = LFLOW_LOG_NO_VERDICT;
    log->severity = LFLOW_LOG_INFO;
    if (!lexer_force(lexer, LEX_LPAREN)) {
        return;
    }
    while (lexer_is_ok(lexer) && !lexer_match(lexer, LEX_RPAREN)) {
        parse_log_arg(parser, log);
        lexer_match(lexer, LEX_COMMA);
    }
    if (lexer_is_ok(lexer) && log->verdict == LFLOW_LOG_NO_VERDICT) {
        lexer_syntax_error(lexer, "expecting verdict");
    }
}

void
action_format_log(const struct lflow_action *action, struct ds *s)
{
    const struct lflow_log *log = &action->log;

    ds_put_cstr(s, "log(");
    if (log->name) {
        ds_put_cstr(s, "name=");
        lex_format_string(log->name, s);
        ds_put_cstr(s, ", ");
    }
    ds_put_format(s, "verdict=%s, severity=%s",
                  lflow_log_verdict_name(log->verdict),
                  lflow_log_severity_name(log->severity));
    if (log->meter) {
        ds_put_cstr(s, ", meter=");
        lex_format_string(log->meter, s);
    }
    ds_put_char(s, ')');
}

void
action_encode_log(const struct lflow_action *action,
                  struct action_encoder *encoder)
{
    const struct lflow_log *log = &action->log;
    struct packet_in_log header = {
        .verdict = log->verdict, .severity = log->severity
    };
    struct ofpbuf userdata;

    action_start_controller(&userdata, PACKET_IN_LOG);
    ofpbuf_put(&userdata, &header, sizeof header);
    if (log->name) {
        ofpbuf_put(&userdata, log->name, strlen(log->name));
    }
    action_finish_controller(encoder, &userdata, false, log->meter);
}

/* --- trigger_event ----------------------------------------------------- */

/* Options of one event: they are few. */
enum { MAX_EVENT_OPTIONS = 16 };

/* Is 'value' good for option 'code' of empty_lb_backends?  Otherwise the
 * lexer's error is set. */
static void
check_event_option(struct lexer *lexer, uint16_t code, const char *value)
{
    struct lflow_address address;
    struct uuid uuid;
    uint16_t port;

    switch ((enum empty_lb_backends_option) code) {
    case EMPTY_LB_BACKENDS_VIP:
        if (!lflow_endpoint_parse(value, &address, &port)) {
            lexer_error(lexer, "Invalid load balancer VIP '%s'", value);
        }
        break;
    case EMPTY_LB_BACKENDS_PROTOCOL:
        if (strcmp(value, "tcp") && strcmp(value, "udp")
            && strcmp(value, "sctp")) {
            lexer_error(lexer, "Load balancer protocol '%s' is not 'tcp', "
                        "'udp', or 'sctp'", value);
        }
        break;
    case EMPTY_LB_BACKENDS_LOAD_BALANCER:
        if (!uuid_from_string(&uuid, value)) {
            lexer_error(lexer, "Load balancer '%s' is not a UUID", value);
        }
        break;
    default:
        OVS_NOT_REACHED();
    }
}

/* name = "value" */
static void
parse_event_option(struct action_parser *parser,
                   struct lflow_event_option *option)
{
    static const struct { const char *name; uint16_t code; } rows[] = {
#define EVENT_OPTION(OPTION, CODE, NAME) { NAME, CODE },
        EMPTY_LB_BACKENDS_OPTIONS
#undef EVENT_OPTION
    };
    struct lexer *lexer = &parser->lexer;

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (lexer_match_id(lexer, rows[i].name)) {
            option->name = rows[i].name;
            option->code = rows[i].code;
        }
    }
    if (!option->name) {
        lexer_syntax_error(lexer,
                           "expecting empty_lb_backends option name");
        return;
    } else if (!lexer_force(lexer, LEX_EQUALS)) {
        return;
    } else if (lexer->token.type == LEX_LCURLY) {
        lexer_error(lexer, "Invalid value for \"%s\" option", option->name);
        return;
    } else if (lexer->token.type != LEX_STRING) {
        lexer_error(lexer, "empty_lb_backends option %s requires string "
                    "value.", option->name);
        return;
    }
    option->value = action_token_text(parser);
    check_event_option(lexer, option->code, option->value);
    lexer_get(lexer);
}

/* event = "empty_lb_backends" */
static bool
parse_event_name(struct action_parser *parser, struct lflow_event *event)
{
    struct lexer *lexer = &parser->lexer;

    if (!lexer_match_id(lexer, "event")) {
        lexer_syntax_error(lexer, "Expecting 'event' option");
    } else if (lexer_force(lexer, LEX_EQUALS)) {
        if (lexer->token.type != LEX_STRING) {
            lexer_syntax_error(lexer, "Expecting string");
        } else if (strcmp(lexer->token.text, "empty_lb_backends")) {
            lexer_syntax_error(lexer, "Unknown event '-1'");
        } else {
            event->event = PACKET_IN_EVENT_EMPTY_LB_BACKENDS;
            lexer_get(lexer);
            lexer_match(lexer, LEX_COMMA);
        }
    }
    return lexer_is_ok(lexer);
}

void
action_parse_trigger_event(struct action_parser *parser,
                           struct lflow_action *action)
{
    struct lflow_event_option options[MAX_EVENT_OPTIONS];
    struct lflow_event_option *copy;
    struct lflow_event *event = &action->event;
    struct lexer *lexer = &parser->lexer;
    size_t n = 0;

    if (!lexer_force(lexer, LEX_LPAREN)
        || !parse_event_name(parser, event)) {
        return;
    }
    memset(options, 0, sizeof options);
    while (lexer_is_ok(lexer) && !lexer_match(lexer, LEX_RPAREN)) {
        if (n >= MAX_EVENT_OPTIONS) {
            lexer_error(lexer, "more than %d options", MAX_EVENT_OPTIONS);
            return;
        }
        parse_event_option(parser, &options[n++]);
        lexer_match(lexer, LEX_COMMA);
    }
    copy = lflow_arena_alloc(parser->arena, MAX(n, 1) * sizeof *copy);
    memcpy(copy, options, n * sizeof *copy);
    event->options = copy;
    event->n_options = n;
}

void
action_format_trigger_event(const struct lflow_action *action, struct ds *s)
{
    const struct lflow_event *event = &action->event;

    ds_put_cstr(s, "trigger_event(event = \"empty_lb_backends\"");
    for (size_t i = 0; i < event->n_options; i++) {
        ds_put_format(s, ", %s = ", event->options[i].name);
        lex_format_string(event->options[i].value, s);
    }
    ds_put_char(s, ')');
}

void
action_encode_trigger_event(const struct lflow_action *action,
                            struct action_encoder *encoder)
{
    const struct lflow_event *event = &action->event;
    ovs_be32 number = htonl(event->event);
    struct ofpbuf userdata;

    action_start_controller(&userdata, PACKET_IN_EVENT);
    ofpbuf_put(&userdata, &number, sizeof number);
    for (size_t i = 0; i < event->n_options; i++) {
        const struct lflow_event_option *option = &event->options[i];
        size_t length = strlen(option->value);
        ovs_be16 header[2] = { htons(option->code), htons(length) };

        ofpbuf_put(&userdata, header, sizeof header);
        ofpbuf_put(&userdata, option->value, length);
    }
    action_finish_controller(encoder, &userdata, false, event->meter);
}
