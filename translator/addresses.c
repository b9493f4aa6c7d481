/* Parses the addresses of ports.  Rows are valid when they come here, so
 * that what does not parse is simply left out. */
#include <config.h>

#include "translator/addresses.h"

#include <string.h>

#include "openvswitch/util.h"
#include "translator/generators.h"
#include "util.h"

bool
ip_address_parse(struct ip_address *ip, const char *text)
{
    ovs_be32 ip4;
    unsigned int plen;
    struct in6_addr ip6;
    char *error;

    memset(ip, 0, sizeof *ip);
    error = ip_parse_cidr(text, &ip4, &plen);
    if (!error) {
        in6_addr_set_mapped_ipv4(&ip->addr, ip4);
        ip->prefix_length = plen;
        inet_ntop(AF_INET, &ip4, ip->text, sizeof ip->text);
        return true;
    }
    free(error);
    error = ipv6_parse_cidr(text, &ip6, &plen);
    if (!error) {
        ip->addr = ip6;
        ip->prefix_length = plen;
        ip->is_ip6 = true;
        inet_ntop(AF_INET6, &ip6, ip->text, sizeof ip->text);
        return true;
    }
    free(error);
    return false;
}

static void
mac_address_set(struct mac_address *mac, struct eth_addr address)
{
    mac->mac = address;
    snprintf(mac->text, sizeof mac->text, ETH_ADDR_FMT,
             ETH_ADDR_ARGS(address));
}

static void
mac_address_add(struct mac_address *mac, const struct ip_address *ip)
{
    mac->ips = xrealloc(mac->ips, (mac->n_ips + 1) * sizeof *mac->ips);
    mac->ips[mac->n_ips++] = *ip;
}

bool
mac_address_parse(struct mac_address *mac, const char *text)
{
    char *copy = xstrdup(text), *save = NULL;
    char *word = strtok_r(copy, " \t", &save);
    struct eth_addr address;
    bool ok = word && eth_addr_from_string(word, &address);

    memset(mac, 0, sizeof *mac);
    if (ok) {
        mac_address_set(mac, address);
        while ((word = strtok_r(NULL, " \t", &save))) {
            struct ip_address ip;

            if (ip_address_parse(&ip, word)) {
                mac_address_add(mac, &ip);
            }
        }
    }
    free(copy);
    return ok;
}

void
mac_address_clear(struct mac_address *mac)
{
    free(mac->ips);
    memset(mac, 0, sizeof *mac);
}

void
ip6_solicited_node(const struct in6_addr *addr, char text[INET6_ADDRSTRLEN])
{
    struct in6_addr multicast = { .s6_addr = {
        0xff, 0x02, [11] = 0x01, [12] = 0xff, addr->s6_addr[13],
        addr->s6_addr[14], addr->s6_addr[15],
    } };

    inet_ntop(AF_INET6, &multicast, text, INET6_ADDRSTRLEN);
}

void
ip6_link_local(struct eth_addr mac, struct ip_address *ip)
{
    memset(ip, 0, sizeof *ip);
    in6_generate_lla(mac, &ip->addr);
    ip->is_ip6 = true;
    ip->prefix_length = 64;
    inet_ntop(AF_INET6, &ip->addr, ip->text, sizeof ip->text);
}

/* ---- Of a port --------------------------------------------------------- */

static void
add_mac(struct port_addresses *addresses, const struct mac_address *mac)
{
    addresses->macs = xrealloc(addresses->macs,
                               (addresses->n_macs + 1)
                               * sizeof *addresses->macs);
    addresses->macs[addresses->n_macs++] = *mac;
}

/* The addresses of the router port at the other end. */
static void
add_router_port(struct engine_reader *reader,
                struct port_addresses *addresses,
                const struct nb_logical_router_port *lrp)
{
    const struct nb_logical_router *lr
        = lrp ? MODEL_ROW(reader, logical_router, lrp->router) : NULL;
    struct mac_address mac;
    struct ip_address ip;

    /* A disabled router has no address. */
    if (!lr || !lr->enabled || !mac_address_parse(&mac, lrp->mac)) {
        return;
    }
    for (size_t i = 0; i < lrp->networks.n; i++) {
        if (ip_address_parse(&ip, lrp->networks.items[i])) {
            mac_address_add(&mac, &ip);
        }
    }
    ip6_link_local(mac.mac, &ip);
    mac_address_add(&mac, &ip);
    add_mac(addresses, &mac);
}

static void
add_element(struct engine_reader *reader, struct port_addresses *addresses,
            const struct nb_logical_switch_port *lsp, const char *element)
{
    struct mac_address mac;

    if (!strcmp(element, "unknown")) {
        addresses->has_unknown = true;
    } else if (!strcmp(element, "router")) {
        const char *peer
            = lsp->type == NB_LOGICAL_SWITCH_PORT_TYPE_ROUTER
              ? smap_get(&lsp->options, "router-port") : NULL;

        addresses->is_router = true;
        if (peer) {
            add_router_port(reader, addresses,
                            MODEL_ROW(reader, logical_router_port, peer));
        }
    } else if (strstr(element, "dynamic")) {
        const char *given = engine_read(
            reader, model_input(MODEL_DYNAMIC_ADDRESSES), lsp->row.id, "");

        /* A MAC that was asked for is the port's even if the switch gives
         * no addresses. */
        if (!addresses->is_dynamic
            && mac_address_parse(&mac, given ? given : element)) {
            if (!given) {
                mac.n_ips = 0;
            }
            add_mac(addresses, &mac);
        }
        addresses->is_dynamic = true;
    } else if (mac_address_parse(&mac, element)) {
        add_mac(addresses, &mac);
    }
}

static void *
compute(struct engine_reader *reader, const struct engine_key *key)
{
    struct port_addresses *addresses = xzalloc(sizeof *addresses);
    const struct nb_logical_switch_port *lsp
        = MODEL_ROW(reader, logical_switch_port, key->a);

    for (size_t i = 0; lsp && i < lsp->addresses.n; i++) {
        add_element(reader, addresses, lsp, lsp->addresses.items[i]);
    }
    return addresses;
}

static bool
mac_address_equal(const struct mac_address *a, const struct mac_address *b)
{
    if (!eth_addr_equals(a->mac, b->mac) || a->n_ips != b->n_ips) {
        return false;
    }
    for (size_t i = 0; i < a->n_ips; i++) {
        if (!ipv6_addr_equals(&a->ips[i].addr, &b->ips[i].addr)
            || a->ips[i].prefix_length != b->ips[i].prefix_length) {
            return false;
        }
    }
    return true;
}

static bool
equal(const void *a_, const void *b_)
{
    const struct port_addresses *a = a_, *b = b_;

    if (a->n_macs != b->n_macs || a->has_unknown != b->has_unknown
        || a->is_dynamic != b->is_dynamic || a->is_router != b->is_router) {
        return false;
    }
    for (size_t i = 0; i < a->n_macs; i++) {
        if (!mac_address_equal(&a->macs[i], &b->macs[i])) {
            return false;
        }
    }
    return true;
}

static void
destroy(void *addresses_)
{
    struct port_addresses *addresses = addresses_;

    for (size_t i = 0; i < addresses->n_macs; i++) {
        mac_address_clear(&addresses->macs[i]);
    }
    free(addresses->macs);
    free(addresses);
}

const struct engine_kind lsp_addresses_kind = {
    .name = "lsp_addresses", .role = ENGINE_DERIVED,
    .compute = compute, .equal = equal, .destroy = destroy,
};

const struct port_addresses *
lsp_addresses(struct engine_reader *reader, const char *id)
{
    static const struct port_addresses none = { .macs = NULL };
    const struct port_addresses *addresses
        = engine_read(reader, &lsp_addresses_kind, id, "");

    return addresses ? addresses : &none;
}
