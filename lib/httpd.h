/* A small HTTP server on the one loop: libmicrohttpd with its epoll
 * descriptor inside libuv.  Answers may come later (suspended connections).
 *
 * Used by every daemon for /metrics, /healthz and /readyz, and by weft-api. */
#ifndef WEFT_LIB_HTTPD_H
#define WEFT_LIB_HTTPD_H 1

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "lib/err.h"

struct httpd_uri;
struct httpd;
struct httpd_request;

struct httpd_config {
    const char *listen;         /* "127.0.0.1:8080", "[::1]:0"; port 0: any. */
    const char *cert_file;      /* PEM; NULL: plain HTTP. */
    const char *key_file;
    const char *client_ca_file; /* Clients must show a certificate by it. */
    size_t max_body_bytes;      /* Larger bodies are answered 413; 0: 1 MiB. */
    unsigned int timeout_s;     /* Of an idle connection; 0: 30.  A request
                                 * that takes twice that to arrive, or an
                                 * answer ten times that to be read, ends its
                                 * connection. */
    unsigned int max_connections;   /* More wait to be accepted; 0: 256. */
};

/* A whole request has arrived.  The handler answers at once or later with
 * httpd_answer() or httpd_stream_start(), exactly once. */
typedef void httpd_handler(struct httpd_request *request, void *aux);

/* Starts to listen.  Returns 0, or a negative errno, or -WEFT_E_INVALID, with
 * 'err' naming the setting ("listen", "cert_file"...). */
int httpd_create(const struct httpd_config *config, uv_loop_t *loop,
                 httpd_handler *handler, void *aux, struct httpd **httpdp,
                 struct err *err);
/* Stops listening and ends every connection: for every request that is still
 * unanswered and every stream 'on_gone' is called; answering or ending it
 * frees it, then or later.  Not from within a handler.  NULL is ignored. */
void httpd_destroy(struct httpd *httpd);
/* Stops accepting; requests under way go on (for a draining SIGTERM). */
void httpd_quiesce(struct httpd *httpd);
/* The port it listens on. */
int httpd_port(const struct httpd *httpd);
/* Requests that wait for their answer or are being sent it; no streams. */
unsigned int httpd_n_pending(const struct httpd *httpd);

const char *httpd_method(const struct httpd_request *request);
/* The path, still percent-encoded, without the query: "/v1/acl/7". */
const char *httpd_path(const struct httpd_request *request);
/* Path and query in parts (lib/httpd_uri.h). */
const struct httpd_uri *httpd_uri(const struct httpd_request *request);
/* A query parameter, decoded, or NULL. */
const char *httpd_query(const struct httpd_request *request,
                        const char *name);
/* Calls 'cb' for each query parameter. */
void httpd_query_each(const struct httpd_request *request,
                      void (*cb)(const char *name, const char *value,
                                 void *aux), void *aux);
/* A header, or NULL (also when the client is gone). */
const char *httpd_header(const struct httpd_request *request,
                         const char *name);
/* The body: '*size' bytes, NUL-terminated after them. */
const char *httpd_body(const struct httpd_request *request, size_t *size);
/* True once the client has gone; an answer is then dropped. */
bool httpd_is_gone(const struct httpd_request *request);
/* 'on_gone' (may be NULL) is called when the client goes before the answer
 * or in the middle of a stream (at the latest at a write; a client that shuts
 * its side of the connection down counts as gone).  The request stays valid
 * until answered or, for a stream, until httpd_stream_end(). */
void httpd_set_aux(struct httpd_request *request,
                   void (*on_gone)(struct httpd_request *request, void *aux),
                   void *aux);

/* A response header, before the answer; copied.  Returns false, and adds
 * nothing, if the value has a line break or there are 16 already. */
bool httpd_add_header(struct httpd_request *request, const char *name,
                      const char *value);
/* Answers with 'status' and the 'size' bytes at 'body' (copied).  The request
 * is gone afterwards. */
void httpd_answer(struct httpd_request *request, unsigned int status,
                  const char *content_type, const void *body, size_t size);

/* Begins an endless answer (server-sent events). */
void httpd_stream_start(struct httpd_request *request,
                        const char *content_type);
/* Adds bytes to it.  Returns false, and adds nothing, if the client is gone or
 * more than 'max_queued_bytes' would pile up: the caller should end the
 * stream, which then cuts the connection. */
bool httpd_stream_write(struct httpd_request *request, const void *data,
                        size_t size, size_t max_queued_bytes);
/* Ends it; the request is gone afterwards. */
void httpd_stream_end(struct httpd_request *request);

#endif
