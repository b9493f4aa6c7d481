/* DHCP for the ports that name a dhcp_options row: the agent of the chassis
 * where a port is puts the options into its requests, and the flows turn them
 * round (ovn-northd(8), "DHCP option processing", "DHCP responses"). */
#include <config.h>

#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "translator/acls.h"
#include "translator/addresses.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/registers.h"

/* A port, an address of its, and the options for it. */
struct offer {
    struct generate *g;
    struct flow_bundle *b;
    const struct nb_logical_switch_port *lsp;
    const char *port;           /* Where requests come from, quoted: the port
                                 * or, if it is external, a localnet port. */
    const char *where;          /* " && is_chassis_resident(...)" or "". */
    const char *client_mac;
    const struct ip_address *ip;
    const struct smap *options;
    bool is_stateful;           /* The switch has stateful ACLs. */
};

/* ---- Options ----------------------------------------------------------- */

static bool
is_own(const char *key, const char *const *own)
{
    for (; *own; own++) {
        if (!strcmp(key, *own)) {
            return true;
        }
    }
    return false;
}

/* ", key = value" for each option, sorted, without those in 'own'. */
static void
put_options(struct ds *out, const struct smap *options,
            const char *const *own)
{
    const struct smap_node **nodes = smap_sort(options);
    size_t n = smap_count(options);

    for (size_t i = 0; i < n; i++) {
        if (!is_own(nodes[i]->key, own)) {
            ds_put_format(out, ", %s = %s", nodes[i]->key, nodes[i]->value);
        }
    }
    free(nodes);
}

static const char *
netmask_of(struct generate *g, unsigned int plen)
{
    ovs_be32 mask = be32_prefix_mask(plen);

    return generate_text(g, IP_FMT, IP_ARGS(mask));
}

/* Whether 'ip' lies in 'cidr'; stores the length of its prefix. */
static bool
is_in(const struct ip_address *ip, const char *cidr, unsigned int *plen)
{
    struct ip_address network;
    struct in6_addr mask, a, b;

    if (!ip_address_parse(&network, cidr)
        || network.is_ip6 != ip->is_ip6) {
        return false;
    }
    *plen = network.prefix_length;
    mask = ipv6_create_mask(network.is_ip6 ? *plen : *plen + 96);
    a = ipv6_addr_bitand(&network.addr, &mask);
    b = ipv6_addr_bitand(&ip->addr, &mask);
    return ipv6_addr_equals(&a, &b);
}

/* ---- DHCPv4 ------------------------------------------------------------ */

/* The row's options; the port's host name comes before the row's, and the
 * row's netmask before that of its cidr. */
static void
put_v4_options(const struct offer *o, unsigned int plen, struct ds *put)
{
    static const char *const own[] = { "server_mac", NULL };
    const char *hostname = smap_get(&o->lsp->options, "hostname");
    struct smap all;

    smap_clone(&all, o->options);
    smap_add_once(&all, "netmask", netmask_of(o->g, plen));
    if (hostname) {
        /* Some write its quotes, as OVN wants them. */
        smap_replace(&all, "hostname", hostname[0] == '"' ? hostname
                     : generate_text(o->g, "\"%s\"", hostname));
    }
    put_options(put, &all, own);
    smap_destroy(&all);
}

static void
emit_v4(const struct offer *o, unsigned int plen)
{
    const char *server = smap_get(o->options, "server_id");
    const char *server_mac = smap_get(o->options, "server_mac");
    struct ds put = DS_EMPTY_INITIALIZER;

    ds_put_format(&put, REG_DHCP " = put_dhcp_opts(offerip = %s",
                  o->ip->text);
    put_v4_options(o, plen, &put);
    ds_put_cstr(&put, "); next;");

    /* A client that has no address yet asks all, one that has it the server
     * or all.  OVN 23.03 has a flow for each; they repeat all options. */
    flow_emit(o->b, FLOW_LS_IN_DHCP_OPTIONS_PUT,
              "inport == %s && eth.src == %s && ip4.src == {%s, 0.0.0.0} && "
              "ip4.dst == {%s, 255.255.255.255} && udp.src == 68 && "
              "udp.dst == 67%s" DO "%s", o->port, o->client_mac, o->ip->text,
              server, o->where, ds_cstr(&put));
    flow_emit(o->b, FLOW_LS_IN_DHCP_RESPONSE_SEND,
              "inport == %s && eth.src == %s && ip4 && udp.src == 68 && "
              "udp.dst == 67 && " REG_DHCP "%s" DO
              "eth.dst = eth.src; eth.src = %s; ip4.src = %s; "
              "udp.src = 67; udp.dst = 68; outport = inport; "
              "flags.loopback = 1; output;", o->port, o->client_mac,
              o->where, server_mac, server);
    ds_destroy(&put);
}

static bool
has_v4_options(struct generate *g, const struct smap *options)
{
    static const char *const required[] = {
        "server_id", "server_mac", "lease_time",
    };

    for (size_t i = 0; i < sizeof required / sizeof required[0]; i++) {
        if (!smap_get(options, required[i])) {
            generate_error(g, "dhcpv4_options",
                           "its row lacks option \"%s\"", required[i]);
            return false;
        }
    }
    return true;
}

/* ---- DHCPv6 ------------------------------------------------------------ */

static void
emit_v6(const struct offer *o)
{
    static const char *const own[] = { "dhcpv6_stateless", NULL };
    const char *server_mac = smap_get(o->options, "server_id");
    struct ds put = DS_EMPTY_INITIALIZER;
    struct ip_address server;
    struct eth_addr mac;

    if (!server_mac || !eth_addr_from_string(server_mac, &mac)) {
        generate_error(o->g, "dhcpv6_options",
                       "its row lacks option \"server_id\", an Ethernet "
                       "address");
        return;
    }
    ip6_link_local(mac, &server);
    put_options(&put, o->options, own);
    flow_emit(o->b, FLOW_LS_IN_DHCP_OPTIONS_PUT,
              "inport == %s && eth.src == %s && ip6.dst == ff02::1:2 && "
              "udp.src == 546 && udp.dst == 547%s" DO
              REG_DHCP " = put_dhcpv6_opts(%s%s%s); next;", o->port,
              o->client_mac, o->where,
              smap_get_bool(o->options, "dhcpv6_stateless", false) ? ""
              : generate_text(o->g, "ia_addr = %s", o->ip->text),
              smap_get_bool(o->options, "dhcpv6_stateless", false) ? ""
              : ", ", ds_cstr(&put) + 2);
    flow_emit(o->b, FLOW_LS_IN_DHCP_RESPONSE_SEND,
              "inport == %s && eth.src == %s && ip6.dst == ff02::1:2 && "
              "udp.src == 546 && udp.dst == 547 && " REG_DHCP "%s" DO
              "eth.dst = eth.src; eth.src = %s; ip6.dst = ip6.src; "
              "ip6.src = %s; udp.src = 547; udp.dst = 546; "
              "outport = inport; flags.loopback = 1; output;", o->port,
              o->client_mac, o->where, server_mac, server.text);
    ds_destroy(&put);
}

/* ---- Ports ------------------------------------------------------------- */

/* ACLs let a server's answers pass, to every port that names it. */
static void
answer_passes(const struct offer *o, bool is_v6)
{
    const char *mac = smap_get(o->options, is_v6 ? "server_id"
                                                 : "server_mac");
    const char *server = smap_get(o->options, "server_id");
    struct ip_address link_local;
    struct eth_addr address;

    if (is_v6) {
        if (!mac || !eth_addr_from_string(mac, &address)) {
            return;
        }
        ip6_link_local(address, &link_local);
        server = link_local.text;
    } else if (!server || !mac || !smap_get(o->options, "lease_time")) {
        return;
    }
    flow_emit(o->b, FLOW_LS_OUT_ACL_SERVICE,
              "outport == %s && eth.src == %s && ip%d.src == %s && udp && "
              "udp.src == %d && udp.dst == %d" DO "%snext;",
              lflow_quote(o->g, o->lsp->row.id), mac, is_v6 ? 6 : 4, server,
              is_v6 ? 547 : 67, is_v6 ? 546 : 68,
              o->is_stateful ? "ct_commit; " : "");
}

/* To each of the port's MACs the first of its addresses that lies in the
 * row's network is offered. */
static void
offer_first(struct offer *o, const struct port_addresses *addresses,
            const struct nb_dhcp_options *row, bool is_v6)
{
    for (size_t i = 0; i < addresses->n_macs; i++) {
        const struct mac_address *mac = &addresses->macs[i];

        for (size_t j = 0; j < mac->n_ips; j++) {
            unsigned int plen;

            if (mac->ips[j].is_ip6 != is_v6
                || !is_in(&mac->ips[j], row->cidr, &plen)) {
                continue;
            }
            o->client_mac = mac->text;
            o->ip = &mac->ips[j];
            if (is_v6) {
                emit_v6(o);
            } else if (has_v4_options(o->g, o->options)) {
                emit_v4(o, plen);
            }
            break;
        }
    }
}

/* The row that 'lsp' names, or NULL.  Fills in what is common to all its
 * offers. */
static const struct nb_dhcp_options *
prepare(struct generate *g, const struct nb_logical_switch_port *lsp,
        bool is_v6, struct offer *offer)
{
    const char *options = is_v6 ? lsp->dhcpv6_options : lsp->dhcpv4_options;
    const struct nb_dhcp_options *row;

    if (!options[0]) {
        return NULL;
    }
    row = MODEL_ROW(g->reader, dhcp_options, options);
    if (!row) {
        generate_waiting_for(g, "dhcp_options", options);
        return NULL;
    }
    *offer = (struct offer) {
        .g = g,
        .b = generate_switch_bundle(g, lsp->switch_),
        .lsp = lsp,
        .options = &row->options,
        .is_stateful = acl_tracks(g, lsp->switch_),
    };
    return row;
}

static void
serve(struct generate *g, const struct nb_logical_switch_port *lsp,
      bool is_v6, const char *port, const char *where)
{
    struct offer offer;
    const struct nb_dhcp_options *row = prepare(g, lsp, is_v6, &offer);

    if (row) {
        offer.port = lflow_quote(g, port);
        offer.where = where;
        offer_first(&offer, lsp_addresses(g->reader, lsp->row.id), row,
                    is_v6);
    }
}

/* An external port's requests come in by the localnet ports of its switch;
 * the chassis of its group that it is on answers. */
static void
serve_external(struct generate *g, const struct nb_logical_switch_port *lsp)
{
    struct engine_members ports = generate_members(
        g, RELATION_SWITCH_LOCALNETS, lsp->switch_, "");
    const char *where = generate_text(
        g, " && is_chassis_resident(%s)", lflow_quote(g, lsp->row.id));
    const char *port;

    if (!lsp->ha_chassis_group[0]) {
        return;
    }
    ENGINE_MEMBERS_FOR_EACH (port, ports) {
        serve(g, lsp, false, port, where);
        serve(g, lsp, true, port, where);
    }
}

void
switch_dhcp(struct generate *g)
{
    const struct nb_logical_switch_port *lsp
        = nb_logical_switch_port_cast(g->row);

    for (int is_v6 = 0; is_v6 < 2; is_v6++) {
        struct offer offer;

        if (lsp->type != NB_LOGICAL_SWITCH_PORT_TYPE_EXTERNAL
            && prepare(g, lsp, is_v6, &offer)) {
            answer_passes(&offer, is_v6);
        }
    }
    if (!lsp->enabled) {
        return;
    } else if (lsp->type == NB_LOGICAL_SWITCH_PORT_TYPE_EXTERNAL) {
        serve_external(g, lsp);
    } else if (lsp->type != NB_LOGICAL_SWITCH_PORT_TYPE_ROUTER) {
        serve(g, lsp, false, lsp->row.id, "");
        serve(g, lsp, true, lsp->row.id, "");
    }
}
