/* Requests in progress: see call.h. */
#include <config.h>

#include "api/call.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/entry.h"
#include "api/problem.h"
#include "lib/httpd_uri.h"
#include "lib/metrics.h"
#include "util.h"

/* ---- Numbers ---------------------------------------------------------- */

/* method, its histogram */
#define METHODS                                         \
    METHOD(GET) METHOD(HEAD) METHOD(PUT) METHOD(PATCH)  \
    METHOD(POST) METHOD(DELETE) METHOD(OTHER)

enum method {
#define METHOD(NAME) METHOD_##NAME,
    METHODS
#undef METHOD
    N_METHODS
};

enum { N_CLASSES = 4 };         /* 2xx to 5xx */

static struct metric durations[N_METHODS] = {
#define METHOD(NAME) [METHOD_##NAME] = METRIC_HISTOGRAM(            \
        "weft_api_request_duration_seconds",                        \
        "Time from a request's arrival to its answer.",             \
        "method=\"" #NAME "\""),
    METHODS
#undef METHOD
};

#define COUNTER(NAME, CLASS)                                        \
    { .name = "weft_api_requests_total",                            \
      .help = "Requests answered.",                                 \
      .labels = "method=\"" #NAME "\",code=\"" CLASS "\"",          \
      .type = METRIC_TYPE_COUNTER }
static struct metric requests[N_METHODS][N_CLASSES] = {
#define METHOD(NAME) [METHOD_##NAME] = {                            \
        COUNTER(NAME, "2xx"), COUNTER(NAME, "3xx"),                 \
        COUNTER(NAME, "4xx"), COUNTER(NAME, "5xx") },
    METHODS
#undef METHOD
};

static enum method
method_from_string(const char *text)
{
#define METHOD(NAME)                            \
    if (!strcmp(text, #NAME)) {                 \
        return METHOD_##NAME;                   \
    }
    METHODS
#undef METHOD
    return METHOD_OTHER;
}

static void
count(const struct call *call, unsigned int status)
{
    enum method method = method_from_string(httpd_method(call->request));
    struct metric *metric = &requests[method][
        MIN(MAX(status / 100, 2) - 2, N_CLASSES - 1)];

    metric_register(metric);
    metric_add(metric, 1);
    metric_register(&durations[method]);
    metric_observe(&durations[method],
                   (uv_hrtime() - call->start_ns) / 1e9);
}

/* ---- Life and death --------------------------------------------------- */

struct call *
call_create(struct api *api, struct httpd_request *request)
{
    struct call *call = xzalloc(sizeof *call);

    call->api = api;
    call->request = request;
    call->start_ns = uv_hrtime();
    ovs_list_push_back(&api->calls, &call->node);
    return call;
}

void
call_release(struct call *call, unsigned int status)
{
    count(call, status);
    httpd_set_aux(call->request, NULL, NULL);
    store_op_cancel(call->op);
    sync_wait_cancel(call->wait);
    if (call->free_data) {
        call->free_data(call->data);
    }
    route_destroy(&call->route);
    ovs_list_remove(&call->node);
    free(call);
}

/* ---- Answers ---------------------------------------------------------- */

void
call_answer(struct call *call, unsigned int status, const char *content_type,
            const char *body)
{
    struct httpd_request *request = call->request;

    call_release(call, status);
    httpd_answer(request, status, content_type, body, strlen(body));
}

static void
answer_json(struct call *call, unsigned int status, const char *type,
            json_t *json)
{
    char *body = entry_dump(json);

    json_decref(json);
    call_answer(call, status, type, body);
    free(body);
}

void
call_answer_json(struct call *call, unsigned int status, json_t *json)
{
    answer_json(call, status, "application/json", json);
}

void
call_answer_problem(struct call *call, json_t *problem)
{
    int status = problem_status(problem);

    if (status == 503) {
        httpd_add_header(call->request, "Retry-After", "1");
    }
    answer_json(call, status, "application/problem+json", problem);
}

void
call_add_etag(struct call *call, int64_t revision)
{
    char *etag = entry_etag(revision);

    httpd_add_header(call->request, "ETag", etag);
    free(etag);
}

void
call_add_revision(struct call *call, int64_t revision)
{
    char *text = xasprintf("%"PRId64, revision);

    httpd_add_header(call->request, "Weft-Revision", text);
    free(text);
}

/* ---- Parsing ---------------------------------------------------------- */

json_t *
call_parse_body(struct call *call)
{
    json_error_t error;
    const char *body;
    json_t *json;
    size_t size;

    body = httpd_body(call->request, &size);
    json = json_loadb(body, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
                      &error);
    if (!json) {
        call_answer_problem(call, problem_create(
            400, "the body is not JSON: line %d, column %d: %s", error.line,
            error.column, error.text));
    }
    return json;
}

static void
refuse_parameter(struct call *call, const char *name, const char *message)
{
    json_t *problem = problem_create(400, "%s: %s", name, message);

    problem_add_error(problem, name, message);
    call_answer_problem(call, problem);
}

bool
call_parse_integer(struct call *call, const char *name, int64_t min,
                   int64_t max, int64_t default_value, int64_t *valuep)
{
    const char *text = httpd_query(call->request, name);
    int64_t value = default_value;
    char *message, *end;

    if (text) {
        errno = 0;
        value = strtoll(text, &end, 10);
        if (end == text || *end || errno || value < min || value > max) {
            message = xasprintf("must be an integer from %"PRId64" to %"PRId64,
                                min, max);
            refuse_parameter(call, name, message);
            free(message);
            return false;
        }
    }
    *valuep = value;
    return true;
}

bool
call_parse_boolean(struct call *call, const char *name, bool *value)
{
    const char *text = httpd_query(call->request, name);

    if (text && strcmp(text, "true") && strcmp(text, "false")) {
        refuse_parameter(call, name, "must be true or false");
        return false;
    }
    *value = text && !strcmp(text, "true");
    return true;
}

bool
call_check_parameters(struct call *call, const char *const *known)
{
    const struct httpd_uri *uri = httpd_uri(call->request);

    for (size_t i = 0; i < uri->n_parameters; i++) {
        const char *const *p = known;

        while (*p && strcmp(*p, uri->parameters[i].name)) {
            p++;
        }
        if (!*p) {
            refuse_parameter(call, uri->parameters[i].name,
                             "there is no such parameter here");
            return false;
        }
    }
    return true;
}
