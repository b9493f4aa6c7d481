/* The inside of 'struct lflow_matches': for matches*.c only. */
#ifndef WEFT_LFLOW_MATCHES_H
#define WEFT_LFLOW_MATCHES_H 1

#include "lflow/expr.h"

/* A field that is matched. */
struct delta {
    u128 value;
    u128 mask;
    enum mf_field_id id;
};

/* A run of deltas[]. */
struct delta_range {
    uint32_t first;
    uint32_t n;
};

/* A match but for those on conj_id. */
struct entry {
    uint32_t base;              /* Index in bases[]. */
    struct delta_range own;     /* Fields that the base doesn't have. */
    uint32_t first_clause;      /* In clauses[]. */
    uint32_t n_clauses;
};

struct lflow_matches {
    struct delta *deltas;
    struct delta_range *bases;
    struct entry *entries;
    struct lflow_clause *clauses;
    uint32_t *conj_bases;       /* Of each conjunction: index in bases[]. */

    size_t n_deltas, allocated_deltas;
    size_t n_bases, allocated_bases;
    size_t n_entries, allocated_entries;
    size_t n_clauses, allocated_clauses;
    size_t n_conjs, allocated_conjs;
};

#endif
