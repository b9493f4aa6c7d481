/* The frame of the subcommands that are programs of their own. */
#include <config.h>

#include "cli/program.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <jansson.h>

#include "cli/moment.h"
#include "lib/err.h"
#include "lib/loop.h"
#include "store/config.h"
#include "store/store.h"
#include "timeval.h"
#include "util.h"

void
program_die(const char *format, ...)
{
    va_list args;

    fflush(stdout);
    fprintf(stderr, "%s: ", program_name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    putc('\n', stderr);
    exit(EXIT_FAILURE);
}

void
program_check(int error, const struct err *err)
{
    if (error) {
        program_die("%s", err_to_string(err));
    }
}

/* ---- The command line -------------------------------------------------- */

static void
print_help(const struct program *program)
{
    const struct program_spec *spec = program->spec;

    printf("weftctl %s: %s\nusage: weftctl %s [OPTIONS] %s\n\n"
           "Options, and how to reach etcd (options or environment):\n",
           spec->name, spec->summary, spec->name, spec->arguments);
    settings_print_help(program->settings);
    printf("  -h, --help\n");
}

static bool
is_boolean(const struct settings *settings, const char *name)
{
    const struct setting *row;

    for (size_t i = 0; (row = settings_row(settings, i)); i++) {
        if (!strcmp(row->name, name)) {
            return row->type == SETTING_BOOLEAN;
        }
    }
    return false;
}

/* Takes the option at argv[i], "--name=value" or "--name value". Returns the
 * index of what follows. */
static int
take_option(struct program *program, int argc, char *argv[], int i)
{
    char *name = xstrdup(argv[i] + 2);
    char *equals = strchr(name, '=');
    struct err err = ERR_INIT;
    char *value = NULL;

    i++;
    if (equals) {
        *equals = '\0';
        value = equals + 1;
    } else if (!is_boolean(program->settings, name) && i < argc) {
        value = argv[i++];
    }
    if (settings_set(program->settings, name, value, &err)) {
        program_die("--%s: %s", name,
                    err.code == -WEFT_E_NOT_FOUND || !err.message
                    ? "no such option (see --help)" : err.message);
    }
    free(name);
    return i;
}

void
program_init(struct program *program, const struct program_spec *spec,
             int argc, char *argv[])
{
    struct err err = ERR_INIT;
    int i = 1;

    *program = (struct program) { .spec = spec };
    program->settings = settings_create();
    settings_add(program->settings, spec->options, spec->n_options);
    settings_add(program->settings, STORE_SETTINGS, N_STORE_SETTINGS);
    while (i < argc && argv[i][0] == '-' && argv[i][1]) {
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
            print_help(program);
            exit(EXIT_SUCCESS);
        } else if (!strcmp(argv[i], "--")) {
            i++;
            break;
        } else if (!strcmp(argv[i], "-f") && i + 1 < argc) {
            settings_set(program->settings, "file", argv[i + 1], NULL);
            i += 2;
        } else if (strncmp(argv[i], "--", 2)) {
            program_die("unrecognized option '%s'", argv[i]);
        } else {
            i = take_option(program, argc, argv, i);
        }
    }
    program_check(settings_check(program->settings, &err), &err);
    program->argc = argc - i;
    program->argv = argv + i;
    if (program->argc < spec->min_args || program->argc > spec->max_args) {
        program_die("usage: weftctl %s [OPTIONS] %s", spec->name,
                    spec->arguments);
    }
}

int64_t
program_moment(struct program *program, const char *text)
{
    int64_t moment = 0;
    struct err err = ERR_INIT;
    char *message = moment_parse(text, time_wall_msec(), &moment);

    if (message) {
        program_die("%s", message);
    }
    program_check(moment_resolve(program->store, program->prefix, &moment,
                                 &err), &err);
    return moment;
}

int64_t
program_revision(struct program *program, int i)
{
    return program_moment(program, i < program->argc ? program->argv[i]
                                                     : "now");
}

bool
program_wants_json(const struct program *program)
{
    const char *format = settings_string(program->settings, "format");

    if (strcmp(format, "json") && strcmp(format, "text")) {
        program_die("unknown output format \"%s\"", format);
    }
    return !strcmp(format, "json");
}

bool
program_colours(void)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

    return (isatty(STDOUT_FILENO) && !(no_color && *no_color)
            && !(term && !strcmp(term, "dumb")));
}

void
program_progress(const char *what)
{
    if (isatty(STDERR_FILENO)) {
        fprintf(stderr, "\r\033[K%s%s", what ? what : "",
                what ? "..." : "");
        fflush(stderr);
    }
}

/* ---- The store --------------------------------------------------------- */

void
program_open_store(struct program *program)
{
    struct store_config config;
    struct err err = ERR_INIT;

    uv_loop_init(&program->loop);
    store_config_from_settings(program->settings, &config);
    program->prefix = store_prefix_from_settings(program->settings);
    program_check(store_etcd_create(&config, &program->loop,
                                    &program->store, &err), &err);
}

static bool
never(void *aux)
{
    return false;
}

void
program_destroy(struct program *program)
{
    enum { TIMEOUT_MS = 1000 };

    if (program->store) {
        store_destroy(program->store);
        loop_run_until(&program->loop, never, NULL, TIMEOUT_MS);
        uv_loop_close(&program->loop);
    }
    settings_destroy(program->settings);
}

const char *
program_below_prefix(const struct program *program, const char *key)
{
    size_t n = strlen(program->prefix);

    return (!strncmp(key, program->prefix, n) && key[n] == '/'
            ? key + n + 1 : NULL);
}

static void
get_cb(const struct store_kv *kv, void *value)
{
    *(json_t **) value = json_loadb(kv->value.data, kv->value.size, 0, NULL);
}

json_t *
program_get(struct program *program, const char *key, int64_t *revision)
{
    char *keys[] = { CONST_CAST(char *, key) };
    struct err err = ERR_INIT;
    json_t *value = NULL;

    program_check(fetch_keys(program->store, keys, 1, revision, true, get_cb,
                             &value, &err), &err);
    if (value && !json_is_object(value)) {
        json_decref(value);
        value = NULL;
    }
    return value;
}
