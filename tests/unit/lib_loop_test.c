/* libuv inside OVS's poll loop (lib/loop.h). */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "lib/err.h"
#include "lib/loop.h"
#include "openvswitch/poll-loop.h"
#include "timeval.h"
#include "util.h"

static void
on_timer(uv_timer_t *timer)
{
    *(bool *) timer->data = true;
}

static bool
flag_is_set(void *flag)
{
    return *(bool *) flag;
}

static void
test_a_timer_wakes_poll_block(void **state)
{
    long long int start = time_msec();
    bool fired = false;
    uv_timer_t timer;
    uv_loop_t loop;

    (void) state;
    uv_loop_init(&loop);
    uv_timer_init(&loop, &timer);
    timer.data = &fired;
    uv_timer_start(&timer, on_timer, 20, 0);
    loop_run(&loop);
    while (!fired && time_msec() - start < 10000) {
        loop_wait(&loop);
        poll_timer_wait(5000);
        poll_block();
        loop_run(&loop);
    }
    assert_true(fired);
    assert_true(time_msec() - start < 4000);
    uv_close((uv_handle_t *) &timer, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void
test_run_until(void **state)
{
    bool fired = false, never = false;
    long long int start;
    uv_timer_t timer;
    uv_loop_t loop;

    (void) state;
    uv_loop_init(&loop);
    uv_timer_init(&loop, &timer);
    timer.data = &fired;
    uv_timer_start(&timer, on_timer, 5, 0);
    assert_int_equal(loop_run_until(&loop, flag_is_set, &never, 30),
                     -WEFT_E_TIMEOUT);
    assert_true(fired);
    fired = false;
    uv_timer_start(&timer, on_timer, 5, 0);
    assert_int_equal(loop_run_until(&loop, flag_is_set, &fired, 5000), 0);

    /* A timer that is due runs before libuv waits: no waiting after it. */
    fired = false;
    start = time_msec();
    uv_timer_start(&timer, on_timer, 0, 0);
    assert_int_equal(loop_run_until(&loop, flag_is_set, &fired, 5000), 0);
    assert_true(time_msec() - start < 4000);
    uv_close((uv_handle_t *) &timer, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void
test_run_until_ends_when_nothing_is_left(void **state)
{
    long long int start = time_msec();
    bool never = false;
    uv_loop_t loop;

    (void) state;
    uv_loop_init(&loop);
    assert_int_equal(loop_run_until(&loop, flag_is_set, &never, 30000),
                     -WEFT_E_TIMEOUT);
    assert_true(time_msec() - start < 10000);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_timer_wakes_poll_block),
        cmocka_unit_test(test_run_until),
        cmocka_unit_test(test_run_until_ends_when_nothing_is_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
