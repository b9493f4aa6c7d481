/* Wanted and installed flows: what is sent for what change. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "node-agent/flow_table.h"
#include "node-agent/ofpacts.h"
#include "openvswitch/match.h"
#include "util.h"

enum { COOKIE = 7 };

struct fixture {
    struct flow_table ft;
    struct flow_owner a, b;
};

static int
set_up(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    flow_table_init(&f->ft);
    *state = f;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    flow_table_destroy(&f->ft);
    free(f);
    return 0;
}

/* A flow for register 0 == 'key' that resubmits to 'next'; 0: drops. */
static void
want(struct fixture *f, struct flow_owner *owner, uint32_t key, uint8_t next)
{
    uint64_t stub[8];
    struct ofpbuf ofpacts = OFPBUF_STUB_INITIALIZER(stub);
    struct match match;

    match_init_catchall(&match);
    match_set_reg(&match, 0, key);
    if (next) {
        put_resubmit(next, &ofpacts);
    }
    flow_owner_add(&f->ft, owner, 5, 100, COOKIE, &match, ofpacts.data,
                   ofpacts.size);
    ofpbuf_uninit(&ofpacts);
}

static void
want_conjunction(struct fixture *f, struct flow_owner *owner, uint32_t key,
                 uint32_t id)
{
    uint64_t stub[8];
    struct ofpbuf ofpacts = OFPBUF_STUB_INITIALIZER(stub);
    struct ofpact_conjunction *c = ofpact_put_CONJUNCTION(&ofpacts);
    struct match match;

    c->id = id;
    c->clause = 0;
    c->n_clauses = 2;
    match_init_catchall(&match);
    match_set_reg(&match, 0, key);
    flow_owner_add(&f->ft, owner, 5, 100, COOKIE, &match, ofpacts.data,
                   ofpacts.size);
    ofpbuf_uninit(&ofpacts);
}

/* Changes since the last call, counted. */
struct changes {
    int n[4];                   /* By enum flow_change. */
    struct flow_actions *last;  /* Actions of the last add or modify. */
};

static struct changes
take_changes(struct fixture *f)
{
    struct changes changes = { .last = NULL };
    struct flow_entry *flow;
    struct flow_actions *actions;
    enum flow_change change;
    uint32_t cookie;

    while ((flow = flow_table_next_change(&f->ft, &change, &actions,
                                          &cookie)) != NULL) {
        changes.n[change]++;
        if (change == FLOW_ADD || change == FLOW_MODIFY) {
            changes.last = actions;
        }
        flow_entry_settle(&f->ft, flow);
    }
    return changes;
}

static void
test_add_and_delete(void **state)
{
    struct fixture *f = *state;
    struct changes changes;

    flow_owner_begin(&f->ft, &f->a);
    want(f, &f->a, 1, 10);
    want(f, &f->a, 2, 10);
    flow_owner_end(&f->ft, &f->a);
    changes = take_changes(f);
    assert_int_equal(changes.n[FLOW_ADD], 2);
    assert_int_equal(hmap_count(&f->ft.pool.actions), 1);

    flow_owner_clear(&f->ft, &f->a);
    changes = take_changes(f);
    assert_int_equal(changes.n[FLOW_DELETE], 2);
    assert_int_equal(hmap_count(&f->ft.flows), 0);
    assert_int_equal(hmap_count(&f->ft.pool.actions), 0);
}

static void
test_same_again_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct changes changes;

    for (int i = 0; i < 2; i++) {
        flow_owner_begin(&f->ft, &f->a);
        want(f, &f->a, 1, 10);
        flow_owner_end(&f->ft, &f->a);
        changes = take_changes(f);
        assert_int_equal(changes.n[FLOW_ADD], !i);
        assert_int_equal(changes.n[FLOW_MODIFY], 0);
        assert_int_equal(changes.n[FLOW_DELETE], 0);
    }
}

static void
test_other_actions_modify(void **state)
{
    struct fixture *f = *state;
    struct changes changes;

    flow_owner_begin(&f->ft, &f->a);
    want(f, &f->a, 1, 10);
    flow_owner_end(&f->ft, &f->a);
    take_changes(f);
    flow_owner_begin(&f->ft, &f->a);
    want(f, &f->a, 1, 11);
    flow_owner_end(&f->ft, &f->a);
    changes = take_changes(f);
    assert_int_equal(changes.n[FLOW_MODIFY], 1);
    assert_int_equal(changes.n[FLOW_ADD], 0);
}

static void
test_two_owners(void **state)
{
    struct fixture *f = *state;
    struct changes changes;

    flow_owner_begin(&f->ft, &f->a);
    want(f, &f->a, 1, 10);
    flow_owner_end(&f->ft, &f->a);
    flow_owner_begin(&f->ft, &f->b);
    want(f, &f->b, 1, 10);
    flow_owner_end(&f->ft, &f->b);
    changes = take_changes(f);
    assert_int_equal(changes.n[FLOW_ADD], 1);

    flow_owner_clear(&f->ft, &f->a);
    changes = take_changes(f);
    assert_int_equal(changes.n[FLOW_DELETE], 0);
    flow_owner_clear(&f->ft, &f->b);
    changes = take_changes(f);
    assert_int_equal(changes.n[FLOW_DELETE], 1);
}

/* Whoever comes first, the outcome is the same. */
static void
test_conflict_does_not_depend_on_order(void **state)
{
    struct fixture *f = *state;
    struct flow_actions *first;

    flow_owner_begin(&f->ft, &f->a);
    want(f, &f->a, 1, 10);
    flow_owner_end(&f->ft, &f->a);
    flow_owner_begin(&f->ft, &f->b);
    want(f, &f->b, 1, 0);
    flow_owner_end(&f->ft, &f->b);
    first = take_changes(f).last;
    assert_int_equal(first->size, 0);

    flow_owner_clear(&f->ft, &f->a);
    flow_owner_clear(&f->ft, &f->b);
    take_changes(f);
    flow_owner_begin(&f->ft, &f->b);
    want(f, &f->b, 1, 0);
    flow_owner_end(&f->ft, &f->b);
    flow_owner_begin(&f->ft, &f->a);
    want(f, &f->a, 1, 10);
    flow_owner_end(&f->ft, &f->a);
    assert_int_equal(take_changes(f).last->size, 0);
}

static void
test_conjunctions_are_merged(void **state)
{
    struct fixture *f = *state;
    struct changes changes;

    flow_owner_begin(&f->ft, &f->a);
    want_conjunction(f, &f->a, 1, 20);
    flow_owner_end(&f->ft, &f->a);
    flow_owner_begin(&f->ft, &f->b);
    want_conjunction(f, &f->b, 1, 30);
    flow_owner_end(&f->ft, &f->b);
    changes = take_changes(f);
    assert_int_equal(changes.n[FLOW_ADD], 1);
    assert_int_equal(changes.last->size,
                     2 * sizeof(struct ofpact_conjunction));

    flow_owner_clear(&f->ft, &f->a);
    changes = take_changes(f);
    assert_int_equal(changes.n[FLOW_ADD] + changes.n[FLOW_MODIFY], 1);
    assert_int_equal(changes.last->size, sizeof(struct ofpact_conjunction));
}

/* A flow found in the switch with the packet type that OVS adds is ours. */
static void
test_read_back(void **state)
{
    struct fixture *f = *state;
    uint64_t stub[8];
    struct ofpbuf ofpacts = OFPBUF_STUB_INITIALIZER(stub);
    struct changes changes;
    struct match match;

    flow_owner_begin(&f->ft, &f->a);
    want(f, &f->a, 1, 10);
    want(f, &f->a, 2, 10);
    flow_owner_end(&f->ft, &f->a);
    take_changes(f);

    flow_table_forget(&f->ft);
    match_init_catchall(&match);
    match_set_reg(&match, 0, 1);
    match_set_packet_type(&match, htonl(0));
    put_resubmit(10, &ofpacts);
    flow_table_found(&f->ft, 5, 100, COOKIE, &match, ofpacts.data,
                     ofpacts.size);
    match_set_reg(&match, 0, 99);
    flow_table_found(&f->ft, 5, 100, COOKIE, &match, ofpacts.data,
                     ofpacts.size);
    ofpbuf_uninit(&ofpacts);
    changes = take_changes(f);
    assert_int_equal(changes.n[FLOW_SAME], 1);      /* 1 is there. */
    assert_int_equal(changes.n[FLOW_ADD], 1);       /* 2 was lost. */
    assert_int_equal(changes.n[FLOW_DELETE], 1);    /* 99 is a stranger. */
}

static void
test_refused_is_not_tried_again(void **state)
{
    struct fixture *f = *state;
    struct flow_actions *actions;
    enum flow_change change;
    struct flow_entry *flow;
    uint32_t cookie;

    flow_owner_begin(&f->ft, &f->a);
    want(f, &f->a, 1, 10);
    flow_owner_end(&f->ft, &f->a);
    flow = flow_table_next_change(&f->ft, &change, &actions, &cookie);
    flow_entry_refuse(&f->ft, flow);
    flow_entry_settle(&f->ft, flow);
    assert_false(flow_owner_is_refused(&f->a));     /* Not known yet. */
    flow_table_forget(&f->ft);
    assert_int_equal(take_changes(f).n[FLOW_ADD], 0);
    assert_true(flow_owner_is_refused(&f->a));
    assert_false(flow_owner_is_refused(&f->b));

    /* Something else may be tried. */
    flow_owner_begin(&f->ft, &f->a);
    want(f, &f->a, 1, 11);
    flow_owner_end(&f->ft, &f->a);
    assert_int_equal(take_changes(f).n[FLOW_ADD], 1);
    assert_false(flow_owner_is_refused(&f->a));
}

/* Once it is forgiven, the same may be tried again. */
static void
test_refused_is_forgiven(void **state)
{
    struct fixture *f = *state;
    struct flow_actions *actions;
    enum flow_change change;
    struct flow_entry *flow;
    uint32_t cookie;

    flow_owner_begin(&f->ft, &f->a);
    want(f, &f->a, 1, 10);
    flow_owner_end(&f->ft, &f->a);
    flow = flow_table_next_change(&f->ft, &change, &actions, &cookie);
    flow_entry_refuse(&f->ft, flow);
    flow_entry_settle(&f->ft, flow);
    flow_table_forget(&f->ft);
    flow_table_forgive(&f->ft);
    assert_int_equal(take_changes(f).n[FLOW_ADD], 1);
    assert_false(flow_owner_is_refused(&f->a));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_add_and_delete, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_same_again_changes_nothing,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_other_actions_modify, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_two_owners, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_conflict_does_not_depend_on_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_conjunctions_are_merged, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_read_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused_is_forgiven, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_refused_is_not_tried_again,
                                        set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
