/* Fuzzes the agent's responders: two bytes of opcode and userdata size, the
 * userdata, and the packet, through the message that OVS would send. */
#include <config.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "byte-order.h"
#include "flow.h"
#include "lib/loop.h"
#include "node-agent/flow_table.h"
#include "node-agent/model.h"
#include "node-agent/own.h"
#include "node-agent/packet_in_private.h"
#include "node-agent/sb_apply.h"
#include "openvswitch/ofp-packet.h"
#include "openvswitch/ofp-util.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/vlog.h"
#include "store/store.h"
#include "util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One agent for all inputs: what one leaves must not hurt the next. */
static struct packet_in *packet_in;
static struct model model;

static void
on_send(struct ofpbuf *msg, void *aux)
{
    (void) aux;
    ofpbuf_delete(msg);
}

static void
put_row(const char *datapath, const char *below, const char *json)
{
    sb_apply_datapath(&model, model_datapath_get(&model, datapath), below,
                      json, strlen(json));
}

static void
put_check(const char *protocol, const char *ip, const char *src_ip, int port)
{
    char *below = xasprintf("service_monitor/q/%s:%d:%s", protocol, port, ip);
    char *json = xasprintf("{\"protocol\":\"%s\",\"ip\":\"%s\","
                           "\"port\":%d,\"src_ip\":\"%s\","
                           "\"src_mac\":\"0e:57:65:66:74:01\"}",
                           protocol, ip, port, src_ip);

    put_row("switch:s", below, json);
    free(below);
    free(json);
}

static void
start(void)
{
    static struct flow_table flows;
    static uv_loop_t loop;
    struct own *own;

    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    uv_loop_init(&loop);
    own = own_create(store_memory_create(&loop), "/weft/v1", "hv1", 30);
    flow_table_init(&flows);
    model_init(&model, "hv1", &flows);
    put_row("switch:s", "", "{\"tunnel_key\":1,\"type\":\"switch\"}");
    put_row("switch:s", "port/p", "{\"tunnel_key\":1}");
    put_row("switch:s", "port/q", "{\"tunnel_key\":3,\"chassis\":\"hv1\","
            "\"up\":true,\"addresses\":[\"0a:00:00:00:00:02 10.0.0.2 "
            "fd00::2\"]}");
    model_lport(&model, "q")->bound_here = true;
    put_check("tcp", "10.0.0.2", "10.0.0.254", 80);
    put_check("udp", "10.0.0.2", "10.0.0.254", 53);
    put_check("tcp", "fd00::2", "fd00::fe", 80);
    put_check("udp", "fd00::2", "fd00::fe", 53);
    model_lport(&model, "p")->bound_here = true;
    put_row("switch:s", "ip_multicast", "{\"table_size\":16}");
    put_row("switch:s", "dns/d", "{\"records\":{\"vm1\":\"10.0.0.4 fd00::4\","
            "\"4.0.0.10.in-addr.arpa\":\"vm1.example.org\"}}");
    put_row("router:r", "", "{\"tunnel_key\":2,\"type\":\"router\"}");
    put_row("router:r", "port/lrp", "{\"tunnel_key\":1,\"type\":\"patch\"}");
    put_row("router:r", "port/gw",
            "{\"tunnel_key\":2,\"type\":\"l3gateway\",\"chassis\":\"hv1\","
            "\"mac\":[\"0a:00:00:00:00:02 172.16.0.1/24\"]}");
    put_row("router:r", "bfd/b", "{\"logical_port\":\"gw\","
            "\"dst_ip\":\"172.16.0.2\",\"min_tx\":50,\"min_rx\":50}");
    packet_in = packet_in_create(&model, own, on_send, NULL);
    packet_in_model_changed(packet_in, true);
    packet_in_run(packet_in);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ofputil_packet_in_private private = {
        .base = { .reason = OFPR_ACTION },
    };
    uint8_t userdata[8 + UINT8_MAX];
    size_t n_userdata;
    struct ofpbuf *msg;

    if (!packet_in) {
        start();
    }
    if (size < 3) {
        return 0;
    }
    n_userdata = MIN(data[1], size - 3);
    memset(userdata, 0, 8);
    userdata[3] = data[0];
    memcpy(userdata + 8, data + 3, n_userdata);
    private.base.userdata = userdata;
    private.base.userdata_len = 8 + n_userdata;
    private.base.packet = xmemdup(data + 3 + n_userdata,
                                  size - 3 - n_userdata);
    private.base.packet_len = size - 3 - n_userdata;
    match_init_catchall(&private.base.flow_metadata);
    match_set_in_port(&private.base.flow_metadata, u16_to_ofp(1));
    match_set_metadata(&private.base.flow_metadata, htonll(data[2] & 3));
    match_set_reg(&private.base.flow_metadata, 14, data[2] >> 2 & 3);
    match_set_reg(&private.base.flow_metadata, 15, data[2] >> 4 & 3);
    /* No limits here: every input is to be answered. */
    packet_in_limit_destroy(&packet_in->limit);
    packet_in_limit_init(&packet_in->limit, 0);
    msg = ofputil_encode_packet_in_private(&private, OFPUTIL_P_OF15_OXM,
                                           OFPUTIL_PACKET_IN_NXT2);
    packet_in_message(packet_in, msg->data);
    packet_in_run(packet_in);
    ofpbuf_delete(msg);
    free(private.base.packet);
    return 0;
}
