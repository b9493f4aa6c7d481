/* Bits of the logical registers that the pipelines' stages tell each other
 * things with: one row for each, with where it lives and dies.  A test
 * refuses overlaps within a pipeline.
 *
 *     BIT(ID, "symbol", register, first bit, bits, pipelines, "from", "to",
 *         "purpose")
 *
 * 'pipelines' is "switch" or "router".  Generators write REG_<ID>, which is
 * the symbol as a string literal. */
#ifndef WEFT_TRANSLATOR_REGISTERS_H
#define WEFT_TRANSLATOR_REGISTERS_H 1

#define REG_PORT_SEC_DROP "reg0[15]"
#define REG_FDB_KNOWN "reg0[11]"

#define PIPELINE_REGISTERS                                              \
    BIT(FDB_KNOWN, REG_FDB_KNOWN, 0, 11, 1, "switch",                   \
        "ls_in_lookup_fdb", "ls_in_put_fdb",                            \
        "the source MAC is known on this port")                         \
    BIT(PORT_SEC_DROP, REG_PORT_SEC_DROP, 0, 15, 1, "switch",           \
        "ls_in_check_port_sec, ls_out_check_port_sec",                  \
        "ls_in_apply_port_sec, ls_out_apply_port_sec",                  \
        "port security refused the packet")

#endif
