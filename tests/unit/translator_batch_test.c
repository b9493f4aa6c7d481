/* Batches: what is in which transaction, in which order; and what is known
 * to be written. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "openvswitch/util.h"
#include "translator/batch.h"
#include "translator/written.h"
#include "util.h"

static void
add(struct batch *batch, const char *key, const char *value)
{
    batch_add(batch, key, nullable_xstrdup(value),
              value ? strlen(value) : 0, !strcmp(key, "sb/sync"));
}

/* Everything is in exactly one transaction, within the limits. */
static void
check_cover(const struct batch *batch, size_t max_ops)
{
    unsigned char *seen = xcalloc(1, batch->n_ops);

    for (size_t i = 0; i < batch->n_txns; i++) {
        const struct batch_txn *txn = &batch->txns[i];

        assert_in_range(txn->n, 1, max_ops);
        assert_true(!i || batch->txns[i - 1].stage <= txn->stage);
        for (size_t j = txn->first; j < txn->first + txn->n; j++) {
            assert_false(seen[j]);
            seen[j] = 1;
        }
    }
    for (size_t i = 0; i < batch->n_ops; i++) {
        assert_true(seen[i]);
    }
    free(seen);
}

/* Number of the transaction with 'key'. */
static size_t
txn_of(const struct batch *batch, const char *key)
{
    for (size_t i = 0; i < batch->n_txns; i++) {
        for (size_t j = 0; j < batch->txns[i].n; j++) {
            if (!strcmp(batch->ops[batch->txns[i].first + j].key, key)) {
                return i;
            }
        }
    }
    fail_msg("%s is in no transaction", key);
    return 0;
}

static void
test_small_is_one(void **state OVS_UNUSED)
{
    struct batch batch;

    batch_init(&batch);
    add(&batch, "sb/dp/switch:a", "{}");
    add(&batch, "sb/dp/switch:a/port/p", "{}");
    add(&batch, "sb/dp/switch:b/port/q", NULL);
    add(&batch, "sb/sync", "{}");
    batch_plan(&batch, 128, 1 << 20, 10);
    assert_int_equal(batch.n_txns, 1);
    check_cover(&batch, 128);
    batch_destroy(&batch);
}

static void
test_rows_follow(void **state OVS_UNUSED)
{
    struct batch batch;
    char key[64];

    batch_init(&batch);
    for (int i = 0; i < 30; i++) {
        snprintf(key, sizeof key, "sb/dp/switch:s%d/flow/x", i % 3);
        if (i < 3) {
            add(&batch, key, "{}");
        }
        snprintf(key, sizeof key, "sb/dp/switch:s%d/port/p%d", i % 3, i);
        add(&batch, key, i % 2 ? "{}" : NULL);
    }
    for (int i = 0; i < 3; i++) {
        snprintf(key, sizeof key, "sb/dp/switch:s%d", i);
        add(&batch, key, "{}");
    }
    add(&batch, "status/x/y", NULL);
    add(&batch, "sb/sync", "{}");
    batch_plan(&batch, 8, 1 << 20, 10);
    check_cover(&batch, 8);
    for (size_t i = 0; i < batch.n_ops; i++) {
        const struct batch_op *op = &batch.ops[i];
        size_t size = written_root_size(op->key);

        if (size) {
            char *root = xmemdup0(op->key, size);
            size_t child = txn_of(&batch, op->key);
            size_t row = txn_of(&batch, root);

            /* The row with the last delete or after everything. */
            assert_true(child <= row);
            assert_true(op->value == NULL
                        || batch.txns[child].stage < batch.txns[row].stage);
            free(root);
        }
    }
    assert_int_equal(txn_of(&batch, "sb/sync"), batch.n_txns - 1);
    batch_destroy(&batch);
}

/* A datapath with more deletes than a transaction holds: its row goes with
 * the last ones, the others ahead. */
static void
test_big_group_is_cut(void **state OVS_UNUSED)
{
    struct batch batch;
    char key[64];

    batch_init(&batch);
    for (int i = 0; i < 25; i++) {
        snprintf(key, sizeof key, "sb/dp/switch:s/port/p%02d", i);
        add(&batch, key, NULL);
    }
    add(&batch, "sb/dp/switch:s", NULL);
    batch_plan(&batch, 8, 1 << 20, 10);
    check_cover(&batch, 8);
    size_t row = txn_of(&batch, "sb/dp/switch:s");

    assert_int_equal(row, batch.n_txns - 1);
    assert_int_equal(batch.txns[row].stage, 2);
    assert_int_equal(batch.txns[row].n, 8);
    for (size_t i = 0; i < row; i++) {
        assert_int_equal(batch.txns[i].stage, 1);
    }
    batch_destroy(&batch);
}

static void
test_bytes_are_limited(void **state OVS_UNUSED)
{
    struct batch batch;
    char key[64], *value = xcalloc(1, 3001);

    memset(value, 'x', 3000);
    batch_init(&batch);
    for (int i = 0; i < 10; i++) {
        snprintf(key, sizeof key, "sb/dp/switch:s/flow/p%d", i);
        add(&batch, key, value);
    }
    batch_plan(&batch, 128, 10000, 10);
    check_cover(&batch, 2);
    assert_int_equal(batch.n_txns, 5);
    batch_destroy(&batch);
    free(value);
}

static void
test_written_versions(void **state OVS_UNUSED)
{
    struct written *w = written_create();
    const char *row = "{\"name\":\"n\",\"tunnel_key\":1}";
    char *versioned = written_add_version(row, strlen(row), 12);

    assert_string_equal(versioned,
                        "{\"name\":\"n\",\"tunnel_key\":1,\"version\":12}");
    written_put(w, "sb/dp/switch:n", versioned, strlen(versioned), 5);
    assert_true(written_is(w, "sb/dp/switch:n", row, strlen(row)));
    assert_int_equal(written_version(w, "sb/dp/switch:n"), 12);
    free(versioned);
    versioned = written_add_version("{}", 2, 1);
    assert_string_equal(versioned, "{\"version\":1}");
    written_put(w, "sb/set/address_set:a", versioned, strlen(versioned), 6);
    assert_true(written_is(w, "sb/set/address_set:a", "{}", 2));
    free(versioned);
    /* Nobody's version but a root's own. */
    written_put(w, "sb/dp/switch:n/port/p", "{\"version\":3}", 13, 7);
    assert_false(written_is(w, "sb/dp/switch:n/port/p", "{}", 2));
    /* Text that only looks like one. */
    row = "{\"name\":\"x\\\"version\\\":1\"}";
    written_put(w, "sb/dp/switch:n", row, strlen(row), 8);
    assert_true(written_is(w, "sb/dp/switch:n", row, strlen(row)));
    assert_int_equal(written_count(w), 3);
    written_delete(w, "sb/dp/switch:n");
    assert_false(written_has(w, "sb/dp/switch:n"));
    written_destroy(w);
}

static void
test_roots(void **state OVS_UNUSED)
{
    assert_true(written_is_root("sb/dp/switch:a"));
    assert_true(written_is_root("sb/set/address_set:a"));
    assert_false(written_is_root("sb/dp/switch:a/port/b"));
    assert_false(written_is_root("sb/chassis/hv1"));
    assert_false(written_is_root("sb/node/hv1/dp/switch:a"));
    assert_int_equal(written_root_size("sb/dp/switch:a/port/b"), 14);
    assert_int_equal(written_root_size("sb/dp/switch:a"), 0);
    assert_int_equal(written_root_size("sb/node/hv1/dp/x"), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_is_one),
        cmocka_unit_test(test_rows_follow),
        cmocka_unit_test(test_big_group_is_cut),
        cmocka_unit_test(test_bytes_are_limited),
        cmocka_unit_test(test_written_versions),
        cmocka_unit_test(test_roots),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
