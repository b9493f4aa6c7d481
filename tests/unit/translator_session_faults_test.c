/* The translator against the in-memory store: faults, garbage, sync tokens. */
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

/* ---- Faults ------------------------------------------------------------ */

static void
test_store_faults(void **state)
{
    static const int errors[] = {
        -WEFT_E_UNAVAILABLE, -WEFT_E_UNKNOWN, -WEFT_E_NO_SPACE,
        -WEFT_E_TIMEOUT,
    };
    struct fixture *f = *state;
    struct subject *s = fixture_start(f, "a");

    fixture_put(f, "nb/logical_switch/n1", "{}");
    fixture_settle(f, s);
    for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
        for (int j = 0; j < 300; j++) {
            fixture_put_port(f, "n1", 300 * i + j);
        }
        store_memory_fail(s->store, 2, errors[i]);
        fixture_pass_time(f, 10);
        store_memory_lose_answers(s->store, 2, -WEFT_E_UNKNOWN);
        fixture_settle(f, s);
        fixture_check_southbound(f);
    }
    assert_true(translator_stats(s->translator).n_txn_failures > 0);
    fixture_stop(s);
}

/* What etcd never takes is skipped, and nothing else suffers. */
static void
test_too_large_is_skipped(void **state)
{
    struct fixture *f = *state;
    struct subject *s = fixture_start(f, "a");
    struct ds value = DS_EMPTY_INITIALIZER;

    fixture_put(f, "nb/logical_switch/n1", "{}");
    fixture_settle(f, s);
    ds_put_cstr(&value, "{\"switch\":\"n1\",\"external_ids\":{\"big\":\"");
    ds_put_char_multiple(&value, 'x', 100000);
    ds_put_cstr(&value, "\"}}");
    store_memory_set_limits(s->store, 0, 50000, 0);
    fixture_put(f, "nb/logical_switch_port/big", ds_cstr(&value));
    fixture_put_port(f, "n1", 1);
    fixture_settle(f, s);
    assert_null(fixture_get(f, "sb/dp/switch:n1/port/big"));
    assert_non_null(fixture_get(f, "sb/dp/switch:n1/port/n1-1"));
    assert_int_equal(fixture_version(f, "switch:n1"), 2);
    ds_destroy(&value);
    fixture_stop(s);
}

static void
test_lost_history(void **state)
{
    struct fixture *f = *state;
    struct subject *s = fixture_start(f, "a");

    fixture_put(f, "nb/logical_switch/n1", "{}");
    fixture_put_port(f, "n1", 1);
    fixture_settle(f, s);
    store_memory_break_watches(s->store);
    fixture_delete(f, "nb/logical_switch_port/n1-1");
    fixture_put_port(f, "n1", 2);
    store_memory_compact(f->store, 0);
    fixture_settle(f, s);
    fixture_pass_time(f, 200);
    fixture_settle(f, s);
    fixture_check_southbound(f);
    assert_null(fixture_get(f, "sb/dp/switch:n1/port/n1-1"));
    fixture_stop(s);
}

static void
test_garbage_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct subject *s = fixture_start(f, "a");

    fixture_put(f, "nb/logical_switch/n1", "{}");
    fixture_put_port(f, "n1", 1);
    fixture_settle(f, s);
    fixture_put(f, "nb/logical_switch_port/x", "garbage");
    fixture_put(f, "nb/logical_switch_port/y",
                "{\"switch\":\"n1\",\"tag\":99999}");
    fixture_put(f, "nb/no_such_table/z", "{}");
    fixture_put(f, "nb/logical_switch_port/%zz", "{}");
    fixture_put(f, "nb/", "{}");
    fixture_put(f, "chassis/hv1/claim/n1-1", "{\"ofport\":\"many\"}");
    fixture_put_port(f, "n1", 2);
    fixture_settle(f, s);
    assert_non_null(strstr(fixture_get(f, "status/logical_switch_port/x"),
                           "errors"));
    assert_non_null(strstr(fixture_get(f, "status/logical_switch_port/y"),
                           "tag"));
    assert_non_null(fixture_get(f, "status/no_such_table/z"));
    assert_non_null(fixture_get(f, "status/logical_switch_port/%zz"));
    assert_null(fixture_get(f, "sb/dp/switch:n1/port/y"));
    assert_non_null(fixture_get(f, "sb/dp/switch:n1/port/n1-2"));
    fixture_delete(f, "nb/logical_switch_port/x");
    fixture_settle(f, s);
    assert_null(fixture_get(f, "status/logical_switch_port/x"));
    fixture_stop(s);
}

/* ---- Sync tokens ------------------------------------------------------- */

static int64_t
number(const char *row, const char *column)
{
    char *name = xasprintf("\"%s\":", column);
    const char *found = row ? strstr(row, name) : NULL;
    int64_t value = found ? strtoll(found + strlen(name), NULL, 10) : 0;

    free(name);
    return value;
}

static void
test_sync_tokens(void **state)
{
    struct fixture *f = *state;
    struct subject *s = fixture_start(f, "a");

    fixture_settle(f, s);
    assert_null(fixture_get(f, "status/sync"));
    fixture_put(f, "nb/logical_switch/n1", "{}");
    fixture_put(f, "nb/sync/me", "{\"wait\":\"sb\"}");
    int64_t r = store_memory_revision(f->store);

    fixture_settle(f, s);
    assert_true(number(fixture_get(f, "status/sync"), "sb_revision") >= r);
    assert_null(fixture_get(f, "sb/sync"));     /* No agent need look. */

    fixture_put(f, "chassis/hv1/alive", "{}");
    fixture_put(f, "chassis/hv2/alive", "{}");
    fixture_put(f, "nb/sync/me", "{\"wait\":\"hv\"}");
    r = store_memory_revision(f->store);
    fixture_settle(f, s);
    int64_t sync = number(fixture_get(f, "sb/sync"), "revision");

    assert_true(sync >= r);
    assert_true(number(fixture_get(f, "status/sync"), "sb_revision") >= r);
    assert_int_equal(number(fixture_get(f, "status/sync"), "hv_revision"), 0);
    assert_non_null(strstr(fixture_get(f, "status/sync"),
                           "\"behind\":[\"hv1\",\"hv2\"]"));
    char *applied = xasprintf("{\"revision\":%"PRId64"}", sync);

    fixture_put(f, "chassis/hv1/sync", applied);
    fixture_pass_time(f, 300);
    fixture_settle(f, s);
    assert_non_null(strstr(fixture_get(f, "status/sync"),
                           "\"behind\":[\"hv2\"]"));
    fixture_put(f, "chassis/hv2/sync", applied);
    fixture_settle(f, s);
    assert_int_equal(number(fixture_get(f, "status/sync"), "hv_revision"),
                     sync);
    assert_null(strstr(fixture_get(f, "status/sync"), "behind"));
    fixture_delete(f, "chassis/hv2/alive");
    fixture_delete(f, "chassis/hv2/sync");
    fixture_settle(f, s);
    free(applied);
    /* A new leader does not answer old tokens again. */
    fixture_stop(s);
    fixture_pass_time(f, 20);
    s = fixture_start(f, "b");
    fixture_settle(f, s);
    assert_int_equal(translator_stats(s->translator).n_txns, 0);
    fixture_stop(s);
}

/* The next token says what was written since the last. */
static void
test_sync_lists_rows(void **state)
{
    struct fixture *f = *state;
    struct subject *s = fixture_start(f, "a");

    fixture_put(f, "nb/logical_switch/n1", "{}");
    fixture_put(f, "nb/logical_switch/n2", "{}");
    fixture_put(f, "nb/sync/me", "{}");
    fixture_settle(f, s);
    int64_t first = number(fixture_get(f, "sb/sync"), "revision");

    assert_true(first > 0);
    assert_int_equal(number(fixture_get(f, "sb/sync"), "previous"), 0);

    fixture_put(f, "nb/logical_switch_port/p", "{\"switch\":\"n1\"}");
    int64_t before = store_memory_revision(f->store);

    fixture_put(f, "nb/sync/me", "{\"wait\":\"hv\"}");
    fixture_settle(f, s);
    const char *sync = fixture_get(f, "sb/sync");
    int64_t second = number(sync, "revision");

    assert_int_equal(number(sync, "previous"), first);
    assert_true(number(sync, "dp/switch:n1") >= first);
    assert_true(number(sync, "dp/switch:n1")
                <= store_memory_revision(f->store));
    assert_null(strstr(sync, "dp/switch:n2"));
    assert_true(second >= before);

    /* Rows of a batch without a token count too; too many are not listed. */
    fixture_put(f, "nb/logical_switch_port/q", "{\"switch\":\"n2\"}");
    fixture_settle(f, s);
    fixture_put(f, "nb/sync/me", "{}");
    fixture_settle(f, s);
    sync = fixture_get(f, "sb/sync");
    assert_int_equal(number(sync, "previous"), second);
    assert_true(number(sync, "dp/switch:n2") > 0);
    assert_null(strstr(sync, "dp/switch:n1"));
    for (int i = 0; i < 70; i++) {
        char *key = xasprintf("nb/logical_switch/m%d", i);

        fixture_put(f, key, "{}");
        free(key);
    }
    fixture_put(f, "nb/sync/me", "{\"wait\":\"hv\"}");
    fixture_settle(f, s);
    sync = fixture_get(f, "sb/sync");
    assert_null(strstr(sync, "previous"));
    assert_null(strstr(sync, "rows"));
    fixture_stop(s);
}

int
main(void)
{
#define TEST(NAME) \
    cmocka_unit_test_setup_teardown(NAME, fixture_set_up, fixture_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_store_faults),
        TEST(test_too_large_is_skipped),
        TEST(test_lost_history),
        TEST(test_garbage_changes_nothing),
        TEST(test_sync_tokens),
        TEST(test_sync_lists_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
