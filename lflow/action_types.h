/* The logical actions as data: one row and one member for every kind.
 *
 *     ACTION(TYPE, "name", SYNTAX, member, family)
 *
 * SYNTAX says where the name stands:
 *     STATEMENT   name; name(...); name { ... };
 *     RESULT      FIELD = name(...);
 *     NONE        no name: FIELD = ..., FIELD <-> FIELD, FIELD--
 * 'member' is the member of struct lflow_action's union that holds what it
 * says; 'family' names its functions in lflow/action_impl.h. */
#ifndef WEFT_LFLOW_ACTION_TYPES_H
#define WEFT_LFLOW_ACTION_TYPES_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lflow/fields.h"
#include "lflow/lexer.h"
#include "lflow/u128.h"

#define LFLOW_ACTIONS                                                   \
    ACTION(OUTPUT, "output", STATEMENT, none, output)                   \
    ACTION(NEXT, "next", STATEMENT, next, next)                         \
    ACTION(LOAD, "=", NONE, load, load)                                 \
    ACTION(MOVE, "=", NONE, move, move)                                 \
    ACTION(EXCHANGE, "<->", NONE, move, exchange)                       \
    ACTION(DEC_TTL, "--", NONE, none, dec_ttl)                          \
    ACTION(OVN_FIELD, "=", NONE, load, ovn_field)                       \
    ACTION(PUSH, "push", STATEMENT, stack, push)                        \
    ACTION(POP, "pop", STATEMENT, stack, pop)                           \
    ACTION(CT_NEXT, "ct_next", STATEMENT, ct_table, ct_next)            \
    ACTION(CT_COMMIT_V1, "ct_commit", NONE, ct_commit, ct_commit_v1)    \
    ACTION(CT_COMMIT_V2, "ct_commit", STATEMENT, nested, ct_commit)     \
    ACTION(CT_DNAT, "ct_dnat", STATEMENT, ct_nat, ct_nat)               \
    ACTION(CT_SNAT, "ct_snat", STATEMENT, ct_nat, ct_nat)               \
    ACTION(CT_DNAT_IN_CZONE, "ct_dnat_in_czone", STATEMENT, ct_nat, ct_nat) \
    ACTION(CT_SNAT_IN_CZONE, "ct_snat_in_czone", STATEMENT, ct_nat, ct_nat) \
    ACTION(CT_COMMIT_NAT, "ct_commit_nat", STATEMENT, ct_table,         \
           ct_commit_nat)                                               \
    ACTION(CT_CLEAR, "ct_clear", STATEMENT, none, ct_clear)             \
    ACTION(CT_LB, "ct_lb", STATEMENT, ct_lb, ct_lb)                     \
    ACTION(CT_LB_MARK, "ct_lb_mark", STATEMENT, ct_lb, ct_lb)           \
    ACTION(SELECT, "select", RESULT, select, select)                    \
    ACTION(FWD_GROUP, "fwd_group", STATEMENT, fwd_group, fwd_group)     \
    ACTION(CLONE, "clone", STATEMENT, nested, clone)                    \
    ACTION(ARP, "arp", STATEMENT, nested, nested)                       \
    ACTION(ND_NS, "nd_ns", STATEMENT, nested, nested)                   \
    ACTION(ND_NA, "nd_na", STATEMENT, nested, nested)                   \
    ACTION(ND_NA_ROUTER, "nd_na_router", STATEMENT, nested, nested)     \
    ACTION(ICMP4, "icmp4", STATEMENT, nested, nested)                   \
    ACTION(ICMP4_ERROR, "icmp4_error", STATEMENT, nested, nested)       \
    ACTION(ICMP6, "icmp6", STATEMENT, nested, nested)                   \
    ACTION(ICMP6_ERROR, "icmp6_error", STATEMENT, nested, nested)       \
    ACTION(TCP_RESET, "tcp_reset", STATEMENT, nested, nested)           \
    ACTION(SCTP_ABORT, "sctp_abort", STATEMENT, nested, nested)         \
    ACTION(REJECT, "reject", STATEMENT, nested, nested)                 \
    ACTION(GET_ARP, "get_arp", STATEMENT, neighbor, get_neighbor)       \
    ACTION(GET_ND, "get_nd", STATEMENT, neighbor, get_neighbor)         \
    ACTION(PUT_ARP, "put_arp", STATEMENT, neighbor, put_neighbor)       \
    ACTION(PUT_ND, "put_nd", STATEMENT, neighbor, put_neighbor)         \
    ACTION(LOOKUP_ARP, "lookup_arp", RESULT, neighbor, lookup_neighbor) \
    ACTION(LOOKUP_ARP_IP, "lookup_arp_ip", RESULT, neighbor,            \
           lookup_neighbor_ip)                                          \
    ACTION(LOOKUP_ND, "lookup_nd", RESULT, neighbor, lookup_neighbor)   \
    ACTION(LOOKUP_ND_IP, "lookup_nd_ip", RESULT, neighbor,              \
           lookup_neighbor_ip)                                          \
    ACTION(PUT_FDB, "put_fdb", STATEMENT, fdb, put_fdb)                 \
    ACTION(GET_FDB, "get_fdb", RESULT, fdb, get_fdb)                    \
    ACTION(LOOKUP_FDB, "lookup_fdb", RESULT, fdb, lookup_fdb)           \
    ACTION(PUT_DHCP_OPTS, "put_dhcp_opts", RESULT, options, dhcp_opts)  \
    ACTION(PUT_DHCPV6_OPTS, "put_dhcpv6_opts", RESULT, options, dhcp_opts) \
    ACTION(PUT_ND_RA_OPTS, "put_nd_ra_opts", RESULT, options, nd_ra_opts) \
    ACTION(DNS_LOOKUP, "dns_lookup", RESULT, result, dns_lookup)        \
    ACTION(SET_QUEUE, "set_queue", STATEMENT, set_queue, set_queue)     \
    ACTION(SET_METER, "set_meter", STATEMENT, set_meter, set_meter)     \
    ACTION(CHECK_PKT_LARGER, "check_pkt_larger", RESULT, check_pkt_larger, \
           check_pkt_larger)                                            \
    ACTION(LOG, "log", STATEMENT, log, log)                             \
    ACTION(TRIGGER_EVENT, "trigger_event", STATEMENT, event, trigger_event) \
    ACTION(IGMP, "igmp", STATEMENT, none, pause)                        \
    ACTION(BIND_VPORT, "bind_vport", STATEMENT, bind_vport, bind_vport) \
    ACTION(HANDLE_SVC_CHECK, "handle_svc_check", STATEMENT, stack,      \
           handle_svc_check)                                            \
    ACTION(HANDLE_DHCPV6_REPLY, "handle_dhcpv6_reply", STATEMENT, none, \
           pause)                                                       \
    ACTION(HANDLE_BFD_MSG, "handle_bfd_msg", STATEMENT, none, bfd_msg)  \
    ACTION(CHK_LB_HAIRPIN, "chk_lb_hairpin", RESULT, result, check)     \
    ACTION(CHK_LB_HAIRPIN_REPLY, "chk_lb_hairpin_reply", RESULT, result, \
           check)                                                       \
    ACTION(CT_SNAT_TO_VIP, "ct_snat_to_vip", STATEMENT, none,           \
           ct_snat_to_vip)                                              \
    ACTION(CHECK_IN_PORT_SEC, "check_in_port_sec", RESULT, result, check) \
    ACTION(CHECK_OUT_PORT_SEC, "check_out_port_sec", RESULT, result, check) \
    ACTION(COMMIT_ECMP_NH, "commit_ecmp_nh", STATEMENT, ecmp_nh,        \
           commit_ecmp_nh)                                              \
    ACTION(CHK_ECMP_NH_MAC, "chk_ecmp_nh_mac", RESULT, result, check)   \
    ACTION(CHK_ECMP_NH, "chk_ecmp_nh", RESULT, result, check)           \
    ACTION(COMMIT_LB_AFF, "commit_lb_aff", STATEMENT, lb_aff,           \
           commit_lb_aff)                                               \
    ACTION(CHK_LB_AFF, "chk_lb_aff", RESULT, result, check)             \
    ACTION(SAMPLE, "sample", STATEMENT, sample, sample)

enum lflow_action_type {
#define ACTION(TYPE, NAME, SYNTAX, MEMBER, FAMILY) LFLOW_ACTION_##TYPE,
    LFLOW_ACTIONS
#undef ACTION
    N_LFLOW_ACTIONS
};

struct dhcp_option;
struct lflow_actions;

/* An address of either family. */
struct lflow_address {
    uint8_t family;             /* AF_INET, AF_INET6, or AF_UNSPEC: none. */
    struct in6_addr ip;         /* IPv4 as ::ffff:a.b.c.d. */
};

/* next: the table to go on with. */
struct lflow_next {
    bool ingress;               /* In which pipeline... */
    uint8_t stage;              /* ...and which of its stages. */
    uint8_t src_stage;          /* The flow's own, for what is written. */
};

/* FIELD = constant. */
struct lflow_load {
    struct field_ref dst;
    const char *string;         /* Port name, for string fields. */
    u128 value;                 /* Bits under 'mask' count... */
    u128 mask;                  /* ...all of the field's without a mask. */
    bool masked;                /* Was a mask written? */
    enum lex_format format;     /* How it was written. */
};

/* FIELD = FIELD, FIELD <-> FIELD. */
struct lflow_move {
    struct field_ref dst;       /* Left... */
    struct field_ref src;       /* ...and right side. */
};

/* push(FIELD), pop(FIELD), handle_svc_check(FIELD). */
struct lflow_stack {
    struct field_ref field;
};

/* ct_next, ct_commit_nat: the stage that follows. */
struct lflow_ct_table {
    uint8_t stage;
};

/* ct_commit(ct_mark=..., ct_label=...): the old syntax. */
struct lflow_ct_commit {
    u128 mark, mark_mask;       /* Mask 0: not written. */
    u128 label, label_mask;
};

/* ct_dnat and ct_snat, with and without an address. */
struct lflow_ct_nat {
    struct lflow_address ip;    /* AF_UNSPEC: undo NAT. */
    uint16_t port_lo, port_hi;  /* 0: no ports; lo alone: hi is 0. */
    uint8_t stage;              /* That follows. */
};

/* One destination of ct_lb. */
struct lflow_backend {
    struct lflow_address ip;
    uint16_t port;              /* 0 for none. */
};

enum lflow_ct_lb_flag {
    LFLOW_CT_LB_NONE,
    LFLOW_CT_LB_SKIP_SNAT,
    LFLOW_CT_LB_FORCE_SNAT
};

struct lflow_ct_lb {
    const struct lflow_backend *backends;
    size_t n_backends;          /* 0: only NAT what is established. */
    const char *hash_fields;    /* As written; NULL for dp_hash. */
    enum lflow_ct_lb_flag flag;
    uint8_t stage;              /* That follows. */
};

struct lflow_select {
    struct field_ref dst;
    const struct lflow_select_member {
        uint16_t id;
        uint16_t weight;        /* 1 to 65535. */
    } *members;
    size_t n_members;           /* 2 and more. */
    uint8_t stage;              /* That follows. */
};

struct lflow_fwd_group {
    bool liveness;
    const char *const *ports;
    size_t n_ports;
};

/* Actions in braces. */
struct lflow_nested {
    const struct lflow_actions *actions;
};

/* get_arp to lookup_nd_ip: members that an action has not are zero. */
struct lflow_neighbor {
    struct field_ref dst;       /* lookup_*: one bit. */
    struct field_ref port;      /* inport or outport. */
    struct field_ref ip;
    struct field_ref mac;
};

struct lflow_fdb {
    struct field_ref dst;       /* get_fdb: port; lookup_fdb: one bit. */
    struct field_ref port;      /* put_fdb, lookup_fdb. */
    struct field_ref mac;
};

/* One value of an option: integers (with masks) or strings. */
struct lflow_option_value {
    const char *string;         /* NULL for an integer. */
    u128 value;
    u128 mask;
    bool masked;
    enum lex_format format;
};

/* name = value or name = { value, ... }. */
struct lflow_option {
    const struct dhcp_option *option;   /* lflow/dhcp_options.h. */
    const struct lflow_option_value *values;
    size_t n_values;            /* 1 and more. */
    bool in_braces;
};

struct lflow_options {
    struct field_ref dst;       /* One bit. */
    const struct lflow_option *options;
    size_t n_options;
};

/* FIELD = name(). */
struct lflow_result {
    struct field_ref dst;       /* One bit. */
};

struct lflow_set_queue {
    uint16_t queue;             /* 0 to 61440. */
};

struct lflow_set_meter {
    uint64_t rate_kbps;
    uint64_t burst_kbps;        /* 0 for none. */
};

struct lflow_check_pkt_larger {
    struct field_ref dst;       /* One bit. */
    uint16_t length_bytes;
};

struct lflow_log {
    const char *name;           /* NULL for none; under 64 bytes. */
    uint8_t severity;           /* enum lflow_log_severity... */
    uint8_t verdict;            /* ...and _verdict of packet_in.h. */
    const char *meter;          /* NULL for none. */
};

struct lflow_event {
    uint32_t event;             /* enum packet_in_event of packet_in.h. */
    const char *meter;          /* NULL for none. */
    const struct lflow_event_option {
        uint16_t code;
        const char *name;
        const char *value;
    } *options;
    size_t n_options;
};

struct lflow_bind_vport {
    const char *vport;
    struct field_ref parent;    /* inport or outport. */
};

struct lflow_ecmp_nh {
    bool ipv6;
    uint8_t protocol;           /* IPPROTO_TCP, _UDP, _SCTP. */
};

struct lflow_lb_aff {
    struct lflow_address vip, backend;
    uint16_t vip_port, backend_port;    /* 0 for none. */
    uint8_t protocol;           /* 0 where there are no ports. */
    uint16_t timeout_s;
};

struct lflow_sample {
    uint16_t probability;       /* 1 to 65535, out of 65535. */
    uint32_t collector_set;
    uint8_t obs_domain;
    bool use_cookie;            /* Is obs_point the flow's cookie? */
    uint32_t obs_point;
};

/* One action. */
struct lflow_action {
    const struct lflow_action *next_action; /* In its list, or NULL. */
    enum lflow_action_type type;
    bool src_ingress;           /* Does its flow stand in ingress? */
    union {
        struct lflow_next next;
        struct lflow_load load;
        struct lflow_move move;
        struct lflow_stack stack;
        struct lflow_ct_table ct_table;
        struct lflow_ct_commit ct_commit;
        struct lflow_ct_nat ct_nat;
        struct lflow_ct_lb ct_lb;
        struct lflow_select select;
        struct lflow_fwd_group fwd_group;
        struct lflow_nested nested;
        struct lflow_neighbor neighbor;
        struct lflow_fdb fdb;
        struct lflow_options options;
        struct lflow_result result;
        struct lflow_set_queue set_queue;
        struct lflow_set_meter set_meter;
        struct lflow_check_pkt_larger check_pkt_larger;
        struct lflow_log log;
        struct lflow_event event;
        struct lflow_bind_vport bind_vport;
        struct lflow_ecmp_nh ecmp_nh;
        struct lflow_lb_aff lb_aff;
        struct lflow_sample sample;
    };
};

#endif
