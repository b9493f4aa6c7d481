/* weftctl detrace: see detrace.h.
 *
 * A flow's line, with its cookie, is followed by lines of what it does.  What
 * is known of the cookie goes after those.  The logical datapath is in the
 * flow's match, or in what it sets. */
#include <config.h>

#include "cli/detrace.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "cli/moment.h"
#include "cli/place.h"
#include "cli/trace_request.h"
#include "dirs.h"
#include "lib/err.h"
#include "lib/settings.h"
#include "openvswitch/dynamic-string.h"
#include "store/config.h"
#include "store/store.h"
#include "timeval.h"
#include "util.h"

/* ---- The text --------------------------------------------------------- */

struct detrace {
    struct trace_db *db;
    const struct detrace_ovs *ovs;  /* NULL: ports are not told. */
    FILE *output;
    bool in_flow;               /* After a flow's line... */
    uint32_t cookie;            /* ...with this cookie... */
    uint64_t metadata;          /* ...and datapath, 0 as long as not known. */
    struct ds ports;            /* What is known of its ports. */
};

/* A number after 'prefix' in 'line'; false if there is none. */
static bool
find_number(const char *line, const char *prefix, uint64_t *value)
{
    const char *p = strstr(line, prefix);
    char *end;

    if (!p) {
        return false;
    }
    p += strlen(prefix);
    *value = strtoull(p, &end, 0);
    return end != p;
}

/* "9. ip,metadata=0x1, priority 100, cookie 0x69d8a3ae", "73. No match." */
static bool
is_table(const char *line)
{
    size_t n = strspn(line, "0123456789");

    return n && line[n] == '.' && line[n + 1] == ' ';
}

static void
end_flow(struct detrace *d)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    if (d->in_flow && d->cookie) {
        detrace_explain(d->db, d->metadata, d->cookie, &s);
        fputs(ds_cstr(&s), d->output);
    }
    fputs(ds_cstr(&d->ports), d->output);
    ds_clear(&d->ports);
    d->in_flow = false;
    ds_destroy(&s);
}

/* "set_field:0x1->metadata" */
static void
look_for_datapath(struct detrace *d, const char *line)
{
    const char *arrow = strstr(line, "->metadata");
    uint64_t metadata;

    if (arrow && find_number(line, "set_field:", &metadata)
        && !strncmp(line, "set_field:", strlen("set_field:"))) {
        d->metadata = metadata;
    }
}

/* "0. in_port=2, ..." and "output:3". */
static void
look_for_ports(struct detrace *d, const char *line)
{
    uint64_t ofport;

    if (d->ovs && ((is_table(line) && find_number(line, ". in_port=",
                                                  &ofport))
                   || (!strncmp(line, "output:", strlen("output:"))
                       && find_number(line, "output:", &ofport)))) {
        detrace_ovs_put(d->ovs, ofport, &d->ports);
    }
}

static void
take_line(struct detrace *d, const char *line)
{
    uint64_t cookie = 0, metadata;

    line += strspn(line, " \t");
    if (is_table(line)) {
        end_flow(d);
        d->in_flow = find_number(line, "cookie ", &cookie);
        d->cookie = d->in_flow ? cookie : 0;
        d->metadata = find_number(line, "metadata=", &metadata) ? metadata
                                                                : 0;
    } else if (!*line) {
        end_flow(d);
    } else if (d->in_flow && !d->metadata) {
        look_for_datapath(d, line);
    }
    look_for_ports(d, line);
    fprintf(d->output, "%s\n", line);
}

int
detrace_run(struct trace_db *db, const struct detrace_ovs *ovs, FILE *input,
            FILE *output)
{
    struct detrace d = { .db = db, .ovs = ovs, .output = output,
                         .ports = DS_EMPTY_INITIALIZER };
    struct ds line = DS_EMPTY_INITIALIZER;

    while (!trace_db_error(db) && !ds_get_line(&line, input)) {
        take_line(&d, ds_cstr(&line));
    }
    end_flow(&d);
    ds_destroy(&line);
    ds_destroy(&d.ports);
    return trace_db_error(db);
}

/* ---- The program ------------------------------------------------------ */

enum { OPT_IGNORED = UCHAR_MAX + 1, OPT_DB, OPT_OVS, OPT_OVSDB, OPT_REVISION,
       OPT_SETTING };

static const struct option own_options[] = {
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'V' },
    { "revision", required_argument, NULL, OPT_REVISION },
    { "ovnsb", required_argument, NULL, OPT_DB },
    { "ovnnb", required_argument, NULL, OPT_DB },
    { "ovs", no_argument, NULL, OPT_OVS },
    { "ovsdb", required_argument, NULL, OPT_OVSDB },
    { "no-leader-only", no_argument, NULL, OPT_IGNORED },
    { "private-key", required_argument, NULL, 'p' },
    { "certificate", required_argument, NULL, 'c' },
    { "ca-cert", required_argument, NULL, 'C' },
};

static void
print_help(void)
{
    struct settings *settings = settings_create();

    printf("%s: explains the output of \"ovs-appctl ofproto/trace\"\n"
           "usage: ovs-appctl ofproto/trace ... | %s%s [OPTIONS]\n\n"
           "Options:\n"
           "  -h, --help                  display this help message\n"
           "  -V, --version               display version information\n"
           "  --revision=R                the network as of revision or time "
           "R\n"
           "  --ovs                       name the interfaces of ports, too\n"
           "  --ovsdb=DATABASE            use DATABASE as OVS DB\n"
           "                              (default: unix:%s/db.sock)\n"
           "  --ovnsb=URL[,URL...]        the same as --etcd; other addresses "
           "are ignored\n"
           "  --ovnnb=URL[,URL...]        the same\n"
           "  --no-leader-only            is taken, and means nothing\n"
           "  -p, --private-key=FILE      the same as --etcd-key\n"
           "  -c, --certificate=FILE      the same as --etcd-cert\n"
           "  -C, --ca-cert=FILE          the same as --etcd-ca\n"
           "\nHow to reach etcd (options or environment):\n",
           program_name, program_name,
           strcmp(program_name, "weftctl") ? "" : " detrace", ovs_rundir());
    settings_add(settings, STORE_SETTINGS, N_STORE_SETTINGS);
    settings_print_help(settings);
    settings_destroy(settings);
}

struct detrace_options {
    struct settings *settings;
    int64_t revision;
    bool ovs;                   /* Tell of ports... */
    char *ovsdb;                /* ...as this database has them; or NULL. */
    bool done;                  /* Help or version: nothing else to do. */
};

static char *
set_setting(struct detrace_options *options, const char *name)
{
    struct err err = ERR_INIT;
    char *error = NULL;

    if (settings_set(options->settings, name, optarg, &err)) {
        error = err_to_string(&err);
    }
    err_clear(&err);
    return error;
}

static char *
set_option(struct detrace_options *options, int c, const char *name,
           char *argv[])
{
    switch (c) {
    case 'h':
        print_help();
        options->done = true;
        return NULL;
    case 'V':
        printf("%s (Weft) %s\n", program_name, WEFT_VERSION);
        options->done = true;
        return NULL;
    case OPT_IGNORED:
        return NULL;
    case OPT_DB:
        return place_is_etcd(optarg) ? set_setting(options, "etcd") : NULL;
    case OPT_OVS:
        options->ovs = true;
        return NULL;
    case OPT_OVSDB:
        free(options->ovsdb);
        options->ovsdb = xstrdup(optarg);
        return NULL;
    case OPT_REVISION:
        return moment_parse(optarg, time_wall_msec(), &options->revision);
    case 'p':
        return set_setting(options, "etcd-key");
    case 'c':
        return set_setting(options, "etcd-cert");
    case 'C':
        return set_setting(options, "etcd-ca");
    case OPT_SETTING:
        return set_setting(options, name);
    default:
        return xasprintf("%s: %s", argv[optind - 1], c == ':'
                         ? "an argument is required" : "unknown option");
    }
}

/* Returns NULL or a message that the caller frees. */
static char *
parse_options(struct detrace_options *options, int argc, char *argv[])
{
    struct option table[ARRAY_SIZE(own_options) + 64];
    size_t n = ARRAY_SIZE(own_options);
    const struct setting *row;
    char *error = NULL;
    int c, index = 0;

    memset(table, 0, sizeof table);
    memcpy(table, own_options, sizeof own_options);
    for (size_t i = 0; (row = settings_row(options->settings, i))
                       && n + 1 < ARRAY_SIZE(table); i++) {
        table[n++] = (struct option) { row->name, required_argument, NULL,
                                       OPT_SETTING };
    }
    optind = 0;
    while (!error && !options->done
           && (c = getopt_long(argc, argv, ":hVp:c:C:", table,
                               &index)) != -1) {
        error = set_option(options, c, table[index].name, argv);
    }
    if (!error && !options->done && optind < argc) {
        error = xstrdup("non-option argument not supported (use --help for "
                        "help)");
    }
    return error;
}

static void
warn(const char *message)
{
    fprintf(stderr, "%s: %s\n", program_name, message);
}

static char *
open_ovs(const struct detrace_options *options, struct detrace_ovs **ovs)
{
    char *remote, *message;

    if (!options->ovs) {
        return NULL;
    }
    remote = (options->ovsdb ? xstrdup(options->ovsdb)
              : xasprintf("unix:%s/db.sock", ovs_rundir()));
    message = detrace_ovs_open(remote, ovs);
    free(remote);
    return message;
}

static char *
run(const struct detrace_options *options)
{
    struct trace_session session = { .revision = options->revision,
                                     .warn = warn };
    struct store_config config;
    struct err err = ERR_INIT;
    struct trace_db db;
    struct detrace_ovs *ovs = NULL;
    char *failure = open_ovs(options, &ovs);
    uv_loop_t loop;

    if (failure) {
        return failure;
    }
    uv_loop_init(&loop);
    store_config_from_settings(options->settings, &config);
    session.prefix = store_prefix_from_settings(options->settings);
    if (store_etcd_create(&config, &loop, &session.store, &err)) {
        failure = err_to_string(&err);
        err_clear(&err);
        return failure;
    }
    if (moment_resolve(session.store, session.prefix, &session.revision,
                       &err)) {
        failure = err_to_string(&err);
        err_clear(&err);
        trace_session_close(&session, &loop);
        return failure;
    }
    trace_session_open_db(&session, true, &db);
    if (detrace_run(&db, ovs, stdin, stdout)) {
        failure = err_to_string(&db.err);
    }
    trace_db_destroy(&db);
    trace_session_close(&session, &loop);
    detrace_ovs_close(ovs);
    return failure;
}

int
detrace_main(int argc, char *argv[])
{
    struct detrace_options options = { .settings = settings_create() };
    struct err err = ERR_INIT;
    int status = EXIT_SUCCESS;
    char *failure;

    settings_add(options.settings, STORE_SETTINGS, N_STORE_SETTINGS);
    failure = parse_options(&options, argc, argv);
    place_from_environment(options.settings, "OVN_SB_DB");
    if (!failure && settings_check(options.settings, &err)) {
        failure = err_to_string(&err);
    }
    err_clear(&err);
    if (!failure && !options.done) {
        failure = run(&options);
    }
    if (failure) {
        fflush(stdout);
        warn(failure);
        free(failure);
        status = EXIT_FAILURE;
    }
    free(options.ovsdb);
    settings_destroy(options.settings);
    return status;
}
