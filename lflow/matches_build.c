/* Makes 'struct lflow_matches' of a normal form: see matches.c. */
#include <config.h>

#include "lflow/matches.h"

#include <stdlib.h>
#include <string.h>

#include "flow.h"
#include "hash.h"
#include "lflow/limits.h"
#include "lflow/normal.h"
#include "lib/err.h"
#include "openvswitch/hmap.h"
#include "util.h"

/* A clause of an entry, in a list: one match may serve conjunctions of
 * several terms. */
struct link {
    struct lflow_clause clause;
    uint32_t next;              /* Index in links[], or NO_LINK. */
};
#define NO_LINK UINT32_MAX

/* An entry, found by what it matches. */
struct seen {
    struct hmap_node node;
    uint32_t entry;
};

struct builder {
    struct lflow_matches *m;
    struct link *links;         /* malloc()ed, as is the next. */
    size_t n_links, allocated_links;
    struct hmap seen;           /* Of 'struct seen'. */
    bool many_terms;            /* May two entries be equal? */
    bool prefer_conjunctions;   /* Where they are not fewer flows: terms may
                                 * share their clauses. */
    struct err *err;
};

static int
too_large(struct builder *b)
{
    return err_put(b->err, -WEFT_E_TOO_LARGE, "match",
                   "the expression becomes more than %d OpenFlow matches",
                   LFLOW_MAX_MATCHES);
}

static uint32_t
add_delta(struct lflow_matches *m, const struct dim *dim, unsigned int i)
{
    if (m->n_deltas >= m->allocated_deltas) {
        m->deltas = x2nrealloc(m->deltas, &m->allocated_deltas,
                               sizeof *m->deltas);
    }
    m->deltas[m->n_deltas] = (struct delta) {
        dim->set.c[i].value, dim->set.c[i].mask, dim->symbol->field->id
    };
    return m->n_deltas++;
}

/* --- Equal entries ----------------------------------------------------- */

/* Delta 'i' of an entry, those of its base first. */
static const struct delta *
entry_delta(const struct lflow_matches *m, const struct entry *entry,
            uint32_t i)
{
    const struct delta_range *base = &m->bases[entry->base];

    return &m->deltas[i < base->n ? base->first + i
                                  : entry->own.first + (i - base->n)];
}

static uint32_t
entry_n_deltas(const struct lflow_matches *m, const struct entry *entry)
{
    return m->bases[entry->base].n + entry->own.n;
}

static uint32_t
entry_hash(const struct lflow_matches *m, const struct entry *entry)
{
    uint32_t n = entry_n_deltas(m, entry), hash = n;

    for (uint32_t i = 0; i < n; i++) {
        const struct delta *d = entry_delta(m, entry, i);

        hash += hash_bytes(d, offsetof(struct delta, id), d->id);
    }
    return hash;
}

static bool
entry_has(const struct lflow_matches *m, const struct entry *entry,
          const struct delta *delta)
{
    for (uint32_t i = 0; i < entry_n_deltas(m, entry); i++) {
        const struct delta *d = entry_delta(m, entry, i);

        if (d->id == delta->id) {
            return d->value == delta->value && d->mask == delta->mask;
        }
    }
    return false;
}

static bool
entries_are_equal(const struct lflow_matches *m, const struct entry *a,
                  const struct entry *b)
{
    uint32_t n = entry_n_deltas(m, a);

    if (n != entry_n_deltas(m, b)) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (!entry_has(m, b, entry_delta(m, a, i))) {
            return false;
        }
    }
    return true;
}

/* The index of an entry that matches what 'entry' does; otherwise records
 * that 'entry' will be the next, and returns that. */
static uint32_t
find_or_record(struct builder *b, const struct entry *entry)
{
    uint32_t hash = entry_hash(b->m, entry);
    struct seen *seen;

    HMAP_FOR_EACH_WITH_HASH (seen, node, hash, &b->seen) {
        if (entries_are_equal(b->m, &b->m->entries[seen->entry], entry)) {
            return seen->entry;
        }
    }
    seen = xmalloc(sizeof *seen);
    seen->entry = b->m->n_entries;
    hmap_insert(&b->seen, &seen->node, hash);
    return seen->entry;
}

/* --- Entries ----------------------------------------------------------- */

static void
add_link(struct builder *b, struct entry *entry,
         const struct lflow_clause *clause)
{
    if (b->n_links >= b->allocated_links) {
        b->links = x2nrealloc(b->links, &b->allocated_links,
                              sizeof *b->links);
    }
    b->links[b->n_links] = (struct link) { *clause, entry->first_clause };
    entry->first_clause = b->n_links++;
    entry->n_clauses++;
}

/* Adds a match of 'base' and the deltas from 'first_own' on, with 'clause' or
 * (NULL) with the flow's actions. */
static int
add_entry(struct builder *b, uint32_t base, uint32_t first_own,
          const struct lflow_clause *clause)
{
    struct lflow_matches *m = b->m;
    struct entry entry = {
        .base = base, .own = { first_own, m->n_deltas - first_own },
        .first_clause = NO_LINK
    };
    uint32_t i = b->many_terms ? find_or_record(b, &entry) : m->n_entries;

    if (i == m->n_entries) {
        if (i >= LFLOW_MAX_MATCHES) {
            return too_large(b);
        }
        if (i >= m->allocated_entries) {
            m->entries = x2nrealloc(m->entries, &m->allocated_entries,
                                    sizeof *m->entries);
        }
        if (clause) {
            add_link(b, &entry, clause);
        }
        m->entries[m->n_entries++] = entry;
        return 0;
    }

    /* Already there.  With the flow's actions it needs no clause. */
    m->n_deltas = first_own;
    if (!clause) {
        m->entries[i].n_clauses = 0;
    } else if (m->entries[i].n_clauses) {
        add_link(b, &m->entries[i], clause);
    }
    return 0;
}

/* --- Terms ------------------------------------------------------------- */

/* Pairs of value and mask that two bits can have. */
enum { MAX_FRAG_MEMBERS = 9 };

/* A term while it is taken apart. */
struct split {
    const struct dim *fixed[MFF_N_IDS];     /* One member each... */
    unsigned int n_fixed;
    const struct dim *crossed[MFF_N_IDS];   /* ...to be multiplied out... */
    unsigned int choice[MFF_N_IDS];         /* ...the member taken... */
    unsigned int n_crossed;
    const struct dim *multi[MFF_N_IDS];     /* ...and the rest. */
    unsigned int n_multi;
    struct dim frag;            /* What is left of ip.frag, if it must be... */
    struct constant frag_members[MAX_FRAG_MEMBERS];     /* ...limited. */
};

/* A later fragment has no transport header, and OpenFlow refuses to match
 * both.  The members of ip.frag without those that ask for later fragments,
 * in split->frag. */
static const struct dim *
limit_fragments(const struct dim *dim, struct split *split)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < dim->set.n; i++) {
        struct constant c = dim->set.c[i];

        if (!(c.value & FLOW_NW_FRAG_LATER)) {
            c.mask |= FLOW_NW_FRAG_LATER;
            split->frag_members[n++] = c;
        }
    }
    split->frag = (struct dim) { dim->symbol, { split->frag_members, n, 0 } };
    return &split->frag;
}

static bool
has_transport(const struct term *term)
{
    for (unsigned int i = 0; i < term->n; i++) {
        enum mf_prereqs prereqs = term->dims[i].symbol->field->prereqs;

        if (prereqs == MFP_TCP || prereqs == MFP_UDP
            || prereqs == MFP_SCTP) {
            return true;
        }
    }
    return false;
}

/* Takes 'term' apart.  False where it can't be true after all. */
static bool
split_term(const struct term *term, struct split *split)
{
    split->n_fixed = split->n_crossed = split->n_multi = 0;
    for (unsigned int i = 0; i < term->n; i++) {
        const struct dim *dim = &term->dims[i];

        if (dim_id(dim) == MFF_IP_FRAG && has_transport(term)) {
            dim = limit_fragments(dim, split);
            if (!dim->set.n) {
                return false;
            }
        }
        if (dim->set.n == 1) {
            split->fixed[split->n_fixed++] = dim;
        } else if (dim->symbol->crossproduct) {
            split->choice[split->n_crossed] = 0;
            split->crossed[split->n_crossed++] = dim;
        } else {
            split->multi[split->n_multi++] = dim;
        }
    }
    return true;
}

/* Counts up the 'n' digits at 'choice', digit i running over dims[i]'s
 * members.  False when all combinations were seen. */
static bool
next_choice(const struct dim *const dims[], unsigned int *choice,
            unsigned int n)
{
    for (unsigned int i = n; i-- > 0; ) {
        if (++choice[i] < dims[i]->set.n) {
            return true;
        }
        choice[i] = 0;
    }
    return false;
}

static uint32_t
add_base(struct builder *b, const struct split *split)
{
    struct lflow_matches *m = b->m;
    struct delta_range range = { m->n_deltas, 0 };

    for (unsigned int i = 0; i < split->n_fixed; i++) {
        add_delta(m, split->fixed[i], 0);
    }
    for (unsigned int i = 0; i < split->n_crossed; i++) {
        add_delta(m, split->crossed[i], split->choice[i]);
    }
    range.n = m->n_deltas - range.first;
    if (m->n_bases >= m->allocated_bases) {
        m->bases = x2nrealloc(m->bases, &m->allocated_bases,
                              sizeof *m->bases);
    }
    m->bases[m->n_bases] = range;
    return m->n_bases++;
}

/* A match for each combination of members. */
static int
add_product(struct builder *b, uint32_t base, const struct split *split)
{
    unsigned int choice[MFF_N_IDS] = { 0 };
    int error;

    do {
        uint32_t first = b->m->n_deltas;

        for (unsigned int i = 0; i < split->n_multi; i++) {
            add_delta(b->m, split->multi[i], choice[i]);
        }
        error = add_entry(b, base, first, NULL);
    } while (!error && next_choice(split->multi, choice, split->n_multi));
    return error;
}

/* A conjunction: a match for each member. */
static int
add_conjunction(struct builder *b, uint32_t base, const struct split *split)
{
    struct lflow_matches *m = b->m;

    if (split->n_multi > LFLOW_MAX_CLAUSES) {
        return err_put(b->err, -WEFT_E_TOO_LARGE, "match",
                       "more than %d sets meet", LFLOW_MAX_CLAUSES);
    }
    if (m->n_conjs >= m->allocated_conjs) {
        m->conj_bases = x2nrealloc(m->conj_bases, &m->allocated_conjs,
                                   sizeof *m->conj_bases);
    }
    m->conj_bases[m->n_conjs++] = base;
    for (unsigned int i = 0; i < split->n_multi; i++) {
        struct lflow_clause clause = { m->n_conjs, i, split->n_multi };

        for (unsigned int j = 0; j < split->multi[i]->set.n; j++) {
            uint32_t first = add_delta(m, split->multi[i], j);
            int error = add_entry(b, base, first, &clause);

            if (error) {
                return error;
            }
        }
    }
    return 0;
}

/* Is a conjunction, with its match on conj_id, fewer flows? */
static bool
conjunction_is_smaller(const struct builder *b, const struct split *split)
{
    uint64_t product = 1, sum = 1;

    if (b->prefer_conjunctions) {
        return split->n_multi > 1;
    }

    for (unsigned int i = 0; i < split->n_multi; i++) {
        sum += split->multi[i]->set.n;
        product *= split->multi[i]->set.n;
        if (product > LFLOW_MAX_MATCHES) {
            return split->n_multi > 1;
        }
    }
    return product > sum;
}

static int
add_term(struct builder *b, const struct term *term)
{
    struct split split;
    bool conjunction;
    int error;

    if (!split_term(term, &split)) {
        return 0;
    }
    conjunction = conjunction_is_smaller(b, &split);
    do {
        uint32_t base = add_base(b, &split);

        error = conjunction ? add_conjunction(b, base, &split)
                            : add_product(b, base, &split);
    } while (!error
             && next_choice(split.crossed, split.choice, split.n_crossed));
    return error;
}

/* --- The whole --------------------------------------------------------- */

/* Moves each entry's clauses to a run of clauses[]. */
static void
finish_clauses(struct builder *b)
{
    struct lflow_matches *m = b->m;

    m->clauses = xmalloc(MAX(b->n_links, 1) * sizeof *m->clauses);
    m->allocated_clauses = MAX(b->n_links, 1);
    for (size_t i = 0; i < m->n_entries; i++) {
        struct entry *entry = &m->entries[i];
        uint32_t link = entry->first_clause;

        /* The list is newest first: filled in from the end. */
        entry->first_clause = m->n_clauses;
        m->n_clauses += entry->n_clauses;
        for (uint32_t j = entry->n_clauses; j-- > 0; ) {
            m->clauses[entry->first_clause + j] = b->links[link].clause;
            link = b->links[link].next;
        }
    }
}

/* A compile's result is kept for long: gives back what isn't used. */
static void
shrink(struct lflow_matches *m)
{
#define SHRINK(ARRAY, N, ALLOCATED)                                     \
    if (m->N < m->ALLOCATED && m->N) {                                  \
        m->ARRAY = xrealloc(m->ARRAY, m->N * sizeof *m->ARRAY);         \
        m->ALLOCATED = m->N;                                            \
    }
    SHRINK(deltas, n_deltas, allocated_deltas)
    SHRINK(bases, n_bases, allocated_bases)
    SHRINK(entries, n_entries, allocated_entries)
    SHRINK(clauses, n_clauses, allocated_clauses)
    SHRINK(conj_bases, n_conjs, allocated_conjs)
#undef SHRINK
}

static int
build(const struct normal *normal, bool prefer_conjunctions,
      struct lflow_matches **matches, struct err *err)
{
    struct builder b = {
        .m = xzalloc(sizeof *b.m),
        .many_terms = normal->n > 1,
        .prefer_conjunctions = prefer_conjunctions,
        .err = err
    };
    struct seen *seen;
    int error = 0;

    hmap_init(&b.seen);
    for (unsigned int i = 0; i < normal->n && !error; i++) {
        error = add_term(&b, &normal->terms[i]);
    }
    if (!error) {
        finish_clauses(&b);
        shrink(b.m);
        *matches = b.m;
    } else {
        lflow_matches_destroy(b.m);
    }
    free(b.links);
    HMAP_FOR_EACH_POP (seen, node, &b.seen) {
        free(seen);
    }
    hmap_destroy(&b.seen);
    return error;
}

/* How many terms would be a conjunction if they had to. */
static unsigned int
count_multi(const struct normal *normal)
{
    unsigned int count = 0;

    for (unsigned int i = 0; i < normal->n && count < 2; i++) {
        unsigned int n_multi = 0;

        for (unsigned int j = 0; j < normal->terms[i].n; j++) {
            const struct dim *dim = &normal->terms[i].dims[j];

            n_multi += dim->set.n > 1 && !dim->symbol->crossproduct;
        }
        count += n_multi > 1;
    }
    return count;
}

int
normal_to_matches(const struct normal *normal, struct lflow_matches **matches,
                  struct err *err)
{
    struct lflow_matches *first, *second;
    int error = build(normal, false, &first, err);

    if (error) {
        return error;
    }
    if (count_multi(normal) > 1
        && !build(normal, true, &second, NULL)) {
        if (lflow_matches_count(second) < lflow_matches_count(first)) {
            struct lflow_matches *tmp = first;

            first = second;
            second = tmp;
        }
        lflow_matches_destroy(second);
    }
    *matches = first;
    return 0;
}

int
expr_to_matches(const struct expr *expr, struct lflow_matches **matches,
                struct err *err)
{
    struct lflow_arena arena = LFLOW_ARENA_INIT;
    struct normal normal;
    int error = normal_from_expr(expr, &arena, &normal, err);

    if (!error) {
        error = normal_to_matches(&normal, matches, err);
    }
    lflow_arena_destroy(&arena);
    return error;
}
