/* Tunnel keys: given in order, kept, not given again soon, learned. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "openvswitch/util.h"
#include "translator/engine.h"
#include "translator/model.h"
#include "translator/tunnel_keys.h"
#include "util.h"

struct fixture {
    struct engine *engine;
    struct tunnel_keys *keys;
};

static int
set_up(void **state)
{
    struct fixture *f = xmalloc(sizeof *f);
    const struct engine_kind *kind = model_input(MODEL_TUNNEL_KEY);

    f->engine = engine_create(&kind, 1, NULL, NULL);
    f->keys = tunnel_keys_create();
    *state = f;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    tunnel_keys_destroy(f->keys);
    engine_destroy(f->engine);
    free(f);
    return 0;
}

/* The key of 'name' in "switch:s"; -1 if it is not published. */
static int
published(struct fixture *f, const char *name)
{
    const struct tunnel_key *key = engine_input_get(
        f->engine, model_input(MODEL_TUNNEL_KEY), "switch:s", name);

    return key ? (int) key->key : -1;
}

static void
want(struct fixture *f, const char *name, bool wanted)
{
    tunnel_keys_want(f->keys, "switch:s", name, wanted);
}

static void
assign(struct fixture *f)
{
    tunnel_keys_assign(f->keys, f->engine, true);
}

static void
test_in_order_and_kept(void **state)
{
    struct fixture *f = *state;

    want(f, "b", true);
    want(f, "a", true);
    assign(f);
    assert_int_equal(published(f, "a"), 1);
    assert_int_equal(published(f, "b"), 2);
    want(f, "0", true);
    assign(f);
    assert_int_equal(published(f, "0"), 3);
    assert_int_equal(published(f, "a"), 1);
}

static void
test_freed_keys_rest(void **state)
{
    struct fixture *f = *state;

    want(f, "a", true);
    want(f, "b", true);
    assign(f);
    want(f, "b", false);
    assign(f);
    assert_int_equal(published(f, "b"), -1);
    want(f, "b", true);
    assign(f);
    assert_int_equal(published(f, "b"), 3);
}

static void
test_gone_and_back_in_one_go(void **state)
{
    struct fixture *f = *state;

    want(f, "a", true);
    assign(f);
    want(f, "a", false);
    want(f, "a", true);
    assign(f);
    assert_int_equal(published(f, "a"), 1);
}

static void
test_requests(void **state)
{
    struct fixture *f = *state;

    want(f, "a", true);
    want(f, "z", true);
    tunnel_keys_request(f->keys, "switch:s", "z", "1", true);
    assign(f);
    assert_int_equal(published(f, "z"), 1);
    assert_int_equal(published(f, "a"), 2);
    want(f, "y", true);
    tunnel_keys_request(f->keys, "switch:s", "y", "1", true);
    assign(f);
    assert_int_equal(published(f, "y"), 0);     /* Taken. */
    want(f, "z", false);
    assign(f);
    assert_int_equal(published(f, "y"), 1);     /* Free now. */
    tunnel_keys_request(f->keys, "switch:s", "y", "1", false);
    tunnel_keys_request(f->keys, "switch:s", "y", "40000", true);
    assign(f);
    assert_int_equal(published(f, "y"), 0);     /* That is multicast. */
}

static void
test_standby_learns(void **state)
{
    struct fixture *f = *state;

    want(f, "a", true);
    want(f, "b", true);
    tunnel_keys_assign(f->keys, f->engine, false);
    assert_int_equal(published(f, "a"), -1);
    assert_true(tunnel_keys_learn(f->keys, "switch:s", "b", 7));
    assert_false(tunnel_keys_learn(f->keys, "switch:s", "c", 7));
    assert_false(tunnel_keys_learn(f->keys, "switch:s", "c", 0));
    assert_false(tunnel_keys_learn(f->keys, "switch:s", "c", 32768));
    tunnel_keys_assign(f->keys, f->engine, false);
    assert_int_equal(published(f, "b"), 7);
    assert_true(tunnel_keys_learn(f->keys, "switch:s", "gone", 8));
    assign(f);                                  /* It leads. */
    assert_int_equal(published(f, "b"), 7);
    assert_int_equal(published(f, "a"), 9);
    assert_int_equal(published(f, "gone"), -1);
    assert_int_equal(tunnel_keys_get(f->keys, "switch:s", "gone"), 0);
}

static void
test_exhaustion_and_wrap(void **state)
{
    struct fixture *f = *state;
    char name[16];

    for (int i = 0; i < TUNNEL_KEY_MAX_PORT; i++) {
        snprintf(name, sizeof name, "p%d", i);
        want(f, name, true);
    }
    assign(f);
    want(f, "more", true);
    assign(f);
    assert_int_equal(published(f, "more"), 0);
    int freed = published(f, "p77");

    want(f, "p77", false);
    assign(f);
    assert_int_equal(published(f, "more"), freed);
    /* Other spaces are not concerned. */
    tunnel_keys_want(f->keys, "", "switch:s", true);
    assign(f);
    assert_int_equal(tunnel_keys_get(f->keys, "", "switch:s"), 1);
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_in_order_and_kept), TEST(test_freed_keys_rest),
        TEST(test_gone_and_back_in_one_go), TEST(test_requests),
        TEST(test_standby_learns), TEST(test_exhaustion_and_wrap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
