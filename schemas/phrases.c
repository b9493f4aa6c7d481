/* Phrases: see phrases.h.
 *
 * Both ways walk the text of a phrase from left to right.  What an argument
 * may hold is told by the kind of its place alone, and no kind holds what
 * follows a place in any text or in a list of arguments: so where an argument
 * ends is never in doubt, nothing is tried twice, and what encoding found is
 * what decoding puts there. */
#include <config.h>

#include "schemas/phrases.h"

#include <string.h>

#include "schemas/phrase_table.h"
#include "util.h"

const struct phrase phrases[] = {
#define PHRASE(NAME, TEXT) { NAME, TEXT },
    PHRASES
#undef PHRASE
};
const size_t n_phrases = ARRAY_SIZE(phrases);

/* ---- Arguments --------------------------------------------------------- */

enum { MAX_PLACES = 'Z' - 'A' + 1, ETHERNET_LENGTH = 17 };

/* The arguments of one phrase, by the letter of their place. */
struct arguments {
    struct argument {
        const char *start; /* NULL: not come up yet. */
        size_t size;
    } by_letter[MAX_PLACES];
    struct argument *in_order[MAX_PLACES];
    size_t n;
};

static bool
is_hex(unsigned char c)
{
    return ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')
            || (c >= 'A' && c <= 'F'));
}

static bool
is_of_name(unsigned char c)
{
    return c > ' ' && c != 0x7f && !strchr("\"\\,()", c);
}

/* How many bytes at 'p' an argument of 'kind' takes; 0: there is none. */
static size_t
measure(char kind, const char *p, const char *end)
{
    size_t n = 0;

    if (kind == 'P') {
        while (p + n < end && is_of_name(p[n])) {
            n++;
        }
    } else if (kind == 'M') {
        while (p + n < end && n < ETHERNET_LENGTH
               && (n % 3 == 2 ? p[n] == ':' : is_hex(p[n]))) {
            n++;
        }
        n = n == ETHERNET_LENGTH ? n : 0;
    } else {
        while (p + n < end && (is_hex(p[n]) || p[n] == ':' || p[n] == '.')) {
            n++;
        }
    }
    return n <= PHRASE_MAX_ARGUMENT ? n : 0;
}

static struct argument *
argument_at(struct arguments *arguments, char kind)
{
    return &arguments->by_letter[kind - 'A'];
}

/* Takes the argument of 'kind' at 'p', which has not come up before. */
static bool
take_argument(struct arguments *arguments, char kind, const char *p,
              const char *end)
{
    struct argument *argument = argument_at(arguments, kind);

    argument->size = measure(kind, p, end);
    argument->start = p;
    arguments->in_order[arguments->n++] = argument;
    return argument->size != 0;
}

/* ---- Encoding ---------------------------------------------------------- */

/* Whether 'phrase' says 'text', with which arguments. */
static bool
says(const struct phrase *phrase, const char *text, size_t size,
     struct arguments *arguments)
{
    const char *p = text, *end = text + size;

    arguments->n = 0;
    for (const char *t = phrase->text; *t; t++) {
        if (*t != PHRASE_SIGIL) {
            if (p == end || *p++ != *t) {
                return false;
            }
            continue;
        }
        if (!arguments->n) {
            memset(arguments->by_letter, 0, sizeof arguments->by_letter);
        }
        struct argument *argument = argument_at(arguments, *++t);

        if (argument->start ? ((size_t) (end - p) < argument->size
                               || memcmp(p, argument->start, argument->size))
                            : !take_argument(arguments, *t, p, end)) {
            return false;
        }
        p += argument->size;
    }
    return p == end;
}

void
phrase_encode(struct ds *out, const char *text, size_t size)
{
    struct arguments arguments;

    for (size_t i = 0; i < n_phrases; i++) {
        if (!says(&phrases[i], text, size, &arguments)) {
            continue;
        }
        ds_put_format(out, "%c%s(", PHRASE_SIGIL, phrases[i].name);
        for (size_t j = 0; j < arguments.n; j++) {
            ds_put_cstr(out, j ? ", " : "");
            ds_put_buffer(out, arguments.in_order[j]->start,
                          arguments.in_order[j]->size);
        }
        ds_put_char(out, ')');
        return;
    }
    if (size && text[0] == PHRASE_SIGIL) {
        ds_put_char(out, PHRASE_SIGIL);
    }
    ds_put_buffer(out, text, size);
}

/* ---- Decoding ---------------------------------------------------------- */

/* The phrase called name[0...size), or NULL. */
static const struct phrase *
find(const char *name, size_t size)
{
    for (size_t i = 0; i < n_phrases; i++) {
        if (strlen(phrases[i].name) == size
            && !memcmp(phrases[i].name, name, size)) {
            return &phrases[i];
        }
    }
    return NULL;
}

/* Appends what 'phrase' says with the arguments at 'p', up to and with the
 * ')' that has to be the last byte before 'end'. */
static bool
say(struct ds *out, const struct phrase *phrase, const char *p,
    const char *end)
{
    struct arguments arguments = { .n = 0 };

    for (const char *t = phrase->text; *t; t++) {
        if (*t != PHRASE_SIGIL) {
            ds_put_char(out, *t);
            continue;
        }
        struct argument *argument = argument_at(&arguments, *++t);

        if (!argument->start) {
            if (arguments.n) {
                if (end - p < 2 || memcmp(p, ", ", 2)) {
                    return false;
                }
                p += 2;
            }
            if (!take_argument(&arguments, *t, p, end)) {
                return false;
            }
            p += argument->size;
        }
        ds_put_buffer(out, argument->start, argument->size);
    }
    return end - p == 1 && *p == ')';
}

int
phrase_decode(struct ds *out, const char *text, size_t size, struct err *err)
{
    if (!size || text[0] != PHRASE_SIGIL) {
        ds_put_buffer(out, text, size);
        return 0;
    } else if (size > 1 && text[1] == PHRASE_SIGIL) {
        ds_put_buffer(out, text + 1, size - 1);
        return 0;
    }

    const char *name = text + 1, *end = text + size;
    const char *open = memchr(name, '(', end - name);
    size_t length = (open ? open : end) - name, old = out->length;
    const struct phrase *phrase = open ? find(name, length) : NULL;

    if (!phrase) {
        return err_put(err, -WEFT_E_INVALID, NULL,
                       "no phrase is called "
                       "\"%.*s\"",
                       (int) MIN(length, 40), name);
    } else if (!say(out, phrase, open + 1, end)) {
        ds_truncate(out, old);
        return err_put(err, -WEFT_E_INVALID, NULL,
                       "these are no arguments "
                       "of phrase \"%s\"",
                       phrase->name);
    }
    return 0;
}
