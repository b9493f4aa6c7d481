/* Reading of rows: see read.h.
 *
 * A list reads chunks of keys until the page is full, at the revision of its
 * first chunk; a page that continues another one reads at that one's. */
#include <config.h>

#include "api/read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/call.h"
#include "api/entry.h"
#include "api/event_stream.h"
#include "api/filter.h"
#include "api/problem.h"
#include "schemas/schema.h"
#include "store/keys.h"
#include "util.h"

/* Chunks of one page: where filters leave little, a page is cut short. */
enum { MAX_CHUNKS = 10 };

static const char *const list_parameters[] = {
    "limit", "continue", "watch", NULL,
};

/* A page under construction. */
struct list {
    struct filters filters;
    json_t *items;
    size_t n_bytes;             /* Of values in 'items'. */
    int64_t limit;
    int64_t revision;           /* 0: not known yet. */
    int n_chunks;
    char *prefix;               /* Of the table's keys. */
    char *end;                  /* Of its range. */
    char *last;                 /* The last key looked at; NULL: none. */
    size_t last_size;
};

static void
list_free(void *list_)
{
    struct list *list = list_;

    filters_destroy(&list->filters);
    json_decref(list->items);
    free(list->prefix);
    free(list->end);
    free(list->last);
    free(list);
}

bool
read_parse_token(const char *token, int64_t *revision, const char **rest)
{
    char *end;

    errno = 0;
    *revision = strtoll(token, &end, 10);
    *rest = end + 1;
    return end != token && *end == '.' && end[1] && !errno && *revision > 0;
}

static void
set_last(struct list *list, const char *key, size_t size)
{
    free(list->last);
    list->last = xmemdup0(key, size);
    list->last_size = size;
}

static void read_chunk(struct call *call);

static void
answer_page(struct call *call, bool more)
{
    struct list *list = call->data;
    json_t *page = json_object();

    json_object_set(page, "items", list->items);
    json_object_set_new(page, "revision", json_integer(list->revision));
    if (more && list->last) {
        char *token = xasprintf("%"PRId64".%s", list->revision,
                                list->last + strlen(list->prefix));

        json_object_set_new(page, "continue", problem_text(token));
        free(token);
    }
    call_add_revision(call, list->revision);
    call_answer_json(call, 200, page);
}

/* Adds what is wanted of 'result'.  Returns false when the page is full
 * before its end. */
static bool
add_rows(struct call *call, const struct store_range_result *result)
{
    struct list *list = call->data;

    for (size_t i = 0; i < result->n_kvs; i++) {
        const struct store_kv *kv = &result->kvs[i];
        struct entry entry = ENTRY_INIT;

        if (json_array_size(list->items)
            && ((int64_t) json_array_size(list->items) >= list->limit
                || list->n_bytes + kv->value.size > API_MAX_PAGE_BYTES)) {
            return false;
        }
        if (entry_from_kv(call->route.table, call->api->prefix, kv,
                          &list->filters, &entry)) {
            json_array_append(list->items, entry.json);
            list->n_bytes += kv->value.size;
            entry_destroy(&entry);
        }
        set_last(list, kv->key.data, kv->key.size);
    }
    return true;
}

static void
on_chunk(int error, const struct err *err,
         const struct store_range_result *result, void *call_)
{
    struct call *call = call_;
    struct list *list = call->data;

    call->op = NULL;
    if (error == -WEFT_E_COMPACTED) {
        call_answer_problem(call, problem_create(
            410, "the revision of this list is gone: begin again without "
            "\"continue\""));
        return;
    } else if (error) {
        call_answer_problem(call, problem_from_store(error, err));
        return;
    }
    if (!list->revision) {
        list->revision = result->revision;
    }
    if (!add_rows(call, result)) {
        answer_page(call, true);
    } else if (!result->more) {
        answer_page(call, false);
    } else if ((int64_t) json_array_size(list->items) >= list->limit
               || ++list->n_chunks >= MAX_CHUNKS) {
        answer_page(call, true);
    } else {
        read_chunk(call);
    }
}

static void
read_chunk(struct call *call)
{
    struct list *list = call->data;
    struct store_range range = {
        .key = store_bytes_from_string(list->prefix),
        .end = store_bytes_from_string(list->end),
    };
    struct store_range_options options = {
        .revision = list->revision,
        .limit = (list->filters.n ? API_MAX_PAGE_ROWS
                  : list->limit - (int64_t) json_array_size(list->items)),
    };

    if (list->last) {
        /* The first key after it: it and its NUL. */
        range.key = (struct store_bytes) { list->last, list->last_size + 1 };
    }
    call->op = store_get_range(call->api->store, &range, &options, on_chunk,
                               call);
}

/* Starts after the last key of the page that 'token' stands for. */
static bool
continue_from(struct call *call, const char *token)
{
    struct list *list = call->data;
    const char *rest;

    if (token) {
        if (!read_parse_token(token, &list->revision, &rest)) {
            json_t *problem = problem_create(400, "continue: is not what a "
                                             "list answered");

            problem_add_error(problem, "continue",
                              "is not what a list answered");
            call_answer_problem(call, problem);
            return false;
        }
        list->last = xasprintf("%s%s", list->prefix, rest);
        list->last_size = strlen(list->last);
    }
    return true;
}

void
read_table(struct call *call)
{
    struct schema_faults faults = SCHEMA_FAULTS_INIT;
    struct filters filters = FILTERS_INIT;
    struct list *list;
    bool watch;

    if (!filters_parse(call->route.table, httpd_uri(call->request),
                       list_parameters, &filters, &faults)) {
        call_answer_problem(call, problem_from_faults(&faults, ""));
        schema_faults_clear(&faults);
        return;
    }
    list = xzalloc(sizeof *list);
    list->filters = filters;
    list->items = json_array();
    list->prefix = row_name_table_prefix(call->route.table,
                                         call->api->prefix);
    list->end = keys_prefix_end(list->prefix, strlen(list->prefix));
    call->data = list;
    call->free_data = list_free;
    if (!call_parse_boolean(call, "watch", &watch)
        || !call_parse_integer(call, "limit", 1, API_MAX_PAGE_ROWS,
                               API_MAX_PAGE_ROWS, &list->limit)) {
        return;
    }
    if (watch && !strcmp(httpd_method(call->request), "HEAD")) {
        call_answer(call, 200, "text/event-stream", "");
    } else if (watch) {
        filters = list->filters;
        list->filters = (struct filters) FILTERS_INIT;
        event_stream_start(call, &filters);
    } else if (continue_from(call, httpd_query(call->request, "continue"))) {
        read_chunk(call);
    }
}

/* ---- One row ---------------------------------------------------------- */

/* What a status key holds, as JSON; the caller owns it. */
static json_t *
parse_status(const struct store_range_result *get)
{
    json_t *status;

    if (!get->n_kvs) {
        return json_object();
    }
    status = json_loadb(get->kvs[0].value.data, get->kvs[0].value.size, 0,
                        NULL);
    if (!json_is_object(status)) {
        json_decref(status);
        status = json_object();
        json_object_set_new(status, "_error",
                            json_string("is not a JSON object"));
    }
    return status;
}

static void
answer_missing(struct call *call)
{
    call_answer_problem(call, problem_create(
        404, "%s has no row \"%s\"", call->route.table->name,
        call->route.name.id));
}

/* Is 'revision' among the entity tags of If-None-Match? */
static bool
is_known_to_client(const struct call *call, int64_t revision)
{
    const char *tags = httpd_header(call->request, "If-None-Match");
    char *etag = entry_etag(revision);
    bool known = tags && (!strcmp(tags, "*") || strstr(tags, etag));

    free(etag);
    return known;
}

static void
on_row(int error, const struct err *err,
       const struct store_txn_result *result, void *call_)
{
    struct call *call = call_;
    const struct store_range_result *gets;
    const struct store_kv *kv;
    json_t *row;

    call->op = NULL;
    if (error) {
        call_answer_problem(call, problem_from_store(error, err));
        return;
    }
    gets = result->gets;
    if (!gets[0].n_kvs) {
        answer_missing(call);
        return;
    }
    kv = &gets[0].kvs[0];
    call_add_etag(call, kv->mod_revision);
    call_add_revision(call, result->revision);
    /* With its status the row changes without a new tag. */
    if (result->n_gets == 1 && is_known_to_client(call, kv->mod_revision)) {
        call_answer(call, 304, NULL, "");
        return;
    }
    row = entry_json(&call->route.name, kv->value, kv->mod_revision);
    if (result->n_gets > 1) {
        json_object_set_new(row, "_status", parse_status(&gets[1]));
    }
    call_answer_json(call, 200, row);
}

static void
on_status(int error, const struct err *err,
          const struct store_txn_result *result, void *call_)
{
    struct call *call = call_;
    const struct store_range_result *gets;

    call->op = NULL;
    if (error) {
        call_answer_problem(call, problem_from_store(error, err));
        return;
    }
    gets = result->gets;
    if (!gets[0].n_kvs && !gets[1].n_kvs) {
        answer_missing(call);
    } else {
        call_add_revision(call, result->revision);
        call_answer_json(call, 200, parse_status(&gets[1]));
    }
}

static void
add_get(struct store_txn *txn, char *key)
{
    struct store_range range = { store_bytes_from_string(key), { NULL, 0 } };

    store_txn_get(txn, &range);
    free(key);
}

static void
read_keys(struct call *call, bool with_status, store_txn_cb *cb)
{
    struct store_txn *txn = store_txn_create();

    add_get(txn, row_name_key(&call->route.name, call->api->prefix));
    if (with_status) {
        add_get(txn, row_name_status_key(&call->route.name,
                                         call->api->prefix));
    }
    call->op = store_txn_commit(call->api->store, txn, cb, call);
}

void
read_row(struct call *call)
{
    static const char *const parameters[] = { "status", NULL };
    bool with_status;

    if (call_check_parameters(call, parameters)
        && call_parse_boolean(call, "status", &with_status)) {
        read_keys(call, with_status, on_row);
    }
}

void
read_status(struct call *call)
{
    static const char *const parameters[] = { NULL };

    if (call_check_parameters(call, parameters)) {
        read_keys(call, true, on_status);
    }
}
