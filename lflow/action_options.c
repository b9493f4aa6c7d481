/* put_dhcp_opts, put_dhcpv6_opts, put_nd_ra_opts: parameters NAME = VALUE,
 * the table of names and the encoding of values being dhcp_options.h. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "lflow/action_impl.h"
#include "lflow/dhcp_options.h"
#include "lflow/packet_in.h"
#include "openvswitch/ofp-actions.h"
#include "util.h"

enum { MAX_OPTIONS = 256, MAX_VALUES = 1024 };

/* The option 'name' as the parser's scope or, if it leaves that to us, the
 * table has it; NULL if there is none. */
static const struct dhcp_option *
dhcp_option_by_name(const struct action_parser *parser, bool v6,
                    const char *name)
{
    const struct lflow_scope *scope = parser->scope;
    const struct dhcp_option *found;
    struct dhcp_option *copy;

    lflow_refs_add(parser->refs, LFLOW_REF_OPTION, name);
    if (!scope || !scope->class || !scope->class->dhcp_option) {
        return v6 ? dhcpv6_option_by_name(name) : dhcpv4_option_by_name(name);
    }
    found = scope->class->dhcp_option(scope, v6, name);
    if (!found) {
        return NULL;
    }
    copy = lflow_arena_alloc(parser->arena, sizeof *copy);
    *copy = *found;
    copy->name = lflow_arena_strndup(parser->arena, found->name,
                                     strlen(found->name));
    return copy;
}

static const struct dhcp_option *
dhcpv4_option(const struct action_parser *parser, const char *name)
{
    return dhcp_option_by_name(parser, false, name);
}

static const struct dhcp_option *
dhcpv6_option(const struct action_parser *parser, const char *name)
{
    return dhcp_option_by_name(parser, true, name);
}

static const struct dhcp_option *
nd_ra_option(const struct action_parser *parser OVS_UNUSED, const char *name)
{
    return nd_ra_option_by_name(name);
}

/* What tells the three apart. */
struct options_kind {
    const char *what;           /* In messages: "DHCPv4". */
    const struct dhcp_option *(*by_name)(const struct action_parser *,
                                         const char *name);
};

static const struct options_kind *
options_kind(enum lflow_action_type type)
{
    static const struct options_kind dhcpv4
        = { "DHCPv4", dhcpv4_option };
    static const struct options_kind dhcpv6
        = { "DHCPv6", dhcpv6_option };
    static const struct options_kind nd_ra
        = { "IPv6 ND RA", nd_ra_option };

    return type == LFLOW_ACTION_PUT_DHCP_OPTS ? &dhcpv4
           : type == LFLOW_ACTION_PUT_DHCPV6_OPTS ? &dhcpv6 : &nd_ra;
}

/* --- Values ------------------------------------------------------------ */

/* One constant; 'expected' is what the first of a set was, or NULL. */
static bool
parse_value(struct action_parser *parser, const char *expected,
            struct lflow_option_value *value)
{
    struct lexer *lexer = &parser->lexer;
    const struct token *token = &lexer->token;
    bool is_string = token->type == LEX_STRING;

    memset(value, 0, sizeof *value);
    if (!is_string && token->type != LEX_INTEGER
        && token->type != LEX_MASKED_INTEGER) {
        lexer_syntax_error(lexer, "expecting constant");
        return false;
    } else if (expected && is_string != !strcmp(expected, "string")) {
        lexer_syntax_error(lexer, "expecting %s", expected);
        return false;
    }
    if (is_string) {
        value->string = action_token_text(parser);
    } else {
        value->masked = token->type == LEX_MASKED_INTEGER;
        value->value = token->value;
        value->mask = value->masked ? token->mask : U128_MAX;
        value->format = token->format;
    }
    lexer_get(lexer);
    return true;
}

/* VALUE or { VALUE, ... } */
static bool
parse_values(struct action_parser *parser, struct lflow_option *option)
{
    struct lexer *lexer = &parser->lexer;
    struct lflow_option_value first, value, *values;
    struct ofpbuf buf;

    option->in_braces = lexer_match(lexer, LEX_LCURLY);
    if (!parse_value(parser, NULL, &first)) {
        return false;
    }
    ofpbuf_init(&buf, sizeof first);
    ofpbuf_put(&buf, &first, sizeof first);
    option->n_values = 1;
    while (option->in_braces && lexer_is_ok(lexer)) {
        lexer_match(lexer, LEX_COMMA);
        if (lexer_match(lexer, LEX_RCURLY)) {
            break;
        } else if (option->n_values >= MAX_VALUES) {
            lexer_error(lexer, "more than %d values", MAX_VALUES);
        } else if (parse_value(parser, first.string ? "string" : "integer",
                               &value)) {
            ofpbuf_put(&buf, &value, sizeof value);
            option->n_values++;
        }
    }
    values = lflow_arena_alloc(parser->arena, buf.size);
    memcpy(values, buf.data, buf.size);
    option->values = values;
    ofpbuf_uninit(&buf);
    return lexer_is_ok(lexer);
}

/* Is the value's type the option's, and does it fit? */
static void
check_option(struct action_parser *parser, enum lflow_action_type type,
             const struct lflow_option *option)
{
    const struct options_kind *kind = options_kind(type);
    const struct dhcp_option *row = option->option;
    bool is_string = option->values[0].string != NULL;
    struct ofpbuf scratch;
    char *error = NULL;

    if (is_string ? !dhcp_option_takes_strings(row->type)
                  : !dhcp_option_takes_integers(row->type)) {
        action_field_error(parser, "%s option %s requires %s value.",
                           kind->what, row->name,
                           is_string ? "numeric" : "string");
        return;
    }
    ofpbuf_init(&scratch, 256);
    if (type == LFLOW_ACTION_PUT_ND_RA_OPTS) {
        error = nd_ra_option_check(option);
    } else if (type == LFLOW_ACTION_PUT_DHCP_OPTS
               ? !dhcpv4_option_encode(option, &scratch)
               : !dhcpv6_option_encode(option, &scratch)) {
        error = xasprintf("Invalid value for \"%s\" option", row->name);
    }
    ofpbuf_uninit(&scratch);
    if (error) {
        action_field_error(parser, "%s", error);
        free(error);
    }
}

/* NAME = VALUES */
static void
parse_option(struct action_parser *parser, enum lflow_action_type type,
             struct lflow_option *option)
{
    const struct options_kind *kind = options_kind(type);
    struct lexer *lexer = &parser->lexer;

    memset(option, 0, sizeof *option);
    if (lexer->token.type != LEX_ID) {
        action_syntax_error(lexer);
        return;
    }
    option->option = kind->by_name(parser, lexer->token.text);
    if (!option->option) {
        lexer_syntax_error(lexer, "expecting %s option name", kind->what);
        return;
    }
    parser->field_column = lexer->token.column;
    lexer_get(lexer);
    if (lexer_force(lexer, LEX_EQUALS) && parse_values(parser, option)) {
        check_option(parser, type, option);
    }
}

static void
parse_options(struct action_parser *parser, struct lflow_action *action)
{
    struct lflow_options *options = &action->options;
    struct lexer *lexer = &parser->lexer;
    struct lflow_option *copy;
    struct ofpbuf buf;

    if (!action_take_bit(parser, &options->dst)
        || !lexer_force(lexer, LEX_LPAREN)) {
        return;
    }
    ofpbuf_init(&buf, 256);
    while (lexer_is_ok(lexer) && !lexer_match(lexer, LEX_RPAREN)) {
        struct lflow_option option;

        if (options->n_options >= MAX_OPTIONS) {
            lexer_error(lexer, "more than %d options", MAX_OPTIONS);
            break;
        }
        parse_option(parser, action->type, &option);
        ofpbuf_put(&buf, &option, sizeof option);
        options->n_options++;
        lexer_match(lexer, LEX_COMMA);
    }
    copy = lflow_arena_alloc(parser->arena, MAX(buf.size, 1));
    if (buf.size) {
        memcpy(copy, buf.data, buf.size);
    }
    options->options = copy;
    ofpbuf_uninit(&buf);
}

static const struct lflow_option *
find_option(const struct lflow_options *options, unsigned int code)
{
    for (size_t i = 0; i < options->n_options; i++) {
        if (options->options[i].option->code == code) {
            return &options->options[i];
        }
    }
    return NULL;
}

/* --- Text -------------------------------------------------------------- */

static void
format_value(const struct lflow_option_value *value, struct ds *s)
{
    if (value->string) {
        lex_format_string(value->string, s);
    } else {
        lex_format_masked(value->value,
                          value->masked ? value->mask : U128_MAX,
                          value->format, s);
        if (value->masked && value->mask == U128_MAX) {
            ds_put_cstr(s, "/128");     /* A prefix, not an address. */
        }
    }
}

void
action_format_dhcp_opts(const struct lflow_action *action, struct ds *s)
{
    const struct lflow_options *options = &action->options;

    field_ref_format(&options->dst, s);
    ds_put_format(s, " = %s(", lflow_action_name(action->type));
    for (size_t i = 0; i < options->n_options; i++) {
        const struct lflow_option *option = &options->options[i];
        bool braces = option->in_braces;

        ds_put_format(s, "%s%s = %s", i ? ", " : "", option->option->name,
                      braces ? "{" : "");
        for (size_t j = 0; j < option->n_values; j++) {
            ds_put_cstr(s, j ? ", " : "");
            format_value(&option->values[j], s);
        }
        ds_put_cstr(s, braces ? "}" : "");
    }
    ds_put_char(s, ')');
}

void
action_format_nd_ra_opts(const struct lflow_action *action, struct ds *s)
{
    action_format_dhcp_opts(action, s);
}

/* --- put_dhcp_opts, put_dhcpv6_opts ------------------------------------ */

void
action_parse_dhcp_opts(struct action_parser *parser,
                       struct lflow_action *action)
{
    parse_options(parser, action);
    if (action->type == LFLOW_ACTION_PUT_DHCP_OPTS
        && lexer_is_ok(&parser->lexer)
        && !find_option(&action->options, DHCPV4_OFFERIP)) {
        lexer_error(&parser->lexer,
                    "put_dhcp_opts requires offerip to be specified.");
    }
}

/* The address first, then what responders look for, then the rest. */
static void
put_dhcpv4_options(const struct lflow_options *options,
                   struct ofpbuf *userdata)
{
    static const uint8_t first[] = {
        DHCPV4_BOOTFILE_NAME, DHCPV4_BOOTFILE_NAME_ALT, DHCPV4_NEXT_SERVER
    };
    const struct lflow_option *done[1 + ARRAY_SIZE(first)];
    ovs_be32 offer_ip;
    size_t n = 0;

    done[n] = find_option(options, DHCPV4_OFFERIP);
    offer_ip = htonl(done[n++]->values[0].value);
    ofpbuf_put(userdata, &offer_ip, sizeof offer_ip);
    for (size_t i = 0; i < ARRAY_SIZE(first); i++) {
        done[n] = find_option(options, first[i]);
        if (done[n]) {
            dhcpv4_option_encode(done[n++], userdata);
        }
    }
    for (size_t i = 0; i < options->n_options; i++) {
        const struct lflow_option *option = &options->options[i];
        bool is_done = false;

        for (size_t j = 0; j < n; j++) {
            is_done |= done[j] == option;
        }
        if (!is_done) {
            dhcpv4_option_encode(option, userdata);
        }
    }
}

void
action_encode_dhcp_opts(const struct lflow_action *action,
                        struct action_encoder *encoder)
{
    const struct lflow_options *options = &action->options;
    bool v4 = action->type == LFLOW_ACTION_PUT_DHCP_OPTS;
    struct ofpbuf userdata;

    action_start_controller(&userdata, v4 ? PACKET_IN_PUT_DHCP_OPTS
                                          : PACKET_IN_PUT_DHCPV6_OPTS);
    action_put_result_field(&userdata, &options->dst);
    if (v4) {
        put_dhcpv4_options(options, &userdata);
    } else {
        for (size_t i = 0; i < options->n_options; i++) {
            dhcpv6_option_encode(&options->options[i], &userdata);
        }
    }
    action_finish_controller(encoder, &userdata, true, NULL);
}

/* --- put_nd_ra_opts ---------------------------------------------------- */

void
action_parse_nd_ra_opts(struct action_parser *parser,
                        struct lflow_action *action)
{
    struct ofpbuf scratch;
    char *error;

    action_require(parser, "ip6");
    parse_options(parser, action);
    if (!lexer_is_ok(&parser->lexer)) {
        return;
    }
    ofpbuf_init(&scratch, 128);
    error = nd_ra_options_encode(action->options.options,
                                 action->options.n_options, &scratch);
    ofpbuf_uninit(&scratch);
    if (error) {
        lexer_error(&parser->lexer, "%s", error);
        free(error);
    }
}

void
action_encode_nd_ra_opts(const struct lflow_action *action,
                         struct action_encoder *encoder)
{
    const struct lflow_options *options = &action->options;
    struct ofpbuf userdata;

    action_start_controller(&userdata, PACKET_IN_PUT_ND_RA_OPTS);
    action_put_result_field(&userdata, &options->dst);
    free(nd_ra_options_encode(options->options, options->n_options,
                              &userdata));
    action_finish_controller(encoder, &userdata, true, NULL);
}
