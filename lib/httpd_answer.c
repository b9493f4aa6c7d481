/* Requests of the HTTP server and their answers: see httpd.h.
 *
 * While a connection is suspended libuv watches its socket, because MHD does
 * not, for the client's leaving. */
#include <config.h>

#include "lib/httpd.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/httpd_private.h"
#include "util.h"

enum { STREAM_BLOCK_BYTES = 16 * 1024 };

/* ---- Requests and connections ----------------------------------------- */

void
httpd_request_free(struct httpd_request *request)
{
    for (size_t i = 0; i < request->n_headers; i++) {
        free(request->headers[i].name);
        free(request->headers[i].value);
    }
    if (request->response) {
        MHD_destroy_response(request->response);
    }
    httpd_uri_destroy(&request->uri);
    free(request->uri_fault);
    free(request->method);
    free(request->body);
    free(request->queue);
    free(request);
}

void
httpd_request_set_phase(struct httpd_request *request, enum phase phase)
{
    if (request->connection) {
        request->connection->phase = phase;
        request->connection->phase_since_ms = uv_now(request->httpd->loop);
    }
}

void
httpd_request_tell_gone(struct httpd_request *request)
{
    request->gone = true;
    if (request->on_gone) {
        request->on_gone(request, request->aux);
    }
}

static void
on_disconnect(uv_poll_t *poll, int status OVS_UNUSED, int events OVS_UNUSED)
{
    struct connection *connection = poll->data;

    uv_poll_stop(poll);
    if (connection->request) {
        httpd_request_tell_gone(connection->request);
    }
}

void
httpd_request_suspend(struct httpd_request *request)
{
    MHD_suspend_connection(request->mhd);
    request->suspended = true;
    request->connection->request = request;
    uv_poll_start(&request->connection->poll, UV_DISCONNECT, on_disconnect);
}

void
httpd_request_resume(struct httpd_request *request)
{
    if (request->suspended) {
        request->suspended = false;
        request->connection->request = NULL;
        uv_poll_stop(&request->connection->poll);
        MHD_resume_connection(request->mhd);
        httpd_run_again(request->httpd);
    }
}

struct MHD_Response *
httpd_make_response(struct httpd_request *request, const char *content_type,
              const void *body, size_t size)
{
    struct MHD_Response *response;

    response = MHD_create_response_from_buffer(size, CONST_CAST(void *, body),
                                               MHD_RESPMEM_MUST_COPY);
    if (!response) {
        out_of_memory();
    }
    if (content_type) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                                content_type);
    }
    for (size_t i = 0; i < request->n_headers; i++) {
        MHD_add_response_header(response, request->headers[i].name,
                                request->headers[i].value);
    }
    if (request->httpd->quiesced) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION,
                                "close");
    }
    return response;
}

/* ---- What a request holds --------------------------------------------- */

const char *
httpd_method(const struct httpd_request *request)
{
    return request->method;
}

const char *
httpd_path(const struct httpd_request *request)
{
    return request->uri.path;
}

const char *
httpd_query(const struct httpd_request *request, const char *name)
{
    return httpd_uri_parameter(&request->uri, name);
}

void
httpd_query_each(const struct httpd_request *request,
                 void (*cb)(const char *name, const char *value, void *aux),
                 void *aux)
{
    for (size_t i = 0; i < request->uri.n_parameters; i++) {
        cb(request->uri.parameters[i].name, request->uri.parameters[i].value,
           aux);
    }
}

const struct httpd_uri *
httpd_uri(const struct httpd_request *request)
{
    return &request->uri;
}

const char *
httpd_header(const struct httpd_request *request, const char *name)
{
    return request->mhd
           ? MHD_lookup_connection_value(request->mhd, MHD_HEADER_KIND, name)
           : NULL;
}

const char *
httpd_body(const struct httpd_request *request, size_t *size)
{
    *size = request->body_size;
    return request->body ? request->body : "";
}

bool
httpd_is_gone(const struct httpd_request *request)
{
    return request->gone;
}

void
httpd_set_aux(struct httpd_request *request,
              void (*on_gone)(struct httpd_request *request, void *aux),
              void *aux)
{
    request->on_gone = on_gone;
    request->aux = aux;
}

/* ---- Answers ---------------------------------------------------------- */

bool
httpd_add_header(struct httpd_request *request, const char *name,
                 const char *value)
{
    struct header *header;

    if (request->n_headers >= HTTPD_MAX_ADDED_HEADERS
        || strpbrk(value, "\r\n")) {
        return false;
    }
    header = &request->headers[request->n_headers++];
    header->name = xstrdup(name);
    header->value = xstrdup(value);
    return true;
}

void
httpd_answer(struct httpd_request *request, unsigned int status,
             const char *content_type, const void *body, size_t size)
{
    if (!request->mhd) {
        httpd_request_free(request);
        return;
    }
    request->settled = true;
    request->httpd->n_pending--;
    request->status = status;
    request->response = httpd_make_response(request, content_type, body, size);
    httpd_request_set_phase(request, PHASE_SENDING);
    httpd_request_resume(request);
}

/* Gives MHD the next bytes of a stream. */
static ssize_t
on_read(void *request_, uint64_t position OVS_UNUSED, char *buffer,
        size_t max)
{
    struct httpd_request *request = request_;
    size_t n = MIN(max, request->queue_end - request->queue_start);

    if (n) {
        memcpy(buffer, request->queue + request->queue_start, n);
        request->queue_start += n;
        return n;
    }
    if (request->settled) {
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    httpd_request_suspend(request);
    return 0;
}

void
httpd_stream_start(struct httpd_request *request, const char *content_type)
{
    request->is_stream = true;
    if (!request->mhd) {
        return;
    }
    request->httpd->n_pending--;
    request->status = MHD_HTTP_OK;
    request->response = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, STREAM_BLOCK_BYTES, on_read, request, NULL);
    if (!request->response) {
        out_of_memory();
    }
    MHD_add_response_header(request->response, MHD_HTTP_HEADER_CONTENT_TYPE,
                            content_type);
    for (size_t i = 0; i < request->n_headers; i++) {
        MHD_add_response_header(request->response, request->headers[i].name,
                                request->headers[i].value);
    }
    httpd_request_resume(request);
}

bool
httpd_stream_write(struct httpd_request *request, const void *data,
                   size_t size, size_t max_queued_bytes)
{
    size_t queued = request->queue_end - request->queue_start;

    if (request->gone) {
        return false;
    }
    if (size > max_queued_bytes || queued > max_queued_bytes - size) {
        request->is_cut = true;
        return false;
    }
    if (request->queue_start) {
        memmove(request->queue, request->queue + request->queue_start,
                queued);
        request->queue_start = 0;
        request->queue_end = queued;
    }
    if (queued + size > request->queue_allocated) {
        request->queue_allocated = MAX(queued + size,
                                       2 * request->queue_allocated);
        request->queue = xrealloc(request->queue, request->queue_allocated);
    }
    memcpy(request->queue + queued, data, size);
    request->queue_end = queued + size;
    httpd_request_resume(request);
    return true;
}

void
httpd_stream_end(struct httpd_request *request)
{
    if (!request->mhd) {
        httpd_request_free(request);
        return;
    }
    request->settled = true;
    if (request->is_cut) {
        shutdown(request->connection->fd, SHUT_RDWR);
    }
    httpd_request_set_phase(request, PHASE_SENDING);
    httpd_request_resume(request);
}
