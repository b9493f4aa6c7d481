/* IPv6 router advertisements in answer to solicitations (ovn-northd(8), "IPv6
 * ND RA option processing"; RFC 4861, section 6.2.6).  Periodic ones are the
 * agents': they find the same configuration in the port's row. */
#include <config.h>

#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/router.h"
#include "translator/router_registers.h"

enum { IPV6_MIN_MTU = 1280 };

static void
put_text(struct ds *out, const struct smap *configs, const char *key)
{
    if (smap_get(configs, key)) {
        ds_put_format(out, ", %s = \"%s\"", key, smap_get(configs, key));
    }
}

/* "slla = ..., mtu = ..., prefix = ..." as put_nd_ra_opts() takes it;
 * returns false if the port is not to advertise. */
static bool
put_options(struct ds *out, const struct router_port *port,
            const struct smap *configs)
{
    const char *mode = smap_get_def(configs, "address_mode", "");
    const char *preference = smap_get_def(configs, "router_preference",
                                          "MEDIUM");
    unsigned int mtu = smap_get_uint(configs, "mtu", 0);
    bool has_prefix = false;

    if (!mode[0]) {
        return false;
    }
    ds_put_format(out, "addr_mode = \"%s\", slla = %s", mode, port->mac);
    if (mtu >= IPV6_MIN_MTU) {
        ds_put_format(out, ", mtu = %u", mtu);
    }
    if (strcmp(preference, "MEDIUM")) {
        ds_put_format(out, ", router_preference = \"%s\"", preference);
    }
    if (smap_get(configs, "rdnss")) {
        ds_put_format(out, ", rdnss = %s", smap_get(configs, "rdnss"));
    }
    put_text(out, configs, "dnssl");
    put_text(out, configs, "route_info");
    for (size_t i = 0; i < port->n_networks; i++) {
        const struct router_network *n = &port->networks[i];

        if (n->is_v6 && !n->is_link_local) {
            ds_put_format(out, ", prefix = %s/%u", n->network, n->plen);
            has_prefix = true;
        }
    }
    return has_prefix;
}

void
router_nd_ra(struct generate *g)
{
    const struct nb_logical_router_port *lrp
        = nb_logical_router_port_cast(g->row);
    const struct router_port *port = router_port_read(g->reader,
                                                      lrp->row.id);
    const struct router *router
        = port ? router_read(g->reader, port->router) : NULL;
    struct ds options = DS_EMPTY_INITIALIZER;

    /* Only where hosts are: behind a switch. */
    if (router && router->enabled && !lrp->peer[0]
        && generate_has_members(g, RELATION_ROUTER_PORT_LSPS, lrp->row.id, "")
        && put_options(&options, port, &lrp->ipv6_ra_configs)) {
        struct flow_bundle *b = generate_router_bundle(g, router->name);
        const struct router_network *link_local
            = &port->networks[port->n_networks - 1];

        flow_emit(b, FLOW_LR_IN_ND_RA_OPTIONS_PUT,
                  "inport == %s && ip6.dst == ff02::2 && nd_rs" DO
                  R_ND_RA " = put_nd_ra_opts(%s); next;", port->quoted,
                  ds_cstr(&options));
        flow_emit(b, FLOW_LR_IN_ND_RA_RESPONSE_SEND,
                  "inport == %s && ip6.dst == ff02::2 && nd_ra && "
                  R_ND_RA DO "eth.dst = eth.src; eth.src = %s; "
                  "ip6.dst = ip6.src; ip6.src = %s; outport = inport; "
                  "flags.loopback = 1; output;", port->quoted, port->mac,
                  link_local->ip);
    }
    ds_destroy(&options);
}
