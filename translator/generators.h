/* The list of generators.  Adding one is adding a row here and its file to
 * CMakeLists.txt.  docs/translator.md walks through it.
 *
 *     GENERATOR(phase, table, function)
 *         for each valid row of a northbound table
 *     GENERATOR_NAMED(phase, name, table, function)
 *         the same in a root of its own, so that it does not run when only
 *         the others have to; its flows are filed under "name:id"
 *     GENERATOR_EACH(phase, name, kind, function)
 *         for each key of an input or relation; rows with the same phase,
 *         name and kind share a root.  'kind' is R(relation), I(model
 *         input), X(model chassis index) or N(model index)
 *
 * The functions are declared by this list. */
#ifndef WEFT_TRANSLATOR_GENERATORS_H
#define WEFT_TRANSLATOR_GENERATORS_H 1

#define SWITCH_GENERATORS                                               \
    GENERATOR(PHASE_ADDRESSES, logical_switch, switch_ipam_networks)    \
    GENERATOR(PHASE_ADDRESSES, logical_switch_port, switch_ipam_port)   \
    GENERATOR(PHASE_FACTS, logical_switch, switch_facts)                \
    GENERATOR(PHASE_FACTS, logical_switch_port, switch_port_facts)      \
    GENERATOR(PHASE_FACTS, logical_switch_port, switch_queue_facts)     \
    GENERATOR(PHASE_PLACES, logical_switch_port, binding_place)         \
    GENERATOR_EACH(PHASE_FLOWS, common, I(ONCE), switch_common)         \
    GENERATOR(PHASE_FLOWS, logical_switch, switch_datapath)             \
    GENERATOR(PHASE_FLOWS, logical_switch, switch_unknown)              \
    GENERATOR(PHASE_FLOWS, logical_switch, switch_vlan)                 \
    GENERATOR_NAMED(PHASE_FLOWS, port, logical_switch_port,             \
                    switch_port_row)                                    \
    GENERATOR(PHASE_FLOWS, logical_switch_port, switch_port_security)   \
    GENERATOR(PHASE_FLOWS, logical_switch_port, switch_fdb)             \
    GENERATOR(PHASE_FLOWS, logical_switch_port, switch_arp_responder)   \
    GENERATOR(PHASE_FLOWS, logical_switch_port, switch_virtual)         \
    GENERATOR(PHASE_FLOWS, logical_switch_port, switch_ipam_status)     \
    GENERATOR(PHASE_FLOWS, logical_switch_port, switch_external)        \
    GENERATOR(PHASE_FLOWS, logical_switch_port, switch_arp_proxy)       \
    GENERATOR(PHASE_FLOWS, qos, switch_qos)                             \
    GENERATOR(PHASE_FLOWS, forwarding_group, switch_forwarding_group)   \
    GENERATOR(PHASE_FLOWS, meter, meter_row)                            \
    GENERATOR(PHASE_FLOWS, mirror, mirror_row)                          \
    GENERATOR(PHASE_FLOWS, logical_switch_port, switch_l2_lookup)

#define ROUTER_GENERATORS                                               \
    GENERATOR(PHASE_FACTS, logical_router, router_facts)                \
    GENERATOR(PHASE_FACTS, logical_router_port, router_port_facts)      \
    GENERATOR(PHASE_FACTS, logical_switch_port,                         \
              switch_router_port_facts)                                 \
    GENERATOR(PHASE_FACTS, logical_router_static_route,                 \
              router_route_facts)                                       \
    GENERATOR(PHASE_FACTS, logical_router_policy, router_policy_facts)  \
    GENERATOR(PHASE_FACTS, nat, router_nat_facts)                       \
    GENERATOR_EACH(PHASE_MORE_FACTS, route_group, R(ROUTE_GROUPS),      \
                   router_route_group_facts)                            \
    GENERATOR(PHASE_PLACES, logical_router_port, router_port_place)     \
    GENERATOR_EACH(PHASE_FLOWS, common, I(ONCE), router_common)         \
    GENERATOR(PHASE_FLOWS, logical_router, router_datapath)             \
    GENERATOR(PHASE_FLOWS, logical_router, router_learning)             \
    GENERATOR(PHASE_FLOWS, logical_router, router_nat_router)           \
    GENERATOR_NAMED(PHASE_FLOWS, port, logical_router_port,             \
                    router_port_row)                                    \
    GENERATOR(PHASE_FLOWS, logical_router_port, router_port_flows)      \
    GENERATOR(PHASE_FLOWS, logical_router_port, router_gateway_flows)   \
    GENERATOR(PHASE_FLOWS, logical_router_port, router_nat_port)        \
    GENERATOR(PHASE_FLOWS, logical_router_port, router_nd_ra)           \
    GENERATOR(PHASE_FLOWS, logical_router_port, router_known_routers)   \
    GENERATOR(PHASE_FLOWS, logical_switch_port, router_known_hosts)     \
    GENERATOR(PHASE_FLOWS, logical_switch_port, switch_router_port)     \
    GENERATOR(PHASE_FLOWS, static_mac_binding, router_static_binding)   \
    GENERATOR(PHASE_FLOWS, bfd, router_bfd)                             \
    GENERATOR_EACH(PHASE_FLOWS, routes, R(ROUTE_GROUPS),                \
                   router_route_group)                                  \
    GENERATOR(PHASE_FLOWS, logical_router_policy, router_policy_flows)  \
    GENERATOR(PHASE_FLOWS, nat, router_nat_flows)

#define ACL_GENERATORS                                                  \
    GENERATOR(PHASE_FACTS, port_group_port, port_group_port_facts)      \
    GENERATOR(PHASE_FACTS, port_group_port, port_group_port_members)    \
    GENERATOR(PHASE_FACTS, port_group, port_group_facts)                \
    GENERATOR(PHASE_FACTS, address_set, address_set_facts)              \
    GENERATOR(PHASE_FACTS, address_set_address,                         \
              address_set_address_facts)                                \
    GENERATOR(PHASE_MORE_FACTS, acl, acl_facts)                         \
    GENERATOR_EACH(PHASE_MORE_FACTS, set, R(SET_NAMES), set_parts)      \
    GENERATOR_EACH(PHASE_FLOWS, set, R(SET_NAMES), set_row)             \
    GENERATOR_EACH(PHASE_FLOWS, set_part, R(SET_PARTS), set_part_row)   \
    GENERATOR_EACH(PHASE_FLOWS, common, I(ONCE), acl_common)            \
    GENERATOR(PHASE_FLOWS, logical_switch, acl_switch)                  \
    GENERATOR(PHASE_FLOWS, logical_switch_port, acl_port)               \
    GENERATOR(PHASE_FLOWS, acl, acl_flows)

#define SERVICE_GENERATORS                                              \
    GENERATOR(PHASE_FLOWS, logical_switch_port, switch_dhcp)            \
    GENERATOR(PHASE_FLOWS, logical_switch, switch_dns)

#define LB_GENERATORS                                                   \
    GENERATOR(PHASE_ADDRESSES, load_balancer, lb_places)                \
    GENERATOR(PHASE_FACTS, logical_switch, lb_switch_references)        \
    GENERATOR(PHASE_FACTS, logical_router, lb_router_references)        \
    GENERATOR(PHASE_FACTS, load_balancer_group, lb_group_references)    \
    GENERATOR(PHASE_FACTS, load_balancer_health_check, lb_check_facts)  \
    GENERATOR(PHASE_FLOWS, load_balancer_health_check, lb_check_rows)   \
    GENERATOR(PHASE_FLOWS, logical_switch, lb_check_switch)             \
    GENERATOR(PHASE_FLOWS, logical_switch, lb_switch)                   \
    GENERATOR(PHASE_FLOWS, logical_switch_port, lb_switch_port)         \
    GENERATOR_EACH(PHASE_FLOWS, lb, R(LB_AT), lb_row)                   \
    GENERATOR_EACH(PHASE_FLOWS, lb, R(LB_AT), lb_switch_flows)          \
    GENERATOR_EACH(PHASE_FACTS, lb, R(LB_AT), lb_router_facts)          \
    GENERATOR(PHASE_FLOWS, logical_router, lb_router)                   \
    GENERATOR(PHASE_FLOWS, logical_router_port, lb_router_port)         \
    GENERATOR_EACH(PHASE_FLOWS, lb, R(LB_AT), lb_router_flows)          \
    GENERATOR_EACH(PHASE_FLOWS, lb_vips, R(LB_AT), lb_router_neighbours)

#define MULTICAST_GENERATORS                                            \
    GENERATOR(PHASE_FACTS, logical_switch_port, multicast_lsp_facts)    \
    GENERATOR(PHASE_FACTS, logical_router_port, multicast_lrp_facts)    \
    GENERATOR_EACH(PHASE_MORE_FACTS, igmp, I(IGMP), multicast_learned)  \
    GENERATOR_EACH(PHASE_FLOWS, multicast_port, R(MULTICAST_MEMBERS),   \
                   multicast_port_row)                                  \
    GENERATOR_EACH(PHASE_FLOWS, multicast, R(MULTICAST_GROUPS),         \
                   multicast_group)                                     \
    GENERATOR(PHASE_FLOWS, logical_switch, multicast_switch)            \
    GENERATOR(PHASE_FLOWS, logical_router, multicast_router)            \
    GENERATOR(PHASE_FLOWS, logical_router_port, multicast_router_port)

#define BINDING_GENERATORS                                              \
    GENERATOR_EACH(PHASE_PLACES, component, R(DATAPATH_NEIGHBOURS),     \
                   binding_component)                                   \
    GENERATOR_EACH(PHASE_NEEDS, reach, R(COMPONENTS), binding_reach)    \
    GENERATOR_EACH(PHASE_FLOWS, chassis, I(CHASSIS), binding_chassis)   \
    GENERATOR_EACH(PHASE_FLOWS, claim, I(CLAIM), binding_verdict)       \
    GENERATOR_EACH(PHASE_FLOWS, place, R(CHASSIS_DATAPATH_PORTS),       \
                   binding_datapath)                                    \
    GENERATOR_EACH(PHASE_NEEDS, need, R(CHASSIS_DATAPATHS),             \
                   binding_needs)                                       \
    GENERATOR_EACH(PHASE_FLOWS, candidates, R(GATEWAY_CANDIDATES),      \
                   gateway_candidates)                                  \
    GENERATOR_EACH(PHASE_NEEDS, peers, R(CHASSIS_DATAPATHS),            \
                   gateway_peers)                                       \
    GENERATOR_EACH(PHASE_STATUS, bfd, R(BFD_PEERS), gateway_bfd)        \
    GENERATOR_EACH(PHASE_FLOWS, fdb, X(FDB_CHASSIS), learned_fdb)       \
    GENERATOR_EACH(PHASE_FLOWS, mac_binding, X(MAC_BINDING_CHASSIS),    \
                   learned_mac_binding)                                 \
    GENERATOR(PHASE_FACTS, gateway_chassis, row_of_another)             \
    GENERATOR(PHASE_FACTS, ha_chassis, row_of_another)                  \
    GENERATOR(PHASE_FACTS, meter_band, row_of_another)                  \
    GENERATOR_EACH(PHASE_FACTS, faults, I(FAULTS), status_faults)       \
    GENERATOR_EACH(PHASE_STATUS, status, R(STATUS), status_row)

#define GENERATORS                                                      \
    SWITCH_GENERATORS                                                   \
    ROUTER_GENERATORS                                                   \
    ACL_GENERATORS                                                      \
    SERVICE_GENERATORS                                                  \
    LB_GENERATORS                                                       \
    MULTICAST_GENERATORS                                                \
    BINDING_GENERATORS

/* Derived values that several generators share: an engine kind, defined in
 * the file that computes it.
 *
 *     DERIVED(variable) */
#define DERIVED_KINDS                                                   \
    DERIVED(row_exists_kind)                                            \
    DERIVED(row_option_kind)                                            \
    DERIVED(lsp_addresses_kind)                                         \
    DERIVED(router_port_kind)                                           \
    DERIVED(router_kind)                                                \
    DERIVED(lb_backend_kind)                                            \
    DERIVED(lb_kind)                                                    \
    DERIVED(gateways_kind)                                              \
    DERIVED(switch_has_hosts_kind)                                      \
    DERIVED(bfd_state_kind)                                             \
    DERIVED(set_n_parts_kind)                                           \
    DERIVED(components_kind)                                            \
    DERIVED(component_kind)                                             \
    DERIVED(lsp_place_kind)

struct generate;
#define GENERATOR(PHASE, TABLE, FUNCTION) void FUNCTION(struct generate *);
#define GENERATOR_EACH(PHASE, NAME, KIND, FUNCTION) \
    void FUNCTION(struct generate *);
#define GENERATOR_NAMED(PHASE, NAME, TABLE, FUNCTION) \
    void FUNCTION(struct generate *);
GENERATORS
#undef GENERATOR
#undef GENERATOR_NAMED
#undef GENERATOR_EACH

#define DERIVED(VARIABLE) extern const struct engine_kind VARIABLE;
DERIVED_KINDS
#undef DERIVED

#endif
