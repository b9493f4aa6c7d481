/* Sets of ternary constants from ranges of numbers, and complements.
 *
 * A range is a union of prefixes: blocks of 2**k numbers that start at a
 * multiple of 2**k, as with address blocks in routing.  The blocks that cover
 * a range and are as large as possible are unique and the fewest.  The
 * complement of a set of prefixes is what lies between their ranges. */
#include <config.h>

#include "lflow/cset.h"

#include <stdlib.h>
#include <string.h>

#include "lflow/limits.h"
#include "util.h"

/* Blocks while they are gathered. */
struct blocks {
    struct constant *c;         /* malloc()ed. */
    size_t n, allocated;
    unsigned int ofs, n_bits;   /* Of the numbers, within the field. */
};

static void
blocks_add(struct blocks *blocks, u128 start, unsigned int k)
{
    u128 ones = u128_ones(blocks->n_bits);

    if (blocks->n >= blocks->allocated) {
        blocks->c = x2nrealloc(blocks->c, &blocks->allocated,
                               sizeof *blocks->c);
    }
    blocks->c[blocks->n++] = (struct constant) {
        start << blocks->ofs, (ones & ~u128_ones(k)) << blocks->ofs
    };
}

/* Adds the blocks of low to high. */
static void
blocks_add_range(struct blocks *blocks, u128 low, u128 high)
{
    for (;;) {
        unsigned int k = MIN(u128_ctz(low), blocks->n_bits);

        while (k && u128_ones(k) > high - low) {
            k--;
        }
        blocks_add(blocks, low, k);
        if (high - low == u128_ones(k)) {
            return;
        }
        low += u128_ones(k) + 1;
    }
}

static struct cset
blocks_finish(struct blocks *blocks, struct lflow_arena *arena)
{
    struct cset set = cset_create(arena, blocks->c, blocks->n, U128_MAX);

    if (set.c == blocks->c) {
        struct constant *copy = lflow_arena_alloc(arena,
                                                  set.n * sizeof *copy);

        memcpy(copy, blocks->c, set.n * sizeof *copy);
        set.c = copy;
    }
    free(blocks->c);
    return set;
}

struct cset
cset_range(struct lflow_arena *arena, u128 low, u128 high, unsigned int ofs,
           unsigned int n_bits)
{
    struct blocks blocks = { .ofs = ofs, .n_bits = n_bits };

    blocks_add_range(&blocks, low, high);
    return blocks_finish(&blocks, arena);
}

/* If every member of 'set' is a prefix within the same bits of the field,
 * stores those bits and returns true. */
static bool
are_prefixes(const struct cset *set, u128 width_mask, unsigned int *ofs,
             unsigned int *n_bits)
{
    unsigned int top = 0, low = 128;

    for (unsigned int i = 0; i < set->n; i++) {
        top = MAX(top, u128_n_bits(set->c[i].mask));
        low = MIN(low, u128_ctz(set->c[i].mask));
    }
    for (unsigned int i = 0; i < set->n; i++) {
        u128 mask = set->c[i].mask;

        if (mask != (u128_ones(top) & ~u128_ones(u128_ctz(mask)))) {
            return false;
        }
    }
    *ofs = low;
    *n_bits = top - low;
    return !(u128_ones(top) & ~width_mask);
}

static int
compare_starts(const void *a_, const void *b_)
{
    const struct constant *a = a_, *b = b_;

    return u128_compare(a->value, b->value);
}

/* The complement of prefixes in bits 'ofs' up: what lies between. */
static struct cset
complement_prefixes(struct lflow_arena *arena, const struct cset *set,
                    unsigned int ofs, unsigned int n_bits)
{
    struct blocks blocks = { .ofs = ofs, .n_bits = n_bits };
    struct constant *sorted = xmemdup(set->c, set->n * sizeof *sorted);
    u128 ones = u128_ones(n_bits), next = 0;
    bool done = false;

    qsort(sorted, set->n, sizeof *sorted, compare_starts);
    for (unsigned int i = 0; i < set->n && !done; i++) {
        u128 first = sorted[i].value >> ofs;
        u128 last = first | (ones & ~(sorted[i].mask >> ofs));

        if (first > next) {
            blocks_add_range(&blocks, next, first - 1);
        }
        done = last >= ones;
        next = done ? ones : MAX(next, last + 1);
    }
    if (!done) {
        blocks_add_range(&blocks, next, ones);
    }
    free(sorted);
    return blocks_finish(&blocks, arena);
}

/* The complement of one member: some bit differs. */
static struct cset
complement_one(struct lflow_arena *arena, const struct constant *member)
{
    unsigned int n = u128_popcount(member->mask), i = 0;
    struct constant *c = lflow_arena_alloc(arena, n * sizeof *c);

    for (u128 rest = member->mask; rest; rest &= rest - 1) {
        u128 bit = rest & -rest;

        c[i++] = (struct constant) { ~member->value & bit, bit };
    }
    return cset_create(arena, c, n, U128_MAX);
}

bool
cset_complement(struct lflow_arena *arena, const struct cset *set,
                u128 width_mask, struct cset *out)
{
    static const struct constant all = { 0, 0 };
    struct cset result = { .c = &all, .n = 1 };
    unsigned int ofs, n_bits;

    if (cset_is_full(set)) {
        *out = (struct cset) { .c = NULL, .n = 0 };
        return true;
    } else if (set->n && are_prefixes(set, width_mask, &ofs, &n_bits)) {
        *out = complement_prefixes(arena, set, ofs, n_bits);
        return true;
    }
    for (unsigned int i = 0; i < set->n; i++) {
        struct cset one = complement_one(arena, &set->c[i]);

        if (!cset_intersect(arena, &result, &one, &result)
            || result.n > LFLOW_MAX_TERMS) {
            return false;
        }
    }
    *out = result;
    return true;
}
