/* Counters, gauges and histograms of a process, in Prometheus's text format
 * (https://prometheus.io/docs/instrumenting/exposition_formats/).
 *
 * A metric is a static object that its module declares and registers once:
 *
 *     static struct metric n_bundles = METRIC_COUNTER(
 *         "weft_translator_bundles_generated_total", "Bundles generated.");
 *     ...
 *     metric_register(&n_bundles);
 *     metric_add(&n_bundles, 1);
 *
 * One thread only. */
#ifndef WEFT_LIB_METRICS_H
#define WEFT_LIB_METRICS_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum metric_type { METRIC_TYPE_COUNTER, METRIC_TYPE_GAUGE,
                   METRIC_TYPE_HISTOGRAM };

/* Upper bounds of a histogram's buckets, in seconds; +Inf follows. */
#define METRIC_N_BUCKETS 14

struct metric {
    const char *name;           /* With unit suffix, as Prometheus has it. */
    const char *help;           /* One sentence. */
    const char *labels;         /* "phase=\"write\"" or NULL. */
    enum metric_type type;
    bool registered;
    double value;               /* Counter, gauge; sum of a histogram. */
    uint64_t count;             /* Of a histogram. */
    uint64_t buckets[METRIC_N_BUCKETS + 1];
    double (*read)(void *aux);  /* If not NULL, asked when shown. */
    void *aux;
    struct metric *next;        /* Of the registry. */
};
#define METRIC_COUNTER(NAME, HELP) \
    { .name = NAME, .help = HELP, .type = METRIC_TYPE_COUNTER }
#define METRIC_GAUGE(NAME, HELP) \
    { .name = NAME, .help = HELP, .type = METRIC_TYPE_GAUGE }
#define METRIC_HISTOGRAM(NAME, HELP, LABELS)                            \
    { .name = NAME, .help = HELP, .labels = LABELS,                     \
      .type = METRIC_TYPE_HISTOGRAM }

/* Makes 'metric' show up; doing it twice is harmless. */
void metric_register(struct metric *metric);
void metric_add(struct metric *metric, double amount);
void metric_set(struct metric *metric, double value);
/* Adds one observation of 'seconds' to a histogram. */
void metric_observe(struct metric *metric, double seconds);

/* All registered metrics and the process's own (CPU, memory, start time).
 * The caller frees it. */
char *metrics_to_string(void);

#endif
