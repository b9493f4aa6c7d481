/* Global options: OVN's, with the same letters, and the settings that every
 * program of Weft has. */
#include <config.h>

#include "cli/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/moment.h"
#include "cli/place.h"
#include "daemon.h"
#include "openvswitch/vlog.h"
#include "store/config.h"
#include "timeval.h"
#include "util.h"

enum {
    OPT_DB = UCHAR_MAX + 1, OPT_NO_SYSLOG, OPT_NO_WAIT, OPT_WAIT, OPT_DRY_RUN,
    OPT_ONELINE, OPT_IGNORED, OPT_PRINT_WAIT_TIME, OPT_COMMANDS, OPT_OPTIONS,
    OPT_NO_HEADINGS, OPT_PRETTY, OPT_BARE, OPT_MAX_COLUMN_WIDTH,
    OPT_REVISION, OPT_LOCAL, OPT_SETTING, VLOG_OPTION_ENUMS,
    DAEMON_OPTION_ENUMS,
};

static const struct option global_options[] = {
    { "db", required_argument, NULL, OPT_DB },
    { "no-syslog", no_argument, NULL, OPT_NO_SYSLOG },
    { "no-wait", no_argument, NULL, OPT_NO_WAIT },
    { "wait", required_argument, NULL, OPT_WAIT },
    { "print-wait-time", no_argument, NULL, OPT_PRINT_WAIT_TIME },
    { "dry-run", no_argument, NULL, OPT_DRY_RUN },
    { "oneline", no_argument, NULL, OPT_ONELINE },
    { "timeout", required_argument, NULL, 't' },
    { "help", no_argument, NULL, 'h' },
    { "commands", no_argument, NULL, OPT_COMMANDS },
    { "options", no_argument, NULL, OPT_OPTIONS },
    { "leader-only", no_argument, NULL, OPT_IGNORED },
    { "no-leader-only", no_argument, NULL, OPT_IGNORED },
    { "shuffle-remotes", no_argument, NULL, OPT_IGNORED },
    { "no-shuffle-remotes", no_argument, NULL, OPT_IGNORED },
    { "version", no_argument, NULL, 'V' },
    { "unixctl", required_argument, NULL, 'u' },
    { "revision", required_argument, NULL, OPT_REVISION },
    { "format", required_argument, NULL, 'f' },
    { "data", required_argument, NULL, 'd' },
    { "no-headings", no_argument, NULL, OPT_NO_HEADINGS },
    { "pretty", no_argument, NULL, OPT_PRETTY },
    { "bare", no_argument, NULL, OPT_BARE },
    { "max-column-width", required_argument, NULL, OPT_MAX_COLUMN_WIDTH },
    { "private-key", required_argument, NULL, 'p' },
    { "certificate", required_argument, NULL, 'c' },
    { "ca-cert", required_argument, NULL, 'C' },
    { "bootstrap-ca-cert", required_argument, NULL, OPT_IGNORED },
    { "ssl-protocols", required_argument, NULL, OPT_IGNORED },
    { "ssl-ciphers", required_argument, NULL, OPT_IGNORED },
    VLOG_LONG_OPTIONS,
    DAEMON_LONG_OPTIONS,
};

static const char short_options[] = "+:hVt:u:f:d:p:c:C:v::";

/* ---- The table for getopt_long() ------------------------------------- */

struct option_list {
    struct option *items;
    size_t n, allocated;
    struct shash names;         /* Owned, of local options. */
};

static bool
list_has(const struct option_list *list, const char *name)
{
    for (size_t i = 0; i < list->n; i++) {
        if (!strcmp(list->items[i].name, name)) {
            return true;
        }
    }
    return false;
}

static void
list_add(struct option_list *list, const struct option *option)
{
    if (list->n >= list->allocated) {
        list->items = x2nrealloc(list->items, &list->allocated,
                                 sizeof *list->items);
    }
    list->items[list->n++] = *option;
}

/* The options of one command: "--a,--b=,--c?". */
static void
list_add_command(struct option_list *list, const char *spec)
{
    while (spec && *spec) {
        size_t n = strcspn(spec, ",=?");
        char *name = xmemdup0(spec + 2, n - 2);

        if (list_has(list, name)) {
            free(name);
        } else {
            struct option option = {
                .has_arg = (spec[n] == '=' ? required_argument
                            : spec[n] == '?' ? optional_argument
                            : no_argument),
                .val = OPT_LOCAL,
            };

            option.name = shash_add_nocopy(&list->names, name, NULL)->name;
            list_add(list, &option);
        }
        spec += strcspn(spec, ",");
        spec += *spec == ',';
    }
}

static void
list_init(struct option_list *list, const struct settings *settings,
          command_groups *groups)
{
    const struct option end = { NULL, 0, NULL, 0 };
    const struct setting *row;

    memset(list, 0, sizeof *list);
    shash_init(&list->names);
    for (size_t i = 0; i < ARRAY_SIZE(global_options); i++) {
        list_add(list, &global_options[i]);
    }
    for (size_t i = 0; (row = settings_row(settings, i)); i++) {
        struct option option = { row->name, required_argument, NULL,
                                 OPT_SETTING };

        if (!list_has(list, row->name)) {
            list_add(list, &option);
        }
    }
    for (; *groups; groups++) {
        for (size_t i = 0; i < (*groups)->n_commands; i++) {
            list_add_command(list, (*groups)->commands[i].options);
        }
    }
    list_add(list, &end);
}

static void
list_destroy(struct option_list *list)
{
    free(list->items);
    shash_destroy(&list->names);
}

/* ---- Values ---------------------------------------------------------- */

static void
complain(struct options *options, char *message)
{
    if (options->error) {
        free(message);
    } else {
        options->error = message;
    }
}

static void
set_setting(struct options *options, const char *name, const char *value)
{
    struct err err = ERR_INIT;

    if (settings_set(options->settings, name, value, &err)) {
        complain(options, err_to_string(&err));
    }
    err_clear(&err);
}

static void
set_wait(struct options *options, const char *word)
{
    options->waits = strcmp(word, "none") != 0;
    if (options->waits && !sync_level_from_string(word, &options->level)) {
        complain(options, xstrdup("argument to --wait must be \"none\", "
                                  "\"sb\", or \"hv\""));
    }
}

static void
add_local(struct options *options, const char *name, const char *value)
{
    char *key = xasprintf("--%s", name);

    if (shash_find(&options->local, key)) {
        complain(options, xasprintf("'%s' option specified multiple times",
                                    key));
        free(key);
    } else {
        shash_add_nocopy(&options->local, key, nullable_xstrdup(value));
    }
}

static void
set_style(struct options *options, int c, const char *value)
{
    struct text_table_style *style = &options->style;

    if (c == 'f') {
        if (!text_table_parse_format(style, value)) {
            complain(options, xasprintf("unknown output format \"%s\"",
                                        value));
        }
    } else if (c == 'd') {
        if (!text_table_parse_data(style, value)) {
            complain(options, xasprintf("unknown data format \"%s\"",
                                        value));
        }
    } else if (c == OPT_BARE) {
        style->format = TEXT_TABLE_LIST;
        style->data = TEXT_TABLE_BARE;
        style->no_headings = true;
    } else if (c == OPT_NO_HEADINGS) {
        style->no_headings = true;
    } else if (c == OPT_PRETTY) {
        style->pretty = true;
    } else {
        style->max_column_width = atoi(value);
    }
}

static void
set_number(struct options *options, int c, const char *value)
{
    long long int n;

    if (c == OPT_REVISION) {
        char *message = moment_parse(value, time_wall_msec(),
                                     &options->revision);

        if (message) {
            complain(options, xasprintf("--revision: %s", message));
            free(message);
        }
    } else if (!str_to_llong(value, 10, &n) || n < 1 || n > UINT_MAX) {
        complain(options, xasprintf(
            "value %s on -t or --timeout is invalid", value));
    } else {
        options->timeout_s = n;
    }
}

/* An option that is one of OVS's own; false if it is not. */
static bool
take_ovs_option(int c)
{
    switch (c) {
    VLOG_OPTION_HANDLERS
    DAEMON_OPTION_HANDLERS
    default:
        return false;
    }
    return true;
}

static void
take_option(struct options *options, int c, const struct option *option)
{
    switch (c) {
    case OPT_DB:
        options->names_store = true;
        if (place_is_etcd(optarg)) {
            set_setting(options, "etcd", optarg);
        }
        break;
    case OPT_NO_SYSLOG:
    case OPT_IGNORED:
        break;
    case OPT_NO_WAIT:
        options->waits = false;
        break;
    case OPT_WAIT:
        set_wait(options, optarg);
        break;
    case OPT_PRINT_WAIT_TIME:
        options->prints_wait_time = true;
        break;
    case OPT_DRY_RUN:
        options->dry_run = true;
        break;
    case OPT_ONELINE:
        options->oneline = true;
        break;
    case 't':
    case OPT_REVISION:
        set_number(options, c, optarg);
        break;
    case 'h':
        options->help = true;
        break;
    case 'V':
        options->version = true;
        break;
    case OPT_COMMANDS:
        options->lists_commands = true;
        break;
    case OPT_OPTIONS:
        options->lists_options = true;
        break;
    case 'u':
        free(options->unixctl);
        options->unixctl = xstrdup(optarg);
        break;
    case 'p':
        set_setting(options, "etcd-key", optarg);
        break;
    case 'c':
        set_setting(options, "etcd-cert", optarg);
        break;
    case 'C':
        set_setting(options, "etcd-ca", optarg);
        break;
    case OPT_LOCAL:
        add_local(options, option->name, optarg);
        break;
    case OPT_SETTING:
        options->names_store = true;
        set_setting(options, option->name, optarg);
        break;
    default:
        set_style(options, c, optarg);
        break;
    }
}

/* Whether a long option has the letter 'c'. */
static bool
is_long_option(int c)
{
    for (size_t i = 0; i < ARRAY_SIZE(global_options); i++) {
        if (global_options[i].val == c) {
            return true;
        }
    }
    return false;
}

/* What getopt_long() did not understand, as a person typed it. */
static void
complain_about(struct options *options, int c, char *argv[])
{
    const char *word = argv[optind - 1];

    if (c == ':') {
        complain(options, xasprintf("option '%s' requires an argument",
                                    word));
    } else if (optopt && optopt <= UCHAR_MAX && !is_long_option(optopt)) {
        complain(options, xasprintf("unrecognized option '%c'", optopt));
    } else if (optopt) {
        complain(options, xasprintf("option '%s' doesn't allow an argument",
                                    word));
    } else {
        complain(options, xasprintf("unrecognized option '%s'", word));
    }
}

/* True for options of a run, wherever it takes place. */
static bool
concerns_a_run(int c)
{
    static const int run_options[] = {
        OPT_NO_WAIT, OPT_WAIT, OPT_PRINT_WAIT_TIME, OPT_DRY_RUN, OPT_ONELINE,
        OPT_REVISION, OPT_NO_HEADINGS, OPT_PRETTY, OPT_BARE,
        OPT_MAX_COLUMN_WIDTH, OPT_LOCAL, 't', 'f', 'd',
    };

    for (size_t i = 0; i < ARRAY_SIZE(run_options); i++) {
        if (c == run_options[i]) {
            return true;
        }
    }
    return false;
}

/* Option 'c' as a daemon is to hear of it. */
static void
forward(struct options *options, int c, const struct option *option)
{
    const char *name = option->name;

    if (!concerns_a_run(c)) {
        return;
    }
    /* A single letter has no row of its own. */
    for (size_t i = 0; c <= UCHAR_MAX && i < ARRAY_SIZE(global_options);
         i++) {
        if (global_options[i].val == c) {
            name = global_options[i].name;
        }
    }
    svec_add_nocopy(&options->forwarded,
                    xasprintf("--%s%s%s", name, optarg ? "=" : "",
                              optarg ? optarg : ""));
}

static void
parse(struct options *options, int argc, char *argv[],
      command_groups *groups, int *first)
{
    struct option_list list;

    list_init(&list, options->settings, groups);
    optind = 0;
    opterr = 0;
    while (!options->error) {
        int i = 0;
        int c = getopt_long(argc, argv, short_options, list.items, &i);

        if (c == -1) {
            break;
        } else if (c == '?' || c == ':') {
            complain_about(options, c, argv);
        } else if (options->is_for_daemon && !concerns_a_run(c)) {
            complain(options, xasprintf("option '%s' does not concern a "
                                        "daemon's run", argv[optind - 1]));
        } else if (!take_ovs_option(c)) {
            take_option(options, c, &list.items[i]);
            forward(options, c, &list.items[i]);
        }
    }
    *first = optind;
    /* "--" ended the options: it also begins the first command. */
    list_destroy(&list);
}

static void
init(struct options *options)
{
    memset(options, 0, sizeof *options);
    shash_init(&options->local);
    svec_init(&options->forwarded);
    options->settings = settings_create();
    settings_add(options->settings, STORE_SETTINGS, N_STORE_SETTINGS);
}

/* Words of the environment come first, so that the command line wins. */
static void
parse_environment(struct options *options, const char *program,
                  const char *environment, command_groups *groups)
{
    char *copy = xstrdup(environment);
    char *save = NULL;
    char **argv = NULL;
    size_t argc = 0, allocated = 0;
    char *word = CONST_CAST(char *, program);
    int first;

    do {
        if (argc + 1 >= allocated) {
            argv = x2nrealloc(argv, &allocated, sizeof *argv);
        }
        argv[argc++] = word;
        word = strtok_r(argc == 1 ? copy : NULL, " \t", &save);
    } while (word && allocated < 1024);
    if (argc >= allocated) {
        argv = x2nrealloc(argv, &allocated, sizeof *argv);
    }
    argv[argc] = NULL;
    parse(options, argc, argv, groups, &first);
    free(argv);
    free(copy);
}

void
options_parse(struct options *options, int argc, char *argv[],
              const char *environment, command_groups *groups, int *first)
{
    struct err err = ERR_INIT;

    init(options);
    if (environment) {
        parse_environment(options, argv[0], environment, groups);
    }
    parse(options, argc, argv, groups, first);
    if (!options->error && settings_check(options->settings, &err)) {
        complain(options, err_to_string(&err));
    }
    err_clear(&err);
}

void
options_parse_words(struct options *options, int argc, char *argv[],
                    command_groups *groups, int *first)
{
    init(options);
    options->is_for_daemon = true;
    parse(options, argc, argv, groups, first);
}

void
options_destroy(struct options *options)
{
    settings_destroy(options->settings);
    shash_destroy_free_data(&options->local);
    svec_destroy(&options->forwarded);
    free(options->unixctl);
    free(options->error);
}

void
options_print_names(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(global_options); i++) {
        const struct option *option = &global_options[i];

        printf("--%s%s\n", option->name, option->has_arg ? "=ARG" : "");
        if (option->val <= UCHAR_MAX) {
            printf("-%c%s\n", option->val, option->has_arg ? " ARG" : "");
        }
    }
}

bool
options_takes_next(const char *word)
{
    for (size_t i = 0; i < ARRAY_SIZE(global_options); i++) {
        const struct option *option = &global_options[i];

        if (option->has_arg == required_argument && option->name
            && (!strncmp(word, "--", 2) ? !strcmp(word + 2, option->name)
                : word[1] == option->val && !word[2])) {
            return true;
        }
    }
    return false;
}

void
options_print_help(void)
{
    struct settings *settings = settings_create();

    printf("\nOptions:\n"
           "  --no-wait, --wait=none      do not wait for anything (default)\n"
           "  --wait=sb                   wait for the southbound\n"
           "  --wait=hv                   wait for all hypervisors\n"
           "  --print-wait-time           print the time spent on waiting\n"
           "  -t, --timeout=SECS          give up after SECS seconds\n"
           "  --dry-run                   do not write anything\n"
           "  --oneline                   print one line of output a command\n"
           "  --revision=R                read as of etcd revision or time R\n"
           "  -u, --unixctl=SOCKET        the daemon that runs this command\n"
           "  -h, --help                  display this help message\n"
           "  -V, --version               display version information\n"
           "\nOutput formatting options:\n"
           "  -f, --format=FORMAT         \"table\", \"list\", \"html\", "
           "\"csv\" or \"json\"\n"
           "  -d, --data=FORMAT           cells as \"string\", \"bare\" or "
           "\"json\"\n"
           "  --no-headings               omit the heading row\n"
           "  --pretty                    print JSON on several lines\n"
           "  --bare                      --format=list --data=bare "
           "--no-headings\n"
           "\nHow to reach etcd (options or environment):\n");
    settings_add(settings, STORE_SETTINGS, N_STORE_SETTINGS);
    settings_print_help(settings);
    settings_destroy(settings);
    daemon_usage();
    vlog_usage();
}
