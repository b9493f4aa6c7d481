/* Logical actions: the table of their classes, and the calls of actions.h.
 *
 * What each action does is in action_FAMILY.c; what they share for parsing in
 * action_parse.c, for encoding in action_encode.c. */
#include <config.h>

#include "lflow/actions.h"

#include <string.h>

#include "lflow/action_impl.h"
#include "lflow/limits.h"
#include "openvswitch/ofp-actions.h"
#include "util.h"

static const struct action_class classes[N_LFLOW_ACTIONS] = {
#define ACTION(TYPE, NAME, SYNTAX, MEMBER, FAMILY)                      \
    [LFLOW_ACTION_##TYPE] = {                                           \
        NAME, ACTION_##SYNTAX, action_parse_##FAMILY,                   \
        action_format_##FAMILY, action_encode_##FAMILY                  \
    },
    LFLOW_ACTIONS
#undef ACTION
};

const struct action_class *
action_class(enum lflow_action_type type)
{
    return &classes[type];
}

const char *
lflow_action_name(enum lflow_action_type type)
{
    return classes[type].name;
}

/* "drop;" or a list up to the end. */
static const struct lflow_actions *
parse_all(struct action_parser *parser)
{
    struct lexer *lexer = &parser->lexer;

    lexer_get(lexer);
    if (lexer->token.type == LEX_ID && !strcmp(lexer->token.text, "drop")
        && lexer_lookahead(lexer) == LEX_SEMICOLON) {
        lexer_get(lexer);
        lexer_get(lexer);
        lexer_force_end(lexer);
        return lflow_arena_alloc(parser->arena,
                                 sizeof(struct lflow_actions));
    }
    const struct lflow_actions *actions = action_parse_list(parser);

    if (lexer_is_ok(lexer) && lexer->token.type != LEX_END) {
        action_syntax_error(lexer);
    }
    return actions;
}

int
lflow_actions_parse(const char *text, size_t length,
                    const struct lflow_place *place,
                    const struct lflow_scope *scope,
                    struct lflow_refs *refs, struct lflow_arena *arena,
                    struct lflow_actions **actions,
                    const struct expr **prereqs, struct err *err)
{
    struct action_parser parser = {
        .place = place, .scope = scope, .refs = refs, .arena = arena
    };
    const struct lflow_actions *parsed;
    int error;

    lexer_init(&parser.lexer, "actions", text, length);
    parsed = parse_all(&parser);
    error = lexer_take_error(&parser.lexer, err);
    lexer_destroy(&parser.lexer);
    if (!error) {
        *actions = CONST_CAST(struct lflow_actions *, parsed);
        *prereqs = parser.prereqs;
    }
    return error;
}

void
lflow_action_format(const struct lflow_action *action, struct ds *s)
{
    classes[action->type].format(action, s);
    ds_put_char(s, ';');
}

void
lflow_actions_format(const struct lflow_actions *actions, struct ds *s)
{
    if (!actions->first) {
        ds_put_cstr(s, "drop;");
        return;
    }
    LFLOW_ACTION_FOR_EACH (action, actions) {
        if (action != actions->first) {
            ds_put_char(s, ' ');
        }
        lflow_action_format(action, s);
    }
}

char *
lflow_actions_to_string(const struct lflow_actions *actions)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    lflow_actions_format(actions, &s);
    return ds_steal_cstr(&s);
}

int
lflow_actions_encode(const struct lflow_actions *actions,
                     const struct lflow_place *place,
                     const struct lflow_scope *scope,
                     struct lflow_refs *refs, struct ofpbuf *ofpacts,
                     struct err *err)
{
    struct action_encoder encoder = {
        .place = place, .scope = scope, .refs = refs, .ofpacts = ofpacts,
        .controller_meter = NX_CTLR_NO_METER, .err = err
    };
    size_t start = ofpacts->size;

    if (place->controller_meter) {
        encoder.controller_meter = action_meter_id(&encoder,
                                                   place->controller_meter);
    }
    action_encode_list(actions, &encoder);
    if (encoder.error) {
        ofpacts->size = start;
    }
    return encoder.error;
}
