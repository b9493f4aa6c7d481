/* Sync tokens over the store in memory. */
#include <config.h>

#include "store/sync_token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/loop.h"
#include "util.h"

#define PREFIX "/t"
#define STATUS_KEY PREFIX "/status/sync"

struct fixture {
    uv_loop_t loop;
    struct store *store;
    struct sync_waiter *waiter;
};

/* What a wait's callback was told. */
struct outcome {
    int n_calls;
    int error;
    size_t n_behind;
    char first_behind[32];
    bool is_known;
};

static int
setup(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    uv_loop_init(&f->loop);
    f->store = store_memory_create(&f->loop);
    f->waiter = sync_waiter_create(f->store, PREFIX);
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    sync_waiter_destroy(f->waiter);
    store_destroy(f->store);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    free(f);
    return 0;
}

static void
on_wait(int error, const struct err *err OVS_UNUSED,
        const struct sync_status *status, void *outcome_)
{
    struct outcome *outcome = outcome_;

    outcome->n_calls++;
    outcome->error = error;
    outcome->is_known = status->is_known;
    outcome->n_behind = status->n_behind;
    if (status->n_behind) {
        ovs_strzcpy(outcome->first_behind, status->behind[0],
                    sizeof outcome->first_behind);
    }
}

static bool
is_called(void *outcome_)
{
    const struct outcome *outcome = outcome_;

    return outcome->n_calls > 0;
}

/* The result of a write. */
struct written {
    bool done;
    int64_t revision;
};

static void
on_written(int error, const struct err *err OVS_UNUSED,
           const struct store_txn_result *result, void *written_)
{
    struct written *written = written_;

    assert_int_equal(error, 0);
    assert_true(result->succeeded);
    written->done = true;
    written->revision = result->revision;
}

static bool
is_written(void *written)
{
    return ((struct written *) written)->done;
}

static void
put(struct fixture *f, const char *key, const char *json)
{
    struct written written = { .done = false };

    store_put(f->store, store_bytes_from_string(key),
              store_bytes_from_string(json), 0, on_written, &written);
    assert_int_equal(loop_run_until(&f->loop, is_written, &written, 5000), 0);
}

static void
put_status(struct fixture *f, const char *json)
{
    put(f, STATUS_KEY, json);
}

static void
test_token_is_written(void **state)
{
    struct fixture *f = *state;
    struct store_txn *txn = store_txn_create();
    struct written written = { .done = false };

    sync_token_put(txn, PREFIX, "a/b", SYNC_HV);
    assert_int_equal(store_txn_n_ops(txn), 1);
    store_txn_compare(txn, store_bytes_from_string(PREFIX "/nb/sync/a%2Fb"),
                      STORE_COMPARE_VERSION, STORE_EQUAL, 0);
    store_txn_commit(f->store, txn, on_written, &written);
    assert_int_equal(loop_run_until(&f->loop, is_written, &written, 5000), 0);

    written.done = false;
    txn = store_txn_create();
    store_txn_compare(txn, store_bytes_from_string(PREFIX "/nb/sync/a%2Fb"),
                      STORE_COMPARE_VERSION, STORE_EQUAL, 1);
    store_txn_commit(f->store, txn, on_written, &written);
    assert_int_equal(loop_run_until(&f->loop, is_written, &written, 5000), 0);
}

static void
test_levels(void **state)
{
    struct fixture *f = *state;
    struct outcome sb = { .n_calls = 0 }, hv = { .n_calls = 0 };

    sync_wait_start(f->waiter, SYNC_SB, 10, 5000, on_wait, &sb);
    sync_wait_start(f->waiter, SYNC_HV, 10, 5000, on_wait, &hv);
    put_status(f, "{\"sb_revision\":9,\"hv_revision\":9}");
    put_status(f, "{\"sb_revision\":10,\"hv_revision\":9,\"behind\":[\"h\"]}");
    assert_int_equal(loop_run_until(&f->loop, is_called, &sb, 5000), 0);
    assert_int_equal(sb.error, 0);
    assert_int_equal(hv.n_calls, 0);
    put_status(f, "{\"sb_revision\":11,\"hv_revision\":11}");
    assert_int_equal(loop_run_until(&f->loop, is_called, &hv, 5000), 0);
    assert_int_equal(hv.error, 0);
    assert_int_equal(hv.n_calls, 1);
    assert_int_equal(sb.n_calls, 1);
}

#define H_KEY PREFIX "/chassis/h/sync"
#define I_KEY PREFIX "/chassis/i/sync"

/* Those behind answer themselves: nobody waits for the status to say so. */
static void
test_those_behind(void **state)
{
    struct fixture *f = *state;
    struct outcome hv = { .n_calls = 0 }, later = { .n_calls = 0 };

    put(f, H_KEY, "{\"revision\":3}");
    put(f, I_KEY, "{\"revision\":10}");
    sync_wait_start(f->waiter, SYNC_HV, 10, 5000, on_wait, &hv);
    put_status(f, "{\"sb_revision\":11,\"hv_revision\":3,"
                  "\"behind\":[\"h\",\"i\"]}");
    loop_run_until(&f->loop, is_called, &hv, 50);
    assert_int_equal(hv.n_calls, 0);
    put(f, H_KEY "hronous", "{\"revision\":12}");
    put(f, H_KEY, "{\"revision\":9}");
    loop_run_until(&f->loop, is_called, &hv, 50);
    assert_int_equal(hv.n_calls, 0);
    put(f, H_KEY, "{\"revision\":11}");
    assert_int_equal(loop_run_until(&f->loop, is_called, &hv, 5000), 0);
    assert_int_equal(hv.error, 0);

    /* Not while the change may not be in the southbound: who is behind then
     * is not known. */
    put(f, H_KEY, "{\"revision\":20}");
    put(f, I_KEY, "{\"revision\":20}");
    sync_wait_start(f->waiter, SYNC_HV, 15, 50, on_wait, &later);
    assert_int_equal(loop_run_until(&f->loop, is_called, &later, 5000), 0);
    assert_int_equal(later.error, -WEFT_E_TIMEOUT);
}

/* Many are not followed: the status tells. */
static void
test_many_behind(void **state)
{
    struct fixture *f = *state;
    struct outcome hv = { .n_calls = 0 };

    for (int i = 0; i < 9; i++) {
        char key[64];

        snprintf(key, sizeof key, PREFIX "/chassis/c%d/sync", i);
        put(f, key, "{\"revision\":10}");
    }
    put_status(f, "{\"sb_revision\":10,\"behind\":[\"c0\",\"c1\",\"c2\","
                  "\"c3\",\"c4\",\"c5\",\"c6\",\"c7\",\"c8\"]}");
    sync_wait_start(f->waiter, SYNC_HV, 10, 5000, on_wait, &hv);
    loop_run_until(&f->loop, is_called, &hv, 50);
    assert_int_equal(hv.n_calls, 0);
    /* Others than those that were followed: room is made. */
    put_status(f, "{\"sb_revision\":10,\"behind\":[\"c0\",\"c1\",\"c2\","
                  "\"c3\",\"c4\",\"c5\",\"c6\",\"x\"]}");
    loop_run_until(&f->loop, is_called, &hv, 50);
    put_status(f, "{\"sb_revision\":10,\"behind\":[\"c8\",\"c7\"]}");
    assert_int_equal(loop_run_until(&f->loop, is_called, &hv, 5000), 0);
    assert_int_equal(hv.error, 0);
}

static void
test_already_there(void **state)
{
    struct fixture *f = *state;
    struct outcome first = { .n_calls = 0 }, second = { .n_calls = 0 };

    put_status(f, "{\"sb_revision\":7}");
    sync_wait_start(f->waiter, SYNC_SB, 7, 5000, on_wait, &first);
    assert_int_equal(loop_run_until(&f->loop, is_called, &first, 5000), 0);
    assert_int_equal(first.error, 0);
    /* Known by now: still not from within the call. */
    sync_wait_start(f->waiter, SYNC_SB, 6, 5000, on_wait, &second);
    assert_int_equal(second.n_calls, 0);
    assert_int_equal(loop_run_until(&f->loop, is_called, &second, 5000), 0);
    assert_int_equal(second.error, 0);
}

static void
test_time_out_names_those_behind(void **state)
{
    struct fixture *f = *state;
    struct outcome outcome = { .n_calls = 0 };

    put_status(f, "{\"sb_revision\":50,\"hv_revision\":2,"
                  "\"behind\":[\"hv2\",3,\"hv3\"]}");
    sync_wait_start(f->waiter, SYNC_HV, 3, 50, on_wait, &outcome);
    assert_int_equal(loop_run_until(&f->loop, is_called, &outcome, 5000), 0);
    assert_int_equal(outcome.error, -WEFT_E_TIMEOUT);
    assert_int_equal(outcome.n_behind, 2);
    assert_string_equal(outcome.first_behind, "hv2");
}

static void
test_nobody_answers(void **state)
{
    struct fixture *f = *state;
    struct outcome outcome = { .n_calls = 0 };

    sync_wait_start(f->waiter, SYNC_SB, 1, 20, on_wait, &outcome);
    assert_int_equal(loop_run_until(&f->loop, is_called, &outcome, 5000), 0);
    assert_int_equal(outcome.error, -WEFT_E_TIMEOUT);
    assert_false(outcome.is_known);
}

static void
test_garbage_answers_nothing(void **state)
{
    struct fixture *f = *state;
    const char *const garbage[] = {
        "", "[]", "{\"sb_revision\":\"9\"}", "{", "9", "\xff\xfe",
        "{\"behind\":7}", "{\"sb_revision\":9.5}",
    };

    for (size_t i = 0; i < ARRAY_SIZE(garbage); i++) {
        struct outcome outcome = { .n_calls = 0 };

        put_status(f, garbage[i]);
        sync_wait_start(f->waiter, SYNC_SB, 1, 20, on_wait, &outcome);
        assert_int_equal(loop_run_until(&f->loop, is_called, &outcome, 5000),
                         0);
        assert_int_equal(outcome.error, -WEFT_E_TIMEOUT);
    }
}

static void
test_other_keys_do_not_count(void **state)
{
    struct fixture *f = *state;
    struct outcome outcome = { .n_calls = 0 };
    struct written written = { .done = false };

    store_put(f->store, store_bytes_from_string(STATUS_KEY "hronous"),
              store_bytes_from_string("{\"sb_revision\":9}"), 0, on_written,
              &written);
    assert_int_equal(loop_run_until(&f->loop, is_written, &written, 5000), 0);
    sync_wait_start(f->waiter, SYNC_SB, 1, 30, on_wait, &outcome);
    assert_int_equal(loop_run_until(&f->loop, is_called, &outcome, 5000), 0);
    assert_int_equal(outcome.error, -WEFT_E_TIMEOUT);
}

static void
test_cancelled(void **state)
{
    struct fixture *f = *state;
    struct outcome cancelled = { .n_calls = 0 }, other = { .n_calls = 0 };
    struct sync_wait *wait;

    wait = sync_wait_start(f->waiter, SYNC_SB, 1, 10, on_wait, &cancelled);
    sync_wait_start(f->waiter, SYNC_SB, 1, 40, on_wait, &other);
    sync_wait_cancel(wait);
    sync_wait_cancel(NULL);
    assert_int_equal(loop_run_until(&f->loop, is_called, &other, 5000), 0);
    assert_int_equal(cancelled.n_calls, 0);
    /* One that is left is ended by the waiter's end. */
    sync_wait_start(f->waiter, SYNC_SB, 1, 10, on_wait, &cancelled);
}

static void
test_level_names(void **state OVS_UNUSED)
{
    enum sync_level level = SYNC_SB;

    assert_true(sync_level_from_string("hv", &level));
    assert_int_equal(level, SYNC_HV);
    assert_false(sync_level_from_string("none", &level));
    assert_int_equal(level, SYNC_HV);
    assert_string_equal(sync_level_to_string(SYNC_SB), "sb");
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_token_is_written),
        TEST(test_levels),
        TEST(test_those_behind),
        TEST(test_many_behind),
        TEST(test_already_there),
        TEST(test_time_out_names_those_behind),
        TEST(test_nobody_answers),
        TEST(test_garbage_answers_nothing),
        TEST(test_other_keys_do_not_count),
        TEST(test_cancelled),
        cmocka_unit_test(test_level_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
