/* The packets that OpenFlow flows send to the node agent: what their userdata
 * says.  Written by lflow/action_*.c, read by the agent's responders.
 *
 * Userdata begins with 'struct packet_in_header'; what follows it is told by
 * the opcode's row:
 *
 *     PACKET_IN(OPCODE, number, PAUSE, "actions", "what follows the header")
 *
 * PAUSE: the packet waits in the switch and goes on when the agent resumes it
 * with NXT_RESUME (a one-bit result is then written to the field that the
 * userdata names).  Otherwise (NO) the agent gets a copy.  The numbers are
 * those of OVN 23.03, so that ovs-ofctl's output reads alike.
 *
 *     ofpacts   OpenFlow 1.5 actions, for the packet that the agent makes
 *     bit       struct packet_in_bit: where the result goes
 *
 * All numbers are in network byte order. */
#ifndef WEFT_LFLOW_PACKET_IN_H
#define WEFT_LFLOW_PACKET_IN_H 1

#include "openvswitch/types.h"

#define PACKET_INS                                                      \
    PACKET_IN(ARP, 0, NO, "arp { }", "ofpacts")                         \
    PACKET_IN(PUT_ARP, 1, NO, "put_arp",                                \
              "nothing: reg14 port, reg0 IP, eth_src MAC")              \
    PACKET_IN(PUT_DHCP_OPTS, 2, PAUSE, "put_dhcp_opts",                 \
              "bit, offered IP (4 bytes), options as code (1 byte), "   \
              "length (1), value")                                      \
    PACKET_IN(ND_NA, 3, NO, "nd_na { }", "ofpacts")                     \
    PACKET_IN(PUT_ND, 4, NO, "put_nd",                                  \
              "nothing: reg14 port, xxreg0 IP, eth_src MAC")            \
    PACKET_IN(PUT_DHCPV6_OPTS, 5, PAUSE, "put_dhcpv6_opts",             \
              "bit, options as code (2 bytes), length (2), value")      \
    PACKET_IN(DNS_LOOKUP, 6, PAUSE, "dns_lookup", "bit")                \
    PACKET_IN(LOG, 7, NO, "log",                                        \
              "struct packet_in_log, name without a NUL")               \
    PACKET_IN(PUT_ND_RA_OPTS, 8, PAUSE, "put_nd_ra_opts",               \
              "bit, an ICMPv6 router advertisement (RFC 4861), whole")  \
    PACKET_IN(ND_NS, 9, NO, "nd_ns { }", "ofpacts")                     \
    PACKET_IN(ICMP, 10, NO, "icmp4 { }, icmp6 { }", "ofpacts")          \
    PACKET_IN(TCP_RESET, 11, NO, "tcp_reset { }", "ofpacts")            \
    PACKET_IN(ND_NA_ROUTER, 12, NO, "nd_na_router { }", "ofpacts")      \
    PACKET_IN(PUT_ICMP4_FRAG_MTU, 13, PAUSE, "icmp4.frag_mtu =",        \
              "MTU (2 bytes)")                                          \
    PACKET_IN(ICMP4_ERROR, 14, NO, "icmp4_error { }", "ofpacts")        \
    PACKET_IN(EVENT, 15, NO, "trigger_event",                           \
              "event (4 bytes), options as code (2 bytes), length (2), " \
              "text")                                                   \
    PACKET_IN(IGMP, 16, NO, "igmp", "nothing: reg14 port")              \
    PACKET_IN(BIND_VPORT, 17, NO, "bind_vport",                         \
              "tunnel key of the virtual port (4 bytes); reg14 parent") \
    PACKET_IN(HANDLE_SVC_CHECK, 18, NO, "handle_svc_check",             \
              "nothing: reg14 port")                                    \
    PACKET_IN(DHCP6_SERVER, 19, NO, "handle_dhcpv6_reply", "nothing")   \
    PACKET_IN(ICMP6_ERROR, 20, NO, "icmp6_error { }", "ofpacts")        \
    PACKET_IN(PUT_ICMP6_FRAG_MTU, 21, PAUSE, "icmp6.frag_mtu =",        \
              "MTU (4 bytes)")                                          \
    PACKET_IN(REJECT, 22, NO, "reject { }", "ofpacts")                  \
    PACKET_IN(BFD_MSG, 23, NO, "handle_bfd_msg", "nothing")             \
    PACKET_IN(SCTP_ABORT, 24, NO, "sctp_abort { }", "ofpacts")          \
    PACKET_IN(PUT_FDB, 25, NO, "put_fdb",                               \
              "nothing: reg14 port, eth_src MAC")                       \
    PACKET_IN(ACTIVATE, 26, NO, "none; a flow of the agent's",          \
              "nothing: reg14 port")

enum packet_in_opcode {
#define PACKET_IN(OPCODE, NUMBER, PAUSE, ACTIONS, LAYOUT) \
    PACKET_IN_##OPCODE = NUMBER,
    PACKET_INS
#undef PACKET_IN
};

/* What userdata begins with: 8 bytes. */
struct packet_in_header {
    ovs_be32 opcode;            /* enum packet_in_opcode. */
    ovs_be32 pad;               /* 0. */
};

/* Where a result goes: 8 bytes. */
struct packet_in_bit {
    ovs_be32 field;             /* OXM header of the field. */
    ovs_be32 ofs;               /* The bit within it. */
};

/* log: what it begins with; the name takes the rest. */
struct packet_in_log {
    uint8_t verdict;            /* enum lflow_log_verdict. */
    uint8_t severity;           /* enum lflow_log_severity. */
};

/* Verdicts of log(): name, number. */
#define LFLOW_LOG_VERDICTS                                              \
    LOG_VERDICT(ALLOW, 0, "allow")                                      \
    LOG_VERDICT(DROP, 1, "drop")                                        \
    LOG_VERDICT(REJECT, 2, "reject")

enum lflow_log_verdict {
#define LOG_VERDICT(VERDICT, NUMBER, NAME) LFLOW_LOG_##VERDICT = NUMBER,
    LFLOW_LOG_VERDICTS
#undef LOG_VERDICT
    LFLOW_LOG_NO_VERDICT = UINT8_MAX
};

/* Severities of log(), numbered as syslog's (RFC 5424). */
#define LFLOW_LOG_SEVERITIES                                            \
    LOG_SEVERITY(ALERT, 1, "alert")                                     \
    LOG_SEVERITY(WARNING, 4, "warning")                                 \
    LOG_SEVERITY(NOTICE, 5, "notice")                                   \
    LOG_SEVERITY(INFO, 6, "info")                                       \
    LOG_SEVERITY(DEBUG, 7, "debug")

enum lflow_log_severity {
#define LOG_SEVERITY(SEVERITY, NUMBER, NAME) \
    LFLOW_LOG_##SEVERITY = NUMBER,
    LFLOW_LOG_SEVERITIES
#undef LOG_SEVERITY
};

/* Events of trigger_event(), and the options of each: name, code. */
enum packet_in_event { PACKET_IN_EVENT_EMPTY_LB_BACKENDS = 0 };

#define EMPTY_LB_BACKENDS_OPTIONS                                       \
    EVENT_OPTION(VIP, 1, "vip")                                         \
    EVENT_OPTION(PROTOCOL, 2, "protocol")                               \
    EVENT_OPTION(LOAD_BALANCER, 3, "load_balancer")

enum empty_lb_backends_option {
#define EVENT_OPTION(OPTION, CODE, NAME) EMPTY_LB_BACKENDS_##OPTION = CODE,
    EMPTY_LB_BACKENDS_OPTIONS
#undef EVENT_OPTION
};

/* "put_arp", or NULL for a number that is no opcode. */
const char *packet_in_opcode_name(uint32_t opcode);

/* NUL-terminated name, or NULL. */
const char *lflow_log_verdict_name(uint8_t verdict);
const char *lflow_log_severity_name(uint8_t severity);

#endif
