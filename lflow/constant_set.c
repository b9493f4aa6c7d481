/* Address sets: text to sorted constants, once for all compiles. */
#include <config.h>

#include "lflow/scope.h"

#include <stdlib.h>

#include "lflow/lexer.h"
#include "util.h"

static int
compare_constants(const void *a_, const void *b_)
{
    const struct constant *a = a_, *b = b_;
    int cmp = u128_compare(b->mask, a->mask);

    return cmp ? cmp : u128_compare(a->value, b->value);
}

struct constant_set *
constant_set_create(const char *const members[], size_t n, struct err *err)
{
    struct constant_set *set = xzalloc(sizeof *set);
    size_t j = 0;

    set->members = xmalloc(MAX(n, 1) * sizeof *set->members);
    for (size_t i = 0; i < n; i++) {
        struct token token;
        bool masked;

        if (lex_parse_integer(members[i], &token, err)) {
            continue;
        }
        masked = token.type == LEX_MASKED_INTEGER;
        set->members[j++] = (struct constant) {
            token.value, masked ? token.mask : U128_MAX
        };
        set->any_masked |= masked;
        set->n_bits = MAX(set->n_bits, token_n_bits(&token));
    }
    qsort(set->members, j, sizeof *set->members, compare_constants);
    for (size_t i = 0; i < j; i++) {
        if (!set->n || compare_constants(&set->members[set->n - 1],
                                         &set->members[i])) {
            set->members[set->n++] = set->members[i];
        }
    }
    return set;
}

void
constant_set_destroy(struct constant_set *set)
{
    if (set) {
        free(set->members);
        free(set);
    }
}
