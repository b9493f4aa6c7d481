/* Answers of etcd's gRPC-gateway: see etcd_codec.h.  The gateway writes int64
 * as strings and leaves out what is zero, false or empty; all decoding goes
 * through the few get_*() functions that know this. */
#include <config.h>

#include "store/etcd_codec.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "store/base64.h"
#include "util.h"

static int
fault(struct err *err, const char *what)
{
    return err_put(err, -WEFT_E_PROTOCOL, NULL, "etcd's answer: bad %s", what);
}

static int
parse(const char *body, size_t size, json_t **jsonp, struct err *err)
{
    json_error_t error;
    json_t *json = json_loadb(body, size, JSON_ALLOW_NUL, &error);

    if (!json) {
        return err_put(err, -WEFT_E_PROTOCOL, NULL, "etcd's answer: %s",
                       error.text);
    } else if (!json_is_object(json)) {
        json_decref(json);
        return fault(err, "type");
    }
    *jsonp = json;
    return 0;
}

/* ---- Fields ----------------------------------------------------------- */

static int
get_decimal(const char *text, bool is_signed, int64_t *value)
{
    unsigned long long u;
    char *end;

    /* strtoull() would take space and signs, and negate. */
    if (!(text[0] >= '0' && text[0] <= '9')
        && !(is_signed && text[0] == '-')) {
        return -WEFT_E_PROTOCOL;
    }
    errno = 0;
    if (is_signed) {
        *value = strtoll(text, &end, 10);
    } else {
        u = strtoull(text, &end, 10);
        *value = (int64_t) u;
    }
    return errno || *end || end == text ? -WEFT_E_PROTOCOL : 0;
}

/* An integer, as number or string; 0 if it is not there. */
static int
get_int(const json_t *object, const char *name, bool is_signed,
        int64_t *value, struct err *err)
{
    const json_t *json = json_object_get(object, name);
    int error = 0;

    *value = 0;
    if (json_is_integer(json)) {
        *value = json_integer_value(json);
    } else if (json_is_string(json)) {
        error = get_decimal(json_string_value(json), is_signed, value);
    } else if (json && !json_is_null(json)) {
        error = -WEFT_E_PROTOCOL;
    }
    return error ? fault(err, name) : 0;
}

static int
get_int64(const json_t *object, const char *name, int64_t *value,
          struct err *err)
{
    return get_int(object, name, true, value, err);
}

static int
get_uint64(const json_t *object, const char *name, uint64_t *value,
           struct err *err)
{
    int64_t i = 0;
    int error = get_int(object, name, false, &i, err);

    *value = (uint64_t) i;
    return error;
}

static int
get_bool(const json_t *object, const char *name, bool *value, struct err *err)
{
    const json_t *json = json_object_get(object, name);

    *value = json_is_true(json);
    return !json || json_is_boolean(json) || json_is_null(json)
           ? 0 : fault(err, name);
}

/* Text into 'arena'; "" if it is not there. */
static int
get_text(const json_t *object, const char *name, struct arena *arena,
         const char **value, struct err *err)
{
    const json_t *json = json_object_get(object, name);
    size_t size = json_string_length(json);
    char *text;

    if (json && !json_is_null(json) && !json_is_string(json)) {
        return fault(err, name);
    }
    text = arena_alloc(arena, size + 1);
    memcpy(text, size ? json_string_value(json) : "", size);
    text[size] = '\0';
    *value = text;
    return 0;
}

/* Base64 into 'arena'; empty if it is not there. */
static int
get_bytes(const json_t *object, const char *name, struct arena *arena,
          struct store_bytes *value, struct err *err)
{
    const json_t *json = json_object_get(object, name);
    size_t length = json_string_length(json), size;
    char *bytes;

    *value = (struct store_bytes) { "", 0 };
    if (!json || json_is_null(json) || (json_is_string(json) && !length)) {
        return 0;
    } else if (!json_is_string(json)) {
        return fault(err, name);
    }
    bytes = arena_alloc(arena, base64_decoded_size(length) + 1);
    size = base64_decode(json_string_value(json), length, bytes);
    if (size == (size_t) -1) {
        return fault(err, name);
    }
    bytes[size] = '\0';
    *value = (struct store_bytes) { bytes, size };
    return 0;
}

/* An array; NULL and 0 elements if it is not there. */
static int
get_array(const json_t *object, const char *name, const json_t **array,
          size_t *n, struct err *err)
{
    const json_t *json = json_object_get(object, name);

    *array = json;
    *n = json_array_size(json);
    return !json || json_is_null(json) || json_is_array(json)
           ? 0 : fault(err, name);
}

static int
get_header(const json_t *object, struct store_header *header, struct err *err)
{
    const json_t *json = json_object_get(object, "header");
    int error;

    memset(header, 0, sizeof *header);
    if (!json_is_object(json)) {
        return fault(err, "header");
    }
    error = get_uint64(json, "cluster_id", &header->cluster_id, err);
    error = error ? error : get_uint64(json, "raft_term", &header->raft_term,
                                       err);
    return error ? error : get_int64(json, "revision", &header->revision,
                                     err);
}

static int
get_kv(const json_t *json, struct arena *arena, struct store_kv *kv,
       struct err *err)
{
    int error;

    if (!json_is_object(json)) {
        return fault(err, "kv");
    }
    error = get_bytes(json, "key", arena, &kv->key, err);
    error = error ? error : get_bytes(json, "value", arena, &kv->value, err);
    error = error ? error : get_int64(json, "create_revision",
                                      &kv->create_revision, err);
    error = error ? error : get_int64(json, "mod_revision",
                                      &kv->mod_revision, err);
    error = error ? error : get_int64(json, "version", &kv->version, err);
    return error ? error : get_int64(json, "lease", &kv->lease, err);
}

/* ---- Ranges and transactions ------------------------------------------ */

static int
get_range_body(const json_t *json, struct arena *arena,
               struct store_range_result *result, struct err *err)
{
    const json_t *array;
    struct store_kv *kvs;
    int error;

    memset(result, 0, sizeof *result);
    error = get_array(json, "kvs", &array, &result->n_kvs, err);
    error = error ? error : get_int64(json, "count", &result->count, err);
    error = error ? error : get_bool(json, "more", &result->more, err);
    kvs = arena_alloc(arena, (result->n_kvs + 1) * sizeof *kvs);
    for (size_t i = 0; i < result->n_kvs && !error; i++) {
        error = get_kv(json_array_get(array, i), arena, &kvs[i], err);
    }
    result->kvs = kvs;
    return error;
}

int
codec_get_range(const char *body, size_t size, struct arena *arena,
                struct store_header *header,
                struct store_range_result *result, struct err *err)
{
    json_t *json = NULL;
    int error = parse(body, size, &json, err);

    error = error ? error : get_header(json, header, err);
    error = error ? error : get_range_body(json, arena, result, err);
    if (!error) {
        result->revision = header->revision;
    }
    json_decref(json);
    return error;
}

/* One element of a transaction's responses. */
static int
get_response(const json_t *json, struct arena *arena,
             struct store_txn_result *result,
             struct store_range_result *gets, struct err *err)
{
    const json_t *range = json_object_get(json, "response_range");
    const json_t *delete = json_object_get(json, "response_delete_range");
    int64_t n_deleted = 0;
    int error = 0;

    if (!json_is_object(json)) {
        error = fault(err, "responses");
    } else if (range) {
        error = get_range_body(range, arena, &gets[result->n_gets], err);
        gets[result->n_gets++].revision = result->revision;
    } else if (delete) {
        error = get_int64(delete, "deleted", &n_deleted, err);
        result->n_deleted += n_deleted;
    }
    return error;
}

int
codec_get_txn(const char *body, size_t size, struct arena *arena,
              struct store_header *header, struct store_txn_result *result,
              struct err *err)
{
    struct store_range_result *gets;
    const json_t *responses = NULL;
    json_t *json = NULL;
    size_t n = 0;
    int error;

    memset(result, 0, sizeof *result);
    error = parse(body, size, &json, err);
    error = error ? error : get_header(json, header, err);
    error = error ? error : get_bool(json, "succeeded", &result->succeeded,
                                     err);
    error = error ? error : get_array(json, "responses", &responses, &n, err);
    if (!error) {
        result->revision = header->revision;
        result->gets = gets = arena_alloc(arena, (n + 1) * sizeof *gets);
        for (size_t i = 0; i < n && !error; i++) {
            error = get_response(json_array_get(responses, i), arena, result,
                                 gets, err);
        }
    }
    json_decref(json);
    return error;
}

/* ---- Leases and tokens ------------------------------------------------ */

int
codec_get_lease(const char *body, size_t size, struct store_header *header,
                int64_t *id, int64_t *ttl_s, struct codec_error *failure,
                struct err *err)
{
    json_t *json = NULL, *result;
    int error = parse(body, size, &json, err);

    failure->error = 0;
    if (!error && json_object_get(json, "error")) {
        codec_get_error(body, size, 200, failure);
        json_decref(json);
        return 0;
    }
    /* A keep-alive is a stream: its answers have a shell. */
    result = json_object_get(json, "result");
    result = result ? result : json;
    error = error ? error : get_header(result, header, err);
    error = error ? error : get_int64(result, "ID", id, err);
    error = error ? error : get_int64(result, "TTL", ttl_s, err);
    json_decref(json);
    return error;
}

int
codec_get_token(const char *body, size_t size, struct arena *arena,
                const char **tokenp, struct err *err)
{
    json_t *json = NULL;
    int error = parse(body, size, &json, err);

    error = error ? error : get_text(json, "token", arena, tokenp, err);
    if (!error && !(*tokenp)[0]) {
        error = fault(err, "token");
    }
    /* It becomes a header. */
    for (size_t i = 0; !error && (*tokenp)[i]; i++) {
        if ((*tokenp)[i] <= ' ' || (*tokenp)[i] == 0x7f) {
            error = fault(err, "token");
        }
    }
    json_decref(json);
    return error;
}

/* ---- Watches ---------------------------------------------------------- */

static int
get_event(const json_t *json, struct arena *arena, struct store_event *event,
          struct err *err)
{
    const json_t *type = json_object_get(json, "type");
    int error;

    error = get_kv(json_object_get(json, "kv"), arena, &event->kv, err);
    if (!error) {
        event->type = STORE_EVENT_PUT;
        if (json_is_integer(type) ? json_integer_value(type) == 1
            : json_is_string(type)
              && !strcmp(json_string_value(type), "DELETE")) {
            event->type = STORE_EVENT_DELETE;
        } else if (type && !json_is_integer(type)
                   && (!json_is_string(type)
                       || strcmp(json_string_value(type), "PUT"))) {
            error = fault(err, "type");
        }
    }
    return error;
}

static int
get_watch_result(const json_t *json, struct arena *arena,
                 struct codec_watch *watch, struct err *err)
{
    struct store_event *events;
    const json_t *array = NULL;
    int error;

    error = get_header(json, &watch->header, err);
    error = error ? error : get_int64(json, "watch_id", &watch->watch_id,
                                      err);
    error = error ? error : get_bool(json, "created", &watch->created, err);
    error = error ? error : get_bool(json, "canceled", &watch->canceled, err);
    error = error ? error : get_int64(json, "compact_revision",
                                      &watch->compact_revision, err);
    error = error ? error : get_text(json, "cancel_reason", arena,
                                     &watch->cancel_reason, err);
    error = error ? error : get_array(json, "events", &array,
                                      &watch->n_events, err);
    if (!error) {
        events = arena_alloc(arena, (watch->n_events + 1) * sizeof *events);
        for (size_t i = 0; i < watch->n_events && !error; i++) {
            error = get_event(json_array_get(array, i), arena, &events[i],
                              err);
        }
        watch->events = events;
    }
    return error;
}

int
codec_get_watch(const char *line, size_t size, struct arena *arena,
                struct codec_watch *watch, struct err *err)
{
    json_t *json = NULL;
    int error = parse(line, size, &json, err);

    memset(watch, 0, sizeof *watch);
    watch->cancel_reason = "";
    if (!error && json_object_get(json, "error")) {
        watch->failed = true;
        codec_get_error(line, size, 200, &watch->error);
    } else if (!error) {
        const json_t *result = json_object_get(json, "result");

        error = json_is_object(result)
                ? get_watch_result(result, arena, watch, err)
                : fault(err, "result");
    }
    json_decref(json);
    return error;
}

/* ---- The interface ---------------------------------------------------- */

const struct codec codec_json = {
    .range_path = "/v3/kv/range",
    .txn_path = "/v3/kv/txn",
    .watch_path = "/v3/watch",
    .put_range = codec_put_range,
    .put_txn = codec_put_txn,
    .put_watch_create = codec_put_watch_create,
    .put_watch_cancel = codec_put_watch_cancel,
    .put_watch_progress = codec_put_watch_progress,
    .get_range = codec_get_range,
    .get_txn = codec_get_txn,
    .get_watch = codec_get_watch,
};
