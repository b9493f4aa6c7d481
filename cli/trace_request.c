/* One trace: which datapath, which packet, and the result's forms. */
#include <config.h>

#include "cli/trace_request.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "cli/trace_node.h"
#include "lflow/registers.h"
#include "lib/err.h"
#include "store/store.h"
#include "util.h"

void
trace_session_open_db(const struct trace_session *session,
                      bool friendly_names, struct trace_db *db)
{
    trace_db_init(db, session->store, session->prefix, session->revision,
                  friendly_names);
    db->warn = session->warn;
}

void
trace_session_close(struct trace_session *session, uv_loop_t *loop)
{
    enum { MAX_TURNS = 1000 };

    store_destroy(session->store);
    for (int i = 0; i < MAX_TURNS && uv_run(loop, UV_RUN_NOWAIT); i++) {
        continue;
    }
    uv_loop_close(loop);
}

char *
trace_on_big_stack(void *(*function)(void *), void *aux)
{
    enum { STACK_BYTES = 512 * 1024 * 1024 };
    pthread_attr_t attributes;
    pthread_t thread;
    int error;

    pthread_attr_init(&attributes);
    error = pthread_attr_setstacksize(&attributes, STACK_BYTES);
    if (!error) {
        error = pthread_create(&thread, &attributes, function, aux);
    }
    if (!error) {
        pthread_join(thread, NULL);
    }
    pthread_attr_destroy(&attributes);
    return error ? xasprintf("no thread: %s", ovs_strerror(error)) : NULL;
}

/* ---- The datapath ----------------------------------------------------- */

/* The port that 'expr' says inport is, or NULL. */
static const char *
find_inport(const struct expr *expr)
{
    const char *name = NULL;

    if (expr->type == EXPR_AND) {
        for (unsigned int i = 0; i < expr->list.n && !name; i++) {
            name = find_inport(expr->list.args[i]);
        }
    } else if (expr->type == EXPR_COMPARE && expr->compare.n == 1
               && expr->compare.relop == EXPR_EQ
               && !strcmp(expr->compare.symbol->name, "inport")) {
        name = expr->compare.strings[0].name;
    }
    return name;
}

/* The message alone, in ovn-trace's words: neither where in the text it is,
 * nor the word there. */
static void
put_parse_error(struct err *err, struct ds *output)
{
    const char *text = err->message ? err->message : err_text(err->code);
    const char *word = strstr(text, " (at `");
    int size = word ? (int) (word - text) : (int) strlen(text);

    ds_put_format(output, "error parsing flow: %.*s\n", size, text);
    err_clear(err);
}

static struct trace_dp *
dp_from_inport(struct trace_db *db, const char *microflow, struct ds *output)
{
    const struct expr *expr;
    struct err err = ERR_INIT;
    struct trace_dp *dp;
    const char *port;

    /* Sets that it names are those of any datapath. */
    if (expr_parse_string(microflow, NULL, NULL, &db->arena, &expr, &err)) {
        put_parse_error(&err, output);
        return NULL;
    }
    port = find_inport(expr);
    if (!port) {
        ds_put_cstr(output, "error parsing flow: flow match expression does "
                    "not match on inport\n");
        return NULL;
    }
    dp = trace_db_dp_of_port(db, port);
    if (!dp || !trace_dp_port(dp, port)) {
        ds_put_format(output, "unknown port \"%s\"\n", port);
        return NULL;
    }
    return dp;
}

static struct trace_dp *
choose_dp(struct trace_db *db, const struct trace_request *request,
          struct ds *output)
{
    struct trace_dp *dp;
    size_t n;

    if (!request->dp) {
        return dp_from_inport(db, request->microflow, output);
    }
    dp = trace_db_find_dp(db, request->dp, &n);
    if (!dp) {
        /* One that nobody has translated yet is unknown, too. */
        ds_put_format(output, n > 1 ? "\"%s\" is the name of more than one "
                      "datapath: use a UUID\n" : "unknown datapath \"%s\"\n",
                      request->dp);
    }
    return dp;
}

/* ---- The packet ------------------------------------------------------- */

static bool
parse_packet(struct trace_dp *dp, const char *microflow, struct flow *flow,
             struct ds *output)
{
    struct err err = ERR_INIT;

    /* People may call ports as they know them. */
    dp->takes_friendly = true;
    int error = expr_parse_microflow(microflow, &dp->scope, NULL, flow, &err);
    dp->takes_friendly = false;
    if (error) {
        put_parse_error(&err, output);
        return false;
    }
    if (!trace_inport(flow) && dp->db->warn) {
        dp->db->warn("microflow does not specify ingress port");
    }
    return true;
}

/* ---- The result ------------------------------------------------------- */

static void
put_forms(const struct trace_request *request, const struct trace_node *root,
          struct ds *output)
{
    bool detailed = request->detailed || (!request->summary
                                          && !request->minimal);
    bool several = detailed + request->summary + request->minimal > 1;

    if (detailed) {
        ds_put_cstr(output, several ? "# Detailed trace.\n" : "");
        trace_print_detailed(root, output);
    }
    if (request->summary) {
        ds_put_cstr(output, several ? "# Summary trace.\n" : "");
        trace_print_summary(root, output);
    }
    if (request->minimal) {
        ds_put_cstr(output, several ? "# Minimal trace.\n" : "");
        trace_print_minimal(root, output);
    }
}

char *
trace_session_run(const struct trace_session *session, struct trace_db *db,
                  const struct trace_request *request, struct ds *output)
{
    struct trace_node root = { .type = TRACE_PIPELINE };
    struct ds result = DS_EMPTY_INITIALIZER;
    struct trace_dp *dp;
    struct flow flow;
    char *failure = NULL;

    db->friendly_names = request->friendly_names;
    dp = choose_dp(db, request, &result);
    if (dp && parse_packet(dp, request->microflow, &flow, &result)) {
        char *text = flow_to_string(&flow, NULL);

        ds_put_format(&result, "# %s\n", text);
        free(text);
        trace_run(db, &request->state, session->ovs, dp, &flow, &root);
        put_forms(request, &root, &result);
        trace_node_clear(&root);
    }
    if (trace_db_error(db)) {
        failure = err_to_string(&db->err);
    } else {
        ds_put_cstr(output, ds_cstr(&result));
    }
    ds_destroy(&result);
    return failure;
}

char *
trace_session_run_words(const struct trace_session *session,
                        struct trace_db *db,
                        const struct trace_request *defaults, int argc,
                        char *argv[], bool *misused, struct ds *output)
{
    struct trace_request request;
    char *error = trace_request_parse(&request, defaults, argc, argv);
    char *failure = NULL;

    if (misused) {
        *misused = error != NULL;
    }
    if (error) {
        ds_put_format(output, "%s\n", error);
        free(error);
    } else {
        failure = trace_session_run(session, db, &request, output);
    }
    trace_request_destroy(&request);
    return failure;
}
