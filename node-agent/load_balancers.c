/* Hairpins of load balancers: see load_balancers.h.
 *
 * Flows keep what a packet was sent to, before load balancing, in registers
 * (ORIG_* below).  A packet from a backend to itself
 *
 *  - is found by table 68, for each backend of each virtual address, which
 *    also teaches table 69 the answer that it will get;
 *  - gets the virtual address (or hairpin_snat_ip) for its source by table
 *    70, so that the answer comes back here;
 *  - the answer is found by table 69.
 *
 * Two switches may have different load balancers with the same virtual
 * address: where one has a hairpin_snat_ip, which table 70 could not tell from
 * the address, its flows there are those of each switch. */
#include <config.h>

#include "node-agent/load_balancers.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "lflow/actions.h"
#include "lflow/learn.h"
#include "lflow/registers.h"
#include "lflow/tables.h"
#include "node-agent/model.h"
#include "node-agent/ofpacts.h"
#include "packets.h"
#include "util.h"

/* Where flows keep the original destination (translator/registers.h). */
enum {
    ORIG_IP4 = MFF_REG1,
    ORIG_IP6 = MFF_XXREG1,
    ORIG_PORT = MFF_REG2, /* Lower half. */
};

/* Bit of ct_mark: load balanced, or NATed otherwise. */
enum { CT_NATTED = 2 };

/* Priorities; those of addresses without a port are less. */
enum { ANY_SWITCH = 100, THIS_SWITCH = 200, NO_PORT = -10 };

struct lb_content {
    struct hmap_node node;   /* In model's 'lb_contents', by id. */
    struct schema_row *row;  /* struct sb_load_balancer. */
    unsigned int n_uses;     /* Datapaths that have it. */
    bool made;               /* Its flows are made. */
    struct flow_owner owner; /* Those of all datapaths. */
};

/* ---- Rows ------------------------------------------------------------- */

/* The content that is 'row', which is taken. */
static struct lb_content *
content_get(struct model *model, struct schema_row *row)
{
    uint32_t hash = hash_string(row->id, 0);
    struct lb_content *content;

    HMAP_FOR_EACH_WITH_HASH(content, node, hash, &model->lb_contents) {
        if (schema_row_equal(content->row, row)) {
            schema_row_destroy(row);
            content->n_uses++;
            return content;
        }
    }
    content = xzalloc(sizeof *content);
    content->row = row;
    content->n_uses = 1;
    hmap_insert(&model->lb_contents, &content->node, hash);
    return content;
}

static void
content_unref(struct model *model, struct lb_content *content)
{
    if (content && !--content->n_uses) {
        hmap_remove(&model->lb_contents, &content->node);
        flow_owner_clear(model->flows, &content->owner);
        schema_row_destroy(content->row);
        free(content);
    }
}

static void
mark_dirty(struct model *model, struct load_balancer *lb)
{
    if (ovs_list_is_empty(&lb->dirty_node)) {
        ovs_list_push_back(&model->dirty_lbs, &lb->dirty_node);
    }
}

static void
load_balancer_free(struct model *model, struct load_balancer *lb)
{
    ovs_list_remove(&lb->dirty_node);
    flow_owner_clear(model->flows, &lb->owner);
    content_unref(model, lb->content);
    free(lb);
}

void
load_balancer_set(struct model *model, struct datapath *dp, const char *id,
                  struct schema_row *row)
{
    struct load_balancer *lb = shash_find_data(&dp->load_balancers, id);
    struct lb_content *old;

    if (!row) {
        if (lb) {
            shash_find_and_delete(&dp->load_balancers, id);
            load_balancer_free(model, lb);
        }
        return;
    }
    if (!lb) {
        lb = xzalloc(sizeof *lb);
        lb->dp = dp;
        ovs_list_init(&lb->dirty_node);
        shash_add(&dp->load_balancers, id, lb);
    }
    old = lb->content;
    lb->content = content_get(model, row);
    content_unref(model, old);
    mark_dirty(model, lb);
}

void
load_balancers_dirty(struct model *model, struct datapath *dp)
{
    struct shash_node *node;

    SHASH_FOR_EACH(node, &dp->load_balancers) {
        mark_dirty(model, node->data);
    }
}

void
load_balancers_forget(struct model *model)
{
    struct lb_content *content;

    HMAP_FOR_EACH(content, node, &model->lb_contents) {
        content->made = false;
    }
}

void
load_balancers_destroy(struct model *model, struct datapath *dp)
{
    struct shash_node *node;

    SHASH_FOR_EACH(node, &dp->load_balancers) {
        load_balancer_free(model, node->data);
    }
    shash_destroy(&dp->load_balancers);
}

/* ---- Flows ------------------------------------------------------------ */

/* A row being made flows of. */
struct builder {
    struct flow_table *flows;
    struct flow_owner *owner;
    const struct datapath *dp; /* Whose flows these are; NULL: everyone's. */
    uint32_t cookie;
    uint8_t protocol;
    enum mf_field_id src_port, dst_port; /* Of 'protocol'. */
    struct lflow_address snat4, snat6;   /* hairpin_snat_ip, if any. */
    struct ofpbuf ofpacts;

    /* The virtual address at hand. */
    struct lflow_address virtual;
    uint16_t virtual_port;
};

/* The address that hairpinned packets come from. */
static const struct lflow_address *
snat_address(const struct builder *b)
{
    const struct lflow_address *snat
        = (b->virtual.family == AF_INET ? &b->snat4 : &b->snat6);

    return snat->family ? snat : &b->virtual;
}

static u128
address_value(const struct lflow_address *address)
{
    return address->family == AF_INET
               ? ntohl(in6_addr_get_mapped_ipv4(&address->ip))
               : u128_from_bytes(&address->ip, 16);
}

/* A match on packets that were sent to the virtual address. */
static void
match_vip(const struct builder *b, struct match *match)
{
    match_init_catchall(match);
    if (b->virtual.family == AF_INET) {
        match_set_dl_type(match, htons(ETH_TYPE_IP));
        match_set_reg(match, ORIG_IP4 - MFF_REG0,
                      ntohl(in6_addr_get_mapped_ipv4(&b->virtual.ip)));
    } else {
        ovs_be128 ip;

        match_set_dl_type(match, htons(ETH_TYPE_IPV6));
        memcpy(&ip, &b->virtual.ip, sizeof ip);
        match_set_xxreg(match, ORIG_IP6 - MFF_XXREG0, ntoh128(ip));
    }
}

static void
match_vip_port(const struct builder *b, struct match *match)
{
    match_set_nw_proto(match, b->protocol);
    match_set_reg_masked(match, ORIG_PORT - MFF_REG0, b->virtual_port,
                         UINT16_MAX);
}

static void
add(struct builder *b, uint8_t table, uint16_t priority,
    const struct match *match)
{
    flow_owner_add(b->flows, b->owner, table, priority, b->cookie, match,
                   b->ofpacts.data, b->ofpacts.size);
}

/* Teaches table 69 what the answer to a hairpinned packet looks like. */
static void
put_learn_reply(struct builder *b, bool has_port)
{
    bool is_ip4 = b->virtual.family == AF_INET;
    enum mf_field_id src = is_ip4 ? MFF_IPV4_SRC : MFF_IPV6_SRC;
    enum mf_field_id dst = is_ip4 ? MFF_IPV4_DST : MFF_IPV6_DST;
    struct ofpbuf *ofpacts = &b->ofpacts;

    learn_start(ofpacts, OFTABLE_CHK_LB_HAIRPIN_REPLY, b->cookie, 0, 0);
    learn_field(ofpacts, MFF_LOG_DATAPATH, MFF_LOG_DATAPATH);
    learn_match(ofpacts, MFF_ETH_TYPE, is_ip4 ? ETH_TYPE_IP : ETH_TYPE_IPV6);
    learn_field(ofpacts, src, src);
    learn_match(ofpacts, dst, address_value(snat_address(b)));
    if (has_port) {
        learn_match(ofpacts, MFF_IP_PROTO, b->protocol);
        learn_field(ofpacts, b->src_port, b->dst_port);
    } else {
        learn_field(ofpacts, MFF_IP_PROTO, MFF_IP_PROTO);
    }
    learn_load(ofpacts, MFF_LOG_FLAGS, MLF_LOOKUP_LB_HAIRPIN_BIT, 1, 1);
    learn_finish(ofpacts);
}

static void
add_backend(struct builder *b, const char *text)
{
    struct lflow_address ip;
    struct match match;
    uint16_t port;

    if (!lflow_endpoint_parse(text, &ip, &port)
        || ip.family != b->virtual.family) {
        return;
    }
    match_vip(b, &match);
    if (ip.family == AF_INET) {
        match_set_nw_src(&match, in6_addr_get_mapped_ipv4(&ip.ip));
        match_set_nw_dst(&match, in6_addr_get_mapped_ipv4(&ip.ip));
    } else {
        match_set_ipv6_src(&match, &ip.ip);
        match_set_ipv6_dst(&match, &ip.ip);
    }
    if (port) {
        match_vip_port(b, &match);
        match_set_tp_dst(&match, htons(port));
    }
    match_set_ct_mark_masked(&match, CT_NATTED, CT_NATTED);

    ofpbuf_clear(&b->ofpacts);
    put_load(MFF_LOG_FLAGS, MLF_LOOKUP_LB_HAIRPIN_BIT, 1, 1, &b->ofpacts);
    put_learn_reply(b, port != 0);
    add(b, OFTABLE_CHK_LB_HAIRPIN, ANY_SWITCH + (port ? 0 : NO_PORT), &match);
}

static void
add_backends(struct builder *b, const char *list)
{
    char *copy = xstrdup(list), *save = NULL;

    for (char *text = strtok_r(copy, ", ", &save); text;
         text = strtok_r(NULL, ", ", &save)) {
        add_backend(b, text);
    }
    free(copy);
}

/* ct(commit,zone=NXM_NX_REG12[0..15],nat(src=ADDRESS)) */
static void
put_snat(const struct lflow_address *address, struct ofpbuf *ofpacts)
{
    struct ofpact_conntrack *ct = ofpact_put_CT(ofpacts);
    struct ofpact_nat *nat;
    struct ofpbuf inner;

    ct->recirc_table = NX_CT_RECIRC_NONE;
    ct->zone_src.field = mf_from_id(MFF_LOG_SNAT_ZONE);
    ct->zone_src.n_bits = 16;
    ct->flags = NX_CT_F_COMMIT;
    ofpbuf_init(&inner, 64);
    nat = ofpact_put_NAT(&inner);
    nat->flags = NX_NAT_F_SRC;
    nat->range_af = address->family;
    if (address->family == AF_INET) {
        nat->range.addr.ipv4.min = in6_addr_get_mapped_ipv4(&address->ip);
    } else {
        nat->range.addr.ipv6.min = address->ip;
    }
    ofpbuf_put(ofpacts, inner.data, inner.size);
    ofpbuf_uninit(&inner);
    ct = ofpacts->header;
    ofpact_finish_CT(ofpacts, &ct);
}

static void
add_snat(struct builder *b)
{
    struct match match;

    match_vip(b, &match);
    if (b->virtual_port) {
        match_vip_port(b, &match);
    }
    if (b->dp) {
        match_set_metadata(&match, htonll(b->dp->key));
    }
    ofpbuf_clear(&b->ofpacts);
    put_snat(snat_address(b), &b->ofpacts);
    add(b, OFTABLE_CT_SNAT_HAIRPIN,
        (b->dp ? THIS_SWITCH : ANY_SWITCH) + (b->virtual_port ? 0 : NO_PORT),
        &match);
}

/* hairpin_snat_ip: an address of each family, or one of one. */
static void
take_snat_addresses(struct builder *b, const char *list)
{
    char *copy = xstrdup(list), *save = NULL;

    for (char *text = strtok_r(copy, ", ", &save); text;
         text = strtok_r(NULL, ", ", &save)) {
        struct lflow_address address;
        uint16_t port;

        if (lflow_endpoint_parse(text, &address, &port) && !port) {
            *(address.family == AF_INET ? &b->snat4 : &b->snat6) = address;
        }
    }
    free(copy);
}

static void
builder_init(struct builder *b, struct flow_table *flows,
             const struct sb_load_balancer *row)
{
    static const struct {
        uint8_t protocol;
        enum mf_field_id src, dst;
    } protocols[] = {
        [SB_LOAD_BALANCER_PROTOCOL_NONE]
        = { IPPROTO_TCP, MFF_TCP_SRC, MFF_TCP_DST },
        [SB_LOAD_BALANCER_PROTOCOL_TCP]
        = { IPPROTO_TCP, MFF_TCP_SRC, MFF_TCP_DST },
        [SB_LOAD_BALANCER_PROTOCOL_UDP]
        = { IPPROTO_UDP, MFF_UDP_SRC, MFF_UDP_DST },
        [SB_LOAD_BALANCER_PROTOCOL_SCTP]
        = { IPPROTO_SCTP, MFF_SCTP_SRC, MFF_SCTP_DST },
    };
    const char *snat = smap_get(&row->options, "hairpin_snat_ip");

    memset(b, 0, sizeof *b);
    b->flows = flows;
    b->cookie = schema_row_uuid(&row->row).parts[0];
    b->protocol = protocols[row->protocol].protocol;
    b->src_port = protocols[row->protocol].src;
    b->dst_port = protocols[row->protocol].dst;
    ofpbuf_init(&b->ofpacts, 256);
    if (snat) {
        take_snat_addresses(b, snat);
    }
}

/* The flows of everyone, or those of 'b->dp'. */
static void
add_vips(struct builder *b, const struct sb_load_balancer *row)
{
    struct smap_node *node;

    flow_owner_begin(b->flows, b->owner);
    SMAP_FOR_EACH(node, &row->vips) {
        if (!lflow_endpoint_parse(node->key, &b->virtual, &b->virtual_port)) {
            continue; /* A template's variable. */
        }
        if (!b->dp) {
            add_backends(b, node->value);
        }
        if ((snat_address(b) != &b->virtual) == (b->dp != NULL)) {
            add_snat(b);
        }
    }
    flow_owner_end(b->flows, b->owner);
}

void
load_balancer_update(struct flow_table *flows, struct load_balancer *lb)
{
    const struct sb_load_balancer *row
        = sb_load_balancer_cast(lb->content->row);
    struct builder b;

    builder_init(&b, flows, row);
    if (!lb->content->made) {
        b.owner = &lb->content->owner;
        add_vips(&b, row);
        lb->content->made = true;
    }
    b.owner = &lb->owner;
    b.dp = lb->dp;
    if (lb->dp->key && (b.snat4.family || b.snat6.family)) {
        add_vips(&b, row);
    } else {
        flow_owner_clear(flows, &lb->owner);
    }
    ofpbuf_uninit(&b.ofpacts);
}
