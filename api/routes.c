/* From paths and methods to functions: see routes.h. */
#include <config.h>

#include "api/routes.h"

#include <string.h>

#include "api/call.h"
#include "api/event_stream.h"
#include "api/problem.h"
#include "api/read.h"
#include "api/write.h"
#include "openvswitch/dynamic-string.h"
#include "schemas/schema.h"
#include "util.h"

/* ---- Paths ------------------------------------------------------------ */

static const struct schema_table *
find_table(const char *name, size_t size)
{
    char *copy = xmemdup0(name, size);
    const struct schema_table *table = schema_table_by_name("nb", copy);

    free(copy);
    return table;
}

/* Parses "<table>" or "<table>/<id>". */
static int
parse_row(const char *path, struct route *route, struct err *err)
{
    size_t size = strcspn(path, "/");

    route->table = find_table(path, size);
    if (!route->table) {
        return err_put(err, -WEFT_E_NOT_FOUND, NULL,
                       "there is no table \"%.*s\"", (int) MIN(size, 100),
                       path);
    }
    if (!path[size]) {
        route->type = ROUTE_TABLE;
        return 0;
    }
    route->type = ROUTE_ROW;
    return row_name_from_path(route->table, path + size + 1, &route->name,
                              err);
}

static int
parse_below_v1(const char *path, struct route *route, struct err *err)
{
    if (!strcmp(path, "batch")) {
        route->type = ROUTE_BATCH;
        return 0;
    } else if (!strncmp(path, "status/", 7)) {
        int error = parse_row(path + 7, route, err);

        if (!error && route->type != ROUTE_ROW) {
            return err_put(err, -WEFT_E_NOT_FOUND, NULL,
                           "the status is that of a row: "
                           "/v1/status/TABLE/ID");
        }
        route->type = ROUTE_STATUS;
        return error;
    }
    return parse_row(path, route, err);
}

int
route_parse(const char *path, struct route *routep, struct err *err)
{
    struct route route = { ROUTE_OTHER, NULL, ROW_NAME_INIT };
    int error = 0;

    if (!strcmp(path, "/v1") || !strcmp(path, "/v1/")) {
        route.type = ROUTE_INDEX;
    } else if (!strcmp(path, "/openapi.json")) {
        route.type = ROUTE_OPENAPI;
    } else if (!strncmp(path, "/v1/", 4)) {
        error = parse_below_v1(path + 4, &route, err);
    }
    if (!error) {
        *routep = route;
    }
    return error;
}

void
route_destroy(struct route *route)
{
    row_name_destroy(&route->name);
}

/* ---- What is not a row ------------------------------------------------ */

static void
answer_index(struct call *call)
{
    json_t *tables = json_object();
    json_t *index = json_object();

    for (const struct schema_table *const *t = schema_tables(); *t; t++) {
        if (!strcmp((*t)->db, "nb")) {
            char *url = xasprintf("/v1/%s", (*t)->name);
            json_t *entry = json_object();

            json_object_set_new(entry, "url", json_string(url));
            json_object_set_new(entry, "description",
                                problem_text((*t)->doc));
            json_object_set_new(tables, (*t)->name, entry);
            free(url);
        }
    }
    json_object_set_new(index, "version", json_string(WEFT_VERSION));
    json_object_set_new(index, "openapi", json_string("/openapi.json"));
    json_object_set_new(index, "tables", tables);
    call_answer_json(call, 200, index);
}

static void
answer_openapi(struct call *call)
{
    call_answer(call, 200, "application/json", schema_openapi_json);
}

/* ---- Methods ---------------------------------------------------------- */

static const struct method_route {
    enum route_type type;
    const char *method;
    enum role role;             /* That is needed. */
    void (*answer)(struct call *call);
} method_routes[] = {
    { ROUTE_INDEX, "GET", ROLE_READ, answer_index },
    { ROUTE_OPENAPI, "GET", ROLE_NONE, answer_openapi },
    { ROUTE_TABLE, "GET", ROLE_READ, read_table },
    { ROUTE_TABLE, "POST", ROLE_ADMIN, write_create },
    { ROUTE_ROW, "GET", ROLE_READ, read_row },
    { ROUTE_ROW, "PUT", ROLE_ADMIN, write_put },
    { ROUTE_ROW, "PATCH", ROLE_ADMIN, write_patch },
    { ROUTE_ROW, "DELETE", ROLE_ADMIN, write_delete },
    { ROUTE_STATUS, "GET", ROLE_READ, read_status },
    { ROUTE_BATCH, "POST", ROLE_ADMIN, write_batch },
};

static const struct method_route *
find_method(enum route_type type, const char *method)
{
    /* The server leaves the body of an answer to HEAD out. */
    if (!strcmp(method, "HEAD")) {
        method = "GET";
    }
    for (size_t i = 0; i < ARRAY_SIZE(method_routes); i++) {
        if (method_routes[i].type == type
            && !strcmp(method_routes[i].method, method)) {
            return &method_routes[i];
        }
    }
    return NULL;
}

/* Says which methods there are, to who asked for them (OPTIONS) or for
 * another. */
static void
answer_methods(struct call *call)
{
    struct ds allowed = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < ARRAY_SIZE(method_routes); i++) {
        const char *method = method_routes[i].method;

        if (method_routes[i].type == call->route.type) {
            ds_put_format(&allowed, "%s, ",
                          !strcmp(method, "GET") ? "GET, HEAD" : method);
        }
    }
    ds_put_cstr(&allowed, "OPTIONS");
    httpd_add_header(call->request, "Allow", ds_cstr(&allowed));
    if (!strcmp(httpd_method(call->request), "OPTIONS")) {
        call_answer(call, 204, NULL, "");
    } else {
        call_answer_problem(call, problem_create(405, "allowed here: %s",
                                                 ds_cstr(&allowed)));
    }
    ds_destroy(&allowed);
}

/* Returns false after refusing a caller that lacks 'role'. */
static bool
check_role(struct call *call, enum role role)
{
    enum role theirs;

    if (role == ROLE_NONE) {
        return true;
    }
    theirs = auth_role(call->api->auth,
                       httpd_header(call->request, "Authorization"));
    if (theirs == ROLE_NONE) {
        httpd_add_header(call->request, "WWW-Authenticate",
                         "Bearer realm=\"weft\"");
        call_answer_problem(call, problem_create(
            401, "a valid bearer token is needed"));
    } else if (theirs < role) {
        call_answer_problem(call, problem_create(
            403, "this token may only read"));
    }
    return theirs >= role;
}

void
route_call(struct call *call)
{
    const char *path = httpd_path(call->request);
    const struct method_route *method;
    struct err err = ERR_INIT;
    int error;

    error = route_parse(path, &call->route, &err);
    /* Who may not even read does not learn what exists. */
    if (error && !check_role(call, ROLE_READ)) {
        err_clear(&err);
        return;
    }
    if (error || call->route.type == ROUTE_OTHER) {
        json_t *problem = problem_create(
            error == -WEFT_E_INVALID ? 400 : 404, "%s",
            error ? err.message : "there is nothing here; see /v1");

        if (error == -WEFT_E_INVALID) {
            problem_add_error(problem, "id", err.message);
        }
        call_answer_problem(call, problem);
        err_clear(&err);
        return;
    }
    method = find_method(call->route.type, httpd_method(call->request));
    if (!method) {
        if (check_role(call, ROLE_READ)) {
            answer_methods(call);
        }
    } else if (check_role(call, method->role)) {
        method->answer(call);
    }
}
