/* The in-memory store, and with it everything that is built once over both
 * implementations: paging, transactions, leases, elections, watch sets. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/loop.h"
#include "openvswitch/dynamic-string.h"
#include "store/memory.h"
#include "store/store.h"
#include "util.h"

struct fixture {
    uv_loop_t loop;
    struct store *store;
    struct ds log;              /* What the callbacks were told. */
    bool done;
};

/* Turns the loop until nothing happens any more at once. */
static void
settle(struct fixture *f)
{
    for (int i = 0; i < 50; i++) {
        uv_run(&f->loop, UV_RUN_NOWAIT);
    }
}

static int
set_up(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    uv_loop_init(&f->loop);
    f->store = store_memory_create(&f->loop);
    ds_init(&f->log);
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
    ds_destroy(&f->log);
    free(f);
    return 0;
}

static struct store_bytes
bytes(const char *text)
{
    return store_bytes_from_string(text);
}

static bool
is_done(void *f_)
{
    struct fixture *f = f_;

    return f->done;
}

#define assert_log(F, EXPECTED)                                 \
    do {                                                        \
        assert_string_equal(ds_cstr(&(F)->log), EXPECTED);      \
        ds_clear(&(F)->log);                                    \
    } while (0)

/* ---- Ranges and transactions ------------------------------------------ */

static void
log_range(int error, const struct err *err OVS_UNUSED,
          const struct store_range_result *result, void *f_)
{
    struct fixture *f = f_;

    if (error) {
        ds_put_format(&f->log, "%s\n", err_text(error));
        return;
    }
    for (size_t i = 0; i < result->n_kvs; i++) {
        const struct store_kv *kv = &result->kvs[i];

        ds_put_format(&f->log, "%s=%s c%d m%d v%d\n", kv->key.data,
                      kv->value.data, (int) kv->create_revision,
                      (int) kv->mod_revision, (int) kv->version);
    }
    ds_put_format(&f->log, "count %d at %d%s\n", (int) result->count,
                  (int) result->revision, result->more ? " more" : "");
}

static void
get(struct fixture *f, const char *prefix,
    const struct store_range_options *options)
{
    struct store_range range;
    char *end;

    range = store_prefix_range(bytes(prefix), &end);
    store_get_range(f->store, &range, options, log_range, f);
    free(end);
    assert_log(f, "");
    settle(f);
}

static void
test_range(void **state)
{
    struct fixture *f = *state;

    store_memory_set_limits(f->store, 0, 0, 2);
    for (int i = 0; i < 5; i++) {
        char key[] = { '/', 'a', '/', '0' + i, '\0' };

        store_memory_put_now(f->store, key, "x");
    }
    store_memory_put_now(f->store, "/a/3", "y");
    store_memory_put_now(f->store, "/b", "z");
    store_memory_delete_now(f->store, "/a/0");

    get(f, "/a/", NULL);
    assert_log(f, "/a/1=x c3 m3 v1\n/a/2=x c4 m4 v1\n/a/3=y c5 m7 v2\n"
               "/a/4=x c6 m6 v1\ncount 4 at 9\n");
    get(f, "/a/", &(struct store_range_options) { .limit = 3 });
    assert_log(f, "/a/1=x c3 m3 v1\n/a/2=x c4 m4 v1\n/a/3=y c5 m7 v2\n"
               "count 4 at 9 more\n");
    get(f, "/a/", &(struct store_range_options) { .revision = 4 });
    assert_log(f, "/a/0=x c2 m2 v1\n/a/1=x c3 m3 v1\n/a/2=x c4 m4 v1\n"
               "count 3 at 4\n");
    get(f, "/a/", &(struct store_range_options) { .count_only = true });
    assert_log(f, "count 4 at 9\n");
    get(f, "/a/3", &(struct store_range_options) { .keys_only = true });
    assert_log(f, "/a/3= c5 m7 v2\ncount 1 at 9\n");
    get(f, "/none", NULL);
    assert_log(f, "count 0 at 9\n");

    get(f, "/a/", &(struct store_range_options) { .revision = 10 });
    assert_log(f, "revision has been compacted\n");
    store_memory_compact(f->store, 8);
    get(f, "/a/", &(struct store_range_options) { .revision = 7 });
    assert_log(f, "revision has been compacted\n");
    get(f, "/a/3", NULL);
    assert_log(f, "/a/3=y c5 m7 v2\ncount 1 at 9\n");
}

/* A range whose second page is no longer at the revision of the first. */
static void
test_range_is_consistent(void **state)
{
    struct fixture *f = *state;
    struct store_range range = { bytes("/"), bytes("0") };

    store_memory_set_limits(f->store, 0, 0, 1);
    store_memory_put_now(f->store, "/1", "old");
    store_memory_put_now(f->store, "/2", "old");
    store_get_range(f->store, &range, NULL, log_range, f);
    uv_run(&f->loop, UV_RUN_NOWAIT);
    store_memory_put_now(f->store, "/2", "new");
    settle(f);
    assert_log(f, "/1=old c2 m2 v1\n/2=old c3 m3 v1\ncount 2 at 3\n");
}

static void
log_txn(int error, const struct err *err,
        const struct store_txn_result *result, void *f_)
{
    struct fixture *f = f_;

    if (error) {
        ds_put_format(&f->log, "%s: %s\n", err_text(error), err->message);
        return;
    }
    ds_put_format(&f->log, "%s at %d, %d deleted\n",
                  result->succeeded ? "done" : "not done",
                  (int) result->revision, (int) result->n_deleted);
    for (size_t i = 0; i < result->n_gets; i++) {
        log_range(0, NULL, &result->gets[i], f);
    }
}

static void
test_txn(void **state)
{
    struct fixture *f = *state;
    struct store_range all = { bytes("/"), bytes("0") };
    struct store_range one = { bytes("/a"), { NULL, 0 } };
    struct store_txn *txn = store_txn_create();

    store_txn_compare(txn, bytes("/a"), STORE_COMPARE_CREATE, STORE_EQUAL, 0);
    store_txn_put(txn, bytes("/a"), bytes("1"), 0);
    store_txn_put(txn, bytes("/b"), bytes("2"), 0);
    store_txn_get(txn, &all);
    store_txn_else_get(txn, &one);
    assert_int_equal(store_txn_n_ops(txn), 3);
    assert_true(store_txn_size(txn) > 4 * 20);
    store_txn_commit(f->store, txn, log_txn, f);
    settle(f);
    assert_log(f, "done at 2, 0 deleted\n/a=1 c2 m2 v1\n/b=2 c2 m2 v1\n"
               "count 2 at 2\n");

    txn = store_txn_create();
    store_txn_compare(txn, bytes("/a"), STORE_COMPARE_MOD, STORE_LESS, 2);
    store_txn_put(txn, bytes("/a"), bytes("3"), 0);
    store_txn_else_get(txn, &one);
    store_txn_commit(f->store, txn, log_txn, f);
    settle(f);
    assert_log(f, "not done at 2, 0 deleted\n/a=1 c2 m2 v1\ncount 1 at 2\n");

    store_delete(f->store, &all, log_txn, f);
    settle(f);
    assert_log(f, "done at 3, 2 deleted\n");
    store_delete(f->store, &all, log_txn, f);
    settle(f);
    assert_log(f, "done at 3, 0 deleted\n");
}

static void
test_txn_refused(void **state)
{
    struct fixture *f = *state;
    struct store_txn *txn = store_txn_create();
    char *large = xmalloc(2000000);

    store_txn_put(txn, bytes("/a"), bytes("1"), 0);
    store_txn_put(txn, bytes("/a"), bytes("2"), 0);
    store_txn_commit(f->store, txn, log_txn, f);
    settle(f);
    assert_log(f, "invalid value: duplicate key given in txn request\n");

    store_memory_set_limits(f->store, 2, 0, 0);
    txn = store_txn_create();
    for (int i = 0; i < 3; i++) {
        char key[] = { '/', '0' + i, '\0' };

        store_txn_put(txn, bytes(key), bytes(""), 0);
    }
    store_txn_commit(f->store, txn, log_txn, f);
    assert_log(f, "");
    settle(f);
    assert_log(f,
               "too large: 3 operations in one transaction, 2 are allowed\n");

    memset(large, 'x', 2000000);
    store_put(f->store, bytes("/a"), (struct store_bytes) { large, 2000000 },
              0, log_txn, f);
    settle(f);
    assert_memory_equal(ds_cstr(&f->log), "too large: ", 11);
    ds_clear(&f->log);
    free(large);

    store_put(f->store, bytes("/a"), bytes("x"), 4711, log_txn, f);
    settle(f);
    assert_log(f, "not found: requested lease not found\n");
    assert_int_equal(store_memory_revision(f->store), 1);
}

static void
test_faults(void **state)
{
    struct fixture *f = *state;
    struct store_op *op;

    store_memory_fail(f->store, 1, -WEFT_E_UNAVAILABLE);
    store_put(f->store, bytes("/a"), bytes("1"), 0, log_txn, f);
    settle(f);
    assert_log(f, "not available now: not available now\n");
    assert_null(store_memory_get_now(f->store, "/a"));

    store_memory_lose_answers(f->store, 1, -WEFT_E_UNKNOWN);
    store_put(f->store, bytes("/a"), bytes("1"), 0, log_txn, f);
    settle(f);
    assert_log(f, "outcome unknown: outcome unknown\n");
    assert_string_equal(store_memory_get_now(f->store, "/a"), "1");

    store_memory_hold(f->store, true);
    op = store_put(f->store, bytes("/a"), bytes("2"), 0, log_txn, f);
    settle(f);
    assert_log(f, "");
    assert_false(store_is_idle(f->store));
    store_memory_hold(f->store, false);
    settle(f);
    assert_log(f, "done at 3, 0 deleted\n");

    op = store_put(f->store, bytes("/a"), bytes("3"), 0, log_txn, f);
    store_op_cancel(op);
    settle(f);
    assert_log(f, "");
    assert_true(store_is_idle(f->store));
}

/* ---- Watch sets ------------------------------------------------------- */

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

/* ---- Leases and elections --------------------------------------------- */

static void
log_lease(int64_t id, void *f_)
{
    struct fixture *f = f_;

    ds_put_format(&f->log, "lease %d\n", (int) id);
}

static void
test_lease(void **state)
{
    struct fixture *f = *state;
    struct store_lease *lease = store_lease_create(f->store, 30, log_lease, f);

    settle(f);
    assert_log(f, "lease 1000\n");
    store_put(f->store, bytes("/mine"), bytes("x"), store_lease_id(lease),
              log_txn, f);
    store_put(f->store, bytes("/other"), bytes("x"), 0, log_txn, f);
    settle(f);
    assert_log(f, "done at 2, 0 deleted\ndone at 3, 0 deleted\n");
    store_lease_destroy(lease, true);
    settle(f);
    assert_null(store_memory_get_now(f->store, "/mine"));
    assert_non_null(store_memory_get_now(f->store, "/other"));
    assert_log(f, "");
}

static bool
has_two_leases(void *f_)
{
    struct fixture *f = f_;

    return strstr(ds_cstr(&f->log), "lease 1001") != NULL;
}

static void
test_lease_kept_and_lost(void **state)
{
    struct fixture *f = *state;
    struct store_lease *lease = store_lease_create(f->store, 1, log_lease, f);

    /* Longer than it would live without being kept alive. */
    loop_run_until(&f->loop, has_two_leases, f, 1500);
    assert_log(f, "lease 1000\n");
    store_memory_expire_lease(f->store, 0);
    assert_int_equal(loop_run_until(&f->loop, has_two_leases, f, 3000), 0);
    assert_log(f, "lease 0\nlease 1001\n");
    store_lease_destroy(lease, false);
}

struct candidate {
    struct fixture *f;
    const char *name;
    bool leading;
    char leader[16];
};

static void
on_election(bool leading, const char *leader, void *candidate_)
{
    struct candidate *candidate = candidate_;

    candidate->leading = leading;
    snprintf(candidate->leader, sizeof candidate->leader, "%s",
             leader ? leader : "-");
}

static void
test_election(void **state)
{
    struct fixture *f = *state;
    struct store *other = store_memory_attach(f->store);
    struct candidate a = { f, "a", false, "" }, b = { f, "b", false, "" };
    struct store_election *election_a, *election_b;
    struct store_txn *txn;

    election_a = store_election_create(f->store, bytes("/leader"), bytes("a"),
                                       30, on_election, &a);
    settle(f);
    election_b = store_election_create(other, bytes("/leader"), bytes("b"),
                                       30, on_election, &b);
    settle(f);
    assert_true(a.leading && store_election_is_leader(election_a));
    assert_false(b.leading);
    assert_string_equal(b.leader, "a");

    txn = store_txn_create();
    store_election_fence(election_a, txn);
    store_txn_put(txn, bytes("/x"), bytes("1"), 0);
    store_txn_commit(f->store, txn, log_txn, f);
    settle(f);
    assert_log(f, "done at 3, 0 deleted\n");

    /* A leader that is cut off cannot write when it comes back. */
    txn = store_txn_create();
    store_election_fence(election_a, txn);
    store_txn_put(txn, bytes("/x"), bytes("2"), 0);
    store_memory_hold(f->store, true);
    store_memory_expire_lease(f->store, 0);
    settle(f);
    assert_true(a.leading);
    store_txn_commit(f->store, txn, log_txn, f);
    store_memory_hold(f->store, false);
    settle(f);
    assert_log(f, "not done at 4, 0 deleted\n");
    assert_string_equal(store_memory_get_now(f->store, "/x"), "1");

    store_election_destroy(election_a);
    store_election_destroy(election_b);
    store_destroy(other);
}

static bool
leads(void *candidate_)
{
    struct candidate *candidate = candidate_;

    return candidate->leading;
}

static void
test_election_resigns(void **state)
{
    struct fixture *f = *state;
    struct store *other = store_memory_attach(f->store);
    struct candidate a = { f, "a", false, "" }, b = { f, "b", false, "" };
    struct store_election *election_a, *election_b;

    election_a = store_election_create(f->store, bytes("/leader"), bytes("a"),
                                       30, on_election, &a);
    settle(f);
    election_b = store_election_create(other, bytes("/leader"), bytes("b"),
                                       30, on_election, &b);
    settle(f);
    assert_false(b.leading);
    store_election_destroy(election_a);
    settle(f);
    assert_true(b.leading);

    /* It writes the key, but does not hear so. */
    store_memory_delete_now(other, "/leader");
    store_memory_lose_answers(other, 1, -WEFT_E_UNKNOWN);
    settle(f);
    assert_int_equal(loop_run_until(&f->loop, leads, &b, 3000), 0);
    assert_string_equal(store_memory_get_now(other, "/leader"), "b");
    store_election_destroy(election_b);
    store_destroy(other);
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_range),
        TEST(test_range_is_consistent),
        TEST(test_txn),
        TEST(test_txn_refused),
        TEST(test_faults),
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
        TEST(test_lease),
        TEST(test_lease_kept_and_lost),
        TEST(test_election),
        TEST(test_election_resigns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
