/* Dynamic addresses: which ports ask on which switches, what others have
 * there, and what became of it (ipam.h). */
#include <config.h>

#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/util.h"
#include "translator/addresses.h"
#include "translator/generate.h"
#include "translator/generate_private.h"
#include "translator/generators.h"
#include "translator/ipam.h"
#include "translator/traits.h"
#include "util.h"

static const char *
option(struct generate *g, const char *switch_id, const char *key)
{
    const char *value = MODEL_ROW_OPTION(g->reader, logical_switch,
                                         switch_id, "other_config", key);

    return value ? value : "";
}

/* Whether the switch gives addresses. */
static bool
gives_addresses(struct generate *g, const char *switch_id)
{
    return option(g, switch_id, "subnet")[0]
           || option(g, switch_id, "ipv6_prefix")[0]
           || !strcasecmp(option(g, switch_id, "mac_only"), "true");
}

/* The networks of each switch. */
void
switch_ipam_networks(struct generate *g)
{
    const char *id = g->row->id;
    const char *prefix = MODEL_ROW_OPTION(g->reader, nb_global, "global",
                                          "options", "mac_prefix");

    if (gives_addresses(g, id)) {
        generate_fact(g, RELATION_IPAM_NETWORK, id, "",
                      generate_text(g, "%s%c%s%c%s%c%s",
                                    option(g, id, "subnet"), IPAM_SEPARATOR,
                                    option(g, id, "exclude_ips"),
                                    IPAM_SEPARATOR,
                                    option(g, id, "ipv6_prefix"),
                                    IPAM_SEPARATOR,
                                    prefix ? prefix
                                    : IPAM_DEFAULT_MAC_PREFIX));
    }
}

static void
state_used(struct generate *g, const char *switch_id,
           const struct mac_address *mac)
{
    generate_fact(g, RELATION_IPAM_USED, switch_id, "", mac->text);
    for (size_t i = 0; i < mac->n_ips; i++) {
        generate_fact(g, RELATION_IPAM_USED, switch_id, "",
                      mac->ips[i].text);
    }
}

/* The addresses of the router port at the other end. */
static void
state_router(struct generate *g, const struct nb_logical_switch_port *lsp)
{
    const char *peer = smap_get(&lsp->options, "router-port");
    const struct nb_logical_router_port *lrp
        = peer ? MODEL_ROW(g->reader, logical_router_port, peer) : NULL;
    const struct nb_logical_router *lr
        = lrp ? MODEL_ROW(g->reader, logical_router, lrp->router) : NULL;
    struct ip_address ip;

    if (!lr || !lr->enabled) {
        return;                 /* A disabled router has no address. */
    }

    for (size_t i = 0; i < lrp->networks.n; i++) {
        if (ip_address_parse(&ip, lrp->networks.items[i])) {
            generate_fact(g, RELATION_IPAM_USED, lsp->switch_, "", ip.text);
        }
    }
    generate_fact(g, RELATION_IPAM_USED, lsp->switch_, "", lrp->mac);
}

/* Who asks, and who has what already. */
void
switch_ipam_port(struct generate *g)
{
    const struct nb_logical_switch_port *lsp
        = nb_logical_switch_port_cast(g->row);
    struct mac_address mac;

    if (!gives_addresses(g, lsp->switch_)) {
        return;
    }
    if (lsp->type == NB_LOGICAL_SWITCH_PORT_TYPE_ROUTER) {
        state_router(g, lsp);
    }
    for (size_t i = 0; i < lsp->addresses.n; i++) {
        const char *element = lsp->addresses.items[i];

        if (strstr(element, "dynamic")) {
            generate_fact(g, RELATION_IPAM_WANTED, lsp->switch_,
                          lsp->row.id, element);
            return;             /* One is enough. */
        } else if (mac_address_parse(&mac, element)) {
            state_used(g, lsp->switch_, &mac);
            mac_address_clear(&mac);
        }
    }
}

/* What a port was given. */
void
switch_ipam_status(struct generate *g)
{
    const struct nb_logical_switch_port *lsp
        = nb_logical_switch_port_cast(g->row);
    const char *given;

    if (!lsp_addresses(g->reader, lsp->row.id)->is_dynamic) {
        return;
    }
    given = engine_read(g->reader, model_input(MODEL_DYNAMIC_ADDRESSES),
                        lsp->row.id, "");
    if (given) {
        generate_status(g, "dynamic_addresses", lflow_quote(g, given));
    } else if (gives_addresses(g, lsp->switch_)) {
        generate_error(g, "addresses", "no address of the switch is free");
    } else {
        generate_error(g, "addresses", "the switch has no subnet, "
                       "ipv6_prefix or mac_only among its other_config");
    }
}
