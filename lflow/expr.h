/* Match expressions: text to tree, the steps from a tree to OpenFlow matches,
 * and evaluation on a packet.  Language: ovn-sb(5), Logical_Flow "match".
 *
 *     text -- parse --> tree -- annotate --> prerequisites and predicates
 *     spelled out, physical fields only -- simplify --> no inequalities but
 *     bits, conditions and names resolved -- normalise --> OR of ANDs of
 *     sets, each over one field -- to_matches --> OpenFlow
 *
 * Trees are immutable: a step makes new nodes in the arena it is given and
 * may share the old ones.  A tree lives as long as the arenas of all steps
 * that led to it (and, for address sets, the scope's sets). */
#ifndef WEFT_LFLOW_EXPR_H
#define WEFT_LFLOW_EXPR_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lflow/arena.h"
#include "lflow/fields.h"
#include "lflow/lexer.h"
#include "lflow/scope.h"

struct ds;
struct err;
struct flow;
struct match;

enum expr_type {
    EXPR_BOOLEAN,       /* 0 or 1. */
    EXPR_COMPARE,       /* Field with one or more constants. */
    EXPR_AND,
    EXPR_OR,
    EXPR_RESIDENT       /* is_chassis_resident("port"), or its negation. */
};

/* Relational operators. */
enum expr_relop {
    EXPR_EQ, EXPR_NE, EXPR_LT, EXPR_LE, EXPR_GT, EXPR_GE
};

/* A string constant; key 0 where the name means no port (or isn't
 * resolved). */
struct expr_string {
    const char *name;
    uint32_t key;
};

/* A node. */
struct expr {
    enum expr_type type;
    union {
        bool boolean;                   /* EXPR_BOOLEAN. */

        /* EXPR_COMPARE.  With EXPR_EQ: the field is one of the constants;
         * EXPR_NE: none of them; other operators have one constant. */
        struct {
            const struct symbol *symbol;
            enum expr_relop relop;
            unsigned int n;             /* Constants; at least one. */
            union {
                const struct constant *constants;   /* In the symbol's bits:
                                                     * bit 0 is its first. */
                const struct expr_string *strings;  /* String symbols. */
            };
        } compare;

        /* EXPR_AND, EXPR_OR: two or more operands (none for an empty
         * operation never occurs: that is EXPR_BOOLEAN). */
        struct {
            unsigned int n;
            const struct expr *const *args;
        } list;

        struct {
            const char *port;
            bool negated;
        } resident;                     /* EXPR_RESIDENT. */
    };
};

/* --- Nodes ------------------------------------------------------------- */

/* The tree of a constant. */
const struct expr *expr_boolean(bool value);

/* a && b, a || b; either may be NULL, which stands for nothing at all.
 * Constants are folded, lists of the same kind are joined. */
const struct expr *expr_and(struct lflow_arena *arena, const struct expr *a,
                            const struct expr *b);
const struct expr *expr_or(struct lflow_arena *arena, const struct expr *a,
                           const struct expr *b);

/* --- Parsing ----------------------------------------------------------- */

/* Parses an expression at 'lexer' (which must have a current token) up to
 * the first token that can't belong to it.  Address sets and port groups are
 * looked up in 'scope' (may be NULL) and recorded in 'refs' (may be NULL).
 * Returns NULL on failure; the error is the lexer's. */
const struct expr *expr_parse(struct lexer *lexer,
                              const struct lflow_scope *scope,
                              struct lflow_refs *refs,
                              struct lflow_arena *arena);

/* Parses the whole of 'text' (templates expanded).  On success stores the
 * tree in '*expr' and returns 0; otherwise -WEFT_E_INVALID or
 * -WEFT_E_TOO_LARGE with 'err' set (field "match:COLUMN"). */
int expr_parse_string(const char *text, const struct lflow_scope *scope,
                      struct lflow_refs *refs, struct lflow_arena *arena,
                      const struct expr **expr, struct err *err);

/* A constant, or a set of them in { }, with address sets and port groups
 * where 'scope' has them: what follows a relational operator, and the right
 * side of an assignment or an argument of an action. */
struct expr_constants {
    bool is_string;
    bool in_braces;             /* Was it written { ... }, $set or @group? */
    enum lex_format format;     /* Of the first integer. */
    unsigned int column;        /* Of the first token. */
    unsigned int n;
    unsigned int n_bits;        /* Integers: width that all fit in. */
    bool any_masked;
    const struct constant *constants;   /* Integers. */
    const struct expr_string *strings;  /* Strings. */
};

/* Reads such constants; false on failure, with the lexer's error.  'field' is
 * what they are compared with, NULL if that is not known yet. */
bool expr_parse_constants(struct lexer *lexer, const struct symbol *field,
                          const struct lflow_scope *scope,
                          struct lflow_refs *refs,
                          struct lflow_arena *arena,
                          struct expr_constants *constants);

/* Would 'constants' fit 'ref'?  (String with string, width with width.)
 * Otherwise sets the lexer's error and returns false. */
bool expr_type_check(struct lexer *lexer, const struct field_ref *ref,
                     const struct expr_constants *constants);

/* --- Steps ------------------------------------------------------------- */

/* Adds every symbol's prerequisites, expands predicates, and rewrites
 * subfields as bits of their physical field's symbol.  Returns 0, or
 * -WEFT_E_INVALID (a nominal predicate tested negatively). */
int expr_annotate(const struct expr *expr, struct lflow_arena *arena,
                  const struct expr **annotated, struct err *err);

/* Makes inequalities into bit tests, evaluates is_chassis_resident() and
 * resolves port names through 'scope'; folds constants.  'expr' must be
 * annotated.  Returns 0 or -WEFT_E_TOO_LARGE. */
int expr_simplify(const struct expr *expr, const struct lflow_scope *scope,
                  struct lflow_refs *refs, struct lflow_arena *arena,
                  const struct expr **simplified, struct err *err);

/* Brings a simplified tree to normal form: a Boolean, or an OR of terms
 * (one term: without the OR), a term being a comparison (==) or an AND of
 * comparisons, no two with the same physical field.  Equal and contained
 * constants are dropped.  Returns 0 or -WEFT_E_TOO_LARGE. */
int expr_normalize(const struct expr *expr, struct lflow_arena *arena,
                   const struct expr **normalized, struct err *err);

/* Is 'expr' in the form that expr_normalize() yields? */
bool expr_is_normalized(const struct expr *expr);

/* --- OpenFlow ---------------------------------------------------------- */

/* One clause of a conjunctive match, as in conjunction(id, k/n). */
struct lflow_clause {
    uint32_t conj;              /* 1 and up: which of the matches' own
                                 * conjunctions.  The caller maps it to an
                                 * OpenFlow id. */
    uint8_t clause;             /* k - 1. */
    uint8_t n_clauses;          /* n. */
};

/* What an expression became: matches that are true for disjoint or
 * overlapping sets of packets, all of them to have the flow's actions, but
 * for those with clauses, which have conjunction() actions instead; and
 * 'n_conjs' matches on conj_id that have the flow's actions.  Opaque. */
struct lflow_matches;

/* Converts a normalised tree.  Stores a new object in '*matches' (freed with
 * lflow_matches_destroy()), which keeps nothing of the arena.  An expression
 * that can't be true gives no matches; one that is always true gives one
 * match of everything.  Where two or more sets over different fields meet,
 * and flows are saved by it, a conjunction is made.  Returns 0 or
 * -WEFT_E_TOO_LARGE. */
int expr_to_matches(const struct expr *expr, struct lflow_matches **matches,
                    struct err *err);
void lflow_matches_destroy(struct lflow_matches *matches);

/* How many OpenFlow flows it is: matches with clauses and without, in a
 * stable order, and last one match on conj_id for each conjunction. */
size_t lflow_matches_count(const struct lflow_matches *matches);

/* How many conjunctions it has; their ids are 1 to that. */
uint32_t lflow_matches_n_conjs(const struct lflow_matches *matches);

/* Bytes that it holds. */
size_t lflow_matches_size(const struct lflow_matches *matches);

/* Writes match 'index' to '*match' (all of it), without the datapath
 * (metadata): that is the caller's.  Conjunction c is matched as conj_id
 * 'conj_base' + c - 1: so conj_base is the first of n_conjs ids that the
 * caller allotted. */
void lflow_matches_get(const struct lflow_matches *matches, size_t index,
                       uint32_t conj_base, struct match *match);

/* The clauses of match 'index' (their number in '*n'; 0: the match has the
 * flow's actions).  Constant, lives as long as 'matches'. */
const struct lflow_clause *lflow_matches_clauses(
    const struct lflow_matches *matches, size_t index, size_t *n);

/* --- Packets ----------------------------------------------------------- */

/* Is 'expr' (annotated or later, or only parsed) true for the packet
 * '*flow'?  Ports are compared by key through 'scope' where the tree isn't
 * simplified.  Predicates and prerequisites of a tree that isn't annotated
 * are taken into account just the same. */
bool expr_evaluate(const struct expr *expr, const struct flow *flow,
                   const struct lflow_scope *scope);

/* Reads a microflow (ovn-trace(8)): an expression that is a conjunction of
 * tests for equality, into '*flow', all zero where it says nothing;
 * prerequisites are filled in too (ip4.src implies eth.type == 0x800).
 * Returns 0, or -WEFT_E_INVALID for what names no single value: ||, !=, a
 * contradiction, a prerequisite with a choice that was not made. */
int expr_parse_microflow(const char *text, const struct lflow_scope *scope,
                         struct lflow_refs *refs, struct flow *flow,
                         struct err *err);

/* --- Text -------------------------------------------------------------- */

/* Appends 'expr' as text that parses to the same. */
void expr_format(const struct expr *expr, struct ds *s);

/* The same as a new string, the caller's. */
char *expr_to_string(const struct expr *expr);

#endif
