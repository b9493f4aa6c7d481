/* A request in progress, from its arrival to its answer. */
#ifndef WEFT_API_CALL_H
#define WEFT_API_CALL_H 1

#include <jansson.h>
#include <stdint.h>

#include "api/api.h"
#include "api/routes.h"

struct call {
    struct ovs_list node;       /* In api->calls. */
    struct api *api;
    struct httpd_request *request;
    struct route route;
    uint64_t start_ns;
    struct store_op *op;        /* Under way, or NULL. */
    struct sync_wait *wait;     /* Likewise. */
    void *data;                 /* Of who answers it; */
    void (*free_data)(void *data);      /* freed with the call. */
};

/* Takes up 'request'. */
struct call *call_create(struct api *api, struct httpd_request *request);
/* Ends it: cancels what is under way.  'request' is the caller's again. */
void call_release(struct call *call, unsigned int status);

/* Answers, and frees the call. */
void call_answer(struct call *call, unsigned int status,
                 const char *content_type, const char *body);
/* The same; takes 'json'. */
void call_answer_json(struct call *call, unsigned int status, json_t *json);
/* The same; takes 'problem'. */
void call_answer_problem(struct call *call, json_t *problem);

/* Adds a header with a revision: "ETag" (quoted) or "Weft-Revision". */
void call_add_etag(struct call *call, int64_t revision);
void call_add_revision(struct call *call, int64_t revision);

/* Parses the body as JSON.  Returns NULL after answering if it is none. */
json_t *call_parse_body(struct call *call);

/* Parses the query parameter 'name', an integer in [min, max].  Returns false
 * after answering if it is none. */
bool call_parse_integer(struct call *call, const char *name, int64_t min,
                        int64_t max, int64_t default_value, int64_t *value);
/* The same for "true" or "false". */
bool call_parse_boolean(struct call *call, const char *name, bool *value);
/* Refuses query parameters other than 'known' (ends with NULL).  Returns
 * false after answering if there are any. */
bool call_check_parameters(struct call *call, const char *const *known);

#endif
