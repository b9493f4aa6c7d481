/* Error values: see err.h. */
#include <config.h>

#include "lib/err.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

int
err_put_valist(struct err *err, int code, const char *field,
               const char *format, va_list args)
{
    if (err && !err->code) {
        err->code = code;
        err->field = nullable_xstrdup(field);
        err->message = xvasprintf(format, args);
    }
    return code;
}

int
err_put(struct err *err, int code, const char *field,
        const char *format, ...)
{
    va_list args;

    va_start(args, format);
    err_put_valist(err, code, field, format, args);
    va_end(args);
    return code;
}

void
err_clear(struct err *err)
{
    free(err->field);
    free(err->message);
    *err = (struct err) ERR_INIT;
}

char *
err_to_string(const struct err *err)
{
    const char *message = err->message ? err->message : err_text(err->code);

    return err->field && err->field[0]
           ? xasprintf("%s: %s", err->field, message)
           : xstrdup(message);
}

const char *
err_text(int code)
{
    switch (-code) {
#define ERROR(NAME, NUMBER, TEXT) case NUMBER: return TEXT;
    WEFT_ERRORS
#undef ERROR
    case 0:
        return "no error";
    default:
        return code < 0 && code > -4096 ? ovs_strerror(-code)
                                        : "unknown error";
    }
}
