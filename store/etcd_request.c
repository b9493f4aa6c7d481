/* Requests to etcd: sent, retried elsewhere while that is sound, decoded.
 *
 * A request ends when it is answered, when its time is over, or, if it
 * may not be done twice (txn_fate.c), when it is not certain any more that it
 * had no effect.  Attempts go
 * to one end point after the other without a pause; a round that reached
 * nobody is followed by a jittered pause. */
#include <config.h>

#include <string.h>

#include "store/etcd.h"
#include "unaligned.h"
#include "util.h"

enum { RETRY_FIRST_MS = 20, RETRY_MAX_MS = 1000, MAX_TOKENS = 3,
       LARGE_TXN_BYTES = 16 * 1024, MANY_GETS = 16, SMALL_PAGE = 250 };

struct etcd_request;

/* A kind of request.  It is encoded anew for each attempt: another end point
 * may want another codec. */
struct request_class {
    /* Is it worth a connection of its own, which gRPC takes?  NULL: gRPC has
     * no such request here. */
    bool (*is_large)(const struct etcd_request *);
    void (*put)(const struct etcd_request *, const struct codec *,
                struct ds *body);
    const char *(*path)(const struct etcd_request *, const struct codec *);
    /* Decodes an answer that is no refusal and calls back.  Returns 0, or a
     * negative code when nothing was called: with 'err' set when it could not
     * be decoded, or with 'refusal' set when it is a refusal all the same. */
    int (*finish)(struct etcd_request *, const char *body, size_t size,
                  struct codec_error *refusal, struct err *);
    /* Calls back that it failed. */
    void (*fail)(struct etcd_request *, int error, const struct err *);
};

struct etcd_request {
    struct store_op up;
    const struct request_class *class;
    struct store_etcd *etcd;
    bool is_write;
    bool is_repeatable;         /* It may be sent twice. */
    uint64_t deadline_ms;

    struct auth_waiter waiter;
    struct http_request *http;  /* Under way, to */
    size_t endpoint;            /* this one, with */
    unsigned int n_tokens;      /* this token, in */
    const struct codec *codec;  /* this codec. */
    bool is_trial;              /* Of gRPC. */
    bool without_grpc;          /* It came to nothing in this request. */
    struct alarm *alarm;        /* Until the next attempt. */
    unsigned int n_attempts;
    unsigned int n_refused_tokens;
    bool was_sent;              /* Somebody may have seen it. */

    /* What is asked, by class. */
    struct store_range range;
    struct store_range_options options;
    struct store_txn *txn;
    enum lease_verb verb;
    int64_t lease_id;
    unsigned int ttl_s;

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
    store_range_free(&request->range);
    store_txn_destroy(request->txn);
    free(request);
}

/* What the trial of gRPC that 'request' may be has shown. */
static void
end_trial(struct etcd_request *request, enum grpc_use result)
{
    if (request->is_trial) {
        request->is_trial = false;
        request->etcd->endpoints[request->endpoint].grpc = result;
    }
}

static void
cancel(struct store_op *op)
{
    struct etcd_request *request = CONTAINER_OF(op, struct etcd_request, up);

    if (request->http) {
        http_cancel(request->http);
    }
    end_trial(request, GRPC_UNTRIED);
    free_request(request);
}

/* ---- Ranges ------------------------------------------------------------ */

static bool
is_large_range(const struct etcd_request *request)
{
    const struct endpoint *endpoint = &request->etcd->endpoints[
        request->endpoint];

    /* A connection with TLS costs more than a short list. */
    return (request->range.end.size && !request->options.count_only
            && (!endpoint->is_https || endpoint->grpc == GRPC_UNTRIED
                || !request->options.limit
                || request->options.limit > SMALL_PAGE));
}

static void
put_range(const struct etcd_request *request, const struct codec *codec,
          struct ds *body)
{
    codec->put_range(body, &request->range, &request->options);
}

static const char *
range_path(const struct etcd_request *request OVS_UNUSED,
           const struct codec *codec)
{
    return codec->range_path;
}

static int
finish_range(struct etcd_request *request, const char *body, size_t size,
             struct codec_error *refusal OVS_UNUSED, struct err *err)
{
    struct store_range_result result;
    struct arena arena = ARENA_INIT;
    struct store_header header;
    int error = request->codec->get_range(body, size, &arena, &header,
                                          &result, err);

    if (!error) {
        store_note_header(&request->etcd->up, &header);
        if (request->options.revision) {
            result.revision = request->options.revision;
        }
        request->cb.range(0, NULL, &result, request->aux);
    }
    arena_clear(&arena);
    return error;
}

static void
fail_range(struct etcd_request *request, int error, const struct err *err)
{
    request->cb.range(error, err, NULL, request->aux);
}

static const struct request_class range_class = {
    .is_large = is_large_range, .put = put_range, .path = range_path,
    .finish = finish_range, .fail = fail_range,
};

/* ---- Transactions ------------------------------------------------------ */

static bool
is_large_txn(const struct etcd_request *request)
{
    return (request->txn->size >= LARGE_TXN_BYTES
            || (!request->is_write
                && store_txn_n_ops(request->txn) >= MANY_GETS));
}

static void
put_txn(const struct etcd_request *request, const struct codec *codec,
        struct ds *body)
{
    codec->put_txn(body, request->txn);
}

static const char *
txn_path(const struct etcd_request *request OVS_UNUSED,
         const struct codec *codec)
{
    return codec->txn_path;
}

/* Calls back with what the first of several attempts came to. */
static int
finish_repeated(struct etcd_request *request, struct store_txn_result *result,
                struct err *err)
{
    struct store_range_result *gets = NULL;
    int64_t revision;

    switch (txn_fate(request->txn, result, &revision)) {
    case TXN_DONE:
        gets = txn_done_result(request->txn, revision, result);
        break;
    case TXN_NOT_DONE:
        result->n_gets = request->txn->n_own_else_ops;
        break;
    case TXN_UNKNOWN:
    default:
        return err_put(err, -WEFT_E_UNKNOWN, NULL, "somebody else wrote the "
                       "same keys meanwhile");
    }
    request->cb.txn(0, NULL, result, request->aux);
    free(gets);
    return 0;
}

static int
finish_txn(struct etcd_request *request, const char *body, size_t size,
           struct codec_error *refusal OVS_UNUSED, struct err *err)
{
    struct store_txn_result result;
    struct arena arena = ARENA_INIT;
    struct store_header header;
    int error = request->codec->get_txn(body, size, &arena, &header, &result,
                                        err);

    if (!error) {
        store_note_header(&request->etcd->up, &header);
        if (request->txn->asks_fate && !result.succeeded) {
            error = finish_repeated(request, &result, err);
        } else {
            request->cb.txn(0, NULL, &result, request->aux);
        }
    }
    arena_clear(&arena);
    return error;
}

static void
fail_txn(struct etcd_request *request, int error, const struct err *err)
{
    request->cb.txn(error, err, NULL, request->aux);
}

static const struct request_class txn_class = {
    .is_large = is_large_txn, .put = put_txn, .path = txn_path,
    .finish = finish_txn, .fail = fail_txn,
};

/* ---- Leases ------------------------------------------------------------ */

static void
put_lease(const struct etcd_request *request,
          const struct codec *codec OVS_UNUSED, struct ds *body)
{
    if (request->verb == LEASE_GRANT) {
        codec_put_lease_grant(body, request->ttl_s);
    } else {
        codec_put_lease(body, request->lease_id);
    }
}

static const char *
lease_path(const struct etcd_request *request,
           const struct codec *codec OVS_UNUSED)
{
    static const char *const paths[] = {
        [LEASE_GRANT] = "/v3/lease/grant",
        [LEASE_KEEP_ALIVE] = "/v3/lease/keepalive",
        [LEASE_REVOKE] = "/v3/lease/revoke",
    };

    return paths[request->verb];
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
fail_lease(struct etcd_request *request, int error,
           const struct err *err OVS_UNUSED)
{
    request->cb.lease(error, 0, 0, request->aux);
}

static const struct request_class lease_class = {
    .put = put_lease, .path = lease_path,
    .finish = finish_lease, .fail = fail_lease,
};

/* ---- Attempts --------------------------------------------------------- */

static void
fail(struct etcd_request *request, int error, const struct err *err)
{
    struct err unknown = ERR_INIT;

    ovs_list_remove(&request->up.node);
    if (request->is_write && request->was_sent && error != -WEFT_E_UNKNOWN) {
        /* Why a repetition failed says nothing about the one before. */
        error = err_put(&unknown, -WEFT_E_UNKNOWN, NULL, "%s",
                        err && err->message ? err->message
                        : err_text(error));
        err = &unknown;
    }
    request->class->fail(request, error, err);
    err_clear(&unknown);
    free_request(request);
}

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
    if (now_ms + delay_ms >= request->deadline_ms
        || (request->was_sent && !request->is_repeatable)) {
        err_put(&err, request->is_write && request->was_sent ? -WEFT_E_UNKNOWN
                      : error == -WEFT_E_AUTH ? error
                      : request->was_sent ? -WEFT_E_TIMEOUT
                      : -WEFT_E_UNAVAILABLE, NULL, "%s: %s",
                etcd->endpoints[request->endpoint].url, message);
    } else {
        if (request->is_write && request->was_sent) {
            txn_ask_fate(request->txn, etcd->up.max_txn_ops);
        }
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
        /* By gRPC etcd takes who has a certificate and no token for a user
         * without a name; only its gateway says so. */
        err_put(&err, refusal->error, NULL, "%s%s", refusal->message,
                refusal->error == -WEFT_E_DENIED && !etcd->user
                ? " (no user is given)" : "");
        fail(request, err.code, &err);
        err_clear(&err);
    }
}

/* Takes the message out of gRPC's frame; false if there is not just one. */
static bool
take_message(const char **bodyp, size_t *sizep)
{
    enum { FRAME_BYTES = 5 };
    size_t size = *sizep;

    if (size < FRAME_BYTES || (*bodyp)[0]
        || size - FRAME_BYTES != ntohl(get_unaligned_be32(
            (const void *) (*bodyp + 1)))) {
        return false;
    }
    *bodyp += FRAME_BYTES;
    *sizep -= FRAME_BYTES;
    return true;
}

static int
finish(struct etcd_request *request, const char *body, size_t size,
       struct codec_error *refusal, struct err *err)
{
    if (request->codec->is_grpc && !take_message(&body, &size)) {
        return err_put(err, -WEFT_E_PROTOCOL, NULL, "etcd's answer: no frame");
    }
    return request->class->finish(request, body, size, refusal, err);
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
    if (!finish(request, body, size, &refusal, &err)) {
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

/* Learns whether the end point speaks gRPC.  Returns false if the request is
 * to be sent again without. */
static bool
learn_grpc(struct etcd_request *request, const struct http_result *result)
{
    struct endpoint *endpoint = &request->etcd->endpoints[request->endpoint];

    if (request->is_trial) {
        bool works = result->grpc_status >= 0;

        request->without_grpc = (!works && result->sent
                                 && !result->too_large);
        end_trial(request, works ? GRPC_WORKS : GRPC_UNTRIED);
        return !request->without_grpc;
    } else if (request->without_grpc && result->completed
               && endpoint->grpc == GRPC_UNTRIED) {
        endpoint->grpc = GRPC_FAILS;
    }
    return true;
}

static void
on_done(const struct http_result *result, void *request_)
{
    struct etcd_request *request = request_;
    struct store_etcd *etcd = request->etcd;
    struct codec_error refusal;
    struct err err = ERR_INIT;

    request->http = NULL;
    if (!learn_grpc(request, result)) {
        attempt(request);
        return;
    }
    if (etcd_is_granted(request->codec, result, &refusal)) {
        etcd_heard(etcd, request->endpoint);
        on_answer(request, result->body, result->size);
        return;
    }

    etcd->up.stats.n_failures++;
    if (result->completed) {
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

/* gRPC costs etcd a fifth of what its gateway does, and a connection.  It is
 * tried with what only reads. */
static const struct codec *
choose_codec(const struct etcd_request *request)
{
    const struct store_etcd *etcd = request->etcd;
    const struct endpoint *endpoint = &etcd->endpoints[request->endpoint];

    return (!request->class->is_large || !request->class->is_large(request)
            || request->without_grpc ? &codec_json
            : endpoint->grpc == GRPC_UNTRIED && !request->is_write
            ? &codec_grpc : etcd_codec(etcd, request->endpoint));
}

static void
begin_trial(struct etcd_request *request)
{
    struct endpoint *endpoint = &request->etcd->endpoints[request->endpoint];

    if (request->codec->is_grpc && endpoint->grpc == GRPC_UNTRIED) {
        request->is_trial = true;
        endpoint->grpc = GRPC_ON_TRIAL;
    }
}

/* How long this attempt may take.  A read can be had elsewhere, or without
 * gRPC. */
static uint64_t
attempt_timeout_ms(const struct etcd_request *request)
{
    const struct store_etcd *etcd = request->etcd;
    uint64_t now_ms = etcd_now_ms();
    uint64_t rest_ms = request->deadline_ms > now_ms
                       ? request->deadline_ms - now_ms : 1;

    size_t n_ways = MAX(etcd->n_endpoints, request->is_trial ? 2 : 1);

    return !request->is_repeatable || n_ways == 1
           ? rest_ms
           : MIN(rest_ms, MAX(500, etcd->timeout_ms / n_ways));
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
    request->codec = choose_codec(request);
    begin_trial(request);
    etcd->up.stats.n_requests++;
    request->class->put(request, request->codec, &body);
    url = xasprintf("%s%s", etcd->endpoints[request->endpoint].url,
                    request->class->path(request, request->codec));
    request->http = http_post(etcd->http, &(struct http_post) {
        .url = url,
        .token = etcd_token(etcd),
        .body = &body,
        .grpc = request->codec->is_grpc,
        .repeatable = !request->is_write,
        .timeout_ms = attempt_timeout_ms(request),
        .connect_timeout_ms = etcd_connect_timeout_ms(etcd),
        .max_bytes = ETCD_MAX_ANSWER_BYTES,
        .done = on_done,
        .aux = request,
    });
    free(url);
}

static struct etcd_request *
create(struct store *store, const struct request_class *class, bool is_write,
       void *aux)
{
    struct store_etcd *etcd = etcd_cast(store);
    struct etcd_request *request = xzalloc(sizeof *request);

    store_op_init(&request->up, store, cancel);
    request->class = class;
    request->etcd = etcd;
    request->is_write = is_write;
    request->is_repeatable = !is_write;
    request->deadline_ms = etcd_now_ms() + etcd->timeout_ms;
    ovs_list_init(&request->waiter.node);
    request->waiter.cb = on_token;
    request->waiter.aux = request;
    request->alarm = alarm_create(store->loop, attempt, request);
    request->aux = aux;
    return request;
}

/* ---- The requests ----------------------------------------------------- */

struct store_op *
etcd_range(struct store *store, const struct store_range *range,
           const struct store_range_options *options, store_range_cb *cb,
           void *aux)
{
    struct etcd_request *request = create(store, &range_class, false, aux);

    request->range = store_range_copy(range);
    request->options = *options;
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
    struct etcd_request *request = create(store, &txn_class, !is_read(txn),
                                          aux);

    request->txn = txn;
    request->is_repeatable |= txn_is_repeatable(txn);
    request->cb.txn = cb;
    attempt(request);
    return &request->up;
}

struct store_op *
etcd_lease(struct store *store, enum lease_verb verb, int64_t id,
           unsigned int ttl_s, lease_reply_cb *cb, void *aux)
{
    uint64_t third_ms = ttl_s * 1000ULL / 3;
    /* A grant whose fate is unknown may be repeated: what is not kept alive
     * goes away. */
    struct etcd_request *request = create(store, &lease_class, false, aux);

    request->verb = verb;
    request->lease_id = id;
    request->ttl_s = ttl_s;
    request->deadline_ms = MIN(request->deadline_ms,
                               etcd_now_ms() + MAX(500, third_ms));
    request->cb.lease = cb;
    attempt(request);
    return &request->up;
}
