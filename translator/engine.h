/* An incremental engine with tracked reads.
 *
 * Everything that the translator knows is a node: a (kind, key) with an
 * immutable value.  There are four roles:
 *
 *   input      a value given from outside (a northbound row, a claim);
 *   relation   key -> set of members, each member a "fact" that others
 *              state ("ap is a port of switch n1"); counted, so that two who
 *              state the same fact may come and go independently;
 *   derived    the value of a pure function of other nodes, computed when
 *              somebody reads it, kept while somebody does;
 *   root       a pure function that is always kept up to date, one instance
 *              for each key that another kind (an input or a relation) has.
 *              It returns nothing but states facts and makes outputs.
 *
 * An output is a key with bytes; the set of all outputs is what the engine is
 * for, and it reports how it changes.
 *
 * While a function runs, each of its reads is recorded.  When an input
 * changes, what read it is run again, and only if its value is another one
 * what read that in turn: a change costs what depends on it, whatever the
 * size of the rest.  A set can be read as a whole, in parts, for one member,
 * or for being empty, and a reader runs again only if what it asked changed.
 *
 * Order: every kind has a stratum.  A function in stratum S may read
 * relations of strata below S only, so that when it runs they are complete.
 * Within a stratum nodes run in the order of their height (one more than the
 * highest node read), so that each runs at most once per engine_run() but
 * for those whose reads move up.
 *
 * The functions must be pure: what they return, state and output depends on
 * nothing but what they read through the reader.
 *
 * Ideas: Hammer et al., "Adapton" (2014); Acar, "Self-adjusting computation"
 * (2005); salsa; Jane Street's Incremental.  */
#ifndef WEFT_TRANSLATOR_ENGINE_H
#define WEFT_TRANSLATOR_ENGINE_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct engine;
struct engine_reader;

enum engine_role {
    ENGINE_INPUT,
    ENGINE_RELATION,
    ENGINE_DERIVED,
    ENGINE_ROOT,
};

enum { ENGINE_MAX_STRATUM = 15 };

/* What names a node within its kind: one or two strings. */
struct engine_key {
    const char *a;
    const char *b;              /* "" where the kind's keys have one part. */
};

/* A kind of nodes; a constant that must outlive the engine. */
struct engine_kind {
    const char *name;           /* For messages and statistics. */
    enum engine_role role;

    /* Relation: the stratum whose roots fill it (0: it is filled from
     * outside, with engine_fact_add()).  Root: the stratum it runs in, 1 and
     * up.  Input: 0, or the stratum after which 'between' sets it.  Derived:
     * not used; it follows from what is read. */
    unsigned int stratum;

    /* Input, derived: whether two values (neither NULL) are the same, and how
     * to free one. */
    bool (*equal)(const void *a, const void *b);
    void (*destroy)(void *value);

    /* Derived: makes the value, which may be NULL. */
    void *(*compute)(struct engine_reader *reader,
                     const struct engine_key *key);

    /* Root: runs, once for each key of 'each' (an input: keys with a value;
     * a relation: keys with members). */
    void (*run)(struct engine_reader *reader, const struct engine_key *key);
    const struct engine_kind *each;
    const void *aux;            /* For 'compute' and 'run': see
                                 * engine_reader_kind(). */

    /* Relation: told of each member that appears or goes; may be NULL.  It
     * must not call the engine. */
    void (*observe)(void *engine_aux, const struct engine_key *key,
                    const char *member, bool present);
};

/* ---- Life -------------------------------------------------------------- */

/* Creates an engine of the 'n' kinds in 'kinds', each listed once.  'aux' is
 * what 'observe' and 'between' are given.
 *
 * 'between', if not NULL, is called in each engine_run() after everything of
 * 'stratum' is done; it may set inputs whose kind has that stratum. */
struct engine *engine_create(const struct engine_kind *const kinds[],
                             size_t n,
                             void (*between)(struct engine *,
                                             unsigned int stratum, void *aux),
                             void *aux);
void engine_destroy(struct engine *);       /* NULL is ignored. */

/* ---- What comes in ----------------------------------------------------- */

/* Gives input (kind, a, b) a value, which the engine takes; NULL: none any
 * more.  An equal value changes nothing. */
void engine_input_set(struct engine *, const struct engine_kind *kind,
                      const char *a, const char *b, void *value);
/* The value, or NULL; valid until it is set again. */
const void *engine_input_get(const struct engine *,
                             const struct engine_kind *kind,
                             const char *a, const char *b);

/* States or withdraws a fact of a relation of stratum 0. */
void engine_fact_add(struct engine *, const struct engine_kind *relation,
                     const char *a, const char *b, const char *member);
void engine_fact_remove(struct engine *, const struct engine_kind *relation,
                        const char *a, const char *b, const char *member);

static inline void
engine_fact_add_or_remove(struct engine *engine,
                          const struct engine_kind *relation,
                          const char *a, const char *b, const char *member,
                          bool add)
{
    (add ? engine_fact_add : engine_fact_remove)(engine, relation, a, b,
                                                 member);
}

/* Brings everything up to date.  Not from within a function. */
void engine_run(struct engine *);
/* The same in steps: runs about 'n' functions and returns true if nothing is
 * left.  Inputs may be set between steps; outputs mean something only when
 * nothing is left. */
bool engine_step(struct engine *, unsigned int n);

/* ---- What comes out ---------------------------------------------------- */

struct engine_bytes {
    const char *data;           /* NUL-terminated all the same. */
    size_t size;
};

/* Takes one output that is not what it was when it was last taken.  Returns
 * false when there is none; else stores its key and its value, or NULL data
 * if it is gone.  Both are valid until the next call on the engine. */
bool engine_next_change(struct engine *, const char **keyp,
                        struct engine_bytes *valuep);
size_t engine_n_changes(const struct engine *);

/* The output 'key'; NULL data when there is none. */
struct engine_bytes engine_output_get(const struct engine *, const char *key);
size_t engine_n_outputs(const struct engine *);
/* Calls 'cb' for every output, in no order. */
void engine_for_each_output(const struct engine *,
                            void (*cb)(const char *key,
                                       const struct engine_bytes *value,
                                       void *aux), void *aux);

/* ---- Within a function: reading ---------------------------------------- */

/* Which kind is running; its 'aux' tells shared functions apart. */
const struct engine_kind *engine_reader_kind(const struct engine_reader *);

/* The value of an input or derived node, or NULL; valid until the function
 * returns. */
const void *engine_read(struct engine_reader *,
                        const struct engine_kind *kind,
                        const char *a, const char *b);

/* Members of a relation's key, sorted by strcmp(). */
struct engine_members {
    const char *const *items;   /* Valid until the function returns. */
    size_t n;
};
#define ENGINE_MEMBERS_FOR_EACH(MEMBER, MEMBERS)                        \
    for (size_t i__##MEMBER = 0;                                        \
         i__##MEMBER < (MEMBERS).n                                      \
         && ((MEMBER) = (MEMBERS).items[i__##MEMBER], true);            \
         i__##MEMBER++)

/* All of them: the function runs again when any comes or goes. */
struct engine_members engine_members(struct engine_reader *,
                                     const struct engine_kind *relation,
                                     const char *a, const char *b);
/* Those of part 'part' of 'n_parts' (a power of two), by a hash of the
 * member (engine_member_hash()): again only when one of those does. */
struct engine_members engine_members_part(struct engine_reader *,
                                          const struct engine_kind *relation,
                                          const char *a, const char *b,
                                          uint32_t n_parts, uint32_t part);
uint32_t engine_member_hash(const char *member);
/* How many: again whenever that changes.  Worth a derived node in between
 * that makes something coarser of it. */
size_t engine_members_count(struct engine_reader *,
                            const struct engine_kind *relation,
                            const char *a, const char *b);
/* Whether there is any; whether 'member' is one. */
bool engine_has_members(struct engine_reader *,
                        const struct engine_kind *relation,
                        const char *a, const char *b);
bool engine_is_member(struct engine_reader *,
                      const struct engine_kind *relation,
                      const char *a, const char *b, const char *member);

/* Frees 'block' when the function that runs returns. */
void *engine_keep(struct engine_reader *, void *block);

/* ---- Within a root: stating -------------------------------------------- */

/* States a fact for as long as this root's last run does.  'relation' has
 * the root's stratum. */
void engine_state(struct engine_reader *, const struct engine_kind *relation,
                  const char *a, const char *b, const char *member);

/* Makes output 'key' (copied) the 'size' bytes at 'data' (malloc()ed, taken,
 * NUL-terminated).  If several roots make one output, the smallest bytes
 * win, whatever the order.  Twice in one run: the last wins. */
void engine_output(struct engine_reader *, const char *key,
                   char *data, size_t size);

/* ---- Faults and numbers ------------------------------------------------ */

/* Broken rules (a cycle of reads, a relation read before it was complete):
 * mistakes in the functions, never in the data.  The read returns NULL or
 * nothing, and this counts; the text of the first is kept. */
unsigned int engine_n_faults(const struct engine *);
const char *engine_first_fault(const struct engine *);

struct engine_kind_stats {
    uint64_t n_runs;            /* Times that its function ran. */
    uint64_t n_changes;         /* Of those, with another outcome. */
    size_t n_nodes;             /* Nodes there are. */
};
struct engine_kind_stats engine_kind_stats(const struct engine *,
                                           const struct engine_kind *);
/* Bytes of outputs, and nodes of all kinds. */
struct engine_stats {
    size_t n_nodes;
    size_t n_edges;
    size_t n_outputs;
    size_t output_bytes;
    uint64_t n_runs;
};
struct engine_stats engine_stats(const struct engine *);

#endif
