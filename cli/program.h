/* What the subcommands that are programs of their own ("weftctl diff ...")
 * share: their command line and the store.
 *
 * These are one-shot programs: what is wrong is printed and ends the
 * process with status 1. */
#ifndef WEFT_CLI_PROGRAM_H
#define WEFT_CLI_PROGRAM_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>
#include <uv.h>

#include "cli/fetch.h"
#include "lib/settings.h"

struct store;

/* Constants. */
struct program_spec {
    const char *name;           /* "diff" */
    const char *summary;        /* One line. */
    const char *arguments;      /* "R1 [R2]" */
    const struct setting *options;  /* Besides those of the store; without
                                     * environment variables of note. */
    size_t n_options;
    int min_args, max_args;
};

struct program {
    const struct program_spec *spec;
    struct settings *settings;  /* Options, and those of the store. */
    uv_loop_t loop;
    struct store *store;        /* NULL until program_open_store(). */
    const char *prefix;
    int argc;                   /* What follows the options, */
    char **argv;                /* borrowed from main(). */
};

/* Parses argv[1...]; with --help prints that and ends the process. */
void program_init(struct program *program, const struct program_spec *spec,
                  int argc, char *argv[]);
void program_open_store(struct program *program);
void program_destroy(struct program *program);

/* Prints "weftctl: message" and ends the process with status 1. */
void program_die(const char *format, ...)
    __attribute__((format(printf, 1, 2), noreturn));
/* The same where 'error' is not 0: for the fetch functions. */
void program_check(int error, const struct err *err);

/* The revision that 'text' names, a moment (cli/moment.h); 0: now.  The store
 * is open. */
int64_t program_moment(struct program *program, const char *text);
/* The same of argument 'i'; now if there is none. */
int64_t program_revision(struct program *program, int i);
/* --format: true for "json". */
bool program_wants_json(const struct program *program);
/* The setting row of --format. */
#define PROGRAM_FORMAT \
    { "format", SETTING_STRING, "text", 0, 0, "FORMAT", "text or json" }

/* Whether standard output takes colours: a terminal, and nobody has asked for
 * none (NO_COLOR, https://no-color.org). */
bool program_colours(void);

/* On a terminal, says on standard error what takes long; NULL: it is over. */
void program_progress(const char *what);

/* The key "PREFIX/..." without its prefix and '/', or NULL. */
const char *program_below_prefix(const struct program *program,
                                 const char *key);

/* Reads one key as a JSON object; NULL if there is none. The caller frees
 * it. 'revision': 0 for now; becomes what was read. */
json_t *program_get(struct program *program, const char *key,
                           int64_t *revision);

#endif
