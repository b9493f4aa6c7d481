/* The skeleton of every daemon: options and environment, OVS's process
 * conventions (--pidfile, --detach, --log-file, --unixctl, -v), signals, the
 * loop, and an HTTP port with /metrics, /healthz and /readyz.
 *
 *     int
 *     main(int argc, char *argv[])
 *     {
 *         struct service *service = service_create(argc, argv, &spec);
 *         ...create modules on service_loop(service)...
 *         service_started(service);            // --detach returns here
 *         while (!service_is_stopping(service)) {
 *             ...OVS modules' _run()...
 *             service_run(service);
 *             ...OVS modules' _wait()...
 *             service_wait(service);
 *             poll_block();
 *         }
 *         ...destroy modules...
 *         service_destroy(service);
 *     }
 */
#ifndef WEFT_LIB_SERVICE_H
#define WEFT_LIB_SERVICE_H 1

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "lib/settings.h"

struct service;

struct service_spec {
    const char *name;               /* "weft-agent". */
    const char *summary;            /* One line for --help. */
    const char *arguments;          /* "[OVS-DATABASE]" or "". */
    const struct setting *settings; /* The program's own. */
    size_t n_settings;
    const struct setting *more_settings;    /* Another table, e.g. the */
    size_t n_more_settings;                 /* store's; or NULL. */
    int max_arguments;              /* More are refused. */
};

/* Parses the command line (prints help or version and exits, or complains
 * and exits with 1), takes OVS's process conventions, catches SIGTERM and
 * SIGINT, opens the control socket with the commands 'exit' and 'version',
 * and detaches if asked to.  Common setting: --http-listen
 * (WEFT_HTTP_LISTEN; empty: no HTTP port). */
struct service *service_create(int argc, char *argv[],
                               const struct service_spec *spec);
void service_destroy(struct service *service);

uv_loop_t *service_loop(struct service *service);
const struct settings *service_settings(const struct service *service);
/* Argument 'i' after the options, or NULL. */
const char *service_argument(const struct service *service, int i);

/* Initialised: the detached parent may exit with 0. */
void service_started(struct service *service);

/* True after SIGTERM, SIGINT or 'exit': drain and end. */
bool service_is_stopping(const struct service *service);

/* Ready to serve? '/readyz' answers 200 or 503 with 'why' (copied). */
void service_set_ready(struct service *service, bool ready, const char *why);

/* Answers /metrics, /healthz and /readyz on a server of the program's own.
 * Returns false, and leaves 'request' alone, for other paths. */
struct httpd_request;
bool service_handle_http(struct service *service,
                         struct httpd_request *request);

void service_run(struct service *service);
void service_wait(struct service *service);

/* Prints "PROGRAM: message" to stderr and exits with 1: for start-up. */
void service_fatal(const char *format, ...)
    __attribute__((format(printf, 1, 2), noreturn));

#endif
