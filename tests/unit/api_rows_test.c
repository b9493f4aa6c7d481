/* Rows over REST: every verb, preconditions, problems, batches, waits. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/api_client.h"

#define LSP "/v1/logical_switch_port"
#define LS "/v1/logical_switch"

static int
setup(void **state)
{
    return setup_with(state, (struct api_config) { .prefix = NULL });
}

static void
test_index_and_other_paths(void **state)
{
    struct fixture *f = *state;
    const struct answer *a = expect(f, 200, "GET", "/v1", "");

    assert_non_null(json_object_get(json_object_get(a->json, "tables"),
                                    "logical_switch_port"));
    assert_null(json_object_get(json_object_get(a->json, "tables"),
                                "flow_bundle"));
    a = expect(f, 200, "GET", "/openapi.json", "");
    assert_member(a, "openapi", "\"3.1.0\"");
    expect(f, 404, "GET", "/", "");
    expect(f, 404, "GET", "/v2", "");
    expect(f, 404, "GET", "/v1/no_such_table", "");
    expect(f, 404, "GET", "/v1/flow_bundle", "");
    expect(f, 404, "GET", "/v1/status/acl", "");
    a = expect(f, 405, "PUT", LSP, "{}");
    assert_non_null(strstr(a->head, "Allow: GET, HEAD, POST, OPTIONS"));
    a = expect(f, 204, "OPTIONS", LSP "/a", "");
    assert_non_null(strstr(
        a->head, "Allow: GET, HEAD, PUT, PATCH, DELETE, OPTIONS"));
    expect(f, 405, "PURGE", "/v1", "");
    assert_int_equal(expect(f, 200, "HEAD", "/v1", "")->body[0], 0);
}

static void
test_put_and_get(void **state)
{
    struct fixture *f = *state;
    const struct answer *a;

    a = expect(f, 201, "PUT", LSP "/a%2Fb",
               "{\"switch\":\"n1\",\"enabled\":true,"
               "\"addresses\":[\"unknown\",\"dynamic\"]}");
    assert_member(a, "id", "\"a/b\"");
    assert_non_null(strstr(a->head, "Location: " LSP "/a%2Fb"));
    assert_non_null(strstr(a->head, "ETag: \"2\""));
    assert_non_null(strstr(a->head, "Weft-Revision: 2"));
    /* Canonical: sets are sorted, defaults left out. */
    assert_value(f, PREFIX "/nb/logical_switch_port/a%2Fb",
                 "{\"addresses\":[\"dynamic\",\"unknown\"],"
                 "\"switch\":\"n1\"}");

    a = expect(f, 200, "GET", LSP "/a%2Fb", "");
    assert_member(a, "id", "\"a/b\"");
    assert_member(a, "_revision", "2");
    assert_member(a, "switch", "\"n1\"");
    assert_member(a, "enabled", "(none)");
    assert_non_null(strstr(a->head, "ETag: \"2\""));

    /* What was read can be written back, and replaces the whole row. */
    a = expect(f, 200, "PUT", LSP "/a%2Fb", "{\"switch\":\"n2\"}");
    assert_member(a, "addresses", "(none)");
    assert_member(a, "_revision", "3");
    expect(f, 404, "GET", LSP "/other", "");
}

static void
test_read_modify_write(void **state)
{
    struct fixture *f = *state;
    char *body;

    expect(f, 201, "PUT", LS "/n1", "{}");
    body = xstrdup(expect(f, 200, "GET", LS "/n1?status=true", "")->body);
    expect(f, 200, "PUT", LS "/n1", body);
    /* Its _revision has gone by. */
    assert_fault(expect(f, 412, "PUT", LS "/n1", body), "if_match");
    free(body);
    assert_fault(expect(f, 400, "PUT", LS "/n1", "{\"_revision\":\"x\"}"),
                 "_revision");
}

static void
test_faults_are_all_named(void **state)
{
    struct fixture *f = *state;
    const struct answer *a;

    a = expect(f, 400, "PUT", LSP "/p",
               "{\"addresses\":[\"unknown\",\"zz\"],\"tag\":5000,\"colour\":1,"
               "\"id\":\"q\"}");
    assert_non_null(strstr(a->head, "application/problem+json"));
    assert_member(a, "status", "400");
    assert_member(a, "title", "\"Bad Request\"");
    assert_fault(a, "id");
    a = expect(f, 400, "PUT", LSP "/p",
               "{\"addresses\":[\"unknown\",\"zz\"],\"tag\":5000,"
               "\"colour\":1}");
    assert_fault(a, "addresses[1]");
    assert_fault(a, "tag");
    assert_fault(a, "colour");
    a = expect(f, 400, "PUT", LSP "/p", "{\"switch\":\"n1\",,}");
    assert_non_null(strstr(a->body, "not JSON"));
    expect(f, 400, "PUT", LSP "/p", "");
    expect(f, 400, "PUT", LSP "/p", "[]");
    expect(f, 400, "PUT", LSP "/p", "{\"switch\":\"a\",\"switch\":\"b\"}");
    expect(f, 400, "PUT", LSP "/p", "{\"switch\":\"\\ud800\"}");
    assert_fault(expect(f, 400, "PUT", LSP "/p?wiat=hv",
                        "{\"switch\":\"n1\"}"), "wiat");
    assert_false(key_exists(f, PREFIX "/nb/logical_switch_port/p"));
}

static void
test_bad_ids(void **state)
{
    struct fixture *f = *state;

    expect(f, 400, "PUT", LS "/", "{}");
    expect(f, 400, "PUT", LS "/%FF", "{}");
    expect(f, 400, "PUT", LS "/%zz", "{}");
    expect(f, 400, "PUT", LS "/%00", "{}");
    expect(f, 400, "PUT", LS "/a/b", "{}");
    expect(f, 400, "GET", "/v1/port_group_port/pg", "");
    expect(f, 400, "GET", "/v1/port_group_port/pg/", "");
    expect(f, 400, "GET", "/v1/port_group_port/a/b/c/d/e/f", "");
}

static void
test_ids_of_two_components(void **state)
{
    struct fixture *f = *state;
    const struct answer *a;

    a = expect(f, 201, "PUT", "/v1/port_group_port/p_g/a%2Fp", "{}");
    assert_member(a, "id", "\"p_g/a%2Fp\"");
    assert_non_null(strstr(a->head,
                           "Location: /v1/port_group_port/p_g/a%2Fp"));
    assert_true(key_exists(f, PREFIX "/nb/port_group_port/p_g/a%2Fp"));
    expect(f, 200, "GET", "/v1/port_group_port/p_g/a%2Fp", "");
    a = expect(f, 201, "POST", "/v1/port_group_port", "{\"id\":\"pg/bp\"}");
    assert_true(key_exists(f, PREFIX "/nb/port_group_port/pg/bp"));
    assert_fault(expect(f, 400, "POST", "/v1/port_group_port", "{}"), "id");
    assert_fault(expect(f, 400, "POST", "/v1/port_group_port",
                        "{\"id\":\"x\"}"), "id");
    expect(f, 204, "DELETE", "/v1/port_group_port/pg/bp", "");
}

static void
test_preconditions(void **state)
{
    struct fixture *f = *state;
    const struct answer *a;

    expect_headers(f, 201, "PUT", LS "/n1", "If-None-Match: *\r\n", "{}");
    a = expect_headers(f, 412, "PUT", LS "/n1", "If-None-Match: *\r\n", "{}");
    assert_fault(a, "if_none_match");
    expect_headers(f, 200, "PUT", LS "/n1", "If-Match: \"2\"\r\n", "{}");
    a = expect_headers(f, 412, "PUT", LS "/n1", "If-Match: \"2\"\r\n", "{}");
    assert_fault(a, "if_match");
    assert_non_null(strstr(a->body, "at revision 3 now"));
    expect_headers(f, 200, "PUT", LS "/n1", "If-Match: *\r\n", "{}");
    expect_headers(f, 412, "PUT", LS "/n2", "If-Match: *\r\n", "{}");
    expect_headers(f, 412, "PUT", LS "/n2", "If-Match: \"1\"\r\n", "{}");
    expect_headers(f, 412, "PUT", LS "/n1", "If-Match: W/\"4\"\r\n", "{}");
    expect_headers(f, 412, "PUT", LS "/n1", "If-Match: \"0\"\r\n", "{}");
    expect_headers(f, 400, "PUT", LS "/n1", "If-Match: \"4\", \"5\"\r\n",
                   "{}");
    expect_headers(f, 400, "PUT", LS "/n1", "If-None-Match: \"4\"\r\n", "{}");
    expect_headers(f, 400, "PUT", LS "/n1",
                   "If-Match: *\r\nIf-None-Match: *\r\n", "{}");
    expect_headers(f, 412, "DELETE", LS "/n1", "If-Match: \"3\"\r\n", "");
    expect_headers(f, 412, "PATCH", LS "/n1", "If-Match: \"3\"\r\n", "{}");
    expect_headers(f, 200, "PATCH", LS "/n1", "If-Match: \"4\"\r\n", "{}");
    expect_headers(f, 304, "GET", LS "/n1", "If-None-Match: \"5\"\r\n", "");
    expect_headers(f, 200, "GET", LS "/n1", "If-None-Match: \"4\"\r\n", "");
    expect_headers(f, 204, "DELETE", LS "/n1", "If-Match: \"5\"\r\n", "");
    expect_headers(f, 412, "DELETE", LS "/n1", "If-Match: \"5\"\r\n", "");
    expect(f, 404, "DELETE", LS "/n1", "");
}

static void
test_patch(void **state)
{
    struct fixture *f = *state;
    const struct answer *a;

    expect(f, 404, "PATCH", LSP "/p", "{\"switch\":\"n1\"}");
    expect(f, 201, "PUT", LSP "/p", "{\"switch\":\"n1\",\"tag\":5,"
           "\"options\":{\"a\":\"1\",\"b\":\"2\"}}");
    a = expect(f, 200, "PATCH", LSP "/p",
               "{\"tag\":null,\"options\":{\"a\":null,\"c\":\"3\"},"
               "\"addresses\":[\"unknown\"]}");
    assert_member(a, "tag", "(none)");
    assert_member(a, "options", "{\"b\":\"2\",\"c\":\"3\"}");
    assert_member(a, "addresses", "[\"unknown\"]");
    assert_member(a, "switch", "\"n1\"");
    assert_fault(expect(f, 400, "PATCH", LSP "/p", "{\"switch\":null}"),
                 "switch");
    expect(f, 400, "PATCH", LSP "/p", "[]");
    /* What nobody can read cannot be patched. */
    put_key(f, PREFIX "/nb/logical_switch_port/p", "garbage");
    expect(f, 400, "PATCH", LSP "/p", "{\"tag\":1}");
}

static void
test_post(void **state)
{
    struct fixture *f = *state;
    const struct answer *a;

    a = expect(f, 201, "POST", LS, "{\"id\":\"n1\"}");
    assert_non_null(strstr(a->head, "Location: " LS "/n1"));
    assert_fault(expect(f, 409, "POST", LS, "{\"id\":\"n1\"}"), "id");
    a = expect(f, 201, "POST", LS, "{}");
    assert_int_equal(strlen(json_string_value(json_object_get(a->json,
                                                              "id"))), 36);
    assert_fault(expect(f, 400, "POST", LS, "{\"id\":7}"), "id");
    expect(f, 400, "POST", LS, "[]");
}

static void
test_status(void **state)
{
    struct fixture *f = *state;
    const struct answer *a;

    expect(f, 404, "GET", "/v1/status/logical_switch/n1", "");
    expect(f, 201, "PUT", LS "/n1", "{}");
    assert_string_equal(expect(f, 200, "GET", "/v1/status/logical_switch/n1",
                               "")->body, "{}");
    put_key(f, PREFIX "/status/logical_switch/n1", "{\"up\":true}");
    a = expect(f, 200, "GET", "/v1/status/logical_switch/n1", "");
    assert_member(a, "up", "true");
    a = expect(f, 200, "GET", LS "/n1?status=true", "");
    assert_member(a, "_status", "{\"up\":true}");
    a = expect(f, 200, "GET", LS "/n1", "");
    assert_member(a, "_status", "(none)");
    put_key(f, PREFIX "/status/logical_switch/n1", "nonsense");
    a = expect(f, 200, "GET", "/v1/status/logical_switch/n1", "");
    assert_member(a, "_error", "\"is not a JSON object\"");
    expect(f, 400, "GET", LS "/n1?status=yes", "");
}

static void
test_garbage_in_etcd_is_shown(void **state)
{
    struct fixture *f = *state;

    put_key(f, PREFIX "/nb/logical_switch/g", "{\"x\":");
    put_key(f, PREFIX "/nb/logical_switch/h", "{\"colour\":1}");
    assert_member(expect(f, 200, "GET", LS "/g", ""), "_error",
                  "\"is not a JSON object\"");
    assert_member(expect(f, 200, "GET", LS "/h", ""), "_error",
                  "\"colour: no such column\"");
    assert_member(expect(f, 200, "GET", LS "/h", ""), "colour", "1");
    expect(f, 200, "PUT", LS "/g", "{}");
    assert_member(expect(f, 200, "GET", LS "/g", ""), "_error", "(none)");
}

static void
test_batch(void **state)
{
    struct fixture *f = *state;
    const struct answer *a;

    expect(f, 201, "PUT", LS "/old", "{}");
    expect(f, 201, "PUT", LSP "/p", "{\"switch\":\"old\"}");
    a = expect(f, 200, "POST", "/v1/batch",
               "[{\"op\":\"put\",\"table\":\"logical_switch\",\"id\":\"new\","
               "\"row\":{},\"if_none_match\":\"*\"},"
               "{\"op\":\"patch\",\"table\":\"logical_switch_port\","
               "\"id\":\"p\",\"row\":{\"switch\":\"new\"},\"if_match\":3},"
               "{\"op\":\"delete\",\"table\":\"logical_switch\","
               "\"id\":\"old\",\"if_match\":\"\\\"2\\\"\"}]");
    assert_member(a, "revision", "4");
    assert_int_equal(json_array_size(json_object_get(a->json, "results")), 3);
    assert_value(f, PREFIX "/nb/logical_switch_port/p",
                 "{\"switch\":\"new\"}");
    expect(f, 404, "GET", LS "/old", "");
    assert_member(expect(f, 200, "GET", LS "/new", ""), "_revision", "4");
}

static void
test_batch_is_all_or_nothing(void **state)
{
    struct fixture *f = *state;
    const struct answer *a;

    a = expect(f, 404, "POST", "/v1/batch",
               "[{\"op\":\"put\",\"table\":\"logical_switch\",\"id\":\"n1\","
               "\"row\":{}},{\"op\":\"delete\",\"table\":\"logical_switch\","
               "\"id\":\"n2\"}]");
    assert_fault(a, "[1].id");
    expect(f, 404, "GET", LS "/n1", "");
    a = expect(f, 412, "POST", "/v1/batch",
               "[{\"op\":\"put\",\"table\":\"logical_switch\",\"id\":\"n1\","
               "\"row\":{},\"if_match\":9}]");
    assert_fault(a, "[0].if_match");
    a = expect(f, 400, "POST", "/v1/batch",
               "[{\"op\":\"put\",\"table\":\"logical_switch\",\"id\":\"n1\","
               "\"row\":{}},"
               "{\"op\":\"put\",\"table\":\"logical_switch_port\","
               "\"id\":\"p\",\"row\":{\"tag\":-1}},"
               "{\"op\":\"put\",\"table\":\"logical_switch_port\","
               "\"id\":\"q\",\"row\":{\"switch\":\"n\",\"x\":-1}}]");
    assert_fault(a, "[1].row.tag");
    assert_fault(a, "[2].row.x");
    expect(f, 404, "GET", LS "/n1", "");
}

/* A batch of 'n' puts. */
static void
put_many(struct ds *text, int n)
{
    ds_clear(text);
    for (int i = 0; i < n; i++) {
        ds_put_format(text, "%s{\"op\":\"put\",\"table\":\"logical_switch\","
                      "\"id\":\"s%d\",\"row\":{}}", i ? "," : "[", i);
    }
    ds_put_char(text, ']');
}

static void
test_malformed_batches(void **state)
{
    struct fixture *f = *state;
    const struct answer *a;
    struct ds text = DS_EMPTY_INITIALIZER;

    a = expect(f, 400, "POST", "/v1/batch",
               "[7,{},{\"op\":\"get\",\"table\":\"acl\",\"id\":\"1\"},"
               "{\"op\":\"put\",\"table\":\"x\",\"id\":\"1\",\"row\":{}},"
               "{\"op\":\"put\",\"table\":\"acl\",\"id\":\"1\"},"
               "{\"op\":\"delete\",\"table\":\"acl\",\"id\":\"2\",\"row\":{}},"
               "{\"op\":\"delete\",\"table\":\"acl\",\"id\":\"\"},"
               "{\"op\":\"delete\",\"table\":\"acl\",\"id\":\"3\",\"y\":1},"
               "{\"op\":\"delete\",\"table\":\"acl\",\"id\":\"4\","
               "\"if_match\":[]},"
               "{\"op\":\"delete\",\"table\":\"nat\",\"id\":\"5\"},"
               "{\"op\":\"delete\",\"table\":\"nat\",\"id\":\"5\"}]");
    assert_fault(a, "[0]");
    assert_fault(a, "[1].op");
    assert_fault(a, "[1].table");
    assert_fault(a, "[1].id");
    assert_fault(a, "[2].op");
    assert_fault(a, "[3].table");
    assert_fault(a, "[4].row");
    assert_fault(a, "[5].row");
    assert_fault(a, "[6].id");
    assert_fault(a, "[7].y");
    assert_fault(a, "[8].if_match");
    assert_fault(a, "[10].id");
    expect(f, 400, "POST", "/v1/batch", "{}");
    expect(f, 400, "POST", "/v1/batch", "[]");

    put_many(&text, 128);
    expect(f, 413, "POST", "/v1/batch", ds_cstr(&text));
    assert_false(key_exists(f, PREFIX "/nb/logical_switch/s0"));
    /* The most, with the token that is put beside them. */
    put_many(&text, 127);
    expect(f, 504, "POST", "/v1/batch?wait=sb&timeout=1", ds_cstr(&text));
    assert_true(key_exists(f, PREFIX "/nb/logical_switch/s126"));
    ds_destroy(&text);
}

static void
test_wait(void **state)
{
    struct fixture *f = *state;
    const struct answer *a;

    assert_fault(expect(f, 400, "PUT", LS "/n1?wait=xx", "{}"), "wait");
    assert_fault(expect(f, 400, "PUT", LS "/n1?wait=sb&timeout=0", "{}"),
                 "timeout");
    assert_fault(expect(f, 400, "PUT", LS "/n1?timeout=601", "{}"),
                 "timeout");
    assert_false(key_exists(f, PREFIX "/nb/sync/test"));
    expect(f, 201, "PUT", LS "/n0?wait=none", "{}");
    assert_false(key_exists(f, PREFIX "/nb/sync/test"));

    put_key(f, PREFIX "/status/sync",
            "{\"sb_revision\":1000,\"hv_revision\":1,\"behind\":[\"hv2\"]}");
    expect(f, 201, "PUT", LS "/n1?wait=sb", "{}");
    assert_true(key_exists(f, PREFIX "/nb/sync/test"));
    a = expect(f, 504, "PUT", LS "/n2?wait=hv&timeout=1", "{}");
    assert_member(a, "done", "true");
    assert_member(a, "behind", "[\"hv2\"]");
    assert_non_null(strstr(a->body, "hv2"));
    expect(f, 200, "GET", LS "/n2", "");
    a = expect(f, 504, "DELETE", LS "/n2?wait=hv&timeout=1", "");
    assert_member(a, "done", "true");
    expect(f, 404, "GET", LS "/n2", "");
}

static void
test_large_body(void **state)
{
    struct fixture *f = *state;
    struct ds body = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&body, "{\"other_config\":{\"x\":\"");
    ds_put_char_multiple(&body, 'x', 1024 * 1024);
    ds_put_cstr(&body, "\"}}");
    expect(f, 413, "PUT", LS "/n1", ds_cstr(&body));
    ds_destroy(&body);
}

static void
test_destroyed_in_the_middle(void **state)
{
    struct fixture *f = *state;
    struct client wait, read;

    wait = client_send(f, "PUT " LS "/n1?wait=hv HTTP/1.1\r\nHost: h\r\n"
                       "Content-Length: 2\r\n\r\n{}");
    while (ovs_list_is_empty(&f->api->calls)) {
        uv_run(&f->loop, UV_RUN_ONCE);
    }
    for (int i = 0; i < 10; i++) {
        uv_run(&f->loop, UV_RUN_ONCE);
    }
    read = client_send(f, "GET " LS "/n1 HTTP/1.1\r\nHost: h\r\n\r\n");
    uv_run(&f->loop, UV_RUN_NOWAIT);
    assert_int_equal(httpd_n_pending(f->api->httpd) > 0, 1);
    api_destroy(f->api);
    f->api = NULL;
    client_close(&wait);
    client_close(&read);
}

static void
test_waiting_client_leaves(void **state)
{
    struct fixture *f = *state;
    struct client client;

    client = client_send(f, "PUT " LS "/n1?wait=hv HTTP/1.1\r\nHost: h\r\n"
                         "Content-Length: 2\r\n\r\n{}");
    while (!key_exists(f, PREFIX "/nb/sync/test")) {
        uv_run(&f->loop, UV_RUN_ONCE);
    }
    client_close(&client);
    for (int i = 0; i < 100 && !ovs_list_is_empty(&f->api->calls); i++) {
        uv_run(&f->loop, UV_RUN_ONCE);
    }
    assert_true(ovs_list_is_empty(&f->api->calls));
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_index_and_other_paths),
        TEST(test_put_and_get),
        TEST(test_read_modify_write),
        TEST(test_faults_are_all_named),
        TEST(test_bad_ids),
        TEST(test_ids_of_two_components),
        TEST(test_preconditions),
        TEST(test_patch),
        TEST(test_post),
        TEST(test_status),
        TEST(test_garbage_in_etcd_is_shown),
        TEST(test_batch),
        TEST(test_batch_is_all_or_nothing),
        TEST(test_malformed_batches),
        TEST(test_wait),
        TEST(test_large_body),
        TEST(test_destroyed_in_the_middle),
        TEST(test_waiting_client_leaves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
