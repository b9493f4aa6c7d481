/* Where the agent's time goes: for each phase a histogram in /metrics and a
 * stopwatch (stopwatch/show). */
#ifndef WEFT_NODE_AGENT_PHASES_H
#define WEFT_NODE_AGENT_PHASES_H 1

enum phase {
    PHASE_HEAR,         /* A sync token was seen; all it stands for is. */
    PHASE_COMPILE,      /* What was heard becomes flows. */
    PHASE_INSTALL,      /* Flows are sent; the switch has committed. */
    N_PHASES
};

/* Registers the metrics and stopwatches. */
void phases_register(void);
/* Seconds on a clock that only goes forward. */
double phases_now(void);
/* 'phase' is over, having begun at 'since' (phases_now()). */
void phases_observe(enum phase, double since);

#endif
