/* Normal form to OpenFlow matches, kept small: a match is a list of
 * (field, value, mask) that it has in common with others, its base, and a
 * few of its own.  Full 'struct match'es, of more than a kilobyte each, are
 * made when they are asked for.
 *
 * Per term: sets of one member go into the base.  Fields that OpenFlow needs
 * as prerequisites of others (eth.type, ip.proto, ...) are multiplied out,
 * one base per choice.  Of what is left, one set gives a match per member;
 * several sets give their cross product or, where that is more, one
 * conjunction with a match per member of each set.
 *
 * matches_build.c makes the object, this file reads it. */
#include <config.h>

#include "lflow/matches.h"

#include <stdlib.h>

#include "openvswitch/match.h"
#include "util.h"

void
lflow_matches_destroy(struct lflow_matches *matches)
{
    if (matches) {
        free(matches->deltas);
        free(matches->bases);
        free(matches->entries);
        free(matches->clauses);
        free(matches->conj_bases);
        free(matches);
    }
}

size_t
lflow_matches_count(const struct lflow_matches *matches)
{
    return matches->n_entries + matches->n_conjs;
}

uint32_t
lflow_matches_n_conjs(const struct lflow_matches *matches)
{
    return matches->n_conjs;
}

size_t
lflow_matches_size(const struct lflow_matches *m)
{
    return sizeof *m + m->allocated_deltas * sizeof *m->deltas
           + m->allocated_bases * sizeof *m->bases
           + m->allocated_entries * sizeof *m->entries
           + m->allocated_clauses * sizeof *m->clauses
           + m->allocated_conjs * sizeof *m->conj_bases;
}

static void
apply(const struct delta *delta, struct match *match)
{
    const struct mf_field *mf = mf_from_id(delta->id);
    union mf_value value, mask;
    char *error = NULL;

    u128_to_bytes(delta->value, &value, mf->n_bytes);
    if (delta->mask == u128_ones(mf->n_bits)) {
        mf_set_value(mf, &value, match, &error);
    } else {
        u128_to_bytes(delta->mask, &mask, mf->n_bytes);
        mf_set(mf, &value, &mask, match, &error);
    }
    free(error);
}

static void
apply_range(const struct lflow_matches *matches,
            const struct delta_range *range, struct match *match)
{
    for (uint32_t i = 0; i < range->n; i++) {
        apply(&matches->deltas[range->first + i], match);
    }
}

void
lflow_matches_get(const struct lflow_matches *matches, size_t index,
                  uint32_t conj_base, struct match *match)
{
    match_init_catchall(match);
    if (index < matches->n_entries) {
        const struct entry *entry = &matches->entries[index];

        apply_range(matches, &matches->bases[entry->base], match);
        apply_range(matches, &entry->own, match);
    } else {
        uint32_t conj = index - matches->n_entries;

        apply_range(matches, &matches->bases[matches->conj_bases[conj]],
                    match);
        match_set_conj_id(match, conj_base + conj);
    }
}

const struct lflow_clause *
lflow_matches_clauses(const struct lflow_matches *matches, size_t index,
                      size_t *n)
{
    const struct entry *entry;

    *n = 0;
    if (index >= matches->n_entries) {
        return NULL;
    }
    entry = &matches->entries[index];
    *n = entry->n_clauses;
    return entry->n_clauses ? &matches->clauses[entry->first_clause] : NULL;
}
