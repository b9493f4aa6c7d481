/* The pool of OpenFlow actions: see flow_actions.h.  Lists are found by a
 * hash of their bytes, which ofpacts allow: their padding is zeroed. */
#include <config.h>

#include "node-agent/flow_actions.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-errors.h"
#include "openvswitch/ofpbuf.h"
#include "util.h"

void
flow_actions_pool_init(struct flow_actions_pool *pool)
{
    hmap_init(&pool->actions);
}

void
flow_actions_pool_destroy(struct flow_actions_pool *pool)
{
    ovs_assert(hmap_is_empty(&pool->actions));
    hmap_destroy(&pool->actions);
}

static bool
is_conjunction(const struct ofpact *ofpacts, size_t size)
{
    const struct ofpact *a;

    OFPACT_FOR_EACH (a, ofpacts, size) {
        if (a->type != OFPACT_CONJUNCTION && a->type != OFPACT_NOTE) {
            return false;
        }
    }
    return size > 0;
}

struct flow_actions *
flow_actions_intern(struct flow_actions_pool *pool, const void *ofpacts,
                    size_t size)
{
    uint32_t hash = hash_bytes(ofpacts, size, 0);
    struct flow_actions *actions;

    HMAP_FOR_EACH_WITH_HASH (actions, node, hash, &pool->actions) {
        if (actions->size == size
            && (!size || !memcmp(actions->ofpacts, ofpacts, size))) {
            return flow_actions_ref(actions);
        }
    }
    actions = xmalloc(sizeof *actions + ROUND_UP(size, 8));
    actions->n_refs = 1;
    actions->size = size;
    if (size) {
        memcpy(actions->ofpacts, ofpacts, size);
    }
    actions->is_conjunction = is_conjunction(
        (const struct ofpact *) actions->ofpacts, size);
    hmap_insert(&pool->actions, &actions->node, hash);
    return actions;
}

struct flow_actions *
flow_actions_ref(struct flow_actions *actions)
{
    actions->n_refs++;
    return actions;
}

void
flow_actions_unref(struct flow_actions_pool *pool,
                   struct flow_actions *actions)
{
    if (actions && !--actions->n_refs) {
        hmap_remove(&pool->actions, &actions->node);
        free(actions);
    }
}

const struct ofpact *
flow_actions_ofpacts(const struct flow_actions *actions)
{
    return (const struct ofpact *) actions->ofpacts;
}

static void
put_wire(const struct flow_actions *actions, struct ofpbuf *wire)
{
    ofpacts_put_openflow_actions(flow_actions_ofpacts(actions),
                                 actions->size, wire, OFP15_VERSION);
}

bool
flow_actions_same_on_wire(const struct flow_actions *a,
                          const struct flow_actions *b)
{
    struct ofpbuf wire_a, wire_b;
    bool same;

    if (a == b) {
        return true;
    }
    ofpbuf_init(&wire_a, 256);
    ofpbuf_init(&wire_b, 256);
    put_wire(a, &wire_a);
    put_wire(b, &wire_b);
    same = ofpbuf_equal(&wire_a, &wire_b);
    ofpbuf_uninit(&wire_a);
    ofpbuf_uninit(&wire_b);
    return same;
}

static int
compare_conjunctions(const void *a_, const void *b_)
{
    const struct ofpact_conjunction *a = *(struct ofpact_conjunction *const *)
        a_;
    const struct ofpact_conjunction *b = *(struct ofpact_conjunction *const *)
        b_;

    if (a->id != b->id) {
        return a->id < b->id ? -1 : 1;
    }
    return (int) a->clause - (int) b->clause;
}

/* Appends to 'list' pointers to the conjunctions of 'actions'. */
static size_t
collect_conjunctions(const struct flow_actions *actions,
                     const struct ofpact_conjunction **list)
{
    const struct ofpact *a;
    size_t n = 0;

    OFPACT_FOR_EACH (a, flow_actions_ofpacts(actions), actions->size) {
        if (a->type == OFPACT_CONJUNCTION) {
            list[n++] = ofpact_get_CONJUNCTION(a);
        }
    }
    return n;
}

struct flow_actions *
flow_actions_merge_conjunctions(struct flow_actions_pool *pool,
                                const struct flow_actions *a,
                                const struct flow_actions *b)
{
    size_t max = (a->size + b->size) / sizeof(struct ofpact_conjunction) + 1;
    const struct ofpact_conjunction **list = xmalloc(max * sizeof *list);
    struct flow_actions *merged;
    struct ofpbuf ofpacts;
    size_t n;

    n = collect_conjunctions(a, list);
    n += collect_conjunctions(b, list + n);
    qsort(list, n, sizeof *list, compare_conjunctions);
    ofpbuf_init(&ofpacts, a->size + b->size);
    for (size_t i = 0; i < n; i++) {
        if (!i || compare_conjunctions(&list[i - 1], &list[i])) {
            struct ofpact_conjunction *c = ofpact_put_CONJUNCTION(&ofpacts);

            c->id = list[i]->id;
            c->clause = list[i]->clause;
            c->n_clauses = list[i]->n_clauses;
        }
    }
    free(list);
    merged = flow_actions_intern(pool, ofpacts.data, ofpacts.size);
    ofpbuf_uninit(&ofpacts);
    return merged;
}
