/* A stage's place among the OpenFlow tables. */
#include <config.h>

#include "lflow/actions.h"

#include "lflow/tables.h"

/* The other pipeline of a datapath that has 'pipeline'. */
static enum pipeline
other_pipeline(enum pipeline pipeline)
{
    switch (pipeline) {
    case PIPELINE_LS_IN:
        return PIPELINE_LS_OUT;
    case PIPELINE_LS_OUT:
        return PIPELINE_LS_IN;
    case PIPELINE_LR_IN:
        return PIPELINE_LR_OUT;
    case PIPELINE_LR_OUT:
    case N_PIPELINES:
    default:
        return PIPELINE_LR_IN;
    }
}

struct lflow_place
lflow_place_of_stage(const struct stage *stage)
{
    bool ingress = pipeline_is_ingress(stage->pipeline);

    return (struct lflow_place) {
        .pipeline = stage->pipeline,
        .stage = stage->number,
        .n_stages = pipeline_n_stages(stage->pipeline),
        .n_other_stages = pipeline_n_stages(
            other_pipeline(stage->pipeline)),
        .ingress_table = OFTABLE_LOG_INGRESS,
        .egress_table = OFTABLE_LOG_EGRESS,
        .output_table = ingress ? OFTABLE_OUTPUT_LARGE_DETECT
                                : OFTABLE_SAVE_INPORT,
    };
}
