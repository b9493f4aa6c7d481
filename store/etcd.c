/* The etcd client: life and death, configuration, end points.
 *
 * One end point is in use at a time, a random one at first so that the
 * clients of a cluster spread over it.  Whoever finds that it does not answer
 * moves everybody on to the next.  Over which watches run is looked after
 * here too: one that was not heard for a while, or that failed others, is
 * asked something, and its watches are broken if it does not answer. */
#include <config.h>

#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "random.h"
#include "store/etcd.h"
#include "util.h"

enum {
    DEFAULT_TIMEOUT_MS = 5000, MIN_TIMEOUT_MS = 100,
    MAX_ENDPOINTS = 64,
    MAX_CONNECTIONS = 16,
    CONNECT_TIMEOUT_MS = 2000,
    PROBE_MS = 5000, PROBE_TIMEOUT_MS = 3000,
    MAX_PATIENCE_SHIFT = 3, ONCE_MS = 3000, FORGET_MS = 300000,
};

uint64_t
etcd_now_ms(void)
{
    return uv_hrtime() / 1000000;
}

/* ---- End points ------------------------------------------------------- */

void
etcd_heard(struct store_etcd *etcd, size_t i)
{
    etcd->endpoints[i].heard_ms = etcd_now_ms();
    etcd->endpoints[i].is_suspect = false;
    etcd->up.connected = true;
}

void
etcd_failed(struct store_etcd *etcd, size_t i)
{
    etcd->endpoints[i].is_suspect = true;
    if (i == etcd->current) {
        etcd->up.connected = false;
        etcd->current = (i + 1) % etcd->n_endpoints;
        etcd->up.stats.n_failovers += etcd->n_endpoints > 1;
    }
    if (!etcd->probe && etcd_has_streams(etcd, i, NULL)) {
        alarm_start(etcd->probe_alarm, 0);
    }
}

uint64_t
etcd_connect_timeout_ms(const struct store_etcd *etcd)
{
    return MIN(etcd->timeout_ms,
               CONNECT_TIMEOUT_MS / (etcd->n_endpoints > 1 ? 2 : 1));
}

void
etcd_gave_up(struct store_etcd *etcd)
{
    uint64_t since_ms = etcd_now_ms() - etcd->silent_ms;

    if (!etcd->n_silent || since_ms > FORGET_MS) {
        etcd->n_silent = 1;
    } else if (since_ms > ONCE_MS) {
        etcd->n_silent++;       /* Else it is another stream's same silence. */
    }
    etcd->silent_ms = etcd_now_ms();
}

unsigned int
etcd_patience(const struct store_etcd *etcd)
{
    return (etcd->n_endpoints > 1
            || etcd_now_ms() - etcd->silent_ms > FORGET_MS
            ? 1 : 1u << MIN(etcd->n_silent, MAX_PATIENCE_SHIFT));
}

const struct codec *
etcd_codec(const struct store_etcd *etcd, size_t i)
{
    return (etcd->endpoints[i].grpc == GRPC_WORKS ? &codec_grpc
            : &codec_json);
}

bool
etcd_is_granted(const struct codec *codec, const struct http_result *result,
                struct codec_error *refusal)
{
    memset(refusal, 0, sizeof *refusal);
    if (result->grpc_status > 0) {
        codec_get_status(result->grpc_status, result->grpc_message, refusal);
    } else if (result->status && (result->status != 200
                                  || (codec->is_grpc && result->completed
                                      && result->grpc_status < 0))) {
        codec_get_error(result->body, result->size, result->status, refusal);
    }
    return result->completed && !refusal->error;
}

static void
on_probed(const struct http_result *result, void *etcd_)
{
    struct store_etcd *etcd = etcd_;
    size_t i = etcd->probed;
    struct codec_error error;
    uint64_t received_ms;
    bool granted = etcd_is_granted(&codec_json, result, &error);

    etcd->probe = NULL;
    etcd->up.stats.n_failures += !granted;
    alarm_start(etcd->probe_alarm, PROBE_MS);
    /* An answer that it may not answer is one, too; and so is what came on a
     * watch meanwhile: etcd may be at the limit of what it can do. */
    if ((result->completed && !error.elsewhere)
        || (!result->completed && etcd_has_streams(etcd, i, &received_ms)
            && received_ms > etcd->probed_ms)) {
        etcd_heard(etcd, i);
    } else {
        etcd_failed(etcd, i);
        etcd_gave_up(etcd);
        etcd_break_streams(etcd, i);
    }
}

/* Asks end point 'i' something that it can only answer with its cluster. */
static void
send_probe(struct store_etcd *etcd, size_t i)
{
    struct store_range range = { { "", 0 }, { NULL, 0 } };
    struct store_range_options options = { .count_only = true };
    struct ds body = DS_EMPTY_INITIALIZER;
    char *url = xasprintf("%s/v3/kv/range", etcd->endpoints[i].url);

    codec_put_range(&body, &range, &options);
    etcd->probed = i;
    etcd->probed_ms = etcd_now_ms();
    etcd->up.stats.n_requests++;
    etcd->probe = http_post(etcd->http, &(struct http_post) {
        .url = url,
        .token = etcd_token(etcd),
        .body = &body,
        .repeatable = true,
        .timeout_ms = PROBE_TIMEOUT_MS * etcd_patience(etcd),
        .connect_timeout_ms = etcd_connect_timeout_ms(etcd),
        .max_bytes = 65536,
        .done = on_probed,
        .aux = etcd,
    });
    free(url);
}

static void
probe(void *etcd_)
{
    struct store_etcd *etcd = etcd_;
    bool has_streams = false;

    for (size_t i = 0; i < etcd->n_endpoints; i++) {
        const struct endpoint *endpoint = &etcd->endpoints[i];
        uint64_t received_ms, heard_ms;

        if (!etcd_has_streams(etcd, i, &received_ms)) {
            continue;
        }
        has_streams = true;
        heard_ms = MAX(endpoint->heard_ms, received_ms);
        if (endpoint->is_suspect || etcd_now_ms() - heard_ms > PROBE_MS) {
            send_probe(etcd, i);
            return;
        }
    }
    if (has_streams) {
        alarm_start(etcd->probe_alarm, PROBE_MS);
    }
}

void
etcd_start_probing(struct store_etcd *etcd)
{
    if (!etcd->probe && !alarm_is_set(etcd->probe_alarm)) {
        alarm_start(etcd->probe_alarm, PROBE_MS);
    }
}

/* ---- Configuration ---------------------------------------------------- */

/* Checks one URL of 'size' characters. */
static int
parse_endpoint(const char *text, size_t size, struct endpoint *endpoint,
               const char *field, struct err *err)
{
    size_t scheme = !strncmp(text, "http://", 7) ? 7
                    : !strncmp(text, "https://", 8) ? 8 : 0;

    while (size > scheme && text[size - 1] == '/') {
        size--;
    }
    if (!scheme || scheme >= size) {
        return err_put(err, -WEFT_E_INVALID, field,
                       "\"%.*s\" is not http://HOST:PORT or https://...",
                       (int) size, text);
    }
    for (size_t i = scheme; i < size; i++) {
        if ((unsigned char) text[i] <= ' ' || strchr("/?#@\"", text[i])) {
            return err_put(err, -WEFT_E_INVALID, field,
                           "\"%.*s\" has more than host and port",
                           (int) size, text);
        }
    }
    *endpoint = (struct endpoint) {
        .url = xmemdup0(text, size), .is_https = scheme == 8,
    };
    return 0;
}

static int
parse_endpoints(struct store_etcd *etcd, const char *text, struct err *err)
{
    if (!text || !text[strspn(text, ", ")]) {
        return err_put(err, -WEFT_E_INVALID, "endpoints", "there is none");
    }
    etcd->endpoints = xcalloc(MAX_ENDPOINTS, sizeof *etcd->endpoints);
    for (text += strspn(text, ", "); *text; text += strspn(text, ", ")) {
        size_t size = strcspn(text, ", ");
        char field[32];
        int error;

        snprintf(field, sizeof field, "endpoints[%"PRIuSIZE"]",
                 etcd->n_endpoints);
        if (etcd->n_endpoints == MAX_ENDPOINTS) {
            return err_put(err, -WEFT_E_INVALID, field,
                           "at most %d are allowed", MAX_ENDPOINTS);
        }
        error = parse_endpoint(text, size,
                               &etcd->endpoints[etcd->n_endpoints], field,
                               err);
        if (error) {
            return error;
        }
        etcd->n_endpoints++;
        text += size;
    }
    return 0;
}

static int
check_file(const char *file, const char *field, struct err *err)
{
    return !file || !access(file, R_OK) ? 0
           : err_put(err, -WEFT_E_INVALID, field, "%s: %s", file,
                     ovs_strerror(errno));
}

static int
configure(struct store_etcd *etcd, const struct store_config *config,
          struct err *err)
{
    int error = parse_endpoints(etcd, config->endpoints, err);

    error = error ? error : check_file(config->ca_file, "ca_file", err);
    error = error ? error : check_file(config->cert_file, "cert_file", err);
    error = error ? error : check_file(config->key_file, "key_file", err);
    error = error ? error : check_file(config->password_file, "password_file",
                                       err);
    if (!error && !config->cert_file != !config->key_file) {
        error = err_put(err, -WEFT_E_INVALID,
                        config->cert_file ? "key_file" : "cert_file",
                        "certificate and key go together");
    }
    if (!error && config->timeout_ms && config->timeout_ms < MIN_TIMEOUT_MS) {
        error = err_put(err, -WEFT_E_INVALID, "timeout_ms",
                        "at least %d", MIN_TIMEOUT_MS);
    }
    if (error) {
        return error;
    }
    etcd->timeout_ms = config->timeout_ms ? config->timeout_ms
                       : DEFAULT_TIMEOUT_MS;
    etcd->user = nullable_xstrdup(config->user);
    etcd->password = nullable_xstrdup(config->password);
    etcd->password_file = nullable_xstrdup(config->password_file);
    if (config->max_txn_ops) {
        etcd->up.max_txn_ops = config->max_txn_ops;
    }
    if (config->max_request_bytes) {
        etcd->up.max_request_bytes = config->max_request_bytes;
    }
    if (config->page_size) {
        etcd->up.page_size = config->page_size;
    }
    return 0;
}

/* ---- Life and death --------------------------------------------------- */

static void
free_config(struct store_etcd *etcd)
{
    for (size_t i = 0; i < etcd->n_endpoints; i++) {
        free(etcd->endpoints[i].url);
    }
    free(etcd->endpoints);
    free(etcd->user);
    free(etcd->password_file);
    if (etcd->password) {
        explicit_bzero(etcd->password, strlen(etcd->password));
    }
    free(etcd->password);
}

static void
etcd_destroy(struct store *store)
{
    struct store_etcd *etcd = etcd_cast(store);

    etcd_auth_destroy(etcd);
    http_destroy(etcd->http);
    http_destroy(etcd->stream_http);
    alarm_destroy(etcd->probe_alarm);
    free_config(etcd);
    if (etcd->busy) {
        etcd->destroyed = true;
    } else {
        free(etcd);
    }
}

static void
etcd_count_bytes(const struct store *store, uint64_t *sent,
                 uint64_t *received)
{
    const struct store_etcd *etcd = etcd_cast(store);

    *sent = http_bytes_sent(etcd->http) + http_bytes_sent(etcd->stream_http);
    *received = http_bytes_received(etcd->http)
                + http_bytes_received(etcd->stream_http);
}

static const struct store_class etcd_class = {
    .destroy = etcd_destroy,
    .range = etcd_range,
    .txn = etcd_txn,
    .lease = etcd_lease,
    .channel_create = etcd_channel_create,
    .channel_destroy = etcd_channel_destroy,
    .channel_open = etcd_channel_open,
    .channel_close = etcd_channel_close,
    .count_bytes = etcd_count_bytes,
};

int
store_etcd_create(const struct store_config *config, uv_loop_t *loop,
                  struct store **storep, struct err *err)
{
    struct store_etcd *etcd = xzalloc(sizeof *etcd);
    struct http_options options = {
        .ca_file = config->ca_file,
        .cert_file = config->cert_file,
        .key_file = config->key_file,
    };
    int error;

    store_init(&etcd->up, &etcd_class, loop);
    error = configure(etcd, config, err);
    if (error) {
        free_config(etcd);
        free(etcd);
        return error;
    }
    curl_global_init(CURL_GLOBAL_ALL);
    ovs_list_init(&etcd->channels);
    etcd->current = random_range(etcd->n_endpoints);
    etcd->stream_http = http_create(loop, &options);
    options.max_connections = MAX_CONNECTIONS;
    etcd->http = http_create(loop, &options);
    etcd->probe_alarm = alarm_create(loop, probe, etcd);
    *storep = &etcd->up;
    return 0;
}
