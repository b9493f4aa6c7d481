/* One run: rows that arguments name are fetched together, @names of rows to
 * come are promised, the commands run, and everything is committed at once.
 * If somebody else was faster, the run starts again from nothing. */
#include <config.h>

#include "cli/run.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commit.h"
#include "cli/model.h"
#include "cli/row.h"
#include "fatal-signal.h"
#include "lib/loop.h"
#include "store/store.h"
#include "timeval.h"
#include "util.h"
#include "uuid.h"

enum { MAX_CONFLICTS = 20, POLL_US = 50 * 1000, WAIT_MS = 200 };

/* True if the run's time is over. In a daemon a signal that waits to end the
 * process does so here. */
static bool
is_over(const struct run_options *options)
{
    if (options->in_daemon) {
        fatal_signal_run();
    }
    return options->deadline_ms && time_msec() >= options->deadline_ms;
}

/* ---- Before ------------------------------------------------------------ */

static void
want_arguments(struct model *model, const struct view *view,
               const struct invocation *invocation)
{
    const char *p = invocation->command->wants;

    while (p && *p) {
        int first = atoi(p);
        const char *name = p + strcspn(p, ":") + 1;
        size_t size = strcspn(name, " ");
        int last = name[-2] == '*' ? invocation->argc - 1 : first;

        for (const struct view_table *const *t = view->tables; *t; t++) {
            const char *table = (*t)->table->name;

            if (strlen(table) == size && !strncmp(table, name, size)) {
                for (int i = first; i <= last && i < invocation->argc; i++) {
                    model_want(model, (*t)->table, invocation->argv[i]);
                }
            }
        }
        p = name + size;
        p += strspn(p, " ");
    }
}

/* "create T name=x" as far as its id is concerned: the name, the caller's, or
 * NULL. */
static char *
name_argument(const struct invocation *invocation)
{
    for (int i = 2; i < invocation->argc; i++) {
        const char *p = invocation->argv[i];

        if (!strncmp(p, "name=", 5)) {
            static const struct atom_base base = { .type = ATOM_STRING };
            union atom atom;
            char *error = atom_from_text(&atom, &base, p + 5, NULL);

            free(error);
            return error ? NULL : atom.string;
        }
    }
    return NULL;
}

/* Makes room for what "--id=@x create T ..." will create, so that @x can be
 * referred to before. */
static void
promise(struct model *model, const struct view *view,
        struct symbols *symbols, const struct invocation *invocation)
{
    const char *id = shash_find_data(&invocation->options, "--id");
    const struct view_table *table;
    char *error;

    if (!id || id[0] != '@' || strcmp(invocation->command->name, "create")) {
        return;
    }
    error = view_find_table(view, invocation->argv[1], &table);
    if (!error && !table->table->is_fixed && !table->is_singleton) {
        char *name = name_argument(invocation);
        char *row_id = view_new_id(model, table, name);

        if (!model_is_taken(model, table->table, row_id)) {
            struct row *row = model_reserve(model, table->table, row_id);

            symbols_promise(symbols, id, &row->uuid);
        }
        free(row_id);
        free(name);
    }
    free(error);
}

/* ---- Once -------------------------------------------------------------- */

/* A run under way. */
struct run {
    const struct invocation *invocations;
    size_t n;
    struct run_options *options;
    struct model *model;
    struct symbols *symbols;
    struct context *contexts;   /* One for each invocation. */
};

static void
run_begin(struct run *run)
{
    struct run_options *options = run->options;

    run->model = model_create(options->store, options->prefix,
                              options->revision);
    run->symbols = symbols_create();
    run->contexts = xcalloc(run->n, sizeof *run->contexts);
    for (size_t i = 0; i < run->n; i++) {
        const struct invocation *invocation = &run->invocations[i];
        struct context *ctx = &run->contexts[i];

        ctx->argc = invocation->argc;
        ctx->argv = invocation->argv;
        ctx->options = &invocation->options;
        ctx->model = run->model;
        ctx->view = (invocation->group->view ? invocation->group->view
                     : options->view);
        ctx->symbols = run->symbols;
        ctx->is_last = i == run->n - 1;
        ds_init(&ctx->output);
        want_arguments(run->model, options->view, invocation);
    }
    for (size_t i = 0; i < run->n; i++) {
        promise(run->model, options->view, run->symbols,
                &run->invocations[i]);
    }
}

static void
run_end(struct run *run)
{
    for (size_t i = 0; i < run->n; i++) {
        ds_destroy(&run->contexts[i].output);
        text_table_destroy(run->contexts[i].table);
        free(run->contexts[i].error);
    }
    free(run->contexts);
    symbols_destroy(run->symbols);
    model_destroy(run->model);
}

/* A reference that leads nowhere may be to a row that nobody made. */
static char *
explain_error(struct run *run, struct context *ctx)
{
    char *message = NULL;

    if (!strncmp(ctx->error, VIEW_REFERENCE_ERROR,
                 strlen(VIEW_REFERENCE_ERROR))) {
        message = symbols_check(run->symbols);
    }
    if (!message) {
        message = ctx->error;
        ctx->error = NULL;
    }
    return message;
}

/* Runs the commands. Returns a message that is the caller's, or NULL. */
static char *
run_commands(struct run *run, bool *try_again, bool *waits)
{
    for (size_t i = 0; i < run->n; i++) {
        struct context *ctx = &run->contexts[i];

        if (run->invocations[i].group->check) {
            run->invocations[i].group->check(ctx);
        }
        if (ctx->error) {
            return explain_error(run, ctx);
        }
    }
    for (size_t i = 0; i < run->n; i++) {
        struct context *ctx = &run->contexts[i];
        char *message = NULL;

        run->invocations[i].command->run(ctx);
        /* A failed read first: it explains what follows from it. */
        if (model_error(run->model, &message)) {
            return message;
        } else if (ctx->error) {
            return explain_error(run, ctx);
        }
        *waits |= ctx->waits;
        if (ctx->try_again) {
            *try_again = true;
            return NULL;
        }
    }
    return symbols_check(run->symbols);
}

/* One line a command: newlines and backslashes escaped. */
static void
print_oneline(const struct ds *in, struct ds *out)
{
    size_t n = in->length;

    if (n && in->string[n - 1] == '\n') {
        n--;
    }
    for (size_t i = 0; i < n; i++) {
        if (in->string[i] == '\n') {
            ds_put_cstr(out, "\\n");
        } else if (in->string[i] == '\\') {
            ds_put_cstr(out, "\\\\");
        } else {
            ds_put_char(out, in->string[i]);
        }
    }
    ds_put_char(out, '\n');
}

static void
print_all(struct run *run, struct ds *output)
{
    for (size_t i = 0; i < run->n; i++) {
        struct context *ctx = &run->contexts[i];

        if (ctx->table) {
            text_table_print(ctx->table, &run->options->style, output);
        } else if (run->options->oneline) {
            print_oneline(&ctx->output, output);
        } else {
            ds_put_buffer(output, ctx->output.string, ctx->output.length);
        }
    }
}

static char *
run_once(struct run *run, bool *try_again, bool *conflict, struct ds *output,
         int64_t *revision)
{
    struct run_options *options = run->options;
    bool waits = false;
    char *message = run_commands(run, try_again, &waits);
    struct commit_result result;

    if (message && model_error(run->model, NULL) == -WEFT_E_COMPACTED
        && !options->revision) {
        /* The revision of the first read is gone: read a newer one. */
        free(message);
        *conflict = true;
        return NULL;
    } else if (message || *try_again) {
        return message;
    }

    struct commit_options commit_options = {
        .dry_run = options->dry_run,
        .wants_token = options->waits,
        .forces_token = waits,
        .level = options->level,
        .client = "weftctl",
    };
    int error = commit(run->model, options->view, &commit_options, &result,
                       &message);
    if (error == -WEFT_E_CONFLICT) {
        *conflict = true;
        return NULL;
    } else if (error) {
        return message;
    }
    *revision = options->waits && result.changed ? result.revision : 0;
    print_all(run, output);
    return NULL;
}

char *
run_invocations(const struct invocation *invocations, size_t n,
                struct run_options *options, struct ds *output,
                int64_t *revision)
{
    int n_conflicts = 0;

    *revision = 0;
    for (size_t i = 0; options->revision && i < n; i++) {
        if (invocations[i].command->writes) {
            return xasprintf("'%s' changes rows; --revision is for reading",
                             invocations[i].command->name);
        }
    }
    for (;;) {
        struct run run = { .invocations = invocations, .n = n,
                           .options = options };
        bool try_again = false, conflict = false;

        run_begin(&run);
        char *message = run_once(&run, &try_again, &conflict, output,
                                 revision);
        run_end(&run);
        if (message || (!try_again && !conflict)) {
            return message;
        }
        if (conflict && ++n_conflicts > MAX_CONFLICTS) {
            return xstrdup("somebody else keeps changing the same rows; "
                           "nothing was written");
        }
        if (is_over(options)) {
            return xstrdup("timeout expired");
        }
        usleep(conflict ? 1000 * n_conflicts : POLL_US);
    }
}

/* ---- Waiting ----------------------------------------------------------- */

struct waiting {
    bool done;
    int error;
    char *behind;
};

static void
waited_cb(int error, const struct err *err, const struct sync_status *status,
          void *waiting_)
{
    struct waiting *waiting = waiting_;
    struct ds s = DS_EMPTY_INITIALIZER;

    waiting->done = true;
    waiting->error = error;
    for (size_t i = 0; status && i < status->n_behind; i++) {
        ds_put_format(&s, "%s%s", i ? ", " : "", status->behind[i]);
    }
    if (err && err->message) {
        ds_put_format(&s, "%s%s", s.length ? ": " : "", err->message);
    }
    waiting->behind = ds_steal_cstr(&s);
}

static bool
is_waited(void *waiting_)
{
    const struct waiting *waiting = waiting_;

    return waiting->done;
}

char *
run_wait(const struct run_options *options, int64_t revision,
         struct ds *output)
{
    struct waiting waiting = { false, 0, NULL };
    struct sync_waiter *waiter = sync_waiter_create(options->store,
                                                    options->prefix);
    long long int start = time_wall_msec();
    uv_loop_t *loop = store_loop(options->store);

    /* A process's own time-out ends it, as it ends everything else; a
     * daemon's run has one of its own. */
    sync_wait_start(waiter, options->level, revision, INT_MAX, waited_cb,
                    &waiting);
    while (!waiting.done && uv_loop_alive(loop) && !is_over(options)) {
        loop_run_until(loop, is_waited, &waiting,
                       options->in_daemon ? WAIT_MS : -1);
    }
    sync_waiter_destroy(waiter);

    char *message = NULL;
    if (waiting.error || !waiting.done) {
        message = xasprintf("waiting for %s: %s",
                            sync_level_to_string(options->level),
                            waiting.behind ? waiting.behind
                            : is_over(options) ? "timeout expired"
                            : "no answer");
    } else if (options->prints_wait_time) {
        ds_put_format(output, "Time spent on processing nb_cfg %lld:\n"
                      "\t%s completion:\t%lldms\n", (long long int) revision,
                      options->level == SYNC_SB ? "translator"
                      : "hypervisors", time_wall_msec() - start);
    }
    free(waiting.behind);
    return message;
}
