/* Relations: for each key a set of members, each counted by the facts that
 * state it. */
#include <config.h>

#include "translator/engine_private.h"

#include <string.h>

#include "hash.h"
#include "openvswitch/util.h"
#include "util.h"

uint32_t
engine_member_hash(const char *member)
{
    return hash_string(member, 0);
}

static struct engine_member *
member_find(const struct engine_node *node, const char *name, uint32_t hash)
{
    struct engine_member *member;

    HMAP_FOR_EACH_WITH_HASH (member, hmap_node, hash, &node->members) {
        if (!strcmp(member->name, name)) {
            return member;
        }
    }
    return NULL;
}

/* Tells readers, roots and the observer that 'member' came or went. */
static void
members_changed(struct engine *engine, struct engine_node *node,
                const struct engine_member *member, bool present)
{
    const struct engine_kind *kind = node->kind->kind;
    bool emptiness = hmap_count(&node->members) == (present ? 1 : 0);
    uint32_t hash = member->hmap_node.hash;
    struct engine_edge *edge;

    node->changed = ++engine->clock;
    LIST_FOR_EACH (edge, node, &node->readers) {
        bool concerns = (edge->mask ? (hash & edge->mask) == edge->match
                         : edge->match == MATCH_ALL || emptiness);

        if (concerns && !edge->reader->is_running) {
            engine_queue(engine, edge->reader);
        }
    }
    if (emptiness) {
        node_presence_changed(engine, node);
    }
    if (kind->observe) {
        struct engine_key key = { node->a, node->b };

        kind->observe(engine->aux, &key, member->name, present);
    }
}

struct engine_member *
member_add(struct engine *engine, struct engine_node *node, const char *name)
{
    uint32_t hash = engine_member_hash(name);
    struct engine_member *member = member_find(node, name, hash);

    if (!member) {
        size_t size = strlen(name) + 1;

        member = xmalloc(sizeof *member + size);
        member->n_facts = 0;
        memcpy(member->name, name, size);
        hmap_insert(&node->members, &member->hmap_node, hash);
    }
    if (!member->n_facts++) {
        members_changed(engine, node, member, true);
    }
    return member;
}

void
member_remove(struct engine *engine, struct engine_node *node,
              struct engine_member *member)
{
    if (!--member->n_facts) {
        hmap_remove(&node->members, &member->hmap_node);
        members_changed(engine, node, member, false);
        node_bury(engine, member, free);
    }
}

void
engine_fact_add(struct engine *engine, const struct engine_kind *relation,
                const char *a, const char *b, const char *member)
{
    member_add(engine, node_get(engine, kind_find(engine, relation), a, b),
               member);
}

void
engine_fact_remove(struct engine *engine, const struct engine_kind *relation,
                   const char *a, const char *b, const char *member)
{
    struct engine_node *node = node_find(engine, kind_find(engine, relation),
                                         a, b);
    struct engine_member *found
        = node ? member_find(node, member, engine_member_hash(member)) : NULL;

    if (found) {
        member_remove(engine, node, found);
    }
}

void
engine_state(struct engine_reader *reader, const struct engine_kind *relation,
             const char *a, const char *b, const char *member)
{
    struct engine *engine = reader->engine;
    struct kind_state *state = kind_find(engine, relation);
    const struct engine_kind *kind = reader->node->kind->kind;

    if (!state || kind->role != ENGINE_ROOT
        || relation->stratum < kind->stratum) {
        engine_fault(engine, "%s may not state %s", kind->name,
                     relation->name);
        return;
    }
    struct engine_fact *fact = vector_push(&reader->facts, sizeof *fact);

    fact->relation = node_get(engine, state, a, b);
    fact->member = member_add(engine, fact->relation, member);
}

/* ---- Reading ----------------------------------------------------------- */

/* The key's node, with the read recorded. */
static struct engine_node *
read_relation(struct engine_reader *reader,
              const struct engine_kind *relation,
              const char *a, const char *b, uint32_t mask, uint32_t match)
{
    struct engine *engine = reader->engine;
    struct kind_state *state = kind_find(engine, relation);

    if (!state || relation->role != ENGINE_RELATION) {
        engine_fault(engine, "%s reads %s, which is no relation that is "
                     "listed", reader->node->kind->kind->name,
                     relation->name);
        return NULL;
    }
    struct engine_node *node = node_get(engine, state, a, b);

    if (mask || match || node->read_by != reader->run) {
        struct pending_read *pending = vector_push(&reader->reads,
                                                   sizeof *pending);

        *pending = (struct pending_read) { node, node->changed, mask, match };
        if (!mask && match == MATCH_ALL) {
            node->read_by = reader->run;
        }
    }
    return node;
}

static int
compare_names(const void *a_, const void *b_)
{
    const char *const *a = a_;
    const char *const *b = b_;

    return strcmp(*a, *b);
}

/* Sorts the members whose hash has 'match' under 'mask'. */
static struct engine_members
sorted_members(struct engine_reader *reader, const struct engine_node *node,
               uint32_t mask, uint32_t match)
{
    const char **names;
    const struct engine_member *member;
    size_t n = 0;

    if (!node || hmap_is_empty(&node->members)) {
        return (struct engine_members) { NULL, 0 };
    }
    names = engine_keep(reader, xmalloc(hmap_count(&node->members)
                                        * sizeof *names));
    HMAP_FOR_EACH (member, hmap_node, &node->members) {
        if ((member->hmap_node.hash & mask) == match) {
            names[n++] = member->name;
        }
    }
    qsort(names, n, sizeof *names, compare_names);
    return (struct engine_members) { names, n };
}

struct engine_members
engine_members(struct engine_reader *reader,
               const struct engine_kind *relation,
               const char *a, const char *b)
{
    return sorted_members(reader, read_relation(reader, relation, a, b,
                                                0, MATCH_ALL), 0, 0);
}

struct engine_members
engine_members_part(struct engine_reader *reader,
                    const struct engine_kind *relation,
                    const char *a, const char *b,
                    uint32_t n_parts, uint32_t part)
{
    uint32_t mask = n_parts - 1;

    return sorted_members(reader, read_relation(reader, relation, a, b, mask,
                                                mask ? part : MATCH_ALL),
                          mask, mask ? part : 0);
}

size_t
engine_members_count(struct engine_reader *reader,
                     const struct engine_kind *relation,
                     const char *a, const char *b)
{
    struct engine_node *node = read_relation(reader, relation, a, b, 0,
                                             MATCH_ALL);

    return node ? hmap_count(&node->members) : 0;
}

bool
engine_has_members(struct engine_reader *reader,
                   const struct engine_kind *relation,
                   const char *a, const char *b)
{
    struct engine_node *node = read_relation(reader, relation, a, b, 0,
                                             MATCH_EMPTINESS);

    return node && !hmap_is_empty(&node->members);
}

bool
engine_is_member(struct engine_reader *reader,
                 const struct engine_kind *relation,
                 const char *a, const char *b, const char *member)
{
    uint32_t hash = engine_member_hash(member);
    struct engine_node *node = read_relation(reader, relation, a, b,
                                             UINT32_MAX, hash);

    return node && member_find(node, member, hash);
}
