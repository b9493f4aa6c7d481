/* etcd's JSON: what we write, byte for byte, and what we make of its
 * answers. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "store/base64.h"
#include "store/etcd_codec.h"
#include "util.h"

#define HEADER "\"header\":{\"cluster_id\":\"14841639068965178418\"," \
    "\"member_id\":\"10276657743932975437\",\"revision\":\"29\"," \
    "\"raft_term\":\"2\"}"
/* "/a" and "x" */
#define KV "{\"key\":\"L2E=\",\"create_revision\":\"2\"," \
    "\"mod_revision\":\"3\",\"version\":\"2\",\"value\":\"eA==\"," \
    "\"lease\":\"7\"}"

static struct store_bytes
bytes(const char *text)
{
    return store_bytes_from_string(text);
}

#define assert_text(DS, EXPECTED)                       \
    do {                                                \
        assert_string_equal(ds_cstr(DS), EXPECTED);     \
        ds_clear(DS);                                   \
    } while (0)

/* ---- Base64 ----------------------------------------------------------- */

static void
test_base64(void **state OVS_UNUSED)
{
    /* RFC 4648, section 10. */
    static const char *const vectors[][2] = {
        { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" },
        { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" },
        { "foobar", "Zm9vYmFy" }, { "\373\377\376", "+//+" },
    };
    static const char *const bad[] = {
        "Z", "Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Zm9v\n", "Zm9-",
        "Zm 9", "=m9v",
    };
    struct ds text = DS_EMPTY_INITIALIZER;
    char data[64];

    for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
        size_t size = strlen(vectors[i][0]);

        base64_put(&text, vectors[i][0], size);
        assert_string_equal(ds_cstr(&text), vectors[i][1]);
        assert_int_equal(base64_decode(ds_cstr(&text), text.length, data),
                         size);
        assert_memory_equal(data, vectors[i][0], size);
        assert_true(base64_decoded_size(text.length) >= size);
        ds_clear(&text);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        assert_int_equal(base64_decode(bad[i], strlen(bad[i]), data),
                         (size_t) -1);
    }
    ds_destroy(&text);
}

/* ---- Requests --------------------------------------------------------- */

static void
test_put_range(void **state OVS_UNUSED)
{
    struct store_range one = { bytes("/a"), { NULL, 0 } };
    struct store_range some = { bytes("/a"), bytes("/b") };
    struct store_range all = { { NULL, 0 }, { "\0", 1 } };
    struct store_range_options options = { .revision = 0 };
    struct ds out = DS_EMPTY_INITIALIZER;

    codec_put_range(&out, &one, &options);
    assert_text(&out, "{\"key\":\"L2E=\"}");
    codec_put_range(&out, &all, &options);
    assert_text(&out, "{\"key\":\"AA==\",\"range_end\":\"AA==\"}");
    options = (struct store_range_options) { 9000000000, 5, true, true };
    codec_put_range(&out, &some, &options);
    assert_text(&out, "{\"key\":\"L2E=\",\"range_end\":\"L2I=\","
                "\"revision\":\"9000000000\",\"limit\":\"5\","
                "\"keys_only\":true,\"count_only\":true}");
    ds_destroy(&out);
}

static void
test_put_txn(void **state OVS_UNUSED)
{
    struct store_range range = { bytes("/a"), bytes("/b") };
    struct store_txn *txn = store_txn_create();
    struct ds out = DS_EMPTY_INITIALIZER;

    codec_put_txn(&out, txn);
    assert_text(&out, "{\"compare\":[],\"success\":[],\"failure\":[]}");
    store_txn_compare(txn, bytes("/a"), STORE_COMPARE_CREATE, STORE_EQUAL, 0);
    store_txn_compare(txn, bytes("/a"), STORE_COMPARE_MOD, STORE_LESS, 7);
    store_txn_compare(txn, bytes("/a"), STORE_COMPARE_VERSION,
                      STORE_NOT_EQUAL, 1);
    store_txn_put(txn, bytes("/a"), bytes("x"), 0);
    store_txn_put(txn, bytes("/b"), bytes(""), 7587848390000000000);
    store_txn_delete(txn, &range);
    store_txn_get(txn, &range);
    store_txn_get_as(txn, &range, &(struct store_range_options) {
        .limit = 1, .keys_only = true, .revision = 5 });
    store_txn_else_get(txn, &range);
    codec_put_txn(&out, txn);
    assert_text(&out,
        "{\"compare\":[{\"key\":\"L2E=\",\"target\":\"CREATE\","
        "\"result\":\"EQUAL\",\"create_revision\":\"0\"},"
        "{\"key\":\"L2E=\",\"target\":\"MOD\",\"result\":\"LESS\","
        "\"mod_revision\":\"7\"},"
        "{\"key\":\"L2E=\",\"target\":\"VERSION\",\"result\":\"NOT_EQUAL\","
        "\"version\":\"1\"}],\"success\":["
        "{\"request_put\":{\"key\":\"L2E=\",\"value\":\"eA==\"}},"
        "{\"request_put\":{\"key\":\"L2I=\",\"value\":\"\","
        "\"lease\":\"7587848390000000000\"}},"
        "{\"request_delete_range\":{\"key\":\"L2E=\","
        "\"range_end\":\"L2I=\"}},"
        "{\"request_range\":{\"key\":\"L2E=\",\"range_end\":\"L2I=\"}},"
        "{\"request_range\":{\"key\":\"L2E=\",\"range_end\":\"L2I=\","
        "\"revision\":\"5\",\"limit\":\"1\",\"keys_only\":true}}],"
        "\"failure\":[{\"request_range\":{\"key\":\"L2E=\","
        "\"range_end\":\"L2I=\"}}]}");
    store_txn_destroy(txn);
    ds_destroy(&out);
}

static void
test_put_others(void **state OVS_UNUSED)
{
    struct store_range range = { bytes("/a"), bytes("/b") };
    struct ds out = DS_EMPTY_INITIALIZER;

    codec_put_lease_grant(&out, 5);
    assert_text(&out, "{\"TTL\":\"5\"}");
    codec_put_lease(&out, 7587848390000000000);
    assert_text(&out, "{\"ID\":\"7587848390000000000\"}");
    codec_put_authenticate(&out, "we\"ft", "a\\b\n\001\303\274");
    assert_text(&out, "{\"name\":\"we\\\"ft\",\"password\":"
                "\"a\\\\b\\u000a\\u0001\303\274\"}");
    codec_put_watch_create(&out, &range, 30, 4);
    assert_text(&out, "{\"create_request\":{\"key\":\"L2E=\","
                "\"range_end\":\"L2I=\",\"start_revision\":\"30\","
                "\"watch_id\":\"4\"}}\n");
    codec_put_watch_cancel(&out, 4);
    assert_text(&out, "{\"cancel_request\":{\"watch_id\":\"4\"}}\n");
    codec_put_watch_progress(&out);
    assert_text(&out, "{\"progress_request\":{}}\n");
    ds_destroy(&out);
}

/* ---- Answers ---------------------------------------------------------- */

static void
check_kv(const struct store_kv *kv)
{
    assert_string_equal(kv->key.data, "/a");
    assert_string_equal(kv->value.data, "x");
    assert_int_equal(kv->value.size, 1);
    assert_int_equal(kv->create_revision, 2);
    assert_int_equal(kv->mod_revision, 3);
    assert_int_equal(kv->version, 2);
    assert_int_equal(kv->lease, 7);
}

static void
test_get_range(void **state OVS_UNUSED)
{
    static const char body[] = "{" HEADER ",\"kvs\":[" KV ",{\"key\":"
        "\"L2I=\"}],\"more\":true,\"count\":\"5\"}";
    static const char empty[] = "{" HEADER "}";
    struct store_range_result result;
    struct arena arena = ARENA_INIT;
    struct store_header header;

    assert_int_equal(codec_get_range(body, strlen(body), &arena, &header,
                                     &result, NULL), 0);
    assert_true(header.cluster_id == 14841639068965178418ULL);
    assert_int_equal(header.raft_term, 2);
    assert_int_equal(header.revision, 29);
    assert_int_equal(result.revision, 29);
    assert_int_equal(result.count, 5);
    assert_true(result.more);
    assert_int_equal(result.n_kvs, 2);
    check_kv(&result.kvs[0]);
    /* What is left out is empty. */
    assert_string_equal(result.kvs[1].value.data, "");
    assert_int_equal(result.kvs[1].lease, 0);

    assert_int_equal(codec_get_range(empty, strlen(empty), &arena, &header,
                                     &result, NULL), 0);
    assert_int_equal(result.n_kvs, 0);
    assert_int_equal(result.count, 0);
    assert_false(result.more);
    arena_clear(&arena);
}

static void
test_get_range_refuses(void **state OVS_UNUSED)
{
    static const char *const bad[] = {
        "", "[]", "{}", "{\"header\":1}", "{" HEADER, "{" HEADER "}x",
        "{\"header\":{\"revision\":\"x\"}}",
        "{\"header\":{\"revision\":\" 1\"}}",
        "{\"header\":{\"revision\":\"1 \"}}",
        "{\"header\":{\"revision\":\"\"}}",
        "{\"header\":{\"revision\":\"9223372036854775808\"}}",
        "{\"header\":{\"revision\":1.5}}",
        "{\"header\":{\"cluster_id\":\"-1\"}}",
        "{" HEADER ",\"kvs\":{}}",
        "{" HEADER ",\"kvs\":[1]}",
        "{" HEADER ",\"kvs\":[{\"key\":\"L2E\"}]}",
        "{" HEADER ",\"kvs\":[{\"key\":7}]}",
        "{" HEADER ",\"more\":1}",
        "{" HEADER ",\"count\":[]}",
    };
    struct store_range_result result;
    struct store_header header;

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct arena arena = ARENA_INIT;
        struct err err = ERR_INIT;

        assert_int_equal(codec_get_range(bad[i], strlen(bad[i]), &arena,
                                         &header, &result, &err),
                         -WEFT_E_PROTOCOL);
        assert_int_equal(err.code, -WEFT_E_PROTOCOL);
        assert_non_null(err.message);
        err_clear(&err);
        arena_clear(&arena);
    }
}

static void
test_get_txn(void **state OVS_UNUSED)
{
    static const char body[] = "{" HEADER ",\"succeeded\":true,"
        "\"responses\":[{\"response_put\":{" HEADER "}},"
        "{\"response_delete_range\":{" HEADER ",\"deleted\":\"2\"}},"
        "{\"response_delete_range\":{" HEADER "}},"
        "{\"response_range\":{" HEADER ",\"kvs\":[" KV "],"
        "\"count\":\"1\"}},{\"response_range\":{}}]}";
    static const char failed[] = "{" HEADER "}";
    struct store_txn_result result;
    struct arena arena = ARENA_INIT;
    struct store_header header;

    assert_int_equal(codec_get_txn(body, strlen(body), &arena, &header,
                                   &result, NULL), 0);
    assert_true(result.succeeded);
    assert_int_equal(result.revision, 29);
    assert_int_equal(result.n_deleted, 2);
    assert_int_equal(result.n_gets, 2);
    check_kv(&result.gets[0].kvs[0]);
    assert_int_equal(result.gets[0].revision, 29);
    assert_int_equal(result.gets[1].n_kvs, 0);

    assert_int_equal(codec_get_txn(failed, strlen(failed), &arena, &header,
                                   &result, NULL), 0);
    assert_false(result.succeeded);
    arena_clear(&arena);
}

static void
test_get_lease(void **state OVS_UNUSED)
{
    static const char granted[] = "{" HEADER ",\"ID\":\"77\",\"TTL\":\"5\"}";
    static const char kept[] = "{\"result\":{" HEADER ",\"ID\":\"77\","
        "\"TTL\":\"5\"}}\n";
    static const char lost[] = "{\"result\":{" HEADER ",\"ID\":\"77\"}}\n";
    static const char failed[] = "{\"error\":{\"grpc_code\":14,"
        "\"message\":\"etcdserver: no leader\"}}";
    struct store_header header;
    struct codec_error error;
    int64_t id, ttl_s;

    assert_int_equal(codec_get_lease(granted, strlen(granted), &header, &id,
                                     &ttl_s, &error, NULL), 0);
    assert_int_equal(id, 77);
    assert_int_equal(ttl_s, 5);
    assert_int_equal(codec_get_lease(kept, strlen(kept), &header, &id,
                                     &ttl_s, &error, NULL), 0);
    assert_int_equal(ttl_s, 5);
    assert_int_equal(codec_get_lease(lost, strlen(lost), &header, &id,
                                     &ttl_s, &error, NULL), 0);
    assert_int_equal(ttl_s, 0);
    assert_int_equal(error.error, 0);
    assert_int_equal(codec_get_lease(failed, strlen(failed), &header, &id,
                                     &ttl_s, &error, NULL), 0);
    assert_int_equal(error.error, -WEFT_E_UNAVAILABLE);
}

static void
test_get_token(void **state OVS_UNUSED)
{
    static const char good[] = "{" HEADER ",\"token\":\"QkcB.8\"}";
    static const char *const bad[] = {
        "{}", "{\"token\":\"\"}", "{\"token\":7}",
        "{\"token\":\"a\\r\\nb: c\"}", "{\"token\":\"a b\"}",
    };
    struct arena arena = ARENA_INIT;
    const char *token;

    assert_int_equal(codec_get_token(good, strlen(good), &arena, &token,
                                     NULL), 0);
    assert_string_equal(token, "QkcB.8");
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        assert_int_equal(codec_get_token(bad[i], strlen(bad[i]), &arena,
                                         &token, NULL), -WEFT_E_PROTOCOL);
    }
    arena_clear(&arena);
}

static void
get_watch(const char *line, struct arena *arena, struct codec_watch *watch)
{
    assert_int_equal(codec_get_watch(line, strlen(line), arena, watch, NULL),
                     0);
}

static void
test_get_watch(void **state OVS_UNUSED)
{
    struct arena arena = ARENA_INIT;
    struct codec_watch watch;

    get_watch("{\"result\":{" HEADER ",\"watch_id\":\"4\",\"created\":true}}",
              &arena, &watch);
    assert_true(watch.created && !watch.canceled && !watch.failed);
    assert_int_equal(watch.watch_id, 4);
    assert_int_equal(watch.header.revision, 29);

    /* The number 0 and the type PUT are left out. */
    get_watch("{\"result\":{" HEADER ",\"events\":[{\"kv\":" KV "},"
              "{\"type\":\"DELETE\",\"kv\":{\"key\":\"L2I=\","
              "\"mod_revision\":\"5\"}}]}}", &arena, &watch);
    assert_int_equal(watch.watch_id, 0);
    assert_int_equal(watch.n_events, 2);
    assert_int_equal(watch.events[0].type, STORE_EVENT_PUT);
    check_kv(&watch.events[0].kv);
    assert_int_equal(watch.events[1].type, STORE_EVENT_DELETE);
    assert_int_equal(watch.events[1].kv.mod_revision, 5);

    get_watch("{\"result\":{" HEADER ",\"watch_id\":\"1\",\"canceled\":true,"
              "\"compact_revision\":\"28\"}}", &arena, &watch);
    assert_true(watch.canceled);
    assert_int_equal(watch.compact_revision, 28);
    assert_string_equal(watch.cancel_reason, "");

    get_watch("{\"result\":{" HEADER ",\"watch_id\":\"-1\",\"created\":true,"
              "\"canceled\":true,\"cancel_reason\":\"denied\"}}", &arena,
              &watch);
    assert_true(watch.created && watch.canceled);
    assert_int_equal(watch.watch_id, -1);
    assert_string_equal(watch.cancel_reason, "denied");

    get_watch("{\"error\":{\"grpc_code\":14,\"http_code\":503,\"message\":"
              "\"etcdserver: no leader\"}}", &arena, &watch);
    assert_true(watch.failed && watch.error.elsewhere);
    arena_clear(&arena);
}

/* ---- Errors ----------------------------------------------------------- */

struct error_case {
    const char *body;
    int http_status;
    int error;
    bool had_no_effect, token_refused, elsewhere;
};

/* As etcd 3.4 and 3.5 send them. */
static const struct error_case ERRORS[] = {
    { "{\"error\":\"etcdserver: too many operations in txn request\","
      "\"code\":3}", 400, -WEFT_E_TOO_LARGE, true, false, false },
    { "{\"error\":\"etcdserver: duplicate key given in txn request\","
      "\"code\":3}", 400, -WEFT_E_INVALID, true, false, false },
    { "{\"error\":\"etcdserver: request is too large\",\"code\":3}", 400,
      -WEFT_E_TOO_LARGE, true, false, false },
    { "{\"error\":\"etcdserver: user name is empty\",\"code\":3}", 400,
      -WEFT_E_AUTH, true, true, false },
    { "{\"error\":\"etcdserver: authentication failed, invalid user ID or "
      "password\",\"code\":3}", 400, -WEFT_E_AUTH, true, false, false },
    { "{\"error\":\"etcdserver: permission denied\",\"code\":7}", 403,
      -WEFT_E_DENIED, true, false, false },
    { "{\"error\":\"grpc: received message larger than max (2 vs. 1)\","
      "\"code\":8}", 429, -WEFT_E_TOO_LARGE, true, false, false },
    { "{\"error\":\"etcdserver: mvcc: database space exceeded\",\"code\":8}",
      429, -WEFT_E_NO_SPACE, true, false, false },
    { "{\"error\":\"etcdserver: too many requests\",\"code\":8}", 429,
      -WEFT_E_UNAVAILABLE, true, false, true },
    { "{\"error\":\"etcdserver: mvcc: required revision has been "
      "compacted\",\"code\":11}", 400, -WEFT_E_COMPACTED, true, false,
      false },
    { "{\"error\":\"etcdserver: mvcc: required revision is a future "
      "revision\",\"code\":11}", 400, -WEFT_E_COMPACTED, true, false, false },
    { "{\"error\":\"etcdserver: no leader\",\"code\":14}", 503,
      -WEFT_E_UNAVAILABLE, true, false, true },
    { "{\"error\":\"transport is closing\",\"code\":14}", 503,
      -WEFT_E_UNAVAILABLE, false, false, true },
    { "{\"error\":\"all SubConns are in TransientFailure, latest connection "
      "error: Error while dialing\",\"code\":14}", 503,
      -WEFT_E_UNAVAILABLE, true, false, true },
    { "{\"error\":\"etcdserver: request timed out\",\"code\":4}", 408,
      -WEFT_E_TIMEOUT, false, false, true },
    { "{\"error\":\"etcdserver: request timed out, possibly due to previous "
      "leader failure\",\"code\":14}", 503, -WEFT_E_UNAVAILABLE, false,
      false, true },
    { "{\"error\":\"raft proposal dropped\",\"code\":2}", 500,
      -WEFT_E_UNAVAILABLE, true, false, true },
    { "{\"error\":\"etcdserver: invalid auth token\",\"code\":16}", 401,
      -WEFT_E_AUTH, true, true, false },
    { "{\"error\":\"etcdserver: requested lease not found\",\"code\":5}",
      404, -WEFT_E_NOT_FOUND, true, false, false },
    { "{\"code\":3,\"message\":\"etcdserver: revision of auth store is "
      "old\"}", 400, -WEFT_E_AUTH, true, true, false },
    { "{\"error\":{\"grpc_code\":14,\"http_code\":503,\"message\":"
      "\"etcdserver: no leader\",\"http_status\":\"x\"}}", 200,
      -WEFT_E_UNAVAILABLE, true, false, true },
    { "{\"error\":{\"code\":14,\"message\":\"etcdserver: no leader\"}}", 200,
      -WEFT_E_UNAVAILABLE, true, false, true },
    /* Not from etcd's API at all. */
    { "CommonName of client sending a request against gateway will be "
      "ignored and not used as expected", 400, -WEFT_E_INVALID, true, false,
      false },
    { "<html>Bad Gateway</html>", 502, -WEFT_E_UNAVAILABLE, false, false,
      true },
    { "", 500, -WEFT_E_UNAVAILABLE, false, false, true },
};

static void
test_get_error(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(ERRORS); i++) {
        const struct error_case *c = &ERRORS[i];
        struct codec_error error;

        codec_get_error(c->body, strlen(c->body), c->http_status, &error);
        if (error.error != c->error
            || error.had_no_effect != c->had_no_effect
            || error.token_refused != c->token_refused
            || error.elsewhere != c->elsewhere) {
            fail_msg("%s: %s", c->body, err_text(error.error));
        }
        assert_true(error.message[0] != '\0');
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base64),
        cmocka_unit_test(test_put_range),
        cmocka_unit_test(test_put_txn),
        cmocka_unit_test(test_put_others),
        cmocka_unit_test(test_get_range),
        cmocka_unit_test(test_get_range_refuses),
        cmocka_unit_test(test_get_txn),
        cmocka_unit_test(test_get_lease),
        cmocka_unit_test(test_get_token),
        cmocka_unit_test(test_get_watch),
        cmocka_unit_test(test_get_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
