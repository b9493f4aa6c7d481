/* How the fields that hold logical metadata are used: one row for every
 * register (or part of one) that has a meaning of its own, as
 * ovn-architecture(7) has them.  A test refuses overlaps.
 *
 *     REGISTER(ID, mf field, first bit, bits, "lifetime", "purpose")
 *
 * reg0 to reg9 belong to the logical pipelines (the translator's stages name
 * their bits); they live within one pipeline of one datapath. */
#ifndef WEFT_LFLOW_REGISTERS_H
#define WEFT_LFLOW_REGISTERS_H 1

#define LOGICAL_REGISTERS                                               \
    REGISTER(DATAPATH, MFF_METADATA, 0, 64, "table 0 to output",        \
             "tunnel key of the logical datapath")                      \
    REGISTER(LOGICAL, MFF_XXREG0, 0, 128, "one pipeline",               \
             "reg0 to reg3 of the logical flows")                       \
    REGISTER(LOGICAL1, MFF_XXREG1, 0, 128, "one pipeline",              \
             "reg4 to reg7 of the logical flows")                       \
    REGISTER(LOGICAL2, MFF_XREG4, 0, 64, "one pipeline",                \
             "reg8 and reg9 of the logical flows")                      \
    REGISTER(FLAGS, MFF_REG10, 0, 32, "table 0 to output",              \
             "flags (MLF_* below)")                                     \
    REGISTER(DNAT_ZONE, MFF_REG11, 0, 32, "one datapath",               \
             "conntrack zone of a router's DNAT")                       \
    REGISTER(SNAT_ZONE, MFF_REG12, 0, 32, "one datapath",               \
             "conntrack zone of a router's SNAT")                       \
    REGISTER(CT_ZONE, MFF_REG13, 0, 16, "one pipeline",                 \
             "conntrack zone of the logical port")                      \
    REGISTER(INPORT, MFF_REG14, 0, 32, "one datapath",                  \
             "tunnel key of the logical input port")                    \
    REGISTER(OUTPORT, MFF_REG15, 0, 32, "one datapath",                 \
             "tunnel key of the logical output port or multicast group")

/* Bits of the flags register.
 *
 *     FLAG(ID, bit, "symbol or NULL", "purpose")
 *
 * 'symbol' is the name that logical flows may use, without "flags.". */
#define LOGICAL_FLAGS                                                   \
    FLAG(ALLOW_LOOPBACK, 0, "loopback",                                 \
         "may go out of the port where it came in")                     \
    FLAG(RCV_FROM_RAMP, 1, NULL, "came from a VTEP gateway")            \
    FLAG(FORCE_SNAT_FOR_DNAT, 2, "force_snat_for_dnat",                 \
         "DNATed: source NAT too")                                      \
    FLAG(FORCE_SNAT_FOR_LB, 3, "force_snat_for_lb",                     \
         "load balanced: source NAT too")                               \
    FLAG(LOCAL_ONLY, 4, NULL, "only to ports of this chassis")          \
    FLAG(NESTED_CONTAINER, 5, NULL, "came from a nested container")     \
    FLAG(LOOKUP_MAC, 6, NULL, "result of lookup_arp and lookup_nd")     \
    FLAG(LOOKUP_LB_HAIRPIN, 7, NULL, "result of chk_lb_hairpin*")       \
    FLAG(LOOKUP_FDB, 8, NULL, "result of lookup_fdb")                   \
    FLAG(SKIP_SNAT_FOR_LB, 9, "skip_snat_for_lb",                       \
         "load balanced: no source NAT")                                \
    FLAG(LOCALPORT, 10, NULL, "came from a localport")                  \
    FLAG(USE_SNAT_ZONE, 11, "use_snat_zone",                            \
         "undo source NAT in the SNAT zone")                            \
    FLAG(CHECK_PORT_SEC, 12, NULL, "result of check_*_port_sec")        \
    FLAG(LOOKUP_COMMIT_ECMP_NH, 13, NULL, "result of chk_ecmp_nh*")     \
    FLAG(USE_LB_AFF_SESSION, 14, NULL, "result of chk_lb_aff")          \
    FLAG(LOCALNET, 15, NULL, "came from a localnet port")

/* MLF_ALLOW_LOOPBACK = 1 << 0 and so on, and MLF_ALLOW_LOOPBACK_BIT = 0. */
enum {
#define FLAG(ID, BIT, SYMBOL, PURPOSE) \
    MLF_##ID##_BIT = BIT, MLF_##ID = 1 << BIT,
    LOGICAL_FLAGS
#undef FLAG
};

/* MFF_LOG_INPORT = MFF_REG14 and so on.  Users include
 * "openvswitch/meta-flow.h". */
#define MFF_LOG_DATAPATH MFF_METADATA
#define MFF_LOG_FLAGS MFF_REG10
#define MFF_LOG_DNAT_ZONE MFF_REG11
#define MFF_LOG_SNAT_ZONE MFF_REG12
#define MFF_LOG_CT_ZONE MFF_REG13
#define MFF_LOG_INPORT MFF_REG14
#define MFF_LOG_OUTPORT MFF_REG15

#endif
