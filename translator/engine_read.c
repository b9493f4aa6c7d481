/* Reading inputs and derived values from within a function. */
#include <config.h>

#include "translator/engine_private.h"

#include "openvswitch/util.h"
#include "util.h"

const struct engine_kind *
engine_reader_kind(const struct engine_reader *reader)
{
    return reader->node->kind->kind;
}

void *
engine_keep(struct engine_reader *reader, void *block)
{
    void **slot = vector_push(&reader->kept, sizeof *slot);

    *slot = block;
    return block;
}

/* Makes a derived node's value what it should be, if it is not. */
static bool
refresh(struct engine_reader *reader, struct engine_node *node)
{
    struct engine *engine = reader->engine;

    if (node->is_running) {
        engine_fault(engine, "%s \"%s\" reads itself",
                     node->kind->kind->name, node->a);
        return false;
    }
    if (reader->depth >= ENGINE_MAX_DEPTH) {
        engine_fault(engine, "%s \"%s\": reads are nested too deeply",
                     node->kind->kind->name, node->a);
        return false;
    }
    if (node->is_queued || !node->changed) {
        engine_compute(engine, node, reader);
    }
    return true;
}

const void *
engine_read(struct engine_reader *reader, const struct engine_kind *kind,
            const char *a, const char *b)
{
    struct engine *engine = reader->engine;
    struct kind_state *state = kind_find(engine, kind);

    if (!state || (kind->role != ENGINE_INPUT
                   && kind->role != ENGINE_DERIVED)) {
        engine_fault(engine, "%s reads %s, which is no value that is listed",
                     reader->node->kind->kind->name, kind->name);
        return NULL;
    }
    struct engine_node *node = node_get(engine, state, a, b);

    if (kind->role == ENGINE_DERIVED && !refresh(reader, node)) {
        return NULL;
    }
    if (node->read_by != reader->run) {
        struct pending_read *pending = vector_push(&reader->reads,
                                                   sizeof *pending);

        *pending = (struct pending_read) { node, node->changed, 0,
                                           MATCH_ALL };
        node->read_by = reader->run;
    }
    return node->value;
}
