/* Routing policies (ovn-northd(8), "Router policies").  A policy with several
 * next hops is an ECMP group, numbered within its router. */
#include <config.h>

#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/router.h"
#include "translator/router_registers.h"

/* Where a next hop of a policy is. */
struct hop {
    const char *ip;
    bool is_v6;
    const struct router_port *port;
    const char *source;
};

static bool
find_hop(struct generate *g, const char *router, const char *ip,
         struct hop *hop)
{
    struct engine_members ports = engine_members(
        g->reader, model_index(MODEL_ROUTER_PORTS), router, "");
    struct in6_addr addr;
    unsigned int plen;
    const char *name;

    if (!router_parse_ip(ip, &addr, &hop->is_v6, &plen)) {
        return false;
    }
    ENGINE_MEMBERS_FOR_EACH (name, ports) {
        const struct router_port *port = router_port_read(g->reader, name);
        const struct router_network *n
            = port
              ? router_port_network(port, &addr, hop->is_v6, false) : NULL;

        if (n) {
            hop->ip = ip;
            hop->port = port;
            hop->source = n->ip;
            return true;
        }
    }
    return false;
}

static const char *
hop_actions(struct generate *g, const struct hop *hop)
{
    return generate_text(
        g, "%s = %s; %s = %s; eth.src = %s; outport = %s; "
        "flags.loopback = 1; ",
        hop->is_v6 ? R_NEXT_HOP6 : R_NEXT_HOP4, hop->ip,
        hop->is_v6 ? R_SOURCE6 : R_SOURCE4, hop->source, hop->port->mac,
        hop->port->quoted);
}

/* The number of this policy among those of its router with several hops. */
static unsigned int
policy_group_id(struct generate *g, const char *router, const char *policy)
{
    struct engine_members groups = generate_members(
        g, RELATION_ROUTER_ECMP_POLICIES, router, "");
    unsigned int id = 0;
    const char *name;

    ENGINE_MEMBERS_FOR_EACH (name, groups) {
        id++;
        if (!strcmp(name, policy)) {
            break;
        }
    }
    return id;
}

void
router_policy_facts(struct generate *g)
{
    const struct nb_logical_router_policy *policy
        = nb_logical_router_policy_cast(g->row);

    if (policy->nexthops.n > 1) {
        generate_fact(g, RELATION_ROUTER_ECMP_POLICIES, policy->router, "",
                      policy->row.id);
    }
}

static void
emit_reroute(struct generate *g, struct flow_bundle *b,
             const struct nb_logical_router_policy *policy,
             const char *mark)
{
    const struct schema_strings *hops = &policy->nexthops;
    unsigned int id = policy_group_id(g, policy->router, policy->row.id);
    struct ds members = DS_EMPTY_INITIALIZER;
    struct hop hop;
    size_t n = 0;

    if (hops->n <= 1) {
        const char *ip = hops->n ? hops->items[0] : policy->nexthop;

        if (!find_hop(g, policy->router, ip, &hop)) {
            generate_error(g, hops->n ? "nexthops[0]" : "nexthop",
                           "no port of the router has a network with "
                           "\"%s\"", ip);
            return;
        }
        flow_emit_at(b, FLOW_LR_IN_POLICY_RULE, policy->priority,
                     "%s" DO "%s%s" R_ECMP_GROUP " = 0; next;",
                     policy->match, mark, hop_actions(g, &hop));
        return;
    }
    for (size_t i = 0; i < hops->n; i++) {
        if (find_hop(g, policy->router, hops->items[i], &hop)) {
            ds_put_format(&members, "%s%"PRIuSIZE, n++ ? ", " : "", i + 1);
            flow_emit(b, FLOW_LR_IN_POLICY_ECMP_MEMBER,
                      R_ECMP_GROUP " == %u && " R_ECMP_MEMBER
                      " == %"PRIuSIZE DO "%s%snext;", id, i + 1, mark,
                      hop_actions(g, &hop));
        } else {
            generate_error(g, "nexthops", "no port of the router has a "
                           "network with \"%s\"", hops->items[i]);
        }
    }
    if (n) {
        flow_emit_at(b, FLOW_LR_IN_POLICY_RULE, policy->priority,
                     "%s" DO R_ECMP_GROUP " = %u; " R_ECMP_MEMBER
                     " = select(%s);", policy->match, id, ds_cstr(&members));
    }
    ds_destroy(&members);
}

void
router_policy_flows(struct generate *g)
{
    const struct nb_logical_router_policy *policy
        = nb_logical_router_policy_cast(g->row);
    const struct router *router = router_read(g->reader, policy->router);
    const char *mark_text = smap_get(&policy->options, "pkt_mark");
    const char *mark = mark_text ? generate_text(g, "pkt.mark = %s; ",
                                                 mark_text) : "";
    struct flow_bundle *b;

    if (!router) {
        generate_waiting_for(g, "logical_router", policy->router);
        return;
    }
    if (!router->enabled || !match_is_good(g, policy->match)) {
        return;
    }
    b = generate_router_bundle(g, router->name);
    if (policy->action == NB_LOGICAL_ROUTER_POLICY_ACTION_DROP) {
        flow_emit_at(b, FLOW_LR_IN_POLICY_RULE, policy->priority,
                     "%s" DO "drop;", policy->match);
    } else if (policy->action == NB_LOGICAL_ROUTER_POLICY_ACTION_ALLOW) {
        flow_emit_at(b, FLOW_LR_IN_POLICY_RULE, policy->priority,
                     "%s" DO "%s" R_ECMP_GROUP " = 0; next;", policy->match,
                     mark);
    } else {
        emit_reroute(g, b, policy, mark);
    }
}
