/* Watch sets, on the in-memory store and its faults. */
#include <config.h>

#include "tests/unit/store_fixture.h"

#include <string.h>

#include "lib/loop.h"

static bool
is_done(void *f_)
{
    struct fixture *f = f_;

    return f->done;
}

static void
log_events(struct store_watch *watch OVS_UNUSED,
           const struct store_event *events, size_t n_events, int64_t revision,
           void *f_)
{
    struct fixture *f = f_;

    ds_put_format(&f->log, "to %d:", (int) revision);
    for (size_t i = 0; i < n_events; i++) {
        const struct store_kv *kv = &events[i].kv;

        if (events[i].type == STORE_EVENT_PUT) {
            ds_put_format(&f->log, " %s=%s@%d", kv->key.data, kv->value.data,
                          (int) kv->mod_revision);
        } else {
            ds_put_format(&f->log, " -%s@%d", kv->key.data,
                          (int) kv->mod_revision);
        }
    }
    ds_put_char(&f->log, '\n');
}

static void
log_synced(struct store_watch *watch OVS_UNUSED, int64_t revision, void *f_)
{
    struct fixture *f = f_;

    ds_put_format(&f->log, "synced %d\n", (int) revision);
    f->done = true;
}

static void
log_trouble(struct store_watch *watch OVS_UNUSED, int error,
            const struct err *err OVS_UNUSED, void *f_)
{
    struct fixture *f = f_;

    ds_put_format(&f->log, "trouble: %s\n", err_text(error));
}

static const struct store_watch_ops LOG_OPS = {
    .events = log_events,
    .synced = log_synced,
    .trouble = log_trouble,
};

static void
test_watch(void **state)
{
    struct fixture *f = *state;
    struct store_watch_set *set = store_watch_set_create(f->store, &LOG_OPS);
    struct store_watch *watch;

    store_memory_put_now(f->store, "/a/1", "x");
    store_memory_put_now(f->store, "/b/1", "x");
    watch = store_watch_add_prefix(set, bytes("/a/"), f);
    assert_false(store_watch_is_synced(watch));
    settle(f);
    assert_log(f, "to 3: /a/1=x@2\nsynced 3\n");
    assert_true(store_watch_is_synced(watch));

    store_memory_put_now(f->store, "/a/2", "y");
    store_memory_put_now(f->store, "/b/2", "y");
    store_memory_delete_now(f->store, "/a/1");
    settle(f);
    assert_log(f, "to 6: /a/2=y@4 -/a/1@6\n");
    assert_int_equal(store_watch_revision(watch), 6);

    store_watch_drop(watch);
    store_memory_put_now(f->store, "/a/2", "z");
    settle(f);
    assert_log(f, "");
    store_watch_set_destroy(set);
}

static void
test_watch_tree(void **state)
{
    struct fixture *f = *state;
    struct store_watch_set *set = store_watch_set_create(f->store, &LOG_OPS);

    store_memory_put_now(f->store, "/dp/a", "row");
    store_memory_put_now(f->store, "/dp/a-b", "other");
    store_memory_put_now(f->store, "/dp/a/port/1", "p");
    store_memory_put_now(f->store, "/dp/a0", "other");
    store_watch_add_tree(set, bytes("/dp/a"), f);
    settle(f);
    assert_log(f, "to 5: /dp/a=row@2 /dp/a/port/1=p@4\nsynced 5\n");
    store_memory_put_now(f->store, "/dp/a-b", "other");
    store_memory_delete_now(f->store, "/dp/a-b");
    settle(f);
    assert_log(f, "");
    store_memory_put_now(f->store, "/dp/a", "row2");
    settle(f);
    assert_log(f, "to 8: /dp/a=row2@8\n");
    store_watch_set_destroy(set);
}

/* What a watch tells after its connection was lost: what it missed. */
static void
test_watch_resumes(void **state)
{
    struct fixture *f = *state;
    struct store_watch_set *set = store_watch_set_create(f->store, &LOG_OPS);
    struct store_stats stats;

    store_memory_put_now(f->store, "/a", "x");
    store_watch_add_prefix(set, bytes("/"), f);
    settle(f);
    assert_log(f, "to 2: /a=x@2\nsynced 2\n");
    store_memory_break_watches(f->store);
    store_memory_put_now(f->store, "/a", "y");
    store_memory_delete_now(f->store, "/a");
    settle(f);
    assert_log(f, "to 4: /a=y@3 -/a@4\n");
    store_get_stats(f->store, &stats);
    assert_int_equal(stats.n_resyncs, 0);
    store_watch_set_destroy(set);
}

static void
test_watch_compacted(void **state)
{
    struct fixture *f = *state;
    struct store_watch_set *set = store_watch_set_create(f->store, &LOG_OPS);
    struct store_stats stats;

    store_memory_put_now(f->store, "/gone", "1");
    store_memory_put_now(f->store, "/same", "1");
    store_memory_put_now(f->store, "/changed", "1");
    store_watch_add_prefix(set, bytes("/"), f);
    settle(f);
    ds_clear(&f->log);

    store_memory_hold_watches(f->store, true);
    store_memory_delete_now(f->store, "/gone");
    store_memory_put_now(f->store, "/changed", "2");
    store_memory_put_now(f->store, "/new", "1");
    store_memory_put_now(f->store, "/passing", "1");
    store_memory_delete_now(f->store, "/passing");
    store_memory_compact(f->store, 0);
    store_memory_hold_watches(f->store, false);
    settle(f);
    assert_log(f, "to 9: /changed=2@6 /new=1@7 -/gone@9\n");
    store_get_stats(f->store, &stats);
    assert_int_equal(stats.n_resyncs, 1);
    store_watch_set_destroy(set);
}

/* An older copy of the store is restored: its revision goes back, and then
 * perhaps beyond what had been reported. */
static void
check_restored(struct fixture *f, bool other_cluster, bool overtakes)
{
    struct store_watch_set *set = store_watch_set_create(f->store, &LOG_OPS);
    struct store_memory_snapshot *snapshot;

    store_memory_put_now(f->store, "/kept", "1");
    store_memory_put_now(f->store, "/deleted", "1");
    snapshot = store_memory_snapshot(f->store);
    store_watch_add_prefix(set, bytes("/"), f);
    settle(f);
    assert_log(f, "to 3: /deleted=1@3 /kept=1@2\nsynced 3\n");
    store_memory_delete_now(f->store, "/deleted");
    store_memory_put_now(f->store, "/lost", "1");
    settle(f);
    assert_log(f, "to 5: -/deleted@4 /lost=1@5\n");

    store_memory_restore(f->store, snapshot, other_cluster);
    if (overtakes) {
        /* Other values at the revisions that were seen, and one more. */
        store_memory_put_now(f->store, "/x", "1");
        store_memory_put_now(f->store, "/lost", "2");
        store_memory_put_now(f->store, "/y", "1");
    }
    settle(f);
    if (overtakes) {
        assert_log(f, "to 6: /deleted=1@3 /lost=2@5 /x=1@4 /y=1@6\n");
    } else {
        assert_log(f, "to 3: /deleted=1@3 -/lost@3\n");
    }
    store_memory_put_now(f->store, "/after", "1");
    settle(f);
    assert_log(f, overtakes ? "to 7: /after=1@7\n" : "to 4: /after=1@4\n");
    store_memory_snapshot_destroy(snapshot);
    store_watch_set_destroy(set);
}

static void
test_watch_restored(void **state)
{
    check_restored(*state, false, false);
}

static void
test_watch_restored_and_overtaken(void **state)
{
    check_restored(*state, false, true);
}

static void
test_watch_other_cluster(void **state)
{
    check_restored(*state, true, false);
}

static void
test_watch_other_cluster_overtaken(void **state)
{
    check_restored(*state, true, true);
}

static void
test_watch_trouble(void **state)
{
    struct fixture *f = *state;
    struct store_watch_set *set = store_watch_set_create(f->store, &LOG_OPS);

    store_memory_fail(f->store, 3, -WEFT_E_DENIED);
    store_memory_put_now(f->store, "/a", "x");
    store_watch_add_prefix(set, bytes("/"), f);
    assert_int_equal(loop_run_until(&f->loop, is_done, f, 5000), 0);
    assert_log(f, "trouble: permission denied\nto 2: /a=x@2\nsynced 2\n");
    store_watch_set_destroy(set);
}

struct dropper {
    struct fixture *f;
    struct store_watch_set *set;
    enum { DROP_WATCH, DROP_SET, DROP_STORE } what;
};

static void
drop_on_events(struct store_watch *watch,
               const struct store_event *events, size_t n_events,
               int64_t revision OVS_UNUSED, void *dropper_)
{
    struct dropper *dropper = dropper_;

    switch (dropper->what) {
    case DROP_WATCH:
        store_watch_drop(watch);
        break;
    case DROP_SET:
        store_watch_set_destroy(dropper->set);
        break;
    case DROP_STORE:
        store_destroy(dropper->f->store);
        dropper->f->store = NULL;
        break;
    }
    /* What was lent stays until the callback returns. */
    for (size_t i = 0; i < n_events; i++) {
        ds_put_format(&dropper->f->log, "%s\n", events[i].kv.key.data);
    }
}

static void
fail_on_synced(struct store_watch *watch OVS_UNUSED,
               int64_t revision OVS_UNUSED, void *dropper OVS_UNUSED)
{
    fail_msg("a dropped watch was told more");
}

static void
test_dropped_in_callback(void **state)
{
    static const struct store_watch_ops ops = {
        .events = drop_on_events, .synced = fail_on_synced,
    };
    struct fixture *f = *state;

    store_memory_put_now(f->store, "/a", "x");
    for (int what = DROP_WATCH; what <= DROP_STORE; what++) {
        struct dropper dropper = { .f = f, .what = what };

        dropper.set = store_watch_set_create(f->store, &ops);
        store_watch_add_prefix(dropper.set, bytes("/"), &dropper);
        settle(f);
        assert_log(f, "/a\n");
        if (what == DROP_WATCH) {
            store_watch_set_destroy(dropper.set);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_watch),
        TEST(test_watch_tree),
        TEST(test_watch_resumes),
        TEST(test_watch_compacted),
        TEST(test_watch_restored),
        TEST(test_watch_restored_and_overtaken),
        TEST(test_watch_other_cluster),
        TEST(test_watch_other_cluster_overtaken),
        TEST(test_watch_trouble),
        TEST(test_dropped_in_callback),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
