/* What-if and its differences, on a store in memory. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>
#include <uv.h>

#include "cli/changes.h"
#include "cli/whatif.h"
#include "cli/words.h"
#include "lib/loop.h"
#include "store/memory.h"
#include "util.h"

#define P "/weft/v1/"

/* ---- Words ------------------------------------------------------------- */

static void
test_words(void **state)
{
    static const struct {
        const char *line, *words;       /* Joined by '|'. */
    } cases[] = {
        { "", "" }, { "  # all comment", "" },
        { "ls-add n1", "ls-add|n1" },
        { " a\t'b c'  \"d \\\"e\\\"\" # end", "a|b c|d \"e\"" },
        { "x='a'\"b\"c", "x=abc" }, { "a\\ b '' c#d", "a b||c#d" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct svec words = SVEC_EMPTY_INITIALIZER;

        assert_null(words_parse(cases[i].line, &words));
        char *joined = svec_join(&words, "|", "");
        assert_string_equal(joined, cases[i].words);
        free(joined);
        svec_destroy(&words);
    }

    struct svec words = SVEC_EMPTY_INITIALIZER;
    assert_non_null(words_parse("a 'b", &words));
    assert_non_null(words_parse("\"b\\\"", &words));
    svec_destroy(&words);
}

/* ---- Differences ------------------------------------------------------- */

static void
add(struct changes *changes, const char *key, const char *before,
    const char *after)
{
    json_t *b = before ? changes_parse(key, before, strlen(before)) : NULL;
    json_t *a = after ? changes_parse(key, after, strlen(after)) : NULL;

    changes_add(changes, key, b, a);
    json_decref(b);
    json_decref(a);
}

static void
test_changes(void **state)
{
    struct ds output = DS_EMPTY_INITIALIZER;
    struct changes changes;

    changes_init(&changes);
    add(&changes, "nb/logical_switch/n2", "{\"a\":1,\"b\":2}",
        "{\"b\":3,\"c\":4}");
    add(&changes, "nb/logical_switch/n1", NULL, "{}");
    add(&changes, "nb/logical_switch/same", "{\"a\":1}", "{\"a\":1}");
    add(&changes, "nb/sync/weftctl", NULL, "{}");
    add(&changes, "sb/dp/switch:n1", NULL, "{\"tunnel_key\":1}");
    /* A flow moves from one bundle to another: no difference. */
    add(&changes, "sb/dp/switch:n1/flow/lsp:a",
        "{\"flows\":[[\"ls_in_acl\",5,\"ip4\",\"drop;\"],"
        "[\"ls_in_acl\",7,\"ip6\",\"drop;\"],"
        "[\"ls_in_arp_rsp\",100,\"%arp_own(::1, p)\",\"next;\"]]}", NULL);
    add(&changes, "sb/dp/switch:n1/flow/lsp:a/1", NULL,
        "{\"flows\":[[\"ls_in_acl\",5,\"ip4\",\"drop;\"]]}");
    add(&changes, "sb/common/switch", NULL,
        "{\"flows\":[[\"ls_out_acl\",0,\"1\",\"next;\"]]}");
    changes_finish(&changes);
    changes_print(&changes, false, &output);
    assert_string_equal(
        ds_cstr(&output),
        "Northbound: 2 rows differ\n"
        "+ logical_switch/n1\n"
        "~ logical_switch/n2\n"
        "    - a = 1\n    - b = 2\n    + b = 3\n    + c = 4\n"
        "Logical flows: 1 added, 2 removed\n"
        "Datapath: every switch\n"
        "+   ls_out_acl            priority=0    , match=(1), "
        "action=(next;), source=(common)\n"
        "Datapath: switch:n1\n"
        "-   ls_in_acl             priority=7    , match=(ip6), "
        "action=(drop;), source=(lsp:a)\n"
        "-   ls_in_arp_rsp         priority=100  , match=(arp.tpa == ::1 && "
        "arp.op == 1 && inport == \"p\"), action=(next;), source=(lsp:a)\n");
    ds_destroy(&output);
    changes_destroy(&changes);
}

/* ---- What if ----------------------------------------------------------- */

struct fixture {
    uv_loop_t loop;
    struct store *store;
    struct whatif whatif;
    struct changes changes;
};

static int
setup(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);
    struct err err = ERR_INIT;

    uv_loop_init(&f->loop);
    f->store = store_memory_create(&f->loop);
    store_memory_put_now(f->store, P"nb/logical_switch/n1", "{}");
    store_memory_put_now(f->store, P"nb/logical_switch_port/ap",
                         "{\"switch\":\"n1\"}");
    store_memory_put_now(f->store, P"sb/dp/switch:n1",
                         "{\"tunnel_key\":77,\"type\":\"switch\"}");
    assert_int_equal(whatif_init(&f->whatif, f->store, "/weft/v1", 0, &err),
                     0);
    changes_init(&f->changes);
    *state = f;
    return 0;
}

static bool
never(void *aux)
{
    return false;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    changes_destroy(&f->changes);
    whatif_destroy(&f->whatif);
    store_destroy(f->store);
    loop_run_until(&f->loop, never, NULL, 1000);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    free(f);
    return 0;
}

static void
test_nothing(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(whatif_translate(&f->whatif, &f->changes, NULL), 0);
    assert_int_equal(f->changes.n_rows, 0);
    assert_int_equal(f->changes.n_flows, 0);
}

static void
test_commands(void **state)
{
    struct fixture *f = *state;
    struct ds output = DS_EMPTY_INITIALIZER;
    char *before = store_memory_dump_now(f->store, "");

    assert_null(whatif_run(&f->whatif, "lsp-add n1 bp -- lsp-set-addresses "
                           "bp '0a:00:00:00:00:01 10.0.0.1'", &output));
    assert_null(whatif_run(&f->whatif, "ovn-nbctl lsp-del ap", &output));
    assert_int_equal(whatif_translate(&f->whatif, &f->changes, NULL), 0);
    assert_int_equal(f->changes.n_rows, 2);
    assert_string_equal(f->changes.rows[0].name, "logical_switch_port/ap");
    assert_null(f->changes.rows[0].after);
    assert_string_equal(f->changes.rows[1].name, "logical_switch_port/bp");
    assert_null(f->changes.rows[1].before);
    assert_true(f->changes.n_flows > 0);

    bool found = false;
    for (size_t i = 0; i < f->changes.n_flows; i++) {
        const struct flow_change *flow = &f->changes.flows[i];

        found |= (flow->is_added && !strcmp(flow->source, "lsp:bp")
                  && strstr(flow->text, "0a:00:00:00:00:01"));
    }
    assert_true(found);

    /* The tunnel key there is stays; the store was not written. */
    whatif_put_southbound(&f->whatif);
    assert_non_null(strstr(store_memory_get_now(
        f->whatif.memory, P"sb/dp/switch:n1"), "\"tunnel_key\":77"));
    char *after = store_memory_dump_now(f->store, "");
    assert_string_equal(before, after);
    free(before);
    free(after);
    ds_destroy(&output);
}

static void
test_bad_commands(void **state)
{
    struct fixture *f = *state;
    struct ds output = DS_EMPTY_INITIALIZER;
    static const char *const lines[] = {
        "no-such-command", "ls-add n1", "lsp-add none p", "ls-add 'x",
    };

    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        char *message = whatif_run(&f->whatif, lines[i], &output);

        assert_non_null(message);
        free(message);
    }
    assert_int_equal(whatif_translate(&f->whatif, &f->changes, NULL), 0);
    assert_int_equal(f->changes.n_rows, 0);
    ds_destroy(&output);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_changes),
        cmocka_unit_test_setup_teardown(test_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_commands, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_commands, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
