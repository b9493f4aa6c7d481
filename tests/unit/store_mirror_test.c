/* Mirrors, the calls that wait, and the store's settings. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "store/config.h"
#include "store/memory.h"
#include "store/mirror.h"
#include "store/sync.h"
#include "util.h"

struct fixture {
    uv_loop_t loop;
    struct store *store;
    int n_calls;
};

static void
settle(struct fixture *f)
{
    for (int i = 0; i < 30; i++) {
        uv_run(&f->loop, UV_RUN_NOWAIT);
    }
}

static int
set_up(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    uv_loop_init(&f->loop);
    f->store = store_memory_create(&f->loop);
    *state = f;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    store_destroy(f->store);
    settle(f);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    free(f);
    return 0;
}

/* ---- Mirrors ---------------------------------------------------------- */

static void
on_change(struct mirror *mirror OVS_UNUSED, void *f_)
{
    struct fixture *f = f_;

    f->n_calls++;
}

/* The changes as "+key=value" (new), "*key=value" and "-key", then cleared. */
static char *
changes(struct mirror *mirror)
{
    struct ds out = DS_EMPTY_INITIALIZER;
    struct mirror_row *row;

    MIRROR_FOR_EACH_CHANGE (row, mirror) {
        ds_put_format(&out, "%c%s=%s@%d ",
                      row->deleted ? '-' : row->is_new ? '+' : '*',
                      row->key.data, row->value.data,
                      (int) row->mod_revision);
    }
    ds_chomp(&out, ' ');
    mirror_clear_changes(mirror);
    assert_false(mirror_has_changes(mirror));
    return ds_steal_cstr(&out);
}

#define assert_changes(MIRROR, EXPECTED)            \
    do {                                            \
        char *changes_ = changes(MIRROR);           \
        assert_string_equal(changes_, EXPECTED);    \
        free(changes_);                             \
    } while (0)

static void
test_mirror(void **state)
{
    struct fixture *f = *state;
    struct mirror_set *set = mirror_set_create(f->store, on_change, f);
    struct mirror_row **rows;
    struct mirror *a, *b;
    size_t n;

    store_memory_put_now(f->store, "/a/2", "x");
    store_memory_put_now(f->store, "/a/1", "x");
    a = mirror_add_prefix(set, "/a/");
    b = mirror_add_tree(set, "/b");
    assert_false(mirror_set_is_synced(set));
    settle(f);
    assert_true(mirror_set_is_synced(set));
    assert_int_equal(f->n_calls, 2);
    assert_true(mirror_has_changes(a));
    assert_false(mirror_has_changes(b));
    assert_changes(a, "+/a/1=x@3 +/a/2=x@2");
    rows = mirror_sorted(a, &n);
    assert_int_equal(n, 2);
    assert_string_equal(rows[0]->key.data, "/a/1");
    assert_string_equal(rows[1]->key.data, "/a/2");
    free(rows);

    /* Several changes of one row are one. */
    store_memory_put_now(f->store, "/a/1", "y");
    store_memory_put_now(f->store, "/a/1", "z");
    store_memory_delete_now(f->store, "/a/2");
    store_memory_put_now(f->store, "/a/passing", "x");
    store_memory_delete_now(f->store, "/a/passing");
    store_memory_put_now(f->store, "/b/1", "x");
    settle(f);
    assert_null(mirror_get(a, store_bytes_from_string("/a/2")));
    assert_int_equal(a->n_rows, 1);
    assert_changes(a, "*/a/1=z@5 -/a/2=x@6");
    assert_changes(b, "+/b/1=x@9");

    /* Gone and back. */
    store_memory_delete_now(f->store, "/a/1");
    store_memory_put_now(f->store, "/a/1", "back");
    settle(f);
    assert_changes(a, "*/a/1=back@11");
    assert_string_equal(
        mirror_get(a, store_bytes_from_string("/a/1"))->value.data, "back");
    mirror_drop(b);
    mirror_set_destroy(set);
}

/* ---- The calls that wait ---------------------------------------------- */

static void
test_sync(void **state)
{
    struct fixture *f = *state;
    struct store_sync_range range;
    struct store_sync_txn result;
    struct store_txn *txn;
    struct err err = ERR_INIT;
    int64_t revision, n_deleted;
    struct store_range all = {
        store_bytes_from_string("/"), store_bytes_from_string("0")
    };

    assert_int_equal(store_sync_put(f->store, "/a", "1", &revision, &err), 0);
    assert_int_equal(revision, 2);
    assert_int_equal(store_sync_get(f->store, "/a", &range, &err), 0);
    assert_string_equal(range.kvs[0].value.data, "1");
    store_sync_range_destroy(&range);

    assert_int_equal(store_sync_get(f->store, "/none", &range, &err),
                     -WEFT_E_NOT_FOUND);
    assert_string_equal(err.message, "/none: not found");
    err_clear(&err);

    txn = store_txn_create();
    store_txn_put(txn, store_bytes_from_string("/b"),
                  store_bytes_from_string("2"), 0);
    store_txn_get(txn, &all);
    assert_int_equal(store_sync_txn(f->store, txn, &result, &err), 0);
    assert_true(result.succeeded);
    assert_int_equal(result.n_gets, 1);
    assert_int_equal(result.gets[0].n_kvs, 2);
    assert_string_equal(result.gets[0].kvs[1].key.data, "/b");
    store_sync_txn_destroy(&result);

    assert_int_equal(store_sync_get_prefix(f->store, "/", &range, &err), 0);
    assert_int_equal(range.n_kvs, 2);
    store_sync_range_destroy(&range);

    store_memory_fail(f->store, 1, -WEFT_E_UNAVAILABLE);
    assert_int_equal(store_sync_put(f->store, "/a", "2", NULL, &err),
                     -WEFT_E_UNAVAILABLE);
    assert_int_equal(err.code, -WEFT_E_UNAVAILABLE);
    err_clear(&err);

    assert_int_equal(store_sync_delete(f->store, &all, &n_deleted, &err), 0);
    assert_int_equal(n_deleted, 2);
    assert_int_equal(store_sync_drain(f->store, 1000), 0);
}

/* ---- Settings --------------------------------------------------------- */

static void
test_config(void **state OVS_UNUSED)
{
    struct store_environment environment;
    struct err err = ERR_INIT;

    setenv("WEFT_ETCD", "http://a:1,http://b:2", 1);
    setenv("WEFT_ETCD_USER", "me", 1);
    setenv("WEFT_ETCD_PASSWORD_FILE", "/etc/p", 1);
    setenv("WEFT_ETCD_TIMEOUT", "700", 1);
    setenv("WEFT_ETCD_MAX_TXN_OPS", "64", 1);
    assert_int_equal(store_config_from_env(&environment, &err), 0);
    assert_string_equal(environment.config.endpoints,
                        "http://a:1,http://b:2");
    assert_string_equal(environment.config.user, "me");
    assert_string_equal(environment.config.password_file, "/etc/p");
    assert_null(environment.config.ca_file);
    assert_int_equal(environment.config.timeout_ms, 700);
    assert_int_equal(environment.config.max_txn_ops, 64);
    assert_string_equal(environment.prefix, "/weft/v1");
    store_environment_destroy(&environment);

    setenv("WEFT_ETCD_TIMEOUT", "soon", 1);
    assert_int_equal(store_config_from_env(&environment, &err),
                     -WEFT_E_INVALID);
    err_clear(&err);
    unsetenv("WEFT_ETCD_TIMEOUT");
}

struct bad_config {
    struct store_config config;
    const char *field;
};

static void
test_bad_config(void **state)
{
    static const struct bad_config bad[] = {
        { { .endpoints = NULL }, "endpoints" },
        { { .endpoints = " , " }, "endpoints" },
        { { .endpoints = "127.0.0.1:2379" }, "endpoints[0]" },
        { { .endpoints = "http://a:1,ftp://b" }, "endpoints[1]" },
        { { .endpoints = "http://" }, "endpoints[0]" },
        { { .endpoints = "http://a:1/v3" }, "endpoints[0]" },
        { { .endpoints = "http://u:p@a:1" }, "endpoints[0]" },
        { { .endpoints = "https://a:1", .ca_file = "/none" }, "ca_file" },
        { { .endpoints = "https://a:1", .cert_file = "/dev/null" },
          "key_file" },
        { { .endpoints = "https://a:1", .key_file = "/dev/null" },
          "cert_file" },
        { { .endpoints = "http://a:1", .password_file = "/none" },
          "password_file" },
        { { .endpoints = "http://a:1", .timeout_ms = 5 }, "timeout_ms" },
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct store *store = NULL;
        struct err err = ERR_INIT;

        assert_int_equal(store_etcd_create(&bad[i].config, &f->loop, &store,
                                           &err), -WEFT_E_INVALID);
        assert_null(store);
        assert_string_equal(err.field, bad[i].field);
        err_clear(&err);
    }
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_mirror),
        TEST(test_sync),
        TEST(test_config),
        TEST(test_bad_config),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
