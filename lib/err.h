/* Errors as Weft passes them: a negative code and, when a person will read
 * it, a message that names the field at fault.
 *
 * A function that can fail returns 0 or a negative code: a negative errno
 * value, or one of WEFT_E* below, which lie outside errno's range.  Where a
 * message is of use the function also takes a 'struct err *', which may be
 * NULL and is written only on failure. */
#ifndef WEFT_LIB_ERR_H
#define WEFT_LIB_ERR_H 1

#include <stdarg.h>
#include <stdbool.h>

/* name, number, text: what the number means to a person. */
#define WEFT_ERRORS                                                     \
    ERROR(INVALID,     4097, "invalid value")                           \
    ERROR(NOT_FOUND,   4098, "not found")                               \
    ERROR(EXISTS,      4099, "already exists")                          \
    ERROR(CONFLICT,    4100, "changed by somebody else meanwhile")      \
    ERROR(DENIED,      4101, "permission denied")                       \
    ERROR(AUTH,        4102, "authentication failed")                   \
    ERROR(UNAVAILABLE, 4103, "not available now")                       \
    ERROR(TIMEOUT,     4104, "timed out")                               \
    ERROR(UNKNOWN,     4105, "outcome unknown")                         \
    ERROR(TOO_LARGE,   4106, "too large")                               \
    ERROR(COMPACTED,   4107, "revision has been compacted")             \
    ERROR(PROTOCOL,    4108, "the peer broke the protocol")             \
    ERROR(CANCELLED,   4109, "cancelled")                               \
    ERROR(NO_SPACE,    4110, "the store is full")                       \
    ERROR(UNSUPPORTED, 4111, "not supported")

enum {
#define ERROR(NAME, NUMBER, TEXT) WEFT_E_##NAME = NUMBER,
    WEFT_ERRORS
#undef ERROR
};

/* A failure, owned by the caller; start from ERR_INIT, end with err_clear().
 * err_put() on an err that is set keeps the first failure. */
struct err {
    int code;           /* 0 when not set, otherwise negative. */
    char *field;        /* Path of the field at fault ("addresses[0]"), or
                         * NULL where no field is. */
    char *message;      /* One sentence without a final full stop. */
};
#define ERR_INIT { 0, NULL, NULL }

/* Records 'code' (negative) with 'field' (copied, may be NULL) and a message
 * in 'err' (may be NULL; left alone when it holds a failure already).
 * Returns 'code', so that "return err_put(...)" reads well. */
int err_put(struct err *err, int code, const char *field,
            const char *format, ...)
    __attribute__((format(printf, 4, 5)));
int err_put_valist(struct err *err, int code, const char *field,
                   const char *format, va_list args)
    __attribute__((format(printf, 4, 0)));

/* Frees what 'err' holds and makes it ERR_INIT again. */
void err_clear(struct err *err);

/* "field: message", or the message alone, or err_text() of the code: never
 * NULL.  The caller frees it. */
char *err_to_string(const struct err *err);

/* Text for a negative code, errno's own included; a static string. */
const char *err_text(int code);

#endif
