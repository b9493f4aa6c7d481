/* The HTTP server: see httpd.h.
 *
 * Libmicrohttpd (MHD) runs without threads.  Its epoll descriptor is polled
 * by libuv; on_ready() lets it do what can be done.  A request is handed to
 * the handler when its body is complete.  If the handler does not answer at
 * once the connection is suspended, and resumed by the answer; MHD then calls
 * on_access() again, which queues it.  A stream is a response whose reader
 * suspends the connection whenever its queue is empty.
 *
 * Who frees a request: MHD owns it until on_completed(), its user from the
 * handler's call until the answer (or the stream's end); the last one out. */
#include <config.h>

#include "lib/httpd.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/httpd_listen.h"
#include "lib/httpd_private.h"
#include "util.h"

enum {
    DEFAULT_BODY_BYTES = 1024 * 1024,
    DEFAULT_TIMEOUT_S = 30,
    DEFAULT_CONNECTIONS = 256,
    /* Times the largest body: a client that sends more is cut off. */
    MAX_EXCESS = 8,
    DEADLINE_CHECK_MS = 1000,
    /* Times the idle time-out: for a whole request, for a whole answer. */
    RECEIVE_TIMEOUTS = 2,
    SEND_TIMEOUTS = 10,
};

#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

/* ---- Callbacks of MHD ------------------------------------------------- */

/* A request line has arrived; 'target' is as the client sent it. */
static void *
on_target(void *httpd, const char *target, struct MHD_Connection *mhd)
{
    struct httpd_request *request = xzalloc(sizeof *request);
    const union MHD_ConnectionInfo *info;
    struct err err = ERR_INIT;

    request->httpd = httpd;
    request->mhd = mhd;
    info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    request->connection = info->socket_context;
    if (httpd_uri_parse(target, &request->uri, &err)) {
        request->uri_fault = err_to_string(&err);
        err_clear(&err);
    }
    return request;
}

/* MHD is to leave the URI alone: httpd_uri decodes it. */
static size_t
do_not_unescape(void *aux OVS_UNUSED, struct MHD_Connection *mhd OVS_UNUSED,
                char *text)
{
    return strlen(text);
}

static enum MHD_Result
queue_response(struct httpd_request *request)
{
    enum MHD_Result result;

    httpd_request_set_phase(request, request->is_stream ? PHASE_WAITING
                                                        : PHASE_SENDING);
    result = MHD_queue_response(request->mhd, request->status,
                                request->response);
    MHD_destroy_response(request->response);
    request->response = NULL;
    return result;
}

/* Refuses a request that the handler never sees.  'detail' has nothing in it
 * that JSON would escape. */
static enum MHD_Result
refuse(struct httpd_request *request, unsigned int status, const char *title,
       const char *detail)
{
    char *body = xasprintf("{\"type\":\"about:blank\",\"title\":\"%s\","
                           "\"status\":%u,\"detail\":\"%s\"}\n",
                           title, status, detail);

    request->handed = request->settled = true;
    request->status = status;
    request->response = httpd_make_response(
        request, "application/problem+json", body, strlen(body));
    free(body);
    return queue_response(request);
}

static enum MHD_Result
refuse_large_body(struct httpd_request *request)
{
    char *detail = xasprintf("the body is larger than %"PRIuSIZE" bytes",
                             request->httpd->max_body_bytes);
    enum MHD_Result result = refuse(request, MHD_HTTP_CONTENT_TOO_LARGE,
                                    "Content Too Large", detail);

    free(detail);
    return result;
}

/* How often a request has the headers that must not come twice. */
struct framing {
    unsigned int n_hosts, n_lengths, n_codings;
    bool is_chunked;
};

static enum MHD_Result
count_framing(void *framing_, enum MHD_ValueKind kind OVS_UNUSED,
              const char *name, const char *value)
{
    struct framing *framing = framing_;

    if (!strcasecmp(name, MHD_HTTP_HEADER_HOST)) {
        framing->n_hosts++;
    } else if (!strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH)) {
        framing->n_lengths++;
    } else if (!strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING)) {
        framing->n_codings++;
        framing->is_chunked = value && !strcasecmp(value, "chunked");
    }
    return MHD_YES;
}

/* What is wrong with where the request ends and whom it is for (RFC 9112,
 * sections 3.2 and 6.3), which a proxy in front might see otherwise; NULL if
 * nothing is.  MHD itself takes the first of several. */
static const char *
framing_fault(const struct httpd_request *request, const char *version)
{
    struct framing framing = { 0, 0, 0, false };

    MHD_get_connection_values(request->mhd, MHD_HEADER_KIND, count_framing,
                              &framing);
    if (framing.n_hosts > 1
        || (!framing.n_hosts && !strcmp(version, MHD_HTTP_VERSION_1_1))) {
        return "there must be one Host header";
    } else if (framing.n_lengths + framing.n_codings > 1) {
        return "there must be one Content-Length or Transfer-Encoding header";
    }
    return (framing.n_codings && !framing.is_chunked
            ? "the only transfer coding is chunked" : NULL);
}

/* The headers are complete. */
static enum MHD_Result
begin_request(struct httpd_request *request, const char *method,
              const char *version)
{
    const char *fault = framing_fault(request, version);
    unsigned long long int size, max = request->httpd->max_body_bytes;
    const char *length;

    request->began = true;
    request->method = xstrdup(method);
    if (request->uri_fault) {
        return refuse(request, MHD_HTTP_BAD_REQUEST, "Bad Request",
                      "the request target is malformed");
    } else if (fault) {
        httpd_add_header(request, MHD_HTTP_HEADER_CONNECTION, "close");
        return refuse(request, MHD_HTTP_BAD_REQUEST, "Bad Request", fault);
    }
    length = httpd_header(request, MHD_HTTP_HEADER_CONTENT_LENGTH);
    size = length ? strtoull(length, NULL, 10) : 0;
    if (size > max) {
        /* A client that is sending already would not see the answer. */
        request->body_too_large = true;
        if (size / MAX_EXCESS > max
            || httpd_header(request, MHD_HTTP_HEADER_EXPECT)) {
            return refuse_large_body(request);
        }
    }
    return MHD_YES;
}

/* Takes a part of the body.  What is over the limit is thrown away until the
 * client has sent it all and can be told; if it sends far too much it is cut
 * off. */
static enum MHD_Result
receive_body(struct httpd_request *request, const char *data, size_t size)
{
    size_t max = request->httpd->max_body_bytes;

    if (request->body_too_large
        || size > max - MIN(max, request->body_size)) {
        request->body_too_large = true;
        request->body_size += size;
        return request->body_size / MAX_EXCESS > max ? MHD_NO : MHD_YES;
    }
    if (request->body_size + size + 1 > request->body_allocated) {
        request->body_allocated = MIN(max + 1,
                                      MAX(request->body_allocated * 2,
                                          request->body_size + size + 1));
        request->body = xrealloc(request->body, request->body_allocated);
    }
    memcpy(request->body + request->body_size, data, size);
    request->body_size += size;
    request->body[request->body_size] = '\0';
    return MHD_YES;
}

static enum MHD_Result
on_access(void *httpd_, struct MHD_Connection *mhd OVS_UNUSED,
          const char *url OVS_UNUSED, const char *method,
          const char *version, const char *data, size_t *size,
          void **requestp)
{
    struct httpd_request *request = *requestp;
    struct httpd *httpd = httpd_;

    if (!request) {
        return MHD_NO;
    }
    if (!request->began) {
        return begin_request(request, method, version);
    }
    if (*size) {
        size_t n = *size;

        *size = 0;
        return receive_body(request, data, n);
    }
    if (!request->handed) {
        if (request->body_too_large) {
            return refuse_large_body(request);
        }
        request->handed = true;
        httpd->n_pending++;
        httpd_request_set_phase(request, PHASE_WAITING);
        httpd->handler(request, httpd->aux);
    }
    if (request->response) {
        return queue_response(request);
    }
    httpd_request_suspend(request);
    return MHD_YES;
}

/* MHD is done with the request, and forgets it. */
static void
on_completed(void *httpd_ OVS_UNUSED, struct MHD_Connection *mhd OVS_UNUSED,
             void **requestp, enum MHD_RequestTerminationCode why OVS_UNUSED)
{
    struct httpd_request *request = *requestp;
    bool was_gone;

    *requestp = NULL;
    if (!request) {
        return;
    }
    httpd_request_set_phase(request, PHASE_RECEIVING);
    if (request->handed && !request->settled && !request->is_stream) {
        request->httpd->n_pending--;
    }
    request->httpd = NULL;
    request->mhd = NULL;
    request->connection = NULL;
    if (request->settled || !request->handed) {
        httpd_request_free(request);
        return;
    }
    was_gone = request->gone;
    request->gone = true;
    if (!was_gone) {
        httpd_request_tell_gone(request);
    }
}

/* Makes MHD's TLS session insist on a good client certificate. */
static void
require_client_cert(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    gnutls_session_t session = info->tls_session;

    gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
    gnutls_session_set_verify_cert(session, NULL, 0);
}

static void
on_connection_handle_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void
on_deadlines(uv_timer_t *timer)
{
    struct httpd *httpd = timer->data;
    uint64_t now_ms = uv_now(httpd->loop);
    struct connection *connection;

    LIST_FOR_EACH (connection, node, &httpd->connections) {
        uint64_t age_ms = now_ms - connection->phase_since_ms;
        uint64_t limit_ms = httpd->timeout_s * UINT64_C(1000);

        if ((connection->phase == PHASE_RECEIVING
             && age_ms > limit_ms * RECEIVE_TIMEOUTS)
            || (connection->phase == PHASE_SENDING
                && age_ms > limit_ms * SEND_TIMEOUTS)) {
            shutdown(connection->fd, SHUT_RDWR);
        }
    }
}

static void
on_connection(void *httpd_, struct MHD_Connection *mhd, void **contextp,
              enum MHD_ConnectionNotificationCode code)
{
    struct httpd *httpd = httpd_;
    struct connection *connection;

    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        connection = *contextp;
        *contextp = NULL;
        ovs_list_remove(&connection->node);
        uv_close((uv_handle_t *) &connection->poll,
                 on_connection_handle_closed);
        if (ovs_list_is_empty(&httpd->connections)) {
            uv_timer_stop(&httpd->deadlines);
        }
        return;
    }
    connection = xzalloc(sizeof *connection);
    connection->fd = MHD_get_connection_info(
        mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    connection->phase_since_ms = uv_now(httpd->loop);
    uv_poll_init(httpd->loop, &connection->poll, connection->fd);
    connection->poll.data = connection;
    if (ovs_list_is_empty(&httpd->connections)) {
        uv_timer_start(&httpd->deadlines, on_deadlines, DEADLINE_CHECK_MS,
                       DEADLINE_CHECK_MS);
    }
    ovs_list_push_back(&httpd->connections, &connection->node);
    if (httpd->requires_client_cert) {
        require_client_cert(mhd);
    }
    *contextp = connection;
}

/* ---- The loop --------------------------------------------------------- */

static void on_timer(uv_timer_t *timer);

static void
run(struct httpd *httpd)
{
    MHD_UNSIGNED_LONG_LONG timeout_ms;

    httpd->run_again = false;
    MHD_run(httpd->daemon);
    if (httpd->run_again) {
        timeout_ms = 0;
    } else if (MHD_get_timeout(httpd->daemon, &timeout_ms) != MHD_YES) {
        uv_timer_stop(&httpd->timer);
        return;
    }
    uv_timer_start(&httpd->timer, on_timer, MIN(timeout_ms, INT_MAX), 0);
}

static void
on_timer(uv_timer_t *timer)
{
    run(timer->data);
}

void
httpd_run_again(struct httpd *httpd)
{
    httpd->run_again = true;
    uv_timer_start(&httpd->timer, on_timer, 0, 0);
}

static void
on_ready(uv_poll_t *poll, int status OVS_UNUSED, int events OVS_UNUSED)
{
    run(poll->data);
}

/* ---- Life and death --------------------------------------------------- */

static struct MHD_Daemon *
start_daemon(struct httpd *httpd, const struct httpd_config *config, int fd,
             const struct httpd_tls *tls)
{
    unsigned int flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
    struct MHD_OptionItem tls_options[] = {
        { MHD_OPTION_HTTPS_MEM_CERT, 0, tls->cert },
        { MHD_OPTION_HTTPS_MEM_KEY, 0, tls->key },
        { MHD_OPTION_HTTPS_PRIORITIES, 0, CONST_CAST(char *, TLS_PRIORITIES) },
        { tls->client_ca ? MHD_OPTION_HTTPS_MEM_TRUST : MHD_OPTION_END, 0,
          tls->client_ca },
        { MHD_OPTION_END, 0, NULL },
    };
    struct MHD_OptionItem no_options[] = { { MHD_OPTION_END, 0, NULL } };

    if (tls->cert) {
        flags |= MHD_USE_TLS;
    }
    return MHD_start_daemon(
        flags, 0, NULL, NULL, on_access, httpd,
        MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_CONNECTION_LIMIT, config->max_connections
            ? config->max_connections : (unsigned int) DEFAULT_CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, httpd->timeout_s,
        MHD_OPTION_URI_LOG_CALLBACK, on_target, httpd,
        MHD_OPTION_UNESCAPE_CALLBACK, do_not_unescape, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, httpd,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, httpd,
        MHD_OPTION_ARRAY, tls->cert ? tls_options : no_options,
        MHD_OPTION_END);
}

static void
init_handles(struct httpd *httpd)
{
    int epoll_fd = MHD_get_daemon_info(httpd->daemon,
                                       MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;

    uv_poll_init(httpd->loop, &httpd->poll, epoll_fd);
    uv_timer_init(httpd->loop, &httpd->timer);
    uv_timer_init(httpd->loop, &httpd->deadlines);
    httpd->poll.data = httpd->timer.data = httpd->deadlines.data = httpd;
    httpd->n_open_handles = 3;
    uv_poll_start(&httpd->poll, UV_READABLE, on_ready);
    uv_timer_start(&httpd->timer, on_timer, 0, 0);
}

int
httpd_create(const struct httpd_config *config, uv_loop_t *loop,
             httpd_handler *handler, void *aux, struct httpd **httpdp,
             struct err *err)
{
    struct httpd_tls tls = HTTPD_TLS_INIT;
    struct httpd *httpd;
    int error, fd;

    error = httpd_tls_load(config->cert_file, config->key_file,
                           config->client_ca_file, &tls, err);
    if (error) {
        return error;
    }
    error = httpd_listen_open(config->listen, &fd, err);
    if (error) {
        httpd_tls_destroy(&tls);
        return error;
    }

    httpd = xzalloc(sizeof *httpd);
    httpd->loop = loop;
    httpd->handler = handler;
    httpd->aux = aux;
    httpd->port = httpd_listen_port(fd);
    httpd->max_body_bytes = config->max_body_bytes ? config->max_body_bytes
                                                   : DEFAULT_BODY_BYTES;
    httpd->timeout_s = config->timeout_s ? config->timeout_s
                                         : DEFAULT_TIMEOUT_S;
    httpd->requires_client_cert = tls.client_ca != NULL;
    ovs_list_init(&httpd->connections);
    httpd->daemon = start_daemon(httpd, config, fd, &tls);
    httpd_tls_destroy(&tls);
    if (!httpd->daemon) {
        close(fd);
        free(httpd);
        return err_put(err, -EIO, "listen", "the HTTP server cannot start");
    }
    init_handles(httpd);
    *httpdp = httpd;
    return 0;
}

static void
on_handle_closed(uv_handle_t *handle)
{
    struct httpd *httpd = handle->data;

    if (!--httpd->n_open_handles) {
        free(httpd);
    }
}

void
httpd_destroy(struct httpd *httpd)
{
    struct connection *connection;

    if (!httpd) {
        return;
    }
    httpd_quiesce(httpd);
    LIST_FOR_EACH (connection, node, &httpd->connections) {
        if (connection->request) {
            httpd_request_resume(connection->request);
        }
    }
    uv_close((uv_handle_t *) &httpd->poll, on_handle_closed);
    MHD_stop_daemon(httpd->daemon);
    uv_close((uv_handle_t *) &httpd->timer, on_handle_closed);
    uv_close((uv_handle_t *) &httpd->deadlines, on_handle_closed);
}

void
httpd_quiesce(struct httpd *httpd)
{
    if (!httpd->quiesced) {
        int fd = MHD_quiesce_daemon(httpd->daemon);

        httpd->quiesced = true;
        if (fd >= 0) {
            close(fd);
        }
    }
}

int
httpd_port(const struct httpd *httpd)
{
    return httpd->port;
}

unsigned int
httpd_n_pending(const struct httpd *httpd)
{
    unsigned int n_sending = 0;
    const struct connection *connection;

    LIST_FOR_EACH (connection, node, &httpd->connections) {
        n_sending += connection->phase == PHASE_SENDING;
    }
    return httpd->n_pending + n_sending;
}
