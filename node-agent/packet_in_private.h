/* What packet_in.c and the responders share. */
#ifndef WEFT_NODE_AGENT_PACKET_IN_PRIVATE_H
#define WEFT_NODE_AGENT_PACKET_IN_PRIVATE_H 1

#include <stdbool.h>

#include "dp-packet.h"
#include "flow.h"
#include "node-agent/packet_in.h"
#include "openvswitch/ofp-packet.h"
#include "openvswitch/token-bucket.h"

struct lport;

struct packet_in {
    struct model *model;
    struct own *own;
    void (*send)(struct ofpbuf *msg, void *aux);
    void *aux;
    struct token_bucket bucket;
    struct packet_in_stats stats;
};

/* One packet while it is answered. */
struct pin {
    struct packet_in *pi;
    struct ofputil_packet_in_private *private;  /* For resuming. */
    const struct ofputil_packet_in *in;
    const struct flow *md;          /* Its metadata: registers, datapath. */
    struct dp_packet packet;        /* The packet, parsed. */
    struct flow headers;            /* Its headers. */
    const uint8_t *data;            /* What follows the userdata's header. */
    size_t size;
    uint32_t opcode;
};

/* Answers one packet.  Nothing of 'pin' may be kept. */
typedef void responder_func(struct pin *);

responder_func respond_put_fdb, respond_put_arp, respond_put_nd;
responder_func respond_arp, respond_nd_na, respond_nd_na_router,
    respond_nd_ns;
responder_func respond_icmp, respond_icmp_error;
responder_func respond_tcp_reset, respond_reject;
responder_func respond_log;
responder_func respond_put_dhcp_opts, respond_put_dhcpv6_opts;
responder_func respond_put_nd_ra_opts;
responder_func respond_dns_lookup;
responder_func respond_frag_mtu4, respond_frag_mtu6;

/* Sends 'packet' into the pipeline with the metadata of 'pin' and the
 * OpenFlow 1.5 actions that follow in its userdata. */
void pin_inject(const struct pin *, const struct dp_packet *packet);
/* Lets the packet of 'pin' go on in the switch, as 'packet' (NULL: as it
 * is), with 'result' in the bit that the userdata of 'pin' names. */
void pin_resume(struct pin *, const struct dp_packet *packet, bool result);
/* The logical port in reg14 (inport), or NULL. */
struct lport *pin_inport(const struct pin *);

#endif
