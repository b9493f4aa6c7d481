/* What etcd's errors mean: see etcd_codec.h.
 *
 * The HTTP status differs between versions of the gateway and the text is
 * free, so the gRPC code decides first, then the message where one code
 * stands for several things.  What is not listed as harmless is taken to
 * have had an effect, perhaps. */
#include <config.h>

#include "store/etcd_codec.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "util.h"

/* https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
enum grpc_code {
    GRPC_UNTOLD = -1,           /* Of ours: there was no code. */
    GRPC_ANY = -2,              /* Of ours: in RULES. */
    GRPC_CANCELLED = 1,
    GRPC_UNKNOWN = 2,
    GRPC_INVALID_ARGUMENT = 3,
    GRPC_DEADLINE_EXCEEDED = 4,
    GRPC_NOT_FOUND = 5,
    GRPC_PERMISSION_DENIED = 7,
    GRPC_RESOURCE_EXHAUSTED = 8,
    GRPC_FAILED_PRECONDITION = 9,
    GRPC_OUT_OF_RANGE = 11,
    GRPC_INTERNAL = 13,
    GRPC_UNAVAILABLE = 14,
    GRPC_UNAUTHENTICATED = 16,
};

struct rule {
    int grpc_code;
    const char *text;           /* In the message; NULL: any. */
    int error;
    bool had_no_effect;
    bool token_refused;
    bool elsewhere;
};

/* The first that fits counts. */
static const struct rule RULES[] = {
    /* code, text, error, had_no_effect, token_refused, elsewhere */
    { GRPC_UNAUTHENTICATED, NULL, -WEFT_E_AUTH, true, true, false },
    { GRPC_INVALID_ARGUMENT, "user name is empty", -WEFT_E_AUTH, true, true,
      false },
    { GRPC_INVALID_ARGUMENT, "revision of auth store is old", -WEFT_E_AUTH,
      true, true, false },
    { GRPC_INVALID_ARGUMENT, "revision in header is old", -WEFT_E_AUTH,
      true, true, false },
    { GRPC_INVALID_ARGUMENT, "authentication failed", -WEFT_E_AUTH, true,
      false, false },
    { GRPC_INVALID_ARGUMENT, "too many operations", -WEFT_E_TOO_LARGE, true,
      false, false },
    { GRPC_INVALID_ARGUMENT, "too large", -WEFT_E_TOO_LARGE, true, false,
      false },
    { GRPC_INVALID_ARGUMENT, NULL, -WEFT_E_INVALID, true, false, false },
    { GRPC_PERMISSION_DENIED, NULL, -WEFT_E_DENIED, true, false, false },
    { GRPC_NOT_FOUND, NULL, -WEFT_E_NOT_FOUND, true, false, false },
    { GRPC_OUT_OF_RANGE, NULL, -WEFT_E_COMPACTED, true, false, false },
    { GRPC_RESOURCE_EXHAUSTED, "space exceeded", -WEFT_E_NO_SPACE, true,
      false, false },
    { GRPC_RESOURCE_EXHAUSTED, "too many requests", -WEFT_E_UNAVAILABLE, true,
      false, true },
    { GRPC_RESOURCE_EXHAUSTED, NULL, -WEFT_E_TOO_LARGE, true, false, false },
    /* Refused before anything was proposed. */
    { GRPC_UNAVAILABLE, "no leader", -WEFT_E_UNAVAILABLE, true, false, true },
    { GRPC_UNAVAILABLE, "error while dialing", -WEFT_E_UNAVAILABLE, true,
      false, true },
    { GRPC_UNAVAILABLE, "SubConns are in TransientFailure",
      -WEFT_E_UNAVAILABLE, true, false, true },
    { GRPC_ANY, "raft proposal dropped", -WEFT_E_UNAVAILABLE, true, false,
      true },
    { GRPC_FAILED_PRECONDITION, NULL, -WEFT_E_INVALID, true, false, false },
    /* These may come when it was done already. */
    { GRPC_UNAVAILABLE, NULL, -WEFT_E_UNAVAILABLE, false, false, true },
    { GRPC_DEADLINE_EXCEEDED, NULL, -WEFT_E_TIMEOUT, false, false, true },
    { GRPC_ANY, NULL, -WEFT_E_UNAVAILABLE, false, false, true },
};

static int
code_of(const json_t *json, const char *name)
{
    const json_t *code = json_object_get(json, name);

    return json_is_integer(code) ? json_integer_value(code) : GRPC_UNTOLD;
}

/* Takes code and message out of {"error":TEXT,"code":N,"message":TEXT} or
 * {"error":{"grpc_code"|"code":N,"message":TEXT}}. */
static void
take_apart(const json_t *json, struct codec_error *error)
{
    const json_t *inner = json_object_get(json, "error");
    const json_t *message;

    if (json_is_object(inner)) {
        json = inner;
    }
    error->grpc_code = code_of(json, "grpc_code");
    if (error->grpc_code == GRPC_UNTOLD) {
        error->grpc_code = code_of(json, "code");
    }
    message = json_object_get(json, "message");
    if (!json_is_string(message)) {
        message = json_is_string(inner) ? inner
                  : json_object_get(json, "error");
    }
    if (json_is_string(message)) {
        snprintf(error->message, sizeof error->message, "%s",
                 json_string_value(message));
    }
}

/* What the gateway refuses by itself has a status only. */
static int
code_of_status(int http_status)
{
    switch (http_status) {
    case 400: return GRPC_INVALID_ARGUMENT;
    case 401: return GRPC_UNAUTHENTICATED;
    case 403: return GRPC_PERMISSION_DENIED;
    case 413: return GRPC_RESOURCE_EXHAUSTED;
    default: return GRPC_UNTOLD;
    }
}

/* Length of the first line of 'text', at most 100. */
static size_t
line_length(const char *text, size_t size)
{
    size_t n = 0;

    while (n < MIN(size, 100) && (unsigned char) text[n] >= ' ') {
        n++;
    }
    return n;
}

/* What code and message of 'error' mean. */
static void
apply_rules(struct codec_error *error)
{
    const struct rule *rule = RULES;

    /* The last rule fits always. */
    while ((rule->grpc_code != GRPC_ANY
            && rule->grpc_code != error->grpc_code)
           || (rule->text && !strcasestr(error->message, rule->text))) {
        rule++;
    }
    error->error = rule->error;
    error->had_no_effect = rule->had_no_effect;
    error->token_refused = rule->token_refused;
    error->elsewhere = rule->elsewhere;
}

void
codec_get_error(const char *body, size_t size, int http_status,
                struct codec_error *error)
{
    json_t *json = json_loadb(body, size, 0, NULL);

    memset(error, 0, sizeof *error);
    error->grpc_code = GRPC_UNTOLD;
    if (json_is_object(json)) {
        take_apart(json, error);
    }
    json_decref(json);
    if (!error->message[0]) {
        snprintf(error->message, sizeof error->message, "HTTP status %d: %.*s",
                 http_status, (int) line_length(body, size), body);
    }
    if (error->grpc_code == GRPC_UNTOLD) {
        error->grpc_code = code_of_status(http_status);
    }
    apply_rules(error);
}

void
codec_get_status(int code, const char *message, struct codec_error *error)
{
    memset(error, 0, sizeof *error);
    error->grpc_code = code;
    snprintf(error->message, sizeof error->message, "%s", message);
    if (!error->message[0]) {
        snprintf(error->message, sizeof error->message, "gRPC status %d",
                 code);
    }
    apply_rules(error);
}
