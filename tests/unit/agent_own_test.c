/* What an agent writes below its chassis: brought to the store, kept right,
 * and cleaned of what a previous life left. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "lib/loop.h"
#include "node-agent/own.h"
#include "store/store.h"
#include "util.h"

static const char *const kept[] = { "fdb/", NULL };

struct fixture {
    uv_loop_t loop;
    struct store *store;
    struct own *own;
    char *read;                 /* What get() read, or NULL. */
    bool answered;
};

static int
set_up(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    uv_loop_init(&f->loop);
    f->store = store_memory_create(&f->loop);
    *state = f;
    return 0;
}

static bool
never(void *aux)
{
    (void) aux;
    return false;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    own_destroy(f->own);
    store_destroy(f->store);
    loop_run_until(&f->loop, never, NULL, 100);
    uv_loop_close(&f->loop);
    free(f->read);
    free(f);
    return 0;
}

/* Lets things happen. */
static void
settle(struct fixture *f)
{
    for (int i = 0; i < 20; i++) {
        if (f->own) {
            own_adopt(f->own, kept);
            own_run(f->own);
        }
        loop_run_until(&f->loop, never, NULL, 5);
    }
}

static void
on_put(int error, const struct err *err,
       const struct store_txn_result *result, void *f_)
{
    struct fixture *f = f_;

    (void) err;
    (void) result;
    assert_int_equal(error, 0);
    f->answered = true;
}

static bool
is_answered(void *f_)
{
    struct fixture *f = f_;

    return f->answered;
}

static void
put(struct fixture *f, const char *key, const char *value)
{
    f->answered = false;
    store_put(f->store, store_bytes_from_string(key),
              store_bytes_from_string(value), 0, on_put, f);
    assert_int_equal(loop_run_until(&f->loop, is_answered, f, 1000), 0);
}

static void
on_get(int error, const struct err *err,
       const struct store_range_result *result, void *f_)
{
    struct fixture *f = f_;

    (void) err;
    assert_int_equal(error, 0);
    free(f->read);
    f->read = result->n_kvs ? xstrdup(result->kvs[0].value.data) : NULL;
    f->answered = true;
}

static const char *
get(struct fixture *f, const char *key)
{
    struct store_range range = { .key = store_bytes_from_string(key) };

    f->answered = false;
    store_get_range(f->store, &range, NULL, on_get, f);
    assert_int_equal(loop_run_until(&f->loop, is_answered, f, 1000), 0);
    return f->read;
}

static void
test_write_change_remove(void **state)
{
    struct fixture *f = *state;

    f->own = own_create(f->store, "/w", "hv1", 30);
    own_set(f->own, "claim/ap", xstrdup("{}"));
    settle(f);
    assert_string_equal(get(f, "/w/chassis/hv1/claim/ap"), "{}");
    assert_true(own_is_stored(f->own, "claim/ap"));
    own_set(f->own, "claim/ap", xstrdup("{\"ofport\":1}"));
    settle(f);
    assert_string_equal(get(f, "/w/chassis/hv1/claim/ap"),
                        "{\"ofport\":1}");
    own_set(f->own, "claim/ap", NULL);
    settle(f);
    assert_null(get(f, "/w/chassis/hv1/claim/ap"));
    assert_true(own_is_settled(f->own));
}

static void
test_alive(void **state)
{
    struct fixture *f = *state;

    f->own = own_create(f->store, "/w", "hv1", 30);
    settle(f);
    assert_non_null(get(f, "/w/chassis/hv1/alive"));
    own_destroy(f->own);
    f->own = NULL;
    settle(f);
    assert_null(get(f, "/w/chassis/hv1/alive"));
}

/* Of a gateway it stays: it may only be restarted. */
static void
test_lingers(void **state)
{
    struct fixture *f = *state;

    f->own = own_create(f->store, "/w", "hv1", 30);
    settle(f);
    own_linger(f->own);
    own_destroy(f->own);
    f->own = NULL;
    settle(f);
    assert_non_null(get(f, "/w/chassis/hv1/alive"));
}

/* Claims of a previous life go; what was learned stays. */
static void
test_previous_life(void **state)
{
    struct fixture *f = *state;

    put(f, "/w/chassis/hv1/claim/old", "{}");
    put(f, "/w/chassis/hv1/fdb/switch:n1/00:00:00:00:00:01", "{}");
    put(f, "/w/chassis/hv2/claim/other", "{}");
    f->own = own_create(f->store, "/w", "hv1", 30);
    settle(f);
    assert_null(get(f, "/w/chassis/hv1/claim/old"));
    assert_non_null(get(f, "/w/chassis/hv1/fdb/switch:n1/00:00:00:00:00:01"));
    assert_non_null(get(f, "/w/chassis/hv2/claim/other"));
    assert_non_null(own_get(f->own, "fdb/switch:n1/00:00:00:00:00:01"));
}

/* Who else writes or deletes there does not prevail. */
static void
test_restored_after_interference(void **state)
{
    struct fixture *f = *state;

    f->own = own_create(f->store, "/w", "hv1", 30);
    own_set(f->own, "chassis", xstrdup("{\"hostname\":\"a\"}"));
    settle(f);
    put(f, "/w/chassis/hv1/chassis", "{\"hostname\":\"b\"}");
    settle(f);
    assert_string_equal(get(f, "/w/chassis/hv1/chassis"),
                        "{\"hostname\":\"a\"}");
}

/* More rows than a transaction holds. */
static void
test_many(void **state)
{
    struct fixture *f = *state;
    char below[32];

    f->own = own_create(f->store, "/w", "hv1", 30);
    for (int i = 0; i < 500; i++) {
        snprintf(below, sizeof below, "claim/p%d", i);
        own_set(f->own, below, xstrdup("{}"));
    }
    settle(f);
    assert_true(own_is_settled(f->own));
    assert_non_null(get(f, "/w/chassis/hv1/claim/p499"));
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_write_change_remove),
        TEST(test_alive),
        TEST(test_lingers),
        TEST(test_previous_life),
        TEST(test_restored_after_interference),
        TEST(test_many),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
