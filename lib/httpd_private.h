/* What the parts of the HTTP server share: httpd.c (the server, and the
 * arrival of requests) and httpd_answer.c (requests and their answers). */
#ifndef WEFT_LIB_HTTPD_PRIVATE_H
#define WEFT_LIB_HTTPD_PRIVATE_H 1

#include <microhttpd.h>

#include "lib/httpd.h"
#include "lib/httpd_uri.h"
#include "openvswitch/list.h"

enum { HTTPD_MAX_ADDED_HEADERS = 16 };

struct httpd {
    uv_loop_t *loop;
    struct MHD_Daemon *daemon;
    httpd_handler *handler;
    void *aux;
    int port;
    size_t max_body_bytes;
    unsigned int timeout_s;
    bool requires_client_cert;

    uv_poll_t poll;             /* MHD's epoll descriptor. */
    uv_timer_t timer;           /* When MHD wants to run next. */
    uv_timer_t deadlines;       /* Ends connections that are too slow. */
    int n_open_handles;         /* Of those three. */
    struct ovs_list connections;    /* struct connection. */
    unsigned int n_pending;
    bool run_again;             /* Something was resumed. */
    bool quiesced;
};

/* What a connection is at, which is what its deadline depends on. */
enum phase { PHASE_RECEIVING, PHASE_WAITING, PHASE_SENDING };

struct connection {
    struct ovs_list node;       /* In httpd->connections. */
    int fd;                     /* MHD's. */
    uv_poll_t poll;             /* For the client's leaving. */
    enum phase phase;
    uint64_t phase_since_ms;
    struct httpd_request *request;  /* Suspended, or NULL. */
};

/* A header of the answer. */
struct header {
    char *name;
    char *value;
};

struct httpd_request {
    struct httpd *httpd;        /* NULL once MHD is done with it. */
    struct MHD_Connection *mhd;     /* Likewise. */
    struct connection *connection;  /* Likewise. */
    struct httpd_uri uri;
    char *uri_fault;            /* What is wrong with the URI, or NULL. */
    char *method;
    char *body;
    size_t body_size;
    size_t body_allocated;
    bool began;                 /* on_access() has seen it. */
    bool body_too_large;
    bool handed;                /* The handler had it. */
    bool settled;               /* Its user has nothing to do with it. */
    bool suspended;
    bool gone;                  /* The client is. */

    void (*on_gone)(struct httpd_request *request, void *aux);
    void *aux;

    struct header headers[HTTPD_MAX_ADDED_HEADERS];
    size_t n_headers;
    struct MHD_Response *response;  /* Not queued yet, or NULL. */
    unsigned int status;
    bool is_stream;
    bool is_cut;                /* The stream's client was too slow. */
    char *queue;                /* Stream: bytes not yet given to MHD. */
    size_t queue_start, queue_end, queue_allocated;
};

/* Frees a request that neither MHD nor its user knows any more. */
void httpd_request_free(struct httpd_request *request);

/* The request is now at 'phase'. */
void httpd_request_set_phase(struct httpd_request *request,
                             enum phase phase);

/* Tells the user that the client is gone. */
void httpd_request_tell_gone(struct httpd_request *request);

/* MHD lets the connection lie until httpd_request_resume().  From a callback
 * of MHD only. */
void httpd_request_suspend(struct httpd_request *request);
void httpd_request_resume(struct httpd_request *request);

/* A response of the 'size' bytes at 'body' (copied) with the headers that
 * were added. */
struct MHD_Response *httpd_make_response(struct httpd_request *request,
                                         const char *content_type,
                                         const void *body, size_t size);

/* Runs MHD in the loop's next turn. */
void httpd_run_again(struct httpd *httpd);

#endif
