/* The sync token at an agent, over the in-memory store: what it has to have
 * heard, and that many agents do not read for it at once. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "lib/loop.h"
#include "node-agent/installer.h"
#include "node-agent/model.h"
#include "node-agent/own.h"
#include "node-agent/sb_cache.h"
#include "node-agent/sets.h"
#include "node-agent/sync.h"
#include "store/store.h"
#include "timeval.h"
#include "util.h"

struct fixture {
    uv_loop_t loop;
    struct store *store;
    struct flow_table flows;
    struct model model;
    struct sb_cache *cache;
    struct own *own;
    struct sync *sync;
    bool answered;
};

/* A switch that has everything at once. */
uint64_t
installer_mark(struct installer *installer)
{
    (void) installer;
    return 1;
}

uint64_t
installer_done(const struct installer *installer)
{
    (void) installer;
    return 1;
}

void
installer_run(struct installer *installer)
{
    (void) installer;
}

static void
on_sync(const struct sb_sync *token, void *f_)
{
    struct fixture *f = f_;

    sync_token(f->sync, token);
}

static void
on_changed(const char *name, void *f)
{
    (void) name;
    (void) f;
}

static void
apply(void *f)
{
    (void) f;
}

static const struct sb_cache_ops ops = { on_sync, on_changed, on_changed };

static bool
never(void *aux)
{
    (void) aux;
    return false;
}

static void
run(struct fixture *f)
{
    for (int i = 0; i < 10; i++) {
        loop_run_until(&f->loop, never, NULL, 3);
        sb_cache_run(f->cache, time_msec());
        sync_run(f->sync);
        own_run(f->own);
    }
}

static int
set_up(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    uv_loop_init(&f->loop);
    f->store = store_memory_create(&f->loop);
    flow_table_init(&f->flows);
    model_init(&f->model, "hv1", &f->flows);
    f->cache = sb_cache_create(f->store, "/w", &f->model, &ops, f);
    f->own = own_create(f->store, "/w", "hv1", 30);
    own_linger(f->own);
    f->sync = sync_create(f->store, f->cache, NULL, f->own, apply, f);
    *state = f;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    sync_destroy(f->sync);
    own_destroy(f->own);
    sb_cache_destroy(f->cache);
    sets_destroy(&f->model);
    model_destroy(&f->model);
    flow_table_destroy(&f->flows);
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
    loop_run_until(&f->loop, is_answered, f, 5000);
}

static void
put_chassis(struct fixture *f, int n)
{
    for (int i = 1; i <= n; i++) {
        char *key = xasprintf("/w/sb/chassis/hv%d", i);

        put(f, key, "{\"encaps\":[{\"type\":\"geneve\","
                    "\"ip\":\"10.0.0.1\"}]}");
        free(key);
    }
}

/* The first token is read for; the next one says what was written. */
static void
test_reading_and_listed(void **state)
{
    struct fixture *f = *state;

    put_chassis(f, 1);
    run(f);
    put(f, "/w/sb/sync", "{\"revision\":77}");
    run(f);
    assert_int_equal(sync_reported(f->sync), 77);
    assert_string_equal(own_get(f->own, "sync"), "{\"revision\":77}");

    /* It waits for what is listed. */
    put(f, "/w/sb/node/hv1/dp/switch:n1", "{}");
    put(f, "/w/sb/dp/switch:n1",
        "{\"tunnel_key\":1,\"type\":\"switch\",\"version\":1}");
    run(f);
    put(f, "/w/sb/sync", "{\"revision\":78,\"previous\":77,"
                         "\"rows\":{\"dp/switch:n1\":30}}");
    run(f);
    assert_string_equal(sync_state(f->sync), "hearing");
    assert_int_equal(sync_reported(f->sync), 77);
    for (int i = 0; i < 30; i++) {
        put(f, "/w/sb/dp/switch:n1",
            i % 2 ? "{\"tunnel_key\":1,\"type\":\"switch\",\"version\":1}"
            : "{\"tunnel_key\":1,\"type\":\"switch\",\"version\":2}");
    }
    run(f);
    assert_int_equal(sync_reported(f->sync), 78);

    /* One that it cannot know of is read for, one that comes meanwhile too:
     * only the last is reported. */
    put(f, "/w/sb/sync", "{\"revision\":90,\"previous\":89}");
    put(f, "/w/sb/sync", "{\"revision\":91,\"previous\":90}");
    run(f);
    assert_int_equal(sync_reported(f->sync), 91);
    assert_string_equal(sync_state(f->sync), "idle");
}

/* Where there are many agents each waits for a moment of its own: with so
 * many here the chance that it is now is nil. */
static void
test_many_agents_are_spread(void **state)
{
    struct fixture *f = *state;

    put_chassis(f, 400);
    run(f);
    assert_int_equal(sb_cache_n_chassis(f->cache), 400);
    for (int i = 0; i < 4; i++) {
        char *token = xasprintf("{\"revision\":%d}", 100 + i);
        long long int since = time_msec();

        put(f, "/w/sb/sync", token);
        free(token);
        loop_run_until(&f->loop, never, NULL, 3);
        if (!strcmp(sync_state(f->sync), "waiting to read")) {
            while (sync_reported(f->sync) < 100 + i
                   && time_msec() < since + 5000) {
                run(f);
            }
            assert_int_equal(sync_reported(f->sync), 100 + i);
            return;
        }
    }
    fail_msg("no token was waited with");
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_reading_and_listed),
        TEST(test_many_agents_are_spread),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
