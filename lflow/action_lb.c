/* Actions that choose among several ends, by OpenFlow groups of type select:
 * ct_lb, ct_lb_mark, select, fwd_group.
 *
 * A group is asked of the scope by its text, as ovs-ofctl takes it, without
 * its id. */
#include <config.h>

#include <netinet/in.h>
#include <string.h>

#include "lflow/action_impl.h"
#include "lflow/limits.h"
#include "lflow/registers.h"
#include "openvswitch/ofp-actions.h"
#include "packets.h"
#include "util.h"

/* Ends of one action: more do not fit a group message anyway. */
enum { MAX_ENDS = 1024 };

/* Bits of ct_label and ct_mark, as ovn-northd has them in its symbols
 * ct_mark.natted and so on. */
enum { CT_NATTED = 2, CT_SKIP_SNAT = 4, CT_FORCE_SNAT = 8 };

/* Elements of 'size' bytes, grown in memory of their own until their number
 * is known. */
struct ends {
    struct ofpbuf buf;
    size_t n;
};

/* Counts one more; false after the error that there are too many. */
static bool
ends_add(struct lexer *lexer, struct ends *ends, const void *end,
         size_t size)
{
    if (ends->n >= MAX_ENDS) {
        lexer_error(lexer, "more than %d in one action", MAX_ENDS);
        return false;
    }
    ofpbuf_put(&ends->buf, end, size);
    ends->n++;
    return true;
}

/* Their copy in the parser's arena; frees them. */
static void *
ends_take(struct action_parser *parser, struct ends *ends)
{
    void *copy = lflow_arena_alloc(parser->arena, MAX(ends->buf.size, 1));

    if (ends->buf.size) {
        memcpy(copy, ends->buf.data, ends->buf.size);
    }
    ofpbuf_uninit(&ends->buf);
    return copy;
}

/* --- ct_lb, ct_lb_mark ------------------------------------------------- */

static bool
parse_backend_port(struct lexer *lexer, uint16_t *port)
{
    u128 number;

    if (!lexer_match(lexer, LEX_COLON)) {
        return true;
    } else if (!lexer_match_int(lexer, UINT16_MAX, &number)) {
        lexer_syntax_error(lexer, "expecting port number");
        return false;
    }
    *port = number;
    return true;
}

/* 10.0.0.1, 10.0.0.1:80, fe80::1, [fe80::1]:80 */
static bool
parse_backend(struct lexer *lexer, struct lflow_backend *backend)
{
    const struct token *token = &lexer->token;
    bool brackets = lexer_match(lexer, LEX_LSQUARE);

    if (token->type == LEX_INTEGER && token->format == LEX_F_IPV6) {
        backend->ip.family = AF_INET6;
        u128_to_bytes(token->value, &backend->ip.ip, 16);
        lexer_get(lexer);
        return !brackets || (lexer_force(lexer, LEX_RSQUARE)
                             && parse_backend_port(lexer, &backend->port));
    } else if (brackets) {
        lexer_syntax_error(lexer, "expecting IPv6 address");
        return false;
    } else if (token->type == LEX_INTEGER && token->format == LEX_F_IPV4) {
        backend->ip.family = AF_INET;
        in6_addr_set_mapped_ipv4(&backend->ip.ip, htonl(token->value));
        lexer_get(lexer);
        return parse_backend_port(lexer, &backend->port);
    }
    lexer_syntax_error(lexer, "expecting IP address");
    return false;
}

static void
parse_backends(struct action_parser *parser, struct lflow_ct_lb *lb)
{
    struct lexer *lexer = &parser->lexer;
    struct ends ends = { .n = 0 };

    ofpbuf_init(&ends.buf, 0);
    while (lexer_is_ok(lexer) && lexer->token.type != LEX_SEMICOLON
           && lexer->token.type != LEX_RPAREN) {
        struct lflow_backend backend;

        memset(&backend, 0, sizeof backend);
        if (!parse_backend(lexer, &backend)
            || !ends_add(lexer, &ends, &backend, sizeof backend)) {
            break;
        }
        lexer_match(lexer, LEX_COMMA);
    }
    lb->n_backends = ends.n;
    lb->backends = ends_take(parser, &ends);
}

/* Names of fields that a group can hash, separated by commas? */
static bool
are_hash_fields(const char *names)
{
    char *copy = xstrdup(names), *save = NULL;
    bool ok = *names != '\0';

    for (char *name = strtok_r(copy, ", ", &save); name && ok;
         name = strtok_r(NULL, ", ", &save)) {
        ok = mf_from_name(name) != NULL;
    }
    free(copy);
    return ok;
}

static void
parse_hash_fields(struct action_parser *parser, struct lflow_ct_lb *lb)
{
    struct lexer *lexer = &parser->lexer;

    if (!lexer_force(lexer, LEX_EQUALS)) {
        return;
    } else if (lexer->token.type != LEX_STRING
               || !are_hash_fields(lexer->token.text)) {
        lexer_syntax_error(lexer, "invalid hash_fields");
        return;
    }
    lb->hash_fields = action_parse_string(parser);
}

static bool
parse_lb_flag(struct lexer *lexer, struct lflow_ct_lb *lb)
{
    if (lexer_match_id(lexer, "skip_snat")) {
        lb->flag = LFLOW_CT_LB_SKIP_SNAT;
    } else if (lexer_match_id(lexer, "force_snat")) {
        lb->flag = LFLOW_CT_LB_FORCE_SNAT;
    } else {
        return false;
    }
    return true;
}

/* backends=...[; hash_fields="..."][; FLAG] */
static void
parse_lb_args(struct action_parser *parser, struct lflow_ct_lb *lb)
{
    struct lexer *lexer = &parser->lexer;
    bool more;

    if (!lexer_match_id(lexer, "backends")) {
        lexer_syntax_error(lexer, "expecting backends");
        return;
    } else if (!lexer_force(lexer, LEX_EQUALS)) {
        return;
    }
    parse_backends(parser, lb);
    more = lexer_match(lexer, LEX_SEMICOLON);
    if (more && lexer_match_id(lexer, "hash_fields")) {
        parse_hash_fields(parser, lb);
        more = lexer_match(lexer, LEX_SEMICOLON);
    }
    if (more && !parse_lb_flag(lexer, lb)) {
        lexer_syntax_error(lexer, "expecting `;'");
    }
}

void
action_parse_ct_lb(struct action_parser *parser, struct lflow_action *action)
{
    struct lexer *lexer = &parser->lexer;
    struct lflow_ct_lb *lb = &action->ct_lb;

    action_require(parser, "ip");
    if (!action_next_stage(parser, lflow_action_name(action->type),
                           &lb->stage)
        || !lexer_match(lexer, LEX_LPAREN)
        || lexer_match(lexer, LEX_RPAREN)) {
        return;
    }
    parse_lb_args(parser, lb);
    if (lexer_is_ok(lexer) && !lexer_match(lexer, LEX_RPAREN)) {
        lexer_match(lexer, LEX_SEMICOLON);
        lexer_syntax_error(lexer, "expecting `;'");
    }
}

void
action_format_ct_lb(const struct lflow_action *action, struct ds *s)
{
    const struct lflow_ct_lb *lb = &action->ct_lb;

    ds_put_cstr(s, lflow_action_name(action->type));
    if (!lb->n_backends) {
        return;
    }
    ds_put_cstr(s, "(backends=");
    for (size_t i = 0; i < lb->n_backends; i++) {
        ds_put_cstr(s, i ? "," : "");
        action_format_endpoint(&lb->backends[i].ip, lb->backends[i].port,
                               false, s);
    }
    if (lb->hash_fields) {
        ds_put_cstr(s, "; hash_fields=");
        lex_format_string(lb->hash_fields, s);
    }
    if (lb->flag) {
        ds_put_cstr(s, lb->flag == LFLOW_CT_LB_SKIP_SNAT ? "; skip_snat"
                                                         : "; force_snat");
    }
    ds_put_char(s, ')');
}

static void
format_lb_bucket(const struct lflow_action *action, size_t i,
                 const struct action_encoder *encoder, struct ds *s)
{
    const struct lflow_ct_lb *lb = &action->ct_lb;
    const char *field = action->type == LFLOW_ACTION_CT_LB_MARK ? "ct_mark"
                                                                : "ct_label";

    ds_put_format(s, ",bucket=bucket_id=%"PRIuSIZE",weight:100,"
                  "actions=ct(commit,table=%d,zone=%s[0..15],nat(dst=", i,
                  action_stage_table(encoder, lb->stage),
                  mf_from_id(action_ct_zone(encoder))->name);
    action_format_endpoint(&lb->backends[i].ip, lb->backends[i].port, false,
                           s);
    ds_put_format(s, "),exec(set_field:%d/%d->%s", CT_NATTED, CT_NATTED,
                  field);
    if (lb->flag) {
        int bit = lb->flag == LFLOW_CT_LB_SKIP_SNAT ? CT_SKIP_SNAT
                                                    : CT_FORCE_SNAT;

        ds_put_format(s, ",set_field:%d/%d->%s", bit, bit, field);
    }
    ds_put_cstr(s, "))");
}

/* Without backends: only what is established is NATed. */
static void
encode_lb_established(const struct lflow_action *action,
                      struct action_encoder *encoder)
{
    struct ofpact_conntrack *ct = ofpact_put_CT(encoder->ofpacts);
    struct ofpbuf nat;

    ct->recirc_table = action_stage_table(encoder, action->ct_lb.stage);
    ct->zone_src = action_bits(action_ct_zone(encoder), 0, 16);
    ofpbuf_init(&nat, 64);
    ofpact_put_NAT(&nat);
    ofpbuf_put(encoder->ofpacts, nat.data, nat.size);
    ofpbuf_uninit(&nat);
    ct = encoder->ofpacts->header;
    ofpact_finish_CT(encoder->ofpacts, &ct);
}

void
action_encode_ct_lb(const struct lflow_action *action,
                    struct action_encoder *encoder)
{
    const struct lflow_ct_lb *lb = &action->ct_lb;
    struct ds s = DS_EMPTY_INITIALIZER;

    if (!lb->n_backends) {
        encode_lb_established(action, encoder);
        return;
    }
    ds_put_cstr(&s, "type=select,selection_method=");
    if (lb->hash_fields) {
        ds_put_format(&s, "hash,fields(%s)", lb->hash_fields);
    } else {
        ds_put_cstr(&s, "dp_hash");
    }
    for (size_t i = 0; i < lb->n_backends; i++) {
        format_lb_bucket(action, i, encoder, &s);
    }
    action_put_group(encoder, ds_cstr(&s));
    ds_destroy(&s);
}

/* --- select ------------------------------------------------------------ */

enum { DEFAULT_WEIGHT = 100 };

static bool
check_select_dst(struct action_parser *parser, const struct field_ref *dst)
{
    if (dst->n_bits < 16) {
        action_field_error(parser, "cannot use %d-bit field %s[%d..%d] for "
                           "\"select\", which requires at least 16 bits.",
                           dst->n_bits, dst->symbol->name, dst->ofs,
                           dst->ofs + dst->n_bits - 1);
        return false;
    }
    return action_check_writable(parser, dst);
}

/* ID[=WEIGHT] */
static bool
parse_member(struct lexer *lexer, struct lflow_select_member *member)
{
    u128 number;

    if (!lexer_match_int(lexer, UINT16_MAX, &number)) {
        lexer_syntax_error(lexer, "expecting id");
        return false;
    }
    member->id = number;
    member->weight = DEFAULT_WEIGHT;
    if (lexer_match(lexer, LEX_EQUALS)) {
        if (!lexer_match_int(lexer, UINT16_MAX, &number)) {
            lexer_syntax_error(lexer, "expecting weight");
            return false;
        } else if (!number) {
            lexer_syntax_error(lexer, "weight can't be 0");
            return false;
        }
        member->weight = number;
    }
    return true;
}

void
action_parse_select(struct action_parser *parser,
                    struct lflow_action *action)
{
    struct lexer *lexer = &parser->lexer;
    struct ends ends = { .n = 0 };

    action->select.dst = parser->dst;
    if (!check_select_dst(parser, &parser->dst)
        || !action_next_stage(parser, "select", &action->select.stage)
        || !lexer_force(lexer, LEX_LPAREN)) {
        return;
    }
    ofpbuf_init(&ends.buf, 0);
    while (lexer_is_ok(lexer) && !lexer_match(lexer, LEX_RPAREN)) {
        struct lflow_select_member member;

        if (!parse_member(lexer, &member)
            || !ends_add(lexer, &ends, &member, sizeof member)) {
            break;
        }
        lexer_match(lexer, LEX_COMMA);
    }
    action->select.n_members = ends.n;
    action->select.members = ends_take(parser, &ends);
    if (ends.n <= 1) {
        lexer_syntax_error(lexer, "expecting at least 2 group members");
    }
}

void
action_format_select(const struct lflow_action *action, struct ds *s)
{
    const struct lflow_select *select = &action->select;

    field_ref_format(&select->dst, s);
    ds_put_cstr(s, " = select(");
    for (size_t i = 0; i < select->n_members; i++) {
        ds_put_format(s, "%s%d=%d", i ? ", " : "", select->members[i].id,
                      select->members[i].weight);
    }
    ds_put_char(s, ')');
}

void
action_encode_select(const struct lflow_action *action,
                     struct action_encoder *encoder)
{
    const struct lflow_select *select = &action->select;
    struct mf_subfield dst = field_ref_to_subfield(&select->dst);
    struct ds s = DS_EMPTY_INITIALIZER;

    /* The parameter's upper half chooses the symmetric layer 4 hash. */
    ds_put_format(&s, "type=select,selection_method=dp_hash,"
                  "selection_method_param=%"PRIu64, UINT64_C(1) << 32);
    for (size_t i = 0; i < select->n_members; i++) {
        ds_put_format(&s, ",bucket=bucket_id=%"PRIuSIZE",weight:%d,"
                      "actions=load:%d->%s[%d..%d],resubmit(,%d)", i,
                      select->members[i].weight, select->members[i].id,
                      dst.field->name, dst.ofs, dst.ofs + dst.n_bits - 1,
                      action_stage_table(encoder, select->stage));
    }
    action_put_group(encoder, ds_cstr(&s));
    ds_destroy(&s);
}

/* --- fwd_group --------------------------------------------------------- */

static bool
parse_bool(struct lexer *lexer, bool *value)
{
    const struct token *token = &lexer->token;

    if ((token->type == LEX_ID || token->type == LEX_STRING)
        && (!strcmp(token->text, "true") || !strcmp(token->text, "false"))) {
        *value = *token->text == 't';
        lexer_get(lexer);
        return true;
    }
    lexer_syntax_error(lexer, "expecting true or false");
    return false;
}

static void
parse_child_ports(struct action_parser *parser,
                  struct lflow_fwd_group *group)
{
    struct lexer *lexer = &parser->lexer;
    struct ends ends = { .n = 0 };

    ofpbuf_init(&ends.buf, 0);
    do {
        const char *port;

        if (lexer->token.type != LEX_STRING) {
            lexer_syntax_error(lexer, "expecting logical switch port");
            break;
        }
        port = action_parse_string(parser);
        if (!ends_add(lexer, &ends, &port, sizeof port)) {
            break;
        }
    } while (lexer_match(lexer, LEX_COMMA));
    group->n_ports = ends.n;
    group->ports = ends_take(parser, &ends);
}

void
action_parse_fwd_group(struct action_parser *parser,
                       struct lflow_action *action)
{
    struct lexer *lexer = &parser->lexer;
    struct lflow_fwd_group *group = &action->fwd_group;

    if (!lexer_force(lexer, LEX_LPAREN)) {
        return;
    }
    if (lexer_match_id(lexer, "liveness")
        && (!lexer_force(lexer, LEX_EQUALS)
            || !parse_bool(lexer, &group->liveness)
            || !lexer_force(lexer, LEX_COMMA))) {
        return;
    }
    if (!lexer_match_id(lexer, "childports")) {
        lexer_syntax_error(lexer, "expecting `;'");
    } else if (lexer_force(lexer, LEX_EQUALS)) {
        parse_child_ports(parser, group);
        lexer_force(lexer, LEX_RPAREN);
    }
}

void
action_format_fwd_group(const struct lflow_action *action, struct ds *s)
{
    const struct lflow_fwd_group *group = &action->fwd_group;

    ds_put_cstr(s, "fwd_group(");
    if (group->liveness) {
        ds_put_cstr(s, "liveness=\"true\", ");
    }
    ds_put_cstr(s, "childports=");
    for (size_t i = 0; i < group->n_ports; i++) {
        ds_put_cstr(s, i ? ", " : "");
        lex_format_string(group->ports[i], s);
    }
    ds_put_char(s, ')');
}

/* Nothing at all while a port, or the tunnel to where it is, is missing. */
void
action_encode_fwd_group(const struct lflow_action *action,
                        struct action_encoder *encoder)
{
    const struct lflow_fwd_group *group = &action->fwd_group;
    struct ds s = DS_EMPTY_INITIALIZER;
    bool complete = true;

    ds_put_cstr(&s, "type=select,selection_method=dp_hash");
    for (size_t i = 0; i < group->n_ports; i++) {
        uint32_t key = 0, ofport = 0;

        complete &= lflow_scope_port_key(encoder->scope, encoder->refs,
                                         group->ports[i], &key);
        ds_put_format(&s, ",bucket=bucket_id=%"PRIuSIZE",", i);
        if (group->liveness) {
            complete &= lflow_scope_tunnel_port(encoder->scope,
                                                encoder->refs,
                                                group->ports[i], &ofport);
            if (ofport) {
                ds_put_format(&s, "watch_port:%"PRIu32",", ofport);
            }
        }
        ds_put_format(&s, "actions=load:0x%"PRIx32"->%s[0..15],"
                      "resubmit(,%d)", key,
                      mf_from_id(MFF_LOG_OUTPORT)->name,
                      action_output_table(encoder));
    }
    if (complete) {
        action_put_group(encoder, ds_cstr(&s));
    }
    ds_destroy(&s);
}
