/* Between the files of the actions: what a family's parse, format and encode
 * functions get, and the helpers that they share.  Private to lflow/action*.
 *
 * A family FOO has
 *     void action_parse_FOO(struct action_parser *, struct lflow_action *);
 *     void action_format_FOO(const struct lflow_action *, struct ds *);
 *     void action_encode_FOO(const struct lflow_action *,
 *                            struct action_encoder *);
 * parse: the current token is what follows the name (of a RESULT action: what
 * follows the name too, the destination is in 'dst' of the parser); reads all
 * but the semicolon; errors are the lexer's.  format: appends all but the
 * semicolon.  encode: appends ofpacts. */
#ifndef WEFT_LFLOW_ACTION_IMPL_H
#define WEFT_LFLOW_ACTION_IMPL_H 1

#include "lflow/actions.h"
#include "lflow/expr.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/meta-flow.h"
#include "openvswitch/ofpbuf.h"

/* Braces within braces: OVN's limit. */
enum { ACTION_MAX_NESTING = 31 };

/* One parse. */
struct action_parser {
    struct lexer lexer;
    const struct lflow_place *place;
    const struct lflow_scope *scope;
    struct lflow_refs *refs;
    struct lflow_arena *arena;
    const struct expr *prereqs; /* So far; NULL for none. */
    struct field_ref dst;       /* Of the RESULT action being parsed. */
    unsigned int field_column;  /* Where the last field or option began. */
    bool in_ct_commit;          /* Are only ct_mark and ct_label writable? */
};

/* One encoding.  The first failure sticks in 'error' and '*err'. */
struct action_encoder {
    const struct lflow_place *place;
    const struct lflow_scope *scope;
    struct lflow_refs *refs;
    struct ofpbuf *ofpacts;     /* Where actions go now. */
    uint32_t controller_meter;  /* Meter id, or NX_CTLR_NO_METER. */
    struct err *err;
    int error;
};

/* A family's functions. */
struct action_class {
    const char *name;
    enum action_syntax {
        ACTION_STATEMENT, ACTION_RESULT, ACTION_NONE
    } syntax;
    void (*parse)(struct action_parser *, struct lflow_action *);
    void (*format)(const struct lflow_action *, struct ds *);
    void (*encode)(const struct lflow_action *, struct action_encoder *);
};

/* The row of a type. */
const struct action_class *action_class(enum lflow_action_type type);

#define ACTION_FAMILIES                                                 \
    FAMILY(output) FAMILY(next) FAMILY(load) FAMILY(move)               \
    FAMILY(exchange) FAMILY(dec_ttl) FAMILY(ovn_field) FAMILY(push)     \
    FAMILY(pop) FAMILY(ct_next) FAMILY(ct_commit_v1) FAMILY(ct_commit)  \
    FAMILY(ct_nat) FAMILY(ct_commit_nat) FAMILY(ct_clear) FAMILY(ct_lb) \
    FAMILY(select) FAMILY(fwd_group) FAMILY(clone) FAMILY(nested)       \
    FAMILY(get_neighbor) FAMILY(put_neighbor) FAMILY(lookup_neighbor)   \
    FAMILY(lookup_neighbor_ip) FAMILY(put_fdb) FAMILY(get_fdb)          \
    FAMILY(lookup_fdb) FAMILY(dhcp_opts) FAMILY(nd_ra_opts)             \
    FAMILY(dns_lookup) FAMILY(set_queue) FAMILY(set_meter)              \
    FAMILY(check_pkt_larger) FAMILY(log) FAMILY(trigger_event)          \
    FAMILY(pause) FAMILY(bind_vport) FAMILY(handle_svc_check)           \
    FAMILY(bfd_msg) FAMILY(check) FAMILY(ct_snat_to_vip)                \
    FAMILY(commit_ecmp_nh) FAMILY(commit_lb_aff) FAMILY(sample)

#define FAMILY(NAME)                                                    \
    void action_parse_##NAME(struct action_parser *,                    \
                             struct lflow_action *);                    \
    void action_format_##NAME(const struct lflow_action *, struct ds *); \
    void action_encode_##NAME(const struct lflow_action *,              \
                              struct action_encoder *);
ACTION_FAMILIES
#undef FAMILY

/* --- Parsing (action_parse.c) ------------------------------------------ */

/* Parses statements up to a token that ends them (the end, or "}" in
 * braces), into a new list. */
const struct lflow_actions *action_parse_list(struct action_parser *);

/* "{ actions }"; the prerequisites of what is within are added to the
 * flow's only if 'keep_prereqs'. */
const struct lflow_actions *action_parse_braces(struct action_parser *,
                                                bool keep_prereqs);

/* ANDs the expression 'text' (a symbol: "ip4") to the prerequisites. */
void action_require(struct action_parser *, const char *text);

/* Records an error at the field (or option) that was read last, which the
 * message names. */
void action_field_error(struct action_parser *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Reads a field and adds its prerequisites.  False after an error. */
bool action_parse_field(struct action_parser *, struct field_ref *);

/* The same for one of 'n_bits' bits (0: a string field). */
bool action_parse_field_of(struct action_parser *, unsigned int n_bits,
                           struct field_ref *);

/* Must 'ref' be of 'n_bits' bits (0: a string)?  Sets the error if not. */
bool action_check_width(struct action_parser *, const struct field_ref *,
                        unsigned int n_bits);

/* May actions write to 'ref' here?  Sets the error if not. */
bool action_check_writable(struct action_parser *, const struct field_ref *);

/* The destination of a RESULT action, if it is one writable bit. */
bool action_take_bit(struct action_parser *, struct field_ref *dst);

/* "()", or the error "NAME doesn't take any parameters". */
bool action_parse_no_args(struct action_parser *, const char *name);

/* Is there a stage after the flow's own?  Otherwise "NAME action not allowed
 * in last table."  Stores it in '*stage'. */
bool action_next_stage(struct action_parser *, const char *name,
                       uint8_t *stage);

/* "Syntax error at `TOKEN'." without a word on what was expected. */
void action_syntax_error(struct lexer *);

/* A copy of the current token's text, the arena's. */
char *action_token_text(struct action_parser *);

/* One string; NULL after the error "expecting string". */
const char *action_parse_string(struct action_parser *);

/* --- Formatting -------------------------------------------------------- */

/* "10.0.0.1", "fe80::1", as is. */
void action_format_address(const struct lflow_address *, struct ds *);

/* The same with a port unless that is 0: "[fe80::1]:80".  IPv6 has brackets
 * without a port too if 'always_brackets'. */
void action_format_endpoint(const struct lflow_address *, uint16_t port,
                            bool always_brackets, struct ds *);

/* --- Encoding (action_encode.c) ---------------------------------------- */

void action_encode_list(const struct lflow_actions *,
                        struct action_encoder *);

/* Records the first failure. */
void action_encode_fail(struct action_encoder *, int code,
                        const char *message);

/* resubmit(,table). */
void action_put_resubmit(struct action_encoder *, uint8_t table);

/* The OpenFlow table of 'stage' of the flow's own pipeline. */
uint8_t action_stage_table(const struct action_encoder *, uint8_t stage);

/* Where output goes. */
uint8_t action_output_table(const struct action_encoder *);

/* set_field of the bits of 'field' under 'mask' to 'value'. */
void action_put_set(struct ofpbuf *ofpacts, const struct mf_field *field,
                    u128 value, u128 mask);

/* set_field of bits [ofs, ofs + n_bits) of 'field' to 'value'. */
void action_put_load(struct ofpbuf *ofpacts, const struct mf_field *field,
                     unsigned int ofs, unsigned int n_bits, u128 value);
void action_put_load_id(struct action_encoder *, enum mf_field_id,
                        unsigned int ofs, unsigned int n_bits, u128 value);

/* move src to dst. */
void action_put_move(struct action_encoder *, const struct mf_subfield *src,
                     const struct mf_subfield *dst);
void action_put_push(struct action_encoder *, const struct mf_subfield *);
void action_put_pop(struct action_encoder *, const struct mf_subfield *);

/* All bits of a field; bits [ofs, ofs + n_bits) of it. */
struct mf_subfield action_whole(enum mf_field_id);
struct mf_subfield action_bits(enum mf_field_id, unsigned int ofs,
                               unsigned int n_bits);

/* The fields of an action copied to those where its table or responder
 * expects them, and what these held put back.  At most 3 of them. */
struct action_arg {
    struct mf_subfield src;
    enum mf_field_id dst;       /* Is 'src' the whole of it, nothing is
                                 * copied. */
};
void action_put_args(struct action_encoder *, const struct action_arg[],
                     size_t n);
void action_put_restore(struct action_encoder *, const struct action_arg[],
                        size_t n);

/* Starts controller(userdata=OPCODE...).  What is put in 'userdata' (the
 * caller's, initialised here) follows the opcode; finish with
 * action_finish_controller(), which destroys it.  The meter is the flow's
 * own or, where 'meter' isn't NULL, that one. */
void action_start_controller(struct ofpbuf *userdata, uint32_t opcode);
void action_finish_controller(struct action_encoder *,
                              struct ofpbuf *userdata, bool pause,
                              const char *meter);

/* controller(userdata=OPCODE) and no more. */
void action_put_controller(struct action_encoder *, uint32_t opcode);

/* Userdata: where a one-bit result goes, as the responder writes it: the
 * field's OXM header and the bit's place, each 32 bits. */
void action_put_result_field(struct ofpbuf *userdata,
                             const struct field_ref *dst);

/* The conntrack zone for a flow here: a switch's is its port's. */
enum mf_field_id action_ct_zone(const struct action_encoder *);

/* group(text), through the scope. */
void action_put_group(struct action_encoder *, const char *text);

/* Meter id of 'name' through the scope, 0 after a failure. */
uint32_t action_meter_id(struct action_encoder *, const char *name);

#endif
