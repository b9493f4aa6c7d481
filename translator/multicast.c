/* Who belongs to which multicast group: by the northbound's options, and by
 * what the chassis learned from IGMP and MLD.
 *
 * What a chassis says of a group is looked at alone, and each member is a row
 * of its own: that one more port joins costs the same in a group of any
 * size. */
#include <config.h>

#include "translator/multicast.h"

#include <arpa/inet.h>
#include <string.h>

#include "openvswitch/util.h"
#include "packets.h"
#include "store/keys.h"
#include "translator/generators.h"
#include "translator/router.h"
#include "translator/traits.h"
#include "translator/tunnel_keys.h"
#include "util.h"

void
multicast_state_member(struct generate *g, const char *datapath,
                       const char *group, const char *port)
{
    char *a = keys_encode(group), *b = keys_encode(port);

    generate_fact(g, RELATION_MULTICAST_GROUPS, datapath, group, port);
    generate_fact(g, RELATION_MULTICAST_MEMBERS, datapath,
                  generate_text(g, "%s/%s", a, b), "member");
    free(a);
    free(b);
}

bool
multicast_relays(struct engine_reader *reader, const char *router)
{
    const struct nb_logical_router *lr = MODEL_ROW(reader, logical_router,
                                                   router);

    return (lr && lr->enabled
            && smap_get_bool(&lr->options, "mcast_relay", false));
}

static bool
snoops(struct engine_reader *reader, const char *switch_id)
{
    return MODEL_ROW_OPTION_BOOL(reader, logical_switch, switch_id,
                                 "other_config", "mcast_snoop", false);
}

/* ---- By options -------------------------------------------------------- */

/* Does it lead to a router that relays? */
static bool
leads_to_relay(struct generate *g, const struct nb_logical_switch_port *lsp)
{
    const char *peer = smap_get(&lsp->options, "router-port");
    const struct nb_logical_router_port *lrp
        = lsp->type == NB_LOGICAL_SWITCH_PORT_TYPE_ROUTER && peer
          ? MODEL_ROW(g->reader, logical_router_port, peer) : NULL;

    return lrp && multicast_relays(g->reader, lrp->router);
}

void
multicast_lsp_facts(struct generate *g)
{
    const struct nb_logical_switch_port *lsp
        = nb_logical_switch_port_cast(g->row);
    const char *datapath = generate_switch_datapath(g, lsp->switch_);
    bool relays = leads_to_relay(g, lsp);

    if (relays) {
        generate_fact(g, RELATION_MULTICAST_RELAYS, lsp->switch_, "",
                      smap_get(&lsp->options, "router-port"));
    }
    if (!lsp->enabled || !snoops(g->reader, lsp->switch_)) {
        return;
    }
    if (smap_get_bool(&lsp->options, "mcast_flood", false)) {
        multicast_state_member(g, datapath, MULTICAST_STATIC, g->row->id);
    }
    if (relays || smap_get_bool(&lsp->options, "mcast_flood_reports",
                                false)) {
        multicast_state_member(g, datapath, MULTICAST_ROUTERS, g->row->id);
    }
}

void
multicast_lrp_facts(struct generate *g)
{
    const struct nb_logical_router_port *lrp
        = nb_logical_router_port_cast(g->row);

    if (lrp->enabled && smap_get_bool(&lrp->options, "mcast_flood", false)) {
        multicast_state_member(g, generate_router_datapath(g, lrp->router),
                               MULTICAST_STATIC, g->row->id);
    }
}

/* ---- Learned ----------------------------------------------------------- */

/* Is 'text' a multicast address as it is written shortest? */
static bool
is_group(const char *text, bool *is_routed)
{
    char copy[INET6_ADDRSTRLEN];
    struct in6_addr v6;
    ovs_be32 v4;

    if (inet_pton(AF_INET, text, &v4) == 1) {
        *is_routed = true;
        return (ip_is_multicast(v4)
                && !strcmp(inet_ntop(AF_INET, &v4, copy, sizeof copy), text));
    } else if (inet_pton(AF_INET6, text, &v6) == 1) {
        int scope = v6.s6_addr[1] & 0xf;

        /* RFC 4291, section 2.7: link-local and smaller scopes stay. */
        *is_routed = scope > 3 && scope < 0xf;
        return (ipv6_addr_is_multicast(&v6)
                && !strcmp(inet_ntop(AF_INET6, &v6, copy, sizeof copy),
                           text));
    }
    return false;
}

static void
state_group(struct generate *g, const char *datapath, const char *group,
            const char *port)
{
    generate_fact(g, RELATION_TUNNEL_KEY_WANTED,
                  generate_text(g, TUNNEL_KEY_GROUPS "%s", datapath), "",
                  group);
    multicast_state_member(g, datapath, group, port);
}

/* The routers on the switch relay the group to it, unless they send it
 * everything. */
static void
state_relays(struct generate *g, const char *switch_id, const char *group)
{
    struct engine_members relays = generate_members(
        g, RELATION_MULTICAST_RELAYS, switch_id, "");
    const char *name;

    ENGINE_MEMBERS_FOR_EACH (name, relays) {
        const struct router_port *port = router_port_read(g->reader, name);

        if (port && !MODEL_ROW_OPTION_BOOL(g->reader, logical_router_port,
                                           name, "options", "mcast_flood",
                                           false)) {
            state_group(g, generate_router_datapath(g, port->router), group,
                        port->is_gateway ? generate_text(g, "cr-%s", name)
                                         : name);
        }
    }
}

/* States the ports of 'row' that are members of 'group'; false if none
 * is. */
static bool
state_ports(struct generate *g, const char *switch_id, const char *group,
            const struct sb_igmp_group *row, bool routers)
{
    const char *datapath = generate_switch_datapath(g, switch_id);
    bool any = false;

    for (size_t i = 0; i < row->ports.n; i++) {
        const char *port = row->ports.items[i];
        const struct nb_logical_switch_port *lsp
            = MODEL_ROW(g->reader, logical_switch_port, port);

        if (!lsp || strcmp(lsp->switch_, switch_id)) {
            continue;
        } else if (routers) {
            multicast_state_member(g, datapath, group, port);
        } else if (!smap_get_bool(&lsp->options, "mcast_flood", false)) {
            state_group(g, datapath, group, port);
            any = true;
        }
    }
    return any;
}

/* What a chassis learned before the switch of that name was made is of
 * another one. */
static bool
is_of_another(struct generate *g, const struct model_learned *learned,
              const char *switch_id)
{
    const int64_t *created = engine_read(
        g->reader, model_input(MODEL_CREATED), nb_logical_switch_table.name,
        switch_id);

    return !created || learned->mod_revision < *created;
}

static void
state_learned(struct generate *g, const char *switch_id, const char *group,
              const struct sb_igmp_group *row)
{
    bool is_routed;

    if (!strcmp(group, "mrouters")) {
        state_ports(g, switch_id, MULTICAST_ROUTERS, row, true);
    } else if (is_group(group, &is_routed)
               && state_ports(g, switch_id, group, row, false)) {
        struct engine_members localnets = generate_members(
            g, RELATION_SWITCH_LOCALNETS, switch_id, "");
        const char *port;

        ENGINE_MEMBERS_FOR_EACH (port, localnets) {
            state_group(g, generate_switch_datapath(g, switch_id), group,
                        port);
        }
        if (is_routed) {
            state_relays(g, switch_id, group);
        }
    }
}

/* For each group of each chassis: key (chassis, "datapath/group"). */
void
multicast_learned(struct generate *g)
{
    const struct model_learned *learned
        = engine_read(g->reader, model_input(MODEL_IGMP), g->key.a, g->key.b);
    const char *slash = strchr(g->key.b, '/');
    char *datapath = slash ? keys_decode(g->key.b, slash - g->key.b) : NULL;
    char *group = slash ? keys_decode(slash + 1, strlen(slash + 1)) : NULL;
    const char *id = datapath ? datapath + strlen("switch:") : NULL;

    if (learned && group && datapath
        && !strncmp(datapath, "switch:", strlen("switch:"))
        && engine_read(g->reader, model_input(MODEL_CHASSIS), g->key.a, "")
        && snoops(g->reader, id) && !is_of_another(g, learned, id)) {
        state_learned(g, id, group, sb_igmp_group_cast(learned->row));
    }
    free(datapath);
    free(group);
}

/* ---- Rows -------------------------------------------------------------- */

/* Key (datapath, "group/port"). */
void
multicast_port_row(struct generate *g)
{
    struct sb_multicast_port *row = sb_multicast_port_create(g->key.b);

    generate_row(g, generate_text(g, "%s/%s",
                                  generate_key(g, "sb/dp", g->key.a,
                                               "multicast_port", NULL),
                                  g->key.b), &row->row);
}
