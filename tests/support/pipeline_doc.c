/* pipeline_doc: prints docs/PIPELINE.md, made from the rows of stages, flow
 * classes and registers.  tests/golden/pipeline_doc.py holds the file in
 * docs/ against it. */
#include <config.h>

#include <stdio.h>

#include "lflow/registers.h"
#include "lflow/stages.h"
#include "translator/flows.h"
#include "translator/registers.h"

/* The highest priority of the stage's classes below 'above', or -1. */
static int
next_priority(const struct stage *stage, int above)
{
    int best = -1;

    for (size_t i = 0; i < N_FLOW_CLASSES; i++) {
        int priority = flow_classes[i].priority;

        if (flow_classes[i].stage == stage->id && priority < above
            && priority > best) {
            best = priority;
        }
    }
    return best;
}

static void
print_stage(const struct stage *stage)
{
    printf("\n### %u. `%s`\n\nPurpose: %s. OpenFlow table %u.\n\n",
           stage->number, stage->name, stage->purpose,
           stage_to_table(stage));
    printf("| priority | class | what for |\n| --: | --- | --- |\n");
    for (int p = next_priority(stage, UINT16_MAX + 1); p >= 0;
         p = next_priority(stage, p)) {
        for (size_t i = 0; i < N_FLOW_CLASSES; i++) {
            if (flow_classes[i].stage == stage->id
                && flow_classes[i].priority == p) {
                printf("| %d | %s | %s |\n", p, flow_classes[i].name,
                       flow_classes[i].purpose);
            }
        }
    }
}

static void
print_registers(void)
{
    printf("\n## Bits of the logical registers\n\n"
           "What stages tell later ones, within one pipeline.\n\n"
           "| where | name | pipelines | set in | read in | meaning |\n"
           "| --- | --- | --- | --- | --- | --- |\n");
#define BIT(ID, SYMBOL, REGISTER, FIRST, BITS, PIPELINES, FROM, TO, PURPOSE) \
    printf("| `%s` | %s | %s | %s | %s | %s |\n", SYMBOL, #ID, PIPELINES,    \
           FROM, TO, PURPOSE);
    PIPELINE_REGISTERS
#undef BIT
    printf("\n## Physical registers\n\n"
           "Where logical metadata lies in Open vSwitch's registers.\n\n"
           "| name | field | lives | meaning |\n"
           "| --- | --- | --- | --- |\n");
#define REGISTER(ID, FIELD, FIRST, BITS, LIFETIME, PURPOSE) \
    printf("| %s | `%s` | %s | %s |\n", #ID, #FIELD + 4, LIFETIME, PURPOSE);
    LOGICAL_REGISTERS
#undef REGISTER
    printf("\n## Flags (`flags`)\n\n"
           "| bit | name | symbol | meaning |\n"
           "| --: | --- | --- | --- |\n");
#define FLAG(ID, BIT, SYMBOL, PURPOSE)                                  \
    {                                                                   \
        const char *symbol = SYMBOL;                                    \
        printf("| %d | %s | %s%s | %s |\n", BIT, #ID,                   \
               symbol ? "flags." : "", symbol ? symbol : "", PURPOSE);  \
    }
    LOGICAL_FLAGS
#undef FLAG
}

int
main(void)
{
    printf("# The pipelines\n\n"
           "<!-- Made by tests/support/pipeline_doc.c; do not edit. -->\n\n"
           "Every packet passes the ingress and then the egress stages of a "
           "logical datapath,\neach a table of logical flows. A class is "
           "what a generator names when it emits a\nflow: it has the stage "
           "and the priority. Where users give priorities (ACLs,\npolicies) "
           "or prefixes do (routes) the row shows the base or an example.\n"
           "Stages and numbers are those of OVN 23.03, ovn-northd(8).\n");
    for (enum pipeline p = 0; p < N_PIPELINES; p++) {
        printf("\n## Logical %s\n", pipeline_name(p));
        for (unsigned int i = 0; i < pipeline_n_stages(p); i++) {
            print_stage(stage_by_number(p, i));
        }
    }
    print_registers();
    return 0;
}
