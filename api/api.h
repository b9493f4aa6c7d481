/* The REST interface over the northbound model: everything but the process.
 *
 * A request (lib/httpd.h) becomes a call (call.h); routes.c finds what it asks
 * for; list.c, get.c, write.c and event_stream.c answer.  Nothing is stored
 * here: all state is in etcd. */
#ifndef WEFT_API_API_H
#define WEFT_API_API_H 1

#include "api/auth.h"
#include "lib/httpd.h"
#include "openvswitch/list.h"
#include "store/store.h"
#include "store/sync_token.h"

/* Limits, other than those of lib/httpd.h. */
enum {
    API_MAX_PAGE_ROWS = 1000,
    API_MAX_PAGE_BYTES = 4 * 1024 * 1024,
    API_MAX_WAIT_S = 600,
    API_DEFAULT_WAIT_S = 30,
};

struct api_config {
    struct httpd_config http;
    const char *prefix;         /* Of all keys; copied. */
    const char *client;         /* Names this server's sync token; copied. */
    const char *token_file;     /* NULL: no authentication. */
    size_t max_stream_bytes;    /* Queued for a reader that is slower. */
    unsigned int max_streams;
    unsigned int heartbeat_s;   /* Between comments on quiet streams. */
    /* Answers what is not below /v1 (health, metrics), or returns false. */
    bool (*answer_other)(struct httpd_request *request, void *aux);
    void *aux;
};

struct api {
    struct api_config config;
    char *prefix;
    char *client;
    struct store *store;
    struct httpd *httpd;
    struct auth *auth;
    struct sync_waiter *waiter;
    struct ovs_list calls;      /* struct call: not yet answered. */
    struct event_streams *streams;
    bool draining;
};

/* Serves 'store' (which must outlive it).  Returns 0, or an error of
 * httpd_create() or auth_create(). */
int api_create(const struct api_config *config, struct store *store,
               struct api **apip, struct err *err);
/* Ends every request.  NULL is ignored. */
void api_destroy(struct api *api);
/* Stops listening, ends streams; requests under way go on. */
void api_drain(struct api *api);
/* True when there is no request under way. */
bool api_is_idle(const struct api *api);

#endif
