/* Writing of rows: see write.h.
 *
 *     parse ─► read what patches are applied to ─► validate ─► commit ─► wait
 *                ▲                                                │
 *                └────── somebody changed a row meanwhile ◄───────┘
 *
 * All faults of all rows are told before anything is written. */
#include <config.h>

#include "api/write.h"

#include <stdlib.h>
#include <string.h>

#include "api/batch.h"
#include "api/call.h"
#include "api/change.h"
#include "api/entry.h"
#include "api/problem.h"
#include "schemas/schema.h"
#include "util.h"
#include "uuid.h"

/* How often a patch that has no precondition is made again. */
enum { MAX_ATTEMPTS = 64 };

/* What a write call knows. */
struct write {
    struct change *changes;
    size_t n;
    bool is_batch;
    bool waits;
    enum sync_level level;
    int64_t timeout_s;
    int n_attempts;
    int64_t revision;           /* Of the transaction. */
    bool created;               /* The put made the row. */
};

static void
write_free(void *write_)
{
    struct write *write = write_;

    for (size_t i = 0; i < write->n; i++) {
        change_destroy(&write->changes[i]);
    }
    free(write->changes);
    free(write);
}

/* ---- The answer ------------------------------------------------------- */

static void
answer_batch(struct call *call)
{
    struct write *write = call->data;
    json_t *results = json_array();
    json_t *answer = json_object();

    for (size_t i = 0; i < write->n; i++) {
        const struct change *change = &write->changes[i];
        json_t *result = json_object();

        json_object_set_new(result, "table",
                            json_string(change->name.table->name));
        json_object_set_new(result, "id", problem_text(change->name.id));
        json_array_append_new(results, result);
    }
    json_object_set_new(answer, "revision", json_integer(write->revision));
    json_object_set_new(answer, "results", results);
    call_answer_json(call, 200, answer);
}

static void
answer_done(struct call *call)
{
    struct write *write = call->data;
    const struct change *change = &write->changes[0];

    call_add_revision(call, write->revision);
    if (write->is_batch) {
        answer_batch(call);
    } else if (change->op == CHANGE_DELETE) {
        call_answer(call, 204, NULL, "");
    } else {
        char *url = row_name_url(&change->name);

        if (write->created) {
            httpd_add_header(call->request, "Location", url);
        }
        free(url);
        call_add_etag(call, write->revision);
        call_answer_json(call, write->created ? 201 : 200,
                         entry_json(&change->name,
                                    store_bytes_from_string(change->value),
                                    write->revision));
    }
}

/* ---- Waiting ---------------------------------------------------------- */

/* The change is made; who is not there yet? */
static json_t *
timeout_problem(const struct write *write, const struct err *err,
                const struct sync_status *status)
{
    json_t *behind = json_array();
    json_t *problem;

    for (size_t i = 0; i < status->n_behind; i++) {
        json_array_append_new(behind, problem_text(status->behind[i]));
    }
    if (err && err->code) {
        problem = problem_create(504, "the change is made, but %s",
                                 err->message);
    } else if (write->level == SYNC_SB || !status->n_behind
               || status->sb_revision < write->revision) {
        problem = problem_create(
            504, "the change is made, but the translator has not come to "
            "revision %"PRId64" (it is at %"PRId64")", write->revision,
            status->sb_revision);
    } else {
        problem = problem_create(
            504, "the change is made, but %"PRIuSIZE" chassis have not "
            "installed it: %s%s", status->n_behind, status->behind[0],
            status->n_behind > 1 ? ", ..." : "");
    }
    json_object_set_new(problem, "done", json_true());
    json_object_set_new(problem, "revision", json_integer(write->revision));
    json_object_set_new(problem, "behind", behind);
    return problem;
}

static void
on_waited(int error, const struct err *err, const struct sync_status *status,
          void *call_)
{
    struct call *call = call_;

    call->wait = NULL;
    if (error) {
        call_add_revision(call, ((struct write *) call->data)->revision);
        call_answer_problem(call, timeout_problem(call->data, err, status));
    } else {
        answer_done(call);
    }
}

/* Nobody listens any more: ends the wait. */
static void
on_gone(struct httpd_request *request OVS_UNUSED, void *call_)
{
    answer_done(call_);
}

static void
on_written(struct call *call, const struct store_txn_result *result)
{
    struct write *write = call->data;

    write->revision = result->revision;
    write->created = result->n_gets && result->gets[0].n_kvs
                     && result->gets[0].kvs[0].version == 1;
    if (!write->waits || httpd_is_gone(call->request)) {
        answer_done(call);
        return;
    }
    httpd_set_aux(call->request, on_gone, call);
    call->wait = sync_wait_start(call->api->waiter, write->level,
                                 write->revision, write->timeout_s * 1000,
                                 on_waited, call);
}

/* ---- Refusals --------------------------------------------------------- */

/* Adds why 'change' was refused. */
static void
describe_refusal(json_t *problem, const struct change *change,
                 enum change_refusal why, const struct store_kv *current)
{
    const char *field = why == CHANGE_UNMATCHED
        ? change->precondition.type == PRECONDITION_ABSENT ? "if_none_match"
          : "if_match"
        : "id";
    char *path = problem_path(change->path, field);
    char *message;

    if (!current) {
        message = xasprintf("%s has no row \"%s\"", change->name.table->name,
                            change->name.id);
    } else if (why == CHANGE_EXISTS
               || change->precondition.type == PRECONDITION_ABSENT) {
        message = xasprintf("%s has a row \"%s\" already",
                            change->name.table->name, change->name.id);
    } else {
        message = xasprintf("%s \"%s\" is at revision %"PRId64" now",
                            change->name.table->name, change->name.id,
                            current->mod_revision);
    }
    problem_add_error(problem, path, message);
    free(message);
    free(path);
}

static int
status_of_refusal(enum change_refusal why)
{
    switch (why) {
    case CHANGE_MISSING: return 404;
    case CHANGE_UNMATCHED: return 412;
    case CHANGE_HOLDS:
    case CHANGE_EXISTS:
    case CHANGE_RACED:
    default: return 409;
    }
}

/* Row 'i' of what was read for the changes: all of them, or the patches. */
static const struct store_kv *
get_kv(const struct store_txn_result *result, size_t i)
{
    return i < result->n_gets && result->gets[i].n_kvs
           ? &result->gets[i].kvs[0] : NULL;
}

static void read_current(struct call *call);

/* The transaction's compares did not hold, or cannot. 'result' has the row of
 * every change. */
static void
on_refused(struct call *call, const struct store_txn_result *result)
{
    struct write *write = call->data;
    json_t *problem = NULL;

    for (size_t i = 0; i < write->n; i++) {
        const struct change *change = &write->changes[i];
        const struct store_kv *current = get_kv(result, i);
        enum change_refusal why = change_why_refused(change, current);

        if (why == CHANGE_HOLDS || why == CHANGE_RACED) {
            continue;
        }
        if (!problem) {
            problem = problem_create(status_of_refusal(why),
                                     "nothing was changed");
        }
        describe_refusal(problem, change, why, current);
    }
    if (problem) {
        const json_t *first = json_array_get(json_object_get(problem,
                                                             "errors"), 0);

        json_object_set(problem, "detail", json_object_get(first, "message"));
        call_answer_problem(call, problem);
    } else if (++write->n_attempts < MAX_ATTEMPTS) {
        read_current(call);
    } else {
        call_answer_problem(call, problem_create(
            409, "the row is changed by others all the time"));
    }
}

/* ---- The transaction -------------------------------------------------- */

static void
on_committed(int error, const struct err *err,
             const struct store_txn_result *result, void *call_)
{
    struct call *call = call_;

    call->op = NULL;
    if (error) {
        call_answer_problem(call, problem_from_store(error, err));
    } else if (result->succeeded) {
        on_written(call, result);
    } else {
        on_refused(call, result);
    }
}

static void
commit(struct call *call)
{
    struct write *write = call->data;
    struct store_txn *txn = store_txn_create();

    for (size_t i = 0; i < write->n; i++) {
        change_add_to_txn(&write->changes[i], txn);
    }
    if (!write->is_batch && write->changes[0].op != CHANGE_DELETE) {
        struct store_range range = {
            store_bytes_from_string(write->changes[0].key), { NULL, 0 } };

        /* Its version tells whether the put made it. */
        store_txn_get(txn, &range);
    }
    if (write->waits) {
        sync_token_put(txn, call->api->prefix, call->api->client,
                       write->level);
    }
    call->op = store_txn_commit(call->api->store, txn, on_committed, call);
}

/* Makes the values of all changes.  Returns false after answering with every
 * fault. 'result' (NULL: not read) has the row of every change. */
static bool
prepare(struct call *call, const struct store_txn_result *result)
{
    struct write *write = call->data;
    json_t *problem = NULL;

    for (size_t i = 0; i < write->n; i++) {
        struct change *change = &write->changes[i];
        struct schema_faults faults = SCHEMA_FAULTS_INIT;
        const struct store_kv *current = result ? get_kv(result, i) : NULL;

        if (!change_prepare(change, call->api->prefix, current, &faults)) {
            char *path = write->is_batch ? problem_path(change->path, "row")
                                         : xstrdup("");

            if (!problem) {
                problem = problem_from_faults(&faults, path);
            } else {
                for (size_t j = 0; j < faults.n; j++) {
                    char *full = problem_path(path, faults.items[j].path);

                    problem_add_error(problem, full, faults.items[j].message);
                    free(full);
                }
            }
            free(path);
        }
        schema_faults_clear(&faults);
    }
    if (problem) {
        call_answer_problem(call, problem);
    }
    return !problem;
}

static void
on_current(int error, const struct err *err,
           const struct store_txn_result *result, void *call_)
{
    struct call *call = call_;
    struct write *write = call->data;

    call->op = NULL;
    if (error) {
        call_answer_problem(call, problem_from_store(error, err));
        return;
    }
    for (size_t i = 0; i < write->n; i++) {
        write->changes[i].read_revision = 0;
        if (change_why_refused(&write->changes[i], get_kv(result, i))
            != CHANGE_HOLDS) {
            on_refused(call, result);
            return;
        }
    }
    if (prepare(call, result)) {
        commit(call);
    }
}

/* Reads the row of every change. */
static void
read_current(struct call *call)
{
    struct write *write = call->data;
    struct store_txn *txn = store_txn_create();

    for (size_t i = 0; i < write->n; i++) {
        char *key = row_name_key(&write->changes[i].name, call->api->prefix);
        struct store_range range = { store_bytes_from_string(key),
                                     { NULL, 0 } };

        store_txn_get(txn, &range);
        free(key);
    }
    call->op = store_txn_commit(call->api->store, txn, on_current, call);
}

/* ---- Requests --------------------------------------------------------- */

/* Parses "wait" and "timeout", and makes the call's data of 'changes', which
 * it takes.  Goes on with the transaction. */
static void
start(struct call *call, struct change *changes, size_t n, bool is_batch)
{
    struct write *write = xzalloc(sizeof *write);
    const char *wait = httpd_query(call->request, "wait");
    bool must_read = false;

    write->changes = changes;
    write->n = n;
    write->is_batch = is_batch;
    call->data = write;
    call->free_data = write_free;
    if (!call_parse_integer(call, "timeout", 1, API_MAX_WAIT_S,
                            API_DEFAULT_WAIT_S, &write->timeout_s)) {
        return;
    }
    if (wait && strcmp(wait, "none")) {
        if (!sync_level_from_string(wait, &write->level)) {
            json_t *problem = problem_create(400, "wait: must be none, sb or "
                                             "hv");

            problem_add_error(problem, "wait", "must be none, sb or hv");
            call_answer_problem(call, problem);
            return;
        }
        write->waits = true;
    }
    for (size_t i = 0; i < n; i++) {
        must_read |= changes[i].op == CHANGE_PATCH
                     || changes[i].precondition.type == PRECONDITION_NEVER;
    }
    if (must_read) {
        read_current(call);
    } else if (prepare(call, NULL)) {
        commit(call);
    }
}

static bool
check_parameters(struct call *call)
{
    static const char *const parameters[] = { "wait", "timeout", NULL };

    return call_check_parameters(call, parameters);
}

/* A write of the row in the URL; 'body' (taken) is NULL for a delete. */
static void
start_row(struct call *call, enum change_op op, json_t *body)
{
    struct schema_faults faults = SCHEMA_FAULTS_INIT;
    struct change *change = xzalloc(sizeof *change);
    struct err err = ERR_INIT;
    json_t *problem = NULL;

    change_init(change, op, &call->route.name, "");
    if (precondition_parse(httpd_header(call->request, "If-Match"),
                           httpd_header(call->request, "If-None-Match"),
                           &change->precondition, &err)) {
        problem = problem_create(400, "%s: %s", err.field, err.message);
        problem_add_error(problem, err.field, err.message);
        err_clear(&err);
        json_decref(body);
    } else if (body && !change_set_body(change, body, &faults)) {
        problem = problem_from_faults(&faults, "");
        schema_faults_clear(&faults);
    }
    if (problem) {
        change_destroy(change);
        free(change);
        call_answer_problem(call, problem);
    } else {
        start(call, change, 1, false);
    }
}

void
write_put(struct call *call)
{
    json_t *body;

    if (check_parameters(call) && (body = call_parse_body(call))) {
        start_row(call, CHANGE_PUT, body);
    }
}

void
write_patch(struct call *call)
{
    json_t *body;

    if (check_parameters(call) && (body = call_parse_body(call))) {
        start_row(call, CHANGE_PATCH, body);
    }
}

void
write_delete(struct call *call)
{
    if (check_parameters(call)) {
        start_row(call, CHANGE_DELETE, NULL);
    }
}

/* The name of a row to be created: what 'body' says, or a new UUID. */
static bool
name_new_row(const struct schema_table *table, const json_t *body,
             struct row_name *name, struct err *err)
{
    const json_t *id = json_object_get(body, "id");
    struct uuid uuid;
    char *text;
    int error;

    if (id && !json_is_string(id)) {
        err_put(err, -WEFT_E_INVALID, "id", "must be a string");
        return false;
    } else if (id) {
        return !row_name_from_id(table, json_string_value(id), name, err);
    } else if (row_name_n_components(table) > 1) {
        err_put(err, -WEFT_E_INVALID, "id", "must be given");
        return false;
    }
    uuid_generate(&uuid);
    text = xasprintf(UUID_FMT, UUID_ARGS(&uuid));
    error = row_name_from_id(table, text, name, err);
    free(text);
    return !error;
}

void
write_create(struct call *call)
{
    struct schema_faults faults = SCHEMA_FAULTS_INIT;
    struct row_name name = ROW_NAME_INIT;
    struct err err = ERR_INIT;
    struct change *change;
    json_t *body;

    if (!check_parameters(call) || !(body = call_parse_body(call))) {
        return;
    }
    if (!name_new_row(call->route.table, body, &name, &err)) {
        json_t *problem = problem_create(400, "id: %s", err.message);

        problem_add_error(problem, "id", err.message);
        err_clear(&err);
        json_decref(body);
        call_answer_problem(call, problem);
        return;
    }
    change = xzalloc(sizeof *change);
    change_init(change, CHANGE_CREATE, &name, "");
    if (!change_set_body(change, body, &faults)) {
        change_destroy(change);
        free(change);
        call_answer_problem(call, problem_from_faults(&faults, ""));
        schema_faults_clear(&faults);
        return;
    }
    start(call, change, 1, false);
}

void
write_batch(struct call *call)
{
    struct schema_faults faults = SCHEMA_FAULTS_INIT;
    struct change *changes;
    json_t *body;
    size_t n;

    if (!check_parameters(call) || !(body = call_parse_body(call))) {
        return;
    }
    /* One operation is for the sync token. */
    if (batch_parse(body, store_max_txn_ops(call->api->store) - 1, &changes,
                    &n, &faults)) {
        start(call, changes, n, true);
    } else {
        call_answer_problem(call, problem_from_faults(&faults, ""));
        schema_faults_clear(&faults);
    }
    json_decref(body);
}
