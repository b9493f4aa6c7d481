/* Packets of health checks: probes, and what answers to them say
 * (ovn-sb(5), Service_Monitor; RFC 792, 4443, 9293). */
#ifndef WEFT_NODE_AGENT_SVC_PACKET_H
#define WEFT_NODE_AGENT_SVC_PACKET_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "openvswitch/types.h"

struct dp_packet;
struct pin;

/* Where a probe goes, and from where. */
struct svc_probe {
    bool is_udp;
    struct eth_addr src_mac, dst_mac;
    struct in6_addr src_ip, dst_ip;     /* IPv6 or IPv4-mapped, both alike. */
    uint16_t src_port, dst_port;
    uint32_t seq;                       /* Of a TCP probe. */
};

/* Each begins 'packet', which the caller uninits. */
/* A SYN, or a datagram of a few zeros. */
void svc_packet_probe(const struct svc_probe *, struct dp_packet *packet);
/* Ends the connection that the service would begin: numbers 'seq', 'ack'. */
void svc_packet_reset(const struct svc_probe *, uint32_t seq, uint32_t ack,
                      struct dp_packet *packet);

enum svc_said {
    SVC_SAID_OPEN,              /* SYN and ACK: somebody listens. */
    SVC_SAID_REFUSED,           /* RST. */
    SVC_SAID_UNREACHABLE,       /* An ICMP error. */
};

/* An answer to a probe. */
struct svc_answer {
    enum svc_said said;
    bool is_udp;                /* That was the probe's protocol. */
    struct in6_addr src_ip, dst_ip;     /* The probe's, as above. */
    uint16_t src_port, dst_port;        /* The probe's. */
    uint32_t seq, ack;          /* Of TCP: the service's, the next of ours. */
};

/* Reads the packet of 'pin'.  Returns false if it answers no probe. */
bool svc_packet_parse(const struct pin *, struct svc_answer *);
/* Does it answer 'probe'?  Not by the addresses alone: by port and number
 * too. */
bool svc_answer_fits(const struct svc_answer *, const struct svc_probe *);

#endif
