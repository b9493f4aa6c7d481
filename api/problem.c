/* Problem details: see problem.h. */
#include <config.h>

#include "api/problem.h"

#include <stdarg.h>
#include <stdlib.h>

#include "schemas/schema.h"
#include "util.h"

/* HTTP status, title (RFC 9110). */
#define TITLES                                          \
    TITLE(400, "Bad Request")                           \
    TITLE(401, "Unauthorized")                          \
    TITLE(403, "Forbidden")                             \
    TITLE(404, "Not Found")                             \
    TITLE(405, "Method Not Allowed")                    \
    TITLE(409, "Conflict")                              \
    TITLE(410, "Gone")                                  \
    TITLE(412, "Precondition Failed")                   \
    TITLE(413, "Content Too Large")                     \
    TITLE(415, "Unsupported Media Type")                \
    TITLE(500, "Internal Server Error")                 \
    TITLE(503, "Service Unavailable")                   \
    TITLE(504, "Gateway Timeout")                       \
    TITLE(507, "Insufficient Storage")

const char *
problem_title(int status)
{
    switch (status) {
#define TITLE(STATUS, TEXT) case STATUS: return TEXT;
    TITLES
#undef TITLE
    default: return "Error";
    }
}

json_t *
problem_text(const char *text)
{
    json_t *json = json_string(text);

    if (!json) {
        char *copy = xstrdup(text);

        for (char *p = copy; *p; p++) {
            if ((unsigned char) *p >= 0x80) {
                *p = '?';
            }
        }
        json = json_string(copy);
        free(copy);
    }
    return json;
}

json_t *
problem_create(int status, const char *format, ...)
{
    json_t *problem = json_object();
    va_list args;
    char *detail;

    va_start(args, format);
    detail = xvasprintf(format, args);
    va_end(args);
    json_object_set_new(problem, "type", json_string("about:blank"));
    json_object_set_new(problem, "title", json_string(problem_title(status)));
    json_object_set_new(problem, "status", json_integer(status));
    json_object_set_new(problem, "detail", problem_text(detail));
    free(detail);
    return problem;
}

void
problem_add_error(json_t *problem, const char *field, const char *message)
{
    json_t *errors = json_object_get(problem, "errors");
    json_t *error = json_object();

    if (!errors) {
        errors = json_array();
        json_object_set_new(problem, "errors", errors);
    }
    json_object_set_new(error, "field", problem_text(field));
    json_object_set_new(error, "message", problem_text(message));
    json_array_append_new(errors, error);
}

char *
problem_path(const char *prefix, const char *path)
{
    return xasprintf("%s%s%s", prefix,
                     prefix[0] && path[0] && path[0] != '[' ? "." : "", path);
}

json_t *
problem_from_faults(const struct schema_faults *faults, const char *prefix)
{
    bool too_large = faults->code == -WEFT_E_TOO_LARGE;
    char *first = problem_path(prefix, faults->items[0].path);
    json_t *problem = problem_create(
        too_large ? 413 : 400, "%s%s%s%s", first, first[0] ? ": " : "",
        faults->items[0].message,
        faults->n > 1 ? "; there are more faults, see \"errors\"" : "");

    free(first);
    for (size_t i = 0; i < faults->n; i++) {
        char *path = problem_path(prefix, faults->items[i].path);

        problem_add_error(problem, path, faults->items[i].message);
        free(path);
    }
    return problem;
}

/* HTTP status of a store's error. */
static int
status_from_error(int error)
{
    switch (-error) {
    case WEFT_E_UNAVAILABLE:
    case WEFT_E_TIMEOUT:
    case WEFT_E_AUTH: return 503;
    case WEFT_E_TOO_LARGE: return 413;
    case WEFT_E_COMPACTED: return 410;
    case WEFT_E_NO_SPACE: return 507;
    default: return 500;
    }
}

json_t *
problem_from_store(int error, const struct err *err)
{
    char *text = err && err->code ? err_to_string(err)
                                  : xstrdup(err_text(error));
    json_t *problem;

    if (error == -WEFT_E_UNKNOWN) {
        problem = problem_create(500, "etcd did not say whether the change "
                                 "was made: read before trying again (%s)",
                                 text);
    } else {
        problem = problem_create(status_from_error(error), "etcd: %s", text);
    }
    free(text);
    return problem;
}

int
problem_status(const json_t *problem)
{
    return json_integer_value(json_object_get(problem, "status"));
}
