/* Lines of words, as a shell takes them. */
#ifndef WEFT_CLI_TRACE_WORDS_H
#define WEFT_CLI_TRACE_WORDS_H 1

#include <stdbool.h>

struct svec;

/* Appends the words of 'line' to 'words': separated by blanks, with quotes as
 * in sh(1): '...' as it is; in "..." a backslash takes the special meaning
 * from '"' and '\'; outside of both from any character.  False, with nothing
 * appended, where a quote isn't closed. */
bool trace_words_parse(const char *line, struct svec *words);

#endif
