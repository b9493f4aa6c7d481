/* Where the agent's time goes: see phases.h. */
#include <config.h>

#include "node-agent/phases.h"

#include <time.h>

#include "lib/inc_engine.h"
#include "lib/metrics.h"

#define PHASE(LABEL)                                                    \
    METRIC_HISTOGRAM("weft_agent_phase_seconds",                        \
                     "Seconds that a phase of a change took.",          \
                     "phase=\"" LABEL "\"")

static struct metric phases[N_PHASES] = {
    [PHASE_HEAR] = PHASE("hear"),
    [PHASE_COMPILE] = PHASE("compile"),
    [PHASE_INSTALL] = PHASE("install"),
};

/* As ovn-controller calls them, where it has them. */
static const char *const stopwatches[N_PHASES] = {
    [PHASE_HEAR] = "flow-hearing",
    [PHASE_COMPILE] = "flow-generation",
    [PHASE_INSTALL] = "flow-installation",
};

void
phases_register(void)
{
    for (int i = 0; i < N_PHASES; i++) {
        metric_register(&phases[i]);
        inc_engine_stopwatch(stopwatches[i]);
    }
}

double
phases_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec + ts.tv_nsec / 1e9;
}

void
phases_observe(enum phase phase, double since)
{
    double seconds = phases_now() - since;

    metric_observe(&phases[phase], seconds);
    inc_engine_took(stopwatches[phase], seconds);
}
