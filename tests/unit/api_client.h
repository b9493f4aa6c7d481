/* For tests of api/: a server over the store in memory and an HTTP client, on
 * one thread.  Include after cmocka.h. */
#ifndef WEFT_TESTS_API_CLIENT_H
#define WEFT_TESTS_API_CLIENT_H 1

#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/api.h"
#include "lib/loop.h"
#include "openvswitch/dynamic-string.h"
#include "store/sync.h"
#include "util.h"

#define PREFIX "/t"

struct fixture {
    uv_loop_t loop;
    uv_timer_t tick;            /* So that sockets are looked at. */
    struct store *store;
    struct api *api;
};

/* An answer, or a stream of events. */
struct client {
    int fd;
    struct ds text;
    const char *expected;       /* NULL: until the end. */
    bool eof;
};

/* What was answered last. */
struct answer {
    int status;
    char *head;
    char *body;
    json_t *json;               /* NULL if it is none. */
};

static inline void
on_tick(uv_timer_t *timer OVS_UNUSED)
{
}

static inline int
setup_with(void **state, struct api_config config)
{
    struct fixture *f = xzalloc(sizeof *f);
    struct err err = ERR_INIT;

    uv_loop_init(&f->loop);
    uv_timer_init(&f->loop, &f->tick);
    uv_timer_start(&f->tick, on_tick, 1, 1);
    f->store = store_memory_create(&f->loop);
    config.http.listen = "127.0.0.1:0";
    config.prefix = PREFIX;
    config.client = "test";
    config.max_streams = 2;
    config.heartbeat_s = config.heartbeat_s ? config.heartbeat_s : 60;
    config.max_stream_bytes = 64 * 1024;
    if (api_create(&config, f->store, &f->api, &err)) {
        fail_msg("%s", err_to_string(&err));
    }
    *state = f;
    return 0;
}

static inline int
teardown(void **state)
{
    struct fixture *f = *state;

    api_destroy(f->api);
    store_destroy(f->store);
    uv_close((uv_handle_t *) &f->tick, NULL);
    for (int i = 0; i < 100 && uv_run(&f->loop, UV_RUN_NOWAIT); i++) {
        usleep(1000);
    }
    assert_int_equal(uv_loop_close(&f->loop), 0);
    free(f);
    return 0;
}

static inline bool
has_received(void *client_)
{
    struct client *client = client_;
    char buffer[65536];
    ssize_t n;

    while ((n = recv(client->fd, buffer, sizeof buffer, MSG_DONTWAIT)) > 0) {
        ds_put_buffer(&client->text, buffer, n);
    }
    client->eof = n == 0 || errno != EAGAIN;
    return client->eof
           || (client->expected
               && strstr(ds_cstr(&client->text), client->expected));
}

static inline struct client
client_send(struct fixture *f, const char *text)
{
    struct sockaddr_in sin = {
        .sin_family = AF_INET,
        .sin_port = htons(httpd_port(f->api->httpd)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    struct client client = { .fd = socket(AF_INET, SOCK_STREAM, 0) };
    size_t size = strlen(text), sent = 0;

    ds_init(&client.text);
    assert_return_code(connect(client.fd, (struct sockaddr *) &sin,
                               sizeof sin), errno);
    while (sent < size) {
        ssize_t n = send(client.fd, text + sent, size - sent,
                         MSG_NOSIGNAL | MSG_DONTWAIT);

        assert_true(n > 0 || errno == EAGAIN);
        sent += MAX(n, 0);
        uv_run(&f->loop, UV_RUN_NOWAIT);
    }
    return client;
}

/* Runs until 'expected' has come. */
static inline void
client_expect(struct fixture *f, struct client *client, const char *expected)
{
    client->expected = expected;
    loop_run_until(&f->loop, has_received, client, 8000);
    if (!strstr(ds_cstr(&client->text), expected)) {
        fail_msg("\"%s\" did not come, but: %s", expected,
                 ds_cstr(&client->text));
    }
}

static inline void
client_close(struct client *client)
{
    close(client->fd);
    ds_destroy(&client->text);
}

/* One request; 'headers' is "Name: value\r\n..." or "". */
static inline struct answer
request(struct fixture *f, const char *method, const char *target,
        const char *headers, const char *body)
{
    char *text = xasprintf("%s %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
                           "%sContent-Length: %"PRIuSIZE"\r\n\r\n%s",
                           method, target, headers, strlen(body), body);
    struct client client = client_send(f, text);
    struct answer answer = { .status = 0 };
    char *separator;

    client.expected = NULL;
    if (loop_run_until(&f->loop, has_received, &client, 8000)) {
        fail_msg("%s %s: no answer", method, target);
    }
    separator = strstr(ds_cstr(&client.text), "\r\n\r\n");
    assert_non_null(separator);
    assert_int_equal(sscanf(ds_cstr(&client.text), "HTTP/1.1 %d",
                            &answer.status), 1);
    answer.head = xmemdup0(client.text.string,
                           separator - client.text.string);
    answer.body = xstrdup(separator + 4);
    answer.json = json_loads(answer.body, 0, NULL);
    client_close(&client);
    free(text);
    return answer;
}

static inline void
answer_free(struct answer *answer)
{
    free(answer->head);
    free(answer->body);
    json_decref(answer->json);
}

/* Requests, and checks the status.  The result stays until the next. */
static inline const struct answer *
expect_headers(struct fixture *f, int status, const char *method,
               const char *target, const char *headers, const char *body)
{
    static struct answer answer;

    answer_free(&answer);
    answer = request(f, method, target, headers, body);
    if (answer.status != status) {
        fail_msg("%s %s: %d, not %d: %s", method, target, answer.status,
                 status, answer.body);
    }
    return &answer;
}

static inline const struct answer *
expect(struct fixture *f, int status, const char *method, const char *target,
       const char *body)
{
    return expect_headers(f, status, method, target, "", body);
}

/* A member of the last answer as text; ints as decimal. */
static inline void
assert_member(const struct answer *answer, const char *name,
              const char *expected)
{
    json_t *value = json_object_get(answer->json, name);
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT)
                       : xstrdup("(none)");

    if (strcmp(text, expected)) {
        fail_msg("%s is %s, not %s, in %s", name, text, expected,
                 answer->body);
    }
    free(text);
}

/* Whether the problem names 'field'. */
static inline void
assert_fault(const struct answer *answer, const char *field)
{
    json_t *error;
    size_t i;

    json_array_foreach (json_object_get(answer->json, "errors"), i, error) {
        if (!strcmp(json_string_value(json_object_get(error, "field")),
                    field)) {
            return;
        }
    }
    fail_msg("%s is not named: %s", field, answer->body);
}

/* Etcd's side. */
static inline void
put_key(struct fixture *f, const char *key, const char *value)
{
    assert_int_equal(store_sync_put(f->store, key, value, NULL, NULL), 0);
}

static inline bool
key_exists(struct fixture *f, const char *key)
{
    struct store_sync_range range;
    int error = store_sync_get(f->store, key, &range, NULL);

    if (!error) {
        store_sync_range_destroy(&range);
    }
    return !error;
}

static inline void
assert_value(struct fixture *f, const char *key, const char *expected)
{
    struct store_sync_range range;

    assert_int_equal(store_sync_get(f->store, key, &range, NULL), 0);
    assert_int_equal(range.kvs[0].value.size, strlen(expected));
    assert_memory_equal(range.kvs[0].value.data, expected, strlen(expected));
    store_sync_range_destroy(&range);
}

#endif
