/* parse-actions: see tool_actions.h. */
#include <config.h>

#include "lflow/tool_actions.h"

#include <stdlib.h>
#include <string.h>

#include "lflow/expr.h"
#include "lib/err.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofpbuf.h"
#include "util.h"

static void
format_uses(const struct lflow_refs *refs, const struct lflow_scope *scope,
            struct ds *s)
{
    const struct lflow_ref *ref;

    HMAP_FOR_EACH (ref, node, &refs->map) {
        if (ref->kind == LFLOW_REF_GROUP) {
            ds_put_format(s, "\n  uses group: id(%u), name(%s)",
                          lflow_scope_group_id(scope, NULL, ref->name),
                          ref->name);
        } else if (ref->kind == LFLOW_REF_METER) {
            ds_put_format(s, "\n  uses meter: id(%u), name(%s)",
                          lflow_scope_meter_id(scope, NULL, ref->name),
                          ref->name);
        }
    }
}

static void
format_prereqs(const struct expr *prereqs, struct lflow_arena *arena,
               struct ds *s)
{
    if (!expr_annotate(prereqs, arena, &prereqs, NULL)) {
        ds_put_cstr(s, "\n  has prereqs ");
        expr_format(prereqs, s);
    }
}

int
lflow_tool_parse_actions(const char *line, const struct lflow_place *place,
                         const struct lflow_scope *scope,
                         struct lflow_arena *arena, struct ds *s,
                         struct err *err)
{
    const struct expr *prereqs = NULL;
    struct ofpact_format_params params = { .s = s };
    struct lflow_actions *actions;
    struct ofpbuf ofpacts;
    struct lflow_refs refs;
    int error;

    lflow_refs_init(&refs);
    ofpbuf_init(&ofpacts, 0);
    error = lflow_actions_parse(line, strlen(line), place, scope, &refs,
                                arena, &actions, &prereqs, err);
    if (!error) {
        error = lflow_actions_encode(actions, place, scope, &refs, &ofpacts,
                                     err);
    }
    if (!error) {
        char *text = lflow_actions_to_string(actions);

        if (strcmp(text, line)) {
            ds_put_format(s, "  formats as %s\n", text);
        }
        free(text);
        ds_put_cstr(s, "  encodes as ");
        ofpacts_format(ofpacts.data, ofpacts.size, &params);
        format_uses(&refs, scope, s);
        if (prereqs) {
            format_prereqs(prereqs, arena, s);
        }
    }
    ofpbuf_uninit(&ofpacts);
    lflow_refs_destroy(&refs);
    return error;
}
