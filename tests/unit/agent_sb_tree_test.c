/* A subtree is seen as a whole: held back until its row arrives. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "node-agent/sb_tree.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

#define KEY "/w/sb/dp/switch:n1"

struct fixture {
    struct sb_tree *tree;
    struct ds seen;             /* "below=value " of what was given out. */
};

static int
set_up(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    f->tree = sb_tree_create("switch:n1", KEY);
    ds_init(&f->seen);
    *state = f;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    sb_tree_destroy(f->tree);
    ds_destroy(&f->seen);
    free(f);
    return 0;
}

static void
on_row(struct sb_tree *tree, const char *below, const char *value,
       size_t size, void *f_)
{
    struct fixture *f = f_;

    (void) tree;
    ds_put_format(&f->seen, "%s=%.*s ", below, value ? (int) size : 1,
                  value ? value : "-");
}

static struct store_event
event(const char *key, const char *value, int64_t revision)
{
    return (struct store_event) {
        .type = value ? STORE_EVENT_PUT : STORE_EVENT_DELETE,
        .kv = {
            .key = store_bytes_from_string(key),
            .value = store_bytes_from_string(value ? value : ""),
            .mod_revision = revision,
        },
    };
}

static void
hear(struct fixture *f, struct store_event e)
{
    sb_tree_events(f->tree, &e, 1, e.kv.mod_revision, on_row, f);
}

static const char *
take(struct fixture *f)
{
    static char text[256];

    ovs_strlcpy(text, ds_cstr(&f->seen), sizeof text);
    ds_clear(&f->seen);
    return text;
}

static void
test_snapshot_is_given_when_complete(void **state)
{
    struct fixture *f = *state;

    hear(f, event(KEY, "row", 5));
    hear(f, event(KEY "/port/a", "1", 4));
    assert_string_equal(take(f), "");
    assert_true(sb_tree_synced(f->tree, on_row, f));
    assert_string_equal(take(f), "=row port/a=1 ");
}

static void
test_held_until_row(void **state)
{
    struct fixture *f = *state;

    hear(f, event(KEY, "row", 5));
    sb_tree_synced(f->tree, on_row, f);
    take(f);
    hear(f, event(KEY "/port/a", "1", 6));
    hear(f, event(KEY "/port/a", "2", 7));
    assert_string_equal(take(f), "");
    hear(f, event(KEY, "row2", 8));
    assert_string_equal(take(f), "=row2 port/a=2 ");
    assert_int_equal(f->tree->row_revision, 8);
}

/* What is newer than the row belongs to the next batch, also when it is
 * heard in one call with the row. */
static void
test_next_batch_waits(void **state)
{
    struct fixture *f = *state;
    struct store_event events[] = {
        event(KEY "/port/a", "1", 6),
        event(KEY, "row2", 6),
        event(KEY "/port/b", "1", 7),
    };

    hear(f, event(KEY, "row", 5));
    sb_tree_synced(f->tree, on_row, f);
    take(f);
    sb_tree_events(f->tree, events, 3, 7, on_row, f);
    assert_string_equal(take(f), "=row2 port/a=1 ");
    hear(f, event(KEY, "row3", 9));
    assert_string_equal(take(f), "=row3 port/b=1 ");
}

/* A list again: deletes have its revision. */
static void
test_resync(void **state)
{
    struct fixture *f = *state;
    struct store_event events[] = {
        event(KEY, "row2", 20),
        event(KEY "/port/a", NULL, 30),
    };

    hear(f, event(KEY, "row", 5));
    sb_tree_synced(f->tree, on_row, f);
    take(f);
    sb_tree_events(f->tree, events, 2, 30, on_row, f);
    assert_string_equal(take(f), "=row2 port/a=- ");
}

static void
test_deleted_row_gives_nothing_until_told(void **state)
{
    struct fixture *f = *state;

    hear(f, event(KEY, "row", 5));
    sb_tree_synced(f->tree, on_row, f);
    take(f);
    hear(f, event(KEY "/port/a", NULL, 6));
    hear(f, event(KEY, NULL, 6));
    assert_string_equal(take(f), "");
    assert_true(f->tree->row_deleted);
    sb_tree_give_deleted(f->tree, on_row, f);
    assert_string_equal(take(f), "=- port/a=- ");
}

static void
test_row_comes_back(void **state)
{
    struct fixture *f = *state;

    hear(f, event(KEY, "row", 5));
    sb_tree_synced(f->tree, on_row, f);
    take(f);
    hear(f, event(KEY, NULL, 6));
    hear(f, event(KEY, "row", 7));
    assert_false(f->tree->row_deleted);
    assert_string_equal(take(f), "=row ");
}

static void
test_other_keys_are_ignored(void **state)
{
    struct fixture *f = *state;

    hear(f, event(KEY "-b", "x", 4));
    hear(f, event(KEY, "row", 5));
    sb_tree_synced(f->tree, on_row, f);
    assert_string_equal(take(f), "=row ");
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_snapshot_is_given_when_complete),
        TEST(test_held_until_row),
        TEST(test_next_batch_waits),
        TEST(test_resync),
        TEST(test_deleted_row_gives_nothing_until_told),
        TEST(test_row_comes_back),
        TEST(test_other_keys_are_ignored),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
