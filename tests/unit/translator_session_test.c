/* The translator against the in-memory store: what it writes and in which
 * order, who leads, what a new leader does. */
#include <config.h>

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/loop.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/util.h"
#include "store/memory.h"
#include "tests/support/translator_fixture.h"
#include "util.h"

/* ---- Writing ----------------------------------------------------------- */

static void
test_writes_what_is_there(void **state)
{
    struct fixture *f = *state;

    fixture_put(f, "nb/logical_switch/n1", "{}");
    fixture_put_port(f, "n1", 1);
    struct subject *s = fixture_start(f, "a");

    fixture_settle(f, s);
    fixture_check_southbound(f);
    assert_int_equal(fixture_version(f, "switch:n1"), 1);
    fixture_stop(s);
}

static void
test_one_change_is_one_transaction(void **state)
{
    struct fixture *f = *state;
    struct subject *s = fixture_start(f, "a");

    fixture_put(f, "nb/logical_switch/n1", "{}");
    for (int i = 0; i < 50; i++) {
        fixture_put_port(f, "n1", i);
    }
    fixture_settle(f, s);
    struct translator_stats before = translator_stats(s->translator);
    int64_t v = fixture_version(f, "switch:n1");
    int64_t revision = store_memory_revision(f->store);

    fixture_put_port(f, "n1", 77);
    fixture_settle(f, s);
    struct translator_stats after = translator_stats(s->translator);

    /* The port, its flows, the datapath: three keys, one transaction. */
    assert_int_equal(after.n_txns - before.n_txns, 1);
    assert_int_equal(after.n_puts - before.n_puts, 3);
    assert_int_equal(store_memory_revision(f->store), revision + 2);
    assert_int_equal(fixture_version(f, "switch:n1"), v + 1);
    fixture_check_southbound(f);
    fixture_delete(f, "nb/logical_switch_port/n1-77");
    fixture_settle(f, s);
    assert_int_equal(translator_stats(s->translator).n_deletes, 2);
    assert_int_equal(fixture_version(f, "switch:n1"), v + 2);
    fixture_check_southbound(f);
    fixture_stop(s);
}

static void
test_burst_is_gathered(void **state)
{
    struct fixture *f = *state;
    struct subject *s = fixture_start(f, "a");

    fixture_put(f, "nb/logical_switch/n1", "{}");
    fixture_settle(f, s);
    uint64_t before = translator_stats(s->translator).n_batches;

    for (int i = 0; i < 1000; i++) {
        fixture_put_port(f, "n1", i);
    }
    fixture_settle(f, s);
    assert_true(translator_stats(s->translator).n_batches - before <= 10);
    fixture_check_southbound(f);
    fixture_stop(s);
}

/* Follows sb/dp/switch:n1 and checks that whatever comes below it is followed
 * by its row. */
struct order {
    bool is_open;               /* Something came, no row yet. */
    size_t n_events, n_rows;
};

static void
order_events(struct store_watch *watch OVS_UNUSED,
             const struct store_event *events, size_t n,
             int64_t revision OVS_UNUSED, void *order_)
{
    struct order *order = order_;
    bool has_row = false;

    for (size_t i = 0; i < n; i++) {
        bool is_row = !strcmp(events[i].kv.key.data,
                              P "/sb/dp/switch:n1");

        has_row |= is_row;
        order->n_rows += is_row;
        order->n_events++;
    }
    order->is_open = !has_row;
}

static void
order_synced(struct store_watch *watch OVS_UNUSED,
             int64_t revision OVS_UNUSED, void *order OVS_UNUSED)
{
}

static void
test_rows_come_last(void **state)
{
    static const struct store_watch_ops ops = {
        .events = order_events, .synced = order_synced,
    };
    struct fixture *f = *state;
    struct order order = { false, 0, 0 };
    struct store_watch_set *set = store_watch_set_create(f->store, &ops);

    store_watch_add_prefix(set, store_bytes_from_string(P "/sb/dp/switch:n1"),
                           &order);
    fixture_put(f, "nb/logical_switch/n1", "{}");
    fixture_put(f, "nb/logical_switch/n2", "{}");
    for (int i = 0; i < 700; i++) {
        fixture_put_port(f, i % 3 ? "n1" : "n2", i);
    }
    struct subject *s = fixture_start(f, "a");

    fixture_settle(f, s);
    assert_true(order.n_events > 900);
    assert_false(order.is_open);
    assert_int_equal(order.n_rows, 1);      /* One batch. */
    fixture_delete(f, "nb/logical_switch/n1");      /* 900 deletes. */
    fixture_settle(f, s);
    assert_false(order.is_open);
    fixture_check_southbound(f);
    store_watch_set_destroy(set);
    fixture_stop(s);
}

/* ---- Leadership -------------------------------------------------------- */

static void
test_restart_writes_nothing(void **state)
{
    struct fixture *f = *state;
    struct subject *s = fixture_start(f, "a");

    fixture_put(f, "nb/logical_switch/n1", "{}");
    for (int i = 0; i < 300; i++) {
        fixture_put_port(f, "n1", i);
    }
    fixture_put(f, "chassis/hv1/claim/n1-1", "{\"installed\":true}");
    fixture_put(f, "nb/logical_switch_port/bad", "{\"nonsense\":");
    fixture_settle(f, s);
    fixture_stop(s);
    fixture_pass_time(f, 20);
    int64_t revision = store_memory_revision(f->store);

    s = fixture_start(f, "b");
    fixture_settle(f, s);
    /* Its own leader key, nothing else. */
    assert_int_equal(store_memory_revision(f->store), revision + 1);
    assert_int_equal(translator_stats(s->translator).n_txns, 0);
    fixture_stop(s);
}

static void
test_standby_takes_over(void **state)
{
    struct fixture *f = *state;
    struct subject *a = fixture_start(f, "a");

    fixture_settle(f, a);
    struct subject *b = fixture_start(f, "b");

    fixture_put(f, "nb/logical_switch/n1", "{}");
    fixture_put(f, "nb/logical_switch/n0", "{}");
    fixture_put_port(f, "n1", 7);
    fixture_settle(f, a);
    fixture_put_port(f, "n1", 3);   /* Gets the second key, not the first. */
    fixture_settle(f, a);
    assert_false(translator_stats(b->translator).is_leading);
    assert_int_equal(translator_stats(b->translator).n_txns, 0);
    int64_t revision = store_memory_revision(f->store);

    fixture_stop(a);
    fixture_settle(f, b);
    /* The leader key went and came; nothing else. */
    assert_int_equal(store_memory_revision(f->store), revision + 2);
    assert_non_null(strstr(fixture_get(f, "sb/dp/switch:n1/port/n1-7"),
                           "\"tunnel_key\":1}"));
    assert_non_null(strstr(fixture_get(f, "sb/dp/switch:n1/port/n1-3"),
                           "\"tunnel_key\":2}"));
    fixture_put_port(f, "n1", 1);
    fixture_settle(f, b);
    assert_non_null(strstr(fixture_get(f, "sb/dp/switch:n1/port/n1-1"),
                           "\"tunnel_key\":3}"));
    fixture_check_southbound(f);
    fixture_stop(b);
}

/* A leader that was cut off finds out with its first write, and has written
 * nothing. */
static void
test_deposed_leader_cannot_write(void **state)
{
    struct fixture *f = *state;
    struct subject *a = fixture_start(f, "a");

    fixture_put(f, "nb/logical_switch/n1", "{}");
    fixture_settle(f, a);
    struct subject *b = fixture_start(f, "b");

    loop_run_until(&f->loop, fixture_is_synced, b->translator, 1000);
    store_memory_hold(a->store, true);           /* Hears and says nothing. */
    store_memory_expire_lease(f->store, 0);
    fixture_put_port(f, "n1", 1);
    loop_run_until(&f->loop, fixture_is_settled, b->translator, 5000);
    fixture_settle(f, b);
    fixture_check_southbound(f);
    assert_string_equal(fixture_get(f, "sb/leader"), "b");
    int64_t revision = store_memory_revision(f->store);
    char *clock = nullable_xstrdup(fixture_get(f, "sb/clock"));

    store_memory_hold(a->store, false);
    fixture_put_port(f, "n1", 2);
    fixture_settle(f, b);
    fixture_pass_time(f, 100);
    assert_false(translator_stats(a->translator).is_leading);
    /* The port, and one transaction for it; on a slow machine the time. */
    if (!nullable_string_is_equal(clock, fixture_get(f, "sb/clock"))) {
        revision++;
    }
    assert_int_equal(store_memory_revision(f->store), revision + 2);
    free(clock);
    fixture_check_southbound(f);
    fixture_stop(a);
    fixture_stop(b);
}

static void
test_closes_what_was_left_open(void **state)
{
    struct fixture *f = *state;
    struct subject *s = fixture_start(f, "a");

    fixture_put(f, "nb/logical_switch/n1", "{}");
    fixture_put_port(f, "n1", 1);
    fixture_put_port(f, "n1", 2);
    fixture_settle(f, s);
    fixture_stop(s);
    fixture_pass_time(f, 20);
    /* As if a leader had died between a child and the row. */
    char *flows = xstrdup(fixture_get(f, "sb/dp/switch:n1/flow/lsp:n1-1"));

    fixture_put(f, "sb/dp/switch:n1/flow/lsp:n1-1", flows);
    free(flows);
    fixture_put(f, "sb/dp/switch:gone/flow/lsp:x", "{\"flows\":[]}");
    s = fixture_start(f, "b");
    fixture_settle(f, s);
    assert_int_equal(fixture_version(f, "switch:n1"), 2);
    fixture_check_southbound(f);
    fixture_stop(s);
}

int
main(void)
{
#define TEST(NAME) \
    cmocka_unit_test_setup_teardown(NAME, fixture_set_up, fixture_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_writes_what_is_there),
        TEST(test_one_change_is_one_transaction),
        TEST(test_burst_is_gathered),
        TEST(test_rows_come_last),
        TEST(test_restart_writes_nothing),
        TEST(test_standby_takes_over),
        TEST(test_deposed_leader_cannot_write),
        TEST(test_closes_what_was_left_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
