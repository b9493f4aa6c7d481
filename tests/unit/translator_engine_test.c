/* The engine: what runs again, what does not, and that the result is always
 * what a fresh engine would make. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "openvswitch/util.h"
#include "translator/engine.h"
#include "util.h"

/* ---- Kinds ------------------------------------------------------------
 *
 * number(name)          input: an integer
 * member(group)         relation 0: names
 * parity(name)          derived: number % 2
 * sum(group)            derived: of the numbers of the members
 * twice(a)              derived: 2 * number(number a's name...)
 * show(name)            root of number: states odd/even, outputs parity
 * by_parity(parity)     relation 1
 * count(parity)         root of by_parity: outputs how many */

static bool
int_equal(const void *a, const void *b)
{
    return *(const int *) a == *(const int *) b;
}

static void *
int_value(int x)
{
    int *value = xmalloc(sizeof *value);

    *value = x;
    return value;
}

static const struct engine_kind number = {
    .name = "number", .role = ENGINE_INPUT,
    .equal = int_equal, .destroy = free,
};
static const struct engine_kind member = {
    .name = "member", .role = ENGINE_RELATION,
};
static const struct engine_kind by_parity = {
    .name = "by_parity", .role = ENGINE_RELATION, .stratum = 1,
};

static int
read_int(struct engine_reader *reader, const struct engine_kind *kind,
         const char *a)
{
    const int *value = engine_read(reader, kind, a, "");

    return value ? *value : 0;
}

static void *
compute_parity(struct engine_reader *reader, const struct engine_key *key)
{
    return int_value(read_int(reader, &number, key->a) & 1);
}

static const struct engine_kind parity = {
    .name = "parity", .role = ENGINE_DERIVED,
    .equal = int_equal, .destroy = free, .compute = compute_parity,
};

static void *
compute_sum(struct engine_reader *reader, const struct engine_key *key)
{
    struct engine_members members = engine_members(reader, &member, key->a,
                                                   "");
    const char *name;
    int sum = 0;

    ENGINE_MEMBERS_FOR_EACH (name, members) {
        sum += read_int(reader, &number, name);
    }
    return int_value(sum);
}

static const struct engine_kind sum = {
    .name = "sum", .role = ENGINE_DERIVED,
    .equal = int_equal, .destroy = free, .compute = compute_sum,
};

static void
output_int(struct engine_reader *reader, const char *prefix,
           const char *name, int value)
{
    char *key = xasprintf("%s/%s", prefix, name);
    char *data = xasprintf("%d", value);

    engine_output(reader, key, data, strlen(data));
    free(key);
}

static void
run_show(struct engine_reader *reader, const struct engine_key *key)
{
    int p = read_int(reader, &parity, key->a);

    output_int(reader, "parity", key->a, p);
    engine_state(reader, &by_parity, p ? "odd" : "even", "", key->a);
}

static const struct engine_kind show = {
    .name = "show", .role = ENGINE_ROOT, .stratum = 1,
    .run = run_show, .each = &number,
};

static void
run_count(struct engine_reader *reader, const struct engine_key *key)
{
    output_int(reader, "count", key->a,
               engine_members_count(reader, &by_parity, key->a, ""));
}

static const struct engine_kind count = {
    .name = "count", .role = ENGINE_ROOT, .stratum = 2,
    .run = run_count, .each = &by_parity,
};

static void
run_total(struct engine_reader *reader, const struct engine_key *key)
{
    output_int(reader, "total", key->a, read_int(reader, &sum, key->a));
}

static const struct engine_kind total = {
    .name = "total", .role = ENGINE_ROOT, .stratum = 1,
    .run = run_total, .each = &member,
};

static const struct engine_kind *const kinds[] = {
    &number, &member, &by_parity, &parity, &sum, &show, &count, &total,
};

static struct engine *
create(void)
{
    return engine_create(kinds, ARRAY_SIZE(kinds), NULL, NULL);
}

static void
set(struct engine *engine, const char *name, int value)
{
    engine_input_set(engine, &number, name, "", int_value(value));
}

static void
check_output(struct engine *engine, const char *key, const char *value)
{
    struct engine_bytes bytes = engine_output_get(engine, key);

    if (value) {
        assert_non_null(bytes.data);
        assert_string_equal(bytes.data, value);
    } else {
        assert_null(bytes.data);
    }
}

static void
check_no_faults(struct engine *engine)
{
    if (engine_n_faults(engine)) {
        fail_msg("%s", engine_first_fault(engine));
    }
}

static uint64_t
runs(struct engine *engine, const struct engine_kind *kind)
{
    return engine_kind_stats(engine, kind).n_runs;
}

/* ---- Tests ------------------------------------------------------------- */

static void
test_outputs_follow_inputs(void **state OVS_UNUSED)
{
    struct engine *engine = create();
    struct engine_bytes value;
    const char *key;

    set(engine, "a", 3);
    set(engine, "b", 4);
    engine_run(engine);
    check_output(engine, "parity/a", "1");
    check_output(engine, "parity/b", "0");
    check_output(engine, "count/odd", "1");
    assert_int_equal(engine_n_changes(engine), 4);
    while (engine_next_change(engine, &key, &value)) {
        assert_non_null(value.data);
    }
    engine_input_set(engine, &number, "a", "", NULL);
    engine_run(engine);
    check_output(engine, "parity/a", NULL);
    check_output(engine, "count/odd", NULL);
    assert_int_equal(engine_n_outputs(engine), 2);
    int n_gone = 0;
    while (engine_next_change(engine, &key, &value)) {
        n_gone += !value.data;
    }
    assert_int_equal(n_gone, 2);
    check_no_faults(engine);
    engine_destroy(engine);
}

static void
test_equal_value_stops(void **state OVS_UNUSED)
{
    struct engine *engine = create();
    struct engine_bytes value;
    const char *key;

    set(engine, "a", 3);
    engine_run(engine);
    while (engine_next_change(engine, &key, &value)) {
        continue;
    }
    uint64_t before = runs(engine, &show);
    uint64_t parities = runs(engine, &parity);

    set(engine, "a", 3);            /* The same: nothing runs. */
    engine_run(engine);
    assert_int_equal(runs(engine, &parity), parities);
    set(engine, "a", 5);            /* Another number, the same parity. */
    engine_run(engine);
    assert_int_equal(runs(engine, &parity), parities + 1);
    assert_int_equal(runs(engine, &show), before);
    assert_int_equal(engine_n_changes(engine), 0);
    engine_destroy(engine);
}

/* A change costs what depends on it, whatever the size of the rest. */
static void
test_cost_is_local(void **state OVS_UNUSED)
{
    struct engine *engine = create();
    char name[16];

    for (int i = 0; i < 10000; i++) {
        snprintf(name, sizeof name, "n%d", i);
        set(engine, name, i);
    }
    engine_run(engine);
    uint64_t before = engine_stats(engine).n_runs;

    set(engine, "new", 1);
    engine_run(engine);
    /* show and parity of "new", count of "odd". */
    assert_int_equal(engine_stats(engine).n_runs - before, 3);
    before = engine_stats(engine).n_runs;
    set(engine, "n77", 78);
    engine_run(engine);
    /* parity, show, both counts. */
    assert_int_equal(engine_stats(engine).n_runs - before, 4);
    engine_destroy(engine);
}

static void
test_set_reads(void **state OVS_UNUSED)
{
    struct engine *engine = create();

    engine_fact_add(engine, &member, "g", "", "a");
    engine_fact_add(engine, &member, "g", "", "b");
    set(engine, "a", 10);
    set(engine, "b", 20);
    set(engine, "c", 40);
    engine_run(engine);
    check_output(engine, "total/g", "30");
    engine_fact_add(engine, &member, "g", "", "c");
    engine_run(engine);
    check_output(engine, "total/g", "70");
    engine_fact_add(engine, &member, "g", "", "c");     /* Counted. */
    engine_fact_remove(engine, &member, "g", "", "c");
    engine_run(engine);
    check_output(engine, "total/g", "70");
    uint64_t before = runs(engine, &sum);
    engine_fact_remove(engine, &member, "g", "", "c");
    set(engine, "a", 11);
    engine_run(engine);
    check_output(engine, "total/g", "31");
    assert_int_equal(runs(engine, &sum), before + 1);   /* Once for both. */
    before = runs(engine, &sum);
    set(engine, "c", 41);           /* Not read any more. */
    engine_run(engine);
    assert_int_equal(runs(engine, &sum), before);
    engine_fact_remove(engine, &member, "g", "", "a");
    engine_fact_remove(engine, &member, "g", "", "b");
    engine_run(engine);
    check_output(engine, "total/g", NULL);
    assert_int_equal(engine_kind_stats(engine, &sum).n_nodes, 0);
    check_no_faults(engine);
    engine_destroy(engine);
}

/* Gone inputs, unread values leave no nodes behind. */
static void
test_no_garbage(void **state OVS_UNUSED)
{
    struct engine *engine = create();
    struct engine_bytes value;
    const char *key;

    set(engine, "b", 2);
    engine_run(engine);
    size_t nodes = engine_stats(engine).n_nodes;
    size_t edges = engine_stats(engine).n_edges;
    size_t bytes = engine_stats(engine).output_bytes;

    for (int i = 0; i < 100; i++) {
        set(engine, "a", i);
        engine_run(engine);
        engine_input_set(engine, &number, "a", "", NULL);
        engine_run(engine);
        while (engine_next_change(engine, &key, &value)) {
            continue;
        }
    }
    assert_int_equal(engine_stats(engine).n_nodes, nodes);
    assert_int_equal(engine_stats(engine).n_edges, edges);
    assert_int_equal(engine_stats(engine).output_bytes, bytes);
    assert_int_equal(engine_stats(engine).n_outputs, 2);
    engine_destroy(engine);
}

/* ---- Reads that move up, cycles, mistakes ------------------------------
 *
 * pick(x): reads number(x); if it is 1, reads last(x), else nothing.
 * last(x): mid(x) + 1; mid(x): number(x) * 10. */

static void *
compute_mid(struct engine_reader *reader, const struct engine_key *key)
{
    return int_value(read_int(reader, &number, key->a) * 10);
}

static const struct engine_kind mid = {
    .name = "mid", .role = ENGINE_DERIVED,
    .equal = int_equal, .destroy = free, .compute = compute_mid,
};

static void *
compute_last(struct engine_reader *reader, const struct engine_key *key)
{
    return int_value(read_int(reader, &mid, key->a) + 1);
}

static const struct engine_kind last = {
    .name = "last", .role = ENGINE_DERIVED,
    .equal = int_equal, .destroy = free, .compute = compute_last,
};

static int seen[8], n_seen;

static void *
compute_pick(struct engine_reader *reader, const struct engine_key *key)
{
    return int_value(read_int(reader, &number, "switch")
                     ? read_int(reader, &last, key->a) : -1);
}

static const struct engine_kind pick = {
    .name = "pick", .role = ENGINE_DERIVED,
    .equal = int_equal, .destroy = free, .compute = compute_pick,
};

static void
run_see(struct engine_reader *reader, const struct engine_key *key)
{
    if (!strcmp(key->a, "x")) {
        read_int(reader, &last, "x");
        seen[n_seen++] = read_int(reader, &pick, "x");
        output_int(reader, "see", key->a, seen[n_seen - 1]);
    }
}

static const struct engine_kind see = {
    .name = "see", .role = ENGINE_ROOT, .stratum = 1,
    .run = run_see, .each = &number,
};

static void
test_reads_move_up(void **state OVS_UNUSED)
{
    static const struct engine_kind *const some[] = {
        &number, &mid, &last, &pick, &see,
    };
    struct engine *engine = engine_create(some, ARRAY_SIZE(some), NULL, NULL);

    n_seen = 0;
    set(engine, "switch", 0);
    set(engine, "x", 1);
    engine_run(engine);
    assert_int_equal(seen[0], -1);
    set(engine, "switch", 1);
    set(engine, "x", 2);            /* Both at once: no half-way value. */
    engine_run(engine);
    assert_int_equal(n_seen, 2);
    assert_int_equal(seen[1], 21);
    check_output(engine, "see/x", "21");
    check_no_faults(engine);
    engine_destroy(engine);
}

static const struct engine_kind loop_a;
static const struct engine_kind loop_b;

static void *
compute_loop_a(struct engine_reader *reader, const struct engine_key *key)
{
    return int_value(read_int(reader, &loop_b, key->a) + 1);
}

static void *
compute_loop_b(struct engine_reader *reader, const struct engine_key *key)
{
    return int_value(read_int(reader, &number, key->a)
                     ? read_int(reader, &loop_a, key->a) : 7);
}

static const struct engine_kind loop_a = {
    .name = "loop_a", .role = ENGINE_DERIVED,
    .equal = int_equal, .destroy = free, .compute = compute_loop_a,
};
static const struct engine_kind loop_b = {
    .name = "loop_b", .role = ENGINE_DERIVED,
    .equal = int_equal, .destroy = free, .compute = compute_loop_b,
};

static void
run_loop(struct engine_reader *reader, const struct engine_key *key)
{
    output_int(reader, "loop", key->a, read_int(reader, &loop_a, key->a));
}

static const struct engine_kind run_loops = {
    .name = "run_loops", .role = ENGINE_ROOT, .stratum = 1,
    .run = run_loop, .each = &number,
};

static void
test_cycle_is_a_fault(void **state OVS_UNUSED)
{
    static const struct engine_kind *const some[] = {
        &number, &loop_a, &loop_b, &run_loops,
    };
    struct engine *engine = engine_create(some, ARRAY_SIZE(some), NULL, NULL);

    set(engine, "x", 0);
    engine_run(engine);
    check_output(engine, "loop/x", "8");
    check_no_faults(engine);
    set(engine, "x", 1);            /* Now each reads the other. */
    engine_run(engine);
    assert_true(engine_n_faults(engine) > 0);
    set(engine, "y", 1);            /* From the start. */
    engine_run(engine);
    engine_destroy(engine);
}

static void
run_too_early(struct engine_reader *reader,
              const struct engine_key *key OVS_UNUSED)
{
    engine_members(reader, &by_parity, "odd", "");
}

static void
test_stratum_is_checked(void **state OVS_UNUSED)
{
    static const struct engine_kind too_early = {
        .name = "too_early", .role = ENGINE_ROOT, .stratum = 1,
        .run = run_too_early, .each = &number,
    };
    static const struct engine_kind *const some[] = {
        &number, &by_parity, &too_early,
    };
    struct engine *engine = engine_create(some, ARRAY_SIZE(some), NULL, NULL);

    set(engine, "x", 0);
    engine_run(engine);
    assert_int_equal(engine_n_faults(engine), 1);
    assert_non_null(strstr(engine_first_fault(engine), "by_parity"));
    engine_destroy(engine);
}

/* ---- Shared outputs, parts of sets ------------------------------------- */

static void
run_shared(struct engine_reader *reader, const struct engine_key *key)
{
    output_int(reader, "shared", "all", read_int(reader, &number, key->a));
}

static void
test_shared_output(void **state OVS_UNUSED)
{
    static const struct engine_kind shared = {
        .name = "shared", .role = ENGINE_ROOT, .stratum = 1,
        .run = run_shared, .each = &number,
    };
    static const struct engine_kind *const some[] = { &number, &shared };
    struct engine *engine = engine_create(some, ARRAY_SIZE(some), NULL, NULL);

    set(engine, "a", 5);
    set(engine, "b", 3);
    engine_run(engine);
    check_output(engine, "shared/all", "3");
    engine_input_set(engine, &number, "b", "", NULL);
    engine_run(engine);
    check_output(engine, "shared/all", "5");
    engine_input_set(engine, &number, "a", "", NULL);
    engine_run(engine);
    check_output(engine, "shared/all", NULL);
    engine_destroy(engine);
}

static unsigned int part_runs[4];

static void *
compute_part(struct engine_reader *reader, const struct engine_key *key)
{
    uint32_t part = atoi(key->b);

    part_runs[part]++;
    return int_value(engine_members_part(reader, &member, key->a, "", 4,
                                         part).n);
}

static const struct engine_kind part = {
    .name = "part", .role = ENGINE_DERIVED,
    .equal = int_equal, .destroy = free, .compute = compute_part,
};

static void
run_parts(struct engine_reader *reader, const struct engine_key *key)
{
    static const char *const names[] = { "0", "1", "2", "3" };
    int n = 0;

    for (int i = 0; i < 4; i++) {
        n += *(const int *) engine_read(reader, &part, key->a, names[i]);
    }
    output_int(reader, "parts", key->a, n);
    output_int(reader, "has-m7", key->a,
               engine_is_member(reader, &member, key->a, "", "m7"));
}

static void
test_parts(void **state OVS_UNUSED)
{
    static const struct engine_kind parts = {
        .name = "parts", .role = ENGINE_ROOT, .stratum = 1,
        .run = run_parts, .each = &member,
    };
    static const struct engine_kind *const some[] = {
        &member, &part, &parts,
    };
    struct engine *engine = engine_create(some, ARRAY_SIZE(some), NULL, NULL);
    char name[16];

    memset(part_runs, 0, sizeof part_runs);
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "m%d", i);
        engine_fact_add(engine, &member, "s", "", name);
    }
    engine_run(engine);
    check_output(engine, "parts/s", "1000");
    check_output(engine, "has-m7/s", "1");
    engine_fact_add(engine, &member, "s", "", "another");
    engine_run(engine);
    check_output(engine, "parts/s", "1001");
    for (uint32_t i = 0; i < 4; i++) {
        bool is_its = (engine_member_hash("another") & 3) == i;

        assert_int_equal(part_runs[i], is_its ? 2 : 1);
    }
    engine_fact_remove(engine, &member, "s", "", "m7");
    engine_run(engine);
    check_output(engine, "has-m7/s", "0");
    engine_destroy(engine);
}

/* ---- Random histories -------------------------------------------------- */

struct compare_aux {
    struct engine *other;
    size_t n;
};

static void
compare_output(const char *key, const struct engine_bytes *value, void *aux_)
{
    struct compare_aux *aux = aux_;
    struct engine_bytes other = engine_output_get(aux->other, key);

    assert_non_null(other.data);
    assert_string_equal(other.data, value->data);
    aux->n++;
}

static void
random_step(struct engine *engine, unsigned int *seed, int numbers[32],
            bool members[4][32])
{
    char name[16], group[16];
    int i = rand_r(seed) % 32, g = rand_r(seed) % 4;

    snprintf(name, sizeof name, "n%d", i);
    snprintf(group, sizeof group, "g%d", g);
    if (rand_r(seed) % 2) {
        numbers[i] = rand_r(seed) % 5 - 1;
        engine_input_set(engine, &number, name, "",
                         numbers[i] < 0 ? NULL : int_value(numbers[i]));
    } else if ((members[g][i] = !members[g][i])) {
        engine_fact_add(engine, &member, group, "", name);
    } else {
        engine_fact_remove(engine, &member, group, "", name);
    }
}

static struct engine *
rebuild(int numbers[32], bool members[4][32])
{
    struct engine *engine = create();
    char name[16], group[16];

    for (int i = 31; i >= 0; i--) {
        snprintf(name, sizeof name, "n%d", i);
        if (numbers[i] >= 0) {
            set(engine, name, numbers[i]);
        }
        for (int g = 0; g < 4; g++) {
            snprintf(group, sizeof group, "g%d", g);
            if (members[g][i]) {
                engine_fact_add(engine, &member, group, "", name);
            }
        }
    }
    engine_run(engine);
    return engine;
}

static void
test_random_history(void **state OVS_UNUSED)
{
    struct engine *engine = create();
    unsigned int seed = 1;
    int numbers[32];
    bool members[4][32] = { { false } };

    memset(numbers, -1, sizeof numbers);
    for (int step = 0; step < 3000; step++) {
        for (int n = rand_r(&seed) % 4; n >= 0; n--) {
            random_step(engine, &seed, numbers, members);
        }
        engine_run(engine);
        struct engine *fresh = rebuild(numbers, members);
        struct compare_aux aux = { fresh, 0 };

        engine_for_each_output(engine, compare_output, &aux);
        assert_int_equal(aux.n, engine_n_outputs(fresh));
        check_no_faults(fresh);
        engine_destroy(fresh);
    }
    check_no_faults(engine);
    engine_destroy(engine);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outputs_follow_inputs),
        cmocka_unit_test(test_equal_value_stops),
        cmocka_unit_test(test_cost_is_local),
        cmocka_unit_test(test_set_reads),
        cmocka_unit_test(test_no_garbage),
        cmocka_unit_test(test_reads_move_up),
        cmocka_unit_test(test_cycle_is_a_fault),
        cmocka_unit_test(test_stratum_is_checked),
        cmocka_unit_test(test_shared_output),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_random_history),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
