/* Tunnel keys.  Within a space the next key after the one given last that is
 * free, so that a freed key rests for as long as possible. */
#include <config.h>

#include "translator/tunnel_keys.h"

#include <string.h>

#include "hash.h"
#include "openvswitch/hmap.h"
#include "openvswitch/util.h"
#include "translator/model.h"
#include "util.h"

/* What has, wants or had a key. */
struct object {
    struct hmap_node by_name;   /* In space->objects. */
    struct hmap_node by_key;    /* In space->keys, if 'key'. */
    struct key_space *space;
    uint32_t key;               /* 0: none. */
    uint32_t requested;         /* 0: any. */
    bool wanted;
    bool pending;               /* In keys->pending. */
    char name[];
};

struct key_space {
    struct hmap_node node;      /* In keys->spaces, by name. */
    struct hmap objects;
    struct hmap keys;
    uint32_t last;              /* Given last. */
    uint32_t min, max;
    char name[];
};

struct tunnel_keys {
    struct hmap spaces;
    struct object **pending;    /* What tunnel_keys_assign() looks at. */
    size_t n_pending, allocated_pending;
};

bool
tunnel_key_equal(const void *a_, const void *b_)
{
    const struct tunnel_key *a = a_, *b = b_;

    return a->key == b->key;
}

struct tunnel_keys *
tunnel_keys_create(void)
{
    struct tunnel_keys *keys = xzalloc(sizeof *keys);

    hmap_init(&keys->spaces);
    return keys;
}

static void
space_destroy(struct tunnel_keys *keys, struct key_space *space)
{
    struct object *object;

    HMAP_FOR_EACH_POP (object, by_name, &space->objects) {
        free(object);
    }
    hmap_destroy(&space->objects);
    hmap_destroy(&space->keys);
    hmap_remove(&keys->spaces, &space->node);
    free(space);
}

void
tunnel_keys_destroy(struct tunnel_keys *keys)
{
    struct key_space *space;

    if (keys) {
        HMAP_FOR_EACH_SAFE (space, node, &keys->spaces) {
            space_destroy(keys, space);
        }
        hmap_destroy(&keys->spaces);
        free(keys->pending);
        free(keys);
    }
}

/* ---- Spaces and objects ------------------------------------------------ */

static struct key_space *
space_find(const struct tunnel_keys *keys, const char *name)
{
    struct key_space *space;

    HMAP_FOR_EACH_WITH_HASH (space, node, hash_string(name, 0),
                             &keys->spaces) {
        if (!strcmp(space->name, name)) {
            return space;
        }
    }
    return NULL;
}

static uint32_t
first_queue(const char *space)
{
    return strcmp(space, TUNNEL_KEY_QUEUES) ? 1 : TUNNEL_KEY_MAX_QUEUE + 1;
}

uint32_t
tunnel_key_to_queue(const char *space, uint32_t key)
{
    return key ? key - 1 + first_queue(space) : 0;
}

uint32_t
tunnel_key_from_queue(const char *space, uint32_t queue)
{
    uint32_t first = first_queue(space);

    return queue >= first ? queue - first + 1 : 0;
}

static void
set_bounds(struct key_space *space)
{
    const char *name = space->name;

    space->min = 1;
    if (!strncmp(name, TUNNEL_KEY_TAGS, strlen(TUNNEL_KEY_TAGS))) {
        space->max = TUNNEL_KEY_MAX_TAG;
    } else if (!strncmp(name, TUNNEL_KEY_QUEUES,
                        strlen(TUNNEL_KEY_QUEUES))) {
        space->max = TUNNEL_KEY_MAX_QUEUE;
    } else if (!strncmp(name, TUNNEL_KEY_GROUPS,
                        strlen(TUNNEL_KEY_GROUPS))) {
        space->min = TUNNEL_KEY_MIN_GROUP;
        space->max = TUNNEL_KEY_MAX_GROUP;
    } else {
        space->max = *name ? TUNNEL_KEY_MAX_PORT : TUNNEL_KEY_MAX_DATAPATH;
    }
    space->last = space->min - 1;
}

static struct key_space *
space_get(struct tunnel_keys *keys, const char *name)
{
    struct key_space *space = space_find(keys, name);

    if (!space) {
        size_t size = strlen(name) + 1;

        space = xzalloc(sizeof *space + size);
        memcpy(space->name, name, size);
        set_bounds(space);
        hmap_init(&space->objects);
        hmap_init(&space->keys);
        hmap_insert(&keys->spaces, &space->node, hash_string(name, 0));
    }
    return space;
}

static struct object *
object_find(const struct key_space *space, const char *name)
{
    struct object *object;

    HMAP_FOR_EACH_WITH_HASH (object, by_name, hash_string(name, 0),
                             &space->objects) {
        if (!strcmp(object->name, name)) {
            return object;
        }
    }
    return NULL;
}

static struct object *
object_get(struct tunnel_keys *keys, const char *space_name,
           const char *name)
{
    struct key_space *space = space_get(keys, space_name);
    struct object *object = object_find(space, name);

    if (!object) {
        size_t size = strlen(name) + 1;

        object = xzalloc(sizeof *object + size);
        memcpy(object->name, name, size);
        object->space = space;
        hmap_insert(&space->objects, &object->by_name,
                    hash_string(name, 0));
    }
    if (!object->pending) {
        object->pending = true;
        if (keys->n_pending == keys->allocated_pending) {
            keys->pending = x2nrealloc(keys->pending,
                                       &keys->allocated_pending,
                                       sizeof *keys->pending);
        }
        keys->pending[keys->n_pending++] = object;
    }
    return object;
}

static struct object *
key_holder(const struct key_space *space, uint32_t key)
{
    struct object *object;

    HMAP_FOR_EACH_WITH_HASH (object, by_key, hash_int(key, 0),
                             &space->keys) {
        if (object->key == key) {
            return object;
        }
    }
    return NULL;
}

/* Gives 'object' a key that is free, or (0) none. */
static void
set_key(struct object *object, uint32_t key)
{
    struct key_space *space = object->space;

    if (object->key) {
        hmap_remove(&space->keys, &object->by_key);
    }
    object->key = key;
    if (key) {
        hmap_insert(&space->keys, &object->by_key, hash_int(key, 0));
    }
}

/* ---- What comes in ----------------------------------------------------- */

bool
tunnel_keys_learn(struct tunnel_keys *keys, const char *space,
                  const char *name, uint32_t key)
{
    struct object *object = object_get(keys, space, name);
    struct object *holder = key_holder(object->space, key);

    if (key < object->space->min || key > object->space->max
        || (holder && holder != object)) {
        return false;
    }
    set_key(object, key);
    object->space->last = MAX(object->space->last, key);
    return true;
}

void
tunnel_keys_unlearn(struct tunnel_keys *keys, const char *space,
                    const char *name)
{
    set_key(object_get(keys, space, name), 0);
}

void
tunnel_keys_want(struct tunnel_keys *keys, const char *space,
                 const char *name, bool wanted)
{
    object_get(keys, space, name)->wanted = wanted;
}

void
tunnel_keys_request(struct tunnel_keys *keys, const char *space,
                    const char *name, const char *key, bool requested)
{
    struct object *object = object_get(keys, space, name);
    unsigned int number;

    if (str_to_uint(key, 10, &number)) {
        if (requested) {
            object->requested = number;
        } else if (object->requested == number) {
            object->requested = 0;
        }
    }
}

/* ---- Assigning --------------------------------------------------------- */

/* The next free key, or 0. */
static uint32_t
next_key(const struct key_space *space)
{
    uint32_t key = space->last;

    if (hmap_count(&space->keys) > space->max - space->min) {
        return 0;
    }
    do {
        key = key < space->max ? key + 1 : space->min;
    } while (key_holder(space, key));
    return key;
}

static void
assign_requested(struct object *object)
{
    struct object *holder = key_holder(object->space, object->requested);

    if (object->requested > object->space->max) {
        set_key(object, 0);
    } else if (!holder) {
        set_key(object, object->requested);
    } else if (holder != object) {
        set_key(object, 0);         /* Tried again each time. */
    }
}

/* What asks for a key comes first; then by name. */
static int
compare_objects(const void *a_, const void *b_)
{
    const struct object *const *ap = a_;
    const struct object *const *bp = b_;
    const struct object *a = *ap, *b = *bp;

    if (a->wanted != b->wanted) {
        return a->wanted ? 1 : -1;      /* Frees first. */
    }
    if (!a->requested != !b->requested) {
        return a->requested ? -1 : 1;
    }
    int order = strcmp(a->space->name, b->space->name);

    return order ? order : strcmp(a->name, b->name);
}

static void
publish(struct engine *engine, const struct object *object,
        bool may_allocate)
{
    const struct engine_kind *kind = model_input(MODEL_TUNNEL_KEY);
    struct tunnel_key *value = NULL;

    if (object->wanted && (object->key || may_allocate)) {
        value = xmalloc(sizeof *value);
        value->key = object->key;
    }
    engine_input_set(engine, kind, object->space->name, object->name, value);
}

/* Returns true if 'object' has to be looked at again. */
static bool
assign(struct object *object, bool may_allocate)
{
    if (!object->wanted) {
        if (may_allocate) {
            set_key(object, 0);
        }
        return false;
    }
    if (may_allocate) {
        if (object->requested) {
            assign_requested(object);
        } else if (!object->key) {
            set_key(object, next_key(object->space));
            object->space->last = (object->key ? object->key
                                   : object->space->last);
        }
    }
    return !object->key || (object->requested
                            && object->key != object->requested);
}

static void
object_free_if_unused(struct tunnel_keys *keys, struct object *object)
{
    struct key_space *space = object->space;

    if (!object->wanted && !object->key && !object->pending) {
        hmap_remove(&space->objects, &object->by_name);
        free(object);
        if (hmap_is_empty(&space->objects)) {
            space_destroy(keys, space);
        }
    }
}

void
tunnel_keys_assign(struct tunnel_keys *keys, struct engine *engine,
                   bool may_allocate)
{
    size_t n_left = 0;

    if (!keys->n_pending) {
        return;
    }
    qsort(keys->pending, keys->n_pending, sizeof *keys->pending,
          compare_objects);
    for (size_t i = 0; i < keys->n_pending; i++) {
        struct object *object = keys->pending[i];

        object->pending = assign(object, may_allocate);
        publish(engine, object, may_allocate);
        if (object->pending || (!object->wanted && object->key)) {
            object->pending = true;
            keys->pending[n_left++] = object;
        } else {
            object_free_if_unused(keys, object);
        }
    }
    keys->n_pending = n_left;
}

uint32_t
tunnel_keys_get(const struct tunnel_keys *keys, const char *space_name,
                const char *name)
{
    const struct key_space *space = space_find(keys, space_name);
    const struct object *object = space ? object_find(space, name) : NULL;

    return object ? object->key : 0;
}
