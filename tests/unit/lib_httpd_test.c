/* The HTTP server against raw sockets, all on one thread: the client's ends
 * are read without blocking while the loop runs. */
#include <config.h>

#include "lib/httpd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/loop.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

/* A server, its handler's memory, and one client. */
struct fixture {
    uv_loop_t loop;
    uv_timer_t tick;            /* So that the client is looked at. */
    struct httpd *httpd;
    struct httpd_request *held; /* "/hold": not answered by the handler. */
    struct httpd_request *stream;
    int n_handled;
    int n_gone;
    bool end_when_gone;

    int fd;
    struct ds received;
    bool eof;
    const char *expected;
};

static void
on_gone(struct httpd_request *request, void *f_)
{
    struct fixture *f = f_;

    f->n_gone++;
    assert_true(httpd_is_gone(request));
    if (f->end_when_gone) {
        if (request == f->stream) {
            f->stream = NULL;
            httpd_stream_end(request);
        } else {
            f->held = NULL;
            httpd_answer(request, 200, NULL, "", 0);
        }
    }
}

static void
show_parameter(const char *name, const char *value, void *text)
{
    ds_put_format(text, "[%s=%s]", name, value);
}

static void
handle(struct httpd_request *request, void *f_)
{
    struct fixture *f = f_;
    struct ds text = DS_EMPTY_INITIALIZER;
    const char *body;
    size_t size;

    f->n_handled++;
    if (!strcmp(httpd_path(request), "/hold")) {
        httpd_set_aux(request, on_gone, f);
        f->held = request;
        return;
    } else if (!strcmp(httpd_path(request), "/stream")) {
        httpd_set_aux(request, on_gone, f);
        httpd_add_header(request, "Cache-Control", "no-store");
        httpd_stream_start(request, "text/event-stream");
        f->stream = request;
        return;
    }
    body = httpd_body(request, &size);
    ds_put_format(&text, "%s %s", httpd_method(request), httpd_path(request));
    httpd_query_each(request, show_parameter, &text);
    ds_put_format(&text, " %"PRIuSIZE":%s", size, body);
    assert_true(httpd_add_header(request, "X-Test", "yes"));
    assert_false(httpd_add_header(request, "X-Bad", "a\r\nb"));
    httpd_answer(request, 200, "text/plain", text.string, text.length);
    ds_destroy(&text);
}

static void
on_tick(uv_timer_t *timer OVS_UNUSED)
{
}

static int
setup_with(void **state, const struct httpd_config *config)
{
    struct fixture *f = xzalloc(sizeof *f);
    struct err err = ERR_INIT;

    uv_loop_init(&f->loop);
    uv_timer_init(&f->loop, &f->tick);
    uv_timer_start(&f->tick, on_tick, 1, 1);
    ds_init(&f->received);
    f->fd = -1;
    assert_int_equal(httpd_create(config, &f->loop, handle, f, &f->httpd,
                                  &err), 0);
    *state = f;
    return 0;
}

static int
setup(void **state)
{
    struct httpd_config config = {
        .listen = "127.0.0.1:0",
        .max_body_bytes = 1000,
        .timeout_s = 1,
        .max_connections = 4,
    };

    return setup_with(state, &config);
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    f->end_when_gone = true;
    httpd_destroy(f->httpd);
    if (f->fd >= 0) {
        close(f->fd);
    }
    uv_close((uv_handle_t *) &f->tick, NULL);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    ds_destroy(&f->received);
    free(f);
    return 0;
}

static int
dial(const struct fixture *f)
{
    struct sockaddr_in sin = {
        .sin_family = AF_INET,
        .sin_port = htons(httpd_port(f->httpd)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    if (connect(fd, (struct sockaddr *) &sin, sizeof sin)) {
        close(fd);
        return -1;
    }
    return fd;
}

static void
send_text(struct fixture *f, const char *text)
{
    if (f->fd < 0) {
        f->fd = dial(f);
    }
    assert_int_equal(send(f->fd, text, strlen(text), MSG_NOSIGNAL),
                     strlen(text));
}

static bool
is_received(void *f_)
{
    struct fixture *f = f_;
    char buffer[4096];
    ssize_t n;

    while ((n = recv(f->fd, buffer, sizeof buffer, MSG_DONTWAIT)) > 0) {
        ds_put_buffer(&f->received, buffer, n);
    }
    f->eof = n == 0 || (n < 0 && errno != EAGAIN);
    return f->expected ? strstr(ds_cstr(&f->received), f->expected) != NULL
                       : f->eof;
}

/* Runs until the client has received 'expected' (NULL: the end). */
static void
expect(struct fixture *f, const char *expected)
{
    f->expected = expected;
    if (loop_run_until(&f->loop, is_received, f, 8000)) {
        print_message("received: %s\n", ds_cstr(&f->received));
        fail_msg("did not receive \"%s\"", expected ? expected : "EOF");
    }
}

static void
forget(struct fixture *f)
{
    ds_clear(&f->received);
}

static bool
is_held(void *f_)
{
    struct fixture *f = f_;

    return f->held || f->stream;
}

static bool
is_gone(void *f_)
{
    struct fixture *f = f_;

    return f->n_gone > 0;
}

static void
test_answers_on_one_connection(void **state)
{
    struct fixture *f = *state;

    send_text(f, "GET /a%2Fb?x=1&y=%41+b HTTP/1.1\r\nHost: h\r\n\r\n");
    expect(f, "GET /a%2Fb[x=1][y=A b] 0:");
    assert_non_null(strstr(ds_cstr(&f->received), "200 OK"));
    assert_non_null(strstr(ds_cstr(&f->received), "X-Test: yes"));
    assert_null(strstr(ds_cstr(&f->received), "X-Bad"));
    forget(f);
    send_text(f, "PUT /b HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhel");
    send_text(f, "lo");
    expect(f, "PUT /b 5:hello");
    forget(f);
    send_text(f, "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked"
                 "\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    expect(f, "POST /c 5:abcde");
    assert_int_equal(f->n_handled, 3);
}

static void
test_late_answer(void **state)
{
    struct fixture *f = *state;

    send_text(f, "GET /hold HTTP/1.1\r\nHost: h\r\nX-A: b\r\n\r\n");
    assert_int_equal(loop_run_until(&f->loop, is_held, f, 5000), 0);
    assert_int_equal(httpd_n_pending(f->httpd), 1);
    assert_string_equal(httpd_header(f->held, "X-A"), "b");
    assert_null(httpd_header(f->held, "X-B"));
    httpd_answer(f->held, 202, "text/plain", "late", 4);
    expect(f, "late");
    assert_non_null(strstr(ds_cstr(&f->received), "202 Accepted"));
    assert_int_equal(f->n_gone, 0);
}

static void
test_client_leaves_before_answer(void **state)
{
    struct fixture *f = *state;

    send_text(f, "GET /hold HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_int_equal(loop_run_until(&f->loop, is_held, f, 5000), 0);
    close(f->fd);
    f->fd = -1;
    assert_int_equal(loop_run_until(&f->loop, is_gone, f, 5000), 0);
    httpd_answer(f->held, 200, "text/plain", "late", 4);
    /* The server goes on. */
    send_text(f, "GET /next HTTP/1.1\r\nHost: h\r\n\r\n");
    expect(f, "GET /next 0:");
    assert_int_equal(f->n_gone, 1);
}

static void
test_body_too_large(void **state)
{
    struct fixture *f = *state;
    char chunk[1100];

    send_text(f, "PUT /b HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n"
                 "Expect: 100-continue\r\n\r\n");
    expect(f, "\"status\":413");
    close(f->fd);
    f->fd = -1;
    forget(f);

    memset(chunk, 'x', sizeof chunk);
    memcpy(chunk, "44c\r\n", 5);
    send_text(f, "PUT /b HTTP/1.1\r\nHost: h\r\n"
                 "Transfer-Encoding: chunked\r\n\r\n44c\r\n");
    memset(chunk, 'x', sizeof chunk);
    assert_int_equal(send(f->fd, chunk, sizeof chunk, 0), sizeof chunk);
    send_text(f, "\r\n0\r\n\r\n");
    expect(f, "larger than 1000 bytes");
    assert_int_equal(f->n_handled, 0);
}

static void
test_endless_body_is_cut(void **state)
{
    struct fixture *f = *state;

    send_text(f, "PUT /b HTTP/1.1\r\nHost: h\r\n"
                 "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 400 && !f->eof; i++) {
        if (send(f->fd, "28\r\n0123456789012345678901234567890123456789\r\n",
                 46, MSG_NOSIGNAL) < 0) {
            break;
        }
        uv_run(&f->loop, UV_RUN_ONCE);
        f->expected = NULL;
        is_received(f);
    }
    expect(f, NULL);
    assert_int_equal(f->n_handled, 0);
}

static void
test_malformed_targets(void **state)
{
    struct fixture *f = *state;
    const char *const targets[] = { "/a?x=%zz", "/a?%", "/a?x=%00", "*" };

    for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
        char *text = xasprintf("GET %s HTTP/1.1\r\nHost: h\r\n\r\n",
                               targets[i]);

        send_text(f, text);
        expect(f, "\"status\":400");
        forget(f);
        close(f->fd);
        f->fd = -1;
        free(text);
    }
    assert_int_equal(f->n_handled, 0);
}

/* What a proxy in front could take for two requests, or another host's. */
static void
test_ambiguous_framing(void **state)
{
    struct fixture *f = *state;
    const char *const bad[] = {
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n"
        "Content-Length: 3\r\n\r\n{}x",
        "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n"
        "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n",
    };

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        send_text(f, bad[i]);
        expect(f, "\"status\":400");
        forget(f);
        close(f->fd);
        f->fd = -1;
    }
    assert_int_equal(f->n_handled, 0);
    send_text(f, "GET /old HTTP/1.0\r\n\r\n");
    expect(f, "GET /old 0:");
}

static void
test_garbage_is_no_harm(void **state)
{
    struct fixture *f = *state;

    send_text(f, "\x16\x03\x01 rubbish\r\n\r\n");
    expect(f, NULL);
    close(f->fd);
    f->fd = -1;
    send_text(f, "GET / HTTP/1.1\r\nHost: h\r\n bad header\r\n: x\r\n\r\n");
    close(f->fd);
    f->fd = -1;
    forget(f);
    send_text(f, "GET /next HTTP/1.1\r\nHost: h\r\n\r\n");
    expect(f, "GET /next 0:");
}

static void
test_stream(void **state)
{
    struct fixture *f = *state;

    send_text(f, "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
    expect(f, "text/event-stream");
    assert_non_null(strstr(ds_cstr(&f->received), "no-store"));
    assert_int_equal(httpd_n_pending(f->httpd), 0);
    assert_true(httpd_stream_write(f->stream, "one", 3, 1000));
    expect(f, "one");
    assert_true(httpd_stream_write(f->stream, "two", 3, 1000));
    assert_true(httpd_stream_write(f->stream, "three", 5, 1000));
    httpd_stream_end(f->stream);
    f->stream = NULL;
    expect(f, "twothree\r\n0\r\n");
    assert_int_equal(f->n_gone, 0);
}

static void
test_stream_client_leaves(void **state)
{
    struct fixture *f = *state;

    send_text(f, "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
    expect(f, "text/event-stream");
    f->end_when_gone = true;
    close(f->fd);
    f->fd = -1;
    assert_int_equal(loop_run_until(&f->loop, is_gone, f, 5000), 0);
    assert_null(f->stream);
}

static void
test_slow_stream_reader_is_cut(void **state)
{
    struct fixture *f = *state;
    char block[10000];
    int n = 0;

    memset(block, 'x', sizeof block);
    send_text(f, "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
    expect(f, "text/event-stream");
    while (httpd_stream_write(f->stream, block, sizeof block, 100000)) {
        uv_run(&f->loop, UV_RUN_ONCE);
        /* Kernel buffers take some megabytes. */
        assert_true(++n < 5000);
    }
    httpd_stream_end(f->stream);
    f->stream = NULL;
    expect(f, NULL);
    assert_int_equal(httpd_n_pending(f->httpd), 0);
}

static void
test_destroy_tells_everybody(void **state)
{
    struct fixture *f = *state;
    int fd;

    send_text(f, "GET /hold HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_int_equal(loop_run_until(&f->loop, is_held, f, 5000), 0);
    fd = f->fd;
    f->fd = -1;
    send_text(f, "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
    expect(f, "text/event-stream");
    httpd_destroy(f->httpd);
    f->httpd = NULL;
    assert_int_equal(f->n_gone, 2);
    assert_null(httpd_header(f->held, "Host"));
    assert_false(httpd_stream_write(f->stream, "x", 1, 1000));
    httpd_answer(f->held, 200, NULL, "", 0);
    httpd_stream_end(f->stream);
    f->held = f->stream = NULL;
    close(fd);
}

static void
test_quiesce(void **state)
{
    struct fixture *f = *state;

    send_text(f, "GET /hold HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_int_equal(loop_run_until(&f->loop, is_held, f, 5000), 0);
    httpd_quiesce(f->httpd);
    assert_int_equal(dial(f), -1);
    httpd_answer(f->held, 200, "text/plain", "last", 4);
    assert_int_equal(httpd_n_pending(f->httpd), 1);
    expect(f, NULL);
    assert_non_null(strstr(ds_cstr(&f->received), "last"));
    assert_non_null(strstr(ds_cstr(&f->received), "Connection: close"));
    assert_int_equal(httpd_n_pending(f->httpd), 0);
}

static void
test_slow_request_is_cut(void **state)
{
    struct fixture *f = *state;
    uint64_t start_ms = uv_now(&f->loop);

    /* A byte now and then defeats the idle time-out, not the deadline. */
    send_text(f, "GET / HTTP/1.1\r\n");
    while (!f->eof) {
        uint64_t next_ms = uv_now(&f->loop) + 300;

        if (send(f->fd, "X", 1, MSG_NOSIGNAL) < 0) {
            break;
        }
        f->expected = NULL;
        while (uv_now(&f->loop) < next_ms && !f->eof) {
            uv_run(&f->loop, UV_RUN_ONCE);
            is_received(f);
        }
        assert_true(uv_now(&f->loop) - start_ms < 6000);
    }
    assert_true(uv_now(&f->loop) - start_ms >= 2000);
}

static void
test_too_many_connections(void **state)
{
    struct fixture *f = *state;
    int fds[5];

    for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
        fds[i] = dial(f);
    }
    /* The fifth waits until there is room. */
    f->fd = fds[4];
    send_text(f, "GET /fifth HTTP/1.1\r\nHost: h\r\n\r\n");
    for (int i = 0; i < 20; i++) {
        uv_run(&f->loop, UV_RUN_ONCE);
    }
    assert_int_equal(f->n_handled, 0);
    close(fds[0]);
    expect(f, "GET /fifth 0:");
    for (int i = 1; i < 4; i++) {
        close(fds[i]);
    }
}

static void
refuse_config(struct fixture *f, const struct httpd_config *config,
              const char *field)
{
    struct err err = ERR_INIT;
    struct httpd *httpd = NULL;

    assert_true(httpd_create(config, &f->loop, handle, f, &httpd, &err) < 0);
    assert_null(httpd);
    assert_string_equal(err.field, field);
    assert_non_null(err.message);
    err_clear(&err);
}

static void
test_bad_settings(void **state)
{
    struct fixture *f = *state;
    char *taken = xasprintf("127.0.0.1:%d", httpd_port(f->httpd));
    const char *const bad[] = {
        "", "x", "127.0.0.1", "1.2.3.4:", "1.2.3.4:x", "::1:80", "[::1:80",
        "[]:80", "127.0.0.1:99999", taken,
    };

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct httpd_config config = { .listen = bad[i] };

        refuse_config(f, &config, "listen");
    }
    refuse_config(f, &(struct httpd_config) { .listen = "127.0.0.1:0",
                      .cert_file = "/dev/null" }, "key_file");
    refuse_config(f, &(struct httpd_config) { .listen = "127.0.0.1:0",
                      .client_ca_file = "/dev/null" }, "client_ca_file");
    refuse_config(f, &(struct httpd_config) { .listen = "127.0.0.1:0",
                      .cert_file = "/dev/null", .key_file = "/dev/null" },
                  "cert_file");
    refuse_config(f, &(struct httpd_config) { .listen = "127.0.0.1:0",
                      .cert_file = "/nonexistent", .key_file = "/dev/null" },
                  "cert_file");
    free(taken);
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_answers_on_one_connection),
        TEST(test_late_answer),
        TEST(test_client_leaves_before_answer),
        TEST(test_body_too_large),
        TEST(test_endless_body_is_cut),
        TEST(test_malformed_targets),
        TEST(test_ambiguous_framing),
        TEST(test_garbage_is_no_harm),
        TEST(test_stream),
        TEST(test_stream_client_leaves),
        TEST(test_slow_stream_reader_is_cut),
        TEST(test_destroy_tells_everybody),
        TEST(test_quiesce),
        TEST(test_slow_request_is_cut),
        TEST(test_too_many_connections),
        TEST(test_bad_settings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
