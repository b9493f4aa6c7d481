/* weftctl trace: see trace.h. */
#include <config.h>

#include "cli/trace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "cli/moment.h"
#include "cli/trace_daemon.h"
#include "cli/trace_db.h"
#include "cli/trace_node.h"
#include "cli/trace_options.h"
#include "cli/trace_ovs.h"
#include "cli/trace_request.h"
#include "cli/trace_run.h"
#include "cli/trace_words.h"
#include "daemon.h"
#include "lib/err.h"
#include "openvswitch/dynamic-string.h"
#include "store/config.h"
#include "store/store.h"
#include "svec.h"
#include "util.h"

struct program {
    struct trace_options options;
    struct trace_session session;
    char *failure;              /* What ended it, or NULL. */
};

static void
warn(const char *message)
{
    fprintf(stderr, "%s: %s\n", program_name, message);
}

/* ---- What is to be done ----------------------------------------------- */

/* One line of --file; its result is printed under it. */
static char *
run_line(struct program *p, struct trace_db *db, char *line)
{
    struct svec words = SVEC_EMPTY_INITIALIZER;
    struct ds output = DS_EMPTY_INITIALIZER;
    char *failure = NULL;

    svec_add(&words, program_name);
    printf("==> %s\n", line);
    if (!trace_words_parse(line, &words)) {
        ds_put_cstr(&output, "a quote is not closed\n");
    } else if (words.n > 1) {
        svec_terminate(&words);
        failure = trace_session_run_words(&p->session, db,
                                          &p->options.request, words.n,
                                          words.names, NULL, &output);
    }
    fputs(ds_cstr(&output), stdout);
    ds_destroy(&output);
    svec_destroy(&words);
    return failure;
}

static void
run_file(struct program *p)
{
    FILE *file = strcmp(p->options.file, "-") ? fopen(p->options.file, "r")
                                              : stdin;
    struct ds line = DS_EMPTY_INITIALIZER;
    struct trace_db db;

    if (!file) {
        p->failure = xasprintf("%s: %s", p->options.file,
                               ovs_strerror(errno));
        return;
    }
    trace_session_open_db(&p->session, p->options.request.friendly_names,
                          &db);
    while (!p->failure && !ds_get_line(&line, file)) {
        if (line.length && ds_cstr(&line)[0] != '#') {
            p->failure = run_line(p, &db, ds_cstr(&line));
        }
    }
    trace_db_destroy(&db);
    ds_destroy(&line);
    if (file != stdin) {
        fclose(file);
    }
}

static void
run_one(struct program *p)
{
    struct ds output = DS_EMPTY_INITIALIZER;
    struct trace_db db;

    trace_session_open_db(&p->session, p->options.request.friendly_names,
                          &db);
    p->failure = trace_session_run(&p->session, &db, &p->options.request,
                                   &output);
    fputs(ds_cstr(&output), stdout);
    trace_db_destroy(&db);
    ds_destroy(&output);
}

static void *
run_thread(void *p_)
{
    struct program *p = p_;

    if (p->options.detach) {
        p->failure = trace_daemon_run(&p->session, &p->options);
    } else if (p->options.file) {
        run_file(p);
    } else {
        run_one(p);
    }
    return NULL;
}

/* ---- Beginning and end ------------------------------------------------ */

static void
run_program(struct program *p)
{
    struct trace_session *session = &p->session;
    struct store_config config;
    struct err err = ERR_INIT;
    uv_loop_t loop;

    if (p->options.detach) {
        daemonize_start(false);
    }
    uv_loop_init(&loop);
    store_config_from_settings(p->options.settings, &config);
    session->prefix = store_prefix_from_settings(p->options.settings);
    session->revision = p->options.revision;
    session->warn = warn;
    if (store_etcd_create(&config, &loop, &session->store, &err)) {
        p->failure = err_to_string(&err);
        err_clear(&err);
        return;
    }
    if (moment_resolve(session->store, session->prefix, &session->revision,
                       &err)) {
        p->failure = err_to_string(&err);
        err_clear(&err);
        trace_session_close(session, &loop);
        return;
    }
    if (p->options.ovs) {
        char *failure = trace_ovs_open(p->options.ovs, true, &session->ovs);

        if (failure) {
            warn(failure);
            free(failure);
        }
    }

    char *failure = trace_on_big_stack(run_thread, p);
    p->failure = failure ? failure : p->failure;
    trace_ovs_close(session->ovs);
    trace_session_close(session, &loop);
}

int
trace_main(int argc, char *argv[])
{
    struct program *p = xzalloc(sizeof *p);
    int status = EXIT_SUCCESS;

    p->failure = trace_options_parse(&p->options, argc, argv);
    if (!p->failure && p->options.help) {
        trace_options_print_help();
    } else if (!p->failure && p->options.version) {
        printf("%s (Weft) %s\n", program_name, WEFT_VERSION);
    } else if (!p->failure) {
        run_program(p);
    }
    if (p->failure) {
        fflush(stdout);
        fprintf(stderr, "%s: %s\n", program_name, p->failure);
        free(p->failure);
        status = EXIT_FAILURE;
    }
    trace_options_destroy(&p->options);
    free(p);
    return status;
}
