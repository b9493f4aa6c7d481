/* Classes of logical flows: for each its stage, its priority, and what it is
 * for.  No generator has a stage or a priority of its own: it names a class.
 * docs/PIPELINE.md is made from these rows.
 *
 *     FLOW(ID, STAGE, priority, "what it does")
 *
 * The ID begins with that of its stage (lflow/stages.h).  The rows lie in
 * one header for each kind of datapath, sorted by stage, then priority. */
#ifndef WEFT_TRANSLATOR_FLOWS_H
#define WEFT_TRANSLATOR_FLOWS_H 1

#include <stdint.h>

#include "lflow/stages.h"
#include "translator/flows_router.h"
#include "translator/flows_switch.h"

enum flow_class {
#define FLOW(ID, STAGE, PRIORITY, PURPOSE) FLOW_##ID,
    SWITCH_FLOWS
    ROUTER_FLOWS
#undef FLOW
    N_FLOW_CLASSES
};

struct flow_class_row {
    const char *name;           /* "LS_IN_L2_LKUP_UNICAST" */
    enum stage_id stage;
    uint16_t priority;
    const char *purpose;
};
extern const struct flow_class_row flow_classes[N_FLOW_CLASSES];

#endif
