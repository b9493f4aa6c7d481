/* What packet_in*.c and the responders share. */
#ifndef WEFT_NODE_AGENT_PACKET_IN_PRIVATE_H
#define WEFT_NODE_AGENT_PACKET_IN_PRIVATE_H 1

#include <stdbool.h>

#include "dp-packet.h"
#include "flow.h"
#include "node-agent/packet_in.h"
#include "openvswitch/meta-flow.h"
#include "openvswitch/ofp-packet.h"
#include "openvswitch/shash.h"

struct lport;

struct packet_in {
    struct model *model;
    struct own *own;
    void (*send)(struct ofpbuf *msg, void *aux);
    void *aux;
    struct packet_in_limit limit;
    struct packet_in_stats stats;
    struct respond_learn *learn;        /* Addresses learned here. */
    struct respond_waiting *waiting;    /* Packets without a neighbour. */
    struct respond_announce *announce;  /* Gratuitous ARP and ND. */
    struct respond_advertise *advertise;    /* Router advertisements. */
    struct respond_bfd *bfd;            /* Sessions with next hops. */
    struct respond_svc_check *svc_check;    /* Health checks. */
    struct respond_igmp *igmp;          /* Multicast groups asked for. */
    struct shash reclaims;              /* Virtual port -> parent: claims
                                         * that respond_vport.c renews. */
    bool model_changed;                 /* Ports are to be looked at... */
    long long int look_ms;              /* ...from then on. */
};

/* One packet while it is answered. */
struct pin {
    struct packet_in *pi;
    struct ofputil_packet_in *in;
    const struct ofpbuf *continuation;  /* For resuming. */
    const struct flow *md;          /* Its metadata: registers, datapath. */
    struct dp_packet packet;        /* The packet, parsed; not to be
                                     * written to. */
    struct flow headers;            /* Its headers. */
    uint32_t opcode;
    struct mf_subfield bit;         /* For the result; its 'field' is NULL if
                                     * the opcode has none. */
    const uint8_t *data;            /* What follows that in the userdata. */
    size_t size;
};

/* ---- Responders ------------------------------------------------------- */

/* Answers one packet.  Nothing of 'pin' may be kept. */
typedef void responder_func(struct pin *);

responder_func respond_put_fdb, respond_put_arp, respond_put_nd;
responder_func respond_arp, respond_nd_na, respond_nd_na_router,
    respond_nd_ns;
responder_func respond_icmp, respond_icmp_error;
responder_func respond_tcp_reset, respond_sctp_abort, respond_reject;
responder_func respond_log, respond_event;
responder_func respond_put_dhcp_opts, respond_put_dhcpv6_opts;
responder_func respond_put_nd_ra_opts;
responder_func respond_dns_lookup;
responder_func respond_frag_mtu4, respond_frag_mtu6;
responder_func respond_bind_vport;
responder_func respond_activate;
responder_func respond_bfd_msg;
responder_func respond_svc_check;
responder_func respond_igmp;

/* Parts of respond_reject(): a TCP reset, an SCTP abort; 'swap': addresses
 * change places. */
void respond_reset(struct pin *, bool swap);
void respond_abort(struct pin *, bool swap);

/* ---- The packet at hand ----------------------------------------------- */

/* Counts a packet that a responder gets, one that is sent, and one that comes
 * to nothing. */
void packet_in_count(struct packet_in *, uint32_t opcode);
void packet_in_count_sent(struct packet_in *);
void packet_in_drop(struct packet_in *, enum packet_in_drop);
static inline void
pin_drop(const struct pin *pin, enum packet_in_drop drop)
{
    packet_in_drop(pin->pi, drop);
}

/* The datapath, and the logical port in reg14 (inport), or NULL. */
struct datapath *pin_datapath(const struct pin *);
struct lport *pin_inport(const struct pin *);

static inline bool
pin_is_ip4(const struct pin *pin)
{
    return pin->headers.dl_type == htons(ETH_TYPE_IP);
}
static inline bool
pin_is_ip6(const struct pin *pin)
{
    return pin->headers.dl_type == htons(ETH_TYPE_IPV6);
}

/* The network header and '*size' bytes from there on, padding of the link
 * left out; NULL if there is none. */
const void *pin_l3(const struct pin *, size_t *size);
/* What follows a UDP header, '*size' bytes; NULL if it isn't UDP. */
const uint8_t *pin_udp_payload(const struct pin *, size_t *size);

/* ---- Answers ---------------------------------------------------------- */

/* Sends 'packet' into the pipeline with the metadata of 'pin' and the
 * OpenFlow 1.5 actions that are left in its userdata. */
void pin_inject(const struct pin *, const struct dp_packet *packet);
/* Lets the packet of 'pin' go on in the switch, as 'packet' (NULL: as it
 * is), with 'result' in 'pin->bit' if it has one. */
void pin_resume(struct pin *, const struct dp_packet *packet, bool result);

/* Sends 'packet' into OpenFlow table 'table' with the registers and the
 * datapath of 'metadata'. */
void packet_in_send(struct packet_in *, const void *packet, size_t size,
                    const struct flow *metadata, uint8_t table);
/* The same as a packet that comes in through 'lport', with flag bits
 * 'flags' (lflow/registers.h). */
void packet_in_send_from(struct packet_in *, const struct dp_packet *packet,
                         const struct lport *lport, uint32_t flags);

/* ---- Making packets (packet_in_build.c) ------------------------------- */

/* Each begins 'packet' (which the caller uninits) with headers like those of
 * the packet of 'pin' (Ethernet addresses, VLAN, IP addresses) and
 * 'size' zeroed bytes after them, which are returned.  'swap': source and
 * destination addresses change places. */
void *pin_build_eth(const struct pin *, uint16_t dl_type, size_t size,
                    bool swap, struct dp_packet *packet);
void *pin_build_ip4(const struct pin *, uint8_t proto, size_t size,
                    bool swap, struct dp_packet *packet);
void *pin_build_ip6(const struct pin *, uint8_t proto, size_t size,
                    bool swap, struct dp_packet *packet);
/* Either, as the packet of 'pin' is. */
void *pin_build_ip(const struct pin *, uint8_t proto, size_t size, bool swap,
                   struct dp_packet *packet);
/* Puts the VLAN headers of the packet of 'pin' in 'packet'. */
void pin_build_vlans(const struct pin *, struct dp_packet *packet);
/* A UDP datagram with 'payload', with the ports and IP addresses of the
 * packet of 'pin', but to 'ip4_dst' (unless that is 0). */
void pin_build_udp(const struct pin *, const void *payload, size_t size,
                   ovs_be32 ip4_dst, struct dp_packet *packet);

/* Begins 'packet' with headers of its own, of IPv4 if the addresses are
 * IPv4-mapped, and 'size' zeroed bytes after them, which are returned. */
void *build_ip(struct dp_packet *packet, const struct eth_addr src_mac,
               const struct eth_addr dst_mac, const struct in6_addr *src,
               const struct in6_addr *dst, uint8_t proto, uint8_t tos,
               size_t size);

/* The checksum of 'size' bytes of 'proto' at 'l4' in 'packet', over IPv4 or
 * IPv6, pseudo-header included; its place must be zero. */
ovs_be16 build_checksum(const struct dp_packet *packet, const void *l4,
                        uint8_t proto, size_t size);

enum { BUILD_TTL = 255 };

/* For packets that OVN sends of its own accord: 'ttl', and that IPv4 must not
 * cut it. */
void build_whole(struct dp_packet *packet, uint8_t ttl);

#endif
