/* The southbound as a node follows it, over the in-memory store: needs come
 * and go, batches are whole, and an empty store takes nothing away. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "agent_support.h"
#include "lib/loop.h"
#include "node-agent/sb_cache.h"
#include "node-agent/sb_cache_private.h"
#include "store/memory.h"
#include "store/store.h"
#include "timeval.h"

struct fixture {
    uv_loop_t loop;
    struct store *store;
    struct engine engine;
    struct sb_cache *cache;
    long long int now_ms;       /* Added to the clock. */
    int64_t synced;             /* The last sync token told. */
    bool answered;
};

static void
on_sync(const struct sb_sync *sync, void *f_)
{
    struct fixture *f = f_;

    f->synced = sync->revision;
}

static void
on_set(const char *name, void *f_)
{
    struct fixture *f = f_;

    engine_set_changed(&f->engine, name);
}

static void
on_meter(const char *name, void *f_)
{
    struct fixture *f = f_;

    engine_meter_changed(&f->engine, name);
}

static const struct sb_cache_ops ops = { on_sync, on_set, on_meter };

static bool
never(void *aux)
{
    (void) aux;
    return false;
}

/* Lets things happen; 'ms' go by on the cache's clock. */
static void
run(struct fixture *f, int ms)
{
    f->now_ms += ms;
    for (int i = 0; i < 10; i++) {
        loop_run_until(&f->loop, never, NULL, 3);
        sb_cache_run(f->cache, time_msec() + f->now_ms);
        engine_run(&f->engine);
    }
}

static int
set_up(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    uv_loop_init(&f->loop);
    f->store = store_memory_create(&f->loop);
    engine_init(&f->engine, "hv1");
    f->cache = sb_cache_create(f->store, "/w", &f->engine.model, &ops, f);
    *state = f;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    sb_cache_destroy(f->cache);
    engine_destroy(&f->engine);
    store_destroy(f->store);
    loop_run_until(&f->loop, never, NULL, 100);
    uv_loop_close(&f->loop);
    free(f);
    return 0;
}

static void
on_done(int error, const struct err *err,
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
              store_bytes_from_string(value), 0, on_done, f);
    assert_int_equal(loop_run_until(&f->loop, is_answered, f, 1000), 0);
}

static void
delete_prefix(struct fixture *f, const char *prefix)
{
    char *end;
    struct store_range range
        = store_prefix_range(store_bytes_from_string(prefix), &end);

    f->answered = false;
    store_delete(f->store, &range, on_done, f);
    assert_int_equal(loop_run_until(&f->loop, is_answered, f, 1000), 0);
    free(end);
}

/* A node with one datapath and a common flow. */
static void
fill(struct fixture *f)
{
    put(f, "/w/sb/common/switch",
        "{\"flows\":[[\"ls_in_l2_unknown\",0,\"1\",\"output;\"]]}");
    put(f, "/w/sb/chassis/hv2",
        "{\"encaps\":[{\"type\":\"geneve\",\"ip\":\"10.0.0.2\"}]}");
    put(f, "/w/sb/dp/switch:n1/port/ap",
        "{\"tunnel_key\":1,\"chassis\":\"hv1\"}");
    put(f, "/w/sb/dp/switch:n1",
        "{\"tunnel_key\":5,\"type\":\"switch\",\"version\":1}");
    put(f, "/w/sb/node/hv1/dp/switch:n1", "{}");
    run(f, 0);
}

static void
test_need_is_followed(void **state)
{
    struct fixture *f = *state;

    run(f, 0);
    assert_false(sb_cache_is_complete(f->cache));
    fill(f);
    assert_true(sb_cache_is_complete(f->cache));
    assert_non_null(model_lport(&f->engine.model, "ap"));
    assert_int_equal(count_flows(&f->engine, "table=34,priority=0,"
                                             "metadata=0x5"), 1);
    assert_non_null(shash_find(&f->engine.model.remote_chassis, "hv2"));
}

/* However long listing takes, what was not listed is not believed to be
 * missing: its flows would be taken out of the switch. */
static void
test_listing_takes_its_time(void **state)
{
    struct fixture *f = *state;

    put(f, "/w/sb/common/switch", "{\"flows\":[]}");
    put(f, "/w/sb/node/hv1/dp/switch:missing", "{}");
    run(f, 0);
    store_memory_hold(f->store, true);
    sb_cache_follow(f->cache, "switch:n1", false);
    run(f, 60000);
    assert_false(sb_cache_is_complete(f->cache));
    store_memory_hold(f->store, false);
    run(f, 0);
    run(f, 9000);
    assert_false(sb_cache_is_complete(f->cache));
    run(f, 2000);
    assert_true(sb_cache_is_complete(f->cache));
}

static void
test_batch_is_whole(void **state)
{
    struct fixture *f = *state;

    fill(f);
    put(f, "/w/sb/dp/switch:n1/port/bp",
        "{\"tunnel_key\":2,\"chassis\":\"hv2\"}");
    run(f, 0);
    assert_null(model_lport(&f->engine.model, "bp"));
    put(f, "/w/sb/dp/switch:n1",
        "{\"tunnel_key\":5,\"type\":\"switch\",\"version\":2}");
    run(f, 0);
    assert_non_null(model_lport(&f->engine.model, "bp"));
}

static void
test_need_goes_after_a_while(void **state)
{
    struct fixture *f = *state;

    fill(f);
    delete_prefix(f, "/w/sb/node/hv1/dp/");
    run(f, 0);
    assert_non_null(model_datapath(&f->engine.model, "switch:n1"));
    run(f, 2000);
    assert_null(model_datapath(&f->engine.model, "switch:n1"));
    assert_int_equal(count_flows(&f->engine, "metadata=0x5"), 0);
}

static void
test_empty_store_takes_nothing(void **state)
{
    struct fixture *f = *state;

    fill(f);
    delete_prefix(f, "/w/sb/");
    run(f, 0);
    run(f, 5000);
    run(f, 60000);
    assert_true(sb_cache_is_frozen(f->cache));
    assert_non_null(model_lport(&f->engine.model, "ap"));
    assert_int_equal(count_flows(&f->engine, "table=34,priority=0,"
                                             "metadata=0x5"), 1);
    assert_non_null(shash_find(&f->engine.model.remote_chassis, "hv2"));

    /* It comes back, with one port less. */
    fill(f);
    run(f, 2000);
    run(f, 2000);
    assert_false(sb_cache_is_frozen(f->cache));
    assert_non_null(model_lport(&f->engine.model, "ap"));
}

static void
test_chassis_goes_after_a_while(void **state)
{
    struct fixture *f = *state;

    fill(f);
    delete_prefix(f, "/w/sb/chassis/hv2");
    run(f, 0);
    assert_non_null(shash_find(&f->engine.model.remote_chassis, "hv2"));
    run(f, 2000);
    assert_null(shash_find(&f->engine.model.remote_chassis, "hv2"));
}

static void
test_malformed_rows_are_left_out(void **state)
{
    struct fixture *f = *state;

    fill(f);
    put(f, "/w/sb/dp/switch:n1/port/bad", "{\"tunnel_key\":\"x\"}");
    put(f, "/w/sb/dp/switch:n1/flow/bad", "[");
    put(f, "/w/sb/dp/switch:n1/port/%zz", "{}");
    put(f, "/w/sb/dp/switch:n1",
        "{\"tunnel_key\":5,\"type\":\"switch\",\"version\":2}");
    run(f, 0);
    assert_null(model_lport(&f->engine.model, "bad"));
    assert_non_null(model_lport(&f->engine.model, "ap"));
}

static void
test_sets(void **state)
{
    struct fixture *f = *state;

    fill(f);
    put(f, "/w/sb/set/address_set:web/0", "{\"members\":[\"10.0.0.1\"]}");
    put(f, "/w/sb/set/address_set:web", "{\"version\":1}");
    put(f, "/w/sb/node/hv1/set/address_set:web", "{}");
    put(f, "/w/sb/dp/switch:n1/flow/acl:1",
        "{\"flows\":[[\"ls_in_acl\",5,\"ip4.src == $web\",\"drop;\"]]}");
    put(f, "/w/sb/dp/switch:n1",
        "{\"tunnel_key\":5,\"type\":\"switch\",\"version\":2}");
    run(f, 0);
    assert_int_equal(count_flows(&f->engine, "nw_src=10.0.0."), 1);
    put(f, "/w/sb/set/address_set:web/0",
        "{\"members\":[\"10.0.0.1\",\"10.0.0.3\"]}");
    put(f, "/w/sb/set/address_set:web", "{\"version\":2}");
    run(f, 0);
    assert_int_equal(count_flows(&f->engine, "nw_src=10.0.0."), 2);
}

static void
test_sync_token(void **state)
{
    struct fixture *f = *state;

    fill(f);
    put(f, "/w/sb/sync", "{\"revision\":77}");
    run(f, 0);
    assert_int_equal(f->synced, 77);
    assert_true(sb_cache_has(f->cache, "/w/sb/dp/switch:n1", 1));
    assert_false(sb_cache_has(f->cache, "/w/sb/dp/switch:n1", 1000));
    assert_true(sb_cache_has(f->cache, "/w/sb/dp/switch:other", 1000));
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_need_is_followed),
        TEST(test_listing_takes_its_time),
        TEST(test_batch_is_whole),
        TEST(test_need_goes_after_a_while),
        TEST(test_empty_store_takes_nothing),
        TEST(test_chassis_goes_after_a_while),
        TEST(test_malformed_rows_are_left_out),
        TEST(test_sets),
        TEST(test_sync_token),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
