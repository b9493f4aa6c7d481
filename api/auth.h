/* Who may do what: bearer tokens (RFC 6750) from a file.
 *
 * Each line of the file is "TOKEN ROLE", ROLE being "admin" (everything) or
 * "read" (GET); empty lines and those that begin with '#' are ignored.  In
 * memory are only SHA-256 digests, which are compared in constant time. */
#ifndef WEFT_API_AUTH_H
#define WEFT_API_AUTH_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

enum role { ROLE_NONE, ROLE_READ, ROLE_ADMIN };

/* More tokens than this are refused. */
#define AUTH_MAX_TOKENS 1000

struct auth;

/* Reads 'token_file' (copied); NULL: everybody is ROLE_ADMIN.  Returns 0, a
 * negative errno, or -WEFT_E_INVALID with the line at fault in 'err'. */
int auth_create(const char *token_file, struct auth **authp,
                struct err *err);
void auth_destroy(struct auth *auth);           /* NULL is ignored. */

/* Reads the file again if it has changed ('now_ms', a monotonic clock: looks
 * at it at most once a second), or if 'force'.  On failure, which is told,
 * the tokens stay as they are. */
int auth_reload(struct auth *auth, uint64_t now_ms, bool force,
                struct err *err);

/* The role of a request with this Authorization header (may be NULL). */
enum role auth_role(const struct auth *auth, const char *authorization);

#endif
