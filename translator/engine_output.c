/* Outputs: keys with bytes, and which of them changed. */
#include <config.h>

#include "translator/engine_private.h"

#include <string.h>

#include "hash.h"
#include "openvswitch/util.h"
#include "util.h"

static struct engine_output_row *
output_find(const struct engine *engine, const char *key)
{
    struct engine_output_row *output;

    HMAP_FOR_EACH_WITH_HASH (output, hmap_node, hash_string(key, 0),
                             &engine->outputs) {
        if (!strcmp(output->key, key)) {
            return output;
        }
    }
    return NULL;
}

static struct engine_output_row *
output_get(struct engine *engine, const char *key)
{
    struct engine_output_row *output = output_find(engine, key);

    if (!output) {
        size_t size = strlen(key) + 1;

        output = xmalloc(sizeof *output + size);
        ovs_list_init(&output->emissions);
        ovs_list_init(&output->changed);
        memcpy(output->key, key, size);
        hmap_insert(&engine->outputs, &output->hmap_node,
                    hash_string(key, 0));
    }
    return output;
}

static void
output_free(struct engine *engine, struct engine_output_row *output)
{
    hmap_remove(&engine->outputs, &output->hmap_node);
    free(output);
}

static void
output_changed(struct engine *engine, struct engine_output_row *output)
{
    if (ovs_list_is_empty(&output->changed)) {
        ovs_list_push_back(&engine->changes, &output->changed);
        engine->n_changes++;
    }
}

/* Which of several emissions counts: the smallest. */
static struct engine_bytes
output_value(const struct engine_output_row *output)
{
    struct engine_bytes best = { NULL, 0 };
    const struct engine_emission *emission;

    LIST_FOR_EACH (emission, node, &output->emissions) {
        size_t common = MIN(best.size, emission->size);
        int order = (best.data
                     ? memcmp(emission->data, best.data, common) : -1);

        if (order < 0 || (!order && emission->size < best.size)) {
            best.data = emission->data;
            best.size = emission->size;
        }
    }
    return best;
}

static struct engine_emission *
emission_find(const struct engine_output_row *output,
              const struct engine_node *root)
{
    struct engine_emission *emission;

    LIST_FOR_EACH (emission, node, &output->emissions) {
        if (emission->root == root) {
            return emission;
        }
    }
    return NULL;
}

static void
emission_replace(struct engine *engine, struct engine_emission *emission,
                 char *data, size_t size)
{
    if (size == emission->size && !memcmp(data, emission->data, size)) {
        free(data);
        return;
    }
    engine->output_bytes += size - emission->size;
    free(emission->data);
    emission->data = data;
    emission->size = size;
    output_changed(engine, emission->output);
    emission->root->kind->stats.n_changes++;
}

static struct engine_emission *
emission_create(struct engine *engine, struct engine_output_row *output,
                struct engine_node *root, char *data, size_t size)
{
    struct engine_emission *emission = xmalloc(sizeof *emission);

    emission->output = output;
    emission->root = root;
    emission->run = 0;
    emission->data = data;
    emission->size = size;
    ovs_list_push_back(&output->emissions, &emission->node);
    engine->output_bytes += size;
    output_changed(engine, output);
    root->kind->stats.n_changes++;
    return emission;
}

void
emission_remove(struct engine *engine, struct engine_emission *emission)
{
    ovs_list_remove(&emission->node);
    engine->output_bytes -= emission->size;
    output_changed(engine, emission->output);
    free(emission->data);
    free(emission);
}

void
engine_output(struct engine_reader *reader, const char *key,
              char *data, size_t size)
{
    struct engine *engine = reader->engine;
    struct engine_node *root = reader->node;

    if (root->kind->kind->role != ENGINE_ROOT) {
        engine_fault(engine, "%s may not make outputs",
                     root->kind->kind->name);
        free(data);
        return;
    }
    struct engine_output_row *output = output_get(engine, key);
    struct engine_emission *emission = emission_find(output, root);

    if (emission) {
        emission_replace(engine, emission, data, size);
    } else {
        emission = emission_create(engine, output, root, data, size);
    }
    if (emission->run != reader->run) {
        struct engine_emission **slot = vector_push(&reader->emissions,
                                                    sizeof *slot);

        emission->run = reader->run;
        *slot = emission;
    }
}

/* ---- Taking ------------------------------------------------------------ */

/* Forgets the output taken last if it is gone. */
static void
forget_taken(struct engine *engine)
{
    struct engine_output_row *taken = engine->taken;

    engine->taken = NULL;
    if (taken && ovs_list_is_empty(&taken->emissions)
        && ovs_list_is_empty(&taken->changed)) {
        output_free(engine, taken);
    }
}

bool
engine_next_change(struct engine *engine, const char **keyp,
                   struct engine_bytes *valuep)
{
    struct engine_output_row *output;

    forget_taken(engine);
    if (ovs_list_is_empty(&engine->changes)) {
        return false;
    }
    output = CONTAINER_OF(ovs_list_pop_front(&engine->changes),
                          struct engine_output_row, changed);
    ovs_list_init(&output->changed);
    engine->n_changes--;
    engine->taken = output;
    *keyp = output->key;
    *valuep = output_value(output);
    return true;
}

size_t
engine_n_changes(const struct engine *engine)
{
    return engine->n_changes;
}

struct engine_bytes
engine_output_get(const struct engine *engine, const char *key)
{
    const struct engine_output_row *output = output_find(engine, key);

    return output ? output_value(output) : (struct engine_bytes) { NULL, 0 };
}

size_t
engine_n_outputs(const struct engine *engine)
{
    const struct engine_output_row *output;
    size_t n = 0;

    HMAP_FOR_EACH (output, hmap_node, &engine->outputs) {
        n += !ovs_list_is_empty(&output->emissions);
    }
    return n;
}

void
engine_for_each_output(const struct engine *engine,
                       void (*cb)(const char *key,
                                  const struct engine_bytes *value,
                                  void *aux), void *aux)
{
    const struct engine_output_row *output;

    HMAP_FOR_EACH (output, hmap_node, &engine->outputs) {
        struct engine_bytes value = output_value(output);

        if (value.data) {
            cb(output->key, &value, aux);
        }
    }
}

void
outputs_destroy(struct engine *engine)
{
    struct engine_output_row *output;

    HMAP_FOR_EACH_POP (output, hmap_node, &engine->outputs) {
        free(output);
    }
}
