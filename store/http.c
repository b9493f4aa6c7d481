/* HTTP by libcurl's multi interface on a uv loop: see http.h.
 *
 * libcurl asks for descriptors and a timer to be watched and is told of them
 * with curl_multi_socket_action().  While that runs its callbacks only note
 * what came; dispatch() calls the owners afterwards, so that they may call
 * libcurl in turn.
 *
 * A write must not be sent twice.  libcurl does so by itself when a kept
 * connection turns out dead, unless it cannot rewind the body: on_seek(). */
#include <config.h>

#include "store/http.h"

#include <ctype.h>
#include <curl/curl.h>
#include <string.h>

#include "openvswitch/list.h"
#include "store/alarm.h"
#include "store/store.h"
#include "unaligned.h"
#include "util.h"

enum { KEEPALIVE_IDLE_S = 10, KEEPALIVE_INTERVAL_S = 5, RECEIVE_BYTES = 65536,
       GRACE_MS = 20, FRAME_BYTES = 5 };

struct http {
    uv_loop_t *loop;
    CURLM *multi;
    struct alarm *alarm;            /* libcurl's timer. */
    struct ovs_list requests;       /* http_request.node. */
    struct ovs_list ready;          /* http_request.ready_node. */
    char *ca_file, *cert_file, *key_file;
    uint64_t bytes_sent, bytes_received;
    bool busy, destroyed;           /* In, and during, dispatch(). */
};

struct http_socket {
    uv_poll_t poll;
    struct http *http;
    curl_socket_t fd;
};

struct http_request {
    struct ovs_list node;           /* In http's 'requests'. */
    struct ovs_list ready_node;     /* In http's 'ready', or in none. */
    struct http *http;
    CURL *easy;
    struct curl_slist *headers;
    struct ds body;                 /* To be sent, from 'body_sent' on. */
    size_t body_sent;
    bool grpc, duplex, repeatable, paused, sent;
    int grpc_status;                /* -1: not told. */
    char grpc_message[200];
    struct alarm *deadline;         /* Or NULL. */
    bool late;                      /* The deadline was there once. */

    char *data;                     /* Received, not yet given away. */
    size_t size, allocated, scanned;
    size_t max_bytes;
    bool too_large;
    uint64_t received_ms;

    void (*line)(const char *, size_t, void *);
    void (*done)(const struct http_result *, void *);
    void *aux;
    bool finished;                  /* libcurl is done with it: */
    CURLcode code;
    bool timed_out;
    char error_text[CURL_ERROR_SIZE];
    bool busy, cancelled;           /* In, and during, one of its calls. */
};

static void dispatch(struct http *);

/* ---- Descriptors and the timer ---------------------------------------- */

static void
act(struct http *http, curl_socket_t fd, int what)
{
    CURLMsg *message;
    int n;

    curl_multi_socket_action(http->multi, fd, what, &n);
    while ((message = curl_multi_info_read(http->multi, &n))) {
        struct http_request *request;

        if (message->msg != CURLMSG_DONE) {
            continue;
        }
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
                          (char **) &request);
        request->finished = true;
        request->code = message->data.result;
        if (ovs_list_is_empty(&request->ready_node)) {
            ovs_list_push_back(&http->ready, &request->ready_node);
        }
    }
    dispatch(http);
}

static void
on_poll(uv_poll_t *poll, int status, int events)
{
    struct http_socket *socket = poll->data;
    int what = status < 0 ? CURL_CSELECT_ERR : 0;

    what |= events & UV_READABLE ? CURL_CSELECT_IN : 0;
    what |= events & UV_WRITABLE ? CURL_CSELECT_OUT : 0;
    act(socket->http, socket->fd, what);
}

static void
on_socket_closed(uv_handle_t *handle)
{
    free(handle->data);
}

/* CURLMOPT_SOCKETFUNCTION */
static int
on_socket(CURL *easy OVS_UNUSED, curl_socket_t fd, int what, void *http_,
          void *socket_)
{
    struct http_socket *socket = socket_;
    struct http *http = http_;
    int events = 0;

    if (what == CURL_POLL_REMOVE) {
        if (socket) {
            curl_multi_assign(http->multi, fd, NULL);
            uv_close((uv_handle_t *) &socket->poll, on_socket_closed);
        }
        return 0;
    }
    if (!socket) {
        socket = xzalloc(sizeof *socket);
        socket->http = http;
        socket->fd = fd;
        socket->poll.data = socket;
        if (uv_poll_init_socket(http->loop, &socket->poll, fd)) {
            free(socket);
            return -1;
        }
        curl_multi_assign(http->multi, fd, socket);
    }
    events |= what & CURL_POLL_IN ? UV_READABLE : 0;
    events |= what & CURL_POLL_OUT ? UV_WRITABLE : 0;
    uv_poll_start(&socket->poll, events, on_poll);
    return 0;
}

static void
on_alarm(void *http_)
{
    act(http_, CURL_SOCKET_TIMEOUT, 0);
}

/* CURLMOPT_TIMERFUNCTION */
static int
on_timer(CURLM *multi OVS_UNUSED, long delay_ms, void *http_)
{
    struct http *http = http_;

    if (delay_ms < 0) {
        alarm_stop(http->alarm);
    } else {
        alarm_start(http->alarm, delay_ms);
    }
    return 0;
}

/* ---- Bodies ----------------------------------------------------------- */

static size_t
on_read(char *buffer, size_t size, size_t n, void *request_)
{
    struct http_request *request = request_;
    size_t rest = request->body.length - request->body_sent;
    size_t take = MIN(size * n, rest);

    request->sent = true;
    if (!take) {
        request->paused = request->duplex;
        return request->duplex ? CURL_READFUNC_PAUSE : 0;
    }
    memcpy(buffer, request->body.string + request->body_sent, take);
    request->body_sent += take;
    request->http->bytes_sent += take;
    if (request->duplex && request->body_sent == request->body.length) {
        ds_clear(&request->body);
        request->body_sent = 0;
    }
    return take;
}

static int
on_seek(void *request_, curl_off_t offset, int origin)
{
    struct http_request *request = request_;

    if (!request->repeatable || origin != SEEK_SET || offset) {
        return CURL_SEEKFUNC_FAIL;
    }
    request->body_sent = 0;
    return CURL_SEEKFUNC_OK;
}

static size_t
on_write(char *data, size_t size, size_t n, void *request_)
{
    struct http_request *request = request_;
    struct http *http = request->http;

    size *= n;
    http->bytes_received += size;
    request->received_ms = uv_hrtime() / 1000000;
    if (request->size + size > request->max_bytes) {
        request->too_large = true;
        return 0;
    }
    if (request->size + size + 1 > request->allocated) {
        request->allocated = MAX(request->size + size + 1,
                                 MIN(request->allocated * 2,
                                     request->max_bytes + 1));
        request->data = xrealloc(request->data, request->allocated);
    }
    memcpy(request->data + request->size, data, size);
    request->size += size;
    if (request->line && ovs_list_is_empty(&request->ready_node)) {
        ovs_list_push_back(&http->ready, &request->ready_node);
    }
    return size;
}

/* ---- gRPC ------------------------------------------------------------- */

/* Takes the value of header 'name' out of a line of 'size' bytes; NULL if it
 * is another one.  The caller frees it. */
static char *
header_value(const char *line, size_t size, const char *name)
{
    size_t n = strlen(name);

    if (size <= n || strncasecmp(line, name, n) || line[n] != ':') {
        return NULL;
    }
    n++;
    while (n < size && line[n] == ' ') {
        n++;
    }
    while (size > n && (unsigned char) line[size - 1] <= ' ') {
        size--;
    }
    return xmemdup0(&line[n], size - n);
}

/* Undoes gRPC's percent-encoding; what would not be text becomes a space. */
static void
decode_message(const char *from, char *to, size_t size)
{
    while (*from && size > 1) {
        char c = *from++;

        if (c == '%' && isxdigit((unsigned char) from[0])
            && isxdigit((unsigned char) from[1])) {
            c = hexit_value(from[0]) << 4 | hexit_value(from[1]);
            from += 2;
        }
        *to++ = (unsigned char) c < ' ' ? ' ' : c;
        size--;
    }
    *to = '\0';
}

/* CURLOPT_HEADERFUNCTION; trailers come here, too. */
static size_t
on_header(char *line, size_t size, size_t n, void *request_)
{
    struct http_request *request = request_;
    char *status = header_value(line, size * n, "grpc-status");
    char *message = header_value(line, size * n, "grpc-message");

    if (status && !str_to_int(status, 10, &request->grpc_status)) {
        request->grpc_status = -1;
    }
    if (message) {
        decode_message(message, request->grpc_message,
                       sizeof request->grpc_message);
    }
    free(status);
    free(message);
    return size * n;
}

/* ---- Calls to the owners ---------------------------------------------- */

static void
free_request(struct http_request *request)
{
    free(request->data);
    ds_destroy(&request->body);
    free(request);
}

/* Takes 'request' from libcurl and from all lists. */
static void
detach(struct http_request *request)
{
    curl_multi_remove_handle(request->http->multi, request->easy);
    curl_easy_cleanup(request->easy);
    curl_slist_free_all(request->headers);
    alarm_destroy(request->deadline);
    ovs_list_remove(&request->ready_node);
    ovs_list_init(&request->ready_node);
    ovs_list_remove(&request->node);
}

/* To be called after each call to the owner.  Returns false if he cancelled
 * the request. */
static bool
survives(struct http_request *request)
{
    request->busy = false;
    if (request->cancelled) {
        free_request(request);
        return false;
    }
    return true;
}

/* Where the first whole part of 'rest' bytes at 'start' is: a line, or a
 * message of gRPC, of which '*scanned' bytes are known to hold no newline.
 * Returns its size with what is around it, or 0 if it is not whole. */
static size_t
next_part(const struct http_request *request, char *start, size_t rest,
          size_t scanned, struct store_bytes *part)
{
    if (!request->grpc) {
        char *newline = (rest > scanned
                         ? memchr(start + scanned, '\n', rest - scanned)
                         : NULL);

        *part = (struct store_bytes) { start, newline ? newline - start : 0 };
        return newline ? part->size + 1 : 0;
    }
    if (rest < FRAME_BYTES) {
        return 0;
    }
    uint32_t size = ntohl(get_unaligned_be32((const void *) (start + 1)));

    *part = (struct store_bytes) { start + FRAME_BYTES, size };
    return rest - FRAME_BYTES >= size ? FRAME_BYTES + (size_t) size : 0;
}

/* Gives away the whole lines received.  Returns false if the request is gone
 * (and perhaps more). */
static bool
give_lines(struct http_request *request)
{
    char *start = request->data;
    size_t rest = request->size;
    size_t scanned = request->scanned, n;
    struct store_bytes part;

    while ((n = next_part(request, start, rest, scanned, &part))) {
        if (!request->grpc) {
            start[part.size] = '\0';
        }
        request->busy = true;
        request->line(part.data, part.size, request->aux);
        if (!survives(request)) {
            return false;
        }
        rest -= n;
        start += n;
        scanned = 0;
    }
    if (start != request->data) {
        memmove(request->data, start, rest);
        request->size = rest;
        if (!rest && request->allocated > RECEIVE_BYTES) {
            free(request->data);
            request->data = NULL;
            request->allocated = 0;
        }
    }
    request->scanned = rest;
    return true;
}

static void
give_result(struct http_request *request)
{
    struct http_result result = {
        .completed = request->code == CURLE_OK && !request->timed_out,
        .sent = request->sent,
        .too_large = request->too_large,
        .grpc_status = request->grpc_status,
        .grpc_message = request->grpc_message,
        .size = request->size,
        .body = request->size ? request->data : "",
        .failure = request->timed_out ? "timed out"
                   : request->error_text[0] ? request->error_text
                   : curl_easy_strerror(request->code),
    };
    long status = 0;

    curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
    result.status = status;
    if (request->size) {
        request->data[request->size] = '\0';
    }
    detach(request);
    request->done(&result, request->aux);
    free_request(request);
}

static void
dispatch(struct http *http)
{
    http->busy = true;
    while (!http->destroyed && !ovs_list_is_empty(&http->ready)) {
        struct http_request *request;

        request = CONTAINER_OF(ovs_list_pop_front(&http->ready),
                               struct http_request, ready_node);
        ovs_list_init(&request->ready_node);
        if ((!request->line || give_lines(request))
            && !http->destroyed && request->finished) {
            give_result(request);
        }
    }
    http->busy = false;
    if (http->destroyed) {
        free(http);
    }
}

static void
on_deadline(void *request_)
{
    struct http_request *request = request_;

    if (!request->late) {
        /* If this process was held up, the answer may have come long ago:
         * look once more. */
        request->late = true;
        alarm_start(request->deadline, GRACE_MS);
    } else if (!request->finished) {
        request->timed_out = true;
        give_result(request);
    }
}

/* ---- Requests --------------------------------------------------------- */

static long
http_version(const struct http_post *post)
{
    return (post->grpc && !strncmp(post->url, "http:", 5)
            ? CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE
            : post->grpc || post->duplex ? CURL_HTTP_VERSION_2TLS
            : CURL_HTTP_VERSION_1_1);
}

static void
set_options(struct http_request *request, const struct http_post *post)
{
    struct http *http = request->http;
    CURL *easy = request->easy;

    curl_easy_setopt(easy, CURLOPT_URL, post->url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, request->headers);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, http_version(post));
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     (long) post->connect_timeout_ms);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, (long) KEEPALIVE_IDLE_S);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL,
                     (long) KEEPALIVE_INTERVAL_S);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long) RECEIVE_BYTES);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, request->error_text);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, request);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(easy, CURLOPT_READDATA, request);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, request);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_write);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
    if (post->grpc) {
        /* libcurl before 8.0 cannot use a connection again that began with
         * HTTP/2 without TLS. */
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
        curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
        curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
        curl_easy_setopt(easy, CURLOPT_HEADERDATA, request);
    }
    if (!post->duplex) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                         (curl_off_t) request->body.length);
    }
    if (http->ca_file) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, http->ca_file);
    }
    if (http->cert_file) {
        curl_easy_setopt(easy, CURLOPT_SSLCERT, http->cert_file);
        curl_easy_setopt(easy, CURLOPT_SSLKEY, http->key_file);
    }
}

static void
add_header(struct http_request *request, const char *header)
{
    request->headers = curl_slist_append(request->headers, header);
}

struct http_request *
http_post(struct http *http, const struct http_post *post)
{
    struct http_request *request = xzalloc(sizeof *request);

    ovs_list_push_back(&http->requests, &request->node);
    ovs_list_init(&request->ready_node);
    request->http = http;
    request->easy = curl_easy_init();
    if (!request->easy) {
        out_of_memory();
    }
    request->body = *post->body;
    ds_init(post->body);
    request->grpc = post->grpc;
    request->grpc_status = -1;
    request->duplex = post->duplex;
    request->repeatable = post->repeatable;
    request->max_bytes = post->max_bytes;
    request->line = post->line;
    request->done = post->done;
    request->aux = post->aux;

    static const char *const headers[2][3] = {
        { "Content-Type: application/json", "Expect:",
          "Grpc-Metadata-hasleader: true" },
        { "Content-Type: application/grpc", "TE: trailers",
          "hasleader: true" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(headers[0]); i++) {
        add_header(request, headers[post->grpc][i]);
    }
    if (post->token) {
        char *header = xasprintf("Authorization: %s", post->token);

        add_header(request, header);
        free(header);
    }
    set_options(request, post);
    if (post->timeout_ms) {
        request->deadline = alarm_create(http->loop, on_deadline, request);
        alarm_start(request->deadline, post->timeout_ms);
    }
    curl_multi_add_handle(http->multi, request->easy);
    return request;
}

void
http_cancel(struct http_request *request)
{
    detach(request);
    if (request->busy) {
        request->cancelled = true;
    } else {
        free_request(request);
    }
}

void
http_send(struct http_request *request, struct ds *data)
{
    ds_put_buffer(&request->body, ds_cstr(data), data->length);
    ds_clear(data);
    if (request->paused) {
        request->paused = false;
        curl_easy_pause(request->easy, CURLPAUSE_CONT);
    }
}

uint64_t
http_received_ms(const struct http_request *request)
{
    return request->received_ms;
}

/* ---- Life and death --------------------------------------------------- */

struct http *
http_create(uv_loop_t *loop, const struct http_options *options)
{
    struct http *http = xzalloc(sizeof *http);

    http->loop = loop;
    http->multi = curl_multi_init();
    if (!http->multi) {
        out_of_memory();
    }
    http->alarm = alarm_create(loop, on_alarm, http);
    ovs_list_init(&http->requests);
    ovs_list_init(&http->ready);
    http->ca_file = nullable_xstrdup(options->ca_file);
    http->cert_file = nullable_xstrdup(options->cert_file);
    http->key_file = nullable_xstrdup(options->key_file);
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
    curl_multi_setopt(http->multi, CURLMOPT_PIPELINING,
                      (long) CURLPIPE_MULTIPLEX);
    curl_multi_setopt(http->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
                      options->max_connections);
    return http;
}

void
http_destroy(struct http *http)
{
    if (!http) {
        return;
    }
    while (!ovs_list_is_empty(&http->requests)) {
        http_cancel(CONTAINER_OF(ovs_list_front(&http->requests),
                                 struct http_request, node));
    }
    curl_multi_cleanup(http->multi);
    alarm_destroy(http->alarm);
    free(http->ca_file);
    free(http->cert_file);
    free(http->key_file);
    if (http->busy) {
        http->destroyed = true;
    } else {
        free(http);
    }
}

uint64_t
http_bytes_sent(const struct http *http)
{
    return http->bytes_sent;
}

uint64_t
http_bytes_received(const struct http *http)
{
    return http->bytes_received;
}
