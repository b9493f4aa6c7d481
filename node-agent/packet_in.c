/* Packets for the agent: see packet_in.h. */
#include <config.h>

#include "node-agent/packet_in.h"

#include <stdlib.h>

#include "lflow/packet_in.h"
#include "lflow/registers.h"
#include "node-agent/model.h"
#include "node-agent/packet_in_private.h"
#include "nx-match.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-errors.h"
#include "openvswitch/ofp-util.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(packet_in);

enum {
    MAX_PACKETS_PER_S = 5000,
    BURST = 1000,
};

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(2, 5);

struct packet_in *
packet_in_create(struct model *model, struct own *own,
                 void (*send)(struct ofpbuf *, void *), void *aux)
{
    struct packet_in *pi = xzalloc(sizeof *pi);

    pi->model = model;
    pi->own = own;
    pi->send = send;
    pi->aux = aux;
    /* A token is a thousandth of a packet: the bucket fills by the ms. */
    token_bucket_init(&pi->bucket, MAX_PACKETS_PER_S, BURST * 1000);
    return pi;
}

void
packet_in_destroy(struct packet_in *pi)
{
    free(pi);
}

/* The responder of each opcode; NULL: there is none. */
static responder_func *
find_responder(uint32_t opcode)
{
    static responder_func *const responders[] = {
        [PACKET_IN_ARP] = respond_arp,
        [PACKET_IN_PUT_ARP] = respond_put_arp,
        [PACKET_IN_PUT_DHCP_OPTS] = respond_put_dhcp_opts,
        [PACKET_IN_ND_NA] = respond_nd_na,
        [PACKET_IN_PUT_ND] = respond_put_nd,
        [PACKET_IN_PUT_DHCPV6_OPTS] = respond_put_dhcpv6_opts,
        [PACKET_IN_DNS_LOOKUP] = respond_dns_lookup,
        [PACKET_IN_LOG] = respond_log,
        [PACKET_IN_PUT_ND_RA_OPTS] = respond_put_nd_ra_opts,
        [PACKET_IN_ND_NS] = respond_nd_ns,
        [PACKET_IN_ICMP] = respond_icmp,
        [PACKET_IN_TCP_RESET] = respond_tcp_reset,
        [PACKET_IN_ND_NA_ROUTER] = respond_nd_na_router,
        [PACKET_IN_PUT_ICMP4_FRAG_MTU] = respond_frag_mtu4,
        [PACKET_IN_ICMP4_ERROR] = respond_icmp_error,
        [PACKET_IN_ICMP6_ERROR] = respond_icmp_error,
        [PACKET_IN_PUT_ICMP6_FRAG_MTU] = respond_frag_mtu6,
        [PACKET_IN_REJECT] = respond_reject,
        [PACKET_IN_PUT_FDB] = respond_put_fdb,
    };

    return opcode < ARRAY_SIZE(responders) ? responders[opcode] : NULL;
}

static bool
parse_userdata(struct pin *pin)
{
    const struct packet_in_header *header = (void *) pin->in->userdata;

    if (pin->in->userdata_len < sizeof *header) {
        return false;
    }
    pin->opcode = ntohl(get_unaligned_be32(&header->opcode));
    pin->data = (const uint8_t *) (header + 1);
    pin->size = pin->in->userdata_len - sizeof *header;
    return true;
}

static void
respond(struct packet_in *pi, struct ofputil_packet_in *in,
        const struct ofpbuf *continuation)
{
    struct pin pin = { .pi = pi, .in = in, .continuation = continuation };
    responder_func *responder;

    if (!parse_userdata(&pin)) {
        pi->stats.n_malformed++;
        return;
    }
    responder = find_responder(pin.opcode);
    if (!responder) {
        pi->stats.n_malformed++;
        VLOG_INFO_RL(&rl, "no responder for opcode %u", pin.opcode);
        return;
    }
    pin.md = &pin.in->flow_metadata.flow;
    dp_packet_use_const(&pin.packet, pin.in->packet, pin.in->packet_len);
    flow_extract(&pin.packet, &pin.headers);
    pi->stats.n_packets++;
    responder(&pin);
}

void
packet_in_message(struct packet_in *pi, const struct ofp_header *oh)
{
    struct ofputil_packet_in in;
    struct ofpbuf continuation;
    uint32_t buffer_id;
    size_t total_len;
    enum ofperr error;

    if (!token_bucket_withdraw(&pi->bucket, 1000)) {
        pi->stats.n_dropped++;
        return;
    }
    error = ofputil_decode_packet_in(oh, true, NULL, NULL, &in, &total_len,
                                     &buffer_id, &continuation);
    if (error) {
        pi->stats.n_malformed++;
        VLOG_WARN_RL(&rl, "packet-in: %s", ofperr_to_string(error));
        return;
    }
    if (in.reason == OFPR_ACTION) {
        respond(pi, &in, &continuation);
    }
}

void
packet_in_run(struct packet_in *pi OVS_UNUSED)
{
}

void
packet_in_wait(struct packet_in *pi OVS_UNUSED)
{
}

const struct packet_in_stats *
packet_in_stats(const struct packet_in *pi)
{
    return &pi->stats;
}

/* ---- For responders --------------------------------------------------- */

struct lport *
pin_inport(const struct pin *pin)
{
    struct datapath *dp = model_datapath_by_key(pin->pi->model,
                                                ntohll(pin->md->metadata));

    return dp ? datapath_lport_by_key(
                    dp, pin->md->regs[MFF_LOG_INPORT - MFF_REG0])
              : NULL;
}

/* Puts loads of the metadata of 'pin' that the actions may use. */
static void
put_metadata(const struct pin *pin, struct ofpbuf *ofpacts)
{
    for (int id = MFF_REG0; id < MFF_REG0 + FLOW_N_REGS; id++) {
        union mf_value value;

        memset(&value, 0, sizeof value);
        value.be32 = htonl(pin->md->regs[id - MFF_REG0]);
        if (value.be32) {
            ofpact_put_set_field(ofpacts, mf_from_id(id), &value, NULL);
        }
    }
    {
        union mf_value value;

        memset(&value, 0, sizeof value);
        value.be64 = pin->md->metadata;
        ofpact_put_set_field(ofpacts, mf_from_id(MFF_METADATA), &value, NULL);
    }
}

void
pin_inject(const struct pin *pin, const struct dp_packet *packet)
{
    struct ofpbuf actions = ofpbuf_const_initializer(pin->data, pin->size);
    uint64_t stub[4096 / 8];
    struct ofpbuf ofpacts = OFPBUF_STUB_INITIALIZER(stub);
    struct ofputil_packet_out po = {
        .packet = dp_packet_data(packet),
        .packet_len = dp_packet_size(packet),
        .buffer_id = UINT32_MAX,
    };
    enum ofperr error;

    put_metadata(pin, &ofpacts);
    error = ofpacts_pull_openflow_actions(&actions, actions.size,
                                          OFP15_VERSION, NULL, NULL,
                                          &ofpacts);
    if (error) {
        VLOG_WARN_RL(&rl, "%s: actions: %s",
                     packet_in_opcode_name(pin->opcode),
                     ofperr_to_string(error));
    } else {
        match_init_catchall(&po.flow_metadata);
        match_set_in_port(&po.flow_metadata, OFPP_CONTROLLER);
        po.ofpacts = ofpacts.data;
        po.ofpacts_len = ofpacts.size;
        pin->pi->send(ofputil_encode_packet_out(&po, OFPUTIL_P_OF15_OXM),
                      pin->pi->aux);
    }
    ofpbuf_uninit(&ofpacts);
}

void
pin_compose(const struct pin *pin, uint16_t dl_type, size_t size,
            struct dp_packet *packet, void **l3)
{
    struct eth_header *eth;

    dp_packet_init(packet, ETH_HEADER_LEN + size);
    eth = dp_packet_put_zeros(packet, ETH_HEADER_LEN);
    eth->eth_src = pin->headers.dl_src;
    eth->eth_dst = pin->headers.dl_dst;
    eth->eth_type = htons(dl_type);
    dp_packet_reset_offsets(packet);
    *l3 = dp_packet_put_zeros(packet, size);
    dp_packet_set_l3(packet, *l3);
    packet->packet_type = htonl(PT_ETH);
}

void
pin_swap_eth(struct dp_packet *packet)
{
    struct eth_header *eth = dp_packet_data(packet);
    struct eth_addr src = eth->eth_src;

    eth->eth_src = eth->eth_dst;
    eth->eth_dst = src;
}

/* Stores 'result' in the field that the userdata names. */
static bool
set_result(struct pin *pin, bool result)
{
    const struct packet_in_bit *bit = (const void *) pin->data;
    struct ofpbuf header = ofpbuf_const_initializer(
        pin->data, MIN(pin->size, sizeof bit->field));
    const struct mf_field *field;
    struct mf_subfield subfield;
    union mf_subvalue value;
    uint32_t ofs;

    if (pin->size < sizeof *bit) {
        return false;
    }
    ofs = ntohl(get_unaligned_be32(&bit->ofs));
    if (nx_pull_header(&header, NULL, &field, NULL) || !field
        || ofs >= field->n_bits) {
        return false;
    }
    subfield.field = field;
    subfield.ofs = ofs;
    subfield.n_bits = 1;
    memset(&value, 0, sizeof value);
    value.u8_val = result;
    mf_write_subfield(&subfield, &value, &pin->in->flow_metadata);
    return true;
}

void
pin_resume(struct pin *pin, const struct dp_packet *packet, bool result)
{
    if (pin->opcode != PACKET_IN_PUT_ICMP4_FRAG_MTU
        && pin->opcode != PACKET_IN_PUT_ICMP6_FRAG_MTU
        && !set_result(pin, result)) {
        pin->pi->stats.n_malformed++;
        return;
    }
    if (packet) {
        pin->in->packet = CONST_CAST(void *, dp_packet_data(packet));
        pin->in->packet_len = dp_packet_size(packet);
    }
    pin->pi->send(ofputil_encode_resume(pin->in, pin->continuation,
                                        OFPUTIL_P_OF15_OXM), pin->pi->aux);
}
