/* Flows of a switch, by cookie: see trace_ovs.h. */
#include <config.h>

#include "cli/trace_ovs.h"

#include <stdlib.h>

#include "byte-order.h"
#include "hash.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-flow.h"
#include "openvswitch/ofp-match.h"
#include "openvswitch/ofp-protocol.h"
#include "openvswitch/ofp-util.h"
#include "openvswitch/vconn.h"
#include "openvswitch/hmap.h"
#include "packets.h"
#include "socket-util.h"
#include "util.h"

struct ovs_flow {
    struct hmap_node node;      /* In trace_ovs, by cookie. */
    uint32_t cookie;
    char *text;
};

struct trace_ovs {
    struct hmap flows;
};

static char *
flow_text(const struct ofputil_flow_stats *fs, bool stats)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    struct ofpact_format_params params = { .s = &s };

    if (stats) {
        ofputil_flow_stats_format(&s, fs, NULL, NULL, true);
    } else {
        ds_put_format(&s, "table=%"PRIu8" ", fs->table_id);
        match_format(&fs->match, NULL, &s, OFP_DEFAULT_PRIORITY);
        if (ds_last(&s) != ' ') {
            ds_put_char(&s, ' ');
        }
        ds_put_cstr(&s, "actions=");
        ofpacts_format(fs->ofpacts, fs->ofpacts_len, &params);
    }
    return ds_steal_cstr(&s);
}

static void
add_flow(struct trace_ovs *ovs, const struct ofputil_flow_stats *fs,
         bool stats)
{
    struct ovs_flow *flow = xmalloc(sizeof *flow);

    flow->cookie = ntohll(fs->cookie);
    flow->text = flow_text(fs, stats);
    hmap_insert(&ovs->flows, &flow->node, hash_int(flow->cookie, 0));
}

char *
trace_ovs_open(const char *remote, bool stats, struct trace_ovs **ovsp)
{
    struct ofputil_flow_stats_request request = {
        .table_id = OFPTT_ALL, .out_port = OFPP_ANY, .out_group = OFPG_ANY,
    };
    uint32_t versions = ofputil_protocols_to_version_bitmap(OFPUTIL_P_ANY);
    struct ofputil_flow_stats *flows = NULL;
    enum ofputil_protocol protocol;
    struct trace_ovs *ovs;
    struct vconn *vconn;
    size_t n = 0;
    int error;

    error = vconn_open_block(remote, versions, DSCP_DEFAULT, -1, &vconn);
    if (error) {
        return xasprintf("%s: connection failed (%s)", remote,
                         ovs_strerror(error));
    }
    match_init_catchall(&request.match);
    protocol = ofputil_protocol_from_ofp_version(vconn_get_version(vconn));
    error = vconn_dump_flows(vconn, &request, protocol, &flows, &n);
    vconn_close(vconn);
    if (error) {
        return xasprintf("%s: error obtaining flow stats (%s)", remote,
                         ovs_strerror(error));
    }
    ovs = xmalloc(sizeof *ovs);
    hmap_init(&ovs->flows);
    /* What comes last is found first. */
    for (size_t i = n; i-- > 0; ) {
        add_flow(ovs, &flows[i], stats);
        free(CONST_CAST(struct ofpact *, flows[i].ofpacts));
    }
    free(flows);
    *ovsp = ovs;
    return NULL;
}

void
trace_ovs_close(struct trace_ovs *ovs)
{
    struct ovs_flow *flow;

    if (ovs) {
        HMAP_FOR_EACH_POP (flow, node, &ovs->flows) {
            free(flow->text);
            free(flow);
        }
        hmap_destroy(&ovs->flows);
        free(ovs);
    }
}

char *
trace_ovs_flows(const struct trace_ovs *ovs, uint32_t cookie)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    const struct ovs_flow *flow;

    HMAP_FOR_EACH_WITH_HASH (flow, node, hash_int(cookie, 0), &ovs->flows) {
        if (flow->cookie == cookie) {
            ds_put_format(&s, "%s\n", flow->text);
        }
    }
    return s.length ? ds_steal_cstr(&s) : NULL;
}
