/* The symbol table: rows, and the table that is built from them once.
 *
 * The rows are in an order in which whatever a row refers to (parent,
 * prerequisites, expansion) comes before it, so that one pass builds all. */
#include <config.h>

#include "lflow/fields.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "lflow/expr.h"
#include "lflow/registers.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

/* A row; which members count depends on the kind. */
struct symbol_row {
    const char *name;
    enum symbol_kind kind;
    enum mf_field_id mf;        /* FIELD. */
    bool is_string;             /* FIELD: holds a port. */
    bool crossproduct;          /* FIELD. */
    const char *parent;         /* SUBFIELD. */
    uint8_t ofs, n_bits;        /* SUBFIELD; PSEUDO: n_bits. */
    const char *prereqs;
    const char *expansion;      /* PREDICATE. */
};

#define FIELD(NAME, MF, PREREQS)                                        \
    { .name = NAME, .kind = SYMBOL_FIELD, .mf = MF, .prereqs = PREREQS }
/* A field that is the OpenFlow prerequisite of others. */
#define KEY_FIELD(NAME, MF, PREREQS)                                    \
    { .name = NAME, .kind = SYMBOL_FIELD, .mf = MF, .prereqs = PREREQS, \
      .crossproduct = true }
#define PORT_FIELD(NAME, MF)                                            \
    { .name = NAME, .kind = SYMBOL_FIELD, .mf = MF, .is_string = true }
#define SUBFIELD(NAME, PARENT, OFS, N_BITS, PREREQS)                    \
    { .name = NAME, .kind = SYMBOL_SUBFIELD, .parent = PARENT,          \
      .ofs = OFS, .n_bits = N_BITS, .prereqs = PREREQS }
#define PREDICATE(NAME, EXPANSION)                                      \
    { .name = NAME, .kind = SYMBOL_PREDICATE, .expansion = EXPANSION }
#define PSEUDO(NAME, N_BITS, PREREQS)                                   \
    { .name = NAME, .kind = SYMBOL_PSEUDO, .n_bits = N_BITS,            \
      .prereqs = PREREQS }

static const struct symbol_row rows[] = {
    PORT_FIELD("inport", MFF_LOG_INPORT),
    PORT_FIELD("outport", MFF_LOG_OUTPORT),

    /* Registers. */
    FIELD("xxreg0", MFF_XXREG0, NULL),
    FIELD("xxreg1", MFF_XXREG1, NULL),
    SUBFIELD("xreg0", "xxreg0", 64, 64, NULL),
    SUBFIELD("xreg1", "xxreg0", 0, 64, NULL),
    SUBFIELD("xreg2", "xxreg1", 64, 64, NULL),
    SUBFIELD("xreg3", "xxreg1", 0, 64, NULL),
    FIELD("xreg4", MFF_XREG4, NULL),
    SUBFIELD("reg0", "xxreg0", 96, 32, NULL),
    SUBFIELD("reg1", "xxreg0", 64, 32, NULL),
    SUBFIELD("reg2", "xxreg0", 32, 32, NULL),
    SUBFIELD("reg3", "xxreg0", 0, 32, NULL),
    SUBFIELD("reg4", "xxreg1", 96, 32, NULL),
    SUBFIELD("reg5", "xxreg1", 64, 32, NULL),
    SUBFIELD("reg6", "xxreg1", 32, 32, NULL),
    SUBFIELD("reg7", "xxreg1", 0, 32, NULL),
    SUBFIELD("reg8", "xreg4", 32, 32, NULL),
    SUBFIELD("reg9", "xreg4", 0, 32, NULL),
    FIELD("flags", MFF_LOG_FLAGS, NULL),
    SUBFIELD("flags.loopback", "flags", MLF_ALLOW_LOOPBACK_BIT, 1, NULL),
    SUBFIELD("flags.force_snat_for_dnat", "flags",
             MLF_FORCE_SNAT_FOR_DNAT_BIT, 1, NULL),
    SUBFIELD("flags.force_snat_for_lb", "flags", MLF_FORCE_SNAT_FOR_LB_BIT,
             1, NULL),
    SUBFIELD("flags.skip_snat_for_lb", "flags", MLF_SKIP_SNAT_FOR_LB_BIT, 1,
             NULL),
    SUBFIELD("flags.use_snat_zone", "flags", MLF_USE_SNAT_ZONE_BIT, 1, NULL),
    FIELD("pkt.mark", MFF_PKT_MARK, NULL),

    /* Connection tracking. */
    FIELD("ct_mark", MFF_CT_MARK, NULL),
    SUBFIELD("ct_mark.blocked", "ct_mark", 0, 1, NULL),
    SUBFIELD("ct_mark.natted", "ct_mark", 1, 1, NULL),
    SUBFIELD("ct_mark.skip_snat", "ct_mark", 2, 1, NULL),
    SUBFIELD("ct_mark.force_snat", "ct_mark", 3, 1, NULL),
    SUBFIELD("ct_mark.ecmp_reply_port", "ct_mark", 16, 16, NULL),
    FIELD("ct_label", MFF_CT_LABEL, NULL),
    SUBFIELD("ct_label.blocked", "ct_label", 0, 1, NULL),
    SUBFIELD("ct_label.natted", "ct_label", 1, 1, NULL),
    SUBFIELD("ct_label.skip_snat", "ct_label", 2, 1, NULL),
    SUBFIELD("ct_label.force_snat", "ct_label", 3, 1, NULL),
    SUBFIELD("ct_label.ecmp_reply_eth", "ct_label", 32, 48, NULL),
    SUBFIELD("ct_label.ecmp_reply_port", "ct_label", 80, 16, NULL),
    SUBFIELD("ct_label.label", "ct_label", 96, 32, NULL),
    FIELD("ct_state", MFF_CT_STATE, NULL),
    SUBFIELD("ct.trk", "ct_state", 5, 1, NULL),
    SUBFIELD("ct.new", "ct_state", 0, 1, "ct.trk"),
    SUBFIELD("ct.est", "ct_state", 1, 1, "ct.trk"),
    SUBFIELD("ct.rel", "ct_state", 2, 1, "ct.trk"),
    SUBFIELD("ct.rpl", "ct_state", 3, 1, "ct.trk"),
    SUBFIELD("ct.inv", "ct_state", 4, 1, "ct.trk"),
    SUBFIELD("ct.snat", "ct_state", 6, 1, "ct.trk"),
    SUBFIELD("ct.dnat", "ct_state", 7, 1, "ct.trk"),

    /* Ethernet and VLAN. */
    FIELD("eth.src", MFF_ETH_SRC, NULL),
    FIELD("eth.dst", MFF_ETH_DST, NULL),
    KEY_FIELD("eth.type", MFF_ETH_TYPE, NULL),
    PREDICATE("eth.bcast", "eth.dst == ff:ff:ff:ff:ff:ff"),
    PREDICATE("eth.mcast", "eth.dst[40]"),
    PREDICATE("eth.mcastv6", "eth.dst[32..47] == 0x3333"),
    FIELD("vlan.tci", MFF_VLAN_TCI, NULL),
    PREDICATE("vlan.present", "vlan.tci[12]"),
    SUBFIELD("vlan.vid", "vlan.tci", 0, 12, "vlan.present"),
    SUBFIELD("vlan.pcp", "vlan.tci", 13, 3, "vlan.present"),

    /* IP. */
    PREDICATE("ip4", "eth.type == 0x800"),
    PREDICATE("ip6", "eth.type == 0x86dd"),
    PREDICATE("ip", "ip4 || ip6"),
    KEY_FIELD("ip.proto", MFF_IP_PROTO, "ip"),
    FIELD("ip.dscp", MFF_IP_DSCP_SHIFTED, "ip"),
    FIELD("ip.ecn", MFF_IP_ECN, "ip"),
    FIELD("ip.ttl", MFF_IP_TTL, "ip"),
    FIELD("ip.frag", MFF_IP_FRAG, "ip"),
    PREDICATE("ip.is_frag", "ip.frag[0]"),
    PREDICATE("ip.later_frag", "ip.frag[1]"),
    PREDICATE("ip.first_frag", "ip.is_frag && !ip.later_frag"),
    FIELD("ip4.src", MFF_IPV4_SRC, "ip4"),
    FIELD("ip4.dst", MFF_IPV4_DST, "ip4"),
    PREDICATE("ip4.src_mcast", "ip4.src[28..31] == 0xe"),
    PREDICATE("ip4.mcast", "eth.mcast && ip4.dst[28..31] == 0xe"),
    FIELD("ip6.src", MFF_IPV6_SRC, "ip6"),
    FIELD("ip6.dst", MFF_IPV6_DST, "ip6"),
    FIELD("ip6.label", MFF_IPV6_LABEL, "ip6"),
    PREDICATE("ip6.mcast_rsvd",
              "ip6.dst[116..127] == 0xff0 && ip6.dst[0..111] == 0x0"),
    PREDICATE("ip6.mcast_all_nodes",
              "ip6.dst == ff01::1 || ip6.dst == ff02::1"),
    PREDICATE("ip6.mcast_all_rtrs",
              "ip6.dst == ff01::2 || ip6.dst == ff02::2"
              " || ip6.dst == ff05::2"),
    PREDICATE("ip6.mcast_sol_node", "ip6.dst == ff02::1:ff00:0000/104"),
    PREDICATE("ip6.mcast_flood",
              "eth.mcastv6 && (ip6.mcast_rsvd || ip6.mcast_all_nodes"
              " || ip6.mcast_all_rtrs || ip6.mcast_sol_node)"),
    PREDICATE("ip6.mcast", "eth.mcastv6 && ip6.dst[120..127] == 0xff"),

    /* ICMP, IGMP. */
    PREDICATE("icmp4", "ip4 && ip.proto == 1"),
    FIELD("icmp4.type", MFF_ICMPV4_TYPE, "icmp4"),
    FIELD("icmp4.code", MFF_ICMPV4_CODE, "icmp4"),
    PREDICATE("igmp", "ip4 && ip.proto == 2"),
    PREDICATE("icmp6", "ip6 && ip.proto == 58"),
    KEY_FIELD("icmp6.type", MFF_ICMPV6_TYPE, "icmp6"),
    KEY_FIELD("icmp6.code", MFF_ICMPV6_CODE, "icmp6"),
    PREDICATE("icmp", "icmp4 || icmp6"),
    PSEUDO("icmp4.frag_mtu", 16, "icmp4"),
    PSEUDO("icmp6.frag_mtu", 32, "icmp6"),

    /* ARP and RARP. */
    PREDICATE("arp", "eth.type == 0x806"),
    FIELD("arp.op", MFF_ARP_OP, "arp"),
    FIELD("arp.spa", MFF_ARP_SPA, "arp"),
    FIELD("arp.sha", MFF_ARP_SHA, "arp"),
    FIELD("arp.tpa", MFF_ARP_TPA, "arp"),
    FIELD("arp.tha", MFF_ARP_THA, "arp"),
    PREDICATE("rarp", "eth.type == 0x8035"),
    FIELD("rarp.op", MFF_ARP_OP, "rarp"),
    FIELD("rarp.spa", MFF_ARP_SPA, "rarp"),
    FIELD("rarp.sha", MFF_ARP_SHA, "rarp"),
    FIELD("rarp.tpa", MFF_ARP_TPA, "rarp"),
    FIELD("rarp.tha", MFF_ARP_THA, "rarp"),

    /* Neighbour discovery, multicast listeners. */
    PREDICATE("nd", "icmp6.type == {135, 136} && icmp6.code == 0"
              " && ip.ttl == 255"),
    PREDICATE("nd_ns", "icmp6.type == 135 && icmp6.code == 0"
              " && ip.ttl == 255"),
    PREDICATE("nd_na", "icmp6.type == 136 && icmp6.code == 0"
              " && ip.ttl == 255"),
    PREDICATE("nd_rs", "icmp6.type == 133 && icmp6.code == 0"
              " && ip.ttl == 255"),
    PREDICATE("nd_ra", "icmp6.type == 134 && icmp6.code == 0"
              " && ip.ttl == 255"),
    PREDICATE("mldv1",
              "ip6.src == fe80::/10 && icmp6.type == {130, 131, 132}"),
    PREDICATE("mldv2", "ip6.dst == ff02::16 && icmp6.type == 143"),
    FIELD("nd.target", MFF_ND_TARGET, "nd"),
    FIELD("nd.sll", MFF_ND_SLL, "nd_ns"),
    FIELD("nd.tll", MFF_ND_TLL, "nd_na"),

    /* Transport. */
    PREDICATE("tcp", "ip.proto == 6"),
    FIELD("tcp.src", MFF_TCP_SRC, "tcp"),
    FIELD("tcp.dst", MFF_TCP_DST, "tcp"),
    FIELD("tcp.flags", MFF_TCP_FLAGS, "tcp"),
    PREDICATE("udp", "ip.proto == 17"),
    FIELD("udp.src", MFF_UDP_SRC, "udp"),
    FIELD("udp.dst", MFF_UDP_DST, "udp"),
    PREDICATE("sctp", "ip.proto == 132"),
    FIELD("sctp.src", MFF_SCTP_SRC, "sctp"),
    FIELD("sctp.dst", MFF_SCTP_DST, "sctp"),
};

enum { N_SYMBOLS = ARRAY_SIZE(rows), N_BUCKETS = 512 };

static struct symbol symbols[N_SYMBOLS];
static const struct symbol *sorted[N_SYMBOLS];
static const struct symbol *buckets[N_BUCKETS];    /* Open addressing. */
static size_t n_built;                  /* Rows done, while building. */
static struct lflow_arena symbol_trees; /* Never freed. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Thread_local bool building;

static const struct symbol *
lookup(const char *name, size_t length)
{
    uint32_t i = hash_bytes(name, length, 0) % N_BUCKETS;

    for (; buckets[i]; i = (i + 1) % N_BUCKETS) {
        const char *found = buckets[i]->name;

        if (!strncmp(found, name, length) && !found[length]) {
            return buckets[i];
        }
    }
    return NULL;
}

static void
insert(const struct symbol *symbol)
{
    uint32_t i = hash_bytes(symbol->name, strlen(symbol->name), 0)
                 % N_BUCKETS;

    while (buckets[i]) {
        i = (i + 1) % N_BUCKETS;
    }
    buckets[i] = symbol;
}

/* Does 'expr' (parsed, not annotated) name something nominal? */
static bool
is_nominal(const struct expr *expr)
{
    if (expr->type == EXPR_COMPARE) {
        return expr->compare.symbol->level == LEVEL_NOMINAL;
    } else if (expr->type == EXPR_AND || expr->type == EXPR_OR) {
        for (unsigned int i = 0; i < expr->list.n; i++) {
            if (is_nominal(expr->list.args[i])) {
                return true;
            }
        }
    }
    return false;
}

/* Parses and annotates 'text' of a row.  The rows are ours: they parse. */
static const struct expr *
parse_row_text(const char *text, bool *nominal)
{
    const struct expr *expr;

    if (expr_parse_string(text, NULL, NULL, &symbol_trees, &expr, NULL)) {
        ovs_abort(0, "symbol table: bad expression %s", text);
    }
    if (nominal) {
        *nominal = is_nominal(expr);
    }
    expr_annotate(expr, &symbol_trees, &expr, NULL);
    return expr;
}

static void
build_field(struct symbol *symbol, const struct symbol_row *row)
{
    symbol->field = mf_from_id(row->mf);
    symbol->root = symbol;
    symbol->n_bits = row->is_string ? 0 : symbol->field->n_bits;
    symbol->level = row->is_string || symbol->field->maskable == MFM_NONE
                    ? LEVEL_NOMINAL : LEVEL_ORDINAL;
    symbol->crossproduct = row->crossproduct;
    symbol->writable = symbol->field->writable;
}

static void
build_subfield(struct symbol *symbol, const struct symbol_row *row)
{
    const struct symbol *parent = lookup(row->parent, strlen(row->parent));

    symbol->parent = parent;
    symbol->root = parent->root;
    symbol->field = parent->field;
    symbol->ofs = parent->ofs + row->ofs;
    symbol->n_bits = row->n_bits;
    symbol->level = LEVEL_ORDINAL;
    symbol->writable = parent->writable;
}

static void
build_predicate(struct symbol *symbol, const struct symbol_row *row)
{
    bool nominal;

    symbol->n_bits = 1;
    symbol->expansion = row->expansion;
    symbol->expansion_expr = parse_row_text(row->expansion, &nominal);
    symbol->level = nominal ? LEVEL_NOMINAL : LEVEL_BOOLEAN;
    if (!nominal) {
        char *negation = xasprintf("!(%s)", row->expansion);

        symbol->negation_expr = parse_row_text(negation, NULL);
        free(negation);
    }
}

static void
build_symbol(struct symbol *symbol, const struct symbol_row *row)
{
    symbol->name = row->name;
    symbol->kind = row->kind;
    symbol->prereqs = row->prereqs;
    switch (row->kind) {
    case SYMBOL_FIELD:
        build_field(symbol, row);
        break;
    case SYMBOL_SUBFIELD:
        build_subfield(symbol, row);
        break;
    case SYMBOL_PREDICATE:
        build_predicate(symbol, row);
        break;
    case SYMBOL_PSEUDO:
        symbol->n_bits = row->n_bits;
        symbol->writable = true;
        symbol->level = LEVEL_ORDINAL;
        break;
    default:
        OVS_NOT_REACHED();
    }
    if (row->prereqs) {
        symbol->prereqs_expr = parse_row_text(row->prereqs, NULL);
    }
}

static int
compare_names(const void *a_, const void *b_)
{
    const struct symbol *const *a = a_, *const *b = b_;

    return strcmp((*a)->name, (*b)->name);
}

static void
build_all(void)
{
    building = true;
    for (n_built = 0; n_built < N_SYMBOLS; n_built++) {
        build_symbol(&symbols[n_built], &rows[n_built]);
        insert(&symbols[n_built]);
        sorted[n_built] = &symbols[n_built];
    }
    qsort(sorted, N_SYMBOLS, sizeof sorted[0], compare_names);
    building = false;
}

const struct symbol *
symbol_find(const char *name, size_t length)
{
    if (!building) {
        pthread_once(&once, build_all);
    }
    return lookup(name, length);
}

const struct symbol *
symbol_by_name(const char *name)
{
    return symbol_find(name, strlen(name));
}

const struct symbol *const *
symbol_table(size_t *n)
{
    pthread_once(&once, build_all);
    *n = N_SYMBOLS;
    return sorted;
}

static const char *
level_to_string(const struct symbol *symbol)
{
    switch (symbol->level) {
    case LEVEL_NOMINAL:
        return "nominal";
    case LEVEL_BOOLEAN:
        return "Boolean";
    case LEVEL_ORDINAL:
        return "ordinal";
    default:
        OVS_NOT_REACHED();
    }
}

char *
symbol_to_string(const struct symbol *symbol)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_format(&s, "%s = ", symbol->name);
    switch (symbol->kind) {
    case SYMBOL_FIELD:
        ds_put_cstr(&s, symbol->field->name);
        break;
    case SYMBOL_SUBFIELD:
        ds_put_cstr(&s, symbol->parent->name);
        if (symbol->n_bits == 1) {
            ds_put_format(&s, "[%d]", symbol->ofs - symbol->parent->ofs);
        } else {
            int ofs = symbol->ofs - symbol->parent->ofs;

            ds_put_format(&s, "[%d..%d]", ofs, ofs + symbol->n_bits - 1);
        }
        break;
    case SYMBOL_PREDICATE:
        ds_put_cstr(&s, symbol->expansion);
        break;
    case SYMBOL_PSEUDO:
        ds_put_cstr(&s, "only in actions");
        break;
    default:
        OVS_NOT_REACHED();
    }
    ds_put_format(&s, "; %s", level_to_string(symbol));
    if (symbol_is_string(symbol)) {
        ds_put_cstr(&s, " string");
    } else if (symbol->kind != SYMBOL_PREDICATE) {
        ds_put_format(&s, ", %d bit%s", symbol->n_bits,
                      symbol->n_bits == 1 ? "" : "s");
    }
    if (symbol->kind != SYMBOL_PREDICATE) {
        ds_put_cstr(&s, symbol->writable ? ", writable" : ", read-only");
    }
    if (symbol->prereqs) {
        ds_put_format(&s, ", needs %s", symbol->prereqs);
    }
    return ds_steal_cstr(&s);
}
