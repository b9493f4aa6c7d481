/* The engine's life and its main loop: nodes whose reads changed wait in a
 * queue, the lowest first, and are run until none is left.
 *
 * A node that runs may read one that is not up to date: one in the queue is
 * then run first, at once.  One that is not in the queue but at least as
 * high as the node that runs might still get there; having read it lifts the
 * reader above it, and a reader that was lifted while it ran runs again at
 * its new height before anybody is told of its value. */
#include <config.h>

#include "translator/engine_private.h"

#include <limits.h>
#include <stdarg.h>

#include "hash.h"
#include "openvswitch/util.h"
#include "util.h"

struct kind_slot {
    struct hmap_node hmap_node;
    struct kind_state *state;
};

static void
connect_roots(struct engine *engine)
{
    for (size_t i = 0; i < engine->n_kinds; i++) {
        struct kind_state *root = &engine->kinds[i];

        if (root->kind->role != ENGINE_ROOT) {
            continue;
        }
        struct kind_state *each = kind_find(engine, root->kind->each);
        if (!each) {
            engine_fault(engine, "%s: its keys' kind is not listed",
                         root->kind->name);
            continue;
        }
        if (root->kind->stratum <= each->kind->stratum) {
            engine_fault(engine, "%s runs before %s is complete",
                         root->kind->name, each->kind->name);
        }
        each->roots = xrealloc(each->roots, (each->n_roots + 1)
                                            * sizeof *each->roots);
        each->roots[each->n_roots++] = root;
    }
}

struct engine *
engine_create(const struct engine_kind *const kinds[], size_t n,
              void (*between)(struct engine *, unsigned int, void *),
              void *aux)
{
    struct engine *engine = xzalloc(sizeof *engine);

    engine->kinds = xcalloc(n, sizeof *engine->kinds);
    engine->n_kinds = n;
    engine->between = between;
    engine->aux = aux;
    hmap_init(&engine->kind_index);
    hmap_init(&engine->nodes);
    hmap_init(&engine->outputs);
    heap_init(&engine->queue);
    ovs_list_init(&engine->changes);
    for (size_t i = 0; i < n; i++) {
        struct kind_slot *slot = xmalloc(sizeof *slot);

        engine->kinds[i].kind = kinds[i];
        slot->state = &engine->kinds[i];
        hmap_insert(&engine->kind_index, &slot->hmap_node,
                    hash_pointer(kinds[i], 0));
    }
    connect_roots(engine);
    return engine;
}

struct kind_state *
kind_find(const struct engine *engine, const struct engine_kind *kind)
{
    struct kind_slot *slot;

    HMAP_FOR_EACH_WITH_HASH (slot, hmap_node, hash_pointer(kind, 0),
                             &engine->kind_index) {
        if (slot->state->kind == kind) {
            return slot->state;
        }
    }
    return NULL;
}

void
engine_destroy(struct engine *engine)
{
    struct engine_node *node;
    struct kind_slot *slot;

    if (!engine) {
        return;
    }
    for (size_t i = 0; i < engine->n_kinds; i++) {
        engine->kinds[i].n_roots = 0;   /* No more of them. */
    }
    HMAP_FOR_EACH_SAFE (node, hmap_node, &engine->nodes) {
        if (node->kind->kind->role == ENGINE_ROOT) {
            node_destroy(engine, node);
        }
    }
    HMAP_FOR_EACH (node, hmap_node, &engine->nodes) {
        node_unlink(engine, node->edges, node->n_edges);
        free(node->edges);
        node->edges = NULL;
        node->n_edges = 0;
    }
    HMAP_FOR_EACH_SAFE (node, hmap_node, &engine->nodes) {
        node_destroy(engine, node);
    }
    node_hold_funeral(engine);
    outputs_destroy(engine);
    HMAP_FOR_EACH_POP (slot, hmap_node, &engine->kind_index) {
        free(slot);
    }
    for (size_t i = 0; i < engine->n_kinds; i++) {
        free(engine->kinds[i].roots);
    }
    hmap_destroy(&engine->kind_index);
    hmap_destroy(&engine->nodes);
    hmap_destroy(&engine->outputs);
    heap_destroy(&engine->queue);
    free(engine->garbage.items);
    free(engine->corpses.items);
    free(engine->kinds);
    free(engine->first_fault);
    free(engine);
}

void
engine_fault(struct engine *engine, const char *format, ...)
{
    if (!engine->n_faults++) {
        va_list args;

        va_start(args, format);
        engine->first_fault = xvasprintf(format, args);
        va_end(args);
    }
}

/* Makes 'node' run in due time. */
void
engine_queue(struct engine *engine, struct engine_node *node)
{
    if (!node->is_queued) {
        node->is_queued = true;
        heap_insert(&engine->queue, &node->heap_node,
                    UINT64_MAX - node->height);
    }
}

static void
unqueue(struct engine *engine, struct engine_node *node)
{
    if (node->is_queued) {
        node->is_queued = false;
        heap_remove(&engine->queue, &node->heap_node);
    }
}

/* ---- Heights ----------------------------------------------------------- */

/* Lifts all that read 'node' above it.  'origin' is where the lifting
 * began: meeting it again is a cycle. */
static void
lift_readers(struct engine *engine, struct engine_node *node,
             const struct engine_node *origin, unsigned int depth)
{
    struct engine_edge *edge;

    if (depth > ENGINE_MAX_DEPTH) {
        engine_fault(engine, "%s: reads are nested too deeply",
                     origin->kind->kind->name);
        return;
    }
    LIST_FOR_EACH (edge, node, &node->readers) {
        struct engine_node *reader = edge->reader;

        if (reader->height > node->height
            || reader->kind->kind->role == ENGINE_ROOT) {
            continue;
        }
        if (reader == origin) {
            engine_fault(engine, "%s \"%s\" depends on itself",
                         origin->kind->kind->name, origin->a);
            return;
        }
        reader->height = node->height + 1;
        if (reader->is_queued) {
            heap_change(&engine->queue, &reader->heap_node,
                        UINT64_MAX - reader->height);
        }
        lift_readers(engine, reader, origin, depth + 1);
    }
}

/* A root is above all that it may read. */
static void
check_height(struct engine *engine, struct engine_node *node,
             const struct engine_node *below)
{
    if (node->kind->kind->role == ENGINE_ROOT
        && below->height >= node->height) {
        engine_fault(engine, "%s reads %s before it is complete",
                     node->kind->kind->name, below->kind->kind->name);
    }
}

/* ---- Running ----------------------------------------------------------- */

/* Replaces the node's edges by what 'reader' read.  Returns true if
 * something read has changed since. */
static bool
link_edges(struct engine *engine, struct engine_node *node,
           const struct vector *reads, uint64_t *heightp)
{
    const struct pending_read *pending = reads->items;
    struct engine_edge *edges = NULL;
    bool is_outdated = false;

    if (reads->n) {
        edges = xmalloc(reads->n * sizeof *edges);
    }
    for (size_t i = 0; i < reads->n; i++) {
        struct engine_node *from = pending[i].node;

        edges[i].from = from;
        edges[i].reader = node;
        edges[i].mask = pending[i].mask;
        edges[i].match = pending[i].match;
        ovs_list_push_back(&from->readers, &edges[i].node);
        if (from->changed != pending[i].changed || from->is_queued) {
            is_outdated = true;
        }
        check_height(engine, node, from);
        if (node->kind->kind->role == ENGINE_DERIVED) {
            *heightp = MAX(*heightp, from->height + 1);
        }
    }
    node_unlink(engine, node->edges, node->n_edges);
    free(node->edges);
    node->edges = edges;
    node->n_edges = reads->n;
    engine->n_edges += reads->n;
    return is_outdated;
}

/* Withdraws what the root's former run stated and this one did not. */
static void
finish_root(struct engine *engine, struct engine_node *node,
            struct engine_reader *reader)
{
    for (size_t i = 0; i < node->n_emissions; i++) {
        if (node->emissions[i]->run != reader->run) {
            emission_remove(engine, node->emissions[i]);
        }
    }
    for (size_t i = 0; i < node->n_facts; i++) {
        member_remove(engine, node->facts[i].relation,
                      node->facts[i].member);
    }
    free(node->emissions);
    free(node->facts);
    node->n_emissions = reader->emissions.n;
    node->emissions = reader->emissions.items;
    node->n_facts = reader->facts.n;
    node->facts = reader->facts.items;
}

static void
finish_derived(struct engine *engine, struct engine_node *node, void *value)
{
    const struct engine_kind *kind = node->kind->kind;

    if (node->changed
        && (value && node->value ? kind->equal(value, node->value)
            : value == node->value)) {
        node_bury(engine, value, kind->destroy);
        return;
    }
    node_bury(engine, node->value, kind->destroy);
    node->value = value;
    node->changed = ++engine->clock;
    node->kind->stats.n_changes++;
    node_notify(engine, node);
}

/* Runs the function of 'node'.  'parent' is whose read needs it, or NULL. */
void
engine_compute(struct engine *engine, struct engine_node *node,
               struct engine_reader *parent)
{
    const struct engine_kind *kind = node->kind->kind;
    struct engine_key key = { node->a, node->b };
    struct engine_reader reader = {
        .engine = engine, .node = node, .parent = parent,
        .run = ++engine->n_runs, .depth = parent ? parent->depth + 1 : 0,
    };
    uint64_t old_height = node->height, height = node->height;
    void *value = NULL;
    bool is_new = !node->changed;

    unqueue(engine, node);
    node->is_running = true;
    engine->n_running++;
    node->kind->stats.n_runs++;
    if (kind->role == ENGINE_ROOT) {
        kind->run(&reader, &key);
    } else {
        value = kind->compute(&reader, &key);
    }
    bool again = link_edges(engine, node, &reader.reads, &height);
    node->is_running = false;
    if (kind->role == ENGINE_ROOT) {
        finish_root(engine, node, &reader);
        node->changed = ++engine->clock;
    } else {
        if (height > old_height) {
            node->height = height;
            lift_readers(engine, node, node, 0);
            again |= height > engine->front;
        }
        if (again && !is_new) {
            node_bury(engine, value, kind->destroy);
        } else {
            finish_derived(engine, node, value);
        }
    }
    if (again) {
        engine_queue(engine, node);
    }
    for (size_t i = 0; i < reader.kept.n; i++) {
        free(((void **) reader.kept.items)[i]);
    }
    free(reader.kept.items);
    free(reader.reads.items);
    if (!--engine->n_running) {
        node_hold_funeral(engine);
    }
}

/* Notes that 'node' runs in this pass.  Returns false if it has done so too
 * often. */
static bool
count_run(struct engine *engine, struct engine_node *node)
{
    if (node->pass != engine->pass) {
        node->pass = engine->pass;
        node->n_runs = 0;
    }
    if (node->n_runs++ < ENGINE_MAX_RUNS) {
        return true;
    }
    engine_fault(engine, "%s \"%s\" never settles",
                 node->kind->kind->name, node->a);
    return false;
}

static void
process(struct engine *engine, struct engine_node *node)
{
    if (node->kind->kind->role == ENGINE_ROOT) {
        struct engine_node *each = node_find(
            engine, kind_find(engine, node->kind->kind->each),
            node->a, node->b);

        if (!each || !node_is_present(each)) {
            node_destroy(engine, node);
            return;
        }
    } else if (ovs_list_is_empty(&node->readers)) {
        node_suspect(engine, node);
        node->changed = 0;      /* Whoever reads it makes it run. */
        return;
    }
    if (count_run(engine, node)) {
        engine_compute(engine, node, NULL);
    }
}

/* The lowest node of the strata up to the one where the engine is, or NULL.
 * If an input was set meanwhile that may be a stratum that was done. */
static struct engine_node *
next_node(struct engine *engine)
{
    struct engine_node *node;

    if (heap_is_empty(&engine->queue)) {
        return NULL;
    }
    node = CONTAINER_OF(heap_max(&engine->queue), struct engine_node,
                        heap_node);
    if (node->height >= STRATUM_HEIGHT(engine->stratum + 1)) {
        return NULL;
    }
    engine->stratum = node->height >> 32;
    return node;
}

bool
engine_step(struct engine *engine, unsigned int n)
{
    engine->pass++;
    for (;;) {
        struct engine_node *node = next_node(engine);

        if (node) {
            if (!n--) {
                return false;
            }
            engine->front = node->height;
            unqueue(engine, node);
            process(engine, node);
            continue;
        }
        if (engine->between) {
            engine->between(engine, engine->stratum, engine->aux);
        }
        if (engine->stratum++ == ENGINE_MAX_STRATUM) {
            break;
        }
    }
    engine->stratum = 0;
    engine->front = UINT64_MAX;
    node_collect_garbage(engine);
    return true;
}

void
engine_run(struct engine *engine)
{
    while (!engine_step(engine, UINT_MAX)) {
        continue;
    }
}

/* ---- Numbers ----------------------------------------------------------- */

unsigned int
engine_n_faults(const struct engine *engine)
{
    return engine->n_faults;
}

const char *
engine_first_fault(const struct engine *engine)
{
    return engine->first_fault;
}

struct engine_kind_stats
engine_kind_stats(const struct engine *engine,
                  const struct engine_kind *kind)
{
    const struct kind_state *state = kind_find(engine, kind);

    return state ? state->stats : (struct engine_kind_stats) { 0, 0, 0 };
}

struct engine_stats
engine_stats(const struct engine *engine)
{
    return (struct engine_stats) {
        .n_nodes = hmap_count(&engine->nodes),
        .n_edges = engine->n_edges,
        .n_outputs = hmap_count(&engine->outputs),
        .output_bytes = engine->output_bytes,
        .n_runs = engine->n_runs,
    };
}
