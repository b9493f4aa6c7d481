/* The process's metrics in Prometheus's text format: see metrics.h.
 *
 * Metrics of one name (different labels) are kept side by side, since the
 * format wants them so. */
#include <config.h>

#include "lib/metrics.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

/* Upper bounds in seconds: what a change of the network may take. */
static const double bounds[METRIC_N_BUCKETS] = {
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
    0.25, 1, 5, 30,
};

static struct metric *registry;

void
metric_register(struct metric *metric)
{
    struct metric **p;

    if (metric->registered) {
        return;
    }
    for (p = &registry; *p; p = &(*p)->next) {
        if (!strcmp((*p)->name, metric->name)) {
            break;
        }
    }
    metric->next = *p;
    metric->registered = true;
    *p = metric;
}

void
metric_add(struct metric *metric, double amount)
{
    metric->value += amount;
}

void
metric_set(struct metric *metric, double value)
{
    metric->value = value;
}

void
metric_observe(struct metric *metric, double seconds)
{
    size_t i = 0;

    while (i < METRIC_N_BUCKETS && seconds > bounds[i]) {
        i++;
    }
    metric->buckets[i]++;
    metric->count++;
    metric->value += seconds;
}

static void
put_number(struct ds *out, double value)
{
    if (value == floor(value) && fabs(value) < 1e15) {
        ds_put_format(out, "%.0f\n", value);
    } else {
        ds_put_format(out, "%.9g\n", value);
    }
}

static void
put_sample(struct ds *out, const struct metric *metric, const char *suffix,
           const char *more_labels, double value)
{
    const char *labels = metric->labels ? metric->labels : "";

    ds_put_format(out, "%s%s", metric->name, suffix);
    if (labels[0] || more_labels[0]) {
        ds_put_format(out, "{%s%s%s}", labels,
                      labels[0] && more_labels[0] ? "," : "", more_labels);
    }
    ds_put_char(out, ' ');
    put_number(out, value);
}

static void
put_histogram(struct ds *out, const struct metric *metric)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < METRIC_N_BUCKETS; i++) {
        char label[32];

        sum += metric->buckets[i];
        snprintf(label, sizeof label, "le=\"%g\"", bounds[i]);
        put_sample(out, metric, "_bucket", label, sum);
    }
    put_sample(out, metric, "_bucket", "le=\"+Inf\"", metric->count);
    put_sample(out, metric, "_sum", "", metric->value);
    put_sample(out, metric, "_count", "", metric->count);
}

static void
put_metric(struct ds *out, const struct metric *metric, bool first)
{
    static const char *const types[] = {
        [METRIC_TYPE_COUNTER] = "counter",
        [METRIC_TYPE_GAUGE] = "gauge",
        [METRIC_TYPE_HISTOGRAM] = "histogram",
    };

    if (first) {
        ds_put_format(out, "# HELP %s %s\n# TYPE %s %s\n", metric->name,
                      metric->help, metric->name, types[metric->type]);
    }
    if (metric->type == METRIC_TYPE_HISTOGRAM) {
        put_histogram(out, metric);
    } else {
        put_sample(out, metric, "", "",
                   metric->read ? metric->read(metric->aux) : metric->value);
    }
}

/* Resident memory in bytes, by proc(5). */
static double
resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long long int pages = 0;

    if (file) {
        if (fscanf(file, "%*s %lld", &pages) != 1) {
            pages = 0;
        }
        fclose(file);
    }
    return (double) pages * sysconf(_SC_PAGESIZE);
}

static void
put_process(struct ds *out)
{
    struct metric cpu = METRIC_COUNTER("process_cpu_seconds_total",
                                       "User and system CPU time.");
    struct metric memory = METRIC_GAUGE("process_resident_memory_bytes",
                                        "Resident memory.");
    struct rusage usage;

    if (!getrusage(RUSAGE_SELF, &usage)) {
        cpu.value = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
                     + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
                       / 1e6);
    }
    memory.value = resident_bytes();
    put_metric(out, &cpu, true);
    put_metric(out, &memory, true);
}

char *
metrics_to_string(void)
{
    struct ds out = DS_EMPTY_INITIALIZER;
    const char *last = "";

    for (const struct metric *m = registry; m; m = m->next) {
        put_metric(&out, m, strcmp(last, m->name) != 0);
        last = m->name;
    }
    put_process(&out);
    return ds_steal_cstr(&out);
}
