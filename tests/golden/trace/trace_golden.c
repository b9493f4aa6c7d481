/* Golden traces: tests/golden/trace/NAME.txt, one behaviour a file.
 *
 *     # what it is about
 *     + KEY JSON                      a key of the store, below /weft/v1/
 *     @                               a revision that "--revision=@N" means:
 *                                     the Nth such line, from 1
 *     $ [OPTIONS] [DATAPATH] MICROFLOW    words as a shell takes them
 *     what weftctl trace prints
 *     < TEXT                          lines for weftctl detrace, up to one
 *     ...                             without '<'; what it prints follows
 *
 * The store is the one in memory.  With --update what was printed is written
 * back, for review.
 *
 *     trace_golden [--update] FILE... */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "cli/detrace.h"
#include "cli/trace_request.h"
#include "cli/trace_words.h"
#include "openvswitch/dynamic-string.h"
#include "store/memory.h"
#include "store/store.h"
#include "svec.h"
#include "util.h"

struct golden {
    struct trace_session session;
    uv_loop_t loop;
    struct ds result;           /* The file as it would be. */
    struct ds input;            /* Lines for detrace. */
    struct ds warnings;
    int64_t marks[16];          /* Revisions. */
    size_t n_marks;
};

static struct golden *current;

static void
on_warning(const char *message)
{
    ds_put_format(&current->warnings, "%s\n", message);
}

static void
put_row(struct golden *g, const char *line)
{
    size_t n = strcspn(line, " ");
    char *key = xasprintf("/weft/v1/%.*s", (int) n, line);

    store_memory_put_now(g->session.store, key, line + n + (line[n] == ' '));
    free(key);
}

/* "--revision=@1" is of the file, not of a request. */
static void
take_revision(struct golden *g, struct svec *words)
{
    g->session.revision = 0;
    for (size_t i = 0; i < words->n; i++) {
        unsigned int mark;

        if (sscanf(words->names[i], "--revision=@%u", &mark) == 1
            && mark && mark <= g->n_marks) {
            g->session.revision = g->marks[mark - 1];
            free(words->names[i]);
            memmove(&words->names[i], &words->names[i + 1],
                    (--words->n - i) * sizeof *words->names);
            return;
        }
    }
}

static void
put_failure(struct golden *g, char *failure)
{
    if (failure) {
        ds_put_format(&g->result, "failed: %s\n", failure);
        free(failure);
    }
    ds_put_cstr(&g->result, ds_cstr(&g->warnings));
    ds_clear(&g->warnings);
}

static void
run_trace(struct golden *g, const char *line)
{
    const struct trace_request defaults = { .friendly_names = true };
    struct svec words = SVEC_EMPTY_INITIALIZER;
    struct trace_db db;
    char *failure;

    svec_add(&words, "trace");
    if (!trace_words_parse(line + 2, &words)) {
        ds_put_cstr(&g->result, "a quote is not closed\n");
    }
    take_revision(g, &words);
    svec_terminate(&words);
    trace_session_open_db(&g->session, true, &db);
    failure = trace_session_run_words(&g->session, &db, &defaults, words.n,
                                      words.names, NULL, &g->result);
    put_failure(g, failure);
    trace_db_destroy(&db);
    svec_destroy(&words);
}

static void
run_detrace(struct golden *g)
{
    FILE *input = fmemopen(ds_cstr(&g->input), g->input.length, "r");
    char *text = NULL, *failure = NULL;
    struct trace_db db;
    size_t size = 0;
    FILE *output = open_memstream(&text, &size);

    trace_session_open_db(&g->session, true, &db);
    if (detrace_run(&db, NULL, input, output)) {
        failure = err_to_string(&db.err);
    }
    fclose(input);
    fclose(output);
    ds_put_cstr(&g->result, text);
    put_failure(g, failure);
    free(text);
    trace_db_destroy(&db);
    ds_clear(&g->input);
}

static void
take_line(struct golden *g, const char *line, bool *in_output)
{
    if (line[0] != '<' && g->input.length) {
        run_detrace(g);
    }
    if (line[0] == '<') {
        ds_put_format(&g->result, "%s\n", line);
        ds_put_format(&g->input, "%s\n", line + 1 + (line[1] == ' '));
        *in_output = true;
    } else if (!strncmp(line, "$ ", 2)) {
        ds_put_format(&g->result, "%s\n", line);
        run_trace(g, line);
        *in_output = true;
    } else if (!strncmp(line, "+ ", 2)) {
        ds_put_format(&g->result, "%s\n", line);
        put_row(g, line + 2);
        *in_output = false;
    } else if (!strcmp(line, "@")) {
        ds_put_format(&g->result, "%s\n", line);
        if (g->n_marks < ARRAY_SIZE(g->marks)) {
            g->marks[g->n_marks++] = store_memory_revision(
                g->session.store);
        }
        *in_output = false;
    } else if (!*in_output) {
        ds_put_format(&g->result, "%s\n", line);
    }
}

/* Reads the whole of 'name'; false if it can't be read. */
static bool
read_file(const char *name, struct ds *text)
{
    FILE *file = fopen(name, "r");
    int c;

    if (!file) {
        fprintf(stderr, "%s: %s\n", name, ovs_strerror(errno));
        return false;
    }
    while ((c = getc(file)) != EOF) {
        ds_put_char(text, c);
    }
    fclose(file);
    return true;
}

static void
run_text(struct golden *g, char *text)
{
    bool in_output = false;
    char *save = text, *line;

    while ((line = strsep(&save, "\n")) != NULL && (save || *line)) {
        take_line(g, line, &in_output);
    }
    if (g->input.length) {
        run_detrace(g);
    }
}

static bool
check_file(const char *name, bool update)
{
    struct ds text = DS_EMPTY_INITIALIZER;
    struct golden g;
    bool same;
    char *copy;

    memset(&g, 0, sizeof g);
    if (!read_file(name, &text)) {
        return false;
    }
    uv_loop_init(&g.loop);
    g.session.store = store_memory_create(&g.loop);
    g.session.prefix = "/weft/v1";
    g.session.warn = on_warning;
    current = &g;
    copy = xstrdup(ds_cstr(&text));
    run_text(&g, copy);
    free(copy);
    same = !strcmp(ds_cstr(&g.result), ds_cstr(&text));
    if (!same && update) {
        FILE *file = fopen(name, "w");

        same = file && fputs(ds_cstr(&g.result), file) >= 0
               && !fclose(file);
        printf("%s: updated\n", name);
    } else if (!same) {
        printf("%s: differs; what is printed now:\n%s\n", name,
               ds_cstr(&g.result));
    }
    trace_session_close(&g.session, &g.loop);
    ds_destroy(&g.result);
    ds_destroy(&g.input);
    ds_destroy(&g.warnings);
    ds_destroy(&text);
    return same;
}

struct arguments {
    int argc;
    char **argv;
    int n, n_bad;
};

static void *
check_files(void *arguments_)
{
    struct arguments *a = arguments_;
    bool update = a->argc > 1 && !strcmp(a->argv[1], "--update");

    for (int i = 1 + update; i < a->argc; i++) {
        a->n++;
        a->n_bad += !check_file(a->argv[i], update);
    }
    return NULL;
}

int
main(int argc, char *argv[])
{
    struct arguments a = { .argc = argc, .argv = argv };
    char *failure = trace_on_big_stack(check_files, &a);

    if (failure) {
        puts(failure);
    }
    printf("%d of %d files as expected\n", a.n - a.n_bad, a.n);
    return failure || a.n_bad || !a.n;
}
