/* How often a daemon brought what it computes up to date, and how often it
 * made all of it anew: the control commands inc-engine/show-stats and
 * inc-engine/clear-stats with the output of ovn-controller(8) and
 * ovn-northd(8), and their stopwatches (stopwatch/show, stopwatch/reset). */
#ifndef WEFT_LIB_INC_ENGINE_H
#define WEFT_LIB_INC_ENGINE_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Something that is kept up to date; a static object of its module. */
struct inc_engine_node {
    const char *name;           /* As people ask for it: "northd". */
    uint64_t n_recomputes;      /* All of it was made anew. */
    uint64_t n_computes;        /* What had changed was. */
};

/* Registers the commands for 'nodes', which have to stay. */
void inc_engine_register(struct inc_engine_node *nodes, size_t n);
/* 'node' was brought up to date. */
void inc_engine_count(struct inc_engine_node *node, bool anew);

/* Makes a stopwatch for milliseconds, after the process has detached: a
 * thread of its own does the statistics. */
void inc_engine_stopwatch(const char *name);
/* Something that the stopwatch 'name' measures took so many seconds. */
void inc_engine_took(const char *name, double seconds);

#endif
