/* One logical flow to OpenFlow: parse both halves, AND the actions'
 * prerequisites to the match, and bring that to OpenFlow matches. */
#include <config.h>

#include "lflow/compile.h"

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "util.h"

/* Parses the actions, templates expanded. */
static int
parse_actions(const struct lflow_source *source, struct lflow_refs *refs,
              struct lflow_arena *arena, struct lflow_actions **actions,
              const struct expr **prereqs, struct err *err)
{
    const char *text = source->actions;
    size_t length = strlen(text);
    char *expanded = NULL;
    int error = 0;

    if (memchr(text, '^', length)) {
        error = lflow_template_expand(text, length, source->scope, refs,
                                      &expanded, err);
        if (error) {
            return error;
        }
        text = expanded;
        length = strlen(text);
    }
    error = lflow_actions_parse(text, length, &source->place, source->scope,
                                refs, arena, actions, prereqs, err);
    free(expanded);
    return error;
}

static int
compile_match(const struct lflow_source *source, const struct expr *expr,
              const struct expr *prereqs, struct lflow_refs *refs,
              struct lflow_arena *arena, struct lflow_matches **matches,
              struct err *err)
{
    int error;

    expr = expr_and(arena, expr, prereqs);
    error = expr_annotate(expr, arena, &expr, err);
    if (!error) {
        error = expr_simplify(expr, source->scope, refs, arena, &expr, err);
    }
    return error ? error : expr_to_matches(expr, matches, err);
}

static int
compile(const struct lflow_source *source, struct lflow_program *program,
        struct lflow_arena *arena, struct err *err)
{
    struct lflow_matches *matches;
    struct lflow_actions *actions;
    const struct expr *expr, *prereqs = NULL;
    int error;

    error = expr_parse_string(source->match, source->scope, &program->refs,
                              arena, &expr, err);
    if (!error) {
        error = parse_actions(source, &program->refs, arena, &actions,
                              &prereqs, err);
    }
    if (!error) {
        error = compile_match(source, expr, prereqs, &program->refs, arena,
                              &matches, err);
    }
    if (error) {
        return error;
    }
    if (lflow_matches_count(matches)) {
        error = lflow_actions_encode(actions, &source->place, source->scope,
                                     &program->refs, &program->ofpacts, err);
        if (error) {
            lflow_matches_destroy(matches);
            return error;
        }
    }
    program->matches = matches;
    return 0;
}

int
lflow_compile(const struct lflow_source *source,
              struct lflow_program *program, struct err *err)
{
    const struct lflow_place *place = &source->place;
    struct lflow_arena arena = LFLOW_ARENA_INIT;
    int error;

    program->matches = NULL;
    program->table = place->stage + (pipeline_is_ingress(place->pipeline)
                                     ? place->ingress_table
                                     : place->egress_table);
    ofpbuf_init(&program->ofpacts, 0);
    lflow_refs_init(&program->refs);
    error = compile(source, program, &arena, err);
    lflow_arena_destroy(&arena);
    return error;
}

void
lflow_program_destroy(struct lflow_program *program)
{
    lflow_matches_destroy(program->matches);
    ofpbuf_uninit(&program->ofpacts);
    lflow_refs_destroy(&program->refs);
    program->matches = NULL;
}

size_t
lflow_program_size(const struct lflow_program *program)
{
    const struct lflow_ref *ref;
    size_t size = sizeof *program + program->ofpacts.allocated;

    HMAP_FOR_EACH (ref, node, &program->refs.map) {
        size += sizeof *ref + strlen(ref->name) + 1;
    }
    return size + (program->matches ? lflow_matches_size(program->matches)
                                    : 0);
}
