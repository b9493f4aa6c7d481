/* weft-api: the REST server over the northbound model. */
#include <config.h>

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/api.h"
#include "lib/service.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "store/config.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(weft_api);

enum { DRAIN_MS = 10000 };

static const struct setting api_settings[] = {
    { .name = "listen", .type = SETTING_STRING,
      .default_value = "127.0.0.1:8080", .argument = "ADDRESS:PORT",
      .help = "serve the REST interface here" },
    { .name = "tls-cert", .type = SETTING_STRING, .argument = "FILE",
      .help = "PEM certificate: serve HTTPS" },
    { .name = "tls-key", .type = SETTING_STRING, .argument = "FILE",
      .help = "PEM key of the certificate" },
    { .name = "tls-client-ca", .type = SETTING_STRING, .argument = "FILE",
      .help = "clients must show a certificate by this PEM authority" },
    { .name = "token-file", .type = SETTING_STRING, .argument = "FILE",
      .help = "lines of \"TOKEN admin|read\": who may come in" },
    { .name = "client-name", .type = SETTING_STRING, .argument = "NAME",
      .help = "names this server's sync token; default: the host's name" },
    { .name = "max-connections", .type = SETTING_INTEGER,
      .default_value = "512", .min = 1, .max = 100000, .argument = "N",
      .help = "further ones wait" },
    { .name = "idle-timeout", .type = SETTING_INTEGER,
      .default_value = "30", .min = 1, .max = 3600, .argument = "S",
      .help = "ends a connection on which nothing moves" },
    { .name = "max-streams", .type = SETTING_INTEGER,
      .default_value = "64", .min = 0, .max = 100000, .argument = "N",
      .help = "event streams (?watch=true) at a time" },
    { .name = "max-stream-queue", .type = SETTING_INTEGER,
      .default_value = "32768", .min = 16, .max = 1048576,
      .argument = "KIB",
      .help = "cut a stream's reader that is further behind" },
    { .name = "heartbeat", .type = SETTING_INTEGER,
      .default_value = "15", .min = 1, .max = 3600, .argument = "S",
      .help = "between comments on a quiet stream" },
};

struct program {
    struct service *service;
    struct store *store;
    struct api *api;
    uv_signal_t on_hup;
};

static bool
answer_other(struct httpd_request *request, void *service)
{
    return service_handle_http(service, request);
}

static void
on_hup(uv_signal_t *handle, int signum OVS_UNUSED)
{
    struct program *program = handle->data;
    struct err err = ERR_INIT;

    if (auth_reload(program->api->auth, 0, true, &err)) {
        VLOG_WARN("the tokens stay as they were: %s", err.message);
        err_clear(&err);
    } else {
        VLOG_INFO("tokens have been read again");
    }
}

static void
start_store(struct program *program, const struct settings *settings)
{
    struct store_config config;
    struct err err = ERR_INIT;

    store_config_from_settings(settings, &config);
    if (store_etcd_create(&config, service_loop(program->service),
                          &program->store, &err)) {
        service_fatal("%s", err_to_string(&err));
    }
}

static void
start_api(struct program *program, const struct settings *settings)
{
    const char *client = settings_string(settings, "client-name");
    char host[256] = "weft-api";
    struct err err = ERR_INIT;
    struct api_config config = {
        .http = {
            .listen = settings_string(settings, "listen"),
            .cert_file = settings_string(settings, "tls-cert"),
            .key_file = settings_string(settings, "tls-key"),
            .client_ca_file = settings_string(settings, "tls-client-ca"),
            .max_connections = settings_integer(settings, "max-connections"),
            .timeout_s = settings_integer(settings, "idle-timeout"),
        },
        .prefix = store_prefix_from_settings(settings),
        .token_file = settings_string(settings, "token-file"),
        .max_stream_bytes = settings_integer(settings, "max-stream-queue")
                            * 1024,
        .max_streams = settings_integer(settings, "max-streams"),
        .heartbeat_s = settings_integer(settings, "heartbeat"),
        .answer_other = answer_other,
        .aux = program->service,
    };

    gethostname(host, sizeof host - 1);
    config.client = client && client[0] ? client : host;
    if (api_create(&config, program->store, &program->api, &err)) {
        service_fatal("%s", err_to_string(&err));
    }
    VLOG_INFO("serving at %s (port %d)", config.http.listen,
              httpd_port(program->api->httpd));

    uv_signal_init(service_loop(program->service), &program->on_hup);
    program->on_hup.data = program;
    uv_signal_start(&program->on_hup, on_hup, SIGHUP);
    uv_unref((uv_handle_t *) &program->on_hup);
}

/* Serves until told to stop. */
static void
serve(struct program *program)
{
    struct service *service = program->service;
    bool was_ready = false, told = false;

    while (!service_is_stopping(service)) {
        bool ready = store_is_connected(program->store);

        if (ready != was_ready || !told) {
            service_set_ready(service, ready, "etcd is not reached");
            was_ready = ready;
            told = true;
        }
        service_run(service);
        service_wait(service);
        poll_block();
    }
}

/* Lets requests under way come to their end. */
static void
drain(struct program *program)
{
    long long int deadline_ms = time_msec() + DRAIN_MS;

    service_set_ready(program->service, false, "stopping");
    api_drain(program->api);
    while (!api_is_idle(program->api) && time_msec() < deadline_ms) {
        service_run(program->service);
        /* Not service_wait(): a stopping service does not wait. */
        poll_timer_wait(10);
        poll_block();
    }
}

int
main(int argc, char *argv[])
{
    const struct service_spec spec = {
        .name = "weft-api",
        .summary = "REST server over Weft's northbound model",
        .arguments = "",
        .settings = api_settings,
        .n_settings = ARRAY_SIZE(api_settings),
        .more_settings = STORE_SETTINGS,
        .n_more_settings = N_STORE_SETTINGS,
    };
    struct program program = { .service = service_create(argc, argv, &spec) };
    const struct settings *settings = service_settings(program.service);

    start_store(&program, settings);
    start_api(&program, settings);
    service_started(program.service);
    serve(&program);
    drain(&program);
    uv_close((uv_handle_t *) &program.on_hup, NULL);
    api_destroy(program.api);
    store_destroy(program.store);
    service_destroy(program.service);
    return EXIT_SUCCESS;
}
