/* What a port costs that comes into a port group, or leaves it: the same
 * whatever the group's size.  Counted are functions run and keys written. */
#include <config.h>

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "translator/engine.h"
#include "translator/translation.h"
#include "util.h"

static void
put(struct translation *t, const char *value, const char *format, ...)
{
    char key[128];
    va_list args;

    va_start(args, format);
    vsnprintf(key, sizeof key, format, args);
    va_end(args);
    translation_put(t, key, value, strlen(value), 1, 1);
}

static void
put_port(struct translation *t, int i, int ls)
{
    char value[256];

    snprintf(value, sizeof value, "{\"switch\":\"s%d\",\"addresses\":"
             "[\"0a:00:00:00:%02x:%02x 10.0.%d.%d\"]}", ls, i / 250, i % 250,
             i / 250, i % 250 + 1);
    put(t, value, "nb/logical_switch_port/p%d", i);
}

struct cost {
    uint64_t n_runs;
    size_t n_keys, n_bytes;
};

/* Brings the outputs up to date; returns what that took. */
static struct cost
run(struct translation *t)
{
    struct engine *engine = translation_engine(t);
    struct cost cost = { engine_stats(engine).n_runs, 0, 0 };
    struct engine_bytes value;
    const char *key;

    translation_run(t);
    while (engine_next_change(engine, &key, &value)) {
        cost.n_keys++;
        cost.n_bytes += value.data ? value.size : 0;
    }
    cost.n_runs = engine_stats(engine).n_runs - cost.n_runs;
    return cost;
}

/* Port 'i' comes into the group, or leaves it. */
static struct cost
change(struct translation *t, int i, bool comes)
{
    char key[64];

    snprintf(key, sizeof key, "nb/port_group_port/g/p%d", i);
    if (comes) {
        put(t, "{}", "%s", key);
    } else {
        translation_delete(t, key);
    }
    return run(t);
}

/* A group of 'n_ports' on 'n_switches' with 'n_rules'; one more port that is
 * not in it on its last switch and one on a switch of its own. */
static struct translation *
make(int n_ports, int n_switches, int n_rules)
{
    struct translation *t = translation_create();

    translation_set_allocating(t, true);
    put(t, "{}", "nb/port_group/g");
    for (int i = 0; i <= n_switches; i++) {
        put(t, "{}", "nb/logical_switch/s%d", i);
    }
    for (int i = 0; i < n_ports; i++) {
        put_port(t, i, i % n_switches);
        put(t, "{}", "nb/port_group_port/g/p%d", i);
    }
    put_port(t, n_ports, 0);
    put_port(t, n_ports + 1, n_switches);
    for (int i = 0; i < n_rules; i++) {
        char value[256];

        snprintf(value, sizeof value, "{\"port_group\":\"g\",\"direction\":"
                 "\"to-lport\",\"priority\":1000,\"action\":"
                 "\"allow-related\",\"match\":\"outport == @g && "
                 "tcp.dst == %d\"}", i);
        put(t, value, "nb/acl/r%d", i);
    }
    run(t);
    return t;
}

/* Prints what it took, and holds it against what it may. */
static void
check(const char *what, struct cost cost, uint64_t n_runs, size_t n_keys)
{
    print_message("%s: %"PRIu64" functions, %"PRIuSIZE" keys, %"PRIuSIZE
                  " bytes\n", what, cost.n_runs, cost.n_keys, cost.n_bytes);
    assert_true(cost.n_runs <= n_runs);
    assert_true(cost.n_keys <= n_keys);
    /* A part of a set has 256 members at the most, as a rule. */
    assert_true(cost.n_bytes <= 12000 + n_keys * 200);
}

static void
test_port_comes_and_leaves(void **state OVS_UNUSED)
{
    static const int sizes[][3] = { { 20, 5, 10 }, { 1000, 50, 10 },
                                    { 1000, 50, 100 } };

    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        int n_ports = sizes[i][0], n_rules = sizes[i][2];
        struct translation *t = make(n_ports, sizes[i][1], n_rules);

        print_message("%d ports, %d switches, %d rules\n", n_ports,
                      sizes[i][1], n_rules);
        /* Its name and its address go into sets. */
        check("comes", change(t, n_ports, true), 5, 2);
        check("leaves", change(t, n_ports, false), 5, 2);
        /* The rules come to its switch: a bundle each. */
        check("comes with its switch", change(t, n_ports + 1, true),
              2 * n_rules + 8, n_rules + 3);
        check("leaves with its switch", change(t, n_ports + 1, false),
              2 * n_rules + 8, n_rules + 3);
        translation_destroy(t);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_port_comes_and_leaves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
