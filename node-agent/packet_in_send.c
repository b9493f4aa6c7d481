/* What the agent sends to the switch on behalf of packets: packet-outs and
 * resumptions (packet_in_private.h). */
#include <config.h>

#include "node-agent/packet_in_private.h"

#include "lflow/packet_in.h"
#include "lflow/registers.h"
#include "lflow/tables.h"
#include "node-agent/model.h"
#include "node-agent/ofpacts.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-errors.h"
#include "openvswitch/ofp-util.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(packet_in_send);

static void
send_message(struct packet_in *pi, struct ofpbuf *msg)
{
    packet_in_count_sent(pi);
    pi->send(msg, pi->aux);
}

/* Puts loads of the registers and the datapath of 'md'. */
static void
put_metadata(const struct flow *md, struct ofpbuf *ofpacts)
{
    for (int i = 0; i < FLOW_N_REGS; i++) {
        if (md->regs[i]) {
            put_set(MFF_REG0 + i, md->regs[i], ofpacts);
        }
    }
    put_set(MFF_METADATA, ntohll(md->metadata), ofpacts);
}

static void
send_out(struct packet_in *pi, const void *packet, size_t size,
         const struct ofpbuf *ofpacts)
{
    struct ofputil_packet_out po = {
        .packet = packet,
        .packet_len = size,
        .buffer_id = UINT32_MAX,
        .ofpacts = ofpacts->data,
        .ofpacts_len = ofpacts->size,
    };

    match_init_catchall(&po.flow_metadata);
    match_set_in_port(&po.flow_metadata, OFPP_CONTROLLER);
    send_message(pi, ofputil_encode_packet_out(&po, OFPUTIL_P_OF15_OXM));
}

void
packet_in_send(struct packet_in *pi, const void *packet, size_t size,
               const struct flow *metadata, uint8_t table)
{
    uint64_t stub[1024 / 8];
    struct ofpbuf ofpacts = OFPBUF_STUB_INITIALIZER(stub);

    put_metadata(metadata, &ofpacts);
    put_resubmit(table, &ofpacts);
    send_out(pi, packet, size, &ofpacts);
    ofpbuf_uninit(&ofpacts);
}

void
packet_in_send_from(struct packet_in *pi, const struct dp_packet *packet,
                    const struct lport *lport, uint32_t flags)
{
    struct flow metadata;

    memset(&metadata, 0, sizeof metadata);
    metadata.metadata = htonll(lport->dp->key);
    metadata.regs[MFF_LOG_INPORT - MFF_REG0] = lport->key;
    metadata.regs[MFF_LOG_FLAGS - MFF_REG0] = flags;
    packet_in_send(pi, dp_packet_data(packet), dp_packet_size(packet),
                   &metadata, OFTABLE_LOG_INGRESS);
}

void
pin_inject(const struct pin *pin, const struct dp_packet *packet)
{
    struct ofpbuf actions = ofpbuf_const_initializer(pin->data, pin->size);
    uint64_t stub[4096 / 8];
    struct ofpbuf ofpacts = OFPBUF_STUB_INITIALIZER(stub);
    enum ofperr error;

    put_metadata(pin->md, &ofpacts);
    /* Appends. */
    error = ofpacts_pull_openflow_actions(&actions, actions.size,
                                          OFP15_VERSION, NULL, NULL,
                                          &ofpacts);
    if (error) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 1);

        pin_drop(pin, PACKET_IN_DROP_MALFORMED);
        VLOG_WARN_RL(&rl, "%s: actions: %s",
                     packet_in_opcode_name(pin->opcode),
                     ofperr_to_string(error));
    } else {
        send_out(pin->pi, dp_packet_data(packet), dp_packet_size(packet),
                 &ofpacts);
    }
    ofpbuf_uninit(&ofpacts);
}

void
pin_resume(struct pin *pin, const struct dp_packet *packet, bool result)
{
    struct ofputil_packet_in in = *pin->in;

    if (pin->bit.field) {
        union mf_subvalue value;

        memset(&value, 0, sizeof value);
        value.u8[sizeof value - 1] = result;
        mf_write_subfield(&pin->bit, &value, &in.flow_metadata);
    }
    if (packet) {
        in.packet = dp_packet_data(packet);
        in.packet_len = dp_packet_size(packet);
    }
    send_message(pin->pi, ofputil_encode_resume(&in, pin->continuation,
                                                OFPUTIL_P_OF15_OXM));
}
