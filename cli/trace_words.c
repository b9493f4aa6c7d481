/* Lines of words: see trace_words.h. */
#include <config.h>

#include "cli/trace_words.h"

#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "svec.h"

/* Takes a quoted part, 'p' being behind the quote; returns what follows it,
 * or NULL if it isn't closed. */
static const char *
take_quoted(const char *p, char quote, struct ds *word)
{
    for (; *p && *p != quote; p++) {
        if (*p == '\\' && quote == '"' && (p[1] == '"' || p[1] == '\\')) {
            p++;
        }
        ds_put_char(word, *p);
    }
    return *p ? p + 1 : NULL;
}

/* Takes a word; returns what follows it, or NULL. */
static const char *
take_word(const char *p, struct ds *word)
{
    while (p && *p && !strchr(" \t\r\n", *p)) {
        if (*p == '\'' || *p == '"') {
            p = take_quoted(p + 1, *p, word);
        } else {
            p += *p == '\\' && p[1];
            ds_put_char(word, *p++);
        }
    }
    return p;
}

bool
trace_words_parse(const char *line, struct svec *words)
{
    struct svec found = SVEC_EMPTY_INITIALIZER;
    struct ds word = DS_EMPTY_INITIALIZER;
    const char *p = line + strspn(line, " \t\r\n");

    while (p && *p) {
        ds_clear(&word);
        p = take_word(p, &word);
        if (p) {
            svec_add(&found, ds_cstr(&word));
            p += strspn(p, " \t\r\n");
        }
    }
    if (p) {
        svec_append(words, &found);
    }
    svec_destroy(&found);
    ds_destroy(&word);
    return p != NULL;
}
