/* weftctl whatif: what would become of the network, before it is written.
 *
 *     weftctl whatif ls-add n9 -- lsp-add n9 p9
 *     weftctl whatif -f commands.txt -- trace n1 'inport == "ap" && ...'
 *
 * Prints which rows and logical flows would differ, and a trace through the
 * result. */
#include <config.h>

#include "cli/whatif_command.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>

#include "cli/program.h"
#include "cli/trace_db.h"
#include "cli/trace_options.h"
#include "cli/trace_request.h"
#include "cli/whatif.h"
#include "util.h"

/* ---- Commands ---------------------------------------------------------- */

static void
run_line(struct whatif *whatif, const char *line, struct ds *output)
{
    char *message = whatif_run(whatif, line, output);

    if (message) {
        program_die("%s: %s", line, message);
    }
}

static void
run_file(struct whatif *whatif, const char *name, struct ds *output)
{
    FILE *file = strcmp(name, "-") ? fopen(name, "r") : stdin;
    struct ds line = DS_EMPTY_INITIALIZER;

    if (!file) {
        program_die("%s: %s", name, ovs_strerror(errno));
    }
    while (!ds_get_line(&line, file)) {
        run_line(whatif, ds_cstr(&line), output);
    }
    ds_destroy(&line);
    if (file != stdin) {
        fclose(file);
    }
}

/* Where "trace ..." begins among the arguments, or their number. */
static int
find_trace(const struct program *program)
{
    for (int i = 0; i < program->argc; i++) {
        if (!strcmp(program->argv[i], "trace")
            && (!i || !strcmp(program->argv[i - 1], "--"))) {
            return i;
        }
    }
    return program->argc;
}

/* ---- The trace --------------------------------------------------------- */

/* A table is a subroutine of the one before: this needs much stack. */
enum { STACK_BYTES = 512 * 1024 * 1024 };

struct tracing {
    struct trace_session session;
    int argc;
    char **argv;
    struct ds output;
    char *failure;
};

static void
warn(const char *message)
{
    fprintf(stderr, "%s: %s\n", program_name, message);
}

static void *
trace_thread(void *tracing_)
{
    struct tracing *tracing = tracing_;
    struct trace_request defaults;
    struct trace_db db;

    memset(&defaults, 0, sizeof defaults);
    defaults.friendly_names = true;
    trace_session_open_db(&tracing->session, true, &db);
    tracing->failure = trace_session_run_words(
        &tracing->session, &db, &defaults, tracing->argc, tracing->argv,
        NULL, &tracing->output);
    trace_db_destroy(&db);
    return NULL;
}

/* Appends the trace that argv[0...] asks for to 'output'. */
static void
trace(struct whatif *whatif, int argc, char *argv[], struct ds *output)
{
    struct tracing tracing = {
        .session = { .store = whatif->memory, .prefix = whatif->prefix,
                     .warn = warn },
        .argc = argc, .argv = argv, .output = DS_EMPTY_INITIALIZER,
    };
    pthread_attr_t attributes;
    pthread_t thread;

    whatif_put_southbound(whatif);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    int error = pthread_create(&thread, &attributes, trace_thread, &tracing);
    pthread_attr_destroy(&attributes);
    if (error) {
        program_die("no thread: %s", ovs_strerror(error));
    }
    pthread_join(thread, NULL);
    if (tracing.failure) {
        program_die("%s", tracing.failure);
    }
    ds_put_cstr(output, ds_cstr(&tracing.output));
    ds_destroy(&tracing.output);
}

/* ---- The result -------------------------------------------------------- */

static void
print_json(const struct changes *changes, const struct ds *said,
           const struct ds *traced)
{
    json_t *json = changes_to_json(changes);

    json_object_set_new(json, "output", json_string(said->length
                                                    ? said->string : ""));
    if (traced->length) {
        json_object_set_new(json, "trace", json_string(traced->string));
    }
    json_dumpf(json, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
    putchar('\n');
    json_decref(json);
}

static void
print(const struct program *program, const struct changes *changes,
      struct ds *said, struct ds *traced)
{
    struct ds output = DS_EMPTY_INITIALIZER;

    if (program_wants_json(program)) {
        print_json(changes, said, traced);
        return;
    }
    ds_put_cstr(&output, ds_cstr(said));
    changes_print(changes, program_colours(), &output);
    if (traced->length) {
        ds_put_format(&output, "\n%s", traced->string);
    }
    fputs(ds_cstr(&output), stdout);
    ds_destroy(&output);
}

/* The commands among the arguments, run as one line's. */
static void
run_arguments(struct whatif *whatif, const struct program *program, int n,
              struct ds *output)
{
    char *message;

    n -= n && !strcmp(program->argv[n - 1], "--");
    if (n) {
        message = whatif_run_words(whatif, n, program->argv, output);
        if (message) {
            program_die("%s", message);
        }
    }
}

static void
run(struct program *program)
{
    const char *file = settings_string(program->settings, "file");
    const char *revision = settings_string(program->settings, "revision");
    struct ds said = DS_EMPTY_INITIALIZER, traced = DS_EMPTY_INITIALIZER;
    int first_trace = find_trace(program);
    struct err err = ERR_INIT;
    struct changes changes;
    struct whatif whatif;

    program_open_store(program);
    program_progress("reading and translating the network");
    program_check(whatif_init(&whatif, program->store, program->prefix,
                              program_moment(program, revision), &err),
                  &err);
    program_progress(NULL);
    if (file) {
        run_file(&whatif, file, &said);
    }
    run_arguments(&whatif, program, first_trace, &said);
    changes_init(&changes);
    program_check(whatif_translate(&whatif, &changes, &err), &err);
    if (first_trace < program->argc) {
        trace(&whatif, program->argc - first_trace,
              program->argv + first_trace, &traced);
    }
    print(program, &changes, &said, &traced);
    changes_destroy(&changes);
    whatif_destroy(&whatif);
    ds_destroy(&said);
    ds_destroy(&traced);
}

int
whatif_command_main(int argc, char *argv[])
{
    static const struct setting options[] = {
        PROGRAM_FORMAT,
        { "file", SETTING_STRING, NULL, 0, 0, "FILE",
          "commands, one line each (-: standard input); -f is the same" },
        { "revision", SETTING_STRING, "now", 0, 0, "R",
          "start from the network at etcd revision R, or a time" },
    };
    static const struct program_spec spec = {
        .name = "whatif",
        .summary = "what commands would change, without writing anything",
        .arguments = "[COMMAND [ARG...] [-- COMMAND...]] "
                     "[-- trace [OPTIONS] [DATAPATH] MICROFLOW]",
        .options = options, .n_options = ARRAY_SIZE(options),
        .max_args = INT_MAX,
    };
    struct program program;

    program_init(&program, &spec, argc, argv);
    program_wants_json(&program);
    run(&program);
    program_destroy(&program);
    return EXIT_SUCCESS;
}
