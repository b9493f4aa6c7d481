/* What tests of match expressions share: see lflow_match_support.h. */
#include <config.h>

#include "lflow_match_support.h"

#include <stdlib.h>
#include <string.h>

#include "flow.h"
#include "lflow/registers.h"
#include "openvswitch/dynamic-string.h"
#include "nx-match.h"
#include "openvswitch/match.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "random.h"
#include "util.h"

/* --- A scope ----------------------------------------------------------- */

static const struct {
    const char *name;
    uint32_t key;
} ports[] = {
    { "a", 1 }, { "b", 2 }, { "c", 3 }, { "p1", 17 }, { "p2", 18 }
};

static struct {
    const char *name;
    const char *members[8];
    struct constant_set *set;
} sets[] = {
    { "v4", { "10.0.0.1", "10.0.0.2", "10.0.0.0/30", "192.168.0.0/16" },
      NULL },
    { "v6", { "fe80::1", "fc00::/7" }, NULL },
    { "mac", { "00:00:00:00:00:01", "00:00:00:00:00:02" }, NULL },
    { "empty", { NULL }, NULL },
};

static bool
port_key(const struct lflow_scope *scope OVS_UNUSED, const char *name,
         uint32_t *key)
{
    for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
        if (!strcmp(ports[i].name, name)) {
            *key = ports[i].key;
            return true;
        }
    }
    return false;
}

static const struct constant_set *
address_set(const struct lflow_scope *scope OVS_UNUSED, const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
        if (!strcmp(sets[i].name, name)) {
            return sets[i].set;
        }
    }
    return NULL;
}

static const struct port_set *
port_group(const struct lflow_scope *scope OVS_UNUSED, const char *name)
{
    static const struct port_set_member members[] = {
        { "a", 1 }, { "elsewhere", 0 }, { "b", 2 }
    };
    static const struct port_set pg = { members, ARRAY_SIZE(members) };
    static const struct port_set pg0 = { NULL, 0 };

    return !strcmp(name, "pg") ? &pg : !strcmp(name, "pg0") ? &pg0 : NULL;
}

static bool
is_chassis_resident(const struct lflow_scope *scope OVS_UNUSED,
                    const char *name)
{
    return !strcmp(name, "a");
}

static const char *
template_text(const struct lflow_scope *scope OVS_UNUSED, const char *name)
{
    return !strcmp(name, "vip") ? "10.0.0.1"
           : !strcmp(name, "m") ? "ip4" : NULL;
}

static const struct lflow_scope_class test_class = {
    .port_key = port_key,
    .address_set = address_set,
    .port_group = port_group,
    .is_chassis_resident = is_chassis_resident,
    .template = template_text,
};

const struct lflow_scope test_scope = { &test_class };

void
test_scope_init(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
        size_t n = 0;

        while (sets[i].members[n]) {
            n++;
        }
        sets[i].set = constant_set_create(sets[i].members, n, NULL);
    }
}

void
test_scope_destroy(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
        constant_set_destroy(sets[i].set);
        sets[i].set = NULL;
    }
}

/* --- Expressions ------------------------------------------------------- */

const struct expr *
test_parse(const char *text, struct lflow_arena *arena, struct err *err)
{
    const struct expr *expr;

    if (expr_parse_string(text, &test_scope, NULL, arena, &expr, err)) {
        return NULL;
    }
    if (expr_annotate(expr, arena, &expr, err)
        || expr_simplify(expr, &test_scope, NULL, arena, &expr, err)
        || expr_normalize(expr, arena, &expr, err)
        || !expr_is_normalized(expr)) {
        ovs_abort(0, "%s: a later step failed", text);
    }
    return expr;
}

static bool
match_accepts(const struct match *match, const struct flow *flow)
{
    struct minimatch mini;
    bool accepts;

    minimatch_init(&mini, match);
    accepts = minimatch_matches_flow(&mini, flow);
    minimatch_destroy(&mini);
    return accepts;
}

bool
test_match_survives_openflow(const struct match *match)
{
    struct ofpbuf b;
    struct match original = *match, decoded;
    bool same;

    ofpbuf_init(&b, 0);
    oxm_put_match(&b, match, OFP15_VERSION);
    same = !oxm_pull_match(&b, false, NULL, NULL, &decoded);
    match_set_default_packet_type(&original);   /* As decoding does. */
    match_set_default_packet_type(&decoded);
    same = same && match_equal(&original, &decoded);
    ofpbuf_uninit(&b);
    return same;
}

bool
test_matches_accept(const struct lflow_matches *matches,
                    const struct flow *flow)
{
    enum { BASE = 1000, MAX_CONJS = 256 };
    size_t n_matches = lflow_matches_count(matches);
    uint32_t n_conjs = lflow_matches_n_conjs(matches);
    uint64_t seen[MAX_CONJS] = { 0 };
    uint8_t n_clauses[MAX_CONJS] = { 0 };
    struct flow with_conj = *flow;
    struct match match;

    ovs_assert(n_conjs <= MAX_CONJS);
    for (size_t i = 0; i < n_matches - n_conjs; i++) {
        const struct lflow_clause *clauses;
        size_t n;

        lflow_matches_get(matches, i, BASE, &match);
        clauses = lflow_matches_clauses(matches, i, &n);
        if (match_accepts(&match, flow)) {
            if (!n) {
                return true;
            }
            for (size_t j = 0; j < n; j++) {
                seen[clauses[j].conj - 1] |= UINT64_C(1) << clauses[j].clause;
                n_clauses[clauses[j].conj - 1] = clauses[j].n_clauses;
            }
        }
    }
    for (uint32_t i = 0; i < n_conjs; i++) {
        if (n_clauses[i] && __builtin_popcountll(seen[i]) == n_clauses[i]) {
            with_conj.conj_id = BASE + i;
            lflow_matches_get(matches, n_matches - n_conjs + i, BASE, &match);
            if (match_accepts(&match, &with_conj)) {
                return true;
            }
        }
    }
    return false;
}

/* --- Random expressions ------------------------------------------------ */

static unsigned int
below(unsigned int n)
{
    return random_uint32() % n;
}

/* A constant for 'n_bits': mostly small or at an end, so that comparisons
 * with the same field meet. */
static void
random_constant(unsigned int n_bits, bool may_mask, struct ds *s)
{
    u128 ones = u128_ones(n_bits), value, mask;

    switch (below(4)) {
    case 0:
        value = below(4);
        break;
    case 1:
        value = ones - below(2);
        break;
    case 2:
        value = (u128) 1 << below(n_bits);
        break;
    default:
        value = u128_from_u64(random_uint64(), random_uint64());
        break;
    }
    value &= ones;
    if (!may_mask || below(4)) {
        lex_format_integer(value, LEX_F_HEXADECIMAL, s);
        return;
    }
    mask = u128_from_u64(random_uint64(), random_uint64()) & ones;
    mask = below(2) ? mask : ones & ~u128_ones(below(n_bits + 1));
    lex_format_integer(value & mask, LEX_F_HEXADECIMAL, s);
    ds_put_char(s, '/');
    lex_format_integer(mask, LEX_F_HEXADECIMAL, s);
}

static void
random_string_compare(const struct symbol *symbol, bool negative,
                      struct ds *s)
{
    static const char *const values[] = {
        "\"a\"", "\"b\"", "{\"a\", \"c\"}", "@pg", "@pg0", "\"unknown\"",
        "{@pg, \"p1\"}"
    };

    ds_put_format(s, "%s %s %s", symbol->name, negative ? "!=" : "==",
                  values[below(ARRAY_SIZE(values))]);
}

static void
random_integer_compare(const struct symbol *symbol, bool negative,
                       struct ds *s)
{
    static const char *const relops[] = { "==", "!=", "<", "<=", ">", ">=" };
    bool ordinal = symbol->level == LEVEL_ORDINAL;
    unsigned int n_bits = symbol->n_bits, n = below(4) ? 1 : below(4);
    unsigned int relop = !ordinal ? negative : n == 1 ? below(6) : below(2);

    ds_put_cstr(s, symbol->name);
    if (ordinal && n_bits > 1 && below(2)) {
        unsigned int low = below(n_bits), high = low + below(n_bits - low);

        ds_put_format(s, "[%u..%u]", low, high);
        n_bits = high - low + 1;
    }
    ds_put_format(s, " %s ", relops[relop]);
    if (n == 1) {
        random_constant(n_bits, ordinal && relop < 2, s);
        return;
    }
    ds_put_char(s, '{');
    for (unsigned int i = 0; i < n; i++) {
        ds_put_cstr(s, i ? ", " : "");
        random_constant(n_bits, ordinal, s);
    }
    ds_put_char(s, '}');
}

static void
random_compare(bool negative, struct ds *s)
{
    static const char *const favourites[] = {
        "ip4.src", "ip4.dst", "tcp.dst", "reg0", "inport", "eth.type",
        "ip.proto", "ct.est", "ip4", "tcp", "vlan.vid", "icmp6.type"
    };
    const struct symbol *symbol;
    size_t n;
    const struct symbol *const *all = symbol_table(&n);

    symbol = below(2) ? all[below(n)]
             : symbol_by_name(favourites[below(ARRAY_SIZE(favourites))]);
    if (symbol->kind == SYMBOL_PSEUDO) {
        ds_put_cstr(s, "1");
    } else if (symbol->kind == SYMBOL_PREDICATE) {
        bool positive = symbol->level == LEVEL_NOMINAL ? !negative
                        : below(2);

        ds_put_format(s, "%s%s", positive ? "" : "!", symbol->name);
    } else if (symbol_is_string(symbol)) {
        random_string_compare(symbol, negative, s);
    } else {
        random_integer_compare(symbol, negative, s);
    }
}

static void
random_list(unsigned int size, bool negative, struct ds *s)
{
    if (size <= 1) {
        random_compare(negative, s);
    } else if (!below(6)) {
        ds_put_cstr(s, "!(");
        random_list(size, !negative, s);
        ds_put_char(s, ')');
    } else {
        unsigned int left = 1 + below(size - 1);
        const char *joint = below(2) ? " && " : " || ";

        ds_put_char(s, '(');
        random_list(left, negative, s);
        ds_put_format(s, ")%s(", joint);
        random_list(size - left, negative, s);
        ds_put_char(s, ')');
    }
}

char *
test_random_expr(unsigned int size)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    random_list(size, false, &s);
    return ds_steal_cstr(&s);
}

/* --- Random packets ---------------------------------------------------- */

static u128
random_value(unsigned int n_bits)
{
    switch (below(4)) {
    case 0:
        return below(4) & u128_ones(n_bits);
    case 1:
        return u128_ones(n_bits) - below(2);
    case 2:
        return (u128) 1 << below(n_bits);
    default:
        return u128_from_u64(random_uint64(), random_uint64())
               & u128_ones(n_bits);
    }
}

static void
random_field(struct flow *flow, enum mf_field_id id)
{
    const struct mf_field *mf = mf_from_id(id);
    union mf_value value;

    u128_to_bytes(random_value(mf->n_bits), &value, mf->n_bytes);
    mf_set_flow_value(mf, &value, flow);
}

static void
random_ip(struct flow *flow)
{
    static const uint8_t protos[] = {
        IPPROTO_ICMP, IPPROTO_IGMP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP,
        IPPROTO_ICMPV6, 0, 255
    };
    bool is_v4 = flow->dl_type == htons(ETH_TYPE_IP);

    flow->nw_frag = below(3) ? 0 : below(2) ? FLOW_NW_FRAG_ANY
                    : FLOW_NW_FRAG_ANY | FLOW_NW_FRAG_LATER;
    flow->nw_proto = flow->nw_frag & FLOW_NW_FRAG_LATER
                     ? 200              /* No transport header. */
                     : protos[below(ARRAY_SIZE(protos))];
    random_field(flow, is_v4 ? MFF_IPV4_SRC : MFF_IPV6_SRC);
    random_field(flow, is_v4 ? MFF_IPV4_DST : MFF_IPV6_DST);
    if (!is_v4) {
        random_field(flow, MFF_IPV6_LABEL);
    }
    random_field(flow, MFF_IP_DSCP_SHIFTED);
    random_field(flow, MFF_IP_ECN);
    random_field(flow, MFF_IP_TTL);
    random_field(flow, MFF_TCP_SRC);
    random_field(flow, MFF_TCP_DST);
    if (flow->nw_proto == IPPROTO_TCP) {
        random_field(flow, MFF_TCP_FLAGS);
    } else if (flow->nw_proto == IPPROTO_ICMPV6 && !is_v4) {
        flow->tp_src = htons(130 + below(15));
        flow->tp_dst = htons(below(2));
        flow->nw_ttl = below(2) ? 255 : flow->nw_ttl;
        if (flow->tp_src == htons(135) || flow->tp_src == htons(136)) {
            random_field(flow, MFF_ND_TARGET);
            random_field(flow, MFF_ND_SLL);
            random_field(flow, MFF_ND_TLL);
        }
    } else if (flow->nw_proto == IPPROTO_ICMP && is_v4) {
        flow->tp_src = htons(below(256));
        flow->tp_dst = htons(below(4));
    }
}

void
test_random_flow(struct flow *flow)
{
    static const uint16_t types[] = {
        ETH_TYPE_IP, ETH_TYPE_IPV6, ETH_TYPE_ARP, ETH_TYPE_RARP, 0x1234
    };
    static const enum mf_field_id metadata[] = {
        MFF_XXREG0, MFF_XXREG1, MFF_XREG4, MFF_LOG_FLAGS, MFF_PKT_MARK,
        MFF_CT_MARK, MFF_CT_LABEL, MFF_ETH_SRC, MFF_ETH_DST
    };

    memset(flow, 0, sizeof *flow);
    for (size_t i = 0; i < ARRAY_SIZE(metadata); i++) {
        random_field(flow, metadata[i]);
    }
    flow->regs[MFF_LOG_INPORT - MFF_REG0] = below(4);
    flow->regs[MFF_LOG_OUTPORT - MFF_REG0] = below(2) ? below(4)
                                             : 17 + below(2);
    flow->ct_state = below(256);
    flow->vlans[0].tci = below(2) ? 0 : htons(0x1000 | random_uint32());
    flow->dl_type = htons(types[below(below(2) ? 2 : ARRAY_SIZE(types))]);
    if (flow->dl_type == htons(ETH_TYPE_IP)
        || flow->dl_type == htons(ETH_TYPE_IPV6)) {
        random_ip(flow);
    } else if (flow->dl_type != htons(0x1234)) {
        random_field(flow, MFF_ARP_OP);
        random_field(flow, MFF_ARP_SPA);
        random_field(flow, MFF_ARP_TPA);
        random_field(flow, MFF_ARP_SHA);
        random_field(flow, MFF_ARP_THA);
    }
}
