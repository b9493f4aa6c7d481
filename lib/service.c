/* The skeleton of a daemon: see service.h.
 *
 * Options are OVS's daemon and vlog options, then the program's settings
 * (settings.c), each of which is also a WEFT_* variable. */
#include <config.h>

#include "lib/service.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "command-line.h"
#include "coverage.h"
#include "daemon.h"
#include "dirs.h"
#include "fatal-signal.h"
#include "lib/err.h"
#include "lib/httpd.h"
#include "lib/loop.h"
#include "lib/metrics.h"
#include "memory.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "simap.h"
#include "unixctl.h"
#include "util.h"

#define HTTP_MAX_BODY_BYTES 1024        /* Health checks send none. */
#define HTTP_MAX_CONNECTIONS 64
#define HTTP_IDLE_TIMEOUT_S 30

static const struct setting common_settings[] = {
    { "http-listen", SETTING_STRING, NULL, 0, 0, "ADDRESS:PORT",
      "serve /metrics, /healthz and /readyz here" },
};

struct service {
    const struct service_spec *spec;
    struct settings *settings;
    char **arguments;           /* Borrowed from argv. */
    int n_arguments;
    uv_loop_t loop;
    uv_signal_t on_term, on_int;
    struct httpd *httpd;        /* NULL: no HTTP port. */
    struct unixctl_server *unixctl;
    char *unixctl_path;         /* --unixctl. */
    bool stopping;
    bool ready;
    char *why_not_ready;
    struct unixctl_conn *exit_conn;     /* Answered when all is done. */
};

void
service_fatal(const char *format, ...)
{
    va_list args;

    fprintf(stderr, "%s: ", program_name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(EXIT_FAILURE);
}

/* ---- Command line ----------------------------------------------------- */

enum {
    OPTION_SETTING = 0x1000,    /* Plus the index of the setting's row. */
    OPTION_UNIXCTL = 0x2000,
    DAEMON_OPTION_ENUMS,
    VLOG_OPTION_ENUMS,
};

static void OVS_NO_RETURN
print_help(const struct service *service)
{
    printf("%s: %s\nusage: %s [OPTIONS] %s\n\nSettings:\n",
           service->spec->name, service->spec->summary, service->spec->name,
           service->spec->arguments);
    settings_print_help(service->settings);
    daemon_usage();
    vlog_usage();
    printf("\nOther options:\n"
           "  --unixctl=SOCKET            override default control socket\n"
           "  -h, --help                  display this help\n"
           "  -V, --version               display the version\n");
    exit(EXIT_SUCCESS);
}

static struct option *
build_options(const struct settings *settings)
{
    static const struct option fixed[] = {
        { "unixctl", required_argument, NULL, OPTION_UNIXCTL },
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'V' },
        DAEMON_LONG_OPTIONS,
        VLOG_LONG_OPTIONS,
    };
    size_t n = 0;
    struct option *options;

    while (settings_row(settings, n)) {
        n++;
    }
    options = xcalloc(n + ARRAY_SIZE(fixed) + 1, sizeof *options);
    for (size_t i = 0; i < n; i++) {
        const struct setting *row = settings_row(settings, i);

        options[i] = (struct option) {
            .name = row->name,
            .has_arg = row->type == SETTING_BOOLEAN ? optional_argument
                                                    : required_argument,
            .val = OPTION_SETTING + i,
        };
    }
    memcpy(&options[n], fixed, sizeof fixed);
    return options;
}

static void
set_option(struct service *service, int row, const char *value)
{
    struct err err = ERR_INIT;

    if (settings_set(service->settings,
                     settings_row(service->settings, row)->name, value,
                     &err)) {
        service_fatal("%s", err_to_string(&err));
    }
}

/* Options that OVS's macros handle, and the few of our own. */
static void
handle_option(struct service *service, int c)
{
    switch (c) {
    case OPTION_UNIXCTL:
        free(service->unixctl_path);
        service->unixctl_path = xstrdup(optarg);
        break;

    case 'h':
        print_help(service);

    case 'V':
        printf("%s (Weft) %s\n", service->spec->name, WEFT_VERSION);
        exit(EXIT_SUCCESS);

    DAEMON_OPTION_HANDLERS
    VLOG_OPTION_HANDLERS

    default:
        exit(EXIT_FAILURE);     /* getopt has complained. */
    }
}

static void
parse_options(struct service *service, int argc, char *argv[])
{
    struct option *options = build_options(service->settings);
    char *short_options = ovs_cmdl_long_options_to_short_options(options);
    struct err err = ERR_INIT;
    int c;

    while ((c = getopt_long(argc, argv, short_options, options, NULL))
           != -1) {
        if (c >= OPTION_SETTING && c < OPTION_UNIXCTL) {
            set_option(service, c - OPTION_SETTING, optarg);
        } else {
            handle_option(service, c);
        }
    }
    free(short_options);
    free(options);

    service->arguments = argv + optind;
    service->n_arguments = argc - optind;
    if (service->n_arguments > service->spec->max_arguments) {
        service_fatal("too many arguments; see --help");
    }
    if (settings_check(service->settings, &err)) {
        service_fatal("%s", err_to_string(&err));
    }
}

/* ---- Control socket --------------------------------------------------- */

static void
unixctl_exit(struct unixctl_conn *conn, int argc OVS_UNUSED,
             const char *argv[] OVS_UNUSED, void *service_)
{
    struct service *service = service_;

    service->stopping = true;
    if (service->exit_conn) {
        unixctl_command_reply(conn, NULL);
    } else {
        service->exit_conn = conn;
    }
}

/* ---- Health ----------------------------------------------------------- */

static void
answer_text(struct httpd_request *request, unsigned int status,
            const char *text)
{
    httpd_answer(request, status, "text/plain; charset=utf-8", text,
                 strlen(text));
}

static void
answer_metrics(struct httpd_request *request)
{
    char *text = metrics_to_string();

    httpd_answer(request, 200, "text/plain; version=0.0.4; charset=utf-8",
                 text, strlen(text));
    free(text);
}

bool
service_handle_http(struct service *service, struct httpd_request *request)
{
    const char *path = httpd_path(request), *method = httpd_method(request);
    bool is_ours = (!strcmp(path, "/metrics") || !strcmp(path, "/healthz")
                    || !strcmp(path, "/readyz"));

    if (is_ours && strcmp(method, "GET") && strcmp(method, "HEAD")) {
        httpd_add_header(request, "Allow", "GET, HEAD");
        answer_text(request, 405, "allowed here: GET, HEAD\n");
    } else if (!strcmp(path, "/metrics")) {
        answer_metrics(request);
    } else if (!strcmp(path, "/healthz")) {
        answer_text(request, 200, "ok\n");
    } else if (!strcmp(path, "/readyz")) {
        answer_text(request, service->ready ? 200 : 503,
                    service->ready ? "ready\n" : service->why_not_ready);
    } else {
        return false;
    }
    return true;
}

static void
handle_http(struct httpd_request *request, void *service)
{
    if (!service_handle_http(service, request)) {
        answer_text(request, 404, "not found\n");
    }
}

static void
start_http(struct service *service)
{
    struct httpd_config config = {
        .listen = settings_string(service->settings, "http-listen"),
        .max_body_bytes = HTTP_MAX_BODY_BYTES,
        .max_connections = HTTP_MAX_CONNECTIONS,
        .timeout_s = HTTP_IDLE_TIMEOUT_S,
    };
    struct err err = ERR_INIT;

    if (config.listen && config.listen[0]
        && httpd_create(&config, &service->loop, handle_http, service,
                        &service->httpd, &err)) {
        service_fatal("--http-listen: %s", err_to_string(&err));
    }
}

void
service_set_ready(struct service *service, bool ready, const char *why)
{
    free(service->why_not_ready);
    service->ready = ready;
    service->why_not_ready = xasprintf("%s\n", why ? why : "not ready");
}

/* ---- Life ------------------------------------------------------------- */

static void
on_signal(uv_signal_t *handle, int signum OVS_UNUSED)
{
    struct service *service = handle->data;

    service->stopping = true;
}

static void
catch_signal(struct service *service, uv_signal_t *handle, int signum)
{
    uv_signal_init(&service->loop, handle);
    handle->data = service;
    uv_signal_start(handle, on_signal, signum);
    /* It must not keep loop_run_until() alive. */
    uv_unref((uv_handle_t *) handle);
}

/* Pidfile and control socket go there.  A host without Open vSwitch, or a
 * container, hasn't it yet; where it can't be made they say so. */
static void
make_run_directory(void)
{
    mkdir(ovs_rundir(), 0755);
}

struct service *
service_create(int argc, char *argv[], const struct service_spec *spec)
{
    struct service *service = xzalloc(sizeof *service);

    service->spec = spec;
    ovs_set_program_name(spec->name, WEFT_VERSION);
    service->settings = settings_create();
    settings_add(service->settings, spec->settings, spec->n_settings);
    settings_add(service->settings, spec->more_settings,
                 spec->n_more_settings);
    settings_add(service->settings, common_settings,
                 ARRAY_SIZE(common_settings));
    service_set_ready(service, false, "starting");

    parse_options(service, argc, argv);

    /* OVS leaves a signal alone that is no longer SIG_DFL, so the loop's
     * handlers come first; but the loop must be made after the fork. */
    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    fatal_ignore_sigpipe();
    make_run_directory();
    daemonize_start(false);

    uv_loop_init(&service->loop);
    catch_signal(service, &service->on_term, SIGTERM);
    catch_signal(service, &service->on_int, SIGINT);
    if (unixctl_server_create(service->unixctl_path, &service->unixctl)) {
        exit(EXIT_FAILURE);     /* It has logged why. */
    }
    unixctl_command_register("exit", "", 0, 1, unixctl_exit, service);
    coverage_init();
    start_http(service);
    return service;
}

void
service_started(struct service *service OVS_UNUSED)
{
    daemonize_complete();
}

static void
close_handle(uv_handle_t *handle, void *aux OVS_UNUSED)
{
    if (!uv_is_closing(handle)) {
        uv_close(handle, NULL);
    }
}

void
service_destroy(struct service *service)
{
    if (service->exit_conn) {
        unixctl_command_reply(service->exit_conn, NULL);
        unixctl_server_run(service->unixctl);
    }
    unixctl_server_destroy(service->unixctl);
    httpd_destroy(service->httpd);
    /* Modules have been destroyed: what is left is closing or ours. */
    uv_close((uv_handle_t *) &service->on_term, NULL);
    uv_close((uv_handle_t *) &service->on_int, NULL);
    uv_run(&service->loop, UV_RUN_NOWAIT);
    uv_walk(&service->loop, close_handle, NULL);
    uv_run(&service->loop, UV_RUN_DEFAULT);
    uv_loop_close(&service->loop);
    settings_destroy(service->settings);
    free(service->why_not_ready);
    free(service->unixctl_path);
    free(service);
}

uv_loop_t *
service_loop(struct service *service)
{
    return &service->loop;
}

const struct settings *
service_settings(const struct service *service)
{
    return service->settings;
}

const char *
service_argument(const struct service *service, int i)
{
    return i < service->n_arguments ? service->arguments[i] : NULL;
}

bool
service_is_stopping(const struct service *service)
{
    return service->stopping;
}

/* OVS's memory/show: the process's own size, in kB. */
static void
report_memory(void)
{
    memory_run();
    if (memory_should_report()) {
        struct simap usage = SIMAP_INITIALIZER(&usage);
        struct rusage self;

        getrusage(RUSAGE_SELF, &self);
        simap_increase(&usage, "peak-resident-kB", self.ru_maxrss);
        memory_report(&usage);
        simap_destroy(&usage);
    }
}

void
service_run(struct service *service)
{
    coverage_run();
    report_memory();
    unixctl_server_run(service->unixctl);
    loop_run(&service->loop);
}

void
service_wait(struct service *service)
{
    unixctl_server_wait(service->unixctl);
    memory_wait();
    loop_wait(&service->loop);
    if (service->stopping) {
        poll_immediate_wake();
    }
}
