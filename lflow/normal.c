/* Normal form: a product of sums becomes a sum of products, terms meeting
 * field by field.  Comparisons with a set are one node all the way, so that a
 * long address set is one dimension, never one term per address. */
#include <config.h>

#include "lflow/normal.h"

#include <stdlib.h>
#include <string.h>

#include "lflow/expr_node.h"
#include "lflow/limits.h"
#include "lib/err.h"
#include "packets.h"
#include "util.h"

static int
too_large(struct err *err)
{
    return err_put(err, -WEFT_E_TOO_LARGE, "match",
                   "the expression becomes too large (more than %d terms or "
                   "too much work)", LFLOW_MAX_TERMS);
}

static const struct term true_term = { NULL, 0 };

static struct normal
normal_boolean(bool value, struct lflow_arena *arena)
{
    struct normal normal = { NULL, value };

    if (value) {
        normal.terms = lflow_arena_alloc(arena, sizeof *normal.terms);
        normal.terms[0] = true_term;
    }
    return normal;
}

/* The set of a simplified comparison. */
static struct cset
compare_to_cset(const struct expr *expr, struct lflow_arena *arena)
{
    unsigned int n = expr->compare.n;
    struct constant *keys;

    if (!symbol_is_string(expr->compare.symbol)) {
        return cset_create(arena, expr->compare.constants, n,
                           u128_ones(expr->compare.symbol->n_bits));
    }
    keys = lflow_arena_alloc(arena, n * sizeof *keys);
    for (unsigned int i = 0; i < n; i++) {
        keys[i] = (struct constant) {
            expr->compare.strings[i].key, UINT32_MAX
        };
    }
    return cset_create(arena, keys, n, UINT32_MAX);
}

/* Bits that a field can have in the switch.  Those of ct_state and arp.op that
 * OpenFlow has beyond that are 0 in every packet and can't be matched. */
static u128
possible_bits(const struct symbol *symbol)
{
    return symbol->field->id == MFF_CT_STATE ? CS_SUPPORTED_MASK
           : symbol->field->id == MFF_ARP_OP ? UINT8_MAX : U128_MAX;
}

/* 'set' without the members that no packet has. */
static struct cset
limit_to_possible(const struct cset *set, const struct symbol *symbol,
                  struct lflow_arena *arena)
{
    struct constant *c = lflow_arena_alloc(arena, set->n * sizeof *c);
    u128 bits = possible_bits(symbol);
    unsigned int n = 0;

    for (unsigned int i = 0; i < set->n; i++) {
        if (!(set->c[i].value & ~bits)) {
            c[n++] = set->c[i];
        }
    }
    return cset_create(arena, c, n, symbol->level == LEVEL_NOMINAL
                                    ? U128_MAX : bits);
}

/* Adds 'value'/'mask', a tci with a VLAN, to 'c'.  OpenFlow has no mask for
 * the priority: it is matched whole or not at all. */
static unsigned int
add_vlan_tci(struct constant *c, u128 value, u128 mask)
{
    const u128 pcp = VLAN_PCP_MASK, cfi = VLAN_CFI;
    unsigned int n = 0;

    value |= cfi;
    mask |= cfi;
    if (!(mask & pcp)) {
        c[n++] = (struct constant) { value, mask };
        return n;
    }
    for (u128 i = 0; i <= pcp >> VLAN_PCP_SHIFT; i++) {
        u128 priority = i << VLAN_PCP_SHIFT;

        if ((priority & mask) == (value & pcp)) {
            c[n++] = (struct constant) { value | priority, mask | pcp };
        }
    }
    return n;
}

/* A packet without VLAN has tci 0, one with VLAN has bit 12.  OpenFlow can't
 * match what lies in between (a priority without saying that there is a
 * VLAN), so each member is made to say it. */
static struct cset
limit_vlan_tci(const struct cset *set, struct lflow_arena *arena)
{
    struct constant *c = lflow_arena_alloc(arena, 9 * set->n * sizeof *c);
    unsigned int n = 0;

    for (unsigned int i = 0; i < set->n; i++) {
        u128 value = set->c[i].value, mask = set->c[i].mask;

        if (!value) {
            c[n++] = (struct constant) { 0, VLAN_CFI };
        }
        if ((value & VLAN_CFI) || !(mask & VLAN_CFI)) {
            n += add_vlan_tci(&c[n], value, mask);
        }
    }
    return cset_create(arena, c, n, U128_MAX);
}

static struct normal
normal_compare(const struct expr *expr, struct lflow_arena *arena)
{
    struct cset set = compare_to_cset(expr, arena);
    struct normal normal;

    if (possible_bits(expr->compare.symbol) != U128_MAX) {
        set = limit_to_possible(&set, expr->compare.symbol, arena);
    } else if (expr->compare.symbol->field->id == MFF_VLAN_TCI) {
        set = limit_vlan_tci(&set, arena);
    }

    if (!set.n || cset_is_full(&set)) {
        return normal_boolean(set.n, arena);
    }
    normal = normal_boolean(true, arena);
    normal.terms[0].n = 1;
    normal.terms[0].dims = lflow_arena_alloc(arena, sizeof(struct dim));
    normal.terms[0].dims[0] = (struct dim) { expr->compare.symbol, set };
    return normal;
}

/* Stores a && b in '*out'.  Returns 1, 0 when that is never true, -1 when it
 * is too large. */
static int
term_and(const struct term *a, const struct term *b,
         struct lflow_arena *arena, struct term *out)
{
    unsigned int i = 0, j = 0, n = 0;
    struct dim *dims;

    if (!a->n || !b->n) {
        *out = a->n ? *a : *b;
        return 1;
    }
    dims = lflow_arena_alloc(arena, (a->n + b->n) * sizeof *dims);
    while (i < a->n || j < b->n) {
        if (j >= b->n || (i < a->n
                          && dim_id(&a->dims[i]) < dim_id(&b->dims[j]))) {
            dims[n++] = a->dims[i++];
        } else if (i >= a->n || dim_id(&b->dims[j]) < dim_id(&a->dims[i])) {
            dims[n++] = b->dims[j++];
        } else {
            dims[n].symbol = a->dims[i].symbol;
            if (cset_equal(&a->dims[i].set, &b->dims[j].set)) {
                dims[n].set = a->dims[i].set;
            } else if (!cset_intersect(arena, &a->dims[i].set,
                                       &b->dims[j].set, &dims[n].set)) {
                return -1;
            } else if (!dims[n].set.n) {
                return 0;
            }
            n++, i++, j++;
        }
    }
    *out = (struct term) { dims, n };
    return 1;
}

/* Stores a && b in '*out'. */
static bool
normal_and(const struct normal *a, const struct normal *b,
           struct lflow_arena *arena, struct normal *out)
{
    uint64_t n_max = (uint64_t) a->n * b->n;
    struct normal result = { NULL, 0 };

    arena->n_steps += n_max;
    if (n_max > 4 * LFLOW_MAX_TERMS || arena->n_steps > LFLOW_MAX_STEPS
        || arena->n_bytes > LFLOW_MAX_BYTES) {
        return false;
    }
    result.terms = lflow_arena_alloc(arena, n_max * sizeof *result.terms);
    for (unsigned int i = 0; i < a->n; i++) {
        for (unsigned int j = 0; j < b->n; j++) {
            int retval = term_and(&a->terms[i], &b->terms[j], arena,
                                  &result.terms[result.n]);

            if (retval < 0) {
                return false;
            }
            result.n += retval;
        }
    }
    if (n_max > 1 && !normal_merge(&result, arena)) {
        return false;
    }
    *out = result;
    return result.n <= LFLOW_MAX_TERMS;
}

/* ANDs the operands of 'expr' to '*out', first those (mostly comparisons)
 * that are one term: what they exclude needn't be multiplied out. */
static int
and_from_expr(const struct expr *expr, struct lflow_arena *arena,
              struct normal *out, struct err *err)
{
    struct normal result = normal_boolean(true, arena);

    for (int pass = 0; pass < 2; pass++) {
        for (unsigned int i = 0; i < expr->list.n && result.n; i++) {
            const struct expr *arg = expr->list.args[i];
            struct normal operand;
            int error;

            if ((arg->type == EXPR_OR) != (pass == 1)) {
                continue;
            }
            error = normal_from_expr(arg, arena, &operand, err);
            if (error) {
                return error;
            } else if (!normal_and(&result, &operand, arena, &result)) {
                return too_large(err);
            }
        }
    }
    *out = result;
    return 0;
}

static int
or_from_expr(const struct expr *expr, struct lflow_arena *arena,
             struct normal *out, struct err *err)
{
    struct normal *operands = xmalloc(expr->list.n * sizeof *operands);
    struct normal result = { NULL, 0 };
    int error = 0;

    for (unsigned int i = 0; i < expr->list.n && !error; i++) {
        error = normal_from_expr(expr->list.args[i], arena, &operands[i],
                                 err);
        result.n += error ? 0 : operands[i].n;
    }
    if (!error) {
        unsigned int n = 0;

        result.terms = lflow_arena_alloc(arena,
                                         result.n * sizeof *result.terms);
        for (unsigned int i = 0; i < expr->list.n; i++) {
            for (unsigned int j = 0; j < operands[i].n; j++) {
                result.terms[n++] = operands[i].terms[j];
            }
        }
        if (!normal_merge(&result, arena) || result.n > LFLOW_MAX_TERMS) {
            error = too_large(err);
        }
    }
    free(operands);
    if (!error) {
        *out = result;
    }
    return error;
}

int
normal_from_expr(const struct expr *expr, struct lflow_arena *arena,
                 struct normal *normal, struct err *err)
{
    switch (expr->type) {
    case EXPR_BOOLEAN:
        *normal = normal_boolean(expr->boolean, arena);
        return 0;
    case EXPR_COMPARE:
        *normal = normal_compare(expr, arena);
        return 0;
    case EXPR_AND:
        return and_from_expr(expr, arena, normal, err);
    case EXPR_OR:
        return or_from_expr(expr, arena, normal, err);
    case EXPR_RESIDENT:
    default:
        OVS_NOT_REACHED();
    }
}

/* The name of port 'key' somewhere in 'expr', or NULL. */
static const char *
find_port_name(const struct expr *expr, uint32_t key)
{
    const char *name = NULL;

    if (expr->type == EXPR_COMPARE) {
        if (symbol_is_string(expr->compare.symbol)) {
            for (unsigned int i = 0; i < expr->compare.n; i++) {
                if (expr->compare.strings[i].key == key) {
                    return expr->compare.strings[i].name;
                }
            }
        }
    } else if (expr->type == EXPR_AND || expr->type == EXPR_OR) {
        for (unsigned int i = 0; i < expr->list.n && !name; i++) {
            name = find_port_name(expr->list.args[i], key);
        }
    }
    return name;
}

static const struct expr *
dim_to_expr(const struct dim *dim, const struct expr *names,
            struct lflow_arena *arena)
{
    struct expr_string *strings;

    if (!symbol_is_string(dim->symbol)) {
        return expr_compare_integers(arena, dim->symbol, EXPR_EQ,
                                     dim->set.c, dim->set.n);
    }
    strings = lflow_arena_alloc(arena, dim->set.n * sizeof *strings);
    for (unsigned int i = 0; i < dim->set.n; i++) {
        strings[i].key = dim->set.c[i].value;
        strings[i].name = find_port_name(names, strings[i].key);
    }
    return expr_compare_strings(arena, dim->symbol, EXPR_EQ, strings,
                                dim->set.n);
}

const struct expr *
normal_to_expr(const struct normal *normal, const struct expr *names,
               struct lflow_arena *arena)
{
    struct expr_list or = { NULL, 0, 0 };

    for (unsigned int i = 0; i < normal->n; i++) {
        struct expr_list and = { NULL, 0, 0 };

        for (unsigned int j = 0; j < normal->terms[i].n; j++) {
            expr_list_add(&and, dim_to_expr(&normal->terms[i].dims[j], names,
                                            arena));
        }
        expr_list_add(&or, expr_list_take(&and, EXPR_AND, arena));
    }
    return expr_list_take(&or, EXPR_OR, arena);
}

int
expr_normalize(const struct expr *expr, struct lflow_arena *arena,
               const struct expr **normalized, struct err *err)
{
    struct normal normal;
    int error = normal_from_expr(expr, arena, &normal, err);

    if (!error) {
        *normalized = normal_to_expr(&normal, expr, arena);
    }
    return error;
}

static bool
is_set(const struct expr *expr)
{
    return expr->type == EXPR_COMPARE && expr->compare.relop == EXPR_EQ
           && expr->compare.symbol->field
           && expr->compare.symbol->root == expr->compare.symbol;
}

static bool
is_term(const struct expr *expr)
{
    if (expr->type != EXPR_AND) {
        return is_set(expr);
    }
    for (unsigned int i = 0; i < expr->list.n; i++) {
        const struct expr *a = expr->list.args[i];

        if (!is_set(a)) {
            return false;
        }
        for (unsigned int j = 0; j < i; j++) {
            if (expr->list.args[j]->compare.symbol->field
                == a->compare.symbol->field) {
                return false;
            }
        }
    }
    return true;
}

bool
expr_is_normalized(const struct expr *expr)
{
    if (expr->type == EXPR_BOOLEAN) {
        return true;
    } else if (expr->type != EXPR_OR) {
        return is_term(expr);
    }
    for (unsigned int i = 0; i < expr->list.n; i++) {
        if (!is_term(expr->list.args[i])) {
            return false;
        }
    }
    return true;
}
