/* The in-memory store, and what is built over both implementations: paging,
 * transactions, leases, elections. */
#include <config.h>

#include "tests/unit/store_fixture.h"

#include <stdio.h>
#include <string.h>

#include "lib/loop.h"

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

/* Gets of a transaction that are like ranges. */
static void
test_txn_get_as(void **state)
{
    struct fixture *f = *state;
    struct store_range all = { bytes("/"), bytes("0") };
    int64_t revisions[] = { 3, 9 };

    store_memory_put_now(f->store, "/a", "x");
    store_memory_put_now(f->store, "/b", "y");
    store_memory_put_now(f->store, "/b", "z");
    for (size_t i = 0; i < ARRAY_SIZE(revisions); i++) {
        struct store_txn *txn = store_txn_create();

        store_txn_get_as(txn, &all, &(struct store_range_options) {
            .limit = 1, .keys_only = true });
        store_txn_get_as(txn, &all, &(struct store_range_options) {
            .revision = revisions[i] });
        store_txn_commit(f->store, txn, log_txn, f);
        settle(f);
        assert_log(f, i ? "revision has been compacted: mvcc: required "
                   "revision has been compacted\n"
                   : "done at 4, 0 deleted\n/a= c2 m2 v1\n"
                   "count 2 at 4 more\n/a=x c2 m2 v1\n/b=y c3 m3 v1\n"
                   "count 2 at 4\n");
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
    const struct CMUnitTest tests[] = {
        TEST(test_range),
        TEST(test_range_is_consistent),
        TEST(test_txn),
        TEST(test_txn_get_as),
        TEST(test_txn_refused),
        TEST(test_faults),
        TEST(test_lease),
        TEST(test_lease_kept_and_lost),
        TEST(test_election),
        TEST(test_election_resigns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
