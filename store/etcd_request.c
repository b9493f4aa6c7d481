/* Requests to etcd: sent, retried elsewhere while that is sound, decoded.
 *
 * A request ends when it is answered, when its time is over, or, if it
 * writes, when it is not certain any more that it had no effect.  Attempts go
 * to one end point after the other without a pause; a round that reached
 * nobody is followed by a jittered pause. */
#include <config.h>

#include <string.h>

#include "store/etcd.h"
#include "util.h"

enum { RETRY_FIRST_MS = 20, RETRY_MAX_MS = 1000, MAX_TOKENS = 3 };

struct etcd_request;

/* Decodes an answer with status 200 and calls back.  Returns 0, or a
 * negative code when nothing was called: with 'err' set when it could not be
 * decoded, or with 'refusal' set when it is a refusal all the same. */
typedef int finish_func(struct etcd_request *, const char *body, size_t size,
                        struct codec_error *refusal, struct err *);

struct etcd_request {
    struct store_op up;
    struct store_etcd *etcd;
    const char *path;           /* A literal. */
    char *body;
    size_t size;
    bool is_write;
    uint64_t deadline_ms;

    struct auth_waiter waiter;
    struct http_request *http;  /* Under way, to */
    size_t endpoint;            /* this one, with */
    unsigned int n_tokens;      /* this token. */
    struct alarm *alarm;        /* Until the next attempt. */
    unsigned int n_attempts;
    unsigned int n_refused_tokens;
    bool was_sent;              /* Somebody may have seen it. */

    finish_func *finish;
    int64_t revision;           /* Asked for, or 0. */
    union {
        store_range_cb *range;
        store_txn_cb *txn;
        lease_reply_cb *lease;
    } cb;
    void *aux;
};

static void attempt(void *request_);

static void
free_request(struct etcd_request *request)
{
    ovs_list_remove(&request->waiter.node);
    alarm_destroy(request->alarm);
    free(request->body);
    free(request);
}

static void
cancel(struct store_op *op)
{
    struct etcd_request *request = CONTAINER_OF(op, struct etcd_request, up);

    if (request->http) {
        http_cancel(request->http);
    }
    free_request(request);
}

/* ---- The end of a request --------------------------------------------- */

static int
finish_range(struct etcd_request *request, const char *body, size_t size,
             struct codec_error *refusal, struct err *err)
{
    struct store_range_result result;
    struct arena arena = ARENA_INIT;
    struct store_header header;
    int error = codec_get_range(body, size, &arena, &header, &result, err);

    if (!error) {
        store_note_header(&request->etcd->up, &header);
        if (request->revision) {
            result.revision = request->revision;
        }
        request->cb.range(0, NULL, &result, request->aux);
    }
    arena_clear(&arena);
    return error;
}

static int
finish_txn(struct etcd_request *request, const char *body, size_t size,
           struct codec_error *refusal, struct err *err)
{
    struct store_txn_result result;
    struct arena arena = ARENA_INIT;
    struct store_header header;
    int error = codec_get_txn(body, size, &arena, &header, &result, err);

    if (!error) {
        store_note_header(&request->etcd->up, &header);
        request->cb.txn(0, NULL, &result, request->aux);
    }
    arena_clear(&arena);
    return error;
}

static int
finish_lease(struct etcd_request *request, const char *body, size_t size,
             struct codec_error *refusal, struct err *err)
{
    struct store_header header;
    int64_t id, ttl_s;
    int error = codec_get_lease(body, size, &header, &id, &ttl_s, refusal,
                                err);

    if (!error && refusal->error) {
        error = refusal->error;
    } else if (!error) {
        store_note_header(&request->etcd->up, &header);
        request->cb.lease(0, id, ttl_s, request->aux);
    }
    return error;
}

static void
fail(struct etcd_request *request, int error, const struct err *err)
{
    ovs_list_remove(&request->up.node);
    if (request->finish == finish_range) {
        request->cb.range(error, err, NULL, request->aux);
    } else if (request->finish == finish_txn) {
        request->cb.txn(error, err, NULL, request->aux);
    } else {
        request->cb.lease(error, 0, 0, request->aux);
    }
    free_request(request);
}

/* ---- Attempts --------------------------------------------------------- */

/* An attempt came to nothing; 'had_no_effect' if that is certain. */
static void
again(struct etcd_request *request, int error, bool had_no_effect,
      const char *message)
{
    struct store_etcd *etcd = request->etcd;
    uint64_t now_ms = etcd_now_ms(), delay_ms = 0;
    struct err err = ERR_INIT;

    if (request->n_attempts >= etcd->n_endpoints) {
        delay_ms = alarm_backoff_ms(
            request->n_attempts - etcd->n_endpoints + 1, RETRY_FIRST_MS,
            RETRY_MAX_MS);
    }
    request->was_sent |= !had_no_effect;
    if (request->is_write && !had_no_effect) {
        err_put(&err, -WEFT_E_UNKNOWN, NULL, "%s: %s",
                etcd->endpoints[request->endpoint].url, message);
    } else if (now_ms + delay_ms >= request->deadline_ms) {
        err_put(&err, error == -WEFT_E_AUTH ? error
                      : request->was_sent ? -WEFT_E_TIMEOUT
                      : -WEFT_E_UNAVAILABLE, NULL, "%s: %s",
                etcd->endpoints[request->endpoint].url, message);
    } else {
        alarm_start(request->alarm, delay_ms);
        return;
    }
    fail(request, err.code, &err);
    err_clear(&err);
}

/* etcd refused the request. */
static void
on_refused(struct etcd_request *request, const struct codec_error *refusal)
{
    struct store_etcd *etcd = request->etcd;
    struct err err = ERR_INIT;

    if (refusal->token_refused && etcd->user
        && request->n_refused_tokens++ < MAX_TOKENS) {
        etcd_auth_refused(etcd, request->n_tokens);
        attempt(request);
    } else if (refusal->elsewhere) {
        etcd_failed(etcd, request->endpoint);
        again(request, refusal->error, refusal->had_no_effect,
              refusal->message);
    } else {
        err_put(&err, refusal->error, NULL, "%s", refusal->message);
        fail(request, err.code, &err);
        err_clear(&err);
    }
}

static void
on_answer(struct etcd_request *request, const char *body, size_t size)
{
    bool published = !ovs_list_is_empty(&request->up.node);
    struct codec_error refusal = { .error = 0 };
    struct err err = ERR_INIT;

    /* The callback may do anything, cancelling all operations too. */
    ovs_list_remove(&request->up.node);
    ovs_list_init(&request->up.node);
    if (!request->finish(request, body, size, &refusal, &err)) {
        free_request(request);
        return;
    }
    request->etcd->up.stats.n_failures++;
    if (published) {
        store_op_publish(&request->up);
    }
    if (refusal.error) {
        on_refused(request, &refusal);
    } else {
        fail(request, err.code, &err);
        err_clear(&err);
    }
}

static void
on_done(const struct http_result *result, void *request_)
{
    struct etcd_request *request = request_;
    struct store_etcd *etcd = request->etcd;
    struct codec_error refusal;
    struct err err = ERR_INIT;

    request->http = NULL;
    if (result->completed && result->status == 200) {
        etcd_heard(etcd, request->endpoint);
        on_answer(request, result->body, result->size);
        return;
    }

    etcd->up.stats.n_failures++;
    if (result->completed) {
        codec_get_error(result->body, result->size, result->status, &refusal);
        if (!refusal.elsewhere) {
            etcd_heard(etcd, request->endpoint);
        }
        on_refused(request, &refusal);
    } else if (result->too_large) {
        err_put(&err, -WEFT_E_TOO_LARGE, NULL, "the answer is too large");
        fail(request, err.code, &err);
        err_clear(&err);
    } else {
        etcd_failed(etcd, request->endpoint);
        again(request, -WEFT_E_UNAVAILABLE, !result->sent, result->failure);
    }
}

static void
on_token(int error, const struct err *err, void *request_)
{
    struct etcd_request *request = request_;

    if (!error) {
        attempt(request);
    } else if (error == -WEFT_E_UNAVAILABLE) {
        request->n_attempts++;
        again(request, error, true, err->message);
    } else {
        fail(request, error, err);
    }
}

/* How long this attempt may take.  A read can be had elsewhere. */
static uint64_t
attempt_timeout_ms(const struct etcd_request *request)
{
    const struct store_etcd *etcd = request->etcd;
    uint64_t now_ms = etcd_now_ms();
    uint64_t rest_ms = request->deadline_ms > now_ms
                       ? request->deadline_ms - now_ms : 1;

    return request->is_write || etcd->n_endpoints == 1
           ? rest_ms
           : MIN(rest_ms, MAX(500, etcd->timeout_ms / etcd->n_endpoints));
}

static void
attempt(void *request_)
{
    struct etcd_request *request = request_;
    struct store_etcd *etcd = request->etcd;
    struct ds body = DS_EMPTY_INITIALIZER;
    char *url;

    if (!etcd_auth_is_ready(etcd, &request->waiter)) {
        return;
    }
    request->n_attempts++;
    request->endpoint = etcd->current;
    request->n_tokens = etcd->n_tokens;
    etcd->up.stats.n_requests++;
    ds_put_buffer(&body, request->body, request->size);
    url = xasprintf("%s%s", etcd->endpoints[request->endpoint].url,
                    request->path);
    request->http = http_post(etcd->http, &(struct http_post) {
        .url = url,
        .token = etcd_token(etcd),
        .body = &body,
        .repeatable = !request->is_write,
        .timeout_ms = attempt_timeout_ms(request),
        .connect_timeout_ms = etcd_connect_timeout_ms(etcd),
        .max_bytes = ETCD_MAX_ANSWER_BYTES,
        .done = on_done,
        .aux = request,
    });
    free(url);
}

/* Takes the content of 'body'. */
static struct etcd_request *
create(struct store *store, const char *path, struct ds *body, bool is_write,
       finish_func *finish, void *aux)
{
    struct store_etcd *etcd = etcd_cast(store);
    struct etcd_request *request = xzalloc(sizeof *request);

    store_op_init(&request->up, store, cancel);
    request->etcd = etcd;
    request->path = path;
    request->size = body->length;
    request->body = ds_steal_cstr(body);
    request->is_write = is_write;
    request->deadline_ms = etcd_now_ms() + etcd->timeout_ms;
    ovs_list_init(&request->waiter.node);
    request->waiter.cb = on_token;
    request->waiter.aux = request;
    request->alarm = alarm_create(store->loop, attempt, request);
    request->finish = finish;
    request->aux = aux;
    return request;
}

/* ---- The requests ----------------------------------------------------- */

struct store_op *
etcd_range(struct store *store, const struct store_range *range,
           const struct store_range_options *options, store_range_cb *cb,
           void *aux)
{
    struct ds body = DS_EMPTY_INITIALIZER;
    struct etcd_request *request;

    codec_put_range(&body, range, options);
    request = create(store, "/v3/kv/range", &body, false, finish_range, aux);
    request->revision = options->revision;
    request->cb.range = cb;
    attempt(request);
    return &request->up;
}

/* Does 'txn' only read? */
static bool
is_read(const struct store_txn *txn)
{
    for (size_t i = 0; i < txn->n_ops; i++) {
        if (txn->ops[i].type != TXN_GET) {
            return false;
        }
    }
    return true;
}

struct store_op *
etcd_txn(struct store *store, struct store_txn *txn, store_txn_cb *cb,
         void *aux)
{
    struct ds body = DS_EMPTY_INITIALIZER;
    struct etcd_request *request;

    codec_put_txn(&body, txn);
    request = create(store, "/v3/kv/txn", &body, !is_read(txn), finish_txn,
                     aux);
    store_txn_destroy(txn);
    request->cb.txn = cb;
    attempt(request);
    return &request->up;
}

struct store_op *
etcd_lease(struct store *store, enum lease_verb verb, int64_t id,
           unsigned int ttl_s, lease_reply_cb *cb, void *aux)
{
    /* A grant whose fate is unknown may be repeated: what is not kept alive
     * goes away. */
    static const char *const paths[] = {
        [LEASE_GRANT] = "/v3/lease/grant",
        [LEASE_KEEP_ALIVE] = "/v3/lease/keepalive",
        [LEASE_REVOKE] = "/v3/lease/revoke",
    };
    uint64_t third_ms = ttl_s * 1000ULL / 3;
    struct ds body = DS_EMPTY_INITIALIZER;
    struct etcd_request *request;

    if (verb == LEASE_GRANT) {
        codec_put_lease_grant(&body, ttl_s);
    } else {
        codec_put_lease(&body, id);
    }
    request = create(store, paths[verb], &body, false, finish_lease, aux);
    request->deadline_ms = MIN(request->deadline_ms,
                               etcd_now_ms() + MAX(500, third_ms));
    request->cb.lease = cb;
    attempt(request);
    return &request->up;
}
