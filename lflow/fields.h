/* The symbols of logical flows: fields, subfields and predicates, as
 * ovn-sb(5) (Logical_Flow, "Symbols") and, for what they mean, ovs-fields(7)
 * define them.  One table, built once, the same for every flow; it never
 * changes, so that any thread may read it.
 *
 * Every integer symbol but a predicate stands for bits [ofs, ofs + n_bits)
 * of a physical field ("root") that OpenFlow can match: reg0 for the upper 32
 * bits of xxreg0, vlan.vid for 12 bits of vlan_tci.  Two symbols overlap only
 * if they have the same root. */
#ifndef WEFT_LFLOW_FIELDS_H
#define WEFT_LFLOW_FIELDS_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/meta-flow.h"

struct err;
struct expr;
struct lexer;

enum symbol_kind {
    SYMBOL_FIELD,       /* A physical field. */
    SYMBOL_SUBFIELD,    /* Bits of another symbol ('parent'); reg0 is one
                         * too, of xxreg0. */
    SYMBOL_PREDICATE,   /* Shorthand for 'expansion'; one bit wide. */
    SYMBOL_PSEUDO       /* Only for actions: icmp4.frag_mtu... */
};

/* How the values of a symbol may be compared (ovn-sb(5)). */
enum symbol_level {
    LEVEL_NOMINAL,      /* Equality only, and only positively. */
    LEVEL_BOOLEAN,      /* 0 or 1. */
    LEVEL_ORDINAL       /* Bit by bit, so in every way. */
};

/* A symbol; constant, and lives as long as the program. */
struct symbol {
    const char *name;           /* "ip4.src". */
    enum symbol_kind kind;
    enum symbol_level level;
    uint8_t n_bits;             /* Width; 0 for strings. */
    uint8_t ofs;                /* First bit within 'field'. */
    const struct mf_field *field;   /* Physical root; NULL for predicates and
                                     * pseudo-fields. */
    const struct symbol *root;  /* The symbol of all of 'field'; itself for
                                 * a field, NULL for predicates and
                                 * pseudo-fields. */
    const struct symbol *parent;    /* Subfield: what it is a part of. */
    bool writable;              /* May actions assign to it? (What OVS says
                                 * of 'field'.) */
    bool crossproduct;          /* Never a clause of a conjunction: other
                                 * fields have it as OpenFlow prerequisite. */
    const char *prereqs;        /* Expression text, or NULL. */
    const char *expansion;      /* Predicate: expression text. */

    /* Both of the above, parsed and annotated once; shared, constant. */
    const struct expr *prereqs_expr;
    const struct expr *expansion_expr;
    const struct expr *negation_expr;   /* !expansion, or NULL if nominal. */
};

/* "integer symbol": true for all but inport and outport. */
static inline bool
symbol_is_string(const struct symbol *symbol)
{
    return symbol->n_bits == 0;
}

/* The symbol of that name ('length' bytes), or NULL. */
const struct symbol *symbol_find(const char *name, size_t length);

/* The same, for a NUL-terminated name. */
const struct symbol *symbol_by_name(const char *name);

/* All symbols in order of their names. */
const struct symbol *const *symbol_table(size_t *n);

/* One line for dump-symtab: "name = ..." with what it stands for, level,
 * width and prerequisites.  The caller frees it. */
char *symbol_to_string(const struct symbol *symbol);

/* A symbol, or bits of it, as written: "reg0[3..7]". */
struct field_ref {
    const struct symbol *symbol;
    uint8_t ofs;                /* First bit within the symbol. */
    uint8_t n_bits;             /* 0 for a string symbol. */
};

/* Reads SYMBOL, SYMBOL[BIT] or SYMBOL[LOW..HIGH] at 'lexer' into '*ref'.
 *
 * On failure the lexer holds the error (lexer_error()) and false is
 * returned: "expecting field name", bits out of range, bits of a nominal,
 * string or predicate symbol. */
bool field_ref_parse(struct lexer *lexer, struct field_ref *ref);

/* The physical bits of a field (not of a predicate or pseudo-field). */
struct mf_subfield field_ref_to_subfield(const struct field_ref *ref);

/* "reg0[3..7]" appended to 's'. */
struct ds;
void field_ref_format(const struct field_ref *ref, struct ds *s);

#endif
