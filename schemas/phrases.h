/* Phrases: what the texts of logical flows say over and over, said short.
 *
 * A text (match or actions) that a phrase says is written in etcd as the
 * phrase's name and what differs from one such text to the next:
 *
 *     "%arp_reply(fa:16:3e:a9:4c:c7, 10.1.1.5)"
 *
 * stands for "eth.dst = eth.src; eth.src = fa:16:3e:a9:4c:c7; arp.op = 2; ..."
 * to the letter.  Only etcd sees phrases: who writes rows of flows encodes
 * (translator/generate_flow.c, schema_row_format()), who reads them decodes
 * (schema_row_parse(), schema_flows_expand()), and everybody else has OVN's
 * words.  The table is phrase_table.h; docs/KEYS.md shows it to users.
 *
 * '%' begins no text of the language (lflow/lexer.h: it is in no token), so
 * texts written before there were phrases mean what they did.  All the same
 * any text at all can be written: one that begins with '%' gets a second
 * one in front, which is taken off again.
 *
 * A phrase is expanded once, what comes of it is not looked at again: a text
 * grows to PHRASE_MAX_TEXT at most. */
#ifndef WEFT_SCHEMAS_PHRASES_H
#define WEFT_SCHEMAS_PHRASES_H 1

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"
#include "openvswitch/dynamic-string.h"

enum {
    PHRASE_SIGIL = '%',
    PHRASE_MAX_ARGUMENT = 255, /* Bytes; what is longer makes no phrase. */
    PHRASE_MAX_TEXT = 4096,    /* Bytes that a phrase may stand for. */
};

/* What phrase stands for what: for documents and tests. */
struct phrase {
    const char *name;
    /* What it says.  "%M" is an Ethernet address, "%A" and "%B" are IP
     * addresses, "%P" is a name that needs no escapes in quotes.  They are
     * the arguments, in the order in which they come up first; where one
     * comes up again it says the same. */
    const char *text;
};
extern const struct phrase phrases[];
extern const size_t n_phrases;

/* Appends 'text' to 'out' as it is written in etcd: as a phrase if there is
 * one for it, else as it is (behind a '%' if it begins with one).  Whatever
 * 'text' is, phrase_decode() gives it back. */
void phrase_encode(struct ds *out, const char *text, size_t size);

/* Whether 'text' as etcd has it is its own meaning, so that
 * phrase_decode() would only copy it. */
static inline bool
phrase_is_plain(const char *text)
{
    return text[0] != PHRASE_SIGIL;
}

/* Appends what 'text', as etcd has it, stands for to 'out'.  Returns 0 or
 * -WEFT_E_INVALID: a phrase of that name does not exist, or its arguments
 * are not what it takes; 'out' is then as it was. */
int
phrase_decode(struct ds *out, const char *text, size_t size, struct err *err);

#endif
