/* Options of weftctl trace: ovn-trace's, and where etcd is. */
#include <config.h>

#include "cli/trace_options.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/moment.h"
#include "cli/place.h"
#include "daemon.h"
#include "dirs.h"
#include "lib/settings.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "store/config.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(trace_options);

enum {
    OPT_DB = UCHAR_MAX + 1, OPT_DETAILED, OPT_SUMMARY, OPT_MINIMAL, OPT_ALL,
    OPT_OVS, OPT_CT, OPT_LB_DST, OPT_SELECT_ID, OPT_FRIENDLY,
    OPT_NO_FRIENDLY, OPT_UNIXCTL, OPT_REVISION, OPT_IGNORED, OPT_SETTING,
    VLOG_OPTION_ENUMS, DAEMON_OPTION_ENUMS,
};

/* Of one trace. */
#define REQUEST_OPTIONS                                                 \
    { "detailed", no_argument, NULL, OPT_DETAILED },                    \
    { "summary", no_argument, NULL, OPT_SUMMARY },                      \
    { "minimal", no_argument, NULL, OPT_MINIMAL },                      \
    { "all", no_argument, NULL, OPT_ALL },                              \
    { "ct", required_argument, NULL, OPT_CT },                          \
    { "lb-dst", required_argument, NULL, OPT_LB_DST },                  \
    { "select-id", required_argument, NULL, OPT_SELECT_ID },            \
    { "friendly-names", no_argument, NULL, OPT_FRIENDLY },              \
    { "no-friendly-names", no_argument, NULL, OPT_NO_FRIENDLY }

static const struct option request_options[] = {
    REQUEST_OPTIONS,
    { NULL, 0, NULL, 0 },
};

static const struct option global_options[] = {
    REQUEST_OPTIONS,
    { "db", required_argument, NULL, OPT_DB },
    { "ovs", optional_argument, NULL, OPT_OVS },
    { "unixctl", required_argument, NULL, OPT_UNIXCTL },
    { "revision", required_argument, NULL, OPT_REVISION },
    { "file", required_argument, NULL, 'f' },
    { "leader-only", no_argument, NULL, OPT_IGNORED },
    { "no-leader-only", no_argument, NULL, OPT_IGNORED },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'V' },
    { "private-key", required_argument, NULL, 'p' },
    { "certificate", required_argument, NULL, 'c' },
    { "ca-cert", required_argument, NULL, 'C' },
    { "bootstrap-ca-cert", required_argument, NULL, OPT_IGNORED },
    { "ssl-protocols", required_argument, NULL, OPT_IGNORED },
    { "ssl-ciphers", required_argument, NULL, OPT_IGNORED },
    VLOG_LONG_OPTIONS,
    DAEMON_LONG_OPTIONS,
};

/* ---- Values ----------------------------------------------------------- */

/* "new,est" and "new est": flags of ct_state; trk goes without saying. */
static char *
add_ct_state(struct trace_state *state, const char *text)
{
    char *copy = xstrdup(text), *save = NULL, *error = NULL;
    uint32_t ct_state = CS_TRACKED;

    for (char *word = strtok_r(copy, ", ", &save); word && !error;
         word = strtok_r(NULL, ", ", &save)) {
        uint32_t flag = ct_state_from_string(word);

        if (!flag) {
            error = xasprintf("%s: unknown connection tracking state flag",
                              word);
        }
        ct_state |= flag;
    }
    free(copy);
    if (!error) {
        struct ds s = DS_EMPTY_INITIALIZER;

        /* Told, and traced all the same. */
        if (!validate_ct_state(ct_state, &s)) {
            VLOG_WARN("%s", ds_cstr(&s));
        }
        ds_destroy(&s);
        state->ct_states = xrealloc(state->ct_states,
                                    (state->n_ct_states + 1)
                                    * sizeof *state->ct_states);
        state->ct_states[state->n_ct_states++] = ct_state;
    }
    return error;
}

/* "1.2.3.4", "1.2.3.4:80", "fe80::1", "[fe80::1]:80". */
static bool
parse_endpoint(const char *text, struct lflow_address *address,
               uint16_t *port)
{
    bool in_brackets = text[0] == '[';
    size_t n = strcspn(text + in_brackets, in_brackets ? "]" : "");
    const char *colon = strchr(text, ':'), *rest = "";
    char *ip = NULL;
    ovs_be32 ip4;
    int number = 0;
    bool ok;

    if (in_brackets) {
        rest = text + 1 + n + (text[1 + n] == ']');
    } else if (colon && !strchr(colon + 1, ':')) {
        n = colon - text;
        rest = colon;
    }
    ip = xmemdup0(text + in_brackets, n);
    if (!in_brackets && ip_parse(ip, &ip4)) {
        address->family = AF_INET;
        in6_addr_set_mapped_ipv4(&address->ip, ip4);
        ok = true;
    } else {
        address->family = AF_INET6;
        ok = ipv6_parse(ip, &address->ip);
    }
    free(ip);
    if (*rest) {
        /* No port, as well as 0, is that of the virtual address. */
        ok = ok && *rest == ':'
             && (!rest[1] || str_to_int(rest + 1, 10, &number))
             && number >= 0 && number <= UINT16_MAX;
    }
    *port = number;
    return ok;
}

static char *
set_lb_dst(struct trace_state *state, const char *text)
{
    return (parse_endpoint(text, &state->lb_dst, &state->lb_dst_port) ? NULL
            : xasprintf("%s: bad address", text));
}

static char *
set_select_id(struct trace_state *state, const char *text)
{
    /* As ovn-trace: what comes after the number does not matter. */
    int id = atoi(text);

    if (!id) {
        return xasprintf("%s: bad select-id", text);
    }
    state->has_select_id = true;
    state->select_id = id;
    return NULL;
}

/* An option of one trace.  Returns false if it is another. */
static bool
set_request_option(struct trace_request *request, int c, char **error)
{
    switch (c) {
    case OPT_DETAILED:
        request->detailed = true;
        return true;
    case OPT_SUMMARY:
        request->summary = true;
        return true;
    case OPT_MINIMAL:
        request->minimal = true;
        return true;
    case OPT_ALL:
        request->detailed = request->summary = request->minimal = true;
        return true;
    case OPT_FRIENDLY:
    case OPT_NO_FRIENDLY:
        request->friendly_names = c == OPT_FRIENDLY;
        return true;
    case OPT_CT:
        *error = add_ct_state(&request->state, optarg);
        return true;
    case OPT_LB_DST:
        *error = set_lb_dst(&request->state, optarg);
        return true;
    case OPT_SELECT_ID:
        *error = set_select_id(&request->state, optarg);
        return true;
    default:
        return false;
    }
}

/* ---- Requests --------------------------------------------------------- */

static char *
take_words(struct trace_request *request, int argc, char *argv[])
{
    if (argc < 1 || argc > 2) {
        return xstrdup("one or two non-option arguments are required");
    }
    request->dp = argc == 2 ? argv[0] : NULL;
    request->microflow = argv[argc - 1];
    return NULL;
}

static char *
bad_option(int c, char *argv[])
{
    const char *word = argv[optind - 1];

    if (c == ':') {
        return xasprintf("option '%s' requires an argument", word);
    } else if (optopt > 0 && optopt <= UCHAR_MAX) {
        return xasprintf("invalid option -- '%c'", optopt);
    } else if (optopt) {
        return xasprintf("option '%.*s' doesn't allow an argument",
                         (int) strcspn(word, "="), word);
    }
    return xasprintf("unrecognized option '%s'", word);
}

char *
trace_request_parse(struct trace_request *request,
                    const struct trace_request *defaults, int argc,
                    char *argv[])
{
    char *error = NULL;

    *request = *defaults;
    request->state.ct_states = xmemdup(
        defaults->state.ct_states,
        defaults->state.n_ct_states * sizeof *defaults->state.ct_states);
    optind = 0;
    while (!error) {
        int c = getopt_long(argc, argv, ":", request_options, NULL);

        if (c == -1) {
            return take_words(request, argc - optind, argv + optind);
        }
        if (!set_request_option(request, c, &error)) {
            error = bad_option(c, argv);
        }
    }
    return error;
}

void
trace_request_destroy(struct trace_request *request)
{
    free(request->state.ct_states);
    request->state.ct_states = NULL;
}

/* ---- The command line ------------------------------------------------- */

static char *
set_setting(struct trace_options *options, const char *name,
            const char *value)
{
    struct err err = ERR_INIT;
    char *error = NULL;

    if (settings_set(options->settings, name, value, &err)) {
        error = err_to_string(&err);
    }
    err_clear(&err);
    return error;
}

static char *
set_revision(struct trace_options *options, const char *text)
{
    return moment_parse(text, time_wall_msec(), &options->revision);
}

/* Where things are. */
static char *
set_place(struct trace_options *options, int c, const char *name)
{
    switch (c) {
    case OPT_DB:
        return (place_is_etcd(optarg) ? set_setting(options, "etcd", optarg)
                : NULL);
    case OPT_OVS:
        free(options->ovs);
        options->ovs = (optarg ? xstrdup(optarg)
                        : xasprintf("unix:%s/br-int.mgmt", ovs_rundir()));
        return NULL;
    case OPT_UNIXCTL:
        free(options->unixctl);
        options->unixctl = xstrdup(optarg);
        return NULL;
    case OPT_REVISION:
        return set_revision(options, optarg);
    case OPT_SETTING:
        return set_setting(options, name, optarg);
    case 'f':
        free(options->file);
        options->file = xstrdup(optarg);
        return NULL;
    case 'p':
        return set_setting(options, "etcd-key", optarg);
    case 'c':
        return set_setting(options, "etcd-cert", optarg);
    case 'C':
        return set_setting(options, "etcd-ca", optarg);
    default:
        return NULL;
    }
}

static void
set_process_option(int c)
{
    switch (c) {
    case OPT_NO_CHDIR:
        set_no_chdir();
        break;
    case OPT_PIDFILE:
        set_pidfile(optarg);
        break;
    case OPT_OVERWRITE_PIDFILE:
        ignore_existing_pidfile();
        break;
    case OPT_MONITOR:
        daemon_set_monitor();
        break;
    case OPT_NO_SELF_CONFINEMENT:
        daemon_disable_self_confinement();
        break;
    case OPT_USER_GROUP:
        daemon_set_new_user(optarg);
        break;
    default:
        break;
    }
}

static char *
set_option(struct trace_options *options, int c, const char *name,
           char *argv[])
{
    char *error = NULL;

    if (set_request_option(&options->request, c, &error)) {
        return error;
    }
    switch (c) {
    case 'h':
        options->help = true;
        return NULL;
    case 'V':
        options->version = true;
        return NULL;
    case OPT_IGNORED:
        return NULL;
    case ':':
    case '?':
        return bad_option(c, argv);
    VLOG_OPTION_HANDLERS
    case OPT_DETACH:
        options->detach = true;
        set_detach();
        return NULL;
    default:
        set_process_option(c);
        return set_place(options, c, name);
    }
    return NULL;
}

/* All options in one table, the settings' among them. */
static struct option *
build_table(const struct settings *settings)
{
    size_t n = ARRAY_SIZE(global_options), n_settings = 0;
    const struct setting *row;
    struct option *table;

    while (settings_row(settings, n_settings)) {
        n_settings++;
    }
    table = xcalloc(n + n_settings + 1, sizeof *table);
    memcpy(table, global_options, sizeof global_options);
    for (size_t i = 0; (row = settings_row(settings, i)); i++) {
        table[n++] = (struct option) { row->name, required_argument, NULL,
                                       OPT_SETTING };
    }
    return table;
}

char *
trace_options_parse(struct trace_options *options, int argc, char *argv[])
{
    struct err err = ERR_INIT;
    struct option *table;
    char *error = NULL;
    int c, index = 0;

    memset(options, 0, sizeof *options);
    options->request.friendly_names = true;
    options->settings = settings_create();
    settings_add(options->settings, STORE_SETTINGS, N_STORE_SETTINGS);
    table = build_table(options->settings);
    optind = 0;
    while (!error && (c = getopt_long(argc, argv, ":hVv::f:p:c:C:", table,
                                      &index)) != -1) {
        error = set_option(options, c, table[index].name, argv);
    }
    free(table);
    place_from_environment(options->settings, "OVN_SB_DB");
    if (!error && settings_check(options->settings, &err)) {
        error = err_to_string(&err);
    }
    err_clear(&err);
    if (!error && !options->help && !options->version && !options->detach
        && !options->file) {
        error = take_words(&options->request, argc - optind, argv + optind);
        if (error) {
            char *bare = error;

            error = xasprintf("%s (use --help for help)", bare);
            free(bare);
        }
    }
    return error;
}

void
trace_options_destroy(struct trace_options *options)
{
    trace_request_destroy(&options->request);
    settings_destroy(options->settings);
    free(options->file);
    free(options->ovs);
    free(options->unixctl);
}

void
trace_options_print_help(void)
{
    struct settings *settings = settings_create();
    const char *sub = strcmp(program_name, "weftctl") ? "" : " trace";

    printf("%s: what would become of a packet in the logical network\n"
           "usage: %s%s [OPTIONS] [DATAPATH] MICROFLOW\n"
           "       %s%s [OPTIONS] --file=FILE\n"
           "       %s%s [OPTIONS] --detach\n"
           "\nForms of output:\n"
           "  --detailed              table by table (default)\n"
           "  --summary               pipelines and actions\n"
           "  --minimal               changes of the packet, and outputs\n"
           "  --all                   all three\n"
           "  --no-friendly-names     names as they are in the store\n"
           "\nWhat is not known in the store:\n"
           "  --ct=FLAGS              state of connections, one for each "
           "ct_next\n"
           "  --lb-dst=IP[:PORT]      backend that a load balancer chooses\n"
           "  --select-id=ID          member that select chooses\n",
           program_name, program_name, sub, program_name, sub,
           program_name, sub);
    daemon_usage();
    vlog_usage();
    printf("\nOther options:\n"
           "  --revision=R            the network as of revision or time R\n"
           "  -f, --file=FILE         trace every line of FILE (-: standard "
           "input):\n"
           "                          [OPTIONS] [DATAPATH] MICROFLOW, words "
           "quoted\n"
           "  --db=URL[,URL...]       the same as --etcd; other addresses are "
           "ignored\n"
           "  --no-leader-only        is taken, and means nothing\n"
           "  --ovs[=REMOTE]          with the OpenFlow flows of the switch "
           "at REMOTE\n"
           "                          (default: unix:%s/br-int.mgmt)\n"
           "  --unixctl=SOCKET        the daemon's control socket\n"
           "  -h, --help              display this help message\n"
           "  -V, --version           display version information\n"
           "  -p, --private-key=FILE  the same as --etcd-key\n"
           "  -c, --certificate=FILE  the same as --etcd-cert\n"
           "  -C, --ca-cert=FILE      the same as --etcd-ca\n"
           "  --ssl-protocols=PROTOS  is taken, and means nothing\n"
           "  --ssl-ciphers=CIPHERS   is taken, and means nothing\n"
           "\nHow to reach etcd (options or environment):\n", ovs_rundir());
    settings_add(settings, STORE_SETTINGS, N_STORE_SETTINGS);
    settings_print_help(settings);
    settings_destroy(settings);
}
