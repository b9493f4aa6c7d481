/* The translator against the in-memory store: what it writes and in which
 * order, who leads, what a new leader does, faults, sync tokens. */
#include <config.h>

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include <cmocka.h>

#include "lib/loop.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/util.h"
#include "store/memory.h"
#include "store/store.h"
#include "translator/engine.h"
#include "translator/translation.h"
#include "translator/translator.h"
#include "translator/written.h"
#include "util.h"

#define P "/weft/v1"

/* A translator with a client of its own. */
struct subject {
    struct store *store;
    struct translator *translator;
};

struct fixture {
    uv_loop_t loop;
    struct store *store;        /* The outside's. */
    struct subject *running[4]; /* For who fails half-way. */
};

static bool
is_idle(void *store)
{
    return store_is_idle(store);
}

/* Ends it as the program does: its resignation is sent. */
static void
stop(struct subject *s)
{
    if (s->translator) {
        translator_destroy(s->translator);
        loop_run_until(store_loop(s->store), is_idle, s->store, 1000);
        store_destroy(s->store);
        s->translator = NULL;
    }
}

static int
set_up(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    uv_loop_init(&f->loop);
    f->store = store_memory_create(&f->loop);
    *state = f;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < ARRAY_SIZE(f->running) && f->running[i]; i++) {
        stop(f->running[i]);
        free(f->running[i]);
    }
    store_destroy(f->store);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    free(f);
    return 0;
}

static const struct translator_ops no_ops = { .log = NULL };

static struct subject *
start(struct fixture *f, const char *name)
{
    const struct translator_config config = {
        .prefix = P, .name = name, .lease_ttl_s = 10,
    };
    struct subject *s = xmalloc(sizeof *s);
    size_t i = 0;

    while (f->running[i]) {
        i++;
    }
    f->running[i] = s;
    s->store = store_memory_attach(f->store);
    s->translator = translator_create(s->store, &config, &no_ops, NULL);
    return s;
}

static bool
is_settled(void *translator)
{
    return translator_stats(translator).is_settled;
}

static bool
is_synced(void *translator)
{
    return translator_stats(translator).is_synced;
}

static bool
never(void *aux OVS_UNUSED)
{
    return false;
}

static void
pass_time(struct fixture *f, int ms)
{
    loop_run_until(&f->loop, never, NULL, ms);
}

/* Until it leads and has nothing left to do. */
static void
settle(struct fixture *f, struct subject *s)
{
    pass_time(f, 5);
    assert_int_equal(loop_run_until(&f->loop, is_settled, s->translator,
                                    5000), 0);
    pass_time(f, 5);
    assert_int_equal(loop_run_until(&f->loop, is_settled, s->translator,
                                    5000), 0);
    assert_int_equal(translator_stats(s->translator).n_faults, 0);
}

static void
put(struct fixture *f, const char *key, const char *value)
{
    char *full = xasprintf(P "/%s", key);

    store_memory_put_now(f->store, full, value);
    free(full);
}

static void
delete(struct fixture *f, const char *key)
{
    char *full = xasprintf(P "/%s", key);

    assert_true(store_memory_delete_now(f->store, full));
    free(full);
}

static const char *
get(struct fixture *f, const char *key)
{
    char *full = xasprintf(P "/%s", key);
    const char *value = store_memory_get_now(f->store, full);

    free(full);
    return value;
}

static void
put_port(struct fixture *f, const char *ls, int i)
{
    char *key = xasprintf("nb/logical_switch_port/%s-%d", ls, i);
    char *value = xasprintf("{\"switch\":\"%s\",\"addresses\":"
                            "[\"0a:00:00:00:%02x:%02x 10.0.%d.%d\"]}",
                            ls, i / 256, i % 256, i / 250, i % 250 + 1);

    put(f, key, value);
    free(key);
    free(value);
}

/* ---- Is all of it there? ---------------------------------------------------- */

struct check_aux {
    struct fixture *f;
    size_t n;
};

static void
check_output(const char *key, const struct engine_bytes *value, void *aux_)
{
    struct check_aux *aux = aux_;
    const char *there = get(aux->f, key);
    struct written *written = written_create();

    if (!there) {
        fail_msg("%s is missing", key);
    }
    written_put(written, key, there, strlen(there), 1);
    if (!written_is(written, key, value->data, value->size)) {
        fail_msg("%s is\n%s, not\n%s", key, there, value->data);
    }
    written_destroy(written);
    aux->n++;
}

/* Feeds what lies below 'area' to a translation. */
static void
feed(struct fixture *f, struct translation *t, const char *area, bool learn)
{
    char *prefix = xasprintf(P "/%s", area);
    char *dump = store_memory_dump_now(f->store, prefix), *save = NULL;

    for (char *line = strtok_r(dump, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save)) {
        char *key = line + strlen(P) + 1, *value = strchr(line, '=');

        *value++ = '\0';
        if (learn) {
            translation_learn(t, key, value, strlen(value));
        } else {
            translation_put(t, key, value, strlen(value), 1, 1);
        }
    }
    free(dump);
    free(prefix);
}

/* The southbound and status are exactly what a fresh translation makes. */
static void
check_southbound(struct fixture *f)
{
    struct translation *t = translation_create();
    struct check_aux aux = { f, 0 };

    feed(f, t, "sb/dp/", true);
    translation_set_allocating(t, true);
    feed(f, t, "nb/", false);
    feed(f, t, "chassis/", false);
    translation_run(t);
    engine_for_each_output(translation_engine(t), check_output, &aux);
    size_t n = store_memory_count_now(f->store, P "/s");

    n -= get(f, "sb/leader") != NULL;
    n -= get(f, "sb/sync") != NULL;
    n -= get(f, "status/sync") != NULL;
    assert_int_equal(n, aux.n);
    translation_destroy(t);
}

static int64_t
version(struct fixture *f, const char *datapath)
{
    char *key = xasprintf("sb/dp/%s", datapath);
    const char *row = get(f, key);

    free(key);
    assert_non_null(row);
    return strtoll(strstr(row, "\"version\":") + 10, NULL, 10);
}

/* ---- Writing ------------------------------------------------------------------ */

static void
test_writes_what_is_there(void **state)
{
    struct fixture *f = *state;

    put(f, "nb/logical_switch/n1", "{}");
    put_port(f, "n1", 1);
    struct subject *s = start(f, "a");

    settle(f, s);
    check_southbound(f);
    assert_int_equal(version(f, "switch:n1"), 1);
    stop(s);
}

static void
test_one_change_is_one_transaction(void **state)
{
    struct fixture *f = *state;
    struct subject *s = start(f, "a");

    put(f, "nb/logical_switch/n1", "{}");
    for (int i = 0; i < 50; i++) {
        put_port(f, "n1", i);
    }
    settle(f, s);
    struct translator_stats before = translator_stats(s->translator);
    int64_t v = version(f, "switch:n1");
    int64_t revision = store_memory_revision(f->store);

    put_port(f, "n1", 77);
    settle(f, s);
    struct translator_stats after = translator_stats(s->translator);

    /* The port, its flows, the datapath: three keys, one transaction. */
    assert_int_equal(after.n_txns - before.n_txns, 1);
    assert_int_equal(after.n_puts - before.n_puts, 3);
    assert_int_equal(store_memory_revision(f->store), revision + 2);
    assert_int_equal(version(f, "switch:n1"), v + 1);
    check_southbound(f);
    delete(f, "nb/logical_switch_port/n1-77");
    settle(f, s);
    assert_int_equal(translator_stats(s->translator).n_deletes, 2);
    assert_int_equal(version(f, "switch:n1"), v + 2);
    check_southbound(f);
    stop(s);
}

static void
test_burst_is_gathered(void **state)
{
    struct fixture *f = *state;
    struct subject *s = start(f, "a");

    put(f, "nb/logical_switch/n1", "{}");
    settle(f, s);
    uint64_t before = translator_stats(s->translator).n_batches;

    for (int i = 0; i < 1000; i++) {
        put_port(f, "n1", i);
    }
    settle(f, s);
    assert_true(translator_stats(s->translator).n_batches - before <= 10);
    check_southbound(f);
    stop(s);
}

/* Follows sb/dp/switch:n1 and checks that whatever comes below it is followed
 * by its row. */
struct order {
    bool is_open;               /* Something came, no row yet. */
    size_t n_events, n_rows;
};

static void
order_events(struct store_watch *watch OVS_UNUSED,
             const struct store_event *events, size_t n,
             int64_t revision OVS_UNUSED, void *order_)
{
    struct order *order = order_;
    bool has_row = false;

    for (size_t i = 0; i < n; i++) {
        bool is_row = !strcmp(events[i].kv.key.data,
                              P "/sb/dp/switch:n1");

        has_row |= is_row;
        order->n_rows += is_row;
        order->n_events++;
    }
    order->is_open = !has_row;
}

static void
order_synced(struct store_watch *watch OVS_UNUSED,
             int64_t revision OVS_UNUSED, void *order OVS_UNUSED)
{
}

static void
test_rows_come_last(void **state)
{
    static const struct store_watch_ops ops = {
        .events = order_events, .synced = order_synced,
    };
    struct fixture *f = *state;
    struct order order = { false, 0, 0 };
    struct store_watch_set *set = store_watch_set_create(f->store, &ops);

    store_watch_add_prefix(set, store_bytes_from_string(P "/sb/dp/switch:n1"),
                           &order);
    put(f, "nb/logical_switch/n1", "{}");
    put(f, "nb/logical_switch/n2", "{}");
    for (int i = 0; i < 700; i++) {
        put_port(f, i % 3 ? "n1" : "n2", i);
    }
    struct subject *s = start(f, "a");

    settle(f, s);
    assert_true(order.n_events > 900);
    assert_false(order.is_open);
    assert_int_equal(order.n_rows, 1);      /* One batch. */
    delete(f, "nb/logical_switch/n1");      /* 900 deletes. */
    settle(f, s);
    assert_false(order.is_open);
    check_southbound(f);
    store_watch_set_destroy(set);
    stop(s);
}

/* ---- Leadership ------------------------------------------------------------- */

static void
test_restart_writes_nothing(void **state)
{
    struct fixture *f = *state;
    struct subject *s = start(f, "a");

    put(f, "nb/logical_switch/n1", "{}");
    for (int i = 0; i < 300; i++) {
        put_port(f, "n1", i);
    }
    put(f, "chassis/hv1/claim/n1-1", "{\"installed\":true}");
    put(f, "nb/logical_switch_port/bad", "{\"nonsense\":");
    settle(f, s);
    stop(s);
    pass_time(f, 20);
    int64_t revision = store_memory_revision(f->store);

    s = start(f, "b");
    settle(f, s);
    /* Its own leader key, nothing else. */
    assert_int_equal(store_memory_revision(f->store), revision + 1);
    assert_int_equal(translator_stats(s->translator).n_txns, 0);
    stop(s);
}

static void
test_standby_takes_over(void **state)
{
    struct fixture *f = *state;
    struct subject *a = start(f, "a");

    settle(f, a);
    struct subject *b = start(f, "b");

    put(f, "nb/logical_switch/n1", "{}");
    put(f, "nb/logical_switch/n0", "{}");
    put_port(f, "n1", 7);
    settle(f, a);
    put_port(f, "n1", 3);       /* Gets the second key, not the first. */
    settle(f, a);
    assert_false(translator_stats(b->translator).is_leading);
    assert_int_equal(translator_stats(b->translator).n_txns, 0);
    int64_t revision = store_memory_revision(f->store);

    stop(a);
    settle(f, b);
    /* The leader key went and came; nothing else. */
    assert_int_equal(store_memory_revision(f->store), revision + 2);
    assert_non_null(strstr(get(f, "sb/dp/switch:n1/port/n1-7"),
                           "\"tunnel_key\":1}"));
    assert_non_null(strstr(get(f, "sb/dp/switch:n1/port/n1-3"),
                           "\"tunnel_key\":2}"));
    put_port(f, "n1", 1);
    settle(f, b);
    assert_non_null(strstr(get(f, "sb/dp/switch:n1/port/n1-1"),
                           "\"tunnel_key\":3}"));
    check_southbound(f);
    stop(b);
}

/* A leader that was cut off finds out with its first write, and has written
 * nothing. */
static void
test_deposed_leader_cannot_write(void **state)
{
    struct fixture *f = *state;
    struct subject *a = start(f, "a");

    put(f, "nb/logical_switch/n1", "{}");
    settle(f, a);
    struct subject *b = start(f, "b");

    loop_run_until(&f->loop, is_synced, b->translator, 1000);
    store_memory_hold(a->store, true);           /* Hears and says nothing. */
    store_memory_expire_lease(f->store, 0);
    put_port(f, "n1", 1);
    loop_run_until(&f->loop, is_settled, b->translator, 5000);
    settle(f, b);
    check_southbound(f);
    assert_string_equal(get(f, "sb/leader"), "b");
    int64_t revision = store_memory_revision(f->store);

    store_memory_hold(a->store, false);
    put_port(f, "n1", 2);
    settle(f, b);
    pass_time(f, 100);
    assert_false(translator_stats(a->translator).is_leading);
    /* The port, and one transaction for it. */
    assert_int_equal(store_memory_revision(f->store), revision + 2);
    check_southbound(f);
    stop(a);
    stop(b);
}

static void
test_closes_what_was_left_open(void **state)
{
    struct fixture *f = *state;
    struct subject *s = start(f, "a");

    put(f, "nb/logical_switch/n1", "{}");
    put_port(f, "n1", 1);
    put_port(f, "n1", 2);
    settle(f, s);
    stop(s);
    pass_time(f, 20);
    /* As if a leader had died between a child and the row. */
    char *flows = xstrdup(get(f, "sb/dp/switch:n1/flow/lsp:n1-1"));

    put(f, "sb/dp/switch:n1/flow/lsp:n1-1", flows);
    free(flows);
    put(f, "sb/dp/switch:gone/flow/lsp:x", "{\"flows\":[]}");
    s = start(f, "b");
    settle(f, s);
    assert_int_equal(version(f, "switch:n1"), 2);
    check_southbound(f);
    stop(s);
}

/* ---- Faults -------------------------------------------------------------------- */

static void
test_store_faults(void **state)
{
    static const int errors[] = {
        -WEFT_E_UNAVAILABLE, -WEFT_E_UNKNOWN, -WEFT_E_NO_SPACE,
        -WEFT_E_TIMEOUT,
    };
    struct fixture *f = *state;
    struct subject *s = start(f, "a");

    put(f, "nb/logical_switch/n1", "{}");
    settle(f, s);
    for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
        for (int j = 0; j < 300; j++) {
            put_port(f, "n1", 300 * i + j);
        }
        store_memory_fail(s->store, 2, errors[i]);
        pass_time(f, 10);
        store_memory_lose_answers(s->store, 2, -WEFT_E_UNKNOWN);
        settle(f, s);
        check_southbound(f);
    }
    assert_true(translator_stats(s->translator).n_txn_failures > 0);
    stop(s);
}

/* What etcd never takes is skipped, and nothing else suffers. */
static void
test_too_large_is_skipped(void **state)
{
    struct fixture *f = *state;
    struct subject *s = start(f, "a");
    struct ds value = DS_EMPTY_INITIALIZER;

    put(f, "nb/logical_switch/n1", "{}");
    settle(f, s);
    ds_put_cstr(&value, "{\"switch\":\"n1\",\"external_ids\":{\"big\":\"");
    ds_put_char_multiple(&value, 'x', 100000);
    ds_put_cstr(&value, "\"}}");
    store_memory_set_limits(s->store, 0, 50000, 0);
    put(f, "nb/logical_switch_port/big", ds_cstr(&value));
    put_port(f, "n1", 1);
    settle(f, s);
    assert_null(get(f, "sb/dp/switch:n1/port/big"));
    assert_non_null(get(f, "sb/dp/switch:n1/port/n1-1"));
    assert_int_equal(version(f, "switch:n1"), 2);
    ds_destroy(&value);
    stop(s);
}

static void
test_lost_history(void **state)
{
    struct fixture *f = *state;
    struct subject *s = start(f, "a");

    put(f, "nb/logical_switch/n1", "{}");
    put_port(f, "n1", 1);
    settle(f, s);
    store_memory_break_watches(s->store);
    delete(f, "nb/logical_switch_port/n1-1");
    put_port(f, "n1", 2);
    store_memory_compact(f->store, 0);
    settle(f, s);
    pass_time(f, 200);
    settle(f, s);
    check_southbound(f);
    assert_null(get(f, "sb/dp/switch:n1/port/n1-1"));
    stop(s);
}

static void
test_garbage_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct subject *s = start(f, "a");

    put(f, "nb/logical_switch/n1", "{}");
    put_port(f, "n1", 1);
    settle(f, s);
    put(f, "nb/logical_switch_port/x", "garbage");
    put(f, "nb/logical_switch_port/y", "{\"switch\":\"n1\",\"tag\":99999}");
    put(f, "nb/no_such_table/z", "{}");
    put(f, "nb/logical_switch_port/%zz", "{}");
    put(f, "nb/", "{}");
    put(f, "chassis/hv1/claim/n1-1", "{\"ofport\":\"many\"}");
    put_port(f, "n1", 2);
    settle(f, s);
    assert_non_null(strstr(get(f, "status/logical_switch_port/x"),
                           "errors"));
    assert_non_null(strstr(get(f, "status/logical_switch_port/y"), "tag"));
    assert_null(get(f, "sb/dp/switch:n1/port/y"));
    assert_non_null(get(f, "sb/dp/switch:n1/port/n1-2"));
    delete(f, "nb/logical_switch_port/x");
    settle(f, s);
    assert_null(get(f, "status/logical_switch_port/x"));
    stop(s);
}

/* ---- Sync tokens ------------------------------------------------------------- */

static int64_t
number(const char *row, const char *column)
{
    char *name = xasprintf("\"%s\":", column);
    const char *found = row ? strstr(row, name) : NULL;
    int64_t value = found ? strtoll(found + strlen(name), NULL, 10) : 0;

    free(name);
    return value;
}

static void
test_sync_tokens(void **state)
{
    struct fixture *f = *state;
    struct subject *s = start(f, "a");

    settle(f, s);
    assert_null(get(f, "status/sync"));
    put(f, "nb/logical_switch/n1", "{}");
    put(f, "nb/sync/me", "{\"wait\":\"sb\"}");
    int64_t r = store_memory_revision(f->store);

    settle(f, s);
    assert_true(number(get(f, "status/sync"), "sb_revision") >= r);
    assert_null(get(f, "sb/sync"));     /* No agent need look. */

    put(f, "chassis/hv1/alive", "{}");
    put(f, "chassis/hv2/alive", "{}");
    put(f, "nb/sync/me", "{\"wait\":\"hv\"}");
    r = store_memory_revision(f->store);
    settle(f, s);
    int64_t sync = number(get(f, "sb/sync"), "revision");

    assert_true(sync >= r);
    assert_true(number(get(f, "status/sync"), "sb_revision") >= r);
    assert_int_equal(number(get(f, "status/sync"), "hv_revision"), 0);
    assert_non_null(strstr(get(f, "status/sync"),
                           "\"behind\":[\"hv1\",\"hv2\"]"));
    char *applied = xasprintf("{\"revision\":%"PRId64"}", sync);

    put(f, "chassis/hv1/sync", applied);
    pass_time(f, 300);
    settle(f, s);
    assert_non_null(strstr(get(f, "status/sync"), "\"behind\":[\"hv2\"]"));
    put(f, "chassis/hv2/sync", applied);
    settle(f, s);
    assert_int_equal(number(get(f, "status/sync"), "hv_revision"), sync);
    assert_null(strstr(get(f, "status/sync"), "behind"));
    delete(f, "chassis/hv2/alive");
    delete(f, "chassis/hv2/sync");
    settle(f, s);
    free(applied);
    /* A new leader does not answer old tokens again. */
    stop(s);
    pass_time(f, 20);
    s = start(f, "b");
    settle(f, s);
    assert_int_equal(translator_stats(s->translator).n_txns, 0);
    stop(s);
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_writes_what_is_there),
        TEST(test_one_change_is_one_transaction),
        TEST(test_burst_is_gathered),
        TEST(test_rows_come_last),
        TEST(test_restart_writes_nothing),
        TEST(test_standby_takes_over),
        TEST(test_deposed_leader_cannot_write),
        TEST(test_closes_what_was_left_open),
        TEST(test_store_faults),
        TEST(test_too_large_is_skipped),
        TEST(test_lost_history),
        TEST(test_garbage_changes_nothing),
        TEST(test_sync_tokens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
