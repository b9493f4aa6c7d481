/* Words as a shell has them. */
#include <config.h>

#include "cli/words.h"

#include <string.h>

#include "openvswitch/dynamic-string.h"

/* Appends what is between the quotes at 's' to 'word'. Returns what follows,
 * or NULL if there is no end. */
static const char *
take_quoted(const char *s, struct ds *word)
{
    char quote = *s++;

    for (; *s && *s != quote; s++) {
        if (quote == '"' && *s == '\\' && (s[1] == '"' || s[1] == '\\')) {
            s++;
        }
        ds_put_char(word, *s);
    }
    return *s ? s + 1 : NULL;
}

/* The word at 's'; the same results. */
static const char *
take_word(const char *s, struct ds *word)
{
    while (s && *s && !strchr(" \t\r\n", *s)) {
        if (*s == '\'' || *s == '"') {
            s = take_quoted(s, word);
        } else {
            s += *s == '\\' && s[1];
            ds_put_char(word, *s++);
        }
    }
    return s;
}

const char *
words_parse(const char *line, struct svec *words)
{
    for (;;) {
        struct ds word = DS_EMPTY_INITIALIZER;

        line += strspn(line, " \t\r\n");
        if (!*line || *line == '#') {
            return NULL;
        }
        line = take_word(line, &word);
        if (!line) {
            ds_destroy(&word);
            return "a quote is not closed";
        }
        svec_add(words, ds_cstr(&word));
        ds_destroy(&word);
    }
}
