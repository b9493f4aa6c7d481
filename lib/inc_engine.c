/* Counters and stopwatches of what is kept up to date: see inc_engine.h. */
#include <config.h>

#include "lib/inc_engine.h"

#include <inttypes.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "stopwatch.h"
#include "unixctl.h"
#include "util.h"

static struct inc_engine_node *all;
static size_t n_all;

static void
show_node(const struct inc_engine_node *node, struct ds *out)
{
    ds_put_format(out, "Node: %s\n"
                  "- recompute: %12"PRIu64"\n"
                  "- compute:   %12"PRIu64"\n"
                  "- abort:     %12d\n",
                  node->name, node->n_recomputes, node->n_computes, 0);
}

/* Returns false if there is no such counter. */
static bool
show_counter(const struct inc_engine_node *node, const char *counter,
             struct ds *out)
{
    uint64_t value;

    if (!strcmp(counter, "recompute")) {
        value = node->n_recomputes;
    } else if (!strcmp(counter, "compute")) {
        value = node->n_computes;
    } else if (!strcmp(counter, "abort")) {
        value = 0;              /* Nothing is begun that can't be ended. */
    } else {
        return false;
    }
    ds_put_format(out, "%"PRIu64, value);
    return true;
}

static void
show_stats(struct unixctl_conn *conn, int argc, const char *argv[],
           void *aux OVS_UNUSED)
{
    struct ds out = DS_EMPTY_INITIALIZER;
    bool ok = true;

    for (size_t i = 0; i < n_all && ok; i++) {
        if (argc > 1 && strcmp(argv[1], all[i].name)) {
            continue;
        } else if (argc > 2) {
            ok = show_counter(&all[i], argv[2], &out);
        } else {
            show_node(&all[i], &out);
        }
    }
    if (!ok) {
        ds_put_format(&out, "Invalid stat type : %s", argv[2]);
    }
    unixctl_command_reply(conn, ds_cstr(&out));
    ds_destroy(&out);
}

static void
clear_stats(struct unixctl_conn *conn, int argc OVS_UNUSED,
            const char *argv[] OVS_UNUSED, void *aux OVS_UNUSED)
{
    for (size_t i = 0; i < n_all; i++) {
        all[i].n_recomputes = all[i].n_computes = 0;
    }
    unixctl_command_reply(conn, NULL);
}

void
inc_engine_register(struct inc_engine_node *nodes, size_t n)
{
    all = nodes;
    n_all = n;
    unixctl_command_register("inc-engine/show-stats", "[NODE [COUNTER]]", 0,
                             2, show_stats, NULL);
    unixctl_command_register("inc-engine/clear-stats", "", 0, 0, clear_stats,
                             NULL);
}

void
inc_engine_count(struct inc_engine_node *node, bool anew)
{
    *(anew ? &node->n_recomputes : &node->n_computes) += 1;
}

/* ---- Stopwatches ------------------------------------------------------- */

static bool has_stopwatches;

void
inc_engine_stopwatch(const char *name)
{
    stopwatch_create(name, SW_MS);
    has_stopwatches = true;
}

void
inc_engine_took(const char *name, double seconds)
{
    if (has_stopwatches) {      /* Not so in tests of modules. */
        stopwatch_start(name, 0);
        stopwatch_stop(name, seconds * 1000);
    }
}
