/* A symbol, or bits of it, as written: reg0[3..7]. */
#include <config.h>

#include "lflow/fields.h"
#include "lflow/lexer.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

/* Reads what follows '[' into 'ref'. */
static bool
parse_bits(struct lexer *lexer, struct field_ref *ref)
{
    const struct symbol *symbol = ref->symbol;
    unsigned int column = lexer->token.column;
    u128 low, high;

    if (!lexer_force_int(lexer, INT32_MAX, &low)) {
        return false;
    }
    high = low;
    if (lexer_match(lexer, LEX_ELLIPSIS)
        && !lexer_force_int(lexer, INT32_MAX, &high)) {
        return false;
    }
    if (lexer->token.type != LEX_RSQUARE) {
        return lexer_force(lexer, LEX_RSQUARE);
    } else if (low > high) {
        lexer_error_at(lexer, -WEFT_E_INVALID, column,
                       "Invalid bit range %d to %d.",
                       (int) low, (int) high);
    } else if (high >= symbol->n_bits) {
        lexer_error_at(lexer, -WEFT_E_INVALID, column,
                       "Cannot select bits %d to %d of %d-bit field %s.",
                       (int) low, (int) high, symbol->n_bits, symbol->name);
    } else if (symbol->level == LEVEL_NOMINAL
               && high - low + 1 != symbol->n_bits) {
        lexer_error_at(lexer, -WEFT_E_INVALID, column,
                       "Cannot select subfield of nominal field %s.",
                       symbol->name);
    } else {
        ref->ofs = low;
        ref->n_bits = high - low + 1;
        return lexer_match(lexer, LEX_RSQUARE);
    }
    return false;
}

bool
field_ref_parse(struct lexer *lexer, struct field_ref *ref)
{
    struct field_ref r = { .symbol = NULL };

    if (lexer->token.type != LEX_ID) {
        lexer_syntax_error(lexer, "expecting field name");
        return false;
    }
    r.symbol = symbol_find(lexer->token.text, lexer->token.text_length);
    if (!r.symbol) {
        lexer_syntax_error(lexer, "expecting field name");
        return false;
    }
    r.n_bits = r.symbol->n_bits;
    lexer_get(lexer);
    if (lexer->token.type == LEX_LSQUARE) {
        if (symbol_is_string(r.symbol)) {
            lexer_error(lexer, "Cannot select subfield of string field %s.",
                        r.symbol->name);
            return false;
        }
        lexer_get(lexer);
        if (!parse_bits(lexer, &r)) {
            return false;
        }
    }
    if (!lexer_is_ok(lexer)) {
        return false;
    }
    *ref = r;
    return true;
}

struct mf_subfield
field_ref_to_subfield(const struct field_ref *ref)
{
    const struct symbol *symbol = ref->symbol;

    return (struct mf_subfield) {
        .field = symbol->field,
        .ofs = symbol->ofs + ref->ofs,
        .n_bits = ref->n_bits ? ref->n_bits : symbol->field->n_bits,
    };
}

void
field_ref_format(const struct field_ref *ref, struct ds *s)
{
    ds_put_cstr(s, ref->symbol->name);
    if (ref->n_bits != ref->symbol->n_bits) {
        if (ref->n_bits == 1) {
            ds_put_format(s, "[%d]", ref->ofs);
        } else {
            ds_put_format(s, "[%d..%d]", ref->ofs,
                          ref->ofs + ref->n_bits - 1);
        }
    }
}
