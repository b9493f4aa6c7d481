/* A line cut in words as a shell does. */
#ifndef WEFT_CLI_WORDS_H
#define WEFT_CLI_WORDS_H 1

#include "svec.h"

/* Appends the words of 'line' to 'words': apart by spaces; '...' is taken as
 * it is, within "..." a backslash makes '"' and itself ordinary, outside
 * anything; '#' begins a comment where a word could begin. There are no
 * variables. Returns NULL, or a static message: a quote is not closed. */
const char *words_parse(const char *line, struct svec *words);

#endif
