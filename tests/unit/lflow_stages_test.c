/* The rows of stages, OpenFlow tables and registers: numbers, names, and that
 * nothing overlaps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <config.h>

#include <string.h>

#include "lflow/fields.h"
#include "lflow/registers.h"
#include "lflow/stages.h"
#include "lflow/tables.h"
#include "openvswitch/meta-flow.h"
#include "util.h"

/* What ovn-sbctl lflow-list of OVN 23.03 shows. */
static void
numbers_are_those_of_ovn(void **state)
{
    static const struct {
        const char *name;
        unsigned int number, table;
    } known[] = {
        { "ls_in_check_port_sec", 0, 8 }, { "ls_in_pre_acl", 4, 12 },
        { "ls_in_acl", 8, 16 }, { "ls_in_lb", 12, 20 },
        { "ls_in_arp_rsp", 19, 27 }, { "ls_in_l2_lkup", 25, 33 },
        { "ls_in_l2_unknown", 26, 34 }, { "ls_out_pre_acl", 0, 42 },
        { "ls_out_acl", 4, 46 }, { "ls_out_apply_port_sec", 9, 51 },
        { "lr_in_admission", 0, 8 }, { "lr_in_ip_input", 3, 11 },
        { "lr_in_dnat", 7, 15 }, { "lr_in_ip_routing", 13, 21 },
        { "lr_in_arp_request", 21, 29 }, { "lr_out_chk_dnat_local", 0, 42 },
        { "lr_out_snat", 3, 45 }, { "lr_out_delivery", 6, 48 },
    };

    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        const struct stage *stage = stage_by_name(known[i].name);

        assert_non_null(stage);
        assert_int_equal(stage->number, known[i].number);
        assert_int_equal(stage_to_table(stage), known[i].table);
    }
    assert_null(stage_by_name("ls_in_nothing"));
    assert_int_equal(pipeline_n_stages(PIPELINE_LS_IN), 27);
    assert_int_equal(pipeline_n_stages(PIPELINE_LS_OUT), 10);
    assert_int_equal(pipeline_n_stages(PIPELINE_LR_IN), 22);
    assert_int_equal(pipeline_n_stages(PIPELINE_LR_OUT), 7);
}

static void
stages_are_consistent(void **state)
{
    static const char *const prefixes[N_PIPELINES] = {
        "ls_in_", "ls_out_", "lr_in_", "lr_out_"
    };

    (void) state;
    for (int i = 0; i < N_STAGES; i++) {
        const struct stage *s = &stages[i];
        const char *prefix = prefixes[s->pipeline];

        assert_int_equal(s->id, i);
        assert_ptr_equal(stage_by_name(s->name), s);
        assert_ptr_equal(stage_by_number(s->pipeline, s->number), s);
        assert_memory_equal(s->name, prefix, strlen(prefix));
        assert_true(s->purpose[0]);
    }
    for (int p = 0; p < N_PIPELINES; p++) {
        assert_null(stage_by_number(p, pipeline_n_stages(p)));
        assert_true(pipeline_n_stages(p) <= (pipeline_is_ingress(p)
                    ? OFTABLE_LAST_LOG_INGRESS - OFTABLE_LOG_INGRESS + 1
                    : OFTABLE_LAST_LOG_EGRESS - OFTABLE_LOG_EGRESS + 1));
        assert_int_equal(pipeline_is_ingress(p), strstr(prefixes[p], "_in_")
                                                 != NULL);
        assert_int_equal(pipeline_is_router(p), prefixes[p][1] == 'r');
    }
    assert_string_equal(pipeline_name(PIPELINE_LR_OUT), "router egress");
}

static void
tables_do_not_overlap(void **state)
{
    static const int rows[][2] = {
#define TABLE(ID, FIRST, LAST, NAME, PURPOSE) { FIRST, LAST },
        OPENFLOW_TABLES
#undef TABLE
    };

    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        assert_true(rows[i][0] <= rows[i][1]);
        assert_true(!i || rows[i][0] > rows[i - 1][1]);
        assert_true(rows[i][1] < 254);
    }
}

/* Bits of the registers, as one number: reg N starts at 32 * N from the
 * most significant end of the file that xxregs make. */
static unsigned int
first_bit(enum mf_field_id id, unsigned int bit, unsigned int *size)
{
    *size = mf_from_id(id)->n_bits;
    if (id >= MFF_REG0 && id <= MFF_REG15) {
        return (id - MFF_REG0) * 32 + bit;
    } else if (id >= MFF_XREG0 && id <= MFF_XREG7) {
        return (id - MFF_XREG0) * 64 + bit;
    } else if (id >= MFF_XXREG0 && id <= MFF_XXREG3) {
        return (id - MFF_XXREG0) * 128 + bit;
    }
    return 1000 + bit;          /* MFF_METADATA. */
}

static void
registers_do_not_overlap(void **state)
{
    static const struct {
        enum mf_field_id id;
        unsigned int ofs, n_bits;
    } rows[] = {
#define REGISTER(ID, MF, OFS, N_BITS, LIFETIME, PURPOSE) { MF, OFS, N_BITS },
        LOGICAL_REGISTERS
#undef REGISTER
    };

    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        unsigned int size, a = first_bit(rows[i].id, rows[i].ofs, &size);

        assert_true(rows[i].ofs + rows[i].n_bits <= size);
        for (size_t j = 0; j < i; j++) {
            unsigned int b = first_bit(rows[j].id, rows[j].ofs, &size);

            assert_true(a + rows[i].n_bits <= b || b + rows[j].n_bits <= a);
        }
    }
}

static void
flags_do_not_overlap(void **state)
{
    static const struct {
        unsigned int bit;
        const char *symbol;
    } rows[] = {
#define FLAG(ID, BIT, SYMBOL, PURPOSE) { BIT, SYMBOL },
        LOGICAL_FLAGS
#undef FLAG
    };
    uint32_t seen = 0;

    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        assert_true(rows[i].bit < 32 && !(seen & 1u << rows[i].bit));
        seen |= 1u << rows[i].bit;
        if (rows[i].symbol) {
            char *name = xasprintf("flags.%s", rows[i].symbol);
            const struct symbol *symbol = symbol_by_name(name);

            assert_non_null(symbol);
            assert_int_equal(symbol->ofs, rows[i].bit);
            assert_int_equal(symbol->n_bits, 1);
            assert_int_equal(symbol->field->id, MFF_LOG_FLAGS);
            free(name);
        }
    }
    assert_int_equal(MLF_LOCALNET, 1 << 15);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_those_of_ovn),
        cmocka_unit_test(stages_are_consistent),
        cmocka_unit_test(tables_do_not_overlap),
        cmocka_unit_test(registers_do_not_overlap),
        cmocka_unit_test(flags_do_not_overlap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
