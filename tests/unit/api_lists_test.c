/* Lists, filters and event streams over REST; tokens. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/api_client.h"

#define LSP "/v1/logical_switch_port"
#define LS "/v1/logical_switch"
#define KEY PREFIX "/nb/logical_switch_port/"

static int
setup(void **state)
{
    return setup_with(state, (struct api_config) { .prefix = NULL });
}

static void
put_port(struct fixture *f, const char *id, const char *json)
{
    char *key = xasprintf(KEY "%s", id);

    put_key(f, key, json);
    free(key);
}

static void
delete_port(struct fixture *f, const char *id)
{
    char *key = xasprintf(KEY "%s", id);
    struct store_range range = { store_bytes_from_string(key), { NULL, 0 } };

    assert_int_equal(store_sync_delete(f->store, &range, NULL, NULL), 0);
    free(key);
}

/* Checks that a list has just these ids ("a b c"). */
static void
assert_ids(struct fixture *f, const char *target, const char *ids)
{
    const struct answer *a = expect(f, 200, "GET", target, "");
    struct ds text = DS_EMPTY_INITIALIZER;
    json_t *row;
    size_t i;

    json_array_foreach (json_object_get(a->json, "items"), i, row) {
        ds_put_format(&text, "%s%s", i ? " " : "",
                      json_string_value(json_object_get(row, "id")));
    }
    assert_string_equal(ds_cstr(&text), ids);
    ds_destroy(&text);
}

/* ---- Lists ------------------------------------------------------------ */

static void
test_filters(void **state)
{
    struct fixture *f = *state;

    put_port(f, "a", "{\"switch\":\"n1\",\"addresses\":[\"unknown\"],"
             "\"options\":{\"requested-chassis\":\"h v\"},\"tag\":5}");
    put_port(f, "b", "{\"switch\":\"n1\",\"enabled\":false,"
             "\"type\":\"router\"}");
    put_port(f, "c", "{\"switch\":\"n2\"}");
    put_port(f, "d", "garbage");
    put_key(f, PREFIX "/nb/logical_switch_port/%zz", "{}");
    put_key(f, PREFIX "/nb/logical_switch_port/x/y", "{}");
    put_key(f, PREFIX "/nb/logical_switch_portal/z", "{}");

    assert_ids(f, LSP, "a b c d");
    assert_ids(f, LSP "?switch=n1", "a b");
    assert_ids(f, LSP "?switch=n1&enabled=true", "a");
    assert_ids(f, LSP "?enabled=true", "a c");
    assert_ids(f, LSP "?enabled=false", "b");
    assert_ids(f, LSP "?type=router", "b");
    assert_ids(f, LSP "?type=", "a c");
    assert_ids(f, LSP "?addresses=unknown", "a");
    assert_ids(f, LSP "?options.requested-chassis=h+v", "a");
    assert_ids(f, LSP "?options.requested-chassis=", "");
    assert_ids(f, LSP "?tag=5", "a");
    assert_ids(f, LSP "?tag=6", "");
    assert_ids(f, LSP "?tag=", "b c");
    assert_ids(f, LSP "?id=c", "c");
    assert_ids(f, LSP "?name=c", "c");
    assert_ids(f, "/v1/acl", "");
}

static void
test_bad_filters(void **state)
{
    struct fixture *f = *state;

    assert_fault(expect(f, 400, "GET", LSP "?swich=n1", ""), "swich");
    assert_fault(expect(f, 400, "GET", LSP "?tag=x", ""), "tag");
    assert_fault(expect(f, 400, "GET", LSP "?enabled=1", ""), "enabled");
    assert_fault(expect(f, 400, "GET", LSP "?options=x", ""), "options");
    assert_fault(expect(f, 400, "GET", LSP "?switch.x=x", ""), "switch.x");
    assert_fault(expect(f, 400, "GET", LSP "?limit=0", ""), "limit");
    assert_fault(expect(f, 400, "GET", LSP "?limit=1001", ""), "limit");
    assert_fault(expect(f, 400, "GET", LSP "?limit=9x", ""), "limit");
    assert_fault(expect(f, 400, "GET", LSP "?watch=1", ""), "watch");
    assert_fault(expect(f, 400, "GET", LSP "?continue=x", ""), "continue");
    assert_fault(expect(f, 400, "GET", LSP "?continue=7.", ""), "continue");
    assert_fault(expect(f, 400, "GET", LSP "?continue=-7.a", ""),
                 "continue");
    expect(f, 400, "GET", LSP "?switch=%zz", "");
}

/* Reads all pages; returns their number. */
static int
read_pages(struct fixture *f, const char *query, int limit, int *n_rows,
           int64_t *revision)
{
    char *target = xasprintf(LSP "?limit=%d%s", limit, query);
    char last[64] = "";
    int n_pages = 0;

    *n_rows = 0;
    while (target) {
        const struct answer *a = expect(f, 200, "GET", target, "");
        const char *token = json_string_value(
            json_object_get(a->json, "continue"));
        json_t *row;
        size_t i;

        free(target);
        json_array_foreach (json_object_get(a->json, "items"), i, row) {
            const char *id = json_string_value(json_object_get(row, "id"));

            assert_true(strcmp(id, last) > 0);
            ovs_strzcpy(last, id, sizeof last);
            ++*n_rows;
        }
        assert_true(i <= (size_t) limit);
        *revision = json_integer_value(json_object_get(a->json, "revision"));
        if (!n_pages++) {
            /* Later changes are not seen by later pages. */
            put_port(f, "p999", "{\"switch\":\"new\"}");
            delete_port(f, "p034");
        }
        target = token ? xasprintf(LSP "?limit=%d&continue=%s%s", limit,
                                   token, query) : NULL;
    }
    return n_pages;
}

static void
test_pages(void **state)
{
    struct fixture *f = *state;
    int64_t revision;
    int n_rows;

    for (int i = 0; i < 35; i++) {
        char *id = xasprintf("p%03d", i);

        put_port(f, id, i % 2 ? "{\"switch\":\"odd\"}"
                              : "{\"switch\":\"even\"}");
        free(id);
    }
    assert_int_equal(read_pages(f, "", 10, &n_rows, &revision), 4);
    assert_int_equal(n_rows, 35);
    assert_int_equal(revision, 36);
    /* 35 again: p999 came, p034 went. */
    read_pages(f, "", 35, &n_rows, &revision);
    assert_int_equal(n_rows, 35);
    read_pages(f, "&switch=odd", 3, &n_rows, &revision);
    assert_int_equal(n_rows, 17);
}

static void
test_page_is_cut_by_bytes(void **state)
{
    struct fixture *f = *state;
    struct ds row = DS_EMPTY_INITIALIZER;
    int64_t revision;
    int n_rows;

    ds_put_cstr(&row, "{\"switch\":\"n\",\"external_ids\":{\"x\":\"");
    ds_put_char_multiple(&row, 'x', 900000);
    ds_put_cstr(&row, "\"}}");
    for (int i = 0; i < 7; i++) {
        char *id = xasprintf("p%03d", i);

        put_port(f, id, ds_cstr(&row));
        free(id);
    }
    assert_int_equal(read_pages(f, "", 1000, &n_rows, &revision), 2);
    assert_int_equal(n_rows, 7);
    ds_destroy(&row);
}

/* ---- Streams ---------------------------------------------------------- */

static struct client
watch(struct fixture *f, const char *query, const char *headers)
{
    char *text = xasprintf("GET " LSP "?watch=true%s HTTP/1.1\r\nHost: h\r\n"
                           "%s\r\n", query, headers);
    struct client client = client_send(f, text);

    free(text);
    return client;
}

static void
forget(struct client *client)
{
    ds_clear(&client->text);
}

static void
assert_absent(const struct client *client, const char *text)
{
    if (strstr(client->text.string, text)) {
        fail_msg("\"%s\" is in: %s", text, client->text.string);
    }
}

static void
test_stream(void **state)
{
    struct fixture *f = *state;
    struct client client;

    put_port(f, "a", "{\"switch\":\"n1\"}");
    client = watch(f, "", "");
    client_expect(f, &client, "event: synced\ndata: {\"revision\":2}\nid: 2");
    assert_non_null(strstr(client.text.string, "text/event-stream"));
    assert_non_null(strstr(client.text.string,
                           "event: put\ndata: {\"id\":\"a\","));
    assert_absent(&client, "}\nid: 2\n\nevent: synced");
    forget(&client);
    put_port(f, "b", "{\"switch\":\"n2\"}");
    client_expect(f, &client, "\"switch\":\"n2\"}\nid: 3\n\n");
    delete_port(f, "a");
    client_expect(f, &client, "event: delete\ndata: {\"id\":\"a\"}\nid: 4");
    client_close(&client);
}

static void
test_stream_of_one_transaction(void **state)
{
    struct fixture *f = *state;
    struct client client = watch(f, "", "");

    client_expect(f, &client, "event: synced");
    forget(&client);
    expect(f, 200, "POST", "/v1/batch",
           "[{\"op\":\"put\",\"table\":\"logical_switch_port\",\"id\":\"a\","
           "\"row\":{\"switch\":\"n\"}},"
           "{\"op\":\"put\",\"table\":\"logical_switch_port\",\"id\":\"b\","
           "\"row\":{\"switch\":\"n\"}}]");
    client_expect(f, &client, "id: 2");
    /* Only after the last: who resumes in between misses nothing. */
    assert_ptr_equal(strstr(client.text.string, "id: 2"),
                     strrchr(client.text.string, 'i'));
    client_close(&client);
}

static void
test_filtered_stream(void **state)
{
    struct fixture *f = *state;
    struct client client;

    put_port(f, "a", "{\"switch\":\"n1\"}");
    put_port(f, "b", "{\"switch\":\"n2\"}");
    client = watch(f, "&switch=n1", "");
    client_expect(f, &client, "event: synced");
    assert_absent(&client, "\"id\":\"b\"");
    forget(&client);
    /* Leaving the filter is a deletion, entering it a put. */
    put_port(f, "a", "{\"switch\":\"n2\"}");
    client_expect(f, &client, "event: delete\ndata: {\"id\":\"a\"}");
    put_port(f, "b", "{\"switch\":\"n1\"}");
    client_expect(f, &client, "event: put\ndata: {\"id\":\"b\"");
    forget(&client);
    put_port(f, "a", "{\"switch\":\"n3\"}");
    delete_port(f, "a");
    delete_port(f, "b");
    client_expect(f, &client, "event: delete\ndata: {\"id\":\"b\"}");
    assert_absent(&client, "\"id\":\"a\"");
    client_close(&client);
}

static void
test_resumed_stream(void **state)
{
    struct fixture *f = *state;
    struct client client;

    put_port(f, "a", "{\"switch\":\"n1\"}");
    put_port(f, "b", "{\"switch\":\"n1\"}");
    put_port(f, "c", "{\"switch\":\"n1\"}");    /* Revision 4. */
    put_port(f, "b", "{\"switch\":\"n2\"}");
    delete_port(f, "c");
    put_port(f, "d", "{\"switch\":\"n1\"}");

    client = watch(f, "", "Last-Event-ID: 4\r\n");
    client_expect(f, &client, "event: synced\ndata: {\"revision\":7}");
    assert_absent(&client, "\"id\":\"a\"");
    assert_absent(&client, "event: reset");
    assert_non_null(strstr(client.text.string,
                           "event: delete\ndata: {\"id\":\"c\"}"));
    assert_non_null(strstr(client.text.string,
                           "event: put\ndata: {\"id\":\"b\""));
    assert_non_null(strstr(client.text.string,
                           "event: put\ndata: {\"id\":\"d\""));
    client_close(&client);

    /* With a filter what no longer matches is gone, too. */
    client = watch(f, "&switch=n1", "Last-Event-ID: 4\r\n");
    client_expect(f, &client, "event: synced");
    assert_non_null(strstr(client.text.string,
                           "event: delete\ndata: {\"id\":\"b\"}"));
    assert_non_null(strstr(client.text.string,
                           "event: delete\ndata: {\"id\":\"c\"}"));
    assert_absent(&client, "\"id\":\"a\"");
    client_close(&client);

    /* Nothing streams in an answer that has no body. */
    expect(f, 200, "HEAD", LSP "?watch=true", "");
    /* A reader has nothing to wait for. */
    expect(f, 400, "GET", LSP "?wait=hv", "");
    expect_headers(f, 400, "GET", LSP "?watch=true",
                   "Last-Event-ID: x\r\n", "");
}

static void
test_unknown_revision_resets(void **state)
{
    struct fixture *f = *state;
    struct client client;

    put_port(f, "a", "{\"switch\":\"n1\"}");
    client = watch(f, "", "Last-Event-ID: 9999\r\n");
    client_expect(f, &client, "event: synced");
    assert_non_null(strstr(client.text.string, "event: reset"));
    assert_non_null(strstr(client.text.string,
                           "event: put\ndata: {\"id\":\"a\""));
    client_close(&client);
}

static void
test_stream_limits(void **state)
{
    struct fixture *f = *state;
    struct client one = watch(f, "", ""), two;
    const struct answer *a;

    client_expect(f, &one, "event: synced");
    two = watch(f, "", "");
    client_expect(f, &two, "event: synced");
    a = expect(f, 503, "GET", LSP "?watch=true", "");
    assert_non_null(strstr(a->head, "Retry-After: 1"));
    client_close(&one);
    for (int i = 0; i < 20; i++) {
        uv_run(&f->loop, UV_RUN_ONCE);
    }
    one = watch(f, "", "");
    client_expect(f, &one, "event: synced");
    /* Draining ends them all. */
    api_drain(f->api);
    client_expect(f, &one, "\r\n0\r\n\r\n");
    client_expect(f, &two, "\r\n0\r\n\r\n");
    assert_true(api_is_idle(f->api));
    client_close(&one);
    client_close(&two);
}

static void
test_slow_reader_is_cut(void **state)
{
    struct fixture *f = *state;
    struct client client = watch(f, "", "");
    struct ds row = DS_EMPTY_INITIALIZER;

    client_expect(f, &client, "event: synced");
    ds_put_cstr(&row, "{\"switch\":\"n\",\"external_ids\":{\"x\":\"");
    ds_put_char_multiple(&row, 'x', 50000);
    ds_put_cstr(&row, "\"}}");
    /* Far more than the queue and the sockets' buffers hold; not read. */
    for (int i = 0; i < 400; i++) {
        put_port(f, "a", ds_cstr(&row));
    }
    /* What was on its way can be read, then the connection is over. */
    client.expected = NULL;
    assert_int_equal(loop_run_until(&f->loop, has_received, &client, 8000),
                     0);
    assert_true(client.text.length < 400 * 50000);
    ds_destroy(&row);
    client_close(&client);
}

static int
setup_heartbeat(void **state)
{
    return setup_with(state, (struct api_config) { .heartbeat_s = 1 });
}

static void
test_heartbeat(void **state)
{
    struct fixture *f = *state;
    struct client client = watch(f, "", "");

    client_expect(f, &client, "event: synced");
    client_expect(f, &client, "\n:\n\n");
    client_close(&client);
}

/* ---- Tokens ----------------------------------------------------------- */

static char token_file[] = "/tmp/api_lists_test.XXXXXX";

static void
write_tokens(const char *text)
{
    FILE *stream = fopen(token_file, "w");

    assert_non_null(stream);
    fputs(text, stream);
    fclose(stream);
}

static int
setup_tokens(void **state)
{
    strcpy(strrchr(token_file, '.'), ".XXXXXX");
    close(mkstemp(token_file));
    write_tokens("# who\n\nsecret1 admin\nsecret2\tread\n");
    return setup_with(state, (struct api_config) {
        .token_file = token_file });
}

static int
teardown_tokens(void **state)
{
    unlink(token_file);
    return teardown(state);
}

static void
test_tokens(void **state)
{
    struct fixture *f = *state;
    const struct answer *a;
    struct err err = ERR_INIT;

    a = expect(f, 401, "GET", LS, "");
    assert_non_null(strstr(a->head, "WWW-Authenticate: Bearer"));
    expect(f, 401, "GET", "/v1/no_such_table", "");
    expect(f, 401, "PURGE", LS, "");
    expect(f, 200, "GET", "/openapi.json", "");
    expect_headers(f, 401, "GET", LS, "Authorization: Bearer x\r\n", "");
    expect_headers(f, 401, "GET", LS, "Authorization: Bearer \r\n", "");
    expect_headers(f, 401, "GET", LS, "Authorization: Basic secret1\r\n",
                   "");
    expect_headers(f, 401, "GET", LS, "Authorization: Bearer #\r\n", "");
    expect_headers(f, 200, "GET", LS, "Authorization: Bearer secret2\r\n",
                   "");
    expect_headers(f, 403, "PUT", LS "/n1",
                   "Authorization: Bearer secret2\r\n", "{}");
    expect_headers(f, 403, "POST", "/v1/batch",
                   "Authorization: Bearer secret2\r\n", "[]");
    expect_headers(f, 201, "PUT", LS "/n1",
                   "Authorization: bearer secret1\r\n", "{}");

    write_tokens("secret3 admin\n");
    assert_int_equal(auth_reload(f->api->auth, 0, true, NULL), 0);
    expect_headers(f, 401, "GET", LS, "Authorization: Bearer secret1\r\n",
                   "");
    expect_headers(f, 200, "GET", LS, "Authorization: Bearer secret3\r\n",
                   "");
    /* A bad file changes nothing. */
    write_tokens("secret4 admin\nsecret5 root\n");
    assert_int_equal(auth_reload(f->api->auth, 0, true, &err),
                     -WEFT_E_INVALID);
    assert_non_null(strstr(err.message, ":2: "));
    assert_null(strstr(err.message, "secret"));
    err_clear(&err);
    expect_headers(f, 200, "GET", LS, "Authorization: Bearer secret3\r\n",
                   "");
    expect_headers(f, 401, "GET", LS, "Authorization: Bearer secret4\r\n",
                   "");
}

static void
test_token_file_is_reread(void **state)
{
    struct fixture *f = *state;
    struct answer a = { .status = 401 };

    write_tokens("another admin\n");
    for (int i = 0; i < 300 && a.status == 401; i++) {
        answer_free(&a);
        a = request(f, "GET", LS, "Authorization: Bearer another\r\n", "");
        usleep(10000);
    }
    assert_int_equal(a.status, 200);
    answer_free(&a);
}

static void
test_bad_token_files(void **state OVS_UNUSED)
{
    const char *const bad[] = { "x\n", "x y\n", "x admin y\n", "x ADMIN\n" };
    struct auth *auth = NULL;

    strcpy(strrchr(token_file, '.'), ".XXXXXX");
    close(mkstemp(token_file));
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        write_tokens(bad[i]);
        assert_int_equal(auth_create(token_file, &auth, NULL),
                         -WEFT_E_INVALID);
    }
    unlink(token_file);
    assert_int_equal(auth_create(token_file, &auth, NULL), -ENOENT);
    assert_null(auth);
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_filters),
        TEST(test_bad_filters),
        TEST(test_pages),
        TEST(test_page_is_cut_by_bytes),
        TEST(test_stream),
        TEST(test_stream_of_one_transaction),
        TEST(test_filtered_stream),
        TEST(test_resumed_stream),
        TEST(test_unknown_revision_resets),
        TEST(test_stream_limits),
        TEST(test_slow_reader_is_cut),
        cmocka_unit_test_setup_teardown(test_heartbeat, setup_heartbeat,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_tokens, setup_tokens,
                                        teardown_tokens),
        cmocka_unit_test_setup_teardown(test_token_file_is_reread,
                                        setup_tokens, teardown_tokens),
        cmocka_unit_test(test_bad_token_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
