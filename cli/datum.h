/* Values as OVN's users see them: atoms, and sets or maps of atoms, with the
 * types of RFC 7047 (section 3.2) and the text syntax of ovn-nbctl(8),
 * "Database Values". */
#ifndef WEFT_CLI_DATUM_H
#define WEFT_CLI_DATUM_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <limits.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/uuid.h"

enum atom_type {
    ATOM_VOID,                  /* No values: a set. */
    ATOM_INTEGER, ATOM_REAL, ATOM_BOOLEAN, ATOM_STRING, ATOM_UUID,
};

union atom {
    int64_t integer;
    double real;
    bool boolean;
    char *string;               /* Owned. */
    struct uuid uuid;
};

/* What one atom may be. */
struct atom_base {
    enum atom_type type;
    int64_t min, max;           /* Of an integer, if max is not 0. */
    size_t max_length;          /* Of a string in bytes; 0: any. */
    const char *const *values;  /* Of a string: the only ones allowed, sorted
                                 * and NULL-terminated; or NULL. */
    const char *table;          /* Of a UUID: the table it refers to. */
};

/* The type of a column. A scalar has n_min = n_max = 1. */
struct datum_type {
    struct atom_base key;
    struct atom_base value;
    unsigned int n_min, n_max;
};
#define DATUM_UNLIMITED UINT_MAX

bool datum_type_is_map(const struct datum_type *type);

/* A sorted set (values is NULL) or map. Zeros are the empty one. */
struct datum {
    union atom *keys;
    union atom *values;
    size_t n;
};
#define DATUM_INIT { NULL, NULL, 0 }

/* Names (@x) for UUIDs in text. */
struct datum_symbols {
    /* Stores the UUID of 'name' in '*uuid', making one up if it is new. */
    void (*get)(struct datum_symbols *symbols, const char *name,
                struct uuid *uuid);
};

void datum_destroy(struct datum *datum, const struct datum_type *type);
void datum_clone(struct datum *dst, const struct datum *src,
                 const struct datum_type *type);

/* Append without sorting; strings are copied, but by datum_append(), which
 * takes what its atoms own ('value' is looked at in maps only). */
void datum_append(struct datum *datum, const struct datum_type *type,
                  union atom key, union atom value);
void datum_add_string(struct datum *datum, const char *key);
void datum_add_pair(struct datum *datum, const char *key, const char *value);
void datum_add_integer(struct datum *datum, int64_t key);
void datum_add_pair_integer(struct datum *datum, const char *key,
                            int64_t value);
void datum_add_real(struct datum *datum, double key);
void datum_add_boolean(struct datum *datum, bool key);
void datum_add_uuid(struct datum *datum, const struct uuid *key);

/* Sorts and drops repeated keys; returns how many were dropped. */
size_t datum_sort(struct datum *datum, const struct datum_type *type);

/* The place of 'key', or SIZE_MAX. */
size_t datum_find(const struct datum *datum, const struct datum_type *type,
                  const union atom *key);

/* Negative, zero, positive: fewer elements first, then keys, then values. */
int datum_compare(const struct datum *a, const struct datum *b,
                  const struct datum_type *type);
bool datum_includes_all(const struct datum *a, const struct datum *b,
                        const struct datum_type *type);
bool datum_excludes_all(const struct datum *a, const struct datum *b,
                        const struct datum_type *type);

/* Adds to 'a' what 'b' has and 'a' has not (by key). */
void datum_union(struct datum *a, const struct datum *b,
                 const struct datum_type *type);
/* Takes from 'a' every key of 'b'; if 'b_type' is a map too, only where the
 * value is the same. */
void datum_subtract(struct datum *a, const struct datum_type *a_type,
                    const struct datum *b, const struct datum_type *b_type);
/* Empty, or one zero, false or "". */
bool datum_is_default(const struct datum *datum,
                      const struct datum_type *type);

/* ---- Text (datum_text.c) --------------------------------------------- */

/* One word of "column:key=value": up to a delimiter outside quotes. Returns
 * NULL with '*p' after it and '*token' the caller's, or an error message that
 * the caller frees. */
char *token_parse(const char **p, char **token);

/* Parse as ovn-nbctl does. Return NULL, or an error message that the caller
 * frees; then the output is empty. 'symbols' may be NULL. */
char *atom_from_text(union atom *atom, const struct atom_base *base,
                     const char *text, struct datum_symbols *symbols);
char *datum_from_text(struct datum *datum, const struct datum_type *type,
                      const char *text, struct datum_symbols *symbols);

void atom_destroy(union atom *atom, enum atom_type type);

/* Append as ovn-nbctl prints: to be read back; bare; as JSON (RFC 7047,
 * section 5.1). */
void atom_to_text(const union atom *atom, enum atom_type type, struct ds *);
void datum_to_text(const struct datum *, const struct datum_type *,
                   struct ds *);
void datum_to_bare(const struct datum *, const struct datum_type *,
                   struct ds *);
void datum_to_json(const struct datum *, const struct datum_type *,
                   struct ds *);
/* Appends 'text' as a JSON string. */
void text_to_json(const char *text, struct ds *);

#endif
