/* From bytes to one token: the inner half of the lexer, for lexer.c only. */
#ifndef WEFT_LFLOW_LEX_SCAN_H
#define WEFT_LFLOW_LEX_SCAN_H 1

#include "lflow/lexer.h"

/* Skips white space and comments from 'p' and scans one token before 'end'
 * into '*token' (all but 'column'), its text in 'texts'.  Stores where it
 * begins in '*start' and returns where it ends.  What is not well formed is
 * LEX_ERROR, with the message as text. */
const char *lex_scan(const char *p, const char *end,
                     struct lflow_arena *texts, struct token *token,
                     const char **start);

/* Scans an integer with an optional mask at 'p' (numbers and addresses).
 * The scanner's part in lex_number.c. */
const char *lex_scan_number(const char *p, const char *end,
                            struct lflow_arena *texts,
                            struct token *token);

/* Does a number start at 'p'? */
bool lex_is_number(const char *p, const char *end);

/* Scans a quoted string at 'p' (lex_string.c). */
const char *lex_scan_string(const char *p, const char *end,
                            struct lflow_arena *texts,
                            struct token *token);

/* Makes '*token' an error; for the functions above. */
void lex_set_error(struct token *token, struct lflow_arena *texts,
                   const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
