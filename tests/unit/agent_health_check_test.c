/* Health checks on a clock of the test's: when probes go, and what becomes of
 * a service that answers, refuses or is silent as a script says. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <limits.h>
#include <string.h>

#include "node-agent/health_check.h"
#include "smap.h"
#include "util.h"

enum { MAX_PROBES = 64, START_MS = 1000000 };

struct world {
    struct health_check check;
    long long int now_ms;
    long long int probes[MAX_PROBES];   /* When each was sent. */
    int n_probes;
    const char *script;         /* A letter for each probe, the last one for
                                 * all that follow: 'a' answers after 10 ms,
                                 * 'r' refuses then, '-' is silent. */
};

static void
start(struct world *w, const char *script, const struct health_config *config)
{
    memset(w, 0, sizeof *w);
    w->now_ms = START_MS;
    w->script = script;
    health_check_init(&w->check, config, START_MS);
}

static void
step(struct world *w)
{
    size_t last = strlen(w->script) - 1;
    char said;

    if (health_check_run(&w->check, w->now_ms)) {
        assert_true(w->n_probes < MAX_PROBES);
        w->probes[w->n_probes++] = w->now_ms;
        health_check_sent(&w->check, w->now_ms);
    }
    said = w->n_probes ? w->script[MIN(w->n_probes - 1, last)] : '-';
    if (said != '-' && w->now_ms == w->probes[w->n_probes - 1] + 10) {
        health_check_answer(&w->check, said == 'a', w->now_ms);
    }
    assert_false(w->check.n_good && w->check.n_bad);
    assert_true(w->check.deadline_ms >= w->now_ms);
}

static void
pass(struct world *w, int ms)
{
    for (int i = 0; i < ms; i++) {
        step(w);
        w->now_ms++;
    }
}

/* When the status becomes 'status', from the start; within a minute. */
static int
until(struct world *w, enum health_status status)
{
    while (w->check.status != status && w->now_ms < START_MS + 60000) {
        pass(w, 1);
    }
    assert_int_equal(w->check.status, status);
    return w->now_ms - 1 - START_MS;
}

static const struct health_config tcp = {
    .interval_ms = 5000, .timeout_ms = 3000,
    .success_count = 1, .failure_count = 1,
};

static void
test_tcp(void **state)
{
    struct world w;

    (void) state;
    start(&w, "a", &tcp);
    assert_int_equal(until(&w, HEALTH_ONLINE), 10);
    start(&w, "r", &tcp);
    assert_int_equal(until(&w, HEALTH_OFFLINE), 10);
    start(&w, "-", &tcp);
    assert_int_equal(until(&w, HEALTH_OFFLINE), 3000);
}

static void
test_udp(void **state)
{
    struct health_config udp = tcp;
    struct world w;

    (void) state;
    udp.silence_is_good = true;
    start(&w, "-", &udp);
    assert_int_equal(until(&w, HEALTH_ONLINE), 3000);
    start(&w, "r", &udp);
    assert_int_equal(until(&w, HEALTH_OFFLINE), 10);
    start(&w, "r-", &udp);
    until(&w, HEALTH_OFFLINE);
    assert_int_equal(until(&w, HEALTH_ONLINE), 8000);
}

/* From probe to probe it is one interval, whatever the answer. */
static void
test_intervals(void **state)
{
    static const char *const scripts[] = { "a", "r", "-", "ar-a-r" };
    struct health_config config = tcp;
    struct world w;

    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
        start(&w, scripts[i], &tcp);
        pass(&w, 50000);
        assert_int_equal(w.n_probes, 10);
        for (int j = 0; j < w.n_probes; j++) {
            assert_int_equal(w.probes[j], START_MS + 5000 * j);
        }
    }
    /* But no probe before the one before has come to something. */
    config.timeout_ms = 7000;
    start(&w, "-", &config);
    pass(&w, 15000);
    assert_int_equal(w.n_probes, 3);
    assert_int_equal(w.probes[2], START_MS + 14000);
}

static void
test_counts(void **state)
{
    struct health_config config = tcp;
    struct world w;

    (void) state;
    config.success_count = 2;
    config.failure_count = 3;
    start(&w, "a", &config);
    assert_int_equal(until(&w, HEALTH_ONLINE), 5010);
    start(&w, "r", &config);
    assert_int_equal(until(&w, HEALTH_OFFLINE), 10010);
    /* In a row: what comes between begins anew. */
    start(&w, "rrarrarrr", &config);
    pass(&w, 40000);
    assert_int_equal(w.check.status, HEALTH_UNKNOWN);
    assert_int_equal(until(&w, HEALTH_OFFLINE), 40010);
    start(&w, "aarra", &config);
    pass(&w, 60000);
    assert_int_equal(w.check.status, HEALTH_ONLINE);
    start(&w, "aarrraraa", &config);
    assert_int_equal(until(&w, HEALTH_ONLINE), 5010);
    assert_int_equal(until(&w, HEALTH_OFFLINE), 20010);
    assert_int_equal(until(&w, HEALTH_ONLINE), 40010);
}

/* Answers that come twice, too late, or to nothing. */
static void
test_answers_that_do_not_count(void **state)
{
    struct health_config config = tcp;
    struct world w;

    (void) state;
    config.success_count = config.failure_count = 2;
    start(&w, "-", &config);
    health_check_answer(&w.check, true, w.now_ms);
    pass(&w, 3001);
    assert_int_equal(w.check.n_bad, 1);
    health_check_answer(&w.check, true, w.now_ms);
    assert_int_equal(w.check.n_good, 0);
    start(&w, "a", &config);
    pass(&w, 11);
    health_check_answer(&w.check, true, w.now_ms);
    health_check_answer(&w.check, false, w.now_ms);
    assert_int_equal(w.check.n_good, 1);
    assert_int_equal(w.check.n_bad, 0);
    assert_int_equal(w.check.status, HEALTH_UNKNOWN);
}

/* What was found stays; what was under way does not count. */
static void
test_rest(void **state)
{
    struct world w;

    (void) state;
    start(&w, "a-a", &tcp);
    pass(&w, 6000);             /* The second probe is under way. */
    assert_true(w.check.is_waiting);
    health_check_rest(&w.check, w.now_ms + 500);
    health_check_answer(&w.check, false, w.now_ms);
    pass(&w, 600);
    assert_int_equal(w.check.status, HEALTH_ONLINE);
    assert_int_equal(w.n_probes, 3);
    assert_int_equal(w.probes[2], START_MS + 6500);
}

static void
test_settings_change(void **state)
{
    struct health_config config = tcp;
    struct world w;

    (void) state;
    start(&w, "a", &tcp);
    pass(&w, 1000);
    config.interval_ms = 2000;
    health_check_configure(&w.check, &config);
    pass(&w, 2000);
    assert_int_equal(w.n_probes, 2);
    assert_int_equal(w.probes[1], START_MS + 2000);
    start(&w, "-", &tcp);
    pass(&w, 1000);
    config.timeout_ms = 1500;
    health_check_configure(&w.check, &config);
    assert_int_equal(until(&w, HEALTH_OFFLINE), 1500);
    /* Before the first probe, and the same again: nothing moves. */
    start(&w, "a", &tcp);
    health_check_configure(&w.check, &config);
    health_check_configure(&w.check, &config);
    pass(&w, 1);
    assert_int_equal(w.probes[0], START_MS);
}

static void
test_options(void **state)
{
    static const struct {
        const char *key, *value;
        struct health_config config;
    } cases[] = {
        { "x", "1", { false, 5000, 3000, 1, 1 } },
        { "interval", "7", { false, 7000, 3000, 1, 1 } },
        { "timeout", "20", { false, 5000, 20000, 1, 1 } },
        { "success_count", "3", { false, 5000, 3000, 3, 1 } },
        { "failure_count", "4", { false, 5000, 3000, 1, 4 } },
        { "interval", "0", { false, 5000, 3000, 1, 1 } },
        { "interval", "-1", { false, 5000, 3000, 1, 1 } },
        { "interval", "86401", { false, 5000, 3000, 1, 1 } },
        { "interval", "4294967297", { false, 5000, 3000, 1, 1 } },
        { "failure_count", "", { false, 5000, 3000, 1, 1 } },
        { "timeout", "many", { false, 5000, 3000, 1, 1 } },
    };

    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct health_config *want = &cases[i].config;
        struct smap options = SMAP_CONST1(&options, cases[i].key,
                                          cases[i].value);
        struct health_config config = { .silence_is_good = false };

        health_config_parse(&config, &options);
        assert_int_equal(config.interval_ms, want->interval_ms);
        assert_int_equal(config.timeout_ms, want->timeout_ms);
        assert_int_equal(config.success_count, want->success_count);
        assert_int_equal(config.failure_count, want->failure_count);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tcp),
        cmocka_unit_test(test_udp),
        cmocka_unit_test(test_intervals),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_answers_that_do_not_count),
        cmocka_unit_test(test_rest),
        cmocka_unit_test(test_settings_change),
        cmocka_unit_test(test_options),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
