/* Sets of ternary constants: the values of one field that a match accepts,
 * as a union of (value, mask) pairs.  For lflow/ only.
 *
 * A set is in normal form: sorted by mask (falling) and value (rising), no
 * member equal to or contained in another, value & ~mask == 0.  An empty set
 * accepts nothing; { 0/0 } accepts everything.  Members live in an arena or
 * with a scope's address set; sets are never changed. */
#ifndef WEFT_LFLOW_CSET_H
#define WEFT_LFLOW_CSET_H 1

#include <stdbool.h>
#include <stdint.h>

#include "lflow/arena.h"
#include "lflow/scope.h"

struct cset {
    const struct constant *c;
    unsigned int n;
    uint32_t hash;              /* 0: not computed yet. */
};

/* The normal form of the 'n' constants at 'c', of whose masks only the bits
 * in 'width_mask' count.  Shares 'c' where it is in normal form already. */
struct cset cset_create(struct lflow_arena *arena, const struct constant *c,
                        unsigned int n, u128 width_mask);

/* Does it accept every value? */
static inline bool
cset_is_full(const struct cset *set)
{
    return set->n == 1 && !set->c[0].mask;
}

/* Hash of the contents, kept in 'set'. */
uint32_t cset_hash(struct cset *set);
bool cset_equal(struct cset *a, struct cset *b);

/* Does every value of 'b' lie in a member of 'a'?  May err on the side of
 * "no" where members would have to be joined to see it. */
bool cset_contains(const struct cset *a, const struct cset *b);

/* Values of both.  False past LFLOW_MAX_CONSTANTS members or too much work;
 * then '*out' is untouched. */
bool cset_intersect(struct lflow_arena *arena, const struct cset *a,
                    const struct cset *b, struct cset *out);

/* Values that 'set' doesn't have, in a field whose bits are 'width_mask'.
 * False as for cset_intersect(). */
bool cset_complement(struct lflow_arena *arena, const struct cset *set,
                     u128 width_mask, struct cset *out);

/* Values whose 'n_bits' bits from 'ofs' up, taken as a number, are from 'low'
 * to 'high'. */
struct cset cset_range(struct lflow_arena *arena, u128 low, u128 high,
                       unsigned int ofs, unsigned int n_bits);

#endif
