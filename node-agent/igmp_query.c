/* General queries: see igmp_query.h. */
#include <config.h>

#include "node-agent/igmp_query.h"

#include "csum.h"
#include "dp-packet.h"
#include "packets.h"
#include "schemas/sb.h"

enum { QUERY_SIZE = 128, ROBUSTNESS = 2 };

/* RFC 2113, RFC 2711: routers look at the packet. */
static const uint8_t router_alert4[] = { 0x94, 0x04, 0, 0 };
static const uint8_t router_alert6[] = { IPPROTO_ICMPV6, 0, 5, 2, 0, 0,
                                         1, 0 };

/* RFC 3376, 4.1.7: above 127 a float of 4 bits and 3 bits of exponent. */
static uint8_t
interval_code(unsigned int seconds)
{
    unsigned int exponent = 0;

    if (seconds < 128) {
        return seconds;
    }
    while (seconds >> (exponent + 3) > 31) {
        exponent++;
    }
    return 0x80 | exponent << 4 | (seconds >> (exponent + 3) & 0xf);
}

static void
build4(const struct sb_ip_multicast *settings, ovs_be32 src,
       struct dp_packet *packet)
{
    size_t ip_size = IP_HEADER_LEN + sizeof router_alert4;
    struct igmpv3_query_header *query;
    struct ip_header *ip;

    ip = dp_packet_put_zeros(packet, ip_size + IGMPV3_QUERY_HEADER_LEN);
    query = (void *) ((uint8_t *) ip + ip_size);
    query->type = IGMP_HOST_MEMBERSHIP_QUERY;
    query->max_resp = settings->query_max_response * 10;
    query->srs_qrv = ROBUSTNESS;
    query->qqic = interval_code(settings->query_interval);
    query->csum = csum(query, IGMPV3_QUERY_HEADER_LEN);
    ip->ip_ihl_ver = IP_IHL_VER(ip_size / 4, 4);
    ip->ip_tos = IP_DSCP_CS6;
    ip->ip_tot_len = htons(ip_size + IGMPV3_QUERY_HEADER_LEN);
    ip->ip_ttl = 1;
    ip->ip_proto = IPPROTO_IGMP;
    put_16aligned_be32(&ip->ip_src, src);
    put_16aligned_be32(&ip->ip_dst, htonl(0xe0000001));
    memcpy(ip + 1, router_alert4, sizeof router_alert4);
    ip->ip_csum = csum(ip, ip_size);
}

static void
build6(const struct sb_ip_multicast *settings, const struct in6_addr *src,
       struct dp_packet *packet)
{
    struct in6_addr dst = in6addr_all_hosts;
    struct ovs_16aligned_ip6_hdr *ip;
    struct mldv2_query {
        uint8_t type, code;
        ovs_be16 csum, max_resp, reserved;
        ovs_16aligned_be32 group[4];
        uint8_t srs_qrv, qqic;
        ovs_be16 n_sources;
    } *query;
    size_t size = sizeof router_alert6 + sizeof *query;

    ip = dp_packet_put_zeros(packet, IPV6_HEADER_LEN + size);
    query = (void *) ((uint8_t *) (ip + 1) + sizeof router_alert6);
    put_16aligned_be32(&ip->ip6_ctlun.ip6_un1.ip6_un1_flow, htonl(6 << 28));
    ip->ip6_ctlun.ip6_un1.ip6_un1_plen = htons(size);
    ip->ip6_ctlun.ip6_un1.ip6_un1_hlim = 1;
    memcpy(&ip->ip6_src, src, sizeof *src);
    memcpy(&ip->ip6_dst, &dst, sizeof dst);
    memcpy(ip + 1, router_alert6, sizeof router_alert6);
    query->type = MLD_QUERY;
    query->max_resp = htons(settings->query_max_response * 1000);
    query->srs_qrv = ROBUSTNESS;
    query->qqic = interval_code(settings->query_interval);
    query->csum = packet_csum_upperlayer6(ip, query, IPPROTO_ICMPV6,
                                          sizeof *query);
}

bool
igmp_query_build(const struct sb_ip_multicast *settings, bool v6,
                 struct dp_packet *packet)
{
    static const struct eth_addr all[] = { ETH_ADDR_C(01,00,5e,00,00,01),
                                           ETH_ADDR_C(33,33,00,00,00,01) };
    struct eth_header *eth;
    struct eth_addr mac;
    struct in6_addr ip6;
    ovs_be32 ip4;

    if (!eth_addr_from_string(settings->eth_src, &mac)
        || (v6 ? !ipv6_parse(settings->ip6_src, &ip6)
            : !ip_parse(settings->ip4_src, &ip4))) {
        return false;
    }
    dp_packet_init(packet, QUERY_SIZE);
    eth = dp_packet_put_zeros(packet, sizeof *eth);
    eth->eth_src = mac;
    eth->eth_dst = all[v6];
    eth->eth_type = htons(v6 ? ETH_TYPE_IPV6 : ETH_TYPE_IP);
    if (v6) {
        build6(settings, &ip6, packet);
    } else {
        build4(settings, ip4, packet);
    }
    return true;
}
