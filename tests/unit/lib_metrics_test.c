/* Metrics in Prometheus's text format (lib/metrics.h). */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/metrics.h"

static double
read_seven(void *aux)
{
    (void) aux;
    return 7;
}

static void
assert_has(const char *text, const char *line)
{
    if (!strstr(text, line)) {
        fail_msg("no \"%s\" in:\n%s", line, text);
    }
}

static void
test_text_format(void **state)
{
    static struct metric events = METRIC_COUNTER("x_events_total", "Events.");
    static struct metric other = METRIC_GAUGE("x_other", "Something.");
    static struct metric write = METRIC_HISTOGRAM(
        "x_seconds", "Time.", "phase=\"write\"");
    static struct metric watch = METRIC_HISTOGRAM(
        "x_seconds", "Time.", "phase=\"watch\"");
    char *text;

    (void) state;
    other.read = read_seven;
    metric_register(&events);
    metric_register(&write);
    metric_register(&other);
    metric_register(&watch);
    metric_register(&watch);
    metric_add(&events, 2);
    metric_add(&events, 1);
    metric_observe(&write, 0.0002);
    metric_observe(&write, 100);

    text = metrics_to_string();
    assert_has(text, "# TYPE x_events_total counter\nx_events_total 3\n");
    assert_has(text, "x_other 7\n");
    assert_has(text, "x_seconds_bucket{phase=\"write\",le=\"0.0001\"} 0\n");
    assert_has(text, "x_seconds_bucket{phase=\"write\",le=\"0.00025\"} 1\n");
    assert_has(text, "x_seconds_bucket{phase=\"write\",le=\"30\"} 1\n");
    assert_has(text, "x_seconds_bucket{phase=\"write\",le=\"+Inf\"} 2\n");
    assert_has(text, "x_seconds_count{phase=\"watch\"} 0\n");
    assert_has(text, "process_resident_memory_bytes ");
    /* One header for each name, whatever the order of registration. */
    assert_null(strstr(strstr(text, "# TYPE x_seconds") + 1,
                       "# TYPE x_seconds"));
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_format),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
