/* The installer's handshake and read-back: packet-in format, room for whole
 * packets, the Geneve option that carries logical ports (class 0x102, type
 * 0x80, four bytes: tun_metadata0), then flows, groups and meters. */
#include <config.h>

#include "node-agent/installer_private.h"

#include <stdlib.h>

#include "lflow/learn.h"
#include "node-agent/extend_table.h"
#include "node-agent/flow_table.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-errors.h"
#include "openvswitch/ofp-flow.h"
#include "openvswitch/ofp-group.h"
#include "openvswitch/ofp-match.h"
#include "openvswitch/ofp-meter.h"
#include "openvswitch/ofp-packet.h"
#include "openvswitch/ofp-switch.h"
#include "openvswitch/ofp-util.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/vlog.h"
#include "byte-order.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(installer_read);

/* ovn-architecture(7), "Tunnel Encapsulations". */
enum { GENEVE_CLASS = 0x102, GENEVE_TYPE = 0x80, GENEVE_LEN = 4 };

void
installer_read_start(struct installer *inst)
{
    struct ofputil_switch_config config = {
        .frag = OFPUTIL_FRAG_NORMAL,
        .miss_send_len = UINT16_MAX,
    };

    installer_send(inst, ofputil_encode_set_packet_in_format(
                       OFP15_VERSION, OFPUTIL_PACKET_IN_NXT2));
    installer_send(inst, ofputil_encode_set_config(&config, OFP15_VERSION));
    inst->read_xid = installer_send(inst, ofpraw_alloc(
        OFPRAW_NXT_TLV_TABLE_REQUEST, OFP15_VERSION, 0));
    inst->phase = PHASE_TLV_READ;
}

void
installer_read_flows(struct installer *inst)
{
    struct ofputil_flow_stats_request request = {
        .out_port = OFPP_ANY, .out_group = OFPG_ANY, .table_id = OFPTT_ALL,
    };

    flow_table_forget(inst->flows);
    extend_table_forget(inst->groups);
    extend_table_forget(inst->meters);
    match_init_catchall(&request.match);
    installer_send(inst, ofputil_encode_flow_stats_request(
                       &request, OFPUTIL_P_OF15_OXM));
    installer_send(inst, ofputil_encode_group_desc_request(OFP15_VERSION,
                                                           OFPG_ALL));
    installer_send(inst, ofputil_encode_meter_request(
                       OFP15_VERSION, OFPUTIL_METER_CONFIG, OFPM13_ALL));
    inst->n_reads = 3;
    inst->recheck = false;
    inst->phase = PHASE_READ;
    inst->stats.n_readbacks++;
}

static void
tlv_mod(struct installer *inst, uint16_t command)
{
    struct ofputil_tlv_map map = {
        .option_class = GENEVE_CLASS, .option_type = GENEVE_TYPE,
        .option_len = GENEVE_LEN, .index = 0,
    };
    struct ofputil_tlv_table_mod mod = { .command = command };

    ovs_list_init(&mod.mappings);
    if (command == NXTTMC_ADD) {
        ovs_list_push_back(&mod.mappings, &map.list_node);
    }
    installer_send(inst, ofputil_encode_tlv_table_mod(OFP15_VERSION, &mod));
}

/* Makes the switch's option table ours: nobody else uses the bridge. */
static void
take_tlv_table(struct installer *inst, const struct ofp_header *oh)
{
    struct ofputil_tlv_table_reply reply;
    const struct ofputil_tlv_map *map;
    bool ours = false, others = false;

    if (ofputil_decode_tlv_table_reply(oh, &reply)) {
        return;
    }
    LIST_FOR_EACH (map, list_node, &reply.mappings) {
        bool same_option = (map->option_class == GENEVE_CLASS
                            && map->option_type == GENEVE_TYPE);

        if (same_option && map->option_len == GENEVE_LEN && !map->index) {
            ours = true;
        } else if (same_option || !map->index) {
            others = true;
        }
    }
    ofputil_uninit_tlv_table(&reply.mappings);
    if (ours) {
        installer_read_flows(inst);
        return;
    }
    if (others) {
        VLOG_WARN("the bridge maps Geneve option 0x102/0x80 or tun_metadata0 "
                  "otherwise: clearing its table");
        tlv_mod(inst, NXTTMC_CLEAR);
    }
    tlv_mod(inst, NXTTMC_ADD);
    inst->read_xid = installer_send(
        inst, ofputil_encode_barrier_request(OFP15_VERSION));
    inst->phase = PHASE_TLV_WRITE;
}

/* Flows that the switch should not have are in the account too: they will be
 * deleted.  Not so what packets have taught it: an agent that starts anew
 * does not make it forget. */
static void
take_flows(struct installer *inst, const struct ofp_header *oh)
{
    struct ofpbuf msg = ofpbuf_const_initializer(oh, ntohs(oh->length));
    struct ofpbuf ofpacts;

    ofpbuf_init(&ofpacts, 256);
    for (;;) {
        struct ofputil_flow_stats fs;
        int retval = ofputil_decode_flow_stats_reply(&fs, &msg, true,
                                                     &ofpacts);

        if (retval) {
            if (retval != EOF) {
                VLOG_WARN("a flow of the switch is not understood (%s)",
                          ofperr_to_string(retval));
            }
            break;
        }
        if (!learn_is_table(fs.table_id)) {
            flow_table_found(inst->flows, fs.table_id, fs.priority,
                             ntohll(fs.cookie), &fs.match, fs.ofpacts,
                             fs.ofpacts_len);
        }
    }
    ofpbuf_uninit(&ofpacts);
}

static void
take_groups(struct installer *inst, const struct ofp_header *oh)
{
    struct ofpbuf msg = ofpbuf_const_initializer(oh, ntohs(oh->length));
    struct ofputil_group_desc desc;

    while (!ofputil_decode_group_desc_reply(&desc, &msg, OFP15_VERSION)) {
        extend_table_found(inst->groups, desc.group_id);
        ofputil_uninit_group_desc(&desc);
    }
}

static void
take_meters(struct installer *inst, const struct ofp_header *oh)
{
    struct ofpbuf msg = ofpbuf_const_initializer(oh, ntohs(oh->length));
    struct ofputil_meter_config config;
    struct ofpbuf bands;

    ofpbuf_init(&bands, 64);
    while (!ofputil_decode_meter_config(&msg, &config, &bands)) {
        extend_table_found(inst->meters, config.meter_id);
    }
    ofpbuf_uninit(&bands);
}

static bool
read_reply(struct installer *inst, const struct ofp_header *oh,
           enum ofptype type)
{
    if (type == OFPTYPE_FLOW_STATS_REPLY) {
        take_flows(inst, oh);
    } else if (type == OFPTYPE_GROUP_DESC_STATS_REPLY) {
        take_groups(inst, oh);
    } else if (type == OFPTYPE_METER_CONFIG_STATS_REPLY) {
        take_meters(inst, oh);
    } else if (type == OFPTYPE_ERROR) {
        /* A datapath without meters says so. */
        VLOG_DBG("reading back: %s",
                 ofperr_to_string(ofperr_decode_msg(oh, NULL)));
        inst->n_reads--;
    } else {
        return false;
    }
    if (type != OFPTYPE_ERROR && !ofpmp_more(oh)) {
        inst->n_reads--;
    }
    if (!inst->n_reads) {
        inst->phase = PHASE_IDLE;
    }
    return true;
}

bool
installer_read_message(struct installer *inst, const struct ofp_header *oh,
                       enum ofptype type)
{
    if (inst->phase == PHASE_READ) {
        return read_reply(inst, oh, type);
    }
    if (type == OFPTYPE_ERROR) {
        VLOG_WARN("Geneve option: %s",
                  ofperr_to_string(ofperr_decode_msg(oh, NULL)));
        if (inst->phase == PHASE_TLV_READ && ntohl(oh->xid)
            == inst->read_xid) {
            installer_read_flows(inst);
        }
        return true;
    }
    if (ntohl(oh->xid) != inst->read_xid) {
        return false;
    }
    if (inst->phase == PHASE_TLV_READ
        && type == OFPTYPE_NXT_TLV_TABLE_REPLY) {
        take_tlv_table(inst, oh);
    } else if (inst->phase == PHASE_TLV_WRITE
               && type == OFPTYPE_BARRIER_REPLY) {
        installer_read_flows(inst);
    }
    return true;
}
