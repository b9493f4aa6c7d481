/* The OpenFlow tables of br-int: one row for every table or range of tables,
 * as ovn-architecture(7) of 23.03 describes them and as its flows use them
 * (reference/stock-ovn/dumps/hv1-flows.txt).
 *
 *     TABLE(ID, first, last, "name", "what it is for")  */
#ifndef WEFT_LFLOW_TABLES_H
#define WEFT_LFLOW_TABLES_H 1

#include <stdint.h>

#define OPENFLOW_TABLES                                                 \
    TABLE(PHYS_TO_LOG, 0, 0, "phys_to_log",                             \
          "OpenFlow in_port or tunnel metadata to datapath and inport") \
    TABLE(LOG_INGRESS, 8, 36, "log_ingress",                            \
          "logical ingress pipeline, stage n in table 8 + n")           \
    TABLE(OUTPUT_LARGE_DETECT, 37, 37, "output_large_detect",           \
          "find packets too large for their output")                    \
    TABLE(OUTPUT_LARGE_PROCESS, 38, 38, "output_large_process",         \
          "answer packets too large for their output")                  \
    TABLE(REMOTE_OUTPUT, 39, 39, "remote_output",                       \
          "send to outports on other chassis through tunnels")          \
    TABLE(LOCAL_OUTPUT, 40, 40, "local_output",                         \
          "outports on this chassis, one by one")                       \
    TABLE(CHECK_LOOPBACK, 41, 41, "check_loopback",                     \
          "drop what would go out where it came in")                    \
    TABLE(LOG_EGRESS, 42, 63, "log_egress",                             \
          "logical egress pipeline, stage n in table 42 + n")           \
    TABLE(SAVE_INPORT, 64, 64, "save_inport",                           \
          "allow OpenFlow output to the ingress port")                  \
    TABLE(LOG_TO_PHYS, 65, 65, "log_to_phys",                           \
          "outport to OpenFlow port, patch or peer datapath")           \
    TABLE(MAC_BINDING, 66, 66, "mac_binding",                           \
          "get_arp, get_nd: neighbour's MAC into eth.dst")              \
    TABLE(MAC_LOOKUP, 67, 67, "mac_lookup",                             \
          "lookup_arp, lookup_nd: is the neighbour known so?")          \
    TABLE(CHK_LB_HAIRPIN, 68, 68, "chk_lb_hairpin",                     \
          "chk_lb_hairpin: a backend talks to itself")                  \
    TABLE(CHK_LB_HAIRPIN_REPLY, 69, 69, "chk_lb_hairpin_reply",         \
          "chk_lb_hairpin_reply: a reply of such")                      \
    TABLE(CT_SNAT_HAIRPIN, 70, 70, "ct_snat_hairpin",                   \
          "ct_snat_to_vip: source NAT of hairpinned packets")           \
    TABLE(GET_FDB, 71, 71, "get_fdb",                                   \
          "get_fdb: port that learned the destination MAC")             \
    TABLE(LOOKUP_FDB, 72, 72, "lookup_fdb",                             \
          "lookup_fdb: is the source MAC known on inport?")             \
    TABLE(CHK_IN_PORT_SEC, 73, 73, "chk_in_port_sec",                   \
          "check_in_port_sec: Ethernet and IP source")                  \
    TABLE(CHK_IN_PORT_SEC_ND, 74, 74, "chk_in_port_sec_nd",             \
          "check_in_port_sec: ARP and ND")                              \
    TABLE(CHK_OUT_PORT_SEC, 75, 75, "chk_out_port_sec",                 \
          "check_out_port_sec: destination addresses")                  \
    TABLE(ECMP_NH_MAC, 76, 76, "ecmp_nh_mac",                           \
          "commit_ecmp_nh: next hop's MAC by connection")               \
    TABLE(ECMP_NH, 77, 77, "ecmp_nh",                                   \
          "chk_ecmp_nh: next hop known for the connection?")            \
    TABLE(CHK_LB_AFFINITY, 78, 78, "chk_lb_affinity",                   \
          "chk_lb_aff: client's remembered backend")

/* OFTABLE_PHYS_TO_LOG = 0 and so on: the first table of each row. */
enum {
#define TABLE(ID, FIRST, LAST, NAME, PURPOSE) OFTABLE_##ID = FIRST,
    OPENFLOW_TABLES
#undef TABLE
};

/* OFTABLE_LAST_LOG_INGRESS = 36 and so on: the last table of each row. */
enum {
#define TABLE(ID, FIRST, LAST, NAME, PURPOSE) OFTABLE_LAST_##ID = LAST,
    OPENFLOW_TABLES
#undef TABLE
};

#endif
