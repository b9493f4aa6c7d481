/* The list of generators.  Adding one is adding a row here and its file to
 * CMakeLists.txt.  docs/translator.md walks through it.
 *
 *     GENERATOR(phase, table, function)
 *         for each valid row of a northbound table
 *     GENERATOR_EACH(phase, name, kind, function)
 *         for each key of an input or relation; rows with the same phase and
 *         name share a root.  'kind' is a constant expression that gives
 *         the kind: R(relation), I(model input), X(model chassis index),
 *         N(model index)
 *
 * The functions are declared by this list. */
#ifndef WEFT_TRANSLATOR_GENERATORS_H
#define WEFT_TRANSLATOR_GENERATORS_H 1

#define SWITCH_GENERATORS                                               \
    GENERATOR(PHASE_FACTS, logical_switch, switch_facts)                \
    GENERATOR(PHASE_FACTS, logical_switch_port, switch_port_facts)      \
    GENERATOR(PHASE_PLACES, logical_switch_port, switch_port_place)     \
    GENERATOR_EACH(PHASE_FLOWS, common, I(ONCE), switch_common)         \
    GENERATOR(PHASE_FLOWS, logical_switch, switch_datapath)             \
    GENERATOR(PHASE_FLOWS, logical_switch, switch_unknown)              \
    GENERATOR(PHASE_FLOWS, logical_switch_port, switch_port_row)        \
    GENERATOR(PHASE_FLOWS, logical_switch_port, switch_port_security)   \
    GENERATOR(PHASE_FLOWS, logical_switch_port, switch_fdb)             \
    GENERATOR(PHASE_FLOWS, logical_switch_port, switch_arp_responder)   \
    GENERATOR(PHASE_FLOWS, logical_switch_port, switch_l2_lookup)

/* Routers, NAT, DHCP and so on add lists of their own. */

#define BINDING_GENERATORS                                              \
    GENERATOR_EACH(PHASE_NEEDS, chassis, I(CHASSIS), chassis_row)       \
    GENERATOR_EACH(PHASE_NEEDS, claim, I(CLAIM), claim_verdict)         \
    GENERATOR_EACH(PHASE_NEEDS, need, R(CHASSIS_DATAPATH_PORTS),        \
                   chassis_needs)                                       \
    GENERATOR_EACH(PHASE_FLOWS, fdb, X(FDB_CHASSIS), learned_fdb)       \
    GENERATOR_EACH(PHASE_FLOWS, mac_binding, X(MAC_BINDING_CHASSIS),    \
                   learned_mac_binding)                                 \
    GENERATOR_EACH(PHASE_STATUS, faults, I(FAULTS), status_faults)      \
    GENERATOR_EACH(PHASE_STATUS, status, R(STATUS), status_row)

#define GENERATORS                                                      \
    SWITCH_GENERATORS                                                   \
    BINDING_GENERATORS

/* Derived values that several generators share: an engine kind, defined in
 * the file that computes it.
 *
 *     DERIVED(variable) */
#define DERIVED_KINDS                                                   \
    DERIVED(lsp_addresses_kind)                                         \
    DERIVED(lsp_place_kind)                                             \
    DERIVED(datapath_reach_kind)

struct generate;
#define GENERATOR(PHASE, TABLE, FUNCTION) void FUNCTION(struct generate *);
#define GENERATOR_EACH(PHASE, NAME, KIND, FUNCTION) \
    void FUNCTION(struct generate *);
GENERATORS
#undef GENERATOR
#undef GENERATOR_EACH

#define DERIVED(VARIABLE) extern const struct engine_kind VARIABLE;
DERIVED_KINDS
#undef DERIVED

#endif
