/* Fewer terms: what differs in one dimension is joined, what is contained in
 * something else is dropped, as is what of one set something else accepts.
 *
 * For each field in turn, the terms that have it are sorted by a hash of all
 * their other dimensions; equal neighbours are joined to one term with the
 * union of their sets.  That is repeated until nothing changes. */
#include <config.h>

#include "lflow/normal.h"

#include <stdlib.h>
#include <string.h>

#include "bitmap.h"
#include "hash.h"
#include "lflow/limits.h"
#include "util.h"

/* A term in the order in which it is compared. */
struct candidate {
    struct term *term;
    struct dim *dim;            /* The one that may differ. */
    uint32_t hash;              /* Of the others. */
};

static int
compare_candidates(const void *a_, const void *b_)
{
    const struct candidate *a = a_, *b = b_;

    return a->hash != b->hash ? (a->hash < b->hash ? -1 : 1)
           : a->term < b->term ? -1 : a->term > b->term;
}

static uint32_t
hash_others(const struct term *term, const struct dim *but)
{
    uint32_t hash = term->n;

    for (unsigned int i = 0; i < term->n; i++) {
        if (&term->dims[i] != but) {
            hash = hash_add(hash, dim_id(&term->dims[i]));
            hash = hash_add(hash, cset_hash(&term->dims[i].set));
        }
    }
    return hash;
}

/* Do 'a' and 'b' have equal dimensions, but for 'a_but' and 'b_but'? */
static bool
others_are_equal(const struct candidate *a, const struct candidate *b)
{
    if (a->term->n != b->term->n) {
        return false;
    }
    for (unsigned int i = 0; i < a->term->n; i++) {
        struct dim *da = &a->term->dims[i], *db = &b->term->dims[i];

        if (dim_id(da) != dim_id(db)
            || (da != a->dim && !cset_equal(&da->set, &db->set))) {
            return false;
        }
    }
    return true;
}

static struct dim *
term_find(const struct term *term, int id)
{
    for (unsigned int i = 0; i < term->n; i++) {
        if (dim_id(&term->dims[i]) == id) {
            return &term->dims[i];
        }
    }
    return NULL;
}

/* Joins candidates c[0] to c[n - 1] to c[0]; the others' terms are marked by
 * dims == NULL and n == UINT_MAX. */
static bool
join(struct candidate *c, unsigned int n, struct lflow_arena *arena)
{
    struct term *term = c[0].term;
    struct constant *all;
    struct dim *dims;
    uint64_t total = 0;
    size_t j = 0;

    for (unsigned int i = 0; i < n; i++) {
        total += c[i].dim->set.n;
    }
    if (total > LFLOW_MAX_CONSTANTS) {
        return false;
    }
    all = lflow_arena_alloc(arena, total * sizeof *all);
    for (unsigned int i = 0; i < n; i++) {
        memcpy(&all[j], c[i].dim->set.c, c[i].dim->set.n * sizeof *all);
        j += c[i].dim->set.n;
        if (i) {
            *c[i].term = (struct term) { NULL, UINT_MAX };
        }
    }

    /* Dimensions may be shared with other terms: a copy is changed. */
    dims = lflow_arena_alloc(arena, term->n * sizeof *dims);
    memcpy(dims, term->dims, term->n * sizeof *dims);
    c[0].dim = &dims[c[0].dim - term->dims];
    c[0].dim->set = cset_create(arena, all, total, U128_MAX);
    term->dims = dims;
    if (cset_is_full(&c[0].dim->set)) {
        *c[0].dim = dims[--term->n];
        /* The last one took its place: restore the order. */
        for (struct dim *d = c[0].dim; d + 1 < &dims[term->n]; d++) {
            if (dim_id(d) > dim_id(d + 1)) {
                struct dim tmp = *d;

                *d = d[1];
                d[1] = tmp;
            }
        }
    }
    return true;
}

static void
squeeze(struct normal *normal)
{
    unsigned int j = 0;

    for (unsigned int i = 0; i < normal->n; i++) {
        if (normal->terms[i].n != UINT_MAX) {
            normal->terms[j++] = normal->terms[i];
        }
    }
    normal->n = j;
}

/* Joins terms that differ only in field 'id'.  Returns whether any did, or
 * -1 when it became too large. */
static int
merge_field(struct normal *normal, int id, struct candidate *c,
            struct lflow_arena *arena)
{
    unsigned int n = 0;
    int changed = 0;

    for (unsigned int i = 0; i < normal->n; i++) {
        struct dim *dim = term_find(&normal->terms[i], id);

        if (dim) {
            c[n++] = (struct candidate) {
                &normal->terms[i], dim, hash_others(&normal->terms[i], dim)
            };
        }
    }
    qsort(c, n, sizeof *c, compare_candidates);
    for (unsigned int i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && c[end].hash == c[i].hash
             && others_are_equal(&c[i], &c[end]); end++) {
            continue;
        }
        if (end > i + 1) {
            if (!join(&c[i], end - i, arena)) {
                return -1;
            }
            changed = 1;
        }
    }
    squeeze(normal);
    return changed;
}

/* Does 'a' accept all that 'b' does? */
static bool
term_contains(const struct term *a, const struct term *b)
{
    for (unsigned int i = 0; i < a->n; i++) {
        const struct dim *dim = term_find(b, dim_id(&a->dims[i]));

        if (!dim || !cset_contains(&a->dims[i].set, &dim->set)) {
            return false;
        }
    }
    return true;
}

/* The only dimension of 'a' that does not contain that of 'b', where 'b' has
 * one of that field too; NULL where there is no such, or not only one. */
static const struct dim *
only_other(const struct term *a, const struct term *b)
{
    const struct dim *other = NULL;

    for (unsigned int i = 0; i < a->n; i++) {
        const struct dim *dim = term_find(b, dim_id(&a->dims[i]));

        if (!dim) {
            return NULL;
        } else if (!cset_contains(&a->dims[i].set, &dim->set)) {
            if (other) {
                return NULL;
            }
            other = &a->dims[i];
        }
    }
    return other;
}

/* Takes from 'b' the members of one set that 'a' accepts with all that goes
 * with them in 'b': a || b stays the same, with fewer matches. */
static void
trim(const struct term *a, struct term *b, struct lflow_arena *arena)
{
    const struct dim *dim = only_other(a, b);
    const struct cset *set;
    struct constant *kept;
    struct dim *dims;
    unsigned int n = 0;

    if (!dim) {
        return;
    }
    set = &term_find(b, dim_id(dim))->set;
    arena->n_steps += set->n;
    kept = lflow_arena_alloc(arena, set->n * sizeof *kept);
    for (unsigned int i = 0; i < set->n; i++) {
        const struct cset member = { &set->c[i], 1, 0 };

        if (!cset_contains(&dim->set, &member)) {
            kept[n++] = set->c[i];
        }
    }
    if (!n) {
        b->n = UINT_MAX;
    } else if (n < set->n) {
        dims = lflow_arena_alloc(arena, b->n * sizeof *dims);
        memcpy(dims, b->dims, b->n * sizeof *dims);
        b->dims = dims;
        term_find(b, dim_id(dim))->set = cset_create(arena, kept, n,
                                                     U128_MAX);
    }
}

/* The most terms of which every pair is looked at. */
enum { MAX_PAIRS = 64 };

/* Trims terms by each other; only where there are few. */
static void
trim_overlaps(struct normal *normal, struct lflow_arena *arena)
{
    const uint64_t max_steps = arena->n_steps + LFLOW_MAX_CONSTANTS;

    if (normal->n > MAX_PAIRS) {
        return;
    }
    for (unsigned int i = 0; i < normal->n; i++) {
        for (unsigned int j = 0; j < normal->n; j++) {
            if (i != j && normal->terms[i].n != UINT_MAX
                && normal->terms[j].n != UINT_MAX
                && arena->n_steps < max_steps) {
                trim(&normal->terms[i], &normal->terms[j], arena);
            }
        }
    }
    squeeze(normal);
}

/* Drops terms contained in others; only where there are few. */
static void
drop_contained(struct normal *normal)
{
    if (normal->n > MAX_PAIRS) {
        return;
    }
    for (unsigned int i = 0; i < normal->n; i++) {
        for (unsigned int j = 0; j < normal->n; j++) {
            if (i != j && normal->terms[i].n != UINT_MAX
                && normal->terms[j].n != UINT_MAX
                && term_contains(&normal->terms[i], &normal->terms[j])) {
                normal->terms[j].n = UINT_MAX;
            }
        }
    }
    squeeze(normal);
}

/* If a term is true, all is. */
static bool
has_true_term(const struct normal *normal)
{
    for (unsigned int i = 0; i < normal->n; i++) {
        if (!normal->terms[i].n) {
            return true;
        }
    }
    return false;
}

static int
merge_round(struct normal *normal, struct candidate *c,
            struct lflow_arena *arena)
{
    unsigned long fields[BITMAP_N_LONGS(MFF_N_IDS)] = { 0 };
    int changed = 0;
    size_t id;

    for (unsigned int i = 0; i < normal->n; i++) {
        for (unsigned int j = 0; j < normal->terms[i].n; j++) {
            bitmap_set1(fields, dim_id(&normal->terms[i].dims[j]));
        }
    }
    BITMAP_FOR_EACH_1 (id, MFF_N_IDS, fields) {
        int retval = merge_field(normal, id, c, arena);

        if (retval < 0) {
            return retval;
        }
        changed |= retval;
    }
    return changed;
}

bool
normal_merge(struct normal *normal, struct lflow_arena *arena)
{
    enum { MAX_ROUNDS = 8 };
    struct candidate *c;
    int changed = 1;

    if (normal->n < 2) {
        return true;
    }
    c = xmalloc(normal->n * sizeof *c);
    for (int i = 0; i < MAX_ROUNDS && changed > 0 && normal->n > 1; i++) {
        changed = merge_round(normal, c, arena);
        if (has_true_term(normal)) {
            normal->terms[0].n = 0;
            normal->n = 1;
        }
    }
    free(c);
    drop_contained(normal);
    trim_overlaps(normal, arena);
    return changed >= 0;
}
