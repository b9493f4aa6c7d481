/* Flows of IP multicast (ovn-northd(8)): in switches that snoop, in routers
 * that relay, and for each group that somebody asked for. */
#include <config.h>

#include <inttypes.h>
#include <string.h>

#include "openvswitch/util.h"
#include "translator/generators.h"
#include "translator/multicast.h"
#include "translator/router.h"
#include "translator/traits.h"
#include "translator/tunnel_keys.h"
#include "util.h"

#define TO_ROUTERS "clone { outport = \"" MULTICAST_ROUTERS "\"; output; }; "
#define TO_STATIC "outport = \"" MULTICAST_STATIC "\"; output; "
#define RELAY_TO_STATIC \
    "clone { outport = \"" MULTICAST_STATIC "\"; ip.ttl--; next; }; "

/* Do ports of 'datapath' get all multicast? */
static bool
floods(struct generate *g, const char *datapath)
{
    return generate_has_members(g, RELATION_MULTICAST_GROUPS, datapath,
                                MULTICAST_STATIC);
}

/* ---- Switches ---------------------------------------------------------- */

static void
write_settings(struct generate *g, const struct smap *config)
{
    struct sb_ip_multicast *row = sb_ip_multicast_create("");

    row->querier = smap_get_bool(config, "mcast_querier", true);
    row->table_size = smap_get_int(config, "mcast_table_size", 2048);
    row->idle_timeout = smap_get_int(config, "mcast_idle_timeout", 300);
    row->query_interval = smap_get_int(config, "mcast_query_interval",
                                       row->idle_timeout / 2);
    row->query_max_response = smap_get_int(config, "mcast_query_max_response",
                                           1);
    schema_string_set(&row->eth_src,
                      smap_get_def(config, "mcast_eth_src", ""));
    schema_string_set(&row->ip4_src,
                      smap_get_def(config, "mcast_ip4_src", ""));
    schema_string_set(&row->ip6_src,
                      smap_get_def(config, "mcast_ip6_src", ""));
    generate_row(g, generate_key(g, "sb/dp",
                                 generate_switch_datapath(g, g->row->id),
                                 "ip_multicast", NULL), &row->row);
}

void
multicast_switch(struct generate *g)
{
    const struct smap *config = &nb_logical_switch_cast(g->row)->other_config;
    struct flow_bundle *b = generate_switch_bundle(g, g->row->id);
    bool relays, is_static;

    if (!smap_get_bool(config, "mcast_snoop", false)) {
        return;
    }
    write_settings(g, config);
    flow_emit(b, FLOW_LS_IN_L2_LKUP_SNOOP, "igmp" DO "igmp;");
    flow_emit(b, FLOW_LS_IN_L2_LKUP_SNOOP, "mldv1 || mldv2" DO "igmp;");
    flow_emit(b, FLOW_LS_IN_L2_LKUP_RESERVED,
              "ip4.mcast && ip4.dst == 224.0.0.0/24" DO
              "outport = \"_MC_flood_l2\"; output;");
    flow_emit(b, FLOW_LS_IN_L2_LKUP_RESERVED,
              "ip6.mcast_flood" DO "outport = \"_MC_flood\"; output;");
    if (smap_get_bool(config, "mcast_flood_unregistered", false)) {
        return;
    }
    relays = generate_has_members(g, RELATION_MULTICAST_RELAYS, g->row->id,
                                  "");
    is_static = floods(g, generate_switch_datapath(g, g->row->id));
    flow_emit(b, FLOW_LS_IN_L2_LKUP_UNREGISTERED,
              "ip4.mcast || ip6.mcast" DO "%s%s%s",
              relays ? TO_ROUTERS : "", is_static ? TO_STATIC : "",
              relays || is_static ? "" : "drop;");
}

/* ---- Routers ----------------------------------------------------------- */

void
multicast_router(struct generate *g)
{
    struct flow_bundle *b = generate_router_bundle(g, g->row->id);
    bool relays = multicast_relays(g->reader, g->row->id);
    bool is_static = floods(g, generate_router_datapath(g, g->row->id));

    if (!nb_logical_router_cast(g->row)->enabled) {
        return;
    }
    flow_emit(b, FLOW_LR_IN_IP_INPUT_MULTICAST,
              "ip4.mcast || ip6.mcast" DO "%s", relays ? "next;" : "drop;");
    for (int v6 = 0; is_static && v6 < 2; v6++) {
        flow_emit(b, FLOW_LR_IN_IP_INPUT_REPORTS, "%s && ip.ttl == 1" DO
                  "next;", v6 ? "(mldv1 || mldv2)" : "igmp");
    }
    if (!relays) {
        return;
    }
    flow_emit(b, FLOW_LR_IN_IP_ROUTING_UNREGISTERED,
              "ip4.mcast || ip6.mcast" DO "%s",
              is_static ? RELAY_TO_STATIC : "drop;");
    for (int v6 = 0; is_static && v6 < 2; v6++) {
        flow_emit(b, FLOW_LR_IN_IP_ROUTING_REPORTS, "%s" DO
                  "clone { outport = \"" MULTICAST_STATIC "\"; next; };",
                  v6 ? "mldv1 || mldv2" : "igmp");
    }
}

void
multicast_router_port(struct generate *g)
{
    const struct router_port *port = router_port_read(g->reader, g->row->id);
    struct flow_bundle *b;

    if (!port || !multicast_relays(g->reader, port->router)) {
        return;
    }
    b = generate_router_bundle(g, port->router);
    if (port->enabled) {
        flow_emit(b, FLOW_LR_OUT_DELIVERY_MULTICAST,
                  "(ip4.mcast || ip6.mcast) && outport == %s" DO
                  "eth.src = %s; output;", port->quoted, port->mac);
    }
    if (floods(g, generate_router_datapath(g, port->router))) {
        flow_emit(b, FLOW_LR_IN_IP_ROUTING_LOOP,
                  "eth.src == %s && igmp" DO "drop;", port->mac);
        flow_emit(b, FLOW_LR_IN_IP_ROUTING_LOOP,
                  "eth.src == %s && (mldv1 || mldv2)" DO "drop;", port->mac);
    }
}

/* ---- Groups ------------------------------------------------------------ */

/* Is it flooded whoever asks for it?  RFC 4541, section 2.1.2; RFC 4291,
 * section 2.7.1: all nodes, all routers. */
static bool
is_flooded(const char *group)
{
    static const char *const all[] = { "ff02::1", "ff02::2", "ff05::2" };

    for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
        if (!strcmp(group, all[i])) {
            return true;
        }
    }
    return !strncmp(group, "224.0.0.", strlen("224.0.0."));
}

static void
emit_switch_group(struct generate *g, const char *switch_id,
                  const char *group)
{
    bool is_v6 = strchr(group, ':') != NULL;

    if (is_flooded(group)) {
        return;
    }
    flow_emit(generate_bundle(g, g->key.a), FLOW_LS_IN_L2_LKUP_GROUP,
              "eth.mcast && ip%d && ip%d.dst == %s" DO
              "%s%soutport = \"%s\"; output;", is_v6 ? 6 : 4, is_v6 ? 6 : 4,
              group,
              generate_has_members(g, RELATION_MULTICAST_RELAYS, switch_id,
                                   "") ? TO_ROUTERS : "",
              floods(g, g->key.a) ? "clone { " TO_STATIC "}; " : "", group);
}

static void
emit_router_group(struct generate *g, const char *group)
{
    bool is_v6 = strchr(group, ':') != NULL;

    flow_emit(generate_bundle(g, g->key.a), FLOW_LR_IN_IP_ROUTING_GROUP,
              "ip%d && ip%d.dst == %s" DO
              "%soutport = \"%s\"; ip.ttl--; next;", is_v6 ? 6 : 4,
              is_v6 ? 6 : 4, group,
              floods(g, g->key.a) ? RELAY_TO_STATIC : "", group);
}

/* Key (datapath, group). */
void
multicast_group(struct generate *g)
{
    const char *group = g->key.b, *colon = strchr(g->key.a, ':');
    const struct tunnel_key *key;
    struct sb_multicast_group *row;

    key = engine_read(g->reader, model_input(MODEL_TUNNEL_KEY),
                      generate_text(g, TUNNEL_KEY_GROUPS "%s", g->key.a),
                      group);
    if (group[0] == '_' || !colon || !key || !key->key) {
        return;
    }
    row = sb_multicast_group_create(group);
    row->tunnel_key = key->key;
    generate_row(g, generate_key(g, "sb/dp", g->key.a, "multicast_group",
                                 group, NULL), &row->row);
    generate_source(g, generate_text(g, "igmp_group:%s", group));
    if (!strncmp(g->key.a, "switch:", strlen("switch:"))) {
        emit_switch_group(g, colon + 1, group);
    } else {
        emit_router_group(g, group);
    }
}
