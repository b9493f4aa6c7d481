/* translate_probe: the translation of a northbound, without etcd.
 *
 *     translate_probe [--all] [--bench] [--stored] < rows.json
 *
 * Reads one JSON object whose members are keys ("nb/logical_switch/n1",
 * "chassis/hv1/claim/ap") and values (rows), as docs/KEYS.md has them, each
 * standing for a put, in order; and prints what the translator makes of
 * them, sorted: one line for each logical flow
 *
 *     <bundle's key>  <stage> <priority> <match> -> <actions>
 *
 * and, with --all, one for each other row
 *
 *     <key> <JSON>
 *
 * --stored prints flows as they lie in etcd, with phrases
 * (schemas/phrases.h).  --bench prints times and memory instead. */
#include <config.h>

#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "openvswitch/util.h"
#include "schemas/schema.h"
#include "svec.h"
#include "translator/engine.h"
#include "translator/translation.h"
#include "util.h"

struct options {
    bool all;
    bool bench;
    bool stored;
};

static double
now_s(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void
put_rows(struct translation *t, json_t *rows)
{
    const char *key;
    json_t *value;
    int64_t revision = 1;

    json_object_foreach (rows, key, value) {
        char *text = (json_is_string(value)
                      ? xstrdup(json_string_value(value))   /* Garbage. */
                      : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY));

        revision++;
        if (!translation_put(t, key, text, strlen(text), revision,
                             revision)) {
            fprintf(stderr, "translate_probe: %s: no such key\n", key);
            exit(EXIT_FAILURE);
        }
        free(text);
    }
}

static void
add_flows(const char *key, json_t *flows, struct svec *lines)
{
    size_t i;
    json_t *flow;

    json_array_foreach (flows, i, flow) {
        const char *stage = json_string_value(json_array_get(flow, 0));
        const char *match = json_string_value(json_array_get(flow, 2));
        const char *actions = json_string_value(json_array_get(flow, 3));
        json_t *options = json_array_get(flow, 4);
        char *more = options ? json_dumps(options, JSON_SORT_KEYS) : NULL;

        svec_add_nocopy(lines, xasprintf(
            "%s  %s %lld %s -> %s%s%s", key, stage,
            (long long) json_integer_value(json_array_get(flow, 1)), match,
            actions, more ? " " : "", more ? more : ""));
        free(more);
    }
}

struct print_aux {
    const struct options *options;
    struct svec lines;
};

static void
print_output(const char *key, const struct engine_bytes *value, void *aux_)
{
    struct print_aux *aux = aux_;
    json_t *row = json_loadb(value->data, value->size, 0, NULL);
    json_t *flows = json_object_get(row, "flows");

    if (!row) {
        fprintf(stderr, "translate_probe: %s: bad JSON: %s\n", key,
                value->data);
        exit(EXIT_FAILURE);
    }
    if (!aux->options->stored) {
        schema_flows_expand(row);
    }
    if (flows) {
        add_flows(key, flows, &aux->lines);
    } else if (aux->options->all) {
        svec_add_nocopy(&aux->lines, xasprintf("%s %s", key, value->data));
    }
    json_decref(row);
}

static void
print_lines(struct translation *t, const struct options *options)
{
    struct print_aux aux = { options, SVEC_EMPTY_INITIALIZER };

    engine_for_each_output(translation_engine(t), print_output, &aux);
    svec_sort(&aux.lines);
    for (size_t i = 0; i < aux.lines.n; i++) {
        puts(aux.lines.names[i]);
    }
    svec_destroy(&aux.lines);
}

static void
print_bench(struct translation *t, double put_s, double run_s)
{
    struct engine_stats stats = engine_stats(translation_engine(t));
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    printf("put %.3f s, run %.3f s, %zu nodes, %zu edges, %zu outputs, "
           "%zu bytes, %ld MB resident at most\n", put_s, run_s,
           stats.n_nodes, stats.n_edges, stats.n_outputs,
           stats.output_bytes, usage.ru_maxrss / 1024);
}

int
main(int argc, char *argv[])
{
    static const struct option long_options[] = {
        { "all", no_argument, NULL, 'a' },
        { "bench", no_argument, NULL, 'b' },
        { "stored", no_argument, NULL, 's' },
        { NULL, 0, NULL, 0 },
    };
    struct options options = { .all = false };
    json_error_t error;
    int c;

    while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        switch (c) {
        case 'a':
            options.all = true;
            break;
        case 'b':
            options.bench = true;
            break;
        case 's':
            options.stored = true;
            break;
        default:
            return EXIT_FAILURE;
        }
    }
    json_t *rows = json_loadf(stdin, 0, &error);

    if (!json_is_object(rows)) {
        fprintf(stderr, "translate_probe: line %d: %s\n", error.line,
                rows ? "not an object" : error.text);
        return EXIT_FAILURE;
    }
    struct translation *t = translation_create();
    double start = now_s();

    translation_set_allocating(t, true);
    put_rows(t, rows);
    json_decref(rows);
    double put = now_s();

    translation_run(t);
    double run = now_s();

    if (options.bench) {
        print_bench(t, put - start, run - put);
    } else {
        print_lines(t, &options);
    }
    if (engine_n_faults(translation_engine(t))) {
        fprintf(stderr, "translate_probe: %s\n",
                engine_first_fault(translation_engine(t)));
        return EXIT_FAILURE;
    }
    translation_destroy(t);
    return EXIT_SUCCESS;
}
