/* HTTP POST requests on a uv loop, by libcurl.  Private to store/.
 *
 * All calls to the owner come from the loop, when libcurl has returned: an
 * owner may do anything in them, destroying 'struct http' too. */
#ifndef WEFT_STORE_HTTP_H
#define WEFT_STORE_HTTP_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "openvswitch/dynamic-string.h"

struct http;
struct http_request;

/* Strings are copied; NULL where there is none. */
struct http_options {
    const char *ca_file, *cert_file, *key_file;     /* PEM. */
    long max_connections;                           /* 0: no limit. */
};

struct http *http_create(uv_loop_t *loop, const struct http_options *options);
/* Forgets all requests, no callbacks.  NULL is ignored. */
void http_destroy(struct http *http);

/* How a request ended. */
struct http_result {
    int status;                 /* 0: there was no answer. */
    bool completed;             /* The answer is whole. */
    bool sent;                  /* The server may have got the request. */
    bool too_large;             /* More than 'max_bytes' came. */
    int grpc_status;            /* -1: there was none. */
    const char *grpc_message;   /* Or "". */
    const char *body;           /* With lines: what was behind the last. */
    size_t size;
    const char *failure;        /* Text, unless completed. */
};

struct http_post {
    const char *url;
    const char *token;          /* For "Authorization:", or NULL. */
    struct ds *body;            /* Taken: emptied. */
    bool grpc;                  /* Over HTTP/2, even without TLS, on a
                                 * connection of its own; body and answer
                                 * are gRPC's frames. */
    bool duplex;                /* The body goes on with http_send(); over
                                 * HTTP/2. */
    bool repeatable;            /* libcurl may send it twice. */
    uint64_t timeout_ms;        /* 0: none. */
    uint64_t connect_timeout_ms;
    size_t max_bytes;           /* Of the answer, or of one of its lines. */
    /* If not NULL, each line of the answer is given to it as it comes,
     * NUL-terminated instead of its newline; of gRPC each message. */
    void (*line)(const char *line, size_t size, void *aux);
    /* Called once, unless cancelled. */
    void (*done)(const struct http_result *result, void *aux);
    void *aux;
};

/* Sends a request (all of 'post' is copied). */
struct http_request *http_post(struct http *http,
                               const struct http_post *post);
/* No more calls for 'request', which is gone. */
void http_cancel(struct http_request *request);
/* More of the body of a duplex request; 'data' is emptied. */
void http_send(struct http_request *request, struct ds *data);

/* When something was last received for 'request' (uv_hrtime() in ms), 0:
 * never. */
uint64_t http_received_ms(const struct http_request *request);

/* Bytes of bodies so far. */
uint64_t http_bytes_sent(const struct http *http);
uint64_t http_bytes_received(const struct http *http);

#endif
