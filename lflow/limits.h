/* The bounds of what one logical flow may ask for.  Crossing one is an error
 * (-WEFT_E_TOO_LARGE) that names it, never a crash or a stall. */
#ifndef WEFT_LFLOW_LIMITS_H
#define WEFT_LFLOW_LIMITS_H 1

enum {
    /* Bytes of a match or actions text, templates expanded. */
    LFLOW_MAX_TEXT = 1 << 20,
    /* Nesting of parentheses (and of !, and of nested actions): OVN's. */
    LFLOW_MAX_DEPTH = 100,
    /* Bytes of a token's string, name or quoted text. */
    LFLOW_MAX_TOKEN = 4096,
    /* Constants of all sets in one expression, address sets included. */
    LFLOW_MAX_CONSTANTS = 1 << 20,
    /* Conjunctive terms while an expression is brought to normal form. */
    LFLOW_MAX_TERMS = 1 << 14,
    /* Steps of set operations, and bytes that they allocate: about a second
     * of work. */
    LFLOW_MAX_STEPS = 1 << 26,
    LFLOW_MAX_BYTES = 1 << 29,
    /* OpenFlow matches that one expression may become. */
    LFLOW_MAX_MATCHES = 1 << 20,
    /* Clauses of one conjunctive match: OpenFlow's own limit. */
    LFLOW_MAX_CLAUSES = 64,
    /* Bytes of OpenFlow actions of one logical flow. */
    LFLOW_MAX_OFPACTS = 1 << 16,
};

#endif
