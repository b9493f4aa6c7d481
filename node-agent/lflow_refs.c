/* Names and their users: see lflow_refs.h. */
#include <config.h>

#include "node-agent/lflow_refs.h"

#include <stdlib.h>

#include "hash.h"
#include "node-agent/multicast.h"
#include "util.h"

/* A name that something uses. */
struct lflow_name {
    struct hmap_node node;      /* In lflow_index. */
    enum lflow_ref_kind kind;
    const struct datapath *dp;  /* Of a port, a port group; else NULL. */
    struct lflow_use *uses;
    char text[];
};

void
lflow_index_init(struct lflow_index *index)
{
    hmap_init(&index->names);
}

void
lflow_index_destroy(struct lflow_index *index)
{
    ovs_assert(hmap_is_empty(&index->names));
    hmap_destroy(&index->names);
}

/* Does a name of 'kind' mean something else in each datapath? */
static bool
is_of_datapath(enum lflow_ref_kind kind)
{
    return kind == LFLOW_REF_PORT || kind == LFLOW_REF_PORT_GROUP
           || kind == LFLOW_REF_PORT_GROUP_HERE;
}

static uint32_t
hash_name(enum lflow_ref_kind kind, const struct datapath *dp,
          const char *text)
{
    return hash_string(text, hash_pointer(dp, kind));
}

static struct lflow_name *
find_name(const struct lflow_index *index, enum lflow_ref_kind kind,
          const struct datapath *dp, const char *text)
{
    struct lflow_name *name;

    if (!is_of_datapath(kind)) {
        dp = NULL;
    }
    HMAP_FOR_EACH_WITH_HASH (name, node, hash_name(kind, dp, text),
                             &index->names) {
        if (name->kind == kind && name->dp == dp
            && !strcmp(name->text, text)) {
            return name;
        }
    }
    return NULL;
}

static struct lflow_name *
get_name(struct lflow_index *index, enum lflow_ref_kind kind,
         const struct datapath *dp, const char *text)
{
    struct lflow_name *name = find_name(index, kind, dp, text);
    size_t size = strlen(text) + 1;

    if (!name) {
        name = xzalloc(sizeof *name + size);
        name->kind = kind;
        name->dp = is_of_datapath(kind) ? dp : NULL;
        memcpy(name->text, text, size);
        hmap_insert(&index->names, &name->node,
                    hash_name(kind, name->dp, text));
    }
    return name;
}

static void
add_use(struct lflow_name *name, struct bundle *bundle,
        struct lflow_template *template, struct lflow_use **usesp)
{
    struct lflow_use *use;

    for (use = *usesp; use; use = use->next_of_user) {
        if (use->name == name) {
            return;
        }
    }
    use = xzalloc(sizeof *use);
    use->name = name;
    use->bundle = bundle;
    use->template = template;
    use->next_of_user = *usesp;
    *usesp = use;
    use->next_of_name = name->uses;
    use->prev_of_name = &name->uses;
    if (name->uses) {
        name->uses->prev_of_name = &use->next_of_name;
    }
    name->uses = use;
}

void
lflow_index_add(struct lflow_index *index, const struct lflow_refs *refs,
                const struct datapath *dp, struct bundle *bundle,
                struct lflow_template *template, struct lflow_use **usesp)
{
    const struct lflow_ref *ref;

    HMAP_FOR_EACH (ref, node, &refs->map) {
        uint32_t key;

        /* Multicast groups are the same everywhere. */
        if (ref->kind != LFLOW_REF_PORT
            || !multicast_fixed_key(ref->name, &key)) {
            add_use(get_name(index, ref->kind, dp, ref->name), bundle,
                    template, usesp);
        }
    }
}

void
lflow_index_add_uses(struct lflow_index *index OVS_UNUSED,
                     const struct lflow_use *from, struct bundle *bundle,
                     struct lflow_use **usesp)
{
    for (; from; from = from->next_of_user) {
        add_use(from->name, bundle, NULL, usesp);
    }
}

void
lflow_index_clear(struct lflow_index *index, struct lflow_use **usesp)
{
    struct lflow_use *use = *usesp;

    while (use) {
        struct lflow_use *next = use->next_of_user;
        struct lflow_name *name = use->name;

        *use->prev_of_name = use->next_of_name;
        if (use->next_of_name) {
            use->next_of_name->prev_of_name = use->prev_of_name;
        }
        if (!name->uses) {
            hmap_remove(&index->names, &name->node);
            free(name);
        }
        free(use);
        use = next;
    }
    *usesp = NULL;
}

void
lflow_index_each(struct lflow_index *index, enum lflow_ref_kind kind,
                 const struct datapath *dp, const char *text,
                 void (*cb)(struct bundle *, struct lflow_template *,
                            void *aux), void *aux)
{
    struct lflow_name *name = find_name(index, kind, dp, text);
    struct lflow_use *use = name ? name->uses : NULL;

    while (use) {
        struct lflow_use *next = use->next_of_name;

        cb(use->bundle, use->template, aux);
        use = next;
    }
}
