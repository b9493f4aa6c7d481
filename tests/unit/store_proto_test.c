/* etcd's protocol buffers: what we write, byte for byte, and what we make of
 * its answers. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "store/etcd_codec.h"
#include "util.h"

/* A literal with its NULs. */
#define BYTES(LITERAL) ((struct store_bytes) { LITERAL, sizeof LITERAL - 1 })

#define HEADER "\x0a\x06" "\x08\x07" "\x18\x1d" "\x20\x02"
/* /a = x, created at 2, changed at 300, version 2, lease 7 */
#define KV "\x0a\x02/a" "\x10\x02" "\x18\xac\x02" "\x20\x02" "\x2a\x01x" \
    "\x30\x07"
#define KV_SIZE "\x10"

static void
assert_bytes(struct ds *out, struct store_bytes expected)
{
    assert_int_equal(out->length, expected.size);
    assert_memory_equal(out->string, expected.data, expected.size);
    ds_clear(out);
}

/* ---- Requests --------------------------------------------------------- */

static void
test_put_range(void **state OVS_UNUSED)
{
    struct store_range some = { BYTES("/a"), BYTES("/b") };
    struct store_range all = { { NULL, 0 }, BYTES("\0") };
    struct store_range_options options = {
        .revision = 300, .limit = 5, .keys_only = true, .count_only = true,
    };
    struct store_range_options none = { .limit = 0 };
    struct ds out = DS_EMPTY_INITIALIZER;

    proto_put_range(&out, &some, &options);
    assert_bytes(&out, BYTES("\0\0\0\0\x11" "\x0a\x02/a" "\x12\x02/b"
                             "\x18\x05" "\x20\xac\x02" "\x40\x01"
                             "\x48\x01"));
    /* Nothing sorts before one NUL. */
    proto_put_range(&out, &all, &none);
    assert_bytes(&out, BYTES("\0\0\0\0\x06" "\x0a\x01\0" "\x12\x01\0"));
    ds_destroy(&out);
}

static void
test_put_txn(void **state OVS_UNUSED)
{
    struct store_txn *txn = store_txn_create();
    struct store_range range = { BYTES("/d"), { NULL, 0 } };
    struct store_range_options options = {
        .limit = 1, .revision = 5, .keys_only = true,
    };
    struct ds out = DS_EMPTY_INITIALIZER;

    /* That it is absent is a comparison with a zero that is there. */
    store_txn_compare(txn, BYTES("/l"), STORE_COMPARE_CREATE, STORE_NOT_EQUAL,
                      0);
    store_txn_put(txn, BYTES("/a"), BYTES("x"), 7);
    store_txn_delete(txn, &range);
    store_txn_get(txn, &range);
    store_txn_get_as(txn, &range, &options);
    store_txn_else_get(txn, &range);
    proto_put_txn(&out, txn);
    assert_bytes(&out, BYTES(
        "\0\0\0\0\x60"
        "\x0a\x8a\x80\x80\0" "\x08\x03" "\x10\x01" "\x1a\x02/l" "\x28\0"
        "\x12\x8e\x80\x80\0" "\x12\x89\x80\x80\0" "\x0a\x02/a" "\x12\x01x"
        "\x18\x07"
        "\x12\x89\x80\x80\0" "\x1a\x84\x80\x80\0" "\x0a\x02/d"
        "\x12\x89\x80\x80\0" "\x0a\x84\x80\x80\0" "\x0a\x02/d"
        "\x12\x8f\x80\x80\0" "\x0a\x8a\x80\x80\0" "\x0a\x02/d"
        "\x18\x01" "\x20\x05" "\x40\x01"
        "\x1a\x89\x80\x80\0" "\x0a\x84\x80\x80\0" "\x0a\x02/d"));
    store_txn_destroy(txn);
    ds_destroy(&out);
}

static void
test_put_watch(void **state OVS_UNUSED)
{
    struct store_range range = { BYTES("/a"), BYTES("/b") };
    struct ds out = DS_EMPTY_INITIALIZER;

    proto_put_watch_create(&out, &range, 3, 1);
    assert_bytes(&out, BYTES("\0\0\0\0\x11" "\x0a\x8c\x80\x80\0" "\x0a\x02/a"
                             "\x12\x02/b" "\x18\x03" "\x38\x01"));
    proto_put_watch_cancel(&out, 1);
    assert_bytes(&out, BYTES("\0\0\0\0\x07" "\x12\x82\x80\x80\0" "\x08\x01"));
    proto_put_watch_progress(&out);
    assert_bytes(&out, BYTES("\0\0\0\0\x05" "\x1a\x80\x80\x80\0"));
    ds_destroy(&out);
}

/* ---- Answers ---------------------------------------------------------- */

static void
assert_kv(const struct store_kv *kv)
{
    assert_string_equal(kv->key.data, "/a");
    assert_string_equal(kv->value.data, "x");
    assert_int_equal(kv->value.size, 1);
    assert_int_equal(kv->create_revision, 2);
    assert_int_equal(kv->mod_revision, 300);
    assert_int_equal(kv->version, 2);
    assert_int_equal(kv->lease, 7);
}

static void
test_get_range(void **state OVS_UNUSED)
{
    struct store_bytes body = BYTES(HEADER "\x12" KV_SIZE KV "\x12\0"
                                    "\x18\x01" "\x20\x09"
                                    /* Fields that nobody knows yet. */
                                    "\x79" "12345678" "\x7d" "1234");
    struct store_range_result result;
    struct arena arena = ARENA_INIT;
    struct store_header header;
    struct err err = ERR_INIT;

    assert_int_equal(proto_get_range(body.data, body.size, &arena, &header,
                                     &result, &err), 0);
    assert_int_equal(header.cluster_id, 7);
    assert_int_equal(header.revision, 29);
    assert_int_equal(header.raft_term, 2);
    assert_int_equal(result.revision, 29);
    assert_int_equal(result.count, 9);
    assert_true(result.more);
    assert_int_equal(result.n_kvs, 2);
    assert_kv(&result.kvs[0]);
    assert_string_equal(result.kvs[1].key.data, "");
    assert_string_equal(result.kvs[1].value.data, "");
    arena_clear(&arena);
}

static void
test_get_txn(void **state OVS_UNUSED)
{
    struct store_bytes body = BYTES(
        HEADER "\x10\x01"
        "\x1a\x04" "\x12\x02" "\x0a\0"              /* A put. */
        "\x1a\x04" "\x1a\x02" "\x10\x03"            /* Deleted three. */
        "\x1a\x02" "\x0a\0"                         /* Found nothing. */
        "\x1a\x16" "\x0a\x14" "\x12" KV_SIZE KV "\x20\x01");
    struct store_txn_result result;
    struct arena arena = ARENA_INIT;
    struct store_header header;
    struct err err = ERR_INIT;

    assert_int_equal(proto_get_txn(body.data, body.size, &arena, &header,
                                   &result, &err), 0);
    assert_true(result.succeeded);
    assert_int_equal(result.revision, 29);
    assert_int_equal(result.n_deleted, 3);
    assert_int_equal(result.n_gets, 2);
    assert_int_equal(result.gets[0].n_kvs, 0);
    assert_int_equal(result.gets[1].n_kvs, 1);
    assert_int_equal(result.gets[1].revision, 29);
    assert_kv(&result.gets[1].kvs[0]);
    arena_clear(&arena);
}

static void
test_get_watch(void **state OVS_UNUSED)
{
    struct store_bytes events = BYTES(
        HEADER "\x10\x05" "\x5a\x12" "\x12" KV_SIZE KV
        "\x5a\x08" "\x08\x01" "\x12\x04" "\x0a\x02/b");
    struct store_bytes canceled = BYTES(
        HEADER "\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01" "\x18\x01"
        "\x20\x01" "\x28\x04" "\x32\x03" "why");
    struct arena arena = ARENA_INIT;
    struct codec_watch watch;
    struct err err = ERR_INIT;

    assert_int_equal(proto_get_watch(events.data, events.size, &arena, &watch,
                                     &err), 0);
    assert_int_equal(watch.watch_id, 5);
    assert_false(watch.created);
    assert_int_equal(watch.n_events, 2);
    assert_int_equal(watch.events[0].type, STORE_EVENT_PUT);
    assert_kv(&watch.events[0].kv);
    assert_int_equal(watch.events[1].type, STORE_EVENT_DELETE);
    assert_string_equal(watch.events[1].kv.key.data, "/b");

    assert_int_equal(proto_get_watch(canceled.data, canceled.size, &arena,
                                     &watch, &err), 0);
    assert_int_equal(watch.watch_id, -1);
    assert_true(watch.created && watch.canceled);
    assert_int_equal(watch.compact_revision, 4);
    assert_string_equal(watch.cancel_reason, "why");
    arena_clear(&arena);
}

/* Every answer cut short, and others that are wrong. */
static void
test_bad(void **state OVS_UNUSED)
{
    static const struct store_bytes bad[] = {
        { NULL, 0 },                                /* No header. */
        BYTES("\x0a"),                              /* No size. */
        BYTES("\x0a\x06\x08"),                      /* Too short. */
        BYTES("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
        BYTES(HEADER "\x12\x01\xff"),               /* No whole number. */
        BYTES(HEADER "\x20\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"),
        BYTES(HEADER "\x22\x01x"),                  /* A number is bytes. */
        BYTES(HEADER "\x12\x02\x08\x01"),           /* A key is a number. */
        BYTES(HEADER "\x13"),                       /* A group. */
    };
    struct store_range_result result;
    struct arena arena = ARENA_INIT;
    struct store_header header;

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct err err = ERR_INIT;

        assert_int_equal(proto_get_range(bad[i].data, bad[i].size, &arena,
                                         &header, &result, &err),
                         -WEFT_E_PROTOCOL);
        err_clear(&err);
    }
    arena_clear(&arena);
}

static void
test_status(void **state OVS_UNUSED)
{
    struct codec_error error;

    codec_get_status(14, "etcdserver: no leader", &error);
    assert_int_equal(error.error, -WEFT_E_UNAVAILABLE);
    assert_true(error.had_no_effect && error.elsewhere);
    codec_get_status(8, "etcdserver: mvcc: database space exceeded", &error);
    assert_int_equal(error.error, -WEFT_E_NO_SPACE);
    codec_get_status(99, "", &error);
    assert_int_equal(error.error, -WEFT_E_UNAVAILABLE);
    assert_false(error.had_no_effect);
    assert_string_equal(error.message, "gRPC status 99");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_put_range), cmocka_unit_test(test_put_txn),
        cmocka_unit_test(test_put_watch), cmocka_unit_test(test_get_range),
        cmocka_unit_test(test_get_txn), cmocka_unit_test(test_get_watch),
        cmocka_unit_test(test_bad), cmocka_unit_test(test_status),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
