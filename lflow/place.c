/* A stage's place among the OpenFlow tables. */
#include <config.h>

#include "lflow/actions.h"

#include "lflow/tables.h"

struct lflow_place
lflow_place_of_stage(const struct stage *stage)
{
    bool ingress = pipeline_is_ingress(stage->pipeline);

    return (struct lflow_place) {
        .pipeline = stage->pipeline,
        .stage = stage->number,
        .n_stages = pipeline_n_stages(stage->pipeline),
        .ingress_table = OFTABLE_LOG_INGRESS,
        .egress_table = OFTABLE_LOG_EGRESS,
        .output_table = ingress ? OFTABLE_OUTPUT_LARGE_DETECT
                                : OFTABLE_SAVE_INPORT,
    };
}
