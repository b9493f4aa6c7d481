/* Nodes: finding and making them, who reads them, and their end.
 *
 * A node that nobody reads any more (and that is neither a root, nor an input
 * with a value, nor a relation with members) becomes suspect, and goes at the
 * end of engine_run() unless somebody has read it again.  Values that are
 * replaced while functions run are freed when none runs any more, for they
 * may still be looked at. */
#include <config.h>

#include "translator/engine_private.h"

#include <string.h>

#include "hash.h"
#include "openvswitch/util.h"
#include "util.h"

static uint32_t
node_hash(const struct kind_state *kind, const char *a, const char *b)
{
    return hash_string(b, hash_string(a, hash_pointer(kind, 0)));
}

static struct engine_node *
find_hashed(const struct engine *engine, const struct kind_state *kind,
            const char *a, const char *b, uint32_t hash)
{
    struct engine_node *node;

    HMAP_FOR_EACH_WITH_HASH (node, hmap_node, hash, &engine->nodes) {
        if (node->kind == kind && !strcmp(node->a, a)
            && !strcmp(node->b, b)) {
            return node;
        }
    }
    return NULL;
}

/* The node, or NULL. */
struct engine_node *
node_find(const struct engine *engine, const struct kind_state *kind,
          const char *a, const char *b)
{
    return find_hashed(engine, kind, a, b, node_hash(kind, a, b));
}

/* With chains of half a node: each step of a chain is a miss of the
 * processor's caches, and looking up is much of what the engine does. */
static void
insert_hashed(struct engine *engine, struct engine_node *node, uint32_t hash)
{
    size_t n = hmap_count(&engine->nodes);

    if (n * 4 > hmap_capacity(&engine->nodes)) {
        hmap_reserve(&engine->nodes, n * 8);
    }
    hmap_insert_fast(&engine->nodes, &node->hmap_node, hash);
}

static uint64_t
initial_height(const struct engine_kind *kind)
{
    switch (kind->role) {
    case ENGINE_INPUT:
    case ENGINE_RELATION:
        return kind->stratum ? STRATUM_HEIGHT(kind->stratum + 1) : 0;
    case ENGINE_ROOT:
        return STRATUM_HEIGHT(kind->stratum + 1) - 1;
    case ENGINE_DERIVED:
    default:
        return 1;
    }
}

/* The node, made if there is none. */
struct engine_node *
node_get(struct engine *engine, struct kind_state *kind,
         const char *a, const char *b)
{
    uint32_t hash = node_hash(kind, a, b);
    struct engine_node *node = find_hashed(engine, kind, a, b, hash);
    size_t a_size = strlen(a) + 1, b_size = *b ? strlen(b) + 1 : 0;

    if (node) {
        return node;
    }
    node = xzalloc(sizeof *node + a_size + b_size);
    node->kind = kind;
    node->height = initial_height(kind->kind);
    memcpy(node->a, a, a_size);
    memcpy(node->a + a_size, b, b_size);
    node->b = b_size ? node->a + a_size : node->a + a_size - 1;
    ovs_list_init(&node->readers);
    if (kind->kind->role == ENGINE_RELATION) {
        hmap_init(&node->members);
    }
    insert_hashed(engine, node, hash);
    kind->stats.n_nodes++;
    return node;
}

static void
destroy_content(struct engine *engine, struct engine_node *node)
{
    struct engine_member *member;

    switch (node->kind->kind->role) {
    case ENGINE_INPUT:
    case ENGINE_DERIVED:
        node_bury(engine, node->value, node->kind->kind->destroy);
        break;

    case ENGINE_RELATION:
        HMAP_FOR_EACH_POP (member, hmap_node, &node->members) {
            free(member);
        }
        hmap_destroy(&node->members);
        break;

    case ENGINE_ROOT:
        for (size_t i = 0; i < node->n_emissions; i++) {
            emission_remove(engine, node->emissions[i]);
        }
        for (size_t i = 0; i < node->n_facts; i++) {
            member_remove(engine, node->facts[i].relation,
                          node->facts[i].member);
        }
        free(node->emissions);
        free(node->facts);
        break;
    }
}

void
node_destroy(struct engine *engine, struct engine_node *node)
{
    if (node->is_queued) {
        heap_remove(&engine->queue, &node->heap_node);
    }
    node_unlink(engine, node->edges, node->n_edges);
    free(node->edges);
    destroy_content(engine, node);
    node->kind->stats.n_nodes--;
    hmap_remove(&engine->nodes, &node->hmap_node);
    free(node);
}

/* ---- Readers ----------------------------------------------------------- */

/* Takes 'n' edges out of the lists that they are in. */
void
node_unlink(struct engine *engine, struct engine_edge *edges, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct engine_node *from = edges[i].from;

        ovs_list_remove(&edges[i].node);
        if (ovs_list_is_empty(&from->readers)) {
            node_suspect(engine, from);
        }
    }
    engine->n_edges -= n;
}

/* Makes all that read 'node', an input or derived, run again. */
void
node_notify(struct engine *engine, struct engine_node *node)
{
    struct engine_edge *edge;

    LIST_FOR_EACH (edge, node, &node->readers) {
        if (!edge->reader->is_running) {
            engine_queue(engine, edge->reader);
        }
    }
}

/* Whether roots hang on it: an input with a value, a relation's key with
 * members. */
bool
node_is_present(const struct engine_node *node)
{
    return (node->kind->kind->role == ENGINE_RELATION
            ? !hmap_is_empty(&node->members)
            : node->value != NULL);
}

/* Makes the roots of 'node' run: each finds out whether to live. */
void
node_presence_changed(struct engine *engine, struct engine_node *node)
{
    for (size_t i = 0; i < node->kind->n_roots; i++) {
        engine_queue(engine, node_get(engine, node->kind->roots[i],
                                      node->a, node->b));
    }
    if (!node_is_present(node)) {
        node_suspect(engine, node);
    }
}

/* ---- Garbage ----------------------------------------------------------- */

void
node_suspect(struct engine *engine, struct engine_node *node)
{
    if (!node->is_suspect && node->kind->kind->role != ENGINE_ROOT) {
        struct engine_node **slot = vector_push(&engine->garbage,
                                                sizeof *slot);

        *slot = node;
        node->is_suspect = true;
    }
}

static bool
is_garbage(const struct engine_node *node)
{
    if (!ovs_list_is_empty(&node->readers)) {
        return false;
    }
    return (node->kind->kind->role == ENGINE_DERIVED
            || !node_is_present(node));
}

/* Frees what nobody reads; that may leave more that nobody reads. */
void
node_collect_garbage(struct engine *engine)
{
    for (size_t i = 0; i < engine->garbage.n; i++) {
        struct engine_node *node
            = ((struct engine_node **) engine->garbage.items)[i];

        node->is_suspect = false;
        if (is_garbage(node)) {
            node_destroy(engine, node);
        }
    }
    engine->garbage.n = 0;
    node_hold_funeral(engine);
}

/* Frees 'value' once no function runs. */
void
node_bury(struct engine *engine, void *value, void (*destroy)(void *))
{
    if (value && destroy) {
        if (engine->n_running) {
            struct engine_corpse *corpse = vector_push(&engine->corpses,
                                                       sizeof *corpse);

            corpse->value = value;
            corpse->destroy = destroy;
        } else {
            destroy(value);
        }
    }
}

void
node_hold_funeral(struct engine *engine)
{
    struct engine_corpse *corpses = engine->corpses.items;

    for (size_t i = 0; i < engine->corpses.n; i++) {
        corpses[i].destroy(corpses[i].value);
    }
    engine->corpses.n = 0;
}

/* ---- Inputs ------------------------------------------------------------ */

void
engine_input_set(struct engine *engine, const struct engine_kind *kind,
                 const char *a, const char *b, void *value)
{
    struct kind_state *state = kind_find(engine, kind);
    struct engine_node *node = node_find(engine, state, a, b);
    bool was_present = node && node->value;

    if (!value && !was_present) {
        return;
    }
    if (value && was_present && kind->equal(value, node->value)) {
        kind->destroy(value);
        return;
    }
    if (!node) {
        node = node_get(engine, state, a, b);
    }
    node_bury(engine, node->value, kind->destroy);
    node->value = value;
    node->changed = ++engine->clock;
    node_notify(engine, node);
    if (was_present != (value != NULL)) {
        node_presence_changed(engine, node);
    }
}

const void *
engine_input_get(const struct engine *engine, const struct engine_kind *kind,
                 const char *a, const char *b)
{
    const struct engine_node *node
        = node_find(engine, kind_find(engine, kind), a, b);

    return node ? node->value : NULL;
}
