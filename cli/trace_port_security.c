/* Port security on a packet description: what check_in_port_sec() and
 * check_out_port_sec() answer (ovn-nb(5), Logical_Switch_Port,
 * port_security).
 *
 * A packet whose Ethernet type a microflow doesn't tell is only looked at by
 * its Ethernet address, as ovn-trace does. */
#include <config.h>

#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <stdlib.h>
#include <string.h>

#include "cli/trace_run.h"
#include "packets.h"
#include "util.h"

struct address {
    bool is_ip4;
    ovs_be32 ip4, mask4;
    struct in6_addr ip6, mask6;
};

/* "MAC [IP[/PREFIX]]..." */
struct element {
    struct eth_addr mac;
    struct address *addresses;
    size_t n, n_ip4, n_ip6;
};

/* ---- Parsing ---------------------------------------------------------- */

/* A subnet's address means the subnet, any other only itself. */
static void
set_effective_mask(struct address *a)
{
    if (a->is_ip4) {
        a->mask4 = a->ip4 & ~a->mask4 ? OVS_BE32_MAX : a->mask4;
    } else {
        struct in6_addr network = ipv6_addr_bitand(&a->ip6, &a->mask6);

        if (!ipv6_addr_equals(&network, &a->ip6)) {
            a->mask6 = in6addr_exact;
        }
    }
}

static bool
add_address(struct element *e, const char *token, bool for_output)
{
    struct address a = { .is_ip4 = true };
    char *error = ip_parse_masked(token, &a.ip4, &a.mask4);
    ovs_be32 written_mask = a.mask4;

    if (error) {
        free(error);
        a.is_ip4 = false;
        error = ipv6_parse_masked(token, &a.ip6, &a.mask6);
        if (error) {
            free(error);
            return false;
        }
    }
    set_effective_mask(&a);
    e->addresses = xrealloc(e->addresses, (e->n + 2) * sizeof a);
    e->addresses[e->n++] = a;
    e->n_ip4 += a.is_ip4;
    e->n_ip6 += !a.is_ip4;
    if (for_output && a.is_ip4 && a.mask4 != written_mask) {
        /* A host in a subnet hears the subnet's broadcasts. */
        a.ip4 |= ~written_mask;
        e->addresses[e->n++] = a;
    }
    return true;
}

/* False, with nothing to free, if it is malformed: it allows nothing. */
static bool
parse_element(const char *text, bool for_output, struct element *e)
{
    char *copy = xstrdup(text), *save = NULL;
    char *token = strtok_r(copy, " ,", &save);
    bool ok;

    memset(e, 0, sizeof *e);
    ok = token && eth_addr_from_string(token, &e->mac);
    while (ok && (token = strtok_r(NULL, " ,", &save)) != NULL) {
        ok = add_address(e, token, for_output);
    }
    free(copy);
    if (!ok) {
        free(e->addresses);
    }
    return ok;
}

static struct element *
parse_elements(const struct trace_port *port, bool for_output, size_t *n)
{
    const struct schema_strings *texts = &port->row->port_security;
    struct element *elements = xcalloc(texts->n + 1, sizeof *elements);

    *n = 0;
    for (size_t i = 0; i < texts->n; i++) {
        *n += parse_element(texts->items[i], for_output, &elements[*n]);
    }
    return elements;
}

static void
free_elements(struct element *elements, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(elements[i].addresses);
    }
    free(elements);
}

/* ---- Questions about a packet ----------------------------------------- */

static bool
has_ip4(const struct element *e, ovs_be32 ip)
{
    for (size_t i = 0; i < e->n; i++) {
        const struct address *a = &e->addresses[i];

        if (a->is_ip4 && !((a->ip4 ^ ip) & a->mask4)) {
            return true;
        }
    }
    return false;
}

/* Its own addresses and its link-local one. */
static bool
has_ip6(const struct element *e, const struct in6_addr *ip)
{
    struct in6_addr link_local;

    in6_generate_lla(e->mac, &link_local);
    if (ipv6_addr_equals(ip, &link_local)) {
        return true;
    }
    for (size_t i = 0; i < e->n; i++) {
        const struct address *a = &e->addresses[i];
        struct in6_addr x = ipv6_addr_bitand(ip, &a->mask6);
        struct in6_addr y = ipv6_addr_bitand(&a->ip6, &a->mask6);

        if (!a->is_ip4 && ipv6_addr_equals(&x, &y)) {
            return true;
        }
    }
    return false;
}

static bool
is_icmp6(const struct flow *flow, uint8_t type)
{
    return (flow->dl_type == htons(ETH_TYPE_IPV6)
            && flow->nw_proto == IPPROTO_ICMPV6
            && flow->tp_src == htons(type));
}

static bool
is_dhcp_request(const struct flow *flow)
{
    return (!flow->nw_src && flow->nw_dst == OVS_BE32_MAX
            && flow->nw_proto == IPPROTO_UDP
            && flow->tp_src == htons(68) && flow->tp_dst == htons(67));
}

/* ---- Sending ---------------------------------------------------------- */

static bool
allows_arp(const struct element *e, const struct flow *flow)
{
    return ((e->n_ip4 || !e->n_ip6) && eth_addr_equals(flow->arp_sha, e->mac)
            && (!e->n_ip4 || has_ip4(e, flow->nw_src)));
}

static bool
mac_is_own(struct eth_addr mac, const struct element *e)
{
    return eth_addr_is_zero(mac) || eth_addr_equals(mac, e->mac);
}

static bool
allows_nd(const struct element *e, const struct flow *flow)
{
    if ((e->n_ip4 && !e->n_ip6) || flow->tp_dst) {
        return false;
    }
    if (is_icmp6(flow, ND_NEIGHBOR_SOLICIT)) {
        return mac_is_own(flow->arp_sha, e);
    }
    return (mac_is_own(flow->arp_tha, e)
            && (!e->n_ip6 || has_ip6(e, &flow->nd_target)));
}

static bool
is_neighbor_discovery(const struct flow *flow)
{
    return (flow->nw_ttl == 255 && (is_icmp6(flow, ND_NEIGHBOR_SOLICIT)
                                    || is_icmp6(flow, ND_NEIGHBOR_ADVERT)));
}

/* From the unspecified address: MLD reports and duplicate address
 * detection. */
static bool
allows_unspecified(const struct flow *flow)
{
    return (ipv6_addr_equals(&flow->ipv6_src, &in6addr_any)
            && flow->ipv6_dst.s6_addr[0] == 0xff
            && flow->ipv6_dst.s6_addr[1] == 0x02 && !flow->tp_dst
            && (is_icmp6(flow, MLD_LISTENER_REPORT)
                || is_icmp6(flow, ND_NEIGHBOR_SOLICIT)
                || is_icmp6(flow, 143)));
}

/* Source addresses. */
static bool
allows_source(const struct element *e, const struct flow *flow)
{
    if (!e->n || !flow->dl_type) {
        return true;
    } else if (flow->dl_type == htons(ETH_TYPE_IP)) {
        return (e->n_ip4 && (has_ip4(e, flow->nw_src)
                             || is_dhcp_request(flow)));
    } else if (flow->dl_type == htons(ETH_TYPE_IPV6)) {
        return (e->n_ip6 && (has_ip6(e, &flow->ipv6_src)
                             || allows_unspecified(flow)));
    }
    return false;
}

static bool
any_allows(const struct element *elements, size_t n, const struct flow *flow,
           bool (*allows)(const struct element *, const struct flow *))
{
    for (size_t i = 0; i < n; i++) {
        if (eth_addr_equals(flow->dl_src, elements[i].mac)
            && allows(&elements[i], flow)) {
            return true;
        }
    }
    return false;
}

bool
trace_forbids_in(const struct trace_port *port, const struct flow *flow)
{
    struct element *elements;
    bool allowed;
    size_t n;

    if (!port->row->port_security.n) {
        return false;
    }
    elements = parse_elements(port, false, &n);
    if (flow->dl_type == htons(ETH_TYPE_ARP)) {
        allowed = any_allows(elements, n, flow, allows_arp);
    } else {
        allowed = (any_allows(elements, n, flow, allows_source)
                   && (!is_neighbor_discovery(flow)
                       || any_allows(elements, n, flow, allows_nd)));
    }
    free_elements(elements, n);
    return !allowed;
}

/* ---- Receiving -------------------------------------------------------- */

static bool
allows_destination(const struct element *e, const struct flow *flow)
{
    if (flow->dl_type == htons(ETH_TYPE_IP)) {
        return (e->n_ip4 && (has_ip4(e, flow->nw_dst)
                             || flow->nw_dst == OVS_BE32_MAX
                             || ip_is_multicast(flow->nw_dst)));
    }
    return (e->n_ip6 && (has_ip6(e, &flow->ipv6_dst)
                         || flow->ipv6_dst.s6_addr[0] == 0xff));
}

static bool
forbids_out(const struct element *elements, size_t n,
            const struct flow *flow)
{
    bool is_ip = is_ip_any(flow), any = false, refused = false;

    for (size_t i = 0; i < n; i++) {
        const struct element *e = &elements[i];

        if (!eth_addr_equals(flow->dl_dst, e->mac)) {
            continue;
        }
        any = true;
        if (is_ip && e->n) {
            if (allows_destination(e, flow)) {
                return false;
            }
            refused = true;
        }
    }
    return refused || !any;
}

bool
trace_forbids_out(const struct trace_port *port, const struct flow *flow)
{
    struct element *elements;
    bool forbidden;
    size_t n;

    if (!port->row->port_security.n) {
        return false;
    }
    elements = parse_elements(port, true, &n);
    forbidden = forbids_out(elements, n, flow);
    free_elements(elements, n);
    return forbidden;
}
