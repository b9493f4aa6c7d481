/* Answers that tell what went wrong: problem details (RFC 9457).
 *
 *     {"type":"about:blank","title":"Bad Request","status":400,
 *      "detail":"2 faults","errors":[{"field":"addresses[0]","message":"…"}]}
 */
#ifndef WEFT_API_PROBLEM_H
#define WEFT_API_PROBLEM_H 1

#include <jansson.h>

#include "lib/err.h"

struct schema_faults;

/* A problem with HTTP status 'status'; the caller owns it.  Whatever is not
 * UTF-8 in the text becomes '?'. */
json_t *problem_create(int status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Adds a fault to the problem's "errors". */
void problem_add_error(json_t *problem, const char *field,
                       const char *message);

/* The problem of a row that has 'faults' (one at least); the path of each
 * gets 'prefix' in front: "[2].row" and "tag" are "[2].row.tag". */
json_t *problem_from_faults(const struct schema_faults *faults,
                            const char *prefix);

/* The problem of an operation of the store that failed with 'error'. */
json_t *problem_from_store(int error, const struct err *err);

/* The HTTP status of 'problem'. */
int problem_status(const json_t *problem);

/* "Bad Request" for 400. */
const char *problem_title(int status);

/* 'text' as JSON, with '?' for bytes that are not UTF-8; never NULL. */
json_t *problem_text(const char *text);

/* "a" and "b" as "a.b", "a" and "[0]" as "a[0]"; empty parts vanish.  The
 * caller frees it. */
char *problem_path(const char *prefix, const char *path);

#endif
