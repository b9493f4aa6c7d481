/* The stage rows of stages.h as a table, and lookups in it. */
#include <config.h>

#include "lflow/stages.h"

#include <string.h>

#include "lflow/tables.h"
#include "util.h"

/* Index of each pipeline's first stage, and one past the last pipeline's. */
enum {
    FIRST_LS_IN = STAGE_LS_IN_CHECK_PORT_SEC,
    FIRST_LS_OUT = STAGE_LS_OUT_PRE_ACL,
    FIRST_LR_IN = STAGE_LR_IN_ADMISSION,
    FIRST_LR_OUT = STAGE_LR_OUT_CHECK_DNAT_LOCAL
};
static const uint8_t first_stage[N_PIPELINES + 1] = {
    FIRST_LS_IN, FIRST_LS_OUT, FIRST_LR_IN, FIRST_LR_OUT, N_STAGES
};

#define ROW(ID, PIPELINE, NAME, PURPOSE)                        \
    { STAGE_##ID, PIPELINE_##PIPELINE,                          \
      STAGE_##ID - FIRST_##PIPELINE, NAME, PURPOSE },
const struct stage stages[N_STAGES] = {
#define STAGE(ID, NAME, PURPOSE) ROW(ID, LS_IN, NAME, PURPOSE)
    LS_IN_STAGES
#undef STAGE
#define STAGE(ID, NAME, PURPOSE) ROW(ID, LS_OUT, NAME, PURPOSE)
    LS_OUT_STAGES
#undef STAGE
#define STAGE(ID, NAME, PURPOSE) ROW(ID, LR_IN, NAME, PURPOSE)
    LR_IN_STAGES
#undef STAGE
#define STAGE(ID, NAME, PURPOSE) ROW(ID, LR_OUT, NAME, PURPOSE)
    LR_OUT_STAGES
#undef STAGE
};

const struct stage *
stage_by_name(const char *name)
{
    for (size_t i = 0; i < N_STAGES; i++) {
        if (!strcmp(stages[i].name, name)) {
            return &stages[i];
        }
    }
    return NULL;
}

unsigned int
pipeline_n_stages(enum pipeline pipeline)
{
    return first_stage[pipeline + 1] - first_stage[pipeline];
}

const struct stage *
stage_by_number(enum pipeline pipeline, unsigned int number)
{
    return number < pipeline_n_stages(pipeline)
           ? &stages[first_stage[pipeline] + number] : NULL;
}

bool
pipeline_is_ingress(enum pipeline pipeline)
{
    return pipeline == PIPELINE_LS_IN || pipeline == PIPELINE_LR_IN;
}

bool
pipeline_is_router(enum pipeline pipeline)
{
    return pipeline == PIPELINE_LR_IN || pipeline == PIPELINE_LR_OUT;
}

const char *
pipeline_name(enum pipeline pipeline)
{
    static const char *const names[N_PIPELINES] = {
        "switch ingress", "switch egress", "router ingress", "router egress"
    };

    return names[pipeline];
}

uint8_t
stage_to_table(const struct stage *stage)
{
    return stage->number + (pipeline_is_ingress(stage->pipeline)
                            ? OFTABLE_LOG_INGRESS : OFTABLE_LOG_EGRESS);
}
