/* The rows of flow classes and registers. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "openvswitch/util.h"
#include "translator/flows.h"
#include "translator/registers.h"
#include "util.h"

static void
test_classes_are_named_by_stage(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < N_FLOW_CLASSES; i++) {
        const struct flow_class_row *row = &flow_classes[i];
        char *stage = xstrdup(stages[row->stage].name);

        for (char *p = stage; *p; p++) {
            *p = *p >= 'a' && *p <= 'z' ? *p - 32 : *p;
        }
        /* LS_IN_ACL_... of ls_in_acl; lr_out_chk_dnat_local's id differs. */
        if (strncmp(row->name, stage, strlen(stage))
            && row->stage != STAGE_LR_OUT_CHECK_DNAT_LOCAL) {
            fail_msg("%s is in %s", row->name, stages[row->stage].name);
        }
        assert_true(row->purpose[0]);
        free(stage);
    }
}

/* Every switch stage does something with every packet. */
static void
test_every_stage_has_a_default(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < N_STAGES; i++) {
        bool found = false;

        for (size_t j = 0; j < N_FLOW_CLASSES; j++) {
            found |= flow_classes[j].stage == i
                     && flow_classes[j].priority <= 50;
        }
        if (!found) {
            fail_msg("%s has no default", stages[i].name);
        }
    }
}

struct bits {
    const char *name;
    int reg, first, n;
    const char *pipelines;
};

static void
test_registers_do_not_overlap(void **state OVS_UNUSED)
{
    static const struct bits rows[] = {
#define BIT(ID, SYMBOL, REGISTER, FIRST, BITS, PIPELINES, FROM, TO, PURPOSE) \
        { #ID, REGISTER, FIRST, BITS, PIPELINES },
        PIPELINE_REGISTERS
#undef BIT
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct bits *a = &rows[i];

        assert_in_range(a->reg, 0, 9);
        assert_in_range(a->first, 0, 31);
        for (size_t j = 0; j < i; j++) {
            const struct bits *b = &rows[j];

            if (a->reg == b->reg && !strcmp(a->pipelines, b->pipelines)
                && a->first < b->first + b->n
                && b->first < a->first + a->n) {
                fail_msg("%s and %s overlap", a->name, b->name);
            }
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes_are_named_by_stage),
        cmocka_unit_test(test_every_stage_has_a_default),
        cmocka_unit_test(test_registers_do_not_overlap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
