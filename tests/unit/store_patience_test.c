/* How long an etcd is waited for that says nothing. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "store/etcd.h"
#include "store/store.h"
#include "util.h"

static struct store_etcd *
create(uv_loop_t *loop, const char *endpoints)
{
    struct store_config config = { .endpoints = endpoints };
    struct store *store;

    assert_int_equal(store_etcd_create(&config, loop, &store, NULL), 0);
    return etcd_cast(store);
}

static void
destroy(uv_loop_t *loop, struct store_etcd *etcd)
{
    store_destroy(&etcd->up);
    while (uv_run(loop, UV_RUN_NOWAIT)) {
        continue;
    }
    assert_int_equal(uv_loop_close(loop), 0);
}

/* Streams are given up again, 'ms' after the last time. */
static unsigned int
give_up(struct store_etcd *etcd, unsigned int ms)
{
    etcd->silent_ms -= ms;
    etcd_gave_up(etcd);
    return etcd_patience(etcd);
}

static void
test_only_end_point(void **state)
{
    uv_loop_t loop;
    struct store_etcd *etcd;

    (void) state;
    uv_loop_init(&loop);
    etcd = create(&loop, "http://127.0.0.1:1");
    assert_int_equal(etcd_patience(etcd), 1);
    assert_int_equal(give_up(etcd, 0), 2);
    /* All streams fall silent together: that counts once. */
    assert_int_equal(give_up(etcd, 100), 2);
    assert_int_equal(give_up(etcd, 12000), 4);
    assert_int_equal(give_up(etcd, 24000), 8);
    assert_int_equal(give_up(etcd, 48000), 8);
    /* All was well for minutes. */
    etcd->silent_ms -= 400000;
    assert_int_equal(etcd_patience(etcd), 1);
    assert_int_equal(give_up(etcd, 0), 2);
    destroy(&loop, etcd);
}

/* There is another one to go to: no time is lost. */
static void
test_cluster(void **state)
{
    uv_loop_t loop;
    struct store_etcd *etcd;

    (void) state;
    uv_loop_init(&loop);
    etcd = create(&loop, "http://127.0.0.1:1,http://127.0.0.1:2");
    assert_int_equal(give_up(etcd, 0), 1);
    assert_int_equal(give_up(etcd, 12000), 1);
    destroy(&loop, etcd);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_end_point),
        cmocka_unit_test(test_cluster),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
