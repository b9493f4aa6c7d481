/* Sets and maps of atoms: a sorted array each, so that comparison, search and
 * union are walks. Sizes are those of a row, a few thousand at most. */
#include <config.h>

#include "cli/datum.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"
#include "uuid.h"

bool
datum_type_is_map(const struct datum_type *type)
{
    return type->value.type != ATOM_VOID;
}

void
atom_destroy(union atom *atom, enum atom_type type)
{
    if (type == ATOM_STRING) {
        free(atom->string);
    }
}

static union atom
atom_clone(const union atom *atom, enum atom_type type)
{
    union atom copy = *atom;

    if (type == ATOM_STRING) {
        copy.string = xstrdup(atom->string);
    }
    return copy;
}

static int
atom_compare(const union atom *a, const union atom *b, enum atom_type type)
{
    switch (type) {
    case ATOM_VOID:
        return 0;
    case ATOM_INTEGER:
        return a->integer < b->integer ? -1 : a->integer > b->integer;
    case ATOM_REAL:
        return a->real < b->real ? -1 : a->real > b->real;
    case ATOM_BOOLEAN:
        return a->boolean - b->boolean;
    case ATOM_STRING:
        return strcmp(a->string, b->string);
    case ATOM_UUID:
        return uuid_compare_3way(&a->uuid, &b->uuid);
    default:
        return 0;
    }
}

void
datum_destroy(struct datum *datum, const struct datum_type *type)
{
    for (size_t i = 0; i < datum->n; i++) {
        atom_destroy(&datum->keys[i], type->key.type);
        if (datum->values) {
            atom_destroy(&datum->values[i], type->value.type);
        }
    }
    free(datum->keys);
    free(datum->values);
    memset(datum, 0, sizeof *datum);
}

/* Makes room for one more; 'is_map' also for its value. */
static size_t
grow(struct datum *datum, bool is_map)
{
    size_t n = datum->n;

    /* Room is always a power of two, so that no capacity need be kept. */
    if (!(n & (n - 1))) {
        size_t room = n ? 2 * n : 1;

        datum->keys = xrealloc(datum->keys, room * sizeof *datum->keys);
        if (is_map) {
            datum->values = xrealloc(datum->values,
                                     room * sizeof *datum->values);
        }
    }
    return datum->n++;
}

void
datum_clone(struct datum *dst, const struct datum *src,
            const struct datum_type *type)
{
    bool is_map = datum_type_is_map(type);

    memset(dst, 0, sizeof *dst);
    for (size_t i = 0; i < src->n; i++) {
        size_t at = grow(dst, is_map);

        dst->keys[at] = atom_clone(&src->keys[i], type->key.type);
        if (is_map) {
            dst->values[at] = atom_clone(&src->values[i], type->value.type);
        }
    }
}

void
datum_append(struct datum *datum, const struct datum_type *type,
             union atom key, union atom value)
{
    size_t at = grow(datum, datum_type_is_map(type));

    datum->keys[at] = key;
    if (datum->values) {
        datum->values[at] = value;
    }
}

void
datum_add_string(struct datum *datum, const char *key)
{
    size_t at = grow(datum, false);

    datum->keys[at].string = xstrdup(key);
}

void
datum_add_pair(struct datum *datum, const char *key, const char *value)
{
    size_t at = grow(datum, true);

    datum->keys[at].string = xstrdup(key);
    datum->values[at].string = xstrdup(value);
}

void
datum_add_integer(struct datum *datum, int64_t key)
{
    size_t at = grow(datum, false);

    datum->keys[at].integer = key;
}

void
datum_add_pair_integer(struct datum *datum, const char *key, int64_t value)
{
    size_t at = grow(datum, true);

    datum->keys[at].string = xstrdup(key);
    datum->values[at].integer = value;
}

void
datum_add_real(struct datum *datum, double key)
{
    size_t at = grow(datum, false);

    datum->keys[at].real = key;
}

void
datum_add_boolean(struct datum *datum, bool key)
{
    size_t at = grow(datum, false);

    datum->keys[at].boolean = key;
}

void
datum_add_uuid(struct datum *datum, const struct uuid *key)
{
    size_t at = grow(datum, false);

    datum->keys[at].uuid = *key;
}

struct pair {
    union atom key, value;
    enum atom_type type;
};

static int
compare_pairs(const void *a_, const void *b_)
{
    const struct pair *a = a_;
    const struct pair *b = b_;

    return atom_compare(&a->key, &b->key, a->type);
}

size_t
datum_sort(struct datum *datum, const struct datum_type *type)
{
    bool is_map = datum_type_is_map(type);
    size_t n = datum->n;

    if (n < 2) {
        return 0;
    }

    struct pair *pairs = xcalloc(n, sizeof *pairs);
    for (size_t i = 0; i < n; i++) {
        pairs[i].type = type->key.type;
        pairs[i].key = datum->keys[i];
        if (is_map) {
            pairs[i].value = datum->values[i];
        }
    }
    qsort(pairs, n, sizeof *pairs, compare_pairs);

    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (i && !compare_pairs(&pairs[i], &pairs[i - 1])) {
            /* The survivor is the later one's equal: compare with it next. */
            atom_destroy(&pairs[i - 1].key, type->key.type);
            if (is_map) {
                atom_destroy(&pairs[i - 1].value, type->value.type);
            }
            kept--;
        }
        datum->keys[kept] = pairs[i].key;
        if (is_map) {
            datum->values[kept] = pairs[i].value;
        }
        kept++;
    }
    free(pairs);
    datum->n = kept;
    /* grow() takes the room for the next power of two below n as given: shrink
     * to what it expects. */
    if (kept != n) {
        size_t room = 1;

        while (room < kept) {
            room *= 2;
        }
        datum->keys = xrealloc(datum->keys, room * sizeof *datum->keys);
        if (is_map) {
            datum->values = xrealloc(datum->values,
                                     room * sizeof *datum->values);
        }
    }
    return n - kept;
}

size_t
datum_find(const struct datum *datum, const struct datum_type *type,
           const union atom *key)
{
    size_t low = 0, high = datum->n;

    while (low < high) {
        size_t middle = (low + high) / 2;
        int cmp = atom_compare(key, &datum->keys[middle], type->key.type);

        if (!cmp) {
            return middle;
        } else if (cmp < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return SIZE_MAX;
}

int
datum_compare(const struct datum *a, const struct datum *b,
              const struct datum_type *type)
{
    if (a->n != b->n) {
        return a->n < b->n ? -1 : 1;
    }
    for (size_t i = 0; i < a->n; i++) {
        int cmp = atom_compare(&a->keys[i], &b->keys[i], type->key.type);

        if (cmp) {
            return cmp;
        }
    }
    for (size_t i = 0; datum_type_is_map(type) && i < a->n; i++) {
        int cmp = atom_compare(&a->values[i], &b->values[i],
                               type->value.type);
        if (cmp) {
            return cmp;
        }
    }
    return 0;
}

/* True if 'b' has element 'i' of 'a', in a map with the same value. */
static bool
has_element(const struct datum *b, const struct datum *a, size_t i,
            const struct datum_type *type)
{
    size_t at = datum_find(b, type, &a->keys[i]);

    return (at != SIZE_MAX
            && (!datum_type_is_map(type)
                || !atom_compare(&a->values[i], &b->values[at],
                                 type->value.type)));
}

bool
datum_includes_all(const struct datum *a, const struct datum *b,
                   const struct datum_type *type)
{
    for (size_t i = 0; i < a->n; i++) {
        if (!has_element(b, a, i, type)) {
            return false;
        }
    }
    return true;
}

bool
datum_excludes_all(const struct datum *a, const struct datum *b,
                   const struct datum_type *type)
{
    for (size_t i = 0; i < a->n; i++) {
        if (has_element(b, a, i, type)) {
            return false;
        }
    }
    return true;
}

void
datum_union(struct datum *a, const struct datum *b,
            const struct datum_type *type)
{
    bool is_map = datum_type_is_map(type);
    struct datum old = *a;

    /* Only what was there before is sorted and can be searched. */
    for (size_t i = 0; i < b->n; i++) {
        old.keys = a->keys;
        old.values = a->values;
        if (datum_find(&old, type, &b->keys[i]) == SIZE_MAX) {
            size_t at = grow(a, is_map);

            a->keys[at] = atom_clone(&b->keys[i], type->key.type);
            if (is_map) {
                a->values[at] = atom_clone(&b->values[i], type->value.type);
            }
        }
    }
    datum_sort(a, type);
}

void
datum_subtract(struct datum *a, const struct datum_type *a_type,
               const struct datum *b, const struct datum_type *b_type)
{
    struct datum rest = DATUM_INIT;
    bool is_map = datum_type_is_map(a_type);

    for (size_t i = 0; i < a->n; i++) {
        if (!has_element(b, a, i, b_type)) {
            size_t at = grow(&rest, is_map);

            rest.keys[at] = atom_clone(&a->keys[i], a_type->key.type);
            if (is_map) {
                rest.values[at] = atom_clone(&a->values[i],
                                             a_type->value.type);
            }
        }
    }
    datum_destroy(a, a_type);
    *a = rest;
}

bool
datum_is_default(const struct datum *datum, const struct datum_type *type)
{
    static const struct uuid zero;

    if (!type->n_min) {
        return !datum->n;
    } else if (datum->n != 1) {
        return false;
    }
    switch (type->key.type) {
    case ATOM_VOID:
        return true;
    case ATOM_INTEGER:
        return !datum->keys[0].integer;
    case ATOM_REAL:
        return datum->keys[0].real == 0.0;
    case ATOM_BOOLEAN:
        return !datum->keys[0].boolean;
    case ATOM_STRING:
        return !datum->keys[0].string[0];
    case ATOM_UUID:
        return uuid_equals(&datum->keys[0].uuid, &zero);
    default:
        return false;
    }
}
