/* Sets of ternary constants: normal form, comparison, intersection.
 *
 * Members with the same mask are a group, sorted by value.  Two members from
 * groups with masks a and b meet if their values agree in a & b, so that
 * groups, not single members, are matched with each other: sets of addresses
 * have few masks. */
#include <config.h>

#include "lflow/cset.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "lflow/limits.h"
#include "util.h"

/* Steps that one operation may take; more is "too large". */
enum { MAX_WORK = 1 << 24 };

static int
compare_constants(const void *a_, const void *b_)
{
    const struct constant *a = a_, *b = b_;
    int cmp = u128_compare(b->mask, a->mask);

    return cmp ? cmp : u128_compare(a->value, b->value);
}

static unsigned int
group_end(const struct constant *c, unsigned int start, unsigned int n)
{
    unsigned int end = start + 1;

    while (end < n && c[end].mask == c[start].mask) {
        end++;
    }
    return end;
}

static unsigned int
count_groups(const struct constant *c, unsigned int n)
{
    unsigned int n_groups = 0;

    for (unsigned int i = 0; i < n; i = group_end(c, i, n)) {
        n_groups++;
    }
    return n_groups;
}

/* Is 'value' in the sorted group c[start] to c[end - 1]? */
static bool
group_has(const struct constant *c, unsigned int start, unsigned int end,
          u128 value)
{
    while (start < end) {
        unsigned int middle = start + (end - start) / 2;

        if (c[middle].value == value) {
            return true;
        } else if (c[middle].value < value) {
            start = middle + 1;
        } else {
            end = middle;
        }
    }
    return false;
}

/* Is c[i] contained in a member of a group after its own?  (A wider member
 * has a smaller mask, so it comes later.) */
static bool
is_contained(const struct constant *c, unsigned int i, unsigned int n)
{
    unsigned int start = group_end(c, i, n);

    while (start < n) {
        unsigned int end = group_end(c, start, n);
        u128 mask = c[start].mask;

        if ((c[i].mask & mask) == mask
            && group_has(c, start, end, c[i].value & mask)) {
            return true;
        }
        start = end;
    }
    return false;
}

/* Drops contained members of the sorted, duplicate-free 'c'; returns how many
 * are left.  A set that would take too long stays as it is: that costs flows
 * but isn't wrong. */
static unsigned int
drop_contained(struct lflow_arena *arena, struct constant *c, unsigned int n)
{
    unsigned int n_groups = count_groups(c, n), j = 0;
    uint64_t work = (uint64_t) n_groups * n;
    bool *drop;

    arena->n_steps += n;
    if (n_groups < 2 || work > MAX_WORK) {
        return n;
    }
    arena->n_steps += work;
    drop = xmalloc(n);
    for (unsigned int i = 0; i < n; i++) {
        drop[i] = is_contained(c, i, n);
    }
    for (unsigned int i = 0; i < n; i++) {
        if (!drop[i]) {
            c[j++] = c[i];
        }
    }
    free(drop);
    return j;
}

/* Brings 'c' to normal form in its place. */
static unsigned int
normalize(struct lflow_arena *arena, struct constant *c, unsigned int n)
{
    unsigned int j = 0;
    bool sorted = true;

    for (unsigned int i = 1; i < n && sorted; i++) {
        sorted = compare_constants(&c[i - 1], &c[i]) <= 0;
    }
    if (!sorted) {
        qsort(c, n, sizeof *c, compare_constants);
    }
    for (unsigned int i = 0; i < n; i++) {
        if (!j || compare_constants(&c[j - 1], &c[i])) {
            c[j++] = c[i];
        }
    }
    return drop_contained(arena, c, j);
}

struct cset
cset_create(struct lflow_arena *arena, const struct constant *c,
            unsigned int n, u128 width_mask)
{
    bool same = true;
    struct constant *copy;

    for (unsigned int i = 0; i < n && same; i++) {
        same = (c[i].mask & width_mask) == (c[0].mask & width_mask)
               && (!i || c[i - 1].value < c[i].value);
    }
    if (same && n && c[0].mask == width_mask) {
        return (struct cset) { .c = c, .n = n };
    }
    copy = lflow_arena_alloc(arena, n * sizeof *copy);
    for (unsigned int i = 0; i < n; i++) {
        copy[i].mask = c[i].mask & width_mask;
        copy[i].value = c[i].value & copy[i].mask;
    }
    return (struct cset) {
        .c = copy, .n = same ? n : normalize(arena, copy, n)
    };
}

uint32_t
cset_hash(struct cset *set)
{
    if (!set->hash) {
        /* Members are 32 bytes without holes. */
        set->hash = hash_bytes(set->c, set->n * sizeof *set->c, 0) | 1;
    }
    return set->hash;
}

bool
cset_equal(struct cset *a, struct cset *b)
{
    return a->n == b->n
           && (a->c == b->c
               || (cset_hash(a) == cset_hash(b)
                   && !memcmp(a->c, b->c, a->n * sizeof *a->c)));
}

bool
cset_contains(const struct cset *a, const struct cset *b)
{
    if ((uint64_t) a->n * b->n > 4096) {
        return false;
    }
    for (unsigned int i = 0; i < b->n; i++) {
        bool found = false;

        for (unsigned int j = 0; j < a->n && !found; j++) {
            found = (b->c[i].mask & a->c[j].mask) == a->c[j].mask
                    && (b->c[i].value & a->c[j].mask) == a->c[j].value;
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

/* Members found by an intersection. */
struct result {
    struct constant *c;         /* malloc()ed. */
    size_t n, allocated;
};

static void
result_add(struct result *result, const struct constant *a,
           const struct constant *b)
{
    if (result->n >= result->allocated) {
        result->c = x2nrealloc(result->c, &result->allocated,
                               sizeof *result->c);
    }
    result->c[result->n++] = (struct constant) {
        a->value | b->value, a->mask | b->mask
    };
}

static int
compare_values(const void *a_, const void *b_)
{
    const struct constant *a = a_, *b = b_;

    return u128_compare(a->value, b->value);
}

/* Adds what is common to a group of 'a' and a group of 'b'.  'keys' has room
 * for b's group: its values under the common mask, with the member's index
 * in place of the mask. */
static bool
join_groups(const struct constant *a, unsigned int n_a,
            const struct constant *b, unsigned int n_b,
            struct constant *keys, struct result *result)
{
    u128 common = a->mask & b->mask;

    for (unsigned int i = 0; i < n_b; i++) {
        keys[i] = (struct constant) { b[i].value & common, i };
    }
    if (common != b->mask) {
        qsort(keys, n_b, sizeof *keys, compare_values);
    }
    for (unsigned int i = 0; i < n_a; i++) {
        u128 key = a[i].value & common;
        unsigned int low = 0, high = n_b;

        while (low < high) {
            unsigned int middle = low + (high - low) / 2;

            if (keys[middle].value < key) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        for (; low < n_b && keys[low].value == key; low++) {
            if (result->n >= LFLOW_MAX_CONSTANTS) {
                return false;
            }
            result_add(result, &a[i], &b[(unsigned int) keys[low].mask]);
        }
    }
    return true;
}

static bool
join_sets(const struct cset *a, const struct cset *b, struct result *result)
{
    struct constant *keys = xmalloc(MAX(b->n, 1) * sizeof *keys);
    bool ok = true;

    for (unsigned int i = 0, i_end; i < a->n && ok; i = i_end) {
        i_end = group_end(a->c, i, a->n);
        for (unsigned int j = 0, j_end; j < b->n && ok; j = j_end) {
            j_end = group_end(b->c, j, b->n);
            ok = join_groups(&a->c[i], i_end - i, &b->c[j], j_end - j, keys,
                             result);
        }
    }
    free(keys);
    return ok;
}

bool
cset_intersect(struct lflow_arena *arena, const struct cset *a,
               const struct cset *b, struct cset *out)
{
    struct result result = { NULL, 0, 0 };
    uint64_t work;
    bool ok;

    if (cset_is_full(a) || cset_is_full(b)) {
        *out = cset_is_full(a) ? *b : *a;
        return true;
    }
    work = (uint64_t) count_groups(a->c, a->n) * b->n
           + (uint64_t) count_groups(b->c, b->n) * a->n;
    arena->n_steps += work;
    ok = work <= MAX_WORK && arena->n_steps <= LFLOW_MAX_STEPS
         && arena->n_bytes <= LFLOW_MAX_BYTES && join_sets(a, b, &result);
    if (ok) {
        size_t n = normalize(arena, result.c, result.n);
        struct constant *c = lflow_arena_alloc(arena, n * sizeof *c);

        if (n) {
            memcpy(c, result.c, n * sizeof *c);
        }
        *out = (struct cset) { .c = c, .n = n };
    }
    free(result.c);
    return ok;
}
