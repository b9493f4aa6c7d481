/* Moments of the store's past, as a person names them: a revision or a
 * time.  etcd keeps no times; the translator writes them into sb/clock
 * (translator/clock.h), and etcd keeps that key's history. */
#ifndef WEFT_CLI_MOMENT_H
#define WEFT_CLI_MOMENT_H 1

#include <stdint.h>

#include "lib/err.h"

struct store;

/* A moment is a number: a revision if it is positive, now if it is 0, the
 * negative of a time in milliseconds since 1970 otherwise. */

/* Examples of what moment_parse() takes. */
#define MOMENT_SYNTAX \
    "1200, now-10m, \"2026-11-27 12:30\", with Z: UTC"

/* Reads 'text': "1200"; "now"; "now-90s", m, h, d: as long before 'now_ms';
 * "2026-11-27 12:30[:15][Z]", also with a 'T', local without Z.  Returns
 * NULL, or a message that the caller frees; '*moment' is untouched then. */
char *moment_parse(const char *text, int64_t now_ms, int64_t *moment);

/* Makes a revision of '*moment', unless it is one or now: that of the last
 * sb/clock that is not later.  What changed between that and the time asked
 * for is not seen: at most some 10 s.  Errors: -WEFT_E_INVALID, the time is
 * still to come; -WEFT_E_COMPACTED, older than what etcd has;
 * -WEFT_E_NOT_FOUND, no translator ever wrote the time; the store's. */
int moment_resolve(struct store *store, const char *prefix, int64_t *moment,
                   struct err *err);

#endif
