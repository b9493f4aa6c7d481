/* Packets for the agent: see packet_in.h.  This file takes the message and
 * its userdata apart, and hands it to the responder of its opcode. */
#include <config.h>

#include "node-agent/packet_in.h"

#include <stdlib.h>

#include "lflow/packet_in.h"
#include "lflow/registers.h"
#include "nx-match.h"
#include "node-agent/model.h"
#include "node-agent/packet_in_private.h"
#include "node-agent/respond_advertise.h"
#include "node-agent/respond_bfd.h"
#include "node-agent/respond_announce.h"
#include "node-agent/respond_igmp.h"
#include "node-agent/respond_learn.h"
#include "node-agent/respond_svc_check.h"
#include "node-agent/respond_vport.h"
#include "node-agent/respond_waiting.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/ofp-errors.h"
#include "openvswitch/ofp-util.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(packet_in);

/* A change of the model makes the ports be looked through, at most so
 * often. */
enum { LOOK_INTERVAL_MS = 250 };

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
    packet_in_metrics();
    packet_in_limit_init(&pi->limit, time_msec());
    shash_init(&pi->reclaims);
    pi->learn = respond_learn_create(pi);
    pi->waiting = respond_waiting_create(pi);
    pi->announce = respond_announce_create(pi);
    pi->advertise = respond_advertise_create(pi);
    pi->bfd = respond_bfd_create(pi);
    pi->svc_check = respond_svc_check_create(pi);
    pi->igmp = respond_igmp_create(pi);
    return pi;
}

void
packet_in_destroy(struct packet_in *pi)
{
    if (pi) {
        respond_svc_check_destroy(pi->svc_check);
        respond_igmp_destroy(pi->igmp);
        respond_bfd_destroy(pi->bfd);
        respond_advertise_destroy(pi->advertise);
        respond_announce_destroy(pi->announce);
        respond_waiting_destroy(pi->waiting);
        respond_learn_destroy(pi->learn);
        packet_in_limit_destroy(&pi->limit);
        shash_destroy_free_data(&pi->reclaims);
        free(pi);
    }
}

/* ---- Dispatch --------------------------------------------------------- */

/* What answers an opcode. */
struct row {
    responder_func *respond;    /* NULL: nothing does. */
    bool has_bit;               /* The userdata begins with where the result
                                 * goes; the packet waits for it. */
};

static const struct row *
find_row(uint32_t opcode)
{
    /* Nothing answers, and it is counted: DHCP6_SERVER (docs/agent.md). */
    static const struct row rows[PACKET_IN_N_OPCODES] = {
        [PACKET_IN_ARP] = { respond_arp, false },
        [PACKET_IN_PUT_ARP] = { respond_put_arp, false },
        [PACKET_IN_PUT_DHCP_OPTS] = { respond_put_dhcp_opts, true },
        [PACKET_IN_ND_NA] = { respond_nd_na, false },
        [PACKET_IN_PUT_ND] = { respond_put_nd, false },
        [PACKET_IN_PUT_DHCPV6_OPTS] = { respond_put_dhcpv6_opts, true },
        [PACKET_IN_DNS_LOOKUP] = { respond_dns_lookup, true },
        [PACKET_IN_LOG] = { respond_log, false },
        [PACKET_IN_PUT_ND_RA_OPTS] = { respond_put_nd_ra_opts, true },
        [PACKET_IN_ND_NS] = { respond_nd_ns, false },
        [PACKET_IN_ICMP] = { respond_icmp, false },
        [PACKET_IN_TCP_RESET] = { respond_tcp_reset, false },
        [PACKET_IN_ND_NA_ROUTER] = { respond_nd_na_router, false },
        [PACKET_IN_PUT_ICMP4_FRAG_MTU] = { respond_frag_mtu4, false },
        [PACKET_IN_ICMP4_ERROR] = { respond_icmp_error, false },
        [PACKET_IN_ICMP6_ERROR] = { respond_icmp_error, false },
        [PACKET_IN_PUT_ICMP6_FRAG_MTU] = { respond_frag_mtu6, false },
        [PACKET_IN_IGMP] = { respond_igmp, false },
        [PACKET_IN_EVENT] = { respond_event, false },
        [PACKET_IN_REJECT] = { respond_reject, false },
        [PACKET_IN_BIND_VPORT] = { respond_bind_vport, false },
        [PACKET_IN_SCTP_ABORT] = { respond_sctp_abort, false },
        [PACKET_IN_PUT_FDB] = { respond_put_fdb, false },
        [PACKET_IN_ACTIVATE] = { respond_activate, false },
        [PACKET_IN_BFD_MSG] = { respond_bfd_msg, false },
        [PACKET_IN_HANDLE_SVC_CHECK] = { respond_svc_check, false },
    };

    return opcode < PACKET_IN_N_OPCODES ? &rows[opcode] : NULL;
}

/* Takes "struct packet_in_bit" off the userdata: a bit of a register or of
 * some other field that may be written. */
static bool
pull_bit(struct pin *pin)
{
    const struct packet_in_bit *bit = (const void *) pin->data;
    const struct mf_field *field;
    uint32_t ofs;

    if (pin->size < sizeof *bit) {
        return false;
    }
    field = mf_from_nxm_header(ntohl(get_unaligned_be32(&bit->field)), NULL);
    ofs = ntohl(get_unaligned_be32(&bit->ofs));
    if (!field || !field->writable || ofs >= field->n_bits
        || field->variable_len) {
        return false;
    }
    pin->bit.field = field;
    pin->bit.ofs = ofs;
    pin->bit.n_bits = 1;
    pin->data += sizeof *bit;
    pin->size -= sizeof *bit;
    return true;
}

/* Who sent it, for the limits: IP address, else Ethernet address. */
static struct in6_addr
source_of(const struct flow *headers)
{
    struct in6_addr source = in6addr_any;

    if (headers->dl_type == htons(ETH_TYPE_IP)) {
        in6_addr_set_mapped_ipv4(&source, headers->nw_src);
    } else if (headers->dl_type == htons(ETH_TYPE_IPV6)) {
        source = headers->ipv6_src;
    } else {
        memcpy(&source, &headers->dl_src, sizeof headers->dl_src);
    }
    return source;
}

/* Within the limits?  Counts it if it is not. */
static bool
is_within_limits(struct pin *pin)
{
    static const enum packet_in_drop drops[] = {
        [LIMIT_SOURCE] = PACKET_IN_DROP_SOURCE_RATE,
        [LIMIT_PORT] = PACKET_IN_DROP_PORT_RATE,
        [LIMIT_OPCODE] = PACKET_IN_DROP_OPCODE_RATE,
    };
    struct in6_addr source = source_of(&pin->headers);
    enum limit_verdict verdict = packet_in_limit_check(
        &pin->pi->limit, ntohll(pin->md->metadata),
        pin->md->regs[MFF_LOG_INPORT - MFF_REG0], pin->opcode, &source,
        time_msec());

    if (verdict != LIMIT_OK) {
        pin_drop(pin, drops[verdict]);
    }
    return verdict == LIMIT_OK;
}

static void
respond(struct pin *pin)
{
    const struct row *row = find_row(pin->opcode);

    if (!row || !row->respond) {
        pin_drop(pin, PACKET_IN_DROP_NO_RESPONDER);
        VLOG_INFO_RL(&rl, "no responder for opcode %u", pin->opcode);
    } else if (row->has_bit && !pull_bit(pin)) {
        pin_drop(pin, PACKET_IN_DROP_MALFORMED);
    } else if (is_within_limits(pin)) {
        packet_in_count(pin->pi, pin->opcode);
        row->respond(pin);
    }
}

static void
take_packet(struct packet_in *pi, struct ofputil_packet_in *in,
            const struct ofpbuf *continuation)
{
    const struct packet_in_header *header = (const void *) in->userdata;
    struct pin pin = { .pi = pi, .in = in, .continuation = continuation };

    if (in->userdata_len < sizeof *header) {
        packet_in_drop(pi, PACKET_IN_DROP_MALFORMED);
        return;
    }
    pin.opcode = ntohl(get_unaligned_be32(&header->opcode));
    pin.data = (const uint8_t *) (header + 1);
    pin.size = in->userdata_len - sizeof *header;
    pin.md = &in->flow_metadata.flow;
    dp_packet_use_const(&pin.packet, in->packet, in->packet_len);
    flow_extract(&pin.packet, &pin.headers);
    respond(&pin);
}

void
packet_in_message(struct packet_in *pi, const struct ofp_header *oh)
{
    struct ofputil_packet_in in;
    struct ofpbuf continuation;
    uint32_t buffer_id;
    size_t total_len;
    enum ofperr error;

    error = ofputil_decode_packet_in(oh, true, NULL, NULL, &in, &total_len,
                                     &buffer_id, &continuation);
    if (error) {
        packet_in_drop(pi, PACKET_IN_DROP_MALFORMED);
        VLOG_WARN_RL(&rl, "packet-in: %s", ofperr_to_string(error));
    } else if (in.reason == OFPR_ACTION) {
        take_packet(pi, &in, &continuation);
    }
}

/* ---- In time ---------------------------------------------------------- */

void
packet_in_model_changed(struct packet_in *pi, bool now)
{
    respond_waiting_model_changed(pi->waiting);
    pi->model_changed = true;
    if (now) {
        pi->look_ms = 0;
    }
}

/* Looks through the ports that may concern it, if the model has changed. */
static void
look_at_ports(struct packet_in *pi)
{
    const struct lport *lport;

    if (!pi->model_changed || time_msec() < pi->look_ms) {
        return;
    }
    pi->model_changed = false;
    pi->look_ms = time_msec() + LOOK_INTERVAL_MS;
    respond_announce_begin(pi->announce);
    respond_advertise_begin(pi->advertise);
    LIST_FOR_EACH (lport, noted_node, &pi->model->noted) {
        respond_announce_port(pi->announce, lport);
        respond_advertise_port(pi->advertise, lport);
        respond_vport_port(pi, lport);
    }
    respond_announce_end(pi->announce);
    respond_advertise_end(pi->advertise);
    respond_bfd_update(pi->bfd);
    respond_svc_check_update(pi->svc_check);
    respond_igmp_update(pi->igmp);
}

void
packet_in_set_delivers(struct packet_in *pi, bool delivers)
{
    respond_svc_check_set_delivers(pi->svc_check, delivers);
}

void
packet_in_run(struct packet_in *pi)
{
    look_at_ports(pi);
    respond_vport_run(pi);
    respond_learn_run(pi->learn);
    respond_waiting_run(pi->waiting);
    respond_announce_run(pi->announce);
    respond_advertise_run(pi->advertise);
    respond_bfd_run(pi->bfd);
    respond_svc_check_run(pi->svc_check);
    respond_igmp_run(pi->igmp);
}

void
packet_in_wait(struct packet_in *pi)
{
    if (pi->model_changed) {
        poll_timer_wait_until(pi->look_ms);
    }
    respond_learn_wait(pi->learn);
    respond_waiting_wait(pi->waiting);
    respond_announce_wait(pi->announce);
    respond_advertise_wait(pi->advertise);
    respond_bfd_wait(pi->bfd);
    respond_svc_check_wait(pi->svc_check);
    respond_igmp_wait(pi->igmp);
}

/* ---- For responders --------------------------------------------------- */

struct datapath *
pin_datapath(const struct pin *pin)
{
    return model_datapath_by_key(pin->pi->model, ntohll(pin->md->metadata));
}

struct lport *
pin_inport(const struct pin *pin)
{
    struct datapath *dp = pin_datapath(pin);

    return dp ? datapath_lport_by_key(
                    dp, pin->md->regs[MFF_LOG_INPORT - MFF_REG0])
              : NULL;
}

const void *
pin_l3(const struct pin *pin, size_t *size)
{
    const char *l3 = dp_packet_l3(&pin->packet);
    const char *end = dp_packet_tail(&pin->packet);

    if (!l3 || l3 >= end) {
        return NULL;
    }
    *size = end - l3;
    *size -= MIN(*size, dp_packet_l2_pad_size(&pin->packet));
    return l3;
}

const uint8_t *
pin_udp_payload(const struct pin *pin, size_t *size)
{
    const struct udp_header *udp = dp_packet_l4(&pin->packet);
    size_t l4_size = udp ? dp_packet_l4_size(&pin->packet) : 0;

    if (!udp || pin->headers.nw_proto != IPPROTO_UDP
        || pin->headers.nw_frag & FLOW_NW_FRAG_ANY
        || (!pin_is_ip4(pin) && !pin_is_ip6(pin))
        || l4_size < UDP_HEADER_LEN
        || ntohs(udp->udp_len) < UDP_HEADER_LEN) {
        return NULL;
    }
    *size = MIN(l4_size, ntohs(udp->udp_len)) - UDP_HEADER_LEN;
    return (const uint8_t *) (udp + 1);
}
